//! What somebody was to answer goes to another: each step of each case by itself, so that one that cannot take the other does
//! not hold up the rest.

use model::{RecordId, Text, UserId};
use store::Tx;
use workflow::Event;

use super::{Held, Work, fault, within};
use crate::{Actor, CaseFault, CommandError, Stayed};

impl Work<'_> {
    /// Hands over what somebody was to answer in the cases that the actor manages, or in those of one workflow. Refused
    /// where there is nothing, and with the first reason where nothing can be handed over.
    pub(super) async fn hand_over(
        &mut self,
        tx: &mut Tx,
        own: &Actor,
        (from, to): (UserId, UserId),
        workflow: Option<&str>,
    ) -> Result<(), CommandError> {
        self.reachable(tx, &[to]).await?;
        let (mut any, mut stayed) = (false, Vec::new());
        for id in tx.cases_asking(from).await? {
            let held = self.take_case(tx, id).await?;
            let named = workflow.is_none_or(|workflow| held.row.workflow == workflow);
            let managed = named && self.engine.manages_now(tx, own, &held.row.workflow, held.row.record).await?;
            if !managed || within(own, &held.row.entity).is_err() {
                continue;
            }
            let mut handed = false;
            for (step, label) in steps_of(&held, from) {
                match self.hand_over_at(tx, own, id, (from, to), &step).await? {
                    None => handed = true,
                    Some(why) => stayed.push(Stayed { case: id, step, label, why }),
                }
            }
            if handed {
                any = true;
                self.outcome.cases.push(id);
            }
        }
        if any {
            self.outcome.stayed.extend(stayed);
            return Ok(());
        }
        Err(CommandError::Case(stayed.into_iter().next().map_or(CaseFault::Unknown, |first| first.why)))
    }

    /// Hands over what somebody was to answer at a step of a case, or says why it cannot be.
    async fn hand_over_at(
        &mut self,
        tx: &mut Tx,
        own: &Actor,
        case: RecordId,
        (from, to): (UserId, UserId),
        step: &str,
    ) -> Result<Option<CaseFault>, CommandError> {
        let held = self.take_case(tx, case).await?;
        match self.not_left_out(tx, &held, step, &[to]).await {
            Err(CommandError::Case(why)) => return Ok(Some(why)),
            found => found?,
        }
        let event = Event::HandOver { from, to, step: Some(step.to_owned()), by: Some(own.principal()) };
        // What the case refuses is known before any of it is written.
        match held.process() {
            Ok(process) => {
                if let Err(refusal) = workflow::step(process, held.case.clone(), event.clone(), self.actor.now) {
                    return Ok(Some(fault(process, refusal, self.actor.locale)));
                }
            }
            Err(CommandError::Case(why)) => return Ok(Some(why)),
            Err(error) => return Err(error),
        }
        self.happen(tx, held, event).await?;
        Ok(None)
    }
}

/// The steps at which somebody has not answered yet, each once, with what it is called.
fn steps_of(held: &Held, who: UserId) -> Vec<(String, Text)> {
    let mut steps: Vec<(String, Text)> = Vec::new();
    for task in held.case.tasks.iter().filter(|task| task.who == who && !task.state.is_over()) {
        if !steps.iter().any(|(step, _)| *step == task.step) {
            let step = held.process().ok().and_then(|process| process.step(&task.step));
            let label = step.map_or_else(|| Text::plain(&task.step), |step| step.label.clone());
            steps.push((task.step.clone(), label));
        }
    }
    steps
}
