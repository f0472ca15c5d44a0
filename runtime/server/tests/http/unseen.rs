//! What whoever writes cannot read: neither a form that is filled in nor a refusal tells them of it, and a record that is hidden
//! from them is one that is not there.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Answer, Client, FILES, Site, form};

const TOP: &str = "
label: {zh-CN: 上级, en: Superior}
display: name
fields:
  name: {type: text, label: {zh-CN: 名称, en: Name}}
  a: {type: integer, label: {zh-CN: 数, en: A}}
  open: {type: boolean, label: {zh-CN: 公开, en: Open}}
";

const ITEM: &str = "
label: {zh-CN: 条目, en: Entry}
display: title
fields:
  title: {type: text, label: {zh-CN: 标题, en: Title}}
  code: {type: text, unique: true, label: {zh-CN: 编码, en: Code}}
  n: {type: integer, label: {zh-CN: 一, en: One}}
  m: {type: integer, label: {zh-CN: 二, en: Two}}
  up: {type: reference, to: top, on_delete: restrict, label: {zh-CN: 上级, en: Up}}
  k: {type: integer, label: {zh-CN: 得数, en: K}, formula: up.a}
  twice: {type: integer, label: {zh-CN: 两倍, en: Twice}, formula: k * 2}
  p: {type: integer, label: {zh-CN: 公开数, en: P}, formula: up.a, public: true}
  d: {type: integer, label: {zh-CN: 默认数, en: D}, default: up.a}
  times: {type: integer, label: {zh-CN: 次数, en: Times}, stamp: {when: [code], value: 'COALESCE(times, 0) + 1'}}
validations:
  small: {rule: 'n + m < 10', message: {zh-CN: '{n} 与 {m} 之和过大', en: '{n} and {m} make too much'}}
";

const ROLES: [(&str, &str); 6] = [
    (
        "roles/all.yaml",
        "label: {zh-CN: 全部, en: All}\ngrants:\n  - {entity: top, actions: [create, read, update, delete]}\n  - {entity: item, actions: [create, read, update, delete]}\n",
    ),
    // Sees some of those above, with all they hold.
    (
        "roles/rows.yaml",
        "label: {zh-CN: 部分记录, en: Rows}\ngrants:\n  - {entity: top, actions: [read], where: open == true}\n  - {entity: item, actions: [create, read, update]}\n",
    ),
    // Sees all of those above, and not what they hold.
    (
        "roles/cells.yaml",
        "label: {zh-CN: 部分字段, en: Cells}\ngrants:\n  - {entity: top, actions: [read], read: [name, open]}\n  - {entity: item, actions: [create, read, update]}\n",
    ),
    // Changes every entry, and reads those of one name.
    (
        "roles/blind.yaml",
        "label: {zh-CN: 只写, en: Blind}\ngrants:\n  - {entity: item, actions: [update], write: [title, n]}\n  - {entity: item, actions: [read], where: 'title == \"Mine\"'}\n",
    ),
    ("roles/remover.yaml", "label: {zh-CN: 清理, en: Remover}\ngrants:\n  - {entity: top, actions: [read, delete]}\n"),
    (
        "roles/maker.yaml",
        "label: {zh-CN: 录入, en: Maker}\ngrants:\n  - {entity: item, actions: [create], write: [title, code]}\n  - {entity: item, actions: [read], where: 'title == \"Mine\"'}\n",
    ),
];

/// Nothing has it.
const NONE: &str = "0199c000-0000-7000-8000-000000000000";
const ITEMS: &str = "/api/v1/demo/item";

async fn site() -> Site {
    let mut files: Vec<(&str, String)> = FILES.map(|(path, text)| (path, text.to_owned())).to_vec();
    files.push(("entities/top.yaml", TOP.to_owned()));
    files.push(("entities/item.yaml", ITEM.to_owned()));
    files.extend(ROLES.map(|(path, text)| (path, text.to_owned())));
    Site::of(&files).await
}

/// Two of those above: one that the role `rows` does not see, and one that it does.
async fn above(all: &Client) -> (String, String) {
    let hidden = all.made("top", json!({"name": "Hidden", "a": 713, "open": false})).await;
    let open = all.made("top", json!({"name": "Open", "a": 41, "open": true})).await;
    (hidden, open)
}

