//! Records as stored, for the engine to compute with and to write back.

use app::{App, Entity, FieldKind};
use model::{EntityId, FieldId, RecordId, Value};
use policy::{Authorized, Change};

use crate::{
    Lock, StoreError, Stored, Tx,
    sql::{
        Column, Dialect, Printer, Statement,
        column::entity,
        path::bin,
        select::{also, raw, stored},
    },
    vault::Vault,
};

/// The columns of a stored record, id, version and bin first, and which fields they are.
fn everything(app: &App, of: &Entity, dialect: Dialect) -> (String, Vec<Column>, Vec<FieldId>) {
    let mut text =
        String::from("t0.id, t0.version, t0.created_at, t0.created_by, t0.updated_at, t0.updated_by, t0.deleted_at");
    let mut holds =
        vec![Column::Id, Column::Int, Column::DateTime, Column::Id, Column::DateTime, Column::Id, Column::DateTime];
    let mut fields = of.system.all().to_vec();
    for field in stored(app, of) {
        text.push_str(", ");
        text.push_str(&raw(field, dialect));
        holds.push(Column::of(field));
        fields.push(field.id);
    }
    (text, holds, fields)
}

fn record(vault: &Vault, app: &App, values: Vec<Value>, fields: &[FieldId], of: &Entity) -> Result<Stored, StoreError> {
    let mut values: Vec<(FieldId, Value)> = fields.iter().copied().zip(values).collect();
    let find = |field: FieldId| values.iter().find(|(id, _)| *id == field).map(|(_, value)| value);
    let (Some(Value::Id(id)), Some(Value::Int(version))) = (find(of.system.id), find(of.system.version)) else {
        return Err(StoreError::bad(&of.table, "version", ""));
    };
    let (id, version) = (*id, *version);
    let deleted = find(of.system.deleted_at).is_some_and(|value| !value.is_null());
    vault.opened(app, id, &mut values)?;
    Ok(Stored { id, version, deleted, values })
}

