//! Logical requests: what somebody wants, by ids, knowing nothing of permissions. The planner in [`mod@crate::authorize`]
//! adds those for every caller.

use formula::{Path, Predicate};
use model::{Date, EntityId, FieldId, Grain, RecordId, Timestamp, Value, YearStart};

use crate::Action;

/// Whether live records are meant or those in the bin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Bin {
    /// Records in use.
    #[default]
    Outside,
    /// Deleted records that can be restored.
    Inside,
}

/// Order of a sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Smallest first; not known comes last.
    Ascending,
    /// Largest first; not known comes last.
    Descending,
}

/// One sort key.
#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    /// What to sort by.
    pub by: Path,
    /// Which way.
    pub direction: Direction,
}

/// One record by id. Answers no row when it is not there or may not be seen: the two cannot be told apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Get {
    /// The entity.
    pub entity: EntityId,
    /// Which record.
    pub id: RecordId,
    /// What of it.
    pub columns: Vec<Path>,
    /// In use or in the bin.
    pub bin: Bin,
}

/// Masked fields of one record, whole. Answers no row when it is not there or not theirs to uncover.
#[derive(Debug, Clone, PartialEq)]
pub struct Uncover {
    /// The entity.
    pub entity: EntityId,
    /// Which record.
    pub id: RecordId,
    /// What of it, fields of its own.
    pub columns: Vec<Path>,
}

/// A page of records.
#[derive(Debug, Clone, PartialEq)]
pub struct List {
    /// The entity.
    pub entity: EntityId,
    /// What of each.
    pub columns: Vec<Path>,
    /// What the caller asks for; fields they may not see count as not known in it.
    pub filter: Predicate,
    /// What a page or the platform adds on its own account; sees every field, like a grant's condition.
    pub within: Predicate,
    /// Words the search fields must hold.
    pub search: Option<String>,
    /// Order; the id is always added as the last key.
    pub sort: Vec<Sort>,
    /// At most so many rows.
    pub limit: u32,
    /// The sort values and id of the last row of the page before.
    pub after: Option<(Vec<Value>, RecordId)>,
    /// In use or in the bin.
    pub bin: Bin,
    /// Read as part of saving to a file, which needs the action `export` too.
    pub export: bool,
}

impl List {
    /// So many records of an entity with nothing more said: no columns, no condition, by id, what is deleted left out.
    pub fn all(entity: EntityId, limit: u32) -> Self {
        Self {
            entity,
            columns: Vec::new(),
            filter: Predicate::always(),
            within: Predicate::always(),
            search: None,
            sort: Vec::new(),
            limit,
            after: None,
            bin: Bin::Outside,
            export: false,
        }
    }
}

/// A number over a group of records.
#[derive(Debug, Clone, PartialEq)]
pub enum Measure {
    /// How many records.
    Count,
    /// Sum of a number, of those known.
    Sum(Path),
    /// Mean of a number, of those known.
    Avg(Path),
    /// Smallest.
    Min(Path),
    /// Largest.
    Max(Path),
    /// How many different known values.
    Distinct(Path),
    /// How many known values: what a mean is of.
    Known(Path),
    /// Sum of the products of two numbers, of those rows that have both.
    Product(Box<(Path, Path)>),
    /// Another, over those records of the group for which this holds; the caller could learn from it what they see of it.
    Among(Box<(Measure, Predicate)>),
}

impl Measure {
    /// This number over those records of the group for which something holds.
    #[must_use]
    pub fn among(self, rows: Predicate) -> Self {
        Self::Among(Box::new((self, rows)))
    }

    /// What it measures, if not just rows.
    pub fn of(&self) -> Option<&Path> {
        match self {
            Self::Count => None,
            Self::Sum(path)
            | Self::Avg(path)
            | Self::Min(path)
            | Self::Max(path)
            | Self::Distinct(path)
            | Self::Known(path) => Some(path),
            Self::Product(factors) => Some(&factors.0),
            Self::Among(some) => some.0.of(),
        }
    }

    /// Every path it reads.
    pub fn paths(&self) -> Vec<&Path> {
        match self {
            Self::Product(factors) => vec![&factors.0, &factors.1],
            Self::Among(some) => some.0.paths().into_iter().chain(some.1.paths()).collect(),
            other => other.of().into_iter().collect(),
        }
    }
}

/// Parts records by the period they fall into. The group's first key is then the period's first day, or the period's text
/// where the field holds periods.
#[derive(Debug, Clone, PartialEq)]
pub struct ByPeriod {
    /// A day, a moment, or a period text.
    pub by: Path,
    /// What the field holds, where it holds periods: their length.
    pub own: Option<Grain>,
    /// Length of the periods.
    pub grain: Grain,
    /// When the years begin that quarters and halves are parts of.
    pub year: YearStart,
    /// For a moment: when each of the periods asked for begins, in order, with its first day. What is earlier than all of
    /// them is in none; what is later is in the last, unless the filter leaves it out.
    pub begins: Vec<(Timestamp, Date)>,
}

