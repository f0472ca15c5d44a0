//! One name, two meanings: terms in use that are called the same and measured otherwise, where both hold.

use std::collections::{BTreeMap, BTreeSet};

use model::{Locale, TermId};

use crate::Term;

/// Terms that people cannot tell apart by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conflict {
    /// The names they share, as they are compared.
    pub names: Vec<String>,
    /// The terms, at least two.
    pub terms: Vec<TermId>,
}

/// A name as it is compared: wide letters are plain ones, capitals small ones, and space means nothing.
pub fn folded(name: &str) -> String {
    let plain = |c: char| match u32::from(c) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    };
    let letters = name.chars().map(plain).filter(|c| !c.is_whitespace());
    letters.flat_map(char::to_lowercase).collect()
}

/// The conflicts among terms. `fingerprint` tells measures apart; `within` says whether one unit, by its key, is another or
/// below it.
pub fn conflicts(
    terms: &[Term],
    fingerprint: &dyn Fn(&Term) -> String,
    within: &dyn Fn(&str, &str) -> bool,
) -> Vec<Conflict> {
    let mut called: BTreeMap<String, BTreeSet<TermId>> = BTreeMap::new();
    for term in terms.iter().filter(|term| term.in_use()) {
        for name in Locale::ALL.into_iter().flat_map(|locale| term.names(locale)) {
            called.entry(folded(name)).or_default().insert(term.id);
        }
    }
    let mut found: BTreeMap<Vec<TermId>, Vec<String>> = BTreeMap::new();
    for (name, ids) in called.into_iter().filter(|(name, ids)| !name.is_empty() && ids.len() > 1) {
        let named: Vec<(&Term, String)> =
            ids.iter().filter_map(|id| terms.get(id.index())).map(|term| (term, fingerprint(term))).collect();
        let contradicts = |(one, measure): &(&Term, String)| {
            let against = |(other, of_other): &(&Term, String)| {
                one.id != other.id && measure != of_other && overlap(&one.scope, &other.scope, within)
            };
            named.iter().any(against)
        };
        let apart: Vec<TermId> = named.iter().filter(|one| contradicts(one)).map(|(term, _)| term.id).collect();
        if !apart.is_empty() {
            found.entry(apart).or_default().push(name);
        }
    }
    found.into_iter().map(|(terms, names)| Conflict { names, terms }).collect()
}

/// Whether two meanings hold in one unit together.
fn overlap(one: &[String], other: &[String], within: &dyn Fn(&str, &str) -> bool) -> bool {
    if one.is_empty() || other.is_empty() {
        return true;
    }
    one.iter().any(|a| other.iter().any(|b| within(a, b) || within(b, a)))
}

/// Which of several meanings holds for somebody in these units, the nearest first: the one whose scope is nearest, then one
/// that holds everywhere.
pub fn nearest<'t>(terms: &[&'t Term], units: &[String]) -> Option<&'t Term> {
    let distance = |term: &Term| {
        if term.scope.is_empty() {
            return Some(units.len());
        }
        units.iter().position(|unit| term.scope.contains(unit))
    };
    let holding = terms.iter().filter_map(|term| Some((distance(term)?, *term)));
    holding.min_by_key(|(distance, term)| (*distance, term.id)).map(|(_, term)| term)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_by_what_people_see() {
        assert_eq!(folded("客户 满意度"), folded("客户\u{3000}满意度"));
        assert_eq!(folded("ＮＰＳ（净推荐）"), folded("nps(净推荐)"));
        assert_ne!(folded("NPS"), folded("NP5"));
    }
}
