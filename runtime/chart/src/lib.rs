//! Numbers as drawings.
//!
//! In: a [`Chart`], whose texts are already written in the reader's language. Out: one SVG element, which a page shows as it
//! is and a message or a printed document carries as a picture. Refused: nothing; a value that is not known leaves a gap,
//! and a chart without values says so in the words it was given.
//!
//! A drawing has no colours of its own: classes (`series-1`, `axis`, `good`) take them from the page's style, so that light and
//! dark are the same bytes. It has no script. A number that can be opened is a link, so that keyboard and screen reader get
//! there; what is drawn is told a second time by its `<title>` and by the table that the page puts beside it.
//!
//! INVARIANT: every text is escaped; every coordinate is a finite number with one decimal.
//! INVARIANT: geometry is binary floating point, numbers that people read are not: they come as text.
//!
//! To add a kind: a variant of [`Kind`], its file in `kind/`, a line in [`Chart::svg`], a case in `tests`.

mod kind;
mod scale;
mod segment;
mod svg;
mod width;

pub use segment::words;
use svg::Svg;

/// What a chart looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Points joined by a line, one line per series; time goes to the right.
    Line,
    /// Bars beside one another, one per series and label.
    Bar,
    /// Bars on top of one another: the series are parts of a whole.
    Stacked,
    /// One axis per label around a centre, from nought to the largest value or [`Chart::most`].
    Radar,
    /// Bars that become shorter: steps that fewer and fewer go on to. The first series only.
    Funnel,
    /// A field of cells, a column per label and a row per series; more is darker.
    Heat,
    /// A bar per label from where the one before ended; the first series only. [`Point::whole`] starts from nought.
    Waterfall,
    /// One value on a half circle from [`Chart::least`] to [`Chart::most`]; the first point of the first series.
    Gauge,
    /// Labels as large as their values.
    Words,
    /// A small line without axes, for a tile. The first series only.
    Spark,
    /// Three rows of three boxes, the first series on top, each point with its own name. Further up and right is darker.
    NineBox,
}

/// What a value is to whoever looks after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// Neither.
    #[default]
    Plain,
    /// As it should be.
    Good,
    /// To be watched.
    Watch,
    /// Not as it should be.
    Bad,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Point {
    /// How far the mark reaches; `None` is not known, and so is what is not finite.
    pub value: Option<f64>,
    /// What the mark is called by itself (nine-box); may be empty.
    pub name: String,
    /// What a script knows the mark by (nine-box); may be empty.
    pub key: String,
    /// The value as people read it, with its unit.
    pub shown: String,
    /// Where it leads: an address of this site.
    pub href: Option<String>,
    /// What it is to whoever looks after it.
    pub tone: Tone,
    /// Stands from nought and not on the bar before it (waterfall).
    pub whole: bool,
}

impl Point {
    /// A value and its words.
    pub fn new(value: impl Into<Option<f64>>, shown: impl Into<String>) -> Self {
        Self { value: value.into().filter(|value| value.is_finite()), shown: shown.into(), ..Self::default() }
    }

    /// The value where it is known.
    pub(crate) fn known(&self) -> Option<f64> {
        self.value.filter(|value| value.is_finite()).map(|value| value.clamp(-LARGEST, LARGEST))
    }
}

/// What is larger is drawn as this: beyond it the places of an axis could not be told apart.
const LARGEST: f64 = 1e15;

/// Values that belong together, one per label of the chart.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Series {
    /// What people call them.
    pub name: String,
    /// One per label; what is missing at the end is not known.
    pub points: Vec<Point>,
}

/// A line at a value, such as a target.
#[derive(Debug, Clone, PartialEq)]
pub struct Guide {
    /// Where.
    pub value: f64,
    /// What it is, with the value.
    pub label: String,
}

/// Writes the number at a tick of an axis, with that many decimal places.
pub type Tick = fn(f64, usize) -> String;

/// What is drawn.
#[derive(Debug, Clone)]
pub struct Chart {
    /// What it looks like.
    pub kind: Kind,
    /// What it is called, for whoever cannot see it.
    pub title: String,
    /// The places along the axis, in order: periods, units, tags.
    pub labels: Vec<String>,
    /// The values.
    pub series: Vec<Series>,
    /// Lines across (line, bar, stacked).
    pub guides: Vec<Guide>,
    /// Where the axis begins; nought unless said, or the smallest value where that is below.
    pub least: Option<f64>,
    /// Where the axis ends; the largest value unless said.
    pub most: Option<f64>,
    /// What the axes tell, along the bottom and up the side (nine-box).
    pub axes: Option<(String, String)>,
    /// What stands where nothing is known.
    pub nothing: String,
    /// Numbers of the axis.
    pub tick: Tick,
}

impl Chart {
    /// A chart of this kind without anything in it.
    pub fn new(kind: Kind, title: impl Into<String>, tick: Tick) -> Self {
        Self {
            kind,
            title: title.into(),
            labels: Vec::new(),
            series: Vec::new(),
            guides: Vec::new(),
            least: None,
            most: None,
            axes: None,
            nothing: String::new(),
            tick,
        }
    }

    /// The drawing, as an SVG element. It is as wide as the place it is put in.
    pub fn svg(&self) -> String {
        let known = self.series.iter().flat_map(|series| &series.points).any(|point| point.known().is_some());
        if !known {
            let mut svg = Svg::new("nothing", 400.0, 120.0, &self.title);
            svg.text(200.0, 64.0, "middle", "label", &self.nothing);
            return svg.finish();
        }
        match self.kind {
            Kind::Line => kind::line::draw(self),
            Kind::Bar => kind::bar::draw(self),
            Kind::Stacked => kind::stacked::draw(self),
            Kind::Radar => kind::radar::draw(self),
            Kind::Funnel => kind::funnel::draw(self),
            Kind::Heat => kind::heat::draw(self),
            Kind::Waterfall => kind::waterfall::draw(self),
            Kind::Gauge => kind::gauge::draw(self),
            Kind::Words => kind::words::draw(self),
            Kind::Spark => kind::spark::draw(self),
            Kind::NineBox => kind::nine_box::draw(self),
        }
    }

    /// The point of a series at a label.
    pub(crate) fn at(&self, series: usize, label: usize) -> Option<&Point> {
        self.series.get(series)?.points.get(label)
    }

    /// All values that are known.
    pub(crate) fn values(&self) -> impl Iterator<Item = f64> {
        self.series.iter().flat_map(|series| &series.points).filter_map(Point::known)
    }

    /// What a mark says when it is pointed at: series, label, value.
    pub(crate) fn told(&self, series: usize, label: usize) -> String {
        let name = self.series.get(series).map_or("", |series| series.name.as_str());
        let shown = self.at(series, label).map_or("", |point| point.shown.as_str());
        let at = label;
        let label = self.labels.get(label).map_or("", String::as_str);
        let own = self.at(series, at).map_or("", |point| point.name.as_str());
        [own, name, label, shown].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
    }
}

#[cfg(test)]
mod tests;
