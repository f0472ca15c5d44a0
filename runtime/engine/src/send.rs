//! Sending entries of the ledger on as they happen: to whoever was handed over, a line each, in the order of their positions.
//!
//! The node that leads does it. How far it came is kept in the database once a receiver has taken lines, and a receiver that
//! knows itself how far it is has the last word: so a file gets each entry once, whatever dies in between, and one that only
//! answers gets none twice unless its answer was lost. Values before and after do not leave: what was sent cannot be erased.

use std::sync::{Arc, OnceLock};

use jiff::SignedDuration;
use serde_json::{Value as Json, json};
use store::{Placed, StoreError};

use crate::Engine;

/// What is led.
pub(crate) const TASK: &str = "ledger-send";
/// How long the lead is held without a sign of life.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// Lines handed over together.
const BATCH: u32 = 500;
/// Such batches before other work gets its turn.
const ROUNDS: usize = 20;
/// The setting that says how far it came.
const SETTING: &str = "ledger-sent";

/// Who takes entries.
pub trait Receiver: Send + Sync {
    /// The position and the leaf of the last entry it has, where it can tell; `None` when it has none or cannot.
    ///
    /// # Errors
    /// It cannot be asked now.
    fn last(&self) -> Result<Option<(i64, String)>, String>;

    /// Takes lines, the first of which has that position. Once this returns they are safe with it.
    ///
    /// # Errors
    /// It did not take them; they come again.
    fn take(&self, from: i64, lines: &[String]) -> Result<(), String>;
}

/// What the engine keeps for it.
#[derive(Default)]
pub(crate) struct Sending {
    receiver: OnceLock<Arc<dyn Receiver>>,
}

/// Why nothing was sent on.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// The receiver did not take it.
    #[error("{0}")]
    Receiver(String),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Engine {
    /// Hands over who takes entries of the ledger. The first call counts.
    pub fn send_ledger_to(&self, receiver: Arc<dyn Receiver>) {
        let _ = self.inner.sending.receiver.set(receiver);
    }

    /// Sends on what has a position and was not sent yet, if this node leads or can lead. Answers how many.
    ///
    /// # Errors
    /// The receiver did not take it, or the database failed; it is tried again at the next turn.
    pub async fn send_entries(&self, node: &str) -> Result<usize, SendError> {
        let Some(receiver) = self.inner.sending.receiver.get() else { return Ok(0) };
        let (kept, size) = (self.sent().await?, self.placed_in_all().await?);
        if kept >= size {
            return Ok(0);
        }
        let now = self.now();
        let until = now.saturating_add(LEASE).unwrap_or(now);
        if self.store().lead(TASK, node, now, until).await?.is_none() {
            return Ok(0);
        }
        let own = aside(receiver, |receiver| receiver.last()).await?;
        if let Some((last, leaf)) = &own {
            let known = self.store().placed(*last, 1).await?;
            if known.first().is_none_or(|placed| placed.position != *last || placed.leaf != *leaf) {
                return Err(SendError::Receiver(
                    "the receiver has entries of another ledger; move them away".to_owned(),
                ));
            }
        }
        // A file that was cut gets what it lost; one that was moved away begins where the last one ended.
        let mut next = own.map_or(kept, |(last, _)| last.saturating_add(1));
        let mut done = 0;
        for _ in 0..ROUNDS {
            let page = self.store().placed(next, BATCH).await?;
            let lines: Vec<String> = page.iter().map(line).collect();
            let many = i64::try_from(lines.len()).unwrap_or_default();
            if many > 0 {
                aside(receiver, move |receiver| receiver.take(next, &lines)).await?;
            }
            next += many;
            done += page.len();
            self.store().settings().set(SETTING, &json!({ "next": next })).await?;
            if many == 0 || next >= size {
                break;
            }
        }
        Ok(done)
    }

    /// How many entries have a position and were not sent on yet; `None` where they are sent nowhere.
    pub async fn unsent(&self) -> Option<i64> {
        self.inner.sending.receiver.get()?;
        let (sent, size) = (self.sent().await.ok()?, self.placed_in_all().await.ok()?);
        Some((size - sent).max(0))
    }

    async fn sent(&self) -> Result<i64, StoreError> {
        let kept = self.store().settings().get(SETTING).await?;
        Ok(kept.and_then(|kept| kept.get("next")?.as_i64()).unwrap_or_default())
    }

    async fn placed_in_all(&self) -> Result<i64, StoreError> {
        Ok(self.store().last_head().await?.map_or(0, |(size, _)| size))
    }
}

/// Talks to a receiver off the threads that serve requests.
async fn aside<T: Send + 'static>(
    receiver: &Arc<dyn Receiver>,
    ask: impl FnOnce(&dyn Receiver) -> Result<T, String> + Send + 'static,
) -> Result<T, SendError> {
    let receiver = receiver.clone();
    let asked = tokio::task::spawn_blocking(move || ask(receiver.as_ref())).await;
    asked.map_err(|_| SendError::Receiver("the receiver failed".to_owned()))?.map_err(SendError::Receiver)
}

/// An entry as one line of JSON: what is hashed, its position and leaf, and who it was.
fn line(placed: &Placed) -> String {
    let written = placed.written.as_ref();
    let entry: Option<Json> = written.and_then(|written| serde_json::from_str(&written.entry.canonical()).ok());
    let who = written.and_then(|written| written.who.as_ref());
    let who: Option<Json> = who.and_then(|who| serde_json::from_str(&who.value).ok());
    json!({ "position": placed.position, "leaf": placed.leaf, "id": placed.id, "entry": entry, "who": who }).to_string()
}
