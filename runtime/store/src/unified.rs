//! How many of the numbers that are shown mean what the dictionary says, by the unit that answers for them, day by day.
//!
//! INVARIANT: a day is kept whole: what is worked out again replaces what was kept of that day, and of no other.

use model::Date;

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// The step that makes the table.
pub(crate) const STEP: &str = "
CREATE TABLE loam_unified (day TEXT NOT NULL, owner TEXT NOT NULL, usages INT NOT NULL, unified INT NOT NULL, PRIMARY KEY (day, owner));
";

/// What was counted on a day of one unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnifiedDay {
    /// The day.
    pub day: Date,
    /// The key of the unit that answers for the terms; empty for numbers that no term stands behind.
    pub owner: String,
    /// How many numbers are shown or used.
    pub usages: i64,
    /// How many of them mean what the dictionary says.
    pub unified: i64,
}

impl Store {
    /// What was kept from a day on, by day and unit.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unified_since(&self, day: Date) -> Result<Vec<UnifiedDay>, StoreError> {
        let select = "SELECT day, owner, usages, unified FROM loam_unified WHERE day >= $1 ORDER BY day, owner";
        let columns = [Column::Text, Column::Text, Column::Int, Column::Int];
        let rows = self.fetch(&Statement::new(select).text(day.to_string()).gives(columns)).await?;
        let taken = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_unified", row);
            let day = row.text()?.parse().map_err(|_| StoreError::Misfit("the day of a count is no day"))?;
            Ok(UnifiedDay { day, owner: row.text()?, usages: row.int()?, unified: row.int()? })
        });
        taken.collect()
    }
}

impl Tx {
    /// Keeps what was counted on a day, in place of what was kept of it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_unified(&mut self, day: Date, counted: &[UnifiedDay]) -> Result<(), StoreError> {
        let day = day.to_string();
        self.execute(&Statement::new("DELETE FROM loam_unified WHERE day = $1").text(day.as_str())).await?;
        for one in counted {
            let insert = "INSERT INTO loam_unified (day, owner, usages, unified) VALUES ($1, $2, $3, $4) \
                          ON CONFLICT (day, owner) DO UPDATE SET usages = $3, unified = $4";
            let insert = Statement::new(insert).text(day.as_str()).text(one.owner.as_str());
            self.execute(&insert.int(one.usages).int(one.unified)).await?;
        }
        Ok(())
    }
}
