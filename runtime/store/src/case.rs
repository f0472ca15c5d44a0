//! Cases of workflows: how each stands, who is asked, what happened, and who was sent a copy.
//!
//! `loam_case` holds a case as one document, which only the engine reads; what lists ask for stands beside it in columns and
//! in `loam_case_task`, written in the same transaction.

mod change;
mod figures;
mod lines;
mod moves;
mod scope;

pub use change::LastEvent;
pub use figures::{CaseTime, StayTime, TaskTime, WaitingFor};
pub use lines::{CaseBox, CaseLine, CaseList, CaseNarrow};
pub use moves::{RunningBy, StandingMove};
pub use scope::{About, CasesOf};

use model::{RecordId, Timestamp, UserId, Value};

use crate::{
    Store, StoreError,
    row::Taken,
    sql::{Column, Statement},
};

/// The step that makes the tables.
pub(crate) const STEP: &str = "
CREATE TABLE loam_case (id ID PRIMARY KEY, workflow TEXT NOT NULL, entity TEXT NOT NULL, record ID NOT NULL, edition INT NOT NULL, print TEXT NOT NULL, starter ID NOT NULL, state TEXT NOT NULL, outcome TEXT, parent ID, parent_token INT, started MOMENT NOT NULL, ended MOMENT, document JSON NOT NULL);
CREATE INDEX loam_case_record ON loam_case (record, id);
CREATE INDEX loam_case_starter ON loam_case (starter, id);
CREATE INDEX loam_case_workflow ON loam_case (workflow, state, id);
CREATE TABLE loam_case_task (case_id ID NOT NULL REFERENCES loam_case(id), number INT NOT NULL, account ID NOT NULL, step TEXT NOT NULL, state TEXT NOT NULL, opened MOMENT, ended MOMENT, due MOMENT, draft JSON, PRIMARY KEY (case_id, number));
CREATE INDEX loam_case_task_open ON loam_case_task (account, opened) WHERE state = 'open';
CREATE INDEX loam_case_task_ended ON loam_case_task (account, ended) WHERE ended IS NOT NULL;
CREATE TABLE loam_case_event (id ID PRIMARY KEY, case_id ID NOT NULL REFERENCES loam_case(id), at MOMENT NOT NULL, act TEXT NOT NULL, account ID, behalf ID, step TEXT, task INT, told JSON NOT NULL, words TEXT NOT NULL, target TEXT);
CREATE INDEX loam_case_event_case ON loam_case_event (case_id, id);
CREATE TABLE loam_case_copy (case_id ID NOT NULL REFERENCES loam_case(id), account ID NOT NULL, at MOMENT NOT NULL, read_at MOMENT, PRIMARY KEY (case_id, account));
CREATE INDEX loam_case_copy_account ON loam_case_copy (account, at);
";

/// The step that keeps figures of a workflow from reading every case there ever was.
pub(crate) const TIMES: &str = "
CREATE INDEX loam_case_ended ON loam_case (workflow, ended) WHERE ended IS NOT NULL;
CREATE INDEX loam_case_task_answered ON loam_case_task (ended, case_id) WHERE ended IS NOT NULL;
";

/// The step by which a case finds those it waits for.
pub(crate) const AWAITED: &str = "
CREATE INDEX loam_case_parent ON loam_case (parent) WHERE parent IS NOT NULL;
";

/// The step that keeps what people signed with beside what happened, so that it can be erased while that stays.
pub(crate) const SIGNATURES: &str = "
CREATE TABLE loam_case_signature (event ID PRIMARY KEY REFERENCES loam_case_event(id), case_id ID NOT NULL, account ID NOT NULL, name TEXT NOT NULL, sha256 TEXT, picture TEXT);
CREATE INDEX loam_case_signature_case ON loam_case_signature (case_id);
CREATE INDEX loam_case_signature_account ON loam_case_signature (account);
";

/// The step by which lists tell tasks of mending from those that are answered.
pub(crate) const MENDS: &str = "
ALTER TABLE loam_case_task ADD COLUMN mends BOOL;
";

/// The step by which the cases that were moved to other steps together are found again, to be taken back.
pub(crate) const MOVES: &str = "
ALTER TABLE loam_case_event ADD COLUMN moving ID;
CREATE INDEX loam_case_event_moving ON loam_case_event (moving, case_id) WHERE moving IS NOT NULL;
";