/// Numbers per group of records.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// The entity.
    pub entity: EntityId,
    /// Parts records by period, before any other key.
    pub period: Option<ByPeriod>,
    /// Group keys; a multi-valued field counts a record once under each of its values.
    pub group: Vec<Path>,
    /// The numbers.
    pub measures: Vec<Measure>,
    /// What the caller asks for.
    pub filter: Predicate,
    /// What a page adds on its own account.
    pub within: Predicate,
    /// Words the search fields must hold.
    pub search: Option<String>,
    /// At most so many groups.
    pub limit: u32,
    /// Over records nobody sees: counts, sums and means by the entity's cells, leaving out every cell of too few people.
    /// Needs the action `aggregate` instead of `read`.
    pub anonymous: bool,
}

/// A write on one record.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The entity.
    pub entity: EntityId,
    /// Create, update, delete, restore, purge or import.
    pub action: Action,
    /// Which record (given by the engine for a new one).
    pub id: RecordId,
    /// The fields the caller gives values for.
    pub given: Vec<FieldId>,
}

/// Asks what the caller may do with one record: which of the fields they may write, whether they may delete it.
#[derive(Debug, Clone, PartialEq)]
pub struct Permitted {
    /// The entity.
    pub entity: EntityId,
    /// Which record.
    pub id: RecordId,
    /// For which action.
    pub action: Action,
    /// Of these fields.
    pub fields: Vec<FieldId>,
}

/// Asks which of some conditions hold on one record, for whoever explains why somebody may do something. Tells nothing else.
#[derive(Debug, Clone, PartialEq)]
pub struct Why {
    /// The entity.
    pub entity: EntityId,
    /// Which record.
    pub id: RecordId,
    /// The conditions.
    pub conditions: Vec<Predicate>,
    /// In use or in the bin.
    pub bin: Bin,
}

/// What every request can say of itself.
pub trait Request {
    /// The entity and the action on it.
    fn on(&self) -> (EntityId, Action);
    /// Every path whose values the caller could learn from conditions, order, groups or numbers: they must be readable.
    fn learns(&self) -> Vec<&Path>;
    /// Paths that are only looked at; it is enough that something of their values may be seen.
    fn shows(&self) -> Vec<&Path> {
        Vec::new()
    }
    /// Paths by which an aggregate parts records; those of any other request part nothing.
    fn splits(&self) -> Vec<&Path> {
        Vec::new()
    }
    /// Every field the caller gives.
    fn writes(&self) -> &[FieldId] {
        &[]
    }
    /// Actions needed besides the first.
    fn also(&self) -> &[Action] {
        &[]
    }
}

impl Request for Get {
    fn on(&self) -> (EntityId, Action) {
        (self.entity, if self.bin == Bin::Inside { Action::Restore } else { Action::Read })
    }
    fn learns(&self) -> Vec<&Path> {
        Vec::new()
    }
    fn shows(&self) -> Vec<&Path> {
        self.columns.iter().collect()
    }
}

impl Request for Uncover {
    fn on(&self) -> (EntityId, Action) {
        (self.entity, Action::Uncover)
    }
    fn learns(&self) -> Vec<&Path> {
        Vec::new()
    }
    fn shows(&self) -> Vec<&Path> {
        self.columns.iter().collect()
    }
}

impl Request for List {
    fn on(&self) -> (EntityId, Action) {
        (self.entity, if self.bin == Bin::Inside { Action::Restore } else { Action::Read })
    }
    fn learns(&self) -> Vec<&Path> {
        let mut paths: Vec<&Path> = self.filter.paths();
        paths.extend(self.sort.iter().map(|sort| &sort.by));
        paths
    }
    fn shows(&self) -> Vec<&Path> {
        self.columns.iter().collect()
    }
    fn also(&self) -> &[Action] {
        if self.export { &[Action::Export] } else { &[] }
    }
}

impl Request for Aggregate {
    fn on(&self) -> (EntityId, Action) {
        (self.entity, if self.anonymous { Action::Aggregate } else { Action::Read })
    }
    fn splits(&self) -> Vec<&Path> {
        let mut paths: Vec<&Path> = self.period.iter().map(|period| &period.by).collect();
        paths.extend(&self.group);
        paths.extend(self.filter.paths());
        paths.extend(self.within.paths());
        // The smallest, the largest and the number of different values are somebody's own, and so is a part of a cell.
        paths.extend(self.measures.iter().flat_map(|measure| match measure {
            Measure::Count | Measure::Sum(_) | Measure::Avg(_) | Measure::Known(_) => Vec::new(),
            own => own.paths(),
        }));
        paths
    }
    fn learns(&self) -> Vec<&Path> {
        let mut paths: Vec<&Path> = self.period.iter().map(|period| &period.by).collect();
        paths.extend(&self.group);
        paths.extend(self.measures.iter().flat_map(Measure::paths));
        paths.extend(self.filter.paths());
        paths
    }
}

impl Request for Change {
    fn on(&self) -> (EntityId, Action) {
        (self.entity, self.action)
    }
    fn learns(&self) -> Vec<&Path> {
        Vec::new()
    }
    fn writes(&self) -> &[FieldId] {
        &self.given
    }
}

impl Request for Why {
    fn on(&self) -> (EntityId, Action) {
        (self.entity, Action::Read)
    }
    fn learns(&self) -> Vec<&Path> {
        Vec::new()
    }
}

impl Request for Permitted {
    fn on(&self) -> (EntityId, Action) {
        (self.entity, self.action)
    }
    fn learns(&self) -> Vec<&Path> {
        Vec::new()
    }
}
