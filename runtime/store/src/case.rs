//! Cases of workflows: how each stands, who is asked, what happened, and who was sent a copy.
//!
//! `loam_case` holds a case as one document, which only the engine reads; what lists ask for stands beside it in columns and
//! in `loam_case_task`, written in the same transaction.

mod figures;
mod lines;

pub use figures::{CaseTime, TaskTime, WaitingFor};
pub use lines::{CaseBox, CaseLine, CaseList, CaseNarrow};

use model::{RecordId, Timestamp, UserId, Value};

use crate::{
    Account, Store, StoreError, Tx,
    line::Tree,
    row::Taken,
    sql::{Column, Dialect, Statement},
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

const EVENT: &str = "SELECT e.case_id, e.id, e.at, e.act, e.account, e.behalf, e.step, e.task, e.told, e.words, e.target, \
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
            let (words, target) = (row.text()?, row.maybe_text()?);
            let (signer, name, sha256) = (row.maybe_id()?, row.maybe_text()?, row.maybe_text()?);
            let signature = signer.map(|account| {
                let name = name.unwrap_or_default();
                CaseSignature { account, name, sha256, picture: None }
            });
            let event = CaseEvent { id, at, act, account, behalf, step, task, told, words, target, signature };
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

impl Tx {
    /// A case to be changed: nobody else changes it until the end of the transaction.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn case(&mut self, id: RecordId) -> Result<Option<StoredCase>, StoreError> {
        let lock = if self.link.dialect() == Dialect::Postgres { " FOR UPDATE" } else { "" };
        let statement = Statement::new(format!("{CASE} WHERE id = $1{lock}")).id(id).gives(CASE_COLUMNS);
        self.fetch(&statement).await?.pop().map(case).transpose()
    }

    /// The cases about these records that have not ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn live_cases(&mut self, records: &[RecordId]) -> Result<Vec<RecordId>, StoreError> {
        let among = self.link.dialect().among(Column::Ids, 1);
        let select = format!("SELECT id FROM loam_case WHERE record {among} AND state <> 'ended' ORDER BY id");
        self.ids_of(Statement::new(select).ids(records)).await
    }

    /// The case of the workflow about the record that has not ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn running_case(&mut self, workflow: &str, record: RecordId) -> Result<Option<RecordId>, StoreError> {
        let select = "SELECT id FROM loam_case WHERE record = $1 AND workflow = $2 AND state <> 'ended' LIMIT 1";
        Ok(self.ids_of(Statement::new(select).id(record).text(workflow)).await?.into_iter().next())
    }

    /// The cases that have not ended and that this place of a case waits for.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn awaited_cases(&mut self, case: RecordId, token: i64) -> Result<Vec<RecordId>, StoreError> {
        let select =
            "SELECT id FROM loam_case WHERE parent = $1 AND parent_token = $2 AND state <> 'ended' ORDER BY id";
        self.ids_of(Statement::new(select).id(case).int(token)).await
    }

    /// The cases in which somebody has not answered yet.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cases_asking(&mut self, account: UserId) -> Result<Vec<RecordId>, StoreError> {
        let select =
            "SELECT DISTINCT case_id FROM loam_case_task WHERE account = $1 AND ended IS NULL ORDER BY case_id";
        self.ids_of(Statement::new(select).id(account)).await
    }

    async fn ids_of(&mut self, statement: Statement) -> Result<Vec<RecordId>, StoreError> {
        let rows = self.fetch(&statement.gives([Column::Id])).await?;
        rows.into_iter().map(|row| Taken::new("loam_case", row).id()).collect()
    }

    /// What happened in a case last: the act, and its target.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_case_event(&mut self, id: RecordId) -> Result<Option<(String, Option<String>)>, StoreError> {
        let select = "SELECT act, target FROM loam_case_event WHERE case_id = $1 ORDER BY id DESC LIMIT 1";
        let rows = self.fetch(&Statement::new(select).id(id).gives([Column::Text, Column::Text])).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let mut row = Taken::new("loam_case_event", row);
        Ok(Some((row.text()?, row.maybe_text()?)))
    }

    /// Keeps a new case.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn add_case(&mut self, case: &StoredCase) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_case (id, workflow, entity, record, edition, print, starter, state, outcome, parent, \
                      parent_token, started, ended, document) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
        let statement = Statement::new(insert)
            .id(case.id)
            .text(case.workflow.as_str())
            .text(case.entity.as_str())
            .id(case.record)
            .int(case.edition)
            .text(case.print.as_str())
            .id(case.starter)
            .text(case.state.as_str())
            .bind(case.outcome.clone(), Column::Text)
            .bind(case.parent.map(|(id, _)| id), Column::Id)
            .bind(case.parent.map(|(_, token)| token), Column::Int)
            .moment(case.started)
            .bind(case.ended, Column::DateTime)
            .text(case.document.to_string());
        self.execute(&statement).await.map(drop)
    }

    /// Keeps how a case stands now.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn save_case(&mut self, case: &StoredCase) -> Result<(), StoreError> {
        let update = "UPDATE loam_case SET edition = $2, print = $3, state = $4, outcome = $5, ended = $6, document = $7, \
                      parent = $8, parent_token = $9 WHERE id = $1";
        let statement = Statement::new(update)
            .id(case.id)
            .int(case.edition)
            .text(case.print.as_str())
            .text(case.state.as_str())
            .bind(case.outcome.clone(), Column::Text)
            .bind(case.ended, Column::DateTime)
            .text(case.document.to_string())
            .bind(case.parent.map(|(id, _)| id), Column::Id)
            .bind(case.parent.map(|(_, token)| token), Column::Int);
        self.execute(&statement).await.map(drop)
    }

    /// Keeps tasks of a case that are new or have changed. What somebody had written and not sent goes with them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn put_case_tasks(&mut self, id: RecordId, tasks: &[CaseTask]) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_case_task (case_id, number, account, step, state, opened, ended, due) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (case_id, number) DO UPDATE SET \
                      account = excluded.account, state = excluded.state, opened = excluded.opened, \
                      ended = excluded.ended, due = excluded.due, \
                      draft = CASE WHEN loam_case_task.account = excluded.account THEN loam_case_task.draft END";
        for task in tasks {
            let statement = Statement::new(insert)
                .id(id)
                .int(task.number)
                .id(task.account)
                .text(task.step.as_str())
                .text(task.state.as_str())
                .bind(task.opened, Column::DateTime)
                .bind(task.ended, Column::DateTime)
                .bind(task.due, Column::DateTime);
            self.execute(&statement).await?;
        }
        Ok(())
    }

    /// Keeps what somebody has written and not sent yet; nothing when it was sent.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_case_draft(
        &mut self,
        id: RecordId,
        task: i64,
        draft: Option<&serde_json::Value>,
    ) -> Result<(), StoreError> {
        let update = "UPDATE loam_case_task SET draft = $3 WHERE case_id = $1 AND number = $2";
        let draft = draft.map(ToString::to_string);
        self.execute(&Statement::new(update).id(id).int(task).bind(draft, Column::Text)).await.map(drop)
    }

    /// Keeps what happened.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn add_case_events(&mut self, id: RecordId, events: &[CaseEvent]) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_case_event (id, case_id, at, act, account, behalf, step, task, told, words, target) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
        for event in events {
            let told: Vec<String> = event.told.iter().map(ToString::to_string).collect();
            let statement = Statement::new(insert)
                .id(event.id)
                .id(id)
                .moment(event.at)
                .text(event.act.as_str())
                .bind(event.account, Column::Id)
                .bind(event.behalf, Column::Id)
                .bind(event.step.clone(), Column::Text)
                .bind(event.task, Column::Int)
                .text(serde_json::Value::from(told).to_string())
                .text(event.words.as_str())
                .bind(event.target.clone(), Column::Text);
            self.execute(&statement).await?;
            let Some(signature) = &event.signature else { continue };
            let insert = "INSERT INTO loam_case_signature (event, case_id, account, name, sha256, picture) \
                          VALUES ($1, $2, $3, $4, $5, $6)";
            let statement = Statement::new(insert)
                .id(event.id)
                .id(id)
                .id(signature.account)
                .text(signature.name.as_str())
                .bind(signature.sha256.clone(), Column::Text)
                .bind(signature.picture.clone(), Column::Text);
            self.execute(&statement).await?;
        }
        Ok(())
    }

    /// Sends people a copy; whoever has one keeps it, as not looked at yet.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn copy_case(&mut self, id: RecordId, to: &[UserId], at: Timestamp) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_case_copy (case_id, account, at) VALUES ($1, $2, $3) \
                      ON CONFLICT (case_id, account) DO UPDATE SET at = excluded.at, read_at = NULL";
        for account in to {
            self.execute(&Statement::new(insert).id(id).id(*account).moment(at)).await?;
        }
        Ok(())
    }

    /// Notes that somebody has looked at their copy; answers whether they have one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read_case_copy(&mut self, id: RecordId, account: UserId, at: Timestamp) -> Result<bool, StoreError> {
        let update = "UPDATE loam_case_copy SET read_at = coalesce(read_at, $3) WHERE case_id = $1 AND account = $2";
        Ok(self.execute(&Statement::new(update).id(id).id(account).moment(at)).await? > 0)
    }

    /// The managers of a person, the nearest first, between two levels; 1 is the direct one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn managers_above(&mut self, person: RecordId, from: u32, to: u32) -> Result<Vec<RecordId>, StoreError> {
        let select = format!(
            "SELECT above FROM loam_line WHERE tree = '{}' AND below = $1 AND above <> $1 AND depth >= $2 AND depth <= $3 \
             ORDER BY depth, above",
            Tree::Managers.word()
        );
        self.ids_of(Statement::new(select).id(person).int(from.into()).int(to.into())).await
    }

    /// Active accounts among these ids.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn active_accounts(&mut self, ids: &[UserId]) -> Result<Vec<Account>, StoreError> {
        let among = self.link.dialect().among(Column::Ids, 1);
        self.accounts_where(&format!("id {among}"), |statement| statement.ids(ids)).await
    }

    /// Active accounts that were given a role.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accounts_with(&mut self, role: &str) -> Result<Vec<Account>, StoreError> {
        let found = self.accounts_where("roles LIKE $1", |statement| statement.text(format!("%\"{role}\"%"))).await?;
        Ok(found.into_iter().filter(|account| account.roles.iter().any(|held| held == role)).collect())
    }
}
