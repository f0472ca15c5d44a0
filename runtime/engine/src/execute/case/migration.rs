//! A case goes by other steps: what that would come to, before it is done, and taken back while nothing has happened since.

use std::convert::Infallible;

use model::{RecordId, Text, Timestamp};
use store::{StoreError, Tx};
use workflow::Refusal;

use super::{Held, Work};
use crate::{
    Actor, CaseAct, CaseCommand, CaseFault, CommandError, Engine,
    execute::{Trace, from_query, process_of, record::Surroundings},
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

    /// The version whose steps a case went by before it was moved; refused where anything has happened since.
    pub(super) async fn moved_from(&mut self, tx: &mut Tx, case: RecordId) -> Result<i64, CommandError> {
        let last = tx.last_case_event(case).await?.filter(|(act, _)| act == "migrate");
        let edition = last.and_then(|(_, target)| target?.parse().ok());
        edition.ok_or(CommandError::Case(CaseFault::Refused(Refusal::TooLate, String::new())))
    }
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
