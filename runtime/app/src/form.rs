//! Forms.

use formula::Formula;
use model::{EntityId, FieldId, FormId, Name, Text};

/// How a record is entered and shown.
#[derive(Debug, Clone)]
pub struct Form {
    /// Its id.
    pub id: FormId,
    /// Its name.
    pub name: Name,
    /// The entity whose records it shows.
    pub entity: EntityId,
    /// Heading.
    pub label: Text,
    /// How the sections follow one another.
    pub layout: FormLayout,
    /// The sections.
    pub sections: Vec<FormSection>,
}

/// How sections follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormLayout {
    /// One below the other.
    Page,
    /// A tab each.
    Tabs,
    /// One after the other.
    Steps,
}

/// A section of a form.
#[derive(Debug, Clone)]
pub struct FormSection {
    /// Heading; may be empty.
    pub label: Text,
    /// A sentence below the heading; may be empty.
    pub help: Text,
    /// Columns on a wide screen, 1 to 3.
    pub columns: u32,
    /// Shown only when this holds.
    pub visible: Option<Formula>,
    /// What is in it.
    pub items: Vec<FormItem>,
}

/// A field in a form.
#[derive(Debug, Clone)]
pub struct FormItem {
    /// The field.
    pub field: FieldId,
    /// What it is called here.
    pub label: Text,
    /// Shown only when this holds.
    pub visible: Option<Formula>,
    /// Required when this holds, besides being required always.
    pub required: Option<Formula>,
    /// Not editable when this holds.
    pub read_only: Option<Formula>,
    /// Columns it spans.
    pub span: u32,
    /// Columns of the sub-table, for children.
    pub columns: Vec<FieldId>,
}
