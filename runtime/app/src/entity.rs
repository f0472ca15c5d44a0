//! Entities.

use formula::{Formula, Predicate};
use model::{EntityId, FieldId, Name, Text};
use policy::Aside;

/// A kind of record.
#[derive(Debug, Clone)]
pub struct Entity {
    /// Its id.
    pub id: EntityId,
    /// The app it belongs to.
    pub app: Name,
    /// Its name, unique over the apps installed together.
    pub name: Name,
    /// Its table: the app's name and its own, joined by `_`; at most 63 bytes, never two the same.
    pub table: String,
    /// The table's previous name.
    pub renamed_from: Option<String>,
    /// One record of it.
    pub label: Text,
    /// Many of them.
    pub plural: Text,
    /// What it is to the platform.
    pub stands_for: Option<StandsFor>,
    /// The field that names a record.
    pub display: FieldId,
    /// A second field that tells records of one name apart.
    pub hint: Option<FieldId>,
    /// The field that identifies a record for people and files.
    pub key: Option<FieldId>,
    /// Fields that search looks into.
    pub search: Vec<FieldId>,
    /// Keep who changed what.
    pub history: bool,
    /// People may comment, where a grant gives that beside the record.
    pub comments: bool,
    /// People may attach files, likewise.
    pub attachments: bool,
    /// The fields, in order; system fields left out.
    pub fields: Vec<FieldId>,
    /// The fields every record has.
    pub system: System,
    /// Computed fields, each after those it reads.
    pub computed: Vec<FieldId>,
    /// Fields whose earlier value a change is held against: choices with an order, and what stamps follow.
    pub watched: Vec<FieldId>,
    /// Conditions every record must meet.
    pub validations: Vec<Validation>,
    /// Combinations no two records may share.
    pub unique: Vec<Unique>,
    /// Combinations to index.
    pub indexes: Vec<Vec<FieldId>>,
    /// How it may be asked for numbers without names.
    pub anonymity: Option<Anonymity>,
    /// The reference to the person it is about.
    pub subject: Option<FieldId>,
    /// Days that a deleted record stays in the bin; for ever when `None`.
    pub bin_days: Option<u32>,
    /// Where its rows come from, if no person enters them.
    pub source: Option<Source>,
}

impl Entity {
    /// Whether people leave this beside its records at all.
    pub fn takes(&self, aside: Aside) -> bool {
        match aside {
            Aside::Comments => self.comments,
            Aside::Attachments => self.attachments,
        }
    }
}

/// Another system that the rows of an entity come from: they come in by import alone, and nobody else writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The system, as people call it.
    pub label: Text,
    /// The fields by which a row that comes again is found; each has a value on every row.
    pub identity: Vec<FieldId>,
}

/// How an entity may be asked for numbers without names: over whole cells, each of at least so many people.
#[derive(Debug, Clone)]
pub struct Anonymity {
    /// The field that says whose record it is; different values are different people.
    pub of: FieldId,
    /// The fields by which it may be asked, which part the records into cells.
    pub by: Vec<FieldId>,
    /// Fewest people of a cell; a cell of fewer is in no number at all.
    pub at_least: u32,
    /// Other thresholds, by the value of one of `by`.
    pub except: Option<(FieldId, Vec<(String, u32)>)>,
    /// When a cell is told; always when `None`.
    pub opens: Option<Opening>,
}

/// When a cell of answers is told. It says the same of every record of a cell: it reads fields that people write, of what a
/// reference of `by` leads to. Once it holds, neither the answers nor what it reads are changed so that it would not.
#[derive(Debug, Clone)]
pub struct Opening {
    /// Must be true.
    pub rule: Formula,
    /// The same as a database answers it.
    pub rows: Predicate,
}

/// A combination no two records may share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// The fields.
    pub fields: Vec<FieldId>,
    /// Making the same again changes the record there is, for those who may both create and update it.
    pub updates: bool,
}

/// The fields every record has, given by the platform.
#[derive(Debug, Clone, Copy)]
pub struct System {
    /// Its id.
    pub id: FieldId,
    /// Counts its changes from 1; a write against another number is stale.
    pub version: FieldId,
    /// When it was made.
    pub created_at: FieldId,
    /// The account that made it.
    pub created_by: FieldId,
    /// When it was last changed.
    pub updated_at: FieldId,
    /// The account that last changed it.
    pub updated_by: FieldId,
    /// When it was put into the bin.
    pub deleted_at: FieldId,
}

impl System {
    /// Their names, in this order, as fields and as columns. No other field may be called so.
    pub const NAMES: [&'static str; 7] =
        ["id", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at"];

    /// All of them, in the order of [`System::NAMES`].
    pub fn all(&self) -> [FieldId; 7] {
        [self.id, self.version, self.created_at, self.created_by, self.updated_at, self.updated_by, self.deleted_at]
    }
}

/// What an entity is to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StandsFor {
    /// The people.
    Person,
    /// The tree of organisational units.
    Unit,
    /// The working calendar.
    CalendarDay,
    /// Who worked where, and under whom, from one day to another.
    Assignment,
    /// How a unit or a person was placed from one day to another.
    Line,
}

/// A condition every record must meet.
#[derive(Debug, Clone)]
pub struct Validation {
    /// Its name.
    pub name: String,
    /// Must be true, or not known.
    pub rule: Formula,
    /// Said when it is false; a value stands as `{total}`.
    pub message: Text,
    /// The fields whose values stand in the message, by what stands between the braces.
    pub values: Vec<(String, FieldId)>,
    /// The field the message stands beside.
    pub field: Option<FieldId>,
}
