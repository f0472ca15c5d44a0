//! Delete and restore: into the bin with what belongs to a record, and out of it again.

use app::{Entity, FieldKind, OnDelete};
use model::{EntityId, FieldId, RecordId, Value};
use policy::{Action, Authorized, Change, consequence};
use store::{Stored, Tx};

use super::{Work, choices::Chosen, journal::Event, record::Record, words};
use crate::{Changed, CommandError};

impl Work<'_> {
    /// Puts a record into the bin, with what belongs to it.
    pub(super) async fn delete(
        &mut self,
        tx: &mut Tx,
        entity: EntityId,
        id: RecordId,
        expected: Option<i64>,
    ) -> Result<(), CommandError> {
        let change = self.authorize(Change { entity, action: Action::Delete, id, given: Vec::new() })?;
        let before = self.load(tx, &change, entity, id).await?;
        if !self.is_seen(tx, entity, &before, expected).await? {
            return Err(self.stale(tx, entity, &before, &[]).await);
        }
        self.remove(tx, &change, &before).await?;
        self.outcome.changed.push(Changed { entity, id, version: before.version + 1 });
        Ok(())
    }

    /// Deletes one record and follows the references to it: restrict, cascade or clear.
    async fn remove(&mut self, tx: &mut Tx, change: &Authorized<Change>, before: &Stored) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let entity = app.entity(change.entity).ok_or(CommandError::NewEdition)?;
        self.still_untold(tx, entity, change, before).await?;
        for field in app.all_fields() {
            let FieldKind::Reference { to, on_delete, .. } = &field.kind else { continue };
            if *to != change.entity || field.is_computed() {
                continue;
            }
            let mut referring = tx.referrers(app, field.id, &[before.id]).await?;
            referring.retain(|id| *id != before.id);
            for id in referring.iter().copied() {
                let owner = app.entity(field.entity).ok_or(CommandError::NewEdition)?;
                match on_delete {
                    OnDelete::Restrict => {
                        // What refers to it is named to whoever sees one of them.
                        let message = match self.in_sight(tx, owner.id, &referring).await?.is_empty() {
                            true => words::in_use(self.actor.locale),
                            false => words::still_referred(owner.label.get(self.actor.locale), self.actor.locale),
                        };
                        return Err(self.stays("still-referred", message));
                    }
                    OnDelete::Cascade => {
                        let action = Action::Delete;
                        let next = Change { entity: owner.id, action, id, given: Vec::new() };
                        let next = consequence(change, next);
                        let below = self.load(tx, &next, owner.id, id).await?;
                        Box::pin(self.remove(tx, &next, &below)).await?;
                    }
                    OnDelete::Clear => {
                        let next = Change { entity: owner.id, action: Action::Update, id, given: vec![field.id] };
                        let next = consequence(change, next);
                        self.clear(tx, &next, owner, field.id).await?;
                    }
                }
            }
        }
        tx.delete(app, change, Some(before.version)).await?;
        let record = Record::stored(entity, before);
        self.journal(entity, &Event::Deleted(before));
        self.pending.of_existence(app, change.entity, &record);
        self.pending.touch(change.entity, &[before.id]);
        Ok(())
    }

    async fn clear(
        &mut self,
        tx: &mut Tx,
        change: &Authorized<Change>,
        entity: &Entity,
        field: FieldId,
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let before = self.load(tx, change, entity.id, change.id).await?;
        self.still_untold(tx, entity, change, &before).await?;
        let mut record = Record::stored(entity, &before);
        record.values.insert(field, Value::Null);
        // Cells become one: what an erased person said in several of them must not count as several people's.
        if entity.anonymity.as_ref().is_some_and(|anonymity| anonymity.by.contains(&field)) {
            tx.uncount(before.id).await?;
        }
        tx.update(&edition.app, change, &[(field, Value::Null)], None, None).await?;
        let changed = [field];
        self.journal(entity, &Event::Updated { before: &before, after: &record, changed: &changed });
        self.pending.of_change(&edition.app, entity.id, &before, &record, &changed);
        self.pending.recompute(entity.id, before.id);
        Ok(())
    }

    /// Takes a record out of the bin.
    pub(super) async fn restore(&mut self, tx: &mut Tx, entity_id: EntityId, id: RecordId) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let entity = edition.app.entity(entity_id).ok_or(CommandError::NewEdition)?;
        let change = self.authorize(Change { entity: entity_id, action: Action::Restore, id, given: Vec::new() })?;
        let before = self.load(tx, &change, entity_id, id).await?;
        self.still_untold(tx, entity, &change, &before).await?;
        let record = Record::stored(entity, &before);
        let mut faults = Vec::new();
        let records = std::slice::from_ref(&record);
        self.check_references(tx, entity, records, Chosen::Before, self.index, &mut faults).await?;
        if !faults.is_empty() {
            return Err(CommandError::Invalid(faults));
        }
        tx.restore(&edition.app, &change).await.map_err(|error| self.refused(entity, error, self.index))?;
        self.journal(entity, &Event::Restored(&before));
        self.pending.of_existence(&edition.app, entity_id, &record);
        self.pending.recompute(entity_id, id);
        self.pending.touch(entity_id, &[id]);
        self.outcome.changed.push(Changed { entity: entity_id, id, version: before.version + 1 });
        Ok(())
    }
}
