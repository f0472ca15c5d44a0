//! What hangs on terms that are at fault: terms made from them, tiles and blocks that show them, rules that watch them. Nothing
//! is wrong with these by themselves, so that no other stage tells them, and all of them go with the term.

use std::collections::BTreeSet;

use metrics::Term;
use model::{Diagnostic, Location, Severity, TermId};

use crate::draft::Draft;

/// Tells everything that hangs on a term at fault, over any number of terms.
pub(crate) fn check(draft: &Draft<'_>, terms: &[Term], faults: &mut Vec<Diagnostic>) {
    let wrong =
        |file: &str| faults.iter().any(|fault| fault.severity == Severity::Error && fault.location.file == file);
    let ids = (0..).map(TermId).zip(&draft.terms);
    let mut broken: BTreeSet<TermId> = ids.filter(|(_, named)| wrong(&named.at.file)).map(|(id, _)| id).collect();
    let mut hanging = Vec::new();
    loop {
        let made = |term: &Term| term.measure.terms().iter().copied().find(|id| broken.contains(id));
        let mut whole = terms.iter().filter(|term| !broken.contains(&term.id));
        let Some((id, from)) = whole.find_map(|term| Some((term.id, made(term)?))) else { break };
        if let (Some(named), Some(from)) = (draft.terms.get(id.index()), draft.terms.get(from.index())) {
            let at = named.at.child("measure").child("derived");
            hanging.push(told(at, format!("`{}` is made from `{}`, which is at fault", named.name, from.name)));
        }
        broken.insert(id);
    }
    let named = broken.iter().filter_map(|id| draft.terms.get(id.index()));
    let names: BTreeSet<&str> = named.map(|named| named.name.as_str()).collect();
    for page in &draft.pages {
        for (tile, words) in &page.words.tiles {
            let at = page.at.child("tiles").child(tile);
            let beside = words.with.iter().enumerate().map(|(index, name)| (name, at.child("with").child(index)));
            for (name, at) in std::iter::once((&words.term, at.child("term"))).chain(beside) {
                if names.contains(name.as_str()) {
                    hanging.push(told(at, format!("tile `{tile}` shows `{name}`, which is at fault")));
                }
            }
        }
        for (block, words) in &page.words.blocks {
            let shown = words.value.as_ref().and_then(|value| value.term.as_ref());
            if let Some(name) = shown.filter(|name| names.contains(name.as_str())) {
                let at = page.at.child("blocks").child(block).child("value").child("term");
                hanging.push(told(at, format!("block `{block}` shows `{name}`, which is at fault")));
            }
        }
    }
    for rule in &draft.rules {
        if let Some(watch) = rule.words.trigger.watch.as_ref().filter(|watch| names.contains(watch.term.as_str())) {
            let at = rule.at.child("trigger").child("watch").child("term");
            hanging.push(told(at, format!("rule `{}` watches `{}`, which is at fault", rule.name, watch.term)));
        }
    }
    faults.extend(hanging);
}

fn told(at: Location, message: String) -> Diagnostic {
    Diagnostic::error("term.at-fault", at, message).help("mend that term, or use another here")
}
