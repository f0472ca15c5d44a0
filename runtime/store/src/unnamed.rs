//! Answers that count as numbers without names, and whose person was erased: which of them were one person's, so that a cell
//! counts as many people as before although no answer leads to anybody any more.
//!
//! INVARIANT: who stands in a row is an id made up for one person's answers in one cell. It is in no other table, and is shown to
//! nobody. An answer that has a row stays in its cell.

use app::App;
use model::{EntityId, RecordId, UserId};
use policy::{Action, Authorized, Change};

use crate::{
    StoreError, Tx,
    record::parameters,
    row::Taken,
    sql::{Column, Statement, column::entity, name},
};

/// Whose answers they were, by ids that are nobody's.
pub(crate) const STEP: &str = "
CREATE TABLE loam_unnamed (record ID PRIMARY KEY, who ID NOT NULL);
";

/// Rows written by one statement.
const CHUNK: usize = 400;

/// Who said, attached, began, was asked and did something, beside records and in cases about them. `AMONG` is each database's own
/// word for these records.
const OWNED: [&str; 6] = [
    "UPDATE loam_comment SET by_account = $2 WHERE by_account = $3 AND record AMONG",
    "UPDATE loam_attachment SET by_account = $2 WHERE by_account = $3 AND record AMONG",
    "UPDATE loam_case SET starter = $2 WHERE starter = $3 AND record AMONG",
    "UPDATE loam_case_task SET account = $2, draft = NULL WHERE account = $3 \
     AND case_id IN (SELECT id FROM loam_case WHERE record AMONG)",
    "UPDATE loam_case_event SET account = $2 WHERE account = $3 \
     AND case_id IN (SELECT id FROM loam_case WHERE record AMONG)",
    "UPDATE loam_case_event SET behalf = $2 WHERE behalf = $3 \
     AND case_id IN (SELECT id FROM loam_case WHERE record AMONG)",
];

/// A copy of a case is one account's.
const COPIES: &str =
    "DELETE FROM loam_case_copy WHERE account = $2 AND case_id IN (SELECT id FROM loam_case WHERE record AMONG)";

/// The same where accounts are named within a text.
const NAMED: [&str; 3] = [
    "UPDATE loam_comment SET mentions = replace(mentions, $3, $2) WHERE record AMONG",
    "UPDATE loam_case SET document = replace(document, $3, $2) WHERE record AMONG",
    "UPDATE loam_case_event SET told = replace(told, $3, $2) \
     WHERE case_id IN (SELECT id FROM loam_case WHERE record AMONG)",
];

impl Tx {
    /// Has each of these records, which come first, count as that of somebody who is nobody in particular.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unname(&mut self, answers: &[(RecordId, RecordId)]) -> Result<(), StoreError> {
        let dialect = self.link.dialect();
        for chunk in answers.chunks(CHUNK) {
            let rows: Vec<String> = (0..chunk.len()).map(|at| parameters(dialect, at * 2, 2)).collect();
            let sql = format!(
                "INSERT INTO loam_unnamed (record, who) VALUES {} ON CONFLICT (record) DO UPDATE SET who = excluded.who",
                rows.join(", ")
            );
            let rows = Statement::new(sql);
            let statement = chunk.iter().fold(rows, |statement, (record, who)| statement.id(*record).id(*who));
            self.execute(&statement).await?;
        }
        Ok(())
    }

    /// Whether a record counts as that of nobody in particular.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn is_unnamed(&mut self, record: RecordId) -> Result<bool, StoreError> {
        let sql = "SELECT record FROM loam_unnamed WHERE record = $1";
        Ok(!self.fetch(&Statement::new(sql).id(record).gives([Column::Id])).await?.is_empty())
    }

    /// Has a record that is nobody's count as no person at all: what parted it from others of theirs is gone.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn uncount(&mut self, record: RecordId) -> Result<(), StoreError> {
        self.execute(&Statement::new("DELETE FROM loam_unnamed WHERE record = $1").id(record)).await.map(drop)
    }

    /// The cases about any of these records, and whether one of them has not ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cases_among(&mut self, records: &[RecordId]) -> Result<(Vec<RecordId>, bool), StoreError> {
        let select = format!(
            "SELECT id, CASE WHEN state = 'ended' THEN 0 ELSE 1 END FROM loam_case WHERE record {} ORDER BY id",
            self.link.dialect().among(Column::Ids, 1)
        );
        let rows = self.fetch(&Statement::new(select).ids(records).gives([Column::Id, Column::Int])).await?;
        let (mut cases, mut running) = (Vec::with_capacity(rows.len()), false);
        for row in rows {
            let mut row = Taken::new("loam_case", row);
            cases.push(row.id()?);
            running |= row.int()? == 1;
        }
        Ok((cases, running))
    }

    /// Has records of an entity, in use or in the bin, be made and changed by nobody where it was by one of these accounts, and
    /// what stands beside them and in cases about them, which have ended, too.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn disown(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        (of, ids): (EntityId, &[RecordId]),
        accounts: &[UserId],
    ) -> Result<(), StoreError> {
        if change.action != Action::Erase {
            return Err(StoreError::Misfit("an erasure under a change that erases nothing"));
        }
        let table = name(&entity(app, of)?.table);
        let among = self.link.dialect().among(Column::Ids, 1);
        let own = ["created_by", "updated_by"]
            .map(|column| format!("UPDATE {table} SET {column} = $2 WHERE {column} = $3 AND id AMONG"));
        let nobody = UserId::nil();
        for account in accounts {
            for sql in own.iter().map(String::as_str).chain(OWNED) {
                let statement = Statement::new(sql.replace("AMONG", &among)).ids(ids).id(nobody).id(*account);
                self.execute(&statement).await?;
            }
            self.execute(&Statement::new(COPIES.replace("AMONG", &among)).ids(ids).id(*account)).await?;
            for sql in NAMED {
                let statement = Statement::new(sql.replace("AMONG", &among)).ids(ids);
                self.execute(&statement.text(nobody.to_string()).text(account.to_string())).await?;
            }
        }
        Ok(())
    }
}
