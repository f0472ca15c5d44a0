//! A case goes by other steps: what that would come to, before it is done, and taken back while nothing has happened since.

use std::convert::Infallible;

use model::{RecordId, Text, Timestamp, UserId};
use store::{StoreError, StoredCase, Tx};
use workflow::{Event, Refusal, StepKind};

use super::{Held, Work};
use crate::{
    Actor, CaseAct, CaseCommand, CaseFault, CommandError, Engine,
    execute::{Trace, from_query, process_of, record::Surroundings},
    reads::Reads,
};

/// What moving a case to other steps would come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moving {
    /// Where it is.
    pub before: Vec<StandsAt>,
    /// Where it would be, which is nowhere if it would end.
    pub after: Vec<StandsAt>,
    /// How it would end.
    pub outcome: Option<String>,
}

/// A step that a case is at, and what it has to come there. What stands there before and not after is lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandsAt {
    /// The step, by name.
    pub step: String,
    /// What the step is called.
    pub label: Text,
    /// When something is due.
    pub dues: Vec<Timestamp>,
}

/// How the trial ends. An error is what undoes a transaction.
enum Tried {
    Told(Moving),
    Failed(CommandError),
}

impl From<StoreError> for Tried {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// What moving a case to the steps of another version, the present one unless said, would come to. Nothing is written.
    ///
    /// # Errors
    /// Those of the act itself.
    pub async fn rehearse_migration(
        &self,
        actor: &Actor,
        case: RecordId,
        edition: Option<i64>,
    ) -> Result<Moving, CommandError> {
        let calendar = self.calendar(actor).await.map_err(from_query)?;
        let around = Surroundings::of(actor, actor.edition.zone.clone(), calendar);
        let (engine, own) = (self.clone(), actor.clone());
        let tried: Result<Infallible, Tried> = self
            .inner
            .store
            .write(self.asking(actor), move |tx: &mut Tx| {
                let (engine, own, around) = (engine.clone(), own.clone(), around.clone());
                Box::pin(async move {
                    let process = process_of(&own);
                    let mut work = Work::new(&engine, &process, around, Trace::None);
                    let told = work.try_migration(tx, &own, case, edition).await;
                    Err::<Infallible, _>(told.map_or_else(Tried::Failed, Tried::Told))
                })
            })
            .await;
        match tried {
            Ok(never) => match never {},
            Err(Tried::Told(moving)) => Ok(moving),
            Err(Tried::Failed(error)) => Err(error),
        }
    }
}

impl<'a> Work<'a> {
    async fn try_migration(
        &mut self,
        tx: &mut Tx,
        own: &'a Actor,
        case: RecordId,
        edition: Option<i64>,
    ) -> Result<Moving, CommandError> {
        let before = standing(&self.take_case(tx, case).await?);
        let act = CaseAct::Migrate { edition };
        let act = CaseCommand::Act { case, act, fields: Vec::new(), files: Vec::new(), expected: None };
        Box::pin(self.case(tx, own, &act)).await?;
        let held = self.take_case(tx, case).await?;
        Ok(Moving { before, after: standing(&held), outcome: held.row.outcome.clone() })
    }

