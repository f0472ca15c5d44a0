//! Second factors: the secret of an authenticator app, recovery codes by their hash, and passkeys.

use model::{RecordId, Timestamp, UserId};

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// The secret an authenticator app shares with us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredCode {
    /// The secret, sealed.
    pub secret: String,
    /// When it was set up.
    pub made: Timestamp,
    /// The last step whose code was used; neither it nor an earlier one is taken again.
    pub last_step: i64,
}

/// The codes of a store.
#[derive(Clone, Copy)]
pub struct Codes<'s>(pub(crate) &'s Store);

impl Codes<'_> {
    /// The app's secret of an account.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, account: UserId) -> Result<Option<StoredCode>, StoreError> {
        let select = "SELECT secret, made, last_step FROM loam_code WHERE account = $1";
        let columns = [Column::Text, Column::DateTime, Column::Int];
        let found = self.0.fetch(&Statement::new(select).id(account).gives(columns)).await?.pop();
        let read = |row| {
            let mut row = Taken::new("loam_code", row);
            Ok(StoredCode { secret: row.text()?, made: row.moment()?, last_step: row.int()? })
        };
        found.map(read).transpose()
    }

    /// What is kept as the secret of every account that has one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn all(&self) -> Result<Vec<(UserId, String)>, StoreError> {
        let select = "SELECT account, secret FROM loam_code ORDER BY account";
        let rows = self.0.fetch(&Statement::new(select).gives([Column::Id, Column::Text])).await?;
        let read = |row| {
            let mut row = Taken::new("loam_code", row);
            Ok((row.id()?, row.text()?))
        };
        rows.into_iter().map(read).collect()
    }

    /// Takes the code of a step: `false` when that step, or a later one, was taken before. Of several who try, one gets it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn take_step(&self, account: UserId, step: i64) -> Result<bool, StoreError> {
        let update = "UPDATE loam_code SET last_step = $1 WHERE account = $2 AND last_step < $3";
        Ok(self.0.execute(Statement::new(update).int(step).id(account).int(step)).await? > 0)
    }

    /// How many recovery codes are left.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn recovery_left(&self, account: UserId) -> Result<i64, StoreError> {
        let select = Statement::new("SELECT count(*) FROM loam_recovery WHERE account = $1").id(account);
        match self.0.fetch(&select.gives([Column::Int])).await?.pop() {
            Some(row) => Taken::new("loam_recovery", row).int(),
            None => Ok(0),
        }
    }
}

/// A passkey: a key pair of which we hold the public half.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: RecordId,
    /// Whose it is.
    pub account: UserId,
    /// The authenticator's name for it, in base 64.
    pub credential: String,
    /// The public key as COSE, in base 64.
    pub public_key: String,
    /// The authenticator's count of uses; 0 when it keeps none.
    pub count: i64,
    /// What its owner calls it.
    pub name: String,
    /// When it was made.
    pub made: Timestamp,
    /// When it was last used.
    pub used: Option<Timestamp>,
}

/// The passkeys of a store.
#[derive(Clone, Copy)]
pub struct Passkeys<'s>(pub(crate) &'s Store);

const SELECT: &str = "SELECT id, account, credential, public_key, count, name, made, used FROM loam_passkey";

impl Passkeys<'_> {
    async fn find(&self, statement: Statement) -> Result<Vec<Passkey>, StoreError> {
        let columns = [
            Column::Id,
            Column::Id,
            Column::Text,
            Column::Text,
            Column::Int,
            Column::Text,
            Column::DateTime,
            Column::DateTime,
        ];
        let rows = self.0.fetch(&statement.gives(columns)).await?;
        let read = |row| {
            let mut row = Taken::new("loam_passkey", row);
            Ok(Passkey {
                id: row.id()?,
                account: row.id()?,
                credential: row.text()?,
                public_key: row.text()?,
                count: row.int()?,
                name: row.text()?,
                made: row.moment()?,
                used: row.maybe_moment()?,
            })
        };
        rows.into_iter().map(read).collect()
    }

    /// The passkeys of an account, the oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, account: UserId) -> Result<Vec<Passkey>, StoreError> {
        self.find(Statement::new(format!("{SELECT} WHERE account = $1 ORDER BY id")).id(account)).await
    }

    /// The passkey an authenticator names so.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn named(&self, credential: &str) -> Result<Option<Passkey>, StoreError> {
        Ok(self.find(Statement::new(format!("{SELECT} WHERE credential = $1")).text(credential)).await?.pop())
    }

    /// Notes a use; `false` when the authenticator's count did not go up although it keeps one: a copy may be about.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn used(&self, id: RecordId, count: i64, at: Timestamp) -> Result<bool, StoreError> {
        let update =
            "UPDATE loam_passkey SET count = $1, used = $2 WHERE id = $3 AND (count < $4 OR (count = 0 AND $5 = 0))";
        let statement = Statement::new(update).int(count).moment(at).id(id).int(count).int(count);
        Ok(self.0.execute(statement).await? > 0)
    }
}

