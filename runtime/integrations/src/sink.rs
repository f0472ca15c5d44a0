//! Where rows go: one module per format.

pub mod csv;
pub mod xlsx;

use std::io;

use crate::Cell;

/// Takes rows and makes a file of them. A sink that is dropped without [`Sink::finish`] leaves an unusable file.
pub trait Sink {
    /// Takes a row, of as many cells as the header.
    ///
    /// # Errors
    /// The file cannot be written, or the format holds no more rows.
    fn row(&mut self, cells: &[Cell]) -> Result<(), SinkError>;

    /// Completes the file.
    ///
    /// # Errors
    /// The file cannot be written.
    fn finish(self: Box<Self>) -> Result<(), SinkError>;
}

/// Why rows could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The file could not be written.
    #[error("the file cannot be written: {0}")]
    Io(#[from] io::Error),
    /// The workbook cannot hold it.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
}
