//! A list saved as a file: the columns, filters and order of the page, every row the reader may save. And what all files share
//! that are drawn.

use app::{ListView, Page, PageKind};
use engine::export::Cell;
use jiff::tz::TimeZone;
use model::Value;
use policy::{Action, List};
use print::{Fonts, PrintError};
use tokio::sync::Semaphore;

use super::{
    Visit,
    columns::{self, Columns},
    filter, list, names, rights,
    visit::missing,
};
use crate::problem::{Kind, Problem};

/// Rows read at a time.
const STEP: u32 = 1000;

/// A list as it leaves: as it is read in the page, and as values for a spreadsheet.
struct Saved {
    name: String,
    title: String,
    header: Vec<String>,
    rows: Vec<Vec<(String, Cell)>>,
}

/// A file: its name, its media type, its content.
pub type Made = (String, &'static str, Vec<u8>);

/// The list as the file that `format` asks for: a workbook (`xlsx`), or comma-separated with the mark that tells a
/// spreadsheet it is Unicode.
///
/// # Errors
/// The reader may export none of it, or only looks at what somebody else sees; what the engine refuses.
pub async fn file(visit: &Visit, name: &str) -> Result<Made, Problem> {
    let Saved { name, title, header, rows } = saved(visit, name).await?;
    if visit.query.get("format") == Some("xlsx") {
        let rows = rows.into_iter().map(|row| row.into_iter().map(|(_, cell)| cell).collect());
        let content = engine::export::workbook(&title, &header, rows).map_err(Problem::internal)?;
        return Ok((
            format!("{name}.xlsx"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            content,
        ));
    }
    let mut out = String::from("\u{feff}");
    line(&mut out, header.into_iter());
    for row in rows {
        line(&mut out, row.into_iter().map(|(shown, _)| shown));
    }
    Ok((format!("{name}.csv"), "text/csv; charset=utf-8", out.into_bytes()))
}

/// Drawings made at once: each takes a core for as long as it lasts.
static DRAWING: Semaphore = Semaphore::const_new(1);

/// What is drawn with the machine's fonts, which are asked for only here.
///
/// # Errors
/// The machine has no font for its words; what is drawn is broken.
pub async fn drawn(
    visit: &Visit,
    fonts: impl FnOnce() -> Fonts + Send + 'static,
    draw: impl FnOnce(&Fonts) -> Result<Vec<u8>, PrintError> + Send + 'static,
) -> Result<Vec<u8>, Problem> {
    // Looking through the machine's fonts and drawing take a while, which other requests do not wait for. Whoever gives up
    // waiting leaves their turn only once what they asked for is drawn.
    let turn = DRAWING.acquire().await.map_err(Problem::internal)?;
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        draw(&fonts())
    });
    made.await.map_err(Problem::internal)?.map_err(|error| match error {
        PrintError::NoGlyph(missing) => {
            Problem::new(Kind::Unready).detail(visit.fill("no-font", &[("what", &missing)]))
        }
        PrintError::Broken(cause) => Problem::internal(cause),
    })
}

async fn saved(visit: &Visit, name: &str) -> Result<Saved, Problem> {
    let app = visit.app();
    let page: &Page = app.page_named(name).filter(|page| rights::opens(&visit.actor, page)).ok_or_else(missing)?;
    let PageKind::List { filters, .. } = &page.kind else { return Err(missing()) };
    let chosen = list::chosen(visit, page).ok_or_else(missing)?;
    let view: &ListView = &chosen;
    if visit.actor.looks || !rights::may(&visit.actor, view.entity, Action::Export) {
        return Err(Problem::new(Kind::Denied));
    }
    let offered: Vec<_> = filters.iter().filter_map(|id| app.field(*id)).cloned().collect();
    let filters = filter::read(visit, &offered, &visit.path).await?;
    let asked = list::Asked::read(visit, view);
    let wanted = asked.columns.iter().filter(|path| rights::exported(&visit.actor, path));
    let columns = Columns::of(&visit.actor, wanted.cloned());
    let heads = columns.shown.iter().map(|column| columns::label(app, &column.path, visit.locale()));
    let mut rows = Vec::new();
    let reader = visit.reader();
    let mut after = None;
    loop {
        let ask = List {
            columns: columns.paths.clone(),
            filter: filters.predicate.clone(),
            within: view.filter.clone(),
            search: asked.search.clone(),
            sort: asked.sort.iter().filter(|sort| rights::exported(&visit.actor, &sort.by)).cloned().collect(),
            after,
            export: true,
            ..List::all(view.entity, STEP)
        };
        let found = visit.ask(ask).await?;
        let names = names::load(visit, &columns.unnamed(app, &found.rows)).await?;
        for row in &found.rows {
            let cells = (0..columns.shown.len()).map(|at| {
                let shown = columns.cell(app, &reader, row, at, &names);
                let text = if shown.kind == "none" { String::new() } else { shown.text };
                let cell = cell(columns.value(row, at), &text, &visit.actor.edition.zone);
                (text, cell)
            });
            rows.push(cells.collect());
        }
        after = found.next;
        // A file that was cut off looks whole.
        let most = visit.engine.bounds().saved;
        if rows.len() > most || rows.len() == most && after.is_some() {
            return Err(Problem::parameter(
                "filter",
                "too-many",
                visit.fill("export-too-many", &[("n", &most.to_string())]),
            ));
        }
        if after.is_none() {
            break;
        }
    }
    let title = page.label.get(visit.locale()).to_owned();
    Ok(Saved { name: page.name.to_string(), title, header: heads.collect(), rows })
}

/// A value as a spreadsheet computes with it; what it cannot compute with, as it is read.
fn cell(value: &Value, shown: &str, zone: &TimeZone) -> Cell {
    match value {
        Value::Decimal(number) => Cell::Number(number.to_string()),
        Value::Int(number) if shown.starts_with(|c: char| c.is_ascii_digit() || c == '-') && !shown.contains(':') => {
            Cell::Number(number.to_string())
        }
        Value::Date(day) => Cell::Date(*day),
        Value::DateTime(moment) => Cell::DateTime(moment.to_zoned_datetime(zone.clone()).datetime()),
        _ if shown.is_empty() => Cell::Empty,
        _ => Cell::Text(shown.to_owned()),
    }
}

fn line(out: &mut String, cells: impl Iterator<Item = String>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            out.push(',');
        }
        // A spreadsheet would run a text that begins like a formula; a quote in front keeps it a text.
        let formula = cell.starts_with(['=', '@', '+', '\t', '\r'])
            || cell.starts_with('-') && cell.parse::<rust_decimal::Decimal>().is_err();
        let cell = if formula { format!("'{cell}") } else { cell };
        if cell.contains([',', '"', '\n', '\r']) {
            out.push('"');
            out.push_str(&cell.replace('"', "\"\""));
            out.push('"');
        } else {
            out.push_str(&cell);
        }
    }
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    #[test]
    fn cells_are_quoted_and_never_formulas() {
        let mut out = String::new();
        super::line(&mut out, ["a,b", "=1+1", "-3", "say \"x\""].map(str::to_owned).into_iter());
        assert_eq!(out, "\"a,b\",'=1+1,-3,\"say \"\"x\"\"\"\r\n");
    }
}
