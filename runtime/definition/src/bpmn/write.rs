//! From the words of a workflow to the text of a file.
//!
//! Every step becomes one element with the step's name as its id; an approval that says where a no leads also gets the gateway
//! with its yes and its no, a step that waits for one of several things the gateway before their events, timers their events at the
//! border. Then come the flows, and where everything is drawn (`layout`).

mod layout;
mod shapes;

use std::fmt::Write as _;

use indexmap::IndexMap;
use model::{Diagnostic, Location, Name, diagnostic::nearest};
use serde_json::{Map, Value};

use crate::{kind::workflow::Workflow, yaml};

use super::{BPMN, FORMULA, LOAM};

/// Something drawn.
struct Shape {
    id: String,
    tag: &'static str,
    /// Its attributes after the id, as text.
    attributes: String,
    /// Its extension elements, as text.
    extensions: String,
    /// What stands in it after its flows, as text.
    inside: String,
    /// The task at whose border it stands, and at which place there.
    border: Option<(usize, usize)>,
}

/// A flow between two of them.
struct Flow {
    from: usize,
    to: usize,
    attributes: String,
    condition: Option<String>,
}

/// A drawing while it is made.
struct Drawing {
    /// The id of the process.
    process: String,
    shapes: Vec<Shape>,
    flows: Vec<Flow>,
    /// Words that are waited for, with the ids of their signals.
    signals: IndexMap<String, String>,
    /// The element of each step.
    steps: IndexMap<String, usize>,
    /// The words for yes and no.
    answers: (&'static str, &'static str),
}

/// Writes a workflow as BPMN 2.0 XML; `at` is its document.
///
/// # Errors
/// What does not hold together: a step that leads to none, or in which several things happen; a text that XML cannot hold.
pub fn write(name: &str, words: &Workflow, at: &Location) -> Result<String, Vec<Diagnostic>> {
    let mut faults = Vec::new();
    sound(words, at, &mut faults);
    let value = yaml::lean(words);
    writable(&value, at, &mut faults);
    let Value::Object(mut whole) = value else { return Err(faults) };
    let steps = match whole.shift_remove("steps") {
        Some(Value::Object(steps)) if faults.is_empty() => steps,
        _ => return Err(faults),
    };
    let label = whole.shift_remove("label").unwrap_or_default();
    let drawing = Drawing::of(name, &label, steps);
    Ok(drawing.text(&label, &Value::Object(whole)))
}

/// What a drawing needs of the words: what is checked in an app holds it.
fn sound(words: &Workflow, at: &Location, faults: &mut Vec<Diagnostic>) {
    let at = at.child("steps");
    let mut fault = |at: Location, message: String, help: Option<String>| {
        let help = help.unwrap_or_else(|| "`loam check` tells all that is wrong with it".to_owned());
        faults.push(Diagnostic::error("bpmn.not-sound", at, message).help(help));
    };
    if words.steps.is_empty() {
        fault(at.clone(), "a workflow without steps cannot be drawn".to_owned(), None);
    }
    for (name, step) in &words.steps {
        let at = at.child(name);
        if Name::parse_dashed(name).is_err() {
            fault(at.clone(), format!("`{name}` cannot be the name of a step"), None);
        }
        let asked = step.form.as_ref().or(step.approval.as_ref());
        let happens = [
            step.form.is_some(),
            step.approval.is_some(),
            step.notify.is_some(),
            step.choose.is_some(),
            step.split.is_some(),
            step.join.is_some(),
            step.wait.is_some(),
            step.set.is_some(),
            step.create.is_some(),
            step.begin.is_some(),
            step.call.is_some(),
            step.end.is_some(),
        ];
        if happens.into_iter().filter(|happens| *happens).count() != 1 {
            fault(at.clone(), format!("in `{name}` more or less than one thing happens"), None);
        }
        if step.next.is_some() && (step.choose.is_some() || step.split.is_some() || step.end.is_some()) {
            fault(at.child("next"), "`next` does nothing here".to_owned(), None);
        }
        if let Some(wait) = &step.wait {
            let one = [wait.time.is_some(), wait.signal.is_some(), wait.until.is_some()];
            let word = wait.signal.as_ref().is_none_or(|word| Name::parse_dashed(word).is_ok());
            let alone = wait.time.is_none() || (wait.late.is_none() && wait.or.is_empty());
            let others = wait.or.iter().all(|other| {
                other.signal.is_some() != other.until.is_some()
                    && other.signal.as_ref().is_none_or(|word| Name::parse_dashed(word).is_ok())
            });
            if one.into_iter().filter(|one| *one).count() != 1 || !word || !alone || !others {
                fault(at.child("wait"), "more or less than one thing is waited for".to_owned(), None);
            }
        }
        let paths = step.choose.iter().flatten().chain(step.split.iter().flat_map(|split| &split.paths));
        let mut leads: Vec<&str> = paths.map(|path| path.next.as_str()).collect();
        leads.extend(step.next.as_deref());
        leads.extend(step.split.as_ref().map(|split| split.join.as_str()));
        leads.extend(asked.and_then(|asked| asked.rejected.as_deref()));
        leads.extend(step.failed.as_deref());
        leads.extend(step.wait.as_ref().and_then(|wait| wait.late.as_ref()?.next.as_deref()));
        leads.extend(step.wait.iter().flat_map(|wait| &wait.or).map(|other| other.next.as_str()));
        for lead in leads.into_iter().filter(|lead| !words.steps.contains_key(*lead)) {
            let help = nearest(lead, words.steps.keys().map(String::as_str));
            fault(at.clone(), format!("there is no step `{lead}`"), help);
        }
    }
}

