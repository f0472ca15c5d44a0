//! Computed values of other records that follow from a write, brought up to date in the same transaction.
//!
//! The compiled app says which fields read which; here the records are found and recomputed until nothing changes. A
//! record that comes up more often than [`MOST_ROUNDS`] is part of a circle in the data (an objective below itself), which
//! refuses the whole command.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque},
    sync::Arc,
};

use app::{App, Back, Dependent};
use formula::Path;
use model::{EntityId, FieldId, RecordId, UserId, Value};
use policy::{Action, Authorized, Change, consequence};
use store::{Lock, Stored, Tx};

use super::{Trace, Work, journal::Event, record::Record, told, validate, words};
use crate::{CommandError, FieldFault, edition::Touched};

/// Times one record may be recomputed by one command.
const MOST_ROUNDS: u32 = 64;
/// Records loaded by one statement at most, ahead of their turn to be recomputed.
const AHEAD: usize = 200;

/// Records whose computed values may be out of date, and records that were touched.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    queue: VecDeque<(EntityId, RecordId)>,
    queued: BTreeSet<(EntityId, RecordId)>,
    walks: Vec<Walk>,
    touched: BTreeMap<EntityId, BTreeSet<RecordId>>,
    reached: BTreeSet<UserId>,
    /// Records with the computed values that changed of them.
    doubtful: BTreeMap<(EntityId, RecordId), BTreeSet<FieldId>>,
    /// Whether conditions are not asked again: what other days bring about is so, whatever a record's author wanted.
    pub(crate) forgiving: bool,
    /// Whether other days are worked than before.
    pub(crate) days: bool,
    /// What is left alone: where a record of the first entity changes, the one of the second that it is below. A job that changes
    /// very many of the first renews all of the second once, after them.
    pub(crate) later: Arc<BTreeSet<(EntityId, EntityId)>>,
}

/// A way still to go from changed records to those that read them.
#[derive(Debug, Clone, PartialEq)]
struct Walk {
    on: EntityId,
    at: BTreeSet<RecordId>,
    back: Vec<Back>,
    entity: EntityId,
}

/// Records of which it is known how they are stored before it is their turn.
#[derive(Default)]
struct Ahead {
    asked: HashSet<(EntityId, RecordId)>,
    found: HashMap<(EntityId, RecordId), Stored>,
}

impl Pending {
    /// Notes what to tell watchers of lists.
    pub(crate) fn touch(&mut self, entity: EntityId, ids: &[RecordId]) {
        self.touched.entry(entity).or_default().extend(ids);
    }

    /// Notes for whom something waits now, or no longer does.
    pub(crate) fn reach(&mut self, people: impl IntoIterator<Item = UserId>) {
        self.reached.extend(people);
    }

    /// What was touched, for watchers; ids are left out where there are many.
    pub(crate) fn touched(self) -> Touched {
        let named = |ids: BTreeSet<RecordId>| if ids.len() > 100 { Vec::new() } else { ids.into_iter().collect() };
        Touched {
            records: self.touched.into_iter().map(|(entity, ids)| (entity, named(ids))).collect(),
            people: self.reached.into_iter().collect(),
        }
    }

    /// Takes out what is still to be looked at, by entity.
    pub(crate) fn drain(&mut self) -> BTreeMap<EntityId, Vec<RecordId>> {
        let mut found: BTreeMap<EntityId, Vec<RecordId>> = BTreeMap::new();
        self.queued.clear();
        for (entity, id) in self.queue.drain(..) {
            found.entry(entity).or_default().push(id);
        }
        found
    }

    /// A record whose own computed values must be looked at again.
    pub(crate) fn recompute(&mut self, entity: EntityId, id: RecordId) {
        if self.queued.insert((entity, id)) {
            self.queue.push_back((entity, id));
        }
    }

    /// A record came or went.
    pub(crate) fn of_existence(&mut self, app: &App, entity: EntityId, record: &Record) {
        self.days |= app.keeps_days(entity);
        for dependent in app.dependents().iter().filter(|dependent| dependent.on == entity && dependent.existence) {
            self.follow(dependent, record.id, [record.values.get(&Self::first(dependent))].into_iter().flatten());
        }
    }

