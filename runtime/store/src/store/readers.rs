//! SQLite's readers: open connections that wait for the next question.
//!
//! The driver's own pool asks a connection after every use whether it still answers, which takes two hand-overs between threads:
//! as much as a small question costs. A connection to a file does not go away, so nobody asks here; one whose question failed or
//! was given up half way is not used again.
//!
//! INVARIANT: a question that was given up does not go on: whoever drops a reader that is not done ends what it is at.

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::{StoreError, database::understand};

/// How long a connection may wait for a question before it gives its memory back.
const IDLE: Duration = Duration::from_secs(60);

/// Steps of SQLite's machine after which it asks whether anybody still waits: well under a millisecond of work.
const STEPS: i32 = 10_000;

/// The readers of one file. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Readers(Arc<Shared>);

struct Shared {
    options: SqliteConnectOptions,
    most: u16,
    room: Arc<Semaphore>,
    /// The one used last is the first to be used again.
    idle: Mutex<Vec<(Line, Instant)>>,
}

/// An open connection, and the word to it that nobody waits for its answer any more.
struct Line {
    connection: SqliteConnection,
    _waiting: Waiting,
}

/// Said to be over when it goes.
struct Waiting(Arc<AtomicBool>);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Line {
    async fn open(options: &SqliteConnectOptions) -> Result<Self, sqlx::Error> {
        let mut connection = SqliteConnection::connect_with(options).await?;
        let over = Arc::new(AtomicBool::new(false));
        let waiting = Waiting(over.clone());
        connection.lock_handle().await?.set_progress_handler(STEPS, move || !over.load(Ordering::Relaxed));
        Ok(Self { connection, _waiting: waiting })
    }
}

/// A reader at work. Once its answer is complete, [`Reader::done`] lets the next question have it.
pub(crate) struct Reader {
    line: Line,
    shared: Arc<Shared>,
    // Given back last, so that there are never more connections than there is room for.
    _room: OwnedSemaphorePermit,
}

impl Readers {
    /// At most so many readers; none is opened before somebody asks.
    pub(crate) fn new(options: SqliteConnectOptions, most: u16) -> Self {
        let room = Arc::new(Semaphore::new(usize::from(most)));
        let shared = Arc::new(Shared { options, most, room, idle: Mutex::default() });
        tokio::spawn(tidy(Arc::downgrade(&shared)));
        Self(shared)
    }

    /// A reader; waits for one to be done when all are at work.
    ///
    /// # Errors
    /// The file cannot be opened, or [`Readers::close`] was called.
    pub(crate) async fn take(&self) -> Result<Reader, StoreError> {
        let room = self.0.room.clone().acquire_owned().await;
        let room = room.map_err(|_| StoreError::Unavailable(sqlx::Error::PoolClosed))?;
        let waiting = self.0.idle().pop();
        let line = match waiting {
            Some((line, _)) => line,
            None => Line::open(&self.0.options).await.map_err(understand)?,
        };
        Ok(Reader { line, shared: self.0.clone(), _room: room })
    }

    /// Waits for the readers at work and closes all; nobody reads any more.
    pub(crate) async fn close(&self) {
        drop(self.0.room.acquire_many(u32::from(self.0.most)).await);
        self.0.room.close();
        let idle = std::mem::take(&mut *self.0.idle());
        for (line, _) in idle {
            drop(line.connection.close().await);
        }
    }
}

impl Shared {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Line, Instant)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader {
    /// The answer is complete.
    pub(crate) fn done(self) {
        self.shared.idle().push((self.line, Instant::now()));
    }
}

impl Deref for Reader {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.line.connection
    }
}

impl DerefMut for Reader {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.line.connection
    }
}

/// Closes readers that nobody has needed for a while, for as long as there are any.
async fn tidy(shared: Weak<Shared>) {
    loop {
        tokio::time::sleep(IDLE / 4).await;
        let Some(shared) = shared.upgrade() else { return };
        let unused: Vec<_> = {
            let mut idle = shared.idle();
            let fresh = idle.iter().position(|(_, since)| since.elapsed() < IDLE).unwrap_or(idle.len());
            idle.drain(..fresh).collect()
        };
        for (line, _) in unused {
            drop(line.connection.close().await);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readers(folder: &tempfile::TempDir) -> Readers {
        let file = folder.path().join("test.db");
        Readers::new(SqliteConnectOptions::new().filename(file).create_if_missing(true), 1)
    }

    #[tokio::test]
    async fn a_reader_is_used_again_unless_its_question_was_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(&folder);
        let mut first = readers.take().await.unwrap();
        // A table of the connection's own, by which it is known again.
        sqlx::raw_sql("CREATE TEMP TABLE mark (x)").execute(&mut *first).await.unwrap();
        first.done();
        let mut again = readers.take().await.unwrap();
        sqlx::raw_sql("SELECT x FROM mark").execute(&mut *again).await.unwrap();
        drop(again);
        let mut other = readers.take().await.unwrap();
        assert!(sqlx::raw_sql("SELECT x FROM mark").execute(&mut *other).await.is_err());
    }

    #[tokio::test]
    async fn a_question_that_is_given_up_ends_in_the_database() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(&folder);
        let mut reader = readers.take().await.unwrap();
        let over = Arc::downgrade(&reader.line._waiting.0);
        let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
        let asked = sqlx::raw_sql(endless).execute(&mut *reader);
        assert!(tokio::time::timeout(Duration::from_millis(50), asked).await.is_err());
        drop(reader);
        // The connection holds the other end until SQLite lets go of it.
        let ended = async {
            while over.strong_count() > 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), ended).await.unwrap();
        // Nothing was taken away from whoever comes next.
        readers.take().await.unwrap().done();
    }

    #[tokio::test]
    async fn there_are_no_more_readers_than_said_and_none_after_the_end() {
        let folder = tempfile::tempdir().unwrap();
        let readers = readers(&folder);
        let only = readers.take().await.unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(50), readers.take()).await.is_err());
        only.done();
        readers.take().await.unwrap().done();
        readers.close().await;
        assert!(matches!(readers.take().await, Err(StoreError::Unavailable(_))));
    }
}
