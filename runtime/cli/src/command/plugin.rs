//! `loam plugin`: tries a plugin, and prints the contract.

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail};
use app::plugin::{Answer, Fault, Host as _};
use clap::{Args, Subcommand};
use model::{Name, Value, diagnostic::nearest};
use serde_json::{Map, Value as Json, json};

use super::check::Checked;
use crate::output::{Ended, Format, note, say, say_json};

const EXAMPLE: &str = "\
Examples:
  loam plugin wit > loam.wit
  loam plugin call examples/card-check luhn --input '{\"number\": \"4539578763621486\"}'
  loam plugin call examples/card-check luhn --input '{\"number\": \"12\"}' --format json

A module stands in the folder `plugins` of an app, beside the document of its name that says what it takes and gives:
`luhn.yaml` and `luhn.wasm`, or `luhn.wat` as text. Exit code 0 when it answered, 1 when it did not.";

/// What plugins are lent and what they export.
const WIT: &str = include_str!("../../../../plugins/wit/1.0/loam.wit");

/// Arguments of `loam plugin`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Plugin {
    /// What to do.
    #[command(subcommand)]
    pub act: Act,
}

/// What is done with plugins.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Print the contract between Loam and plugins, as WIT
    Wit,
    /// Call a plugin of an app in a folder, as a rule or a step would
    Call(Call),
}

/// Arguments of `loam plugin call`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Call {
    /// Folder of the app
    pub folder: PathBuf,
    /// Name of the plugin
    pub plugin: String,
    /// What it is handed, as a JSON object; what is left out is not known
    #[arg(long, value_name = "JSON", default_value = "{}")]
    pub input: String,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Carries out the command.
///
/// # Errors
/// The folder cannot be read, or holds no such plugin; the input is not what it takes.
pub fn run(asked: &Plugin) -> Result<Ended> {
    match &asked.act {
        Act::Wit => {
            say(WIT.trim_end());
            Ok(Ended::Fine)
        }
        Act::Call(asked) => call(asked),
    }
}

fn call(asked: &Call) -> Result<Ended> {
    let checked = Checked::folder(&asked.folder)?;
    let Some(app) = &checked.app else {
        note(checked.text());
        return Ok(Ended::Refused);
    };
    let Some(plugin) = app.plugin_named(&asked.plugin) else {
        let known = app.plugins().iter().map(|plugin| plugin.name.as_str());
        let hint = nearest(&asked.plugin, known).map(|hint| format!("; {hint}")).unwrap_or_default();
        bail!("`{}` has no plugin `{}`{hint}", asked.folder.display(), asked.plugin);
    };
    let values = values(plugin, &asked.input)?;
    let answer = plugin_host::Host::default().call(plugin, &values);
    match asked.format {
        Format::Json => say_json(&as_json(&answer)),
        Format::Text => match &answer {
            Ok(answer) => {
                answer.log.iter().for_each(note);
                say(given(answer).to_string());
                note(format!(
                    "{} of {} million instructions",
                    answer.work.div_ceil(1_000_000),
                    plugin.work / 1_000_000
                ));
            }
            Err(fault) => note(format!("`{}` did not answer: {fault}", asked.plugin)),
        },
    }
    Ok(if answer.is_ok() { Ended::Fine } else { Ended::Refused })
}

/// What was given, as values of what the plugin takes.
fn values(plugin: &app::Plugin, input: &str) -> Result<Vec<(Name, Value)>> {
    let input: Map<String, Json> = serde_json::from_str(input).context("--input is no JSON object")?;
    if let Some(name) = input.keys().find(|name| plugin.takes(name).is_none()) {
        let known = plugin.takes.iter().map(|(name, _)| name.as_str());
        let hint = nearest(name, known).map(|hint| format!("; {hint}")).unwrap_or_default();
        bail!("`{}` takes no `{name}`{hint}", plugin.name);
    }
    let value = |(name, ty): &(Name, model::Type)| {
        let given = input.get(name.as_str()).cloned().unwrap_or_default();
        let value =
            plugin_host::value(&given, ty).with_context(|| format!("`{name}` takes a {ty}, and `{given}` is none"))?;
        Ok((name.clone(), value))
    };
    plugin.takes.iter().map(value).collect()
}

fn given(answer: &Answer) -> Json {
    Json::Object(answer.values.iter().map(|(name, value)| (name.to_string(), value.json())).collect())
}

fn as_json(answer: &Result<Answer, Fault>) -> Json {
    match answer {
        Ok(answer) => json!({"ok": true, "answer": given(answer), "log": answer.log, "work": answer.work}),
        Err(fault) => json!({"ok": false, "code": fault.code(), "message": fault.to_string()}),
    }
}
