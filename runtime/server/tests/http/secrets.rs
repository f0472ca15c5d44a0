//! Fields of type `secret` through the server: shown on every way to those who may read them, told nothing by, and in no answer
//! that is kept.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Client, Site};

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\ndisplay: name\nkey: name\nhistory: true\npersonal: {purpose: {zh-CN: 发放工资, en: To pay wages}, basis: contract, keep: {zh-CN: 离职后两年, en: Two years after leaving}}\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  id_number: {type: secret, max: 18, label: {zh-CN: 身份证号, en: Identity number}}\n  boss: {type: reference, to: person, label: {zh-CN: 上级, en: Boss}}\n",
    ),
    (
        "roles/hr.yaml",
        "label: {zh-CN: 人事, en: HR}\ngrants:\n  - {entity: person, actions: [create, read, update, import, export]}\n",
    ),
    (
        "roles/desk.yaml",
        "label: {zh-CN: 前台, en: Desk}\ngrants:\n  - {entity: person, actions: [read], read: [name], masked: {id_number: '***####'}}\n",
    ),
    (
        "pages/people.yaml",
        "kind: list\nlabel: {zh-CN: 人员, en: People}\nentity: person\ncolumns: [name, id_number, boss.id_number]\n",
    ),
    (
        "pages/person.yaml",
        "kind: detail\nlabel: {zh-CN: 人员, en: Person}\nentity: person\nfacts: [id_number]\ntabs:\n  details: {label: {zh-CN: 详情, en: Details}, form: person}\n  history: {label: {zh-CN: 历史, en: History}, history: true}\n",
    ),
];

const ID: &str = "330106199001011234";

async fn site() -> Site {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push(("forms/person.yaml", "entity: person\nsections:\n  - items: [name, id_number]\n".to_owned()));
    Site::of(&files).await
}

async fn faults(client: &Client, path: &str) -> Vec<String> {
    let answer = client.get(path).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path}: {}", answer.text());
    answer.faults()
}

#[tokio::test]
async fn a_secret_is_shown_and_nothing_is_told_by_it() {
    let site = site().await;
    let hr = site.signed_in("hr", &["hr"]).await;
    let keyed = [("idempotency-key", "once")];
    let body = json!({"name": "Ann", "id_number": ID});
    let made = hr.send(Method::POST, "/api/v1/demo/person", &keyed, Some(body.clone())).await;
    let again = hr.send(Method::POST, "/api/v1/demo/person", &keyed, Some(body)).await;
    assert_eq!((made.status, made.text()), (StatusCode::CREATED, again.text()));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(made.json()["id_number"], ID);
    let kept = site.read("SELECT request || CAST(response AS TEXT) FROM loam_idempotency").await;
    assert!(kept.len() == 1 && kept[0].contains("sealed:1:"), "{kept:?}");
    let other = hr.send(Method::POST, "/api/v1/demo/person", &keyed, Some(json!({"name": "Bob"}))).await;
    other.refuses(422, "key-reused");

    let id = made.json()["id"].as_str().unwrap().to_owned();
    let of = |path: &str| format!("/api/v1/demo/person{path}");
    hr.made("person", json!({"name": "Bob", "boss": id})).await;
    let desk = site.signed_in("desk", &["desk"]).await;
    assert_eq!(desk.get(&of(&format!("/{id}"))).await.json()["id_number"], "***1234");
    let items = hr.get(&of("?fields=name,boss.id_number")).await.json();
    assert_eq!(items["items"][1]["boss"]["id_number"], ID, "{items}");
    for (path, fault) in [
        ("?sort=id_number", "sort:type"),
        ("?sort=boss.id_number", "sort:type"),
        ("/aggregate?group=id_number&measures=count", "group:type"),
        ("/aggregate?measures=distinct(id_number)", "measures:type"),
    ] {
        assert_eq!(faults(&hr, &of(path)).await, [fault], "{path}");
    }
    for filter in ["id_number%20%3D%3D%20%22x%22", "id_number%20!%3D%20null", "boss.id_number%20%3D%3D%20null"] {
        let said = faults(&hr, &of(&format!("?filter={filter}"))).await;
        assert!(said.iter().any(|fault| fault.contains("formula.secret")), "{filter}: {said:?}");
    }
    let schema = hr.get("/api/v1/openapi.json").await.json();
    let text = schema.to_string();
    assert!(text.contains("\"id_number\""), "it is described like any field");

    // Pages: list, facts, form, history.
    let list = hr.get("/p/people?lang=en").await;
    assert!(list.status == StatusCode::OK && list.text().contains(ID), "{}", list.text());
    assert!(!list.text().contains("sort=id_number"), "no head sorts by it");
    let list = desk.get("/p/people?lang=en").await;
    assert!(list.text().contains("***1234") && !list.text().contains(ID));
    for path in [format!("/r/person/{id}"), format!("/r/person/{id}/edit"), format!("/r/person/{id}?tab=history")] {
        let page = hr.get(&path).await;
        assert!(page.status == StatusCode::OK && page.text().contains(ID), "{path}: {}", page.text());
        assert!(!page.text().contains("sealed:1:"), "{path}");
    }
    let page = desk.get(&format!("/r/person/{id}")).await;
    assert!(page.text().contains("***1234") && !page.text().contains(ID));

    // Rows of a file, and back into one.
    let csv = "name,id_number\nCid,330106199001015678\n";
    let brought =
        hr.raw(Method::POST, &of("/import"), &[], Some("text/csv; charset=utf-8"), csv.as_bytes().to_vec()).await;
    assert!(brought.status.is_success(), "{}", brought.text());
    let saved = hr.get("/p/people/export?format=csv").await;
    assert!(saved.text().contains("330106199001015678"), "{} {}", saved.status, saved.text());

    // Every look is on the ledger, and no value of it is in clear there.
    let looks = site.read("SELECT facts FROM loam_entry WHERE action = 'read' AND object = 'person'").await;
    assert!(looks.iter().any(|facts| facts.contains("id_number")), "{looks:?}");
    let told = site.read("SELECT what FROM loam_entry WHERE object = 'person' AND what IS NOT NULL").await;
    assert!(told.iter().all(|what| !what.contains(ID)) && told.iter().any(|what| what.contains("sealed:1:")));
    let entries: Vec<Value> = told.iter().map(|what| serde_json::from_str(what).unwrap()).collect();
    assert_eq!(entries[0]["after"]["name"], "Ann");
}

