//! The folder of an app: which file is which kind of document.

use std::{collections::BTreeMap, string::FromUtf8Error};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use model::{Diagnostic, Location, diagnostic::nearest};

/// The files of an app: path from its folder, with `/`, and text as [`kept`] makes it. Whoever reads the folder makes this.
pub type Files = BTreeMap<String, String>;

/// The kinds of documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `app.yaml`.
    App,
    /// `entities/`.
    Entity,
    /// `extensions/`.
    Extension,
    /// `forms/`.
    Form,
    /// `pages/`.
    Page,
    /// `roles/`.
    Role,
    /// `rules/`.
    Rule,
    /// `dictionary/`.
    Term,
    /// `workflows/`.
    Workflow,
    /// `plugins/`.
    Plugin,
    /// `data/`.
    Data,
    /// `locales/`.
    Locales,
}

/// Folders of an app that hold no definition.
const IGNORED: [&str; 3] = ["tests", "docs", "assets"];

impl Kind {
    /// Every kind, in the order they are read.
    pub const ALL: [Self; 12] = [
        Self::App,
        Self::Entity,
        Self::Extension,
        Self::Form,
        Self::Page,
        Self::Role,
        Self::Rule,
        Self::Term,
        Self::Workflow,
        Self::Plugin,
        Self::Data,
        Self::Locales,
    ];

    /// Its name, as schemas are called.
    pub fn name(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Entity => "entity",
            Self::Extension => "extension",
            Self::Form => "form",
            Self::Page => "page",
            Self::Role => "role",
            Self::Rule => "rule",
            Self::Term => "term",
            Self::Workflow => "workflow",
            Self::Plugin => "plugin",
            Self::Data => "data",
            Self::Locales => "locales",
        }
    }

    /// The folder of its documents; `None` for the app's own document, which stands at the top.
    pub fn folder(self) -> Option<&'static str> {
        match self {
            Self::App => None,
            Self::Entity => Some("entities"),
            Self::Extension => Some("extensions"),
            Self::Form => Some("forms"),
            Self::Page => Some("pages"),
            Self::Role => Some("roles"),
            Self::Rule => Some("rules"),
            Self::Term => Some("dictionary"),
            Self::Workflow => Some("workflows"),
            Self::Plugin => Some("plugins"),
            Self::Data => Some("data"),
            Self::Locales => Some("locales"),
        }
    }
}

/// The plugin whose module a file is, by name.
pub fn module(path: &str) -> Option<&str> {
    let name = path.strip_prefix("plugins/").filter(|name| !name.starts_with('.') && !name.contains('/'))?;
    name.strip_suffix(BINARY).or_else(|| name.strip_suffix(".wat"))
}

/// The text that stands among [`Files`] for a file of an app that was read: its own, or its bytes in base64 where it is a
/// module in its binary form.
///
/// # Errors
/// The bytes are no text where they have to be.
pub fn kept(path: &str, bytes: Vec<u8>) -> Result<String, FromUtf8Error> {
    match module(path) {
        Some(_) if path.ends_with(BINARY) => Ok(BASE64.encode(bytes)),
        _ => String::from_utf8(bytes),
    }
}

/// The bytes of a file that stands among [`Files`]; `None` where they are not as [`kept`] made them.
pub fn bytes(path: &str, text: &str) -> Option<Vec<u8>> {
    match module(path) {
        Some(_) if path.ends_with(BINARY) => BASE64.decode(text).ok(),
        _ => Some(text.as_bytes().to_vec()),
    }
}

/// How the files of modules in binary form end.
const BINARY: &str = ".wasm";

/// What a file is: a document of a kind with its name, or nothing to read.
///
/// # Errors
/// A file where none belongs, as a diagnostic at `file`.
pub fn classify(path: &str, file: &str) -> Result<Option<(Kind, String)>, Box<Diagnostic>> {
    let parts: Vec<&str> = path.split('/').collect();
    if parts.iter().any(|part| part.starts_with('.')) {
        return Ok(None);
    }
    let fault = |message: String, help: Option<String>| {
        Err(Box::new(Diagnostic::error("folder.misplaced-file", Location::new(file, ""), message).maybe_help(help)))
    };
    match parts.as_slice() {
        [name] => match document_name(name) {
            Some("app") => Ok(Some((Kind::App, "app".to_owned()))),
            Some(other) => fault(
                format!("`{name}` is not a document of an app"),
                nearest(other, ["app"]).or_else(|| Some("documents stand in the folder of their kind".to_owned())),
            ),
            None => Ok(None),
        },
        [folder, ..] if IGNORED.contains(folder) => Ok(None),
        [folder, rest @ ..] => {
            let Some(kind) = Kind::ALL.into_iter().find(|kind| kind.folder() == Some(folder)) else {
                return match rest.last().and_then(|name| document_name(name)) {
                    Some(_) => fault(
                        format!("there is no kind of document in a folder `{folder}`"),
                        nearest(folder, Kind::ALL.into_iter().filter_map(Kind::folder)),
                    ),
                    None => Ok(None),
                };
            };
            match rest {
                [name] => match document_name(name) {
                    Some(document) => Ok(Some((kind, document.to_owned()))),
                    None if name.ends_with(".md") => Ok(None),
                    None => fault(
                        format!("`{name}` is not a document"),
                        Some("documents end in `.yaml`, `.yml` or `.json`".to_owned()),
                    ),
                },
                _ => fault(
                    format!("`{folder}` holds documents, not folders"),
                    Some(format!("move it up into `{folder}`")),
                ),
            }
        }
        [] => Ok(None),
    }
}

fn document_name(name: &str) -> Option<&str> {
    [".yaml", ".yml", ".json"].into_iter().find_map(|ending| name.strip_suffix(ending))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_folder() {
        let kind = |path: &str| classify(path, path).map_err(|fault| fault.help.unwrap_or_default());
        assert_eq!(kind("app.yaml"), Ok(Some((Kind::App, "app".to_owned()))));
        assert_eq!(kind("entities/goal.json"), Ok(Some((Kind::Entity, "goal".to_owned()))));
        assert_eq!(kind("README.md"), Ok(None));
        assert_eq!(kind("tests/a.yaml"), Ok(None));
        assert_eq!(kind(".git/config.yaml"), Ok(None));
        assert_eq!(kind("entitys/goal.yaml"), Err("did you mean `entities`?".to_owned()));
        assert!(kind("entities/a/b.yaml").is_err());
        assert!(kind("entities/a.txt").is_err());
        assert!(kind("goal.yaml").is_err());
    }

    #[test]
    fn modules_stand_beside_their_documents() {
        assert_eq!(module("plugins/tone.wasm"), Some("tone"));
        assert_eq!(module("plugins/tone.wat"), Some("tone"));
        for other in ["plugins/tone.yaml", "pages/tone.wasm", "plugins/a/tone.wasm", "plugins/.tone.wasm", "tone.wasm"]
        {
            assert_eq!(module(other), None, "{other}");
        }
        let binary = [0, 0x61, 0x73, 0x6d, 0xff, 0xfe].to_vec();
        let text = kept("plugins/tone.wasm", binary.clone()).unwrap();
        assert_eq!(bytes("plugins/tone.wasm", &text), Some(binary.clone()));
        assert_eq!(bytes("plugins/tone.wasm", "not base64!"), None);
        assert!(kept("plugins/tone.yaml", binary).is_err());
        assert_eq!(kept("plugins/tone.wat", b"(module)".to_vec()).unwrap(), "(module)");
    }
}
