//! What posts are there for, what they are measured by, and what comes of it.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{APP, House, change, changed, found, made, on, page, read, series};

async fn house() -> House {
    let mut house = House::open().await;
    house.unit("HQ", "集团", None).await;
    house.unit("RAD", "放射科", Some("HQ")).await;
    house.post("HEAD", "放射科主任", "technical").await;
    house.post("RT", "放射技师", "technical").await;
    house.person("HEAD", "RAD", "HEAD", None).await;
    house.person("ANN", "RAD", "RT", Some("HEAD")).await;
    house.person("BEN", "RAD", "RT", Some("HEAD")).await;
    house
}

/// A template in use, with a line for each code, weight and three marks.
pub(super) async fn template(house: &House, code: &str, lines: &[(&str, u32, [&str; 3])]) -> (String, Vec<String>) {
    let id = made(&house.hr, "kpi_template", json!({"code": code, "name": code})).await;
    let mut items = Vec::new();
    for (indicator, weight, [threshold, target, stretch]) in lines {
        let kind = if indicator.starts_with('J') { "judged" } else { "measured" };
        let term = indicator.starts_with('K').then_some(*indicator);
        let known = found(&house.hr, "indicator", &format!("code == \"{indicator}\"")).await;
        let indicator = match known.first() {
            Some(known) => known["id"].as_str().unwrap().to_owned(),
            None => {
                let words = json!({"code": indicator, "name": indicator, "kind": kind, "term": term});
                made(&house.hr, "indicator", words).await
            }
        };
        let line = json!({
            "template": id, "indicator": indicator, "weight": weight.to_string(),
            "threshold": threshold, "target": target, "stretch": stretch,
        });
        items.push(made(&house.hr, "kpi_item", line).await);
    }
    changed(&house.hr, "kpi_template", &id, json!({"status": "active"})).await;
    (id, items)
}

/// The five lines of the worked example.
const RADIOGRAPHER: [(&str, u32, [&str; 3]); 5] = [
    ("K04", 30, ["30", "15", "8"]),
    ("K05", 25, ["80", "92", "100"]),
    ("K03R", 25, ["8", "4", "0"]),
    ("K10", 10, ["60", "90", "100"]),
    ("J03", 10, ["60", "100", "120"]),
];

#[tokio::test]
async fn weights_that_make_95_are_refused_wherever_they_come_from() {
    let house = house().await;
    let mut dimensions = Vec::new();
    for code in ["V1", "V2"] {
        dimensions.push(made(&house.hr, "value_dimension", json!({"code": code, "name": code})).await);
    }
    let rows = |weights: [&str; 2]| {
        let rows = dimensions.iter().zip(weights).map(|(dimension, weight)| {
            json!({"do": "create", "fields": {"post": house.post_id("RT"), "dimension": dimension, "weight": weight}})
        });
        json!({"commands": rows.collect::<Vec<_>>()})
    };
    let bulk = format!("{APP}/post_value/bulk");
    let refused = house.hr.post(&format!("{bulk}?lang=zh-CN"), rows(["60", "35"])).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", refused.text());
    assert!(
        refused.text().contains("合计95，应为100") || refused.text().contains("make 95, not 100"),
        "{}",
        refused.text()
    );
    let fine = house.hr.post(&bulk, rows(["60", "40"])).await;
    assert!(fine.status.is_success(), "{}", fine.text());
    let post = house.hr.get(&format!("/api/v1/organisation/post/{}", house.post_id("RT"))).await.json();
    assert_eq!(post["dimension_total"], 100.0);

    // A template in use stays at 100: one line less, or another weight, is refused with what it would make.
    let (id, items) = template(&house, "RT", &RADIOGRAPHER).await;
    let answer = change(&house.hr, "kpi_item", &items[0], json!({"weight": "25"})).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
    assert!(answer.text().contains("95"), "{}", answer.text());
    assert_eq!(read(&house.hr, "kpi_template", &id).await["total"], 100.0);
    let draft = made(&house.hr, "kpi_template", json!({"code": "X", "name": "X"})).await;
    let answer = change(&house.hr, "kpi_template", &draft, json!({"status": "active"})).await;
    assert_eq!(answer.faults(), ["status:rule"], "{}", answer.text());
}

