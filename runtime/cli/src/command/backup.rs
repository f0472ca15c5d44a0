//! `loam backup`: everything in one file.

use std::{
    fs::{self, File, OpenOptions},
    io::{BufReader, BufWriter, Read as _, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::Args;
use engine::Engine;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::{StoreError, backup::Dumped};
use zeroize::Zeroizing;

use super::Context;
use crate::{
    archive::{FORMAT, Manifest, seal::SHORTEST, write::Writing},
    keys,
    output::{Ended, Usage, counted, note},
};

const EXAMPLE: &str = "\
Examples:
  loam backup monday.backup --passphrase-file /etc/loam/backup.pass
  LOAM_BACKUP_PASSPHRASE='four words and a number 7' loam backup monday.backup
  loam backup monday.tar.gz
  loam restore monday.backup --check --passphrase-file /etc/loam/backup.pass

All records, accounts, definitions, attached files and the ledger, as they were at one moment; the server may run meanwhile. With a
passphrase the file is sealed (AES-256-GCM, the key by argon2id) and holds the keys of the data folder too, so that it is enough to
begin anew; without one it is a .tar.gz that anybody who has it can read, and the keys must be kept elsewhere.
Sessions are not in it: after a restore everybody signs in again.";

/// Arguments of `loam backup`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Backup {
    /// The file; it must not be there yet
    pub file: PathBuf,
    /// The passphrase.
    #[command(flatten)]
    pub passphrase: Passphrase,
}

/// What a backup is sealed with.
#[derive(Debug, Args)]
pub struct Passphrase {
    /// Seal it with the passphrase in this file (its first line); or give it as LOAM_BACKUP_PASSPHRASE
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

impl Passphrase {
    /// The passphrase, if there is one.
    ///
    /// # Errors
    /// Its file cannot be read, or it is too short.
    pub fn said(&self) -> Result<Option<Zeroizing<String>>> {
        let said = match &self.passphrase_file {
            Some(file) => {
                let text = fs::read_to_string(file).map(Zeroizing::new);
                let text = text.with_context(|| format!("`{}` cannot be read", file.display()))?;
                Some(text.lines().next().unwrap_or_default().to_owned())
            }
            None => std::env::var("LOAM_BACKUP_PASSPHRASE").ok().filter(|text| !text.is_empty()),
        };
        match said.map(Zeroizing::new) {
            Some(text) if text.chars().count() < SHORTEST => {
                Err(Usage(format!("a passphrase has at least {SHORTEST} characters")).into())
            }
            said => Ok(said),
        }
    }
}

/// How often a publish in between lets it begin again.
const ATTEMPTS: usize = 5;

/// Carries out the command.
///
/// # Errors
/// The file is there, cannot be written, or the database fails.
pub async fn run(context: &Context, asked: &Backup) -> Result<Ended> {
    let passphrase = asked.passphrase.said()?;
    let file = &asked.file;
    if file.exists() {
        bail!("`{}` is there already; say another name", file.display());
    }
    let engine = context.data.open_published().await?;
    let part = beside(file);
    let said = passphrase.as_ref().map(|said| said.as_str());
    let made = make(context, &engine, &part, said).await;
    let made = match made {
        Ok(manifest) => finish(&engine, &part, file, &manifest, passphrase.is_some()).await.map(|()| manifest),
        Err(error) => Err(error),
    };
    if made.is_err() {
        // What was written of it is no backup.
        let _ = fs::remove_file(&part);
    }
    let placed = engine.place_once().await;
    engine.store().close().await;
    let manifest = made?;
    placed?;
    note(format!(
        "wrote {} and {} to `{}`{}",
        counted(manifest.rows, "row"),
        counted(manifest.files, "file"),
        file.display(),
        if passphrase.is_some() { ", sealed" } else { "; whoever has it can read it" }
    ));
    if passphrase.is_none() {
        note("the keys of the data folder are not in it: keep ledger.key and data.key elsewhere, a restore needs them");
    }
    for hash in &manifest.missing {
        note(format!(
            "warning: the attached file `{hash}` is not where it was kept, or was changed; it is not in the backup"
        ));
    }
    Ok(Ended::Fine)
}

fn beside(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_os_string();
    name.push(".part");
    file.with_file_name(name)
}

/// A file that only its owner can read.
fn create(file: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options.open(file).with_context(|| format!("`{}` cannot be written", file.display()))
}

async fn make(context: &Context, engine: &Engine, part: &Path, passphrase: Option<&str>) -> Result<Manifest> {
    engine.place_once().await?;
    for _ in 0..ATTEMPTS {
        let made = engine.now();
        let mut salt = [0; 16];
        getrandom::fill(&mut salt).map_err(|error| anyhow!("no random numbers: {error}"))?;
        let out = BufWriter::with_capacity(1 << 17, create(part)?);
        let mut writing = Writing::new(out, passphrase.map(|said| (said, salt))).context("the backup")?;
        let dumped = match engine.dump(&mut writing).await {
            // Somebody published in between: what was read does not go together.
            Err(StoreError::SchemaChanged) => {
                engine.refresh().await?;
                continue;
            }
            dumped => dumped?,
        };
        return rest(context, engine, writing, &dumped, made.to_string(), passphrase.is_some()).await;
    }
    bail!("an app is being published again and again; try later");
}

/// What comes behind the rows: attached files, keys, the manifest.
async fn rest(
    context: &Context,
    engine: &Engine,
    mut writing: Writing<BufWriter<File>>,
    dumped: &Dumped,
    made: String,
    sealed: bool,
) -> Result<Manifest> {
    writing.end_tables()?;
    let blobs = engine.blobs();
    let mut missing = Vec::new();
    let mut files = 0;
    for hash in writing.attached() {
        // As it is kept: a backup that is not sealed as a whole has sealed files, and no key.
        match blobs.bytes(&hash).await {
            Ok(Some(content)) => {
                writing.file(&hash, &content)?;
                files += 1;
            }
            // What was changed is not what somebody attached; it does no good in a backup.
            Ok(None) => missing.push(hash),
            Err(StoreError::File(error)) if error.kind() == std::io::ErrorKind::InvalidData => missing.push(hash),
            Err(error) => return Err(error.into()),
        }
    }
    if sealed {
        for (name, text) in keys::all(&context.data.keys()?)? {
            writing.key(name, text.as_bytes())?;
        }
    }
    let store = engine.store();
    let manifest = Manifest {
        format: FORMAT,
        made,
        database: dumped.database.to_owned(),
        version: engine.edition().version,
        entries: store.last_head().await?.map_or(0, |(size, _)| size),
        key: store.announced_keys().await?.pop().unwrap_or_default(),
        secrets: engine.secrets_key().await?,
        rows: dumped.rows,
        files,
        missing,
        parts: Vec::new(),
    };
    let mut out = writing.finish(manifest.clone())?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(manifest)
}

/// Says on the ledger that there is a backup, and only then gives it its name.
async fn finish(engine: &Engine, part: &Path, file: &Path, manifest: &Manifest, sealed: bool) -> Result<()> {
    let facts = json!({
        "sha256": hash(part)?, "rows": manifest.rows, "files": manifest.files, "missing": manifest.missing.len(),
        "sealed": sealed, "version": manifest.version,
    });
    engine.note_backup(facts).await?;
    fs::rename(part, file).with_context(|| format!("`{}` cannot be written", file.display()))
}

/// SHA-256 of a file.
pub(super) fn hash(file: &Path) -> Result<String> {
    let cannot = || format!("`{}` cannot be read", file.display());
    let mut from = BufReader::with_capacity(1 << 17, File::open(file).with_context(cannot)?);
    let (mut hash, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
    loop {
        let many = from.read(&mut piece).with_context(cannot)?;
        if many == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(piece.get(..many).unwrap_or_default());
    }
}
