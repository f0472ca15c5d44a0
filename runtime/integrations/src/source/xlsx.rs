//! Workbooks. One sheet is read, cell by cell, on a thread of its own, so that a large one is never held as a whole.

use std::{
    io::{Read, Seek},
    sync::mpsc::{SyncSender, sync_channel},
    thread,
};

use calamine::{DataRef, ExcelDateTime, Reader, Xlsx, XlsxError};
use jiff::civil::{Date, DateTime};

use crate::{
    Row, Sheet, SourceError,
    sheet::{self, Cell, MAX_COLUMNS, MAX_ROWS},
};

/// Rows read ahead of whoever takes them.
const AHEAD: usize = 256;

type Read1 = Result<Row, SourceError>;

/// Opens a workbook at the named sheet, or its first.
///
/// # Errors
/// The file is no workbook, has no such sheet, or the sheet holds no header.
pub fn open<R: Read + Seek + Send + 'static>(file: R, name: Option<&str>) -> Result<Sheet, SourceError> {
    let workbook = Xlsx::new(file).map_err(|error| unreadable(&error))?;
    let known = workbook.sheet_names();
    let name = match name {
        None => known.first().cloned().ok_or(SourceError::NoHeader)?,
        Some(wanted) if known.iter().any(|name| name == wanted) => wanted.to_owned(),
        Some(wanted) => return Err(SourceError::NoSheet { wanted: wanted.to_owned(), known }),
    };
    let (sender, receiver) = sync_channel(AHEAD);
    thread::Builder::new().name("workbook".to_owned()).spawn(move || read(workbook, &name, &sender))?;
    let mut rows = receiver.into_iter();
    let first = rows.next().ok_or(SourceError::NoHeader)??;
    Ok(Sheet { header: sheet::header(&first.cells)?, rows: Box::new(rows) })
}

/// Sends the header row and every row below it, until the end, a fault, or nobody listens.
fn read<R: Read + Seek>(mut workbook: Xlsx<R>, name: &str, sender: &SyncSender<Read1>) {
    let mut cells = match workbook.worksheet_cells_reader(name) {
        Ok(cells) => cells,
        Err(error) => {
            let _ = sender.send(Err(unreadable(&error)));
            return;
        }
    };
    let mut row = Row { number: 1, cells: Vec::new() };
    let mut sent = 0;
    loop {
        let next = match cells.next_cell() {
            Ok(next) => next,
            Err(error) => {
                let _ = sender.send(Err(unreadable(&error)));
                return;
            }
        };
        let number = next.as_ref().map_or(u64::MAX, |cell| u64::from(cell.get_position().0) + 1);
        if number != row.number {
            let done = std::mem::replace(&mut row, Row { number, cells: Vec::new() });
            if !done.cells.iter().all(Cell::is_blank) {
                sent += 1;
                // The header is sent too.
                if sent > MAX_ROWS + 1 {
                    let _ = sender.send(Err(SourceError::TooManyRows));
                    return;
                }
                if sender.send(sheet::within_limits(done)).is_err() {
                    return;
                }
            }
        }
        let Some(cell) = next else { return };
        let column = cell.get_position().1 as usize;
        // One past the limit is enough for it to be noticed.
        if column <= MAX_COLUMNS {
            let value = value(cell.get_value());
            if value != Cell::Empty {
                row.cells.resize(row.cells.len().max(column), Cell::Empty);
                row.cells.push(value);
            }
        }
    }
}

fn value(data: &DataRef<'_>) -> Cell {
    match data {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => Cell::Number(number.to_string()),
        // The shortest digits that give the same number back: what was typed, not what binary made of it.
        DataRef::Float(number) => Cell::Number(number.to_string()),
        DataRef::String(text) => text_cell(text),
        DataRef::SharedString(text) => text_cell(text),
        DataRef::Bool(flag) => Cell::Bool(*flag),
        DataRef::DateTime(moment) => date(moment),
        DataRef::DateTimeIso(text) => text
            .parse()
            .map_or_else(|_| text.parse().map_or_else(|_| Cell::Text(text.clone()), Cell::Date), Cell::DateTime),
        DataRef::DurationIso(text) => Cell::Text(text.clone()),
        DataRef::Error(error) => Cell::Text(error.to_string()),
    }
}

fn text_cell(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

/// A day when the clock says midnight, else a moment; a length of time is its number of seconds.
fn date(moment: &ExcelDateTime) -> Cell {
    let serial = moment.as_f64();
    if moment.is_duration() {
        return Cell::Number((serial * 86_400.0).round().to_string());
    }
    let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
    let small = |number: u8| i8::try_from(number).ok();
    let read = || {
        let year = i16::try_from(year).ok()?;
        if serial.fract() == 0.0 {
            return Date::new(year, small(month)?, small(day)?).ok().map(Cell::Date);
        }
        let nanos = i32::from(milli) * 1_000_000;
        let (hour, minute, second) = (small(hour)?, small(minute)?, small(second)?);
        DateTime::new(year, small(month)?, small(day)?, hour, minute, second, nanos).ok().map(Cell::DateTime)
    };
    read().unwrap_or_else(|| Cell::Number(serial.to_string()))
}

fn unreadable(error: &XlsxError) -> SourceError {
    match error {
        XlsxError::Password => SourceError::Workbook("it is protected by a password".to_owned()),
        XlsxError::Zip(_) | XlsxError::FileNotFound(_) => SourceError::Workbook("it is no XLSX file".to_owned()),
        other => SourceError::Workbook(other.to_string()),
    }
}
