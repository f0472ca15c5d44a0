//! Values over the children of a record, or over what is below those: one statement for all of them, whatever the number of records,
//! answered from the indexes of their references.
//!
//! Sums stay whole numbers or exact decimals; means are a sum and a count, divided here. A percentile takes the two values
//! around it, so that the database's own floating arithmetic never has a part in it; it is a statement of its own.

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

/// Rollups that one statement answers: each is a table of one row to the database, and SQLite joins 64 at most.
const TOGETHER: usize = 32;

impl Tx {
    /// What rollups come to on the stored children of a record, in their order, unmasked: computing is the platform's act. `None`
    /// where a product of a weighted mean leaves the numbers it can hold.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rollups(
        &mut self,
        app: &App,
        cause: &Authorized<Change>,
        rollups: &[&Rollup],
        parent: RecordId,
    ) -> Result<Vec<Option<Value>>, StoreError> {
        let _ = cause;
        let asking = self.asking.clone();
        let alone = |rollup: &Rollup| matches!(rollup.function, RollupFunction::Percentile { .. });
        let mut made: Vec<Option<Value>> = vec![None; rollups.len()];
        let (alone, together): (Vec<_>, Vec<_>) = rollups.iter().enumerate().partition(|(_, rollup)| alone(rollup));
        for (place, rollup) in alone {
            let mut printer = Printer::new(app, &asking, self.link.dialect());
            let parent = printer.bind(Value::Id(parent), Column::Id);
            let (sql, columns) = select(&mut printer, rollup, &parent)?;
            let rows = self.fetch(&printer.statement(sql, columns)).await?;
            if let Some(made) = made.get_mut(place) {
                *made = value(rollup.function, &rows);
            }
        }
        for some in together.chunks(TOGETHER) {
            let rollups: Vec<&Rollup> = some.iter().map(|(_, rollup)| **rollup).collect();
            let (statement, widths) = joined(app, &asking, self.link.dialect(), &rollups, parent)?;
            let mut row = self.first(&statement).await?.unwrap_or_default();
            for ((place, rollup), width) in some.iter().zip(widths) {
                let rest = row.split_off(width.min(row.len()));
                let own = std::mem::replace(&mut row, rest);
                if let Some(made) = made.get_mut(*place) {
                    *made = value(rollup.function, &[own]);
                }
            }
        }
        Ok(made)
    }
}

/// Several rollups as one statement of one row, and how many of its columns are each one's.
fn joined(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    rollups: &[&Rollup],
    parent: RecordId,
) -> Result<(Statement, Vec<usize>), StoreError> {
    let mut printer = Printer::new(app, asking, dialect);
    let parent = printer.bind(Value::Id(parent), Column::Id);
    let (mut from, mut read) = ("(SELECT 1 AS one) s".to_owned(), Vec::new());
    let (mut holds, mut widths) = (Vec::new(), Vec::with_capacity(rollups.len()));
    for (n, rollup) in rollups.iter().enumerate() {
        let (sql, columns) = select(&mut printer, rollup, &parent)?;
        let names: Vec<String> = (0..columns.len()).map(|at| format!("c{at}")).collect();
        read.extend(names.iter().map(|name| format!("r{n}.{name}")));
        // A value of the first or last row is none at all where there is no row.
        from.push_str(&format!(" LEFT JOIN ({sql}) r{n} ON {}", printer.truth(true)));
        widths.push(columns.len());
        holds.extend(columns);
    }
    let sql = format!("SELECT {} FROM {from}", read.join(", "));
    Ok((printer.statement(sql, holds), widths))
}

