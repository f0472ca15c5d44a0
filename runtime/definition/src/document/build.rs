//! From parser events to nodes, keeping to the budgets.

use std::collections::{HashMap, HashSet};

use model::{Diagnostic, Location};
use saphyr_parser::{Event, Parser, ScalarStyle, ScanError, Tag};

use super::{MAX_ALIASED, MAX_DEPTH, Node, Shape, Span, Style};

/// Something that was opened and not yet closed.
enum Open {
    List {
        items: Vec<Node>,
        anchor: usize,
        start: Span,
    },
    Map {
        entries: Vec<(Box<str>, Span, Node)>,
        seen: HashMap<Box<str>, Span>,
        key: Option<(Box<str>, Span)>,
        anchor: usize,
        start: Span,
    },
}

struct Builder<'a> {
    file: &'a str,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Node>,
    unfinished: HashSet<usize>,
    aliased: usize,
    faults: Vec<Diagnostic>,
}

/// Reads the whole text into one node.
pub(super) fn build(file: &str, text: &str) -> Result<Node, Vec<Diagnostic>> {
    let mut builder = Builder {
        file,
        open: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        unfinished: HashSet::new(),
        aliased: 0,
        faults: Vec::new(),
    };
    if let Err(fatal) = builder.run(text) {
        builder.faults.push(*fatal);
    }
    if builder.faults.is_empty() {
        Ok(builder.root.unwrap_or(Node { shape: Shape::Map(Box::default()), span: Span { start: 0, end: 0 } }))
    } else {
        Err(builder.faults)
    }
}

