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
    // Months are delivered as a whole, those that came by days too.
    let months = facts::monthly_visits().chain(facts::visits_of_months()).map(month);
    assert_eq!(deliver(place, "visit_month", &file("person,month,visits", months)), (9_792, 0, 0));
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
    assert_eq!(numbers(&served, "visit_month", "count,sum(visits)", ""), [9_792, 2_176_111 + 2_153_740]);
    visits_count_once(place, &served);

    terms(place, &served);

    // One row was wrong where it comes from: it comes again, and nothing else changes.
    let before = numbers(&served, "report_day", "sum(issued),sum(rework)", "");
    let corrected: Vec<facts::Reports> = facts::corrections().map(|correction| correction.corrected).collect();
    let text = file("person,day,issued,rework", corrected.iter().map(|row| report(*row)));
    assert_eq!(deliver(place, "report_day", &text), (0, 1, 0));
    let after = numbers(&served, "report_day", "sum(issued),sum(rework)", "");
    assert_eq!(after[0], before[0]);
    assert_eq!(after[1].as_u64(), before[1].as_u64().map(|rework| rework - 2));
}

fn month(row: facts::MonthlyVisits) -> String {
    format!("{},{}-{:02},{}", row.doctor, row.year, row.month, row.visits)
}

/// The visits of months and years as their term says them, those of days as theirs, and what the two differ by.
fn visits_count_once(place: &Place, served: &Served) {
    let series = |term: &str, query: &str| served.get(&format!("/terms/{term}/series?{query}"))["items"].clone();
    let values = |term: &str, query: &str| -> Vec<String> {
        series(term, query).as_array().unwrap().iter().map(|item| item["value"].to_string()).collect()
    };
    let years = "grain=year&from=2024&to=2025";
    assert_eq!(values("outpatient_visits", years), ["2176111", "2153740"]);
    assert_eq!(values("outpatient_visits_daily", years), ["null", "522345"]);
    // In a month that came by days both say the same; one that did not is apart by all it has.
    let quarter = "grain=month&from=2025-10&to=2025-12";
    assert_eq!(values("outpatient_visits", quarter), values("outpatient_visits_daily", quarter));
    assert_eq!(values("outpatient_visits_apart", quarter), ["0", "0", "0"]);
    let before = "grain=month&from=2024-01&to=2025-09";
    assert_eq!(values("outpatient_visits_apart", before), values("outpatient_visits", before));
    assert_eq!(values("outpatient_visits_apart", "grain=year&from=2025&to=2025"), ["1631395"]);
    assert_eq!(values("outpatient_visits_apart", "grain=year&from=2023&to=2023"), ["null"]);
    // So it is for every doctor.
    let each = series("outpatient_visits_apart", "grain=quarter&from=2025-Q4&to=2025-Q4&group=person.code");
    let each = each.as_array().unwrap();
    assert!(!each.is_empty() && each.iter().all(|item| item["value"].as_f64() == Some(0.0)), "{each:?}");
    // A month that does not agree with its days is seen, and so is that it was put right.
    let right = facts::visits_of_months().find(|row| row.month == 11).unwrap();
    let wrong = facts::MonthlyVisits { visits: right.visits + 3, ..right };
    for (row, apart) in [(wrong, ["0", "3", "0"]), (right, ["0", "0", "0"])] {
        let text = file("person,month,visits", std::iter::once(month(row)));
        assert_eq!(deliver(place, "visit_month", &text), (0, 1, 0));
        assert_eq!(values("outpatient_visits_apart", quarter), apart);
    }
}

