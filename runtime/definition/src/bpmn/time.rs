//! Lengths of time as ISO 8601 has them, as far as a workflow counts them: days and hours.

use serde_json::{Value, json};

/// `P3D`, `PT4H`, `P1DT12H`, `P2W`, `-P2D`: days, or hours where a part of a day is said. Months and years are of no one
/// length, and minutes are not counted.
pub(super) fn length(text: &str) -> Option<Value> {
    let (sign, rest) = match text.trim().strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.trim()),
    };
    let (day, time) =
        rest.strip_prefix('P')?.split_once('T').map_or((rest.strip_prefix('P')?, None), |(d, t)| (d, Some(t)));
    let days = total(day, &[('W', 7), ('D', 1)])?;
    let hours = time.map(|time| total(time, &[('H', 1), ('M', 0), ('S', 0)]));
    match (days, hours) {
        (None, None) => None,
        (Some(days), None) => Some(json!({ "days": sign * days })),
        (days, Some(hours)) => {
            let all = days.unwrap_or(0).checked_mul(24)?.checked_add(hours??)?;
            Some(json!({ "hours": sign * all }))
        }
    }
}

/// The sum of parts such as `2W3D`; nothing said is `Some(None)`. A unit worth nothing may only be said as 0.
fn total(text: &str, units: &[(char, i64)]) -> Option<Option<i64>> {
    let (mut sum, mut digits, mut said) = (0_i64, String::new(), false);
    for c in text.chars() {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        let (_, worth) = units.iter().find(|(unit, _)| *unit == c)?;
        let number: i64 = std::mem::take(&mut digits).parse().ok()?;
        if *worth == 0 && number != 0 {
            return None;
        }
        sum = sum.checked_add(number.checked_mul(*worth)?)?;
        said = true;
    }
    digits.is_empty().then_some(said.then_some(sum))
}

/// A length as a duration: days as `P3D`, hours as `PT4H`.
pub(super) fn duration(number: i64, hours: bool) -> String {
    let sign = if number < 0 { "-" } else { "" };
    let number = number.unsigned_abs();
    if hours { format!("{sign}PT{number}H") } else { format!("{sign}P{number}D") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_days_and_hours() {
        for (text, value) in [
            ("P3D", json!({"days": 3})),
            ("PT4H", json!({"hours": 4})),
            ("P1DT12H", json!({"hours": 36})),
            ("P2W", json!({"days": 14})),
            ("PT24H0M", json!({"hours": 24})),
            ("-P2D", json!({"days": -2})),
        ] {
            assert_eq!(length(text), Some(value), "{text}");
        }
        for text in ["", "P", "PT", "PT30M", "P1M", "P1Y", "3D", "P3", "PxD", "${days}", "P99999999999999999999D"] {
            assert_eq!(length(text), None, "{text}");
        }
        assert_eq!((duration(-2, false).as_str(), duration(4, true).as_str()), ("-P2D", "PT4H"));
    }
}
