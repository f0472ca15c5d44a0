//! Numbers: grouped in threes, with exactly the places asked for; both locales write them alike.

use model::{Value, decimal::round_half_up};
use rust_decimal::Decimal;

/// A number with exactly these places: `12,345.60`.
pub fn decimal(value: &Value, places: u32) -> String {
    value.as_decimal().map_or_else(String::new, |number| grouped(number, places))
}

/// A number with at most these places: `62`, `62.5`.
pub fn shortest(value: &Value, places: u32) -> String {
    value.as_decimal().map_or_else(String::new, |number| {
        let number = round_half_up(number, places).normalize();
        grouped(number, number.scale())
    })
}

/// An amount with its currency: `¥12,345.60`.
pub fn money(value: &Value, places: u32, currency: &str) -> String {
    let number = decimal(value, places);
    let sign = match currency {
        "CNY" => "¥",
        "USD" => "$",
        "EUR" => "€",
        "GBP" => "£",
        other => return format!("{other} {number}"),
    };
    match number.strip_prefix('-') {
        Some(number) => format!("-{sign}{number}"),
        None => format!("{sign}{number}"),
    }
}

/// Bytes: `1.2 MB`.
pub fn bytes(size: i64) -> String {
    let mut amount = Decimal::from(size);
    let mut unit = "B";
    for next in ["KB", "MB", "GB"] {
        if amount < Decimal::from(1000) {
            break;
        }
        amount /= Decimal::from(1000);
        unit = next;
    }
    format!("{} {unit}", round_half_up(amount, 1).normalize())
}

/// A count: `2,150`.
pub fn count(number: i64) -> String {
    grouped(Decimal::from(number), 0)
}

fn grouped(number: Decimal, places: u32) -> String {
    let mut number = round_half_up(number, places);
    number.rescale(places);
    let text = number.abs().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    if number.is_sign_negative() && !number.is_zero() {
        out.push('-');
    }
    let digits = whole.len();
    for (n, digit) in whole.chars().enumerate() {
        if n > 0 && (digits - n) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_exact() {
        let number = |text: &str| Value::Decimal(text.parse().unwrap());
        for (value, places, expected) in [
            (number("1234567.805"), 2, "1,234,567.81"),
            (number("-0.004"), 2, "0.00"),
            (number("-1234"), 0, "-1,234"),
            (Value::Int(999), 0, "999"),
            (number("5"), 2, "5.00"),
        ] {
            assert_eq!(decimal(&value, places), expected);
        }
        assert_eq!(shortest(&number("62.50"), 2), "62.5");
        assert_eq!(shortest(&number("100.00"), 2), "100");
        assert_eq!(money(&number("-1234.5"), 2, "CNY"), "-¥1,234.50");
        assert_eq!(money(&number("3"), 0, "JPY"), "JPY 3");
        assert_eq!(bytes(1_234_567), "1.2 MB");
        assert_eq!(bytes(999), "999 B");
    }
}
