//! Values for formulas, through references and from children, in one statement and without masks.

use app::{App, Field, FieldKind};
use formula::Path;
use model::{EntityId, RecordId, Value};
use policy::{Authorized, Change};

use crate::{
    Asking, StoreError, Tx,
    sql::{
        Column, Dialect, Printer, Statement,
        column::{entity, field},
        name,
    },
};

impl Tx {
    /// Values for formulas on a stored record, unmasked; paths through children give lists in the children's order of
    /// creation, the same order for every path, empty when there are none.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn load_paths(
        &mut self,
        app: &App,
        cause: &Authorized<Change>,
        of: EntityId,
        id: RecordId,
        paths: &[Path],
    ) -> Result<Vec<Value>, StoreError> {
        let _ = cause;
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let asking = self.asking.clone();
        let statement = statement(app, &asking, self.link.dialect(), of, id, paths)?;
        let found = self.first(&statement).await?;
        Ok(found.unwrap_or_else(|| vec![Value::Null; paths.len()]))
    }

    /// The values behind paths that start with one reference of a record not stored yet (or about to change): `target` is
    /// the record that reference leads to.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn load_paths_from(
        &mut self,
        app: &App,
        cause: &Authorized<Change>,
        of: EntityId,
        target: RecordId,
        paths: &[Path],
    ) -> Result<Vec<Value>, StoreError> {
        let mut rest = Vec::with_capacity(paths.len());
        let mut leads = None;
        for path in paths {
            let Some((first, hops)) = path.hops.split_first() else {
                return Err(StoreError::Misfit("a path that does not start with a reference"));
            };
            let FieldKind::Reference { to, .. } = field(app, *first)?.kind else {
                return Err(StoreError::Misfit("a path that does not start with a reference"));
            };
            if path.entity != of || leads.is_some_and(|leads| leads != to) {
                return Err(StoreError::Misfit("paths that do not start alike"));
            }
            leads = Some(to);
            rest.push(Path { entity: to, hops: hops.to_vec(), field: path.field, ty: path.ty.clone() });
        }
        match leads {
            Some(to) => self.load_paths(app, cause, to, target, &rest).await,
            None => Ok(Vec::new()),
        }
    }
}

fn statement(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    of: EntityId,
    id: RecordId,
    paths: &[Path],
) -> Result<Statement, StoreError> {
    let mut printer = Printer::new(app, asking, dialect);
    let id = printer.bind(Value::Id(id), Column::Id);
    let mut select = Vec::with_capacity(paths.len());
    let mut columns = Vec::with_capacity(paths.len());
    for path in paths {
        let through = path.hops.first().map(|hop| field(app, *hop)).transpose()?;
        let (sql, column) = match through.map(|through| &through.kind) {
            Some(FieldKind::Children { of, by }) => {
                children(app, dialect, *of, field(app, *by)?, field(app, path.field)?)?
            }
            _ => match field(app, path.field)? {
                Field { kind: FieldKind::Children { of, by }, .. } => {
                    let child = entity(app, *of)?;
                    children(app, dialect, *of, field(app, *by)?, field(app, child.system.id)?)?
                }
                _ => {
                    let read = printer.walk(path, 0, None)?;
                    (printer.value(&read), read.column)
                }
            },
        };
        select.push(sql);
        columns.push(column);
    }
    let sql = format!("SELECT {} FROM {} WHERE t0.id = {id}", select.join(", "), printer.from(of)?);
    Ok(printer.statement(sql, columns))
}

/// A field of every live child of `t0`, as one value.
fn children(
    app: &App,
    dialect: Dialect,
    of: EntityId,
    by: &Field,
    read: &Field,
) -> Result<(String, Column), StoreError> {
    let table = name(&entity(app, of)?.table);
    let by = name(&by.column);
    let column = Column::of(read);
    let item = match (&read.kind, dialect) {
        (FieldKind::References { table, .. }, Dialect::Sqlite) => format!(
            "(SELECT json_group_array(target) FROM (SELECT target FROM {} WHERE owner = c.id ORDER BY position))",
            name(table)
        ),
        (FieldKind::References { table, .. }, Dialect::Postgres) => format!(
            "array_to_json(ARRAY(SELECT target FROM {} WHERE owner = c.id ORDER BY position))::text",
            name(table)
        ),
        (_, Dialect::Sqlite) => format!("c.{}", name(&read.column)),
        // Text carries every type exactly; moments as milliseconds.
        (_, Dialect::Postgres) => {
            let plain = format!("c.{}", name(&read.column));
            match column {
                Column::DateTime => format!("(extract(epoch FROM {plain}) * 1000)::bigint::text"),
                Column::Texts => format!("array_to_json({plain})::text"),
                _ => format!("{plain}::text"),
            }
        }
    };
    let rows = format!("FROM {table} c WHERE c.{by} = t0.id AND c.deleted_at IS NULL ORDER BY c.id");
    let sql = match dialect {
        Dialect::Sqlite => format!("(SELECT json_group_array(v) FROM (SELECT {item} AS v {rows}))"),
        Dialect::Postgres => format!("ARRAY(SELECT {item} {rows})"),
    };
    Ok((sql, Column::Many(column.item())))
}
