//! Steps in which people are asked: who, when they have said yes, what becomes due, where a no leads.

use roxmltree::Node as Xml;
use serde_json::{Map, Value, json};

use super::{
    super::phrase,
    Reader,
    graph::{inner, ours, shown, text, words},
    part::{Part, event_of},
};

impl<'d> Reader<'d, '_> {
    /// What a form or an approval says, beside what an extension of ours says of it.
    pub(super) fn asked(
        &mut self,
        index: usize,
        fills: bool,
        mut asked: Map<String, Value>,
        foreign: bool,
    ) -> Map<String, Value> {
        let Some(node) = self.graph.node(index) else { return asked };
        let (xml, border) = (node.xml, node.border.clone());
        let several = inner(xml, "multiInstanceLoopCharacteristics").next();
        let mut owners = self.owners(xml, several.and_then(each));
        if owners.who.is_empty() && foreign {
            let known = several.and_then(collection).map(|text| phrase::formula(text).0);
            owners.who = known.map(|people| vec![json!(people)]).unwrap_or_else(|| self.somebody(xml, index));
        }
        if !owners.who.is_empty() {
            asked.insert("who".to_owned(), json!(owners.who));
        }
        if let Some(several) = several {
            self.several(several, &mut asked);
        } else if foreign && owners.shared {
            if !fills {
                asked.insert("way".to_owned(), json!("any"));
            }
            asked.insert("claim".to_owned(), json!(true));
        }
        let no = self.answer_after(index).and_then(|gateway| self.yes_and_no(gateway)?.1);
        if let Some(to) = no.and_then(|flow| self.lead(flow)) {
            let name = self.name_of(Some(to));
            asked.insert("rejected".to_owned(), json!(name));
        }
        let sure = |whom: &Value| whom.get("starter").is_some();
        if foreign && !self.guarded && !owners.who.iter().any(sure) {
            asked.insert("nobody".to_owned(), json!("refuse"));
        }
        let timers: Vec<Value> = border.into_iter().filter_map(|event| self.timer(index, event)).collect();
        if !timers.is_empty() {
            asked.insert("timers".to_owned(), json!(timers));
        }
        asked
    }

    /// Several instances of a task: each of the people is asked.
    fn several(&mut self, xml: Xml<'d, 'd>, asked: &mut Map<String, Value>) {
        let way = if xml.attribute("isSequential") == Some("true") { "in_turn" } else { "all" };
        let complete = inner(xml, "completionCondition").next().map(text).filter(|text| !text.trim().is_empty());
        let Some(condition) = complete else {
            asked.insert("way".to_owned(), json!(way));
            return;
        };
        let bare: String = phrase::inside(&condition).0.chars().filter(|c| !c.is_whitespace()).collect();
        let of_all = ["nrOfCompletedInstances/nrOfInstances", "numberOfCompletedInstances/numberOfInstances"];
        let share = of_all.iter().find_map(|of_all| bare.strip_prefix(of_all));
        let share = share.and_then(|rest| rest.strip_prefix(">=").or_else(|| rest.strip_prefix("==")));
        let counts = ["nrOfCompletedInstances", "numberOfCompletedInstances"];
        let count = counts.iter().find_map(|count| bare.strip_prefix(count));
        let count = count.and_then(|rest| rest.strip_prefix(">=").or_else(|| rest.strip_prefix("==")));
        match (share.and_then(percent), count) {
            (Some(100), _) => drop(asked.insert("way".to_owned(), json!(way))),
            (Some(percent), _) => drop(asked.insert("share".to_owned(), json!(percent))),
            (None, Some("nrOfInstances" | "numberOfInstances")) => drop(asked.insert("way".to_owned(), json!(way))),
            (None, Some("1")) => drop(asked.insert("way".to_owned(), json!("any"))),
            (None, Some(count)) if count.parse::<u32>().is_ok_and(|count| count > 0) => {
                asked.insert("count".to_owned(), json!(count.parse::<u32>().unwrap_or(1)));
            }
            _ => {
                let message =
                    format!("`{}` does not say in words a workflow knows when enough have answered", words(&condition));
                let help = "compare `nrOfCompletedInstances` with a number, or `nrOfCompletedInstances/nrOfInstances` with a \
                            share, by `>=`";
                self.faults.error("bpmn.no-equal", xml, message, help);
                asked.insert("way".to_owned(), json!(way));
            }
        }
    }

    /// What becomes due by an event at a task's border.
    fn timer(&mut self, task: usize, event: usize) -> Option<Value> {
        let node = self.graph.node(event)?;
        let (xml, leaves) = (node.xml, !node.out.is_empty());
        let Some(("timer", inside)) = event_of(xml) else {
            self.no_equal_at_border(xml);
            return None;
        };
        let mut timer = self.when(inside);
        if let Some(own) = ours(xml).find(|inside| inside.tag_name().name() == "timer") {
            timer.extend(self.says(own));
            return Some(Value::Object(timer));
        }
        let to = self.graph.out(event).next().map(|flow| flow.to);
        if xml.attribute("cancelActivity") == Some("false") {
            let send = to.filter(|to| self.parts.get(*to) == Some(&Part::Within));
            if leaves && send.is_none() {
                let message = format!("what {} begins beside its task has no equal in a workflow", shown(xml));
                let help = "let it lead to a send task that names whom to tell, and then to an end; or let it lead nowhere \
                            to remind those who have not answered";
                self.faults.error("bpmn.no-equal", xml, message, help);
                return None;
            }
            let told = send.and_then(|send| self.graph.node(send)).map(|node| node.xml);
            let tell = told.map(|told| self.owners(told, None).who).unwrap_or_default();
            match tell.as_slice() {
                [] => drop(timer.insert("then".to_owned(), json!("remind"))),
                _ => drop(timer.insert("tell".to_owned(), json!(tell))),
            }
            return Some(Value::Object(timer));
        }
        let to = self.follow(event);
        let (yes, no) = match self.answer_after(task).and_then(|gateway| self.yes_and_no(gateway)) {
            Some((yes, no)) => (yes.and_then(|flow| self.lead(flow)), no.and_then(|flow| self.lead(flow))),
            None => (self.follow(task), None),
        };
        let then = match to {
            Some(_) if to == yes => "pass",
            Some(_) if to == no => "reject",
            Some(_) if to == self.first => "return",
            _ => {
                let message = format!("{} leads where no answer to its task leads", shown(xml));
                let help = "a timer that interrupts passes the step, rejects it, or goes back to the first: lead it there, or \
                            let it not interrupt";
                self.faults.error("bpmn.no-equal", xml, message, help);
                return None;
            }
        };
        timer.insert("then".to_owned(), json!(then));
        Some(Value::Object(timer))
    }
}

