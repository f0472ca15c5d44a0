//! What a write leaves behind: who changed what, and an event for whoever acts on it later.

use std::collections::{BTreeMap, HashSet};

use app::{Entity, Field, FieldKind};
use model::{FieldId, RecordId};
use serde_json::{Map, Value as Json, json};
use store::{NewEntry, OutboxEntry, StoreError, Stored, Tx, vault::SEALED};

use super::{Trace, Work, deliver::Delivered, record::Record};
use crate::{
    CommandError,
    note::{Act, Pen},
};

/// Records that an event names; of more it says only which entity they are of.
const MOST_NAMED: usize = 100;

/// What a command has to leave behind, gathered until its end.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    acts: Vec<Act>,
    /// Acts that nothing on the ledger is to tie to others of this command, or to one another.
    apart: Vec<Act>,
    deliveries: BTreeMap<String, Delivered>,
    events: BTreeMap<(String, &'static str), Vec<RecordId>>,
    /// Why a secret could not be sealed for the ledger: then nothing is written.
    fault: Option<StoreError>,
}

impl Journal {
    /// Takes the values out of what was noted of changed records; answers which records they are, by their entities' names.
    pub(super) fn hush(&mut self) -> Vec<(String, RecordId)> {
        let changed = self.acts.iter_mut().filter(|act| act.action == "update");
        let hushed = changed.filter_map(|act| {
            act.detail = Json::Null;
            Some((act.object.clone().into_owned(), act.record?))
        });
        hushed.collect()
    }

    /// How many acts were noted.
    pub(super) fn noted(&self) -> usize {
        self.acts.len()
    }

    /// Has acts that were noted after so many others stand alone where they are not on one of these things.
    pub(super) fn part(&mut self, since: usize, own: &HashSet<RecordId>) {
        let noted = self.acts.split_off(since.min(self.acts.len()));
        let (own, apart): (Vec<Act>, Vec<Act>) =
            noted.into_iter().partition(|act| act.record.is_none_or(|id| own.contains(&id)));
        self.acts.extend(own);
        self.apart.extend(apart);
    }

    /// Notes rows that came from another system.
    pub(super) fn deliver(&mut self, entity: &Entity, told: Delivered) {
        let sum = self.deliveries.entry(entity.name.to_string()).or_default();
        sum.created += told.created;
        sum.updated += told.updated;
        sum.unchanged += told.unchanged;
    }
}

