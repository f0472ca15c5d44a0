//! The planted cases of the sample organisation, delivered as files in and out of order, twice, and corrected: exactly the
//! alerts that its specification asks for, and no other.

use std::{collections::BTreeSet, fmt::Write as _};

use jiff::civil::date;
use model::Value;
use policy::{Bin, List};
use renxin_hospital_group::{
    assignments,
    load::{Cell, Row, Tier, tables},
    people::Employee,
};

use crate::{
    on_both,
    support::{Place, repository},
};

on_both!(the_planted_cases_give_exactly_their_alerts);

/// Whom the cases are about: P1 to P5, V1, N1 to N4, P6.
const CASES: [u16; 11] = [640, 470, 130, 1150, 1830, 1660, 810, 980, 1320, 1490, 214];

/// They, some colleagues of each, the radiology of two centres, and everybody who leads one of them.
fn people() -> BTreeSet<String> {
    let mut chosen: BTreeSet<Employee> =
        CASES.into_iter().flat_map(|number| number - 1..=number + 1).map(Employee::numbered).collect();
    chosen.extend((1..=2).flat_map(|centre| (103..=116).map(move |place| Employee::in_centre(centre, place))));
    let mut open: Vec<Employee> = chosen.iter().copied().collect();
    while let Some(employee) = open.pop() {
        let days = [date(2025, 10, 1), date(2025, 12, 31)];
        for lead in days.into_iter().filter_map(|day| assignments::manager_on(employee, day)) {
            if chosen.insert(lead) {
                open.push(lead);
            }
        }
    }
    chosen.into_iter().map(|employee| employee.to_string()).collect()
}

/// A row as a line of a file, its columns in this order.
fn line(row: &Row, columns: &[&str], chosen: &BTreeSet<String>) -> String {
    let cell = |name: &&str| {
        let found = row.fields.iter().find(|(field, _)| field == name).map(|(_, cell)| cell);
        match found {
            None => String::new(),
            Some(Cell::Value(Value::Text(text))) => text.clone(),
            Some(Cell::Value(Value::Int(number))) => number.to_string(),
            Some(Cell::Value(Value::Bool(flag))) => flag.to_string(),
            Some(Cell::Value(Value::Date(day))) => day.to_string(),
            Some(Cell::Reference { entity: "person", key }) if !chosen.contains(key) => String::new(),
            Some(Cell::Reference { key, .. }) => key.clone(),
            Some(other) => panic!("{name}: {other:?}"),
        }
    };
    columns.iter().map(cell).collect::<Vec<_>>().join(",")
}

/// The rows of an entity that are about the chosen people, as they come first or as they are corrected.
fn rows(entity: &str, update: bool, chosen: &BTreeSet<String>) -> Vec<Row> {
    let table = tables(Tier::Demo, date(2026, 11, 23)).find(|table| table.entity == entity && table.update == update);
    let about = |row: &Row| {
        row.fields.iter().all(|(field, cell)| match cell {
            Cell::Reference { key, .. } if *field == "person" => chosen.contains(key),
            _ => true,
        })
    };
    table.unwrap().rows.filter(about).collect()
}

fn deliver(place: &Place, entity: &str, columns: &[&str], lines: &[String]) -> (u64, u64) {
    let mut text = format!("{}\n", columns.join(","));
    for line in lines {
        writeln!(text, "{line}").unwrap();
    }
    let name = format!("{entity}.csv");
    place.write(&name, text);
    let report = place.fine(&["import", entity, &name, "--format", "json"]).json();
    let count = |name: &str| report[name].as_u64().unwrap();
    (count("created"), count("updated"))
}

/// Does what is left to be done, and tells the alerts there are: whom each is about, its level and state, when it opened and
/// closed, and who looks after it.
fn alerts(place: &Place) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        let engine = place.data().open().await.unwrap();
        while engine.turn("test").await.unwrap() > 0 {}
        let actor = engine.system();
        let app = &actor.edition.app;
        let alert = app.entity_named("alert").unwrap().id;
        let paths = ["rule", "person.code", "unit.code", "level", "state", "opened", "closed", "recipient.code"];
        let list = List {
            entity: alert,
            columns: paths.iter().map(|path| app.path(alert, path).unwrap()).collect(),
            filter: formula::Predicate::always(),
            within: formula::Predicate::always(),
            search: None,
            sort: Vec::new(),
            limit: 1_000,
            after: None,
            bin: Bin::Outside,
            export: false,
        };
        let page = engine.query(&actor, list).await.unwrap();
        let shown = |value: &Value| match value {
            Value::Null => "-".to_owned(),
            Value::Text(text) => text.clone(),
            Value::Date(day) => day.strftime("%m-%d").to_string(),
            other => panic!("{other:?}"),
        };
        let mut told: Vec<String> =
            page.rows.iter().map(|row| row.values.iter().map(shown).collect::<Vec<_>>().join(" ")).collect();
        told.sort();
        engine.store().close().await;
        told
    })
}

