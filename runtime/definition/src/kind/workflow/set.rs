//! Which fields of which records a step gives values to.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kind::Expression;

/// Fields that get values, each by an expression over the record of the case.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Set {
    /// Of the records that the record of the case leads to.
    Of(SetOf),
    /// Of the record of the case.
    Own(#[schemars(with = "std::collections::BTreeMap<String, String>")] IndexMap<String, Expression>),
}

/// Fields of other records that get values.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct SetOf {
    /// Of these: an expression that leads from the record of the case to one record or to several, such as a reference of it.
    pub of: Expression,
    /// Their values, each by an expression over the record of the case.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub fields: IndexMap<String, Expression>,
}
