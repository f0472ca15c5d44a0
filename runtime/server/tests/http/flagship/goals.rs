//! Lamps, and who answered for what was late on which day.

use serde_json::{Value, json};

use super::{super::support::Client, House, changed, found, made, page, read, series};

async fn cycle(house: &House) -> String {
    let cycle = json!({"code": "2025Q4", "name": "2025Q4", "starts": "2025-10-01", "ends": "2025-12-31"});
    let id = made(&house.hr, "cycle", cycle).await;
    changed(&house.hr, "cycle", &id, json!({"status": "running"})).await;
    id
}

async fn house() -> House {
    let mut house = House::open().await;
    house.unit("HQ", "集团", None).await;
    house.unit("RD", "研发部", Some("HQ")).await;
    house.post("P", "工程师", "support").await;
    house.person("BOSS", "HQ", "P", None).await;
    house.person("LEAD", "RD", "P", Some("BOSS")).await;
    house.person("ANN", "RD", "P", Some("LEAD")).await;
    house.person("BEN", "RD", "P", Some("LEAD")).await;
    house
}

async fn goal(house: &House, owner: &str) -> String {
    let cycle = cycle(house).await;
    let goal = json!({
        "title": "影像实验按期完成", "cycle": cycle, "level": "person", "owner": house.id(owner), "status": "draft",
    });
    let id = made(&house.hr, "objective", goal).await;
    changed(&house.hr, "objective", &id, json!({"status": "aligned"})).await;
    id
}

#[tokio::test]
async fn day_60_of_92_is_green_yellow_and_red() {
    let mut house = house().await;
    let objective = goal(&house, "ANN").await;
    // 20 November to the 29th, the sixtieth day of the quarter.
    house.days_pass(9).await;
    let mut lamps = Vec::new();
    for progress in ["60", "50", "40"] {
        let result =
            json!({"objective": objective, "title": "完成实验", "start": "0", "target": "100", "current": progress});
        let id = made(&house.hr, "key_result", result).await;
        lamps.push((id.clone(), read(&house.hr, "key_result", &id).await["lamp"].clone()));
    }
    let colours: Vec<&str> = lamps.iter().map(|(_, lamp)| lamp.as_str().unwrap()).collect();
    assert_eq!(colours, ["green", "yellow", "red"]);
    // The goal is their mean: half done on a day that is 65.2 % of the way.
    let goal = read(&house.hr, "objective", &objective).await;
    assert_eq!((goal["elapsed"].to_string(), goal["gap"].to_string()), ("65.22".into(), "15.22".into()));
    assert_eq!(goal["lamp"], "yellow");
    // Three weeks later nobody has said anything: that is neither good nor bad.
    house.days_pass(21).await;
    assert_eq!(read(&house.hr, "key_result", &lamps[0].0).await["lamp"], "red");
    house.days_pass(1).await;
    assert_eq!(read(&house.hr, "key_result", &lamps[0].0).await["lamp"], "grey");
}

#[tokio::test]
async fn each_day_late_is_on_one_persons_account_and_the_executive_hears_of_it_once() {
    let mut house = house().await;
    let objective = goal(&house, "LEAD").await;
    let lead = house.acts("LEAD", &["manager"]).await;
    let boss = house.acts("BOSS", &["executive"]).await;
    let milestone = json!({"title": "影像 AI 对照实验", "objective": objective, "due": "2025-11-01"});
    let id = made(&lead, "milestone", milestone).await;
    // Whoever answers for the goal asked for it, and their manager is the executive.
    let made_so = read(&lead, "milestone", &id).await;
    assert_eq!((&made_so["sponsor"], &made_so["executive"]), (&json!(house.id("LEAD")), &json!(house.id("BOSS"))));
    let first =
        json!({"milestone": id, "person": house.id("ANN"), "valid_from": "2025-09-01", "valid_to": "2025-11-19"});
    let first = made(&lead, "milestone_owner", first).await;
    let second = json!({"milestone": id, "person": house.id("BEN"), "valid_from": "2025-11-20"});
    let second = made(&lead, "milestone_owner", second).await;
    assert_eq!(read(&boss, "milestone", &id).await["owner"], json!(house.id("BEN")));

    let told = async |who| page(&who, "/notifications").await.matches("影像 AI 对照实验").count();
    // 16 December: 45 days.
    house.days_pass(26).await;
    assert_eq!(read(&house.hr, "milestone", &id).await["overdue_days"], 45);
    assert_eq!(told(house.again("BOSS").await).await, 0);
    for _ in 0..3 {
        house.days_pass(1).await;
        assert_eq!(told(house.again("BOSS").await).await, 1);
    }
    // The sponsor was told when it was made, nineteen days late; not again.
    let (lead, boss) = (house.again("LEAD").await, house.again("BOSS").await);
    assert_eq!(told(lead.clone()).await, 1);
    // On 19 December; two days ago it was as in the words of the example, which it is once more below.
    let days = |row: &Value| row["overdue_days"].as_i64().unwrap();
    assert_eq!(days(&read(&boss, "milestone", &id).await), 48);
    assert_eq!(days(&read(&boss, "milestone_owner", &first).await), 19);
    assert_eq!(days(&read(&boss, "milestone_owner", &second).await), 29);
    let list = page(&boss, "/p/milestones?view=very_late").await;
    assert!(list.contains("影像 AI 对照实验") && list.contains("BEN"), "{list}");

    // Done on the 17th, it stays at what it was that day.
    changed(&lead, "milestone", &id, json!({"done_on": "2025-12-17"})).await;
    let after = read(&boss, "milestone", &id).await;
    assert_eq!((days(&after), &after["state"]), (46, &json!("done")));
    let shares: Vec<i64> = found(&boss, "milestone_owner", "overdue_days > 0").await.iter().map(days).collect();
    assert_eq!((shares.iter().sum::<i64>(), shares.contains(&19), shares.contains(&27)), (46, true, true));
}

