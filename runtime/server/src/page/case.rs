//! A case: what the reader is asked, how it stands as a picture, who was asked and what they said.

pub mod act;
pub mod picture;
pub mod sign;
pub mod trail;

use app::{Field, FieldKind};
use engine::{
    CaseAct, CaseCommand, Command,
    query::case::{CaseShown, CaseView, Mine},
};
use model::{FieldId, Locale, RecordId, Value};
use serde::Serialize;
use workflow::{Operation, Opinion, Signature, State, StepKind, TaskState};

use super::{
    Answer, Visit,
    filter::Choice,
    form::control::{self, Control, Place},
    names,
    params::Params,
    record::Fact,
    visit::missing,
};
use crate::{problem::Problem, show::time, words};

/// What the view shows.
#[derive(Debug, Default, Serialize)]
pub struct CasePage {
    /// The case.
    pub id: String,
    /// The workflow.
    pub workflow: String,
    /// The record, where the reader may see it.
    pub record: Option<String>,
    /// Whether it runs, and how it ended.
    pub state: String,
    /// Its tone.
    pub tone: &'static str,
    /// Who started it and when.
    pub started: String,
    /// Why the last act was refused.
    pub fault: Option<String>,
    /// What the reader is asked.
    pub mine: Option<Asked>,
    /// The picture.
    pub picture: String,
    /// Who was asked, in order.
    pub tasks: Vec<TaskLine>,
    /// What happened, the newest last.
    pub trail: Vec<trail::Line>,
    /// What else the reader may do.
    pub acts: Acts,
}

/// What the reader is asked.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Asked {
    /// The task's number.
    pub task: u32,
    /// The step.
    pub step: String,
    /// When it is due.
    pub due: String,
    /// The version of the record whose fields are filled in.
    pub version: Option<i64>,
    /// Whether it is filled in, and not answered with yes or no.
    pub fills: bool,
    /// Whether it was returned to the reader, who mends the record and sends it again.
    pub mends: bool,
    /// Whether the answer goes to whoever asked.
    pub delegate: bool,
    /// Whether it is to be claimed first.
    pub to_claim: bool,
    /// Whether it can be given back.
    pub claimed: bool,
    /// Whether something has to be said.
    pub opinion: bool,
    /// Where they sign, if they do.
    pub sign: Option<sign::Pad>,
    /// What was typed as a reason.
    pub text: String,
    /// What is shown.
    pub facts: Vec<Fact>,
    /// Whether a file can be chosen.
    pub files: bool,
    /// What is filled in.
    pub fields: Vec<Control>,
    /// Steps it can be sent back to; none where it cannot.
    pub earlier: Vec<Choice>,
    /// Whether it can be handed on.
    pub transfers: bool,
    /// Whether somebody can be asked to look first.
    pub delegates: bool,
    /// Whether more people can be asked.
    pub adds: bool,
}

/// What else the reader may do.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Acts {
    /// Withdraw it.
    pub withdraw: bool,
    /// Urge those who are asked.
    pub urge: bool,
    /// Say something, and let others know.
    pub speak: bool,
    /// Answer what is said, and nothing more.
    pub reply: bool,
    /// An answer that can be taken back, by the task's number.
    pub take_back: Option<u32>,
    /// Steps an administrator can put it at; none for others.
    pub steps: Vec<Choice>,
    /// Whether it can go by the present steps.
    pub migrate: bool,
    /// Words that are waited for.
    pub signals: Vec<String>,
    /// Whether it runs.
    pub running: bool,
    /// Whether it rests.
    pub resting: bool,
}

/// Somebody who is or was asked.
#[derive(Debug, Default, Clone, Serialize)]
pub struct TaskLine {
    /// Who.
    pub who: super::shell::Person,
    /// At which step.
    pub step: String,
    /// How far it is.
    pub state: &'static str,
    /// Its tone.
    pub tone: &'static str,
    /// When.
    pub when: String,
    /// Its number, where the reader brought them in and may leave them out again.
    pub remove: Option<u32>,
}

