//! Keys that sign checkpoints: Ed25519, or SM2 over SM3. Written as lines of text, so that they can be read out, printed and
//! kept in a safe.
//!
//! A public key is written as signed notes have it: `name+0a1b2c3d+` and base64 of the kind and the key. The eight digits are
//! the key's id, made of all the rest.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::Signer as _;
use sha2::{Digest, Sha256};
use sm2::dsa::signature::Verifier as _;

use crate::hash::{Algorithm, hex, unhex};

/// The kind of an Ed25519 key in a signed note.
const ED25519: &[u8] = &[1];
/// Signed notes leave 255 to kinds that say their name.
const SM2: &[u8] = b"\xffsm2-sm3:";
/// Who signs by SM2, where nothing else was agreed (GM/T 0009).
const SM2_SIGNER: &str = "1234567812345678";
/// What begins a written secret key.
const SECRET: &str = "loam-ledger-secret";

/// How a ledger is hashed and signed. Chosen once, with its first key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Suite {
    /// SHA-256 and Ed25519.
    #[default]
    Standard,
    /// SM3 and SM2.
    Gm,
}

impl Suite {
    /// How the tree is hashed.
    pub fn hashing(self) -> Algorithm {
        match self {
            Self::Standard => Algorithm::Sha256,
            Self::Gm => Algorithm::Sm3,
        }
    }

    /// Its word in a written key.
    pub fn word(self) -> &'static str {
        match self {
            Self::Standard => "ed25519",
            Self::Gm => "sm2",
        }
    }
}

/// Why a text is no key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a key of the ledger: {0}")]
pub struct NoKey(&'static str);

#[derive(Clone)]
enum Secret {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Sm2(Box<sm2::dsa::SigningKey>),
}

/// A key that signs. Shown nowhere but by [`SecretKey::written`].
#[derive(Clone)]
pub struct SecretKey {
    name: String,
    secret: Secret,
}

impl std::fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SecretKey({})", self.name)
    }
}

impl SecretKey {
    /// A key made of 32 random bytes, for the ledger of that name.
    ///
    /// # Errors
    /// The name has blanks or a `+`, or the bytes are one of the few that make no key.
    pub fn new(suite: Suite, name: &str, random: &[u8; 32]) -> Result<Self, NoKey> {
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '+') {
            return Err(NoKey("a name is one word without `+`"));
        }
        let secret = match suite {
            Suite::Standard => Secret::Ed25519(Box::new(ed25519_dalek::SigningKey::from_bytes(random))),
            Suite::Gm => {
                let key = sm2::dsa::SigningKey::from_slice(SM2_SIGNER, random);
                Secret::Sm2(Box::new(key.map_err(|_| NoKey("these bytes make no SM2 key"))?))
            }
        };
        Ok(Self { name: name.to_owned(), secret })
    }

    /// Reads what [`SecretKey::written`] wrote.
    ///
    /// # Errors
    /// It is no secret key.
    pub fn read(text: &str) -> Result<Self, NoKey> {
        let mut parts = text.trim().split('+');
        let (Some(SECRET), Some(word), Some(name), Some(digits), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NoKey("a secret key is one line beginning with `loam-ledger-secret+`"));
        };
        let suite = match word {
            "ed25519" => Suite::Standard,
            "sm2" => Suite::Gm,
            _ => return Err(NoKey("its kind is `ed25519` or `sm2`")),
        };
        let bytes = unhex(digits).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        Self::new(suite, name, &bytes.ok_or(NoKey("its bytes are 64 small hexadecimal digits"))?)
    }

    /// The key as a line of text. Whoever has it can sign in the ledger's name.
    pub fn written(&self) -> String {
        let bytes = match &self.secret {
            Secret::Ed25519(key) => hex(&key.to_bytes()),
            Secret::Sm2(key) => hex(&key.to_bytes()),
        };
        format!("{SECRET}+{}+{}+{bytes}", self.suite().word(), self.name)
    }

    /// How the ledger is hashed and signed.
    pub fn suite(&self) -> Suite {
        match self.secret {
            Secret::Ed25519(_) => Suite::Standard,
            Secret::Sm2(_) => Suite::Gm,
        }
    }

    /// The ledger's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key that checks its signatures.
    pub fn public(&self) -> PublicKey {
        let key = match &self.secret {
            Secret::Ed25519(key) => Public::Ed25519(key.verifying_key()),
            Secret::Sm2(key) => Public::Sm2(Box::new(key.verifying_key().clone())),
        };
        PublicKey { name: self.name.clone(), key }
    }

    /// The line of a signed note by which it signs this text. `None` when the signature cannot be made.
    pub(crate) fn sign(&self, text: &str) -> Option<String> {
        let signature = match &self.secret {
            Secret::Ed25519(key) => key.sign(text.as_bytes()).to_bytes().to_vec(),
            Secret::Sm2(key) => {
                use sm2::dsa::signature::Signer as _;
                let signature: sm2::dsa::Signature = key.try_sign(text.as_bytes()).ok()?;
                signature.to_bytes().to_vec()
            }
        };
        let mut bytes = self.public().id().to_vec();
        bytes.extend(signature);
        Some(format!("\u{2014} {} {}\n", self.name, STANDARD.encode(bytes)))
    }
}

