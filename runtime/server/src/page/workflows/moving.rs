//! Cases moved to the present steps: what that would come to for one, one or all of them moved, and one taken back.

use engine::{
    CaseAct, CaseCommand, Command, StandsAt,
    query::case::{Class, Running},
};
use model::RecordId;
use serde::Serialize;

use super::{Done, MOST_NAMED, PAGE, RefusedLine, counted, places, stands_in_the_way};
use crate::{
    page::{Visit, case, visit::missing},
    problem::Problem,
    show::time,
};

/// Cases moved to the present steps by one press: about as long as somebody waits for a page.
const MOST_MOVED: usize = 2_000;

/// What moving a case would come to.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Look {
    /// The case.
    pub id: String,
    /// For each place what becomes of it, and how it would end.
    pub lines: Vec<String>,
    /// Why it cannot be moved; empty where it can.
    pub fault: String,
}

/// What moving the case that was chosen would come to; for whoever may move it.
pub(super) async fn look(visit: &Visit) -> Option<Look> {
    let id: RecordId = visit.query.get("look")?.parse().ok()?;
    let moving = match visit.engine.rehearse_migration(&visit.actor, id, None).await {
        Ok(moving) => moving,
        Err(error) => {
            let fault = case::told(visit.locale(), &Problem::of_command(error, &visit.actor));
            return Some(Look { id: id.to_string(), lines: Vec::new(), fault });
        }
    };
    let after = |step: &str| moving.after.iter().find(|at| at.step == step);
    let kept = moving.before.iter().filter_map(|at| Some(stays(visit, at, after(&at.step)?)));
    let left = moving.before.iter().filter(|at| after(&at.step).is_none());
    let left = left.map(|at| named(visit, "workflow-look-leaves", at));
    let new = moving.after.iter().filter(|at| moving.before.iter().all(|before| before.step != at.step));
    let new = new.map(|at| named(visit, "workflow-look-comes", at));
    let ends = moving.outcome.as_deref().map(|outcome| case::outcome(visit, "ended", Some(outcome)));
    let lines = kept.chain(left).chain(new).chain(ends).collect();
    Some(Look { id: id.to_string(), lines, fault: String::new() })
}

fn named(visit: &Visit, key: &str, at: &StandsAt) -> String {
    visit.fill(key, &[("step", at.label.get(visit.locale()))])
}

/// What becomes of a place that stays: where it is, and when what is due there would be.
fn stays(visit: &Visit, before: &StandsAt, after: &StandsAt) -> String {
    let (locale, reader) = (visit.locale(), visit.reader());
    let said = visit.fill("workflow-look-stays", &[("step", after.label.get(locale))]);
    if before.dues == after.dues {
        return said;
    }
    let dues = |at: &StandsAt| {
        let moments: Vec<String> = at.dues.iter().map(|due| time::moment(&reader, *due)).collect();
        match moments.is_empty() {
            true => visit.say("workflow-look-nothing").to_owned(),
            false => moments.join(visit.say("list-comma")),
        }
    };
    let moved = visit.fill("workflow-look-due", &[("before", &dues(before)), ("after", &dues(after))]);
    format!("{said} {moved}")
}

async fn moved(visit: &Visit, case: RecordId, act: CaseAct) -> Result<(), String> {
    let act = Command::Case(CaseCommand::Act { case, act, fields: Vec::new(), files: Vec::new(), expected: None });
    visit.act(act).await.map(drop).map_err(|problem| case::told(visit.locale(), &problem))
}

/// Moves one case to the present steps.
pub(super) async fn one(visit: &Visit, case: RecordId) -> Done {
    match moved(visit, case, CaseAct::Migrate { edition: None }).await {
        Ok(()) => Done {
            told: Some(visit.fill("workflow-moved", &[("n", &counted(1))])),
            undo: Some(case.to_string()),
            ..Done::default()
        },
        Err(why) => Done { fault: Some(visit.fill("workflow-not-moved-one", &[("why", &why)])), ..Done::default() },
    }
}

/// Takes that back.
pub(super) async fn back(visit: &Visit, case: RecordId) -> Done {
    match moved(visit, case, CaseAct::MigrateBack).await {
        Ok(()) => Done { told: Some(visit.say("workflow-moved-back").to_owned()), ..Done::default() },
        Err(why) => Done { fault: Some(visit.fill("workflow-not-moved-one", &[("why", &why)])), ..Done::default() },
    }
}

/// Each case is moved for itself: one that cannot does not hold up the others.
pub(super) async fn all(visit: &Visit, name: &str) -> Result<Done, Problem> {
    let (mut before, mut count, mut left, mut refused) = (None, 0, 0, Vec::new());
    loop {
        let ask = Running { workflow: name.to_owned(), before, limit: PAGE, earlier: true };
        let running = visit.ask(ask).await?.ok_or_else(missing)?;
        for case in &running.cases {
            let why = match &case.class {
                Class::Migrate => moved(visit, case.row.id, CaseAct::Migrate { edition: None }).await.err(),
                Class::Blocked(step) => Some(stands_in_the_way(visit, case, step)),
                Class::Keep => None,
            };
            match why {
                None => count += 1,
                Some(why) => {
                    left += 1;
                    if refused.len() < MOST_NAMED {
                        refused.push(RefusedLine { id: case.row.id.to_string(), steps: places(visit, case), why });
                    }
                }
            }
        }
        before = running.next;
        if before.is_none() || count >= MOST_MOVED {
            break;
        }
    }
    let key = if before.is_some() { "workflow-moved-part" } else { "workflow-moved" };
    let told = visit.fill(key, &[("n", &counted(count))]);
    let fault = (left > 0).then(|| visit.fill("workflow-not-moved", &[("n", &counted(left))]));
    Ok(Done { told: Some(told), fault, refused, undo: None })
}
