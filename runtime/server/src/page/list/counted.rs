//! A list opened as a block of a home page counts: with the rows of the block's number, in the columns and the order of the list.
//! The address names the block, and what it counts stays the app's to say.

use std::borrow::Cow;

use app::{Among, Block, BlockKind, ListView, Page, PageKind};
use formula::{Path, Predicate};
use model::TermId;

use super::super::{
    Visit,
    filter::{self, Chip, Filters},
    params::Params,
    rights,
};

/// How the address names the block: as the name of its page and its own.
pub(crate) const BLOCK: &str = "of-block";

/// What the address calls a block.
pub(in crate::page) fn named(home: &Page, block: &Block) -> String {
    format!("{}.{}", home.name, block.name)
}

/// The address of the page that a block of a home page leads on to: of a list, with the rows that the block counts.
pub(in crate::page) fn address(visit: &Visit, home: &Page, block: &Block, more: &Page) -> String {
    let path = format!("/p/{}", more.name);
    let PageKind::List { view, .. } = &more.kind else { return path };
    match counts(visit, block, more) {
        // A list of those very rows needs no block to say so.
        Some(filter) if *filter != view.filter => Params::default().with(BLOCK, named(home, block)).on(&path),
        _ => path,
    }
}

/// The view of a list page that the address asks for: a ready-made one, or the list's own. As a block counts it, what the block
/// counts stands in the place of the list's own filter, and beside that of a ready-made view. `None` of another kind of page.
pub(crate) fn view<'p>(visit: &Visit, page: &'p Page) -> Option<Cow<'p, ListView>> {
    let PageKind::List { view, views, .. } = &page.kind else { return None };
    let ready = visit.query.get("view").and_then(|name| views.iter().find(|view| view.name == name));
    let ready = ready.map(|ready| &ready.view);
    Some(match (counting(visit, page), ready) {
        (None, ready) => Cow::Borrowed(ready.unwrap_or(view)),
        (Some((_, filter)), None) => Cow::Owned(ListView { filter: filter.clone(), ..view.clone() }),
        (Some((_, filter)), Some(ready)) => {
            Cow::Owned(ListView { filter: ready.filter.clone().and(filter.clone()), ..ready.clone() })
        }
    })
}

/// Says which block the list is opened as, with the way back to all of it.
pub(crate) fn say(visit: &Visit, page: &Page, filters: &mut Filters, path: &str) {
    let Some((block, _)) = counting(visit, page) else { return };
    let label = visit.fill("as-block-counts", &[("what", block.label.get(visit.locale()))]);
    let href = filter::settled(&visit.query).without(&[BLOCK]).on(path);
    filters.chips.insert(0, Chip { label, href });
    filters.names.push(BLOCK.to_owned());
}

/// Whether the list is opened as a block counts it.
pub(super) fn is_counted(visit: &Visit, page: &Page) -> bool {
    counting(visit, page).is_some()
}

/// The rows of a term that a block of a home page is about, with the name of the block: one that this reader has, whose number is
/// of fewer rows than the term's.
pub(in crate::page) fn among(visit: &Visit, term: TermId) -> Option<(&Block, &Among)> {
    let block = block(visit)?;
    let BlockKind::Term(made) = &block.kind else { return None };
    let among = made.among.as_ref().filter(|_| made.term == term)?;
    let known = among.rows.paths().iter().all(|path| rights::readable(&visit.actor, path));
    known.then_some((block, among))
}

/// The block that the address names, with what it counts: one that leads on to this list.
fn counting<'v>(visit: &'v Visit, listed: &Page) -> Option<(&'v Block, &'v Predicate)> {
    let block = block(visit).filter(|block| block.more == Some(listed.id))?;
    Some((block, counts(visit, block, listed)?))
}

/// The block that the address names, if this reader has it.
fn block(visit: &Visit) -> Option<&Block> {
    let (page, name) = visit.query.get(BLOCK)?.split_once('.')?;
    let home = visit.app().page_named(page).filter(|page| rights::opens(&visit.actor, page))?;
    let PageKind::Home(made) = &home.kind else { return None };
    made.blocks.iter().find(|block| block.name == name && visit.actor.holds_any(&block.roles))
}

/// What a block counts of the records of a list. Whoever may not read what it goes by is told the number and not which records are
/// in it, and so is everybody of numbers without names.
fn counts<'b>(visit: &Visit, block: &'b Block, listed: &Page) -> Option<&'b Predicate> {
    let BlockKind::Value { entity, filter, anonymous: false, .. } = &block.kind else { return None };
    let own = visit.app().entity(*entity).map(|entity| entity.system.id);
    let readable =
        |path: &&Path| (path.hops.is_empty() && Some(path.field) == own) || rights::readable(&visit.actor, path);
    let known = filter.paths().iter().all(readable);
    (known && rights::entity_of(listed) == Some(*entity)).then_some(filter)
}
