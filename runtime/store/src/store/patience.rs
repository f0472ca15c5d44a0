//! How long answers are waited for, and what becomes of a question that nobody waits for any more.
//!
//! INVARIANT: a question that was given up, because it took too long or because whoever asked went away, does not go on in the
//! database. SQLite asks every few steps whether anybody still waits (`readers.rs`); PostgreSQL looks whether the connection is
//! still there, which is closed then.
//! Absent on purpose: limits of what happens in transactions. A write runs to its end.

use std::{future::Future, time::Duration};

use model::Value;
use sqlx::{PgConnection, PgPool, Postgres, pool::PoolConnection};

use super::Store;
use crate::{
    StoreError,
    database::{postgres_fetch, understand},
    sql::Statement,
};

/// Has PostgreSQL look every half a second whether somebody still waits for a statement. Versions before 14 do not know how to,
/// and some systems cannot: there a statement that was given up runs to its end.
const NOTICE: &str = "SELECT set_config('client_connection_check_interval', '500', false) \
                      WHERE current_setting('client_connection_check_interval', true) IS NOT NULL";

impl Store {
    /// The same database, whose answers outside of writes are waited for no longer than that: a question that takes longer ends
    /// in [`StoreError::TooLong`]. Without a time they are waited for as long as they take.
    #[must_use]
    pub fn patient_for(&self, longest: Option<Duration>) -> Self {
        Self { patience: longest, ..self.clone() }
    }

    /// How long an answer outside of writes is waited for; `None` for as long as it takes.
    pub fn patience(&self) -> Option<Duration> {
        self.patience
    }
}

/// Waits for an answer no longer than that. In no time at all nothing is asked.
pub(super) async fn within<T>(
    longest: Option<Duration>,
    answer: impl Future<Output = Result<T, StoreError>>,
) -> Result<T, StoreError> {
    match longest {
        None => answer.await,
        Some(longest) if longest.is_zero() => Err(StoreError::TooLong),
        Some(longest) => tokio::time::timeout(longest, answer).await.unwrap_or(Err(StoreError::TooLong)),
    }
}

/// A connection at work. One whose answer did not come is closed, instead of being kept until it does.
struct Asked {
    connection: PoolConnection<Postgres>,
    answered: bool,
}

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.answered {
            self.connection.close_on_drop();
        }
    }
}

/// Asks PostgreSQL. A connection may hold a prepared statement from before a publish, which PostgreSQL then refuses: that
/// connection is given up, until one answers.
pub(super) async fn ask(
    pool: &PgPool,
    statement: &Statement,
    longest: Option<Duration>,
) -> Result<Vec<Vec<Value>>, StoreError> {
    for _ in 0..64 {
        let connection = pool.acquire().await.map_err(understand)?;
        let mut asked = Asked { connection, answered: false };
        let answer = within(longest, postgres_fetch(&mut asked.connection, statement)).await;
        match answer {
            Err(StoreError::StalePlan) => {}
            // The answer may still be on its way.
            Err(StoreError::TooLong) => return Err(StoreError::TooLong),
            answer => {
                asked.answered = true;
                return answer;
            }
        }
    }
    Err(StoreError::SchemaChanged)
}

/// Has a new connection notice that nobody waits any more, where PostgreSQL can.
pub(super) async fn notice(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    match sqlx::raw_sql(NOTICE).execute(connection).await {
        // It says itself that this system cannot.
        Err(sqlx::Error::Database(_)) | Ok(_) => Ok(()),
        Err(error) => Err(error),
    }
}
