//! What a write is while it waits, and SQLite's one writer: waiting jobs run one after another and share a commit.
//!
//! Most jobs that fail do so before they have written, and need no undoing. Where one fails later, all of its transaction is undone
//! and run anew with a savepoint around each, and so are the next ones: who makes such failures makes many.
//!
//! INVARIANT: a job is answered only after the commit it is part of, and by its own outcome; a failing job undoes itself only.
//! INVARIANT: after a failed commit nothing is written any more: what is on disk is not known until the file is opened anew.

use std::{
    future::Future,
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use tokio::sync::{mpsc, oneshot};

use super::write::Guard;
use crate::{
    Asking, StoreError, Tx, Work,
    database::understand,
    sql::{Column, Statement},
};

/// Jobs that share one commit at most.
const MOST: usize = 64;
/// How long a commit may wait for further jobs to run.
const WAIT: Duration = Duration::from_millis(5);
/// Transactions with savepoints, after one that had to be run anew.
const WARY: u32 = 100;

/// What the writer is asked to do.
pub(crate) enum Order {
    /// A job in the shared transaction.
    Write(Box<dyn Job>),
    /// Fold the log into the file and cut it to nothing.
    Scrub(oneshot::Sender<()>),
    /// Stop after what came before, and close the connection.
    Close(oneshot::Sender<()>),
}

type Ran<'a> = Pin<Box<dyn Future<Output = bool> + Send + 'a>>;

/// Work waiting to be run, its outcome once it was, and whom to tell. What differs from write to write ends here, so that the
/// writers behind it are compiled once and not for every kind of write in every crate that has one.
pub(crate) trait Job: Send {
    /// What may run beside it.
    fn guard(&self) -> Guard;
    /// The published version it was made for; `None` when it does not matter.
    fn version(&self) -> Option<i64>;
    /// Runs it and keeps the outcome; `false` when it is to be undone.
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> Ran<'a>;
    /// Replaces the outcome by a failure.
    fn refuse(&mut self, error: StoreError);
    /// Tells the outcome.
    fn answer(self: Box<Self>);
}

/// A job made of a closure.
pub(crate) struct Task<T, E, F> {
    pub(crate) work: F,
    pub(crate) asking: Asking,
    pub(crate) guard: Guard,
    pub(crate) outcome: Option<Result<T, E>>,
    pub(crate) reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Job for Task<T, E, F>
where
    T: Send + 'static,
    E: From<StoreError> + Send + 'static,
    F: for<'t> Fn(&'t mut Tx) -> Work<'t, T, E> + Send + Sync + 'static,
{
    fn guard(&self) -> Guard {
        self.guard
    }

    fn version(&self) -> Option<i64> {
        (self.guard == Guard::Version).then_some(self.asking.version)
    }

    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> Ran<'a> {
        tx.asking = self.asking.clone();
        let work = AssertUnwindSafe((self.work)(tx)).catch_unwind();
        Box::pin(async move {
            // A panic is a fault of one job; the writer and everyone else's writes go on.
            let outcome = work.await.unwrap_or_else(|_| Err(StoreError::Panicked.into()));
            let fine = outcome.is_ok();
            self.outcome = Some(outcome);
            fine
        })
    }

    fn refuse(&mut self, error: StoreError) {
        self.outcome = Some(Err(error.into()));
    }

    fn answer(self: Box<Self>) {
        let outcome = self.outcome.unwrap_or_else(|| Err(StoreError::Poisoned.into()));
        // Whoever asked may have gone away; the write stands.
        drop(self.reply.send(outcome));
    }
}

/// A transaction under way.
#[derive(Debug, Clone, Copy)]
struct Open {
    /// The published version.
    newest: i64,
    /// What it holds.
    so_far: SoFar,
    /// Whether each job gets a savepoint.
    wary: bool,
}

/// What an open transaction holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum SoFar {
    /// Nothing.
    Nothing,
    /// What jobs wrote.
    Written,
    /// That, and what came after the open savepoint.
    Saved,
}

/// What became of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stepped {
    /// It is done, or it failed and nothing of it is left.
    Clean,
    /// It failed and cannot be undone without what others wrote.
    Entangled,
}

/// The writer's own state.
pub(crate) struct Writer {
    tx: Tx,
    orders: mpsc::Receiver<Order>,
    poisoned: Arc<AtomicBool>,
    /// How many more transactions get savepoints.
    wary: u32,
}

impl Writer {
    pub(crate) fn new(tx: Tx, orders: mpsc::Receiver<Order>, poisoned: Arc<AtomicBool>) -> Self {
        Self { tx, orders, poisoned, wary: 0 }
    }

