//! How much of what is shown means what the dictionary says, as it was counted on each day.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::support::{Client, FILES, Site};

const WEIGHT: &str = "
code: W1
label: {zh-CN: 目标权重, en: Weight of goals}
definition: {zh-CN: 到期目标的权重合计, en: Weight of the goals due}
direction: higher
frequency: monthly
owner: care
status: approved
measure: {over: goal, time: due, subject: owner, simple: sum(weight)}
";

const MANY: &str = "
code: M1
label: {zh-CN: 目标数, en: How many goals}
definition: {zh-CN: 到期目标数, en: Goals that are due}
direction: higher
frequency: monthly
owner: staff
status: approved
measure: {over: goal, time: due, subject: owner, simple: count}
";

const READER: &str = "
label: {zh-CN: 读者, en: Reader}
grants:
  - {entity: goal, actions: [read], read: [due, owner]}
";

/// An app with a board of these tiles.
fn with(tiles: &str) -> Vec<(&'static str, String)> {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push(("dictionary/weight.yaml", WEIGHT.to_owned()));
    files.push(("pages/board.yaml", format!("kind: dashboard\nlabel: {{zh-CN: 看板, en: Board}}\ntiles:\n{tiles}")));
    files
}

const OWN: &str = "  own: {term: weight}\n";
const MORE: &str = "  more: {term: weight}\n";
const OTHER: &str = "  other: {term: weight, label: {zh-CN: 另一个数, en: Another}}\n";

async fn days(client: &Client) -> Vec<(String, i64, i64)> {
    let found = client.get("/api/v1/dictionary/unified").await.json();
    let one = |day: &Value| {
        assert_eq!(day["owner"], "care");
        (day["day"].as_str().unwrap().to_owned(), day["usages"].as_i64().unwrap(), day["unified"].as_i64().unwrap())
    };
    found["days"].as_array().unwrap().iter().map(one).collect()
}

async fn settle(site: &Site) {
    while site.engine.turn("one").await.unwrap() > 0 {}
}

#[tokio::test]
async fn every_day_is_counted_once_and_the_months_are_a_line() {
    let site = Site::of(&with(&format!("{OWN}{OTHER}"))).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    assert!(days(&keeper).await.is_empty());
    assert!(!keeper.get("/dictionary/conflicts?lang=en").await.text().contains("over-time"));
    settle(&site).await;
    settle(&site).await;
    assert_eq!(days(&keeper).await, [("2025-11-20".to_owned(), 2, 1)]);
    // Counted again on the same day, it takes the place of what was counted before.
    site.publish(&with(&format!("{OWN}{MORE}{OTHER}"))).await;
    settle(&site).await;
    assert_eq!(days(&keeper).await, [("2025-11-20".to_owned(), 3, 2)]);
    site.publish(&with(OWN)).await;
    site.clock.pass(SignedDuration::from_hours(24 * 12));
    settle(&site).await;
    let keeper = site.begun("keeper").await;
    assert_eq!(days(&keeper).await, [("2025-11-20".to_owned(), 3, 2), ("2025-12-02".to_owned(), 1, 1)]);
    let rates = keeper.get("/api/v1/dictionary/unified").await.json();
    assert_eq!((&rates["days"][0]["rate"], &rates["offenders"]), (&json!(66.67), &json!([])));
    let page = keeper.get("/dictionary/conflicts?lang=en").await.text().to_owned();
    for part in ["Unified definitions over time, by department", "<svg", ">66.67%<", ">100%<", "All numbers you see"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Whoever sees a term of another unit is told of that unit, and not of this.
    let mut more = with(OWN);
    more.push(("dictionary/many.yaml", MANY.to_owned()));
    more.push(("roles/reader.yaml", READER.to_owned()));
    site.publish(&more).await;
    let reader = site.signed_in("reader", &["reader"]).await;
    let seen = reader.get("/api/v1/dictionary/unified").await.json();
    assert_eq!(seen["days"], json!([]), "{seen}");
    assert!(!days(&site.begun("keeper").await).await.is_empty());
    // Whoever sees no term is told nothing.
    let eve = site.signed_in("eve", &[]).await;
    assert!(days(&eve).await.is_empty());
}
