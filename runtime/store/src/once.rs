//! What is done once: a key that is written down in the transaction that does it, so that a second try finds it and does nothing.

use model::Timestamp;

use crate::{Store, StoreError, Tx, sql::Statement};

/// Keys of what has been done.
pub(crate) const STEP: &str = "
CREATE TABLE loam_once (key TEXT PRIMARY KEY, at MOMENT NOT NULL);
";

impl Tx {
    /// Writes a key down; `false` when it was there already, and what it stands for has been done. On PostgreSQL a second
    /// transaction with the same key waits for the end of the first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn once(&mut self, key: &str, at: Timestamp) -> Result<bool, StoreError> {
        let insert = "INSERT INTO loam_once (key, at) VALUES ($1, $2) ON CONFLICT (key) DO NOTHING";
        Ok(self.execute(&Statement::new(insert).text(key).moment(at)).await? > 0)
    }
}

impl Store {
    /// Forgets keys from before this moment. A key stays as long as a letter of the outbox has it: whoever has the letter
    /// carried out after all, however late, must still find it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget_once(&self, before: Timestamp) -> Result<u64, StoreError> {
        let sql = "DELETE FROM loam_once WHERE at < $1 \
                   AND NOT EXISTS (SELECT 1 FROM loam_outbox o WHERE o.key = loam_once.key)";
        self.execute(Statement::new(sql).moment(before)).await
    }
}
