//! Whether a case would take what somebody does: the event itself, worked out on a copy of the case.
//!
//! INVARIANT: no rule is told a second time here. Where an event needs words, a signature or another person, it has some that
//! nothing is wrong with, so that what is answered is whether they may at all.

use jiff::Timestamp;
use model::UserId;

use crate::{Back, Case, Event, Operation, Place, Process, Refusal, step};

/// Something that those concerned do in a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Answer what they are asked.
    Answer,
    /// Take on what is offered to several, or give it back.
    Claim,
    /// What a step may let them do besides.
    Besides(Operation),
    /// Withdraw what they started.
    Withdraw,
    /// Urge those who have not answered.
    Urge,
}

/// Whether a case would take it from them; `task` is the one it is done with, where it is done with one.
///
/// # Errors
/// What [`step`] refuses it with.
pub fn takes(
    process: &Process,
    case: &Case,
    (deed, task, by): (Deed, u32, UserId),
    now: Timestamp,
) -> Result<(), Refusal> {
    let text = "-".to_owned();
    // Nobody's number, so that whoever it would be is not asked already.
    let somebody = UserId::max();
    let claimed = case.task(task).is_some_and(|task| task.claimed);
    let event = match deed {
        Deed::Answer => Event::Decide { task, by, yes: true, text, signed: true },
        Deed::Claim if claimed => Event::Unclaim { task, by },
        Deed::Claim => Event::Claim { task, by },
        Deed::Besides(Operation::Return) => {
            let earlier = || returns(process, case, (Back::First, task, by), now);
            return returns(process, case, (Back::Starter, task, by), now).or_else(|_| earlier());
        }
        Deed::Besides(Operation::Transfer) => Event::Transfer { task, by, to: somebody, text },
        Deed::Besides(Operation::Delegate) => Event::Delegate { task, by, to: somebody, text },
        Deed::Besides(Operation::AddSigner) => {
            Event::AddSigner { task, by, who: vec![somebody], place: Place::Beside, text }
        }
        Deed::Besides(Operation::TakeBack) => Event::TakeBack { task, by },
        Deed::Withdraw => Event::Withdraw { by, text },
        Deed::Urge => Event::Urge { by },
    };
    step(process, case.clone(), event, now).map(drop)
}

/// Whether a task can be returned to where that leads.
///
/// # Errors
/// What [`step`] refuses it with.
pub fn returns(
    process: &Process,
    case: &Case,
    (to, task, by): (Back, u32, UserId),
    now: Timestamp,
) -> Result<(), Refusal> {
    let event = Event::Return { task, by, to, resume: false, text: "-".to_owned() };
    step(process, case.clone(), event, now).map(drop)
}
