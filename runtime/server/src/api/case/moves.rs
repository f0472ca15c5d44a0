//! `GET` and `POST /api/v1/{app}/workflows/{workflow}/migration`: what the last publish means for the running cases, and all moved
//! that can be; `POST …/migration/{id}/back`: that move taken back.
//!
//! Each case is moved for itself, by the same act as one alone, so that one that cannot be does not hold up the others. A move
//! has an id, by which it is gone on with, asked for again, and taken back: what it did already it does not do twice. The page of a
//! workflow moves by the same [`Run`], so that either takes back what the other moved.

mod run;

pub(crate) use run::{Run, Stays, in_the_way};

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use engine::query::case::{BlockedAt, Classes, EditionClasses, Moves};
use model::{Locale, RecordId};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{answer, case_id, installed};
use crate::{
    AppState,
    api::{body, idempotency, parameter::Parameters},
    problem::{Kind, Problem},
    session::SignedIn,
    words,
};

/// Moves that can still be taken back, named one by one.
const MOST_MOVES: u32 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// The move to go on with, or to ask for again; a new one unless said.
    #[serde(rename = "move")]
    moving: Option<RecordId>,
}

/// How many running cases are kept, could be moved or are blocked, and why, by the versions they go by.
pub(crate) async fn classes(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, workflow)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    installed(actor, &app)?;
    Parameters::of(&uri, &[], actor.locale)?;
    let moves = state.engine.query(actor, Moves { workflow: workflow.clone(), limit: MOST_MOVES }).await;
    let moves = moves.map_err(|error| Problem::of_query(error, actor))?.unwrap_or_default();
    let found = state.engine.query(actor, Classes { workflow }).await;
    let found = found.map_err(|error| Problem::of_query(error, actor))?.ok_or_else(|| Problem::new(Kind::Denied))?;
    let total = |of: fn(&EditionClasses) -> i64| found.editions.iter().map(of).sum::<i64>();
    let editions = found.editions.iter().map(|edition| {
        let reasons = edition.blocked.iter().map(|blocked| reason(blocked, found.gone, actor.locale));
        json!({
            "edition": edition.edition,
            "keep": edition.keep,
            "migrate": edition.migrate,
            "blocked": stuck(edition),
            "reasons": reasons.collect::<Vec<Json>>(),
        })
    });
    let body = json!({
        "edition": actor.edition.version,
        "keep": total(|edition| edition.keep),
        "migrate": total(|edition| edition.migrate),
        "blocked": total(stuck),
        "editions": editions.collect::<Vec<Json>>(),
        "cut": found.cut,
        "gone": found.gone,
        "moves": moves
            .iter()
            .map(|one| json!({"move": one.moving, "at": one.at.to_string(), "cases": one.cases}))
            .collect::<Vec<Json>>(),
    });
    Ok(answer(StatusCode::OK, &body))
}

fn stuck(edition: &EditionClasses) -> i64 {
    edition.blocked.iter().map(|blocked| blocked.cases).sum()
}

fn reason(blocked: &BlockedAt, gone: bool, locale: Locale) -> Json {
    let (code, message) = match gone {
        true => ("gone", words::say(locale, "workflow-gone").to_owned()),
        false => in_the_way(&blocked.step, blocked.label.get(locale), locale),
    };
    let step = Some(&blocked.step).filter(|step| !step.is_empty());
    json!({
        "step": step,
        "step_label": step.map(|_| blocked.label.get(locale)),
        "code": code,
        "message": message,
        "cases": blocked.cases,
    })
}

/// A case that stayed as it was.
fn stays(one: &Stays, locale: Locale) -> Json {
    json!({
        "case": one.case,
        "step": one.step.as_ref().map(|(step, _)| step),
        "step_label": one.step.as_ref().map(|(_, label)| label.get(locale)),
        "code": one.code,
        "message": one.message,
    })
}

fn stayed(run: &Run<'_>, locale: Locale) -> Json {
    run.named.iter().map(|one| stays(one, locale)).collect()
}

/// Moves every running case that can be moved to the present steps.
pub(crate) async fn migrate(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, workflow)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    installed(&who.actor, &app)?;
    Parameters::of(&uri, &[], who.actor.locale)?;
    let run = async {
        let sent: Body = body::parse(&headers, &content)?;
        let moving = sent.moving.unwrap_or_else(|| state.engine.new_id());
        let mut run = Run::of(&state.engine, &who.actor);
        let moved = run.all(&workflow, moving).await?;
        let body = json!({
            "move": (moved > 0).then_some(moving),
            "moved": moved,
            "blocked": run.stayed,
            "stayed": stayed(&run, who.actor.locale),
            "more": run.more,
        });
        Ok(answer(StatusCode::OK, &body))
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}

/// Refuses members where there is nothing to be said.
fn says_nothing(sent: body::Members, locale: Locale) -> Result<(), Problem> {
    match sent.into_values(locale)?.first() {
        Some((name, _)) => Err(Problem::new(Kind::BadRequest).error("body", "json", format!("unknown field `{name}`"))),
        None => Ok(()),
    }
}

/// Takes a move back, for each case for itself: one in which anything has happened since stays.
pub(crate) async fn back(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, workflow, id)): Path<(String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    installed(&who.actor, &app)?;
    let moving = case_id(&id)?;
    Parameters::of(&uri, &[], who.actor.locale)?;
    let run = async {
        if !content.is_empty() {
            says_nothing(body::parse(&headers, &content)?, who.actor.locale)?;
        }
        let mut run = Run::of(&state.engine, &who.actor);
        let back = run.back(&workflow, moving).await?.ok_or_else(|| Problem::new(Kind::NotFound))?;
        let stayed = stayed(&run, who.actor.locale);
        match run.first.take() {
            // Nothing of it could be taken back: a refusal like that of one case, which names them all.
            Some(problem) if back == 0 && !run.more => Err(problem.with("stayed", stayed)),
            _ => {
                let body = json!({
                    "move": moving,
                    "back": back,
                    "blocked": run.stayed,
                    "stayed": stayed,
                    "more": run.more,
                });
                Ok(answer(StatusCode::OK, &body))
            }
        }
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}
