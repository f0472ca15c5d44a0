//! Files in and out: CSV and XLSX, knowing no engine.
//!
//! In: bytes of a file, or rows of cells. Out: rows of cells, or bytes of a file. Refused: what is beyond the limits of
//! [`sheet`], text in no known encoding, files that are not what their name says. Cells keep what the file says and no
//! more: a number is its digits, a day is a day; what a column means is for the caller to say.
//!
//! INVARIANT: a source holds a bounded part of a CSV file, and of an XLSX file its shared texts, whatever its length.
//!
//! To add a format: `source/<name>.rs` giving a [`Sheet`], or `sink/<name>.rs` taking rows through [`Sink`].

pub mod sheet;
pub mod sink;
pub mod source;

pub use sheet::{Cell, Row, Rows, Sheet};
pub use sink::{Sink, SinkError};
pub use source::SourceError;
