//! `GET /api/v1/{app}/workflows/cases/{id}/migration`: what moving a case to other steps would come to.

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use engine::StandsAt;
use model::Locale;
use serde_json::{Value as Json, json};

use super::{answer, case_id, installed};
use crate::{AppState, api::parameter::Parameters, problem::Problem, session::SignedIn};

/// Where the case is, and where it would be by the present steps or by those of `edition`. Nothing is written.
pub(crate) async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, id)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    installed(actor, &app)?;
    let parameters = Parameters::of(&uri, &["edition"], actor.locale)?;
    let edition = match parameters.get("edition") {
        None => None,
        Some(_) => Some(i64::from(parameters.number("edition", 1, u32::MAX)?)),
    };
    let moving = state.engine.rehearse_migration(actor, case_id(&id)?, edition).await;
    let moving = moving.map_err(|error| Problem::of_command(error, actor))?;
    let places = |of: &[StandsAt]| of.iter().map(|at| place(at, actor.locale)).collect::<Vec<Json>>();
    let body = json!({
        "before": places(&moving.before),
        "after": places(&moving.after),
        "outcome": moving.outcome,
    });
    Ok(answer(StatusCode::OK, &body))
}

fn place(at: &StandsAt, locale: Locale) -> Json {
    let dues: Vec<String> = at.dues.iter().map(ToString::to_string).collect();
    json!({ "step": at.step, "step_label": at.label.get(locale), "due": dues })
}
