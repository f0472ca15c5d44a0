//! What is kept sealed as a whole beside records: drafts of answers, and answers under an idempotency key. Whose context they are
//! sealed with is the engine's to know; here they are found and replaced when the key changes.

use model::{RecordId, UserId};

use super::SEALED;
use crate::{
    Store, StoreError,
    row::Taken,
    sql::{Column, Statement},
};

/// Rows read at once.
const PIECE: i64 = 500;

/// Where something sealed is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// What somebody wrote at a task and has not sent yet.
    Draft {
        /// The case.
        case: RecordId,
        /// The task's number.
        task: i64,
    },
    /// An answer that is given again.
    Answer {
        /// Who asked.
        account: UserId,
        /// The key they gave.
        key: String,
    },
}

impl Store {
    /// The drafts that are not sealed under the key of this id, as they are kept, some at a time: those after a place.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn drafts_not_under(&self, id: &str, after: Option<&Place>) -> Result<Vec<(Place, String)>, StoreError> {
        let beyond = if after.is_some() { " AND (case_id, number) > ($2, $3)" } else { "" };
        let select = Statement::new(format!(
            "SELECT case_id, number, draft FROM loam_case_task WHERE draft IS NOT NULL AND draft NOT LIKE $1{beyond} \
             ORDER BY case_id, number LIMIT {PIECE}"
        ));
        let select = match after {
            Some(Place::Draft { case, task }) => select.text(under(id)).id(*case).int(*task),
            _ => select.text(under(id)),
        };
        let found = self.fetch(&select.gives([Column::Id, Column::Int, Column::Text])).await?;
        let taken = found.into_iter().map(|row| {
            let mut row = Taken::new("loam_case_task", row);
            Ok((Place::Draft { case: row.id()?, task: row.int()? }, row.text()?))
        });
        taken.collect()
    }

    /// The same of kept answers.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn answers_not_under(&self, id: &str, after: Option<&Place>) -> Result<Vec<(Place, String)>, StoreError> {
        let beyond = if after.is_some() { " AND (account, key) > ($2, $3)" } else { "" };
        let select = Statement::new(format!(
            "SELECT account, key, response FROM loam_idempotency WHERE response NOT LIKE $1{beyond} \
             ORDER BY account, key LIMIT {PIECE}"
        ));
        let select = match after {
            Some(Place::Answer { account, key }) => select.text(under(id)).id(*account).text(key.as_str()),
            _ => select.text(under(id)),
        };
        let found = self.fetch(&select.gives([Column::Id, Column::Text, Column::Text])).await?;
        let taken = found.into_iter().map(|row| {
            let mut row = Taken::new("loam_idempotency", row);
            Ok((Place::Answer { account: row.id()?, key: row.text()? }, row.text()?))
        });
        taken.collect()
    }

    /// Puts another text where that one is kept; `false` when it was written or removed meanwhile.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_anew(&self, place: &Place, kept: &str, anew: &str) -> Result<bool, StoreError> {
        let update = match place {
            Place::Draft { case, task } => {
                Statement::new("UPDATE loam_case_task SET draft = $1 WHERE draft = $2 AND case_id = $3 AND number = $4")
                    .text(anew)
                    .text(kept)
                    .id(*case)
                    .int(*task)
            }
            Place::Answer { account, key } => Statement::new(
                "UPDATE loam_idempotency SET response = $1 WHERE response = $2 AND account = $3 AND key = $4",
            )
            .text(anew)
            .text(kept)
            .id(*account)
            .text(key.as_str()),
        };
        Ok(self.execute(update).await? > 0)
    }
}

/// What a text sealed under the key of this id is like. Nothing else in it has a colon.
fn under(id: &str) -> String {
    format!("%{SEALED}{id}:%")
}
