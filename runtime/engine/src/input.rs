//! Values as they come in, read by the field's kind. One reader for JSON, forms, files and the platform itself, so that
//! every way in refuses the same things with the same words.

use app::{Field, FieldKind, Grain};
use jiff::{civil::DateTime, tz::TimeZone};
use model::{Date, Decimal, Timestamp, Uuid, Value, decimal::round_half_up};

use crate::{Given, signature};

/// Why a value was not taken: a stable code, and a word the messages are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misread {
    /// `type`, `choice`, `format`, `too-long`.
    pub code: &'static str,
    /// What was expected, as a key of [`crate::execute::words`].
    pub expected: &'static str,
}

const fn misread(code: &'static str, expected: &'static str) -> Misread {
    Misread { code, expected }
}

/// Longest text taken from outside for any kind, in bytes; fields set their own shorter limits.
const MAX_TEXT: usize = 200_000;

/// Reads a value for a field. Empty text is nothing.
///
/// # Errors
/// [`Misread`] says what was expected.
pub fn read(field: &Field, given: &Given, zone: &TimeZone) -> Result<Value, Misread> {
    match given {
        Given::Value(value) => Ok(value.clone()),
        Given::Json(json) => read_json(field, json, zone),
        Given::Text(text) => read_text(field, text.trim_end_matches(['\r', '\n']), zone),
        Given::Texts(texts) => match &field.kind {
            FieldKind::Choices(_) | FieldKind::References { .. } => {
                let filled = texts.iter().filter(|text| !text.is_empty());
                let items = filled.map(|text| read_item(field, text)).collect::<Result<Vec<_>, _>>()?;
                Ok(distinct(items))
            }
            _ => read_text(field, texts.last().map_or("", String::as_str), zone),
        },
    }
}

fn read_json(field: &Field, json: &serde_json::Value, zone: &TimeZone) -> Result<Value, Misread> {
    use serde_json::Value as Json;
    match (json, &field.kind) {
        (_, FieldKind::Json) if !json.is_null() => Ok(Value::Json(json.clone())),
        (Json::Object(_), FieldKind::Signature) => signature::of_json(json).ok_or(misread("format", "signature")),
        (Json::Null, _) => Ok(Value::Null),
        (Json::Bool(flag), FieldKind::Boolean) => Ok(Value::Bool(*flag)),
        (Json::Number(number), FieldKind::Integer | FieldKind::Duration | FieldKind::Rating { .. }) => {
            number.as_i64().map(Value::Int).ok_or(misread("type", "whole-number"))
        }
        (Json::Number(number), kind) if is_decimal(kind) => read_decimal(field, &number.to_string()),
        (Json::Array(items), FieldKind::Choices(_) | FieldKind::References { .. }) => {
            let texts = items.iter().map(|item| item.as_str().ok_or(misread("type", "list")));
            let items = texts.map(|text| read_item(field, text?)).collect::<Result<Vec<_>, _>>()?;
            Ok(distinct(items))
        }
        (Json::String(text), kind) if !matches!(kind, FieldKind::Boolean | FieldKind::Json) => match kind {
            FieldKind::Choices(_) | FieldKind::References { .. } => Err(misread("type", "list")),
            FieldKind::Integer | FieldKind::Duration | FieldKind::Rating { .. } => Err(misread("type", "whole-number")),
            _ => read_text(field, text, zone),
        },
        _ => Err(misread("type", expected(&field.kind))),
    }
}

