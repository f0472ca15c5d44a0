//! The ledger's rows. What they mean and how they are hashed is [`ledger`]'s business; here they are written in the act's own
//! transaction and read again.
//!
//! A record's history is read from here too: there is one log.
//!
//! INVARIANT: nothing here changes or deletes what was written, but for salts and values, which can be erased.

mod history;

use ledger::{Entry, Sealed};
use model::{Uuid, Value};

pub use history::Changed;

use crate::{
    StoreError, Tx,
    record::parameters,
    sql::{Column, Statement},
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
            let rows: Vec<String> = (0..chunk.len()).map(|at| parameters(dialect, at * WIDTH, WIDTH)).collect();
            let mut statement = Statement::new(format!(
                "INSERT INTO loam_entry (id, at, actor, behalf, session, act, action, object, record, outcome, facts, \
                 who_hash, what_hash, who_salt, who, what_salt, what) VALUES {}",
                rows.join(", ")
            ));
            for NewEntry { entry, who, what } in chunk {
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
            self.execute(&statement).await?;
        }
        Ok(())
    }
}
