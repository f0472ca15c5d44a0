//! Headers, health, figures, live updates.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};
use tower::ServiceExt as _;

use super::support::{Client, Site};

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    for path in ["/api/v1/demo/goal", "/api/nothing", "/healthz", "/nothing"] {
        let answer = ann.get(path).await;
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'self'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert!(answer.header("referrer-policy").is_some() && answer.header("cross-origin-opener-policy").is_some());
    }
}

#[tokio::test]
async fn large_answers_are_compressed_and_assets_kept() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    for n in 0..20 {
        ann.made("goal", json!({"title": format!("goal {n}")})).await;
    }
    let list = ann.send(axum::http::Method::GET, "/api/v1/demo/goal", &[("accept-encoding", "gzip")], None).await;
    assert_eq!(list.header("content-encoding"), Some("gzip"));
    let asset = Client::of(&site.router).get(designer::url("app.css")).await;
    assert_eq!(asset.status, StatusCode::OK);
    assert!(asset.header("cache-control").unwrap().contains("immutable"));
    assert_eq!(Client::of(&site.router).get("/assets/nothing.css").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn health_and_figures() {
    let site = Site::start().await;
    let nobody = Client::of(&site.router);
    assert_eq!(nobody.get("/healthz").await.text(), "ok");
    assert_eq!(nobody.get("/readyz").await.text(), "ready");
    nobody.get("/api/v1/demo/goal").await;
    let figures = nobody.get("/metrics").await;
    let text = figures.text();
    for line in [
        "loam_http_requests_total{route=\"/api/v1/{app}/{entity}\",method=\"GET\",status=\"401\"} 1",
        "loam_edition 1",
        "loam_outbox{state=\"dead\"} 0",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

#[tokio::test]
async fn an_open_list_hears_of_changes_and_of_nothing_else() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let bob = site.signed_in("bob", &["reader"]).await;
    let request = Request::get("/live/goal").header(header::AUTHORIZATION, format!("Bearer {}", bob.bearer.unwrap()));
    let response = site.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        let event = tokio::time::timeout(Duration::from_secs(5), stream.next()).await.expect("no event came");
        String::from_utf8(event.unwrap().unwrap().to_vec()).unwrap()
    };
    assert!(next().await.contains("retry"));
    ann.made("person", json!({"code": "E1", "name": "not a goal"})).await;
    // Nor of a row that its reader may not see, until they do; and once more when they do not any longer.
    let goal = ann.made("goal", json!({"title": "secret title"})).await;
    let path = format!("/api/v1/demo/goal/{goal}");
    ann.send(Method::PATCH, &path, &[], Some(json!({"title": "secret still"}))).await;
    tokio::time::timeout(Duration::from_secs(1), next()).await.expect_err("it is of a row that bob does not see");
    for status in ["open", "closed"] {
        assert_eq!(ann.send(Method::PATCH, &path, &[], Some(json!({"status": status}))).await.status, StatusCode::OK);
        let event = next().await;
        assert!(event.contains("event: changed") && !event.contains("secret"), "{event}");
    }
    ann.send(Method::PATCH, &path, &[], Some(json!({"title": "secret again"}))).await;
    tokio::time::timeout(Duration::from_secs(1), next()).await.expect_err("bob sees it no more");
}

#[tokio::test]
async fn an_open_list_hears_of_a_row_it_showed_that_goes() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let bob = site.signed_in("bob", &["reader"]).await;
    let goal = ann.made("goal", json!({"title": "a", "status": "open"})).await;
    let request = Request::get("/live/goal").header(header::AUTHORIZATION, format!("Bearer {}", bob.bearer.unwrap()));
    let response = site.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        let event = tokio::time::timeout(Duration::from_secs(5), stream.next()).await.expect("no event came");
        String::from_utf8(event.unwrap().unwrap().to_vec()).unwrap()
    };
    assert!(next().await.contains("retry"));
    let path = format!("/api/v1/demo/goal/{goal}");
    assert_eq!(ann.send(Method::PATCH, &path, &[], Some(json!({"status": "closed"}))).await.status, StatusCode::OK);
    assert!(next().await.contains("event: changed"));
}

#[tokio::test]
async fn a_server_stops_when_asked_even_with_open_streams() {
    let site = Site::start().await;
    let bob = site.signed_in("bob", &["reader"]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move { drop(stopped.await) };
    let serving = tokio::spawn(server::serve(site.engine.clone(), listener, server::Options::default(), shutdown));
    let mut open = TcpStream::connect(address).await.unwrap();
    let token = bob.bearer.unwrap();
    let request = format!("GET /live/goal HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    open.write_all(request.as_bytes()).await.unwrap();
    let mut start = vec![0; 15];
    open.read_exact(&mut start).await.unwrap();
    assert_eq!(start, b"HTTP/1.1 200 OK");
    stop.send(()).unwrap();
    let mut rest = Vec::new();
    open.read_to_end(&mut rest).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), serving).await.expect("it did not stop").unwrap().unwrap();
}
