//! Files that somebody chose and whose record is yet to be saved: each is held for the account that sent it and for one field, until
//! a save refers to it there, or until it is too old.
//!
//! INVARIANT: one that is asked for by another account, for another field, or after its time is as if it were not there.
//! What becomes a record's file is an attachment from then on, in the same transaction.

use jiff::SignedDuration;
use model::{RecordId, Timestamp, UserId, Value};

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

pub(crate) const STEP: &str = "
CREATE TABLE loam_upload (id ID PRIMARY KEY, account ID NOT NULL, entity TEXT NOT NULL, field TEXT NOT NULL, name TEXT NOT NULL, size INT NOT NULL, media_type TEXT NOT NULL, sha256 TEXT NOT NULL, at MOMENT NOT NULL);
CREATE INDEX loam_upload_account ON loam_upload (account);
CREATE INDEX loam_upload_content ON loam_upload (sha256);
CREATE INDEX loam_upload_at ON loam_upload (at);
";

/// A file that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// Its id, which the field will refer to.
    pub id: RecordId,
    /// Who sent it.
    pub account: UserId,
    /// The entity of the field it is for, by name.
    pub entity: String,
    /// That field, by name.
    pub field: String,
    /// What it is called.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Its media type.
    pub media_type: String,
    /// The address of its content.
    pub sha256: String,
    /// When it came.
    pub at: Timestamp,
}

const COLUMNS: [Column; 9] = [
    Column::Id,
    Column::Id,
    Column::Text,
    Column::Text,
    Column::Text,
    Column::Int,
    Column::Text,
    Column::Text,
    Column::DateTime,
];

const ALL: &str = "SELECT id, account, entity, field, name, size, media_type, sha256, at FROM loam_upload";

fn read(row: Vec<Value>) -> Result<Upload, StoreError> {
    let mut row = Taken::new("loam_upload", row);
    Ok(Upload {
        id: row.id()?,
        account: row.id()?,
        entity: row.text()?,
        field: row.text()?,
        name: row.text()?,
        size: row.int()?,
        media_type: row.text()?,
        sha256: row.text()?,
        at: row.moment()?,
    })
}

impl Store {
    /// The files held for an account since a moment, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn uploads(&self, account: UserId, since: Timestamp) -> Result<Vec<Upload>, StoreError> {
        let select = format!("{ALL} WHERE account = $1 AND at >= $2 ORDER BY id");
        let statement = Statement::new(select).id(account).moment(since).gives(COLUMNS);
        self.fetch(&statement).await?.into_iter().map(read).collect()
    }

    /// The addresses of what was held before a moment.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn old_uploads(&self, before: Timestamp) -> Result<Vec<String>, StoreError> {
        let select = "SELECT DISTINCT sha256 FROM loam_upload WHERE at < $1 ORDER BY sha256";
        let rows = self.fetch(&Statement::new(select).moment(before).gives([Column::Text])).await?;
        rows.into_iter().map(|row| Taken::new("loam_upload", row).text()).collect()
    }
}

impl Tx {
    /// Holds a file.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_upload(&mut self, upload: &Upload) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_upload (id, account, entity, field, name, size, media_type, sha256, at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        let statement = Statement::new(insert)
            .id(upload.id)
            .id(upload.account)
            .text(upload.entity.as_str())
            .text(upload.field.as_str())
            .text(upload.name.as_str())
            .int(upload.size)
            .text(upload.media_type.as_str())
            .text(upload.sha256.as_str())
            .moment(upload.at);
        self.execute(&statement).await.map(drop)
    }

    /// How many files have been held for an account since a moment.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn count_uploads(&mut self, account: UserId, since: Timestamp) -> Result<i64, StoreError> {
        let select = "SELECT COUNT(*) FROM loam_upload WHERE account = $1 AND at >= $2";
        let row = self.first(&Statement::new(select).id(account).moment(since).gives([Column::Int])).await?;
        row.map_or(Ok(0), |row| Taken::new("loam_upload", row).int())
    }

    /// A file held for an account since a moment, for this field; `None` where there is no such one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn upload(
        &mut self,
        id: RecordId,
        account: UserId,
        (entity, field): (&str, &str),
        since: Timestamp,
    ) -> Result<Option<Upload>, StoreError> {
        let select = format!("{ALL} WHERE id = $1 AND account = $2 AND entity = $3 AND field = $4 AND at >= $5");
        let statement = Statement::new(select).id(id).id(account).text(entity).text(field).moment(since);
        self.first(&statement.gives(COLUMNS)).await?.map(read).transpose()
    }

    /// Holds a file no longer; `false` where it was not held for the account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_upload(&mut self, id: RecordId, account: UserId) -> Result<bool, StoreError> {
        let delete = "DELETE FROM loam_upload WHERE id = $1 AND account = $2";
        Ok(self.execute(&Statement::new(delete).id(id).id(account)).await? > 0)
    }

    /// Has a file that is held for an account be as if it had come before a moment, so that it goes with those that are too old.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn expire_upload(&mut self, id: RecordId, account: UserId, since: Timestamp) -> Result<(), StoreError> {
        let update = "UPDATE loam_upload SET at = $1 WHERE id = $2 AND account = $3 AND at >= $4";
        let before = since.saturating_sub(SignedDuration::from_secs(1)).unwrap_or(since);
        let statement = Statement::new(update).moment(before).id(id).id(account).moment(since);
        self.execute(&statement).await.map(drop)
    }

    /// Holds nothing of an account any longer; answers the addresses of what it was.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_uploads_of(&mut self, account: UserId) -> Result<Vec<String>, StoreError> {
        let select = "SELECT DISTINCT sha256 FROM loam_upload WHERE account = $1 ORDER BY sha256";
        let rows = self.fetch(&Statement::new(select).id(account).gives([Column::Text])).await?;
        self.execute(&Statement::new("DELETE FROM loam_upload WHERE account = $1").id(account)).await?;
        rows.into_iter().map(|row| Taken::new("loam_upload", row).text()).collect()
    }

    /// Holds nothing of this content from before a moment any longer; to be asked under [`Tx::guard_content`].
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_old_uploads(&mut self, sha256: &str, before: Timestamp) -> Result<(), StoreError> {
        let delete = "DELETE FROM loam_upload WHERE sha256 = $1 AND at < $2";
        self.execute(&Statement::new(delete).text(sha256).moment(before)).await.map(drop)
    }
}
