//! Pages as people meet them: what is shown, what is offered, what a refused form keeps.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::support::{Answer, Client, FILES, Site};

const GOALS: &str = "
kind: list
label: {zh-CN: 目标, en: Goals}
entity: goal
columns: [title, owner, status]
filters: [status, owner]
sort: [title]
rows: 2
views:
  closed:
    label: {zh-CN: 已完成, en: Closed}
    filter: status == \"closed\"
";

async fn with_pages() -> Site {
    let site = Site::start().await;
    let mut files: Vec<(&str, String)> = FILES.map(|(path, text)| (path, text.to_owned())).to_vec();
    files.push(("pages/goals.yaml", GOALS.to_owned()));
    site.publish(&files).await;
    site
}

/// A page's markup, with slashes as they are: the templates escape them too.
fn seen(answer: &Answer) -> String {
    answer.text().replace("&#x2f;", "/")
}

async fn form(client: &Client, path: &str, fields: &str) -> Answer {
    let kind = Some("application/x-www-form-urlencoded");
    client.raw(Method::POST, path, &[], kind, fields.as_bytes().to_vec()).await
}

#[tokio::test]
async fn a_list_shows_what_its_reader_may_see_and_says_where_to_go_on() {
    let site = with_pages().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    for (title, status) in [("Alpha", "open"), ("Beta", "closed"), ("Gamma", "open"), ("Delta <b>", "open")] {
        keeper.made("goal", json!({"title": title, "status": status})).await;
    }
    let page = keeper.get("/p/goals").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("Alpha") && page.text().contains("Beta") && !page.text().contains("Gamma"));
    assert!(page.text().contains("1–2 of 4") && page.text().contains("rel=\"next\""));
    assert!(seen(&page).contains("/r/goal/new"));

    let reader = site.signed_in("reader", &["reader"]).await;
    let page = reader.get("/p/goals").await;
    assert!(!page.text().contains("Beta"), "a row no grant gives");
    assert!(page.text().contains("1–2 of 3") && page.text().contains("Delta &lt;b&gt;"));
    assert!(!seen(&page).contains("/r/goal/new"), "nothing is offered that would be refused");

    let part = keeper.send(Method::GET, "/p/goals?q=&status=closed", &[("hx-request", "true")], None).await;
    assert!(part.text().trim_start().starts_with("<div id=\"list\""), "{}", part.text());
    assert_eq!(part.header("hx-push-url"), Some("/p/goals?status=closed"));
    assert!(keeper.get("/p/goals?view=closed").await.text().contains("Beta"));
}

