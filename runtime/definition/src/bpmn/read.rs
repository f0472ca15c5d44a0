//! From the text of a file to the words of a workflow.
//!
//! First the elements and flows as they are drawn (`graph`), then what each of them is to a workflow (`part`), then the words
//! of each step (`step`, `asked`, `who`), then their order. Words are gathered as values and checked as a document of an app is,
//! so that what an extension says is held to the same schema.

mod asked;
mod graph;
mod part;
mod rest;
mod step;
mod who;

use std::collections::{HashMap, HashSet};

use model::{Diagnostic, Location};
use roxmltree::Node as Xml;
use serde_json::{Map, Value, json};

use crate::{Document, Kind, kind::workflow::Workflow, schema};

pub(super) use self::graph::words;
use self::{
    graph::{Faults, Graph, ours, shown},
    part::Part,
};
use super::{LOAM, is_made, name_from, xml};

/// Most elements of one process.
const MAX_STEPS: usize = 2_000;

/// What a file does not say of itself, or is to be read for otherwise.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// What its cases are about.
    pub entity: Option<&'a str>,
    /// The role whose holders are asked where nobody else is.
    pub guard: Option<&'a str>,
}

/// Reads a file; `file` is what diagnostics call it. The workflow is there whenever something could be read, without what has no equal: with errors
/// it goes another way than what was drawn.
pub fn read(file: &str, text: &str, given: Given<'_>) -> (Option<Workflow>, Vec<Diagnostic>) {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let document = match xml::parse(file, text) {
        Ok(document) => document,
        Err(fault) => return (None, vec![*fault]),
    };
    let mut faults = Faults::new(file, text);
    let Some(graph) = graph::graph(&document, &mut faults) else { return (None, faults.told()) };
    if graph.nodes.len() > MAX_STEPS {
        let message = format!("the process has {} elements, at most {MAX_STEPS} are read", graph.nodes.len());
        faults.error(
            "bpmn.too-large",
            graph.process,
            message,
            "make parts of it processes of their own, and call them",
        );
        return (None, faults.told());
    }
    let mut reader = Reader::new(graph, faults);
    reader.guarded = given.guard.is_some();
    let workflow = reader.workflow(given);
    (workflow, reader.faults.told())
}

/// A process while it is read.
struct Reader<'d, 't> {
    graph: Graph<'d>,
    faults: Faults<'t>,
    /// What each element is.
    parts: Vec<Part>,
    /// The join of each split.
    joins: HashMap<usize, usize>,
    /// The step a case begins with.
    first: Option<usize>,
    /// The variable that other tools keep whoever started a case in.
    initiator: Option<&'d str>,
    /// Names of steps, by element.
    names: HashMap<usize, String>,
    /// The step for what ends without an end.
    ended: String,
    /// Whether it is needed.
    ends: bool,
    /// Whether somebody is asked where nobody else is.
    guarded: bool,
}

/// What follows a step.
enum Next {
    /// Its own words say so.
    Said,
    /// An element, or nothing; whether it is said although it is the next one written.
    To(Option<usize>, bool),
}

impl<'d, 't> Reader<'d, 't> {
    fn new(graph: Graph<'d>, faults: Faults<'t>) -> Self {
        Self {
            graph,
            faults,
            parts: Vec::new(),
            joins: HashMap::new(),
            first: None,
            initiator: None,
            names: HashMap::new(),
            ended: String::new(),
            ends: false,
            guarded: false,
        }
    }

