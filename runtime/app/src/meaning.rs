//! What the number of a term means, as people approve it: how it is measured, and by what it is judged. Names, decimal places, checks
//! and possible drivers are about the number and not part of it.

use std::collections::{BTreeMap, BTreeSet};

use metrics::{Measure, Term};

use crate::{App, lineage::Node};

/// The parts of a term that now mean something else, in the words of its document; `fields` for computed fields it is measured
/// from.
pub fn meant_otherwise(before: &App, was: &Term, after: &App, is: &Term) -> Vec<&'static str> {
    let target = |term: &Term| term.target.as_ref().map(|target| plain(target.source()));
    let peers = |app: &App, term: &Term| term.peers.as_ref().map(|path| app.path_text(path));
    let scope = |term: &Term| term.scope.iter().cloned().collect::<BTreeSet<_>>();
    let parts = [
        ("measure", own_measure(before, was) != own_measure(after, is)),
        ("fields", computed(before, was) != computed(after, is)),
        ("definition", was.definition != is.definition),
        ("unit", was.unit != is.unit),
        ("direction", was.direction != is.direction),
        ("target", target(was) != target(is)),
        ("scale", was.scale != is.scale),
        ("peers", peers(before, was) != peers(after, is)),
        ("scope", scope(was) != scope(is)),
    ];
    parts.into_iter().filter(|(_, other)| *other).map(|(part, _)| part).collect()
}

/// How a term itself is measured: of one made from others, not how those are.
fn own_measure(app: &App, term: &Term) -> String {
    match &term.measure {
        Measure::Base(_) => app.fingerprint(term),
        Measure::Derived(derived) => plain(derived.source()),
    }
}

/// The computed fields a term is measured from, over any number of steps, each with what it says.
fn computed(app: &App, term: &Term) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    if term.base().is_none() {
        return found;
    }
    let (mut open, mut seen) = (vec![Node::Term(term.id)], BTreeSet::new());
    while let Some(node) = open.pop() {
        if let Node::Field(id) = node
            && let Some(said) = app.field(id).and_then(crate::Field::computation)
        {
            found.insert(app.node_name(node), plain(said));
        }
        open.extend(app.sources(node).into_iter().filter(|source| seen.insert(*source)));
    }
    found
}

/// Without the space that means nothing.
pub(crate) fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
