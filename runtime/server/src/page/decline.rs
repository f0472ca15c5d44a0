//! What stands beside the notice that a number got worse too often in a row: the periods in which it did, each with its value, as a
//! drawing and as the table that says the same. They are asked for anew, as whoever reads the notice now: a number that they see no
//! more is not drawn, and one that was put right since is drawn as it is.
//!
//! INVARIANT: of however many notices a page shows, the newest [`MOST`] are drawn, so that it asks a bounded number of questions.

use std::collections::BTreeMap;

use chart::{Chart, Kind, Point, Series as Marks};
use engine::query::series::{Series, visible};
use model::RecordId;
use rust_decimal::prelude::ToPrimitive as _;

use super::{
    Visit, dashboard,
    evidence::{Drawn, head},
    rows::{Cell, Line, Table},
};
use crate::{
    problem::Problem,
    show::{Shown, time},
};

/// Notices drawn at most.
const MOST: usize = 10;

/// Of which notice: the term, the last period, and whom it is about, as the notice names them; nobody where it is about all.
pub(super) type Of = (String, String, String);

/// What these notices tell of, the newest first, as far as the reader sees it.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn drawn(visit: &Visit, notices: Vec<Of>) -> Result<BTreeMap<Of, Drawn>, Problem> {
    let mut found = BTreeMap::new();
    for of in notices.into_iter().take(MOST) {
        if let Some(drawing) = drawing(visit, &of).await? {
            found.insert(of, drawing);
        }
    }
    Ok(found)
}

/// `None` where nothing of it is seen, or the app measures it no more.
async fn drawing(visit: &Visit, (term, period, subject): &Of) -> Result<Option<Drawn>, Problem> {
    let (app, locale) = (visit.app(), visit.locale());
    let Some(term) = app.term_named(term).filter(|term| visible(&visit.actor, term)) else { return Ok(None) };
    let Some((drivers, to)) = term.drivers.as_ref().zip(app.year_start().parse(period)) else { return Ok(None) };
    let subject = match subject.as_str() {
        "" => None,
        id => match RecordId::parse_str(id) {
            Ok(id) => Some(id),
            Err(_) => return Ok(None),
        },
    };
    let from = to.later(-i32::try_from(drivers.declines).unwrap_or(1));
    let ask = Series { terms: vec![term.id], from, to, subject, group: None, filter: None };
    // What cannot be measured so any more has no drawing; the notice stays as it was told.
    let Ok(mut series) = visit.ask(ask).await? else { return Ok(None) };
    let cells = series.pop().map(|series| series.cells).unwrap_or_default();
    if cells.iter().all(|cell| cell.value.is_none()) {
        return Ok(None);
    }
    let label = term.label.get(locale).to_owned();
    let mut chart = Chart::new(Kind::Line, label.clone(), dashboard::tick);
    visit.say("no-data").clone_into(&mut chart.nothing);
    let heads = vec![head(visit.say("term-period"), false), head(visit.say("term-value"), true)];
    let mut table = Table::default();
    let mut points = Vec::new();
    for cell in &cells {
        let when = time::period(locale, &cell.period.to_string());
        let shown = match cell.value {
            Some(value) => {
                let written = dashboard::written(visit, term, Some(value));
                points.push(Point::new(value.to_f64(), written.clone()));
                Shown::number(written)
            }
            None => {
                points.push(Point::default());
                Shown::nothing()
            }
        };
        let cells = [Shown::text(when.clone()), shown].into_iter().zip(&heads);
        let cells = cells.map(|(shown, head)| Cell { label: head.label.clone(), shown, number: head.number });
        table.rows.push(Line { cells: cells.collect(), ..Line::default() });
        chart.labels.push(when);
    }
    table.heads = heads;
    chart.series = vec![Marks { name: String::new(), points }];
    Ok(Some(Drawn { label, svg: chart.svg(), table }))
}
