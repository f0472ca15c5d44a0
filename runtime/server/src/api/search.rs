//! `GET /api/v1/search?q=…`: records of every entity the reader may search.

use axum::{Json, extract::State, http::Uri};
use engine::query::Search;
use serde_json::{Value, json};

use super::parameter::Parameters;
use crate::{AppState, problem::Problem, session::SignedIn};

/// What was found: `{"items": [{"app", "entity", "id", "label", "hint"}]}`.
pub(crate) async fn find(State(state): State<AppState>, who: SignedIn, uri: Uri) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &["q", "limit"], actor.locale)?;
    let search =
        Search { text: parameters.get("q").unwrap_or_default().to_owned(), limit: parameters.number("limit", 10, 50)? };
    let found = state.engine.query(actor, search).await.map_err(|error| Problem::of_query(error, actor))?;
    let items = found.into_iter().filter_map(|found| {
        let entity = actor.edition.app.entity(found.entity)?;
        Some(json!({
            "app": entity.app.as_str(),
            "entity": entity.name.as_str(),
            "id": found.id.to_string(),
            "label": found.label,
            "hint": found.hint,
        }))
    });
    Ok(Json(json!({"items": items.collect::<Vec<_>>()})))
}
