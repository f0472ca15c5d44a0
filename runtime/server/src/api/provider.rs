//! `/api/v1/providers`: the other sign-in services, for the security administrator. The secret of a client is in the
//! environment of each node and nowhere here; `secret` says whether this node has it.

use app::Area;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use engine::Actor;
use model::Locale;
use serde_json::{Value, json};

use super::{account::must_administer_all, body};
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::{
        SignedIn,
        elsewhere::{
            self, Refusal,
            provider::{self, Provider},
        },
    },
    words,
};

/// Most providers: they are buttons below a form.
const MOST: usize = 20;

fn shown(state: &AppState, provider: &Provider) -> Value {
    let mut shown = serde_json::to_value(provider).unwrap_or_default();
    if let Some(members) = shown.as_object_mut() {
        members.insert("name".into(), provider.name.as_str().into());
        members.insert("callback".into(), provider.callback().into());
        members.insert("variable".into(), provider.variable().into());
        members.insert("secret".into(), state.options.secrets.of(provider).is_some().into());
    }
    shown
}

/// All of them: `{"items": […]}`.
pub(crate) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, Problem> {
    must_administer_all(&who, Area::Security)?;
    let all = provider::all(state.engine.store()).await.map_err(Problem::internal)?;
    Ok(Json(json!({"items": all.iter().map(|one| shown(&state, one)).collect::<Vec<_>>()})))
}

/// Makes or replaces one: `{"label", "issuer", "client_id", "claim"?, "trusted"?, "active"?}`.
pub(crate) async fn put(
    State(state): State<AppState>,
    who: SignedIn,
    Path(name): Path<String>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Json<Value>, Problem> {
    must_administer_all(&who, Area::Security)?;
    who.must_prove()?;
    let wanted: Provider = body::parse(&headers, &content)?;
    let wanted = Provider { name, ..wanted };
    keep(&state, &who.actor, wanted.clone()).await?;
    Ok(Json(shown(&state, &wanted)))
}

/// Checks and keeps a provider. One that is to be in use must describe itself when it is asked.
pub(crate) async fn keep(state: &AppState, by: &Actor, wanted: Provider) -> Result<(), Problem> {
    let all = provider::all(state.engine.store()).await.map_err(Problem::internal)?;
    let before = all.iter().find(|known| known.name == wanted.name);
    let mut problem = Problem::new(Kind::Invalid);
    let locale = by.locale;
    for (part, key) in wanted.faults() {
        problem = problem.error(part, "form", words::say(locale, key));
    }
    if before.is_some_and(|before| before.issuer != wanted.issuer) {
        problem = problem.error("issuer", "stays", words::say(locale, "provider-issuer-stays"));
    }
    if all.iter().any(|known| known.issuer == wanted.issuer && known.name != wanted.name) {
        problem = problem.error("issuer", "unique", words::say(locale, "provider-issuer-taken"));
    }
    if before.is_none() && all.len() >= MOST {
        problem =
            problem.error("name", "too-many", words::fill(locale, "provider-too-many", &[("n", &MOST.to_string())]));
    }
    if problem.errors.is_empty()
        && wanted.active
        && let Err(refusal) = elsewhere::try_out(state, &wanted).await
    {
        problem = problem.error("issuer", refusal.reason(), untold(locale, refusal));
    }
    if !problem.errors.is_empty() {
        return Err(problem);
    }
    provider::keep(&state.engine, by, before, &wanted).await.map_err(Problem::internal)?;
    state.sessions.elsewhere.providers.forget();
    if provider::ends_sessions(before, &wanted) {
        state.sessions.drop_all_copies();
    }
    Ok(())
}

fn untold(locale: Locale, refusal: Refusal) -> &'static str {
    words::say(
        locale,
        match refusal {
            Refusal::Unreachable => "provider-unreachable",
            _ => "provider-unlike",
        },
    )
}

/// Forgets one, and every tie to it.
pub(crate) async fn remove(
    State(state): State<AppState>,
    who: SignedIn,
    Path(name): Path<String>,
) -> Result<StatusCode, Problem> {
    must_administer_all(&who, Area::Security)?;
    who.must_prove()?;
    if forget(&state, &who.actor, &name).await? {
        Ok(StatusCode::NO_CONTENT)
    } else {
        Err(Problem::new(Kind::NotFound))
    }
}

/// Forgets a provider; `false` when there is none of that name.
pub(crate) async fn forget(state: &AppState, by: &Actor, name: &str) -> Result<bool, Problem> {
    let all = provider::all(state.engine.store()).await.map_err(Problem::internal)?;
    let Some(gone) = all.iter().find(|known| known.name == name) else { return Ok(false) };
    provider::remove(&state.engine, by, gone).await.map_err(Problem::internal)?;
    state.sessions.elsewhere.providers.forget();
    state.sessions.drop_all_copies();
    Ok(true)
}
