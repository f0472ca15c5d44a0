//! Records that a rule makes: somebody could make them, every value has a field that holds it, and nothing needed is left out.

use app::{Each, FieldKind, RuleAction};
use definition::kind::rule;
use formula::Formula;
use model::{Diagnostic, EntityId, FieldId, Location};

use super::{NOBODY_ACTS, standing};
use crate::{draft::Draft, stage::expressions::known_choice};

/// Compiles a record to be made.
pub(super) fn resolve(
    draft: &Draft<'_>,
    written: &rule::Create,
    entity: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<RuleAction> {
    let made = draft.entity(&written.entity, &at.child("entity"), faults)?;
    let name = draft.entity_name(made);
    if draft.entities.get(made.index()).is_some_and(|named| named.words.source.is_some()) {
        let message = format!("the rows of `{name}` come from another system, so nobody makes one here");
        faults.push(Diagnostic::error("rule.does-not-apply", at.child("entity"), message));
        return None;
    }
    let before = faults.len();
    let mut values: Vec<(FieldId, Formula)> = Vec::new();
    for (field, source) in &written.values {
        let at = at.child("values").child(field);
        let Some(known) = draft.given_field(made, field, "rule.bad-value", &at, faults) else { continue };
        let Some(formula) = draft.expression(source, entity, Some(&known.ty), &at, faults) else { continue };
        if formula.uses_actor() {
            let (code, message, help) = NOBODY_ACTS;
            faults.push(Diagnostic::error(code, at, message).help(help));
            continue;
        }
        if let Some(Some((words, _))) = draft.field_words.get(known.id.index()) {
            known_choice(words, source, &at, faults);
        }
        values.push((known.id, formula));
    }
    let each = written.each.as_ref().map(|each| self::each(draft, written, each, made, &at.child("each"), faults));
    let fields = draft.shapes.get(made.index()).map(|shape| shape.fields.as_slice()).unwrap_or_default();
    for field in fields.iter().filter_map(|id| draft.field_by_id(*id)) {
        // What a default asks of the actor is not known where nobody acts.
        let filled = field.default.as_ref().is_some_and(|default| !default.uses_actor());
        let named = |each: &rule::Each| each.by == field.name.as_str();
        let given = written.values.contains_key(field.name.as_str()) || written.each.as_ref().is_some_and(named);
        if field.required && field.writable() && !filled && !given {
            let message = format!("`{name}.{}` is required, and this says no value for it", field.name);
            let help = format!("add `{}` to `values`", field.name);
            faults.push(Diagnostic::error("rule.lacks-value", at.child("values"), message).help(help));
        }
    }
    (faults.len() == before).then_some(RuleAction::Create { entity: made, values, each: each.flatten() })
}

/// For which records one is made: the record made refers to each of them, by a field that is given no other value.
fn each(
    draft: &Draft<'_>,
    create: &rule::Create,
    written: &rule::Each,
    made: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Each> {
    let entity = draft.entity(&written.entity, &at.child("entity"), faults)?;
    let by = draft.own_field(made, &written.by, &at.child("by"), faults)?;
    let refers = matches!(by.kind, FieldKind::Reference { to, .. } if to == entity);
    if !draft.broken_fields.contains(&by.id) && (!refers || !by.writable()) {
        let message = format!(
            "`{}.{}` is no reference to `{}` that can be given",
            draft.entity_name(made),
            written.by,
            written.entity
        );
        faults.push(Diagnostic::error("rule.no-way-back", at.child("by"), message));
        return None;
    }
    if create.values.contains_key(&written.by) {
        let message = format!("`{}` leads to each of `{}`, so it has no other value", written.by, written.entity);
        let help = format!("leave `{}` out of `values`", written.by);
        faults.push(Diagnostic::error("rule.bad-value", at.child("by"), message).help(help));
        return None;
    }
    let condition = match &written.rows {
        Some(source) => Some(standing(draft, source, entity, &at.child("where"), faults)?),
        None => None,
    };
    Some(Each { entity, by: by.id, condition })
}
