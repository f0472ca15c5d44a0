//! The two npm projects: `designer` (what the build needs, and the compiler) and `designer/packages/e2e` (browser and database, for tests).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Context;

use crate::shell;

/// The folder of the project that tests use; its packages include a PostgreSQL and a Chromium.
pub(crate) fn e2e(root: &Path) -> PathBuf {
    root.join("designer/packages/e2e")
}

/// Installs the designer's packages with the TypeScript compiler, if they are missing or older than the lock file.
pub(crate) fn install_designer(root: &Path) -> anyhow::Result<()> {
    install(&root.join("designer"), "typescript")
}

/// Installs what only tests need, if it is missing or older than the lock file.
pub(crate) fn install_e2e(root: &Path) -> anyhow::Result<()> {
    install(&e2e(root), "playwright-core")
}

fn install(project: &Path, proof: &str) -> anyhow::Result<()> {
    let changed = |path: &str| fs::metadata(project.join(path)).and_then(|found| found.modified()).ok();
    let current = changed("node_modules/.package-lock.json") >= changed("package-lock.json");
    if current && project.join("node_modules").join(proof).exists() {
        return Ok(());
    }
    let mut npm = Command::new(if cfg!(windows) { "npm.cmd" } else { "npm" });
    // Install scripts are off: no package may run code here, and what two of them would do is done by us.
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(project);
    shell::run(&mut npm).with_context(|| format!("cannot install the packages of `{}`", project.display()))
}

/// Type-checks one package.
pub(crate) fn compile(root: &Path, package: &str) -> anyhow::Result<()> {
    let designer = root.join("designer");
    let compiler = designer.join("node_modules/typescript/bin/tsc");
    shell::run(Command::new("node").arg(compiler).args(["--noEmit", "-p", package]).current_dir(designer))
}

/// Runs the tests of one package with node's own runner.
pub(crate) fn test(root: &Path, package: &str, variables: &[(&str, &str)]) -> anyhow::Result<()> {
    let mut node = Command::new("node");
    node.args(["test.mjs", package]).current_dir(root.join("designer")).envs(variables.iter().copied());
    shell::run(&mut node)
}
