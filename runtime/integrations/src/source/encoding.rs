//! Text of a file as UTF-8, whatever it was saved as: found by its mark, else by whether it is valid UTF-8, else GB18030,
//! which is what spreadsheets in China save.

use std::{
    io::{self, Read, Seek, SeekFrom},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use encoding_rs::{CoderResult, Decoder, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

use crate::SourceError;

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;
/// Most bytes of a row: every cell of the widest row filled would be more, no sensible row is.
const MAX_ROW_BYTES: u64 = 32 * 1024 * 1024;

/// Marks the error by which [`Decoded`] says that the bytes are in no known encoding.
const NOT_TEXT: io::ErrorKind = io::ErrorKind::InvalidData;
/// Marks the error by which [`Decoded`] says that a row does not end.
const ENDLESS: io::ErrorKind = io::ErrorKind::FileTooLarge;

/// Finds the encoding and goes back to the start.
pub(crate) fn detect<R: Read + Seek>(file: &mut R) -> Result<&'static Encoding, SourceError> {
    let mut chunk = vec![0; CHUNK];
    let mut checked = UTF_8.new_decoder_without_bom_handling();
    let mut out = vec![0; CHUNK * 3];
    let mut first = true;
    let found = loop {
        let n = read_full(file, &mut chunk)?;
        let bytes = chunk.get(..n).unwrap_or_default();
        if first {
            if bytes.starts_with(&[0xff, 0xfe]) {
                break UTF_16LE;
            }
            if bytes.starts_with(&[0xfe, 0xff]) {
                break UTF_16BE;
            }
            first = false;
        }
        let (_, _, _, faulty) = checked.decode_to_utf8(bytes, &mut out, n == 0);
        if faulty {
            break GB18030;
        }
        if n == 0 {
            break UTF_8;
        }
    };
    file.seek(SeekFrom::Start(0))?;
    Ok(found)
}

fn read_full<R: Read>(file: &mut R, chunk: &mut [u8]) -> io::Result<usize> {
    loop {
        match file.read(chunk) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

/// A file read as UTF-8 without its byte-order mark.
pub(crate) struct Decoded<R> {
    file: R,
    decoder: Decoder,
    chunk: Vec<u8>,
    ready: Vec<u8>,
    at: usize,
    given: u64,
    /// Bytes up to the end of the last row, as its reader counts them.
    row_end: Arc<AtomicU64>,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    pub(crate) fn new(file: R, encoding: &'static Encoding) -> Self {
        Self {
            file,
            decoder: encoding.new_decoder_with_bom_removal(),
            chunk: vec![0; CHUNK],
            ready: Vec::new(),
            at: 0,
            given: 0,
            row_end: Arc::default(),
            ended: false,
        }
    }

    /// Where the reader of rows notes how far it came.
    pub(crate) fn row_end(&self) -> Arc<AtomicU64> {
        self.row_end.clone()
    }

    /// The next decoded text, without taking it.
    pub(crate) fn peek(&mut self) -> io::Result<&[u8]> {
        while self.at >= self.ready.len() && !self.ended {
            self.fill()?;
        }
        Ok(self.ready.get(self.at..).unwrap_or_default())
    }

    fn fill(&mut self) -> io::Result<()> {
        let n = read_full(&mut self.file, &mut self.chunk)?;
        let last = n == 0;
        let mut bytes = self.chunk.get(..n).unwrap_or_default();
        self.ready.clear();
        self.at = 0;
        loop {
            let wanted = self.decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(CHUNK * 3);
            let start = self.ready.len();
            self.ready.resize(start + wanted, 0);
            let out = self.ready.get_mut(start..).unwrap_or_default();
            let (result, read, written, faulty) = self.decoder.decode_to_utf8(bytes, out, last);
            if faulty {
                return Err(NOT_TEXT.into());
            }
            self.ready.truncate(start + written);
            bytes = bytes.get(read..).unwrap_or_default();
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        self.ended = last;
        Ok(())
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.given.saturating_sub(self.row_end.load(Ordering::Relaxed)) > MAX_ROW_BYTES {
            return Err(ENDLESS.into());
        }
        let mut ready = self.peek()?;
        let n = ready.read(out)?;
        self.at += n;
        self.given += n as u64;
        Ok(n)
    }
}

/// The error behind one that came through a reader of [`Decoded`].
pub(crate) fn explain(error: io::Error) -> SourceError {
    match error.kind() {
        NOT_TEXT => SourceError::Encoding,
        ENDLESS => SourceError::Endless,
        _ => SourceError::Io(error),
    }
}
