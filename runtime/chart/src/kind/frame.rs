//! The frame of charts with two axes: numbers to the left, labels below, names of series above.

use crate::{Chart, kind::count, scale::Scale, svg::Svg, width};

/// Width of a drawing with axes.
pub(crate) const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 220.0;
const RIGHT: f64 = 8.0;
const BOTTOM: f64 = 22.0;
/// Size of the letters of axes.
const LETTER: f64 = 11.0;

/// The frame, with what was drawn of it.
pub(crate) struct Frame {
    pub(crate) svg: Svg,
    pub(crate) scale: Scale,
    left: f64,
    slots: f64,
}

impl Frame {
    /// Draws axes, guides and names for values in this range.
    pub(crate) fn new(chart: &Chart, class: &str, values: impl Iterator<Item = f64>) -> Self {
        let mut svg = Svg::new(class, WIDTH, HEIGHT, &chart.title);
        let top = if chart.series.len() > 1 { 30.0 } else { 10.0 };
        let values = values.chain(chart.guides.iter().map(|guide| guide.value));
        let scale = Scale::over(values, (chart.least, chart.most), (HEIGHT - BOTTOM, top), 4);
        let numbers: Vec<(f64, String)> =
            scale.ticks().into_iter().map(|tick| (tick, (chart.tick)(tick, scale.places()))).collect();
        let widest = numbers.iter().map(|(_, text)| width::ems(text)).fold(0.0, f64::max);
        let left = (widest * LETTER + 8.0).min(WIDTH / 3.0);
        for (tick, text) in &numbers {
            let y = scale.place(*tick);
            svg.line([left, y, WIDTH - RIGHT, y], if *tick == 0.0 { "axis" } else { "grid" });
            svg.text(left - 4.0, y + 4.0, "end", "tick", text);
        }
        let frame = Self { svg, scale, left, slots: count(chart.labels.len().max(1)) };
        frame.names(chart).labels(chart)
    }

    /// The width of one label's place.
    pub(crate) fn slot(&self) -> f64 {
        (WIDTH - RIGHT - self.left) / self.slots
    }

    /// The middle of a label's place.
    pub(crate) fn middle(&self, label: usize) -> f64 {
        self.left + (count(label) + 0.5) * self.slot()
    }

    fn names(mut self, chart: &Chart) -> Self {
        if chart.series.len() < 2 {
            return self;
        }
        let room = (WIDTH - self.left) / count(chart.series.len());
        for (at, series) in chart.series.iter().enumerate() {
            let x = self.left + count(at) * room;
            self.svg.rect([x, 6.0, 10.0, 10.0], &format!("mark series-{}", at % 8 + 1), "");
            self.svg.text(x + 14.0, 15.0, "start", "label", &width::cut(&series.name, (room - 18.0) / LETTER));
        }
        self
    }

    fn labels(mut self, chart: &Chart) -> Self {
        // As many labels as there is room for, the last one always.
        let widest = chart.labels.iter().map(|label| width::ems(label)).fold(1.0, f64::max).min(7.0);
        let every = (widest * LETTER + 6.0) / self.slot();
        let every = if every <= 1.0 { 1 } else { (1..=chart.labels.len()).find(|n| count(*n) >= every).unwrap_or(1) };
        let last = chart.labels.len().saturating_sub(1);
        for (at, label) in chart.labels.iter().enumerate().filter(|(at, _)| (last - at).is_multiple_of(every)) {
            let x = self.middle(at);
            let half = width::ems(label).min(7.0) * LETTER / 2.0;
            let x = x.min(WIDTH - half).max(half);
            self.svg.text(x, HEIGHT - 6.0, "middle", "tick", &width::cut(label, 7.0));
        }
        self
    }

    /// The guides, above everything else.
    pub(crate) fn finish(mut self, chart: &Chart) -> String {
        for guide in &chart.guides {
            let y = self.scale.place(guide.value);
            self.svg.line([self.left, y, WIDTH - RIGHT, y], "guide");
            self.svg.text(WIDTH - RIGHT, y - 4.0, "end", "guide-label", &guide.label);
        }
        self.svg.finish()
    }
}
