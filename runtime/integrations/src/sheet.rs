//! A table as files know it: a header and rows of cells.

use jiff::civil::{Date, DateTime};

use crate::SourceError;

/// Most rows read from one file, the header not counted.
pub const MAX_ROWS: u64 = 1_000_000;
/// Most columns of a row.
pub const MAX_COLUMNS: usize = 1_000;
/// Most characters of a cell; what a spreadsheet can hold.
pub const MAX_CELL: usize = 32_767;

/// What a cell says. Moments have no zone in files; the caller knows which one is meant.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// Nothing.
    #[default]
    Empty,
    /// Text; everything a CSV file holds.
    Text(String),
    /// A number, by its exact digits.
    Number(String),
    /// Yes or no.
    Bool(bool),
    /// A day.
    Date(Date),
    /// A moment of local time.
    DateTime(DateTime),
}

impl Cell {
    /// Whether there is nothing in it but blanks.
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Empty => true,
            Self::Text(text) => text.trim().is_empty(),
            _ => false,
        }
    }

    /// The cell as one would type it: days as `2025-11-10`, moments as `2025-11-10T08:30:00`, yes and no as `true` and
    /// `false`.
    pub fn text(&self) -> String {
        match self {
            Self::Empty => String::new(),
            Self::Text(text) | Self::Number(text) => text.clone(),
            Self::Bool(flag) => flag.to_string(),
            Self::Date(date) => date.to_string(),
            Self::DateTime(moment) => moment.to_string(),
        }
    }
}

/// A row and where it stands in its file.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// The number a spreadsheet gives it. Entirely empty lines of a text file are not counted.
    pub number: u64,
    /// Its cells; missing ones at the end are left out.
    pub cells: Vec<Cell>,
}

/// Rows as they are read. After a fault of one row ([`SourceError::is_of_row`]) reading goes on; after any other it ends.
pub type Rows = Box<dyn Iterator<Item = Result<Row, SourceError>> + Send>;

/// A table being read.
pub struct Sheet {
    /// The texts of the first row that has any, trimmed; empty ones at the end left out.
    pub header: Vec<String>,
    /// The rows below it; blank ones left out.
    pub rows: Rows,
}

/// The header's texts, checked.
pub(crate) fn header(cells: &[Cell]) -> Result<Vec<String>, SourceError> {
    let mut header: Vec<String> = cells.iter().map(|cell| cell.text().trim().to_owned()).collect();
    while header.last().is_some_and(String::is_empty) {
        header.pop();
    }
    if header.is_empty() {
        return Err(SourceError::NoHeader);
    }
    if header.len() > MAX_COLUMNS {
        return Err(SourceError::TooManyColumns);
    }
    Ok(header)
}

/// The row, unless one of the limits is passed.
pub(crate) fn within_limits(row: Row) -> Result<Row, SourceError> {
    if row.cells.len() > MAX_COLUMNS {
        return Err(SourceError::RowTooWide { row: row.number });
    }
    // A text of at most MAX_CELL bytes has no more characters.
    let long =
        |cell: &Cell| matches!(cell, Cell::Text(text) if text.len() > MAX_CELL && text.chars().count() > MAX_CELL);
    match row.cells.iter().position(long) {
        Some(column) => Err(SourceError::CellTooLong { row: row.number, column: column + 1 }),
        None => Ok(row),
    }
}
