//! The ledger over HTTP: for the audit administrator alone, and every refusal is on it.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Client, Site};

async fn entries(auditor: &Client, query: &str) -> Vec<Value> {
    let answer = auditor.get(&format!("/api/v1/audit?{query}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()["items"].as_array().cloned().unwrap_or_default()
}

#[tokio::test]
async fn acts_are_looked_up_by_what_they_are() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let auditor = site.signed_in("vera", &["auditor", "keeper"]).await;
    let id = ann.made("goal", json!({"title": "a", "level": 1})).await;
    ann.patch(&format!("/api/v1/demo/goal/{id}"), json!({"level": 2})).await;
    let found = entries(&auditor, &format!("record={id}")).await;
    assert_eq!(found.len(), 2);
    assert_eq!(
        (&found[0]["action"], &found[0]["object"], &found[0]["outcome"]),
        (&json!("update"), &json!("goal"), &json!("done"))
    );
    assert_eq!(found[0]["what"], json!({"before": {"level": 1}, "after": {"level": 2}}));
    assert_eq!(found[0]["not_shown"], json!([]));
    assert_eq!(found[0]["who"]["login"], "ann");
    assert_eq!(found[0]["session"].as_str().map(str::len), Some(16));
    let actor = found[0]["actor"].as_str().unwrap();
    assert!(entries(&auditor, &format!("actor={actor}&action=create&object=goal")).await.len() == 1);
    assert!(entries(&auditor, "from=2030-01-01T00:00:00Z").await.is_empty());
    assert_eq!(entries(&auditor, "limit=1").await.len(), 1);
    let page = auditor.get("/api/v1/audit?limit=1").await.json();
    let next = page["next"].as_str().unwrap();
    assert_ne!(entries(&auditor, &format!("limit=1&before={next}")).await[0]["id"], page["items"][0]["id"]);
    // Looking is on it too.
    assert!(entries(&auditor, "action=ledger.read").await.len() >= 5);
    for wrong in ["from=yesterday", "actor=x", "colour=red", "limit=0"] {
        auditor.get(&format!("/api/v1/audit?{wrong}")).await.refuses(400, "bad-request");
    }
}

#[tokio::test]
async fn nobody_else_reads_it_and_refusals_are_on_it() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let auditor = site.signed_in("vera", &["auditor"]).await;
    let root = site.signed_in("root", &["admin"]).await;
    let guard = site.signed_in("guard", &["guard"]).await;
    for address in ["/api/v1/audit", "/api/v1/audit/verify", "/api/v1/audit/export", "/audit", "/audit/export"] {
        for other in [&ann, &root, &guard] {
            assert_eq!(other.get(address).await.status, StatusCode::FORBIDDEN, "{address}");
        }
    }
    let refused = entries(&auditor, "outcome=refused&action=ledger.read").await;
    assert_eq!(refused.len(), 15);
    // A guessed id, an administrator's page, a forged request.
    let guessed = site.engine.new_id();
    ann.get(&format!("/api/v1/demo/goal/{guessed}")).await.refuses(404, "not-found");
    ann.get("/api/v1/accounts").await.refuses(403, "denied");
    let cookie = Client::of(&site.router);
    let forged = cookie
        .send(
            Method::POST,
            "/api/v1/demo/goal",
            &[("cookie", "loam_session=x"), ("origin", "https://evil.example")],
            Some(json!({})),
        )
        .await;
    forged.refuses(403, "forgery");
    let refused = entries(&auditor, "outcome=refused&limit=3").await;
    let told: Vec<_> = refused
        .iter()
        .map(|entry| (entry["action"].clone(), entry["object"].clone(), entry["facts"]["reason"].clone()))
        .collect();
    assert_eq!(
        told,
        [
            (json!("write"), json!("address"), json!("forgery")),
            (json!("administration.denied"), json!("account"), json!("denied")),
            (json!("read"), json!("goal"), json!("not-found")),
        ]
    );
    assert_eq!(refused[2]["record"], json!(guessed.to_string()));
    assert_eq!(refused[1]["who"]["login"], "ann");
}

