//! `loam restore`: a backup into an empty database, of either kind.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use engine::{Engine, erasures::Gone};
use ledger::SecretKey;
use serde_json::json;
use store::backup::{Opens, Source};
use zeroize::Zeroizing;

use super::{Context, backup::Passphrase};
use crate::{
    archive::{
        Manifest,
        read::{Reading, Whole},
    },
    keys,
    output::{Ended, counted, note, say},
    progress::Progress,
};

const EXAMPLE: &str = "\
Examples:
  loam restore monday.backup --passphrase-file /etc/loam/backup.pass
  loam restore monday.backup --check --passphrase-file /etc/loam/backup.pass
  loam --data fresh restore monday.tar.gz
  LOAM_DATABASE=postgres://loam@localhost/fresh loam restore monday.tar.gz
  loam --data fresh restore monday.tar.gz --erasures erasures.ndjson

The file is read to its end and compared with its manifest first; when anything is amiss nothing is written. Then everything goes into
the database in one transaction: a restore that was stopped has left nothing there and is begun again. A backup of SQLite goes into
PostgreSQL and the other way round. At the end the ledger is verified, and the restore is an entry of it.
People who were erased after the backup was made, and records that were removed for good, are in it: keep the list of `loam erasures` apart
from backups and give it by --erasures, so that they go again before anybody is served.
Where the backup brings no keys, put ledger.key and data.key of the old data folder into the new one first, or give LOAM_LEDGER_KEY
and LOAM_DATA_KEY.";

/// Arguments of `loam restore`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Restore {
    /// The file
    pub file: PathBuf,
    /// Only see whether the backup is whole; write nothing
    #[arg(long)]
    pub check: bool,
    /// Erase and remove again what this list of `loam erasures` names
    #[arg(long, value_name = "FILE", conflicts_with = "check")]
    pub erasures: Option<PathBuf>,
    /// The passphrase.
    #[command(flatten)]
    pub passphrase: Passphrase,
}

/// Carries out the command.
///
/// # Errors
/// The backup is not whole, its keys are not there, the database is not empty, or it fails.
pub async fn run(context: &Context, asked: &Restore) -> Result<Ended> {
    let passphrase = asked.passphrase.said()?;
    let erasures = asked.erasures.as_deref().map(super::erasures::read).transpose()?;
    let file = asked.file.as_path();
    let refused = || format!("`{}` is not restored", file.display());
    let mut progress = Progress::new("reading", None);
    let whole = Reading::open(file, passphrase.as_ref().map(|said| said.as_str()))
        .and_then(Reading::verify)
        .with_context(refused)?;
    if asked.check {
        progress.finish();
        let Whole { manifest, .. } = &whole;
        say(format!(
            "the backup is whole: {}, {}, {} of the ledger, version {} of the app, made {} from {}",
            counted(manifest.rows, "row"),
            counted(manifest.files, "file"),
            counted(manifest.entries, "entry"),
            manifest.version,
            manifest.made,
            manifest.database
        ));
        return Ok(Ended::Fine);
    }
    let store = context.data.open_store().await?;
    if let Some(table) = store.kept().await? {
        store.close().await;
        bail!(
            "{} is not empty (`{table}` has rows); a backup goes into an empty database, so say another by --data or --database",
            context.data.shown()
        );
    }
    store.close().await;
    bring_keys(&context.data.keys()?, &whole).with_context(refused)?;
    let engine = context.data.open_bare().await?;
    progress.stage("writing");
    let done = restore(&engine, file, passphrase, &whole).await;
    progress.finish();
    let ended = match done {
        Ok(rows) => {
            note(format!("restored {} and {}", counted(rows, "row"), counted(whole.manifest.files, "file")));
            for hash in &whole.manifest.missing {
                note(format!("warning: the attached file `{hash}` was missing already when the backup was made"));
            }
            finished(&engine, erasures.as_deref()).await
        }
        Err(error) => Err(error.context(refused())),
    };
    engine.store().close().await;
    ended
}

