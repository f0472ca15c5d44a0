//! Passkeys, with an authenticator made of the same algorithms: every answer it gives can be bent in one place.

use axum::http::{Method, StatusCode};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ciborium::Value as Cbor;
use jiff::SignedDuration;
use p256::ecdsa::signature::Signer as _;
use serde_json::{Value, json};
use server::session::policy::Policy;
use sha2::{Digest as _, Sha256};

use super::support::{Answer, Client, PASSWORD, Site, encoded, fresh_router};

const HOST: &str = "us.test:8080";
const NAME: &str = "us.test";

fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

enum Key {
    Es256(Box<p256::ecdsa::SigningKey>),
    EdDsa(Box<ed25519_dalek::SigningKey>),
}

/// An authenticator, with what it does wrong on purpose.
struct Device {
    key: Key,
    credential: Vec<u8>,
    count: u32,
    user: String,
    flags: u8,
    origin: String,
    site: String,
    flip: bool,
}

impl Device {
    fn new(seed: u8, edwards: bool) -> Self {
        let key = if edwards {
            Key::EdDsa(Box::new(ed25519_dalek::SigningKey::from_bytes(&[seed; 32])))
        } else {
            Key::Es256(Box::new(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap()))
        };
        Self {
            key,
            credential: vec![seed; 20],
            count: 0,
            user: String::new(),
            flags: 0x05,
            origin: format!("http://{HOST}"),
            site: NAME.to_owned(),
            flip: false,
        }
    }

    fn public(&self) -> Vec<u8> {
        let pair = |name: i64, value: Cbor| (Cbor::from(name), value);
        let map = match &self.key {
            Key::Es256(key) => {
                let point = key.verifying_key().to_sec1_point(false);
                let (x, y) = (point.x().unwrap().to_vec(), point.y().unwrap().to_vec());
                let fixed = [pair(1, 2.into()), pair(3, (-7).into()), pair(-1, 1.into())];
                fixed.into_iter().chain([pair(-2, Cbor::Bytes(x)), pair(-3, Cbor::Bytes(y))]).collect()
            }
            Key::EdDsa(key) => {
                let x = key.verifying_key().to_bytes().to_vec();
                vec![pair(1, 1.into()), pair(3, (-8).into()), pair(-1, 6.into()), pair(-2, Cbor::Bytes(x))]
            }
        };
        written(&Cbor::Map(map))
    }

    fn data(&self, more: u8) -> Vec<u8> {
        let site = Sha256::digest(self.site.as_bytes());
        [site.as_slice(), &[self.flags | more], &self.count.to_be_bytes()].concat()
    }

    fn client(&self, ceremony: &str, challenge: &str) -> String {
        json!({"type": ceremony, "challenge": challenge, "origin": self.origin, "crossOrigin": false}).to_string()
    }

    /// Answers a request for a new passkey.
    fn makes(&mut self, options: &Value) -> String {
        self.user = options["user"]["id"].as_str().unwrap_or_default().to_owned();
        let length = u16::try_from(self.credential.len()).unwrap().to_be_bytes();
        let data = [&self.data(0x40)[..], &[0; 16], &length, &self.credential, &self.public()].concat();
        let whole = Cbor::Map(vec![
            (Cbor::from("fmt"), Cbor::from("none")),
            (Cbor::from("attStmt"), Cbor::Map(Vec::new())),
            (Cbor::from("authData"), Cbor::Bytes(data)),
        ]);
        let client = self.client("webauthn.create", options["challenge"].as_str().unwrap());
        json!({"client": text(client), "attestation": text(written(&whole))}).to_string()
    }

    /// Answers a request to use it.
    fn uses(&self, options: &Value) -> String {
        let client = self.client("webauthn.get", options["challenge"].as_str().unwrap());
        let mut data = self.data(0);
        let message = [data.as_slice(), &Sha256::digest(client.as_bytes())].concat();
        let signature = match &self.key {
            Key::Es256(key) => {
                let signature: p256::ecdsa::DerSignature = key.sign(&message);
                signature.as_bytes().to_vec()
            }
            Key::EdDsa(key) => key.sign(&message).to_bytes().to_vec(),
        };
        if self.flip {
            *data.last_mut().unwrap() ^= 1;
        }
        json!({
            "id": text(&self.credential),
            "client": text(client),
            "data": text(data),
            "signature": text(signature),
            "user": self.user,
        })
        .to_string()
    }
}

