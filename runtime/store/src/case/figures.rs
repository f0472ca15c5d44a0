//! The cases of a workflow that run, and how long its tasks and cases took, for whoever steers it.

use model::{RecordId, Timestamp, UserId};

use super::{CASE, CASE_COLUMNS, Cases, CasesOf, StoredCase, case};
use crate::{
    StoreError,
    line::Tree,
    row::Taken,
    sql::{Column, Dialect, Statement},
};

/// A task somebody was asked, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskTime {
    /// At which step, by name.
    pub step: String,
    /// Since when it was theirs to answer.
    pub opened: Timestamp,
    /// When it was answered; `None` while it waits.
    pub ended: Option<Timestamp>,
    /// When it is due.
    pub due: Option<Timestamp>,
}

/// A time in which a case stood where nobody is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StayTime {
    /// At which step, by name.
    pub step: String,
    /// From when.
    pub since: Timestamp,
    /// Until when; `None` while it does.
    pub until: Option<Timestamp>,
}

/// A case that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseTime {
    /// How.
    pub outcome: String,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
}

/// What waits for somebody's answer in a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingFor {
    /// Their account.
    pub account: UserId,
    /// The name they sign in with.
    pub login: String,
    /// What they are called.
    pub name: String,
    /// The record of the person.
    pub person: Option<RecordId>,
    /// Whether the account is open.
    pub active: bool,
    /// The workflow, by name.
    pub workflow: String,
    /// How many tasks.
    pub tasks: i64,
}

const TASK: &str = "SELECT t.step, t.opened, t.ended, t.due FROM loam_case_task t JOIN loam_case c ON c.id = t.case_id \
                    WHERE c.workflow = $1 AND t.opened IS NOT NULL";
const TASK_COLUMNS: [Column; 4] = [Column::Text, Column::DateTime, Column::DateTime, Column::DateTime];
const STAY: &str = "SELECT s.step, s.since, s.until FROM loam_case_stay s JOIN loam_case c ON c.id = s.case_id \
                    WHERE c.workflow = $1";

