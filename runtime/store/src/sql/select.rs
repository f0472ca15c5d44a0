//! The statements of get, list and permitted.

use policy::{Bin, Direction, Get, List, Permitted, Request, Uncover, Why};

use app::{App, Field, FieldKind};
use formula::{Comparison, Path};
use model::{EntityId, FieldId, Value};
use policy::Authorized;

use crate::{
    Asking, StoreError,
    sql::{
        Column, Dialect, Printer, Reader, Statement,
        breadth::Ways,
        column::{entity, field},
        lower, name,
        number::word,
        path::bin,
    },
};

/// Prints what is selected: the id first, then the columns.
fn columns(
    printer: &mut Printer<'_>,
    reader: &Reader<'_>,
    paths: &[Path],
) -> Result<(String, Vec<Column>), StoreError> {
    let mut text = String::from("t0.id");
    let mut holds = vec![Column::Id];
    for path in paths {
        let (sql, column) = printer.column(path, reader)?;
        text.push_str(", ");
        text.push_str(&sql);
        holds.push(column);
    }
    Ok((text, holds))
}

/// Adds a trusted condition, unless it is always true.
pub(crate) fn also(
    printer: &mut Printer<'_>,
    conditions: &mut Vec<String>,
    predicate: &formula::Predicate,
    reader: Option<&Reader<'_>>,
) -> Result<(), StoreError> {
    match predicate.settle(printer.asking) {
        formula::Predicate::Const(true) => {}
        settled => conditions.push(printer.predicate(&settled, 0, reader)?),
    }
    Ok(())
}

pub(crate) fn get(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    request: &Authorized<Get>,
) -> Result<Statement, StoreError> {
    let printer = Printer::new(app, asking, dialect);
    one(printer, request, request.id, &request.columns, request.bin)
}

pub(crate) fn uncover(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    request: &Authorized<Uncover>,
) -> Result<Statement, StoreError> {
    one(Printer::new(app, asking, dialect), request, request.id, &request.columns, Bin::Outside)
}

/// One record, as far as the request's access goes.
fn one<R: Request + Sync>(
    mut printer: Printer<'_>,
    request: &Authorized<R>,
    id: model::RecordId,
    paths: &[Path],
    place: Bin,
) -> Result<Statement, StoreError> {
    let id = printer.bind(Value::Id(id), Column::Id);
    let (select, holds) = columns(&mut printer, &Reader::of(request), paths)?;
    let mut conditions = vec![format!("t0.id = {id}"), bin(0, place == Bin::Inside)];
    also(&mut printer, &mut conditions, &request.rows(), None)?;
    let sql = format!("SELECT {select} FROM {} WHERE {}", printer.from(request.on().0)?, conditions.join(" AND "));
    Ok(printer.statement(sql, holds))
}

/// Adds the rows that a grant gives, each question of reach by the way chosen for it.
pub(crate) fn granted(
    printer: &mut Printer<'_>,
    conditions: &mut Vec<String>,
    rows: &formula::Predicate,
    ways: Ways,
) -> Result<(), StoreError> {
    printer.ways = ways;
    printer.selecting = true;
    let added = also(printer, conditions, rows, None);
    printer.selecting = false;
    added
}

/// Whether an index begins with what a list is ordered by.
pub(crate) fn ordered_by_index(app: &App, request: &List) -> bool {
    let Some(sort) = request.sort.first() else { return true };
    let Some(first) = app.field(sort.by.field).filter(|_| sort.by.hops.is_empty()) else { return false };
    let begins = |fields: &Vec<FieldId>| fields.first() == Some(&first.id);
    let reference = matches!(first.kind, FieldKind::Reference { .. });
    first.required
        && (first.index
            || first.unique
            || reference
            || app.entity(first.entity).is_some_and(|entity| {
                entity.indexes.iter().any(begins) || entity.unique.iter().any(|unique| begins(&unique.fields))
            }))
}

/// The condition that a record is there and visible, for tables that speak of it: `record` is the SQL of its id.
pub(crate) fn visible(
    printer: &mut Printer<'_>,
    request: &Authorized<Get>,
    record: &str,
) -> Result<String, StoreError> {
    let mut conditions = vec![format!("t0.id = {record}"), bin(0, request.bin == Bin::Inside)];
    also(printer, &mut conditions, &request.rows(), None)?;
    Ok(conditions.join(" AND "))
}

