//! What stands in the way of guesses, stolen sessions and forgotten passwords.

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::session::policy::{Policy, SecondFactor};

use super::support::{Answer, Client, PASSWORD, Site, fresh_router};

async fn sign_in(client: &Client, login: &str, password: &str) -> Answer {
    client.post("/api/v1/session", json!({"login": login, "password": password, "token": true})).await
}

fn with(client: &Client, begun: &Answer) -> Client {
    let token = begun.json()["token"].as_str().unwrap_or_else(|| panic!("{}", begun.text())).to_owned();
    Client { bearer: Some(token), ..client.clone() }
}

async fn put(client: &Client, path: &str, body: Value) -> Answer {
    client.send(Method::PUT, path, &[], Some(body)).await
}

async fn form(client: &Client, path: &str, body: &str) -> Answer {
    let kind = Some("application/x-www-form-urlencoded");
    client.raw(Method::POST, path, &[], kind, body.as_bytes().to_vec()).await
}

#[tokio::test]
async fn an_account_is_locked_on_every_node_and_the_security_administrator_lifts_it() {
    let site = Site::start().await;
    let ann = site.account("ann", &["keeper"]).await;
    let guard = site.signed_in("guard", &["guard"]).await;
    let (one, other) = (Client::of(&site.router), Client::of(&fresh_router(&site.engine)));
    for n in 0..5 {
        let node = if n % 2 == 0 { &one } else { &other };
        sign_in(node, "Ann", "wrong").await.refuses(401, "wrong-password");
        sign_in(node, "nobody", "wrong").await.refuses(401, "wrong-password");
    }
    for node in [&one, &other] {
        let locked = sign_in(node, "ann", PASSWORD).await;
        assert_eq!(locked.header("retry-after"), Some("60"));
        // One that does not exist is locked too, in the same words.
        assert_eq!(locked.refuses(429, "too-many"), sign_in(node, "nobody", "x").await.refuses(429, "too-many"));
    }
    let page = guard.get("/rules").await;
    assert!(page.text().contains("ann · ANN"), "{}", page.text());
    let root = site.signed_in("root", &["admin"]).await;
    let unlock = format!("/api/v1/accounts/{}/unlock", ann.id);
    root.post(&unlock, json!({})).await.refuses(403, "denied");
    assert_eq!(guard.post(&unlock, json!({})).await.status, StatusCode::NO_CONTENT);
    assert_eq!(sign_in(&other, "ann", PASSWORD).await.status, StatusCode::CREATED);
    // Nobody lifts the other lock; time does.
    sign_in(&one, "nobody", "wrong").await.refuses(429, "too-many");
    site.clock.pass(SignedDuration::from_secs(61));
    sign_in(&one, "nobody", "wrong").await.refuses(401, "wrong-password");
    assert_eq!(sign_in(&one, "nobody", "wrong").await.header("retry-after"), Some("120"), "twice as long");
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_is_slowed_down() {
    let site = Site::start().await;
    site.account("ann", &["keeper"]).await;
    let client = Client::of(&site.router);
    for n in 0..50 {
        sign_in(&client, &format!("guess{n}"), "wrong").await.refuses(401, "wrong-password");
    }
    sign_in(&client, "ann", PASSWORD).await.refuses(429, "too-many");
}

#[tokio::test]
async fn a_password_is_refused_by_the_rule_it_breaks_and_does_not_come_again() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let other = with(&Client::of(&site.router), &sign_in(&Client::of(&site.router), "ann", PASSWORD).await);
    let path = "/api/v1/session/password";
    put(&ann, path, json!({"current": "wrong", "password": "x"})).await.refuses(401, "wrong-password");
    for (password, code) in [
        ("a short", "too-short"),
        ("Football2024!", "common"),
        ("my name is ann 7", "own-name"),
        ("onlylettershere", "too-plain"),
        (PASSWORD, "used-before"),
    ] {
        let refused = put(&ann, path, json!({"current": PASSWORD, "password": password})).await;
        refused.refuses(422, "invalid");
        assert_eq!(refused.faults(), [format!("password:{code}")]);
    }
    let changed = put(&ann, path, json!({"current": PASSWORD, "password": "horses are correct"})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    // The old token is dead, and so is every other session.
    ann.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    other.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    let ann = with(&ann, &changed);
    let back = put(&ann, path, json!({"current": "horses are correct", "password": PASSWORD})).await;
    assert_eq!(back.faults(), ["password:used-before"]);
}

#[tokio::test]
async fn a_password_that_is_too_old_must_be_changed_before_anything_else() {
    let site = Site::start().await;
    let guard = site.signed_in("guard", &["guard"]).await;
    site.account("ann", &["keeper"]).await;
    let rules = json!({"password_days": 30, "second_factor": "optional"});
    assert_eq!(put(&guard, "/api/v1/policy", rules).await.status, StatusCode::OK);
    site.clock.pass(SignedDuration::from_hours(31 * 24));
    let node = Client::of(&fresh_router(&site.engine));
    let ann = with(&node, &sign_in(&node, "ann", PASSWORD).await);
    ann.get("/api/v1/demo/goal").await.refuses(403, "password-due");
    let page = ann.get("/search?q=x").await;
    assert_eq!((page.status, page.header("location")), (StatusCode::SEE_OTHER, Some("/password")));
    assert!(ann.get("/password").await.text().contains("At least 10 characters"));
    let refused = form(&ann, "/password", &format!("current={}&password=short", PASSWORD.replace(' ', "+"))).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let body = format!("current={}&password=battery+of+horses", PASSWORD.replace(' ', "+"));
    let changed = form(&ann, "/password", &body).await;
    assert_eq!((changed.status, changed.header("location")), (StatusCode::SEE_OTHER, Some("/")), "{}", changed.text());
    let cookie = format!("loam_session={}", changed.cookie("loam_session").unwrap());
    let ann = Client { bearer: None, cookie: Some(cookie), ..ann };
    assert_eq!(ann.get("/api/v1/demo/goal").await.status, StatusCode::OK);
}

#[tokio::test]
async fn the_rules_have_bounds_and_one_keeper() {
    let site = Site::start().await;
    let guard = site.signed_in("guard", &["guard"]).await;
    for (login, role) in [("root", "admin"), ("auditor", "auditor"), ("ann", "keeper")] {
        let client = site.signed_in(login, &[role]).await;
        client.get("/api/v1/policy").await.refuses(403, "denied");
        put(&client, "/api/v1/policy", json!({})).await.refuses(403, "denied");
        assert_eq!(client.get("/rules").await.status, StatusCode::FORBIDDEN, "{role}");
    }
    let odd = put(&guard, "/api/v1/policy", json!({"tries": 0, "idle_minutes": 1})).await;
    assert_eq!(odd.faults(), ["tries:range", "idle_minutes:range"]);
    put(&guard, "/api/v1/policy", json!({"trys": 5})).await.refuses(400, "bad-request");
    let fields = "password_length=12&password_kinds=3&password_history=2&password_days=0&tries=4&lock_minutes=30\
                  &idle_minutes=30&longest_hours=10&most_sessions=3&unused_days=30&alarm_sign_ins=5&alarm_refusals=6&alarm_exports=500&alarm_uncovers=7&alarm_rights=2&admin_networks=&second_factor=optional";
    assert_eq!(form(&guard, "/rules", fields).await.status, StatusCode::SEE_OTHER);
    let kept = Policy::of(site.engine.store()).await.unwrap();
    assert_eq!((kept.password_kinds, kept.tries, kept.second_factor), (3, 4, SecondFactor::Optional));
    assert_eq!(form(&guard, "/rules", "tries=4").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // At rest for longer than that, a session is over; used in between, it goes on, up to its longest life.
    let ann = with(&guard, &sign_in(&guard, "ann", PASSWORD).await);
    let again = |client: &Client| Client { router: fresh_router(&site.engine), ..client.clone() };
    for _ in 0..20 {
        site.clock.pass(SignedDuration::from_mins(29));
        assert_eq!(again(&ann).get("/api/v1/session").await.status, StatusCode::OK);
    }
    site.clock.pass(SignedDuration::from_mins(25));
    again(&ann).get("/api/v1/session").await.refuses(401, "sign-in-needed");
    let ann = with(&guard, &sign_in(&guard, "ann", PASSWORD).await);
    site.clock.pass(SignedDuration::from_mins(30) + SignedDuration::from_secs(1));
    again(&ann).get("/api/v1/session").await.refuses(401, "sign-in-needed");
}

#[tokio::test]
async fn somebody_sees_where_they_are_signed_in_and_ends_it() {
    let site = Site::start().await;
    let here = site.signed_in("ann", &["keeper"]).await;
    let eve = site.signed_in("eve", &["keeper"]).await;
    let agent = ("user-agent", "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0");
    let body = json!({"login": "ann", "password": PASSWORD, "token": true});
    let there = Client { bearer: None, ..here.clone() };
    let there = with(&there, &there.send(Method::POST, "/api/v1/session", &[agent], Some(body)).await);
    let third = with(&here, &sign_in(&Client { bearer: None, ..here.clone() }, "ann", PASSWORD).await);
    let list = here.get("/api/v1/session/list").await.json();
    let items = list["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert_eq!(items.iter().filter(|item| item["current"] == true).count(), 1);
    let id = items.iter().find(|item| item["device"] == agent.1).unwrap()["id"].as_str().unwrap().to_owned();
    let page = here.get("/security").await;
    assert!(page.text().contains("Firefox · Windows") && page.text().contains("This one"), "{}", page.text());
    let path = format!("/api/v1/session/list/{id}");
    eve.send(Method::DELETE, &path, &[], None).await.refuses(404, "not-found");
    assert_eq!(here.send(Method::DELETE, &path, &[], None).await.status, StatusCode::NO_CONTENT);
    there.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    assert_eq!(form(&here, "/security/sessions/end-others", "").await.status, StatusCode::SEE_OTHER);
    third.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    assert_eq!(here.get("/api/v1/session").await.status, StatusCode::OK);
    let out = here.send(Method::DELETE, "/api/v1/session", &[], None).await;
    assert_eq!(out.header("clear-site-data"), Some("\"cache\", \"storage\""));
}

#[tokio::test]
async fn what_matters_asks_for_a_fresh_proof() {
    let site = Site::start().await;
    let guard = site.signed_in("guard", &["guard"]).await;
    let ann = site.account("ann", &[]).await;
    let path = format!("/api/v1/accounts/{}", ann.id);
    site.clock.pass(SignedDuration::from_mins(11));
    guard.patch(&path, json!({"roles": ["keeper"]})).await.refuses(401, "proof-needed");
    guard.patch(&path, json!({"password": "quite a new one"})).await.refuses(401, "proof-needed");
    guard.post("/api/v1/tokens", json!({"name": "x", "days": 1})).await.refuses(401, "proof-needed");
    put(&guard, "/api/v1/policy", json!({})).await.refuses(401, "proof-needed");
    let led = form(&guard, &format!("/accounts/{}/roles", ann.id), "roles=keeper").await;
    assert_eq!(led.header("location"), Some("/prove?next=%2Faccounts"));
    assert!(guard.get("/prove?next=/accounts").await.text().contains("current-password"));
    guard.post("/api/v1/session/prove", json!({"password": "wrong"})).await.refuses(401, "wrong-password");
    let proved = guard.post("/api/v1/session/prove", json!({"password": PASSWORD})).await;
    assert_eq!(proved.status, StatusCode::OK, "{}", proved.text());
    guard.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    let guard = with(&guard, &proved);
    assert_eq!(guard.patch(&path, json!({"roles": ["keeper"]})).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_token_gives_what_it_was_made_for_and_never_more_than_its_owner_has() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let made = async |body: Value| {
        let made = ann.post("/api/v1/tokens", body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        (made.json()["id"].as_str().unwrap().to_owned(), with(&ann, &made))
    };
    let (id, reads) = made(json!({"name": "Reports", "days": 30, "entities": ["goal"]})).await;
    let (_, writes) = made(json!({"name": "Sync", "days": 30, "writes": true})).await;
    let goal = || json!({"title": "a", "status": "open"});
    ann.made("goal", goal()).await;
    ann.made("person", json!({"code": "E1", "name": "Wang"})).await;
    assert_eq!(reads.get("/api/v1/demo/goal").await.json()["items"].as_array().map(Vec::len), Some(1));
    reads.get("/api/v1/demo/person").await.refuses(403, "denied");
    reads.get("/api/v1/demo/goal?filter=owner.name%20%3D%3D%20%22Wang%22").await.refuses(403, "denied");
    reads.post("/api/v1/demo/goal", goal()).await.refuses(403, "denied");
    assert_eq!(writes.post("/api/v1/demo/goal", goal()).await.status, StatusCode::CREATED);
    for path in ["/api/v1/tokens", "/api/v1/session/list", "/live/goal", "/api/v1/accounts"] {
        writes.get(path).await.refuses(403, "denied");
    }
    for path in ["/", "/me", "/security", "/accounts"] {
        assert_eq!(writes.get(path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    writes.post("/api/v1/tokens", json!({"name": "x", "days": 1})).await.refuses(403, "denied");
    let list = ann.get("/api/v1/tokens").await;
    assert!(!list.text().contains("loam_") && list.json()["items"][1]["used"].is_string(), "{}", list.text());
    assert!(ann.get("/security").await.text().contains("Reports"));

    // The owner loses a right, and so does the token, at once.
    let guard = site.signed_in("guard", &["guard"]).await;
    let own = ann.get("/api/v1/session").await.json()["account"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/accounts/{own}");
    assert_eq!(guard.patch(&path, json!({"roles": ["reader"]})).await.status, StatusCode::OK);
    writes.post("/api/v1/demo/goal", goal()).await.refuses(403, "denied");
    let eve = site.signed_in("eve", &[]).await;
    eve.send(Method::DELETE, &format!("/api/v1/tokens/{id}"), &[], None).await.refuses(404, "not-found");
    let revoked = ann.send(Method::DELETE, &format!("/api/v1/tokens/{id}"), &[], None).await;
    assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    reads.get("/api/v1/demo/goal").await.refuses(401, "sign-in-needed");
    let later = Client { router: fresh_router(&site.engine), ..writes.clone() };
    site.clock.pass(SignedDuration::from_hours(30 * 24 + 1));
    later.get("/api/v1/demo/goal").await.refuses(401, "sign-in-needed");
    let odd = Client { router: fresh_router(&site.engine), ..Client::of(&site.router) };
    let ann = with(&odd, &sign_in(&odd, "ann", PASSWORD).await);
    let odd = ann.post("/api/v1/tokens", json!({"name": " ", "days": 999, "entities": ["nothing"]})).await;
    assert_eq!(odd.faults(), ["name:required", "days:range", "entities:unknown"]);
}

#[tokio::test]
async fn a_token_of_an_administrator_administers_nothing() {
    let site = Site::start().await;
    let root = site.signed_in("root", &["admin"]).await;
    let token = with(&root, &root.post("/api/v1/tokens", json!({"name": "x", "days": 1, "writes": true})).await);
    for path in ["/api/v1/accounts", "/api/v1/outbox", "/api/v1/policy"] {
        token.get(path).await.refuses(403, "denied");
    }
}

/// The code of a secret in base 32 at a moment, by the standard.
fn code(secret: &str, seconds: i64) -> String {
    use hmac::{Hmac, KeyInit, Mac};
    const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits: String = secret.chars().map(|c| format!("{:05b}", LETTERS.find(c).unwrap())).collect();
    let bytes: Vec<u8> = bits
        .as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap())
        .collect();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(&bytes).unwrap();
    mac.update(&(seconds / 30).to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 15);
    let number = u32::from_be_bytes(digest[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", number % 1_000_000)
}

/// Sets up an app's secret on the pages; answers it and the recovery codes.
async fn set_up(site: &Site, client: &Client) -> (String, Vec<String>) {
    let page = client.get("/security/code").await.text().to_owned();
    let secret: String =
        page.split("type this key: <code>").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
    assert!(page.contains("<svg"), "{page}");
    let waiting = site.read("SELECT value FROM loam_waiting").await;
    assert!(!waiting.is_empty() && !waiting.iter().any(|value| value.contains(&secret)), "nor while it waits");
    let wrong = form(client, "/security/code", "code=000000").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let now = site.engine.now().as_second();
    let done = form(client, "/security/code", &format!("code={}", code(&secret, now))).await;
    assert_eq!(done.status, StatusCode::OK, "{}", done.text());
    let codes = done.text().split("<li class=\"item\"><code>").skip(1);
    (secret, codes.map(|rest| rest.split('<').next().unwrap().to_owned()).collect())
}

#[tokio::test]
async fn a_second_factor_is_asked_for_and_each_code_counts_once() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let (secret, recovery) = set_up(&site, &ann).await;
    assert_eq!(recovery.len(), 10);
    let kept = site.read("SELECT secret FROM loam_code").await.pop().unwrap();
    assert!(kept.starts_with("sealed:1:") && !kept.contains(&secret), "{kept}");
    let nobody = Client::of(&site.router);
    let with_code = async |code: &str| {
        nobody.post("/api/v1/session", json!({"login": "ann", "password": PASSWORD, "code": code})).await
    };
    sign_in(&nobody, "ann", PASSWORD).await.refuses(401, "code-needed");
    let now = || site.engine.now().as_second();
    with_code(&code(&secret, now())).await.refuses(401, "wrong-code");
    site.clock.pass(SignedDuration::from_secs(30));
    let right = code(&secret, now());
    assert_eq!(with_code(&right).await.status, StatusCode::CREATED, "the one before was used in the set-up");
    with_code(&right).await.refuses(401, "wrong-code");
    assert_eq!(with_code(&recovery[0].to_uppercase()).await.status, StatusCode::CREATED);
    with_code(&recovery[0]).await.refuses(401, "wrong-code");

    // On the pages the code has a step of its own, which needs the ticket of the password.
    let asked = nobody.get("/sign-in").await;
    let cookie = asked.cookie("loam_form").unwrap();
    let browser = Client { cookie: Some(format!("loam_form={cookie}")), ..nobody.clone() };
    let fields = format!("csrf={cookie}&login=ann&password={}", PASSWORD.replace(' ', "+"));
    let step = form(&browser, "/sign-in", &fields).await;
    assert_eq!(step.header("location"), Some("/sign-in/code?next=%2F"));
    assert_eq!(step.cookie("loam_session"), None);
    let ticket = step.cookie("loam_ticket").unwrap();
    let browser = Client { cookie: Some(format!("loam_form={cookie}; loam_ticket={ticket}")), ..browser };
    assert!(browser.get("/sign-in/code").await.text().contains("one-time-code"));
    let wrong = form(&browser, "/sign-in/code", &format!("csrf={cookie}&code=123")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    let done = form(&browser, "/sign-in/code", &format!("csrf={cookie}&code={}", recovery[1])).await;
    assert!(done.cookie("loam_session").is_some(), "{}", done.text());
    let again = form(&browser, "/sign-in/code", &format!("csrf={cookie}&code={}", recovery[2])).await;
    assert_eq!(again.header("location"), Some("/sign-in"), "a ticket is used once");

    // Who lost their phone is helped by the security administrator, and by nobody else.
    let guard = site.signed_in("guard", &["guard"]).await;
    let id = ann.get("/api/v1/session").await.json()["account"]["id"].as_str().unwrap().to_owned();
    let path = format!("/api/v1/accounts/{id}/factors");
    ann.send(Method::DELETE, &path, &[], None).await.refuses(403, "denied");
    assert_eq!(guard.send(Method::DELETE, &path, &[], None).await.status, StatusCode::NO_CONTENT);
    ann.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    assert_eq!(sign_in(&nobody, "ann", PASSWORD).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn guessing_codes_locks_the_account() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    set_up(&site, &ann).await;
    let nobody = Client::of(&site.router);
    let body = || json!({"login": "ann", "password": PASSWORD, "code": "000000"});
    for _ in 0..5 {
        nobody.post("/api/v1/session", body()).await.refuses(401, "wrong-code");
    }
    nobody.post("/api/v1/session", body()).await.refuses(429, "too-many");
}

#[tokio::test]
async fn an_administrator_without_a_second_factor_does_nothing_but_set_one_up() {
    let site = Site::start().await;
    Policy::default().keep(site.engine.store()).await.unwrap();
    let node = Client::of(&fresh_router(&site.engine));
    site.account("root", &["admin"]).await;
    site.account("ann", &["keeper"]).await;
    let ann = with(&node, &sign_in(&node, "ann", PASSWORD).await);
    assert_eq!(ann.get("/api/v1/demo/goal").await.status, StatusCode::OK);
    let root = with(&node, &sign_in(&node, "root", PASSWORD).await);
    root.get("/api/v1/accounts").await.refuses(403, "factor-due");
    assert_eq!(root.get("/accounts").await.header("location"), Some("/security"));
    assert!(root.get("/security").await.text().contains("must have a second factor"));
    set_up(&site, &root).await;
    assert_eq!(root.get("/api/v1/accounts").await.status, StatusCode::OK);
    let refused = form(&root, "/security/code/remove", "").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "the rules ask for it");
    assert_eq!(form(&ann, "/security/code/remove", "").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn the_first_three_administrators_are_made_once() {
    let site = Site::start().await;
    let ticket = async || server::session::setup::ticket(&site.engine).await.unwrap();
    let (old, token) = (ticket().await.unwrap(), ticket().await.unwrap());
    let nobody = Client::of(&site.router);
    for wrong in ["", "guess", &old] {
        assert_eq!(nobody.get(&format!("/set-up?token={wrong}")).await.status, StatusCode::NOT_FOUND);
    }
    let page = nobody.get(&format!("/set-up?token={token}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let csrf = page.cookie("loam_form").unwrap();
    let browser = Client { cookie: Some(format!("loam_form={csrf}")), ..nobody.clone() };
    let send = async |third: &str| {
        let fields = format!(
            "csrf={csrf}&token={token}&system.login=root&system.password=first+of+three&security.login=guard\
             &security.password=second+of+three&audit.login={third}&audit.password=third+of+three"
        );
        form(&browser, "/set-up", &fields).await
    };
    let refused = send("Root").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "one person for two areas");
    assert!(site.engine.store().accounts().all().await.unwrap().is_empty(), "all or none");
    assert_eq!(form(&nobody, "/set-up", &format!("token={token}")).await.status, StatusCode::FORBIDDEN);
    assert_eq!(send("auditor").await.status, StatusCode::SEE_OTHER);
    let all = site.engine.store().accounts().all().await.unwrap();
    let roles: Vec<_> = all.iter().map(|account| (account.login.as_str(), account.roles.join(","))).collect();
    assert_eq!(roles, [("auditor", "auditor".into()), ("guard", "guard".into()), ("root", "admin".into())]);
    assert_eq!(send("again").await.status, StatusCode::NOT_FOUND, "the token is used up");
    assert_eq!(ticket().await, None, "and no other is made");
    let root = with(&nobody, &sign_in(&nobody, "root", "first of three").await);
    root.get("/api/v1/accounts").await.refuses(403, "password-due");
}

#[tokio::test]
async fn a_token_for_the_first_set_up_ends_after_a_day() {
    let site = Site::start().await;
    let token = server::session::setup::ticket(&site.engine).await.unwrap().unwrap();
    site.clock.pass(SignedDuration::from_hours(24));
    let gone = Client::of(&site.router).get(&format!("/set-up?token={token}")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_happens_at_the_door_is_on_the_ledger() {
    let site = Site::start().await;
    let root = site.signed_in("root", &["admin"]).await;
    let guard = site.signed_in("guard", &["guard"]).await;
    let made = root.post("/api/v1/accounts", json!({"login": "li", "name": "Li", "password": "a first one"})).await;
    let path = format!("/api/v1/accounts/{}", made.json()["id"].as_str().unwrap());
    let before = site.acts().await.len();
    let nobody = Client::of(&site.router);
    for _ in 0..5 {
        sign_in(&nobody, "li", "wrong").await.refuses(401, "wrong-password");
    }
    guard.post(&format!("{path}/unlock"), json!({})).await;
    let li = with(&nobody, &sign_in(&nobody, "li", "a first one").await);
    let own = json!({"current": "a first one", "password": "one of my own"});
    let li = with(&li, &put(&li, "/api/v1/session/password", own).await);
    li.get("/api/v1/accounts").await.refuses(403, "denied");
    root.patch(&path, json!({"roles": ["keeper"]})).await.refuses(403, "denied");
    guard.patch(&path, json!({"roles": ["guard", "auditor"]})).await.refuses(422, "invalid");
    assert_eq!(guard.patch(&path, json!({"roles": ["keeper"]})).await.status, StatusCode::OK);
    let token = with(&li, &li.post("/api/v1/tokens", json!({"name": "x", "days": 1})).await);
    for _ in 0..2 {
        assert_eq!(token.get("/api/v1/demo/goal").await.status, StatusCode::OK);
    }
    let id = li.get("/api/v1/tokens").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    li.send(Method::DELETE, &format!("/api/v1/tokens/{id}"), &[], None).await;
    let begun = nobody.post("/api/v1/session", json!({"login": "li", "password": "one of my own"})).await;
    let cookie = format!("loam_session={}", begun.cookie("loam_session").unwrap());
    let browser = Client { cookie: Some(cookie), ..nobody.clone() };
    let forged = browser.send(Method::POST, "/api/v1/demo/goal", &[("sec-fetch-site", "cross-site")], None).await;
    forged.refuses(403, "forgery");
    li.send(Method::DELETE, "/api/v1/session/list", &[], None).await;
    li.send(Method::DELETE, "/api/v1/session", &[], None).await;
    assert_eq!(root.patch(&path, json!({"active": false})).await.status, StatusCode::OK);
    let wrong = "session.begin refused";
    let told = site.acts().await.split_off(before);
    let told: Vec<&str> = told.iter().map(String::as_str).filter(|act| !act.starts_with("ledger.")).collect();
    assert_eq!(
        told,
        [
            wrong,
            wrong,
            wrong,
            wrong,
            wrong,
            "account.lock done",
            "account.unlock done",
            "session.begin done",
            "account.password done",
            "administration.denied refused",
            "administration.denied refused",
            "account.roles refused",
            "account.roles done",
            "token.make done",
            "token.first-use done",
            "token.revoke done",
            "session.begin done",
            "request.forged refused",
            "session.end-others done",
            "session.end done",
            "account.disable done",
        ]
    );
}

#[tokio::test]
async fn what_is_not_done_is_not_on_the_ledger() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let guard = site.signed_in("guard", &["guard"]).await;
    let page = ann.get("/security/code").await.text().to_owned();
    let secret: String =
        page.split("type this key: <code>").nth(1).unwrap().split('<').next().unwrap().replace(' ', "");
    for table in ["loam_session", "loam_token", "loam_code"] {
        site.refuse_rows(table).await;
    }
    let before = site.acts().await;
    let nobody = Client::of(&site.router);
    sign_in(&nobody, "ann", PASSWORD).await.refuses(500, "internal");
    ann.post("/api/v1/session/prove", json!({"password": PASSWORD})).await.refuses(500, "internal");
    ann.post("/api/v1/tokens", json!({"name": "x", "days": 1})).await.refuses(500, "internal");
    let set = form(&ann, "/security/code", &format!("code={}", code(&secret, site.engine.now().as_second()))).await;
    assert_eq!(set.status, StatusCode::INTERNAL_SERVER_ERROR);
    // There is nothing to lift, to revoke, to end.
    let own = ann.get("/api/v1/session").await.json()["account"]["id"].as_str().unwrap().to_owned();
    guard.post(&format!("/api/v1/accounts/{own}/unlock"), json!({})).await;
    ann.send(Method::DELETE, &format!("/api/v1/tokens/{own}"), &[], None).await.refuses(404, "not-found");
    ann.send(Method::DELETE, &format!("/api/v1/session/list/{own}"), &[], None).await.refuses(404, "not-found");
    assert_eq!(site.acts().await, before);
    // The session that was to be replaced is still there: both or neither.
    assert_eq!(ann.get("/api/v1/session").await.status, StatusCode::OK);
}
