//! The statement of an aggregate. Sums stay whole numbers or exact decimals; a mean is a sum and a count, divided later.

use app::{App, FieldKind};
use formula::Path;
use policy::{Aggregate, Authorized, Measure};

use model::Value;

use crate::{
    Asking, StoreError,
    sql::{
        Column, Dialect, Printer, Reader, Statement,
        breadth::Ways,
        name,
        path::{Read, bin},
        select::{also, granted, search},
    },
};

mod anonymous;
mod period;
mod together;

pub(crate) use together::together;

pub(crate) fn aggregate(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    request: &Authorized<Aggregate>,
    ways: Ways,
) -> Result<Statement, StoreError> {
    if request.anonymous {
        return anonymous::aggregate(app, asking, dialect, request);
    }
    print(Printer::of_many(app, asking, dialect), request, ways)
}

/// The first number of each request, over all its rows at once: one row with a column for each.
pub(crate) fn first_numbers(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    requests: &[Authorized<Aggregate>],
    ways: Vec<Ways>,
) -> Result<Statement, StoreError> {
    let (mut args, mut columns, mut select) = (Vec::new(), Vec::new(), Vec::new());
    for (request, ways) in requests.iter().zip(ways) {
        if request.anonymous || request.period.is_some() || !request.group.is_empty() || request.measures.len() != 1 {
            return Err(StoreError::Misfit("one number of what has several"));
        }
        let mut printer = Printer::of_many(app, asking, dialect);
        printer.args = args;
        let statement = print(printer, request, ways)?;
        args = statement.args;
        columns.extend(statement.columns.first());
        select.push(format!("({})", statement.sql));
    }
    Ok(Statement { sql: format!("SELECT {}", select.join(", ")).into(), args, columns })
}

fn print(mut printer: Printer<'_>, request: &Authorized<Aggregate>, ways: Ways) -> Result<Statement, StoreError> {
    let reader = Reader::of(request);
    let mut select: Vec<String> = Vec::new();
    let mut holds: Vec<Column> = Vec::new();
    let mut extra = String::new();
    if let Some(period) = &request.period {
        let (sql, column) = period::key(&mut printer, period, &reader)?;
        select.push(sql);
        holds.push(column);
    }
    for (at, path) in request.group.iter().enumerate() {
        let read = printer.walk(path, 0, Some(&reader))?;
        let (sql, column) = match &read.field.kind {
            FieldKind::Json | FieldKind::Signature | FieldKind::Children { .. } => {
                return Err(StoreError::Misfit("groups by what has none"));
            }
            FieldKind::References { .. } | FieldKind::Choices(_) => {
                let (join, sql, column) = spread(&printer, &read, at);
                extra.push_str(&join);
                (sql, column)
            }
            _ => (printer.value(&read), read.column),
        };
        select.push(sql);
        holds.push(column);
    }
    for measure in &request.measures {
        fold(&mut printer, measure, None, &reader, &mut select, &mut holds)?;
    }
    let mut conditions = vec![bin(0, false)];
    granted(&mut printer, &mut conditions, &request.rows(), ways)?;
    also(&mut printer, &mut conditions, &request.within, None)?;
    also(&mut printer, &mut conditions, &request.filter, Some(&reader))?;
    search(&mut printer, &mut conditions, request.entity, request.search.as_deref(), &reader)?;
    printer.extra = extra;
    let limit = printer.bind(Value::Int(request.limit.into()), Column::Int);
    let keys = request.group.len() + usize::from(request.period.is_some());
    let positions: Vec<String> = (1..=keys).map(|at| at.to_string()).collect();
    let (group, order) = if positions.is_empty() {
        (String::new(), String::new())
    } else {
        let order: Vec<String> = positions.iter().map(|at| format!("{at} NULLS LAST")).collect();
        (format!(" GROUP BY {}", positions.join(", ")), format!(" ORDER BY {}", order.join(", ")))
    };
    if select.is_empty() {
        return Err(StoreError::Misfit("an aggregate of nothing"));
    }
    let select: Vec<String> = select.iter().enumerate().map(|(at, sql)| format!("{sql} AS c{at}")).collect();
    let sql = format!(
        "SELECT {} FROM {} WHERE {}{group}{order} LIMIT {limit}",
        select.join(", "),
        printer.from(request.entity)?,
        conditions.join(" AND ")
    );
    Ok(printer.statement(sql, holds))
}

