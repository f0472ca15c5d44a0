//! Embeds the bundled templates, so that the binary runs anywhere.

use std::{
    env,
    error::Error,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() -> Result<(), Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let templates = here.join("../../templates");
    println!("cargo::rerun-if-changed={}", templates.display());
    let mut table = String::from(
        "/// Templates by name, each with its files.\npub(crate) static TEMPLATES: &[(&str, &[(&str, &str)])] = &[\n",
    );
    for app in sorted(&templates)? {
        if !app.join("app.yaml").is_file() {
            continue;
        }
        let mut files = Vec::new();
        documents(&app, &mut files)?;
        writeln!(table, "    ({:?}, &[", name(&app))?;
        for file in files {
            let relative = file.strip_prefix(&app)?.to_string_lossy().replace('\\', "/");
            writeln!(table, "        ({relative:?}, include_str!({:?})),", file.canonicalize()?.to_string_lossy())?;
        }
        table.push_str("    ]),\n");
    }
    table.push_str("];\n");
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("templates.rs"), table)?;
    Ok(())
}

fn name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn sorted(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let mut found = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    found.sort();
    Ok(found)
}

/// The documents below a folder: what an app is made of, and nothing else that lies there.
fn documents(folder: &Path, into: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for path in sorted(folder)? {
        let name = name(&path);
        if path.is_dir() && !name.starts_with('.') && name != "tests" {
            documents(&path, into)?;
        } else if name.ends_with(".yaml") || name.ends_with(".wat") {
            into.push(path);
        }
    }
    Ok(())
}