/// The step that keeps how long cases stood where nobody is asked, and which tasks were late once they are over.
pub(crate) const STAYS: &str = "
CREATE TABLE loam_case_stay (id ID PRIMARY KEY, case_id ID NOT NULL REFERENCES loam_case(id), token INT NOT NULL, step TEXT NOT NULL, since MOMENT NOT NULL, until MOMENT);
CREATE INDEX loam_case_stay_case ON loam_case_stay (case_id);
CREATE INDEX loam_case_stay_until ON loam_case_stay (until, case_id) WHERE until IS NOT NULL;
ALTER TABLE loam_case_task ADD COLUMN late BOOL;
";

/// A case as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredCase {
    /// Its id.
    pub id: RecordId,
    /// The workflow's name.
    pub workflow: String,
    /// The entity's name.
    pub entity: String,
    /// The record it is about.
    pub record: RecordId,
    /// The published version whose steps it goes by.
    pub edition: i64,
    /// Tells those steps from others of the same name.
    pub print: String,
    /// Who started it; nil for the platform.
    pub starter: UserId,
    /// `running`, `resting` or `ended`.
    pub state: String,
    /// How it ended.
    pub outcome: Option<String>,
    /// The case that began it and waits at that token.
    pub parent: Option<(RecordId, i64)>,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it stands; the engine's own.
    pub document: serde_json::Value,
}

/// Somebody who is or was asked, as lists show it.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseTask {
    /// Number within the case.
    pub number: i64,
    /// Who.
    pub account: UserId,
    /// At which step, by name.
    pub step: String,
    /// `later`, `open`, `approved`, `rejected`, `passed`, `returned` or `gone`.
    pub state: String,
    /// Since when it is theirs to answer.
    pub opened: Option<Timestamp>,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// When it is due.
    pub due: Option<Timestamp>,
    /// Whether the record is to be mended and sent again, and nothing to be answered.
    pub mends: bool,
    /// Whether it is over, and was not until it should have been.
    pub late: bool,
}

/// A place of a case at which nobody is asked and something is waited for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseStay {
    /// The place's number within the case.
    pub token: i64,
    /// The step, by name.
    pub step: String,
}

/// One thing that happened in a case.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseEvent {
    /// Its id; ids follow one another in time.
    pub id: RecordId,
    /// When.
    pub at: Timestamp,
    /// What: `start`, `approve`, `return` …
    pub act: String,
    /// By whom; `None` for what happened by itself.
    pub account: Option<UserId>,
    /// In whose place.
    pub behalf: Option<UserId>,
    /// At which step.
    pub step: Option<String>,
    /// On which task.
    pub task: Option<i64>,
    /// Whom it concerned.
    pub told: Vec<UserId>,
    /// What was said.
    pub words: String,
    /// To which step, or how it ended.
    pub target: Option<String>,
    /// The move of many cases that it is part of.
    pub moving: Option<RecordId>,
    /// What they signed with.
    pub signature: Option<CaseSignature>,
}

/// What somebody signed with.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseSignature {
    /// Who.
    pub account: UserId,
    /// What they were called then, or typed.
    pub name: String,
    /// The SHA-256 of the picture of their hand; `None` where they typed their name.
    pub sha256: Option<String>,
    /// The picture, as SVG; not read with what happened.
    pub picture: Option<String>,
}

/// The cases of a store.
#[derive(Clone, Copy)]
pub struct Cases<'s>(pub(crate) &'s Store);

const EVENT: &str = "SELECT e.case_id, e.id, e.at, e.act, e.account, e.behalf, e.step, e.task, e.told, e.words, e.target, e.moving, \
                     s.account, s.name, s.sha256 FROM loam_case_event e LEFT JOIN loam_case_signature s ON s.event = e.id";
const CASE: &str = "SELECT id, workflow, entity, record, edition, print, starter, state, outcome, parent, parent_token, \
                    started, ended, document FROM loam_case";

const CASE_COLUMNS: [Column; 14] = [
    Column::Id,
    Column::Text,
    Column::Text,
    Column::Id,
    Column::Int,
    Column::Text,
    Column::Id,
    Column::Text,
    Column::Text,
    Column::Id,
    Column::Int,
    Column::DateTime,
    Column::DateTime,
    Column::Text,
];

