//! Workbooks: cells of their type, a header that stays in sight, columns as wide as their beginning. Rows go to a
//! temporary file as they come.

use std::io::{Seek, Write};

use rust_xlsxwriter::{ExcelDateTime, Format, FormatBorder, Workbook};

use crate::{Cell, Sink, SinkError};

/// Rows whose texts decide how wide a column is.
const MEASURED: u32 = 200;
/// Longest name of a sheet, in characters.
const LONGEST: usize = 31;
/// Widest column, in characters.
const WIDEST: usize = 60;

/// A workbook being written, one sheet after another.
pub struct Xlsx<W: Write + Seek + Send> {
    out: W,
    workbook: Workbook,
    names: Vec<String>,
    next: u32,
    widths: Vec<usize>,
    date: Format,
    moment: Format,
}

impl<W: Write + Seek + Send> Xlsx<W> {
    /// Begins a workbook whose first sheet has this name and header.
    ///
    /// # Errors
    /// The sheet's name is not one, or the temporary file cannot be made.
    pub fn new(out: W, name: &str, header: &[String]) -> Result<Self, SinkError> {
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let moment = Format::new().set_num_format("yyyy-mm-dd hh:mm:ss");
        let mut begun =
            Self { out, workbook: Workbook::new(), names: Vec::new(), next: 0, widths: Vec::new(), date, moment };
        begun.begin(name, header)?;
        Ok(begun)
    }

    /// Ends the sheet being written and begins another.
    ///
    /// # Errors
    /// As [`Xlsx::new`].
    pub fn sheet(&mut self, name: &str, header: &[String]) -> Result<(), SinkError> {
        self.end()?;
        self.begin(name, header)
    }

    fn begin(&mut self, name: &str, header: &[String]) -> Result<(), SinkError> {
        let name = self.named(name);
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        if !name.is_empty() {
            sheet.set_name(&name)?;
        }
        sheet.set_freeze_panes(1, 0)?;
        let bold = Format::new().set_bold().set_background_color(0x00E8_EDF3).set_border_bottom(FormatBorder::Thin);
        for (column, text) in (0..).zip(header) {
            sheet.write_string_with_format(0, column, text, &bold)?;
        }
        self.names.push(name.to_lowercase());
        self.widths = header.iter().map(|text| width(text)).collect();
        self.next = 1;
        Ok(())
    }

    /// A name that spreadsheets take: they refuse some characters, long names, and two that differ in small and capital letters only.
    fn named(&self, wanted: &str) -> String {
        let kept: Vec<char> = wanted.chars().filter(|c| !"[]:*?/\\'".contains(*c)).collect();
        let short = |most: usize| kept.iter().take(most).collect::<String>().trim().to_owned();
        let mut name = short(LONGEST);
        let mut count = 2;
        while !name.is_empty() && self.names.contains(&name.to_lowercase()) {
            let end = format!(" {count}");
            name = short(LONGEST - end.len()) + &end;
            count += 1;
        }
        name
    }

    fn end(&mut self) -> Result<(), SinkError> {
        let sheet = self.workbook.worksheet_from_index(self.names.len().saturating_sub(1))?;
        for (column, width) in (0..).zip(&self.widths) {
            sheet.set_column_width(column, *width as f64 + 2.0)?;
        }
        Ok(())
    }
}

impl<W: Write + Seek + Send> Sink for Xlsx<W> {
    fn row(&mut self, cells: &[Cell]) -> Result<(), SinkError> {
        let row = self.next;
        self.next += 1;
        if row <= MEASURED {
            for (widest, cell) in self.widths.iter_mut().zip(cells) {
                *widest = (*widest).max(width(&cell.text())).min(WIDEST);
            }
        }
        let sheet = self.workbook.worksheet_from_index(self.names.len().saturating_sub(1))?;
        for (column, cell) in (0_u16..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    sheet.write_string(row, column, text)?;
                }
                Cell::Number(digits) => match exact(digits) {
                    Some(number) => {
                        sheet.write_number(row, column, number)?;
                    }
                    None => {
                        sheet.write_string(row, column, digits)?;
                    }
                },
                Cell::Bool(flag) => {
                    sheet.write_boolean(row, column, *flag)?;
                }
                Cell::Date(day) => match date(*day) {
                    Some(date) => {
                        sheet.write_datetime_with_format(row, column, &date, &self.date)?;
                    }
                    None => {
                        sheet.write_string(row, column, day.to_string())?;
                    }
                },
                Cell::DateTime(moment) => {
                    let time = moment.time();
                    let clock = (u16::try_from(time.hour()), u8::try_from(time.minute()));
                    let seconds = f64::from(time.second()) + f64::from(time.subsec_nanosecond()) / 1e9;
                    let whole = match (date(moment.date()), clock) {
                        (Some(date), (Ok(hour), Ok(minute))) => date.and_hms(hour, minute, seconds).ok(),
                        _ => None,
                    };
                    match whole {
                        Some(whole) => sheet.write_datetime_with_format(row, column, &whole, &self.moment)?,
                        None => sheet.write_string(row, column, moment.to_string())?,
                    };
                }
            }
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), SinkError> {
        self.end()?;
        let Self { out, mut workbook, .. } = *self;
        workbook.save_to_writer(out)?;
        Ok(())
    }
}

