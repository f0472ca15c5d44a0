//! Whoever changes records of which they see a part: what they do not see moves nothing of what they are told, and stands in no
//! way of what they write; what they see and somebody else changed does.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Answer, Client, FILES, Site, form};

const PART: &str = "
label: {zh-CN: 部分, en: Part}
grants:
  - {entity: goal, actions: [read, update, delete], read: [title, status], write: [title, status]}
";

const BOARD: &str = "
kind: board
label: {zh-CN: 看板, en: Board}
entity: goal
lanes: status
";

/// Versions that stand for what is seen are larger than any count.
const LARGE: i64 = 1 << 52;

async fn site() -> Site {
    let mut files: Vec<(&str, String)> = FILES.map(|(path, text)| (path, text.to_owned())).to_vec();
    files.push(("roles/part.yaml", PART.to_owned()));
    files.push(("pages/board.yaml", BOARD.to_owned()));
    Site::of(&files).await
}

fn version(answer: &Answer) -> i64 {
    answer.json()["version"].as_i64().unwrap_or_else(|| panic!("{}", answer.text()))
}

fn tag(version: i64) -> String {
    format!("\"{version}\"")
}

async fn patched(client: &Client, path: &str, version: i64, body: Value) -> Answer {
    client.send(Method::PATCH, path, &[("if-match", tag(version).as_str())], Some(body)).await
}

/// All that somebody gets of a goal that could tell that it changed.
async fn all(client: &Client, id: &str) -> Vec<(StatusCode, Option<String>, String)> {
    let base = "/api/v1/demo/goal";
    let path = format!("{base}/{id}");
    let mut answers = Vec::new();
    let pages =
        [format!("/r/goal/{id}"), format!("/r/goal/{id}/edit"), format!("/r/goal/{id}/delete"), "/p/board".to_owned()];
    let asked =
        [path.clone(), base.to_owned(), format!("{base}?fields=title,version"), format!("{path}?fields=status")];
    for path in asked.iter().chain(&pages) {
        let answer = client.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        answers.push(answer);
    }
    let same = json!({"title": answers[0].json()["title"]});
    let minimal = [("prefer", "return=minimal")];
    answers.push(client.patch(&path, same.clone()).await);
    answers.push(client.send(Method::PATCH, &path, &minimal, Some(same.clone())).await);
    let commands = json!({"commands": [{"do": "update", "id": id, "fields": same}]});
    answers.push(client.post(&format!("{base}/bulk"), commands).await);
    answers.push(patched(client, &path, 1, json!({"title": "Other"})).await);
    answers.push(form(client, &format!("/r/goal/{id}/edit"), "title=&expected=1").await);
    answers
        .iter()
        .map(|answer| (answer.status, answer.header("etag").map(str::to_owned), answer.text().to_owned()))
        .collect()
}

#[tokio::test]
async fn a_hidden_change_moves_no_byte_for_whoever_writes_the_rest_and_stands_in_no_way() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let part = site.signed_in("part", &["part"]).await;
    let id = keeper.made("goal", json!({"title": "Alpha", "status": "open", "level": 1})).await;
    let path = format!("/api/v1/demo/goal/{id}");
    let before = all(&part, &id).await;
    let seen = version(&part.get(&path).await);
    assert!(seen >= LARGE, "{seen}");
    let changed = keeper.patch(&path, json!({"level": 2, "weight": 20})).await;
    assert_eq!((changed.header("etag"), version(&changed)), (Some("\"2\""), 2));
    assert_eq!(all(&part, &id).await, before);
    // What was seen before is still what is seen, so that a write against it is no conflict.
    let written = patched(&part, &path, seen, json!({"title": "Beta"})).await;
    assert_eq!(written.status, StatusCode::OK, "{}", written.text());
    let now = version(&written);
    assert_eq!((written.header("etag"), now >= LARGE, now != seen), (Some(tag(now).as_str()), true, true));
    assert_eq!(version(&part.get(&path).await), now);
    // Whoever sees all of it has counted along, and is told of both.
    assert_eq!(version(&keeper.get(&path).await), 3);
    assert_eq!(patched(&keeper, &path, 2, json!({"title": "Gamma"})).await.refuses(412, "stale")["version"], 3);
    // No count is a version for whoever does not see all, also not the true one, and nothing is asked by it.
    for count in [1, 2, 3] {
        patched(&part, &path, count, json!({"title": "Gamma"})).await.refuses(412, "stale");
    }
    for (query, fault) in [
        ("filter=version%20%3E%201", "filter:unknown"),
        ("sort=version", "sort:unknown"),
        ("sort=-version", "sort:unknown"),
    ] {
        assert_eq!(part.get(&format!("/api/v1/demo/goal?{query}")).await.faults(), [fault], "{query}");
    }
    // The same in forms, on boards, and where a record goes into the bin.
    assert_eq!(keeper.patch(&path, json!({"level": 3})).await.status, StatusCode::OK);
    let saved = form(&part, &format!("/r/goal/{id}/edit"), &format!("title=Delta&status=open&expected={now}")).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let now = version(&part.get(&path).await);
    assert_eq!(keeper.patch(&path, json!({"level": 4})).await.status, StatusCode::OK);
    let moved = form(&part, &format!("/r/goal/{id}/set"), &format!("expected={now}&status=closed")).await;
    assert_eq!(moved.status, StatusCode::SEE_OTHER, "{}", moved.text());
    let now = version(&part.get(&path).await);
    assert_eq!(keeper.patch(&path, json!({"level": 5})).await.status, StatusCode::OK);
    let gone = part.send(Method::DELETE, &path, &[("if-match", tag(now).as_str())], None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{}", gone.text());
}

