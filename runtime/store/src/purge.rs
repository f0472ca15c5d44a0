//! Removing for good: a record in the bin, what stands beside it, and content of files that nothing else holds.
//!
//! INVARIANT: rows go in one transaction. Content goes after it, and only while no other row speaks of it.
//! On SQLite what is deleted is overwritten (`secure_delete`), and [`crate::Store::scrub`] empties the log beside the file. PostgreSQL
//! overwrites it when it next tidies the table.

use app::{App, FieldKind};
use model::{EntityId, FieldId, RecordId, UserId, Value};
use policy::{Action, Authorized, Change};

use crate::{
    StoreError, Tx,
    row::Taken,
    sql::{
        Column, Dialect, Statement,
        column::{entity, field},
        lower, name,
    },
};

/// Content of files is asked for by its hash.
pub(crate) const STEP: &str = "
CREATE INDEX loam_attachment_content ON loam_attachment (sha256);
";

/// Something that refers to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Referrer {
    /// Which record.
    pub id: RecordId,
    /// Whether it is in the bin.
    pub deleted: bool,
}

/// What is kept about a record besides its own row; the content of its files is told before.
const BESIDE: [&str; 14] = [
    "DELETE FROM loam_comment WHERE record = $1",
    "DELETE FROM loam_attachment WHERE record = $1",
    "DELETE FROM loam_case_signature WHERE case_id IN (SELECT id FROM loam_case WHERE record = $1)",
    "DELETE FROM loam_case_event WHERE case_id IN (SELECT id FROM loam_case WHERE record = $1)",
    "DELETE FROM loam_case_copy WHERE case_id IN (SELECT id FROM loam_case WHERE record = $1)",
    "DELETE FROM loam_case_stay WHERE case_id IN (SELECT id FROM loam_case WHERE record = $1)",
    "DELETE FROM loam_case_task WHERE case_id IN (SELECT id FROM loam_case WHERE record = $1)",
    "DELETE FROM loam_case WHERE record = $1",
    "DELETE FROM loam_snapshot WHERE subject = $1",
    "DELETE FROM loam_look WHERE record = $1",
    "DELETE FROM loam_unnamed WHERE record = $1",
    "DELETE FROM loam_unit_board WHERE unit = $1",
    "DELETE FROM loam_line WHERE below = $1 OR above = $1",
    "DELETE FROM loam_seat WHERE unit = $1",
];

/// What is kept about a record that stays itself.
const STRIPPED: [&str; 3] = [
    "DELETE FROM loam_attachment WHERE record = $1",
    "UPDATE loam_case_task SET draft = NULL WHERE case_id IN (SELECT id FROM loam_case WHERE record = $1)",
    "DELETE FROM loam_snapshot WHERE subject = $1",
];

/// What an account signs in with and keeps for itself.
const SIGNED_IN: [&str; 12] = [
    "DELETE FROM loam_session WHERE account = $1",
    "DELETE FROM loam_password WHERE account = $1",
    "DELETE FROM loam_token WHERE account = $1",
    "DELETE FROM loam_code WHERE account = $1",
    "DELETE FROM loam_recovery WHERE account = $1",
    "DELETE FROM loam_passkey WHERE account = $1",
    "DELETE FROM loam_identity WHERE account = $1",
    "DELETE FROM loam_waiting WHERE account = $1",
    "DELETE FROM loam_notification WHERE account = $1",
    "DELETE FROM loam_saved_view WHERE account = $1",
    "DELETE FROM loam_idempotency WHERE account = $1",
    "UPDATE loam_stand_in SET reason = '' WHERE giver = $1 OR taker = $1",
];

/// What speaks of it in a text: notices, kept answers, and letters that were carried out. `WITHIN` is each database's own word.
const TOLD: [&str; 3] = [
    "DELETE FROM loam_notification WHERE WITHIN(payload, $1) > 0",
    "DELETE FROM loam_idempotency WHERE WITHIN(response, $1) > 0",
    "DELETE FROM loam_outbox WHERE state <> 'pending' AND WITHIN(payload, $1) > 0",
];

