//! A term: one meaning, with its name, its owner and its measure.

use formula::{Formula, Path, Predicate};
use model::{Date, Decimal, Grain, Locale, Name, TermId, Text};

use crate::{Base, Drivers, Measure, Scale};

/// A term of the dictionary.
#[derive(Debug, Clone)]
pub struct Term {
    /// Its id.
    pub id: TermId,
    /// Its name, in addresses and in the expressions of other terms.
    pub name: Name,
    /// The app it belongs to.
    pub app: Name,
    /// Its code; no two terms in use share one.
    pub code: String,
    /// What people call it.
    pub label: Text,
    /// What else they call it.
    pub aliases: Vec<(Locale, String)>,
    /// What it means.
    pub definition: Text,
    /// What its values are counted in; may be empty.
    pub unit: Text,
    /// Which way is better.
    pub direction: Direction,
    /// How often new data is expected.
    pub frequency: Grain,
    /// The system its data comes from; may be empty.
    pub source: Text,
    /// The key of the unit that answers for it.
    pub owner: String,
    /// Where it is in its life.
    pub status: Status,
    /// Counts its meanings from 1.
    pub version: u32,
    /// Keys of the units in which, and below which, this meaning holds; everywhere when empty.
    pub scope: Vec<String>,
    /// How it is measured.
    pub measure: Measure,
    /// Decimal places its values are shown with.
    pub places: u32,
    /// The group its subjects are compared in: a path from the subject.
    pub peers: Option<Path>,
    /// What is aimed for, for a subject; a constant reads nothing. Without one it is the target of the scale's curve.
    pub target: Option<Formula>,
    /// What it was before something was changed.
    pub baseline: Option<Baseline>,
    /// How its values become scores and grades.
    pub scale: Option<Scale>,
    /// What must hold of the rows it is measured from.
    pub checks: Vec<Check>,
    /// What may drive it.
    pub drivers: Option<Drivers>,
    /// On people: it is proposed for boards of units in which such people work.
    pub suggested_for: Option<Predicate>,
}

/// A value of before, as it was measured then.
#[derive(Debug, Clone, PartialEq)]
pub struct Baseline {
    /// The value.
    pub value: Decimal,
    /// The day it is of.
    pub on: Date,
    /// How it was measured then, and what was changed since; may be empty.
    pub words: Text,
}

impl Term {
    /// Everything it is called in one language.
    pub fn names(&self, locale: Locale) -> impl Iterator<Item = &str> {
        let aliases = self.aliases.iter().filter(move |(of, _)| *of == locale).map(|(_, name)| name.as_str());
        std::iter::once(self.label.get(locale)).chain(aliases)
    }

    /// Its measure over rows; `None` for a term made from terms.
    pub fn base(&self) -> Option<&Base> {
        match &self.measure {
            Measure::Base(base) => Some(base),
            Measure::Derived(_) => None,
        }
    }

    /// Whether it may still be used.
    pub fn in_use(&self) -> bool {
        self.status != Status::Deprecated
    }
}

/// The terms a term is measured from: itself, or the measured ones it is made from, each once. `known` finds a term.
pub fn measured<'t>(term: TermId, known: impl Fn(TermId) -> Option<&'t Term>) -> Vec<&'t Term> {
    let (mut open, mut seen, mut found) = (vec![term], vec![term], Vec::new());
    while let Some(next) = open.pop() {
        let Some(term) = known(next) else { continue };
        match &term.measure {
            Measure::Base(_) => found.push(term),
            Measure::Derived(derived) => {
                for id in derived.reads() {
                    if !seen.contains(id) {
                        seen.push(*id);
                        open.push(*id);
                    }
                }
            }
        }
    }
    found.sort_unstable_by_key(|term| term.id);
    found
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Direction {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Neither.
    #[default]
    None,
}

impl Direction {
    /// The word in definitions and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Higher => "higher",
            Self::Lower => "lower",
            Self::None => "none",
        }
    }
}

/// Where a term is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// Somebody wants it.
    Proposed,
    /// Those concerned have looked at it.
    Reviewed,
    /// It holds.
    Approved,
    /// It is no longer to be used.
    Deprecated,
}

impl Status {
    /// Every status, in the order of a life.
    pub const ALL: [Self; 4] = [Self::Proposed, Self::Reviewed, Self::Approved, Self::Deprecated];

    /// The word in definitions and answers.
    pub fn word(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Reviewed => "reviewed",
            Self::Approved => "approved",
            Self::Deprecated => "deprecated",
        }
    }

    /// The status of that word.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// A condition on the rows a term is measured from; what fails is counted and shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    /// Its name.
    pub name: String,
    /// Must be true, or not known.
    pub rule: Predicate,
    /// The condition as its author wrote it.
    pub written: String,
    /// Said when rows fail.
    pub message: Text,
}
