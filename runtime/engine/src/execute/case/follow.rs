//! What comes to a case without anybody who acts in it: its record is another, other days are worked, something is due.

use model::RecordId;
use store::Tx;
use workflow::{Event, Span, StepKind, Wait, WaitFor, When};

use super::{Held, Work, keep};
use crate::{CaseFault, CommandError};

/// How often, in one command, what cases write may be looked at by cases.
const MOST_TURNS: u32 = 100;

impl Work<'_> {
    /// Tells cases what has become of the records they are about: what they wait for may be so, and what is due may be due
    /// at another time.
    ///
    /// What a case does in its turn it does as the process, whoever's write has set it off. One that can go no further is left
    /// where it is ([`super::behind`]).
    pub(crate) async fn tell_cases(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let own = self.actor;
        self.actor = self.process.unwrap_or(own);
        let done = self.tell_cases_as_process(tx).await;
        self.actor = own;
        done
    }

    async fn tell_cases_as_process(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        self.turns += 1;
        if self.turns > MOST_TURNS {
            return Err(CommandError::Store(store::StoreError::Misfit("cases that set each other off without end")));
        }
        let mut records = std::mem::take(&mut self.written);
        records.sort_unstable();
        records.dedup();
        for part in records.chunks(500) {
            for id in tx.live_cases(part).await? {
                self.follow_or_leave(tx, id).await?;
            }
        }
        Ok(())
    }

    /// Has a case learn how its record is now.
    pub(super) async fn catch_up(&mut self, tx: &mut Tx, id: RecordId) -> Result<(), CommandError> {
        let held = self.take_case(tx, id).await?;
        let events = match self.follows(tx, &held).await {
            // The record can still be written where the case's own steps are no longer read.
            Err(CommandError::Case(CaseFault::Gone)) => return Ok(()),
            events => events?,
        };
        let mut held = Some(held);
        for event in events {
            let now = match held.take() {
                Some(held) => held,
                None => self.take_case(tx, id).await?,
            };
            self.happen(tx, now, event).await?;
        }
        Ok(())
    }

    /// The events that follow from how the record of a case is now.
    async fn follows(&mut self, tx: &mut Tx, held: &Held) -> Result<Vec<Event>, CommandError> {
        let process = held.process()?;
        let mut events = Vec::new();
        for token in &held.case.tokens {
            let Some(step) = process.step(&token.step) else { continue };
            if let StepKind::Wait(wait) = &step.kind
                && let Some(which) = self.ready(tx, held, wait).await?
            {
                events.push(Event::Ready { token: token.number, which });
            }
            let paused = match step.paused() {
                Some(condition) => self.holds_for(tx, held, condition).await?,
                None => false,
            };
            let moments = step.moments();
            match (token.paused(), paused) {
                (None, true) => events.push(Event::Paused { token: token.number }),
                (Some(since), false) => {
                    events.push(Event::Unpaused {
                        token: token.number,
                        dues: self.moved_by(tx, held, (token, since), &moments).await?,
                    });
                    continue;
                }
                _ => {}
            }
            let mut dues = Vec::new();
            for when in moments {
                dues.push(if follows(when) { self.due_by_pauses(tx, held, token, when).await? } else { None });
            }
            if dues.iter().any(Option::is_some) {
                events.push(Event::Moved { token: token.number, dues });
            }
        }
        Ok(events)
    }

    /// The first of what ends a step's waiting that is so of the record now.
    async fn ready(&mut self, tx: &mut Tx, held: &Held, wait: &Wait) -> Result<Option<usize>, CommandError> {
        for (which, until) in wait.ends().enumerate() {
            if let WaitFor::Record(condition) = until
                && self.holds_for(tx, held, condition).await?
            {
                return Ok(Some(which));
            }
        }
        Ok(None)
    }

    /// Has a case count its working days anew, where it counts any.
    pub(crate) async fn case_counts_anew(&mut self, tx: &mut Tx, id: RecordId) -> Result<(), CommandError> {
        let held = match self.take_case(tx, id).await {
            // It went with its record meanwhile.
            Err(CommandError::Case(CaseFault::Unknown)) => return Ok(()),
            held => held?,
        };
        let Ok(process) = held.process() else { return Ok(()) };
        let counts = |token: &workflow::Token| process.step(&token.step).is_some_and(workflow::Step::uses_calendar);
        if held.case.tokens.iter().any(counts) { self.follow_or_leave(tx, id).await } else { Ok(()) }
    }

    /// What is due in a case: as an event, with the people it names.
    pub(crate) async fn case_due(
        &mut self,
        tx: &mut Tx,
        id: RecordId,
        (token, timer, at): (u32, u32, model::Timestamp),
        turn: u32,
    ) -> Result<(), CommandError> {
        let mut held = self.take_case(tx, id).await?;
        held.turn = turn;
        let step = held.case.token(token).map(|token| token.step.clone());
        let asked = step.as_deref().and_then(|step| keep::asked(held.process().ok()?, step)).cloned();
        let place = usize::try_from(timer).unwrap_or(usize::MAX);
        let whom = asked.as_ref().and_then(|asked| asked.timers.get(place)).map(|timer| &timer.then);
        let people = match whom {
            Some(workflow::Over::Tell(who)) => {
                let step = step.unwrap_or_default();
                self.accounts_for(tx, &held, &step, who).await?
            }
            Some(workflow::Over::HandTo(who)) => {
                let step = step.unwrap_or_default();
                let out = self.left_out(tx, &held, &step).await?;
                let mut people = self.accounts_for(tx, &held, &step, who).await?;
                people.retain(|id| !out.contains(id));
                people
            }
            _ => Vec::new(),
        };
        self.happen(tx, held, Event::Due { token, timer, at, people }).await
    }
}

/// Whether a moment is another when the record, or the days that are worked, are others.
fn follows(when: &When) -> bool {
    when.from.is_some() || matches!(when.span, Span::WorkingDays(_))
}
