//! Secrets at rest: what somebody who reads the database, a copy of it or its log must not read.
//!
//! A secret is sealed with AES-256-GCM under a key that is not in the database. What was sealed says which key, so that keys can
//! change, and vouches for what it is and whose: put into another's row it does not open. It leaves by no list, search,
//! export or entry of the ledger; only whoever needs it to check something opens it.
//!
//! INVARIANT: without the key nothing is sealed and nothing opens; there is no way around it in clear.
//! INVARIANT: a database belongs to one line of keys. A node that has another does not begin to serve.

use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock, PoisonError, RwLock},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use model::UserId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use serde_json::json;
use store::StoreError;
use zeroize::Zeroizing;

use crate::{Act, By, Engine};

/// What a written key begins with.
const SECRET: &str = "loam-data-secret";
/// What a sealed text begins with.
const SEALED: &str = "sealed:1:";
/// The setting that says under which key this database's secrets are.
const SETTING: &str = "data-key";
/// What the secrets of authenticator apps are sealed as.
pub const CODE: &str = "code";

/// A key that seals secrets. Shown nowhere but by [`DataKey::written`].
#[derive(Clone)]
pub struct DataKey {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DataKey({})", self.id)
    }
}

/// Why a secret was not sealed or opened.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Nobody handed over a key.
    #[error("there is no key that seals secrets")]
    NoKey,
    /// A text is no key.
    #[error("a key that seals secrets is a line `{SECRET}+`, eight digits, `+`, 64 small hexadecimal digits")]
    NotAKey,
    /// It was sealed with a key that is not among those handed over.
    #[error(
        "the secrets of this database are sealed with the key `{0}`, which is not here; every node has the same data.key, or LOAM_DATA_KEY"
    )]
    Unknown(String),
    /// It is not what was sealed, or not for this.
    #[error("a sealed secret was changed, or is another's")]
    Broken,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl DataKey {
    /// A key of random bytes.
    pub fn new(bytes: [u8; 32], id: [u8; 4]) -> Self {
        Self { id: hex(&id), bytes: Zeroizing::new(bytes) }
    }

    /// Its id, which tells nothing of it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key as a line of text.
    pub fn written(&self) -> String {
        format!("{SECRET}+{}+{}", self.id, hex(self.bytes.as_ref()))
    }

    /// Reads what [`DataKey::written`] wrote.
    ///
    /// # Errors
    /// It is no key.
    pub fn read(text: &str) -> Result<Self, VaultError> {
        let mut parts = text.trim().split('+');
        let (Some(SECRET), Some(id), Some(digits), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(VaultError::NotAKey);
        };
        let bytes = unhex(digits).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or(VaultError::NotAKey)?;
        let id = unhex(id).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).ok_or(VaultError::NotAKey)?;
        Ok(Self::new(bytes, id))
    }

    fn key(&self) -> Result<LessSafeKey, VaultError> {
        let key = UnboundKey::new(&AES_256_GCM, self.bytes.as_ref()).map_err(|_| VaultError::NotAKey)?;
        Ok(LessSafeKey::new(key))
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return None;
    }
    let pairs = (0..text.len()).step_by(2);
    pairs.map(|at| u8::from_str_radix(text.get(at..at + 2)?, 16).ok()).collect()
}

/// Gives the keys, the present one last; asked again when something was sealed with one that is not known.
pub type Keys = Arc<dyn Fn() -> Result<Vec<DataKey>, String> + Send + Sync>;

/// What the engine keeps of keys.
#[derive(Default)]
pub(crate) struct Vault {
    source: OnceLock<Keys>,
    keys: RwLock<Arc<Vec<DataKey>>>,
}

impl Vault {
    fn keys(&self) -> Arc<Vec<DataKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks for the keys anew. What cannot be read leaves those that are known.
    fn renew(&self) {
        let Some(source) = self.source.get() else { return };
        match source() {
            Ok(keys) => *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys),
            Err(error) => tracing::error!(%error, "the keys that seal secrets cannot be read"),
        }
    }

    fn present(&self) -> Result<DataKey, VaultError> {
        self.keys().last().cloned().ok_or(VaultError::NoKey)
    }

    fn named(&self, id: &str) -> Result<DataKey, VaultError> {
        let known = |keys: &[DataKey]| keys.iter().find(|key| key.id == id).cloned();
        if let Some(key) = known(&self.keys()) {
            return Ok(key);
        }
        self.renew();
        known(&self.keys()).ok_or_else(|| VaultError::Unknown(id.to_owned()))
    }
}

/// What a sealed secret vouches for besides itself.
fn context(what: &str, whose: UserId) -> Vec<u8> {
    format!("loam {what} {whose}").into_bytes()
}

impl Engine {
    /// Hands over what gives the keys that seal secrets. The first call counts.
    pub fn keep_secrets_with(&self, keys: Keys) {
        let _ = self.inner.vault.source.set(keys);
        self.inner.vault.renew();
    }

