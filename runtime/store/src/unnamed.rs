//! Answers that count as numbers without names, and whose person was erased: which of them were one person's, so that a cell
//! counts as many people as before although no answer leads to anybody any more.
//!
//! INVARIANT: who stands in a row is an id made up for one person's answers in one cell. It is in no other table, and is shown to
//! nobody.

use app::App;
use model::{EntityId, RecordId, UserId};
use policy::{Action, Authorized, Change};

use crate::{
    StoreError, Tx,
    sql::{Column, Statement, column::entity, name},
};

/// Whose answers they were, by ids that are nobody's.
pub(crate) const STEP: &str = "
CREATE TABLE loam_unnamed (record ID PRIMARY KEY, who ID NOT NULL);
";

impl Tx {
    /// Has a record count as that of somebody who is nobody in particular.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unname(&mut self, record: RecordId, who: RecordId) -> Result<(), StoreError> {
        let sql = "INSERT INTO loam_unnamed (record, who) VALUES ($1, $2) \
                   ON CONFLICT (record) DO UPDATE SET who = excluded.who";
        self.execute(&Statement::new(sql).id(record).id(who)).await.map(drop)
    }

    /// Whether a record counts as that of nobody in particular.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn is_unnamed(&mut self, record: RecordId) -> Result<bool, StoreError> {
        let sql = "SELECT record FROM loam_unnamed WHERE record = $1";
        Ok(!self.fetch(&Statement::new(sql).id(record).gives([Column::Id])).await?.is_empty())
    }

    /// Has a record, in use or in the bin, be made and changed by nobody where it was by one of these accounts.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn disown(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        (of, id): (EntityId, RecordId),
        accounts: &[UserId],
    ) -> Result<(), StoreError> {
        if change.action != Action::Erase {
            return Err(StoreError::Misfit("an erasure under a change that erases nothing"));
        }
        let table = name(&entity(app, of)?.table);
        for column in ["created_by", "updated_by"] {
            let sql = format!("UPDATE {table} SET {column} = $1 WHERE id = $2 AND {column} = $3");
            for account in accounts {
                let statement = Statement::new(sql.clone()).id(UserId::nil()).id(id).id(*account);
                self.execute(&statement).await?;
            }
        }
        Ok(())
    }
}
