//! The definition is edited while requests run: no error, no mixed version.

use axum::http::StatusCode;
use serde_json::json;

use super::support::{FILES, Site, files_with_note};

#[tokio::test]
async fn requests_run_on_while_the_app_is_published_anew() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let mut running = tokio::task::JoinSet::new();
    for worker in 0..4 {
        let ann = ann.clone();
        running.spawn(async move {
            for n in 0..25 {
                let made = ann.post("/api/v1/demo/goal", json!({"title": format!("{worker}-{n}")})).await;
                assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
                let list = ann.get("/api/v1/demo/goal?limit=200").await;
                assert_eq!(list.status, StatusCode::OK, "{}", list.text());
                let list = list.json();
                let items = list["items"].as_array().unwrap();
                let with_note = items.iter().filter(|item| item.get("note").is_some()).count();
                assert!(with_note == 0 || with_note == items.len(), "two versions in one answer");
            }
        });
    }
    for _ in 0..3 {
        site.publish(&files_with_note()).await;
        tokio::task::yield_now().await;
        let label = |(path, text): (&'static str, &str)| (path, text.replace("Demo", "Demo again"));
        let mut files: Vec<(&str, String)> = FILES.map(label).into();
        files.retain(|(path, _)| *path != "entities/goal.yaml");
        files.extend(files_with_note().into_iter().filter(|(path, _)| *path == "entities/goal.yaml"));
        site.publish(&files).await;
    }
    while let Some(done) = running.join_next().await {
        done.unwrap();
    }
    let list = ann.get("/api/v1/demo/goal?limit=200").await.json();
    assert_eq!(list["items"].as_array().map(Vec::len), Some(100));
    assert!(list["items"][0].get("note").is_some());
}
