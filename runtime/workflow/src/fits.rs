//! Whether a case can go by other steps than those it began with.

use crate::{Case, Process, Step, StepKind, case::At};

/// The step because of which a case cannot go by these steps: it is there, was returned from there, or its paths are to meet
/// there, and there is no such step any more, or something else happens in it.
pub fn blocked(process: &Process, case: &Case) -> Option<String> {
    let there = |name: &str| process.step(name);
    let waits = |token: &crate::Token| match (there(&token.step), token.at) {
        (Some(Step { kind: StepKind::Ask(asked), .. }), At::Asking) => {
            let mut tasks = case.tasks.iter().filter(|task| Some(task.visit) == token.visit);
            tasks.all(|task| usize::try_from(task.group).is_ok_and(|group| group < asked.groups.len()))
        }
        (Some(Step { kind: StepKind::Wait(_) | StepKind::Call { .. }, .. }), At::Waiting) => true,
        (Some(Step { kind: StepKind::Sub(sub), .. }), At::Cases(_)) => sub.waits,
        _ => false,
    };
    let stuck = case.tokens.iter().find(|token| !waits(token)).map(|token| token.step.clone());
    let lost = || case.tokens.iter().filter_map(|token| token.back.clone()).find(|back| there(back).is_none());
    let meets = |name: &str| there(name).is_some_and(|step| matches!(step.kind, StepKind::Join { .. }));
    let apart = || case.forks.iter().map(|fork| fork.join.clone()).find(|join| !meets(join));
    stuck.or_else(lost).or_else(apart)
}
