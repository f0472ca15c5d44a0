//! Secrets at rest: what somebody who reads the database, a copy of it or its log must not read.
//!
//! A secret is sealed with AES-256-GCM under a key that is not in the database. What was sealed says which key, so that keys can
//! change, and vouches for what it is and whose: put into another's row, or into another field, it does not open.
//!
//! A field of kind `secret` is sealed here, at the last step before a value is bound, and opened at the first after it is
//! read. [`crate::sql`] binds nothing to its column that is not sealed, so that a way that forgets to seal fails instead of
//! writing in clear. The bound context of a cell is the names of its entity and field, and the record's id.
//!
//! INVARIANT: without the key nothing is sealed and nothing opens; there is no way around it in clear.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, OnceLock, PoisonError, RwLock},
};

use app::{App, Entity, Field, FieldKind};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use formula::Path;
use model::{FieldId, RecordId, Value};
use policy::Mask;
use ring::{
    aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey},
    hmac,
    rand::{SecureRandom as _, SystemRandom},
};
use zeroize::Zeroizing;

use crate::StoreError;

mod beside;
mod cells;

pub use beside::Place;

/// What a written key begins with.
const SECRET: &str = "loam-data-secret";
/// Cells that did not open remembered at most; more are as alarming.
const MOST_TORN: usize = 1_000;
/// The smallest number that stands for a text.
const LEAST: i64 = 1 << 52;
/// What a sealed text begins with.
pub const SEALED: &str = "sealed:1:";

/// A key that seals secrets. Shown nowhere but by [`DataKey::written`], and wiped from memory when it goes.
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
}

impl DataKey {
    /// A key of random bytes.
    pub fn new(bytes: [u8; 32], id: [u8; 4]) -> Self {
        Self { id: crate::blob::hex(&id), bytes: Zeroizing::new(bytes) }
    }

    /// Its id, which tells nothing of it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key as a line of text.
    pub fn written(&self) -> Zeroizing<String> {
        let digits = Zeroizing::new(crate::blob::hex(self.bytes.as_ref()));
        Zeroizing::new(format!("{SECRET}+{}+{}", self.id, *digits))
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
        let digits = unhex(digits).map(Zeroizing::new);
        let bytes = digits.and_then(|bytes| <[u8; 32]>::try_from(bytes.as_slice()).ok()).ok_or(VaultError::NotAKey)?;
        let id = unhex(id).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).ok_or(VaultError::NotAKey)?;
        Ok(Self::new(bytes, id))
    }

    fn key(&self) -> Result<LessSafeKey, VaultError> {
        let key = UnboundKey::new(&AES_256_GCM, self.bytes.as_ref()).map_err(|_| VaultError::NotAKey)?;
        Ok(LessSafeKey::new(key))
    }

    /// A number that stands for a text: without the key nobody makes it, nor finds the text by trying. It is positive, larger
    /// than anything that is counted, and small enough for readers of JSON that keep 53 bits of a number.
    pub fn number(&self, purpose: &str, text: &str) -> i64 {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.derived(purpose).as_ref());
        let bytes = hmac::sign(&key, text.as_bytes());
        bytes.as_ref().iter().take(6).fold(LEAST >> 48, |number, byte| (number << 8) | i64::from(*byte))
    }

    /// A key for one purpose, which tells nothing of this one.
    pub(crate) fn derived(&self, purpose: &str) -> Zeroizing<[u8; 32]> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.bytes.as_ref());
        let tag = hmac::sign(&key, format!("loam derive {purpose}").as_bytes());
        let mut bytes = Zeroizing::new([0; 32]);
        for (place, byte) in bytes.iter_mut().zip(tag.as_ref()) {
            *place = *byte;
        }
        bytes
    }
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

/// What seals and opens. Cheap to clone; all clones have the same keys.
#[derive(Clone, Default)]
pub struct Vault(Arc<Kept>);

#[derive(Default)]
struct Kept {
    source: OnceLock<Keys>,
    keys: RwLock<Arc<Vec<DataKey>>>,
    /// Cells that did not open since somebody asked.
    torn: Mutex<BTreeSet<String>>,
}

impl Vault {
    /// Hands over what gives the keys. The first call counts.
    pub fn keep_with(&self, keys: Keys) {
        let _ = self.0.source.set(keys);
        self.renew();
    }

    /// The keys handed over, the present one last.
    pub fn keys(&self) -> Arc<Vec<DataKey>> {
        self.0.keys.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks for the keys anew. What cannot be read leaves those that are known.
    pub fn renew(&self) {
        let Some(source) = self.0.source.get() else { return };
        match source() {
            Ok(keys) => *self.0.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys),
            Err(error) => tracing::error!(%error, "the keys that seal secrets cannot be read"),
        }
    }

