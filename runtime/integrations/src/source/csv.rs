//! Separated values: any of `,` `;` tab `|`, quoted as RFC 4180 says, line breaks inside quotes included.

use std::{
    io::{Read, Seek},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use csv::{ErrorKind, Reader, ReaderBuilder, StringRecord};
use encoding_rs::Encoding;

use super::encoding::{Decoded, detect, explain};
use crate::{
    Row, Sheet, SourceError,
    sheet::{self, Cell, MAX_ROWS},
};

/// What a caller knows about a file; what it does not know is found out.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What stands between cells.
    pub delimiter: Option<u8>,
    /// The encoding's name, `gb18030` for instance.
    pub encoding: Option<String>,
}

/// Opens a file. Reads it once through to find its encoding, unless that was said.
///
/// # Errors
/// The file cannot be read, or holds no header.
pub fn open<R: Read + Seek + Send + 'static>(mut file: R, options: &Options) -> Result<Sheet, SourceError> {
    let encoding = match &options.encoding {
        Some(name) => Encoding::for_label(name.as_bytes()).ok_or_else(|| SourceError::UnknownEncoding(name.clone()))?,
        None => detect(&mut file)?,
    };
    let mut text = Decoded::new(file, encoding);
    let delimiter = match options.delimiter {
        Some(delimiter) => delimiter,
        None => guess_delimiter(text.peek().map_err(explain)?),
    };
    let row_end = text.row_end();
    let reader = ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter).from_reader(text);
    let mut records = Records { reader, row_end, record: StringRecord::new(), number: 0, rows: 0, ended: false };
    let first = records.next().ok_or(SourceError::NoHeader)??;
    records.rows = 0;
    Ok(Sheet { header: sheet::header(&first.cells)?, rows: Box::new(records) })
}

/// The candidate that separates the first row into most cells; a comma when none does.
fn guess_delimiter(text: &[u8]) -> u8 {
    let mut counts = [(b',', 0_u32), (b';', 0), (b'\t', 0), (b'|', 0)];
    let mut quoted = false;
    for byte in text {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' if !quoted => break,
            byte if !quoted => {
                counts.iter_mut().filter(|(candidate, _)| candidate == byte).for_each(|(_, count)| *count += 1);
            }
            _ => {}
        }
    }
    // The first of equals wins, which is the comma.
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(delimiter, _)| *delimiter)
}

struct Records<R> {
    reader: Reader<Decoded<R>>,
    row_end: Arc<AtomicU64>,
    record: StringRecord,
    /// As a spreadsheet would count it: a row with line breaks in its quotes is one.
    number: u64,
    rows: u64,
    ended: bool,
}

impl<R: Read> Iterator for Records<R> {
    type Item = Result<Row, SourceError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if self.ended {
                return None;
            }
            match self.reader.read_record(&mut self.record) {
                Ok(false) => return None,
                Ok(true) => {}
                Err(error) => {
                    self.ended = true;
                    return Some(Err(match error.into_kind() {
                        ErrorKind::Io(error) => explain(error),
                        _ => SourceError::Encoding,
                    }));
                }
            }
            self.row_end.store(self.reader.position().byte(), Ordering::Relaxed);
            self.number += 1;
            let cells: Vec<Cell> = self.record.iter().map(cell).collect();
            if cells.iter().all(Cell::is_blank) {
                continue;
            }
            self.rows += 1;
            if self.rows > MAX_ROWS {
                self.ended = true;
                return Some(Err(SourceError::TooManyRows));
            }
            return Some(sheet::within_limits(Row { number: self.number, cells }));
        }
    }
}

fn cell(text: &str) -> Cell {
    if text.is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn read(bytes: &[u8]) -> (Vec<String>, Vec<(u64, Vec<String>)>) {
        let sheet = open(Cursor::new(bytes.to_vec()), &Options::default()).unwrap();
        let rows = sheet.rows.map(|row| {
            let row = row.unwrap();
            (row.number, row.cells.iter().map(Cell::text).collect())
        });
        (sheet.header.clone(), rows.collect())
    }

    fn texts(items: &[&str]) -> Vec<String> {
        items.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_mark_quotes_and_line_breaks() {
        let (header, rows) =
            read("\u{feff}姓名, 备注 ,\r\n\"李, 雷\",\"一\n\"\"二\"\"\"\r\n\r\n韩梅梅,,x\r\n".as_bytes());
        assert_eq!(header, texts(&["姓名", "备注"]));
        assert_eq!(rows, [(2, texts(&["李, 雷", "一\n\"二\""])), (3, texts(&["韩梅梅", "", "x"]))]);
    }

    #[test]
    fn encodings_are_found() {
        let (gbk, _, _) = encoding_rs::GB18030.encode("工号;姓名\nE1;张三\n");
        assert_eq!(read(&gbk), (texts(&["工号", "姓名"]), vec![(2, texts(&["E1", "张三"]))]));
        let utf16: Vec<u8> = "\u{feff}工号\t姓名\nE1\t张三\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read(&utf16), (texts(&["工号", "姓名"]), vec![(2, texts(&["E1", "张三"]))]));
        let long = format!("a,b\n{}", "x,汉\n".repeat(40_000));
        assert_eq!(read(long.as_bytes()).1.len(), 40_000);
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let fault = |bytes: &[u8]| match open(Cursor::new(bytes.to_vec()), &Options::default()) {
            Err(error) => error.to_string(),
            Ok(sheet) => sheet.rows.filter_map(Result::err).map(|error| error.to_string()).collect(),
        };
        assert_eq!(fault(b""), "the file has no header row");
        assert_eq!(fault(b"\n , \n"), "the file has no header row");
        assert!(fault(b"a,b\n\xff\xff\xff\xff,1\n").contains("neither"));
        assert_eq!(
            fault(format!("a\n{}\nfine\n", "x".repeat(40_000)).as_bytes()),
            "row 2, column 1: the text has more than 32767 characters"
        );
        assert!(fault(format!("a\n\"{}", "x".repeat(40 << 20)).as_bytes()).contains("quotation mark"));
    }
}
