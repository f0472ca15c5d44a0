//! Files that are chosen where something is filled in: with a record that is made, in a row of it, in a step of a case. All of it
//! is kept, or none.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    openapi::fits,
    support::{Answer, Client, Site},
};

const FILES: [(&str, &str); 7] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n",
    ),
    (
        "entities/claim.yaml",
        "label: {zh-CN: 报销, en: Claim}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 事由, en: Title}}\n  paper: {type: file, required: true, label: {zh-CN: 单据, en: Paper}}\n  scan: {type: image, label: {zh-CN: 照片, en: Scan}}\n  name: {type: signature, label: {zh-CN: 签名, en: Signed}}\n  lines: {type: children, to: line, by: claim, label: {zh-CN: 明细, en: Lines}}\n",
    ),
    (
        "entities/line.yaml",
        "label: {zh-CN: 明细, en: Line}\ndisplay: amount\nfields:\n  claim: {type: reference, to: claim, required: true, label: {zh-CN: 报销, en: Claim}}\n  amount: {type: integer, label: {zh-CN: 金额, en: Amount}}\n  proof: {type: file, label: {zh-CN: 凭证, en: Proof}}\n",
    ),
    (
        "forms/claim.yaml",
        "entity: claim\nsections:\n  - items: [title, paper, {field: lines, columns: [amount, proof]}]\n",
    ),
    // They make claims, and never change one.
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: person, actions: [read, create]}\n  - {entity: claim, actions: [create, read]}\n  - {entity: line, actions: [create, read]}\nworkflows:\n  - {workflow: claim, actions: [start]}\n",
    ),
    (
        "workflows/claim.yaml",
        "label: {zh-CN: 补充照片, en: Photographs}\nentity: claim\nguard: member\nsteps:\n  add: {label: {zh-CN: 补充, en: Add}, form: {who: [{starter: true}], edit: [scan, name], require: [scan]}}\n  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: done}}\n",
    ),
];

const PICTURE: &str = "GIF89a";

