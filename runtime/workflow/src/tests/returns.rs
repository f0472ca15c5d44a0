//! Where something can be sent back to: out of paths that run beside others, and to whoever started it.

use super::support::{STARTER, World, approval, ask, asked, end, form, group, join, split, who};
use crate::{Asked, Back, Event, Refusal, Starter, Way};

#[test]
fn what_a_path_beside_has_passed_is_not_gone_back_to() {
    let steps = vec![
        split("both", "meet", &["a", "b"]),
        approval("a", Some("meet"), Way::Any),
        form("b", Some("c")),
        approval("c", Some("meet"), Way::Any),
        join("meet", None, None),
    ];
    let mut world = World::new(steps).with("a", &[1]).with("b", &[2]).with("c", &[3]).begin();
    world.yes(2);
    for to in [Back::First, Back::Previous, Back::Step("b".to_owned())] {
        assert_eq!(world.back(1, to, false), Err(Refusal::NeverThere));
    }
    // Nor when that path has come to where they meet: who is left there answers.
    world.yes(3);
    assert_eq!(world.back(1, Back::Previous, false), Err(Refusal::NeverThere));
    world.yes(1);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn a_return_out_of_inner_paths_leaves_those_beside_the_outer_ones() {
    let steps = vec![
        split("both", "meet", &["a", "b"]),
        approval("a", Some("meet"), Way::Any),
        form("b", Some("inner")),
        split("inner", "near", &["c", "d"]),
        approval("c", Some("near"), Way::Any),
        approval("d", Some("near"), Way::Any),
        join("near", Some("e"), None),
        approval("e", Some("meet"), Way::Any),
        join("meet", None, None),
    ];
    let world = World::new(steps).with("a", &[1]).with("b", &[2]).with("c", &[3]).with("d", &[4]);
    let mut world = world.with("e", &[5]).begin();
    world.yes(2);
    assert_eq!(world.open(), [1, 3, 4]);
    world.back(3, Back::First, false).unwrap();
    assert_eq!(world.open(), [1, 2]);
    world.yes(2);
    world.yes(3);
    world.yes(4);
    // Behind the inner paths it is on the outer one again.
    world.back(5, Back::Step("b".to_owned()), false).unwrap();
    assert_eq!(world.open(), [1, 2]);
    world.yes(1);
    assert_eq!(world.outcome(), None);
}

/// Two approvals, and no form before them.
fn two() -> World {
    let first = Asked { starter: Starter::LeftOut, again_passes: true, ..asked(vec![group(Way::All)]) };
    let steps = vec![ask("first", Some("second"), first), approval("second", Some("done"), Way::All), end("done")];
    World::new(steps).with("first", &[1]).with("second", &[2]).begin()
}

#[test]
fn whoever_started_it_mends_the_record_where_no_form_comes_first() {
    let mut world = two();
    assert_eq!(world.back(1, Back::First, false), Err(Refusal::NeverThere));
    world.back(1, Back::Starter, false).unwrap();
    assert_eq!((world.open(), world.places()), (vec![STARTER], vec!["first"]));
    let task = world.task(STARTER);
    let decide = |yes| Event::Decide { task, by: who(STARTER), yes, text: String::new(), signed: false };
    assert_eq!(world.try_event(decide(false)), Err(Refusal::NotAllowed));
    let back = Event::Return { task, by: who(STARTER), to: Back::Starter, resume: false, text: "x".to_owned() };
    assert_eq!(world.try_event(back), Err(Refusal::NotAllowed));
    let delegate = Event::Delegate { task, by: who(STARTER), to: who(3), text: String::new() };
    assert_eq!(world.try_event(delegate), Err(Refusal::NotAllowed));
    world.event(decide(true));
    assert_eq!(world.open(), [1]);
    world.yes(1);
    world.yes(2);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn what_is_mended_runs_again_or_comes_straight_back() {
    let at_second = || {
        let mut world = two();
        world.yes(1);
        world
    };
    let mut again = at_second();
    again.back(2, Back::Starter, false).unwrap();
    assert_eq!((again.open(), again.places()), (vec![STARTER], vec!["first"]));
    again.yes(STARTER);
    // Who approved before is not asked twice where the step says so, and whoever mends has not approved.
    assert_eq!(again.open(), [2]);
    let mut straight = at_second();
    straight.back(2, Back::Starter, true).unwrap();
    assert_eq!((straight.open(), straight.places()), (vec![STARTER], vec!["second"]));
    straight.yes(STARTER);
    assert_eq!(straight.open(), [2]);
    // It may be returned as often as it takes.
    straight.back(2, Back::Starter, true).unwrap();
    straight.yes(STARTER);
    straight.yes(2);
    assert_eq!(straight.outcome(), Some("done"));
}

#[test]
fn whoever_filled_in_the_first_form_fills_it_in_again() {
    let steps = vec![form("fill", Some("check")), approval("check", Some("done"), Way::All), end("done")];
    let mut world = World::new(steps).with("fill", &[STARTER]).with("check", &[1]).begin();
    assert_eq!(world.back(STARTER, Back::Starter, false), Err(Refusal::NeverThere));
    world.yes(STARTER);
    world.back(1, Back::Starter, true).unwrap();
    assert_eq!((world.open(), world.places()), (vec![STARTER], vec!["fill"]));
    world.yes(STARTER);
    assert_eq!(world.open(), [1]);
}

#[test]
fn a_record_is_mended_by_whom_it_is_handed_on_to() {
    let mut world = two();
    world.back(1, Back::Starter, false).unwrap();
    let task = world.task(STARTER);
    let claim = Event::Claim { task, by: who(STARTER) };
    assert_eq!(world.try_event(claim), Err(Refusal::NotAllowed));
    world.event(Event::HandOver { from: who(STARTER), to: who(4), step: None, by: None });
    assert_eq!(world.open(), [4]);
    world.yes(4);
    assert_eq!(world.open(), [1]);
}
