//! Effects to do after a commit, and timers: rows with a due time that a runner on any node claims.
//!
//! INVARIANT: a letter is claimed by one runner at a time, for as long as its lease; only the claimer can complete or fail it.

use std::{sync::Arc, time::Duration};

use model::{RecordId, Timestamp};

use crate::{
    Store, StoreError, Tx,
    record::parameters,
    row::Taken,
    sql::{Column, Dialect, Statement},
};

/// The step that has letters found in the very order in which they are claimed: of many that are due at the same moment no
/// more are looked at than are taken.
pub(crate) const ORDER: &str = "
CREATE INDEX loam_outbox_order ON loam_outbox (due, id) WHERE state = 'pending';
DROP INDEX loam_outbox_due;
";

/// How many letters at the front are looked at for the next that is due: more than runners hold at once.
const FRONT: i64 = 1_000;
/// Letters written by one statement.
const CHUNK: usize = 100;
/// Columns of a letter.
const WIDTH: usize = 7;

/// An effect to do once the transaction is committed.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxEntry {
    /// Its id.
    pub id: RecordId,
    /// What kind of effect.
    pub kind: String,
    /// Idempotency key: a second entry with the same key is dropped.
    pub key: String,
    /// What the effect needs.
    pub payload: serde_json::Value,
    /// Not before this moment; a moment in the future is a timer.
    pub due: Timestamp,
}

/// How far a letter is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutboxState {
    /// To be done, or being done.
    Pending,
    /// Done.
    Done,
    /// Failed too often; an administrator decides.
    Dead,
}

/// Which entries a runner takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kinds<'k> {
    /// All of them.
    All,
    /// Those of one kind.
    Only(&'k str),
    /// All but those of one kind.
    AllBut(&'k str),
}

/// An entry a runner has claimed.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    /// The entry.
    pub entry: OutboxEntry,
    /// How often it was tried before.
    pub attempts: i64,
}

/// An entry as administrators see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Letter {
    /// The entry.
    pub entry: OutboxEntry,
    /// How far it is.
    pub state: OutboxState,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
}

/// The outbox of a store.
#[derive(Clone, Copy)]
pub struct Outbox<'s>(pub(crate) &'s Store);

impl OutboxState {
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Dead => "dead",
        }
    }
}

const ENTRY: [Column; 6] = [Column::Id, Column::Text, Column::Text, Column::Text, Column::DateTime, Column::Int];

fn entry(row: &mut Taken) -> Result<OutboxEntry, StoreError> {
    Ok(OutboxEntry { id: row.id()?, kind: row.text()?, key: row.text()?, payload: row.json()?, due: row.moment()? })
}

