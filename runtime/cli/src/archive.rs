//! A backup as a file: a gzipped tar archive, so that it can be looked into without Loam, sealed as a whole where a passphrase
//! was given.
//!
//! Members, in this order:
//!
//! - `backup.json`: the format, and the version of the platform's own tables.
//! - `tables/<table>/<n>.ndjson`: rows. The first line names the columns, each further one is a row; a table has as many such
//!   parts as it needs.
//! - `files/<address>`: what is attached to records, as it is kept: sealed under the data key.
//! - `keys/<name>`: the keys of the data folder; only in a sealed backup.
//! - `manifest.json`: what is in it, with size, rows and SHA-256 of every member before. It is last, so that everything can be
//!   written in one go, and a file that was cut has none.
//!
//! INVARIANT: [`read::Reading`] hands out nothing as whole that the manifest does not vouch for. Without a passphrase that shows
//! damage, not malice: whoever can write the file can write its manifest. A sealed file cannot be changed unnoticed.

pub mod read;
pub mod seal;
mod tar;
pub mod write;

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The format this program writes, and the newest it reads.
pub const FORMAT: u32 = 1;
/// The first member.
pub(crate) const HEAD: &str = "backup.json";
/// The last member.
pub(crate) const MANIFEST: &str = "manifest.json";

/// What stands at the beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// [`FORMAT`].
    pub format: u32,
    /// The version of the platform's own tables.
    pub system: i64,
    /// The version of Loam that wrote it.
    pub loam: String,
}

/// What stands at the end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// [`FORMAT`].
    pub format: u32,
    /// When it was begun.
    pub made: String,
    /// Which database it was read from: `sqlite` or `postgres`.
    pub database: String,
    /// The published version; 0 when there was none.
    pub version: i64,
    /// Entries of the ledger that had their positions.
    pub entries: i64,
    /// The public key that signed last; empty when none did.
    pub key: String,
    /// The id of the key that sealed the secrets in it; empty when none did.
    pub secrets: String,
    /// Rows in all.
    pub rows: u64,
    /// Attached files in it.
    pub files: u64,
    /// Attached files that were not to be found, or not as they were kept.
    pub missing: Vec<String>,
    /// Every member before this one, in order.
    pub parts: Vec<Part>,
}

/// A member of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Of its content.
    pub sha256: String,
    /// Rows, of a part of a table.
    #[serde(default, skip_serializing_if = "is_nought")]
    pub rows: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
fn is_nought(number: &u64) -> bool {
    *number == 0
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A fault of a file, as an error of reading it.
pub(crate) fn broken(what: impl Into<String>) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what.into())
}
