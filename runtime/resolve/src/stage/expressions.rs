//! Expressions on entities: defaults, computed fields, conditions.

use app::{Entity, FieldKind, Stamp, Validation};
use definition::kind::entity;
use model::{Diagnostic, EntityId, FieldId, Location};

use super::fields::computed;
use crate::{draft::Draft, text::text};

mod rollup;

/// Reads every expression written on an entity or field.
pub(crate) fn resolve(draft: &mut Draft<'_>, entities: &mut [Entity], faults: &mut Vec<Diagnostic>) {
    for index in 0..draft.fields.len() {
        let id = FieldId(index as u32);
        let Some(Some((words, at))) = draft.field_words.get(index) else { continue };
        let (words, at) = (*words, at.clone());
        if !draft.broken_fields.contains(&id) {
            field(draft, id, words, &at, faults);
        }
    }
    for (entity, compiled) in draft.entities.iter().zip(entities) {
        compiled.watched = watched(draft, compiled);
        let opens = entity.words.anonymity.as_ref().and_then(|written| written.open_when.as_ref());
        if let (Some(source), Some(anonymity)) = (opens, &mut compiled.anonymity) {
            let at = entity.at.child("anonymity").child("open_when");
            anonymity.opens = super::entities::anonymity::opens(draft, compiled.id, &anonymity.by, source, &at, faults);
        }
        for (name, written) in &entity.words.validations {
            let at = entity.at.child("validations").child(name);
            compiled.validations.extend(validation(draft, compiled.id, name, written, None, &at, faults));
        }
        for extension in super::extensions::of(draft, &entity.name) {
            for (name, written) in &extension.words.validations {
                let at = extension.at.child("validations").child(name);
                compiled.validations.extend(validation(draft, compiled.id, name, written, None, &at, faults));
            }
        }
    }
}

/// Fields whose earlier value a change is held against.
fn watched(draft: &Draft<'_>, entity: &Entity) -> Vec<FieldId> {
    let mut found = Vec::new();
    for field in entity.fields.iter().filter_map(|id| draft.field_by_id(*id)) {
        let ordered = field.order.is_some().then_some(field.id);
        let followed = field.stamp.iter().flat_map(|stamp| stamp.when.iter().copied());
        for id in ordered.into_iter().chain(followed) {
            if !found.contains(&id) {
                found.push(id);
            }
        }
    }
    found
}

/// A stamp: fields somebody writes, and what their change sets.
fn stamp(
    draft: &Draft<'_>,
    id: FieldId,
    written: &entity::Stamp,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Stamp> {
    let field = draft.field_by_id(id)?;
    let (entity, before) = (field.entity, faults.len());
    if written.when.is_empty() {
        let message = "no field is named whose change would set this one";
        faults.push(Diagnostic::error("stamp.never-set", at.child("when"), message));
    }
    let mut when = Vec::new();
    for (index, name) in written.when.iter().enumerate() {
        let at = at.child("when").child(index);
        let Some(other) = draft.own_field(entity, name, &at, faults) else { continue };
        let words = draft.field_words.get(other.id.index()).and_then(Option::as_ref).map(|(words, _)| *words);
        let written = other.writable() && words.is_some_and(|words| computed(words).is_none());
        if other.id == id {
            let message = "a field does not follow its own change";
            faults.push(Diagnostic::error("stamp.never-set", at, message));
        } else if !written && !draft.broken_fields.contains(&other.id) {
            let message = format!("nobody writes `{name}`, so its change sets nothing");
            faults.push(Diagnostic::error("stamp.never-set", at, message).help("name the fields it is computed from"));
        } else if when.contains(&other.id) {
            faults.push(Diagnostic::error("stamp.named-twice", at, format!("`{name}` is named twice")));
        } else {
            when.push(other.id);
        }
    }
    let value = draft.expression(&written.value, entity, Some(&field.ty), &at.child("value"), faults)?;
    (faults.len() == before).then_some(Stamp { when, value })
}

fn field(draft: &mut Draft<'_>, id: FieldId, words: &entity::Field, at: &Location, faults: &mut Vec<Diagnostic>) {
    let Some((entity, ty, kind, name)) =
        draft.field_by_id(id).map(|field| (field.entity, field.ty.clone(), field.kind.clone(), field.name.to_string()))
    else {
        return;
    };
    let before = faults.len();
    let default = words
        .default
        .as_ref()
        .and_then(|source| draft.expression(source, entity, Some(&ty), &at.child("default"), faults));
    let formula = words
        .formula
        .as_ref()
        .and_then(|source| draft.expression(source, entity, Some(&ty), &at.child("formula"), faults));
    let formula = match &words.lookup {
        Some(source) => rollup::lookup(draft, source, entity, &ty, &at.child("lookup"), faults),
        None => formula,
    };
    let rollup =
        words.rollup.as_ref().and_then(|written| rollup::rollup(draft, id, written, &at.child("rollup"), faults));
    let stamp = words.stamp.as_ref().and_then(|written| stamp(draft, id, written, &at.child("stamp"), faults));
    choice_help(words, faults.get_mut(before..).unwrap_or_default());
    for (formula, property) in [(&default, "default"), (&formula, "formula")] {
        if let Some(formula) = formula {
            known_choice(words, formula.source(), &at.child(property), faults);
        }
    }
    if let Some(formula) = &default
        && formula.reads().iter().any(|path| path.hops.is_empty() && path.field == id)
    {
        let message = format!("the default of `{name}` reads `{name}` itself, which has no value yet");
        faults.push(Diagnostic::error("formula.cycle", at.child("default"), message));
    }
    if let Some(formula) = &formula
        && formula.uses_actor()
    {
        let message = "a computed field is the same for everyone, so it cannot ask who acts";
        let help = "use `actor` in a default, a condition or a filter";
        faults.push(Diagnostic::error("formula.actor-in-computed", at.child("formula"), message).help(help));
    }
    let checked = words.validation.as_ref().and_then(|written| {
        let at = at.child("validation");
        if written.field.is_some() {
            let message = "the message stands beside this field anyway";
            faults.push(Diagnostic::error("field.does-not-apply", at.child("field"), message).help("leave it out"));
        }
        validation(draft, entity, &name, written, Some(id), &at, faults)
    });
    let target = match kind {
        FieldKind::Reference { to, .. } | FieldKind::References { to, .. } => Some(to),
        _ => None,
    };
    let chosen = words
        .only
        .as_ref()
        .zip(target)
        .and_then(|(source, to)| draft.filter(source, to, &at.child("only"), faults).map(|(formula, _)| formula));
    if let Some(field) = draft.fields.get_mut(id.index()) {
        (field.default, field.formula, field.validation) = (default, formula, checked);
        field.rollup = rollup;
        field.stamp = stamp;
        if let FieldKind::Reference { only, .. } | FieldKind::References { only, .. } = &mut field.kind {
            *only = chosen;
        }
    }
}

/// The most frequent slip in a default: the code of a choice without quotes.
fn choice_help(words: &entity::Field, faults: &mut [Diagnostic]) {
    for fault in faults {
        let source = words.default.as_deref().or(words.formula.as_deref()).unwrap_or_default();
        let named = fault
            .location
            .inner
            .map(|(start, end)| source.chars().skip(start).take(end.saturating_sub(start)).collect::<String>());
        if let Some(code) = named.filter(|code| words.choices.contains_key(code)) {
            fault.help = Some(format!("the code of a choice is a text: `\"{code}\"`"));
        }
    }
}

/// A text that is the whole expression must be one of the choices.
pub(crate) fn known_choice(words: &entity::Field, source: &str, at: &Location, faults: &mut Vec<Diagnostic>) {
    let quoted = source.trim().strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    if let Some(code) = quoted
        && !words.choices.is_empty()
        && words.kind == entity::FieldKind::Choice
        && !code.contains('"')
        && !words.choices.contains_key(code)
    {
        let known = words.choices.keys().map(String::as_str);
        let help = model::diagnostic::nearest(code, known.clone()).unwrap_or_else(|| {
            format!("one of {}", known.map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", "))
        });
        let message = format!("`{code}` is not one of the choices");
        faults.push(Diagnostic::error("field.unknown-choice", at.clone(), message).help(help));
    }
}

