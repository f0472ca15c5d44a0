//! Dashboards: values with their trend, drawings with their tables, the rows behind every number, and nothing of what the
//! reader may not see.

use axum::http::StatusCode;
use serde_json::json;

use super::support::{Client, FILES, Site, encoded};

const WEIGHT: &str = "
code: W1
label: {zh-CN: 目标权重, en: Weight of goals}
definition: {zh-CN: 到期目标的权重合计, en: Weight of the goals due}
unit: '%'
direction: higher
frequency: monthly
owner: care
status: approved
target: 80
scale: {ratio: {}, grades: [{from: 100, grade: A}, {grade: B}]}
measure: {over: goal, time: due, subject: owner, where: 'status == \"open\"', simple: sum(weight)}
";

pub(super) const COUNT: &str = "
code: W2
label: {zh-CN: 目标数, en: Goals}
definition: {zh-CN: 目标个数, en: How many goals}
direction: none
frequency: monthly
owner: care
places: 0
measure: {over: goal, time: due, simple: count}
";

const PAY: &str = "
code: W3
label: {zh-CN: 平均工资, en: Mean pay}
definition: {zh-CN: 平均工资, en: Mean pay}
direction: none
frequency: yearly
owner: pay
measure: {over: person, time: created_at, simple: avg(salary)}
";

const COCKPIT: &str = "
kind: dashboard
label: {zh-CN: 驾驶舱, en: Cockpit}
about: person
menu: {group: numbers}
periods: 3
tiles:
  weight: {term: weight}
  of_others: {term: weight, visible: 'code == \"E9\"', label: {zh-CN: 别人的, en: Of others}}
  line: {term: weight, chart: line, span: 2, label: {zh-CN: 走势, en: Over time}}
";

const BOARD: &str = "
kind: dashboard
label: {zh-CN: 看板, en: Board}
menu: {group: numbers}
periods: 3
tiles:
  goals: {term: goals, chart: bar, by: status}
  heat: {term: goals, chart: heat, by: owner, top: 1}
  steps: {term: goals, chart: waterfall, by: status}
  pay: {term: pay, grain: year, periods: 1}
";

async fn site() -> Site {
    site_with(WEIGHT).await
}

/// The same with the weight of goals written so.
async fn site_with(weight: &str) -> Site {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    for (path, text) in &mut files {
        match *path {
            "app.yaml" => text.push_str("menu:\n  numbers: {label: {zh-CN: 数据, en: Numbers}}\n"),
            "entities/person.yaml" => text.insert_str(0, "stands_for: person\n"),
            _ => {}
        }
    }
    for (path, text) in [
        ("dictionary/weight.yaml", weight),
        ("dictionary/goals.yaml", COUNT),
        ("dictionary/pay.yaml", PAY),
        ("pages/cockpit.yaml", COCKPIT),
        ("pages/board.yaml", BOARD),
    ] {
        files.push((path, text.to_owned()));
    }
    Site::of(&files).await
}

/// Somebody who keeps goals, and the id of the owner of three of the four.
async fn keeper(site: &Site) -> (Client, String) {
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let owner = keeper.made("person", json!({"code": "E1", "name": "<王伟>", "salary": "10000"})).await;
    let other = keeper.made("person", json!({"code": "E2", "name": "李娜"})).await;
    for (title, weight, due, status, whose) in [
        ("a", "30.5", "2025-10-31", "open", &owner),
        ("b", "69.5", "2025-10-01", "open", &owner),
        ("c", "40", "2025-11-15", "open", &owner),
        ("d", "99", "2025-11-15", "closed", &other),
    ] {
        let goal = json!({"title": title, "weight": weight, "due": due, "status": status, "owner": whose});
        keeper.made("goal", goal).await;
    }
    (keeper, owner)
}

#[tokio::test]
async fn a_tile_says_that_the_rows_behind_it_break_a_check() {
    let check =
        "checks:\n  much: {rule: weight <= 50, message: {zh-CN: 权重超过一半, en: weights above half}}\nmeasure:";
    let site = site_with(&WEIGHT.replace("measure:", check)).await;
    let (keeper, owner) = keeper(&site).await;
    let november = keeper.get(&format!("/p/cockpit?of={owner}&lang=en")).await;
    assert!(!november.text().contains("Data in doubt"), "{}", november.text());
    let october = keeper.get(&format!("/p/cockpit?of={owner}&until=2025-10&lang=en")).await;
    assert!(
        october.text().contains("Data in doubt") && october.text().contains("weights above half (1)"),
        "{}",
        october.text()
    );
    let october = keeper.get(&format!("/p/cockpit?of={owner}&until=2025-10&lang=zh-CN")).await;
    assert!(october.text().contains("权重超过一半（1 行）"), "{}", october.text());
}

