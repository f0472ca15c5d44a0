//! Values as a drawing, and as the table that says the same.

use app::{ChartKind, Tile};
use chart::{Chart, Guide, Kind, Point, Series};
use engine::query::series::{Cell, TermSeries};
use metrics::Term;
use model::{Decimal, Period, Value};
use rust_decimal::prelude::{FromPrimitive as _, ToPrimitive as _};
use serde::Serialize;

use super::{Frame, written};
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

/// Draws a tile.
pub(super) async fn draw(
    frame: &Frame<'_>,
    tile: &Tile,
    kind: ChartKind,
    series: &[&TermSeries],
) -> Result<Drawing, Problem> {
    let visit = frame.visit;
    let label = if tile.label.get(visit.locale()).is_empty() {
        visit.app().term(tile.term).map_or("", |term| term.label.get(visit.locale()))
    } else {
        tile.label.get(visit.locale())
    };
    let mut chart = Chart::new(drawn(kind), label, tick);
    visit.say("no-data").clone_into(&mut chart.nothing);
    let periods = periods(series);
    let (groups, left_out) = groups(frame, tile, series, periods.last().copied()).await?;
    let across = matches!(kind, ChartKind::Line | ChartKind::Stacked | ChartKind::Heat | ChartKind::Table);
    match (&tile.by, across) {
        // Groups as series, periods along the axis.
        (Some(_), true) => {
            chart.labels = periods.iter().map(|period| named(frame, *period)).collect();
            chart.series =
                groups.iter().filter_map(|group| series_of(frame, tile, series.first()?, group, &periods)).collect();
        }
        (Some(_), false) if kind == ChartKind::Waterfall => steps(frame, tile, series, &groups, &periods, &mut chart),
        // Groups along the axis, terms as series, in the newest period.
        (Some(_), false) => {
            chart.labels = groups.iter().map(|group| group.name.clone()).collect();
            let newest = periods.last().copied();
            chart.series = series.iter().filter_map(|one| newest_of(frame, tile, one, &groups, newest?)).collect();
        }
        // Terms along the axis, in the newest period.
        (None, _) if matches!(kind, ChartKind::Radar | ChartKind::Funnel | ChartKind::Gauge | ChartKind::Words) => {
            let terms = series.iter().filter_map(|one| Some((visit.app().term(one.term)?, one.cells.last()?)));
            let (labels, points): (Vec<String>, Vec<Point>) = terms
                .map(|(term, cell)| (term.label.get(visit.locale()).to_owned(), point(frame, term, cell, None)))
                .unzip();
            chart.labels = labels;
            chart.series = vec![Series { name: String::new(), points }];
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
        }
    }
    guides(frame, tile, kind, series, &mut chart);
    let left_out =
        if left_out == 0 { String::new() } else { visit.fill("groups-left-out", &[("n", &left_out.to_string())]) };
    let svg = if kind == ChartKind::Table { String::new() } else { chart.svg() };
    Ok(Drawing { svg, table: twin(&chart), left_out })
}

