//! `GET` and `POST /api/v1/{app}/{entity}/{id}/comments`

use app::Entity;
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use engine::{
    Command,
    query::{Comments, OpenBeside},
};
use model::RecordId;
use policy::Aside;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    AppState,
    api::{self, body, idempotency},
    problem::{Kind, Problem},
    session::SignedIn,
};

#[derive(Serialize)]
struct Shown {
    id: String,
    by: String,
    by_name: String,
    at: String,
    text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    text: String,
}

/// What was said about a record, oldest first: `{"items": […]}`.
pub(crate) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let entity = api::entity(actor, &app, &entity)?;
    if !entity.comments {
        return Err(Problem::new(Kind::NotFound));
    }
    let id = api::record_id(&id)?;
    must_read(&state, &who, entity, id).await?;
    let comments = state.engine.query(actor, Comments { entity: entity.id, id }).await;
    let comments = comments.map_err(|error| Problem::of_query(error, actor))?;
    let items = comments.into_iter().map(|comment| Shown {
        id: comment.id.to_string(),
        by: comment.by.to_string(),
        by_name: comment.by_name,
        at: comment.at.to_string(),
        text: comment.text,
    });
    Ok(Json(json!({"items": items.collect::<Vec<_>>()})))
}

/// Refuses when the comments of a record are not there for the actor, as when the record is not.
async fn must_read(state: &AppState, who: &SignedIn, entity: &Entity, id: RecordId) -> Result<(), Problem> {
    let open = state.engine.query(&who.actor, OpenBeside { entity: entity.id, id }).await;
    let open = open.map_err(|error| Problem::of_query(error, &who.actor))?;
    if open.contains(&Aside::Comments) { Ok(()) } else { Err(Problem::new(Kind::NotFound)) }
}

/// Says something: `{"text": "…"}`. `@login` mentions an account.
pub(crate) async fn add(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    let entity = api::entity(&who.actor, &app, &entity)?;
    if !entity.comments {
        return Err(Problem::new(Kind::NotFound));
    }
    let id = api::record_id(&id)?;
    let run = async {
        let Said { text } = body::parse(&headers, &content)?;
        let said = Command::Comment { entity: entity.id, id, text, meant: Vec::new() };
        let outcome = state.engine.execute(&who.actor, said).await;
        outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
        Ok((StatusCode::CREATED, Json(json!({"record": id.to_string()}))).into_response())
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}
