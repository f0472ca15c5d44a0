//! Whether what somebody fills in at a step is held against what they were shown there.

use formula::Path;
use model::{EntityId, FieldId, Value};
use policy::{Bin, Get, Rights, authorize};
use store::{Lock, Tx};
use workflow::Asked;

use super::{Held, Work};
use crate::{Actor, CommandError, edition::now_called};

impl Work<'_> {
    /// The version that a record must have for what somebody fills in at a step of its case, and what they are told it is by now
    /// where that is another number. What they say they saw is the record as the step shows it, or as they read it themselves.
    /// Where it is neither, the record must have a version that none has.
    pub(super) async fn held_to(
        &self,
        tx: &mut Tx,
        (own, held): (&Actor, &Held),
        (entity, asked): (EntityId, &Asked),
        expected: Option<i64>,
    ) -> Result<(Option<i64>, Option<i64>), CommandError> {
        let Some(seen) = expected.filter(|_| !own.counts(entity)) else { return Ok((expected, None)) };
        let (app, id) = (&self.actor.edition.app, held.row.record);
        let token = self.following(entity, id)?;
        let Some(before) = tx.load(app, &token, Lock::Update).await? else {
            return Err(CommandError::NotFound { entity, id });
        };
        let were = asked.show.iter().chain(&asked.edit).filter_map(|id| held.edition.app.field(*id));
        let today = were.filter_map(|was| now_called(app, entity, was));
        let columns: Vec<Path> = today.filter_map(|field| app.own_path(field.id)).collect();
        let fields: Vec<FieldId> = columns.iter().map(|path| path.field).collect();
        let get = Get { entity, id, columns, bin: Bin::Outside };
        let get = authorize(&Rights::full(), own.user, app, get).map_err(|_| CommandError::NewEdition)?;
        let row = tx.get(app, &self.engine.asking(own), &get).await?;
        let values = row.map(|row| row.values).unwrap_or_default();
        let shown: Vec<(FieldId, Value)> = fields.into_iter().zip(values).collect();
        let told = self.engine.versions_at_step(own, (entity, id), before.version, &shown)?;
        let known = told.contains(&seen)
            || self.engine.versions_told(tx, own, (entity, id), before.version).await?.contains(&seen);
        Ok((Some(if known { before.version } else { 0 }), told.last().copied()))
    }
}
