//! One value: what it is, how it came here, what is aimed for, what it counts.

use engine::query::series::{Cell, TermSeries};
use metrics::{Baseline, Direction, Term};
use model::{Decimal, Value};
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;

use super::{Frame, Visit, drawing::tick, written};
use crate::{
    page::dictionary,
    show::{number, time},
};

/// A value with its trend.
#[derive(Debug, Default, Serialize)]
pub struct Number {
    /// The value, with its unit.
    pub value: String,
    /// The rows it was made from.
    pub rows: Option<String>,
    /// The period it is of.
    pub period: String,
    /// How far it is from the period before, or from what it is compared with.
    pub change: String,
    /// The same as a share of what it is compared with.
    pub relative: String,
    /// What it is compared with.
    pub against: String,
    /// The rows that was made from.
    pub against_rows: Option<String>,
    /// The period that is of.
    pub against_period: String,
    /// `ok`, `bad` or `neutral`: whether the change is for the better.
    pub change_tone: &'static str,
    /// What is aimed for.
    pub target: String,
    /// What it was before, with the day.
    pub baseline: String,
    /// How far it is from that, in its own unit and in percent.
    pub since: String,
    /// `ok`, `bad` or `neutral`: whether that is for the better.
    pub since_tone: &'static str,
    /// Its score.
    pub score: String,
    /// Its grade.
    pub grade: String,
    /// Where the value stands among its peers, in words.
    pub peers: String,
    /// The periods as a line.
    pub trend: String,
    /// Period, value and target of each, for a spreadsheet.
    #[serde(skip)]
    pub cells: Vec<(String, Option<Decimal>, Option<Decimal>)>,
}

/// The newest value of a series, and the way there.
pub(super) fn shown(
    frame: &Frame<'_>,
    term: &Term,
    (series, periods): (&[&TermSeries], u32),
    then: &[&TermSeries],
) -> Number {
    let visit = frame.visit;
    let cells: &[Cell] = series.first().map_or(&[], |series| &series.cells);
    // What was asked besides, to know whether it falls, is not shown.
    let besides = cells.len().saturating_sub(usize::try_from(periods).unwrap_or(usize::MAX));
    let cells = cells.get(besides..).unwrap_or_default();
    let Some(last) = cells.last() else { return Number::default() };
    let other = then.first().and_then(|series| series.cells.last());
    let before = other.or_else(|| cells.iter().rev().nth(1)).and_then(|cell| cell.shown(term));
    let change = last.shown(term).zip(before).and_then(|(now, before)| now.checked_sub(before));
    let relative = change.zip(before.filter(|_| other.is_some())).and_then(|(change, before)| share(change, before));
    let score = last.score.as_ref();
    let mut line = chart::Chart::new(
        chart::Kind::Spark,
        visit.fill("trend-of", &[("what", term.label.get(visit.locale()))]),
        tick,
    );
    line.labels = cells.iter().map(|cell| time::period(visit.locale(), &cell.period.to_string())).collect();
    let point = |cell: &Cell| {
        let shown = cell.shown(term);
        chart::Point::new(shown.and_then(|value| value.to_f64()), written(visit, term, shown))
    };
    line.series = vec![chart::Series { name: String::new(), points: cells.iter().map(point).collect() }];
    let baseline = term.baseline.as_ref();
    let since = last.shown(term).zip(baseline).and_then(|(now, then)| now.checked_sub(then.value));
    Number {
        value: written(visit, term, last.shown(term)),
        baseline: baseline.map(|then| of_before(frame, term, then)).unwrap_or_default(),
        since: since.zip(baseline).map(|(since, then)| so_far(frame, term, since, then.value)).unwrap_or_default(),
        since_tone: since.map_or("neutral", |since| tone(term.direction, since)),
        rows: last.value.map(|_| frame.behind(term, last.period, None)),
        period: dictionary::period(visit, term, last.period, last.version),
        change: change
            .filter(|change| !change.is_zero())
            .map(|change| signed(frame.visit, term, change))
            .unwrap_or_default(),
        relative: relative.unwrap_or_default(),
        against: other.map(|cell| written(visit, term, cell.shown(term))).unwrap_or_default(),
        against_rows: other.and_then(|cell| cell.value.map(|_| frame.behind(term, cell.period, None))),
        against_period: other.map(|cell| time::period(visit.locale(), &cell.period.to_string())).unwrap_or_default(),
        change_tone: change.map_or("neutral", |change| tone(term.direction, change)),
        target: last.target.map(|target| written(visit, term, Some(target))).unwrap_or_default(),
        score: score
            .filter(|_| term.scale.as_ref().is_some_and(|scale| scale.curve.is_some()))
            .map(|score| number::decimal(&Value::Decimal(score.score), 2))
            .unwrap_or_default(),
        grade: score.and_then(|score| score.grade.as_ref()).map(|grade| grade.grade.clone()).unwrap_or_default(),
        peers: last.peers.as_ref().map(|place| peers(frame, term, place)).unwrap_or_default(),
        cells: cells.iter().map(|cell| (cell.period.to_string(), cell.shown(term), cell.target)).collect(),
        trend: if cells.len() > 1 { line.svg() } else { String::new() },
    }
}

