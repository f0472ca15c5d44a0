//! Wrong tries at secrets, counted in the database so that every node knows them.

use std::sync::Arc;

use jiff::SignedDuration;
use model::{Timestamp, Value};

use crate::{
    Store, StoreError, Tx,
    database::understand,
    row::Taken,
    sql::{Column, Dialect, Statement},
};

/// What tries are counted by, and how many are free before each further one must wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuessKey {
    /// For instance an account or an address.
    pub key: String,
    /// Tries without a pause.
    pub free: i64,
}

/// Tries counted by one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guesses {
    /// What they are counted by.
    pub key: String,
    /// How many were wrong in a row.
    pub wrong: i64,
    /// When the last one was.
    pub last: Timestamp,
}

impl Guesses {
    /// Until when a further try is refused: after `free` wrong ones a minute, then twice as long each time, `longest` at most.
    pub fn until(&self, free: i64, longest: SignedDuration) -> Option<Timestamp> {
        let over = u32::try_from(self.wrong - free).ok()?;
        let pause = SignedDuration::from_mins(1_i64 << over.min(12)).min(longest);
        Some(self.last + pause)
    }
}

/// The guesses of a store.
#[derive(Clone, Copy)]
pub struct GuessCounts<'s>(pub(crate) &'s Store);

const SELECT: &str = "SELECT key, wrong, last FROM loam_guess";
const COLUMNS: [Column; 3] = [Column::Text, Column::Int, Column::DateTime];

fn read(row: Vec<Value>) -> Result<Guesses, StoreError> {
    let mut row = Taken::new("loam_guess", row);
    Ok(Guesses { key: row.text()?, wrong: row.int()?, last: row.moment()? })
}

impl GuessCounts<'_> {
    /// Counts a try by each key before it is known whether it is right, so that tries at the same time are all counted.
    /// Refuses one that comes too soon, which is not counted: answers until when.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin(
        &self,
        keys: &[GuessKey],
        longest: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let keys: Arc<[GuessKey]> = keys.into();
        self.0
            .tend(move |tx| {
                let keys = keys.clone();
                Box::pin(async move { tx.begin_guess(&keys, longest, now).await })
            })
            .await
    }

    /// The try was right: forgets the wrong ones of `own`, and takes this one back from `shared`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn right(&self, own: &str, shared: &str) -> Result<(), StoreError> {
        let (own, shared) = (own.to_owned(), shared.to_owned());
        self.0
            .tend(move |tx| {
                let forget = Statement::new("DELETE FROM loam_guess WHERE key = $1").text(own.as_str());
                let less = "UPDATE loam_guess SET wrong = wrong - 1 WHERE key = $1 AND wrong > 0";
                let less = Statement::new(less).text(shared.as_str());
                Box::pin(async move {
                    tx.execute(&forget).await?;
                    tx.execute(&less).await.map(drop)
                })
            })
            .await
    }

    /// Keys with at least this many wrong tries since then, the latest first; a thousand at most.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn many(&self, wrong: i64, since: Timestamp) -> Result<Vec<Guesses>, StoreError> {
        let select = format!("{SELECT} WHERE wrong >= $1 AND last > $2 ORDER BY last DESC, key LIMIT 1000");
        let statement = Statement::new(select).int(wrong).moment(since).gives(COLUMNS);
        self.0.fetch(&statement).await?.into_iter().map(read).collect()
    }

    /// Forgets tries whose last one was before this moment.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sweep(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.0.execute(Statement::new("DELETE FROM loam_guess WHERE last < $1").moment(before)).await
    }
}

impl Tx {
    /// Lifts a lock; `false` when there was nothing to lift.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget_guesses(&mut self, key: &str) -> Result<bool, StoreError> {
        Ok(self.execute(&Statement::new("DELETE FROM loam_guess WHERE key = $1").text(key)).await? > 0)
    }

    async fn begin_guess(
        &mut self,
        keys: &[GuessKey],
        longest: SignedDuration,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        if self.link.dialect() == Dialect::Postgres {
            // One try is counted at a time, on every node; a moment, beside the work on a password.
            self.link.say("SELECT pg_advisory_xact_lock(77103603)").await.map_err(understand)?;
        }
        let mut wrong = Vec::with_capacity(keys.len());
        for GuessKey { key, free } in keys {
            let select = format!("{SELECT} WHERE key = $1");
            let found = self.fetch(&Statement::new(select).text(key.as_str()).gives(COLUMNS)).await?.pop();
            let known = found.map(read).transpose()?;
            let until = known.as_ref().and_then(|known| known.until(*free, longest));
            if let Some(until) = until.filter(|until| *until > now) {
                return Ok(Some(until));
            }
            // Whoever kept still for a good while begins anew.
            let rests = |known: &Guesses| now.duration_since(known.last) > longest * 2;
            wrong.push(known.filter(|known| !rests(known)).map_or(0, |known| known.wrong));
        }
        for (GuessKey { key, .. }, wrong) in keys.iter().zip(wrong) {
            let upsert = "INSERT INTO loam_guess (key, wrong, last) VALUES ($1, $2, $3) \
                          ON CONFLICT (key) DO UPDATE SET wrong = excluded.wrong, last = excluded.last";
            self.execute(&Statement::new(upsert).text(key.as_str()).int(wrong + 1).moment(now)).await?;
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_and_has_an_end() {
        let last: Timestamp = "2025-11-20T01:00:00Z".parse().unwrap();
        let waits = |wrong| {
            let guesses = Guesses { key: String::new(), wrong, last };
            guesses.until(5, SignedDuration::from_mins(15)).map(|until| until.duration_since(last).as_mins())
        };
        assert_eq!(
            [waits(4), waits(5), waits(6), waits(8), waits(9), waits(99)],
            [None, Some(1), Some(2), Some(8), Some(15), Some(15)]
        );
    }
}
