//! What the address of a list asks for: order, columns, where to begin.

use app::{Entity, FieldKind, ListView};
use formula::{Path, Predicate};
use model::{RecordId, Value};
use policy::{Aggregate, Direction, List, Measure, Sort};

use super::{
    super::{Visit, columns::Columns, cursor, filter::Choice, params::Params, rights, rows::Table},
    choice, permitted_sort, sort_text,
};

/// Most rows a page of a list has.
const MOST_ROWS: u32 = 200;

/// Pages a reader can go back through by the address alone.
const TRAIL: usize = 12;

/// What is asked for.
pub(crate) struct Asked {
    pub(crate) columns: Vec<Path>,
    pub(crate) sort: Vec<Sort>,
    pub(crate) search: Option<String>,
    pub(crate) after: Option<(Vec<Value>, RecordId)>,
    /// Number of the first row, from 1.
    pub(crate) first: i64,
    /// Columns and orders that are left out, each after its name in the address.
    pub(super) left_out: Vec<(&'static str, String)>,
}

impl Asked {
    /// Reads the address; what it names wrongly is left out.
    pub(crate) fn read(visit: &Visit, view: &ListView) -> Self {
        let app = visit.app();
        let path = |text: &str| app.path(view.entity, text).ok();
        let shown = |text: &str| path(text).filter(|path| rights::shown(&visit.actor, path));
        let (mut columns, mut left_out) = (Vec::new(), Vec::new());
        for name in visit.query.all("columns").flat_map(|text| text.split(',')).filter(|name| !name.is_empty()) {
            match shown(name) {
                Some(path) => columns.push(path),
                None => left_out.push(("columns", name.to_owned())),
            }
        }
        if columns.is_empty() {
            columns = view.columns.clone();
        }
        let asked = visit.query.get("sort").and_then(|text| {
            let (name, direction) = match text.strip_prefix('-') {
                Some(name) => (name, Direction::Descending),
                None => (text, Direction::Ascending),
            };
            let by = path(name).filter(|path| sortable(visit, path));
            if by.is_none() {
                left_out.push(("sort", name.to_owned()));
            }
            Some(Sort { by: by?, direction })
        });
        let sort = asked.map_or_else(|| permitted_sort(visit, view), |sort| vec![sort]);
        let types: Vec<_> = sort.iter().map(|sort| sort.by.ty.clone()).collect();
        let after = visit.query.get("after").and_then(|text| cursor::read(text, &types));
        let first = visit.query.get("from-row").and_then(|text| text.parse().ok()).filter(|_| after.is_some());
        Self {
            columns,
            sort,
            search: visit.query.get("q").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
            after,
            first: first.unwrap_or(1),
            left_out,
        }
    }

    /// The rows of the page that is asked for, and how many records there are, of those that a filter leaves.
    pub(super) fn questions(
        &self,
        view: &ListView,
        rows: u32,
        filter: &Predicate,
        columns: &Columns,
    ) -> (List, Aggregate) {
        let list = List {
            columns: columns.paths.clone(),
            filter: filter.clone(),
            within: view.filter.clone(),
            search: self.search.clone(),
            sort: self.sort.clone(),
            after: self.after.clone(),
            ..List::all(view.entity, rows.clamp(1, MOST_ROWS))
        };
        let count = Aggregate {
            entity: view.entity,
            period: None,
            group: Vec::new(),
            measures: vec![Measure::Count],
            filter: filter.clone(),
            within: view.filter.clone(),
            search: self.search.clone(),
            limit: 1,
            anonymous: false,
        };
        (list, count)
    }

