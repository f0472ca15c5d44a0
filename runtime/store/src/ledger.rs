//! The ledger's rows. What they mean and how they are hashed is [`ledger`]'s business; here they are written in the act's own
//! transaction and read again.
//!
//! A record's history is read from here too: there is one log.
//!
//! INVARIANT: nothing here changes or deletes what was written, but for salts and values, which can be erased.

mod erase;
mod history;
mod place;
mod read;

use ledger::{Entry, Sealed};
use model::{Uuid, Value};

pub use erase::Erased;
pub use history::{Acted, Changed, Past, Renames};
pub use place::{Lead, Placing};
pub(crate) use read::written;
pub use read::{Placed, Refusal, Strays, Wanted, Watched, Written};

use crate::{
    OutboxEntry, StoreError, Tx,
    outbox::posted,
    record::parameters,
    row::Taken,
    sql::{Column, Dialect, Statement},
};

/// An entry to write, with what stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewEntry {
    /// The entry, hashes of the values beside it included.
    pub entry: Entry,
    /// Who did it from where.
    pub who: Option<Sealed>,
    /// What was changed.
    pub what: Option<Sealed>,
}

/// Entries written by one statement.
const CHUNK: usize = 100;
/// Columns of an entry.
const WIDTH: usize = 17;

fn id(text: &str) -> Result<Uuid, StoreError> {
    text.parse().map_err(|_| StoreError::bad("loam_entry", "id", text))
}

fn maybe_id(text: Option<&String>) -> Result<Value, StoreError> {
    text.map_or(Ok(Value::Null), |text| id(text).map(Value::Id))
}

fn opened(part: Option<&Sealed>) -> (Option<String>, Option<String>) {
    (part.map(|part| part.salt.clone()), part.map(|part| part.value.clone()))
}

impl Tx {
    /// Writes entries of the ledger. They belong to the transaction: without them nothing else of it is written either.
    ///
    /// # Errors
    /// Those of the database; a bad value when an id is none.
    pub async fn enter(&mut self, entries: &[NewEntry]) -> Result<(), StoreError> {
        let dialect = self.link.dialect();
        for chunk in entries.chunks(CHUNK) {
            self.execute(&entered(dialect, chunk)?).await?;
        }
        Ok(())
    }

    /// Writes entries of the ledger, and letters to the outbox.
    ///
    /// # Errors
    /// As those of [`Tx::enter`] and [`Tx::outbox`].
    pub async fn enter_and_post(&mut self, entries: &[NewEntry], letters: &[OutboxEntry]) -> Result<(), StoreError> {
        if let (Dialect::Sqlite, [_], [_]) = (self.link.dialect(), entries, letters) {
            // What most writes have; SQLite takes both in one call, and each call is a hand-over between threads.
            let both = posted(entered(Dialect::Sqlite, entries)?, Dialect::Sqlite, letters);
            return self.execute(&both).await.map(drop);
        }
        self.enter(entries).await?;
        self.outbox(letters).await
    }
}

/// The statement that writes these entries.
fn entered(dialect: Dialect, entries: &[NewEntry]) -> Result<Statement, StoreError> {
    let rows: Vec<String> = (0..entries.len()).map(|at| parameters(dialect, at * WIDTH, WIDTH)).collect();
    let mut statement = Statement::new(format!(
        "INSERT INTO loam_entry (id, at, actor, behalf, session, act, action, object, record, outcome, facts, \
         who_hash, what_hash, who_salt, who, what_salt, what) VALUES {}",
        rows.join(", ")
    ));
    for NewEntry { entry, who, what } in entries {
        let (who_salt, who) = opened(who.as_ref());
        let (what_salt, what) = opened(what.as_ref());
        statement = statement
            .id(id(&entry.id)?)
            .text(entry.at.as_str())
            .bind(maybe_id(entry.actor.as_ref())?, Column::Id)
            .bind(maybe_id(entry.behalf.as_ref())?, Column::Id)
            .bind(entry.session.clone(), Column::Text)
            .id(id(&entry.act)?)
            .text(entry.action.as_str())
            .text(entry.object.as_str())
            .bind(maybe_id(entry.record.as_ref())?, Column::Id)
            .text(entry.outcome.as_str())
            .bind(entry.facts.clone(), Column::Text)
            .bind(entry.who.clone(), Column::Text)
            .bind(entry.what.clone(), Column::Text)
            .bind(who_salt, Column::Text)
            .bind(who, Column::Text)
            .bind(what_salt, Column::Text)
            .bind(what, Column::Text);
    }
    Ok(statement)
}

/// The columns of an entry, as the texts that are hashed: ids too, so that no other way of writing one passes for it.
pub(crate) const ENTRY: &str = "CAST(e.id AS TEXT), e.at, CAST(e.actor AS TEXT), CAST(e.behalf AS TEXT), e.session, \
     CAST(e.act AS TEXT), e.action, e.object, CAST(e.record AS TEXT), e.outcome, e.facts, e.who_hash, e.what_hash";

pub(crate) const COLUMNS: [Column; 13] = [Column::Text; 13];

/// Reads an entry from the columns above.
pub(crate) fn entry(row: &mut Taken) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: row.text()?,
        at: row.text()?,
        actor: row.maybe_text()?,
        behalf: row.maybe_text()?,
        session: row.maybe_text()?,
        act: row.text()?,
        action: row.text()?,
        object: row.text()?,
        record: row.maybe_text()?,
        outcome: row.text()?,
        facts: row.maybe_text()?,
        who: row.maybe_text()?,
        what: row.maybe_text()?,
    })
}

/// The values beside an entry.
pub(crate) const SEALED: &str = "e.who_salt, e.who, e.what_salt, e.what";

pub(crate) const SEALED_COLUMNS: [Column; 4] = [Column::Text; 4];

/// Reads one value with its salt. Half of one is kept, so that whoever verifies finds it.
pub(crate) fn sealed(row: &mut Taken) -> Result<Option<Sealed>, StoreError> {
    Ok(match (row.maybe_text()?, row.maybe_text()?) {
        (None, None) => None,
        (salt, value) => Some(Sealed { salt: salt.unwrap_or_default(), value: value.unwrap_or_default() }),
    })
}
