//! `loam erasures`: what was erased or purged, as a list that is kept outside of backups.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use engine::{
    Engine,
    erasures::{Gone, How},
};
use serde::{Deserialize, Serialize};

use super::Context;
use crate::output::{Ended, counted, note, say};

const EXAMPLE: &str = "\
Examples:
  loam erasures > erasures.ndjson          every evening, to where backups are not
  loam restore monday.backup --erasures erasures.ndjson
  loam erasures --apply erasures.ndjson    after a restore that was told nothing of the list, or was stopped before its end

A backup from before somebody was erased brings them back. The list says by ids alone which people were erased and which records
were removed for good; a restore that is given it does so again before anybody is served. What the ledger tells of already is left
alone, so the list may be as long as it likes and may be applied twice.";

/// Arguments of `loam erasures`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Erasures {
    /// Erase and remove again what this list names
    #[arg(long, value_name = "FILE")]
    pub apply: Option<PathBuf>,
}

/// A line of the list.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    at: String,
    act: String,
    entity: String,
    record: model::RecordId,
}

/// Reads a list.
///
/// # Errors
/// The file cannot be read, or a line is none of the list; says which.
pub fn read(file: &Path) -> Result<Vec<Gone>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("`{}` cannot be read", file.display()))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let read = lines.map(|(at, line)| {
        let torn = || format!("`{}` line {}: not a line of `loam erasures`", file.display(), at + 1);
        let line: Line = serde_json::from_str(line).with_context(torn)?;
        let how = How::ALL.into_iter().find(|how| how.word() == line.act);
        let how = how.ok_or_else(|| anyhow!("`{}` is neither `erase` nor `purge`", line.act)).with_context(torn)?;
        Ok(Gone { at: line.at, how, entity: line.entity, record: line.record })
    });
    read.collect()
}

/// Applies a list and says what came of it.
///
/// # Errors
/// The database failed.
pub async fn apply(engine: &Engine, list: &[Gone]) -> Result<Ended> {
    let applied = engine.erase_again(list).await?;
    let count = |many: usize| counted(i128::try_from(many).unwrap_or_default(), "erasure");
    note(format!(
        "applied {} again; already told of, or of what is not there: {}",
        count(applied.done),
        applied.already
    ));
    for (gone, why) in &applied.left {
        note(format!("warning: {} of `{} {}` was not applied: {why}", gone.how.word(), gone.entity, gone.record));
    }
    Ok(if applied.left.is_empty() { Ended::Fine } else { Ended::Refused })
}

/// Carries out the command.
///
/// # Errors
/// The list cannot be read, nothing is published, or the database failed.
pub async fn run(context: &Context, asked: &Erasures) -> Result<Ended> {
    let list = asked.apply.as_deref().map(read).transpose()?;
    let engine = context.data.open_published().await?;
    let ended = match &list {
        Some(list) => apply(&engine, list).await,
        None => print(&engine).await,
    };
    if list.is_some() {
        engine.place_once().await?;
    }
    engine.store().close().await;
    ended
}

async fn print(engine: &Engine) -> Result<Ended> {
    for gone in engine.erasures().await? {
        let act = gone.how.word().to_owned();
        say(serde_json::to_string(&Line { at: gone.at, act, entity: gone.entity, record: gone.record })?);
    }
    Ok(Ended::Fine)
}
