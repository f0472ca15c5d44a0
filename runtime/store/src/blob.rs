//! Content of files: the same content is kept once, sealed, and what is kept never changes.
//!
//! A file is found by its address: an HMAC of the content under a key derived from the data key, so that whoever reads the disk
//! or the database cannot tell whether something they have is kept here. It is sealed as a stream ([`crate::stream`]) under a
//! key of its own and vouches for its address, so that one cannot stand in another's place. Files from before there were
//! sealed ones are in clear, under their SHA-256; they are read, and [`Blobs::seal_all`] seals them.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, BufRead, BufWriter, Read, Write},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ring::{
    hmac,
    rand::{SecureRandom as _, SystemRandom},
};
use serde_json::{Value as Json, json};
use sha2::{Digest, Sha256};

use crate::{
    StoreError,
    stream::{Opening, Sealing},
    vault::{DataKey, Vault},
};

/// What a sealed file begins with.
const MARK: &[u8] = b"{\"loam\":\"sealed file\"";
/// The longest first line that is read.
const LINE: u64 = 256;

/// Content that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blob {
    /// By which it is found again: 64 hexadecimal digits.
    pub address: String,
    /// Bytes.
    pub size: i64,
}

/// A folder of content. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    folder: PathBuf,
    vault: Vault,
}

impl std::fmt::Debug for Blobs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Blobs({})", self.folder.display())
    }
}

/// What bringing everything under the present key came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resealed {
    /// Files sealed anew.
    pub files: usize,
    /// The addresses of those that are not what was kept, which were left as they are.
    pub broken: Vec<String>,
}