/// The tone of a state.
pub fn state_tone(state: &str) -> &'static str {
    match state {
        "running" => "info",
        "resting" => "warn",
        _ => "neutral",
    }
}

/// How a case stands, in a word.
pub fn outcome(visit: &Visit, state: &str, outcome: Option<&str>) -> String {
    match (state, outcome) {
        ("running", _) => visit.say("case-running").to_owned(),
        ("resting", _) => visit.say("case-resting").to_owned(),
        (_, Some("rejected")) => visit.say("case-rejected").to_owned(),
        (_, Some("withdrawn")) => visit.say("case-withdrawn").to_owned(),
        (_, Some("terminated")) => visit.say("case-terminated").to_owned(),
        _ => visit.say("case-ended").to_owned(),
    }
}

/// A refusal as one line.
pub fn told(locale: Locale, problem: &Problem) -> String {
    let said: Vec<&str> = problem.errors.iter().map(|error| error.message.as_str()).collect();
    if said.is_empty() { problem.kind.title(locale).to_owned() } else { said.join(words::say(locale, "list-comma")) }
}

/// A case.
///
/// # Errors
/// Not found, or what the engine refuses.
pub async fn show(visit: &Visit, id: RecordId, sent: Option<(&Params, Option<Problem>)>) -> Result<Answer, Problem> {
    let shown = visit.ask(CaseView { case: id }).await?.ok_or_else(missing)?;
    if shown.unread && !visit.actor.looks {
        let read = CaseCommand::Act {
            case: id,
            act: CaseAct::ReadCopy,
            fields: Vec::new(),
            files: Vec::new(),
            expected: None,
        };
        visit.act(Command::Case(read)).await?;
    }
    let (typed, problem) = sent.map_or((None, None), |(typed, problem)| (Some(typed), problem));
    let entity = visit.app().entity_named(&shown.row.entity);
    let process = shown.process();
    let mine = match (&shown.mine, entity) {
        (Some(mine), Some(_)) => Some(asked(visit, &shown, mine, (typed, problem.as_ref())).await?),
        _ => None,
    };
    let locale = visit.locale();
    let reader = visit.reader();
    let label = process.map(|process| process.label.get(locale).to_owned()).unwrap_or_default();
    let started = visit.fill(
        "case-started",
        &[("who", shown.name(shown.row.starter)), ("when", &time::moment(&reader, shown.row.started))],
    );
    let refused = problem.is_some();
    let page = CasePage {
        id: id.to_string(),
        record: shown.sees_record.then(|| format!("/r/{}/{}", shown.row.entity, shown.row.record)),
        state: outcome(visit, &shown.row.state, shown.row.outcome.as_deref()),
        tone: match shown.row.outcome.as_deref() {
            Some("rejected" | "terminated") => "bad",
            Some(_) => "ok",
            None => state_tone(&shown.row.state),
        },
        started,
        fault: problem.map(|problem| told(locale, &problem)),
        mine,
        picture: if shown.only_talks { String::new() } else { picture::draw(visit, &shown) },
        tasks: tasks(visit, &shown),
        trail: trail::lines(visit, &shown),
        acts: acts(visit, &shown),
        workflow: label,
    };
    let title = if shown.title.is_empty() { page.workflow.clone() } else { shown.title.clone() };
    let page = visit.page("case.html", &title, "", page).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

async fn asked(
    visit: &Visit,
    shown: &CaseShown,
    mine: &Mine,
    (typed, problem): (Option<&Params>, Option<&Problem>),
) -> Result<Asked, Problem> {
    let app = visit.app();
    let reader = visit.reader();
    let (case, record) = (shown.row.id, shown.row.record);
    let fields = |of: &[(FieldId, Value)]| -> Vec<(Field, Value)> {
        of.iter().filter_map(|(id, value)| Some((app.field(*id)?.clone(), value.clone()))).collect()
    };
    let (show, edit) = (fields(&mine.show), fields(&mine.edit));
    let mut wanted = Vec::new();
    for (field, value) in show.iter().chain(&edit) {
        if let FieldKind::Reference { to, .. } | FieldKind::References { to, .. } = &field.kind {
            let several = value.as_list().unwrap_or(std::slice::from_ref(value));
            wanted.extend(several.iter().filter_map(Value::as_id).map(|id| (*to, id)));
        }
    }
    let names = names::load(visit, &wanted).await?;
    // What was kept as a draft stands in the inputs until something is sent.
    let drafted = Params(mine.draft.as_object().into_iter().flatten().flat_map(kept).collect());
    let typed = typed.or_else(|| (!drafted.0.is_empty()).then_some(&drafted));
    let input = |(field, value): &(Field, Value)| {
        let place = Place { name: field.name.to_string(), typed, value, in_table: false, record: Some(record) };
        let mut input = control::input(visit, field, &place, &names);
        // A file is fetched from its record, which not everybody who is asked may see.
        input.shown.href = input.shown.href.filter(|_| shown.sees_record);
        input.required = mine.require.contains(&field.id);
        let fault = problem.and_then(|problem| {
            problem.errors.iter().find(|error| error.field.as_deref() == Some(field.name.as_str()))
        });
        input.error = fault.map(|fault| fault.message.clone()).unwrap_or_default();
        input
    };
    let locale = visit.locale();
    let allows = |operation| mine.allow.contains(&operation);
    Ok(Asked {
        task: mine.task,
        step: mine.label.get(locale).to_owned(),
        due: match (mine.paused, mine.due) {
            (Some(since), None) => visit.fill("case-paused", &[("when", &time::moment(&reader, since))]),
            (_, Some(due)) => visit.fill("case-due", &[("when", &time::moment(&reader, due))]),
            (None, None) => String::new(),
        },
        version: mine.version,
        fills: mine.fills,
        mends: mine.mends,
        delegate: mine.delegate,
        to_claim: mine.to_claim,
        claimed: mine.claimed,
        opinion: mine.opinion == Opinion::Always,
        sign: (mine.signature != Signature::Never).then(|| sign::pad(visit, &format!("/cases/{case}"), typed, problem)),
        text: typed.and_then(|typed| typed.get("opinion")).unwrap_or_default().to_owned(),
        facts: show
            .iter()
            .map(|(field, value)| Fact {
                label: field.label.get(locale).to_owned(),
                shown: control::read(visit, field, (shown.sees_record.then_some(record), value), &names),
                trace: None,
                uncover: None,
            })
            .collect(),
        files: edit.iter().any(|(field, _)| matches!(field.kind, FieldKind::File | FieldKind::Image)),
        fields: edit.iter().map(input).collect(),
        earlier: mine
            .earlier
            .iter()
            .map(|(name, label)| choice(name, label.get(locale)))
            .chain(mine.to_starter.then(|| choice("starter", visit.say("case-to-starter"))))
            .collect(),
        transfers: allows(Operation::Transfer),
        delegates: allows(Operation::Delegate) && !mine.delegate,
        adds: allows(Operation::AddSigner) && !mine.fills && !mine.delegate,
    })
}

/// What was kept of an input, as it was sent: of several choices each, before them the empty one that says they were asked.
fn kept((name, value): (&String, &serde_json::Value)) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let texts = match value {
        serde_json::Value::Array(several) => std::iter::once(String::new()).chain(several.iter().map(text)).collect(),
        one => vec![text(one)],
    };
    texts.into_iter().map(|text| (name.clone(), text)).collect()
}

