//! Ways of looking at a page that somebody kept under a name.

use model::{RecordId, UserId};

use crate::{Store, StoreError};

/// A kept way of looking at a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedView {
    /// Its id.
    pub id: RecordId,
    /// The page's name.
    pub page: String,
    /// Whose it is.
    pub account: UserId,
    /// What they call it; unique per page and account.
    pub name: String,
    /// The page's query string.
    pub query: String,
}

/// The saved views of a store.
#[derive(Clone, Copy)]
pub struct SavedViews<'s>(pub(crate) &'s Store);

impl SavedViews<'_> {
    /// Those of an account for a page, by name.
    pub async fn of(&self, account: UserId, page: &str) -> Result<Vec<SavedView>, StoreError> {
        let _ = (account, page);
        crate::store::later()
    }
}
