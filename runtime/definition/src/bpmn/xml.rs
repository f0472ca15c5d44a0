//! XML from elsewhere, within limits: what could make a small file large, or a reader slow, is refused before it is read.

use model::{Diagnostic, Location};
use roxmltree::{Document, Node, ParsingOptions};

/// Bytes of one file.
pub(super) const MAX_BYTES: usize = 4 * 1024 * 1024;
/// Levels of elements.
pub(super) const MAX_DEPTH: usize = 64;
/// Attributes of one element.
pub(super) const MAX_ATTRIBUTES: usize = 256;
/// Elements, texts and comments of one file.
pub(super) const MAX_NODES: u32 = 200_000;

/// A text as a tree. Nothing is expanded and nothing is fetched.
pub(super) fn parse<'t>(file: &str, text: &'t str) -> Result<Document<'t>, Box<Diagnostic>> {
    if text.len() > MAX_BYTES {
        let message = format!("the file holds {} KiB, at most {} are read", text.len() / 1024, MAX_BYTES / 1024);
        let help = "a process of this size is several: write them to a file each";
        return Err(Box::new(Diagnostic::error("bpmn.too-large", Location::new(file, ""), message).help(help)));
    }
    if let Some((at, message)) = guard(text) {
        let fault = Diagnostic::error("bpmn.refused", place(file, text, at, at + 1), message);
        return Err(Box::new(fault.help("save the process again from the tool that drew it, as BPMN 2.0 XML")));
    }
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|fault| {
        let pos = fault.pos();
        let line = usize::try_from(pos.row).unwrap_or(1).saturating_sub(1);
        let start: usize = text.split_inclusive('\n').take(line).map(|line| line.chars().count()).sum();
        let start = start + usize::try_from(pos.col).unwrap_or(1).saturating_sub(1);
        let at = Location { inner: Some((start, start + 1)), ..Location::new(file, "") };
        let said = fault.to_string();
        let said = said.rsplit_once(" at ").map_or(said.as_str(), |(said, _)| said).replace('\'', "`");
        let fault = Diagnostic::error("bpmn.syntax", at, format!("this is not well-formed XML: {said}"));
        Box::new(fault.help("save the process again from the tool that drew it, as BPMN 2.0 XML"))
    })
}

/// Where an element's first tag stands.
pub(super) fn at(file: &str, text: &str, node: Node<'_, '_>) -> Location {
    let start = node.range().start;
    let tag = text.get(start..).and_then(|rest| rest.find(['>', '\n'])).map_or(start + 1, |length| start + length + 1);
    place(file, text, start, tag)
}

fn place(file: &str, text: &str, start: usize, end: usize) -> Location {
    let characters = |range: std::ops::Range<usize>| text.get(range).map_or(1, |part| part.chars().count());
    let from = characters(0..start);
    Location { inner: Some((from, from + characters(start..end).max(1))), ..Location::new(file, "") }
}

/// The first thing that is refused, by one pass over the characters: it must not matter what follows.
fn guard(text: &str) -> Option<(usize, String)> {
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(found) = text.get(at..).and_then(|rest| rest.find('<')) {
        let start = at + found;
        let rest = text.get(start..)?;
        let skip = |ending: &str| rest.find(ending).map_or(rest.len(), |length| length + ending.len());
        if rest.starts_with("<!--") {
            at = start + skip("-->");
        } else if rest.starts_with("<![CDATA[") {
            at = start + skip("]]>");
        } else if rest.starts_with("<?") {
            at = start + skip("?>");
        } else if rest.starts_with("<!") {
            return Some((
                start,
                "a document type is not read: nothing in a process needs one, and entities are not expanded".to_owned(),
            ));
        } else {
            let (length, attributes, closed) = tag(rest);
            if attributes > MAX_ATTRIBUTES {
                return Some((start, format!("an element has more than {MAX_ATTRIBUTES} attributes")));
            }
            if rest.starts_with("</") {
                depth = depth.saturating_sub(1);
            } else if !closed {
                depth += 1;
            }
            if depth > MAX_DEPTH {
                return Some((start, format!("elements are nested more than {MAX_DEPTH} deep")));
            }
            at = start + length;
        }
    }
    None
}

/// A tag's length, how many attributes it has, and whether it closes itself.
fn tag(rest: &str) -> (usize, usize, bool) {
    let (mut quote, mut attributes, mut last) = (None, 0, '<');
    for (index, c) in rest.char_indices() {
        match quote {
            Some(open) if open == c => quote = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => {
                quote = Some(c);
                attributes += 1;
            }
            None if c == '>' => return (index + 1, attributes, last == '/'),
            None => {}
        }
        last = c;
    }
    (rest.len(), attributes, false)
}
