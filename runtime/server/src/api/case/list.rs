//! `GET /api/v1/{app}/workflows/tasks` and `…/counts`: what is one's to answer, what one answered, started, or was sent;
//! `…/leavers` and `…/{workflow}/cases`: what waits for those who left, and what runs, for those who manage it.

use axum::{
    extract::{Path, State},
    http::{StatusCode, Uri},
    response::Response,
};
use engine::{
    Actor,
    query::case::{Class, Counts, InboxLine, Leavers, Narrowed, Running},
};
use jiff::ToSpan as _;
use model::{Date, Locale, Timestamp, Type, Value};
use serde_json::{Value as Json, json};
use store::{CaseBox, CaseNarrow};

use super::{answer, installed};
use crate::{
    AppState,
    api::{
        cursor,
        parameter::{Parameters, say},
    },
    problem::{Kind, Problem},
    session::SignedIn,
};

/// The list of that word.
pub(crate) fn which(word: &str) -> Option<CaseBox> {
    match word {
        "open" => Some(CaseBox::Open),
        "done" => Some(CaseBox::Done),
        "started" => Some(CaseBox::Started),
        "copied" => Some(CaseBox::Copied),
        _ => None,
    }
}

/// A page of one's list. `next` says that there may be more, also where a page is short or empty because many lines were looked at
/// for a text in their titles.
pub(crate) async fn tasks(
    State(state): State<AppState>,
    who: SignedIn,
    Path(app): Path<String>,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    installed(actor, &app)?;
    let known = ["box", "limit", "cursor", "workflow", "state", "from", "to", "overdue", "q"];
    let parameters = Parameters::of(&uri, &known, actor.locale)?;
    let word = parameters.get("box").unwrap_or("open");
    let Some(which) = which(word) else {
        let message = say(
            actor.locale,
            "应是 `open`、`done`、`started` 或 `copied`",
            "should be `open`, `done`, `started` or `copied`",
        );
        return Err(Problem::parameter("box", "unknown", message));
    };
    let limit = parameters.number("limit", 50, 200)?;
    let narrow = narrowed(actor, &parameters, which)?;
    let title = parameters.get("q").map(str::to_owned);
    let bound = format!("cases:{word}");
    let after = match parameters.get("cursor") {
        None => None,
        Some(text) => match cursor::read(&bound, &[&Type::DateTime], text) {
            Some((values, id)) => match values.as_slice() {
                [Value::DateTime(moment)] => Some((*moment, id)),
                _ => None,
            },
            None => {
                let message = say(actor.locale, "不是这个列表的游标", "is no cursor of this list");
                return Err(Problem::parameter("cursor", "unknown", message));
            }
        },
    };
    let page = state.engine.query(actor, Narrowed { which, narrow, title, after, limit }).await;
    let page = page.map_err(|error| Problem::of_query(error, actor))?;
    let next = page.next.map(|(moment, case)| cursor::write(&bound, &(vec![Value::DateTime(moment)], case)));
    let items: Vec<Json> = page.lines.iter().map(|line| shown(line, actor.locale)).collect();
    Ok(answer(StatusCode::OK, &json!({ "items": items, "next": next })))
}

/// What narrows the list.
fn narrowed(actor: &Actor, parameters: &Parameters, which: CaseBox) -> Result<CaseNarrow, Problem> {
    let state = parameters.get("state");
    if state.is_some_and(|state| !["running", "resting", "ended"].contains(&state)) {
        let message =
            say(actor.locale, "应是 `running`、`resting` 或 `ended`", "should be `running`, `resting` or `ended`");
        return Err(Problem::parameter("state", "unknown", message));
    }
    let overdue = match parameters.get("overdue") {
        None | Some("false") => false,
        Some("true") if which == CaseBox::Open => true,
        Some("true") => {
            let message = say(
                actor.locale,
                "只有待处理的任务会超时，请用 `box=open`",
                "only open tasks are overdue; ask for `box=open`",
            );
            return Err(Problem::parameter("overdue", "unknown", message));
        }
        Some(_) => {
            let message = say(actor.locale, "应是 `true` 或 `false`", "should be `true` or `false`");
            return Err(Problem::parameter("overdue", "type", message));
        }
    };
    Ok(CaseNarrow {
        workflow: parameters.get("workflow").map(str::to_owned),
        state: state.map(str::to_owned),
        from: begins(actor, parameters, "from", 0)?,
        // The whole of that day, too.
        until: begins(actor, parameters, "to", 1)?,
        late: overdue.then_some(actor.now),
        ..CaseNarrow::default()
    })
}

