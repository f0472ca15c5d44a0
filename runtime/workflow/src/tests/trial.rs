//! Whether a case would take something, without its being done.

use model::UserId;

use super::support::*;
use crate::{Asked, Back, Deed, Event, Operation, Refusal, Way, returns, takes};

fn would(world: &World, deed: Deed, task: u32, person: u32) -> Result<(), Refusal> {
    takes(&world.process, &world.case, (deed, task, who(person)), world.now)
}

#[test]
fn a_trial_says_what_the_act_itself_would_and_changes_nothing() {
    let narrow = Asked { allow: vec![Operation::Transfer], ..asked(vec![group(Way::All)]) };
    let steps = vec![approval("first", Some("second"), Way::All), ask("second", Some("done"), narrow), end("done")];
    let mut world = World::new(steps).with("first", &[1, 2]).with("second", &[3]).begin();
    let task = world.task(1);
    assert_eq!(would(&world, Deed::Answer, task, 1), Ok(()));
    assert_eq!(would(&world, Deed::Answer, task, 2), Err(Refusal::NotYours));
    for operation in [Operation::Transfer, Operation::Delegate, Operation::AddSigner] {
        assert_eq!(would(&world, Deed::Besides(operation), task, 1), Ok(()), "{operation:?}");
        assert_eq!(would(&world, Deed::Besides(operation), task, 2), Err(Refusal::NotYours), "{operation:?}");
    }
    // Nothing is offered to several and nothing is answered; nobody was asked before, and whoever started it can mend it.
    assert_eq!(would(&world, Deed::Claim, task, 1), Err(Refusal::NotAllowed));
    assert_eq!(would(&world, Deed::Besides(Operation::Return), task, 1), Ok(()));
    assert_eq!(would(&world, Deed::Besides(Operation::TakeBack), task, 1), Err(Refusal::Over));
    assert_eq!(would(&world, Deed::Withdraw, 0, STARTER), Ok(()));
    assert_eq!(would(&world, Deed::Withdraw, 0, 1), Err(Refusal::NotYours));
    assert_eq!(would(&world, Deed::Urge, 0, STARTER), Ok(()));
    assert_eq!(world.open(), [1, 2]);

    world.yes(1);
    assert_eq!(would(&world, Deed::Answer, task, 1), Err(Refusal::Over));
    assert_eq!(would(&world, Deed::Besides(Operation::TakeBack), task, 1), Ok(()));
    assert_eq!(would(&world, Deed::Withdraw, 0, STARTER), Err(Refusal::TooLate));
    world.yes(2);
    let task = world.task(3);
    assert_eq!(would(&world, Deed::Besides(Operation::Transfer), task, 3), Ok(()));
    for operation in [Operation::Delegate, Operation::AddSigner, Operation::Return] {
        assert_eq!(would(&world, Deed::Besides(operation), task, 3), Err(Refusal::NotAllowed), "{operation:?}");
    }
    world.event(Event::Rest { by: who(GUARD), text: "later".to_owned() });
    assert_eq!(would(&world, Deed::Answer, task, 3), Err(Refusal::Resting));
    assert_eq!(world.open(), [3]);
}

#[test]
fn what_nobody_started_goes_back_to_a_step_all_the_same() {
    let steps =
        vec![approval("first", Some("second"), Way::All), approval("second", Some("done"), Way::All), end("done")];
    let mut world = World::new(steps).with("first", &[1]).with("second", &[2]).begin();
    world.case.starter = UserId::nil();
    let back = Deed::Besides(Operation::Return);
    assert_eq!(would(&world, back, world.task(1), 1), Err(Refusal::NeverThere));
    world.yes(1);
    let task = world.task(2);
    assert_eq!(would(&world, back, task, 2), Ok(()));
    let to = |to| returns(&world.process, &world.case, (to, task, who(2)), world.now);
    assert_eq!((to(Back::Starter), to(Back::First)), (Err(Refusal::NeverThere), Ok(())));
}
