//! Handing out what was asked for of the ledger: each entry with the proof that it is there.

use ::ledger::{Checkpoint, Proof, file::excerpt, merkle};
use store::Wanted;

use super::{AuditError, asked, count};
use crate::{Act, Actor, Engine};

/// Entries looked up at once. Each is proved by some twenty hashes, which are read one after the other.
const AT_ONCE: u32 = 200;

/// Entries on their way out.
pub struct Excerpt {
    engine: Engine,
    reader: Actor,
    wanted: Wanted,
    header: Option<String>,
    /// The checkpoint under which they are proved, and how many entries it covers.
    head: String,
    size: i64,
    ended: bool,
}

impl Engine {
    /// Begins to hand out the entries asked for, up to the last checkpoint, newest first, in the form that [`excerpt::Reading`]
    /// verifies. Contents that are not all the actor's to read are left out.
    ///
    /// # Errors
    /// [`AuditError::Denied`] for everybody who does not administer the audit, [`AuditError::NotFound`] before the first
    /// checkpoint, and those of the database.
    pub async fn export_excerpt_as(&self, actor: &Actor, wanted: Wanted) -> Result<Excerpt, AuditError> {
        self.must_audit(actor).await?;
        let (size, head) = self.store().last_head().await?.ok_or(AuditError::NotFound)?;
        let asked = asked(&wanted);
        let act = Act::new("ledger.export", "ledger").fact("excerpt", true).detail("asked", asked.clone());
        self.note(actor, act).await?;
        let origin = Checkpoint::read(&head).map(|head| head.origin).unwrap_or_default();
        let header = Some(excerpt::header(&origin, count(size), asked));
        let wanted = Wanted { limit: AT_ONCE, ..wanted };
        Ok(Excerpt { engine: self.clone(), reader: actor.clone(), wanted, header, head, size, ended: false })
    }
}

impl Excerpt {
    /// The next lines, each with its end; `None` after the last.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn next(&mut self) -> Result<Option<String>, AuditError> {
        let mut lines = self.header.take().map_or_else(String::new, |header| header + "\n");
        while lines.is_empty() && !self.ended {
            let found = self.engine.store().entries(&self.wanted).await?;
            self.wanted.before = found.last().and_then(|last| last.entry.id.parse().ok());
            let full = found.len() == usize::try_from(AT_ONCE).unwrap_or(usize::MAX);
            self.ended = !full || self.wanted.before.is_none();
            for seen in self.engine.veil(&self.reader, found).await? {
                // What waits for its position, or came after the checkpoint, is not proved yet.
                let Some(position) = seen.written.position.filter(|position| *position < self.size) else { continue };
                let mut path = Vec::new();
                for run in merkle::inclusion(count(self.size), count(position)) {
                    path.push(self.engine.root_of(run).await?);
                }
                let (entry, who, what) = (seen.written.entry, seen.written.who, seen.written.what);
                let proof = Proof { position: count(position), entry, who, what, path, head: self.head.clone() };
                lines += &proof.line();
                lines.push('\n');
            }
        }
        Ok((!lines.is_empty()).then_some(lines))
    }
}
