//! Values as formulas compute them, stores keep them and pages show them.
//!
//! NULL has one meaning everywhere: *not known*. It propagates through arithmetic and text, a comparison with it is
//! itself not known, `&&`, `||` and `!` follow Kleene's three values, and a condition holds only when it is true.
//! SQL gives the same answers, which a property test keeps so.

use std::cmp::Ordering;

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use uuid::Uuid;

/// What stands for a secret that does not open, where a text is the same in every language.
pub const UNREADABLE: &str = "#unreadable";

/// One value of any [`crate::Type`], or nothing known.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// Not known.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact decimal.
    Decimal(Decimal),
    /// Text.
    Text(String),
    /// A calendar day.
    Date(Date),
    /// A moment, UTC.
    DateTime(Timestamp),
    /// The id of a record or account.
    Id(Uuid),
    /// Several values.
    List(Vec<Value>),
    /// A JSON document.
    Json(serde_json::Value),
    /// A secret that does not open, as it is kept; empty where it is shown to somebody.
    Sealed(String),
}

impl Value {
    /// Whether nothing is known.
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    /// The number, whole or decimal.
    pub fn as_decimal(&self) -> Option<Decimal> {
        match self {
            Self::Int(n) => Some(Decimal::from(*n)),
            Self::Decimal(n) => Some(*n),
            _ => None,
        }
    }

    /// The text.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The id.
    pub fn as_id(&self) -> Option<Uuid> {
        match self {
            Self::Id(id) => Some(*id),
            _ => None,
        }
    }

    /// The day.
    pub fn as_date(&self) -> Option<Date> {
        match self {
            Self::Date(date) => Some(*date),
            _ => None,
        }
    }

    /// The items of a list.
    pub fn as_list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// It as JSON, exact: a decimal, a day and a moment are text. A secret that does not open is `{"unreadable": true}`.
    pub fn json(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Int(number) => (*number).into(),
            Self::Decimal(number) => number.to_string().into(),
            Self::Text(text) => text.as_str().into(),
            Self::Date(day) => day.to_string().into(),
            Self::DateTime(moment) => moment.to_string().into(),
            Self::Id(id) => id.to_string().into(),
            Self::List(items) => items.iter().map(Self::json).collect(),
            Self::Json(json) => json.clone(),
            Self::Sealed(_) => serde_json::json!({ "unreadable": true }),
        }
    }

    /// Order of two known values of comparable types; `None` when either is not known or the types do not compare.
    /// Text compares by code point, as the `C` collation does in SQL.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => Some(a.cmp(b)),
            (Self::Int(a), Self::Int(b)) => Some(a.cmp(b)),
            (Self::Int(_) | Self::Decimal(_), Self::Int(_) | Self::Decimal(_)) => {
                Some(self.as_decimal()?.cmp(&other.as_decimal()?))
            }
            (Self::Text(a), Self::Text(b)) => Some(a.cmp(b)),
            (Self::Date(a), Self::Date(b)) => Some(a.cmp(b)),
            (Self::DateTime(a), Self::DateTime(b)) => Some(a.cmp(b)),
            (Self::Id(a), Self::Id(b)) => Some(a.cmp(b)),
            _ => None,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<Decimal> for Value {
    fn from(number: Decimal) -> Self {
        Self::Decimal(number)
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Self::Bool(flag)
    }
}

impl From<Date> for Value {
    fn from(date: Date) -> Self {
        Self::Date(date)
    }
}

impl From<Timestamp> for Value {
    fn from(moment: Timestamp) -> Self {
        Self::DateTime(moment)
    }
}

impl From<Uuid> for Value {
    fn from(id: Uuid) -> Self {
        Self::Id(id)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}
