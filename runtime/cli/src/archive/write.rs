//! Writing a backup.

use std::{
    collections::BTreeSet,
    io::{self, Write},
};

use flate2::{Compression, write::GzEncoder};
use serde_json::Value as Json;
use store::backup::{Sink, system_version};

use super::{FORMAT, HEAD, Head, MANIFEST, Manifest, Part, seal::Sealing, sha256, tar};

/// Bytes of rows that make a part.
const PART: usize = 1 << 20;

/// Where the bytes go: as they are, or sealed.
enum Out<W: Write> {
    Plain(W),
    Sealed(Box<Sealing<W>>),
}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(out) => out.write(bytes),
            Self::Sealed(out) => out.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(out) => out.flush(),
            Self::Sealed(out) => out.flush(),
        }
    }
}

/// A backup being written.
pub struct Writing<W: Write> {
    out: GzEncoder<Out<W>>,
    parts: Vec<Part>,
    table: Option<Table>,
    attached: BTreeSet<String>,
}

struct Table {
    name: String,
    columns: Vec<String>,
    /// Where the hash of an attached file stands, in the table that has them.
    hash: Option<usize>,
    count: u32,
    text: Vec<u8>,
    rows: u64,
}

impl<W: Write> Writing<W> {
    /// Begins; with a passphrase and a salt where it is to be sealed.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(out: W, sealed: Option<(&str, [u8; 16])>) -> io::Result<Self> {
        let out = match sealed {
            None => Out::Plain(out),
            Some((passphrase, salt)) => Out::Sealed(Box::new(Sealing::new(out, passphrase, salt)?)),
        };
        let mut writing = Self {
            out: GzEncoder::new(out, Compression::new(4)),
            parts: Vec::new(),
            table: None,
            attached: BTreeSet::new(),
        };
        let head = Head { format: FORMAT, system: system_version(), loam: env!("CARGO_PKG_VERSION").to_owned() };
        writing.member(HEAD, &serde_json::to_vec(&head)?, 0)?;
        Ok(writing)
    }

    fn member(&mut self, name: &str, content: &[u8], rows: u64) -> io::Result<()> {
        tar::write(&mut self.out, name, content)?;
        let part = Part { name: name.to_owned(), size: content.len() as u64, sha256: sha256(content), rows };
        self.parts.push(part);
        Ok(())
    }

    /// Ends the table that was begun.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn end_tables(&mut self) -> io::Result<()> {
        let Some(mut table) = self.table.take() else { return Ok(()) };
        self.part(&mut table)
    }

    fn part(&mut self, table: &mut Table) -> io::Result<()> {
        let name = format!("tables/{}/{:06}.ndjson", short(&table.name), table.count);
        let text = std::mem::take(&mut table.text);
        let rows = std::mem::take(&mut table.rows);
        table.count += 1;
        self.member(&name, &text, rows)
    }

    /// The attached files that the rows written speak of.
    pub fn attached(&self) -> Vec<String> {
        self.attached.iter().cloned().collect()
    }

    /// Writes an attached file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn file(&mut self, hash: &str, content: &[u8]) -> io::Result<()> {
        self.member(&format!("files/{hash}"), content, 0)
    }

    /// Writes a key.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn key(&mut self, name: &str, content: &[u8]) -> io::Result<()> {
        self.member(&format!("keys/{name}"), content, 0)
    }

    /// Writes the manifest, given all but the parts, and ends the file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self, mut manifest: Manifest) -> io::Result<W> {
        manifest.parts = std::mem::take(&mut self.parts);
        tar::write(&mut self.out, MANIFEST, &serde_json::to_vec_pretty(&manifest)?)?;
        tar::finish(&mut self.out)?;
        match self.out.finish()? {
            Out::Plain(out) => Ok(out),
            Out::Sealed(sealing) => sealing.finish(),
        }
    }
}

/// A name that tar holds: long ones of entities are cut, since the first line of each part says the whole name.
fn short(name: &str) -> String {
    let mut end = name.len().min(60);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    match name.get(..end) {
        Some(start) if end < name.len() => format!("{start}~{}", sha256(name.as_bytes()).get(..8).unwrap_or_default()),
        _ => name.to_owned(),
    }
}

fn heading(table: &Table) -> io::Result<Vec<u8>> {
    let mut line = serde_json::to_vec(&serde_json::json!({ "table": table.name, "columns": table.columns }))?;
    line.push(b'\n');
    Ok(line)
}

impl<W: Write + Send> Sink for Writing<W> {
    fn table(&mut self, name: &str, columns: &[&str]) -> io::Result<()> {
        self.end_tables()?;
        let hash = (name == "loam_attachment").then(|| columns.iter().position(|column| *column == "sha256")).flatten();
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        let mut table = Table { name: name.to_owned(), columns, hash, count: 0, text: Vec::new(), rows: 0 };
        table.text = heading(&table)?;
        self.table = Some(table);
        Ok(())
    }

    fn row(&mut self, values: Vec<Json>) -> io::Result<()> {
        let Some(mut table) = self.table.take() else { return Err(super::broken("a row of no table")) };
        if let Some(hash) = table.hash.and_then(|at| values.get(at)).and_then(Json::as_str) {
            self.attached.insert(hash.to_owned());
        }
        serde_json::to_writer(&mut table.text, &values)?;
        table.text.push(b'\n');
        table.rows += 1;
        if table.text.len() >= PART {
            self.part(&mut table)?;
            table.text = heading(&table)?;
        }
        self.table = Some(table);
        Ok(())
    }
}
