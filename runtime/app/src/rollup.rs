//! Rollups: one stored value of a record over the records that refer to it, or to those in turn.

use formula::{Formula, Path, Predicate};
use model::{Decimal, EntityId, FieldId};

/// How a field is computed over children.
#[derive(Debug, Clone, PartialEq)]
pub struct Rollup {
    /// The children field of the record.
    pub of: FieldId,
    /// The records on the way to those taken together, from the record down; none where these are its own children.
    pub between: Vec<Between>,
    /// The records taken together.
    pub child: EntityId,
    /// Their reference to the record, or to the last of those between.
    pub by: FieldId,
    /// What is made of them.
    pub function: RollupFunction,
    /// Which of them count; all when `None`. Reads nothing but their own fields.
    pub rows: Option<Formula>,
    /// The same as a database answers it.
    pub condition: Predicate,
    /// What is read, from the record: the records below it, and fields of theirs.
    pub reads: Vec<Path>,
    /// How it reads: `sum of lines.amount where status == "open"`.
    pub source: String,
}

/// Children whose own children are taken together, or those of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Between {
    /// The records. What is below one in the bin does not count.
    pub entity: EntityId,
    /// Their reference to the record above them.
    pub by: FieldId,
}

/// What is made of several records. Values that are not known are passed over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RollupFunction {
    /// How many records there are.
    Count,
    /// How many values are known.
    Known(FieldId),
    /// The sum; 0 of none.
    Sum(FieldId),
    /// The mean.
    Avg(FieldId),
    /// The smallest.
    Min(FieldId),
    /// The largest.
    Max(FieldId),
    /// How many different values there are.
    Distinct(FieldId),
    /// The value of the record with the smallest key, the oldest of equals.
    First {
        /// The value.
        field: FieldId,
        /// The key.
        by: FieldId,
    },
    /// The value of the record with the largest key, the newest of equals.
    Last {
        /// The value.
        field: FieldId,
        /// The key.
        by: FieldId,
    },
    /// The value below which a share lies, between two of them in proportion.
    Percentile {
        /// The value.
        field: FieldId,
        /// The share, 0 to 1.
        share: Decimal,
    },
    /// The mean, each value counting as much as its weight.
    WeightedMean {
        /// The value.
        field: FieldId,
        /// The weight.
        weight: FieldId,
    },
}

impl RollupFunction {
    /// The fields of the children that are read.
    pub fn fields(self) -> Vec<FieldId> {
        match self {
            Self::Count => Vec::new(),
            Self::Known(field)
            | Self::Sum(field)
            | Self::Avg(field)
            | Self::Min(field)
            | Self::Max(field)
            | Self::Distinct(field)
            | Self::Percentile { field, .. } => vec![field],
            Self::First { field, by } | Self::Last { field, by } => vec![field, by],
            Self::WeightedMean { field, weight } => vec![field, weight],
        }
    }
}
