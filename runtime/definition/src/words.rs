//! The words of one app, all kinds together.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use model::{Diagnostic, Location};
use serde::de::DeserializeOwned;

use crate::{
    document::Document,
    folder::{self, Files, Kind},
    kind, schema,
};

/// A document's words and where they stand.
#[derive(Debug, Clone)]
pub struct Written<T> {
    /// The document.
    pub at: Location,
    /// Its words.
    pub words: T,
}

/// The words of an app. A document with faults is left out; its diagnostics say so.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The parsed documents, by the name diagnostics call them.
    pub documents: BTreeMap<String, Document>,
    /// Documents that were left out because of faults: kind and name.
    pub broken: Vec<(Kind, String)>,
    /// `app.yaml`.
    pub app: Option<Written<kind::app::App>>,
    /// Entities by name.
    pub entities: IndexMap<String, Written<kind::entity::Entity>>,
    /// Extensions of other apps' entities, by name.
    pub extensions: IndexMap<String, Written<kind::extension::Extension>>,
    /// Forms by name.
    pub forms: IndexMap<String, Written<kind::form::Form>>,
    /// Pages by name.
    pub pages: IndexMap<String, Written<kind::page::Page>>,
    /// Roles by name.
    pub roles: IndexMap<String, Written<kind::role::Role>>,
    /// Rules by name.
    pub rules: IndexMap<String, Written<kind::rule::Rule>>,
    /// Terms of the dictionary by name.
    pub terms: IndexMap<String, Written<kind::term::Term>>,
    /// Workflows by name.
    pub workflows: IndexMap<String, Written<kind::workflow::Workflow>>,
    /// Plugins by name.
    pub plugins: IndexMap<String, Written<kind::plugin::Plugin>>,
    /// The modules of plugins by name: the file each stands in, and its bytes. Several where there are several.
    pub modules: BTreeMap<String, Vec<(String, Vec<u8>)>>,
    /// Data documents by name.
    pub data: IndexMap<String, Written<kind::data::Data>>,
    /// Locales by tag.
    pub locales: IndexMap<String, Written<kind::locales::Locales>>,
}

/// Reads the files of an app. `prefix` goes before every file's name in diagnostics: empty for the app that was asked for,
/// `organisation/` for one it uses.
pub fn read(prefix: &str, files: &Files) -> (Words, Vec<Diagnostic>) {
    let mut words = Words::default();
    let mut faults = Vec::new();
    let mut taken: BTreeMap<(Kind, String), String> = BTreeMap::new();
    for (path, text) in files {
        let file = format!("{prefix}{path}");
        if let Some(name) = folder::module(path) {
            match folder::bytes(path, text) {
                Some(bytes) => words.modules.entry(name.to_owned()).or_default().push((file, bytes)),
                None => {
                    let message = "the bytes of this module cannot be read";
                    faults.push(Diagnostic::error("plugin.bad-module", Location::new(file, ""), message));
                }
            }
            continue;
        }
        let (kind, name) = match folder::classify(path, &file) {
            Ok(Some(found)) => found,
            Ok(None) => continue,
            Err(fault) => {
                faults.push(*fault);
                continue;
            }
        };
        if let Some(first) = taken.get(&(kind, name.clone())) {
            faults.push(
                Diagnostic::error(
                    "folder.duplicate-document",
                    Location::new(&file, ""),
                    format!("`{name}` is written twice"),
                )
                .label(Location::new(first, ""), "first written here"),
            );
            continue;
        }
        taken.insert((kind, name.clone()), file.clone());
        match Document::parse(&file, text) {
            Ok(document) => {
                if !words.add(kind, &name, &file, &document, &mut faults) {
                    words.broken.push((kind, name));
                }
                words.documents.insert(file, document);
            }
            Err(found) => {
                faults.extend(found);
                words.broken.push((kind, name));
            }
        }
    }
    if words.app.is_none() && !words.broken.iter().any(|(kind, _)| *kind == Kind::App) {
        faults.push(
            Diagnostic::error(
                "folder.no-app",
                Location::new(format!("{prefix}app.yaml"), ""),
                "there is no `app.yaml`",
            )
            .help("an app's folder holds an `app.yaml` with its `name`, `label` and `version`"),
        );
    }
    (words, faults)
}

impl Words {
    /// Checks and keeps one document; false when it has faults.
    fn add(&mut self, kind: Kind, name: &str, file: &str, document: &Document, faults: &mut Vec<Diagnostic>) -> bool {
        let at = Location::new(file, "");
        let name = name.to_owned();
        match kind {
            Kind::App => {
                self.app = typed(kind, at, document, faults);
                self.app.is_some()
            }
            Kind::Entity => keep(&mut self.entities, name, typed(kind, at, document, faults)),
            Kind::Extension => keep(&mut self.extensions, name, typed(kind, at, document, faults)),
            Kind::Form => keep(&mut self.forms, name, typed(kind, at, document, faults)),
            Kind::Page => keep(&mut self.pages, name, typed(kind, at, document, faults)),
            Kind::Role => keep(&mut self.roles, name, typed(kind, at, document, faults)),
            Kind::Rule => keep(&mut self.rules, name, typed(kind, at, document, faults)),
            Kind::Term => keep(&mut self.terms, name, typed(kind, at, document, faults)),
            Kind::Workflow => keep(&mut self.workflows, name, typed(kind, at, document, faults)),
            Kind::Plugin => keep(&mut self.plugins, name, typed(kind, at, document, faults)),
            Kind::Data => keep(&mut self.data, name, typed(kind, at, document, faults)),
            Kind::Locales => keep(&mut self.locales, name, typed(kind, at, document, faults)),
        }
    }
}

fn keep<T>(into: &mut IndexMap<String, Written<T>>, name: String, found: Option<Written<T>>) -> bool {
    match found {
        Some(written) => {
            into.insert(name, written);
            true
        }
        None => false,
    }
}

fn typed<T: DeserializeOwned>(
    kind: Kind,
    at: Location,
    document: &Document,
    faults: &mut Vec<Diagnostic>,
) -> Option<Written<T>> {
    let value = document.value();
    let found = schema::check(kind, &at, &value);
    if !found.is_empty() {
        faults.extend(found);
        return None;
    }
    match serde_path_to_error::deserialize(value) {
        Ok(words) => Some(Written { at, words }),
        Err(fault) => {
            // The schema is made from the same types; only numbers out of a type's range come here.
            let pointer =
                fault.path().iter().fold(at, |at, segment| at.child(segment.to_string().trim_matches(['[', ']'])));
            faults.push(Diagnostic::error("definition.out-of-range", pointer, "this value is out of range"));
            None
        }
    }
}
