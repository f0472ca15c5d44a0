//! The three gaps, and what performance management changed.

use axum::http::StatusCode;
use engine::Command;
use model::RecordId;
use serde_json::{Value, json};

use super::{
    super::support::{Client, form},
    House, changed, found, made, page, read, series,
};

async fn house() -> House {
    let mut house = House::open().await;
    house.unit("HQ", "集团", None).await;
    house.unit("CS", "客服部", Some("HQ")).await;
    house.post("P", "专员", "support").await;
    house.person("BOSS", "HQ", "P", None).await;
    house.person("ANN", "CS", "P", Some("BOSS")).await;
    house.heads("HQ", "BOSS").await;
    house
}

async fn cycle(house: &House) -> String {
    let cycle = json!({"code": "2025Q4", "name": "2025Q4", "starts": "2025-10-01", "ends": "2025-12-31"});
    let id = made(&house.hr, "cycle", cycle).await;
    changed(&house.hr, "cycle", &id, json!({"status": "running"})).await;
    id
}

#[tokio::test]
async fn three_gaps_are_numbers_units_and_people() {
    let mut house = house().await;
    let cycle = cycle(&house).await;
    // Somebody of human resources, who is leaving and is in no number: their own review would not be theirs to see.
    house.person("HRM", "HQ", "P", Some("BOSS")).await;
    house.set("person", &house.id("HRM"), json!({"active": false})).await;
    let hrm = house.acts("HRM", &["hr"]).await;
    // 870 of 1,000 goals serve one above; the group's own and drafts are in neither number.
    let goal = |level: &str, status: &str, parent: Option<&str>| {
        json!({
            "title": "提升首呼解决率", "cycle": cycle, "level": level, "status": status, "parent": parent,
            "owner": house.id("ANN"), "unit": (level == "group").then(|| house.unit_id("HQ")),
        })
    };
    let top = house.load("objective", vec![goal("group", "active", None)]).await[0].to_string();
    let mut goals: Vec<Value> = (0..870).map(|_| goal("person", "active", Some(&top))).collect();
    goals.extend((0..130).map(|_| goal("person", "aligned", None)));
    goals.extend((0..50).map(|_| goal("person", "draft", None)));
    house.load("objective", goals).await;
    // 1,290 of 2,150 people were told something within 30 days: lit, or commented on.
    let people = (0..2_148).map(|number| json!({"code": format!("X{number:04}"), "name": format!("员工{number}")}));
    let mut people = house.load("person", people.collect()).await;
    people.push(house.id("ANN").parse().unwrap());
    let tag = made(&house.hr, "competency_tag", json!({"code": "T1", "name": "担当精神"})).await;
    let lit = |receiver: &str, day: &str| json!({"giver": house.id("BOSS"), "receiver": receiver, "tags": [tag], "lit_on": day});
    let mut rows: Vec<Value> = people.iter().take(1_289).map(|id| lit(&id.to_string(), "2025-10-21")).collect();
    // Others too long ago, on the last Sunday and today.
    rows.extend(people.iter().skip(1_289).take(100).map(|id| lit(&id.to_string(), "2025-10-16")));
    house.load("behaviour_event", rows).await;
    let report = json!({
        "person": house.id("ANN"), "week": "2025-W46", "progress": "完成回访", "next": "继续", "submitted_on": "2025-11-14",
    });
    let report = house.load("weekly_report", vec![report]).await[0];
    let comment = json!({"report": report, "author": house.id("BOSS"), "reaction": "like", "made_on": "2025-11-15"});
    house.load("quick_comment", vec![comment]).await;
    // So it was kept on Sunday, the 16th.
    let told = people.iter().enumerate().map(|(at, id)| (id.to_string(), at < 1_289 || at + 1 == people.len()));
    let kept = told.chain([(house.id("BOSS"), false)]);
    let kept =
        kept.map(|(id, told)| json!({"person": id, "taken_on": "2025-11-16", "covered": if told { 100 } else { 0 }}));
    house.load("feedback_snapshot", kept.collect()).await;
    // 430 of 2,150 results have an action; one has two, which counts once.
    let mut everybody = people.clone();
    everybody.push(house.id("BOSS").parse().unwrap());
    let reviews =
        everybody.iter().map(|id| json!({"person": id, "cycle": cycle, "status": "published", "manager_grade": "B"}));
    let reviews = house.load("review", reviews.collect()).await;
    let action = |at: usize| json!({"review": reviews[at], "kind": "training", "title": "进阶课程"});
    house.load("action_item", (0..430).chain([0]).map(action).collect()).await;

    let boss = house.acts("BOSS", &["executive"]).await;
    let quarter = "grain=quarter&from=2025-Q4&to=2025-Q4";
    assert_eq!(series(&hrm, "aligned_goals", quarter).await, ["87"]);
    assert_eq!(series(&hrm, "results_followed_up", quarter).await, ["20"]);
    let health = page(&hrm, "/p/health").await.replace("&#x2f;", "/");
    for (term, period, share) in [
        ("aligned_goals", "2025-Q4", "87.0%"),
        ("feedback_coverage", "2025-W46", "60.0%"),
        ("results_followed_up", "2025-Q4", "20.0%"),
    ] {
        // What the dictionary says of it, and the rows it was made from.
        assert!(health.contains(&format!("stat-label\"><a href=\"/dictionary/{term}\"")), "{term}: {health}");
        let value = format!("stat-value\"><a href=\"/dictionary/{term}/rows?period={period}\"");
        assert!(health.contains(&value) && health.contains(&format!(">{share}</a>")), "{share}: {health}");
    }
    assert!(health.contains("截至今天") || health.contains("as of today"), "the lists are of today: {health}");
    // And the same by unit: her goals are all there are, and where she works leads to their rows.
    let unit = house.unit_id("CS");
    let by_unit = format!("/dictionary/aligned_goals/rows?period=2025-Q4&by=owner_unit&group={unit}\"");
    assert!(health.replace("&amp;", "&").contains(&by_unit), "{health}");
    assert_eq!(health.matches(">87.0%</a>").count(), 2, "{health}");
    for heading in ["Goals aligned · Unit of its owner", "People told something · Unit"] {
        assert!(health.contains(heading), "{heading}: {health}");
    }
    // From the number to the people: those of a unit whom nobody told anything.
    let gap = page(&hrm, "/p/feedback-gap").await;
    assert!(gap.contains("2025-10-16") || gap.contains("October"), "{gap}");
    assert!(!page(&boss, "/p/health").await.is_empty());
    let ann = read_person(&house, "ANN").await;
    assert_eq!((&ann["last_feedback"], &ann["feedback_cover"].to_string()), (&json!("2025-11-15"), &"100.0".into()));
    // Thirty days ago still counts, and a day more is too long ago.
    let cover = async |id: RecordId| {
        let person = house.hr.get(&format!("/api/v1/organisation/person/{id}")).await.json();
        person["feedback_cover"].to_string()
    };
    house.load("behaviour_event", vec![lit(&people[2_000].to_string(), "2025-10-20")]).await;
    let covers = [cover(people[0]).await, cover(people[2_000]).await].map(|cover| cover.parse::<f64>().unwrap());
    assert!(covers == [100.0, 0.0], "{covers:?}");
}