/// The facts of the first centre that were not delivered before.
fn deliver_the_rest(place: &Place) {
    let here = |employee: Employee| employee.place().is_some_and(|(centre, _)| centre == 1);
    let due = facts::maintenance().filter(|row| here(row.technician));
    let due = due.map(|row| format!("{},{},{},{}", row.technician, row.monday, row.due, row.done));
    deliver(place, "maintenance_check", &file("person,due_on,due,done", due));
    let upset = facts::soothing().filter(|row| here(row.agent));
    let upset = upset.map(|row| format!("{},{},{},{}", row.agent, row.date, row.attempts, row.attempts - row.failed));
    deliver(place, "soothing_day", &file("person,day,attempts,calmed", upset));
    let booked = facts::appointments().filter(|row| here(row.doctor));
    let booked = booked.map(|row| format!("{},{},{},{}", row.doctor, row.date, row.booked, row.booked - row.no_show));
    deliver(place, "appointment_day", &file("person,day,booked,kept", booked));
    let praise = facts::praise().filter(|row| here(row.employee));
    let praise = praise.map(|row| format!("{},2025-{:02},{}", row.employee, row.month, row.tickets));
    deliver(place, "praise_month", &file("person,month,tickets", praise));
    let training = facts::training().filter(|row| here(row.employee));
    let training = training.map(|row| format!("{},2025,{},{}", row.employee, row.assigned, row.completed));
    deliver(place, "training_year", &file("person,year,assigned,completed", training));
    let adopted = facts::suggestions().filter(|row| here(row.specialist));
    let adopted = adopted.map(|row| format!("{},2025-Q4,{}", row.specialist, row.adopted));
    deliver(place, "suggestion_quarter", &file("person,quarter,adopted", adopted));
    let again = facts::complaints().filter(|row| here(row.agent));
    let again = again.map(|row| format!("{},2025-{:02},{},{}", row.agent, row.month, row.complaints, row.second));
    deliver(place, "complaint_month", &file("person,month,complaints,second", again));
}

/// A term, somebody it is about, and the field that the rows behind it add up in.
const TWELVE: [(&str, &str, &str, &str); 12] = [
    ("K01", "outpatient_visits", "E0124", "visits"),
    ("K02", "reports_issued", "E0130", "issued"),
    ("K03", "report_rework", "E0130", "rework"),
    ("K04", "critical_value_response", "E0214", "minutes"),
    ("K05", "maintenance_compliance", "E0214", "done"),
    ("K06", "first_call_resolution", "E0256", "solved"),
    ("K07", "soothing_success", "E0256", "calmed"),
    ("K08", "appointments_kept", "E0124", "kept"),
    ("K09", "praise_tickets", "E0124", "tickets"),
    ("K10", "training_completion", "E0124", "completed"),
    ("K11", "suggestions_adopted", "E0276", "adopted"),
    ("K12", "second_complaints", "E0256", "second"),
];

/// The twelve kinds as terms: each is in the dictionary, and its rows add up to what it says.
fn terms(place: &Place, served: &Served) {
    deliver_the_rest(place);
    let id = |code: &str| {
        let path = format!("/organisation/person?fields=id&filter=code%20%3D%3D%20%22{code}%22");
        served.get(&path)["items"][0]["id"].as_str().unwrap().to_owned()
    };
    for (code, name, who, field) in TWELVE {
        let term = served.get(&format!("/terms/{name}"));
        assert_eq!((&term["code"], &term["status"]), (&code.into(), &"approved".into()), "{term}");
        let who = id(who);
        let series = served.get(&format!("/terms/{name}/series?grain=year&from=2025&to=2025&subject={who}"));
        let rows = served.get(&format!("/terms/{name}/rows?period=2025&subject={who}&limit=200&fields={field}"));
        let sum: i64 = rows["items"].as_array().unwrap().iter().map(|row| row[field].as_i64().unwrap()).sum();
        assert_eq!(series["items"][0]["numerator"], sum, "{name}: {series}");
    }
    let quarter = "grain=quarter&from=2025-Q4&to=2025-Q4";
    let of = |name: &str, more: &str| served.get(&format!("/terms/{name}/series?{quarter}{more}"))["items"][0].clone();
    let agent = of("first_call_resolution", &format!("&subject={}", id("E0256")));
    assert_eq!((&agent["numerator"], &agent["denominator"]), (&2_231.into(), &2_677.into()), "{agent}");
    assert_eq!((agent["value"].to_string(), agent["score"].to_string()), ("83.34".into(), "106.68".into()));
    let all = of("first_call_resolution", "");
    assert_eq!((&all["numerator"], &all["denominator"]), (&514_369.into(), &616_403.into()), "{all}");
    // Made from two others, and nothing where there is nothing to divide by.
    let rework = of("report_rework_rate", "");
    let parts = numbers(served, "report_day", "sum(rework),sum(issued)", "");
    let exact = parts[0].as_f64().unwrap() * 100.0 / parts[1].as_f64().unwrap();
    assert!((rework["value"].as_f64().unwrap() - exact).abs() < 0.005_1, "{rework}");
    assert_eq!(of("report_rework_rate", &format!("&subject={}", id("E0256")))["value"], Value::Null);
}
