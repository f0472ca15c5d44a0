//! What somebody may do with cases of a workflow about a record, and why, or why not.

use app::Entity;
use engine::{CaseDeed, CaseFault, ExplainWorkflow, ExplainedWorkflow, Hindrance};
use model::RecordId;
use serde::Serialize;
use store::Account;
use workflow::{Deed, Operation, Process, Refusal};

use super::super::{Visit, case::told, filter::Choice};
use crate::problem::{Problem, case::refused};

/// The answer.
#[derive(Debug, Default, Serialize)]
pub struct CasesTold {
    /// What is asked about, one thing to a line.
    pub lines: Vec<CaseLine>,
    /// Whether a case runs that concerns them.
    pub runs: bool,
}

/// Something that may be theirs to do.
#[derive(Debug, Default, Clone, Serialize)]
pub struct CaseLine {
    /// What.
    pub what: String,
    /// At which step.
    pub step: String,
    /// Whether they may.
    pub verdict: &'static str,
    /// What gives it, or what it is refused for.
    pub why: String,
    /// The colour of the line.
    pub tone: &'static str,
}

/// The workflow that is asked about.
pub(super) fn named<'v>(visit: &'v Visit, entity: &Entity) -> Option<&'v Process> {
    let name = visit.query.get("workflow").filter(|name| !name.is_empty())?;
    visit.app().workflow_named(name).filter(|process| process.entity == entity.id)
}

/// The workflows to choose from.
pub(super) fn choices(visit: &Visit, entity: Option<&Entity>, chosen: Option<&Process>) -> Vec<Choice> {
    let Some(entity) = entity else { return Vec::new() };
    let all = visit.app().workflows().iter().filter(|process| process.entity == entity.id);
    let choice = |process: &Process| Choice {
        value: process.name.to_string(),
        label: process.label.get(visit.locale()).to_owned(),
        hint: String::new(),
        selected: chosen.is_some_and(|chosen| chosen.name == process.name),
    };
    all.map(choice).collect()
}

/// Asks; nothing where the reader may not.
pub(super) async fn ask(
    visit: &Visit,
    about: Account,
    process: &Process,
    id: RecordId,
) -> Result<Option<CasesTold>, Problem> {
    let ask = ExplainWorkflow { about, entity: process.entity, id, workflow: process.name.to_string() };
    Ok(visit.ask(ask).await?.map(|explained| tell(visit, &explained)))
}

fn tell(visit: &Visit, explained: &ExplainedWorkflow) -> CasesTold {
    let roles = |given: fn(&engine::WorkflowReason) -> bool| {
        let label = |name: &str| match visit.app().role_named(name) {
            Some(role) => role.label.get(visit.locale()).to_owned(),
            None => name.to_owned(),
        };
        let giving = explained.reasons.iter().filter(|reason| given(reason) && reason.holds == Some(true));
        let giving = giving.map(|reason| label(&reason.role));
        visit.fill("access-by-role", &[("what", &giving.collect::<Vec<_>>().join(visit.say("list-comma")))])
    };
    // What a role gives about other records is told, so that it is plain which condition fails.
    let elsewhere = |given: fn(&engine::WorkflowReason) -> bool| {
        let failing = explained.reasons.iter().filter(|reason| given(reason) && reason.holds != Some(true));
        let failing: Vec<&str> = failing.map(|reason| reason.condition.as_str()).collect();
        (!failing.is_empty()).then(|| visit.fill("access-elsewhere", &[("what", &failing.join(" / "))]))
    };
    let whole = |what: &str, hindrance: Option<&Hindrance>, why: String| {
        line(visit, visit.say(what).to_owned(), String::new(), hindrance, why)
    };
    let mut lines = vec![
        whole("access-start", explained.start.as_ref(), roles(|reason| reason.start)),
        whole("access-manage", explained.manage.as_ref(), roles(|reason| reason.manage)),
    ];
    let refused =
        [(&explained.start, elsewhere(|reason| reason.start)), (&explained.manage, elsewhere(|reason| reason.manage))];
    for (line, (hindrance, why)) in lines.iter_mut().zip(refused) {
        if let (Some(Hindrance::Fault(CaseFault::NotAllowed)), Some(why)) = (hindrance, why) {
            line.why = why;
        }
    }
    let deeds = explained.case.iter().flat_map(|case| &case.deeds);
    lines.extend(deeds.map(|deed| {
        let (what, why) = words_of(deed);
        let step = deed.label.get(visit.locale()).to_owned();
        line(visit, visit.say(what).to_owned(), step, deed.hindrance.as_ref(), visit.say(why).to_owned())
    }));
    CasesTold { lines, runs: explained.case.is_some() }
}

fn line(visit: &Visit, what: String, step: String, hindrance: Option<&Hindrance>, why: String) -> CaseLine {
    let (verdict, tone, why) = match hindrance {
        None => ("access-allowed", "ok", why),
        Some(hindrance) => ("access-refused", "none", reason(visit, hindrance)),
    };
    CaseLine { what, step, verdict: visit.say(verdict), why, tone }
}

/// What something is called, and what gives it to somebody.
fn words_of(deed: &CaseDeed) -> (&'static str, &'static str) {
    match deed.deed {
        Deed::Answer => ("access-answer", "access-by-asked"),
        Deed::Claim => ("case-claim", "access-by-asked"),
        Deed::Besides(Operation::Return) => ("case-return", "access-by-step"),
        Deed::Besides(Operation::Transfer) => ("case-transfer", "access-by-step"),
        Deed::Besides(Operation::Delegate) => ("case-delegate", "access-by-step"),
        Deed::Besides(Operation::AddSigner) => ("access-add-signer", "access-by-step"),
        Deed::Besides(Operation::TakeBack) => ("access-take-back", "access-by-step"),
        Deed::Withdraw => ("case-withdraw", "access-by-starter"),
        Deed::Urge => ("case-urge", "access-by-concerned"),
    }
}

/// What keeps somebody from something. It may be about another than the reader, and so most of it has words of its own.
fn reason(visit: &Visit, hindrance: &Hindrance) -> String {
    let key = match hindrance {
        Hindrance::Looks => "access-not-looking",
        Hindrance::Unseen => "access-not-seen",
        Hindrance::Fault(CaseFault::NotAllowed) => "access-not-given",
        Hindrance::Fault(CaseFault::Refused(Refusal::NotYours, _)) => "access-not-asked",
        Hindrance::Fault(CaseFault::Refused(Refusal::Over, _)) => "access-not-open",
        Hindrance::Fault(CaseFault::Refused(Refusal::NotYet, _)) => "access-not-yet",
        Hindrance::Fault(CaseFault::Refused(Refusal::StandsBack, _)) => "access-not-standing-in",
        Hindrance::Fault(fault) => return told(visit.locale(), &refused(fault, visit.locale())),
    };
    visit.say(key).to_owned()
}
