//! The statement of an aggregate. Sums stay whole numbers or exact decimals; a mean is a sum and a count, divided later.

use app::{App, FieldKind};
use policy::{Aggregate, Authorized, Measure};

use model::Value;

use crate::{
    Asking, StoreError,
    sql::{
        Column, Dialect, Printer, Reader, Statement, name,
        path::{Read, bin},
        select::{also, search},
    },
};

mod anonymous;

pub(crate) fn aggregate(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    request: &Authorized<Aggregate>,
) -> Result<Statement, StoreError> {
    if request.anonymous {
        return anonymous::aggregate(app, asking, dialect, request);
    }
    let mut printer = Printer::new(app, asking, dialect);
    let reader = Reader::of(request);
    let mut select: Vec<String> = Vec::new();
    let mut holds: Vec<Column> = Vec::new();
    let mut extra = String::new();
    for (at, path) in request.group.iter().enumerate() {
        let read = printer.walk(path, 0, Some(&reader))?;
        let (sql, column) = match &read.field.kind {
            FieldKind::Json | FieldKind::Children { .. } => return Err(StoreError::Misfit("groups by what has none")),
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
        let Some(path) = measure.of() else {
            select.push("count(*)".to_owned());
            holds.push(Column::Int);
            continue;
        };
        let read = printer.walk(path, 0, Some(&reader))?;
        let value = printer.value(&read);
        let sum = match read.column {
            // A whole sum is a bigint on SQLite and a numeric on PostgreSQL; it leaves as a whole number.
            Column::Int if dialect == Dialect::Postgres => format!("sum({value})::bigint"),
            _ => format!("sum({value})"),
        };
        let summed = match (dialect, read.column) {
            (Dialect::Postgres, Column::Decimal(_)) => Column::Number,
            (_, column) => column,
        };
        match measure {
            Measure::Count => {}
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
                select.push(match (dialect, read.column) {
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
    }
    let mut conditions = vec![bin(0, false)];
    also(&mut printer, &mut conditions, &request.rows(), None)?;
    also(&mut printer, &mut conditions, &request.within, None)?;
    also(&mut printer, &mut conditions, &request.filter, Some(&reader))?;
    search(&mut printer, &mut conditions, request.entity, request.search.as_deref(), &reader)?;
    printer.extra = extra;
    let limit = printer.bind(Value::Int(request.limit.into()), Column::Int);
    let positions: Vec<String> = (1..=request.group.len()).map(|at| at.to_string()).collect();
    let (group, order) = if positions.is_empty() {
        (String::new(), String::new())
    } else {
        let order: Vec<String> = positions.iter().map(|at| format!("{at} NULLS LAST")).collect();
        (format!(" GROUP BY {}", positions.join(", ")), format!(" ORDER BY {}", order.join(", ")))
    };
    if select.is_empty() {
        return Err(StoreError::Misfit("an aggregate of nothing"));
    }
    let sql = format!(
        "SELECT {} FROM {} WHERE {}{group}{order} LIMIT {limit}",
        select.join(", "),
        printer.from(request.entity)?,
        conditions.join(" AND ")
    );
    Ok(Statement { sql: sql.into(), args: printer.args, columns: holds })
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
