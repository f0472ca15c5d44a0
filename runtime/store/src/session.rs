//! Server-side sessions, found by the hash of their token: the token itself is never stored.

use model::{Timestamp, UserId};

use crate::{
    Account, Store, StoreError, Tx, account,
    row::Taken,
    sql::{Column, Dialect, Statement},
};

/// By which door a session was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Entrance {
    /// By our own: a password, a passkey.
    #[default]
    Here,
    /// By another sign-in service; a second factor of ours is asked for as usual.
    Elsewhere,
    /// By another sign-in service that is trusted to have asked for a second factor.
    Trusted,
}

impl Entrance {
    fn word(self) -> &'static str {
        match self {
            Self::Here => "here",
            Self::Elsewhere => "elsewhere",
            Self::Trusted => "trusted",
        }
    }

    fn read(word: &str) -> Option<Self> {
        [Self::Here, Self::Elsewhere, Self::Trusted].into_iter().find(|one| one.word() == word)
    }
}

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
    /// When they last proved who they are.
    pub proved: Timestamp,
    /// Where they signed in from.
    pub address: String,
    /// With what: the browser's own words, cut.
    pub device: String,
    /// By which door it was begun.
    pub entrance: Entrance,
    /// In which browser or program it was begun, by names without versions; empty where that said nothing, `None` where it is
    /// not known.
    pub browser: Option<String>,
}

/// What stands between an account and the rest of the system, read together with its session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Whether its password must be changed: somebody else set it.
    pub due: bool,
    /// When its password was set.
    pub changed: Timestamp,
    /// Whether it has a second factor.
    pub factor: bool,
}

/// The sessions of a store.
#[derive(Clone, Copy)]
pub struct Sessions<'s>(pub(crate) &'s Store);

const OWN: [Column; 10] = [
    Column::Text,
    Column::Id,
    Column::DateTime,
    Column::DateTime,
    Column::DateTime,
    Column::DateTime,
    Column::Text,
    Column::Text,
    Column::Text,
    Column::Text,
];

fn read(row: &mut Taken) -> Result<Session, StoreError> {
    Ok(Session {
        token_hash: row.text()?,
        account: row.id()?,
        created: row.moment()?,
        seen: row.moment()?,
        expires: row.moment()?,
        proved: row.moment()?,
        address: row.text()?,
        device: row.text()?,
        entrance: {
            let word = row.text()?;
            Entrance::read(&word).ok_or_else(|| StoreError::bad("loam_session", "entrance", &word))?
        },
        browser: row.maybe_text()?,
    })
}

impl Sessions<'_> {
    /// The session, its account and what stands before it in one statement, unless it has ended or the account may not
    /// sign in.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find(
        &self,
        token_hash: &str,
        now: Timestamp,
    ) -> Result<Option<(Session, Account, Standing)>, StoreError> {
        let (live, no) =
            if self.0.dialect() == Dialect::Sqlite { ("a.active = 1", "0") } else { ("a.active", "FALSE") };
        let select = format!(
            "SELECT s.token_hash, s.account, s.created, s.seen, s.expires, coalesce(s.proved, s.created), s.address, \
             s.device, s.entrance, s.browser, a.id, a.login, a.name, a.password_hash, a.person, a.roles, a.active, a.locale, \
             a.created_at, \
             coalesce(p.due, {no}), coalesce(p.changed, a.created_at), \
             EXISTS (SELECT 1 FROM loam_code c WHERE c.account = a.id) \
             OR EXISTS (SELECT 1 FROM loam_passkey k WHERE k.account = a.id) FROM loam_session s \
             JOIN loam_account a ON a.id = s.account LEFT JOIN loam_password p ON p.account = a.id \
             WHERE s.token_hash = $1 AND s.expires > $2 AND {live}"
        );
        let mut columns = OWN.to_vec();
        columns.extend(account::COLUMNS);
        columns.extend([Column::Bool, Column::DateTime, Column::Bool]);
        let statement = Statement::new(select).text(token_hash).moment(now).gives(columns);
        let Some(row) = self.0.fetch(&statement).await?.pop() else { return Ok(None) };
        let mut row = Taken::new("loam_session", row);
        let (session, account) = (read(&mut row)?, account::read(&mut row)?);
        let standing = Standing { due: row.flag()?, changed: row.moment()?, factor: row.flag()? };
        Ok(Some((session, account, standing)))
    }

    /// The account of a session that is still kept, whether it has ended or not: for whoever tells whose a cookie was that opens
    /// nothing any more.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn whose(&self, token_hash: &str) -> Result<Option<Account>, StoreError> {
        let select = "SELECT a.id, a.login, a.name, a.password_hash, a.person, a.roles, a.active, a.locale, a.created_at \
                      FROM loam_session s JOIN loam_account a ON a.id = s.account WHERE s.token_hash = $1";
        let statement = Statement::new(select).text(token_hash).gives(account::COLUMNS);
        let row = self.0.fetch(&statement).await?.pop();
        row.map(|row| account::read(&mut Taken::new("loam_account", row))).transpose()
    }

    /// The sessions of an account that have not ended, the last used first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, account: UserId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        let select = "SELECT token_hash, account, created, seen, expires, coalesce(proved, created), address, device, \
                      entrance, browser FROM loam_session WHERE account = $1 AND expires > $2 ORDER BY seen DESC, token_hash";
        let statement = Statement::new(select).id(account).moment(now).gives(OWN);
        self.0.fetch(&statement).await?.into_iter().map(|row| read(&mut Taken::new("loam_session", row))).collect()
    }

    /// Notes its use and moves its end. Callers do this every few minutes, not every request.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn touch(&self, token_hash: &str, seen: Timestamp, expires: Timestamp) -> Result<(), StoreError> {
        let update = "UPDATE loam_session SET seen = $1, expires = $2 WHERE token_hash = $3";
        self.0.execute(Statement::new(update).moment(seen).moment(expires).text(token_hash)).await.map(drop)
    }

    /// Forgets sessions that ended before this moment; answers how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn sweep(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.0.execute(Statement::new("DELETE FROM loam_session WHERE expires < $1").moment(before)).await
    }
}

