//! Signing in by another service: somebody leaves, comes back with a code, and the service says in a signed token who that is.

mod fake;

use axum::http::{Method, StatusCode};
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::{
    AppState, Options, router,
    session::{elsewhere::provider::Secrets, policy::Policy},
};

use super::support::{Answer, Client, PASSWORD, Site, encoded, fresh_router};
use fake::{Bend, CLIENT, Fake, Key, Token, asked, text};

const HOST: &str = "hr.test:8080";
const CALLBACK: &str = "/sign-in/with/corp/callback";

/// A site with a service, and the security administrator who described it.
struct World {
    site: Site,
    fake: Fake,
    guard: Client,
}

fn described(fake: &Fake) -> Value {
    json!({"label": {"zh-CN": "集团统一身份", "en": "Head Office"}, "issuer": fake.issuer, "client_id": CLIENT, "active": true})
}

async fn put(client: &Client, path: &str, body: Value) -> Answer {
    client.send(Method::PUT, path, &[], Some(body)).await
}

async fn delete(client: &Client, path: &str) -> Answer {
    client.send(Method::DELETE, path, &[], None).await
}

async fn post(client: &Client, path: &str, fields: &str) -> Answer {
    let kind = Some("application/x-www-form-urlencoded");
    client.raw(Method::POST, path, &[("host", HOST)], kind, fields.as_bytes().to_vec()).await
}

async fn get(client: &Client, path: &str) -> Answer {
    client.send(Method::GET, path, &[("host", HOST), ("accept-language", "en")], None).await
}

impl World {
    async fn start() -> Self {
        let (site, fake) = (Site::start().await, Fake::start().await);
        let guard = site.signed_in("guard", &["guard"]).await;
        let world = Self { site, fake, guard };
        world.describe(described(&world.fake)).await;
        world
    }

    async fn describe(&self, provider: Value) {
        let put = put(&self.guard, "/api/v1/providers/corp", provider).await;
        assert_eq!(put.status, StatusCode::OK, "{}", put.text());
    }

    /// An account of that login, tied to who is called so.
    async fn tied(&self, login: &str, roles: &[&str], subject: &str) -> String {
        let id = self.site.account(login, roles).await.id.to_string();
        let tie = json!({"provider": "corp", "subject": subject});
        let tied = self.guard.post(&format!("/api/v1/accounts/{id}/identities"), tie).await;
        assert_eq!(tied.status, StatusCode::NO_CONTENT, "{}", tied.text());
        id
    }

    fn now(&self) -> i64 {
        self.site.engine.now().as_second()
    }

    /// Somebody leaves for the service: their browser, and the address they are sent to.
    async fn leaves(&self, next: &str) -> (Client, String) {
        let client = Client::of(&self.site.router);
        let left = get(&client, &format!("/sign-in/with/corp?next={}", encoded(next))).await;
        assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.text());
        let cookie = left.cookie("loam_form").unwrap();
        (Client { cookie: Some(format!("loam_form={cookie}")), ..client }, left.header("location").unwrap().to_owned())
    }

    /// They come back, as somebody with these claims.
    async fn comes_back(&self, client: &Client, address: &str, claims: Value) -> Answer {
        let (code, state) = self.fake.lets_go(address, &claims, self.now());
        get(client, &format!("{CALLBACK}?code={code}&state={state}")).await
    }

    async fn signs_in(&self, claims: Value) -> Answer {
        let (client, address) = self.leaves("/").await;
        self.comes_back(&client, &address, claims).await
    }

    /// The reasons of what was refused, oldest first.
    async fn reasons(&self) -> Vec<String> {
        self.site.reasons().await
    }
}

fn with_cookie(client: &Client, begun: &Answer) -> Client {
    let token = begun.cookie("loam_session").unwrap_or_else(|| panic!("{} {}", begun.status, begun.text()));
    Client { bearer: Some(token), cookie: None, csrf: None, ..client.clone() }
}

/// A page's text with its slashes as they are read.
fn plain(page: &Answer) -> String {
    page.text().replace("&#x2f;", "/")
}

#[track_caller]
fn refused(answer: &Answer, sentence: &str) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    assert_eq!(answer.cookie("loam_session"), None);
    assert!(answer.text().contains(sentence), "{sentence}: {}", answer.text());
}

const UNTRUSTED: &str = "The answer of Head Office could not be trusted";
const LOST: &str = "This sign-in has ended, or was begun in another browser";
const NOBODY: &str = "Who you are at Head Office is not tied to an account in use here";