/// Texts with characters that no XML holds, however they are written.
fn writable(value: &Value, at: &Location, faults: &mut Vec<Diagnostic>) {
    let odd = |c: char| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    match value {
        Value::String(text) if text.contains(odd) => {
            let message = "this text holds a character that XML cannot hold";
            let help = "write it again without characters that cannot be seen";
            faults.push(Diagnostic::error("bpmn.not-writable", at.clone(), message).help(help));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| writable(item, &at.child(index), faults));
        }
        Value::Object(map) => map.iter().for_each(|(key, inner)| {
            writable(&Value::String(key.clone()), &at.child(key), faults);
            writable(inner, &at.child(key), faults);
        }),
        _ => {}
    }
}

impl Drawing {
    fn of(name: &str, label: &Value, steps: Map<String, Value>) -> Self {
        let zh = label.get("zh-CN").is_some() || label.as_str().is_some_and(|label| !label.is_ascii());
        let mut drawing = Self {
            process: if simple(name) { name.to_owned() } else { "process.1".to_owned() },
            shapes: Vec::new(),
            flows: Vec::new(),
            signals: IndexMap::new(),
            steps: IndexMap::new(),
            answers: if zh { ("同意", "不同意") } else { ("yes", "no") },
        };
        let start = drawing.shape("case.start".to_owned(), "startEvent");
        for (name, step) in &steps {
            drawing.step(name, step);
        }
        if let Some(first) = drawing.steps.values().next().copied() {
            drawing.flow(start, first, String::new());
        }
        for (index, (name, step)) in steps.iter().enumerate() {
            let following = steps.keys().nth(index + 1).map(String::as_str);
            drawing.lead(name, step, following);
        }
        drawing
    }

    fn shape(&mut self, id: String, tag: &'static str) -> usize {
        let (attributes, extensions, inside) = (String::new(), String::new(), String::new());
        self.shapes.push(Shape { id, tag, attributes, extensions, inside, border: None });
        self.shapes.len() - 1
    }

    fn flow(&mut self, from: usize, to: usize, attributes: String) {
        self.flows.push(Flow { from, to, attributes, condition: None });
    }

