//! Where the steps lead: that each is come to, that a case comes to an end, and that none goes round by itself.

use std::collections::BTreeSet;

use model::{Diagnostic, Location};
use workflow::{Step, StepKind};

pub(super) fn check(steps: &[Step], at: &Location, faults: &mut Vec<Diagnostic>) {
    let at = at.child("steps");
    let place = |name: &str| steps.iter().position(|step| step.name.as_str() == name);
    // A case comes to a join although no path names it as what follows.
    let join = |step: &Step| match &step.kind {
        StepKind::Split { join, .. } => place(join.as_str()),
        _ => None,
    };
    let ways = |step: &Step| step.leads().into_iter().filter_map(place).chain(join(step)).collect();
    let leads: Vec<Vec<usize>> = steps.iter().map(ways).collect();
    let reached = from(0, &leads, |_| true);
    let mut endless = false;
    for (index, step) in steps.iter().enumerate() {
        let at = at.child(step.name.as_str());
        if !reached.contains(&index) {
            let message = format!("no step leads to `{}`", step.name);
            let help = "name it as what follows another step, or remove it";
            faults.push(Diagnostic::error("workflow.unreachable-step", at, message).help(help));
            continue;
        }
        let on = from(index, &leads, |_| true);
        if !on.iter().any(|other| steps.get(*other).is_some_and(ends)) {
            // What leads there is at fault for the same reason.
            if std::mem::replace(&mut endless, true) {
                continue;
            }
            let message = format!("a case that has come to `{}` never ends", step.name);
            let help = "let a path lead to an `end`";
            faults.push(Diagnostic::error("workflow.no-way-out", at, message).help(help));
            continue;
        }
        let by_itself = |index: usize| steps.get(index).is_some_and(automatic);
        let next = leads.get(index).map_or(&[][..], Vec::as_slice);
        let round = automatic(step)
            && next.iter().any(|next| by_itself(*next) && from(*next, &leads, by_itself).contains(&index));
        if round {
            let message = format!("from `{}` the steps lead in a circle in which nobody is asked", step.name);
            let help = "ask somebody on the way, or wait for something";
            faults.push(Diagnostic::error("workflow.endless-loop", at, message).help(help));
        }
    }
}

/// Whether a case may be over after a step.
fn ends(step: &Step) -> bool {
    let leads = matches!(step.kind, StepKind::Choose(_) | StepKind::Split { .. });
    step.next.is_none() && !leads
}

/// Whether a step is passed without waiting for anybody or anything.
fn automatic(step: &Step) -> bool {
    match &step.kind {
        StepKind::Ask(_) | StepKind::Wait(_) => false,
        StepKind::Sub(sub) => !sub.waits,
        _ => true,
    }
}

/// The steps that can be come to from one, itself among them.
fn from(start: usize, leads: &[Vec<usize>], through: impl Fn(usize) -> bool) -> BTreeSet<usize> {
    let mut found = BTreeSet::new();
    let mut open = vec![start];
    while let Some(here) = open.pop() {
        if through(here) && found.insert(here) {
            open.extend(leads.get(here).into_iter().flatten());
        }
    }
    found
}
