//! `GET /api/v1/{app}/workflows/{workflow}/replay`: what past cases would have come to by the present steps, for whoever
//! manages the workflow.

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use engine::query::case::{AskedAt, MOST_REPLAYED, Replay, ReplayedCases, Stuck};
use serde_json::{Value as Json, json};

use super::{answer, installed};
use crate::{
    AppState,
    api::parameter::Parameters,
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Cases gone through unless said.
pub(crate) const LAST: u32 = 500;

/// What they would have come to.
pub(crate) async fn replay(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, workflow)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    installed(actor, &app)?;
    let parameters = Parameters::of(&uri, &["last"], actor.locale)?;
    let limit = parameters.number("last", LAST, MOST_REPLAYED)?;
    let ask = Replay { draft: None, workflow, limit };
    let found = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let found = found.ok_or_else(|| Problem::new(Kind::Denied))?;
    Ok(answer(StatusCode::OK, &document(&found)))
}

/// Why a case would have come to no end, as a word.
fn word(stuck: &Stuck) -> &'static str {
    match stuck {
        Stuck::Refused(refusal) => crate::problem::case::code(refusal),
        Stuck::Round => "round",
        Stuck::Idle => "idle",
    }
}

fn document(found: &ReplayedCases) -> Json {
    let asked =
        |list: &[AskedAt]| -> Vec<Json> { list.iter().map(|at| json!({"step": at.step, "who": at.who})).collect() };
    let differing = found.differing.iter().map(|case| {
        json!({
            "id": case.case,
            "title": case.title,
            "started": case.started.to_string(),
            "unfit": case.unfit,
            "asked_then": asked(&case.then),
            "asked_now": asked(&case.now),
            "assumed": case.assumed,
            "outcome_then": case.outcome_then,
            "outcome_now": case.outcome_now,
            "hangs": case.stuck.as_ref().map(word),
        })
    });
    json!({"cases": found.cases, "unreadable": found.unreadable, "differing": differing.collect::<Vec<_>>()})
}
