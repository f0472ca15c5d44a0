//! Where things stand: from a location to line, column and the line itself.

use model::Location;

use super::{Document, Shape, Style};

/// A range of characters of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// The first character, counted from the start of the file.
    pub start: usize,
    /// One past the last.
    pub end: usize,
}

/// A place as people read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// One past the last character's column; on another line than the first when the place is longer, cut to the first.
    pub end: usize,
    /// The line.
    pub text: String,
}

impl Place {
    /// The place of a range of characters in a text; beyond its end, the end.
    pub fn of(text: &str, span: Span) -> Self {
        let (mut line, mut start_of_line, mut at) = (1, 0, 0);
        for c in text.chars() {
            if at >= span.start {
                break;
            }
            at += 1;
            if c == '\n' {
                line += 1;
                start_of_line = at;
            }
        }
        let content = text.split('\n').nth(line - 1).unwrap_or_default().trim_end_matches('\r').to_owned();
        let column = at - start_of_line + 1;
        let room = content.chars().count().saturating_sub(column - 1).max(1);
        let end = column + span.end.saturating_sub(span.start).clamp(1, room);
        Self { line, column, end, text: content }
    }
}

impl Document {
    /// Where an item stands: its key when `key` asks for it or when it holds others, else its value. An item that is not
    /// there is shown where it would belong.
    pub fn place(&self, location: &Location, key: bool) -> Place {
        Place::of(&self.text, self.span(location, key))
    }

    fn span(&self, location: &Location, key: bool) -> Span {
        if location.pointer.is_empty() {
            let (start, end) = location.inner.unwrap_or((self.root.span.start, self.root.span.start + 1));
            return Span { start, end };
        }
        let mut pointer = location.pointer.as_str();
        let (found, exact) = loop {
            if let Some(found) = self.find(pointer) {
                break (found, pointer.len() == location.pointer.len());
            }
            match pointer.rsplit_once('/') {
                Some((parent, _)) => pointer = parent,
                None => return Span { start: 0, end: 1 },
            }
        };
        let (key_span, node) = found;
        match (&node.shape, key_span, location.inner) {
            (Shape::Scalar { style, .. }, _, Some((start, end))) if exact => {
                self.inner(node.span, *style == Style::Block, start, end)
            }
            (Shape::Scalar { .. }, _, _) if !key && exact && node.span.end > node.span.start => node.span,
            (_, Some(key_span), _) => key_span,
            (Shape::Map(entries), None, _) if !pointer.is_empty() => {
                entries.first().map_or(node.span, |(_, first, _)| *first)
            }
            (_, None, _) if pointer.is_empty() => Span { start: node.span.start, end: node.span.start + 1 },
            (_, None, _) => node.span,
        }
    }

    /// Characters of a scalar's content to characters of the file: quotes, block headers and indents are passed over.
    fn inner(&self, span: Span, block: bool, start: usize, end: usize) -> Span {
        let mut characters = self.text.chars().skip(span.start).take(span.end.saturating_sub(span.start)).peekable();
        let mut at = span.start;
        // How much of a line's indent is not content: all of it, except in blocks, where it is that of their first line.
        let mut indent = usize::MAX;
        if block {
            indent = Place::of(&self.text, span).column - 1;
            if characters.next_if(|c| matches!(c, '|' | '>')).is_some() {
                at += 1;
                while characters.next_if(|c| *c != '\n').is_some() {
                    at += 1;
                }
            }
            while let Some(c) = characters.next_if(|c| c.is_whitespace()) {
                at += 1;
                indent = if c == '\n' { 0 } else { indent + 1 };
            }
        } else if characters.next_if(|c| matches!(c, '"' | '\'')).is_some() {
            at += 1;
        }
        let (mut count, mut from, mut to) = (0, None, None);
        while let Some(c) = characters.next() {
            if count == start {
                from.get_or_insert(at);
            }
            if count == end {
                to.get_or_insert(at);
                break;
            }
            at += 1;
            count += 1;
            if c == '\n' {
                let mut skipped = 0;
                while skipped < indent && characters.next_if(|c| *c == ' ').is_some() {
                    skipped += 1;
                    at += 1;
                }
            }
        }
        let from = from.unwrap_or(at);
        Span { start: from, end: to.unwrap_or(at).max(from + 1) }
    }
}
