//! Signing in elsewhere: by OpenID Connect, with the code flow and PKCE. Somebody leaves for another sign-in service, comes back
//! with a code, and the service tells us for that code, in a token it signed, who they are there. Who that is here says a tie
//! ([`tie`]). The same way out and back ties an account, and proves again who somebody is.
//!
//! A provider's session is its own: signing out here leaves it as it is, and what happens there later is not known here.
//!
//! INVARIANT: nobody comes back who did not leave: with a state of ours, in the same browser, once, within ten minutes.
//! INVARIANT: no token is believed that is not signed by a key of the provider, for us, for this visit, just now.
//! INVARIANT: nobody gets an account by signing in, and no account that administers is tied by what a provider says.

mod id_token;
mod keys;
mod metadata;
pub mod provider;
pub(crate) mod tie;
mod web;

use axum::http::{HeaderMap, header};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use model::{Locale, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use store::Waiting;

use super::token;
use crate::{
    AppState,
    page::params::{Params, encode},
    problem::Problem,
    words,
};
use id_token::Expected;
use metadata::{Metadata, Services};
use provider::Provider;
use web::Ask;

/// How long somebody may stay away.
const PATIENCE: SignedDuration = SignedDuration::from_mins(10);

/// What waits for somebody to come back.
const WAITING: &str = "elsewhere";

/// What this process knows of providers.
#[derive(Default)]
pub(crate) struct Shared {
    services: Services,
    pub(crate) providers: provider::Kept,
}

/// Why somebody did not get in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// They never left from here, left in another browser, came back before, or stayed away too long.
    Lost,
    /// The provider sent them back without a code.
    Declined,
    /// The provider does not answer, or not in time.
    Unreachable,
    /// The provider's answer breaks this rule.
    Answer(&'static str),
    /// Whoever they are there is nobody who may come in here.
    Nobody(&'static str),
    /// Whoever they are there, or here, is tied to another already.
    Taken,
}

impl Refusal {
    /// The rule it was refused by, as the ledger names it.
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Lost => "wrong-state",
            Self::Declined => "provider-declined",
            Self::Unreachable => "provider-unreachable",
            Self::Answer(reason) | Self::Nobody(reason) => reason,
            Self::Taken => "identity-taken",
        }
    }

    /// What its reader is told, of a provider they call so.
    pub(crate) fn sentence(self, locale: Locale, who: &str) -> String {
        let key = match self {
            Self::Lost => "elsewhere-lost",
            Self::Declined => "elsewhere-declined",
            Self::Unreachable => "elsewhere-unreachable",
            Self::Answer("token-stale") => "elsewhere-stale",
            Self::Answer(_) => "elsewhere-answer",
            Self::Nobody(_) => "elsewhere-nobody",
            Self::Taken => "elsewhere-taken",
        };
        words::fill(locale, key, &[("who", who)])
    }
}

/// What ends a visit early.
#[derive(Debug)]
pub(crate) enum Stop {
    /// A refusal, to be told and put on the ledger.
    Refused(Refusal),
    /// Something failed.
    Failed(Problem),
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self::Failed(problem)
    }
}

/// What somebody leaves for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Purpose {
    /// To sign in.
    SignIn,
    /// To tie who they are there to their account.
    Tie,
    /// To prove again who they are.
    Prove,
}

/// What is kept of somebody who left.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Left {
    provider: String,
    purpose: Purpose,
    browser: String,
    nonce: String,
    verifier: String,
    callback: String,
    next: String,
    /// In seconds since 1970.
    at: i64,
}

/// Somebody about to leave.
pub(crate) struct Leaving<'r> {
    /// To whom.
    pub provider: &'r Provider,
    /// What for.
    pub purpose: Purpose,
    /// Whose account it is about, if it is known.
    pub account: Option<UserId>,
    /// What only this browser holds.
    pub secret: &'r str,
    /// Where to go in the end.
    pub next: &'r str,
    /// The request's headers.
    pub headers: &'r HeaderMap,
}

/// Our own address as the browser knows it; `None` where it does not say.
fn here(state: &AppState, headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?.to_ascii_lowercase();
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    let scheme = if state.options.secure_cookies { "https" } else { "http" };
    (!host.is_empty() && host.bytes().all(plain)).then(|| format!("{scheme}://{host}"))
}

