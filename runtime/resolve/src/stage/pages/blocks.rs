//! Blocks of a home page.

use app::{Block, BlockKind, Home};
use definition::kind::page;
use metrics::Term;
use model::{Diagnostic, EntityId, Location, Text, diagnostic::nearest};

use super::{number, tabs, terms, view};
use crate::{draft::Draft, text::text};

/// Rows of a list that says none.
const ROWS: u32 = 5;

/// Compiles a home page.
pub(super) fn resolve(
    draft: &Draft<'_>,
    terms: &[Term],
    words: &page::Page,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Home {
    let about = words.about.as_ref().and_then(|name| draft.entity(name, &at.child("about"), faults));
    let needs = super::needs(draft, about, words, at, faults);
    // Where nothing else is said, what belongs to somebody belongs to the reader.
    let of = if words.about.is_some() { about } else { draft.organisation.person };
    let blocks = blocks(draft, terms, of, words, at, faults);
    let says = |block: &page::Block| {
        let counts = block.counters.as_ref().and_then(|counters| counters.by.as_ref());
        let own = block.value.as_ref().is_some_and(|value| value.own);
        own || counts.or(block.list.as_ref().and_then(|list| list.by.as_ref())).is_some()
    };
    if about.is_some() && !words.blocks.values().any(says) {
        let message = "no block of this page is about its record, so that it shows nothing of it";
        let fault = Diagnostic::error("page.about-nothing", at.child("about"), message);
        let help = "give a list or counters the reference to it, as `by`, say `own` of a term, or leave `about` out";
        faults.push(fault.help(help));
    }
    for name in words.parts.keys() {
        if !words.blocks.values().any(|block| block.part.as_ref() == Some(name)) {
            let message = format!("no block stands in the part `{name}`");
            faults.push(Diagnostic::error("page.empty-part", at.child("parts").child(name), message));
        }
    }
    let parts = words.parts.iter().map(|(name, part)| (name.clone(), text(&part.label)));
    Home { about, needs, parts: parts.collect(), blocks }
}

fn blocks(
    draft: &Draft<'_>,
    terms: &[Term],
    of: Option<EntityId>,
    words: &page::Page,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Block> {
    let mut found = Vec::new();
    for (name, written) in &words.blocks {
        let at = at.child("blocks").child(name);
        let span = written.span.unwrap_or(1);
        if !(1..=3).contains(&span) {
            let message = format!("a block takes 1 to 3 columns, not {span}");
            faults.push(Diagnostic::error("page.out-of-range", at.child("span"), message));
        }
        let roles = super::roles(draft, &written.roles, &at.child("roles"), faults);
        let more = written.more.as_ref().and_then(|page| draft.page(page, &at.child("more"), faults));
        if let Some(part) = written.part.as_ref().filter(|part| !words.parts.contains_key(*part)) {
            let message = format!("this page has no part `{part}`");
            let help = nearest(part, words.parts.keys().map(String::as_str));
            faults.push(Diagnostic::error("page.unknown-part", at.child("part"), message).maybe_help(help));
        }
        let Some((kind, entity)) = kind(draft, terms, of, written, &at, faults) else { continue };
        let add = written.add.as_ref().and_then(|form| added(draft, form, entity, &at.child("add"), faults));
        let (name, part) = (name.clone(), written.part.clone());
        let label = heading(terms, written, &kind, &at, faults);
        found.push(Block { name, label, roles, part, span, more, add, kind });
    }
    found
}

/// The form a record is added with: of the block's entity, which a term has not.
fn added(
    draft: &Draft<'_>,
    name: &str,
    entity: Option<EntityId>,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<model::FormId> {
    let Some(entity) = entity else {
        let message = "`add` does nothing here: nobody enters the value of a term";
        faults.push(Diagnostic::error("page.block-content", at.clone(), message).help("leave it out"));
        return None;
    };
    draft.form(name, entity, at, faults)
}

/// What a block is called: as it says, or as its term is called.
fn heading(
    terms: &[Term],
    written: &page::Block,
    kind: &BlockKind,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Text {
    match (&written.label, kind) {
        (Some(label), _) => text(label),
        (None, BlockKind::Term(made)) => {
            terms::known(terms, made.term).map(|term| term.label.clone()).unwrap_or_default()
        }
        (None, _) => {
            let message = "this block needs a `label`: what it is called";
            faults.push(Diagnostic::error("page.missing-property", at.clone(), message));
            Text::default()
        }
    }
}

fn kind(
    draft: &Draft<'_>,
    terms: &[Term],
    of: Option<EntityId>,
    written: &page::Block,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<(BlockKind, Option<EntityId>)> {
    match (&written.list, &written.value, &written.counters) {
        (Some(list), None, None) => {
            let at = at.child("list");
            let entity = draft.entity(&list.entity, &at.child("entity"), faults)?;
            let asked = view::Written {
                filter: list.filter.as_ref(),
                sort: &list.sort,
                columns: &list.columns,
                columns_key: "columns",
            };
            let rows = list.rows.unwrap_or(ROWS);
            if !(1..=50).contains(&rows) {
                let message = format!("a block shows 1 to 50 rows, not {rows}");
                faults.push(Diagnostic::error("page.out-of-range", at.child("rows"), message));
            }
            let by = match &list.by {
                Some(name) => Some(tabs::belongs(draft, entity, of, name, &at.child("by"), faults)?),
                None => None,
            };
            Some((BlockKind::List { view: view::resolve(draft, entity, &asked, &at, faults), by, rows }, Some(entity)))
        }
        (None, Some(value), None) => number::resolve(draft, terms, of, value, &at.child("value"), faults),
        (None, None, Some(counted)) => {
            let counters = tabs::counters(draft, of, counted, &at.child("counters"), faults)?;
            let entity = counters.entity;
            Some((BlockKind::Counters(counters), Some(entity)))
        }
        _ => {
            let message = "a block shows exactly one of `list`, `value` and `counters`";
            faults.push(Diagnostic::error("page.block-content", at.clone(), message));
            None
        }
    }
}
