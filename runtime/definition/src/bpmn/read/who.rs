//! Who is asked or told: what BPMN itself says, what the tools that run it say, what the lanes say.

use roxmltree::Node as Xml;
use serde_json::{Value, json};

use crate::Document;

use super::{
    super::{FORMULA, WHO, name_from, phrase},
    Reader,
    graph::{extensions, inner, local, shown, text, words},
};

/// Those an element names.
#[derive(Default)]
pub(super) struct Owners {
    pub(super) who: Vec<Value>,
    /// Whether one of several takes the matter on.
    pub(super) shared: bool,
}

/// Variables that hold whoever started a case, in the tools that run BPMN.
const STARTERS: [&str; 7] =
    ["initiator", "starter", "applicant", "applyUserId", "startUserId", "INITIATOR", "starterUserId"];

impl<'d> Reader<'d, '_> {
    /// Those an element names, by itself or by the words of another tool. `each` is the variable of several instances and the
    /// list it goes through.
    pub(super) fn owners(&mut self, xml: Xml<'d, 'd>, each: Option<(&'d str, &'d str)>) -> Owners {
        let mut owners = Owners::default();
        for owner in ["potentialOwner", "humanPerformer", "performer"].into_iter().flat_map(|name| inner(xml, name)) {
            let reference = inner(owner, "resourceRef").next().map(text);
            if let Some(id) = reference {
                let name = self.graph.called.get(local(id.trim())).copied().unwrap_or(id.trim()).to_owned();
                self.role(&name, &mut owners);
            }
            let assigned = inner(owner, "resourceAssignmentExpression").flat_map(|inside| inside.children());
            for expression in assigned.filter(Xml::is_element) {
                self.owner(xml, expression, &mut owners);
            }
        }
        let elsewhere = extensions(xml).filter(|inside| inside.tag_name().name() == "assignmentDefinition");
        for holder in std::iter::once(xml).chain(elsewhere) {
            for named in holder.attributes().filter(|named| named.namespace().is_some() || holder != xml) {
                match named.name() {
                    "assignee" => self.person(xml, named.value(), each, &mut owners),
                    "candidateUsers" => {
                        for one in named.value().split(',') {
                            self.person(xml, one, each, &mut owners);
                        }
                        owners.shared = true;
                    }
                    "candidateGroups" => {
                        for one in named.value().split(',').filter(|one| !one.trim().is_empty()) {
                            if phrase::is_wrapped(one) {
                                self.person(xml, one, each, &mut owners);
                            } else {
                                self.role(one, &mut owners);
                            }
                        }
                        owners.shared = true;
                    }
                    _ => {}
                }
            }
        }
        owners
    }

    /// An expression that BPMN itself has for people.
    fn owner(&mut self, xml: Xml<'d, 'd>, expression: Xml<'d, 'd>, owners: &mut Owners) {
        let written = text(expression);
        match expression.attribute("language") {
            Some(FORMULA) => owners.who.push(json!(written)),
            Some(WHO) => match Document::parse(self.faults.file, &written) {
                Ok(document) => owners.who.push(document.value()),
                Err(_) => {
                    let message = format!("`{}` does not say who", words(&written));
                    self.faults.error("bpmn.bad-extension", expression, message, "write it as in `who`: `{role: hr}`");
                }
            },
            _ if phrase::is_wrapped(&written) => self.person(xml, &written, None, owners),
            // `user(anna), group(hr)`, and a word alone is a group.
            _ => {
                for part in written.split(',').map(str::trim).filter(|part| !part.is_empty()) {
                    let within = |kind: &str| part.strip_prefix(kind).and_then(|rest| rest.strip_suffix(')'));
                    match (within("user("), within("group(")) {
                        (Some(user), _) => self.person(xml, user, None, owners),
                        (None, group) => {
                            self.role(group.unwrap_or(part), owners);
                            owners.shared = true;
                        }
                    }
                }
            }
        }
    }

    fn role(&self, name: &str, owners: &mut Owners) {
        let name = name.trim();
        let valid = model::Name::parse_dashed(name).is_ok();
        let role = if valid { Some(name.to_owned()) } else { name_from(name) };
        owners.who.extend(role.map(|role| json!({ "role": role })));
    }

    /// A person: the one who started the case, people by an expression, or somebody by name, who has no equal.
    fn person(&mut self, xml: Xml<'d, 'd>, written: &str, each: Option<(&'d str, &'d str)>, owners: &mut Owners) {
        let written = written.trim();
        if written.is_empty() {
            return;
        }
        let (inner, _) = phrase::inside(written);
        if !phrase::is_wrapped(written) {
            let message =
                format!("{} names the account `{written}`, and a workflow does not know accounts", shown(xml));
            let help =
                "name a field of the record that holds the person (`${owner}`), or a group, which is a role here";
            self.faults.warn("bpmn.account", xml, message, help);
            return;
        }
        let people = match each {
            Some((variable, list)) if variable == inner => phrase::formula(list).0,
            _ if self.initiator == Some(inner) || STARTERS.contains(&inner) => {
                owners.who.push(json!({"starter": true}));
                return;
            }
            _ => phrase::formula(written).0,
        };
        owners.who.push(json!(people));
    }

    /// Whom a step tells.
    pub(super) fn told(&mut self, xml: Xml<'d, 'd>, index: usize) -> Vec<Value> {
        let owners = self.owners(xml, None);
        if !owners.who.is_empty() {
            return owners.who;
        }
        // The lane of a message is that of who sends it.
        if xml.tag_name().name() == "manualTask" {
            return self.somebody(xml, index);
        }
        let message = format!("{} does not say whom it tells: it is whoever starts a case", shown(xml));
        let help =
            "name a group or a field of the record as its assignee or potential owner, or change `to` afterwards";
        self.faults.warn("bpmn.nobody", xml, message, help);
        vec![json!({"starter": true})]
    }

    /// Those who do what nobody is named for: the lane's role, else whoever starts the case or those they choose.
    pub(super) fn somebody(&mut self, xml: Xml<'d, 'd>, index: usize) -> Vec<Value> {
        let lane = self.graph.node(index).and_then(|node| node.lane);
        if let Some(role) = lane.and_then(name_from) {
            return vec![json!({ "role": role })];
        }
        let asked = matches!(xml.tag_name().name(), "userTask" | "task");
        let (who, said) = match asked && self.first != Some(index) {
            true => (json!({"chosen": true}), "those whom the starter of a case chooses are asked"),
            false => (json!({"starter": true}), "it is whoever starts a case"),
        };
        let message = format!("{} names nobody whom a workflow knows: {said}", shown(xml));
        let help = "name a group or a field of the record in the tool that drew it, put it in a lane, or change `who` afterwards";
        self.faults.warn("bpmn.nobody", xml, message, help);
        vec![who]
    }
}