pub(super) async fn sent(client: &Client, path: &str, fields: &[(&str, &str)], files: &[(&str, &str, &str)]) -> Answer {
    let mut body = String::new();
    for (name, value) in fields {
        body.push_str(&format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"));
    }
    for (name, file, content) in files {
        let head = format!("Content-Disposition: form-data; name=\"{name}.file\"; filename=\"{file}\"");
        body.push_str(&format!("--b\r\n{head}\r\nContent-Type: application/octet-stream\r\n\r\n{content}\r\n"));
    }
    body.push_str("--b--\r\n");
    client.raw(Method::POST, path, &[], Some("multipart/form-data; boundary=b"), body.into_bytes()).await
}

pub(super) async fn all(client: &Client, entity: &str) -> Vec<Value> {
    let answer = client.get(&format!("/api/v1/demo/{entity}")).await.json();
    answer["items"].as_array().unwrap().clone()
}

/// What stands in a file that a record keeps.
pub(super) async fn content(client: &Client, entity: &str, record: &Value, field: &str) -> String {
    let (id, file) = (record["id"].as_str().unwrap(), record[field].as_str().unwrap());
    let answer = client.get(&format!("/r/{entity}/{id}/attachments/{file}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.text().to_owned()
}

async fn ann(site: &Site) -> Client {
    let hr = site.signed_in("hr", &[]).await;
    let person = hr.made("person", json!({"name": "Ann"})).await;
    site.signed_in_as("ann", &[], person.parse().ok()).await
}

#[tokio::test]
async fn a_record_and_its_rows_are_made_with_their_files() {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let ann = ann(&site).await;
    let fields = [
        ("title", "Train"),
        ("paper", ""),
        ("lines[0][amount]", "30"),
        ("lines[0][proof]", ""),
        ("lines[1][amount]", ""),
        ("lines[1][proof]", ""),
        ("lines[2][amount]", "5"),
        ("lines[2][proof]", ""),
    ];
    // Without its file a claim is none; a program among the files keeps all of it from being made.
    let lacking = sent(&ann, "/r/claim/new", &fields, &[("paper", "", "")]).await;
    assert_eq!(lacking.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(lacking.text().contains("href=\"#f-paper\""), "{}", lacking.text());
    let programs = [("paper", "a.txt", "first"), ("lines[1][proof]", "b.txt", "\x7fELF\x02\x01\x01")];
    let refused = sent(&ann, "/r/claim/new", &fields, &programs).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("programs are not taken"), "{}", refused.text());
    assert!(!refused.text().contains("name=\"paper\" value=\"0"), "a file that was not kept is asked for again");
    let empty = sent(&ann, "/r/claim/new", &fields, &[("paper", "a.txt", "")]).await;
    assert!(empty.text().contains("the file is empty"), "{}", empty.text());
    assert!(all(&ann, "claim").await.is_empty() && all(&ann, "line").await.is_empty());

    // A row in which nothing but a file was chosen is a row.
    let files =
        [("paper", "a.txt", "first"), ("lines[1][proof]", "b.txt", "second"), ("lines[2][proof]", "c.txt", "third")];
    let made = sent(&ann, "/r/claim/new", &fields, &files).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.text());
    let claims = all(&ann, "claim").await;
    assert_eq!(claims.len(), 1);
    assert_eq!(content(&ann, "claim", &claims[0], "paper").await, "first");
    let mut lines = all(&ann, "line").await;
    lines.sort_by_key(|line| line["amount"].as_i64());
    let amounts: Vec<Value> = lines.iter().map(|line| line["amount"].clone()).collect();
    assert_eq!(amounts, [Value::Null, json!(5), json!(30)]);
    assert_eq!(content(&ann, "line", &lines[0], "proof").await, "second");
    assert_eq!(content(&ann, "line", &lines[1], "proof").await, "third");
    assert_eq!(lines[2]["proof"], Value::Null);
    // Made once, it is not theirs to change, with a file or without.
    let id = claims[0]["id"].as_str().unwrap();
    let again = sent(&ann, &format!("/r/claim/{id}/edit"), &[("title", "x")], &[("paper", "d.txt", "fourth")]).await;
    assert_eq!(again.status, StatusCode::FORBIDDEN);
    let beside = sent(&ann, &format!("/r/claim/{id}/attachments"), &[], &[("file", "d.txt", "fourth")]).await;
    assert_eq!(beside.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_step_of_a_case_takes_a_file_and_a_signature() {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let ann = ann(&site).await;
    let fields = [("title", "Train"), ("paper", "")];
    sent(&ann, "/r/claim/new", &fields, &[("paper", "a.txt", "first")]).await;
    let id = all(&ann, "claim").await[0]["id"].as_str().unwrap().to_owned();
    let root = "/api/v1/demo/workflows";
    let begun = ann.post(&format!("{root}/claim/cases"), json!({"record": id})).await.json();
    let case = begun["id"].as_str().unwrap();
    let path = format!("/cases/{case}");
    let page = ann.get(&path).await;
    let task = page.text().split("name=\"task\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(page.text().contains("enctype=\"multipart/form-data\""), "{}", page.text());
    assert!(page.text().contains("<loam-signature><input type=\"hidden\" name=\"name\""), "{}", page.text());
    let stored = async || ann.get(&format!("/api/v1/demo/claim/{id}")).await.json();

    let filled = |what: &'static str| {
        vec![
            ("task", task.clone()),
            ("do", what.to_owned()),
            ("scan", String::new()),
            ("name", "10,10 200,90".to_owned()),
        ]
    };
    let act = async |what: &'static str, file: (&str, &str)| {
        let filled = filled(what);
        let fields: Vec<(&str, &str)> = filled.iter().map(|(name, value)| (*name, value.as_str())).collect();
        sent(&ann, &path, &fields, &[("scan", file.0, file.1)]).await
    };
    let lacking = act("submit", ("", "")).await;
    assert_eq!(lacking.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", lacking.text());
    let odd = act("submit", ("x.gif", "no picture")).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", odd.text());
    assert!(odd.text().contains("not what its name says"), "{}", odd.text());
    assert_eq!((&stored().await["scan"], &stored().await["name"]), (&Value::Null, &Value::Null));

    let done = act("submit", ("x.gif", PICTURE)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let claim = stored().await;
    assert_eq!(claim["name"], json!({"drawn": [[[10, 10], [200, 90]]]}));
    assert_eq!(content(&ann, "claim", &claim, "scan").await, PICTURE);
}

#[tokio::test]
async fn a_file_for_a_field_that_only_a_step_opens_is_sent_before_the_answer() {
    let files = FILES.map(|(path, text)| {
        let (all, some) = ("claim, actions: [create, read]}", "claim, actions: [create, read], write: [title, paper]}");
        (path, text.replace(all, some))
    });
    let site = Site::of(&files).await;
    let ann = ann(&site).await;
    let bob = site.signed_in("bob", &[]).await;
    let held = async |client: &Client, path: &str| sent(client, path, &[], &[("any", "x.gif", PICTURE)]).await;
    let id_of = |answer: &Answer| answer.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let paper = held(&ann, "/api/v1/demo/claim/uploads/paper").await;
    assert_eq!(paper.status, StatusCode::CREATED, "{}", paper.text());
    let claim = ann.made("claim", json!({"title": "Train", "paper": id_of(&paper)})).await;
    // Their own rights give them no picture; the step they are asked at does.
    held(&ann, "/api/v1/demo/claim/uploads/scan").await.refuses(403, "denied");
    let root = "/api/v1/demo/workflows";
    let begun = ann.post(&format!("{root}/claim/cases"), json!({"record": claim})).await.json();
    let at = format!("{root}/cases/{}", begun["id"].as_str().unwrap());
    let task = ann.get(&at).await.json()["mine"]["task"].clone();
    let uploads = format!("{at}/tasks/{task}/uploads");

    let theirs = format!("{uploads}/scan");
    for (client, path, status, slug) in [
        (&bob, &theirs, 404, "not-found"),
        (&ann, &format!("{uploads}/paper"), 422, "invalid"),
        (&ann, &format!("{uploads}/name"), 422, "invalid"),
        (&ann, &format!("{uploads}/nothing"), 422, "invalid"),
        (&ann, &format!("{at}/tasks/99/uploads/scan"), 409, "case-refused"),
        (&ann, &format!("{at}/tasks/x/uploads/scan"), 404, "not-found"),
        (&ann, &format!("{theirs}?step=add"), 400, "bad-request"),
    ] {
        held(client, path).await.refuses(status, slug);
    }
    assert_eq!(held(&ann, &format!("{uploads}/paper")).await.faults(), ["paper:read-only"]);
    assert_eq!(held(&ann, &format!("{uploads}/name")).await.faults(), ["file:type"]);
    let program = sent(&ann, &theirs, &[], &[("any", "x.gif", "\x7fELF\x02\x01\x01")]).await;
    assert_eq!(program.faults(), ["file:program"], "{}", program.text());
    assert!(site.read("SELECT name FROM loam_upload").await.is_empty());
    assert!(site.acts().await.contains(&"case refused".to_owned()), "a try of somebody else's is on the ledger");

    let scan = held(&ann, &theirs).await;
    assert_eq!(scan.status, StatusCode::CREATED, "{}", scan.text());
    assert_eq!(site.read("SELECT field FROM loam_upload").await, ["scan"]);
    let document = ann.get("/api/v1/openapi.json").await.json();
    let told = &document["paths"][format!("{root}/cases/{{id}}/tasks/{{task}}/uploads/{{field}}")]["post"];
    let good = &told["responses"]["201"]["content"]["application/json"]["schema"];
    assert!(good.is_object(), "{told}");
    fits(&document, good, &scan.json(), &theirs);

    let answer = json!({"do": "decide", "task": task, "approve": true, "fields": {"scan": id_of(&scan)}});
    let done = ann.post(&at, answer).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let claim = ann.get(&format!("/api/v1/demo/claim/{claim}")).await.json();
    assert_eq!(content(&ann, "claim", &claim, "scan").await, PICTURE);
    assert!(site.read("SELECT name FROM loam_upload").await.is_empty());
    let late = held(&ann, &theirs).await;
    assert_eq!(late.refuses(409, "case-refused")["errors"][0]["code"], "over");
}
