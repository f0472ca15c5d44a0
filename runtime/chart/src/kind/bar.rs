//! Bars beside one another.

use super::{class, count, frame::Frame};
use crate::Chart;

pub(crate) fn draw(chart: &Chart) -> String {
    let mut frame = Frame::new(chart, "bar", chart.values());
    let ground = frame.scale.ground();
    let each = (frame.slot() * 0.72 / count(chart.series.len().max(1))).min(44.0);
    let all = each * count(chart.series.len());
    for label in 0..chart.labels.len() {
        let left = frame.middle(label) - all / 2.0;
        for at in 0..chart.series.len() {
            let Some((point, value)) = chart.at(at, label).and_then(|point| Some((point, point.known()?))) else {
                continue;
            };
            let (end, told, class) = (frame.scale.place(value), chart.told(at, label), class(at, point));
            let place =
                [left + count(at) * each, ground.min(end), (each - 1.0).max(0.6), (ground - end).abs().max(0.6)];
            frame.svg.link(point.href.as_deref(), &told, |svg| svg.rect(place, &class, &told));
        }
    }
    frame.finish(chart)
}
