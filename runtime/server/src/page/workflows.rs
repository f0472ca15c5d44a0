//! Workflows for those who manage them: how each is drawn, what its steps take, where its cases are, and what a publish means
//! for those.

use axum::{body::Bytes, extract::Path};
use engine::{
    CaseAct, CaseCommand, Command,
    query::case::{Class, Figures, Running, RunningCase, Spread, StepFigures},
};
use model::RecordId;
use serde::Serialize;
use workflow::Process;

use super::{
    Answer, Visit,
    case::{self, act, picture},
    params::Params,
    record::Crumb,
    routes::typed,
    visit::missing,
};
use crate::{
    api::case::statistics,
    problem::{Kind, Problem},
    show::{number, time},
};

/// Cases of a page.
const PAGE: u32 = 50;
/// Cases moved to the present steps by one press.
const MOST_MOVED: u32 = 5_000;

/// What the list of workflows shows.
#[derive(Debug, Default, Serialize)]
pub struct Listed {
    /// Each, with how many of its cases have not ended.
    pub workflows: Vec<Crumb>,
}

/// What the page of one shows.
#[derive(Debug, Default, Serialize)]
pub struct Shown {
    /// Its name.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// What its cases are about.
    pub about: String,
    /// What the last act came to.
    pub told: Option<String>,
    /// Why the last act was refused.
    pub fault: Option<String>,
    /// How it is drawn.
    pub picture: String,
    /// The first day of the figures, and the last.
    pub days: (String, String),
    /// The steps' figures.
    pub steps: Vec<StepLine>,
    /// How cases ended.
    pub outcomes: Vec<OutcomeLine>,
    /// Whether there was more than the figures look at.
    pub cut: bool,
    /// Cases that have not ended.
    pub cases: Vec<RunningLine>,
    /// Whether any of them could go by the present steps.
    pub any_to_move: bool,
    /// The next of them.
    pub next: Option<String>,
}

/// A step's figures, as they are read.
#[derive(Debug, Default, Clone, Serialize)]
pub struct StepLine {
    /// The step.
    pub step: String,
    /// How many answered.
    pub answered: String,
    /// What the middle answer took.
    pub median: String,
    /// What answers took on average.
    pub mean: String,
    /// What nine of ten answers did not exceed.
    pub ninetieth: String,
    /// How many wait.
    pub waiting: String,
    /// How many of them are late; empty where none is.
    pub late: String,
    /// How long the longest waits.
    pub longest: String,
    /// Whether most time goes here.
    pub bottleneck: bool,
}

/// Cases that ended in one way.
#[derive(Debug, Default, Clone, Serialize)]
pub struct OutcomeLine {
    /// How.
    pub outcome: String,
    /// How many.
    pub count: String,
    /// What the middle one took.
    pub median: String,
}

/// A case that has not ended.
#[derive(Debug, Default, Clone, Serialize)]
pub struct RunningLine {
    /// The case.
    pub id: String,
    /// Where it is.
    pub steps: String,
    /// Since when.
    pub started: String,
    /// Whether it rests.
    pub resting: bool,
    /// Whether it could go by the present steps.
    pub moves: bool,
    /// The step that stands in the way of that.
    pub blocked: String,
}

/// Whether somebody manages any workflow.
pub(super) fn any(visit: &Visit) -> bool {
    visit.app().workflows().iter().any(|process| visit.actor.runs(process.name.as_str()).manage)
}

/// The workflows one manages.
///
/// # Errors
/// What the engine refuses.
pub async fn list(visit: &Visit) -> Result<Answer, Problem> {
    let locale = visit.locale();
    let managed = visit.app().workflows().iter().filter(|process| visit.actor.runs(process.name.as_str()).manage);
    let workflows = managed.map(|process| Crumb {
        label: process.label.get(locale).to_owned(),
        href: Some(format!("/workflows/{}", process.name)),
    });
    let shown = Listed { workflows: workflows.collect() };
    if shown.workflows.is_empty() {
        return Err(missing());
    }
    Ok(Answer::Page(visit.page("workflows.html", visit.say("workflows"), "", shown).await?))
}

