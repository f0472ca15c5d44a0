//! What was begun and waits for an answer, for a few minutes: a sign-in that still needs its second factor, a passkey's
//! challenge, a visit to another sign-in service, the first set-up. In the database, so that any node may answer.

use model::{Timestamp, UserId};
use serde_json::Value as Json;

use crate::{
    Store, StoreError,
    row::Taken,
    sql::{Column, Statement},
};

/// Something that waits.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// Hash of the secret by which it is taken up again.
    pub key: String,
    /// What it is.
    pub kind: String,
    /// Whose it is, if that is known.
    pub account: Option<UserId>,
    /// What it needs to go on.
    pub value: Json,
    /// When it is given up.
    pub expires: Timestamp,
}

/// What waits in a store.
#[derive(Clone, Copy)]
pub struct Waitings<'s>(pub(crate) &'s Store);

const COLUMNS: [Column; 5] = [Column::Text, Column::Text, Column::Id, Column::Text, Column::DateTime];

impl Waitings<'_> {
    /// Keeps it, in place of what had the same key; forgets what has expired.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep(&self, waiting: &Waiting, now: Timestamp) -> Result<(), StoreError> {
        self.0.execute(Statement::new("DELETE FROM loam_waiting WHERE expires <= $1").moment(now)).await?;
        let insert = "INSERT INTO loam_waiting (key, kind, account, value, expires) VALUES ($1, $2, $3, $4, $5) \
                      ON CONFLICT (key) DO UPDATE SET kind = excluded.kind, account = excluded.account, \
                      value = excluded.value, expires = excluded.expires";
        let statement = Statement::new(insert)
            .text(waiting.key.as_str())
            .text(waiting.kind.as_str())
            .bind(waiting.account, Column::Id)
            .text(waiting.value.to_string())
            .moment(waiting.expires);
        self.0.execute(statement).await.map(drop)
    }

    /// What waits under a key, without taking it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn look(&self, kind: &str, key: &str, now: Timestamp) -> Result<Option<Waiting>, StoreError> {
        let select = "SELECT key, kind, account, value, expires FROM loam_waiting \
                      WHERE key = $1 AND kind = $2 AND expires > $3";
        let statement = Statement::new(select).text(key).text(kind).moment(now).gives(COLUMNS);
        let found = self.0.fetch(&statement).await?.pop();
        let read = |row| {
            let mut row = Taken::new("loam_waiting", row);
            Ok(Waiting {
                key: row.text()?,
                kind: row.text()?,
                account: row.maybe_id()?,
                value: row.json()?,
                expires: row.moment()?,
            })
        };
        found.map(read).transpose()
    }

    /// Takes what waits under a key. Of several who try, one gets it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn take(&self, kind: &str, key: &str, now: Timestamp) -> Result<Option<Waiting>, StoreError> {
        let Some(found) = self.look(kind, key, now).await? else { return Ok(None) };
        let taken = self.0.execute(Statement::new("DELETE FROM loam_waiting WHERE key = $1").text(key)).await?;
        Ok((taken > 0).then_some(found))
    }

    /// Forgets whatever of this kind waits.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn drop_kind(&self, kind: &str) -> Result<(), StoreError> {
        self.0.execute(Statement::new("DELETE FROM loam_waiting WHERE kind = $1").text(kind)).await.map(drop)
    }
}
