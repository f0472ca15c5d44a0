//! What a case cannot do of what somebody else's write leads to: nobody would answer where it would go, or no path leads on. Whoever
//! wrote has no part in that and may not even see the step, so their write stands. The case stays where it is, or is not begun, and a
//! letter is left that has it tried again. Whoever manages the workflow is told of it. A letter that was tried often enough is parked
//! like any other, and taken up again when accounts or the organisation change and with every day; the next write of the record leaves
//! it anew.
//!
//! Which case it is, is found out by trying: the transaction in which one could not follow is undone and done anew without it.
//!
//! INVARIANT: of what a case did on its way to where it could go no further, nothing is kept.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use app::Area;
use model::{Locale, RecordId, UserId};
use serde_json::{Value as Json, json};
use store::{Claimed, Lock, Notification, OutboxEntry, StoreError, Tx};
use workflow::Refusal;

use super::{Starting, Work, keep::Wake};
use crate::{
    Actor, CaseFault, CommandError, Engine,
    execute::{Trace, from_query, record::Surroundings, rule::reader, words::say},
};

/// Kind of the letters that have what was left tried again.
pub(crate) const BEHIND: &str = "case.behind";

/// Cases that a write is done anew without, one after the other; where there are more, every case is left to a letter.
const MOST_TRIES: usize = 8;

/// What could go no further.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Which {
    /// A case that stays where it is.
    Case(RecordId),
    /// A case of this workflow about this record, which is not begun.
    Begin(String, RecordId),
}

/// What has been found to go no further since a write was tried first. Copies are the same list.
#[derive(Debug, Clone, Default)]
pub(crate) struct Behind(Arc<Mutex<BTreeSet<Which>>>);

impl Behind {
    fn found(&self) -> MutexGuard<'_, BTreeSet<Which>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn many(&self) -> usize {
        self.found().len()
    }

    /// Whether it is left to a letter.
    fn leaves(&self, which: &Which) -> bool {
        let found = self.found();
        found.len() > MOST_TRIES || found.contains(which)
    }

    /// Notes what could go no further, where that is why something was refused.
    fn noted<T>(&self, which: Which, done: Result<T, CommandError>) -> Result<T, CommandError> {
        if done.as_ref().is_err_and(|error| stuck(error).is_some()) {
            self.found().insert(which);
        }
        done
    }

    /// Does what writes; anew, as long as something is found that cannot follow it.
    pub(crate) async fn without<T, E, F>(&self, write: impl Fn() -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        loop {
            let known = self.many();
            let done = write().await;
            if done.is_ok() || self.many() == known {
                return done;
            }
        }
    }
}

/// Why a case can go no further by its own steps, with the step as people call it; `None` for what was refused for another reason.
fn stuck(error: &CommandError) -> Option<(&Refusal, &str)> {
    match error {
        CommandError::Case(CaseFault::Refused(refusal, label)) if refusal.step().is_some() => {
            Some((refusal, label.as_str()))
        }
        _ => None,
    }
}

/// What a letter asks for.
#[derive(Debug, Clone)]
enum Left {
    /// That a case follows how its record is by now.
    Case(RecordId),
    /// That a case is begun; `once` tells this letter from an earlier one that was left for the same.
    Begin { workflow: String, record: RecordId, starter: UserId, once: String },
}

impl Left {
    fn of(payload: &Json) -> Option<Self> {
        let text = |name: &str| payload.get(name).and_then(Json::as_str);
        if let Some(case) = text("case") {
            return Some(Self::Case(case.parse().ok()?));
        }
        Some(Self::Begin {
            workflow: text("workflow")?.to_owned(),
            record: text("record")?.parse().ok()?,
            starter: text("starter")?.parse().ok()?,
            once: text("once")?.to_owned(),
        })
    }
}

