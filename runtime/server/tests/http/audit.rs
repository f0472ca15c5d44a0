//! The ledger over HTTP: for the audit administrator alone, and every refusal is on it.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Client, Site};

async fn entries(auditor: &Client, query: &str) -> Vec<Value> {
    let answer = auditor.get(&format!("/api/v1/audit?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["items"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn acts_are_looked_up_by_what_they_are() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let auditor = site.signed_in("vera", &["auditor"]).await;
    let id = ann.made("goal", json!({"title": "a", "level": 1})).await;
    ann.patch(&format!("/api/v1/demo/goal/{id}"), json!({"level": 2})).await;
    let found = entries(&auditor, &format!("record={id}")).await;
    assert_eq!(found.len(), 2);
    assert_eq!(
        (&found[0]["action"], &found[0]["object"], &found[0]["outcome"]),
        (&json!("update"), &json!("goal"), &json!("done"))
    );
    assert_eq!(found[0]["what"], json!({"before": {"level": 1}, "after": {"level": 2}}));
    assert_eq!(found[0]["who"]["login"], "ann");
    assert_eq!(found[0]["session"].as_str().map(str::len), Some(16));
    let actor = found[0]["actor"].as_str().unwrap();
    assert!(entries(&auditor, &format!("actor={actor}&action=create&object=goal")).await.len() == 1);
    assert!(entries(&auditor, "from=2030-01-01T00:00:00Z").await.is_empty());
    assert_eq!(entries(&auditor, "limit=1").await.len(), 1);
    let page = auditor.get("/api/v1/audit?limit=1").await.json();
    let next = page["next"].as_str().unwrap();
    assert_ne!(entries(&auditor, &format!("limit=1&before={next}")).await[0]["id"], page["items"][0]["id"]);
    // Looking is on it too.
    assert!(entries(&auditor, "action=ledger.read").await.len() >= 5);
    for wrong in ["from=yesterday", "actor=x", "colour=red", "limit=0"] {
        auditor.get(&format!("/api/v1/audit?{wrong}")).await.refuses(400, "bad-request");
    }
}

#[tokio::test]
async fn nobody_else_reads_it_and_refusals_are_on_it() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let auditor = site.signed_in("vera", &["auditor"]).await;
    let root = site.signed_in("root", &["admin"]).await;
    let guard = site.signed_in("guard", &["guard"]).await;
    for address in ["/api/v1/audit", "/api/v1/audit/verify", "/api/v1/audit/export", "/audit", "/audit/export"] {
        for other in [&ann, &root, &guard] {
            assert_eq!(other.get(address).await.status, StatusCode::FORBIDDEN, "{address}");
        }
    }
    let refused = entries(&auditor, "outcome=refused&action=ledger.read").await;
    assert_eq!(refused.len(), 15);
    // A guessed id, an administrator's page, a forged request.
    let guessed = site.engine.new_id();
    ann.get(&format!("/api/v1/demo/goal/{guessed}")).await.refuses(404, "not-found");
    ann.get("/api/v1/accounts").await.refuses(403, "denied");
    let cookie = Client::of(&site.router);
    let forged = cookie
        .send(
            Method::POST,
            "/api/v1/demo/goal",
            &[("cookie", "loam_session=x"), ("origin", "https://evil.example")],
            Some(json!({})),
        )
        .await;
    forged.refuses(403, "forgery");
    let refused = entries(&auditor, "outcome=refused&limit=3").await;
    let told: Vec<_> = refused
        .iter()
        .map(|entry| (entry["action"].clone(), entry["object"].clone(), entry["facts"]["reason"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            (json!("write"), json!("address"), json!("forgery")),
            (json!("administration.denied"), json!("account"), json!("denied")),
            (json!("read"), json!("goal"), json!("not-found")),
        ]
    );
    assert_eq!(refused[2]["record"], json!(guessed.to_string()));
    assert_eq!(refused[1]["who"]["login"], "ann");
}

#[tokio::test]
async fn it_is_verified_proved_and_handed_out() {
    let site = Site::start().await;
    let auditor = site.signed_in("vera", &["auditor"]).await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("goal", json!({"title": "a", "level": 1})).await;
    site.engine.place_entries("node").await.unwrap();
    let verdict = auditor.get("/api/v1/audit/verify").await.json();
    assert_eq!(verdict["whole"], true, "{verdict}");
    let entry = entries(&auditor, &format!("record={id}")).await.remove(0);
    let proof = auditor.get(&format!("/api/v1/audit/{}/proof", entry["id"].as_str().unwrap())).await;
    let keys = site.engine.public_keys();
    ledger::Proof::read(proof.text()).unwrap().check(&keys).unwrap();
    site.engine.place_entries("node").await.unwrap();
    let file = auditor.get("/api/v1/audit/export").await;
    assert_eq!(file.header("content-type"), Some("application/x-ndjson"));
    let mut reading = ledger::file::Reading::new(keys, None);
    for line in file.text().lines() {
        reading.line(line).unwrap();
    }
    assert!(reading.finish().unwrap().entries > 3);
    // All of it leaves at once, so that whoever takes it proves again who they are.
    site.clock.pass(jiff::SignedDuration::from_mins(11));
    auditor.get("/api/v1/audit/export").await.refuses(401, "proof-needed");
    assert_eq!(auditor.get("/audit/export").await.header("location"), Some("/prove?next=%2Faudit"));
    let metrics = ann.get("/metrics").await;
    assert!(metrics.text().contains("\nloam_ledger_waiting "), "{}", metrics.text());
}

#[tokio::test]
async fn the_auditors_page_shows_filters_and_verifies() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let auditor = site.signed_in("vera", &["auditor"]).await;
    let id = ann.made("goal", json!({"title": "<b>a</b>", "level": 1})).await;
    site.engine.place_entries("node").await.unwrap();
    let page = auditor.get(&format!("/audit?record={id}&lang=zh-CN")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    for part in ["审计日志", "ANN · ann", "<code>create</code>", "&lt;b&gt;a", "核验完整性"] {
        assert!(page.text().contains(part), "{part}\n{}", page.text());
    }
    assert!(!auditor.get("/audit?login=vera&action=create&lang=en").await.text().contains(&id));
    for (query, said) in [("from=soon", "is not a day"), ("record=x", "not an id"), ("login=nobody", "no account")] {
        let page = auditor.get(&format!("/audit?{query}&lang=en")).await;
        assert!(page.text().contains(said), "{query}\n{}", page.text());
    }
    let verified = auditor.send(Method::POST, "/audit/verify?lang=en", &[], None).await;
    assert_eq!(verified.status, StatusCode::OK);
    assert!(verified.text().contains("The log is whole"), "{}", verified.text());
}
