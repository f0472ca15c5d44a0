//! What becomes due, and what can be done no more.

use jiff::SignedDuration;

use super::support::*;
use crate::{Asked, Event, Over, Refusal, Starter, Told, Way};

fn due(then: Over) -> World {
    let late = Asked { timers: vec![timer(then)], ..asked(vec![group(Way::All)]) };
    let steps = vec![form("fill", Some("check")), ask("check", Some("done"), late), end("done")];
    let mut world = World::new(steps).with("fill", &[0]).with("check", &[1, 2]).begin();
    world.yes(0);
    world.yes(1);
    world
}

#[test]
fn those_who_have_not_answered_are_reminded() {
    let mut world = due(Over::Remind);
    world.pass(1);
    let reminded: Vec<_> = world.told.iter().filter(|(what, _)| *what == Told::Reminded).collect();
    assert_eq!(reminded, [&(Told::Reminded, who(2))]);
    // Nothing more will come: from then on an answer is late, and stays so.
    let visit = world.case.tokens[0].visit.unwrap();
    assert!(world.case.due(visit).unwrap() <= world.now);
}

#[test]
fn others_are_told_or_answer_instead() {
    let mut world = due(Over::Tell(Vec::new()));
    world.pass(1);
    assert!(world.told.contains(&(Told::Late, who(8))));
    assert!(world.case.due(world.case.tokens[0].visit.unwrap()).unwrap() <= world.now);
    let mut world = due(Over::HandTo(Vec::new()));
    world.pass(1);
    assert_eq!(world.open(), [8]);
}

#[test]
fn it_passes_is_rejected_or_goes_back() {
    let mut world = due(Over::Pass);
    world.pass(1);
    assert_eq!(world.outcome(), Some("done"));
    let mut world = due(Over::Reject);
    world.pass(1);
    assert_eq!(world.outcome(), Some("rejected"));
    let mut world = due(Over::Return);
    world.pass(1);
    assert_eq!(world.open(), [0]);
}

