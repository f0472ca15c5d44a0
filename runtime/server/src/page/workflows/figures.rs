//! What the steps of a workflow take, as its page shows it.

use engine::query::case::{Figures, OutcomeFigures, Spread, StepFigures};
use serde::Serialize;
use workflow::Process;

use super::{
    super::{
        Visit,
        case::{self, picture},
    },
    counted, length,
};

/// A step's figures, as they are read.
#[derive(Debug, Default, Clone, Serialize)]
pub struct StepLine {
    /// The step.
    pub step: String,
    /// What happens there, where nobody is asked; empty where people are.
    pub kind: &'static str,
    /// How many answered, or how many cases went on from there.
    pub answered: String,
    /// How many answers were late; empty where none was.
    pub were_late: String,
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

/// What each step takes.
pub(super) fn steps(visit: &Visit, process: &Process, figures: &Figures) -> Vec<StepLine> {
    figures.steps.iter().map(|step| step_line(visit, process, figures, step)).collect()
}

fn step_line(visit: &Visit, process: &Process, figures: &Figures, step: &StepFigures) -> StepLine {
    // What a step did that is there no more is known as far as that nobody was asked.
    let kind = process.step(&step.step).map_or("step-wait", picture::kind);
    let took = |of: fn(&Spread) -> i64| step.took.as_ref().map(|took| length(visit, of(took))).unwrap_or_default();
    let late =
        |late: usize| if late > 0 { visit.fill("workflow-late", &[("n", &counted(late))]) } else { String::new() };
    StepLine {
        step: step.label.get(visit.locale()).to_owned(),
        kind: if step.asks { "" } else { visit.say(kind) },
        answered: counted(step.took.map_or(0, |took| took.count)),
        were_late: late(step.were_late),
        median: took(|took| took.median),
        mean: took(|took| took.mean),
        ninetieth: took(|took| took.ninetieth),
        waiting: counted(step.waiting),
        late: late(step.late),
        longest: step.longest.map(|longest| length(visit, longest)).unwrap_or_default(),
        bottleneck: figures.bottleneck.as_ref() == Some(&step.step),
    }
}

/// How cases ended.
pub(super) fn outcomes(visit: &Visit, figures: &Figures) -> Vec<OutcomeLine> {
    let line = |one: &OutcomeFigures| OutcomeLine {
        outcome: case::outcome(visit, "ended", Some(&one.outcome)),
        count: counted(one.took.count),
        median: length(visit, one.took.median),
    };
    figures.outcomes.iter().map(line).collect()
}
