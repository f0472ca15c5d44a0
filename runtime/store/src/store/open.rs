//! Opening and closing.

use std::{
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    thread::available_parallelism,
    time::Duration,
};

use sqlx::{
    ConnectOptions, Connection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tokio::sync::{mpsc, oneshot};

use super::{
    Base, Store, patience,
    readers::Readers,
    writer::{Order, Writer},
};
use crate::{
    Boxed, Place, StoreError, Tx,
    breadth::Breadths,
    database::{Link, understand},
    system,
    vault::Vault,
};

/// Prepared statements kept per connection.
const STATEMENTS: usize = 512;
/// How long a write waits for another process that writes to the same file: an import beside a server, or the server beside an
/// import. One transaction of many thousand rows takes seconds, and what it holds up is better late than refused.
const PATIENCE: Duration = Duration::from_secs(60);

impl Store {
    /// Opens the database and brings its system tables up to date. Needs a tokio runtime.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] when it cannot be reached, [`StoreError::Newer`] when a later program wrote it.
    pub fn open<'a>(place: &'a Place) -> Boxed<'a, Result<Self, StoreError>> {
        Box::pin(async move {
            match place {
                Place::Sqlite(file) => Self::open_sqlite(file).await,
                Place::Postgres(url) => Self::open_postgres(url).await,
            }
        })
    }

    async fn open_sqlite(file: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .foreign_keys(true)
            .busy_timeout(Duration::from_secs(5))
            .statement_cache_capacity(STATEMENTS)
            .pragma("cache_size", "-4096")
            .disable_statement_logging();
        let writing = options
            .clone()
            .create_if_missing(true)
            .busy_timeout(PATIENCE)
            .journal_mode(SqliteJournalMode::Wal)
            // What was deleted or changed is overwritten, so that nobody who holds the file reads it there.
            .pragma("secure_delete", "ON")
            .synchronous(SqliteSynchronous::Full);
        let connection = sqlx::SqliteConnection::connect_with(&writing).await.map_err(understand)?;
        let mut link = Link::Sqlite(connection);
        system::open(&mut link).await?;
        let cores = available_parallelism().map_or(2, usize::from);
        // The file is in the system's own memory already; what each reader keeps besides is small. There are more than cores, since
        // a reader that is done waits for whoever comes next to be woken.
        let most = u16::try_from(cores * 4).unwrap_or(8);
        let readers = Readers::new(options.read_only(true).pragma("cache_size", "-2048"), most);
        let poisoned = Arc::new(AtomicBool::new(false));
        let (orders, waiting) = mpsc::channel::<Order>(1024);
        let vault = Vault::default();
        tokio::spawn(Writer::new(Tx::new(link, vault.clone()), waiting, poisoned.clone()).run());
        Ok(Self {
            base: Base::Sqlite { readers, orders, poisoned },
            vault,
            breadths: Breadths::default(),
            reads: Arc::default(),
            patience: None,
        })
    }

    async fn open_postgres(url: &str) -> Result<Self, StoreError> {
        let options: PgConnectOptions = url.parse().map_err(understand)?;
        let options = options
            .application_name("loam")
            .statement_cache_capacity(STATEMENTS)
            .options([("timezone", "UTC"), ("datestyle", "ISO"), ("client_min_messages", "warning")])
            .disable_statement_logging();
        let cores = available_parallelism().map_or(2, usize::from);
        let pool: PgPool = PgPoolOptions::new()
            .max_connections(u32::try_from(cores * 4 + 4).unwrap_or(12))
            .acquire_timeout(Duration::from_secs(10))
            .test_before_acquire(false)
            .after_connect(|connection, _| Box::pin(patience::notice(connection)))
            .connect_with(options)
            .await
            .map_err(understand)?;
        let mut link = Link::Postgres(pool.acquire().await.map_err(understand)?);
        system::open(&mut link).await?;
        drop(link);
        let (vault, breadths) = (Vault::default(), Breadths::default());
        Ok(Self { base: Base::Postgres { pool }, vault, breadths, reads: Arc::default(), patience: None })
    }

    /// Has nothing of what was deleted stay behind in SQLite's log: it is folded into the file and cut to nothing. A reader that
    /// is at work keeps a part of it until the next time.
    pub async fn scrub(&self) {
        let Base::Sqlite { orders, .. } = &self.base else { return };
        let (done, wait) = oneshot::channel();
        if orders.send(Order::Scrub(done)).await.is_ok() {
            drop(wait.await);
        }
    }

    /// Waits for writes under way and closes every connection. Other handles to the same database stop working too.
    pub async fn close(&self) {
        match &self.base {
            Base::Sqlite { readers, orders, .. } => {
                // The last connection to go folds the log into the file, which only the writer may.
                readers.close().await;
                let (done, wait) = oneshot::channel();
                if orders.send(Order::Close(done)).await.is_ok() {
                    drop(wait.await);
                }
            }
            Base::Postgres { pool } => pool.close().await,
        }
    }
}
