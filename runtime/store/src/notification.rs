//! What an account is told: mentions, things to decide.

use std::collections::BTreeSet;

use model::{RecordId, Timestamp, UserId};

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// One thing an account is told.
#[derive(Debug, Clone, PartialEq)]
pub struct Notification {
    /// Its id.
    pub id: RecordId,
    /// Who is told.
    pub account: UserId,
    /// What kind of thing: `mention`, `rule`, `case`, `drivers`, `alarm`, `term`.
    pub kind: String,
    /// What it is about; shaped by its kind.
    pub payload: serde_json::Value,
    /// When.
    pub at: Timestamp,
    /// When it was read.
    pub read_at: Option<Timestamp>,
    /// When they are told, where that is later.
    pub due: Option<Timestamp>,
    /// Told once under this key; a second notice of the same key is dropped. Not answered when read.
    pub key: Option<String>,
}

/// The notifications of a store.
#[derive(Clone, Copy)]
pub struct Notifications<'s>(pub(crate) &'s Store);

impl Notifications<'_> {
    /// The newest of an account, newest first: what is held back until later is not among them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, account: UserId, now: Timestamp, limit: u32) -> Result<Vec<Notification>, StoreError> {
        let select = "SELECT id, account, kind, payload, at, read_at, due FROM loam_notification WHERE account = $1 \
                      AND (due IS NULL OR due <= $2) ORDER BY coalesce(due, at) DESC, id DESC LIMIT $3";
        let columns =
            [Column::Id, Column::Id, Column::Text, Column::Text, Column::DateTime, Column::DateTime, Column::DateTime];
        let statement = Statement::new(select).id(account).moment(now).int(limit.into()).gives(columns);
        let taken = self.0.fetch(&statement).await?.into_iter().map(|row| {
            let mut row = Taken::new("loam_notification", row);
            Ok(Notification {
                id: row.id()?,
                account: row.id()?,
                kind: row.text()?,
                payload: row.json()?,
                at: row.moment()?,
                read_at: row.maybe_moment()?,
                due: row.maybe_moment()?,
                key: None,
            })
        });
        taken.collect()
    }

    /// The keys that begin like this and were told under.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keys(&self, begins: &str) -> Result<BTreeSet<String>, StoreError> {
        // Texts of keys are compared byte by byte, and no character of them comes after this one.
        let select = "SELECT key FROM loam_notification WHERE key >= $1 AND key < $2";
        let statement = Statement::new(select).text(begins).text(format!("{begins}\u{10FFFF}")).gives([Column::Text]);
        let rows = self.0.fetch(&statement).await?.into_iter();
        rows.map(|row| Taken::new("loam_notification", row).text()).collect()
    }

    /// How many are not read.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unread(&self, account: UserId, now: Timestamp) -> Result<i64, StoreError> {
        let select = "SELECT count(*) FROM loam_notification WHERE account = $1 AND read_at IS NULL \
                      AND (due IS NULL OR due <= $2)";
        let row = self.0.first(&Statement::new(select).id(account).moment(now).gives([Column::Int])).await?;
        row.map_or(Ok(0), |row| Taken::new("loam_notification", row).int())
    }
}

impl Tx {
    /// Tells accounts something; a notice whose key was used before is dropped.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn notify(&mut self, notifications: &[Notification]) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_notification (id, account, kind, payload, at, read_at, key, due) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (key) DO NOTHING";
        for told in notifications {
            let statement = Statement::new(insert)
                .id(told.id)
                .id(told.account)
                .text(told.kind.as_str())
                .text(told.payload.to_string())
                .moment(told.at)
                .bind(told.read_at, Column::DateTime)
                .bind(told.key.clone(), Column::Text)
                .bind(told.due, Column::DateTime);
            self.execute(&statement).await?;
        }
        Ok(())
    }

    /// Marks an account's notifications up to a moment as read.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read_notifications(&mut self, account: UserId, until: Timestamp) -> Result<(), StoreError> {
        let update = "UPDATE loam_notification SET read_at = $1 WHERE account = $2 AND read_at IS NULL AND at <= $1 \
                      AND (due IS NULL OR due <= $1)";
        self.execute(&Statement::new(update).moment(until).id(account)).await.map(drop)
    }
}
