//! `app.yaml`: what the app is called and which apps it builds on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Words;

/// The app's own document.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct App {
    /// Name in addresses and tables, unique among the apps installed together: lower-case words joined by `-`.
    pub name: String,
    /// What people call it.
    pub label: Words,
    /// One sentence for whoever chooses a template.
    #[serde(default)]
    pub description: Option<Words>,
    /// Version of this template, `major.minor.patch`.
    pub version: String,
    /// Apps whose entities and pages this one builds on, by name. Their folders stand beside this one's.
    #[serde(default)]
    pub uses: Vec<String>,
    /// The page shown after sign-in.
    #[serde(default)]
    pub home: Option<String>,
    /// IANA time zone that says when a day begins, `Asia/Shanghai` unless said.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// The month in which the organisation's year begins, 1 to 12: January unless said. The halves and quarters of the periods in
    /// which terms are measured begin with it; a year is called after the calendar year it begins in. Formulas go on to speak of
    /// calendar years: `PERIOD`, `START_OF` and the like are the same in every app, and no term is measured by what they fill in.
    #[serde(default)]
    pub year_begins: Option<i64>,
    /// Groups of the navigation, in order; pages name one of them.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, MenuGroup>")]
    pub menu: indexmap::IndexMap<String, MenuGroup>,
}

/// A group of the navigation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MenuGroup {
    /// Heading.
    pub label: Words,
}
