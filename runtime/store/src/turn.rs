//! Turns at something that several nodes work out from what they read, and only then write: whoever writes takes the next turn, and
//! whoever read before somebody else's turn sees that they must read again.

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// The last turn of each thing.
pub(crate) const STEP: &str = "
CREATE TABLE loam_turn (what TEXT PRIMARY KEY, turn INT NOT NULL);
";

impl Store {
    /// The last turn that somebody took at a thing; 0 before the first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn turn(&self, what: &str) -> Result<i64, StoreError> {
        let select = "SELECT turn FROM loam_turn WHERE what = $1";
        let row = self.first(&Statement::new(select).text(what).gives([Column::Int])).await?;
        row.map_or(Ok(0), |row| Taken::new("loam_turn", row).int())
    }
}

impl Tx {
    /// Takes the turn after `last`; `false` when somebody has taken it already, and the transaction is to be undone. Until its
    /// end nobody else takes a turn at the same thing.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn take_turn(&mut self, what: &str, last: i64) -> Result<bool, StoreError> {
        let upsert = "INSERT INTO loam_turn (what, turn) VALUES ($1, 1) \
                      ON CONFLICT (what) DO UPDATE SET turn = loam_turn.turn + 1 RETURNING turn";
        let rows = self.fetch(&Statement::new(upsert).text(what).gives([Column::Int])).await?;
        let turn = rows.into_iter().next().map_or(Ok(0), |row| Taken::new("loam_turn", row).int())?;
        Ok(turn == last.saturating_add(1))
    }
}
