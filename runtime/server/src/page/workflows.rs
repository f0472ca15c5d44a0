//! Workflows for those who manage them: how each is drawn, what its steps take, where its cases are, and what a publish means
//! for those.

pub mod begin;
pub mod figures;
pub mod moving;
pub mod replay;

use axum::{body::Bytes, extract::Path};
use engine::{
    CaseCommand, Command, CommandError, Stayed,
    query::case::{Class, GoneWorkflow, GoneWorkflows, Leaver, Leavers, Running, RunningCase, RunningCases},
};
use model::{Date, RecordId};
use serde::Serialize;

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
/// Cases that could not be moved, named one by one.
const MOST_NAMED: usize = 20;

/// What the list of workflows shows.
#[derive(Debug, Default, Serialize)]
pub struct Listed {
    /// Each.
    pub workflows: Vec<Crumb>,
    /// Those that are gone, with how many of their cases have not ended.
    pub gone: Vec<GoneLine>,
    /// Whose tasks wait although they left.
    pub leavers: Vec<LeaverLine>,
}

/// A workflow that is gone.
#[derive(Debug, Default, Clone, Serialize)]
pub struct GoneLine {
    /// What it was called.
    pub label: String,
    /// Its page.
    pub href: String,
    /// How many of its cases have not ended.
    pub running: String,
}

/// What waits for somebody who left, in a workflow.
#[derive(Debug, Default, Clone, Serialize)]
pub struct LeaverLine {
    /// Who.
    pub who: String,
    /// Whether the account is closed or the last assignment has ended, as a word.
    pub why: String,
    /// How many tasks wait, in which workflow.
    pub waiting: String,
    /// Where they are handed over.
    pub href: String,
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
    /// Where its acts are sent, so that the same days and the same cases are shown afterwards.
    pub here: String,
    /// What the last act came to.
    pub told: Option<String>,
    /// Why the last act was refused, or what was asked for is not understood.
    pub fault: Option<String>,
    /// Cases that were not moved, by address, and why.
    pub refused: Vec<RefusedLine>,
    /// How it is drawn.
    pub picture: String,
    /// The first day of the figures, and the last.
    pub days: (String, String),
    /// The steps' figures.
    pub steps: Vec<figures::StepLine>,
    /// How cases ended.
    pub outcomes: Vec<figures::OutcomeLine>,
    /// Whether there was more than the figures look at.
    pub cut: bool,
    /// Cases that have not ended.
    pub cases: Vec<RunningLine>,
    /// How many go by earlier steps, of all that run, on the page that the list begins with; empty where none does.
    pub earlier: String,
    /// The next of them.
    pub next: Option<String>,
    /// Whether the workflow is gone: its cases are looked at, ended and handed over, and that is all.
    pub gone: bool,
    /// What the last act moved, which can be taken back.
    pub undo: Option<Undo>,
    /// Other moves of many cases that can be taken back.
    pub moves: Vec<moving::MoveLine>,
    /// What moving one case would come to.
    pub look: Option<moving::Look>,
    /// What moving all cases would come to.
    pub all: Option<moving::LookAll>,
    /// Whose tasks are to be handed over, by login, where they were chosen before.
    pub leaver: String,
}

/// What was moved to the present steps, and is taken back by its id.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Undo {
    /// Whether that is of one `case`, or of a `move` of many.
    pub of: &'static str,
    /// Its id.
    pub id: String,
}

/// A case that was not moved.
#[derive(Debug, Default, Clone, Serialize)]
pub struct RefusedLine {
    /// The case.
    pub id: String,
    /// Where it is.
    pub steps: String,
    /// Why.
    pub why: String,
}

/// What an act came to.
#[derive(Debug, Default)]
pub struct Done {
    /// What was done.
    told: Option<String>,
    /// What was not.
    fault: Option<String>,
    /// Cases left as they were.
    refused: Vec<RefusedLine>,
    /// What was moved, which can be taken back.
    undo: Option<Undo>,
}

/// A case that has not ended.
#[derive(Debug, Default, Clone, Serialize)]
pub struct RunningLine {
    /// The case.
    pub id: String,
    /// Where it is.
    pub steps: String,
    /// Since when people are asked there, or when it started.
    pub since: String,
    /// Whether it rests.
    pub resting: bool,
    /// Whether it could go by the present steps.
    pub moves: bool,
    /// The step that stands in the way of that.
    pub blocked: String,
}

/// Whether somebody manages any workflow, or running cases of one that is gone.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn any(visit: &Visit) -> Result<bool, Problem> {
    let steers = visit.app().workflows().iter().any(|process| visit.actor.steers(process.name.as_str()));
    Ok(steers || !visit.ask(GoneWorkflows).await?.is_empty())
}

