//! Reading a backup: once to see that it is whole, then again to take it.

use std::{
    collections::{BTreeSet, VecDeque},
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use flate2::bufread::GzDecoder;
use serde::Deserialize;
use serde_json::Value as Json;
use store::{
    Blobs,
    backup::{Piece, Source, system_version},
};

use super::{
    FORMAT, HEAD, Head, MANIFEST, Manifest, Part, broken,
    seal::{MARK, Opening},
    sha256, tar,
};

/// Whether a file is a sealed backup.
///
/// # Errors
/// It cannot be read.
pub fn is_sealed(file: &Path) -> io::Result<bool> {
    let mut from = BufReader::new(File::open(file)?);
    Ok(from.fill_buf()?.starts_with(MARK))
}

type From = GzDecoder<BufReader<Box<dyn Read + Send>>>;

/// A backup being read, member by member.
pub struct Reading {
    from: From,
}

/// What a part of a table says first.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Heading {
    table: String,
    columns: Vec<String>,
}

/// What is known of a backup once it was read to its end.
#[derive(Debug, Clone)]
pub struct Whole {
    /// What it says it holds, and does.
    pub manifest: Manifest,
    /// The documents of the published version.
    pub documents: Option<Json>,
    /// The keys in it.
    pub keys: Vec<(String, Vec<u8>)>,
}

impl Reading {
    /// Opens a file.
    ///
    /// # Errors
    /// It cannot be read, is no backup, or the passphrase is missing or wrong.
    pub fn open(file: &Path, passphrase: Option<&str>) -> io::Result<Self> {
        let mut from = BufReader::with_capacity(1 << 17, File::open(file)?);
        let begins = from.fill_buf()?;
        let from: Box<dyn Read + Send> = if begins.starts_with(MARK) {
            let passphrase = passphrase.ok_or_else(|| broken("it is sealed; say its passphrase"))?;
            Box::new(Opening::new(from, passphrase)?)
        } else if begins.starts_with(&[0x1f, 0x8b]) {
            Box::new(from)
        } else {
            return Err(broken("it is no backup of Loam"));
        };
        Ok(Self { from: GzDecoder::new(BufReader::new(from)) })
    }

    fn next(&mut self) -> io::Result<Option<(String, Vec<u8>)>> {
        tar::next(&mut self.from).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => broken("the file is cut: its end is missing"),
            io::ErrorKind::InvalidInput => broken("the file is damaged"),
            _ => error,
        })
    }

    /// Reads everything and compares it with the manifest. Nothing is taken before this ends well.
    ///
    /// # Errors
    /// It is not whole, or not of a format that this program takes; says which part.
    pub fn verify(mut self) -> io::Result<Whole> {
        let mut seen: Vec<Part> = Vec::new();
        let (mut keys, mut newest) = (Vec::new(), (0, None));
        let (mut wanted, mut found) = (BTreeSet::new(), BTreeSet::new());
        let manifest = loop {
            let Some((name, content)) = self.next()? else { return Err(broken("it has no manifest")) };
            if name == MANIFEST {
                let manifest: Manifest =
                    serde_json::from_slice(&content).map_err(|_| broken("its manifest is damaged"))?;
                break manifest;
            }
            if seen.is_empty() {
                head(&name, &content)?;
            }
            let mut rows = 0;
            if name.starts_with("tables/") {
                let mut part = Rows::read(&name, &content)?;
                let hash = part.place("loam_attachment", "sha256");
                let version = part.place("loam_definition", "version").zip(part.place("loam_definition", "documents"));
                while let Some(row) = part.rows.pop_front() {
                    if row.len() != part.columns.len() {
                        return Err(broken(format!("a row in `{name}` has not as many values as there are columns")));
                    }
                    rows += 1;
                    wanted.extend(hash.and_then(|at| row.get(at)).and_then(Json::as_str).map(str::to_owned));
                    if let Some((version, documents)) = version
                        && let Some(number) = row.get(version).and_then(Json::as_i64)
                        && number > newest.0
                    {
                        newest = (number, row.get(documents).and_then(Json::as_str).map(str::to_owned));
                    }
                }
            } else if let Some(hash) = name.strip_prefix("files/") {
                found.insert(hash.to_owned());
                // A sealed file says whether it is what was kept once it is opened; one from before is named by its hash.
                if !Blobs::is_sealed(&content) && sha256(&content) != hash {
                    return Err(broken(format!("`{name}` is not what was kept under that name")));
                }
            } else if let Some(key) = name.strip_prefix("keys/") {
                keys.push((key.to_owned(), content.clone()));
            }
            seen.push(Part { size: content.len() as u64, sha256: sha256(&content), rows, name });
        };
        if self.next()?.is_some() {
            return Err(broken("something stands behind its manifest"));
        }
        if io::copy(&mut self.from, &mut io::sink())? > 0 || !self.from.get_mut().fill_buf()?.is_empty() {
            return Err(broken("something stands behind its end"));
        }
        compare(&manifest, &seen)?;
        wanted.retain(|hash| !found.contains(hash) && !manifest.missing.contains(hash));
        if let Some(hash) = wanted.first() {
            return Err(broken(format!("the attached file `{hash}` is not in it")));
        }
        if manifest.version != newest.0 {
            return Err(broken("the published definition is not in it"));
        }
        let documents = newest.1.map(|text| serde_json::from_str(&text)).transpose();
        let documents = documents.map_err(|_| broken("the published definition in it is damaged"))?;
        Ok(Whole { manifest, documents, keys })
    }

    /// The attached files, one after another.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn next_file(&mut self) -> io::Result<Option<(String, Vec<u8>)>> {
        while let Some((name, content)) = self.next()? {
            if let Some(hash) = name.strip_prefix("files/") {
                return Ok(Some((hash.to_owned(), content)));
            }
        }
        Ok(None)
    }

    /// The rows, as the store takes them. `parts` is what was seen when it was verified: a file that has changed since is refused.
    pub fn rows(self, parts: Vec<Part>) -> impl Source {
        Taken { reading: self, parts: parts.into(), table: String::new(), waiting: VecDeque::new() }
    }
}