impl Blobs {
    /// Content in this folder, which is made when something is first kept.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), vault: Vault::default() }
    }

    /// The same, sealed by this vault. Without one nothing is kept, and only what is in clear is read.
    #[must_use]
    pub fn sealed_by(self, vault: &Vault) -> Self {
        Self { vault: vault.clone(), ..self }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Keeps content; on disk when this returns.
    ///
    /// # Errors
    /// [`StoreError::Vault`] without a key, [`StoreError::File`] when the folder cannot be written.
    pub async fn keep(&self, content: Vec<u8>) -> Result<Blob, StoreError> {
        let blobs = self.clone();
        let kept = tokio::task::spawn_blocking(move || {
            let key = blobs.vault.present()?;
            let address = address(&key, &content);
            let size = i64::try_from(content.len()).unwrap_or(i64::MAX);
            if !blobs.place(&address).is_some_and(|path| path.exists()) {
                blobs.write(&address, |out| {
                    let mut out = seal(out, &key, &address)?;
                    out.write_all(&content)?;
                    out.finish().map(drop)
                })?;
            }
            Ok(Blob { address, size })
        });
        kept.await.map_err(|_| StoreError::Panicked)?
    }

    /// What content would be found by, without keeping it.
    ///
    /// # Errors
    /// [`StoreError::Vault`] without a key.
    pub fn address_of(&self, content: &[u8]) -> Result<String, StoreError> {
        Ok(address(&self.vault.present()?, content))
    }

    /// Removes content; fine as well when it is not here.
    ///
    /// # Errors
    /// [`StoreError::File`] when it is here and cannot be removed.
    pub async fn remove(&self, address: &str) -> Result<(), StoreError> {
        let Some(path) = self.place(address) else { return Ok(()) };
        let removed = tokio::task::spawn_blocking(move || match fs::remove_file(path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        });
        removed.await.map_err(|_| StoreError::Panicked)?.map_err(StoreError::File)
    }

    /// Content by its address; `None` when it is not here.
    ///
    /// # Errors
    /// [`StoreError::File`] when it is here and cannot be read, or is not what was kept; [`StoreError::Vault`] when its key is
    /// not there.
    pub async fn read(&self, address: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let (blobs, address) = (self.clone(), address.to_owned());
        let read = tokio::task::spawn_blocking(move || {
            let Some(path) = blobs.place(&address) else { return Ok(None) };
            let Some(bytes) = there(fs::read(path))? else { return Ok(None) };
            let mut content = Vec::with_capacity(bytes.len());
            blobs.open(&bytes, &address, &mut content)?;
            Ok(Some(content))
        });
        read.await.map_err(|_| StoreError::Panicked)?
    }

    /// The bytes of a file as they are on the disk, sealed where it is, after they were seen to be what was kept; for backups.
    ///
    /// # Errors
    /// As [`Blobs::read`].
    pub async fn bytes(&self, address: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let (blobs, address) = (self.clone(), address.to_owned());
        let read = tokio::task::spawn_blocking(move || {
            let Some(path) = blobs.place(&address) else { return Ok(None) };
            let Some(bytes) = there(fs::read(path))? else { return Ok(None) };
            blobs.open(&bytes, &address, &mut io::sink())?;
            Ok(Some(bytes))
        });
        read.await.map_err(|_| StoreError::Panicked)?
    }

    /// Puts back what [`Blobs::bytes`] gave, under its address.
    ///
    /// # Errors
    /// As [`Blobs::read`]; nothing is written that would not be read.
    pub async fn put(&self, address: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        let (blobs, address) = (self.clone(), address.to_owned());
        let put = tokio::task::spawn_blocking(move || {
            blobs.open(&bytes, &address, &mut io::sink())?;
            blobs.write(&address, |out| out.write_all(&bytes))
        });
        put.await.map_err(|_| StoreError::Panicked)?
    }

    /// Whether bytes are those of a sealed file.
    pub fn is_sealed(bytes: &[u8]) -> bool {
        bytes.starts_with(MARK)
    }

    /// Brings every file under the present key: those in clear, and those under an earlier one. Each is there all the while,
    /// under the address it has; a run that was cut short goes on where it stopped.
    ///
    /// # Errors
    /// As [`Blobs::keep`].
    pub async fn seal_all(&self) -> Result<Resealed, StoreError> {
        let blobs = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            let key = blobs.vault.present()?;
            let mut done = Resealed::default();
            for address in blobs.addresses().map_err(StoreError::File)? {
                match blobs.reseal(&key, &address) {
                    Ok(anew) => done.files += usize::from(anew),
                    Err(StoreError::File(error)) if error.kind() == io::ErrorKind::InvalidData => {
                        done.broken.push(address);
                    }
                    Err(error) => return Err(error),
                }
            }
            Ok(done)
        });
        done.await.map_err(|_| StoreError::Panicked)?
    }

    /// The addresses of everything that is kept.
    fn addresses(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        let Some(folders) = list(&self.folder)? else { return Ok(found) };
        for folder in folders.iter().filter(|folder| folder.is_dir()) {
            let names = list(folder)?.unwrap_or_default();
            let names = names.iter().filter_map(|path| path.file_name()?.to_str());
            found.extend(names.filter(|name| self.place(name).is_some()).map(str::to_owned));
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Seals one file anew; `false` where the present key sealed it.
    fn reseal(&self, key: &DataKey, address: &str) -> Result<bool, StoreError> {
        let Some(path) = self.place(address) else { return Ok(false) };
        let Some(bytes) = there(fs::read(path))? else { return Ok(false) };
        if first(&bytes).is_some_and(|(first, _)| text(&first, "key") == key.id()) {
            return Ok(false);
        }
        let mut content = Vec::with_capacity(bytes.len());
        self.open(&bytes, address, &mut content)?;
        self.write(address, |out| {
            let mut out = seal(out, key, address)?;
            out.write_all(&content)?;
            out.finish().map(drop)
        })?;
        Ok(true)
    }

    /// Writes what is kept under an address, in clear.
    fn open(&self, bytes: &[u8], address: &str, out: &mut impl Write) -> Result<(), StoreError> {
        // A file from before may begin as a sealed one does.
        if hash(bytes) == address {
            return out.write_all(bytes).map_err(StoreError::File);
        }
        let changed = || io::Error::new(io::ErrorKind::InvalidData, CHANGED);
        let (first, line) = first(bytes).ok_or_else(changed).map_err(StoreError::File)?;
        let key = self.vault.named(text(&first, "key"))?;
        let own = key.derived(&format!("file {}", text(&first, "salt")));
        let (line, rest) = bytes.split_at_checked(line).ok_or_else(changed).map_err(StoreError::File)?;
        let opened = Opening::new(rest, &own, said(line, address), CHANGED);
        opened.and_then(|mut from| io::copy(&mut from, out)).map(drop).map_err(StoreError::File)
    }

    /// Writes beside, syncs, renames, syncs the folder: after a power cut the content is there whole or not at all.
    fn write(
        &self,
        address: &str,
        fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let path = self.place(address).ok_or_else(|| StoreError::File(io::ErrorKind::InvalidInput.into()))?;
        let inner = path.parent().unwrap_or(&self.folder);
        // Two writers of the same content at once each write their own file; the renames are the same.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let beside = inner.join(format!("{address}.{}.{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
        let written = (|| {
            fs::create_dir_all(inner)?;
            let mut file = BufWriter::new(File::create(&beside)?);
            fill(&mut file)?;
            file.flush()?;
            file.get_ref().sync_all()?;
            fs::rename(&beside, &path)?;
            File::open(inner)?.sync_all()?;
            File::open(&self.folder)?.sync_all()
        })();
        if written.is_err() {
            drop(fs::remove_file(&beside));
        }
        written.map_err(StoreError::File)
    }

    /// Where content is: in a folder by its first two digits. `None` for what is no address, so that no path can be smuggled in.
    fn place(&self, address: &str) -> Option<PathBuf> {
        let digits = address.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
        let inner = address.get(..2).filter(|_| address.len() == 64 && digits)?;
        Some(self.folder.join(inner).join(address))
    }
}

const CHANGED: &str = "the file has been changed since it was kept";

/// What content is kept under.
fn address(key: &DataKey, content: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, key.derived("file address").as_ref());
    hex(hmac::sign(&key, content).as_ref())
}

