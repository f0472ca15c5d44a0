//! Hashes that name their algorithm, and the prefixes that keep leaves, nodes and hidden values apart.

use std::{fmt, str::FromStr};

use sha2::{Digest, Sha256};
use sm3::Sm3;

/// How something is hashed. Both give 32 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Algorithm {
    /// SHA-256.
    #[default]
    Sha256,
    /// SM3, where the national algorithms are asked for.
    Sm3,
}

impl Algorithm {
    /// The word before the colon of a written hash.
    pub fn word(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Sm3 => "sm3",
        }
    }

    /// Reads the word.
    pub fn parse(word: &str) -> Option<Self> {
        match word {
            "sha256" => Some(Self::Sha256),
            "sm3" => Some(Self::Sm3),
            _ => None,
        }
    }

    /// The hash of these parts, one after the other.
    pub fn hash(self, parts: &[&[u8]]) -> Hash {
        let bytes = match self {
            Self::Sha256 => digest::<Sha256>(parts),
            Self::Sm3 => digest::<Sm3>(parts),
        };
        Hash { algorithm: self, bytes }
    }

    /// The hash of a leaf, as RFC 6962 and 9162 have it.
    pub fn leaf(self, data: &[u8]) -> Hash {
        self.hash(&[&[0], data])
    }

    /// The hash of a node over its two children.
    pub fn node(self, left: &[u8; 32], right: &[u8; 32]) -> Hash {
        self.hash(&[&[1], left, right])
    }

    /// What stands in an entry for a value that may be erased later. The prefix keeps it from ever being a leaf or a node.
    pub fn seal(self, salt: &[u8; 16], value: &str) -> Hash {
        self.hash(&[&[2], salt, value.as_bytes()])
    }
}

fn digest<D: Digest>(parts: &[&[u8]]) -> [u8; 32] {
    let mut digest = D::new();
    for part in parts {
        digest.update(part);
    }
    let mut bytes = [0; 32];
    for (to, from) in bytes.iter_mut().zip(digest.finalize()) {
        *to = from;
    }
    bytes
}

/// A hash with the algorithm that made it. Written `sha256:` and 64 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash {
    /// By which it was made.
    pub algorithm: Algorithm,
    /// The hash itself.
    pub bytes: [u8; 32],
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.algorithm.word())?;
        f.write_str(":")?;
        f.write_str(&hex(&self.bytes))
    }
}

/// Why a text is no hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a hash: it is written as the algorithm, a colon and 64 small hexadecimal digits")]
pub struct NoHash;

impl FromStr for Hash {
    type Err = NoHash;

    fn from_str(text: &str) -> Result<Self, NoHash> {
        let (word, digits) = text.split_once(':').ok_or(NoHash)?;
        let algorithm = Algorithm::parse(word).ok_or(NoHash)?;
        let bytes = unhex(digits).and_then(|bytes| <[u8; 32]>::try_from(bytes).ok()).ok_or(NoHash)?;
        Ok(Self { algorithm, bytes })
    }
}

/// Bytes as small hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// Reads small hexadecimal digits, two to a byte; `None` for anything else, so that there is one way to write a byte.
pub fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let pairs = text.as_bytes().chunks(2).map(|pair| match pair {
        [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
        _ => None,
    });
    pairs.collect()
}
