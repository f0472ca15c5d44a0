//! What goes for good by itself: records that lay in the bin as long as their entity keeps them, and content of files that no
//! record has any more, or whose record was never saved.

use app::Entity;
use formula::{Comparison, Predicate, Term};
use jiff::SignedDuration;
use model::{RecordId, Timestamp, Type, Value};
use policy::{Bin, List};
use serde_json::Value as Json;
use store::{StoreError, Tx};

use crate::{Command, CommandError, Engine, execute::upload::held_since};

/// Kind of the letters that have content of files removed.
pub(crate) const FORGET: &str = "contents.forget";

/// Records looked at at once.
const BATCH: u32 = 200;

impl Engine {
    /// Removes for good what lay in the bin for longer than its entity says. What something still refers to stays. Answers how
    /// many records went.
    ///
    /// # Errors
    /// The database failed; what went is gone, the rest goes the next time.
    pub async fn empty_bins(&self) -> Result<usize, CommandError> {
        let edition = self.edition();
        let mut many = 0;
        for entity in edition.app.entities() {
            let Some(days) = entity.bin_days else { continue };
            let now = self.now();
            let before = now.saturating_sub(SignedDuration::from_hours(24 * i64::from(days))).unwrap_or(now);
            many += self.empty_bin(entity, before).await?;
        }
        Ok(many)
    }

    async fn empty_bin(&self, entity: &Entity, before: Timestamp) -> Result<usize, CommandError> {
        let (mut many, mut after) = (0, None);
        loop {
            let actor = self.system();
            let Some(deleted) = actor.edition.app.own_path(entity.system.deleted_at) else { return Ok(many) };
            let old = Predicate::Compare {
                op: Comparison::Less,
                left: Term::Field(deleted),
                right: Term::Literal(Value::DateTime(before), Type::DateTime),
            };
            let list = List { within: old, after, bin: Bin::Inside, ..List::all(entity.id, BATCH) };
            let page = self.query(&actor, list).await.map_err(crate::execute::from_query)?;
            for row in page.rows {
                many += usize::from(self.purge_old(&actor, entity, row.id).await?);
            }
            after = page.next;
            if after.is_none() {
                return Ok(many);
            }
        }
    }

    /// Whether it went: it may have gone with another already, or something may still hold it.
    async fn purge_old(&self, actor: &crate::Actor, entity: &Entity, id: RecordId) -> Result<bool, CommandError> {
        match self.execute(actor, Command::Purge { entity: entity.id, id }).await {
            Ok(_) => Ok(true),
            Err(CommandError::NotFound { .. } | CommandError::Denied { .. }) => Ok(false),
            Err(CommandError::Invalid(faults)) => {
                let code = faults.first().map_or("", |fault| fault.code);
                tracing::info!(entity = entity.name.as_str(), %id, code, "a record stays in the bin");
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Removes content of files that no record has any more, and what is left of it in the database's log.
    pub(crate) async fn forget_contents(&self, payload: &Json) -> Result<(), CommandError> {
        let contents = payload.get("contents").and_then(Json::as_array).into_iter().flatten();
        for sha256 in contents.filter_map(Json::as_str) {
            self.forget_content(sha256, None).await?;
        }
        self.store().scrub().await;
        Ok(())
    }

    /// Removes files that waited too long for their records, and their content where no record has it. Answers of how many
    /// contents they were.
    ///
    /// # Errors
    /// The database failed, or a file cannot be removed; the rest goes the next time.
    pub async fn end_uploads(&self) -> Result<usize, CommandError> {
        let before = held_since(self.now());
        let contents = self.store().old_uploads(before).await?;
        for sha256 in &contents {
            self.forget_content(sha256, Some(before)).await?;
        }
        if !contents.is_empty() {
            self.store().scrub().await;
        }
        Ok(contents.len())
    }

    /// Removes content that no record has, and none waits for: of those that wait, those that came before a moment do not count.
    async fn forget_content(&self, sha256: &str, before: Option<Timestamp>) -> Result<(), StoreError> {
        let (blobs, sha256) = (self.inner.blobs.clone(), sha256.to_owned());
        let gone = self.store().tend(move |tx: &mut Tx| {
            let (blobs, sha256) = (blobs.clone(), sha256.clone());
            Box::pin(async move {
                tx.guard_content(&sha256).await?;
                if let Some(before) = before {
                    tx.end_old_uploads(&sha256, before).await?;
                }
                if !tx.holds_content(&sha256).await? {
                    blobs.remove(&sha256).await?;
                }
                Ok::<_, StoreError>(())
            })
        });
        gone.await
    }
}
