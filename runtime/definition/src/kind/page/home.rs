//! Parts and blocks of a home page.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    super::{Expression, Words, entity::Grain},
    Counters,
};

/// A part of a home page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Heading.
    pub label: Words,
}

/// A block of a home page: exactly one of `list`, `value`, `counters`; shown to those who may read its entity, or see its
/// term.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Block {
    /// Heading; left out only where the block shows a term, for what the term is called.
    #[serde(default)]
    pub label: Option<Words>,
    /// Roles it is for; everyone unless said.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The part it stands in; above all parts unless said.
    #[serde(default)]
    pub part: Option<String>,
    /// Columns of the page it takes, 1 to 3.
    #[serde(default)]
    pub span: Option<u32>,
    /// A page to go on to. From a number over records to a list of the same: it opens with those that are counted, as long as the
    /// reader may read what the number goes by.
    #[serde(default)]
    pub more: Option<String>,
    /// Offer to add a record with this form.
    #[serde(default)]
    pub add: Option<String>,
    /// The first records of a list.
    #[serde(default)]
    pub list: Option<ListBlock>,
    /// One number.
    #[serde(default)]
    pub value: Option<ValueBlock>,
    /// Counts per value of a field.
    #[serde(default)]
    pub counters: Option<Counters>,
}

/// The first records of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ListBlock {
    /// The entity.
    pub entity: String,
    /// Its reference field that points to whom the page is about, or to the reader; all records unless said.
    #[serde(default)]
    pub by: Option<String>,
    /// Only these records.
    #[serde(default)]
    pub filter: Option<Expression>,
    /// Order.
    #[serde(default)]
    pub sort: Vec<String>,
    /// Columns.
    pub columns: Vec<String>,
    /// How many, 5 unless said.
    #[serde(default)]
    pub rows: Option<u32>,
}

/// One number: the newest value of a `term`, or a `measure` over records of an `entity`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct ValueBlock {
    /// The term, by name; the dictionary then says everything else.
    #[serde(default)]
    pub term: Option<String>,
    /// Length of the period its value is of, as often as the term has data unless said (with `term`).
    #[serde(default)]
    pub grain: Option<Grain>,
    /// `true`: the value of whom the page is about, or of the reader; of everything the reader may see unless said (with
    /// `term`).
    #[serde(default)]
    pub own: bool,
    /// Only of those who stand so to the reader, by whom or what the term is about: the same number of fewer rows (with `term`).
    #[serde(default)]
    pub among: Option<Among>,
    /// Told apart by this, as a path from the rows that are measured (`person.unit`): a bar for each group, the worst first, the
    /// largest where neither way is better (with `term`).
    #[serde(default)]
    pub by: Option<String>,
    /// The most groups shown, 1 to 50; 12 unless said (with `by`).
    #[serde(default)]
    pub top: Option<u32>,
    /// The entity (without `term`).
    #[serde(default)]
    pub entity: Option<String>,
    /// Only these records (without `term`).
    #[serde(default)]
    pub filter: Option<Expression>,
    /// `count`, or `sum(field)`, `avg(field)`, `min(field)`, `max(field)`, `distinct(field)` (without `term`).
    #[serde(default)]
    pub measure: Option<String>,
    /// A number without names, by the entity's `anonymity`: for holders of its action `aggregate`, who need not see a
    /// record. A cell of too few people is not in it (without `term`).
    #[serde(default)]
    pub anonymous: bool,
}

/// Whose rows count, from where the reader stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Among {
    /// Those of whoever reports to the reader directly.
    MyReports,
    /// Those of the units that the reader heads, and of the units below.
    MyUnits,
    /// Those of the units that the reader looks after, and of the units below.
    PartneredUnits,
}
