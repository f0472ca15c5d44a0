//! Some entries of the ledger, as somebody asked for them: a first line that says so, then a proof per entry, newest first.
//!
//! ```text
//! {"excerpt":1,"origin":"loam-0199…","size":4711,"asked":{"action":"export",…}}
//! {"proof":1,"position":4700,"entry":{…},…,"path":["sha256:…"],"head":"…a signed note…"}
//! ```
//!
//! Each line is verified by itself. That other entries which were asked for are missing cannot be seen in it: for that there is the
//! whole ledger.

use serde::{Deserialize, Serialize};

use super::{NoProof, Proof, written};
use crate::{Checkpoint, PublicKey};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    excerpt: u32,
    origin: String,
    size: u64,
    asked: serde_json::Value,
}

/// The first line: the ledger's name, how many entries it had, and what was asked for.
pub fn header(origin: &str, size: u64, asked: serde_json::Value) -> String {
    written(&Header { excerpt: 1, origin: origin.to_owned(), size, asked })
}

/// Whether a file that begins with this line is an excerpt.
pub fn begins(line: &str) -> bool {
    line.starts_with("{\"excerpt\"")
}

/// Reads an excerpt line by line.
#[derive(Debug)]
pub struct Reading {
    trusted: Vec<PublicKey>,
    origin: Option<String>,
    /// Entries that were proved.
    pub entries: u64,
}

impl Reading {
    /// Begins to read, for whoever trusts these keys.
    pub fn new(trusted: Vec<PublicKey>) -> Self {
        Self { trusted, origin: None, entries: 0 }
    }

    /// Whether there was a first line.
    pub fn begun(&self) -> bool {
        self.origin.is_some()
    }

    /// The next line, without its end.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn line(&mut self, line: &str) -> Result<(), NoProof> {
        let Some(origin) = &self.origin else {
            let header: Header = serde_json::from_str(line).map_err(|error| NoProof::Form(error.to_string()))?;
            if header.excerpt != 1 {
                return Err(NoProof::Form("it is of a later version".to_owned()));
            }
            self.origin = Some(header.origin);
            return Ok(());
        };
        let head: Checkpoint = Proof::read(line)?.check(&self.trusted)?;
        if head.origin != *origin {
            return Err(NoProof::Form("the first line names another ledger".to_owned()));
        }
        self.entries += 1;
        Ok(())
    }
}
