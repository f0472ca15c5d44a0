//! Rights over HTTP: what no grant gives cannot be read, written, filtered, sorted or counted by.

use axum::http::{Method, StatusCode};
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

#[tokio::test]
async fn why_somebody_may_or_may_not_is_told_truly() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let bob = site.signed_in("bob", &["reader"]).await;
    let guard = site.signed_in("guard", &["guard"]).await;
    let person = ann.made("person", json!({"code": "E1", "name": "王伟", "salary": 100})).await;
    let open = ann.made("goal", json!({"title": "open", "status": "open"})).await;
    let closed = ann.made("goal", json!({"title": "closed", "status": "closed"})).await;

    let told = bob.get(&format!("/api/v1/demo/goal/{open}/access?action=read&field=title")).await.json();
    let reason = json!({"role": "reader", "grant": 2, "where": "status == \"open\"", "holds": true, "parts": [], "gives": "whole"});
    assert_eq!(told, json!({"verdict": "allowed", "reasons": [reason], "kept_back_by": []}));
    let salary = bob.get(&format!("/api/v1/demo/person/{person}/access?field=salary")).await.json();
    assert_eq!(salary["verdict"], "refused");
    assert_eq!(salary["reasons"][0]["gives"], "nothing");
    let update = bob.get(&format!("/api/v1/demo/goal/{open}/access?action=update")).await.json();
    assert_eq!(update, json!({"verdict": "refused", "reasons": [], "kept_back_by": []}));

    // About what they cannot see they learn nothing, and about others neither.
    bob.get(&format!("/api/v1/demo/goal/{closed}/access")).await.refuses(404, "not-found");
    bob.get(&format!("/api/v1/demo/goal/{open}/access?about=ann")).await.refuses(404, "not-found");
    assert_eq!(bob.get("/access").await.status, 403);

    // The security administrator asks about anybody, and sees no record by it.
    let about = guard.get(&format!("/api/v1/demo/goal/{closed}/access?about=bob")).await.json();
    assert_eq!((&about["verdict"], &about["reasons"][0]["holds"]), (&json!("refused"), &json!(false)));
    guard.get(&format!("/api/v1/demo/goal/{closed}")).await.refuses(403, "denied");
    let page = guard.get(&format!("/access?entity=goal&record=/r/goal/{closed}&about=bob&action=read")).await;
    assert!(page.text().contains("Refused") && page.text().contains("status == &quot;open&quot;"), "{}", page.text());
    let own = bob.get(&format!("/r/goal/{open}/access?field=title")).await;
    assert!(own.text().contains("Allowed"), "{}", own.text());
    bob.get(&format!("/api/v1/demo/goal/{open}/access?action=fly")).await.refuses(400, "bad-request");

    // Every action may be asked about; to create and to import of a record like this one.
    for action in ["create", "import"] {
        let choice = format!("<option value=\"{action}\"");
        assert!(own.text().contains(&choice), "{action}: {}", own.text());
        let ask = async |client: &super::support::Client, about: &str| {
            let path = format!("/access?entity=goal&record={open}&about={about}&action={action}&lang=en");
            client.get(&path).await.text().to_owned()
        };
        let (may, not) = (ask(&guard, "ann").await, ask(&guard, "bob").await);
        // Who keeps goals makes them by hand, and brings in none by a file.
        let said = if action == "create" { ["Allowed", "every record"] } else { ["Refused", "No role gives this"] };
        assert!(said.iter().all(|part| may.contains(part)), "{action}: {may}");
        assert!(not.contains("Refused") && not.contains("No role gives this"), "{action}: {not}");
    }
}

#[tokio::test]
async fn whoever_sees_a_part_is_not_told_of_changes_of_the_rest() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let clerk = site.signed_in("clerk", &["clerk"]).await;
    let person = ann.made("person", json!({"code": "E1", "name": "王伟", "salary": 100})).await;
    let path = format!("/api/v1/demo/person/{person}");
    let before = clerk.get(&path).await;
    assert!(before.json().get("version").is_none() && before.json()["name"] == "王伟", "{}", before.text());
    let tag = before.header("etag").unwrap().to_owned();
    assert_ne!(tag, "\"1\"");
    // What they do not see changes nothing of what they get.
    let change = json!({"salary": 200});
    assert_eq!(ann.send(Method::PATCH, &path, &[], Some(change)).await.header("etag"), Some("\"2\""));
    let after = clerk.get(&path).await;
    assert_eq!((after.header("etag"), after.text()), (Some(tag.as_str()), before.text()));
    let known = clerk.send(Method::GET, &path, &[("if-none-match", tag.as_str())], None).await;
    assert_eq!(known.status, StatusCode::NOT_MODIFIED);
    // Nor do they learn it by asking.
    let base = "/api/v1/demo/person";
    for (query, fault) in [
        ("filter=version%20%3E%201", "filter:unknown"),
        ("sort=version", "sort:unknown"),
        ("fields=name,version", "fields:unknown"),
    ] {
        assert_eq!(clerk.get(&format!("{base}?{query}")).await.faults(), [fault], "{query}");
        assert_eq!(ann.get(&format!("{base}?{query}")).await.status, StatusCode::OK, "{query}");
    }
    assert!(clerk.get(base).await.json()["items"][0].get("version").is_none());
    // What they see changes it.
    assert_eq!(ann.send(Method::PATCH, &path, &[], Some(json!({"name": "王芳"}))).await.status, StatusCode::OK);
    assert_ne!(clerk.get(&path).await.header("etag"), Some(tag.as_str()));
    // Whoever sees everything of a record is told its version.
    let bob = site.signed_in("bob", &["reader"]).await;
    let goal = ann.made("goal", json!({"title": "open", "status": "open"})).await;
    let seen = bob.get(&format!("/api/v1/demo/goal/{goal}")).await;
    assert_eq!((&seen.json()["version"], seen.header("etag")), (&json!(1), Some("\"1\"")));
}
