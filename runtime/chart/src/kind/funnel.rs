//! Steps that fewer and fewer go on to.

use super::{class, count};
use crate::{Chart, Point, svg::Svg, width};

const WIDTH: f64 = 400.0;
const STEP: f64 = 34.0;
const LABELS: f64 = 96.0;
const NUMBERS: f64 = 64.0;

pub(crate) fn draw(chart: &Chart) -> String {
    let points: &[Point] = chart.series.first().map_or(&[], |series| &series.points);
    let most = chart.values().fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let mut svg = Svg::new("funnel", WIDTH, count(chart.labels.len()) * STEP + 4.0, &chart.title);
    let room = WIDTH - LABELS - NUMBERS;
    for (at, label) in chart.labels.iter().enumerate() {
        let (top, middle) = (count(at) * STEP + 2.0, LABELS + room / 2.0);
        svg.text(LABELS - 8.0, top + 21.0, "end", "label", &width::cut(label, 7.5));
        let Some(point) = points.get(at) else { continue };
        svg.text(WIDTH - 2.0, top + 21.0, "end", "value", &point.shown);
        let Some(value) = point.known() else { continue };
        let half = (value.max(0.0) / most * room / 2.0).max(0.5);
        let (told, class) = (chart.told(0, at), class(0, point));
        let place = [middle - half, top, half * 2.0, STEP - 6.0];
        svg.link(point.href.as_deref(), &told, |svg| svg.rect(place, &class, &told));
    }
    svg.finish()
}