    /// The whole file.
    fn text(&self, label: &Value, rest: &Value) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        let _ = writeln!(
            out,
            "<bpmn:definitions xmlns:bpmn=\"{BPMN}\" xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" \
             xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\" \
             xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" xmlns:loam=\"{LOAM}\" id=\"definitions.1\" \
             targetNamespace=\"{LOAM}\" exporter=\"loam\">"
        );
        for (word, id) in &self.signals {
            let _ = writeln!(out, "  <bpmn:signal id=\"{id}\" name=\"{}\"/>", attribute(word));
        }
        let _ = writeln!(out, "  <bpmn:process id=\"{}\" isExecutable=\"false\"{}>", self.process, named(label));
        let _ = writeln!(out, "    <bpmn:extensionElements>{}</bpmn:extensionElements>", extension("workflow", rest));
        for (index, shape) in self.shapes.iter().enumerate() {
            let _ = writeln!(out, "    <bpmn:{} id=\"{}\"{}>", shape.tag, shape.id, shape.attributes);
            if !shape.extensions.is_empty() {
                let _ = writeln!(out, "      <bpmn:extensionElements>{}</bpmn:extensionElements>", shape.extensions);
            }
            for (number, _) in self.flows.iter().enumerate().filter(|(_, flow)| flow.to == index) {
                let _ = writeln!(out, "      <bpmn:incoming>flow.{number}</bpmn:incoming>");
            }
            for (number, _) in self.flows.iter().enumerate().filter(|(_, flow)| flow.from == index) {
                let _ = writeln!(out, "      <bpmn:outgoing>flow.{number}</bpmn:outgoing>");
            }
            if !shape.inside.is_empty() {
                let _ = writeln!(out, "      {}", shape.inside);
            }
            let _ = writeln!(out, "    </bpmn:{}>", shape.tag);
        }
        let id = |index: usize| self.shapes.get(index).map_or("", |shape| shape.id.as_str());
        for (number, flow) in self.flows.iter().enumerate() {
            let _ = write!(
                out,
                "    <bpmn:sequenceFlow id=\"flow.{number}\" sourceRef=\"{}\" targetRef=\"{}\"{}",
                id(flow.from),
                id(flow.to),
                flow.attributes
            );
            match &flow.condition {
                Some(condition) => {
                    let _ = writeln!(out, ">{}</bpmn:sequenceFlow>", formula("conditionExpression", condition));
                }
                None => out.push_str("/>\n"),
            }
        }
        out.push_str("  </bpmn:process>\n");
        layout::draw(self, &mut out);
        out.push_str("</bpmn:definitions>\n");
        out
    }
}

/// Whether a name can be an id in every tool.
fn simple(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
}

/// What something is called, as attributes: `name`, and what tells the languages apart.
fn named(label: &Value) -> String {
    let zh = label.get("zh-CN").and_then(Value::as_str);
    let en = label.get("en").and_then(Value::as_str);
    match (label.as_str(), zh, en) {
        (Some(plain), ..) => {
            let usual = !plain.is_empty() && super::read::words(plain) == plain;
            let locale = if usual { "" } else { " loam:locale=\"plain\"" };
            format!(" name=\"{}\"{locale}", attribute(plain))
        }
        (None, Some(zh), en) => {
            let en = en.map(|en| format!(" loam:en=\"{}\"", attribute(en))).unwrap_or_default();
            format!(" name=\"{}\" loam:locale=\"zh-CN\"{en}", attribute(zh))
        }
        (None, None, Some(en)) => format!(" name=\"{}\" loam:locale=\"en\"", attribute(en)),
        (None, None, None) => " loam:locale=\"none\"".to_owned(),
    }
}

/// An extension element with the words it holds.
fn extension(name: &str, words: &Value) -> String {
    match words {
        Value::Object(map) if map.is_empty() => format!("<loam:{name}/>"),
        _ => format!("<loam:{name}>{}</loam:{name}>", content(&yaml::flow(words))),
    }
}

/// An element of BPMN that holds a formula.
fn formula(element: &str, text: &str) -> String {
    let text = content(text);
    format!("<bpmn:{element} xsi:type=\"bpmn:tFormalExpression\" language=\"{FORMULA}\">{text}</bpmn:{element}>")
}

/// A text in an attribute: breaks of lines are kept by writing them as numbers.
fn attribute(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '"' => out.push_str("&quot;"),
            '\n' | '\t' | '\r' => out.push_str(&format!("&#{};", u32::from(c))),
            c => escape(c, &mut out),
        }
    }
    out
}

/// A text in an element.
fn content(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\r' => out.push_str("&#13;"),
            c => escape(c, &mut out),
        }
    }
    out
}

fn escape(c: char, out: &mut String) {
    match c {
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        c => out.push(c),
    }
}
