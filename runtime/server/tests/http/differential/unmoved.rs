//! What is hidden moves nothing: two databases that differ only in values an asker may not see answer every question with
//! the same bytes: lists, numbers, history, pages, files and live updates. What a mask hides is such a value too. The same goes for
//! whoever changes records of which they see a part.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use axum::{
    body::Body,
    http::{Method, Request, StatusCode, header},
};
use engine::{Command, Given};
use futures_util::StreamExt as _;
use jiff::SignedDuration;
use serde_json::{Value as Json, json};
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
    /// Answers compared with those before a change.
    still: usize,
    /// Answers of somebody that are in no number.
    untold: usize,
    /// Answers to whoever writes what they see, compared with those before a change of the rest.
    written: usize,
    /// Answers to whoever enters records beside those that they do not see.
    entered: usize,
}

/// Whoever holds it changes items of which they see a part, whatever everyone sees besides.
const WRITER: &str =
    "label: Writer\ngrants:\n  - {entity: item, actions: [read, update], read: [a, b, c, owner, up], write: [a, b]}\n";

/// Whoever holds it enters items, whatever everyone sees besides.
const MAKER: &str = "label: Maker\ngrants:\n  - {entity: item, actions: [create], write: [a, b, up]}\n";

/// Looks into what an item refers to, and says so.
const RULE: &str =
    "validations:\n  near: {rule: 'b != \"near\" || k3 == null || a + k3 != 7', message: 'a and {k3} make seven'}\n";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_hidden_value_changes_no_byte() {
    let mut tried = Tried::default();
    for seed in 101..101 + APPS {
        one(seed, &mut tried).await;
    }
    let Tried { moved, asked, shown, apart, heard, still, untold, written, entered } = tried;
    println!("{moved} values were changed, {asked} answers and {heard} live updates compared");
    assert!(moved > 20 && asked > 500, "only {moved} values were changed and {asked} answers compared");
    assert!(apart > 0, "the two databases never differ, not even for who may see it");
    assert!(shown > 0 && heard > 0, "{shown} pages and files were given, {heard} live updates came");
    assert!(written > 0 && entered > 0, "nobody who writes was asked again");
    assert!(still > 30 && untold > 20, "{still} answers were asked for again, {untold} are in no number");
}

async fn one(seed: u64, tried: &mut Tried) {
    let world = World::random(seed);
    let mut files = world.files();
    files.push(("roles/writer.yaml", WRITER.to_owned()));
    files.push(("roles/maker.yaml", MAKER.to_owned()));
    for (_, text) in files.iter_mut().filter(|(path, _)| *path == "entities/item.yaml") {
        text.push_str(RULE);
    }
    let first = Site::of(&files).await;
    let stored = fill(&first, &world, &BTreeMap::new()).await;
    let items = stored.rows("item");
    let mut instead: BTreeMap<String, Row> =
        items.iter().map(|(id, row)| (id.clone(), others(&world, &stored, id, row))).collect();
    let unsaid = untold(&world, &stored);
    tried.untold += unsaid.len();
    instead.extend(unsaid);
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
    tried.still += still(&first, &world, &stored, &readers).await;
    tried.written += written(&first, &world, &stored).await;
    tried.entered += entered(&first, &world, &stored).await;
    for (asker, (mine, theirs)) in world.askers.iter().zip(&readers) {
        let telling = Telling::of(&world, &stored, asker);
        let partly = |id: &str, (seen, unseen): (&str, &str)| {
            telling.given("item", id, seen) && !telling.given("item", id, unseen)
        };
        let pairs = [("t", "s"), ("s", "t")];
        let found = items.iter().find_map(|(id, _)| Some((id, pairs.into_iter().find(|pair| partly(id, *pair))?)));
        let Some((id, (seen, unseen))) = found else { continue };
        let seen = (seen, another(&stored, id, seen));
        let unseen = (unseen, another(&stored, id, unseen));
        // What changes unseen on one of them makes no difference to what is heard of a change that is seen.
        let a = heard(&first, mine, id, &[unseen, seen.clone()]).await;
        let b = heard(&second, theirs, id, &[seen]).await;
        assert_eq!(a, b, "seed {seed}, {}", asker.login);
        tried.heard += a.len();
        break;
    }
}

