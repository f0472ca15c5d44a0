//! Case folders, one driver: `cases/passing/<stage>/<case>/` resolves without an error, `cases/failing/…` does not; both
//! hold the files of an app and `expected.txt` with what is said. A folder inside a case named `+<app>` is an app that it
//! uses. `BLESS=1` writes what is said now.

#![cfg(test)]

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use definition::Files;
use resolve::{Source, resolve, sources};

fn files(folder: &Path) -> Files {
    let mut found = Files::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(&next).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if name.starts_with('+') || (next == folder && name == "expected.txt") {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else {
                let relative = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.insert(relative, fs::read_to_string(&path).unwrap());
            }
        }
    }
    found
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// What is said about a case, and the codes.
fn say(case: &Path) -> (bool, String, Vec<&'static str>) {
    let used = subfolders(case).into_iter().filter(|path| name(path).starts_with('+'));
    let mut apps: Vec<Source> =
        used.map(|path| Source { name: name(&path).trim_start_matches('+').to_owned(), files: files(&path) }).collect();
    apps.push(Source { name: "demo".to_owned(), files: files(case) });
    let (app, faults) = resolve(&apps);
    (app.is_some(), sources(&apps).plain_all(&faults), faults.iter().map(|fault| fault.code).collect())
}

#[test]
fn every_case_says_what_is_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let bless = std::env::var_os("BLESS").is_some();
    let (mut wrong, mut codes, mut failing) = (Vec::new(), BTreeSet::new(), 0);
    for passes in [true, false] {
        for stage in subfolders(&root.join(if passes { "passing" } else { "failing" })) {
            for case in subfolders(&stage) {
                let (app, said, found) = say(&case);
                let title = format!("{}/{}", name(&stage), name(&case));
                codes.extend(found);
                failing += usize::from(!passes);
                if app != passes {
                    wrong.push(format!("{title}: {}\n{said}", if passes { "has errors" } else { "has no error" }));
                }
                let expected = case.join("expected.txt");
                if bless {
                    fs::write(&expected, &said).unwrap();
                } else if fs::read_to_string(&expected).unwrap_or_default() != said {
                    wrong.push(format!("{title}: expected.txt differs, it says now:\n{said}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(failing >= 40, "only {failing} failing cases");
    let untold: Vec<String> = declared().into_iter().filter(|code| !codes.contains(code.as_str())).collect();
    assert!(untold.is_empty(), "no case shows these codes: {untold:?}");
}

/// The codes that this crate and `definition` can give, read from their sources.
fn declared() -> BTreeSet<String> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = BTreeSet::new();
    for folder in [here.join("src"), here.join("../definition/src")] {
        for (path, text) in files(&folder) {
            if path.ends_with("tests.rs") {
                continue;
            }
            let code = text.split("#[cfg(test)]").next().unwrap_or_default();
            for part in code.split('"') {
                let (stage, what) = part.split_once('.').unwrap_or_default();
                let plain = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
                // Those of BPMN files, which no app's folder holds, are held to the same beside their reader.
                if plain(stage)
                    && stage != "bpmn"
                    && plain(what)
                    && what.contains('-') | KNOWN_SHORT.contains(&what)
                    && !part.ends_with("yaml")
                {
                    found.insert(part.to_owned());
                }
            }
        }
    }
    for unreachable in UNREACHABLE {
        found.remove(unreachable);
    }
    found
}

/// Codes of one word after the stage.
const KNOWN_SHORT: [&str; 12] = [
    "syntax",
    "key",
    "tag",
    "unknown",
    "empty",
    "invalid",
    "misfit",
    "incomplete",
    "private",
    "cycle",
    "children",
    "contradiction",
];

/// Codes no document can bring about today: they answer for shapes of schemas that no kind has.
const UNREACHABLE: [&str; 1] = ["definition.invalid"];

#[test]
fn the_templates_resolve() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../templates");
    let source = |name: &str| Source { name: name.to_owned(), files: files(&root.join(name)) };
    for apps in [vec![source("organisation")], vec![source("organisation"), source("performance-management")]] {
        let started = std::time::Instant::now();
        let (app, faults) = resolve(&apps);
        println!("{} ms", started.elapsed().as_millis());
        assert!(app.is_some(), "{}", sources(&apps).plain_all(&faults));
        assert!(faults.is_empty(), "{}", sources(&apps).plain_all(&faults));
    }
}
