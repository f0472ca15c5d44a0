//! `forms/<name>.yaml`: how a record is entered and shown.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Expression, Words};

/// A form. The first form of an entity (by name) that has no `for` condition is its standard form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Form {
    /// The entity whose records it shows.
    pub entity: String,
    /// Heading; the entity's label unless said.
    #[serde(default)]
    pub label: Option<Words>,
    /// How the sections follow one another.
    #[serde(default)]
    pub layout: Layout,
    /// The sections.
    pub sections: Vec<Section>,
}

/// How sections follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// One below the other.
    #[default]
    Page,
    /// A tab each.
    Tabs,
    /// One after the other, with Next and Back.
    Steps,
}

/// A section.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Section {
    /// Heading.
    #[serde(default)]
    pub label: Option<Words>,
    /// A sentence below the heading.
    #[serde(default)]
    pub help: Option<Words>,
    /// Columns on a wide screen, 1 to 3; a phone always has one.
    #[serde(default)]
    pub columns: Option<u32>,
    /// Shown only when this holds.
    #[serde(default)]
    pub visible: Option<Expression>,
    /// What is in it, in order.
    pub items: Vec<Item>,
}

/// Something in a section: a field by name, or a field with more to say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Item {
    /// A field by name.
    Field(String),
    /// A field with more to say.
    Placed(Placed),
}

/// A field with more to say about how it stands in the form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "snake_case")]
pub struct Placed {
    /// The field.
    pub field: String,
    /// Other words than the field's own.
    #[serde(default)]
    pub label: Option<Words>,
    /// Shown only when this holds; a hidden field keeps its value and is not required.
    #[serde(default)]
    pub visible: Option<Expression>,
    /// Required when this holds.
    #[serde(default)]
    pub required: Option<Expression>,
    /// Shown but not editable when this holds (`true` for always).
    #[serde(default)]
    pub read_only: Option<Expression>,
    /// Columns it spans.
    #[serde(default)]
    pub span: Option<u32>,
    /// Columns of a sub-table: fields of the children (only for a `children` field).
    #[serde(default)]
    pub columns: Vec<String>,
}