/// Changes what somebody does not see of a record that they see, and asks them again: not a byte is another, be it that
/// something changed, or when.
async fn still(site: &Site, world: &World, stored: &Stored, readers: &[(Client, Client)]) -> usize {
    let mut compared = 0;
    for (asker, (client, _)) in world.askers.iter().zip(readers) {
        let telling = Telling::of(world, stored, asker);
        let unseen = |field: &str, id: &str| telling.visible("item", id) && !telling.given("item", id, field);
        let items = stored.rows("item").iter();
        let masked = items.clone().filter(|(id, _)| telling.partly("item", id)).find_map(|(id, row)| {
            let Some(Value::Text(known)) = row.get("p").filter(|_| unseen("p", id)) else { return None };
            Some((id, "p", Json::from(alike(world.mask("p"), known)?)))
        });
        let whole = items.clone().find(|(id, _)| unseen("s", id)).map(|(id, _)| (id, "s", Json::from(9)));
        for (id, field, value) in masked.into_iter().chain(whole) {
            let before = again_asked(client, id).await;
            site.clock.pass(SignedDuration::from_secs(1));
            change(site, id, field, value).await;
            let after = again_asked(client, id).await;
            assert_eq!(before, after, "{}: {field} of {id}", asker.login);
            compared += before.len();
            // Others are to meet the row as it was.
            let row = stored.row("item", id).unwrap();
            let known = match row.get(field) {
                Some(Value::Text(text)) => Json::from(text.as_str()),
                Some(Value::Number(number)) => Json::from(number / 100),
                _ => Json::Null,
            };
            change(site, id, field, known).await;
        }
    }
    compared
}

/// The same for somebody who writes: not a byte of what they get is another, also where they write what was there, or are told
/// that something changed; and what they write against what they saw is written.
async fn written(site: &Site, world: &World, stored: &Stored) -> usize {
    let asker = Asker { login: "writer".to_owned(), roles: Vec::new(), person: None };
    let client = site.signed_in_as(&asker.login, &["writer"], None).await;
    let telling = Telling::of(world, stored, &asker);
    let mut compared = 0;
    let items = stored.rows("item").iter().filter(|(id, _)| !telling.given("item", id, "s"));
    for (id, row) in items.take(2) {
        let known = match row.get("b") {
            Some(Value::Text(text)) => Json::from(text.as_str()),
            _ => Json::Null,
        };
        let before = again_written(&client, id, &known).await;
        let tag = before[0].1.clone().unwrap();
        site.clock.pass(SignedDuration::from_secs(1));
        change(site, id, "s", Json::from(9)).await;
        let after = again_written(&client, id, &known).await;
        assert_eq!(before, after, "writer: s of {id}");
        compared += before.len();
        let (path, fields) = (format!("/api/v1/demo/item/{id}"), json!({"b": "zz"}));
        let saved = client.send(Method::PATCH, &path, &[("if-match", tag.as_str())], Some(fields.clone())).await;
        assert_eq!(saved.status, StatusCode::OK, "{}", saved.text());
        client.send(Method::PATCH, &path, &[("if-match", tag.as_str())], Some(fields)).await.refuses(412, "stale");
        // Others are to meet the row as it was.
        change(site, id, "b", known).await;
        let number = match row.get("s") {
            Some(Value::Number(number)) => Json::from(number / 100),
            _ => Json::Null,
        };
        change(site, id, "s", number).await;
    }
    compared
}

