//! One axis per label around a centre.

use std::f64::consts::TAU;

use super::{class, count};
use crate::{Chart, svg::Svg, width};

const SIZE: f64 = 320.0;
const HEIGHT: f64 = 280.0;
const RADIUS: f64 = 96.0;

pub(crate) fn draw(chart: &Chart) -> String {
    let mut svg = Svg::new("radar", SIZE, HEIGHT, &chart.title);
    let most = chart.most.unwrap_or_else(|| chart.values().fold(0.0, f64::max)).max(f64::MIN_POSITIVE);
    let axes = chart.labels.len().max(1);
    let (x, y) = (SIZE / 2.0, HEIGHT / 2.0 + if chart.series.len() > 1 { 8.0 } else { 0.0 });
    let place = |axis: usize, part: f64| {
        let turn = TAU * count(axis) / count(axes);
        (x + libm::sin(turn) * part * RADIUS, y - libm::cos(turn) * part * RADIUS)
    };
    for ring in [0.25, 0.5, 0.75, 1.0] {
        let ring: Vec<(f64, f64)> = (0..axes).map(|axis| place(axis, ring)).collect();
        svg.poly(&ring, true, "ring", "");
    }
    for (axis, label) in chart.labels.iter().enumerate() {
        let (end_x, end_y) = place(axis, 1.0);
        svg.line([x, y, end_x, end_y], "grid");
        let (at_x, at_y) = place(axis, 1.12);
        let anchor = if (at_x - x).abs() < 8.0 {
            "middle"
        } else if at_x > x {
            "start"
        } else {
            "end"
        };
        svg.text(at_x, at_y + 4.0, anchor, "tick", &width::cut(label, 6.0));
    }
    for (at, series) in chart.series.iter().enumerate() {
        // Not known is drawn as nothing there, and told as not known.
        let shape: Vec<(f64, f64)> = (0..chart.labels.len())
            .map(|axis| {
                place(axis, chart.at(at, axis).and_then(crate::Point::known).unwrap_or(0.0).clamp(0.0, most) / most)
            })
            .collect();
        svg.poly(&shape, true, &format!("area series-{}", at % 8 + 1), &series.name);
        for (axis, point) in series.points.iter().enumerate().take(chart.labels.len()) {
            let Some(value) = point.known() else { continue };
            let (px, py) = place(axis, value.clamp(0.0, most) / most);
            let (told, class) = (chart.told(at, axis), class(at, point));
            svg.link(point.href.as_deref(), &told, |svg| svg.circle(px, py, 3.5, &class, &told));
        }
        if chart.series.len() > 1 {
            let left = count(at) * SIZE / count(chart.series.len());
            svg.rect([left, 2.0, 10.0, 10.0], &format!("mark series-{}", at % 8 + 1), "");
            svg.text(left + 14.0, 11.0, "start", "label", &width::cut(&series.name, 10.0));
        }
    }
    svg.finish()
}
