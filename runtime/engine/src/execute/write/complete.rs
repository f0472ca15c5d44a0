//! What of a record nobody gives: what is left open is filled, what follows from others is computed, and all of it is checked.

use app::{Entity, Field, FieldKind};
use model::{FieldId, Value};
use policy::{Action, Authorized, Change};
use store::{StoreError, Tx};

use crate::{
    CommandError, FieldFault,
    execute::{Trace, Work, record::Record, validate, words},
};

impl Work<'_> {
    /// Fills what is left open (defaults, serial numbers), computes, and checks one record.
    pub(in crate::execute) async fn complete(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        change: &Authorized<Change>,
        record: &mut Record,
        index: usize,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), CommandError> {
        let app = &self.actor.edition.app;
        if !record.stored {
            let open: Vec<&Field> =
                app.fields_of(entity).filter(|field| !record.values.contains_key(&field.id)).collect();
            let open_ids: Vec<FieldId> = open.iter().map(|field| field.id).collect();
            let defaults = || open.iter().filter_map(|field| Some((*field, field.default.as_ref()?)));
            record.reach(app, tx, change, defaults().map(|(_, formula)| formula)).await?;
            for (field, formula) in defaults() {
                match record.evaluate(formula, &self.around) {
                    Ok(value) => drop(record.values.insert(field.id, validate::stored_form(field, value))),
                    Err(why) => faults.push(self.incomputable(field, &why, index)),
                }
            }
            for field in open {
                if let FieldKind::Serial { format } = &field.kind
                    && self.trace != Trace::Draft
                {
                    let number = self.serial(tx, app, field, format).await?;
                    record.values.insert(field.id, Value::Text(number));
                }
            }
            record.forget_reached(&open_ids);
            if change.action == Action::Import && self.trace != Trace::Draft {
                self.count_on(tx, app, entity, (record, &open_ids)).await?;
            }
        }
        self.stamp(tx, entity, change, record, index, faults).await?;
        self.compute(tx, entity, change, record, index, faults).await?;
        validate::fields(app, entity, record, index, self.actor.locale, faults);
        // Records that come in from a file come as they are.
        if record.stored || change.action != Action::Import {
            validate::order(app, entity, record, index, self.actor.locale, faults);
        }
        let of_fields = app.fields_of(entity).filter_map(|field| field.validation.as_ref());
        let rules: Vec<_> = of_fields.chain(&entity.validations).map(|validation| &validation.rule).collect();
        record.reach(app, tx, change, rules.into_iter()).await?;
        for (validation, field) in validate::validations(app, entity) {
            if let Some(message) = self.refusal(tx, change, entity, record, validation).await? {
                let field = field.map(|field| field.name.to_string());
                faults.push(FieldFault { index, field, code: "rule", message });
            }
        }
        Ok(())
    }

    /// Sets the fields that follow a change of others and that nobody gives.
    async fn stamp(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        change: &Authorized<Change>,
        record: &mut Record,
        index: usize,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), CommandError> {
        if entity.watched.is_empty() {
            return Ok(());
        }
        let app = &self.actor.edition.app;
        let stamps = app.fields_of(entity).filter_map(|field| Some((field, field.stamp.as_ref()?)));
        let due: Vec<_> = stamps
            .filter(|(field, stamp)| {
                let changed = |watched: &FieldId| record.value(*watched) != record.was(*watched);
                !record.given.contains(&field.id) && stamp.when.iter().any(changed)
            })
            .collect();
        record.reach(app, tx, change, due.iter().map(|(_, stamp)| &stamp.value)).await?;
        for (field, stamp) in due {
            match record.evaluate(&stamp.value, &self.around) {
                Ok(value) => {
                    record.values.insert(field.id, validate::stored_form(field, value));
                    record.forget_reached(&[field.id]);
                }
                Err(why) => faults.push(self.incomputable(field, &why, index)),
            }
        }
        Ok(())
    }

    /// Computes the stored formulas of a record, each after those it reads.
    pub(in crate::execute) async fn compute(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        change: &Authorized<Change>,
        record: &mut Record,
        index: usize,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), CommandError> {
        let app = &self.actor.edition.app;
        // What is reached through references nobody computes is loaded for all formulas at once.
        let formulas = entity.computed.iter().filter_map(|id| app.field(*id)?.formula.as_ref());
        record.reach_through(app, tx, change, formulas, |first| !entity.computed.contains(&first)).await?;
        // Children know nothing of the values computed here, so that all rollups are asked for at once.
        let rollups: Vec<(FieldId, &app::Rollup)> =
            entity.computed.iter().filter_map(|id| Some((*id, app.field(*id)?.rollup.as_ref()?))).collect();
        let mut rolled = self.roll_up(tx, change, record, &rollups).await?;
        for id in &entity.computed {
            let Some(field) = app.field(*id) else { continue };
            if let Some(value) = rolled.remove(id) {
                match value {
                    Some(value) => drop(record.values.insert(field.id, validate::stored_form(field, value))),
                    None => faults.push(self.incomputable(field, &StoreError::TooLarge.to_string(), index)),
                }
                continue;
            }
            let Some(formula) = &field.formula else { continue };
            // One at a time: a formula may follow a reference that the one before it has just computed.
            record.reach(app, tx, change, std::iter::once(formula)).await?;
            match record.evaluate(formula, &self.around) {
                Ok(value) => drop(record.values.insert(field.id, validate::stored_form(field, value))),
                Err(why) => faults.push(self.incomputable(field, &why, index)),
            }
        }
        Ok(())
    }

    fn incomputable(&self, field: &Field, why: &str, index: usize) -> FieldFault {
        let message = words::incomputable(field, why, self.actor.locale);
        FieldFault { index, field: Some(field.name.to_string()), code: "formula", message }
    }
}
