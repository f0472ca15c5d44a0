//! Verifying, proving, handing out and looking up. What an actor gets of contents is decided in [`super::veil`].

pub mod excerpt;

use std::collections::HashSet;

use ::ledger::{
    Audit, Checkpoint, Hash, Proof, PublicKey, file,
    merkle::{self, Run},
};
pub use ::ledger::{Fault, Report, audit::Kind};
use app::Area;
use store::{Placed, StoreError, Wanted, Written};

use super::{bytes, number, veil::Seen};
use crate::{Act, Actor, By, Engine};

/// Entries read at once.
const PAGE: u32 = 2_000;

/// How a verification ended.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// Something is not as it was written.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// There is no key to check signatures with.
    #[error("there is no key to check the ledger with")]
    NoKey,
    /// No such entry, or it has no position yet.
    #[error("there is no such entry, or it has no position yet")]
    NotFound,
    /// The actor does not administer the audit.
    #[error("not allowed")]
    Denied,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Verifies the whole ledger of this database, against the keys given or, with none, against its own.
    ///
    /// # Errors
    /// [`AuditError::Fault`] names the first place that is not as it was written.
    pub async fn verify_ledger(&self, keys: &[PublicKey], seen: Option<Checkpoint>) -> Result<Report, AuditError> {
        let keys = if keys.is_empty() { self.public_keys() } else { keys.to_vec() };
        if keys.is_empty() {
            return Err(AuditError::NoKey);
        }
        let store = self.store();
        let size = store.last_head().await?.map_or(0, |(size, _)| size);
        let mut audit = Audit::new(keys, seen).own();
        let mut heads = store.heads(0, PAGE).await?.into_iter().peekable();
        let mut nodes = 0;
        loop {
            let from = number(audit.size());
            let page = store.placed(from, PAGE).await?;
            let many = page.len();
            for placed in page {
                // What came after the last checkpoint seen at the beginning is the next verification's.
                if placed.position >= size {
                    break;
                }
                while heads.peek().is_some_and(|(over, _)| *over <= number(audit.size())) {
                    if let Some((over, note)) = heads.next() {
                        audit.head(count(over), &note)?;
                        if heads.peek().is_none() {
                            heads = store.heads(over, PAGE).await?.into_iter().peekable();
                        }
                    }
                }
                let position = u64::try_from(placed.position).unwrap_or(u64::MAX);
                let Some(written) = placed.written else {
                    return Err(Fault::new(Kind::Missing).at(position).of(&placed.id).into());
                };
                let (who, what) = (written.who.as_ref(), written.what.as_ref());
                audit.entry(position, &placed.leaf, &written.entry, who, what)?;
                for node in audit.nodes() {
                    let kept = store.tree(node.row, node.place, node.place + 1).await?;
                    if kept.first() != Some(&node.hash.to_string()) {
                        return Err(Fault::new(Kind::Node).at(audit.size() - 1).into());
                    }
                    nodes += 1;
                }
            }
            if many == 0 || number(audit.size()) >= size || number(audit.size()) == from {
                break;
            }
        }
        for (over, note) in heads.filter(|(over, _)| *over <= size) {
            audit.head(count(over), &note)?;
        }
        // An erasure that has just been done may still wait for its position.
        for entry in store.unplaced(PAGE).await? {
            audit.excuse(&entry);
        }
        let strays = store.strays().await?;
        if let Some(id) = strays.unplaced.or(strays.waiting) {
            return Err(Fault::new(Kind::Unplaced).of(&id).into());
        }
        if store.last_head().await?.map_or(0, |(now, _)| now) == size && strays.nodes != nodes {
            return Err(Fault::new(Kind::Node).at(audit.size().saturating_sub(1)).more("there is one too many").into());
        }
        Ok(audit.finish()?)
    }

    /// The same for an actor, which is an act itself.
    ///
    /// # Errors
    /// As [`Engine::verify_ledger`]; [`AuditError::Denied`] for everybody who does not administer the audit.
    pub async fn verify_as(&self, actor: &Actor) -> Result<Report, AuditError> {
        self.must_audit(actor).await?;
        let found = self.verify_ledger(&[], None).await;
        let ended = match &found {
            Ok(_) => Act::new("ledger.verify", "ledger"),
            Err(AuditError::Fault(fault)) => Act::new("ledger.verify", "ledger").fact("fault", fault.kind.code()),
            Err(_) => Act::new("ledger.verify", "ledger").ended(crate::Ended::Failed),
        };
        self.note(actor, ended).await?;
        found
    }

    /// Begins to hand out the ledger up to its last checkpoint, in the form that [`file::Reading`] verifies: whole, for whoever
    /// operates the machine.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn export_ledger(&self, by: impl Into<By> + Send) -> Result<Export, AuditError> {
        self.begin_export(by.into(), None).await
    }

    /// The same for an actor: contents that are not all theirs to read are left out, and the file says of which entries.
    ///
    /// # Errors
    /// [`AuditError::Denied`] for everybody who does not administer the audit, and those of the database.
    pub async fn export_ledger_as(&self, actor: &Actor) -> Result<Export, AuditError> {
        self.must_audit(actor).await?;
        self.begin_export(actor.into(), Some(actor.clone())).await
    }

    async fn begin_export(&self, by: By, reader: Option<Actor>) -> Result<Export, AuditError> {
        let last = self.store().last_head().await?;
        let size = last.as_ref().map_or(0, |(size, _)| *size);
        self.note(by, Act::new("ledger.export", "ledger").fact("entries", size)).await?;
        let origin = last.and_then(|(_, note)| Checkpoint::read(&note).ok()).map(|head| head.origin);
        let header = file::header(&origin.unwrap_or_default(), count(size));
        Ok(Export { engine: self.clone(), reader, header: Some(header), next: 0, size, over: 0 })
    }

    /// What shows, without this database, that an entry is on the ledger.
    ///
    /// # Errors
    /// [`AuditError::NotFound`], and those of the database.
    pub async fn prove_entry(&self, id: model::RecordId) -> Result<Proof, AuditError> {
        let wanted = Wanted { id: Some(id), limit: 1, ..Wanted::default() };
        let found = self.store().entries(&wanted).await?.pop().ok_or(AuditError::NotFound)?;
        let position = count(found.position.ok_or(AuditError::NotFound)?);
        let (size, head) = self.store().last_head().await?.ok_or(AuditError::NotFound)?;
        let mut path = Vec::new();
        for run in merkle::inclusion(count(size), position) {
            path.push(self.root_of(run).await?);
        }
        Ok(Proof { position, entry: found.entry, who: found.who, what: found.what, path, head })
    }

    /// The same for an actor, without the content where it is not all theirs to read.
    ///
    /// # Errors
    /// [`AuditError::Denied`] for everybody who does not administer the audit, and those of [`Engine::prove_entry`].
    pub async fn prove_entry_as(&self, actor: &Actor, id: model::RecordId) -> Result<Proof, AuditError> {
        self.must_audit(actor).await?;
        let mut proof = self.prove_entry(id).await?;
        let wanted = Wanted { id: Some(id), limit: 1, ..Wanted::default() };
        let seen = self.veil(actor, self.store().entries(&wanted).await?).await?;
        proof.what = proof.what.filter(|_| seen.iter().all(|seen| seen.hidden.is_empty()));
        Ok(proof)
    }

    async fn root_of(&self, run: Run) -> Result<Hash, StoreError> {
        let mut stretches = Vec::new();
        for stretch in run.stretches() {
            let hashes = self.store().tree(stretch.row, stretch.from, stretch.to).await?;
            stretches.push(hashes.iter().map(|text| bytes(text)).collect::<Result<Vec<_>, _>>()?);
        }
        let algorithm = self.hashing();
        Ok(Hash { algorithm, bytes: Run::root(algorithm, &stretches) })
    }

    /// Looks entries up, newest first, as far as the actor may see what was changed. Looking is an act itself. What is asked
    /// for is part of every entry: no value that is not shown is asked for by it.
    ///
    /// # Errors
    /// [`AuditError::Denied`] for everybody who does not administer the audit, and those of the database.
    pub async fn look_up(&self, actor: &Actor, wanted: &Wanted) -> Result<Vec<Seen>, AuditError> {
        self.must_audit(actor).await?;
        self.note(actor, Act::new("ledger.read", "ledger").detail("asked", asked(wanted))).await?;
        Ok(self.veil(actor, self.store().entries(wanted).await?).await?)
    }

    /// Refuses everybody who does not administer the audit, on the ledger too.
    ///
    /// # Errors
    /// [`AuditError::Denied`], and those of the database.
    pub async fn must_audit(&self, actor: &Actor) -> Result<(), AuditError> {
        if actor.administers(Area::Audit) {
            return Ok(());
        }
        self.note(actor, Act::new("ledger.read", "ledger").refused("denied")).await?;
        Err(AuditError::Denied)
    }
}

