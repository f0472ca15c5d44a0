//! Signing in, staying in, and requests that somebody was tricked into.

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::json;

use super::support::{Client, PASSWORD, Site, browser_of, fresh_router};

#[tokio::test]
async fn a_cookie_signs_in_and_signing_out_ends_it() {
    let site = Site::start().await;
    site.account("ann", &["keeper"]).await;
    let nobody = Client::of(&site.router);
    nobody.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    let begun = nobody.post("/api/v1/session", json!({"login": "ann", "password": PASSWORD})).await;
    let cookie = begun.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!begun.text().contains("argon2"));
    let ann = browser_of(&site, "ann").await;
    assert_eq!(ann.get("/api/v1/session").await.json()["account"]["login"], "ann");
    let out = ann.send(Method::DELETE, "/api/v1/session", &[], None).await;
    assert_eq!(out.status, StatusCode::NO_CONTENT);
    assert_eq!(out.cookie("loam_session").as_deref(), Some(""));
    ann.get("/api/v1/session").await.refuses(401, "sign-in-needed");
}

#[tokio::test]
async fn wrong_passwords_are_told_alike_and_slowed_down() {
    let site = Site::start().await;
    site.account("ann", &["keeper"]).await;
    let client = Client::of(&site.router);
    let wrong = client.post("/api/v1/session", json!({"login": "ann", "password": "wrong"})).await;
    let unknown = client.post("/api/v1/session", json!({"login": "eve", "password": "wrong"})).await;
    assert_eq!(wrong.refuses(401, "wrong-password"), unknown.refuses(401, "wrong-password"));
    for _ in 0..4 {
        client
            .post("/api/v1/session", json!({"login": "ann", "password": "wrong"}))
            .await
            .refuses(401, "wrong-password");
    }
    let slowed = client.post("/api/v1/session", json!({"login": "ann", "password": PASSWORD})).await;
    slowed.refuses(429, "too-many");
    assert!(slowed.header("retry-after").is_some());
    client.post("/api/v1/session", json!({"login": "ann"})).await.refuses(400, "bad-request");
}

#[tokio::test]
async fn unsafe_requests_under_a_cookie_need_the_token_and_our_own_origin() {
    let site = Site::start().await;
    site.account("ann", &["keeper"]).await;
    let ann = browser_of(&site, "ann").await;
    let path = "/api/v1/demo/goal";
    let body = || Some(json!({"title": "a"}));
    let bare = Client { csrf: None, ..ann.clone() };
    bare.send(Method::POST, path, &[], body()).await.refuses(403, "forgery");
    let guessed = Client { csrf: Some("x".repeat(43)), ..ann.clone() };
    guessed.send(Method::POST, path, &[], body()).await.refuses(403, "forgery");
    ann.send(Method::POST, path, &[("sec-fetch-site", "cross-site")], body()).await.refuses(403, "forgery");
    ann.send(Method::POST, path, &[("origin", "http://evil"), ("host", "us")], body()).await.refuses(403, "forgery");
    assert_eq!(
        ann.get(&format!("{path}?filter=title == \"a\"").replace(' ', "%20").replace('"', "%22")).await.json()["items"],
        json!([])
    );
    let fine = ann.send(Method::POST, path, &[("origin", "http://us"), ("host", "us")], body()).await;
    assert_eq!(fine.status, StatusCode::CREATED, "{}", fine.text());
}

#[tokio::test]
async fn a_session_ends_twelve_hours_after_its_last_use() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let again = |client: &Client| Client { router: fresh_router(&site.engine), ..client.clone() };
    for _ in 0..3 {
        site.clock.pass(SignedDuration::from_hours(11));
        assert_eq!(again(&ann).get("/api/v1/session").await.status, StatusCode::OK);
    }
    site.clock.pass(SignedDuration::from_hours(13));
    again(&ann).get("/api/v1/session").await.refuses(401, "sign-in-needed");
}

#[tokio::test]
async fn signing_in_again_makes_a_new_session_and_ends_the_old() {
    let site = Site::start().await;
    site.account("ann", &["keeper"]).await;
    let first = browser_of(&site, "ann").await;
    let second = first.post("/api/v1/session", json!({"login": "ann", "password": PASSWORD})).await;
    let token = second.cookie("loam_session").unwrap();
    assert_ne!(first.cookie, Some(format!("loam_session={token}")));
    first.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    let second = Client { cookie: Some(format!("loam_session={token}")), ..first };
    assert_eq!(second.get("/api/v1/session").await.status, StatusCode::OK);
}

#[tokio::test]
async fn people_are_led_to_the_sign_in_page_and_back() {
    let site = Site::start().await;
    let nobody = Client::of(&site.router);
    let answer = nobody.get("/search?q=x").await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.header("location"), Some("/sign-in?next=/search%3Fq%3Dx"));
}

/// What another program than any of those below says of itself.
const OTHER: (&str, &str) = ("user-agent", "curl/8.5.0");

