//! The ledger at work: entries get their positions, checkpoints are signed, everything is verified, proved, handed out,
//! looked up and, where the law asks for it, erased.
//!
//! Whoever opens the engine hands it the keys ([`Engine::sign_with`]); without keys entries are written all the same, and
//! wait. Positions are given by the node that leads; which one that is may change at any time.

pub mod audit;
pub mod erase;
mod guess;
pub mod veil;
mod watch;

use std::sync::{OnceLock, PoisonError};

use ::ledger::{Algorithm, Checkpoint, Hash, PublicKey, SecretKey, audit::KEY, merkle::Edge};
use jiff::SignedDuration;
use store::{Lead, Placing, StoreError};
use tokio::sync::Mutex;

use crate::{Act, By, Engine, note::moment};

/// Entries that get their positions together, under one checkpoint.
const BATCH: u32 = 2_000;
/// Such batches done before other work gets its turn.
const ROUNDS: usize = 50;
/// How long a lead is held before another node may take it.
const LEASE: SignedDuration = SignedDuration::from_secs(30);
/// An entry without a position for longer than this is an alarm.
pub const LATE: SignedDuration = SignedDuration::from_secs(10);
/// What is led.
pub(crate) const TASK: &str = "ledger";

/// What the engine keeps for the ledger.
#[derive(Default)]
pub(crate) struct Desk {
    keys: OnceLock<Vec<SecretKey>>,
    pub(crate) keep: OnceLock<u32>,
    edge: Mutex<Option<(Lead, Edge)>>,
    alarmed: std::sync::Mutex<Option<model::Timestamp>>,
}

fn bad(what: &'static str) -> StoreError {
    StoreError::Misfit(what)
}

/// A hash as the tree's tables hold it.
pub(crate) fn bytes(text: &str) -> Result<[u8; 32], StoreError> {
    text.parse::<Hash>().map(|hash| hash.bytes).map_err(|_| bad("a hash of the ledger is none"))
}

impl Engine {
    /// Hands over the keys that sign checkpoints: the present one last, before it the one it took the place of. The first
    /// call counts.
    pub fn sign_with(&self, keys: Vec<SecretKey>) {
        // A second call would be a second opener; the first one's keys stay.
        let _ = self.inner.desk.keys.set(keys);
    }

    fn keys(&self) -> &[SecretKey] {
        self.inner.desk.keys.get().map_or(&[], Vec::as_slice)
    }

    /// The keys that check this ledger's checkpoints; empty where it does not sign.
    pub fn public_keys(&self) -> Vec<PublicKey> {
        self.keys().iter().map(SecretKey::public).collect()
    }

    /// How the ledger hashes.
    pub(crate) fn hashing(&self) -> Algorithm {
        self.keys().last().map(|key| key.suite().hashing()).unwrap_or_default()
    }

    /// Gives waiting entries their positions and signs a checkpoint over them, if this node leads or can lead. Answers how
    /// many got one; for the runner, and for commands that want everything in place.
    ///
    /// # Errors
    /// The database failed, or the keys are not the ledger's.
    pub async fn place_entries(&self, node: &str) -> Result<usize, StoreError> {
        if self.keys().is_empty() {
            return Ok(0);
        }
        let mut done = 0;
        for _ in 0..ROUNDS {
            if self.store().unplaced(1).await?.is_empty() {
                break;
            }
            let many = self.place_some(node).await?;
            if many == 0 {
                break;
            }
            done += many;
        }
        Ok(done)
    }

    /// The same for a command that ends soon: what waits gets its position, and whoever comes next may lead at once.
    ///
    /// # Errors
    /// As [`Engine::place_entries`].
    pub async fn place_once(&self) -> Result<usize, StoreError> {
        let node = self.new_id().to_string();
        let many = self.place_entries(&node).await?;
        self.store().resign(TASK, &node).await?;
        Ok(many)
    }

