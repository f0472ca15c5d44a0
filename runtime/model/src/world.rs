//! The outside world as parameters: what time it is, and new identities.

use jiff::Timestamp;
use uuid::Uuid;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

/// Where new identities come from.
pub trait Ids: Send + Sync {
    /// A new UUIDv7, later than every one given before.
    fn next(&self) -> Uuid;
}
