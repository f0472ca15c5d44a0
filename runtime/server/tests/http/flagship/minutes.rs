//! Minutes of an interview as a file: there when both have signed, of every version, with the actions and who signed.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    super::{
        papers::{lacks, lettered},
        support::Client,
    },
    APP, House, found, made, page, read,
};

/// Says yes in whatever step somebody is asked of a case.
async fn agrees(client: &Client, case: &str, fields: Value) {
    let path = format!("{APP}/workflows/cases/{case}");
    let mine = client.get(&path).await.json()["mine"].clone();
    assert!(mine.is_object(), "nobody is asked");
    let answer = json!({"do": "decide", "task": mine["task"], "approve": true, "fields": fields});
    let answer = client.post(&path, answer).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

async fn begun(client: &Client, record: &str) -> String {
    let answer = client.post(&format!("{APP}/workflows/interview/cases"), json!({"record": record})).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_both_have_signed_is_a_file_of_both_and_of_every_version() {
    let mut house = House::open().await;
    house.unit("LAB", "Laboratory", None).await;
    house.post("TECH", "Technician", "support").await;
    house.person("HEAD", "LAB", "TECH", None).await;
    house.person("ANN", "LAB", "TECH", Some("HEAD")).await;
    house.person("BEN", "LAB", "TECH", Some("HEAD")).await;
    let head = lettered(&house.site, &house.acts("HEAD", &["manager"]).await);
    let ann = lettered(&house.site, &house.acts("ANN", &[]).await);
    let ben = lettered(&house.site, &house.acts("BEN", &[]).await);
    let talk = json!({"person": house.id("ANN"), "held_on": "2025-11-19", "minutes": 22, "agreed": "Fewer errors."});
    let talk = made(&head, "interview", talk).await;
    for (title, due) in [("Course 甲", "2025-12-31"), ("Check every Friday", "2026-03-31")] {
        made(&head, "action_item", json!({"title": title, "interview": talk, "kind": "training", "due": due})).await;
    }
    let paper = format!("{APP}/interview/{talk}/print?lang=en");
    head.get(&paper).await.refuses(403, "denied");
    let case = begun(&head, &talk).await;
    agrees(&head, &case, json!({})).await;
    ann.get(&paper).await.refuses(403, "denied");
    agrees(&ann, &case, json!({})).await;
    // Filed: both have it, with the actions that were agreed; nobody else has.
    assert_eq!(lacks(&ann, &paper).await, "甲");
    assert_eq!(lacks(&head, &paper).await, "甲");
    ben.get(&paper).await.refuses(404, "not-found");
    let actions = found(&ann, "action_item", "status == \"agreed\"").await;
    assert_eq!(actions.len(), 2);
    let first = found(&ann, "interview_version", "issue == 1").await[0].clone();
    assert_eq!((&first["agreed"], &first["whole"]), (&json!("Fewer errors."), &json!(true)));
    // Amended: while it is being signed there is no file of it; then there are two versions, each with a print of its own.
    let again = begun(&head, &talk).await;
    agrees(&head, &again, json!({"agreed": "Fewer than 4 % errors."})).await;
    agrees(&ann, &again, json!({})).await;
    ann.get(&paper).await.refuses(403, "denied");
    agrees(&head, &again, json!({})).await;
    let all = found(&ann, "interview_version", "whole == true").await;
    assert_eq!(all.len(), 2);
    assert_ne!(all[0]["print"], all[1]["print"]);
    let id = first["id"].as_str().unwrap();
    let before = read(&ann, "interview_version", id).await;
    assert_eq!((&before["print"], &before["agreed"]), (&first["print"], &json!("Fewer errors.")));
    assert_eq!(lacks(&ann, &format!("{APP}/interview_version/{id}/print?lang=en")).await, "");
    ben.get(&format!("{APP}/interview_version/{id}/print")).await.refuses(404, "not-found");
    // Nobody writes what was filed.
    let changed = head.patch(&format!("{APP}/interview_version/{id}"), json!({"agreed": "Nothing."})).await;
    assert!(!changed.status.is_success(), "{}", changed.text());
    // They stand in the personnel file, for whom they concern.
    let file = format!("/r/person/{}?tab=interviews", house.id("ANN"));
    for (client, there) in [(&ann, true), (&head, true), (&ben, false)] {
        assert_eq!(page(client, &file).await.contains(&talk), there);
    }
    let shown = page(&ann, &format!("/r/interview/{talk}")).await.replace("&#x2f;", "/");
    assert!(shown.contains(&format!("\"/r/interview/{talk}/print\"")), "{shown}");
    assert_eq!(house.site.acts().await.iter().filter(|act| *act == "export done").count(), 1);
}