    /// Works until the store is closed or dropped.
    pub(crate) async fn run(mut self) {
        let mut left: Option<Order> = None;
        loop {
            let order = match left.take() {
                Some(order) => Some(order),
                None => self.orders.recv().await,
            };
            match order {
                None => break,
                Some(Order::Close(done)) => {
                    self.tx.close().await;
                    let _ = done.send(());
                    return;
                }
                Some(Order::Scrub(done)) => {
                    // Where a reader is in the way the rest of it goes the next time.
                    if let Err(error) = self.tx.link.say("PRAGMA wal_checkpoint(TRUNCATE)").await {
                        tracing::debug!(%error, "the log stays as it is");
                    }
                    let _ = done.send(());
                }
                Some(Order::Write(mut job)) if self.poisoned.load(Ordering::Acquire) => {
                    job.refuse(StoreError::Poisoned);
                    job.answer();
                }
                Some(Order::Write(job)) if job.guard() == Guard::Publish => self.alone(job).await,
                Some(Order::Write(job)) => left = self.together(job).await,
            }
        }
        self.tx.close().await;
    }

    /// Runs this job and those that wait behind it in one transaction; answers the order it could not take along.
    async fn together(&mut self, first: Box<dyn Job>) -> Option<Order> {
        let mut left = None;
        let mut open = match self.begin().await {
            Ok(newest) => Open { newest, so_far: SoFar::Nothing, wary: self.wary > 0 },
            Err(error) => {
                let mut first = first;
                first.refuse(error);
                first.answer();
                return None;
            }
        };
        self.wary = self.wary.saturating_sub(1);
        let started = Instant::now();
        let mut jobs: Vec<Box<dyn Job>> = Vec::new();
        let mut next = Some(first);
        while let Some(mut job) = next {
            let stepped = self.step(&mut job, &mut open).await;
            jobs.push(job);
            let done = match stepped {
                Ok(Stepped::Clean) => Ok(()),
                Ok(Stepped::Entangled) => match self.anew(&mut jobs, &mut open).await {
                    Ok(true) => Ok(()),
                    Ok(false) => {
                        jobs.into_iter().for_each(Job::answer);
                        return left;
                    }
                    Err(error) => Err(error),
                },
                Err(error) => Err(error),
            };
            if let Err(error) = done {
                if let Some(job) = jobs.last_mut() {
                    job.refuse(error);
                }
                self.poison(jobs).await;
                return None;
            }
            next = None;
            if jobs.len() < MOST && started.elapsed() < WAIT {
                match self.orders.try_recv() {
                    Ok(Order::Write(job)) if job.guard() != Guard::Publish => next = Some(job),
                    Ok(other) => left = Some(other),
                    Err(_) => {}
                }
            }
        }
        match self.tx.end(open.so_far != SoFar::Nothing).await {
            Ok(()) => jobs.into_iter().for_each(Job::answer),
            // Some job refers to nothing, which SQLite says only now and not of which job: each on its own, then.
            Err(StoreError::MissingReference { .. }) => {
                if self.tx.link.say("ROLLBACK").await.is_err() {
                    self.poison(jobs).await;
                    return left;
                }
                for job in jobs {
                    self.single(job).await;
                }
            }
            Err(_) => self.poison(jobs).await,
        }
        left
    }

    /// Undoes the open transaction and runs its jobs once more, so that each can be undone alone. `false` where no transaction
    /// could be begun, since another process writes: all of them are refused, and nothing is open.
    async fn anew(&mut self, jobs: &mut [Box<dyn Job>], open: &mut Open) -> Result<bool, StoreError> {
        self.wary = WARY;
        self.tx.link.say("ROLLBACK").await.map_err(understand)?;
        self.tx.counts = false;
        let newest = match self.begin().await {
            Ok(newest) => newest,
            Err(error) => {
                tracing::warn!(%error, "writes cannot be run anew");
                jobs.iter_mut().for_each(|job| job.refuse(StoreError::Busy));
                return Ok(false);
            }
        };
        *open = Open { newest, so_far: SoFar::Nothing, wary: true };
        for job in jobs {
            self.step(job, open).await?;
        }
        Ok(true)
    }

