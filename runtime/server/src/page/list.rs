//! A list: quick filters, search, order, columns, pages, views; whole, or its body only for a script.
//! The address says everything, so that it can be sent to somebody.

mod address;
mod counted;
mod parts;
mod total;

use app::{App, Field, ListView, Page, PageKind};
use engine::query::SavedViews;
use model::FieldId;
use policy::{Action, Aggregate, Direction, List, Sort};
use serde::Serialize;

pub(in crate::page) use self::counted::{BLOCK, address as counted_at, among, named as block_of};
pub use self::parts::{Export, Kept, Start, View, add_address};
pub(crate) use self::{
    address::Asked,
    counted::{say as say_counted, view as chosen},
};
use super::{
    Answer, Visit, columns,
    columns::Columns,
    filter::{self, Chip, Choice, Filter},
    rights,
    rows::{self, Table},
    source,
    visit::missing,
};
use crate::{problem::Problem, show::number};

/// What the view of a list shows.
#[derive(Debug, Default, Serialize)]
pub struct Listing {
    /// A sentence below the title.
    pub lede: String,
    /// Where the rows come from and when they came, if people do not enter them.
    pub source: Option<String>,
    /// What one record is called.
    pub noun: String,
    /// Name of the page.
    pub page: String,
    /// The address's query, for a saved view.
    pub query: String,
    /// What the saved view that is shown names, and the list is shown without.
    pub left_out: Option<String>,
    /// The form to add a record.
    pub add: Option<String>,
    /// The bin.
    pub bin: Option<String>,
    /// Views to choose from.
    pub views: Vec<View>,
    /// Parts of the address that the filters keep.
    pub kept: Vec<Kept>,
    /// Whether records can be searched.
    pub searchable: bool,
    /// What is searched for.
    pub q: String,
    /// Quick filters.
    pub filters: Vec<Filter>,
    /// Columns to choose from.
    pub columns: Vec<Choice>,
    /// Filters in force.
    pub chips: Vec<Chip>,
    /// The list without filters.
    pub clear: String,
    /// Whether anything narrows the list.
    pub narrowed: bool,
    /// Files to save it as.
    pub exports: Vec<Export>,
    /// Workflows whose cases can be started about its records.
    pub starts: Vec<Start>,
    /// The rows.
    pub table: Table,
    /// How many records there are.
    pub total: String,
    /// Whether there are more than that, because it would take too long to count them.
    pub more: bool,
    /// Number of the first row shown.
    pub first: String,
    /// Number of the last row shown.
    pub last: String,
    /// The page before.
    pub back: Option<String>,
    /// The page after.
    pub next: Option<String>,
    /// Where news of changes come from.
    pub stream: Option<String>,
}

