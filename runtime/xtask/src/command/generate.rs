//! `cargo xtask generate`: files that are committed and made from the code; `test` fails when they are stale.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::{repository, shell};

/// Where the JSON Schemas of the kinds of document are committed.
pub(crate) const SCHEMAS: &str = "runtime/definition/schemas";

/// The folders whose apps each keep the table of who may do what beside their definition, as `access.txt`.
const APPS: [&str; 2] = ["templates", "examples"];

/// Writes the committed files again.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = repository::root()?;
    schemas_into(&root, &root.join(SCHEMAS))?;
    for app in apps(&root)? {
        fs::write(app.join(ACCESS), access(&root, &app)?)
            .with_context(|| format!("cannot write in `{}`", app.display()))?;
    }
    Ok(())
}

/// Name of the table of who may do what, in the folder of an app.
pub(crate) const ACCESS: &str = "access.txt";

/// Every app of this repository that people start from or learn by.
pub(crate) fn apps(root: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for folder in APPS {
        for entry in fs::read_dir(root.join(folder)).with_context(|| format!("cannot read `{folder}`"))? {
            let path = entry?.path();
            if path.join("app.yaml").is_file() {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Who may do what in an app, as `loam check --access` prints it.
pub(crate) fn access(root: &Path, app: &Path) -> anyhow::Result<String> {
    let mut cargo = shell::cargo(root);
    cargo.args(["run", "-q", "-p", "cli", "--bin", "loam", "--", "check", "--access"]).arg(app);
    shell::output(&mut cargo)
}

/// Writes the JSON Schemas, one file per kind, into `folder`.
pub(crate) fn schemas_into(root: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut cargo = shell::cargo(root);
    cargo.args(["run", "-q", "-p", "cli", "--bin", "loam", "--", "schema", "--out"]).arg(folder);
    shell::run(&mut cargo)
}