#[tokio::test]
async fn a_tile_shows_the_newest_value_its_change_and_where_it_comes_from() {
    let site = site().await;
    let (keeper, owner) = keeper(&site).await;
    let page = keeper.get(&format!("/p/cockpit?of={owner}&lang=en")).await.text().to_owned();
    let record = keeper.get(&format!("/r/person/{owner}?lang=en")).await.text().to_owned();
    assert!(record.contains("cockpit?of="), "{record}");
    for part in ["40.00%", "-60.00 points", "80.00%", "50.00 · B", "&lt;王伟&gt;", "Over time", "100.00%"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("Of others") && !page.contains("<王伟>"), "{page}");
    // The newest period with data is November; a period earlier the number is that of October.
    assert!(page.contains("until=2025-10"), "{page}");
    let before = keeper.get(&format!("/p/cockpit?of={owner}&until=2025-10&lang=en")).await.text().to_owned();
    assert!(before.contains("100.00%") && before.contains("120.00 · A"), "{before}");
}

#[tokio::test]
async fn the_rows_behind_a_number_add_up_to_it() {
    let site = site().await;
    let (keeper, owner) = keeper(&site).await;
    let rows =
        keeper.get(&format!("/dictionary/weight/rows?period=2025-10&of={owner}&lang=en")).await.text().to_owned();
    for part in ["Weight of goals: the rows behind it", "100.00%", "2 rows", "Sum of Weight", ">a<", ">b<"] {
        assert!(rows.contains(part), "{part}: {rows}");
    }
    assert!(!rows.contains(">c<"), "{rows}");
    let grouped =
        keeper.get("/dictionary/goals/rows?period=2025-11&by=status&group=closed&lang=en").await.text().to_owned();
    assert!(grouped.contains("1 rows") && grouped.contains(">d<") && !grouped.contains(">c<"), "{grouped}");
    for bad in ["period=soon", "period=2025-10&by=nothing", "period=2025-10&by=owner&group=7"] {
        let answer = keeper.get(&format!("/dictionary/goals/rows?{bad}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad}");
    }
}

#[tokio::test]
async fn drawings_name_their_groups_and_say_the_same_as_a_table() {
    let site = site().await;
    let (keeper, _) = keeper(&site).await;
    let page = keeper.get("/p/board?lang=en").await.text().to_owned();
    for part in
        ["chart chart-bar", "chart chart-heat", "chart chart-waterfall", "<th scope=\"row\">Open</th>", "1 more groups"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    // The number of the drawing leads to the rows of that group.
    assert!(page.contains("by=status&amp;group=closed"), "{page}");
}

#[tokio::test]
async fn whoever_may_not_see_the_rows_sees_no_number() {
    let site = site().await;
    let (_, owner) = keeper(&site).await;
    let reader = site.signed_in("reader", &["reader"]).await;
    // A closed goal is none of theirs, in the drawing and behind it; nor is what people earn.
    let page = reader.get("/p/board?lang=en").await.text().to_owned();
    assert!(page.contains("chart-bar") && !page.contains("Closed") && !page.contains("Mean pay"), "{page}");
    let behind = reader.get("/dictionary/goals/rows?period=2025-11&lang=en").await.text().to_owned();
    assert!(behind.contains("1 rows") && !behind.contains(">d<"), "{behind}");
    assert_eq!(reader.get("/dictionary/pay/rows?period=2025").await.status, StatusCode::NOT_FOUND);
    let nobody = site.signed_in("nobody", &[]).await;
    assert_eq!(nobody.get("/p/board").await.status, StatusCode::FORBIDDEN);
    assert_eq!(nobody.get(&format!("/p/cockpit?of={owner}")).await.status, StatusCode::FORBIDDEN);
    // A guessed id is nobody.
    let guess = "0197aaaa-0000-7000-8000-000000000000";
    assert_eq!(reader.get(&format!("/p/cockpit?of={guess}")).await.status, StatusCode::NOT_FOUND);
    let without = reader.get("/p/cockpit?lang=en").await;
    assert!(without.status == StatusCode::OK && without.text().contains("Nobody to show"));
    assert_eq!(reader.get(&format!("/p/cockpit?of={}", encoded("' OR 1=1"))).await.status, StatusCode::NOT_FOUND);
}
