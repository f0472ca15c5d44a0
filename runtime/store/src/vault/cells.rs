//! Whole columns sealed, opened or sealed anew: when a publish makes a field a secret or gives it another name, and when the key
//! changes. In pieces, so that memory does not grow with the rows.

use app::{App, FieldKind};
use model::{RecordId, Value};
use zeroize::Zeroizing;

use super::{SEALED, cell};
use crate::{
    Store, StoreError, Tx,
    sql::{Column, Dialect, Statement, name},
};

/// Rows read at once.
const PIECE: i64 = 500;

/// What values of a column are: `None` in clear, or sealed as the cells of this entity and field.
pub(crate) type Bound<'a> = Option<(&'a str, &'a str)>;

impl Tx {
    /// Makes values that are bound one way bound another, of every row, those in the bin too.
    pub(crate) async fn rebind(
        &mut self,
        table: &str,
        column: &str,
        from: Bound<'_>,
        to: Bound<'_>,
    ) -> Result<(), StoreError> {
        if from.is_none() && self.link.dialect() == Dialect::Sqlite {
            // What stood there in clear must not stay in the free parts of pages.
            self.link.say("PRAGMA secure_delete = ON").await.map_err(crate::database::understand)?;
        }
        let (table, column) = (name(table), name(column));
        let gives = |bound: Bound<'_>| if bound.is_some() { Column::Secret } else { Column::Text };
        let mut after: Option<RecordId> = None;
        loop {
            let beyond = if after.is_some() { " AND id > $1" } else { "" };
            let select = format!(
                "SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL{beyond} ORDER BY id LIMIT {PIECE}"
            );
            let statement = Statement::new(select);
            let statement = match after {
                Some(id) => statement.id(id),
                None => statement,
            };
            let rows = self.fetch(&statement.gives([Column::Id, gives(from)])).await?;
            for row in &rows {
                let [Value::Id(id), Value::Text(text)] = row.as_slice() else {
                    return Err(StoreError::bad(&table, &column, ""));
                };
                let clear = match from {
                    Some((entity, field)) => self.vault.open(&cell(entity, field, *id), text)?,
                    None => Zeroizing::new(text.clone()),
                };
                let value = match to {
                    Some((entity, field)) => self.vault.seal(&cell(entity, field, *id), &clear)?,
                    None => clear.to_string(),
                };
                let update = Statement::new(format!("UPDATE {table} SET {column} = $1 WHERE id = $2"));
                self.execute(&update.bind(value, gives(to)).id(*id)).await?;
                after = Some(*id);
            }
            if rows.len() < usize::try_from(PIECE).unwrap_or_default() {
                return Ok(());
            }
        }
    }
}

impl Store {
    /// Brings the secrets of an app's fields under the present key, some at a time, each lot in a transaction of its own:
    /// what was done stays done, and writes go on meanwhile. Answers how many were sealed anew; one that does not open stays as it
    /// is, see [`Vault::torn`](super::Vault::torn).
    ///
    /// # Errors
    /// There is no key, or the database failed.
    pub async fn reseal_fields(&self, app: &App) -> Result<usize, StoreError> {
        let mut many = 0;
        for of in app.entities() {
            for field in app.fields_of(of).filter(|field| matches!(field.kind, FieldKind::Secret)) {
                let names = (of.name.to_string(), field.name.to_string());
                many += self.reseal_column(&of.table, &field.column, names).await?;
            }
        }
        Ok(many)
    }

    async fn reseal_column(
        &self,
        table: &str,
        column: &str,
        (entity, field): (String, String),
    ) -> Result<usize, StoreError> {
        let key = self.vault().present()?;
        let (table, column) = (name(table), name(column));
        let (present, mut many) = (format!("{SEALED}{}:", key.id()), 0);
        let mut after: Option<RecordId> = None;
        loop {
            let length = present.chars().count();
            let beyond = if after.is_some() { " AND id > $2" } else { "" };
            let select = Statement::new(format!(
                "SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL AND substr({column}, 1, {length}) <> $1{beyond} \
                 ORDER BY id LIMIT {PIECE}"
            ));
            let select = select.text(present.as_str()).gives([Column::Id, Column::Secret]);
            let select = match after {
                Some(id) => select.id(id),
                None => select,
            };
            let rows = self.fetch(&select).await?;
            if rows.is_empty() {
                return Ok(many);
            }
            let mut updates = Vec::with_capacity(rows.len());
            for row in &rows {
                let [Value::Id(id), Value::Text(text)] = row.as_slice() else {
                    return Err(StoreError::bad(&table, &column, ""));
                };
                after = Some(*id);
                let context = cell(&entity, &field, *id);
                let Some(clear) = self.vault().open_cell(&entity, &field, *id, text) else { continue };
                let anew = self.vault().seal(&context, &clear)?;
                // One that was changed meanwhile is sealed under a key of whoever changed it.
                let update = format!("UPDATE {table} SET {column} = $1 WHERE id = $2 AND {column} = $3");
                let update = Statement::new(update).bind(anew, Column::Secret).id(*id);
                updates.push(update.bind(text.as_str(), Column::Secret));
            }
            many += updates.len();
            let updates = std::sync::Arc::new(updates);
            self.tend::<(), StoreError, _>(move |tx| {
                let updates = updates.clone();
                Box::pin(async move {
                    for update in updates.iter() {
                        tx.execute(update).await?;
                    }
                    Ok(())
                })
            })
            .await?;
        }
    }
}