#[tokio::test]
async fn milestones_and_competencies_are_numbers_of_the_dictionary() {
    let house = house().await;
    let cycle = cycle(&house).await;
    let goal = json!({
        "title": "提升首呼解决率", "cycle": cycle, "level": "person", "status": "active", "owner": house.id("ANN"),
    });
    let goal = house.load("objective", vec![goal]).await[0];
    // One on its day, one five days late, one that is not done and does not count.
    let milestone = |due: &str, done: Option<&str>| json!({"title": "完成话术手册", "objective": goal, "due": due, "done_on": done, "sponsor": house.id("BOSS")});
    let rows = [("2025-10-10", Some("2025-10-10")), ("2025-10-20", Some("2025-10-25")), ("2025-11-01", None)];
    house.load("milestone", rows.into_iter().map(|(due, done)| milestone(due, done)).collect()).await;
    let tag = made(&house.hr, "competency_tag", json!({"code": "T1", "name": "担当精神"})).await;
    for (who, value) in [("ANN", 40), ("BOSS", 65)] {
        let competency = made(&house.hr, "competency", json!({"person": house.id(who), "tag": tag})).await;
        made(&house.hr, "competency_snapshot", json!({"competency": competency, "cycle": cycle, "value": value})).await;
    }
    let quarter = "grain=quarter&from=2025-Q4&to=2025-Q4";
    assert_eq!(series(&house.hr, "milestones_on_time", quarter).await, ["50"]);
    assert_eq!(series(&house.hr, "competency_level", quarter).await, ["52.5"]);
    // And each leads from the page to its rows.
    let page = page(&house.hr, "/p/health-over-time?until=2025-Q4").await.replace("&#x2f;", "/");
    for (term, value) in [("milestones_on_time", "50.0%"), ("competency_level", "52.5")] {
        assert!(page.contains(&format!("/dictionary/{term}/rows?period=2025-Q4")) && page.contains(value), "{page}");
    }
}

