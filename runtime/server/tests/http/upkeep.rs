//! From where administrators may come, how often somebody is signed in at once, and when they last were.

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::{AppState, Options, router};

use super::support::{Client, PASSWORD, Site};

/// The same somebody behind a proxy, which says where they come from.
fn behind(site: &Site, client: &Client) -> Client {
    let options = Options { behind_proxy: true, secure_cookies: true, ..Options::default() };
    Client { router: router(AppState::new(site.engine.clone(), options)), ..client.clone() }
}

#[tokio::test]
async fn administrators_come_from_the_networks_in_the_rules() {
    let site = Site::start().await;
    let guard = site.signed_in("guard", &["guard"]).await;
    let root = site.signed_in("root", &["admin"]).await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let guard = behind(&site, &guard);
    let (root, ann) = (Client { router: guard.router.clone(), ..root }, Client { router: guard.router.clone(), ..ann });
    let from = async |client: &Client, address: &str, method: Method, path: &str, body: Option<Value>| {
        client.send(method, path, &[("x-forwarded-for", address)], body).await
    };
    let put = async |networks: Value| {
        let body = Some(json!({"admin_networks": networks, "second_factor": "optional"}));
        from(&guard, "10.1.2.3", Method::PUT, "/api/v1/policy", body).await
    };
    assert_eq!(put(json!(["10.1/16"])).await.faults(), ["admin_networks:network"]);
    let own = put(json!(["192.168.0.0/16", "10.1.2.4"])).await;
    assert_eq!(own.faults(), ["admin_networks:own-address"], "nobody locks themselves out");
    assert_eq!(put(json!(["192.168.0.0/16", "10.1.0.0/16"])).await.status, StatusCode::OK);
    for (client, path) in [(&guard, "/api/v1/policy"), (&root, "/api/v1/accounts")] {
        assert_eq!(from(client, "10.1.9.9", Method::GET, path, None).await.status, StatusCode::OK, "{path}");
        from(client, "10.2.0.1", Method::GET, path, None).await.refuses(403, "wrong-place");
        // What a caller says before the proxy's own word counts for nothing.
        from(client, "10.1.9.9, 10.2.0.1", Method::GET, path, None).await.refuses(403, "wrong-place");
    }
    for path in ["/rules", "/accounts", "/"] {
        let page = from(&guard, "10.2.0.1", Method::GET, path, None).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{path}");
        assert!(page.text().contains("network address"), "{}", page.text());
    }
    assert_eq!(from(&ann, "10.2.0.1", Method::GET, "/api/v1/demo/goal", None).await.status, StatusCode::OK);
    // Where somebody was when they wrote is on the ledger, by the proxy's word.
    let made = from(&ann, "10.9.9.9, 10.2.0.1", Method::POST, "/api/v1/demo/goal", Some(json!({"title": "a"}))).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let auditor = Client { router: guard.router.clone(), ..site.signed_in("auditor", &["auditor"]).await };
    let entries = from(&auditor, "10.1.9.9", Method::GET, "/api/v1/audit?action=create", None).await.json();
    assert_eq!(entries["items"][0]["who"]["address"], "10.2.0.1", "{entries}");
    let facts = site.read("SELECT coalesce(facts, '') FROM loam_entry WHERE outcome = 'refused' ORDER BY id").await;
    assert_eq!(facts.iter().filter(|facts| facts.contains("wrong-place")).count(), 7, "{facts:?}");
    // On the page as well, with the reader's own address beside it.
    let page = from(&guard, "10.1.2.3", Method::GET, "/rules", None).await;
    let text = page.text().replace("&#x2f;", "/");
    assert!(text.contains("192.168.0.0/16 10.1.0.0/16") && text.contains("You come from 10.1.2.3"), "{text}");
}

#[tokio::test]
async fn a_session_too_many_ends_the_one_used_longest_ago() {
    let site = Site::start().await;
    let guard = site.signed_in("guard", &["guard"]).await;
    site.account("ann", &["keeper"]).await;
    let body = json!({"most_sessions": 2, "second_factor": "optional"});
    assert_eq!(guard.send(Method::PUT, "/api/v1/policy", &[], Some(body)).await.status, StatusCode::OK);
    let mut held: Vec<Client> = Vec::new();
    for _ in 0..3 {
        held.push(site.begun("ann").await);
        site.clock.pass(SignedDuration::from_secs(60));
    }
    let path = "/api/v1/session";
    held[0].get(path).await.refuses(401, "sign-in-needed");
    assert_eq!((held[1].get(path).await.status, held[2].get(path).await.status), (StatusCode::OK, StatusCode::OK));
    let acts = site.acts().await;
    assert_eq!(acts.iter().filter(|act| *act == "session.limit done").count(), 1, "{acts:?}");
    // A proof anew puts a session in the place of its own, and ends no other.
    let proved = held[2].post("/api/v1/session/prove", json!({"password": PASSWORD})).await;
    assert_eq!(proved.status, StatusCode::OK, "{}", proved.text());
    assert_eq!(held[1].get(path).await.status, StatusCode::OK);
}

#[tokio::test]
async fn administrators_see_who_signed_in_when() {
    let site = Site::start().await;
    let root = site.signed_in("root", &["admin"]).await;
    site.account("ann", &["keeper"]).await;
    site.clock.pass(SignedDuration::from_hours(1));
    site.signed_in("bob", &["keeper"]).await;
    let all = root.get("/api/v1/accounts").await.json();
    let seen = |login: &str| {
        all["items"].as_array().unwrap().iter().find(|item| item["login"] == login).unwrap()["signed_in_at"].clone()
    };
    assert_eq!((seen("ann"), seen("bob")), (Value::Null, json!(site.engine.now().to_string())));
    assert_ne!(seen("root"), seen("bob"));
    let page = root.get("/accounts").await;
    assert!(page.text().contains("Last signed in") && page.text().contains("Never"), "{}", page.text());
}

#[tokio::test]
async fn where_others_reach_it_nobody_signs_in_over_plain_http() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let at = |behind_proxy: bool| {
        let options = Options { behind_proxy, secure_cookies: true, ..Options::default() };
        Client { router: router(AppState::new(site.engine.clone(), options)), ..ann.clone() }
    };
    let credentials = || Some(json!({"login": "ann", "password": PASSWORD, "token": true}));
    let (bare, proxied) = (at(false), at(true));
    let to = "/api/v1/session";
    bare.send(Method::POST, to, &[], credentials()).await.refuses(403, "plain-http");
    // What a caller says of itself without a proxy counts for nothing, and a token opens nothing either.
    let says = [("x-forwarded-proto", "https")];
    bare.send(Method::POST, to, &says, credentials()).await.refuses(403, "plain-http");
    bare.get("/api/v1/demo/goal").await.refuses(403, "plain-http");
    let page = bare.get("/sign-in?lang=en").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.text().contains("over HTTPS only") && !page.text().contains("name=\"password\""), "{}", page.text());
    assert_eq!(bare.get("/healthz").await.status, StatusCode::OK);

    assert_eq!(proxied.send(Method::POST, to, &[], credentials()).await.status, StatusCode::CREATED);
    assert_eq!(proxied.send(Method::POST, to, &says, credentials()).await.status, StatusCode::CREATED);
    for plain in ["http", "https, HTTP"] {
        let refused = proxied.send(Method::POST, to, &[("x-forwarded-proto", plain)], credentials()).await;
        refused.refuses(403, "plain-http");
    }
}
