//! Pages: what each kind shows, and that nothing is said which its kind does not show.

mod applies;
mod blocks;
mod boxes;
mod dashboard;
pub(crate) mod measure;
mod number;
mod tabs;
mod terms;
mod view;

use app::{FieldKind, Icon, Menu, Page, PageKind, SavedView};
use definition::kind::page;
use indexmap::IndexMap;
use metrics::Term;
use model::{Diagnostic, EntityId, FieldId, FormId, Location, Name, PageId, RoleId, Type, diagnostic::nearest};

use crate::{
    draft::{Draft, Named},
    text::{optional, text},
};

/// Rows of a list that says none.
const ROWS: u32 = 20;

/// Compiles every page and finds the one after sign-in.
pub(crate) fn resolve(draft: &Draft<'_>, terms: &[Term], faults: &mut Vec<Diagnostic>) -> Vec<Page> {
    (0..).map(PageId).zip(&draft.pages).filter_map(|(id, named)| one(draft, terms, id, named, faults)).collect()
}

/// The page after sign-in: of the app that was asked for, else of one it uses.
pub(crate) fn home(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) -> Option<PageId> {
    let mut found = None;
    for app in draft.installed.iter().rev().filter_map(|app| app.words.app.as_ref()) {
        let Some(name) = &app.words.home else { continue };
        let at = app.at.child("home");
        let Some(page) = draft.page(name, &at, faults) else { continue };
        let kind = draft.pages.get(page.index()).map(|page| page.words.kind);
        if kind == Some(page::PageKind::Detail) {
            let message = format!("`{name}` shows one record, and after sign-in there is none");
            faults.push(Diagnostic::error("app.bad-home", at, message).help("name a page of another kind"));
        } else {
            found = found.or(Some(page));
        }
    }
    found
}

fn one(
    draft: &Draft<'_>,
    terms: &[Term],
    id: PageId,
    named: &Named<'_, page::Page>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Page> {
    let (words, at) = (named.words, named.at);
    applies::check(words, at, faults);
    part_names(words, at, faults);
    let roles = roles(draft, &words.roles, &at.child("roles"), faults);
    let menu = words.menu.as_ref().map(|written| menu(draft, written, &at.child("menu"), faults));
    if words.kind == page::PageKind::Detail && words.menu.is_some() {
        let message = "a page of one record cannot stand in the menu: nothing says which record";
        faults.push(Diagnostic::error("page.does-not-apply", at.child("menu"), message).help("leave it out"));
    }
    let kind = match words.kind {
        page::PageKind::Home => Some(PageKind::Home(blocks::resolve(draft, terms, words, at, faults))),
        page::PageKind::Dashboard => Some(PageKind::Dashboard(dashboard::resolve(draft, terms, words, at, faults))),
        _ => match &words.entity {
            Some(name) => {
                let entity = draft.entity(name, &at.child("entity"), faults)?;
                of_entity(draft, entity, words, at, faults)
            }
            None => {
                let message = "this page needs an `entity`: whose records it shows";
                faults.push(Diagnostic::error("page.missing-property", at.child("kind"), message));
                None
            }
        },
    };
    Some(Page {
        id,
        name: named.name.clone(),
        app: named.app.clone(),
        label: text(&words.label),
        help: optional(words.help.as_ref()),
        renamed_from: words.renamed_from.clone(),
        menu,
        roles,
        kind: kind?,
    })
}

