//! `/api/v1/{app}/{entity}/uploads/{field}`: files that are sent before their record is saved. Each is held for whoever sent it,
//! for a day, and is the record's own once a value of that field is its id.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Uri},
    response::Response,
};
use engine::Command;

use super::attachment::taken;
use crate::{
    AppState,
    api::{self, idempotency},
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Holds the files of a form sent as `multipart/form-data`, all or none: `{"items": [{"id"}]}`.
pub(crate) async fn add(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, field)): Path<(String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    let entity = api::entity(&who.actor, &app, &entity)?;
    let field = who.actor.edition.app.field_named(entity.id, &field).ok_or_else(|| Problem::new(Kind::NotFound))?.id;
    let run = taken(&state, &who, (&headers, content.clone()), |file| Command::Upload { field, file });
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}
