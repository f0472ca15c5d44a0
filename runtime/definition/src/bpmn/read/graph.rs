//! The elements of one process and the flows between them.

use std::collections::HashMap;

use model::{Diagnostic, Location, Severity};
use roxmltree::{Document, Node as Xml};

use super::super::{BPMN, LOAM, xml};

/// An element that a case can come to.
pub(super) struct Node<'d> {
    pub(super) id: &'d str,
    /// Its kind as BPMN writes it: `userTask`.
    pub(super) tag: &'d str,
    pub(super) xml: Xml<'d, 'd>,
    /// The flows that leave it, in the order of the file.
    pub(super) out: Vec<usize>,
    /// The flows that lead to it.
    pub(super) into: Vec<usize>,
    /// The events at its border.
    pub(super) border: Vec<usize>,
    /// The name of the lane it stands in, the innermost.
    pub(super) lane: Option<&'d str>,
}

/// A flow between two of them.
pub(super) struct Flow<'d> {
    pub(super) id: &'d str,
    pub(super) xml: Xml<'d, 'd>,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A process as it is drawn.
pub(super) struct Graph<'d> {
    pub(super) process: Xml<'d, 'd>,
    /// The pool that shows it, where one does.
    pub(super) pool: Option<Xml<'d, 'd>>,
    pub(super) nodes: Vec<Node<'d>>,
    pub(super) flows: Vec<Flow<'d>>,
    /// Signals, messages and resources by id: what they are called.
    pub(super) called: HashMap<&'d str, &'d str>,
}

/// Where faults of a file go.
pub(super) struct Faults<'t> {
    pub(super) file: &'t str,
    pub(super) text: &'t str,
    found: Vec<Diagnostic>,
    /// How many more there are than are told, and whether one of those is an error.
    more: (usize, bool),
}

/// Most faults of one file: who drew it mends these first.
const MOST: usize = 200;

impl<'t> Faults<'t> {
    pub(super) fn new(file: &'t str, text: &'t str) -> Self {
        Self { file, text, found: Vec::new(), more: (0, false) }
    }

    pub(super) fn at(&self, xml: Xml<'_, '_>) -> Location {
        xml::at(self.file, self.text, xml)
    }

    /// Something without which cases would go another way.
    pub(super) fn error(&mut self, code: &'static str, xml: Xml<'_, '_>, message: impl Into<String>, help: &str) {
        self.add(xml, |at| Diagnostic::error(code, at, message).help(help));
    }

    /// Something that is left out, or taken to mean something.
    pub(super) fn warn(&mut self, code: &'static str, xml: Xml<'_, '_>, message: impl Into<String>, help: &str) {
        self.add(xml, |at| Diagnostic::warning(code, at, message).help(help));
    }

    /// Something about an element. Where it stands is only looked for while it is told.
    pub(super) fn add(&mut self, xml: Xml<'_, '_>, fault: impl FnOnce(Location) -> Diagnostic) {
        if self.found.len() < MOST {
            let at = self.at(xml);
            self.found.push(fault(at));
        } else {
            let fault = fault(Location::new(self.file, ""));
            self.more = (self.more.0 + 1, self.more.1 || fault.severity == Severity::Error);
        }
    }

    /// All that was found; where there is more than is told, that too.
    pub(super) fn told(mut self) -> Vec<Diagnostic> {
        let (more, error) = self.more;
        if more > 0 {
            let message = format!("{more} more are not told");
            let make = if error { Diagnostic::error } else { Diagnostic::warning };
            let fault = make("bpmn.more", Location::new(self.file, ""), message);
            self.found.push(fault.help("mend these first, and read the file again"));
        }
        self.found
    }
}

/// An element as diagnostics call it: ``user task `Activity_1` (`部门审批`)``.
pub(super) fn shown(xml: Xml<'_, '_>) -> String {
    let mut kind = String::new();
    for c in xml.tag_name().name().chars() {
        if c.is_uppercase() {
            kind.push(' ');
        }
        kind.extend(c.to_lowercase());
    }
    let name = xml.attribute("name").map(words).filter(|name| !name.is_empty());
    match (xml.attribute("id"), name) {
        (Some(id), Some(name)) => format!("{kind} `{id}` (`{name}`)"),
        (Some(id), None) => format!("{kind} `{id}`"),
        (None, Some(name)) => format!("{kind} `{name}`"),
        (None, None) => kind,
    }
}

