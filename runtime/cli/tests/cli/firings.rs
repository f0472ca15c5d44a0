//! What a rule would have done before it is published: one that follows changes, and one that has a time.

use jiff::ToSpan as _;
use serde_json::json;

use crate::{on_both, support::Place};

on_both!(a_rule_is_rehearsed_over_what_people_did);

const FINISHED: &str = r#"label: {zh-CN: 完成后复查, en: Finished}
trigger: {change: task}
condition: status == "done"
actions:
  - create: {entity: task, values: {title: title}}
"#;

const DAILY: &str = r#"label: {zh-CN: 每日, en: Daily}
trigger: {schedule: {for: task, at: '00:00'}}
condition: status == "open"
actions:
  - create: {entity: task, values: {title: title}}
"#;

fn a_rule_is_rehearsed_over_what_people_did(place: &Place) {
    place.with_app();
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    let made = |title: &str| {
        let (status, answer) = served.send("POST", "/time-off/task", Some(&json!({"title": title})));
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    };
    let (roof, wall) = (made("roof"), made("wall"));
    for (id, status) in [(&roof, "done"), (&roof, "open"), (&roof, "done"), (&wall, "open")] {
        let (code, answer) = served.send("PATCH", &format!("/time-off/task/{id}"), Some(&json!({"status": status})));
        assert_eq!(code, 200, "{answer}");
    }
    drop(served);
    // What the command line brings in sets no rule off, which is said.
    place.write("more.csv", "title,status\nfence,done\n");
    place.fine(&["import", "task", "more.csv"]);
    place.write("time-off/rules/finished.yaml", FINISHED);
    place.write("time-off/rules/daily.yaml", DAILY);

    // An id begins with the millisecond at which it was made.
    let made = i64::from_str_radix(roof.replace('-', "").get(..12).unwrap(), 16).unwrap();
    let today = jiff::Timestamp::from_millisecond(made).unwrap().to_zoned_datetime(jiff::tz::TimeZone::UTC).date();
    let day = |days: i64| today.checked_add(days.days()).unwrap().to_string();
    let (from, to) = (day(-2), day(2));
    let range = ["--from", &from, "--to", &to];
    let rehearsed =
        |rule: &str, more: &[&str]| place.fine(&[&["rehearse", "time-off", rule][..], &range, more].concat());
    let said = rehearsed("finished", &["--format", "json"]).json();
    assert_eq!((&said["fired"], &said["unclear"], &said["cut"]), (&json!(3), &json!(0), &json!(false)), "{said}");
    let firings = said["firings"].as_array().unwrap();
    let told: Vec<_> = firings.iter().map(|one| (one["name"].as_str().unwrap(), one["platform"] == true)).collect();
    assert_eq!(told, [("roof", false), ("roof", false), ("fence", true)]);
    assert_eq!(firings[0]["would"], json!([{"create": "task", "each": null}]));
    assert_eq!((&firings[0]["record"], &firings[0]["since"]), (&json!(roof), &json!(null)));
    let text = rehearsed("finished", &["--as", "anna"]).out;
    for part in ["`finished` would have acted 3 times", " roof: make one of `Task`", "(by the platform"] {
        assert!(text.contains(part), "{part}: {text}");
    }

    // None of these was there yet at midnight.
    let said = rehearsed("daily", &["--format", "json"]).json();
    assert_eq!((&said["fired"], said["occasions"].as_array().map(Vec::is_empty)), (&json!(0), Some(false)), "{said}");
    let wrong = place.refused(&[&["rehearse", "time-off", "finish"][..], &range].concat());
    assert!(wrong.err.contains("there is no rule `finish`"), "{}", wrong.err);
    let (from, to) = (day(0), day(-1));
    let wrong = place.refused(&["rehearse", "time-off", "finished", "--from", &from, "--to", &to]);
    assert!(wrong.err.contains("days between them"), "{}", wrong.err);
}
