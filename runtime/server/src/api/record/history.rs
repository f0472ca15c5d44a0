//! `GET /api/v1/{app}/{entity}/{id}/history`

use axum::{
    Json,
    extract::{Path, State},
    http::Uri,
};
use engine::query::History;
use serde::Serialize;
use serde_json::Value;

use super::must_see;
use crate::{
    AppState,
    api::{self, parameter::Parameters},
    problem::{Kind, Problem},
    session::SignedIn,
};

const MOST: u32 = 500;

/// One field of one change.
#[derive(Serialize)]
pub(crate) struct Entry {
    change: String,
    at: String,
    by: String,
    by_name: String,
    action: String,
    field: Option<String>,
    before: Value,
    after: Value,
}

/// Who changed what, newest first: `{"items": […]}`.
pub(crate) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
    uri: Uri,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &["limit"], actor.locale)?;
    let entity = api::entity(actor, &app, &entity)?;
    if !entity.history {
        return Err(Problem::new(Kind::NotFound));
    }
    let id = api::record_id(&id)?;
    must_see(&state, &who, entity, id).await?;
    let history = History { entity: entity.id, id, limit: parameters.number("limit", MOST, MOST)? };
    let entries = state.engine.query(actor, history).await.map_err(|error| Problem::of_query(error, actor))?;
    let items = entries.into_iter().map(|entry| Entry {
        change: entry.change.to_string(),
        at: entry.at.to_string(),
        by: entry.by.to_string(),
        by_name: entry.by_name,
        action: entry.action,
        field: entry.field,
        before: entry.before,
        after: entry.after,
    });
    Ok(Json(serde_json::json!({"items": items.collect::<Vec<_>>()})))
}
