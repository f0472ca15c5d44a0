//! A sign-in service of our own, on this machine, that does what it is told: also what no service should.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse as _, Response},
    routing::{get, post},
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use p256::ecdsa::signature::Signer as _;
use ring::{
    rand::SystemRandom,
    signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaKeyPair},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(super) const CLIENT: &str = "loam";

pub(super) fn text(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// By which algorithm, and so by which key, a token is signed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Rs256,
    Ps256,
    Es256,
    EdDsa,
}

fn rsa() -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(include_bytes!("signing-key.der")).unwrap()
}

impl Key {
    fn word(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }

    fn public(self) -> Value {
        let mut key = match self {
            Self::Rs256 | Self::Ps256 => {
                let public: ring::rsa::PublicKeyComponents<Vec<u8>> = rsa().public().into();
                json!({"kty": "RSA", "n": text(public.n), "e": text(public.e)})
            }
            Self::Es256 => {
                let point = p256::ecdsa::SigningKey::from_slice(&[3; 32]).unwrap().verifying_key().to_sec1_point(false);
                json!({"kty": "EC", "crv": "P-256", "x": text(point.x().unwrap()), "y": text(point.y().unwrap())})
            }
            Self::EdDsa => {
                let x = ed25519_dalek::SigningKey::from_bytes(&[4; 32]).verifying_key().to_bytes();
                json!({"kty": "OKP", "crv": "Ed25519", "x": text(x)})
            }
        };
        key["kid"] = self.word().into();
        key["alg"] = self.word().into();
        key
    }

    fn sign(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Rs256 | Self::Ps256 => {
                let key = rsa();
                let mut signed = vec![0; key.public().modulus_len()];
                let how: &'static dyn ring::signature::RsaEncoding =
                    if self == Self::Rs256 { &RSA_PKCS1_SHA256 } else { &RSA_PSS_SHA256 };
                key.sign(how, &SystemRandom::new(), message, &mut signed).unwrap();
                signed
            }
            Self::Es256 => {
                let signed: p256::ecdsa::Signature =
                    p256::ecdsa::SigningKey::from_slice(&[3; 32]).unwrap().sign(message);
                signed.to_bytes().to_vec()
            }
            Self::EdDsa => ed25519_dalek::SigningKey::from_bytes(&[4; 32]).sign(message).to_bytes().to_vec(),
        }
    }
}

/// A token before it is signed.
pub(super) struct Token {
    pub(super) head: Value,
    pub(super) claims: Value,
    pub(super) key: Key,
    /// In place of the signature.
    pub(super) signature: Option<Vec<u8>>,
}

impl Token {
    fn signed(&self) -> String {
        let message = format!("{}.{}", text(self.head.to_string()), text(self.claims.to_string()));
        let signature = self.signature.clone().unwrap_or_else(|| self.key.sign(message.as_bytes()));
        format!("{message}.{}", text(signature))
    }
}

/// What is done to a token before it is signed.
pub(super) type Bend = Box<dyn Fn(&mut Token) + Send>;

/// What somebody was let go with.
struct Code {
    challenge: String,
    callback: String,
    claims: Value,
}

