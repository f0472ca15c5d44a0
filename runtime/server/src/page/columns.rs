//! What to ask of each record so that its columns can be shown: the paths themselves, and beside every reference what names
//! the record it leads to. All of it is one statement.

use app::{App, Field, FieldKind};
use engine::Actor;
use formula::Path;
use model::{EntityId, FieldId, Locale, Uuid, Value};
use store::Row;

use super::{rights, talk};
use crate::show::{self, Names, Reader, Shown};

/// A column to be shown.
#[derive(Debug, Clone)]
pub struct Column {
    /// What it shows.
    pub path: Path,
    /// Where its value is in a row.
    at: usize,
    /// Where the name of the record it refers to is in a row.
    label_at: Option<usize>,
}

/// Columns, and the paths that a statement must read for them.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// What to read, in the order of a row's values.
    pub paths: Vec<Path>,
    /// What to show.
    pub shown: Vec<Column>,
}

impl Columns {
    /// Columns for those of the wanted paths that the reader may see.
    pub fn of(actor: &Actor, wanted: impl IntoIterator<Item = Path>) -> Self {
        let mut columns = Self::default();
        for path in wanted {
            columns.show(actor, path);
        }
        columns
    }

    /// Adds a column. `None`, and nothing added, when the reader may not see it.
    pub fn show(&mut self, actor: &Actor, path: Path) -> Option<usize> {
        let app = &actor.edition.app;
        if !rights::shown(actor, &path) || matches!(app.field(path.field)?.kind, FieldKind::Children { .. }) {
            return None;
        }
        let label = named_by(app, &path).filter(|path| rights::shown(actor, path));
        let at = self.read(path.clone());
        let label_at = label.map(|path| self.read(path));
        self.shown.push(Column { path, at, label_at });
        Some(self.shown.len() - 1)
    }

    /// Adds a field of the entity itself.
    pub fn show_field(&mut self, actor: &Actor, field: FieldId) -> Option<usize> {
        self.show(actor, actor.edition.app.own_path(field)?)
    }

    /// Reads a path without showing it. The caller has seen to it that the reader may.
    pub fn read(&mut self, path: Path) -> usize {
        if let Some(at) = self.paths.iter().position(|known| *known == path) {
            return at;
        }
        self.paths.push(path);
        self.paths.len() - 1
    }

    /// The value of a shown column.
    pub fn value<'r>(&self, row: &'r Row, column: usize) -> &'r Value {
        self.shown.get(column).and_then(|column| row.values.get(column.at)).unwrap_or(&Value::Null)
    }

    /// A shown column of a row, ready to be printed.
    pub fn cell(&self, app: &App, reader: &Reader, row: &Row, column: usize, names: &Names) -> Shown {
        let value = self.value(row, column);
        let Some(column) = self.shown.get(column) else { return Shown::nothing() };
        let Some(field) = app.field(column.path.field) else { return Shown::nothing() };
        if let (FieldKind::Reference { to, .. }, Value::Id(id)) = (&field.kind, value) {
            let name = column.label_at.and_then(|at| row.values.get(at));
            return named(app, *to, *id, name, reader);
        }
        if let (FieldKind::File | FieldKind::Image, Value::Id(id), Some(entity)) =
            (&field.kind, value, app.entity(field.entity).filter(|_| column.path.hops.is_empty()))
        {
            let mut shown = show::value(reader, field, value, names);
            shown.href = Some(talk::address(entity, row.id, *id));
            return shown;
        }
        show::value(reader, field, value, names)
    }

    /// Ids in the rows whose names a further statement must find: several references, and files.
    pub fn unnamed(&self, app: &App, rows: &[Row]) -> Vec<(EntityId, Uuid)> {
        let mut found = Vec::new();
        for column in &self.shown {
            let Some(Field { kind: FieldKind::References { to, .. }, .. }) = app.field(column.path.field) else {
                continue;
            };
            for row in rows {
                let items = row.values.get(column.at).and_then(Value::as_list).unwrap_or(&[]);
                found.extend(items.iter().filter_map(Value::as_id).map(|id| (*to, id)));
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The name of a record, leading to it.
fn named(app: &App, to: EntityId, id: Uuid, name: Option<&Value>, reader: &Reader) -> Shown {
    let Some(entity) = app.entity(to) else { return Shown::nothing() };
    let text = match (name, app.field(entity.display)) {
        (None | Some(Value::Null), _) | (_, None) => return Shown::nothing(),
        (Some(Value::Text(text)), _) => text.clone(),
        (Some(value), Some(field)) => show::value(reader, field, value, &Names::new()).text,
    };
    Shown::link(text, format!("/r/{}/{id}", entity.name))
}

/// What names the record a reference leads to, through records that are themselves named by a reference.
pub fn named_by(app: &App, path: &Path) -> Option<Path> {
    let mut at = app.display_path(path)?;
    for _ in 0..3 {
        match app.display_path(&at) {
            Some(next) => at = next,
            None => break,
        }
    }
    Some(at)
}

/// What names the records of an entity.
pub fn display_of(app: &App, entity: EntityId) -> Option<Path> {
    let path = app.own_path(app.entity(entity)?.display)?;
    Some(named_by(app, &path).unwrap_or(path))
}

/// What a column is called: for what merely names the record referred to, the reference's own label.
pub fn label(app: &App, path: &Path, locale: Locale) -> String {
    let Some(field) = app.field(path.field) else { return String::new() };
    let names_its_record = app.entity(field.entity).is_some_and(|entity| entity.display == field.id);
    let said = match path.hops.last() {
        Some(hop) if names_its_record => app.field(*hop).unwrap_or(field),
        _ => field,
    };
    let label = said.label.get(locale);
    if label.is_empty() { said.name.to_string() } else { label.to_owned() }
}

/// Whether a column holds numbers, which are aligned at their end.
pub fn is_number(app: &App, path: &Path) -> bool {
    app.field(path.field).is_some_and(|field| {
        field.ty.is_number() && !matches!(field.kind, FieldKind::Duration) && !field.is_computed()
            || matches!(field.kind, FieldKind::Integer | FieldKind::Decimal { .. } | FieldKind::Money { .. })
    })
}
