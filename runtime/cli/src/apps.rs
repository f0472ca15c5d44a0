//! Apps as folders, as templates inside this program, and as documents in a database.

use std::{
    collections::{BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context, Result, bail};
use app::App;
use definition::{Document, Files, Kind, folder};
use engine::Compile;
use model::Severity;
use resolve::Source;
use serde_json::{Map, Value, json};

include!(concat!(env!("OUT_DIR"), "/templates.rs"));

/// Most files of an app.
const MOST_FILES: usize = 10_000;
/// Deepest folder that is looked into.
const DEEPEST: usize = 6;
/// Largest file that is read at all; the definition room has a smaller limit and says so at the file.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The names of the bundled templates.
pub fn template_names() -> impl Iterator<Item = &'static str> {
    TEMPLATES.iter().map(|(name, _)| *name)
}

/// A bundled template.
pub fn template(name: &str) -> Option<Source> {
    TEMPLATES.iter().find(|(known, _)| *known == name).map(|(name, files)| Source::inline(name, files))
}

/// A bundled template after those it uses.
///
/// # Errors
/// There is no such template.
pub fn bundled(name: &str) -> Result<Vec<Source>> {
    let asked = template(name).with_context(|| format!("there is no template `{name}`"))?;
    Ok(with_used(asked, None))
}

/// The app in a folder after those it uses, which stand beside it or are templates. One that is nowhere is left out:
/// resolving says so, at its place.
///
/// # Errors
/// The folder cannot be read.
pub fn in_folder(folder: &Path) -> Result<Vec<Source>> {
    let whole = folder.canonicalize().with_context(|| format!("there is no folder `{}`", folder.display()))?;
    if !whole.is_dir() {
        bail!("`{}` is a file; an app is a folder", folder.display());
    }
    let name = whole.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let files = read(&whole)?;
    let is_app = |path: &String| {
        let top = path.split('/').next().unwrap_or_default();
        top.starts_with("app.") || Kind::ALL.iter().any(|kind| kind.folder() == Some(top))
    };
    if !files.keys().any(is_app) {
        let below = files.keys().filter_map(|path| path.strip_suffix("/app.yaml"));
        let below: Vec<String> = below.take(5).map(|name| format!("`{}`", folder.join(name).display())).collect();
        match below.as_slice() {
            [] => bail!("`{}` is not the folder of an app; `loam new NAME` makes one", folder.display()),
            some => bail!("`{}` is not the folder of an app; did you mean {}?", folder.display(), some.join(" or ")),
        }
    }
    let beside = whole.parent().map(Path::to_path_buf);
    Ok(with_used(Source { name, files }, beside.as_deref()))
}

fn with_used(asked: Source, beside: Option<&Path>) -> Vec<Source> {
    let mut known = BTreeSet::from([asked.name.clone()]);
    let mut wanted: VecDeque<String> = uses(&asked).into();
    let mut found = vec![asked];
    while let Some(name) = wanted.pop_front() {
        if !known.insert(name.clone()) {
            continue;
        }
        // A name is looked for as a folder, so that it must not lead out of the parent.
        let plain = model::Name::parse_dashed(&name).is_ok();
        let folder =
            beside.map(|beside| beside.join(&name)).filter(|folder| plain && folder.join("app.yaml").is_file());
        let read = folder.and_then(|folder| read(&folder).ok()).map(|files| Source { name: name.clone(), files });
        if let Some(source) = read.or_else(|| template(&name)) {
            wanted.extend(uses(&source));
            found.push(source);
        }
    }
    found.reverse();
    found
}

