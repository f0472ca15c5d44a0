//! Values as a drawing, and as the table that says the same.

use app::{By, ChartKind, Tile};
use chart::{Chart, Guide, Kind, Point, Series};
use engine::query::series::{Cell, TermSeries};
use metrics::Term;
use model::{Decimal, Period, Value};
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};
use serde::Serialize;

use super::{Frame, tile::signed, written};
use crate::{
    page::names,
    problem::Problem,
    show::{self, time},
};

/// A drawing with its twin.
#[derive(Debug, Default, Serialize)]
pub struct Drawing {
    /// The drawing; empty where the table is all there is.
    pub svg: String,
    /// The same as a table.
    pub table: Twin,
    /// Groups left out, as people read it.
    pub left_out: String,
}

/// A table of values.
#[derive(Debug, Default, Serialize)]
pub struct Twin {
    /// Heads of the columns; the first is that of the rows' names.
    pub heads: Vec<String>,
    /// The rows: a name, and values with where they lead.
    pub rows: Vec<TwinRow>,
}

/// A row of it.
#[derive(Debug, Default, Serialize)]
pub struct TwinRow {
    /// Its name.
    pub name: String,
    /// The page narrowed to it.
    pub href: Option<String>,
    /// Its values.
    pub cells: Vec<TwinCell>,
}

/// A value of it.
#[derive(Debug, Default, Serialize)]
pub struct TwinCell {
    /// As shown.
    pub text: String,
    /// The rows it was made from.
    pub href: Option<String>,
    /// The number itself, for a spreadsheet.
    #[serde(skip)]
    pub number: Option<Decimal>,
}

/// A number of an axis.
pub(in crate::page) fn tick(value: f64, places: usize) -> String {
    let number = Decimal::from_f64(value).unwrap_or_default();
    show::number::decimal(&Value::Decimal(number), u32::try_from(places).unwrap_or(0))
}

/// What has a row or a column: a period, or a group with its name.
struct Group {
    value: Value,
    name: String,
}

/// What is drawn.
pub(super) struct What<'a> {
    /// The tile.
    pub(super) tile: &'a Tile,
    /// As what.
    pub(super) kind: ChartKind,
    /// What its values are told apart by.
    pub(super) by: Option<&'a By>,
    /// The same, where the page can be narrowed to one of its groups.
    pub(super) down: Option<&'a By>,
    /// The values.
    pub(super) series: &'a [&'a TermSeries],
    /// What they are compared with; may be empty.
    pub(super) then: &'a [&'a TermSeries],
}

/// Where the groups of a drawing are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    /// Along the axis, after so many labels.
    Labels(usize),
    /// They are the series.
    Series,
}