    async fn place_some(&self, node: &str) -> Result<usize, StoreError> {
        let mut desk = self.inner.desk.edge.lock().await;
        let now = self.now();
        let until = now.saturating_add(LEASE).unwrap_or(now);
        let Some(lead) = self.store().lead(TASK, node, now, until).await? else {
            *desk = None;
            return Ok(0);
        };
        // What is known of the tree holds only as long as nobody else led in between.
        let known = desk.take().filter(|(known, _)| *known == lead).map(|(_, edge)| edge);
        let mut edge = match known {
            Some(edge) => edge,
            None => {
                self.introduce().await?;
                self.edge().await?
            }
        };
        let from = edge.size();
        let entries = self.store().unplaced(BATCH).await?;
        if entries.is_empty() {
            *desk = Some((lead, edge));
            return Ok(0);
        }
        let mut leaves = Vec::with_capacity(entries.len());
        let mut nodes = Vec::new();
        for entry in entries {
            let leaf = entry.leaf(self.hashing());
            let whole = edge.push(leaf.bytes);
            nodes.extend(whole.into_iter().map(|node| (node.row.into(), number(node.place), node.hash.to_string())));
            leaves.push((entry.id, leaf.to_string()));
        }
        let many = leaves.len();
        let origin = self.keys().last().map(|key| key.name().to_owned()).unwrap_or_default();
        let checkpoint = Checkpoint { origin, size: edge.size(), root: edge.root(), at: moment(self.now()) };
        let head = checkpoint.signed(self.keys()).ok_or(bad("a checkpoint cannot be signed with this key"))?;
        if !self.store().place(&lead, Placing { from: number(from), leaves, nodes, head }).await? {
            return Ok(0);
        }
        *desk = Some((lead, edge));
        Ok(many)
    }

    /// The right edge of the tree as the database has it.
    async fn edge(&self) -> Result<Edge, StoreError> {
        let size = self.store().last_head().await?.map_or(0, |(size, _)| size);
        let size = u64::try_from(size).unwrap_or_default();
        let mut rows = Vec::new();
        for (row, (from, to)) in (0..).zip(Edge::loose(size)) {
            let hashes = self.store().tree(row, from, to).await?;
            let hashes: Vec<[u8; 32]> = hashes.iter().map(|text| bytes(text)).collect::<Result<_, _>>()?;
            if hashes.len() as u64 != to - from {
                return Err(bad("the ledger's tree has gaps; `loam audit verify` says where"));
            }
            rows.push(hashes);
        }
        Ok(Edge::of(self.hashing(), size, rows))
    }

    /// Makes the present key known on the ledger, where it is new. A key that nothing leads to signs nothing.
    async fn introduce(&self) -> Result<(), StoreError> {
        let announced = self.store().announced_keys().await?;
        let keys: Vec<String> = self.public_keys().iter().map(PublicKey::to_string).collect();
        let Some(present) = keys.last() else { return Ok(()) };
        if announced.contains(present) {
            return Ok(());
        }
        if !announced.is_empty() && !keys.iter().any(|key| announced.last() == Some(key)) {
            return Err(bad(
                "the ledger was signed with another key, so that this one signs nothing: give every node the same key",
            ));
        }
        let by = By { user: Some(model::UserId::nil()), login: "loam".to_owned(), ..By::default() };
        self.note(by, Act::new(KEY, "ledger").fact("key", present.as_str())).await
    }

    /// Says it, once a minute at most, when entries wait for their positions longer than [`LATE`].
    pub(crate) async fn watch_ledger(&self) -> Result<(), StoreError> {
        let now = self.now();
        {
            let mut alarmed = self.inner.desk.alarmed.lock().unwrap_or_else(PoisonError::into_inner);
            if alarmed.is_some_and(|at| now.duration_since(at) < SignedDuration::from_secs(60)) {
                return Ok(());
            }
            *alarmed = Some(now);
        }
        let (many, since) = self.store().unplaced_since().await?;
        if let Some(since) = since.filter(|since| now.duration_since(*since) > LATE) {
            tracing::error!(many, %since, "entries of the ledger wait for their positions");
        }
        Ok(())
    }
}

pub(crate) fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