async fn read_person(house: &House, code: &str) -> Value {
    house.hr.get(&format!("/api/v1/organisation/person/{}", house.id(code))).await.json()
}

#[tokio::test]
async fn before_and_after_stand_beside_one_another() {
    let house = house().await;
    let talks = (1..=100).map(|number: u32| {
        let minutes = if number % 2 == 1 { 22 - number % 9 } else { 22 + (number - 1) % 9 };
        json!({
            "person": house.id("ANN"), "manager": house.id("BOSS"), "held_on": "2025-11-10", "minutes": minutes,
            "specificity": if number <= 89 { 4 + number % 2 } else { 2 + number % 2 },
        })
    });
    house.load("interview", talks.collect()).await;
    // Two disputes of one case count once, and 2024 is another year.
    for (year, cases, disputed) in [(2024, 200, 62), (2025, 250, 18)] {
        let published = format!("{year}-06-30");
        let rows = (0..cases).map(|_| json!({"person": house.id("ANN"), "published_on": published}));
        let cases = house.load("promotion_case", rows.collect()).await;
        let again = if year == 2025 { 3 } else { 0 };
        let disputes = cases.iter().take(disputed).chain(cases.iter().take(again));
        let row = |case| json!({"promotion": case, "ground": "procedure", "raised_on": published});
        house.load("dispute", disputes.map(row).collect()).await;
    }
    let sop = json!({
        "title": "三段式答复", "sop": "《门诊服务 SOP》", "term": "K12", "changed_on": "2025-07-01", "owner": house.id("ANN"),
        "behaviours": 32_000, "before_count": 50, "before_base": 1_000, "after_count": 37, "after_base": 1_000,
    });
    let sop = house.load("sop_change", vec![sop]).await[0].to_string();
    assert_eq!(read(&house.hr, "sop_change", &sop).await["change"].to_string(), "-26.0");
    let uses = (1..=1_000).flat_map(|number: u32| {
        [("2024-12-31", number <= 510), ("2025-11-19", !matches!(number, 251 | 502 | 753))].map(|(day, unified)| {
            let unit = house.unit_id(if number <= 500 { "CS" } else { "HQ" });
            json!({"code": format!("U{number}"), "kind": "plan", "unit": unit, "checked_on": day, "unified": unified})
        })
    });
    house.load("metric_usage", uses.collect()).await;

    let years = "grain=year&from=2024&to=2025";
    assert_eq!(series(&house.hr, "interview_minutes", years).await, ["", "22"]);
    assert_eq!(series(&house.hr, "interview_specificity", years).await, ["", "89"]);
    assert_eq!(series(&house.hr, "dispute_rate", years).await, ["31", "7.2"]);
    assert_eq!(series(&house.hr, "unified_rate", years).await, ["51", "99.7"]);
    let shown = page(&house.hr, "/p/effects").await;
    for part in [
        "22.0 min",
        "47.0 min",
        "−53.2%",
        "89.0%",
        "41.0%",
        "+48.0 points",
        "7.2%",
        "31.0%",
        "−23.8 points",
        "3.7%",
        "5.0%",
        "−26.0%",
        "99.7%",
        "51.0%",
        "+48.7 points",
        // By department over time: of the first 500 uses all followed, of the others ten; then one and two are left.
        "客服部",
        "100.0%",
        "2.0%",
        "99.8%",
        "99.6%",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let term = house.hr.get("/api/v1/terms/interview_minutes").await.json();
    assert_eq!(term["baseline"]["on"], "2024-12-31");
    assert!(page(&house.hr, "/dictionary/interview_minutes").await.contains("timed on a sample"));
    let list = page(&house.hr, "/p/metric-usages?view=offenders").await;
    for left in ["U251", "U502", "U753"] {
        assert!(list.contains(left), "{left}: {list}");
    }
}

/// A contract of each account in order, those renewed first.
fn renewals(team: &str, quarter: &str, segment: &str, accounts: &[RecordId], renewed: usize) -> Vec<Value> {
    let row = |(at, account): (usize, &RecordId)| {
        json!({
            "team": team, "quarter": quarter, "segment": segment, "account": account, "due": 1,
            "renewed": i32::from(at < renewed),
        })
    };
    accounts.iter().enumerate().map(row).collect()
}

#[tokio::test]
async fn renewals_and_accounts_without_a_team() {
    let house = house().await;
    let teams = ["T2", "T4"].map(|code| json!({"code": code, "name": code}));
    let teams = house.load("sales_team", teams.to_vec()).await.iter().map(ToString::to_string).collect::<Vec<_>>();
    let accounts = (1..=400).map(|number| {
        let team = (number % 50 != 0).then(|| &teams[0]);
        json!({"code": format!("A{number}"), "name": format!("客户{number}"), "team": team, "since": "2025-03-01"})
    });
    let accounts = house.load("crm_account", accounts.collect()).await;
    assert_eq!(series(&house.hr, "account_match_rate", "grain=year&from=2025&to=2025").await, ["98"]);
    let list = page(&house.hr, "/p/accounts-mapping?view=unmatched").await;
    assert!(list.contains("客户400") && list.contains("客户50") && !list.contains("客户399"), "{list}");

    let (t2, t4) = (&accounts[..100], &accounts[100..200]);
    let mut rows = renewals(&teams[0], "2025-Q2", "A", &t2[..60], 54);
    rows.extend(renewals(&teams[0], "2025-Q2", "B", &t2[60..], 32));
    rows.extend(renewals(&teams[0], "2025-Q3", "A", &t2[..50], 44));
    rows.extend(renewals(&teams[0], "2025-Q3", "B", &t2[50..], 35));
    for (quarter, renewed) in [("2025-Q2", 82), ("2025-Q3", 80), ("2025-Q4", 80)] {
        rows.extend(renewals(&teams[1], quarter, "all", t4, renewed));
    }
    // Of the last quarter it is known how each account was looked after: 40, 10 and 20 were not as they should.
    let mut last = renewals(&teams[0], "2025-Q4", "all", t2, 73);
    for (at, row) in last.iter_mut().enumerate() {
        let few = at < 22 || (73..91).contains(&at);
        let failed = (30..37).contains(&at) || at >= 97;
        let slow = (40..54).contains(&at) || (83..89).contains(&at);
        let care = json!({
            "visits": if few { 2 } else { 3 }, "test_passed": !failed, "mentored_days": if slow { 61 } else { 60 },
        });
        row.as_object_mut().unwrap().extend(care.as_object().unwrap().clone());
    }
    house.load("renewal", [rows, last].concat()).await;
    let query = format!("grain=quarter&from=2025-Q2&to=2025-Q4&subject={}", teams[0]);
    assert_eq!(series(&house.hr, "renewal_rate", &query).await, ["86", "79", "73"]);
    // All teams of the newest quarter: 153 of 200.
    assert!(page(&house.hr, "/p/renewal-board").await.contains("76.5%"));

    // Two worse quarters in a row name the one team, and not the one that stayed where it was.
    let fallen = page(&house.hr, "/dictionary/renewal_rate/drivers?period=2025-Q4").await;
    assert!(fallen.contains("86.0% → 79.0% → 73.0%") && !fallen.contains(">T4</a>"), "{fallen}");
    let path = format!("/api/v1/terms/renewal_rate/drivers?period=2025-Q4&subject={}", teams[0]);
    let found = house.hr.get(&path).await.json();
    let causes = found["causes"].as_array().unwrap().iter();
    let causes: Vec<String> = causes.map(|one| format!("{} {} {}", one["name"], one["failing"], one["loss"])).collect();
    assert_eq!(causes, ["\"visits\" 40 12", "\"mentoring\" 20 0.75", "\"test\" 10 0.333333"], "{found}");
    assert_eq!((&found["falls"], &found["note"]), (&json!(true), &json!("association, not cause")));
    // From a cause to the accounts behind it.
    let behind = format!("/dictionary/renewal_rate/rows?period=2025-Q4&of={}&cause=visits", teams[0]);
    let behind = page(&house.hr, &behind).await;
    assert!(behind.contains("40 rows") && behind.contains("55.0%") && behind.contains("客户1<"), "{behind}");
}

#[tokio::test]
async fn who_was_told_something_is_kept_week_by_week() {
    let mut house = house().await;
    let tag = made(&house.hr, "competency_tag", json!({"code": "T1", "name": "担当精神"})).await;
    let lit = json!({"giver": house.id("BOSS"), "receiver": house.id("ANN"), "tags": [tag], "lit_on": "2025-11-18"});
    house.load("behaviour_event", vec![lit]).await;
    // From a Thursday over a Sunday to a Monday, seven times: the letters of each night are met on the next day.
    for days in [0, 4, 7, 7, 7, 7] {
        house.days_pass(days).await;
        while house.site.engine.turn("one").await.unwrap() > 0 {}
    }
    let weeks = async |from: &str, to: &str| {
        series(&house.hr, "feedback_coverage", &format!("grain=week&from={from}&to={to}")).await
    };
    // One of two was told something, until thirty days have gone by; what was so then is not so any more, and stays.
    assert_eq!(weeks("2025-W47", "2025-W51").await, ["50.0", "50.0", "50.0", "50.0", "0"]);
    let page = page(&house.hr, "/p/health-over-time").await;
    assert!(page.contains("People told something") && page.contains("Told something by unit"), "{page}");
}

#[tokio::test]
async fn a_calibration_moves_somebody_with_a_reason_and_they_do_not_see_it() {
    let mut house = house().await;
    house.person("EVE", "CS", "P", Some("BOSS")).await;
    let ann = house.id("ANN");
    house.load("visit_month", vec![json!({"person": ann, "month": "2025-03", "visits": 430})]).await;
    house.load("training_year", vec![json!({"person": ann, "year": "2025", "assigned": 10, "completed": 9})]).await;
    let boss = house.acts("BOSS", &["executive"]).await;
    let eve = house.acts("EVE", &["manager"]).await;
    let own = house.acts("ANN", &["executive"]).await;
    let body = |reason: &str| format!("tile=doctors&period=2025&of={ann}&to=high_high&reason={reason}");
    let moves = async |client: &Client, reason: &str| form(client, "/p/talent/move", &body(reason)).await.status;
    assert_eq!(moves(&boss, "").await, StatusCode::UNPROCESSABLE_ENTITY, "a reason is asked for");
    assert_eq!(moves(&eve, "x").await, StatusCode::FORBIDDEN);
    assert_eq!(moves(&boss, "x").await, StatusCode::SEE_OTHER);
    // Too few colleagues for a place by numbers, and in a box all the same.
    let shown = page(&boss, "/p/talent?box=doctors.high_high").await;
    assert!(shown.contains("Put here without numbers") && shown.contains("1 of them were moved"), "{shown}");
    assert_eq!(found(&house.hr, "talent_placement", "performance == \"high\"").await.len(), 1);
    // Whose box it is does not see it, nor moves themselves.
    let answer = own.get("/api/v1/performance-management/talent_placement").await.json();
    assert_eq!(answer["items"], json!([]));
    assert_ne!(moves(&own, "x").await, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn whoever_is_erased_stays_counted_in_their_box_and_is_not_told_from_it() {
    let house = house().await;
    let ann = house.id("ANN");
    house.load("visit_month", vec![json!({"person": ann, "month": "2025-03", "visits": 430})]).await;
    house.load("training_year", vec![json!({"person": ann, "year": "2025", "assigned": 10, "completed": 9})]).await;
    let boss = house.acts("BOSS", &["executive"]).await;
    let body = format!("tile=doctors&period=2025&of={ann}&to=high_high&reason=PLANTED");
    assert_eq!(form(&boss, "/p/talent/move", &body).await.status, StatusCode::SEE_OTHER);
    let shown = page(&boss, "/p/talent?box=doctors.high_high").await;
    assert!(shown.contains(">ANN<") && shown.contains("1 of them were moved"), "{shown}");
    let before = found(&house.hr, "talent_placement", "performance == \"high\"").await;
    assert_eq!((before.len(), &before[0]["reason"]), (1, &json!("PLANTED")));

    let actor = house.site.engine.system();
    let entity = actor.edition.app.entity_named("person").unwrap().id;
    house.site.engine.execute(&actor, Command::Erase { entity, id: ann.parse().unwrap() }).await.unwrap();
    // The box counts as many as before, and neither it nor what is kept of the move says who it was, or why.
    let shown = page(&boss, "/p/talent?box=doctors.high_high").await;
    assert!(shown.contains("1 of them were moved") && shown.contains("Put here without numbers"), "{shown}");
    assert!(!shown.contains(">ANN<") && !shown.contains("PLANTED"), "{shown}");
    let after = found(&house.hr, "talent_placement", "performance == \"high\"").await;
    assert_eq!((after.len(), &after[0]["potential"]), (1, &json!("high")));
    let id = after[0]["id"].as_str().unwrap();
    for path in [format!("/r/talent_placement/{id}"), format!("/r/talent_placement/{id}?tab=history")] {
        let shown = page(&house.hr, &path).await;
        assert!(!shown.contains("PLANTED") && !shown.contains(">ANN<"), "{path}: {shown}");
    }
    let reason = read(&house.hr, "talent_placement", id).await["reason"].to_string();
    assert!(reason.contains("已抹除"), "{reason}");
}
