//! `/api/v1/policy`: the rules of signing in, for the security administrator.

use app::Area;
use axum::{Json, body::Bytes, extract::State, http::HeaderMap};
use model::Locale;
use serde_json::Value;

use super::{account::must_administer_all, body};
use crate::{
    AppState,
    problem::{Kind, Problem},
    session::{SignedIn, networks, policy::Policy},
    words,
};

/// The rules now.
pub(crate) async fn show(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, Problem> {
    must_administer_all(&who, Area::Security)?;
    let policy = Policy::of(state.engine.store()).await.map_err(Problem::internal)?;
    Ok(Json(serde_json::to_value(policy).map_err(Problem::internal)?))
}

/// Other rules, all of them; what is left out goes back to what is usual.
pub(crate) async fn change(
    State(state): State<AppState>,
    who: SignedIn,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Json<Value>, Problem> {
    must_administer_all(&who, Area::Security)?;
    who.must_prove()?;
    let policy: Policy = body::parse(&headers, &content)?;
    set(&state, &who.actor, &policy).await?;
    Ok(Json(serde_json::to_value(policy).map_err(Problem::internal)?))
}

/// Checks and keeps a policy.
pub(crate) async fn set(state: &AppState, by: &engine::Actor, policy: &Policy) -> Result<(), Problem> {
    let mut problem = Problem::new(Kind::Invalid);
    for (name, least, most) in policy.faults() {
        problem = problem.error(name, "range", range(by.locale, least, most));
    }
    let networks = &policy.admin_networks;
    if let Some(wrong) = networks::unread(networks) {
        problem = problem.error("admin_networks", "network", words::fill(by.locale, "network-bad", &[("text", wrong)]));
    } else if !policy.lets_in(&by.origin.address) {
        // Whoever sets this must still be let in afterwards.
        let own = words::fill(by.locale, "network-own", &[("address", &by.origin.address)]);
        problem = problem.error("admin_networks", "own-address", own);
    }
    if !problem.errors.is_empty() {
        return Err(problem);
    }
    policy.set(&state.engine, by).await.map_err(Problem::internal)?;
    state.sessions.policy.forget();
    Ok(())
}

fn range(locale: Locale, least: u32, most: u32) -> String {
    words::fill(locale, "from-to", &[("least", &least.to_string()), ("most", &most.to_string())])
}
