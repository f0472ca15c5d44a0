//! Settings of the platform, by name: one JSON value each, whose meaning is its reader's.

use serde_json::Value as Json;

use crate::{
    Store, StoreError, Tx,
    row::Taken,
    sql::{Column, Statement},
};

/// The settings of a store.
#[derive(Clone, Copy)]
pub struct Settings<'s>(pub(crate) &'s Store);

impl Settings<'_> {
    /// A setting; `None` when it was never made.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn get(&self, name: &str) -> Result<Option<Json>, StoreError> {
        let select = Statement::new("SELECT value FROM loam_setting WHERE name = $1").text(name).gives([Column::Text]);
        self.0.fetch(&select).await?.pop().map(|row| Taken::new("loam_setting", row).json()).transpose()
    }

    /// Makes or replaces a setting.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set(&self, name: &str, value: &Json) -> Result<(), StoreError> {
        self.0.execute(upsert(name, value)).await.map(drop)
    }
}

impl Tx {
    /// Makes or replaces a setting.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_setting(&mut self, name: &str, value: &Json) -> Result<(), StoreError> {
        self.execute(&upsert(name, value)).await.map(drop)
    }
}

fn upsert(name: &str, value: &Json) -> Statement {
    let upsert = "INSERT INTO loam_setting (name, value) VALUES ($1, $2) \
                  ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    Statement::new(upsert).text(name).text(value.to_string())
}
