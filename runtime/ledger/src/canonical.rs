//! JSON in its one form, after RFC 8785: members sorted by their UTF-16 code units, no blanks, the shortest escapes, numbers
//! as ECMAScript writes them. The same value always gives the same bytes, and other bytes are another value.

use serde_json::{Number, Value};

/// The one form of a value.
pub fn of(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// Whether a text is JSON in its one form.
pub fn is(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| of(&value) == text)
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(number, out),
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut sorted: Vec<(&String, &Value)> = members.iter().collect();
            // Bytes of UTF-8 sort like UTF-16 except where a name leaves the basic plane.
            sorted.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (at, (name, member)) in sorted.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(name, out);
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
    }
}

/// Whole numbers of 64 bits are written exactly, which RFC 8785 leaves to texts; others as ECMAScript does.
fn write_number(number: &Number, out: &mut String) {
    if let Some(whole) = number.as_i64() {
        out.push_str(&whole.to_string());
    } else if let Some(whole) = number.as_u64() {
        out.push_str(&whole.to_string());
    } else {
        write_float(number.as_f64().unwrap_or_default(), out);
    }
}

fn write_float(number: f64, out: &mut String) {
    if number == 0.0 || !number.is_finite() {
        out.push('0');
        return;
    }
    if number < 0.0 {
        out.push('-');
    }
    // `{:e}` gives the fewest digits that read back as the same number, which is what ECMAScript asks for.
    let shortest = format!("{:e}", number.abs());
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((&shortest, "0"));
    let digits: String = mantissa.chars().filter(char::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let point = exponent + 1;
    let zeros = |many: i32| "0".repeat(usize::try_from(many).unwrap_or_default());
    match point {
        22.. | ..=-6 => {
            let (first, rest) = digits.split_at(1);
            out.push_str(first);
            if !rest.is_empty() {
                out.push('.');
                out.push_str(rest);
            }
            out.push_str(if exponent < 0 { "e-" } else { "e+" });
            out.push_str(&exponent.unsigned_abs().to_string());
        }
        _ if point >= count => {
            out.push_str(&digits);
            out.push_str(&zeros(point - count));
        }
        1.. => {
            let (whole, part) = digits.split_at(usize::try_from(point).unwrap_or_default());
            out.push_str(whole);
            out.push('.');
            out.push_str(part);
        }
        _ => {
            out.push_str("0.");
            out.push_str(&zeros(-point));
            out.push_str(&digits);
        }
    }
}

/// Writes a text with the shortest escapes.
pub(crate) fn write_text(text: &str, out: &mut String) {
    out.push('"');
    let mut plain = 0;
    for (at, c) in text.char_indices() {
        let short = match c {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\0'..='\u{1f}' => "",
            _ => continue,
        };
        out.push_str(text.get(plain..at).unwrap_or_default());
        if short.is_empty() {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push_str(short);
        }
        plain = at + c.len_utf8();
    }
    out.push_str(text.get(plain..).unwrap_or_default());
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> String {
        of(&serde_json::from_str(text).unwrap())
    }

    #[test]
    fn members_are_sorted_and_blanks_left_out() {
        assert_eq!(form(r#"{ "b": [1, 2 ], "a": {"z":null,"y":true} }"#), r#"{"a":{"y":true,"z":null},"b":[1,2]}"#);
        // U+FB33 comes after a surrogate pair in UTF-16, before it in UTF-8.
        assert_eq!(form("{\"\u{fb33}\":1,\"\u{1f600}\":2}"), "{\"\u{1f600}\":2,\"\u{fb33}\":1}");
    }

    #[test]
    fn numbers_have_one_form() {
        for (written, one) in [
            ("1.0", "1"),
            ("-0.0", "0"),
            ("1e2", "100"),
            ("0.5", "0.5"),
            ("1e21", "1e+21"),
            ("1e20", "100000000000000000000"),
            ("0.000001", "0.000001"),
            ("1e-7", "1e-7"),
            ("123.456e-9", "1.23456e-7"),
            ("9007199254740993", "9007199254740993"),
            ("4.50", "4.5"),
        ] {
            assert_eq!(form(written), one, "{written}");
        }
    }

    #[test]
    fn texts_have_the_shortest_escapes_and_keep_their_code_points() {
        assert_eq!(form(r#""\u0041\/\u000a\u001f\"\u00e9""#), "\"A/\\n\\u001f\\\"é\"");
        // The same letter, composed and not: two texts, two forms.
        assert_ne!(form("\"\u{e9}\""), form("\"e\u{301}\""));
    }

    #[test]
    fn what_is_not_in_the_one_form_is_told() {
        assert!(is(r#"{"a":1,"b":2}"#));
        for other in [r#"{"b":2,"a":1}"#, r#"{"a":1, "b":2}"#, r#"{"a":1.0,"b":2}"#, r#"{"a":0,"a":1,"b":2}"#, "{"] {
            assert!(!is(other), "{other}");
        }
    }
}
