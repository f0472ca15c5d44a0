//! `loam plan`: what publishing would change, before it does.

use std::path::PathBuf;

use anyhow::Result;
use clap::Args;

use super::{Context, check::Checked};
use crate::{
    hanging::Hanging,
    output::{Ended, Format, note, say, say_json},
    publish::Planned,
};

const EXAMPLE: &str = "\
Example:
  loam plan time-off

Steps that lose data are marked with `!`; `loam apply` carries them out only when each is named with --drop.";

/// Arguments of `loam plan`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Plan {
    /// Folder of the app
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Carries out the command.
///
/// # Errors
/// The folder cannot be read, or the database fails.
pub async fn run(context: &Context, asked: &Plan) -> Result<Ended> {
    let checked = Checked::folder(&asked.folder)?;
    let Some(app) = &checked.app else {
        return refused(context, asked, &checked).await;
    };
    let engine = context.data.open().await?;
    let planned = Planned::of(&engine, &checked.sources, app).await?;
    match asked.format {
        Format::Json => say_json(&planned.json()),
        Format::Text => describe(context, &planned),
    }
    engine.store().close().await;
    Ok(Ended::Fine)
}

/// Says what is wrong, and what the database holds that would break with it.
async fn refused(context: &Context, asked: &Plan, checked: &Checked) -> Result<Ended> {
    if asked.format == Format::Text {
        say(checked.text());
    }
    let engine = match context.data.open().await {
        Ok(engine) => engine,
        Err(error) => {
            // What is wrong with the app is said all the same.
            if asked.format == Format::Json {
                say_json(&checked.json());
            }
            return Err(error);
        }
    };
    let hanging = Hanging::of(&engine, checked).await?;
    match asked.format {
        Format::Json => {
            let mut said = checked.json();
            if let Some(said) = said.as_object_mut() {
                said.insert("hanging".to_owned(), hanging.iter().map(Hanging::json).collect());
            }
            say_json(&said);
        }
        Format::Text if hanging.is_empty() => {}
        Format::Text => {
            say("what people made that hangs on it:");
            hanging.iter().map(|one| one.text(context.language.locale())).for_each(say);
        }
    }
    engine.store().close().await;
    Ok(Ended::Refused)
}

/// Says what a plan does.
pub(super) fn describe(context: &Context, planned: &Planned) {
    planned.guards_text(context.language.locale()).iter().for_each(say);
    if !planned.changes {
        say(format!("nothing to do: this is what is published in {}", context.data.shown()));
        return;
    }
    let lines = planned.text(context.language.locale());
    if lines.is_empty() {
        say("the tables stay as they are; only documents change");
    }
    lines.iter().for_each(say);
    if !planned.access.is_empty() || !planned.facts.is_empty() {
        say("who may do what changes:");
        planned.access.iter().map(|change| change.sentence(context.language.locale())).for_each(say);
        planned.facts.iter().map(|moved| moved.sentence(context.language.locale())).for_each(say);
    }
    if !planned.numbers.is_empty() {
        say("numbers that are touched:");
        planned.numbers_text(context.language.locale()).iter().for_each(say);
    }
    if let Some(years) = &planned.years {
        say("years begin in another month:");
        years.text(context.language.locale()).iter().for_each(say);
    }
    if !planned.views.is_empty() {
        say("saved views that are touched:");
        planned.views_text(context.language.locale()).iter().for_each(say);
    }
    let classes = planned.classes_text(context.language.locale());
    if !classes.is_empty() {
        say("running cases:");
        classes.iter().for_each(say);
    }
    let stuck = planned.cases_text(context.language.locale());
    if !stuck.is_empty() {
        say("running cases whose steps go:");
        stuck.iter().for_each(say);
    }
    let destructive = planned.destructive();
    if !destructive.is_empty() {
        let said: Vec<String> = destructive.iter().map(|step| format!("--drop {}", step.name)).collect();
        note(format!("this loses data; to carry it out say {}", said.join(" ")));
    }
}
