//! A small line without axes.

use super::{class, count, line::pieces};
use crate::{Chart, scale::Scale, svg::Svg};

const WIDTH: f64 = 160.0;
const HEIGHT: f64 = 36.0;

pub(crate) fn draw(chart: &Chart) -> String {
    let mut svg = Svg::new("spark", WIDTH, HEIGHT, &chart.title);
    let low = chart.values().fold(f64::MAX, f64::min);
    let high = chart.values().fold(f64::MIN, f64::max);
    // A line that does not move lies in the middle.
    let room = if high > low { 0.0 } else { low.abs().max(1.0) };
    let ends = (Some(chart.least.unwrap_or(low - room)), Some(chart.most.unwrap_or(high + room)));
    let scale = Scale::over(chart.values(), ends, (HEIGHT - 4.0, 4.0), 2);
    let steps = count(chart.labels.len().saturating_sub(1).max(1));
    let x = |label: usize| 4.0 + count(label) * (WIDTH - 8.0) / steps;
    for piece in pieces(chart, 0) {
        let points: Vec<(f64, f64)> = piece.iter().map(|(label, value)| (x(*label), scale.place(*value))).collect();
        svg.poly(&points, false, "stroke series-1", "");
    }
    let last = (0..chart.labels.len()).rev().find_map(|label| {
        let point = chart.at(0, label)?;
        Some((label, point, point.known()?))
    });
    if let Some((label, point, value)) = last {
        svg.circle(x(label), scale.place(value), 3.0, &class(0, point), &chart.told(0, label));
    }
    svg.finish()
}
