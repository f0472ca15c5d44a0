//! `cargo xtask generate`: files that are committed and made from the code; `test` fails when they are stale.

use std::path::Path;

use crate::{repository, shell};

/// Where the JSON Schemas of the kinds of document are committed.
pub(crate) const SCHEMAS: &str = "runtime/definition/schemas";

/// Writes the committed files again.
pub(crate) fn run() -> anyhow::Result<()> {
    let root = repository::root()?;
    schemas_into(&root, &root.join(SCHEMAS))
}

/// Writes the JSON Schemas, one file per kind, into `folder`.
pub(crate) fn schemas_into(root: &Path, folder: &Path) -> anyhow::Result<()> {
    let mut cargo = shell::cargo(root);
    cargo.args(["run", "-q", "-p", "cli", "--bin", "loam", "--", "schema", "--out"]).arg(folder);
    shell::run(&mut cargo)
}
