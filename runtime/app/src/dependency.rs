//! What is recomputed when something changes: the compiler's answer, so that no write has to search for it.

use model::{EntityId, FieldId};

/// A step from a changed record to the records whose computed fields read it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Back {
    /// The records that refer to it by this field (a formula read through a reference).
    Referrers(FieldId),
    /// The record it refers to by this field, before and after the change (a formula read its children).
    Referred(FieldId),
}

/// When one of `fields` of a record of `on` changes (or the record comes or goes), these computed fields of these records
/// may have another value.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Dependent {
    /// The entity of the changed record.
    pub on: EntityId,
    /// The fields that matter.
    pub fields: Vec<FieldId>,
    /// Whether coming, going and restoring matter too (children do, referred records do not: they are restricted).
    pub existence: bool,
    /// The way from the changed record to the records to recompute; the last step leads to `entity`.
    pub back: Vec<Back>,
    /// The entity to recompute.
    pub entity: EntityId,
    /// Its computed field that reads the change; fields of the same record that read this one follow by their order.
    pub field: FieldId,
}
