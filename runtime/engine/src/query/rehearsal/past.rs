//! How a record stood before and after each act on it, from its values of today and those that the ledger has.
//!
//! An act says what its fields were and became; a field it does not name stood as the next act that names it found it, and as it
//! stands today after the last. Where two acts disagree, something changed in between that is on no ledger (a day began, a formula
//! was published), and what stood there meanwhile is not known. Neither is what was erased.

use std::collections::HashMap;

use model::{FieldId, RecordId, Timestamp, Type, Value};
use serde_json::Value as Json;
use store::Acted;

/// Values of the fields asked for; `None` where it is not known what stood there.
pub(super) type Stood = HashMap<FieldId, Option<Value>>;

/// A field whose past is asked for.
pub(super) struct Asked {
    /// The field.
    pub(super) id: FieldId,
    /// Its name, as acts call it.
    pub(super) name: String,
    /// What it holds.
    pub(super) ty: Type,
}

/// What an act did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// The record was made.
    Came,
    /// Fields of it changed.
    Changed,
    /// It was put into the bin.
    Went,
    /// It was taken out of the bin.
    Back,
}

/// An act on a record, with how it stood before and after.
pub(super) struct Moment {
    pub(super) at: Timestamp,
    /// What was done together shares it.
    pub(super) act: RecordId,
    pub(super) what: What,
    /// Whether the platform did it, and no rule had it do so: a file read by the command line tells nobody.
    pub(super) platform: bool,
    pub(super) before: Stood,
    pub(super) after: Stood,
}

/// What an act says of a field.
enum Said {
    /// What it was and became.
    Both(Option<Value>, Option<Value>),
    /// That it stayed.
    Nothing,
    /// It would say, but its values are gone.
    Gone,
}

/// The moments of a record, oldest first.
pub(super) fn moments(fields: &[Asked], today: &Stood, acts: &[Acted]) -> Vec<Moment> {
    let moment = |acted: &Acted| Moment {
        at: acted.changed.at,
        act: acted.changed.act,
        what: what(acted),
        platform: acted.changed.by.is_nil() && !acted.by_rule,
        before: Stood::new(),
        after: Stood::new(),
    };
    let mut moments: Vec<Moment> = acts.iter().map(moment).collect();
    for field in fields {
        let mut later = today.get(&field.id).cloned().flatten();
        for (moment, acted) in moments.iter_mut().zip(acts).rev() {
            let (before, after) = match said(field, acted) {
                Said::Both(before, after) => (before, after),
                Said::Nothing => (later.clone(), later),
                Said::Gone => (None, later),
            };
            moment.before.insert(field.id, before.clone());
            moment.after.insert(field.id, after);
            later = before;
        }
        let mut earlier: Option<Value> = None;
        for (moment, acted) in moments.iter_mut().zip(acts) {
            match said(field, acted) {
                Said::Both(_, after) => earlier = after,
                Said::Gone => earlier = None,
                Said::Nothing => {
                    let stood = moment.before.get(&field.id).cloned().flatten();
                    if earlier.as_ref().is_some_and(|earlier| !stood.is_some_and(|stood| same(earlier, &stood))) {
                        moment.before.insert(field.id, None);
                        moment.after.insert(field.id, None);
                    }
                }
            }
        }
    }
    moments
}

/// How a record stood at a moment; `None` for what the acts before and after it do not agree on.
pub(super) fn stood_at(fields: &[Asked], moments: &[Moment], today: &Stood, at: Timestamp) -> Stood {
    let last = moments.iter().rev().find(|moment| moment.at <= at);
    let next = moments.iter().find(|moment| moment.at > at).map_or(today, |moment| &moment.before);
    let known = |field: &Asked| {
        let next = next.get(&field.id).cloned().flatten()?;
        match last {
            None => Some(next),
            Some(last) => last.after.get(&field.id)?.as_ref().filter(|last| same(last, &next)).cloned(),
        }
    };
    fields.iter().map(|field| (field.id, known(field))).collect()
}

fn what(acted: &Acted) -> What {
    match acted.changed.action.as_str() {
        "create" => What::Came,
        "delete" => What::Went,
        "restore" => What::Back,
        _ => What::Changed,
    }
}

fn said(field: &Asked, acted: &Acted) -> Said {
    let changed = &acted.changed;
    let before = || changed.before.get(&field.name).map_or(Some(Value::Null), |json| kept(json, &field.ty));
    let after = || changed.after.get(&field.name).map_or(Some(Value::Null), |json| kept(json, &field.ty));
    match what(acted) {
        What::Came | What::Changed if acted.erased => Said::Gone,
        What::Came => Said::Both(Some(Value::Null), after()),
        What::Changed if changed.after.contains_key(&field.name) => Said::Both(before(), after()),
        What::Went if !acted.erased => Said::Both(before(), before()),
        What::Changed | What::Went | What::Back => Said::Nothing,
    }
}

/// A value as the ledger keeps it; `None` where the field holds something else by now.
fn kept(json: &Json, ty: &Type) -> Option<Value> {
    match (json, ty) {
        (Json::Null, _) => Some(Value::Null),
        (_, Type::Json) => Some(Value::Json(json.clone())),
        (Json::Bool(flag), Type::Bool) => Some(Value::Bool(*flag)),
        (Json::Number(number), Type::Int) => number.as_i64().map(Value::Int),
        (Json::Number(number), Type::Decimal) => number.to_string().parse().ok().map(Value::Decimal),
        (Json::String(text), Type::Decimal) => text.parse().ok().map(Value::Decimal),
        (Json::String(text), Type::Text) => Some(Value::Text(text.clone())),
        (Json::String(text), Type::Date) => text.parse().ok().map(Value::Date),
        (Json::String(text), Type::DateTime) => text.parse().ok().map(Value::DateTime),
        (Json::String(text), Type::Id(_)) => text.parse().ok().map(Value::Id),
        (Json::Array(items), Type::List(ty)) => {
            items.iter().map(|item| kept(item, ty)).collect::<Option<Vec<_>>>().map(Value::List)
        }
        _ => None,
    }
}

/// Whether two values are one; several are so in any order.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::List(one), Value::List(other)) => {
            one.len() == other.len() && one.iter().all(|item| other.contains(item))
        }
        _ => one == other,
    }
}
