//! What cannot be read or must not be: a problem naming the field, and nothing written.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Client, Site};

#[tokio::test]
async fn bodies() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let path = "/api/v1/demo/goal";
    for (body, faults) in [
        (json!({}), &["title:required"][..]),
        (json!({"title": "a", "colour": 1}), &["colour:unknown"]),
        (json!({"title": 7}), &["title:type"]),
        (json!({"title": "a\u{0}b"}), &["title:format"]),
        (json!({"title": "a", "level": "3"}), &["level:type"]),
        (json!({"title": "a", "level": 2.5}), &["level:type"]),
        (json!({"title": "a", "done": "yes"}), &["done:type"]),
        (json!({"title": "a", "weight": {}}), &["weight:type"]),
        (json!({"title": "a", "due": "2025-02-30"}), &["due:type"]),
        (json!({"title": "x".repeat(51)}), &["title:range"]),
        (json!({"title": "a", "level": 9, "weight": 101}), &["level:range", "weight:range"]),
    ] {
        let answer = ann.post(path, body.clone()).await;
        answer.refuses(422, "invalid");
        let mut told = answer.faults();
        told.sort();
        let mut named: Vec<&str> = told.iter().map(|fault| fault.split(':').next().unwrap()).collect();
        named.dedup();
        let wanted: Vec<&str> = faults.iter().map(|fault| fault.split(':').next().unwrap()).collect();
        assert_eq!(named, wanted, "{body}: {told:?}");
    }
    assert_eq!(ann.get(path).await.json()["items"], json!([]));
}

#[tokio::test]
async fn bodies_that_are_not_json() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let path = "/api/v1/demo/goal";
    let send = async |kind: &str, body: &str| ann.raw(Method::POST, path, &[], Some(kind), body.into()).await;
    send("application/json", "{\"title\":").await.refuses(400, "bad-request");
    send("application/json", "[1]").await.refuses(400, "bad-request");
    send("application/json", "\u{0}").await.refuses(400, "bad-request");
    send("application/x-www-form-urlencoded", "title=a").await.refuses(415, "media-type");
    let twice = send("application/json", r#"{"title":"a","title":"b"}"#).await;
    twice.refuses(422, "invalid");
    assert_eq!(twice.faults(), ["title:duplicate"]);
    send("application/json", &format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000)))
        .await
        .refuses(400, "bad-request");
    let large = format!("{{\"title\":\"{}\"}}", "x".repeat(1024 * 1024));
    let problem = send("application/json", &large).await.refuses(413, "too-large");
    assert_eq!(problem["limit"], 1024 * 1024);
    assert_eq!(ann.get(path).await.json()["items"], json!([]));
}

#[tokio::test]
async fn parameters() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    ann.made("goal", json!({"title": "a"})).await;
    ann.made("goal", json!({"title": "b"})).await;
    let good = ann.get("/api/v1/demo/goal?limit=1&sort=title").await.json()["next"].as_str().unwrap().to_owned();
    for (query, named) in [
        ("limit=0".to_owned(), "limit"),
        ("limit=201".into(), "limit"),
        ("limit=many".into(), "limit"),
        ("cursor=zzzz".into(), "cursor"),
        (format!("cursor={good}"), "cursor"),
        (format!("cursor={good}x&sort=title"), "cursor"),
        ("sort=colour".into(), "sort"),
        ("sort=-owner.colour".into(), "sort"),
        ("fields=title,colour".into(), "fields"),
        ("filter=colour%20%3D%3D%201".into(), "filter"),
        ("filter=level%20%3E".into(), "filter"),
        ("filter=title%20%3E%203".into(), "filter"),
        ("deleted=perhaps".into(), "deleted"),
        ("fliter=1".into(), "fliter"),
        ("sort=title&sort=level".into(), "sort"),
    ] {
        let answer = ann.get(&format!("/api/v1/demo/goal?{query}")).await;
        let problem = answer.refuses(400, "bad-request");
        assert_eq!(problem["errors"][0]["field"], named, "{query}: {problem}");
    }
    for (query, named) in [
        ("measures=median(level)", "measures"),
        ("measures=sum(title)", "measures"),
        ("measures=sum(level", "measures"),
        ("group=colour", "group"),
    ] {
        let problem = ann.get(&format!("/api/v1/demo/goal/aggregate?{query}")).await.refuses(400, "bad-request");
        assert_eq!(problem["errors"][0]["field"], named, "{query}: {problem}");
    }
}

#[tokio::test]
async fn addresses() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let none = "01890000-0000-7000-8000-000000000000";
    for path in [
        "/api/v1/demo/colour".to_owned(),
        "/api/v1/other/goal".into(),
        "/api/v1/demo/goal/7".into(),
        format!("/api/v1/demo/goal/{none}"),
        format!("/api/v1/demo/goal/{none}/history"),
        "/api/v2/demo".into(),
        "/api/nothing".into(),
    ] {
        ann.get(&path).await.refuses(404, "not-found");
    }
    let answer = ann.send(Method::PUT, "/api/v1/demo/goal", &[], Some(json!({}))).await;
    answer.refuses(405, "method-not-allowed");
    assert!(answer.header("allow").is_some_and(|allow| allow.contains("POST")));
    let path = format!("/api/v1/demo/goal/{none}");
    ann.patch(&path, json!({"title": "x"})).await.refuses(404, "not-found");
    let bad = ann.send(Method::PATCH, &path, &[("if-match", "3")], Some(json!({"title": "x"}))).await;
    assert_eq!(bad.faults(), ["If-Match:format"]);
}

#[tokio::test]
async fn refusals_speak_the_readers_language() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let title =
        async |client: &Client, path: &str| -> Value { client.post(path, json!({})).await.json()["title"].clone() };
    assert_eq!(title(&ann, "/api/v1/demo/goal").await, "Some values need to be changed");
    assert_eq!(title(&ann, "/api/v1/demo/goal?lang=zh-CN").await, "有内容需要修改");
    let nobody = Client::of(&site.router);
    assert_eq!(nobody.get("/api/v1/session").await.json()["title"], "请先登录");
    let english = nobody.send(Method::GET, "/api/v1/session", &[("accept-language", "en-GB")], None).await;
    assert_eq!(english.json()["title"], "Please sign in first");
    let kept = nobody.get("/healthz?lang=en").await;
    assert_eq!((kept.status, kept.cookie("lang").as_deref()), (StatusCode::OK, Some("en")));
}
