//! Rows of a file become records: columns find their fields, rows their records, texts the records they refer to.
//!
//! In: rows of cells, a [`Mapping`] of their columns, an [`Actor`] whose rights decide what is written. Out: a [`Report`]
//! that says of every refused row where and why. Refused: a column that fits no field, a text that names no record or
//! several, and whatever the write door refuses.
//!
//! INVARIANT: with [`OnError::Stop`] a refused row means that nothing of its transaction is written.
//! INVARIANT: a dry run passes the write door like any other and is undone there.

mod lookup;
mod mapping;
mod prepare;
mod seeds;
mod write;

use std::io::Cursor;

use integrations::source::csv;
use model::{EntityId, RecordId};
use policy::{Action, Change, authorize};

pub use integrations::{Cell, Row, Rows, Sheet, SourceError};
pub use mapping::{Column, Mapping, MappingFault, Rules};
pub use seeds::{SeedError, Seeded, seeds};

use self::{lookup::Lookup, prepare::Prepared};
use crate::{Actor, CommandError, Engine, QueryError};

/// Most rows in one transaction; longer files are taken in batches.
pub const MAX_TRANSACTION: usize = 200_000;

/// Most refusals kept; the others are counted.
pub const MAX_REFUSALS: usize = 10_000;

/// What a refused row means for the others of its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnError {
    /// None of them is written.
    #[default]
    Stop,
    /// They are written.
    Skip,
}

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct How {
    /// What a refused row means for the others.
    pub on_error: OnError,
    /// Rows per transaction; all in one when `None`.
    pub batch: Option<usize>,
    /// Write nothing, only say what would happen.
    pub dry_run: bool,
    /// Rows at the beginning that an earlier run has written.
    pub done: u64,
}

/// Why a row, or a cell of it, was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The row's number in its file.
    pub row: u64,
    /// The column's heading; `None` for the row as a whole.
    pub column: Option<String>,
    /// Why, in the actor's language.
    pub reason: String,
}

/// What an import did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Rows read, those of an earlier run left out.
    pub rows: u64,
    /// Records made.
    pub created: u64,
    /// Records that were there and took the row's values.
    pub updated: u64,
    /// Records that were there and had the row's values already.
    pub unchanged: u64,
    /// Refused rows.
    pub refused: u64,
    /// Why; at most [`MAX_REFUSALS`].
    pub refusals: Vec<Refusal>,
    /// Whether it ended before the end of the file because of a refused row.
    pub stopped: bool,
}

/// Why an import could not go on. Batches before it are written.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// The file cannot be read further.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// One transaction has its limits.
    #[error(
        "the file has more than {MAX_TRANSACTION} rows, which is too many for one transaction; import it in batches"
    )]
    TooLong,
    /// A question was refused.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// Writing failed for a reason that is not a row's.
    #[error(transparent)]
    Command(#[from] CommandError),
}

impl Report {
    fn refuse(&mut self, refusals: Vec<Refusal>) {
        if refusals.is_empty() {
            return;
        }
        self.refused += 1;
        let room = MAX_REFUSALS.saturating_sub(self.refusals.len());
        self.refusals.extend(refusals.into_iter().take(room));
    }
}

/// The table of separated values, its separator and encoding found out.
///
/// # Errors
/// The text is in no known encoding, or holds no header.
pub fn separated(text: Vec<u8>) -> Result<Sheet, SourceError> {
    csv::open(Cursor::new(text), &csv::Options::default())
}

/// Refuses who may import no row of the entity, before the file tells anything. [`run`] does so itself.
///
/// # Errors
/// [`QueryError::Denied`], which is then on the ledger.
pub async fn permit(engine: &Engine, actor: &Actor, entity: EntityId) -> Result<(), QueryError> {
    let nothing = Change { entity, action: Action::Import, id: RecordId::nil(), given: Vec::new() };
    if let Err(denied) = authorize(&actor.rights, actor.user, &actor.edition.app, nothing) {
        engine.denied(actor, &denied).await;
        return Err(denied.into());
    }
    Ok(())
}

/// Imports rows. `progress` hears after every transaction how many rows of the file are done for good, those of an
/// earlier run included.
///
/// # Errors
/// See [`ImportError`]; refused rows are in the report.
pub async fn run(
    engine: &Engine,
    actor: &Actor,
    mapping: &Mapping,
    rows: impl Iterator<Item = Result<Row, SourceError>> + Send,
    how: How,
    mut progress: impl FnMut(u64) + Send,
) -> Result<Report, ImportError> {
    permit(engine, actor, mapping.entity).await?;
    let mut report = Report::default();
    let mut lookup = Lookup::default();
    let skip = usize::try_from(how.done).unwrap_or(usize::MAX);
    let mut rows = rows.skip(skip).peekable();
    let mut done = how.done;
    while rows.peek().is_some() {
        let mut chunk = Vec::new();
        let mut unreadable = Vec::new();
        let limit = how.batch.unwrap_or(MAX_TRANSACTION);
        while chunk.len() < limit {
            match rows.next() {
                None => break,
                Some(Ok(row)) => chunk.push(row),
                Some(Err(error)) => match error.is_of_row() {
                    Some(row) => unreadable.push(Refusal { row, column: None, reason: error.to_string() }),
                    None => return Err(error.into()),
                },
            }
        }
        if how.batch.is_none() && rows.peek().is_some() {
            return Err(ImportError::TooLong);
        }
        let taken = (chunk.len() + unreadable.len()) as u64;
        report.rows += taken;
        let refused = report.refused;
        unreadable.into_iter().for_each(|refusal| report.refuse(vec![refusal]));
        let prepared = Prepared::of(engine, actor, mapping, &mut lookup, chunk, &mut report).await?;
        write::write(engine, actor, mapping, prepared, how, refused, &mut report).await?;
        lookup.forget();
        if how.on_error == OnError::Stop && report.refused > 0 {
            report.stopped = rows.peek().is_some();
            break;
        }
        done += taken;
        progress(done);
    }
    report.refusals.sort_by_key(|refusal| refusal.row);
    if !how.dry_run {
        let entity = actor.edition.app.entity(mapping.entity).map(|entity| entity.name.to_string());
        let act = crate::Act::new("import", entity.unwrap_or_default())
            .fact("created", report.created)
            .fact("updated", report.updated)
            .fact("unchanged", report.unchanged)
            .fact("refused", report.refused);
        engine.note(actor, act).await.map_err(crate::CommandError::from)?;
    }
    Ok(report)
}
