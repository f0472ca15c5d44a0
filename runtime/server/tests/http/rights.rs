//! Rights over HTTP: what no grant gives cannot be read, written, filtered, sorted or counted by.

use axum::http::Method;
use serde_json::json;

use super::support::{Site, titles};

#[tokio::test]
async fn a_reader_sees_their_rows_and_fields_only() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let bob = site.signed_in("bob", &["reader"]).await;
    let person = ann.made("person", json!({"code": "E1", "name": "王伟", "salary": 100})).await;
    let open = ann.made("goal", json!({"title": "open", "status": "open"})).await;
    let closed = ann.made("goal", json!({"title": "closed", "status": "closed"})).await;

    let seen = bob.get(&format!("/api/v1/demo/person/{person}")).await;
    assert!(!seen.text().contains("salary"), "{}", seen.text());
    assert_eq!(seen.json()["name"], "王伟", "{}", seen.text());
    for query in ["fields=salary", "sort=salary", "filter=salary%20%3E%201"] {
        let refused = bob.get(&format!("/api/v1/demo/person?{query}")).await;
        refused.refuses(403, "denied");
        assert_eq!(refused.faults(), ["salary:denied"], "{query}");
    }
    bob.get("/api/v1/demo/person/aggregate?measures=sum(salary)").await.refuses(403, "denied");

    assert_eq!(titles(&bob.get("/api/v1/demo/goal").await.json(), "title"), ["open"]);
    bob.get(&format!("/api/v1/demo/goal/{closed}")).await.refuses(404, "not-found");
    bob.post("/api/v1/demo/goal", json!({"title": "mine"})).await.refuses(403, "denied");
    bob.patch(&format!("/api/v1/demo/goal/{open}"), json!({"title": "mine"})).await.refuses(403, "denied");
    bob.send(Method::DELETE, &format!("/api/v1/demo/goal/{open}"), &[], None).await.refuses(403, "denied");
}

#[tokio::test]
async fn without_a_role_nothing_is_open() {
    let site = Site::start().await;
    let eve = site.signed_in("eve", &[]).await;
    for path in ["/api/v1/demo/goal", "/api/v1/demo/goal/aggregate", "/api/v1/accounts", "/api/v1/outbox", "/live/goal"]
    {
        eve.get(path).await.refuses(403, "denied");
    }
    assert_eq!(eve.get("/api/v1/search?q=a").await.json(), json!({"items": []}));
    eve.get("/live/colour").await.refuses(404, "not-found");
}
