//! Smallest and largest values, and patterns.

use definition::kind::entity::{Field, FieldKind, Scalar};
use model::{Date, Decimal, Diagnostic, Location, Timestamp, Type, Value};

/// Characters a line of text holds unless its field says otherwise.
const LINE: i64 = 500;
/// Characters a longer text holds unless its field says otherwise.
const TEXT: i64 = 20_000;

/// The largest length of a text that says none.
pub(super) fn default_max(kind: FieldKind) -> Option<Value> {
    match kind {
        FieldKind::Text | FieldKind::Secret => Some(Value::Int(LINE)),
        FieldKind::LongText | FieldKind::Markdown => Some(Value::Int(TEXT)),
        _ => None,
    }
}

/// Reads a bound in the field's own type; for texts it is a number of characters.
pub(super) fn bound(
    field: &Field,
    written: Option<&Scalar>,
    ty: &Type,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Value> {
    let written = match written? {
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
    };
    let texts = matches!(field.kind, FieldKind::Text | FieldKind::LongText | FieldKind::Markdown | FieldKind::Secret);
    let (found, wanted) = match ty {
        Type::Text | Type::Secret if texts => {
            let length = written.parse::<i64>().ok().filter(|length| (0..=1_000_000).contains(length));
            (length.map(Value::Int), "a number of characters")
        }
        Type::Int => (written.parse::<i64>().ok().map(Value::Int), "a whole number"),
        Type::Decimal => (decimal(&written).map(Value::Decimal), "a number"),
        Type::Date => (written.parse::<Date>().ok().map(Value::Date), "a date as in `2025-11-24`"),
        Type::DateTime => {
            (written.parse::<Timestamp>().ok().map(Value::DateTime), "a moment as in `2025-11-24T08:00:00Z`")
        }
        // A bound that does not apply has been told already.
        _ => return None,
    };
    if found.is_none() {
        let message = format!("`{written}` cannot be a bound here: {wanted} is asked for");
        faults.push(Diagnostic::error("field.bad-bound", at.clone(), message));
    }
    found
}

/// An exact decimal as written, with an exponent or without.
pub(crate) fn decimal(text: &str) -> Option<Decimal> {
    text.parse::<Decimal>().ok().or_else(|| Decimal::from_scientific(text).ok())
}

/// The smallest value must not be above the largest.
pub(super) fn check_order(min: Option<&Value>, max: Option<&Value>, at: &Location, faults: &mut Vec<Diagnostic>) {
    if let (Some(min), Some(max)) = (min, max)
        && min.compare(max) == Some(std::cmp::Ordering::Greater)
    {
        faults.push(Diagnostic::error("field.bad-bound", at.child("min"), "`min` is above `max`"));
    }
}

/// The pattern for the whole text, if it can be read.
pub(super) fn pattern(field: &Field, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<String> {
    let pattern = field.pattern.as_ref()?;
    match regex::RegexBuilder::new(&format!("^(?:{pattern})$")).size_limit(1 << 20).build() {
        Ok(_) => Some(pattern.clone()),
        Err(fault) => {
            let why = match fault {
                regex::Error::CompiledTooBig(_) => "it is too large".to_owned(),
                other => other.to_string().lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned(),
            };
            let message = format!("this is not a pattern: {why}");
            faults.push(Diagnostic::error("field.bad-pattern", at.child("pattern"), message));
            None
        }
    }
}