#[test]
fn an_answer_in_time_leaves_nothing_due() {
    let mut world = due(Over::Reject);
    world.yes(2);
    world.pass(5);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn a_moment_that_moves_is_due_when_it_has_moved_to() {
    let mut world = due(Over::Pass);
    let token = world.case.tokens[0].number;
    let later = world.now.checked_add(jiff::SignedDuration::from_hours(10)).unwrap();
    world.event(Event::Moved { token, dues: vec![Some(later)] });
    world.pass(5);
    assert_eq!(world.outcome(), None, "the letter for the old moment comes to nothing");
    world.pass(5);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn nothing_becomes_due_while_a_case_rests() {
    let mut world = due(Over::Pass);
    world.event(Event::Rest { by: who(9), text: "stop".to_owned() });
    world.pass(30);
    world.event(Event::Resume { by: who(9) });
    assert_eq!(world.outcome(), None);
    world.pass(1);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn an_answer_taken_back_is_due_as_before() {
    let late = Asked { timers: vec![timer(Over::Pass)], ..asked(vec![group(Way::All)]) };
    let steps = vec![ask("check", Some("next"), late), approval("next", Some("done"), Way::All), end("done")];
    let mut world = World::new(steps).with("check", &[1]).with("next", &[2]).begin();
    let task = world.task(1);
    world.yes(1);
    world.event(Event::TakeBack { task, by: who(1) });
    assert_eq!(world.open(), [1]);
    world.pass(1);
    assert_eq!(world.open(), [2]);
}

#[test]
fn a_place_remembers_from_when_it_counts() {
    let late = Asked { timers: vec![timer(Over::Pass)], ..asked(vec![group(Way::All)]) };
    let steps = vec![ask("check", Some("next"), late), approval("next", Some("done"), Way::All), end("done")];
    let mut world = World::new(steps).with("check", &[1]).with("next", &[2]).begin();
    let armed = |world: &World| (world.case.tokens[0].armed.since, world.case.tokens[0].armed.rested);
    let came = world.now;
    assert_eq!(armed(&world), (Some(came), 0));
    // A rest is later by as long, once it is over; an answer that is taken back brings it back as it was.
    world.event(Event::Rest { by: who(9), text: "stop".to_owned() });
    world.pass(30);
    world.event(Event::Resume { by: who(9) });
    let task = world.task(1);
    world.yes(1);
    assert!(armed(&world).0 > Some(came));
    world.event(Event::TakeBack { task, by: who(1) });
    assert_eq!(armed(&world), (Some(came), 30 * 60 * 60));
    // Other steps count from when they came.
    let (token, dues) = (world.case.tokens[0].number, vec![Some(world.now)]);
    world.event(Event::Rearm { token, dues });
    assert_eq!(armed(&world), (Some(world.now), 0));
    // What was kept before this was has none, and reads as it did.
    let mut kept = serde_json::to_value(&world.case).unwrap();
    kept["tokens"][0].as_object_mut().unwrap().remove("armed");
    let case: crate::Case = serde_json::from_value(kept).unwrap();
    assert_eq!(case.tokens[0].armed.since, None);
}

#[test]
fn who_is_late_stays_asked_where_nobody_else_may_take_it() {
    let late =
        |starter| Asked { starter, timers: vec![timer(Over::HandTo(Vec::new()))], ..asked(vec![group(Way::All)]) };
    let steps = |starter| vec![ask("check", Some("done"), late(starter)), end("done")];
    // Whom it would be handed to is who has it.
    let mut world = World::new(steps(Starter::Answers)).with("check", &[8]).begin();
    world.pass(1);
    assert_eq!((world.open(), world.outcome()), (vec![8], None));
    // Whoever started it is passed over for somebody who may.
    let mut world = World::new(steps(Starter::LeftOut)).with("check", &[1]).begin();
    let token = world.case.tokens[0].number;
    let at = world.case.tokens[0].dues[0].at.unwrap();
    world.event(Event::Due { token, timer: 0, at, people: vec![who(STARTER), who(7)] });
    assert_eq!(world.open(), [7]);
}

#[test]
fn what_becomes_due_under_other_steps_replaces_what_was_to_become_due() {
    let mut world = due(Over::Pass);
    let token = world.case.tokens[0].number;
    world.event(Event::Rearm { token, dues: Vec::new() });
    world.pass(5);
    assert_eq!(world.outcome(), None);
    let later = world.now.checked_add(jiff::SignedDuration::from_hours(1)).unwrap();
    world.event(Event::Rearm { token, dues: vec![Some(later)] });
    world.pass(1);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn nothing_becomes_due_while_the_record_is_in_a_state_that_says_so() {
    let mut world = due(Over::Pass);
    let (token, visit) = (world.case.tokens[0].number, world.case.tokens[0].visit.unwrap());
    let hour = |world: &World, n: i64| world.now.checked_add(jiff::SignedDuration::from_hours(n)).ok();
    world.event(Event::Paused { token });
    world.event(Event::Paused { token });
    assert_eq!(world.case.due(visit), None, "nobody is late meanwhile");
    world.pass(30);
    assert_eq!(world.outcome(), None);
    // Two hours were left of it.
    let later = hour(&world, 2);
    world.event(Event::Unpaused { token, dues: vec![later] });
    assert_eq!(world.case.due(visit), later);
    world.event(Event::Unpaused { token, dues: vec![None] });
    assert_eq!(world.trail.iter().filter(|act| act.ends_with("pause")).count(), 2, "{:?}", world.trail);
    world.pass(1);
    assert_eq!(world.outcome(), None);
    world.pass(1);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn what_is_paused_on_arrival_and_rests_meanwhile_moves_once() {
    let late = Asked { timers: vec![timer(Over::Pass)], ..asked(vec![group(Way::All)]) };
    let mut world = World::new(vec![ask("check", Some("done"), late), end("done")]).with("check", &[1]);
    world.paused.push("check");
    let mut world = world.begin();
    let token = world.case.tokens[0].number;
    let was = world.case.tokens[0].dues.clone();
    assert!(world.case.tokens[0].paused().is_some());
    world.event(Event::Rest { by: who(9), text: "stop".to_owned() });
    world.pass(5);
    // The record leaves the state while the case rests: it is asked again when it goes on.
    world.event(Event::Unpaused { token, dues: was.iter().map(|due| due.at).collect() });
    world.event(Event::Resume { by: who(9) });
    assert_eq!(world.case.tokens[0].dues, was);
    // A moment that is past by then has come.
    world.event(Event::Unpaused { token, dues: was.iter().map(|due| due.at).collect() });
    world.pass(0);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn a_case_is_withdrawn_while_there_is_time() {
    for (hours, expected) in [(2, Ok(())), (1, Err(Refusal::Expired))] {
        let steps = vec![approval("check", Some("done"), Way::All), end("done")];
        let mut world = World::new(steps).with("check", &[1]).begin();
        world.case.withdrawn_by = world.now.checked_add(SignedDuration::from_hours(hours)).ok();
        world.now = world.now.checked_add(SignedDuration::from_hours(2)).unwrap();
        let withdraw = Event::Withdraw { by: who(STARTER), text: String::new() };
        assert_eq!(world.try_event(withdraw), expected);
    }
}
