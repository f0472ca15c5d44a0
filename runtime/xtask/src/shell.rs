//! Other programs: started in the root, their output shown, their failure one sentence.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

/// The cargo that runs us, so that the toolchain stays the same.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    // What cargo told us about our own package must not reach the packages it builds next.
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(|name| name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_")) {
            command.env_remove(name);
        }
    }
    command
}

/// Runs to the end; a failure names the program and how it ended.
pub(crate) fn run(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| missing(command))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs to the end and returns what was printed; the error output is part of the failure.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let output = command.output().with_context(|| missing(command))?;
    if !output.status.success() {
        bail!("`{}` ended with {}: {}", shown(command), output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn missing(command: &Command) -> String {
    let program = command.get_program().to_string_lossy().into_owned();
    match program.as_str() {
        "node" | "npm" | "npm.cmd" => format!("`{program}` is needed: install Node.js 20 or newer (with npm)"),
        "git" => "`git` is needed: install it and run this in a clone".to_owned(),
        _ => format!("`{program}` could not be started"),
    }
}

fn shown(command: &Command) -> String {
    let name = Path::new(command.get_program())
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    command.get_args().take(6).fold(name, |text, argument| format!("{text} {}", argument.to_string_lossy()))
}