impl Tx {
    /// Keeps a new session.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn open_session(&mut self, session: &Session) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_session \
                      (token_hash, account, created, seen, expires, proved, address, device, entrance, browser) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let statement = Statement::new(insert)
            .text(session.token_hash.as_str())
            .id(session.account)
            .moment(session.created)
            .moment(session.seen)
            .moment(session.expires)
            .moment(session.proved)
            .text(session.address.as_str())
            .text(session.device.as_str())
            .text(session.entrance.word())
            .bind(session.browser.clone(), Column::Text);
        self.execute(&statement).await?;
        let seen = Statement::new("UPDATE loam_account SET seen = $1 WHERE id = $2");
        self.execute(&seen.moment(session.seen).id(session.account)).await.map(drop)
    }

    /// Ends the sessions of an account that were used longest ago, so that besides this one so many stay.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close_oldest(&mut self, account: UserId, kept: &str, others: i64) -> Result<u64, StoreError> {
        let delete = "DELETE FROM loam_session WHERE account = $1 AND token_hash <> $2 AND token_hash NOT IN \
                      (SELECT token_hash FROM loam_session WHERE account = $3 AND token_hash <> $4 \
                      ORDER BY seen DESC, created DESC, token_hash LIMIT $5)";
        let statement = Statement::new(delete).id(account).text(kept).id(account).text(kept).int(others);
        self.execute(&statement).await
    }

    /// Ends a session; `false` when there is none like that.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close_session(&mut self, token_hash: &str) -> Result<bool, StoreError> {
        let delete = Statement::new("DELETE FROM loam_session WHERE token_hash = $1").text(token_hash);
        Ok(self.execute(&delete).await? > 0)
    }

    /// Ends one session of an account; `false` when it has none like that.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close_session_of(&mut self, account: UserId, token_hash: &str) -> Result<bool, StoreError> {
        let delete = "DELETE FROM loam_session WHERE account = $1 AND token_hash = $2";
        Ok(self.execute(&Statement::new(delete).id(account).text(token_hash)).await? > 0)
    }

    /// Ends every session of an account but one; answers how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close_other_sessions(&mut self, account: UserId, kept: &str) -> Result<u64, StoreError> {
        let delete = "DELETE FROM loam_session WHERE account = $1 AND token_hash <> $2";
        self.execute(&Statement::new(delete).id(account).text(kept)).await
    }

    /// Ends every session of an account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close_sessions(&mut self, account: UserId) -> Result<(), StoreError> {
        let delete = Statement::new("DELETE FROM loam_session WHERE account = $1").id(account);
        self.execute(&delete).await.map(drop)
    }

    /// Ends every session that was begun at another sign-in service by an account tied to it; answers how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn close_elsewhere(&mut self, issuer: &str) -> Result<u64, StoreError> {
        let delete = "DELETE FROM loam_session WHERE entrance <> 'here' \
                      AND account IN (SELECT account FROM loam_identity WHERE issuer = $1)";
        self.execute(&Statement::new(delete).text(issuer)).await
    }
}
