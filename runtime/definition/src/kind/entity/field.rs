//! A field of an entity: what it holds, how it is entered and computed, and who may know of it.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Personal;
use crate::kind::{Expression, Words};

/// What a field is to the platform within an entity that stands for something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldRole {
    /// The unit above a unit (on the unit entity, or on a line of a unit).
    ParentUnit,
    /// The person in charge of a unit (on the unit entity, or on a line of a unit).
    Head,
    /// The person a person reports to (on the person entity).
    Manager,
    /// The unit a person works in (on the person entity).
    Unit,
    /// The login an account is made for (on the person entity).
    Login,
    /// Whether a person is in service (on the person entity): the account of whoever is not is disabled.
    InService,
    /// The persons a person also reports to, outside the line (on the person entity, or on a line of a person; one
    /// reference or several).
    MatrixManager,
    /// The persons who look after a unit without being part of it, such as its HR partner (on the unit entity, or on a
    /// line of a unit; one reference or several).
    Partner,
    /// Whose assignment it is (on the assignment entity).
    AssignedPerson,
    /// The unit of an assignment (on the assignment entity).
    AssignedUnit,
    /// The manager of an assignment (on the assignment entity).
    AssignedManager,
    /// The unit or person a line is of (on an entity that stands for lines).
    LineOf,
    /// The first day of an assignment or a line (on the assignment entity, or one that stands for lines).
    ValidFrom,
    /// The last day of an assignment or a line; without one it still runs (on the assignment entity, or one that stands for
    /// lines).
    ValidTo,
    /// The day (on the calendar entity).
    Day,
    /// Whether that day is worked (on the calendar entity).
    Open,
    /// The calendar the day is of, where there are several: a reference to whatever the app calls a calendar. Days without one
    /// are everybody's, and a calendar's own go before them (on the calendar entity).
    Calendar,
    /// The days of the week that are worked by a calendar where no day is listed, Monday to Friday when empty: several
    /// choices named `monday` to `sunday` (on what the days of the calendar refer to).
    Weekdays,
}

