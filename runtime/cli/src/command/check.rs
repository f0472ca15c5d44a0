//! `loam check`: what is wrong with an app, all at once.

use std::path::{Path, PathBuf};

use anyhow::Result;
use app::{App, plugin::Host as _};
use clap::Args;
use definition::render::summary;
use model::{Diagnostic, Locale, Location, Severity};
use resolve::Source;
use serde_json::{Value, json};

use crate::{
    access, apps,
    output::{Ended, Format, coloured, counted, say, say_json},
};

const EXAMPLE: &str = "\
Examples:
  loam check time-off
  loam check --format json templates/performance-management
  loam check --access time-off > time-off/access.txt
  loam check --personal --language en time-off

Exit code 0 when the app can be published, 1 when it has errors.";

/// Arguments of `loam check`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Check {
    /// Folder of the app
    #[arg(default_value = ".")]
    pub folder: PathBuf,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
    /// Print who may do what instead: role by role, each action and field, and all else that bears on it
    #[arg(long)]
    pub access: bool,
    /// Print the register of personal information instead: what each field is for, on which ground, how long, and who reads it
    #[arg(long, conflicts_with = "access")]
    pub personal: bool,
    /// The language of that register
    #[arg(long, value_name = "zh-CN|en", default_value = "zh-CN", requires = "personal", value_parser = language)]
    pub language: Locale,
}

fn language(tag: &str) -> Result<Locale, String> {
    Locale::parse(tag).ok_or_else(|| format!("`{tag}` is not a language of Loam: say `zh-CN` or `en`"))
}

/// An app and what was found in it.
pub struct Checked {
    /// The app after those it uses.
    pub sources: Vec<Source>,
    /// Its compiled form, when it has no errors.
    pub app: Option<App>,
    /// What was found.
    pub found: Vec<Diagnostic>,
}

impl Checked {
    /// Reads and resolves the app of a folder.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub fn folder(folder: &Path) -> Result<Self> {
        let sources = apps::in_folder(folder)?;
        let (app, mut found) = resolve::resolve(&sources);
        let unfit = app.as_ref().map(unfit).unwrap_or_default();
        let app = app.filter(|_| unfit.is_empty());
        found.extend(unfit);
        Ok(Self { sources, app, found })
    }

    /// The diagnostics as text, with colours where there is a terminal; empty when there are none.
    pub fn text(&self) -> String {
        coloured(&resolve::sources(&self.sources).plain_all(&self.found))
    }

    /// The diagnostics for machines.
    pub fn json(&self) -> Value {
        let count = |severity| self.found.iter().filter(|found| found.severity == severity).count();
        json!({
            "app": self.sources.last().map(|source| &source.name),
            "ok": self.app.is_some(),
            "errors": count(Severity::Error),
            "warnings": count(Severity::Warning),
            "diagnostics": resolve::sources(&self.sources).json_all(&self.found),
        })
    }
}

/// What is wrong with the modules of an app's plugins, as whoever runs them finds it.
fn unfit(app: &App) -> Vec<Diagnostic> {
    let host = plugin_host::Host::default();
    let fault = |plugin: &app::Plugin| {
        let fault = host.check(plugin).err()?;
        let message = format!("`{}`: {fault}", plugin.name);
        let help = "`loam plugin wit` prints what a module is lent and what it exports";
        Some(Diagnostic::error("plugin.unfit", Location::new(&plugin.file, ""), message).help(help))
    };
    app.plugins().iter().filter_map(fault).collect()
}

/// What an app holds, in one line.
fn holds(app: &App, name: &str) -> String {
    let own = |of: &str| app.entities().iter().filter(|entity| entity.app == *of).count();
    let pages = app.pages().iter().filter(|page| page.app == *name).count();
    let uses: Vec<String> = app.parts().iter().map(|part| part.name.to_string()).filter(|part| part != name).collect();
    let uses = if uses.is_empty() { String::new() } else { format!(", on top of {}", uses.join(", ")) };
    format!(
        "{}, {}, {}{uses}",
        counted(own(name) as i128, "entity"),
        counted(pages as i128, "page"),
        counted(app.roles().len() as i128, "role")
    )
}

/// Everything every role gives and what else bears on rights, for machines.
fn access_json(app: &App) -> Value {
    let gift = |gift: app::access::Gift| {
        json!({
            "role": gift.role, "entity": gift.entity, "action": gift.action.word(), "where": gift.condition,
            "field": gift.field, "mask": gift.mask,
        })
    };
    json!({
        "access": app::access::gifts(app).into_iter().map(gift).collect::<Vec<_>>(),
        "facts": app::access::facts(app).iter().map(access::fact_json).collect::<Vec<_>>(),
    })
}

/// The register of personal information, for machines.
fn personal_json(app: &App) -> Value {
    let line = |line: app::personal::Line<'_>| {
        let both = |text: &model::Text| json!({ "zh-CN": text.get(Locale::ZhCn), "en": text.get(Locale::En) });
        let personal = line.field.personal.as_ref();
        json!({
            "entity": line.entity.name.as_str(),
            "field": line.field.name.as_str(),
            "sensitive": line.field.sensitivity >= app::Sensitivity::Sensitive,
            "purpose": personal.map(|personal| both(&personal.purpose)),
            "basis": personal.map(|personal| personal.basis.word()),
            "keep": personal.map(|personal| both(&personal.keep)),
            "stays_when_erased": line.field.kept.as_ref().map(both),
            "read_by": line.readers,
        })
    };
    json!({ "personal": app::personal::lines(app).into_iter().map(line).collect::<Vec<_>>() })
}

/// Carries out the command.
///
/// # Errors
/// The folder cannot be read.
pub fn run(asked: &Check) -> Result<Ended> {
    let checked = Checked::folder(&asked.folder)?;
    match (asked.format, &checked.app) {
        (Format::Json, Some(app)) if asked.access => say_json(&access_json(app)),
        (Format::Text, Some(app)) if asked.access => say(app::access::Table(app).to_string().trim_end()),
        (Format::Json, Some(app)) if asked.personal => say_json(&personal_json(app)),
        (Format::Text, Some(app)) if asked.personal => {
            say(app::personal::Register(app, asked.language).to_string().trim_end());
        }
        (Format::Json, _) => say_json(&checked.json()),
        (Format::Text, _) => {
            if !checked.found.is_empty() {
                say(checked.text());
            }
            if let Some(app) = &checked.app {
                let name = app.parts().last().map(|part| part.name.to_string()).unwrap_or_default();
                let doubts =
                    if checked.found.is_empty() { String::new() } else { format!(" ({})", summary(&checked.found)) };
                say(format!("`{name}` is fine{doubts}: {}", holds(app, &name)));
            }
        }
    }
    Ok(if checked.app.is_some() { Ended::Fine } else { Ended::Refused })
}
