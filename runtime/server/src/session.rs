//! Signing in and staying signed in.
//!
//! A session is a random token of 256 bits, in the cookie `loam_session` of a browser (see [`cookie`]) or the `Authorization: Bearer` header
//! of a program. The store knows its SHA-256 only. How long it lasts is the policy's: [`policy`]. A program may also come
//! with a token its owner made for it: [`programs`].
//!
//! Handlers take [`SignedIn`]; a page that anybody may open takes [`Visitor`]. What begins and ends sessions is in [`begin`],
//! what slows down guesses in [`limit`]; what is presented and opens nothing is told of by [`stale`]. Signing in by another service is
//! in [`elsewhere`].
//!
//! INVARIANT: signing in and proving again always make a new token; the one that was there before is ended.
//! INVARIANT: a session opens nothing in another browser or program than it was begun in: [`browser`].
//! INVARIANT: whoever must change a password or set up a second factor opens nothing else before: [`Before`].

pub mod begin;
mod browser;
pub mod cookie;
pub mod elsewhere;
pub(crate) mod factor;
pub mod form;
pub mod help;
mod keep;
pub mod limit;
pub(crate) mod networks;
pub(crate) mod passkey;
pub mod password;
pub mod policy;
mod programs;
pub mod setup;
pub(crate) mod stale;
pub(crate) mod token;
mod undone;
pub(crate) mod wiped;

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use engine::{Actor, Origin};
use model::Locale;
use store::{Account, Entrance, StandIn};

pub use begin::{Begun, Credentials, Started, sign_in, sign_out};
pub use keep::{Session, Sessions};
pub use limit::address;
pub(crate) use token::same;
pub(crate) use undone::{Undone, done};

use crate::{
    AppState,
    language::Language,
    page::stand_in,
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
    /// Whose place they take, if they do: `actor` then has that account's rights within the limits.
    pub standing: Option<(StandIn, Account)>,
}

/// The stand-in a browser says is in use. Programs act for their owner alone, and pages of the account are one's own.
fn place(parts: &Parts, session: &Session) -> Option<model::RecordId> {
    let path = parts.uri.path();
    let own = stand_in::OWN
        .iter()
        .any(|own| path == *own || path.strip_prefix(own).is_some_and(|rest| rest.starts_with('/')));
    if own || session.token.is_some() || !matches!(carried(&parts.headers), Some(Carried::Cookie(_))) {
        return None;
    }
    cookie::read(&parts.headers, stand_in::COOKIE)?.parse().ok()
}

/// What somebody who is signed in must do before anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Before {
    /// Choose a password: somebody else set the one they have, or it is too old.
    Password,
    /// Set up a second factor.
    Factor,
}

impl Before {
    /// What stands before this account, if anything does.
    pub fn of(policy: &policy::Policy, session: &Session, actor: &Actor) -> Option<Self> {
        // A program's owner had both.
        if session.token.is_some() {
            return None;
        }
        let age = actor.now.duration_since(session.standing.changed);
        let days = i64::from(policy.password_days);
        let old = session.standing.due || (days > 0 && age > jiff::SignedDuration::from_hours(24 * days));
        // Whoever comes from elsewhere may never have seen the password they have here.
        if old && session.has_password && session.entrance == Entrance::Here {
            return Some(Self::Password);
        }
        let asks = session.entrance != Entrance::Trusted && policy.asks_factor(actor.area());
        (asks && !session.standing.factor).then_some(Self::Factor)
    }

    /// The addresses that stay open meanwhile.
    fn opens(self, path: &str) -> bool {
        let always = ["/sign-out", "/preferences", "/api/v1/session"];
        let own: &[&str] = match self {
            Self::Password => &["/password", "/me/password", "/api/v1/session/password"],
            Self::Factor => &[
                "/security",
                "/security/code",
                "/security/passkeys",
                "/security/passkeys/options",
                "/prove",
                "/prove/passkey",
                "/prove/passkey/options",
                "/prove/elsewhere",
                "/api/v1/session/code",
            ],
        };
        // Whoever left for another sign-in service comes back there, to sign in or with a proof.
        always.contains(&path) || own.contains(&path) || path.starts_with("/sign-in/with/")
    }

