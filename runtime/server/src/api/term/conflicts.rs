//! `GET /api/v1/dictionary/conflicts?unit=…&period=2025-11`

use axum::{Json, extract::State, http::Uri};
use engine::dictionary::Conflicts;
use serde_json::{Value, json};

use crate::{AppState, api::parameter::Parameters, problem::Problem, session::SignedIn};

/// Names with two meanings, in a unit or period where one is said (`?unit=…&period=2025-11`), the meaning that holds in the unit
/// first: `{"items": [{"names": […], "terms": [{"name", "label", "scope"}]}]}`.
pub(crate) async fn list(State(state): State<AppState>, who: SignedIn, uri: Uri) -> Result<Json<Value>, Problem> {
    let actor = &who.actor;
    let parameters = Parameters::of(&uri, &["unit", "period"], actor.locale)?;
    let unit = parameters.get("unit").map(str::to_owned);
    let ask = Conflicts { unit, period: super::period(actor, &parameters, "period")? };
    let found = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let app = &actor.edition.app;
    let items = found.into_iter().map(|conflict| {
        let terms = conflict.terms.iter().filter_map(|id| app.term(*id)).map(
            |term| json!({"name": term.name.as_str(), "label": term.label.get(actor.locale), "scope": term.scope}),
        );
        json!({"names": conflict.names, "terms": terms.collect::<Vec<_>>()})
    });
    Ok(Json(json!({"items": items.collect::<Vec<_>>()})))
}
