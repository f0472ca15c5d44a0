//! What people do besides answering.

use super::support::*;
use crate::{Asked, Back, Claim, Event, Group, Operation, Place, Refusal, State, Told, Urge, Way, Withdraw};

/// A form, then two approvals.
fn three() -> World {
    let steps = vec![
        form("fill", Some("first")),
        approval("first", Some("second"), Way::All),
        approval("second", Some("done"), Way::All),
        end("done"),
    ];
    World::new(steps).with("fill", &[0]).with("first", &[1, 2]).with("second", &[3]).begin()
}

fn at_second() -> World {
    let mut world = three();
    world.yes(0);
    world.yes(1);
    world.yes(2);
    assert_eq!(world.open(), [3]);
    world
}

fn text() -> String {
    "because".to_owned()
}

#[test]
fn return_to_the_beginning_the_step_before_or_any_earlier_one() {
    let mut world = at_second();
    world.back(3, Back::First, false).unwrap();
    assert_eq!(world.open(), [0]);
    // It runs again, everybody answers again.
    world.yes(0);
    assert_eq!(world.open(), [1, 2]);

    let mut world = at_second();
    world.back(3, Back::Previous, false).unwrap();
    assert_eq!(world.open(), [1, 2]);
    let mut world = at_second();
    world.back(3, Back::Step("first".to_owned()), false).unwrap();
    assert_eq!(world.open(), [1, 2]);
    let mut world = at_second();
    assert_eq!(world.back(3, Back::Step("second".to_owned()), false), Err(Refusal::NeverThere));
    assert_eq!(world.back(3, Back::Step("done".to_owned()), false), Err(Refusal::NeverThere));
}

#[test]
fn what_was_returned_comes_straight_back_when_asked_to() {
    let mut world = at_second();
    world.back(3, Back::First, true).unwrap();
    world.yes(0);
    assert_eq!(world.open(), [3]);
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn a_return_out_of_parallel_paths_gives_the_others_up() {
    let steps = vec![
        form("fill", Some("both")),
        split("both", "meet", &["a", "b"]),
        approval("a", Some("meet"), Way::Any),
        approval("b", Some("meet"), Way::Any),
        join("meet", None, None),
    ];
    let mut world = World::new(steps).with("fill", &[0]).with("a", &[1]).with("b", &[2]).begin();
    world.yes(0);
    world.back(1, Back::First, false).unwrap();
    assert_eq!((world.open(), world.places()), (vec![0], vec!["fill"]));
    world.yes(0);
    assert_eq!(world.open(), [1, 2]);
    world.yes(1);
    world.yes(2);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn a_return_within_a_path_leaves_the_others() {
    let steps = vec![
        split("both", "meet", &["a", "b"]),
        form("a", Some("c")),
        approval("c", Some("meet"), Way::Any),
        approval("b", Some("meet"), Way::Any),
        join("meet", None, None),
    ];
    let mut world = World::new(steps).with("a", &[1]).with("b", &[2]).with("c", &[3]).begin();
    world.yes(1);
    world.back(3, Back::Previous, false).unwrap();
    assert_eq!(world.open(), [1, 2]);
    // What runs beside cannot be gone back into.
    world.yes(1);
    assert_eq!(world.back(3, Back::Step("b".to_owned()), false), Err(Refusal::NeverThere));
}

#[test]
fn withdraw_while_nobody_has_answered() {
    let mut world = three();
    world.yes(0);
    let withdraw = |by| Event::Withdraw { by: who(by), text: text() };
    assert_eq!(world.try_event(withdraw(1)), Err(Refusal::NotYours));
    world.event(withdraw(0));
    assert_eq!((world.outcome(), world.open()), (Some("withdrawn"), vec![]));
    assert!(world.told.contains(&(Told::Spared, who(1))));

    let mut world = three();
    world.yes(0);
    world.yes(1);
    assert_eq!(world.try_event(withdraw(0)), Err(Refusal::TooLate));
    world.process.withdraw = Withdraw::Always;
    assert_eq!(world.try_event(withdraw(0)), Ok(()));
    let mut world = three();
    world.process.withdraw = Withdraw::Never;
    assert_eq!(world.try_event(withdraw(0)), Err(Refusal::NotAllowed));
}

#[test]
fn take_an_answer_back_while_nobody_has_acted_on_it() {
    // Within the step.
    let mut world = three();
    world.yes(0);
    let task = world.task(1);
    world.yes(1);
    world.event(Event::TakeBack { task, by: who(1) });
    assert_eq!(world.open(), [1, 2]);
    // After the step: it comes back as it was.
    world.yes(1);
    let last = world.task(2);
    world.yes(2);
    assert_eq!(world.open(), [3]);
    world.event(Event::TakeBack { task: last, by: who(2) });
    assert_eq!((world.open(), world.places()), (vec![2], vec!["first"]));
    assert!(world.told.contains(&(Told::Spared, who(3))));
    world.yes(2);
    let steps_on = world.task(3);
    world.yes(3);
    assert_eq!(world.try_event(Event::TakeBack { task: steps_on, by: who(3) }), Err(Refusal::Ended));
    // Not when others have acted.
    let mut world = three();
    world.yes(0);
    let task = world.task(1);
    world.yes(1);
    world.yes(2);
    world.process.steps[2].next = Some(name("more"));
    world.process.steps.push(approval("more", None, Way::Any));
    world.people.insert("more", world.people["second"].clone());
    world.yes(3);
    assert_eq!(world.try_event(Event::TakeBack { task, by: who(1) }), Err(Refusal::TooLate));
}

#[test]
fn transfer_hands_it_on_for_good() {
    let mut world = at_second();
    let transfer = |task, by, to| Event::Transfer { task, by: who(by), to: who(to), text: text() };
    let task = world.task(3);
    world.event(transfer(task, 3, 7));
    assert_eq!(world.open(), [7]);
    assert_eq!(world.try_event(transfer(task, 3, 8)), Err(Refusal::NotYours));
    world.yes(7);
    assert_eq!(world.outcome(), Some("done"));
    // Whoever has handed it on was asked.
    assert!(world.case.concerns(who(3)) && !world.case.concerns(who(8)));
    // Not to somebody who is asked already.
    let mut world = three();
    world.yes(0);
    let task = world.task(1);
    assert_eq!(world.try_event(transfer(task, 1, 2)), Err(Refusal::Already));
}

#[test]
fn delegate_comes_back_to_who_delegated() {
    let mut world = at_second();
    let task = world.task(3);
    world.event(Event::Delegate { task, by: who(3), to: who(7), text: text() });
    assert_eq!(world.open(), [7]);
    // What the other says is heard, and does not decide.
    world.no(7);
    assert_eq!((world.open(), world.outcome()), (vec![3], None));
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));
}

