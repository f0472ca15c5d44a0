//! Cases of workflows at work: who may do what, the events that follow from it, and all of it kept in the command's own
//! transaction.
//!
//! What happens in a case is worked out by the room `workflow`; here is what it asks for. Steps write records and see them
//! as the process, not as whoever pressed the button: what a workflow's author lets a step do is the grant.
//!
//! INVARIANT: one event of a case at a time. The case is locked before it is read.

mod act;
mod awaited;
mod behind;
mod explained;
mod facts;
mod fill;
mod follow;
mod hand_over;
mod keep;
mod migration;
mod pause;
mod people;
mod seen;
mod signature;
mod standing;
mod start;
mod tried;

pub(crate) use behind::{BEHIND, Behind};
pub(crate) use keep::{DUE, Wake};
pub use migration::{Moving, StandsAt};

use std::{collections::VecDeque, sync::Arc};

use model::{RecordId, UserId};
use store::{CaseSignature, CaseStay, CaseTask, StoredCase, Tx};
use workflow::{Case, Effect, Event, Process, Refusal, Told};

use super::{Trace, Work};
use crate::{Act, Actor, CaseCommand, CaseFault, CommandError, Edition};

/// Cases started by one step at most.
const MOST_CASES: usize = 5_000;

/// A case in hand.
pub(crate) struct Held {
    pub(crate) row: StoredCase,
    pub(crate) case: Case,
    /// The edition whose steps it goes by.
    pub(crate) edition: Arc<Edition>,
    before: Vec<CaseTask>,
    /// Where it stood without asking anybody.
    stays: Vec<CaseStay>,
    /// What whoever acts has signed with.
    signature: Option<CaseSignature>,
    /// The move of many cases that it is moved by.
    moving: Option<RecordId>,
    told: Vec<Tell>,
    timers: Vec<(u32, u32, model::Timestamp)>,
    /// How many timers before this one rang because another had, without anybody in between.
    turn: u32,
}

/// People to be told something.
struct Tell {
    what: Told,
    to: Vec<UserId>,
    step: Option<String>,
}

impl Held {
    fn new(row: StoredCase, case: Case, edition: Arc<Edition>) -> Self {
        let (before, stays) = (keep::rows(&case), keep::stays(&case));
        Self {
            row,
            case,
            edition,
            before,
            stays,
            signature: None,
            moving: None,
            told: Vec::new(),
            timers: Vec::new(),
            turn: 0,
        }
    }

    pub(crate) fn process(&self) -> Result<&Process, CommandError> {
        let found = self.edition.app.workflow_named(&self.row.workflow);
        found.filter(|process| process.print == self.row.print).ok_or(CommandError::Case(CaseFault::Gone))
    }
}

/// A case to be started.
pub(crate) struct Starting<'s> {
    pub(crate) workflow: &'s str,
    pub(crate) record: RecordId,
    pub(crate) chosen: &'s [(String, Vec<UserId>)],
    pub(crate) starter: UserId,
    pub(crate) parent: Option<(RecordId, i64)>,
    pub(crate) id: Option<RecordId>,
}

/// What became of a case to be started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Started {
    /// It has this id, and whether it still runs.
    Case(RecordId, bool),
    /// This one of the workflow is running about the record.
    Runs(RecordId),
    /// The workflow's condition does not hold of the record.
    Unfit,
}

impl Started {
    /// Why there is no case of it.
    fn fault(self) -> Option<CaseFault> {
        match self {
            Self::Case(..) => None,
            Self::Runs(_) => Some(CaseFault::Running),
            Self::Unfit => Some(CaseFault::Unfit),
        }
    }
}

/// Whether somebody who acts within limits may touch cases about this entity.
fn within(own: &Actor, entity: &str) -> Result<(), CaseFault> {
    let entity = own.edition.app.entity_named(entity).map(|entity| entity.id);
    match &own.only {
        Some(only) if !entity.is_some_and(|entity| only.contains(&entity)) => Err(CaseFault::NotAllowed),
        _ => Ok(()),
    }
}

impl<'a> Work<'a> {
    /// Carries out what somebody does with cases; `own` is who they are by their own rights.
    pub(super) async fn case(
        &mut self,
        tx: &mut Tx,
        own: &'a Actor,
        command: &CaseCommand,
    ) -> Result<(), CommandError> {
        match command {
            CaseCommand::Start(begin) => self.start(tx, own, begin).await,
            CaseCommand::Act { case, act, fields, files, expected } => {
                let held = self.take_case(tx, *case).await?;
                let given = fill::Filled { fields, files, expected: *expected };
                self.act_on_case(tx, own, held, act, given).await
            }
            CaseCommand::Upload { case, task, field, file } => {
                let held = self.take_case(tx, *case).await?;
                self.hold_for_task(tx, own, &held, (*task, field), file).await
            }
            CaseCommand::HandOver { from, to, workflow } => {
                self.hand_over(tx, own, (*from, *to), workflow.as_deref()).await
            }
        }
    }

