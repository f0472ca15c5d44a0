//! The words of a step.

use roxmltree::Node as Xml;
use serde_json::{Map, Value, json};

use super::{
    super::{FORMULA, LOAM, name_from, phrase, time},
    Next, Reader,
    graph::{inner, local, ours, shown, text, words},
    part::{Kind, Part, event_of, said},
};

impl<'d> Reader<'d, '_> {
    /// A step's words without what follows it, and what follows it.
    pub(super) fn step(&mut self, index: usize) -> (Map<String, Value>, Next) {
        let mut step = Map::new();
        let (Some(node), Some(Part::Step(kind))) = (self.graph.node(index), self.parts.get(index).copied()) else {
            return (step, Next::Said);
        };
        let xml = node.xml;
        let own = said(xml).map(|(_, inside)| self.says(inside));
        let label = self.called(xml).or_else(|| (kind == Kind::Late).then(|| self.called_within(index)).flatten());
        step.insert("label".to_owned(), label.unwrap_or_else(|| kind.plainly().1));
        let foreign = own.is_none();
        let mut inside = own.unwrap_or_default();
        let mut next = None;
        let (word, value) = match kind {
            Kind::Form => ("form", Value::Object(self.asked(index, true, inside, foreign))),
            Kind::Approval => ("approval", Value::Object(self.asked(index, false, inside, foreign))),
            Kind::Notify => {
                if foreign {
                    let to = self.told(xml, index);
                    inside.insert("to".to_owned(), json!(to));
                }
                ("notify", Value::Object(inside))
            }
            Kind::Choose => {
                next = Some(Next::Said);
                ("choose", Value::Array(self.paths(index, foreign)))
            }
            Kind::Split => {
                next = Some(Next::Said);
                let mut split = Map::from_iter([("paths".to_owned(), Value::Array(self.paths(index, foreign)))]);
                if let Some(join) = self.joins.get(&index).and_then(|join| self.names.get(join)) {
                    split.insert("join".to_owned(), json!(join));
                }
                split.extend(inside);
                ("split", Value::Object(split))
            }
            Kind::Join => ("join", Value::Object(inside)),
            Kind::Wait => ("wait", Value::Object(self.wait(index, inside))),
            Kind::Late => {
                let (wait, after) = self.late(index, inside);
                next = Some(after);
                ("wait", Value::Object(wait))
            }
            Kind::Set => ("set", Value::Object(inside)),
            Kind::Create => ("create", Value::Object(inside)),
            Kind::Begin => ("begin", Value::Object(self.call(xml, inside, foreign))),
            Kind::Call => {
                step.extend(inside.shift_remove("failed").map(|failed| ("failed".to_owned(), failed)));
                ("call", Value::Object(inside))
            }
            Kind::End => {
                next = Some(Next::Said);
                if event_of(xml).is_some_and(|(kind, _)| kind == "terminate") {
                    inside.insert("whole".to_owned(), json!(true));
                }
                ("end", Value::Object(inside))
            }
        };
        step.insert(word.to_owned(), value);
        let next = next.unwrap_or_else(|| self.after(index));
        if !matches!(kind, Kind::Form | Kind::Approval | Kind::Wait) {
            self.border_has_no_equal(index);
        }
        (step, next)
    }

    /// What follows a step that has one way.
    fn after(&mut self, index: usize) -> Next {
        let said = |xml: Xml<'d, 'd>| xml.attribute((LOAM, "next")) == Some("said");
        if let Some(gateway) = self.answer_after(index) {
            let (yes, _) = self.yes_and_no(gateway).unwrap_or_default();
            let flow = yes.and_then(|flow| self.graph.flows.get(flow)).is_some_and(|flow| said(flow.xml));
            return Next::To(yes.and_then(|flow| self.lead(flow)), flow);
        }
        let Some(node) = self.graph.node(index) else { return Next::Said };
        let (xml, flows) = (node.xml, node.out.clone());
        if flows.len() > 1 {
            let message = format!("{} flows leave {}, and one thing follows a step", flows.len(), shown(xml));
            let help = "draw a gateway after it: exclusive for one of them, parallel for all";
            self.faults.error("bpmn.several-flows", xml, message, help);
        }
        let Some(flow) = flows.first().and_then(|flow| self.graph.flows.get(*flow)) else {
            return Next::To(None, false);
        };
        let flow_xml = flow.xml;
        if inner(flow_xml, "conditionExpression").next().is_some() {
            let message = format!("{} has a condition, but leaves no gateway", shown(flow_xml));
            let help = "draw an exclusive gateway with a default flow, and put the condition on one of its flows";
            self.faults.error("bpmn.no-equal", flow_xml, message, help);
        }
        Next::To(flows.first().and_then(|flow| self.lead(*flow)), said(flow_xml))
    }

    /// The ways on from a gateway.
    fn paths(&mut self, index: usize, foreign: bool) -> Vec<Value> {
        let Some(node) = self.graph.node(index) else { return Vec::new() };
        let (xml, tag, flows) = (node.xml, node.tag, node.out.clone());
        let mut default = xml.attribute("default").map(str::to_owned);
        let condition = |xml: Xml<'d, 'd>| {
            inner(xml, "conditionExpression").next().filter(|inside| !text(*inside).trim().is_empty())
        };
        let known: Vec<(usize, &'d str, Xml<'d, 'd>)> = flows
            .iter()
            .filter_map(|flow| self.graph.flows.get(*flow).map(|found| (*flow, found.id, found.xml)))
            .collect();
        let plain: Vec<&str> =
            known.iter().filter(|(_, _, xml)| condition(*xml).is_none()).map(|(_, id, _)| *id).collect();
        // Where one way alone has no condition, it is the one for everything else.
        if let ([one], true, "exclusiveGateway") = (plain.as_slice(), default.is_none(), tag) {
            default = Some((*one).to_owned());
        }
        // Ways of an inclusive gateway are all taken where none has a condition; otherwise one stands for when none holds.
        let all = tag == "inclusiveGateway" && default.is_none() && plain.len() == known.len();
        let open = if tag == "inclusiveGateway" { !all } else { tag == "exclusiveGateway" && plain.is_empty() };
        if foreign && open && default.is_none() {
            let message =
                format!("{} has no default flow: where no condition holds, a case would be stuck", shown(xml));
            self.faults.error("bpmn.no-default", xml, message, "mark one of its flows as the default flow");
        }
        let mut paths = Vec::new();
        for (flow, id, xml) in known {
            let mut path = Map::new();
            if let Some(label) = self.called(xml) {
                path.insert("label".to_owned(), label);
            }
            let is_default = foreign && default.as_deref() == Some(id);
            match condition(xml) {
                Some(inside) if foreign && (is_default || tag == "parallelGateway") => {
                    let message =
                        format!("the condition of {} is left out: this way is taken whatever it says", shown(xml));
                    self.faults.warn("bpmn.left-out", inside, message, "remove it, or draw another kind of gateway");
                }
                Some(inside) => {
                    path.insert("when".to_owned(), json!(self.formula(inside)));
                }
                None if foreign && !is_default && !all && tag == "inclusiveGateway" => {
                    path.insert("when".to_owned(), json!("true"));
                }
                None if foreign && !is_default && tag == "exclusiveGateway" => {
                    let message = format!("{} has no condition, and is not the default flow", shown(xml));
                    let help = "give it a condition over the record's fields, or mark it as the default flow";
                    self.faults.error("bpmn.no-condition", xml, message, help);
                }
                None => {}
            }
            let to = self.lead(flow);
            path.insert("next".to_owned(), json!(self.name_of(to)));
            paths.push(Value::Object(path));
        }
        paths
    }

    /// An expression as a formula: ours as it stands, that of another tool as far as it can be told.
    pub(super) fn formula(&mut self, xml: Xml<'d, 'd>) -> String {
        let written = text(xml);
        if xml.attribute("language") == Some(FORMULA) {
            return written;
        }
        let (formula, changed) = phrase::formula(&written);
        let language =
            xml.attribute("language").filter(|language| !language.contains("FEEL") && !language.contains("feel"));
        if changed || language.is_some() {
            let message = format!("`{}` is read as `{formula}`", words(&written));
            let help = "check that it says the same over the record's fields";
            self.faults.warn("bpmn.other-language", xml, message, help);
        }
        formula
    }

    /// The moment a timer goes off.
    pub(super) fn when(&mut self, xml: Xml<'d, 'd>) -> Map<String, Value> {
        if let Some(own) = ours(xml).find(|inside| inside.tag_name().name() == "when") {
            return self.says(own);
        }
        if let Some(inside) = inner(xml, "timeDuration").next() {
            let (text, feel) = (text(inside), phrase::inside);
            let written = feel(&text).0.trim_matches(['"', '\'']);
            let written =
                written.strip_prefix("duration(\"").and_then(|rest| rest.strip_suffix("\")")).unwrap_or(written);
            if let Some(Value::Object(mut found)) = time::length(written) {
                let working = inside.attribute((LOAM, "working")) == Some("true");
                if let Some(days) = working.then(|| found.remove("days")).flatten() {
                    found.insert("working_days".to_owned(), days);
                }
                return found;
            }
            let message = format!("`{}` is not a number of days or hours", words(&text));
            let help = "write whole days or hours, as in `P3D` or `PT4H`; months, years and minutes are not counted";
            self.faults.error("bpmn.no-duration", inside, message, help);
            return Map::from_iter([("days".to_owned(), json!(1))]);
        }
        if let Some(inside) = inner(xml, "timeDate").next() {
            let written = text(inside);
            if inside.attribute("language") == Some(FORMULA) || phrase::is_wrapped(&written) {
                let from = self.formula(inside);
                return Map::from_iter([("from".to_owned(), json!(from))]);
            }
        }
        let message = "this timer does not say how long after something it goes off";
        let help = "write a duration such as `P3D`, or a date as an expression over a field of the record";
        self.faults.error("bpmn.no-duration", xml, message, help);
        Map::from_iter([("days".to_owned(), json!(1))])
    }

    /// What an event waits for.
    fn awaited(&mut self, xml: Xml<'d, 'd>) -> Option<(&'static str, Value)> {
        let (kind, inside) = match event_of(xml) {
            Some(found) => found,
            None if xml.tag_name().name() == "receiveTask" => ("message", xml),
            None => return None,
        };
        match kind {
            "timer" => Some(("time", Value::Object(self.when(inside)))),
            "conditional" => {
                let condition = inner(inside, "condition").next();
                let formula = condition.map(|condition| self.formula(condition)).unwrap_or_default();
                if formula.trim().is_empty() {
                    let message = format!("{} does not say what it waits for", shown(xml));
                    self.faults.error(
                        "bpmn.no-condition",
                        inside,
                        message,
                        "give it a condition over the record's fields",
                    );
                }
                Some(("until", json!(formula)))
            }
            "signal" | "message" => {
                let reference = inside.attribute("signalRef").or_else(|| inside.attribute("messageRef")).map(local);
                let called = reference.and_then(|id| self.graph.called.get(id).copied()).or(reference);
                let called = called.or_else(|| xml.attribute("name")).unwrap_or_default();
                if model::Name::parse_dashed(called).is_ok() {
                    return Some(("signal", json!(called)));
                }
                let word = name_from(called).unwrap_or_else(|| "go".to_owned());
                let message = format!("the {kind} of {} is waited for as `{word}`", shown(xml));
                self.faults.warn("bpmn.renamed", xml, message, "whoever says it says this word");
                Some(("signal", json!(word)))
            }
            _ => None,
        }
    }

    /// A step that waits for one event; a receive task may give up by a timer at its border.
    fn wait(&mut self, index: usize, mut wait: Map<String, Value>) -> Map<String, Value> {
        let Some(node) = self.graph.node(index) else { return wait };
        let (xml, border) = (node.xml, node.border.clone());
        if let Some((word, value)) = self.awaited(xml) {
            wait.insert(word.to_owned(), value);
        }
        let next = self.follow(index);
        for (place, event) in border.into_iter().enumerate() {
            let Some(at) = self.graph.node(event).map(|node| node.xml) else { continue };
            match event_of(at) {
                Some(("timer", timer)) if place == 0 && at.attribute("cancelActivity") != Some("false") => {
                    let to = self.follow(event);
                    let late = self.given_up(timer, to, next, false);
                    wait.insert("late".to_owned(), late);
                }
                _ => self.no_equal_at_border(at),
            }
        }
        wait
    }

    /// A step that waits for several events, one of which may be a timer, whichever comes first.
    fn late(&mut self, index: usize, mut wait: Map<String, Value>) -> (Map<String, Value>, Next) {
        let Some(node) = self.graph.node(index) else { return (wait, Next::Said) };
        let gateway = node.xml;
        let events: Vec<usize> = self.graph.out(index).map(|flow| flow.to).collect();
        let timer_of = |xml| event_of(xml).filter(|(kind, _)| *kind == "timer").map(|(_, inside)| inside);
        let (mut words, mut timers) = (Vec::new(), Vec::new());
        for event in events {
            let Some(xml) = self.graph.node(event).map(|node| node.xml) else { continue };
            match timer_of(xml) {
                Some(timer) => timers.push((event, timer)),
                None => words.push((event, xml)),
            }
        }
        let ([(event, xml), others @ ..], [] | [_]) = (words.as_slice(), timers.as_slice()) else {
            return self.no_race(gateway, wait);
        };
        if others.is_empty() && timers.is_empty() {
            return self.no_race(gateway, wait);
        }
        let Some((word, value)) = self.awaited(*xml) else { return self.no_race(gateway, wait) };
        wait.insert(word.to_owned(), value);
        let said = |reader: &Self, event: usize| {
            reader.graph.out(event).next().is_some_and(|flow| flow.xml.attribute((LOAM, "next")) == Some("said"))
        };
        let (next, next_said) = (self.follow(*event), said(self, *event));
        let mut or = Vec::new();
        for (event, xml) in others {
            let Some((word, value)) = self.awaited(*xml) else { return self.no_race(gateway, wait) };
            let to = self.follow(*event);
            or.push(json!({word: value, "next": self.name_of(to)}));
        }
        if !or.is_empty() {
            wait.insert("or".to_owned(), Value::Array(or));
        }
        if let Some((timer, inside)) = timers.first().copied() {
            let (to, late_said) = (self.follow(timer), said(self, timer));
            let late = self.given_up(inside, to, next, late_said);
            wait.insert("late".to_owned(), late);
        }
        (wait, Next::To(next, next_said))
    }

    /// What is waited for at a gateway that has too little or too many timers after it.
    fn no_race(&mut self, gateway: Xml<'d, 'd>, mut wait: Map<String, Value>) -> (Map<String, Value>, Next) {
        let message = format!("{} does not wait for several events, at most one of them a timer", shown(gateway));
        let help = "keep one timer, and draw what else is waited for beside it; a single event needs no gateway";
        self.faults.error("bpmn.no-equal", gateway, message, help);
        wait.insert("until".to_owned(), json!("true"));
        (wait, Next::To(None, false))
    }

    fn given_up(&mut self, timer: Xml<'d, 'd>, to: Option<usize>, next: Option<usize>, said: bool) -> Value {
        let mut late = Map::from_iter([("after".to_owned(), Value::Object(self.when(timer)))]);
        if to != next || said {
            late.insert("next".to_owned(), json!(self.name_of(to)));
        }
        Value::Object(late)
    }

    /// What an event-based gateway is called by the event it waits for.
    fn called_within(&self, index: usize) -> Option<Value> {
        let events = self.graph.out(index).filter_map(|flow| self.graph.node(flow.to));
        events
            .filter(|node| event_of(node.xml).is_none_or(|(kind, _)| kind != "timer"))
            .find_map(|node| self.called(node.xml))
    }

    /// A process that is called.
    fn call(&mut self, xml: Xml<'d, 'd>, mut begin: Map<String, Value>, foreign: bool) -> Map<String, Value> {
        let elsewhere = super::graph::extensions(xml).find(|inside| inside.tag_name().name() == "calledElement");
        let called = xml
            .attribute("calledElement")
            .map(|called| if foreign { local(called) } else { called })
            .or_else(|| elsewhere?.attribute("processId"));
        match called {
            Some(called) => drop(begin.insert("workflow".to_owned(), json!(called))),
            None if begin.contains_key("workflow") => {}
            None => {
                let message = format!("{} does not say which process it calls", shown(xml));
                self.faults.error("bpmn.no-equal", xml, message, "name the workflow as its called element");
                begin.insert("workflow".to_owned(), json!("missing"));
            }
        }
        if foreign {
            begin.insert("wait".to_owned(), json!(true));
        }
        begin
    }

    fn border_has_no_equal(&mut self, index: usize) {
        for event in self.graph.node(index).map(|node| node.border.clone()).unwrap_or_default() {
            if let Some(xml) = self.graph.node(event).map(|node| node.xml) {
                self.no_equal_at_border(xml);
            }
        }
    }

    pub(super) fn no_equal_at_border(&mut self, xml: Xml<'d, 'd>) {
        let kind = event_of(xml).map_or("", |(kind, _)| kind);
        let message = format!("{} with its {kind} event has no equal in a workflow", shown(xml));
        let help =
            "only timers stand at the border of a task; draw what else may happen as a parallel path that waits for it";
        self.faults.error("bpmn.no-equal", xml, message, help);
    }
}
