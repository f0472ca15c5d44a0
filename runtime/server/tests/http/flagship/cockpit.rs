//! A cockpit: somebody's own numbers, their score and place, and what is old marked as old.

use serde_json::json;

use super::{House, page, series};

#[tokio::test]
async fn an_agents_number_has_a_score_a_place_and_its_age() {
    let mut house = House::open().await;
    house.unit("CS", "客服部", None).await;
    house.post("HEAD", "客服主管", "support").await;
    house.post("AGENT", "客服专员", "support").await;
    house.person("HEAD", "CS", "HEAD", None).await;
    for code in ["ANN", "BEN", "CAT", "DAN", "EVE", "FAY"] {
        house.person(code, "CS", "AGENT", Some("HEAD")).await;
    }
    let day = |who: &str, day: &str, calls: u32, solved: u32| json!({"person": house.id(who), "day": day, "calls": calls, "solved": solved});
    // 2,231 of 2,677 over two days; three of her colleagues are below that, two above.
    let mut rows = vec![day("ANN", "2025-11-17", 1_338, 1_115), day("ANN", "2025-11-18", 1_339, 1_116)];
    for (who, solved) in [("BEN", 70), ("CAT", 75), ("DAN", 80), ("EVE", 90), ("FAY", 95)] {
        rows.push(day(who, "2025-11-18", 100, solved));
    }
    house.load("call_day", rows).await;
    house.settle().await;
    let ann = house.acts("ANN", &[]).await;
    let query = format!("grain=quarter&from=2025-Q4&to=2025-Q4&subject={}", house.id("ANN"));
    assert_eq!(series(&ann, "first_call_resolution", &query).await, ["83.34"]);
    let found = ann.get(&format!("/api/v1/terms/first_call_resolution/series?{query}")).await.json();
    let item = &found["items"][0];
    assert_eq!((item["score"].to_string(), item["peers"]["percentile"].to_string()), ("106.68".into(), "60".into()));
    // Her data is of the day before yesterday: that is said, and what it made stays as it was.
    let shown = page(&ann, "/p/cockpit").await;
    for part in ["83.34%", "106.68", "ahead of 60% of 6 peers", "Newer data has been due since", ">Stale<"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    // Only what there is for her post has a tile.
    assert!(!shown.contains("id=\"tile-visits\"") && shown.contains("No data in these periods for: "), "{shown}");
    // Newer data came: it is as good as new.
    house
        .load("call_day", vec![json!({"person": house.id("ANN"), "day": "2025-11-19", "calls": 10, "solved": 8})])
        .await;
    let shown = page(&ann, "/p/cockpit").await;
    assert!(shown.contains("Data up to 19") && !shown.contains(">Stale<"), "{shown}");
}
