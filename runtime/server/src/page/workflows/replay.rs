//! Past cases of a workflow by its present steps: whom they would have asked, and where they would hang.

use engine::{
    CaseFault,
    query::case::{AskedAt, Replay, ReplayedCase, ReplayedCases, Stuck},
};
use serde::Serialize;

use crate::{
    api::case::replay::LAST,
    page::{Answer, Visit, case, visit::missing},
    problem::{Problem, case::refused},
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
    /// How many more would have been otherwise; empty where all are shown.
    pub more: String,
    /// Cases that would have been otherwise.
    pub cases: Vec<Line>,
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

/// The page.
///
/// # Errors
/// Not found for whoever does not manage the workflow, or what the engine refuses.
pub async fn show(visit: &Visit, name: &str) -> Result<Answer, Problem> {
    let process = visit.app().workflow_named(name).filter(|_| visit.actor.steers(name)).ok_or_else(missing)?;
    let ask = Replay { draft: None, workflow: name.to_owned(), limit: LAST };
    let found = visit.ask(ask).await?.ok_or_else(missing)?;
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
    let shown = Shown {
        name: name.to_owned(),
        label: process.label.get(visit.locale()).to_owned(),
        any: found.cases > 0,
        told: visit.fill("replay-told", &numbers.each_ref().map(|(key, number)| (*key, number.as_str()))),
        unreadable: few("replay-unreadable", found.unreadable),
        more: few("replay-more", differing.saturating_sub(SHOWN)),
        cases: found.differing.iter().take(SHOWN).map(|case| line(visit, &found, case)).collect(),
    };
    let title = visit.say("replay").to_owned();
    Ok(Answer::Page(visit.page("replay.html", &title, "", shown).await?))
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
