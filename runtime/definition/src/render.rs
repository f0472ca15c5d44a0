//! Diagnostics as people and machines read them. Colour is left to whoever has a terminal.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    fmt::Write,
    rc::Rc,
};

use model::{Diagnostic, Location, Severity};
use serde_json::{Value, json};

use crate::{
    document::{Document, Place, Span},
    folder::Files,
};

/// The files that diagnostics speak of, by the names they use. Positions are looked up only when something is shown.
#[derive(Debug, Default)]
pub struct Sources<'a> {
    texts: BTreeMap<String, &'a str>,
    documents: RefCell<HashMap<String, Option<Rc<Document>>>>,
}

/// What diagnostics with these endings are about: the key, not its value.
const ABOUT_KEYS: [&str; 7] = [
    ".unknown-property",
    ".does-not-apply",
    ".empty-value",
    "field.bad-name",
    "field.reserved-name",
    "field.duplicate-name",
    "page.bad-name",
];

impl<'a> Sources<'a> {
    /// Adds an app's files under the prefix its diagnostics carry (see [`crate::read`]).
    pub fn add(&mut self, prefix: &str, files: &'a Files) {
        for (path, text) in files {
            self.texts.insert(format!("{prefix}{path}"), text);
        }
    }

    /// Where a location is. A file that is not known is shown at its first character.
    pub fn place(&self, location: &Location, code: &str) -> Place {
        let Some(text) = self.texts.get(&location.file) else {
            return Place { line: 1, column: 1, end: 2, text: String::new() };
        };
        let mut documents = self.documents.borrow_mut();
        let document = documents
            .entry(location.file.clone())
            .or_insert_with(|| Document::parse(&location.file, text).ok().map(Rc::new))
            .clone();
        match document {
            Some(document) => document.place(location, ABOUT_KEYS.iter().any(|ending| code.ends_with(ending))),
            None => {
                let (start, end) = location.inner.unwrap_or((0, 1));
                Place::of(text.strip_prefix('\u{feff}').unwrap_or(text), Span { start, end })
            }
        }
    }

