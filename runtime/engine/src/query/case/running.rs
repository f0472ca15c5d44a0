//! The cases of a workflow that run, for those who manage it: where each is, since when, and what the last publish means
//! for it.

use model::{RecordId, Text, Timestamp};
use store::StoredCase;
use workflow::{Case, Process, TaskState, Token};

use super::Query;
use crate::{Actor, Edition, Engine, QueryError, manage::Managed};

/// What a publish means for a case that runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// Its steps are the present ones, or it has ended.
    Keep,
    /// It goes by earlier steps, and could go by the present ones.
    Migrate,
    /// It goes by earlier steps, and this one of them, by name, stands in the way.
    Blocked(String),
}

pub(super) fn class(actor: &Actor, row: &StoredCase, case: &Case) -> Class {
    class_by(actor.edition.app.workflow_named(&row.workflow), row, case)
}

/// The same, where these are the present steps; `None` where there are none.
pub(super) fn class_by(present: Option<&Process>, row: &StoredCase, case: &Case) -> Class {
    match present {
        _ if row.ended.is_some() => Class::Keep,
        Some(process) if process.print == row.print => Class::Keep,
        Some(process) => workflow::blocked(process, case).map_or(Class::Migrate, Class::Blocked),
        None => Class::Blocked(case.tokens.first().map(|token| token.step.clone()).unwrap_or_default()),
    }
}

/// The cases of a workflow that have not ended, for those who manage it.
#[derive(Debug, Clone)]
pub struct Running {
    /// The workflow's name.
    pub workflow: String,
    /// Only those that began before this one.
    pub before: Option<RecordId>,
    /// At most so many, the newest first.
    pub limit: u32,
    /// Only those that go by earlier steps.
    pub earlier: bool,
    /// Whether it is told how many of all of them go by earlier steps, which is counted anew for every page that asks.
    pub counts: bool,
}

/// A page of them.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningCases {
    /// The cases.
    pub cases: Vec<RunningCase>,
    /// Where the next page begins; `None` where this is the last.
    pub next: Option<RecordId>,
    /// How many of all of them that run go by earlier steps, where that was asked for; none of a workflow that is gone, which has
    /// no others.
    pub earlier: Option<i64>,
    /// What the workflow is called, or was.
    pub label: Text,
    /// Whether it is gone.
    pub gone: bool,
}

/// A running case, and what the last publish means for it.
#[derive(Debug, Clone, PartialEq)]
pub struct RunningCase {
    /// The case.
    pub row: StoredCase,
    /// Where it is.
    pub steps: Vec<StepAt>,
    /// Whether it goes by the present steps.
    pub class: Class,
}

impl RunningCase {
    /// What a step it is at is called; a step that it is not at goes by its name.
    pub fn called(&self, step: &str) -> Text {
        self.steps.iter().find(|at| at.step == step).map_or_else(|| Text::plain(step), |at| at.label.clone())
    }
}

/// A step a case is at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepAt {
    /// Its name.
    pub step: String,
    /// What it is called in the version the case goes by.
    pub label: Text,
    /// Since when people are asked there; `None` where nobody is.
    pub since: Option<Timestamp>,
}

impl Query for Running {
    /// `None` for those who do not manage the workflow.
    type Answer = Option<RunningCases>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let Some((steered, managed)) = engine.steered(actor, &self.workflow).await? else { return Ok(None) };
        let scope = engine.scope(actor, &managed)?;
        let Some(process) = steered.app.workflow_named(&self.workflow) else { return Ok(None) };
        let gone = steered.version != actor.edition.version;
        let stored = engine.store().cases();
        let other = self.earlier.then_some(process.print.as_str());
        let mut rows =
            stored.running(scope.of(&self.workflow), self.before, other, self.limit.saturating_add(1)).await?;
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(|row| row.id);
        let earlier = match self.counts {
            false => None,
            true if gone => Some(0),
            true => Some(stored.running_otherwise(scope.of(&self.workflow), &process.print).await?),
        };
        let mut cases = Vec::new();
        for row in rows {
            // A document that this version of Loam cannot read: the case is shown, and nothing can be done with it here.
            let Ok(case) = serde_json::from_value::<Case>(row.document.clone()) else {
                cases.push(RunningCase { steps: Vec::new(), class: Class::Blocked(String::new()), row });
                continue;
            };
            let edition = engine.edition_for(&actor.edition, &row.workflow, &row.print, row.edition).await?;
            let steps = case.tokens.iter().map(|token| step_at(&edition, &row, &case, token)).collect();
            cases.push(RunningCase { steps, class: class(actor, &row, &case), row });
        }
        Ok(Some(RunningCases { cases, next, earlier, label: process.label.clone(), gone }))
    }
}

/// The workflows that are gone, and whose running cases one manages.
#[derive(Debug, Clone, Copy)]
pub struct GoneWorkflows;

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoneWorkflow {
    /// Its name.
    pub name: String,
    /// What it was called.
    pub label: Text,
    /// What its cases are about, by name.
    pub entity: String,
    /// How many of them run.
    pub running: i64,
}

impl Query for GoneWorkflows {
    type Answer = Vec<GoneWorkflow>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let mut found = Vec::new();
        // Mostly none is gone, and then nothing is asked for.
        if actor.edition.gone.is_empty() {
            return Ok(found);
        }
        for (name, running) in engine.store().cases().workflows_running().await? {
            if actor.edition.app.workflow_named(&name).is_some() {
                continue;
            }
            let Some((last, managed)) = engine.steered(actor, &name).await? else { continue };
            let Some(process) = last.app.workflow_named(&name) else { continue };
            let running = match managed {
                Managed::Every => running,
                Managed::About(..) => {
                    engine.store().cases().how_many_running(engine.scope(actor, &managed)?.of(&name)).await?
                }
            };
            if running == 0 {
                continue;
            }
            let entity = last.app.entity(process.entity).map(|entity| entity.name.to_string()).unwrap_or_default();
            found.push(GoneWorkflow { label: process.label.clone(), entity, name, running });
        }
        Ok(found)
    }
}

fn step_at(edition: &Edition, row: &StoredCase, case: &Case, token: &Token) -> StepAt {
    let process = edition.app.workflow_named(&row.workflow);
    let label = process.and_then(|process| process.step(&token.step)).map(|step| step.label.clone());
    let asked = case.tasks.iter().filter(|task| Some(task.visit) == token.visit && task.state == TaskState::Open);
    StepAt {
        label: label.unwrap_or_else(|| Text::plain(&token.step)),
        since: asked.filter_map(|task| task.opened).min(),
        step: token.step.clone(),
    }
}

impl Engine {
    /// What a step was called that the present version does not have, by the case that last was there.
    pub(super) async fn label_then(
        &self,
        actor: &Actor,
        workflow: &str,
        step: &str,
    ) -> Result<Option<Text>, QueryError> {
        let Some((print, edition)) = self.store().cases().last_at(workflow, step).await? else { return Ok(None) };
        let edition = self.edition_for(&actor.edition, workflow, &print, edition).await?;
        let process = edition.app.workflow_named(workflow);
        Ok(process.and_then(|process| process.step(step)).map(|step| step.label.clone()))
    }
}
