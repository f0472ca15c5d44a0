//! What was seen in people: the radar beside those of their post, and who grew.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{APP, House, found, made, page, read};

/// Six agents under one head, and somebody of another department.
async fn house() -> House {
    let mut house = House::open().await;
    house.unit("HQ", "集团", None).await;
    house.unit("CS", "客服部", Some("HQ")).await;
    house.unit("LAB", "检验科", Some("HQ")).await;
    for (code, name) in [("HEAD", "客服主管"), ("AGENT", "客服专员"), ("LAB", "检验技师")] {
        house.post(code, name, "support").await;
    }
    house.person("HEAD", "CS", "HEAD", None).await;
    for code in ["ANN", "BEN", "CAT", "DAN", "EVE", "FAY"] {
        house.person(code, "CS", "AGENT", Some("HEAD")).await;
    }
    house.person("OUT", "LAB", "LAB", Some("HEAD")).await;
    house
}

async fn tags(house: &House) -> Vec<String> {
    let mut tags = Vec::new();
    for number in 1..=8 {
        let tag = json!({"code": format!("T{number}"), "name": format!("标签{number}"), "order": number});
        tags.push(made(&house.hr, "competency_tag", tag).await);
    }
    tags
}

/// So many behaviours of each tag, over the months so that no cap takes anything away.
fn lit(house: &House, tags: &[String], who: &str, counts: [usize; 8]) -> Vec<Value> {
    let each = tags.iter().zip(counts).flat_map(|(tag, count)| (0..count).map(move |at| (tag, at)));
    let row = |(tag, at): (&String, usize)| {
        json!({
            "giver": house.id("HEAD"), "receiver": house.id(who), "tags": [tag],
            "lit_on": if at % 2 == 0 { "2025-10-10" } else { "2025-11-11" },
        })
    };
    each.map(row).collect()
}

#[tokio::test]
async fn a_radar_stands_beside_those_of_the_same_post() {
    let house = house().await;
    let tags = tags(&house).await;
    // 22 as in the example; nine tenths of six peers is the sixth, the most that anybody has.
    house.load("behaviour_event", lit(&house, &tags, "ANN", [3, 2, 2, 4, 4, 2, 4, 1])).await;
    house.load("behaviour_event", lit(&house, &tags, "BEN", [4, 2, 8, 0, 4, 2, 5, 0])).await;
    // One who gives ten in a month counts five, and somebody of another post is no peer.
    let ten: Vec<Value> = (0..10)
        .map(|_| {
            json!({"giver": house.id("HEAD"), "receiver": house.id("CAT"), "tags": [tags[7]], "lit_on": "2025-10-10"})
        })
        .collect();
    house.load("behaviour_event", ten).await;
    house.load("behaviour_event", lit(&house, &tags, "OUT", [9; 8])).await;
    let ann = house.acts("ANN", &[]).await;
    let home = page(&ann, "/").await;
    assert_eq!(found(&ann, "behaviour_event", "true == true").await.len(), 22);
    let axes = ["75 points", "100 points", "25 points", "80 points", "20 points"];
    for axis in axes {
        assert!(home.contains(axis), "{axis}: {home}");
    }
    assert!(home.contains("chart-radar") && home.contains("Beside 6 peers"), "{home}");
    // One more moves counter and radar at once.
    let head = house.acts("HEAD", &["manager"]).await;
    let more = json!({"giver": house.id("HEAD"), "receiver": house.id("ANN"), "tags": [tags[2]]});
    made(&head, "behaviour_event", more).await;
    let file = page(&head, &format!("/r/person/{}?tab=abilities", house.id("ANN"))).await;
    assert!(file.contains("37.5 points") && file.contains("chart-radar"), "{file}");
    // Whoever sees none of it sees no radar either: not even that there is nothing.
    let out = house.acts("OUT", &[]).await;
    let file = page(&out, &format!("/r/person/{}?tab=abilities", house.id("ANN"))).await;
    assert!(!file.contains("chart-radar") && !file.contains(" points"), "{file}");
    // With fewer than five of a post nobody is compared.
    let own = page(&out, "/").await;
    assert!(!own.contains("chart-radar") && own.contains("too few peers"), "{own}");
}

#[tokio::test]
async fn who_grew_most_leads_and_without_a_cycle_before_nothing_is_known() {
    let house = house().await;
    let tags = tags(&house).await;
    let mut cycles = Vec::new();
    for (code, starts, ends) in [("2025Q3", "2025-07-01", "2025-09-30"), ("2025Q4", "2025-10-01", "2025-12-31")] {
        let cycle = json!({"code": code, "name": code, "starts": starts, "ends": ends});
        cycles.push(made(&house.hr, "cycle", cycle).await);
    }
    let mut ids = Vec::new();
    for (who, before, now) in [("ANN", Some("50"), "60"), ("BEN", Some("40"), "64"), ("CAT", None, "90")] {
        let competency = json!({"person": house.id(who), "tag": tags[2]});
        let id = made(&house.hr, "competency", competency).await;
        // The newer comes in first: what counts is the cycle.
        for (cycle, value) in [(&cycles[1], Some(now)), (&cycles[0], before)] {
            if let Some(value) = value {
                let snapshot = json!({"competency": id, "cycle": cycle, "value": value});
                made(&house.hr, "competency_snapshot", snapshot).await;
            }
        }
        ids.push(id);
    }
    let ben = read(&house.hr, "competency", &ids[1]).await;
    assert_eq!((ben["before"].to_string(), ben["growth"].to_string()), ("40.0".into(), "24.0".into()));
    assert_eq!(read(&house.hr, "competency", &ids[2]).await["growth"], Value::Null);
    let head = house.acts("HEAD", &["manager"]).await;
    let list = head.get(&format!("{APP}/competency?sort=-growth")).await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text());
    let order: Vec<Value> = list.json()["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect();
    assert_eq!(order, [json!(ids[1]), json!(ids[0]), json!(ids[2])]);
    let shown = page(&head, "/p/growth").await;
    assert!(shown.contains("24.0"), "{shown}");
}