fn drawn(kind: ChartKind) -> Kind {
    match kind {
        ChartKind::Line | ChartKind::Table => Kind::Line,
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
async fn groups(
    frame: &Frame<'_>,
    tile: &Tile,
    series: &[&TermSeries],
    newest: Option<Period>,
) -> Result<(Vec<Group>, usize), Problem> {
    let visit = frame.visit;
    let (Some(by), Some(first)) = (&tile.by, series.first()) else { return Ok((Vec::new(), 0)) };
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
    let reader = visit.reader();
    let name = |value: &Value| {
        let several = matches!(field.kind, app::FieldKind::Choices(_) | app::FieldKind::References { .. });
        let value = if several { Value::List(vec![value.clone()]) } else { value.clone() };
        match show::value(&reader, field, &value, &names) {
            shown if !shown.items.is_empty() => shown.items.into_iter().map(|item| item.text).collect(),
            shown => shown.text,
        }
    };
    let groups = found.into_iter().map(|(value, _)| Group { value: value.clone(), name: name(value) }).collect();
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

fn series_of(frame: &Frame<'_>, tile: &Tile, series: &TermSeries, group: &Group, periods: &[Period]) -> Option<Series> {
    let term = frame.visit.app().term(series.term)?;
    let by = tile.by.as_ref().map(|by| by.written.as_str());
    let at = |period: &Period| {
        cell(series, &group.value, *period).map_or_else(Point::default, |cell| point(frame, term, cell, by))
    };
    Some(Series { name: group.name.clone(), points: periods.iter().map(at).collect() })
}

fn newest_of(frame: &Frame<'_>, tile: &Tile, series: &TermSeries, groups: &[Group], newest: Period) -> Option<Series> {
    let term = frame.visit.app().term(series.term)?;
    let by = tile.by.as_ref().map(|by| by.written.as_str());
    let at = |group: &Group| {
        cell(series, &group.value, newest).map_or_else(Point::default, |cell| point(frame, term, cell, by))
    };
    Some(Series { name: term.label.get(frame.visit.locale()).to_owned(), points: groups.iter().map(at).collect() })
}

/// From the period before to the newest: the old total, what each group changed, the new total.
fn steps(
    frame: &Frame<'_>,
    tile: &Tile,
    series: &[&TermSeries],
    groups: &[Group],
    periods: &[Period],
    chart: &mut Chart,
) {
    let visit = frame.visit;
    let (Some(series), Some((newest, rest))) = (series.first(), periods.split_last()) else { return };
    let (Some(term), Some(before)) = (visit.app().term(series.term), rest.last()) else { return };
    let by = tile.by.as_ref().map(|by| by.written.as_str());
    let total = |period: Period| {
        let cells = series.cells.iter().filter(|cell| cell.period == period);
        cells.filter_map(|cell| cell.value).fold(Decimal::ZERO, |sum, value| sum.checked_add(value).unwrap_or(sum))
    };
    let whole = |period: Period| {
        let value = total(period);
        let mut point = Point::new(value.to_f64(), written(visit, term, Some(value)));
        point.whole = true;
        point.href = Some(frame.behind(term, period, None));
        point
    };
    chart.labels.push(named(frame, *before));
    let mut points = vec![whole(*before)];
    let mut rest = total(*newest).checked_sub(total(*before)).unwrap_or_default();
    for group in groups {
        let of = |period| cell(series, &group.value, period).and_then(|cell| cell.value).unwrap_or_default();
        let change = of(*newest).checked_sub(of(*before)).unwrap_or_default();
        rest = rest.checked_sub(change).unwrap_or(rest);
        let mut point = step(visit, term, change);
        point.href = by.map(|by| frame.behind(term, *newest, Some((by, &group.value))));
        chart.labels.push(group.name.clone());
        points.push(point);
    }
    // Groups that have no bar of their own.
    if !rest.is_zero() {
        chart.labels.push(visit.say("the-others").to_owned());
        points.push(step(visit, term, rest));
    }
    chart.labels.push(named(frame, *newest));
    points.push(whole(*newest));
    chart.series = vec![Series { name: String::new(), points }];
}

fn step(visit: &crate::page::Visit, term: &Term, change: Decimal) -> Point {
    let text = written(visit, term, Some(change));
    let mut point = Point::new(change.to_f64(), if change.is_sign_positive() { format!("+{text}") } else { text });
    point.tone = match (term.direction, change.is_zero(), change.is_sign_positive()) {
        (metrics::Direction::None, ..) | (_, true, _) => chart::Tone::Plain,
        (metrics::Direction::Higher, _, true) | (metrics::Direction::Lower, _, false) => chart::Tone::Good,
        _ => chart::Tone::Bad,
    };
    point
}

/// The target, where all values have the same.
fn guides(frame: &Frame<'_>, tile: &Tile, kind: ChartKind, series: &[&TermSeries], chart: &mut Chart) {
    if !matches!(kind, ChartKind::Line | ChartKind::Bar | ChartKind::Gauge) {
        return;
    }
    let Some(term) = frame.visit.app().term(tile.term) else { return };
    let mut targets = series.first().into_iter().flat_map(|series| &series.cells).map(|cell| cell.target);
    let Some(Some(first)) = targets.next() else { return };
    if let (true, Some(value)) = (targets.all(|target| target == Some(first)), first.to_f64()) {
        let label = frame.visit.fill("target-of", &[("value", &written(frame.visit, term, Some(first)))]);
        chart.guides.push(Guide { value, label });
    }
}

/// The table that says what the drawing shows: a row per label, or per series where there are more of those.
fn twin(chart: &Chart) -> Twin {
    let cell = |point: Option<&Point>| match point {
        Some(point) if point.value.is_some() => TwinCell { text: point.shown.clone(), href: point.href.clone() },
        _ => TwinCell { text: chart.nothing.clone(), href: None },
    };
    let by_series = chart.series.len() > chart.labels.len() || (chart.series.len() > 3 && chart.labels.len() < 13);
    let mut twin = Twin { heads: vec![String::new()], rows: Vec::new() };
    if by_series {
        twin.heads.extend(chart.labels.iter().cloned());
        for series in &chart.series {
            let cells = (0..chart.labels.len()).map(|at| cell(series.points.get(at))).collect();
            twin.rows.push(TwinRow { name: series.name.clone(), cells });
        }
    } else {
        twin.heads.extend(chart.series.iter().map(|series| series.name.clone()));
        for (at, label) in chart.labels.iter().enumerate() {
            let cells = chart.series.iter().map(|series| cell(series.points.get(at))).collect();
            twin.rows.push(TwinRow { name: label.clone(), cells });
        }
    }
    twin
}