/// A share such as `0.5` in percent.
fn percent(text: &str) -> Option<u32> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = part.chars().chain("00".chars()).take(2).collect();
    let rest = part.get(2..).is_none_or(|rest| rest.chars().all(|c| c == '0'));
    let percent = whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(digits.parse().ok()?)?;
    ((1..=100).contains(&percent) && rest).then_some(percent)
}

/// The list whose items several instances are for.
fn collection<'d>(xml: Xml<'d, 'd>) -> Option<&'d str> {
    let named = |xml: Xml<'d, 'd>, name: &str| xml.attributes().find(|a| a.name() == name).map(|a| a.value());
    let zeebe = super::graph::extensions(xml).find_map(|inside| named(inside, "inputCollection"));
    named(xml, "collection")
        .or(zeebe)
        .or_else(|| inner(xml, "loopDataInputRef").next().and_then(|inside| inside.text()))
}

/// The variable each of them has its item in, and the list.
fn each<'d>(xml: Xml<'d, 'd>) -> Option<(&'d str, &'d str)> {
    let named = |xml: Xml<'d, 'd>, name: &str| xml.attributes().find(|a| a.name() == name).map(|a| a.value());
    let zeebe = super::graph::extensions(xml).find_map(|inside| named(inside, "inputElement"));
    Some((named(xml, "elementVariable").or(zeebe)?, collection(xml)?))
}
