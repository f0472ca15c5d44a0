//! What is more than one answer holds is said, never cut off in silence: lists, numbers by group, series, boards and files.

use axum::http::StatusCode;
use engine::Bounds;
use serde_json::json;

use super::{
    dashboards::COUNT,
    support::{Client, FILES, Site},
};

const BOARD: &str = "
kind: dashboard
label: {zh-CN: 看板, en: Board}
menu: {group: numbers}
periods: 2
tiles:
  all: {term: goals}
  each: {term: goals, chart: bar, by: title}
";

const GOALS: &str = "
kind: list
label: {zh-CN: 目标, en: Goals}
menu: {group: numbers}
entity: goal
columns: [title, due]
";

/// Seven goals of this month, each with a title of its own, and whoever keeps them.
async fn seven() -> (Site, Client) {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    for (path, text) in &mut files {
        match *path {
            "app.yaml" => text.push_str("menu:\n  numbers: {label: {zh-CN: 数据, en: Numbers}}\n"),
            "roles/keeper.yaml" => *text = text.replace("goal, actions: [create,", "goal, actions: [export, create,"),
            _ => {}
        }
    }
    for (path, text) in [("dictionary/goals.yaml", COUNT), ("pages/board.yaml", BOARD), ("pages/goals.yaml", GOALS)] {
        files.push((path, text.to_owned()));
    }
    let site = Site::of(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    for title in ["a", "b", "c", "d", "e", "f", "g"] {
        keeper.made("goal", json!({"title": title, "due": "2025-11-03", "status": "open"})).await;
    }
    (site, keeper)
}

fn bound(site: &Site, most: u32) {
    let saved = usize::try_from(most).unwrap();
    site.engine.keep_within(Bounds { cells: most, groups: most, saved, ..Bounds::default() });
}

#[tokio::test]
async fn a_list_without_a_filter_comes_in_pages() {
    let (_site, keeper) = seven().await;
    let (mut seen, mut cursor) = (0, String::new());
    loop {
        let page = keeper.get(&format!("/api/v1/demo/goal?limit=3{cursor}")).await.json();
        seen += page["items"].as_array().unwrap().len();
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(seen, 7);
    keeper.get("/api/v1/demo/goal?limit=1000000").await.refuses(400, "bad-request");
}

#[tokio::test]
async fn numbers_by_group_say_that_there_are_more() {
    let (site, keeper) = seven().await;
    let asked = "/api/v1/demo/goal/aggregate?group=title&measures=count";
    let all = keeper.get(asked).await.json();
    assert_eq!((all["items"].as_array().unwrap().len(), all.get("more")), (7, None));
    bound(&site, 7);
    assert_eq!(keeper.get(asked).await.json().get("more"), None);
    for (most, limit) in [(6, ""), (7, "&limit=6")] {
        bound(&site, most);
        let some = keeper.get(&format!("{asked}{limit}")).await.json();
        assert_eq!((some["items"].as_array().unwrap().len(), &some["more"]), (6, &json!(true)));
    }
    keeper.get(&format!("{asked}&limit=8")).await.refuses(400, "bad-request");
}

#[tokio::test]
async fn a_series_of_too_many_numbers_is_refused_with_what_to_do() {
    let (site, keeper) = seven().await;
    let asked = "/api/v1/terms/goals/series?grain=month&from=2025-11&to=2025-11&group=title";
    bound(&site, 7);
    assert_eq!(keeper.get(asked).await.status, StatusCode::OK);
    bound(&site, 6);
    let refused = keeper.get(&format!("{asked}&lang=en")).await;
    refused.refuses(400, "bad-request");
    assert_eq!(refused.faults(), ["group:too-many"]);
    assert!(refused.text().contains("more than 6 numbers; ask for fewer periods or groups"), "{}", refused.text());
    // Two periods of seven are more than ten, whether or not both have data.
    bound(&site, 10);
    assert_eq!(keeper.get(&asked.replace("from=2025-11", "from=2025-10")).await.faults(), ["group:too-many"]);
}

#[tokio::test]
async fn a_tile_of_too_many_numbers_says_so_and_the_others_stay() {
    let (site, keeper) = seven().await;
    let page = keeper.get("/p/board?lang=en").await;
    assert!(!page.text().contains("more than") && page.text().contains("chart-bar"), "{}", page.text());
    bound(&site, 6);
    let page = keeper.get("/p/board?lang=en").await;
    for part in [">7</a>", "These are more than 6 numbers."] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    assert!(!page.text().contains("chart-bar"), "{}", page.text());
    // A file with an empty place in it would look whole.
    let file = keeper.get("/p/board/export?format=xlsx&lang=en").await;
    assert_eq!(file.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_list_that_is_too_long_for_a_file_is_not_cut_off() {
    let (site, keeper) = seven().await;
    for format in ["csv", "xlsx"] {
        let address = format!("/p/goals/export?format={format}&lang=en");
        bound(&site, 7);
        assert_eq!(keeper.get(&address).await.status, StatusCode::OK);
        bound(&site, 6);
        let refused = keeper.get(&address).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST, "{}", refused.text());
        assert!(refused.text().contains("more than 6 rows"), "{}", refused.text());
    }
}
