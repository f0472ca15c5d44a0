//! `GET` and `POST /api/v1/{app}/workflows/{workflow}/replay`: what past cases would have come to by the present steps, or by those
//! of a draft or of a published version, for whoever manages the workflow.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use engine::query::case::{AskedAt, MOST_REPLAYED, Replay, ReplayedCases, Stuck};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{answer, installed};
use crate::{
    AppState,
    api::{
        body,
        parameter::{Parameters, say},
    },
    draft::{self, Drafted, Given, MOST_CASES, Told},
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    /// The document of the workflow, as it is written.
    yaml: Option<String>,
    /// A published version, in its place.
    edition: Option<i64>,
    /// So many past cases.
    last: Option<u32>,
}

/// What they would have come to by other steps than those published.
pub(crate) async fn draft(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, workflow)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    let actor = &who.actor;
    installed(actor, &app)?;
    Parameters::of(&uri, &[], actor.locale)?;
    if !actor.steers(&workflow) {
        return Err(Problem::new(Kind::Denied));
    }
    let sent: Body = body::parse(&headers, &content)?;
    let given = match (sent.yaml, sent.edition) {
        (Some(text), None) => Given::Text(text),
        (None, Some(version)) => Given::Version(version),
        _ => {
            let message =
                say(actor.locale, "`yaml` 和 `edition` 须且只能提供一个", "give `yaml` or `edition`, one of them");
            return Err(Problem::new(Kind::Invalid).error("yaml", "required", message));
        }
    };
    let limit = sent.last.unwrap_or(LAST);
    if !(1..=MOST_CASES).contains(&limit) {
        let message = say(actor.locale, "应在 1 到 2000 之间", "should be between 1 and 2000");
        return Err(Problem::new(Kind::Invalid).error("last", "range", message));
    }
    let draft = match draft::read(&state, actor, &workflow, given).await? {
        Drafted::App(app) => app,
        Drafted::Faults(faults) => return Err(refused(&faults)),
        Drafted::Elsewhere => {
            let message = say(
                actor.locale,
                "没有这个版本，或其中没有关于同一实体的该流程",
                "there is no such version, or no such workflow about the same entity in it",
            );
            return Err(Problem::new(Kind::Invalid).error("yaml", "elsewhere", message));
        }
    };
    let ask = Replay { draft: Some(draft), workflow, limit };
    let found = state.engine.query(actor, ask).await.map_err(|error| Problem::of_query(error, actor))?;
    let found = found.ok_or_else(|| Problem::new(Kind::Denied))?;
    Ok(answer(StatusCode::OK, &document(&found)))
}

/// Everything that is wrong with a draft: as errors, and with places for machines.
fn refused(faults: &[Told]) -> Problem {
    let problem = Problem::new(Kind::Invalid).with("diagnostics", faults.iter().map(Told::json).collect::<Vec<_>>());
    faults.iter().filter(|fault| !fault.warning).fold(problem, |problem, fault| {
        let file = fault.file.as_deref().map(|file| format!("{file}:")).unwrap_or_default();
        problem.error("yaml", fault.code, format!("{file}{}:{}: {}", fault.line, fault.column, fault.message))
    })
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
    json!({
        "cases": found.cases,
        "unreadable": found.unreadable,
        "unknown_fields": found.unknown,
        "differing": differing.collect::<Vec<_>>(),
    })
}