#[tokio::test]
async fn a_session_taken_to_another_browser_opens_nothing_there_and_ends() {
    let site = Site::start().await;
    site.account("ann", &["keeper"]).await;
    let agent = |version: &str| format!("Mozilla/5.0 (Windows NT 10.0; rv:{version}) Gecko/20100101 Firefox/{version}");
    let (old, new) = (agent("99.0"), agent("141.0.2"));
    let nobody = Client::of(&site.router);
    let credentials = json!({"login": "ann", "password": PASSWORD});
    let begun = nobody.send(Method::POST, "/api/v1/session", &[("user-agent", old.as_str())], Some(credentials)).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text());
    let cookie = format!("loam_session={}", begun.cookie("loam_session").unwrap());
    let ann = Client { cookie: Some(cookie), ..nobody };
    let look = async |client: &Client, agent: &str| {
        client.send(Method::GET, "/api/v1/session", &[("user-agent", agent)], None).await
    };
    // An update is no other browser, on any node.
    let elsewhere = Client { router: fresh_router(&site.engine), ..ann.clone() };
    for (client, agent) in [(&ann, &old), (&ann, &new), (&elsewhere, &new)] {
        assert_eq!(look(client, agent).await.status, StatusCode::OK, "{agent}");
    }
    let before = site.acts().await.len();
    let page = ann.send(Method::GET, "/security", &[OTHER], None).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text());
    look(&ann, OTHER.1).await.refuses(401, "sign-in-needed");
    look(&ann, &new).await.refuses(401, "sign-in-needed");
    assert_eq!(site.acts().await.split_off(before), ["session.use refused"]);
    let told = site.read("SELECT facts FROM loam_entry WHERE action = 'session.use'").await;
    assert!(told.len() == 1 && told[0].contains("another-browser"), "{told:?}");
    let later = Client { router: fresh_router(&site.engine), ..ann.clone() };
    look(&later, &new).await.refuses(401, "sign-in-needed");
}

#[tokio::test]
async fn a_phone_that_asks_for_pages_for_computers_stays_signed_in() {
    let site = Site::start().await;
    site.account("ann", &["keeper"]).await;
    let agent = |system: &str, form: &str| {
        format!("Mozilla/5.0 ({system}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 {form}Safari/537.36")
    };
    let (phone, computer) = (agent("Linux; Android 10; K", "Mobile "), agent("X11; Linux x86_64", ""));
    let nobody = Client::of(&site.router);
    let credentials = json!({"login": "ann", "password": PASSWORD});
    let from = [("user-agent", phone.as_str())];
    let begun = nobody.send(Method::POST, "/api/v1/session", &from, Some(credentials)).await;
    assert_eq!(begun.status, StatusCode::CREATED, "{}", begun.text());
    let cookie = format!("loam_session={}", begun.cookie("loam_session").unwrap());
    let ann = Client { cookie: Some(cookie), ..nobody };
    let look = async |agent: &str| ann.send(Method::GET, "/api/v1/session", &[("user-agent", agent)], None).await;
    for agent in [&phone, &computer, &phone] {
        assert_eq!(look(agent).await.status, StatusCode::OK, "{agent}");
    }
    // The same names on a system that no phone names are another browser's.
    look(&agent("Windows NT 10.0; Win64; x64", "")).await.refuses(401, "sign-in-needed");
    look(&phone).await.refuses(401, "sign-in-needed");
}

#[tokio::test]
async fn what_says_nothing_and_what_comes_as_a_program_is_bound_too_and_a_programs_token_is_not() {
    let site = Site::start().await;
    for login in ["bob", "eve"] {
        site.account(login, &["keeper"]).await;
    }
    let goal = || Some(json!({"title": "a"}));
    // A browser that says nothing, and its form sent by one that does.
    let bob = browser_of(&site, "bob").await;
    bob.send(Method::POST, "/api/v1/demo/goal", &[OTHER], goal()).await.refuses(401, "sign-in-needed");
    bob.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    // A session that a program began.
    let cid = site.signed_in("cid", &["keeper"]).await;
    cid.send(Method::GET, "/api/v1/session", &[OTHER], None).await.refuses(401, "sign-in-needed");
    cid.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    // A token made for a program is used from wherever that runs.
    let dan = site.signed_in("dan", &["keeper"]).await;
    let made = dan.post("/api/v1/tokens", json!({"name": "program", "days": 1})).await;
    let program = Client { bearer: made.json()["token"].as_str().map(str::to_owned), ..Client::of(&site.router) };
    for headers in [Vec::new(), vec![OTHER]] {
        let answer = program.send(Method::GET, "/api/v1/demo/goal", &headers, None).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    }
    // Of a session from before it was kept, nothing is known.
    let eve = browser_of(&site, "eve").await;
    site.say("UPDATE loam_session SET browser = NULL").await;
    let eve = Client { router: fresh_router(&site.engine), ..eve };
    assert_eq!(eve.send(Method::GET, "/api/v1/session", &[OTHER], None).await.status, StatusCode::OK);
}
