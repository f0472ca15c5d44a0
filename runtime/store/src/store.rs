//! The handle everyone holds: opens the database, and leads to reads, writes and the small tables of the platform.

mod open;
mod patience;
mod readers;
mod write;
pub(crate) use write::{Guard, nobody};
pub(crate) mod writer;

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use model::{Timestamp, UserId, Value};
use sqlx::PgPool;
use tokio::sync::mpsc;

use crate::{
    Accounts, Cases, Codes, GuessCounts, Idempotency, Identities, Notifications, Outbox, Passkeys, Passwords, Quiets,
    SavedViews, Sessions, Settings, Snapshots, StandIns, StoreError, Tokens, Tx, Waitings,
    breadth::Breadths,
    database::{sqlite_fetch, sqlite_first},
    row::Taken,
    sql::{Column, Dialect, Statement},
    vault::Vault,
};
use readers::Readers;
use writer::Order;

/// Something under way, whose code is compiled once where it is made, and not in every crate that waits for it. The doors
/// answer so: what is behind them is large.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// What runs inside a transaction. It may run again after the database gave up a transaction of its own accord, so it keeps
/// nothing outside [`crate::Tx`] that a second run would count twice.
pub type Work<'t, T, E> = Boxed<'t, Result<T, E>>;

/// An open database. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    base: Base,
    vault: Vault,
    pub(crate) breadths: Breadths,
    reads: Arc<AtomicU64>,
    /// How long an answer outside of writes is waited for.
    patience: Option<Duration>,
}

#[derive(Clone)]
enum Base {
    Sqlite { readers: Readers, orders: mpsc::Sender<Order>, poisoned: Arc<AtomicBool> },
    Postgres { pool: PgPool },
}

/// The connections from which long readings take one of their own.
pub(crate) enum Taking<'s> {
    Sqlite(&'s Readers),
    Postgres(&'s PgPool),
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Store({:?})", self.dialect())
    }
}

/// A published version as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Counts publishes from 1.
    pub version: i64,
    /// The documents it was made from.
    pub documents: serde_json::Value,
    /// SHA-256 of the documents.
    pub hash: String,
    /// When.
    pub at: Timestamp,
    /// By which account.
    pub by: UserId,
}

impl Store {
    pub(crate) fn dialect(&self) -> Dialect {
        match self.base {
            Base::Sqlite { .. } => Dialect::Sqlite,
            Base::Postgres { .. } => Dialect::Postgres,
        }
    }

