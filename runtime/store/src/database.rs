//! The two drivers behind one narrow face: run a statement, get values. What a database's complaint means is decided here.

use sqlx::{AssertSqlSafe, PgConnection, Row, SqliteConnection, pool::PoolConnection};

use model::Value;

use crate::{
    StoreError,
    sql::{
        Dialect, Statement,
        wire::{postgres_arguments, postgres_row, sqlite_arguments, sqlite_row},
    },
};

/// A connection of either driver, owned for the length of a transaction.
pub(crate) enum Link {
    Sqlite(SqliteConnection),
    Postgres(PoolConnection<sqlx::Postgres>),
}

impl Link {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) => Dialect::Sqlite,
            Self::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(crate) async fn fetch(&mut self, statement: &Statement) -> Result<Vec<Vec<Value>>, StoreError> {
        match self {
            Self::Sqlite(connection) => sqlite_fetch(connection, statement).await,
            Self::Postgres(connection) => postgres_fetch(connection, statement).await,
        }
    }

    /// Runs a statement that gives one row at most.
    pub(crate) async fn first(&mut self, statement: &Statement) -> Result<Option<Vec<Value>>, StoreError> {
        match self {
            Self::Sqlite(connection) => sqlite_first(connection, statement).await,
            Self::Postgres(connection) => Ok(postgres_fetch(connection, statement).await?.into_iter().next()),
        }
    }

    /// Runs a statement for its effect; answers how many rows it touched.
    pub(crate) async fn execute(&mut self, statement: &Statement) -> Result<u64, StoreError> {
        match self {
            Self::Sqlite(connection) => {
                let arguments = sqlite_arguments(&statement.args)?;
                let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_ref()), arguments);
                Ok(query.execute(connection).await.map_err(understand)?.rows_affected())
            }
            Self::Postgres(connection) => {
                let arguments = postgres_arguments(&statement.args)?;
                let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_ref()), arguments);
                Ok(query.execute(&mut **connection).await.map_err(understand)?.rows_affected())
            }
        }
    }

    /// Runs words without parameters; answers the number in the first column of the last row.
    pub(crate) async fn ask(&mut self, sql: &str) -> Result<i64, sqlx::Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(sql));
        match self {
            Self::Sqlite(connection) => {
                let rows = query.fetch_all(connection).await?;
                rows.last().map_or(Ok(0), |row| row.try_get(0))
            }
            Self::Postgres(connection) => {
                let rows = query.fetch_all(&mut **connection).await?;
                rows.last().map_or(Ok(0), |row| row.try_get(0))
            }
        }
    }

    /// Runs words without parameters, several statements if need be.
    pub(crate) async fn say(&mut self, sql: &str) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await.map(drop),
            Self::Postgres(connection) => sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **connection).await.map(drop),
        }
    }
}

pub(crate) async fn sqlite_fetch(
    connection: &mut SqliteConnection,
    statement: &Statement,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let arguments = sqlite_arguments(&statement.args)?;
    let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_ref()), arguments);
    let rows = query.fetch_all(connection).await.map_err(understand)?;
    rows.iter().map(|row| sqlite_row(row, &statement.columns).map_err(understand)).collect()
}

/// The first row. The driver hands over a row and the end of them one after the other; nobody waits for the end here.
pub(crate) async fn sqlite_first(
    connection: &mut SqliteConnection,
    statement: &Statement,
) -> Result<Option<Vec<Value>>, StoreError> {
    let arguments = sqlite_arguments(&statement.args)?;
    let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_ref()), arguments);
    let row = query.fetch_optional(connection).await.map_err(understand)?;
    row.map(|row| sqlite_row(&row, &statement.columns).map_err(understand)).transpose()
}

pub(crate) async fn postgres_fetch(
    connection: &mut PgConnection,
    statement: &Statement,
) -> Result<Vec<Vec<Value>>, StoreError> {
    let arguments = postgres_arguments(&statement.args)?;
    let query = sqlx::query_with(AssertSqlSafe(statement.sql.as_ref()), arguments);
    let rows = query.fetch_all(connection).await.map_err(understand)?;
    rows.iter().map(|row| postgres_row(row, &statement.columns).map_err(understand)).collect()
}

/// What a driver's complaint means to us. Taken unique values are told apart later, where the app is known.
pub(crate) fn understand(error: sqlx::Error) -> StoreError {
    let database = match &error {
        sqlx::Error::Database(database) => database,
        sqlx::Error::ColumnDecode { index, .. } => return StoreError::bad("", index, ""),
        sqlx::Error::Encode(_) | sqlx::Error::Decode(_) | sqlx::Error::ColumnNotFound(_) => {
            return StoreError::Refused(error);
        }
        _ => return StoreError::Unavailable(error),
    };
    let code = database.code().unwrap_or_default();
    let message = database.message();
    if code.len() == 5 {
        match &*code {
            "42703" | "42P01" => StoreError::SchemaChanged,
            // Given up by the server: by a limit of its own, or because somebody who tends it said so.
            "57014" => StoreError::TooLong,
            "0A000" if message.contains("cached plan") => StoreError::StalePlan,
            "23503" => {
                let constraint = database.constraint().unwrap_or_default();
                let (table, column) = constraint.split_once("__").unwrap_or((database.table().unwrap_or_default(), ""));
                StoreError::MissingReference { table: table.to_owned(), column: column.to_owned() }
            }
            _ if code.starts_with("08") || code.starts_with("57P") || code.starts_with("53") => {
                StoreError::Unavailable(error)
            }
            _ => StoreError::Refused(error),
        }
    } else {
        match &*code {
            "1" if ["no such table", "no such column", "has no column"].iter().any(|part| message.contains(part)) => {
                StoreError::SchemaChanged
            }
            "787" => StoreError::MissingReference { table: String::new(), column: String::new() },
            "5" => StoreError::Busy,
            "9" => StoreError::TooLong,
            "6" | "261" | "517" | "10" | "13" | "14" => StoreError::Unavailable(error),
            _ => StoreError::Refused(error),
        }
    }
}

/// The five-letter code of a PostgreSQL complaint or the number of a SQLite one.
pub(crate) fn code(error: &StoreError) -> Option<String> {
    let (StoreError::Refused(source) | StoreError::Unavailable(source)) = error else { return None };
    Some(source.as_database_error()?.code()?.into_owned())
}
