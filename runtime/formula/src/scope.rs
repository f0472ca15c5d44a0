//! What evaluation may see. Everything was loaded before: looking up a value does no I/O and cannot fail.

use jiff::tz::TimeZone;
use model::{Date, RecordId, Timestamp, Value};

use crate::{ActorAttribute, Path, Placed, Reach};

/// The values behind one evaluation.
pub trait Scope {
    /// The value at a path that the formula reads. Lists read through the same children field have the same length and
    /// order, with [`Value::Null`] where a child has no value.
    fn value(&self, path: &Path) -> Value;

    /// What is asked about who acts; [`Value::Null`] when nobody does.
    fn actor(&self, attribute: ActorAttribute) -> Value;

    /// The present moment, the same for the whole request.
    fn now(&self) -> Timestamp;

    /// The present day where the organisation is.
    fn today(&self) -> Date;

    /// Whether that day is worked, by the working calendar in force.
    fn is_open(&self, day: Date) -> bool;

    /// Whether that day is worked by that calendar, where there are several; by the one of all where no other is at hand.
    fn is_open_in(&self, calendar: RecordId, day: Date) -> bool {
        let _ = calendar;
        self.is_open(day)
    }

    /// Whether a person or unit is within reach of who acts, on that day or today; `None` when it is not known. What has no
    /// organisation at hand knows nothing.
    fn reaches(&self, of: RecordId, placed: Placed, reach: &Reach, day: Option<Date>) -> Option<bool> {
        let _ = (of, placed, reach, day);
        None
    }

    /// The zone in which a moment is read as day and hour.
    fn zone(&self) -> TimeZone {
        TimeZone::UTC
    }
}
