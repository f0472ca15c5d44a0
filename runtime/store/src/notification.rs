//! What an account is told: mentions, things to decide.

use model::{RecordId, Timestamp, UserId};

use crate::{Store, StoreError};

/// One thing an account is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// Its id.
    pub id: RecordId,
    /// Who is told.
    pub account: UserId,
    /// What kind of thing: `mention`.
    pub kind: String,
    /// What it is about; shaped by its kind.
    pub payload: serde_json::Value,
    /// When.
    pub at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
}

/// The notifications of a store.
#[derive(Clone, Copy)]
pub struct Notifications<'s>(pub(crate) &'s Store);

impl Notifications<'_> {
    /// The newest of an account, newest first.
    pub async fn of(&self, account: UserId, limit: u32) -> Result<Vec<Notification>, StoreError> {
        let _ = (account, limit);
        crate::store::later()
    }
    /// How many are not read.
    pub async fn unread(&self, account: UserId) -> Result<i64, StoreError> {
        let _ = account;
        crate::store::later()
    }
}
