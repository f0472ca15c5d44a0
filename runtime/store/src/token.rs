//! Tokens that a person makes for a program, found by their hash.

use model::{RecordId, Timestamp, UserId};

use crate::{
    Account, Store, StoreError, Tx, account,
    row::Taken,
    sql::{Column, Dialect, Statement},
};

/// A token of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: RecordId,
    /// Whose rights it has at most.
    pub account: UserId,
    /// What they call it.
    pub name: String,
    /// Hash of the token, as text.
    pub token_hash: String,
    /// Whether it may change anything.
    pub writes: bool,
    /// The entities it may touch; all when empty.
    pub entities: Vec<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When it was last used, roughly.
    pub used: Option<Timestamp>,
    /// From where.
    pub used_from: Option<String>,
}

/// The tokens of a store.
#[derive(Clone, Copy)]
pub struct Tokens<'s>(pub(crate) &'s Store);

const OWN: &str =
    "t.id, t.account, t.name, t.token_hash, t.writes, t.entities, t.created, t.expires, t.used, t.used_from";
const COLUMNS: [Column; 10] = [
    Column::Id,
    Column::Id,
    Column::Text,
    Column::Text,
    Column::Bool,
    Column::Text,
    Column::DateTime,
    Column::DateTime,
    Column::DateTime,
    Column::Text,
];

fn read(row: &mut Taken) -> Result<Token, StoreError> {
    Ok(Token {
        id: row.id()?,
        account: row.id()?,
        name: row.text()?,
        token_hash: row.text()?,
        writes: row.flag()?,
        entities: serde_json::from_value(row.json()?).map_err(|_| StoreError::bad("loam_token", "entities", ""))?,
        created: row.moment()?,
        expires: row.moment()?,
        used: row.maybe_moment()?,
        used_from: row.maybe_text()?,
    })
}

impl Tokens<'_> {
    /// The tokens of an account, the newest first, ended ones too.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, account: UserId) -> Result<Vec<Token>, StoreError> {
        let select = format!("SELECT {OWN} FROM loam_token t WHERE t.account = $1 ORDER BY t.id DESC");
        let rows = self.0.fetch(&Statement::new(select).id(account).gives(COLUMNS)).await?;
        rows.into_iter().map(|row| read(&mut Taken::new("loam_token", row))).collect()
    }

    /// The token with this hash and its account, unless it has ended or the account may not sign in.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find(&self, token_hash: &str, now: Timestamp) -> Result<Option<(Token, Account)>, StoreError> {
        let live = if self.0.dialect() == Dialect::Sqlite { "a.active = 1" } else { "a.active" };
        let select = format!(
            "SELECT {OWN}, a.id, a.login, a.name, a.password_hash, a.person, a.roles, a.active, a.locale, a.created_at \
             FROM loam_token t JOIN loam_account a ON a.id = t.account \
             WHERE t.token_hash = $1 AND t.expires > $2 AND {live}"
        );
        let mut columns = COLUMNS.to_vec();
        columns.extend(account::COLUMNS);
        let statement = Statement::new(select).text(token_hash).moment(now).gives(columns);
        let Some(row) = self.0.fetch(&statement).await?.pop() else { return Ok(None) };
        let mut row = Taken::new("loam_token", row);
        Ok(Some((read(&mut row)?, account::read(&mut row)?)))
    }

    /// A token that is still kept, whether it has ended or not, and its account: for whoever tells whose one was that opens
    /// nothing any more. One that was revoked is not kept.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn whose(&self, token_hash: &str) -> Result<Option<(RecordId, Account)>, StoreError> {
        let select = "SELECT t.id, a.id, a.login, a.name, a.password_hash, a.person, a.roles, a.active, a.locale, \
                      a.created_at FROM loam_token t JOIN loam_account a ON a.id = t.account WHERE t.token_hash = $1";
        let mut columns = vec![Column::Id];
        columns.extend(account::COLUMNS);
        let statement = Statement::new(select).text(token_hash).gives(columns);
        let Some(row) = self.0.fetch(&statement).await?.pop() else { return Ok(None) };
        let mut row = Taken::new("loam_token", row);
        Ok(Some((row.id()?, account::read(&mut row)?)))
    }
}

impl Tx {
    /// Keeps a new token.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn add_token(&mut self, token: &Token) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_token (id, account, name, token_hash, writes, entities, created, expires) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
        let statement = Statement::new(insert)
            .id(token.id)
            .id(token.account)
            .text(token.name.as_str())
            .text(token.token_hash.as_str())
            .bind(token.writes, Column::Bool)
            .text(serde_json::Value::from(token.entities.clone()).to_string())
            .moment(token.created)
            .moment(token.expires);
        self.execute(&statement).await.map(drop)
    }

    /// Notes its use. Callers do this every few minutes, not every request.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn touch_token(&mut self, id: RecordId, used: Timestamp, from: &str) -> Result<(), StoreError> {
        let update = "UPDATE loam_token SET used = $1, used_from = $2 WHERE id = $3";
        self.execute(&Statement::new(update).moment(used).text(from).id(id)).await.map(drop)
    }

    /// Ends a token of an account; `false` when it has none like that.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn revoke_token(&mut self, account: UserId, id: RecordId) -> Result<bool, StoreError> {
        let delete = "DELETE FROM loam_token WHERE id = $1 AND account = $2";
        Ok(self.execute(&Statement::new(delete).id(id).id(account)).await? > 0)
    }
}
