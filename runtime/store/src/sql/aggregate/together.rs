//! Several aggregates by one statement: the rows of each, one request after the other, with the number of the request before
//! them. Each is printed as it is alone, with its own reader's conditions.
//!
//! Columns that hold the same stand below each other, so that both databases know what a column is; a request leaves those of
//! the others empty.

use app::App;
use policy::{Aggregate, Authorized};

use super::print;
use crate::{
    Asking, StoreError,
    sql::{Column, Dialect, Printer, Statement, breadth::Ways},
};

/// Requests that one statement answers at most.
const MOST: usize = 40;
/// Parameters after which no further request is added.
const ENOUGH: usize = 8_000;

/// A statement that answers several requests.
pub(crate) struct Together {
    pub(crate) statement: Statement,
    /// Of each request, where its columns stand in a row; before them all is the number of the request.
    pub(crate) places: Vec<Vec<usize>>,
}

/// One request as a part of the statement.
struct Part {
    sql: String,
    places: Vec<usize>,
}

/// The statement of the first of these requests, and of those after it that fit beside it.
pub(crate) fn together(
    app: &App,
    asking: &Asking,
    dialect: Dialect,
    requests: &[Authorized<Aggregate>],
    ways: &mut std::vec::IntoIter<Ways>,
) -> Result<Together, StoreError> {
    let (mut args, mut columns, mut parts, mut keys) = (Vec::new(), vec![Column::Int], Vec::new(), 0);
    for (request, ways) in requests.iter().take(MOST).zip(ways.by_ref()) {
        if request.anonymous {
            return Err(StoreError::Misfit("numbers without names among others"));
        }
        let mut printer = Printer::of_many(app, asking, dialect);
        printer.args = args;
        let statement = print(printer, request, ways)?;
        args = statement.args;
        let places = placed(&statement.columns, &mut columns);
        let own = request.group.len() + usize::from(request.period.is_some());
        keys = keys.max(places.iter().take(own).max().copied().unwrap_or_default());
        parts.push(Part { sql: statement.sql.into_owned(), places });
        if args.len() >= ENOUGH {
            break;
        }
    }
    let several: Vec<String> = parts.iter().enumerate().map(|(at, part)| row(dialect, at, part, &columns)).collect();
    let order: Vec<String> = (0..keys).map(|at| format!(", {} NULLS LAST", at + 2)).collect();
    let sql = format!("{} ORDER BY 1{}", several.join(" UNION ALL "), order.concat());
    let places = parts.into_iter().map(|part| part.places).collect();
    Ok(Together { statement: Statement { sql: sql.into(), args, columns }, places })
}

/// Where columns stand: each in the first that holds the same, behind the one before it.
fn placed(own: &[Column], columns: &mut Vec<Column>) -> Vec<usize> {
    let (mut places, mut next) = (Vec::with_capacity(own.len()), 1);
    for column in own {
        let found = columns.iter().enumerate().skip(next).find(|(_, known)| *known == column).map(|(at, _)| at);
        let at = found.unwrap_or_else(|| {
            columns.push(*column);
            columns.len() - 1
        });
        next = at + 1;
        places.push(at);
    }
    places
}

/// The rows of a part, in the columns of all.
fn row(dialect: Dialect, number: usize, part: &Part, columns: &[Column]) -> String {
    let cells = columns.iter().enumerate().map(|(place, column)| {
        let sql = match part.places.iter().position(|at| *at == place) {
            _ if place == 0 => number.to_string(),
            Some(at) => format!("s.c{at}"),
            None => "NULL".to_owned(),
        };
        match dialect {
            Dialect::Sqlite => sql,
            Dialect::Postgres => format!("{sql}::{}", column.cast()),
        }
    });
    let cells: Vec<String> = cells.collect();
    format!("SELECT {} FROM ({}) s", cells.join(", "), part.sql)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_the_same_kind_stand_below_each_other_in_their_order() {
        let mut columns = vec![Column::Int];
        assert_eq!(placed(&[Column::Date, Column::Int, Column::Int], &mut columns), [1, 2, 3]);
        assert_eq!(placed(&[Column::Date, Column::Number, Column::Int], &mut columns), [1, 4, 5]);
        assert_eq!(placed(&[Column::Text, Column::Date, Column::Int], &mut columns), [6, 7, 8]);
        assert_eq!(placed(&[Column::Date, Column::Int], &mut columns), [1, 2]);
    }

    #[test]
    fn a_part_leaves_the_columns_of_others_empty() {
        let part = Part { sql: "SELECT 1 AS c0, 2 AS c1".to_owned(), places: vec![1, 3] };
        let columns = [Column::Int, Column::Date, Column::Text, Column::Int];
        assert_eq!(
            row(Dialect::Postgres, 4, &part, &columns),
            "SELECT 4::bigint, s.c0::date, NULL::text, s.c1::bigint FROM (SELECT 1 AS c0, 2 AS c1) s"
        );
        assert_eq!(
            row(Dialect::Sqlite, 4, &part, &columns),
            "SELECT 4, s.c0, NULL, s.c1 FROM (SELECT 1 AS c0, 2 AS c1) s"
        );
    }
}
