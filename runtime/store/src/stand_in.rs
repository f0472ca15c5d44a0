//! Stand-ins: an account that acts in another's place for a while, within limits; or only looks at what the other sees.

use model::{RecordId, Timestamp, UserId};

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// The step that makes the table.
pub(crate) const STEP: &str = "
CREATE TABLE loam_stand_in (id ID PRIMARY KEY, giver ID NOT NULL REFERENCES loam_account(id), taker ID NOT NULL REFERENCES loam_account(id), since MOMENT NOT NULL, until MOMENT NOT NULL, writes BOOL NOT NULL, entities JSON NOT NULL, looks BOOL NOT NULL, reason TEXT NOT NULL, made MOMENT NOT NULL, ended MOMENT);
CREATE INDEX loam_stand_in_giver ON loam_stand_in (giver, until);
CREATE INDEX loam_stand_in_taker ON loam_stand_in (taker, until);
";

/// One account in another's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandIn {
    /// Its id.
    pub id: RecordId,
    /// Whose place is taken.
    pub giver: UserId,
    /// Who takes it.
    pub taker: UserId,
    /// From when.
    pub since: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Whether anything may be changed.
    pub writes: bool,
    /// The entities it is for, by name; all when empty.
    pub entities: Vec<String>,
    /// Whether it was begun by somebody who may look at what others see, and not given.
    pub looks: bool,
    /// Why.
    pub reason: String,
    /// When it was made.
    pub made: Timestamp,
    /// When it was ended early.
    pub ended: Option<Timestamp>,
}

impl StandIn {
    /// Whether it is in force at that moment.
    pub fn holds(&self, now: Timestamp) -> bool {
        self.ended.is_none() && self.since <= now && now < self.until
    }

    /// Whether whoever takes it may act by it at that moment, and not only look.
    pub fn acts(&self, now: Timestamp) -> bool {
        self.holds(now) && self.writes && !self.looks
    }
}

/// The stand-ins of a store.
#[derive(Clone, Copy)]
pub struct StandIns<'s>(pub(crate) &'s Store);

const SELECT: &str =
    "SELECT id, giver, taker, since, until, writes, entities, looks, reason, made, ended FROM loam_stand_in";

const COLUMNS: [Column; 11] = [
    Column::Id,
    Column::Id,
    Column::Id,
    Column::DateTime,
    Column::DateTime,
    Column::Bool,
    Column::Text,
    Column::Bool,
    Column::Text,
    Column::DateTime,
    Column::DateTime,
];

fn read(row: Vec<model::Value>) -> Result<StandIn, StoreError> {
    let mut row = Taken::new("loam_stand_in", row);
    Ok(StandIn {
        id: row.id()?,
        giver: row.id()?,
        taker: row.id()?,
        since: row.moment()?,
        until: row.moment()?,
        writes: row.flag()?,
        entities: serde_json::from_value(row.json()?).map_err(|_| StoreError::bad("loam_stand_in", "entities", ""))?,
        looks: row.flag()?,
        reason: row.text()?,
        made: row.moment()?,
        ended: row.maybe_moment()?,
    })
}

impl StandIns<'_> {
    /// One by id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn by_id(&self, id: RecordId) -> Result<Option<StandIn>, StoreError> {
        let statement = Statement::new(format!("{SELECT} WHERE id = $1")).id(id).gives(COLUMNS);
        self.0.fetch(&statement).await?.pop().map(read).transpose()
    }

    /// Those that somebody gave and those they take, not over yet, the newest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn of(&self, account: UserId, now: Timestamp) -> Result<Vec<StandIn>, StoreError> {
        let select = format!(
            "{SELECT} WHERE (giver = $1 OR taker = $1) AND until > $2 AND ended IS NULL ORDER BY made DESC, id DESC LIMIT 200"
        );
        let statement = Statement::new(select).id(account).moment(now).gives(COLUMNS);
        self.0.fetch(&statement).await?.into_iter().map(read).collect()
    }
}

impl Tx {
    /// Those by which somebody stands in for one of these accounts, or one of these for them: in force, or yet to begin.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn stand_ins_between(
        &mut self,
        accounts: &[UserId],
        other: UserId,
        now: Timestamp,
    ) -> Result<Vec<StandIn>, StoreError> {
        let among = self.link.dialect().among(Column::Ids, 1);
        let select = format!(
            "{SELECT} WHERE until > $3 AND ended IS NULL AND (giver = $2 AND taker {among} OR taker = $2 AND giver {among})"
        );
        let statement = Statement::new(select).ids(accounts).id(other).moment(now).gives(COLUMNS);
        self.fetch(&statement).await?.into_iter().map(read).collect()
    }

    /// Those in force by which somebody may act, and not only look, in the place of one of these accounts.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn stand_ins_for(&mut self, givers: &[UserId], now: Timestamp) -> Result<Vec<StandIn>, StoreError> {
        let among = self.link.dialect().among(Column::Ids, 1);
        let select = format!("{SELECT} WHERE giver {among} AND until > $2 AND ended IS NULL ORDER BY id");
        let statement = Statement::new(select).ids(givers).moment(now).gives(COLUMNS);
        let found = self.fetch(&statement).await?.into_iter().map(read).collect::<Result<Vec<_>, _>>()?;
        Ok(found.into_iter().filter(|one| one.acts(now)).collect())
    }

    /// Keeps a new one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn add_stand_in(&mut self, one: &StandIn) -> Result<(), StoreError> {
        let insert = "INSERT INTO loam_stand_in (id, giver, taker, since, until, writes, entities, looks, reason, made) \
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
        let statement = Statement::new(insert)
            .id(one.id)
            .id(one.giver)
            .id(one.taker)
            .moment(one.since)
            .moment(one.until)
            .bind(one.writes, Column::Bool)
            .text(serde_json::Value::from(one.entities.clone()).to_string())
            .bind(one.looks, Column::Bool)
            .text(one.reason.as_str())
            .moment(one.made);
        self.execute(&statement).await.map(drop)
    }

    /// Ends one early; `false` when it is over already.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn end_stand_in(&mut self, id: RecordId, at: Timestamp) -> Result<bool, StoreError> {
        let update = "UPDATE loam_stand_in SET ended = $1 WHERE id = $2 AND ended IS NULL";
        Ok(self.execute(&Statement::new(update).moment(at).id(id)).await? > 0)
    }
}