    /// Seals a secret of somebody; `what` says what it is.
    ///
    /// # Errors
    /// There is no key.
    pub fn seal(&self, what: &str, whose: UserId, secret: &str) -> Result<String, VaultError> {
        let key = self.inner.vault.present()?;
        // All sixteen bytes count, wherever whoever makes them has put what differs.
        let mut nonce = [0_u8; NONCE_LEN];
        for (at, byte) in self.salt().into_iter().enumerate() {
            if let Some(place) = nonce.get_mut(at % NONCE_LEN) {
                *place ^= byte;
            }
        }
        let mut text = secret.as_bytes().to_vec();
        let aad = Aad::from(context(what, whose));
        let sealed = key.key()?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut text);
        sealed.map_err(|_| VaultError::Broken)?;
        let whole: Vec<u8> = nonce.into_iter().chain(text).collect();
        Ok(format!("{SEALED}{}:{}", key.id, STANDARD.encode(whole)))
    }

    /// Opens what [`Engine::seal`] made of a secret of the same kind and person.
    ///
    /// # Errors
    /// It is not that, or its key is not there.
    pub fn unseal(&self, what: &str, whose: UserId, sealed: &str) -> Result<Zeroizing<String>, VaultError> {
        let (id, text) = sealed.strip_prefix(SEALED).and_then(|rest| rest.split_once(':')).ok_or(VaultError::Broken)?;
        let key = self.inner.vault.named(id)?;
        let mut bytes = STANDARD.decode(text).map_err(|_| VaultError::Broken)?;
        let (nonce, rest) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(VaultError::Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Broken)?;
        let opened = key.key()?.open_in_place(nonce, Aad::from(context(what, whose)), rest);
        let opened = opened.map_err(|_| VaultError::Broken)?;
        Ok(Zeroizing::new(String::from_utf8(opened.to_vec()).map_err(|_| VaultError::Broken)?))
    }

    /// Sees that the keys handed over are this database's, and brings what is kept under an older key, or from before there were
    /// keys, under the present one. Answers how many secrets were sealed anew; to be called before anything is served.
    ///
    /// # Errors
    /// The database's secrets are under a key that is not there, or the database failed.
    pub async fn settle_secrets(&self) -> Result<usize, VaultError> {
        let present = self.inner.vault.present()?;
        let kept = self.store().settings().get(SETTING).await?;
        let known = kept.as_ref().and_then(|kept| kept.get("id")?.as_str());
        if let Some(id) = known {
            self.inner.vault.named(id)?;
        }
        let mut anew = Vec::new();
        for (account, text) in self.store().codes().all().await? {
            let secret = if text.starts_with(SEALED) {
                if text.starts_with(&format!("{SEALED}{}:", present.id)) {
                    continue;
                }
                self.unseal(CODE, account, &text)?
            } else if known.is_none() {
                // From before secrets were sealed. Later such a text is one that somebody put there.
                Zeroizing::new(text.clone())
            } else {
                return Err(VaultError::Broken);
            };
            anew.push((account, text, self.seal(CODE, account, &secret)?));
        }
        if known == Some(present.id.as_str()) && anew.is_empty() {
            return Ok(0);
        }
        let many = anew.len();
        let by = By { user: Some(UserId::nil()), login: "loam".to_owned(), ..By::default() };
        let act = Act::new("secrets.key", "setting").fact("key", present.id.as_str()).fact("secrets", many);
        let (value, anew) = (json!({ "id": present.id }), Arc::new(anew));
        self.noted::<(), StoreError, _>(by, vec![act], move |tx| {
            let (value, anew) = (value.clone(), anew.clone());
            Box::pin(async move {
                for (account, before, after) in anew.iter() {
                    // One that was changed meanwhile is sealed under a key of whoever changed it.
                    tx.reseal_code(*account, before, after).await?;
                }
                tx.set_setting(SETTING, &value).await
            })
        })
        .await?;
        Ok(many)
    }

    /// The id of the key under which this database's secrets are; empty before there was one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn secrets_key(&self) -> Result<String, StoreError> {
        let kept = self.store().settings().get(SETTING).await?;
        Ok(kept.and_then(|kept| Some(kept.get("id")?.as_str()?.to_owned())).unwrap_or_default())
    }

    /// The ids of the keys handed over, the present one last.
    pub fn secrets_keys(&self) -> BTreeSet<String> {
        self.inner.vault.keys().iter().map(|key| key.id.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_lines() {
        let key = DataKey::new([7; 32], [1, 2, 3, 0xab]);
        let line = key.written();
        assert_eq!(line, format!("loam-data-secret+010203ab+{}", "07".repeat(32)));
        let again = DataKey::read(&format!("{line}\n")).unwrap();
        assert_eq!((again.id(), again.written()), ("010203ab", line.clone()));
        assert_eq!(format!("{again:?}"), "DataKey(010203ab)", "a key shows nowhere");
        for wrong in
            ["", "loam-data-secret+01+02", &line.replace("0707", "07"), &line.replace("07", "0G"), &format!("{line}+")]
        {
            assert!(DataKey::read(wrong).is_err(), "{wrong}");
        }
    }
}