/// A field. Which properties apply depends on `type`; one that would do nothing is refused.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Field {
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldKind,
    /// What people call it.
    #[serde(default)]
    pub label: Option<Words>,
    /// A sentence shown under the input.
    #[serde(default)]
    pub help: Option<Words>,
    /// The field's previous name, so that its column is renamed and keeps its values.
    #[serde(default)]
    pub renamed_from: Option<String>,
    /// What the field is to the platform.
    #[serde(default)]
    pub stands_for: Option<FieldRole>,
    /// A record must have a value.
    #[serde(default)]
    pub required: bool,
    /// No two records share a value.
    #[serde(default)]
    pub unique: bool,
    /// Indexed for filters and sorting.
    #[serde(default)]
    pub index: bool,
    /// Value of a new record that gives none: an expression.
    #[serde(default)]
    pub default: Option<Expression>,
    /// Computed and stored: an expression over this record, what it refers to, and its children. Nobody writes it.
    #[serde(default)]
    pub formula: Option<Expression>,
    /// Computed and stored: the value at the end of references of this record, `customer.region.name`. It follows every
    /// change on the way. Nobody writes it.
    #[serde(default)]
    pub lookup: Option<Expression>,
    /// Computed and stored: one value over the records that refer here, or over those below these. It follows every change of
    /// theirs and of what lies between. Nobody writes it.
    #[serde(default)]
    pub rollup: Option<Rollup>,
    /// Smallest value (numbers; or a date, written as text) or shortest text.
    #[serde(default)]
    pub min: Option<Scalar>,
    /// Largest value or longest text. Texts without it hold 500 characters.
    #[serde(default)]
    pub max: Option<Scalar>,
    /// A regular expression the whole text must match.
    #[serde(default)]
    pub pattern: Option<String>,
    /// Decimal places kept, 0 to 8, 2 unless said (decimal, percent, money).
    #[serde(default)]
    pub places: Option<u32>,
    /// Currency code shown with money, `CNY` unless said.
    #[serde(default)]
    pub currency: Option<String>,
    /// Unit shown after a number, e.g. `次`.
    #[serde(default)]
    pub unit: Option<Words>,
    /// The choices, by code, in order (choice, choices).
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Choice>")]
    pub choices: IndexMap<String, Choice>,
    /// The values a new record may begin with; any unless said. A file brings its records in as they are (choice).
    #[serde(default)]
    pub starts: Vec<String>,
    /// Which values may follow which; a value without an entry is never left, and none is cleared. Any value may follow
    /// any unless said (choice).
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Vec<String>>")]
    pub transitions: IndexMap<String, Vec<String>>,
    /// Set anew whenever other fields change and nobody gives it.
    #[serde(default)]
    pub stamp: Option<Stamp>,
    /// The entity referred to (reference, references, children).
    #[serde(default)]
    pub to: Option<String>,
    /// The reference field of that entity that points back here (children).
    #[serde(default)]
    pub by: Option<String>,
    /// What happens to this record when the one it refers to is deleted; `restrict` unless said.
    #[serde(default)]
    pub on_delete: Option<OnDelete>,
    /// Only these records may be chosen: a condition over the entity referred to; `record.x` … is not available.
    #[serde(default)]
    pub only: Option<Expression>,
    /// Length of a period: a month, a quarter … (period).
    #[serde(default)]
    pub grain: Option<Grain>,
    /// Best value of a rating, 5 unless said (rating).
    #[serde(default)]
    pub steps: Option<u32>,
    /// Pattern of a serial number, e.g. `TC-{year}-{n:4}` (serial).
    #[serde(default)]
    pub format: Option<String>,
    /// `true`: the value is the code of a term of the dictionary. Another is refused, and before a term is changed the records
    /// that name it are told (text).
    #[serde(default)]
    pub term: bool,
    /// How careful to be with the values; shown to whoever grants rights, and kept out of search when above `internal`.
    #[serde(default)]
    pub sensitivity: Option<Sensitivity>,
    /// What the value is for, on which ground and how long it is kept; for personal fields, unless the entity says it for all.
    #[serde(default)]
    pub personal: Option<Personal>,
    /// Why the value stays when the person it is about is erased, such as a law that asks to keep it.
    #[serde(default)]
    pub kept: Option<Words>,
    /// The computed value may be known to whoever may read this field, whatever they may see of what it is computed from;
    /// otherwise it is shown only to those who may see all of that (with `formula`, `lookup` or `rollup`).
    #[serde(default)]
    pub public: bool,
    /// Condition the value must meet, with its message.
    #[serde(default)]
    pub validation: Option<Validation>,
}

/// One value over the records that refer here, or to those in turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Rollup {
    /// The children field of this entity whose records are taken together; or a way down over several, `orders.lines`: then it is
    /// the lines of all its orders, those of orders in the bin left out.
    pub of: String,
    /// What is made of them.
    pub function: RollupFunction,
    /// The field of theirs that is taken; a `count` without one counts the records.
    #[serde(default)]
    pub field: Option<String>,
    /// The field of theirs whose smallest or largest value says which record is the first or the last (first, last).
    #[serde(default)]
    pub by: Option<String>,
    /// The share of the values that lies below, 0 to 1 (percentile).
    #[serde(default)]
    pub p: Option<Scalar>,
    /// The field of theirs that says how much each value counts (weighted_mean).
    #[serde(default)]
    pub weight: Option<String>,
    /// Only these records: a condition over their own fields. What they refer to is kept on them with `lookup` and read there.
    #[serde(default, rename = "where")]
    pub rows: Option<Expression>,
}