fn head(name: &str, content: &[u8]) -> io::Result<()> {
    let head: Option<Head> = (name == HEAD).then(|| serde_json::from_slice(content).ok()).flatten();
    let head = head.ok_or_else(|| broken("it is no backup of Loam"))?;
    if head.format != FORMAT || head.system != system_version() {
        return Err(broken(format!(
            "it was made by Loam {} with tables of version {}, this program has version {}; restore it with the program that made it",
            head.loam,
            head.system,
            system_version()
        )));
    }
    Ok(())
}

fn compare(manifest: &Manifest, seen: &[Part]) -> io::Result<()> {
    if manifest.format != FORMAT {
        return Err(broken("its manifest is of a format that this program does not know"));
    }
    for (said, part) in manifest.parts.iter().zip(seen) {
        if said.name != part.name {
            return Err(broken(format!("`{}` stands where `{}` should", part.name, said.name)));
        }
        if said != part {
            return Err(broken(format!("`{}` is not as it was written", part.name)));
        }
    }
    if manifest.parts.len() != seen.len() {
        return Err(broken("it has not as many parts as its manifest says"));
    }
    let rows: u64 = seen.iter().map(|part| part.rows).sum();
    let files = seen.iter().filter(|part| part.name.starts_with("files/")).count() as u64;
    if rows != manifest.rows || files != manifest.files {
        return Err(broken("it has not as many rows or files as its manifest says"));
    }
    Ok(())
}

/// The rows of one part.
struct Rows {
    table: String,
    columns: Vec<String>,
    rows: VecDeque<Vec<Json>>,
}

impl Rows {
    fn read(name: &str, content: &[u8]) -> io::Result<Self> {
        let damaged = |_| broken(format!("`{name}` is damaged"));
        let mut lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let heading: Heading = serde_json::from_slice(lines.next().unwrap_or_default()).map_err(damaged)?;
        let rows = lines.map(serde_json::from_slice).collect::<Result<_, _>>().map_err(damaged)?;
        Ok(Self { table: heading.table, columns: heading.columns, rows })
    }

    /// Where a column stands, if this is that table.
    fn place(&self, table: &str, column: &str) -> Option<usize> {
        (self.table == table).then(|| self.columns.iter().position(|known| known == column)).flatten()
    }
}

struct Taken {
    reading: Reading,
    parts: VecDeque<Part>,
    table: String,
    waiting: VecDeque<Piece>,
}

impl Source for Taken {
    fn next(&mut self) -> io::Result<Option<Piece>> {
        loop {
            if let Some(piece) = self.waiting.pop_front() {
                return Ok(Some(piece));
            }
            let Some(said) = self.parts.pop_front() else { return Ok(None) };
            let changed = || broken("the file changed while it was read");
            let (name, content) = self.reading.next()?.ok_or_else(changed)?;
            if name != said.name || sha256(&content) != said.sha256 {
                return Err(changed());
            }
            if !name.starts_with("tables/") {
                continue;
            }
            let Rows { table, columns, rows } = Rows::read(&name, &content)?;
            if table != self.table {
                self.table.clone_from(&table);
                self.waiting.push_back(Piece::Table { name: table, columns });
            }
            self.waiting.extend(rows.into_iter().map(Piece::Row));
        }
    }
}
