//! Sealing a stream of bytes: AES-256-GCM over pieces of 64 KiB. Backups and attached files are sealed so.
//!
//! Whoever seals hands over a key that seals this one stream and nothing else, and what every piece vouches for besides itself. A
//! piece's nonce counts, and says whether it is the last, so that pieces cannot be left out, moved or cut off (the STREAM
//! construction of Hoang, Reyhanitabar, Rogaway and Vizár). Memory holds one piece, however long the stream.

use std::io::{self, BufRead, Read, Write};

use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};

/// Bytes of a piece before it is sealed.
pub const PIECE: usize = 64 * 1024;
/// Bytes a sealed piece is longer.
pub const TAG: usize = 16;

struct Seal {
    key: LessSafeKey,
    said: Vec<u8>,
    count: u64,
}

impl Seal {
    fn new(key: &[u8; 32], said: Vec<u8>) -> io::Result<Self> {
        let key = UnboundKey::new(&AES_256_GCM, key).map_err(|_| broken("this is no key"))?;
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

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Writes sealed.
pub struct Sealing<W> {
    out: W,
    seal: Seal,
    held: Vec<u8>,
}

impl<W: Write> Sealing<W> {
    /// Seals what is written from now on under a key of this stream's own; every piece vouches for `said`.
    ///
    /// # Errors
    /// It is no key.
    pub fn new(out: W, key: &[u8; 32], said: Vec<u8>) -> io::Result<Self> {
        Ok(Self { out, seal: Seal::new(key, said)?, held: Vec::with_capacity(PIECE + TAG) })
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
    wrong: &'static str,
    piece: Vec<u8>,
    at: usize,
    done: bool,
}

impl<R: BufRead> Opening<R> {
    /// Opens what [`Sealing`] made with the same key and words. `wrong` is what is said when not even the first piece opens.
    ///
    /// # Errors
    /// It is no key.
    pub fn new(from: R, key: &[u8; 32], said: Vec<u8>, wrong: &'static str) -> io::Result<Self> {
        Ok(Self { from, seal: Seal::new(key, said)?, wrong, piece: Vec::new(), at: 0, done: false })
    }

    fn next(&mut self) -> io::Result<()> {
        let mut piece = Vec::with_capacity(PIECE + TAG);
        self.from.by_ref().take((PIECE + TAG) as u64).read_to_end(&mut piece)?;
        let last = self.from.fill_buf()?.is_empty();
        let first = self.seal.count == 0;
        let nonce = self.seal.nonce(last);
        let opened = self.seal.key.open_in_place(nonce, Aad::from(&self.seal.said), &mut piece);
        let changed = if first { self.wrong } else { "the file was changed or cut since it was written" };
        let length = opened.map(|plain| plain.len()).map_err(|_| broken(changed))?;
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