/// Reads text as people write it in a form or a file.
fn read_text(field: &Field, text: &str, zone: &TimeZone) -> Result<Value, Misread> {
    if text.len() > MAX_TEXT {
        return Err(misread("too-long", "text"));
    }
    // PostgreSQL keeps no such character, and another text in its place is not what was given.
    if text.contains('\0') {
        return Err(misread("format", "no-zero"));
    }
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Ok(Value::Null);
    }
    match &field.kind {
        FieldKind::Text | FieldKind::Serial { .. } | FieldKind::Secret => Ok(Value::Text(trimmed.to_owned())),
        FieldKind::LongText | FieldKind::Markdown => Ok(Value::Text(text.replace("\r\n", "\n"))),
        FieldKind::Integer | FieldKind::Duration | FieldKind::Rating { .. } => {
            let digits = trimmed.replace(',', "");
            digits.parse().map(Value::Int).map_err(|_| misread("type", "whole-number"))
        }
        FieldKind::Decimal { .. } | FieldKind::Percent { .. } | FieldKind::Money { .. } => read_decimal(field, trimmed),
        FieldKind::Boolean => match trimmed.to_lowercase().as_str() {
            "true" | "yes" | "on" | "1" | "是" => Ok(Value::Bool(true)),
            "false" | "no" | "off" | "0" | "否" => Ok(Value::Bool(false)),
            _ => Err(misread("type", "boolean")),
        },
        FieldKind::Date => read_date(trimmed).map(Value::Date).ok_or(misread("type", "date")),
        FieldKind::DateTime => read_moment(trimmed, zone).map(Value::DateTime).ok_or(misread("type", "datetime")),
        FieldKind::Period { grain } => {
            period(*grain, trimmed).map(Value::Text).ok_or(misread("format", grain_word(*grain)))
        }
        FieldKind::Choice(choices) => {
            let found = choices.iter().any(|choice| choice.code == trimmed);
            if found { Ok(Value::Text(trimmed.to_owned())) } else { Err(misread("choice", "choice")) }
        }
        FieldKind::Choices(_) | FieldKind::References { .. } => {
            let parts = trimmed.split([',', ';', '、', '，', '；']).map(str::trim).filter(|part| !part.is_empty());
            Ok(distinct(parts.map(|part| read_item(field, part)).collect::<Result<Vec<_>, _>>()?))
        }
        FieldKind::Reference { .. } | FieldKind::File | FieldKind::Image => {
            Uuid::parse_str(trimmed).map(Value::Id).map_err(|_| misread("type", "reference"))
        }
        FieldKind::Location => location(trimmed).map(Value::Text).ok_or(misread("format", "location")),
        FieldKind::Signature => signature::of_text(trimmed).ok_or(misread("format", "signature")),
        FieldKind::Json => serde_json::from_str(trimmed).map(Value::Json).map_err(|_| misread("type", "json")),
        FieldKind::Children { .. } => Err(misread("read-only", "children")),
    }
}

fn read_item(field: &Field, text: &str) -> Result<Value, Misread> {
    match &field.kind {
        FieldKind::Choices(choices) if choices.iter().any(|choice| choice.code == text) => {
            Ok(Value::Text(text.to_owned()))
        }
        FieldKind::Choices(_) => Err(misread("choice", "choice")),
        _ => Uuid::parse_str(text).map(Value::Id).map_err(|_| misread("type", "reference")),
    }
}

/// The items once each, in order; nothing when there are none.
fn distinct(items: Vec<Value>) -> Value {
    let mut once: Vec<Value> = Vec::with_capacity(items.len());
    for item in items {
        if !once.contains(&item) {
            once.push(item);
        }
    }
    if once.is_empty() { Value::Null } else { Value::List(once) }
}

fn is_decimal(kind: &FieldKind) -> bool {
    matches!(kind, FieldKind::Decimal { .. } | FieldKind::Percent { .. } | FieldKind::Money { .. })
}

/// A number as written: grouping commas, a percent sign and an exponent are understood; it is rounded to the field's places.
fn read_decimal(field: &Field, text: &str) -> Result<Value, Misread> {
    let plain = text.replace([',', ' '], "");
    let plain = plain.strip_suffix('%').unwrap_or(&plain);
    let number = Decimal::from_str_exact(plain).or_else(|_| Decimal::from_scientific(plain));
    let number = number.map_err(|_| misread("type", "number"))?;
    // A column holds 18 digits on both databases.
    let places = field.places().unwrap_or(2);
    let rounded = round_half_up(number, places);
    if rounded.abs() >= Decimal::from(10_i64.pow(18_u32.saturating_sub(places.min(18)))) {
        return Err(misread("range", "number"));
    }
    Ok(Value::Decimal(rounded))
}