    /// A case to be changed.
    pub(crate) async fn take_case(&mut self, tx: &mut Tx, id: RecordId) -> Result<Held, CommandError> {
        let row = tx.case(id).await?.ok_or(CommandError::Case(CaseFault::Unknown))?;
        let edition = self.engine.edition_now(tx, &self.actor.edition, &row).await?;
        let case = serde_json::from_value(row.document.clone())
            .map_err(|_| CommandError::Store(store::StoreError::Misfit("a case that cannot be read")))?;
        Ok(Held::new(row, case, edition))
    }

    /// An event with everything that follows from it, here and in the case that waits for this one.
    pub(crate) async fn happen(&mut self, tx: &mut Tx, mut held: Held, event: Event) -> Result<(), CommandError> {
        let ran = held.row.ended.is_none();
        self.drive(tx, &mut held, event).await?;
        let parent = held.row.parent.filter(|_| ran && held.row.ended.is_some());
        self.keep_case(tx, held).await?;
        if let Some((parent, token)) = parent {
            let held = self.take_case(tx, parent).await?;
            let token = u32::try_from(token).unwrap_or_default();
            Box::pin(self.happen(tx, held, Event::CaseEnded { token })).await?;
        }
        Ok(())
    }

    /// Works out an event, and what the steps it leads to need to know and write.
    async fn drive(&mut self, tx: &mut Tx, held: &mut Held, event: Event) -> Result<(), CommandError> {
        // What a case writes is kept, whatever it follows from.
        let trace = std::mem::replace(&mut self.trace, Trace::Kept);
        let done = self.work_out(tx, held, event).await;
        self.trace = trace;
        done
    }

    async fn work_out(&mut self, tx: &mut Tx, held: &mut Held, event: Event) -> Result<(), CommandError> {
        let mut waiting = VecDeque::from([Next::Event(event)]);
        while let Some(next) = waiting.pop_front() {
            let event = match next {
                Next::Event(event) => event,
                Next::Learn(token, step) => {
                    let there = held.case.token(token).is_some_and(|token| token.at == workflow::case::At::Arriving);
                    if !there {
                        continue;
                    }
                    let facts = Box::pin(self.facts(tx, held, token, &step)).await?;
                    Event::Learned { token, facts }
                }
            };
            let waited = awaited::places(&held.case);
            let process = held.process()?;
            let lets_go = awaited::lets_go(process, &held.case, &event);
            let (case, effects) = workflow::step(process, held.case.clone(), event, self.actor.now)
                .map_err(|refusal| refused(process, refusal, self.actor.locale))?;
            held.case = case;
            let waits = awaited::places(&held.case);
            for left in waited.into_iter().filter(|token| !waits.contains(token)) {
                if lets_go == Some(left) {
                    self.let_cases_go(tx, held.row.id, left).await?;
                } else {
                    self.leave_cases(tx, held.row.id, left).await?;
                }
            }
            for effect in effects {
                match effect {
                    Effect::Learn { token, step } => waiting.push_back(Next::Learn(token, step)),
                    Effect::Tell { what, to, step, by: _ } => held.told.push(Tell { what, to, step }),
                    Effect::Timer { token, timer, at } => held.timers.push((token, timer, at)),
                    Effect::Ended { .. } => {}
                }
            }
        }
        held.row.state = held.case.state.word().to_owned();
        let over = held.case.state == workflow::State::Ended;
        held.row.ended = over.then(|| held.row.ended.unwrap_or(self.actor.now));
        held.row.outcome = held.case.outcome.clone().filter(|_| over);
        Ok(())
    }

    /// Puts what happened in a case on the ledger.
    fn note_case(&mut self, row: &StoredCase, entry: &workflow::Entry, signature: Option<&CaseSignature>) {
        let mut act = Act::new(format!("case.{}", entry.act), "case").on(row.id);
        act = act.fact("workflow", row.workflow.as_str()).fact("record", row.record.to_string());
        if let Some(step) = &entry.step {
            act = act.fact("step", step.as_str());
        }
        if let Some(target) = &entry.target {
            act = act.fact("target", target.as_str());
        }
        if !entry.to.is_empty() {
            let to: Vec<String> = entry.to.iter().map(ToString::to_string).collect();
            act = act.fact("to", to);
        }
        if !entry.text.is_empty() {
            act = act.detail("words", entry.text.as_str());
        }
        // A picture is known again by its hash, which says nothing of it.
        match signature.map(|signature| (&signature.sha256, signature.name.as_str())) {
            Some((Some(sha256), _)) => act = act.fact("signature", sha256.as_str()),
            Some((None, name)) => act = act.detail("signed", name),
            None => {}
        }
        self.note(act);
    }
}

/// What is worked out next.
enum Next {
    Event(Event),
    Learn(u32, String),
}

/// A refusal with the step it speaks of as people know it.
fn refused(process: &Process, refusal: Refusal, locale: model::Locale) -> CommandError {
    CommandError::Case(fault(process, refusal, locale))
}

fn fault(process: &Process, refusal: Refusal, locale: model::Locale) -> CaseFault {
    let step = match &refusal {
        Refusal::Nobody(step) | Refusal::NoPath(step) | Refusal::Circle(step) => process.step(step),
        _ => None,
    };
    let label = step.map(|step| step.label.get(locale).to_owned()).unwrap_or_default();
    CaseFault::Refused(refusal, label)
}
