//! What was seen in people: the radar beside those of their post, and who grew.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{APP, House, changed, found, made, on, page, read, tags};

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

#[tokio::test]
async fn the_home_page_has_three_parts_and_is_nobody_else_s() {
    let house = house().await;
    let tags = tags(&house).await;
    house.load("behaviour_event", lit(&house, &tags, "ANN", [3, 2, 2, 4, 4, 2, 4, 1])).await;
    for who in ["BEN", "CAT", "DAN", "EVE", "FAY"] {
        house.load("behaviour_event", lit(&house, &tags, who, [4; 8])).await;
    }
    let cycle = json!({"code": "2025Q4", "name": "2025Q4", "starts": "2025-10-01", "ends": "2025-12-31"});
    let cycle = made(&house.hr, "cycle", cycle).await;
    changed(&house.hr, "cycle", &cycle, json!({"status": "running"})).await;
    let goal = |title: &str, owner: &str| json!({"title": title, "cycle": cycle, "level": "person", "owner": house.id(owner), "status": "active"});
    house.load("objective", vec![goal("首呼解决率到 85%", "ANN"), goal("质控达标", "OUT")]).await;
    let (ann, head) = (house.acts("ANN", &[]).await, house.acts("HEAD", &["manager"]).await);
    let out = house.acts("OUT", &[]).await;
    // By tag, in the order of the example, and an axis for each of the eight.
    let three = |shown: &str| {
        for part in ["goals", "behaviours", "abilities"] {
            assert!(shown.contains(&format!("<h2 id=\"part-{part}\">")), "{part}: {shown}");
        }
        assert!(shown.contains("首呼解决率到 85%") && !shown.contains("质控达标"), "{shown}");
        assert!(shown.contains("chart-radar") && shown.contains("Beside 6 peers"), "{shown}");
        for axis in ["25 points", "50 points", "75 points", "100 points"] {
            assert!(shown.contains(axis), "{axis}: {shown}");
        }
        assert_eq!((1..=8).filter(|tag| shown.contains(&format!("标签{tag}"))).count(), 8);
    };
    let own = page(&ann, "/").await;
    three(&own);
    assert!(own.contains("block-feedback_asked"), "{own}");
    let of = format!("/p/home?of={}", house.id("ANN"));
    let seen = page(&head, &of).await;
    three(&seen);
    // What is counted there is what the dictionary says of whom the page is about: ten in November, and no progress yet.
    for shown in [&own, &seen] {
        let shown = shown.replace("&#x2f;", "/").replace("&amp;", "&");
        let rows = format!("<a href=\"/dictionary/behaviours_lit/rows?period=2025-11&of={}\"", house.id("ANN"));
        assert!(shown.contains(&rows) && shown.contains(">10 times</a>"), "{shown}");
        assert!(shown.contains("<a href=\"/dictionary/goal_progress\"") && shown.contains("No data"), "{shown}");
    }
    // What is the reader's own is not on somebody else's page.
    assert!(seen.contains(">ANN</h1>") && !seen.contains("block-feedback_asked"), "{seen}");
    three(&page(&house.hr, &of).await);
    // From the personnel file for those it opens for, and for nobody else.
    let file = format!("/r/person/{}", house.id("ANN"));
    for (who, link) in [(&head, true), (&ann, true), (&out, false)] {
        let shown = page(who, &file).await.replace("&#x2f;", "/");
        assert_eq!((shown.contains(&of), shown.contains("/p/cockpit?of=")), (link, link), "{shown}");
    }
    // Somebody of another department.
    for page in ["home", "cockpit", "cockpit/export"] {
        let path = format!("/p/{page}?of={}&format=xlsx", house.id("ANN"));
        assert_eq!(out.get(&path).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(out.get("/p/home").await.status, StatusCode::OK);
    let guess = "/p/home?of=0197aaaa-0000-7000-8000-000000000000";
    assert_eq!(out.get(guess).await.status, StatusCode::NOT_FOUND);
    // An HR partner of the unit, and of no other.
    let unit = format!("/api/v1/organisation/unit/{}", house.unit_id("CS"));
    let partner = house.acts("BEN", &["hrbp"]).await;
    assert_eq!(partner.get(&of).await.status, StatusCode::FORBIDDEN);
    on(&house.hr, &unit, json!({"partners": [house.id("BEN")]})).await;
    three(&page(&partner, &of).await);
    assert!(page(&partner, "/").await.contains("Running goals of units I look after"));
}
