//! `POST /api/v1/{app}/workflows/cases/{id}/tasks/{task}/uploads/{field}`: files that are sent before a task is answered. The step
//! opens the field, whatever the sender's own rights give. Each is held for whoever sent it, for a day, and is the record's own once
//! the answer's value of that field is its id.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, Uri},
    response::Response,
};
use engine::{CaseCommand, Command};

use super::{case_id, installed};
use crate::{
    AppState,
    api::{idempotency, parameter::Parameters, record::attachment::taken},
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Holds the files of a form sent as `multipart/form-data`, all or none: `{"items": [{"id"}]}`.
pub(crate) async fn add(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, id, task, field)): Path<(String, String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    installed(&who.actor, &app)?;
    let case = case_id(&id)?;
    let task: u32 = task.parse().map_err(|_| Problem::new(Kind::NotFound))?;
    Parameters::of(&uri, &[], who.actor.locale)?;
    let command = |file| Command::Case(CaseCommand::Upload { case, task, field: field.clone(), file });
    let run = taken(&state, &who, (&headers, content.clone()), command);
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}
