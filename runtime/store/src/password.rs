//! How old an account's password is, whether it must be changed, and those it had before.

use model::{Timestamp, UserId, Value};

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// Earlier passwords kept at most; a policy asks for no more.
const MOST_EARLIER: usize = 24;

/// What is known of an account's password besides its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasswordState {
    /// When it was set.
    pub changed: Timestamp,
    /// Whether it must be changed before anything else: somebody else set it.
    pub due: bool,
    /// Hashes of those before it, the newest first.
    pub earlier: Vec<String>,
}

/// A password being set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPassword {
    /// Its hash in PHC form.
    pub hash: String,
    /// Whether it must be changed at the next sign-in.
    pub due: bool,
    /// When.
    pub at: Timestamp,
}

/// The passwords of a store.
#[derive(Clone, Copy)]
pub struct Passwords<'s>(pub(crate) &'s Store);

const SELECT: &str = "SELECT changed, due, earlier FROM loam_password WHERE account = $1";
const COLUMNS: [Column; 3] = [Column::DateTime, Column::Bool, Column::Text];

fn read(row: Vec<Value>) -> Result<PasswordState, StoreError> {
    let mut row = Taken::new("loam_password", row);
    Ok(PasswordState {
        changed: row.moment()?,
        due: row.flag()?,
        earlier: serde_json::from_value(row.json()?).map_err(|_| StoreError::bad("loam_password", "earlier", ""))?,
    })
}

impl Passwords<'_> {
    /// What is known of an account's password; `None` when it was never changed since the account was made.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, account: UserId) -> Result<Option<PasswordState>, StoreError> {
        self.0.fetch(&Statement::new(SELECT).id(account).gives(COLUMNS)).await?.pop().map(read).transpose()
    }
}

impl Tx {
    /// Notes that an account got a password in place of the one with the hash `before`.
    pub(crate) async fn note_password(
        &mut self,
        account: UserId,
        before: &str,
        new: &NewPassword,
    ) -> Result<(), StoreError> {
        let known =
            self.fetch(&Statement::new(SELECT).id(account).gives(COLUMNS)).await?.pop().map(read).transpose()?;
        let mut earlier = known.map(|state| state.earlier).unwrap_or_default();
        if !before.is_empty() {
            earlier.insert(0, before.to_owned());
        }
        earlier.truncate(MOST_EARLIER);
        let upsert = "INSERT INTO loam_password (account, changed, due, earlier) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT (account) DO UPDATE SET changed = excluded.changed, due = excluded.due, \
                      earlier = excluded.earlier";
        let statement = Statement::new(upsert)
            .id(account)
            .moment(new.at)
            .bind(new.due, Column::Bool)
            .text(serde_json::Value::from(earlier).to_string());
        self.execute(&statement).await.map(drop)
    }
}
