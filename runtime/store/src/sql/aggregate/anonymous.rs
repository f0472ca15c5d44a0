//! Numbers without names: first every cell on its own, those of too few people or not told yet left out; then the numbers
//! asked for, over the cells that stay. Conditions and groups speak of cells only, which `policy` has made sure of, so each
//! cell is whole.

use app::{Anonymity, App, Field, FieldKind};
use model::Value;
use policy::{Aggregate, Authorized, Measure};

use super::number;
use crate::{
    Asking, StoreError,
    sql::{
        Column, Dialect, Printer, Reader, Statement,
        column::{entity, field},
        name,
        path::bin,
        select::also,
    },
};

pub(super) fn aggregate(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    request: &Authorized<Aggregate>,
) -> Result<Statement, StoreError> {
    let anonymity = entity(app, request.entity)?.anonymity.as_ref();
    let anonymity = anonymity.ok_or(StoreError::Misfit("numbers without names of what has no cells"))?;
    if request.search.is_some() || request.period.is_some() || request.measures.is_empty() {
        return Err(StoreError::Misfit("numbers without names of a search or by period, or none at all"));
    }
    let mut printer = Printer::of_many(app, asking, dialect);
    let reader = Reader::of(request);
    let own = |id| field(app, id).map(|found| format!("t0.{}", name(&found.column)));

    let mut inner: Vec<String> = Vec::new();
    for (at, id) in anonymity.by.iter().enumerate() {
        inner.push(format!("{} AS k{at}", own(*id)?));
    }
    let mut outer: Vec<String> = Vec::new();
    let mut holds: Vec<Column> = Vec::new();
    for (at, path) in request.group.iter().enumerate() {
        if !(path.hops.is_empty() && anonymity.by.contains(&path.field)) {
            return Err(StoreError::Misfit("a group that is no cell"));
        }
        // Where it is not given a cell has no key. It is given on all of a cell or on none of it, so that no cell is parted.
        let read = printer.walk(path, 0, Some(&reader))?;
        inner.push(format!("{} AS g{at}", printer.value(&read)));
        outer.push(format!("c.g{at}"));
        holds.push(read.column);
    }
    let cells: Vec<String> = (1..=inner.len()).map(|at| at.to_string()).collect();
    let least = threshold(&mut printer, anonymity)?;
    let (of, joined) = whose(field(app, anonymity.of)?);
    // A sum of whole numbers is a numeric on PostgreSQL; it leaves as a whole number.
    let whole = |sql: String| if dialect == Dialect::Postgres { format!("{sql}::bigint") } else { sql };
    for (at, measure) in request.measures.iter().enumerate() {
        let Some(path) = measure.of() else {
            inner.push(format!("count(*) AS m{at}"));
            outer.push(whole(format!("coalesce(sum(c.m{at}), 0)")));
            holds.push(Column::Int);
            continue;
        };
        let read = printer.walk(path, 0, Some(&reader))?;
        let value = printer.value(&read);
        // A cell of enough people of whom too few gave this value is not in its numbers.
        let enough = format!("count(DISTINCT CASE WHEN {value} IS NOT NULL THEN {of} END) >= {least}");
        if matches!(measure, Measure::Known(_)) {
            inner.push(format!("CASE WHEN {enough} THEN count({value}) END AS m{at}"));
            outer.push(whole(format!("coalesce(sum(c.m{at}), 0)")));
            holds.push(Column::Int);
            continue;
        }
        number(read.column)?;
        inner.push(format!("CASE WHEN {enough} THEN sum({value}) END AS m{at}"));
        let sum = format!("sum(c.m{at})");
        outer.push(if read.column == Column::Int { whole(sum) } else { sum });
        holds.push(match (dialect, read.column) {
            (Dialect::Postgres, Column::Decimal(_)) => Column::Number,
            (_, column) => column,
        });
        match measure {
            Measure::Avg(_) => {
                inner.push(format!("CASE WHEN {enough} THEN count({value}) END AS n{at}"));
                outer.push(whole(format!("coalesce(sum(c.n{at}), 0)")));
                holds.push(Column::Int);
            }
            Measure::Sum(_) => {}
            _ => return Err(StoreError::Misfit("somebody's own number among those without names")),
        }
    }
    let mut conditions = vec![bin(0, false)];
    also(&mut printer, &mut conditions, &request.rows(), None)?;
    also(&mut printer, &mut conditions, &request.within, None)?;
    // It says the same of every record of a cell, so each stays whole.
    if let Some(opens) = &anonymity.opens {
        also(&mut printer, &mut conditions, &opens.rows, None)?;
    }
    also(&mut printer, &mut conditions, &request.filter, Some(&reader))?;
    let people = format!("count(DISTINCT {of}) >= {least}");
    let by = if cells.is_empty() { String::new() } else { format!(" GROUP BY {}", cells.join(", ")) };
    let limit = printer.bind(Value::Int(request.limit.into()), Column::Int);
    let positions: Vec<String> = (1..=request.group.len()).map(|at| at.to_string()).collect();
    let (group, order) = if positions.is_empty() {
        (String::new(), String::new())
    } else {
        let order: Vec<String> = positions.iter().map(|at| format!("{at} NULLS LAST")).collect();
        (format!(" GROUP BY {}", positions.join(", ")), format!(" ORDER BY {}", order.join(", ")))
    };
    let sql = format!(
        "SELECT {} FROM (SELECT {} FROM {}{joined} WHERE {}{by} HAVING {people}) c{group}{order} LIMIT {limit}",
        outer.join(", "),
        inner.join(", "),
        printer.from(request.entity)?,
        conditions.join(" AND "),
    );
    Ok(printer.statement(sql, holds))
}

/// Whose record it is, with what is joined to know that: answers whose person was erased lead to nobody, and still count as
/// one person's. Where no reference says whose they are, they count as nobody's.
fn whose(of: &Field) -> (String, &'static str) {
    let own = format!("t0.{}", name(&of.column));
    let who = match of.kind {
        FieldKind::Reference { .. } => format!("coalesce({own}, un.who)"),
        // What stands there since is nothing, or a word that says that it was erased.
        _ => format!("CASE WHEN un.record IS NULL THEN {own} END"),
    };
    (who, " LEFT JOIN loam_unnamed un ON un.record = t0.id")
}

/// Fewest people of a cell, which may differ by the value of one of its fields.
fn threshold(printer: &mut Printer<'_>, anonymity: &Anonymity) -> Result<String, StoreError> {
    let Some((id, values)) = anonymity.except.as_ref().filter(|(_, values)| !values.is_empty()) else {
        return Ok(anonymity.at_least.to_string());
    };
    let column = format!("t0.{}", name(&field(printer.app, *id)?.column));
    let cases: Vec<String> = values
        .iter()
        .map(|(code, least)| {
            let code = printer.bind(code.as_str().into(), Column::Text);
            format!("WHEN {column} = {code} THEN {least}")
        })
        .collect();
    Ok(format!("CASE {} ELSE {} END", cases.join(" "), anonymity.at_least))
}
