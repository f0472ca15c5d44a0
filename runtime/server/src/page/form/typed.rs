//! Between values and what stands in inputs.

use app::{Field, FieldKind};
use engine::Given;
use jiff::tz::TimeZone;
use model::Value;

use super::super::params::Params;

/// What was typed under a control's name, for the engine to read. Of several values of one name the last counts, unless the
/// field holds several: a hidden input before a checkbox says what its absence means.
pub(in crate::page) fn given(field: &Field, typed: &Params, name: &str) -> Given {
    if matches!(field.kind, FieldKind::Choices(_) | FieldKind::References { .. }) {
        return Given::Texts(typed.all(name).map(str::to_owned).collect());
    }
    let text = typed.0.iter().rev().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    match field.kind {
        FieldKind::Duration => Given::Text(seconds(text).unwrap_or_else(|| text.to_owned())),
        _ => Given::Text(text.to_owned()),
    }
}

/// `1:30` as seconds.
fn seconds(text: &str) -> Option<String> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let (hours, minutes): (i64, i64) = (hours.trim().parse().ok()?, minutes.trim().parse().ok()?);
    Some((hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?).to_string())
}

/// What stands in an input for a value.
pub(super) fn text(field: &Field, value: &Value, zone: &TimeZone) -> String {
    match (value, &field.kind) {
        (Value::Null | Value::List(_) | Value::Sealed(_), _) => String::new(),
        (Value::Int(seconds), FieldKind::Duration) => format!("{}:{:02}", seconds / 3600, seconds % 3600 / 60),
        (Value::Decimal(number), _) => number.normalize().to_string(),
        (Value::Bool(flag), _) => flag.to_string(),
        (Value::Int(number), _) => number.to_string(),
        (Value::Text(text), _) => text.clone(),
        (Value::Date(day), _) => day.to_string(),
        (Value::DateTime(at), _) => at.to_zoned_datetime(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string(),
        (Value::Id(id), _) => id.to_string(),
        (Value::Json(json), _) => serde_json::to_string_pretty(json).unwrap_or_default(),
    }
}

/// The values chosen of a field that may hold several.
pub(super) fn chosen(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::List(items) => items.iter().flat_map(chosen).collect(),
        Value::Text(text) => vec![text.clone()],
        Value::Id(id) => vec![id.to_string()],
        Value::Int(number) => vec![number.to_string()],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_and_minutes_are_seconds() {
        assert_eq!(seconds("1:30").as_deref(), Some("5400"));
        assert_eq!(seconds("90"), None);
        assert_eq!(seconds("x:1"), None);
    }
}