/// Prints one number: a column, or two for a mean. Only of the records for which `among` holds.
fn fold(
    printer: &mut Printer<'_>,
    measure: &Measure,
    among: Option<&str>,
    reader: &Reader<'_>,
    select: &mut Vec<String>,
    holds: &mut Vec<Column>,
) -> Result<(), StoreError> {
    let some = |value: String| match among {
        Some(when) => format!("CASE WHEN {when} THEN {value} END"),
        None => value,
    };
    if let Measure::Among(some) = measure {
        let (inner, rows) = &**some;
        let when = printer.predicate(&rows.settle(printer.asking), 0, Some(reader))?;
        let when = match among {
            Some(outer) => format!("({outer}) AND ({when})"),
            None => when,
        };
        return fold(printer, inner, Some(&when), reader, select, holds);
    }
    if let Measure::Product(factors) = measure {
        let (sql, column) = product(printer, &factors.0, &factors.1, reader)?;
        select.push(format!("sum({})", some(sql)));
        holds.push(column);
        return Ok(());
    }
    let Some(path) = measure.of() else {
        let count = if among.is_some() { format!("count({})", some("1".to_owned())) } else { "count(*)".to_owned() };
        select.push(count);
        holds.push(Column::Int);
        return Ok(());
    };
    let read = printer.walk(path, 0, Some(reader))?;
    let value = some(printer.value(&read));
    let sum = match read.column {
        // A whole sum is a bigint on SQLite and a numeric on PostgreSQL; it leaves as a whole number.
        Column::Int if printer.dialect == Dialect::Postgres => format!("sum({value})::bigint"),
        _ => format!("sum({value})"),
    };
    let summed = match (printer.dialect, read.column) {
        (Dialect::Postgres, Column::Decimal(_)) => Column::Number,
        (_, column) => column,
    };
    match measure {
        Measure::Count | Measure::Product(_) | Measure::Among(_) => {}
        Measure::Sum(_) => {
            number(read.column)?;
            select.push(sum);
            holds.push(summed);
        }
        Measure::Avg(_) => {
            number(read.column)?;
            select.push(sum);
            holds.push(summed);
            select.push(format!("count({value})"));
            holds.push(Column::Int);
        }
        Measure::Min(_) | Measure::Max(_) => {
            let word = if matches!(measure, Measure::Min(_)) { "min" } else { "max" };
            select.push(match (printer.dialect, read.column) {
                (_, Column::Json | Column::Texts | Column::Ids) => {
                    return Err(StoreError::Misfit("the smallest or largest of what has no order"));
                }
                (Dialect::Postgres, Column::Bool) => format!("{word}(({value})::int) = 1"),
                (Dialect::Postgres, Column::Id) => format!("{word}(({value})::text COLLATE \"C\")::uuid"),
                _ => format!("{word}({value})"),
            });
            holds.push(read.column);
        }
        Measure::Known(_) => {
            select.push(format!("count({value})"));
            holds.push(Column::Int);
        }
        Measure::Distinct(_) => {
            if matches!(read.column, Column::Json | Column::Texts | Column::Ids) {
                return Err(StoreError::Misfit("a count of different lists"));
            }
            select.push(format!("count(DISTINCT {value})"));
            holds.push(Column::Int);
        }
    }
    Ok(())
}

/// The exact product of two numbers of a record. On SQLite a product that leaves 64 bits would become a float without a
/// word; it ends the statement instead, as a sum that leaves them does.
fn product(
    printer: &mut Printer<'_>,
    one: &Path,
    other: &Path,
    reader: &Reader<'_>,
) -> Result<(String, Column), StoreError> {
    let one = printer.walk(one, 0, Some(reader))?;
    let other = printer.walk(other, 0, Some(reader))?;
    let places = |column: Column| column.scale().ok_or(StoreError::Misfit("a product of what is no number"));
    let scale = places(one.column)? + places(other.column)?;
    let (a, b) = (printer.value(&one), printer.value(&other));
    Ok(match printer.dialect {
        Dialect::Postgres => (format!("({a})::numeric * ({b})"), Column::Number),
        Dialect::Sqlite => (
            format!(
                "(SELECT CASE typeof(v) WHEN 'real' THEN abs(-9223372036854775807 - 1 - typeof(v) * 0) ELSE v END \
                 FROM (SELECT ({a}) * ({b}) AS v))"
            ),
            Column::Decimal(scale),
        ),
    })
}

fn number(column: Column) -> Result<(), StoreError> {
    column.scale().map(drop).ok_or(StoreError::Misfit("a sum of what is no number"))
}

/// A join that gives a row per value of a field of several; one row without a value when there are none or they are masked.
fn spread(printer: &Printer<'_>, read: &Read<'_>, at: usize) -> (String, String, Column) {
    let when = read.when.as_ref().map_or_else(|| printer.truth(true).to_owned(), |when| format!("({when})"));
    let alias = read.alias;
    match (&read.field.kind, printer.dialect) {
        (FieldKind::References { table, .. }, _) => {
            let table = name(table);
            let join = format!(
                " LEFT JOIN (SELECT owner AS o, target AS v FROM {table}) g{at} ON g{at}.o = t{alias}.id AND {when}"
            );
            (join, format!("g{at}.v"), Column::Id)
        }
        (_, Dialect::Sqlite) => {
            let list = format!("CASE WHEN {when} THEN t{alias}.{} END", name(&read.field.column));
            (format!(" LEFT JOIN json_each({list}) g{at}"), format!("g{at}.value"), Column::Text)
        }
        (_, Dialect::Postgres) => {
            let list = format!("CASE WHEN {when} THEN t{alias}.{} END", name(&read.field.column));
            (format!(" LEFT JOIN LATERAL unnest({list}) AS g{at}(v) ON TRUE"), format!("g{at}.v"), Column::Text)
        }
    }
}