#[tokio::test]
async fn one_that_does_not_open_is_said_to_and_the_rest_stays() {
    let site = site().await;
    let hr = site.signed_in("hr", &["hr"]).await;
    let id = hr.made("person", json!({"name": "Ann", "id_number": ID})).await;
    hr.made("person", json!({"name": "Bob", "id_number": "330106199001015678", "boss": id})).await;
    site.say("UPDATE demo_person SET id_number = substr(id_number, 1, 30) WHERE name = 'Ann'").await;
    let items = hr.get("/api/v1/demo/person?fields=name,id_number,boss.id_number").await;
    assert_eq!(items.status, StatusCode::OK, "{}", items.text());
    let (items, torn) = (items.json(), json!({"unreadable": true}));
    assert_eq!((&items["items"][0]["id_number"], &items["items"][0]["name"]), (&torn, &json!("Ann")), "{items}");
    assert_eq!(items["items"][1]["id_number"], "330106199001015678");
    assert_eq!(items["items"][1]["boss"]["id_number"], torn);
    let path = format!("/api/v1/demo/person/{id}");
    let one = hr.get(&path).await;
    assert_eq!((one.status, &one.json()["id_number"]), (StatusCode::OK, &torn));
    let schema = hr.get("/api/v1/openapi.json").await.json().to_string();
    assert!(schema.contains("\"unreadable\":{\"const\":true}"), "it is described");
    // Sent back as it came it is refused, and so is nothing in its place.
    for value in [torn, Value::Null] {
        let sent = hr.send(Method::PATCH, &path, &[], Some(json!({"id_number": value}))).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", sent.text());
    }
    // Pages say it in words; a form does not ask for it, and saving leaves it.
    for (lang, words) in [("en", "Cannot be opened"), ("zh-CN", "无法解密")] {
        for page in ["/p/people".to_owned(), format!("/r/person/{id}"), format!("/r/person/{id}/edit")] {
            let shown = hr.get(&format!("{page}?lang={lang}")).await;
            assert!(shown.status == StatusCode::OK && shown.text().contains(words), "{page}: {}", shown.text());
            assert!(!shown.text().contains("sealed:1:"), "{page}");
        }
    }
    let form = hr.get(&format!("/r/person/{id}/edit")).await;
    assert!(form.text().contains("name=\"name\"") && !form.text().contains("name=\"id_number\""), "{}", form.text());
    let kept = "SELECT id_number FROM demo_person WHERE name LIKE 'Ann%'";
    let before = site.read(kept).await;
    let saved = hr.send(Method::PATCH, &path, &[], Some(json!({"name": "Anna"}))).await;
    assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
    assert_eq!(site.read(kept).await, before);
    let saved = hr.get("/p/people/export?format=csv").await;
    assert!(saved.text().contains("Anna,Cannot be opened"), "{}", saved.text());
}
