//! Answers kept by the key a caller gave, so that a repeated request is answered and not done again.

use model::{Timestamp, UserId};

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// An answer that was kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Kept {
    /// Hash of the request it answered, to refuse the key for another request.
    pub request: String,
    /// The answer.
    pub response: serde_json::Value,
    /// When.
    pub at: Timestamp,
}

/// The kept answers of a store.
#[derive(Clone, Copy)]
pub struct Idempotency<'s>(pub(crate) &'s Store);

impl Idempotency<'_> {
    /// The answer given to this account for this key.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find(&self, account: UserId, key: &str) -> Result<Option<Kept>, StoreError> {
        let select = "SELECT request, response, at FROM loam_idempotency WHERE account = $1 AND key = $2";
        let columns = [Column::Text, Column::Text, Column::DateTime];
        let Some(row) = self.0.first(&Statement::new(select).id(account).text(key).gives(columns)).await? else {
            return Ok(None);
        };
        let mut row = Taken::new("loam_idempotency", row);
        Ok(Some(Kept { request: row.text()?, response: row.json()?, at: row.moment()? }))
    }

    /// Keeps an answer outside the transaction of the write it belongs to; [`Tx::keep_answer`] does it inside.
    /// `false` when one is kept already.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep(&self, account: UserId, key: &str, kept: &Kept) -> Result<bool, StoreError> {
        Ok(self.0.execute(insert(account, key, kept)).await? > 0)
    }

    /// Forgets answers from before this moment.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sweep(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.0.execute(Statement::new("DELETE FROM loam_idempotency WHERE at < $1").moment(before)).await
    }
}

fn insert(account: UserId, key: &str, kept: &Kept) -> Statement {
    let insert = "INSERT INTO loam_idempotency (account, key, request, response, at) VALUES ($1, $2, $3, $4, $5) \
                  ON CONFLICT DO NOTHING";
    Statement::new(insert)
        .id(account)
        .text(key)
        .text(kept.request.as_str())
        .text(kept.response.to_string())
        .moment(kept.at)
}

impl Tx {
    /// Keeps the answer for an idempotency key; `false` when one is kept already.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_answer(&mut self, account: UserId, key: &str, kept: &Kept) -> Result<bool, StoreError> {
        Ok(self.execute(&insert(account, key, kept)).await? > 0)
    }
}
