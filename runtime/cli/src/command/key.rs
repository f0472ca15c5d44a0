//! `loam key`: the keys that seal secrets at rest.

use anyhow::{Result, bail};
use clap::Args;
use store::Resealed;

use super::Context;
use crate::{
    keys,
    output::{Ended, counted, note, say},
};

const EXAMPLE: &str = "\
Examples:
  loam key                 the ids of the keys, the present one last
  loam key --rotate        a new key; everything is sealed anew with it
  loam key --seal-files    seals attached files from before they were sealed

Fields of type `secret`, attached files and the secrets of authenticator apps are kept sealed with a key that is not in the database: data.key in the
data folder, made at the first start, or LOAM_DATA_KEY. All nodes share it. After a rotation hand the new file to the other nodes; those that run read it when
they meet something it sealed. A backup that is not sealed does not hold it. A rotation that is
cut short goes on by itself while a server runs; keys before the present one stay, for what they sealed on the ledger. What does
not open is named, and stays as it is.";

/// Arguments of `loam key`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Key {
    /// Put a new key in the place of the present one, and seal everything with it
    #[arg(long)]
    pub rotate: bool,
    /// Seal attached files that are in clear, or under an earlier key
    #[arg(long, conflicts_with = "rotate")]
    pub seal_files: bool,
}

/// Says what sealing files came to.
fn told(files: Resealed) -> Ended {
    note(format!("sealed {}", counted(i128::try_from(files.files).unwrap_or_default(), "file")));
    for address in &files.broken {
        note(format!("warning: the attached file `{address}` is not what was kept, and stays as it is"));
    }
    if files.broken.is_empty() { Ended::Fine } else { Ended::Refused }
}

/// Carries out the command.
///
/// # Errors
/// There is no key, the keys come from the environment, or the database failed.
pub async fn run(context: &Context, asked: &Key) -> Result<Ended> {
    let folder = context.data.keys()?;
    if asked.rotate {
        // Only of a database that can be opened with the present ones.
        context.data.open_published().await?.store().close().await;
        let next = keys::rotate_sealing(&folder)?;
        let engine = context.data.open_bare().await?;
        let sealed = match engine.settle_secrets().await {
            Ok(codes) => engine.reseal_fields().await.map(|fields| codes + fields),
            Err(error) => Err(error),
        };
        let kept = engine.reseal_kept().await;
        let torn = engine.store().vault().torn();
        let files = engine.blobs().seal_all().await;
        engine.place_once().await?;
        engine.store().close().await;
        note(format!("sealed {} with the new key", counted(i128::try_from(sealed?).unwrap_or_default(), "secret")));
        let kept = i128::try_from(kept?).unwrap_or_default();
        note(format!("sealed {} beside records, drafts and answers that are given again", counted(kept, "text")));
        let ended = told(files?);
        for cell in &torn {
            note(format!("warning: `{cell}` does not open, and stays as it is"));
        }
        note(
            "values on the ledger stay under the keys they were sealed with: keep those keys, or their history does not open",
        );
        say(next.id());
        return Ok(if torn.is_empty() { ended } else { Ended::Refused });
    }
    if asked.seal_files {
        let engine = context.data.open_published().await?;
        let files = engine.blobs().seal_all().await;
        engine.store().close().await;
        return Ok(told(files?));
    }
    let Some(text) = keys::sealing_present(&folder)? else {
        bail!("there is no key yet; the first start makes one");
    };
    for key in keys::read_sealing(&text)? {
        say(key.id());
    }
    Ok(Ended::Fine)
}
