//! Computed values that are brought up to date after the fact, as jobs that a runner does while requests keep working.
//!
//! There are two: what follows from a write and is more than one transaction should do, and values anew for every record of an
//! entity whose formulas were added or changed, or count working days when these are others ([`crate::days`]). Each job is a letter
//! of the outbox. What a write or a publish asks for is left in its own transaction; what is left of a job is another letter, left in the
//! one that marks the letter as done. So a node may end at any moment: at most a part is done twice, which comes to the same values.
//!
//! What a publish renews is one job ([`plan`]): an entity after the other, and what adds up their records after all of them. Done with
//! every part, a record above very many would be added up as often as there are parts. A part that fails for good is parked, and the
//! job goes on with what comes after its entity, so that what adds up is never older than what it adds up; taken up again, it
//! goes on from where it was, and with all that comes after it once more.

mod plan;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use app::{App, Entity};
use formula::Predicate;
use jiff::SignedDuration;
use model::{EntityId, RecordId};
use policy::{Aggregate, List, Measure};
use serde_json::{Value as Json, json};
use store::{Boxed, Kinds, OutboxEntry, Tx};

use crate::{
    Actor, CommandError, Engine,
    days::{CASES, changed_since, is_of_days},
    execute::{Trace, Work, from_query, record::Surroundings},
    runner::Anew,
};

/// Kind of the letters that carry on what follows from a write.
pub const FOLLOW: &str = "values.follow";
/// Kind of the letters that compute values anew for every record of an entity.
pub const ANEW: &str = "values.anew";

/// Records that one transaction of somebody's command brings up to date; what follows beyond them is a job.
pub(crate) const MOST: usize = 2_000;
/// Records of one letter that carries on.
const PART: usize = 500;
/// How often a job may carry on: beyond that it goes in circles.
const MOST_ROUNDS: u64 = 1_000;
/// Records computed anew by one transaction.
const PAGE: u32 = 200;
/// Transactions by one letter, so that it ends well within its lease and its progress shows.
const PAGES: usize = 10;
/// Between looks at a job that another process does.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a process that asked for values anew holds a letter.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// Whether the conditions of a record are asked again once its values are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ask {
    /// As after every write.
    Again,
    /// They are not: what other working days bring about is so, and nobody is there to be refused.
    Not,
}

/// How far a job is, as its letter says; `None` for other letters.
pub fn progress(entry: &OutboxEntry) -> Option<(u64, u64)> {
    let number = |name: &str| entry.payload.get(name).and_then(Json::as_u64);
    match entry.kind.as_str() {
        ANEW | CASES => {
            let (before, done, of) = (number("before").unwrap_or(0), number("done")?, number("of")?);
            let then = entry.payload.get("then").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
            let to_come: u64 = then.iter().filter_map(|step| step.get("of")?.as_u64()).sum();
            Some((before + done, before + of.max(done) + to_come))
        }
        FOLLOW => Some((0, u64::try_from(entry.payload.get("ids")?.as_array()?.len()).ok()?)),
        _ => None,
    }
}

impl Work<'_> {
    /// Leaves what is still to be brought up to date to jobs, in this transaction.
    pub(crate) async fn follow_later(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        if self.round > MOST_ROUNDS {
            return Err(CommandError::Store(store::StoreError::Misfit("values that follow one another without end")));
        }
        let edition = self.actor.edition.clone();
        let mut letters = Vec::new();
        for (entity, ids) in self.pending.drain() {
            let Some(entity) = edition.app.entity(entity) else { continue };
            for part in ids.chunks(PART) {
                let ids: Vec<String> = part.iter().map(ToString::to_string).collect();
                let id = self.engine.new_id();
                let payload = json!({"entity": entity.name.as_str(), "ids": ids, "round": self.round + 1});
                letters.push(OutboxEntry {
                    id,
                    kind: FOLLOW.to_owned(),
                    key: format!("{FOLLOW}:{id}"),
                    payload,
                    due: self.actor.now,
                });
            }
        }
        tx.outbox(&letters).await?;
        Ok(())
    }
}

impl Engine {
    /// Carries on what follows from a write.
    pub(crate) async fn follow(&self, payload: &Json) -> Result<(), CommandError> {
        let actor = self.system();
        let named = payload.get("entity").and_then(Json::as_str);
        // An entity that is gone has no values to bring up to date.
        let Some(entity) = named.and_then(|name| actor.edition.app.entity_named(name)) else { return Ok(()) };
        let ids = payload.get("ids").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
        let ids: Vec<RecordId> = ids.iter().filter_map(|id| id.as_str()?.parse().ok()).collect();
        let round = payload.get("round").and_then(Json::as_u64).unwrap_or(0);
        self.recompute_some(&actor, entity.id, ids, (Trace::Kept, Ask::Again), round, &Arc::default()).await
    }