#[tokio::test]
async fn somebody_signs_in_by_another_service() {
    let world = World::start().await;
    world.tied("ann", &["keeper"], "u1").await;
    let nobody = Client::of(&world.site.router);
    let page = nobody.send(Method::GET, "/sign-in?lang=zh-CN&next=/p/x", &[], None).await;
    assert!(page.text().contains("使用集团统一身份登录") && plain(&page).contains("/sign-in/with/corp?next=%2Fp%2Fx"));
    assert!(nobody.get("/sign-in?lang=en").await.text().contains("Sign in with Head Office"));

    let (client, address) = world.leaves("/p/goals?x=1").await;
    let sent = asked(&address);
    assert_eq!(sent["redirect_uri"], format!("http://{HOST}{CALLBACK}"));
    assert_eq!((sent["scope"].as_str(), sent.get("prompt")), ("openid", None));
    // Whatever session the browser had before is over then, and the new one has a token of its own.
    let before = nobody.post("/api/v1/session", json!({"login": "ann", "password": PASSWORD})).await;
    let old = before.cookie("loam_session").unwrap();
    let both = Client { cookie: Some(format!("{}; loam_session={old}", client.cookie.clone().unwrap())), ..client };
    let begun = world.comes_back(&both, &address, json!({})).await;
    assert_eq!((begun.status, begun.header("location")), (StatusCode::SEE_OTHER, Some("/p/goals?x=1")));
    assert_ne!(begun.cookie("loam_session").unwrap(), old);
    let gone = Client { cookie: Some(format!("loam_session={old}")), ..nobody.clone() };
    gone.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    let ann = with_cookie(&nobody, &begun);
    assert_eq!(ann.get("/api/v1/session").await.json()["account"]["login"], "ann");
    assert_eq!(ann.get("/api/v1/demo/goal").await.status, StatusCode::OK);

    // Signing out ends our session.
    assert_eq!(post(&ann, "/sign-out", "").await.header("location"), Some("/sign-in"));
    ann.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    let acts = world.site.acts().await;
    for act in ["provider.make done", "identity.tie done", "session.begin done", "session.end done"] {
        assert!(acts.iter().any(|known| known == act), "{act}: {acts:?}");
    }
}

#[tokio::test]
async fn every_algorithm_with_a_public_key_is_taken_and_keys_change() {
    let world = World::start().await;
    world.tied("ann", &["keeper"], "u1").await;
    for key in [Key::Rs256, Key::Ps256, Key::Es256, Key::EdDsa] {
        // The service has another key than last time, and nobody told us.
        (world.fake.play().keys, world.fake.play().signs) = (vec![key], key);
        assert!(world.signs_in(json!({})).await.cookie("loam_session").is_some());
        assert!(world.signs_in(json!({})).await.cookie("loam_session").is_some());
    }
    assert_eq!(world.fake.play().keys_asked, 4, "once for each key");
    // The key from before is not good any more.
    world.fake.play().signs = Key::Es256;
    refused(&world.signs_in(json!({})).await, UNTRUSTED);
    assert_eq!(world.reasons().await, ["token-key"]);
}

fn bend(how: impl Fn(&mut Token) + Send + 'static) -> Bend {
    Box::new(how)
}

fn claim(name: &'static str, value: Value) -> Bend {
    bend(move |token| token.claims[name] = value.clone())
}

