//! Computed values that are brought up to date after the fact, as jobs that a runner does while requests keep working.
//!
//! There are two: what follows from a write and is more than one transaction should do, and values anew for every record of an
//! entity whose formulas were added or changed, or count working days when these are others ([`crate::days`]). Each job is a letter of the outbox; what is left of it is another letter, written
//! in the transaction that does the part before, so that nothing is lost when a node ends and nothing runs away unseen.
//!
//! What adds up the records of a job is renewed by a job of its own, at the end of it: done with every part, a record above very
//! many would be added up as often as there are parts.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use app::{App, Back, Dependent};
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
        ANEW | CASES => Some((number("done")?, number("of")?)),
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
        self.recompute_some(&actor, entity.id, ids, (Trace::Kept, Ask::Again), round, &BTreeSet::new()).await
    }

    /// Leaves jobs that compute values anew for every record of these entities. Requests keep working meanwhile; how far they
    /// are shows among the letters of the outbox.
    ///
    /// # Errors
    /// The database failed.
    pub async fn renew_later(&self, entities: &[(EntityId, Anew)]) -> Result<(), CommandError> {
        let actor = self.system();
        let mut letters = Vec::new();
        for (entity, anew) in entities {
            let Some(named) = actor.edition.app.entity(*entity) else { continue };
            let payload = json!({
                "entity": named.name.as_str(),
                "search": *anew == Anew::Search,
                "edition": actor.edition.version,
                "after": null,
                "done": 0,
                "of": self.how_many(&actor, *entity, Predicate::always()).await?,
            });
            letters.push(self.renewal(&actor, payload));
        }
        self.post(&actor, letters).await
    }

    /// Does the jobs of [`Engine::renew_later`] here, as far as no runner has taken them, and waits for those that one has.
    /// Tells how many records are done, of how many, after every part.
    ///
    /// # Errors
    /// The database failed; the jobs are left to whichever runner comes next.
    pub async fn renew_now(&self, mut tell: impl FnMut(u64, u64) + Send) -> Result<(), CommandError> {
        let runner = self.new_id().to_string();
        let outbox = self.store().outbox();
        loop {
            let now = self.now();
            let until = now.saturating_add(LEASE).unwrap_or(now);
            let claimed = outbox.claim_kinds(&runner, Kinds::Only(ANEW), now, until, 1).await?;
            for letter in &claimed {
                self.renew(&letter.entry.payload).await?;
                outbox.complete(&runner, letter.entry.id).await?;
            }
            let jobs = outbox.pending(ANEW, now, 1_000).await?;
            let Some((done, of)) = jobs.iter().filter_map(progress).reduce(|a, b| (a.0 + b.0, a.1 + b.1)) else {
                return Ok(());
            };
            tell(done, of);
            if claimed.is_empty() {
                tokio::time::sleep(PAUSE).await;
            }
        }
    }

    /// Computes values anew for the next records of a job, and leaves the rest of it.
    pub(crate) fn renew<'a>(&'a self, payload: &'a Json) -> Boxed<'a, Result<(), CommandError>> {
        Box::pin(async move {
            // A node that has not noticed the publish would find nothing to compute, and the job would be done without having been.
            let asked = payload.get("edition").and_then(Json::as_i64).unwrap_or_default();
            let old = || self.edition().version < asked;
            if old() && (self.refresh().await.is_err() || old()) {
                return Err(CommandError::NewEdition);
            }
            let actor = self.system();
            let named = payload.get("entity").and_then(Json::as_str);
            let Some(entity) = named.and_then(|name| actor.edition.app.entity_named(name)).map(|entity| entity.id)
            else {
                return Ok(());
            };
            if self.comes_again(ANEW, payload).await? {
                return Ok(());
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
            let within = changed_since(&actor.edition.app, entity, payload);
            let below = below(&actor.edition.app, entity, payload);
            // Of days only what counts them changes, which is not everything.
            let above = if is_of_days(payload) { BTreeSet::new() } else { above(&actor.edition.app, entity, &below) };
            let mut after: Option<RecordId> =
                payload.get("after").and_then(Json::as_str).and_then(|id| id.parse().ok());
            let mut done = payload.get("done").and_then(Json::as_u64).unwrap_or(0);
            for _ in 0..PAGES {
                let page = self.query(&actor, all_of(entity, within.clone(), after)).await.map_err(from_query)?;
                let ids: Vec<RecordId> = page.rows.iter().map(|row| row.id).collect();
                done += u64::try_from(ids.len()).unwrap_or(0);
                after = ids.last().copied().or(after);
                self.recompute_some(&actor, entity, ids, (trace, ask), 0, &above).await?;
                if page.next.is_none() {
                    return self.renew_above(&actor, &above, &below).await;
                }
            }
            let mut rest = payload.clone();
            if let Some(rest) = rest.as_object_mut() {
                rest.insert("after".to_owned(), json!(after.map(|id| id.to_string())));
                rest.insert("done".to_owned(), json!(done));
            }
            let letter = self.renewal(&actor, rest);
            self.post(&actor, vec![letter]).await
        })
    }

    /// Leaves the jobs of what adds up the records of one that is done, and of those before it.
    async fn renew_above(
        &self,
        actor: &Actor,
        above: &BTreeSet<EntityId>,
        below: &[EntityId],
    ) -> Result<(), CommandError> {
        let name = |id: &EntityId| actor.edition.app.entity(*id).map(|entity| entity.name.to_string());
        let done: Vec<String> = below.iter().filter_map(name).collect();
        let mut letters = Vec::new();
        for entity in above {
            let payload = json!({
                "entity": name(entity),
                "search": false,
                "edition": actor.edition.version,
                "after": null,
                "done": 0,
                "of": self.how_many(actor, *entity, Predicate::always()).await?,
                "below": done,
            });
            letters.push(self.renewal(actor, payload));
        }
        self.post(actor, letters).await
    }

    pub(crate) fn renewal(&self, actor: &Actor, payload: Json) -> OutboxEntry {
        let id = self.new_id();
        OutboxEntry { id, kind: ANEW.to_owned(), key: format!("{ANEW}:{id}"), payload, due: actor.now }
    }

    pub(crate) async fn post(&self, actor: &Actor, letters: Vec<OutboxEntry>) -> Result<(), CommandError> {
        if letters.is_empty() {
            return Ok(());
        }
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
        above: &BTreeSet<EntityId>,
    ) -> Result<(), CommandError> {
        let calendar = self.calendar(actor).await.map_err(from_query)?;
        let around = Surroundings::of(actor, actor.edition.zone.clone(), calendar);
        let (engine, by) = (self.clone(), actor.clone());
        let ids = Arc::new(ids);
        let later: Arc<BTreeSet<_>> = Arc::new(above.iter().map(|above| (entity, *above)).collect());
        let touched = self
            .store()
            .write(self.asking(actor), move |tx: &mut Tx| {
                let (engine, actor, around, ids) = (engine.clone(), by.clone(), around.clone(), ids.clone());
                let later = later.clone();
                Box::pin(async move {
                    let mut work = Work::new(&engine, &actor, around, trace);
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
            })
            .await?;
        self.announce_all(touched);
        Ok(())
    }
}

/// The entity of a job after those whose jobs led to it.
fn below(app: &App, entity: EntityId, payload: &Json) -> Vec<EntityId> {
    let names = payload.get("below").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let known = names.iter().filter_map(|name| Some(app.entity_named(name.as_str()?)?.id));
    known.chain([entity]).collect()
}

/// The entities whose records add up the computed values of one. Not those below: there it goes round in a circle, which is followed
/// at once and refused where the data has one.
fn above(app: &App, entity: EntityId, below: &[EntityId]) -> BTreeSet<EntityId> {
    let computed = app.entity(entity).map_or(&[][..], |entity| entity.computed.as_slice());
    let adds_up = |dependent: &&Dependent| {
        let Some(Back::Referred(by)) = dependent.back.first() else { return false };
        let reads = dependent.fields.iter().chain([by]).any(|field| computed.contains(field));
        dependent.on == entity && reads
    };
    let above = app.dependents().iter().filter(adds_up).map(|dependent| dependent.entity);
    above.filter(|above| !below.contains(above)).collect()
}

/// The records of an entity that meet a condition, by their ids, from one on.
fn all_of(entity: EntityId, within: Predicate, after: Option<RecordId>) -> List {
    List { within, after: after.map(|id| (Vec::new(), id)), ..List::all(entity, PAGE) }
}
