//! What drives a term: the sample organisation's renewals, worked through to the digit, and to the rows of each cause.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::boards::{World, filled_but, holds, shown, world};

const RATE: &str = "
code: R1
label: {zh-CN: 续约率, en: Renewal rate}
definition: {zh-CN: 到期客户中续约的占比, en: Share of those due that renewed}
unit: '%'
direction: higher
frequency: quarterly
owner: market
status: approved
places: 1
measure: {over: renewal, time: quarter, subject: team, ratio: {numerator: sum(renewed), denominator: sum(due), times: 100}}
drivers:
  split: segment
  causes:
    tests: {label: {zh-CN: 测试合格率, en: Tests failed}, fails: '!passed'}
    mentoring: {label: {zh-CN: 带教周期, en: Slow mentoring}, fails: 'mentored > 60'}
    visits: {label: {zh-CN: 拜访频次, en: Few visits}, fails: 'visits < 3'}
";

/// The hundred customers of team T2 in the last quarter: of 40 with few visits 22 renew, of 10 that failed 7, of 20 with slow
/// mentoring 14, of all 73.
async fn customers(world: &World) {
    let mut customers = Vec::new();
    for at in 0..73 {
        customers.push((at < 22, (30..37).contains(&at), (40..54).contains(&at), 1));
    }
    for at in 0..27 {
        customers.push((at < 18, at >= 24, (10..16).contains(&at), 0));
    }
    let count = |which: fn(&(bool, bool, bool, u32)) -> bool| customers.iter().filter(|one| which(one)).count();
    assert_eq!((count(|one| one.0), count(|one| one.1), count(|one| one.2)), (40, 10, 20));
    for (at, (few, failed, slow, renewed)) in customers.iter().enumerate() {
        let row = json!({
            "customer": format!("C{at:03}"), "team": world.unit("T2"), "quarter": "2025-Q4",
            "segment": if at % 2 == 0 { "a" } else { "b" }, "visits": if *few { 2 } else { 3 }, "passed": !failed,
            "mentored": if *slow { 61 } else { 60 }, "due": 1, "renewed": renewed,
        });
        world.keeper.made("renewal", row).await;
    }
}

/// A board that shows one period only.
const SHORT: &str = "
kind: dashboard
label: {zh-CN: 本季, en: This quarter}
grain: quarter
periods: 1
filters: [team]
tiles:
  rate: {term: rate}
";

async fn sample() -> World {
    let world = world(&[("dictionary/rate.yaml", RATE), ("pages/short.yaml", SHORT)]).await;
    filled_but(&world, ("T2", "2025-Q4")).await;
    customers(&world).await;
    for (quarter, due, renewed) in [("2025-Q2", 50, 41), ("2025-Q3", 50, 40), ("2025-Q4", 50, 40)] {
        let row =
            json!({"team": world.unit("North"), "quarter": quarter, "segment": "a", "due": due, "renewed": renewed});
        world.keeper.made("renewal", row).await;
    }
    world
}

fn numbers(list: &Value, names: [&str; 3]) -> Vec<Vec<String>> {
    let one = |item: &Value| names.iter().map(|name| item[*name].to_string()).collect();
    list.as_array().unwrap().iter().map(one).collect()
}

#[tokio::test]
async fn a_decline_is_divided_into_rates_and_mix() {
    let world = sample().await;
    let address = format!("/api/v1/terms/rate/drivers?period=2025-Q3&subject={}", world.unit("T2"));
    let found = world.keeper.get(&address).await.json();
    let split = &found["split"];
    assert_eq!(
        (split["change"].to_string(), split["mix"].to_string()),
        ("-7".to_owned(), "-1.4".to_owned()),
        "{found}"
    );
    let groups = numbers(&split["groups"], ["group", "rate", "mix"]);
    assert_eq!(groups, [["\"a\"", "-1.1", "-8.9"], ["\"b\"", "-4.5", "7.5"]]);
    // One decline is none in a row.
    assert_eq!(found["falls"], json!(false));
    let page = format!("/dictionary/rate/drivers?period=2025-Q3&of={}", world.unit("T2"));
    let page = shown(&world.keeper, &page).await;
    holds(&page, &["64.3%", "20.0%", "15.7%", "-7.0 points", "Not worse 2 times in a row", "chart-waterfall"]);
    // From a step to the rows it was made from.
    holds(&page, &["by=segment&amp;group=b"]);
    let rows = format!("/dictionary/rate/rows?period=2025-Q3&of={}&by=segment&group=b", world.unit("T2"));
    holds(&shown(&world.keeper, &rows).await, &["70.0%", "1 rows"]);
}

