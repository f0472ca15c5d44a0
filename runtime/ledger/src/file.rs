//! A ledger as a file: one JSON document per line, in order, so that it can be written and read as a stream of any length.
//!
//! ```text
//! {"ledger":1,"origin":"loam-0199…","size":4711}
//! {"position":0,"leaf":"sha256:…","entry":{…},"who":{"salt":"…","value":"{…}"},"what":{…}}
//! {"head":"…a signed note…"}
//! ```
//!
//! A checkpoint stands behind the last entry it covers. Values are left out where they were erased. A file for somebody who may
//! not read what was changed leaves it out too, and its line says `"not_included":true`: the hash in the entry stays, so that the
//! file is verified like any other, and whoever verifies it is told of how many entries the content is not included.
//!
//! Some entries of it, as somebody asked for them, are an excerpt ([`excerpt`]): every line proves that its entry is on the ledger, and
//! nothing says that there are no others.

pub mod excerpt;

use serde::{Deserialize, Serialize};

use crate::{
    Entry, Sealed,
    audit::{Audit, Fault, Kind, Report},
    checkpoint::{Checkpoint, Distrust},
    hash::Hash,
    key::PublicKey,
    merkle,
};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    ledger: u32,
    origin: String,
    size: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    position: u64,
    leaf: String,
    entry: Entry,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    what: Option<Value>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    not_included: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Value {
    salt: String,
    value: String,
}

impl From<&Sealed> for Value {
    fn from(sealed: &Sealed) -> Self {
        Self { salt: sealed.salt.clone(), value: sealed.value.clone() }
    }
}

impl From<Value> for Sealed {
    fn from(value: Value) -> Self {
        Self { salt: value.salt, value: value.value }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    head: String,
}

fn written(line: &impl Serialize) -> String {
    serde_json::to_string(line).unwrap_or_default()
}

/// The first line: the ledger's name, and how many entries follow.
pub fn header(origin: &str, size: u64) -> String {
    written(&Header { ledger: 1, origin: origin.to_owned(), size })
}

/// The line of an entry.
pub fn entry(position: u64, leaf: &str, entry: &Entry, who: Option<&Sealed>, what: Option<&Sealed>) -> String {
    let line = Line {
        position,
        leaf: leaf.to_owned(),
        entry: entry.clone(),
        who: who.map(Value::from),
        what: what.map(Value::from),
        not_included: false,
    };
    written(&line)
}

/// The line of an entry whose content is not for whoever the file is for.
pub fn entry_without(position: u64, leaf: &str, entry: &Entry, who: Option<&Sealed>) -> String {
    let (leaf, entry) = (leaf.to_owned(), entry.clone());
    written(&Line { position, leaf, entry, who: who.map(Value::from), what: None, not_included: true })
}

/// The line of a checkpoint.
pub fn head(note: &str) -> String {
    written(&Head { head: note.to_owned() })
}

/// The verification of a file, line by line.
#[derive(Debug)]
pub struct Reading {
    audit: Audit,
    header: Option<(String, u64)>,
    lines: u64,
}

impl Reading {
    /// Begins with the keys to trust and a checkpoint seen before, if there is one.
    pub fn new(trusted: Vec<PublicKey>, witness: Option<Checkpoint>) -> Self {
        Self { audit: Audit::new(trusted, witness), header: None, lines: 0 }
    }

    /// The next line, without its end.
    ///
    /// # Errors
    /// The first place that is not as it was written.
    pub fn line(&mut self, line: &str) -> Result<(), Fault> {
        let at = self.lines;
        self.lines += 1;
        let form = |error: serde_json::Error| Fault::new(Kind::Form).at(at).more(error);
        if self.header.is_none() {
            if excerpt::begins(line) {
                let more = "the file is an excerpt: its entries are proved one by one, and it is not the whole ledger";
                return Err(Fault::new(Kind::Form).at(at).more(more));
            }
            let header: Header = serde_json::from_str(line).map_err(form)?;
            if header.ledger != 1 {
                return Err(Fault::new(Kind::Form).at(at).more("it is of a later version"));
            }
            self.header = Some((header.origin, header.size));
            return Ok(());
        }
        if line.starts_with("{\"head\"") {
            let head: Head = serde_json::from_str(line).map_err(form)?;
            let size = Checkpoint::read(&head.head).map(|checkpoint| checkpoint.size);
            let size = size.map_err(|why| Fault::new(Kind::Checkpoint).at(self.audit.size()).more(why))?;
            return self.audit.head(size, &head.head);
        }
        let read: Line = serde_json::from_str(line).map_err(form)?;
        let (who, what) = (read.who.map(Sealed::from), read.what.map(Sealed::from));
        if read.not_included {
            if what.is_some() {
                return Err(Fault::new(Kind::Form).at(at).more("it says that its content is not included, and it is"));
            }
            return self.audit.entry_without(read.position, &read.leaf, &read.entry, who.as_ref());
        }
        self.audit.entry(read.position, &read.leaf, &read.entry, who.as_ref(), what.as_ref())
    }

