//! Three rows of three boxes, each with its name and how many are in it.

use super::count;
use crate::{Chart, svg::Svg, width};

const WIDTH: f64 = 400.0;
/// Room at the left for where the rows stand, and for what that is.
const LEFT: f64 = 44.0;
const TALL: f64 = 76.0;
/// Size of the letters of names.
const LETTER: f64 = 11.0;

pub(crate) fn draw(chart: &Chart) -> String {
    let rows = count(chart.series.len().max(1));
    let columns = count(chart.labels.len().max(1));
    let cell = (WIDTH - LEFT) / columns;
    let mut svg = Svg::new("nine-box", WIDTH, rows * TALL + 38.0, &chart.title);
    for (row, series) in chart.series.iter().enumerate() {
        let top = count(row) * TALL;
        svg.text(LEFT - 6.0, top + TALL / 2.0 + 4.0, "end", "tick", &width::cut(&series.name, 3.0));
        for column in 0..chart.labels.len() {
            let (left, told) = (LEFT + count(column) * cell, chart.told(row, column));
            let Some(point) = chart.at(row, column) else { continue };
            // Darker the further up and right: how high somebody stands, not how many there are.
            let stands = column + chart.series.len().saturating_sub(1).saturating_sub(row);
            svg.link(point.href.as_deref(), &told, |svg| {
                let place = [left + 1.0, top + 1.0, cell - 2.0, TALL - 2.0];
                svg.keyed(place, &format!("cell heat-{}", stands.min(4)), &told, &point.key);
                let on = format!("on-heat on-heat-{}", stands.min(4));
                let middle = left + cell / 2.0;
                svg.text(middle, top + 24.0, "middle", &on, &width::cut(&point.name, (cell - 8.0) / LETTER));
                svg.text(middle, top + 54.0, "middle", &format!("{on} many"), &point.shown);
            });
        }
    }
    for (column, label) in chart.labels.iter().enumerate() {
        let x = LEFT + (count(column) + 0.5) * cell;
        svg.text(x, rows * TALL + 14.0, "middle", "tick", &width::cut(label, cell / LETTER));
    }
    if let Some((across, up)) = &chart.axes {
        svg.text(WIDTH, rows * TALL + 32.0, "end", "label", &width::cut(&format!("{across} →"), 20.0));
        svg.text(0.0, rows * TALL + 32.0, "start", "label", &width::cut(&format!("↑ {up}"), 14.0));
    }
    svg.finish()
}