fn of_entity(
    draft: &Draft<'_>,
    entity: EntityId,
    words: &page::Page,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<PageKind> {
    let form = match &words.form {
        Some(name) => draft.form(name, entity, &at.child("form"), faults),
        None => standard_form(draft, entity),
    };
    let written = view::Written {
        filter: words.filter.as_ref(),
        sort: &words.sort,
        columns: if words.kind == page::PageKind::Board { &words.card } else { &words.columns },
        columns_key: if words.kind == page::PageKind::Board { "card" } else { "columns" },
    };
    let view = view::resolve(draft, entity, &written, at, faults);
    let filters = filters(draft, entity, &words.filters, &at.child("filters"), faults);
    Some(match words.kind {
        page::PageKind::List => {
            let rows = words.rows.unwrap_or(ROWS);
            if !(1..=200).contains(&rows) {
                let message = format!("a list shows 1 to 200 rows per page, not {rows}");
                faults.push(Diagnostic::error("page.out-of-range", at.child("rows"), message));
            }
            let views = views(draft, entity, words, &view, &at.child("views"), faults);
            PageKind::List { view, views, filters, rows, form }
        }
        page::PageKind::Board => {
            let Some(name) = &words.lanes else {
                let message = "a board needs `lanes`: the choice field whose values are the lanes";
                faults.push(Diagnostic::error("page.missing-property", at.child("kind"), message));
                return None;
            };
            let at = at.child("lanes");
            let field = draft.own_field(entity, name, &at, faults)?;
            if !matches!(field.kind, FieldKind::Choice(_)) && !draft.broken_fields.contains(&field.id) {
                let message = format!("the lanes of a board are the values of a choice, and `{name}` is not one");
                faults.push(Diagnostic::error("page.bad-lanes", at, message));
            }
            PageKind::Board { view, lanes: field.id, filters, form }
        }
        page::PageKind::Tree => {
            let Some(name) = &words.parent else {
                let message = "a tree needs `parent`: the reference to the record above";
                faults.push(Diagnostic::error("page.missing-property", at.child("kind"), message));
                return None;
            };
            let at = at.child("parent");
            let field = draft.own_field(entity, name, &at, faults)?;
            let fits = matches!(field.kind, FieldKind::Reference { to, .. } if to == entity);
            if !fits && !draft.broken_fields.contains(&field.id) {
                let message = format!("`{name}` is not a reference to another record of the same entity");
                faults.push(Diagnostic::error("page.bad-parent", at, message));
            }
            PageKind::Tree { view, parent: field.id, form }
        }
        page::PageKind::Detail => {
            let facts = words.facts.iter().enumerate();
            let at_facts = at.child("facts");
            let facts = facts
                .filter_map(|(index, name)| draft.shown_path(entity, name, &at_facts.child(index), faults))
                .collect();
            let tabs = tabs::resolve(draft, entity, words, at, faults);
            PageKind::Detail { entity, facts, tabs, form }
        }
        page::PageKind::Home | page::PageKind::Dashboard => return None,
    })
}

/// Views, tabs, tiles, parts and blocks have their names in addresses.
fn part_names(words: &page::Page, at: &Location, faults: &mut Vec<Diagnostic>) {
    let parts = words.views.keys().map(|name| ("views", name));
    let parts = parts.chain(words.tabs.keys().map(|name| ("tabs", name)));
    let parts = parts.chain(words.tiles.keys().map(|name| ("tiles", name)));
    let parts = parts.chain(words.parts.keys().map(|name| ("parts", name)));
    for (part, name) in parts.chain(words.blocks.keys().map(|name| ("blocks", name))) {
        if let Err(fault) = Name::parse_dashed(name) {
            let shown: String = name.chars().take(40).collect();
            let message = format!("`{shown}` cannot be a name here: {fault}");
            faults.push(Diagnostic::error("page.bad-name", at.child(part).child(name), message));
        }
    }
}

/// The first form of an entity by name.
fn standard_form(draft: &Draft<'_>, entity: EntityId) -> Option<FormId> {
    let name = draft.entity_name(entity);
    let forms = (0..).map(FormId).zip(&draft.forms).filter(|(_, form)| form.words.entity == name);
    forms.min_by(|a, b| a.1.name.cmp(&b.1.name)).map(|(id, _)| id)
}

fn roles(draft: &Draft<'_>, names: &[String], at: &Location, faults: &mut Vec<Diagnostic>) -> Vec<RoleId> {
    let named = names.iter().enumerate();
    named.filter_map(|(index, name)| draft.role(name, &at.child(index), faults)).collect()
}

/// Fields that whoever opens a page must be able to read of the record it is about.
fn needs(
    draft: &Draft<'_>,
    about: Option<EntityId>,
    words: &page::Page,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<FieldId> {
    let at = at.child("needs");
    if words.about.is_none() && !words.needs.is_empty() {
        let message = "`needs` is about the record of a page, and this page is `about` nothing";
        let fault = Diagnostic::error("page.does-not-apply", at, message);
        faults.push(fault.help("say whom the page is `about`, or leave it out"));
        return Vec::new();
    }
    let Some(about) = about else { return Vec::new() };
    let mut found = Vec::new();
    for (index, name) in words.needs.iter().enumerate() {
        let at = at.child(index);
        let Some(field) = draft.own_field(about, name, &at, faults) else { continue };
        if found.contains(&field.id) {
            faults.push(Diagnostic::error("page.named-twice", at, format!("`{name}` is named twice")));
        } else {
            found.push(field.id);
        }
    }
    found
}

fn menu(draft: &Draft<'_>, written: &page::Menu, at: &Location, faults: &mut Vec<Diagnostic>) -> Menu {
    if !draft.menu.contains_key(&written.group) {
        let message = format!("there is no menu group `{}`", written.group);
        let help = nearest(&written.group, draft.menu.keys().map(String::as_str))
            .unwrap_or_else(|| "groups are written in `app.yaml` under `menu`".to_owned());
        faults.push(Diagnostic::error("menu.unknown-group", at.child("group"), message).help(help));
    }
    let icon = written.icon.and_then(|icon| serde_json::to_value(icon).ok());
    let icon = icon.and_then(|value| value.as_str().map(|name| Icon(name.to_owned())));
    Menu { group: written.group.clone(), order: written.order, icon }
}

fn filters(
    draft: &Draft<'_>,
    entity: EntityId,
    names: &[String],
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<FieldId> {
    let mut found = Vec::new();
    for (index, name) in names.iter().enumerate() {
        let at = at.child(index);
        let Some(field) = draft.open_field(entity, name, &at, faults) else { continue };
        if field.ty == Type::Json
            || matches!(field.kind, FieldKind::Children { .. } | FieldKind::File | FieldKind::Image)
        {
            let message = format!("`{name}` has no value to filter by");
            faults.push(Diagnostic::error("page.bad-filter", at, message));
        } else if found.contains(&field.id) {
            faults.push(Diagnostic::error("page.named-twice", at, format!("`{name}` is named twice")));
        } else {
            found.push(field.id);
        }
    }
    found
}

fn views(
    draft: &Draft<'_>,
    entity: EntityId,
    words: &page::Page,
    whole: &app::ListView,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<SavedView> {
    let views: &IndexMap<String, page::View> = &words.views;
    let made = views.iter().map(|(name, written)| {
        let at = at.child(name);
        if written.filter.is_none() && written.sort.is_empty() && written.columns.is_empty() {
            let message = "this view shows exactly what the page shows";
            faults.push(
                Diagnostic::error("page.same-view", at.clone(), message).help("give it a filter, a sort or columns"),
            );
        }
        let asked = view::Written {
            filter: written.filter.as_ref(),
            sort: &written.sort,
            columns: &written.columns,
            columns_key: "columns",
        };
        let mut view = view::resolve(draft, entity, &asked, &at, faults);
        // A view narrows its page; what it does not say is as on the page.
        view.filter = whole.filter.clone().and(view.filter);
        if written.columns.is_empty() {
            view.columns.clone_from(&whole.columns);
        }
        if written.sort.is_empty() {
            view.sort.clone_from(&whole.sort);
        }
        SavedView { name: name.clone(), label: text(&written.label), view }
    });
    made.collect()
}
