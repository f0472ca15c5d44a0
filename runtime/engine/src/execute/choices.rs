//! Records that are chosen: whether they are there and their field may take them. Those written by the same command that
//! chooses them are looked at when all is done.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use app::{Entity, FieldKind};
use model::{FieldId, RecordId};
use store::{Stored, Tx};

use super::{HeldChoice, HeldFile, Work, record::Record, sight::ids, words};
use crate::{CommandError, FieldFault};

/// Which of a record's choices are looked at, and how.
#[derive(Clone, Copy)]
pub(super) enum Chosen<'a> {
    /// All those of a new record.
    New,
    /// Those of the fields that get other values than the record has.
    Anew { changed: &'a HashSet<FieldId>, before: &'a Stored },
    /// All those of a record that comes back as it was: each must be there, whatever is asked of those chosen today.
    Before,
}

impl Chosen<'_> {
    fn looks_at(self, field: FieldId) -> bool {
        match self {
            Self::New | Self::Before => true,
            Self::Anew { changed, .. } => changed.contains(&field),
        }
    }

    /// The records a field held before.
    fn held(self, field: FieldId) -> Vec<RecordId> {
        match self {
            Self::Anew { before, .. } => ids(before.value(field)),
            Self::New | Self::Before => Vec::new(),
        }
    }
}

impl Work<'_> {
    /// Says of records that somebody chooses and may not read that they are not there; those the field held before may stay, and
    /// those written by the same command are there. It comes before anything is worked out from them, of which every other fault
    /// would tell. Answers whether something was said. One statement per reference field, whatever the number of records.
    pub(super) async fn check_sight(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        records: &[Record],
        chosen: Chosen<'_>,
        base: usize,
        faults: &mut Vec<FieldFault>,
    ) -> Result<bool, CommandError> {
        let before = faults.len();
        let fields = self.actor.edition.app.fields_of(entity);
        for field in fields.filter(|field| field.writable() && chosen.looks_at(field.id)) {
            let (FieldKind::Reference { to, .. } | FieldKind::References { to, .. }) = &field.kind else { continue };
            if self.sees_all(*to) {
                continue;
            }
            let mut known: HashSet<RecordId> = chosen.held(field.id).into_iter().collect();
            known.extend(self.outcome.changed.iter().filter(|made| made.entity == *to).map(|made| made.id));
            if *to == entity.id {
                known.extend(records.iter().map(|record| record.id));
            }
            let mut wanted: BTreeMap<RecordId, Vec<usize>> = BTreeMap::new();
            for (offset, record) in records.iter().enumerate().filter(|(_, record)| record.given.contains(&field.id)) {
                for id in ids(record.value(field.id)).into_iter().filter(|id| !known.contains(id)) {
                    wanted.entry(id).or_default().push(offset);
                }
            }
            if wanted.is_empty() {
                continue;
            }
            let anew: Vec<RecordId> = wanted.keys().copied().collect();
            let seen = self.in_sight(tx, *to, &anew).await?;
            let unseen = wanted.into_iter().filter(|(id, _)| !seen.contains(id)).flat_map(|(_, offsets)| offsets);
            faults.extend(unseen.map(|offset| FieldFault {
                index: base + offset,
                field: Some(field.name.to_string()),
                code: "reference",
                message: words::no_such(field, self.actor.locale),
            }));
        }
        Ok(faults.len() > before)
    }

    /// Checks that every record referred to is there and may be chosen; files are looked for when all is done, since they come
    /// after the record that they are for. One statement per reference field, whatever the number of records.
    pub(super) async fn check_references(
        &mut self,
        tx: &mut Tx,
        entity: &Entity,
        records: &[Record],
        chosen: Chosen<'_>,
        base: usize,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), CommandError> {
        let app = &self.actor.edition.app;
        for field in app.fields_of(entity).filter(|field| chosen.looks_at(field.id)) {
            let (target, condition) = match &field.kind {
                FieldKind::File | FieldKind::Image => {
                    let each = records.iter().enumerate().filter_map(|(offset, record)| {
                        let file = record.value(field.id).as_id()?;
                        Some(HeldFile { record: record.id, field: field.id, file, index: base + offset })
                    });
                    self.held.extend(each);
                    continue;
                }
                FieldKind::Reference { to, only, .. } | FieldKind::References { to, only, .. } => (*to, only.as_ref()),
                _ => continue,
            };
            let mut wanted: BTreeMap<RecordId, Vec<usize>> = BTreeMap::new();
            for (offset, record) in records.iter().enumerate() {
                for id in ids(record.value(field.id)) {
                    wanted.entry(id).or_default().push(offset);
                }
            }
            let condition = condition.filter(|_| !field.is_computed() && !matches!(chosen, Chosen::Before));
            // Rows of the same load may refer to each other; whether they may be chosen is seen once all are written.
            if target == entity.id {
                for own in records.iter().map(|record| record.id) {
                    let Some(offsets) = wanted.remove(&own).filter(|_| condition.is_some()) else { continue };
                    let held = |offset| HeldChoice { field: field.id, chosen: own, index: base + offset };
                    self.choices.extend(offsets.into_iter().map(held));
                }
            }
            if wanted.is_empty() {
                continue;
            }
            let condition = match condition.map(formula::Formula::predicate) {
                Some(Ok(predicate)) => predicate,
                _ => formula::Predicate::always(),
            };
            let ids: Vec<RecordId> = wanted.keys().copied().collect();
            let there = tx.matching(app, target, &condition, &ids).await?;
            for (_, offsets) in wanted.iter().filter(|(id, _)| !there.contains(id)) {
                for offset in offsets {
                    faults.push(FieldFault {
                        index: base + offset,
                        field: Some(field.name.to_string()),
                        code: "reference",
                        message: words::no_such(field, self.actor.locale),
                    });
                }
            }
        }
        Ok(())
    }

    /// Refuses those written with what chose them that do not meet the condition of their field, one statement per field.
    pub(super) async fn hold_choices(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let mut held: BTreeMap<FieldId, Vec<(RecordId, usize)>> = BTreeMap::new();
        for HeldChoice { field, chosen, index } in std::mem::take(&mut self.choices) {
            held.entry(field).or_default().push((self.meant(chosen), index));
        }
        let app = &self.actor.edition.app;
        let mut faults = Vec::new();
        for (field, chosen) in held {
            let Some(field) = app.field(field) else { continue };
            let (FieldKind::Reference { to, only: Some(only), .. }
            | FieldKind::References { to, only: Some(only), .. }) = &field.kind
            else {
                continue;
            };
            // A condition without a form in the database was refused when the app was checked.
            let Ok(condition) = only.predicate() else { continue };
            let ids: BTreeSet<RecordId> = chosen.iter().map(|(id, _)| *id).collect();
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let there: HashSet<RecordId> = tx.matching(app, *to, &condition, &ids).await?.into_iter().collect();
            for (_, index) in chosen.iter().filter(|(id, _)| !there.contains(id)) {
                faults.push(FieldFault {
                    index: *index,
                    field: Some(field.name.to_string()),
                    code: "reference",
                    message: words::no_such(field, self.actor.locale),
                });
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(CommandError::Invalid(faults)) }
    }
}
