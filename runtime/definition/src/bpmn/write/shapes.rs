//! What each step is drawn as, and where it leads.

use serde_json::{Map, Value};

use crate::yaml;

use super::{
    super::{FORMULA, WHO, is_made, time},
    Drawing, attribute, content, extension, formula, named, simple,
};

/// What happens in a step: the word, its element, and what is said of it.
fn happens(step: &Value) -> Option<(&'static str, &'static str, Map<String, Value>)> {
    const ELEMENTS: [(&str, &str); 12] = [
        ("form", "userTask"),
        ("approval", "userTask"),
        ("notify", "sendTask"),
        ("choose", "exclusiveGateway"),
        ("split", "parallelGateway"),
        ("join", "parallelGateway"),
        ("wait", "intermediateCatchEvent"),
        ("set", "scriptTask"),
        ("create", "serviceTask"),
        ("begin", "callActivity"),
        ("call", "serviceTask"),
        ("end", "endEvent"),
    ];
    ELEMENTS.into_iter().find_map(|(word, element)| {
        let said = step.get(word)?;
        Some((word, element, said.as_object().cloned().unwrap_or_default()))
    })
}

/// The paths of a choice or a split.
fn paths(step: &Value) -> Option<&Vec<Value>> {
    step.get("choose").or_else(|| step.get("split")?.get("paths"))?.as_array()
}

/// Whether a step waits for one of several things, whichever comes first.
fn races(wait: &Map<String, Value>) -> bool {
    wait.contains_key("late") || wait.contains_key("or")
}

