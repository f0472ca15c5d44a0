//! Plain scalars by the core schema of YAML 1.2.

use serde_json::{Number, Value};

use super::Style;

/// The value of a scalar. Only a plain one can be anything but text. A number that a 64-bit integer or float would not
/// keep exactly stays text, and is read again where the property asks for a number.
pub(super) fn value(written: &str, style: Style) -> Value {
    if style != Style::Plain {
        return Value::String(written.to_owned());
    }
    match written {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" => Value::Bool(true),
        "false" | "False" | "FALSE" => Value::Bool(false),
        _ => number(written).map_or_else(|| Value::String(written.to_owned()), Value::Number),
    }
}

fn number(written: &str) -> Option<Number> {
    if let Some(digits) = written.strip_prefix("0x") {
        return i64::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with(['+', '-'])).map(Number::from);
    }
    if let Some(digits) = written.strip_prefix("0o") {
        return i64::from_str_radix(digits, 8).ok().filter(|_| !digits.starts_with(['+', '-'])).map(Number::from);
    }
    let unsigned = written.strip_prefix(['+', '-']).unwrap_or(written);
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return None;
    }
    if unsigned.chars().all(|c| c.is_ascii_digit()) {
        return written.parse::<i64>().ok().map(Number::from);
    }
    if !unsigned.chars().all(|c| matches!(c, '0'..='9' | '.' | 'e' | 'E' | '+' | '-')) {
        return None;
    }
    let significant = unsigned.chars().filter(char::is_ascii_digit).count();
    let float = written.parse::<f64>().ok().filter(|float| float.is_finite() && significant <= 15)?;
    Number::from_f64(float)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_scalars_follow_the_core_schema() {
        let cases = [
            ("NO", r#""NO""#),
            ("yes", r#""yes""#),
            ("010", "10"),
            ("0x1F", "31"),
            ("0o17", "15"),
            ("-3", "-3"),
            ("2.50", "2.5"),
            ("1.2.3", r#""1.2.3""#),
            ("2025-11-24", r#""2025-11-24""#),
            ("12345678901234567890", r#""12345678901234567890""#),
            ("0.1234567890123456789", r#""0.1234567890123456789""#),
            ("true", "true"),
            ("~", "null"),
            (".", r#"".""#),
            (".inf", r#"".inf""#),
        ];
        for (written, expected) in cases {
            assert_eq!(value(written, Style::Plain).to_string(), expected, "{written}");
        }
        assert_eq!(value("3", Style::Quoted).to_string(), r#""3""#);
    }
}