    fn turn_away(self, parts: &Parts) -> NotSignedIn {
        if crate::around::speaks_json(&parts.uri) {
            return NotSignedIn::Problem(Problem::new(match self {
                Self::Password => Kind::PasswordDue,
                Self::Factor => Kind::FactorDue,
            }));
        }
        let to = match self {
            Self::Password => "/password",
            Self::Factor => "/security",
        };
        NotSignedIn::Redirect { to: to.to_owned(), script: parts.headers.contains_key("hx-request") }
    }
}

impl SignedIn {
    /// Refuses an act that needs a fresh proof of who is sitting there, when the last one is older than ten minutes.
    ///
    /// # Errors
    /// [`Kind::ProofNeeded`].
    pub fn must_prove(&self) -> Result<(), Problem> {
        if proven(&self.session, &self.actor) { Ok(()) } else { Err(Problem::new(Kind::ProofNeeded)) }
    }

    /// The account.
    pub fn account(&self) -> &Account {
        &self.session.account
    }
}

/// Whether they proved who they are not long ago.
pub fn proven(session: &Session, actor: &Actor) -> bool {
    actor.now.duration_since(session.proved).unsigned_abs() <= policy::PROOF
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

/// The session a request comes with, if it has not ended. One that was begun in another browser ends here.
pub(crate) async fn current(state: &AppState, parts: &Parts) -> Result<Option<Arc<Session>>, Problem> {
    let Some(Carried::Cookie(token) | Carried::Bearer(token)) = carried(&parts.headers) else { return Ok(None) };
    let found = state.sessions.find(&state.engine, token, &address(state, parts)).await?;
    let Some(session) = found else { return Ok(None) };
    if session.browser.as_ref().is_some_and(|begun| !browser::same(begun, &browser::of(&parts.headers))) {
        stale::taken_along(state, parts, &session).await;
        return Ok(None);
    }
    Ok(Some(session))
}

/// The same for whoever takes the session: what was presented and opens nothing is on the ledger.
async fn presented(state: &AppState, parts: &Parts) -> Result<Option<Arc<Session>>, Problem> {
    let session = current(state, parts).await?;
    if session.is_none() {
        stale::note(state, parts).await;
    }
    Ok(session)
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
        let Some(session) = presented(state, parts).await.map_err(NotSignedIn::Problem)? else {
            return Err(turn_away(parts));
        };
        let language = parts.extensions.get::<Language>().cloned().unwrap_or_default();
        let locale = language.settle(session.account.locale);
        let mut actor = match &session.token {
            None => state.engine.actor(&session.account, locale),
            Some(token) if programs::may_open(token, &parts.method, &parts.uri) => {
                state.engine.actor_within(&session.account, locale, &programs::within(token))
            }
            Some(_) => return Err(NotSignedIn::Problem(Problem::new(Kind::Denied))),
        };
        let policy = state.sessions.policy.now(state.engine.store()).await.map_err(NotSignedIn::Problem)?;
        if let Some(before) = Before::of(&policy, &session, &actor)
            && !before.opens(parts.uri.path())
        {
            return Err(before.turn_away(parts));
        }
        if actor.area().is_some() && !policy.lets_in(&address(state, parts)) {
            return Err(NotSignedIn::Problem(Problem::new(Kind::WrongPlace)));
        }
        let standing = match place(parts, &session) {
            Some(id) => state.engine.standing_in(&session.account, id, locale).await,
            None => Ok(None),
        };
        let standing =
            standing.map_err(|error| NotSignedIn::Problem(Problem::internal(error)))?.map(|(other, one, giver)| {
                actor = other;
                (one, giver)
            });
        actor.origin = Arc::new(origin(state, parts, Some(&session)));
        Ok(Self { actor, csrf: session.csrf.clone(), theme: Theme::of(&parts.headers), session, standing })
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let session = presented(state, parts).await?;
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
        browser: browser::of(&parts.headers),
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
