//! How long the steps of a workflow take, for those who manage it: what was answered, what waits, and where the time goes.

use std::collections::HashMap;

use model::{Text, Timestamp};
use store::TaskTime;

use super::Query;
use crate::{Actor, Engine, QueryError};

/// Tasks answered, tasks waiting and cases ended that are looked at.
pub const MOST_LOOKED_AT: u32 = 50_000;

/// Asks what a workflow's steps took in the tasks answered, and its cases in those ended, between two moments: of the cases that
/// the actor manages.
#[derive(Debug, Clone)]
pub struct Statistics {
    /// The workflow's name.
    pub workflow: String,
    /// From this moment.
    pub from: Timestamp,
    /// To this one, which is not included.
    pub to: Timestamp,
}

/// What a workflow's steps and cases took. Times are whole seconds, as they pass on the clock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// The steps at which people are asked, in their order; those that the present version does not have last, as they were
    /// called.
    pub steps: Vec<StepFigures>,
    /// Ways in which cases ended, the most frequent first.
    pub outcomes: Vec<OutcomeFigures>,
    /// The step, by name, at which tasks spent the most time altogether, those that still wait included.
    pub bottleneck: Option<String>,
    /// Whether there was more than is looked at: then the last answered, the last ended and those that wait longest are.
    pub cut: bool,
}

/// What a step took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StepFigures {
    /// Its name.
    pub step: String,
    /// What it is called.
    pub label: Text,
    /// From when somebody was asked to when they answered; `None` where nobody did.
    pub took: Option<Spread>,
    /// How many wait for an answer now.
    pub waiting: usize,
    /// How many of them should have been answered by now.
    pub late: usize,
    /// How long the one that waits longest has done so.
    pub longest: Option<i64>,
    /// How long all that wait have done so.
    pub waited: i64,
}

/// What cases that ended in one way took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeFigures {
    /// How they ended, as a word.
    pub outcome: String,
    /// From their start to their end.
    pub took: Spread,
}

/// How some lengths of time are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spread {
    /// How many there are.
    pub count: usize,
    /// The middle one; between the two middle ones where their number is even. Half a second counts as one.
    pub median: i64,
    /// Their arithmetic mean. Half a second counts as one.
    pub mean: i64,
    /// The shortest that nine of ten do not exceed (nearest rank).
    pub ninetieth: i64,
    /// All of them together.
    pub total: i64,
}

impl Spread {
    /// `None` of no lengths.
    fn of(mut lengths: Vec<i64>) -> Option<Self> {
        lengths.sort_unstable();
        let count = lengths.len();
        let at = |place: usize| lengths.get(place).copied();
        let (low, high) = (at(count.saturating_sub(1) / 2)?, at(count / 2)?);
        let total: i64 = lengths.iter().sum();
        let many = i64::try_from(count).ok()?;
        Some(Self {
            count,
            median: (low + high + 1).div_euclid(2),
            mean: (2 * total + many).div_euclid(2 * many),
            ninetieth: at((count * 9).div_ceil(10).saturating_sub(1))?,
            total,
        })
    }
}

impl Query for Statistics {
    /// `None` for those who do not manage the workflow.
    type Answer = Option<Figures>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let Some(process) = app.workflow_named(&self.workflow) else { return Ok(None) };
        let Some((_, managed)) = engine.steered(actor, &self.workflow).await? else { return Ok(None) };
        let scope = engine.scope(actor, &managed)?;
        let of = scope.of(&self.workflow);
        let (cases, between) = (engine.store().cases(), (self.from, self.to));
        // One more than is looked at says that there is more.
        let more = MOST_LOOKED_AT + 1;
        let mut answered = cases.answered(of, between, more).await?;
        let mut waiting = cases.waiting(of, more).await?;
        let mut ended = cases.ended(of, between, more).await?;
        let cut = [shorten(&mut answered), shorten(&mut waiting), shorten(&mut ended)].contains(&true);