#[derive(Debug, Clone)]
enum Public {
    Ed25519(ed25519_dalek::VerifyingKey),
    Sm2(Box<sm2::dsa::VerifyingKey>),
}

/// A key that checks signatures.
#[derive(Debug, Clone)]
pub struct PublicKey {
    name: String,
    key: Public,
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name && self.bytes() == other.bytes()
    }
}

impl Eq for PublicKey {}

impl PublicKey {
    fn bytes(&self) -> Vec<u8> {
        match &self.key {
            Public::Ed25519(key) => [ED25519, key.as_bytes()].concat(),
            Public::Sm2(key) => [SM2, &key.to_sec1_bytes()].concat(),
        }
    }

    /// What tells it from other keys in a signature.
    pub fn id(&self) -> [u8; 4] {
        let digest = Sha256::new().chain_update(&self.name).chain_update("\n").chain_update(self.bytes()).finalize();
        let mut id = [0; 4];
        for (to, from) in id.iter_mut().zip(digest) {
            *to = from;
        }
        id
    }

    /// The ledger's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the ledger it signs is hashed.
    pub fn hashing(&self) -> Algorithm {
        match self.key {
            Public::Ed25519(_) => Algorithm::Sha256,
            Public::Sm2(_) => Algorithm::Sm3,
        }
    }

    /// Reads a public key.
    ///
    /// # Errors
    /// It is none, or its id is not its own.
    pub fn read(text: &str) -> Result<Self, NoKey> {
        let mut parts = text.trim().splitn(3, '+');
        let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoKey("a public key is written `name+id+key`"));
        };
        let bytes = STANDARD.decode(key).map_err(|_| NoKey("what follows the id is not base64"))?;
        let key = if let Some(key) = bytes.strip_prefix(SM2) {
            let key = sm2::dsa::VerifyingKey::from_sec1_bytes(SM2_SIGNER, key);
            Public::Sm2(Box::new(key.map_err(|_| NoKey("its bytes are no SM2 key"))?))
        } else {
            let key = bytes.strip_prefix(ED25519).and_then(|key| <[u8; 32]>::try_from(key).ok());
            let key = key.ok_or(NoKey("its kind is not known here"))?;
            let key = ed25519_dalek::VerifyingKey::from_bytes(&key);
            Public::Ed25519(key.map_err(|_| NoKey("its bytes are no Ed25519 key"))?)
        };
        let key = Self { name: name.to_owned(), key };
        if hex(&key.id()) == id { Ok(key) } else { Err(NoKey("its id belongs to another key")) }
    }

    /// Whether it signed this text.
    pub(crate) fn signed(&self, text: &str, signature: &[u8]) -> bool {
        match &self.key {
            Public::Ed25519(key) => {
                let signature = ed25519_dalek::Signature::from_slice(signature);
                signature.is_ok_and(|signature| key.verify_strict(text.as_bytes(), &signature).is_ok())
            }
            Public::Sm2(key) => {
                let signature = sm2::dsa::Signature::from_slice(signature);
                signature.is_ok_and(|signature| key.verify(text.as_bytes(), &signature).is_ok())
            }
        }
    }
}

impl std::fmt::Display for PublicKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}+{}+{}", self.name, hex(&self.id()), STANDARD.encode(self.bytes()))
    }
}
