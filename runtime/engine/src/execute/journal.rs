//! What a write leaves behind: who changed what, and an event for whoever acts on it later.

use std::collections::BTreeMap;

use app::{Entity, Field};
use model::{FieldId, RecordId};
use serde_json::{Map, Value as Json, json};
use store::{HistoryEntry, OutboxEntry, Stored, Tx};

use super::{Trace, Work, record::Record, validate};
use crate::CommandError;

/// What a command has to leave behind, gathered until its end.
#[derive(Debug, Default)]
pub(crate) struct Journal {
    history: Vec<HistoryEntry>,
    events: BTreeMap<(String, &'static str), Vec<RecordId>>,
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
    /// Notes a write for history (where the entity has it) and for the outbox. [`Work::keep`] writes both.
    pub(crate) fn journal(&mut self, entity: &Entity, event: &Event<'_>) {
        if self.trace != Trace::Kept {
            return;
        }
        if entity.history {
            let entries = self.entries(entity, event);
            self.journal.history.extend(entries);
        }
        let (action, ids): (&'static str, Vec<RecordId>) = match event {
            Event::Created(records) => ("create", records.iter().map(|record| record.id).collect()),
            Event::Updated { before, .. } => ("update", vec![before.id]),
            Event::Deleted(before) => ("delete", vec![before.id]),
            Event::Restored(before) => ("restore", vec![before.id]),
        };
        self.journal.events.entry((entity.name.to_string(), action)).or_default().extend(ids);
    }

    /// Writes what was noted: one statement for all history, one for the outbox, whatever the number of records.
    pub(crate) async fn keep(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let Journal { history, events } = std::mem::take(&mut self.journal);
        let letters = events.into_iter().map(|((entity, action), ids)| {
            let id = self.engine.new_id();
            let payload = json!({ "entity": entity, "action": action, "ids": ids, "by": self.actor.user });
            let kind = "record.changed".to_owned();
            OutboxEntry { id, kind, key: id.to_string(), payload, due: self.actor.now }
        });
        let letters: Vec<OutboxEntry> = letters.collect();
        if !history.is_empty() {
            tx.history(&history).await?;
        }
        if !letters.is_empty() {
            tx.outbox(&letters).await?;
        }
        Ok(())
    }

    fn entries(&self, entity: &Entity, event: &Event<'_>) -> Vec<HistoryEntry> {
        let change = self.engine.new_id();
        let entry = |record: RecordId, field: Option<String>, action: &str, before: Json, after: Json| HistoryEntry {
            id: self.engine.new_id(),
            change,
            entity: entity.name.to_string(),
            record,
            field,
            action: action.to_owned(),
            before,
            after,
            by: self.actor.user,
            at: self.actor.now,
        };
        match event {
            Event::Created(records) => records
                .iter()
                .map(|record| entry(record.id, None, "create", Json::Null, self.snapshot(entity, record)))
                .collect(),
            Event::Updated { before, after, changed } => changed
                .iter()
                .filter_map(|id| Some((self.named(*id)?, before.value(*id), after.value(*id))))
                .map(|(field, was, is)| {
                    let name = Some(field.name.to_string());
                    entry(before.id, name, "update", validate::json(was), validate::json(is))
                })
                .collect(),
            Event::Deleted(before) => vec![entry(before.id, None, "delete", Json::Null, Json::Null)],
            Event::Restored(before) => vec![entry(before.id, None, "restore", Json::Null, Json::Null)],
        }
    }

    fn named(&self, id: FieldId) -> Option<&Field> {
        self.actor.edition.app.field(id)
    }

    /// The values a record began with, by field name; what was not known is left out.
    fn snapshot(&self, entity: &Entity, record: &Record) -> Json {
        let fields = self.actor.edition.app.fields_of(entity);
        let known = fields.filter(|field| !record.value(field.id).is_null());
        Json::Object(
            known.map(|field| (field.name.to_string(), validate::json(record.value(field.id)))).collect::<Map<_, _>>(),
        )
    }
}
