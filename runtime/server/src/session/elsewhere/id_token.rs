//! The token by which a provider says who somebody is (OpenID Connect Core, 3.1.3.7). Nothing in it is believed before its
//! signature is right.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::SignedDuration;
use model::Timestamp;
use serde_json::{Map, Value as Json};

use super::keys::{Algorithm, Keys, Verdict};
use crate::session::same;

/// How far a provider's clock may be off.
const SKEW: SignedDuration = SignedDuration::from_mins(2);

/// Longest token that is looked at, in bytes.
const MOST: usize = 64 * 1024;

/// Longest name of a person at a provider, by the standard.
const LONGEST_SUBJECT: usize = 255;

/// What a token must say.
pub(super) struct Expected<'r> {
    /// By whom.
    pub(super) issuer: &'r str,
    /// For whom.
    pub(super) client: &'r str,
    /// The number we sent along, used once.
    pub(super) nonce: &'r str,
    /// When the browser left us.
    pub(super) left: Timestamp,
    /// The moment.
    pub(super) now: Timestamp,
    /// Whether its owner must have proved who they are since the browser left us.
    pub(super) anew: bool,
}

/// What a token said.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Claims {
    /// The provider's name for the person.
    pub(super) subject: String,
    /// When they proved there who they are, if it says so.
    pub(super) proved: Option<Timestamp>,
    /// All of it.
    pub(super) all: Map<String, Json>,
}

/// Reads a token, or says which rule it breaks, as the ledger names it.
pub(super) fn read(token: &str, keys: &Keys, expected: &Expected<'_>) -> Result<Claims, &'static str> {
    let all = signed(token, keys)?;
    let text = |name: &str| all.get(name).and_then(Json::as_str);
    let moment = |name: &str| all.get(name).and_then(moment);
    if text("iss") != Some(expected.issuer) {
        return Err("token-issuer");
    }
    if !is_for(&all, expected.client) {
        return Err("token-audience");
    }
    let (ends, made) = moment("exp").zip(moment("iat")).ok_or("token-malformed")?;
    if ends + SKEW <= expected.now {
        return Err("token-expired");
    }
    let begins = moment("nbf").unwrap_or(made);
    if made > expected.now + SKEW || begins > expected.now + SKEW || made < expected.left - SKEW {
        return Err("token-time");
    }
    if !text("nonce").is_some_and(|nonce| same(nonce, expected.nonce)) {
        return Err("token-nonce");
    }
    let subject = text("sub").filter(|subject| !subject.is_empty() && subject.len() <= LONGEST_SUBJECT);
    let subject = subject.ok_or("token-subject")?.to_owned();
    let proved = moment("auth_time").filter(|proved| *proved <= expected.now + SKEW);
    if expected.anew && proved.is_none_or(|proved| proved < expected.left - SKEW) {
        return Err("token-stale");
    }
    Ok(Claims { subject, proved, all })
}

/// The claims of a token whose signature is right.
fn signed(token: &str, keys: &Keys) -> Result<Map<String, Json>, &'static str> {
    const BAD: &str = "token-malformed";
    if token.len() > MOST {
        return Err(BAD);
    }
    let (message, signature) = token.rsplit_once('.').ok_or(BAD)?;
    let (head, claims) = message.split_once('.').ok_or(BAD)?;
    let object = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| BAD)?;
        serde_json::from_slice::<Map<String, Json>>(&bytes).map_err(|_| BAD)
    };
    let head = object(head)?;
    let algorithm = head.get("alg").and_then(Json::as_str).and_then(Algorithm::read).ok_or("token-algorithm")?;
    // Whatever must be understood is not.
    if head.contains_key("crit") {
        return Err(BAD);
    }
    let id = head.get("kid").and_then(Json::as_str);
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| BAD)?;
    match keys.verify(algorithm, id, message.as_bytes(), &signature) {
        Verdict::Good => object(claims),
        Verdict::Bad => Err("token-signature"),
        Verdict::NoKey => Err("token-key"),
    }
}

/// Whether a token is for this client, and was asked for by it.
fn is_for(claims: &Map<String, Json>, client: &str) -> bool {
    let named = |value: &Json| value.as_str() == Some(client);
    let (among, alone) = match claims.get("aud") {
        Some(Json::Array(several)) => (several.iter().any(named), several.len() == 1),
        Some(one) => (named(one), true),
        None => (false, false),
    };
    among && claims.get("azp").map_or(alone, named)
}

/// Seconds since 1970, with or without a fraction.
fn moment(value: &Json) -> Option<Timestamp> {
    let seconds = value.as_i64().or_else(|| {
        let number = value.as_f64().filter(|number| number.abs() < 1e12)?;
        format!("{:.0}", number.floor()).parse().ok()
    })?;
    Timestamp::from_second(seconds).ok()
}