    /// Fields of a record changed.
    pub(crate) fn of_change(
        &mut self,
        app: &App,
        entity: EntityId,
        before: &Stored,
        after: &Record,
        changed: &[FieldId],
    ) {
        self.days |= changed.iter().any(|field| app.says_days(*field));
        for dependent in app.dependents().iter().filter(|dependent| dependent.on == entity) {
            let first = Self::first(dependent);
            if dependent.fields.iter().any(|field| changed.contains(field)) || changed.contains(&first) {
                self.follow(dependent, after.id, [before.value(first), after.value(first)].into_iter());
            }
        }
    }

    fn first(dependent: &Dependent) -> FieldId {
        match dependent.back.first() {
            Some(Back::Referrers(field) | Back::Referred(field)) => *field,
            None => FieldId(u32::MAX),
        }
    }

    fn follow<'v>(&mut self, dependent: &Dependent, id: RecordId, references: impl Iterator<Item = &'v Value>) {
        let (at, back): (BTreeSet<RecordId>, Vec<Back>) = match dependent.back.split_first() {
            Some((Back::Referred(_), _)) if self.later.contains(&(dependent.on, dependent.entity)) => return,
            Some((Back::Referred(_), rest)) => (references.filter_map(Value::as_id).collect(), rest.to_vec()),
            Some((Back::Referrers(_), _)) => (BTreeSet::from([id]), dependent.back.clone()),
            None => return,
        };
        if at.is_empty() {
            return;
        }
        if back.is_empty() {
            for id in at {
                self.recompute(dependent.entity, id);
            }
            return;
        }
        // Many records of a command that go the same way go it together.
        let (on, entity) = (dependent.on, dependent.entity);
        let same = |walk: &&mut Walk| walk.on == on && walk.entity == entity && walk.back == back;
        match self.walks.iter_mut().find(same) {
            Some(walk) => walk.at.extend(at),
            None => self.walks.push(Walk { on, at, back, entity }),
        }
    }
}

