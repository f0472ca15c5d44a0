//! `cargo xtask generate`: files that are committed and made from the code; `test` fails when they are stale.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::{repository, shell};

/// Where the JSON Schemas of the kinds of document are committed.
pub(crate) const SCHEMAS: &str = "runtime/definition/schemas";

/// The folders whose apps each keep beside their definition the table of who may do what, as `access.txt`, and the register of
/// personal information, as `personal.txt`.
const APPS: [&str; 2] = ["templates", "examples"];

/// Writes the committed files again.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = repository::root()?;
    schemas_into(&root, &root.join(SCHEMAS))?;
    for app in apps(&root)? {
        for (file, text) in tables(&root, &app)? {
            fs::write(app.join(file), text).with_context(|| format!("cannot write in `{}`", app.display()))?;
        }
    }
    Ok(())
}

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

/// What an app keeps beside its definition, by file, as `loam check` prints it.
pub(crate) fn tables(root: &Path, app: &Path) -> anyhow::Result<Vec<(&'static str, String)>> {
    let asked: [(&str, &[&str]); 2] =
        [("access.txt", &["--access"]), ("personal.txt", &["--personal", "--language", "zh-CN"])];
    let mut made = Vec::new();
    for (file, arguments) in asked {
        let mut cargo = shell::cargo(root);
        cargo.args(["run", "-q", "-p", "cli", "--bin", "loam", "--", "check"]).args(arguments).arg(app);
        made.push((file, shell::output(&mut cargo)?));
    }
    Ok(made)
}

/// Writes the JSON Schemas, one file per kind, into `folder`.
pub(crate) fn schemas_into(root: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut cargo = shell::cargo(root);
    cargo.args(["run", "-q", "-p", "cli", "--bin", "loam", "--", "schema", "--out"]).arg(folder);
    shell::run(&mut cargo)
}