#[tokio::test]
async fn it_is_verified_proved_and_handed_out() {
    let site = Site::start().await;
    let auditor = site.signed_in("vera", &["auditor"]).await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let id = ann.made("goal", json!({"title": "a", "level": 1})).await;
    site.engine.place_entries("node").await.unwrap();
    let verdict = auditor.get("/api/v1/audit/verify").await.json();
    assert_eq!(verdict["whole"], true, "{verdict}");
    let entry = entries(&auditor, &format!("record={id}")).await.remove(0);
    let proof = auditor.get(&format!("/api/v1/audit/{}/proof", entry["id"].as_str().unwrap())).await;
    let keys = site.engine.public_keys();
    ledger::Proof::read(proof.text()).unwrap().check(&keys).unwrap();
    site.engine.place_entries("node").await.unwrap();
    let file = auditor.get("/api/v1/audit/export").await;
    assert_eq!(file.header("content-type"), Some("application/x-ndjson"));
    let mut reading = ledger::file::Reading::new(keys, None);
    for line in file.text().lines() {
        reading.line(line).unwrap();
    }
    assert!(reading.finish().unwrap().entries > 3);
    // All of it leaves at once, so that whoever takes it proves again who they are.
    site.clock.pass(jiff::SignedDuration::from_mins(11));
    auditor.get("/api/v1/audit/export").await.refuses(401, "proof-needed");
    assert_eq!(auditor.get("/audit/export").await.header("location"), Some("/prove?next=%2Faudit"));
    let metrics = ann.get("/metrics").await;
    assert!(metrics.text().contains("\nloam_ledger_waiting "), "{}", metrics.text());
}

#[tokio::test]
async fn the_auditors_page_shows_filters_and_verifies() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let auditor = site.signed_in("vera", &["auditor", "keeper"]).await;
    let id = ann.made("goal", json!({"title": "<b>a</b>", "level": 1})).await;
    site.engine.place_entries("node").await.unwrap();
    let page = auditor.get(&format!("/audit?record={id}&lang=zh-CN")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    for part in ["审计日志", "ANN · ann", "<code>create</code>", "&lt;b&gt;a", "核验完整性"] {
        assert!(page.text().contains(part), "{part}\n{}", page.text());
    }
    assert!(!auditor.get("/audit?login=vera&action=create&lang=en").await.text().contains(&id));
    for (query, said) in [("from=soon", "is not a day"), ("record=x", "not an id"), ("login=nobody", "no account")] {
        let page = auditor.get(&format!("/audit?{query}&lang=en")).await;
        assert!(page.text().contains(said), "{query}\n{}", page.text());
    }
    let verified = auditor.send(Method::POST, "/audit/verify?lang=en", &[], None).await;
    assert_eq!(verified.status, StatusCode::OK);
    assert!(verified.text().contains("The log is whole"), "{}", verified.text());
}

