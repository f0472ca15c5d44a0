//! A field of cells: more is darker. With three by three cells, the nine boxes of a review of talent.

use super::count;
use crate::{Chart, svg::Svg, width};

const WIDTH: f64 = 400.0;
const NAMES: f64 = 84.0;
/// How many steps of colour there are.
const STEPS: f64 = 5.0;

pub(crate) fn draw(chart: &Chart) -> String {
    let (columns, rows) = (count(chart.labels.len().max(1)), count(chart.series.len()));
    let cell = (WIDTH - NAMES) / columns;
    let tall = cell.clamp(22.0, 64.0);
    let mut svg = Svg::new("heat", WIDTH, rows * tall + 24.0, &chart.title);
    let (low, high) = chart.values().fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    let (low, high) = (chart.least.unwrap_or(low.min(0.0)), chart.most.unwrap_or(high));
    for (row, series) in chart.series.iter().enumerate() {
        let top = count(row) * tall;
        svg.text(NAMES - 6.0, top + tall / 2.0 + 4.0, "end", "tick", &width::cut(&series.name, 6.5));
        for column in 0..chart.labels.len() {
            let place = [NAMES + count(column) * cell + 1.0, top + 1.0, cell - 2.0, tall - 2.0];
            let (point, told) = (chart.at(row, column), chart.told(row, column));
            let Some((point, value)) = point.and_then(|point| Some((point, point.known()?))) else {
                svg.rect(place, "cell heat-none", &told);
                continue;
            };
            let part = if high > low { (value - low) / (high - low) } else { 0.0 };
            let step = (part.clamp(0.0, 1.0) * (STEPS - 1.0)).round();
            svg.link(point.href.as_deref(), &told, |svg| {
                svg.rect(place, &format!("cell heat-{step}"), &told);
                if width::ems(&point.shown) * 11.0 < cell {
                    let (x, y) = (place[0] + place[2] / 2.0, top + tall / 2.0 + 4.0);
                    svg.text(x, y, "middle", &format!("on-heat on-heat-{step}"), &point.shown);
                }
            });
        }
    }
    for (column, label) in chart.labels.iter().enumerate() {
        let x = NAMES + (count(column) + 0.5) * cell;
        svg.text(x, rows * tall + 16.0, "middle", "tick", &width::cut(label, (cell / 11.0).max(1.0)));
    }
    svg.finish()
}
