//! Refusals that the engine's doors never saw get onto the ledger here: forged requests, pages and addresses that are not for
//! the caller, guessed ids of records.

use axum::http::request::Parts;
use engine::{Act, By};

use crate::{
    AppState,
    problem::{Kind, Problem},
    session,
};

/// Puts a refusal on the ledger, unless it is there already or is none of that sort.
pub(crate) async fn note(state: &AppState, asked: &Parts, problem: &Problem) {
    if problem.is_noted() || !matches!(problem.kind, Kind::Denied | Kind::Forgery | Kind::NotFound | Kind::WrongPlace) {
        return;
    }
    let path: Vec<&str> = asked.uri.path().split('/').skip(1).collect();
    let thing = match path.as_slice() {
        ["r", entity, id, ..] | ["api", "v1", _, entity, id, ..] => Some((*entity, *id)),
        _ => None,
    };
    let app = &state.engine.edition().app;
    let thing = thing.filter(|(entity, _)| app.entity_named(entity).is_some());
    let id = thing.and_then(|(_, id)| id.parse().ok());
    // An address that leads nowhere is nobody's secret; a record that is not for the caller may be.
    if problem.kind == Kind::NotFound && id.is_none() {
        return;
    }
    let action = if asked.method.is_safe() { "read" } else { "write" };
    let object = thing.map_or_else(|| "address".to_owned(), |(entity, _)| entity.to_owned());
    let mut act = Act::new(action, object).refused(problem.kind.slug());
    if let Some(id) = id {
        act = act.on(id);
    }
    let path: String = asked.uri.path().chars().take(200).collect();
    let act = act.detail("method", asked.method.as_str()).detail("path", path);
    let session = session::current(state, asked).await.ok().flatten();
    let origin = session::origin(state, asked, session.as_deref());
    let by = match &session {
        Some(session) => By::account(&session.account, origin),
        None => By::unknown("", origin),
    };
    if let Err(error) = state.engine.note(by, act).await {
        tracing::error!(%error, "a refusal cannot be put on the ledger");
    }
}
