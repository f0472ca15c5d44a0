//! Answers told as numbers without names: from then on they stay as they are, and told. Otherwise two numbers, read one after
//! the other, would differ by one person's answer.

use app::{Anonymity, App, Entity};
use formula::Path;
use model::{FieldId, Type, Value};
use policy::{Authorized, Change};
use store::{Lock, Stored, Tx};

use super::{Work, record::Record, words};
use crate::{CommandError, FieldFault};

impl Work<'_> {
    /// A fault where a record belongs to a cell that is told.
    pub(super) async fn untold(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        token: &Authorized<Change>,
        record: &mut Record,
        index: usize,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), CommandError> {
        let Some(opens) = entity.anonymity.as_ref().and_then(|anonymity| anonymity.opens.as_ref()) else {
            return Ok(());
        };
        let app = &self.actor.edition.app;
        let mut through: Vec<FieldId> =
            opens.rule.reads().iter().filter_map(|path| path.hops.first().copied()).collect();
        through.sort_unstable();
        through.dedup();
        // Nobody opens a cell between this and the end of the transaction.
        for reference in &through {
            let target = app.field(*reference).and_then(app::Field::target);
            let (Some(target), Some(id)) = (target, record.value(*reference).as_id()) else { continue };
            let held = self.following(target, id)?;
            tx.load(app, &held, Lock::Update).await?;
        }
        record.forget_reached(&through);
        record.reach(app, tx, token, std::iter::once(&opens.rule)).await?;
        let message = match record.evaluate(&opens.rule, &self.around) {
            Ok(Value::Bool(true)) => words::told_already(self.actor.locale),
            Ok(_) => return Ok(()),
            Err(why) => why,
        };
        faults.push(FieldFault { index, field: None, code: "told-already", message });
        Ok(())
    }

    /// The same of a record as it is stored, which refuses the command.
    pub(super) async fn still_untold(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        token: &Authorized<Change>,
        before: &Stored,
    ) -> Result<(), CommandError> {
        let mut faults = Vec::new();
        let mut record = Record::stored(entity, before);
        self.untold(tx, entity, token, &mut record, self.index, &mut faults).await?;
        if faults.is_empty() { Ok(()) } else { Err(CommandError::Invalid(faults)) }
    }

    /// Holds an answer that was given by somebody erased, or is about them, where it is: nobody's, or whose it was, in its cell,
    /// and with its numbers where they are told. `false` for any other.
    pub(super) async fn hold(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        before: &Stored,
        record: &mut Record,
    ) -> Result<bool, CommandError> {
        let app = &self.actor.edition.app;
        let Some(anonymity) = &entity.anonymity else { return Ok(false) };
        let mut changed = record.changes(entity, before);
        changed.retain(|id| parts(anonymity, *id) || in_numbers(app, entity, *id));
        if changed.is_empty() || !tx.is_unnamed(before.id).await? {
            return Ok(false);
        }
        // Numbers that are not told yet are computed anew: what they come from may be erased.
        if !self.is_told(tx, entity, before).await? {
            changed.retain(|id| parts(anonymity, *id));
        }
        for id in changed {
            record.values.insert(id, before.value(id).clone());
        }
        Ok(true)
    }

    /// Faults where somebody would make an answer whose person was erased another's, or move it to another cell: one person would
    /// count twice. What follows of either from something else stays as it is.
    pub(super) async fn stays_nobodys(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        before: &Stored,
        record: &mut Record,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), CommandError> {
        let app = &self.actor.edition.app;
        let Some(anonymity) = &entity.anonymity else { return Ok(()) };
        let mut moved = record.changes(entity, before);
        moved.retain(|id| parts(anonymity, *id));
        // One that is somebody's is about whoever was erased, and theirs to change as long as it is not told.
        let nobodys = before.value(anonymity.of).is_null() || !refers(app, anonymity);
        if moved.is_empty() || !nobodys || !tx.is_unnamed(before.id).await? {
            return Ok(());
        }
        for field in moved.into_iter().filter_map(|id| app.field(id)) {
            if field.is_computed() {
                record.values.insert(field.id, before.value(field.id).clone());
                continue;
            }
            let locale = self.actor.locale;
            let message = words::stays_nobodys(field.label.get(locale), locale);
            faults.push(FieldFault {
                index: self.index,
                field: Some(field.name.to_string()),
                code: "unnamed",
                message,
            });
        }
        Ok(())
    }

    /// Faults where a change that is not written yet would take back what is told of the answers about a record.
    pub(super) async fn stays_told(
        &self,
        tx: &mut Tx,
        record: &Record,
        changed: &[FieldId],
        index: usize,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), CommandError> {
        let app = &self.actor.edition.app;
        for entity in app.entities() {
            let Some(opens) = entity.anonymity.as_ref().and_then(|anonymity| anonymity.opens.as_ref()) else {
                continue;
            };
            let paths: Vec<&Path> = opens.rule.reads().iter().filter(|path| changed.contains(&path.field)).collect();
            let mut by: Vec<FieldId> = paths.iter().filter_map(|path| path.hops.first().copied()).collect();
            by.sort_unstable();
            by.dedup();
            for reference in by {
                let ids = tx.referrers(app, reference, &[record.id]).await?;
                let Some(first) = ids.first() else { continue };
                let token = self.following(entity.id, *first)?;
                // Where the rule reads nothing but this record it says the same of every answer: one stands for all.
                let alone = opens.rule.reads().iter().all(|path| path.hops.as_slice() == [reference]);
                let asked = if alone { std::slice::from_ref(first) } else { ids.as_slice() };
                let answers = tx.load_many(app, &token, entity.id, asked).await?;
                for stored in &answers {
                    let mut answer = Record::stored(entity, stored);
                    answer.reach(app, tx, &token, std::iter::once(&opens.rule)).await?;
                    if !matches!(answer.evaluate(&opens.rule, &self.around), Ok(Value::Bool(true))) {
                        continue;
                    }
                    for path in paths.iter().filter(|path| path.hops.as_slice() == [reference]) {
                        answer.reached.insert((*path).clone(), record.value(path.field).clone());
                    }
                    if matches!(answer.evaluate(&opens.rule, &self.around), Ok(Value::Bool(true))) {
                        continue;
                    }
                    let locale = self.actor.locale;
                    let field = paths.first().and_then(|path| app.field(path.field));
                    let message = words::stays_told(field.map_or("", |field| field.label.get(locale)), locale);
                    let field = field.map(|field| field.name.to_string());
                    faults.push(FieldFault { index, field, code: "told-already", message });
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Whether what was computed anew bears on numbers without names that are told: whose record it is, its cell, or a number.
pub(super) fn counts(app: &App, entity: &Entity, changed: &[FieldId]) -> bool {
    let Some(anonymity) = entity.anonymity.as_ref().filter(|anonymity| anonymity.opens.is_some()) else { return false };
    changed.iter().any(|id| *id == anonymity.of || in_numbers(app, entity, *id))
}

/// Whether a field says whose record it is, or in which cell.
pub(super) fn parts(anonymity: &Anonymity, id: FieldId) -> bool {
    id == anonymity.of || anonymity.by.contains(&id)
}

/// Whether whose record it is, is said by a reference, which leads to somebody.
pub(super) fn refers(app: &App, anonymity: &Anonymity) -> bool {
    app.field(anonymity.of).is_some_and(|field| field.target().is_some())
}

/// Whether numbers without names are made of a field, or parted by it.
pub(super) fn in_numbers(app: &App, entity: &Entity, id: FieldId) -> bool {
    let Some(anonymity) = &entity.anonymity else { return false };
    let number = app.field(id).is_some_and(|field| matches!(field.ty, Type::Int | Type::Decimal));
    number || anonymity.by.contains(&id)
}
