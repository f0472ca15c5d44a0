//! The page after sign-in: numbers that are those of the dictionary, and counters that lead to what they count.

use axum::http::StatusCode;
use serde_json::json;

use super::{House, changed, made, page};

/// A unit with its head and somebody below them, and somebody elsewhere; each of the two has a goal, so far along.
async fn house() -> House {
    let mut house = House::open().await;
    house.unit("HQ", "集团", None).await;
    house.unit("RD", "研发部", Some("HQ")).await;
    house.unit("CS", "客服部", Some("HQ")).await;
    house.post("P", "专员", "support").await;
    house.person("HEAD", "RD", "P", None).await;
    house.person("ANN", "RD", "P", Some("HEAD")).await;
    house.person("CAT", "CS", "P", None).await;
    house.heads("RD", "HEAD").await;
    let cycle = json!({"code": "2025Q4", "name": "2025Q4", "starts": "2025-10-01", "ends": "2025-12-31"});
    let cycle = made(&house.hr, "cycle", cycle).await;
    changed(&house.hr, "cycle", &cycle, json!({"status": "running"})).await;
    for (owner, progress) in [("ANN", 20), ("CAT", 80)] {
        let title = format!("{owner}的目标");
        let goal = json!({
            "title": title, "cycle": cycle, "level": "person", "owner": house.id(owner), "status": "draft",
        });
        let goal = made(&house.hr, "objective", goal).await;
        changed(&house.hr, "objective", &goal, json!({"status": "aligned"})).await;
        let result = json!({"objective": goal, "title": "完成结果", "start": 0, "target": 100, "current": progress});
        made(&house.hr, "key_result", result).await;
    }
    house
}

fn plain(shown: &str) -> String {
    shown.replace("&#x2f;", "/").replace("&amp;", "&")
}

#[tokio::test]
async fn the_progress_of_ones_units_and_reports_is_the_dictionarys_of_fewer_rows() {
    let house = house().await;
    let head = house.acts("HEAD", &["manager", "executive"]).await;
    let start = plain(&page(&head, "/").await);
    for (block, heading) in [
        ("unit_progress", "Mean progress of goals · my units"),
        ("team_progress", "Mean progress of goals · my reports"),
    ] {
        assert!(start.contains(heading), "{heading}: {start}");
        let link = format!("/dictionary/goal_progress/rows?period=2025-Q4&of-block=home.{block}");
        assert!(start.contains(&format!("href=\"{link}\"")), "{link}: {start}");
        let behind = plain(&page(&head, &link).await);
        // Half of what it is of everybody, and made from one goal.
        assert!(behind.contains("<strong>20.0%</strong>") && behind.contains("<dd>1 rows</dd>"), "{behind}");
        assert!(behind.contains("ANN的目标") && !behind.contains("CAT的目标"), "{behind}");
    }
    // Without the block it is another number, and so the address of a block that is not theirs leads nowhere.
    let all = page(&head, "/dictionary/goal_progress/rows?period=2025-Q4").await;
    assert!(all.contains("<strong>50.0%</strong>"), "{all}");
    let theirs = house.hr.get("/dictionary/goal_progress/rows?period=2025-Q4&of-block=home.unit_progress").await;
    assert_eq!(theirs.status, StatusCode::NOT_FOUND, "{}", theirs.text());
}

#[tokio::test]
async fn a_counter_leads_to_the_goals_it_counts_and_a_term_says_how_many_work_here() {
    let house = house().await;
    let start = plain(&page(&house.hr, "/").await);
    assert!(start.contains("href=\"/dictionary/headcount\"") && !start.contains(">People in service<"), "{start}");
    for (block, value) in [("hr_goals", 2), ("hr_red", 1), ("hr_unaligned", 2)] {
        let link = format!("/p/goals?of-block=home.{block}");
        let (_, stat) = start.split_once(&format!("href=\"{link}\"")).unwrap_or_else(|| panic!("{link}: {start}"));
        assert!(stat.split("</a>").next().unwrap().contains(&format!("stat-value\">{value}<")), "{block}: {stat}");
        let list = page(&house.hr, &link).await;
        assert!(list.contains(&format!("{value} in all")) && list.contains("ANN的目标"), "{block}: {list}");
        assert_eq!(list.contains("CAT的目标"), value == 2, "{block}: {list}");
    }
}
