//! What administrators do.

use model::UserId;

use crate::{
    Refusal, State, StepKind,
    case::{Due, Entry},
    event::Told,
};

use super::{Run, entry, new_token};

impl Run<'_> {
    /// Puts the case at a step, whatever it was doing.
    pub(super) fn jump(&mut self, act: &'static str, by: UserId, to: &str, text: String) -> Result<(), Refusal> {
        if text.trim().is_empty() {
            return Err(Refusal::NoReason);
        }
        let step = self.step(to)?;
        if matches!(step.kind, StepKind::Join { .. }) {
            return Err(Refusal::Unknown("step"));
        }
        self.note(Entry { text, target: Some(to.to_owned()), ..entry(act, Some(by)) });
        self.tell_open(Told::Spared, Some(by));
        self.abandon_all();
        let number = self.case.number();
        self.enter(new_token(number, to, None))
    }

    pub(super) fn revive(&mut self, by: UserId, to: &str, text: String) -> Result<(), Refusal> {
        if self.case.state != State::Ended {
            return Err(Refusal::Running);
        }
        self.case.state = State::Running;
        self.case.outcome = None;
        self.jump("revive", by, to, text)
    }

    pub(super) fn terminate(&mut self, by: UserId, text: String) -> Result<(), Refusal> {
        if text.trim().is_empty() {
            return Err(Refusal::NoReason);
        }
        self.note(Entry { text, ..entry("terminate", Some(by)) });
        self.tell_open(Told::Spared, Some(by));
        self.end("terminated")
    }

    /// Ends with the step of another case that waited for it.
    pub(super) fn leave(&mut self) -> Result<(), Refusal> {
        self.note(entry("leave", None));
        self.tell_open(Told::Spared, None);
        self.end("terminated")
    }

    pub(super) fn rest(&mut self, by: UserId, text: String) -> Result<(), Refusal> {
        if text.trim().is_empty() {
            return Err(Refusal::NoReason);
        }
        self.note(Entry { text, ..entry("rest", Some(by)) });
        self.case.state = State::Resting;
        self.case.rests_since = Some(self.now);
        Ok(())
    }

    /// Goes on; what was to become due does so later by as long as the case rested. What the record's own state holds up moves
    /// once, when that ends.
    pub(super) fn resume(&mut self, by: UserId) -> Result<(), Refusal> {
        let Some(since) = self.case.rests_since.take() else { return Err(Refusal::Running) };
        self.case.state = State::Running;
        self.note(entry("resume", Some(by)));
        let rested = self.now.duration_since(since);
        let moved: Vec<(u32, Vec<Option<jiff::Timestamp>>)> = self
            .case
            .tokens
            .iter()
            .filter(|token| token.paused().is_none())
            .map(|token| {
                let later = |due: &Due| due.at.map(|at| at.checked_add(rested).unwrap_or(at));
                (token.number, token.dues.iter().map(later).collect())
            })
            .collect();
        for (token, dues) in moved {
            self.token_mut(token)?.armed.rested += rested.as_secs();
            self.set_timers(token, &dues)?;
        }
        Ok(())
    }
}
