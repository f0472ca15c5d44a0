//! `plugins/<name>.yaml`: something that is worked out elsewhere, by a module in WebAssembly that stands beside its document
//! (`<name>.wasm`, or `<name>.wat` as text).

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expression, Words};

/// A plugin: what it is handed and what it answers. It sees nothing else, and touches nothing; what it answers is written where
/// a rule or a step says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Plugin {
    /// What it is called, where people read what a case waits for.
    pub label: Words,
    /// What it is handed, by name.
    #[schemars(with = "std::collections::BTreeMap<String, Kind>")]
    pub takes: IndexMap<String, Kind>,
    /// What it answers, by name. What it does not answer is not known.
    #[schemars(with = "std::collections::BTreeMap<String, Kind>")]
    pub gives: IndexMap<String, Kind>,
    /// How much it may work on one call, in millions of instructions: 1 to 1,000, and 100 unless said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 1000))]
    pub work: Option<u32>,
    /// How much memory it may use, in MiB: 1 to 64, and 16 unless said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 64))]
    pub memory: Option<u32>,
}

/// What a value handed to a plugin, or answered by one, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A text.
    Text,
    /// A whole number.
    Integer,
    /// An exact number; it travels as text, as in `"12.50"`.
    Decimal,
    /// True or false.
    Boolean,
    /// A day, as in `2026-03-01`.
    Date,
    /// A moment, as in `2026-03-01T08:00:00Z`.
    Datetime,
    /// A JSON document.
    Json,
}

/// A plugin that is called about a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Call {
    /// The plugin.
    pub plugin: String,
    /// What it is handed, by the names of what it takes: expressions over the record.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub with: IndexMap<String, Expression>,
    /// Fields of the record that get what it answers: each with the name of what it gives.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub into: IndexMap<String, String>,
}
