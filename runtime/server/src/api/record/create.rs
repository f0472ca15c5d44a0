//! `POST /api/v1/{app}/{entity}`

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use engine::Command;

use super::written;
use crate::{
    AppState,
    api::{self, body, idempotency},
    problem::Problem,
    session::SignedIn,
};

/// Makes a record; answers 200 where the same was there already and was changed instead.
pub(crate) async fn create(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    let entity = api::entity(&who.actor, &app, &entity)?;
    let run = async {
        let fields = body::fields(&headers, &content, who.actor.locale)?;
        let command = Command::Create { entity: entity.id, id: None, fields };
        let outcome = state.engine.execute(&who.actor, command).await;
        let outcome = outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
        let changed = outcome.first().ok_or_else(|| Problem::internal("a create answered no record"))?;
        let status = if outcome.met.contains(&changed.id) { StatusCode::OK } else { StatusCode::CREATED };
        written(&state, &who, entity, changed, status, &headers).await
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}