    /// The key that seals what is new.
    ///
    /// # Errors
    /// There is none.
    pub fn present(&self) -> Result<DataKey, VaultError> {
        self.keys().last().cloned().ok_or(VaultError::NoKey)
    }

    /// The key of that id.
    ///
    /// # Errors
    /// It is not here, after the keys were asked for anew.
    pub fn named(&self, id: &str) -> Result<DataKey, VaultError> {
        let known = |keys: &[DataKey]| keys.iter().find(|key| key.id == id).cloned();
        if let Some(key) = known(&self.keys()) {
            return Ok(key);
        }
        self.renew();
        known(&self.keys()).ok_or_else(|| VaultError::Unknown(id.to_owned()))
    }

    /// Seals a text; it opens with the same context alone.
    ///
    /// # Errors
    /// There is no key.
    pub fn seal(&self, context: &str, text: &str) -> Result<String, VaultError> {
        let key = self.present()?;
        let mut nonce = [0_u8; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).map_err(|_| VaultError::Broken)?;
        let mut bytes = text.as_bytes().to_vec();
        let aad = Aad::from(context.as_bytes());
        let sealed = key.key()?.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), aad, &mut bytes);
        sealed.map_err(|_| VaultError::Broken)?;
        let whole: Vec<u8> = nonce.into_iter().chain(bytes).collect();
        Ok(format!("{SEALED}{}:{}", key.id, STANDARD.encode(whole)))
    }

    /// Opens what [`Vault::seal`] made with the same context.
    ///
    /// # Errors
    /// It is not that, or its key is not there.
    pub fn open(&self, context: &str, sealed: &str) -> Result<Zeroizing<String>, VaultError> {
        let (id, text) = sealed.strip_prefix(SEALED).and_then(|rest| rest.split_once(':')).ok_or(VaultError::Broken)?;
        let key = self.named(id)?;
        let mut bytes = Zeroizing::new(STANDARD.decode(text).map_err(|_| VaultError::Broken)?);
        let (nonce, rest) = bytes.split_at_mut_checked(NONCE_LEN).ok_or(VaultError::Broken)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::Broken)?;
        let opened = key.key()?.open_in_place(nonce, Aad::from(context.as_bytes()), rest);
        let opened = opened.map_err(|_| VaultError::Broken)?;
        Ok(Zeroizing::new(String::from_utf8(opened.to_vec()).map_err(|_| VaultError::Broken)?))
    }

    /// Seals a text that stands where a value of a secret field does.
    ///
    /// # Errors
    /// There is no key.
    pub fn seal_cell(&self, entity: &str, field: &str, record: RecordId, text: &str) -> Result<String, VaultError> {
        self.seal(&cell(entity, field, record), text)
    }
}

/// What a cell vouches for.
pub(crate) fn cell(entity: &str, field: &str, record: RecordId) -> String {
    format!("loam field {entity} {field} {record}")
}

impl Vault {
    /// A value as its column takes it: that of a secret field is sealed, others are left as they are.
    pub(crate) fn kept(&self, of: &Entity, field: &Field, record: RecordId, value: Value) -> Result<Value, StoreError> {
        match (&field.kind, value) {
            (FieldKind::Secret, Value::Text(text)) => {
                let text = Zeroizing::new(text);
                Ok(Value::Text(self.seal_cell(of.name.as_str(), field.name.as_str(), record, &text)?))
            }
            (FieldKind::Secret, Value::Null) => Ok(Value::Null),
            (FieldKind::Secret, _) => Err(StoreError::Misfit("a secret that is no text")),
            (_, value) => Ok(value),
        }
    }

    /// What a cell holds; `None` when it does not open, which is remembered for [`Vault::torn`]: the rest of its row, and other
    /// rows, are no worse for it.
    fn cell_of(
        &self,
        app: &App,
        field: &Field,
        record: RecordId,
        sealed: &str,
    ) -> Result<Option<Zeroizing<String>>, StoreError> {
        let of = crate::sql::column::entity(app, field.entity)?;
        Ok(self.open_cell(of.name.as_str(), field.name.as_str(), record, sealed))
    }

    /// What a cell of this entity and field holds; `None` when it does not open, which is remembered.
    pub(crate) fn open_cell(
        &self,
        entity: &str,
        field: &str,
        record: RecordId,
        sealed: &str,
    ) -> Option<Zeroizing<String>> {
        let opened = self.open(&cell(entity, field, record), sealed);
        opened.inspect_err(|fault| self.tear(entity, field, record, fault)).ok()
    }

    /// Remembers a cell that does not open.
    fn tear(
        &self,
        entity: impl std::fmt::Display,
        field: impl std::fmt::Display,
        record: RecordId,
        fault: &VaultError,
    ) {
        let cell = format!("{entity}.{field} {record}");
        let mut torn = self.0.torn.lock().unwrap_or_else(PoisonError::into_inner);
        if torn.len() < MOST_TORN && torn.insert(cell.clone()) {
            tracing::error!(%fault, cell, "a secret does not open");
        }
    }

