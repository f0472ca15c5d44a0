//! What is hidden moves nothing: two databases that differ only in values an asker may not see answer every question with the
//! same bytes.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use engine::{Command, Given};
use serde_json::Value as Json;

use super::{
    super::support::{Answer, Site, encoded},
    condition::Value,
    fill,
    telling::Telling,
    world::World,
};

/// Apps tried on each database.
const APPS: u64 = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_hidden_value_changes_no_byte() {
    let (mut moved, mut asked, mut apart) = (0, 0, 0);
    for seed in 101..101 + APPS {
        let (hidden, questions, differ) = one(seed).await;
        moved += hidden;
        asked += questions;
        apart += differ;
    }
    assert!(moved > 20 && asked > 500, "only {moved} values were changed and {asked} answers compared");
    assert!(apart > 0, "the two databases never differ, not even for who may see it");
}

/// Answers how many values differ, how many answers were compared, and for how many the platform itself was told apart.
async fn one(seed: u64) -> (usize, usize, usize) {
    let world = World::random(seed);
    let files = world.files();
    let first = Site::of(&files).await;
    let stored = fill(&first, &world, &BTreeMap::new()).await;
    let hidden = |id: &str| {
        let of = |asker| Telling { world: &world, stored: &stored, asker };
        !world.askers.iter().any(|asker| of(asker).given("item", id, "s"))
    };
    let items = stored.rows("item");
    let instead: BTreeMap<usize, i64> = items
        .iter()
        .enumerate()
        .filter(|(_, (id, _))| hidden(id))
        .map(|(at, (_, row))| (at, if row.get("s") == Some(&Value::Number(600)) { 0 } else { 6 }))
        .collect();
    let second = Site::of(&files).await;
    let other = fill(&second, &world, &instead).await;
    assert!(other.rows("item").iter().zip(items).all(|((a, _), (b, _))| a == b), "the ids must be the same");
    for (site, value) in [(&first, 1), (&second, 5)] {
        again(site, items.first().filter(|(id, _)| hidden(id)).map(|(id, _)| id.as_str()), value).await;
    }
    let apart = other.rows("item").iter().zip(items).filter(|((_, a), (_, b))| a.get("s") != b.get("s")).count();
    let mut asked = 0;
    for asker in &world.askers {
        let person = asker.person.map(|at| stored.rows("person")[at].0.parse().unwrap());
        let mine = first.signed_in_as(&asker.login, &asker.roles, person).await;
        let theirs = second.signed_in_as(&asker.login, &asker.roles, person).await;
        for path in questions(items.iter().map(|(id, _)| id.as_str())) {
            let (a, b) =
                (mine.send(Method::GET, &path, &[], None).await, theirs.send(Method::GET, &path, &[], None).await);
            assert_eq!(seen(&a), seen(&b), "seed {seed}, {}: {path}", asker.login);
            asked += 1;
        }
    }
    (instead.len(), asked, apart)
}

/// Changes a hidden value once more, so that there is history of it.
async fn again(site: &Site, id: Option<&str>, value: i64) {
    let Some(id) = id else { return };
    let system = site.engine.system();
    let entity = system.edition.app.entity_named("item").unwrap().id;
    let fields = vec![("s".to_owned(), Given::Json(Json::from(value)))];
    let command = Command::Update { entity, id: id.parse().unwrap(), expected: None, fields };
    site.engine.execute(&system, command).await.unwrap();
}

fn questions<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<String> {
    let base = "/api/v1/demo/item";
    let mut paths: Vec<String> = [
        "?limit=200",
        "?limit=200&fields=s,k4",
        "?limit=200&sort=s",
        "?limit=200&sort=-k4,a",
        "?limit=3&sort=-s",
        "/aggregate?measures=count,sum(s),avg(k4),min(s),max(s),distinct(s)",
        "/aggregate?group=s&measures=count",
        "/aggregate?group=b&measures=sum(k4)",
    ]
    .iter()
    .map(|rest| format!("{base}{rest}"))
    .collect();
    for filter in ["s > 3", "s == null", "!(s < 4)", "k4 == 12 || a > 1", "s == 6", "s == 5"] {
        paths.push(format!("{base}?limit=200&filter={}", encoded(filter)));
        paths.push(format!("{base}/aggregate?filter={}", encoded(filter)));
    }
    for id in ids {
        paths.push(format!("{base}/{id}"));
        paths.push(format!("{base}/{id}/history"));
    }
    paths
}

/// Everything of an answer that could tell something.
fn seen(answer: &Answer) -> (StatusCode, Option<String>, String) {
    (answer.status, answer.header("etag").map(str::to_owned), answer.text().to_owned())
}