/// A name without the breaks of its lines.
pub(in crate::bpmn) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The elements of BPMN in an element with this name.
pub(super) fn inner<'d>(xml: Xml<'d, 'd>, name: &'static str) -> impl Iterator<Item = Xml<'d, 'd>> {
    xml.children().filter(move |child| child.has_tag_name((BPMN, name)))
}

/// All the text in an element.
pub(super) fn text(xml: Xml<'_, '_>) -> String {
    xml.children().filter(Xml::is_text).filter_map(|child| child.text()).collect()
}

/// What an extension of ours says.
pub(super) fn extensions<'d>(xml: Xml<'d, 'd>) -> impl Iterator<Item = Xml<'d, 'd>> {
    inner(xml, "extensionElements").flat_map(|inside| inside.children()).filter(Xml::is_element)
}

/// Those of ours among them.
pub(super) fn ours<'d>(xml: Xml<'d, 'd>) -> impl Iterator<Item = Xml<'d, 'd>> {
    extensions(xml).filter(|inside| inside.tag_name().namespace() == Some(LOAM))
}

/// What a case can come to.
const NODES: [&str; 21] = [
    "startEvent",
    "endEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "task",
    "userTask",
    "manualTask",
    "sendTask",
    "receiveTask",
    "serviceTask",
    "scriptTask",
    "businessRuleTask",
    "callActivity",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "complexGateway",
    "subProcess",
    "transaction",
];

/// Reads which elements there are. `None` where there is no process to read.
pub(super) fn graph<'d>(document: &'d Document<'d>, faults: &mut Faults<'_>) -> Option<Graph<'d>> {
    let root = document.root_element();
    if !root.has_tag_name((BPMN, "definitions")) {
        let message = "this is not BPMN 2.0: its outermost element is no `definitions` of that standard";
        faults.error("bpmn.not-bpmn", root, message, "save the process as BPMN 2.0 XML");
        return None;
    }
    let called = ["signal", "message", "resource"].into_iter().flat_map(|name| inner(root, name));
    let called = called.filter_map(|xml| Some((xml.attribute("id")?, xml.attribute("name")?))).collect();
    let process = pick(root, faults)?;
    let pools = || inner(root, "collaboration").flat_map(|xml| inner(xml, "participant"));
    let pool = pools().find(|xml| xml.attribute("processRef").map(local) == process.attribute("id"));
    for xml in inner(root, "collaboration").flat_map(|xml| xml.children()).filter(Xml::is_element) {
        let own = xml.has_tag_name((BPMN, "participant")) && xml.attribute("processRef").is_some();
        if !own && xml.tag_name().name() != "documentation" {
            let message = format!("{} is left out: a workflow knows its own side only", shown(xml));
            faults.warn("bpmn.left-out", xml, message, "say who is told of what by a step that notifies");
        }
    }
    let mut graph = Graph { process, pool, nodes: Vec::new(), flows: Vec::new(), called };
    let known = graph.elements(faults);
    graph.connect(&known, faults);
    graph.lanes(&known);
    Some(graph)
}

/// A reference without the prefix of its namespace.
pub(super) fn local(reference: &str) -> &str {
    reference.rsplit(':').next().unwrap_or(reference)
}

/// The process to read: the only one, or the largest.
fn pick<'d>(root: Xml<'d, 'd>, faults: &mut Faults<'_>) -> Option<Xml<'d, 'd>> {
    let mut all: Vec<Xml<'d, 'd>> = inner(root, "process").collect();
    all.sort_by_key(|xml| std::cmp::Reverse(xml.children().count()));
    let Some((first, rest)) = all.split_first() else {
        faults.error("bpmn.no-process", root, "there is no process in this file", "draw one, and save the file again");
        return None;
    };
    for other in rest.iter().filter(|other| other.children().any(|child| child.is_element())) {
        let message = format!("{} is a second process; of several pools only one is read", shown(*other));
        faults.error("bpmn.several-processes", *other, message, "save each process in a file of its own");
    }
    Some(*first)
}