impl Work<'_> {
    /// Has a case follow how its record is now, or leaves that to a letter where its steps lead nowhere.
    pub(super) async fn follow_or_leave(&mut self, tx: &mut Tx, id: RecordId) -> Result<(), CommandError> {
        let which = Which::Case(id);
        if self.behind.leaves(&which) {
            // It may have gone with its record.
            let Some(row) = tx.case(id).await? else { return Ok(()) };
            return self.leave_behind(tx, (row.workflow.as_str(), id), json!({"case": id})).await;
        }
        let done = self.catch_up(tx, id).await;
        self.behind.noted(which, done)
    }

    /// Begins a case as a rule says, or leaves that to a letter where its steps lead nowhere.
    pub(crate) async fn begin_or_leave(
        &mut self,
        tx: &mut Tx,
        (workflow, record): (&str, RecordId),
        starter: UserId,
    ) -> Result<(), CommandError> {
        let which = Which::Begin(workflow.to_owned(), record);
        if self.behind.leaves(&which) {
            let once = self.engine.new_id();
            let payload = json!({"workflow": workflow, "record": record, "starter": starter, "once": once});
            return self.leave_behind(tx, (workflow, record), payload).await;
        }
        let starting = Starting { workflow, record, chosen: &[], starter, parent: None, id: None };
        let started = Box::pin(self.start_case(tx, &starting)).await;
        self.behind.noted(which, started.map(drop))
    }

    async fn leave_behind(
        &self,
        tx: &mut Tx,
        (workflow, about): (&str, RecordId),
        payload: Json,
    ) -> Result<(), CommandError> {
        let entry = OutboxEntry {
            id: self.engine.new_id(),
            kind: BEHIND.to_owned(),
            key: format!("{BEHIND}:{workflow}:{about}"),
            payload,
            due: self.actor.now,
        };
        Ok(tx.leave_anew(&entry).await?)
    }

    /// Has a case go on that was left behind.
    pub(super) async fn goes_on(&mut self, tx: &mut Tx, id: RecordId) -> Result<(), CommandError> {
        match self.catch_up(tx, id).await {
            // It went with its record meanwhile.
            Err(CommandError::Case(CaseFault::Unknown)) => Ok(()),
            done => done,
        }
    }

    /// Begins a case that was left, unless that has been done, or there is nothing left to begin it about.
    async fn begins_after_all(&mut self, tx: &mut Tx, starting: &Starting<'_>, once: &str) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let Some(process) = edition.app.workflow_named(starting.workflow) else { return Ok(()) };
        let token = self.following(process.entity, starting.record)?;
        if tx.load(&edition.app, &token, Lock::None).await?.is_none() {
            return Ok(());
        }
        if !tx.once(&format!("{BEHIND}:{once}"), self.engine.now()).await? {
            return Ok(());
        }
        Box::pin(self.start_case(tx, starting)).await.map(drop)
    }

    /// Tells whoever manages the workflow that a case of it can go no further; where nobody does, whoever administers the system.
    /// Each of them once a day.
    async fn tell_who_manages(
        &mut self,
        tx: &mut Tx,
        left: &Left,
        (refusal, label): (&Refusal, &str),
    ) -> Result<(), CommandError> {
        let present = self.actor.edition.clone();
        let (workflow, record, case, edition) = match left {
            Left::Case(id) => {
                let Some(row) = tx.case(*id).await? else { return Ok(()) };
                let edition = self.engine.edition_now(tx, &present, &row).await?;
                (row.workflow, row.record, Some(*id), edition)
            }
            Left::Begin { workflow, record, .. } => (workflow.clone(), *record, None, present),
        };
        let Some(process) = edition.app.workflow_named(&workflow) else { return Ok(()) };
        let entity = edition.app.entity(process.entity).map(|entity| entity.name.to_string());
        let step = refusal.step().and_then(|step| process.step(step));
        let said = Locale::ALL.into_iter().map(|locale| {
            let step = step.map_or(label, |step| step.label.get(locale));
            let text = sentence(locale, (refusal, case.is_some()), process.label.get(locale), step);
            (locale.tag().to_owned(), Json::from(text))
        });
        let text = Json::Object(said.collect());
        let managers = self.managers(tx, &workflow, record).await?;
        let (people, payload) = match (managers.is_empty(), case) {
            (true, _) => (self.operators(tx).await?, json!({"text": text})),
            (false, Some(case)) => (managers, json!({"case": case, "workflow": workflow, "text": text})),
            (false, None) => {
                (managers, json!({"entity": entity, "record": record, "workflow": workflow, "text": text}))
            }
        };
        // Only of a case that is theirs to manage is there a page for them.
        let kind = if payload.get("case").is_some() { "case" } else { "behind" };
        let today = self.actor.now.to_zoned_datetime(self.actor.edition.zone.clone()).date();
        let about = case.unwrap_or(record);
        let place = refusal.step().unwrap_or_default();
        let notice = |account: UserId| Notification {
            id: self.engine.new_id(),
            account,
            kind: kind.to_owned(),
            payload: payload.clone(),
            at: self.engine.now(),
            read_at: None,
            due: None,
            key: Some(format!("{BEHIND}:{workflow}:{about}:{place}:{today}:{account}")),
        };
        let notices = people.into_iter().map(notice).collect();
        self.inform(tx, notices).await
    }

    /// Who manages the cases of a workflow about a record, by a role they were given.
    async fn managers(&self, tx: &mut Tx, workflow: &str, record: RecordId) -> Result<Vec<UserId>, CommandError> {
        let edition = self.actor.edition.clone();
        let mut found = Vec::new();
        let manages =
            |role: &&app::Role| role.workflows.iter().any(|grant| grant.manage && grant.workflow == *workflow);
        for role in edition.app.roles().iter().filter(manages) {
            for account in tx.accounts_with(role.name.as_str()).await? {
                let who = reader(&account, self.actor);
                if !found.contains(&account.id) && self.engine.manages_now(tx, &who, workflow, record).await? {
                    found.push(account.id);
                }
            }
        }
        Ok(found)
    }

    /// Who administers the system for everybody, and so sees the letters that were given up.
    async fn operators(&self, tx: &mut Tx) -> Result<Vec<UserId>, CommandError> {
        let edition = self.actor.edition.clone();
        let mut found = Vec::new();
        for role in edition.app.roles().iter().filter(|role| role.administers == Some(Area::System)) {
            for account in tx.accounts_with(role.name.as_str()).await? {
                if !found.contains(&account.id) && reader(&account, self.actor).administers_all(Area::System) {
                    found.push(account.id);
                }
            }
        }
        Ok(found)
    }
}

