//! Server-side sessions, found by the hash of their token: the token itself is never stored.

use model::{Timestamp, UserId};

use crate::{Account, Store, StoreError};

/// A signed-in browser or program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of its token, as text.
    pub token_hash: String,
    /// Whose it is.
    pub account: UserId,
    /// When they signed in.
    pub created: Timestamp,
    /// When it was last used, roughly.
    pub seen: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

/// The sessions of a store.
#[derive(Clone, Copy)]
pub struct Sessions<'s>(pub(crate) &'s Store);

impl Sessions<'_> {
    /// Keeps a new session.
    pub async fn open(&self, session: &Session) -> Result<(), StoreError> {
        let _ = session;
        crate::store::later()
    }
    /// The session and its account in one statement, unless it has ended or the account may not sign in.
    pub async fn find(&self, token_hash: &str, now: Timestamp) -> Result<Option<(Session, Account)>, StoreError> {
        let _ = (token_hash, now);
        crate::store::later()
    }
    /// Notes its use and moves its end. Callers do this every few minutes, not every request.
    pub async fn touch(&self, token_hash: &str, seen: Timestamp, expires: Timestamp) -> Result<(), StoreError> {
        let _ = (token_hash, seen, expires);
        crate::store::later()
    }
    /// Ends a session.
    pub async fn close(&self, token_hash: &str) -> Result<(), StoreError> {
        let _ = token_hash;
        crate::store::later()
    }
    /// Ends every session of an account, after a new password for instance.
    pub async fn close_all(&self, account: UserId) -> Result<(), StoreError> {
        let _ = account;
        crate::store::later()
    }
    /// Forgets sessions that ended before this moment; answers how many.
    pub async fn sweep(&self, before: Timestamp) -> Result<u64, StoreError> {
        let _ = before;
        crate::store::later()
    }
}
