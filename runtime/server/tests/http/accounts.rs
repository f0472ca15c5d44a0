//! Accounts and the outbox, for the three administrators: each has a part of the rights and none of the others'.

use axum::http::StatusCode;
use serde_json::json;

use super::support::{Client, FILES, PASSWORD, Site};

/// Somebody's first sign-in, at which they choose a password of their own.
async fn first(client: &Client, given: &str, own: &str) -> Client {
    client.get("/api/v1/demo/goal").await.refuses(403, "password-due");
    let path = "/api/v1/session/password";
    let body = json!({"current": given, "password": own});
    let changed = client.send(axum::http::Method::PUT, path, &[], Some(body)).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    Client { bearer: changed.json()["token"].as_str().map(str::to_owned), ..client.clone() }
}

#[tokio::test]
async fn an_administrator_makes_changes_and_ends_accounts() {
    let site = Site::start().await;
    let root = site.signed_in("root", &["admin"]).await;
    let guard = site.signed_in("guard", &["guard"]).await;
    let made =
        root.post("/api/v1/accounts", json!({"login": "li", "name": "李娜", "password": "a long password"})).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    assert!(!made.text().contains("argon2"));
    let path = format!("/api/v1/accounts/{}", made.json()["id"].as_str().unwrap());
    let sign_in = async |password: &str| {
        let client = Client::of(&site.router);
        let begun = client.post("/api/v1/session", json!({"login": "li", "password": password, "token": true})).await;
        let bearer = (begun.status == StatusCode::CREATED).then(|| begun.json()["token"].as_str().unwrap().to_owned());
        Client { bearer, ..client }
    };
    let li = first(&sign_in("a long password").await, "a long password", "my own password 1").await;
    li.post("/api/v1/demo/goal", json!({"title": "a"})).await.refuses(403, "denied");
    assert_eq!(guard.patch(&path, json!({"roles": ["keeper"]})).await.status, StatusCode::OK);
    assert_eq!(li.post("/api/v1/demo/goal", json!({"title": "a"})).await.status, StatusCode::CREATED);
    assert_eq!(guard.patch(&path, json!({"password": "another password"})).await.status, StatusCode::OK);
    li.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    let li = first(&sign_in("another password").await, "another password", "my own password 2").await;
    assert_eq!(li.get("/api/v1/session").await.status, StatusCode::OK);
    assert_eq!(root.patch(&path, json!({"active": false})).await.json()["active"], false);
    li.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    assert!(sign_in("my own password 2").await.bearer.is_none());
    assert_eq!(root.get("/api/v1/accounts").await.json()["items"].as_array().map(Vec::len), Some(3));
}

#[tokio::test]
async fn what_is_wrong_with_an_account_is_said() {
    let site = Site::start().await;
    let root = site.signed_in("root", &["admin"]).await;
    let path = "/api/v1/accounts";
    let bad = root.post(path, json!({"login": " ", "name": "x", "password": "short"})).await;
    bad.refuses(422, "invalid");
    assert_eq!(bad.faults(), ["login:required", "password:too-short"]);
    let taken = root.post(path, json!({"login": "root", "name": "x", "password": PASSWORD})).await;
    taken.refuses(422, "invalid");
    assert_eq!(taken.faults(), ["login:unique"]);
    let own = root.get("/api/v1/session").await.json()["account"]["id"].as_str().unwrap().to_owned();
    let locked_out = root.patch(&format!("{path}/{own}"), json!({"active": false})).await;
    assert_eq!(locked_out.faults(), ["active:own"]);
    assert_eq!(root.get("/api/v1/outbox").await.json(), json!({"items": []}));
}

/// Each act an administrator may try, and the area it belongs to.
async fn tries(client: &Client, other: &str) -> Vec<(&'static str, u16)> {
    let path = format!("/api/v1/accounts/{other}");
    let new = json!({"login": format!("new-{}", client.bearer.as_deref().unwrap_or_default()), "name": "New"});
    vec![
        ("make", client.post("/api/v1/accounts", new).await.status.as_u16()),
        ("disable", client.patch(&path, json!({"active": false})).await.status.as_u16()),
        ("rename", client.patch(&path, json!({"name": "Other"})).await.status.as_u16()),
        ("roles", client.patch(&path, json!({"roles": ["reader"]})).await.status.as_u16()),
        ("password", client.patch(&path, json!({"password": "quite a new one"})).await.status.as_u16()),
        ("accounts", client.get("/api/v1/accounts").await.status.as_u16()),
        ("outbox", client.get("/api/v1/outbox").await.status.as_u16()),
        ("records", client.get("/api/v1/demo/goal").await.status.as_u16()),
    ]
}

