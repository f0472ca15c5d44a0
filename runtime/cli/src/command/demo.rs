//! `loam demo`: the performance app with the sample organisation, made at the first start and kept.
//!
//! The embedded database is made under another name and takes its own only when it is whole, so that a start that was
//! interrupted leaves nothing behind that could be mistaken for it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    time::Instant,
};

use anyhow::{Context as _, Result, bail};
use clap::{Args, ValueEnum};
use engine::Engine;
use model::Locale;
use renxin_hospital_group::load::Tier;
use store::Place;

use super::Context;
use crate::{
    apps,
    data::Data,
    output::{Ended, Language, note, say},
    publish::{Planned, publish, seed},
    sample,
    serving::{self, Listening},
};

const EXAMPLE: &str = "\
Examples:
  loam demo
  PORT=9000 LOAM_DATA=/tmp/loam loam demo
  loam demo --tier tiny

The first start makes the data, later ones only open it. To begin anew, remove the data folder.";

/// The app that is shown.
const APP: &str = "performance-management";

/// Arguments of `loam demo`.
#[derive(Debug, Args, Default)]
#[command(after_help = EXAMPLE)]
pub struct Demo {
    /// How much of the sample organisation to make at the first start
    #[arg(long, value_enum, default_value_t)]
    pub tier: Amount,
    /// Make the data and end, without serving
    #[arg(long)]
    pub no_serve: bool,
    /// Where to listen.
    #[command(flatten)]
    pub listening: Listening,
}

/// How much of the sample organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Amount {
    /// One centre, 170 people
    Tiny,
    /// Everyone, 2,150 people
    #[default]
    Demo,
    /// Everyone, with the facts of two years
    Full,
}

impl From<Amount> for Tier {
    fn from(amount: Amount) -> Self {
        match amount {
            Amount::Tiny => Self::Tiny,
            Amount::Demo => Self::Demo,
            Amount::Full => Self::Full,
        }
    }
}

/// Carries out the command.
///
/// # Errors
/// The place holds something else, the address is taken, or the database fails.
pub async fn run(context: &Context, asked: Demo) -> Result<Ended> {
    // Before the data is made, so that a taken port is not found out after all that work.
    let mut listener = if asked.no_serve { None } else { Some(asked.listening.bind().await?) };
    let (mut engine, made) = opened(&context.data, asked.tier.into()).await?;
    if made && listener.is_some() {
        engine.store().close().await;
        drop(engine);
        drop(listener.take());
        begin_anew();
        // Where a program cannot take its own place, the same process goes on.
        listener = Some(asked.listening.bind().await?);
        engine = context.data.open().await?;
    }
    let hints = sample::hints(&engine).await?;
    if hints.is_empty() {
        note("the demo accounts are not here; sign in with your own");
    } else {
        let (title, with) = match context.language {
            Language::En => ("Sign in as", "password for all"),
            Language::ZhCn => ("可用以下账号登录", "密码均为"),
        };
        say(format!("{title} ({with}: {})", sample::PASSWORD));
        for hint in &hints {
            say(format!("  {:<8} {}", hint.login, hint.label.get(context.language.locale())));
        }
    }
    match listener {
        Some(listener) => serving::serve(engine, listener, &asked.listening, hints).await?,
        None => engine.store().close().await,
    }
    Ok(Ended::Fine)
}

/// The setting of the GNU C library that says how many stores of memory the threads of a process share at most.
#[cfg(unix)]
const ARENAS: &str = "MALLOC_ARENA_MAX";

/// Starts this program again in its own place, with the same arguments: making the data took memory that serving it does
/// not, and a process seldom gives back what it once had. Returns where that is not possible.
fn begin_anew() {
    #[cfg(unix)]
    if let Ok(program) = std::env::current_exe() {
        use std::os::unix::process::CommandExt as _;
        // The answer is always why it could not be done.
        let mut again = std::process::Command::new(program);
        // Where each thread has a store of memory of its own, what one gives back the others do not take.
        if std::env::var_os(ARENAS).is_none() {
            again.env(ARENAS, "1");
        }
        let _ = again.args(std::env::args_os().skip(1)).exec();
    }
}

/// The demo's engine, and whether its data was made now because it was not there yet.
async fn opened(data: &Data, tier: Tier) -> Result<(Engine, bool)> {
    if data.exists()? {
        let engine = data.open().await?;
        if let Some(app) = (engine.edition().version > 0).then(|| engine.edition()) {
            let name = app.app.parts().last().map(|part| part.name.to_string()).unwrap_or_default();
            if name != APP {
                bail!(
                    "{} holds `{name}`, not the demo; serve it with `loam serve`, or choose another place with --data",
                    data.shown()
                );
            }
            if let Place::Postgres(_) = data.place()?
                && engine.store().accounts().all().await?.is_empty()
            {
                bail!("a demo was being made in {} and did not get to its end; make that database anew", data.shown());
            }
            return Ok((engine, false));
        }
        if let Place::Postgres(_) = data.place()? {
            make(&engine, tier).await?;
            return Ok((engine, true));
        }
        engine.store().close().await;
    }
    let Place::Sqlite(file) = data.place()? else { bail!("{} is not there", data.shown()) };
    let unfinished = beside(&file, ".unfinished");
    remove(&unfinished)?;
    let made = Data { folder: data.folder.clone(), database: Some(format!("sqlite:{}", unfinished.display())) };
    let engine = made.open().await?;
    make(&engine, tier).await?;
    engine.store().close().await;
    drop(engine);
    remove(&file)?;
    // The log goes first, should there be one: until the file itself has its name, all of it counts as not there.
    for ending in ["-wal", ""] {
        let (from, to) = (beside(&unfinished, ending), beside(&file, ending));
        if from.exists() {
            fs::rename(&from, &to).with_context(|| format!("`{}` cannot be renamed", from.display()))?;
        }
    }
    remove(&unfinished)?;
    Ok((data.open().await?, true))
}

async fn make(engine: &Engine, tier: Tier) -> Result<()> {
    let begun = Instant::now();
    note("making the demo, once");
    let sources = apps::bundled(APP)?;
    let (app, found) = resolve::resolve(&sources);
    let Some(app) = app else {
        bail!("the bundled app has faults:\n{}", resolve::sources(&sources).plain_all(&found));
    };
    let planned = Planned::of(engine, &sources, &app).await?;
    publish(engine, planned, &[]).await?;
    let ids = sample::load(engine, tier).await?;
    // The sample brings its own rows where the app has some too; those stay.
    seed(engine, Locale::En).await?;
    // Last, so that whoever finds accounts finds everything.
    sample::accounts(engine, tier, &ids).await?;
    note(format!("made in {:.1} s", begun.elapsed().as_secs_f64()));
    Ok(())
}

fn beside(file: &Path, ending: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// Removes a database file and what stands beside it while it is open.
fn remove(file: &Path) -> Result<()> {
    for ending in ["", "-wal", "-shm"] {
        let file = beside(file, ending);
        match fs::remove_file(&file) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(|| format!("`{}` cannot be removed", file.display()));
            }
            _ => {}
        }
    }
    Ok(())
}