impl Outbox<'_> {
    /// Claims up to `limit` due entries for `runner` until `until`, earliest due first. Entries whose claimer let its
    /// lease pass are due again.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim(
        &self,
        runner: &str,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError> {
        self.claim_kinds(runner, Kinds::All, now, until, limit).await
    }

    /// [`Outbox::claim`] of some kinds only.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn claim_kinds(
        &self,
        runner: &str,
        kinds: Kinds<'_>,
        now: Timestamp,
        until: Timestamp,
        limit: u32,
    ) -> Result<Vec<Claimed>, StoreError> {
        // The other runners' rows are passed over, not waited for; on SQLite there is one writer anyway.
        let skip = if self.0.dialect() == Dialect::Postgres { " FOR UPDATE SKIP LOCKED" } else { "" };
        let (of_kind, kind) = match kinds {
            Kinds::All => ("", None),
            Kinds::Only(kind) => (" AND kind = $5", Some(kind)),
            Kinds::AllBut(kind) => (" AND kind <> $5", Some(kind)),
        };
        let update = format!(
            "UPDATE loam_outbox SET claimed_by = $1, claimed_until = $2 WHERE id IN (SELECT id FROM loam_outbox \
             WHERE state = 'pending' AND due <= $3 AND (claimed_until IS NULL OR claimed_until <= $3){of_kind} \
             ORDER BY due, id LIMIT $4{skip}) RETURNING id, kind, key, payload, due, attempts"
        );
        let statement = Statement::new(update).text(runner).moment(until).moment(now).int(limit.into());
        let statement = match kind {
            Some(kind) => statement.text(kind),
            None => statement,
        };
        let statement = Arc::new(statement.gives(ENTRY));
        let claim = self.0.tend(move |tx| {
            let statement = statement.clone();
            Box::pin(async move {
                let claimed = tx.fetch(&statement).await?;
                tx.counts |= !claimed.is_empty();
                Ok::<_, StoreError>(claimed)
            })
        });
        let rows = claim.await?;
        let taken = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_outbox", row);
            Ok(Claimed { entry: entry(&mut row)?, attempts: row.int()? })
        });
        let mut claimed = taken.collect::<Result<Vec<_>, StoreError>>()?;
        claimed.sort_by_key(|claimed| (claimed.entry.due, claimed.entry.id));
        Ok(claimed)
    }

    /// Marks a claimed entry as done; `false` when the claim was lost.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn complete(&self, runner: &str, id: RecordId) -> Result<bool, StoreError> {
        self.complete_leaving(runner, id, &[]).await
    }

    /// [`Outbox::complete`] of one that leaves others, in the same transaction. `false` when the claim was lost: nothing is left
    /// then, for whoever has it now does that.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn complete_leaving(
        &self,
        runner: &str,
        id: RecordId,
        letters: &[OutboxEntry],
    ) -> Result<bool, StoreError> {
        let update = "UPDATE loam_outbox SET state = 'done', attempts = attempts + 1, claimed_by = NULL, \
                      claimed_until = NULL WHERE id = $1 AND claimed_by = $2 AND state = 'pending'";
        self.settle(Statement::new(update).id(id).text(runner), letters).await
    }

    /// Marks claimed entries as done, all by one statement; those whose claim was lost stay as they are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn complete_all(&self, runner: &str, ids: &[RecordId]) -> Result<(), StoreError> {
        if ids.is_empty() {
            return Ok(());
        }
        let update = format!(
            "UPDATE loam_outbox SET state = 'done', attempts = attempts + 1, claimed_by = NULL, claimed_until = NULL \
             WHERE id {} AND claimed_by = $2 AND state = 'pending'",
            self.0.dialect().among(Column::Ids, 1)
        );
        self.settle(Statement::new(update).ids(ids).text(runner), &[]).await.map(drop)
    }

    /// Notes a failure: the entry is due again at `retry`, or dead when `retry` is `None`. `false` when the claim was lost.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn fail(
        &self,
        runner: &str,
        id: RecordId,
        error: &str,
        retry: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        self.settle(failed(runner, id, error, retry), &[]).await
    }

    /// Notes that an entry failed for good, and that it leaves others, in the same transaction. `false` when the claim was lost,
    /// and nothing is left then.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn give_up(
        &self,
        runner: &str,
        id: RecordId,
        error: &str,
        letters: &[OutboxEntry],
    ) -> Result<bool, StoreError> {
        self.settle(failed(runner, id, error, None), letters).await
    }

    /// Puts down what became of an entry, with what it leaves; `false` when the claim was lost, and nothing is left then.
    async fn settle(&self, statement: Statement, letters: &[OutboxEntry]) -> Result<bool, StoreError> {
        let parts = Arc::new((statement, letters.to_vec()));
        let settled = self.0.tend(move |tx| {
            let parts = parts.clone();
            Box::pin(async move {
                let (statement, letters) = &*parts;
                let settled = tx.execute(statement).await? > 0;
                if settled {
                    tx.outbox(letters).await?;
                }
                tx.counts |= settled;
                Ok::<_, StoreError>(settled)
            })
        });
        settled.await
    }

    /// When the next pending entry is due, claimed ones at the end of their lease. Claimed entries stand at the front, so it
    /// is looked for among the first thousand, however many there are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next_due(&self) -> Result<Option<Timestamp>, StoreError> {
        let select = "SELECT min(CASE WHEN claimed_until > due THEN claimed_until ELSE due END) FROM \
                      (SELECT due, claimed_until FROM loam_outbox WHERE state = 'pending' ORDER BY due, id LIMIT $1) front";
        let row = self.0.first(&Statement::new(select).int(FRONT).gives([Column::DateTime])).await?;
        row.map_or(Ok(None), |row| Taken::new("loam_outbox", row).maybe_moment())
    }

    /// Entries in a state, latest due first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn letters(&self, state: OutboxState, limit: u32) -> Result<Vec<Letter>, StoreError> {
        let select = "SELECT id, kind, key, payload, due, attempts, last_error FROM loam_outbox WHERE state = $1 \
                      ORDER BY due DESC, id LIMIT $2";
        let mut columns = ENTRY.to_vec();
        columns.push(Column::Text);
        let statement = Statement::new(select).text(state.word()).int(limit.into()).gives(columns);
        let taken = self.0.fetch(&statement).await?.into_iter().map(|row| {
            let mut row = Taken::new("loam_outbox", row);
            Ok(Letter { entry: entry(&mut row)?, state, attempts: row.int()?, last_error: row.maybe_text()? })
        });
        taken.collect()
    }

    /// Entries of one kind that are due by a moment and still to be done, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn pending(&self, kind: &str, by: Timestamp, limit: u32) -> Result<Vec<OutboxEntry>, StoreError> {
        let select = "SELECT id, kind, key, payload, due, attempts FROM loam_outbox WHERE state = 'pending' AND kind = $1 \
                      AND due <= $2 ORDER BY due, id LIMIT $3";
        let rows = self.0.fetch(&Statement::new(select).text(kind).moment(by).int(limit.into()).gives(ENTRY)).await?;
        rows.into_iter().map(|row| entry(&mut Taken::new("loam_outbox", row))).collect()
    }

    /// Forgets done entries that were due before this moment.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sweep(&self, before: Timestamp) -> Result<u64, StoreError> {
        let delete = "DELETE FROM loam_outbox WHERE state = 'done' AND due < $1";
        self.0.execute(Statement::new(delete).moment(before)).await
    }
}

