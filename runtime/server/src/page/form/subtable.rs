//! Children entered with their owner: rows of a table inside the form.

use app::{Entity, Field, FieldKind};
use engine::{DraftTable, FieldFault, Given};
use model::{EntityId, RecordId, Uuid, Value};
use policy::{Action, List};
use serde::Serialize;

use super::{
    super::{Visit, columns::Columns, list::whole, record::refers, rights, rows::Head},
    Draft,
    control::{self, Control, Place},
    typed,
};
use crate::{problem::Problem, show::Names};

/// Rows a sub-table takes at most.
pub(super) const MOST: usize = 100;

/// The rows of one sub-table.
#[derive(Debug, Clone, Default)]
pub struct Rows {
    /// The rows, in order.
    pub(super) rows: Vec<ChildRow>,
    /// The children that were there when the form was read; those of them not sent back are deleted.
    pub(super) known: Vec<RecordId>,
}

/// A row.
#[derive(Debug, Clone, Default)]
pub struct ChildRow {
    /// Its record, if it is there already.
    pub(super) id: Option<RecordId>,
    /// Its version when it was read.
    pub(super) version: Option<i64>,
    /// Values of the columns, as they are or would be.
    pub(super) values: Vec<Value>,
}

/// A sub-table as shown.
#[derive(Debug, Default, Clone, Serialize)]
pub struct SubTable {
    /// Name of the children field.
    pub name: String,
    /// Ids of the children that were there.
    pub known: String,
    /// Column heads.
    pub heads: Vec<Head>,
    /// Rows.
    pub rows: Vec<SubRow>,
    /// The row a new one is made from, if the reader may add one.
    pub blank: Option<SubRow>,
    /// Whether rows that are there already may be removed.
    pub removable: bool,
}

/// A row as shown.
#[derive(Debug, Default, Clone, Serialize)]
pub struct SubRow {
    /// Its number, or `#`.
    pub index: String,
    /// `children[0]`.
    pub prefix: String,
    /// Its record.
    pub id: String,
    /// Its version.
    pub version: String,
    /// Its cells.
    pub cells: Vec<Control>,
}

/// A children field of a form, with the columns its table shows.
pub(super) struct Children<'v> {
    pub(super) field: &'v Field,
    pub(super) entity: &'v Entity,
    pub(super) by: model::FieldId,
    pub(super) columns: Vec<&'v Field>,
}

impl Children<'_> {
    /// Where a fault of a row stands: beside its column, or over the table if it is one of the row as a whole. What the table
    /// does not show is told when the form is saved.
    fn place_of(&self, fault: &FieldFault, at: usize) -> Option<String> {
        let name = self.field.name.as_str();
        let Some(field) = fault.field.as_deref() else { return Some(name.to_owned()) };
        let shown = self.columns.iter().any(|column| column.name.as_str() == field);
        shown.then(|| format!("{name}[{at}][{field}]"))
    }
}

