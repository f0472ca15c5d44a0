//! Between values and what stands in inputs.

use app::{Field, FieldKind};
use engine::{Given, Signature};
use jiff::tz::TimeZone;
use model::{Timestamp, Value};

use super::super::params::Params;

/// What was typed under a control's name, for the engine to read. Of several values of one name the last counts, unless the
/// field holds several: a hidden input before a checkbox says what its absence means.
pub(in crate::page) fn given(field: &Field, typed: &Params, name: &str) -> Given {
    if matches!(field.kind, FieldKind::Choices(_) | FieldKind::References { .. }) {
        return Given::Texts(typed.all(name).map(str::to_owned).collect());
    }
    let text = typed.0.iter().rev().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    match field.kind {
        // Lines count before a name.
        FieldKind::Signature if text.is_empty() => {
            Given::Text(typed.get(&by_name(name)).unwrap_or_default().to_owned())
        }
        FieldKind::Duration => Given::Text(seconds(text).unwrap_or_else(|| text.to_owned())),
        _ => Given::Text(text.to_owned()),
    }
}

/// The name under which a signature is typed instead of drawn.
pub(super) fn by_name(name: &str) -> String {
    format!("{name}.typed")
}

/// `1:30` or `1:30:15` as seconds.
fn seconds(text: &str) -> Option<String> {
    let text = text.trim();
    let (sign, text) = text.strip_prefix('-').map_or((1, text), |text| (-1, text));
    let (hours, rest) = text.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':').unwrap_or((rest, "0"));
    let part = |text: &str| text.trim().parse::<u32>().ok().map(i64::from);
    Some((sign * (part(hours)? * 3600 + part(minutes)? * 60 + part(seconds)?)).to_string())
}

/// Seconds as `1:30`, or as `1:30:15` where they are no whole minutes.
fn clock(seconds: i64) -> String {
    let (sign, all) = (if seconds < 0 { "-" } else { "" }, seconds.unsigned_abs());
    let (hours, minutes) = (all / 3600, all % 3600 / 60);
    match all % 60 {
        0 => format!("{sign}{hours}:{minutes:02}"),
        rest => format!("{sign}{hours}:{minutes:02}:{rest:02}"),
    }
}

/// A moment as an input of the browser takes it, with seconds only where there are some. Parts of a second are not shown:
/// [`left`](super::control::left) sees to it that they outlive a form that does not change them.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_zoned_datetime(zone.clone());
    at.strftime(if at.second() == 0 { "%Y-%m-%dT%H:%M" } else { "%Y-%m-%dT%H:%M:%S" }).to_string()
}

/// What stands in an input for a value.
pub(super) fn text(field: &Field, value: &Value, zone: &TimeZone) -> String {
    match (value, &field.kind) {
        (Value::Null | Value::List(_) | Value::Sealed(_), _) => String::new(),
        (Value::Int(seconds), FieldKind::Duration) => clock(*seconds),
        (Value::Decimal(number), _) => number.normalize().to_string(),
        (Value::Bool(flag), _) => flag.to_string(),
        (Value::Int(number), _) => number.to_string(),
        (Value::Text(text), _) => text.clone(),
        (Value::Date(day), _) => day.to_string(),
        (Value::DateTime(at), _) => local(*at, zone),
        (Value::Id(id), _) => id.to_string(),
        (Value::Json(_), FieldKind::Signature) => {
            Signature::of(value).map(|found| found.as_lines()).unwrap_or_default()
        }
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
        for odd in ["x:1", "1:-5", "1:2:3:4"] {
            assert_eq!(seconds(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_duration_reads_back_as_it_is_shown() {
        for (number, text) in [(5400, "1:30"), (5415, "1:30:15"), (0, "0:00"), (9, "0:00:09"), (-90, "-0:01:30")] {
            assert_eq!(clock(number), text);
            assert_eq!(seconds(text), Some(number.to_string()));
        }
    }

    #[test]
    fn a_moment_shows_its_seconds_where_it_has_some() {
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        for (at, text) in [
            ("2025-11-20T01:00:00Z", "2025-11-20T09:00"),
            ("2025-11-20T01:00:30.250Z", "2025-11-20T09:00:30"),
            ("2025-11-20T01:00:00.250Z", "2025-11-20T09:00"),
        ] {
            assert_eq!(local(at.parse().unwrap(), &zone), text);
        }
    }
}