/// How it behaves just now.
pub(super) struct Play {
    /// The keys it says it has.
    pub(super) keys: Vec<Key>,
    /// The one it signs with.
    pub(super) signs: Key,
    /// What it does to its tokens.
    pub(super) bend: Bend,
    /// What it answers for a code, in place of tokens.
    pub(super) answer: Option<(u16, &'static str)>,
    /// What it tells of whoever holds an access token.
    pub(super) person: Value,
    /// The secret its client has, if any.
    pub(super) secret: Option<&'static str>,
    /// How often it was asked for its keys.
    pub(super) keys_asked: usize,
    codes: HashMap<String, Code>,
}

impl Default for Play {
    fn default() -> Self {
        Self {
            keys: vec![Key::Rs256],
            signs: Key::Rs256,
            bend: Box::new(|_| {}),
            answer: None,
            person: json!({}),
            secret: None,
            keys_asked: 0,
            codes: HashMap::new(),
        }
    }
}

/// The service.
#[derive(Clone)]
pub(super) struct Fake {
    pub(super) issuer: String,
    play: Arc<Mutex<Play>>,
}

impl Fake {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}/hr", listener.local_addr().unwrap());
        let fake = Self { issuer, play: Arc::default() };
        let router = Router::new()
            .route("/hr/.well-known/openid-configuration", get(describe))
            .route("/hr/keys", get(keys))
            .route("/hr/token", post(token))
            .route("/hr/me", get(person))
            .with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        fake
    }

    pub(super) fn play(&self) -> MutexGuard<'_, Play> {
        self.play.lock().unwrap()
    }

    /// Lets somebody go who came with this address: answers the code and the state to come back with.
    pub(super) fn lets_go(&self, address: &str, claims: &Value, now: i64) -> (String, String) {
        let asked = asked(address);
        assert!(address.starts_with(&format!("{}/auth?", self.issuer)), "{address}");
        assert_eq!((asked["response_type"].as_str(), asked["client_id"].as_str()), ("code", CLIENT));
        assert_eq!(asked["code_challenge_method"], "S256");
        let mut all = json!({
            "iss": self.issuer, "aud": CLIENT, "sub": "u1", "nonce": asked["nonce"], "iat": now, "exp": now + 300,
            "auth_time": now,
        });
        for (name, value) in claims.as_object().unwrap() {
            all[name] = value.clone();
        }
        let mut play = self.play();
        let code = format!("code{}", play.codes.len());
        let kept =
            Code { challenge: asked["code_challenge"].clone(), callback: asked["redirect_uri"].clone(), claims: all };
        play.codes.insert(code.clone(), kept);
        (code, asked["state"].clone())
    }
}

/// What an address asks for.
pub(super) fn asked(address: &str) -> HashMap<String, String> {
    read(address.split_once('?').unwrap().1)
}

fn read(form: &str) -> HashMap<String, String> {
    let decode = |text: &str| {
        let (mut bytes, mut rest) = (Vec::new(), text.bytes());
        while let Some(byte) = rest.next() {
            match byte {
                b'%' => {
                    let hex = [rest.next().unwrap(), rest.next().unwrap()];
                    bytes.push(u8::from_str_radix(std::str::from_utf8(&hex).unwrap(), 16).unwrap());
                }
                other => bytes.push(other),
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    form.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (decode(name), decode(value))).collect()
}

async fn describe(State(fake): State<Fake>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", fake.issuer);
    Json(json!({
        "issuer": fake.issuer, "authorization_endpoint": at("/auth"), "token_endpoint": at("/token"),
        "jwks_uri": at("/keys"), "userinfo_endpoint": at("/me"), "scopes_supported": ["openid", "email"],
    }))
}

async fn keys(State(fake): State<Fake>) -> Json<Value> {
    let mut play = fake.play();
    play.keys_asked += 1;
    Json(json!({"keys": play.keys.iter().map(|key| key.public()).collect::<Vec<_>>()}))
}

async fn person(State(fake): State<Fake>, headers: HeaderMap) -> Response {
    if headers.get("authorization").is_none_or(|token| token != "Bearer access") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    Json(fake.play().person.clone()).into_response()
}

async fn token(State(fake): State<Fake>, headers: HeaderMap, body: Bytes) -> Response {
    let sent = read(std::str::from_utf8(&body).unwrap());
    let mut play = fake.play();
    if let Some((status, text)) = play.answer {
        return (StatusCode::from_u16(status).unwrap(), text).into_response();
    }
    let refused = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({"error": error}))).into_response();
    let known = match play.secret {
        None => sent.get("client_id").is_some_and(|client| client == CLIENT),
        Some(secret) => {
            let both = base64::engine::general_purpose::STANDARD.encode(format!("{CLIENT}:{secret}"));
            headers.get("authorization").is_some_and(|value| value == &format!("Basic {both}"))
        }
    };
    if !known {
        return refused("invalid_client");
    }
    // A code counts once.
    let Some(code) = play.codes.remove(&sent["code"]) else { return refused("invalid_grant") };
    let proves = text(Sha256::digest(sent["code_verifier"].as_bytes())) == code.challenge;
    if !proves || sent["redirect_uri"] != code.callback || sent["grant_type"] != "authorization_code" {
        return refused("invalid_grant");
    }
    let head = json!({"alg": play.signs.word(), "kid": play.signs.word()});
    let mut token = Token { head, claims: code.claims, key: play.signs, signature: None };
    (play.bend)(&mut token);
    Json(json!({"access_token": "access", "token_type": "Bearer", "id_token": token.signed()})).into_response()
}
