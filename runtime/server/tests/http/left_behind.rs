//! Cases whose steps find nobody to ask, met by a write of somebody who has no part in them: the write stands, whoever manages the
//! workflow is told, and the case goes on once somebody can be asked.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::support::{Client, Site};

const FILES: [(&str, &str); 12] = [
    ("app.yaml", "name: demo\nlabel: Demo\nversion: 1.0.0\n"),
    (
        "entities/thing.yaml",
        "label: Thing\ndisplay: title\nfields:\n  title: {type: text, label: Title}\n  ready: {type: boolean, label: Ready}\n  size: {type: integer, label: Size}\n",
    ),
    (
        "workflows/check.yaml",
        "label: Check\nentity: thing\nguard: keeper\nsteps:\n  gate: {label: Gate, wait: {until: ready == true}}\n  look: {label: Look, approval: {who: [{role: looker}]}}\n",
    ),
    (
        "workflows/plain.yaml",
        "label: Plain\nentity: thing\nguard: keeper\nsteps:\n  look: {label: Look, approval: {who: [{role: looker}]}}\n",
    ),
    ("rules/big.yaml", "label: Big\ntrigger: {change: thing}\ncondition: size > 10\nactions:\n  - start: plain\n"),
    (
        "roles/member.yaml",
        "label: Member\neveryone: true\ngrants:\n  - {entity: thing, actions: [create, read, update]}\n",
    ),
    ("roles/boss.yaml", "label: Boss\nworkflows:\n  - {workflow: check, actions: [start, manage]}\n"),
    ("roles/chief.yaml", "label: Chief\nworkflows:\n  - {workflow: plain, actions: [start, manage]}\n"),
    ("roles/looker.yaml", "label: Looker\ngrants:\n  - {entity: thing, actions: [read]}\n"),
    ("roles/keeper.yaml", "label: Keeper\ngrants:\n  - {entity: thing, actions: [read]}\n"),
    ("roles/admin.yaml", "label: Admin\nadministers: system\n"),
    ("roles/guard.yaml", "label: Guard\nadministers: security\n"),
];

const ROOT: &str = "/api/v1/demo/workflows";

async fn site() -> Site {
    Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await
}

/// Does what is due, and what becomes due by it.
async fn turn(site: &Site) {
    while site.engine.turn("one").await.unwrap() > 0 {}
}

