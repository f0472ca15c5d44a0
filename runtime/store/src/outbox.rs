//! Effects to do after a commit, and timers: rows with a due time that a runner on any node claims.
//!
//! INVARIANT: a letter is claimed by one runner at a time, for as long as its lease; only the claimer can complete or fail it.

use model::{RecordId, Timestamp};

use crate::{Store, StoreError};

/// An effect to do once the transaction is committed.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxEntry {
    /// Its id.
    pub id: RecordId,
    /// What kind of effect.
    pub kind: String,
    /// Idempotency key: a second entry with the same key is dropped.
    pub key: String,
    /// What the effect needs.
    pub payload: serde_json::Value,
    /// Not before this moment; a moment in the future is a timer.
    pub due: Timestamp,
}

/// How far a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    /// To be done, or being done.
    Pending,
    /// Done.
    Done,
    /// Failed too often; an administrator decides.
    Dead,
}

/// An entry a runner has claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The entry.
    pub entry: OutboxEntry,
    /// How often it was tried before.
    pub attempts: i64,
}

/// An entry as administrators see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// The entry.
    pub entry: OutboxEntry,
    /// How far it is.
    pub state: OutboxState,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// The outbox of a store.
#[derive(Clone, Copy)]
pub struct Outbox<'s>(pub(crate) &'s Store);

impl Outbox<'_> {
    /// Claims up to `limit` due entries for `runner` until `until`, earliest due first.
    pub async fn claim(
        &self,
        runner: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError> {
        let _ = (runner, now, until, limit);
        crate::store::later()
    }
    /// Marks a claimed entry as done; `false` when the claim was lost.
    pub async fn complete(&self, runner: &str, id: RecordId) -> Result<bool, StoreError> {
        let _ = (runner, id);
        crate::store::later()
    }
    /// Notes a failure: the entry is due again at `retry`, or dead when `retry` is `None`. `false` when the claim was lost.
    pub async fn fail(
        &self,
        runner: &str,
        id: RecordId,
        error: &str,
        retry: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        let _ = (runner, id, error, retry);
        crate::store::later()
    }
    /// When the next pending entry is due, claimed ones at the end of their lease.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        crate::store::later()
    }
    /// Entries in a state, latest due first.
    pub async fn letters(&self, state: OutboxState, limit: u32) -> Result<Vec<Letter>, StoreError> {
        let _ = (state, limit);
        crate::store::later()
    }
    /// Takes a dead entry up again at `due`; `false` when it is not dead.
    pub async fn revive(&self, id: RecordId, due: Timestamp) -> Result<bool, StoreError> {
        let _ = (id, due);
        crate::store::later()
    }
    /// Forgets done entries that were due before this moment.
    pub async fn sweep(&self, before: Timestamp) -> Result<u64, StoreError> {
        let _ = before;
        crate::store::later()
    }
}