    /// The cells that did not open since this was last asked, as `entity.field id`.
    pub fn torn(&self) -> BTreeSet<String> {
        std::mem::take(&mut *self.0.torn.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Opens the secrets among a record's values as its row has them; one that does not open stays as it is, [`Value::Sealed`].
    pub(crate) fn opened(
        &self,
        app: &App,
        record: RecordId,
        values: &mut [(FieldId, Value)],
    ) -> Result<(), StoreError> {
        for (id, value) in values {
            let Some(field) = app.field(*id).filter(|field| matches!(field.kind, FieldKind::Secret)) else { continue };
            if let Value::Text(sealed) = value {
                *value = match self.cell_of(app, field, record, sealed)? {
                    Some(text) => Value::Text(text.to_string()),
                    None => Value::Sealed(std::mem::take(sealed)),
                };
            }
        }
        Ok(())
    }

    /// Opens the secrets among the columns a reader asked for. `sql/path.rs` gives each with the record it is of, and with the
    /// mask where it is shown in part. What does not open is [`Value::Sealed`], without what it is.
    pub(crate) fn shown(&self, app: &App, columns: &[Path], values: &mut [Value]) -> Result<(), StoreError> {
        for (path, value) in columns.iter().zip(values) {
            let Some(field) = app.field(path.field).filter(|field| matches!(field.kind, FieldKind::Secret)) else {
                continue;
            };
            let Value::Text(given) = value else { continue };
            let torn = || StoreError::bad("", field.name.as_str(), "");
            let (mask, sealed) = match given.strip_prefix(WHOLE) {
                Some(whole) => (None, whole),
                None => {
                    let (mask, rest) = given.rsplit_once('\n').ok_or_else(torn)?;
                    (Some(Mask::parse(mask).map_err(|_| torn())?), rest)
                }
            };
            let (record, sealed) = sealed.split_once(' ').ok_or_else(torn)?;
            let record = RecordId::try_parse(record).map_err(|_| torn())?;
            *value = match (self.cell_of(app, field, record, sealed)?, mask) {
                (Some(text), Some(mask)) => Value::Text(mask.apply(&text)),
                (Some(text), None) => Value::Text(text.to_string()),
                (None, _) => Value::Sealed(String::new()),
            };
        }
        Ok(())
    }
}

/// What stands before a secret that is shown whole; where it is shown in part its mask does, and a line's end.
pub(crate) const WHOLE: char = '\n';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_for_a_text_under_its_key() {
        let (key, other) = (DataKey::new([7; 32], [1; 4]), DataKey::new([8; 32], [2; 4]));
        let number = key.number("version", "goal 1");
        assert_eq!(number, key.number("version", "goal 1"));
        assert!((LEAST..2 * LEAST).contains(&number), "{number}");
        let others = [key.number("version", "goal 2"), key.number("name", "goal 1"), other.number("version", "goal 1")];
        assert!(!others.contains(&number), "{number} {others:?}");
    }

    #[test]
    fn keys_are_lines() {
        let key = DataKey::new([7; 32], [1, 2, 3, 0xab]);
        let line = key.written();
        assert_eq!(*line, format!("loam-data-secret+010203ab+{}", "07".repeat(32)));
        let again = DataKey::read(&format!("{}\n", *line)).unwrap();
        assert_eq!((again.id(), again.written()), ("010203ab", line.clone()));
        assert_eq!(format!("{again:?}"), "DataKey(010203ab)", "a key shows nowhere");
        for wrong in [
            "",
            "loam-data-secret+01+02",
            &line.replace("0707", "07"),
            &line.replace("07", "0G"),
            &format!("{}+", *line),
        ] {
            assert!(DataKey::read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_sealed_text_opens_where_it_was_sealed_and_nowhere_else() {
        let vault = Vault::default();
        assert!(matches!(vault.seal("a", "x"), Err(VaultError::NoKey)));
        vault.keep_with(Arc::new(|| Ok(vec![DataKey::new([7; 32], [1; 4]), DataKey::new([8; 32], [2; 4])])));
        let (one, other) = (RecordId::from_u128(1), RecordId::from_u128(2));
        let sealed = vault.seal_cell("person", "id_number", one, "330106").unwrap();
        assert!(sealed.starts_with("sealed:1:02020202:") && !sealed.contains("330106"), "{sealed}");
        assert_eq!(vault.open(&cell("person", "id_number", one), &sealed).unwrap().as_str(), "330106");
        for elsewhere in
            [cell("person", "id_number", other), cell("person", "card", one), cell("patient", "id_number", one)]
        {
            assert!(matches!(vault.open(&elsewhere, &sealed), Err(VaultError::Broken)), "{elsewhere}");
        }
        assert_ne!(vault.keys()[0].derived("a"), vault.keys()[0].derived("b"));
    }
}