/// The moment at which a day begins, or the one so many days after it.
fn begins(
    actor: &Actor,
    parameters: &Parameters,
    name: &'static str,
    later: i64,
) -> Result<Option<Timestamp>, Problem> {
    let Some(text) = parameters.get(name) else { return Ok(None) };
    let day = text.parse::<Date>().ok().filter(|day| day.year() > 0).and_then(|day| day.checked_add(later.days()).ok());
    let begins = day.and_then(|day| day.to_zoned_datetime(actor.edition.zone.clone()).ok());
    match begins {
        Some(begins) => Ok(Some(begins.timestamp())),
        None => {
            let message = say(actor.locale, "应是日期，如 2025-11-30", "should be a day, such as 2025-11-30");
            Err(Problem::parameter(name, "type", message))
        }
    }
}

fn shown(line: &InboxLine, locale: Locale) -> Json {
    let InboxLine { line: kept, workflow, step, signature, title, starter, late, .. } = line;
    json!({
        "case": kept.case,
        "task": kept.task,
        "workflow": kept.workflow,
        "label": workflow.get(locale),
        "step": kept.step,
        "step_label": step.get(locale),
        "entity": kept.entity,
        "record": kept.record,
        "title": title,
        "starter": starter,
        "state": kept.state,
        "outcome": kept.outcome,
        "answer": kept.answer,
        "at": kept.at.to_string(),
        "due": kept.due.map(|due| due.to_string()),
        "late": late,
        "read": kept.read,
        "signature": signature.word(),
    })
}

/// The running cases of a workflow that one manages, and what the last publish means for each.
pub(crate) async fn running(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, workflow)): Path<(String, String)>,
    uri: Uri,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    installed(actor, &app)?;
    let parameters = Parameters::of(&uri, &["limit", "before"], actor.locale)?;
    let limit = parameters.number("limit", 200, 5_000)?;
    let before = match parameters.get("before") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| {
            let message = say(actor.locale, "应是流程实例的 id", "should be the id of a case");
            Problem::parameter("before", "type", message)
        })?),
    };
    // Counted once, for the page that a list begins with.
    let asked = Running { workflow, before, limit, earlier: false, counts: before.is_none() };
    let found = state.engine.query(actor, asked).await;
    let found = found.map_err(|error| Problem::of_query(error, actor))?.ok_or_else(|| Problem::new(Kind::Denied))?;
    let items: Vec<Json> = found
        .cases
        .iter()
        .map(|case| {
            let (class, blocked) = match &case.class {
                Class::Keep => ("keep", None),
                Class::Migrate => ("migrate", None),
                Class::Blocked(step) => ("blocked", Some(step)),
            };
            json!({
                "id": case.row.id,
                "record": case.row.record,
                "edition": case.row.edition,
                "started": case.row.started.to_string(),
                "steps": case.steps.iter().map(|at| &at.step).collect::<Vec<_>>(),
                "class": class,
                "blocked_by": blocked,
            })
        })
        .collect();
    let (next, earlier, gone) = (found.next, found.earlier, found.gone);
    Ok(answer(StatusCode::OK, &json!({ "items": items, "next": next, "earlier": earlier, "gone": gone })))
}

/// Whose tasks wait although they left, in the workflows that one manages.
pub(crate) async fn leavers(
    State(state): State<AppState>,
    who: SignedIn,
    Path(app): Path<String>,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    installed(actor, &app)?;
    let found = state.engine.query(actor, Leavers).await;
    let found = found.map_err(|error| Problem::of_query(error, actor))?.ok_or_else(|| Problem::new(Kind::Denied))?;
    let items: Vec<Json> = found
        .iter()
        .map(|leaver| {
            json!({
                "login": leaver.login,
                "name": leaver.name,
                "why": if leaver.closed { "closed" } else { "unassigned" },
                "workflow": leaver.workflow,
                "label": leaver.label.get(actor.locale),
                "tasks": leaver.tasks,
            })
        })
        .collect();
    Ok(answer(StatusCode::OK, &json!({ "items": items })))
}

/// How many wait for one's answer, and how many copies one has not looked at.
pub(crate) async fn counts(
    State(state): State<AppState>,
    who: SignedIn,
    Path(app): Path<String>,
) -> Result<Response, Problem> {
    installed(&who.actor, &app)?;
    let counts = state.engine.query(&who.actor, Counts).await;
    let (open, copied) = counts.map_err(|error| Problem::of_query(error, &who.actor))?;
    Ok(answer(StatusCode::OK, &json!({ "open": open, "copied": copied })))
}
