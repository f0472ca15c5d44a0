//! What a step waits for, and the cases that begin in one.

use std::iter::once;

use formula::Formula;
use model::{FieldId, Name};

use super::When;

/// Until something is so, or something else.
#[derive(Debug, Clone)]
pub struct Wait {
    /// What is waited for; what follows the step follows from it.
    pub until: WaitFor,
    /// What ends the waiting besides, whichever comes first.
    pub others: Vec<Other>,
    /// When waiting is given up, and where that leads; to what follows when the name is `None`.
    pub late: Option<(When, Option<Name>)>,
    /// Holds of the record while nothing becomes due.
    pub paused: Option<Formula>,
}

/// Something else that ends a step's waiting.
#[derive(Debug, Clone)]
pub struct Other {
    /// What; never a moment.
    pub until: WaitFor,
    /// Where it leads.
    pub next: Name,
}

/// What is waited for.
#[derive(Debug, Clone)]
pub enum WaitFor {
    /// A moment.
    Time(When),
    /// That somebody or something says this word.
    Signal(Name),
    /// That this holds of the record.
    Record(Formula),
}

impl Wait {
    /// All that ends the waiting besides its being given up: what is waited for, then the others. [`crate::Event::Ready`] and
    /// [`Self::leads`] count from there.
    pub fn ends(&self) -> impl Iterator<Item = &WaitFor> {
        once(&self.until).chain(self.others.iter().map(|other| &other.until))
    }

    /// The conditions on the record among them.
    pub fn conditions(&self) -> impl Iterator<Item = &Formula> {
        self.ends().filter_map(|until| match until {
            WaitFor::Record(condition) => Some(condition),
            WaitFor::Time(_) | WaitFor::Signal(_) => None,
        })
    }

    /// The words among them.
    pub fn words(&self) -> impl Iterator<Item = &Name> {
        self.ends().filter_map(|until| match until {
            WaitFor::Signal(word) => Some(word),
            WaitFor::Time(_) | WaitFor::Record(_) => None,
        })
    }

    /// Where one of them leads; to what follows the step when `None`.
    pub fn leads(&self, which: usize) -> Option<&Name> {
        self.others.get(which.checked_sub(1)?).map(|other| &other.next)
    }
}

/// What becomes of the others where some suffice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Others {
    /// They are given up.
    GivenUp,
    /// They go on, and nothing waits for them.
    GoOn,
}

/// Cases that begin in a step.
#[derive(Debug, Clone)]
pub struct Sub {
    /// Of this process.
    pub process: Name,
    /// One for each record that refers to this one by the field; one about this record when `None`.
    pub each: Option<FieldId>,
    /// Whether the step waits for them.
    pub waits: bool,
    /// So many ends suffice; all when `None`.
    pub need: Option<u32>,
    /// What becomes of the others then.
    pub others: Others,
}
