//! One value of a seed row, read in its field's type.

use app::{Choice, Field, FieldKind, Grain};
use model::{Date, Decimal, Timestamp, Value, diagnostic::nearest};
use serde_json::Value as Json;

use crate::stage::fields::decimal;

/// Why a value does not fit its field.
pub(super) struct Unfit {
    pub(super) code: &'static str,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

fn unfit(message: impl Into<String>) -> Unfit {
    Unfit { code: "data.wrong-type", message: message.into(), help: None }
}

/// Reads a value. `written` is the scalar as it stands in the file: in a text field `007` is a text.
pub(super) fn read(field: &Field, json: &Json, written: Option<&str>) -> Result<Value, Unfit> {
    let text = || match json {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => written.map(str::to_owned),
        _ => None,
    };
    let need = |what: &str| unfit(format!("`{}` holds {what}", field.name));
    let value = match &field.kind {
        FieldKind::Text | FieldKind::LongText | FieldKind::Markdown | FieldKind::Serial { .. } => {
            Value::Text(text().ok_or_else(|| need("text"))?)
        }
        FieldKind::Integer | FieldKind::Duration => Value::Int(json.as_i64().ok_or_else(|| need("a whole number"))?),
        FieldKind::Rating { steps } => {
            let stars = json.as_i64().filter(|stars| (1..=i64::from(*steps)).contains(stars));
            Value::Int(stars.ok_or_else(|| need(&format!("a number of stars from 1 to {steps}")))?)
        }
        FieldKind::Decimal { places } | FieldKind::Percent { places } | FieldKind::Money { places, .. } => {
            let number = text().and_then(|text| decimal(&text)).ok_or_else(|| need("a number"))?;
            Value::Decimal(kept(number, *places).ok_or_else(|| need(&format!("at most {places} decimal places")))?)
        }
        FieldKind::Boolean => Value::Bool(json.as_bool().ok_or_else(|| need("`true` or `false`"))?),
        FieldKind::Date => {
            let date = text().and_then(|text| text.parse::<Date>().ok());
            Value::Date(date.ok_or_else(|| need("a date as in `2025-11-24`"))?)
        }
        FieldKind::DateTime => {
            let moment = text().and_then(|text| text.parse::<Timestamp>().ok());
            Value::DateTime(moment.ok_or_else(|| need("a moment as in `2025-11-24T08:00:00Z`"))?)
        }
        FieldKind::Period { grain } => {
            let period = text().filter(|text| is_period(text, *grain));
            Value::Text(period.ok_or_else(|| need(example(*grain)))?)
        }
        FieldKind::Choice(choices) => Value::Text(choice(choices, &text().ok_or_else(|| need("a choice"))?)?),
        FieldKind::Choices(choices) => {
            let items = json.as_array().ok_or_else(|| need("a list of choices"))?;
            let codes = items.iter().map(|item| {
                let code = item.as_str().map(str::to_owned).unwrap_or_else(|| item.to_string());
                choice(choices, &code).map(Value::Text)
            });
            Value::List(codes.collect::<Result<_, _>>()?)
        }
        FieldKind::Location => {
            let place = text().filter(|text| is_location(text));
            Value::Text(place.ok_or_else(|| need("latitude and longitude as in `30.2741,120.1551`"))?)
        }
        FieldKind::Json => Value::Json(json.clone()),
        FieldKind::File | FieldKind::Image => return Err(need("a file, which a row cannot give")),
        FieldKind::Signature => return Err(need("somebody's hand, which a row cannot give")),
        FieldKind::Secret => {
            let message = format!("`{}` is a secret, and whoever reads the app would read it here", field.name);
            return Err(Unfit { code: "data.secret", message, help: Some("leave it out".to_owned()) });
        }
        FieldKind::Reference { .. } | FieldKind::References { .. } | FieldKind::Children { .. } => {
            return Err(need("references"));
        }
    };
    bounds(field, &value)?;
    Ok(value)
}

fn kept(number: Decimal, places: u32) -> Option<Decimal> {
    let number = number.normalize();
    (number.scale() <= places).then_some(number)
}

fn choice(choices: &[Choice], code: &str) -> Result<String, Unfit> {
    if choices.iter().any(|choice| choice.code == code) {
        return Ok(code.to_owned());
    }
    let known = || choices.iter().map(|choice| choice.code.as_str());
    let all = || format!("one of {}", known().map(|code| format!("`{code}`")).collect::<Vec<_>>().join(", "));
    let help = nearest(code, known()).unwrap_or_else(all);
    Err(Unfit { code: "data.unknown-choice", message: format!("`{code}` is not one of the choices"), help: Some(help) })
}

fn bounds(field: &Field, value: &Value) -> Result<(), Unfit> {
    let measured = match value {
        Value::Text(text) => Value::Int(i64::try_from(text.chars().count()).unwrap_or(i64::MAX)),
        other => other.clone(),
    };
    let beyond = |bound: &Option<Value>, way| bound.as_ref().is_some_and(|bound| measured.compare(bound) == Some(way));
    let out = |what: &str, bound: &Option<Value>| Unfit {
        code: "data.out-of-range",
        message: format!("this is {what} than `{}` may be", field.name),
        help: bound.as_ref().map(|bound| format!("the bound is {}", shown(bound))),
    };
    let text = matches!(value, Value::Text(_));
    if beyond(&field.min, std::cmp::Ordering::Less) {
        return Err(out(if text { "shorter" } else { "smaller" }, &field.min));
    }
    if beyond(&field.max, std::cmp::Ordering::Greater) {
        return Err(out(if text { "longer" } else { "larger" }, &field.max));
    }
    if let (Some(pattern), Value::Text(text)) = (&field.pattern, value)
        && regex::Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|pattern| !pattern.is_match(text))
    {
        let message = format!("this does not match the pattern of `{}`", field.name);
        return Err(Unfit { code: "data.out-of-range", message, help: Some(format!("the pattern is `{pattern}`")) });
    }
    Ok(())
}

