//! What a record must meet before it is written. All faults at once.

use std::{
    collections::{HashMap, HashSet},
    sync::{LazyLock, Mutex, PoisonError},
};

use app::{App, Entity, Field, FieldKind, Validation};
use model::{Decimal, FieldId, Locale, Type, Value, decimal::round_half_up, value::UNREADABLE};
use regex::{Regex, RegexBuilder};

use super::{
    record::{Record, Surroundings},
    words,
};
use crate::FieldFault;

/// Checks the values themselves: required, ranges, patterns. Returns whether anything was found.
pub(crate) fn fields(
    app: &App,
    entity: &Entity,
    record: &Record,
    index: usize,
    locale: Locale,
    faults: &mut Vec<FieldFault>,
) {
    for field in app.fields_of(entity) {
        let mut fault = |code, message| {
            faults.push(FieldFault { index, field: Some(field.name.to_string()), code, message });
        };
        let value = record.value(field.id);
        if value.is_null() {
            if field.required && field.writable() {
                fault("required", words::required(field, locale));
            }
            continue;
        }
        match size(field, value) {
            Some(size) => {
                if let Some(least) = field.min.as_ref().filter(|least| size.compare(least).is_some_and(|o| o.is_lt())) {
                    fault("range", words::too_small(field, least, locale));
                }
                if let Some(most) = field.max.as_ref().filter(|most| size.compare(most).is_some_and(|o| o.is_gt())) {
                    fault("range", words::too_large(field, most, locale));
                }
            }
            None => continue,
        }
        if let (FieldKind::Rating { steps }, Some(given)) = (&field.kind, value.as_decimal()) {
            if given < Decimal::ONE {
                fault("range", words::too_small(field, &Value::Int(1), locale));
            } else if given > Decimal::from(*steps) {
                fault("range", words::too_large(field, &Value::Int(i64::from(*steps)), locale));
            }
        }
        if let (Some(pattern), Some(text)) = (&field.pattern, value.as_text())
            && !matches_whole(pattern, text)
        {
            fault("pattern", words::pattern(field, locale));
        }
        // What is computed follows what was entered, and was looked at there.
        if let (true, Some(text)) = (field.term && field.writable(), value.as_text())
            && !app.terms().iter().any(|term| term.code == text)
        {
            fault("term", words::no_term(field, locale));
        }
    }
}

/// Whether the whole text matches. Patterns were checked when the app was resolved; each is compiled once per process.
fn matches_whole(pattern: &str, text: &str) -> bool {
    static COMPILED: LazyLock<Mutex<HashMap<String, Option<Regex>>>> = LazyLock::new(Mutex::default);
    let mut compiled = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let regex = compiled
        .entry(pattern.to_owned())
        .or_insert_with(|| RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(1 << 20).build().ok());
    regex.as_ref().is_some_and(|regex| regex.is_match(text))
}

/// What `min` and `max` are held against: the number of characters of a text, of items of a list, the value otherwise.
fn size(field: &Field, value: &Value) -> Option<Value> {
    match (&field.ty, value) {
        (Type::Text | Type::Secret, Value::Text(text)) => {
            Some(Value::Int(i64::try_from(text.chars().count()).unwrap_or(i64::MAX)))
        }
        (Type::List(_), Value::List(items)) => Some(Value::Int(i64::try_from(items.len()).unwrap_or(i64::MAX))),
        (Type::Json | Type::Id(_), _) => None,
        _ => Some(value.clone()),
    }
}

/// Checks that each choice follows its order, from the value it had.
pub(crate) fn order(
    app: &App,
    entity: &Entity,
    record: &Record,
    index: usize,
    locale: Locale,
    faults: &mut Vec<FieldFault>,
) {
    if entity.watched.is_empty() {
        return;
    }
    for (field, order) in app.fields_of(entity).filter_map(|field| Some((field, field.order.as_ref()?))) {
        let (from, to) = (record.was(field.id).as_text(), record.value(field.id).as_text());
        if !order.allows(from, to) {
            let message = words::out_of_order(field, order, from, to, locale);
            faults.push(FieldFault { index, field: Some(field.name.to_string()), code: "order", message });
        }
    }
}

/// Why a record does not meet a condition.
pub(crate) enum Unmet {
    /// It does not hold.
    Broken,
    /// It cannot be worked out, for this reason.
    Incomputable(String),
}

/// Whether a record fails a condition. One that is not known holds.
pub(crate) fn unmet(validation: &Validation, record: &Record, around: &Surroundings) -> Option<Unmet> {
    match record.evaluate(&validation.rule, around) {
        Ok(Value::Bool(false)) => Some(Unmet::Broken),
        Ok(_) => None,
        Err(why) => Some(Unmet::Incomputable(why)),
    }
}

/// The conditions on a record, each with the field it stands beside.
pub(crate) fn validations<'a>(
    app: &'a App,
    entity: &'a Entity,
) -> impl Iterator<Item = (&'a Validation, Option<&'a Field>)> {
    let of_fields =
        app.fields_of(entity).filter_map(|field| field.validation.as_ref().map(|validation| (validation, Some(field))));
    let of_entity =
        entity.validations.iter().map(|validation| (validation, validation.field.and_then(|id| app.field(id))));
    of_fields.chain(of_entity)
}

/// What a condition says, with the values of those fields that are told.
pub(crate) fn message(
    app: &App,
    validation: &Validation,
    record: &Record,
    locale: Locale,
    told: &HashSet<FieldId>,
) -> String {
    let value = |name: &str| {
        let (_, id) = validation.values.iter().find(|(known, id)| known == name && told.contains(id))?;
        let unit = app.field(*id).map(|field| field.unit.get(locale)).unwrap_or_default();
        let value = match record.value(*id) {
            Value::Decimal(number) => number.normalize().to_string(),
            value => shown(value),
        };
        Some(format!("{value}{unit}")).filter(|text| !text.is_empty())
    };
    words::filled(validation.message.get(locale), |name| value(name).unwrap_or_else(|| "—".to_owned()))
}

/// Rounds a computed value to what the field keeps; an integer becomes a decimal where one is kept.
pub(crate) fn stored_form(field: &Field, value: Value) -> Value {
    match (field.places(), value) {
        (Some(places), number @ (Value::Int(_) | Value::Decimal(_))) => {
            number.as_decimal().map_or(Value::Null, |number| Value::Decimal(round_half_up(number, places)))
        }
        (None, Value::Decimal(number)) if field.ty == Type::Int => {
            i64::try_from(round_half_up(number, 0)).map_or(Value::Null, Value::Int)
        }
        (None, Value::List(items)) if items.is_empty() => Value::Null,
        (_, value) => value,
    }
}

/// A value as plain text, independent of language: for messages and conflicts.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Date(date) => date.to_string(),
        Value::DateTime(moment) => moment.to_string(),
        Value::Id(id) => id.to_string(),
        Value::List(items) => items.iter().map(shown).collect::<Vec<_>>().join(", "),
        Value::Json(json) => json.to_string(),
        Value::Sealed(_) => UNREADABLE.to_owned(),
    }
}
