//! A number of a home page: the newest value of a term, of which the dictionary says everything, or a measure over records.

use app::{Among, BlockKind, By, TermBlock, Whose};
use definition::kind::page;
use formula::Predicate;
use metrics::Term;
use model::{Diagnostic, EntityId, Location};

use super::{dashboard, measure, terms};
use crate::draft::Draft;

/// Compiles it, with the entity it is measured over where the page says so. `of` is whom the page is about, or the reader.
pub(super) fn resolve(
    draft: &Draft<'_>,
    terms: &[Term],
    of: Option<EntityId>,
    written: &page::ValueBlock,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<(BlockKind, Option<EntityId>)> {
    inert(written, at, faults);
    if let Some(name) = &written.term {
        let made = term(draft, terms, of, (written, name.as_str()), at, faults)?;
        return Some((BlockKind::Term(made), None));
    }
    let (Some(entity), Some(measured)) = (&written.entity, &written.measure) else {
        let message = "a number is the value of a `term`, or a `measure` over an `entity`, and this says neither";
        let fault = Diagnostic::error("page.missing-property", at.clone(), message);
        faults.push(fault.help("name a term of the dictionary"));
        return None;
    };
    let entity = draft.entity(entity, &at.child("entity"), faults)?;
    let filter = match &written.filter {
        Some(source) => draft.filter(source, entity, &at.child("filter"), faults)?.1,
        None => Predicate::always(),
    };
    let measure = measure::resolve(draft, entity, measured, &at.child("measure"), faults)?;
    if written.anonymous {
        measure::anonymous(draft, entity, &measure, &[], (&filter, at.child("filter")), at, faults);
    }
    Some((BlockKind::Value { entity, filter, measure, anonymous: written.anonymous }, Some(entity)))
}

/// The value of a term: of everything the reader may see, or of whom the page is about.
fn term(
    draft: &Draft<'_>,
    all: &[Term],
    of: Option<EntityId>,
    (written, name): (&page::ValueBlock, &str),
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<TermBlock> {
    let at_term = at.child("term");
    let term = terms::named(draft, all, name, &at_term, faults)?;
    let grain = written.grain.map(dashboard::grain);
    if let Some(grain) = grain {
        terms::tells(all, term, (grain, "block"), &at_term, faults);
    }
    if written.own {
        let Some(of) = of else {
            let message = "`own` is the value of the reader, and no entity stands for people";
            faults.push(Diagnostic::error("page.nobody-to-count-for", at.child("own"), message).help("leave it out"));
            return None;
        };
        terms::is_about(draft, all, term, (of, "whom this block is about"), &at_term, faults);
    }
    let among = match written.among {
        Some(said) => Some(among(draft, term, said, &at.child("among"), faults)?),
        None => None,
    };
    if let (true, Some(_)) = (written.own, &among) {
        let message = "`among` does nothing here: `own` is the value of one already";
        faults.push(Diagnostic::error("page.block-content", at.child("among"), message).help("leave one of them out"));
    }
    let by = match &written.by {
        Some(text) => {
            let path = terms::by(draft, all, (text, &[term.id]), &at.child("by"), faults)?;
            Some(By { written: text.clone(), path })
        }
        None => None,
    };
    let top = written.top.unwrap_or(dashboard::TOP);
    if !(1..=dashboard::MOST_GROUPS).contains(&top) {
        let message = format!("a block shows 1 to {} groups, not {top}", dashboard::MOST_GROUPS);
        faults.push(Diagnostic::error("page.out-of-range", at.child("top"), message));
    }
    Some(TermBlock { term: term.id, grain, own: written.own, among, by, top })
}

/// The rows of a term whose subject stands so to the reader.
fn among(
    draft: &Draft<'_>,
    term: &Term,
    said: page::Among,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Among> {
    let Some((base, (subject, _))) = term.base().and_then(|base| Some((base, base.subject.as_ref()?))) else {
        let message = format!("the rows of `{}` are about nobody, so nobody of them stands to the reader", term.name);
        let help = "show a term with a `subject`, measured from rows, or leave it out";
        faults.push(Diagnostic::error("page.nobody-to-count-for", at.clone(), message).help(help));
        return None;
    };
    let names = subject.hops.iter().chain([&subject.field]).filter_map(|id| draft.field_by_id(*id));
    let who = names.map(|field| field.name.as_str()).collect::<Vec<_>>().join(".");
    let (whose, condition) = match said {
        page::Among::MyReports => (Whose::MyReports, format!("REPORTS_TO_ME({who}, 1)")),
        page::Among::MyUnits => (Whose::MyUnits, format!("UNDER_UNIT_I_HEAD({who})")),
        page::Among::PartneredUnits => (Whose::PartneredUnits, format!("UNDER_UNIT_I_PARTNER({who})")),
    };
    let (_, rows) = draft.filter(&condition, base.over, at, faults)?;
    Some(Among { whose, entity: base.over, rows })
}

/// Properties that say what a term says already, and those that only a term has.
fn inert(written: &page::ValueBlock, at: &Location, faults: &mut Vec<Diagnostic>) {
    let measured = [
        (written.entity.is_some(), "entity"),
        (written.filter.is_some(), "filter"),
        (written.measure.is_some(), "measure"),
        (written.anonymous, "anonymous"),
    ];
    let of_terms = [
        (written.grain.is_some(), "grain"),
        (written.own, "own"),
        (written.among.is_some(), "among"),
        (written.by.is_some(), "by"),
        (written.top.is_some(), "top"),
    ];
    let (refused, why, help) = match &written.term {
        Some(_) => (measured.as_slice(), "the term says what is measured", "leave it out, or leave `term` out"),
        None => (of_terms.as_slice(), "only the value of a `term` has it", "leave it out, or name a `term`"),
    };
    for (_, property) in refused.iter().filter(|(said, _)| *said) {
        let message = format!("`{property}` does nothing here: {why}");
        faults.push(Diagnostic::error("page.block-content", at.child(*property), message).help(help));
    }
    if written.term.is_some() && written.top.is_some() && written.by.is_none() {
        let message = "`top` does nothing here: there are no groups without `by`";
        faults.push(Diagnostic::error("page.block-content", at.child("top"), message).help("leave it out"));
    }
}
