//! How often those who are asked may be urged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How often those who are asked and have not answered may be urged.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Urge {
    /// Minutes within which they are not urged again; 30 unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub every: Option<u32>,
    /// So often at most, each time a case comes to a step, with 0 not at all; as often as anybody likes unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}