#[tokio::test]
async fn no_door_of_the_audit_shows_a_value_that_the_auditor_may_not_read() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    // A reader has names and codes of people, and no salary; of goals the open ones.
    let auditor = site.signed_in("vera", &["auditor", "reader"]).await;
    let person = json!({"code": "CODE-77", "name": "Ann Li", "salary": "4711.47"});
    let person = ann.made("person", person).await;
    ann.patch(&format!("/api/v1/demo/person/{person}"), json!({"salary": "8152.81"})).await;
    let said = ann.post(&format!("/api/v1/demo/person/{person}/comments"), json!({"text": "SAID-ALOUD"})).await;
    assert_eq!(said.status, StatusCode::CREATED, "{}", said.text());
    let goal = ann.made("goal", json!({"title": "HUSH-GOAL", "status": "closed"})).await;
    site.engine.place_entries("node").await.unwrap();
    let (hidden, open) = (["4711.47", "8152.81", "HUSH-GOAL"], ["CODE-77", "Ann Li", "SAID-ALOUD"]);
    let none = |text: &str, from: &str| {
        for value in hidden {
            assert!(!text.contains(value), "{value} in {from}: {text}");
        }
    };
    let answer = auditor.get("/api/v1/audit?limit=500").await;
    none(answer.text(), "the API");
    assert!(open.iter().all(|value| answer.text().contains(value)), "{}", answer.text());
    let update = entries(&auditor, &format!("record={person}&action=update")).await.remove(0);
    assert_eq!((&update["what"], &update["not_shown"]), (&json!({}), &json!(["salary"])));
    assert_eq!(update["who"]["login"], "ann");
    let create = entries(&auditor, &format!("record={goal}")).await.remove(0);
    assert_eq!((&create["what"], create["not_shown"].to_string().contains("title")), (&json!({}), true));
    for (lang, words) in [("zh-CN", "不予显示"), ("en", "not shown")] {
        let page = auditor.get(&format!("/audit?lang={lang}")).await;
        none(page.text(), "the page");
        assert!(page.text().contains("<code>salary</code>") && page.text().contains(words), "{}", page.text());
        assert!(page.text().contains("Ann Li") && page.text().contains("SAID-ALOUD"), "{}", page.text());
    }
    // Whatever is asked for besides what every entry shows is refused, or asks nothing.
    for asked in ["value=4711.47", "what=4711.47", "after=4711.47", "text=HUSH-GOAL"] {
        auditor.get(&format!("/api/v1/audit?{asked}")).await.refuses(400, "bad-request");
    }
    for address in ["/api/v1/audit/export", "/audit/export"] {
        let file = auditor.get(address).await;
        none(file.text(), address);
        let mut reading = ledger::file::Reading::new(site.engine.public_keys(), None);
        for line in file.text().lines() {
            reading.line(line).unwrap();
        }
        // Making the person and the goal, and the change of the salary; the comment is theirs to read.
        assert_eq!(reading.finish().unwrap().not_included, 3, "{}", file.text());
        assert!(file.text().contains("SAID-ALOUD"), "{}", file.text());
    }
    let proof = auditor.get(&format!("/api/v1/audit/{}/proof", update["id"].as_str().unwrap())).await;
    none(proof.text(), "a proof");
    ledger::Proof::read(proof.text()).unwrap().check(&site.engine.public_keys()).unwrap();
}

#[tokio::test]
async fn sessions_and_tokens_that_open_nothing_are_on_it_once() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let token = |made: &super::support::Answer| Client {
        bearer: made.json()["token"].as_str().map(str::to_owned),
        ..Client::of(&site.router)
    };
    let short = token(&ann.post("/api/v1/tokens", json!({"name": "short", "days": 1})).await);
    let gone = token(&ann.post("/api/v1/tokens", json!({"name": "gone", "days": 9})).await);
    let listed = ann.get("/api/v1/tokens").await.json();
    let listed = listed["items"].as_array().unwrap();
    let id = |name: &str| listed.iter().find(|one| one["name"] == name).unwrap()["id"].as_str().unwrap().to_owned();
    let (short_id, gone_id) = (id("short"), id("gone"));
    assert_eq!(gone.get("/api/v1/demo/goal").await.status, StatusCode::OK);
    ann.send(Method::DELETE, &format!("/api/v1/tokens/{gone_id}"), &[], None).await;
    let browser = super::support::browser_of(&site, "ann").await;
    let before = site.acts().await.len();
    assert_eq!(browser.get("/security").await.status, StatusCode::OK);
    assert_eq!(site.acts().await.len(), before, "what is good is no news");
    site.clock.pass(jiff::SignedDuration::from_hours(25));
    for _ in 0..3 {
        short.get("/api/v1/demo/goal").await.refuses(401, "sign-in-needed");
        gone.get("/api/v1/demo/goal").await.refuses(401, "sign-in-needed");
        assert_eq!(browser.get("/security").await.status, StatusCode::SEE_OTHER);
        browser.get("/sign-in").await;
        let made_up = Client { cookie: Some("loam_session=made-up".to_owned()), ..Client::of(&site.router) };
        made_up.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    }
    let told = site.acts().await.split_off(before);
    assert_eq!(told, ["token.use refused", "token.use refused", "session.use refused", "session.use refused"]);
    let auditor = site.signed_in("vera", &["auditor"]).await;
    let tokens = entries(&auditor, "action=token.use").await;
    assert_eq!(tokens[0]["facts"]["reason"], "unknown");
    assert_eq!((&tokens[1]["facts"]["reason"], &tokens[1]["record"]), (&json!("expired"), &json!(short_id)));
    assert_eq!(tokens[1]["who"]["login"], "ann");
    let sessions = entries(&auditor, "action=session.use").await;
    assert_eq!((&sessions[0]["facts"]["reason"], &sessions[0]["actor"]), (&json!("unknown"), &Value::Null));
    assert_eq!((&sessions[1]["facts"]["reason"], &sessions[1]["who"]["login"]), (&json!("expired"), &json!("ann")));
    // Whoever tries one after the other is told of for a while, and refused all the time.
    let before = site.acts().await.len();
    for n in 0..60 {
        let other = Client { bearer: Some(format!("loam_guess-{n}")), ..Client::of(&site.router) };
        other.get("/api/v1/demo/goal").await.refuses(401, "sign-in-needed");
    }
    let told = site.acts().await.len() - before;
    assert!((20..=30).contains(&told), "{told}");
}

