//! Putting rows into an empty database, in one transaction.

use std::{io, sync::Arc};

use app::App;
use model::{Timestamp, UserId};
use serde_json::Value as Json;

use super::{read, shapes_of, unfit};
use crate::{
    Asking, NewEntry, Store, StoreError, Tx,
    database::understand,
    publish::tables_of,
    record::parameters,
    sql::{Column, Dialect, Statement, name},
    store::{Guard, nobody},
    system::shape::Shape,
};

/// What a backup says, in order.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// A table begins.
    Table {
        /// Its name.
        name: String,
        /// The columns its rows have values for.
        columns: Vec<String>,
    },
    /// A row of it.
    Row(Vec<Json>),
}

/// Rows of a backup, one after another.
pub trait Source: Send {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// The backup cannot be read, or is not whole.
    fn next(&mut self) -> io::Result<Option<Piece>>;
}

/// Opens the rows from their beginning; a transaction that the database gave up reads them again.
pub type Opens = Arc<dyn Fn() -> io::Result<Box<dyn Source>> + Send + Sync>;

/// What is loaded, and what is noted with it.
#[derive(Clone)]
pub struct Loading {
    /// The app whose tables are filled.
    pub app: Arc<App>,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: UserId,
    /// The entries of the ledger that tell of it.
    pub entries: Vec<NewEntry>,
    /// The rows.
    pub rows: Opens,
}

/// Why nothing was loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Something is kept there already.
    #[error("the database is not empty: `{0}` has rows")]
    NotEmpty(String),
    /// The backup speaks of what this version of Loam does not know.
    #[error("the backup has `{0}`, which this program does not know; restore it with the program that made it")]
    Unknown(String),
    /// The backup cannot be read.
    #[error("the backup cannot be read")]
    Source(#[source] io::Error),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Values bound by one statement at most; SQLite takes twice as many.
const VALUES: usize = 15_000;
/// Rows written by one statement at most.
const ROWS: usize = 500;

impl Store {
    /// The first table in which something is kept; `None` for a database that a backup may go into.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn kept(&self) -> Result<Option<String>, StoreError> {
        for shape in shapes_of(&App::new(app::Parts::default())) {
            if !self.fetch(&one(&shape)).await?.is_empty() {
                return Ok(Some(shape.name));
            }
        }
        Ok(None)
    }

    /// Fills an empty database: makes the app's tables, writes every row and the entries that tell of it, in one transaction.
    /// Answers how many rows.
    ///
    /// # Errors
    /// [`LoadError`] says why nothing was written.
    pub async fn load(&self, loading: Loading) -> Result<u64, LoadError> {
        let asking = Asking { user: loading.by, now: loading.at, ..nobody() };
        let loading = Arc::new(loading);
        self.run(asking, Guard::Publish, move |tx| {
            let loading = loading.clone();
            Box::pin(async move { load(tx, &loading).await })
        })
        .await
    }
}

async fn load(tx: &mut Tx, loading: &Loading) -> Result<u64, LoadError> {
    let shapes = shapes_of(&loading.app);
    let own = shapes_of(&App::new(app::Parts::default()));
    for shape in &own {
        if !tx.fetch(&one(shape)).await?.is_empty() {
            return Err(LoadError::NotEmpty(shape.name.clone()));
        }
    }
    let plan = Store::plan(None, &loading.app);
    let dialect = tx.link.dialect();
    let (tables, keys) = tables_of(&plan, dialect);
    for sql in &tables {
        tx.link.say(sql).await.map_err(understand)?;
    }
    let mut source = (loading.rows)().map_err(LoadError::Source)?;
    let mut filling: Option<Filling> = None;
    let mut rows = 0;
    while let Some(piece) = source.next().map_err(LoadError::Source)? {
        match piece {
            Piece::Table { name, columns } => {
                if let Some(filling) = filling.take() {
                    filling.finish(tx).await?;
                }
                let shape = shapes.iter().find(|shape| shape.name == name);
                let shape = shape.ok_or_else(|| LoadError::Unknown(name.clone()))?;
                if name == "loam_unplaced" {
                    // Writing entries has put them all here; the backup says which of them wait.
                    tx.execute(&Statement::new("DELETE FROM loam_unplaced")).await?;
                }
                filling = Some(Filling::new(shape, &columns, dialect)?);
            }
            Piece::Row(values) => {
                let filling = filling.as_mut().ok_or_else(|| LoadError::Unknown("a row of no table".to_owned()))?;
                filling.take(tx, &values).await?;
                rows += 1;
            }
        }
    }
    if let Some(filling) = filling.take() {
        filling.finish(tx).await?;
    }
    if dialect == Dialect::Postgres {
        // A table with checks put off cannot be altered.
        tx.link.say("SET CONSTRAINTS ALL IMMEDIATE").await.map_err(understand)?;
    }
    for sql in &keys {
        tx.link.say(sql).await.map_err(understand)?;
    }
    tx.enter(&loading.entries).await?;
    Ok(rows)
}

/// Asks whether a table has any row.
fn one(shape: &Shape) -> Statement {
    Statement::new(format!("SELECT CAST(1 AS bigint) FROM {} LIMIT 1", name(&shape.name))).gives([Column::Int])
}

/// A table being filled.
struct Filling {
    table: String,
    columns: Vec<Column>,
    insert: String,
    dialect: Dialect,
    statement: Statement,
    rows: usize,
}

impl Filling {
    fn new(shape: &Shape, columns: &[String], dialect: Dialect) -> Result<Self, LoadError> {
        let mut kinds = Vec::with_capacity(columns.len());
        for column in columns {
            let known = shape.columns.iter().find(|(name, _)| name == column);
            let (_, kind) = known.ok_or_else(|| LoadError::Unknown(format!("{}.{column}", shape.name)))?;
            kinds.push(*kind);
        }
        let names: Vec<String> = columns.iter().map(|column| name(column)).collect();
        let insert = format!("INSERT INTO {} ({}) VALUES ", name(&shape.name), names.join(", "));
        Ok(Self {
            table: shape.name.clone(),
            columns: kinds,
            insert,
            dialect,
            statement: Statement::default(),
            rows: 0,
        })
    }

    async fn take(&mut self, tx: &mut Tx, values: &[Json]) -> Result<(), StoreError> {
        if values.len() != self.columns.len() {
            return Err(unfit(&self.table));
        }
        for (json, column) in values.iter().zip(&self.columns) {
            let value = read(json, *column).ok_or_else(|| unfit(&self.table))?;
            self.statement.args.push((value, *column));
        }
        self.rows += 1;
        if self.rows == ROWS || self.statement.args.len() + self.columns.len() > VALUES {
            self.write(tx).await?;
        }
        Ok(())
    }

    async fn write(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        if self.rows == 0 {
            return Ok(());
        }
        let width = self.columns.len();
        let rows: Vec<String> = (0..self.rows).map(|at| parameters(self.dialect, at * width, width)).collect();
        let mut statement = std::mem::take(&mut self.statement);
        statement.sql = format!("{}{}", self.insert, rows.join(", ")).into();
        self.rows = 0;
        tx.execute(&statement).await.map(drop)
    }

    async fn finish(mut self, tx: &mut Tx) -> Result<(), StoreError> {
        self.write(tx).await
    }
}