fn text_of<'v>(map: &'v Map<String, Value>, key: &str) -> &'v str {
    map.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list(value: Option<Value>) -> Vec<Value> {
    match value {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

impl Drawing {
    /// Draws a step, without where it leads.
    pub(super) fn step(&mut self, name: &str, step: &Value) {
        let Some((word, element, mut said)) = happens(step) else { return };
        let plain = simple(name) && !is_made(name) && name != self.process;
        let id = if plain { name.to_owned() } else { format!("step.{}", self.steps.len() + 1) };
        let index = self.shape(id.clone(), element);
        self.steps.insert(name.to_owned(), index);
        let mut attributes = step.get("label").map(named).unwrap_or_default();
        if !plain {
            attributes.push_str(&format!(" loam:step=\"{}\"", attribute(name)));
        }
        let (mut tag, mut inside) = (element, String::new());
        match word {
            "form" | "approval" => {
                inside = owners(said.shift_remove("who"));
                if let Some(way @ ("in_turn" | "all")) = said.get("way").and_then(Value::as_str) {
                    let turn = way == "in_turn";
                    inside.push_str(&format!("<bpmn:multiInstanceLoopCharacteristics isSequential=\"{turn}\"/>"));
                    said.shift_remove("way");
                }
                let timers = list(said.shift_remove("timers"));
                said.shift_remove("rejected");
                for (place, timer) in timers.iter().enumerate() {
                    self.timer(index, &id, place, timer);
                }
            }
            "choose" => said.clear(),
            "split" => {
                said.shift_remove("paths");
                if paths(step).into_iter().flatten().any(|path| path.get("when").is_some()) {
                    tag = "inclusiveGateway";
                }
            }
            "wait" if races(&said) => {
                tag = "eventBasedGateway";
                let (others, late) = (list(said.shift_remove("or")), said.shift_remove("late"));
                let until = self.shape(format!("{id}.until"), "intermediateCatchEvent");
                let event = self.event(&mut said);
                self.put(until, event);
                for (place, other) in others.into_iter().enumerate() {
                    let shape = self.shape(format!("{id}.or.{}", place + 1), "intermediateCatchEvent");
                    let event = self.event(&mut other.as_object().cloned().unwrap_or_default());
                    self.put(shape, event);
                }
                if let Some(late) = late {
                    let timer = self.shape(format!("{id}.late"), "intermediateCatchEvent");
                    let after = late.get("after").and_then(Value::as_object);
                    self.put(timer, timer_event(&after.cloned().unwrap_or_default()));
                }
            }
            "wait" => inside = self.event(&mut said),
            "begin" => {
                attributes.push_str(&format!(" calledElement=\"{}\"", attribute(text_of(&said, "workflow"))));
                said.shift_remove("workflow");
            }
            // What has no element of its own travels with what the step says.
            "call" => said.extend(step.get("failed").map(|failed| ("failed".to_owned(), failed.clone()))),
            "end" if said.shift_remove("whole").is_some() => inside = "<bpmn:terminateEventDefinition/>".to_owned(),
            _ => {}
        }
        if let Some(shape) = self.shapes.get_mut(index) {
            shape.tag = tag;
            shape.attributes = attributes;
            shape.extensions = extension(word, &Value::Object(said));
            shape.inside = inside;
        }
    }

    fn put(&mut self, shape: usize, inside: String) {
        if let Some(shape) = self.shapes.get_mut(shape) {
            shape.inside = inside;
        }
    }

    /// What a step waits for, as the definition of an event.
    fn event(&mut self, wait: &mut Map<String, Value>) -> String {
        if let Some(Value::Object(when)) = wait.shift_remove("time") {
            return timer_event(&when);
        }
        if let Some(Value::String(word)) = wait.shift_remove("signal") {
            let fresh = format!("signal.{}", self.signals.len() + 1);
            let id = self.signals.entry(word).or_insert(fresh);
            return format!("<bpmn:signalEventDefinition signalRef=\"{id}\"/>");
        }
        let until = wait.shift_remove("until");
        let condition = formula("condition", until.as_ref().and_then(Value::as_str).unwrap_or_default());
        format!("<bpmn:conditionalEventDefinition>{condition}</bpmn:conditionalEventDefinition>")
    }

    /// A timer at the border of a task.
    fn timer(&mut self, task: usize, id: &str, place: usize, timer: &Value) {
        let mut said = timer.as_object().cloned().unwrap_or_default();
        let mut when = Map::new();
        for key in ["from", "working_days", "days", "hours"] {
            if let Some(value) = said.shift_remove(key) {
                when.insert(key.to_owned(), value);
            }
        }
        let interrupts = matches!(text_of(&said, "then"), "pass" | "reject" | "return");
        let shape = self.shape(format!("{id}.timer.{}", place + 1), "boundaryEvent");
        if let Some(shape) = self.shapes.get_mut(shape) {
            shape.attributes = format!(" cancelActivity=\"{interrupts}\" attachedToRef=\"{id}\"");
            shape.extensions = extension("timer", &Value::Object(said));
            shape.inside = timer_event(&when);
            shape.border = Some((task, place));
        }
    }

    /// Draws where a step leads.
    pub(super) fn lead(&mut self, name: &str, step: &Value, following: Option<&str>) {
        let Some(index) = self.steps.get(name).copied() else { return };
        let Some((word, _, said)) = happens(step) else { return };
        if let Some(paths) = paths(step) {
            self.ways(index, paths);
            return;
        }
        match word {
            "end" => return,
            "join" => self.same_kind(name, index),
            _ => {}
        }
        let to = |drawing: &Self, name: Option<&str>| name.and_then(|name| drawing.steps.get(name)).copied();
        // A step that is named although it is the next one written is named again when this is read.
        let written = step.get("next").and_then(Value::as_str);
        let next = to(self, written.or(following));
        let mark = |named: bool| if named { " loam:next=\"said\"" } else { "" };
        let said_next = mark(written.is_some() && written == following);
        if races(&said) {
            let id = self.shapes.get(index).map(|shape| shape.id.clone()).unwrap_or_default();
            let place = |drawing: &Self, ending: &str| {
                drawing.shapes.iter().position(|shape| shape.id == format!("{id}.{ending}"))
            };
            // By the event, where it leads, and whether that is said although it need not be.
            let mut ways = vec![(place(self, "until"), next, said_next)];
            for (number, other) in list(said.get("or").cloned()).iter().enumerate() {
                let to = to(self, other.get("next").and_then(Value::as_str));
                ways.push((place(self, &format!("or.{}", number + 1)), to, ""));
            }
            if let Some(late) = said.get("late") {
                let named = late.get("next").and_then(Value::as_str);
                let given_up = to(self, named).or(next);
                ways.push((place(self, "late"), given_up, mark(named.is_some() && given_up == next)));
            }
            for (event, ..) in &ways {
                event.iter().for_each(|event| self.flow(index, *event, String::new()));
            }
            for (event, to, marked) in ways {
                event.zip(to).into_iter().for_each(|(event, to)| self.flow(event, to, marked.to_owned()));
            }
            return;
        }
        let mut from = index;
        let mut answer = "";
        if let Some(no) = to(self, said.get("rejected").and_then(Value::as_str)) {
            let id = self.shapes.get(index).map(|shape| shape.id.clone()).unwrap_or_default();
            from = self.shape(format!("{id}.answer"), "exclusiveGateway");
            self.flow(index, from, String::new());
            self.flow(from, no, format!(" name=\"{}\" loam:answer=\"no\"", self.answers.1));
            answer = " loam:answer=\"yes\"";
        }
        if let Some(next) = next {
            let called = if answer.is_empty() { String::new() } else { format!(" name=\"{}\"", self.answers.0) };
            self.flow(from, next, format!("{called}{answer}{said_next}"));
        }
    }

    /// The ways on from a gateway; the first without a condition is its default flow.
    fn ways(&mut self, index: usize, paths: &[Value]) {
        let parallel = self.shapes.get(index).is_some_and(|shape| shape.tag == "parallelGateway");
        let mut default = None;
        for path in paths {
            let next = path.get("next").and_then(Value::as_str);
            let Some(to) = next.and_then(|next| self.steps.get(next)).copied() else { continue };
            let condition = path.get("when").and_then(Value::as_str).map(str::to_owned);
            if condition.is_none() {
                default.get_or_insert(self.flows.len());
            }
            self.flow(index, to, path.get("label").map(named).unwrap_or_default());
            self.flows.iter_mut().next_back().into_iter().for_each(|flow| flow.condition.clone_from(&condition));
        }
        if let (Some(default), false, Some(shape)) = (default, parallel, self.shapes.get_mut(index)) {
            shape.attributes.push_str(&format!(" default=\"flow.{default}\""));
        }
    }

    /// Paths meet in a gateway of the kind in which they began.
    fn same_kind(&mut self, name: &str, index: usize) {
        let join = extension("split", &Value::Object(Map::from_iter([("join".to_owned(), Value::from(name))])));
        let split = self.shapes.iter().find(|shape| shape.extensions == join).map(|shape| shape.tag);
        if let (Some(tag), Some(shape)) = (split, self.shapes.get_mut(index)) {
            shape.tag = tag;
        }
    }
}

/// Those who are asked, as owners of a task.
fn owners(who: Option<Value>) -> String {
    let mut out = String::new();
    for whom in list(who) {
        let (language, text) = match &whom {
            Value::String(people) => (FORMULA, people.clone()),
            known => (WHO, yaml::flow(known)),
        };
        out.push_str(&format!(
            "<bpmn:potentialOwner><bpmn:resourceAssignmentExpression><bpmn:formalExpression \
             language=\"{language}\">{}</bpmn:formalExpression></bpmn:resourceAssignmentExpression></bpmn:potentialOwner>",
            content(&text)
        ));
    }
    out
}

/// A moment as the definition of an event: a duration or a date where that says it all.
fn timer_event(when: &Map<String, Value>) -> String {
    let number = |key: &str| when.get(key).and_then(Value::as_i64);
    let length = |number: i64, hours: bool, more: &str| {
        let text = time::duration(number, hours);
        format!("<bpmn:timeDuration xsi:type=\"bpmn:tFormalExpression\"{more}>{text}</bpmn:timeDuration>")
    };
    let inside = match (when.len(), when.get("from").and_then(Value::as_str)) {
        (1, Some(from)) => formula("timeDate", from),
        (1, None) => match (number("working_days"), number("days"), number("hours")) {
            (Some(days), ..) => length(days, false, " loam:working=\"true\""),
            (None, Some(days), _) => length(days, false, ""),
            (None, None, hours) => length(hours.unwrap_or_default(), true, ""),
        },
        _ => {
            let said = extension("when", &Value::Object(when.clone()));
            format!("<bpmn:extensionElements>{said}</bpmn:extensionElements>")
        }
    };
    format!("<bpmn:timerEventDefinition>{inside}</bpmn:timerEventDefinition>")
}
