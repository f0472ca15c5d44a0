//! The demo: made once, opened afterwards, and never mistaken for whole when it is not.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use renxin_hospital_group::{behaviour, people::Employee};

use crate::{
    alerts, on_both,
    support::{Database, Place, Served},
};

on_both!(
    the_demo_is_made_once,
    what_was_killed_half_way_is_never_taken_for_whole,
    without_a_word_loam_shows_the_whole_group
);

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
    every_tile_leads_to_rows_that_make_it(&mut served);
}

/// `loam`, as `cargo run --release` runs it: all 2,150 people, ready to click.
fn without_a_word_loam_shows_the_whole_group(place: &Place) {
    let mut served = place.serve_bare();
    served.sign_in("e0130", "loam-demo");
    let (status, home) = served.page("/");
    assert_eq!(status, 200, "{home}");
    assert_eq!(place.fine(&["export", "person", "--fields", "code"]).out.lines().count(), 2151);
    exactly_the_planted_alerts_are_raised(place, &mut served);
    // Months make the year of which the fourth quarter came by days too, and no visit counts twice.
    assert_eq!(quarter(&served, "outpatient_visits"), "2153740");
    assert_eq!(quarter(&served, "outpatient_visits_daily"), "522345");
}

/// All rows of the group give the planted alerts and no other. What was corrected on the 14th of November is in the demo from the
/// beginning, so nothing was raised there that would have to be taken back.
fn exactly_the_planted_alerts_are_raised(place: &Place, served: &mut Served) {
    const LEFT: &str =
        "SELECT CAST(count(*) AS TEXT) FROM loam_outbox WHERE state = 'pending' AND kind = 'record.changed'";
    let begun = Instant::now();
    // Much is left to be looked at when the demo has just been made.
    while place.sql(LEFT) != ["0"] {
        assert!(begun.elapsed() < Duration::from_secs(300), "changes of records are still to be looked at");
        std::thread::sleep(Duration::from_millis(500));
    }
    served.sign_in("e0021", "loam-demo");
    let code = |entity: &str, id: &serde_json::Value| match id.as_str() {
        Some(id) => served.get(&format!("/organisation/{entity}/{id}"))["code"].as_str().unwrap().to_owned(),
        None => "-".to_owned(),
    };
    let found = served.get("/performance-management/alert?limit=200");
    let mut told: Vec<String> = Vec::new();
    for alert in found["items"].as_array().unwrap() {
        let word = |field: &str| alert[field].as_str().unwrap_or("-");
        let day = |field: &str| word(field).trim_start_matches("2025-").to_owned();
        let (person, unit) = (code("person", &alert["person"]), code("unit", &alert["unit"]));
        let (rule, level, state) = (word("rule"), word("level"), word("state"));
        let (opened, closed, recipient) = (day("opened"), day("closed"), code("person", &alert["recipient"]));
        told.push(format!("{rule} {person} {unit} {level} {state} {opened} {closed} {recipient}"));
    }
    told.sort();
    let expected: Vec<&str> = alerts::EXPECTED.into_iter().filter(|alert| !alert.contains("E1660")).collect();
    assert_eq!(told, expected);
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
    for page in [
        "milestones",
        "post-map",
        "posts-health",
        "scorecards",
        "growth",
        "executive-board",
        "health",
        "effects",
        "renewal-board",
    ] {
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
    // Nor was one last Sunday; and so many people each category had then, of the centre's 170.
    let day = one("/performance-management/post_week?sort=-taken_on&limit=1")["taken_on"].as_str().unwrap().to_owned();
    let then = format!("grain=day&from={day}&to={day}");
    for (term, value) in [("headcount", "170"), ("posts_measured", "100"), ("posts_valued", "100")] {
        let told = one(&format!("/terms/{term}/series?{then}"));
        assert_eq!(told["value"].as_f64(), value.parse().ok(), "{term}: {told}");
    }
    let told = served.get(&format!("/terms/headcount/series?{then}&group=category.code"));
    let told = told["items"].as_array().unwrap().iter();
    let mut told: Vec<_> = told.map(|one| (one["group"].to_string(), one["value"].as_f64())).collect();
    told.sort_by(|one, other| one.0.cmp(&other.0));
    let expected = [("clinical", 90.0), ("support", 38.0), ("technical", 42.0)];
    assert_eq!(told, expected.map(|(code, value)| (format!("\"{code}\""), Some(value))));
    // A line of a scorecard says what its term says.
    let agent = one(&filter("organisation/person", "code == \"E0256\""))["id"].as_str().unwrap().to_owned();
    let line = filter("performance-management/score_item", "scorecard.person.code == \"E0256\" && weight == 35");
    assert_eq!(one(&line)["value"].to_string(), "83.34");
    // Three trials are more than 45 days late, and of the one that was handed on the days are shared.
    let late = served.get(&filter("performance-management/milestone", "state == \"very_late\""));
    assert_eq!(late["items"].as_array().unwrap().len(), 3, "{late}");
    // What renewals that fell twice go together with, the largest loss first.
    let team = one(&filter("performance-management/sales_team", "code == \"T2\""))["id"].as_str().unwrap().to_owned();
    let drivers = served.get(&format!("/terms/renewal_rate/drivers?period=2025-Q4&subject={team}"));
    let causes = drivers["causes"].as_array().unwrap().iter();
    let causes: Vec<String> = causes.map(|one| format!("{} {} {}", one["name"], one["failing"], one["loss"])).collect();
    assert_eq!(causes, ["\"visits\" 40 12", "\"mentoring\" 20 0.75", "\"test\" 10 0.333333"], "{drivers}");
    // The radar beside the agents of the centre, worked out a second time from the rows.
    let (_, file) = served.page(&format!("/r/person/{agent}?tab=abilities"));
    for share in radar(256) {
        assert!(file.contains(&format!("{share} points")), "{share}: {file}");
    }
}

/// The twelve kinds: the term, somebody whose cockpit shows it, and the fields of its rows that make it.
const TWELVE: [(&str, &str, &str, &str); 12] = [
    ("outpatient_visits", "E0124", "visits", ""),
    ("reports_issued", "E0130", "issued", ""),
    ("report_rework", "E0130", "rework", ""),
    ("critical_value_response", "E0214", "minutes", "1"),
    ("maintenance_compliance", "E0214", "done", "due"),
    ("first_call_resolution", "E0256", "solved", "calls"),
    ("soothing_success", "E0256", "calmed", "attempts"),
    ("appointments_kept", "E0124", "kept", "booked"),
    ("praise_tickets", "E0124", "tickets", ""),
    ("training_completion", "E0124", "completed", "assigned"),
    ("suggestions_adopted", "E0276", "adopted", ""),
    ("second_complaints", "E0256", "second", "complaints"),
];

/// From the number on a tile of somebody's cockpit to the rows behind it, of which it is the sum, or the sum over the sum.
fn every_tile_leads_to_rows_that_make_it(served: &mut Served) {
    // The head of the centre opens those of its people.
    served.sign_in("e0111", "loam-demo");
    let mut cockpit = (String::new(), String::new());
    for (term, who, over, under) in TWELVE {
        if cockpit.0 != who {
            let found = served.get(&format!("/organisation/person?fields=id&filter=code%20%3D%3D%20%22{who}%22"));
            let id = found["items"][0]["id"].as_str().unwrap();
            let (status, page) = served.page(&format!("/p/cockpit?of={id}&lang=en"));
            assert_eq!(status, 200, "{who}: {page}");
            cockpit = (who.to_owned(), page.replace("&#x2f;", "/").replace("&amp;", "&"));
        }
        let link = format!("<p class=\"tile-value\"><a href=\"/dictionary/{term}/rows?");
        let rest =
            cockpit.1.split_once(&link).unwrap_or_else(|| panic!("{who} has no tile of {term}: {}", cockpit.1)).1;
        let (query, rest) = rest.split_once('"').unwrap();
        let text = rest.split_once('>').unwrap().1.split_once('<').unwrap().0;
        let shown: String = text.chars().filter(|c| c.is_ascii_digit() || *c == '.').collect();
        // The page it leads to says the same number.
        let (status, behind) = served.page(&format!("/dictionary/{term}/rows?{query}&lang=en"));
        assert!(status == 200 && behind.contains(text), "{term}: {text}: {behind}");
        let part = |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)).unwrap().to_owned();
        let fields = if under.len() > 1 { format!("{over},{under}") } else { over.to_owned() };
        let (period, of) = (part("period="), part("of="));
        let rows = served.get(&format!("/terms/{term}/rows?period={period}&subject={of}&limit=200&fields={fields}"));
        assert_eq!(rows["next"], serde_json::Value::Null, "{term}: all rows at once");
        let rows = rows["items"].as_array().unwrap().clone();
        let sum = |field: &str| rows.iter().map(|row| row[field].as_f64().unwrap()).sum::<f64>();
        let made = match under {
            "" => sum(over),
            "1" => sum(over) / f64::from(u32::try_from(rows.len()).unwrap()),
            _ => sum(over) * 100.0 / sum(under),
        };
        let places = shown.split_once('.').map_or(0, |(_, rest)| rest.len());
        let off = (made - shown.parse::<f64>().unwrap()).abs() * 10_f64.powi(i32::try_from(places).unwrap());
        assert!(!rows.is_empty() && off < 0.500_001, "{term} of {who}: {made}, {text}, {query}");
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

/// Whether a demo that is being made has its app already, and so is on its way.
fn has_begun(place: &Place) -> bool {
    if place.data().database.is_some() {
        return !place.sql("SELECT tablename::text FROM pg_tables WHERE tablename = 'loam_definition'").is_empty()
            && place.sql("SELECT count(*)::text FROM loam_definition") == ["1"];
    }
    let size = |ending: &str| {
        let file = place.path(&format!("data/loam.sqlite.unfinished{ending}"));
        std::fs::metadata(file).map_or(0, |about| about.len())
    };
    size("") + size("-wal") > 1_000_000
}

fn what_was_killed_half_way_is_never_taken_for_whole(place: &Place) {
    let mut child = place.begin(&DEMO);
    let begun = Instant::now();
    while !has_begun(place) {
        assert!(begun.elapsed() < Duration::from_secs(120) && child.try_wait().unwrap().is_none());
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    if place.data().database.is_some() {
        // Of a database that is somebody else's nothing is removed.
        let said = place.refused(&DEMO);
        assert!(said.err.contains("did not get to its end; make that database anew"), "{}", said.err);
        return;
    }
    assert!(!place.path("data/loam.sqlite").exists());
    let said = place.fine(&DEMO);
    assert!(said.err.contains("made in"), "{}", said.err);
    for ending in ["", "-wal", "-shm"] {
        assert!(!place.path(&format!("data/loam.sqlite.unfinished{ending}")).exists(), "{ending}");
    }
    assert_eq!(place.fine(&["export", "person", "--fields", "code"]).out.lines().count(), 171);
}

#[test]
fn another_app_is_not_taken_for_the_demo() {
    let place = Place::new(Database::Sqlite);
    place.with_app();
    let said = place.refused(&DEMO);
    assert!(said.err.contains("holds `time-off`, not the demo"), "{}", said.err);
}
