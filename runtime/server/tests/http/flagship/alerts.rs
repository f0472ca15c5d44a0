//! Whom alerts of numbers are told: whoever heads the unit, when one is raised and once more when it becomes red.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{super::support::Client, APP, House, change, changed, found, page};

/// Two departments, each with whoever heads it, and the program that brings in what the systems of the house say.
async fn house() -> House {
    let mut house = House::open().await;
    house.post("P", "技师", "technical").await;
    for (unit, head) in [("RAD", "HEAD"), ("LAB", "OTHER")] {
        house.unit(unit, unit, None).await;
        house.person(head, unit, "P", None).await;
        house.heads(unit, head).await;
        house.acts(head, &["manager"]).await;
    }
    house.person("ANN", "RAD", "P", Some("HEAD")).await;
    house.person("BEN", "RAD", "P", Some("HEAD")).await;
    house.site.signed_in("feed", &["data_feed"]).await;
    house
}

/// Rows come in as another system sends them, and what follows from them is done.
async fn comes_in(house: &House, entity: &str, rows: Vec<Value>) {
    let feed = house.site.begun("feed").await;
    let answer = feed.post(&format!("{APP}/{entity}/import"), json!({"rows": rows})).await;
    assert_eq!(answer.status, StatusCode::OK, "{entity}: {}", answer.text());
    house.settle().await;
}

/// What somebody reported on a day, more of it sent back than is agreed.
fn reported(who: &str, day: &str) -> Value {
    json!({"person": who, "day": day, "issued": 25, "rework": 4})
}

/// How often somebody was told of a yellow, and of a red alert about a person or a unit.
async fn told(who: &Client, about: &str) -> [usize; 2] {
    let shown = page(who, "/notifications").await;
    let words = [format!("A Yellow alert for {about} "), format!("The alert for {about} is red ")];
    words.map(|words| shown.matches(&words).count())
}

#[tokio::test]
async fn an_alert_is_told_when_it_is_raised_and_once_more_when_it_becomes_red() {
    let mut house = house().await;
    // 1 December.
    house.days_pass(11).await;
    // The planted case P4, a day off in it, and a day more, which is as red as the one before.
    let mut today = 1;
    for (day, times) in [(1, [0, 0]), (2, [0, 0]), (3, [1, 0]), (4, [1, 0]), (6, [1, 1]), (8, [1, 1])] {
        house.days_pass(day - today).await;
        today = day;
        comes_in(&house, "report_day", vec![reported("ANN", &format!("2025-12-{day:02}"))]).await;
        assert_eq!(told(&house.again("HEAD").await, "ANN").await, times, "on the {day}th");
        assert_eq!(told(&house.again("OTHER").await, "ANN").await, [0, 0], "on the {day}th");
    }
    let head = house.again("HEAD").await;
    let alerts = found(&head, "alert", "true == true").await;
    let shown: Vec<_> = alerts.iter().map(|one| [&one["level"], &one["state"], &one["opened"]]).collect();
    assert_eq!(shown, [[&json!("red"), &json!("open"), &json!("2025-12-03")]]);
    let chinese = head.get("/notifications?lang=zh-CN").await;
    for words in ["ANN出现黄色预警", "ANN的预警已是红色"] {
        assert_eq!(chinese.text().matches(words).count(), 1, "{words}: {}", chinese.text());
    }
    // Both carry the days that led there, 4 of 25 on each, as a drawing and as the table that says the same.
    let notices = page(&head, "/notifications").await;
    assert_eq!(notices.matches("class=\"chart chart-line\"").count(), 2, "{notices}");
    assert_eq!(notices.matches("aria-label=\"Report rework rate\"").count(), 2, "{notices}");
    let evidence = alerts[0]["evidence"].as_array().unwrap();
    assert!(evidence.len() > 1 && evidence.iter().all(|one| one["value"] == "16"), "{evidence:?}");
    for (begins, ends) in [("<svg xmlns", "</svg>"), ("<details class=\"chart-table\">", "</details>")] {
        for told in notices.split(begins).skip(1).map(|rest| rest.split_once(ends).unwrap().0) {
            if told.contains("chart chart-line") || told.contains("<tbody>") {
                assert!(told.contains("16.00%") && told.contains("8.00%"), "{told}");
                assert!(told.matches("16.00%").count() >= evidence.len(), "{told}");
            }
        }
    }
    assert_eq!(notices.matches("<details class=\"chart-table\">").count(), 2, "{notices}");
}

