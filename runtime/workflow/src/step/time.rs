//! What becomes due, and what else comes by itself.

use jiff::Timestamp;
use model::UserId;

use crate::{
    Refusal, StepKind,
    case::{At, Due, Entry, Pause, Task, TaskState},
    event::{Back, Told},
    process::{Asked, Over, Timer, Wait, WaitFor},
};

use super::{Run, entry};

impl Wait {
    /// Which of all that ends the waiting this word is.
    pub(crate) fn hears(&self, name: &str) -> Option<usize> {
        self.ends().position(|until| matches!(until, WaitFor::Signal(word) if word.as_str() == name))
    }
}

impl Run<'_> {
    /// Something is due, unless it has moved or its step is over.
    pub(super) fn due(&mut self, number: u32, timer: u32, at: Timestamp, people: Vec<UserId>) -> Result<(), Refusal> {
        let at_place = usize::try_from(timer).unwrap_or(usize::MAX);
        let Ok(token) = self.token_mut(number) else { return Ok(()) };
        // It comes again when it goes on.
        if token.paused().is_some() {
            return Ok(());
        }
        match token.dues.get_mut(at_place) {
            Some(due) if due.at == Some(at) => due.at = None,
            _ => return Ok(()),
        }
        let (step, visit) = (token.step.clone(), token.visit);
        let last = token.dues.iter().all(|due| due.at.is_none());
        let reminds = |rule: &Timer| matches!(rule.then, Over::Remind);
        let late = match &self.step(&step)?.kind {
            StepKind::Ask(asked) => last || !asked.timers.get(at_place).is_some_and(reminds),
            _ => false,
        };
        if let (true, Some(due)) = (late, self.token_mut(number)?.dues.get_mut(at_place)) {
            due.passed = Some(at);
        }
        match &self.step(&step)?.kind {
            StepKind::Wait(wait) => {
                self.note(Entry { step: Some(step), ..entry("time", None) });
                match &wait.late {
                    Some((_, Some(next))) => self.go(number, Some(next.as_str()), false),
                    _ => self.go_on(number, false),
                }
            }
            StepKind::Ask(asked) => match (asked.timers.get(at_place), visit) {
                (Some(rule), Some(visit)) => self.over(number, visit, asked, &rule.then, people),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    fn over(
        &mut self,
        number: u32,
        visit: u32,
        asked: &Asked,
        then: &Over,
        people: Vec<UserId>,
    ) -> Result<(), Refusal> {
        let step = self.token_mut(number)?.step.clone();
        let open: Vec<Task> = self.case.of_visit(visit).filter(|task| task.state == TaskState::Open).cloned().collect();
        let note = |act, to| Entry { step: Some(step.clone()), to, ..entry(act, None) };
        match then {
            Over::Remind => {
                let to: Vec<UserId> = open.iter().map(|task| task.who).collect();
                self.note(note("remind", to.clone()));
                self.tell(Told::Reminded, to, Some(step), None);
                Ok(())
            }
            Over::Tell(_) => {
                self.note(note("escalate", people.clone()));
                self.tell(Told::Late, people, Some(step), None);
                Ok(())
            }
            Over::HandTo(_) => {
                // Where nobody is there to take it, those who were asked stay asked.
                let may = |who: &&UserId| open.iter().all(|task| self.may_take(task, **who).unwrap_or(false));
                let Some(to) = people.iter().find(may).copied() else { return Ok(()) };
                self.note(note("late-hand-over", vec![to]));
                for task in &open {
                    self.give(task, to);
                }
                self.settle(visit)
            }
            Over::Pass => {
                self.note(note("late-pass", Vec::new()));
                self.close_visit(visit);
                self.go_on(number, false)
            }
            Over::Reject => {
                self.note(note("late-reject", Vec::new()));
                self.rejected(number, asked)
            }
            Over::Return => match self.earlier(&step, number, &Back::First) {
                Ok(target) => {
                    self.note(Entry { target: Some(target.step.clone()), ..note("late-return", Vec::new()) });
                    self.place_at(number, &target, None)
                }
                Err(_) => Ok(()),
            },
        }
    }

    /// Everything that is to become due is worked out anew, for other steps than those it was worked out for.
    pub(super) fn rearm(&mut self, number: u32, dues: &[Option<Timestamp>]) -> Result<(), Refusal> {
        // Where the record is being mended nothing becomes due.
        let visit = self.case.token(number).map(|token| token.visit);
        match visit {
            None => Ok(()),
            Some(Some(visit)) if self.case.mends(visit) => Ok(()),
            Some(_) => self.arm(number, dues),
        }
    }

    /// Moments moved because what they are counted from did.
    pub(super) fn moved(&mut self, number: u32, dues: &[Option<Timestamp>]) -> Result<(), Refusal> {
        let now = self.now;
        let Ok(token) = self.token_mut(number) else { return Ok(()) };
        // What has come to pass already does not come again unless it lies ahead now.
        let kept: Vec<Option<Timestamp>> = token
            .dues
            .iter()
            .enumerate()
            .map(|(place, due)| match dues.get(place).copied().flatten() {
                Some(at) if due.at.is_some() || at > now => Some(at),
                Some(_) => None,
                None => due.at,
            })
            .collect();
        if token.dues.iter().map(|due| due.at).eq(kept.iter().copied()) {
            return Ok(());
        }
        self.set_timers(number, &kept)
    }

    /// Nothing becomes due from now on.
    pub(super) fn pause(&mut self, number: u32) -> Result<(), Refusal> {
        let now = self.now;
        let visit = self.case.token(number).and_then(|token| token.visit);
        if visit.is_some_and(|visit| self.case.mends(visit)) {
            return Ok(());
        }
        let Ok(token) = self.token_mut(number) else { return Ok(()) };
        if token.paused().is_some() || !matches!(token.at, At::Asking | At::Waiting) {
            return Ok(());
        }
        token.pauses.push(Pause { since: now, until: None });
        let step = Some(token.step.clone());
        self.note(Entry { step, ..entry("pause", None) });
        Ok(())
    }

    /// What has not become due does so at these moments, at once where they are past.
    pub(super) fn unpause(&mut self, number: u32, dues: &[Option<Timestamp>]) -> Result<(), Refusal> {
        let now = self.now;
        let Ok(token) = self.token_mut(number) else { return Ok(()) };
        let Some(pause) = token.pauses.last_mut().filter(|pause| pause.until.is_none()) else { return Ok(()) };
        pause.until = Some(now);
        let moment = |place: usize| dues.get(place).copied().flatten();
        let later = |(place, due): (usize, &Due)| due.at.map(|at| moment(place).unwrap_or(at).max(now));
        let later: Vec<Option<Timestamp>> = token.dues.iter().enumerate().map(later).collect();
        let step = Some(token.step.clone());
        self.note(Entry { step, ..entry("unpause", None) });
        self.set_timers(number, &later)
    }

    /// What a token waits for is so.
    pub(super) fn ready(&mut self, number: u32, which: usize) -> Result<(), Refusal> {
        let Some(token) = self.case.token(number).filter(|token| token.at == At::Waiting) else { return Ok(()) };
        let step = token.step.clone();
        let StepKind::Wait(wait) = &self.step(&step)?.kind else { return Ok(()) };
        if !matches!(wait.ends().nth(which), Some(WaitFor::Record(_))) {
            return Ok(());
        }
        self.note(Entry { step: Some(step), ..entry("ready", None) });
        self.waited(number, wait, which)
    }

    /// A token goes where what has ended its waiting leads.
    pub(super) fn waited(&mut self, number: u32, wait: &Wait, which: usize) -> Result<(), Refusal> {
        match wait.leads(which) {
            Some(next) => self.go(number, Some(next.as_str()), false),
            None => self.go_on(number, false),
        }
    }

    /// A plugin has answered, or could not. Where nothing else follows from that, the token waits on: an administrator has it
    /// called again, or puts the case somewhere else.
    pub(super) fn answered(&mut self, number: u32, at: Timestamp, failed: Option<String>) -> Result<(), Refusal> {
        let Some(token) = self.case.token(number).filter(|token| token.at == At::Waiting) else { return Ok(()) };
        if token.dues.first().is_none_or(|due| due.at != Some(at)) {
            return Ok(());
        }
        let step = token.step.clone();
        let StepKind::Call { failed: instead, .. } = &self.step(&step)?.kind else { return Ok(()) };
        match failed {
            None => {
                self.note(Entry { step: Some(step), ..entry("call", None) });
                self.go_on(number, false)
            }
            Some(text) => {
                self.note(Entry { step: Some(step), text, ..entry("call-failed", None) });
                match instead {
                    Some(next) => self.go(number, Some(next.as_str()), false),
                    None => Ok(()),
                }
            }
        }
    }

    /// A case that a token waits for has ended.
    pub(super) fn case_ended(&mut self, number: u32) -> Result<(), Refusal> {
        let Ok(token) = self.token_mut(number) else { return Ok(()) };
        match token.at {
            At::Cases(left) if left > 1 => {
                token.at = At::Cases(left - 1);
                Ok(())
            }
            At::Cases(_) => self.go_on(number, false),
            _ => Ok(()),
        }
    }
}
