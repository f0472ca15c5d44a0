//! Values as JSON, straight into the body: no tree in between, and no number through floating point.

use std::io::Write as _;

use model::Value;

/// Writes a value.
pub(super) fn value(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(flag) => out.extend_from_slice(if *flag { b"true" } else { b"false" }),
        // Writing into memory cannot fail, here and below.
        Value::Int(number) => drop(write!(out, "{number}")),
        Value::Decimal(number) => drop(write!(out, "{number}")),
        Value::Text(plain) => text(out, plain),
        Value::Date(date) => drop(write!(out, "\"{date}\"")),
        Value::DateTime(moment) => drop(write!(out, "\"{moment}\"")),
        Value::Id(id) => self::id(out, *id),
        Value::List(items) => list(out, items, self::value),
        Value::Json(json) => drop(serde_json::to_writer(out, json)),
        Value::Sealed(_) => out.extend_from_slice(b"{\"unreadable\":true}"),
    }
}

/// Writes text with what JSON escapes.
pub(super) fn text(out: &mut Vec<u8>, text: &str) {
    drop(serde_json::to_writer(out, text));
}

/// Writes an id.
pub(super) fn id(out: &mut Vec<u8>, id: model::Uuid) {
    out.push(b'"');
    let mut buffer = model::Uuid::encode_buffer();
    out.extend_from_slice(id.hyphenated().encode_lower(&mut buffer).as_bytes());
    out.push(b'"');
}

/// Writes an array.
pub(super) fn list<T>(out: &mut Vec<u8>, items: &[T], mut item: impl FnMut(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (at, one) in items.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        item(out, one);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(one: Value) -> String {
        let mut out = Vec::new();
        value(&mut out, &one);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_are_written_exactly() {
        let decimal = |text: &str| Value::Decimal(text.parse().unwrap());
        assert_eq!(written(decimal("1234567890123456.78")), "1234567890123456.78");
        assert_eq!(written(decimal("60.00")), "60.00");
        assert_eq!(written(decimal("-0.5")), "-0.5");
        assert_eq!(written(Value::Int(i64::MIN)), "-9223372036854775808");
        assert_eq!(written(Value::from("a\"\n王")), r#""a\"\n王""#);
        assert_eq!(written(Value::Date("2025-11-10".parse().unwrap())), "\"2025-11-10\"");
        assert_eq!(
            written(Value::DateTime("2025-11-10T08:00:00.120Z".parse().unwrap())),
            "\"2025-11-10T08:00:00.12Z\""
        );
        assert_eq!(written(Value::List(vec![Value::from("a"), Value::Null])), r#"["a",null]"#);
        assert_eq!(written(Value::Json(serde_json::json!({"b": [1]}))), r#"{"b":[1]}"#);
    }
}