    /// The end of the file.
    ///
    /// # Errors
    /// The first place that is not as it was written.
    pub fn finish(self) -> Result<Report, Fault> {
        let Some((origin, size)) = self.header else {
            return Err(Fault::new(Kind::Form).at(0).more("the file is empty"));
        };
        let found = self.audit.size();
        if found < size {
            return Err(Fault { to: Some(size), ..Fault::new(Kind::Cut).at(found) });
        }
        let report = self.audit.finish()?;
        if report.last.as_ref().is_some_and(|last| last.origin != origin) || found > size {
            return Err(Fault::new(Kind::Form).at(0).more("the first line does not fit the rest"));
        }
        Ok(report)
    }
}

/// What shows, without a database, that one entry is on the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Where it stands.
    pub position: u64,
    /// The entry.
    pub entry: Entry,
    /// Who did it, unless that was erased or left out.
    pub who: Option<Sealed>,
    /// What was changed, likewise.
    pub what: Option<Sealed>,
    /// The hashes beside its way to the root.
    pub path: Vec<Hash>,
    /// The checkpoint.
    pub head: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    proof: u32,
    position: u64,
    entry: Entry,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    who: Option<Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    what: Option<Value>,
    path: Vec<String>,
    head: String,
}

/// Why a proof proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoProof {
    /// It is not written as one.
    #[error("it is not written as a proof: {0}")]
    Form(String),
    /// Its checkpoint is not to be believed.
    #[error("its checkpoint is not to be believed: {0}")]
    Head(#[from] Distrust),
    /// The entry does not stand there under that checkpoint.
    #[error("the entry does not stand at that position under the checkpoint")]
    Path,
    /// A value in it is not the entry's.
    #[error("a value in it is not the one the entry was written with")]
    Value,
}

impl Proof {
    /// The proof as a file.
    pub fn written(&self) -> String {
        serde_json::to_string_pretty(&self.words()).unwrap_or_default() + "\n"
    }

    /// The same in one line, without its end.
    pub fn line(&self) -> String {
        written(&self.words())
    }

    fn words(&self) -> Written {
        Written {
            proof: 1,
            position: self.position,
            entry: self.entry.clone(),
            who: self.who.as_ref().map(Value::from),
            what: self.what.as_ref().map(Value::from),
            path: self.path.iter().map(Hash::to_string).collect(),
            head: self.head.clone(),
        }
    }

    /// Reads a proof without believing it.
    ///
    /// # Errors
    /// [`NoProof::Form`].
    pub fn read(text: &str) -> Result<Self, NoProof> {
        let read: Written = serde_json::from_str(text).map_err(|error| NoProof::Form(error.to_string()))?;
        if read.proof != 1 {
            return Err(NoProof::Form("it is of a later version".to_owned()));
        }
        let path: Result<_, _> = read.path.iter().map(|hash| hash.parse()).collect();
        Ok(Self {
            position: read.position,
            entry: read.entry,
            who: read.who.map(Sealed::from),
            what: read.what.map(Sealed::from),
            path: path.map_err(|error: crate::hash::NoHash| NoProof::Form(error.to_string()))?,
            head: read.head,
        })
    }

    /// Whether it proves what it says, to whoever trusts these keys; answers the checkpoint.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn check(&self, trusted: &[PublicKey]) -> Result<Checkpoint, NoProof> {
        let checkpoint = Checkpoint::believe(&self.head, trusted, &[])?;
        let leaf = self.entry.leaf(checkpoint.root.algorithm);
        let path: Vec<[u8; 32]> = self.path.iter().map(|hash| hash.bytes).collect();
        let one = self.path.iter().all(|hash| hash.algorithm == checkpoint.root.algorithm);
        if !one || !merkle::is_included(&leaf, self.position, checkpoint.size, &path, &checkpoint.root) {
            return Err(NoProof::Path);
        }
        for (hash, value) in [(&self.entry.who, &self.who), (&self.entry.what, &self.what)] {
            if let Some(value) = value
                && !hash.as_ref().is_some_and(|hash| value.opens(hash))
            {
                return Err(NoProof::Value);
            }
        }
        Ok(checkpoint)
    }
}

#[cfg(test)]
mod tests;
