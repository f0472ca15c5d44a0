//! What somebody may do with cases of a workflow about a record: the checks of the acts themselves, in a transaction that is
//! undone.

use std::convert::Infallible;

use model::RecordId;
use store::{StoreError, Tx};
use workflow::{Answer, Claim, Deed, Operation, Process, Task, TaskState, Token, takes};

use super::{Held, Work, act::admitted, fault, keep};
use crate::{
    Actor, CaseFault, CommandError, Engine,
    execute::{Trace, from_query, process_of, record::Surroundings},
    query::{CaseDeed, CaseExplained, Hindrance},
};

/// Whether they may start one, with what stands against it; and what is theirs in the one that runs, where that concerns
/// them.
pub(crate) type MayRun = (Option<Hindrance>, Option<CaseExplained>);

/// How the asking ends. An error is what undoes a transaction.
enum Asked {
    Told(MayRun),
    Failed(CommandError),
}

impl From<StoreError> for Asked {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl Engine {
    /// What somebody may do with cases of a workflow about a record. Nothing is written.
    pub(crate) async fn may_run(
        &self,
        actor: &Actor,
        workflow: &str,
        record: RecordId,
    ) -> Result<MayRun, CommandError> {
        let calendar = self.calendar(actor).await.map_err(from_query)?;
        let around = Surroundings::of(actor, actor.edition.zone.clone(), calendar);
        let (engine, own, workflow) = (self.clone(), actor.clone(), workflow.to_owned());
        let Err(asked) = self
            .inner
            .store
            .write(self.asking(actor), move |tx: &mut Tx| {
                let (engine, own, around) = (engine.clone(), own.clone(), around.clone());
                let workflow = workflow.clone();
                Box::pin(async move {
                    let process = process_of(&own);
                    let mut work = Work::new(&engine, &process, around, Trace::None);
                    let told = work.may_run(tx, &own, &workflow, record).await;
                    Err::<Infallible, _>(told.map_or_else(Asked::Failed, Asked::Told))
                })
            })
            .await;
        match asked {
            Asked::Told(told) => Ok(told),
            Asked::Failed(error) => Err(error),
        }
    }
}

impl Work<'_> {
    async fn may_run(
        &mut self,
        tx: &mut Tx,
        own: &Actor,
        workflow: &str,
        record: RecordId,
    ) -> Result<MayRun, CommandError> {
        let edition = self.actor.edition.clone();
        let process = edition.app.workflow_named(workflow).ok_or(CommandError::Case(CaseFault::Gone))?;
        let start = self.kept_by(tx, own, process, record).await?;
        let Some(id) = tx.running_case(workflow, record).await? else { return Ok((start, None)) };
        let held = self.take_case(tx, id).await?;
        let manages = self.engine.manages_now(tx, own, &held.row.workflow, held.row.record).await?;
        if admitted((own, manages), &held.row, &held.case, false).is_err() {
            return Ok((start, None));
        }
        let deeds = match held.process() {
            Ok(process) => self.deeds(tx, own, &held, process).await?,
            // Its steps are no longer to be had, and so nobody does anything in it.
            Err(_) => Vec::new(),
        };
        Ok((start, Some(CaseExplained { id, state: held.row.state.clone(), deeds })))
    }

    /// What keeps somebody from starting a case.
    async fn kept_by(
        &mut self,
        tx: &mut Tx,
        own: &Actor,
        process: &Process,
        record: RecordId,
    ) -> Result<Option<Hindrance>, CommandError> {
        if own.looks {
            return Ok(Some(Hindrance::Looks));
        }
        let edition = self.actor.edition.clone();
        let kept = match self.may_start(tx, own, process, record).await {
            Ok(()) => self.kept_from_starting(tx, &edition, process, record).await,
            Err(error) => Err(error),
        };
        match kept {
            Ok(kept) => Ok(kept.and_then(super::Started::fault).map(Hindrance::Fault)),
            Err(CommandError::Case(fault)) => Ok(Some(Hindrance::Fault(fault))),
            Err(CommandError::NotFound { .. }) => Ok(Some(Hindrance::Unseen)),
            Err(error) => Err(error),
        }
    }

    /// Everything that those concerned do in a case, and whether it is somebody's to do.
    async fn deeds(
        &mut self,
        tx: &mut Tx,
        own: &Actor,
        held: &Held,
        process: &Process,
    ) -> Result<Vec<CaseDeed>, CommandError> {
        let me = own.principal();
        let mut wanted: Vec<(Deed, Option<&Task>)> = Vec::new();
        for token in &held.case.tokens {
            let Some((asked, task)) = keep::asked(process, &token.step).zip(at(held, token, me)) else { continue };
            wanted.push((Deed::Answer, Some(task)));
            if asked.groups.iter().any(|group| group.claim == Claim::First) {
                wanted.push((Deed::Claim, Some(task)));
            }
            let besides = Operation::ALL.into_iter().filter(|operation| *operation != Operation::TakeBack);
            wanted.extend(besides.map(|operation| (Deed::Besides(operation), Some(task))));
        }
        let answered = |task: &&Task| task.who == me && matches!(task.state, TaskState::Done(Answer::Yes | Answer::No));
        let last = held.case.tasks.iter().rfind(answered);
        wanted.extend(last.map(|task| (Deed::Besides(Operation::TakeBack), Some(task))));
        wanted.extend([(Deed::Withdraw, None), (Deed::Urge, None)]);
        let mut deeds = Vec::new();
        for (deed, task) in wanted {
            deeds.push(CaseDeed {
                deed,
                step: task.map(|task| task.step.clone()).unwrap_or_default(),
                label: task
                    .and_then(|task| process.step(&task.step))
                    .map(|step| step.label.clone())
                    .unwrap_or_default(),
                task: task.filter(|task| task.who == me).map(|task| task.number),
                hindrance: self.kept_in(tx, own, held, (deed, task)).await?,
            });
        }
        Ok(deeds)
    }

    /// What keeps somebody from doing something in a case that concerns them.
    async fn kept_in(
        &mut self,
        tx: &mut Tx,
        own: &Actor,
        held: &Held,
        (deed, task): (Deed, Option<&Task>),
    ) -> Result<Option<Hindrance>, CommandError> {
        if own.looks {
            return Ok(Some(Hindrance::Looks));
        }
        if let (Some(task), Some(_)) = (task, own.on_behalf) {
            match self.may_stand_in(tx, held, task.number, own.user).await {
                Ok(()) => {}
                Err(CommandError::Case(fault)) => return Ok(Some(Hindrance::Fault(fault))),
                Err(error) => return Err(error),
            }
        }
        let process = held.process()?;
        let number = task.map_or(0, |task| task.number);
        let done = takes(process, &held.case, (deed, number, own.principal()), self.actor.now);
        Ok(done.err().map(|refusal| Hindrance::Fault(fault(process, refusal, self.actor.locale))))
    }
}

/// Somebody's own task where a token is, the one that is open before others; anybody's where they have none.
fn at<'h>(held: &'h Held, token: &Token, me: model::UserId) -> Option<&'h Task> {
    let visit = token.visit;
    let there = || held.case.tasks.iter().filter(move |task| Some(task.visit) == visit);
    let mine = || there().filter(move |task| task.who == me);
    let open = mine().find(|task| task.state == TaskState::Open);
    open.or_else(|| mine().next_back()).or_else(|| there().next())
}
