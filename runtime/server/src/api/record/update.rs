//! `PATCH /api/v1/{app}/{entity}/{id}`

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use engine::{Changed, Command};

use super::{expected, written};
use crate::{
    AppState,
    api::{self, body},
    problem::Problem,
    session::SignedIn,
};

/// Changes what the body names; with `If-Match` only the version it names.
pub(crate) async fn update(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    let entity = api::entity(&who.actor, &app, &entity)?;
    let id = api::record_id(&id)?;
    let expected = expected(&headers, who.actor.locale)?;
    let fields = body::fields(&headers, &content, who.actor.locale)?;
    let command = Command::Update { entity: entity.id, id, expected, fields };
    let outcome = state.engine.execute(&who.actor, command).await;
    let outcome = outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
    let changed = outcome.first().unwrap_or(Changed { entity: entity.id, id, version: expected.unwrap_or_default() });
    written(&state, &who, entity, changed, StatusCode::OK, &headers).await
}
