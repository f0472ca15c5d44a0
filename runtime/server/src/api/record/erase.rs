//! `POST /api/v1/{app}/{entity}/{id}/erase`

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::HeaderMap,
};
use engine::{Command, Erasure};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    AppState,
    api::{self, body},
    problem::{Kind, Problem},
    session::SignedIn,
};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// Only says what it would take and leave.
    #[serde(default)]
    dry_run: bool,
}

/// Erases what is personal about the person a record stands for: `{"dry_run"?}`. Answers the certificate.
pub(crate) async fn erase(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity, id)): Path<(String, String, String)>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let entity = api::entity(actor, &app, &entity)?;
    let id = api::record_id(&id)?;
    if actor.rights.access(entity.id, policy::Action::Erase).is_none() {
        return Err(Problem::new(Kind::Denied));
    }
    let Asked { dry_run } = body::parse(&headers, &content)?;
    let refused = |error| Problem::of_command(error, actor);
    let erasure = if dry_run {
        state.engine.rehearse_erasure(actor, entity.id, id).await.map_err(refused)?
    } else {
        who.must_prove()?;
        let outcome = state.engine.execute(actor, Command::Erase { entity: entity.id, id }).await.map_err(refused)?;
        outcome.erasure.ok_or_else(|| Problem::internal("an erasure answered no certificate"))?
    };
    Ok(Json(shown(&erasure, dry_run, actor)))
}

fn shown(erasure: &Erasure, dry_run: bool, actor: &engine::Actor) -> Value {
    let cleared = erasure.cleared.iter();
    let cleared = cleared.map(|((entity, field), many)| json!({"entity": entity, "field": field, "values": many}));
    let kept = erasure
        .kept
        .iter()
        .map(|((entity, field), why)| json!({"entity": entity, "field": field, "reason": why.get(actor.locale)}));
    json!({
        "certificate": (!dry_run).then(|| erasure.number.to_string()),
        "at": actor.now.to_string(),
        "by": actor.user.to_string(),
        "records": erasure.records,
        "cleared": cleared.collect::<Vec<_>>(),
        "kept": kept.collect::<Vec<_>>(),
        "comments": erasure.comments,
        "files": erasure.files,
        "accounts": erasure.accounts,
    })
}