/// What is asked for, as the ledger keeps it.
fn asked(wanted: &Wanted) -> serde_json::Value {
    serde_json::json!({
        "from": wanted.from, "to": wanted.to, "actor": wanted.actor, "action": wanted.action, "object": wanted.object,
        "record": wanted.record, "outcome": wanted.outcome, "id": wanted.id,
    })
}

/// The ledger on its way out.
pub struct Export {
    engine: Engine,
    /// Whom it is for; `None` for whoever operates the machine.
    reader: Option<Actor>,
    header: Option<String>,
    next: i64,
    size: i64,
    over: i64,
}

impl Export {
    /// How many entries it has in all.
    pub fn size(&self) -> u64 {
        count(self.size)
    }

    /// The next lines, each with its end; `None` after the last.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next(&mut self) -> Result<Option<String>, AuditError> {
        let mut lines = self.header.take().map_or_else(String::new, |header| header + "\n");
        if self.next < self.size {
            let store = self.engine.store();
            let page = store.placed(self.next, PAGE).await?;
            let mut heads = store.heads(self.over, PAGE).await?.into_iter().peekable();
            let from = self.next;
            let without = self.without(&page).await?;
            for placed in page.into_iter().filter(|placed| placed.position < self.size) {
                self.next = placed.position + 1;
                if let Some(written) = placed.written {
                    let (position, entry, who) = (count(placed.position), &written.entry, written.who.as_ref());
                    lines += &match without.contains(&placed.position) {
                        true => file::entry_without(position, &placed.leaf, entry, who),
                        false => file::entry(position, &placed.leaf, entry, who, written.what.as_ref()),
                    };
                    lines.push('\n');
                }
                while let Some((over, note)) = heads.next_if(|(over, _)| *over <= self.next) {
                    lines += &file::head(&note);
                    lines.push('\n');
                    self.over = over;
                }
            }
            if self.next == from {
                // The rest is not there; whoever verifies the file sees that.
                self.next = self.size;
            }
        }
        Ok((!lines.is_empty()).then_some(lines))
    }

    /// Positions of entries whose content is not all the reader's to see.
    async fn without(&self, page: &[Placed]) -> Result<HashSet<i64>, StoreError> {
        let Some(reader) = &self.reader else { return Ok(HashSet::new()) };
        let there = page.iter().filter_map(|placed| Some((placed.position, placed.written.as_ref()?)));
        let (positions, entries): (Vec<i64>, Vec<&Written>) = there.unzip();
        let judged = self.engine.readable(reader, &entries).await?;
        let hidden = positions.into_iter().zip(judged).filter(|(_, judged)| !judged.hidden.is_empty());
        Ok(hidden.map(|(position, _)| position).collect())
    }
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
