//! The tables an app needs, as values that can be compared.

use std::cell::Cell;

use app::{App, Entity, Field, FieldKind, Grain};
use model::{FieldId, Value};
use sha2::{Digest, Sha256};

use crate::{blob::hex, seat, sql::Column};

/// The table of an entity.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Table {
    /// The entity, as people name it.
    pub(crate) entity: String,
    pub(crate) name: String,
    pub(crate) renamed_from: Option<String>,
    pub(crate) columns: Vec<TableColumn>,
    pub(crate) joins: Vec<JoinTable>,
    pub(crate) indexes: Vec<Index>,
    /// Columns search looks into; their text is kept in `search_text`.
    pub(crate) search: Vec<String>,
    /// Conditions every record must meet: their names and what they say.
    pub(crate) validations: Vec<(String, String)>,
    /// Its records are people, and their seats are kept beside them: see [`mod@crate::seat`].
    pub(crate) seated: bool,
}

/// A column of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TableColumn {
    /// The field, as people name it.
    pub(crate) field: String,
    pub(crate) name: String,
    pub(crate) renamed_from: Option<String>,
    pub(crate) column: Column,
    pub(crate) texts: Texts,
    /// The table a reference leads to.
    pub(crate) references: Option<String>,
    /// A value must be there; computed fields are filled by the platform and never asked.
    pub(crate) required: bool,
    /// What rows that are there already get.
    pub(crate) default: Value,
    /// Characters at most, for texts.
    pub(crate) longest: Option<i64>,
    /// The least value, or the fewest characters of a text.
    pub(crate) least: Option<Value>,
    /// The most a value may be; of texts see `longest`.
    pub(crate) most: Option<Value>,
    /// What the whole text must match.
    pub(crate) pattern: Option<String>,
    /// What the condition on the value says.
    pub(crate) validation: Option<String>,
    /// The codes a choice may hold; `None` for other kinds.
    pub(crate) codes: Option<Vec<String>>,
}

/// What texts of a column are, beyond texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Texts {
    /// Whatever somebody wrote, or no texts at all.
    Free,
    /// Codes of a list.
    Codes,
    /// Texts the platform reads, such as the quarter `2025-Q4`: only ever one of their own sort.
    Read(&'static str),
}

impl Texts {
    fn of(field: &Field) -> Self {
        match &field.kind {
            FieldKind::Choice(_) | FieldKind::Choices(_) => Self::Codes,
            FieldKind::Location => Self::Read("location"),
            FieldKind::Period { grain } => Self::Read(match grain {
                Grain::Year => "year",
                Grain::Half => "half",
                Grain::Quarter => "quarter",
                Grain::Month => "month",
                Grain::Week => "week",
            }),
            _ => Self::Free,
        }
    }
}

/// The table of a field of several references.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct JoinTable {
    pub(crate) field: String,
    pub(crate) renamed_from: Option<String>,
    pub(crate) name: String,
    pub(crate) target: String,
}

/// An index over records in use.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Index {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) unique: bool,
    /// It ends in the seat: what a scope leaves of an order is told by the index alone.
    pub(crate) seated: bool,
}

/// The tables of an app, in the order of its entities.
pub(crate) fn tables(app: &App) -> Vec<Table> {
    app.entities().iter().map(|entity| table(app, entity)).collect()
}

pub(crate) fn table(app: &App, entity: &Entity) -> Table {
    let (mut columns, mut joins) = (Vec::new(), Vec::new());
    for field in app.fields_of(entity) {
        match &field.kind {
            FieldKind::Children { .. } => {}
            FieldKind::References { to, table, .. } => joins.push(JoinTable {
                field: field.name.to_string(),
                renamed_from: field.renamed_from.clone(),
                name: table.clone(),
                target: app.entity(*to).map(|to| to.table.clone()).unwrap_or_default(),
            }),
            _ => columns.push(column(app, field)),
        }
    }
    let text = |id: &FieldId| app.field(*id).filter(|field| Column::of(field) == Column::Text);
    Table {
        entity: entity.name.to_string(),
        name: entity.table.clone(),
        renamed_from: entity.renamed_from.clone(),
        columns,
        joins,
        indexes: indexes(app, entity),
        search: entity.search.iter().filter_map(text).map(|field| field.column.clone()).collect(),
        validations: entity.validations.iter().map(said).collect(),
        seated: seated(app, entity),
    }
}

fn said(validation: &app::Validation) -> (String, String) {
    (validation.name.clone(), validation.rule.source().to_owned())
}

fn column(app: &App, field: &Field) -> TableColumn {
    let references = match field.kind {
        FieldKind::Reference { to, .. } => app.entity(to).map(|to| to.table.clone()),
        _ => None,
    };
    let longest = match (&field.max, Column::of(field)) {
        (Some(Value::Int(most)), Column::Text | Column::Secret) => Some(*most),
        _ => None,
    };
    let (least, most) = match field.kind {
        FieldKind::Rating { steps } => (Some(Value::Int(1)), Some(Value::Int(i64::from(steps)))),
        _ => (field.min.clone(), field.max.clone().filter(|_| longest.is_none())),
    };
    let codes = match &field.kind {
        FieldKind::Choice(choices) | FieldKind::Choices(choices) => {
            Some(choices.iter().map(|choice| choice.code.clone()).collect())
        }
        _ => None,
    };
    TableColumn {
        field: field.name.to_string(),
        name: field.column.clone(),
        renamed_from: field.renamed_from.clone(),
        column: Column::of(field),
        texts: Texts::of(field),
        references,
        required: field.required && !field.is_computed() && !matches!(field.kind, FieldKind::Serial { .. }),
        default: default(field),
        longest,
        least,
        most,
        pattern: field.pattern.clone(),
        validation: field.validation.as_ref().map(|validation| validation.rule.source().to_owned()),
        codes,
    }
}