impl<'d> Graph<'d> {
    fn elements(&mut self, faults: &mut Faults<'_>) -> HashMap<&'d str, usize> {
        let mut known = HashMap::new();
        for xml in self.process.children().filter(Xml::is_element) {
            let tag = xml.tag_name().name();
            if xml.tag_name().namespace() == Some(BPMN) && NODES.contains(&tag) {
                let Some(id) = xml.attribute("id") else {
                    faults.error(
                        "bpmn.no-id",
                        xml,
                        format!("this {tag} has no id"),
                        "save the file again from its tool",
                    );
                    continue;
                };
                if known.insert(id, self.nodes.len()).is_some() {
                    let message = format!("`{id}` is the id of two elements");
                    faults.error("bpmn.duplicate-id", xml, message, "give one of them another id");
                }
                let (out, into, border) = (Vec::new(), Vec::new(), Vec::new());
                self.nodes.push(Node { id, tag, xml, out, into, border, lane: None });
                continue;
            }
            match tag {
                "sequenceFlow" | "laneSet" | "extensionElements" => {}
                "adHocSubProcess" | "subChoreography" | "callConversation" => {
                    let message = format!("{} has no equal in a workflow", shown(xml));
                    faults.error("bpmn.no-equal", xml, message, "draw its steps one after another, or side by side");
                }
                _ => {
                    let message = format!("{} is left out: a workflow does not show it", shown(xml));
                    let help = match tag {
                        "dataObject" | "dataObjectReference" | "dataStoreReference" => {
                            "fields of the record hold the data; steps say which of them are shown and filled in"
                        }
                        _ => "keep what it says in the app's notes, if it matters",
                    };
                    faults.warn("bpmn.left-out", xml, message, help);
                }
            }
        }
        known
    }

    fn connect(&mut self, known: &HashMap<&'d str, usize>, faults: &mut Faults<'_>) {
        for xml in inner(self.process, "sequenceFlow") {
            let end = |name: &str| xml.attribute(name).and_then(|id| known.get(id)).copied();
            let (Some(from), Some(to)) = (end("sourceRef"), end("targetRef")) else {
                let message = format!("{} does not lead from one element to another", shown(xml));
                faults.error("bpmn.loose-flow", xml, message, "draw it again, or remove it");
                continue;
            };
            let flow = self.flows.len();
            self.flows.push(Flow { id: xml.attribute("id").unwrap_or_default(), xml, from, to });
            if let Some(node) = self.nodes.get_mut(from) {
                node.out.push(flow);
            }
            if let Some(node) = self.nodes.get_mut(to) {
                node.into.push(flow);
            }
        }
        for index in 0..self.nodes.len() {
            let Some(host) = self.nodes.get(index).and_then(|node| node.xml.attribute("attachedToRef")) else {
                continue;
            };
            if let Some(host) = known.get(local(host)).and_then(|host| self.nodes.get_mut(*host)) {
                host.border.push(index);
            }
        }
    }

    /// Which lane each element stands in: lanes within lanes come later, so that the innermost wins.
    fn lanes(&mut self, known: &HashMap<&'d str, usize>) {
        for lane in self.process.descendants().filter(|xml| xml.has_tag_name((BPMN, "lane"))) {
            let Some(name) = lane.attribute("name").filter(|name| !name.trim().is_empty()) else { continue };
            for reference in inner(lane, "flowNodeRef") {
                let id = text(reference);
                if let Some(node) = known.get(local(id.trim())).and_then(|node| self.nodes.get_mut(*node)) {
                    node.lane = Some(name);
                }
            }
        }
    }

    pub(super) fn node(&self, index: usize) -> Option<&Node<'d>> {
        self.nodes.get(index)
    }

    /// The flows that leave an element.
    pub(super) fn out(&self, index: usize) -> impl Iterator<Item = &Flow<'d>> {
        self.nodes.get(index).into_iter().flat_map(|node| &node.out).filter_map(|flow| self.flows.get(*flow))
    }
}