impl<'v> Draft<'v> {
    /// The sub-tables of the form whose children the reader may see.
    pub(super) fn sub_tables(&self) -> Vec<Children<'v>> {
        let app = self.visit.app();
        let items = self.form.sections.iter().flat_map(|section| &section.items);
        let places = items.filter_map(|item| {
            let field = app.field(item.field)?;
            let FieldKind::Children { of, by } = field.kind else { return None };
            if !rights::may(&self.visit.actor, of, Action::Read) {
                return None;
            }
            let columns = item.columns.iter().filter_map(|id| app.field(*id)).filter(|field| field.id != by);
            Some(Children { field, entity: app.entity(of)?, by, columns: columns.collect() })
        });
        places.collect()
    }

    /// Reads the children as they are stored.
    pub(super) async fn load_tables(&mut self) -> Result<(), Problem> {
        let Some(id) = self.id else { return Ok(()) };
        for place in self.sub_tables() {
            let visit = self.visit;
            let mut columns = Columns::default();
            let version_at = visit.app().own_path(place.entity.system.version).map(|path| columns.read(path));
            let shown: Vec<Option<usize>> =
                place.columns.iter().map(|field| columns.show_field(&visit.actor, field.id)).collect();
            let limit = u32::try_from(MOST).unwrap_or(100);
            let list = List {
                columns: columns.paths.clone(),
                within: refers(visit, place.by, id),
                ..List::all(place.entity.id, limit)
            };
            let page = visit.ask(list).await?;
            let rows: Vec<ChildRow> = page
                .rows
                .iter()
                .map(|row| ChildRow {
                    id: Some(row.id),
                    version: version_at.and_then(|at| row.values.get(at)).and_then(whole),
                    values: shown
                        .iter()
                        .map(|at| at.map(|at| columns.value(row, at).clone()).unwrap_or_default())
                        .collect(),
                })
                .collect();
            let known = rows.iter().filter_map(|row| row.id).collect();
            self.tables.insert(place.field.id, Rows { rows, known });
        }
        Ok(())
    }

    /// Reads the children as they were typed, for the engine to work out.
    pub(super) fn type_tables(&mut self) -> Vec<DraftTable> {
        let mut tables = Vec::new();
        for place in self.sub_tables() {
            let Some(typed) = &self.typed else { continue };
            let name = place.field.name.as_str();
            let count = (0..MOST)
                .take_while(|at| typed.0.iter().any(|(key, _)| key.starts_with(&format!("{name}[{at}]["))))
                .count();
            let rows = (0..count).map(|at| ChildRow {
                id: typed.get(&format!("{name}[{at}][id]")).and_then(|text| text.parse().ok()),
                version: typed.get(&format!("{name}[{at}][version]")).and_then(|text| text.parse().ok()),
                values: vec![Value::Null; place.columns.len()],
            });
            let rows: Vec<ChildRow> = rows.collect();
            let known = typed.get(&format!("{name}[_known]")).unwrap_or_default();
            let known: Vec<RecordId> = known.split(',').filter_map(|id| id.parse().ok()).collect();
            let given = rows.iter().enumerate().map(|(at, row)| (row.id, self.given_row(&place, at)));
            // A new row in which nothing stands yet is none.
            let given = given.filter(|(id, given)| id.is_some() || !Self::is_blank(given));
            tables.push(DraftTable { field: place.field.id, known: known.clone(), rows: given.collect() });
            self.tables.insert(place.field.id, Rows { rows, known });
        }
        tables
    }

    /// Puts what the engine worked out into the rows, and what is wrong with them beside their columns. A row that may not be
    /// written shows no computed values; saving says why.
    pub(super) fn drafted_rows(&mut self, tables: &[DraftTable], drafts: &[Vec<Option<engine::Draft>>]) {
        let places = self.sub_tables();
        for (table, drafts) in tables.iter().zip(drafts) {
            let Some(place) = places.iter().find(|place| place.field.id == table.field) else { continue };
            let blank: Vec<bool> = match self.tables.get(&table.field) {
                Some(rows) => rows
                    .rows
                    .iter()
                    .enumerate()
                    .map(|(at, row)| row.id.is_none() && Self::is_blank(&self.given_row(place, at)))
                    .collect(),
                None => continue,
            };
            let Some(rows) = self.tables.get_mut(&table.field) else { continue };
            let filled = rows.rows.iter_mut().enumerate().zip(blank).filter(|(_, blank)| !blank).map(|(row, _)| row);
            for (((at, row), draft), (_, given)) in filled.zip(drafts).zip(&table.rows) {
                let Some(draft) = draft else { continue };
                row.values = place.columns.iter().map(|field| draft.value(field.name.as_str()).clone()).collect();
                // A row of which nothing was sent is not written.
                for fault in draft.faults.iter().filter(|_| !given.is_empty()) {
                    let Some(name) = place.place_of(fault, at) else { continue };
                    self.faults.entry(name).or_insert_with(|| fault.message.clone());
                }
            }
        }
    }

    /// What was typed into a row, as far as the reader may write it.
    pub(super) fn given_row(&self, place: &Children<'_>, at: usize) -> Vec<(String, Given)> {
        let Some(typed) = &self.typed else { return Vec::new() };
        let id = typed.get(&format!("{}[{at}][id]", place.field.name));
        let action = if id.is_some() { Action::Update } else { Action::Create };
        let Some(access) = self.visit.actor.rights.access(place.entity.id, action) else { return Vec::new() };
        let fields = place.columns.iter().filter(|field| field.writable() && access.field(field.id).is_some());
        let given = fields.filter_map(|field| {
            let name = format!("{}[{at}][{}]", place.field.name, field.name);
            (typed.has(&name) && !control::left(field, typed, &name))
                .then(|| (field.name.to_string(), typed::given(field, typed, &name)))
        });
        given.collect()
    }

    /// Whether nothing was typed into a new row.
    pub(super) fn is_blank(given: &[(String, Given)]) -> bool {
        given.iter().all(|(_, given)| match given {
            Given::Text(text) => text.trim().is_empty() || text == "false",
            Given::Texts(texts) => texts.is_empty(),
            _ => false,
        })
    }

    /// Ids in sub-tables whose names must be found.
    pub(super) fn child_ids(&self) -> Vec<(EntityId, Uuid)> {
        let mut found = Vec::new();
        for place in self.sub_tables() {
            let Some(table) = self.tables.get(&place.field.id) else { continue };
            for (at, row) in table.rows.iter().enumerate() {
                for (column, value) in place.columns.iter().zip(&row.values) {
                    let Some(target) = column.target() else { continue };
                    let mut ids = typed::chosen(value);
                    if let Some(typed) = &self.typed {
                        ids.extend(
                            typed.all(&format!("{}[{at}][{}]", place.field.name, column.name)).map(str::to_owned),
                        );
                    }
                    found.extend(ids.iter().filter_map(|id| Some((target, id.parse().ok()?))));
                }
            }
        }
        found
    }

    /// A sub-table as shown.
    pub(super) fn show_table(&self, place: &Children<'_>, names: &Names) -> SubTable {
        let visit: &Visit = self.visit;
        let may = |action| rights::may(&visit.actor, place.entity.id, action);
        let empty = Rows::default();
        let table = self.tables.get(&place.field.id).unwrap_or(&empty);
        let label = |field: &Field| {
            let (label, unit) = (field.label.get(visit.locale()), field.unit.get(visit.locale()));
            match (&field.kind, unit) {
                (FieldKind::Percent { .. }, _) => format!("{label} (%)"),
                (_, "") => label.to_owned(),
                (_, unit) => format!("{label} ({unit})"),
            }
        };
        let heads = place.columns.iter().map(|field| Head {
            label: label(field),
            number: field.ty.is_number(),
            required: field.required && field.writable(),
            ..Head::default()
        });
        let rows = table.rows.iter().enumerate().map(|(at, row)| self.show_row(place, &at.to_string(), row, names));
        let blank = ChildRow { values: vec![Value::Null; place.columns.len()], ..ChildRow::default() };
        SubTable {
            name: place.field.name.to_string(),
            known: table.known.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
            heads: heads.collect(),
            rows: rows.collect(),
            blank: may(Action::Create).then(|| self.show_row(place, "#", &blank, names)),
            removable: may(Action::Delete),
        }
    }

    fn show_row(&self, place: &Children<'_>, index: &str, row: &ChildRow, names: &Names) -> SubRow {
        let action = if row.id.is_some() { Action::Update } else { Action::Create };
        let access = self.visit.actor.rights.access(place.entity.id, action);
        let prefix = format!("{}[{index}]", place.field.name);
        let cells = place.columns.iter().zip(&row.values).map(|(field, value)| {
            let name = format!("{prefix}[{}]", field.name);
            let error = self.faults.get(&name).cloned().unwrap_or_default();
            let at = Place { name, typed: self.typed.as_ref(), value, in_table: true, record: row.id };
            let writable = field.writable() && access.is_some_and(|access| access.field(field.id).is_some());
            // What does not open is not asked for, so that saving does not empty it.
            let writable = writable && !matches!(value, model::Value::Sealed(_));
            let mut control = if writable {
                control::input(self.visit, field, &at, names)
            } else {
                control::output(self.visit, field, &at, names)
            };
            // The unit stands in the head of the column.
            control.suffix.clear();
            control.removable = control.kind == "file";
            control.required = writable && field.required;
            control.error = error;
            control
        });
        SubRow {
            cells: cells.collect(),
            index: index.to_owned(),
            id: row.id.map(|id| id.to_string()).unwrap_or_default(),
            version: row.version.map(|version| version.to_string()).unwrap_or_default(),
            prefix,
        }
    }
}