#[tokio::test]
async fn two_declines_in_a_row_rank_what_goes_together_with_them() {
    let world = sample().await;
    let address = format!("/api/v1/terms/rate/drivers?period=2025-Q4&subject={}", world.unit("T2"));
    let found = world.keeper.get(&address).await.json();
    assert_eq!(found["falls"], json!(true), "{found}");
    let values = numbers(&found["values"], ["period", "value", "value"]);
    assert_eq!(values.iter().map(|value| value[1].as_str()).collect::<Vec<_>>(), ["86", "79", "73"]);
    let causes = numbers(&found["causes"], ["name", "failing", "loss"]);
    let expected = [["\"visits\"", "40", "12"], ["\"mentoring\"", "20", "0.75"], ["\"tests\"", "10", "0.333333"]];
    assert_eq!(causes, expected, "{found}");
    assert_eq!(found["note"], json!("association, not cause"));
    let page = shown(&world.keeper, &format!("/dictionary/rate/drivers?period=2025-Q4&of={}", world.unit("T2"))).await;
    holds(&page, &["Worse 2 times in a row", "40 / 100", "12.0%", "0.8%", "association, not cause", "cause=visits"]);
    let place = |what: &str| page.find(what).unwrap();
    assert!(place("Few visits") < place("Slow mentoring") && place("Slow mentoring") < place("Tests failed"), "{page}");
    // From a cause to the list of customers: exactly those forty, of whom 22 renewed.
    let rows = format!("/dictionary/rate/rows?period=2025-Q4&of={}&cause=visits", world.unit("T2"));
    holds(&shown(&world.keeper, &rows).await, &["55.0%", "40 rows", "Driver: Few visits", "C000"]);
}

#[tokio::test]
async fn only_those_for_whom_it_fell_strictly_are_named() {
    let world = sample().await;
    let page = shown(&world.keeper, "/dictionary/rate/drivers?period=2025-Q4").await;
    // T1 rises, T3 falls once, the fourth stays where it was.
    holds(&page, &["86.0% → 79.0% → 73.0%", ">T2</a>"]);
    for other in [">T1</a>", ">T3</a>", ">North</a>"] {
        assert!(!page.contains(other), "{other}: {page}");
    }
    // The tile of a board says so too, and leads there.
    let board = shown(&world.keeper, &format!("/p/renewals?only.team={}", world.unit("T2"))).await;
    let narrowed = format!("/dictionary/rate/drivers?period=2025-Q4&amp;only.team={}", world.unit("T2"));
    holds(&board, &["Worse 2 times in a row", &narrowed]);
    // However few periods it shows.
    let short = shown(&world.keeper, &format!("/p/short?only.team={}", world.unit("T2"))).await;
    holds(&short, &["Worse 2 times in a row", "73.0%"]);
    assert!(!short.contains("chart-spark"), "{short}");
    let page = shown(&world.keeper, &narrowed.replace("&amp;", "&")).await;
    holds(&page, &["Team: T2", "86.0%", "40 / 100", "12.0%", "cause=visits"]);
    let rows = format!("/dictionary/rate/rows?period=2025-Q4&only.team={}&cause=visits", world.unit("T2"));
    holds(&shown(&world.keeper, &rows).await, &["55.0%", "40 rows", "Team: T2"]);
}

