//! Writes: a closure inside a transaction, on its own task, so that a caller who goes away leaves nothing half done.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt;
use model::{Timestamp, Uuid};
use sqlx::PgPool;
use tokio::sync::oneshot;

use super::{
    Base, Store, Work,
    writer::{Order, Task},
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
        match &self.base {
            Base::Sqlite { orders, .. } => {
                let (reply, answer) = oneshot::channel();
                let (checked, alone) = (guard == Guard::Version, guard == Guard::Publish);
                let task = Task { work, asking, checked, alone, outcome: None, reply };
                orders.send(Order::Write(Box::new(task))).await.map_err(|_| StoreError::Poisoned)?;
                answer.await.unwrap_or_else(|_| Err(StoreError::Poisoned.into()))
            }
            Base::Postgres { pool } => {
                let pool = (pool.clone(), self.vault.clone());
                let task = tokio::spawn(async move { postgres(&pool, asking, guard, work).await });
                task.await.unwrap_or_else(|_| Err(StoreError::Panicked.into()))
            }
        }
    }
}

async fn postgres<T, E, F>((pool, vault): &(PgPool, Vault), asking: Asking, guard: Guard, work: F) -> Result<T, E>
where
    E: From<StoreError>,
    F: for<'t> Fn(&'t mut Tx) -> Work<'t, T, E> + Send + Sync,
{
    let mut attempt = 1;
    loop {
        let connection = pool.acquire().await.map_err(understand)?;
        let mut tx = Tx::new(Link::Postgres(connection), vault.clone());
        tx.asking = asking.clone();
        let outcome = transaction(&mut tx, guard, &work).await;
        let again = outcome.is_err() && tx.given_up && attempt < ATTEMPTS;
        if tx.broken {
            tx.close().await;
        }
        if !again {
            return outcome;
        }
        attempt += 1;
    }
}

async fn transaction<T, E, F>(tx: &mut Tx, guard: Guard, work: &F) -> Result<T, E>
where
    E: From<StoreError>,
    F: for<'t> Fn(&'t mut Tx) -> Work<'t, T, E> + Send + Sync,
{
    // The lock comes in a statement before the version is read, so that the version is read as of after the lock.
    let begin = match guard {
        Guard::Version => {
            "BEGIN; SELECT pg_advisory_xact_lock_shared(77103601); SELECT coalesce(max(version), 0) FROM loam_definition"
        }
        Guard::None => "BEGIN; SELECT 0::bigint",
        Guard::Publish => "BEGIN; SELECT pg_advisory_xact_lock(77103601); SELECT 0::bigint",
    };
    let outcome = match tx.link.ask(begin).await.map_err(understand) {
        Err(error) => {
            tx.broken |= matches!(error, StoreError::Unavailable(_));
            Err(error.into())
        }
        Ok(newest) if guard == Guard::Version && newest != tx.asking.version => Err(StoreError::SchemaChanged.into()),
        Ok(_) => {
            let outcome = AssertUnwindSafe(work(tx)).catch_unwind().await;
            outcome.unwrap_or_else(|_| Err(StoreError::Panicked.into()))
        }
    };
    let end = if outcome.is_ok() { "COMMIT" } else { "ROLLBACK" };
    match tx.link.say(end).await.map_err(understand) {
        Ok(()) => outcome,
        Err(error) => {
            tx.note(&error);
            tx.broken |= matches!(error, StoreError::Unavailable(_));
            outcome.and(Err(error.into()))
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
