//! What stands beside a record: history, comments, files; and the search over all of them.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::support::Site;

#[tokio::test]
async fn history_says_who_changed_what() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("goal", json!({"title": "a", "level": 1})).await;
    ann.patch(&format!("/api/v1/demo/goal/{id}"), json!({"level": 2})).await;
    let history = ann.get(&format!("/api/v1/demo/goal/{id}/history")).await.json();
    let newest = &history["items"][0];
    assert_eq!(
        (&newest["field"], &newest["before"], &newest["after"]),
        (&json!("level"), &json!(1), &json!(2)),
        "{history}"
    );
    assert_eq!(newest["by_name"], "ANN");
}

#[tokio::test]
async fn comments_are_added_and_read() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("person", json!({"code": "E1", "name": "王伟"})).await;
    let path = format!("/api/v1/demo/person/{id}/comments");
    let added = ann.post(&path, json!({"text": "好的 @ann"})).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    assert_eq!(ann.get(&path).await.json()["items"][0]["text"], "好的 @ann");
    ann.post(&path, json!({"words": "x"})).await.refuses(400, "bad-request");
    let goal = ann.made("goal", json!({"title": "no comments here"})).await;
    ann.get(&format!("/api/v1/demo/goal/{goal}/comments")).await.refuses(404, "not-found");
}

#[tokio::test]
async fn files_are_attached_and_only_ever_downloaded() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("person", json!({"code": "E1", "name": "王伟"})).await;
    let path = format!("/api/v1/demo/person/{id}/attachments");
    let form = "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"方案.html\"\r\nContent-Type: text/html\r\n\r\n<script>1</script>\r\n--b--\r\n";
    let added = ann.raw(Method::POST, &path, &[], Some("multipart/form-data; boundary=b"), form.into()).await;
    assert_eq!(added.status, StatusCode::CREATED, "{}", added.text());
    let files = ann.get(&path).await.json();
    let file = &files["items"][0];
    assert_eq!((&file["name"], &file["size"]), (&json!("方案.html"), &json!(18)), "{files}");
    let content = ann.get(&format!("{path}/{}", file["id"].as_str().unwrap())).await;
    assert_eq!(content.text(), "<script>1</script>");
    assert!(content.header("content-disposition").unwrap().starts_with("attachment; "));
    assert_eq!(content.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(content.header("content-security-policy"), Some("default-src 'none'; sandbox"));
    ann.post(&path, json!({})).await.refuses(415, "media-type");
    let bob = site.signed_in("bob", &["reader"]).await;
    let refused = bob.raw(Method::POST, &path, &[], Some("multipart/form-data; boundary=b"), form.into()).await;
    refused.refuses(403, "denied");
}

#[tokio::test]
async fn search_finds_by_name_and_initials() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("person", json!({"code": "E1", "name": "王伟"})).await;
    for words in ["%E7%8E%8B", "ww", "e1"] {
        let found = ann.get(&format!("/api/v1/search?q={words}")).await.json();
        assert_eq!(found["items"][0]["id"], id, "{words}: {found}");
        assert_eq!((&found["items"][0]["app"], &found["items"][0]["entity"]), (&json!("demo"), &json!("person")));
    }
}
