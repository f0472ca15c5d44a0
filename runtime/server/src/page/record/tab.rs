//! The tabs of a record.

use std::borrow::Cow;

use app::{Entity, FieldKind, Tab, TabKind};
use formula::{Comparison, Formula, Predicate, Term};
use model::{FieldId, FormId, RecordId, Text, Value};
use policy::{Action, Aggregate, List, Measure};
use serde::Serialize;
use store::Row;

use super::{
    super::{
        Visit,
        columns::{self, Columns},
        count, evidence, form,
        list::{permitted_sort, whole},
        rights,
        rows::{self, Table},
        scope::Around,
        source, trace,
    },
    RecordShown, history_of, own_value,
};
use crate::{
    problem::Problem,
    show::{self, Names, Shown, number},
};

/// Rows a related list shows at most.
const MOST: u32 = 100;

/// A section of a form, for reading.
#[derive(Debug, Default, Clone, Serialize)]
pub struct ReadSection {
    /// Its heading; may be empty.
    pub label: String,
    /// Its fields.
    pub fields: Vec<ReadField>,
}

/// A field of a form, for reading.
#[derive(Debug, Default, Clone, Serialize)]
pub struct ReadField {
    /// What it is called.
    pub label: String,
    /// Whether it takes the whole width.
    pub wide: bool,
    /// Its value.
    pub shown: Shown,
    /// Its records, for children; its periods, for the evidence of an alert.
    pub table: Option<Table>,
    /// What it was made of, where it is computed.
    pub trace: Option<String>,
    /// Where it is shown whole, where it is masked and may be.
    pub uncover: Option<String>,
}

/// Records that belong to the one shown.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Related {
    /// What the tab is called.
    pub label: String,
    /// What one record is called.
    pub noun: String,
    /// How many there are.
    pub count: String,
    /// The form to add one.
    pub add: Option<String>,
    /// The records.
    pub table: Table,
    /// Whether there are more.
    pub cut: bool,
    /// Where the records come from and when they came, if people do not enter them.
    pub source: Option<String>,
}

/// The record shown, as read.
pub(super) struct Seen<'a> {
    pub(super) entity: &'a Entity,
    pub(super) id: RecordId,
    pub(super) columns: &'a Columns,
    pub(super) row: &'a Row,
    pub(super) names: &'a Names,
    pub(super) around: &'a Around,
    /// The fields that are seen in part and may be uncovered.
    pub(super) uncovers: &'a [FieldId],
}

/// Tabs of an entity that has no detail page: its standard form, and its history.
pub(super) fn generic(visit: &Visit, entity: &Entity) -> Vec<Tab> {
    let mut tabs = Vec::new();
    let tab = |name: &str, kind| Tab { name: name.to_owned(), label: Text::default(), visible: None, kind };
    tabs.push(tab("details", TabKind::Form(form::standard(visit, entity).id)));
    if entity.history {
        tabs.push(tab("history", TabKind::History));
    }
    tabs
}

/// The tabs whose condition holds and whose records the reader may see.
pub(super) async fn visible<'t>(visit: &Visit, tabs: &'t [Tab], around: &Around) -> Result<Vec<&'t Tab>, Problem> {
    let mut around = around.clone();
    let conditions: Vec<&Formula> = tabs.iter().filter_map(|tab| tab.visible.as_ref()).collect();
    around.reach(visit, conditions).await?;
    let readable = |tab: &&Tab| match &tab.kind {
        TabKind::Related(related) => {
            rights::may(&visit.actor, related.view.entity, Action::Read) && sees(visit, related.by)
        }
        TabKind::Counters(counters) => {
            let group = visit.app().own_path(counters.group);
            rights::may(&visit.actor, counters.entity, rights::asking(counters.anonymous))
                && group.is_some_and(|group| rights::measurable(&visit.actor, &group, counters.anonymous))
        }
        TabKind::Form(_) | TabKind::History => true,
    };
    Ok(tabs.iter().filter(readable).filter(|tab| tab.visible.as_ref().is_none_or(|rule| around.holds(rule))).collect())
}

fn sees(visit: &Visit, field: FieldId) -> bool {
    visit.app().own_path(field).is_some_and(|path| rights::readable(&visit.actor, &path))
}

/// Fills in the open tab.
pub(super) async fn fill(visit: &Visit, tab: &Tab, seen: &Seen<'_>, record: &mut RecordShown) -> Result<(), Problem> {
    match &tab.kind {
        TabKind::Form(form) => record.sections = sections(visit, *form, seen).await?,
        TabKind::Related(related) => record.related = Some(self::related(visit, tab, related, seen).await?),
        TabKind::Counters(counters) => {
            let by = counters.by.zip(Some(seen.id));
            record.counted = Some(count::show(visit, tab.label.get(visit.locale()), counters, by).await?);
        }
        TabKind::History => record.history = Some(history_of(visit, seen.entity, seen.id).await?),
    }
    Ok(())
}

/// The condition that a record refers to this one.
pub fn refers(visit: &Visit, by: FieldId, id: RecordId) -> Predicate {
    match visit.app().own_path(by) {
        Some(path) => {
            let right = Term::Literal(Value::Id(id), path.ty.clone());
            Predicate::Compare { op: Comparison::Equal, left: Term::Field(path), right }
        }
        None => Predicate::never(),
    }
}