impl Cases<'_> {
    /// Cases of a workflow that have not ended, the newest first: those begun before one, and those that go by other steps
    /// than these, where asked.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn running(
        &self,
        of: CasesOf<'_>,
        before: Option<RecordId>,
        other: Option<&str>,
        limit: u32,
    ) -> Result<Vec<StoredCase>, StoreError> {
        let mut select = format!("{CASE} WHERE workflow = $1 AND state <> 'ended'");
        let mut statement = Statement::new("").text(of.workflow).int(limit.into());
        if let Some(before) = before {
            statement = statement.id(before);
            select.push_str(&format!(" AND id < ${}", statement.args.len()));
        }
        if let Some(print) = other {
            statement = statement.text(print);
            select.push_str(&format!(" AND print <> ${}", statement.args.len()));
        }
        select.push_str(&of.narrow(self.0.dialect(), &mut statement, "loam_case.record")?);
        select.push_str(" ORDER BY id DESC LIMIT $2");
        statement.sql = select.into();
        self.0.fetch(&statement.gives(CASE_COLUMNS)).await?.into_iter().map(case).collect()
    }

    /// Cases of a workflow that have ended, the newest first: those begun before one, at most so many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn past(
        &self,
        of: CasesOf<'_>,
        before: Option<RecordId>,
        limit: u32,
    ) -> Result<Vec<StoredCase>, StoreError> {
        let older = if before.is_some() { " AND id < $3" } else { "" };
        let mut statement = Statement::new("").text(of.workflow).int(limit.into());
        if let Some(before) = before {
            statement = statement.id(before);
        }
        let within = of.narrow(self.0.dialect(), &mut statement, "loam_case.record")?;
        statement.sql =
            format!("{CASE} WHERE workflow = $1 AND state = 'ended'{older}{within} ORDER BY id DESC LIMIT $2").into();
        self.0.fetch(&statement.gives(CASE_COLUMNS)).await?.into_iter().map(case).collect()
    }

    /// The managers of a person, with their level, the nearest first; 1 is the direct one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn managers_of(&self, person: RecordId) -> Result<Vec<(RecordId, i64)>, StoreError> {
        let select = format!(
            "SELECT above, depth FROM loam_line WHERE tree = '{}' AND below = $1 AND above <> below ORDER BY depth, above",
            Tree::Managers.word()
        );
        let statement = Statement::new(select).id(person).gives([Column::Id, Column::Int]);
        let read = |row| {
            let mut row = Taken::new("loam_line", row);
            Ok((row.id()?, row.int()?))
        };
        self.0.fetch(&statement).await?.into_iter().map(read).collect()
    }

    /// The workflows of which cases run, by name, each with how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn workflows_running(&self) -> Result<Vec<(String, i64)>, StoreError> {
        let select =
            "SELECT workflow, COUNT(*) FROM loam_case WHERE state <> 'ended' GROUP BY workflow ORDER BY workflow";
        let read = |row| {
            let mut row = Taken::new("loam_case", row);
            Ok((row.text()?, row.int()?))
        };
        let rows = self.0.fetch(&Statement::new(select).gives([Column::Text, Column::Int])).await?;
        rows.into_iter().map(read).collect()
    }

    /// How many cases of a workflow have not ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn how_many_running(&self, of: CasesOf<'_>) -> Result<i64, StoreError> {
        let mut statement = Statement::new("").text(of.workflow);
        let within = of.narrow(self.0.dialect(), &mut statement, "loam_case.record")?;
        let select = format!("SELECT COUNT(*) FROM loam_case WHERE workflow = $1 AND state <> 'ended'{within}");
        self.count(statement, select).await
    }

    /// How many tasks are open for somebody in cases of a workflow.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open_for(&self, account: UserId, of: CasesOf<'_>) -> Result<i64, StoreError> {
        let mut statement = Statement::new("").id(account).text(of.workflow);
        let within = of.narrow(self.0.dialect(), &mut statement, "c.record")?;
        let select = format!(
            "SELECT COUNT(*) FROM loam_case_task t JOIN loam_case c ON c.id = t.case_id \
             WHERE t.account = $1 AND t.state = 'open' AND c.workflow = $2{within}"
        );
        self.count(statement, select).await
    }

    async fn count(&self, mut statement: Statement, select: String) -> Result<i64, StoreError> {
        statement.sql = select.into();
        let row = self.0.first(&statement.gives([Column::Int])).await?;
        row.map_or(Ok(0), |row| Taken::new("loam_case", row).int())
    }

    /// What is open for whom in which workflow: for those whose account is closed, and for everybody where asked.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn waiting_for(&self, everybody: bool) -> Result<Vec<WaitingFor>, StoreError> {
        let closed = match self.0.dialect() {
            _ if everybody => "",
            Dialect::Sqlite => " AND a.active = 0",
            Dialect::Postgres => " AND NOT a.active",
        };
        let select = format!(
            "SELECT a.id, a.login, a.name, a.person, a.active, c.workflow, COUNT(*) FROM loam_case_task t \
             JOIN loam_case c ON c.id = t.case_id JOIN loam_account a ON a.id = t.account \
             WHERE t.state = 'open'{closed} \
             GROUP BY a.id, a.login, a.name, a.person, a.active, c.workflow ORDER BY a.login, a.id, c.workflow"
        );
        let columns = [Column::Id, Column::Text, Column::Text, Column::Id, Column::Bool, Column::Text, Column::Int];
        let read = |row| {
            let mut row = Taken::new("loam_case_task", row);
            Ok(WaitingFor {
                account: row.id()?,
                login: row.text()?,
                name: row.text()?,
                person: row.maybe_id()?,
                active: row.flag()?,
                workflow: row.text()?,
                tasks: row.int()?,
            })
        };
        self.0.fetch(&Statement::new(select).gives(columns)).await?.into_iter().map(read).collect()
    }

    /// How many cases of a workflow that have not ended go by other steps than these.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn running_otherwise(&self, of: CasesOf<'_>, print: &str) -> Result<i64, StoreError> {
        let mut statement = Statement::new("").text(of.workflow).text(print);
        let within = of.narrow(self.0.dialect(), &mut statement, "loam_case.record")?;
        let select =
            format!("SELECT COUNT(*) FROM loam_case WHERE workflow = $1 AND state <> 'ended' AND print <> $2{within}");
        self.count(statement, select).await
    }

    /// The last case of a workflow that asked somebody at a step, or else waited there: the print of its steps and its edition.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_at(&self, workflow: &str, step: &str) -> Result<Option<(String, i64)>, StoreError> {
        for table in ["loam_case_task", "loam_case_stay"] {
            let select = format!(
                "SELECT c.print, c.edition FROM {table} t JOIN loam_case c ON c.id = t.case_id \
                 WHERE c.workflow = $1 AND t.step = $2 ORDER BY t.case_id DESC LIMIT 1"
            );
            let statement = Statement::new(select).text(workflow).text(step).gives([Column::Text, Column::Int]);
            if let Some(row) = self.0.first(&statement).await? {
                let mut row = Taken::new("loam_case", row);
                return Ok(Some((row.text()?, row.int()?)));
            }
        }
        Ok(None)
    }

    /// Tasks of a workflow that people answered between two moments (the second not included), the last first, at most so
    /// many. What was taken for given or let go is none of them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn answered(
        &self,
        of: CasesOf<'_>,
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<TaskTime>, StoreError> {
        let mut statement = Statement::new("").text(of.workflow).moment(from).moment(to).int(limit.into());
        let within = of.narrow(self.0.dialect(), &mut statement, "c.record")?;
        let select = format!(
            "{TASK} AND t.state IN ('approved', 'rejected', 'returned') AND t.ended >= $2 AND t.ended < $3{within} \
             ORDER BY t.ended DESC LIMIT $4"
        );
        statement.sql = select.into();
        self.task_times(statement).await
    }

    /// Tasks of a workflow that wait for an answer now, the longest waiting first, at most so many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn waiting(&self, of: CasesOf<'_>, limit: u32) -> Result<Vec<TaskTime>, StoreError> {
        let mut statement = Statement::new("").text(of.workflow).int(limit.into());
        let within = of.narrow(self.0.dialect(), &mut statement, "c.record")?;
        let select = format!("{TASK} AND c.state <> 'ended' AND t.state = 'open'{within} ORDER BY t.opened LIMIT $2");
        statement.sql = select.into();
        self.task_times(statement).await
    }

    /// How many tasks of a workflow were over between two moments (the second not included) later than they should have been, by
    /// step: answered, or passed on by the time itself. What was let go is none of them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn late(
        &self,
        of: CasesOf<'_>,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<(String, i64)>, StoreError> {
        let mut statement = Statement::new("").text(of.workflow).moment(from).moment(to);
        let within = of.narrow(self.0.dialect(), &mut statement, "c.record")?;
        let select = format!(
            "SELECT t.step, COUNT(*) FROM loam_case_task t JOIN loam_case c ON c.id = t.case_id WHERE c.workflow = $1 \
             AND t.late IS TRUE AND t.state <> 'gone' AND t.ended >= $2 AND t.ended < $3{within} GROUP BY t.step"
        );
        statement.sql = select.into();
        let read = |row| {
            let mut row = Taken::new("loam_case_task", row);
            Ok((row.text()?, row.int()?))
        };
        self.0.fetch(&statement.gives([Column::Text, Column::Int])).await?.into_iter().map(read).collect()
    }

    /// Where cases of a workflow stood without asking anybody until some moment between two (the second not included), the last
    /// first, at most so many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn stayed(
        &self,
        of: CasesOf<'_>,
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<StayTime>, StoreError> {
        let mut statement = Statement::new("").text(of.workflow).moment(from).moment(to).int(limit.into());
        let within = of.narrow(self.0.dialect(), &mut statement, "c.record")?;
        let select = format!("{STAY} AND s.until >= $2 AND s.until < $3{within} ORDER BY s.until DESC LIMIT $4");
        statement.sql = select.into();
        self.stay_times(statement).await
    }

    /// Where cases of a workflow stand now without asking anybody, the longest first, at most so many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn staying(&self, of: CasesOf<'_>, limit: u32) -> Result<Vec<StayTime>, StoreError> {
        let mut statement = Statement::new("").text(of.workflow).int(limit.into());
        let within = of.narrow(self.0.dialect(), &mut statement, "c.record")?;
        let select = format!("{STAY} AND c.state <> 'ended' AND s.until IS NULL{within} ORDER BY s.since LIMIT $2");
        statement.sql = select.into();
        self.stay_times(statement).await
    }

    async fn stay_times(&self, statement: Statement) -> Result<Vec<StayTime>, StoreError> {
        let read = |row| {
            let mut row = Taken::new("loam_case_stay", row);
            Ok(StayTime { step: row.text()?, since: row.moment()?, until: row.maybe_moment()? })
        };
        let columns = [Column::Text, Column::DateTime, Column::DateTime];
        self.0.fetch(&statement.gives(columns)).await?.into_iter().map(read).collect()
    }

    async fn task_times(&self, statement: Statement) -> Result<Vec<TaskTime>, StoreError> {
        let read = |row| {
            let mut row = Taken::new("loam_case_task", row);
            Ok(TaskTime {
                step: row.text()?,
                opened: row.moment()?,
                ended: row.maybe_moment()?,
                due: row.maybe_moment()?,
            })
        };
        self.0.fetch(&statement.gives(TASK_COLUMNS)).await?.into_iter().map(read).collect()
    }

    /// Cases of a workflow that ended between two moments (the second not included), the last first, at most so many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ended(
        &self,
        of: CasesOf<'_>,
        (from, to): (Timestamp, Timestamp),
        limit: u32,
    ) -> Result<Vec<CaseTime>, StoreError> {
        let mut statement = Statement::new("").text(of.workflow).moment(from).moment(to).int(limit.into());
        let within = of.narrow(self.0.dialect(), &mut statement, "loam_case.record")?;
        let select = format!(
            "SELECT outcome, started, ended FROM loam_case WHERE workflow = $1 AND state = 'ended' \
             AND ended >= $2 AND ended < $3{within} ORDER BY ended DESC LIMIT $4"
        );
        statement.sql = select.into();
        let columns = [Column::Text, Column::DateTime, Column::DateTime];
        let read = |row| {
            let mut row = Taken::new("loam_case", row);
            let outcome = row.maybe_text()?.unwrap_or_default();
            Ok(CaseTime { outcome, started: row.moment()?, ended: row.moment()? })
        };
        self.0.fetch(&statement.gives(columns)).await?.into_iter().map(read).collect()
    }
}
