//! `locales/<tag>.yaml`: words of one language for items that were written without them, or that are called otherwise here.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Words of one language. The file's name is the language: `zh-CN` or `en`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Locales {
    /// Words by route: `entities.goal.label`, `entities.goal.fields.owner.label`, `pages.goals.label`,
    /// `entities.goal.fields.status.choices.draft.label`.
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub words: IndexMap<String, String>,
}