async fn restore(engine: &Engine, file: &Path, passphrase: Option<Zeroizing<String>>, whole: &Whole) -> Result<u64> {
    // Files first, as always: a row never speaks of content that is not on the disk. What is there twice is one file.
    let mut files = Reading::open(file, passphrase.as_ref().map(|said| said.as_str()))?;
    while let Some((hash, content)) = files.next_file()? {
        engine.blobs().put(&hash, content).await.with_context(|| format!("the attached file `{hash}`"))?;
    }
    let facts = json!({
        "sha256": super::backup::hash(file)?, "made": whole.manifest.made, "rows": whole.manifest.rows,
        "files": whole.manifest.files, "version": whole.manifest.version,
    });
    let (file, parts) = (file.to_owned(), whole.manifest.parts.clone());
    let opens: Opens = Arc::new(move || {
        let reading = Reading::open(&file, passphrase.as_ref().map(|said| said.as_str()))?;
        Ok(Box::new(reading.rows(parts.clone())) as Box<dyn Source>)
    });
    Ok(engine.restore(whole.documents.as_ref(), facts, opens).await?)
}

/// Puts the backup's keys into the data folder where there are none, and sees that those that are there fit.
fn bring_keys(folder: &Path, whole: &Whole) -> Result<()> {
    let Manifest { key, secrets, .. } = &whole.manifest;
    let signs = keys::present(folder)?.map(|text| keys::read(&text)).transpose()?;
    let signs = signs.map(|keys| keys.iter().any(|one: &SecretKey| one.public().to_string() == *key));
    let ledger = format!("the ledger in it was signed with another key than the one in `{}`", folder.display());
    must_fit(folder, whole, (keys::LEDGER, "LOAM_LEDGER_KEY"), key, signs, &ledger)?;
    let opens = keys::sealing_present(folder)?.map(|text| keys::read_sealing(&text)).transpose()?;
    let opens = opens.map(|keys| keys.iter().any(|one| one.id() == secrets));
    let sealed =
        format!("the secrets in it are sealed with the key `{secrets}`, which is not in `{}`", folder.display());
    must_fit(folder, whole, (keys::DATA, "LOAM_DATA_KEY"), secrets, opens, &sealed)?;
    for (name, text) in &whole.keys {
        keys::put(folder, name, text)?;
    }
    Ok(())
}

/// Refuses where what the backup was made with is neither there nor in it: `fits` says whether the key that is there does, if one
/// is; nothing is `wanted` where nothing was signed or sealed.
fn must_fit(
    folder: &Path,
    whole: &Whole,
    (file, variable): (&str, &str),
    wanted: &str,
    fits: Option<bool>,
    misfit: &str,
) -> Result<()> {
    let brought = whole.keys.iter().any(|(name, _)| name == file);
    match fits {
        Some(false) if !wanted.is_empty() => bail!("{misfit}; {}", instead(whole, file, variable)),
        None if !wanted.is_empty() && !brought => bail!(
            "it brings no keys; put {file} of the old data folder into `{}`, or give {variable}",
            folder.display()
        ),
        _ => Ok(()),
    }
}

/// What to do about a key that does not fit.
fn instead(whole: &Whole, file: &str, variable: &str) -> String {
    if whole.keys.iter().any(|(name, _)| name == file) {
        format!("move {file} away from there, if nothing else needs it: the backup brings its own")
    } else {
        format!("put its {file} there, or give {variable}")
    }
}

/// Has go again what went after the backup was made, then verifies.
async fn finished(engine: &Engine, erasures: Option<&[Gone]>) -> Result<Ended> {
    engine.refresh().await?;
    engine.settle_secrets().await?;
    let applied = match erasures {
        Some(list) => super::erasures::apply(engine, list).await?,
        None => {
            note(
                "people erased and records removed since the backup was made are back; `loam erasures --apply FILE` has them go again",
            );
            Ended::Fine
        }
    };
    let verified = verified(engine).await?;
    Ok(if verified == Ended::Fine { applied } else { verified })
}

/// Signs what was restored, and sees that the ledger is as it was written.
async fn verified(engine: &Engine) -> Result<Ended> {
    engine.place_once().await?;
    match engine.verify_ledger(&[], None).await {
        Ok(report) => {
            note(format!("the ledger is as it was written: {}", counted(report.entries, "entry")));
            Ok(Ended::Fine)
        }
        Err(engine::ledger::audit::AuditError::Fault(fault)) => {
            say(format!(
                "everything is restored as it was in the backup, and there the ledger was not as it was written: {fault}"
            ));
            Ok(Ended::Refused)
        }
        Err(error) => Err(error.into()),
    }
}
