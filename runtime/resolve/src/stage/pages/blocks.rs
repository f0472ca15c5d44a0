//! Blocks of a home page.

use app::{Block, BlockKind, Home};
use definition::kind::page;
use formula::Predicate;
use model::{Diagnostic, EntityId, Location, diagnostic::nearest};

use super::{measure, tabs, view};
use crate::{draft::Draft, text::text};

/// Rows of a list that says none.
const ROWS: u32 = 5;

/// Compiles a home page.
pub(super) fn resolve(draft: &Draft<'_>, words: &page::Page, at: &Location, faults: &mut Vec<Diagnostic>) -> Home {
    let about = words.about.as_ref().and_then(|name| draft.entity(name, &at.child("about"), faults));
    let needs = super::needs(draft, about, words, at, faults);
    // Where nothing else is said, what belongs to somebody belongs to the reader.
    let of = if words.about.is_some() { about } else { draft.organisation.person };
    let blocks = blocks(draft, of, words, at, faults);
    let says = |block: &page::Block| {
        let counts = block.counters.as_ref().and_then(|counters| counters.by.as_ref());
        counts.or(block.list.as_ref().and_then(|list| list.by.as_ref())).is_some()
    };
    if about.is_some() && !words.blocks.values().any(says) {
        let message = "no block of this page is about its record, so that it shows nothing of it";
        let fault = Diagnostic::error("page.about-nothing", at.child("about"), message);
        faults.push(fault.help("give a list or counters the reference to it, as `by`, or leave `about` out"));
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
        let Some((kind, entity)) = kind(draft, of, written, &at, faults) else { continue };
        let add = written.add.as_ref().and_then(|form| any_form(draft, form, entity, &at.child("add"), faults));
        let (name, part) = (name.clone(), written.part.clone());
        found.push(Block { name, label: text(&written.label), roles, part, span, more, add, kind });
    }
    found
}

/// The form a record is added with: of the block's entity.
fn any_form(
    draft: &Draft<'_>,
    name: &str,
    entity: EntityId,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<model::FormId> {
    draft.form(name, entity, at, faults)
}

fn kind(
    draft: &Draft<'_>,
    of: Option<EntityId>,
    written: &page::Block,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<(BlockKind, EntityId)> {
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
            Some((BlockKind::List { view: view::resolve(draft, entity, &asked, &at, faults), by, rows }, entity))
        }
        (None, Some(value), None) => {
            let at = at.child("value");
            let entity = draft.entity(&value.entity, &at.child("entity"), faults)?;
            let filter = match &value.filter {
                Some(source) => draft.filter(source, entity, &at.child("filter"), faults)?.1,
                None => Predicate::always(),
            };
            let measure = measure::resolve(draft, entity, &value.measure, &at.child("measure"), faults)?;
            if value.anonymous {
                measure::anonymous(draft, entity, &measure, &[], (&filter, at.child("filter")), &at, faults);
            }
            Some((BlockKind::Value { entity, filter, measure, anonymous: value.anonymous }, entity))
        }
        (None, None, Some(counted)) => {
            let counters = tabs::counters(draft, of, counted, &at.child("counters"), faults)?;
            Some((BlockKind::Counters(counters.clone()), counters.entity))
        }
        _ => {
            let message = "a block shows exactly one of `list`, `value` and `counters`";
            faults.push(Diagnostic::error("page.block-content", at.clone(), message));
            None
        }
    }
}
