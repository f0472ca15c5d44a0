//! `/api/v1/accounts/{id}/identities`: who an account's owner is at other sign-in services, for the security administrator.

use app::Area;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use engine::{Actor, By};
use model::UserId;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{must_administer, refused};
use crate::{
    AppState,
    api::{body, record_id},
    problem::{Kind, Problem},
    session::{
        SignedIn,
        elsewhere::{
            Stop,
            provider::{self, Provider},
            tie::{self, How},
        },
    },
    words,
};

/// Longest name of a person at a provider, by the standard.
const LONGEST: usize = 255;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewIdentity {
    provider: String,
    subject: String,
}

async fn all(state: &AppState) -> Result<Vec<Provider>, Problem> {
    provider::all(state.engine.store()).await.map_err(Problem::internal)
}

/// Refuses an account that the administrator does not reach or whose roles are not all theirs to give, and their own: that is
/// for its owner's page.
async fn must_open(state: &AppState, by: &Actor, id: UserId, act: &'static str) -> Result<(), Problem> {
    if by.user == id {
        return Err(Problem::new(Kind::Denied));
    }
    let found = state.engine.account_to_open(by, id, act).await;
    found.map(drop).map_err(|error| refused(error, by.locale))
}

/// An account's identities: `{"items": […]}`.
pub(crate) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<Json<Value>, Problem> {
    must_administer(&who, &[Area::Security])?;
    let id = record_id(&id)?;
    let account = state.engine.account_for(&who.actor, id).await.map_err(Problem::internal)?;
    account.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let providers = all(&state).await?;
    let identities = state.engine.store().identities().of(id).await.map_err(Problem::internal)?;
    let items = identities.iter().map(|identity| {
        let provider = providers.iter().find(|provider| provider.issuer == identity.issuer);
        json!({
            "provider": provider.map(|provider| provider.name.as_str()),
            "issuer": identity.issuer,
            "subject": identity.subject,
            "made": identity.made.to_string(),
            "used": identity.used.map(|used| used.to_string()),
        })
    });
    Ok(Json(json!({"items": items.collect::<Vec<_>>()})))
}

/// Ties one: `{"provider", "subject"}`.
pub(crate) async fn create(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<StatusCode, Problem> {
    must_administer(&who, &[Area::Security])?;
    who.must_prove()?;
    let new: NewIdentity = body::parse(&headers, &content)?;
    make(&state, &who.actor, record_id(&id)?, &new.provider, &new.subject).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ties whom a provider calls so to an account.
pub(crate) async fn make(
    state: &AppState,
    by: &Actor,
    id: UserId,
    provider: &str,
    subject: &str,
) -> Result<(), Problem> {
    must_open(state, by, id, "identity.tie").await?;
    let providers = all(state).await?;
    let mut problem = Problem::new(Kind::Invalid);
    let subject = subject.trim();
    if subject.is_empty() || subject.len() > LONGEST || subject.chars().any(char::is_control) {
        problem = problem.error("subject", "form", words::say(by.locale, "identity-subject-fault"));
    }
    let Some(provider) = providers.iter().find(|known| known.name == provider) else {
        return Err(problem.error("provider", "unknown", words::say(by.locale, "provider-unknown")));
    };
    if !problem.errors.is_empty() {
        return Err(problem);
    }
    match tie::tie(&state.engine, By::from(by), provider, subject, id, How::Administrator).await {
        Ok(_) => Ok(()),
        Err(Stop::Failed(problem)) => Err(problem),
        Err(Stop::Refused(refusal)) => {
            let sentence = refusal.sentence(by.locale, provider.label(by.locale));
            Err(problem.error("subject", refusal.reason(), sentence))
        }
    }
}

/// Unties an account from a provider. Its sessions end.
pub(crate) async fn remove(
    State(state): State<AppState>,
    who: SignedIn,
    Path((id, provider)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    must_administer(&who, &[Area::Security])?;
    who.must_prove()?;
    let ended = end(&state, &who.actor, record_id(&id)?, &provider).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::new(Kind::NotFound)) }
}

/// Unties an account; `false` when it was not tied there.
pub(crate) async fn end(state: &AppState, by: &Actor, id: UserId, provider: &str) -> Result<bool, Problem> {
    must_open(state, by, id, "identity.untie").await?;
    let providers = all(state).await?;
    let Some(provider) = providers.iter().find(|known| known.name == provider) else { return Ok(false) };
    tie::untie(state, by, &provider.issuer, id).await
}
