//! Past cases of a workflow by other steps: whom they would have asked, where that differs, and where they would hang.
//!
//! Everything is read: values as they were at the moments of the case as far as the ledger has them, and people, managers
//! and what lies behind references as they are today. Nothing is written, nobody is told.
//!
//! INVARIANT: what somebody asks by a draft of their own they could ask by a filter too. A draft may hold any condition, and what a
//! case would have come to tells whether it holds; so its expressions see records and fields as the asker does, and what they
//! may not see is not known. The published steps read what their author had them read.

mod known;

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use app::App;
use jiff::SignedDuration;
use model::{FieldId, RecordId, Text, Timestamp, UserId, Value};
use store::{CaseEvent, StoredCase};
pub use workflow::replay::{AskedAt, Stuck};
use workflow::{
    Case, Facts, Nobody, StepKind, Voter, WaitFor, Who,
    replay::{Past, PastAct, PastAnswer, asked},
};

use self::known::{At, Eyes, Known};
use super::Query;
use crate::{Actor, Engine, QueryError};

/// Cases read at once.
const PAGE: u32 = 500;
/// Past cases gone through at most.
pub const MOST_REPLAYED: u32 = 10_000;

/// Asks what past cases of a workflow that the actor manages would have come to by the steps of another app.
#[derive(Clone)]
pub struct Replay {
    /// The app whose steps they go by, which read what the actor may read; the one that is published when `None`.
    pub draft: Option<Arc<App>>,
    /// The workflow's name.
    pub workflow: String,
    /// The newest so many, at most [`MOST_REPLAYED`].
    pub limit: u32,
}

/// What they would have come to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReplayedCases {
    /// How many were gone through.
    pub cases: usize,
    /// How many cannot be: written by another version of Loam, about a record that is gone, or by a draft that reads what the
    /// actor may not see of its record.
    pub unreadable: usize,
    /// Those of which something would have been otherwise, the newest first.
    pub differing: Vec<ReplayedCase>,
    /// Names of fields that the steps read and of which nothing is known: no record has them yet, or the actor may not ask by
    /// them.
    pub unknown: Vec<String>,
    /// What the accounts asked are called.
    pub names: HashMap<UserId, String>,
    /// What the steps are called, by name, in these steps or in the present ones.
    pub labels: HashMap<String, Text>,
}

/// A case of which something would have been otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplayedCase {
    /// The case.
    pub case: RecordId,
    /// What names its record.
    pub title: String,
    /// When it started.
    pub started: Timestamp,
    /// Whether its record would not have been one the workflow takes.
    pub unfit: bool,
    /// Whom the steps asked that would not have been asked.
    pub then: Vec<AskedAt>,
    /// Whom the steps would have asked that were not.
    pub now: Vec<AskedAt>,
    /// Steps, by name, at which an answer had to be taken for given.
    pub assumed: Vec<String>,
    /// How it ended.
    pub outcome_then: Option<String>,
    /// How it would have ended.
    pub outcome_now: Option<String>,
    /// Why it would not have.
    pub stuck: Option<Stuck>,
}

impl ReplayedCase {
    /// The accounts that what would have been otherwise is about.
    fn who(&self) -> impl Iterator<Item = UserId> + '_ {
        self.then.iter().chain(&self.now).flat_map(|at| at.who.iter().copied())
    }
}

impl Query for Replay {
    /// `None` for those who do not manage the workflow, and where the draft has no such workflow about the same entity.
    type Answer = Option<ReplayedCases>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let draft = self.draft.as_deref().unwrap_or(app);
        let Some(process) = draft.workflow_named(&self.workflow) else { return Ok(None) };
        let about = draft.entity(process.entity).map(|entity| entity.name.to_string()).unwrap_or_default();
        let Some(entity) = app.entity_named(&about).map(|entity| entity.id) else { return Ok(None) };
        if app.workflow_named(&self.workflow).is_none() {
            return Ok(None);
        }
        let Some((_, managed)) = engine.steered(actor, &self.workflow).await? else { return Ok(None) };
        let scope = engine.scope(actor, &managed)?;
        // Whoever operates the machine reads everything as it is.
        let eyes = if self.draft.is_some() && !actor.user.is_nil() { Eyes::Asker } else { Eyes::Author };
        let mut known = Known::new(engine, (actor, eyes), draft, process, entity).await?;
        let mut found = ReplayedCases { unknown: known.unknown.iter().cloned().collect(), ..ReplayedCases::default() };
        let present = app.workflow_named(&self.workflow);
        for step in present.iter().copied().chain([process]).flat_map(|process| &process.steps) {
            found.labels.insert(step.name.to_string(), step.label.clone());
        }
        let (mut left, mut before) = (self.limit.min(MOST_REPLAYED), None);
        while left > 0 {
            let rows = engine.store().cases().past(scope.of(&self.workflow), before, left.min(PAGE)).await?;
            let Some(last) = rows.last() else { break };
            before = Some(last.id);
            left = left.saturating_sub(u32::try_from(rows.len()).unwrap_or(left));
            known.read(&rows).await?;
            let first = found.differing.len();
            for row in &rows {
                found.cases += 1;
                let Some(went) = known.went(row).await? else {
                    found.unreadable += 1;
                    continue;
                };
                found.differing.extend(went);
            }
            let records: HashMap<RecordId, RecordId> = rows.iter().map(|row| (row.id, row.record)).collect();
            let fresh = found.differing.get_mut(first..).unwrap_or_default();
            let ids: Vec<RecordId> = fresh.iter().filter_map(|case| records.get(&case.case).copied()).collect();
            let titles = engine.titles(actor, entity, &ids).await?;
            for case in fresh {
                let title = records.get(&case.case).and_then(|record| titles.get(record));
                case.title = title.cloned().unwrap_or_default();
            }
        }
        let named: HashSet<UserId> = found.differing.iter().flat_map(ReplayedCase::who).collect();
        known.names.retain(|id, _| named.contains(id));
        found.names = known.names;
        Ok(Some(found))
    }
}

