//! Records that a rule makes: somebody could make them, every value has a field that holds it, and nothing needed is left out.

use app::{Each, FieldKind, RuleAction};
use definition::kind::{Expression, rule};
use formula::Formula;
use indexmap::IndexMap;
use model::{Diagnostic, EntityId, FieldId, Location, Type};

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
    let values = values(draft, &written.values, (made, entity), &at.child("values"), faults);
    let each = written.each.as_ref();
    let each = each.map(|each| self::each(draft, (written, each), (made, entity), &at.child("each"), faults));
    let fields = draft.shapes.get(made.index()).map(|shape| shape.fields.as_slice()).unwrap_or_default();
    for field in fields.iter().filter_map(|id| draft.field_by_id(*id)) {
        // What a default asks of the actor is not known where nobody acts.
        let filled = field.default.as_ref().is_some_and(|default| !default.uses_actor());
        let name_of = field.name.as_str();
        let named = |each: &rule::Each| each.by == name_of || each.values.contains_key(name_of);
        let given = written.values.contains_key(name_of) || written.each.as_ref().is_some_and(named);
        if field.required && field.writable() && !filled && !given {
            let message = format!("`{name}.{}` is required, and this says no value for it", field.name);
            let help = format!("add `{}` to `values`", field.name);
            faults.push(Diagnostic::error("rule.lacks-value", at.child("values"), message).help(help));
        }
    }
    (faults.len() == before).then_some(RuleAction::Create { entity: made, values, each: each.flatten() })
}

/// Values of the record made, each by an expression over a record of the second entity.
fn values(
    draft: &Draft<'_>,
    written: &IndexMap<String, Expression>,
    (made, entity): (EntityId, EntityId),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<(FieldId, Formula)> {
    let mut values: Vec<(FieldId, Formula)> = Vec::new();
    for (field, source) in written {
        let at = at.child(field);
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
    values
}

/// For which records one is made: the record made refers to each of them, and may take values from it.
fn each(
    draft: &Draft<'_>,
    (create, written): (&rule::Create, &rule::Each),
    (made, of): (EntityId, EntityId),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Each> {
    let entity = draft.entity(&written.entity, &at.child("entity"), faults)?;
    let by = way_back(draft, (create, &written.by), (made, entity), &at.child("by"), faults)?;
    for field in written.values.keys() {
        if create.values.contains_key(field) || written.by == *field {
            let message = format!("`{field}` is given a value twice");
            faults.push(Diagnostic::error("rule.bad-value", at.child("values").child(field), message));
        }
    }
    let values = values(draft, &written.values, (made, entity), &at.child("values"), faults);
    let condition = match &written.rows {
        Some(source) => Some(standing(draft, source, entity, &at.child("where"), faults)?),
        None => None,
    };
    let mut matching = Vec::new();
    for (theirs, own) in &written.matching {
        let at = at.child("matching").child(theirs);
        let Some(path) = draft.path(entity, theirs, &at, faults) else { continue };
        let Some(from) = draft.path(of, own, &at, faults) else { continue };
        if path.ty != from.ty || matches!(path.ty, Type::List(_) | Type::Json) {
            let message =
                format!("`{theirs}` and `{own}` are no single values of one kind, so they are never the same");
            faults.push(Diagnostic::error("rule.bad-value", at, message));
            continue;
        }
        matching.push((path, from));
    }
    Some(Each { entity, by, condition, matching, values, tells: written.tell })
}

/// The reference of the record made that leads to each of an entity, which is given no other value.
fn way_back(
    draft: &Draft<'_>,
    (create, name): (&rule::Create, &str),
    (made, entity): (EntityId, EntityId),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<FieldId> {
    let by = draft.own_field(made, name, at, faults)?;
    let refers = matches!(by.kind, FieldKind::Reference { to, .. } if to == entity);
    let to = draft.entity_name(entity);
    if !draft.broken_fields.contains(&by.id) && (!refers || !by.writable()) {
        let message = format!("`{}.{name}` is no reference to `{to}` that can be given", draft.entity_name(made));
        faults.push(Diagnostic::error("rule.no-way-back", at.clone(), message));
        return None;
    }
    if create.values.contains_key(name) {
        let message = format!("`{name}` leads to each of `{to}`, so it has no other value");
        let help = format!("leave `{name}` out of `values`");
        faults.push(Diagnostic::error("rule.bad-value", at.clone(), message).help(help));
        return None;
    }
    Some(by.id)
}
