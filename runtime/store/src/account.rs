//! Sign-in accounts. Who may change them is the engine's business; here they are rows.

use std::{collections::HashMap, sync::Arc};

use model::{Locale, RecordId, Timestamp, UserId, Value};

use crate::{
    NewPassword, Store, StoreError, Tx,
    database::understand,
    row::Taken,
    sql::{Column, Dialect, Statement},
};

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

const ALL: &str = "SELECT id, login, name, password_hash, person, roles, active, locale, created_at FROM loam_account";

/// What the columns of an account hold.
pub(crate) const COLUMNS: [Column; 9] = [
    Column::Id,
    Column::Text,
    Column::Text,
    Column::Text,
    Column::Id,
    Column::Text,
    Column::Bool,
    Column::Text,
    Column::DateTime,
];

/// Reads an account from the columns above.
pub(crate) fn read(row: &mut Taken) -> Result<Account, StoreError> {
    Ok(Account {
        id: row.id()?,
        login: row.text()?,
        name: row.text()?,
        password_hash: row.text()?,
        person: row.maybe_id()?,
        roles: serde_json::from_value(row.json()?).map_err(|_| StoreError::bad("loam_account", "roles", ""))?,
        active: row.flag()?,
        locale: Locale::parse(&row.text()?).unwrap_or(Locale::ZhCn),
        created_at: row.moment()?,
    })
}

/// Everything of an account but its id and creation, bound in the order of its columns.
fn bound(statement: Statement, account: &Account) -> Statement {
    statement
        .text(account.login.as_str())
        .text(account.name.as_str())
        .text(account.password_hash.as_str())
        .bind(account.person, Column::Id)
        .text(serde_json::Value::from(account.roles.clone()).to_string())
        .bind(account.active, Column::Bool)
        .text(account.locale.tag())
}