/// Shows a list page.
///
/// # Errors
/// What the engine refuses.
pub async fn show(visit: &Visit, page: &Page) -> Result<Answer, Problem> {
    let PageKind::List { views, filters, rows, form, .. } = &page.kind else { return Err(missing()) };
    let app = visit.app();
    let chosen = chosen(visit, page).ok_or_else(missing)?;
    let view: &ListView = &chosen;
    let entity = app.entity(view.entity).ok_or_else(missing)?;
    let mut filters = filter::read(visit, &offered(app, filters), &visit.path).await?;
    say_counted(visit, page, &mut filters, &visit.path);

    let asked = Asked::read(visit, view);
    let columns = Columns::of(&visit.actor, asked.columns.iter().cloned());
    let (list, count) = asked.questions(view, *rows, &filters.predicate, &columns);
    let found = visit.ask(list).await?;
    let mut table = rows::table(visit, &columns, &found.rows, entity.name.as_str()).await?;
    asked.mark_sort(visit, &columns, &mut table);

    let saved = visit.ask(SavedViews { page: page.name.to_string() }).await?;
    let shown = i64::try_from(found.rows.len()).unwrap_or(0);
    let last = asked.first + shown - 1;
    let total = total::of(visit, count, last, found.next.is_some()).await?;
    let plain = asked.plain(visit, view);
    let address = plain.on(&visit.path);
    let written = filter::settled(&visit.query).text();
    let is_saved = saved.iter().any(|view| view.query == written);
    let left = if is_saved { parts::left_out(visit, &asked, &filters, (entity, views)) } else { Vec::new() };
    let gone: Vec<&str> = left.iter().map(|(key, _)| key.as_str()).filter(|key| *key != "columns").collect();
    let query = plain.without(&gone).text();
    let narrowed = !filters.chips.is_empty() || asked.search.is_some();
    let listing = Listing {
        lede: page.help.get(visit.locale()).to_owned(),
        source: source::sentence(visit, entity).await?,
        noun: entity.label.get(visit.locale()).to_owned(),
        page: page.name.to_string(),
        query,
        left_out: parts::without(visit, &left),
        add: parts::add(visit, entity, *form),
        bin: rights::may(&visit.actor, entity.id, Action::Restore).then(|| format!("/bin/{}", entity.name)),
        views: parts::views(visit, page, views, &saved, &if is_saved { written } else { plain.text() }),
        kept: parts::kept(visit),
        searchable: !entity.search.is_empty(),
        q: asked.search.clone().unwrap_or_default(),
        filters: filters.shown,
        columns: asked.column_choices(visit, entity),
        chips: filters.chips,
        clear: parts::unfiltered(visit),
        narrowed,
        exports: parts::exports(visit, entity, view, &asked),
        starts: parts::starts(visit, entity, page, &plain),
        table,
        total: number::count(total.many),
        more: total.more,
        first: number::count(asked.first),
        last: number::count(last),
        back: asked.back(visit),
        next: found.next.map(|(values, id)| asked.next(visit, &values, id, asked.first + shown)),
        stream: Some(visit.query.without(&["lang"]).on(&format!("/live/page/{}", page.name))),
    };
    let title = page.label.get(visit.locale());
    if visit.partial {
        #[derive(Serialize)]
        struct Part<'a> {
            title: &'a str,
            here: String,
            #[serde(flatten)]
            listing: Listing,
        }
        let part = Part { title, here: visit.here(), listing };
        let html = super::view::render(visit.locale(), "list_body.html", part)?;
        return Ok(if visit.pushes { Answer::Part(html, address) } else { Answer::Page(html) });
    }
    visit.page("list.html", title, "", listing).await.map(Answer::Page)
}

/// What a list page asks for: the rows that the address asks for, and how many there are in all.
///
/// # Errors
/// What the engine refuses.
pub async fn watched(visit: &Visit, page: &Page) -> Result<(List, Option<Aggregate>), Problem> {
    let PageKind::List { filters, rows, .. } = &page.kind else { return Err(missing()) };
    let chosen = chosen(visit, page).ok_or_else(missing)?;
    let view: &ListView = &chosen;
    let filters = filter::read(visit, &offered(visit.app(), filters), &visit.path).await?;
    let asked = Asked::read(visit, view);
    let columns = Columns::of(&visit.actor, asked.columns.iter().cloned());
    let (list, count) = asked.questions(view, *rows, &filters.predicate, &columns);
    Ok((list, Some(count)))
}

/// The fields offered as quick filters.
pub(super) fn offered(app: &App, filters: &[FieldId]) -> Vec<Field> {
    filters.iter().filter_map(|id| app.field(*id)).cloned().collect()
}

/// A whole number from a measure.
pub fn whole(value: &model::Value) -> Option<i64> {
    match value {
        model::Value::Int(number) => Some(*number),
        other => other.as_decimal().and_then(|number| i64::try_from(number.trunc()).ok()),
    }
}

/// How a sort is written in an address.
fn sort_text(visit: &Visit, sort: &Sort) -> String {
    let minus = if sort.direction == Direction::Descending { "-" } else { "" };
    format!("{minus}{}", visit.app().path_text(&sort.by))
}

/// What a view sorts by when the address says nothing, as far as the reader may see it.
pub fn permitted_sort(visit: &Visit, view: &ListView) -> Vec<Sort> {
    view.sort.iter().filter(|sort| rights::readable(&visit.actor, &sort.by)).cloned().collect()
}

/// The label of a column to choose.
fn choice(visit: &Visit, path: &formula::Path, selected: bool) -> Choice {
    Choice {
        value: visit.app().path_text(path),
        label: columns::label(visit.app(), path, visit.locale()),
        hint: String::new(),
        selected,
    }
}