    /// The letter of what a publish renews: what the app computes otherwise than the one that runs, and what adds that up. Requests keep
    /// working meanwhile; how far it is shows among the letters of the outbox.
    pub(crate) async fn renewal_by(&self, app: &App, version: i64) -> Vec<OutboxEntry> {
        let actor = self.system();
        let before = &actor.edition.app;
        let mut steps = Vec::new();
        for (entity, search) in plan::order(app, &plan::needed(before, app)) {
            let Some(entity) = app.entity(entity) else { continue };
            // Counted for whoever watches, and for nothing else: where the database fails the publish says so.
            let of = match plan::known(before, entity) {
                Some(known) => self.how_many(&actor, known.id, Predicate::always()).await.unwrap_or(0),
                None => 0,
            };
            steps.push(step(entity, search, of));
        }
        self.after(&actor, &json!({"edition": version, "then": steps}))
    }

    /// What is left of a job of which a part is given up: what comes after the entity of that part.
    pub(crate) fn left_without(&self, given_up: &OutboxEntry) -> Vec<OutboxEntry> {
        match given_up.kind.as_str() {
            ANEW => self.after(&self.system(), &given_up.payload),
            _ => Vec::new(),
        }
    }

    /// Does here what publishes left to be renewed, as far as no runner has taken it, and waits for what one has. Tells how
    /// many records are done, of how many, after every part.
    ///
    /// # Errors
    /// The database failed, or a part did: all that could be done is done then, and what failed is left to whichever runner comes
    /// next, or parked.
    pub async fn renew_now(&self, mut tell: impl FnMut(u64, u64) + Send) -> Result<(), CommandError> {
        let runner = self.new_id().to_string();
        let outbox = self.store().outbox();
        let mut failed = None;
        loop {
            let now = self.now();
            let until = now.saturating_add(LEASE).unwrap_or(now);
            let claimed = outbox.claim_kinds(&runner, Kinds::Only(ANEW), now, until, 1).await?;
            for letter in &claimed {
                let done = self.renew(&letter.entry.payload).await;
                self.settle(&runner, letter, &done).await?;
                failed = failed.or(done.err());
            }
            // By this moment: what was just left is due since a moment ago.
            let jobs = outbox.pending(ANEW, self.now(), 1_000).await?;
            let Some((done, of)) = jobs.iter().filter_map(progress).reduce(|a, b| (a.0 + b.0, a.1 + b.1)) else {
                return failed.map_or(Ok(()), Err);
            };
            tell(done, of);
            if claimed.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Computes values anew for the next records of a job. Answers the letter of what is left of it.
    pub(crate) fn renew<'a>(&'a self, payload: &'a Json) -> Boxed<'a, Result<Vec<OutboxEntry>, CommandError>> {
        Box::pin(async move {
            // A node that has not noticed the publish would find nothing to compute, and the job would be done without having been.
            let asked = payload.get("edition").and_then(Json::as_i64).unwrap_or_default();
            let old = || self.edition().version < asked;
            if old() && (self.refresh().await.is_err() || old()) {
                return Err(CommandError::NewEdition);
            }
            let actor = self.system();
            let app = &actor.edition.app;
            // An entity that is gone has no values to bring up to date.
            let Some(entity) = named(app, payload) else { return Ok(self.after(&actor, payload)) };
            if self.comes_again(ANEW, payload).await? {
                return Ok(Vec::new());
            }
            let search = payload.get("search").and_then(Json::as_bool) == Some(true);
            // That other days are worked is somebody's act, and so is what follows from it.
            let trace = if is_of_days(payload) {
                Trace::Kept
            } else if search {
                Trace::Refill
            } else {
                Trace::None
            };
            let ask = if is_of_days(payload) { Ask::Not } else { Ask::Again };
            let within = changed_since(app, entity, payload);
            let then = then(app, payload);
            let to_come: BTreeSet<EntityId> = then.iter().filter_map(|step| named(app, step)).collect();
            let later = Arc::new(plan::left_to(app, &to_come));
            let mut left = payload.clone();
            put(&mut left, "then", Json::Array(then));
            let mut after: Option<RecordId> =
                payload.get("after").and_then(Json::as_str).and_then(|id| id.parse().ok());
            let mut done = payload.get("done").and_then(Json::as_u64).unwrap_or(0);
            for _ in 0..PAGES {
                let page = self.query(&actor, all_of(entity, within.clone(), after)).await.map_err(from_query)?;
                let ids: Vec<RecordId> = page.rows.iter().map(|row| row.id).collect();
                done += u64::try_from(ids.len()).unwrap_or(0);
                after = ids.last().copied().or(after);
                self.recompute_some(&actor, entity, ids, (trace, ask), 0, &later).await?;
                put(&mut left, "done", json!(done));
                if page.next.is_none() {
                    return Ok(self.after(&actor, &left));
                }
            }
            put(&mut left, "after", json!(after.map(|id| id.to_string())));
            Ok(vec![self.renewal(&actor, left)])
        })
    }

    /// The letter of what comes after the entity of one; none where nothing does.
    fn after(&self, actor: &Actor, payload: &Json) -> Vec<OutboxEntry> {
        let mut steps = then(&actor.edition.app, payload).into_iter();
        let Some(step) = steps.next() else { return Vec::new() };
        let number = |name: &str| payload.get(name).and_then(Json::as_u64).unwrap_or(0);
        let payload = json!({
            "entity": step.get("entity"),
            "search": step.get("search"),
            "edition": payload.get("edition"),
            "after": null,
            "before": number("before") + number("done"),
            "done": 0,
            "of": step.get("of"),
            "then": steps.collect::<Vec<_>>(),
        });
        vec![self.renewal(actor, payload)]
    }

    pub(crate) fn renewal(&self, actor: &Actor, payload: Json) -> OutboxEntry {
        let id = self.new_id();
        OutboxEntry { id, kind: ANEW.to_owned(), key: format!("{ANEW}:{id}"), payload, due: actor.now }
    }

    /// Leaves letters in a transaction of their own.
    pub(crate) async fn post(&self, actor: &Actor, letters: Vec<OutboxEntry>) -> Result<(), CommandError> {
        let letters = Arc::new(letters);
        self.store()
            .write(self.asking(actor), move |tx: &mut Tx| {
                let letters = letters.clone();
                Box::pin(async move { Ok::<_, CommandError>(tx.outbox(&letters).await?) })
            })
            .await
    }

    pub(crate) async fn how_many(
        &self,
        actor: &Actor,
        entity: EntityId,
        within: Predicate,
    ) -> Result<u64, CommandError> {
        let count = Aggregate {
            entity,
            period: None,
            group: Vec::new(),
            measures: vec![Measure::Count],
            filter: Predicate::always(),
            within,
            search: None,
            limit: 1,
            anonymous: false,
        };
        let counted = self.query(actor, count).await.map_err(from_query)?;
        Ok(match counted.first().and_then(|group| group.numbers.first()) {
            Some(model::Value::Int(number)) => u64::try_from(*number).unwrap_or(0),
            _ => 0,
        })
    }

    async fn recompute_some(
        &self,
        actor: &Actor,
        entity: EntityId,
        ids: Vec<RecordId>,
        (trace, ask): (Trace, Ask),
        round: u64,
        later: &Arc<BTreeSet<(EntityId, EntityId)>>,
    ) -> Result<(), CommandError> {
        let calendar = self.calendar(actor).await.map_err(from_query)?;
        let around = Surroundings::of(actor, actor.edition.zone.clone(), calendar);
        let (ids, later) = (Arc::new(ids), later.clone());
        let wrote = self.working((actor, &around, trace), move |mut work, tx| {
            let (ids, later) = (ids.clone(), later.clone());
            Box::pin(async move {
                (work.most, work.round) = (MOST, round);
                work.pending.later = later;
                work.pending.forgiving = ask == Ask::Not;
                // What follows from a write is told as if the write had done it itself.
                work.tells = trace == Trace::Kept;
                for id in ids.iter() {
                    work.pending.recompute(entity, *id);
                }
                work.finish(tx).await?;
                Ok::<_, CommandError>(work.pending.touched())
            })
        });
        self.announce_all(wrote.await?);
        Ok(())
    }
}

/// A step of a job as its letters say it: all records of an entity, so many when it was asked for.
fn step(entity: &Entity, search: bool, of: u64) -> Json {
    json!({"entity": entity.name.as_str(), "search": search, "of": of})
}

fn put(words: &mut Json, name: &str, value: Json) {
    if let Some(words) = words.as_object_mut() {
        words.insert(name.to_owned(), value);
    }
}

/// The entity that a letter or a step is about.
fn named(app: &App, words: &Json) -> Option<EntityId> {
    Some(app.entity_named(words.get("entity")?.as_str()?)?.id)
}

/// The steps after that of a letter.
fn then(app: &App, payload: &Json) -> Vec<Json> {
    if let Some(steps) = payload.get("then").and_then(Json::as_array) {
        return steps.clone();
    }
    // Of days only what counts them changes, which is not everything.
    let Some(entity) = named(app, payload).filter(|_| !is_of_days(payload)) else { return Vec::new() };
    // A letter of a version of Loam that had one for each entity names those below it, which are done.
    let below = payload.get("below").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let below: Vec<&str> = below.iter().filter_map(Json::as_str).collect();
    let above = plan::order(app, &[(entity, Anew::Computed)]).into_iter().skip(1);
    let above = above.filter_map(|(entity, search)| Some((app.entity(entity)?, search)));
    let above = above.filter(|(entity, _)| !below.contains(&entity.name.as_str()));
    above.map(|(entity, search)| step(entity, search, 0)).collect()
}

/// The records of an entity that meet a condition, by their ids, from one on.
fn all_of(entity: EntityId, within: Predicate, after: Option<RecordId>) -> List {
    List { within, after: after.map(|id| (Vec::new(), id)), ..List::all(entity, PAGE) }
}
