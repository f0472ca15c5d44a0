//! Records by their keys, and the next number of a serial.

use app::{App, FieldKind};
use model::{EntityId, FieldId, RecordId, Value};

use super::load::ids_of;
use crate::{
    StoreError, Tx,
    sql::{
        Column, Dialect, Statement,
        column::{entity, field},
        name,
    },
};

/// Keys looked up by one statement.
const CHUNK: usize = 500;
/// Parameters of one statement.
const PARAMETERS: usize = 30_000;

impl Tx {
    /// The live record whose field has this value; the first by id when several have it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find_by_key(
        &mut self,
        app: &App,
        key_field: FieldId,
        key: &Value,
    ) -> Result<Option<RecordId>, StoreError> {
        let key_field = field(app, key_field)?;
        let table = name(&entity(app, key_field.entity)?.table);
        let column = name(&key_field.column);
        let sql = format!("SELECT id FROM {table} WHERE {column} = $1 AND deleted_at IS NULL ORDER BY id LIMIT 1");
        let statement = Statement::new(sql).bind(key.clone(), Column::of(key_field)).gives([Column::Id]);
        Ok(ids_of(self.fetch(&statement).await?).pop())
    }

    /// The live record that has all these values; the first by id when several have them. A value that is not known is
    /// the same as none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find_same(
        &mut self,
        app: &App,
        of: EntityId,
        values: &[(FieldId, Value)],
    ) -> Result<Option<RecordId>, StoreError> {
        let table = name(&entity(app, of)?.table);
        let mut conditions = vec!["deleted_at IS NULL".to_owned()];
        let mut statement = Statement::new(String::new());
        for (at, (id, value)) in values.iter().enumerate() {
            let known = field(app, *id)?;
            if !known.has_column() || known.entity != of {
                return Err(StoreError::Misfit("a value that no column holds"));
            }
            conditions.push(format!("{} = ${}", name(&known.column), at + 1));
            statement = statement.bind(value.clone(), Column::of(known));
        }
        let sql = format!("SELECT id FROM {table} WHERE {} ORDER BY id LIMIT 1", conditions.join(" AND "));
        let statement = Statement { sql: sql.into(), ..statement.gives([Column::Id]) };
        Ok(ids_of(self.fetch(&statement).await?).pop())
    }

    /// Of these rows of values, each in the order of `fields`, those of live records, with the record's id. Values come
    /// back as they are stored.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find_same_many(
        &mut self,
        app: &App,
        of: EntityId,
        fields: &[FieldId],
        rows: &[Vec<Value>],
    ) -> Result<Vec<(Vec<Value>, RecordId)>, StoreError> {
        let table = name(&entity(app, of)?.table);
        let mut known = Vec::with_capacity(fields.len());
        for id in fields {
            let found = field(app, *id)?;
            if !found.has_column() || found.entity != of {
                return Err(StoreError::Misfit("a value that no column holds"));
            }
            known.push((name(&found.column), Column::of(found)));
        }
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let names: Vec<&str> = known.iter().map(|(name, _)| name.as_str()).collect();
        let names = names.join(", ");
        let dialect = self.link.dialect();
        let (width, most) = (known.len(), (PARAMETERS / known.len()).clamp(1, CHUNK));
        let mut found = Vec::with_capacity(rows.len());
        for chunk in rows.chunks(most) {
            let list: Vec<String> =
                (0..chunk.len()).map(|at| crate::record::parameters(dialect, at * width, width)).collect();
            let sql = format!(
                "SELECT {names}, id FROM {table} WHERE deleted_at IS NULL AND ({names}) IN (VALUES {})",
                list.join(", ")
            );
            let gives: Vec<Column> = known.iter().map(|(_, column)| *column).chain([Column::Id]).collect();
            let mut statement = Statement::new(sql).gives(gives);
            for row in chunk {
                for ((_, column), value) in known.iter().zip(row) {
                    statement = statement.bind(value.clone(), *column);
                }
            }
            for mut row in self.fetch(&statement).await? {
                if let Some(Value::Id(id)) = row.pop() {
                    found.push((row, id));
                }
            }
        }
        Ok(found)
    }

    /// The live records whose field has one of these values, with the value, by id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn find_by_keys(
        &mut self,
        app: &App,
        key_field: FieldId,
        keys: &[Value],
    ) -> Result<Vec<(Value, RecordId)>, StoreError> {
        let key_field = field(app, key_field)?;
        if matches!(key_field.kind, FieldKind::References { .. } | FieldKind::Children { .. } | FieldKind::Choices(_)) {
            return Err(StoreError::Misfit("a key that holds several values"));
        }
        let table = name(&entity(app, key_field.entity)?.table);
        let (column, holds) = (name(&key_field.column), Column::of(key_field));
        let mut found = Vec::with_capacity(keys.len());
        let dialect = self.link.dialect();
        for chunk in keys.chunks(CHUNK) {
            let list = crate::record::parameters(dialect, 0, chunk.len());
            let sql =
                format!("SELECT {column}, id FROM {table} WHERE {column} IN {list} AND deleted_at IS NULL ORDER BY id");
            let mut statement = Statement::new(sql).gives([holds, Column::Id]);
            for key in chunk {
                statement = statement.bind(key.clone(), holds);
            }
            for row in self.fetch(&statement).await? {
                let mut row = row.into_iter();
                if let (Some(value), Some(Value::Id(id))) = (row.next(), row.next()) {
                    found.push((value, id));
                }
            }
        }
        Ok(found)
    }

    /// The next number of a serial field in its scope (`2025-11` for one that counts by month), from 1; `count` numbers are
    /// taken at once and the first is answered.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next_serial(
        &mut self,
        app: &App,
        serial: FieldId,
        scope: &str,
        count: i64,
    ) -> Result<i64, StoreError> {
        let serial = field(app, serial)?;
        let key = format!("{}.{}", entity(app, serial.entity)?.table, serial.column);
        let sql = "INSERT INTO loam_serial (field, scope, last) VALUES ($1, $2, $3) \
                   ON CONFLICT (field, scope) DO UPDATE SET last = loam_serial.last + $3 RETURNING last";
        let statement = Statement::new(sql).text(key).text(scope).int(count.max(1)).gives([Column::Int]);
        match self.fetch(&statement).await?.first().and_then(|row| row.first()) {
            Some(Value::Int(last)) => Ok(last - count.max(1) + 1),
            _ => Err(StoreError::bad("loam_serial", "last", scope)),
        }
    }

    /// Numbers of a serial up to `last` are taken, if fewer were: after an import that brought its own.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn raise_serial(&mut self, app: &App, serial: FieldId, scope: &str, last: i64) -> Result<(), StoreError> {
        let serial = field(app, serial)?;
        let key = format!("{}.{}", entity(app, serial.entity)?.table, serial.column);
        let larger = if self.link.dialect() == Dialect::Sqlite { "max" } else { "greatest" };
        let sql = format!(
            "INSERT INTO loam_serial (field, scope, last) VALUES ($1, $2, $3) \
             ON CONFLICT (field, scope) DO UPDATE SET last = {larger}(loam_serial.last, $3)"
        );
        self.execute(&Statement::new(sql).text(key).text(scope).int(last)).await.map(drop)
    }
}
