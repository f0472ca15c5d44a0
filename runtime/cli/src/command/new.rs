//! `loam new`: a small app that works, to begin with.

use std::{fs, path::PathBuf};

use anyhow::{Context as _, Result, anyhow};
use clap::Args;
use model::Name;

use crate::{
    apps,
    output::{Ended, Usage, note},
};

const EXAMPLE: &str = "\
Examples:
  loam new time-off
  loam new my-performance --from performance-management";

/// Arguments of `loam new`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct New {
    /// Name of the app and its folder: words in small letters joined by `-`
    pub name: PathBuf,
    /// Begin with a copy of this template
    #[arg(long, value_name = "TEMPLATE")]
    pub from: Option<String>,
}

/// The files of a first app: one entity with what people need to work with it.
const STARTER: [(&str, &str); 6] = [
    ("app.yaml", include_str!("new/app.yaml")),
    ("entities/task.yaml", include_str!("new/entities/task.yaml")),
    ("forms/task.yaml", include_str!("new/forms/task.yaml")),
    ("pages/tasks.yaml", include_str!("new/pages/tasks.yaml")),
    ("roles/member.yaml", include_str!("new/roles/member.yaml")),
    ("README.md", include_str!("new/README.md")),
];

/// Carries out the command.
///
/// # Errors
/// The name is none, the folder is there already, or cannot be written.
pub fn run(asked: &New) -> Result<Ended> {
    let folder = apps::fresh(&asked.name)?;
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default().to_owned();
    let small = name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if Name::parse_dashed(&name).is_err() || !small {
        return Err(Usage(format!("`{name}` cannot be an app's name; use words in small letters joined by `-`")).into());
    }
    let files: Vec<(String, String)> = match &asked.from {
        None => STARTER.iter().map(|(path, text)| ((*path).to_owned(), text.replace("APP_NAME", &name))).collect(),
        Some(template) => {
            let known: Vec<&str> = apps::template_names().collect();
            let source = apps::template(template).ok_or_else(|| {
                anyhow!(Usage(format!("there is no template `{template}`; there are {}", known.join(", "))))
            })?;
            source.files.into_iter().map(|(path, text)| own_name(path, text, template, &name)).collect()
        }
    };
    for (path, text) in files {
        let file = folder.join(&path);
        if let Some(parent) = file.parent() {
            fs::create_dir_all(parent).with_context(|| format!("the folder `{}` cannot be made", parent.display()))?;
        }
        fs::write(&file, text).with_context(|| format!("`{}` cannot be written", file.display()))?;
    }
    let shown = folder.display();
    note(format!("made `{shown}`; next:\n  loam check {shown}\n  loam apply {shown}\n  loam serve"));
    Ok(Ended::Fine)
}

/// A template's app document under the new name.
fn own_name(path: String, text: String, template: &str, name: &str) -> (String, String) {
    if path != "app.yaml" {
        return (path, text);
    }
    let text = text.replacen(&format!("name: {template}\n"), &format!("name: {name}\n"), 1);
    (path, text)
}