    /// Has a case go by the steps of another version; back again is the same act with the version it had, which the trail
    /// names.
    pub(super) async fn migrate(
        &mut self,
        tx: &mut Tx,
        held: Held,
        edition: Option<i64>,
        by: UserId,
    ) -> Result<(), CommandError> {
        let present = self.actor.edition.clone();
        let wanted = edition.unwrap_or(present.version);
        let gone = CommandError::Case(CaseFault::Gone);
        if held.row.ended.is_some() {
            return Err(CommandError::Case(CaseFault::Refused(Refusal::Ended, String::new())));
        }
        let next = self.engine.edition_at(&mut Reads::Within(tx), &present, wanted).await?;
        let Some(next) = next else { return Err(gone) };
        let Some(process) = next.app.workflow_named(&held.row.workflow) else { return Err(gone) };
        if let Some(step) = workflow::blocked(process, &held.case) {
            return Err(CommandError::Case(CaseFault::Blocked(step)));
        }
        let (had, moving) = (held.row.edition, held.moving);
        let row = StoredCase { edition: next.version, print: process.print.clone(), ..held.row };
        let mut moved = Held { moving, ..Held::new(row, held.case, next) };
        moved.case.trail.push(workflow::Entry {
            act: "migrate",
            by: Some(by),
            step: None,
            task: None,
            text: String::new(),
            to: Vec::new(),
            target: Some(had.to_string()),
            signed: false,
        });
        let id = moved.row.id;
        self.outcome.cases.push(id);
        self.keep_case(tx, moved).await?;
        // What the steps before had become due means nothing to these; what these wait for may be so already.
        let moved = self.take_case(tx, id).await?;
        let dues = self.dues(tx, &moved).await?;
        for (token, dues) in dues {
            let held = self.take_case(tx, id).await?;
            self.happen(tx, held, Event::Rearm { token, dues }).await?;
        }
        self.catch_up(tx, id).await
    }

    /// When everything a case has to wait for at its places is due, counted from now.
    async fn dues(&mut self, tx: &mut Tx, held: &Held) -> Result<Vec<(u32, Vec<Option<Timestamp>>)>, CommandError> {
        let mut found = Vec::new();
        for token in &held.case.tokens {
            let mut dues = Vec::new();
            let step = held.process()?.step(&token.step);
            // What was called by other steps is called anew by these.
            if step.is_some_and(|step| matches!(step.kind, StepKind::Call { .. })) {
                dues.push(Some(self.actor.now));
            }
            for when in step.map(|step| step.moments()).unwrap_or_default() {
                dues.push(self.when_due(tx, held, when).await?);
            }
            found.push((token.number, dues));
        }
        Ok(found)
    }

    /// Has a case go by the present steps as part of a move of many. One that goes by them already stays as it is, so that a move
    /// that is asked for again does nothing twice.
    pub(super) async fn migrate_with(
        &mut self,
        tx: &mut Tx,
        mut held: Held,
        moving: RecordId,
        by: UserId,
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let present = edition.app.workflow_named(&held.row.workflow);
        if present.is_some_and(|process| process.print == held.row.print) {
            return Ok(());
        }
        held.moving = Some(moving);
        self.migrate(tx, held, None, by).await
    }

    /// Takes back what a move of many did to a case. One that is not moved by it, or not any more, stays as it is.
    pub(super) async fn migrate_back_with(
        &mut self,
        tx: &mut Tx,
        mut held: Held,
        moving: RecordId,
        by: UserId,
    ) -> Result<(), CommandError> {
        if tx.times_moved(held.row.id, moving).await? % 2 == 0 {
            return Ok(());
        }
        let (edition, last) = self.moved_from(tx, held.row.id).await?;
        if last != Some(moving) {
            return Err(too_late());
        }
        held.moving = Some(moving);
        self.migrate(tx, held, Some(edition), by).await
    }

    /// The version whose steps a case went by before it was moved, and the move of many by which it was; refused where anything
    /// has happened since.
    pub(super) async fn moved_from(
        &mut self,
        tx: &mut Tx,
        case: RecordId,
    ) -> Result<(i64, Option<RecordId>), CommandError> {
        let last = tx.last_case_event(case).await?.filter(|last| last.act == "migrate").ok_or_else(too_late)?;
        let edition = last.target.and_then(|target| target.parse().ok()).ok_or_else(too_late)?;
        Ok((edition, last.moving))
    }
}

fn too_late() -> CommandError {
    CommandError::Case(CaseFault::Refused(Refusal::TooLate, String::new()))
}

fn standing(held: &Held) -> Vec<StandsAt> {
    let process = held.process().ok();
    let at = |token: &workflow::Token| {
        let step = process.and_then(|process| process.step(&token.step));
        StandsAt {
            step: token.step.clone(),
            label: step.map_or_else(|| Text::plain(&token.step), |step| step.label.clone()),
            dues: token.dues.iter().filter_map(|due| due.at).collect(),
        }
    };
    held.case.tokens.iter().map(at).collect()
}
