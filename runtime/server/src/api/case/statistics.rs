//! `GET /api/v1/{app}/workflows/{workflow}/statistics`: what the steps of a workflow take, for whoever manages it.

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use engine::{
    Actor,
    query::case::{Figures, Spread, Statistics},
};
use jiff::Span;
use model::{Date, Timestamp};
use serde_json::{Value as Json, json};

use super::{answer, installed};
use crate::{
    AppState,
    api::{
        parameter::{Parameters, say},
        term::today,
    },
    problem::{Kind, Problem},
    session::SignedIn,
};

/// The first day there is.
const FIRST: Date = Date::constant(1, 1, 1);
/// Days that are looked at, unless said.
const DAYS: i64 = 90;

/// What was asked for, with its first and last day: the last 90 days unless said. Days before the year 1 are as good as it.
pub(crate) fn asked(actor: &Actor, workflow: &str, from: Option<Date>, to: Option<Date>) -> (Statistics, Date, Date) {
    let to = to.unwrap_or_else(|| today(actor));
    let from = from.unwrap_or_else(|| to.checked_sub(Span::new().days(DAYS - 1)).unwrap_or(to));
    // No database knows days before the year 1 alike.
    let (from, to) = (from.max(FIRST), to.max(FIRST));
    let begins = |day: Date| day.to_zoned_datetime(actor.edition.zone.clone()).ok().map(|start| start.timestamp());
    let ask = Statistics {
        workflow: workflow.to_owned(),
        from: begins(from).unwrap_or(Timestamp::UNIX_EPOCH),
        to: to.tomorrow().ok().and_then(begins).unwrap_or(Timestamp::MAX),
    };
    (ask, from, to)
}

/// The figures.
pub(crate) async fn statistics(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, workflow)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    installed(actor, &app)?;
    let parameters = Parameters::of(&uri, &["from", "to"], actor.locale)?;
    let day = |name| match parameters.get(name) {
        None => Ok(None),
        Some(text) => text.parse::<Date>().map(Some).map_err(|_| {
            let message = say(actor.locale, "应是日期，如 2025-11-30", "should be a day, such as 2025-11-30");
            Problem::parameter(name, "type", message)
        }),
    };
    let (ask, from, to) = asked(actor, &workflow, day("from")?, day("to")?);
    if from > to {
        let message = say(actor.locale, "开始日期不能晚于结束日期", "the first day cannot be after the last");
        return Err(Problem::parameter("from", "range", message));
    }
    let found = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let figures = found.ok_or_else(|| Problem::new(Kind::Denied))?;
    Ok(answer(StatusCode::OK, &document(actor, &figures, (from, to))))
}

fn document(actor: &Actor, figures: &Figures, (from, to): (Date, Date)) -> Json {
    let took = |spread: Option<&Spread>| {
        let seconds = |of: fn(&Spread) -> i64| spread.map(of);
        json!({
            "median": seconds(|took| took.median),
            "mean": seconds(|took| took.mean),
            "ninetieth": seconds(|took| took.ninetieth),
        })
    };
    let steps: Vec<Json> = figures
        .steps
        .iter()
        .map(|step| {
            json!({
                "step": step.step,
                "label": step.label.get(actor.locale),
                "asks": step.asks,
                "answered": step.took.map_or(0, |took| took.count),
                "seconds": took(step.took.as_ref()),
                "were_late": step.were_late,
                "waiting": step.waiting,
                "late": step.late,
                "longest": step.longest,
            })
        })
        .collect();
    let outcomes: Vec<Json> = figures
        .outcomes
        .iter()
        .map(|one| json!({"outcome": one.outcome, "cases": one.took.count, "seconds": took(Some(&one.took))}))
        .collect();
    json!({
        "from": from.to_string(),
        "to": to.to_string(),
        "steps": steps,
        "outcomes": outcomes,
        "bottleneck": figures.bottleneck,
        "cut": figures.cut,
    })
}
