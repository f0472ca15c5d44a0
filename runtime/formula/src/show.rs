//! Values as text: plainly, as `TEXT` and interpolation write them, and quoted, as messages and examples do.

use model::{Value, value::UNREADABLE};

/// The value for a reader, the same in every locale; null is nothing.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.normalize().to_string(),
        Value::Text(text) => text.clone(),
        Value::Date(date) => date.to_string(),
        Value::DateTime(moment) => moment.to_string(),
        Value::Id(id) => id.to_string(),
        Value::List(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Json(json) => json.to_string(),
        Value::Sealed(_) => UNREADABLE.to_owned(),
    }
}

/// At least as many bytes as [`plain`] makes, known without making them.
pub(crate) fn length(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::List(items) => items.iter().map(|item| length(item) + 2).sum(),
        Value::Null => 0,
        Value::Bool(_) => 5,
        Value::Json(json) => json.to_string().len(),
        _ => 40,
    }
}

/// The value as a formula would write it.
pub(crate) fn quoted(value: &Value) -> String {
    match value {
        Value::Null => "null".into(),
        Value::Text(text) => format!("\"{text}\""),
        Value::List(items) => format!("[{}]", items.iter().map(quoted).collect::<Vec<_>>().join(", ")),
        other => plain(other),
    }
}
