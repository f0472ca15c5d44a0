//! Acting in another's place, and looking at what another sees.

use axum::http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::support::{Answer, Client, FILES, Site, browser, browser_of};

async fn form(client: &Client, path: &str, body: &str) -> Answer {
    let kind = Some("application/x-www-form-urlencoded");
    client.raw(Method::POST, path, &[], kind, body.as_bytes().to_vec()).await
}

/// The client as it is with the stand-in that an answer begins.
fn under(client: &Client, begun: &Answer) -> Client {
    let id = begun.cookie("loam_for").unwrap_or_else(|| panic!("{} {}", begun.status, begun.text()));
    Client { cookie: client.cookie.as_ref().map(|cookie| format!("{cookie}; loam_for={id}")), ..client.clone() }
}

async fn titles(client: &Client) -> Vec<String> {
    let body: Value = client.get("/api/v1/demo/goal?sort=title").await.json();
    body["items"]
        .as_array()
        .map_or(Vec::new(), |items| items.iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn somebody_acts_for_another_within_time_and_limits() {
    let site = Site::start().await;
    let ann = browser(&site, "ann", &["keeper"]).await;
    let bob = browser(&site, "bob", &[]).await;
    let goal = ann.made("goal", json!({"title": "hers"})).await;
    ann.made("person", json!({"code": "E1", "name": "王伟"})).await;
    assert_eq!(bob.get("/api/v1/demo/goal").await.status, 403);

    // For goals only, from today to tomorrow.
    let given =
        form(&ann, "/stand-ins", "taker=bob&since=2025-11-20&until=2025-11-21&writes=1&entities=goal&reason=leave")
            .await;
    assert_eq!(given.header("location"), Some("/stand-ins?saved=1"), "{}", given.text());
    let page = bob.get("/stand-ins").await;
    let id = page.text().split("/stand-ins/").find_map(|rest| rest.split_once("/begin")).unwrap().0.to_owned();
    let begun = form(&bob, &format!("/stand-ins/{id}/begin"), "").await;
    let acting = under(&bob, &begun);
    assert_eq!(titles(&acting).await, ["hers"]);
    assert_eq!(acting.get("/api/v1/demo/person").await.status, 403, "the limits leave people out");
    let made = acting.made("goal", json!({"title": "for her"})).await;
    let stored = ann.get(&format!("/api/v1/demo/goal/{made}")).await.json();
    assert_eq!(stored["by"], "ann", "what is made is made in her place");
    let history = ann.get(&format!("/api/v1/demo/goal/{made}/history")).await.json();
    assert_eq!(history["items"][0]["by_name"], "BOB", "and stands on record as his");
    let auditor = site.signed_in("auditor", &["auditor"]).await;
    let entry = auditor.get(&format!("/api/v1/audit?action=create&record={made}")).await.json()["items"][0].clone();
    let id_of = async |login| site.engine.store().accounts().by_login(login).await.unwrap().unwrap().id.to_string();
    assert_eq!(
        (&entry["actor"], &entry["behalf"]),
        (&json!(id_of("bob").await), &json!(id_of("ann").await)),
        "{entry}"
    );
    assert!(acting.get(&format!("/r/goal/{goal}")).await.text().contains("acting for"));
    let why = acting.get(&format!("/r/goal/{goal}/access")).await;
    assert!(why.text().contains("Allowed"), "{} {}", why.status, why.text());
    // The pages of the account are his own.
    assert!(!acting.get("/security").await.text().contains("acting for"));

    // Another cannot use it, nor he when it is over.
    let eve = browser(&site, "eve", &[]).await;
    let stolen = Client { cookie: eve.cookie.as_ref().map(|cookie| format!("{cookie}; loam_for={id}")), ..eve.clone() };
    assert_eq!(stolen.get("/api/v1/demo/goal").await.status, 403);
    assert_eq!(form(&ann, &format!("/stand-ins/{id}/end"), "").await.status, 303);
    assert_eq!(acting.get("/api/v1/demo/goal").await.status, 403);
}

#[tokio::test]
async fn a_stand_in_ends_by_itself_and_is_not_handed_on() {
    let site = Site::start().await;
    let ann = browser(&site, "ann", &["keeper"]).await;
    let bob = browser(&site, "bob", &[]).await;
    browser(&site, "guard", &["guard"]).await;
    for (body, said) in [
        ("taker=ann&since=2025-11-20&until=2025-11-21", "themself"),
        ("taker=nobody&since=2025-11-20&until=2025-11-21", "no such account"),
        ("taker=bob&since=2025-11-21&until=2025-11-19", "not before the first"),
        ("taker=bob&since=2025-11-20&until=2026-11-20", "92 days"),
        ("taker=guard&since=2025-11-20&until=2025-11-21", "administrator"),
    ] {
        let refused = form(&ann, "/stand-ins", body).await;
        assert!(
            refused.status == 422 && refused.text().contains(said),
            "{body}: {} {}",
            refused.status,
            refused.text()
        );
    }
    form(&ann, "/stand-ins", "taker=bob&since=2025-11-20&until=2025-11-20").await;
    let page = bob.get("/stand-ins").await;
    let id = page.text().split("/stand-ins/").find_map(|rest| rest.split_once("/begin")).unwrap().0.to_owned();
    let begun = form(&bob, &format!("/stand-ins/{id}/begin"), "").await;
    let acting = under(&bob, &begun);
    assert_eq!(acting.get("/api/v1/demo/goal").await.status, 200);
    assert_eq!(acting.post("/api/v1/demo/goal", json!({"title": "x"})).await.status, 403, "it is for looking only");
    // It is nine in the morning: fourteen hours later it is still the day, sixteen hours later no more.
    for (hours, status) in [(14, 200), (2, 403)] {
        site.clock.pass(SignedDuration::from_hours(hours));
        let acting = under(&browser_of(&site, "bob").await, &begun);
        assert_eq!(acting.get("/api/v1/demo/goal").await.status, status);
    }
}

#[tokio::test]
async fn looking_at_what_another_sees_changes_nothing_and_needs_a_reason() {
    let site = Site::start().await;
    let ann = browser(&site, "ann", &["keeper"]).await;
    let goal = ann.made("goal", json!({"title": "hers"})).await;
    let viewer = browser(&site, "viewer", &["viewer"]).await;
    assert_eq!(viewer.get("/api/v1/demo/goal").await.status, 403);
    let refused = form(&viewer, "/stand-ins/look", "whom=ann&reason=").await;
    assert!(refused.status == 422 && refused.text().contains("say why"), "{}", refused.text());
    let looking = under(&viewer, &form(&viewer, "/stand-ins/look", "whom=ann&reason=a+question").await);
    assert_eq!(titles(&looking).await, ["hers"]);
    looking.patch(&format!("/api/v1/demo/goal/{goal}"), json!({"title": "mine"})).await.refuses(403, "looking");
    let said = form(&looking, "/r/goal/new", "title=mine").await;
    assert_eq!(said.status, 403);
    // Whoever may not, does not.
    let refused = form(&ann, "/stand-ins/look", "whom=viewer&reason=x").await;
    assert!(refused.status == 422 && refused.text().contains("not yours"), "{} {}", refused.status, refused.text());
    site.clock.pass(SignedDuration::from_mins(31));
    assert_eq!(looking.get("/api/v1/demo/goal").await.status, 403, "it ends by itself");
}

#[tokio::test]
async fn nothing_is_taken_along_of_what_another_sees() {
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "roles/keeper.yaml" => (path, text.replace("delete, restore]", "delete, restore, export]")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    let page = "kind: list\nlabel: {zh-CN: 目标, en: Goals}\nentity: goal\ncolumns: [title]\n";
    files.push(("pages/goals.yaml", page.to_owned()));
    let site = Site::of(&files).await;
    let ann = browser(&site, "ann", &["keeper"]).await;
    ann.made("goal", json!({"title": "hers"})).await;
    assert!(ann.get("/p/goals/export").await.text().contains("hers"));
    let viewer = browser(&site, "viewer", &["viewer"]).await;
    let looking = under(&viewer, &form(&viewer, "/stand-ins/look", "whom=ann&reason=a+question").await);
    assert!(looking.get("/p/goals").await.text().contains("hers"));
    let refused = looking.get("/p/goals/export").await;
    assert!(refused.status == 403 && !refused.text().contains("hers"), "{} {}", refused.status, refused.text());
    // That somebody looked, at whom and why, stands on the ledger.
    let auditor = browser(&site, "vera", &["auditor"]).await;
    let found = auditor.get("/api/v1/audit?action=stand-in.look").await.json();
    assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{found}");
    assert!(found["items"][0]["who"]["login"] == "viewer" && found.to_string().contains("a question"), "{found}");
}
