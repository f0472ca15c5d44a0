//! One SVG element as it is written.

use std::fmt::Write as _;

/// Writes an element part by part.
pub(crate) struct Svg {
    out: String,
    /// Whether what is drawn stands in a link, which tells what it is.
    linked: bool,
}

/// A number as it stands in an attribute: one decimal, and never something that is not a number.
pub(crate) fn number(value: f64) -> String {
    let value = if value.is_finite() { value } else { 0.0 };
    let text = format!("{value:.1}");
    let short = text.strip_suffix(".0").unwrap_or(&text);
    if short == "-0" { "0".to_owned() } else { short.to_owned() }
}

/// Text as it stands in an element or a quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML has no other control characters.
            c if c.is_control() && !matches!(c, '\t' | '\n' | '\r') => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

impl Svg {
    pub(crate) fn new(class: &str, width: f64, height: f64, title: &str) -> Self {
        let (width, height) = (number(width), number(height));
        let title = escape(title);
        Self {
            linked: false,
            out: format!(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"chart chart-{class}\" viewBox=\"0 0 {width} {height}\" \
                 role=\"group\" aria-label=\"{title}\">"
            ),
        }
    }

    pub(crate) fn rect(&mut self, place: [f64; 4], class: &str, told: &str) {
        self.keyed(place, class, told, "");
    }

    /// A rectangle that a script knows by a key.
    pub(crate) fn keyed(&mut self, [x, y, width, height]: [f64; 4], class: &str, told: &str, key: &str) {
        let (x, y, width, height) = (number(x), number(y), number(width.max(0.0)), number(height.max(0.0)));
        let _ = write!(self.out, "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" class=\"{class}\"");
        if !key.is_empty() {
            let _ = write!(self.out, " data-key=\"{}\"", escape(key));
        }
        self.close("rect", told);
    }

    pub(crate) fn circle(&mut self, x: f64, y: f64, radius: f64, class: &str, told: &str) {
        let (x, y, radius) = (number(x), number(y), number(radius));
        let _ = write!(self.out, "<circle cx=\"{x}\" cy=\"{y}\" r=\"{radius}\" class=\"{class}\"");
        self.close("circle", told);
    }

    pub(crate) fn line(&mut self, [x1, y1, x2, y2]: [f64; 4], class: &str) {
        let (x1, y1, x2, y2) = (number(x1), number(y1), number(x2), number(y2));
        let _ = write!(self.out, "<line x1=\"{x1}\" y1=\"{y1}\" x2=\"{x2}\" y2=\"{y2}\" class=\"{class}\"/>");
    }

    /// Straight lines from point to point; closed when they enclose something.
    pub(crate) fn poly(&mut self, points: &[(f64, f64)], closed: bool, class: &str, told: &str) {
        let listed: Vec<String> = points.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect();
        let element = if closed { "polygon" } else { "polyline" };
        let _ = write!(self.out, "<{element} points=\"{}\" class=\"{class}\"", listed.join(" "));
        self.close(element, told);
    }

    /// Part of a circle, from one point to another, clockwise and less than half of it.
    pub(crate) fn arc(&mut self, radius: f64, from: (f64, f64), to: (f64, f64), class: &str) {
        let [x1, y1, x2, y2, r] = [from.0, from.1, to.0, to.1, radius].map(number);
        let _ = write!(self.out, "<path d=\"M{x1} {y1}A{r} {r} 0 0 1 {x2} {y2}\" class=\"{class}\"/>");
    }

    pub(crate) fn text(&mut self, x: f64, y: f64, anchor: &str, class: &str, text: &str) {
        let (x, y, text) = (number(x), number(y), escape(text));
        let _ = write!(self.out, "<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\" class=\"{class}\">{text}</text>");
    }

    /// Text of that size in pixels of the drawing.
    pub(crate) fn sized(&mut self, x: f64, y: f64, size: f64, class: &str, (text, told): (&str, &str)) {
        let (x, y, size) = (number(x), number(y), number(size));
        let text = escape(text);
        let told = if self.linked { String::new() } else { format!("<title>{}</title>", escape(told)) };
        let _ =
            write!(self.out, "<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\" class=\"{class}\">{text}{told}</text>");
    }

    /// What `inner` draws, as a link where there is somewhere to go. Only addresses of this site are links.
    pub(crate) fn link(&mut self, href: Option<&str>, told: &str, inner: impl FnOnce(&mut Self)) {
        let href = href.filter(|href| href.starts_with('/') && !href.starts_with("//"));
        if let Some(href) = href {
            let _ = write!(self.out, "<a href=\"{}\"><title>{}</title>", escape(href), escape(told));
        }
        self.linked = href.is_some();
        inner(self);
        self.linked = false;
        if href.is_some() {
            self.out.push_str("</a>");
        }
    }

    fn close(&mut self, element: &str, told: &str) {
        if told.is_empty() || self.linked {
            self.out.push_str("/>");
        } else {
            let _ = write!(self.out, "><title>{}</title></{element}>", escape(told));
        }
    }

    pub(crate) fn finish(mut self) -> String {
        self.out.push_str("</svg>");
        self.out
    }
}
