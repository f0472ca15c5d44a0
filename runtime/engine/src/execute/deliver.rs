//! Rows that come from another system: they come by import alone, again and again, and say each time what is so.
//!
//! A row is found again by the identity its entity's source names. What is as it was is left alone: no version, no
//! history, no event. What is different changes the record, on the ledger as any change. New rows are one entry per
//! command instead of one each: nobody decided on them one by one, and what they said first is what stands there.
//!
//! INVARIANT: nobody else makes, changes, deletes or restores such a record, whatever their rights.

use std::collections::{HashMap, HashSet};

use app::{App, Entity, Source};
use model::{EntityId, FieldId, RecordId, Value};
use policy::{Action, Change};
use store::{Stored, Tx};

use super::{Work, choices::Chosen, journal::Event, record::Record, validate, words};
use crate::{Changed, CommandError, FieldFault, Fields};

/// Rows found, checked and written together.
const BATCH: usize = 500;

/// What a delivery of one entity's rows came to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Delivered {
    /// Records made.
    pub(crate) created: usize,
    /// Records that are different now.
    pub(crate) updated: usize,
    /// Rows that said nothing new.
    pub(crate) unchanged: usize,
}

/// What became of a row.
enum Fate {
    /// It is the only one, or the last one, of its record, which is new.
    New,
    /// Its record is there and says the same, at this version.
    Same(RecordId, i64),
    /// Its record is there and says something else: as it is to be, and as it is.
    Different(Box<(Record, Stored)>),
    /// A later row of the same batch says what is so, at this place.
    Overtaken(usize),
}