/// The alerts once everything is there as it was first delivered.
pub(crate) const EXPECTED: [&str; 8] = [
    "critical_value_alert E0214 - red resolved 11-20 11-24 E0213",
    "maintenance_alert - RX-02-FS red resolved 11-30 12-07 E0383",
    "report_rework_alert E0130 - yellow resolved 11-18 11-20 E0123",
    "report_rework_alert E0470 - yellow resolved 11-13 11-15 E0463",
    "report_rework_alert E0640 - yellow resolved 11-12 11-15 E0633",
    "report_rework_alert E1150 - red resolved 12-03 12-09 E1143",
    "report_rework_alert E1660 - yellow resolved 11-12 11-15 E1653",
    "report_rework_alert E1830 - yellow resolved 11-13 11-15 E1993",
];

fn the_planted_cases_give_exactly_their_alerts(place: &Place) {
    let app = repository().join("templates/performance-management");
    let app = app.to_str().unwrap();
    place.fine(&["apply", app, "--yes"]);
    let chosen = people();
    let all = |entity: &str, update: bool, columns: &[&str]| -> Vec<String> {
        let kept = rows(entity, update, &chosen);
        let kept = kept.iter().filter(|row| entity != "person" || chosen.contains(&row.key));
        kept.map(|row| line(row, columns, &chosen)).collect()
    };
    let category = ["code", "name"];
    deliver(place, "post_category", &category, &all("post_category", false, &category));
    let post = ["code", "name", "category"];
    deliver(place, "post", &post, &all("post", false, &post));
    let person = ["code", "name", "active"];
    deliver(place, "person", &person, &all("person", false, &person));
    let unit = ["code", "name", "kind", "parent"];
    let heads = rows("unit", true, &chosen);
    let units = rows("unit", false, &chosen);
    let units: Vec<String> = units
        .iter()
        .map(|row| {
            let head = heads.iter().find(|head| head.key == row.key).map(|head| line(head, &["head"], &chosen));
            format!("{},{}", line(row, &unit, &chosen), head.unwrap_or_default())
        })
        .collect();
    deliver(place, "unit", &["code", "name", "kind", "parent", "head"], &units);
    let assignment = ["person", "unit", "post", "manager", "valid_from", "valid_to"];
    deliver(place, "assignment", &assignment, &all("assignment", false, &assignment));

    let report = ["person", "day", "issued", "rework"];
    let reports = all("report_day", false, &report);
    let critical = ["person", "day", "number", "minutes"];
    let maintenance = ["person", "due_on", "due", "done"];
    // The newest days come first, and then the others in no order.
    let mut late = reports.clone();
    late.sort_by_key(|line| std::cmp::Reverse(line.split(',').nth(1).map(str::to_owned)));
    let (first, rest) = late.split_at(late.len() / 3);
    deliver(place, "report_day", &report, first);
    deliver(place, "critical_value", &critical, &all("critical_value", false, &critical));
    let before = alerts(place);
    assert_eq!(before, EXPECTED[..1]);
    let (one, two): (Vec<_>, Vec<_>) = (0..).zip(rest.to_vec()).partition(|(at, _): &(usize, String)| at % 2 == 0);
    for part in [two, one] {
        let lines: Vec<String> = part.into_iter().map(|(_, line)| line).collect();
        deliver(place, "report_day", &report, &lines);
    }
    let (made, _) = deliver(place, "maintenance_check", &maintenance, &all("maintenance_check", false, &maintenance));
    assert_eq!(made, 2 * 13 * 12);
    assert_eq!(alerts(place), EXPECTED);

    // Everything once more changes nothing.
    assert_eq!(deliver(place, "report_day", &report, &reports), (0, 0));
    assert_eq!(alerts(place), EXPECTED);

    // What is rehearsed is what was raised.
    let days = ["--from", "2025-10-01", "--to", "2025-12-31", "--format", "json"];
    let rehearsed = |rule: &str| {
        let said = place.fine(&[&["rehearse", app, rule][..], &days].concat()).json();
        let alerts = said["alerts"].as_array().unwrap().iter().map(|alert| {
            format!("{} {} {}", alert["level"].as_str().unwrap(), alert["opened"].as_str().unwrap(), alert["closed"])
        });
        alerts.collect::<Vec<_>>()
    };
    assert_eq!(rehearsed("maintenance_alert"), ["red 2025-11-30 \"2025-12-07\""]);
    assert_eq!(rehearsed("critical_value_alert"), ["red 2025-11-20 \"2025-11-24\""]);
    assert_eq!(rehearsed("report_rework_alert").len(), 6);
    let wrong = place.refused(&["rehearse", app, "report_rework_alrt"]);
    assert!(wrong.err.contains("there is no rule `report_rework_alrt`; did you mean `report_rework_alert`?"));

    // The laboratory corrects one day: that alert never was, and nothing else changes.
    assert_eq!(deliver(place, "report_day", &report, &all("report_day", true, &report)), (0, 1));
    let voided = EXPECTED.map(|alert| match alert.contains("E1660") {
        true => alert.replace("resolved", "void"),
        false => alert.to_owned(),
    });
    assert_eq!(alerts(place), voided);
}
