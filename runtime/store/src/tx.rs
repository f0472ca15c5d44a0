//! Inside a transaction. Every method on records takes the [`policy::Authorized`] it acts under, and keeps to its row
//! condition in the same statement.

mod find;
mod hand;
mod load;
pub(crate) mod paths;
mod rollup;
mod save;

use model::Value;
use sqlx::Connection;

use crate::{
    Asking, Boxed, StoreError,
    database::{Link, code, understand},
    halt,
    sql::Statement,
    store::nobody,
    vault::Vault,
};

/// Whether a record is read to be changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Only to be looked at.
    None,
    /// To be changed: nobody else may change it until the end of the transaction.
    Update,
}

/// A transaction under way.
pub struct Tx {
    pub(crate) link: Link,
    pub(crate) asking: Asking,
    pub(crate) vault: Vault,
    /// The database gave the transaction up for reasons that may be gone the next time.
    pub(crate) given_up: bool,
    /// The connection is not to be used again.
    pub(crate) broken: bool,
    /// Something may have been written, or undone, since this was last set to `false`.
    pub(crate) wrote: bool,
    /// A case or a letter is another by it, which [`halt`] counts.
    pub(crate) counts: bool,
}

impl Tx {
    pub(crate) fn new(link: Link, vault: Vault) -> Self {
        Self { link, vault, asking: nobody(), given_up: false, broken: false, wrote: false, counts: false }
    }

    /// Who acts, and when.
    pub fn asking(&self) -> &Asking {
        &self.asking
    }

    /// Says that a second run may fare better: somebody else went first. If the work then fails it is run again, a few
    /// times at most, where several write at once.
    pub fn run_again(&mut self) {
        self.given_up = true;
    }

    // Boxed, so that the drivers behind them are compiled once, here, and not in every crate that waits for them.
    pub(crate) fn fetch<'a>(&'a mut self, statement: &'a Statement) -> Boxed<'a, Result<Vec<Vec<Value>>, StoreError>> {
        Box::pin(async move {
            self.wrote |= !statement.reads();
            let answer = self.link.fetch(statement).await;
            answer.map_err(|error| self.understood(error))
        })
    }

    /// The row of a statement that gives one at most.
    pub(crate) fn first<'a>(
        &'a mut self,
        statement: &'a Statement,
    ) -> Boxed<'a, Result<Option<Vec<Value>>, StoreError>> {
        Box::pin(async move {
            self.wrote |= !statement.reads();
            let answer = self.link.first(statement).await;
            answer.map_err(|error| self.understood(error))
        })
    }

    pub(crate) fn execute<'a>(&'a mut self, statement: &'a Statement) -> Boxed<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            self.wrote |= !statement.reads();
            let answer = self.link.execute(statement).await;
            answer.map_err(|error| self.understood(error))
        })
    }

    /// Notes whether a second run may help.
    pub(crate) fn note(&mut self, error: &StoreError) {
        if matches!(error, StoreError::StalePlan) {
            self.given_up = true;
            self.broken = true;
        }
        // After some errors SQLite has given up the whole transaction by itself, and no error says for sure that it has not.
        self.wrote = true;
        // A serialization failure or a deadlock: somebody else went first.
        self.given_up |= matches!(code(error).as_deref(), Some("40001" | "40P01"));
    }

    fn understood(&mut self, error: StoreError) -> StoreError {
        self.note(&error);
        if matches!(error, StoreError::StalePlan) { StoreError::SchemaChanged } else { error }
    }

    /// Ends the transaction: what it wrote is kept, or undone.
    pub(crate) async fn end(&mut self, keep: bool) -> Result<(), StoreError> {
        let number = halt::before(std::mem::take(&mut self.counts) && keep);
        self.link.say(if keep { "COMMIT" } else { "ROLLBACK" }).await.map_err(understand)?;
        halt::after(number);
        Ok(())
    }

    pub(crate) async fn close(self) {
        match self.link {
            Link::Sqlite(connection) => drop(connection.close().await),
            Link::Postgres(connection) => drop(connection.close().await),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn after_an_error_nobody_relies_on_what_was_written_before() {
        let connection = sqlx::SqliteConnection::connect("sqlite::memory:").await.unwrap();
        let mut tx = Tx::new(Link::Sqlite(connection), Vault::default());
        let read = Statement::new("SELECT 1").gives([crate::sql::Column::Int]);
        assert!(tx.first(&read).await.unwrap().is_some() && !tx.wrote);
        assert!(tx.fetch(&Statement::new("SELECT nothing FROM nowhere")).await.is_err());
        assert!(tx.wrote, "SQLite may have undone the transaction by itself");
        tx.wrote = false;
        tx.execute(&Statement::new("CREATE TABLE t (a)")).await.unwrap();
        assert!(tx.wrote);
    }
}