fn choice(value: &str, label: &str) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), hint: String::new(), selected: false }
}

fn tasks(visit: &Visit, shown: &CaseShown) -> Vec<TaskLine> {
    let reader = visit.reader();
    let me = visit.actor.principal();
    let label = |step: &str| {
        let found = shown.process().and_then(|process| process.step(step));
        found.map(|step| step.label.get(visit.locale()).to_owned()).unwrap_or_default()
    };
    let gone = |task: &&workflow::Task| task.state == TaskState::Gone && task.opened.is_none();
    // Whoever was erased is asked nothing any more in cases about answers without names.
    let named = |who| Some(shown.name(who)).filter(|name| !name.is_empty()).unwrap_or(visit.say("author-unnamed"));
    let line = |task: &workflow::Task| TaskLine {
        who: super::shell::Person::new(named(task.who)),
        step: label(&task.step),
        state: visit.say(match task.state.word() {
            "later" => "case-later",
            "open" => "case-open",
            "approved" => "case-answered",
            "rejected" => "case-rejected",
            "passed" => "case-passed",
            "returned" => "case-returned",
            _ => "case-gone",
        }),
        tone: match task.state.word() {
            "open" => "info",
            "approved" | "passed" => "ok",
            "rejected" => "bad",
            "returned" => "warn",
            _ => "neutral",
        },
        when: task.ended.or(task.opened).map(|at| time::ago(&reader, at)).unwrap_or_default(),
        remove: (task.by == Some(me) && task.part != workflow::Part::Vote && !task.state.is_over())
            .then_some(task.number),
    };
    shown.case.in_order().into_iter().filter(|task| !gone(task)).map(line).collect()
}

