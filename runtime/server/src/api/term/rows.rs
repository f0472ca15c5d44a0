//! `GET /api/v1/terms/{name}/rows?period=2025-11&subject=…`

use axum::{
    extract::{Path, State},
    http::Uri,
    response::Response,
};
use engine::series::{Behind, Then, group_type};

use crate::{
    AppState,
    api::{parameter::Parameters, record::list},
    problem::{Kind, Problem},
    session::SignedIn,
};

/// What tells a cell, before what any list takes.
const CELL: [&str; 4] = ["period", "subject", "group", "value"];

/// The rows behind one value, as far as the reader may see them: a list like any other, which adds up to the number.
pub(crate) async fn rows(
    State(state): State<AppState>,
    who: SignedIn,
    Path(name): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    let known: Vec<&str> = CELL.into_iter().chain(list::KNOWN.into_iter().filter(|name| *name != "deleted")).collect();
    let parameters = Parameters::of(&uri, &known, actor.locale)?;
    let term = super::term(actor, &name)?;
    let period = super::period(actor, &parameters, "period")?.unwrap_or_else(|| {
        let app = &actor.edition.app;
        app.year_start().period(app.usual_grain(term), super::today(actor))
    });
    let group = match super::group(actor, term, &parameters) {
        None => None,
        Some(by) => {
            let ty = group_type(&actor.edition.app, term.id, &by).map_err(|none| super::none(actor, &none))?;
            let value = super::value(actor, parameters.get("value"), &ty)?;
            Some((by, value))
        }
    };
    let behind = Behind { term: term.id, period, subject: super::subject(actor, &parameters)?, group, filter: None };
    // The rows are those that the version counted which the number is of.
    let then = state.engine.query(actor, Then { term: term.id, period }).await;
    let then = then.map_err(|error| Problem::of_query(error, actor))?;
    let (entity, rows) = behind.rows(&then).map_err(|none| super::none(actor, &none))?;
    let entity = actor.edition.app.entity(entity).ok_or(Problem::new(Kind::NotFound))?;
    list::answer(&state, actor, entity, &parameters, rows).await
}
