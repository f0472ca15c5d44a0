//! Sealing a backup under a passphrase: [`store::stream`], with a key that argon2id makes of the passphrase and a salt of this
//! file's own.
//!
//! A line of JSON stands first and says how the key is made; it is part of what every piece vouches for.

use std::io::{self, BufRead, Read, Write};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use store::stream;
use zeroize::Zeroizing;

use super::broken;

/// What a sealed backup begins with.
pub const MARK: &[u8] = b"{\"loam\":\"sealed backup\"";
/// The fewest characters of a passphrase.
pub const SHORTEST: usize = 12;

/// The longest first line that is read.
const LINE: u64 = 1024;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct First {
    loam: String,
    format: u32,
    /// KiB.
    memory: u32,
    passes: u32,
    salt: String,
}

impl First {
    fn key(&self, passphrase: &str) -> io::Result<Zeroizing<[u8; 32]>> {
        // Bounds, so that a file cannot ask for all memory there is.
        if self.format != 1 || !(8..=1 << 20).contains(&self.memory) || !(1..=20).contains(&self.passes) {
            return Err(broken("it is sealed in a way that this program does not know"));
        }
        let salt = STANDARD.decode(&self.salt).map_err(|_| broken("its first line is damaged"))?;
        let wrong = |_| broken("its first line is damaged");
        let params = Params::new(self.memory, self.passes, 1, Some(32)).map_err(wrong)?;
        let mut key = Zeroizing::new([0; 32]);
        let made = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        made.hash_password_into(passphrase.as_bytes(), &salt, key.as_mut()).map_err(wrong)?;
        Ok(key)
    }
}

/// Writes sealed.
pub struct Sealing<W>(stream::Sealing<W>);

impl<W: Write> Sealing<W> {
    /// Begins: writes the first line.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn new(mut out: W, passphrase: &str, salt: [u8; 16]) -> io::Result<Self> {
        let first = First {
            loam: "sealed backup".to_owned(),
            format: 1,
            memory: 64 * 1024,
            passes: 3,
            salt: STANDARD.encode(salt),
        };
        let mut said = serde_json::to_vec(&first)?;
        said.push(b'\n');
        out.write_all(&said)?;
        Ok(Self(stream::Sealing::new(out, &*first.key(passphrase)?, said)?))
    }

    /// Writes the last piece.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(self) -> io::Result<W> {
        self.0.finish()
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Reads what was sealed.
pub struct Opening<R>(stream::Opening<R>);

impl<R: BufRead> Opening<R> {
    /// Begins: reads the first line.
    ///
    /// # Errors
    /// It is not one.
    pub fn new(mut from: R, passphrase: &str) -> io::Result<Self> {
        let mut said = Vec::new();
        from.by_ref().take(LINE).read_until(b'\n', &mut said)?;
        let first: First = serde_json::from_slice(&said).map_err(|_| broken("its first line is damaged"))?;
        let wrong = "the passphrase is wrong, or the file was changed or cut";
        Ok(Self(stream::Opening::new(from, &*first.key(passphrase)?, said, wrong)?))
    }
}

impl<R: BufRead> Read for Opening<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.0.read(into)
    }
}

#[cfg(test)]
mod tests {
    use store::stream::{PIECE, TAG};

    use super::*;

    fn sealed(content: &[u8]) -> Vec<u8> {
        let mut sealing = Sealing::new(Vec::new(), "a long passphrase", [3; 16]).unwrap();
        sealing.write_all(content).unwrap();
        sealing.finish().unwrap()
    }

    fn opened(bytes: &[u8], passphrase: &str) -> io::Result<Vec<u8>> {
        let mut content = Vec::new();
        Opening::new(bytes, passphrase)?.read_to_end(&mut content)?;
        Ok(content)
    }

    #[test]
    fn what_is_sealed_opens_again_and_only_whole() {
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE] {
            let content: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            let bytes = sealed(&content);
            assert!(bytes.starts_with(MARK));
            assert!(size < 100 || !bytes.windows(50).any(|part| part == &content[..50]), "nothing shows");
            assert_eq!(opened(&bytes, "a long passphrase").unwrap(), content);
            assert!(opened(&bytes, "another passphrase").is_err());
            assert!(opened(&bytes[..bytes.len() - 1], "a long passphrase").is_err());
        }
        let bytes = sealed(&vec![5; 2 * PIECE + 10]);
        let begins = bytes.iter().position(|byte| *byte == b'\n').unwrap() + 1;
        // Cut where a piece ends, pieces changed about, a bit in the middle, another salt, something behind.
        assert!(opened(&bytes[..begins + PIECE + TAG], "a long passphrase").is_err());
        let mut moved = bytes.clone();
        let (one, two) = (begins..begins + PIECE + TAG, begins + PIECE + TAG..begins + 2 * (PIECE + TAG));
        moved[one.clone()].copy_from_slice(&bytes[two.clone()]);
        moved[two].copy_from_slice(&bytes[one]);
        assert!(opened(&moved, "a long passphrase").is_err());
        for at in [30, begins + 5, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(opened(&changed, "a long passphrase").is_err(), "byte {at}");
        }
        let mut longer = bytes.clone();
        longer.push(0);
        assert!(opened(&longer, "a long passphrase").is_err());
        let greedy = String::from_utf8(bytes[..begins].to_vec()).unwrap().replace("65536", "4000000000");
        assert!(opened(greedy.as_bytes(), "a long passphrase").is_err());
    }
}
