//! Weekly reports with quick comments, and behaviours that are lit.

use axum::http::StatusCode;
use model::RecordId;
use serde_json::{Value, json};

use super::{
    super::support::{Answer, Client, counts},
    APP, House, change, changed, found, made, read, tags,
};

/// Three people under one lead, and somebody who leads nobody of them.
async fn house() -> House {
    let mut house = House::open().await;
    house.unit("CS", "客服部", None).await;
    house.post("P", "专员", "support").await;
    for code in ["HEAD", "OTHER"] {
        house.person(code, "CS", "P", None).await;
    }
    for code in ["ANN", "BEN", "CAT"] {
        house.person(code, "CS", "P", Some("HEAD")).await;
    }
    house
}

/// Somebody lights a behaviour, under a piece of work or none.
async fn lights(giver: &Client, receiver: &str, tags: &[String], work: Option<&str>) -> Answer {
    let body = json!({"receiver": receiver, "tags": tags, "artefact": work});
    giver.post(&format!("{APP}/behaviour_event"), body).await
}

/// How often each of the tags was lit, as somebody reads it.
async fn lit(client: &Client, tags: &[String]) -> Vec<i64> {
    let answer = client.get(&format!("{APP}/behaviour_event/aggregate?group=tags&measures=count")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let counts = counts(&answer.json(), "tags", "count");
    tags.iter().map(|tag| counts.get(tag).and_then(Value::as_i64).unwrap_or(0)).collect()
}

/// Somebody writes a report of this week, or of what more is said.
async fn reports(client: &Client, more: Value) -> String {
    let mut report = json!({"progress": "完成回访", "next": "继续"});
    report.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    made(client, "weekly_report", report).await
}

#[tokio::test]
async fn a_behaviour_has_one_to_three_tags_and_is_nobody_s_own() {
    let house = house().await;
    let tags = tags(&house).await;
    let ben = house.acts("BEN", &[]).await;
    let ann = house.id("ANN");
    let none = lights(&ben, &ann, &[], None).await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", none.text());
    let faults = none.faults();
    assert!(!faults.is_empty() && faults.iter().all(|fault| fault.starts_with("tags:")), "{}", none.text());
    let four = lights(&ben, &ann, &tags[..4], None).await;
    assert_eq!(four.faults(), ["tags:rule"], "{}", four.text());
    assert!(four.text().contains("choose one to three tags"), "{}", four.text());
    let own = lights(&ben, &house.id("BEN"), &tags[..1], None).await;
    assert_eq!(own.faults(), ["receiver:rule"], "{}", own.text());
    assert!(own.text().contains("nobody lights a behaviour of their own"), "{}", own.text());
    assert_eq!(lit(&ben, &tags).await, [0; 8]);
    for many in 1..=3 {
        let fine = lights(&ben, &ann, &tags[..many], None).await;
        assert_eq!(fine.status, StatusCode::CREATED, "{many}: {}", fine.text());
    }
    assert_eq!(lit(&ben, &tags).await, [3, 2, 1, 0, 0, 0, 0, 0]);
}

#[tokio::test]
async fn a_second_press_under_the_same_work_changes_the_first() {
    let house = house().await;
    let tags = tags(&house).await;
    let (ann, ben, head) =
        (house.acts("ANN", &[]).await, house.acts("BEN", &[]).await, house.acts("HEAD", &["manager"]).await);
    let author = house.id("ANN");
    let work = made(&ann, "artefact", json!({"title": "结案报告", "kind": "project_report"})).await;
    let first = lights(&ben, &author, &tags[..2], Some(&work)).await;
    assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
    assert_eq!(lit(&ann, &tags[..4]).await, [1, 1, 0, 0]);
    let again = lights(&ben, &author, &tags[1..4], Some(&work)).await;
    assert_eq!(again.status, StatusCode::OK, "{}", again.text());
    assert_eq!(again.json()["id"], first.json()["id"]);
    assert_eq!(lit(&ann, &tags[..4]).await, [0, 1, 1, 1]);
    // What is refused leaves it as it is, and it does not become somebody else's.
    let four = lights(&ben, &author, &tags[..4], Some(&work)).await;
    assert_eq!(four.faults(), ["tags:rule"], "{}", four.text());
    let other = lights(&ben, &house.id("CAT"), &tags[..1], Some(&work)).await;
    assert_eq!(other.faults(), ["giver:unique"], "{}", other.text());
    assert_eq!(lit(&ann, &tags[..4]).await, [0, 1, 1, 1]);
    // Another giver's is another, and under no work each is one of its own.
    assert_eq!(lights(&head, &author, &tags[3..4], Some(&work)).await.status, StatusCode::CREATED);
    for _ in 0..2 {
        assert_eq!(lights(&ben, &author, &tags[..1], None).await.status, StatusCode::CREATED);
    }
    assert_eq!(lit(&ann, &tags[..4]).await, [2, 1, 1, 2]);
    assert_eq!(found(&ann, "behaviour_event", "true == true").await.len(), 4);
}

#[tokio::test]
async fn a_report_is_on_time_until_the_sunday_of_its_week() {
    let mut house = house().await;
    let ann = house.acts("ANN", &[]).await;
    house.acts("BEN", &[]).await;
    let head = house.acts("HEAD", &["manager"]).await;
    // Thursday, 20 November.
    let this = read(&ann, "weekly_report", &reports(&ann, json!({})).await).await;
    assert_eq!(
        (&this["week"], &this["submitted_on"], &this["on_time"]),
        (&json!("2025-W47"), &json!("2025-11-20"), &json!(true))
    );
    let twice = ann.post(&format!("{APP}/weekly_report"), json!({"progress": "a", "next": "b"})).await;
    assert_eq!(twice.faults(), ["person:unique"], "{}", twice.text());
    let last = reports(&ann, json!({"week": "2025-W46"})).await;
    assert_eq!(read(&ann, "weekly_report", &last).await["on_time"], json!(false));
    // A draft is neither, and nobody else's to see.
    let draft = reports(&ann, json!({"week": "2025-W48", "submitted_on": null})).await;
    assert_eq!(read(&ann, "weekly_report", &draft).await["on_time"], Value::Null);
    let seen = async |who: &Client| found(who, "weekly_report", "week == \"2025-W48\"").await.len();
    assert_eq!((seen(&head).await, seen(&house.hr).await), (0, 0));
    // Sunday, and then Monday.
    house.days_pass(10).await;
    let ann = house.again("ANN").await;
    changed(&ann, "weekly_report", &draft, json!({"submitted_on": "2025-11-30"})).await;
    let head = house.again("HEAD").await;
    assert_eq!(read(&head, "weekly_report", &draft).await["on_time"], json!(true));
    house.days_pass(1).await;
    let late = reports(&house.again("BEN").await, json!({"week": "2025-W48"})).await;
    let late = read(&house.again("HEAD").await, "weekly_report", &late).await;
    assert_eq!((&late["submitted_on"], &late["on_time"]), (&json!("2025-12-01"), &json!(false)));
}

#[tokio::test]
async fn a_comment_says_something_and_is_the_lead_s() {
    let house = house().await;
    let (ann, head) = (house.acts("ANN", &[]).await, house.acts("HEAD", &["manager"]).await);
    let other = house.acts("OTHER", &["manager"]).await;
    let report = reports(&ann, json!({})).await;
    let path = format!("{APP}/quick_comment");
    for body in [json!({"report": report}), json!({"report": report, "reaction": null, "text": "  "})] {
        let silent = head.post(&path, body.clone()).await;
        assert_eq!(silent.faults(), ["reaction:rule"], "{}", silent.text());
        assert!(silent.text().contains("choose a reaction or write a line"), "{}", silent.text());
        let silent = head.post(&format!("{path}?lang=zh-CN"), body).await;
        assert!(silent.text().contains("选一个态度或写一句话"), "{}", silent.text());
    }
    // Neither whoever wrote the report nor human resources have a word here, and nobody who does not lead them.
    let tap = json!({"report": report, "reaction": "like"});
    for who in [&ann, &house.hr] {
        assert_eq!(who.post(&path, tap.clone()).await.status, StatusCode::FORBIDDEN);
    }
    let answer = other.post(&path, tap.clone()).await;
    assert!(!answer.status.is_success(), "{}", answer.text());
    assert_eq!(read(&ann, "weekly_report", &report).await["comment_count"], json!(0));

    // A tap is enough, and so is a line.
    let tap = made(&head, "quick_comment", tap).await;
    made(&head, "quick_comment", json!({"report": report, "text": "先把回访做完"})).await;
    changed(&head, "quick_comment", &tap, json!({"reaction": "question"})).await;
    let emptied = change(&head, "quick_comment", &tap, json!({"reaction": null})).await;
    assert_eq!(emptied.faults(), ["reaction:rule"], "{}", emptied.text());
    assert_eq!(read(&ann, "quick_comment", &tap).await["reaction"], json!("question"));
    assert_eq!(read(&ann, "weekly_report", &report).await["comment_count"], json!(2));
}

#[tokio::test]
async fn an_answer_is_in_time_for_two_working_days() {
    let mut house = house().await;
    let mut written = Vec::new();
    for code in ["ANN", "BEN", "CAT"] {
        written.push(reports(&house.acts(code, &[]).await, json!({})).await);
    }
    house.acts("HEAD", &["manager"]).await;
    // From a Thursday, Friday is one of them and Monday the other; the first is answered once more on Tuesday.
    for (days, answered) in [(4, &written[..1]), (1, &written[..2])] {
        house.days_pass(days).await;
        let head = house.again("HEAD").await;
        for report in answered {
            made(&head, "quick_comment", json!({"report": report, "reaction": "thanks"})).await;
        }
    }
    for (report, in_time) in written.iter().zip([json!(true), json!(false), Value::Null]) {
        assert_eq!(read(&house.hr, "weekly_report", report).await["answered_in_time"], in_time);
    }
}

#[tokio::test]
async fn eighteen_of_twenty_are_on_time_and_seventeen_of_eighteen_answered_in_time() {
    let house = house().await;
    let people = (0..20).map(|number| json!({"code": format!("X{number:02}"), "name": format!("员工{number:02}")}));
    let people = house.load("person", people.collect()).await;
    let report = |(at, person): (usize, &RecordId)| {
        let day = if at < 18 { "2025-11-14" } else { "2025-11-17" };
        json!({"person": person, "week": "2025-W46", "progress": "完成回访", "next": "继续", "submitted_on": day})
    };
    let written = house.load("weekly_report", people.iter().enumerate().map(report).collect()).await;
    // From a Friday the second working day is a Tuesday.
    let comment = |(at, report): (usize, &RecordId)| {
        let day = if at < 17 { "2025-11-18" } else { "2025-11-19" };
        json!({"report": report, "author": house.id("HEAD"), "reaction": "like", "made_on": day})
    };
    house.load("quick_comment", written.iter().take(18).enumerate().map(comment).collect()).await;
    let many = async |what: &str| found(&house.hr, "weekly_report", what).await.len();
    assert_eq!((many("on_time == true").await, many("on_time == false").await), (18, 2));
    assert_eq!((many("answered_in_time == true").await, many("answered_in_time == false").await), (17, 1));
}