/// The letters of what cases could not do, in a state: why each still waits.
async fn left(root: &Client, state: &str) -> Vec<String> {
    let answer = root.get(&format!("/api/v1/outbox?state={state}")).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let items = answer.json()["items"].as_array().unwrap().clone();
    let left = items.into_iter().filter(|item| item["kind"] == "case.behind");
    left.map(|item| item["error"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn open(client: &Client) -> Value {
    client.get(&format!("{ROOT}/counts")).await.json()["open"].clone()
}

/// The security administrator gives somebody a role.
async fn gives(site: &Site, whom: &str, roles: &[&str]) {
    let eve = site.begun("eve").await;
    let answer = eve.patch(&format!("/api/v1/accounts/{whom}"), json!({"roles": roles})).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn a_write_stands_where_a_case_that_waits_for_it_finds_nobody() {
    let site = site().await;
    let (mia, sam) = (site.signed_in("mia", &["boss"]).await, site.signed_in("sam", &[]).await);
    let root = site.signed_in("root", &["admin"]).await;
    site.account("eve", &["guard"]).await;
    let lou = site.account("lou", &[]).await.id.to_string();
    let thing = sam.made("thing", json!({"title": "T", "ready": false})).await;
    let begun = mia.post(&format!("{ROOT}/check/cases"), json!({"record": thing})).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let case = format!("{ROOT}/cases/{}", begun.json()["id"].as_str().unwrap());
    let written = sam.patch(&format!("/api/v1/demo/thing/{thing}"), json!({"ready": true})).await;
    assert_eq!(written.status, 200, "whoever writes has no part in the case: {}", written.text());
    assert_eq!(sam.get(&format!("/api/v1/demo/thing/{thing}")).await.json()["ready"], true);
    let stands = async || mia.get(&case).await.json()["steps"].clone();
    assert_eq!(stands().await, json!(["gate"]), "the case stays where it is");
    turn(&site).await;
    assert_eq!(left(&root, "pending").await, ["nobody would answer at `look`"], "it is tried again");
    let told = async |client: &Client| client.get("/notifications").await.text().matches("“Check” is stuck").count();
    assert_eq!((told(&mia).await, told(&sam).await, told(&root).await), (1, 0, 0), "told is whoever manages it");
    // Another write of the same record leaves no second letter.
    let again = sam.patch(&format!("/api/v1/demo/thing/{thing}"), json!({"size": 3})).await;
    assert_eq!(again.status, 200, "{}", again.text());
    turn(&site).await;
    assert_eq!(left(&root, "pending").await.len(), 1);
    // What was tried often enough is parked, where whoever administers the system sees it.
    for _ in 0..10 {
        site.clock.pass(SignedDuration::from_mins(5));
        turn(&site).await;
    }
    let root = site.begun("root").await;
    assert_eq!(left(&root, "dead").await, ["nobody would answer at `look`"]);
    assert!(root.get("/outbox").await.text().contains("case.behind"));
    let mia = site.begun("mia").await;
    assert_eq!(told(&mia).await, 1, "once a day");
    // Somebody can be asked by now.
    gives(&site, &lou, &["looker"]).await;
    turn(&site).await;
    let lou = site.begun("lou").await;
    assert_eq!(open(&lou).await, 1);
    assert_eq!(mia.get(&case).await.json()["steps"], json!(["look"]));
    assert!(left(&root, "dead").await.is_empty() && left(&root, "pending").await.is_empty());
}

#[tokio::test]
async fn a_write_stands_where_a_rule_would_begin_a_case_that_finds_nobody() {
    let site = site().await;
    let sam = site.signed_in("sam", &[]).await;
    let root = site.signed_in("root", &["admin"]).await;
    site.account("eve", &["guard"]).await;
    let lou = site.account("lou", &[]).await.id.to_string();
    let thing = sam.made("thing", json!({"title": "T", "size": 1})).await;
    let written = sam.patch(&format!("/api/v1/demo/thing/{thing}"), json!({"size": 20})).await;
    assert_eq!(written.status, 200, "{}", written.text());
    // More than are tried one by one in one write.
    let many: Vec<Value> =
        (0..12).map(|n| json!({"do": "create", "fields": {"title": format!("T{n}"), "size": 20}})).collect();
    let written = sam.post("/api/v1/demo/thing/bulk", json!({"commands": many})).await;
    assert_eq!(written.status, 200, "{}", written.text());
    turn(&site).await;
    assert_eq!(left(&root, "pending").await, vec!["nobody would answer at `look`"; 13]);
    // Nobody manages it: whoever administers the system is told.
    let page = root.get("/notifications").await.text().to_owned();
    assert_eq!(page.matches("“Plain” could not begin").count(), 13, "{page}");
    assert!(page.contains("href=\"/outbox\""), "{page}");
    gives(&site, &lou, &["looker"]).await;
    site.clock.pass(SignedDuration::from_mins(5));
    turn(&site).await;
    let lou = site.begun("lou").await;
    assert_eq!(open(&lou).await, 13);
    turn(&site).await;
    assert_eq!(open(&lou).await, 13, "each is begun once");
}

#[tokio::test]
async fn whoever_starts_a_case_is_told_where_the_guard_holds_nobody() {
    let site = site().await;
    let cy = site.signed_in("cy", &["chief"]).await;
    let thing = cy.made("thing", json!({"title": "T"})).await;
    let start = async || cy.post(&format!("{ROOT}/plain/cases"), json!({"record": thing})).await;
    let refused = start().await;
    assert_eq!(refused.status, 409, "{}", refused.text());
    assert_eq!(refused.json()["errors"][0]["code"], "nobody");
    // The guard answers as soon as there is one.
    let kim = site.signed_in("kim", &["keeper"]).await;
    assert_eq!(start().await.status, 201);
    assert_eq!(open(&kim).await, 1);
}
