//! One value over the children of a record: one statement, whatever their number, answered from the index of their reference.
//!
//! Sums stay whole numbers or exact decimals; means are a sum and a count, divided here. A percentile takes the two values
//! around it, so that the database's own floating arithmetic never has a part in it.

use app::{App, Rollup, RollupFunction};
use formula::Path;
use model::{Decimal, FieldId, RecordId, Value};
use policy::{Authorized, Change};

use crate::{
    Asking, StoreError, Tx,
    sql::{
        Column, Dialect, Printer, Statement,
        column::{entity, field},
        name,
        path::{Read, bin},
    },
};

impl Tx {
    /// What a rollup comes to on the stored children of a record, unmasked: computing is the platform's act.
    ///
    /// # Errors
    /// Those of the database; `TooLarge` when a product of the weighted mean leaves the numbers it can hold.
    pub async fn rollup(
        &mut self,
        app: &App,
        cause: &Authorized<Change>,
        rollup: &Rollup,
        parent: RecordId,
    ) -> Result<Value, StoreError> {
        let _ = cause;
        let asking = self.asking.clone();
        let statement = statement(app, &asking, self.link.dialect(), rollup, parent)?;
        let rows = self.fetch(&statement).await?;
        made(rollup.function, rows)
    }
}

fn statement(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    rollup: &Rollup,
    parent: RecordId,
) -> Result<Statement, StoreError> {
    let mut printer = Printer::new(app, asking, dialect);
    let by = name(&field(app, rollup.by)?.column);
    let parent = printer.bind(Value::Id(parent), Column::Id);
    let mut conditions = vec![format!("t0.{by} = {parent}"), bin(0, false)];
    conditions.extend(printer.condition(&rollup.condition, 0)?.map(|rows| format!("({rows})")));
    let from = format!("{} t0", name(&entity(app, rollup.child)?.table));
    let mut column = |field: FieldId| -> Result<(String, Column), StoreError> {
        let ty = crate::sql::column::field(app, field)?.ty.clone();
        let path = Path { entity: rollup.child, hops: Vec::new(), field, ty };
        let read: Read<'_> = printer.walk(&path, 0, None)?;
        Ok((printer.value(&read), read.column))
    };
    let (select, columns, order) = match rollup.function {
        RollupFunction::Count => ("count(*)".to_owned(), vec![Column::Int], String::new()),
        RollupFunction::Known(field) => (format!("count({})", column(field)?.0), vec![Column::Int], String::new()),
        RollupFunction::Distinct(field) => {
            (format!("count(DISTINCT {})", column(field)?.0), vec![Column::Int], String::new())
        }
        RollupFunction::Sum(field) => {
            let (value, of) = column(field)?;
            let (sum, of) = summed(dialect, &value, of);
            (sum, vec![of], String::new())
        }
        RollupFunction::Avg(field) => {
            let (value, of) = column(field)?;
            let (sum, of) = summed(dialect, &value, of);
            (format!("{sum}, count({value})"), vec![of, Column::Int], String::new())
        }
        RollupFunction::Min(field) | RollupFunction::Max(field) => {
            let (value, of) = column(field)?;
            let word = if matches!(rollup.function, RollupFunction::Min(_)) { "min" } else { "max" };
            (format!("{word}({value})"), vec![of], String::new())
        }
        RollupFunction::First { field, by } | RollupFunction::Last { field, by } => {
            let ((value, of), (key, _)) = (column(field)?, column(by)?);
            conditions.push(format!("{key} IS NOT NULL"));
            let way = if matches!(rollup.function, RollupFunction::First { .. }) { "" } else { " DESC" };
            (value, vec![of], format!(" ORDER BY {key}{way}, t0.id{way} LIMIT 1"))
        }
        RollupFunction::Percentile { field, share } => {
            let (value, of) = column(field)?;
            let (sql, columns) = percentile(&value, of, share, &from, &conditions)?;
            return Ok(printer.statement(sql, columns));
        }
        RollupFunction::WeightedMean { field, weight } => {
            let ((value, of), (weight, with)) = (column(field)?, column(weight)?);
            weighted(dialect, (&value, of), (&weight, with))?
        }
    };
    let sql = format!("SELECT {select} FROM {from} WHERE {}{order}", conditions.join(" AND "));
    Ok(printer.statement(sql, columns))
}

fn summed(dialect: Dialect, value: &str, of: Column) -> (String, Column) {
    match (dialect, of) {
        // A whole sum is a bigint on SQLite and a numeric on PostgreSQL; it leaves as a whole number.
        (Dialect::Postgres, Column::Int) => (format!("sum({value})::bigint"), of),
        (Dialect::Postgres, Column::Decimal(_)) => (format!("sum({value})"), Column::Number),
        _ => (format!("sum({value})"), of),
    }
}

