//! Types of values. A field's kind (text, percent, person …) has more to say about input and display; this is what
//! expressions and stores distinguish.

use std::fmt;

use crate::EntityId;

/// The type of a value in an expression or a column.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Type {
    /// True or false.
    Bool,
    /// A 64-bit integer; durations are integers of seconds.
    Int,
    /// An exact decimal.
    Decimal,
    /// Unicode text.
    Text,
    /// A calendar day.
    Date,
    /// A moment in UTC, to the millisecond.
    DateTime,
    /// The id of a record of that entity; without an entity the id of an account.
    Id(Option<EntityId>),
    /// Several values of one type.
    List(Box<Type>),
    /// A JSON document nobody looks into.
    Json,
    /// A text that is shown to those who may read it, and that nothing else is done with.
    Secret,
}

impl Type {
    /// A list of this type.
    #[must_use]
    pub fn list(self) -> Self {
        Self::List(Box::new(self))
    }

    /// Whether arithmetic works on it.
    pub fn is_number(&self) -> bool {
        matches!(self, Self::Int | Self::Decimal)
    }

    /// Whether a value of type `self` may stand where `wanted` is asked for: the same type, or an integer for a decimal.
    pub fn fits(&self, wanted: &Self) -> bool {
        match (self, wanted) {
            (Self::Int, Self::Decimal) => true,
            (Self::Id(a), Self::Id(b)) => a == b || a.is_none() || b.is_none(),
            (Self::List(a), Self::List(b)) => a.fits(b),
            (a, b) => a == b,
        }
    }
}

impl fmt::Display for Type {
    /// The word a builder reads in a message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool => f.write_str("true/false"),
            Self::Int => f.write_str("whole number"),
            Self::Decimal => f.write_str("number"),
            Self::Text => f.write_str("text"),
            Self::Date => f.write_str("date"),
            Self::DateTime => f.write_str("date and time"),
            Self::Id(_) => f.write_str("reference"),
            Self::List(item) => write!(f, "list of {item}"),
            Self::Json => f.write_str("JSON"),
            Self::Secret => f.write_str("secret"),
        }
    }
}
