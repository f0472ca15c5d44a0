//! The outside world as parameters: what time it is, new identities, and chance.

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

    /// 128 bits nobody can foresee: what hides a value behind its hash.
    fn salt(&self) -> [u8; 16];
}
