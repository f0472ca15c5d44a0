//! A checkpoint: how many entries the ledger had, and the root over them, signed. Written as a signed note:
//!
//! ```text
//! loam-0199…                    the ledger's name
//! 4711                          entries
//! base64 of the root
//! sha256 2025-11-10T08:00:00.000Z
//!
//! — loam-0199… base64 of key id and signature
//! ```

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    hash::{Algorithm, Hash},
    key::{PublicKey, SecretKey},
};

/// What a checkpoint says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The ledger's name.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// When it was signed, as entries write moments.
    pub at: String,
}

/// Why a checkpoint is not to be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Distrust {
    /// It is not written as one.
    #[error("it is not written as a checkpoint")]
    Form,
    /// It is another ledger's.
    #[error("it is of the ledger `{0}`")]
    Origin(String),
    /// None of the keys given signed it.
    #[error("none of the keys given signed it")]
    Unsigned,
    /// A signature in the name of a known key is not that key's.
    #[error("a signature in it is false")]
    False,
    /// It carries a signature of a key that is not known.
    #[error("it carries a signature of a key that is not known")]
    Unknown,
}

/// Signatures of a note: whose, the key's id, and the signature itself.
type Signatures = Vec<(String, [u8; 4], Vec<u8>)>;

impl Checkpoint {
    fn text(&self) -> String {
        let root = STANDARD.encode(self.root.bytes);
        format!("{}\n{}\n{root}\n{} {}\n", self.origin, self.size, self.root.algorithm.word(), self.at)
    }

    /// The signed note, with a signature of each key. `None` when a key cannot sign.
    pub fn signed(&self, keys: &[SecretKey]) -> Option<String> {
        let text = self.text();
        let signatures: Option<String> = keys.iter().map(|key| key.sign(&text)).collect();
        Some(format!("{text}\n{}", signatures?))
    }

    /// Reads a note without believing it.
    ///
    /// # Errors
    /// [`Distrust::Form`].
    pub fn read(note: &str) -> Result<Self, Distrust> {
        Self::parse(note).map(|(checkpoint, _)| checkpoint)
    }

    fn parse(note: &str) -> Result<(Self, Signatures), Distrust> {
        let (_, signatures) = note.split_once("\n\n").ok_or(Distrust::Form)?;
        let mut lines = note.lines();
        let mut line = || lines.next().ok_or(Distrust::Form);
        let (origin, size, root, last) = (line()?.to_owned(), line()?, line()?, line()?);
        let size = size.parse().map_err(|_| Distrust::Form)?;
        let root = STANDARD.decode(root).ok().and_then(|root| <[u8; 32]>::try_from(root).ok());
        let (algorithm, at) = last.split_once(' ').ok_or(Distrust::Form)?;
        let algorithm = Algorithm::parse(algorithm).ok_or(Distrust::Form)?;
        let root = Hash { algorithm, bytes: root.ok_or(Distrust::Form)? };
        let checkpoint = Self { origin, size, root, at: at.to_owned() };
        let mut read = Signatures::new();
        for line in signatures.split_inclusive('\n') {
            let line = line.strip_prefix("\u{2014} ").and_then(|line| line.strip_suffix('\n')).ok_or(Distrust::Form)?;
            let (name, encoded) = line.split_once(' ').ok_or(Distrust::Form)?;
            let bytes = STANDARD.decode(encoded).map_err(|_| Distrust::Form)?;
            let (id, signature) = bytes.split_first_chunk::<4>().ok_or(Distrust::Form)?;
            read.push((name.to_owned(), *id, signature.to_vec()));
        }
        // There is one way to write a checkpoint: any other byte is another text.
        let one = format!("{}\n{signatures}", checkpoint.text());
        if one == note && !read.is_empty() { Ok((checkpoint, read)) } else { Err(Distrust::Form) }
    }

    /// Reads a note and believes it if one of the trusted keys signed it. Signatures of `known` keys are checked too; those of
    /// others are passed over.
    ///
    /// # Errors
    /// Why it is not to be believed.
    pub fn believe(note: &str, trusted: &[PublicKey], known: &[PublicKey]) -> Result<Self, Distrust> {
        Self::weigh(note, trusted, known, false)
    }

    /// The same, where every signature must be of a known key: in a ledger's own table nobody else has signed.
    ///
    /// # Errors
    /// Why it is not to be believed.
    pub fn believe_whole(note: &str, trusted: &[PublicKey], known: &[PublicKey]) -> Result<Self, Distrust> {
        Self::weigh(note, trusted, known, true)
    }

    fn weigh(note: &str, trusted: &[PublicKey], known: &[PublicKey], whole: bool) -> Result<Self, Distrust> {
        let (checkpoint, signatures) = Self::parse(note)?;
        let text = checkpoint.text();
        let mut believed = false;
        for (name, id, signature) in signatures {
            let fits = |key: &&PublicKey| key.name() == name && key.id() == id;
            let trust = trusted.iter().find(fits);
            let Some(key) = trust.or_else(|| known.iter().find(fits)) else {
                if whole {
                    return Err(Distrust::Unknown);
                }
                continue;
            };
            if !key.signed(&text, &signature) {
                return Err(Distrust::False);
            }
            if trust.is_some() && key.name() != checkpoint.origin {
                return Err(Distrust::Origin(checkpoint.origin));
            }
            believed |= trust.is_some() && key.hashing() == checkpoint.root.algorithm;
        }
        if believed { Ok(checkpoint) } else { Err(Distrust::Unsigned) }
    }
}
