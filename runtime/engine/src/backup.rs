//! Backup and restore, as acts: what leaves as a whole and what comes back as a whole is on the ledger.
//!
//! How a backup is written as a file is not known here; see whoever calls.

use std::sync::Arc;

use app::App;
use model::UserId;
use serde_json::Value as Json;
use store::backup::{Dumped, LoadError, Loading, Opens, Sink};

use crate::{Act, By, Engine, note::Pen};

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The definition in the backup does not compile.
    #[error("the definition in the backup does not compile: {0}")]
    Compile(String),
    /// The rows were not taken.
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Engine {
    /// Reads every table that a backup holds, as of one moment. Whoever writes the file then says so by
    /// [`Engine::note_backup`].
    ///
    /// # Errors
    /// Those of the database; [`store::StoreError::SchemaChanged`] when a publish came in between.
    pub async fn dump(&self, sink: &mut dyn Sink) -> Result<Dumped, store::StoreError> {
        let edition = self.edition();
        self.store().dump(&edition.app, edition.version, sink).await
    }

    /// Puts on the ledger that a backup was made.
    ///
    /// # Errors
    /// The database failed; then the backup must not be handed out.
    pub async fn note_backup(&self, facts: Json) -> Result<(), store::StoreError> {
        let mut act = Act::new("backup.make", "database");
        act.facts = facts;
        self.note(operator(), act).await
    }

    /// Fills an empty database from a backup, and puts that on the restored ledger in the same transaction. Answers how many
    /// rows came back.
    ///
    /// # Errors
    /// [`RestoreError`] says why nothing was written.
    pub async fn restore(&self, documents: Option<&Json>, facts: Json, rows: Opens) -> Result<u64, RestoreError> {
        let app = match documents {
            Some(documents) => (self.inner.compile)(documents).map_err(RestoreError::Compile)?,
            None => Arc::new(App::new(app::Parts::default())),
        };
        let at = self.now();
        let mut act = Act::new("backup.restore", "database");
        act.facts = facts;
        let entries = vec![Pen::new(self, operator(), at).entry(&act)];
        let loading = Loading { app, at, by: UserId::nil(), entries, rows };
        Ok(self.store().load(loading).await?)
    }
}

/// Whoever operates the machine.
fn operator() -> By {
    By { user: Some(UserId::nil()), login: "loam".to_owned(), ..By::default() }
}