/// `2025-11-10`, `2025/11/10`, `2025年11月10日`, `20251110`.
fn read_date(text: &str) -> Option<Date> {
    let plain = text.replace(['/', '.', '年', '月'], "-").replace('日', "");
    if let Ok(date) = plain.parse::<Date>() {
        return Some(date);
    }
    let mut parts = plain.split('-').map(str::parse::<i16>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    if parts.next().is_some() {
        return None;
    }
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// With an offset it is that moment; without one, local time in the app's zone.
fn read_moment(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let moment = text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.replace('/', "-").parse().ok()?;
        Some(local.to_zoned_datetime(zone.clone()).ok()?.timestamp())
    })?;
    Timestamp::from_millisecond(moment.as_millisecond()).ok()
}

fn location(text: &str) -> Option<String> {
    let (latitude, longitude) = text.split_once(',')?;
    let latitude: Decimal = latitude.trim().parse().ok()?;
    let longitude: Decimal = longitude.trim().parse().ok()?;
    (latitude.abs() <= Decimal::from(90) && longitude.abs() <= Decimal::from(180))
        .then(|| format!("{},{}", latitude.normalize(), longitude.normalize()))
}

/// A period in its one written form, whatever the input's case.
fn period(grain: Grain, text: &str) -> Option<String> {
    let text = text.to_uppercase();
    let year = |part: &str| (part.len() == 4).then(|| part.parse::<i16>().ok()).flatten();
    let within = |part: &str, most: u8| part.parse::<u8>().ok().filter(|n| (1..=most).contains(n));
    let (first, rest) = text.split_once('-').unwrap_or((&text, ""));
    let year = year(first)?;
    match grain {
        Grain::Year => rest.is_empty().then(|| format!("{year:04}")),
        Grain::Half => within(rest.strip_prefix('H')?, 2).map(|n| format!("{year:04}-H{n}")),
        Grain::Quarter => within(rest.strip_prefix('Q')?, 4).map(|n| format!("{year:04}-Q{n}")),
        Grain::Month => within(rest, 12).map(|n| format!("{year:04}-{n:02}")),
        Grain::Week => {
            let n = within(rest.strip_prefix('W')?, 53)?;
            let valid = jiff::civil::ISOWeekDate::new(year, i8::try_from(n).ok()?, jiff::civil::Weekday::Monday);
            valid.ok().map(|_| format!("{year:04}-W{n:02}"))
        }
    }
}

fn grain_word(grain: Grain) -> &'static str {
    match grain {
        Grain::Year => "year",
        Grain::Half => "half",
        Grain::Quarter => "quarter",
        Grain::Month => "month",
        Grain::Week => "week",
    }
}

fn expected(kind: &FieldKind) -> &'static str {
    match kind {
        FieldKind::Integer | FieldKind::Duration | FieldKind::Rating { .. } => "whole-number",
        FieldKind::Decimal { .. } | FieldKind::Percent { .. } | FieldKind::Money { .. } => "number",
        FieldKind::Boolean => "boolean",
        FieldKind::Date => "date",
        FieldKind::DateTime => "datetime",
        FieldKind::Choices(_) | FieldKind::References { .. } => "list",
        FieldKind::Reference { .. } | FieldKind::File | FieldKind::Image => "reference",
        FieldKind::Json => "json",
        FieldKind::Signature => "signature",
        _ => "text",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_as_people_write_them() {
        for text in ["2025-11-10", "2025/11/10", "2025年11月10日", "2025.11.10", "2025-11-10", "2025/1/9"] {
            assert!(read_date(text).is_some(), "{text}");
        }
        for text in ["2025-13-01", "10", "2025-02-30", "x"] {
            assert!(read_date(text).is_none(), "{text}");
        }
    }

    #[test]
    fn periods_have_one_form() {
        assert_eq!(period(Grain::Week, "2026-w7").as_deref(), Some("2026-W07"));
        assert_eq!(period(Grain::Week, "2025-W53"), None);
        assert_eq!(period(Grain::Quarter, "2025-Q5"), None);
        assert_eq!(period(Grain::Month, "2025-1").as_deref(), Some("2025-01"));
        assert_eq!(period(Grain::Year, "2025").as_deref(), Some("2025"));
    }
}
