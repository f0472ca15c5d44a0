//! What each element is to a workflow, before anything is said about it.

use std::collections::{HashMap, HashSet, VecDeque};

use roxmltree::Node as Xml;
use serde_json::{Value, json};

use super::{
    super::{LOAM, phrase},
    Reader,
    graph::{Node, inner, ours, shown},
};

/// What an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// A step.
    Step(Kind),
    /// Where a case begins.
    Start,
    /// Something a case passes without anything happening.
    Pass,
    /// The gateway whose ways are the yes and the no of the step before it.
    Answer,
    /// An event at the border of a task.
    Border,
    /// Told of with another element: an event after an event-based gateway, a message a timer sends.
    Within,
    /// Something that has no equal; said already.
    Broken,
}

/// What happens in a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Form,
    Approval,
    Notify,
    Choose,
    Split,
    Join,
    /// One event.
    Wait,
    /// Several events, one of which may be a timer, whichever comes first.
    Late,
    Set,
    Create,
    Begin,
    Call,
    End,
}

impl Kind {
    /// What a step is named and called where the file says neither.
    pub(super) fn plainly(self) -> (&'static str, Value) {
        let (name, zh, en) = match self {
            Self::Form => ("form", "填写", "Fill in"),
            Self::Approval => ("approval", "审批", "Approve"),
            Self::Notify => ("notify", "通知", "Notify"),
            Self::Choose => ("choose", "判断", "Choose"),
            Self::Split => ("split", "同时进行", "At once"),
            Self::Join => ("join", "汇合", "Meet"),
            Self::Wait | Self::Late => ("wait", "等待", "Wait"),
            Self::Set => ("set", "更新", "Update"),
            Self::Create => ("create", "新建", "Create"),
            Self::Begin => ("begin", "发起子流程", "Begin"),
            Self::Call => ("call", "调用插件", "Call"),
            Self::End => ("end", "结束", "End"),
        };
        (name, json!({"zh-CN": zh, "en": en}))
    }
}

/// The extensions that say what happens in a step.
const SAID: [(&str, Kind); 12] = [
    ("form", Kind::Form),
    ("approval", Kind::Approval),
    ("notify", Kind::Notify),
    ("choose", Kind::Choose),
    ("split", Kind::Split),
    ("join", Kind::Join),
    ("wait", Kind::Wait),
    ("set", Kind::Set),
    ("create", Kind::Create),
    ("begin", Kind::Begin),
    ("call", Kind::Call),
    ("end", Kind::End),
];

/// The extension that says what happens in a step.
pub(super) fn said<'d>(xml: Xml<'d, 'd>) -> Option<(Kind, Xml<'d, 'd>)> {
    ours(xml).find_map(|inside| {
        let name = inside.tag_name().name();
        SAID.iter().find(|(known, _)| *known == name).map(|(_, kind)| (*kind, inside))
    })
}

/// What an event is about: `timer`, `signal` and so on, and the element that says so.
pub(super) fn event_of<'d>(xml: Xml<'d, 'd>) -> Option<(&'d str, Xml<'d, 'd>)> {
    xml.children().find_map(|inside| Some((inside.tag_name().name().strip_suffix("EventDefinition")?, inside)))
}

