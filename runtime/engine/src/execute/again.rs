//! Making the same again: where an entity says that a combination of values made a second time changes the record there
//! is, a create becomes an update of it.
//!
//! It needs the right to create and to update that very record, field by field; otherwise it is the conflict it would be
//! anywhere else. Commands that come after in the same bulk speak of the new record by the id they gave it: they reach the
//! one that was there.

use std::collections::HashMap;

use app::{App, Entity, Unique};
use model::{FieldId, RecordId, Value};
use policy::{Action, Authorized, Change};
use store::{Lock, StoreError, Tx};

use super::{Work, record::Record};
use crate::{Changed, CommandError, FieldFault, Fields};

/// A new record that is there already.
pub(super) struct Met {
    /// The record there is, or one made before it by the same command.
    id: RecordId,
    /// The values by which it is the same.
    by: Vec<FieldId>,
}

impl Work<'_> {
    /// Of new records those that are there already, by their place.
    pub(super) async fn meet(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        records: &[Record],
    ) -> Result<HashMap<usize, Met>, CommandError> {
        let mut met = HashMap::new();
        let app = &self.actor.edition.app;
        let mut made: HashMap<String, RecordId> = HashMap::new();
        for (at, unique) in entity.unique.iter().enumerate().filter(|(_, unique)| unique.updates) {
            for (place, record) in records.iter().enumerate() {
                let values: Vec<(FieldId, Value)> =
                    unique.fields.iter().map(|field| (*field, record.value(*field).clone())).collect();
                if met.contains_key(&place) || values.iter().any(|(_, value)| value.is_null()) {
                    continue;
                }
                let shown: Vec<_> = values.iter().map(|(_, value)| value.json()).collect();
                let key = format!("{at} {}", serde_json::Value::from(shown));
                let earlier = made.get(&key).copied();
                let found = if earlier.is_some() { earlier } else { tx.find_same(app, entity.id, &values).await? };
                match found {
                    Some(id) => drop(met.insert(place, Met { id, by: unique.fields.clone() })),
                    None => drop(made.insert(key, record.id)),
                }
            }
        }
        Ok(met)
    }

    /// Changes the record there is to what was given for a new one.
    pub(super) async fn again(
        &mut self,
        tx: &mut Tx,
        entity: &Entity,
        create: &Authorized<Change>,
        met: &Met,
        fields: &Fields,
    ) -> Result<Changed, CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let taken = |work: &Self| work.refused(entity, StoreError::UniqueTaken { fields: met.by.clone() }, work.index);
        if !tx.fails(app, create, &[met.id]).await?.is_empty() {
            return Err(taken(self));
        }
        let token = self.following(entity.id, met.id)?;
        let Some(before) = tx.load(app, &token, Lock::Update).await? else {
            // Deleted since it was found: the next run finds it gone.
            tx.run_again();
            return Err(taken(self));
        };
        // What the record has already is not written again, where that says nothing its writer could not read anyway.
        let mut faults = Vec::new();
        let given = self.read_fields(entity, fields, self.index, create.action == Action::Import, &mut faults);
        if !faults.is_empty() {
            return Err(CommandError::Invalid(faults));
        }
        let mut changed = Vec::new();
        for (field, value) in &given {
            let known = met.by.contains(field)
                || (before.value(*field) == value && self.reads(tx, app, entity, met.id, *field).await?);
            if !known && app.field(*field).is_some_and(app::Field::writable) {
                changed.push(*field);
            }
        }
        let rest: Fields = fields
            .iter()
            .filter(|(name, _)| app.field_named(entity.id, name).is_some_and(|field| changed.contains(&field.id)))
            .cloned()
            .collect();
        match self.update(tx, entity.id, met.id, None, &rest).await {
            Ok(()) => {}
            Err(CommandError::Denied { .. } | CommandError::NotFound { .. }) => return Err(taken(self)),
            Err(error) => return Err(error),
        }
        self.outcome.met.push(met.id);
        self.outcome.changed.pop().ok_or_else(|| taken(self))
    }

    /// Whether the actor may see this field of this record.
    pub(super) async fn reads(
        &self,
        tx: &mut Tx,
        app: &App,
        entity: &Entity,
        id: RecordId,
        field: FieldId,
    ) -> Result<bool, CommandError> {
        let read = Change { entity: entity.id, action: Action::Read, id, given: vec![field] };
        match self.authorize(read) {
            Ok(read) => Ok(tx.holds(app, &read).await?),
            Err(_) => Ok(false),
        }
    }

    /// The record meant by an id of this bulk: the one there was, where a new one met it.
    pub(super) fn meant(&self, id: RecordId) -> RecordId {
        self.alias.get(&id).copied().unwrap_or(id)
    }

    /// A value that may name records of this bulk.
    pub(super) fn meant_by(&self, value: Value) -> Value {
        match value {
            _ if self.alias.is_empty() => value,
            Value::Id(id) => Value::Id(self.meant(id)),
            Value::List(items) => Value::List(items.into_iter().map(|item| self.meant_by(item)).collect()),
            other => other,
        }
    }

    /// Two at once make the same: on a database with many writers the second learns of the first by being refused, and
    /// meets it when run again.
    pub(super) fn made_meanwhile(&self, tx: &mut Tx, entity: &Entity, error: &StoreError) {
        let updates =
            |fields: &[FieldId]| entity.unique.iter().any(|unique: &Unique| unique.updates && unique.fields == fields);
        if let StoreError::UniqueTaken { fields } = error
            && (updates(fields) || entity.source.is_some())
        {
            tx.run_again();
        }
    }
}

impl Met {
    /// Notes under which id the bulk goes on to speak of it.
    pub(super) fn alias(&self, made: RecordId) -> Option<(RecordId, RecordId)> {
        (made != self.id).then_some((made, self.id))
    }
}

/// Faults of rows that are there already are theirs as a change, not as something new.
pub(super) fn without_met(faults: &mut Vec<FieldFault>, met: &HashMap<usize, Met>, base: usize) {
    faults.retain(|fault| !fault.index.checked_sub(base).is_some_and(|place| met.contains_key(&place)));
}
