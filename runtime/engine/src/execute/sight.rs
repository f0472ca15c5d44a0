//! What a record in hand tells whoever writes it of other records: nothing that they could not read there.
//!
//! What they give they know. What is computed, or filled in, from what the record refers to is told where they may read that: by
//! the conditions under which the stored record would be read ([`policy::Rights::in_hand`]), asked of the values in hand. And a
//! record that they may not read is not there for them to be chosen.
//!
//! INVARIANT: a record that is hidden from whoever writes is answered as one that is not there.

use std::collections::{HashMap, HashSet};

use app::{App, Entity, Field, FieldKind, Validation};
use formula::{Formula, Path, Predicate};
use model::{EntityId, FieldId, RecordId, Value};
use policy::{Action, Authorized, Change, InHand};
use store::{Lock, Tx};

use super::{
    Work,
    record::Record,
    validate::{self, Unmet},
};
use crate::CommandError;

impl Work<'_> {
    /// Of records of an entity those that whoever chooses them may read. No others are there for them.
    pub(super) async fn in_sight(
        &self,
        tx: &mut Tx,
        target: EntityId,
        ids: &[RecordId],
    ) -> Result<HashSet<RecordId>, CommandError> {
        let rights = self.chooses.as_ref().unwrap_or(&self.actor.rights);
        let Some(access) = rights.access(target, Action::Read) else { return Ok(HashSet::new()) };
        let seen = tx.matching(&self.actor.edition.app, target, &access.rows, ids).await?;
        Ok(seen.into_iter().collect())
    }

    /// Whether every live record of an entity is in sight.
    pub(super) fn sees_all(&self, target: EntityId) -> bool {
        let rights = self.chooses.as_ref().unwrap_or(&self.actor.rights);
        rights.access(target, Action::Read).is_some_and(|access| access.everywhere())
    }

    /// Whether the actor may see a record, in use or in the bin.
    pub(super) async fn meets(
        &self,
        tx: &mut Tx,
        (entity, id): (EntityId, RecordId),
        deleted: bool,
    ) -> Result<bool, CommandError> {
        let action = if deleted { Action::Restore } else { Action::Read };
        match self.authorize(Change { entity, action, id, given: Vec::new() }) {
            Ok(change) => Ok(tx.load(&self.actor.edition.app, &change, Lock::None).await?.is_some()),
            Err(_) => Ok(false),
        }
    }

    /// What of a value given for a field is there for whoever gives it, and whether some of it is not. What the field held
    /// before may stay in it.
    pub(super) async fn there(
        &self,
        tx: &mut Tx,
        field: &Field,
        before: &Value,
        value: Value,
    ) -> Result<(Value, bool), CommandError> {
        let (FieldKind::Reference { to, .. } | FieldKind::References { to, .. }) = &field.kind else {
            return Ok((value, false));
        };
        let held = ids(before);
        let anew: Vec<RecordId> = ids(&value).into_iter().filter(|id| !held.contains(id)).collect();
        if anew.is_empty() {
            return Ok((value, false));
        }
        let seen = self.in_sight(tx, *to, &anew).await?;
        let there = |value: &Value| value.as_id().is_none_or(|id| seen.contains(&id) || held.contains(&id));
        let missed = !anew.iter().all(|id| seen.contains(id));
        let left = match value {
            Value::List(items) => match items.into_iter().filter(there).collect::<Vec<_>>() {
                none if none.is_empty() => Value::Null,
                some => Value::List(some),
            },
            one if there(&one) => one,
            _ => Value::Null,
        };
        Ok((left, missed))
    }

    /// Of these fields of a record in hand those whose values follow from nothing that the actor may not read.
    pub(super) async fn open_in_hand(
        &self,
        tx: &mut Tx,
        cause: &Authorized<Change>,
        entity: &Entity,
        record: &Record,
        fields: &[FieldId],
    ) -> Result<HashSet<FieldId>, CommandError> {
        let app = &self.actor.edition.app;
        let hand = InHand { origins: origins(app, entity, record), beside: record.beside };
        let rights = &self.actor.rights;
        let conditions: Vec<Predicate> =
            fields.iter().map(|field| rights.in_hand(entity.id, *field, &hand, app)).collect();
        let held = tx.would_hold(app, cause, entity.id, &self.as_entered(entity, record), &conditions).await?;
        Ok(fields.iter().copied().zip(held).filter_map(|(field, held)| held.then_some(field)).collect())
    }

    /// The values of a record as it would be stored now.
    fn as_entered(&self, entity: &Entity, record: &Record) -> Vec<(FieldId, Value)> {
        let (system, by, now) = (&entity.system, self.actor.principal(), self.actor.now);
        let made = [
            (system.id, Value::Id(record.id)),
            (system.version, Value::Int(1)),
            (system.created_at, Value::DateTime(now)),
            (system.created_by, Value::Id(by)),
            (system.updated_at, Value::DateTime(now)),
            (system.updated_by, Value::Id(by)),
        ];
        let made = made.into_iter().filter(|(field, _)| !record.values.contains_key(field));
        record.values.iter().map(|(field, value)| (*field, value.clone())).chain(made).collect()
    }

    /// What is said of a record that does not meet a condition, or of which the condition cannot be worked out.
    pub(super) async fn refusal(
        &self,
        tx: &mut Tx,
        cause: &Authorized<Change>,
        entity: &Entity,
        record: &Record,
        validation: &Validation,
    ) -> Result<Option<String>, CommandError> {
        match validate::unmet(validation, record, &self.around) {
            None => Ok(None),
            Some(Unmet::Incomputable(why)) => Ok(Some(why)),
            Some(Unmet::Broken) => {
                let named: Vec<FieldId> = validation.values.iter().map(|(_, id)| *id).collect();
                let told = self.may_be_told(tx, cause, entity, record, &named).await?;
                let app = &self.actor.edition.app;
                Ok(Some(validate::message(app, validation, record, self.actor.locale, &told)))
            }
        }
    }

    /// Of these fields of a record in hand those whose values may stand in a message to whoever writes it: what they gave, and
    /// what they may read of this very record.
    async fn may_be_told(
        &self,
        tx: &mut Tx,
        cause: &Authorized<Change>,
        entity: &Entity,
        record: &Record,
        fields: &[FieldId],
    ) -> Result<HashSet<FieldId>, CommandError> {
        if fields.is_empty() {
            return Ok(HashSet::new());
        }
        let app = &self.actor.edition.app;
        let access = self.actor.rights.access(entity.id, Action::Read);
        let mut told = self.open_in_hand(tx, cause, entity, record, fields).await?;
        for field in fields {
            let given = access.is_some_and(|access| access.field(*field).is_some());
            let known = !record.stored || record.given.contains(field);
            if !given || !(known || self.reads(tx, app, entity, record.id, *field).await?) {
                told.remove(field);
            }
        }
        Ok(told)
    }
}

/// What fields of a record in hand were worked out from that nobody gave: defaults of a new one, and stamps that are due.
fn origins(app: &App, entity: &Entity, record: &Record) -> HashMap<FieldId, Vec<Path>> {
    let moved = |watched: &FieldId| record.value(*watched) != record.was(*watched);
    let mut origins = HashMap::new();
    for field in app.fields_of(entity).filter(|field| !record.given.contains(&field.id)) {
        let default = field.default.as_ref().filter(|_| !record.stored);
        let stamp = field.stamp.as_ref().filter(|stamp| stamp.when.iter().any(moved)).map(|stamp| &stamp.value);
        let reads: Vec<Path> = default.into_iter().chain(stamp).flat_map(Formula::reads).cloned().collect();
        if !reads.is_empty() {
            origins.insert(field.id, reads);
        }
    }
    origins
}

/// The records that a value of a reference or of several names.
pub(super) fn ids(value: &Value) -> Vec<RecordId> {
    value.as_list().unwrap_or(std::slice::from_ref(value)).iter().filter_map(Value::as_id).collect()
}
