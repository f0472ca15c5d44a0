//! Cases of workflows at work: who may do what, the events that follow from it, and all of it kept in the command's own
//! transaction.
//!
//! What happens in a case is worked out by the room `workflow`; here is what it asks for. Steps write records and see them
//! as the process, not as whoever pressed the button: what a workflow's author lets a step do is the grant.
//!
//! INVARIANT: one event of a case at a time. The case is locked before it is read.

mod awaited;
mod explained;
mod facts;
mod hand_over;
mod keep;
mod migration;
mod pause;
mod people;
mod signature;
mod start;

pub(crate) use keep::{DUE, Wake};
pub use migration::{Moving, StandsAt};

use std::{collections::VecDeque, sync::Arc};

use model::{RecordId, UserId, Value};
use store::{CaseSignature, CaseTask, Lock, StoreError, StoredCase, Tx};
use workflow::{Case, Effect, Event, Process, Refusal, Span, StepKind, TaskState, Told, When, process::WaitFor};

use super::{Trace, Work, words};
use crate::{Act, Actor, CaseAct, CaseCommand, CaseFault, CommandError, Edition, FieldFault, Fields, NewFile};

/// Cases started by one step at most.
const MOST_CASES: usize = 5_000;
/// How often, in one command, what cases write may be looked at by cases.
const MOST_TURNS: u32 = 100;

/// A case in hand.
pub(crate) struct Held {
    pub(crate) row: StoredCase,
    pub(crate) case: Case,
    /// The edition whose steps it goes by.
    pub(crate) edition: Arc<Edition>,
    before: Vec<CaseTask>,
    /// What whoever acts has signed with.
    signature: Option<CaseSignature>,
    told: Vec<Tell>,
    timers: Vec<(u32, u32, model::Timestamp)>,
}

/// People to be told something.
struct Tell {
    what: Told,
    to: Vec<UserId>,
    step: Option<String>,
}

impl Held {
    fn new(row: StoredCase, case: Case, edition: Arc<Edition>) -> Self {
        let before = keep::rows(&case);
        Self { row, case, edition, before, signature: None, told: Vec::new(), timers: Vec::new() }
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

/// What somebody fills in while they answer.
#[derive(Clone, Copy)]
struct Filled<'a> {
    fields: &'a Fields,
    files: &'a [(String, NewFile)],
    expected: Option<i64>,
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

/// Whether somebody, who manages its workflow or does not, may do anything in a case at all; `overrules` asks for what only
/// those who manage it do.
fn admitted((own, manages): (&Actor, bool), row: &StoredCase, case: &Case, overrules: bool) -> Result<(), CaseFault> {
    // Whom a case does not concern is not told that there is one.
    if !manages && !case.concerns(own.principal()) {
        return Err(CaseFault::Unknown);
    }
    within(own, &row.entity)?;
    if overrules && !manages { Err(CaseFault::NotAllowed) } else { Ok(()) }
}

/// What is wrong with a file is told beside the field it is for.
fn beside(error: CommandError, name: &str) -> CommandError {
    match error {
        CommandError::Invalid(mut faults) => {
            faults.iter_mut().for_each(|fault| fault.field = Some(name.to_owned()));
            CommandError::Invalid(faults)
        }
        other => other,
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
                let given = Filled { fields, files, expected: *expected };
                self.act_on_case(tx, own, held, act, given).await
            }
            CaseCommand::HandOver { from, to, workflow } => {
                self.hand_over(tx, own, (*from, *to), workflow.as_deref()).await
            }
        }
    }