/// Limit and sort values come after the columns, so that the cursor can be made from the last row.
pub(crate) fn list(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    request: &Authorized<List>,
    ways: Ways,
) -> Result<Statement, StoreError> {
    let mut printer = Printer::of_many(app, asking, dialect);
    let reader = Reader::of(request);
    let (mut select, mut holds) = columns(&mut printer, &reader, &request.columns)?;
    let mut conditions = vec![bin(0, request.bin == Bin::Inside)];
    let few = ways.few;
    granted(&mut printer, &mut conditions, &request.rows(), ways)?;
    also(&mut printer, &mut conditions, &request.within, None)?;
    also(&mut printer, &mut conditions, &request.filter, Some(&reader))?;
    search(&mut printer, &mut conditions, request.entity, request.search.as_deref(), &reader)?;
    let mut order: Vec<String> = Vec::new();
    let mut keys: Vec<Key> = Vec::new();
    for sort in &request.sort {
        let read = printer.walk(&sort.by, 0, Some(&reader))?;
        if matches!(read.column, Column::Ids | Column::Texts | Column::Json) {
            return Err(StoreError::Misfit("an order by what has none"));
        }
        // Of few rows a database shall not be drawn to the index of the order instead, and pass over all others.
        let value = printer.value(&read);
        let sql = match dialect {
            _ if !few || read.when.is_some() => value,
            Dialect::Sqlite => format!("+{value}"),
            Dialect::Postgres => format!("(SELECT {value})"),
        };
        // A required field of the record itself is always known, and then an index gives the order as it is.
        let known = read.when.is_none() && read.alias == 0 && (read.field.required || system_known(read.field));
        let (way, op) = match sort.direction {
            Direction::Ascending => ("", Comparison::Greater),
            Direction::Descending => (" DESC", Comparison::Less),
        };
        order.push(format!("{sql}{way}{}", if known { "" } else { " NULLS LAST" }));
        select.push_str(", ");
        select.push_str(&sql);
        holds.push(read.column);
        keys.push(Key { sql, column: read.column, op, known });
    }
    if let Some((values, id)) = &request.after {
        if values.len() != keys.len() {
            return Err(StoreError::Misfit("a cursor of another order"));
        }
        conditions.push(after(&mut printer, &keys, values, *id)?);
    }
    order.push("t0.id".to_owned());
    let limit = match whole_page(dialect, request.limit) {
        Some(most) => most.to_owned(),
        None => printer.bind(Value::Int(i64::from(request.limit) + 1), Column::Int),
    };
    let sql = format!(
        "SELECT {select} FROM {} WHERE {} ORDER BY {} LIMIT {limit}",
        printer.from(request.entity)?,
        conditions.join(" AND "),
        order.join(", ")
    );
    Ok(printer.statement(sql, holds))
}

/// How many rows are read at most, where that is a part of the statement and no value: PostgreSQL plans anew each time where it
/// does not know how far it will read, and once where it does. Read is one more than asked for, or a little more than that.
fn whole_page(dialect: Dialect, limit: u32) -> Option<&'static str> {
    const PAGES: [(u32, &str); 5] = [(1, "2"), (20, "21"), (50, "51"), (100, "101"), (200, "201")];
    let fits = PAGES.iter().find(|(most, _)| limit <= *most)?;
    (dialect == Dialect::Postgres).then_some(fits.1)
}

/// System fields that every record has.
fn system_known(field: &Field) -> bool {
    field.system && field.name.as_str() != "deleted_at"
}

struct Key {
    sql: String,
    column: Column,
    op: Comparison,
    known: bool,
}

/// What comes after the last row of the page before: a later first key, or the same and a later second one, and so on; what
/// is not known comes last.
fn after(printer: &mut Printer<'_>, keys: &[Key], values: &[Value], id: model::Uuid) -> Result<String, StoreError> {
    let last = printer.bind(Value::Id(id), Column::Id);
    let mut condition = format!("t0.id > {last}");
    for (key, value) in keys.iter().zip(values).rev() {
        let sql = &key.sql;
        if value.is_null() {
            condition = format!("({sql} IS NULL AND {condition})");
            continue;
        }
        let parameter = printer.bind(value.clone(), key.column);
        let unknown = if key.known { String::new() } else { format!(" OR {sql} IS NULL") };
        // The first part bounds the whole condition, so that an index can start there.
        condition = if key.known {
            let bound = if key.op == Comparison::Greater { ">=" } else { "<=" };
            format!("({sql} {bound} {parameter} AND ({sql} {} {parameter} OR {condition}))", word(key.op))
        } else {
            format!("({sql} {} {parameter} OR ({sql} = {parameter} AND {condition}){unknown})", word(key.op))
        };
    }
    Ok(condition)
}