/// The whole address of a path here; the path alone where the browser does not say what it calls us.
pub(crate) fn address(state: &AppState, headers: &HeaderMap, path: &str) -> String {
    format!("{}{path}", here(state, headers).unwrap_or_default())
}

impl Leaving<'_> {
    /// The address to leave for, once it is kept that they do.
    ///
    /// # Errors
    /// The provider is not there, or says too little about itself.
    pub(crate) async fn address(&self, state: &AppState) -> Result<String, Stop> {
        let provider = self.provider;
        let metadata = state.sessions.elsewhere.services.metadata(&provider.issuer).await?;
        let now = state.engine.now();
        let callback = format!("{}{}", here(state, self.headers).ok_or(Refusal::Lost)?, provider.callback());
        let (ticket, nonce, verifier) = (token::new()?, token::new()?, token::new()?);
        let left = Left {
            provider: provider.name.clone(),
            purpose: self.purpose,
            browser: token::hash(self.secret),
            nonce: nonce.clone(),
            verifier: verifier.clone(),
            callback: callback.clone(),
            next: self.next.to_owned(),
            at: now.as_second(),
        };
        let waiting = Waiting {
            key: token::hash(&ticket),
            kind: WAITING.to_owned(),
            account: self.account,
            value: serde_json::to_value(&left).map_err(Problem::internal)?,
            expires: now + PATIENCE,
        };
        state.engine.store().waiting().keep(&waiting, now).await.map_err(Problem::internal)?;
        let mut asked = Params::default()
            .with("response_type", "code")
            .with("client_id", provider.client_id.as_str())
            .with("redirect_uri", callback)
            .with("scope", scope(provider, &metadata))
            .with("state", ticket)
            .with("nonce", nonce)
            // The challenge of PKCE is made as our hashes are: SHA-256, in base 64 for addresses.
            .with("code_challenge", token::hash(&verifier))
            .with("code_challenge_method", "S256");
        if self.purpose == Purpose::Prove {
            asked = asked.with("prompt", "login").with("max_age", "0");
        }
        let join = if metadata.authorization.contains('?') { '&' } else { '?' };
        Ok(format!("{}{join}{}", metadata.authorization, asked.text()))
    }
}

/// What to ask for: who somebody is, and where ties are made by a claim, the claims.
fn scope(provider: &Provider, metadata: &Metadata) -> String {
    let more = if provider.claim.is_empty() { &[][..] } else { &["profile", "email"][..] };
    let offered =
        |scope: &&&str| metadata.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(|known| known == **scope));
    std::iter::once("openid").chain(more.iter().filter(offered).copied()).collect::<Vec<_>>().join(" ")
}

/// Somebody who came back.
pub(crate) struct Returned {
    left: Left,
    /// Whose account it is about, if that was known.
    pub account: Option<UserId>,
}

impl Returned {
    /// What they left for.
    pub(crate) fn purpose(&self) -> Purpose {
        self.left.purpose
    }

    /// Where to go in the end.
    pub(crate) fn next(&self) -> &str {
        &self.left.next
    }
}

/// Takes up again what was kept of somebody who comes back by this provider; `None` when nothing was, or not any more.
///
/// # Errors
/// The database failed.
pub(crate) async fn returned(state: &AppState, provider: &str, ticket: &str) -> Result<Option<Returned>, Problem> {
    let waiting = state.engine.store().waiting();
    let taken = waiting.take(WAITING, &token::hash(ticket), state.engine.now()).await.map_err(Problem::internal)?;
    let Some(taken) = taken else { return Ok(None) };
    let left: Option<Left> = serde_json::from_value(taken.value).ok();
    let left = left.filter(|left| left.provider == provider);
    Ok(left.map(|left| Returned { left, account: taken.account }))
}

/// Who somebody is at a provider.
pub(crate) struct Known {
    /// The provider's name for them.
    pub subject: String,
    /// When they proved it there, if the provider says so.
    pub proved: Option<Timestamp>,
    /// What else it says.
    pub claims: Map<String, Json>,
}

