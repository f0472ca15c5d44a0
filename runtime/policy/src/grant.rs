//! A grant: these actions on these rows and these fields of an entity.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use formula::Predicate;
use model::{EntityId, FieldId};

use crate::Mask;

/// What may be done with records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Make a record.
    Create,
    /// See records.
    Read,
    /// Change records.
    Update,
    /// Put records into the bin.
    Delete,
    /// Take records back out of the bin.
    Restore,
    /// Save what is seen as a file.
    Export,
    /// Bring in records from a file.
    Import,
    /// Learn counts, sums and means over enough people, without seeing a record.
    Aggregate,
    /// See one record's masked fields whole, for a reason that is put on record.
    Uncover,
    /// Remove records in the bin for good, with everything kept about them.
    Purge,
    /// Erase what is personal about the person a record stands for, wherever it is.
    Erase,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 11] = [
        Self::Create,
        Self::Read,
        Self::Update,
        Self::Delete,
        Self::Restore,
        Self::Export,
        Self::Import,
        Self::Aggregate,
        Self::Uncover,
        Self::Purge,
        Self::Erase,
    ];

    /// Whether it is done to records in the bin.
    pub fn in_bin(self) -> bool {
        matches!(self, Self::Restore | Self::Purge)
    }

    /// The word in definitions, addresses and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Read => "read",
            Self::Update => "update",
            Self::Delete => "delete",
            Self::Restore => "restore",
            Self::Export => "export",
            Self::Import => "import",
            Self::Aggregate => "aggregate",
            Self::Uncover => "uncover",
            Self::Purge => "purge",
            Self::Erase => "erase",
        }
    }
}

/// A set of fields of one entity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fields {
    /// Every field the entity has.
    All,
    /// These.
    Only(BTreeSet<FieldId>),
    /// Every field but these.
    Except(BTreeSet<FieldId>),
}

impl Fields {
    /// Whether the field is in the set.
    pub fn contains(&self, field: FieldId) -> bool {
        match self {
            Self::All => true,
            Self::Only(fields) => fields.contains(&field),
            Self::Except(fields) => !fields.contains(&field),
        }
    }
}

/// What lies beside a record and belongs to no field of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aside {
    /// What people said about it.
    Comments,
    /// The files attached to it.
    Attachments,
}

impl Aside {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Comments, Self::Attachments];

    /// The word in definitions, addresses and messages.
    pub fn word(self) -> &'static str {
        match self {
            Self::Comments => "comments",
            Self::Attachments => "attachments",
        }
    }
}

/// A compiled grant.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// The entity.
    pub entity: EntityId,
    /// What may be done.
    pub actions: BTreeSet<Action>,
    /// On which rows.
    pub rows: Predicate,
    /// Which fields may be read.
    pub read: Fields,
    /// What beside the record may be read, and added to: both where the record is given whole, or what its list names.
    pub beside: BTreeSet<Aside>,
    /// Which fields may be seen in part; none of them is in `read`.
    pub masked: BTreeMap<FieldId, Mask>,
    /// Which fields may be written.
    pub write: Fields,
    /// The condition on rows as its author wrote it, for whoever asks why; empty when every row is given.
    pub written: Arc<str>,
}
