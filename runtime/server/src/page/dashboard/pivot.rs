//! Values of the newest period in rows and columns, with totals that are values of their own and not sums of what is shown.

use app::{By, FieldKind};
use engine::query::series::{Cell, TermSeries};
use model::Value;

use super::{
    Frame,
    ask::{Answers, Questions},
    drawing::{Drawing, Twin, TwinCell, TwinRow},
    named, written,
};
use crate::{page::names, problem::Problem, show};

/// Most columns shown.
const COLUMNS: usize = 24;

/// A row or a column.
struct Group {
    value: Value,
    name: String,
}

/// Fills a pivot table.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn fill(
    frame: &Frame<'_>,
    tile: &app::Tile,
    questions: &Questions<'_>,
    answers: &Answers,
    down: Option<&By>,
) -> Result<Drawing, Problem> {
    let visit = frame.visit;
    let (Some(term), Some(by), Some(across)) = (visit.app().term(tile.term), questions.by, &tile.across) else {
        return Ok(Drawing::default());
    };
    let one = |key| answers.series(tile, key).first().copied();
    let [rows, columns, all] = [0, 1, 2].map(|at| questions.more.get(at).and_then(one));
    let most = usize::try_from(tile.top).unwrap_or(usize::MAX);
    let (rows_shown, rows_left) = groups(frame, by, rows, most).await?;
    let (columns_shown, columns_left) = groups(frame, across, columns, COLUMNS).await?;
    let cell =
        |found: Option<&Cell>, at: &[(&str, &Value)]| match found.and_then(|cell| Some((cell, cell.shown(term)?))) {
            Some((cell, value)) => TwinCell {
                text: written(visit, term, Some(value)),
                href: Some(frame.behind_groups(term, cell.period, at)),
                number: Some(value),
            },
            None => TwinCell { text: show::NOTHING.to_owned(), ..TwinCell::default() },
        };
    let of = |series: Option<&'_ TermSeries>, group: &Value| {
        series.and_then(|series| series.cells.iter().find(|cell| cell.group == *group).cloned())
    };
    let inner = one(&questions.now).map_or(&[][..], |series| &series.cells);
    let (by_row, by_column) = (by.written.as_str(), across.written.as_str());
    let mut twin = Twin { heads: vec![String::new()], rows: Vec::new() };
    twin.heads.extend(columns_shown.iter().map(|column| column.name.clone()));
    twin.heads.push(visit.say("total").to_owned());
    for row in &rows_shown {
        let pairs = inner.iter().filter_map(|cell| match &cell.group {
            Value::List(pair) => Some((pair, cell)).filter(|(pair, _)| pair.first() == Some(&row.value)),
            _ => None,
        });
        let pairs: Vec<_> = pairs.collect();
        let mut cells: Vec<TwinCell> = columns_shown
            .iter()
            .map(|column| {
                let found = pairs.iter().find(|(pair, _)| pair.get(1) == Some(&column.value)).map(|(_, cell)| *cell);
                cell(found, &[(by_row, &row.value), (by_column, &column.value)])
            })
            .collect();
        cells.push(cell(of(rows, &row.value).as_ref(), &[(by_row, &row.value)]));
        twin.rows.push(TwinRow { name: row.name.clone(), href: down.map(|by| frame.down(by, &row.value)), cells });
    }
    let mut cells: Vec<TwinCell> = columns_shown
        .iter()
        .map(|column| cell(of(columns, &column.value).as_ref(), &[(by_column, &column.value)]))
        .collect();
    cells.push(cell(of(all, &Value::Null).as_ref(), &[]));
    twin.rows.push(TwinRow { name: visit.say("total").to_owned(), href: None, cells });
    let left = rows_left + columns_left;
    let left_out = if left == 0 { String::new() } else { visit.fill("groups-left-out", &[("n", &left.to_string())]) };
    Ok(Drawing { svg: String::new(), table: twin, left_out })
}

/// The groups that have a value: of a choice in the order of its values, of records the largest first, others by their values.
async fn groups(
    frame: &Frame<'_>,
    by: &By,
    series: Option<&TermSeries>,
    most: usize,
) -> Result<(Vec<Group>, usize), Problem> {
    let visit = frame.visit;
    let (Some(series), Some(field)) = (series, visit.app().field(by.path.field)) else { return Ok((Vec::new(), 0)) };
    let mut found: Vec<_> = series.cells.iter().filter(|cell| cell.value.is_some()).collect();
    match (&field.kind, field.target()) {
        (FieldKind::Choice(choices) | FieldKind::Choices(choices), _) => found.sort_by_key(|cell| {
            choices.iter().position(|choice| matches!(&cell.group, Value::Text(code) if *code == choice.code))
        }),
        (_, Some(_)) => found.sort_by_key(|cell| std::cmp::Reverse(cell.value)),
        _ => found.sort_by_key(|cell| super::super::behind::written(&cell.group)),
    }
    let left_out = found.len().saturating_sub(most);
    found.truncate(most);
    let wanted: Vec<_> = match field.target() {
        Some(target) => found.iter().filter_map(|cell| Some((target, cell.group.as_id()?))).collect(),
        None => Vec::new(),
    };
    let names = names::load(visit, &wanted).await?;
    let group = |value: &Value| Group { value: value.clone(), name: named(visit, field, value, &names) };
    Ok((found.into_iter().map(|cell| group(&cell.group)).collect(), left_out))
}