/// The question of one rollup, its columns named `c0`, `c1` …, and what they hold.
fn select(printer: &mut Printer<'_>, rollup: &Rollup, parent: &str) -> Result<(String, Vec<Column>), StoreError> {
    let (app, dialect) = (printer.app, printer.dialect);
    let mut conditions = vec![bin(0, false)];
    conditions.extend(printer.condition(&rollup.condition, 0)?.map(|rows| format!("({rows})")));
    let mut from = format!("{} t0", name(&entity(app, rollup.child)?.table));
    // Upwards from the records taken together; what is below a record in the bin does not count.
    let mut upwards = format!("t0.{}", name(&field(app, rollup.by)?.column));
    for (n, between) in rollup.between.iter().enumerate().rev() {
        let table = name(&entity(app, between.entity)?.table);
        from.push_str(&format!(" JOIN {table} m{n} ON m{n}.id = {upwards} AND m{n}.deleted_at IS NULL"));
        upwards = format!("m{n}.{}", name(&field(app, between.by)?.column));
    }
    conditions.push(format!("{upwards} = {parent}"));
    let mut column = |field: FieldId| -> Result<(String, Column), StoreError> {
        let ty = crate::sql::column::field(app, field)?.ty.clone();
        let path = Path { entity: rollup.child, hops: Vec::new(), field, ty };
        let read: Read<'_> = printer.walk(&path, 0, None)?;
        Ok((printer.value(&read), read.column))
    };
    let (values, order): (Vec<(String, Column)>, String) = match rollup.function {
        RollupFunction::Count => (vec![("count(*)".to_owned(), Column::Int)], String::new()),
        RollupFunction::Known(field) => (vec![(format!("count({})", column(field)?.0), Column::Int)], String::new()),
        RollupFunction::Distinct(field) => {
            (vec![(format!("count(DISTINCT {})", column(field)?.0), Column::Int)], String::new())
        }
        RollupFunction::Sum(field) => {
            let (value, of) = column(field)?;
            (vec![summed(dialect, &value, of)], String::new())
        }
        RollupFunction::Avg(field) => {
            let (value, of) = column(field)?;
            (vec![summed(dialect, &value, of), (format!("count({value})"), Column::Int)], String::new())
        }
        RollupFunction::Min(field) | RollupFunction::Max(field) => {
            let (value, of) = column(field)?;
            let word = if matches!(rollup.function, RollupFunction::Min(_)) { "min" } else { "max" };
            (vec![(format!("{word}({value})"), of)], String::new())
        }
        RollupFunction::First { field, by } | RollupFunction::Last { field, by } => {
            let ((value, of), (key, _)) = (column(field)?, column(by)?);
            conditions.push(format!("{key} IS NOT NULL"));
            let way = if matches!(rollup.function, RollupFunction::First { .. }) { "" } else { " DESC" };
            (vec![(value, of)], format!(" ORDER BY {key}{way}, t0.id{way} LIMIT 1"))
        }
        RollupFunction::Percentile { field, share } => {
            let (value, of) = column(field)?;
            return percentile(&value, of, share, &from, &conditions);
        }
        RollupFunction::WeightedMean { field, weight } => {
            let ((value, of), (weight, with)) = (column(field)?, column(weight)?);
            (weighted(dialect, (&value, of), (&weight, with))?, String::new())
        }
    };
    let named: Vec<String> = values.iter().enumerate().map(|(n, (value, _))| format!("{value} AS c{n}")).collect();
    let sql = format!("SELECT {} FROM {from} WHERE {}{order}", named.join(", "), conditions.join(" AND "));
    Ok((sql, values.into_iter().map(|(_, holds)| holds).collect()))
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
) -> Result<Vec<(String, Column)>, StoreError> {
    let no_number = || StoreError::Misfit("a mean of what is no number");
    let places = of.scale().ok_or_else(no_number)? + with.scale().ok_or_else(no_number)?;
    let known = format!("CASE WHEN {value} IS NOT NULL THEN {weight} END");
    Ok(match dialect {
        // An integer that overflows becomes a float without a word.
        Dialect::Sqlite => {
            let product = format!("{value} * {weight}");
            let products = format!("sum(CASE typeof({product}) WHEN 'integer' THEN {product} END)");
            let lost = format!("coalesce(sum(typeof({product}) = 'real'), 0)");
            vec![(products, Column::Decimal(places)), (format!("sum({known})"), with), (lost, Column::Int)]
        }
        Dialect::Postgres => {
            let products = format!("sum({value}::numeric * {weight}::numeric)");
            let weights = format!("sum(({known})::numeric)");
            vec![(products, Column::Number), (weights, Column::Number), ("0::bigint".to_owned(), Column::Int)]
        }
    })
}

/// What the rows of a rollup's question come to; `None` where a number becomes too large.
fn value(function: RollupFunction, rows: &[Vec<Value>]) -> Option<Value> {
    let number = |row: &[Value], at: usize| row.get(at).and_then(Value::as_decimal);
    let first = rows.first().map(Vec::as_slice).unwrap_or_default();
    Some(match function {
        RollupFunction::Sum(_) => match first.first() {
            None | Some(Value::Null) => Value::Int(0),
            Some(sum) => sum.clone(),
        },
        RollupFunction::Avg(_) => match (number(first, 0), number(first, 1)) {
            (Some(sum), Some(count)) if !count.is_zero() => sum.checked_div(count)?.into(),
            _ => Value::Null,
        },
        RollupFunction::WeightedMean { .. } => match (number(first, 0), number(first, 1), number(first, 2)) {
            (_, _, Some(lost)) if !lost.is_zero() => return None,
            (Some(sum), Some(weights), _) if !weights.is_zero() => sum.checked_div(weights)?.into(),
            _ => Value::Null,
        },
        RollupFunction::Percentile { share, .. } => {
            let next = rows.get(1).map(Vec::as_slice).unwrap_or_default();
            match (number(first, 0), number(first, 1), number(first, 2)) {
                (Some(low), Some(place), Some(count)) => {
                    let high = number(next, 0).unwrap_or(low);
                    between(low, high, share, place, count)?.into()
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
