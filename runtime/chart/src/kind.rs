//! One kind of chart per file.

pub(crate) mod bar;
pub(crate) mod frame;
pub(crate) mod funnel;
pub(crate) mod gauge;
pub(crate) mod heat;
pub(crate) mod line;
pub(crate) mod nine_box;
pub(crate) mod radar;
pub(crate) mod spark;
pub(crate) mod stacked;
pub(crate) mod waterfall;
pub(crate) mod words;

use crate::{Point, Tone};

/// The classes of a mark: its series, and what its value is to whoever looks after it.
pub(crate) fn class(series: usize, point: &Point) -> String {
    let tone = match point.tone {
        Tone::Plain => "",
        Tone::Good => " good",
        Tone::Watch => " watch",
        Tone::Bad => " bad",
    };
    format!("mark series-{}{tone}", series % 8 + 1)
}

/// A count as a number of the drawing.
pub(crate) fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}
