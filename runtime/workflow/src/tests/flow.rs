//! Ways a case goes.

use jiff::SignedDuration;

use super::support::*;
use crate::{Back, Event, Refusal, WaitFor, Way};

#[test]
fn steps_follow_one_another() {
    let mut world =
        World::new(vec![form("fill", Some("check")), approval("check", Some("done"), Way::Any), end("done")])
            .with("fill", &[0])
            .with("check", &[1])
            .begin();
    assert_eq!((world.open(), world.places()), (vec![0], vec!["fill"]));
    world.yes(0);
    assert_eq!(world.open(), [1]);
    world.yes(1);
    assert_eq!(world.outcome(), Some("done"));
    assert_eq!(world.trail, ["start", "submit", "approve", "end"]);
    assert_eq!(world.try_event(Event::Start), Err(Refusal::Ended));
}

#[test]
fn parallel_paths_meet() {
    let steps = vec![
        split("both", "meet", &["a", "b"]),
        approval("a", Some("meet"), Way::Any),
        approval("b", Some("meet"), Way::Any),
        join("meet", Some("done"), None),
        end("done"),
    ];
    let mut world = World::new(steps).with("a", &[1]).with("b", &[2]).begin();
    assert_eq!(world.open(), [1, 2]);
    world.yes(2);
    assert_eq!(world.places(), ["a"]);
    world.yes(1);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn the_first_of_parallel_paths_suffices() {
    let steps = vec![
        split("both", "meet", &["a", "b"]),
        approval("a", Some("meet"), Way::Any),
        approval("b", Some("meet"), Way::Any),
        join("meet", Some("c"), Some(1)),
        approval("c", None, Way::Any),
    ];
    let mut world = World::new(steps).with("a", &[1]).with("b", &[2]).with("c", &[3]).begin();
    world.yes(2);
    assert_eq!((world.open(), world.places()), (vec![3], vec!["c"]));
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn so_many_of_the_parallel_paths_suffice() {
    let steps = vec![
        split("three", "meet", &["a", "b", "c"]),
        approval("a", Some("meet"), Way::Any),
        approval("b", Some("meet"), Way::Any),
        approval("c", Some("meet"), Way::Any),
        join("meet", Some("d"), Some(2)),
        approval("d", None, Way::Any),
    ];
    let mut world = World::new(steps).with("a", &[1]).with("b", &[2]).with("c", &[3]).with("d", &[4]).begin();
    world.yes(3);
    assert_eq!(world.open(), [1, 2]);
    world.yes(1);
    assert_eq!(world.open(), [4], "the third is given up");
    world.yes(4);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn the_other_paths_go_on_and_come_to_nothing_where_they_meet() {
    let steps = || {
        vec![
            form("plan", Some("three")),
            split("three", "meet", &["a", "b", "c"]),
            approval("a", Some("meet"), Way::Any),
            approval("b", Some("meet"), Way::Any),
            approval("c", Some("meet"), Way::Any),
            passing("meet", Some("d"), 1),
            approval("d", Some("done"), Way::Any),
            end("done"),
        ]
    };
    let begun = || {
        let world = World::new(steps()).with("plan", &[0]).with("a", &[1]).with("b", &[2]).with("c", &[3]);
        let mut world = world.with("d", &[4]).begin();
        world.yes(0);
        world.yes(2);
        world
    };
    let mut world = begun();
    assert_eq!(world.open(), [1, 3, 4], "the others go on");
    world.yes(1);
    assert_eq!(world.open(), [3, 4], "and their coming does nothing");
    // Before their paths parted the case is no longer theirs to send back.
    assert_eq!(world.back(3, Back::First, false), Err(Refusal::NeverThere));
    world.yes(4);
    assert_eq!((world.outcome(), world.open()), (None, vec![3]), "it ends with the last of them");
    world.yes(3);
    assert_eq!((world.outcome(), world.ends), (Some("done"), 1));
    // What is sent back from behind the join is done anew, by all.
    let mut world = begun();
    world.back(4, Back::First, false).unwrap();
    assert_eq!((world.open(), world.case.forks.len()), (vec![0], 0));
    world.yes(0);
    assert_eq!(world.open(), [1, 2, 3]);
    // An end of everything and a no end them too.
    let mut world = begun();
    world.no(4);
    assert_eq!((world.outcome(), world.open()), (Some("rejected"), vec![]));
}

#[test]
fn outer_paths_wait_for_those_that_go_on_within() {
    let steps = vec![
        split("outer", "out", &["inner", "a"]),
        split("inner", "in", &["in", "b"]),
        approval("b", Some("in"), Way::Any),
        passing("in", Some("out"), 1),
        approval("a", Some("out"), Way::Any),
        join("out", Some("done"), None),
        end("done"),
    ];
    let mut world = World::new(steps).with("a", &[1]).with("b", &[2]).begin();
    assert_eq!(world.open(), [1, 2]);
    world.yes(1);
    assert_eq!((world.outcome(), world.open()), (None, vec![2]));
    world.yes(2);
    assert_eq!((world.outcome(), world.ends), (Some("done"), 1));
}

#[test]
fn paths_that_come_to_one_step_each_go_through_it() {
    let steps = vec![
        split("both", "meet", &["a", "b"]),
        approval("a", Some("c"), Way::Any),
        approval("b", Some("c"), Way::Any),
        approval("c", Some("meet"), Way::Any),
        join("meet", Some("done"), None),
        end("done"),
    ];
    let mut world = World::new(steps).with("a", &[1]).with("b", &[2]).with("c", &[3]).begin();
    world.yes(1);
    assert_eq!(world.open(), [2, 3]);
    world.yes(3);
    assert_eq!((world.open(), world.outcome()), (vec![2], None));
    world.yes(2);
    assert_eq!(world.open(), [3], "asked again, about the other path");
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn of_several_conditions_those_that_hold_are_taken() {
    let steps = || {
        vec![
            split("some", "meet", &["a?", "b?", "c?", "d"]),
            approval("a", Some("meet"), Way::Any),
            approval("b", Some("meet"), Way::Any),
            approval("c", Some("meet"), Way::Any),
            approval("d", Some("meet"), Way::Any),
            join("meet", Some("done"), None),
            end("done"),
        ]
    };
    let with = |world: World| world.with("a", &[1]).with("b", &[2]).with("c", &[3]).with("d", &[4]);
    let mut world = with(World::new(steps())).holding("some", &[true, false, true, false]).begin();
    assert_eq!(world.open(), [1, 3]);
    world.yes(1);
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));
    let world = with(World::new(steps())).holding("some", &[false; 4]).begin();
    assert_eq!(world.open(), [4]);
}

#[test]
fn a_choice_takes_the_first_path_that_holds() {
    let steps = || vec![choose("which", &["a?", "b?", "c"]), end("a"), end("b"), end("c")];
    assert_eq!(World::new(steps()).holding("which", &[true, true, false]).begin().outcome(), Some("a"));
    assert_eq!(World::new(steps()).holding("which", &[false, true, false]).begin().outcome(), Some("b"));
    assert_eq!(World::new(steps()).holding("which", &[false, false, false]).begin().outcome(), Some("c"));
    let mut none = World::new(vec![choose("which", &["a?"]), end("a")]).holding("which", &[false]);
    assert_eq!(none.try_event(Event::Start), Err(Refusal::NoPath("which".to_owned())));
}

#[test]
fn paths_within_paths_meet_where_they_belong() {
    let steps = vec![
        split("outer", "out", &["a", "inner"]),
        approval("a", Some("out"), Way::Any),
        split("inner", "in", &["b", "c"]),
        approval("b", Some("in"), Way::Any),
        approval("c", Some("in"), Way::Any),
        join("in", Some("d"), None),
        approval("d", Some("out"), Way::Any),
        join("out", Some("done"), None),
        end("done"),
    ];
    let mut world = World::new(steps).with("a", &[1]).with("b", &[2]).with("c", &[3]).with("d", &[4]).begin();
    assert_eq!(world.open(), [1, 2, 3]);
    world.yes(1);
    world.yes(2);
    assert_eq!(world.open(), [3]);
    world.yes(3);
    assert_eq!(world.open(), [4]);
    world.yes(4);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn a_path_may_end_before_the_others_meet() {
    let steps = vec![
        split("both", "meet", &["gone", "a"]),
        end("gone"),
        approval("a", Some("meet"), Way::Any),
        join("meet", Some("done"), None),
        end("done"),
    ];
    let mut world = World::new(steps).with("a", &[1]).begin();
    world.yes(1);
    assert_eq!(world.outcome(), Some("done"));
    // And all of them may: then the case is over without meeting.
    let steps = vec![split("both", "meet", &["x", "y"]), end("x"), end("y"), join("meet", Some("x"), None)];
    assert_eq!(World::new(steps).begin().outcome(), Some("y"));
    // A path that leads straight to the join waits for the others.
    let steps = vec![
        split("both", "meet", &["meet", "a"]),
        approval("a", Some("meet"), Way::Any),
        join("meet", Some("done"), None),
        end("done"),
    ];
    let mut world = World::new(steps).with("a", &[1]).begin();
    assert_eq!(world.outcome(), None);
    world.yes(1);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn an_end_of_everything_ends_the_other_paths() {
    let whole = at("stop", None, crate::StepKind::End { outcome: name("stopped"), whole: true });
    let steps = vec![
        split("both", "meet", &["a", "b"]),
        approval("a", Some("stop"), Way::Any),
        approval("b", Some("meet"), Way::Any),
        whole,
        join("meet", None, None),
    ];
    let mut world = World::new(steps).with("a", &[1]).with("b", &[2]).begin();
    world.yes(1);
    assert_eq!((world.outcome(), world.open()), (Some("stopped"), vec![]));
    assert_eq!(world.ends, 1);
}

#[test]
fn a_circle_with_somebody_in_it_goes_round_and_one_without_is_refused() {
    let steps = vec![approval("a", Some("which"), Way::Any), choose("which", &["a?", "done"]), end("done")];
    let mut world = World::new(steps).with("a", &[1]).holding("which", &[true, false]).begin();
    world.yes(1);
    world.yes(1);
    world.holds.insert("which", vec![false, false]);
    world.yes(1);
    assert_eq!(world.outcome(), Some("done"));
    let mut round = World::new(vec![set("a", Some("b")), set("b", Some("a"))]);
    assert!(matches!(round.try_event(Event::Start), Err(Refusal::Circle(_))));
    assert!(round.case.tokens.is_empty(), "nothing of it is left");
}

#[test]
fn waiting_ends_with_a_word_or_with_what_is_so_or_is_given_up() {
    let until = |until| vec![wait("wait", Some("done"), until, Some("late")), end("done"), end("late")];
    let mut world = World::new(until(WaitFor::Signal(name("paid")))).begin();
    world.event(Event::Signal { name: "other".to_owned(), by: None });
    assert_eq!(world.places(), ["wait"]);
    world.event(Event::Signal { name: "paid".to_owned(), by: None });
    assert_eq!(world.outcome(), Some("done"));

    let mut world = World::new(until(WaitFor::Record(always()))).begin();
    let token = world.case.tokens[0].number;
    world.event(Event::Ready { token, which: 0 });
    assert_eq!(world.outcome(), Some("done"));
    let mut world = World::new(until(WaitFor::Record(always())));
    world.ready.push("wait");
    assert_eq!(world.begin().outcome(), Some("done"));

    let mut world = World::new(until(WaitFor::Signal(name("paid")))).begin();
    world.pass(2);
    assert_eq!(world.outcome(), Some("late"));
}

#[test]
fn waiting_ends_with_the_first_of_several_and_each_leads_where_it_says() {
    let steps = || {
        let paid = WaitFor::Signal(name("paid"));
        let gone = (WaitFor::Record(always()), "gone");
        vec![either("wait", Some("done"), paid, gone), end("done"), end("gone")]
    };
    let mut world = World::new(steps()).begin();
    let token = world.case.tokens[0].number;
    world.event(Event::Ready { token, which: 0 });
    world.event(Event::Ready { token, which: 7 });
    assert_eq!(world.places(), ["wait"], "nothing of that kind is waited for");
    let mut other = World::new(steps()).begin();
    world.event(Event::Signal { name: "paid".to_owned(), by: None });
    assert_eq!(world.outcome(), Some("done"));
    other.event(Event::Ready { token, which: 1 });
    assert_eq!(other.outcome(), Some("gone"));
    // What is so already when the case comes there.
    assert_eq!(World::new(steps()).holding("wait", &[true]).begin().outcome(), Some("gone"));
    // Words that lead apart.
    let words = (WaitFor::Signal(name("no")), "gone");
    let steps = vec![either("wait", Some("done"), WaitFor::Signal(name("yes")), words), end("done"), end("gone")];
    let mut world = World::new(steps).begin();
    world.event(Event::Signal { name: "no".to_owned(), by: None });
    assert_eq!(world.outcome(), Some("gone"));
}

#[test]
fn waiting_for_a_moment_ends_with_it() {
    let steps = vec![wait("wait", Some("done"), WaitFor::Time(when()), None), end("done")];
    let mut world = World::new(steps).begin();
    assert_eq!(world.outcome(), None);
    world.pass(1);
    assert_eq!(world.outcome(), Some("done"));
}

#[test]
fn a_step_waits_for_the_cases_it_began_or_does_not() {
    let mut world = World::new(vec![sub("each", Some("done"), true), end("done")]).begin();
    let token = world.case.tokens[0].number;
    world.event(Event::CaseEnded { token });
    assert_eq!(world.outcome(), None);
    world.event(Event::CaseEnded { token });
    assert_eq!(world.outcome(), Some("done"));
    assert_eq!(World::new(vec![sub("each", Some("done"), false), end("done")]).begin().outcome(), Some("done"));
    // Of several so many may suffice; of fewer, those there are.
    for (need, cases, ends) in [(1, 2, 1), (2, 3, 2), (3, 2, 2)] {
        let mut steps = vec![sub("each", Some("done"), true), end("done")];
        if let crate::StepKind::Sub(sub) = &mut steps[0].kind {
            sub.need = Some(need);
        }
        let mut world = World::new(steps);
        world.cases = cases;
        let mut world = world.begin();
        for _ in 0..ends {
            assert_eq!(world.outcome(), None);
            world.event(Event::CaseEnded { token });
        }
        assert_eq!(world.outcome(), Some("done"));
    }
    let mut none = World::new(vec![sub("each", Some("done"), true), end("done")]);
    none.cases = 0;
    assert_eq!(none.begin().outcome(), Some("done"));
}

#[test]
fn a_call_is_answered_once_or_goes_another_way() {
    let steps = |failed| vec![call("ask", Some("done"), failed), end("done"), end("odd")];
    let answer = |world: &World, failed: Option<&str>| {
        let token = world.case.tokens.first().cloned().unwrap();
        let at = token.dues[0].at.unwrap();
        Event::Answered { token: token.number, at, failed: failed.map(str::to_owned) }
    };
    let mut world = World::new(steps(None)).begin();
    assert_eq!((world.places(), world.timers.len()), (vec!["ask"], 1));
    // An answer to another call comes to nothing, and so does a timer, which no call has.
    let Event::Answered { token, at, .. } = answer(&world, None) else { unreachable!() };
    world.event(Event::Answered { token, at: at + SignedDuration::from_secs(1), failed: None });
    world.event(Event::Ready { token, which: 0 });
    assert_eq!(world.places(), ["ask"]);
    // Where nothing else follows from a failure it waits on, and an answer may come yet.
    world.event(answer(&world, Some("no")));
    assert_eq!(world.places(), ["ask"]);
    let answered = answer(&world, None);
    world.event(answered.clone());
    assert_eq!(
        (world.outcome(), world.trail.clone()),
        (Some("done"), vec!["start", "call-failed", "call", "end"].into_iter().map(str::to_owned).collect())
    );
    world.event(answered);

    let mut world = World::new(steps(Some("odd"))).begin();
    world.event(answer(&world, Some("no")));
    assert_eq!(world.outcome(), Some("odd"));
    // It goes on while the case rests, as other cases do.
    let mut world = World::new(steps(None)).begin();
    let answered = answer(&world, None);
    world.event(Event::Rest { by: who(9), text: "stop".to_owned() });
    world.event(answered);
    assert_eq!(world.places(), Vec::<&str>::new());
}

#[test]
fn people_are_told_and_records_written_on_the_way() {
    let world = World::new(vec![set("mark", Some("tell")), notify("tell", None)]).begin();
    assert_eq!(world.outcome(), Some("done"));
    assert_eq!(world.trail, ["start", "write", "notify", "end"]);
    assert!(world.told.contains(&(crate::Told::Copied, who(STARTER))));
}

#[test]
fn a_case_that_rests_still_goes_on_when_the_cases_it_waits_for_end() {
    let steps = vec![
        split("fork", "met", &["each", "two"]),
        sub("each", Some("met"), true),
        set("two", Some("met")),
        join("met", Some("last"), None),
        approval("last", Some("done"), Way::All),
        end("done"),
    ];
    let mut world = World::new(steps).with("last", &[3]).begin();
    let token = world.case.tokens[0].number;
    world.event(Event::Rest { by: who(9), text: "stop".to_owned() });
    world.event(Event::CaseEnded { token });
    world.event(Event::CaseEnded { token });
    assert_eq!(world.places(), ["last"]);
    world.event(Event::Resume { by: who(9) });
    world.yes(3);
    assert_eq!(world.outcome(), Some("done"));
}