fn date(day: jiff::civil::Date) -> Option<ExcelDateTime> {
    let (year, month, day) = (u16::try_from(day.year()), u8::try_from(day.month()), u8::try_from(day.day()));
    ExcelDateTime::from_ymd(year.ok()?, month.ok()?, day.ok()?).ok()
}

/// The number a spreadsheet would keep, if it keeps all digits.
fn exact(digits: &str) -> Option<f64> {
    let number: f64 = digits.parse().ok()?;
    let wanted: rust_decimal::Decimal = digits.parse().ok()?;
    let kept: rust_decimal::Decimal = number.to_string().parse().ok()?;
    (wanted == kept).then_some(number)
}

/// Columns a text takes: two for characters of East Asian scripts.
fn width(text: &str) -> usize {
    let line = text.lines().next().unwrap_or_default();
    line.chars().map(|c| if c > '\u{2e7f}' { 2 } else { 1 }).sum()
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use jiff::civil::date;

    use super::*;
    use crate::source;

    #[test]
    fn what_is_written_is_read_back() {
        let header = ["名称".to_owned(), "数".to_owned(), "日期".to_owned(), "时刻".to_owned(), "有效".to_owned()];
        let rows = [
            vec![
                Cell::Text("=张三".to_owned()),
                Cell::Number("0.1".to_owned()),
                Cell::Date(date(2025, 11, 10)),
                Cell::DateTime(date(2025, 11, 10).at(8, 30, 15, 0)),
                Cell::Bool(true),
            ],
            vec![
                Cell::Text("李四".to_owned()),
                Cell::Text("12345678901234567.89".to_owned()),
                Cell::Empty,
                Cell::Empty,
                Cell::Bool(false),
            ],
        ];
        let mut out = tempfile();
        let mut sink = Box::new(Xlsx::new(&mut out, "人员/2025", &header).unwrap());
        for row in &rows {
            // A number with more digits than a spreadsheet keeps goes out as text.
            let row: Vec<Cell> = row
                .iter()
                .map(|cell| match cell {
                    Cell::Text(text) if text.starts_with('1') => Cell::Number(text.clone()),
                    other => other.clone(),
                })
                .collect();
            sink.row(&row).unwrap();
        }
        sink.finish().unwrap();
        let bytes = out.into_inner();
        let sheet = source::xlsx::open(Cursor::new(bytes.clone()), Some("人员2025")).unwrap();
        assert_eq!(sheet.header, header);
        let read: Vec<_> = sheet.rows.map(|row| row.unwrap()).collect();
        assert_eq!(read.iter().map(|row| row.number).collect::<Vec<_>>(), [2, 3]);
        assert_eq!(read[0].cells, rows[0]);
        assert_eq!(read[1].cells, rows[1]);
        let missing = source::xlsx::open(Cursor::new(bytes), Some("x")).err().unwrap();
        assert_eq!(missing.to_string(), "the workbook has no sheet `x`; it has 人员2025");
    }

    #[test]
    fn sheets_have_names_of_their_own() {
        let mut out = tempfile();
        let mut sink = Box::new(Xlsx::new(&mut out, "Visits", &["a".to_owned()]).unwrap());
        sink.row(&[Cell::Number("1".to_owned())]).unwrap();
        sink.sheet("visits", &["b".to_owned()]).unwrap();
        sink.row(&[Cell::Number("2".to_owned())]).unwrap();
        sink.sheet(&"长".repeat(40), &["c".to_owned()]).unwrap();
        sink.sheet(&"长".repeat(40), &["d".to_owned()]).unwrap();
        sink.finish().unwrap();
        let bytes = out.into_inner();
        let head = |name: &str| source::xlsx::open(Cursor::new(bytes.clone()), Some(name)).unwrap().header;
        assert_eq!((head("Visits"), head("visits 2")), (vec!["a".to_owned()], vec!["b".to_owned()]));
        assert_eq!(
            (head(&"长".repeat(31)), head(&format!("{} 2", "长".repeat(29)))),
            (vec!["c".to_owned()], vec!["d".to_owned()])
        );
    }

    fn tempfile() -> Cursor<Vec<u8>> {
        Cursor::new(Vec::new())
    }

    #[test]
    fn what_is_no_workbook_is_refused() {
        let fault = source::xlsx::open(Cursor::new(b"a,b\n1,2\n".to_vec()), None).err().unwrap();
        assert_eq!(fault.to_string(), "the workbook cannot be read: it is no XLSX file");
    }
}