impl Tx {
    /// Records that refer to this one by a reference field of their own, in use and in the bin.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn all_referrers(&mut self, app: &App, by: FieldId, id: RecordId) -> Result<Vec<Referrer>, StoreError> {
        let by = field(app, by)?;
        let FieldKind::Reference { .. } = by.kind else {
            return Err(StoreError::Misfit("referrers by what is no reference"));
        };
        let sql = format!(
            "SELECT id, CASE WHEN deleted_at IS NULL THEN 0 ELSE 1 END FROM {} WHERE {} = $1 ORDER BY id",
            name(&entity(app, by.entity)?.table),
            name(&by.column)
        );
        let rows = self.fetch(&Statement::new(sql).id(id).gives([Column::Id, Column::Int])).await?;
        let read = rows.into_iter().map(|row| {
            let mut row = Taken::new("referrers", row);
            Ok(Referrer { id: row.id()?, deleted: row.int()? == 1 })
        });
        read.collect()
    }

    /// Has a record in the bin refer to nothing by a field.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget_reference(&mut self, app: &App, by: FieldId, owner: RecordId) -> Result<(), StoreError> {
        let by = field(app, by)?;
        let (table, column) = (name(&entity(app, by.entity)?.table), name(&by.column));
        let sql = format!("UPDATE {table} SET {column} = NULL WHERE id = $1 AND deleted_at IS NOT NULL");
        self.execute(&Statement::new(sql).id(owner)).await.map(drop)
    }

    /// The cases about a record, and whether one of them has not ended.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn cases_about(&mut self, record: RecordId) -> Result<(Vec<RecordId>, bool), StoreError> {
        let select =
            "SELECT id, CASE WHEN state = 'ended' THEN 0 ELSE 1 END FROM loam_case WHERE record = $1 ORDER BY id";
        let rows = self.fetch(&Statement::new(select).id(record).gives([Column::Id, Column::Int])).await?;
        let (mut cases, mut running) = (Vec::new(), false);
        for row in rows {
            let mut row = Taken::new("loam_case", row);
            cases.push(row.id()?);
            running |= row.int()? == 1;
        }
        Ok((cases, running))
    }

    /// Removes the change's record, which is in the bin, with what stands beside it. Answers the hashes of the files it had,
    /// or `None` when there is no such record.
    ///
    /// # Errors
    /// Those of the database; [`StoreError::MissingReference`] when something still refers to it.
    pub async fn purge(&mut self, app: &App, change: &Authorized<Change>) -> Result<Option<Vec<String>>, StoreError> {
        if change.action != Action::Purge {
            return Err(StoreError::Misfit("a removal under a change that removes nothing"));
        }
        let id = change.id;
        let hashes = self.contents_of(id).await?;
        for sql in BESIDE {
            self.execute(&Statement::new(sql).id(id)).await?;
        }
        self.forget_told(id).await?;
        self.execute(&Statement::new("UPDATE loam_account SET person = NULL WHERE person = $1").id(id)).await?;
        let table = name(&entity(app, change.entity)?.table);
        let sql = format!("DELETE FROM {table} WHERE id = $1 AND deleted_at IS NOT NULL");
        let gone = self.execute(&Statement::new(sql).id(id)).await?;
        Ok((gone > 0).then_some(hashes))
    }

    /// Removes notices, kept answers and finished letters that speak of a record.
    ///
    /// # Errors
    /// Those of the database.
    pub(crate) async fn forget_told(&mut self, id: RecordId) -> Result<(), StoreError> {
        let within = if self.link.dialect() == Dialect::Sqlite { "instr" } else { "strpos" };
        for sql in TOLD {
            self.execute(&Statement::new(sql.replace("WITHIN", within)).text(id.to_string())).await?;
        }
        Ok(())
    }

    /// Writes values over those of one record, in use or in the bin, and what search looks into: erasing is nobody's change.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn overwrite(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        of: EntityId,
        id: RecordId,
        values: &[(FieldId, Value)],
        search: Option<String>,
    ) -> Result<(), StoreError> {
        if change.action != Action::Erase {
            return Err(StoreError::Misfit("an erasure under a change that erases nothing"));
        }
        let owner = entity(app, of)?;
        let mut sets = Vec::new();
        let mut statement = Statement::new(String::new());
        for (field_id, value) in values {
            let found = field(app, *field_id)?;
            if found.entity != of || found.system {
                return Err(StoreError::Misfit("a value for a field that cannot be written"));
            }
            if let FieldKind::References { table, .. } = &found.kind {
                let delete = format!("DELETE FROM {} WHERE owner = $1", name(table));
                self.execute(&Statement::new(delete).id(id)).await?;
                continue;
            }
            let value = self.vault.kept(owner, found, id, value.clone())?;
            statement = statement.bind(value, Column::of(found));
            sets.push(format!("{} = ${}", name(&found.column), sets.len() + 1));
        }
        if let Some(search) = search.filter(|_| !owner.search.is_empty()) {
            statement = statement.bind(Some(lower::lower(&search)), Column::Text);
            sets.push(format!("search_text = ${}", sets.len() + 1));
        }
        if sets.is_empty() {
            return Ok(());
        }
        let sql = format!("UPDATE {} SET {} WHERE id = ${}", name(&owner.table), sets.join(", "), sets.len() + 1);
        let statement = Statement { sql: sql.into(), ..statement.id(id) };
        self.execute(&statement).await.map(drop)
    }

    /// Removes the comments and files of a record, drafts in cases about it, and numbers kept of it; answers how many comments
    /// there were, and the hashes of the files.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn strip(&mut self, id: RecordId) -> Result<(u64, Vec<String>), StoreError> {
        let hashes = self.contents_of(id).await?;
        let comments = self.execute(&Statement::new("DELETE FROM loam_comment WHERE record = $1").id(id)).await?;
        for sql in STRIPPED {
            self.execute(&Statement::new(sql).id(id)).await?;
        }
        self.forget_told(id).await?;
        Ok((comments, hashes))
    }

    async fn contents_of(&mut self, id: RecordId) -> Result<Vec<String>, StoreError> {
        let select = "SELECT DISTINCT sha256 FROM loam_attachment WHERE record = $1 ORDER BY sha256";
        let rows = self.fetch(&Statement::new(select).id(id).gives([Column::Text])).await?;
        rows.into_iter().map(|row| Taken::new("loam_attachment", row).text()).collect()
    }

    /// Removes notices that say some words.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn forget_notices(&mut self, words: &str) -> Result<(), StoreError> {
        let within = if self.link.dialect() == Dialect::Sqlite { "instr" } else { "strpos" };
        let sql = format!("DELETE FROM loam_notification WHERE {within}(payload, $1) > 0");
        self.execute(&Statement::new(sql).text(words)).await.map(drop)
    }

    /// The accounts that stand for a person.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn every_account_of(&mut self, person: RecordId) -> Result<Vec<UserId>, StoreError> {
        let select = "SELECT id FROM loam_account WHERE person = $1 ORDER BY id";
        let rows = self.fetch(&Statement::new(select).id(person).gives([Column::Id])).await?;
        rows.into_iter().map(|row| Taken::new("loam_account", row).id()).collect()
    }

    /// Takes from a disabled account its login, its name and everything it signed in with. The account stays, so that what it did
    /// is still one account's, and nobody takes its place.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn erase_account(&mut self, id: UserId, login: &str, called: &str) -> Result<(), StoreError> {
        for sql in SIGNED_IN {
            self.execute(&Statement::new(sql).id(id)).await?;
        }
        // Letters and notices say who did what to which record.
        self.forget_told(id).await?;
        let sql = "UPDATE loam_account SET login = $2, name = $3, password_hash = '', person = NULL WHERE id = $1";
        self.execute(&Statement::new(sql).id(id).text(login).text(called)).await.map(drop)
    }

    /// Waits until nobody else decides whether that content stays, to the end of this transaction. SQLite has one writer.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn guard_content(&mut self, sha256: &str) -> Result<(), StoreError> {
        if self.link.dialect() == Dialect::Postgres {
            let lock = "SELECT 1 FROM (SELECT pg_advisory_xact_lock(hashtextextended($1, 77103601))) held";
            self.fetch(&Statement::new(lock).text(sha256).gives([Column::Int])).await?;
        }
        Ok(())
    }

    /// Whether some record still has a file of that content, or one is held for a record; to be asked under [`Tx::guard_content`].
    ///
    /// # Errors
    /// Those of the database.
    pub async fn holds_content(&mut self, sha256: &str) -> Result<bool, StoreError> {
        let select = "SELECT id FROM loam_attachment WHERE sha256 = $1 \
                      UNION ALL SELECT id FROM loam_upload WHERE sha256 = $1 LIMIT 1";
        Ok(!self.fetch(&Statement::new(select).text(sha256).gives([Column::Id])).await?.is_empty())
    }
}
