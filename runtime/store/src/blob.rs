//! Content of files, kept by its SHA-256: the same content is kept once, and what is kept never changes.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use sha2::{Digest, Sha256};

use crate::StoreError;

/// Content that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// SHA-256 in hexadecimal, by which it is found again.
    pub sha256: String,
    /// Bytes.
    pub size: i64,
}

impl Blob {
    /// What content would be found by, without keeping it.
    pub fn of(content: &[u8]) -> Self {
        Self { sha256: hash(content), size: i64::try_from(content.len()).unwrap_or(i64::MAX) }
    }
}

/// A folder of content. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Blobs {
    folder: PathBuf,
}

impl Blobs {
    /// Content in this folder, which is made when something is first kept.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps content; on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::File`] when the folder cannot be written.
    pub async fn keep(&self, content: Vec<u8>) -> Result<Blob, StoreError> {
        let folder = self.folder.clone();
        let kept = tokio::task::spawn_blocking(move || keep(&folder, &content)).await;
        kept.map_err(|_| StoreError::Panicked)?.map_err(StoreError::File)
    }

    /// Removes content; fine as well when it is not here.
    ///
    /// # Errors
    /// [`StoreError::File`] when it is here and cannot be removed.
    pub async fn remove(&self, sha256: &str) -> Result<(), StoreError> {
        let Some(path) = place(&self.folder, sha256) else { return Ok(()) };
        let removed = tokio::task::spawn_blocking(move || match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        });
        removed.await.map_err(|_| StoreError::Panicked)?.map_err(StoreError::File)
    }

    /// Content by its SHA-256; `None` when it is not here.
    ///
    /// # Errors
    /// [`StoreError::File`] when it is here and cannot be read, or is not what was kept.
    pub async fn read(&self, sha256: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let Some(path) = place(&self.folder, sha256) else { return Ok(None) };
        let wanted = sha256.to_owned();
        let read = tokio::task::spawn_blocking(move || match fs::read(path) {
            Ok(content) if hash(&content) == wanted => Ok(Some(content)),
            Ok(_) => Err(io::Error::new(io::ErrorKind::InvalidData, "the file has been changed since it was kept")),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        });
        read.await.map_err(|_| StoreError::Panicked)?.map_err(StoreError::File)
    }
}

fn hash(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Where content is: in a folder by its first two digits. `None` for what is no hash, so that no path can be smuggled in.
fn place(folder: &Path, sha256: &str) -> Option<PathBuf> {
    let digits = sha256.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    (sha256.len() == 64 && digits).then(|| folder.join(sha256.get(..2).unwrap_or_default()).join(sha256))
}

/// Writes beside, syncs, renames, syncs the folder: after a power cut the content is there whole or not at all.
fn keep(folder: &Path, content: &[u8]) -> io::Result<Blob> {
    let blob = Blob::of(content);
    let path = place(folder, &blob.sha256).ok_or(io::ErrorKind::InvalidInput)?;
    if path.exists() {
        return Ok(blob);
    }
    let inner = path.parent().unwrap_or(folder);
    fs::create_dir_all(inner)?;
    // Two writers of the same content at once each write their own file; the renames are the same.
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let beside =
        inner.join(format!("{}.{}.{}", blob.sha256, std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let written = (|| {
        let mut file = File::create(&beside)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(inner)?.sync_all()?;
        File::open(folder)?.sync_all()
    })();
    if written.is_err() {
        drop(fs::remove_file(&beside));
    }
    written.map(|()| blob)
}
