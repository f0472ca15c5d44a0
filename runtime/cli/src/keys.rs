//! The keys that sign the ledger, and those that seal secrets: from the environment, or from a file in the data folder that is made when it is first
//! needed and that nobody else can read.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use engine::vault::DataKey;
use ledger::{SecretKey, Suite};
use uuid::Uuid;
use zeroize::Zeroizing;

/// Keys in place of the file: one per line, the present one last.
const KEYS: &str = "LOAM_LEDGER_KEY";
/// Which algorithms a new ledger is hashed and signed by: `standard` or `gm`.
const SUITE: &str = "LOAM_LEDGER_SUITE";
/// The file of the ledger's keys, in the data folder.
pub const LEDGER: &str = "ledger.key";

/// The file of a data folder.
pub fn file(folder: &Path) -> PathBuf {
    folder.join(LEDGER)
}

/// The keys of the ledger as they are written; `None` where there are none yet.
///
/// # Errors
/// The file cannot be read.
pub fn present(folder: &Path) -> Result<Option<Zeroizing<String>>> {
    if let Ok(text) = std::env::var(KEYS) {
        return Ok(Some(Zeroizing::new(text)));
    }
    let file = file(folder);
    match fs::read_to_string(&file) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("the key of the ledger in `{}`", file.display())),
    }
}

/// Keys from how they are written, the present one last.
///
/// # Errors
/// A line is no key.
pub fn read(text: &str) -> Result<Vec<SecretKey>> {
    let lines = text.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
    Ok(lines.map(SecretKey::read).collect::<Result<_, _>>()?)
}

/// Keys that seal secrets, in place of the file: one per line, the present one last.
const DATA_KEYS: &str = "LOAM_DATA_KEY";
/// The file of the keys that seal secrets, in the data folder.
pub const DATA: &str = "data.key";

/// The keys that seal secrets as they are written; `None` where there are none yet.
///
/// # Errors
/// The file cannot be read.
pub fn sealing_present(folder: &Path) -> Result<Option<Zeroizing<String>>> {
    if let Ok(text) = std::env::var(DATA_KEYS) {
        return Ok(Some(Zeroizing::new(text)));
    }
    let file = folder.join(DATA);
    match fs::read_to_string(&file) {
        Ok(text) => Ok(Some(Zeroizing::new(text))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("the key of secrets in `{}`", file.display())),
    }
}

/// Keys that seal secrets, from how they are written.
///
/// # Errors
/// A line is no key, or there is none.
pub fn read_sealing(text: &str) -> Result<Vec<DataKey>> {
    let lines = text.split(['\n', ';']).map(str::trim).filter(|line| !line.is_empty());
    let keys: Vec<DataKey> = lines.map(DataKey::read).collect::<Result<_, _>>()?;
    if keys.is_empty() {
        bail!("there is no key of secrets in {DATA} or {DATA_KEYS}");
    }
    Ok(keys)
}

/// The keys that seal secrets, the present one last. Makes the first where there is none.
///
/// # Errors
/// The file cannot be read or made, or holds no keys.
pub fn sealing(folder: &Path) -> Result<Vec<DataKey>> {
    if let Some(text) = sealing_present(folder)? {
        return read_sealing(&text);
    }
    fs::create_dir_all(folder).with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
    let key = DataKey::new(random::<32>()?, random::<4>()?);
    write(&folder.join(DATA), &format!("{}\n", *key.written()), false)?;
    Ok(vec![key])
}

/// Puts a new key that seals secrets in the place of the present one; those before stay, for what they sealed.
///
/// # Errors
/// The keys are given by the environment, or the file cannot be written.
pub fn rotate_sealing(folder: &Path) -> Result<DataKey> {
    if std::env::var(DATA_KEYS).is_ok() {
        bail!("the keys come from {DATA_KEYS}; put a new one behind the present one there");
    }
    let mut keys = sealing(folder)?;
    let next = DataKey::new(random::<32>()?, random::<4>()?);
    keys.push(next.clone());
    let lines: String = keys.iter().map(|key| format!("{}\n", *key.written())).collect();
    let lines = Zeroizing::new(lines);
    let (file, new) = (folder.join(DATA), folder.join("data.key.new"));
    write(&new, &lines, true)?;
    fs::rename(&new, &file).with_context(|| format!("`{}` cannot be replaced", file.display()))?;
    Ok(next)
}

