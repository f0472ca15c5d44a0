//! What is wrong with a definition, said so that the person who wrote it can mend it.
//!
//! Messages are lowercase without a full stop, user text in backticks, and never name a Rust type.

use std::fmt;

/// How much a fault matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The definition cannot be published.
    Error,
    /// It can be published; something in it is doubtful.
    Warning,
}

/// A place in a file: the document and the item in it, named by route; the span is looked up when shown.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Location {
    /// The file, relative to the app's folder, with the app's name first when it is another app's: `entities/goal.yaml`.
    pub file: String,
    /// The item in the document, as a JSON pointer: `/fields/weight/formula`. Empty for the whole document.
    pub pointer: String,
    /// Characters inside the scalar at that place (start, end), for faults inside an expression.
    pub inner: Option<(usize, usize)>,
}

impl Location {
    /// A place by file and pointer.
    pub fn new(file: impl Into<String>, pointer: impl Into<String>) -> Self {
        Self { file: file.into(), pointer: pointer.into(), inner: None }
    }

    /// The item `key` inside this one.
    #[must_use]
    pub fn child(&self, key: impl fmt::Display) -> Self {
        let key = key.to_string().replace('~', "~0").replace('/', "~1");
        Self { file: self.file.clone(), pointer: format!("{}/{key}", self.pointer), inner: None }
    }
}

/// A second place that explains a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub location: Location,
    /// What is there, in a few words.
    pub message: String,
}

/// One fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable code, `stage.what`: `entity.unknown-field`.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// Where.
    pub location: Location,
    /// What is wrong.
    pub message: String,
    /// What to do, or the nearest name.
    pub help: Option<String>,
    /// Other places that take part.
    pub labels: Vec<Label>,
}

impl Diagnostic {
    /// A fault that stops publishing.
    pub fn error(code: &'static str, location: Location, message: impl Into<String>) -> Self {
        Self { code, severity: Severity::Error, location, message: message.into(), help: None, labels: Vec::new() }
    }

    /// A doubt that does not stop publishing.
    pub fn warning(code: &'static str, location: Location, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(code, location, message) }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to do about it, if there is something to say.
    #[must_use]
    pub fn maybe_help(mut self, help: Option<String>) -> Self {
        self.help = help.or(self.help);
        self
    }

    /// Adds a second place.
    #[must_use]
    pub fn label(mut self, location: Location, message: impl Into<String>) -> Self {
        self.labels.push(Label { location, message: message.into() });
        self
    }
}

/// The name among `known` that `wanted` was most likely meant to be, as the help text `did you mean ...`.
pub fn nearest<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let limit = (wanted.chars().count() / 3).max(1);
    let folded = wanted.to_lowercase();
    known
        .into_iter()
        .map(|name| {
            let known = name.to_lowercase();
            // The first letter is seldom the one that is wrong.
            (distance(&folded, &known), known.chars().next() != folded.chars().next(), name)
        })
        .filter(|(far, ..)| *far <= limit)
        .min()
        .map(|(.., name)| format!("did you mean `{name}`?"))
}

/// Optimal-string-alignment distance: insertions, deletions, replacements and swaps of neighbours.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    let mut last: Option<char> = None;
    for (i, ca) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (j, cb) in b.iter().enumerate() {
            let up = row.get(j + 1).copied().unwrap_or(usize::MAX - 1) + 1;
            let left = next.get(j).copied().unwrap_or(usize::MAX - 1) + 1;
            let diagonal = row.get(j).copied().unwrap_or(usize::MAX - 1) + usize::from(ca != *cb);
            let mut best = up.min(left).min(diagonal);
            if j > 0 && last == Some(*cb) && b.get(j - 1) == Some(&ca) {
                best = best.min(before.get(j - 1).copied().unwrap_or(usize::MAX - 1) + 1);
            }
            next.push(best);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(ca);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_suggested_and_a_far_one_is_not() {
        let known = ["weight", "owner", "title"];
        assert_eq!(nearest("wieght", known).as_deref(), Some("did you mean `weight`?"));
        assert_eq!(nearest("Owner", known).as_deref(), Some("did you mean `owner`?"));
        assert_eq!(nearest("salary", known), None);
    }

    #[test]
    fn pointers_escape_their_separators() {
        assert_eq!(Location::new("a.yaml", "").child("x/y~z").pointer, "/x~1y~0z");
    }
}
