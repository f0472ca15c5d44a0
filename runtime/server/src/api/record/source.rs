//! `GET /api/v1/{app}/{entity}/source`

use axum::{
    Json,
    extract::{Path, State},
};
use engine::query::AsOf;
use model::Locale;
use serde_json::{Value, json};

use crate::{
    AppState, api,
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Where the rows of an entity come from, when rows last came, and when one of them was last new or different. An entity
/// whose rows people enter has no source, which is not found.
pub(crate) async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, entity)): Path<(String, String)>,
) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let entity = api::entity(actor, &app, &entity)?;
    let delivery = state.engine.query(actor, AsOf { entity: entity.id }).await;
    let delivery = delivery.map_err(|error| Problem::of_query(error, actor))?;
    let source = entity.source.as_ref().ok_or_else(|| Problem::new(Kind::NotFound))?;
    let label = |locale| source.label.get(locale);
    Ok(Json(json!({
        "source": {"zh-CN": label(Locale::ZhCn), "en": label(Locale::En)},
        "arrived": delivery.map(|delivery| delivery.arrived.to_string()),
        "changed": delivery.and_then(|delivery| delivery.changed).map(|at| at.to_string()),
    })))
}
