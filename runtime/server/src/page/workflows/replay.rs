//! Past cases of a workflow by its present steps, or by those of a draft: whom they would have asked, and where they would hang.

use std::sync::Arc;

use app::App;
use engine::{
    CaseFault,
    query::case::{AskedAt, Replay, ReplayedCase, ReplayedCases, Stuck},
};
use serde::Serialize;

use crate::{
    AppState,
    api::case::replay::LAST,
    draft::{self, Drafted, Given, Told},
    page::{Answer, Visit, case, form::save::Sent, params::Params, visit::missing},
    problem::{Kind, Problem, case::refused},
    show::{number, time},
};

/// Cases shown one by one.
const SHOWN: usize = 100;

/// What the page shows.
#[derive(Debug, Default, Serialize)]
pub struct Shown {
    /// The workflow's name.
    pub name: String,
    /// What it is called.
    pub label: String,
    /// Whether there is any past case.
    pub any: bool,
    /// How many cases came to the same.
    pub told: String,
    /// How many could not be gone through; empty where all were.
    pub unreadable: String,
    /// Fields that the draft reads and of which nothing is known; empty where it knows all.
    pub unknown: String,
    /// How many more would have been otherwise; empty where all are shown.
    pub more: String,
    /// Cases that would have been otherwise.
    pub cases: Vec<Line>,
    /// Whether drafts are looked at here.
    pub drafts: bool,
    /// Whether these are the steps of a draft, or of another version.
    pub drafted: bool,
    /// The draft, as it was given.
    pub yaml: String,
    /// The version asked for, as it was typed.
    pub edition: String,
    /// Why the draft is not looked at.
    pub fault: String,
    /// What is wrong with it.
    pub faults: Vec<FaultLine>,
}

/// Something that is wrong with a draft.
#[derive(Debug, Default, Clone, Serialize)]
pub struct FaultLine {
    /// Where: the line of the draft, or another file with its line.
    pub place: String,
    /// What stands there.
    pub text: String,
    /// What is wrong, with what to do.
    pub message: String,
    /// Its tone.
    pub tone: &'static str,
}

/// What somebody gave to be looked at.
#[derive(Debug, Default)]
struct Asked {
    draft: Option<Arc<App>>,
    yaml: String,
    edition: String,
    fault: String,
    faults: Vec<FaultLine>,
}

/// A case that would have been otherwise.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Line {
    /// The case.
    pub id: String,
    /// Its record.
    pub title: String,
    /// What would have been otherwise.
    pub notes: Vec<String>,
}

/// The page, by the present steps.
///
/// # Errors
/// Not found for whoever does not manage the workflow, or what the engine refuses.
pub async fn show(state: &AppState, visit: &Visit, name: &str) -> Result<Answer, Problem> {
    render(state, visit, name, Asked::default()).await
}

/// The page, by the steps of a draft that was pasted or chosen as a file, or of a version.
///
/// # Errors
/// Not found for whoever does not manage the workflow, or what the engine refuses.
pub async fn by_draft(
    state: &AppState,
    visit: &Visit,
    name: &str,
    (sent, files): (Params, Vec<Sent>),
) -> Result<Answer, Problem> {
    if state.options.documents.is_none() || !visit.actor.steers(name) {
        return Err(missing());
    }
    // What stands before the first word of the draft is a part of it.
    let typed = |key: &str| sent.get(key).filter(|text| !text.trim().is_empty()).unwrap_or_default();
    let (yaml, edition) = (typed("yaml").to_owned(), typed("edition").trim().to_owned());
    let mut asked = Asked { yaml, edition, ..Asked::default() };
    if let Some((_, file)) = files.into_iter().find(|(field, _)| field == "file") {
        // A page that shows it again is made only of what is no larger than a draft.
        if file.content.len() > draft::MOST {
            return Err(Problem::new(Kind::TooLarge).with("limit", draft::MOST));
        }
        match String::from_utf8(file.content) {
            Ok(text) => asked.yaml = text,
            Err(_) => asked.fault = visit.say("replay-no-text").to_owned(),
        }
    }
    let given = match (asked.yaml.is_empty(), asked.edition.as_str()) {
        _ if !asked.fault.is_empty() => None,
        (false, "") => Some(Given::Text(asked.yaml.clone())),
        (true, version) => version.parse().ok().map(Given::Version),
        (false, _) => None,
    };
    match given {
        None if asked.fault.is_empty() => asked.fault = visit.say("replay-give-one").to_owned(),
        None => {}
        Some(given) => match draft::read(state, &visit.actor, name, given).await? {
            Drafted::App(app) => asked.draft = Some(app),
            Drafted::Elsewhere => asked.fault = visit.say("replay-elsewhere").to_owned(),
            Drafted::Faults(faults) => {
                asked.fault = visit.say("replay-faults").to_owned();
                asked.faults = faults.iter().map(|fault| fault_line(visit, fault)).collect();
            }
        },
    }
    render(state, visit, name, asked).await
}

