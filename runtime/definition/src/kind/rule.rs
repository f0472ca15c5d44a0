//! `rules/<name>.yaml`: what the platform does by itself, when something becomes so or when it is time.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expression, Words};

/// A rule: what sets it off, for which records, and what is done for each.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Rule {
    /// What it is called, where people read why they are told something.
    pub label: Words,
    /// What sets it off.
    pub trigger: Trigger,
    /// Only for records for which this holds. After a change: once for every time it becomes true, by a write or by the
    /// day; it then reads fields of the record itself.
    #[serde(default)]
    pub condition: Option<Expression>,
    /// Only for records to which no such record of another entity refers (schedule).
    #[serde(default)]
    pub without: Option<Without>,
    /// What is done for each record, in order.
    pub actions: Vec<Action>,
}

/// What sets a rule off: exactly one of the two.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Trigger {
    /// A record of this entity changes.
    #[serde(default)]
    pub change: Option<String>,
    /// It is time.
    #[serde(default)]
    pub schedule: Option<Schedule>,
}

/// A time that comes again, in the app's time zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Schedule {
    /// The entity whose records are looked at then.
    #[serde(rename = "for")]
    pub entity: String,
    /// Time of the day, as in `16:10`.
    pub at: String,
    /// Days of the week; every day unless said.
    #[serde(default)]
    pub on: Vec<Weekday>,
}

/// Days of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "a day is what its name says")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Records of another entity that are not there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Without {
    /// The other entity.
    pub entity: String,
    /// Its reference field that would point to the record.
    pub by: String,
    /// Only those for which this holds count as being there.
    #[serde(default, rename = "where")]
    pub rows: Option<Expression>,
}

/// Something done for a record: exactly one of these.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Action {
    /// Tells people, in their notifications, with a way to the record. Who may not see the record is not told.
    #[serde(default)]
    pub notify: Option<Notify>,
}

/// Whom to tell what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Notify {
    /// The people: expressions over the record, each a person or several (`owner`, `parent.owner`).
    pub to: Vec<Expression>,
    /// What they read; `{title}` or `{owner.name}` stands for a value, as far as the reader may see it.
    pub message: Words,
}
