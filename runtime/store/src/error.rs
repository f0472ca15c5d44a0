//! What can go wrong between us and the database.

use model::FieldId;

use crate::vault::VaultError;

/// Why the store did not answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another record has this value, or this combination of values. Nothing of the transaction is kept.
    #[error("another record has the same value")]
    UniqueTaken {
        /// The fields that must differ together.
        fields: Vec<FieldId>,
    },
    /// Another account has this login.
    #[error("the login `{0}` is taken")]
    LoginTaken(String),
    /// A reference leads to a record that does not exist. Found at the end of the transaction.
    #[error("`{table}.{column}` refers to a record that does not exist")]
    MissingReference {
        /// The table that refers; empty when the database does not say.
        table: String,
        /// The column that refers; empty when the database does not say.
        column: String,
    },
    /// The app was published anew since the caller's version; load it and ask again.
    #[error("the app has been published anew")]
    SchemaChanged,
    /// The request names something its own app does not have: a fault of the caller, not of the data.
    #[error("the request does not fit the app: {0}")]
    Misfit(&'static str),
    /// A number on the way to a computed value is larger than the database computes exactly.
    #[error("a number becomes too large")]
    TooLarge,
    /// An answer took longer than it is waited for. What was under way in the database ends; nothing of it is told.
    #[error("there are too many rows to go through in the time there is")]
    TooLong,
    /// Another process kept the database for itself, and longer than a write waits its turn. Nothing was written.
    #[error("another program has been writing to this database for too long; wait until it is done, then try again")]
    Busy,
    /// The database cannot be reached, or refused to commit.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// After a failed commit this store takes no more writes until it is opened again.
    #[error("a commit failed; the store must be opened again")]
    Poisoned,
    /// A prepared statement from before a publish; never leaves this crate.
    #[error("a prepared statement is out of date")]
    #[doc(hidden)]
    StalePlan,
    /// The work inside a transaction panicked; the transaction was undone.
    #[error("the work inside the transaction failed unexpectedly")]
    Panicked,
    /// The database refused a statement for a reason of its own.
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),
    /// A stored value is not what its column should hold.
    #[error("`{table}.{column}` holds a value that cannot be read (row {row})")]
    BadData {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// The row's id, or its position in the answer.
        row: String,
    },
    /// A file could not be written or read.
    #[error("a stored file could not be written or read")]
    File(#[source] std::io::Error),
    /// A secret was not sealed or opened.
    #[error(transparent)]
    Vault(#[from] VaultError),
    /// The place of the database cannot be understood.
    #[error("`{0}` is not a place for data; write `sqlite:<file>` or `postgres://…`")]
    Place(String),
    /// The database was written by a later version of Loam.
    #[error("the database has system tables of version {found}, this program knows {known}; use a newer program")]
    Newer {
        /// What is there.
        found: i64,
        /// What this program knows.
        known: i64,
    },
}

/// Why a version was not published. Nothing of it was applied.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Somebody else published in the meantime.
    #[error("version {found} has been published in the meantime, this plan starts from {expected}")]
    Stale {
        /// The version the plan starts from.
        expected: i64,
        /// The newest version.
        found: i64,
    },
    /// Steps that lose data and whose names were not said.
    #[error("these steps lose data, or what protects it, and must be named: {}", .names.join(", "))]
    Unconfirmed {
        /// What to name: `objective.note` or `objective`.
        names: Vec<String>,
    },
    /// Stored values that the new definition does not allow.
    #[error("{count} stored values of `{name}` do not fit: {why}")]
    DoesNotFit {
        /// The entity and field.
        name: String,
        /// How many rows.
        count: i64,
        /// What does not fit.
        why: &'static str,
    },
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreError {
    pub(crate) fn bad(table: &str, column: &str, row: impl ToString) -> Self {
        Self::BadData { table: table.to_owned(), column: column.to_owned(), row: row.to_string() }
    }
}
