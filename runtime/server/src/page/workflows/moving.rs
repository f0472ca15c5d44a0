//! Cases moved to the present steps: what that would come to for one or all, one or all of them moved, and taken back.

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

/// Running cases looked at and listed, of which it is said what moving all would come to.
const MOST_LISTED: usize = 2_000;

/// What moving all cases would come to.
#[derive(Debug, Default, Clone, Serialize)]
pub struct LookAll {
    /// How many stay as they are, how many would be moved, and how many cannot be.
    pub told: String,
    /// Each of them.
    pub cases: Vec<ClassedLine>,
    /// Whether there are more than are listed.
    pub cut: bool,
    /// Whether any would be moved.
    pub moves: bool,
}

/// A running case, and what moving all would come to for it.
#[derive(Debug, Default, Clone, Serialize)]
pub struct ClassedLine {
    /// The case.
    pub id: String,
    /// Where it is.
    pub steps: String,
    /// What becomes of it, in a word.
    pub class: &'static str,
    /// Its tone.
    pub tone: &'static str,
    /// Why it cannot be moved; empty where it can or need not.
    pub why: String,
}

/// What moving all cases would come to, where that is asked for. Nothing is written.
pub(super) async fn look_at_all(visit: &Visit, name: &str) -> Result<Option<LookAll>, Problem> {
    if visit.query.get("look") != Some("all") {
        return Ok(None);
    }
    let (mut before, mut cases) = (None, Vec::new());
    let (mut keep, mut migrate, mut blocked) = (0, 0, 0);
    loop {
        let ask = Running { workflow: name.to_owned(), before, limit: PAGE, earlier: false };
        let running = visit.ask(ask).await?.ok_or_else(missing)?;
        for case in &running.cases {
            let (class, tone, why) = match &case.class {
                Class::Keep => ("workflow-class-keep", "neutral", String::new()),
                Class::Migrate => ("workflow-class-migrate", "ok", String::new()),
                Class::Blocked(step) => ("workflow-class-blocked", "bad", stands_in_the_way(visit, case, step)),
            };
            match case.class {
                Class::Keep => keep += 1,
                Class::Migrate => migrate += 1,
                Class::Blocked(_) => blocked += 1,
            }
            let (id, steps) = (case.row.id.to_string(), places(visit, case));
            cases.push(ClassedLine { id, steps, class: visit.say(class), tone, why });
        }
        before = running.next;
        if before.is_none() || cases.len() >= MOST_LISTED {
            break;
        }
    }
    let counts = [("keep", counted(keep)), ("migrate", counted(migrate)), ("blocked", counted(blocked))];
    let counts: Vec<(&str, &str)> = counts.iter().map(|(name, count)| (*name, count.as_str())).collect();
    let told = visit.fill("workflow-look-all", &counts);
    Ok(Some(LookAll { told, cases, cut: before.is_some(), moves: migrate > 0 }))
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

/// Takes that back, for each case for itself: one in which anything has happened since stays.
pub(super) async fn back(visit: &Visit, cases: &[RecordId]) -> Done {
    let (mut count, mut left, mut refused) = (0, 0, Vec::new());
    for case in cases {
        match moved(visit, *case, CaseAct::MigrateBack).await {
            Ok(()) => count += 1,
            Err(why) if cases.len() == 1 => {
                let fault = visit.fill("workflow-not-moved-one", &[("why", &why)]);
                return Done { fault: Some(fault), ..Done::default() };
            }
            Err(why) => {
                left += 1;
                if refused.len() < MOST_NAMED {
                    refused.push(RefusedLine { id: case.to_string(), steps: String::new(), why });
                }
            }
        }
    }
    let told = match cases.len() {
        1 => visit.say("workflow-moved-back").to_owned(),
        _ => visit.fill("workflow-moved-back-all", &[("n", &counted(count))]),
    };
    let fault = (left > 0).then(|| visit.fill("workflow-not-moved-back", &[("n", &counted(left))]));
    Done { told: Some(told), fault, refused, undo: None }
}

/// Each case is moved for itself: one that cannot does not hold up the others.
pub(super) async fn all(visit: &Visit, name: &str) -> Result<Done, Problem> {
    let (mut before, mut done, mut left, mut refused) = (None, Vec::new(), 0, Vec::new());
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
                None => done.push(case.row.id.to_string()),
                Some(why) => {
                    left += 1;
                    if refused.len() < MOST_NAMED {
                        refused.push(RefusedLine { id: case.row.id.to_string(), steps: places(visit, case), why });
                    }
                }
            }
        }
        before = running.next;
        if before.is_none() || done.len() >= MOST_MOVED {
            break;
        }
    }
    let key = if before.is_some() { "workflow-moved-part" } else { "workflow-moved" };
    let told = visit.fill(key, &[("n", &counted(done.len()))]);
    let fault = (left > 0).then(|| visit.fill("workflow-not-moved", &[("n", &counted(left))]));
    Ok(Done { told: Some(told), fault, refused, undo: (!done.is_empty()).then(|| done.join(",")) })
}
