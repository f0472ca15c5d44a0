//! Verification: entries and checkpoints in order, from a database or a file, against public keys that were given beforehand.
//! It stops at the first place that is not as it was written, and names it.

use std::collections::HashMap;

use crate::{
    Entry, Sealed,
    checkpoint::{Checkpoint, Distrust},
    hash::Hash,
    key::PublicKey,
    merkle::{Edge, Node},
};

/// The act by which a key of the ledger is made known; its fact `key` is the public key.
pub const KEY: &str = "ledger.key";
/// The act by which values were erased. On an account those of whoever acted go with it.
pub const ERASE: &str = "ledger.erase";
/// The act by which values older than its fact `before` were erased.
pub const PURGE: &str = "ledger.purge";
/// The kind of thing an account is.
pub const ACCOUNT: &str = "account";

/// What is wrong at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The entry is not the one that was hashed.
    Altered,
    /// A value beside the entry is not the one that was hashed.
    ValueAltered,
    /// A value is gone, and nothing on the ledger says that it was erased.
    ValueGone,
    /// The entry is not there.
    Missing,
    /// An entry stands where another one should.
    Moved,
    /// Something in this stretch was altered, put in, left out or moved, with its hashes made to fit.
    Stretch,
    /// The checkpoint is not to be believed.
    Checkpoint,
    /// The end is missing.
    Cut,
    /// A node of the tree is not the one its leaves make.
    Node,
    /// The entry has no position and does not wait for one.
    Unplaced,
    /// What was signed before is no beginning of this.
    Witness,
    /// A line of the file is not written as one.
    Form,
}

impl Kind {
    /// Its stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Altered => "altered",
            Self::ValueAltered => "value-altered",
            Self::ValueGone => "value-gone",
            Self::Missing => "missing",
            Self::Moved => "moved",
            Self::Stretch => "stretch",
            Self::Checkpoint => "checkpoint",
            Self::Cut => "cut",
            Self::Node => "node",
            Self::Unplaced => "unplaced",
            Self::Witness => "witness",
            Self::Form => "form",
        }
    }
}

/// The first place that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub kind: Kind,
    /// The position, from 0; of a stretch the first.
    pub position: Option<u64>,
    /// The last position of a stretch.
    pub to: Option<u64>,
    /// The entry's id.
    pub entry: Option<String>,
    /// More about it, in English; empty when the kind says all.
    pub more: String,
}

impl Fault {
    /// A fault of that kind.
    pub fn new(kind: Kind) -> Self {
        Self { kind, position: None, to: None, entry: None, more: String::new() }
    }

    /// At this position.
    #[must_use]
    pub fn at(self, position: u64) -> Self {
        Self { position: Some(position), ..self }
    }

    /// Of this entry.
    #[must_use]
    pub fn of(self, entry: &str) -> Self {
        Self { entry: Some(entry.to_owned()), ..self }
    }

    /// Says more.
    #[must_use]
    pub fn more(self, more: impl std::fmt::Display) -> Self {
        Self { more: more.to_string(), ..self }
    }
}

impl std::error::Error for Fault {}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let entry = match (self.position, &self.entry) {
            (Some(at), Some(id)) => format!("entry {at} ({id})"),
            (Some(at), None) => format!("entry {at}"),
            (None, Some(id)) => format!("entry {id}"),
            (None, None) => "an entry".to_owned(),
        };
        let (from, to) = (self.position.unwrap_or_default(), self.to.unwrap_or_default());
        match self.kind {
            Kind::Altered => write!(f, "{entry} was altered: it is not what was hashed")?,
            Kind::ValueAltered => write!(f, "a value of {entry} was altered: it is not what was hashed")?,
            Kind::ValueGone => write!(f, "a value of {entry} is gone, and the ledger tells of no erasure")?,
            Kind::Missing => write!(f, "{entry} is missing")?,
            Kind::Moved => write!(f, "{entry} is not where it belongs")?,
            Kind::Stretch if from == to => write!(f, "entry {from} was altered, put in, left out or moved")?,
            Kind::Stretch => {
                write!(f, "between entries {from} and {to} something was altered, put in, left out or moved")?;
            }
            Kind::Checkpoint => write!(f, "the checkpoint over {from} entries is not to be believed")?,
            Kind::Cut => write!(f, "the ledger was cut: there are {from} entries, and there were {to}")?,
            Kind::Node => write!(f, "a node of the tree over entries up to {from} was altered")?,
            Kind::Unplaced => write!(f, "{entry} has no position and does not wait for one")?,
            Kind::Witness => {
                write!(f, "the checkpoint seen before, over {from} entries, is no beginning of this ledger")?;
            }
            Kind::Form => write!(f, "line {} is not written as a line of the ledger", from + 1)?,
        }
        if self.more.is_empty() { Ok(()) } else { write!(f, " ({})", self.more) }
    }
}