impl Work<'_> {
    /// Refuses what nobody does to a record that comes from another system.
    pub(super) fn only_delivered(&self, change: &Change) -> Result<(), CommandError> {
        let (entity, action) = (change.entity, change.action);
        let writes =
            matches!(action, Action::Create | Action::Update | Action::Delete | Action::Restore | Action::Purge);
        if writes && self.entity(entity)?.source.is_some() {
            return Err(CommandError::Denied { entity, action, field: None });
        }
        Ok(())
    }

    /// Takes rows as they came.
    pub(super) async fn deliver(
        &mut self,
        tx: &mut Tx,
        entity: EntityId,
        rows: &[(Option<RecordId>, Fields)],
    ) -> Result<(), CommandError> {
        for (start, rows) in rows.chunks(BATCH).enumerate().map(|(n, rows)| (n * BATCH, rows)) {
            self.deliver_batch(tx, entity, start, rows).await?;
        }
        Ok(())
    }

    async fn deliver_batch(
        &mut self,
        tx: &mut Tx,
        entity_id: EntityId,
        base: usize,
        rows: &[(Option<RecordId>, Fields)],
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let entity = app.entity(entity_id).ok_or(CommandError::NewEdition)?;
        let source = entity.source.as_ref().ok_or(CommandError::NewEdition)?;
        let mut faults = Vec::new();
        let came: Vec<Vec<(FieldId, Value)>> =
            rows.iter().enumerate().map(|(at, (_, row))| self.came(app, entity, row, base + at, &mut faults)).collect();
        let mut given: Vec<FieldId> = Vec::new();
        for (field, _) in came.iter().flatten() {
            if !given.contains(field) {
                given.push(*field);
            }
        }
        let ids: Vec<RecordId> = rows.iter().map(|(id, _)| id.unwrap_or_else(|| self.engine.new_id())).collect();
        let first = ids.first().copied().unwrap_or_default();
        let change = self.authorize(Change { entity: entity_id, action: Action::Import, id: first, given })?;

        let keys = self.keys(app, source, &came, base, &mut faults);
        if !faults.is_empty() {
            return Err(CommandError::Invalid(faults));
        }
        let found = tx.find_same_many(app, entity_id, &source.identity, &keys).await?;
        let found: HashMap<String, RecordId> = found.into_iter().map(|(key, id)| (spelled(&key), id)).collect();
        let known: Vec<RecordId> = found.values().copied().collect();
        let stored = if known.is_empty() { Vec::new() } else { tx.load_many(app, &change, entity_id, &known).await? };
        let mut stored: HashMap<RecordId, Stored> = stored.into_iter().map(|stored| (stored.id, stored)).collect();

        let spelled: Vec<String> = keys.iter().map(|key| self::spelled(key)).collect();
        let last: HashMap<&str, usize> = spelled.iter().enumerate().map(|(at, key)| (key.as_str(), at)).collect();
        let (mut fates, mut new, mut new_at) = (Vec::with_capacity(rows.len()), Vec::new(), Vec::new());
        for (at, (key, given)) in spelled.iter().zip(came).enumerate() {
            let last = last.get(key.as_str()).copied().unwrap_or(at);
            fates.push(if last != at {
                Fate::Overtaken(last)
            } else if let Some(id) = found.get(key).copied() {
                match stored.remove(&id) {
                    Some(before) if differs(&before, &given) => {
                        let record = filled(Record::stored(entity, &before), given);
                        Fate::Different(Box::new((record, before)))
                    }
                    before => Fate::Same(id, before.map_or(1, |before| before.version)),
                }
            } else {
                let id = ids.get(at).copied().unwrap_or_default();
                new.push(filled(Record::new(entity, id), given));
                new_at.push(at);
                Fate::New
            });
        }

        let mut lost = Vec::new();
        if self.check_sight(tx, entity, &new, Chosen::New, 0, &mut lost).await? {
            faults.extend(at_rows(lost, &new_at, base));
            return Err(CommandError::Invalid(faults));
        }
        self.prefetch(tx, entity, &change, &mut new).await?;
        for (record, at) in new.iter_mut().zip(&new_at) {
            self.complete(tx, entity, &change, record, base + at, &mut faults).await?;
        }
        let mut lost = Vec::new();
        self.check_references(tx, entity, &new, Chosen::New, 0, &mut lost).await?;
        faults.extend(at_rows(lost, &new_at, base));
        for (at, fate) in fates.iter_mut().enumerate() {
            if let Fate::Different(both) = fate {
                let (record, before) = &mut **both;
                let given: HashSet<FieldId> = record.given.iter().copied().collect();
                let chosen = Chosen::Anew { changed: &given, before };
                let records = std::slice::from_ref(&*record);
                if self.check_sight(tx, entity, records, chosen, base + at, &mut faults).await? {
                    continue;
                }
                self.complete(tx, entity, &change, record, base + at, &mut faults).await?;
                let records = std::slice::from_ref(&*record);
                self.check_references(tx, entity, records, chosen, base + at, &mut faults).await?;
            }
        }
        if !faults.is_empty() {
            return Err(CommandError::Invalid(faults));
        }

        let before = self.outcome.changed.len();
        self.insert(tx, entity, &change, &new, &HashMap::new(), base).await?;
        let mut made = self.outcome.changed.split_off(before).into_iter();
        let mut told = Delivered::default();
        let mut changed: Vec<Option<Changed>> = Vec::with_capacity(fates.len());
        for (at, fate) in fates.iter().enumerate() {
            changed.push(match fate {
                Fate::New => {
                    told.created += 1;
                    made.next()
                }
                Fate::Same(id, version) => {
                    told.unchanged += 1;
                    self.outcome.met.push(*id);
                    self.outcome.same.push(*id);
                    Some(Changed { entity: entity_id, id: *id, version: *version })
                }
                Fate::Different(both) => {
                    let (record, stored) = &**both;
                    told.updated += 1;
                    self.outcome.met.push(record.id);
                    let version = self.correct(tx, entity, record, stored, base + at).await?;
                    Some(Changed { entity: entity_id, id: record.id, version })
                }
                Fate::Overtaken(_) => {
                    told.unchanged += 1;
                    None
                }
            });
        }
        for (at, fate) in fates.iter().enumerate() {
            if let Fate::Overtaken(last) = fate
                && let Some(of) = changed.get(*last).copied().flatten()
            {
                self.outcome.met.push(of.id);
                self.outcome.same.push(of.id);
                changed.get_mut(at).into_iter().for_each(|place| *place = Some(of));
            }
        }
        // What follows in the same command may speak of a record by the id it was given for a new one.
        for (given, changed) in ids.iter().zip(&changed) {
            self.alias.extend(changed.filter(|changed| changed.id != *given).map(|changed| (*given, changed.id)));
        }
        self.outcome.changed.extend(changed.into_iter().flatten());
        self.journal.deliver(entity, told);
        Ok(())
    }

    /// The values of a row as they would be stored.
    fn came(
        &self,
        app: &App,
        entity: &Entity,
        row: &Fields,
        index: usize,
        faults: &mut Vec<FieldFault>,
    ) -> Vec<(FieldId, Value)> {
        let mut given = self.read_fields(entity, row, index, true, faults);
        for (id, value) in &mut given {
            if let Some(field) = app.field(*id) {
                *value = validate::stored_form(field, std::mem::take(value));
            }
        }
        given
    }

    /// What each row is found again by.
    fn keys(
        &self,
        app: &App,
        source: &Source,
        came: &[Vec<(FieldId, Value)>],
        base: usize,
        faults: &mut Vec<FieldFault>,
    ) -> Vec<Vec<Value>> {
        let mut keys = Vec::with_capacity(came.len());
        for (at, row) in came.iter().enumerate() {
            let mut key = Vec::with_capacity(source.identity.len());
            for id in &source.identity {
                let value = row.iter().find(|(field, _)| field == id).map(|(_, value)| value);
                match (value.filter(|value| !value.is_null()), app.field(*id)) {
                    (Some(value), _) => key.push(value.clone()),
                    (None, Some(field)) => {
                        let name = Some(field.name.to_string());
                        let known = |fault: &FieldFault| fault.index == base + at && fault.field == name;
                        if !faults.iter().any(known) {
                            let message = words::required(field, self.actor.locale);
                            faults.push(FieldFault { index: base + at, field: name, code: "required", message });
                        }
                    }
                    (None, None) => {}
                }
            }
            keys.push(key);
        }
        keys
    }

    /// Changes a record to what a row that came again says of it; answers its new version.
    async fn correct(
        &mut self,
        tx: &mut Tx,
        entity: &Entity,
        record: &Record,
        before: &Stored,
        index: usize,
    ) -> Result<i64, CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let denied = || CommandError::Denied { entity: entity.id, action: Action::Import, field: None };
        let given = record.given.clone();
        let change = self.authorize(Change { entity: entity.id, action: Action::Import, id: record.id, given })?;
        let changed = record.changes(entity, before);
        let values: Vec<(FieldId, Value)> =
            changed.iter().map(|field| (*field, record.value(*field).clone())).collect();
        let search = record.search(app, entity);
        let version = tx.update(app, &change, &values, search, Some(before.version)).await;
        let version = version.map_err(|error| self.refused(entity, error, index))?.ok_or_else(denied)?;
        if !tx.holds(app, &change).await? {
            return Err(denied());
        }
        self.journal(entity, &Event::Updated { before, after: record, changed: &changed });
        self.pending.of_change(app, entity.id, before, record, &changed);
        self.pending.touch(entity.id, &[record.id]);
        Ok(version)
    }
}

/// Faults of new records as those of the rows they came in.
fn at_rows(faults: Vec<FieldFault>, rows: &[usize], base: usize) -> impl Iterator<Item = FieldFault> {
    faults.into_iter().map(move |fault| {
        let at = rows.get(fault.index).copied().unwrap_or(fault.index);
        FieldFault { index: base + at, ..fault }
    })
}

/// A record with what a row says of it.
fn filled(mut record: Record, given: Vec<(FieldId, Value)>) -> Record {
    record.given = given.iter().map(|(field, _)| *field).collect();
    record.values.extend(given);
    record
}

/// Whether a row says anything else than what is stored. A moment is kept to the millisecond.
fn differs(before: &Stored, given: &[(FieldId, Value)]) -> bool {
    given.iter().any(|(field, value)| match (value, before.value(*field)) {
        (Value::DateTime(given), Value::DateTime(stored)) => given.as_millisecond() != stored.as_millisecond(),
        (given, stored) => given != stored,
    })
}

/// A key as text, to be found by.
fn spelled(key: &[Value]) -> String {
    serde_json::Value::from(key.iter().map(model::Value::json).collect::<Vec<_>>()).to_string()
}