        let asks = |step: &&workflow::Step| matches!(step.kind, workflow::StepKind::Ask(_));
        let present = process.steps.iter().filter(asks).map(|step| (step.name.to_string(), step.label.clone()));
        let mut steps: Vec<StepFigures> =
            present.map(|(step, label)| StepFigures { step, label, ..StepFigures::default() }).collect();
        let took = by(answered, |task| length(task.opened, task.ended.unwrap_or(task.opened)));
        let waits = by(waiting, |task| (length(task.opened, actor.now), task.due.is_some_and(|due| due < actor.now)));
        let known = |step: &str, steps: &[StepFigures]| steps.iter().any(|known| known.step == step);
        let mut gone: Vec<&String> = took.keys().chain(waits.keys()).filter(|step| !known(step, &steps)).collect();
        gone.sort_unstable();
        gone.dedup();
        let mut past = Vec::new();
        for step in gone {
            let label = engine.label_then(actor, &self.workflow, step).await?.unwrap_or_else(|| Text::plain(step));
            past.push(StepFigures { step: step.clone(), label, ..StepFigures::default() });
        }
        steps.extend(past);
        for figures in &mut steps {
            figures.took = took.get(&figures.step).cloned().and_then(Spread::of);
            let waits = waits.get(&figures.step).map(Vec::as_slice).unwrap_or_default();
            (figures.waiting, figures.late) = (waits.len(), waits.iter().filter(|(_, late)| *late).count());
            figures.longest = waits.iter().map(|(length, _)| *length).max();
            figures.waited = waits.iter().map(|(length, _)| *length).sum();
        }
        let most = steps.iter().map(|step| (step.took.map_or(0, |took| took.total) + step.waited, &step.step));
        let bottleneck = most.filter(|(total, _)| *total > 0).max_by_key(|(total, _)| *total);
        let bottleneck = bottleneck.map(|(_, step)| step.clone());

        let mut outcomes: HashMap<String, Vec<i64>> = HashMap::new();
        for case in ended {
            outcomes.entry(case.outcome).or_default().push(length(case.started, case.ended));
        }
        let mut outcomes: Vec<OutcomeFigures> = outcomes
            .into_iter()
            .filter_map(|(outcome, lengths)| Some(OutcomeFigures { outcome, took: Spread::of(lengths)? }))
            .collect();
        outcomes.sort_by(|a, b| b.took.count.cmp(&a.took.count).then_with(|| a.outcome.cmp(&b.outcome)));
        Ok(Some(Figures { steps, outcomes, bottleneck, cut }))
    }
}

/// Leaves as many as are looked at; whether there were more.
fn shorten<T>(found: &mut Vec<T>) -> bool {
    let most = usize::try_from(MOST_LOOKED_AT).unwrap_or(usize::MAX);
    let more = found.len() > most;
    found.truncate(most);
    more
}

/// What is said of tasks, by their steps.
fn by<T>(tasks: Vec<TaskTime>, say: impl Fn(&TaskTime) -> T) -> HashMap<String, Vec<T>> {
    let mut found: HashMap<String, Vec<T>> = HashMap::new();
    for task in tasks {
        let said = say(&task);
        found.entry(task.step).or_default().push(said);
    }
    found
}

/// Whole seconds between two moments; none where the second comes first.
fn length(from: Timestamp, to: Timestamp) -> i64 {
    to.duration_since(from).as_secs().max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_spread_as_said() {
        assert_eq!(Spread::of(Vec::new()), None);
        let one = Spread { count: 1, median: 7, mean: 7, ninetieth: 7, total: 7 };
        assert_eq!(Spread::of(vec![7]), Some(one));
        let four = Spread { count: 4, median: 4, mean: 5, ninetieth: 10, total: 18 };
        assert_eq!(Spread::of(vec![10, 1, 2, 5]), Some(four));
        let ten = Spread::of((1..=10).collect()).unwrap();
        assert_eq!((ten.median, ten.mean, ten.ninetieth), (6, 6, 9));
    }
}