#[tokio::test]
async fn no_administrator_has_the_rights_of_another() {
    let site = Site::start().await;
    let other = site.account("other", &[]).await.id.to_string();
    let allowed = async |login: &str, role: &str| {
        let client = site.signed_in(login, &[role]).await;
        let mut allowed: Vec<&str> = Vec::new();
        for (act, status) in tries(&client, &other).await {
            assert!(status < 300 || status == 403, "{role} {act}: {status}");
            allowed.extend((status < 300).then_some(act));
        }
        allowed
    };
    assert_eq!(allowed("root", "admin").await, ["make", "disable", "rename", "accounts", "outbox"]);
    assert_eq!(allowed("guard", "guard").await, ["roles", "password", "accounts"]);
    assert_eq!(allowed("auditor", "auditor").await, Vec::<&str>::new());
}

#[tokio::test]
async fn administrators_see_no_record() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let goal = ann.made("goal", json!({"title": "Hidden"})).await;
    for role in ["admin", "guard", "auditor"] {
        let client = site.signed_in(role, &[role]).await;
        for path in ["", "/aggregate?measures=count", &format!("/{goal}"), &format!("/{goal}/history")] {
            client.get(&format!("/api/v1/demo/goal{path}")).await.refuses(403, "denied");
        }
        client.post("/api/v1/demo/goal", json!({"title": "x"})).await.refuses(403, "denied");
        client.patch(&format!("/api/v1/demo/goal/{goal}"), json!({"title": "x"})).await.refuses(403, "denied");
        let found = client.get("/api/v1/search?q=Hidden").await;
        assert_eq!(found.json()["items"], json!([]), "{role}");
        assert!(!client.get(&format!("/r/goal/{goal}")).await.text().contains("Hidden"), "{role}");
    }
}

#[tokio::test]
async fn nobody_holds_two_areas_or_changes_their_own_and_the_last_of_each_stays() {
    let site = Site::start().await;
    let root = site.signed_in("root", &["admin"]).await;
    let guard = site.signed_in("guard", &["guard"]).await;
    let path = |account: store::Account| format!("/api/v1/accounts/{}", account.id);
    let auditor = path(site.account("auditor", &["auditor"]).await);
    let second = path(site.account("second", &["guard"]).await);
    let third = path(site.account("third", &["guard"]).await);
    let faults = async |client: &Client, path: &str, change: serde_json::Value| {
        let answer = client.patch(path, change).await;
        answer.refuses(422, "invalid");
        answer.faults()
    };
    assert_eq!(faults(&guard, &auditor, json!({"roles": ["auditor", "guard"]})).await, ["roles:two-areas"]);
    assert_eq!(faults(&guard, &auditor, json!({"roles": ["reader"]})).await, ["account:last"]);
    assert_eq!(faults(&root, &auditor, json!({"active": false})).await, ["account:last"]);
    let mine = async |client: &Client| {
        let id = client.get("/api/v1/session").await.json()["account"]["id"].as_str().unwrap().to_owned();
        format!("/api/v1/accounts/{id}")
    };
    assert_eq!(faults(&guard, &mine(&guard).await, json!({"roles": []})).await, ["roles:own"]);
    assert_eq!(faults(&root, &mine(&root).await, json!({"active": false})).await, ["active:own"]);

    // Of three, two may go at the same time; of the two that remain, one. Whoever comes second is refused.
    assert_eq!(root.patch(&third, json!({"active": false})).await.status, StatusCode::OK);
    let one = mine(&guard).await;
    let (a, b) =
        tokio::join!(root.patch(&one, json!({"active": false})), root.patch(&second, json!({"active": false})),);
    let mut ends = [a.status.as_u16(), b.status.as_u16()];
    ends.sort_unstable();
    assert_eq!(ends, [200, 422]);
}

#[tokio::test]
async fn the_accounts_page_offers_each_administrator_their_part() {
    let site = Site::start().await;
    let root = site.signed_in("root", &["admin"]).await;
    let guard = site.signed_in("guard", &["guard"]).await;
    let auditor = site.signed_in("auditor", &["auditor"]).await;
    let li = site.account("li", &[]).await;
    let seen = async |client: &Client| client.get("/accounts").await.text().replace("&#x2f;", "/");
    let (of_root, of_guard) = (seen(&root).await, seen(&guard).await);
    let act = |act: &str| format!("/accounts/{}/{act}", li.id);
    assert!(
        of_root.contains(&act("active")) && !of_root.contains(&act("roles")) && !of_root.contains(&act("password"))
    );
    assert!(
        !of_guard.contains(&act("active")) && of_guard.contains(&act("roles")) && of_guard.contains(&act("password"))
    );
    assert_eq!(auditor.get("/accounts").await.status, StatusCode::FORBIDDEN);
    let form = async |client: &Client, path: &str, body: &str| {
        let kind = Some("application/x-www-form-urlencoded");
        client.raw(axum::http::Method::POST, path, &[], kind, body.as_bytes().to_vec()).await
    };
    assert_eq!(form(&root, &act("roles"), "roles=keeper").await.status, StatusCode::FORBIDDEN);
    assert_eq!(form(&guard, &act("active"), "active=0").await.status, StatusCode::FORBIDDEN);
    assert_eq!(form(&guard, &act("roles"), "roles=keeper").await.status, StatusCode::SEE_OTHER);
    let refused = form(&guard, &act("roles"), "roles=auditor&roles=guard").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("give the roles to two people"));
    assert_eq!(form(&root, &act("active"), "active=0").await.status, StatusCode::SEE_OTHER);
    let found = site.engine.store().accounts().by_id(li.id).await.unwrap().unwrap();
    assert_eq!((found.active, found.roles), (false, vec!["keeper".to_owned()]));
}

