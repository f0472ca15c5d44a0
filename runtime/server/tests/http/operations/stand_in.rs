//! Somebody answers in another's place.

use serde_json::json;

use super::super::support::{Client, browser_of, form};
use super::{Play, ROOT, Stage, told};

const STANDING: Play =
    Play { name: "in_her_place", steps: "check: {approval: {who: [{role: amy}, {role: ben}]}}", script: "", trail: "" };

/// Somebody acting in another's place today, themself, and what they do it by.
async fn in_place_of(stage: &Stage, giver: &str, taker: &str) -> (Client, Client, String) {
    let (gives, takes) = (browser_of(&stage.site, giver).await, browser_of(&stage.site, taker).await);
    let wish = format!("taker={taker}&since=2025-11-20&until=2025-11-20&writes=1");
    let given = form(&gives, "/stand-ins", &wish).await;
    assert_eq!(given.header("location"), Some("/stand-ins?saved=1"), "{}", given.text());
    let page = takes.get("/stand-ins").await;
    let id = page.text().split("/stand-ins/").find_map(|rest| rest.split_once("/begin")).unwrap().0.to_owned();
    let begun = form(&takes, &format!("/stand-ins/{id}/begin"), "").await;
    let standing = begun.cookie("loam_for").unwrap();
    let cookie = takes.cookie.as_ref().map(|cookie| format!("{cookie}; loam_for={standing}"));
    (Client { cookie, ..takes.clone() }, takes, id)
}

#[tokio::test]
async fn whoever_manages_hands_nothing_over_to_themselves_by_way_of_a_stand_in() {
    let stage = Stage::of(&[STANDING]).await;
    let mut run = stage.begin(&STANDING).await;
    assert_eq!(run.act("sam start").await, "201");
    let (acting, ..) = in_place_of(&stage, "mia", "zoe").await;
    let over =
        async |to: &str| told(&acting.post(&format!("{ROOT}/hand-over"), json!({"from": "amy", "to": to})).await);
    for to in ["zoe", "mia"] {
        assert_eq!(over(to).await, "409 oneself", "{to}");
    }
    assert_eq!(run.act("mia hand-over from=amy to=zoe").await, "409 oneself");
    assert_eq!(run.stands().await, "amy:check ben:check");
    assert_eq!(over("dan").await, "200");
    assert_eq!(run.stands().await, "ben:check dan:check");
}

#[tokio::test]
async fn whoever_stands_in_answers_and_is_named_with_whom_they_answer_for() {
    let stage = Stage::of(&[STANDING]).await;
    let mut run = stage.begin(&STANDING).await;
    assert_eq!(run.act("sam start").await, "201");
    let (acting, zoe, id) = in_place_of(&stage, "amy", "zoe").await;
    let amy = browser_of(&stage.site, "amy").await;

    // By herself Zoe has nothing to do with it.
    let task = run.task("amy").await;
    let yes = json!({"do": "decide", "task": task, "approve": true});
    let back = json!({"do": "take-back", "task": task});
    assert_eq!(told(&zoe.post(&run.path(), yes.clone()).await), "404");
    assert_eq!(told(&acting.post(&run.path(), yes.clone()).await), "200");
    assert_eq!(run.stands().await, "ben:check");
    let shown = run.shown().await;
    let last = shown["trail"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["act"], &last["by"], &last["behalf"]), (&json!("approve"), &json!("ZOE"), &json!("AMY")));
    // The answer is Amy's: she takes it back, and so does whoever stands in for her; nobody else does.
    assert_eq!(told(&zoe.post(&run.path(), back.clone()).await), "404");
    assert_eq!(run.act("ben take-back @amy").await, "409 not-yours");
    assert_eq!(told(&acting.post(&run.path(), back).await), "200");
    assert_eq!(told(&acting.post(&run.path(), yes.clone()).await), "200");
    assert_eq!(run.act("amy take-back").await, "200");
    assert_eq!(run.stands().await, "amy:check ben:check");
    // Once it is over, it is over.
    assert_eq!(form(&amy, &format!("/stand-ins/{id}/end"), "").await.status, 303);
    assert_ne!(acting.post(&run.path(), yes).await.status, 200);
    assert_eq!(run.stands().await, "amy:check ben:check");
}

#[tokio::test]
async fn whoever_stands_in_is_told_for_whom_something_waits_and_led_there() {
    let stage = Stage::of(&[STANDING]).await;
    let mut run = stage.begin(&STANDING).await;
    let (acting, zoe, id) = in_place_of(&stage, "amy", "zoe").await;
    let amy = browser_of(&stage.site, "amy").await;
    // Who may only look, and who was given another kind of record, could not answer.
    for wish in ["taker=dan", "taker=cid&writes=1&entities=person"] {
        let given = form(&amy, "/stand-ins", &format!("{wish}&since=2025-11-20&until=2025-11-20")).await;
        assert_eq!(given.header("location"), Some("/stand-ins?saved=1"), "{}", given.text());
    }
    assert_eq!(run.act("sam start").await, "201");
    let waits = "“in_her_place” waits for you: check";
    let told = zoe.get("/notifications").await.text().replace("&#x2f;", "/");
    assert!(told.contains(&format!("For AMY: {waits}")), "{told}");
    assert!(told.contains("class=\"item-title\" href=\"/inbox\""), "{told}");
    let hers = amy.get("/notifications").await.text().to_owned();
    assert!(hers.contains(waits) && !hers.contains("For AMY"), "{hers}");
    let line = "For AMY: 1 to answer";
    let inbox = zoe.get("/inbox").await.text().to_owned();
    assert!(inbox.contains(line) && inbox.contains(&format!("/stand-ins/{id}/begin")), "{inbox}");
    for other in ["dan", "cid"] {
        let other = browser_of(&stage.site, other).await;
        for page in ["/notifications", "/inbox"] {
            let shown = other.get(page).await.text().to_owned();
            assert!(!shown.contains("For AMY"), "{shown}");
        }
    }
    // What is urged is told too.
    assert_eq!(run.act("sam urge").await, "200");
    let urged = "For AMY: You are urged to answer";
    assert!(zoe.get("/notifications").await.text().contains(urged));
    let begun = form(&zoe, &format!("/stand-ins/{id}/begin"), "to=inbox").await;
    assert_eq!(begun.header("location"), Some("/inbox"));
    assert!(!acting.get("/inbox").await.text().contains(line), "in her place it is the list itself");
    let task = run.task("amy").await;
    let yes = acting.post(&run.path(), json!({"do": "decide", "task": task, "approve": true})).await;
    assert_eq!(yes.status, 200, "{}", yes.text());
    assert!(!zoe.get("/inbox").await.text().contains("For AMY"));
}
