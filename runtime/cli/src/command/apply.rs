//! `loam apply`: publishes an app. A server that is running takes it up without a restart.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::Args;
use engine::Engine;
use model::diagnostic::Severity;

use super::{Context, check::Checked, plan::describe};
use crate::{
    apps,
    output::{Ended, Usage, is_attended, note, say},
    publish::{Planned, operator, publish, seed},
};

const EXAMPLE: &str = "\
Examples:
  loam apply time-off
  loam apply time-off --yes --drop task.notes

Nothing is published when the app has errors, when a step loses data that was not named, or when stored values do not fit.";

/// Arguments of `loam apply`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Apply {
    /// Folder of the app
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
    /// Carry out this step although it loses data: an entity (`task`) or a field (`task.notes`)
    #[arg(long, value_name = "NAME")]
    pub drop: Vec<String>,
}

/// Carries out the command.
///
/// # Errors
/// The folder cannot be read, the database fails, or the publish is refused.
pub async fn run(context: &Context, asked: &Apply) -> Result<Ended> {
    let checked = Checked::folder(&asked.folder)?;
    if !checked.found.is_empty() {
        say(checked.text());
    }
    let Some(app) = &checked.app else {
        // Whoever tries to publish what cannot be is on the ledger, where something is published and so is one.
        if context.data.exists()?
            && let Ok(engine) = context.data.open_published().await
        {
            let kinds = checked.found.iter().filter(|fault| fault.severity == Severity::Error);
            engine.refuse_publish(operator(), kinds.map(|fault| fault.code.to_string()).collect()).await?;
            engine.store().close().await;
        }
        note("nothing was published");
        return Ok(Ended::Refused);
    };
    let engine = context.data.open().await?;
    let planned = Planned::of(&engine, &checked.sources, app).await?;
    describe(context, &planned);
    let unsaid: Vec<&str> = planned
        .destructive()
        .into_iter()
        .map(|step| step.name.as_str())
        .filter(|name| !asked.drop.iter().any(|said| said == name))
        .collect();
    if !unsaid.is_empty() {
        let another = planned.before.as_deref().zip(checked.sources.last()).filter(|(before, now)| *before != now.name);
        if let Some((before, _)) = another {
            note(format!(
                "{} holds `{before}`; for another app choose another place with --data",
                context.data.shown()
            ));
        }
        bail!("nothing was published: {} would be lost", unsaid.join(", "));
    }
    if planned.changes && !asked.yes {
        if !is_attended() {
            return Err(Usage("nobody is there to be asked; say --yes to publish".to_owned()).into());
        }
        if !confirmed()? {
            note("nothing was published");
            return Ok(Ended::Refused);
        }
    }
    let changes = planned.changes;
    let version = publish(&engine, planned, &asked.drop).await?;
    if changes {
        say(format!("published version {version} in {}", context.data.shown()));
    }
    let seeded = seed(&engine, context.language.locale()).await?;
    if seeded.created + seeded.updated > 0 {
        say(format!(
            "rows that come with it: {} made, {} updated, {} left as they are",
            seeded.created, seeded.updated, seeded.kept
        ));
    }
    engine.store().close().await;
    Ok(Ended::Fine)
}

/// Opens the data with the app of a folder published: at once when it is, else by publishing it, if nothing is lost.
///
/// # Errors
/// The app has faults, something would be lost, or the database fails.
pub(super) async fn quietly(context: &Context, folder: &Path) -> Result<Engine> {
    let (engine, planned) = planned(context, folder).await?;
    if planned.changes {
        if let Some(step) = planned.destructive().first() {
            bail!(
                "publishing `{}` would lose `{}`; use `loam apply` for that, or another place with --data",
                folder.display(),
                step.name
            );
        }
        let version = publish(&engine, planned, &[]).await?;
        note(format!("published `{}` as version {version}", folder.display()));
        seed(&engine, context.language.locale()).await?;
    }
    Ok(engine)
}

/// Refuses unless the app of a folder is what is published.
///
/// # Errors
/// Another app is published, or the folder was changed since.
pub(super) async fn same(context: &Context, engine: &Engine, folder: &Path) -> Result<()> {
    let sources = apps::in_folder(folder)?;
    let published = engine.store().published().await?;
    if published.is_none_or(|published| published.documents != apps::documents(&sources)) {
        bail!("`{}` is not what is published in {}; `loam apply` publishes it", folder.display(), context.data.shown());
    }
    Ok(())
}

async fn planned(context: &Context, folder: &Path) -> Result<(Engine, Planned)> {
    let checked = Checked::folder(folder)?;
    let Some(app) = &checked.app else {
        say(checked.text());
        bail!("`{}` has faults", folder.display());
    };
    let engine = context.data.open().await?;
    let planned = Planned::of(&engine, &checked.sources, app).await?;
    Ok((engine, planned))
}

fn confirmed() -> Result<bool> {
    eprint!("publish this? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
