//! What is masked is shown for a reason, people see who looked at theirs, and what must go goes: on pages and in the API.

use axum::http::StatusCode;
use serde_json::json;

use super::support::{Answer, Client, Site, encoded, form};

const PERSON: &str = "
label: {zh-CN: 人员, en: Person}
stands_for: person
display: name
key: code
search: [name]
fields:
  code: {type: text, label: {zh-CN: 工号, en: Code}, kept: {zh-CN: 须保存两年, en: Kept for two years}}
  name: {type: text, label: {zh-CN: 姓名, en: Name}, required: true}
  phone: {type: text, label: {zh-CN: 电话, en: Phone}, sensitivity: sensitive, personal: {purpose: {zh-CN: 测试, en: A test}, basis: contract, keep: {zh-CN: 两年, en: Two years}}}
";

const ROLES: [(&str, &str); 3] = [
    (
        "roles/keeper.yaml",
        "label: {zh-CN: 管理者, en: Keeper}\ngrants:\n  - {entity: person, actions: [create, read, update, delete, restore, purge, erase]}\n",
    ),
    (
        "roles/desk.yaml",
        "label: {zh-CN: 前台, en: Desk}\ngrants:\n  - {entity: person, actions: [read, uncover], read: [code, name], masked: {phone: '###****####'}}\n",
    ),
    (
        "roles/plain.yaml",
        "label: {zh-CN: 普通, en: Plain}\ngrants:\n  - {entity: person, actions: [read], read: [code, name], masked: {phone: '###****####'}}\n",
    ),
];