/// Every word must be in what search looks into. Where the reader sees all search fields always, that is the column made
/// for it, with initials; otherwise only what they see of each row is searched.
pub(crate) fn search(
    printer: &mut Printer<'_>,
    conditions: &mut Vec<String>,
    of: EntityId,
    wanted: Option<&str>,
    reader: &Reader<'_>,
) -> Result<(), StoreError> {
    let Some(wanted) = wanted else { return Ok(()) };
    let found = entity(printer.app, of)?;
    let open = found.search.iter().all(|id| reader.main.field(*id).is_some() && reader.main.mask(*id).is_none());
    let mut places: Vec<String> = Vec::new();
    if open && !found.search.is_empty() {
        places.push("t0.search_text".to_owned());
    } else {
        for id in &found.search {
            let searched = field(printer.app, *id)?;
            if reader.main.field(*id).is_none() || Column::of(searched) != Column::Text {
                continue;
            }
            let path = Path { entity: of, hops: Vec::new(), field: *id, ty: searched.ty.clone() };
            let read = printer.walk(&path, 0, Some(reader))?;
            let value = printer.value(&read);
            places.push(match printer.dialect {
                Dialect::Sqlite => lower::sqlite(&value),
                Dialect::Postgres => lower::postgres(&value),
            });
        }
    }
    for part in wanted.split_whitespace() {
        if places.is_empty() {
            conditions.push(printer.truth(false).to_owned());
            break;
        }
        let part = printer.bind(lower::lower(part).into(), Column::Text);
        let within = if printer.dialect == Dialect::Sqlite { "instr" } else { "strpos" };
        let any: Vec<String> = places.iter().map(|place| format!("{within}({place}, {part}) > 0")).collect();
        conditions.push(format!("({})", any.join(" OR ")));
    }
    Ok(())
}

pub(crate) fn permitted(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    request: &Authorized<Permitted>,
) -> Result<Statement, StoreError> {
    let mut printer = Printer::new(app, asking, dialect);
    let id = printer.bind(Value::Id(request.id), Column::Id);
    let mut select = String::from("t0.id");
    for asked in &request.fields {
        let answer = match (request.access().field(*asked), request.access().mask(*asked)) {
            (None, _) => printer.truth(false).to_owned(),
            (Some(_), None) => printer.truth(true).to_owned(),
            (Some(_), Some(mask)) => format!("({}) IS TRUE", printer.predicate(mask, 0, None)?),
        };
        select.push_str(", ");
        select.push_str(&answer);
    }
    let inside = request.on().1.in_bin();
    let mut conditions = vec![format!("t0.id = {id}"), bin(0, inside)];
    also(&mut printer, &mut conditions, &request.rows(), None)?;
    let sql = format!("SELECT {select} FROM {} WHERE {}", printer.from(request.entity)?, conditions.join(" AND "));
    let mut holds = vec![Column::Id];
    holds.resize(request.fields.len() + 1, Column::Bool);
    Ok(printer.statement(sql, holds))
}

/// Whether each condition holds on one record: true, false, or not known.
pub(crate) fn why(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    request: &Authorized<Why>,
) -> Result<Statement, StoreError> {
    let mut printer = Printer::new(app, asking, dialect);
    let id = printer.bind(Value::Id(request.id), Column::Id);
    let mut select = vec!["t0.id".to_owned()];
    for condition in &request.conditions {
        select.push(printer.predicate(&condition.settle(asking), 0, None)?);
    }
    let mut holds = vec![Column::Id];
    holds.resize(select.len(), Column::Bool);
    let sql = format!(
        "SELECT {} FROM {} WHERE t0.id = {id} AND {}",
        select.join(", "),
        printer.from(request.entity)?,
        bin(0, request.bin == Bin::Inside)
    );
    Ok(printer.statement(sql, holds))
}

/// The fields of an entity that its own table or a join table holds, system fields left out.
pub(crate) fn stored<'a>(app: &'a App, of: &'a app::Entity) -> impl Iterator<Item = &'a Field> {
    app.fields_of(of).filter(|field| !matches!(field.kind, FieldKind::Children { .. }))
}

/// `t0."column"`, or the ids of a references field.
pub(crate) fn raw(field: &Field, dialect: Dialect) -> String {
    match (&field.kind, dialect) {
        (FieldKind::References { table, .. }, Dialect::Sqlite) => format!(
            "(SELECT json_group_array(target) FROM (SELECT target FROM {} WHERE owner = t0.id ORDER BY position))",
            name(table)
        ),
        (FieldKind::References { table, .. }, Dialect::Postgres) => {
            format!("ARRAY(SELECT target FROM {} WHERE owner = t0.id ORDER BY position)", name(table))
        }
        _ => format!("t0.{}", name(&field.column)),
    }
}
