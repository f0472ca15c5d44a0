//! The time and new identities of the real world. Everybody else is handed them.

use std::sync::{Arc, Mutex, PoisonError};

use engine::World;
use jiff::Timestamp;
use model::{Clock, Ids};
use uuid::{ContextV7, Uuid};

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "this is where the clock comes from")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// UUIDv7 that never go back, whatever the clock does, and count up within a millisecond.
#[derive(Debug)]
pub struct SystemIds(Mutex<ContextV7>);

impl Default for SystemIds {
    fn default() -> Self {
        Self(Mutex::new(ContextV7::new()))
    }
}

impl Ids for SystemIds {
    fn next(&self) -> Uuid {
        let context = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = SystemClock.now();
        let seconds = u64::try_from(now.as_second()).unwrap_or_default();
        let nanos = u32::try_from(now.subsec_nanosecond()).unwrap_or_default();
        Uuid::new_v7(uuid::Timestamp::from_unix(&*context, seconds, nanos))
    }

    fn salt(&self) -> [u8; 16] {
        let mut bytes = [0; 16];
        if let Err(error) = getrandom::fill(&mut bytes) {
            // An id differs from every other too, though somebody who knows the moment has fewer to try.
            tracing::error!(%error, "no random numbers");
            bytes = *self.next().as_bytes();
        }
        bytes
    }
}

/// The real world.
pub fn system() -> World {
    World { clock: Arc::new(SystemClock), ids: Arc::new(SystemIds::default()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_only_rise() {
        let ids = SystemIds::default();
        let many: Vec<Uuid> = (0..10_000).map(|_| ids.next()).collect();
        assert!(many.is_sorted_by(|a, b| a < b));
    }
}
