//! What nobody else has read: other tools' own words, notes, data. Each is told, so that nothing is lost unseen.

use roxmltree::Node as Xml;

use super::{
    super::{BPMN, LOAM},
    Reader,
    graph::{extensions, inner, shown, text},
    part::Part,
};

/// Attributes and elements of other tools that are read, by their names.
const READ: [&str; 10] = [
    "assignee",
    "candidateUsers",
    "candidateGroups",
    "initiator",
    "collection",
    "elementVariable",
    "assignmentDefinition",
    "calledElement",
    "loopCharacteristics",
    "userTask",
];

/// Elements of BPMN within an element that are read.
const KNOWN: [&str; 11] = [
    "extensionElements",
    "incoming",
    "outgoing",
    "potentialOwner",
    "humanPerformer",
    "performer",
    "multiInstanceLoopCharacteristics",
    "conditionExpression",
    "laneSet",
    "sequenceFlow",
    "script",
];

impl<'d> Reader<'d, '_> {
    /// Tells what is left out.
    pub(super) fn rest(&mut self) {
        let process = self.graph.process;
        self.other_words(process);
        for note in inner(process, "documentation").filter(|note| !text(*note).trim().is_empty()) {
            let message = "the description of the process is left out";
            self.faults.warn("bpmn.left-out", note, message, "keep it as a comment in the workflow's document");
        }
        for index in 0..self.graph.nodes.len() {
            let Some(xml) = self.graph.node(index).map(|node| node.xml) else { continue };
            if self.parts.get(index) != Some(&Part::Broken) {
                self.other_words(xml);
                self.within_element(xml, matches!(self.parts.get(index), Some(Part::Step(_))));
            }
        }
        for index in 0..self.graph.flows.len() {
            let Some(xml) = self.graph.flows.get(index).map(|flow| flow.xml) else { continue };
            self.other_words(xml);
        }
    }

    /// Attributes and extension elements of other tools.
    fn other_words(&mut self, xml: Xml<'d, 'd>) {
        let foreign = |namespace: Option<&str>| {
            namespace.is_some_and(|space| space != BPMN && space != LOAM && !space.starts_with("http://www.w3.org/"))
        };
        let named = xml.attributes().filter(|named| foreign(named.namespace())).map(|named| named.name().to_owned());
        let inside = extensions(xml).filter(|inside| foreign(inside.tag_name().namespace()));
        let inside = inside.map(|inside| inside.tag_name().name().to_owned());
        let mut words: Vec<String> = named.chain(inside).filter(|name| !READ.contains(&name.as_str())).collect();
        words.dedup();
        if !words.is_empty() {
            let message = format!("of {}, `{}` of another tool is left out", shown(xml), words.join("`, `"));
            let help = "say what it does in the workflow's own words: fields a step shows and asks for, timers, `set`";
            self.faults.warn("bpmn.left-out", xml, message, help);
        }
    }

    fn within_element(&mut self, xml: Xml<'d, 'd>, is_step: bool) {
        if xml.attribute("isForCompensation") == Some("true") {
            let message = format!("{} undoes something, which has no equal in a workflow", shown(xml));
            self.faults.error("bpmn.no-equal", xml, message, "draw it as a step after a choice");
        }
        for inside in xml.children().filter(|inside| inside.tag_name().namespace() == Some(BPMN)) {
            let name = inside.tag_name().name();
            let asks = matches!(xml.tag_name().name(), "userTask" | "task");
            match name {
                "multiInstanceLoopCharacteristics" if asks => {
                    for count in inner(inside, "loopCardinality").filter(|count| !text(*count).trim().is_empty()) {
                        let message = format!("{} is done a number of times, which has no equal", shown(xml));
                        self.faults.error("bpmn.no-equal", count, message, "name those who are each asked");
                    }
                }
                "multiInstanceLoopCharacteristics" | "standardLoopCharacteristics" if is_step => {
                    let message = format!("{} is done again and again, which has no equal in a workflow", shown(xml));
                    let help = "lead a flow back to it; to begin a case for each of several records say `each`: \
                                `<loam:begin>{each: FIELD, wait: true}</loam:begin>`";
                    self.faults.error("bpmn.no-equal", inside, message, help);
                }
                _ if KNOWN.contains(&name) || name.ends_with("EventDefinition") => {}
                "documentation" if text(inside).trim().is_empty() => {}
                _ => {
                    let message = format!("`{name}` of {} is left out", shown(xml));
                    self.faults.warn(
                        "bpmn.left-out",
                        inside,
                        message,
                        "keep what it says in the app's notes, if it matters",
                    );
                }
            }
        }
    }
}
