//! `loam bpmn`: a process drawn as BPMN 2.0 as a workflow of an app, and a workflow as BPMN 2.0.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, Subcommand};
use definition::{Files, bpmn, render::Sources, yaml};
use model::{Severity, diagnostic::nearest};
use serde_json::json;

use super::check::Checked;
use crate::output::{Ended, Format, coloured, counted, note, say, say_json};

const EXAMPLE: &str = "\
Examples:
  loam bpmn read leave.bpmn --entity leave
  loam bpmn read leave.bpmn --entity leave --guard hr --out time-off/workflows/leave.yaml
  loam bpmn read leave.bpmn --entity leave --format json
  loam bpmn write time-off leave --out leave.bpmn

What a file says and a workflow cannot is told by element, with its line and what to do. Exit code 0 when all that matters was
read, 1 when something has no equal; nothing is written then, unless --partial asks for the rest.";

/// Largest file that is read at all; the definition room has a smaller limit and says so.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Arguments of `loam bpmn`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Bpmn {
    /// What to do.
    #[command(subcommand)]
    pub act: Act,
}

/// Which way.
#[derive(Debug, Subcommand)]
pub enum Act {
    /// Make a workflow of a BPMN 2.0 file; printed unless a file is named
    Read(Read),
    /// Write a workflow of an app as a BPMN 2.0 file; printed unless a file is named
    Write(Write),
}

/// Arguments of `loam bpmn read`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Read {
    /// The BPMN 2.0 file
    pub file: PathBuf,
    /// The entity whose records go through the process; a file that Loam wrote says it
    #[arg(long, value_name = "NAME")]
    pub entity: Option<String>,
    /// The role whose holders are asked where nobody else is found; otherwise such a step is refused
    #[arg(long, value_name = "ROLE")]
    pub guard: Option<String>,
    /// The workflow's document, such as `time-off/workflows/leave.yaml`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    pub force: bool,
    /// Make what can be made, without what has no equal
    #[arg(long)]
    pub partial: bool,
    /// For people or for machines
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// Arguments of `loam bpmn write`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Write {
    /// Folder of the app
    pub folder: PathBuf,
    /// Name of the workflow
    pub workflow: String,
    /// The file
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write over a file that is there
    #[arg(long)]
    pub force: bool,
}

/// Carries out the command.
///
/// # Errors
/// A file cannot be read or written, or is there already; there is no such workflow.
pub fn run(asked: &Bpmn) -> Result<Ended> {
    match &asked.act {
        Act::Read(asked) => read(asked),
        Act::Write(asked) => write(asked),
    }
}

fn read(asked: &Read) -> Result<Ended> {
    let shown = asked.file.display().to_string();
    let text = text(&asked.file)?;
    let given = bpmn::Given { entity: asked.entity.as_deref(), guard: asked.guard.as_deref() };
    let (workflow, found) = bpmn::read(&shown, &text, given);
    let count = |severity| found.iter().filter(|found| found.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let partly = workflow.is_some();
    let made = workflow.filter(|_| errors == 0 || asked.partial);
    let document = made.as_ref().map(yaml::workflow);
    let files = Files::from([(shown, text)]);
    let mut sources = Sources::default();
    sources.add("", &files);
    if asked.format == Format::Text && !found.is_empty() {
        note(coloured(&sources.plain_all(&found)));
    }
    if let (Some(out), Some(document)) = (&asked.out, &document) {
        put(out, document, asked.force)?;
    }
    match asked.format {
        Format::Json => say_json(&json!({
            "ok": errors == 0,
            "errors": errors,
            "warnings": warnings,
            "diagnostics": sources.json_all(&found),
            "out": asked.out.as_ref().filter(|_| document.is_some()),
            "workflow": document,
        })),
        Format::Text => match (&document, &asked.out, &made) {
            (Some(_), Some(out), Some(words)) => {
                let steps = counted(words.steps.len() as i128, "step");
                let help = "`loam check` tells which fields and roles its app still lacks";
                note(format!("made `{}`: {steps} about `{}`; {help}", out.display(), words.entity));
            }
            (Some(document), ..) => say(document.trim_end()),
            (None, ..) if partly => {
                note("nothing was made; mend the file where it was drawn, or say --partial to leave that out");
            }
            (None, ..) => note("nothing was made"),
        },
    }
    Ok(if errors == 0 { Ended::Fine } else { Ended::Refused })
}

fn write(asked: &Write) -> Result<Ended> {
    let checked = Checked::folder(&asked.folder)?;
    if checked.app.is_none() {
        note(checked.text());
        note("nothing was written; mend the app first");
        return Ok(Ended::Refused);
    }
    let (words, _) = checked.sources.last().map(|app| definition::read("", &app.files)).unwrap_or_default();
    let written = words.workflows.get(&asked.workflow).ok_or_else(|| {
        let help = nearest(&asked.workflow, words.workflows.keys().map(String::as_str));
        let folder = asked.folder.display();
        anyhow!(
            "there is no workflow `{}` in `{folder}`{}",
            asked.workflow,
            help.map(|h| format!("; {h}")).unwrap_or_default()
        )
    })?;
    let text = match bpmn::write(&asked.workflow, &written.words, &written.at) {
        Ok(text) => text,
        Err(found) => {
            note(coloured(&resolve::sources(&checked.sources).plain_all(&found)));
            return Ok(Ended::Refused);
        }
    };
    match &asked.out {
        None => say(text.trim_end()),
        Some(out) => {
            put(out, &text, asked.force)?;
            let steps = counted(written.words.steps.len() as i128, "step");
            note(format!("wrote `{}`: {steps}; any tool that draws BPMN 2.0 opens it", out.display()));
        }
    }
    Ok(Ended::Fine)
}

fn text(file: &Path) -> Result<String> {
    let shown = file.display();
    let size = fs::metadata(file).with_context(|| format!("there is no file `{shown}`"))?;
    if size.is_dir() {
        bail!("`{shown}` is a folder; name the BPMN file in it");
    }
    if size.len() > LARGEST {
        bail!("`{shown}` is larger than any process can be");
    }
    let bytes = fs::read(file).with_context(|| format!("`{shown}` cannot be read"))?;
    String::from_utf8(bytes).ok().with_context(|| format!("`{shown}` is not UTF-8 text; save it as UTF-8"))
}

/// Writes a file that is not there, or is to be written over.
fn put(file: &Path, text: &str, force: bool) -> Result<()> {
    let shown = file.display();
    if file.exists() && !force {
        bail!("`{shown}` is there already; name another file, or say --force to write over it");
    }
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent).with_context(|| format!("the folder `{}` cannot be made", parent.display()))?;
    }
    let mut open = OpenOptions::new();
    // Somebody may have made it since.
    if force {
        open.write(true).create(true).truncate(true)
    } else {
        open.write(true).create_new(true)
    };
    let written = open.open(file).and_then(|mut open| open.write_all(text.as_bytes()));
    written.with_context(|| format!("`{shown}` cannot be written"))
}