fn failed(runner: &str, id: RecordId, error: &str, retry: Option<Timestamp>) -> Statement {
    let update = "UPDATE loam_outbox SET state = $3, due = coalesce($4, due), last_error = $5, \
                  attempts = attempts + 1, claimed_by = NULL, claimed_until = NULL \
                  WHERE id = $1 AND claimed_by = $2 AND state = 'pending'";
    let state = if retry.is_some() { OutboxState::Pending } else { OutboxState::Dead };
    Statement::new(update).id(id).text(runner).text(state.word()).bind(retry, Column::DateTime).text(error)
}

impl Tx {
    /// Takes a dead entry up again at `due`, counting its attempts anew; `false` when it is not dead.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn revive(&mut self, id: RecordId, due: Timestamp) -> Result<bool, StoreError> {
        let update =
            "UPDATE loam_outbox SET state = 'pending', attempts = 0, due = $1 WHERE id = $2 AND state = 'dead'";
        Ok(self.execute(&Statement::new(update).moment(due).id(id)).await? > 0)
    }

    /// Takes the dead entries of a kind up again at `due`, counting their attempts anew; answers how many there were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn take_up(&mut self, kind: &str, due: Timestamp) -> Result<u64, StoreError> {
        let update =
            "UPDATE loam_outbox SET state = 'pending', attempts = 0, due = $1 WHERE kind = $2 AND state = 'dead'";
        self.execute(&Statement::new(update).moment(due).text(kind)).await
    }

    /// Leaves an entry; where there is one with its key already, that one is to be done anew, for what this one says. Whoever has it
    /// in hand finds the claim lost: what they do was begun before this.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn leave_anew(&mut self, entry: &OutboxEntry) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_outbox (id, kind, key, payload, due, attempts, state) \
             VALUES ($1, $2, $3, $4, $5, 0, 'pending') ON CONFLICT (key) DO UPDATE SET payload = excluded.payload, \
             due = excluded.due, attempts = 0, state = 'pending', claimed_by = NULL, claimed_until = NULL";
        let statement = Statement::new(insert)
            .id(entry.id)
            .text(entry.kind.as_str())
            .text(entry.key.as_str())
            .text(entry.payload.to_string())
            .moment(entry.due);
        self.execute(&statement).await.map(drop)
    }

    /// Leaves an entry that an administrator is to decide about: dead from the beginning, with its reason. One whose key is
    /// there already is dropped, which is `false`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn park(&mut self, entry: &OutboxEntry, reason: &str) -> Result<bool, StoreError> {
        let insert = "INSERT INTO loam_outbox (id, kind, key, payload, due, attempts, state, last_error) \
             VALUES ($1, $2, $3, $4, $5, 0, 'dead', $6) ON CONFLICT (key) DO NOTHING";
        let statement = Statement::new(insert)
            .id(entry.id)
            .text(entry.kind.as_str())
            .text(entry.key.as_str())
            .text(entry.payload.to_string())
            .moment(entry.due)
            .text(reason);
        Ok(self.execute(&statement).await? > 0)
    }

    /// Writes to the outbox; letters whose key is there already are dropped.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn outbox(&mut self, letters: &[OutboxEntry]) -> Result<(), StoreError> {
        let dialect = self.link.dialect();
        for chunk in letters.chunks(CHUNK) {
            self.execute(&posted(Statement::default(), dialect, chunk)).await?;
        }
        Ok(())
    }
}