impl<'d> Reader<'d, '_> {
    /// Says what every element is.
    pub(super) fn classify(&mut self) {
        self.parts = vec![Part::Broken; self.graph.nodes.len()];
        let within = self.within();
        for index in 0..self.graph.nodes.len() {
            let part = if within.contains(&index) { Part::Within } else { self.part(index) };
            if let Some(slot) = self.parts.get_mut(index) {
                *slot = part;
            }
        }
        // Approvals are known by the gateways after them.
        for gateway in self.all(|part| *part == Part::Answer) {
            let task = self
                .graph
                .node(gateway)
                .and_then(|node| node.into.first())
                .and_then(|flow| self.graph.flows.get(*flow));
            let Some(task) = task.map(|flow| flow.from) else { continue };
            if self.graph.node(task).is_some_and(|node| said(node.xml).is_none()) {
                self.parts.get_mut(task).into_iter().for_each(|part| *part = Part::Step(Kind::Approval));
            }
        }
        self.meet();
    }

    /// Elements that belong to others: what an event-based gateway waits for, what a timer at a border sends.
    fn within(&mut self) -> HashSet<usize> {
        let mut found = HashSet::new();
        for (index, node) in self.graph.nodes.iter().enumerate() {
            if node.tag == "eventBasedGateway" {
                found.extend(self.graph.out(index).map(|flow| flow.to));
            }
            let goes_on = node.xml.attribute("cancelActivity") == Some("false");
            if node.tag == "boundaryEvent" && goes_on {
                let Some(send) = self.graph.out(index).next().map(|flow| flow.to) else { continue };
                if self
                    .graph
                    .node(send)
                    .is_none_or(|node| !sends(node) || node.into.len() != 1 || said(node.xml).is_some())
                {
                    continue;
                }
                let after: Vec<usize> = self.graph.out(send).map(|flow| flow.to).collect();
                let ends = |end: &usize| {
                    self.graph.node(*end).is_some_and(|end| end.tag == "endEvent" && event_of(end.xml).is_none())
                };
                if after.iter().all(ends) {
                    found.insert(send);
                    found.extend(
                        after.into_iter().filter(|end| self.graph.node(*end).is_some_and(|end| end.into.len() == 1)),
                    );
                }
            }
        }
        found
    }

    fn part(&mut self, index: usize) -> Part {
        let Some(node) = self.graph.node(index) else { return Part::Broken };
        let (xml, tag) = (node.xml, node.tag);
        let (into, out) = (node.into.len(), node.out.len());
        if let Some((kind, _)) = said(xml) {
            let late = kind == Kind::Wait && tag == "eventBasedGateway";
            return Part::Step(if late { Kind::Late } else { kind });
        }
        let mut events = xml.children().filter(|inside| inside.tag_name().name().ends_with("EventDefinition"));
        if let Some(second) = events.nth(1) {
            let message = format!("{} is about several events", shown(xml));
            self.faults.error(
                "bpmn.no-equal",
                second,
                message,
                "keep one; draw another element for each of the others",
            );
        }
        let event = event_of(xml).map(|(kind, _)| kind);
        match (tag, event) {
            ("startEvent", _) => Part::Start,
            ("boundaryEvent", _) => Part::Border,
            ("endEvent", None | Some("terminate")) => Part::Step(Kind::End),
            ("endEvent", Some("message")) => {
                let message = format!("the message of {} is left out", shown(xml));
                self.faults.warn("bpmn.left-out", xml, message, "put a send task before the end to tell somebody");
                Part::Step(Kind::End)
            }
            ("userTask" | "task", _) => Part::Step(Kind::Form),
            ("manualTask" | "sendTask", _) | ("intermediateThrowEvent", Some("message")) => Part::Step(Kind::Notify),
            ("intermediateThrowEvent", None) => {
                let message = format!("{} is left out: nothing happens in it", shown(xml));
                self.faults.warn(
                    "bpmn.left-out",
                    xml,
                    message,
                    "keep what it says in the name of a step, if it matters",
                );
                Part::Pass
            }
            ("receiveTask", _) | ("intermediateCatchEvent", Some("timer" | "signal" | "message" | "conditional")) => {
                Part::Step(Kind::Wait)
            }
            ("eventBasedGateway", _) => Part::Step(Kind::Late),
            ("callActivity", _) => Part::Step(Kind::Begin),
            ("exclusiveGateway", _) if self.answers(index) => Part::Answer,
            ("exclusiveGateway", _) if out <= 1 => Part::Pass,
            ("exclusiveGateway", _) => Part::Step(Kind::Choose),
            ("parallelGateway" | "inclusiveGateway", _) => match (into, out) {
                (0..=1, 0..=1) => Part::Pass,
                (_, 0..=1) => Part::Step(Kind::Join),
                (0..=1, _) => Part::Step(Kind::Split),
                _ => {
                    let message = format!("in {} paths meet and part at once", shown(xml));
                    self.faults.error("bpmn.no-equal", xml, message, "draw two gateways, one after the other");
                    Part::Broken
                }
            },
            ("serviceTask" | "scriptTask" | "businessRuleTask", _) => {
                let message = format!("{} does not say what it does in words a workflow knows", shown(xml));
                let help = "give it an extension element: `<loam:set>{status: '\"done\"'}</loam:set>` or \
                            `<loam:create>{entity: …, fields: {…}}</loam:create>`";
                self.faults.error("bpmn.no-equal", xml, message, help);
                Part::Broken
            }
            _ => {
                let event = event.map(|event| format!(" with its {event} event")).unwrap_or_default();
                let message = format!("{}{event} has no equal in a workflow", shown(xml));
                let help = match tag {
                    "subProcess" | "transaction" => "make it a process of its own and call it, or draw its steps here",
                    "complexGateway" => "draw an inclusive gateway; a join may say how many paths suffice (`need`)",
                    "endEvent" => "end with a plain end event, or with one that terminates",
                    _ => "draw what people do and what is waited for, or remove it",
                };
                self.faults.error("bpmn.no-equal", xml, message, help);
                Part::Broken
            }
        }
    }

    /// Whether a gateway only says where the yes and the no of the task before it lead.
    fn answers(&self, index: usize) -> bool {
        let Some(node) = self.graph.node(index) else { return false };
        let flows: Vec<_> = self.graph.out(index).collect();
        let [into] = node.into.as_slice() else { return false };
        let Some(task) = self.graph.flows.get(*into).and_then(|flow| self.graph.node(flow.from)) else { return false };
        if flows.iter().any(|flow| flow.xml.has_attribute((LOAM, "answer"))) {
            return true;
        }
        let asks = match said(task.xml) {
            Some((kind, _)) => kind == Kind::Approval,
            None => matches!(task.tag, "userTask" | "task"),
        };
        asks && task.out.len() == 1 && flows.len() == 2 && self.yes_and_no(index).is_some()
    }

    /// The flows for yes and for no that leave a gateway, each where there is one.
    pub(super) fn yes_and_no(&self, gateway: usize) -> Option<(Option<usize>, Option<usize>)> {
        let flows = &self.graph.node(gateway)?.out;
        let xml = |flow: &usize| self.graph.flows.get(*flow).map(|flow| flow.xml);
        let ours =
            |flow: &usize| xml(flow).and_then(|xml| xml.attribute((LOAM, "answer"))).map(|answer| answer == "yes");
        if flows.iter().any(|flow| ours(flow).is_some()) {
            let find = |wanted| flows.iter().find(|flow| ours(flow) == Some(wanted)).copied();
            return Some((find(true), find(false)));
        }
        let [first, second] = flows.as_slice() else { return None };
        let condition =
            |flow: &usize| xml(flow).and_then(|xml| inner(xml, "conditionExpression").next()).map(super::graph::text);
        let conditions = [condition(first), condition(second)].map(|text| text.filter(|text| !text.trim().is_empty()));
        let said = if conditions.iter().any(Option::is_some) {
            // A condition that is no answer makes a choice of it.
            let [one, two] = conditions;
            let read = |text: Option<String>| text.map(|text| phrase::condition_answer(&text).ok_or(()));
            [read(one).transpose().ok()?, read(two).transpose().ok()?]
        } else {
            let asked = self.graph.node(gateway)?.xml.attribute("name").unwrap_or_default();
            let name = |flow: &usize| xml(flow).and_then(|xml| xml.attribute("name")).unwrap_or_default();
            let read = |flow: &usize| phrase::name_answer(name(flow), asked).ok();
            [read(first)?, read(second)?]
        };
        match said {
            [Some(true), Some(false) | None] | [None, Some(false)] => Some((Some(*first), Some(*second))),
            [Some(false), Some(true) | None] | [None, Some(true)] => Some((Some(*second), Some(*first))),
            _ => None,
        }
    }

    /// The step a flow leads to, past what happens to nobody; `None` where it ends.
    pub(super) fn lead(&self, flow: usize) -> Option<usize> {
        let mut at = self.graph.flows.get(flow)?.to;
        for _ in 0..self.graph.nodes.len() {
            match self.parts.get(at)? {
                Part::Step(_) => return Some(at),
                Part::Pass | Part::Broken => at = self.graph.out(at).next()?.to,
                _ => return None,
            }
        }
        None
    }

    /// The step that follows an element with one way.
    pub(super) fn follow(&self, index: usize) -> Option<usize> {
        self.lead(*self.graph.node(index)?.out.first()?)
    }

    /// The gateway that says where the yes and the no of a task lead.
    pub(super) fn answer_after(&self, task: usize) -> Option<usize> {
        let to = self.graph.out(task).next()?.to;
        (self.parts.get(to) == Some(&Part::Answer)).then_some(to)
    }

    /// The steps a step may lead to, what follows it first.
    pub(super) fn leads(&self, index: usize) -> Vec<usize> {
        let Some(node) = self.graph.node(index) else { return Vec::new() };
        if let Some(gateway) = self.answer_after(index) {
            let (yes, no) = self.yes_and_no(gateway).unwrap_or_default();
            return [yes, no].into_iter().flatten().filter_map(|flow| self.lead(flow)).collect();
        }
        let border = node.border.iter().filter_map(|event| self.follow(*event));
        let own = node.out.iter().filter_map(|flow| match self.parts.get(self.graph.flows.get(*flow)?.to)? {
            Part::Within => self.follow(self.graph.flows.get(*flow)?.to),
            _ => self.lead(*flow),
        });
        own.chain(border).collect()
    }

    /// Finds where the paths of every split meet. Splits of ours say so.
    fn meet(&mut self) {
        let mut claimed = HashSet::new();
        for split in self.all(|part| *part == Part::Step(Kind::Split)) {
            let Some(node) = self.graph.node(split) else { continue };
            if said(node.xml).is_some() {
                continue;
            }
            let xml = node.xml;
            match self.join_of(split) {
                Some(join) => {
                    claimed.insert(join);
                    self.joins.insert(split, join);
                }
                None => {
                    let message = format!("the paths that begin in {} never meet", shown(xml));
                    let help = "draw a gateway of the same kind where they meet";
                    self.faults.error("bpmn.no-join", xml, message, help);
                    self.parts.get_mut(split).into_iter().for_each(|part| *part = Part::Broken);
                }
            }
        }
        for join in self.all(|part| *part == Part::Step(Kind::Join)) {
            let Some(node) = self.graph.node(join).filter(|node| !claimed.contains(&join) && said(node.xml).is_none())
            else {
                continue;
            };
            let (xml, waits) = (node.xml, node.tag == "parallelGateway");
            if waits {
                let message = format!("no parallel paths begin that could meet in {}", shown(xml));
                let help = "draw an exclusive gateway where only one of the paths is taken";
                self.faults.error("bpmn.no-split", xml, message, help);
            }
            self.parts.get_mut(join).into_iter().for_each(|part| *part = Part::Pass);
        }
    }

    /// The nearest gateway of the same kind to which the most of the paths lead.
    fn join_of(&self, split: usize) -> Option<usize> {
        let tag = self.graph.node(split)?.tag;
        let mut reached: HashMap<usize, (usize, usize)> = HashMap::new();
        for flow in self.graph.out(split) {
            let mut seen = HashSet::from([split, flow.to]);
            let mut open = VecDeque::from([(flow.to, 1)]);
            while let Some((at, far)) = open.pop_front() {
                let entry = reached.entry(at).or_default();
                *entry = (entry.0 + 1, entry.1 + far);
                open.extend(self.graph.out(at).filter(|flow| seen.insert(flow.to)).map(|flow| (flow.to, far + 1)));
            }
        }
        let joins = reached.into_iter().filter(|(at, (paths, _))| {
            let same = self.graph.node(*at).is_some_and(|node| node.tag == tag && said(node.xml).is_none());
            same && *paths >= 2 && self.parts.get(*at) == Some(&Part::Step(Kind::Join))
        });
        joins.min_by_key(|(at, (paths, far))| (std::cmp::Reverse(*paths), *far, *at)).map(|(at, _)| at)
    }
}

/// Whether an element tells somebody something.
pub(super) fn sends(node: &Node<'_>) -> bool {
    match node.tag {
        "sendTask" | "manualTask" => true,
        "intermediateThrowEvent" => event_of(node.xml).is_some_and(|(kind, _)| kind == "message"),
        _ => false,
    }
}
