//! Past cases by other steps.

use super::support::*;
use crate::{
    Asked, Nobody, Refusal, WaitFor, Way,
    replay::{AskedAt, Past, PastAct, PastAnswer, Replay, Replayed, Stuck},
};

fn answer(hour: i64, step: &str, person: u32, what: PastAct) -> PastAnswer {
    let at = World::new(Vec::new()).now.checked_add(jiff::SignedDuration::from_hours(hour)).unwrap();
    PastAnswer { at, step: step.to_owned(), who: who(person), what }
}

fn past(answers: Vec<PastAnswer>) -> Past {
    let started = World::new(Vec::new()).now;
    Past { starter: who(STARTER), chosen: Vec::new(), started, answers, cut_off: false }
}

fn went(world: &World, past: Past) -> Replayed {
    let mut replay = Replay::new(&world.process, past);
    while let Some(wanted) = replay.wanted() {
        let facts = world.facts(&wanted.step);
        replay.learn(wanted.token, facts);
    }
    replay.end()
}

fn at(step: &str, people: &[u32]) -> AskedAt {
    AskedAt { step: step.to_owned(), who: people.iter().map(|n| who(*n)).collect() }
}

fn filled() -> Vec<PastAnswer> {
    vec![answer(1, "fill", 0, PastAct::Yes), answer(2, "check", 1, PastAct::Yes)]
}

fn steps() -> Vec<crate::Step> {
    vec![form("fill", Some("check")), approval("check", Some("done"), Way::All), end("done")]
}

#[test]
fn the_same_steps_come_to_the_same() {
    let world = World::new(steps()).with("fill", &[0]).with("check", &[1]);
    let found = went(&world, past(filled()));
    assert_eq!(found.asked, [at("check", &[1]), at("fill", &[0])]);
    assert_eq!((found.outcome.as_deref(), found.assumed.len(), found.stuck), (Some("done"), 0, None));
}

#[test]
fn a_new_step_is_taken_for_passed_and_others_say_what_was_said() {
    let steps = vec![
        form("fill", Some("legal")),
        approval("legal", Some("check"), Way::All),
        approval("check", Some("done"), Way::All),
        end("done"),
    ];
    let world = World::new(steps).with("fill", &[0]).with("legal", &[4, 5]).with("check", &[2]);
    let mut then = filled();
    then[1].what = PastAct::No;
    let found = went(&world, past(then));
    assert_eq!(found.asked, [at("check", &[2]), at("fill", &[0]), at("legal", &[4, 5])]);
    // Whoever is asked now said no then through somebody else.
    assert_eq!((found.outcome.as_deref(), found.assumed), (Some("rejected"), vec!["legal".to_owned()]));
}

#[test]
fn what_was_sent_back_comes_again() {
    let world = World::new(steps()).with("fill", &[0]).with("check", &[1]);
    let answers = vec![
        answer(1, "fill", 0, PastAct::Yes),
        answer(2, "check", 1, PastAct::Back("fill".to_owned())),
        answer(3, "fill", 0, PastAct::Yes),
        answer(4, "check", 1, PastAct::Yes),
    ];
    let found = went(&world, past(answers.clone()));
    assert_eq!(found.asked, [at("check", &[1]), at("check", &[1]), at("fill", &[0]), at("fill", &[0])]);
    assert_eq!(found.outcome.as_deref(), Some("done"));
    // Where it may not be sent back it goes on.
    let strict = Asked { allow: Vec::new(), ..asked(vec![group(Way::All)]) };
    let steps = vec![form("fill", Some("check")), ask("check", Some("done"), strict), end("done")];
    let world = World::new(steps).with("fill", &[0]).with("check", &[1]);
    let found = went(&world, past(answers));
    assert_eq!((found.outcome.as_deref(), found.assumed), (Some("done"), vec!["check".to_owned()]));
}

#[test]
fn where_it_would_hang_is_said() {
    let nobody = Asked { nobody: Nobody::Refuse, ..asked(vec![group(Way::All)]) };
    let steps = vec![form("fill", Some("check")), ask("check", Some("done"), nobody), end("done")];
    let mut world = World::new(steps).with("fill", &[0]);
    world.groups("check", &[&[]]);
    world.instead = Vec::new();
    let found = went(&world, past(filled()));
    assert_eq!(found.stuck, Some(Stuck::Refused(Refusal::Nobody("check".to_owned()))));
    assert_eq!(found.outcome, None);
    // Round and round, with somebody in the circle.
    let steps = vec![form("fill", Some("check")), approval("check", Some("fill"), Way::All)];
    let world = World::new(steps).with("fill", &[0]).with("check", &[1]);
    assert_eq!(went(&world, past(filled())).stuck, Some(Stuck::Round));
}

#[test]
fn waiting_is_over_at_once_and_what_was_cut_off_stays_so() {
    let steps = vec![
        form("fill", Some("word")),
        wait("word", Some("day"), WaitFor::Signal(name("go")), Some("done")),
        wait("day", Some("so"), WaitFor::Time(when()), None),
        wait("so", Some("check"), WaitFor::Record(always()), None),
        approval("check", Some("done"), Way::All),
        end("done"),
    ];
    let world = World::new(steps).with("fill", &[0]).with("check", &[1]);
    assert_eq!(went(&world, past(filled())).outcome.as_deref(), Some("done"));
    let withdrawn = Past { cut_off: true, ..past(filled()[..1].to_vec()) };
    let found = went(&world, withdrawn);
    assert_eq!((found.outcome, found.stuck, found.assumed.len()), (None, None, 0));
    assert_eq!(found.asked, [at("check", &[1]), at("fill", &[0])]);
}