/// Draws a tile.
pub(super) async fn draw(frame: &Frame<'_>, what: &What<'_>) -> Result<Drawing, Problem> {
    let visit = frame.visit;
    let What { tile, kind, by, series, then, .. } = *what;
    let Some(term) = visit.app().term(tile.term) else { return Ok(Drawing::default()) };
    let mut chart = Chart::new(drawn(kind), super::title(visit, tile, term), tick);
    visit.say("no-data").clone_into(&mut chart.nothing);
    let periods = periods(series);
    let (groups, left_out) = groups(frame, what, periods.last().copied()).await?;
    let mut axis = None;
    let across = matches!(kind, ChartKind::Line | ChartKind::Stacked | ChartKind::Heat | ChartKind::Table);
    match (by, across) {
        // Groups as series, periods along the axis.
        (Some(by), true) => {
            chart.labels = periods.iter().map(|period| named(frame, *period)).collect();
            chart.series =
                groups.iter().filter_map(|group| series_of(frame, by, series.first()?, group, &periods)).collect();
            axis = Some(Axis::Series);
        }
        (Some(by), false) if kind == ChartKind::Waterfall => {
            steps(frame, by, what, &groups, &mut chart);
            axis = Some(Axis::Labels(1));
        }
        // Groups along the axis, terms as series, in the newest period.
        (Some(by), false) => {
            chart.labels = groups.iter().map(|group| group.name.clone()).collect();
            let newest = periods.last().copied();
            chart.series = series.iter().filter_map(|one| newest_of(frame, by, one, &groups, newest?)).collect();
            let before = then.first().and_then(|one| newest_of(frame, by, one, &groups, one.cells.last()?.period));
            beside(frame, what, before, &mut chart);
            axis = Some(Axis::Labels(0));
        }
        // Terms along the axis, in the newest period.
        (None, _) if matches!(kind, ChartKind::Radar | ChartKind::Funnel | ChartKind::Gauge | ChartKind::Words) => {
            let newest = |one: &&TermSeries| {
                let (term, cell) = (visit.app().term(one.term)?, one.cells.last()?);
                Some((term.label.get(visit.locale()).to_owned(), point(frame, term, cell, None)))
            };
            let (labels, points): (Vec<String>, Vec<Point>) = series.iter().filter_map(newest).unzip();
            chart.labels = labels;
            chart.series = vec![Series { name: String::new(), points }];
            if kind == ChartKind::Radar && !then.is_empty() {
                let points = then.iter().filter_map(newest).map(|(_, point)| point).collect();
                beside(frame, what, Some(Series { name: String::new(), points }), &mut chart);
            }
        }
        // Periods along the axis, terms as series.
        (None, _) => {
            chart.labels = periods.iter().map(|period| named(frame, *period)).collect();
            let one = |one: &&TermSeries| {
                let term = visit.app().term(one.term)?;
                let points = one.cells.iter().map(|cell| point(frame, term, cell, None)).collect();
                Some(Series { name: term.label.get(visit.locale()).to_owned(), points })
            };
            chart.series = series.iter().filter_map(one).collect();
            beside(frame, what, then.first().and_then(one), &mut chart);
        }
    }
    guides(frame, what, &mut chart);
    let left_out =
        if left_out == 0 { String::new() } else { visit.fill("groups-left-out", &[("n", &left_out.to_string())]) };
    // The table leads to rows; the drawing goes down to the group where the page can be narrowed to it.
    let down: Vec<Option<String>> =
        groups.iter().map(|group| what.down.map(|by| frame.down(by, &group.value))).collect();
    let table = twin(&chart, axis.filter(|_| what.down.is_some()).map(|axis| (axis, down.as_slice())));
    match axis.filter(|_| what.down.is_some()) {
        Some(Axis::Labels(after)) => {
            for points in chart.series.iter_mut().map(|series| series.points.iter_mut().skip(after)) {
                points.zip(&down).for_each(|(point, href)| point.href.clone_from(href));
            }
        }
        Some(Axis::Series) => {
            for (series, href) in chart.series.iter_mut().zip(&down) {
                series.points.iter_mut().for_each(|point| point.href.clone_from(href));
            }
        }
        None => {}
    }
    let svg = if kind == ChartKind::Table { String::new() } else { chart.svg() };
    Ok(Drawing { svg, table, left_out })
}

fn drawn(kind: ChartKind) -> Kind {
    match kind {
        ChartKind::Line | ChartKind::Table | ChartKind::Pivot => Kind::Line,
        ChartKind::NineBox => Kind::NineBox,
        ChartKind::Bar => Kind::Bar,
        ChartKind::Stacked => Kind::Stacked,
        ChartKind::Radar => Kind::Radar,
        ChartKind::Funnel => Kind::Funnel,
        ChartKind::Heat => Kind::Heat,
        ChartKind::Waterfall => Kind::Waterfall,
        ChartKind::Gauge => Kind::Gauge,
        ChartKind::Words => Kind::Words,
    }
}

fn named(frame: &Frame<'_>, period: Period) -> String {
    time::period(frame.visit.locale(), &period.to_string())
}

/// The periods of the series, oldest first.
fn periods(series: &[&TermSeries]) -> Vec<Period> {
    let mut periods: Vec<Period> = series.iter().flat_map(|one| &one.cells).map(|cell| cell.period).collect();
    periods.sort_unstable();
    periods.dedup();
    periods
}

