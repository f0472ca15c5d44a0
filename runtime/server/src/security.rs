//! What every answer says to the browser, and the check that an unsafe request was made by one of our own pages.

use axum::{
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
    response::Response,
};

use engine::{Act, By};

use crate::{
    AppState,
    problem::{Kind, Problem},
    session::{self, Carried},
};

const POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
     object-src 'none'; base-uri 'none'; frame-ancestors 'self'; form-action 'self'";

const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static("camera=(self), geolocation=(self), microphone=(), payment=()"),
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
];

/// Adds the headers that a handler did not set itself.
pub(crate) fn add_headers(response: &mut Response) {
    let headers = response.headers_mut();
    for (name, value) in &ALWAYS {
        if !headers.contains_key(name) {
            headers.insert(name.clone(), value.clone());
        }
    }
}

/// Addresses that begin a session and therefore have none to prove; the form has a token of its own.
const BEGINNINGS: [&str; 2] = ["/sign-in", "/api/v1/session"];

/// Refuses an unsafe request that a browser may have been tricked into: from another origin, or with the session cookie but
/// without the session's token. A bearer token is never added by a browser, so it needs neither.
pub(crate) async fn check(state: &AppState, parts: &Parts, body: &Bytes) -> Result<(), Problem> {
    let Some(carried) = session::carried(&parts.headers) else {
        return if crosses_origin(&parts.headers) { Err(Problem::new(Kind::Forgery)) } else { Ok(()) };
    };
    let Carried::Cookie(_) = carried else { return Ok(()) };
    if crosses_origin(&parts.headers) {
        return Err(Problem::new(Kind::Forgery));
    }
    if BEGINNINGS.contains(&parts.uri.path()) && parts.method == axum::http::Method::POST {
        return Ok(());
    }
    let Some(session) = session::current(state, parts).await? else {
        // Whoever takes the session will refuse; saying "expired" here would hide that.
        return Ok(());
    };
    let given = match parts.headers.get("x-csrf-token") {
        Some(value) => value.to_str().ok().map(str::to_owned),
        None => from_body(&parts.headers, body),
    };
    match given {
        Some(given) if session::same(&given, &session.csrf) => Ok(()),
        _ => Err(Problem::new(Kind::Forgery)),
    }
}

/// Addresses of administration, of which a refusal is worth knowing.
const ADMINISTRATION: [&str; 8] = [
    "/accounts",
    "/rules",
    "/providers",
    "/outbox",
    "/api/v1/accounts",
    "/api/v1/outbox",
    "/api/v1/policy",
    "/api/v1/providers",
];

/// Puts onto the ledger that somebody who is signed in was refused: a request that another site made for them, or a part
/// of administration that is not theirs. What is refused about records, the engine tells; the rest, [`crate::refused`].
/// Answers whether it was told here.
pub(crate) async fn tell(state: &AppState, parts: &Parts, kind: Kind) -> Result<bool, Problem> {
    let path = parts.uri.path();
    let act = match kind {
        Kind::Forgery => Act::new("request.forged", "session").refused("forgery"),
        Kind::Denied if ADMINISTRATION.iter().any(|start| path.starts_with(start)) => {
            Act::new("administration.denied", "account").refused("denied")
        }
        _ => return Ok(false),
    };
    let Some(session) = session::current(state, parts).await? else { return Ok(false) };
    let by = By::account(&session.account, session::origin(state, parts, Some(&session)));
    let act = act.detail("address", path).detail("method", parts.method.as_str());
    state.engine.note(by, act).await.map_err(Problem::internal)?;
    Ok(true)
}

/// Whether the browser says that another site made the request.
fn crosses_origin(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    if let Some(site) = text(HeaderName::from_static("sec-fetch-site")) {
        return !matches!(site, "same-origin" | "none");
    }
    match (text(header::ORIGIN), text(header::HOST)) {
        (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, of)| !of.eq_ignore_ascii_case(host)),
        (Some(_), None) => true,
        (None, _) => false,
    }
}

/// The form field `_csrf` (or `csrf`) of a form, urlencoded or in parts.
fn from_body(headers: &HeaderMap, body: &Bytes) -> Option<String> {
    let kind = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    if kind.starts_with("application/x-www-form-urlencoded") {
        // Our tokens hold no character that a form would encode.
        let body = std::str::from_utf8(body).ok()?;
        let named = |pair: &str| pair.strip_prefix("_csrf=").or_else(|| pair.strip_prefix("csrf=")).map(str::to_owned);
        return body.split('&').find_map(named);
    }
    if kind.starts_with("multipart/form-data") {
        return ["name=\"_csrf\"\r\n\r\n", "name=\"csrf\"\r\n\r\n"].into_iter().find_map(|mark| {
            let start = find(body, mark.as_bytes())? + mark.len();
            let rest = body.get(start..)?;
            let value = rest.get(..find(rest, b"\r\n")?)?;
            String::from_utf8(value.to_vec()).ok()
        });
    }
    None
}

fn find(text: &[u8], part: &[u8]) -> Option<usize> {
    text.windows(part.len()).position(|window| window == part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn other_origins_are_seen() {
        assert!(!crosses_origin(&headers(&[])));
        assert!(!crosses_origin(&headers(&[("sec-fetch-site", "same-origin"), ("origin", "null")])));
        assert!(crosses_origin(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(crosses_origin(&headers(&[("sec-fetch-site", "cross-site")])));
        assert!(!crosses_origin(&headers(&[("origin", "http://a:80"), ("host", "a:80")])));
        assert!(crosses_origin(&headers(&[("origin", "http://b"), ("host", "a")])));
        assert!(crosses_origin(&headers(&[("origin", "null"), ("host", "a")])));
    }

    #[test]
    fn the_token_is_found_in_both_kinds_of_form() {
        let form = headers(&[("content-type", "application/x-www-form-urlencoded")]);
        assert_eq!(from_body(&form, &Bytes::from("a=1&_csrf=t-k&b=2")).as_deref(), Some("t-k"));
        assert_eq!(from_body(&form, &Bytes::from("a=1&x_csrf=t")), None);
        let parts = headers(&[("content-type", "multipart/form-data; boundary=x")]);
        let body = "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\nt-k\r\n--x--\r\n";
        assert_eq!(from_body(&parts, &Bytes::from(body)).as_deref(), Some("t-k"));
        let json = headers(&[("content-type", "application/json")]);
        assert_eq!(from_body(&json, &Bytes::from("_csrf=t")), None);
    }
}
