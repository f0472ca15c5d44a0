//! Signing in, staying in, and requests that somebody was tricked into.

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::json;

use super::support::{Client, PASSWORD, Site, browser_of, fresh_router};

#[tokio::test]
async fn a_cookie_signs_in_and_signing_out_ends_it() {
    let site = Site::start().await;
    site.account("ann", &["keeper"]).await;
    let nobody = Client::of(&site.router);
    nobody.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    let begun = nobody.post("/api/v1/session", json!({"login": "ann", "password": PASSWORD})).await;
    let cookie = begun.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!begun.text().contains("argon2"));
    let ann = browser_of(&site, "ann").await;
    assert_eq!(ann.get("/api/v1/session").await.json()["account"]["login"], "ann");
    let out = ann.send(Method::DELETE, "/api/v1/session", &[], None).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!(out.cookie("loam_session").as_deref(), Some(""));
    ann.get("/api/v1/session").await.refuses(401, "sign-in-needed");
}

#[tokio::test]
async fn wrong_passwords_are_told_alike_and_slowed_down() {
    let site = Site::start().await;
    site.account("ann", &["keeper"]).await;
    let client = Client::of(&site.router);
    let wrong = client.post("/api/v1/session", json!({"login": "ann", "password": "wrong"})).await;
    let unknown = client.post("/api/v1/session", json!({"login": "eve", "password": "wrong"})).await;
    assert_eq!(wrong.refuses(401, "wrong-password"), unknown.refuses(401, "wrong-password"));
    for _ in 0..4 {
        client
            .post("/api/v1/session", json!({"login": "ann", "password": "wrong"}))
            .await
            .refuses(401, "wrong-password");
    }
    let slowed = client.post("/api/v1/session", json!({"login": "ann", "password": PASSWORD})).await;
    slowed.refuses(429, "too-many");
    assert!(slowed.header("retry-after").is_some());
    client.post("/api/v1/session", json!({"login": "ann"})).await.refuses(400, "bad-request");
}

#[tokio::test]
async fn unsafe_requests_under_a_cookie_need_the_token_and_our_own_origin() {
    let site = Site::start().await;
    site.account("ann", &["keeper"]).await;
    let ann = browser_of(&site, "ann").await;
    let path = "/api/v1/demo/goal";
    let body = || Some(json!({"title": "a"}));
    let bare = Client { csrf: None, ..ann.clone() };
    bare.send(Method::POST, path, &[], body()).await.refuses(403, "forgery");
    let guessed = Client { csrf: Some("x".repeat(43)), ..ann.clone() };
    guessed.send(Method::POST, path, &[], body()).await.refuses(403, "forgery");
    ann.send(Method::POST, path, &[("sec-fetch-site", "cross-site")], body()).await.refuses(403, "forgery");
    ann.send(Method::POST, path, &[("origin", "http://evil"), ("host", "us")], body()).await.refuses(403, "forgery");
    assert_eq!(
        ann.get(&format!("{path}?filter=title == \"a\"").replace(' ', "%20").replace('"', "%22")).await.json()["items"],
        json!([])
    );
    let fine = ann.send(Method::POST, path, &[("origin", "http://us"), ("host", "us")], body()).await;
    assert_eq!(fine.status, StatusCode::CREATED, "{}", fine.text());
}

#[tokio::test]
async fn a_session_ends_twelve_hours_after_its_last_use() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let again = |client: &Client| Client { router: fresh_router(&site.engine), ..client.clone() };
    for _ in 0..3 {
        site.clock.pass(SignedDuration::from_hours(11));
        assert_eq!(again(&ann).get("/api/v1/session").await.status, StatusCode::OK);
    }
    site.clock.pass(SignedDuration::from_hours(13));
    again(&ann).get("/api/v1/session").await.refuses(401, "sign-in-needed");
}

#[tokio::test]
async fn signing_in_again_makes_a_new_session_and_ends_the_old() {
    let site = Site::start().await;
    site.account("ann", &["keeper"]).await;
    let first = browser_of(&site, "ann").await;
    let second = first.post("/api/v1/session", json!({"login": "ann", "password": PASSWORD})).await;
    let token = second.cookie("loam_session").unwrap();
    assert_ne!(first.cookie, Some(format!("loam_session={token}")));
    first.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    let second = Client { cookie: Some(format!("loam_session={token}")), ..first };
    assert_eq!(second.get("/api/v1/session").await.status, StatusCode::OK);
}

#[tokio::test]
async fn people_are_led_to_the_sign_in_page_and_back() {
    let site = Site::start().await;
    let nobody = Client::of(&site.router);
    let answer = nobody.get("/search?q=x").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), Some("/sign-in?next=/search%3Fq%3Dx"));
}
