//! Reviews of a cycle that begin for everybody at once, and a campaign of feedback that goes out.

use serde_json::{Value, json};

use super::{
    super::support::{Client, browser_of, form},
    APP, House, changed, found, made, page, read,
};

/// Four of one line and somebody of human resources, at a browser, in a cycle that runs.
async fn house() -> (House, Client, String) {
    let mut house = House::open().await;
    house.unit("HQ", "Head office", None).await;
    house.unit("RD", "Research", Some("HQ")).await;
    house.post("P", "Engineer", "support").await;
    for (code, unit, manager) in [("BOSS", "HQ", None), ("LEAD", "RD", Some("BOSS")), ("KEEP", "HQ", None)] {
        house.person(code, unit, "P", manager).await;
    }
    for code in ["ANN", "BEN"] {
        house.person(code, "RD", "P", Some("LEAD")).await;
    }
    house.acts("KEEP", &["hr"]).await;
    let keeper = browser_of(&house.site, "keep").await;
    let cycle = json!({"code": "2025Q4", "name": "2025Q4", "starts": "2025-10-01", "ends": "2025-12-31"});
    let cycle = made(&house.hr, "cycle", cycle).await;
    changed(&house.hr, "cycle", &cycle, json!({"status": "running"})).await;
    (house, keeper, cycle)
}

/// Launches it by the form that the page of the cycle leads to, and waits until all is done. Answers the launch.
async fn launched(house: &House, keeper: &Client, said: &str) -> String {
    let known: Vec<Value> = found(keeper, "cycle_launch", "made >= 0").await;
    let answer = form(keeper, "/r/cycle_launch/new", said).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    house.settle().await;
    let all = found(keeper, "cycle_launch", "made >= 0").await;
    let mut new = all.iter().filter(|one| !known.iter().any(|before| before["id"] == one["id"]));
    new.next().unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn human_resources_launch_a_cycle_by_its_page_and_add_those_who_join() {
    let (mut house, keeper, cycle) = house().await;
    let ann = house.acts("ANN", &[]).await;
    let shown = page(&keeper, &format!("/r/cycle/{cycle}?tab=launches")).await.replace("&#x2f;", "/");
    assert!(shown.contains("/r/cycle_launch/new"), "{shown}");
    let launch = launched(&house, &keeper, &format!("cycle={cycle}&unit=&feedback=false")).await;
    assert_eq!(read(&keeper, "cycle_launch", &launch).await["made"], json!(5));
    assert!(page(&keeper, "/notifications").await.contains("5 made"));
    // Their own review human resources see as everybody does; the others' are in self-review, each with its case.
    let reviews = found(&keeper, "review", "launch != null && status == \"self\"").await;
    assert_eq!(reviews.len(), 4, "{reviews:?}");
    let tasks = ann.get(&format!("{APP}/workflows/tasks")).await.json();
    assert_eq!(tasks["items"].as_array().unwrap().len(), 1, "{tasks}");
    ann.post(&format!("{APP}/cycle_launch"), json!({"cycle": cycle})).await.refuses(403, "denied");
    // Somebody joins each unit; one unit is launched once more, then all of them.
    house.person("NEW1", "RD", "P", Some("LEAD")).await;
    house.person("NEW2", "HQ", "P", Some("BOSS")).await;
    let of_unit = format!("cycle={cycle}&unit={}&feedback=false", house.unit_id("RD"));
    let launch = launched(&house, &keeper, &of_unit).await;
    assert_eq!(read(&keeper, "cycle_launch", &launch).await["made"], json!(1));
    let launch = launched(&house, &keeper, &format!("cycle={cycle}&unit=&feedback=false")).await;
    assert_eq!(read(&keeper, "cycle_launch", &launch).await["made"], json!(1));
    assert!(page(&keeper, "/notifications").await.contains("1 made; 6 were there already and stay as they are"));
    let tasks = ann.get(&format!("{APP}/workflows/tasks")).await.json();
    assert_eq!(tasks["items"].as_array().unwrap().len(), 1, "asked once: {tasks}");
}

#[tokio::test]
async fn a_campaign_that_goes_out_asks_the_person_their_manager_and_their_reports() {
    let (house, keeper, cycle) = house().await;
    let ann = house.acts("ANN", &[]).await;
    launched(&house, &keeper, &format!("cycle={cycle}&unit=&feedback=true")).await;
    let campaign = json!({"name": "Autumn", "cycle": cycle, "due": "2025-11-28"});
    let campaign = made(&keeper, "feedback_campaign", campaign).await;
    house.settle().await;
    assert_eq!(read(&keeper, "feedback_campaign", &campaign).await["asked"], json!(0), "not before it goes out");
    // Sent out once more, it asks nobody twice.
    for again in [false, true] {
        if again {
            changed(&keeper, "feedback_campaign", &campaign, json!({"status": "planning"})).await;
        }
        changed(&keeper, "feedback_campaign", &campaign, json!({"status": "running"})).await;
        house.settle().await;
        let stands = read(&keeper, "feedback_campaign", &campaign).await;
        let asked = ["asked", "asked_self", "asked_manager", "asked_report"].map(|name| stands[name].clone());
        assert_eq!(asked, [json!(11), json!(5), json!(3), json!(3)], "{stands}");
    }
    // Of what Ann is asked, one is about herself and one about whoever leads her.
    let mine = found(&ann, "feedback_request", "status == \"invited\"").await;
    let mut groups: Vec<&str> = mine.iter().map(|one| one["rater_group"].as_str().unwrap()).collect();
    groups.sort_unstable();
    assert_eq!(groups, ["report", "self"]);
}
