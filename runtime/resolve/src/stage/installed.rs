//! Which apps are there, and in which order: every one after those it uses.

use std::collections::{HashMap, HashSet};

use definition::{Words, read as read_words};
use model::{Diagnostic, Location, diagnostic::nearest};

use crate::Source;

/// An app's folder and its words.
pub(crate) struct Installed {
    /// The folder's name.
    pub(crate) folder: String,
    /// The words.
    pub(crate) words: Words,
}

/// What goes before a file's name in diagnostics: nothing for the app that was asked for.
pub(crate) fn prefix(apps: &[Source], index: usize) -> String {
    match apps.get(index) {
        Some(source) if index + 1 < apps.len() => format!("{}/", source.name),
        _ => String::new(),
    }
}

/// Reads every app and orders them by use.
pub(crate) fn read(apps: &[Source], faults: &mut Vec<Diagnostic>) -> Vec<Installed> {
    let mut read = Vec::new();
    for (index, source) in apps.iter().enumerate() {
        let (words, found) = read_words(&prefix(apps, index), &source.files);
        faults.extend(found);
        let folder = words.app.as_ref().map_or_else(|| source.name.clone(), |app| app.words.name.clone());
        read.push(Installed { folder, words });
    }
    ordered(read, faults)
}

fn ordered(read: Vec<Installed>, faults: &mut Vec<Diagnostic>) -> Vec<Installed> {
    let by_name: HashMap<&str, usize> =
        read.iter().enumerate().map(|(index, app)| (app.folder.as_str(), index)).collect();
    let mut order = Vec::new();
    let mut state = HashMap::new();
    for index in 0..read.len() {
        visit(index, &read, &by_name, &mut state, &mut order, faults);
    }
    let mut slots: Vec<Option<Installed>> = read.into_iter().map(Some).collect();
    let mut taken = HashSet::new();
    let sorted = order.into_iter().filter(|index| taken.insert(*index));
    sorted.filter_map(|index| slots.get_mut(index).and_then(Option::take)).collect()
}

/// Depth first: an app is put down after those it uses; one met again while it is being visited uses itself.
fn visit(
    index: usize,
    read: &[Installed],
    by_name: &HashMap<&str, usize>,
    state: &mut HashMap<usize, bool>,
    order: &mut Vec<usize>,
    faults: &mut Vec<Diagnostic>,
) {
    if state.contains_key(&index) {
        return;
    }
    state.insert(index, false);
    if let Some(app) = read.get(index).and_then(|app| app.words.app.as_ref()) {
        for (position, name) in app.words.uses.iter().enumerate() {
            let at = app.at.child("uses").child(position);
            match by_name.get(name.as_str()) {
                None => faults.push(unknown(name, &at, by_name)),
                Some(used) if state.get(used) == Some(&false) => {
                    let message = format!("`{}` and `{name}` use each other", app.words.name);
                    faults.push(Diagnostic::error("app.circular-use", at, message));
                }
                Some(used) => visit(*used, read, by_name, state, order, faults),
            }
        }
    }
    state.insert(index, true);
    order.push(index);
}

fn unknown(name: &str, at: &Location, by_name: &HashMap<&str, usize>) -> Diagnostic {
    Diagnostic::error("app.unknown-use", at.clone(), format!("there is no app `{name}`")).help(
        nearest(name, by_name.keys().copied())
            .unwrap_or_else(|| "the folder of an app that is used stands beside this one's".to_owned()),
    )
}