impl Tx {
    /// Keeps the secret of an account's app, in place of one before it, and these recovery codes in place of all before them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_code(
        &mut self,
        account: UserId,
        code: &StoredCode,
        recovery: &[String],
    ) -> Result<(), StoreError> {
        let upsert = "INSERT INTO loam_code (account, secret, made, last_step) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT (account) DO UPDATE SET secret = excluded.secret, made = excluded.made, \
                      last_step = excluded.last_step";
        let statement =
            Statement::new(upsert).id(account).text(code.secret.as_str()).moment(code.made).int(code.last_step);
        self.execute(&statement).await?;
        self.execute(&Statement::new("DELETE FROM loam_recovery WHERE account = $1").id(account)).await?;
        let insert = "INSERT INTO loam_recovery (account, code_hash) VALUES ($1, $2)";
        for hash in recovery {
            self.execute(&Statement::new(insert).id(account).text(hash.as_str())).await?;
        }
        Ok(())
    }

    /// Puts a secret that was sealed anew in the place of the same one; one that was changed meanwhile stays.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn reseal_code(&mut self, account: UserId, before: &str, after: &str) -> Result<(), StoreError> {
        let update = "UPDATE loam_code SET secret = $1 WHERE account = $2 AND secret = $3";
        self.execute(&Statement::new(update).text(after).id(account).text(before)).await.map(drop)
    }

    /// Takes a recovery code, which is gone then; `false` when there is none like that.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn take_recovery(&mut self, account: UserId, hash: &str) -> Result<bool, StoreError> {
        let delete = "DELETE FROM loam_recovery WHERE account = $1 AND code_hash = $2";
        Ok(self.execute(&Statement::new(delete).id(account).text(hash)).await? > 0)
    }

    /// Forgets the secret of an account's app, and its recovery codes; `false` when there was no secret.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn drop_code(&mut self, account: UserId) -> Result<bool, StoreError> {
        self.execute(&Statement::new("DELETE FROM loam_recovery WHERE account = $1").id(account)).await?;
        Ok(self.execute(&Statement::new("DELETE FROM loam_code WHERE account = $1").id(account)).await? > 0)
    }

    /// Keeps a new passkey; `false`, and nothing changed, when one of that name is kept already.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn add_passkey(&mut self, passkey: &Passkey) -> Result<bool, StoreError> {
        let insert = "INSERT INTO loam_passkey (id, account, credential, public_key, count, name, made) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential) DO NOTHING";
        let statement = Statement::new(insert)
            .id(passkey.id)
            .id(passkey.account)
            .text(passkey.credential.as_str())
            .text(passkey.public_key.as_str())
            .int(passkey.count)
            .text(passkey.name.as_str())
            .moment(passkey.made);
        Ok(self.execute(&statement).await? > 0)
    }

    /// Forgets a passkey of an account; `false` when it has none like that.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn drop_passkey(&mut self, account: UserId, id: RecordId) -> Result<bool, StoreError> {
        let delete = "DELETE FROM loam_passkey WHERE id = $1 AND account = $2";
        Ok(self.execute(&Statement::new(delete).id(id).id(account)).await? > 0)
    }

    /// Forgets every passkey of an account; answers how many.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn drop_passkeys(&mut self, account: UserId) -> Result<u64, StoreError> {
        self.execute(&Statement::new("DELETE FROM loam_passkey WHERE account = $1").id(account)).await
    }
}
