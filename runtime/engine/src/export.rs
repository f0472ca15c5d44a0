//! Rows that leave as a workbook. What may leave was decided at the read door, where they were asked for.

use std::io::Cursor;

use integrations::{Sink as _, SinkError, sink::xlsx::Xlsx};

pub use integrations::Cell;

/// One sheet of a workbook.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sheet {
    /// Its name; shortened, or told apart from an equal one, where a spreadsheet asks for that.
    pub name: String,
    /// The first row.
    pub header: Vec<String>,
    /// The others.
    pub rows: Vec<Vec<Cell>>,
}

/// A workbook of one sheet, in memory.
///
/// # Errors
/// The temporary file that rows pass through cannot be written, or the sheet holds no more rows.
pub fn workbook(
    name: &str,
    header: &[String],
    rows: impl IntoIterator<Item = Vec<Cell>>,
) -> Result<Vec<u8>, SinkError> {
    let mut out = Cursor::new(Vec::new());
    let mut sink = Box::new(Xlsx::new(&mut out, name, header)?);
    for row in rows {
        sink.row(&row)?;
    }
    sink.finish()?;
    Ok(out.into_inner())
}

/// A workbook of these sheets, in memory; of none it is empty.
///
/// # Errors
/// As [`workbook`].
pub fn sheets(sheets: &[Sheet]) -> Result<Vec<u8>, SinkError> {
    let Some((first, rest)) = sheets.split_first() else { return workbook("", &[], Vec::new()) };
    let mut out = Cursor::new(Vec::new());
    let mut sink = Box::new(Xlsx::new(&mut out, &first.name, &first.header)?);
    for row in &first.rows {
        sink.row(row)?;
    }
    for sheet in rest {
        sink.sheet(&sheet.name, &sheet.header)?;
        for row in &sheet.rows {
            sink.row(row)?;
        }
    }
    sink.finish()?;
    Ok(out.into_inner())
}
