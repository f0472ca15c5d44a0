//! `GET` and `POST /api/v1/{app}/workflows/{workflow}/migration`: what the last publish means for the running cases, and all moved
//! that can be; `POST …/migration/{id}/back`: that move taken back.
//!
//! Each case is moved for itself, by the same act as one alone, so that one that cannot be does not hold up the others. A move
//! has an id, by which it is gone on with, asked for again, and taken back: what it did already it does not do twice.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use engine::{
    Actor, CaseAct, CaseCommand, CaseFault, Command, CommandError,
    query::case::{BlockedAt, Class, Classes, EditionClasses, MovedCase, MovedTogether, Running, RunningCase},
};
use model::{Locale, RecordId, Timestamp};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::{answer, case_id, installed};
use crate::{
    AppState,
    api::{
        body, idempotency,
        parameter::{Parameters, say},
    },
    problem::{Kind, Problem},
    session::SignedIn,
    words,
};

/// Cases asked for together.
const PAGE: u32 = 200;

/// Cases that stay, named one by one.
const MOST_NAMED: usize = 1_000;

/// Seconds after which a request says how far it came; it would be cut off at twice as many.
const PATIENCE: i64 = 15;

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
    });
    Ok(answer(StatusCode::OK, &body))
}

fn stuck(edition: &EditionClasses) -> i64 {
    edition.blocked.iter().map(|blocked| blocked.cases).sum()
}

fn reason(blocked: &BlockedAt, gone: bool, locale: Locale) -> Json {
    let (code, message) = match gone {
        true => {
            let message = say(
                locale,
                "流程已从应用中移除，进行中的只能终止或转办",
                "the workflow is gone: its running cases are only ended or handed over",
            );
            ("gone", message.to_owned())
        }
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

/// Why a case cannot go by the present steps: a code, and in words.
fn in_the_way(step: &str, label: &str, locale: Locale) -> (&'static str, String) {
    match step {
        "" => ("unreadable", words::say(locale, "workflow-unreadable").to_owned()),
        _ => ("blocked", words::fill(locale, "workflow-blocked", &[("step", label)])),
    }
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
        let mut run = Run::of(&state, &who.actor);
        run.all(&workflow, moving).await?;
        // Those that another request of the same move went over are of it, too; those that another move took are not.
        let moved = match run.moved(&workflow, moving).await {
            Ok(cases) => cases.iter().filter(|case| !case.back).count(),
            Err(_) if run.done > 0 => run.done,
            Err(problem) => return Err(problem),
        };
        let body = json!({
            "move": (moved > 0).then_some(moving),
            "moved": moved,
            "blocked": run.stayed,
            "stayed": run.named,
            "more": run.more,
        });
        Ok(answer(StatusCode::OK, &body))
    };
    idempotency::once(&state, &who, &uri, &headers, &content, run).await
}

/// Takes a move back, for each case for itself: one in which anything has happened since stays.
pub(crate) async fn back(
    State(state): State<AppState>,
    who: SignedIn,
    Path((app, workflow, id)): Path<(String, String, String)>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    installed(&who.actor, &app)?;
    let moving = case_id(&id)?;
    Parameters::of(&uri, &[], who.actor.locale)?;
    let run = async {
        let mut run = Run::of(&state, &who.actor);
        let cases = run.moved(&workflow, moving).await?;
        if cases.is_empty() {
            return Err(Problem::new(Kind::NotFound));
        }
        let before = cases.iter().filter(|case| case.back).count();
        run.back(cases, moving).await?;
        let back = before + run.done;
        match run.first.take() {
            // Nothing of it could be taken back: a refusal like that of one case, which names them all.
            Some(problem) if back == 0 && !run.more => Err(problem.with("stayed", run.named)),
            _ => {
                let body = json!({
                    "move": moving,
                    "back": back,
                    "blocked": run.stayed,
                    "stayed": run.named,
                    "more": run.more,
                });
                Ok(answer(StatusCode::OK, &body))
            }
        }
    };
    idempotency::once(&state, &who, &uri, &headers, &Bytes::new(), run).await
}

/// A request that goes over many cases, and how far it came.
struct Run<'r> {
    state: &'r AppState,
    actor: &'r Actor,
    began: Timestamp,
    /// How many cases it changed.
    done: usize,
    /// How many stay as they were.
    stayed: usize,
    /// The first of these, with why.
    named: Vec<Json>,
    /// Why the first of them stays, where it was tried.
    first: Option<Problem>,
    /// Whether one was tried: a request that is late all the same tries one, so that the next comes further.
    tried: bool,
    /// Whether there are more than one request goes over.
    more: bool,
}

