//! `POST /api/v1/{app}/{entity}/{id}/purge`

use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use engine::Command;

use crate::{AppState, api, problem::Problem, session::SignedIn};

/// Removes a record in the bin for good, with everything kept about it.
pub(crate) async fn purge(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
) -> Result<StatusCode, Problem> {
    let entity = api::entity(&who.actor, &app, &entity)?;
    let command = Command::Purge { entity: entity.id, id: api::record_id(&id)? };
    let outcome = state.engine.execute(&who.actor, command).await;
    outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
    Ok(StatusCode::NO_CONTENT)
}
