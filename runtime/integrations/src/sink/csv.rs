//! Comma-separated values as RFC 4180 says: quotes only where needed, lines ended by CR LF unless said otherwise.
//!
//! A text that begins with `=`, `+`, `-` or `@` is taken for a formula by spreadsheets. It is written as it is, so that
//! what is exported imports as the same; [`Options::guard`] puts an apostrophe before it for files that only people read.

use std::io::{self, Write};

use csv::{Terminator, Writer, WriterBuilder};

use crate::{Cell, Sink, SinkError};

/// How a file is written.
#[derive(Debug, Clone, Copy, Default)]
pub struct Options {
    /// Begin with a byte-order mark, by which spreadsheets know UTF-8.
    pub mark: bool,
    /// End lines with LF alone.
    pub unix: bool,
    /// Put an apostrophe before texts that spreadsheets would take for formulas.
    pub guard: bool,
}

/// A file being written.
pub struct Csv<W: Write> {
    writer: Writer<W>,
    guard: bool,
}

impl<W: Write> Csv<W> {
    /// Begins a file with its header.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn new(mut out: W, header: &[String], options: Options) -> Result<Self, SinkError> {
        if options.mark {
            out.write_all("\u{feff}".as_bytes())?;
        }
        let terminator = if options.unix { Terminator::Any(b'\n') } else { Terminator::CRLF };
        let mut writer = WriterBuilder::new().terminator(terminator).from_writer(out);
        writer.write_record(header).map_err(failed)?;
        Ok(Self { writer, guard: options.guard })
    }
}

impl<W: Write> Sink for Csv<W> {
    fn row(&mut self, cells: &[Cell]) -> Result<(), SinkError> {
        for cell in cells {
            match cell {
                Cell::Text(text) if self.guard && text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
                    self.writer.write_field(format!("'{text}"))
                }
                Cell::Text(text) | Cell::Number(text) => self.writer.write_field(text),
                other => self.writer.write_field(other.text()),
            }
            .map_err(failed)?;
        }
        self.writer.write_record(None::<&[u8]>).map_err(failed)?;
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), SinkError> {
        Ok(self.writer.flush()?)
    }
}

fn failed(error: csv::Error) -> SinkError {
    SinkError::Io(match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        // Rows have as many cells as the header, which is the only other thing the writer minds.
        _ => io::ErrorKind::InvalidInput.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(options: Options) -> String {
        let mut out = Vec::new();
        let header = ["甲".to_owned(), "b".to_owned()];
        let mut sink = Box::new(Csv::new(&mut out, &header, options).unwrap());
        sink.row(&[Cell::Text("一,\"二\"\n三".to_owned()), Cell::Number("-1.50".to_owned())]).unwrap();
        sink.row(&[Cell::Text("=1+1".to_owned()), Cell::Empty]).unwrap();
        sink.row(&[Cell::Date(jiff::civil::date(2025, 1, 2)), Cell::Bool(true)]).unwrap();
        sink.finish().unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn quotes_where_needed() {
        let plain = "甲,b\r\n\"一,\"\"二\"\"\n三\",-1.50\r\n=1+1,\r\n2025-01-02,true\r\n";
        assert_eq!(write(Options::default()), plain);
        let marked = write(Options { mark: true, unix: true, guard: true });
        assert!(marked.starts_with("\u{feff}甲,b\n"));
        assert!(marked.contains("'=1+1,\n"));
        assert!(marked.contains(",-1.50\n"), "numbers are no formulas");
    }
}
