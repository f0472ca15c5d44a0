//! `DELETE /api/v1/{app}/{entity}/{id}`

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use engine::Command;

use super::expected;
use crate::{AppState, api, problem::Problem, session::SignedIn};

/// Puts a record into the bin; with `If-Match` only the version it names.
pub(crate) async fn delete(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    let entity = api::entity(&who.actor, &app, &entity)?;
    let command = Command::Delete {
        entity: entity.id,
        id: api::record_id(&id)?,
        expected: expected(&headers, who.actor.locale)?,
    };
    let outcome = state.engine.execute(&who.actor, command).await;
    outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
    Ok(StatusCode::NO_CONTENT)
}
