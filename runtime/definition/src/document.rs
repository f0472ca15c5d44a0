//! A document as values and places at once.
//!
//! YAML 1.2 with its core schema: `NO` is text, `010` is ten, `0x1F` is thirty-one. JSON is read by the same rules, being
//! a part of YAML. Keys are texts as written. Refused: duplicate keys, several documents in a file, merge keys, tags,
//! and whatever is beyond the budgets below.

mod build;
mod place;
mod scalar;

pub use place::{Place, Span};

use model::{Diagnostic, Location};
use serde_json::{Map, Value};

/// Bytes of one file.
pub const MAX_BYTES: usize = 1024 * 1024;
/// Levels of nesting.
pub const MAX_DEPTH: usize = 32;
/// Values that aliases may add to a document.
pub const MAX_ALIASED: usize = 10_000;

/// A parsed file.
#[derive(Debug, Clone)]
pub struct Document {
    text: String,
    root: Node,
}

/// A value and where it stands.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    shape: Shape,
    span: Span,
}

#[derive(Debug, Clone)]
enum Shape {
    Scalar { written: Box<str>, style: Style },
    List(Box<[Node]>),
    Map(Box<[(Box<str>, Span, Node)]>),
}

/// How a scalar stands there: only a plain one can be anything but text, and a block's lines are indented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Quoted,
    Block,
}

impl Node {
    /// Values in it, itself included.
    fn size(&self) -> usize {
        1 + match &self.shape {
            Shape::Scalar { .. } => 0,
            Shape::List(items) => items.iter().map(Self::size).sum(),
            Shape::Map(entries) => entries.iter().map(|(_, _, node)| node.size()).sum(),
        }
    }

    fn value(&self) -> Value {
        match &self.shape {
            Shape::Scalar { written, style } => scalar::value(written, *style),
            Shape::List(items) => Value::Array(items.iter().map(Self::value).collect()),
            Shape::Map(entries) => Value::Object(
                entries.iter().map(|(key, _, node)| (key.to_string(), node.value())).collect::<Map<_, _>>(),
            ),
        }
    }
}

impl Document {
    /// Reads a file; `file` is what diagnostics call it. A document without content is an empty map.
    ///
    /// # Errors
    /// Every fault found. A fault of syntax ends the reading; duplicate keys are all reported.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.len() > MAX_BYTES {
            let message = format!("the file holds {} KiB, at most {} are read", text.len() / 1024, MAX_BYTES / 1024);
            return Err(vec![Diagnostic::error("yaml.too-large", Location::new(file, ""), message)]);
        }
        let root = build::build(file, text)?;
        Ok(Self { text: text.to_owned(), root })
    }

    /// The values, maps in their order.
    pub fn value(&self) -> Value {
        self.root.value()
    }

    /// A scalar exactly as it was written, before it became a number or a truth value.
    pub fn written(&self, pointer: &str) -> Option<&str> {
        match &self.find(pointer)?.1.shape {
            Shape::Scalar { written, .. } => Some(written),
            _ => None,
        }
    }

    /// The key's span and the node at a pointer.
    fn find(&self, pointer: &str) -> Option<(Option<Span>, &Node)> {
        let mut at = (None, &self.root);
        for part in pointer.split('/').skip(1) {
            let part = part.replace("~1", "/").replace("~0", "~");
            at = match &at.1.shape {
                Shape::Map(entries) => {
                    entries.iter().find(|(key, _, _)| **key == *part).map(|(_, span, node)| (Some(*span), node))?
                }
                Shape::List(items) => (None, items.get(part.parse::<usize>().ok()?)?),
                Shape::Scalar { .. } => return None,
            };
        }
        Some(at)
    }
}

#[cfg(test)]
mod tests;
