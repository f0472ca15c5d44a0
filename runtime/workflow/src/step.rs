//! One event, and what it makes of a case.

mod ballot;
mod flow;
mod mend;
mod operation;
mod overrule;
mod time;

use jiff::Timestamp;
use model::UserId;

use crate::{
    Case, Effect, Event, Process, Refusal, State, Step,
    case::{Armed, At, Entry, Task, TaskState, Token},
    event::Told,
    process::{Asked, StepKind},
};

/// Steps passed in one go before it is taken for a circle.
const MOST_HOPS: u32 = 500;

/// The case after an event, and what is to be done about it. What happened stands in [`Case::trail`] until it is taken.
///
/// # Errors
/// See [`Refusal`]; the case that was handed in is then still the one that counts.
pub fn step(process: &Process, case: Case, event: Event, now: Timestamp) -> Result<(Case, Vec<Effect>), Refusal> {
    let mut run = Run { process, case, now, effects: Vec::new(), filling: None };
    run.take(event)?;
    Ok((run.case, run.effects))
}

/// A case while an event is worked out.
struct Run<'p> {
    process: &'p Process,
    case: Case,
    now: Timestamp,
    effects: Vec<Effect>,
    /// The fork whose paths are being begun.
    filling: Option<u32>,
}

impl<'p> Run<'p> {
    fn take(&mut self, event: Event) -> Result<(), Refusal> {
        match (&event, self.case.state) {
            (Event::Revive { .. }, State::Ended)
            | (_, State::Running)
            | (Event::Resume { .. } | Event::Terminate { .. } | Event::Copy { .. } | Event::Leave, State::Resting) => {}
            // What comes by itself comes to nothing where it no longer fits. What is so of the record is asked again when
            // the case goes on.
            (Event::Due { .. } | Event::Moved { .. } | Event::Ready { .. } | Event::Signal { by: None, .. }, _)
            | (Event::Paused { .. } | Event::Unpaused { .. }, _)
            | (
                Event::CaseEnded { .. } | Event::HandOver { .. } | Event::Answered { .. } | Event::Leave,
                State::Ended,
            ) => {
                return Ok(());
            }
            (Event::Rearm { .. }, State::Resting) => {}
            (Event::CaseEnded { .. } | Event::Learned { .. } | Event::HandOver { .. }, State::Resting)
            | (Event::Answered { .. }, State::Resting) => {}
            (Event::Copy { .. }, State::Ended) => {}
            (_, State::Resting) => return Err(Refusal::Resting),
            (_, State::Ended) => return Err(Refusal::Ended),
        }
        if !matches!(event, Event::Learned { .. }) {
            self.case.hops = 0;
        }
        match event {
            Event::Start => self.start(),
            Event::Learned { token, facts } => self.learned(token, facts),
            Event::Decide { task, by, yes, text, signed } => self.decide(task, by, yes, (text, signed)),
            Event::Return { task, by, to, resume, text } => self.send_back(task, by, &to, resume, text),
            Event::Withdraw { by, text } => self.withdraw(by, text),
            Event::TakeBack { task, by } => self.take_back(task, by),
            Event::Transfer { task, by, to, text } => self.transfer(task, by, to, text),
            Event::Delegate { task, by, to, text } => self.delegate(task, by, to, text),
            Event::AddSigner { task, by, who, place, text } => self.add_signer(task, by, &who, place, text),
            Event::RemoveSigner { task, by } => self.remove_signer(task, by),
            Event::Claim { task, by } => self.claim(task, by, true),
            Event::Unclaim { task, by } => self.claim(task, by, false),
            Event::Urge { by } => self.urge(by),
            Event::Copy { by, to } => {
                self.note(Entry { to: to.clone(), ..entry("copy", Some(by)) });
                self.tell(Told::Copied, to, None, Some(by));
                Ok(())
            }
            Event::Discuss { by, to, text } => self.discuss(by, to, text),
            Event::Due { token, timer, at, people } => self.due(token, timer, at, people),
            Event::Moved { token, dues } => self.moved(token, &dues),
            Event::Rearm { token, dues } => self.rearm(token, &dues),
            Event::Paused { token } => self.pause(token),
            Event::Unpaused { token, dues } => self.unpause(token, &dues),
            Event::Ready { token, which } => self.ready(token, which),
            Event::Signal { name, by } => self.signal(&name, by),
            Event::Answered { token, at, failed } => self.answered(token, at, failed),
            Event::CaseEnded { token } => self.case_ended(token),
            Event::HandOver { from, to, step, by } => self.hand_over(from, to, step.as_deref(), by),
            Event::Jump { by, to, text } => self.jump("jump", by, &to, text),
            Event::Revive { by, to, text } => self.revive(by, &to, text),
            Event::Terminate { by, text } => self.terminate(by, text),
            Event::Leave => self.leave(),
            Event::Rest { by, text } => self.rest(by, text),
            Event::Resume { by } => self.resume(by),
        }
    }

