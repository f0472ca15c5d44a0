//! Cases moved to the present steps: what that would come to for one or all, one or all of them moved, and taken back.

use engine::{
    CaseAct, CaseCommand, Command, StandsAt,
    query::case::{Class, Moves, Running},
};
use model::RecordId;
use serde::Serialize;
use store::StandingMove;

use super::{Done, MOST_NAMED, PAGE, RefusedLine, Undo, counted, places, stands_in_the_way};
use crate::{
    api::case::moves::{Run, Stays},
    page::{Visit, case, visit::missing},
    problem::Problem,
    show::{number, time},
};

/// Moves listed that can still be taken back.
const MOST_MOVES: u32 = 10;

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
        let ask = Running { workflow: name.to_owned(), before, limit: PAGE, earlier: false, counts: false };
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
            undo: Some(Undo { of: "case", id: case.to_string() }),
            ..Done::default()
        },
        Err(why) => Done { fault: Some(visit.fill("workflow-not-moved-one", &[("why", &why)])), ..Done::default() },
    }
}

/// Takes that back, unless anything has happened in the case since.
pub(super) async fn one_back(visit: &Visit, case: RecordId) -> Done {
    match moved(visit, case, CaseAct::MigrateBack).await {
        Ok(()) => Done { told: Some(visit.say("workflow-moved-back").to_owned()), ..Done::default() },
        Err(why) => Done { fault: Some(visit.fill("workflow-not-moved-one", &[("why", &why)])), ..Done::default() },
    }
}

/// Each case is moved for itself: one that cannot does not hold up the others. They are one move, by whose id it is taken back.
pub(super) async fn all(visit: &Visit, name: &str) -> Result<Done, Problem> {
    let moving = visit.engine.new_id();
    let mut run = Run::of(&visit.engine, &visit.actor);
    let count = run.all(name, moving).await?;
    let key = if run.more { "workflow-moved-part" } else { "workflow-moved" };
    Ok(Done {
        told: Some(visit.fill(key, &[("n", &counted(count))])),
        undo: (count > 0).then(|| Undo { of: "move", id: moving.to_string() }),
        ..stayed(visit, &run, "workflow-not-moved")
    })
}

/// Takes a move of many back, whoever made it and how, for each case for itself: one in which anything has happened since stays.
pub(super) async fn back(visit: &Visit, name: &str, moving: RecordId) -> Result<Done, Problem> {
    let mut run = Run::of(&visit.engine, &visit.actor);
    run.back(name, moving).await?.ok_or_else(missing)?;
    Ok(Done {
        told: Some(visit.fill("workflow-moved-back-all", &[("n", &counted(run.done))])),
        undo: run.more.then(|| Undo { of: "move", id: moving.to_string() }),
        ..stayed(visit, &run, "workflow-not-moved-back")
    })
}

/// What stays as it was, under the words of that key.
fn stayed(visit: &Visit, run: &Run<'_>, key: &str) -> Done {
    let line = |one: &Stays| {
        let steps: Vec<&str> = one.places.iter().map(|label| label.get(visit.locale())).collect();
        let steps = steps.join(visit.say("list-comma"));
        RefusedLine { id: one.case.to_string(), steps, why: one.message.clone() }
    };
    Done {
        fault: (run.stayed > 0).then(|| visit.fill(key, &[("n", &counted(run.stayed))])),
        refused: run.named.iter().take(MOST_NAMED).map(line).collect(),
        ..Done::default()
    }
}

/// A move of many cases that can still be taken back.
#[derive(Debug, Default, Clone, Serialize)]
pub struct MoveLine {
    /// The move.
    pub id: String,
    /// When it was, and how many cases are left of it.
    pub told: String,
}

/// The last moves that can still be taken back, but for the one that is told of already.
pub(super) async fn standing(visit: &Visit, name: &str, told: Option<&Undo>) -> Result<Vec<MoveLine>, Problem> {
    let moves = visit.ask(Moves { workflow: name.to_owned(), limit: MOST_MOVES }).await?.unwrap_or_default();
    let line = |one: &StandingMove| MoveLine {
        id: one.moving.to_string(),
        told: visit.fill(
            "workflow-move-left",
            &[("when", &time::ago(&visit.reader(), one.at)), ("n", &number::count(one.cases))],
        ),
    };
    let lines = moves.iter().map(line).filter(|line| told.is_none_or(|told| told.id != line.id));
    Ok(lines.collect())
}
