//! What becomes due.

use super::support::*;
use crate::{Asked, Event, Over, Told, Way};

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
}

#[test]
fn others_are_told_or_answer_instead() {
    let mut world = due(Over::Tell(Vec::new()));
    world.pass(1);
    assert!(world.told.contains(&(Told::Late, who(8))));
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
