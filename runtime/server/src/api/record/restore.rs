//! `POST /api/v1/{app}/{entity}/{id}/restore`

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
    api::{self, idempotency},
    problem::Problem,
    session::SignedIn,
};

/// Takes a record out of the bin.
pub(crate) async fn restore(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let entity = api::entity(&who.actor, &app, &entity)?;
    let id = api::record_id(&id)?;
    let run = async {
        let outcome = state.engine.execute(&who.actor, Command::Restore { entity: entity.id, id }).await;
        let outcome = outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
        let changed = outcome.first().ok_or_else(|| Problem::internal("a restore answered no record"))?;
        written(&state, &who, entity, changed, StatusCode::OK, &headers).await
    };
    idempotency::once(&state, &who, &uri, &headers, &Bytes::new(), run).await
}
