//! What may stand where: the top level is fixed, modules are named after themselves, nothing built or binary is committed.

const TOP: &[&str] =
    &["Cargo.toml", "Cargo.lock", "README.md", "LICENSE", "runtime", "designer", "templates", "plugins", "examples"];
const BUILT: &[&str] =
    &["wasm", "so", "dylib", "dll", "exe", "a", "o", "rlib", "sqlite", "sqlite3", "db", "node", "tsbuildinfo"];
const BUILT_FOLDERS: &[&str] = &["node_modules", "dist", "target"];

/// Files whose path alone is wrong.
pub(super) fn problems(files: &[String]) -> Vec<String> {
    files.iter().filter_map(|file| problem(file)).collect()
}

fn problem(file: &str) -> Option<String> {
    let mut parts = file.split('/');
    let top = parts.next().unwrap_or_default();
    let name = file.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    if !top.starts_with('.') && !TOP.contains(&top) {
        return Some(format!("{file}: the top level holds only {} and dot-files", TOP.join(", ")));
    }
    if file.split('/').any(|part| BUILT_FOLDERS.contains(&part))
        || BUILT.contains(&extension)
        || name.contains(".sqlite")
    {
        return Some(format!("{file}: build output and binaries are not committed"));
    }
    if name == "mod.rs" {
        let folder = file.strip_suffix("/mod.rs").unwrap_or_default();
        return Some(format!("{file}: name the module `{folder}.rs`"));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_belongs_is_there() {
        for fine in ["README.md", ".ci/run", "runtime/model/src/lib.rs", "templates/a/app.yaml", "designer/build.mjs"] {
            assert_eq!(problem(fine), None);
        }
        for wrong in [
            "notes.txt",
            "src/main.rs",
            "runtime/a/src/b/mod.rs",
            "plugins/x.wasm",
            "designer/dist/app.js",
            "examples/a/data.sqlite-wal",
        ] {
            assert!(problem(wrong).is_some(), "{wrong}");
        }
    }
}
