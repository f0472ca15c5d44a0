//! Cases that a step begins, and that a case waits for. They end with the step that waits for them.

use model::RecordId;
use store::Tx;
use workflow::{Case, Event, Others, Process, StepKind};

use super::{Held, MOST_CASES, Started, Starting, Work};
use crate::{CaseFault, CommandError, edition::now_called};

impl Work<'_> {
    /// Starts the cases of a step; answers how many of them run.
    pub(super) async fn begin(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        token: u32,
        sub: &workflow::Sub,
    ) -> Result<u32, CommandError> {
        let app = self.actor.edition.clone();
        let records = match sub.each {
            None => vec![held.row.record],
            Some(each) => {
                let old = held.edition.app.field(each);
                let entity = old.and_then(|field| held.edition.app.entity(field.entity));
                let now = entity.and_then(|entity| app.app.entity_named(entity.name.as_str()));
                let field = now.zip(old).and_then(|(entity, old)| now_called(&app.app, entity.id, old));
                let field = field.ok_or(CommandError::Case(CaseFault::Gone))?.id;
                tx.referrers(&app.app, field, &[held.row.record]).await?
            }
        };
        let mut running = 0;
        if records.len() > MOST_CASES {
            return Err(CommandError::Case(CaseFault::TooMany));
        }
        for record in records {
            let starting = Starting {
                workflow: sub.process.as_str(),
                record,
                chosen: &[],
                starter: held.case.starter,
                parent: sub.waits.then_some((held.row.id, i64::from(token))),
                id: None,
            };
            running += match Box::pin(self.start_case(tx, &starting)).await? {
                Started::Case(_, runs) => u32::from(runs),
                Started::Runs(id) => u32::from(sub.waits && self.adopt(tx, id, (held.row.id, token)).await?),
                Started::Unfit => 0,
            };
        }
        Ok(running)
    }

    /// Has a case that runs already be waited for, unless another waits for it, or this one is what it waits for itself;
    /// answers whether it is.
    async fn adopt(&mut self, tx: &mut Tx, id: RecordId, (by, token): (RecordId, u32)) -> Result<bool, CommandError> {
        let mut above = Some(by);
        while let Some(case) = above {
            if case == id {
                return Ok(false);
            }
            above = tx.case(case).await?.and_then(|row| row.parent).map(|(case, _)| case);
        }
        let mut held = self.take_case(tx, id).await?;
        if held.row.parent.is_some() {
            return Ok(false);
        }
        held.row.parent = Some((by, i64::from(token)));
        tx.save_case(&held.row).await?;
        Ok(true)
    }

    /// Has cases that a place of a case waited for go on by themselves: so many have ended that these are not needed.
    pub(super) async fn let_cases_go(&mut self, tx: &mut Tx, case: RecordId, token: u32) -> Result<(), CommandError> {
        for awaited in tx.awaited_cases(case, i64::from(token)).await? {
            let mut held = self.take_case(tx, awaited).await?;
            held.row.parent = None;
            tx.save_case(&held.row).await?;
        }
        Ok(())
    }

    /// Ends the cases that a place of a case waited for and does not any more. Where they have ended of themselves, there are
    /// none.
    pub(super) async fn leave_cases(&mut self, tx: &mut Tx, case: RecordId, token: u32) -> Result<(), CommandError> {
        for awaited in tx.awaited_cases(case, i64::from(token)).await? {
            let mut held = self.take_case(tx, awaited).await?;
            Box::pin(self.drive(tx, &mut held, Event::Leave)).await?;
            self.keep_case(tx, held).await?;
        }
        Ok(())
    }
}

/// The place of a case where the end of another may suffice for those that have not ended to go on by themselves.
pub(super) fn lets_go(process: &Process, case: &Case, event: &Event) -> Option<u32> {
    let Event::CaseEnded { token } = event else { return None };
    let step = process.step(&case.token(*token)?.step)?;
    matches!(&step.kind, StepKind::Sub(sub) if sub.others == Others::GoOn).then_some(*token)
}

/// The places at which a case waits for others.
pub(super) fn places(case: &Case) -> Vec<u32> {
    let waiting = case.tokens.iter().filter(|token| matches!(token.at, workflow::case::At::Cases(_)));
    waiting.map(|token| token.number).collect()
}
