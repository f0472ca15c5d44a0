//! What a change is made of: each bar stands on the one before.

use super::{class, frame::Frame};
use crate::{Chart, Point};

pub(crate) fn draw(chart: &Chart) -> String {
    let points: &[Point] = chart.series.first().map_or(&[], |series| &series.points);
    let mut steps: Vec<(usize, f64, f64)> = Vec::new();
    let mut level = 0.0;
    for (label, point) in points.iter().enumerate().take(chart.labels.len()) {
        let Some(value) = point.known() else { continue };
        let from = if point.whole { 0.0 } else { level };
        level = from + value;
        steps.push((label, from, level));
    }
    let mut frame = Frame::new(chart, "waterfall", steps.iter().flat_map(|step| [step.1, step.2]));
    let width = (frame.slot() * 0.72).min(44.0);
    let mut before: Option<(f64, f64)> = None;
    for (label, from, to) in steps {
        let Some(point) = points.get(label) else { continue };
        let (begin, end) = (frame.scale.place(from), frame.scale.place(to));
        let left = frame.middle(label) - width / 2.0;
        if let Some((x, y)) = before {
            frame.svg.line([x, y, left, y], "grid");
        }
        before = Some((left + width, end));
        let (told, class) = (chart.told(0, label), class(0, point));
        let place = [left, begin.min(end), width, (begin - end).abs().max(0.6)];
        frame.svg.link(point.href.as_deref(), &told, |svg| svg.rect(place, &class, &told));
        frame.svg.text(left + width / 2.0, begin.min(end) - 3.0, "middle", "value", &point.shown);
    }
    frame.finish(chart)
}
