//! Whether the published definition is the one that was published: its documents against the hash that the publish left on the
//! ledger. Who changes documents behind the platform's back changes what everybody may see and do.

use ::ledger::Hash;
use store::StoreError;

use crate::Engine;

/// What comparing came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proof {
    /// They are the documents that were published.
    Same,
    /// They are others.
    Altered,
    /// No entry of the ledger tells of this version.
    Unknown,
}

impl Engine {
    /// Compares the documents of the version in use with the ledger; nothing published proves itself.
    ///
    /// # Errors
    /// The database failed.
    pub async fn prove_definition(&self) -> Result<Proof, StoreError> {
        match self.edition().version {
            0 => Ok(Proof::Same),
            version => self.prove_version(version).await,
        }
    }

    pub(crate) async fn prove_version(&self, version: i64) -> Result<Proof, StoreError> {
        let Some(documents) = self.store().published_text(version).await? else { return Ok(Proof::Unknown) };
        for facts in self.store().publish_facts().await? {
            if facts.get("version").and_then(serde_json::Value::as_i64) != Some(version) {
                continue;
            }
            let said: Option<Hash> = facts.get("hash").and_then(|hash| hash.as_str()?.parse().ok());
            let Some(said) = said else { return Ok(Proof::Unknown) };
            let same = said.algorithm.hash(&[documents.as_bytes()]) == said;
            return Ok(if same { Proof::Same } else { Proof::Altered });
        }
        Ok(Proof::Unknown)
    }
}