#[tokio::test]
async fn a_person_has_the_template_of_the_category_the_post_or_their_own() {
    let house = house().await;
    let (common, _) = template(&house, "common", &[("K10", 100, ["60", "90", "100"])]).await;
    let (own, _) = template(&house, "own", &RADIOGRAPHER).await;
    let organisation = |entity: &str, id: &str| format!("/api/v1/organisation/{entity}/{id}");
    let categories = house.hr.get("/api/v1/organisation/post_category").await.json();
    let category = categories["items"][0]["id"].as_str().unwrap().to_owned();
    let list = page(&house.hr, "/p/post-map?view=empty").await;
    assert!(list.contains("放射技师"), "{list}");
    on(&house.hr, &organisation("post_category", &category), json!({"kpi_template": common})).await;
    let person = async |code: &str| house.hr.get(&organisation("person", &house.id(code))).await.json();
    assert_eq!(person("ANN").await["kpi_template"], json!(common));
    on(&house.hr, &organisation("post", &house.post_id("RT")), json!({"own_kpi_template": own})).await;
    assert_eq!(person("ANN").await["kpi_template"], json!(own));
    assert_eq!(person("HEAD").await["kpi_template"], json!(common));
    let path = organisation("person", &house.id("BEN"));
    let answer = house.hr.patch(&path, json!({"kpi_override": common})).await;
    assert_eq!(answer.faults(), ["kpi_override_reason:rule"], "{}", answer.text());
    on(&house.hr, &path, json!({"kpi_override": common, "kpi_override_reason": "本季度在外进修"})).await;
    assert_eq!(person("BEN").await["kpi_template"], json!(common));
    // No post is without measures, and everybody sees how many people each has.
    let posts = house.hr.get("/api/v1/organisation/post").await.json();
    for post in posts["items"].as_array().unwrap() {
        assert!(post["kpi_count"].as_i64().unwrap() > 0, "{post}");
    }
    let category = house.hr.get(&organisation("post_category", &category)).await.json();
    assert_eq!((&category["headcount"], &posts["items"].as_array().unwrap().len()), (&json!(3), &2));
    let ann = house.acts("ANN", &[]).await;
    let map = page(&ann, "/p/value-map").await;
    assert!(map.contains("technical"), "{map}");
}