impl Known<'_> {
    /// One case by these steps: `None` where it cannot be gone through, nothing inside where all is as it was.
    async fn went(&mut self, row: &StoredCase) -> Result<Option<Option<ReplayedCase>>, QueryError> {
        let Ok(mut case) = serde_json::from_value::<Case>(row.document.clone()) else { return Ok(None) };
        if !self.values.contains_key(&row.record) {
            return Ok(None);
        }
        // What the case's first steps wrote was not there yet when it began, though it was written at the same moment.
        let begun = row.started.checked_sub(SignedDuration::from_nanos(1)).unwrap_or(row.started);
        let events = self.events.remove(&row.id).unwrap_or_default();
        as_first_asked(&mut case, &events);
        let then = asked(&case);
        let cut_off = events.iter().any(|event| matches!(event.act.as_str(), "withdraw" | "terminate"));
        let outcome_then = row.outcome.clone().filter(|_| !cut_off);
        let went = ReplayedCase {
            case: row.id,
            title: String::new(),
            started: row.started,
            unfit: false,
            then: Vec::new(),
            now: Vec::new(),
            assumed: Vec::new(),
            outcome_then,
            outcome_now: None,
            stuck: None,
        };
        if let Some(condition) = &self.process.condition
            && !self.holds(&At { record: row.record, now: begun, by: row.starter, written: &HashMap::new() }, condition)
        {
            return Ok(Some(Some(ReplayedCase { unfit: true, then, ..went })));
        }
        let past = Past {
            starter: case.starter,
            chosen: case.chosen.iter().map(|(step, people)| (step.clone(), people.clone())).collect(),
            started: begun,
            answers: answers(&case, &events),
            cut_off,
        };
        let mut replay = workflow::replay::Replay::new(self.process, past);
        // What the steps have written so far.
        let mut written: HashMap<FieldId, Value> = HashMap::new();
        while let Some(wanted) = replay.wanted() {
            let facts = self.facts(replay.case(), row.record, &wanted, &mut written).await?;
            replay.learn(wanted.token, facts);
        }
        let came = replay.end();
        let same = came.asked == then && came.outcome == went.outcome_then && came.stuck.is_none();
        Ok(Some((!same).then(|| ReplayedCase {
            then: without(&then, &came.asked),
            now: without(&came.asked, &then),
            assumed: came.assumed,
            outcome_now: came.outcome,
            stuck: came.stuck,
            ..went
        })))
    }

    async fn facts(
        &mut self,
        case: &Case,
        record: RecordId,
        wanted: &workflow::replay::Wanted,
        written: &mut HashMap<FieldId, Value>,
    ) -> Result<Facts, QueryError> {
        let mut facts = Facts::default();
        let Some(step) = self.process.step(&wanted.step) else { return Ok(facts) };
        let at = At { record, now: wanted.now, by: wanted.by, written };
        match &step.kind {
            StepKind::Ask(asked) => {
                for group in &asked.groups {
                    let mut voters = Vec::new();
                    for (who, weight) in &group.who {
                        let people = self.those(case, &at, &wanted.step, who).await?;
                        voters.extend(people.into_iter().map(|who| Voter { who, weight: *weight }));
                    }
                    facts.groups.push(voters);
                }
                let instead = match &asked.nobody {
                    Nobody::Guard => self.process.guard.clone().map(Who::Role),
                    Nobody::Ask(who) => Some(who.clone()),
                    Nobody::Pass | Nobody::Refuse => None,
                };
                if let Some(who) = instead {
                    facts.instead = self.those(case, &at, &wanted.step, &who).await?;
                }
            }
            StepKind::Choose(paths) | StepKind::Split { paths, .. } => {
                let holds = |path: &workflow::Path| path.when.as_ref().is_some_and(|when| self.holds(&at, when));
                facts.holds = paths.iter().map(holds).collect();
            }
            StepKind::Wait(wait) => {
                let so = |until: &WaitFor| matches!(until, WaitFor::Record(condition) if self.holds(&at, condition));
                facts.ready = so(&wait.until);
                facts.holds = wait.others.iter().map(|other| so(&other.until)).collect();
            }
            StepKind::Set(fields) => {
                let values: Vec<(FieldId, Value)> =
                    fields.iter().map(|(field, formula)| (*field, self.value_at(&at, formula))).collect();
                written.extend(values);
            }
            _ => {}
        }
        Ok(facts)
    }

    async fn those(&mut self, case: &Case, at: &At<'_>, step: &str, who: &Who) -> Result<Vec<UserId>, QueryError> {
        Ok(match who {
            Who::People(formula) => {
                let found = self.value_at(at, formula);
                let people = found.as_list().unwrap_or(std::slice::from_ref(&found)).iter().filter_map(Value::as_id);
                self.behind(people).collect()
            }
            Who::Role(role) => self.with(role.as_str()),
            Who::Starter => self.active(&[case.starter]),
            Who::Chosen => self.active(case.chosen.get(step).map(Vec::as_slice).unwrap_or_default()),
            Who::Managers { of, from, to } => {
                let Some(person) = self.value_at(at, of).as_id() else { return Ok(Vec::new()) };
                let levels = i64::from(*from)..=i64::from(*to);
                let lines = self.managers(person).await?.iter().filter(|(_, depth)| levels.contains(depth));
                let above: Vec<RecordId> = lines.map(|(above, _)| *above).collect();
                self.behind(above.into_iter()).collect()
            }
            Who::Except { who, not } => {
                let mut found = Box::pin(self.those(case, at, step, who)).await?;
                let not = Box::pin(self.those(case, at, step, &Who::People(not.clone()))).await?;
                found.retain(|id| !not.contains(id));
                found
            }
        })
    }
}