impl Tx {
    /// The record the change is about, if it meets the change's row condition: in use, or in the bin for a restore or a purge.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn load(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        lock: Lock,
    ) -> Result<Option<Stored>, StoreError> {
        let of = entity(app, change.entity)?;
        let asking = self.asking.clone();
        let dialect = self.link.dialect();
        let mut printer = Printer::new(app, &asking, dialect);
        let id = printer.bind(Value::Id(change.id), Column::Id);
        let (select, columns, fields) = everything(app, of, dialect);
        let mut conditions = vec![format!("t0.id = {id}"), bin(0, change.action.in_bin())];
        also(&mut printer, &mut conditions, &change.rows(), None)?;
        let lock = if lock == Lock::Update && dialect == Dialect::Postgres { " FOR UPDATE OF t0" } else { "" };
        let from = printer.from(of.id)?;
        let sql = format!("SELECT {select} FROM {from} WHERE {}{lock}", conditions.join(" AND "));
        let statement = printer.statement(sql, columns);
        let found = self.first(&statement).await?;
        found.map(|values| record(&self.vault, app, values, &fields, of)).transpose()
    }

    /// Records of an entity as stored, in no order, in use or in the bin, whatever the actor may see: computing is the
    /// platform's act.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn load_many(
        &mut self,
        app: &App,
        cause: &Authorized<Change>,
        entity_id: EntityId,
        ids: &[RecordId],
    ) -> Result<Vec<Stored>, StoreError> {
        let _ = cause;
        let of = entity(app, entity_id)?;
        let dialect = self.link.dialect();
        let (select, columns, fields) = everything(app, of, dialect);
        let among = dialect.among(Column::Ids, 1);
        let table = crate::sql::name(&of.table);
        let lock = if dialect == Dialect::Postgres { " ORDER BY t0.id FOR UPDATE OF t0" } else { "" };
        let sql = format!("SELECT {select} FROM {table} t0 WHERE t0.id {among}{lock}");
        let statement = Statement::new(sql).ids(ids).gives(columns);
        let found = self.fetch(&statement).await?;
        found.into_iter().map(|values| record(&self.vault, app, values, &fields, of)).collect()
    }

    /// Whether the record, as it now is, meets the change's row condition.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn holds(&mut self, app: &App, change: &Authorized<Change>) -> Result<bool, StoreError> {
        Ok(self.fails(app, change, &[change.id]).await?.is_empty())
    }

    /// Of these records of the change's entity, those that do not meet its row condition.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn fails(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, StoreError> {
        let rows = change.rows();
        if *rows == formula::Predicate::Const(true) || ids.is_empty() {
            return Ok(Vec::new());
        }
        let meeting = self.meeting(app, change.entity, &rows, ids, None).await?;
        Ok(ids.iter().copied().filter(|id| !meeting.contains(id)).collect())
    }

    /// Of these ids, those that are live records of the entity.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn existing(
        &mut self,
        app: &App,
        entity: EntityId,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, StoreError> {
        self.meeting(app, entity, &formula::Predicate::always(), ids, Some(false)).await
    }

    /// Of these ids, those that are live records meeting the condition (what a reference may choose).
    ///
    /// # Errors
    /// Those of the database.
    pub async fn matching(
        &mut self,
        app: &App,
        entity: EntityId,
        condition: &formula::Predicate,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, StoreError> {
        self.meeting(app, entity, condition, ids, Some(false)).await
    }

    async fn meeting(
        &mut self,
        app: &App,
        of: EntityId,
        condition: &formula::Predicate,
        ids: &[RecordId],
        inside: Option<bool>,
    ) -> Result<Vec<RecordId>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let asking = self.asking.clone();
        let mut printer = Printer::new(app, &asking, self.link.dialect());
        let mut conditions = match ids {
            [one] => vec![format!("t0.id = {}", printer.bind(Value::Id(*one), Column::Id))],
            many => {
                printer.bind(Value::List(many.iter().copied().map(Value::Id).collect()), Column::Ids);
                vec![format!("t0.id {}", printer.dialect.among(Column::Ids, 1))]
            }
        };
        conditions.extend(inside.map(|inside| bin(0, inside)));
        also(&mut printer, &mut conditions, condition, None)?;
        let sql = format!("SELECT t0.id FROM {} WHERE {}", printer.from(of)?, conditions.join(" AND "));
        let statement = printer.statement(sql, vec![Column::Id]);
        // Of one row nobody waits for the end of them.
        let found = match ids {
            [_] => self.first(&statement).await?.into_iter().collect(),
            _ => self.fetch(&statement).await?,
        };
        Ok(ids_of(found))
    }

    /// Live records that refer to any of `ids` by this reference or references field, by id.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn referrers(
        &mut self,
        app: &App,
        field: FieldId,
        ids: &[RecordId],
    ) -> Result<Vec<RecordId>, StoreError> {
        let field = crate::sql::column::field(app, field)?;
        let of = entity(app, field.entity)?;
        let table = crate::sql::name(&of.table);
        let among = self.link.dialect().among(Column::Ids, 1);
        let sql = match &field.kind {
            FieldKind::Reference { .. } => format!(
                "SELECT id FROM {table} WHERE {} {among} AND deleted_at IS NULL ORDER BY id",
                crate::sql::name(&field.column)
            ),
            FieldKind::References { table: join, .. } => format!(
                "SELECT id FROM {table} WHERE id IN (SELECT owner FROM {} WHERE target {among}) \
                 AND deleted_at IS NULL ORDER BY id",
                crate::sql::name(join)
            ),
            _ => return Err(StoreError::Misfit("referrers by what is no reference")),
        };
        Ok(ids_of(self.fetch(&Statement::new(sql).ids(ids).gives([Column::Id])).await?))
    }
}

pub(super) fn ids_of(rows: Vec<Vec<Value>>) -> Vec<RecordId> {
    rows.into_iter().flatten().filter_map(|value| value.as_id()).collect()
}
