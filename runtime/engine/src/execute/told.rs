//! Answers told as numbers without names: from then on they stay as they are, and told. Otherwise two numbers, read one after
//! the other, would differ by one person's answer.

use app::{App, Entity};
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

    /// Holds an answer whose person was erased where it is: in its cell, with its numbers, and nobody's. `false` for any other.
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
        changed.retain(|id| *id == anonymity.of || in_numbers(app, entity, *id));
        if changed.is_empty() || !tx.is_unnamed(before.id).await? {
            return Ok(false);
        }
        // What is not told yet is computed anew: what it comes from may be erased.
        if !self.is_told(tx, entity, before).await? {
            changed.retain(|id| *id == anonymity.of);
        }
        for id in changed {
            let value = if id == anonymity.of { Value::Null } else { before.value(id).clone() };
            record.values.insert(id, value);
        }
        Ok(true)
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

/// Whether numbers without names are made of a field, or parted by it.
pub(super) fn in_numbers(app: &App, entity: &Entity, id: FieldId) -> bool {
    let Some(anonymity) = &entity.anonymity else { return false };
    let number = app.field(id).is_some_and(|field| matches!(field.ty, Type::Int | Type::Decimal));
    number || anonymity.by.contains(&id)
}