#[tokio::test]
async fn what_is_red_from_the_beginning_is_told_once() {
    let house = house().await;
    let run: Vec<Value> = (10..=14).map(|day| reported("BEN", &format!("2025-11-{day}"))).collect();
    let critical = json!({"person": "ANN", "day": "2025-11-20", "number": 1, "minutes": 42});
    let left = |who: &str| json!({"person": who, "due_on": "2025-11-10", "due": 2, "done": 0});
    let (head, other) = (house.again("HEAD").await, house.again("OTHER").await);
    // All at once, and once more.
    for _ in 0..2 {
        comes_in(&house, "report_day", run.clone()).await;
        comes_in(&house, "critical_value", vec![critical.clone()]).await;
        comes_in(&house, "maintenance_check", vec![left("ANN"), left("BEN")]).await;
        for about in ["ANN", "BEN", "RAD"] {
            assert_eq!(told(&head, about).await, [0, 1], "{about}");
            assert_eq!(told(&other, about).await, [0, 0], "{about}");
        }
    }
}

#[tokio::test]
async fn what_was_acknowledged_while_it_was_yellow_is_told_when_it_becomes_red() {
    let house = house().await;
    let run = (10..=12).map(|day| reported("ANN", &format!("2025-11-{day}")));
    comes_in(&house, "report_day", run.collect()).await;
    let head = house.again("HEAD").await;
    assert_eq!(told(&head, "ANN").await, [1, 0]);
    let alert = found(&head, "alert", "waiting == true").await[0]["id"].as_str().unwrap().to_owned();
    changed(&head, "alert", &alert, json!({"state": "acknowledged"})).await;
    for (day, times) in [(13, [1, 0]), (14, [1, 1]), (15, [1, 1])] {
        comes_in(&house, "report_day", vec![reported("ANN", &format!("2025-11-{day}"))]).await;
        assert_eq!(told(&head, "ANN").await, times, "on the {day}th");
    }
}

/// How often somebody was told that an alert waits for more than so many working days.
async fn waits(who: &Client, days: u32) -> usize {
    page(who, "/notifications").await.matches(&format!("has waited for more than {days} working days")).count()
}

