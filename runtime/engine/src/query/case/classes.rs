//! What the last publish means for the running cases of a workflow, counted by the versions they go by; the moves to other steps
//! that can be taken back, and the cases of one.

use std::collections::BTreeMap;

use model::{RecordId, Text};
use store::{RunningBy, StandingMove};

use super::{
    Query,
    running::{Class, Running, RunningCase},
};
use crate::{Actor, Engine, QueryError};

/// Running cases read together.
const PAGE: u32 = 200;

/// Running cases looked at, at most, for what stands in the way of moving them.
pub const MOST_CLASSED: usize = 20_000;

/// What the last publish means for the running cases of a workflow, for those who manage it.
#[derive(Debug, Clone)]
pub struct Classes {
    /// The workflow's name.
    pub workflow: String,
}

/// What it means for how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classed {
    /// The versions that cases go by, the oldest first.
    pub editions: Vec<EditionClasses>,
    /// Whether there were more cases than were looked at.
    pub cut: bool,
    /// Whether the workflow is gone.
    pub gone: bool,
}

/// What it means for those that go by one published version.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EditionClasses {
    /// The version.
    pub edition: i64,
    /// How many go by the present steps already.
    pub keep: i64,
    /// How many could go by the present steps.
    pub migrate: i64,
    /// How many cannot, by the step that stands in the way.
    pub blocked: Vec<BlockedAt>,
}

/// Cases that cannot go by the present steps for the same reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockedAt {
    /// The step, by name; empty where how the case stands cannot be read.
    pub step: String,
    /// What it is called in the version the cases go by.
    pub label: Text,
    /// How many.
    pub cases: i64,
}

impl Query for Classes {
    /// `None` for those who do not manage the workflow.
    type Answer = Option<Classed>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let Some((steered, managed)) = engine.steered(actor, &self.workflow).await? else { return Ok(None) };
        let Some(process) = steered.app.workflow_named(&self.workflow) else { return Ok(None) };
        let gone = steered.version != actor.edition.version;
        let scope = engine.scope(actor, &managed)?;
        let by = engine.store().cases().running_by(scope.of(&self.workflow)).await?;
        let mut editions: BTreeMap<i64, EditionClasses> = BTreeMap::new();
        for RunningBy { edition, cases, .. } in by.into_iter().filter(|by| !gone && by.print == process.print) {
            of(&mut editions, edition).keep += cases;
        }
        let (mut before, mut seen) = (None, 0);
        loop {
            // Of a workflow that is gone every case is looked at: none of them goes by present steps.
            let ask = Running { workflow: self.workflow.clone(), before, limit: PAGE, earlier: !gone, counts: false };
            let Some(page) = ask.answer(engine, actor).await? else { return Ok(None) };
            seen += page.cases.len();
            for case in &page.cases {
                count(of(&mut editions, case.row.edition), case);
            }
            before = page.next;
            if before.is_none() || seen >= MOST_CLASSED {
                break;
            }
        }
        let editions = editions.into_values().collect();
        Ok(Some(Classed { editions, cut: before.is_some(), gone }))
    }
}

fn of(editions: &mut BTreeMap<i64, EditionClasses>, edition: i64) -> &mut EditionClasses {
    editions.entry(edition).or_insert_with(|| EditionClasses { edition, ..EditionClasses::default() })
}

fn count(into: &mut EditionClasses, case: &RunningCase) {
    match &case.class {
        Class::Keep => into.keep += 1,
        Class::Migrate => into.migrate += 1,
        Class::Blocked(step) => match into.blocked.iter_mut().find(|blocked| blocked.step == *step) {
            Some(blocked) => blocked.cases += 1,
            None => into.blocked.push(BlockedAt { step: step.clone(), label: case.called(step), cases: 1 }),
        },
    }
}

/// The cases of a workflow that a move to other steps was of, as far as somebody manages them.
#[derive(Debug, Clone)]
pub struct MovedTogether {
    /// The workflow's name.
    pub workflow: String,
    /// The move.
    pub moving: RecordId,
}

/// A case of a move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MovedCase {
    /// The case.
    pub case: RecordId,
    /// Whether it was taken back since.
    pub back: bool,
}

impl Query for MovedTogether {
    /// `None` for those who do not manage the workflow.
    type Answer = Option<Vec<MovedCase>>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let Some((_, managed)) = engine.steered(actor, &self.workflow).await? else { return Ok(None) };
        let scope = engine.scope(actor, &managed)?;
        let moved = engine.store().cases().moved_together(scope.of(&self.workflow), self.moving).await?;
        Ok(Some(moved.into_iter().map(|(case, times)| MovedCase { case, back: times % 2 == 0 }).collect()))
    }
}

/// The moves of cases of a workflow to other steps that can still be taken back, the latest first, as far as somebody manages them.
/// It is all the same by whom and how they were moved.
#[derive(Debug, Clone)]
pub struct Moves {
    /// The workflow's name.
    pub workflow: String,
    /// At most so many.
    pub limit: u32,
}

impl Query for Moves {
    /// `None` for those who do not manage the workflow.
    type Answer = Option<Vec<StandingMove>>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let Some((_, managed)) = engine.steered(actor, &self.workflow).await? else { return Ok(None) };
        let scope = engine.scope(actor, &managed)?;
        Ok(Some(engine.store().cases().standing_moves(scope.of(&self.workflow), self.limit).await?))
    }
}
