//! Rows that come with an app.

use model::{EntityId, FieldId, Value};

/// Seed rows of one entity.
#[derive(Debug, Clone)]
pub struct Seed {
    /// The entity; it has a key.
    pub entity: EntityId,
    /// Whether a row that is there already takes these values.
    pub update: bool,
    /// The rows; the key is among the cells of each.
    pub rows: Vec<Vec<(FieldId, SeedCell)>>,
}

/// A value of a seed row.
#[derive(Debug, Clone, PartialEq)]
pub enum SeedCell {
    /// A value, already of the field's type.
    Value(Value),
    /// The record referred to, by its key.
    Key(Value),
    /// The records referred to, by their keys.
    Keys(Vec<Value>),
}
