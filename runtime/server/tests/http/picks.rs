//! Records to choose from in a form: those a field may take, of those its reader sees.

use axum::http::StatusCode;
use serde_json::json;

use super::support::{Client, FILES, Site, form, titles};

const ACTIVE: &str = "  active: {type: boolean, label: {zh-CN: 在岗, en: Active}}\n";

const FIELDS: &str = "  helper: {type: reference, to: person, only: active == true, label: {zh-CN: 协助人, en: Helper}}
  helpers: {type: references, to: person, only: active == true, label: {zh-CN: 协作人, en: Helpers}}
";

/// Sees one person, and not whether they are active.
const PART: &str = "
label: {zh-CN: 部分, en: Part}
grants:
  - {entity: person, actions: [read], where: 'code == \"2\"', read: [code, name]}
  - {entity: goal, actions: [create, read]}
";

async fn site() -> Site {
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "entities/goal.yaml" => (path, format!("{text}{FIELDS}")),
            "entities/person.yaml" => (path, format!("{text}{ACTIVE}")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    files.push(("roles/part.yaml", PART.to_owned()));
    Site::of(&files).await
}

/// Who is offered for a field.
async fn offered(client: &Client, field: &str) -> Vec<String> {
    let answer = client.get(&format!("/pick/goal.{field}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    titles(&answer.json(), "label")
}

#[tokio::test]
async fn a_picker_offers_only_what_its_field_may_take() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    keeper.made("person", json!({"code": "1", "name": "Ann", "active": true})).await;
    let left = keeper.made("person", json!({"code": "2", "name": "Ben", "active": false})).await;
    keeper.made("person", json!({"code": "3", "name": "Cai"})).await;
    for field in ["helper", "helpers"] {
        assert_eq!(offered(&keeper, field).await, ["Ann"]);
        assert_eq!(offered(&keeper, &format!("{field}?q=Ben")).await, [""; 0], "what is typed widens nothing");
        assert_eq!(offered(&keeper, &format!("{field}?q=Ann")).await, ["Ann"]);
    }
    assert_eq!(offered(&keeper, "owner").await, ["Ann", "Ben", "Cai"]);
    // Both hold: what the field may take, and what the reader sees.
    let part = site.signed_in("part", &["part"]).await;
    assert_eq!((offered(&part, "helper").await, offered(&part, "owner").await), (vec![], vec!["Ben".to_owned()]));

    // What was not offered is not taken either, and stands in the form again with its fault.
    for (sent, told) in [(format!("helper={left}"), "#f-helper"), (format!("helpers=&helpers={left}"), "#f-helpers")] {
        let refused = form(&keeper, "/r/goal/new", &format!("title=A&{sent}")).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text().contains(&format!("href=\"{told}\"")), "{}", refused.text());
        assert!(refused.text().contains(&format!("<option value=\"{left}\" selected>Ben</option>")));
    }
    assert_eq!(keeper.get("/api/v1/demo/goal").await.json()["items"], json!([]));
}