/// What was found in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Entries.
    pub entries: u64,
    /// Checkpoints.
    pub heads: u64,
    /// Values that were erased, as the ledger tells.
    pub erased: u64,
    /// Entries of a file whose content was left out of it, for whoever took it may not read it. Their hashes stand.
    pub not_included: u64,
    /// The root over all entries.
    pub root: Hash,
    /// The last checkpoint; `None` of an empty ledger.
    pub last: Option<Checkpoint>,
}

/// What justifies that a value is gone.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Gone {
    /// What was changed of this thing.
    What(Option<String>),
    /// Who acted: this account.
    Who(Option<String>),
}

/// What stands beside an entry of what was changed.
enum Content<'a> {
    /// The value, unless there is none or it was erased.
    Here(Option<&'a Sealed>),
    /// A file leaves it out.
    NotIncluded,
}

/// A verification under way.
#[derive(Debug)]
pub struct Audit {
    trusted: Vec<PublicKey>,
    known: Vec<PublicKey>,
    announced: Vec<PublicKey>,
    own: bool,
    edge: Edge,
    nodes: Vec<Node>,
    witness: Option<Checkpoint>,
    /// Per justification the newest entry that needs it: if that one has it, the older ones have.
    gone: HashMap<Gone, (String, u64, String)>,
    /// Until when each was erased.
    erased: HashMap<Gone, String>,
    purged: Option<String>,
    values: u64,
    not_included: u64,
    heads: u64,
    last: Option<Checkpoint>,
}

impl Audit {
    /// Begins with the keys to trust, of which there is at least one, and a checkpoint seen before, if there is one.
    pub fn new(trusted: Vec<PublicKey>, witness: Option<Checkpoint>) -> Self {
        let hashing = trusted.first().map(PublicKey::hashing).unwrap_or_default();
        Self {
            trusted,
            known: Vec::new(),
            announced: Vec::new(),
            own: false,
            edge: Edge::new(hashing),
            nodes: Vec::new(),
            witness,
            gone: HashMap::new(),
            erased: HashMap::new(),
            purged: None,
            values: 0,
            not_included: 0,
            heads: 0,
            last: None,
        }
    }

    /// Says that this is the ledger's own database, where every signature must be by a key the ledger knows.
    #[must_use]
    pub fn own(self) -> Self {
        Self { own: true, ..self }
    }

    /// Entries seen so far.
    pub fn size(&self) -> u64 {
        self.edge.size()
    }

    /// The next entry, with the hash its leaf is said to have and the values beside it.
    ///
    /// # Errors
    /// The first place that is not as it was written.
    pub fn entry(
        &mut self,
        position: u64,
        leaf: &str,
        entry: &Entry,
        who: Option<&Sealed>,
        what: Option<&Sealed>,
    ) -> Result<(), Fault> {
        self.take(position, leaf, entry, who, Content::Here(what))
    }

    /// The next entry of a file that says itself that the content is not included: the entry and its hashes are checked, and
    /// it is counted.
    ///
    /// # Errors
    /// The first place that is not as it was written; an entry that has no content has none to leave out.
    pub fn entry_without(
        &mut self,
        position: u64,
        leaf: &str,
        entry: &Entry,
        who: Option<&Sealed>,
    ) -> Result<(), Fault> {
        if entry.what.is_none() {
            return Err(Fault::new(Kind::ValueAltered).at(position).of(&entry.id));
        }
        self.take(position, leaf, entry, who, Content::NotIncluded)
    }

    fn take(
        &mut self,
        position: u64,
        leaf: &str,
        entry: &Entry,
        who: Option<&Sealed>,
        what: Content<'_>,
    ) -> Result<(), Fault> {
        let expected = self.edge.size();
        if position > expected {
            return Err(Fault::new(Kind::Missing).at(expected));
        }
        if position < expected {
            return Err(Fault::new(Kind::Moved).at(position).of(&entry.id));
        }
        let hash = entry.leaf(self.hashing());
        if leaf.parse() != Ok(hash) {
            return Err(Fault::new(Kind::Altered).at(position).of(&entry.id));
        }
        self.value(position, entry, entry.who.as_deref(), who, Gone::Who(entry.actor.clone()))?;
        match what {
            Content::Here(what) => {
                self.value(position, entry, entry.what.as_deref(), what, Gone::What(entry.record.clone()))?;
            }
            Content::NotIncluded => self.not_included += 1,
        }
        self.learn(entry);
        let whole = self.edge.push(hash.bytes);
        self.nodes.extend(whole);
        self.witnessed()
    }

    fn hashing(&self) -> crate::Algorithm {
        self.trusted.first().map(PublicKey::hashing).unwrap_or_default()
    }

