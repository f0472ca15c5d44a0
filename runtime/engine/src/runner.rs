//! The job runner: does what the outbox asks for, after the transaction that asked is committed.
//!
//! Every node runs one. A letter is claimed with a lease, done, and marked done; a failure is tried again with growing
//! pauses and parked where an administrator sees it after [`MOST_ATTEMPTS`]. Effects carry the letter's key, so that doing
//! one twice (a node died between doing and marking) does no harm.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use jiff::SignedDuration;
use model::{EntityId, RecordId, Timestamp};
use policy::List;
use serde_json::json;
use store::{Boxed, Claimed, Kinds, OutboxEntry, Tx};

use crate::{
    CommandError, Engine,
    days::{CASES, DAYS},
    execute::{
        BEHIND, DUE as CASE, Trace,
        call::CALL,
        record::Surroundings,
        rule::{MAKE, REFUSED, STOPPED, TIMER},
    },
    purge::FORGET,
    renew::{ANEW, FOLLOW},
};

/// Letters claimed at once.
const BATCH: u32 = 100;
/// How long a claim is held before another node may take it.
const LEASE: SignedDuration = SignedDuration::from_secs(60);
/// Tries before a letter is parked.
const MOST_ATTEMPTS: i64 = 8;
/// Longest pause between looks at the outbox: what another process leaves there waits no longer.
const IDLE: Duration = Duration::from_millis(500);
/// Shortest pause where there was nothing to do.
const BREATH: Duration = Duration::from_millis(10);
/// Records recomputed by one transaction of the daily refresh.
const REFRESH: usize = 200;
/// Done letters are kept for a day, for whoever asks what happened.
const KEPT: SignedDuration = SignedDuration::from_hours(24);

/// What was done once is known for a year and a month: nothing that comes round yearly is done twice.
const DONE: SignedDuration = SignedDuration::from_hours(400 * 24);

/// Kind of the letters that follow every write.
const CHANGED: &str = "record.changed";
/// Kind of the timer that brings what depends on the day up to date.
const DAY: &str = "day.begins";

/// What is made anew for every record of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anew {
    /// The computed values.
    Computed,
    /// What search looks into. The computed values are looked at on the way, and say what they said.
    Search,
    /// Both.
    Both,
    /// The computed values, because a day has begun: what becomes so by that is told as after a write.
    Day,
}

/// Seconds for which claims are held, where a test says so; 0 where none does.
#[derive(Debug, Default)]
pub(crate) struct Lease(AtomicI64);

impl Engine {
    /// Has claims held for so many seconds and not for a minute: for tests that end a process and do not wait as long.
    pub fn hold_claims_for(&self, seconds: i64) {
        self.inner.lease.0.store(seconds.max(0), Ordering::Relaxed);
    }

    /// When what is claimed now is free again, if nobody says before that it is done.
    pub(crate) fn claimed_until(&self, now: Timestamp) -> Timestamp {
        let lease = match self.inner.lease.0.load(Ordering::Relaxed) {
            0 => LEASE,
            seconds => SignedDuration::from_secs(seconds),
        };
        now.saturating_add(lease).unwrap_or(now)
    }

    /// Runs until `stop` resolves. Faults of the database are logged and waited out.
    pub async fn run_outbox(&self, stop: impl Future<Output = ()>) {
        let runner = self.new_id().to_string();
        let (stopped, stops) = tokio::sync::watch::channel(false);
        let calls = self.run_calls(&runner, stops);
        let letters = async {
            self.run_letters(&runner, stop).await;
            let _ = stopped.send(true);
        };
        tokio::join!(letters, calls);
    }