    pub(crate) fn taking(&self) -> Taking<'_> {
        match &self.base {
            Base::Sqlite { readers, .. } => Taking::Sqlite(readers),
            Base::Postgres { pool } => Taking::Postgres(pool),
        }
    }

    /// Statements read outside of writes since the start.
    pub fn reads(&self) -> u64 {
        self.reads.load(Ordering::Relaxed)
    }

    /// Runs one statement and gives its rows.
    pub(crate) fn fetch<'a>(&'a self, statement: &'a Statement) -> Boxed<'a, Result<Vec<Vec<Value>>, StoreError>> {
        Box::pin(async move {
            self.reads.fetch_add(1, Ordering::Relaxed);
            match &self.base {
                Base::Sqlite { readers, .. } => {
                    let mut reader = readers.take().await?;
                    let rows = patience::within(self.patience, sqlite_fetch(&mut reader, statement)).await?;
                    reader.done();
                    Ok(rows)
                }
                Base::Postgres { pool } => patience::ask(pool, statement, self.patience).await,
            }
        })
    }

    /// Runs one statement that gives one row at most.
    pub(crate) fn first<'a>(&'a self, statement: &'a Statement) -> Boxed<'a, Result<Option<Vec<Value>>, StoreError>> {
        Box::pin(async move {
            self.reads.fetch_add(1, Ordering::Relaxed);
            match &self.base {
                Base::Sqlite { readers, .. } => {
                    let mut reader = readers.take().await?;
                    let row = patience::within(self.patience, sqlite_first(&mut reader, statement)).await?;
                    reader.done();
                    Ok(row)
                }
                Base::Postgres { pool } => Ok(patience::ask(pool, statement, self.patience).await?.into_iter().next()),
            }
        })
    }

    /// Whether the database answers; for readiness.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it does not, [`StoreError::Poisoned`] when it takes no more writes.
    pub async fn ping(&self) -> Result<(), StoreError> {
        if let Base::Sqlite { poisoned, .. } = &self.base
            && poisoned.load(Ordering::Acquire)
        {
            return Err(StoreError::Poisoned);
        }
        self.published_version().await.map(drop)
    }

    /// The newest published version.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn published(&self) -> Result<Option<Published>, StoreError> {
        let sql = "SELECT version, documents, hash, published_at, published_by FROM loam_definition \
                   ORDER BY version DESC LIMIT 1";
        let columns = [Column::Int, Column::Text, Column::Text, Column::DateTime, Column::Id];
        let Some(row) = self.first(&Statement::new(sql).gives(columns)).await? else { return Ok(None) };
        let mut row = crate::row::Taken::new("loam_definition", row);
        Ok(Some(Published {
            version: row.int()?,
            documents: row.json()?,
            hash: row.text()?,
            at: row.moment()?,
            by: row.id()?,
        }))
    }

    /// The number of the newest published version; 0 before the first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn published_version(&self) -> Result<i64, StoreError> {
        let sql = "SELECT coalesce(max(version), 0) FROM loam_definition";
        match self.first(&Statement::new(sql).gives([Column::Int])).await? {
            Some(row) => crate::row::Taken::new("loam_definition", row).int(),
            None => Ok(0),
        }
    }

    /// What seals and opens secrets.
    pub fn vault(&self) -> &Vault {
        &self.vault
    }

    /// Sign-in accounts.
    pub fn accounts(&self) -> Accounts<'_> {
        Accounts(self)
    }

    /// Sessions.
    pub fn sessions(&self) -> Sessions<'_> {
        Sessions(self)
    }

    /// What is known of passwords.
    pub fn passwords(&self) -> Passwords<'_> {
        Passwords(self)
    }

    /// Wrong tries at secrets.
    pub fn guesses(&self) -> GuessCounts<'_> {
        GuessCounts(self)
    }

    /// Settings.
    pub fn settings(&self) -> Settings<'_> {
        Settings(self)
    }

    /// What waits for an answer.
    pub fn waiting(&self) -> Waitings<'_> {
        Waitings(self)
    }

    /// Codes of an authenticator app, and recovery codes.
    pub fn codes(&self) -> Codes<'_> {
        Codes(self)
    }

    /// Passkeys.
    pub fn passkeys(&self) -> Passkeys<'_> {
        Passkeys(self)
    }

    /// Who accounts are at other sign-in services.
    pub fn identities(&self) -> Identities<'_> {
        Identities(self)
    }

    /// Tokens of programs.
    pub fn tokens(&self) -> Tokens<'_> {
        Tokens(self)
    }

    /// Notifications.
    pub fn notifications(&self) -> Notifications<'_> {
        Notifications(self)
    }

    /// When accounts are told of things.
    pub fn quiets(&self) -> Quiets<'_> {
        Quiets(self)
    }

    /// Who acts in whose place.
    pub fn stand_ins(&self) -> StandIns<'_> {
        StandIns(self)
    }

    /// Saved views.
    pub fn saved_views(&self) -> SavedViews<'_> {
        SavedViews(self)
    }

    /// Boards of units.
    pub fn unit_boards(&self) -> crate::UnitBoards<'_> {
        crate::UnitBoards(self)
    }

    /// Kept answers.
    pub fn idempotency(&self) -> Idempotency<'_> {
        Idempotency(self)
    }

    /// The numbers that are kept.
    pub fn snapshots(&self) -> Snapshots<'_> {
        Snapshots(self)
    }

    /// Cases of workflows.
    pub fn cases(&self) -> Cases<'_> {
        Cases(self)
    }

    /// The published version of that number; `None` for one there never was.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn published_at(&self, version: i64) -> Result<Option<serde_json::Value>, StoreError> {
        let row = self.first(&documents(version)).await?;
        row.map(|row| Taken::new("loam_definition", row).json()).transpose()
    }

    /// The documents of a published version, to the letter.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn published_text(&self, version: i64) -> Result<Option<String>, StoreError> {
        let row = self.first(&documents(version)).await?;
        row.map(|row| Taken::new("loam_definition", row).text()).transpose()
    }

    /// The outbox.
    pub fn outbox(&self) -> Outbox<'_> {
        Outbox(self)
    }
}

impl Tx {
    /// The published version of that number, as [`Store::published_at`] gives it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn published_at(&mut self, version: i64) -> Result<Option<serde_json::Value>, StoreError> {
        let row = self.first(&documents(version)).await?;
        row.map(|row| Taken::new("loam_definition", row).json()).transpose()
    }

    /// The documents of a published version, as [`Store::published_text`] gives them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn published_text(&mut self, version: i64) -> Result<Option<String>, StoreError> {
        let row = self.first(&documents(version)).await?;
        row.map(|row| Taken::new("loam_definition", row).text()).transpose()
    }
}

/// Asks for the documents of a version.
fn documents(version: i64) -> Statement {
    Statement::new("SELECT documents FROM loam_definition WHERE version = $1").int(version).gives([Column::Text])
}
