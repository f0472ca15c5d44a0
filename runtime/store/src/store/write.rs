//! Writes: a closure inside a transaction, on its own task, so that a caller who goes away leaves nothing half done.

use std::sync::Arc;

use model::{Timestamp, Uuid};
use sqlx::PgPool;
use tokio::sync::oneshot;

use super::{
    Base, Store, Work,
    writer::{Job, Order, Task},
};
use crate::{
    Asking, StoreError, Tx,
    database::{Link, understand},
    sql::Statement,
    vault::Vault,
};

/// How often a transaction that PostgreSQL gave up is run.
const ATTEMPTS: usize = 4;

/// Whether a publish may run beside the write, and whether it is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Guard {
    /// Rows of entities: only for the newest version, never beside a publish.
    Version,
    /// Rows of the platform's own tables.
    None,
    /// A publish: alone.
    Publish,
}

impl Store {
    /// Runs `work` in a transaction and answers once it is committed. An error of `work` undoes all of it. Runs to its end
    /// even if the caller stops waiting.
    ///
    /// # Errors
    /// [`StoreError::SchemaChanged`] when `asking.version` is not the newest, whatever `work` fails with, and the store's own.
    pub async fn write<T, E, F>(&self, asking: Asking, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> Work<'t, T, E> + Send + Sync + 'static,
    {
        self.run(asking, Guard::Version, work).await
    }

    /// A write of the platform's own tables: accounts, sessions and the like. The same promises as [`Store::write`], whatever
    /// version of the app is published.
    ///
    /// # Errors
    /// Whatever `work` fails with, and the store's own.
    pub async fn tend<T, E, F>(&self, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> Work<'t, T, E> + Send + Sync + 'static,
    {
        self.run(nobody(), Guard::None, work).await
    }

    /// One statement on the platform's own tables.
    pub(crate) async fn execute(&self, statement: Statement) -> Result<u64, StoreError> {
        let statement = Arc::new(statement);
        self.tend(move |tx| {
            let statement = statement.clone();
            Box::pin(async move { tx.execute(&statement).await })
        })
        .await
    }

    pub(crate) async fn run<T, E, F>(&self, asking: Asking, guard: Guard, work: F) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> Work<'t, T, E> + Send + Sync + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Box<dyn Job> = Box::new(Task { work, asking, guard, outcome: None, reply });
        let unanswered = match &self.base {
            Base::Sqlite { orders, .. } => {
                orders.send(Order::Write(job)).await.map_err(|_| StoreError::Poisoned)?;
                StoreError::Poisoned
            }
            Base::Postgres { pool } => {
                tokio::spawn(postgres(pool.clone(), self.vault.clone(), job));
                StoreError::Panicked
            }
        };
        answer.await.unwrap_or_else(|_| Err(unanswered.into()))
    }
}

async fn postgres(pool: PgPool, vault: Vault, mut job: Box<dyn Job>) {
    let mut attempt = 1;
    loop {
        let connection = match pool.acquire().await {
            Ok(connection) => connection,
            Err(error) => {
                job.refuse(understand(error));
                break;
            }
        };
        let mut tx = Tx::new(Link::Postgres(connection), vault.clone());
        let fine = transaction(&mut tx, &mut *job).await;
        let again = !fine && tx.given_up && attempt < ATTEMPTS;
        if tx.broken {
            tx.close().await;
        }
        if !again {
            break;
        }
        attempt += 1;
    }
    job.answer();
}

/// Runs a job in a transaction; `false` when nothing of it was written.
async fn transaction(tx: &mut Tx, job: &mut dyn Job) -> bool {
    // The lock comes in a statement before the version is read, so that the version is read as of after the lock.
    let begin = match job.guard() {
        Guard::Version => {
            "BEGIN; SELECT pg_advisory_xact_lock_shared(77103601); SELECT coalesce(max(version), 0) FROM loam_definition"
        }
        Guard::None => "BEGIN; SELECT 0::bigint",
        Guard::Publish => "BEGIN; SELECT pg_advisory_xact_lock(77103601); SELECT 0::bigint",
    };
    let fine = match tx.link.ask(begin).await.map_err(understand) {
        Err(error) => {
            tx.broken |= matches!(error, StoreError::Unavailable(_));
            job.refuse(error);
            false
        }
        Ok(newest) if job.version().is_some_and(|version| version != newest) => {
            job.refuse(StoreError::SchemaChanged);
            false
        }
        Ok(_) => job.run(tx).await,
    };
    match tx.end(fine).await {
        Ok(()) => fine,
        Err(error) => {
            tx.note(&error);
            tx.broken |= matches!(error, StoreError::Unavailable(_));
            if fine {
                job.refuse(error);
            }
            false
        }
    }
}

/// Who tends the platform's own tables.
pub(crate) fn nobody() -> Asking {
    Asking {
        version: 0,
        user: Uuid::nil(),
        person: None,
        login: String::new(),
        now: Timestamp::UNIX_EPOCH,
        today: jiff::civil::Date::constant(1970, 1, 1),
    }
}
