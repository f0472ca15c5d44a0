//! The kinds of documents, one module each. A kind's struct is the single source of its JSON Schema.
//!
//! To add a kind: its module here with the struct, a line in [`Kind`], its stage in `resolve`, a passing and a failing
//! case, and `cargo xtask generate` for the schema.

pub mod app;
pub mod data;
pub mod entity;
pub mod extension;
pub mod form;
pub mod locales;
pub mod page;
pub mod plugin;
pub mod role;
pub mod rule;
pub mod term;
pub mod workflow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A label: one text for every language, or a text per locale (`{zh-CN: 目标, en: Objective}`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Words {
    /// The same words in every language.
    Plain(String),
    /// Words per language.
    PerLocale(PerLocale),
}

/// Words per language.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PerLocale {
    /// Simplified Chinese.
    #[serde(rename = "zh-CN", default, skip_serializing_if = "Option::is_none")]
    pub zh_cn: Option<String>,
    /// English.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub en: Option<String>,
}

/// An expression, written as text.
pub type Expression = String;