impl Returned {
    /// Who they are at the provider, by the code they brought. `secret` is what only their browser holds.
    ///
    /// # Errors
    /// What is refused, or the database failed.
    pub(crate) async fn known(
        &self,
        state: &AppState,
        provider: &Provider,
        secret: &str,
        query: &Params,
    ) -> Result<Known, Stop> {
        let left = &self.left;
        if secret.is_empty() || !token::same(&left.browser, &token::hash(secret)) {
            return Err(Refusal::Lost.into());
        }
        let services = &state.sessions.elsewhere.services;
        let metadata = services.metadata(&provider.issuer).await?;
        // An answer of one provider must not be taken for that of another (RFC 9207).
        if query.get("iss").map_or(metadata.names_itself, |issuer| issuer != provider.issuer) {
            return Err(Refusal::Answer("wrong-issuer").into());
        }
        let Some(code) = query.get("code") else { return Err(Refusal::Declined.into()) };
        let tokens = self.tokens(state, provider, &metadata, code).await?;
        let text = |name: &str| tokens.get(name).and_then(Json::as_str);
        let token = text("id_token").ok_or(Refusal::Answer("provider-answer"))?;
        let expected = Expected {
            issuer: &provider.issuer,
            client: &provider.client_id,
            nonce: &left.nonce,
            left: Timestamp::from_second(left.at).map_err(Problem::internal)?,
            now: state.engine.now(),
            anew: left.purpose == Purpose::Prove,
        };
        let (keys, old) = services.keys(&provider.issuer, &metadata).await?;
        let mut read = id_token::read(token, &keys, &expected);
        if old && matches!(read, Err("token-key" | "token-signature")) {
            let keys = services.read_keys(&provider.issuer, &metadata).await?;
            read = id_token::read(token, &keys, &expected);
        }
        let claims = read.map_err(Refusal::Answer)?;
        let mut known = Known { subject: claims.subject, proved: claims.proved, claims: claims.all };
        // Many providers tell claims only where they are asked for them.
        if !provider.claim.is_empty()
            && !known.claims.contains_key(&provider.claim)
            && let Some((address, token)) = metadata.person.as_ref().zip(text("access_token"))
        {
            let (status, more) = services.web.json(address, Ask::Person(token.to_owned())).await?;
            let same = more.get("sub").and_then(Json::as_str) == Some(known.subject.as_str());
            if let (200, true, Json::Object(more)) = (status, same, more) {
                known.claims = more.into_iter().chain(known.claims).collect();
            }
        }
        Ok(known)
    }

    /// Changes a code for tokens.
    async fn tokens(
        &self,
        state: &AppState,
        provider: &Provider,
        metadata: &Metadata,
        code: &str,
    ) -> Result<Json, Stop> {
        let mut form = Params::default()
            .with("grant_type", "authorization_code")
            .with("code", code)
            .with("redirect_uri", self.left.callback.as_str())
            .with("code_verifier", self.left.verifier.as_str());
        let mut authorization = None;
        match state.options.secrets.of(provider) {
            None => form = form.with("client_id", provider.client_id.as_str()),
            Some(secret) if metadata.secret_in_form => {
                form = form.with("client_id", provider.client_id.as_str()).with("client_secret", secret);
            }
            Some(secret) => {
                let both = format!("{}:{}", encode(&provider.client_id), encode(secret));
                authorization = Some(format!("Basic {}", STANDARD.encode(both)));
            }
        }
        let ask = Ask::Form(form.text(), authorization);
        let (status, answer) = state.sessions.elsewhere.services.web.json(&metadata.token, ask).await?;
        if status == 200 {
            return Ok(answer);
        }
        // What it says is for whoever operates us: a wrong secret, a code used twice.
        let error = answer.get("error").and_then(Json::as_str).unwrap_or_default();
        tracing::warn!(provider = %provider.name, status, error, "a sign-in service does not take a code");
        Err(if status >= 500 { Refusal::Unreachable } else { Refusal::Answer("code-refused") }.into())
    }
}

/// Whether a provider describes itself as it should, asked now.
///
/// # Errors
/// It does not, or cannot be reached.
pub(crate) async fn try_out(state: &AppState, provider: &Provider) -> Result<(), Refusal> {
    state.sessions.elsewhere.services.read_metadata(&provider.issuer).await.map(drop)
}