/// The groups shown, the largest of the newest period first, and how many are not shown.
async fn groups(frame: &Frame<'_>, what: &What<'_>, newest: Option<Period>) -> Result<(Vec<Group>, usize), Problem> {
    let visit = frame.visit;
    let What { tile, series, .. } = *what;
    let (Some(by), Some(first)) = (what.by, series.first()) else { return Ok((Vec::new(), 0)) };
    // One question may be about terms of several tiles; a group without a value in this one is not part of it.
    let known = |group: &Value| {
        series.iter().flat_map(|one| &one.cells).any(|cell| cell.value.is_some() && cell.group == *group)
    };
    let cells = first.cells.iter().filter(|cell| Some(cell.period) == newest && known(&cell.group));
    let mut found: Vec<(&Value, Option<Decimal>)> = cells.map(|cell| (&cell.group, cell.value)).collect();
    // Equal ones stay in the order of the groups themselves.
    found.sort_by_key(|(_, value)| std::cmp::Reverse(*value));
    let most = usize::try_from(tile.top).unwrap_or(usize::MAX);
    let left_out = found.len().saturating_sub(most);
    found.truncate(most);
    let Some(field) = visit.app().field(by.path.field) else { return Ok((Vec::new(), 0)) };
    let wanted: Vec<_> = match field.target() {
        Some(target) => found.iter().filter_map(|(value, _)| Some((target, value.as_id()?))).collect(),
        None => Vec::new(),
    };
    let names = names::load(visit, &wanted).await?;
    let groups = found
        .into_iter()
        .map(|(value, _)| Group { value: value.clone(), name: super::named(visit, field, value, &names) })
        .collect();
    Ok((groups, left_out))
}

fn point(frame: &Frame<'_>, term: &Term, cell: &Cell, by: Option<&str>) -> Point {
    let shown = cell.shown(term);
    let mut point = Point::new(shown.and_then(|value| value.to_f64()), written(frame.visit, term, shown));
    point.href = shown.map(|_| frame.behind(term, cell.period, by.map(|by| (by, &cell.group))));
    point
}

fn cell<'a>(series: &'a TermSeries, group: &Value, period: Period) -> Option<&'a Cell> {
    series.cells.iter().find(|cell| cell.period == period && cell.group == *group)
}

fn series_of(frame: &Frame<'_>, by: &By, series: &TermSeries, group: &Group, periods: &[Period]) -> Option<Series> {
    let term = frame.visit.app().term(series.term)?;
    let by = by.written.as_str();
    let at = |period: &Period| {
        cell(series, &group.value, *period).map_or_else(Point::default, |cell| point(frame, term, cell, Some(by)))
    };
    Some(Series { name: group.name.clone(), points: periods.iter().map(at).collect() })
}

fn newest_of(frame: &Frame<'_>, by: &By, series: &TermSeries, groups: &[Group], newest: Period) -> Option<Series> {
    let term = frame.visit.app().term(series.term)?;
    let by = by.written.as_str();
    let at = |group: &Group| {
        cell(series, &group.value, newest).map_or_else(Point::default, |cell| point(frame, term, cell, Some(by)))
    };
    Some(Series { name: term.label.get(frame.visit.locale()).to_owned(), points: groups.iter().map(at).collect() })
}

/// Puts what the values are compared with before them, both named by their periods.
fn beside(frame: &Frame<'_>, what: &What<'_>, then: Option<Series>, chart: &mut Chart) {
    let Some(mut then) = then else { return };
    let span = |series: &[&TermSeries]| {
        let along = what.by.is_none() && !matches!(what.kind, ChartKind::Radar);
        let periods = periods(series);
        match (periods.first(), periods.last()) {
            (Some(first), Some(last)) if along && first != last => {
                format!("{}–{}", named(frame, *first), named(frame, *last))
            }
            (_, Some(last)) => named(frame, *last),
            _ => String::new(),
        }
    };
    then.name = span(what.then);
    if let Some(now) = chart.series.first_mut() {
        now.name = span(what.series);
    }
    chart.series.push(then);
}

/// From the period before, or the one compared with, to the newest: the old total, what each group changed, the new total.
fn steps(frame: &Frame<'_>, by: &By, what: &What<'_>, groups: &[Group], chart: &mut Chart) {
    let visit = frame.visit;
    let periods = periods(what.series);
    let (Some(series), Some((newest, rest))) = (what.series.first(), periods.split_last()) else { return };
    let other = what.then.first().and_then(|then| Some((*then, then.cells.last()?.period)));
    let Some((old, before)) = other.or_else(|| Some((*series, *rest.last()?))) else { return };
    let Some(term) = visit.app().term(series.term) else { return };
    let by = by.written.as_str();
    let total = |series: &TermSeries, period: Period| {
        let cells = series.cells.iter().filter(|cell| cell.period == period);
        cells.filter_map(|cell| cell.value).fold(Decimal::ZERO, |sum, value| sum.checked_add(value).unwrap_or(sum))
    };
    let whole = |series: &TermSeries, period: Period| {
        let value = total(series, period);
        let mut point = Point::new(value.to_f64(), written(visit, term, Some(value)));
        point.whole = true;
        point.href = Some(frame.behind(term, period, None));
        point
    };
    chart.labels.push(named(frame, before));
    let mut points = vec![whole(old, before)];
    let mut rest = total(series, *newest).checked_sub(total(old, before)).unwrap_or_default();
    for group in groups {
        let of = |series, period| cell(series, &group.value, period).and_then(|cell| cell.value).unwrap_or_default();
        let change = of(series, *newest).checked_sub(of(old, before)).unwrap_or_default();
        rest = rest.checked_sub(change).unwrap_or(rest);
        let mut point = step(visit, term, change);
        point.href = Some(frame.behind(term, *newest, Some((by, &group.value))));
        chart.labels.push(group.name.clone());
        points.push(point);
    }
    // Groups that have no bar of their own.
    if !rest.is_zero() {
        chart.labels.push(visit.say("the-others").to_owned());
        points.push(step(visit, term, rest));
    }
    chart.labels.push(named(frame, *newest));
    points.push(whole(series, *newest));
    chart.series = vec![Series { name: String::new(), points }];
}