    fn start(&mut self) -> Result<(), Refusal> {
        if self.case.last > 0 {
            return Err(Refusal::Running);
        }
        let Some(first) = self.process.steps.first() else { return Err(Refusal::Unknown("step")) };
        self.note(entry("start", Some(self.case.starter)));
        let number = self.case.number();
        self.enter(new_token(number, first.name.as_str(), None))
    }

    /// The step of that name.
    fn step(&self, name: &str) -> Result<&'p Step, Refusal> {
        self.process.step(name).ok_or(Refusal::Unknown("step"))
    }

    /// What is asked at a step, if anything is.
    fn asked(&self, name: &str) -> Result<&'p Asked, Refusal> {
        match &self.step(name)?.kind {
            StepKind::Ask(asked) => Ok(asked),
            _ => Err(Refusal::Over),
        }
    }

    fn token_mut(&mut self, number: u32) -> Result<&mut Token, Refusal> {
        self.case.tokens.iter_mut().find(|token| token.number == number).ok_or(Refusal::Unknown("token"))
    }

    fn task_mut(&mut self, number: u32) -> Result<&mut Task, Refusal> {
        self.case.tasks.iter_mut().find(|task| task.number == number).ok_or(Refusal::Unknown("task"))
    }

    /// A task that is theirs, whatever became of it.
    fn own(&self, number: u32, by: UserId) -> Result<&Task, Refusal> {
        let task = self.case.task(number).ok_or(Refusal::Unknown("task"))?;
        if task.who == by { Ok(task) } else { Err(Refusal::NotYours) }
    }

    /// A task that is theirs to answer now.
    fn open_task(&self, number: u32, by: UserId) -> Result<Task, Refusal> {
        let task = self.own(number, by)?;
        match task.state {
            TaskState::Open => Ok(task.clone()),
            TaskState::Later => Err(Refusal::NotYet),
            TaskState::Done(_) | TaskState::Gone => Err(Refusal::Over),
        }
    }

    /// Adds to what happened.
    fn note(&mut self, entry: Entry) {
        self.case.trail.push(entry);
    }

    fn tell(&mut self, what: Told, to: Vec<UserId>, step: Option<String>, by: Option<UserId>) {
        if !to.is_empty() {
            self.effects.push(Effect::Tell { what, to, step, by });
        }
    }
}

/// Something that happened.
fn entry(act: &'static str, by: Option<UserId>) -> Entry {
    Entry { act, by, step: None, task: None, text: String::new(), to: Vec::new(), target: None, signed: false }
}

/// A token that has come to a step.
fn new_token(number: u32, step: &str, fork: Option<u32>) -> Token {
    Token {
        number,
        step: step.to_owned(),
        fork,
        path: None,
        at: At::Arriving,
        visit: None,
        before: None,
        back: None,
        dues: Vec::new(),
        pauses: Vec::new(),
        armed: Armed::default(),
    }
}
