//! Who could rotate, and how well those who apply fit what an opening asks for, with reasons.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{APP, House, changed, found, made, on, page, read};

/// Five of quality control with the suggestions of a quarter, and the desk that takes somebody in.
async fn house() -> House {
    let mut house = House::open().await;
    house.unit("QC", "Quality", None).await;
    house.unit("DESK", "Service desk", None).await;
    house.post("QCS", "Quality specialist", "quality").await;
    house.post("DESK", "Agent", "service").await;
    house.person("HEAD", "QC", "QCS", None).await;
    house.person("DESKHEAD", "DESK", "DESK", None).await;
    house.heads("QC", "HEAD").await;
    house.heads("DESK", "DESKHEAD").await;
    let mut rows = Vec::new();
    for (code, adopted) in [("E0276", 4), ("E0446", 5), ("E0616", 6), ("E0786", 3), ("E0956", 3)] {
        house.person(code, "QC", "QCS", Some("HEAD")).await;
        on(&house.hr, &format!("/api/v1/organisation/person/{}", house.id(code)), json!({"hired": "2020-01-01"})).await;
        rows.push(json!({"person": house.id(code), "quarter": "2025-Q3", "adopted": adopted}));
        // What was once does not count: the last quarter does.
        rows.push(json!({"person": house.id(code), "quarter": "2025-Q2", "adopted": 1}));
    }
    house.load("suggestion_quarter", rows).await;
    house
}

#[tokio::test]
async fn more_than_three_are_in_the_pool_and_three_are_not() {
    let house = house().await;
    let pool = page(&house.hr, "/p/rotation-pool").await;
    for (code, inside) in [("E0276", true), ("E0446", true), ("E0616", true), ("E0786", false), ("E0956", false)] {
        assert_eq!(pool.contains(&format!(">{code}</a>")), inside, "{code}: {pool}");
    }
}

#[tokio::test]
async fn applicants_are_ranked_with_a_reason_for_each_point() {
    let house = house().await;
    let head = house.acts("HEAD", &["manager"]).await;
    let training = |code: &str, completed: u32| json!({"person": house.id(code), "year": "2025", "assigned": 20, "completed": completed});
    house.load("training_year", vec![training("E0276", 16), training("E0446", 10)]).await;
    on(&house.hr, &format!("/api/v1/organisation/person/{}", house.id("E0786")), json!({"hired": "2024-11-01"})).await;
    let opening = json!({
        "title": "Desk, half a year", "unit": house.unit_id("DESK"), "starts": "2026-01-01", "ends": "2026-06-30",
        "wanted_suggestions": 3, "wanted_training": 80, "wanted_months": 24,
    });
    // The points of all that is asked make 100.
    let mut uneven = opening.clone();
    uneven["weight_suggestions"] = json!(35);
    let answer = house.hr.post(&format!("{APP}/rotation_opening"), uneven).await;
    assert_eq!(answer.json()["errors"][0]["field"], "weight_suggestions", "{}", answer.text());
    let opening = made(&house.hr, "rotation_opening", opening).await;
    let mut applications = Vec::new();
    for code in ["E0786", "E0446", "E0276"] {
        let acting = house.acts(code, &[]).await;
        let words = json!({"opening": opening, "person": house.id(code), "words": "I want to learn it."});
        applications.push(made(&acting, "rotation_application", words).await);
    }
    let stand = |one: &Value| {
        let part = |name: &str| (one[format!("{name}_match")].clone(), one[format!("{name}_points")].clone());
        (part("suggestions"), part("training"), part("service"), part("category"), one["score"].clone())
    };
    let is = |word: &str, points: f64| (json!(word), json!(points));
    let third = read(&house.hr, "rotation_application", &applications[0]).await;
    // Three are not more than three, which is most of the way; training is not known, which is no nought per cent.
    assert_eq!(
        stand(&third),
        (is("partly", 30.0), is("unknown", 0.0), is("partly", 10.0), is("met", 20.0), json!(60.0)),
        "{third}"
    );
    let second = read(&house.hr, "rotation_application", &applications[1]).await;
    assert_eq!(stand(&second), (is("met", 40.0), is("partly", 12.5), is("met", 20.0), is("met", 20.0), json!(92.5)));
    let first = read(&house.hr, "rotation_application", &applications[2]).await;
    assert_eq!(stand(&first), (is("met", 40.0), is("met", 20.0), is("met", 20.0), is("met", 20.0), json!(100.0)));
    // What an opening asks for may be put otherwise, and everybody is matched anew by what they had when they applied.
    house
        .load("suggestion_quarter", vec![json!({"person": house.id("E0276"), "quarter": "2025-Q4", "adopted": 0})])
        .await;
    let category = read_in(&house, "post", &house.post_id("DESK")).await["category"].clone();
    changed(&house.hr, "rotation_opening", &opening, json!({"category": category})).await;
    let first = read(&house.hr, "rotation_application", &applications[2]).await;
    assert_eq!((stand(&first).0, stand(&first).3, &first["score"]), (is("met", 40.0), is("unmet", 0.0), &json!(80.0)));
    changed(&house.hr, "rotation_opening", &opening, json!({"category": null})).await;
    // The best stands first, and every line says why.
    for path in ["/p/rotation-applications".to_owned(), format!("/r/rotation_opening/{opening}?tab=applications")] {
        let listed = page(&house.hr, &path).await;
        let place = |code: &str| listed.find(&format!(">{code}</a>")).unwrap_or_else(|| panic!("{code}: {listed}"));
        assert!(place("E0276") < place("E0446") && place("E0446") < place("E0786"), "{listed}");
        assert!(listed.contains("In part") && listed.contains("Not known"), "{listed}");
    }
    // Whoever decides is shown it where they are asked.
    let tasks = head.get(&format!("{APP}/workflows/tasks")).await.json();
    let case = tasks["items"].as_array().unwrap().iter().find(|task| task["record"] == json!(applications[0])).unwrap();
    let case = head.get(&format!("{APP}/workflows/cases/{}", case["case"].as_str().unwrap())).await.json();
    let shown = &case["mine"]["show"];
    assert_eq!((&shown["score"], &shown["suggestions_match"]), (&json!(60.0), &json!("partly")), "{shown}");
}

