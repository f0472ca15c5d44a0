//! Properties of other kinds of pages are refused.

use definition::kind::page::{Page, PageKind as K};
use model::{Diagnostic, Location};

/// Checks that each property written applies to the page's kind.
pub(super) fn check(page: &Page, at: &Location, faults: &mut Vec<Diagnostic>) {
    let kind = page.kind;
    let records = matches!(kind, K::List | K::Board | K::Tree);
    let properties = [
        (page.renamed_from.is_some(), kind == K::List, "renamed_from"),
        (page.entity.is_some(), !matches!(kind, K::Home | K::Dashboard), "entity"),
        (page.filter.is_some(), records, "filter"),
        (!page.sort.is_empty(), records, "sort"),
        (!page.columns.is_empty(), matches!(kind, K::List | K::Tree), "columns"),
        (!page.filters.is_empty(), matches!(kind, K::List | K::Board | K::Dashboard), "filters"),
        (!page.views.is_empty(), kind == K::List, "views"),
        (page.rows.is_some(), kind == K::List, "rows"),
        (page.lanes.is_some(), kind == K::Board, "lanes"),
        (!page.card.is_empty(), kind == K::Board, "card"),
        (page.parent.is_some(), kind == K::Tree, "parent"),
        (page.form.is_some(), !matches!(kind, K::Home | K::Dashboard), "form"),
        (!page.facts.is_empty(), kind == K::Detail, "facts"),
        (!page.tabs.is_empty(), kind == K::Detail, "tabs"),
        (!page.blocks.is_empty(), kind == K::Home, "blocks"),
        (!page.parts.is_empty(), kind == K::Home, "parts"),
        (page.about.is_some(), matches!(kind, K::Home | K::Dashboard), "about"),
        (!page.needs.is_empty(), matches!(kind, K::Home | K::Dashboard), "needs"),
        (page.unit.is_some(), kind == K::Dashboard, "unit"),
        (page.grain.is_some(), kind == K::Dashboard, "grain"),
        (page.periods.is_some(), kind == K::Dashboard, "periods"),
        (!page.tiles.is_empty(), kind == K::Dashboard, "tiles"),
    ];
    let word = match kind {
        K::List => "list",
        K::Board => "board",
        K::Tree => "tree",
        K::Detail => "detail",
        K::Home => "home",
        K::Dashboard => "dashboard",
    };
    for (_, _, property) in properties.into_iter().filter(|(written, applies, _)| *written && !*applies) {
        let message = format!("`{property}` does nothing on a page of kind `{word}`");
        faults.push(Diagnostic::error("page.does-not-apply", at.child(property), message).help("leave it out"));
    }
    if kind == K::Home && page.blocks.is_empty() {
        faults.push(Diagnostic::error("page.empty", at.child("kind"), "a home page without `blocks` shows nothing"));
    }
    if kind == K::Dashboard && page.tiles.is_empty() {
        faults.push(Diagnostic::error("page.empty", at.child("kind"), "a dashboard without `tiles` shows nothing"));
    }
    if kind == K::Detail && page.tabs.is_empty() {
        faults.push(Diagnostic::error("page.empty", at.child("kind"), "a detail page without `tabs` shows nothing"));
    }
}