    /// Runs a job in the open transaction. An error is one of the transaction, not of the job.
    ///
    /// Every call to the driver is a hand-over between threads, so there are as few as can be: the first job needs no
    /// savepoint, since undoing it undoes the transaction, and each later one releases the savepoint of the one before.
    async fn step(&mut self, job: &mut Box<dyn Job>, open: &mut Open) -> Result<Stepped, StoreError> {
        if job.version().is_some_and(|version| version != open.newest) {
            job.refuse(StoreError::SchemaChanged);
            return Ok(Stepped::Clean);
        }
        let start = match open.so_far {
            SoFar::Written if open.wary => Some("SAVEPOINT job"),
            SoFar::Saved => Some("RELEASE job; SAVEPOINT job"),
            SoFar::Nothing | SoFar::Written => None,
        };
        if let Some(start) = start {
            self.tx.link.say(start).await.map_err(understand)?;
            open.so_far = SoFar::Saved;
        }
        self.tx.wrote = false;
        if job.run(&mut self.tx).await {
            if open.so_far == SoFar::Nothing {
                open.so_far = SoFar::Written;
            }
            return Ok(Stepped::Clean);
        }
        match open.so_far {
            _ if !self.tx.wrote => {}
            SoFar::Nothing => self.tx.link.say("ROLLBACK; BEGIN IMMEDIATE").await.map_err(understand)?,
            SoFar::Written => return Ok(Stepped::Entangled),
            SoFar::Saved => self.tx.link.say("ROLLBACK TO job").await.map_err(understand)?,
        }
        Ok(Stepped::Clean)
    }

    /// Runs one job in a transaction of its own.
    async fn single(&mut self, mut job: Box<dyn Job>) {
        let newest = match self.begin().await {
            Ok(newest) => newest,
            Err(error) => {
                job.refuse(error);
                job.answer();
                return;
            }
        };
        let outcome = async {
            let mut open = Open { newest, so_far: SoFar::Nothing, wary: false };
            self.step(&mut job, &mut open).await?;
            self.tx.end(open.so_far != SoFar::Nothing).await
        };
        match outcome.await {
            Ok(()) => job.answer(),
            Err(error @ StoreError::MissingReference { .. }) => {
                let named = self.missing().await.unwrap_or(error);
                job.refuse(named);
                if self.tx.link.say("ROLLBACK").await.is_err() {
                    self.poisoned.store(true, Ordering::Release);
                }
                job.answer();
            }
            Err(_) => self.poison(vec![job]).await,
        }
    }

    /// Runs a change to tables. Foreign keys are off meanwhile, which only works outside a transaction, and checked at the end.
    async fn alone(&mut self, mut job: Box<dyn Job>) {
        if let Err(error) = self.tx.link.say("PRAGMA foreign_keys=OFF").await {
            job.refuse(understand(error));
            job.answer();
            return;
        }
        let newest = match self.begin().await {
            Ok(newest) => newest,
            Err(error) => {
                if self.tx.link.say("PRAGMA foreign_keys=ON").await.is_err() {
                    self.poisoned.store(true, Ordering::Release);
                }
                job.refuse(error);
                job.answer();
                return;
            }
        };
        let outcome = async {
            if job.version().is_some_and(|version| version != newest) {
                job.refuse(StoreError::SchemaChanged);
                return self.tx.link.say("ROLLBACK").await.map_err(understand);
            }
            let mut fine = job.run(&mut self.tx).await;
            if fine && let Some(missing) = self.missing().await {
                job.refuse(missing);
                fine = false;
            }
            self.tx.link.say(if fine { "COMMIT" } else { "ROLLBACK" }).await.map_err(understand)
        };
        let outcome = outcome.await;
        let restored = self.tx.link.say("PRAGMA foreign_keys=ON").await;
        if outcome.is_err() || restored.is_err() {
            self.poison(vec![job]).await;
        } else {
            job.answer();
        }
    }

    async fn begin(&mut self) -> Result<i64, StoreError> {
        let begin = "BEGIN IMMEDIATE; SELECT coalesce(max(version), 0) FROM loam_definition";
        match self.tx.link.ask(begin).await {
            Ok(newest) => Ok(newest),
            Err(error) => {
                let _ = self.tx.link.say("ROLLBACK").await;
                Err(understand(error))
            }
        }
    }

    /// The first reference to nothing in the open transaction.
    async fn missing(&mut self) -> Option<StoreError> {
        let check = "SELECT f.\"table\", k.\"from\" FROM pragma_foreign_key_check AS f \
                     JOIN pragma_foreign_key_list(f.\"table\") AS k ON k.id = f.fkid LIMIT 1";
        let rows = self.tx.link.fetch(&Statement::new(check).gives([Column::Text, Column::Text])).await.ok()?;
        let mut row = rows.into_iter().next()?.into_iter();
        let mut text = || row.next().and_then(|value| value.as_text().map(str::to_owned)).unwrap_or_default();
        Some(StoreError::MissingReference { table: text(), column: text() })
    }

    async fn poison(&mut self, jobs: Vec<Box<dyn Job>>) {
        self.poisoned.store(true, Ordering::Release);
        drop(self.tx.link.say("ROLLBACK").await);
        tracing::error!("a commit failed; no more writes until the database is opened again");
        for mut job in jobs {
            job.refuse(StoreError::Poisoned);
            job.answer();
        }
    }
}