/// Begins a sealed file.
fn seal<W: Write>(mut out: W, key: &DataKey, address: &str) -> io::Result<Sealing<W>> {
    let mut salt = [0_u8; 16];
    SystemRandom::new().fill(&mut salt).map_err(|_| io::Error::other("no random numbers"))?;
    let salt = STANDARD.encode(salt);
    let mut line = serde_json::to_vec(&json!({"loam": "sealed file", "format": 1, "key": key.id(), "salt": salt}))?;
    line.push(b'\n');
    out.write_all(&line)?;
    let own = key.derived(&format!("file {salt}"));
    Sealing::new(out, &own, said(&line, address))
}

/// What every piece of a sealed file vouches for.
fn said(line: &[u8], address: &str) -> Vec<u8> {
    [line, address.as_bytes()].concat()
}

/// The first line of a sealed file and its length; `None` where it is none.
fn first(bytes: &[u8]) -> Option<(Json, usize)> {
    let mut line = Vec::new();
    if !Blobs::is_sealed(bytes) {
        return None;
    }
    bytes.take(LINE).read_until(b'\n', &mut line).ok()?;
    let first: Json = serde_json::from_slice(&line).ok()?;
    (first.get("format")?.as_u64()? == 1).then_some((first, line.len()))
}

fn text<'j>(first: &'j Json, member: &str) -> &'j str {
    first.get(member).and_then(Json::as_str).unwrap_or_default()
}

/// What was read; `None` where nothing is there.
fn there(read: io::Result<Vec<u8>>) -> Result<Option<Vec<u8>>, StoreError> {
    match read {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(StoreError::File(error)),
    }
}

