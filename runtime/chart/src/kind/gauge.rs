//! One value on a half circle.

use std::f64::consts::PI;

use super::class;
use crate::{Chart, svg::Svg};

const WIDTH: f64 = 220.0;
const RADIUS: f64 = 84.0;

pub(crate) fn draw(chart: &Chart) -> String {
    let mut svg = Svg::new("gauge", WIDTH, 130.0, &chart.title);
    let Some((point, value)) = chart.at(0, 0).and_then(|point| Some((point, point.known()?))) else {
        return svg.finish();
    };
    let least = chart.least.unwrap_or(0.0);
    let most = chart.most.unwrap_or_else(|| value.max(100.0)).max(least + f64::MIN_POSITIVE);
    let part = |value: f64| ((value - least) / (most - least)).clamp(0.0, 1.0);
    let (x, y) = (WIDTH / 2.0, 104.0);
    let place = |part: f64, radius: f64| (x - libm::cos(part * PI) * radius, y - libm::sin(part * PI) * radius);
    svg.arc(RADIUS, place(0.0, RADIUS), place(0.5, RADIUS), "track");
    svg.arc(RADIUS, place(0.5, RADIUS), place(1.0, RADIUS), "track");
    let told = chart.told(0, 0);
    let class = class(0, point).replace("mark", "dial");
    svg.link(point.href.as_deref(), &told, |svg| {
        // Two halves, since an arc of more than half a circle would be another one.
        svg.arc(RADIUS, place(0.0, RADIUS), place(part(value).min(0.5), RADIUS), &class);
        if part(value) > 0.5 {
            svg.arc(RADIUS, place(0.5, RADIUS), place(part(value), RADIUS), &class);
        }
        svg.text(x, y - 12.0, "middle", "big", &point.shown);
    });
    for guide in &chart.guides {
        let (from, to) = (place(part(guide.value), RADIUS - 10.0), place(part(guide.value), RADIUS + 10.0));
        svg.line([from.0, from.1, to.0, to.1], "guide");
    }
    if let Some(guide) = chart.guides.first() {
        svg.text(x, y + 8.0, "middle", "guide-label", &guide.label);
    }
    svg.text(x - RADIUS, y + 18.0, "middle", "tick", &(chart.tick)(least, 0));
    svg.text(x + RADIUS, y + 18.0, "middle", "tick", &(chart.tick)(most, 0));
    svg.finish()
}
