//! Whether a write is made against what its writer saw, and what versions they are told of (`version.rs`).

use model::{EntityId, FieldId, Value};
use store::{Stored, Tx};

use super::{Work, validate};
use crate::CommandError;

impl Work<'_> {
    /// Whether a record, which is locked, is what the actor saw of it as this version. Where they name none, it is whatever it is.
    pub(super) async fn is_seen(
        &self,
        tx: &mut Tx,
        entity: EntityId,
        before: &Stored,
        expected: Option<i64>,
    ) -> Result<bool, CommandError> {
        let Some(expected) = expected else { return Ok(true) };
        let told = self.engine.versions_told(tx, self.actor, (entity, before.id), before.version).await?;
        Ok(told.contains(&expected))
    }

    /// The conflict of a stale write: what is stored now beside what was given, as far as the actor may read it.
    pub(super) async fn stale(
        &self,
        tx: &mut Tx,
        entity: EntityId,
        before: &Stored,
        given: &[(FieldId, Value)],
    ) -> CommandError {
        let told = self.engine.versions_told(tx, self.actor, (entity, before.id), before.version).await;
        let version = match told {
            Ok(told) => told.last().copied().unwrap_or_default(),
            Err(error) => return error,
        };
        let app = &self.actor.edition.app;
        let Some(of) = app.entity(entity) else { return CommandError::NewEdition };
        let mut conflicts = Vec::new();
        for (id, value) in given.iter().filter(|(id, value)| before.value(*id) != value) {
            let Some(field) = app.field(*id) else { continue };
            // Whoever changes a record need not read it: each value is asked for, on this very record.
            match self.reads(tx, app, of, before.id, *id).await {
                Ok(true) => {
                    let (stored, given) = (validate::shown(before.value(*id)), validate::shown(value));
                    conflicts.push((field.name.to_string(), stored, given));
                }
                Ok(false) => {}
                Err(error) => return error,
            }
        }
        CommandError::Stale { id: before.id, version, conflicts }
    }

    /// Has what was written say of versions what the actor is told.
    pub(super) async fn tell_versions(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let mut changed = std::mem::take(&mut self.outcome.changed);
        for one in changed.iter_mut().filter(|one| !self.actor.counts(one.entity)) {
            let told = self.engine.versions_told(tx, self.actor, (one.entity, one.id), one.version).await?;
            one.version = told.last().copied().unwrap_or_default();
        }
        self.outcome.changed = changed;
        Ok(())
    }
}
