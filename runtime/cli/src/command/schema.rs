//! `loam schema`: JSON Schemas of documents.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::Args;
use definition::schema;
use serde_json::{Map, Value};

use crate::output::{Ended, Usage, note, say_json};

const EXAMPLE: &str = "\
Examples:
  loam schema entity           print the schema of entities
  loam schema --out schemas    write `schemas/entity.schema.json` and the others

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
}

/// Carries out the command.
///
/// # Errors
/// There is no such kind, or the folder cannot be written.
pub fn run(asked: &Schema) -> Result<Ended> {
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
    for (name, schema) in schemas {
        let file = folder.join(format!("{name}.schema.json"));
        let text = format!("{}\n", serde_json::to_string_pretty(&schema)?);
        std::fs::write(&file, text).with_context(|| format!("`{}` cannot be written", file.display()))?;
        note(format!("wrote `{}`", file.display()));
    }
    Ok(Ended::Fine)
}
