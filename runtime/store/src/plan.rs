//! What a publish changes in the database: typed steps that a person reads first.

use std::collections::BTreeSet;

use model::Text;

/// The steps from one version to the next, in the order they are applied.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// The steps; empty when the tables stay as they are.
    pub steps: Vec<Step>,
}

/// The names said for steps that lose data: `objective.note`, `objective`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Confirmed(pub BTreeSet<String>);

/// One step.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What is done: `create-table`, `add-column`, `drop-column` …
    pub kind: &'static str,
    /// The entity, or entity and field: what must be said to confirm it.
    pub name: String,
    /// The same for people.
    pub sentence: Text,
    /// Whether it loses data, so that its name must be said.
    pub destructive: bool,
    /// Rows that lose a value; filled by [`crate::Store::measure`].
    pub lost: Option<i64>,
    /// Values that do not fit and refuse the publish; filled by [`crate::Store::measure`].
    pub unfit: Option<i64>,
}
