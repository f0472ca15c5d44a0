//! The demo: made once, opened afterwards, and never mistaken for whole when it is not.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use renxin_hospital_group::{behaviour, people::Employee};

use crate::{
    on_both,
    support::{Database, Place, Served},
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
    everything_opens(&mut served);
    the_examples_hold(&mut served);
}

/// Every page of the menu opens for whoever has it in theirs.
fn everything_opens(served: &mut Served) {
    let mut opened = BTreeSet::new();
    for login in ["e0130", "e0123", "e0255", "e0112", "e0111", "e0276"] {
        served.sign_in(login, "loam-demo");
        let (status, home) = served.page("/");
        assert_eq!(status, 200, "{home}");
        let home = home.replace("&#x2f;", "/");
        let pages: BTreeSet<&str> =
            home.split("href=\"/p/").skip(1).filter_map(|rest| rest.split(['"', '?']).next()).collect();
        assert!(pages.len() > 10, "{login}: {pages:?}");
        for page in pages {
            let (status, text) = served.page(&format!("/p/{page}"));
            assert_eq!(status, 200, "{login}: {page}: {text}");
            opened.insert(page.to_owned());
        }
    }
    for page in
        ["milestones", "post-map", "scorecards", "growth", "executive-board", "health", "effects", "renewal-board"]
    {
        assert!(opened.contains(page), "{page} is in nobody's menu: {opened:?}");
    }
}

fn quarter(served: &Served, term: &str) -> String {
    served.get(&format!("/terms/{term}/series?grain=year&from=2025&to=2025"))["items"][0]["value"].to_string()
}

/// The worked examples that the sample organisation carries.
fn the_examples_hold(served: &mut Served) {
    served.sign_in("e0255", "loam-demo");
    let expected = [
        ("decision_share", "68"),
        ("decision_cited_share", "76"),
        ("interview_minutes", "22"),
        ("interview_specificity", "89"),
        ("dispute_rate", "7.2"),
        ("sop_complaint_rate", "3.7"),
        ("unified_rate", "99.7"),
        ("account_match_rate", "98"),
    ];
    for (term, value) in expected {
        assert_eq!(quarter(served, term), value, "{term}");
    }
    let one = |path: &str| served.get(path)["items"][0].clone();
    let filter = |entity: &str, filter: &str| {
        let encoded: String = filter
            .bytes()
            .map(
                |byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") },
            )
            .collect();
        format!("/{entity}?limit=200&filter={encoded}")
    };
    // No post is without measures.
    let posts = served.get(&filter("organisation/post", "kpi_count > 0"));
    assert_eq!(posts["items"].as_array().unwrap().len(), 30);
    // A line of a scorecard says what its term says.
    let agent = one(&filter("organisation/person", "code == \"E0256\""))["id"].as_str().unwrap().to_owned();
    let line = filter("performance-management/score_item", "scorecard.person.code == \"E0256\" && weight == 35");
    assert_eq!(one(&line)["value"].to_string(), "83.34");
    // Three trials are more than 45 days late, and of the one that was handed on the days are shared.
    let late = served.get(&filter("performance-management/milestone", "state == \"very_late\""));
    assert_eq!(late["items"].as_array().unwrap().len(), 3, "{late}");
    // The radar beside the agents of the centre, worked out a second time from the rows.
    let (_, file) = served.page(&format!("/r/person/{agent}?tab=abilities"));
    for share in radar(256) {
        assert!(file.contains(&format!("{share} points")), "{share}: {file}");
    }
}

/// The axes of an agent's radar, as people read them.
fn radar(number: u16) -> Vec<String> {
    let agents: Vec<Employee> =
        Employee::of_centre(1).filter(|agent| agent.post() == Employee::numbered(number).post()).collect();
    let mut counts: BTreeMap<(Employee, u8), u32> = BTreeMap::new();
    for event in behaviour::events().filter(|event| agents.contains(&event.receiver)) {
        *counts.entry((event.receiver, event.tag)).or_default() += 1;
    }
    let of = |agent: Employee, tag: u8| counts.get(&(agent, tag)).copied().unwrap_or(0);
    let axis = |tag: u8| {
        let mut all: Vec<u32> = agents.iter().map(|agent| of(*agent, tag)).collect();
        all.sort_unstable();
        let most = all[(all.len() * 9).div_ceil(10) - 1];
        let share = f64::from(of(Employee::numbered(number), tag) * 100) / f64::from(most);
        let text = format!("{:.1}", share.min(100.0));
        text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
    };
    (1..=8).map(axis).collect()
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
