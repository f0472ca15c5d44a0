//! `GET /api/v1/{app}/workflows/cases/{id}`: how a case stands, what happened, and what the reader is asked.

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use engine::{
    Actor,
    query::case::{CaseShown, CaseView, Mine},
};
use model::{FieldId, Value};
use serde_json::{Map, Value as Json, json};

use super::{answer, case_id, installed};
use crate::{
    AppState,
    api::write,
    problem::{Kind, Problem},
    session::SignedIn,
};

/// One case.
pub(crate) async fn show(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, id)): Path<(String, String)>,
) -> Result<Response, Problem> {
    installed(&who.actor, &app)?;
    let case = case_id(&id)?;
    let shown = state.engine.query(&who.actor, CaseView { case }).await;
    let shown = shown.map_err(|error| Problem::of_query(error, &who.actor))?;
    let shown = shown.ok_or_else(|| Problem::new(Kind::NotFound))?;
    Ok(answer(StatusCode::OK, &document(&who.actor, &shown)))
}

fn document(actor: &Actor, shown: &CaseShown) -> Json {
    let row = &shown.row;
    let process = shown.process();
    let label = |step: &str| {
        let found = process.and_then(|process| process.step(step));
        found.map(|step| step.label.get(actor.locale)).unwrap_or_default().to_owned()
    };
    let tasks: Vec<Json> = shown
        .case
        .in_order()
        .into_iter()
        .map(|task| {
            json!({
                "number": task.number,
                "step": task.step,
                "step_label": label(&task.step),
                "who": shown.name(task.who),
                "state": task.state.word(),
                "opened": task.opened.map(|at| at.to_string()),
                "ended": task.ended.map(|at| at.to_string()),
            })
        })
        .collect();
    let trail: Vec<Json> = shown
        .trail
        .iter()
        .map(|event| {
            json!({
                "at": event.at.to_string(),
                "act": event.act,
                "by": event.account.map(|id| shown.name(id)),
                "behalf": event.behalf.map(|id| shown.name(id)),
                "step": event.step,
                "task": event.task,
                "to": event.told.iter().map(|id| shown.name(*id)).collect::<Vec<_>>(),
                "words": event.words,
                "read": shown.read_by(actor.principal(), event).into_iter().map(|(who, at)| json!({
                    "who": shown.name(who),
                    "at": at.map(|at| at.to_string()),
                })).collect::<Vec<_>>(),
                "target": event.target,
                "signature": event.signature.as_ref().map(|signature| json!({
                    "name": signature.name,
                    "sha256": signature.sha256,
                    "event": event.id,
                })),
            })
        })
        .collect();
    json!({
        "id": row.id,
        "workflow": row.workflow,
        "label": process.map(|process| process.label.get(actor.locale)),
        "entity": row.entity,
        "record": row.record,
        "title": shown.title,
        "state": row.state,
        "outcome": row.outcome,
        "starter": shown.name(row.starter),
        "started": row.started.to_string(),
        "ended": row.ended.map(|at| at.to_string()),
        "steps": shown.case.tokens.iter().map(|token| token.step.as_str()).collect::<Vec<_>>(),
        "paused": shown.case.tokens.iter().filter(|token| token.paused().is_some()).map(|token| token.step.as_str()).collect::<Vec<_>>(),
        "tasks": tasks,
        "trail": trail,
        "mine": shown.mine.as_ref().map(|mine| asked(actor, mine)),
    })
}

fn asked(actor: &Actor, mine: &Mine) -> Json {
    let app = &actor.edition.app;
    let name = |id: &FieldId| app.field(*id).map(|field| field.name.to_string());
    let values = |of: &[(FieldId, Value)]| -> Map<String, Json> {
        of.iter().filter_map(|(id, value)| Some((name(id)?, exact(value)))).collect()
    };
    json!({
        "task": mine.task,
        "step": mine.step,
        "step_label": mine.label.get(actor.locale),
        "fills": mine.fills,
        "mends": mine.mends,
        "signature": mine.signature.word(),
        "to_claim": mine.to_claim,
        "claimed": mine.claimed,
        "show": values(&mine.show),
        "edit": values(&mine.edit),
        "require": mine.require.iter().filter_map(name).collect::<Vec<_>>(),
        "earlier": mine.earlier.iter().map(|(step, _)| step.as_str()).collect::<Vec<_>>(),
        "to_starter": mine.to_starter,
        "version": mine.version,
        "draft": mine.draft,
        "due": mine.due.map(|due| due.to_string()),
        "paused": mine.paused.map(|since| since.to_string()),
    })
}

/// A value as the API writes it.
fn exact(value: &Value) -> Json {
    let mut out = Vec::new();
    write::value(&mut out, value);
    serde_json::from_slice(&out).unwrap_or(Json::Null)
}
