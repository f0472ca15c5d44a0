//! What a case waits for: its own paths, something that is so or is said, and other cases.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{super::Expression, Late, When};

/// Where paths meet.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Join {
    /// So many suffice; all unless said.
    #[serde(default)]
    pub need: Option<u32>,
    /// What becomes of the others where so many suffice; they are given up unless said. Where they go on, their coming here
    /// does nothing more, and the case ends with the last of them.
    // Left out where nothing is said, so that words written before are told from others as they were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Others>,
}

/// What becomes of the others where some suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Others {
    /// They are given up.
    GiveUp,
    /// They go on, and nothing waits for them.
    GoOn,
}

/// Something is waited for: exactly one of `time`, `signal` and `until`; and what else ends it (`or`), whichever comes first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Wait {
    /// A moment.
    #[serde(default)]
    pub time: Option<When>,
    /// A word, which a program or an administrator says.
    #[serde(default)]
    pub signal: Option<String>,
    /// That this holds of the record.
    #[serde(default)]
    pub until: Option<Expression>,
    /// What else ends the waiting, each with the step it leads to (with `signal` and `until`). Of what is so already when the
    /// case comes here, the first as written here counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub or: Vec<WaitOther>,
    /// When waiting is given up.
    #[serde(default)]
    pub late: Option<Late>,
    /// While this holds nothing becomes due: a condition over the record's own fields that names the states it is in meanwhile,
    /// as in `state == "on_hold"`. What becomes due moves by as long as it held, in working days, days or hours, as it is
    /// counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<Expression>,
}

/// Something else that ends the waiting: exactly one of `signal` and `until`, and where it leads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct WaitOther {
    /// A word, which a program or an administrator says.
    #[serde(default)]
    pub signal: Option<String>,
    /// That this holds of the record.
    #[serde(default)]
    pub until: Option<Expression>,
    /// The step that follows then.
    pub next: String,
}

/// Cases of a workflow begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Begin {
    /// The workflow.
    pub workflow: String,
    /// One for each record that refers to this one by this field of the workflow's entity; one about this very record unless
    /// said.
    #[serde(default)]
    pub each: Option<String>,
    /// Whether the step waits until they have ended.
    #[serde(default)]
    pub wait: bool,
    /// So many ends suffice (with `each` and `wait`); all unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub need: Option<u32>,
    /// What becomes of the others then; they end as well unless said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub others: Option<Others>,
}
