//! `/api/v1/{app}/{entity}/uploads/{field}`: files that are sent before their record is saved. Each is held for whoever sent it,
//! for a day, and is the record's own once a value of that field is its id.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse as _, Response},
};
use engine::Command;
use serde_json::{Value, json};

use super::attachment::files;
use crate::{
    AppState,
    api::{self, idempotency, parameter::say},
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
    let run = async {
        let files = files(&headers, content.clone()).await?;
        let commands: Vec<Command> = files.into_iter().map(|file| Command::Upload { field, file }).collect();
        if commands.is_empty() {
            let message = say(who.actor.locale, "请选择文件", "choose a file");
            return Err(Problem::new(Kind::Invalid).error("file", "required", message));
        }
        let outcome = state.engine.execute(&who.actor, Command::Bulk(commands)).await;
        let outcome = outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
        let items: Vec<Value> = outcome.changed.iter().map(|file| json!({"id": file.id.to_string()})).collect();
        Ok((StatusCode::CREATED, Json(json!({"items": items}))).into_response())
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}
