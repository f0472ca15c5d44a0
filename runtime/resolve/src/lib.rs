//! Words become an app: the whole pipeline, readable in one function.
//!
//! In: the files of the apps that are installed together. Out: the compiled [`App`] when nothing is wrong with them, and
//! every diagnostic, errors and warnings, in one go. Refused: whatever names nothing, contradicts itself or would do
//! nothing. Pure: no files, no clock, no database.
//!
//! To add a kind of document: its struct in `definition::kind`, a stage here, a line in [`resolve`], and a case folder in
//! `tests/cases/passing` and `tests/cases/failing`. To add a rule: a code in the stage it belongs to and a failing case.

mod draft;
mod stage;
mod text;

use app::{App, Parts};
use definition::{Files, render::Sources};
use model::{Diagnostic, Severity};

use crate::draft::Draft;

/// The files of an app, and the name of the folder they stand in.
#[derive(Debug, Clone, Default)]
pub struct Source {
    /// The folder's name; other apps `use` it by this.
    pub name: String,
    /// Its files.
    pub files: Files,
}

impl Source {
    /// An app written in place, path by path.
    pub fn inline(name: &str, files: &[(&str, &str)]) -> Self {
        let files = files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        Self { name: name.to_owned(), files }
    }
}

/// Resolves the apps installed together, the one that was asked for last. There is an app when there is no error;
/// warnings come with it.
pub fn resolve(apps: &[Source]) -> (Option<App>, Vec<Diagnostic>) {
    let mut faults = Vec::new();

    // The words: each app's documents on their own, then the apps in an order in which every one follows those it uses,
    // then the words of other languages put where they belong.
    let mut installed = stage::installed::read(apps, &mut faults);
    stage::locales::apply(&mut installed, &mut faults);

    // Names before meaning: entities refer to one another in any direction, so all ids exist before any field is typed,
    // and all fields are typed before any expression is read.
    let mut draft = Draft::new(&installed);
    stage::apps::resolve(&mut draft, &mut faults);
    stage::names::resolve(&mut draft, &mut faults);
    stage::extensions::check(&draft, &mut faults);
    stage::fields::resolve(&mut draft, &mut faults);
    let mut entities = stage::entities::resolve(&draft, &mut faults);
    stage::organisation::resolve(&mut draft, &mut faults);
    stage::expressions::resolve(&mut draft, &mut entities, &mut faults);
    let dependents = stage::dependencies::resolve(&draft, &mut entities, &mut faults);
    stage::entities::anonymity::results(&draft, &entities, &mut faults);

    // What people use: each needs entities and expressions, none needs another's result except by name.
    let roles = stage::roles::resolve(&draft, &mut faults);
    stage::entities::erasure::check(&draft, &mut faults);
    let forms = stage::forms::resolve(&draft, &mut faults);
    // Terms before what shows and watches them.
    let terms = stage::terms::resolve(&draft, &mut faults);
    let pages = stage::pages::resolve(&draft, &terms, &mut faults);
    draft.home = stage::pages::home(&draft, &mut faults);
    let rules = stage::rules::resolve(&draft, &roles, &terms, &mut faults);
    let workflows = stage::workflows::resolve(&draft, &mut faults);
    let plugins = stage::plugins::resolve(&draft, &mut faults);
    let seeds = stage::seeds::resolve(&draft, &mut faults);

    // What goes with a term that cannot be measured any more.
    stage::hanging::check(&draft, &terms, &mut faults);

    // What is well-formed and would still do nothing.
    stage::reach::check(&draft, &roles, &pages, &mut faults);

    let roles_at: Vec<_> = draft.roles.iter().map(|named| named.at).collect();
    let terms_at: Vec<_> = draft.terms.iter().map(|named| named.at).collect();
    let broken = faults.iter().any(|fault| fault.severity == Severity::Error);
    let parts = (!broken).then(|| Parts {
        rules,
        workflows,
        plugins,
        terms,
        ..draft.finish(entities, dependents, roles, forms, pages, seeds)
    });
    let app = parts.map(App::new);

    // Needs the whole app: what each role's rights amount to.
    if let Some(app) = &app {
        stage::reach::results(&roles_at, app, &mut faults);
        stage::reach::taken(&roles_at, app, &mut faults);
        stage::reach::numbers(&terms_at, app, &mut faults);
        stage::reach::meanings(&terms_at, app, &mut faults);
    }
    (app, faults)
}

/// The files of the same apps as diagnostics name them, to show the diagnostics of [`resolve`].
pub fn sources(apps: &[Source]) -> Sources<'_> {
    let mut sources = Sources::default();
    for (index, app) in apps.iter().enumerate() {
        sources.add(&stage::installed::prefix(apps, index), &app.files);
    }
    sources
}

#[cfg(test)]
mod tests;