fn shown(bound: &Value) -> String {
    match bound {
        Value::Decimal(number) => number.to_string(),
        Value::DateTime(moment) => moment.to_string(),
        other => super::spelled(other),
    }
}

fn is_period(text: &str, grain: Grain) -> bool {
    let within = |rest: Option<&str>, length: usize, most: u32| {
        rest.is_some_and(|rest| rest.len() == length && rest.parse::<u32>().is_ok_and(|n| (1..=most).contains(&n)))
    };
    let (year, rest) = text.split_once('-').map_or((text, None), |(year, rest)| (year, Some(rest)));
    let year_fine = year.len() == 4 && year.chars().all(|c| c.is_ascii_digit());
    let marked = |mark: char| rest.and_then(|rest| rest.strip_prefix(mark));
    year_fine
        && match grain {
            Grain::Year => rest.is_none(),
            Grain::Half => within(marked('H'), 1, 2),
            Grain::Quarter => within(marked('Q'), 1, 4),
            Grain::Month => within(rest, 2, 12),
            Grain::Week => within(marked('W'), 2, 53),
        }
}

fn example(grain: Grain) -> &'static str {
    match grain {
        Grain::Year => "a year as in `2025`",
        Grain::Half => "a half-year as in `2025-H2`",
        Grain::Quarter => "a quarter as in `2025-Q4`",
        Grain::Month => "a month as in `2025-11`",
        Grain::Week => "a week as in `2025-W47`",
    }
}

fn is_location(text: &str) -> bool {
    let within =
        |part: &str, most: u32| part.trim().parse::<Decimal>().is_ok_and(|number| number.abs() <= Decimal::from(most));
    text.split_once(',').is_some_and(|(latitude, longitude)| within(latitude, 90) && within(longitude, 180))
}