/// A default that is the same for every record, whoever makes it and whenever.
fn default(field: &Field) -> model::Value {
    let Some(formula) = &field.default else { return model::Value::Null };
    if !formula.reads().is_empty() || formula.uses_day() || formula.uses_actor() {
        return model::Value::Null;
    }
    let scope = Nothing::default();
    let value = formula.evaluate(&scope).unwrap_or_default();
    if scope.asked.get() { model::Value::Null } else { value }
}

/// A scope in which nothing is known.
#[derive(Default)]
struct Nothing {
    /// Somebody wanted to know whether a day is worked, which no constant depends on.
    asked: Cell<bool>,
}

impl formula::Scope for Nothing {
    fn value(&self, _: &formula::Path) -> model::Value {
        model::Value::Null
    }

    fn actor(&self, _: formula::ActorAttribute) -> model::Value {
        model::Value::Null
    }

    fn now(&self) -> model::Timestamp {
        model::Timestamp::UNIX_EPOCH
    }

    fn today(&self) -> model::Date {
        model::Date::constant(1970, 1, 1)
    }

    fn is_open(&self, _: model::Date) -> bool {
        self.asked.set(true);
        true
    }
}

/// The combinations no two records in use may share: unique fields and declared combinations.
pub(crate) fn uniques(app: &App, entity: &Entity) -> Vec<Vec<FieldId>> {
    let single = app.fields_of(entity).filter(|field| field.unique && field.has_column()).map(|field| vec![field.id]);
    let mut found: Vec<Vec<FieldId>> = single.collect();
    for app::Unique { fields, .. } in &entity.unique {
        if !found.contains(fields) {
            found.push(fields.clone());
        }
    }
    found
}

fn indexes(app: &App, entity: &Entity) -> Vec<Index> {
    let columns = |fields: &[FieldId]| -> Vec<String> {
        fields
            .iter()
            .filter_map(|id| app.field(*id))
            .filter(|field| field.has_column())
            .map(|f| f.column.clone())
            .collect()
    };
    let mut found: Vec<Index> = Vec::new();
    let mut add = |columns: Vec<String>, unique: bool| {
        if !columns.is_empty() && !found.iter().any(|index| index.columns == columns) {
            let prefix = if unique { "ux" } else { "ix" };
            let names: Vec<&str> = columns.iter().map(String::as_str).collect();
            found.push(Index { name: index_name(prefix, &entity.table, &names), columns, unique, seated: false });
        }
    };
    for unique in uniques(app, entity) {
        add(columns(&unique), true);
    }
    for field in app.fields_of(entity).filter(|field| field.has_column()) {
        if field.index || matches!(field.kind, FieldKind::Reference { .. }) {
            add(columns(&[field.id]), false);
        }
    }
    for combination in &entity.indexes {
        add(columns(combination), false);
    }
    // What is measured is asked for by its time: the newest, and stretches of it.
    let bases = app.terms().iter().filter_map(|term| term.base()).filter(|base| base.over == entity.id);
    for base in bases.filter(|base| base.time.hops.is_empty()) {
        add(columns(&[base.time.field]), false);
    }
    if seated(app, entity) {
        let leads = |index: &Index| {
            let fields = app.fields_of(entity).filter(|field| matches!(field.kind, FieldKind::Reference { .. }));
            index.columns.len() == 1 && fields.map(|field| &field.column).any(|column| index.columns.contains(column))
        };
        // An order within a scope: of a plain index the seat makes another one, beside a unique one there is one more.
        let orders: Vec<Index> = found.iter().filter(|index| !leads(index)).cloned().collect();
        found.retain(|index| index.unique || leads(index));
        found.extend(orders.into_iter().map(|index| {
            let names: Vec<&str> = index.columns.iter().map(String::as_str).collect();
            Index { name: index_name("is", &entity.table, &names), unique: false, seated: true, ..index }
        }));
    }
    found
}

fn seated(app: &App, entity: &Entity) -> bool {
    seat::of(app).is_some_and(|works| works.entity == entity.id)
}

/// The name of an index: its table and columns, shortened where a database would cut it.
pub(crate) fn index_name(prefix: &str, table: &str, columns: &[&str]) -> String {
    short(&format!("{prefix}_{table}__{}", columns.join("_")))
}

/// The name of a foreign key, from which the table and the column can be read again.
pub(crate) fn key_name(table: &str, column: &str) -> String {
    short(&format!("{table}__{column}"))
}

/// At most 63 bytes, the most PostgreSQL keeps; what was longer ends in a hash of all of it.
fn short(name: &str) -> String {
    if name.len() <= 63 {
        return name.to_owned();
    }
    let hash = hex(&Sha256::digest(name));
    let mut end = 52;
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{}", name.get(..end).unwrap_or_default(), hash.get(..10).unwrap_or_default())
}

/// The condition of every index: records in use.
pub(crate) const LIVE: &str = "deleted_at IS NULL";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_names_are_cut_and_stay_different() {
        let a = index_name("ix", &"部门".repeat(20), &["a"]);
        let b = index_name("ix", &"部门".repeat(20), &["b"]);
        assert!(a.len() <= 63 && b.len() <= 63 && a != b);
    }
}