#[tokio::test]
async fn nobody_learns_of_rows_they_may_not_see() {
    let world = sample().await;
    let reader = world.site.signed_in("reader", &["reader"]).await;
    let address = format!("/api/v1/terms/rate/drivers?period=2025-Q3&subject={}", world.unit("T2"));
    let found = reader.get(&address).await.json();
    // Of the large ones only: 54 of 60, then 44 of 50.
    assert_eq!((found["split"]["change"].to_string(), found["split"]["mix"].to_string()), ("-2".into(), "0".into()));
    assert_eq!(numbers(&found["split"]["groups"], ["group", "rate", "mix"]), [["\"a\"", "-2", "0"]]);
    let nobody = world.site.signed_in("nobody", &[]).await;
    assert_eq!(nobody.get("/api/v1/terms/rate/drivers").await.status, StatusCode::NOT_FOUND);
    assert_eq!(nobody.get("/dictionary/rate/drivers").await.status, StatusCode::NOT_FOUND);
    // A term that names no drivers has no such page.
    assert_eq!(world.keeper.get("/dictionary/due/drivers").await.status, StatusCode::NOT_FOUND);
    let answer = world.keeper.get("/dictionary/rate/rows?period=2025-Q4&cause=nothing").await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.keeper.get("/dictionary/rate/drivers?period=soon").await.status, StatusCode::BAD_REQUEST);
}

const UNIT: &str = "
label: {zh-CN: 单位, en: Unit}
stands_for: unit
display: name
key: code
fields:
  code: {type: text, label: {zh-CN: 编码, en: Code}, required: true, unique: true}
  name: {type: text, label: {zh-CN: 名称, en: Name}, required: true}
  parent: {type: department, label: {zh-CN: 上级, en: Parent}, stands_for: parent_unit}
  head: {type: person, label: {zh-CN: 负责人, en: Head}, stands_for: head}
";

const PERSON: &str = "
label: {zh-CN: 人员, en: Person}
stands_for: person
display: name
key: code
fields:
  code: {type: text, label: {zh-CN: 工号, en: Code}, required: true, unique: true}
  name: {type: text, label: {zh-CN: 姓名, en: Name}, required: true}
  unit: {type: department, label: {zh-CN: 单位, en: Unit}, stands_for: unit}
";

#[tokio::test]
async fn whoever_is_told_of_a_decline_sees_it_drawn_as_far_as_they_see_the_rows() {
    let rate = RATE.replace("  split: segment\n", "  split: segment\n  tell: {to: head}\n");
    let files =
        [("entities/unit.yaml", UNIT), ("entities/person.yaml", PERSON), ("dictionary/rate.yaml", rate.as_str())];
    let world = world(&files).await;
    let head = world.keeper.made("person", json!({"code": "H", "name": "Head"})).await;
    let unit = format!("/api/v1/demo/unit/{}", world.unit("T2"));
    assert_eq!(world.keeper.patch(&unit, json!({"head": head})).await.status, StatusCode::OK);
    let head = world.site.signed_in_as("head", &["reader"], Some(head.parse().unwrap())).await;
    let mut rows = Vec::new();
    for (quarter, renewed) in [("2025-Q1", 90), ("2025-Q2", 80), ("2025-Q3", 70)] {
        let row = json!({"team": world.unit("T2"), "quarter": quarter, "segment": "a", "due": 100, "renewed": renewed});
        rows.push(world.keeper.made("renewal", row).await);
    }
    while world.site.engine.turn("one").await.unwrap() > 0 {}
    let page = shown(&head, "/notifications").await;
    holds(&page, &["got worse 2 times in a row up to 2025-Q3", "chart-line", "aria-label=\"Renewal rate\""]);
    holds(&page, &["As a table", "90.0%", "80.0%", "70.0%"]);
    // Of rows that they do not see any more nothing is drawn; that they were told stays.
    for row in rows {
        let answer = world.keeper.patch(&format!("/api/v1/demo/renewal/{row}"), json!({"segment": "b"})).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    let page = shown(&head, "/notifications").await;
    holds(&page, &["got worse 2 times in a row up to 2025-Q3"]);
    assert!(!page.contains("chart-line") && !page.contains("70.0%"), "{page}");
}
