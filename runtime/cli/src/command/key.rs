//! `loam key`: the keys that seal secrets at rest.

use anyhow::{Result, bail};
use clap::Args;

use super::Context;
use crate::{
    keys,
    output::{Ended, counted, note, say},
};

const EXAMPLE: &str = "\
Examples:
  loam key                 the ids of the keys, the present one last
  loam key --rotate        a new key; everything is sealed anew with it

Secrets of authenticator apps are kept sealed with a key that is not in the database: data.key in the data folder, made at the first
start, or LOAM_DATA_KEY. All nodes share it. After a rotation hand the new file to the other nodes; those that run read it when
they meet something it sealed. A backup that is not sealed does not hold it.";

/// Arguments of `loam key`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Key {
    /// Put a new key in the place of the present one, and seal everything with it
    #[arg(long)]
    pub rotate: bool,
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
        let sealed = engine.settle_secrets().await;
        engine.place_once().await?;
        engine.store().close().await;
        note(format!("sealed {} with the new key", counted(i128::try_from(sealed?).unwrap_or_default(), "secret")));
        say(next.id());
        return Ok(Ended::Fine);
    }
    let Some(text) = keys::sealing_present(&folder)? else {
        bail!("there is no key yet; the first start makes one");
    };
    for key in keys::read_sealing(&text)? {
        say(key.id());
    }
    Ok(Ended::Fine)
}
