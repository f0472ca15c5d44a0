//! What becomes of numbers when years begin in another month: their quarters, halves and years are made of other months, or
//! keep their months and are called otherwise.

use std::collections::BTreeSet;

use metrics::{Term, TimeKind};
use model::{FieldId, Grain, YearStart};

use crate::{App, BlockKind, FieldKind, PageKind};

/// The lengths of period that begin with the year, each with its months.
const LONG: [(Grain, i8); 3] = [(Grain::Quarter, 3), (Grain::Half, 6), (Grain::Year, 12)];

/// Years that begin in another month than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YearsMoved {
    /// The month before.
    pub from: YearStart,
    /// The month from now on.
    pub to: YearStart,
    /// The lengths of period that are made of other months. The rest keep their months and are called otherwise.
    pub cut: Vec<Grain>,
    /// The terms that are measured by such periods, by name, each with the lengths.
    pub terms: Vec<(String, Vec<Grain>)>,
    /// How many other terms can be asked by such periods.
    pub others: usize,
    /// The pages that show such periods, by name.
    pub pages: Vec<String>,
    /// The rules that watch such periods, by name.
    pub rules: Vec<String>,
    /// The fields, of the app before, in which records name such a period.
    pub fields: Vec<(FieldId, Grain)>,
}

/// What a publish does to numbers by letting years begin in another month; `None` where it does not.
pub fn years_moved(before: &App, after: &App) -> Option<YearsMoved> {
    let (from, to) = (before.year_start(), after.year_start());
    if from == to {
        return None;
    }
    let cut = LONG.iter().filter(|(_, months)| (to.month() - from.month()) % months != 0);
    let stays = |term: &&Term| term.in_use() && after.term_named(term.name.as_str()).is_some_and(Term::in_use);
    let (mut terms, mut others) = (Vec::new(), 0);
    for term in before.terms().iter().filter(stays) {
        let lengths = lengths(before, term);
        if !lengths.is_empty() {
            terms.push((term.name.to_string(), lengths));
        } else if is_told(before, term) {
            others += 1;
        }
    }
    let pages = before.pages().iter().filter(|page| match &page.kind {
        PageKind::Dashboard(board) => {
            let mut grains = board.tiles.iter().map(|tile| tile.grain.unwrap_or(board.grain));
            is_long(board.grain) || grains.any(is_long)
        }
        PageKind::Home(home) => home.blocks.iter().any(|block| match &block.kind {
            BlockKind::Term(made) => {
                let usual = || before.term(made.term).map(|term| before.usual_grain(term));
                made.grain.or_else(usual).is_some_and(is_long)
            }
            _ => false,
        }),
        _ => false,
    });
    let rules =
        before.rules().iter().filter(|rule| rule.watch.as_ref().is_some_and(|watching| is_long(watching.grain)));
    let fields = before.all_fields().iter().filter_map(|field| match &field.kind {
        FieldKind::Period { grain } => Some((field.id, Grain::from(*grain))).filter(|(_, grain)| is_long(*grain)),
        _ => None,
    });
    Some(YearsMoved {
        from,
        to,
        cut: cut.map(|(grain, _)| *grain).collect(),
        terms,
        others,
        pages: pages.map(|page| page.name.to_string()).collect(),
        rules: rules.map(|rule| rule.name.to_string()).collect(),
        fields: fields.collect(),
    })
}

fn is_long(grain: Grain) -> bool {
    LONG.iter().any(|(long, _)| *long == grain)
}

/// The lengths, of those that begin with the year, by which a term is measured: it is asked by them, its rows are told apart by
/// them, or it goes through them.
fn lengths(app: &App, term: &Term) -> Vec<Grain> {
    let mut found = BTreeSet::from([app.usual_grain(term)]);
    for (_, base) in app.bases(term.id) {
        found.extend(base.since());
        if let TimeKind::Period(own) = base.kind {
            found.insert(own);
        }
    }
    found.into_iter().filter(|grain| is_long(*grain)).collect()
}

/// Whether a term has values for periods that begin with the year.
fn is_told(app: &App, term: &Term) -> bool {
    let bases = app.bases(term.id);
    LONG.iter().any(|(grain, _)| bases.iter().all(|(_, base)| base.step(*grain).is_some()))
}
