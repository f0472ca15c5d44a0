//! Words as large as they are frequent, the largest first, in rows that are as full as they can be.

use super::count;
use crate::{Chart, Point, svg::Svg, width};

const WIDTH: f64 = 400.0;
const SMALLEST: f64 = 12.0;
const LARGEST: f64 = 40.0;

pub(crate) fn draw(chart: &Chart) -> String {
    let points: &[Point] = chart.series.first().map_or(&[], |series| &series.points);
    let mut words: Vec<(usize, f64)> = points
        .iter()
        .enumerate()
        .take(chart.labels.len())
        .filter_map(|(at, point)| Some((at, point.known().filter(|value| *value > 0.0)?)))
        .collect();
    words.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let most = words.first().map_or(1.0, |word| word.1);
    let mut rows: Vec<Row> = Vec::new();
    for (at, value) in words {
        let label = chart.labels.get(at).map_or("", String::as_str);
        // The area of a word goes with its number, not its height.
        let size = SMALLEST + (LARGEST - SMALLEST) * (value / most).sqrt();
        let wide = width::ems(label) * size + 10.0;
        match rows.iter_mut().find(|row| row.used + wide <= WIDTH) {
            Some(row) => row.put(at, size, wide),
            None => {
                let mut row = Row::default();
                row.put(at, size, wide);
                rows.push(row);
            }
        }
    }
    let height = rows.iter().map(|row| row.tall + 6.0).sum::<f64>() + 6.0;
    let mut svg = Svg::new("words", WIDTH, height, &chart.title);
    let mut top = 3.0;
    for row in &rows {
        let mut x = ((WIDTH - row.used) / 2.0).max(2.0);
        for (at, size, wide) in &row.words {
            let (Some(label), Some(point)) = (chart.labels.get(*at), points.get(*at)) else { continue };
            let (y, told) = (top + row.tall * 0.82, chart.told(0, *at));
            let class = format!("word word-{}", (count(*at) % 4.0) + 1.0);
            svg.link(point.href.as_deref(), &told, |svg| {
                svg.sized(x + 5.0, y, *size, &class, (&width::cut(label, WIDTH / size - 1.0), &told));
            });
            x += wide;
        }
        top += row.tall + 6.0;
    }
    svg.finish()
}

#[derive(Default)]
struct Row {
    used: f64,
    tall: f64,
    words: Vec<(usize, f64, f64)>,
}

impl Row {
    fn put(&mut self, at: usize, size: f64, wide: f64) {
        self.used += wide;
        self.tall = self.tall.max(size);
        self.words.push((at, size, wide));
    }
}