async fn site() -> (Site, Client, String) {
    let mut files = vec![
        ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n".to_owned()),
        ("entities/person.yaml", PERSON.to_owned()),
    ];
    files.extend(ROLES.map(|(path, text)| (path, text.to_owned())));
    let site = Site::of(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let id = keeper.made("person", json!({"code": "E1", "name": "王伟", "phone": "13812345678"})).await;
    (site, keeper, id)
}

async fn sent(client: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    form(client, path, &fields.join("&")).await
}

/// A page, with the slashes of its addresses as they are.
async fn page(client: &Client, path: &str) -> String {
    client.get(path).await.text().replace("&#x2f;", "/")
}

#[tokio::test]
async fn a_mask_is_uncovered_for_a_reason_and_the_person_sees_it() {
    let (site, _, id) = site().await;
    let desk = site.signed_in("desk", &["desk"]).await;
    let plain = site.signed_in("plain", &["plain"]).await;
    let (place, api) = (format!("/r/person/{id}"), format!("/api/v1/demo/person/{id}/uncover"));
    let shown = page(&desk, &place).await;
    let link = format!("/r/person/{id}/uncover?field=phone");
    assert!(shown.contains("138****5678") && shown.contains(&link), "{shown}");
    let without = page(&plain, &place).await;
    assert!(without.contains("138****5678") && !without.contains("/uncover"), "{without}");
    let asks = desk.get(&link).await;
    assert!(asks.status == StatusCode::OK && !asks.text().contains("13812345678"), "{}", asks.text());
    let refused = sent(&desk, &format!("{place}/uncover"), &[("field", "phone"), ("reason", " ")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!refused.text().contains("13812345678") && refused.text().contains("say why"), "{}", refused.text());
    let told = sent(&desk, &format!("{place}/uncover"), &[("field", "phone"), ("reason", "called back")]).await;
    assert!(told.status == StatusCode::OK && told.text().contains("13812345678"), "{}", told.text());
    assert_eq!(told.header("cache-control"), Some("no-store"));
    assert!(!page(&desk, &place).await.contains("13812345678"));
    // The same by the API.
    desk.post(&api, json!({"fields": ["phone"], "reason": ""})).await.refuses(422, "invalid");
    desk.post(&api, json!({"fields": ["none"], "reason": "x"})).await.refuses(422, "invalid");
    desk.post(&api, json!({"fields": ["name"], "reason": "x"})).await.refuses(403, "denied");
    plain.post(&api, json!({"fields": ["phone"], "reason": "x"})).await.refuses(403, "denied");
    assert_eq!(sent(&plain, &format!("{place}/uncover"), &[("field", "phone")]).await.status, StatusCode::FORBIDDEN);
    let told = desk.post(&api, json!({"fields": ["phone"], "reason": "asked by HR"})).await;
    assert_eq!(told.json(), json!({"fields": {"phone": "13812345678"}}));
    // A token of theirs may read and never this.
    let made = desk.post("/api/v1/tokens", json!({"name": "Sync", "days": 3, "writes": true})).await.json();
    let program = Client { bearer: made["token"].as_str().map(str::to_owned), ..Client::of(&site.router) };
    assert_eq!(program.get(&format!("/api/v1/demo/person/{id}")).await.json()["phone"], "138****5678");
    program.post(&api, json!({"fields": ["phone"], "reason": "x"})).await.refuses(403, "denied");
    // The person sees who it was, and why.
    let me = site.signed_in_as("me", &[], Some(id.parse().unwrap())).await;
    let looks = me.get("/api/v1/session/looks").await.json();
    let of = |at: usize| (looks["items"][at]["by_name"].as_str(), looks["items"][at]["action"].as_str());
    assert_eq!(of(1), (Some("DESK"), Some("uncover")), "{looks}");
    let reasons: Vec<_> =
        looks["items"].as_array().unwrap().iter().filter_map(|look| look["reason"].as_str()).collect();
    assert!(reasons.contains(&"called back") && reasons.contains(&"asked by HR"), "{looks}");
    assert!(page(&me, "/me").await.contains("/me/looks"));
    let list = page(&me, "/me/looks").await;
    assert!(list.contains("DESK") && list.contains("called back") && !list.contains("13812345678"), "{list}");
    assert_eq!(desk.get("/api/v1/session/looks").await.json()["items"], json!([]), "nobody stands behind this account");
}

#[tokio::test]
async fn what_must_go_goes_once_its_name_was_typed() {
    let (site, keeper, id) = site().await;
    let plain = site.signed_in("plain", &["plain"]).await;
    let other = keeper.made("person", json!({"code": "E2", "name": "李娜", "phone": "1"})).await;
    // Erasing: first what it takes and leaves.
    let (place, api) = (format!("/r/person/{id}/erase"), format!("/api/v1/demo/person/{id}/erase"));
    plain.post(&api, json!({})).await.refuses(403, "denied");
    assert_eq!(plain.get(&place).await.status, StatusCode::FORBIDDEN);
    assert!(page(&keeper, &format!("/r/person/{id}")).await.contains(&place));
    let dry = keeper.post(&api, json!({"dry_run": true})).await.json();
    assert_eq!((dry["certificate"].is_null(), dry["cleared"][1]["field"].as_str()), (true, Some("phone")), "{dry}");
    let asks = keeper.get(&place).await;
    assert!(asks.text().contains("Phone") && asks.text().contains("Kept for two years"), "{}", asks.text());
    let wrong = sent(&keeper, &place, &[("name", "王")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(keeper.get(&format!("/api/v1/demo/person/{id}")).await.json()["phone"], "13812345678");
    let done = sent(&keeper, &place, &[("name", "王伟")]).await;
    assert!(done.status == StatusCode::OK && done.text().contains("Certificate"), "{}", done.text());
    let left = keeper.get(&format!("/api/v1/demo/person/{id}")).await.json();
    assert_eq!((left["phone"].is_null(), left["code"].as_str()), (true, Some("E1")), "{left}");
    assert!(left["name"].as_str().unwrap().starts_with("erased "), "{left}");
    let certificate = keeper.post(&format!("/api/v1/demo/person/{other}/erase"), json!({})).await.json();
    assert!(certificate["certificate"].is_string(), "{certificate}");
    // Emptying the bin.
    let (place, api) = (format!("/r/person/{other}/purge"), format!("/api/v1/demo/person/{other}/purge"));
    keeper.post(&api, json!({})).await.refuses(404, "not-found");
    let path = format!("/api/v1/demo/person/{other}");
    keeper.send(axum::http::Method::DELETE, &path, &[], None).await;
    plain.post(&api, json!({})).await.refuses(403, "denied");
    assert!(page(&keeper, "/bin/person").await.contains(&place));
    let asks = sent(&keeper, &place, &[]).await;
    assert_eq!(asks.status, StatusCode::OK, "{}", asks.text());
    let name = typed_name(asks.text());
    let gone = sent(&keeper, &place, &[("name", &name)]).await;
    assert_eq!(gone.header("location"), Some("/bin/person?purged=1"), "{}", gone.text());
    keeper.post(&format!("{path}/restore"), json!({})).await.refuses(404, "not-found");
}

#[tokio::test]
async fn whoever_wrote_beside_an_answer_is_unnamed_once_they_are_erased() {
    let answer = "label: {zh-CN: 评价, en: Answer}\ndisplay: title\ncomments: true\nanonymity: {of: rater, by: [title], at_least: 3}\nfields:\n  title: {type: text, label: {zh-CN: 名称, en: Title}}\n  rater: {type: person, label: {zh-CN: 评价人, en: Rater}}\n";
    let role = "label: {zh-CN: 评价人, en: Rater}\ngrants:\n  - {entity: answer, actions: [create, read, update]}\n  - {entity: person, actions: [create, read, erase]}\n";
    let site = Site::of(&[
        ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n".to_owned()),
        ("entities/person.yaml", PERSON.to_owned()),
        ("entities/answer.yaml", answer.to_owned()),
        ("roles/rater.yaml", role.to_owned()),
    ])
    .await;
    let keeper = site.signed_in("keeper", &["rater"]).await;
    let person = keeper.made("person", json!({"code": "E1", "name": "ZHANGWEI", "phone": "1"})).await;
    let ann = site.signed_in_as("ann", &["rater"], Some(person.parse().unwrap())).await;
    let id = ann.made("answer", json!({"title": "spring", "rater": person})).await;
    let said = ann.post(&format!("/api/v1/demo/answer/{id}/comments"), json!({"text": "SAID-ALOUD"})).await;
    assert_eq!(said.status, StatusCode::CREATED, "{}", said.text());
    let before = page(&keeper, &format!("/r/answer/{id}")).await;
    assert!(before.contains("SAID-ALOUD") && before.contains("ANN") && !before.contains("Unnamed"), "{before}");
    let account = site.engine.store().accounts().by_login("ann").await.unwrap().unwrap();
    let gone = engine::AccountChange { active: Some(false), ..engine::AccountChange::default() };
    site.engine.change_account(None, account.id, gone).await.unwrap();
    let done = keeper.post(&format!("/api/v1/demo/person/{person}/erase"), json!({})).await.json();
    assert!(done["certificate"].is_string(), "{done}");
    let after = page(&keeper, &format!("/r/answer/{id}")).await;
    assert!(after.contains("SAID-ALOUD") && after.contains("Unnamed"), "{after}");
    let comments = keeper.get(&format!("/api/v1/demo/answer/{id}/comments")).await.json();
    let nobody = model::Uuid::nil().to_string();
    assert_eq!(comments["items"][0]["by"].as_str(), Some(nobody.as_str()), "{comments}");
}

/// The name that the page asks for.
fn typed_name(page: &str) -> String {
    let rest = page.split_once("Type “").unwrap().1;
    rest.split_once('”').unwrap().0.to_owned()
}
