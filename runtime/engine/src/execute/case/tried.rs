//! Acts in cases, tried before they are done: each by itself, in a transaction that is undone.

use std::convert::Infallible;

use store::{StoreError, Tx};

use super::Work;
use crate::{
    Actor, CaseCommand, CommandError, Engine,
    execute::{Trace, from_query, process_of, record::Surroundings},
};

/// Why an act would be refused. An error is what undoes a transaction.
struct Tried(Option<CommandError>);

impl From<StoreError> for Tried {
    fn from(error: StoreError) -> Self {
        Self(Some(error.into()))
    }
}

impl Engine {
    /// Why each of several acts would be refused if it were the only one; `None` for one that would not be. Nothing is written.
    ///
    /// # Errors
    /// The calendar cannot be read.
    pub async fn refusals(
        &self,
        actor: &Actor,
        commands: &[CaseCommand],
    ) -> Result<Vec<Option<CommandError>>, CommandError> {
        let calendar = self.calendar(actor).await.map_err(from_query)?;
        let around = Surroundings::of(actor, actor.edition.zone.clone(), calendar);
        let mut refusals = Vec::new();
        for command in commands {
            let (engine, own, around, command) = (self.clone(), actor.clone(), around.clone(), command.clone());
            let Err(tried) = self
                .inner
                .store
                .write(self.asking(actor), move |tx: &mut Tx| {
                    let (engine, own, around) = (engine.clone(), own.clone(), around.clone());
                    let command = command.clone();
                    Box::pin(async move {
                        let process = process_of(&own);
                        let mut work = Work::new(&engine, &process, around, Trace::None);
                        let done = Box::pin(work.case(tx, &own, &command)).await;
                        Err::<Infallible, _>(Tried(done.err()))
                    })
                })
                .await;
            refusals.push(tried.0);
        }
        Ok(refusals)
    }
}