/// The same for somebody who enters items beside records that they do not see: what is filled in, what is refused and whatever is
/// said of it is what it is beside a record that is not there, before and after that record changes.
async fn entered(site: &Site, world: &World, stored: &Stored) -> usize {
    let asker = Asker { login: "maker".to_owned(), roles: Vec::new(), person: None };
    let client = site.signed_in_as(&asker.login, &["maker"], None).await;
    let telling = Telling::of(world, stored, &asker);
    let none = "0199c000-0000-7000-8000-000000000000";
    let mut compared = 0;
    for (id, row) in stored.rows("top").iter().filter(|(id, _)| !telling.visible("top", id)).take(2) {
        let beside_none = beside(&client, none).await;
        assert_eq!(beside(&client, id).await, beside_none, "maker: beside {id}");
        change_of(site, "top", id, "a", Json::from(3)).await;
        assert_eq!(beside(&client, id).await, beside_none, "maker: a of {id}");
        compared += 2 * beside_none.len();
        // Others are to meet the row as it was.
        let known = match row.get("a") {
            Some(Value::Number(number)) => Json::from(number / 100),
            _ => Json::Null,
        };
        change_of(site, "top", id, "a", known).await;
    }
    compared
}

/// All that somebody is told who enters an item beside a record, without its id.
async fn beside(client: &Client, id: &str) -> Vec<(StatusCode, Option<String>, String)> {
    let typed = format!("a=4&b=near&up={id}");
    let kind = Some("application/x-www-form-urlencoded");
    let live = client.raw(Method::POST, "/form/item/live", &[], kind, typed.as_bytes().to_vec()).await;
    let saved = client.raw(Method::POST, "/r/item/new", &[], kind, typed.as_bytes().to_vec()).await;
    let made = client.post("/api/v1/demo/item", json!({"a": 4, "b": "near", "up": id})).await;
    made.refuses(422, "invalid");
    let page = client.get(&format!("/r/item/new?up={id}")).await;
    let answers = [live, saved, made, page];
    let told = answers.iter().map(|answer| seen(answer, "nobody's token"));
    told.map(|(status, etag, text)| (status, etag, text.replace(id, "ID"))).collect()
}

/// All that is asked of a record once more by somebody who writes; `known` is what its field `b` holds.
async fn again_written(client: &Client, id: &str, known: &Json) -> Vec<(StatusCode, Option<String>, String)> {
    let path = format!("/api/v1/demo/item/{id}");
    let mut answers = again_asked(client, id).await;
    answers.push(seen(&client.get(&format!("/r/item/{id}/edit")).await, "nobody's token"));
    let same = json!({"b": known});
    let other = json!({"b": "zz"});
    for (header, fields) in [
        (("prefer", "return=minimal"), &same),
        (("prefer", "return=representation"), &same),
        (("if-match", "\"1\""), &other),
    ] {
        answers.push(seen(&client.send(Method::PATCH, &path, &[header], Some(fields.clone())).await, "nobody's token"));
    }
    answers
}

/// All that is asked of a record once more.
async fn again_asked(client: &Client, id: &str) -> Vec<(StatusCode, Option<String>, String)> {
    let base = "/api/v1/demo/item";
    let mut answers = Vec::new();
    for path in [
        format!("{base}/{id}"),
        format!("{base}/{id}/history"),
        format!("{base}?limit=200"),
        format!("{base}?limit=200&sort=-updated_at"),
        format!("{base}?limit=200&fields=version,updated_at,updated_by"),
        format!("{base}/aggregate?measures=count,max(updated_at),distinct(updated_by)"),
        format!("/r/item/{id}"),
        "/p/items".to_owned(),
    ] {
        answers.push(seen(&client.get(&path).await, "nobody's token"));
    }
    answers
}