    /// Has plugins called until it is told to stop. Beside the other letters: a plugin may take seconds, and a timer may not.
    async fn run_calls(&self, runner: &str, mut stops: tokio::sync::watch::Receiver<bool>) {
        loop {
            let pause = match self.call_plugins(runner).await {
                // Cases of versions before may still call what this one has no more.
                Ok(0) if self.edition().app.plugins().is_empty() => IDLE * 4,
                Ok(0) => IDLE,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!(%error, "the calls of plugins cannot be read");
                    IDLE * 4
                }
            };
            tokio::select! {
                _ = stops.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    async fn run_letters(&self, runner: &str, stop: impl Future<Output = ()>) {
        tokio::pin!(stop);
        loop {
            let pause = match self.turn_letters(runner).await {
                Ok(0) => self.idle().await,
                Ok(_) => Duration::ZERO,
                Err(error) => {
                    tracing::warn!(%error, "the outbox cannot be read");
                    IDLE * 4
                }
            };
            tokio::select! {
                () = &mut stop => {
                    // Where it fails the lease ends by itself.
                    let _ = self.place_entries(runner).await;
                    let _ = self.store().resign(crate::ledger::TASK, runner).await;
                    let _ = self.send_entries(runner).await;
                    let _ = self.store().resign(crate::send::TASK, runner).await;
                    let _ = self.store().resign(crate::snapshot::TASK, runner).await;
                    return;
                }
                () = tokio::time::sleep(pause) => {}
            }
        }
    }

    /// How long to wait where nothing was due: until the next letter is, so that timers go off at their moment. What is due
    /// already was written since: it waits for what others write meanwhile, so that many writes make one turn and not many.
    async fn idle(&self) -> Duration {
        let Ok(Some(due)) = self.store().outbox().next_due().await else { return IDLE };
        pause(due.duration_since(self.now()))
    }

    /// Does what is due now. Answers how many letters were done; for tests, and the runner's one step.
    ///
    /// # Errors
    /// The database failed; what was claimed is free again after its lease.
    pub fn turn<'a>(&'a self, runner: &'a str) -> Boxed<'a, Result<usize, CommandError>> {
        Box::pin(async move {
            let letters = self.turn_letters(runner).await?;
            Ok(letters + self.call_plugins(runner).await?)
        })
    }

    /// [`Engine::turn`] without the calls of plugins.
    fn turn_letters<'a>(&'a self, runner: &'a str) -> Boxed<'a, Result<usize, CommandError>> {
        Box::pin(async move {
            self.schedule_day().await?;
            self.schedule_rules().await?;
            // The ledger's own trouble is logged and must not keep effects from leaving.
            if let Err(error) = self.place_entries(runner).await {
                tracing::error!(%error, "entries of the ledger cannot be given their positions");
            }
            self.watch_ledger().await?;
            if let Err(error) = self.watch_for_intrusion().await {
                tracing::error!(%error, "what is alarming cannot be told");
            }
            if let Err(error) = self.send_entries(runner).await {
                tracing::error!(%error, "entries of the ledger cannot be sent on; they are tried again");
            }
            // Numbers that are kept late are no reason to keep effects from leaving.
            let kept = match self.keep_numbers(runner).await {
                Ok(many) => many,
                Err(error) => {
                    tracing::error!(%error, "numbers that are kept cannot be brought up to date");
                    0
                }
            };
            let now = self.now();
            let outbox = self.store().outbox();
            let until = self.claimed_until(now);
            let claimed = outbox.claim_kinds(runner, Kinds::AllBut(CALL), now, until, BATCH).await?;
            let many = claimed.len();
            let (news, others): (Vec<_>, Vec<_>) = claimed.into_iter().partition(|letter| letter.entry.kind == CHANGED);
            // Before the letters are done, so that whatever is killed here is looked at again.
            let looked = self.look_again(&news).await;
            if let Err(error) = &looked {
                tracing::error!(%error, "the alerts of a rule cannot be kept");
            }
            match &looked {
                // What the database could not do now it may do later, and the other letters do not wait for it.
                Err(error @ CommandError::Store(_)) => {
                    for letter in &news {
                        let retry = (letter.attempts + 1 < MOST_ATTEMPTS).then(|| self.next_try(letter.attempts));
                        outbox.fail(runner, letter.entry.id, &explained(error), retry).await?;
                    }
                }
                // A question that cannot be asked is not asked better again; the day looks at everything once more.
                Ok(()) | Err(_) => {
                    let done: Vec<RecordId> = news.iter().map(|letter| letter.entry.id).collect();
                    outbox.complete_all(runner, &done).await?;
                }
            }
            self.tell(&news);
            if let Err(error) = self.follow_leavers(&news).await {
                tracing::error!(%error, "accounts of people who left cannot be disabled; the day looks again");
            }
            if let Err(error) = self.follow_organisation(&news).await {
                tracing::error!(%error, "what cases could not do cannot be tried again; the day does that");
            }
            for letter in others {
                let done = self.effect(&letter).await;
                self.settle(runner, &letter, &done).await?;
            }
            Ok(many + kept)
        })
    }

    /// Puts down what became of a letter, with the letters of what is left of it, in one transaction.
    pub(crate) async fn settle(
        &self,
        runner: &str,
        letter: &Claimed,
        done: &Result<Vec<OutboxEntry>, CommandError>,
    ) -> Result<(), store::StoreError> {
        let (outbox, id) = (self.store().outbox(), letter.entry.id);
        match done {
            Ok(left) => drop(outbox.complete_leaving(runner, id, left).await?),
            Err(error) => {
                // What is refused again waits for an administrator at once.
                let again = letter.attempts + 1 < MOST_ATTEMPTS && !error.is_final();
                tracing::warn!(%error, kind = letter.entry.kind, "an effect failed");
                if again {
                    outbox.fail(runner, id, &explained(error), Some(self.next_try(letter.attempts))).await?;
                } else {
                    outbox.give_up(runner, id, &explained(error), &self.left_without(&letter.entry)).await?;
                }
            }
        }
        Ok(())
    }

    /// Disables the accounts of people who left and those that nobody uses.
    async fn tend_accounts(&self) -> Result<(), CommandError> {
        self.disable_leavers(None).await?;
        self.disable_unused().await?;
        Ok(())
    }

    /// Disables the accounts of people whose records say, since a moment ago, that they left.
    async fn follow_leavers(&self, news: &[Claimed]) -> Result<(), store::StoreError> {
        let edition = self.edition();
        let person = edition.app.organisation().person.and_then(|person| edition.app.entity(person));
        let Some(person) = person else { return Ok(()) };
        let about = |letter: &&Claimed| {
            letter.entry.payload.get("entity").and_then(|name| name.as_str()) == Some(person.name.as_str())
        };
        for letter in news.iter().filter(about) {
            let ids = letter.entry.payload.get("ids").and_then(|ids| ids.as_array());
            let ids: Vec<RecordId> = ids.into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok()).collect();
            // Where the letter names nobody there are too many to name.
            self.disable_leavers(if ids.is_empty() { None } else { Some(&ids) }).await?;
        }
        Ok(())
    }

    /// Has what cases could not do tried again where people, units or who works where changed: somebody may be found now.
    async fn follow_organisation(&self, news: &[Claimed]) -> Result<(), CommandError> {
        let edition = self.edition();
        let known = edition.app.organisation();
        let bears = |entity: EntityId| [known.person, known.unit, known.assignment].contains(&Some(entity));
        let about = |letter: &Claimed| {
            let named = letter.entry.payload.get("entity").and_then(|name| name.as_str());
            named.and_then(|name| edition.app.entity_named(name)).is_some_and(|entity| bears(entity.id))
        };
        if news.iter().any(about) { self.take_up_what_was_left().await } else { Ok(()) }
    }

    /// Tells this process's watchers what others wrote: the command line, or a node whose letters this one took.
    fn tell(&self, news: &[Claimed]) {
        let edition = self.edition();
        for letter in news {
            let named = letter.entry.payload.get("entity").and_then(|name| name.as_str());
            let Some(entity) = named.and_then(|name| edition.app.entity_named(name)) else { continue };
            let ids = letter.entry.payload.get("ids").and_then(|ids| ids.as_array()).map_or(&[][..], Vec::as_slice);
            let ids = ids.iter().filter_map(|id| id.as_str()?.parse().ok()).take(100).collect();
            self.announce(crate::Change { entity: entity.id, ids });
        }
    }

    /// 2, 4, 8 … seconds, with up to a second more taken from a new id, so that many nodes do not try at once.
    fn next_try(&self, attempts: i64) -> Timestamp {
        let pause = 1_i64 << attempts.clamp(0, 10).saturating_add(1);
        let jitter = i64::try_from(self.new_id().as_u128() % 1000).unwrap_or(0);
        let now = self.now();
        now.saturating_add(SignedDuration::from_millis(pause * 1000 + jitter)).unwrap_or(now)
    }

    /// Does what a letter asks for. Answers the letters of what is left of it.
    async fn effect(&self, letter: &Claimed) -> Result<Vec<OutboxEntry>, CommandError> {
        let done = match letter.entry.kind.as_str() {
            DAY => {
                // Each for itself: an alert that is refused must not keep what is too old from being swept.
                let refreshed = self.refresh_day().await;
                let numbers = self.numbers_due_today().await;
                let unified = self.keep_unified().await;
                let looked = self.look_at_everything().await;
                let told = self.tell_of_declines(None).await;
                let swept = self.sweep().await;
                let accounts = self.tend_accounts().await;
                let left = self.take_up_what_was_left().await;
                let emptied = self.empty_bins().await.map(drop).and(left);
                refreshed.and(numbers).and(unified).and(looked).and(told).and(swept).and(accounts).and(emptied)
            }
            TIMER => self.run_rule(&letter.entry.payload).await,
            // What was stopped comes here when an administrator has it carried out after all.
            MAKE => self.make_record(letter).await,
            STOPPED => self.do_after_all(letter).await,
            REFUSED => self.look_at_refused(&letter.entry.payload).await,
            CASE => self.ring_case(&letter.entry.payload).await,
            BEHIND => self.try_what_was_left(letter).await,
            FORGET => self.forget_contents(&letter.entry.payload).await,
            FOLLOW => self.follow(&letter.entry.payload).await,
            ANEW => return self.renew(&letter.entry.payload).await,
            DAYS => return self.count_days_anew(&letter.entry.payload).await,
            CASES => return self.count_cases_anew(&letter.entry.payload).await,
            store::TERM_STANDS => self.tell_where_it_stands(&letter.entry.payload).await,
            // A kind from a newer version of Loam: tried again until such a node takes it, then parked.
            _ => Err(CommandError::Store(store::StoreError::Misfit("this version does not know the kind of effect"))),
        };
        done.map(|()| Vec::new())
    }

    /// Removes what is kept for a while only.
    async fn sweep(&self) -> Result<(), CommandError> {
        let before = self.now().saturating_sub(KEPT).unwrap_or_else(|_| self.now());
        self.store().outbox().sweep(before).await?;
        self.store().idempotency().sweep(before).await?;
        self.store().sessions().sweep(self.now()).await?;
        self.store().forget_once(self.now().saturating_sub(DONE).unwrap_or_else(|_| self.now())).await?;
        self.end_uploads().await?;
        self.purge_daily().await?;
        // A change of the key that was cut short goes on.
        if let Err(error) = self.reseal_fields().await {
            tracing::error!(%error, "secrets of records cannot be brought under the present key");
        }
        if let Err(error) = self.reseal_kept().await {
            tracing::error!(%error, "drafts and kept answers cannot be brought under the present key");
        }
        Ok(())
    }

    /// Leaves one timer per day and edition, keyed so that all nodes together leave one.
    async fn schedule_day(&self) -> Result<(), CommandError> {
        let actor = self.system();
        let today = actor.now.to_zoned_datetime(actor.edition.zone.clone()).date();
        let key = format!("{DAY}:{}:{today}", actor.edition.version);
        if actor.edition.version == 0 || !self.once_a_day(&key) {
            return Ok(());
        }
        let entry = OutboxEntry {
            id: self.new_id(),
            kind: DAY.to_owned(),
            key,
            payload: json!({ "day": today.to_string() }),
            due: actor.now,
        };
        self.inner
            .store
            .write(self.asking(&actor), move |tx: &mut Tx| {
                let entry = entry.clone();
                Box::pin(async move { Ok::<_, CommandError>(tx.outbox(&[entry]).await?) })
            })
            .await
    }

    /// Recomputes what depends on the day, in batches that let other writes in between.
    ///
    /// # Errors
    /// The database failed; the records done so far are done.
    pub async fn refresh_day(&self) -> Result<(), CommandError> {
        let edition = self.edition();
        for entity in edition.app.entities() {
            let daily = |id: &model::FieldId| edition.app.field(*id).is_some_and(app::Field::uses_day);
            if entity.computed.iter().any(daily) {
                self.recompute_all(entity.id, Anew::Day).await?;
            }
        }
        Ok(())
    }

    /// Recomputes every record of an entity and what follows from it: after a formula was added or changed, and daily.
    ///
    /// # Errors
    /// The database failed.
    pub fn recompute_all<'a>(&'a self, entity: EntityId, anew: Anew) -> Boxed<'a, Result<(), CommandError>> {
        Box::pin(async move {
            let mut after: Option<(Vec<model::Value>, RecordId)> = None;
            loop {
                let actor = self.system();
                let limit = u32::try_from(REFRESH).unwrap_or(u32::MAX);
                let list = List { after: after.take(), ..List::all(entity, limit) };
                let page = self.query(&actor, list).await.map_err(crate::execute::from_query)?;
                let ids: Vec<RecordId> = page.rows.iter().map(|row| row.id).collect();
                self.recompute_records(entity, ids, anew).await?;
                match page.next {
                    Some(next) => after = Some(next),
                    None => return Ok(()),
                }
            }
        })
    }

    async fn recompute_records(&self, entity: EntityId, ids: Vec<RecordId>, anew: Anew) -> Result<(), CommandError> {
        let actor = self.system();
        let calendar = self.calendar(&actor).await.map_err(crate::execute::from_query)?;
        let around = Surroundings::of(&actor, actor.edition.zone.clone(), calendar);
        let ids = Arc::new(ids);
        let trace = match anew {
            Anew::Computed | Anew::Day => Trace::None,
            Anew::Search | Anew::Both => Trace::Refill,
        };
        self.working((&actor, &around, trace), move |mut work, tx| {
            let ids = ids.clone();
            Box::pin(async move {
                work.tells = anew == Anew::Day;
                for id in ids.iter() {
                    work.pending.recompute(entity, *id);
                }
                work.finish(tx).await
            })
        })
        .await
    }
}

/// How long to wait where the next letter is due after so long, or since so long.
fn pause(left: SignedDuration) -> Duration {
    match Duration::try_from(left) {
        Ok(left) if !left.is_zero() => left.clamp(BREATH, IDLE),
        _ => IDLE,
    }
}

/// What went wrong, for whoever decides what becomes of it: faults name their fields, and no value.
pub(crate) fn explained(error: &CommandError) -> String {
    let CommandError::Invalid(faults) = error else { return error.to_string() };
    let each = faults.iter().map(|fault| match &fault.field {
        Some(field) => format!("{field}: {}", fault.code),
        None => fault.code.to_owned(),
    });
    format!("{error}: {}", each.collect::<Vec<_>>().join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_is_waited_for_and_what_was_just_written_waits_for_more() {
        assert_eq!(pause(SignedDuration::from_millis(120)), Duration::from_millis(120));
        assert_eq!(pause(SignedDuration::from_millis(2)), BREATH);
        for (left, why) in [(60_000, "others may write meanwhile"), (0, "due now"), (-3, "written since")] {
            assert_eq!(pause(SignedDuration::from_millis(left)), IDLE, "{why}");
        }
    }
}