#[tokio::test]
async fn what_is_filtered_is_handed_out_with_a_proof_of_each_entry() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let auditor = site.signed_in("vera", &["auditor", "reader"]).await;
    let person = json!({"code": "CODE-77", "name": "Ann Li", "salary": "4711.47"});
    let person = ann.made("person", person).await;
    let goal = ann.made("goal", json!({"title": "a", "level": 1})).await;
    site.engine.place_entries("node").await.unwrap();
    // What is not placed yet is not proved, and is left out.
    ann.patch(&format!("/api/v1/demo/person/{person}"), json!({"name": "Later"})).await;
    let actor = entries(&auditor, &format!("record={person}&action=create")).await[0]["actor"].clone();
    let by_ann = format!("actor={}&action=create", actor.as_str().unwrap());
    for (address, many) in [
        (format!("/api/v1/audit/export?record={person}"), 1),
        (format!("/api/v1/audit/export?{by_ann}"), 2),
        (format!("/audit/export?record={person}"), 1),
        ("/audit/export?login=ann&action=create".to_owned(), 2),
        ("/api/v1/audit/export?from=2030-01-01T00:00:00Z".to_owned(), 0),
    ] {
        let file = auditor.get(&address).await;
        assert_eq!(file.header("content-type"), Some("application/x-ndjson"), "{address}: {}", file.text());
        let header: Value = serde_json::from_str(file.text().lines().next().unwrap()).unwrap();
        assert_eq!((&header["excerpt"], header["asked"].is_object()), (&json!(1), true), "{header}");
        let mut reading = ledger::file::excerpt::Reading::new(site.engine.public_keys());
        for line in file.text().lines() {
            reading.line(line).unwrap();
        }
        assert_eq!(reading.entries, many, "{address}: {}", file.text());
        assert!(!file.text().contains("4711.47") && !file.text().contains("Later"), "{}", file.text());
        assert_eq!(file.text().contains(&goal), many == 2, "{address}: {}", file.text());
        // It is not taken for the whole.
        let first = file.text().lines().next().unwrap();
        let whole = ledger::file::Reading::new(site.engine.public_keys(), None).line(first);
        assert!(whole.unwrap_err().to_string().contains("excerpt"), "{address}");
        if many > 0 {
            let altered = file.text().replacen("\"create\"", "\"creatE\"", 2);
            let mut reading = ledger::file::excerpt::Reading::new(site.engine.public_keys());
            assert!(altered.lines().any(|line| reading.line(line).is_err()), "{address}");
        }
    }
    assert!(entries(&auditor, "action=ledger.export").await.iter().all(|entry| entry["facts"]["excerpt"] == true));
    auditor.get("/api/v1/audit/export?colour=red").await.refuses(400, "bad-request");
    // The page leads to the file of what it shows.
    let page = auditor.get("/audit?login=ann&action=create&lang=en").await;
    let page = page.text().replace("&#x2f;", "/").replace("&amp;", "&");
    assert!(page.contains("/audit/export?login=ann&action=create"), "{page}");
    assert!(!auditor.get("/audit?lang=en").await.text().contains("Export these entries"));
    assert!(auditor.get("/audit/export?login=nobody&lang=en").await.text().contains("no account"));
    site.clock.pass(jiff::SignedDuration::from_mins(11));
    auditor.get("/api/v1/audit/export?action=create").await.refuses(401, "proof-needed");
}
