//! Blocks of a home page.

use app::{Block, BlockKind};
use definition::kind::page;
use formula::Predicate;
use model::{Diagnostic, EntityId, Location};

use super::{measure, tabs, view};
use crate::{draft::Draft, text::text};

/// Rows of a list that says none.
const ROWS: u32 = 5;

/// Compiles the blocks of a home page.
pub(super) fn resolve(
    draft: &Draft<'_>,
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
        let Some((kind, entity)) = kind(draft, written, &at, faults) else { continue };
        let add = written.add.as_ref().and_then(|form| any_form(draft, form, entity, &at.child("add"), faults));
        found.push(Block { name: name.clone(), label: text(&written.label), roles, span, more, add, kind });
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
            Some((BlockKind::List { view: view::resolve(draft, entity, &asked, &at, faults), rows }, entity))
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
        (None, None, Some(of)) => {
            let counters = tabs::counters(draft, draft.organisation.person, of, &at.child("counters"), faults)?;
            Some((BlockKind::Counters(counters.clone()), counters.entity))
        }
        _ => {
            let message = "a block shows exactly one of `list`, `value` and `counters`";
            faults.push(Diagnostic::error("page.block-content", at.clone(), message));
            None
        }
    }
}
