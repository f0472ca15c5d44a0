//! Answers kept by the key a caller gave, so that a repeated request is answered and not done again.

use model::{Timestamp, UserId};

use crate::{Store, StoreError};

/// An answer that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Hash of the request it answered, to refuse the key for another request.
    pub request: String,
    /// The answer.
    pub response: serde_json::Value,
    /// When.
    pub at: Timestamp,
}

/// The kept answers of a store.
#[derive(Clone, Copy)]
pub struct Idempotency<'s>(pub(crate) &'s Store);

impl Idempotency<'_> {
    /// The answer given to this account for this key.
    pub async fn find(&self, account: UserId, key: &str) -> Result<Option<Kept>, StoreError> {
        let _ = (account, key);
        crate::store::later()
    }
    /// Keeps an answer outside the transaction of the write it belongs to; [`crate::Tx::keep_answer`] does it inside.
    /// `false` when one is kept already.
    pub async fn keep(&self, account: UserId, key: &str, kept: &Kept) -> Result<bool, StoreError> {
        let _ = (account, key, kept);
        crate::store::later()
    }
    /// Forgets answers from before this moment.
    pub async fn sweep(&self, before: Timestamp) -> Result<u64, StoreError> {
        let _ = before;
        crate::store::later()
    }
}