impl<'r> Run<'r> {
    fn of(state: &'r AppState, actor: &'r Actor) -> Self {
        let began = state.engine.now();
        Self { state, actor, began, done: 0, stayed: 0, named: Vec::new(), first: None, tried: false, more: false }
    }

    /// The cases of a move.
    async fn moved(&self, workflow: &str, moving: RecordId) -> Result<Vec<MovedCase>, Problem> {
        let ask = MovedTogether { workflow: workflow.to_owned(), moving };
        let found = self.state.engine.query(self.actor, ask).await;
        let found = found.map_err(|error| Problem::of_query(error, self.actor))?;
        found.ok_or_else(|| Problem::new(Kind::Denied))
    }

    async fn all(&mut self, workflow: &str, moving: RecordId) -> Result<(), Problem> {
        let mut before = None;
        loop {
            let ask = Running { workflow: workflow.to_owned(), before, limit: PAGE, earlier: true };
            let running = self.state.engine.query(self.actor, ask).await;
            let running = running.map_err(|error| Problem::of_query(error, self.actor));
            let running = match running {
                Ok(found) => found.ok_or_else(|| Problem::new(Kind::Denied))?,
                Err(problem) => return self.ends_with(problem),
            };
            if running.gone {
                return Err(Problem::of_command(CommandError::Case(CaseFault::Gone), self.actor));
            }
            for case in &running.cases {
                match &case.class {
                    Class::Keep => {}
                    Class::Blocked(step) => self.blocked(case, step),
                    Class::Migrate => {
                        if !self.go(case.row.id, CaseAct::MigrateWith { moving }).await? {
                            return Ok(());
                        }
                    }
                }
            }
            before = running.next;
            if before.is_none() {
                return Ok(());
            }
            if self.late() {
                self.more = true;
                return Ok(());
            }
        }
    }

    async fn back(&mut self, cases: Vec<MovedCase>, moving: RecordId) -> Result<(), Problem> {
        for MovedCase { case, back } in cases {
            if !back && !self.go(case, CaseAct::MigrateBackWith { moving }).await? {
                break;
            }
        }
        Ok(())
    }

    /// Does one case; `false` where the request has done enough.
    async fn go(&mut self, case: RecordId, act: CaseAct) -> Result<bool, Problem> {
        if self.late() || self.done >= self.state.engine.bounds().moved {
            self.more = true;
            return Ok(false);
        }
        self.tried = true;
        let act = CaseCommand::Act { case, act, fields: Vec::new(), files: Vec::new(), expected: None };
        let Err(error) = self.state.engine.execute(self.actor, Command::Case(act)).await else {
            self.done += 1;
            return Ok(true);
        };
        let problem = Problem::of_command(error, self.actor);
        match problem.kind {
            Kind::CaseRefused | Kind::NotFound | Kind::Denied | Kind::Invalid => {
                self.refused(case, problem);
                Ok(true)
            }
            _ => self.ends_with(problem).map(|()| false),
        }
    }

    /// Whether it has gone over cases long enough.
    fn late(&self) -> bool {
        self.tried && self.state.engine.now().as_second() - self.began.as_second() >= PATIENCE
    }

    /// What is no matter of one case refuses the request, unless some of it is done: then that is told, and whoever asks for the
    /// rest meets it again.
    fn ends_with(&mut self, problem: Problem) -> Result<(), Problem> {
        if self.done == 0 {
            return Err(problem);
        }
        self.more = true;
        Ok(())
    }

    fn blocked(&mut self, case: &RunningCase, step: &str) {
        let label = case.called(step);
        let label = label.get(self.actor.locale);
        let (code, message) = in_the_way(step, label, self.actor.locale);
        let step = Some(step).filter(|step| !step.is_empty());
        let line = json!({
            "case": case.row.id,
            "step": step,
            "step_label": step.map(|_| label),
            "code": code,
            "message": message,
        });
        self.stay(line);
    }

    fn refused(&mut self, case: RecordId, problem: Problem) {
        let (code, message) = match problem.errors.first() {
            Some(error) => (error.code.as_str(), error.message.as_str()),
            None => (problem.kind.slug(), problem.kind.title(self.actor.locale)),
        };
        let line = json!({"case": case, "step": null, "step_label": null, "code": code, "message": message});
        self.stay(line);
        self.first.get_or_insert(problem);
    }

    fn stay(&mut self, line: Json) {
        self.stayed += 1;
        if self.named.len() < MOST_NAMED {
            self.named.push(line);
        }
    }
}