impl Accounts<'_> {
    async fn find(&self, statement: Statement) -> Result<Vec<Account>, StoreError> {
        let rows = self.0.fetch(&statement.gives(COLUMNS)).await?;
        rows.into_iter().map(|row| read(&mut Taken::new("loam_account", row))).collect()
    }

    /// The account with this login. Capital letters count as small ones, so that no two logins look alike.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn by_login(&self, login: &str) -> Result<Option<Account>, StoreError> {
        Ok(self.find(Statement::new(format!("{ALL} WHERE lower(login) = lower($1)")).text(login)).await?.pop())
    }

    /// The account with this id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn by_id(&self, id: UserId) -> Result<Option<Account>, StoreError> {
        Ok(self.find(Statement::new(format!("{ALL} WHERE id = $1")).id(id)).await?.pop())
    }

    /// The accounts with these logins, for mentions; unknown ones are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn by_logins(&self, logins: &[String]) -> Result<Vec<Account>, StoreError> {
        let among = self.0.dialect().among(Column::Texts, 1);
        let logins = logins.iter().map(|login| Value::Text(login.clone())).collect();
        let statement = Statement::new(format!("{ALL} WHERE login {among} ORDER BY login"));
        self.find(statement.bind(Value::List(logins), Column::Texts)).await
    }

    /// The account of a person; the first made when there are several, as databases from before may have.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn by_person(&self, person: RecordId) -> Result<Option<Account>, StoreError> {
        Ok(self.find(Statement::new(format!("{ALL} WHERE person = $1 ORDER BY id LIMIT 1")).id(person)).await?.pop())
    }

    /// The active accounts of people.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of_people(&self, people: &[RecordId]) -> Result<Vec<Account>, StoreError> {
        Ok(self.ever_of_people(people).await?.into_iter().filter(|account| account.active).collect())
    }

    /// The accounts of people, those that are disabled too.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn ever_of_people(&self, people: &[RecordId]) -> Result<Vec<Account>, StoreError> {
        let among = self.0.dialect().among(Column::Ids, 1);
        let statement = Statement::new(format!("{ALL} WHERE person {among} ORDER BY id")).ids(people).gives(COLUMNS);
        let found = self.0.fetch(&statement).await?.into_iter().map(|row| read(&mut Taken::new("loam_account", row)));
        found.collect()
    }

    /// All accounts, by login.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn all(&self) -> Result<Vec<Account>, StoreError> {
        self.find(Statement::new(format!("{ALL} ORDER BY login"))).await
    }

    /// When accounts last proved who they are; those that never did are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn seen(&self) -> Result<HashMap<UserId, Timestamp>, StoreError> {
        let select = "SELECT id, seen FROM loam_account WHERE seen IS NOT NULL";
        let rows = self.0.fetch(&Statement::new(select).gives([Column::Id, Column::DateTime])).await?;
        let taken = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_account", row);
            Ok((row.id()?, row.moment()?))
        });
        taken.collect()
    }

    /// The active accounts that nobody has used since a moment: neither signed in, nor by a session, nor by a program's token; those
    /// made or let in again since then are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn unused(&self, since: Timestamp) -> Result<Vec<UserId>, StoreError> {
        let live = if self.0.dialect() == Dialect::Sqlite { "a.active = 1" } else { "a.active" };
        let select = format!(
            "SELECT a.id FROM loam_account a WHERE {live} AND coalesce(a.seen, a.created_at) < $1 AND a.created_at < $2 \
             AND coalesce(a.enabled, a.created_at) < $3 \
             AND NOT EXISTS (SELECT 1 FROM loam_session s WHERE s.account = a.id AND s.seen >= $4) \
             AND NOT EXISTS (SELECT 1 FROM loam_token t WHERE t.account = a.id AND coalesce(t.used, t.created) >= $5) ORDER BY a.id"
        );
        let statement = (0..5).fold(Statement::new(select), |statement, _| statement.moment(since));
        let rows = self.0.fetch(&statement.gives([Column::Id])).await?;
        rows.into_iter().map(|row| Taken::new("loam_account", row).id()).collect()
    }

    /// What people call these accounts; unknown ids are left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn names(&self, ids: &[UserId]) -> Result<Vec<(UserId, String)>, StoreError> {
        let among = self.0.dialect().among(Column::Ids, 1);
        let statement = Statement::new(format!("SELECT id, name FROM loam_account WHERE id {among}"));
        let rows = self.0.fetch(&statement.ids(ids).gives([Column::Id, Column::Text])).await?;
        let taken = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_account", row);
            Ok((row.id()?, row.text()?))
        });
        taken.collect()
    }

    /// Makes accounts, all or none.
    ///
    /// # Errors
    /// [`StoreError::LoginTaken`] when one of the logins is, and those of the database.
    pub async fn add(&self, accounts: &[Account]) -> Result<(), StoreError> {
        let accounts: Arc<[Account]> = accounts.into();
        self.0
            .tend(move |tx| {
                let accounts = accounts.clone();
                Box::pin(async move { tx.add_accounts(&accounts).await })
            })
            .await
    }

    /// Changes an account as `judge` says, and its password if there is a new one, who sees it as it is and every other active account with a role; what it refuses
    /// changes nothing. One such change runs at a time, on all nodes. `None` when there is no such account.
    ///
    /// # Errors
    /// [`StoreError::LoginTaken`] when another account has the login, and those of the database.
    pub async fn revise<R, F>(
        &self,
        id: UserId,
        password: Option<NewPassword>,
        judge: F,
    ) -> Result<Option<Result<Account, R>>, StoreError>
    where
        R: Send + 'static,
        F: Fn(&Account, &[Account]) -> Result<Account, R> + Send + Sync + 'static,
    {
        let judge = Arc::new(judge);
        self.0
            .tend(move |tx| {
                let (judge, password) = (judge.clone(), password.clone());
                Box::pin(async move { tx.revise_account(id, password.as_ref(), judge.as_ref()).await })
            })
            .await
    }

    /// Replaces everything of an account but its id and creation; `false` when it is not there.
    ///
    /// # Errors
    /// [`StoreError::LoginTaken`] when another account has the login, and those of the database.
    pub async fn save(&self, account: &Account) -> Result<bool, StoreError> {
        let account = account.clone();
        self.0
            .tend(move |tx| {
                let account = account.clone();
                Box::pin(async move { tx.save_account(&account).await })
            })
            .await
    }
}