#[tokio::test]
async fn a_record_hides_fields_and_ways_that_its_reader_does_not_have() {
    let site = with_pages().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let id = keeper.made("person", json!({"code": "1", "name": "Wang", "salary": "1234.5"})).await;
    let page = keeper.get(&format!("/r/person/{id}")).await;
    assert!(page.text().contains("¥1,234.50") && seen(&page).contains(&format!("/r/person/{id}/edit")));

    let reader = site.signed_in("reader", &["reader"]).await;
    let page = reader.get(&format!("/r/person/{id}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    for hidden in ["Salary", "1,234", "/edit", "/delete"] {
        assert!(!seen(&page).contains(hidden), "{hidden}");
    }
    assert_eq!(reader.get(&format!("/r/person/{id}/edit")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(form(&reader, &format!("/r/person/{id}/edit"), "name=X").await.status, StatusCode::FORBIDDEN);
    let history = reader.get(&format!("/r/person/{id}?tab=history")).await;
    assert!(!history.text().contains("1,234"), "{}", history.text());
    assert_eq!(reader.get("/r/person/nonsense").await.status, StatusCode::NOT_FOUND);
    assert_eq!(reader.get("/bin/person").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_a_saved_one_leads_on() {
    let site = with_pages().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    assert!(keeper.get("/r/goal/new?title=Prefilled").await.text().contains("value=\"Prefilled\""));

    let refused = form(&keeper, "/r/goal/new", "title=&weight=120&due=2025-12-01").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("value=\"120\"") && refused.text().contains("value=\"2025-12-01\""));
    assert!(refused.text().contains("href=\"#f-title\"") && refused.text().contains("href=\"#f-weight\""));

    let saved = form(&keeper, "/r/goal/new", "title=Reached&weight=20&status=open&back=//evil.example").await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let to = saved.header("location").unwrap().to_owned();
    assert!(to.starts_with("/r/goal/"), "{to}");
    assert!(keeper.get(&to).await.text().contains("20%"));
}

#[tokio::test]
async fn two_people_editing_see_both_values_and_choose() {
    let site = with_pages().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let id = keeper.made("goal", json!({"title": "First", "level": 1})).await;
    let path = format!("/r/goal/{id}/edit");
    let one = form(&keeper, &path, "title=Mine&level=1&expected=1").await;
    assert_eq!(one.status, StatusCode::SEE_OTHER, "{}", one.text());
    let two = form(&keeper, &path, "title=Theirs&level=1&expected=1").await;
    assert_eq!(two.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(two.text().contains("name=\"_take.title\"") && two.text().contains("name=\"expected\" value=\"2\""));
    let kept = form(&keeper, &path, "title=Theirs&level=3&expected=2&_take.title=theirs").await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER);
    let now = keeper.get(&format!("/api/v1/demo/goal/{id}")).await.json();
    assert_eq!((&now["title"], &now["level"]), (&json!("Mine"), &json!(3)));
}

#[tokio::test]
async fn a_form_answers_while_it_is_filled_in_and_writes_nothing() {
    let site = with_pages().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let live = form(&keeper, "/form/goal/live", "title=&level=9").await.json();
    assert!(!live["errors"]["level"].as_str().unwrap().is_empty(), "{live}");
    assert_eq!(live["errors"]["due"], json!(""), "{live}");
    let list = keeper.get("/api/v1/demo/goal").await.json();
    assert_eq!(list["items"], json!([]));
}

#[tokio::test]
async fn deleted_records_come_back_from_the_bin() {
    let site = with_pages().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let id = keeper.made("goal", json!({"title": "Lost"})).await;
    assert_eq!(form(&keeper, &format!("/r/goal/{id}/delete"), "expected=1").await.status, StatusCode::SEE_OTHER);
    assert_eq!(keeper.get(&format!("/r/goal/{id}")).await.status, StatusCode::NOT_FOUND);
    assert!(keeper.get("/bin/goal").await.text().contains("Lost"));
    assert_eq!(form(&keeper, &format!("/r/goal/{id}/restore"), "").await.status, StatusCode::SEE_OTHER);
    assert_eq!(keeper.get(&format!("/r/goal/{id}")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn pages_need_a_session_and_some_an_administrator() {
    let site = with_pages().await;
    let nobody = Client::of(&site.router);
    let away = nobody.get("/p/goals?x=1").await;
    assert_eq!((away.status, away.header("location")), (StatusCode::SEE_OTHER, Some("/sign-in?next=/p/goals%3Fx%3D1")));
    let reader = site.signed_in("reader", &["reader"]).await;
    for path in ["/accounts", "/outbox"] {
        assert_eq!(reader.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    let admin = site.signed_in("admin", &["admin"]).await;
    for path in ["/", "/accounts", "/outbox", "/me", "/notifications", "/search?q=x"] {
        let page = admin.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text());
    }
    let found = reader.get("/search?q=zz").await;
    assert!(found.text().contains("Nothing found"));
}

#[tokio::test]
async fn a_second_press_goes_on_with_the_first() {
    let site = Site::start().await;
    let files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "entities/goal.yaml" => (path, format!("{text}unique:\n  - [title, by]\n")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    site.publish(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let id = keeper.made("goal", json!({"title": "Alpha", "status": "open"})).await;
    let again = keeper.get("/r/goal/new?title=Alpha").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.text());
    assert_eq!(again.header("location"), Some(format!("/r/goal/{id}/edit").as_str()));
    assert_eq!(keeper.get("/r/goal/new?title=Beta").await.status, StatusCode::OK);

    // Another's record of the same title has another author; and what one may not see, one is not told of.
    let other = site.signed_in("other", &["keeper"]).await;
    assert_eq!(other.get("/r/goal/new?title=Alpha").await.status, StatusCode::OK);
}

const ORDER: &str = "      closed: {label: {zh-CN: 已完成, en: Closed}}
      kept: {label: {zh-CN: 已归档, en: Kept}}
    starts: [open]
    transitions: {open: [closed], closed: [kept]}
  levelled: {type: date, label: {zh-CN: 定级日, en: Levelled}, stamp: {when: [level], value: TODAY()}}
";

/// The small app, whose goals keep an order and note the day of their level.
async fn with_order() -> Site {
    let site = Site::start().await;
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "entities/goal.yaml" => (path, text.replace("      closed: {label: {zh-CN: 已完成, en: Closed}}\n", ORDER)),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    let board = "kind: board\nlabel: {zh-CN: 看板, en: Board}\nentity: goal\nlanes: status\n";
    files.push(("pages/board.yaml", board.to_owned()));
    site.publish(&files).await;
    site
}

#[tokio::test]
async fn forms_and_boards_offer_only_what_may_follow() {
    let site = with_order().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let fresh = keeper.get("/r/goal/new").await;
    assert!(fresh.text().contains("value=\"open\"") && !fresh.text().contains("value=\"closed\""), "{}", fresh.text());
    let id = keeper.made("goal", json!({"title": "A", "status": "open"})).await;
    let path = format!("/r/goal/{id}/edit");
    let edit = keeper.get(&path).await;
    assert!(edit.text().contains("value=\"closed\"") && !edit.text().contains("value=\"kept\""));

    // A form that is refused for another reason still offers what may follow what is stored.
    let refused = form(&keeper, &path, "title=&status=closed&status.kept=open&expected=1").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("value=\"open\"") && !refused.text().contains("value=\"kept\""));
    let sly = form(&keeper, &path, "title=A&status=kept&status.kept=closed&expected=1").await;
    assert_eq!(sly.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(sly.text().contains("cannot go from Open to Kept"), "{}", sly.text());

    let board = keeper.get("/p/board").await;
    assert!(board.text().contains("data-value=\"open\" data-next=\"closed\""), "{}", board.text());
    assert!(board.text().contains("data-value=\"kept\" data-next=\"\""));
    assert!(board.text().contains("data-move=\"closed\"") && !board.text().contains("data-move=\"kept\""));
    let moved = keeper.patch(&format!("/api/v1/demo/goal/{id}"), json!({"status": "kept"})).await;
    moved.refuses(422, "invalid");
    assert_eq!(moved.faults(), ["status:order"]);
}

#[tokio::test]
async fn a_field_follows_others_in_the_form_until_it_is_touched() {
    let site = with_order().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let id = keeper.made("goal", json!({"title": "A", "level": 1, "levelled": "2025-10-01"})).await;
    let path = format!("/r/goal/{id}/edit");
    let edit = keeper.get(&path).await;
    assert!(edit.text().contains("name=\"levelled.kept\" value=\"2025-10-01\""), "{}", edit.text());
    let live = format!("/form/goal/live?id={id}");
    let left = form(&keeper, &live, "title=A&level=2&levelled=2025-10-01&levelled.kept=2025-10-01").await.json();
    assert_eq!(left["values"]["levelled"], "2025-11-20", "{left}");
    assert_eq!(left["values"]["levelled.kept"], "2025-11-20");
    let own = form(&keeper, &live, "title=A&level=2&levelled=2025-10-02&levelled.kept=2025-10-01").await.json();
    assert_eq!(own["values"].get("levelled"), None, "{own}");

    for (sent, day) in [
        ("title=B&level=1&levelled=2025-10-01&levelled.kept=2025-10-01&expected=1", "2025-10-01"),
        ("title=B&level=3&levelled=2025-10-05&levelled.kept=2025-10-01&expected=2", "2025-10-05"),
        ("title=B&level=4&levelled=2025-10-05&levelled.kept=2025-10-05&expected=3", "2025-11-20"),
    ] {
        assert_eq!(form(&keeper, &path, sent).await.status, StatusCode::SEE_OTHER, "{sent}");
        assert_eq!(keeper.get(&format!("/api/v1/demo/goal/{id}")).await.json()["levelled"], day, "{sent}");
    }
}

#[tokio::test]
async fn what_a_rule_tells_stands_among_the_notifications() {
    let site = Site::start().await;
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "entities/person.yaml" => (path, format!("stands_for: person{text}")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    let rule = "label: {zh-CN: 完成提醒, en: Closed goals}\ntrigger: {change: goal}\ncondition: status == \"closed\"\nactions:\n  - notify: {to: [owner], message: {zh-CN: '“{title}”{status}了', en: '“{title}” is {status}'}}\n";
    files.push(("rules/closed.yaml", rule.to_owned()));
    site.publish(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let owner = keeper.made("person", json!({"code": "1", "name": "Wang"})).await;
    let boss = site.signed_in("boss", &["keeper"]).await;
    let accounts = site.engine.store().accounts();
    let account = accounts.by_login("boss").await.unwrap().unwrap();
    accounts.save(&store::Account { person: owner.parse().ok(), ..account }).await.unwrap();
    let id = keeper.made("goal", json!({"title": "A <b>", "owner": owner, "status": "open"})).await;
    keeper.patch(&format!("/api/v1/demo/goal/{id}"), json!({"status": "closed"})).await;
    let page = boss.get("/notifications").await;
    assert!(page.text().contains("“A &lt;b&gt;” is Closed"), "{}", page.text());
    assert!(page.text().contains("Closed goals") && seen(&page).contains(&format!("href=\"/r/goal/{id}\"")));
    let chinese = boss.get("/notifications?lang=zh-CN").await;
    assert!(chinese.text().contains("已完成了") && chinese.text().contains("完成提醒"), "{}", chinese.text());
    assert!(!keeper.get("/notifications").await.text().contains("is Closed"));
    // Quiet from nine to ten, said on a page or by a program: what happens meanwhile is told together afterwards.
    for (sent, why) in [
        ("from=09:00", "say when quiet hours end"),
        ("from=9&to=10:00", "no time of day"),
        ("from=09:00&to=09:00", "another time"),
    ] {
        let refused = form(&boss, "/me/quiet", sent).await;
        assert!(
            refused.status == StatusCode::UNPROCESSABLE_ENTITY && refused.text().contains(why),
            "{}",
            refused.text()
        );
        assert!(refused.text().contains("value=\"09:00\"") || sent.starts_with("from=9&"), "{}", refused.text());
    }
    let kept = form(&boss, "/me/quiet", "from=08:00&to=18:00&rest_days=1&digest=").await;
    assert_eq!(kept.header("location"), Some("/me?kept=1#quiet"));
    let shown = boss.get("/me?kept=1").await;
    assert!(shown.text().contains("value=\"18:00\"") && shown.text().contains("Saved"), "{}", shown.text());
    let times = json!({"from": "08:00", "to": "18:00", "rest_days": true, "digest": ""});
    assert_eq!(boss.get("/api/v1/session/quiet").await.json(), times);
    let odd = boss.send(axum::http::Method::PUT, "/api/v1/session/quiet", &[], Some(json!({"from": "x"}))).await;
    odd.refuses(422, "invalid");
    for status in ["open", "closed"] {
        keeper.patch(&format!("/api/v1/demo/goal/{id}"), json!({"status": status})).await;
    }
    let now = boss.get("/notifications").await;
    assert!(now.text().matches("is Closed").count() == 1 && !now.text().contains("together"), "{}", now.text());
    site.clock.pass(jiff::SignedDuration::from_hours(24 * 5));
    let boss = site.begun("boss").await;
    let later = boss.get("/notifications").await;
    assert!(later.text().contains("1 together") && later.text().matches("is Closed").count() == 2, "{}", later.text());
}

#[tokio::test]
async fn a_list_is_saved_as_a_workbook_or_as_text() {
    let site = Site::start().await;
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "roles/keeper.yaml" => (path, text.replace("goal, actions: [create,", "goal, actions: [export, create,")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    files.push(("pages/goals.yaml", GOALS.replace("columns: [title, owner, status]", "columns: [title, weight, due]")));
    site.publish(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    keeper.made("goal", json!({"title": "=A", "weight": "12.5", "due": "2025-12-01", "status": "open"})).await;
    let page = keeper.get("/p/goals").await;
    for format in ["xlsx", "csv"] {
        assert!(page.text().contains(&format!("format={format}")), "{}", page.text());
    }
    let text = keeper.get("/p/goals/export?format=csv").await;
    assert!(text.text().contains("'=A,12.5%"), "{}", text.text());
    let book = keeper.get("/p/goals/export?format=xlsx").await;
    assert_eq!(book.status, StatusCode::OK);
    assert!(book.header("content-disposition").unwrap().ends_with("goals.xlsx"));
    assert!(book.body.starts_with(b"PK"), "a workbook is a zip file");
    let reader = site.signed_in("reader", &["reader"]).await;
    assert_eq!(reader.get("/p/goals/export?format=xlsx").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_total_follows_the_rows_of_a_sub_table_while_they_are_typed() {
    let site = Site::start().await;
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "entities/goal.yaml" => {
                let more = "  parts: {type: children, to: part, by: goal, label: {zh-CN: 分项, en: Parts}}\n  total: {type: integer, label: {zh-CN: 合计, en: Total}, formula: SUM(parts.double)}\n";
                (path, format!("{text}{more}"))
            }
            "roles/keeper.yaml" => (path, format!("{text}  - {{entity: part, actions: [create, read, update, delete]}}\n")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    let part = "label: {zh-CN: 分项, en: Part}\ndisplay: amount\nfields:\n  goal: {type: reference, to: goal, label: {zh-CN: 目标, en: Goal}, required: true}\n  amount: {type: integer, label: {zh-CN: 数量, en: Amount}}\n  double: {type: integer, label: {zh-CN: 加倍, en: Double}, formula: amount * 2}\n";
    files.push(("entities/part.yaml", part.to_owned()));
    let sheet = "entity: goal\nsections:\n  - items: [title, total, {field: parts, columns: [amount, double]}]\n";
    files.push(("forms/goal.yaml", sheet.to_owned()));
    site.publish(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let rows =
        "title=A&parts[0][id]=&parts[0][amount]=3&parts[1][id]=&parts[1][amount]=&parts[2][id]=&parts[2][amount]=4";
    let live = form(&keeper, "/form/goal/live", rows).await.json();
    assert_eq!(live["values"]["total"], "14", "{live}");
    assert_eq!(live["values"]["parts[2][double]"], "8", "{live}");
    let saved = form(&keeper, "/r/goal/new", rows).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    assert_eq!(keeper.get("/api/v1/demo/goal").await.json()["items"][0]["total"], 14);
}

const PART: &str = "
label: {zh-CN: 部分, en: Part}
grants:
  - {entity: goal, actions: [read, update], where: 'status == \"open\"', read: [title, status], write: [title]}
  - {entity: goal, actions: [read], where: 'status == \"open\" && level == 3', read: [weight]}
";

#[tokio::test]
async fn a_refused_form_shows_what_its_reader_sees_of_this_record_and_no_more() {
    let site = Site::start().await;
    let mut files: Vec<(&str, String)> = FILES.map(|(path, text)| (path, text.to_owned())).to_vec();
    files.push(("roles/part.yaml", PART.to_owned()));
    site.publish(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let part = site.signed_in("part", &["part"]).await;
    for (level, sees) in [(3, true), (2, false)] {
        let goal = json!({"title": "Alpha", "status": "open", "level": level, "weight": 20});
        let id = keeper.made("goal", goal).await;
        let path = format!("/r/goal/{id}/edit");
        let edit = part.get(&path).await;
        assert_eq!(edit.text().contains("20%"), sees, "{}", edit.text());
        let version = part.get(&format!("/api/v1/demo/goal/{id}")).await.json()["version"].clone();
        assert!(edit.text().contains(&format!("name=\"expected\" value=\"{version}\"")), "{}", edit.text());
        let refused = form(&part, &path, &format!("title=&expected={version}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(refused.text().contains("20%"), sees, "{}", refused.text());
        let saved = form(&part, &path, &format!("title=Beta&expected={version}")).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    }
}

const STAGES: &str = "
label: {zh-CN: 分步, en: Stages}
grants:
  - {entity: goal, actions: [read, update], where: 'status == \"open\"', read: [title, status], write: [title]}
  - {entity: goal, actions: [read, update], read: [title, status], write: [status]}
";

#[tokio::test]
async fn what_a_form_sends_back_unchanged_is_not_written() {
    let site = Site::start().await;
    let mut files: Vec<(&str, String)> = FILES.map(|(path, text)| (path, text.to_owned())).to_vec();
    files.push(("roles/stages.yaml", STAGES.to_owned()));
    site.publish(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let stages = site.signed_in("stages", &["stages"]).await;
    let id = keeper.made("goal", json!({"title": "Alpha", "status": "open"})).await;
    let path = format!("/r/goal/{id}/edit");
    // A title may be written while the goal is open, and no goal is closed with another title.
    let version = stages.get(&format!("/api/v1/demo/goal/{id}")).await.json()["version"].clone();
    let both = form(&stages, &path, &format!("title=Beta&status=closed&expected={version}")).await;
    assert_eq!(both.status, StatusCode::FORBIDDEN, "{}", both.text());
    let closed = form(&stages, &path, &format!("title=Alpha&status=closed&expected={version}")).await;
    assert_eq!(closed.status, StatusCode::SEE_OTHER, "{}", closed.text());
    let sly = stages.patch(&format!("/api/v1/demo/goal/{id}"), json!({"title": "Alpha"})).await;
    assert_eq!(sly.status, StatusCode::NOT_FOUND, "{}", sly.text());
}
