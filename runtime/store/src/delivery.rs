//! When rows last came from the system that an entity's rows come from.

use std::collections::HashMap;

use model::{Timestamp, Value};

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// The step that makes the table.
pub(crate) const STEP: &str = "
CREATE TABLE loam_delivery (entity TEXT PRIMARY KEY, arrived MOMENT NOT NULL, changed MOMENT);
";

/// The newest delivery of an entity's rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// When rows last came, whether or not they said anything new.
    pub arrived: Timestamp,
    /// When a row that came was last new or different.
    pub changed: Option<Timestamp>,
}

impl Tx {
    /// Notes that rows of the entity came now, and whether one of them was new or different.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn delivered(&mut self, entity: &str, anything_new: bool) -> Result<(), StoreError> {
        let now = self.asking().now;
        let changed = if anything_new { now.into() } else { Value::Null };
        let sql = "INSERT INTO loam_delivery (entity, arrived, changed) VALUES ($1, $2, $3) \
                   ON CONFLICT (entity) DO UPDATE SET arrived = $2, changed = coalesce($3, loam_delivery.changed)";
        let statement = Statement::new(sql).text(entity).moment(now).bind(changed, Column::DateTime);
        self.execute(&statement).await.map(drop)
    }
}

impl Store {
    /// The newest delivery of each entity that had one, by name.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn deliveries(&self) -> Result<HashMap<String, Delivery>, StoreError> {
        let sql = "SELECT entity, arrived, changed FROM loam_delivery";
        let statement = Statement::new(sql).gives([Column::Text, Column::DateTime, Column::DateTime]);
        let mut found = HashMap::new();
        for row in self.fetch(&statement).await? {
            let mut row = Taken::new("loam_delivery", row);
            found.insert(row.text()?, Delivery { arrived: row.moment()?, changed: row.maybe_moment()? });
        }
        Ok(found)
    }

    /// The newest delivery of an entity's rows; `None` before the first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn delivery(&self, entity: &str) -> Result<Option<Delivery>, StoreError> {
        let sql = "SELECT arrived, changed FROM loam_delivery WHERE entity = $1";
        let statement = Statement::new(sql).text(entity).gives([Column::DateTime, Column::DateTime]);
        let Some(row) = self.first(&statement).await? else { return Ok(None) };
        let mut row = Taken::new("loam_delivery", row);
        Ok(Some(Delivery { arrived: row.moment()?, changed: row.maybe_moment()? }))
    }
}
