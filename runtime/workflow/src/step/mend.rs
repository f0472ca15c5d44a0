//! What was returned to whoever started the case: they mend its record and send it again, and the step asks anew.

use model::UserId;

use crate::{
    Refusal,
    case::{Answer, Armed, At, Entry, Part, Task, TaskState, Token, Visit},
    event::Told,
};

use super::{Run, entry};

impl Run<'_> {
    /// Where something comes to that is returned to whoever started the case, and whether they mend the record there. They
    /// fill in the form again that they filled in first; where somebody else was asked first, they mend the record before that
    /// step asks again, or before the present one where it comes straight back.
    pub(super) fn of_starter(&self, task: &Task, token: u32, resume: bool) -> Result<(Visit, bool), Refusal> {
        let starter = self.case.starter;
        if starter.is_nil() {
            return Err(Refusal::NeverThere);
        }
        let token = self.case.token(token).ok_or(Refusal::Over)?;
        let here = self.case.visits.iter().find(|visit| visit.number == task.visit).ok_or(Refusal::Over)?;
        let mut way = self.case.way_to(token).filter(|visit| self.asked(&visit.step).is_ok());
        let first = way.next().unwrap_or(here);
        let theirs = |task: &Task| task.who == starter || task.had.contains(&starter);
        let filled = self.asked(&first.step)?.fills && self.case.of_visit(first.number).any(theirs);
        match (filled, resume) {
            (true, _) if first.step == here.step => Err(Refusal::NeverThere),
            (true, _) => Ok((first.clone(), false)),
            (false, true) => Ok((here.clone(), true)),
            (false, false) => Ok((first.clone(), true)),
        }
    }

    /// Takes a token to a step, where whoever started the case mends the record before anybody is asked.
    pub(super) fn mend_at(&mut self, number: u32, target: &Visit) -> Result<(), Refusal> {
        let token = self.taken_to(number, target)?;
        let (visit, task) = (self.case.number(), self.case.number());
        let (step, who) = (token.step.clone(), self.case.starter);
        self.case.visits.push(Visit {
            number: visit,
            step: step.clone(),
            fork: token.fork,
            path: token.path,
            over: false,
            back: None,
            spared: Vec::new(),
            dues: Vec::new(),
            pauses: Vec::new(),
            armed: Armed::default(),
        });
        self.case.tasks.push(Task {
            number: task,
            visit,
            step: step.clone(),
            who,
            group: 0,
            weight: 1,
            root: task,
            part: Part::Mend,
            by: None,
            had: Vec::new(),
            after: Vec::new(),
            claimed: false,
            state: TaskState::Open,
            opened: Some(self.now),
            ended: None,
        });
        let (dues, pauses) = (Vec::new(), Vec::new());
        let (at, armed) = (At::Asking, Armed::default());
        self.case.tokens.push(Token { at, visit: Some(visit), dues, pauses, armed, ..token });
        self.tell(Told::Asked, vec![who], Some(step), None);
        Ok(())
    }

    /// They have mended it; a no is not asked for.
    pub(super) fn send_again(&mut self, task: &Task, by: UserId, yes: bool, text: String) -> Result<(), Refusal> {
        if !yes {
            return Err(Refusal::NotAllowed);
        }
        let now = self.now;
        let sent = self.task_mut(task.number)?;
        (sent.state, sent.ended) = (TaskState::Done(Answer::Yes), Some(now));
        let step = Some(task.step.clone());
        self.note(Entry { step, task: Some(task.number), text, ..entry("resubmit", Some(by)) });
        self.settle(task.visit)
    }

    /// Has the step ask once the record is mended.
    pub(super) fn mended(&mut self, number: u32, visit: u32, step: &str) -> Result<(), Refusal> {
        if self.case.of_visit(visit).any(|task| !task.state.is_over()) {
            return Ok(());
        }
        self.close_visit(visit);
        self.go(number, Some(step), false)
    }
}
