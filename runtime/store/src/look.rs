//! Whom a look at several records was at: an entry of the ledger says of how many, and this table which, so that people can be
//! told who looked at what is theirs. A look at one record names it in its entry.
//!
//! INVARIANT: a row is written in the transaction of its entry. The ledger does not prove these rows; it proves the entry and
//! how many records it was about.

use model::{RecordId, UserId};

use crate::{
    Store, StoreError, Tx, Written,
    ledger::{COLUMNS, ENTRY, SEALED, SEALED_COLUMNS, written},
    record::parameters,
    row::Taken,
    sql::{Column, Statement},
};

/// Which records an entry was about, where it was about several.
pub(crate) const STEP: &str = "
CREATE TABLE loam_look (record ID NOT NULL, entry ID NOT NULL, PRIMARY KEY (record, entry));
";

/// Rows written by one statement.
const CHUNK: usize = 400;

impl Tx {
    /// Writes down at which records a look was.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn looked(&mut self, records: &[RecordId], entry: RecordId) -> Result<(), StoreError> {
        let dialect = self.link.dialect();
        for chunk in records.chunks(CHUNK) {
            let rows: Vec<String> = (0..chunk.len()).map(|at| parameters(dialect, at * 2, 2)).collect();
            let sql = format!(
                "INSERT INTO loam_look (record, entry) VALUES {} ON CONFLICT (record, entry) DO NOTHING",
                rows.join(", ")
            );
            let statement = chunk.iter().fold(Statement::new(sql), |statement, record| statement.id(*record).id(entry));
            self.execute(&statement).await?;
        }
        Ok(())
    }
}

impl Store {
    /// Who looked at a record, took it along or uncovered what is masked of it, newest first, but for one account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn looks(
        &self,
        object: &str,
        record: RecordId,
        but: UserId,
        limit: u32,
    ) -> Result<Vec<Written>, StoreError> {
        let sql = format!(
            "SELECT l.position, a.name, {SEALED}, {ENTRY} FROM loam_entry e LEFT JOIN loam_leaf l ON l.entry = e.id \
             LEFT JOIN loam_account a ON a.id = e.actor \
             WHERE e.id IN (SELECT id FROM loam_entry WHERE record = $1 UNION SELECT entry FROM loam_look WHERE record = $1) \
             AND e.action IN ('read', 'export', 'uncover') AND e.outcome = 'done' AND e.object = $2 \
             AND (e.actor IS NULL OR e.actor <> $3) ORDER BY e.id DESC LIMIT $4"
        );
        let mut columns = vec![Column::Int, Column::Text];
        columns.extend(SEALED_COLUMNS);
        columns.extend(COLUMNS);
        let statement = Statement::new(sql).id(record).text(object).id(but).int(limit.into()).gives(columns);
        let found = self.fetch(&statement).await?.into_iter().map(|row| {
            let mut row = Taken::new("loam_entry", row);
            let position = row.maybe_int()?;
            let by_name = row.maybe_text()?.unwrap_or_default();
            Ok(Written { by_name, ..written(&mut row, position)? })
        });
        found.collect()
    }
}
