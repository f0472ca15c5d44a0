//! Whatever comes, in whatever order: nothing panics, nothing hangs, and a case ends once.

use proptest::prelude::*;

use super::support::*;
use crate::{
    Asked, Back, Claim, Event, Group, Nobody, Over, Place, Starter, State, TaskState, Told, WaitFor, Way, case::At,
};

/// A process with every kind of step.
fn everything() -> World {
    let first = Asked {
        timers: vec![timer(Over::Remind), timer(Over::HandTo(Vec::new())), timer(Over::Return)],
        again_passes: true,
        ..asked(vec![group(Way::InTurn), Group { decisive: true, ..group(Way::Any) }])
    };
    let shared = Asked {
        rejected: Some(name("fill")),
        starter: Starter::LeftOut,
        nobody: Nobody::Pass,
        timers: vec![timer(Over::Pass)],
        ..asked(vec![Group { claim: Claim::First, ..group(Way::Any) }])
    };
    let vote = Asked { in_turn: true, ..asked(vec![group(Way::Share(50)), group(Way::Count(2))]) };
    let steps = vec![
        form("fill", Some("first")),
        ask("first", Some("some"), first),
        split("some", "meet", &["shared?", "vote?", "tell", "inner?"]),
        ask("shared", Some("meet"), shared),
        ask("vote", Some("meet"), vote),
        notify("tell", Some("wait")),
        wait("wait", Some("either"), WaitFor::Signal(name("go")), Some("gone")),
        either("either", Some("meet"), WaitFor::Signal(name("go")), (WaitFor::Record(always()), "gone")),
        end("gone"),
        split("inner", "in", &["each", "time", "in", "deep"]),
        sub("each", Some("in"), true),
        wait("time", Some("in"), WaitFor::Time(when()), None),
        split("deep", "dug", &["dug", "time"]),
        join("dug", Some("in"), Some(1)),
        passing("in", Some("meet"), 2),
        join("meet", Some("which"), None),
        choose("which", &["fill?", "last"]),
        approval("last", Some("mark"), Way::All),
        set("mark", Some("done")),
        end("done"),
    ];
    let mut world = World::new(steps).with("fill", &[0]).with("shared", &[0, 2, 3]).with("last", &[1, 4]);
    world.groups("first", &[&[1, 2], &[3]]);
    world.groups("vote", &[&[1, 2, 5], &[3, 4, 6]]);
    world.begin()
}

#[derive(Debug, Clone)]
struct Act {
    what: u8,
    person: u32,
    other: u32,
    task: u32,
    flag: bool,
    hours: i64,
    holds: [bool; 4],
}

fn act() -> impl Strategy<Value = Act> {
    (0_u8..26, 0_u32..8, 0_u32..8, 0_u32..60, any::<bool>(), 0_i64..3, any::<[bool; 4]>()).prop_map(
        |(what, person, other, task, flag, hours, holds)| Act { what, person, other, task, flag, hours, holds },
    )
}

fn event(world: &World, act: &Act) -> Event {
    let open = |task: &&crate::Task| task.state == TaskState::Open;
    let tasks: Vec<(u32, model::UserId)> =
        world.case.tasks.iter().filter(open).map(|task| (task.number, task.who)).collect();
    // Mostly what can be done, sometimes anything.
    let (task, by) = match tasks.get(act.task as usize % tasks.len().max(1)) {
        Some(found) if act.hours != 2 => *found,
        _ => (act.task, who(act.person)),
    };
    let (to, text, step) = (who(act.other), "x".to_owned(), act.task as usize % world.process.steps.len());
    let step = world.process.steps[step].name.to_string();
    let token = world.case.tokens.get(act.task as usize % world.case.tokens.len().max(1)).map_or(0, |t| t.number);
    let place = [Place::Before, Place::Beside, Place::After][act.person as usize % 3];
    let back = [Back::First, Back::Previous, Back::Step(step.clone())][act.person as usize % 3].clone();
    match act.what {
        0..=8 => Event::Decide { task, by, yes: act.what != 8, text, signed: true },
        9 => Event::Return { task, by, to: back, resume: act.flag, text },
        10 => Event::TakeBack { task: act.task, by: who(act.person) },
        11 => Event::Transfer { task, by, to, text },
        12 => Event::Delegate { task, by, to, text },
        13 => Event::AddSigner { task, by, who: vec![to], place, text },
        14 => Event::RemoveSigner { task: act.task, by: who(act.person) },
        15 => Event::Claim { task, by },
        16 => Event::Unclaim { task, by },
        17 => Event::HandOver { from: who(act.person), to, step: None, by: None },
        18 => Event::Signal { name: "go".to_owned(), by: None },
        19 => Event::CaseEnded { token },
        20 => Event::Ready { token, which: usize::from(act.flag) },
        21 => Event::Jump { by, to: step, text },
        22 if act.flag => Event::Rest { by, text },
        22 => Event::Resume { by },
        23 => Event::Revive { by, to: step, text },
        24 if act.flag && act.hours == 0 => Event::Terminate { by, text },
        24 => Event::Urge { by },
        _ => Event::Moved { token, dues: vec![Some(world.now); 3] },
    }
}

fn check(world: &World, before: u32, act: &Act) {
    let case = &world.case;
    let lively = case.state != State::Ended;
    assert_eq!(lively, !case.tokens.is_empty(), "{act:?}: {case:?}");
    for token in &case.tokens {
        assert_ne!(token.at, At::Arriving);
        if token.at == At::Asking {
            let open = case.tasks.iter().filter(|task| Some(task.visit) == token.visit);
            assert!(open.clone().any(|task| task.state == TaskState::Open), "{act:?}: nobody is asked: {case:?}");
            // Each group has its own answer, and whoever looks first for another gives none.
            let asked = |task: &crate::Task| (task.who, task.group, task.part == crate::Part::Delegate);
            let mut people: Vec<_> = open.filter(|task| !task.state.is_over()).map(asked).collect();
            let all = people.len();
            people.sort_unstable();
            people.dedup();
            assert_eq!(people.len(), all, "somebody is asked twice: {case:?}");
        }
        assert!(token.fork.is_none_or(|fork| case.forks.iter().any(|known| known.number == fork)), "{case:?}");
    }
    for task in case.tasks.iter().filter(|task| !task.state.is_over()) {
        assert!(case.token_of(task.visit).is_some(), "{act:?}: a task of nowhere: {case:?}");
    }
    assert!(world.ends <= before + 1, "it ended twice");
    assert!(!lively || case.tasks.len() < 100_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_events_breaks_a_case(acts in proptest::collection::vec(act(), 1..60)) {
        let mut world = everything();
        let mut revived = 0;
        for act in &acts {
            world.holds.insert("some", act.holds.to_vec());
            world.holds.insert("which", vec![act.flag, false]);
            let before = world.ends;
            let event = event(&world, act);
            let revives = matches!(event, Event::Revive { .. });
            let kept = world.case.clone();
            if world.try_event(event).is_ok() {
                revived += u32::from(revives);
            } else {
                prop_assert_eq!(&kept, &world.case);
            }
            check(&world, before, act);
            let before = world.ends;
            world.pass(act.hours);
            check(&world, before, act);
        }
        let ended = u32::from(world.case.state == State::Ended);
        prop_assert_eq!(world.ends, revived + ended);
        let told = world.told.iter().filter(|(what, _)| *what == Told::Ended).count();
        prop_assert_eq!(told, world.ends as usize);
    }
}