    fn workflow(&mut self, given: Given<'_>) -> Option<Workflow> {
        self.classify();
        self.begin();
        let process = self.graph.process;
        let own = ours(process).find(|inside| inside.tag_name().name() == "workflow");
        let said = own.map(|own| self.says(own));
        self.guarded |= said.as_ref().is_some_and(|said| said.contains_key("guard"));
        let order = if own.is_some() { self.as_written() } else { self.as_drawn() };
        self.name(&order);
        let mut built = Vec::new();
        for index in &order {
            built.push(self.step(*index));
        }
        self.rest();
        let mut steps = Map::new();
        let count = built.len();
        for (place, (index, (mut value, next))) in order.iter().zip(built).enumerate() {
            if let Next::To(to, said) = next {
                let following = order.get(place + 1).copied();
                match to.and_then(|to| self.names.get(&to)) {
                    Some(_) if to == following && !said => {}
                    Some(name) => drop(value.insert("next".to_owned(), json!(name))),
                    None if place + 1 == count => {}
                    None => {
                        self.ends = true;
                        value.insert("next".to_owned(), json!(self.ended));
                    }
                }
            }
            if let Some(name) = self.names.get(index) {
                steps.insert(name.clone(), Value::Object(value));
            }
        }
        if self.ends {
            steps.insert(self.ended.clone(), json!({"label": {"zh-CN": "结束", "en": "End"}, "end": {}}));
        }
        if steps.is_empty() {
            let message = "there is no step in this process";
            self.faults.error("bpmn.no-steps", process, message, "draw what happens after its start event");
            return None;
        }
        let mut whole = Map::new();
        let titled = self.graph.pool.filter(|pool| own.is_none() && pool.attribute("name").is_some());
        let titled = titled.filter(|_| process.attribute("name").is_none_or(|name| name.trim().is_empty()));
        let id = process.attribute("id").unwrap_or("process");
        whole.insert("label".to_owned(), self.label(titled.unwrap_or(process), id));
        whole.extend(said.into_iter().flatten());
        for (word, given) in [("entity", given.entity), ("guard", given.guard)] {
            if let Some(given) = given {
                whole.insert(word.to_owned(), json!(given));
            }
        }
        if !whole.contains_key("entity") {
            let message = "the file does not say what its cases are about";
            self.faults.error(
                "bpmn.no-entity",
                process,
                message,
                "name the entity whose records go through this process",
            );
            return None;
        }
        whole.insert("steps".to_owned(), Value::Object(steps));
        self.typed(Value::Object(whole))
    }

    /// The words, once they are what a workflow's document may hold.
    fn typed(&mut self, value: Value) -> Option<Workflow> {
        let found = schema::check(Kind::Workflow, &Location::new(self.faults.file, ""), &value);
        let fine = found.is_empty();
        for mut fault in found {
            let route = std::mem::take(&mut fault.location.pointer);
            let named = route.strip_prefix("/steps/").and_then(|rest| rest.split('/').next());
            let index =
                named.and_then(|name| self.names.iter().find(|(_, known)| *known == name)).map(|(index, _)| *index);
            let node = index.and_then(|index| self.graph.node(index)).map_or(self.graph.process, |node| node.xml);
            let route = route.trim_start_matches('/').replace('/', ".");
            fault.message = format!("{}: {} (`{route}`)", shown(node), fault.message);
            fault.labels.clear();
            self.faults.add(node, |at| Diagnostic { location: at, ..fault });
        }
        if !fine {
            return None;
        }
        // Only numbers out of a type's range are left to be refused.
        match serde_path_to_error::deserialize(value) {
            Ok(words) => Some(words),
            Err(fault) => {
                let message = format!("`{}` is out of range", fault.path());
                self.faults.error("definition.out-of-range", self.graph.process, message, "write a smaller number");
                None
            }
        }
    }

    /// What an extension of ours says, as it would stand in a document.
    fn says(&mut self, xml: Xml<'d, 'd>) -> Map<String, Value> {
        let text = graph::text(xml);
        match Document::parse(self.faults.file, &text).map(|document| document.value()) {
            Ok(Value::Object(map)) => map,
            Ok(Value::Null) => Map::new(),
            _ => {
                let message = format!("what `{}` says cannot be read", xml.tag_name().name());
                let help = "write it as in a workflow's document, on one line: `{who: [owner], opinion: always}`";
                self.faults.error("bpmn.bad-extension", xml, message, help);
                Map::new()
            }
        }
    }

    /// The words an element is called by; `other` where it has none.
    fn label(&self, xml: Xml<'d, 'd>, other: &str) -> Value {
        self.called(xml).unwrap_or_else(|| json!(other))
    }

    fn called(&self, xml: Xml<'d, 'd>) -> Option<Value> {
        let name = xml.attribute("name");
        match xml.attribute((LOAM, "locale")) {
            Some("plain") => Some(json!(name.unwrap_or_default())),
            Some("none") => Some(json!({})),
            Some("en") => Some(json!({ "en": name.unwrap_or_default() })),
            Some(_) => {
                let zh = name.unwrap_or_default();
                Some(
                    xml.attribute((LOAM, "en"))
                        .map_or_else(|| json!({ "zh-CN": zh }), |en| json!({"zh-CN": zh, "en": en})),
                )
            }
            None => name.map(words).filter(|name| !name.is_empty()).map(Value::String),
        }
    }

