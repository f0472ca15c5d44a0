//! What is hidden moves nothing: two databases that differ only in values an asker may not see answer every question with
//! the same bytes: lists, numbers, history, pages, files and live updates. What a mask hides is such a value too.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use engine::{Command, Given};
use futures_util::StreamExt as _;
use serde_json::Value as Json;
use tower::ServiceExt as _;

use super::{
    super::support::{Answer, Client, Site, encoded, sheets},
    condition::Value,
    fill,
    telling::{Cells, Stored, Telling},
    world::{Asker, MASKED, Row, World, alike},
};

/// Apps tried on each database.
const APPS: u64 = 5;

/// Fields that no condition reads, so that another value moves nothing else.
const FREE: [&str; 6] = ["s", "t", "u", "v", "p", "z"];

#[derive(Default)]
struct Tried {
    /// Values that differ.
    moved: usize,
    /// Answers compared.
    asked: usize,
    /// Pages and files among them that were given.
    shown: usize,
    /// Rows that the platform itself tells apart.
    apart: usize,
    /// Live updates compared.
    heard: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_hidden_value_changes_no_byte() {
    let mut tried = Tried::default();
    for seed in 101..101 + APPS {
        one(seed, &mut tried).await;
    }
    let Tried { moved, asked, shown, apart, heard } = tried;
    println!("{moved} values were changed, {asked} answers and {heard} live updates compared");
    assert!(moved > 20 && asked > 500, "only {moved} values were changed and {asked} answers compared");
    assert!(apart > 0, "the two databases never differ, not even for who may see it");
    assert!(shown > 0 && heard > 0, "{shown} pages and files were given, {heard} live updates came");
}

async fn one(seed: u64, tried: &mut Tried) {
    let world = World::random(seed);
    let files = world.files();
    let first = Site::of(&files).await;
    let stored = fill(&first, &world, &BTreeMap::new()).await;
    let items = stored.rows("item");
    let instead: BTreeMap<String, Row> =
        items.iter().map(|(id, row)| (id.clone(), others(&world, &stored, id, row))).collect();
    let second = Site::of(&files).await;
    let other = fill(&second, &world, &instead).await;
    assert!(other.rows("item").iter().zip(items).all(|((a, _), (b, _))| a == b), "the ids must be the same");
    let moving = items.iter().map(|(id, _)| id.as_str()).find(|id| hidden(&world, &stored, id, "s"));
    for (site, value) in [(&first, 1), (&second, 5)] {
        again(site, moving, value).await;
    }
    tried.moved += instead.values().map(Row::len).sum::<usize>();
    tried.apart += other.rows("item").iter().zip(items).filter(|((_, a), (_, b))| a != b).count();
    let mut readers = Vec::new();
    for asker in &world.askers {
        let (mine, theirs) = (signed_in(&first, asker, &stored).await, signed_in(&second, asker, &stored).await);
        let tokens = (token(&mine).await, token(&theirs).await);
        for path in questions(&stored) {
            let (a, b) = (mine.get(&path).await, theirs.get(&path).await);
            assert_eq!(seen(&a, &tokens.0), seen(&b, &tokens.1), "seed {seed}, {}: {path}", asker.login);
            tried.asked += 1;
            tried.shown += usize::from(a.status == StatusCode::OK && !path.starts_with("/api/"));
        }
        readers.push((mine, theirs));
    }
    // Last, because ids that are made from here on need not be the same.
    for (mine, theirs) in &readers {
        let heard = (heard(&first, mine, moving, 2).await, heard(&second, theirs, moving, 4).await);
        assert_eq!(heard.0, heard.1, "seed {seed}");
        if heard.0.len() > 1 {
            tried.heard += heard.0.len();
            break;
        }
    }
}

async fn signed_in(site: &Site, asker: &Asker, stored: &Stored) -> Client {
    let person = asker.person.map(|at| stored.rows("person")[at].0.parse().unwrap());
    site.signed_in_as(&asker.login, &asker.roles, person).await
}

/// Whether no asker may see a cell whole.
fn hidden(world: &World, stored: &Stored, id: &str, field: &str) -> bool {
    !world.askers.iter().any(|asker| Telling { world, stored, asker, saving: false }.given("item", id, field))
}

/// Other values for the cells of a row that nobody may see whole: what a mask shows of them stays the same.
fn others(world: &World, stored: &Stored, id: &str, row: &Cells) -> Row {
    let text = |text: &str| Value::Text(text.to_owned());
    let is = |field: &str, value: &Value| row.get(field) == Some(value);
    let mut other = Row::new();
    for field in FREE.into_iter().filter(|field| hidden(world, stored, id, field)) {
        let value = match field {
            "s" => Value::Number(if is("s", &Value::Number(600)) { 0 } else { 600 }),
            // No row of the world has this day.
            "t" => text("2025-11-11"),
            "u" => text(if is("u", &text("high")) { "low" } else { "high" }),
            "v" => Value::Number(if is("v", &text(&stored.rows("person")[3].0)) { 4 } else { 3 }),
            masked => match row.get(masked) {
                Some(Value::Text(known)) => match alike(world.mask(masked), known) {
                    Some(alike) => Value::Text(alike),
                    None => continue,
                },
                _ => continue,
            },
        };
        other.insert(field, value);
    }
    other
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

/// What a stream of live updates says while a hidden value is changed.
async fn heard(site: &Site, client: &Client, id: Option<&str>, value: i64) -> Vec<String> {
    let token = client.bearer.as_deref().unwrap();
    let request = Request::get("/live/item").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let response = site.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let mut said = vec![response.status().to_string()];
    let Some(row) = id.filter(|_| response.status() == StatusCode::OK) else { return said };
    // Of a row that they do not see a stream says nothing.
    if client.get(&format!("/api/v1/demo/item/{row}")).await.status != StatusCode::OK {
        return said;
    }
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        let event = tokio::time::timeout(Duration::from_secs(5), stream.next()).await.expect("no event came");
        String::from_utf8(event.unwrap().unwrap().to_vec()).unwrap()
    };
    said.push(next().await);
    again(site, id, value).await;
    said.push(next().await);
    said
}

fn questions(stored: &Stored) -> Vec<String> {
    let base = "/api/v1/demo/item";
    let mut paths: Vec<String> = [
        "?limit=200",
        "?limit=200&fields=s,k4,t,k6,u,v,p",
        "?limit=200&fields=v.name,v.e",
        "?limit=200&sort=s",
        "?limit=200&sort=-k4,a",
        "?limit=3&sort=-s",
        "?limit=200&sort=t,-u",
        "?limit=200&sort=-k6",
        "?limit=200&sort=v",
        "?limit=200&sort=v.name",
        "?limit=200&sort=-p",
        "?limit=200&search=7",
        "?limit=200&search=138",
        "/aggregate?measures=count,sum(s),avg(k4),min(s),max(s),distinct(s)",
        "/aggregate?measures=min(t),max(k6),distinct(t),distinct(u),distinct(v),distinct(p)",
        "/aggregate?group=s&measures=count",
        "/aggregate?group=t&measures=count",
        "/aggregate?group=u,v&measures=count",
        "/aggregate?group=p&measures=count",
        "/aggregate?group=v.f&measures=count",
        "/aggregate?group=b&measures=sum(k4)",
        "/aggregate?group=b&measures=max(t),distinct(v)&search=7",
    ]
    .iter()
    .map(|rest| format!("{base}{rest}"))
    .collect();
    for filter in [
        "s > 3",
        "s == null",
        "!(s < 4)",
        "k4 == 12 || a > 1",
        "s == 6",
        "s == 5",
        "t == \"2025-11-11\"",
        "!(t > TODAY())",
        "t == null",
        "k6 > e",
        "u in [\"low\", \"high\"]",
        "u == \"high\" || c",
        "v == actor.person",
        "v == owner",
        "v.name == \"p3\"",
        "REPORTS_TO_ME(v)",
        "UNDER_UNIT(v, \"u1\")",
        "IN_MY_UNIT(owner, t)",
        "CONTAINS(p, \"7\")",
        "!(p == \"abc\")",
        "z == null",
    ] {
        paths.push(format!("{base}?limit=200&filter={}", encoded(filter)));
        paths.push(format!("{base}/aggregate?filter={}", encoded(filter)));
    }
    for (id, _) in stored.rows("item") {
        paths.push(format!("{base}/{id}"));
        paths.push(format!("{base}/{id}/history"));
    }
    for (id, _) in stored.rows("item").iter().step_by(6) {
        paths.extend(MASKED.map(|field| format!("{base}/{id}/access?field={field}")));
        paths.push(format!("{base}/{id}/comments"));
        paths.push(format!("/r/item/{id}"));
    }
    for (id, _) in stored.rows("person").iter().skip(3).take(2) {
        paths.push(format!("/r/person/{id}"));
    }
    for page in ["", "?q=7", "?q=138", "?sort=t", "?sort=-v", "/export?format=csv", "/export?format=xlsx"] {
        paths.push(format!("/p/items{page}"));
    }
    paths.push("/p/tops".to_owned());
    paths
}

/// Everything of an answer that could tell something, but for the token of the session, which pages carry.
fn seen(answer: &Answer, token: &str) -> (StatusCode, Option<String>, String) {
    let etag = answer.header("etag").map(str::to_owned);
    let workbook = answer.header("content-type").is_some_and(|kind| kind.contains("spreadsheetml"));
    // The parts of a workbook say when it was made.
    let text = if workbook { format!("{:?}", sheets(&answer.body)) } else { answer.text().replace(token, "token") };
    (answer.status, etag, text)
}

/// The token that forms of a session carry.
async fn token(client: &Client) -> String {
    client.get("/api/v1/session").await.json()["csrf"].as_str().unwrap().to_owned()
}
