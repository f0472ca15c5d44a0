//! Records over the API: make, read, change, delete, restore, list, count.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Client, Site, counts, titles};

async fn some_goals(client: &Client) {
    for (title, level, weight, status) in [
        ("a", 3, 10, "open"),
        ("b", 1, 20, "open"),
        ("c", 2, 30, "closed"),
        ("d", 2, 40, "closed"),
        ("e", 5, 50, "open"),
    ] {
        client.made("goal", json!({"title": title, "level": level, "weight": weight, "status": status})).await;
    }
}

#[tokio::test]
async fn a_record_is_made_read_changed_deleted_and_restored() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let made = ann
        .post(
            "/api/v1/demo/goal",
            json!({"title": "提升满意度", "weight": "12.345", "level": 2, "due": "2025-12-31", "done": false}),
        )
        .await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    assert_eq!(made.header("etag"), Some("\"1\""));
    let record = made.json();
    let id = record["id"].as_str().unwrap();
    let path = format!("/api/v1/demo/goal/{id}");
    assert_eq!(made.header("location"), Some(path.as_str()));
    assert!(made.text().contains("\"weight\":12.35"), "{}", made.text());
    assert_eq!(record["by"], "ann");
    assert_eq!(record["due"], "2025-12-31");
    assert_eq!(record["done"], false);
    assert_eq!(record["owner"], Value::Null);

    let got = ann.get(&path).await;
    assert_eq!(got.json(), record);
    let known = ann.send(Method::GET, &path, &[("if-none-match", "\"1\"")], None).await;
    assert_eq!((known.status, known.body.len()), (StatusCode::NOT_MODIFIED, 0));

    let changed =
        ann.send(Method::PATCH, &path, &[("if-match", "\"1\"")], Some(json!({"level": 5, "due": null}))).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!(changed.header("etag"), Some("\"2\""));
    assert_eq!((&changed.json()["level"], &changed.json()["due"]), (&json!(5), &Value::Null));

    let minimal = ann.send(Method::PATCH, &path, &[("prefer", "return=minimal")], Some(json!({"level": 4}))).await;
    assert_eq!(minimal.json(), json!({"id": id, "version": 3}));

    let deleted = ann.send(Method::DELETE, &path, &[], None).await;
    assert_eq!(deleted.status, StatusCode::NO_CONTENT);
    ann.get(&path).await.refuses(404, "not-found");
    assert_eq!(titles(&ann.get("/api/v1/demo/goal?deleted=true").await.json(), "title"), ["提升满意度"]);
    let restored = ann.send(Method::POST, &format!("{path}/restore"), &[], None).await;
    assert_eq!(restored.status, StatusCode::OK, "{}", restored.text());
    assert_eq!(ann.get(&path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_stale_write_is_told_both_values_and_changes_nothing() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("goal", json!({"title": "first"})).await;
    let path = format!("/api/v1/demo/goal/{id}");
    ann.patch(&path, json!({"title": "second"})).await;
    let stale = ann.send(Method::PATCH, &path, &[("if-match", "\"1\"")], Some(json!({"title": "third"}))).await;
    let problem = stale.refuses(412, "stale");
    assert_eq!(problem["version"], 2);
    assert_eq!(problem["conflicts"], json!([{"field": "title", "stored": "second", "given": "third"}]));
    assert_eq!(ann.get(&path).await.json()["title"], "second");
    ann.send(Method::DELETE, &path, &[("if-match", "\"1\"")], None).await.refuses(412, "stale");
}

#[tokio::test]
async fn lists_filter_sort_search_and_page() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    some_goals(&ann).await;
    let list = async |query: &str| {
        let answer = ann.get(&format!("/api/v1/demo/goal?{query}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()
    };
    assert_eq!(titles(&list("sort=-level,title").await, "title"), ["e", "a", "c", "d", "b"]);
    assert_eq!(titles(&list("filter=level%20%3E%3D%203&sort=title").await, "title"), ["a", "e"]);
    assert_eq!(titles(&list("search=c").await, "title"), ["c"]);
    let mut seen = Vec::new();
    let mut cursor = String::new();
    loop {
        let page = list(&format!("sort=-level,title&limit=2{cursor}")).await;
        seen.extend(titles(&page, "title"));
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
        assert!(seen.len() <= 5);
    }
    assert_eq!(seen, ["e", "a", "c", "d", "b"]);
}

#[tokio::test]
async fn fields_choose_and_reach_through_references() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let owner = ann.made("person", json!({"code": "E1", "name": "王伟"})).await;
    let id = ann.made("goal", json!({"title": "a", "owner": owner})).await;
    let got = ann.get(&format!("/api/v1/demo/goal/{id}?fields=title,owner.name")).await;
    assert_eq!(
        got.text(),
        format!(r#"{{"id":"{id}","version":1,"title":"a","owner":{{"id":"{owner}","name":"王伟"}}}}"#)
    );
    let plain = ann.get(&format!("/api/v1/demo/goal/{id}?fields=owner")).await;
    assert_eq!(plain.json(), json!({"id": id, "version": 1, "owner": owner}));
    let nobody = ann.made("goal", json!({"title": "b"})).await;
    let got = ann.get(&format!("/api/v1/demo/goal/{nobody}?fields=owner.name,owner.id")).await;
    assert_eq!(got.json(), json!({"id": nobody, "version": 1, "owner": null}));
}

#[tokio::test]
async fn numbers_per_group() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    some_goals(&ann).await;
    let groups = ann.get("/api/v1/demo/goal/aggregate?group=status&measures=count,avg(level),sum(weight)").await;
    assert_eq!(groups.status, StatusCode::OK, "{}", groups.text());
    assert_eq!(counts(&groups.json(), "status", "count")["open"], 3);
    assert_eq!(counts(&groups.json(), "status", "avg(level)")["open"].as_f64(), Some(3.0));
    assert_eq!(counts(&groups.json(), "status", "sum(weight)")["closed"].as_f64(), Some(70.0));
    let all = ann.get("/api/v1/demo/goal/aggregate?filter=level%20%3E%201").await;
    assert_eq!(all.json(), json!({"items": [{"count": 4}]}));
}

#[tokio::test]
async fn a_bulk_is_done_as_a_whole_or_not_at_all() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("goal", json!({"title": "a"})).await;
    let good = json!({"commands": [
        {"do": "create", "fields": {"title": "b"}},
        {"do": "update", "id": id, "version": 1, "fields": {"title": "a2"}},
        {"do": "delete", "id": id},
        {"do": "restore", "id": id},
    ]});
    let done = ann.post("/api/v1/demo/goal/bulk", good).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    assert_eq!(done.json()["items"].as_array().map(Vec::len), Some(4));
    let bad = json!({"commands": [
        {"do": "create", "fields": {"title": "c"}},
        {"do": "create", "fields": {"title": "d", "level": 9}},
    ]});
    let refused = ann.post("/api/v1/demo/goal/bulk", bad).await;
    let problem = refused.refuses(422, "invalid");
    assert_eq!(problem["errors"][0]["index"], 1, "{problem}");
    assert_eq!(problem["errors"][0]["field"], "level");
    assert_eq!(titles(&ann.get("/api/v1/demo/goal?sort=title").await.json(), "title"), ["a2", "b"]);
    ann.post("/api/v1/demo/goal/bulk", json!({"commands": [{"do": "burn"}]})).await.refuses(400, "bad-request");
}

