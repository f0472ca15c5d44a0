//! When an account is told: not at night, not on days off, or once a day.

use jiff::civil::Time;
use model::UserId;

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// The step that makes the table.
pub(crate) const STEP: &str = "
CREATE TABLE loam_quiet (account ID PRIMARY KEY REFERENCES loam_account(id), begins TEXT, ends TEXT, rest_days BOOL NOT NULL, digest TEXT);
ALTER TABLE loam_notification ADD COLUMN due MOMENT;
";

/// When an account is told of things; at once, where nothing is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Quiet {
    /// Hours, by the app's clock, in which it is told nothing: from the first until the second, on the next day where that is
    /// earlier.
    pub hours: Option<(Time, Time)>,
    /// Whether it is told nothing on days that are not worked.
    pub rest_days: bool,
    /// The time of day at which it is told everything together.
    pub digest: Option<Time>,
}

/// The quiet times of a store.
#[derive(Clone, Copy)]
pub struct Quiets<'s>(pub(crate) &'s Store);

const SELECT: &str = "SELECT account, begins, ends, rest_days, digest FROM loam_quiet";
const COLUMNS: [Column; 5] = [Column::Id, Column::Text, Column::Text, Column::Bool, Column::Text];

fn taken(row: Vec<model::Value>) -> Result<(UserId, Quiet), StoreError> {
    let mut row = Taken::new("loam_quiet", row);
    let account = row.id()?;
    let time = |text: Option<String>| {
        let parsed = text.as_deref().map(str::parse::<Time>).transpose();
        parsed.map_err(|_| StoreError::bad("loam_quiet", "begins", account.to_string()))
    };
    let (begins, ends) = (row.maybe_text()?, row.maybe_text()?);
    let hours = time(begins)?.zip(time(ends)?);
    let rest_days = row.flag()?;
    Ok((account, Quiet { hours, rest_days, digest: time(row.maybe_text()?)? }))
}

impl Quiets<'_> {
    /// What an account said.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, account: UserId) -> Result<Quiet, StoreError> {
        let statement = Statement::new(format!("{SELECT} WHERE account = $1")).id(account).gives(COLUMNS);
        let found = self.0.fetch(&statement).await?.pop().map(taken).transpose()?;
        Ok(found.map(|(_, quiet)| quiet).unwrap_or_default())
    }
}

impl Tx {
    /// What accounts said; those that said nothing are not among them.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn quiets(&mut self, accounts: &[UserId]) -> Result<Vec<(UserId, Quiet)>, StoreError> {
        let among = self.link.dialect().among(Column::Ids, 1);
        let statement = Statement::new(format!("{SELECT} WHERE account {among}")).ids(accounts).gives(COLUMNS);
        self.fetch(&statement).await?.into_iter().map(taken).collect()
    }

    /// Keeps what an account says.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn keep_quiet(&mut self, account: UserId, quiet: &Quiet) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_quiet (account, begins, ends, rest_days, digest) VALUES ($1, $2, $3, $4, $5) \
                      ON CONFLICT (account) DO UPDATE SET begins = excluded.begins, ends = excluded.ends, \
                      rest_days = excluded.rest_days, digest = excluded.digest";
        let text = |time: Time| time.strftime("%H:%M").to_string();
        let statement = Statement::new(insert)
            .id(account)
            .bind(quiet.hours.map(|(begins, _)| text(begins)), Column::Text)
            .bind(quiet.hours.map(|(_, ends)| text(ends)), Column::Text)
            .bind(model::Value::Bool(quiet.rest_days), Column::Bool)
            .bind(quiet.digest.map(text), Column::Text);
        self.execute(&statement).await.map(drop)
    }
}