#[tokio::test]
async fn the_radiographer_of_the_example_has_91_70() {
    let house = house().await;
    let (id, items) = template(&house, "RT", &RADIOGRAPHER).await;
    on(&house.hr, &format!("/api/v1/organisation/post/{}", house.post_id("RT")), json!({"own_kpi_template": id})).await;
    let cycle = json!({"code": "2025Q4", "name": "2025Q4", "starts": "2025-10-01", "ends": "2025-12-31"});
    let cycle = made(&house.hr, "cycle", cycle).await;
    let card = made(&house.hr, "scorecard", json!({"person": house.id("ANN"), "cycle": cycle})).await;
    // 21 minutes are 84, 95.2 % are 108, 5 % are 90, 75 % are 80; what is judged is the manager's.
    let mut lines = Vec::new();
    for (item, value) in items.iter().zip(["21", "95.2", "5", "75", ""]) {
        lines.push(json!({"scorecard": card, "item": item, "value": (!value.is_empty()).then_some(value)}));
    }
    // Nobody types what is measured, not even human resources.
    let typed = house.hr.post(&format!("{APP}/score_item"), lines[0].clone()).await;
    assert_eq!(typed.status, StatusCode::FORBIDDEN, "{}", typed.text());
    house.load("score_item", lines).await;
    let (head, ann) = (house.acts("HEAD", &["manager"]).await, house.acts("ANN", &[]).await);
    let score = async || {
        let card = read(&head, "scorecard", &card).await;
        (card["base"].to_string(), card["score"].to_string(), card["grade"].as_str().unwrap_or("-").to_owned())
    };
    let judged = found(&head, "score_item", "kind == \"judged\"").await[0]["id"].as_str().unwrap().to_owned();
    let measured = found(&head, "score_item", "kind == \"measured\"").await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(change(&head, "score_item", &measured, json!({"value": "1"})).await.status, StatusCode::NOT_FOUND);
    changed(&head, "score_item", &judged, json!({"value": "90"})).await;
    assert_eq!(score().await, ("91.7".into(), "91.7".into(), "B".into()));
    // The dictionary says the same of her in that quarter.
    let quarter = format!("grain=quarter&from=2025-Q4&to=2025-Q4&subject={}", house.id("ANN"));
    let told = series(&house.hr, "scorecard_score", &quarter).await;
    assert_eq!(told.iter().map(|value| value.parse::<f64>().unwrap()).collect::<Vec<_>>(), [91.7]);
    let answer = change(&head, "scorecard", &card, json!({"bonus": "3", "deduction": "0.5"})).await;
    assert_eq!(answer.faults(), ["reason:rule"], "{}", answer.text());
    let more = json!({"bonus": "3", "deduction": "0.5", "reason": "抢修加班；迟交一次"});
    changed(&head, "scorecard", &card, more).await;
    assert_eq!(score().await, ("91.7".into(), "94.2".into(), "B".into()));
    // Without the second line the others make up the whole.
    let lines = found(&head, "score_item", "weight == 25 && score == 108").await;
    let none = json!({"value": Value::Null});
    house.set("score_item", lines[0]["id"].as_str().unwrap(), none).await;
    assert_eq!(score().await.0, "86.27");
    // Their own card is theirs to see, nobody else's.
    assert_eq!(read(&ann, "scorecard", &card).await["score"].to_string(), "88.77");
    let ben = house.acts("BEN", &[]).await;
    assert_eq!(ben.get(&format!("{APP}/scorecard/{card}")).await.status, StatusCode::NOT_FOUND);
    let shown = page(&head, &format!("/r/scorecard/{card}")).await;
    assert!(shown.contains("88.77"), "{shown}");
}

#[tokio::test]
async fn what_posts_have_is_kept_week_by_week() {
    let mut house = house().await;
    let (own, _) = template(&house, "own", &RADIOGRAPHER).await;
    let measured = async |house: &House, code: &str| {
        let path = format!("/api/v1/organisation/post/{}", house.post_id(code));
        on(&house.hr, &path, json!({"own_kpi_template": own})).await;
    };
    measured(&house, "RT").await;
    // Over Sunday, 23 November; then somebody more comes, and the other post has measures too, before the next one.
    house.days_are_done(&[0, 4]).await;
    house.person("EVE", "RAD", "RT", Some("HEAD")).await;
    measured(&house, "HEAD").await;
    house.days_are_done(&[7]).await;
    let told = async |term: &str, periods: &str| -> Vec<f64> {
        let values = series(&house.hr, term, periods).await;
        values.iter().map(|value| value.parse().unwrap()).collect()
    };
    let weeks = "grain=week&from=2025-W47&to=2025-W48";
    assert_eq!(told("headcount", weeks).await, [3.0, 4.0]);
    // The mean of the month's weeks, in whole people.
    assert_eq!(told("headcount", "grain=month&from=2025-11&to=2025-11").await, [4.0]);
    assert_eq!(told("posts_measured", weeks).await, [50.0, 100.0]);
    assert_eq!(told("posts_valued", weeks).await, [0.0, 0.0]);
    // The page says what the dictionary says, by category too, and each number leads to its rows.
    let page = page(&house.hr, "/p/posts-health").await.replace("&#x2f;", "/");
    for part in ["Headcount · Category", "/dictionary/headcount/rows?period=2025-W48", ">4 people</a>", ">100.0%</a>"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
}
