//! Points joined by a line.

use super::{class, frame::Frame};
use crate::Chart;

pub(crate) fn draw(chart: &Chart) -> String {
    let mut frame = Frame::new(chart, "line", chart.values());
    for (at, series) in chart.series.iter().enumerate() {
        // A value that is not known parts the line.
        for piece in pieces(chart, at) {
            let points: Vec<(f64, f64)> =
                piece.iter().map(|(label, value)| (frame.middle(*label), frame.scale.place(*value))).collect();
            frame.svg.poly(&points, false, &format!("stroke series-{}", at % 8 + 1), "");
        }
        for (label, point) in series.points.iter().enumerate().take(chart.labels.len()) {
            let Some(value) = point.known() else { continue };
            let (x, y, told) = (frame.middle(label), frame.scale.place(value), chart.told(at, label));
            let class = class(at, point);
            frame.svg.link(point.href.as_deref(), &told, |svg| svg.circle(x, y, 3.5, &class, &told));
        }
    }
    frame.finish(chart)
}

/// Runs of known values of a series, two or more long.
pub(crate) fn pieces(chart: &Chart, series: usize) -> Vec<Vec<(usize, f64)>> {
    let mut pieces = vec![Vec::new()];
    for label in 0..chart.labels.len() {
        match (chart.at(series, label).and_then(crate::Point::known), pieces.last_mut()) {
            (Some(value), Some(piece)) => piece.push((label, value)),
            _ => pieces.push(Vec::new()),
        }
    }
    pieces.retain(|piece| piece.len() > 1);
    pieces
}
