//! Signing in and staying signed in.
//!
//! A session is a random token of 256 bits, in the cookie `loam_session` of a browser or the `Authorization: Bearer` header
//! of a program. The store knows its SHA-256 only. It ends twelve hours after its last use and seven days after sign-in.
//!
//! Handlers take [`SignedIn`]; a page that anybody may open takes [`Visitor`]. The sign-in page uses [`form`], [`sign_in`]
//! and [`sign_out`].
//!
//! INVARIANT: signing in always makes a new token; one that was there before is ended.

pub mod cookie;
pub mod form;
mod keep;
mod limit;
pub mod password;
pub(crate) mod token;

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use engine::{Actor, Origin};
use model::Locale;
use store::Account;

pub use keep::{Session, Sessions};
pub use limit::address;
pub(crate) use token::same;

use crate::{
    AppState,
    language::Language,
    problem::{Kind, Problem},
};

/// Name of the session cookie.
pub const COOKIE: &str = "loam_session";

/// Light, dark, or as the system has it; kept in the cookie `theme`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Theme {
    /// As the system has it.
    #[default]
    Auto,
    /// Dark text on light.
    Light,
    /// Light text on dark.
    Dark,
}

impl Theme {
    /// The word in the cookie and in `data-theme`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Reads the cookie.
    pub fn of(headers: &HeaderMap) -> Self {
        match cookie::read(headers, "theme") {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::Auto,
        }
    }
}

/// Who is signed in, for the length of one request.
pub struct SignedIn {
    /// The account acting in the edition published when the request began.
    pub actor: Actor,
    /// The token that forms carry as `_csrf` and scripts as the header `X-CSRF-Token`.
    pub csrf: String,
    /// Light or dark.
    pub theme: Theme,
    /// The session, with its account.
    pub session: Arc<Session>,
}

impl SignedIn {
    /// The account.
    pub fn account(&self) -> &Account {
        &self.session.account
    }
}

/// Somebody who may or may not be signed in.
pub struct Visitor {
    /// The language to answer in.
    pub locale: Locale,
    /// Light or dark.
    pub theme: Theme,
    /// The session, if there is one that has not ended.
    pub session: Option<Arc<Session>>,
}

/// The token a request comes with, and where it was: a bearer token proves that the request was made on purpose.
pub(crate) enum Carried<'h> {
    /// In the session cookie, which browsers add by themselves.
    Cookie(&'h str),
    /// In the `Authorization` header.
    Bearer(&'h str),
}

pub(crate) fn carried(headers: &HeaderMap) -> Option<Carried<'_>> {
    let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some((scheme, token)) = bearer.and_then(|value| value.split_once(' '))
        && scheme.eq_ignore_ascii_case("bearer")
    {
        return Some(Carried::Bearer(token.trim()));
    }
    cookie::read(headers, COOKIE).map(Carried::Cookie)
}

/// The session a request comes with, if it has not ended.
pub(crate) async fn current(state: &AppState, parts: &Parts) -> Result<Option<Arc<Session>>, Problem> {
    match carried(&parts.headers) {
        Some(Carried::Cookie(token) | Carried::Bearer(token)) => state.sessions.find(&state.engine, token).await,
        None => Ok(None),
    }
}

/// What somebody without a session is told.
pub enum NotSignedIn {
    /// A program: a problem document.
    Problem(Problem),
    /// A person: the sign-in page, which leads back.
    Redirect {
        /// The sign-in page with the way back.
        to: String,
        /// Whether a script asked, which must be told in a header.
        script: bool,
    },
}

