//! Points: a book that is only added to, the oldest lot spent first.

use serde_json::{Value, json};

use super::{House, found, made};

#[tokio::test]
async fn what_is_left_of_the_oldest_lot_lapses_after_a_year() {
    let mut house = House::open().await;
    house.unit("HQ", "集团", None).await;
    house.post("P", "专员", "support").await;
    let ann = house.person("ANN", "HQ", "P", None).await;
    // Human resources enter them, and never for themselves.
    house.person("HRM", "HQ", "P", None).await;
    let keeper = house.acts("HRM", &["hr"]).await;
    for (kind, points, day) in [("earn", 30, "2025-01-05"), ("earn", 20, "2025-03-10"), ("adjust", -25, "2025-04-01")] {
        made(&keeper, "points_entry", json!({"person": ann, "kind": kind, "points": points, "day": day})).await;
    }
    let held = async |house: &House| {
        let person = house.hr.get(&format!("/api/v1/organisation/person/{ann}")).await.json();
        person["points_held"].as_i64().unwrap()
    };
    // 4 January: a day too early.
    house.days_pass(45).await;
    house.settle().await;
    assert_eq!(held(&house).await, 25);
    house.days_pass(1).await;
    house.settle().await;
    house.settle().await;
    assert_eq!(held(&house).await, 20);
    // All 25 came from the first lot, of which five were left; once, however often it is looked at.
    house.days_pass(1).await;
    house.settle().await;
    let lapsed = found(&house.hr, "points_entry", "kind == \"expire\"").await;
    let lapsed: Vec<&Value> = lapsed.iter().map(|entry| &entry["points"]).collect();
    assert_eq!((lapsed, held(&house).await), (vec![&json!(-5)], 20));
}
