//! Ways to agree.

use super::support::*;
use crate::{Asked, Event, Group, Nobody, Opinion, Refusal, Signature, Starter, Voter, Way};

fn one(way: Way, people: &[u32]) -> World {
    World::new(vec![approval("check", Some("done"), way), end("done")]).with("check", people).begin()
}

fn grouped(asked: Asked, groups: &[&[u32]]) -> World {
    let mut world = World::new(vec![ask("check", Some("done"), asked), end("done")]);
    world.groups("check", groups);
    world.begin()
}

#[test]
fn each_after_the_other() {
    let mut world = one(Way::InTurn, &[1, 2, 3]);
    assert_eq!(world.open(), [1]);
    world.yes(1);
    assert_eq!(world.open(), [2]);
    world.yes(2);
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));
    let mut world = one(Way::InTurn, &[1, 2, 3]);
    world.no(1);
    assert_eq!(world.outcome(), Some("rejected"));
}

#[test]
fn each_at_once() {
    let mut world = one(Way::All, &[1, 2, 3]);
    assert_eq!(world.open(), [1, 2, 3]);
    world.yes(3);
    world.yes(1);
    assert_eq!(world.open(), [2]);
    world.yes(2);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn whoever_answers_first() {
    let mut world = one(Way::Any, &[1, 2, 3]);
    world.yes(2);
    assert_eq!((world.outcome(), world.open()), (Some("done"), vec![]));
    let mut world = one(Way::Any, &[1, 2]);
    world.no(1);
    assert_eq!(world.outcome(), Some("rejected"));
}

#[test]
fn a_share_of_the_votes() {
    let mut world = one(Way::Share(60), &[1, 2, 3, 4, 5]);
    world.no(1);
    world.yes(2);
    world.yes(3);
    assert_eq!(world.outcome(), None);
    world.yes(4);
    assert_eq!(world.outcome(), Some("done"));
    // It is over as soon as the share cannot be reached any more.
    let mut world = one(Way::Share(60), &[1, 2, 3, 4, 5]);
    world.no(1);
    world.no(2);
    assert_eq!(world.outcome(), None);
    world.no(3);
    assert_eq!(world.outcome(), Some("rejected"));
}

#[test]
fn votes_have_weights() {
    let mut world = World::new(vec![approval("check", Some("done"), Way::Share(50)), end("done")]);
    let weights = [(1, 5), (2, 2), (3, 2)];
    let voters = weights.iter().map(|(person, weight)| Voter { who: who(*person), weight: *weight }).collect();
    world.people.insert("check", vec![voters]);
    let mut world = world.begin();
    world.no(2);
    world.no(3);
    assert_eq!(world.outcome(), None);
    world.yes(1);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn so_many_of_them() {
    let mut world = one(Way::Count(2), &[1, 2, 3]);
    world.yes(3);
    world.no(1);
    world.yes(2);
    assert_eq!(world.outcome(), Some("done"));
    let mut world = one(Way::Count(2), &[1, 2, 3]);
    world.no(1);
    world.no(2);
    assert_eq!(world.outcome(), Some("rejected"));
    // Where there are fewer, all of them are needed and enough.
    let mut world = one(Way::Count(2), &[1]);
    world.yes(1);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn a_veto_and_a_vote_that_decides() {
    let veto = Group { veto: true, ..group(Way::Share(50)) };
    let mut world = grouped(asked(vec![group(Way::Share(50)), veto]), &[&[1, 2], &[3, 4]]);
    world.yes(1);
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"), "both groups have reached their share");
    let veto = Group { veto: true, ..group(Way::All) };
    let mut world = grouped(asked(vec![group(Way::Share(50)), veto]), &[&[1, 2], &[3, 4]]);
    world.yes(1);
    world.no(4);
    assert_eq!(world.outcome(), Some("rejected"));
    let decisive = Group { decisive: true, ..group(Way::Any) };
    let mut world = grouped(asked(vec![group(Way::All), decisive]), &[&[1, 2], &[3]]);
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn without_a_veto_all_are_heard() {
    let mut world = grouped(asked(vec![Group { veto: false, ..group(Way::All) }]), &[&[1, 2]]);
    world.no(1);
    assert_eq!(world.open(), [2]);
    world.yes(2);
    assert_eq!(world.outcome(), Some("rejected"));
}

#[test]
fn groups_at_once_or_in_turn() {
    let mut world = grouped(asked(vec![group(Way::Any), group(Way::All)]), &[&[1, 2], &[3]]);
    assert_eq!(world.open(), [1, 2, 3]);
    world.yes(1);
    assert_eq!(world.open(), [3]);
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));
    let in_turn = Asked { in_turn: true, ..asked(vec![group(Way::Any), group(Way::All)]) };
    let mut world = grouped(in_turn, &[&[1, 2], &[3]]);
    assert_eq!(world.open(), [1, 2]);
    world.yes(2);
    assert_eq!(world.open(), [3]);
}

#[test]
fn nobody_is_asked_twice() {
    let world = one(Way::All, &[1, 1, 2]);
    assert_eq!(world.open(), [1, 2]);
    let again = Asked { again_passes: true, ..asked(vec![group(Way::All)]) };
    let steps = vec![approval("first", Some("second"), Way::Any), ask("second", Some("done"), again), end("done")];
    let mut world = World::new(steps).with("first", &[1]).with("second", &[1, 2]).begin();
    world.yes(1);
    assert_eq!(world.open(), [2]);
    assert!(world.trail.contains(&"taken".to_owned()));
    world.yes(2);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn who_started_it_may_answer_be_passed_or_be_left_out() {
    let of = |starter| Asked { starter, ..asked(vec![group(Way::All)]) };
    assert_eq!(grouped(of(Starter::Answers), &[&[0, 1]]).open(), [0, 1]);
    assert_eq!(grouped(of(Starter::Passes), &[&[0, 1]]).open(), [1]);
    assert_eq!(grouped(of(Starter::LeftOut), &[&[0, 1]]).open(), [1]);
    // Left out alone, there is nobody: somebody else is asked.
    assert_eq!(grouped(of(Starter::LeftOut), &[&[0]]).open(), [GUARD]);
    let mut world = grouped(of(Starter::LeftOut), &[&[1]]);
    let (task, by, to) = (world.task(1), who(1), who(STARTER));
    let moved = world.try_event(Event::Transfer { task, by, to, text: String::new() });
    assert_eq!(moved, Err(Refusal::Starter));
}

#[test]
fn nobody_to_ask() {
    let of = |nobody| Asked { nobody, ..asked(vec![group(Way::All)]) };
    assert_eq!(grouped(of(Nobody::Guard), &[&[]]).open(), [GUARD]);
    assert_eq!(grouped(of(Nobody::Pass), &[&[]]).outcome(), Some("done"));
    let mut world = World::new(vec![ask("check", None, of(Nobody::Refuse))]).with("check", &[]);
    assert_eq!(world.try_event(Event::Start), Err(Refusal::Nobody("check".to_owned())));
    // Nobody guards it either: nothing hangs, it does not begin.
    let mut world = World::new(vec![ask("check", None, of(Nobody::Guard))]).with("check", &[]);
    world.instead.clear();
    assert_eq!(world.try_event(Event::Start), Err(Refusal::Nobody("check".to_owned())));
    assert!(world.case.tokens.is_empty());
}

#[test]
fn a_reason_is_asked_for() {
    let of = |opinion| grouped(Asked { opinion, ..asked(vec![group(Way::All)]) }, &[&[1]]);
    let say = |world: &mut World, yes| {
        let task = world.task(1);
        world.try_event(Event::Decide { task, by: who(1), yes, text: " ".to_owned(), signed: false })
    };
    assert_eq!(say(&mut of(Opinion::Always), true), Err(Refusal::NoReason));
    assert_eq!(say(&mut of(Opinion::Rejecting), false), Err(Refusal::NoReason));
    assert_eq!(say(&mut of(Opinion::Rejecting), true), Ok(()));
    assert_eq!(say(&mut of(Opinion::Free), false), Ok(()));
}

#[test]
fn a_signature_is_asked_for() {
    let of = |signature| grouped(Asked { signature, ..asked(vec![group(Way::All)]) }, &[&[1]]);
    let say = |world: &mut World, yes, signed| {
        let task = world.task(1);
        world.try_event(Event::Decide { task, by: who(1), yes, text: String::new(), signed })
    };
    assert_eq!(say(&mut of(Signature::Always), false, false), Err(Refusal::Unsigned));
    assert_eq!(say(&mut of(Signature::Approving), true, false), Err(Refusal::Unsigned));
    assert_eq!(say(&mut of(Signature::Approving), false, false), Ok(()));
    assert_eq!(say(&mut of(Signature::Never), true, false), Ok(()));
    // Where none is asked for none counts.
    for (signature, counts) in [(Signature::Always, true), (Signature::Never, false)] {
        let mut world = of(signature);
        say(&mut world, true, true).unwrap();
        assert_eq!(world.signed.contains(&"approve".to_owned()), counts);
    }
}

#[test]
fn a_no_leads_where_the_step_says() {
    let back = Asked { rejected: Some(name("fill")), ..asked(vec![group(Way::Any)]) };
    let steps = vec![form("fill", Some("check")), ask("check", Some("done"), back), end("done")];
    let mut world = World::new(steps).with("fill", &[0]).with("check", &[1]).begin();
    world.yes(0);
    world.no(1);
    assert_eq!(world.open(), [0]);
    world.yes(0);
    world.yes(1);
    assert_eq!(world.outcome(), Some("done"));
    // A form knows no no.
    let mut world = World::new(vec![form("fill", None)]).with("fill", &[0]).begin();
    assert_eq!(world.try_decide(0, false), Err(Refusal::NotAllowed));
}

#[test]
fn others_and_those_who_have_answered_do_not_answer() {
    let mut world = one(Way::InTurn, &[1, 2]);
    let (first, second) = (world.case.tasks[0].number, world.case.tasks[1].number);
    let decide = |task, by| Event::Decide { task, by: who(by), yes: true, text: String::new(), signed: false };
    assert_eq!(world.try_event(decide(first, 2)), Err(Refusal::NotYours));
    assert_eq!(world.try_event(decide(second, 2)), Err(Refusal::NotYet));
    world.event(decide(first, 1));
    assert_eq!(world.try_event(decide(first, 1)), Err(Refusal::Over));
    assert_eq!(world.try_event(decide(77, 1)), Err(Refusal::Unknown("task")));
}