#[tokio::test]
async fn a_person_has_one_account_even_of_two_made_at_once() {
    let site = Site::start().await;
    let root = site.signed_in("root", &["admin"]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let person = keeper.made("person", json!({"code": "E1", "name": "王伟"})).await;
    let path = "/api/v1/accounts";
    let new =
        |login: &str| json!({"login": login, "name": login, "password": "a long password", "person": person.as_str()});
    let (one, other) = tokio::join!(root.post(path, new("wang1")), root.post(path, new("wang2")));
    let (made, refused) = if one.status == StatusCode::CREATED { (one, other) } else { (other, one) };
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    refused.refuses(422, "invalid");
    assert_eq!(refused.faults(), ["person:unique"]);
    let made = made.json();
    assert!(refused.text().contains(made["login"].as_str().unwrap()), "{}", refused.text());

    // Disabled it is still theirs; an account of nobody is in nobody's way.
    let own = format!("{path}/{}", made["id"].as_str().unwrap());
    assert_eq!(root.patch(&own, json!({"active": false})).await.status, StatusCode::OK);
    assert_eq!(root.post(path, new("wang3")).await.faults(), ["person:unique"]);
    for login in ["program1", "program2"] {
        assert_eq!(root.post(path, json!({"login": login, "name": login})).await.status, StatusCode::CREATED);
    }
    // The ledger says whose account was made, and who tried to make another.
    let facts = site.read("SELECT facts FROM loam_entry WHERE action = 'account.make' ORDER BY id").await;
    let facts: Vec<serde_json::Value> = facts.iter().map(|facts| serde_json::from_str(facts).unwrap()).collect();
    let of = facts.iter().filter(|facts| facts["person"] == person.as_str());
    let mut reasons: Vec<_> = of.map(|facts| facts["reason"].as_str().unwrap_or("made")).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["made", "person-taken", "person-taken"]);
}

#[tokio::test]
async fn nobody_opens_an_account_with_roles_that_are_not_theirs_to_give() {
    let mut files: Vec<_> = FILES.map(|(path, text)| (path, text.to_owned())).to_vec();
    let role = "label: {zh-CN: 受限安全员, en: Helper}\nadministers: security\nassigns: [reader]\n";
    files.push(("roles/helper.yaml", role.to_owned()));
    let site = Site::of(&files).await;
    let helper = site.signed_in("helper", &["helper"]).await;
    let guard = site.signed_in("guard", &["guard"]).await;
    let theirs = format!("/api/v1/accounts/{}", site.account("rea", &["reader"]).await.id);
    let keeper = site.account("kim", &["reader", "keeper"]).await.id;
    let beyond = format!("/api/v1/accounts/{keeper}");
    let password = || json!({"password": "quite a new one"});
    let identity = || json!({"provider": "corp", "subject": "x"});
    let factors = async |client: &Client, account: &str| {
        client.send(axum::http::Method::DELETE, &format!("{account}/factors"), &[], None).await
    };

    assert_eq!(helper.patch(&beyond, password()).await.faults(), ["roles:not-theirs"]);
    assert_eq!(factors(&helper, &beyond).await.faults(), ["roles:not-theirs"]);
    assert_eq!(helper.post(&format!("{beyond}/identities"), identity()).await.faults(), ["roles:not-theirs"]);
    let kind = Some("application/x-www-form-urlencoded");
    for (act, body) in [("password", "password=quite+a+new+one"), ("factors", "")] {
        let path = format!("/accounts/{keeper}/{act}");
        let refused = helper.raw(axum::http::Method::POST, &path, &[], kind, body.as_bytes().to_vec()).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{act}");
        assert!(refused.text().contains("is not yours to give or take"), "{act}: {}", refused.text());
    }
    let refused = site.acts().await;
    for act in ["account.reset refused", "factor.reset refused", "identity.tie refused"] {
        assert!(refused.iter().any(|known| known == act), "{act}: {refused:?}");
    }

    // What is theirs they open, and whoever gives every role opens every account; the service is just not known here.
    for (client, account) in [(&helper, &theirs), (&guard, &beyond)] {
        assert_eq!(client.post(&format!("{account}/identities"), identity()).await.faults(), ["provider:unknown"]);
        assert_eq!(factors(client, account).await.status, StatusCode::NO_CONTENT);
        assert_eq!(client.patch(account, password()).await.status, StatusCode::OK);
    }
}