/// Puts whom a step asked in the place of those to whom it was handed on.
fn as_first_asked(case: &mut Case, events: &[CaseEvent]) {
    for event in events.iter().rev().filter(|event| event.act == "transfer") {
        let number = event.task.and_then(|task| u32::try_from(task).ok());
        let task = case.tasks.iter_mut().find(|task| Some(task.number) == number);
        if let Some((task, from)) = task.zip(event.behalf.or(event.account)) {
            task.who = from;
        }
    }
}

/// What people answered, as those whom the steps asked.
fn answers(case: &Case, events: &[CaseEvent]) -> Vec<PastAnswer> {
    let mut found: Vec<(Option<u32>, PastAnswer)> = Vec::new();
    for event in events {
        let what = match event.act.as_str() {
            "submit" | "approve" => PastAct::Yes,
            // A no that nobody gave in time is anybody's.
            "reject" | "late-reject" => PastAct::No,
            "return" => match &event.target {
                // Whoever sent it back answers again once the record is mended.
                Some(step) if event.step.as_ref() == Some(step) => continue,
                Some(step) => PastAct::Back(step.clone()),
                None => continue,
            },
            "take-back" => {
                let number = event.task.and_then(|task| u32::try_from(task).ok());
                if let Some(place) = found.iter().rposition(|(task, _)| task.is_some() && *task == number) {
                    found.remove(place);
                }
                continue;
            }
            _ => continue,
        };
        let number = event.task.and_then(|task| u32::try_from(task).ok());
        let task = number.and_then(|number| case.task(number));
        let (step, who) = match (task, &event.step) {
            (Some(task), _) if task.part == workflow::Part::Vote => (task.step.clone(), task.who),
            (None, Some(step)) => (step.clone(), UserId::nil()),
            _ => continue,
        };
        found.push((number, PastAnswer { at: event.at, step, who, what }));
    }
    found.into_iter().map(|(_, answer)| answer).collect()
}

/// Those of some that are not among others, each as often as it is there more.
fn without(some: &[AskedAt], others: &[AskedAt]) -> Vec<AskedAt> {
    let mut left = others.to_vec();
    let mut found = Vec::new();
    for one in some {
        match left.iter().position(|other| other == one) {
            Some(place) => drop(left.swap_remove(place)),
            None => found.push(one.clone()),
        }
    }
    found
}