fn list(folder: &Path) -> io::Result<Option<Vec<PathBuf>>> {
    match fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<_>>().map(Some),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// SHA-256 in hexadecimal.
pub fn hash(content: &[u8]) -> String {
    hex(&Sha256::digest(content))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::vault::VaultError;

    fn blobs(folder: &Path, keys: &'static [u8]) -> Blobs {
        let vault = Vault::default();
        let made = move || keys.iter().map(|n| DataKey::new([*n; 32], [*n; 4])).collect::<Vec<_>>();
        vault.keep_with(Arc::new(move || Ok(made())));
        Blobs::at(folder).sealed_by(&vault)
    }

    #[tokio::test]
    async fn files_are_sealed_and_only_read_whole_under_their_address() {
        let folder = tempfile::tempdir().unwrap();
        let files = blobs(folder.path(), &[7]);
        let long: Vec<u8> = "planted text ".bytes().cycle().take(200_000).collect();
        let kept = files.keep(long.clone()).await.unwrap();
        assert_eq!(files.keep(long.clone()).await.unwrap(), kept, "the same content is kept once");
        assert_eq!(kept.size, 200_000);
        assert_ne!(kept.address, hash(&long), "the address does not tell what is there");
        assert_eq!(files.read(&kept.address).await.unwrap().unwrap(), long);
        assert_eq!(files.read("../../etc/passwd").await.unwrap(), None);
        let path = files.place(&kept.address).unwrap();
        let bytes = fs::read(&path).unwrap();
        assert!(Blobs::is_sealed(&bytes) && !bytes.windows(12).any(|part| part == b"planted text"));
        for at in [30, 120, 70_000, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).unwrap();
            assert!(files.read(&kept.address).await.is_err(), "byte {at}");
        }
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(files.read(&kept.address).await.is_err(), "cut");
        // In another's place, or in clear, it is not what was kept there.
        let other = files.keep(b"other".to_vec()).await.unwrap();
        for put in [fs::read(files.place(&other.address).unwrap()).unwrap(), b"clear".to_vec()] {
            fs::write(&path, put).unwrap();
            assert!(files.read(&kept.address).await.is_err());
        }
        let foreign = blobs(folder.path(), &[8]);
        assert!(matches!(foreign.read(&other.address).await, Err(StoreError::Vault(VaultError::Unknown(_)))));
        assert!(matches!(Blobs::at(folder.path()).keep(vec![1]).await, Err(StoreError::Vault(VaultError::NoKey))));
    }

    #[tokio::test]
    async fn files_from_before_are_read_and_sealed_where_they_are() {
        let folder = tempfile::tempdir().unwrap();
        let content = b"from before there were keys".to_vec();
        let old = hash(&content);
        let files = blobs(folder.path(), &[7]);
        let path = files.place(&old).unwrap();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, &content).unwrap();
        let damaged = files.place(&hash(b"damaged")).unwrap();
        fs::create_dir_all(damaged.parent().unwrap()).unwrap();
        fs::write(&damaged, b"else").unwrap();
        assert_eq!(files.read(&old).await.unwrap().unwrap(), content);
        let kept = files.keep(b"new".to_vec()).await.unwrap();
        let done = files.seal_all().await.unwrap();
        assert_eq!((done.files, done.broken), (1, vec![hash(b"damaged")]));
        assert!(Blobs::is_sealed(&fs::read(&path).unwrap()));
        assert_eq!(files.read(&old).await.unwrap().unwrap(), content);
        assert_eq!(files.seal_all().await.unwrap().files, 0);
        // Another key takes over; what a backup takes along goes back as it is.
        let next = blobs(folder.path(), &[7, 9]);
        assert_eq!(next.seal_all().await.unwrap().files, 2);
        let bytes = next.bytes(&kept.address).await.unwrap().unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        let other = blobs(elsewhere.path(), &[9]);
        other.put(&kept.address, bytes.clone()).await.unwrap();
        assert_eq!(other.read(&kept.address).await.unwrap().unwrap(), b"new");
        assert!(other.put(&old, bytes).await.is_err(), "not under another address");
    }
}