impl Builder<'_> {
    fn run(&mut self, text: &str) -> Result<(), Box<Diagnostic>> {
        let mut parser = Parser::new_from_str(text);
        let mut documents = 0;
        while let Some(event) = parser.next_event() {
            let (event, span) = event.map_err(|fault| Box::new(self.syntax(text, &fault)))?;
            let span = Span { start: span.start.index(), end: span.end.index() };
            match event {
                Event::Nothing | Event::StreamStart | Event::DocumentEnd => {}
                Event::StreamEnd => return Ok(()),
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents > 1 {
                        return Err(Box::new(
                            self.fault("yaml.several-documents", span, "a second document begins here")
                                .help("write each document in a file of its own"),
                        ));
                    }
                }
                Event::Alias(anchor) => {
                    let Some(node) = self.anchors.get(&anchor) else {
                        return Err(Box::new(self.fault(
                            "yaml.syntax",
                            span,
                            "an alias stands inside the value it repeats",
                        )));
                    };
                    self.aliased += node.size();
                    if self.aliased > MAX_ALIASED {
                        return Err(Box::new(
                            self.fault(
                                "yaml.too-large",
                                span,
                                format!("aliases repeat more than {MAX_ALIASED} values"),
                            )
                            .help("write the values out, or fewer of them"),
                        ));
                    }
                    let node = Node { shape: node.shape.clone(), span };
                    self.check_depth(span, depth_of(&node))?;
                    self.take(node)?;
                }
                Event::Scalar(written, style, anchor, tag) => {
                    self.refuse_tag(tag.as_deref(), span)?;
                    let style = match style {
                        ScalarStyle::Plain => Style::Plain,
                        ScalarStyle::Literal | ScalarStyle::Folded => Style::Block,
                        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Style::Quoted,
                    };
                    let node = Node { shape: Shape::Scalar { written: written.into(), style }, span };
                    self.remember(anchor, &node);
                    self.take(node)?;
                }
                Event::SequenceStart(anchor, tag) => {
                    self.refuse_tag(tag.as_deref(), span)?;
                    self.unfinished.insert(anchor);
                    self.open.push(Open::List { items: Vec::new(), anchor, start: span });
                    self.check_depth(span, 0)?;
                }
                Event::MappingStart(anchor, tag) => {
                    self.refuse_tag(tag.as_deref(), span)?;
                    self.unfinished.insert(anchor);
                    let (entries, seen) = (Vec::new(), HashMap::new());
                    self.open.push(Open::Map { entries, seen, key: None, anchor, start: span });
                    self.check_depth(span, 0)?;
                }
                Event::SequenceEnd | Event::MappingEnd => self.close(span)?,
            }
        }
        Ok(())
    }

    fn close(&mut self, end: Span) -> Result<(), Box<Diagnostic>> {
        let (node, anchor) = match self.open.pop() {
            Some(Open::List { items, anchor, start }) => {
                (Node { shape: Shape::List(items.into()), span: Span { start: start.start, end: end.end } }, anchor)
            }
            Some(Open::Map { entries, anchor, start, .. }) => {
                (Node { shape: Shape::Map(entries.into()), span: Span { start: start.start, end: end.end } }, anchor)
            }
            None => return Ok(()),
        };
        self.unfinished.remove(&anchor);
        self.remember(anchor, &node);
        self.take(node)
    }

    fn remember(&mut self, anchor: usize, node: &Node) {
        if anchor > 0 {
            self.anchors.insert(anchor, node.clone());
        }
    }

    /// Puts a finished node where it belongs.
    fn take(&mut self, node: Node) -> Result<(), Box<Diagnostic>> {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List { items, .. }) => items.push(node),
            Some(Open::Map { entries, seen, key, .. }) => match key.take() {
                Some((name, span)) => entries.push((name, span, node)),
                None => {
                    let Shape::Scalar { written, .. } = node.shape else {
                        return Err(Box::new(self.fault(
                            "yaml.key",
                            node.span,
                            "a key is a text, not a list or a map",
                        )));
                    };
                    if *written == *"<<" {
                        return Err(Box::new(
                            self.fault("yaml.merge-key", node.span, "merge keys are not supported")
                                .help("write the properties out"),
                        ));
                    }
                    if let Some(first) = seen.get(&written).copied() {
                        let here = span_location(self.file, node.span);
                        self.faults.push(
                            Diagnostic::error("yaml.duplicate-key", here, format!("`{written}` is given twice"))
                                .label(span_location(self.file, first), "first given here"),
                        );
                    } else {
                        seen.insert(written.clone(), node.span);
                    }
                    *key = Some((written, node.span));
                }
            },
        }
        Ok(())
    }

    fn check_depth(&self, span: Span, inner: usize) -> Result<(), Box<Diagnostic>> {
        if self.open.len() + inner > MAX_DEPTH {
            return Err(Box::new(self.fault(
                "yaml.too-deep",
                span,
                format!("values are nested more than {MAX_DEPTH} levels"),
            )));
        }
        Ok(())
    }

    fn refuse_tag(&self, tag: Option<&Tag>, span: Span) -> Result<(), Box<Diagnostic>> {
        match tag {
            Some(tag) => {
                let tag = tag.to_string().replace("tag:yaml.org,2002:!", "!!");
                let found = self.fault("yaml.tag", span, format!("the tag `{tag}` is not supported"));
                Err(Box::new(found.help("leave it out; the type follows from the property")))
            }
            None => Ok(()),
        }
    }

    fn fault(&self, code: &'static str, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, span_location(self.file, span), message)
    }

    /// What the parser could not read, with a hint for the most frequent cause.
    fn syntax(&self, text: &str, fault: &ScanError) -> Diagnostic {
        let at = fault.marker().index();
        let line = text.lines().nth(fault.marker().line().saturating_sub(1)).unwrap_or_default();
        let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
        if fault.info().contains("recursion limit") {
            let message = format!("values are nested more than {MAX_DEPTH} levels");
            return self.fault("yaml.too-deep", Span { start: at, end: at + 1 }, message);
        }
        let found =
            self.fault("yaml.syntax", Span { start: at, end: at + 1 }, format!("this is not YAML: {}", fault.info()));
        if indent.contains('\t') {
            found.help("indent with spaces, not with tabs")
        } else if line.matches(": ").count() > 1 && !line.contains(['"', '\'']) {
            found.help("put a text that holds `: ` in quotes")
        } else {
            found
        }
    }
}

/// A place in a file that may not have a tree: offsets from the start of the file.
fn span_location(file: &str, span: Span) -> Location {
    Location { file: file.to_owned(), pointer: String::new(), inner: Some((span.start, span.end)) }
}

fn depth_of(node: &Node) -> usize {
    match &node.shape {
        Shape::Scalar { .. } => 0,
        Shape::List(items) => 1 + items.iter().map(depth_of).max().unwrap_or(0),
        Shape::Map(entries) => 1 + entries.iter().map(|(_, _, node)| depth_of(node)).max().unwrap_or(0),
    }
}
