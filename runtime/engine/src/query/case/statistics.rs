//! How long the steps of a workflow take, for those who manage it: what was answered, what waits, and where the time goes. Steps
//! that ask nobody and take their time all the same (waits, calls of plugins, other cases) are measured by how long cases stood there.

use std::collections::{HashMap, HashSet};

use model::{Text, Timestamp};
use workflow::{Step, StepKind};

use super::Query;
use crate::{Actor, Engine, QueryError};

/// Tasks answered, tasks waiting, stays where nobody is asked, those over and those that last, and cases ended that are looked at.
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
    /// The steps that take time, in their order; those that the present version does not have last, as they were called.
    pub steps: Vec<StepFigures>,
    /// Ways in which cases ended, the most frequent first.
    pub outcomes: Vec<OutcomeFigures>,
    /// The step, by name, at which tasks and cases spent the most time altogether, those that are still there included.
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
    /// Whether people are asked there; otherwise cases wait there for something else.
    pub asks: bool,
    /// From when somebody was asked to when they answered, or from when a case came there to when it left; `None` where none did.
    pub took: Option<Spread>,
    /// How many tasks were over later than they should have been: answered, or passed on by the time itself.
    pub were_late: usize,
    /// How many wait for an answer now, or how many cases stand there.
    pub waiting: usize,
    /// How many of the tasks should have been answered by now.
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
        let mut stayed = cases.stayed(of, between, more).await?;
        let mut staying = cases.staying(of, more).await?;
        let mut ended = cases.ended(of, between, more).await?;
        let cut = [
            shorten(&mut answered),
            shorten(&mut waiting),
            shorten(&mut stayed),
            shorten(&mut staying),
            shorten(&mut ended),
        ]
        .contains(&true);
        let were_late: HashMap<String, i64> = cases.late(of, between).await?.into_iter().collect();

        let took = answered.into_iter().map(|task| (task.step, length(task.opened, task.ended.unwrap_or(task.opened))));
        let stayed = stayed.into_iter().map(|stay| (stay.step, length(stay.since, stay.until.unwrap_or(stay.since))));
        let late = |due: Option<Timestamp>| due.is_some_and(|due| due < actor.now);
        let waits = waiting.into_iter().map(|task| (task.step, (length(task.opened, actor.now), late(task.due))));
        let staying = staying.into_iter().map(|stay| (stay.step, (length(stay.since, actor.now), false)));
        // A step that asked people and waits for something else now is told as two.
        let asked = Times { asks: true, took: by(took), waits: by(waits) };
        let stood = Times { asks: false, took: by(stayed), waits: by(staying) };

        let present = process.steps.iter().filter_map(|step| Some((step, asks(step)?)));
        let mut steps: Vec<StepFigures> = present
            .map(|(step, asks)| StepFigures {
                step: step.name.to_string(),
                label: step.label.clone(),
                asks,
                ..StepFigures::default()
            })
            .collect();
        let known: HashSet<(String, bool)> = steps.iter().map(|step| (step.step.clone(), step.asks)).collect();
        let mut gone: Vec<(&String, bool)> = asked.steps().chain(stood.steps()).collect();
        gone.extend(were_late.keys().map(|step| (step, true)));
        gone.retain(|(step, asks)| !known.contains(&((*step).clone(), *asks)));
        gone.sort_unstable();
        gone.dedup();
        let mut past = Vec::new();
        for (step, asks) in gone {
            let label = engine.label_then(actor, &self.workflow, step).await?.unwrap_or_else(|| Text::plain(step));
            past.push(StepFigures { step: step.clone(), label, asks, ..StepFigures::default() });
        }
        steps.extend(past);
        for figures in &mut steps {
            let times = if figures.asks { &asked } else { &stood };
            figures.took = times.took.get(&figures.step).cloned().and_then(Spread::of);
            let waits = times.waits.get(&figures.step).map(Vec::as_slice).unwrap_or_default();
            (figures.waiting, figures.late) = (waits.len(), waits.iter().filter(|(_, late)| *late).count());
            figures.longest = waits.iter().map(|(length, _)| *length).max();
            figures.waited = waits.iter().map(|(length, _)| *length).sum();
            let were_late = were_late.get(&figures.step).copied().filter(|_| figures.asks).unwrap_or_default();
            figures.were_late = usize::try_from(were_late).unwrap_or_default();
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

/// How long tasks took, or cases stood somewhere, by step: those that are over, and those that are not, with whether they are late.
struct Times {
    asks: bool,
    took: HashMap<String, Vec<i64>>,
    waits: HashMap<String, Vec<(i64, bool)>>,
}

impl Times {
    /// The steps there are times of.
    fn steps(&self) -> impl Iterator<Item = (&String, bool)> {
        self.took.keys().chain(self.waits.keys()).map(|step| (step, self.asks))
    }
}

/// Whether people are asked at a step; `None` where a case goes on at once.
fn asks(step: &Step) -> Option<bool> {
    match &step.kind {
        StepKind::Ask(_) => Some(true),
        StepKind::Wait(_) | StepKind::Call { .. } => Some(false),
        StepKind::Sub(sub) => sub.waits.then_some(false),
        _ => None,
    }
}

/// What is said of steps, by step.
fn by<T>(said: impl Iterator<Item = (String, T)>) -> HashMap<String, Vec<T>> {
    let mut found: HashMap<String, Vec<T>> = HashMap::new();
    for (step, one) in said {
        found.entry(step).or_default().push(one);
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
