//! Bundles `packages/elements` with Node.js and writes the table of assets that `src/lib.rs` includes.
//!
//! Invariants: installs only what the bundle needs (no TypeScript compiler, no browser), writes to `OUT_DIR` and `node_modules`
//! alone, and says in one sentence what is missing when it cannot.

use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

const NODE_HINT: &str = "install Node.js 20 or newer (with npm) and build again";

fn main() -> ExitCode {
    for path in
        ["build.rs", "build.mjs", "package-lock.json", "packages/elements/src", "packages/elements/package.json"]
    {
        println!("cargo::rerun-if-changed={path}");
    }
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            println!("cargo::error={message}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<(), String> {
    let here = env::var("CARGO_MANIFEST_DIR").map_err(|_| "this is a cargo build script".to_owned())?;
    let out = env::var("OUT_DIR").map_err(|_| "this is a cargo build script".to_owned())?;
    if !installed(Path::new(&here)) {
        let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
        run(Command::new(npm)
            .args(["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"])
            .current_dir(&here))?;
    }
    run(Command::new("node").arg("build.mjs").arg(&out).current_dir(&here))?;
    let list = fs::read_to_string(Path::new(&out).join("assets.tsv"))
        .map_err(|cause| format!("build.mjs wrote no list of assets: {cause}"))?;
    fs::write(Path::new(&out).join("entries.rs"), table(&list)?)
        .map_err(|cause| format!("cannot write the table of assets: {cause}"))
}

/// Whether `node_modules` was installed after the lock file last changed.
fn installed(here: &Path) -> bool {
    let changed = |path: &str| fs::metadata(here.join(path)).and_then(|found| found.modified()).ok();
    match (changed("node_modules/.package-lock.json"), changed("package-lock.json")) {
        (Some(installed), Some(locked)) => installed >= locked && here.join("node_modules/esbuild").exists(),
        _ => false,
    }
}

/// Lines of `name, file, content type, whether gzipped`, as build.mjs writes them, to Rust source.
fn table(list: &str) -> Result<String, String> {
    let mut source = String::from("static ENTRIES: &[Entry] = &[\n");
    for line in list.lines() {
        let mut columns = line.split('\t');
        let (Some(name), Some(file), Some(kind), Some(gzip)) =
            (columns.next(), columns.next(), columns.next(), columns.next())
        else {
            return Err(format!("build.mjs wrote `{line}`, which is not an asset"));
        };
        let include = |file: &str| format!("include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{file}\"))");
        let gzipped =
            if gzip == "gzip" { format!("Some({})", include(&format!("{file}.gz"))) } else { "None".to_owned() };
        let bytes = include(file);
        let written = writeln!(
            source,
            "Entry {{ name: {name:?}, url: \"/assets/{file}\", asset: Asset {{ bytes: {bytes}, gzip: {gzipped}, content_type: {kind:?}, immutable: true }} }},"
        );
        written.map_err(|cause| cause.to_string())?;
    }
    source.push_str("];\n");
    Ok(source)
}

fn run(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().map_err(|cause| match cause.kind() {
        std::io::ErrorKind::NotFound => format!("`{name}` was not found: {NODE_HINT}"),
        _ => format!("`{name}` could not be started ({cause}): {NODE_HINT}"),
    })?;
    if output.status.success() {
        return Ok(());
    }
    // The tool's own words go to the log; the error line stays one sentence.
    eprintln!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Err(format!("`{name}` failed while building the browser side: its messages are above this line"))
}
