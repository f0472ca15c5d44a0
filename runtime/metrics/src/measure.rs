//! Measures: from rows, or from other terms.

use formula::{Path, Predicate};
use model::{Decimal, EntityId, Grain, TermId};

pub use crate::derived::Derived;

/// How a term is measured.
#[derive(Debug, Clone)]
pub enum Measure {
    /// From rows of an entity.
    Base(Box<Base>),
    /// From other terms.
    Derived(Derived),
}

/// A measure over rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Base {
    /// The entity.
    pub over: EntityId,
    /// The field that says when a row counts.
    pub time: Path,
    /// What that field holds.
    pub kind: TimeKind,
    /// Whom or what the number is about: a path to a reference, and the entity it leads to.
    pub subject: Option<(Path, EntityId)>,
    /// Only these rows.
    pub rows: Option<Predicate>,
    /// That condition as its author wrote it; empty without one.
    pub written: String,
    /// The number.
    pub number: Number,
}

/// What a time field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TimeKind {
    /// A day.
    Date,
    /// A moment.
    DateTime,
    /// A period of that length, in its written form.
    Period(Grain),
}

impl TimeKind {
    /// Whether rows can be told apart by periods of this length.
    pub fn tells(self, grain: Grain) -> bool {
        match self {
            Self::Date | Self::DateTime => true,
            Self::Period(own) => own.parts(grain),
        }
    }

    /// The shortest periods it tells apart.
    pub fn finest(self) -> Grain {
        match self {
            Self::Date | Self::DateTime => Grain::Day,
            Self::Period(own) => own,
        }
    }
}

/// A number over rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Number {
    /// One of the folds.
    Simple(Part),
    /// One by another, times something.
    Ratio(Box<Ratio>),
    /// A mean in which rows count differently.
    Weighted {
        /// Of this.
        value: Path,
        /// What each counts.
        weight: Path,
    },
    /// All since the beginning of a longer period.
    Cumulative {
        /// Of this.
        of: Part,
        /// Since the beginning of the period of this length.
        since: Grain,
    },
}

impl Number {
    /// What the quotient of its parts is multiplied by.
    pub fn times(&self) -> Decimal {
        match self {
            Self::Ratio(ratio) => ratio.times,
            _ => Decimal::ONE,
        }
    }

    /// Its folds, the numerator first.
    pub fn parts(&self) -> Vec<&Part> {
        match self {
            Self::Simple(part) | Self::Cumulative { of: part, .. } => vec![part],
            Self::Ratio(ratio) => vec![&ratio.numerator, &ratio.denominator],
            Self::Weighted { .. } => Vec::new(),
        }
    }

    /// Whether the parts of two sets of rows without a row in common add up to those of both.
    pub fn adds_up(&self) -> bool {
        self.parts().iter().all(|part| matches!(part.fold, Fold::Count | Fold::Sum(_) | Fold::Avg(_)))
    }
}

/// One number by another.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratio {
    /// What is divided.
    pub numerator: Part,
    /// By what.
    pub denominator: Part,
    /// Times this: 100 for percentage points.
    pub times: Decimal,
}

/// A fold of some rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Which.
    pub fold: Fold,
    /// Only of these rows.
    pub rows: Option<Predicate>,
    /// Both as their author wrote them.
    pub written: String,
}

/// A number made of all rows.
#[derive(Debug, Clone, PartialEq)]
pub enum Fold {
    /// How many rows.
    Count,
    /// Sum of the known values.
    Sum(Path),
    /// Mean of the known values.
    Avg(Path),
    /// The smallest.
    Min(Path),
    /// The largest.
    Max(Path),
    /// How many different known values.
    Distinct(Path),
}

impl Fold {
    /// What it folds, if not just rows.
    pub fn of(&self) -> Option<&Path> {
        match self {
            Self::Count => None,
            Self::Sum(path) | Self::Avg(path) | Self::Min(path) | Self::Max(path) | Self::Distinct(path) => Some(path),
        }
    }
}

impl Base {
    /// The length of the periods in which its rows are told apart to give values for periods of another length: the same,
    /// but for what goes through a longer period, which may have to be added up by its parts. `None` where they do not tell.
    pub fn step(&self, grain: Grain) -> Option<Grain> {
        match &self.number {
            Number::Cumulative { since, .. } => {
                let fits = |step: &Grain| step.parts(*since) && step.parts(grain) && self.kind.tells(*step);
                [grain, self.kind.finest()].into_iter().find(fits)
            }
            _ => self.kind.tells(grain).then_some(grain),
        }
    }

    /// The length of period it is usually asked by: as often as new data is expected, or as its rows tell it.
    pub fn usual(&self, frequency: Grain) -> Grain {
        if self.step(frequency).is_some() { frequency } else { self.kind.finest() }
    }

    /// The longer period a cumulative number goes through.
    pub fn since(&self) -> Option<Grain> {
        match self.number {
            Number::Cumulative { since, .. } => Some(since),
            _ => None,
        }
    }

    /// Every path it reads: whoever may read none of the values of one of them cannot see the number.
    pub fn reads(&self) -> Vec<&Path> {
        let mut paths = vec![&self.time];
        paths.extend(self.subject.as_ref().map(|(path, _)| path));
        paths.extend(self.rows.iter().flat_map(Predicate::paths));
        for part in self.number.parts() {
            paths.extend(part.fold.of());
            paths.extend(part.rows.iter().flat_map(Predicate::paths));
        }
        if let Number::Weighted { value, weight } = &self.number {
            paths.extend([value, weight]);
        }
        paths
    }
}

impl Measure {
    /// The terms it is made from; none for a measure over rows.
    pub fn terms(&self) -> &[TermId] {
        match self {
            Self::Base(_) => &[],
            Self::Derived(derived) => derived.reads(),
        }
    }
}

/// The lengths of period whose values are kept, where rows tell them.
const KEPT: [Grain; 3] = [Grain::Month, Grain::Quarter, Grain::Year];

/// The lengths of period for which values made from these measures are kept, the shortest first.
pub fn kept(bases: &[&Base], frequency: Grain) -> Vec<Grain> {
    let told = |grain: &Grain| bases.iter().all(|base| base.step(*grain).is_some());
    let kept: Vec<Grain> = KEPT.into_iter().filter(told).collect();
    if kept.is_empty() { vec![usual(bases, frequency)] } else { kept }
}

/// The length of period a term made from these measures is usually asked by.
pub fn usual(bases: &[&Base], frequency: Grain) -> Grain {
    bases.iter().map(|base| base.usual(frequency)).max().unwrap_or(frequency)
}
