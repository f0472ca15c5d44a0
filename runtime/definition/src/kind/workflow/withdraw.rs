//! How long whoever started a case may withdraw it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long a case may be withdrawn: in a word, or for so long after its start at most.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Withdraw {
    /// As far as it has come.
    Until(WithdrawUntil),
    /// For so long, too.
    Within(WithdrawWithin),
}

impl Default for Withdraw {
    fn default() -> Self {
        Self::Until(WithdrawUntil::default())
    }
}

/// As far as a case has come while it may be withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum WithdrawUntil {
    /// Not at all.
    Never,
    /// Until somebody else has answered.
    #[default]
    Unanswered,
    /// Until the case ends.
    Always,
}

/// For how long after its start a case may be withdrawn: exactly one of `working_days`, `days` and `hours`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct WithdrawWithin {
    /// As far as it has come at most; `unanswered` unless said.
    #[serde(default)]
    pub until: WithdrawUntil,
    /// So many days of the working calendar.
    #[serde(default)]
    pub working_days: Option<i64>,
    /// So many days.
    #[serde(default)]
    pub days: Option<i64>,
    /// So many hours.
    #[serde(default)]
    pub hours: Option<i64>,
}
