//! `entities/<name>.yaml`: a kind of record and its fields.

mod field;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use field::{
    Choice, Colour, Field, FieldKind, FieldRole, Grain, OnDelete, Rollup, RollupFunction, Scalar, Sensitivity, Stamp,
    Validation,
};

use super::{Expression, Words};

/// An entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Entity {
    /// One record of it.
    pub label: Words,
    /// Many of them; the label unless said.
    #[serde(default)]
    pub plural: Option<Words>,
    /// The entity's previous name, so that its table is renamed and keeps its rows.
    #[serde(default)]
    pub renamed_from: Option<String>,
    /// What this entity is to the platform, e.g. the people or the tree of units.
    #[serde(default)]
    pub stands_for: Option<StandsFor>,
    /// The field that names a record wherever it is referred to.
    pub display: String,
    /// A second field shown beside the name where two records could be confused.
    #[serde(default)]
    pub hint: Option<String>,
    /// A field that identifies a record for people and files (import upserts by it); unique and required.
    #[serde(default)]
    pub key: Option<String>,
    /// Fields the global search and reference pickers look into; text is also found by pinyin initials.
    #[serde(default)]
    pub search: Vec<String>,
    /// Keep who changed what, per field. On unless switched off.
    #[serde(default = "yes")]
    pub history: bool,
    /// People may comment on a record: those who may read it whole, or `comments` of it by the list of a grant.
    #[serde(default)]
    pub comments: bool,
    /// People may attach files to a record they may change, and open those of others: where they may read it whole, or `attachments`
    /// of it by the list of a grant.
    #[serde(default)]
    pub attachments: bool,
    /// The fields, in the order forms and lists show them unless told otherwise.
    #[schemars(with = "std::collections::BTreeMap<String, Field>")]
    pub fields: IndexMap<String, Field>,
    /// Conditions every record must meet, by name.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Validation>")]
    pub validations: IndexMap<String, Validation>,
    /// Combinations of fields of which no two records may share the values: a list of fields, or one with more to say.
    #[serde(default)]
    pub unique: Vec<Unique>,
    /// Combinations of fields to index, besides references and unique fields, which always are.
    #[serde(default)]
    pub indexes: Vec<Vec<String>>,
    /// How it may be asked for numbers without names, by holders of the action `aggregate`.
    #[serde(default)]
    pub anonymity: Option<Anonymity>,
    /// What its personal fields are for, where they do not say it themselves.
    #[serde(default)]
    pub personal: Option<Personal>,
    /// The reference to the person that a record is about: what is personal in it is erased with them.
    #[serde(default)]
    pub subject: Option<String>,
    /// What becomes of deleted records by themselves; they stay in the bin unless said.
    #[serde(default)]
    pub bin: Option<Bin>,
    /// The system its rows come from, such as `HIS`. Nobody enters, changes or deletes one: rows come in by the action
    /// `import` alone, found again by the `key` or else by the first combination of `unique`; what has come already
    /// changes nothing, and pages say where the rows are from and when they last came.
    #[serde(default)]
    pub source: Option<Words>,
}

/// What personal information is for: the law asks that no more is collected than that needs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Personal {
    /// What it is needed for.
    pub purpose: Words,
    /// On which ground it may be used.
    pub basis: Basis,
    /// How long it is kept.
    pub keep: Words,
}

/// The grounds on which personal information may be used (Personal Information Protection Law, article 13).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// The person agreed, and may take it back.
    Consent,
    /// A contract with the person, or rules lawfully made for those who work here, cannot be carried out without it.
    Contract,
    /// A law asks for it.
    LegalDuty,
    /// Life, health or property must be protected in an emergency.
    Emergency,
    /// It was made public by the person or lawfully, and is used within reason.
    Published,
    /// Another case that laws and regulations name.
    OtherLaw,
}

/// What becomes of deleted records by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// Days that a deleted record stays in the bin, from 1 to 3,650; then it goes for good, with everything kept about it.
    pub keep_days: u32,
}

/// Numbers without names: counts, sums and means over whole cells of records, each of at least so many people. A cell of
/// fewer is left out of every number, totals too, so that no two numbers can be subtracted to learn of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Anonymity {
    /// The field whose different values are different people, e.g. who answered.
    pub of: String,
    /// The fields that part the records into cells, and by which alone numbers may be filtered and grouped.
    pub by: Vec<String>,
    /// Fewest people of a cell, at least 1.
    pub at_least: u32,
    /// Other thresholds by the value of one choice field of `by`: `{rater_group: {manager: 1}}`.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, std::collections::BTreeMap<String, u32>>")]
    pub except: IndexMap<String, IndexMap<String, u32>>,
    /// When a cell is told, over what its answers are about: `round.status == "closed"`. Until then it is in no number; from
    /// then on no answer in it is made, changed or deleted, and what says so is not taken back, so that no two numbers read
    /// one after the other differ by one person.
    #[serde(default)]
    pub open_when: Option<Expression>,
}

/// Fields of which no two records may share the values together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Unique {
    /// The fields.
    Fields(Vec<String>),
    /// The fields, and what making the same again does.
    Combination(Combination),
}

/// A combination with more to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Combination {
    /// The fields.
    pub fields: Vec<String>,
    /// What making the same again does.
    pub again: Again,
}

/// What making a record again does that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// It is refused.
    Refuse,
    /// It changes the record there is, for those who may both create and update it.
    Update,
}

fn yes() -> bool {
    true
}

/// What an entity is to the platform. Policy, workflow and pages know the organisation by this, not by names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StandsFor {
    /// The people: accounts belong to its records, `actor.person` is one of them, `person` fields refer to it.
    Person,
    /// The tree of organisational units: `department` fields refer to it.
    Unit,
    /// The working calendar: one record per day that differs from Monday-to-Friday.
    CalendarDay,
    /// Who worked where, and under whom, from one day to another: what rights of a past period are judged by.
    Assignment,
    /// How a unit or a person was placed from one day to another: heads, partners, units above, managers outside the line.
    /// Several entities may, each for what its fields stand for; a line that is in force says all of these, also where they
    /// are empty. On a day without one a field that is entered says how it is today, and a computed one says nothing.
    Line,
}