/// The values at the place of the share and after it, each with its place, and how many there are.
fn percentile(
    value: &str,
    of: Column,
    share: Decimal,
    from: &str,
    conditions: &[String],
) -> Result<(String, Vec<Column>), StoreError> {
    let (part, whole) = (share.mantissa(), 10_i64.checked_pow(share.scale()));
    let whole = whole.ok_or(StoreError::Misfit("a share of too many places"))?;
    let place = format!("{part} * (n - 1) / {whole}");
    let sql = format!(
        "SELECT v, r, n FROM (SELECT {value} AS v, row_number() OVER (ORDER BY {value}) - 1 AS r, count(*) OVER () AS n \
         FROM {from} WHERE {} AND {value} IS NOT NULL) s WHERE r = {place} OR r = {place} + 1 ORDER BY r",
        conditions.join(" AND ")
    );
    Ok((sql, vec![of, Column::Int, Column::Int]))
}

/// The sum of the products, that of the weights, and how many products were too large.
fn weighted(
    dialect: Dialect,
    (value, of): (&str, Column),
    (weight, with): (&str, Column),
) -> Result<(String, Vec<Column>, String), StoreError> {
    let no_number = || StoreError::Misfit("a mean of what is no number");
    let places = of.scale().ok_or_else(no_number)? + with.scale().ok_or_else(no_number)?;
    let known = format!("CASE WHEN {value} IS NOT NULL THEN {weight} END");
    Ok(match dialect {
        // An integer that overflows becomes a float without a word.
        Dialect::Sqlite => {
            let product = format!("{value} * {weight}");
            let products = format!("sum(CASE typeof({product}) WHEN 'integer' THEN {product} END)");
            let lost = format!("coalesce(sum(typeof({product}) = 'real'), 0)");
            let columns = vec![Column::Decimal(places), with, Column::Int];
            (format!("{products}, sum({known}), {lost}"), columns, String::new())
        }
        Dialect::Postgres => {
            let products = format!("sum({value}::numeric * {weight}::numeric)");
            let columns = vec![Column::Number, Column::Number, Column::Int];
            (format!("{products}, sum(({known})::numeric), 0::bigint"), columns, String::new())
        }
    })
}

fn made(function: RollupFunction, rows: Vec<Vec<Value>>) -> Result<Value, StoreError> {
    let number = |row: &[Value], at: usize| row.get(at).and_then(Value::as_decimal);
    let too_large = || StoreError::TooLarge;
    let first = rows.first().map(Vec::as_slice).unwrap_or_default();
    Ok(match function {
        RollupFunction::Sum(_) => match first.first() {
            None | Some(Value::Null) => Value::Int(0),
            Some(sum) => sum.clone(),
        },
        RollupFunction::Avg(_) => match (number(first, 0), number(first, 1)) {
            (Some(sum), Some(count)) if !count.is_zero() => sum.checked_div(count).ok_or_else(too_large)?.into(),
            _ => Value::Null,
        },
        RollupFunction::WeightedMean { .. } => match (number(first, 0), number(first, 1), number(first, 2)) {
            (_, _, Some(lost)) if !lost.is_zero() => return Err(too_large()),
            (Some(sum), Some(weights), _) if !weights.is_zero() => {
                sum.checked_div(weights).ok_or_else(too_large)?.into()
            }
            _ => Value::Null,
        },
        RollupFunction::Percentile { share, .. } => {
            let next = rows.get(1).map(Vec::as_slice).unwrap_or_default();
            match (number(first, 0), number(first, 1), number(first, 2)) {
                (Some(low), Some(place), Some(count)) => {
                    let high = number(next, 0).unwrap_or(low);
                    between(low, high, share, place, count).ok_or_else(too_large)?.into()
                }
                _ => Value::Null,
            }
        }
        RollupFunction::Count
        | RollupFunction::Known(_)
        | RollupFunction::Distinct(_)
        | RollupFunction::Min(_)
        | RollupFunction::Max(_)
        | RollupFunction::First { .. }
        | RollupFunction::Last { .. } => first.first().cloned().unwrap_or_default(),
    })
}

/// Between two neighbours in proportion.
fn between(low: Decimal, high: Decimal, share: Decimal, place: Decimal, count: Decimal) -> Option<Decimal> {
    let rest = share.checked_mul(count.checked_sub(Decimal::ONE)?)?.checked_sub(place)?;
    high.checked_sub(low)?.checked_mul(rest)?.checked_add(low)
}