/// A write that has happened.
pub(crate) enum Event<'e> {
    /// Records were made.
    Created(&'e [&'e Record]),
    /// Fields of a record changed.
    Updated { before: &'e Stored, after: &'e Record, changed: &'e [FieldId] },
    /// A record was put into the bin.
    Deleted(&'e Stored),
    /// A record was taken out of the bin.
    Restored(&'e Stored),
}

impl Work<'_> {
    /// Notes a write for rules, for the ledger and for the outbox. [`Work::keep`] writes what is to be kept.
    pub(crate) fn journal(&mut self, entity: &Entity, event: &Event<'_>) {
        self.watch(entity, event);
        if self.actor.edition.has_cases(entity.id) {
            match event {
                Event::Updated { before, .. } => self.written.push(before.id),
                Event::Restored(before) => self.written.push(before.id),
                Event::Created(_) | Event::Deleted(_) => {}
            }
        }
        if self.trace != Trace::Draft {
            self.measures(entity, event);
        }
        if self.trace != Trace::Kept {
            return;
        }
        // Rows that come from another system are one act together.
        let together = entity.source.is_some() && matches!(event, Event::Created(_));
        if !together {
            match self.acts(entity, event) {
                Ok(acts) => self.journal.acts.extend(acts),
                Err(fault) => self.journal.fault = Some(fault),
            }
        }
        let (action, ids): (&'static str, Vec<RecordId>) = match event {
            Event::Created(records) => ("create", records.iter().map(|record| record.id).collect()),
            Event::Updated { before, .. } => ("update", vec![before.id]),
            Event::Deleted(before) => ("delete", vec![before.id]),
            Event::Restored(before) => ("restore", vec![before.id]),
        };
        self.journal.events.entry((entity.name.to_string(), action)).or_default().extend(ids);
    }

    /// Notes what is no write of a record's fields: a comment, a file, a view.
    pub(crate) fn note(&mut self, act: Act) {
        self.journal.acts.push(act);
    }

    /// Writes what was noted: entries of the ledger and letters of the outbox, each by the hundred, whatever the number of records.
    pub(crate) async fn keep(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let Journal { mut acts, apart, deliveries, events, fault } = std::mem::take(&mut self.journal);
        if let Some(fault) = fault {
            return Err(fault.into());
        }
        for (entity, Delivered { created, updated, unchanged }) in deliveries {
            let anything_new = created + updated > 0;
            tx.delivered(&entity, anything_new).await?;
            if anything_new {
                let act = Act::new("load", entity).fact("created", created).fact("updated", updated);
                acts.push(act.fact("unchanged", unchanged));
            }
        }
        let letters = events.into_iter().map(|((entity, action), ids)| {
            let ids = if ids.len() > MOST_NAMED { Vec::new() } else { ids };
            let id = self.engine.new_id();
            let payload = json!({ "entity": entity, "action": action, "ids": ids, "by": self.actor.user });
            let kind = "record.changed".to_owned();
            OutboxEntry { id, kind, key: id.to_string(), payload, due: self.actor.now }
        });
        let letters: Vec<OutboxEntry> = letters.collect();
        let pen = Pen::new(self.engine, self.actor.into(), self.actor.now);
        // What the platform does for a rule says so.
        let because = |act: Act| match self.chain.last() {
            Some(rule) if act.facts.get("rule").is_none() => act.fact("rule", rule.as_str()),
            _ => act,
        };
        let mut entries: Vec<NewEntry> = acts.into_iter().map(|act| pen.entry(&because(act))).collect();
        entries.extend(self.alone(apart));
        Ok(tx.enter_and_post(&entries, &letters).await?)
    }

    /// Entries that share neither an act nor a salt, in an order that is drawn by lot.
    fn alone(&self, acts: Vec<Act>) -> Vec<NewEntry> {
        let mut drawn: Vec<([u8; 16], Act)> = acts.into_iter().map(|act| (self.engine.salt(), act)).collect();
        drawn.sort_unstable_by_key(|(lot, _)| *lot);
        let pen = || Pen::new(self.engine, self.actor.into(), self.actor.now);
        drawn.iter().map(|(_, act)| pen().entry(act)).collect()
    }

    fn acts(&self, entity: &Entity, event: &Event<'_>) -> Result<Vec<Act>, StoreError> {
        let act = |action: &'static str, id: RecordId| Act::new(action, entity.name.to_string()).on(id);
        match event {
            Event::Created(records) => {
                let made = |record: &&Record| {
                    let after = self.known(entity, record.id, |field| record.value(field.id))?;
                    Ok(act("create", record.id).detail("after", after))
                };
                records.iter().map(made).collect()
            }
            Event::Updated { before, after, changed } => {
                let fields = || changed.iter().filter_map(|id| self.actor.edition.app.field(*id));
                let told = |field: &Field, value: &model::Value| {
                    Ok((field.name.to_string(), self.told(entity, field, before.id, value)?))
                };
                let was = fields().map(|field| told(field, before.value(field.id)));
                let was = was.collect::<Result<Map<_, _>, StoreError>>()?;
                let is = fields().map(|field| told(field, after.value(field.id)));
                let is = is.collect::<Result<Map<_, _>, StoreError>>()?;
                Ok(vec![act("update", before.id).detail("before", was).detail("after", is)])
            }
            Event::Deleted(before) => {
                let was = self.known(entity, before.id, |field| before.value(field.id))?;
                Ok(vec![act("delete", before.id).detail("before", was)])
            }
            Event::Restored(before) => Ok(vec![act("restore", before.id)]),
        }
    }

    /// A record's values by field name; what is not known is left out.
    fn known<'v>(
        &self,
        entity: &Entity,
        id: RecordId,
        value: impl Fn(&Field) -> &'v model::Value,
    ) -> Result<Json, StoreError> {
        let fields = self.actor.edition.app.fields_of(entity);
        let known = fields.filter(|field| !value(field).is_null());
        let told = known.map(|field| Ok((field.name.to_string(), self.told(entity, field, id, value(field))?)));
        Ok(Json::Object(told.collect::<Result<Map<_, _>, StoreError>>()?))
    }

    /// A value as the ledger has it: a secret is sealed there as it is in its row.
    fn told(&self, entity: &Entity, field: &Field, id: RecordId, value: &model::Value) -> Result<Json, StoreError> {
        match (&field.kind, value) {
            // What did not open may open again once its key is back: it is not lost by being written over.
            (FieldKind::Secret, model::Value::Sealed(text)) if text.starts_with(SEALED) => Ok(text.as_str().into()),
            (FieldKind::Secret, model::Value::Text(text) | model::Value::Sealed(text)) => {
                let vault = self.engine.store().vault();
                Ok(vault.seal_cell(entity.name.as_str(), field.name.as_str(), id, text)?.into())
            }
            _ => Ok(value.json()),
        }
    }
}
