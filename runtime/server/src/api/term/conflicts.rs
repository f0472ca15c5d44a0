//! `GET /api/v1/dictionary/conflicts`

use axum::{Json, extract::State};
use engine::dictionary::Conflicts;
use serde_json::{Value, json};

use crate::{AppState, problem::Problem, session::SignedIn};

/// Names with two meanings: `{"items": [{"names": […], "terms": [{"name", "label", "scope"}]}]}`.
pub(crate) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let found = state.engine.query(actor, Conflicts).await.map_err(|error| Problem::of_query(error, actor))?;
    let app = &actor.edition.app;
    let items = found.into_iter().map(|conflict| {
        let terms = conflict.terms.iter().filter_map(|id| app.term(*id)).map(
            |term| json!({"name": term.name.as_str(), "label": term.label.get(actor.locale), "scope": term.scope}),
        );
        json!({"names": conflict.names, "terms": terms.collect::<Vec<_>>()})
    });
    Ok(Json(json!({"items": items.collect::<Vec<_>>()})))
}
