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

    /// The settings whose names begin with `family` and a colon, by the rest of their names.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn family(&self, family: &str) -> Result<Vec<(String, Json)>, StoreError> {
        // The semicolon is what comes after the colon.
        let select = "SELECT name, value FROM loam_setting WHERE name >= $1 AND name < $2 ORDER BY name";
        let (first, end) = (format!("{family}:"), format!("{family};"));
        let statement = Statement::new(select).text(first.as_str()).text(end).gives([Column::Text, Column::Text]);
        let rows = self.0.fetch(&statement).await?;
        let pairs = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_setting", row);
            let name = row.text()?;
            Ok((name.strip_prefix(&first).unwrap_or(&name).to_owned(), row.json()?))
        });
        pairs.collect()
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

    /// Forgets a setting; `false` when there was none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn drop_setting(&mut self, name: &str) -> Result<bool, StoreError> {
        Ok(self.execute(&Statement::new("DELETE FROM loam_setting WHERE name = $1").text(name)).await? > 0)
    }
}

fn upsert(name: &str, value: &Json) -> Statement {
    let upsert = "INSERT INTO loam_setting (name, value) VALUES ($1, $2) \
                  ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    Statement::new(upsert).text(name).text(value.to_string())
}