#[tokio::test]
async fn a_token_that_is_wrong_in_one_place_is_refused_and_on_the_ledger() {
    let world = World::start().await;
    world.tied("ann", &["keeper"], "u1").await;
    let now = world.now();
    let cases: Vec<(&str, Bend)> = vec![
        ("token-signature", bend(|token| token.signature = Some(vec![1; 256]))),
        ("token-signature", bend(|token| token.signature = Some(Vec::new()))),
        // Signed by nobody, in any spelling; and with what everybody knows as the secret.
        ("token-algorithm", bend(|token| (token.head["alg"], token.signature) = ("none".into(), Some(Vec::new())))),
        ("token-algorithm", bend(|token| (token.head["alg"], token.signature) = ("NONE".into(), Some(Vec::new())))),
        ("token-algorithm", bend(|token| token.head = json!({}))),
        ("token-algorithm", bend(|token| token.head["alg"] = "HS256".into())),
        // A key of another kind, of another name, and one that came along.
        ("token-key", bend(|token| (token.head["alg"], token.key) = ("ES256".into(), Key::Es256))),
        ("token-key", bend(|token| token.head["kid"] = "other".into())),
        ("token-signature", bend(|token| (token.head["jwk"], token.key) = (json!({"kty": "EC"}), Key::Es256))),
        ("token-malformed", bend(|token| token.head["crit"] = json!(["exp"]))),
        ("token-issuer", claim("iss", "http://127.0.0.1:1/hr".into())),
        ("token-audience", claim("aud", "another".into())),
        ("token-audience", claim("aud", json!([CLIENT, "another"]))),
        ("token-audience", claim("azp", "another".into())),
        ("token-audience", claim("aud", Value::Null)),
        ("token-expired", claim("exp", (now - 300).into())),
        ("token-malformed", claim("exp", Value::Null)),
        ("token-malformed", claim("iat", "now".into())),
        ("token-time", claim("iat", (now + 600).into())),
        ("token-time", claim("iat", (now - 600).into())),
        ("token-time", claim("nbf", (now + 600).into())),
        ("token-nonce", claim("nonce", "another".into())),
        ("token-nonce", claim("nonce", Value::Null)),
        ("token-subject", claim("sub", "".into())),
        ("token-subject", claim("sub", 1.into())),
    ];
    let mut expected = Vec::new();
    for (reason, how) in cases {
        world.fake.play().bend = how;
        expected.push(reason);
        refused(&world.signs_in(json!({})).await, UNTRUSTED);
        assert_eq!(world.reasons().await, expected);
    }
    // As many for us as for another is fine once it says who asked; so is a clock that is a little off.
    for fine in [json!({"aud": [CLIENT, "another"], "azp": CLIENT}), json!({"iat": now + 60}), json!({"exp": now - 60})]
    {
        world.fake.play().bend = bend(|_| {});
        assert!(world.signs_in(fine).await.cookie("loam_session").is_some());
    }
}