fn step(visit: &crate::page::Visit, term: &Term, change: Decimal) -> Point {
    let mut point = Point::new(change.to_f64(), signed(visit, term, change));
    point.tone = match (term.direction, change.is_zero(), change.is_sign_positive()) {
        (metrics::Direction::None, ..) | (_, true, _) => chart::Tone::Plain,
        (metrics::Direction::Higher, _, true) | (metrics::Direction::Lower, _, false) => chart::Tone::Good,
        _ => chart::Tone::Bad,
    };
    point
}

/// The target, where all values have the same; on a gauge, what the value is compared with in its place.
fn guides(frame: &Frame<'_>, what: &What<'_>, chart: &mut Chart) {
    let What { tile, kind, series, .. } = *what;
    if !matches!(kind, ChartKind::Line | ChartKind::Bar | ChartKind::Gauge) {
        return;
    }
    let Some(term) = frame.visit.app().term(tile.term) else { return };
    let then = what.then.first().filter(|_| kind == ChartKind::Gauge).and_then(|then| then.cells.last());
    if let Some((cell, value)) = then.and_then(|cell| Some((cell, cell.shown(term)?))) {
        let label = format!("{} {}", named(frame, cell.period), written(frame.visit, term, Some(value)));
        chart.guides.extend(value.to_f64().map(|value| Guide { value, label }));
        return;
    }
    let mut targets = series.first().into_iter().flat_map(|series| &series.cells).map(|cell| cell.target);
    let Some(Some(first)) = targets.next() else { return };
    if let (true, Some(value)) = (targets.all(|target| target == Some(first)), first.to_f64()) {
        let label = frame.visit.fill("target-of", &[("value", &written(frame.visit, term, Some(first)))]);
        chart.guides.push(Guide { value, label });
    }
}

/// The table that says what the drawing shows: a row per label, or per series where there are more of those. Names of groups
/// lead down where the page can be narrowed to them.
pub(super) fn twin(chart: &Chart, down: Option<(Axis, &[Option<String>])>) -> Twin {
    let cell = |point: Option<&Point>| match point {
        Some(point) if point.value.is_some() => TwinCell {
            text: point.shown.clone(),
            href: point.href.clone(),
            number: point.value.and_then(Decimal::from_f64),
        },
        _ => TwinCell { text: chart.nothing.clone(), ..TwinCell::default() },
    };
    let by_series = chart.series.len() > chart.labels.len() || (chart.series.len() > 3 && chart.labels.len() < 13);
    let leads = |row: usize| {
        let (axis, down) = down?;
        match axis {
            Axis::Series if by_series => down.get(row)?.clone(),
            Axis::Labels(after) if !by_series => down.get(row.checked_sub(after)?)?.clone(),
            _ => None,
        }
    };
    let mut twin = Twin { heads: vec![String::new()], rows: Vec::new() };
    if by_series {
        twin.heads.extend(chart.labels.iter().cloned());
        for (row, series) in chart.series.iter().enumerate() {
            let cells = (0..chart.labels.len()).map(|at| cell(series.points.get(at))).collect();
            twin.rows.push(TwinRow { name: series.name.clone(), href: leads(row), cells });
        }
    } else {
        twin.heads.extend(chart.series.iter().map(|series| series.name.clone()));
        for (at, label) in chart.labels.iter().enumerate() {
            let cells = chart.series.iter().map(|series| cell(series.points.get(at))).collect();
            twin.rows.push(TwinRow { name: label.clone(), href: leads(at), cells });
        }
    }
    twin
}
