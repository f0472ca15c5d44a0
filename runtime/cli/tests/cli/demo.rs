//! The demo: made once, opened afterwards, and never mistaken for whole when it is not.

use std::time::{Duration, Instant};

use crate::{
    on_both,
    support::{Database, Place},
};

on_both!(the_demo_is_made_once);

const DEMO: [&str; 4] = ["demo", "--tier", "tiny", "--no-serve"];

fn the_demo_is_made_once(place: &Place) {
    let said = place.fine(&DEMO);
    assert!(said.err.contains("made in"), "{}", said.err);
    assert!(said.out.contains("loam-demo") && said.out.contains("e0130"), "{}", said.out);
    let begun = Instant::now();
    let said = place.fine(&DEMO);
    assert!(!said.err.contains("making"), "{}", said.err);
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert_eq!(place.fine(&["export", "person", "--fields", "code"]).out.lines().count(), 171);

    let mut served = place.serve(&["demo"]);
    served.sign_in("e0130", "loam-demo");
    let own = served.get("/performance-management/objective?filter=owner%20==%20actor.person");
    assert!(own["items"].as_array().is_some_and(|items| !items.is_empty()), "{own}");
}

#[test]
fn what_was_left_unfinished_is_made_anew() {
    let place = Place::new(Database::Sqlite);
    place.write("data/loam.sqlite.unfinished", "not even a database");
    place.write("data/loam.sqlite.unfinished-wal", "nor its log");
    place.fine(&DEMO);
    assert!(!place.path("data/loam.sqlite.unfinished").exists());
    assert!(!place.path("data/loam.sqlite.unfinished-wal").exists());
}

#[test]
fn another_app_is_not_taken_for_the_demo() {
    let place = Place::new(Database::Sqlite);
    place.with_app();
    let said = place.refused(&DEMO);
    assert!(said.err.contains("holds `time-off`, not the demo"), "{}", said.err);
}