fn acts(visit: &Visit, shown: &CaseShown) -> Acts {
    let me = visit.actor.principal();
    let running = shown.case.state == State::Running;
    let Some(process) = shown.process() else { return Acts::default() };
    let takes_part = shown.concerned || shown.manages;
    let urged = |task: &workflow::Task| match process.step(&task.step).map(|step| &step.kind) {
        Some(StepKind::Ask(asked)) => asked.urge.most != Some(0),
        _ => false,
    };
    let others = shown.case.tasks.iter().any(|task| task.state == TaskState::Open && task.who != me && urged(task));
    let answered = |task: &&workflow::Task| {
        let allows = process.step(&task.step).is_some_and(|step| match &step.kind {
            StepKind::Ask(asked) => asked.allow.contains(&Operation::TakeBack),
            _ => false,
        });
        let yes_or_no = matches!(task.state, TaskState::Done(workflow::Answer::Yes | workflow::Answer::No));
        let fresh = shown.case.token_of(task.visit).is_some()
            || shown.case.tokens.iter().any(|token| token.before == Some(task.visit));
        task.who == me && allows && yes_or_no && fresh
    };
    let by_another = |task: &workflow::Task| task.who != me && matches!(task.state, TaskState::Done(_));
    let in_time = shown.case.withdrawn_by.is_none_or(|last| visit.actor.now <= last);
    let withdraws = match process.withdraw {
        workflow::Withdraw::Never => false,
        workflow::Withdraw::Unanswered => !shown.case.tasks.iter().any(by_another),
        workflow::Withdraw::Always => true,
    };
    let waits = shown.case.tokens.iter().filter_map(|token| process.step(&token.step));
    let signals = waits.flat_map(|step| match &step.kind {
        StepKind::Wait(wait) => wait.words().map(ToString::to_string).collect::<Vec<String>>(),
        _ => Vec::new(),
    });
    let steps = process.steps.iter().filter(|step| !matches!(step.kind, StepKind::Join { .. }));
    let steps = steps.map(|step| choice(step.name.as_str(), step.label.get(visit.locale())));
    Acts {
        withdraw: running && withdraws && in_time && shown.row.starter == me,
        urge: running && others && takes_part,
        speak: running && takes_part,
        reply: running && shown.talks && !takes_part,
        take_back: shown.case.tasks.iter().rev().find(answered).filter(|_| running).map(|task| task.number),
        steps: if shown.manages { steps.collect() } else { Vec::new() },
        migrate: shown.manages && shown.class == engine::query::case::Class::Migrate,
        signals: if shown.manages { signals.collect() } else { Vec::new() },
        running,
        resting: shown.case.state == State::Resting,
    }
}
