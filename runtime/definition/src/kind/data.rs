//! `data/<name>.yaml`: rows that come with the app, put in when it is applied and matched by the entity's key.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Seed rows of one entity.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Data {
    /// The entity; it must have a key.
    pub entity: String,
    /// What happens to a row that is there already.
    #[serde(default)]
    pub existing: Existing,
    /// The rows: values by field name; a reference is given by the key of the record referred to.
    #[schemars(with = "Vec<std::collections::BTreeMap<String, serde_json::Value>>")]
    pub rows: Vec<IndexMap<String, serde_json::Value>>,
}

/// What happens to a row that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Existing {
    /// It stays as people have made it.
    #[default]
    Keep,
    /// It takes the values given here.
    Update,
}