/// The workflows one manages.
///
/// # Errors
/// What the engine refuses.
pub async fn list(visit: &Visit) -> Result<Answer, Problem> {
    let locale = visit.locale();
    let managed = visit.app().workflows().iter().filter(|process| visit.actor.steers(process.name.as_str()));
    let workflows = managed.map(|process| Crumb {
        label: process.label.get(locale).to_owned(),
        href: Some(format!("/workflows/{}", process.name)),
    });
    let leavers = visit.ask(Leavers).await?.ok_or_else(missing)?;
    let shown = Listed {
        workflows: workflows.collect(),
        gone: visit.ask(GoneWorkflows).await?.iter().map(|gone| gone_line(visit, gone)).collect(),
        leavers: leavers.iter().map(|leaver| leaver_line(visit, leaver)).collect(),
    };
    Ok(Answer::Page(visit.page("workflows.html", visit.say("workflows"), "", shown).await?))
}

fn gone_line(visit: &Visit, gone: &GoneWorkflow) -> GoneLine {
    GoneLine {
        label: gone.label.get(visit.locale()).to_owned(),
        href: format!("/workflows/{}", gone.name),
        running: visit.fill("workflows-gone-running", &[("n", &number::count(gone.running))]),
    }
}

fn leaver_line(visit: &Visit, leaver: &Leaver) -> LeaverLine {
    let blanks = [("n", number::count(leaver.tasks)), ("workflow", leaver.label.get(visit.locale()).to_owned())];
    let blanks: Vec<(&str, &str)> = blanks.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let chosen = Params::default().with("leaver", &leaver.login);
    LeaverLine {
        who: leaver.name.clone(),
        why: visit.say(if leaver.closed { "workflows-closed" } else { "workflows-unassigned" }).to_owned(),
        waiting: visit.fill("workflows-waiting", &blanks),
        href: format!("{}#over-title", chosen.on(&format!("/workflows/{}", leaver.workflow))),
    }
}