    /// A case to be changed.
    pub(crate) async fn take_case(&mut self, tx: &mut Tx, id: RecordId) -> Result<Held, CommandError> {
        let row = tx.case(id).await?.ok_or(CommandError::Case(CaseFault::Unknown))?;
        let edition = self.engine.edition_for(&self.actor.edition, &row.workflow, &row.print, row.edition).await?;
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
            let (case, effects) = workflow::step(process, held.case.clone(), event, self.actor.now)
                .map_err(|refusal| refused(process, refusal, self.actor.locale))?;
            held.case = case;
            let waits = awaited::places(&held.case);
            for left in waited.into_iter().filter(|token| !waits.contains(token)) {
                self.leave_cases(tx, held.row.id, left).await?;
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

    async fn act_on_case(
        &mut self,
        tx: &mut Tx,
        own: &'a Actor,
        mut held: Held,
        act: &CaseAct,
        given: Filled<'_>,
    ) -> Result<(), CommandError> {
        let by = own.principal();
        if matches!(act, CaseAct::ReadCopy) && tx.read_case_copy(held.row.id, by, self.actor.now).await? {
            return Ok(());
        }
        let manages = self.engine.manages(own, &held.row.workflow).await?;
        admitted((own, manages), &held.row, &held.case, act.overrules()).map_err(CommandError::Case)?;
        if let (Some(task), Some(_)) = (act.task(), own.on_behalf) {
            self.may_stand_in(tx, &held, task, own.user).await?;
        }
        let event = match act.clone() {
            CaseAct::Decide { task, yes, text, signature } => {
                held.signature = self.signed(tx, own, signature).await?;
                self.fill_in(tx, &held, (task, by), given, yes).await?;
                Event::Decide { task, by, yes, text, signed: held.signature.is_some() }
            }
            CaseAct::Keep { task, draft } => return self.keep_draft(tx, &held, task, by, &draft).await,
            CaseAct::ReadCopy => return Ok(()),
            CaseAct::Return { task, to, resume, text } => Event::Return { task, by, to, resume, text },
            CaseAct::Withdraw { text } => Event::Withdraw { by, text },
            CaseAct::TakeBack { task } => Event::TakeBack { task, by },
            CaseAct::Transfer { task, to, text } => {
                self.may_be_handed(tx, &held, task, &[to]).await?;
                Event::Transfer { task, by, to, text }
            }
            CaseAct::Delegate { task, to, text } => {
                self.may_be_handed(tx, &held, task, &[to]).await?;
                Event::Delegate { task, by, to, text }
            }
            CaseAct::AddSigner { task, who, place, text } => {
                self.may_be_handed(tx, &held, task, &who).await?;
                Event::AddSigner { task, by, who, place, text }
            }
            CaseAct::RemoveSigner { task } => Event::RemoveSigner { task, by },
            CaseAct::Claim { task, takes: true } => Event::Claim { task, by },
            CaseAct::Claim { task, takes: false } => Event::Unclaim { task, by },
            CaseAct::Urge => Event::Urge { by },
            CaseAct::Copy { to } => {
                self.reachable(tx, &to).await?;
                Event::Copy { by, to }
            }
            CaseAct::Discuss { to, text } => {
                self.reachable(tx, &to).await?;
                Event::Discuss { by, to, text }
            }
            CaseAct::Jump { to, text } => Event::Jump { by, to, text },
            // Of a workflow that is gone none begins, and none begins again.
            CaseAct::Revive { .. } if own.edition.app.workflow_named(&held.row.workflow).is_none() => {
                return Err(CommandError::Case(CaseFault::Gone));
            }
            CaseAct::Revive { to, text } => {
                // The case that waited for it has counted it already.
                held.row.parent = None;
                Event::Revive { by, to, text }
            }
            CaseAct::Terminate { text } => Event::Terminate { by, text },
            CaseAct::Rest { text } => Event::Rest { by, text },
            CaseAct::Resume => Event::Resume { by },
            CaseAct::Signal { name } => Event::Signal { name, by: Some(by) },
            CaseAct::Migrate { edition } => return self.migrate(tx, held, edition, by).await,
            CaseAct::MigrateBack => {
                let edition = self.moved_from(tx, held.row.id).await?;
                return self.migrate(tx, held, Some(edition), by).await;
            }
        };
        // What came to nothing meanwhile is looked at again: how the record is, and which days are worked.
        let (id, resumes) = (held.row.id, matches!(event, Event::Resume { .. } | Event::TakeBack { .. }));
        self.outcome.cases.push(id);
        self.happen(tx, held, event).await?;
        if resumes { self.catch_up(tx, id).await } else { Ok(()) }
    }

    /// Has a case go by the steps of another version; back again is the same act with the version it had, which the trail
    /// names.
    async fn migrate(&mut self, tx: &mut Tx, held: Held, edition: Option<i64>, by: UserId) -> Result<(), CommandError> {
        let present = self.actor.edition.clone();
        let wanted = edition.unwrap_or(present.version);
        let gone = CommandError::Case(CaseFault::Gone);
        if held.row.ended.is_some() {
            return Err(CommandError::Case(CaseFault::Refused(Refusal::Ended, String::new())));
        }
        let Some(next) = self.engine.edition_at(&present, wanted).await? else { return Err(gone) };
        let Some(process) = next.app.workflow_named(&held.row.workflow) else { return Err(gone) };
        if let Some(step) = workflow::blocked(process, &held.case) {
            return Err(CommandError::Case(CaseFault::Blocked(step)));
        }
        let had = held.row.edition;
        let row = StoredCase { edition: next.version, print: process.print.clone(), ..held.row };
        let mut moved = Held::new(row, held.case, next);
        moved.case.trail.push(workflow::Entry {
            act: "migrate",
            by: Some(by),
            step: None,
            task: None,
            text: String::new(),
            to: Vec::new(),
            target: Some(had.to_string()),
            signed: false,
        });
        let id = moved.row.id;
        self.outcome.cases.push(id);
        self.keep_case(tx, moved).await?;
        // What the steps before had become due means nothing to these; what these wait for may be so already.
        let moved = self.take_case(tx, id).await?;
        let dues = self.dues(tx, &moved).await?;
        for (token, dues) in dues {
            let held = self.take_case(tx, id).await?;
            self.happen(tx, held, Event::Rearm { token, dues }).await?;
        }
        self.catch_up(tx, id).await
    }

    /// When everything a case has to wait for at its places is due, counted from now.
    async fn dues(
        &mut self,
        tx: &mut Tx,
        held: &Held,
    ) -> Result<Vec<(u32, Vec<Option<model::Timestamp>>)>, CommandError> {
        let mut found = Vec::new();
        for token in &held.case.tokens {
            let mut dues = Vec::new();
            let step = held.process()?.step(&token.step);
            // What was called by other steps is called anew by these.
            if step.is_some_and(|step| matches!(step.kind, StepKind::Call { .. })) {
                dues.push(Some(self.actor.now));
            }
            for when in step.map(|step| step.moments()).unwrap_or_default() {
                dues.push(self.when_due(tx, held, when).await?);
            }
            found.push((token.number, dues));
        }
        Ok(found)
    }

    /// Whether people can be asked at all: only accounts that may sign in.
    async fn reachable(&self, tx: &mut Tx, who: &[UserId]) -> Result<(), CommandError> {
        let found = tx.active_accounts(who).await?;
        if who.iter().all(|id| found.iter().any(|account| account.id == *id)) {
            return Ok(());
        }
        Err(self.at_field(
            "who",
            "reference",
            "选择的人员不存在或已停用",
            "that person does not exist or cannot sign in",
        ))
    }

    /// Whether people can be asked at all, and by the step of that task too.
    async fn may_be_handed(&mut self, tx: &mut Tx, held: &Held, task: u32, who: &[UserId]) -> Result<(), CommandError> {
        self.reachable(tx, who).await?;
        match held.case.task(task).map(|task| task.step.clone()) {
            Some(step) => self.not_left_out(tx, held, &step, who).await,
            None => Ok(()),
        }
    }

    fn at_field(&self, field: &str, code: &'static str, zh: &str, en: &str) -> CommandError {
        let message = words::say(self.actor.locale, zh, en);
        CommandError::Invalid(vec![FieldFault { index: self.index, field: Some(field.to_owned()), code, message }])
    }

    /// Writes what somebody fills in while they are asked: only the fields of the step, and all that it requires.
    async fn fill_in(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        (task, by): (u32, UserId),
        given: Filled<'_>,
        passes: bool,
    ) -> Result<(), CommandError> {
        let open = held.case.task(task).filter(|task| task.who == by && task.state == TaskState::Open);
        // Whose turn it is not is refused by the case itself, before anything is written that counts.
        let Some(open) = open else { return Ok(()) };
        let Some(asked) = keep::asked(held.process()?, &open.step) else { return Ok(()) };
        let app = self.actor.edition.clone();
        let entity = app.app.entity_named(&held.row.entity).ok_or(CommandError::Case(CaseFault::Gone))?.id;
        let names = |ids: &[model::FieldId]| -> Vec<String> {
            let fields = ids.iter().filter_map(|id| held.edition.app.field(*id));
            fields.filter_map(|field| self.name_of(entity, field)).collect()
        };
        let (edit, require) = (names(&asked.edit), names(&asked.require));
        let Filled { fields, files, expected } = given;
        self.only_these(fields.iter().map(|(name, _)| name).chain(files.iter().map(|(name, _)| name)), &edit)?;
        if !fields.is_empty() {
            self.update(tx, entity, held.row.record, expected, fields).await?;
        }
        for (name, file) in files {
            let kept = self.attach(tx, entity, held.row.record, file).await;
            kept.map_err(|error| beside(error, name))?;
        }
        tx.keep_case_draft(held.row.id, task.into(), None).await?;
        if !passes || require.is_empty() {
            return Ok(());
        }
        let token = self.following(entity, held.row.record)?;
        let Some(stored) = tx.load(&app.app, &token, Lock::None).await? else {
            return Err(CommandError::NotFound { entity, id: held.row.record });
        };
        let lacking = require.iter().filter_map(|name| app.app.field_named(entity, name)).filter(|field| {
            matches!(stored.value(field.id), Value::Null) || *stored.value(field.id) == Value::Text(String::new())
        });
        let faults: Vec<FieldFault> = lacking
            .map(|field| FieldFault {
                index: self.index,
                field: Some(field.name.to_string()),
                code: "required",
                message: words::say(
                    self.actor.locale,
                    format!("请填写“{}”", field.label.get(self.actor.locale)),
                    format!("fill in “{}”", field.label.get(self.actor.locale)),
                ),
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(CommandError::Invalid(faults)) }
    }

    fn only_these<'n>(&self, names: impl Iterator<Item = &'n String>, edit: &[String]) -> Result<(), CommandError> {
        let others = names.filter(|name| !edit.contains(name));
        let faults: Vec<FieldFault> = others
            .map(|name| FieldFault {
                index: self.index,
                field: Some(name.clone()),
                code: "read-only",
                message: words::say(
                    self.actor.locale,
                    format!("本环节不能填写“{name}”"),
                    format!("`{name}` is not filled in at this step"),
                ),
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(CommandError::Invalid(faults)) }
    }

    /// Keeps what somebody has written so far, for when they come back.
    async fn keep_draft(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        task: u32,
        by: UserId,
        draft: &serde_json::Value,
    ) -> Result<(), CommandError> {
        let open = held.case.task(task).filter(|task| task.who == by && task.state == TaskState::Open);
        if open.is_none() {
            return Err(CommandError::Case(CaseFault::Refused(Refusal::Over, String::new())));
        }
        if draft.to_string().len() > 100_000 {
            return Err(self.at_field("draft", "range", "草稿内容过长", "the draft is too long"));
        }
        // What somebody types may be a secret long before it is a value.
        let sealed = self.engine.seal_json(&format!("draft {task}"), held.row.id, draft);
        tx.keep_case_draft(held.row.id, task.into(), Some(&sealed.map_err(StoreError::from)?)).await?;
        Ok(())
    }

    /// Tells cases what has become of the records they are about: what they wait for may be so, and what is due may be due
    /// at another time.
    ///
    /// What a case does in its turn it does as the process, whoever's write has set it off.
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
                self.catch_up(tx, id).await?;
            }
        }
        Ok(())
    }

    /// Has a case learn how its record is now.
    async fn catch_up(&mut self, tx: &mut Tx, id: RecordId) -> Result<(), CommandError> {
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
                && let WaitFor::Record(condition) = &wait.until
                && self.holds_for(tx, held, condition).await?
            {
                events.push(Event::Ready { token: token.number });
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
                dues.push(if follows(when) { self.counted(tx, held, token, when).await? } else { None });
            }
            if dues.iter().any(Option::is_some) {
                events.push(Event::Moved { token: token.number, dues });
            }
        }
        Ok(events)
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
        if held.case.tokens.iter().any(counts) { self.catch_up(tx, id).await } else { Ok(()) }
    }

    /// What is due in a case: as an event, with the people it names.
    pub(crate) async fn case_due(
        &mut self,
        tx: &mut Tx,
        id: RecordId,
        (token, timer, at): (u32, u32, model::Timestamp),
    ) -> Result<(), CommandError> {
        let held = self.take_case(tx, id).await?;
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

/// Whether a moment is another when the record, or the days that are worked, are others.
fn follows(when: &When) -> bool {
    when.from.is_some() || matches!(when.span, Span::WorkingDays(_))
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