/// What is made of several records. Values that are not known are passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RollupFunction {
    /// Their sum, 0 of none.
    Sum,
    /// How many there are.
    Count,
    /// Their mean.
    Avg,
    /// The smallest.
    Min,
    /// The largest.
    Max,
    /// How many different ones there are.
    Distinct,
    /// The value of the record with the smallest `by`, the oldest of equals.
    First,
    /// The value of the record with the largest `by`, the newest of equals.
    Last,
    /// The value below which the share `p` lies, between two of them in proportion.
    Percentile,
    /// Their mean, each counting as much as its `weight`.
    WeightedMean,
}

/// Types of fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldKind {
    /// One line.
    #[default]
    Text,
    /// Several lines.
    LongText,
    /// Several lines with Markdown.
    Markdown,
    /// A whole number.
    Integer,
    /// An exact decimal.
    Decimal,
    /// Percentage points: 60 is 60 %.
    Percent,
    /// An amount of money.
    Money,
    /// Yes or no.
    Boolean,
    /// A calendar day.
    Date,
    /// A moment.
    Datetime,
    /// A length of time, in seconds.
    Duration,
    /// A year, half, quarter, month or week: `2025-Q4`.
    Period,
    /// One of a list.
    Choice,
    /// Several of a list.
    Choices,
    /// A record of another entity.
    Reference,
    /// Several records of another entity.
    References,
    /// The records of another entity that refer here; not stored.
    Children,
    /// A record of the entity that stands for people.
    Person,
    /// A record of the entity that stands for units.
    Department,
    /// A file.
    File,
    /// A picture.
    Image,
    /// A name written by hand on a sheet, or typed by whoever cannot draw.
    Signature,
    /// Latitude and longitude: `30.2741,120.1551`.
    Location,
    /// A number of stars.
    Rating,
    /// A number given by the platform, in order, never twice.
    Serial,
    /// A JSON document.
    Json,
    /// One line that must not be read by whoever reads the database: an identity card, an account at a bank. It is kept sealed
    /// and shown to those who may read it, whole or in part; nothing is computed from it, filtered, sorted or found by it.
    Secret,
}

/// A number or a text, as written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Scalar {
    /// A number.
    Number(serde_json::Number),
    /// A date, or a decimal that must stay exact.
    Text(String),
}

/// One choice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What people read.
    pub label: Words,
    /// Colour of its badge.
    #[serde(default)]
    pub colour: Option<Colour>,
}

/// A value that follows a change of other fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Stamp {
    /// The fields whose change sets it; on a new record, those that have a value.
    pub when: Vec<String>,
    /// The value: an expression.
    pub value: Expression,
}

/// Colours of badges and lamps; each also carries its text, never colour alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    /// Neutral.
    Grey,
    /// Information.
    Blue,
    /// Good.
    Green,
    /// Attention.
    Yellow,
    /// Bad.
    Red,
    /// Special.
    Purple,
}

/// What happens to a record when the one it refers to is deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnDelete {
    /// The other cannot be deleted while this one exists.
    #[default]
    Restrict,
    /// This one is deleted too.
    Cascade,
    /// This one loses the reference.
    Clear,
}

/// Lengths of periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Grain {
    /// `2025`
    Year,
    /// `2025-H2`
    Half,
    /// `2025-Q4`
    Quarter,
    /// `2025-11`
    Month,
    /// `2025-W47`, ISO week.
    Week,
}

/// How careful to be with values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Sensitivity {
    /// Anyone signed in may know.
    Internal,
    /// Personal: a mobile number, what somebody wrote about themselves or a colleague.
    Personal,
    /// Looks at it are kept on the ledger: sensitive personal information in the sense of the law, such as health and biometrics,
    /// and what is held to be as delicate, such as ratings, pay and identity numbers.
    Sensitive,
}

/// A condition and what to say when it does not hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Validation {
    /// Must be true, or not known. One that reads a computed field is asked again whenever that changes because of other
    /// records, and refuses those.
    pub rule: Expression,
    /// Said to whoever saves. `{total}` stands for the value of a field of the record, as far as they may read it.
    pub message: Words,
    /// The field the message stands beside.
    #[serde(default)]
    pub field: Option<String>,
}
