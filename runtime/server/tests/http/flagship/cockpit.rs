//! A cockpit: somebody's own numbers, their score and place, and what is old marked as old.

use serde_json::json;

use super::{
    super::support::{FILES as APP_FILES, Site},
    House, page, series,
};

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

/// What a page of twelve tiles may ask of the database where one kind of rows is measured, everything around its numbers included.
const MOST_STATEMENTS: u64 = 20;

#[tokio::test]
async fn twelve_tiles_take_few_statements() {
    let mut files: Vec<(&str, String)> = APP_FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    let names: Vec<String> = (0..12).map(|at| format!("m{at}")).collect();
    let paths: Vec<String> = names.iter().map(|name| format!("dictionary/{name}.yaml")).collect();
    for (at, path) in paths.iter().enumerate() {
        let term = format!(
            "code: M{at}\nlabel: {{zh-CN: 指标{at}, en: Number {at}}}\ndefinition: {{zh-CN: 合计, en: Total}}\ndirection: higher\nfrequency: monthly\nowner: care\nmeasure: {{over: goal, time: due, subject: owner, where: level <= {}, simple: sum(weight)}}\n",
            at + 1
        );
        files.push((path.as_str(), term));
    }
    let tiles: String = names.iter().map(|name| format!("  {name}: {{term: {name}}}\n")).collect();
    let board =
        format!("kind: dashboard\nlabel: {{zh-CN: 驾驶舱, en: Cockpit}}\nabout: person\nperiods: 6\ntiles:\n{tiles}");
    files.push(("pages/cockpit.yaml", board));
    let site = Site::of(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let owner = keeper.made("person", json!({"code": "E1", "name": "王伟"})).await;
    let goal = json!({"title": "a", "weight": "30", "level": 1, "due": "2025-11-10", "owner": owner});
    keeper.made("goal", goal).await;
    while site.engine.turn("one").await.unwrap() > 0 {}
    let path = format!("/p/cockpit?of={owner}");
    // What is read once for all pages, as who somebody is, is no cost of this one.
    page(&keeper, &path).await;
    let before = site.engine.store().reads();
    let shown = page(&keeper, &path).await;
    let asked = site.engine.store().reads() - before;
    assert_eq!(shown.matches("class=\"tile-value\"").count(), 12, "{shown}");
    assert!(asked <= MOST_STATEMENTS, "{asked} statements");
}

#[tokio::test]
async fn a_page_asks_each_kind_of_rows_once_and_not_each_tile() {
    let mut house = House::open().await;
    house.unit("CS", "客服部", None).await;
    house.post("AGENT", "客服专员", "support").await;
    house.person("ANN", "CS", "AGENT", None).await;
    let row = json!({"person": house.id("ANN"), "day": "2025-11-18", "calls": 100, "solved": 80});
    house.load("call_day", vec![row]).await;
    house.settle().await;
    let ann = house.acts("ANN", &[]).await;
    page(&ann, "/p/cockpit").await;
    let before = house.site.engine.store().reads();
    let shown = page(&ann, "/p/cockpit").await;
    let asked = house.site.engine.store().reads() - before;
    assert!(shown.contains("id=\"tile-first_call\""), "{shown}");
    // Its numbers come from eleven systems, one of them by the month and by the quarter.
    assert!(asked <= MOST_STATEMENTS + 12, "{asked} statements");
}
