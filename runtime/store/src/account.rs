//! Sign-in accounts. Who may change them is the engine's business; here they are rows.

use model::{Locale, RecordId, Timestamp, UserId};

use crate::{Store, StoreError};

/// A sign-in account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Its id.
    pub id: UserId,
    /// What is typed to sign in; unique.
    pub login: String,
    /// What others read.
    pub name: String,
    /// The password's hash in PHC form; empty when there is no password to sign in with.
    pub password_hash: String,
    /// The person behind it.
    pub person: Option<RecordId>,
    /// Names of the roles assigned to it.
    pub roles: Vec<String>,
    /// Whether it may sign in.
    pub active: bool,
    /// Language of pages and messages.
    pub locale: Locale,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The accounts of a store.
#[derive(Clone, Copy)]
pub struct Accounts<'s>(pub(crate) &'s Store);

impl Accounts<'_> {
    /// The account with this login, exactly as written.
    pub async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        let _ = login;
        crate::store::later()
    }
    /// The account with this id.
    pub async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        let _ = id;
        crate::store::later()
    }
    /// The accounts with these logins, for mentions.
    pub async fn by_logins(&self, logins: &[String]) -> Result<Vec<Account>, StoreError> {
        let _ = logins;
        crate::store::later()
    }
    /// The account of a person.
    pub async fn by_person(&self, person: RecordId) -> Result<Option<Account>, StoreError> {
        let _ = person;
        crate::store::later()
    }
    /// All accounts, by login.
    pub async fn all(&self) -> Result<Vec<Account>, StoreError> {
        crate::store::later()
    }
    /// What people call these accounts; unknown ids are left out.
    pub async fn names(&self, ids: &[UserId]) -> Result<Vec<(UserId, String)>, StoreError> {
        let _ = ids;
        crate::store::later()
    }
    /// Makes accounts, all or none.
    pub async fn add(&self, accounts: &[Account]) -> Result<(), StoreError> {
        let _ = accounts;
        crate::store::later()
    }
    /// Replaces everything of an account but its id and creation; `false` when it is not there.
    pub async fn save(&self, account: &Account) -> Result<bool, StoreError> {
        let _ = account;
        crate::store::later()
    }
}
