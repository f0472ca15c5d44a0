//! Somebody answers in another's place.

use serde_json::json;

use super::super::support::{Client, browser_of, form};
use super::{Play, Stage, told};

const STANDING: Play =
    Play { name: "in_her_place", steps: "check: {approval: {who: [{role: amy}, {role: ben}]}}", script: "", trail: "" };

#[tokio::test]
async fn whoever_stands_in_answers_and_is_named_with_whom_they_answer_for() {
    let stage = Stage::of(&[STANDING]).await;
    let mut run = stage.begin(&STANDING).await;
    assert_eq!(run.act("sam start").await, "201");
    let (amy, zoe) = (browser_of(&stage.site, "amy").await, browser_of(&stage.site, "zoe").await);
    let given = form(&amy, "/stand-ins", "taker=zoe&since=2025-11-20&until=2025-11-20&writes=1").await;
    assert_eq!(given.header("location"), Some("/stand-ins?saved=1"), "{}", given.text());
    let page = zoe.get("/stand-ins").await;
    let id = page.text().split("/stand-ins/").find_map(|rest| rest.split_once("/begin")).unwrap().0.to_owned();
    let begun = form(&zoe, &format!("/stand-ins/{id}/begin"), "").await;
    let standing = begun.cookie("loam_for").unwrap();
    let cookie = zoe.cookie.as_ref().map(|cookie| format!("{cookie}; loam_for={standing}"));
    let acting = Client { cookie, ..zoe.clone() };

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
