//! Who somebody is at another sign-in service: its name for itself and its name for them, tied to an account of ours.
//!
//! INVARIANT: an identity belongs to one account, and an account has one identity at a service; the table holds both.

use model::{Timestamp, UserId};

use crate::{
    Account, Store, StoreError, Tx, account,
    row::Taken,
    sql::{Column, Statement},
};

/// A tie between an account and who its owner is elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The service's name for itself, an address.
    pub issuer: String,
    /// Its name for the person, which it gives to nobody else.
    pub subject: String,
    /// The account.
    pub account: UserId,
    /// When they were tied.
    pub made: Timestamp,
    /// When it was last signed in by.
    pub used: Option<Timestamp>,
}

/// The identities of a store.
#[derive(Clone, Copy)]
pub struct Identities<'s>(pub(crate) &'s Store);

const OWN: &str = "i.issuer, i.subject, i.account, i.made, i.used";
const COLUMNS: [Column; 5] = [Column::Text, Column::Text, Column::Id, Column::DateTime, Column::DateTime];

fn read(row: &mut Taken) -> Result<Identity, StoreError> {
    Ok(Identity {
        issuer: row.text()?,
        subject: row.text()?,
        account: row.id()?,
        made: row.moment()?,
        used: row.maybe_moment()?,
    })
}

impl Identities<'_> {
    async fn find(&self, statement: Statement) -> Result<Vec<Identity>, StoreError> {
        let rows = self.0.fetch(&statement.gives(COLUMNS)).await?;
        rows.into_iter().map(|row| read(&mut Taken::new("loam_identity", row))).collect()
    }

    /// The identities of an account, by service.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, account: UserId) -> Result<Vec<Identity>, StoreError> {
        let select = format!("SELECT {OWN} FROM loam_identity i WHERE i.account = $1 ORDER BY i.issuer");
        self.find(Statement::new(select).id(account)).await
    }

    /// The tie of whom a service calls so.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn named(&self, issuer: &str, subject: &str) -> Result<Option<Identity>, StoreError> {
        let select = format!("SELECT {OWN} FROM loam_identity i WHERE i.issuer = $1 AND i.subject = $2");
        Ok(self.find(Statement::new(select).text(issuer).text(subject)).await?.pop())
    }

    /// Everybody tied to a service with their accounts, by login; `most` at most.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn at(&self, issuer: &str, most: u32) -> Result<Vec<(Identity, Account)>, StoreError> {
        let select = format!(
            "SELECT {OWN}, a.id, a.login, a.name, a.password_hash, a.person, a.roles, a.active, a.locale, a.created_at \
             FROM loam_identity i JOIN loam_account a ON a.id = i.account WHERE i.issuer = $1 ORDER BY a.login LIMIT $2"
        );
        let mut columns = COLUMNS.to_vec();
        columns.extend(account::COLUMNS);
        let rows = self.0.fetch(&Statement::new(select).text(issuer).int(most.into()).gives(columns)).await?;
        let both = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_identity", row);
            Ok((read(&mut row)?, account::read(&mut row)?))
        });
        both.collect()
    }

    /// Notes that somebody signed in by it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn used(&self, identity: &Identity, at: Timestamp) -> Result<(), StoreError> {
        let update = "UPDATE loam_identity SET used = $1 WHERE issuer = $2 AND subject = $3";
        let statement =
            Statement::new(update).moment(at).text(identity.issuer.as_str()).text(identity.subject.as_str());
        self.0.execute(statement).await.map(drop)
    }
}

impl Tx {
    /// Ties an identity; `false`, and nothing changed, when it is tied already or the account has another one there.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tie(&mut self, identity: &Identity) -> Result<bool, StoreError> {
        let insert = "INSERT INTO loam_identity (issuer, subject, account, made) VALUES ($1, $2, $3, $4) \
                      ON CONFLICT DO NOTHING";
        let statement = Statement::new(insert)
            .text(identity.issuer.as_str())
            .text(identity.subject.as_str())
            .id(identity.account)
            .moment(identity.made);
        Ok(self.execute(&statement).await? > 0)
    }

    /// Unties an account from a service; `false` when it was not tied.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn untie(&mut self, account: UserId, issuer: &str) -> Result<bool, StoreError> {
        let delete = "DELETE FROM loam_identity WHERE account = $1 AND issuer = $2";
        Ok(self.execute(&Statement::new(delete).id(account).text(issuer)).await? > 0)
    }

    /// Unties everybody from a service; answers how many that were.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn untie_all(&mut self, issuer: &str) -> Result<u64, StoreError> {
        self.execute(&Statement::new("DELETE FROM loam_identity WHERE issuer = $1").text(issuer)).await
    }
}
