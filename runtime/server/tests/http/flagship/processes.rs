//! What people decide together, step by step over the API: the last voucher that two ask for, a rotation, an improvement plan.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    super::support::{Answer, Client},
    APP, House, change, found, made, read,
};

/// What somebody is asked about a record: the case and the task, at this step.
async fn asked(client: &Client, record: &str, step: &str) -> (String, Value) {
    let tasks = client.get(&format!("{APP}/workflows/tasks")).await.json();
    let about = |task: &&Value| task["record"].as_str() == Some(record);
    let task = tasks["items"].as_array().unwrap().iter().find(about).unwrap_or_else(|| panic!("{step}: {tasks}"));
    assert_eq!(task["step"], step);
    (task["case"].as_str().unwrap().to_owned(), task["task"].clone())
}

/// Somebody answers at a step.
async fn answers(client: &Client, record: &str, step: &str, yes: bool, fields: Value) -> Answer {
    let (case, task) = asked(client, record, step).await;
    let body = json!({"do": "decide", "task": task, "approve": yes, "opinion": "因此", "fields": fields});
    client.post(&format!("{APP}/workflows/cases/{case}"), body).await
}

/// Somebody says yes, and that must be fine.
async fn agrees(client: &Client, record: &str, step: &str, fields: Value) {
    let answer = answers(client, record, step, true, fields).await;
    assert_eq!(answer.status, StatusCode::OK, "{step}: {}", answer.text());
}