/// One thing that is wrong.
type Bend = fn(&mut Device);

fn written(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

async fn post(client: &Client, path: &str, fields: &str) -> Answer {
    let kind = Some("application/x-www-form-urlencoded");
    client.raw(Method::POST, path, &[("host", HOST)], kind, fields.as_bytes().to_vec()).await
}

async fn options(client: &Client, path: &str) -> Value {
    let answer = post(client, path, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

/// A browser with the form's cookie, signed in as nobody.
async fn visitor(site: &Site) -> Client {
    let client = Client::of(&site.router);
    let cookie = client.get("/sign-in").await.cookie("loam_form").unwrap();
    Client { cookie: Some(format!("loam_form={cookie}")), csrf: Some(cookie), ..client }
}

async fn register(client: &Client, device: &mut Device, name: &str) -> Answer {
    let answer = device.makes(&options(client, "/security/passkeys/options").await);
    post(client, "/security/passkeys", &format!("name={name}&passkey={}", encoded(&answer))).await
}

/// Sends an answer to the sign-in form.
async fn answered(client: &Client, path: &str, answer: &str) -> Answer {
    let csrf = client.csrf.clone().unwrap_or_default();
    post(client, path, &format!("csrf={csrf}&passkey={}", encoded(answer))).await
}

async fn sign_in(site: &Site, device: &Device) -> Answer {
    let client = visitor(site).await;
    let asked = options(&client, "/sign-in/passkey/options").await;
    answered(&client, "/sign-in/passkey", &device.uses(&asked)).await
}

#[track_caller]
fn kept(answer: &Answer) {
    assert_eq!(answer.header("location"), Some("/security?saved=1"), "{} {}", answer.status, answer.text());
}

#[track_caller]
fn refused(answer: &Answer) {
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    assert_eq!(answer.cookie("loam_session"), None);
    assert!(answer.text().contains("通行密钥未通过验证") || answer.text().contains("passkey was not accepted"));
}

#[track_caller]
fn let_in(answer: &Answer) {
    assert!(answer.cookie("loam_session").is_some(), "{} {}", answer.status, answer.text());
}

#[tokio::test]
async fn passkeys_of_both_kinds_sign_in_alone() {
    let site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let (mut phone, mut stick) = (Device::new(1, false), Device::new(2, true));
    kept(&register(&ann, &mut phone, "Phone").await);
    kept(&register(&ann, &mut stick, "Stick").await);
    let page = ann.get("/security").await.text().to_owned();
    assert!(page.contains("Phone") && page.contains("Stick"), "{page}");
    let_in(&sign_in(&site, &phone).await);
    stick.count = 7;
    let_in(&sign_in(&site, &stick).await);
    phone.user = String::new();
    let_in(&sign_in(&site, &phone).await);
    // The same key again, from the same account or another, is refused.
    refused(&register(&ann, &mut phone, "Again").await);
    let eve = site.signed_in("eve", &["keeper"]).await;
    refused(&register(&eve, &mut phone, "Taken").await);
    let acts = site.acts().await;
    let count = |act: &str| acts.iter().filter(|known| *known == act).count();
    assert_eq!((count("factor.set done"), count("factor.set refused")), (2, 2), "{acts:?}");
}

#[tokio::test]
async fn of_two_who_bring_the_same_key_at_once_one_gets_it() {
    let site = Site::start().await;
    let (ann, eve) = (site.signed_in("ann", &["keeper"]).await, site.signed_in("eve", &["keeper"]).await);
    for round in 1..=4 {
        let (mut hers, mut theirs) = (Device::new(round, false), Device::new(round, false));
        let (a, b) = tokio::join!(register(&ann, &mut hers, "A"), register(&eve, &mut theirs, "B"));
        let kept = [&a, &b].iter().filter(|answer| answer.header("location") == Some("/security?saved=1")).count();
        assert_eq!(kept, 1, "{} {}", a.status, b.status);
        refused(if a.header("location").is_some() { &b } else { &a });
    }
    let acts = site.acts().await;
    let count = |act: &str| acts.iter().filter(|known| *known == act).count();
    assert_eq!((count("factor.set done"), count("factor.set refused")), (4, 4), "{acts:?}");
}

#[tokio::test]
async fn an_answer_that_is_wrong_in_one_place_is_refused_and_on_the_ledger() {
    let mut site = Site::start().await;
    Policy { tries: 20, ..Policy::of(site.engine.store()).await.unwrap() }.keep(site.engine.store()).await.unwrap();
    site.router = fresh_router(&site.engine);
    let ann = site.signed_in("ann", &["keeper"]).await;
    let mut key = Device::new(1, false);
    key.count = 5;
    kept(&register(&ann, &mut key, "Key").await);
    key.count = 6;
    let_in(&sign_in(&site, &key).await);
    key.count = 7;
    let bent: [(&str, Bend); 9] = [
        ("another site's page", |device| device.origin = "http://us.evil".to_owned()),
        ("another port", |device| device.origin = format!("http://{NAME}")),
        ("another site's passkey", |device| device.site = "us.evil".to_owned()),
        ("nobody there", |device| device.flags = 0x04),
        ("nobody recognised", |device| device.flags = 0x01),
        ("a flipped byte", |device| device.flip = true),
        ("another key", |device| device.key = Device::new(9, false).key),
        ("another user", |device| device.user = text([7; 16])),
        ("an unknown credential", |device| device.credential = vec![3; 20]),
    ];
    for (what, bend) in bent {
        let mut device =
            Device { key: Device::new(1, false).key, user: key.user.clone(), count: 7, ..Device::new(1, false) };
        bend(&mut device);
        let answer = sign_in(&site, &device).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{what}");
        refused(&answer);
    }
    for count in [6, 5, 0] {
        key.count = count;
        refused(&sign_in(&site, &key).await);
    }
    key.count = 7;
    let_in(&sign_in(&site, &key).await);
    let acts = site.acts().await;
    assert_eq!(acts.iter().filter(|act| *act == "session.begin refused").count(), 12, "{acts:?}");
}

#[tokio::test]
async fn a_challenge_counts_once_for_one_browser_and_purpose_and_not_for_long() {
    let mut site = Site::start().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let mut key = Device::new(1, true);
    kept(&register(&ann, &mut key, "Key").await);
    let browser = visitor(&site).await;
    let asked = options(&browser, "/sign-in/passkey/options").await;
    let answer = key.uses(&asked);
    let_in(&answered(&browser, "/sign-in/passkey", &answer).await);
    refused(&answered(&browser, "/sign-in/passkey", &answer).await);
    let made_up = key.uses(&json!({"challenge": text([1; 32])}));
    refused(&answered(&browser, "/sign-in/passkey", &made_up).await);
    // Of another browser, for another purpose, and too late.
    let asked = options(&browser, "/sign-in/passkey/options").await;
    let other = visitor(&site).await;
    refused(&answered(&other, "/sign-in/passkey", &key.uses(&asked)).await);
    let asked = options(&ann, "/prove/passkey/options").await;
    refused(&answered(&visitor(&site).await, "/sign-in/passkey", &key.uses(&asked)).await);
    site.router = fresh_router(&site.engine);
    site.clock.pass(SignedDuration::from_mins(30));
    let browser = visitor(&site).await;
    let asked = options(&browser, "/sign-in/passkey/options").await;
    site.clock.pass(SignedDuration::from_mins(6));
    refused(&answered(&browser, "/sign-in/passkey", &key.uses(&asked)).await);
    // Rubbish, and an address of numbers.
    refused(&answered(&browser, "/sign-in/passkey", "{").await);
    let kind = Some("application/x-www-form-urlencoded");
    let path = "/sign-in/passkey/options";
    let numbers = browser.raw(Method::POST, path, &[("host", "127.0.0.1:80")], kind, Vec::new()).await;
    assert_eq!(numbers.status, StatusCode::BAD_REQUEST);
    let forged = Client { csrf: None, ..browser.clone() };
    assert_eq!(post(&forged, path, "").await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_passkey_is_the_second_factor_and_a_fresh_proof() {
    let mut site = Site::start().await;
    Policy::default().keep(site.engine.store()).await.unwrap();
    site.router = fresh_router(&site.engine);
    let root = site.signed_in("root", &["admin"]).await;
    root.get("/api/v1/accounts").await.refuses(403, "factor-due");
    let (mut key, mut spare) = (Device::new(1, false), Device::new(2, true));
    kept(&register(&root, &mut key, "Key").await);
    assert_eq!(root.get("/api/v1/accounts").await.status, StatusCode::OK, "it counts");
    let eve = site.signed_in("eve", &["keeper"]).await;
    let mut hers = Device::new(3, true);
    kept(&register(&eve, &mut hers, "Hers").await);

    // After the password, the account's own passkey and no other.
    let browser = visitor(&site).await;
    let csrf = browser.csrf.clone().unwrap();
    let fields = format!("csrf={csrf}&login=root&password={}", PASSWORD.replace(' ', "+"));
    let step = post(&browser, "/sign-in", &fields).await;
    assert_eq!(step.cookie("loam_session"), None);
    let ticket = step.cookie("loam_ticket").unwrap();
    let browser = Client { cookie: Some(format!("loam_form={csrf}; loam_ticket={ticket}")), ..browser };
    let page = browser.get("/sign-in/code").await.text().to_owned();
    assert!(page.contains("loam-passkey") && !page.contains("one-time-code"), "{page}");
    let path = "/sign-in/code/passkey";
    let asked = options(&browser, &format!("{path}/options")).await;
    assert_eq!(asked["known"], json!([text(&key.credential)]));
    refused(&answered(&browser, path, &hers.uses(&asked)).await);
    let asked = options(&browser, &format!("{path}/options")).await;
    let_in(&answered(&browser, path, &key.uses(&asked)).await);

    // An act that matters asks for a proof when the last is old; the passkey gives it.
    site.clock.pass(SignedDuration::from_mins(11));
    assert_eq!(post(&root, "/security/passkeys/options", "").await.status, StatusCode::UNAUTHORIZED);
    let early = post(&root, "/security/passkeys", "name=x&passkey=x").await;
    assert_eq!(early.header("location"), Some("/prove?next=%2Fsecurity"));
    let page = root.get("/security").await.text().to_owned();
    let remove = format!("/security/passkeys/{}/remove", first_id(&page));
    assert_eq!(post(&root, &remove, "").await.header("location"), Some("/prove?next=%2Fsecurity"));
    let asked = options(&root, "/prove/passkey/options").await;
    refused(&answered(&root, "/prove/passkey", &hers.uses(&asked)).await);
    let asked = options(&root, "/prove/passkey/options").await;
    let proved = answered(&root, "/prove/passkey", &key.uses(&asked)).await;
    let token = proved.cookie("loam_session").unwrap();
    let root = Client { bearer: Some(token), ..root };

    // The last one stays while the rules ask for a second factor; with a spare it may go, and is nobody's then.
    assert_eq!(post(&root, &remove, "").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    kept(&register(&root, &mut spare, "Spare").await);
    let theirs = site.signed_in("bob", &["keeper"]).await;
    assert_eq!(post(&theirs, &remove, "").await.status, StatusCode::NOT_FOUND);
    kept(&post(&root, &remove, "").await);
    refused(&sign_in(&site, &key).await);
    let_in(&sign_in(&site, &spare).await);
    let acts = site.acts().await;
    assert!(
        acts.contains(&"factor.remove done".to_owned()) && acts.contains(&"session.prove done".to_owned()),
        "{acts:?}"
    );
}

/// The id of the first passkey that a page lists.
fn first_id(page: &str) -> String {
    let forms = page.split("action=\"/security/passkeys/").nth(1).unwrap();
    forms.split('/').next().unwrap().to_owned()
}
