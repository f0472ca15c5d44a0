//! What narrows the inbox: read from the address, and shown as the filters of a list are.

use engine::query::case::{InboxLine, InboxWorkflows};
use model::UserId;
use store::{CaseBox, CaseNarrow};
use workflow::{Process, StepKind};

use super::super::{
    Visit,
    filter::{Chip, Choice, Filter},
};
use crate::problem::Problem;

/// What the address asks for.
pub(super) struct Asked<'v> {
    /// What the database narrows by.
    pub(super) narrow: CaseNarrow,
    /// What is to stand in titles.
    pub(super) title: Option<String>,
    workflows: Vec<&'v Process>,
    process: Option<&'v Process>,
}

/// The filters as they are shown.
#[derive(Default)]
pub(super) struct Shown {
    /// Those of every list.
    pub(super) filters: Vec<Filter>,
    /// The steps of the workflow that is chosen.
    pub(super) steps: Option<Filter>,
    /// Those in force.
    pub(super) chips: Vec<Chip>,
}

/// Reads the address; what it names wrongly is left out.
///
/// # Errors
/// What the engine refuses.
pub(super) async fn read(visit: &Visit, which: CaseBox) -> Result<Asked<'_>, Problem> {
    let names = visit.ask(InboxWorkflows).await?;
    let workflows: Vec<&Process> = names.iter().filter_map(|name| visit.app().workflow_named(name)).collect();
    let asked = |key: &str| visit.query.get(key).map(str::to_owned);
    let chosen = asked("workflow");
    let process = workflows.iter().copied().find(|process| chosen.as_deref().is_some_and(|one| process.name == *one));
    let step = asked("step").filter(|step| process.is_some_and(|process| process.step(step).is_some()));
    let narrow = CaseNarrow {
        workflow: process.map(|process| process.name.to_string()),
        step,
        starter: visit
            .query
            .get("starter")
            .and_then(|text| text.parse::<UserId>().ok())
            .filter(|_| which != CaseBox::Started),
        late: (which == CaseBox::Open && visit.query.get("late").is_some()).then_some(visit.actor.now),
        by_due: which == CaseBox::Open && visit.query.get("sort") == Some("due"),
        ..CaseNarrow::default()
    };
    let title = visit.query.get("q").map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    Ok(Asked { narrow, title, workflows, process })
}

impl Asked<'_> {
    /// The filters and those in force; `found` is what the list then holds.
    pub(super) fn shown(&self, visit: &Visit, which: CaseBox, found: &[InboxLine]) -> Shown {
        let locale = visit.locale();
        let mut shown = Shown::default();
        let workflows = self.workflows.iter().map(|process| option(process.name.as_str(), process.label.get(locale)));
        shown.add(
            visit,
            choose("workflow", visit.say("inbox-workflow"), workflows.collect()),
            self.narrow.workflow.as_deref(),
        );
        let asks = self.process.iter().flat_map(|process| &process.steps);
        let asks = asks.filter(|step| matches!(step.kind, StepKind::Ask(_)));
        let asks: Vec<Choice> = asks.map(|step| option(step.name.as_str(), step.label.get(locale))).collect();
        if !asks.is_empty() && matches!(which, CaseBox::Open | CaseBox::Done) {
            shown.add(visit, choose("step", visit.say("case-step"), asks), self.narrow.step.as_deref());
            shown.steps = shown.filters.pop();
        }
        if which == CaseBox::Open {
            let late = vec![option("yes", visit.say("case-late"))];
            let now = self.narrow.late.map(|_| "yes");
            shown.add(visit, choose("late", visit.say("inbox-due"), late), now);
        }
        if which != CaseBox::Started {
            let id = self.narrow.starter.map(|id| id.to_string());
            // Who started what one was asked is told beside it; who somebody is whose id stands in an address is not.
            let name = found.first().map_or(visit.say("inbox-somebody"), |line| line.starter.as_str());
            let options = id.iter().map(|id| option(id, name)).collect();
            let by = Filter {
                kind: "reference",
                lookup: "/pick/person".to_owned(),
                ..choose("starter", visit.say("inbox-starter"), options)
            };
            shown.add(visit, by, id.as_deref());
        }
        if let Some(title) = &self.title {
            shown.chips.push(chip(visit, format!("{}: {title}", visit.say("inbox-title")), "q"));
        }
        shown
    }
}

impl Shown {
    fn add(&mut self, visit: &Visit, mut filter: Filter, now: Option<&str>) {
        if let Some(option) = filter.options.iter_mut().find(|option| Some(option.value.as_str()) == now) {
            option.selected = true;
            self.chips.push(chip(visit, format!("{}: {}", filter.label, option.label), &filter.name));
        }
        self.filters.push(filter);
    }
}

fn option(value: &str, label: &str) -> Choice {
    Choice { value: value.to_owned(), label: label.to_owned(), ..Choice::default() }
}

fn choose(name: &str, label: &str, options: Vec<Choice>) -> Filter {
    Filter { name: name.to_owned(), label: label.to_owned(), kind: "select", options, ..Filter::default() }
}

fn chip(visit: &Visit, label: String, name: &str) -> Chip {
    Chip { label, href: visit.query.without(&[name, "after", "lang", "saved"]).on("/inbox") }
}