#[tokio::test]
async fn a_service_that_does_not_answer_as_it_should_is_told_in_words() {
    let world = World::start().await;
    world.tied("ann", &["keeper"], "u1").await;
    let down = "Head Office cannot be reached now";
    let answers = [
        (400, "{\"error\":\"invalid_grant\"}", "code-refused", UNTRUSTED),
        (200, "<html>", "provider-answer", UNTRUSTED),
        (200, "{}", "provider-answer", UNTRUSTED),
        (302, "{}", "code-refused", UNTRUSTED),
        (503, "<html>", "provider-unreachable", down),
    ];
    let mut expected = Vec::new();
    for (status, text, reason, sentence) in answers {
        world.fake.play().answer = Some((status, text));
        refused(&world.signs_in(json!({})).await, sentence);
        expected.push(reason);
    }
    world.fake.play().answer = None;
    // It says no, or another service answers in its place.
    for (query, reason, sentence) in [
        ("error=access_denied", "provider-declined", "the sign-in was cancelled"),
        ("", "provider-declined", "the sign-in was cancelled"),
        ("code=x&iss=https://evil.example.com", "wrong-issuer", UNTRUSTED),
    ] {
        let (client, address) = world.leaves("/").await;
        let answer = get(&client, &format!("{CALLBACK}?state={}&{query}", asked(&address)["state"])).await;
        refused(&answer, sentence);
        expected.push(reason);
    }
    assert_eq!(world.reasons().await, expected);
    // Nobody is there at all.
    let gone = json!({"issuer": "http://127.0.0.1:9/", "active": true});
    let mut provider = described(&world.fake);
    provider["issuer"] = gone["issuer"].clone();
    let told = put(&world.guard, "/api/v1/providers/gone", provider.clone()).await;
    assert_eq!(told.faults(), ["issuer:provider-unreachable"]);
    provider["active"] = false.into();
    assert_eq!(put(&world.guard, "/api/v1/providers/gone", provider.clone()).await.status, StatusCode::OK);
    provider["active"] = true.into();
    world.site.engine.store().settings().set("provider:gone", &provider).await.unwrap();
    let node = Client::of(&fresh_router(&world.site.engine));
    refused(&get(&node, "/sign-in/with/gone").await, down);
    let chinese = node.send(Method::GET, "/sign-in/with/gone?lang=zh-CN", &[("host", HOST)], None).await;
    refused(&chinese, "暂时连接不上“集团统一身份”");
    assert_eq!(node.get("/sign-in/with/nothing").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_comes_back_who_did_not_leave() {
    let world = World::start().await;
    world.tied("ann", &["keeper"], "u1").await;
    let (client, address) = world.leaves("/").await;
    let (code, state) = world.fake.lets_go(&address, &json!({}), world.now());
    let path = format!("{CALLBACK}?code={code}&state={state}");
    // Another browser, with a cookie of its own or none: the state is used up all the same.
    let (other, _) = world.leaves("/").await;
    refused(&get(&other, &path).await, LOST);
    refused(&get(&client, &path).await, LOST);
    let (client, address) = world.leaves("/").await;
    let (code, state) = world.fake.lets_go(&address, &json!({}), world.now());
    let bare = Client { cookie: None, ..client.clone() };
    refused(&get(&bare, &format!("{CALLBACK}?code={code}&state={state}")).await, LOST);
    // A state that is nobody's, none, one of another service, and one that is too old.
    refused(&get(&client, &format!("{CALLBACK}?code=x&state=guess")).await, LOST);
    refused(&get(&client, CALLBACK).await, LOST);
    let mut second = described(&Fake::start().await);
    second["label"]["en"] = "Second".into();
    assert_eq!(put(&world.guard, "/api/v1/providers/second", second).await.status, StatusCode::OK);
    let (client, address) = world.leaves("/").await;
    let state = asked(&address)["state"].clone();
    refused(&get(&client, &format!("/sign-in/with/second/callback?code=x&state={state}")).await, LOST);
    let (client, address) = world.leaves("/").await;
    world.site.clock.pass(SignedDuration::from_mins(11));
    refused(&world.comes_back(&client, &address, json!({})).await, LOST);
    // Once is once.
    let (client, address) = world.leaves("/").await;
    let (code, state) = world.fake.lets_go(&address, &json!({}), world.now());
    let path = format!("{CALLBACK}?code={code}&state={state}");
    assert!(get(&client, &path).await.cookie("loam_session").is_some());
    refused(&get(&client, &path).await, LOST);
    // A code from elsewhere does not go with our verifier.
    let (_, stolen) = world.leaves("/").await;
    let (code, _) = world.fake.lets_go(&stolen, &json!({}), world.now());
    let (client, address) = world.leaves("/").await;
    refused(&get(&client, &format!("{CALLBACK}?code={code}&state={}", asked(&address)["state"])).await, UNTRUSTED);
    // It leads on to addresses of ours only.
    for evil in ["//evil.example.com", "https://evil.example.com", "/\\evil.example.com"] {
        let (client, address) = world.leaves(evil).await;
        assert_eq!(world.comes_back(&client, &address, json!({})).await.header("location"), Some("/"), "{evil}");
    }
    let lost = world.reasons().await.iter().filter(|reason| *reason == "wrong-state").count();
    assert_eq!(lost, 8);
}

#[tokio::test]
async fn who_is_nobody_here_does_not_come_in() {
    let world = World::start().await;
    let unknown = world.signs_in(json!({"sub": "stranger-7"})).await;
    refused(&unknown, NOBODY);
    assert!(unknown.text().contains("Your name there: stranger-7"), "what to tell who ties accounts");
    let ann = world.tied("ann", &["keeper"], "u1").await;
    let root = world.site.signed_in("root", &["admin"]).await;
    assert!(world.signs_in(json!({})).await.cookie("loam_session").is_some());
    assert_eq!(root.patch(&format!("/api/v1/accounts/{ann}"), json!({"active": false})).await.status, StatusCode::OK);
    refused(&world.signs_in(json!({})).await, NOBODY);
    assert_eq!(world.reasons().await, ["unknown-identity", "account-closed"]);

    // Whoever came by a service goes with it; what is tied to it is gone for good when it is removed.
    assert_eq!(root.patch(&format!("/api/v1/accounts/{ann}"), json!({"active": true})).await.status, StatusCode::OK);
    let here = Client::of(&world.site.router);
    let ann = with_cookie(&here, &world.signs_in(json!({})).await);
    let begun = here.post("/api/v1/session", json!({"login": "ann", "password": PASSWORD, "token": true})).await;
    let by_password = Client { bearer: begun.json()["token"].as_str().map(str::to_owned), ..here.clone() };
    let mut off = described(&world.fake);
    off["active"] = false.into();
    world.describe(off).await;
    ann.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    assert_eq!(by_password.get("/api/v1/session").await.status, StatusCode::OK);
    assert_eq!(get(&here, "/sign-in/with/corp").await.status, StatusCode::NOT_FOUND);
    assert!(!here.get("/sign-in").await.text().contains("/sign-in/with/"));
    // So does whoever came by one that was trusted, and is not any more.
    let mut trusted = described(&world.fake);
    trusted["trusted"] = true.into();
    world.describe(trusted).await;
    let ann = with_cookie(&here, &world.signs_in(json!({})).await);
    assert_eq!(ann.get("/api/v1/session").await.status, StatusCode::OK);
    world.describe(described(&world.fake)).await;
    ann.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    assert!(world.signs_in(json!({})).await.cookie("loam_session").is_some());
    assert_eq!(delete(&world.guard, "/api/v1/providers/corp").await.status, StatusCode::NO_CONTENT);
    delete(&world.guard, "/api/v1/providers/corp").await.refuses(404, "not-found");
    world.describe(described(&world.fake)).await;
    refused(&world.signs_in(json!({})).await, NOBODY);
}

#[tokio::test]
async fn a_claim_that_is_the_login_ties_once_and_nobody_who_administers() {
    let world = World::start().await;
    let mut provider = described(&world.fake);
    provider["claim"] = "email".into();
    world.describe(provider).await;
    world.site.account("ann@example.com", &["keeper"]).await;
    world.site.account("root@example.com", &["admin"]).await;
    let (_, address) = world.leaves("/").await;
    assert_eq!(asked(&address)["scope"], "openid email", "of what it offers");
    let email = |email: &str, subject: &str| json!({"sub": subject, "email": email, "email_verified": true});
    for (claims, reason) in [
        (json!({"email": "ann@example.com"}), "claim-unverified"),
        (json!({"email": "ann@example.com", "email_verified": "true"}), "claim-unverified"),
        (email("root@example.com", "u9"), "claim-administrator"),
        (email("nobody@example.com", "u9"), "unknown-identity"),
        (email("", "u9"), "unknown-identity"),
    ] {
        refused(&world.signs_in(claims).await, NOBODY);
        assert_eq!(world.reasons().await.last().map(String::as_str), Some(reason));
    }
    let begun = world.signs_in(email("Ann@Example.com", "u1")).await;
    let ann = with_cookie(&Client::of(&world.site.router), &begun);
    assert_eq!(ann.get("/api/v1/session").await.json()["account"]["login"], "ann@example.com");
    // From then on the service's own name for her counts: not another who comes to have the address.
    assert!(world.signs_in(json!({})).await.cookie("loam_session").is_some());
    refused(&world.signs_in(email("ann@example.com", "u2")).await, NOBODY);
    assert_eq!(world.reasons().await.last().map(String::as_str), Some("claim-taken"));

    // Where the token does not tell, the service is asked; what it tells of somebody else is not taken.
    world.site.account("eve@example.com", &["keeper"]).await;
    world.fake.play().person = email("eve@example.com", "other");
    refused(&world.signs_in(json!({"sub": "u3"})).await, NOBODY);
    world.fake.play().person = email("eve@example.com", "u3");
    assert!(world.signs_in(json!({"sub": "u3"})).await.cookie("loam_session").is_some());
    let tied = world.site.acts().await.iter().filter(|act| *act == "identity.tie done").count();
    assert_eq!(tied, 2);
}

#[tokio::test]
async fn our_second_factor_is_asked_for_unless_the_service_is_trusted() {
    let mut world = World::start().await;
    Policy::default().keep(world.site.engine.store()).await.unwrap();
    world.site.router = fresh_router(&world.site.engine);
    let ann = world.tied("ann", &["keeper"], "u1").await;
    let code = store::StoredCode { secret: "ABCD".into(), made: world.site.engine.now(), last_step: 0 };
    let ann: model::UserId = ann.parse().unwrap();
    let set = world.site.engine.store().tend::<(), store::StoreError, _>(move |tx| {
        let code = code.clone();
        Box::pin(async move { tx.set_code(ann, &code, &[]).await })
    });
    set.await.unwrap();
    let step = world.signs_in(json!({})).await;
    assert_eq!((step.header("location"), step.cookie("loam_session")), (Some("/sign-in/code?next=%2F"), None));
    assert!(step.cookie("loam_ticket").is_some());

    // Whoever administers must have one, by whichever door they come.
    world.tied("root", &["admin"], "u2").await;
    let here = Client::of(&world.site.router);
    let root = with_cookie(&here, &world.signs_in(json!({"sub": "u2"})).await);
    root.get("/api/v1/accounts").await.refuses(403, "factor-due");
    assert_eq!(root.get("/accounts").await.header("location"), Some("/security"));

    let mut provider = described(&world.fake);
    provider["trusted"] = true.into();
    world.site.engine.store().settings().set("provider:corp", &provider).await.unwrap();
    world.site.router = fresh_router(&world.site.engine);
    let here = Client::of(&world.site.router);
    assert!(world.signs_in(json!({})).await.cookie("loam_session").is_some());
    let root = with_cookie(&here, &world.signs_in(json!({"sub": "u2"})).await);
    assert_eq!(root.get("/api/v1/accounts").await.status, StatusCode::OK);
}

/// The address that a page leads on to.
fn onward(page: &Answer) -> String {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    let text = plain(page);
    let start = text.split("content=\"0; url=").nth(1).unwrap_or_else(|| panic!("{text}"));
    start.split('"').next().unwrap().replace("&amp;", "&")
}

#[tokio::test]
async fn the_service_gives_a_fresh_proof_when_it_asks_anew() {
    let world = World::start().await;
    world.tied("bob", &["guard"], "u1").await;
    let here = Client::of(&world.site.router);
    // Somebody let in there hours ago signs in, but has proved nothing just now.
    let bob = with_cookie(&here, &world.signs_in(json!({"auth_time": world.now() - 3600})).await);
    put(&bob, "/api/v1/policy", json!({})).await.refuses(401, "proof-needed");
    let silent = with_cookie(&here, &world.signs_in(json!({"auth_time": null})).await);
    put(&silent, "/api/v1/policy", json!({})).await.refuses(401, "proof-needed");
    let fresh = with_cookie(&here, &world.signs_in(json!({})).await);
    let rules = json!({"second_factor": "optional"});
    assert_eq!(put(&fresh, "/api/v1/policy", rules.clone()).await.status, StatusCode::OK);

    assert!(bob.get("/prove").await.text().contains("Prove it with Head Office"));
    let leaves = async || onward(&post(&bob, "/prove/elsewhere", "provider=corp&next=/rules").await);
    let address = leaves().await;
    assert_eq!((asked(&address)["prompt"].as_str(), asked(&address)["max_age"].as_str()), ("login", "0"));
    let stale = world.comes_back(&bob, &address, json!({"auth_time": world.now() - 600})).await;
    refused(&stale, "did not ask you again who you are");
    let silent = world.comes_back(&bob, &leaves().await, json!({"auth_time": null})).await;
    refused(&silent, "did not ask you again who you are");
    world.tied("eve", &["keeper"], "u2").await;
    refused(&world.comes_back(&bob, &leaves().await, json!({"sub": "u2"})).await, "not tied");
    // In another session, even of the same account, it is none.
    let address = leaves().await;
    refused(&world.comes_back(&fresh, &address, json!({})).await, "begun in another browser");
    let proved = world.comes_back(&bob, &leaves().await, json!({})).await;
    assert_eq!(proved.header("location"), Some("/rules"), "{}", proved.text());
    bob.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    assert_eq!(put(&with_cookie(&here, &proved), "/api/v1/policy", rules).await.status, StatusCode::OK);
    let acts = world.site.acts().await;
    let count = |act: &str| acts.iter().filter(|known| *known == act).count();
    assert_eq!((count("session.prove refused"), count("session.prove done")), (4, 1), "{acts:?}");
}

#[tokio::test]
async fn somebody_ties_and_unties_who_they_are_elsewhere() {
    let world = World::start().await;
    let ann = world.site.signed_in("ann", &["keeper"]).await;
    let eve = world.site.signed_in("eve", &["keeper"]).await;
    let page = get(&ann, "/security?lang=en").await;
    assert!(page.text().contains("Tie to Head Office"), "{}", page.text());
    // Only a form of ours begins it, and only soon after a proof.
    let begun = Client::of(&world.site.router)
        .post("/api/v1/session", json!({"login": "ann", "password": PASSWORD}))
        .await
        .cookie("loam_session")
        .unwrap();
    let browser = Client { cookie: Some(format!("loam_session={begun}")), ..Client::of(&world.site.router) };
    assert_eq!(post(&browser, "/security/identities", "provider=corp").await.status, StatusCode::FORBIDDEN);
    let leaves = async |who: &Client| onward(&post(who, "/security/identities", "provider=corp").await);
    let address = leaves(&ann).await;
    // Somebody else's browser does not bring it home, nor does one that is signed in as nobody.
    refused(&world.comes_back(&eve, &address, json!({})).await, "begun in another browser");
    let address = leaves(&ann).await;
    let nobody = Client::of(&world.site.router);
    assert_eq!(world.comes_back(&nobody, &address, json!({})).await.header("location"), Some("/sign-in"));
    let tied = world.comes_back(&ann, &leaves(&ann).await, json!({})).await;
    assert_eq!(tied.header("location"), Some("/security?saved=1"), "{}", tied.text());
    refused(&world.comes_back(&eve, &leaves(&eve).await, json!({})).await, "tied to another account");
    let page = ann.get("/security").await;
    assert!(page.text().contains("<code>u1</code>") && !page.text().contains("Tie to Head Office"));
    assert!(world.signs_in(json!({})).await.cookie("loam_session").is_some());

    let issuer = encoded(&world.fake.issuer);
    let untied = post(&ann, "/security/identities/remove", &format!("issuer={issuer}")).await;
    assert_eq!(untied.header("location"), Some("/security?saved=1"));
    refused(&world.signs_in(json!({})).await, NOBODY);
    // The only way in stays.
    let root = world.site.signed_in("root", &["admin"]).await;
    let made = root.post("/api/v1/accounts", json!({"login": "li", "name": "Li", "locale": "en"})).await;
    let path = format!("/api/v1/accounts/{}/identities", made.json()["id"].as_str().unwrap());
    let tie = json!({"provider": "corp", "subject": "u5"});
    assert_eq!(world.guard.post(&path, tie).await.status, StatusCode::NO_CONTENT);
    let li = with_cookie(&nobody, &world.signs_in(json!({"sub": "u5"})).await);
    refused(&post(&li, "/security/identities/remove", &format!("issuer={issuer}")).await, "your only way in");
    // The security administrator unties, and the sessions end.
    assert_eq!(delete(&world.guard, &format!("{path}/corp")).await.status, StatusCode::NO_CONTENT);
    li.get("/api/v1/session").await.refuses(401, "sign-in-needed");
    delete(&world.guard, &format!("{path}/corp")).await.refuses(404, "not-found");
    world.site.clock.pass(SignedDuration::from_mins(11));
    let late = post(&ann, "/security/identities", "provider=corp").await;
    assert_eq!(late.header("location"), Some("/prove?next=%2Fsecurity"));
    let acts = world.site.acts().await;
    let count = |act: &str| acts.iter().filter(|known| *known == act).count();
    assert_eq!((count("identity.tie refused"), count("identity.untie done")), (2, 2), "{acts:?}");
}

#[tokio::test]
async fn the_security_administrator_describes_services_and_nobody_else() {
    let world = World::start().await;
    let ann = world.site.account("ann", &["keeper"]).await.id;
    let identities = format!("/api/v1/accounts/{ann}/identities");
    for (login, role) in [("root", "admin"), ("auditor", "auditor"), ("eve", "keeper")] {
        let client = world.site.signed_in(login, &[role]).await;
        client.get("/api/v1/providers").await.refuses(403, "denied");
        put(&client, "/api/v1/providers/corp", described(&world.fake)).await.refuses(403, "denied");
        delete(&client, "/api/v1/providers/corp").await.refuses(403, "denied");
        client.get(&identities).await.refuses(403, "denied");
        client.post(&identities, json!({"provider": "corp", "subject": "x"})).await.refuses(403, "denied");
        delete(&client, &format!("{identities}/corp")).await.refuses(403, "denied");
        assert_eq!(client.get("/providers").await.status, StatusCode::FORBIDDEN);
        assert_eq!(post(&client, "/providers", "name=x").await.status, StatusCode::FORBIDDEN);
    }
    let with = |name: &str, value: Value| {
        let mut provider = described(&world.fake);
        provider[name] = value;
        provider
    };
    for (provider, fault) in [
        (with("issuer", "http://sso.example.com".into()), "issuer:form"),
        (with("issuer", "https://sso.example.com/?x=1".into()), "issuer:form"),
        (with("issuer", world.fake.issuer.clone().into()), "issuer:unique"),
        (with("client_id", "".into()), "client_id:form"),
        (with("label", json!({"zh-CN": "", "en": "x"})), "label:form"),
        (with("claim", "电子邮件".into()), "claim:form"),
    ] {
        let faults = put(&world.guard, "/api/v1/providers/other", provider).await.faults();
        assert!(faults.contains(&fault.to_owned()), "{fault}: {faults:?}");
    }
    let elsewhere = put(&world.guard, "/api/v1/providers/corp", with("issuer", "https://sso.example.com".into())).await;
    assert_eq!(elsewhere.faults(), ["issuer:stays"]);
    put(&world.guard, "/api/v1/providers/corp", with("secret", "x".into())).await.refuses(400, "bad-request");
    assert_eq!(put(&world.guard, "/api/v1/providers/UP", described(&world.fake)).await.faults()[0], "name:form");
    // What describes itself as another is none.
    let lies = with("issuer", format!("{}/", world.fake.issuer).into());
    assert_eq!(put(&world.guard, "/api/v1/providers/other", lies).await.faults(), ["issuer:provider-answer"]);

    // The same on the page.
    let page = get(&world.guard, "/providers").await;
    assert!(plain(&page).contains(&format!("http://{HOST}{CALLBACK}")), "{}", page.text());
    assert!(page.text().contains("LOAM_OIDC_SECRET_CORP"));
    let second = Fake::start().await;
    let fields = format!("name=second&zh=二&en=Second&issuer={}&client_id=loam&active=1", encoded(&second.issuer));
    assert_eq!(post(&world.guard, "/providers", &fields).await.header("location"), Some("/providers?saved=1"));
    refused(&post(&world.guard, "/providers", &fields).await, "there is a service of that short name");
    let changed = post(&world.guard, "/providers/second", &fields.replace("en=Second", "en=")).await;
    refused(&changed, "name it in both languages");
    let tied = post(&world.guard, "/providers/second/tie", "login=ann&subject=u1").await;
    assert_eq!(tied.header("location"), Some("/providers?saved=1"));
    refused(&post(&world.guard, "/providers/second/tie", "login=nobody&subject=u1").await, "there is no such login");
    refused(&post(&world.guard, "/providers/second/tie", "login=ann&subject=u2").await, "tied");
    assert_eq!(
        post(&world.guard, "/providers/second/tie", "login=guard&subject=u2").await.status,
        StatusCode::FORBIDDEN
    );
    let items = world.guard.get(&identities).await.json();
    assert_eq!(
        (items["items"][0]["provider"].as_str(), items["items"][0]["subject"].as_str()),
        (Some("second"), Some("u1"))
    );
    let untied = post(&world.guard, "/providers/second/untie", &format!("account={ann}")).await;
    assert_eq!(untied.header("location"), Some("/providers?saved=1"));
    assert_eq!(post(&world.guard, "/providers/second/remove", "").await.status, StatusCode::SEE_OTHER);
    world.site.clock.pass(SignedDuration::from_mins(11));
    put(&world.guard, "/api/v1/providers/corp", described(&world.fake)).await.refuses(401, "proof-needed");
    let led = post(&world.guard, "/providers", &fields).await;
    assert_eq!(led.header("location"), Some("/prove?next=%2Fproviders"));
}

#[tokio::test]
async fn a_secret_comes_from_the_environment_and_goes_to_the_service_only() {
    let mut world = World::start().await;
    world.tied("ann", &["keeper"], "u1").await;
    world.fake.play().secret = Some("hush-hush");
    refused(&world.signs_in(json!({})).await, UNTRUSTED);
    let secrets = Secrets::among([("LOAM_OIDC_SECRET_CORP".to_owned(), "hush-hush".to_owned())]);
    let options = Options { secrets, ..Options::default() };
    world.site.router = router(AppState::new(world.site.engine.clone(), options));
    assert!(world.signs_in(json!({})).await.cookie("loam_session").is_some());
    let guard = Client { router: world.site.router.clone(), ..world.guard.clone() };
    let listed = guard.get("/api/v1/providers").await;
    assert_eq!(listed.json()["items"][0]["secret"], true);
    assert!(!listed.text().contains("hush") && !get(&guard, "/providers").await.text().contains("hush"));
    assert_eq!(world.reasons().await, ["code-refused"]);
    assert_eq!(text("x"), "eA");
}

#[tokio::test]
async fn an_address_cannot_begin_sign_ins_without_end() {
    let world = World::start().await;
    let node = Client::of(&fresh_router(&world.site.engine));
    let mut last = get(&node, "/sign-in/with/corp").await;
    for _ in 0..300 {
        last = get(&node, "/sign-in/with/corp").await;
    }
    refused(&last, "Too many tries");
    let csrf = node.get("/sign-in").await.cookie("loam_form").unwrap();
    let browser = Client { cookie: Some(format!("loam_form={csrf}")), csrf: Some(csrf), ..node.clone() };
    assert_eq!(post(&browser, "/sign-in/passkey/options", "").await.status, StatusCode::TOO_MANY_REQUESTS);
    refused(&get(&node, &format!("{CALLBACK}?state=guess")).await, "Too many tries");
    world.site.clock.pass(SignedDuration::from_mins(1));
    assert_eq!(get(&node, "/sign-in/with/corp").await.status, StatusCode::SEE_OTHER);
}