/// The page of what goes together with the changes of a term, and whether they call for looking there.
pub(super) fn drivers(frame: &Frame<'_>, term: &Term, series: &[&TermSeries]) -> (Option<String>, String) {
    let cells: &[Cell] = series.first().map_or(&[], |series| &series.cells);
    let (Some(drivers), Some(last)) = (&term.drivers, cells.last()) else { return (None, String::new()) };
    let mut address = crate::page::params::Params::default().with("period", last.period.to_string());
    if let Some(id) = frame.about {
        address = address.with("of", id.to_string());
    }
    address.0.extend(frame.narrow.address.0.iter().cloned());
    let values: Vec<Option<Decimal>> = cells.iter().map(|cell| cell.value).collect();
    let falling = match metrics::drivers::falls(&values, drivers.declines, term.direction) {
        true => frame.visit.fill("worse-in-a-row", &[("n", &drivers.declines.to_string())]),
        false => String::new(),
    };
    (Some(address.on(&format!("/dictionary/{}/drivers", term.name))), falling)
}

/// `ahead of 62% of 18 peers, whose median is 83.10%`
fn peers(frame: &Frame<'_>, term: &Term, place: &store::Standpoint) -> String {
    let share = number::shortest(&Value::Decimal(place.percentile), 0);
    let median = written(frame.visit, term, Some(place.figures.median));
    let count = place.figures.count.to_string();
    frame.visit.fill("among-peers", &[("share", &share), ("n", &count), ("median", &median)])
}

/// `47.0 min on 31 December 2024`
fn of_before(frame: &Frame<'_>, term: &Term, then: &Baseline) -> String {
    let value = written(frame.visit, term, Some(then.value));
    let day = time::date(frame.visit.locale(), then.on);
    frame.visit.fill("baseline-on", &[("value", &value), ("day", &day)])
}

/// `−25.0 min (−53.2%)`; of percentages the first is points.
fn so_far(frame: &Frame<'_>, term: &Term, since: Decimal, then: Decimal) -> String {
    let visit = frame.visit;
    let points = difference(visit, term, since.abs());
    let sign = |negative: bool| if negative { "−" } else { "+" };
    let points = format!("{}{points}", sign(since.is_sign_negative() && !since.is_zero()));
    let percent = since.checked_mul(Decimal::ONE_HUNDRED).and_then(|since| since.checked_div(then.abs()));
    match percent {
        Some(percent) => {
            let number = number::decimal(&Value::Decimal(percent.abs()), 1);
            visit.fill(
                "with-percent",
                &[("what", &points), ("percent", &format!("{}{number}%", sign(percent < Decimal::ZERO)))],
            )
        }
        None => points,
    }
}

/// A change as a share of what it started from, with its sign; `None` where that was nothing.
fn share(change: Decimal, before: Decimal) -> Option<String> {
    let percent = change.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(before.abs())?;
    let text = format!("{}%", crate::show::number::decimal(&Value::Decimal(percent), 1));
    Some(if change.is_sign_positive() { format!("+{text}") } else { text })
}

/// A change with its sign, which nothing has not; that of percentages is points.
pub(in crate::page) fn signed(visit: &Visit, term: &Term, change: Decimal) -> String {
    let text = difference(visit, term, change);
    if change.is_sign_positive() && !change.is_zero() { format!("+{text}") } else { text }
}

/// What lies between two values of a term: `0.5 min`, and between percentages `0.5 points`, since a percent of one is less.
fn difference(visit: &Visit, term: &Term, between: Decimal) -> String {
    match term.unit.get(visit.locale()) {
        "%" => visit.fill("percentage-points", &[("n", &number::decimal(&Value::Decimal(between), term.places))]),
        _ => written(visit, term, Some(between)),
    }
}

fn tone(direction: Direction, change: Decimal) -> &'static str {
    match (direction, change.is_zero(), change.is_sign_positive()) {
        (Direction::None, ..) | (_, true, _) => "neutral",
        (Direction::Higher, _, true) | (Direction::Lower, _, false) => "ok",
        _ => "bad",
    }
}
