//! Accounts and the outbox, for those who administer.

use axum::http::StatusCode;
use serde_json::json;

use super::support::{Client, PASSWORD, Site};

#[tokio::test]
async fn an_administrator_makes_changes_and_ends_accounts() {
    let site = Site::start().await;
    let root = site.signed_in("root", &["admin"]).await;
    let made = root
        .post(
            "/api/v1/accounts",
            json!({"login": "li", "name": "李娜", "password": "a long password", "roles": ["reader"]}),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    assert!(!made.text().contains("argon2"));
    let path = format!("/api/v1/accounts/{}", made.json()["id"].as_str().unwrap());
    let sign_in = async |password: &str| {
        let client = Client::of(&site.router);
        let begun = client.post("/api/v1/session", json!({"login": "li", "password": password, "token": true})).await;
        let bearer = (begun.status == StatusCode::CREATED).then(|| begun.json()["token"].as_str().unwrap().to_owned());
        Client { bearer, ..client }
    };
    let li = sign_in("a long password").await;
    li.post("/api/v1/demo/goal", json!({"title": "a"})).await.refuses(403, "denied");
    assert_eq!(root.patch(&path, json!({"roles": ["keeper"]})).await.status, StatusCode::OK);
    assert_eq!(li.post("/api/v1/demo/goal", json!({"title": "a"})).await.status, StatusCode::CREATED);
    assert_eq!(root.patch(&path, json!({"password": "another password"})).await.status, StatusCode::OK);
    li.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    let li = sign_in("another password").await;
    assert_eq!(li.get("/api/v1/session").await.status, StatusCode::OK);
    assert_eq!(root.patch(&path, json!({"active": false})).await.json()["active"], false);
    li.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    assert!(sign_in("another password").await.bearer.is_none());
    assert_eq!(root.get("/api/v1/accounts").await.json()["items"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_said() {
    let site = Site::start().await;
    let root = site.signed_in("root", &["admin"]).await;
    let path = "/api/v1/accounts";
    let bad = root.post(path, json!({"login": " ", "name": "x", "password": "short", "roles": ["king"]})).await;
    bad.refuses(422, "invalid");
    assert_eq!(bad.faults(), ["roles:unknown", "login:required", "password:too-short"]);
    let taken = root.post(path, json!({"login": "root", "name": "x", "password": PASSWORD})).await;
    taken.refuses(422, "invalid");
    assert_eq!(taken.faults(), ["login:unique"]);
    let own = root.get("/api/v1/session").await.json()["account"]["id"].as_str().unwrap().to_owned();
    let locked_out = root.patch(&format!("{path}/{own}"), json!({"active": false})).await;
    assert_eq!(locked_out.faults(), ["active:own"]);
    assert_eq!(root.get("/api/v1/outbox").await.json(), json!({"items": []}));
}
