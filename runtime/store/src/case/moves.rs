//! Cases moved to other steps, many together: how many go by which steps, and which a move was of.

use model::{RecordId, Timestamp};

use super::{Cases, CasesOf};
use crate::{
    StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// Running cases that go by the same steps of the same version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningBy {
    /// The published version they began by, or were moved to.
    pub edition: i64,
    /// Tells its steps from others of the same name.
    pub print: String,
    /// How many.
    pub cases: i64,
}

/// A move of many cases, as far as it can still be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StandingMove {
    /// The move.
    pub moving: RecordId,
    /// When it began to move those that are left of it.
    pub at: Timestamp,
    /// How many cases are left of it: moved by it, and nothing has happened in them since.
    pub cases: i64,
}

impl Cases<'_> {
    /// How many cases of a workflow that have not ended go by which version, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn running_by(&self, of: CasesOf<'_>) -> Result<Vec<RunningBy>, StoreError> {
        let mut statement = Statement::new("").text(of.workflow);
        let within = of.narrow(self.0.dialect(), &mut statement, "loam_case.record")?;
        let select = format!(
            "SELECT edition, print, COUNT(*) FROM loam_case WHERE workflow = $1 AND state <> 'ended'{within} \
             GROUP BY edition, print ORDER BY edition, print"
        );
        statement.sql = select.into();
        let read = |row| {
            let mut row = Taken::new("loam_case", row);
            Ok(RunningBy { edition: row.int()?, print: row.text()?, cases: row.int()? })
        };
        let columns = [Column::Int, Column::Text, Column::Int];
        self.0.fetch(&statement.gives(columns)).await?.into_iter().map(read).collect()
    }

    /// The cases of a workflow that a move was of, each with how often the move went over it: once where it was moved, twice
    /// where it was taken back since.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn moved_together(&self, of: CasesOf<'_>, moving: RecordId) -> Result<Vec<(RecordId, i64)>, StoreError> {
        let mut statement = Statement::new("").text(of.workflow).id(moving);
        let within = of.narrow(self.0.dialect(), &mut statement, "c.record")?;
        let select = format!(
            "SELECT e.case_id, COUNT(*) FROM loam_case_event e JOIN loam_case c ON c.id = e.case_id \
             WHERE c.workflow = $1 AND e.moving = $2{within} GROUP BY e.case_id ORDER BY e.case_id"
        );
        statement.sql = select.into();
        let read = |row| {
            let mut row = Taken::new("loam_case_event", row);
            Ok((row.id()?, row.int()?))
        };
        self.0.fetch(&statement.gives([Column::Id, Column::Int])).await?.into_iter().map(read).collect()
    }

    /// The moves of cases of a workflow that can still be taken back, the latest first, at most so many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn standing_moves(&self, of: CasesOf<'_>, limit: u32) -> Result<Vec<StandingMove>, StoreError> {
        let mut statement = Statement::new("").text(of.workflow).int(limit.into());
        let within = of.narrow(self.0.dialect(), &mut statement, "c.record")?;
        let select = format!(
            "SELECT e.moving, MIN(e.at), COUNT(*) FROM loam_case_event e JOIN loam_case c ON c.id = e.case_id \
             WHERE e.moving IS NOT NULL AND c.workflow = $1 AND c.state <> 'ended' AND NOT EXISTS \
             (SELECT 1 FROM loam_case_event l WHERE l.case_id = e.case_id AND l.id > e.id) AND \
             (SELECT COUNT(*) FROM loam_case_event m WHERE m.case_id = e.case_id AND m.moving = e.moving) % 2 = 1{within} \
             GROUP BY e.moving ORDER BY MIN(e.at) DESC, e.moving DESC LIMIT $2"
        );
        statement.sql = select.into();
        let read = |row| {
            let mut row = Taken::new("loam_case_event", row);
            Ok(StandingMove { moving: row.id()?, at: row.moment()?, cases: row.int()? })
        };
        let columns = [Column::Id, Column::DateTime, Column::Int];
        self.0.fetch(&statement.gives(columns)).await?.into_iter().map(read).collect()
    }
}

impl Tx {
    /// How often a move went over a case: an even number where it is not moved by it, or was taken back.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn times_moved(&mut self, case: RecordId, moving: RecordId) -> Result<i64, StoreError> {
        let select = "SELECT COUNT(*) FROM loam_case_event WHERE case_id = $1 AND moving = $2";
        let row = self.first(&Statement::new(select).id(case).id(moving).gives([Column::Int])).await?;
        row.map_or(Ok(0), |row| Taken::new("loam_case_event", row).int())
    }
}
