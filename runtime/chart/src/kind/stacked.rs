//! Bars on top of one another. Values below nought go down from there.

use super::{class, frame::Frame};
use crate::Chart;

pub(crate) fn draw(chart: &Chart) -> String {
    let sums = (0..chart.labels.len()).flat_map(|label| {
        let values: Vec<f64> = (0..chart.series.len()).filter_map(|at| chart.at(at, label)?.known()).collect();
        let (up, down): (Vec<f64>, Vec<f64>) = values.into_iter().partition(|value| *value >= 0.0);
        [up.iter().sum::<f64>(), down.iter().sum::<f64>()]
    });
    let mut frame = Frame::new(chart, "stacked", sums);
    let width = (frame.slot() * 0.72).min(44.0);
    for label in 0..chart.labels.len() {
        let left = frame.middle(label) - width / 2.0;
        let (mut up, mut down) = (0.0, 0.0);
        for at in 0..chart.series.len() {
            let Some((point, value)) = chart.at(at, label).and_then(|point| Some((point, point.known()?))) else {
                continue;
            };
            let from = if value < 0.0 { &mut down } else { &mut up };
            let (begin, end) = (frame.scale.place(*from), frame.scale.place(*from + value));
            *from += value;
            let (told, class) = (chart.told(at, label), class(at, point));
            let place = [left, begin.min(end), width, (begin - end).abs()];
            frame.svg.link(point.href.as_deref(), &told, |svg| svg.rect(place, &class, &told));
        }
    }
    frame.finish(chart)
}