fn case(row: Vec<model::Value>) -> Result<StoredCase, StoreError> {
    let mut row = Taken::new("loam_case", row);
    Ok(StoredCase {
        id: row.id()?,
        workflow: row.text()?,
        entity: row.text()?,
        record: row.id()?,
        edition: row.int()?,
        print: row.text()?,
        starter: row.id()?,
        state: row.text()?,
        outcome: row.maybe_text()?,
        parent: row.maybe_id()?.zip(row.maybe_int()?),
        started: row.moment()?,
        ended: row.maybe_moment()?,
        document: row.json()?,
    })
}

impl Cases<'_> {
    /// One by id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn by_id(&self, id: RecordId) -> Result<Option<StoredCase>, StoreError> {
        let statement = Statement::new(format!("{CASE} WHERE id = $1")).id(id).gives(CASE_COLUMNS);
        self.0.fetch(&statement).await?.pop().map(case).transpose()
    }

    /// Those about a record, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn about(&self, record: RecordId, limit: u32) -> Result<Vec<StoredCase>, StoreError> {
        let select = format!("{CASE} WHERE record = $1 ORDER BY id DESC LIMIT $2");
        let statement = Statement::new(select).id(record).int(limit.into()).gives(CASE_COLUMNS);
        self.0.fetch(&statement).await?.into_iter().map(case).collect()
    }

    /// The ids of all about a record.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ids_about(&self, record: RecordId) -> Result<Vec<RecordId>, StoreError> {
        let statement = Statement::new("SELECT id FROM loam_case WHERE record = $1 ORDER BY id").id(record);
        let rows = self.0.fetch(&statement.gives([Column::Id])).await?;
        rows.into_iter().map(|row| Taken::new("loam_case", row).id()).collect()
    }

    /// Entities, by name, about whose records cases run.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn entities_running(&self) -> Result<Vec<String>, StoreError> {
        let select = "SELECT DISTINCT entity FROM loam_case WHERE state <> 'ended'";
        let rows = self.0.fetch(&Statement::new(select).gives([Column::Text])).await?;
        rows.into_iter().map(|row| Taken::new("loam_case", row).text()).collect()
    }

    /// Cases that have not ended, by their ids, from one on.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn live(&self, after: Option<RecordId>, limit: u32) -> Result<Vec<RecordId>, StoreError> {
        let beyond = if after.is_some() { " AND id > $2" } else { "" };
        let select = format!("SELECT id FROM loam_case WHERE state <> 'ended'{beyond} ORDER BY id LIMIT $1");
        let statement = Statement::new(select).int(limit.into());
        let statement = match after {
            Some(after) => statement.id(after),
            None => statement,
        };
        let rows = self.0.fetch(&statement.gives([Column::Id])).await?;
        rows.into_iter().map(|row| Taken::new("loam_case", row).id()).collect()
    }

    /// How many cases have not ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn how_many_live(&self) -> Result<u64, StoreError> {
        let select = "SELECT count(*) FROM loam_case WHERE state <> 'ended'";
        let rows = self.0.fetch(&Statement::new(select).gives([Column::Int])).await?;
        let many = rows.into_iter().next().map(|row| Taken::new("loam_case", row).int()).transpose()?;
        Ok(many.and_then(|many| u64::try_from(many).ok()).unwrap_or(0))
    }

    /// What happened in a case, in order.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn events(&self, id: RecordId) -> Result<Vec<CaseEvent>, StoreError> {
        let select = format!("{EVENT} WHERE e.case_id = $1 ORDER BY e.id LIMIT 2000");
        let found = self.events_of(Statement::new(select).id(id)).await?;
        Ok(found.into_iter().map(|(_, event)| event).collect())
    }

    /// What happened in several cases, in order, each with its case.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn events_among(&self, ids: &[RecordId]) -> Result<Vec<(RecordId, CaseEvent)>, StoreError> {
        let among = self.0.dialect().among(Column::Ids, 1);
        self.events_of(Statement::new(format!("{EVENT} WHERE e.case_id {among} ORDER BY e.id")).ids(ids)).await
    }

    async fn events_of(&self, statement: Statement) -> Result<Vec<(RecordId, CaseEvent)>, StoreError> {
        let columns = [
            Column::Id,
            Column::Id,
            Column::DateTime,
            Column::Text,
            Column::Id,
            Column::Id,
            Column::Text,
            Column::Int,
            Column::Text,
            Column::Text,
            Column::Text,
            Column::Id,
            Column::Id,
            Column::Text,
            Column::Text,
        ];
        let rows = self.0.fetch(&statement.gives(columns)).await?;
        let read = |row| {
            let mut row = Taken::new("loam_case_event", row);
            let case = row.id()?;
            let (id, at, act) = (row.id()?, row.moment()?, row.text()?);
            let (account, behalf, step, task) = (row.maybe_id()?, row.maybe_id()?, row.maybe_text()?, row.maybe_int()?);
            let told = row.json()?;
            let told = told.as_array().into_iter().flatten().filter_map(|id| id.as_str()?.parse().ok()).collect();
            let (words, target, moving) = (row.text()?, row.maybe_text()?, row.maybe_id()?);
            let (signer, name, sha256) = (row.maybe_id()?, row.maybe_text()?, row.maybe_text()?);
            let signature = signer.map(|account| {
                let name = name.unwrap_or_default();
                CaseSignature { account, name, sha256, picture: None }
            });
            let event = CaseEvent { id, at, act, account, behalf, step, task, told, words, target, moving, signature };
            Ok((case, event))
        };
        rows.into_iter().map(read).collect()
    }

    /// The picture of a signature, by the case and what was signed in it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn picture(&self, id: RecordId, event: RecordId) -> Result<Option<String>, StoreError> {
        let select = "SELECT picture FROM loam_case_signature WHERE case_id = $1 AND event = $2";
        let row = self.0.first(&Statement::new(select).id(id).id(event).gives([Column::Text])).await?;
        row.map_or(Ok(None), |row| Taken::new("loam_case_signature", row).maybe_text())
    }

    /// What somebody has written and not sent yet.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn draft(&self, id: RecordId, task: i64) -> Result<serde_json::Value, StoreError> {
        let select = "SELECT draft FROM loam_case_task WHERE case_id = $1 AND number = $2";
        let row = self.0.first(&Statement::new(select).id(id).int(task).gives([Column::Text])).await?;
        row.map_or(Ok(serde_json::Value::Null), |row| Taken::new("loam_case_task", row).json())
    }

    /// Whether somebody has looked at the copy they were sent; `None` when they were sent none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn copy_read(&self, id: RecordId, account: UserId) -> Result<Option<bool>, StoreError> {
        let select = "SELECT read_at FROM loam_case_copy WHERE case_id = $1 AND account = $2";
        let rows = self.0.fetch(&Statement::new(select).id(id).id(account).gives([Column::DateTime])).await?;
        let read = |row| Taken::new("loam_case_copy", row).maybe_moment();
        rows.into_iter().next().map(|row| Ok(read(row)?.is_some())).transpose()
    }

    /// Who was sent a copy, and when they looked at it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn copies(&self, id: RecordId) -> Result<Vec<(UserId, Option<Timestamp>)>, StoreError> {
        let select = "SELECT account, read_at FROM loam_case_copy WHERE case_id = $1";
        let rows = self.0.fetch(&Statement::new(select).id(id).gives([Column::Id, Column::DateTime])).await?;
        let copy = |row| {
            let mut row = Taken::new("loam_case_copy", row);
            Ok((row.id()?, row.maybe_moment()?))
        };
        rows.into_iter().map(copy).collect()
    }

    /// How many wait for somebody's answer, and how many copies they have not looked at; `within` as for [`Cases::lines`].
    ///
    /// # Errors
    /// Those of the database.
    pub async fn counts(&self, account: UserId, within: Option<&[String]>) -> Result<(i64, i64), StoreError> {
        // Most people act within no limits, and then the cases themselves need not be looked at.
        let limit = match within {
            Some(_) => format!(
                " AND case_id IN (SELECT id FROM loam_case WHERE entity {})",
                self.0.dialect().among(Column::Texts, 2)
            ),
            None => String::new(),
        };
        let select = format!(
            "SELECT (SELECT count(*) FROM loam_case_task WHERE account = $1 AND state = 'open'{limit}), \
             (SELECT count(*) FROM loam_case_copy WHERE account = $1 AND read_at IS NULL{limit})"
        );
        let mut statement = Statement::new(select).id(account);
        if let Some(within) = within {
            statement = statement.bind(among(within), Column::Texts);
        }
        let Some(row) = self.0.first(&statement.gives([Column::Int, Column::Int])).await? else { return Ok((0, 0)) };
        let mut row = Taken::new("loam_case_task", row);
        Ok((row.int()?, row.int()?))
    }
}

fn among(names: &[String]) -> Value {
    Value::List(names.iter().map(|name| Value::Text(name.clone())).collect())
}