impl IntoResponse for NotSignedIn {
    fn into_response(self) -> Response {
        let (to, script) = match self {
            Self::Problem(problem) => return problem.into_response(),
            Self::Redirect { to, script } => (to, script),
        };
        let name = if script { header::HeaderName::from_static("hx-redirect") } else { header::LOCATION };
        let status = if script { StatusCode::NO_CONTENT } else { StatusCode::SEE_OTHER };
        // The address was percent-encoded, so it is always a header value; without one the status still says enough.
        match HeaderValue::from_str(&to) {
            Ok(to) => (status, [(name, to)]).into_response(),
            Err(_) => status.into_response(),
        }
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = NotSignedIn;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, NotSignedIn> {
        let Some(session) = current(state, parts).await.map_err(NotSignedIn::Problem)? else {
            return Err(turn_away(parts));
        };
        let language = parts.extensions.get::<Language>().cloned().unwrap_or_default();
        let mut actor = state.engine.actor(&session.account, language.settle(session.account.locale));
        actor.origin = Arc::new(origin(state, parts, Some(&session)));
        Ok(Self { actor, csrf: session.csrf.clone(), theme: Theme::of(&parts.headers), session })
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let session = current(state, parts).await?;
        let language = parts.extensions.get::<Language>().cloned().unwrap_or_default();
        let locale = match &session {
            Some(session) => language.settle(session.account.locale),
            None => language.settled(),
        };
        Ok(Self { locale, theme: Theme::of(&parts.headers), session })
    }
}

/// Longest line kept of what a caller says it is, in characters.
const LONGEST_DEVICE: usize = 120;

/// Where a request comes from, for the ledger.
pub fn origin(state: &AppState, parts: &Parts, session: Option<&Session>) -> Origin {
    let agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    Origin {
        address: address(state, parts).chars().take(60).collect(),
        device: agent.chars().take(LONGEST_DEVICE).collect(),
        // Half of the hash tells sessions apart, and is not what a session is found by.
        session: session.map(|session| session.key().chars().take(16).collect()),
    }
}

fn turn_away(parts: &Parts) -> NotSignedIn {
    if crate::around::speaks_json(&parts.uri) {
        return NotSignedIn::Problem(Problem::new(Kind::SignInNeeded));
    }
    let script = parts.headers.contains_key("hx-request");
    // A script's address is a fragment of a page; the page itself is in `HX-Current-URL`, which we do not trust.
    let to = match parts.uri.path_and_query() {
        Some(path) if parts.method == Method::GET && !script && path.as_str() != "/" => {
            format!("/sign-in?next={}", encode(path.as_str()))
        }
        _ => "/sign-in".to_owned(),
    };
    NotSignedIn::Redirect { to, script }
}

/// Percent-encodes everything that is not plain in a query value.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// What was typed into a sign-in form.
pub struct Credentials<'r> {
    /// The login.
    pub login: &'r str,
    /// The password.
    pub password: &'r str,
    /// Where the request came from, by [`address`].
    pub address: String,
    /// The request's headers, for a session that ends by this.
    pub headers: &'r HeaderMap,
}

/// A session that was begun.
pub struct Begun {
    /// The session.
    pub session: Arc<Session>,
    /// Its token, for a program.
    pub token: String,
    /// The cookie that carries it, for a browser.
    pub cookie: Option<HeaderValue>,
}

/// Begins a session. An unknown login takes as long as a wrong password.
///
/// # Errors
/// [`Kind::WrongPassword`], or [`Kind::TooMany`] after several wrong ones from the same address.
pub async fn sign_in(state: &AppState, credentials: Credentials<'_>) -> Result<Begun, Problem> {
    let Credentials { login, password, address, headers } = credentials;
    let login = login.trim();
    state.sessions.tries.admit(login, &address)?;
    let account = state.engine.store().accounts().by_login(login).await.map_err(Problem::internal)?;
    let usable = account.filter(|account| account.active && !account.password_hash.is_empty());
    let hash = usable.as_ref().map(|account| account.password_hash.clone());
    let fits = password::verify(&state.sessions.hashing, password.to_owned(), hash).await?;
    let Some(account) = usable.filter(|_| fits) else {
        state.sessions.tries.failed(login, &address);
        return Err(Problem::new(Kind::WrongPassword));
    };
    state.sessions.tries.succeeded(login, &address);
    if let Some(old) = cookie::read(headers, COOKIE) {
        state.sessions.end(&state.engine, old).await?;
    }
    let (token, session) = state.sessions.begin(&state.engine, account).await?;
    let cookie = cookie::hidden(COOKIE, &token, Some(keep::LONGEST_SECONDS), state.options.secure_cookies);
    Ok(Begun { session, token, cookie })
}

/// Ends the session a request comes with; answers the cookie that forgets it.
///
/// # Errors
/// The database failed.
pub async fn sign_out(state: &AppState, headers: &HeaderMap) -> Result<Option<HeaderValue>, Problem> {
    if let Some(Carried::Cookie(token) | Carried::Bearer(token)) = carried(headers) {
        state.sessions.end(&state.engine, token).await?;
    }
    Ok(cookie::hidden(COOKIE, "", Some(0), state.options.secure_cookies))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_goes_before_a_cookie() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, "loam_session=a".parse().unwrap());
        assert!(matches!(carried(&headers), Some(Carried::Cookie("a"))));
        headers.insert(header::AUTHORIZATION, "bearer b".parse().unwrap());
        assert!(matches!(carried(&headers), Some(Carried::Bearer("b"))));
    }
}