    /// One diagnostic as text: what, where, the line with the part at fault marked, and what to do.
    pub fn plain(&self, diagnostic: &Diagnostic) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "{}[{}]: {}", word(diagnostic.severity), diagnostic.code, diagnostic.message);
        self.excerpt(&mut out, &diagnostic.location, diagnostic.code, '^', "");
        for label in &diagnostic.labels {
            self.excerpt(&mut out, &label.location, diagnostic.code, '-', &label.message);
        }
        if let Some(help) = &diagnostic.help {
            let _ = writeln!(out, "  help: {help}");
        }
        out
    }

    /// All of them as text, in the order of their places, with a last line that counts them.
    pub fn plain_all(&self, diagnostics: &[Diagnostic]) -> String {
        let mut out = String::new();
        for diagnostic in self.sorted(diagnostics) {
            let _ = writeln!(out, "{}", self.plain(diagnostic));
        }
        if !diagnostics.is_empty() {
            let _ = writeln!(out, "{}", summary(diagnostics));
        }
        out
    }

    /// One diagnostic for machines.
    pub fn json(&self, diagnostic: &Diagnostic) -> Value {
        let at = |location: &Location| {
            let place = self.place(location, diagnostic.code);
            json!({
                "file": location.file, "pointer": location.pointer,
                "line": place.line, "column": place.column, "end": place.end,
            })
        };
        let mut out = at(&diagnostic.location);
        if let Some(object) = out.as_object_mut() {
            object.insert("code".to_owned(), json!(diagnostic.code));
            object.insert("severity".to_owned(), json!(word(diagnostic.severity)));
            object.insert("message".to_owned(), json!(diagnostic.message));
            object.insert("help".to_owned(), json!(diagnostic.help));
            let labels = diagnostic.labels.iter().map(|label| {
                let mut place = at(&label.location);
                if let Some(object) = place.as_object_mut() {
                    object.insert("message".to_owned(), json!(label.message));
                }
                place
            });
            object.insert("labels".to_owned(), labels.collect());
        }
        out
    }

    /// All of them for machines, in the order of their places.
    pub fn json_all(&self, diagnostics: &[Diagnostic]) -> Value {
        self.sorted(diagnostics).into_iter().map(|diagnostic| self.json(diagnostic)).collect()
    }

    fn sorted<'d>(&self, diagnostics: &'d [Diagnostic]) -> Vec<&'d Diagnostic> {
        let mut sorted: Vec<&Diagnostic> = diagnostics.iter().collect();
        sorted.sort_by_cached_key(|diagnostic| {
            let place = self.place(&diagnostic.location, diagnostic.code);
            (diagnostic.location.file.clone(), place.line, place.column, diagnostic.code)
        });
        sorted
    }

    fn excerpt(&self, out: &mut String, location: &Location, code: &str, mark: char, message: &str) {
        let place = self.place(location, code);
        let _ = writeln!(out, "  --> {}:{}:{}", location.file, place.line, place.column);
        if !self.texts.contains_key(&location.file) || place.text.is_empty() {
            if !message.is_empty() {
                let _ = writeln!(out, "      {message}");
            }
            return;
        }
        // Long lines are cut around the fault, so that a terminal shows both.
        let first = place.column.saturating_sub(60).max(1);
        let shown: String =
            place.text.chars().skip(first - 1).take(120).map(|c| if c == '\t' { ' ' } else { c }).collect();
        let number = place.line.to_string();
        let before: usize = place.text.chars().skip(first - 1).take(place.column - first).map(width).sum();
        let under: usize = place
            .text
            .chars()
            .skip(place.column - 1)
            .take(place.end - place.column)
            .map(width)
            .sum::<usize>()
            .clamp(1, 120);
        let marks = mark.to_string().repeat(under);
        let _ = writeln!(out, "{number:>5} | {shown}");
        let _ = writeln!(
            out,
            "      | {}{marks}{}{message}",
            " ".repeat(before),
            if message.is_empty() { "" } else { " " }
        );
    }
}

/// How many columns a terminal gives a character: two for those of East Asian scripts.
fn width(c: char) -> usize {
    match c {
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}

/// `2 errors, 1 warning`.
pub fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|found| found.severity == severity).count();
    let said = |number: usize, word: &str| format!("{number} {word}{}", if number == 1 { "" } else { "s" });
    match (count(Severity::Error), count(Severity::Warning)) {
        (errors, 0) => said(errors, "error"),
        (0, warnings) => said(warnings, "warning"),
        (errors, warnings) => format!("{}, {}", said(errors, "error"), said(warnings, "warning")),
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn a_fault_shows_its_line_marked_and_what_to_do() {
        let files =
            Files::from([("entities/目标.yaml".to_owned(), "label: 目标 x\nfields: {a: {type: txt}}\n".to_owned())]);
        let mut sources = Sources::default();
        sources.add("", &files);
        let fault = Diagnostic::error(
            "definition.unknown-value",
            Location::new("entities/目标.yaml", "/fields/a/type"),
            "`txt` is not among the values allowed here",
        )
        .help("did you mean `text`?")
        .label(Location { inner: Some((3, 4)), ..Location::new("entities/目标.yaml", "/label") }, "seen here");
        expect![[r#"
            error[definition.unknown-value]: `txt` is not among the values allowed here
              --> entities/目标.yaml:2:20
                2 | fields: {a: {type: txt}}
                  |                    ^^^
              --> entities/目标.yaml:1:11
                1 | label: 目标 x
                  |             - seen here
              help: did you mean `text`?
        "#]]
        .assert_eq(&sources.plain(&fault));
        let json = sources.json(&fault);
        assert_eq!((&json["line"], &json["column"], &json["end"]), (&json!(2), &json!(20), &json!(23)));
    }
}