#[tokio::test]
async fn what_nobody_acknowledges_is_told_to_the_levels_above() {
    let mut house = House::open().await;
    house.post("P", "技师", "technical").await;
    house.unit("HQ", "HQ", None).await;
    house.unit("RAD", "RAD", Some("HQ")).await;
    house.person("CHIEF", "HQ", "P", None).await;
    house.person("DEAN", "HQ", "P", Some("CHIEF")).await;
    house.person("HEAD", "RAD", "P", Some("DEAN")).await;
    for code in ["ANN", "BEN"] {
        house.person(code, "RAD", "P", Some("HEAD")).await;
    }
    house.heads("RAD", "HEAD").await;
    for code in ["CHIEF", "DEAN", "HEAD", "BEN"] {
        house.acts(code, &["manager"]).await;
    }
    house.site.signed_in("feed", &["data_feed"]).await;
    // Both come in on Thursday 20 November; one is looked at, the other is not.
    let days = ["2025-11-10", "2025-11-11", "2025-11-12"];
    let rows = days.iter().flat_map(|day| ["ANN", "BEN"].map(|who| reported(who, day)));
    comes_in(&house, "report_day", rows.collect()).await;
    let head = house.again("HEAD").await;
    let alerts = found(&head, "alert", "waiting == true").await;
    let of = |who: &str| alerts.iter().find(|alert| alert["person"] == json!(house.id(who))).unwrap();
    assert_eq!((alerts.len(), &of("ANN")["raised_on"]), (2, &json!("2025-11-20")));
    let seen = of("BEN")["id"].as_str().unwrap().to_owned();
    changed(&head, "alert", &seen, json!({"state": "acknowledged"})).await;
    // Tuesday is the third working day, Wednesday the fourth; Friday the sixth, Monday the seventh.
    for (pass, dean, chief) in [(0, 0, 0), (5, 0, 0), (1, 1, 0), (2, 1, 0), (3, 1, 1), (1, 1, 1)] {
        house.days_are_done(&[pass]).await;
        let told = [waits(&house.again("DEAN").await, 3).await, waits(&house.again("CHIEF").await, 6).await];
        assert_eq!(told, [dean, chief], "after {pass} days more");
        assert_eq!(waits(&house.again("BEN").await, 3).await, 0);
    }
    // Whom it was told to sees it, with what led there, and changes nothing.
    let dean = house.again("DEAN").await;
    let waiting = found(&dean, "alert", "days_waiting > 3").await;
    assert_eq!(waiting.len(), 1, "{waiting:?}");
    let id = waiting[0]["id"].as_str().unwrap();
    assert_eq!(waiting[0]["person"], json!(house.id("ANN")));
    let list = page(&dean, "/p/alerts?view=unheeded").await.replace("&#x2f;", "/");
    assert!(list.contains(&format!("/r/alert/{id}")) && !list.contains(&format!("/r/alert/{seen}")), "{list}");
    let answer = change(&dean, "alert", id, json!({"state": "acknowledged"})).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
    assert!(found(&house.again("BEN").await, "alert", "true == true").await.is_empty());
    // Looked at at last, it waits no longer.
    changed(&house.again("HEAD").await, "alert", id, json!({"state": "acknowledged"})).await;
    assert!(found(&dean, "alert", "days_waiting > 0").await.is_empty());
}

#[tokio::test]
async fn every_value_of_the_evidence_leads_to_the_rows_that_made_it() {
    let house = house().await;
    let run = (10..=12).map(|day| reported("ANN", &format!("2025-11-{day}")));
    comes_in(&house, "report_day", run.collect()).await;
    let left = |who: &str| json!({"person": who, "due_on": "2025-11-10", "due": 2, "done": 0});
    comes_in(&house, "maintenance_check", vec![left("ANN"), left("BEN")]).await;
    let head = house.again("HEAD").await;
    let alerts = found(&head, "alert", "true == true").await;
    let of = |rule: &str| {
        let alert = alerts.iter().find(|alert| alert["rule"] == rule).unwrap_or_else(|| panic!("{rule}: {alerts:?}"));
        format!("/r/alert/{}", alert["id"].as_str().unwrap())
    };
    let plain = |shown: String| shown.replace("&#x2f;", "/").replace("&amp;", "&");
    let notices = plain(page(&head, "/notifications").await);
    let person = format!("&of={}", house.id("ANN"));
    let unit = format!("&by=person.unit&group={}", house.unit_id("RAD"));
    for (rule, term, period, about, value, rows) in [
        ("report_rework_alert", "report_rework_rate", "2025-11-12", &person, "16.00%", 1),
        ("maintenance_alert", "maintenance_compliance", "2025-W46", &unit, "0.00%", 2),
    ] {
        let link = format!("/dictionary/{term}/rows?period={period}{about}");
        let shown = plain(page(&head, &of(rule)).await);
        // On the alert, and where somebody is told of it.
        for place in [&shown, &notices] {
            assert!(place.contains(&format!("<a href=\"{link}\">{value}</a>")), "{link}: {place}");
        }
        let behind = page(&head, &link).await;
        assert!(behind.contains(&format!("<strong>{value}</strong>")), "{link}: {behind}");
        assert!(behind.contains(&format!("<dd>{rows} row")), "{link}: {behind}");
    }
    // Whoever reads the alert and not what it was measured from is told the value and shown no row.
    let auditor = house.site.signed_in("inspector", &["auditor"]).await;
    assert!(page(&auditor, &of("report_rework_alert")).await.contains("16.00%"));
    let link = format!("/dictionary/report_rework_rate/rows?period=2025-11-12{person}");
    let behind = page(&auditor, &link).await;
    assert!(!behind.contains("16.00%") && !behind.contains("data-label="), "{behind}");
}
