//! `extensions/<name>.yaml`: what an app adds to an entity of an app it uses.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entity::{Field, Validation};

/// Fields and conditions for an entity of another app. They stand in that entity's table and follow its grants: a grant that
/// names no fields gives them too. Where this app is not installed there are none.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Extension {
    /// The entity, of an app this one uses.
    pub entity: String,
    /// The fields, which come after those it has.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Field>")]
    pub fields: IndexMap<String, Field>,
    /// Conditions every record must meet besides, by name.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Validation>")]
    pub validations: IndexMap<String, Validation>,
}
