//! Server-side sessions, found by the hash of their token: the token itself is never stored.

use model::{Timestamp, UserId};

use crate::{
    Account, Store, StoreError, account,
    row::Taken,
    sql::{Column, Dialect, Statement},
};

/// A signed-in browser or program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of its token, as text.
    pub token_hash: String,
    /// Whose it is.
    pub account: UserId,
    /// When they signed in.
    pub created: Timestamp,
    /// When it was last used, roughly.
    pub seen: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
}

/// The sessions of a store.
#[derive(Clone, Copy)]
pub struct Sessions<'s>(pub(crate) &'s Store);

impl Sessions<'_> {
    /// Keeps a new session.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open(&self, session: &Session) -> Result<(), StoreError> {
        let insert =
            "INSERT INTO loam_session (token_hash, account, created, seen, expires) VALUES ($1, $2, $3, $4, $5)";
        let statement = Statement::new(insert)
            .text(session.token_hash.as_str())
            .id(session.account)
            .moment(session.created)
            .moment(session.seen)
            .moment(session.expires);
        self.0.execute(statement).await.map(drop)
    }

    /// The session and its account in one statement, unless it has ended or the account may not sign in.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find(&self, token_hash: &str, now: Timestamp) -> Result<Option<(Session, Account)>, StoreError> {
        let live = if self.0.dialect() == Dialect::Sqlite { "a.active = 1" } else { "a.active" };
        let select = format!(
            "SELECT s.token_hash, s.account, s.created, s.seen, s.expires, a.id, a.login, a.name, a.password_hash, \
             a.person, a.roles, a.active, a.locale, a.created_at FROM loam_session s \
             JOIN loam_account a ON a.id = s.account WHERE s.token_hash = $1 AND s.expires > $2 AND {live}"
        );
        let mut columns = vec![Column::Text, Column::Id, Column::DateTime, Column::DateTime, Column::DateTime];
        columns.extend(account::COLUMNS);
        let statement = Statement::new(select).text(token_hash).moment(now).gives(columns);
        let Some(row) = self.0.fetch(&statement).await?.pop() else { return Ok(None) };
        let mut row = Taken::new("loam_session", row);
        let session = Session {
            token_hash: row.text()?,
            account: row.id()?,
            created: row.moment()?,
            seen: row.moment()?,
            expires: row.moment()?,
        };
        Ok(Some((session, account::read(&mut row)?)))
    }

    /// Notes its use and moves its end. Callers do this every few minutes, not every request.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn touch(&self, token_hash: &str, seen: Timestamp, expires: Timestamp) -> Result<(), StoreError> {
        let update = "UPDATE loam_session SET seen = $1, expires = $2 WHERE token_hash = $3";
        self.0.execute(Statement::new(update).moment(seen).moment(expires).text(token_hash)).await.map(drop)
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close(&self, token_hash: &str) -> Result<(), StoreError> {
        self.0
            .execute(Statement::new("DELETE FROM loam_session WHERE token_hash = $1").text(token_hash))
            .await
            .map(drop)
    }

    /// Ends every session of an account, after a new password for instance.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close_all(&self, account: UserId) -> Result<(), StoreError> {
        self.0.execute(Statement::new("DELETE FROM loam_session WHERE account = $1").id(account)).await.map(drop)
    }

    /// Forgets sessions that ended before this moment; answers how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sweep(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.0.execute(Statement::new("DELETE FROM loam_session WHERE expires < $1").moment(before)).await
    }
}
