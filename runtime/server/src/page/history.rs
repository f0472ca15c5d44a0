//! Who changed what: changes made together are one entry, values are shown as the fields' are.

use app::{Entity, Field};
use engine::HistoryShown;
use model::{EntityId, Type, Uuid, Value};
use serde::Serialize;

use super::{Visit, names, shell::Person};
use crate::{
    problem::Problem,
    show::{self, Names, time},
};

/// The history of a record.
#[derive(Debug, Default, Clone, Serialize)]
pub struct History {
    /// Its changes, newest first.
    pub changes: Vec<Change>,
}

/// Fields changed together.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Change {
    /// By whom.
    pub who: Person,
    /// What was done.
    pub action: String,
    /// When, as people say it.
    pub when: String,
    /// When, for machines.
    pub moment: String,
    /// The fields.
    pub fields: Vec<ChangedField>,
}

/// A field's values before and after.
#[derive(Debug, Default, Clone, Serialize)]
pub struct ChangedField {
    /// What it is called.
    pub label: String,
    /// Before; empty for nothing.
    pub before: String,
    /// After; empty for nothing.
    pub after: String,
}

/// Shows entries, which come newest first.
///
/// # Errors
/// The engine refused to tell the names of records.
pub async fn show(visit: &Visit, entity: &Entity, entries: Vec<HistoryShown>) -> Result<History, Problem> {
    let app = visit.app();
    let field_of =
        |entry: &HistoryShown| entry.field.as_ref().and_then(|name| app.field_named(entity.id, name)).cloned();
    let mut wanted: Vec<(EntityId, Uuid)> = Vec::new();
    for entry in &entries {
        if let Some(target) = field_of(entry).and_then(|field| field.target()) {
            for json in [&entry.before, &entry.after] {
                let texts = json.as_array().map_or_else(|| vec![json], |items| items.iter().collect());
                wanted.extend(texts.iter().filter_map(|text| Some((target, text.as_str()?.parse().ok()?))));
            }
        }
    }
    wanted.sort_unstable();
    wanted.dedup();
    let names = names::load(visit, &wanted).await?;
    let reader = visit.reader();
    let mut changes: Vec<Change> = Vec::new();
    let mut last = None;
    for entry in entries {
        if last != Some(entry.change) {
            last = Some(entry.change);
            let key = match entry.action.as_str() {
                "create" => "action-create",
                "delete" => "action-delete",
                "restore" => "action-restore",
                _ => "action-update",
            };
            changes.push(Change {
                who: Person::new(if entry.by_name.is_empty() { visit.say("platform") } else { &entry.by_name }),
                action: visit.say(key).to_owned(),
                when: time::ago(&reader, entry.at),
                moment: entry.at.to_string(),
                fields: Vec::new(),
            });
        }
        let (Some(field), Some(change)) = (field_of(&entry), changes.last_mut()) else { continue };
        change.fields.push(ChangedField {
            label: field.label.get(visit.locale()).to_owned(),
            before: said(visit, &field, &entry.before, &names),
            after: said(visit, &field, &entry.after, &names),
        });
    }
    Ok(History { changes })
}

fn said(visit: &Visit, field: &Field, json: &serde_json::Value, names: &Names) -> String {
    match of_json(json, &field.ty) {
        Value::Null => String::new(),
        value => show::value(&visit.reader(), field, &value, names).text,
    }
}

/// A value as history keeps it.
fn of_json(json: &serde_json::Value, ty: &Type) -> Value {
    use serde_json::Value as Json;
    match (json, ty) {
        (Json::Null, _) => Value::Null,
        (Json::Array(items), Type::List(item)) => Value::List(items.iter().map(|one| of_json(one, item)).collect()),
        (Json::Bool(flag), _) => Value::Bool(*flag),
        (Json::Number(number), Type::Decimal) => number.to_string().parse().map_or(Value::Null, Value::Decimal),
        (Json::Number(number), _) => number.as_i64().map_or(Value::Null, Value::Int),
        (Json::String(text), Type::Decimal) => text.parse().map_or(Value::Null, Value::Decimal),
        (Json::String(text), Type::Int) => text.parse().map_or(Value::Null, Value::Int),
        (Json::String(text), Type::Date) => text.parse().map_or(Value::Null, Value::Date),
        (Json::String(text), Type::DateTime) => text.parse().map_or(Value::Null, Value::DateTime),
        (Json::String(text), Type::Id(_)) => text.parse().map_or(Value::Null, Value::Id),
        (Json::String(text), _) => Value::Text(text.clone()),
        (other, _) => Value::Json(other.clone()),
    }
}
