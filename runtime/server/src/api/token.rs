//! `/api/v1/tokens`: tokens that a person makes for programs. Shown once, kept by their hash.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use engine::{Act, Actor};
use jiff::SignedDuration;
use model::{Locale, RecordId};
use serde::Deserialize;
use serde_json::{Value, json};
use store::{StoreError, Token};

use super::body;
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::{SignedIn, Undone, done, token},
    words,
};

/// Longest life of a token, in days.
pub(crate) const LONGEST_DAYS: i64 = 366;

/// Most tokens of one account.
const MOST: usize = 100;

/// What a token is asked to be.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewToken {
    /// What its owner calls it.
    pub(crate) name: String,
    /// In how many days it ends.
    pub(crate) days: i64,
    /// Whether it may change anything.
    #[serde(default)]
    pub(crate) writes: bool,
    /// The entities it may touch; all when empty.
    #[serde(default)]
    pub(crate) entities: Vec<String>,
}

fn shown(token: &Token) -> Value {
    json!({
        "id": token.id.to_string(),
        "name": token.name,
        "writes": token.writes,
        "entities": token.entities,
        "created": token.created.to_string(),
        "expires": token.expires.to_string(),
        "used": token.used.map(|used| used.to_string()),
        "used_from": token.used_from,
    })
}

/// One's tokens, the newest first: `{"items": […]}`.
pub(crate) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, Problem> {
    let tokens = state.engine.store().tokens().of(who.actor.user).await.map_err(Problem::internal)?;
    Ok(Json(json!({"items": tokens.iter().map(shown).collect::<Vec<_>>()})))
}

/// Makes a token: `{"name", "days", "writes"?, "entities"?}`. The answer holds it as `token`, this once.
pub(crate) async fn create(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    who.must_prove()?;
    let new: NewToken = body::parse(&headers, &content)?;
    let (made, token) = make(&state, &who.actor, new).await?;
    let mut answer = shown(&made);
    if let Some(members) = answer.as_object_mut() {
        members.insert("token".into(), token.into());
    }
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

/// Makes a token; answers it and its secret.
pub(crate) async fn make(state: &AppState, by: &Actor, new: NewToken) -> Result<(Token, String), Problem> {
    let locale = by.locale;
    let mut problem = Problem::new(Kind::Invalid);
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        problem = problem.error("name", "required", words::say(locale, "token-name-fault"));
    }
    if !(1..=LONGEST_DAYS).contains(&new.days) {
        problem = problem.error("days", "range", days_fault(locale));
    }
    for entity in new.entities.iter().filter(|name| by.edition.app.entity_named(name).is_none()) {
        problem = problem.error("entities", "unknown", words::fill(locale, "entity-unknown", &[("name", entity)]));
    }
    let known = state.engine.store().tokens().of(by.user).await.map_err(Problem::internal)?;
    if known.len() >= MOST {
        problem = problem.error("name", "too-many", words::say(locale, "token-too-many"));
    }
    if !problem.errors.is_empty() {
        return Err(problem);
    }
    let secret = format!("{}{}", token::PROGRAM, token::new()?);
    let made = Token {
        id: state.engine.new_id(),
        account: by.user,
        name: name.to_owned(),
        token_hash: token::hash(&secret),
        writes: new.writes,
        entities: new.entities,
        created: by.now,
        expires: by.now + SignedDuration::from_hours(24 * new.days),
        used: None,
        used_from: None,
    };
    let act = Act::new("token.make", "token")
        .on(made.id)
        .fact("writes", made.writes)
        .fact("entities", made.entities.clone())
        .fact("expires", made.expires.to_string())
        .detail("name", made.name.clone());
    let token = made.clone();
    let kept = state.engine.noted::<(), StoreError, _>(by, vec![act], move |tx| {
        let token = token.clone();
        Box::pin(async move { tx.add_token(&token).await })
    });
    kept.await.map_err(Problem::internal)?;
    Ok((made, secret))
}

fn days_fault(locale: Locale) -> String {
    words::fill(locale, "from-to", &[("least", "1"), ("most", &LONGEST_DAYS.to_string())])
}

/// Ends a token.
pub(crate) async fn revoke(
    State(state): State<AppState>,
    who: SignedIn,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let ended = end(&state, &who.actor, super::record_id(&id)?).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::new(Kind::NotFound)) }
}

/// Ends a token of somebody; `false` when they have none like that.
pub(crate) async fn end(state: &AppState, by: &Actor, id: RecordId) -> Result<bool, Problem> {
    let (owner, act) = (by.user, Act::new("token.revoke", "token").on(id));
    let ended = state.engine.noted::<(), Undone, _>(by, vec![act], move |tx| {
        Box::pin(async move { done(tx.revoke_token(owner, id).await?) })
    });
    let ended = Undone::told(ended.await)?;
    state.sessions.drop_copies(owner);
    Ok(ended)
}
