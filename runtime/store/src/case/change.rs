//! Cases within a transaction: found to be changed, and kept as they have become.

use model::{RecordId, Timestamp, UserId};

use super::{CASE, CASE_COLUMNS, CaseEvent, CaseStay, CaseTask, StoredCase, case};
use crate::{
    Account, StoreError, Tx,
    line::Tree,
    row::Taken,
    sql::{Column, Dialect, Statement},
};

/// What happened in a case last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastEvent {
    /// What.
    pub act: String,
    /// To which step, how it ended, or the version it went by before.
    pub target: Option<String>,
    /// The move of many cases that it was part of.
    pub moving: Option<RecordId>,
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

    /// What happened in a case last.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn last_case_event(&mut self, id: RecordId) -> Result<Option<LastEvent>, StoreError> {
        let select = "SELECT act, target, moving FROM loam_case_event WHERE case_id = $1 ORDER BY id DESC LIMIT 1";
        let rows = self.fetch(&Statement::new(select).id(id).gives([Column::Text, Column::Text, Column::Id])).await?;
        let Some(row) = rows.into_iter().next() else { return Ok(None) };
        let mut row = Taken::new("loam_case_event", row);
        Ok(Some(LastEvent { act: row.text()?, target: row.maybe_text()?, moving: row.maybe_id()? }))
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
        self.counts = true;
        self.execute(&statement).await.map(drop)
    }

    /// Keeps tasks of a case that are new or have changed. What somebody had written and not sent goes with them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn put_case_tasks(&mut self, id: RecordId, tasks: &[CaseTask]) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_case_task (case_id, number, account, step, state, opened, ended, due, mends, late) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (case_id, number) DO UPDATE SET \
                      account = excluded.account, state = excluded.state, opened = excluded.opened, \
                      ended = excluded.ended, due = excluded.due, late = CASE WHEN loam_case_task.ended = excluded.ended \
                      THEN loam_case_task.late ELSE excluded.late END, \
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
                .bind(task.due, Column::DateTime)
                .bind(task.mends, Column::Bool)
                .bind(task.late, Column::Bool);
            self.execute(&statement).await?;
        }
        Ok(())
    }

    /// Keeps that a case stands somewhere from now on where nobody is asked.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn begin_case_stay(
        &mut self,
        id: RecordId,
        case: RecordId,
        stay: &CaseStay,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_case_stay (id, case_id, token, step, since) VALUES ($1, $2, $3, $4, $5)";
        let statement = Statement::new(insert).id(id).id(case).int(stay.token).text(stay.step.as_str()).moment(at);
        self.execute(&statement).await.map(drop)
    }

    /// Keeps that it does so no more. What began before this was kept is not known, and stays so.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_case_stay(&mut self, case: RecordId, stay: &CaseStay, at: Timestamp) -> Result<(), StoreError> {
        let update =
            "UPDATE loam_case_stay SET until = $4 WHERE case_id = $1 AND token = $2 AND step = $3 AND until IS NULL";
        let statement = Statement::new(update).id(case).int(stay.token).text(stay.step.as_str()).moment(at);
        self.execute(&statement).await.map(drop)
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
        let insert = "INSERT INTO loam_case_event (id, case_id, at, act, account, behalf, step, task, told, words, target, \
                      moving) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
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
                .bind(event.target.clone(), Column::Text)
                .bind(event.moving, Column::Id);
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