/// What they are told. `runs` when the case is there and stays where it is.
fn sentence(locale: Locale, (refusal, runs): (&Refusal, bool), workflow: &str, step: &str) -> String {
    let (zh, en) = match refusal {
        Refusal::NoPath(_) => (format!("“{step}”没有一条分支的条件成立"), format!("no path leads on from “{step}”")),
        Refusal::Circle(_) => (format!("环节在“{step}”处来回循环"), format!("its steps lead in a circle at “{step}”")),
        _ => (
            format!("“{step}”找不到处理人，安排好人员后会自动继续"),
            format!("nobody would answer at “{step}”; it goes on by itself once somebody can"),
        ),
    };
    let (zh, en) = if runs {
        (format!("“{workflow}”停住了：{zh}"), format!("“{workflow}” is stuck: {en}"))
    } else {
        (format!("“{workflow}”没能发起：{zh}"), format!("“{workflow}” could not begin: {en}"))
    };
    say(locale, zh, en)
}

impl Engine {
    /// Works in one transaction, and anew without each case that cannot follow what is written.
    ///
    /// # Errors
    /// What the work answers.
    pub(crate) async fn working<T, E, F>(
        &self,
        (actor, around, trace): (&Actor, &Surroundings, Trace),
        work: F,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> Fn(Work<'t>, &'t mut Tx) -> store::Work<'t, T, E> + Send + Sync + 'static,
    {
        let behind = Behind::default();
        let shared = Arc::new((self.clone(), actor.clone(), around.clone(), behind.clone(), work));
        let write = || {
            let shared = shared.clone();
            self.inner.store.write(self.asking(actor), move |tx: &mut Tx| {
                let shared = shared.clone();
                Box::pin(async move {
                    let (engine, actor, around, behind, work) = &*shared;
                    let mut begun = Work::new(engine, actor, around.clone(), trace);
                    begun.behind = behind.clone();
                    work(begun, tx).await
                })
            })
        };
        behind.without(write).await
    }

    /// Tries again what a letter was left for. Whoever manages the workflow is told where it still cannot be done.
    pub(crate) async fn try_what_was_left(&self, letter: &Claimed) -> Result<(), CommandError> {
        let Some(left) = Left::of(&letter.entry.payload) else { return Ok(()) };
        let done = match &left {
            Left::Case(id) => self.wake_case(*id, Wake::Behind).await,
            Left::Begin { .. } => self.begin_what_was_left(&left).await,
        };
        if let Err(error) = &done
            && let Some((refusal, label)) = stuck(error)
        {
            self.tell_of_stuck(&left, (refusal, label)).await?;
        }
        done
    }

    async fn begin_what_was_left(&self, left: &Left) -> Result<(), CommandError> {
        let actor = self.system();
        let calendar = self.calendar(&actor).await.map_err(from_query)?;
        let around = Surroundings::of(&actor, actor.edition.zone.clone(), calendar);
        let left = Arc::new(left.clone());
        let began = self.working((&actor, &around, Trace::Kept), move |mut work, tx| {
            let left = left.clone();
            Box::pin(async move {
                work.tells = true;
                if let Left::Begin { workflow, record, starter, once } = &*left {
                    let (record, starter) = (*record, *starter);
                    let starting = Starting { workflow, record, chosen: &[], starter, parent: None, id: None };
                    work.begins_after_all(tx, &starting, once).await?;
                }
                work.finish(tx).await?;
                Ok::<_, CommandError>(work.pending.touched())
            })
        });
        self.announce_all(began.await?);
        Ok(())
    }

    async fn tell_of_stuck(&self, left: &Left, (refusal, label): (&Refusal, &str)) -> Result<(), CommandError> {
        let actor = self.system();
        let calendar = self.calendar(&actor).await.map_err(from_query)?;
        let around = Surroundings::of(&actor, actor.edition.zone.clone(), calendar);
        let shared = Arc::new((left.clone(), refusal.clone(), label.to_owned()));
        let told = self.working((&actor, &around, Trace::None), move |mut work, tx| {
            let shared = shared.clone();
            Box::pin(async move {
                let (left, refusal, label) = &*shared;
                work.tell_who_manages(tx, left, (refusal, label)).await?;
                Ok::<_, CommandError>(work.pending.touched())
            })
        });
        self.announce_all(told.await?);
        Ok(())
    }

    /// Has what was left and given up tried again, because somebody may be there by now.
    pub(crate) async fn take_up_what_was_left(&self) -> Result<(), CommandError> {
        let now = self.now();
        let taken = self.store().tend(move |tx: &mut Tx| Box::pin(async move { tx.take_up(BEHIND, now).await }));
        Ok(taken.await.map(drop)?)
    }
}
