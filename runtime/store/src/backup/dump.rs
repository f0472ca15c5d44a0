//! Reading everything, in one snapshot, row by row, so that a large database needs no large memory.

use std::io;

use app::App;
use futures_util::TryStreamExt;
use serde_json::Value as Json;
use sqlx::{AssertSqlSafe, Connection};

use super::{shapes_of, written};
use crate::{
    Boxed, Store, StoreError,
    database::{postgres_fetch, sqlite_fetch, understand},
    sql::{
        Column, Statement, name,
        wire::{postgres_row, sqlite_row},
    },
    store::Taking,
    system::shape::Shape,
};

/// What takes the rows of a backup, in order.
pub trait Sink: Send {
    /// A table begins.
    ///
    /// # Errors
    /// It cannot be written.
    fn table(&mut self, name: &str, columns: &[&str]) -> io::Result<()>;

    /// A row of it, a value per column.
    ///
    /// # Errors
    /// It cannot be written.
    fn row(&mut self, values: Vec<Json>) -> io::Result<()>;
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dumped {
    /// Rows in all.
    pub rows: u64,
    /// Which database they were read from.
    pub database: &'static str,
}

const NEWEST: &str = "SELECT coalesce(max(version), 0) FROM loam_definition";

impl Store {
    /// Reads every table that a backup holds, as they were at one moment.
    ///
    /// # Errors
    /// [`StoreError::SchemaChanged`] when another version than the app's is published, or was while this read: begin again.
    /// What the sink fails with comes as [`StoreError::File`].
    pub fn dump<'a>(
        &'a self,
        app: &'a App,
        version: i64,
        sink: &'a mut dyn Sink,
    ) -> Boxed<'a, Result<Dumped, StoreError>> {
        Box::pin(async move {
            let newest = Statement::new(NEWEST).gives([Column::Int]);
            let shapes = shapes_of(app);
            let mut dumped = Dumped::default();
            match self.taking() {
                Taking::Sqlite(readers) => {
                    dumped.database = "sqlite";
                    let mut held = readers.take().await?;
                    // A transaction that only reads: its first statement is its moment.
                    let mut tx = held.begin().await.map_err(understand)?;
                    same(version, &sqlite_fetch(&mut tx, &newest).await?)?;
                    for shape in &shapes {
                        let columns = begun(shape, sink)?;
                        let mut rows = sqlx::query(AssertSqlSafe(select(shape))).fetch(&mut *tx);
                        while let Some(row) = rows.try_next().await.map_err(understand)? {
                            let values = sqlite_row(&row, &columns).map_err(understand)?;
                            sink.row(values.iter().map(written).collect()).map_err(StoreError::File)?;
                            dumped.rows += 1;
                        }
                    }
                }
                Taking::Postgres(pool) => {
                    dumped.database = "postgres";
                    let mut held = pool.acquire().await.map_err(understand)?;
                    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                    let mut tx = held.begin_with(begin).await.map_err(understand)?;
                    same(version, &postgres_fetch(&mut tx, &newest).await?)?;
                    for shape in &shapes {
                        let columns = begun(shape, sink)?;
                        let mut rows = sqlx::query(AssertSqlSafe(select(shape))).persistent(false).fetch(&mut *tx);
                        while let Some(row) = rows.try_next().await.map_err(understand)? {
                            let values = postgres_row(&row, &columns).map_err(understand)?;
                            sink.row(values.iter().map(written).collect()).map_err(StoreError::File)?;
                            dumped.rows += 1;
                        }
                    }
                }
            }
            // A publish may have rewritten tables under the snapshot, which PostgreSQL does not hide from it.
            if self.published_version().await? != version {
                return Err(StoreError::SchemaChanged);
            }
            Ok(dumped)
        })
    }
}

fn begun(shape: &Shape, sink: &mut dyn Sink) -> Result<Vec<Column>, StoreError> {
    let names: Vec<&str> = shape.columns.iter().map(|(name, _)| name.as_str()).collect();
    sink.table(&shape.name, &names).map_err(StoreError::File)?;
    Ok(shape.columns.iter().map(|(_, column)| *column).collect())
}

/// Ordered, so that two backups of the same data are the same.
fn select(shape: &Shape) -> String {
    let names: Vec<String> = shape.columns.iter().map(|(column, _)| name(column)).collect();
    let order = match shape.columns.first() {
        Some((first, _)) if first == "id" || first == "position" => format!(" ORDER BY {}", name(first)),
        _ => String::new(),
    };
    format!("SELECT {} FROM {}{order}", names.join(", "), name(&shape.name))
}

fn same(version: i64, rows: &[Vec<model::Value>]) -> Result<(), StoreError> {
    match rows.first().and_then(|row| row.first()) {
        Some(model::Value::Int(found)) if *found == version => Ok(()),
        _ => Err(StoreError::SchemaChanged),
    }
}