/// The names an app's own document uses, as far as it can be read.
fn uses(source: &Source) -> Vec<String> {
    let text = ["app.yaml", "app.yml", "app.json"].iter().find_map(|file| source.files.get(*file));
    let value = text.and_then(|text| Document::parse("app.yaml", text).ok()).map(|document| document.value());
    let names = value.as_ref().and_then(|value| value.get("uses")).and_then(Value::as_array);
    names.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// The files of a folder. Documents come with their text; of others only the name counts, for a misplaced one is a fault.
fn read(folder: &Path) -> Result<Files> {
    let mut files = Files::new();
    let mut folders = vec![(folder.to_path_buf(), String::new(), 0)];
    while let Some((folder, prefix, depth)) = folders.pop() {
        let entries = fs::read_dir(&folder).with_context(|| format!("`{}` cannot be read", folder.display()))?;
        for entry in entries {
            let path = entry.with_context(|| format!("`{}` cannot be read", folder.display()))?.path();
            let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
            if name.starts_with('.') {
                continue;
            }
            let relative = format!("{prefix}{name}");
            if path.is_dir() {
                if depth < DEEPEST {
                    folders.push((path.clone(), format!("{relative}/"), depth + 1));
                }
                continue;
            }
            let text = text(&relative, &path)?;
            files.insert(relative, text);
            if files.len() > MOST_FILES {
                bail!("`{}` holds more than {MOST_FILES} files; is it the folder of an app?", folder.display());
            }
        }
    }
    Ok(files)
}

/// Whether a file is a part of what an app is.
fn is_kept(path: &str) -> bool {
    [".yaml", ".yml", ".json"].iter().any(|ending| path.ends_with(ending)) || folder::module(path).is_some()
}

fn text(relative: &str, path: &Path) -> Result<String> {
    if !is_kept(relative) {
        return Ok(String::new());
    }
    let shown = path.display();
    let size = fs::metadata(path).with_context(|| format!("`{shown}` cannot be read"))?.len();
    if size > LARGEST {
        bail!("`{shown}` is larger than any document can be");
    }
    let bytes = fs::read(path).with_context(|| format!("`{shown}` cannot be read"))?;
    folder::kept(relative, bytes).ok().with_context(|| format!("`{shown}` is not UTF-8 text; save it as UTF-8"))
}

/// Apps as they are kept in a database: everything needed to resolve them again.
pub fn documents(apps: &[Source]) -> Value {
    let app = |source: &Source| {
        let documents = source.files.iter().filter(|(path, _)| is_kept(path));
        let files: Map<String, Value> = documents.map(|(path, text)| (path.clone(), json!(text))).collect();
        json!({"name": source.name, "files": files})
    };
    json!({"format": 1, "apps": apps.iter().map(app).collect::<Vec<_>>()})
}

/// The apps kept in a database.
pub fn sources(documents: &Value) -> Option<Vec<Source>> {
    let apps = documents.get("apps")?.as_array()?;
    let source = |app: &Value| {
        let files = app.get("files")?.as_object()?;
        let files = files.iter().map(|(path, text)| Some((path.clone(), text.as_str()?.to_owned())));
        Some(Source { name: app.get("name")?.as_str()?.to_owned(), files: files.collect::<Option<Files>>()? })
    };
    apps.iter().map(source).collect()
}

/// Resolves documents that were published.
///
/// # Errors
/// Their faults as text: they were fine when they were published, so that this version of the program reads them otherwise.
pub fn compiled(documents: &Value) -> Result<App, String> {
    let sources = sources(documents).ok_or("the published documents cannot be read")?;
    let (app, faults) = resolve::resolve(&sources);
    app.ok_or_else(|| {
        let errors: Vec<_> = faults.into_iter().filter(|fault| fault.severity == Severity::Error).collect();
        format!("\n{}", resolve::sources(&sources).plain_all(&errors))
    })
}

/// [`compiled`], as an engine takes it.
pub fn compile() -> Compile {
    Arc::new(|documents| compiled(documents).map(Arc::new))
}

/// Where a folder's name would be put: refuses one that is there.
///
/// # Errors
/// Something of that name is there already.
pub fn fresh(folder: &Path) -> Result<PathBuf> {
    if folder.exists() {
        bail!("`{}` is there already; choose another name", folder.display());
    }
    Ok(folder.to_path_buf())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_template_is_embedded_and_resolves() {
        assert!(template_names().any(|name| name == "organisation"));
        for name in template_names() {
            let apps = bundled(name).unwrap();
            let (app, faults) = resolve::resolve(&apps);
            assert!(app.is_some(), "{}", resolve::sources(&apps).plain_all(&faults));
            let kept = documents(&apps);
            assert_eq!(documents(&sources(&kept).unwrap()), kept);
        }
    }
}
