//! `POST /api/v1/{app}/workflows/cases/{id}`: something is done in a case; `POST …/decide`: several answers at once;
//! `POST …/hand-over`: what somebody was to answer goes to another.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use engine::{Actor, Back, CaseAct, CaseCommand, Command, CommandError, Fields, Place, Stayed};
use model::{Locale, RecordId, UserId};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{accounts, answer, case_id, installed, signature};
use crate::{
    AppState,
    api::{body, idempotency, parameter::say},
    problem::{Kind, Problem},
    session::SignedIn,
};

/// Most answers at once.
const MOST: usize = 500;

/// What is done, told apart by `do`.
#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
enum Wire {
    Decide {
        task: u32,
        approve: bool,
        #[serde(default)]
        opinion: String,
        signature: Option<engine::Signature>,
        #[serde(default)]
        fields: body::Members,
        /// Of the record; written only if it is still this one.
        version: Option<i64>,
    },
    Keep {
        task: u32,
        draft: Json,
    },
    Return {
        task: u32,
        /// A step; the first one unless said. `previous` is the one before, `starter` whoever started the case.
        to: Option<String>,
        #[serde(default)]
        resume: bool,
        reason: String,
    },
    Withdraw {
        #[serde(default)]
        reason: String,
    },
    TakeBack {
        task: u32,
    },
    Transfer {
        task: u32,
        to: String,
        #[serde(default)]
        reason: String,
    },
    Delegate {
        task: u32,
        to: String,
        #[serde(default)]
        reason: String,
    },
    AddSigner {
        task: u32,
        to: Vec<String>,
        place: WirePlace,
        #[serde(default)]
        reason: String,
    },
    RemoveSigner {
        task: u32,
    },
    Claim {
        task: u32,
    },
    Unclaim {
        task: u32,
    },
    Urge {},
    Copy {
        to: Vec<String>,
    },
    Read {},
    Discuss {
        /// Everybody in the talk where nobody is named.
        #[serde(default)]
        to: Vec<String>,
        words: String,
    },
    Jump {
        step: String,
        reason: String,
    },
    Revive {
        step: String,
        reason: String,
    },
    Terminate {
        reason: String,
    },
    Rest {
        reason: String,
    },
    Resume {},
    Signal {
        word: String,
    },
    Migrate {
        edition: Option<i64>,
    },
    MigrateBack {},
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum WirePlace {
    Before,
    Beside,
    After,
}

/// Something is done in a case.
pub(crate) async fn act(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, id)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    installed(&who.actor, &app)?;
    let case = case_id(&id)?;
    let run = async {
        let wire: Wire = body::parse(&headers, &content)?;
        let (act, fields, expected) = act_of(&state, wire, &who).await?;
        let command = Command::Case(CaseCommand::Act { case, act, fields, files: Vec::new(), expected });
        let outcome = state.engine.execute(&who.actor, command).await;
        outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
        Ok(answer(StatusCode::OK, &json!({ "id": case })))
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}

/// Where something goes back to, as it is written: nothing or `first`, `previous`, `starter`, or a step.
pub(crate) fn back(to: Option<String>) -> Back {
    match to.as_deref() {
        None | Some("first" | "") => Back::First,
        Some("previous") => Back::Previous,
        Some("starter") => Back::Starter,
        Some(step) => Back::Step(step.to_owned()),
    }
}

async fn act_of(state: &AppState, wire: Wire, who: &SignedIn) -> Result<(CaseAct, Fields, Option<i64>), Problem> {
    let locale = who.actor.locale;
    let act = match wire {
        Wire::Decide { task, approve, opinion, signature, fields, version } => {
            let signature = signature::of(signature, who)?;
            let act = CaseAct::Decide { task, yes: approve, text: opinion, signature };
            return Ok((act, fields.into_fields(locale)?, version));
        }
        Wire::Keep { task, draft } => CaseAct::Keep { task, draft },
        Wire::Return { task, to, resume, reason } => CaseAct::Return { task, to: back(to), resume, text: reason },
        Wire::Withdraw { reason } => CaseAct::Withdraw { text: reason },
        Wire::TakeBack { task } => CaseAct::TakeBack { task },
        Wire::Transfer { task, to, reason } => {
            CaseAct::Transfer { task, to: one(state, to, locale).await?, text: reason }
        }
        Wire::Delegate { task, to, reason } => {
            CaseAct::Delegate { task, to: one(state, to, locale).await?, text: reason }
        }
        Wire::AddSigner { task, to, place, reason } => CaseAct::AddSigner {
            task,
            who: accounts(state, &to, locale).await?,
            place: match place {
                WirePlace::Before => Place::Before,
                WirePlace::Beside => Place::Beside,
                WirePlace::After => Place::After,
            },
            text: reason,
        },
        Wire::RemoveSigner { task } => CaseAct::RemoveSigner { task },
        Wire::Claim { task } => CaseAct::Claim { task, takes: true },
        Wire::Unclaim { task } => CaseAct::Claim { task, takes: false },
        Wire::Urge {} => CaseAct::Urge,
        Wire::Copy { to } => CaseAct::Copy { to: accounts(state, &to, locale).await? },
        Wire::Read {} => CaseAct::ReadCopy,
        Wire::Discuss { to, words } => CaseAct::Discuss { to: accounts(state, &to, locale).await?, text: words },
        Wire::Jump { step, reason } => CaseAct::Jump { to: step, text: reason },
        Wire::Revive { step, reason } => CaseAct::Revive { to: step, text: reason },
        Wire::Terminate { reason } => CaseAct::Terminate { text: reason },
        Wire::Rest { reason } => CaseAct::Rest { text: reason },
        Wire::Resume {} => CaseAct::Resume,
        Wire::Migrate { edition } => CaseAct::Migrate { edition },
        Wire::MigrateBack {} => CaseAct::MigrateBack,
        Wire::Signal { word } => CaseAct::Signal { name: word },
    };
    Ok((act, Vec::new(), None))
}

async fn one(state: &AppState, login: String, locale: Locale) -> Result<UserId, Problem> {
    let found = accounts(state, &[login], locale).await?.pop();
    found.ok_or_else(|| Problem::new(Kind::Invalid))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Several {
    answers: Vec<Answer>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    case: RecordId,
    task: u32,
    approve: bool,
    #[serde(default)]
    opinion: String,
    signature: Option<engine::Signature>,
    #[serde(default)]
    fields: body::Members,
    version: Option<i64>,
}

/// Several answers, all or none.
pub(crate) async fn decide(
    State(state): State<AppState>,
    who: SignedIn,
    Path(app): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    installed(&who.actor, &app)?;
    let locale = who.actor.locale;
    let run = async {
        let sent: Several = body::parse(&headers, &content)?;
        if sent.answers.is_empty() || sent.answers.len() > MOST {
            let message = say(locale, "一次可提交 1 到 500 个审批结果", "send 1 to 500 answers at once");
            return Err(Problem::new(Kind::Invalid).error("answers", "range", message));
        }
        let mut commands = Vec::new();
        for Answer { case, task, approve, opinion, signature, fields, version } in sent.answers {
            let signature = signature::of(signature, &who)?;
            let act = CaseAct::Decide { task, yes: approve, text: opinion, signature };
            let fields = fields.into_fields(locale)?;
            commands.push(Command::Case(CaseCommand::Act { case, act, fields, files: Vec::new(), expected: version }));
        }
        let outcome = state.engine.execute(&who.actor, Command::Bulk(commands)).await;
        let outcome = outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
        let items: Vec<Json> = outcome.cases.iter().map(|id| json!({ "id": id })).collect();
        Ok(answer(StatusCode::OK, &json!({ "items": items })))
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HandOver {
    from: String,
    to: String,
    /// Only in this workflow.
    workflow: Option<String>,
}

/// Hands over what somebody was to answer. What cannot be handed over is told, step by step.
pub(crate) async fn hand_over(
    State(state): State<AppState>,
    who: SignedIn,
    Path(app): Path<String>,
    headers: HeaderMap,
    content: Bytes,
) -> Result<Response, Problem> {
    installed(&who.actor, &app)?;
    let HandOver { from, to, workflow } = body::parse(&headers, &content)?;
    let locale = who.actor.locale;
    let (from, to) = (one(&state, from, locale).await?, one(&state, to, locale).await?);
    let command = Command::Case(CaseCommand::HandOver { from, to, workflow });
    let outcome = state.engine.execute(&who.actor, command).await;
    let outcome = outcome.map_err(|error| Problem::of_command(error, &who.actor))?;
    let items: Vec<Json> = outcome.cases.iter().map(|id| json!({ "id": id })).collect();
    let stayed: Vec<Json> = outcome.stayed.iter().map(|stayed| shown(stayed, &who.actor)).collect();
    Ok(answer(StatusCode::OK, &json!({ "items": items, "stayed": stayed })))
}

fn shown(stayed: &Stayed, actor: &Actor) -> Json {
    let problem = Problem::of_command(CommandError::Case(stayed.why.clone()), actor);
    let (code, message) = match problem.errors.first() {
        Some(error) => (error.code.as_str(), error.message.as_str()),
        None => ("gone", problem.kind.title(actor.locale)),
    };
    json!({
        "case": stayed.case,
        "step": stayed.step,
        "step_label": stayed.label.get(actor.locale),
        "code": code,
        "message": message,
    })
}