    /// Gives every column that the reader may sort by its address, and marks the one that is.
    pub(super) fn mark_sort(&self, visit: &Visit, columns: &Columns, table: &mut Table) {
        for (column, head) in columns.shown.iter().zip(&mut table.heads) {
            if !sortable(visit, &column.path) {
                continue;
            }
            let by = sort_path(visit, &column.path);
            if !rights::readable(&visit.actor, &by) {
                continue;
            }
            let now = self.sort.first().filter(|sort| sort.by == by);
            let direction = match now {
                Some(Sort { direction: Direction::Ascending, .. }) => Direction::Descending,
                _ => Direction::Ascending,
            };
            head.sorted = now.map(|sort| match sort.direction {
                Direction::Ascending => "ascending",
                Direction::Descending => "descending",
            });
            let text = sort_text(visit, &Sort { by, direction });
            head.href = Some(settled(visit).with("sort", text).on(&visit.path));
        }
    }

    /// The columns shown and those that could be.
    pub(super) fn column_choices(&self, visit: &Visit, entity: &Entity) -> Vec<Choice> {
        let app = visit.app();
        let mut choices: Vec<Choice> = self
            .columns
            .iter()
            .filter(|path| rights::shown(&visit.actor, path))
            .map(|path| choice(visit, path, true))
            .collect();
        for field in app.fields_of(entity) {
            let Some(path) = app.own_path(field.id) else { continue };
            let shown = self.columns.contains(&path) || matches!(field.kind, FieldKind::Children { .. });
            if !shown && rights::shown(&visit.actor, &path) {
                choices.push(choice(visit, &path, false));
            }
        }
        choices
    }

    /// The address with only what differs from the view itself: no empty filters, no columns that are shown anyway.
    pub(super) fn plain(&self, visit: &Visit, view: &ListView) -> Params {
        let mut query = settled(visit).without(&["columns"]);
        query.0.retain(|(_, value)| !value.is_empty());
        if self.columns != view.columns {
            let names: Vec<String> = self.columns.iter().map(|path| visit.app().path_text(path)).collect();
            query = query.with("columns", names.join(","));
        }
        query
    }

    /// The address of the next page.
    pub(super) fn next(&self, visit: &Visit, values: &[Value], id: RecordId, first: i64) -> String {
        let mut query = visit.query.without(&["from-row", "lang", "saved"]);
        let trail = query.all("after").count();
        if trail >= TRAIL
            && let Some(at) = query.0.iter().position(|(name, _)| name == "after")
        {
            query.0.remove(at);
        }
        query.0.push(("after".to_owned(), cursor::write(values, id)));
        query.with("from-row", first.to_string()).on(&visit.path)
    }

    /// The address of the page before: the trail without its end.
    pub(super) fn back(&self, visit: &Visit) -> Option<String> {
        self.after.as_ref()?;
        let mut query = visit.query.without(&["from-row", "lang", "saved"]);
        let rows = visit.query.all("after").count();
        let at = query.0.iter().rposition(|(name, _)| name == "after")?;
        query.0.remove(at);
        let size = (self.first - 1) / i64::try_from(rows).unwrap_or(1).max(1);
        let first = (self.first - size).max(1);
        Some(if first > 1 { query.with("from-row", first.to_string()) } else { query }.on(&visit.path))
    }
}

/// What sorting by a column means: a reference is sorted by what names the record.
fn sort_path(visit: &Visit, path: &Path) -> Path {
    super::super::columns::named_by(visit.app(), path)
        .filter(|named| rights::readable(&visit.actor, named))
        .unwrap_or_else(|| path.clone())
}

fn sortable(visit: &Visit, path: &Path) -> bool {
    visit.app().field(path.field).is_some_and(|field| {
        !matches!(
            field.kind,
            FieldKind::Choices(_)
                | FieldKind::References { .. }
                | FieldKind::Children { .. }
                | FieldKind::Json
                | FieldKind::Signature
                | FieldKind::Secret
                | FieldKind::File
                | FieldKind::Image
                | FieldKind::LongText
                | FieldKind::Markdown
        )
    })
}

fn settled(visit: &Visit) -> Params {
    super::super::filter::settled(&visit.query)
}
