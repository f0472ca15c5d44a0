//! `loam schema`: JSON Schemas of documents, and the reference of the functions their expressions may call.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use definition::schema;
use serde_json::{Map, Value};

use crate::output::{Ended, Format, Usage, note, say, say_json};

mod functions;

const EXAMPLE: &str = "\
Examples:
  loam schema entity           print the schema of entities
  loam schema --out schemas    write `schemas/entity.schema.json` and the others
  loam schema --functions      print the functions that expressions may call, with examples

In an editor with the YAML language server, begin a document with
  # yaml-language-server: $schema=../schemas/entity.schema.json";

/// Arguments of `loam schema`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub struct Schema {
    /// Kind of document; all of them unless said
    pub kind: Option<String>,
    /// Write them into this folder instead of printing
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// The reference of the functions instead: Markdown, or JSON with `--format json`
    #[arg(long, conflicts_with = "kind")]
    pub functions: bool,
    /// How to print the functions
    #[arg(long, value_enum, default_value_t, requires = "functions")]
    pub format: Format,
}

/// Carries out the command.
///
/// # Errors
/// There is no such kind, or the folder cannot be written.
pub fn run(asked: &Schema) -> Result<Ended> {
    if asked.functions && asked.out.is_none() {
        match asked.format {
            Format::Json => say_json(&functions::json()),
            Format::Text => say(functions::markdown().trim_end()),
        }
        return Ok(Ended::Fine);
    }
    let mut schemas = schema::all();
    if let Some(kind) = &asked.kind {
        let known: Vec<&str> = schemas.iter().map(|(name, _)| *name).collect();
        if !known.contains(&kind.as_str()) {
            return Err(Usage(format!("there is no kind of document `{kind}`; there are {}", known.join(", "))).into());
        }
        schemas.retain(|(name, _)| name == kind);
    }
    let Some(folder) = &asked.out else {
        match schemas.as_slice() {
            [(_, schema)] => say_json(schema),
            several => {
                let all: Map<String, Value> =
                    several.iter().map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
                say_json(&Value::Object(all));
            }
        }
        return Ok(Ended::Fine);
    };
    std::fs::create_dir_all(folder).with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
    let pretty = |value: &Value| serde_json::to_string_pretty(value).map(|text| format!("{text}\n"));
    let mut files = Vec::new();
    if !asked.functions {
        for (name, schema) in &schemas {
            files.push((format!("{name}.schema.json"), pretty(schema)?));
        }
    }
    if asked.kind.is_none() {
        files.push(("functions.json".to_owned(), pretty(&functions::json())?));
        files.push(("functions.md".to_owned(), functions::markdown()));
    }
    for (name, text) in files {
        let file = folder.join(name);
        std::fs::write(&file, text).with_context(|| format!("`{}` cannot be written", file.display()))?;
        note(format!("wrote `{}`", file.display()));
    }
    Ok(Ended::Fine)
}
