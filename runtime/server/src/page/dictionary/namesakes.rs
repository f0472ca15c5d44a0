//! Names that several terms share: which of them is meant where the reader works, and what the others are.

use engine::dictionary::Shared;
use model::TermId;
use serde::Serialize;

use super::separator;
use crate::page::Visit;

/// A term that is called as another is.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Namesake {
    /// What it is called.
    pub label: String,
    /// Where its meaning holds.
    pub scope: String,
    /// Its page.
    pub href: String,
    /// Said where it is what is meant in the reader's unit.
    pub meant: Option<&'static str>,
}

/// What is said of a term that is meant in the reader's unit by a name that others share; `None` of any other.
pub(in crate::page) fn meant(visit: &Visit, shared: &[Shared], term: TermId) -> Option<&'static str> {
    let first = |one: &Shared| one.meant && one.terms.first() == Some(&term);
    shared.iter().any(first).then(|| visit.say("term-yours"))
}

/// The terms that share a name with this one, those that are meant in the reader's unit first.
pub(in crate::page) fn namesakes(visit: &Visit, shared: &[Shared], term: TermId) -> Vec<Namesake> {
    let mut others: Vec<TermId> = Vec::new();
    for one in shared.iter().filter(|one| one.terms.contains(&term)) {
        let new: Vec<TermId> = one.terms.iter().copied().filter(|id| *id != term && !others.contains(id)).collect();
        others.extend(new);
    }
    let locale = visit.locale();
    let others = others.into_iter().filter_map(|id| visit.app().term(id)).map(|other| Namesake {
        label: other.label.get(locale).to_owned(),
        scope: match other.scope.is_empty() {
            true => visit.say("term-everywhere").to_owned(),
            false => other.scope.join(separator(locale)),
        },
        href: format!("/dictionary/{}", other.name),
        meant: meant(visit, shared, other.id),
    });
    let mut others: Vec<Namesake> = others.collect();
    others.sort_by_key(|other| other.meant.is_none());
    others
}
