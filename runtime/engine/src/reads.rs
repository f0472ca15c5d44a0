//! Where the platform's own tables are read: beside whatever is under way, or within a transaction.
//!
//! INVARIANT: what is asked in a transaction is read in it. It would else see less than the transaction has done, and wait for
//! a second connection while it holds the first.

use model::UserId;
use store::{Account, StoreError, Tx};

use crate::Engine;

/// Where something is read.
pub(crate) enum Reads<'t> {
    /// On a connection of its own.
    Beside,
    /// As it is in this transaction.
    Within(&'t mut Tx),
}

impl Reads<'_> {
    /// An account by its id.
    pub(crate) async fn account(&mut self, engine: &Engine, id: UserId) -> Result<Option<Account>, StoreError> {
        match self {
            Self::Beside => engine.store().accounts().by_id(id).await,
            Self::Within(tx) => tx.account(id).await,
        }
    }

    /// The documents of a published version.
    pub(crate) async fn published_at(
        &mut self,
        engine: &Engine,
        version: i64,
    ) -> Result<Option<serde_json::Value>, StoreError> {
        match self {
            Self::Beside => engine.store().published_at(version).await,
            Self::Within(tx) => tx.published_at(version).await,
        }
    }

    /// The same, to the letter.
    pub(crate) async fn published_text(&mut self, engine: &Engine, version: i64) -> Result<Option<String>, StoreError> {
        match self {
            Self::Beside => engine.store().published_text(version).await,
            Self::Within(tx) => tx.published_text(version).await,
        }
    }
}