fn validation(
    draft: &Draft<'_>,
    entity: EntityId,
    name: &str,
    written: &entity::Validation,
    own: Option<FieldId>,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Validation> {
    let beside = match (&written.field, own) {
        (_, Some(own)) => Some(own),
        (Some(name), None) => draft.own_field(entity, name, &at.child("field"), faults).map(|field| field.id),
        (None, None) => None,
    };
    let rule = draft.condition(&written.rule, entity, &at.child("rule"), faults)?;
    if rule.reads().is_empty() {
        let message = "this condition reads no field, so it says the same of every record";
        faults.push(Diagnostic::error("validation.reads-nothing", at.child("rule"), message));
    }
    let values = values(draft, entity, &written.message, &at.child("message"), faults);
    Some(Validation { name: name.to_owned(), rule, message: text(&written.message), values, field: beside })
}

/// The fields whose values stand in a message: of the record itself, and such as can be written in a line.
fn values(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &definition::kind::Words,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<(String, FieldId)> {
    let text = text(written);
    let mut values: Vec<(String, FieldId)> = Vec::new();
    for locale in model::Locale::ALL.into_iter().filter(|locale| !text.lacks(*locale)) {
        let at = match written {
            definition::kind::Words::Plain(_) => at.clone(),
            definition::kind::Words::PerLocale(_) => at.child(locale.tag()),
        };
        let mut rest = text.get(locale);
        while let Some((_, after)) = rest.split_once('{') {
            let Some((name, after)) = after.split_once('}') else {
                faults.push(Diagnostic::error("validation.bad-message", at.clone(), "a `{` is not closed"));
                break;
            };
            rest = after;
            if values.iter().any(|(known, _)| known == name) {
                continue;
            }
            let Some(field) = draft.own_field(entity, name, &at, faults) else { continue };
            let plain = !field.system
                && matches!(
                    field.kind,
                    FieldKind::Text
                        | FieldKind::Integer
                        | FieldKind::Decimal { .. }
                        | FieldKind::Percent { .. }
                        | FieldKind::Money { .. }
                        | FieldKind::Date
                        | FieldKind::Period { .. }
                        | FieldKind::Serial { .. }
                );
            if plain || draft.broken_fields.contains(&field.id) {
                values.push((name.to_owned(), field.id));
            } else {
                let message = format!("the value of `{name}` cannot be written in a message");
                let help = "name a number, a text or a date of the record";
                faults.push(Diagnostic::error("validation.bad-message", at.clone(), message).help(help));
            }
        }
    }
    values
}