    fn value(
        &mut self,
        position: u64,
        entry: &Entry,
        hash: Option<&str>,
        value: Option<&Sealed>,
        gone: Gone,
    ) -> Result<(), Fault> {
        match (hash, value) {
            (None, None) => Ok(()),
            (Some(hash), Some(value)) if value.opens(hash) => Ok(()),
            (Some(_), None) => {
                self.values += 1;
                let newest = self.gone.entry(gone).or_default();
                if newest.0 <= entry.at {
                    *newest = (entry.at.clone(), position, entry.id.clone());
                }
                Ok(())
            }
            _ => Err(Fault::new(Kind::ValueAltered).at(position).of(&entry.id)),
        }
    }

    fn learn(&mut self, entry: &Entry) {
        if entry.action == KEY {
            let key = entry.facts().get("key").and_then(|key| PublicKey::read(key.as_str()?).ok());
            if let Some(key) = key {
                self.known.push(key.clone());
                self.announced.push(key);
            }
        }
        self.excuse(entry);
    }

    /// Takes an erasure into account that has no position yet.
    pub fn excuse(&mut self, entry: &Entry) {
        match entry.action.as_str() {
            ERASE => {
                self.erased.insert(Gone::What(entry.record.clone()), entry.at.clone());
                if entry.object == ACCOUNT {
                    self.erased.insert(Gone::Who(entry.record.clone()), entry.at.clone());
                }
            }
            PURGE => {
                let before = entry.facts().get("before").and_then(|at| at.as_str()).map(str::to_owned);
                self.purged = self.purged.take().max(before);
            }
            _ => {}
        }
    }

    fn witnessed(&self) -> Result<(), Fault> {
        match &self.witness {
            Some(seen) if seen.size == self.edge.size() && seen.root != self.edge.root() => {
                Err(Fault::new(Kind::Witness).at(seen.size))
            }
            _ => Ok(()),
        }
    }

    /// The checkpoint over the entries so far.
    ///
    /// # Errors
    /// It is not to be believed, or says another root.
    pub fn head(&mut self, size: u64, note: &str) -> Result<(), Fault> {
        let distrusted = |why: Distrust| Fault::new(Kind::Checkpoint).at(size).more(why);
        if size > self.edge.size() {
            return Err(Fault { to: Some(size), ..Fault::new(Kind::Cut).at(self.edge.size()) });
        }
        let believe = if self.own { Checkpoint::believe_whole } else { Checkpoint::believe };
        let checkpoint = believe(note, &self.trusted, &self.known).map_err(distrusted)?;
        if checkpoint.size != size || size < self.edge.size() {
            return Err(Fault::new(Kind::Checkpoint).at(size).more("it is over another number of entries"));
        }
        if let Some(last) = &self.last {
            if last.origin != checkpoint.origin {
                return Err(distrusted(Distrust::Origin(checkpoint.origin)));
            }
            if last.size == size {
                return Err(Fault::new(Kind::Checkpoint).at(size).more("there are two of them"));
            }
        }
        if checkpoint.root != self.edge.root() {
            let from = self.last.as_ref().map_or(0, |last| last.size);
            return Err(Fault { to: Some(size.saturating_sub(1)), ..Fault::new(Kind::Stretch).at(from) });
        }
        // A key that a believed checkpoint covers is trusted from here on: so keys change without a break.
        for key in self.announced.drain(..) {
            if key.name() == checkpoint.origin && !self.trusted.contains(&key) {
                self.trusted.push(key);
            }
        }
        self.heads += 1;
        self.last = Some(checkpoint);
        Ok(())
    }

    /// The nodes that became whole since it was last asked.
    pub fn nodes(&mut self) -> Vec<Node> {
        std::mem::take(&mut self.nodes)
    }

    /// Ends it: everything must be under a checkpoint, and every value that is gone must have been erased.
    ///
    /// # Errors
    /// The first place that is not as it was written.
    pub fn finish(self) -> Result<Report, Fault> {
        let size = self.edge.size();
        let signed = self.last.as_ref().map_or(0, |last| last.size);
        if signed < size {
            return Err(Fault::new(Kind::Checkpoint).at(size).more("there is none"));
        }
        if let Some(seen) = self.witness.as_ref().filter(|seen| seen.size > size) {
            return Err(Fault { to: Some(seen.size), ..Fault::new(Kind::Cut).at(size) });
        }
        let purged = |at: &str| self.purged.as_deref().is_some_and(|before| at < before);
        let erased = |gone: &Gone, at: &str| self.erased.get(gone).is_some_and(|until| at <= until.as_str());
        let unexplained = self.gone.iter().filter(|(gone, (at, _, _))| !erased(gone, at) && !purged(at));
        if let Some((_, (_, position, id))) = unexplained.min_by_key(|(_, (_, position, _))| *position) {
            return Err(Fault::new(Kind::ValueGone).at(*position).of(id));
        }
        Ok(Report {
            entries: size,
            heads: self.heads,
            erased: self.values,
            not_included: self.not_included,
            root: self.edge.root(),
            last: self.last,
        })
    }
}
