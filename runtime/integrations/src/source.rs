//! Where rows come from: one module per format.

pub mod csv;
mod encoding;
pub mod xlsx;

use std::io;

use crate::sheet::{MAX_CELL, MAX_COLUMNS, MAX_ROWS};

/// Why a file, or a row of it, could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The file holds nothing.
    #[error("the file has no header row")]
    NoHeader,
    /// More columns than are read.
    #[error("the file has more than {MAX_COLUMNS} columns")]
    TooManyColumns,
    /// More rows than are read.
    #[error("the file has more than {MAX_ROWS} rows; split it")]
    TooManyRows,
    /// A row with more cells than are read.
    #[error("row {row} has more than {MAX_COLUMNS} cells")]
    RowTooWide {
        /// Where.
        row: u64,
    },
    /// A text longer than a cell can be.
    #[error("row {row}, column {column}: the text has more than {MAX_CELL} characters")]
    CellTooLong {
        /// Where.
        row: u64,
        /// Which, from 1.
        column: usize,
    },
    /// A row that goes on and on, most likely because a quotation mark is not closed.
    #[error("a row does not end; a quotation mark before it is probably not closed")]
    Endless,
    /// Neither UTF-8, UTF-16 nor GB18030.
    #[error("the text is neither UTF-8 nor GB18030; save the file as UTF-8")]
    Encoding,
    /// An encoding nobody knows.
    #[error("there is no encoding `{0}`")]
    UnknownEncoding(String),
    /// The workbook is damaged, protected, or no workbook.
    #[error("the workbook cannot be read: {0}")]
    Workbook(String),
    /// The workbook has no such sheet.
    #[error("the workbook has no sheet `{wanted}`; it has {}", .known.join(", "))]
    NoSheet {
        /// What was asked for.
        wanted: String,
        /// What there is.
        known: Vec<String>,
    },
    /// The file could not be read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] io::Error),
}

impl SourceError {
    /// The row, when only that row is at fault and reading goes on.
    pub fn is_of_row(&self) -> Option<u64> {
        match self {
            Self::RowTooWide { row } | Self::CellTooLong { row, .. } => Some(*row),
            _ => None,
        }
    }
}