/// One of them; `done` is what an act came to.
///
/// # Errors
/// Not found for whoever does not manage it, or what the engine refuses.
pub async fn show(visit: &Visit, name: &str, done: Option<Done>) -> Result<Answer, Problem> {
    let locale = visit.locale();
    let before = visit.query.get("before").and_then(|text| text.parse::<RecordId>().ok());
    let first = before.is_none();
    let ask = Running { workflow: name.to_owned(), before, limit: PAGE, earlier: false, counts: first };
    let running = visit.ask(ask).await?.ok_or_else(missing)?;
    if running.gone {
        return show_gone(visit, name, &running, done.unwrap_or_default()).await;
    }
    let process = visit.app().workflow_named(name).ok_or_else(missing)?;
    let mut done = done.unwrap_or_default();
    let mut day = |key: &str| {
        let typed = visit.query.get(key).filter(|text| !text.is_empty())?;
        let parsed = typed.parse::<Date>().ok();
        if parsed.is_none() && done.fault.is_none() {
            done.fault = Some(visit.fill("workflow-no-day", &[("text", typed)]));
        }
        parsed
    };
    let (ask, from, to) = statistics::asked(&visit.actor, name, day("from"), day("to"));
    if from > to && done.fault.is_none() {
        done.fault = Some(visit.say("workflow-days-reversed").to_owned());
    }
    let figures = visit.ask(ask).await?.ok_or_else(missing)?;
    let address = format!("/workflows/{name}");
    let chosen = ["from", "to"].into_iter().fold(Params::default(), |params, key| match visit.query.get(key) {
        Some(text) => params.with(key, text),
        None => params,
    });
    let next = running.next.map(|last| chosen.clone().with("before", last.to_string()).on(&address));
    let refused = done.fault.is_some();
    let about = visit.app().entity(process.entity).map(|entity| entity.label.get(locale).to_owned());
    let earlier = match running.earlier {
        None | Some(0) => String::new(),
        Some(many) => visit.fill("workflow-earlier", &[("n", &number::count(many))]),
    };
    let moves = match first {
        true => moving::standing(visit, name, done.undo.as_ref()).await?,
        false => Vec::new(),
    };
    let shown = Shown {
        label: process.label.get(locale).to_owned(),
        about: about.unwrap_or_default(),
        here: match before {
            Some(before) => chosen.with("before", before.to_string()).on(&address),
            None => chosen.on(&address),
        },
        name: name.to_owned(),
        told: done.told,
        fault: done.fault,
        refused: done.refused,
        picture: picture::plan(visit, process),
        days: (from.to_string(), to.to_string()),
        steps: figures::steps(visit, process, &figures),
        outcomes: figures::outcomes(visit, &figures),
        cut: figures.cut,
        earlier,
        cases: running.cases.iter().map(|case| running_line(visit, case)).collect(),
        next,
        gone: false,
        undo: done.undo,
        moves,
        look: moving::look(visit).await,
        all: moving::look_at_all(visit, name).await?,
        leaver: leaver(visit),
    };
    let title = shown.label.clone();
    let page = visit.page("workflow.html", &title, "", shown).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

/// One that is gone, under what it was called.
async fn show_gone(visit: &Visit, name: &str, running: &RunningCases, done: Done) -> Result<Answer, Problem> {
    let address = format!("/workflows/{name}");
    let next = running.next.map(|last| Params::default().with("before", last.to_string()).on(&address));
    let case = |case: &RunningCase| RunningLine { blocked: String::new(), ..running_line(visit, case) };
    let refused = done.fault.is_some();
    let title = running.label.get(visit.locale());
    let shown = Shown {
        name: name.to_owned(),
        label: title.to_owned(),
        about: visit.say("workflow-gone").to_owned(),
        here: address,
        told: done.told,
        fault: done.fault,
        refused: done.refused,
        cases: running.cases.iter().map(case).collect(),
        next,
        gone: true,
        leaver: leaver(visit),
        ..Shown::default()
    };
    let page = visit.page("workflow.html", title, "", shown).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

fn leaver(visit: &Visit) -> String {
    visit.query.get("leaver").unwrap_or_default().to_owned()
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

fn running_line(visit: &Visit, case: &RunningCase) -> RunningLine {
    let reader = visit.reader();
    let since = case.steps.iter().filter_map(|at| at.since).min();
    RunningLine {
        id: case.row.id.to_string(),
        steps: places(visit, case),
        since: match since {
            Some(since) => visit.fill("workflow-since", &[("when", &time::ago(&reader, since))]),
            None => visit.fill("workflow-started", &[("when", &time::ago(&reader, case.row.started))]),
        },
        resting: case.row.state == "resting",
        moves: case.class == Class::Migrate,
        blocked: match &case.class {
            Class::Blocked(step) => stands_in_the_way(visit, case, step),
            Class::Keep | Class::Migrate => String::new(),
        },
    }
}

/// Where a case is.
fn places(visit: &Visit, case: &RunningCase) -> String {
    let labels: Vec<&str> = case.steps.iter().map(|at| at.label.get(visit.locale())).collect();
    labels.join(visit.say("list-comma"))
}

/// Why a case cannot go by the present steps.
fn stands_in_the_way(visit: &Visit, case: &RunningCase, step: &str) -> String {
    let called = case.steps.iter().find(|at| at.step == step).map_or(step, |at| at.label.get(visit.locale()));
    match step {
        "" => visit.say("workflow-unreadable").to_owned(),
        _ => visit.fill("workflow-blocked", &[("step", called)]),
    }
}

/// Moves cases to the present steps, or hands over what somebody was to answer.
pub(super) async fn steer(visit: Visit, Path(name): Path<String>, body: Bytes) -> Result<Answer, Problem> {
    let known = visit.actor.steers(&name);
    if !known && !visit.ask(GoneWorkflows).await?.iter().any(|gone| gone.name == name) {
        return Err(missing());
    }
    let sent = typed(&body);
    let done = match sent.get("do").unwrap_or_default() {
        "migrate" if known => match sent.get("case") {
            Some(case) => moving::one(&visit, case.parse().map_err(|_| Problem::new(Kind::BadRequest))?).await,
            None => moving::all(&visit, &name).await?,
        },
        "migrate-back" if known => {
            let id = |text: &str| text.parse::<RecordId>().map_err(|_| Problem::new(Kind::BadRequest));
            match (sent.get("move").map(id).transpose()?, sent.get("case").map(id).transpose()?) {
                (Some(many), None) => moving::back(&visit, &name, many).await?,
                (None, Some(case)) => moving::one_back(&visit, case).await,
                _ => return Err(Problem::new(Kind::BadRequest)),
            }
        }
        "hand-over" => match hand_over(&visit, &name, &sent).await {
            Ok(done) => done,
            Err(fault) => Done { fault: Some(fault), ..Done::default() },
        },
        _ => return Err(Problem::new(Kind::BadRequest)),
    };
    show(&visit, &name, Some(done)).await
}

/// Hands over what can be, in all workflows or in this one; what cannot is named by case.
async fn hand_over(visit: &Visit, name: &str, sent: &Params) -> Result<Done, String> {
    let locale = visit.locale();
    let one = async |key: &str| match act::people(visit, sent, key).await {
        Ok(found) => found.first().copied().ok_or_else(|| visit.say("case-no-person").to_owned()),
        Err(problem) => Err(case::told(locale, &problem)),
    };
    let (from, to) = (one("from").await?, one("to").await?);
    let workflow = sent.get("only").map(|_| name.to_owned());
    match visit.act(Command::Case(CaseCommand::HandOver { from, to, workflow })).await {
        Ok(outcome) => {
            let stayed = outcome.stayed.len();
            Ok(Done {
                told: Some(visit.fill("workflow-handed-over", &[("n", &counted(outcome.cases.len()))])),
                fault: (stayed > 0).then(|| visit.fill("workflow-stayed", &[("n", &counted(stayed))])),
                refused: outcome.stayed.iter().take(MOST_NAMED).map(|stayed| stayed_line(visit, stayed)).collect(),
                undo: None,
            })
        }
        Err(problem) if problem.kind == Kind::NotFound => Err(visit.say("workflow-nothing-to-hand-over").to_owned()),
        Err(problem) => Err(case::told(locale, &problem)),
    }
}

fn stayed_line(visit: &Visit, stayed: &Stayed) -> RefusedLine {
    let problem = Problem::of_command(CommandError::Case(stayed.why.clone()), &visit.actor);
    RefusedLine {
        id: stayed.case.to_string(),
        steps: stayed.label.get(visit.locale()).to_owned(),
        why: case::told(visit.locale(), &problem),
    }
}