/// All keys of a data folder, as a sealed backup takes them along: the file's name and its text.
///
/// # Errors
/// A file cannot be read.
pub fn all(folder: &Path) -> Result<Vec<(&'static str, Zeroizing<String>)>> {
    let ledger = present(folder)?.map(|text| (LEDGER, text));
    let data = sealing_present(folder)?.map(|text| (DATA, text));
    Ok(ledger.into_iter().chain(data).collect())
}

/// Puts keys from a backup into a data folder. What is there already stays, and so does what the environment gives.
///
/// # Errors
/// The file cannot be written, or a backup has no keys of that name.
pub fn put(folder: &Path, name: &str, text: &[u8]) -> Result<()> {
    let there = match name {
        LEDGER => present(folder)?.is_some(),
        DATA => sealing_present(folder)?.is_some(),
        other => bail!("it has a key `{}`, which this program does not know", other.escape_default()),
    };
    if there {
        return Ok(());
    }
    fs::create_dir_all(folder).with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
    write(&folder.join(name), std::str::from_utf8(text).context("a key in it is damaged")?, false)
}

/// The keys that sign: the one before and the present one. Makes the first key where there is none.
///
/// # Errors
/// The file cannot be read or made, or holds no keys.
pub fn signing(folder: &Path) -> Result<Vec<SecretKey>> {
    let text = match present(folder)? {
        Some(text) => text,
        None => Zeroizing::new(first(folder, &file(folder))?),
    };
    let keys = read(&text)?;
    if keys.is_empty() {
        bail!("there is no key of the ledger in `{}`", file(folder).display());
    }
    // Only the key before the present one signs along, so that whoever knows it can follow the change.
    Ok(keys.get(keys.len().saturating_sub(2)..).unwrap_or_default().to_vec())
}

fn first(folder: &Path, file: &Path) -> Result<String> {
    let suite = match std::env::var(SUITE).as_deref() {
        Ok("gm") => Suite::Gm,
        Ok("standard" | "") | Err(_) => Suite::Standard,
        Ok(other) => bail!("`{other}` is no suite of the ledger; {SUITE} is `standard` or `gm`"),
    };
    fs::create_dir_all(folder).with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
    let name = format!("loam-{}", Uuid::from_bytes(random::<16>()?).simple());
    let line = made(suite, &name)?.written() + "\n";
    write(file, &line, false)?;
    Ok(line)
}

/// Puts a new key in the place of the present one, which signs along from now on.
///
/// # Errors
/// The keys are given by the environment, or the file cannot be written.
pub fn rotate(folder: &Path) -> Result<SecretKey> {
    if std::env::var(KEYS).is_ok() {
        bail!("the keys come from {KEYS}; put a new one behind the present one there");
    }
    let mut keys = signing(folder)?;
    let present = keys.last().ok_or_else(|| anyhow!("there is no key"))?;
    let next = made(present.suite(), present.name())?;
    keys.push(next.clone());
    let lines: String = keys.iter().map(|key| key.written() + "\n").collect();
    let (file, new) = (file(folder), folder.join("ledger.key.new"));
    write(&new, &lines, true)?;
    fs::rename(&new, &file).with_context(|| format!("`{}` cannot be replaced", file.display()))?;
    Ok(next)
}

fn made(suite: Suite, name: &str) -> Result<SecretKey> {
    Ok(SecretKey::new(suite, name, &random::<32>()?)?)
}

fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no random numbers: {error}"))?;
    Ok(bytes)
}

/// Writes a file that only its owner can read.
fn write(file: &Path, text: &str, again: bool) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(again).truncate(again).create_new(!again);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let said = || format!("the key cannot be written to `{}`", file.display());
    let mut opened = options.open(file).with_context(said)?;
    opened.write_all(text.as_bytes()).with_context(said)?;
    opened.sync_all().with_context(said)
}