impl Work<'_> {
    /// Recomputes until nothing changes any more.
    pub(crate) async fn settle(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let mut rounds: HashMap<(EntityId, RecordId), u32> = HashMap::new();
        let mut ahead = Ahead::default();
        let mut done = 0_usize;
        loop {
            self.walk(tx).await?;
            if done >= self.most {
                return self.follow_later(tx).await;
            }
            done += 1;
            let Some((entity, id)) = self.pending.queue.pop_front() else { return self.still_meets(tx).await };
            self.pending.queued.remove(&(entity, id));
            let round = rounds.entry((entity, id)).or_default();
            *round += 1;
            if *round > MOST_ROUNDS {
                return Err(CommandError::Invalid(vec![FieldFault {
                    index: self.index,
                    field: None,
                    code: "circle",
                    message: words::circle(self.actor.locale),
                }]));
            }
            let Some(before) = self.before(tx, &mut ahead, entity, id).await? else { continue };
            self.recompute(tx, entity, before).await?;
        }
    }

    /// The record as stored, with those of its entity that are next: a record's own values change only when it is its turn.
    /// `None` for one that is gone, or in the bin, where it keeps the values it had, or that has nothing to compute.
    async fn before(
        &mut self,
        tx: &mut Tx,
        ahead: &mut Ahead,
        entity_id: EntityId,
        id: RecordId,
    ) -> Result<Option<Stored>, CommandError> {
        let entity = self.entity(entity_id)?;
        if entity.computed.is_empty() && self.trace != Trace::Refill {
            return Ok(None);
        }
        if !ahead.asked.remove(&(entity_id, id)) {
            let next = self.pending.queue.iter().take_while(|(entity, _)| *entity == entity_id).map(|(_, id)| *id);
            let new = next.filter(|id| !ahead.asked.contains(&(entity_id, *id)));
            let ids: Vec<RecordId> = std::iter::once(id).chain(new).take(AHEAD).collect();
            let token = self.following(entity_id, id)?;
            let found = tx.load_many(&self.actor.edition.app, &token, entity_id, &ids).await?;
            ahead.found.extend(found.into_iter().filter(|found| !found.deleted).map(|row| ((entity_id, row.id), row)));
            ahead.asked.extend(ids.into_iter().skip(1).map(|id| (entity_id, id)));
        }
        Ok(ahead.found.remove(&(entity_id, id)))
    }

    /// The platform's own write on a record, following from this command.
    pub(super) fn following(&self, entity: EntityId, id: RecordId) -> Result<Authorized<Change>, CommandError> {
        let change = Change { entity, action: Action::Update, id, given: Vec::new() };
        let full = policy::Rights::full();
        policy::authorize(&full, self.actor.user, &self.actor.edition.app, change.clone())
            .map(|cause| consequence(&cause, change.clone()))
            .map_err(|fault| super::denied(fault, &change))
    }

    async fn walk(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        while let Some(walk) = self.pending.walks.pop() {
            let mut at: Vec<RecordId> = walk.at.into_iter().collect();
            for step in &walk.back {
                let token = self.following(walk.on, at.first().copied().unwrap_or_default())?;
                at = match step {
                    Back::Referrers(field) => tx.referrers(&edition.app, *field, &at).await?,
                    Back::Referred(field) => {
                        let entity = edition.app.field(*field).map_or(walk.on, |field| field.entity);
                        let rows = tx.load_many(&edition.app, &token, entity, &at).await?;
                        let above: BTreeSet<RecordId> =
                            rows.iter().filter_map(|row| row.value(*field).as_id()).collect();
                        above.into_iter().collect()
                    }
                };
            }
            for id in at {
                self.pending.recompute(walk.entity, id);
            }
        }
        Ok(())
    }

    async fn recompute(&mut self, tx: &mut Tx, entity_id: EntityId, before: Stored) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let entity = edition.app.entity(entity_id).ok_or(CommandError::NewEdition)?;
        let id = before.id;
        let token = self.following(entity_id, id)?;
        let mut record = Record::stored(entity, &before);
        let mut faults = Vec::new();
        self.compute(tx, entity, &token, &mut record, self.index, &mut faults).await?;
        if !faults.is_empty() {
            return Err(CommandError::Invalid(faults));
        }
        let held = self.hold(tx, entity, &before, &mut record).await?;
        let changed = record.changes(entity, &before);
        let search = match self.trace {
            Trace::Refill => record.search(&edition.app, entity),
            Trace::Kept | Trace::None | Trace::Draft => record.search_if(&edition.app, entity, &changed),
        };
        if changed.is_empty() && search.is_none() {
            return Ok(());
        }
        if !held && self.trace == Trace::Kept && told::counts(&edition.app, entity, &changed) {
            self.still_untold(tx, entity, &token, &before).await?;
            self.untold(tx, entity, &token, &mut record, self.index, &mut faults).await?;
            if !faults.is_empty() {
                return Err(CommandError::Invalid(faults));
            }
        }
        let values: Vec<(FieldId, Value)> =
            changed.iter().map(|field| (*field, record.value(*field).clone())).collect();
        tx.update(&edition.app, &token, &values, search, None).await?;
        self.journal(entity, &Event::Updated { before: &before, after: &record, changed: &changed });
        self.pending.of_change(&edition.app, entity_id, &before, &record, &changed);
        self.pending.touch(entity_id, &[id]);
        let conditions =
            || !entity.validations.is_empty() || entity.fields.iter().any(|id| validated(&edition.app, *id));
        if self.tells && !self.pending.forgiving && conditions() {
            self.pending.doubtful.entry((entity_id, id)).or_default().extend(changed);
        }
        Ok(())
    }

    /// Asks the conditions again of records whose computed values somebody's command changed by way of others. What the
    /// platform brings about on its own account comes in parts, of which only the whole need meet them.
    async fn still_meets(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let mut faults = Vec::new();
        for ((entity_id, id), changed) in std::mem::take(&mut self.pending.doubtful) {
            let entity = app.entity(entity_id).ok_or(CommandError::NewEdition)?;
            let reads = |path: &Path| path.hops.is_empty() && changed.contains(&path.field);
            let asked: Vec<_> = validate::validations(app, entity)
                .map(|(validation, _)| validation)
                .filter(|validation| validation.rule.reads().iter().any(reads))
                .collect();
            if asked.is_empty() {
                continue;
            }
            let token = self.following(entity_id, id)?;
            let Some(stored) = tx.load(app, &token, Lock::Update).await? else { continue };
            let mut record = Record::stored(entity, &stored);
            record.reach(app, tx, &token, asked.iter().map(|validation| &validation.rule)).await?;
            for validation in asked {
                if let Some(message) = self.refusal(tx, &token, entity, &record, validation).await? {
                    // The field is another record's, which whoever writes has not before them.
                    faults.push(FieldFault { index: self.index, field: None, code: "rule", message });
                }
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(CommandError::Invalid(faults)) }
    }
}

fn validated(app: &App, field: FieldId) -> bool {
    app.field(field).is_some_and(|field| field.validation.is_some())
}
