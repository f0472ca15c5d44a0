//! Rows of a table, ready to be printed.

use serde::Serialize;
use store::Row;

use super::{
    Visit,
    columns::{self, Columns},
    names,
};
use crate::{
    problem::Problem,
    show::{Names, Shown},
};

/// A table.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Table {
    /// Its column heads.
    pub heads: Vec<Head>,
    /// Its rows.
    pub rows: Vec<Line>,
    /// Whether its rows have buttons.
    pub actions: bool,
    /// The token of those buttons.
    pub csrf: String,
}

/// The head of a column.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Head {
    /// What it is called.
    pub label: String,
    /// Whether it holds numbers.
    pub number: bool,
    /// Where to go to sort by it.
    pub href: Option<String>,
    /// `ascending` or `descending`, if sorted by it.
    pub sorted: Option<&'static str>,
    /// Whether its cells must be filled, in a table of inputs.
    pub required: bool,
}

/// A row.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Line {
    /// The record's page.
    pub href: Option<String>,
    /// Its cells.
    pub cells: Vec<Cell>,
    /// Its buttons.
    pub actions: Vec<Action>,
}

/// A cell.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Cell {
    /// The column's name, shown beside it on a phone.
    pub label: String,
    /// The value.
    pub shown: Shown,
    /// Whether it is a number.
    pub number: bool,
}

/// A button of a row.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Action {
    /// Where it posts to.
    pub href: String,
    /// What it says.
    pub label: &'static str,
}

/// Shows rows as a table, each leading to its record.
///
/// # Errors
/// The engine refused to tell the names of records referred to.
pub async fn table(visit: &Visit, columns: &Columns, rows: &[Row], entity: &str) -> Result<Table, Problem> {
    let names = names::load(visit, &columns.unnamed(visit.app(), rows)).await?;
    let heads: Vec<Head> = columns
        .shown
        .iter()
        .map(|column| Head {
            label: columns::label(visit.app(), &column.path, visit.locale()),
            number: columns::is_number(visit.app(), &column.path),
            ..Head::default()
        })
        .collect();
    let reader = visit.reader();
    let lines = rows.iter().map(|row| Line {
        href: Some(format!("/r/{entity}/{}", row.id)),
        cells: cells(visit, columns, &heads, row, &reader, &names),
        actions: Vec::new(),
    });
    Ok(Table { rows: lines.collect(), heads, actions: false, csrf: visit.csrf.clone() })
}

fn cells(
    visit: &Visit,
    columns: &Columns,
    heads: &[Head],
    row: &Row,
    reader: &crate::show::Reader,
    names: &Names,
) -> Vec<Cell> {
    let each = heads.iter().enumerate().map(|(at, head)| Cell {
        label: head.label.clone(),
        shown: columns.cell(visit.app(), reader, row, at, names),
        number: head.number,
    });
    let mut cells: Vec<Cell> = each.collect();
    one_bar(cells.iter_mut().map(|cell| &mut cell.shown));
    cells
}

/// Of several bars side by side only the first stays one; the others are read as numbers.
pub fn one_bar<'s>(shown: impl Iterator<Item = &'s mut Shown>) {
    for bar in shown.filter(|shown| shown.kind == "meter").skip(1) {
        bar.kind = "number";
    }
}