fn add(world: &World, by: u32, people: &[u32], place: Place) -> Event {
    let who_else = people.iter().map(|person| who(*person)).collect();
    Event::AddSigner { task: world.task(by), by: who(by), who: who_else, place, text: text() }
}

#[test]
fn add_signers_before_beside_and_after() {
    let mut world = at_second();
    world.event(add(&world, 3, &[5, 6], Place::Before));
    assert_eq!(world.open(), [5, 6]);
    world.yes(5);
    world.yes(6);
    assert_eq!(world.open(), [3]);
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));

    let mut world = at_second();
    world.event(add(&world, 3, &[5], Place::Beside));
    assert_eq!(world.open(), [3, 5]);
    world.yes(3);
    assert_eq!(world.outcome(), None);
    world.no(5);
    assert_eq!(world.outcome(), Some("rejected"));

    let mut world = at_second();
    world.event(add(&world, 3, &[5], Place::After));
    assert_eq!(world.open(), [3]);
    world.yes(3);
    assert_eq!(world.open(), [5]);
    world.yes(5);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn signers_add_signers_and_turns_are_kept() {
    let steps = vec![approval("check", Some("done"), Way::InTurn), end("done")];
    let mut world = World::new(steps).with("check", &[1, 2]).begin();
    world.event(add(&world, 1, &[5], Place::After));
    world.yes(1);
    assert_eq!(world.open(), [5]);
    world.event(add(&world, 5, &[6], Place::After));
    world.yes(5);
    assert_eq!(world.open(), [6]);
    world.yes(6);
    assert_eq!(world.open(), [2]);
    assert_eq!(world.try_event(add(&world, 2, &[2], Place::After)), Err(Refusal::Already));
    world.yes(2);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn an_added_signer_is_removed_by_who_added_them() {
    let mut world = at_second();
    world.event(add(&world, 3, &[5, 6], Place::Before));
    world.event(add(&world, 5, &[7], Place::Beside));
    let (five, six) = (world.task(5), world.task(6));
    assert_eq!(world.try_event(Event::RemoveSigner { task: six, by: who(5) }), Err(Refusal::NotYours));
    world.event(Event::RemoveSigner { task: five, by: who(3) });
    // Whom that signer brought in goes too.
    assert_eq!(world.open(), [6]);
    world.event(Event::RemoveSigner { task: six, by: who(3) });
    assert_eq!(world.open(), [3]);
    let own = world.task(3);
    assert_eq!(world.try_event(Event::RemoveSigner { task: own, by: who(3) }), Err(Refusal::NotYours));
}

#[test]
fn an_added_signer_stays_theirs_who_added_them_whoever_has_the_task_now() {
    let mut world = at_second();
    world.event(add(&world, 3, &[5], Place::Before));
    world.event(add(&world, 5, &[6], Place::Beside));
    let task = world.task(5);
    world.event(Event::Transfer { task, by: who(5), to: who(7), text: text() });
    assert_eq!(world.open(), [6, 7]);
    // Whoever has handed it on did not add them.
    assert_eq!(world.try_event(Event::RemoveSigner { task, by: who(5) }), Err(Refusal::NotYours));
    world.event(Event::RemoveSigner { task, by: who(3) });
    // Whom they brought in while it was theirs goes too.
    assert_eq!(world.open(), [3]);
    // Nor does who handed a vote on come to leave it out.
    let task = world.task(3);
    world.event(Event::Transfer { task, by: who(3), to: who(8), text: text() });
    assert_eq!(world.try_event(Event::RemoveSigner { task, by: who(3) }), Err(Refusal::NotYours));
}

#[test]
fn one_of_several_claims_and_gives_back() {
    let pool = Group { claim: Claim::First, ..group(Way::Any) };
    let steps = vec![ask("check", Some("done"), asked(vec![pool])), end("done")];
    let mut world = World::new(steps).with("check", &[1, 2, 3]).begin();
    assert_eq!(world.try_decide(1, true), Err(Refusal::NotYet));
    let task = world.task(2);
    world.event(Event::Claim { task, by: who(2) });
    assert_eq!(world.open(), [2]);
    world.event(Event::Unclaim { task, by: who(2) });
    assert_eq!(world.open(), [1, 2, 3]);
    let task = world.task(3);
    world.event(Event::Claim { task, by: who(3) });
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn urging_has_its_limits() {
    let mut world = at_second();
    world.event(Event::Urge { by: who(0) });
    assert!(world.told.contains(&(Told::Urged, who(3))));
    assert_eq!(world.try_event(Event::Urge { by: who(0) }), Err(Refusal::TooOften));
    world.pass(1);
    world.event(Event::Urge { by: who(0) });
    world.pass(1);
    assert_eq!(world.try_event(Event::Urge { by: who(3) }), Err(Refusal::Over), "nobody but oneself to urge");
}

#[test]
fn each_step_is_urged_within_its_own_limits() {
    let limited = |most: u32| Asked { urge: Urge { every: 90, most: Some(most) }, ..asked(vec![group(Way::All)]) };
    let steps = vec![
        split("both", "met", &["first", "second"]),
        ask("first", Some("met"), limited(2)),
        ask("second", Some("met"), Asked { urge: Urge::default(), ..limited(0) }),
        join("met", Some("last"), None),
        ask("last", Some("done"), limited(0)),
        end("done"),
    ];
    let mut world = World::new(steps).with("first", &[1]).with("second", &[2]).with("last", &[3]).begin();
    world.event(Event::Urge { by: who(0) });
    assert!(world.told.contains(&(Told::Urged, who(1))) && world.told.contains(&(Told::Urged, who(2))));
    world.pass(1);
    world.told.clear();
    world.event(Event::Urge { by: who(0) });
    assert!(world.told.contains(&(Told::Urged, who(2))) && !world.told.contains(&(Told::Urged, who(1))));
    world.event(Event::Decide { task: world.task(2), by: who(2), yes: true, text: String::new(), signed: false });
    world.pass(1);
    world.event(Event::Urge { by: who(0) });
    world.pass(9);
    assert_eq!(world.try_event(Event::Urge { by: who(0) }), Err(Refusal::Enough));
    world.yes(1);
    assert_eq!(world.try_event(Event::Urge { by: who(0) }), Err(Refusal::Enough), "nobody is urged there at all");
}

#[test]
fn copies_and_words_reach_others_without_an_answer() {
    let mut world = at_second();
    world.event(Event::Copy { by: who(3), to: vec![who(5)] });
    world.event(Event::Discuss { by: who(3), to: vec![who(1)], text: text() });
    assert!(world.told.contains(&(Told::Copied, who(5))) && world.told.contains(&(Told::Spoken, who(1))));
    assert_eq!(world.open(), [3]);
    let empty = Event::Discuss { by: who(3), to: Vec::new(), text: String::new() };
    assert_eq!(world.try_event(empty), Err(Refusal::NoReason));
}

#[test]
fn who_leaves_is_followed_by_somebody() {
    let mut world = three();
    world.yes(0);
    world.event(Event::HandOver { from: who(1), to: who(7), step: None, by: None });
    assert_eq!(world.open(), [2, 7]);
    // By somebody who is asked already: once is enough.
    world.event(Event::HandOver { from: who(7), to: who(2), step: None, by: None });
    assert_eq!(world.open(), [2]);
    world.yes(2);
    assert_eq!(world.open(), [3]);
}

#[test]
fn administrators_jump_end_and_revive_with_a_reason() {
    let mut world = at_second();
    let jump = |to: &str, text: &str| Event::Jump { by: who(9), to: to.to_owned(), text: text.to_owned() };
    assert_eq!(world.try_event(jump("first", "")), Err(Refusal::NoReason));
    assert_eq!(world.try_event(jump("nowhere", "x")), Err(Refusal::Unknown("step")));
    world.event(jump("first", "x"));
    assert_eq!(world.open(), [1, 2]);
    world.event(Event::Terminate { by: who(9), text: text() });
    assert_eq!(world.outcome(), Some("terminated"));
    assert_eq!(world.try_event(jump("first", "x")), Err(Refusal::Ended));
    world.event(Event::Revive { by: who(9), to: "second".to_owned(), text: text() });
    assert_eq!((world.open(), world.case.state), (vec![3], State::Running));
    world.yes(3);
    assert_eq!((world.outcome(), world.ends), (Some("done"), 2));
}

#[test]
fn a_case_goes_by_other_steps_where_it_can() {
    let world = at_second();
    assert_eq!(crate::blocked(&world.process, &world.case), None);
    let mut other = world.process.clone();
    other.steps.insert(1, approval("more", Some("first"), Way::Any));
    assert_eq!(crate::blocked(&other, &world.case), None);
    other.steps.retain(|step| step.name.as_str() != "second");
    assert_eq!(crate::blocked(&other, &world.case), Some("second".to_owned()));
    other.steps.push(end("second"));
    assert_eq!(crate::blocked(&other, &world.case), Some("second".to_owned()));
    // Where it goes back to afterwards has to be there too.
    let mut returned = at_second();
    returned.back(3, Back::First, true).unwrap();
    other.steps.retain(|step| step.name.as_str() != "second");
    assert_eq!(crate::blocked(&other, &returned.case), Some("second".to_owned()));
}

#[test]
fn a_case_rests() {
    let mut world = at_second();
    world.event(Event::Rest { by: who(9), text: text() });
    assert_eq!(world.try_decide(3, true), Err(Refusal::Resting));
    world.event(Event::Resume { by: who(9) });
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn a_step_allows_what_it_says() {
    let strict = Asked { allow: vec![Operation::Transfer], ..asked(vec![group(Way::All)]) };
    let steps = vec![form("fill", Some("check")), ask("check", None, strict)];
    let mut world = World::new(steps).with("fill", &[0]).with("check", &[1]).begin();
    world.yes(0);
    assert_eq!(world.back(1, Back::First, false), Err(Refusal::NotAllowed));
    assert_eq!(world.try_event(add(&world, 1, &[2], Place::After)), Err(Refusal::NotAllowed));
    let task = world.task(1);
    let delegate = Event::Delegate { task, by: who(1), to: who(2), text: text() };
    assert_eq!(world.try_event(delegate), Err(Refusal::NotAllowed));
    assert_eq!(world.try_event(Event::Transfer { task, by: who(1), to: who(2), text: text() }), Ok(()));
}

#[test]
fn a_task_handed_to_whoever_has_it_stays_theirs() {
    let mut world = three();
    world.yes(0);
    let same = Event::HandOver { from: who(1), to: who(1), step: None, by: Some(who(9)) };
    assert_eq!(world.try_event(same), Err(Refusal::Already));
    assert_eq!(world.open(), [1, 2]);
}

#[test]
fn a_vote_handed_to_another_of_its_group_is_theirs_once_and_counts() {
    let mut world = three();
    world.yes(0);
    world.event(Event::HandOver { from: who(1), to: who(2), step: None, by: Some(who(9)) });
    assert_eq!(world.open(), [2], "nobody is asked twice");
    assert_eq!(world.places(), ["first"], "and nothing passes without an answer");
    world.yes(2);
    assert_eq!(world.open(), [3]);
}

#[test]
fn what_is_handed_over_at_one_step_stays_at_the_others() {
    let steps = vec![
        split("both", "met", &["left", "right"]),
        approval("left", Some("met"), Way::All),
        approval("right", Some("met"), Way::All),
        join("met", Some("done"), None),
        end("done"),
    ];
    let mut world = World::new(steps).with("left", &[1]).with("right", &[1]).begin();
    let step = Some("left".to_owned());
    world.event(Event::HandOver { from: who(1), to: who(7), step, by: Some(who(9)) });
    assert_eq!(world.open(), [1, 7]);
}

#[test]
fn a_vote_handed_to_its_own_delegate_is_answered_by_them() {
    let steps = vec![approval("check", Some("done"), Way::All), end("done")];
    let mut world = World::new(steps).with("check", &[1]).begin();
    let task = world.task(1);
    world.event(Event::Delegate { task, by: who(1), to: who(5), text: text() });
    assert_eq!(world.open(), [5]);
    world.event(Event::HandOver { from: who(1), to: who(5), step: None, by: Some(who(9)) });
    assert_eq!((world.open(), world.outcome()), (vec![5], None));
    world.yes(5);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn a_vote_of_one_group_is_not_given_up_for_one_of_another() {
    let steps = vec![ask("check", Some("done"), asked(vec![group(Way::All), group(Way::All)])), end("done")];
    let mut world = World::new(steps);
    world.groups("check", &[&[1], &[2]]);
    let mut world = world.begin();
    world.event(Event::HandOver { from: who(1), to: who(2), step: None, by: Some(who(9)) });
    assert_eq!(world.open(), [2, 2]);
    world.yes(2);
    assert_eq!(world.outcome(), None, "each group needs its own answer");
    world.yes(2);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn whoever_started_it_is_left_out_of_what_is_handed_over_and_of_who_answers_instead() {
    let left_out = || Asked { starter: crate::Starter::LeftOut, ..asked(vec![group(Way::All)]) };
    let steps = || vec![ask("check", Some("done"), left_out()), end("done")];
    let mut world = World::new(steps()).with("check", &[1]).begin();
    let over = Event::HandOver { from: who(1), to: who(STARTER), step: None, by: Some(who(9)) };
    assert_eq!(world.try_event(over), Err(Refusal::Starter));
    assert_eq!(world.open(), [1]);

    let mut world = World::new(steps());
    world.instead = vec![who(STARTER), who(GUARD)];
    let world = world.begin();
    assert_eq!(world.open(), [GUARD]);
    let mut world = World::new(steps());
    world.instead = vec![who(STARTER)];
    assert_eq!(world.try_event(Event::Start), Err(Refusal::Nobody("check".to_owned())));
}

#[test]
fn a_word_nobody_waits_for_is_refused_to_whoever_says_it() {
    let mut world = three();
    let said = |by| Event::Signal { name: "go".to_owned(), by };
    assert_eq!(world.try_event(said(Some(who(9)))), Err(Refusal::Unknown("word")));
    world.event(said(None));
    world.event(Event::Rest { by: who(9), text: text() });
    assert_eq!(world.try_event(said(Some(who(9)))), Err(Refusal::Resting));
}

#[test]
fn a_step_is_gone_back_to_as_it_was_outside_of_paths_that_have_met() {
    let steps = vec![
        form("fill", Some("one")),
        approval("one", Some("fork"), Way::All),
        split("fork", "met", &["one?", "two"]),
        approval("two", Some("met"), Way::All),
        join("met", Some("last"), None),
        approval("last", Some("done"), Way::All),
        end("done"),
    ];
    let mut world = World::new(steps).with("fill", &[0]).with("one", &[1]).with("two", &[2]).with("last", &[3]).begin();
    world.yes(0);
    world.yes(1);
    assert_eq!(world.open(), [2]);
    // It was among the paths once, put there by somebody; they have met since.
    world.event(Event::Jump { by: who(9), to: "fork".to_owned(), text: text() });
    world.yes(2);
    world.back(3, Back::Step("one".to_owned()), false).unwrap();
    assert_eq!(world.open(), [1]);
    assert!(world.case.tokens.iter().all(|token| token.fork.is_none()));
}
