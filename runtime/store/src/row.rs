//! What reads answer and writes hand over.

use formula::{ActorAttribute, Path, Scope};
use model::{Date, FieldId, RecordId, Timestamp, UserId, Value};

use crate::StoreError;

/// Who asks and when, for conditions that speak of `actor`, `TODAY()` or `NOW()`, and for the columns that say who wrote.
#[derive(Debug, Clone, PartialEq)]
pub struct Asking {
    /// The published version the caller's app was made from.
    pub version: i64,
    /// The account.
    pub user: UserId,
    /// The record of the person behind the account.
    pub person: Option<RecordId>,
    /// The name they sign in with.
    pub login: String,
    /// The moment of the request, to the millisecond.
    pub now: Timestamp,
    /// The day of the request where the organisation is.
    pub today: Date,
}

/// What a condition may know before any row is looked at.
impl Scope for Asking {
    fn value(&self, _: &Path) -> Value {
        Value::Null
    }

    fn actor(&self, attribute: ActorAttribute) -> Value {
        match attribute {
            ActorAttribute::Id => Value::Id(self.user),
            ActorAttribute::Person => self.person.into(),
            ActorAttribute::Login => self.login.as_str().into(),
        }
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn today(&self) -> Date {
        self.today
    }

    fn is_open(&self, day: Date) -> bool {
        day.weekday().to_monday_one_offset() <= 5
    }
}

/// A row as the reader may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its id.
    pub id: RecordId,
    /// A value per requested column, in their order; [`Value::Null`] where nothing is known or may be seen. Several values
    /// are a [`Value::List`]; none of several are [`Value::Null`].
    pub values: Vec<Value>,
}

/// A page of rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Page {
    /// The rows, in order.
    pub rows: Vec<Row>,
    /// Where the next page starts: the sort values and the id of the last row; `None` on the last page.
    pub next: Option<(Vec<Value>, RecordId)>,
}

/// The numbers of one group.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// The group's values, one per group path.
    pub keys: Vec<Value>,
    /// One per measure. Means have up to 8 places, rounded half away from zero.
    pub numbers: Vec<Value>,
}

/// A record as stored, unmasked, for the engine to compute with.
#[derive(Debug, Clone, PartialEq)]
pub struct Stored {
    /// Its id.
    pub id: RecordId,
    /// Counts its changes from 1.
    pub version: i64,
    /// Whether it is in the bin.
    pub deleted: bool,
    /// Every field that has values, in the entity's order; references included, children left out.
    pub values: Vec<(FieldId, Value)>,
}

impl Stored {
    /// The value of a field; [`Value::Null`] for one that is not stored.
    pub fn value(&self, field: FieldId) -> &Value {
        self.values.iter().find(|(id, _)| *id == field).map_or(&Value::Null, |(_, value)| value)
    }
}

/// A record to insert among many.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRow {
    /// Its id.
    pub id: RecordId,
    /// Its values; fields left out are not known. A references field takes a list of ids.
    pub values: Vec<(FieldId, Value)>,
    /// What search looks into: the search fields' texts and their initials. Stored in small letters.
    pub search: Option<String>,
}

/// A row of a platform table, taken apart column by column.
pub(crate) struct Taken {
    table: &'static str,
    values: std::vec::IntoIter<Value>,
    at: usize,
}

impl Taken {
    pub(crate) fn new(table: &'static str, values: Vec<Value>) -> Self {
        Self { table, values: values.into_iter(), at: 0 }
    }

    fn next(&mut self) -> Value {
        self.at += 1;
        self.values.next().unwrap_or_default()
    }

    fn bad(&self) -> StoreError {
        StoreError::bad(self.table, &format!("column {}", self.at), "")
    }

    pub(crate) fn int(&mut self) -> Result<i64, StoreError> {
        match self.next() {
            Value::Int(number) => Ok(number),
            _ => Err(self.bad()),
        }
    }

    pub(crate) fn maybe_int(&mut self) -> Result<Option<i64>, StoreError> {
        match self.next() {
            Value::Int(number) => Ok(Some(number)),
            Value::Null => Ok(None),
            _ => Err(self.bad()),
        }
    }

    pub(crate) fn flag(&mut self) -> Result<bool, StoreError> {
        match self.next() {
            Value::Bool(flag) => Ok(flag),
            _ => Err(self.bad()),
        }
    }

    pub(crate) fn text(&mut self) -> Result<String, StoreError> {
        self.maybe_text()?.ok_or_else(|| self.bad())
    }

    pub(crate) fn maybe_text(&mut self) -> Result<Option<String>, StoreError> {
        match self.next() {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            _ => Err(self.bad()),
        }
    }

    pub(crate) fn json(&mut self) -> Result<serde_json::Value, StoreError> {
        match self.maybe_text()? {
            None => Ok(serde_json::Value::Null),
            Some(text) => serde_json::from_str(&text).map_err(|_| self.bad()),
        }
    }

    pub(crate) fn moment(&mut self) -> Result<Timestamp, StoreError> {
        self.maybe_moment()?.ok_or_else(|| self.bad())
    }

    pub(crate) fn maybe_moment(&mut self) -> Result<Option<Timestamp>, StoreError> {
        match self.next() {
            Value::DateTime(moment) => Ok(Some(moment)),
            Value::Null => Ok(None),
            _ => Err(self.bad()),
        }
    }

    pub(crate) fn id(&mut self) -> Result<RecordId, StoreError> {
        self.maybe_id()?.ok_or_else(|| self.bad())
    }

    pub(crate) fn maybe_id(&mut self) -> Result<Option<RecordId>, StoreError> {
        match self.next() {
            Value::Id(id) => Ok(Some(id)),
            Value::Null => Ok(None),
            _ => Err(self.bad()),
        }
    }
}