#[tokio::test]
async fn openings_are_ranked_for_whoever_is_in_the_pool() {
    let house = house().await;
    let opening = |title: &str, suggestions: u32| {
        json!({
            "title": title, "unit": house.unit_id("DESK"), "starts": "2026-01-01", "ends": "2026-06-30",
            "wanted_suggestions": suggestions,
        })
    };
    let mut openings = Vec::new();
    for (title, wanted) in [("Much asked", 7), ("Little asked", 3)] {
        openings.push(made(&house.hr, "rotation_opening", opening(title, wanted)).await);
    }
    house.settle().await;
    // Both openings for the three who had more than three, and nothing for those with three.
    let matches = found(&house.hr, "rotation_match", "score != null").await;
    assert_eq!(matches.len(), 6, "{matches:?}");
    let first = house.acts("E0276", &[]).await;
    let listed = page(&first, "/p/rotation-matches").await;
    let place = |title: &str| listed.find(&format!(">{title}</a>")).unwrap_or_else(|| panic!("{title}: {listed}"));
    assert!(place("Little asked") < place("Much asked"), "{listed}");
    let mine = found(&first, "rotation_match", "eligible == true").await;
    assert_eq!(mine.iter().map(|one| &one["adopted_then"]).collect::<Vec<_>>(), [&json!(4), &json!(4)]);
    let three = house.acts("E0786", &[]).await;
    assert!(found(&three, "rotation_match", "score != null").await.is_empty());
    // Somebody comes into the pool later, by the numbers of the next quarter, as the other system sends them. Sent again they
    // make no other match.
    let feed = house.site.signed_in("feed", &["data_feed"]).await;
    for _ in 0..2 {
        let rows = json!({"rows": [{"person": "E0786", "quarter": "2025-Q4", "adopted": 5}]});
        let answer = feed.post(&format!("{APP}/suggestion_quarter/import"), rows).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        house.settle().await;
        let mine = found(&three, "rotation_match", "score != null").await;
        assert_eq!(mine.len(), 2, "{mine:?}");
    }
    // A place that is closed is suggested to nobody.
    changed(&house.hr, "rotation_opening", &openings[1], json!({"status": "closed"})).await;
    assert!(!page(&first, "/p/rotation-matches").await.contains(">Little asked</a>"));
}

async fn read_in(house: &House, entity: &str, id: &str) -> Value {
    house.hr.get(&format!("/api/v1/organisation/{entity}/{id}")).await.json()
}