#[tokio::test]
async fn a_goal_is_as_far_as_those_aligned_to_it_by_their_weights() {
    let house = house().await;
    let cycle = cycle(&house).await;
    let goal = |title: &str, level: &str, more: Value| {
        let mut goal =
            json!({"title": title, "cycle": cycle, "level": level, "owner": house.id("LEAD"), "status": "active"});
        goal.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        goal
    };
    let top = goal("影像质量达标", "group", json!({"unit": house.unit_id("HQ")}));
    let top = house.load("objective", vec![top]).await[0].to_string();
    let below = [60, 40].map(|weight| goal("科室分解目标", "person", json!({"parent": top, "weight": weight})));
    let below = house.load("objective", below.to_vec()).await;
    let results = below.iter().zip([100, 0]).map(
        |(goal, current)| json!({"objective": goal, "title": "完成结果", "start": 0, "target": 100, "current": current}),
    );
    house.load("key_result", results.collect()).await;
    let shown = read(&house.hr, "objective", &top).await;
    assert_eq!(shown["progress"], json!(60.0), "{shown}");
    // The score is something else, and nobody's to work out.
    assert_eq!(shown["score"], Value::Null);
    // Behind what is started below or above it counts as none or all of it.
    for (current, progress) in [(-5, 0.0), (120, 100.0)] {
        house
            .load(
                "key_result",
                vec![json!({"objective": top, "title": "自身结果", "start": 0, "target": 100, "current": current})],
            )
            .await;
        let own = found(&house.hr, "key_result", &format!("current == {current}")).await;
        assert_eq!(own[0]["progress"], json!(progress));
    }
}

#[tokio::test]
async fn a_week_keeps_the_lamps_it_had() {
    let mut house = house().await;
    let cycle = cycle(&house).await;
    let words = |owner: String| json!({"title": "影像实验按期完成", "cycle": cycle, "level": "person", "owner": owner, "status": "draft"});
    let mut results = Vec::new();
    for (owner, current) in [("ANN", "100"), ("BEN", "40")] {
        let id = made(&house.hr, "objective", words(house.id(owner))).await;
        let result = json!({"objective": id, "title": "完成实验", "start": "0", "target": "100", "current": current});
        results.push(made(&house.hr, "key_result", result).await);
        changed(&house.hr, "objective", &id, json!({"status": "aligned"})).await;
    }
    // A draft is in no week.
    made(&house.hr, "objective", words(house.id("ANN"))).await;
    // From Thursday, 20 November, over five Sundays: 40 of 100 are yellow, then red, and grey when three weeks have gone by.
    house.days_are_done(&[0, 4, 7, 7, 7, 7]).await;
    changed(&house.hr, "key_result", &results[1], json!({"current": "100"})).await;
    // And over the end of the cycle, in which all is done.
    house.days_are_done(&[7, 7]).await;
    let weeks = async |client: &Client, term: &str| -> Vec<Option<f64>> {
        let values = series(client, term, "grain=week&from=2025-W47&to=2026-W01").await;
        values.iter().map(|value| value.parse().ok()).collect()
    };
    let known =
        |values: [u8; 6]| values.map(|value| Some(f64::from(value))).into_iter().chain([None]).collect::<Vec<_>>();
    assert_eq!(weeks(&house.hr, "goals_behind").await, known([0, 50, 50, 0, 0, 0]));
    assert_eq!(weeks(&house.hr, "goals_not_updated").await, known([0, 0, 0, 50, 50, 0]));
    // Whose goal it is sees their own.
    let ben = house.acts("BEN", &[]).await;
    assert_eq!(weeks(&ben, "goals_behind").await, known([0, 100, 100, 0, 0, 0]));
    let page = page(&house.hr, "/p/health-over-time").await;
    assert!(page.contains("Red goals") && page.contains("Goals not updated"), "{page}");
}