#[tokio::test]
async fn the_same_key_does_the_same_thing_once() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let post = async |client: &Client, key: &str, title: &str| {
        let headers = [("idempotency-key", key)];
        client.send(Method::POST, "/api/v1/demo/goal", &headers, Some(json!({"title": title}))).await
    };
    let first = post(&ann, "k1", "a").await;
    let again = post(&ann, "k1", "a").await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!((first.status, first.text()), (again.status, again.text()));
    assert_eq!((first.header("etag"), first.header("location")), (again.header("etag"), again.header("location")));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    post(&ann, "k1", "b").await.refuses(422, "key-reused");
    assert_eq!(post(&ann, "k2", "a").await.status, StatusCode::CREATED);
    let bob = site.signed_in("bob", &["keeper"]).await;
    assert_eq!(post(&bob, "k1", "b").await.status, StatusCode::CREATED);
    post(&ann, "k3", "").await.refuses(422, "invalid");
    assert_eq!(post(&ann, "k3", "fixed").await.status, StatusCode::CREATED);
    assert_eq!(titles(&ann.get("/api/v1/demo/goal?sort=title").await.json(), "title"), ["a", "a", "b", "fixed"]);
}

#[tokio::test]
async fn making_the_same_again_answers_with_the_record_there_is() {
    let site = Site::start().await;
    let files: Vec<(&str, String)> = super::support::FILES
        .map(|(path, text)| match path {
            "entities/goal.yaml" => (path, format!("{text}unique:\n  - {{fields: [title, by], again: update}}\n")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    site.publish(&files).await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let first = ann.post("/api/v1/demo/goal", json!({"title": "a", "level": 1})).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let again = ann.post("/api/v1/demo/goal", json!({"title": "a", "level": 2})).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text());
    assert_eq!((&again.json()["id"], &again.json()["level"]), (&first.json()["id"], &json!(2)));
    assert_eq!((again.header("etag"), again.header("location")), (Some("\"2\""), None));
    let document = ann.get("/api/v1/openapi.json").await.json();
    assert!(document["paths"]["/api/v1/demo/goal"]["post"]["responses"]["200"].is_object());

    // A form that was opened before the first press leads to the record there is.
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let kind = Some("application/x-www-form-urlencoded");
    let sent = ann.raw(Method::POST, "/r/goal/new", &[], kind, b"title=a&level=3".to_vec()).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    assert!(sent.header("location").unwrap().starts_with(&format!("/r/goal/{id}")));
    assert_eq!(ann.get(&format!("/api/v1/demo/goal/{id}")).await.json()["level"], 3);
}

#[tokio::test]
async fn a_filter_is_worked_out_for_whoever_asks_and_its_faults_are_told_in_their_language() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let bob = site.signed_in("bob", &["keeper"]).await;
    ann.made("goal", json!({"title": "ANN", "due": "2025-11-17"})).await;
    ann.made("goal", json!({"title": "BOB", "due": "2025-11-24"})).await;
    let own = "/api/v1/demo/goal?filter=title%20%3D%3D%20UPPER(actor.login)";
    assert_eq!(titles(&ann.get(own).await.json(), "title"), ["ANN"]);
    assert_eq!(titles(&bob.get(own).await.json(), "title"), ["BOB"]);
    let week = "/api/v1/demo/goal?filter=due%20%3D%3D%20START_OF(TODAY(),%22week%22)";
    assert_eq!(titles(&ann.get(week).await.json(), "title"), ["ANN"]);
    site.clock.pass(jiff::SignedDuration::from_hours(7 * 24));
    // No session lasts that long.
    let ann = site.signed_in("bea", &["keeper"]).await;
    assert_eq!(titles(&ann.get(week).await.json(), "title"), ["BOB"]);

    let wrong = "/api/v1/demo/goal?filter=titel%20%3D%3D%20%22x%22";
    let english = ann.get(wrong).await.json();
    assert_eq!(english["errors"][0]["message"], "there is no field `titel` (0–5); did you mean `title`?");
    let chinese = ann.get(&format!("{wrong}&lang=zh-CN")).await.json();
    assert_eq!(chinese["errors"][0]["message"], "没有字段“titel” (0–5)，是否想写“title”？", "{chinese}");
}