/// One of them; `done` is what an act came to, or why it was refused.
///
/// # Errors
/// Not found for whoever does not manage it, or what the engine refuses.
pub async fn show(visit: &Visit, name: &str, done: Option<Result<String, String>>) -> Result<Answer, Problem> {
    let locale = visit.locale();
    let process = visit.app().workflow_named(name).ok_or_else(missing)?;
    let before = visit.query.get("before").and_then(|text| text.parse::<RecordId>().ok());
    let running = visit.ask(Running { workflow: name.to_owned(), before, limit: PAGE }).await?.ok_or_else(missing)?;
    let day = |key: &str| visit.query.get(key).and_then(|text| text.parse::<model::Date>().ok());
    let (ask, from, to) = statistics::asked(&visit.actor, name, day("from"), day("to"));
    let figures = visit.ask(ask).await?.ok_or_else(missing)?;
    let full = u32::try_from(running.len()).is_ok_and(|many| many == PAGE);
    let next = running
        .last()
        .filter(|_| full)
        .map(|last| Params::default().with("before", last.row.id.to_string()).on(&format!("/workflows/{name}")));
    let refused = matches!(done, Some(Err(_)));
    let (told, fault) = match done {
        Some(Ok(told)) => (Some(told), None),
        Some(Err(fault)) => (None, Some(fault)),
        None => (None, None),
    };
    let about = visit.app().entity(process.entity).map(|entity| entity.label.get(locale).to_owned());
    let shown = Shown {
        name: name.to_owned(),
        label: process.label.get(locale).to_owned(),
        about: about.unwrap_or_default(),
        told,
        fault,
        picture: picture::plan(visit, process),
        days: (from.to_string(), to.to_string()),
        steps: figures.steps.iter().map(|step| step_line(visit, &figures, step)).collect(),
        outcomes: outcomes(visit, &figures),
        cut: figures.cut,
        any_to_move: running.iter().any(|case| case.class == Class::Migrate),
        cases: running.iter().map(|case| running_line(visit, process, case)).collect(),
        next,
    };
    let title = shown.label.clone();
    let page = visit.page("workflow.html", &title, "", shown).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// A length of time as precisely as somebody cares to know it.
fn length(visit: &Visit, seconds: i64) -> String {
    let unit = match seconds {
        86_400.. => 3_600,
        3_600.. => 60,
        _ => 1,
    };
    time::duration(visit.locale(), (seconds + unit / 2) / unit * unit)
}

fn counted(count: usize) -> String {
    number::count(i64::try_from(count).unwrap_or(i64::MAX))
}

fn step_line(visit: &Visit, figures: &Figures, step: &StepFigures) -> StepLine {
    let took = |of: fn(&Spread) -> i64| step.took.as_ref().map(|took| length(visit, of(took))).unwrap_or_default();
    StepLine {
        step: step.label.get(visit.locale()).to_owned(),
        answered: counted(step.took.map_or(0, |took| took.count)),
        median: took(|took| took.median),
        mean: took(|took| took.mean),
        ninetieth: took(|took| took.ninetieth),
        waiting: counted(step.waiting),
        late: if step.late > 0 { visit.fill("workflow-late", &[("n", &counted(step.late))]) } else { String::new() },
        longest: step.longest.map(|longest| length(visit, longest)).unwrap_or_default(),
        bottleneck: figures.bottleneck.as_ref() == Some(&step.step),
    }
}

fn outcomes(visit: &Visit, figures: &Figures) -> Vec<OutcomeLine> {
    let line = |one: &engine::query::case::OutcomeFigures| OutcomeLine {
        outcome: case::outcome(visit, "ended", Some(&one.outcome)),
        count: counted(one.took.count),
        median: length(visit, one.took.median),
    };
    figures.outcomes.iter().map(line).collect()
}

fn running_line(visit: &Visit, process: &Process, case: &RunningCase) -> RunningLine {
    let locale = visit.locale();
    let label =
        |step: &String| process.step(step).map_or_else(|| step.clone(), |step| step.label.get(locale).to_owned());
    let steps: Vec<String> = case.steps.iter().map(label).collect();
    RunningLine {
        id: case.row.id.to_string(),
        steps: steps.join(visit.say("list-comma")),
        started: time::ago(&visit.reader(), case.row.started),
        resting: case.row.state == "resting",
        moves: case.class == Class::Migrate,
        blocked: match &case.class {
            Class::Blocked(step) => visit.fill("workflow-blocked", &[("step", &label(step))]),
            Class::Keep | Class::Migrate => String::new(),
        },
    }
}

/// Moves cases to the present steps, or hands over what somebody was to answer.
pub(super) async fn steer(visit: Visit, Path(name): Path<String>, body: Bytes) -> Result<Answer, Problem> {
    let sent = typed(&body);
    let done = match sent.get("do").unwrap_or_default() {
        "migrate" => migrate(&visit, &name, sent.get("case").and_then(|text| text.parse().ok())).await?,
        "hand-over" => hand_over(&visit, &sent).await,
        _ => return Err(Problem::new(Kind::BadRequest)),
    };
    show(&visit, &name, Some(done)).await
}

/// Each case is moved for itself: one that cannot does not hold up the others.
async fn migrate(visit: &Visit, name: &str, only: Option<RecordId>) -> Result<Result<String, String>, Problem> {
    let cases = match only {
        Some(case) => vec![case],
        None => {
            let ask = Running { workflow: name.to_owned(), before: None, limit: MOST_MOVED };
            let running = visit.ask(ask).await?.ok_or_else(missing)?;
            running.into_iter().filter(|case| case.class == Class::Migrate).map(|case| case.row.id).collect()
        }
    };
    let (mut moved, mut refused) = (0, Vec::new());
    for case in cases {
        let act = CaseAct::Migrate { edition: None };
        match visit.act(Command::Case(CaseCommand::Act { case, act, fields: Vec::new(), expected: None })).await {
            Ok(_) => moved += 1,
            Err(problem) => refused.push(case::told(visit.locale(), &problem)),
        }
    }
    let told = visit.fill("workflow-moved", &[("n", &counted(moved))]);
    Ok(match refused.first() {
        None => Ok(told),
        Some(why) => {
            let not = visit.fill("workflow-not-moved", &[("n", &counted(refused.len())), ("why", why)]);
            Err(format!("{told} {not}"))
        }
    })
}

async fn hand_over(visit: &Visit, sent: &Params) -> Result<String, String> {
    let locale = visit.locale();
    let one = async |key: &str| match act::people(visit, sent.get(key).unwrap_or_default()).await {
        Ok(found) => found.first().copied().ok_or_else(|| visit.say("case-no-person").to_owned()),
        Err(problem) => Err(case::told(locale, &problem)),
    };
    let (from, to) = (one("from").await?, one("to").await?);
    match visit.act(Command::Case(CaseCommand::HandOver { from, to })).await {
        Ok(outcome) => Ok(visit.fill("workflow-handed-over", &[("n", &counted(outcome.cases.len()))])),
        Err(problem) if problem.kind == Kind::NotFound => Err(visit.say("workflow-nothing-to-hand-over").to_owned()),
        Err(problem) => Err(case::told(locale, &problem)),
    }
}