impl Tx {
    /// The account with this id, as it is in the transaction.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn account(&mut self, id: UserId) -> Result<Option<Account>, StoreError> {
        let found = self.first(&Statement::new(format!("{ALL} WHERE id = $1")).id(id).gives(COLUMNS)).await?;
        found.map(|row| read(&mut Taken::new("loam_account", row))).transpose()
    }

    /// The active accounts of these people, in the order they were made.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn accounts_of(&mut self, people: &[RecordId]) -> Result<Vec<Account>, StoreError> {
        let among = self.link.dialect().among(Column::Ids, 1);
        self.accounts_where(&format!("person {among}"), |statement| statement.ids(people)).await
    }

    /// Active accounts for which a condition holds.
    pub(crate) async fn accounts_where(
        &mut self,
        condition: &str,
        bind: impl FnOnce(Statement) -> Statement,
    ) -> Result<Vec<Account>, StoreError> {
        let statement = bind(Statement::new(format!("{ALL} WHERE {condition} ORDER BY id"))).gives(COLUMNS);
        let found = self.fetch(&statement).await?.into_iter();
        let found = found.map(|row| read(&mut Taken::new("loam_account", row))).collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().filter(|account| account.active).collect())
    }

    /// Waits until nobody else judges accounts by one another; from then to the end of the transaction nobody does.
    async fn judge_accounts(&mut self) -> Result<(), StoreError> {
        if self.link.dialect() == Dialect::Postgres {
            // One number beside those of the schema's locks; SQLite has one writer anyway.
            self.link.say("SELECT pg_advisory_xact_lock(77103602)").await.map_err(understand)?;
        }
        Ok(())
    }

    /// The account of a person, whether it may sign in or not. Until the end of the transaction nobody else gets here, so that
    /// whoever finds none may make one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn account_of_person(&mut self, person: RecordId) -> Result<Option<Account>, StoreError> {
        self.judge_accounts().await?;
        let select = Statement::new(format!("{ALL} WHERE person = $1 ORDER BY id LIMIT 1")).id(person).gives(COLUMNS);
        let found = self.first(&select).await?;
        found.map(|row| read(&mut Taken::new("loam_account", row))).transpose()
    }

    /// An account, and every other active one with a role. Until the end of the transaction nobody else gets here.
    async fn account_among_others(&mut self, id: UserId) -> Result<Option<(Account, Vec<Account>)>, StoreError> {
        self.judge_accounts().await?;
        let dialect = self.link.dialect();
        let live = if dialect == Dialect::Sqlite { "active = 1" } else { "active" };
        let select = format!("{ALL} WHERE id = $1 OR ({live} AND roles <> '[]') ORDER BY id");
        let rows = self.fetch(&Statement::new(select).id(id).gives(COLUMNS)).await?;
        let all = rows.into_iter().map(|row| read(&mut Taken::new("loam_account", row)));
        let (mut one, others): (Vec<_>, Vec<_>) =
            all.collect::<Result<Vec<_>, _>>()?.into_iter().partition(|a| a.id == id);
        Ok(one.pop().map(|one| (one, others)))
    }

    /// Changes an account as `judge` says, and its password if there is a new one; see [`Accounts::revise`].
    ///
    /// # Errors
    /// [`StoreError::LoginTaken`] when another account has the login, and those of the database.
    pub async fn revise_account<R>(
        &mut self,
        id: UserId,
        password: Option<&NewPassword>,
        judge: &(impl Fn(&Account, &[Account]) -> Result<Account, R> + Sync),
    ) -> Result<Option<Result<Account, R>>, StoreError> {
        let Some((account, others)) = self.account_among_others(id).await? else { return Ok(None) };
        let mut judged = judge(&account, &others);
        if let Ok(after) = &mut judged {
            if let Some(new) = password {
                after.password_hash.clone_from(&new.hash);
                self.note_password(id, &account.password_hash, new).await?;
            }
            self.save_account(after).await?;
        }
        Ok(Some(judged))
    }

    /// Notes that an account was let in again: from now on it counts as in use.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn note_enabled(&mut self, id: UserId, at: Timestamp) -> Result<(), StoreError> {
        let update = Statement::new("UPDATE loam_account SET enabled = $1 WHERE id = $2").moment(at).id(id);
        self.execute(&update).await.map(drop)
    }

    /// Makes an account; its password must be changed at the first sign-in, if `due`.
    ///
    /// # Errors
    /// [`StoreError::LoginTaken`] when the login is, and those of the database.
    pub async fn make_account(&mut self, account: &Account, due: bool) -> Result<(), StoreError> {
        self.add_accounts(std::slice::from_ref(account)).await?;
        let new = NewPassword { hash: account.password_hash.clone(), due, at: account.created_at };
        self.note_password(account.id, "", &new).await
    }

    /// Makes accounts.
    ///
    /// # Errors
    /// [`StoreError::LoginTaken`] when one of the logins is, and those of the database.
    pub async fn add_accounts(&mut self, accounts: &[Account]) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_account (login, name, password_hash, person, roles, active, locale, id, created_at) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
        for account in accounts {
            let statement = bound(Statement::new(insert), account).id(account.id).moment(account.created_at);
            self.execute(&statement).await.map_err(|error| taken(error, account))?;
        }
        Ok(())
    }

    /// Replaces everything of an account but its id and creation; `false` when it is not there.
    ///
    /// # Errors
    /// [`StoreError::LoginTaken`] when another account has the login, and those of the database.
    pub async fn save_account(&mut self, account: &Account) -> Result<bool, StoreError> {
        let update = "UPDATE loam_account SET login = $1, name = $2, password_hash = $3, person = $4, roles = $5, \
                      active = $6, locale = $7 WHERE id = $8";
        let statement = bound(Statement::new(update), account).id(account.id);
        Ok(self.execute(&statement).await.map_err(|error| taken(error, account))? > 0)
    }
}

fn taken(error: StoreError, account: &Account) -> StoreError {
    match crate::database::code(&error).as_deref() {
        Some("23505" | "2067" | "1555") => StoreError::LoginTaken(account.login.clone()),
        _ => error,
    }
}
