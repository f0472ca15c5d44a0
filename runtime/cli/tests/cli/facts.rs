//! What the business systems of the sample organisation say, delivered as files and asked for through the API: the golden
//! totals of its specification, and a second delivery that changes nothing.

use std::fmt::Write as _;

use renxin_hospital_group::{facts, people::Employee};
use serde_json::Value;

use crate::{
    on_both,
    support::{Place, Served, repository},
};

on_both!(the_golden_totals_hold_and_a_second_delivery_changes_nothing);

/// A file of an entity: its columns, and its rows as text.
fn file(columns: &str, rows: impl Iterator<Item = String>) -> String {
    rows.fold(format!("{columns}\n"), |mut text, row| {
        writeln!(text, "{row}").unwrap();
        text
    })
}

/// Delivers a file; answers how many rows were new, different and the same.
fn deliver(place: &Place, entity: &str, text: &str) -> (u64, u64, u64) {
    let name = format!("{entity}.csv");
    place.write(&name, text);
    let report = place.fine(&["import", entity, &name, "--format", "json"]).json();
    let count = |name: &str| report[name].as_u64().unwrap();
    (count("created"), count("updated"), count("unchanged"))
}

fn numbers(served: &Served, entity: &str, measures: &str, filter: &str) -> Vec<Value> {
    let path = format!("/performance-management/{entity}/aggregate?measures={measures}&filter={filter}");
    let answer = served.get(&path);
    measures.split(',').map(|measure| answer["items"][0][measure].clone()).collect()
}

fn the_golden_totals_hold_and_a_second_delivery_changes_nothing(place: &Place) {
    let app = repository().join("templates/performance-management");
    place.fine(&["apply", app.to_str().unwrap(), "--yes"]);
    let people = Employee::all().map(|employee| format!("{employee},{}", employee.name()));
    assert_eq!(deliver(place, "person", &file("code,name", people)).0, 2_150);

    let visits = facts::visits().map(|row| format!("{},{},{}", row.doctor, row.date, row.visits));
    assert_eq!(deliver(place, "visit_day", &file("person,day,visits", visits)), (24_480, 0, 0));
    let months =
        facts::monthly_visits().map(|row| format!("{},{}-{:02},{}", row.doctor, row.year, row.month, row.visits));
    assert_eq!(deliver(place, "visit_month", &file("person,month,visits", months)), (8_568, 0, 0));
    let calls = facts::calls().map(|row| format!("{},{},{},{}", row.agent, row.date, row.calls, row.solved));
    assert_eq!(deliver(place, "call_day", &file("person,day,calls,solved", calls)), (13_680, 0, 0));
    let critical = facts::critical_values().flat_map(|day| {
        let (who, date) = (day.technician, day.date);
        (1..).zip(day.minutes).map(move |(number, minutes): (u32, _)| format!("{who},{date},{number},{minutes}"))
    });
    assert_eq!(deliver(place, "critical_value", &file("person,day,number,minutes", critical)), (28_008, 0, 0));
    // People write what the columns are called, too.
    let report = |row: facts::Reports| format!("{},{},{},{}", row.employee, row.date, row.issued, row.rework);
    let reports = file("人员,日期,出具报告数,返修次数", facts::reports().map(report));
    assert_eq!(deliver(place, "report_day", &reports), (52_560, 0, 0));
    assert_eq!(deliver(place, "report_day", &reports), (0, 0, 52_560));

    let added = place.fed(&["user", "add", "hr", "--role", "hr", "--stdin"], "correct horse\n");
    assert_eq!(added.code, 0, "{}", added.err);
    let mut served = place.serve(&["serve"]);
    served.sign_in("hr", "correct horse");
    assert_eq!(numbers(&served, "report_day", "count,sum(issued)", ""), [52_560, 1_575_441]);
    assert_eq!(numbers(&served, "visit_day", "count,sum(visits)", ""), [24_480, 522_345]);
    assert_eq!(numbers(&served, "call_day", "sum(solved),sum(calls)", ""), [514_369, 616_403]);
    assert_eq!(numbers(&served, "critical_value", "count,max(minutes)", ""), [28_008, 42]);
    let year = |months: &str| numbers(&served, "visit_month", "sum(visits)", months)[0].as_u64().unwrap();
    assert_eq!(year("month%20%3C%20%222025-01%22"), 2_176_111);
    assert_eq!(year("month%20%3E%3D%20%222025-01%22") + 522_345, 2_153_740);

    // One row was wrong where it comes from: it comes again, and nothing else changes.
    let before = numbers(&served, "report_day", "sum(issued),sum(rework)", "");
    let corrected: Vec<facts::Reports> = facts::corrections().map(|correction| correction.corrected).collect();
    let text = file("person,day,issued,rework", corrected.iter().map(|row| report(*row)));
    assert_eq!(deliver(place, "report_day", &text), (0, 1, 0));
    let after = numbers(&served, "report_day", "sum(issued),sum(rework)", "");
    assert_eq!(after[0], before[0]);
    assert_eq!(after[1].as_u64(), before[1].as_u64().map(|rework| rework - 2));
}
