//! The smaller parts of a list page.

use app::{Entity, ListView, Page};
use engine::address;
use model::{FormId, Locale};
use policy::Action;
use serde::Serialize;

use super::{
    super::{
        Visit,
        filter::{Filters, settled},
        params::{Params, encode},
        rights,
    },
    address::Asked,
    counted::{BLOCK, is_counted},
    sort_text,
};

/// A view to choose.
#[derive(Debug, Default, Clone, Serialize)]
pub struct View {
    /// What it is called.
    pub label: String,
    /// Its address.
    pub href: String,
    /// Whether it is shown.
    pub current: bool,
    /// Its id, if the reader saved it and may forget it.
    pub forget: Option<String>,
}

/// A part of the address that the filters keep.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Kept {
    /// Its name.
    pub name: &'static str,
    /// Its value.
    pub value: String,
}

/// A file to save the list as.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Export {
    /// What it is called.
    pub label: &'static str,
    /// Where it comes from.
    pub href: String,
}

/// A workflow whose cases can be started about what the list holds.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Start {
    /// What it is called.
    pub label: String,
    /// Where its records are chosen.
    pub href: String,
}

/// The workflows whose cases the reader may start about records of a list; `plain` is what narrows it.
pub(super) fn starts(visit: &Visit, entity: &Entity, page: &Page, plain: &Params) -> Vec<Start> {
    let may = |name: &str| visit.actor.runs(name).start && !visit.actor.looks;
    let about = visit.app().workflows().iter().filter(|process| process.entity == entity.id);
    let each = about.filter(|process| may(process.name.as_str())).map(|process| Start {
        label: process.label.get(visit.locale()).to_owned(),
        href: plain.with("of-page", page.name.as_str()).on(&format!("/workflows/{}/begin", process.name)),
    });
    each.collect()
}

/// The views of a page: all, the ready-made ones, those the reader saved.
pub(super) fn views(
    visit: &Visit,
    page: &Page,
    ready: &[app::SavedView],
    saved: &[store::SavedView],
    now: &str,
) -> Vec<View> {
    if ready.is_empty() && saved.is_empty() {
        return Vec::new();
    }
    let path = format!("/p/{}", page.name);
    let chosen = visit.query.get("view");
    let is_saved = saved.iter().any(|view| view.query == now);
    let mut views = vec![View {
        label: visit.say("all").to_owned(),
        href: path.clone(),
        current: chosen.is_none() && !is_saved && !is_counted(visit, page),
        forget: None,
    }];
    views.extend(ready.iter().map(|view| View {
        label: view.label.get(visit.locale()).to_owned(),
        href: format!("{path}?view={}", encode(&view.name)),
        current: chosen == Some(view.name.as_str()) && !is_saved,
        forget: None,
    }));
    views.extend(saved.iter().map(|view| View {
        label: view.name.clone(),
        href: if view.query.is_empty() { path.clone() } else { format!("{path}?{}", view.query) },
        current: view.query == now && is_saved,
        forget: Some(view.id.to_string()),
    }));
    views
}

/// What the address names and the list leaves out, each after its name there: fields that are gone or not the reader's to see,
/// and a ready-made view that is gone.
pub(super) fn left_out(
    visit: &Visit,
    asked: &Asked,
    filters: &Filters,
    (listed, ready): (&Entity, &[app::SavedView]),
) -> Vec<(String, String)> {
    let mut left: Vec<_> = asked.left_out.iter().map(|(key, name)| ((*key).to_owned(), name.clone())).collect();
    let view = visit.query.get("view").filter(|name| !ready.iter().any(|view| view.name == *name));
    left.extend(view.map(|name| ("view".to_owned(), name.to_owned())));
    for (key, value) in settled(&visit.query).0 {
        let is_filter = !["columns", "q", "sort", "view"].contains(&key.as_str());
        if is_filter && !value.is_empty() && !filters.names.contains(&key) {
            let name = address::filter(visit.app(), listed.id, &key).0.to_owned();
            left.push((key, name));
        }
    }
    left
}

/// Says what a kept view is opened without.
pub(super) fn without(visit: &Visit, left: &[(String, String)]) -> Option<String> {
    let mut names: Vec<String> = Vec::new();
    for (_, name) in left {
        let name = format!("“{name}”");
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let comma = match visit.locale() {
        Locale::ZhCn => "、",
        Locale::En => ", ",
    };
    (!names.is_empty()).then(|| visit.fill("view-left-out", &[("what", &names.join(comma))]))
}

pub(super) fn kept(visit: &Visit) -> Vec<Kept> {
    let each = |name: &'static str| visit.query.get(name).map(|value| Kept { name, value: value.to_owned() });
    ["view", "sort", BLOCK].into_iter().filter_map(each).collect()
}

pub(super) fn unfiltered(visit: &Visit) -> String {
    let keep = ["view", "sort", "columns"];
    let query = super::super::params::Params(
        visit.query.0.iter().filter(|(name, _)| keep.contains(&name.as_str())).cloned().collect(),
    );
    query.on(&visit.path)
}

/// The address to add a record at, if the reader may.
pub(super) fn add(visit: &Visit, entity: &Entity, form: Option<FormId>) -> Option<String> {
    rights::may(&visit.actor, entity.id, Action::Create).then(|| add_address(visit, entity, form, &visit.path))
}

/// The address of a form for a new record.
pub fn add_address(visit: &Visit, entity: &Entity, form: Option<FormId>, back: &str) -> String {
    let mut query = super::super::params::Params::default();
    if let Some(form) = form.and_then(|id| visit.app().form(id)) {
        query = query.with("form", form.name.as_str());
    }
    query.with("back", back).on(&format!("/r/{}/new", entity.name))
}

/// Saving as a file is the API's: the same columns, order and search.
pub(super) fn exports(visit: &Visit, entity: &Entity, view: &ListView, asked: &Asked) -> Vec<Export> {
    if visit.actor.looks || !rights::may(&visit.actor, entity.id, Action::Export) {
        return Vec::new();
    }
    let app = visit.app();
    let mut query = super::super::filter::settled(&visit.query).without(&["columns", "sort"]);
    let columns = asked.columns.iter().filter(|path| rights::exported(&visit.actor, path));
    query = query.with("columns", columns.map(|path| app.path_text(path)).collect::<Vec<_>>().join(","));
    if let Some(sort) = asked.sort.first() {
        query = query.with("sort", sort_text(visit, sort));
    }
    let _ = view;
    let each = |(label, format): (&'static str, &str)| Export {
        label,
        href: query.with("format", format).on(&format!("{}/export", visit.path)),
    };
    [("XLSX", "xlsx"), ("CSV", "csv")].into_iter().map(each).collect()
}
