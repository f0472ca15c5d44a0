//! Plain SQL where a whole job is compared and not a request: what somebody would write who needs this one thing, on copies of
//! the tables that Loam made.
//!
//! Statements say `{$1}` where an id is bound, ` ID` and ` MONEY` where a table is made with a column of that type, and ` LOCKED`
//! where a row is read to be changed: each database has a word of its own for these.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::Result;
use sqlx::{
    AssertSqlSafe, PgConnection, PgPool, Postgres, Row, Sqlite, SqliteConnection, SqlitePool,
    postgres::{PgPoolOptions, PgRow},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteRow, SqliteSynchronous},
};
use store::Place;

use crate::report::CONNECTIONS;

/// What one column holds, as text.
pub(crate) type Cell = Option<Arc<str>>;

/// The statements of one transaction.
pub(crate) type Deed = Vec<Said>;

/// A database as a program written by hand opens it.
#[derive(Clone)]
pub(crate) enum Hand {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

/// A statement, and what is bound to it.
pub(crate) struct Said {
    sql: Arc<str>,
    values: Vec<Cell>,
}

impl Hand {
    /// Opens it: one connection to a file, as there is one who writes; as many as a measure has to a server.
    ///
    /// # Errors
    /// It cannot be reached.
    pub(crate) async fn open(place: &Place) -> Result<Self> {
        Ok(match place {
            Place::Sqlite(file) => {
                let options = SqliteConnectOptions::new()
                    .filename(file)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .busy_timeout(std::time::Duration::from_secs(30));
                Self::Sqlite(SqlitePoolOptions::new().max_connections(1).connect_with(options).await?)
            }
            Place::Postgres(url) => {
                let most = u32::try_from(CONNECTIONS)?;
                Self::Postgres(PgPoolOptions::new().max_connections(most).connect(url).await?)
            }
        })
    }

    /// Lets go of it.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(pool) => pool.close().await,
            Self::Postgres(pool) => pool.close().await,
        }
    }

    /// The statement in this database's words.
    pub(crate) fn words(&self, sql: &str) -> Arc<str> {
        let words = match self {
            Self::Sqlite(_) => sql.replace(['{', '}'], "").replace(" LOCKED", ""),
            Self::Postgres(_) => sql.replace('{', "CAST(").replace('}', " AS UUID)").replace(" LOCKED", " FOR UPDATE"),
        };
        words.into()
    }

    /// Makes tables and indexes.
    ///
    /// # Errors
    /// The database refuses.
    pub(crate) async fn make(&self, script: &str) -> Result<()> {
        let (id, money) = match self {
            Self::Sqlite(_) => (" TEXT", " INTEGER"),
            Self::Postgres(_) => (" UUID", " NUMERIC"),
        };
        let script = sqlx::raw_sql(AssertSqlSafe(script.replace(" ID", id).replace(" MONEY", money)));
        match self {
            Self::Sqlite(pool) => script.execute(pool).await.map(drop)?,
            Self::Postgres(pool) => script.execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// The rows that a statement gives, whose columns are text.
    ///
    /// # Errors
    /// The database refuses.
    pub(crate) async fn rows(&self, said: &Said) -> Result<Vec<Vec<Cell>>> {
        Ok(match self {
            Self::Sqlite(pool) => {
                let mut connection = pool.acquire().await?;
                let rows = said.on_sqlite(&mut connection).await?;
                rows.iter().map(sqlite_cells).collect::<sqlx::Result<Vec<_>>>()?
            }
            Self::Postgres(pool) => {
                let mut connection = pool.acquire().await?;
                let rows = said.on_postgres(&mut connection).await?;
                rows.iter().map(postgres_cells).collect::<sqlx::Result<Vec<_>>>()?
            }
        })
    }

    /// The only column of the only row.
    ///
    /// # Errors
    /// The database refuses.
    pub(crate) async fn one(&self, sql: &str) -> Result<Cell> {
        let said = Said::new(&self.words(sql), []);
        Ok(self.rows(&said).await?.into_iter().flatten().next().flatten())
    }

    /// One statement after the other, each a transaction of its own.
    ///
    /// # Errors
    /// The database refuses.
    pub(crate) async fn each(&self, statements: &[Said]) -> Result<()> {
        for said in statements {
            self.rows(said).await?;
        }
        Ok(())
    }

    /// Does what many ask for at the same time, in about this order. Each is a transaction on a server; on SQLite those that wait
    /// for the one who writes are committed together, as Loam does it.
    ///
    /// # Errors
    /// The database refuses.
    pub(crate) async fn all(&self, deeds: Vec<Deed>) -> Result<()> {
        match self {
            Self::Sqlite(pool) => {
                for together in deeds.chunks(CONNECTIONS) {
                    let mut tx = pool.begin_with("BEGIN IMMEDIATE").await?;
                    for said in together.iter().flatten() {
                        said.on_sqlite(&mut tx).await?;
                    }
                    tx.commit().await?;
                }
            }
            Self::Postgres(pool) => {
                let (deeds, next) = (Arc::new(deeds), Arc::new(AtomicUsize::new(0)));
                let mut tasks = Vec::with_capacity(CONNECTIONS);
                for _ in 0..CONNECTIONS {
                    let (pool, deeds, next) = (pool.clone(), deeds.clone(), next.clone());
                    tasks.push(tokio::spawn(async move {
                        while let Some(deed) = deeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                            let mut tx = pool.begin().await?;
                            for said in deed {
                                said.on_postgres(&mut tx).await?;
                            }
                            tx.commit().await?;
                        }
                        Ok::<(), sqlx::Error>(())
                    }));
                }
                for task in tasks {
                    task.await??;
                }
            }
        }
        Ok(())
    }
}

impl Said {
    /// A statement in a database's words.
    pub(crate) fn new(sql: &Arc<str>, values: impl IntoIterator<Item = Cell>) -> Self {
        Self { sql: sql.clone(), values: values.into_iter().collect() }
    }

    async fn on_sqlite(&self, connection: &mut SqliteConnection) -> sqlx::Result<Vec<SqliteRow>> {
        let mut query = sqlx::query::<Sqlite>(AssertSqlSafe(self.sql.clone()));
        for value in &self.values {
            query = query.bind(value.as_deref().map(str::to_owned));
        }
        query.fetch_all(connection).await
    }

    async fn on_postgres(&self, connection: &mut PgConnection) -> sqlx::Result<Vec<PgRow>> {
        let mut query = sqlx::query::<Postgres>(AssertSqlSafe(self.sql.clone()));
        for value in &self.values {
            query = query.bind(value.as_deref());
        }
        query.fetch_all(connection).await
    }
}

fn sqlite_cells(row: &SqliteRow) -> sqlx::Result<Vec<Cell>> {
    (0..row.len()).map(|at| row.try_get(at).map(kept)).collect()
}

fn postgres_cells(row: &PgRow) -> sqlx::Result<Vec<Cell>> {
    (0..row.len()).map(|at| row.try_get(at).map(kept)).collect()
}

fn kept(text: Option<String>) -> Cell {
    text.map(Arc::from)
}
