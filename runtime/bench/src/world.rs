//! The real clock and ids, for both sides.

use model::{Clock, Ids, Timestamp, Uuid};

/// The system's clock and version 7 ids.
pub(crate) struct World;

impl Clock for World {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

impl Ids for World {
    fn next(&self) -> Uuid {
        new_id()
    }

    fn salt(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        // Without random numbers the salt is a new id, which differs from every other one too.
        getrandom::fill(&mut bytes).map_or_else(|_| *new_id().as_bytes(), |()| bytes)
    }
}

/// A new id.
#[expect(clippy::disallowed_methods, reason = "this is where ids come from")]
pub(crate) fn new_id() -> Uuid {
    Uuid::now_v7()
}