    /// Where a case begins.
    fn begin(&mut self) {
        let starts: Vec<usize> = self.all(|part| matches!(part, Part::Start));
        if let Some(second) = starts.get(1).and_then(|index| self.graph.node(*index)) {
            let message = format!("{} is a second start; a case begins in one way", shown(second.xml));
            let help = "keep one start event; roles and rules say who and what starts a case";
            self.faults.error("bpmn.several-starts", second.xml, message, help);
        }
        if let Some(start) = starts.first().copied() {
            self.first = self.follow(start);
            let node = self.graph.node(start).map(|node| node.xml);
            self.initiator = node.and_then(|xml| xml.attributes().find(|a| a.name() == "initiator")).map(|a| a.value());
            if let Some((kind, xml)) = node.and_then(part::event_of) {
                let message = format!("the {kind} that starts it is left out");
                let help = "say in a role or in a rule (`start`, with its schedule) what starts a case";
                self.faults.warn("bpmn.left-out", xml, message, help);
            }
            return;
        }
        let steps = self.all(|part| matches!(part, Part::Step(_)));
        let loose = |index: &&usize| self.graph.node(**index).is_some_and(|node| node.into.is_empty());
        let found: Vec<usize> = steps.iter().filter(loose).copied().collect();
        self.first = found.first().copied();
        if found.len() != 1 {
            let message = "there is no start event, and more or less than one step to which nothing leads";
            self.faults.error("bpmn.no-start", self.graph.process, message, "draw a start event before the first step");
        }
    }

    fn all(&self, which: impl Fn(&Part) -> bool) -> Vec<usize> {
        self.parts.iter().enumerate().filter(|(_, part)| which(part)).map(|(index, _)| index).collect()
    }

    /// The order of the file, the first step first: that of files of ours.
    fn as_written(&self) -> Vec<usize> {
        let steps = self.all(|part| matches!(part, Part::Step(_)));
        let first = self.first.filter(|first| steps.contains(first));
        first.into_iter().chain(steps.iter().copied().filter(|step| Some(*step) != first)).collect()
    }

    /// The order in which a case comes to the steps; where paths meet after all that comes before.
    fn as_drawn(&mut self) -> Vec<usize> {
        let mut order = Vec::new();
        let mut seen = HashSet::new();
        let mut held: HashSet<usize> = HashSet::new();
        let mut open: Vec<(usize, bool)> = self.first.map(|first| (first, false)).into_iter().collect();
        while let Some((index, release)) = open.pop() {
            if release {
                held.remove(&index);
            }
            if held.contains(&index) || !seen.insert(index) {
                continue;
            }
            order.push(index);
            if let Some(join) = self.joins.get(&index).copied() {
                held.insert(join);
                open.push((join, true));
            }
            for to in self.leads(index).into_iter().rev() {
                open.push((to, false));
            }
        }
        for index in self.all(|part| matches!(part, Part::Step(_))) {
            if let Some(node) = self.graph.node(index).filter(|_| !seen.contains(&index)) {
                let message = format!("no flow leads from the start to {}", shown(node.xml));
                self.faults.error("bpmn.unreached", node.xml, message, "draw a flow to it, or remove it");
            }
        }
        order
    }

    /// Gives every step a name: the one the file says, else its id where a person wrote it, else one made of what it is called.
    fn name(&mut self, order: &[usize]) {
        let mut taken = HashSet::new();
        let mut fresh = |wanted: String| {
            let mut name = wanted.clone();
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = format!("{wanted}_{number}");
                number += 1;
            }
            name
        };
        for index in order {
            let Some(node) = self.graph.node(*index) else { continue };
            let valid = |name: &&str| model::Name::parse_dashed(name).is_ok();
            let said =
                node.xml.attribute((LOAM, "step")).or_else(|| Some(node.id).filter(|id| !is_made(id))).filter(valid);
            let name = said.map(str::to_owned).or_else(|| node.xml.attribute("name").and_then(name_from));
            let plain = match self.parts.get(*index) {
                Some(Part::Step(kind)) => kind.plainly().0,
                _ => "step",
            };
            let name = name.unwrap_or_else(|| plain.to_owned());
            self.names.insert(*index, fresh(name));
        }
        self.ended = fresh("ended".to_owned());
    }

    /// The name of a step a path leads to; what leads nowhere ends there.
    fn name_of(&mut self, to: Option<usize>) -> String {
        match to.and_then(|to| self.names.get(&to)) {
            Some(name) => name.clone(),
            None => {
                self.ends = true;
                self.ended.clone()
            }
        }
    }
}
