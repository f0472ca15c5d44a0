//! Databases of tests on the PostgreSQL server named by `LOAM_TEST_POSTGRES`: each test has one of its own, and it goes with the
//! test. All are copies of one that has the platform's own tables already, which every test would otherwise make anew.

use anyhow::{Context, Result};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use store::{Place, Store};
use tokio::sync::OnceCell;
use uuid::Uuid;

/// What all are copied from, made by the first who asks.
static PATTERN: OnceCell<String> = OnceCell::const_new();

/// A database of its own on the test server, dropped with this value.
#[derive(Debug)]
pub struct Own {
    server: String,
    name: String,
}

impl Own {
    /// A new one with the platform's tables; `None` when this run is for SQLite only (`LOAM_TEST_DATABASES=sqlite`).
    ///
    /// # Errors
    /// The server is not named or cannot be reached.
    pub async fn new() -> Result<Option<Self>> {
        if only_sqlite() {
            return Ok(None);
        }
        let server = server()?;
        let pattern = PATTERN.get_or_try_init(|| pattern(&server)).await?;
        Self::copied(server, pattern).await.map(Some)
    }

    /// A new one in which there is nothing.
    ///
    /// # Errors
    /// The server is not named or cannot be reached.
    pub async fn empty() -> Result<Self> {
        Self::copied(server()?, "template0").await
    }

    async fn copied(server: String, from: &str) -> Result<Self> {
        let name = format!("loam_test_{}", fresh());
        create(&server, &name, from).await?;
        Ok(Self { server, name })
    }

    /// Its address.
    pub fn url(&self) -> String {
        at(&self.server, &self.name)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        let server = self.server.clone();
        let drop = format!("DROP DATABASE IF EXISTS \"{}\" WITH (FORCE)", self.name);
        // A thread of its own: what runs a test may not be waited for from within.
        let dropping = std::thread::spawn(move || -> Result<()> {
            tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
                let mut admin = PgConnection::connect(&server).await?;
                sqlx::query(AssertSqlSafe(drop)).execute(&mut admin).await?;
                Ok(())
            })
        });
        if let Ok(Err(problem)) = dropping.join() {
            eprintln!("the database `{}` is left behind: {problem:#}", self.name);
        }
    }
}

/// Whether this run is for SQLite only.
pub fn only_sqlite() -> bool {
    std::env::var("LOAM_TEST_DATABASES").is_ok_and(|only| only == "sqlite")
}

fn server() -> Result<String> {
    std::env::var("LOAM_TEST_POSTGRES")
        .context("LOAM_TEST_POSTGRES is not set: run `cargo xtask test`, or set LOAM_TEST_DATABASES=sqlite")
}

/// The one to copy. It stays: no end of a test is the end of all.
async fn pattern(server: &str) -> Result<String> {
    let name = format!("loam_pattern_{}", fresh());
    create(server, &name, "template0").await?;
    Store::open(&Place::Postgres(at(server, &name))).await?.close().await;
    Ok(name)
}

async fn create(server: &str, name: &str, from: &str) -> Result<()> {
    let mut admin = PgConnection::connect(server).await?;
    let create = format!("CREATE DATABASE \"{name}\" TEMPLATE \"{from}\"");
    sqlx::query(AssertSqlSafe(create)).execute(&mut admin).await?;
    Ok(())
}

/// The server's address with another database.
fn at(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').map_or((server, None), |(base, query)| (base, Some(query)));
    let start = base.rsplit_once('/').map_or(base, |(start, _)| start);
    query.map_or_else(|| format!("{start}/{name}"), |query| format!("{start}/{name}?{query}"))
}

/// A name nobody else uses on the server.
#[expect(clippy::disallowed_methods, reason = "names of test databases must differ between runs")]
fn fresh() -> String {
    Uuid::now_v7().simple().to_string()
}