/// What a form says while it is filled in.
async fn live(client: &Client, query: &str, typed: &str) -> Value {
    let answer = form(client, &format!("/form/item/live{query}"), typed).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

/// An answer without the one id in it.
fn bare(answer: &Answer, id: &str) -> (StatusCode, String) {
    (answer.status, answer.text().replace(id, "ID"))
}

async fn noted(auditor: &Client, query: &str) -> Vec<Value> {
    let answer = auditor.get(&format!("/api/v1/audit?outcome=refused&{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let entries = answer.json()["items"].as_array().cloned().unwrap_or_default();
    entries.iter().map(|entry| entry["facts"]["faults"].clone()).collect()
}

#[tokio::test]
async fn a_form_tells_nothing_of_a_record_that_its_writer_does_not_read() {
    let site = site().await;
    let all = site.signed_in("all", &["all"]).await;
    let (hidden, open) = above(&all).await;
    let rows = site.signed_in("rows", &["rows"]).await;
    rows.get(&format!("/api/v1/demo/top/{hidden}")).await.refuses(404, "not-found");

    let said = live(&rows, "", &format!("title=x&up={hidden}")).await;
    assert_eq!(said, live(&rows, "", &format!("title=x&up={NONE}")).await);
    assert_eq!(
        (&said["values"]["k"], &said["values"]["twice"], &said["values"]["p"]),
        (&json!("—"), &json!("—"), &json!("—"))
    );
    assert_ne!(said["errors"]["up"], json!(""), "it cannot be chosen, which is said at once");
    let page = async |id: &str| bare(&rows.get(&format!("/r/item/new?title=x&up={id}")).await, id);
    assert_eq!(page(&hidden).await, page(NONE).await);
    let seen = live(&rows, "", &format!("title=x&up={open}")).await;
    assert_eq!((&seen["values"]["k"], &seen["errors"]["up"]), (&json!("41"), &json!("")));

    // The same where a record that is there comes to refer to another.
    let id = all.made("item", json!({"title": "N", "up": open})).await;
    let said = live(&rows, &format!("?id={id}"), &format!("title=N&up={hidden}")).await;
    assert_eq!(said, live(&rows, &format!("?id={id}"), &format!("title=N&up={NONE}")).await);
    assert_eq!(said["values"]["k"], json!("—"));
    let changed = all.patch(&format!("/api/v1/demo/top/{hidden}"), json!({"a": 9})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!(said, live(&rows, &format!("?id={id}"), &format!("title=N&up={hidden}")).await);
}

#[tokio::test]
async fn a_form_computes_from_a_hidden_field_only_what_is_public() {
    let site = site().await;
    let all = site.signed_in("all", &["all"]).await;
    let (_, open) = above(&all).await;
    let cells = site.signed_in("cells", &["cells"]).await;
    let seen = live(&cells, "", &format!("title=x&up={open}")).await;
    assert_eq!(
        (&seen["values"]["k"], &seen["values"]["twice"], &seen["values"]["p"]),
        (&json!("—"), &json!("—"), &json!("41"))
    );
    // Neither does what is filled in from it, where nobody gave it.
    assert!(!cells.get(&format!("/r/item/new?up={open}")).await.text().contains("name=\"d\" value=\"41\""));
    // The record that is made answers by the same decision.
    let made = cells.post(ITEMS, json!({"title": "x", "up": open})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    assert_eq!((&made.json()["k"], &made.json()["p"]), (&Value::Null, &json!(41)));
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let known = live(&cells, &format!("?id={id}"), &format!("title=y&up={open}")).await;
    assert_eq!((&known["values"]["k"], &known["values"]["p"]), (&json!("—"), &json!("41")));
    assert_eq!(live(&all, &format!("?id={id}"), &format!("title=y&up={open}")).await["values"]["twice"], json!("82"));
}

#[tokio::test]
async fn a_hidden_record_is_chosen_no_more_than_one_that_is_not_there() {
    let site = site().await;
    let all = site.signed_in("all", &["all"]).await;
    let auditor = site.signed_in("vera", &["auditor"]).await;
    let (hidden, open) = above(&all).await;
    let rows = site.signed_in("rows", &["rows"]).await;
    let create = async |id: &str| bare(&rows.post(ITEMS, json!({"title": "x", "up": id})).await, id);
    assert_eq!(create(&hidden).await, create(NONE).await);
    assert_eq!(rows.post(ITEMS, json!({"title": "x", "up": hidden})).await.faults(), ["up:reference"]);
    assert_eq!(noted(&auditor, "action=create&object=item").await, vec![json!(["up:reference"]); 3]);
    assert_eq!(rows.post(ITEMS, json!({"title": "x", "up": open})).await.status, StatusCode::CREATED);

    // What is there already stays; nobody who sees everything is suspected of guessing.
    let id = all.made("item", json!({"title": "N", "up": hidden})).await;
    let path = format!("{ITEMS}/{id}");
    let kept = rows.patch(&path, json!({"title": "M", "up": hidden})).await;
    assert_eq!(kept.status, StatusCode::OK, "{}", kept.text());
    assert_eq!(rows.patch(&path, json!({"up": NONE})).await.faults(), ["up:reference"]);
    assert_eq!(all.post(ITEMS, json!({"title": "x", "up": NONE})).await.faults(), ["up:reference"]);
    assert_eq!(noted(&auditor, "action=create&object=item").await.len(), 3);
}

#[tokio::test]
async fn a_stale_write_and_a_rule_tell_values_only_of_a_record_that_is_read() {
    let site = site().await;
    let all = site.signed_in("all", &["all"]).await;
    let blind = site.signed_in("blind", &["blind"]).await;
    let other = all.made("item", json!({"title": "N1", "m": 5})).await;
    let mine = all.made("item", json!({"title": "Mine", "m": 5})).await;
    let stale = async |id: &str| {
        let body = json!({"title": "x"});
        let answer = blind.send(Method::PATCH, &format!("{ITEMS}/{id}"), &[("if-match", "\"77\"")], Some(body)).await;
        answer.refuses(412, "stale")["conflicts"].clone()
    };
    assert_eq!(stale(&other).await, json!([]));
    assert_eq!(stale(&mine).await, json!([{"field": "title", "stored": "Mine", "given": "x"}]));

    let broken = async |id: &str| {
        let answer = blind.patch(&format!("{ITEMS}/{id}"), json!({"n": 8})).await;
        answer.refuses(422, "invalid")["errors"][0]["message"].as_str().unwrap().to_owned()
    };
    let (unseen, seen) = (broken(&other).await, broken(&mine).await);
    assert!(unseen.contains('8') && unseen.contains('—') && !unseen.contains('5'), "{unseen}");
    assert!(seen.contains('8') && seen.contains('5'), "{seen}");
}

#[tokio::test]
async fn what_is_taken_or_in_use_is_said_without_whose_it_is_and_noted() {
    let site = site().await;
    let all = site.signed_in("all", &["all"]).await;
    let auditor = site.signed_in("vera", &["auditor"]).await;
    let (_, open) = above(&all).await;
    all.made("item", json!({"title": "Secret", "code": "C1", "up": open})).await;

    let maker = site.signed_in("maker", &["maker"]).await;
    let taken = maker.post(ITEMS, json!({"title": "x", "code": "C1"})).await;
    assert_eq!(taken.faults(), ["code:unique"]);
    assert!(!taken.text().contains("Secret"), "{}", taken.text());
    assert_eq!(noted(&auditor, "action=create&object=item").await, [json!(["code:unique"])]);
    assert_eq!(all.post(ITEMS, json!({"title": "x", "code": "C1"})).await.faults(), ["code:unique"]);
    assert_eq!(noted(&auditor, "action=create&object=item").await.len(), 1, "who reads them all learns nothing by it");

    let path = format!("/api/v1/demo/top/{open}");
    let remover = site.signed_in("remover", &["remover"]).await;
    let kept = remover.send(Method::DELETE, &path, &[], None).await;
    assert_eq!(kept.faults(), ["-:still-referred"]);
    assert!(!kept.text().contains("Entry") && !kept.text().contains("条目"), "{}", kept.text());
    assert_eq!(noted(&auditor, "action=delete&object=top").await, [json!(["-:still-referred"])]);
    let kept = all.send(Method::DELETE, &path, &[], None).await;
    assert!(kept.text().contains("Entry") || kept.text().contains("条目"), "{}", kept.text());
    assert_eq!(noted(&auditor, "action=delete&object=top").await.len(), 1);
}

#[tokio::test]
async fn a_stamp_that_counts_on_from_itself_is_told_to_whoever_reads_it() {
    let site = site().await;
    let all = site.signed_in("all", &["all"]).await;
    let (_, open) = above(&all).await;
    let id = all.made("item", json!({"title": "N", "up": open})).await;
    let rows = site.signed_in("rows", &["rows"]).await;
    for code in ["A", "B"] {
        let said = live(&rows, &format!("?id={id}"), &format!("title=N&up={open}&code={code}")).await;
        assert_eq!(said["values"]["k"], json!("41"), "{said}");
        let changed = rows.patch(&format!("{ITEMS}/{id}"), json!({"code": code})).await;
        assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    }
    assert_eq!(rows.get(&format!("{ITEMS}/{id}")).await.json()["times"], 2);
}
