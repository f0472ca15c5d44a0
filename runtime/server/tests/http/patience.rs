//! Questions that go through more rows than can be in time: they are refused in words, end in the database, and take nothing else
//! along that a page shows.
//!
//! The field `level` of these goals never comes to an end: whoever reads it is at work for as long as somebody waits.

use std::time::Duration;

use axum::http::StatusCode;
use engine::Bounds;
use serde_json::json;
use server::{AppState, Options, router};

use super::{
    dashboards::COUNT,
    support::{Client, FILES, Site},
};

const LEVELS: &str = "
code: W4
label: {zh-CN: 级别合计, en: Levels}
definition: {zh-CN: 级别合计, en: Levels together}
direction: none
frequency: monthly
owner: care
places: 0
measure: {over: goal, time: due, simple: sum(level)}
";

const BOARD: &str = "
kind: dashboard
label: {zh-CN: 看板, en: Board}
menu: {group: numbers}
periods: 2
tiles:
  all: {term: goals}
  levels: {term: levels}
";

const HOME: &str = "
kind: home
label: {zh-CN: 首页, en: Home}
blocks:
  all: {label: {zh-CN: 目标, en: Goals}, value: {entity: goal, measure: count}}
  levels: {label: {zh-CN: 级别, en: Levels}, value: {entity: goal, measure: sum(level)}}
";

const GOALS: &str = "
kind: list
label: {zh-CN: 目标, en: Goals}
menu: {group: numbers}
entity: goal
columns: [title, due]
rows: 2
";

const SQLITE: &str = "
ALTER TABLE demo_goal RENAME COLUMN level TO level_kept;
ALTER TABLE demo_goal RENAME TO demo_goal_rows;
CREATE VIEW demo_goal AS SELECT demo_goal_rows.*,
  (WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x FROM n) SELECT count(*) FROM n) AS level
  FROM demo_goal_rows;
";

const POSTGRES: &str = "
ALTER TABLE demo_goal RENAME COLUMN level TO level_kept;
ALTER TABLE demo_goal RENAME TO demo_goal_rows;
CREATE VIEW demo_goal AS SELECT demo_goal_rows.*,
  (SELECT count(*) FROM generate_series(1, 9000) a, generate_series(1, 9000) b, generate_series(1, 9000) c,
    generate_series(1, 9000) d) AS level
  FROM demo_goal_rows;
";

fn on_postgres(site: &Site) -> bool {
    format!("{:?}", site.engine.store()).contains("Postgres")
}

/// Three goals of this month whose level never comes to an end, and whoever keeps them.
async fn endless() -> (Site, Client) {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    for (path, text) in &mut files {
        if *path == "app.yaml" {
            text.push_str("home: home\nmenu:\n  numbers: {label: {zh-CN: 数据, en: Numbers}}\n");
        }
    }
    for (path, text) in [
        ("dictionary/goals.yaml", COUNT),
        ("dictionary/levels.yaml", LEVELS),
        ("pages/board.yaml", BOARD),
        ("pages/home.yaml", HOME),
        ("pages/goals.yaml", GOALS),
    ] {
        files.push((path, text.to_owned()));
    }
    let site = Site::of(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    for title in ["a", "b", "c"] {
        keeper.made("goal", json!({"title": title, "due": "2025-11-03", "status": "open", "level": 1})).await;
    }
    site.say(if on_postgres(&site) { POSTGRES } else { SQLITE }).await;
    (site, keeper)
}

/// The same client at a server that waits so long for an answer.
fn patient(site: &Site, client: &Client, seconds: u64) -> Client {
    let options = Options { patience: Some(Duration::from_secs(seconds)), ..Options::default() };
    Client { router: router(AppState::new(site.engine.clone(), options)), ..client.clone() }
}

/// Waits until PostgreSQL is no longer at work on goals.
async fn at_rest(site: &Site) {
    let at_work = "SELECT query FROM pg_stat_activity WHERE state = 'active' AND datname = current_database() \
                   AND pid <> pg_backend_pid() AND query LIKE '%demo_goal%'";
    let rest = async {
        while !site.read(at_work).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), rest).await.expect("PostgreSQL goes on");
}

#[tokio::test]
async fn a_question_that_takes_too_long_is_refused_with_what_to_do_and_ends() {
    let (site, keeper) = endless().await;
    let hasty = patient(&site, &keeper, 2);
    let refused = hasty.get("/api/v1/demo/goal?sort=level&lang=en").await;
    let problem = refused.refuses(422, "too-many-rows");
    assert_eq!(problem["title"], "There are too many rows to go through; narrow this by a filter or a shorter period");
    let page = hasty.get("/p/goals?sort=level&lang=zh-CN").await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.text().contains("数据量太大，无法及时算出。请筛选或缩短期间后再试"), "{}", page.text());
    // What does not read it is answered as before, by the same connections.
    assert!(hasty.get("/p/goals?lang=en").await.text().contains("1–2 of 3"));
    if on_postgres(&site) {
        at_rest(&site).await;
    }
}

#[tokio::test]
async fn whoever_goes_away_leaves_nothing_at_work() {
    let (site, keeper) = endless().await;
    let asked = keeper.get("/api/v1/demo/goal?sort=level");
    assert!(tokio::time::timeout(Duration::from_millis(500), asked).await.is_err(), "it is endless");
    if on_postgres(&site) {
        at_rest(&site).await;
    }
    // SQLite has no list of what it is at: that a connection is let go of is seen in the store's own tests.
    assert!(keeper.get("/p/goals?lang=en").await.text().contains("1–2 of 3"));
}

#[tokio::test]
async fn a_tile_that_takes_too_long_says_so_and_the_others_stay() {
    let (site, keeper) = endless().await;
    let hasty = patient(&site, &keeper, 4);
    let page = hasty.get("/p/board?lang=en").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains(">3</a>"), "{}", page.text());
    let said = "There are too many rows to go through. Filter, or choose a shorter period.";
    assert_eq!(page.text().matches(said).count(), 1, "{}", page.text());
    let home = hasty.get("/?lang=en").await;
    assert_eq!(home.status, StatusCode::OK, "{}", home.text());
    assert!(home.text().contains("<span class=\"stat-value\">3</span>"), "{}", home.text());
    assert_eq!(home.text().matches(said).count(), 1, "{}", home.text());
}

#[tokio::test]
async fn a_list_that_takes_too_long_to_count_shows_its_rows_and_no_wrong_number() {
    let (site, keeper) = endless().await;
    let client = patient(&site, &keeper, 3_600);
    site.engine.keep_within(Bounds { besides: Duration::ZERO, ..Bounds::default() });
    let page = client.get("/p/goals?lang=en").await;
    for part in ["more than 2; too many to count", "1–2 of more than 2"] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    // The only page of a list says how many rows there are, counted or not.
    let page = client.get("/p/goals?q=b&lang=en").await;
    assert!(page.text().contains("1 in all") && page.text().contains("1–1 of 1"), "{}", page.text());
    site.engine.keep_within(Bounds::default());
    assert!(client.get("/p/goals?lang=en").await.text().contains("1–2 of 3"));
}
