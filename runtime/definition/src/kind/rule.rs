//! `rules/<name>.yaml`: what the platform does by itself, when something becomes so, when it is time, or when a number has
//! been out of bounds for too long.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expression, Words, entity::Scalar, plugin::Call, term::Frequency};

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
    /// What is done for each record, in order. A rule that watches a number keeps alerts, and rules that follow changes of
    /// those say who is told.
    #[serde(default)]
    pub actions: Vec<Action>,
}

/// What sets a rule off: exactly one of the three.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Trigger {
    /// A record of this entity changes.
    #[serde(default)]
    pub change: Option<String>,
    /// It is time.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// The values of a term are out of bounds.
    #[serde(default)]
    pub watch: Option<Watch>,
}

/// Values of a term, watched for each of those it is about. They are looked at again whenever data comes, so that late,
/// corrected and repeated data end in the same alerts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Watch {
    /// The term, by name.
    pub term: String,
    /// Length of the periods; as often as the term expects data unless said.
    #[serde(default)]
    pub every: Option<Frequency>,
    /// Alerts are about what this path from the subject leads to (`unit`), and values are those of all subjects with the same.
    /// The unit of a person is the one of the last day of the period.
    #[serde(default)]
    pub per: Option<String>,
    /// A period counts when its value is larger than this. Exactly one of `above`, `below`, `trend`, `falls`, `rises` and
    /// `place_below`.
    #[serde(default)]
    pub above: Option<Scalar>,
    /// A period counts when its value is smaller than this.
    #[serde(default)]
    pub below: Option<Scalar>,
    /// A period counts when its value is smaller, or larger, than that of the period before.
    #[serde(default)]
    pub trend: Option<Trend>,
    /// A period counts when its value is so far below the mean of the periods before it.
    #[serde(default)]
    pub falls: Option<Swing>,
    /// A period counts when its value is so far above the mean of the periods before it.
    #[serde(default)]
    pub rises: Option<Swing>,
    /// A period counts when its value is better than that of fewer than so many percent of its peers. The term says who they
    /// are; of fewer than five values nothing is said.
    #[serde(default)]
    pub place_below: Option<Scalar>,
    /// Periods with a smaller denominator (a smaller sum, where nothing is divided) neither count nor break a run.
    #[serde(default)]
    pub minimum: Option<Scalar>,
    /// Levels, the mildest first, with how many periods must count in a row.
    #[schemars(with = "std::collections::BTreeMap<String, u32>")]
    pub levels: IndexMap<String, u32>,
    /// After how many periods in a row that do not count it is over; 1 unless said.
    #[serde(default)]
    pub clear: Option<u32>,
    /// The records in which alerts are kept.
    pub alert: Alert,
}

/// Which way values go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trend {
    /// Down.
    Falling,
    /// Up.
    Rising,
}

/// How far a value is from what it was before.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Swing {
    /// By more than so many percent.
    pub by: Scalar,
    /// Of the mean of so many periods before it that say something, 1 to 100. Without as many, nothing counts.
    pub over: u32,
}

/// The entity whose records are alerts, and what each of its fields holds. There is one alert for each run of periods.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Alert {
    /// The entity.
    pub entity: String,
    /// Its text field for the rule's name, by which the rule finds its alerts again.
    pub rule: String,
    /// Its reference to whom or what the value is about.
    pub subject: String,
    /// Its choice of levels, with a code for each.
    pub level: String,
    /// Its choice of states. The platform says `open`, `resolved` and `void`; other codes are people's.
    pub state: String,
    /// Its date field for the last day of the period in which the first level was reached.
    pub opened: String,
    /// Its date field for the last day of the period in which it was over.
    pub closed: String,
    /// Its number field for the value that reached the level.
    #[serde(default)]
    pub value: Option<String>,
    /// Its json field for the periods that led there.
    #[serde(default)]
    pub evidence: Option<String>,
    /// Its reference to the person who is to look after it.
    #[serde(default)]
    pub recipient: Option<String>,
    /// Who that is: an expression over the subject (`unit.head`), with unit and manager as they were on that day.
    #[serde(default)]
    pub to: Option<Expression>,
}

/// A time that comes again, in the app's time zone. Where nobody was there at the time it is done afterwards, as of that time;
/// where several times were missed, for the last of them.
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
    /// Makes a record, once for every time the rule is set off. The platform makes it, soon after the write: what is refused
    /// refuses nobody's write and waits, with its reason, where administrators see it.
    #[serde(default)]
    pub create: Option<Create>,
    /// Starts a case of this workflow about the record, unless one is running. Where it would ask nobody the write stands, and the
    /// case begins once somebody can be asked.
    #[serde(default)]
    pub start: Option<String>,
    /// Calls a plugin and writes what it answers into the record, soon after the write. What it refuses, or cannot do, waits with
    /// the reason where administrators see it.
    #[serde(default)]
    pub call: Option<Call>,
}

/// Which record to make.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Create {
    /// Its entity.
    pub entity: String,
    /// One for each record of another entity, and not one in all.
    #[serde(default)]
    pub each: Option<Each>,
    /// Its values, by field: expressions over the record that set the rule off (`id`, `owner.manager`, `"pending"`).
    #[schemars(with = "std::collections::BTreeMap<String, Expression>")]
    pub values: IndexMap<String, Expression>,
}

/// The records of another entity for each of which one is made, however many there are: in parts, soon after the write. Where a
/// `unique` combination of values says that one is there, it is left as it is. One that is refused waits, with its reason, where
/// administrators see it, and holds up no other.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Each {
    /// The other entity.
    pub entity: String,
    /// The reference field of the record made that leads to it.
    pub by: String,
    /// Only those for which this holds: a condition over them.
    #[serde(default, rename = "where")]
    pub rows: Option<Expression>,
    /// Only those that have the same values as the record that set the rule off: the path from them, and the path from it, as in
    /// `{unit: unit}`. What the record says nothing of, nothing matches.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub matching: IndexMap<String, String>,
    /// Values of the record made that come from them, by field: expressions over them (`person.manager`).
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Expression>")]
    pub values: IndexMap<String, Expression>,
    /// Whether whoever set the rule off is told, in their notifications, how many were made once all are.
    #[serde(default)]
    pub tell: bool,
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
