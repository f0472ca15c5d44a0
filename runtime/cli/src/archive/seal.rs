//! Sealing a stream of bytes under a passphrase: AES-256-GCM over pieces of 64 KiB, with a key that argon2id makes of the
//! passphrase and a salt of this file's own.
//!
//! A line of JSON stands first and says how the key is made; it is part of what every piece vouches for. A piece's nonce counts,
//! and says whether it is the last, so that pieces cannot be left out, moved or cut off (the STREAM construction of Hoang,
//! Reyhanitabar, Rogaway and Vizár).

use std::io::{self, BufRead, Read, Write};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use serde::{Deserialize, Serialize};

use super::broken;

/// What a sealed backup begins with.
pub const MARK: &[u8] = b"{\"loam\":\"sealed backup\"";
/// The fewest characters of a passphrase.
pub const SHORTEST: usize = 12;

const PIECE: usize = 64 * 1024;
const TAG: usize = 16;
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

struct Seal {
    key: LessSafeKey,
    said: Vec<u8>,
    count: u64,
}

impl Seal {
    fn new(first: &First, said: Vec<u8>, passphrase: &str) -> io::Result<Self> {
        // Bounds, so that a file cannot ask for all memory there is.
        if first.format != 1 || !(8..=1 << 20).contains(&first.memory) || !(1..=20).contains(&first.passes) {
            return Err(broken("it is sealed in a way that this program does not know"));
        }
        let salt = STANDARD.decode(&first.salt).map_err(|_| broken("its first line is damaged"))?;
        let wrong = |_| broken("its first line is damaged");
        let params = Params::new(first.memory, first.passes, 1, Some(32)).map_err(wrong)?;
        let mut key = [0; 32];
        let made = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        made.hash_password_into(passphrase.as_bytes(), &salt, &mut key).map_err(wrong)?;
        let key = UnboundKey::new(&AES_256_GCM, &key).map_err(|_| broken("no key can be made of the passphrase"))?;
        Ok(Self { key: LessSafeKey::new(key), said, count: 0 })
    }

    fn nonce(&mut self, last: bool) -> Nonce {
        let mut bytes = [0; 12];
        for (place, byte) in bytes.iter_mut().skip(4).zip(self.count.to_be_bytes()) {
            *place = byte;
        }
        if let Some(first) = bytes.first_mut() {
            *first = u8::from(last);
        }
        self.count += 1;
        Nonce::assume_unique_for_key(bytes)
    }
}

/// Writes sealed.
pub struct Sealing<W> {
    out: W,
    seal: Seal,
    held: Vec<u8>,
}

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
        Ok(Self { out, seal: Seal::new(&first, said, passphrase)?, held: Vec::with_capacity(PIECE + TAG) })
    }

    fn piece(&mut self, last: bool) -> io::Result<()> {
        let nonce = self.seal.nonce(last);
        let aad = Aad::from(&self.seal.said);
        let sealed = self.seal.key.seal_in_place_append_tag(nonce, aad, &mut self.held);
        sealed.map_err(|_| broken("a piece cannot be sealed"))?;
        self.out.write_all(&self.held)?;
        self.held.clear();
        Ok(())
    }

    /// Writes the last piece.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.piece(true)?;
        Ok(self.out)
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece waits until more comes: the last one says that it is.
        if self.held.len() == PIECE {
            self.piece(false)?;
        }
        let taken = bytes.get(..bytes.len().min(PIECE - self.held.len())).unwrap_or_default();
        self.held.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Reads what was sealed.
pub struct Opening<R> {
    from: R,
    seal: Seal,
    piece: Vec<u8>,
    at: usize,
    done: bool,
}

impl<R: BufRead> Opening<R> {
    /// Begins: reads the first line.
    ///
    /// # Errors
    /// It is not one.
    pub fn new(mut from: R, passphrase: &str) -> io::Result<Self> {
        let mut said = Vec::new();
        from.by_ref().take(LINE).read_until(b'\n', &mut said)?;
        let first: First = serde_json::from_slice(&said).map_err(|_| broken("its first line is damaged"))?;
        let seal = Seal::new(&first, said, passphrase)?;
        Ok(Self { from, seal, piece: Vec::new(), at: 0, done: false })
    }

    fn next(&mut self) -> io::Result<()> {
        let mut piece = Vec::with_capacity(PIECE + TAG);
        self.from.by_ref().take((PIECE + TAG) as u64).read_to_end(&mut piece)?;
        let last = self.from.fill_buf()?.is_empty();
        let first = self.seal.count == 0;
        let nonce = self.seal.nonce(last);
        let opened = self.seal.key.open_in_place(nonce, Aad::from(&self.seal.said), &mut piece);
        let length = opened.map(|plain| plain.len()).map_err(|_| {
            broken(if first {
                "the passphrase is wrong, or the file was changed or cut"
            } else {
                "the file was changed or cut since it was written"
            })
        })?;
        piece.truncate(length);
        self.piece = piece;
        self.at = 0;
        self.done = last;
        Ok(())
    }
}

impl<R: BufRead> Read for Opening<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.at == self.piece.len() {
            if self.done {
                return Ok(0);
            }
            self.next()?;
        }
        let rest = self.piece.get(self.at..).unwrap_or_default();
        let many = rest.len().min(into.len());
        if let (Some(into), Some(rest)) = (into.get_mut(..many), rest.get(..many)) {
            into.copy_from_slice(rest);
        }
        self.at += many;
        Ok(many)
    }
}

#[cfg(test)]
mod tests {
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
