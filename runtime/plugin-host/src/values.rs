//! Values on their way into a plugin and out of it, as JSON.

use app::Plugin;
use model::{Decimal, Name, Timestamp, Type, Value};
use serde_json::{Map, Value as Json};

/// What a plugin is handed: everything it takes, null where there is no value.
pub(crate) fn input(plugin: &Plugin, values: &[(Name, Value)]) -> String {
    let value =
        |name: &Name| values.iter().find(|(known, _)| known == name).map_or(Json::Null, |(_, value)| value.json());
    let all: Map<String, Json> = plugin.takes.iter().map(|(name, _)| (name.to_string(), value(name))).collect();
    Json::Object(all).to_string()
}

/// What a plugin said, as values of what it gives.
pub(crate) fn answer(plugin: &Plugin, said: &str) -> Result<Vec<(Name, Value)>, String> {
    let said: Json = serde_json::from_str(said).map_err(|fault| format!("it is not JSON ({fault})"))?;
    let Json::Object(mut said) = said else { return Err("it is not a JSON object".to_owned()) };
    let mut found = Vec::new();
    for (name, ty) in &plugin.gives {
        let given = said.remove(name.as_str()).unwrap_or_default();
        let value = value(&given, ty).ok_or_else(|| format!("`{name}` is no {ty}"))?;
        found.push((name.clone(), value));
    }
    match said.keys().next() {
        Some(other) => Err(format!("`{other}` is nothing it gives")),
        None => Ok(found),
    }
}

/// A value of that type as plugins write it; `None` where it is none.
pub fn value(given: &Json, ty: &Type) -> Option<Value> {
    Some(match (ty, given) {
        (_, Json::Null) => Value::Null,
        (Type::Text, Json::String(text)) if text.is_empty() => Value::Null,
        (Type::Text, Json::String(text)) if !text.contains('\0') => Value::Text(text.clone()),
        (Type::Bool, Json::Bool(flag)) => Value::Bool(*flag),
        (Type::Int, Json::Number(number)) => Value::Int(number.as_i64()?),
        (Type::Decimal, Json::Number(number)) => Value::Decimal(decimal(&number.to_string())?),
        (Type::Decimal, Json::String(text)) => Value::Decimal(decimal(text)?),
        (Type::Date, Json::String(text)) => Value::Date(text.parse().ok()?),
        (Type::DateTime, Json::String(text)) => {
            let moment: Timestamp = text.parse().ok()?;
            Value::DateTime(Timestamp::from_millisecond(moment.as_millisecond()).ok()?)
        }
        (Type::Json, other) => Value::Json(other.clone()),
        _ => return None,
    })
}

fn decimal(text: &str) -> Option<Decimal> {
    Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text)).ok()
}
