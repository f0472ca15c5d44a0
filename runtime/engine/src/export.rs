//! Rows that leave as a workbook. What may leave was decided at the read door, where they were asked for.

use std::io::Cursor;

use integrations::{Sink as _, SinkError, sink::xlsx::Xlsx};

pub use integrations::Cell;

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
