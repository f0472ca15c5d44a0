//! Where things are: the root of the clone, its files, its target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::shell;

/// The folder that holds the workspace's `Cargo.toml`.
pub(crate) fn root() -> anyhow::Result<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let root = here.ancestors().nth(2).context("xtask is not where it was built")?;
    Ok(root.to_path_buf())
}

/// Every file that is committed or would be by `git add`, relative to the root, with `/` between parts.
pub(crate) fn files(root: &Path) -> anyhow::Result<Vec<String>> {
    let mut git = Command::new("git");
    git.args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"]).current_dir(root);
    let listed = shell::output(&mut git)?;
    // A file deleted but not yet committed is still listed.
    let mut files: Vec<String> =
        listed.split('\0').filter(|path| !path.is_empty() && root.join(path).exists()).map(str::to_owned).collect();
    files.sort();
    files.dedup();
    Ok(files)
}

/// Where cargo puts what it builds; it may be moved by the environment.
pub(crate) fn target_folder(root: &Path) -> anyhow::Result<PathBuf> {
    let metadata = cargo_metadata::MetadataCommand::new().current_dir(root).no_deps().exec()?;
    Ok(metadata.target_directory.into_std_path_buf())
}