fn fault_line(visit: &Visit, fault: &Told) -> FaultLine {
    let line = fault.line.to_string();
    FaultLine {
        place: match &fault.file {
            None => visit.fill("replay-line", &[("line", &line)]),
            Some(file) => format!("{file}:{line}"),
        },
        text: fault.text.trim().to_owned(),
        message: match &fault.help {
            Some(help) => format!("{}; {help}", fault.message),
            None => fault.message.clone(),
        },
        tone: if fault.warning { "warn" } else { "bad" },
    }
}

async fn render(state: &AppState, visit: &Visit, name: &str, asked: Asked) -> Result<Answer, Problem> {
    let process = visit.app().workflow_named(name).filter(|_| visit.actor.steers(name)).ok_or_else(missing)?;
    let refused = !asked.fault.is_empty();
    let (found, drafted) = match asked.draft {
        _ if refused => (ReplayedCases::default(), false),
        draft => {
            let drafted = draft.is_some();
            let ask = Replay { draft, workflow: name.to_owned(), limit: LAST };
            (visit.ask(ask).await?.ok_or_else(missing)?, drafted)
        }
    };
    let count = |count: usize| number::count(i64::try_from(count).unwrap_or(i64::MAX));
    let differing = found.differing.len();
    let hanging = found.differing.iter().filter(|case| case.stuck.is_some()).count();
    let numbers = [
        ("n", count(found.cases)),
        ("same", count(found.cases.saturating_sub(differing + found.unreadable))),
        ("other", count(differing)),
        ("stuck", count(hanging)),
    ];
    let few = |key: &str, many: usize| if many > 0 { visit.fill(key, &[("n", &count(many))]) } else { String::new() };
    let unreadable = if drafted { "replay-unreadable-draft" } else { "replay-unreadable" };
    let unknown = match found.unknown.as_slice() {
        fields if drafted && !fields.is_empty() => {
            visit.fill("replay-unknown", &[("fields", &fields.join(visit.say("list-comma")))])
        }
        _ => String::new(),
    };
    let shown = Shown {
        name: name.to_owned(),
        label: process.label.get(visit.locale()).to_owned(),
        any: found.cases > 0,
        told: visit.fill("replay-told", &numbers.each_ref().map(|(key, number)| (*key, number.as_str()))),
        unreadable: few(unreadable, found.unreadable),
        unknown,
        more: few("replay-more", differing.saturating_sub(SHOWN)),
        cases: found.differing.iter().take(SHOWN).map(|case| line(visit, &found, case)).collect(),
        drafts: state.options.documents.is_some(),
        drafted,
        yaml: asked.yaml,
        edition: asked.edition,
        fault: asked.fault,
        faults: asked.faults,
    };
    let title = visit.say("replay").to_owned();
    let page = visit.page("replay.html", &title, "", shown).await?;
    Ok(if refused { Answer::Refused(page) } else { Answer::Page(page) })
}

fn line(visit: &Visit, found: &ReplayedCases, case: &ReplayedCase) -> Line {
    let locale = visit.locale();
    let step = |name: &str| found.labels.get(name).map_or(name, |label| label.get(locale)).to_owned();
    let comma = visit.say("list-comma");
    let people = |at: &AskedAt| {
        let name = |id| found.names.get(id).map_or(visit.say("replay-nobody"), String::as_str);
        at.who.iter().map(name).collect::<Vec<_>>().join(comma)
    };
    let mut notes = vec![visit.fill("workflow-started", &[("when", &time::ago(&visit.reader(), case.started))])];
    let named = |notes| Line { id: case.case.to_string(), title: case.title.clone(), notes };
    if case.unfit {
        notes.push(visit.say("replay-unfit").to_owned());
        return named(notes);
    }
    for (key, list) in [("replay-besides", &case.now), ("replay-no-longer", &case.then)] {
        for at in list {
            notes.push(visit.fill(key, &[("step", &step(&at.step)), ("who", &people(at))]));
        }
    }
    if !case.assumed.is_empty() {
        let steps: Vec<String> = case.assumed.iter().map(|name| step(name)).collect();
        notes.push(visit.fill("replay-assumed", &[("steps", &steps.join(comma))]));
    }
    match &case.stuck {
        Some(stuck) => notes.push(visit.fill("replay-hangs", &[("why", &reason(visit, stuck, &step))])),
        None if case.outcome_now != case.outcome_then => {
            let word = |outcome: Option<&String>| match outcome {
                Some(outcome) => case::outcome(visit, "ended", Some(outcome)),
                None => visit.say("replay-cut-off").to_owned(),
            };
            let (now, then) = (word(case.outcome_now.as_ref()), word(case.outcome_then.as_ref()));
            notes.push(visit.fill("replay-outcome", &[("now", &now), ("then", &then)]));
        }
        None => {}
    }
    named(notes)
}

/// Why a case would have come to no end.
fn reason(visit: &Visit, stuck: &Stuck, step: &dyn Fn(&str) -> String) -> String {
    match stuck {
        Stuck::Round => visit.say("replay-round").to_owned(),
        Stuck::Idle => visit.say("replay-idle").to_owned(),
        Stuck::Refused(refusal) => {
            let fault = CaseFault::Refused(refusal.clone(), refusal.step().map(step).unwrap_or_default());
            case::told(visit.locale(), &refused(&fault, visit.locale()))
        }
    }
}