/// Somebody says no, and that must be fine.
async fn declines(client: &Client, record: &str, step: &str) {
    let answer = answers(client, record, step, false, json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{step}: {}", answer.text());
}

/// Whether somebody is asked anything about a record.
async fn is_asked(client: &Client, record: &str) -> bool {
    let tasks = client.get(&format!("{APP}/workflows/tasks")).await.json();
    tasks["items"].as_array().unwrap().iter().any(|task| task["record"].as_str() == Some(record))
}

#[tokio::test]
async fn the_last_voucher_goes_to_one_of_two_who_ask_at_once() {
    let mut house = House::open().await;
    house.unit("HQ", "集团", None).await;
    house.post("P", "专员", "support").await;
    for code in ["ANN", "BEN", "HRM"] {
        house.person(code, "HQ", "P", None).await;
    }
    let keeper = house.acts("HRM", &["hr"]).await;
    for code in ["ANN", "BEN"] {
        let entry = json!({"person": house.id(code), "kind": "earn", "points": 30, "day": "2025-03-10"});
        made(&keeper, "points_entry", entry).await;
    }
    let voucher = json!({"name": "课程券", "kind": "training", "cost": 25, "stock": 1});
    let voucher = made(&keeper, "reward", voucher).await;
    let (ann, ben) = (house.acts("ANN", &[]).await, house.acts("BEN", &[]).await);
    let asks = |code: &str| json!({"reward": voucher, "person": house.id(code)});
    let path = format!("{APP}/redemption");
    let (one, two) = tokio::join!(ann.post(&path, asks("ANN")), ben.post(&path, asks("BEN")));
    let (winner, loser, won, lost) = match (one.status, two.status) {
        (StatusCode::CREATED, _) => ((&ann, "ANN"), (&ben, "BEN"), one, two),
        _ => ((&ben, "BEN"), (&ann, "ANN"), two, one),
    };
    assert_eq!(won.status, StatusCode::CREATED, "{}", won.text());
    assert_eq!(lost.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", lost.text());
    let left = async || read(&keeper, "reward", &voucher).await["left"].clone();
    assert_eq!(left().await, 0);
    // Nobody decides about their own, and a no gives it back: then the other may have it.
    let won = won.json()["id"].as_str().unwrap().to_owned();
    assert!(!is_asked(winner.0, &won).await);
    declines(&keeper, &won, "decide").await;
    assert_eq!(read(winner.0, "redemption", &won).await["status"], "declined");
    assert_eq!(left().await, 1);
    let again = made(loser.0, "redemption", asks(loser.1)).await;
    agrees(&keeper, &again, "decide", json!({})).await;
    assert_eq!(read(loser.0, "redemption", &again).await["status"], "approved");
    let spent = found(loser.0, "points_entry", "kind == \"redeem\"").await;
    assert_eq!(spent.iter().map(|entry| &entry["points"]).collect::<Vec<_>>(), [&json!(-25)]);
    let person = house.hr.get(&format!("/api/v1/organisation/person/{}", house.id(loser.1))).await.json();
    assert_eq!(person["points_held"], 5);
    // Of others one sees neither what they asked for nor what they have.
    assert!(found(winner.0, "points_entry", "kind == \"redeem\"").await.is_empty());
    winner.0.get(&format!("{APP}/redemption/{again}")).await.refuses(404, "not-found");
}

#[tokio::test]
async fn heads_of_both_units_decide_a_rotation() {
    let mut house = House::open().await;
    for (unit, head) in [("QC", "HEAD"), ("DESK", "DESKHEAD")] {
        house.unit(unit, unit, None).await;
        house.post(unit, unit, "support").await;
        house.person(head, unit, unit, None).await;
        house.heads(unit, head).await;
    }
    for code in ["ANN", "BEN"] {
        house.person(code, "QC", "QC", Some("HEAD")).await;
    }
    let opening =
        json!({"title": "服务台半年", "unit": house.unit_id("DESK"), "starts": "2026-01-01", "ends": "2026-06-30"});
    let opening = made(&house.hr, "rotation_opening", opening).await;
    let (head, desk) = (house.acts("HEAD", &["manager"]).await, house.acts("DESKHEAD", &["manager"]).await);
    let (ann, ben) = (house.acts("ANN", &[]).await, house.acts("BEN", &[]).await);
    let asks = |code: &str| json!({"opening": opening, "person": house.id(code), "words": "想去学习。"});
    let for_another = ben.post(&format!("{APP}/rotation_application"), asks("ANN")).await;
    assert!(for_another.status.is_client_error(), "{}", for_another.text());
    let first = made(&ann, "rotation_application", asks("ANN")).await;
    let second = made(&ben, "rotation_application", asks("BEN")).await;
    // Both heads are asked at once; one yes is not enough, and nobody decides by hand.
    let by_hand = change(&head, "rotation_application", &first, json!({"status": "approved"})).await;
    assert!(by_hand.status.is_client_error(), "{}", by_hand.text());
    agrees(&head, &first, "heads", json!({})).await;
    assert_eq!(read(&ann, "rotation_application", &first).await["status"], "asked");
    agrees(&desk, &first, "heads", json!({})).await;
    assert_eq!(read(&ann, "rotation_application", &first).await["status"], "approved");
    assert_eq!(read(&ann, "rotation_opening", &opening).await["taken"], 1);
    // The place is taken: a yes more is refused, and what remains is a no.
    agrees(&head, &second, "heads", json!({})).await;
    let more = answers(&desk, &second, "heads", true, json!({})).await;
    assert_eq!(more.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", more.text());
    declines(&desk, &second, "heads").await;
    assert_eq!(read(&ben, "rotation_application", &second).await["status"], "declined");
    ann.get(&format!("{APP}/rotation_application/{second}")).await.refuses(404, "not-found");
}

#[tokio::test]
async fn a_plan_is_signed_by_both_checked_extended_and_known() {
    let mut house = House::open().await;
    house.unit("RAD", "放射科", None).await;
    house.post("RT", "放射技师", "technical").await;
    for (code, manager) in [("HRM", None), ("HEAD", None), ("OTHER", None), ("ANN", Some("HEAD"))] {
        house.person(code, "RAD", "RT", manager).await;
    }
    house.acts("HRM", &["hr"]).await;
    let other = house.acts("OTHER", &["manager"]).await;
    let (head, ann) = (house.acts("HEAD", &["manager"]).await, house.acts("ANN", &[]).await);
    let plan = json!({
        "person": house.id("ANN"), "starts": "2025-11-24", "gap": "退回的报告太多。", "goal": "低于 4%。",
        "support": "每周一小时辅导。", "pass_when": "末月低于 4%。", "extend_when": "低于 6%。", "fail_when": "6% 及以上。",
    });
    // Only for one's own people, and not to be read before it is put to them.
    let theirs = other.post(&format!("{APP}/improvement_plan"), plan.clone()).await;
    assert!(theirs.status.is_client_error(), "{}", theirs.text());
    let plan = made(&head, "improvement_plan", plan).await;
    ann.get(&format!("{APP}/improvement_plan/{plan}")).await.refuses(404, "not-found");
    // Without an example that has its day there is nothing to sign.
    let start = async || head.post(&format!("{APP}/workflows/improvement/cases"), json!({"record": plan})).await;
    let without = start().await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", without.text());
    made(&head, "plan_example", json!({"plan": plan, "day": "2025-11-12", "words": "二十份里退回了七份。"})).await;
    let begun = start().await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text());
    // A no leads back to whoever wrote it, and both sign anew.
    declines(&ann, &plan, "sign").await;
    agrees(&head, &plan, "revise", json!({"support": "每周两小时辅导。"})).await;
    agrees(&head, &plan, "sign", json!({})).await;
    agrees(&ann, &plan, "sign", json!({})).await;
    let signed = read(&ann, "improvement_plan", &plan).await;
    assert_eq!((&signed["status"], &signed["support"]), (&json!("running"), &json!("每周两小时辅导。")));
    let changed = change(&head, "improvement_plan", &plan, json!({"pass_when": "从不。"})).await;
    assert!(changed.status.is_client_error(), "{}", changed.text());
    // Day 30 is the 24th of December, and not before.
    house.days_are_done(&[30]).await;
    assert!(!is_asked(&house.again("HEAD").await, &plan).await);
    house.days_are_done(&[5]).await;
    let head = house.again("HEAD").await;
    let empty = answers(&head, &plan, "check_30", true, json!({})).await;
    assert!(empty.status == 422 && empty.text().contains("note_30"), "{}", empty.text());
    agrees(&head, &plan, "check_30", json!({"note_30": "8%"})).await;
    house.days_are_done(&[30]).await;
    // Accounts that nobody signs in to for so long are disabled.
    for code in ["HRM", "ANN"] {
        house.again(code).await;
    }
    agrees(&house.again("HEAD").await, &plan, "check_60", json!({"note_60": "5%"})).await;
    house.days_are_done(&[30]).await;
    let (head, keeper) = (house.again("HEAD").await, house.again("HRM").await);
    let judged = |outcome: &str| json!({"note_90": "5%", "outcome": outcome, "outcome_reason": "低于 6%"});
    agrees(&head, &plan, "judge", judged("failed")).await;
    // Human resources do not agree, and it is judged again by what was said beforehand.
    declines(&keeper, &plan, "confirm").await;
    agrees(&head, &plan, "judge", judged("extended")).await;
    agrees(&keeper, &plan, "confirm", json!({})).await;
    house.days_are_done(&[30]).await;
    let last = json!({"note_120": "3%", "final_outcome": "passed", "outcome_reason": "低于 4%"});
    agrees(&house.again("HEAD").await, &plan, "judge_again", last).await;
    agrees(&house.again("HRM").await, &plan, "confirm_again", json!({})).await;
    let ann = house.again("ANN").await;
    agrees(&ann, &plan, "known", json!({"person_words": "谢谢。"})).await;
    let ended = read(&ann, "improvement_plan", &plan).await;
    assert_eq!((&ended["status"], &ended["final_outcome"]), (&json!("ended"), &json!("passed")));
}