/// Other scores for answers that nobody reads and that are in no number: of too few people, or not told yet.
fn untold(world: &World, stored: &Stored) -> BTreeMap<String, Row> {
    let answers = stored.rows("answer");
    let tellings: Vec<Telling<'_>> = world.askers.iter().map(|asker| Telling::of(world, stored, asker)).collect();
    let reads = |id: &str| tellings.iter().any(|telling| telling.given("answer", id, "score"));
    let silent = |(id, row): &&(String, Cells)| {
        let cell = |other: &Cells| other.get("top") == row.get("top") && other.get("kind") == row.get("kind");
        let together = answers.iter().map(|(_, other)| other).filter(|other| cell(other));
        let people: BTreeSet<&Value> = together.filter_map(|other| other.get("who")).collect();
        let many = people.into_iter().filter(|who| **who != Value::Null).count();
        let few = row.get("kind").is_none_or(|kind| many < world.answers.least(kind));
        // One that adds nothing leaves a sum unwritten, which is another number of writes.
        let adds = matches!(row.get("score"), Some(Value::Number(score)) if *score > 0);
        adds && !reads(id) && (few || !tellings[0].opened(id))
    };
    let other = |(id, row): &(String, Cells)| {
        let score = if row.get("score") == Some(&Value::Number(600)) { 300 } else { 600 };
        (id.clone(), Row::from([("score", Value::Number(score))]))
    };
    answers.iter().filter(silent).map(other).collect()
}

async fn signed_in(site: &Site, asker: &Asker, stored: &Stored) -> Client {
    let person = asker.person.map(|at| stored.rows("person")[at].0.parse().unwrap());
    site.signed_in_as(&asker.login, &asker.roles, person).await
}

/// Whether no asker may see a cell whole.
fn hidden(world: &World, stored: &Stored, id: &str, field: &str) -> bool {
    !world.askers.iter().any(|asker| Telling::of(world, stored, asker).given("item", id, field))
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
    if let Some(id) = id {
        change(site, id, "s", Json::from(value)).await;
    }
}

async fn change(site: &Site, id: &str, field: &str, value: Json) {
    change_of(site, "item", id, field, value).await;
}

async fn change_of(site: &Site, entity: &str, id: &str, field: &str, value: Json) {
    let system = site.engine.system();
    let entity = system.edition.app.entity_named(entity).unwrap().id;
    let fields = vec![(field.to_owned(), Given::Json(value))];
    let command = Command::Update { entity, id: id.parse().unwrap(), expected: None, fields };
    site.engine.execute(&system, command).await.unwrap();
}

/// Another value of a record's day or number; no row of the world has this day.
fn another(stored: &Stored, id: &str, field: &str) -> Json {
    let known = stored.row("item", id).and_then(|row| row.get(field));
    match field {
        "t" => Json::from("2025-11-12"),
        _ if known == Some(&Value::Number(800)) => Json::from(9),
        _ => Json::from(8),
    }
}

/// What a stream of live updates says once these values of a record have changed, the last of which is seen.
async fn heard(site: &Site, client: &Client, id: &str, changes: &[(&str, Json)]) -> Vec<String> {
    let token = client.bearer.as_deref().unwrap();
    let request = Request::get("/live/item").header(header::AUTHORIZATION, format!("Bearer {token}"));
    let response = site.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut said = Vec::new();
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        let event = tokio::time::timeout(Duration::from_secs(5), stream.next()).await.expect("no event came");
        String::from_utf8(event.unwrap().unwrap().to_vec()).unwrap()
    };
    said.push(next().await);
    for (field, value) in changes {
        change(site, id, field, value.clone()).await;
    }
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
    for (id, _) in stored.rows("top").iter().take(4) {
        paths.push(format!("/api/v1/demo/top/{id}"));
        paths.push(format!("/r/top/{id}"));
    }
    for asked in [
        "?limit=200",
        "/aggregate?measures=count,sum(score),max(score)",
        "/aggregate?anonymous=true&measures=count,sum(score),avg(score)",
        "/aggregate?anonymous=true&group=top,kind&measures=count,sum(score),avg(mark)",
        "/aggregate?anonymous=true&group=kind&measures=avg(score)",
    ] {
        paths.push(format!("/api/v1/demo/answer{asked}"));
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