/// A statement that adds letters to the outbox, behind what it says already.
pub(crate) fn posted(mut statement: Statement, dialect: Dialect, letters: &[OutboxEntry]) -> Statement {
    let before = statement.args.len();
    let rows = (0..letters.len()).map(|at| parameters(dialect, before + at * WIDTH, WIDTH));
    let rows = rows.collect::<Vec<_>>().join(", ");
    let insert = format!(
        "INSERT INTO loam_outbox (id, kind, key, payload, due, attempts, state) VALUES {rows} ON CONFLICT (key) DO NOTHING"
    );
    statement.sql = if statement.sql.is_empty() { insert } else { format!("{}; {insert}", statement.sql) }.into();
    for OutboxEntry { id, kind, key, payload, due } in letters {
        let payload = payload.to_string();
        statement = statement.id(*id).text(kind.as_str()).text(key.as_str()).text(payload).moment(*due);
        statement = statement.int(0).text("pending");
    }
    statement
}

/// How long to wait before the next attempt after `attempts` failed ones: doubling from 5 seconds, at most an hour, plus up
/// to a quarter of it by `jitter` (0 to 1000), so that what failed together is not tried again together.
pub fn backoff(attempts: i64, jitter: u32) -> Duration {
    let seconds = 5_u64.checked_shl(u32::try_from(attempts.max(0)).unwrap_or(63).min(20)).unwrap_or(3600).min(3600);
    Duration::from_millis(seconds * 1000 + seconds * 250 * u64::from(jitter.min(1000)) / 1000)
}

/// After how many failed attempts an entry is parked as dead.
pub const ATTEMPTS: i64 = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_doubles_up_to_an_hour() {
        assert_eq!(backoff(0, 0), Duration::from_secs(5));
        assert_eq!(backoff(1, 0), Duration::from_secs(10));
        assert_eq!(backoff(60, 0), Duration::from_secs(3600));
        assert_eq!(backoff(1, 1000), Duration::from_millis(12_500));
    }
}