#[tokio::test]
async fn of_two_who_write_what_both_see_the_second_is_told() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let [ann, bob] = [site.signed_in("ann", &["part"]).await, site.signed_in("bob", &["part"]).await];
    let id = keeper.made("goal", json!({"title": "Alpha", "status": "open", "level": 1})).await;
    let path = format!("/api/v1/demo/goal/{id}");
    let seen = version(&ann.get(&path).await);
    assert_eq!(version(&bob.get(&path).await), seen, "who sees the same is told the same");
    let other = keeper.made("goal", json!({"title": "Alpha", "status": "open"})).await;
    assert_ne!(version(&bob.get(&format!("/api/v1/demo/goal/{other}")).await), seen, "each record has its own");

    let first = patched(&ann, &path, seen, json!({"title": "Mine"})).await;
    assert_eq!(first.status, StatusCode::OK, "{}", first.text());
    let told = patched(&bob, &path, seen, json!({"title": "Theirs"})).await.refuses(412, "stale");
    assert_eq!(told["version"], first.json()["version"]);
    assert_eq!(told["conflicts"], json!([{"field": "title", "stored": "Mine", "given": "Theirs"}]));
    // A field of which nothing is written is as good: what was seen has changed.
    patched(&bob, &path, seen, json!({"status": "closed"})).await.refuses(412, "stale");
    bob.send(Method::DELETE, &path, &[("if-match", tag(seen).as_str())], None).await.refuses(412, "stale");
    let page = form(&bob, &format!("/r/goal/{id}/edit"), &format!("title=Theirs&status=open&expected={seen}")).await;
    let again = format!("name=\"expected\" value=\"{}\"", told["version"]);
    assert!(page.text().contains("Mine") && page.text().contains(&again), "{}", page.text());
    let commands = |version: &Value| json!({"commands": [{"do": "update", "id": id, "version": version, "fields": {"title": "Theirs"}}]});
    bob.post("/api/v1/demo/goal/bulk", commands(&json!(seen))).await.refuses(412, "stale");
    let second = bob.post("/api/v1/demo/goal/bulk", commands(&told["version"])).await;
    assert_eq!(second.status, StatusCode::OK, "{}", second.text());
    assert_eq!(second.json()["items"][0]["version"], json!(version(&bob.get(&path).await)));

    // Somebody who sees all of it, and somebody who does not, are told of each other where both see what changed.
    let (counted, part) = (version(&keeper.get(&path).await), version(&ann.get(&path).await));
    assert_eq!(counted, 3);
    assert_eq!(patched(&keeper, &path, counted, json!({"title": "All"})).await.status, StatusCode::OK);
    patched(&ann, &path, part, json!({"title": "Mine"})).await.refuses(412, "stale");
    let part = version(&ann.get(&path).await);
    let (one, two) = tokio::join!(
        patched(&ann, &path, part, json!({"title": "Both"})),
        patched(&keeper, &path, 4, json!({"title": "Each"})),
    );
    let mut done = [one.status, two.status];
    done.sort();
    assert_eq!(done, [StatusCode::OK, StatusCode::PRECONDITION_FAILED], "{} {}", one.text(), two.text());
    // At once with a change that they do not see, a write is none the less done.
    let (part, counted) = (version(&ann.get(&path).await), version(&keeper.get(&path).await));
    let (one, two) = tokio::join!(
        patched(&ann, &path, part, json!({"status": "closed"})),
        keeper.patch(&path, json!({"level": 5})),
    );
    assert_eq!((one.status, two.status), (StatusCode::OK, StatusCode::OK), "{} {}", one.text(), two.text());
    assert_eq!(version(&keeper.get(&path).await), counted + 2);
}