async fn related(visit: &Visit, tab: &Tab, related: &app::Related, seen: &Seen<'_>) -> Result<Related, Problem> {
    let app = visit.app();
    let Some(entity) = app.entity(related.view.entity) else { return Ok(Related::default()) };
    let within = related.view.filter.clone().and(refers(visit, related.by, seen.id));
    let columns = Columns::of(&visit.actor, related.view.columns.iter().cloned());
    let list = List {
        columns: columns.paths.clone(),
        within: within.clone(),
        sort: permitted_sort(visit, &related.view),
        ..List::all(entity.id, MOST)
    };
    let page = visit.ask(list).await?;
    let mut total = i64::try_from(page.rows.len()).unwrap_or(0);
    if page.next.is_some() {
        let count = Aggregate {
            entity: entity.id,
            period: None,
            group: Vec::new(),
            measures: vec![Measure::Count],
            filter: Predicate::always(),
            within,
            search: None,
            limit: 1,
            anonymous: false,
        };
        let groups = visit.ask(count).await?;
        total = groups.first().and_then(|group| group.numbers.first()).and_then(whole).unwrap_or(total);
    }
    let by = app.field(related.by).map_or("", |field| field.name.as_str());
    let here = format!("/r/{}/{}?tab={}", seen.entity.name, seen.id, tab.name);
    let add = related.add.filter(|_| rights::may(&visit.actor, entity.id, Action::Create)).map(|form| {
        let address = super::super::list::add_address(visit, entity, Some(form), &here);
        format!("{address}&{by}={}", seen.id)
    });
    Ok(Related {
        label: tab.label.get(visit.locale()).to_owned(),
        noun: entity.label.get(visit.locale()).to_owned(),
        count: number::count(total),
        add,
        table: rows::table(visit, &columns, &page.rows, entity.name.as_str()).await?,
        cut: page.next.is_some(),
        source: source::words(visit, entity).await?,
    })
}

async fn sections(visit: &Visit, form: FormId, seen: &Seen<'_>) -> Result<Vec<ReadSection>, Problem> {
    let form = visit.app().form(form).map_or_else(|| form::standard(visit, seen.entity), Cow::Borrowed);
    let mut around = seen.around.clone();
    let mut conditions: Vec<&Formula> = Vec::new();
    for section in &form.sections {
        conditions.extend(&section.visible);
        section.items.iter().for_each(|item| conditions.extend(&item.visible));
    }
    around.reach(visit, conditions).await?;
    let mut sections = Vec::new();
    for section in form.sections.iter().filter(|section| section.visible.as_ref().is_none_or(|rule| around.holds(rule)))
    {
        let mut fields = Vec::new();
        for item in section.items.iter().filter(|item| item.visible.as_ref().is_none_or(|rule| around.holds(rule))) {
            fields.extend(read(visit, item, seen).await?);
        }
        rows::one_bar(fields.iter_mut().map(|field: &mut ReadField| &mut field.shown));
        if !fields.is_empty() {
            sections.push(ReadSection { label: section.label.get(visit.locale()).to_owned(), fields });
        }
    }
    Ok(sections)
}

/// A field for reading; nothing when the reader may not see it.
async fn read(visit: &Visit, item: &app::FormItem, seen: &Seen<'_>) -> Result<Option<ReadField>, Problem> {
    let app = visit.app();
    let Some(field) = app.field(item.field) else { return Ok(None) };
    let label = Some(item.label.get(visit.locale())).filter(|label| !label.is_empty());
    let label = label.unwrap_or_else(|| field.label.get(visit.locale())).to_owned();
    if let FieldKind::Children { of, by } = field.kind {
        if !rights::may(&visit.actor, of, Action::Read) || !sees(visit, by) {
            return Ok(None);
        }
        let Some(entity) = app.entity(of) else { return Ok(None) };
        let wanted = item.columns.iter().filter_map(|field| app.own_path(*field));
        let columns = Columns::of(&visit.actor, wanted);
        let list = List { columns: columns.paths.clone(), within: refers(visit, by, seen.id), ..List::all(of, MOST) };
        let page = visit.ask(list).await?;
        let table = rows::table(visit, &columns, &page.rows, entity.name.as_str()).await?;
        let table = (!table.rows.is_empty()).then_some(table);
        return Ok(Some(ReadField { label, wide: true, shown: Shown::nothing(), table, trace: None, uncover: None }));
    }
    let Some(path) = app.own_path(field.id).filter(|path| rights::shown(&visit.actor, path)) else {
        return Ok(None);
    };
    let at = seen.columns.shown.iter().position(|column| column.path == path);
    let shown = match at {
        Some(at) => seen.columns.cell(app, &visit.reader(), seen.row, at, seen.names),
        None => show::value(&visit.reader(), field, own_value(app, seen.columns, seen.row, field), seen.names),
    };
    let wide = matches!(field.kind, FieldKind::LongText | FieldKind::Markdown | FieldKind::Json) || item.span > 1;
    let readable = rights::readable(&visit.actor, &path);
    let value = own_value(app, seen.columns, seen.row, field);
    let table = if readable { evidence::of_record(visit, field, value, seen.id).await? } else { None };
    let known = readable && shown.kind != "none";
    let trace = known.then(|| trace::address(seen.entity, seen.id, field)).flatten();
    let masked = seen.uncovers.contains(&field.id) && shown.kind != "none";
    let uncover = masked.then(|| super::uncover::address(seen.entity, seen.id, field));
    Ok(Some(ReadField { label, wide, shown, table, trace, uncover }))
}

/// What a column of a sub-table is called.
pub fn column_label(visit: &Visit, field: FieldId) -> String {
    visit.app().own_path(field).map_or_else(String::new, |path| columns::label(visit.app(), &path, visit.locale()))
}
