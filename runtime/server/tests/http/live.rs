//! What open pages hear of changes: of what their reader sees, and of nothing else, however many records there are.

use std::time::Duration;

use axum::{
    body::{Body, BodyDataStream},
    http::{Method, Request, StatusCode, header},
};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use server::{AppState, Options, router};
use tower::ServiceExt as _;

use super::support::{Client, FILES, Site, browser};

/// More than a stream remembers one by one.
const MANY: usize = 1_050;

const PEOPLE: &str = "
kind: list
label: {zh-CN: 人员, en: People}
entity: person
columns: [name, code]
sort: [-code]
rows: 2
";

const GOALS: &str = "
kind: list
label: {zh-CN: 目标, en: Goals}
entity: goal
columns: [title, level]
filters: [level]
sort: [-title]
rows: 2
";

const LANES: &str = "
kind: board
label: {zh-CN: 看板, en: Board}
entity: person
lanes: grade
card: [code]
";

const GRADE: &str = "  grade:
    type: choice
    label: {zh-CN: 等级, en: Grade}
    choices: {a: {label: {zh-CN: 甲, en: A}}, b: {label: {zh-CN: 乙, en: B}}}
";

const BOSS: &str = "  boss: {type: reference, label: {zh-CN: 上级, en: Boss}, to: person}\n";

const LOADER: &str = "
label: {zh-CN: 导入者, en: Loader}
grants:
  - {entity: person, actions: [create, read, update, import]}
  - {entity: goal, actions: [create, read, update, import]}
";

const LOOKER: &str = "
label: {zh-CN: 查看者, en: Looker}
grants:
  - {entity: person, actions: [read], read: [code, name, grade]}
";

const LINER: &str = "
label: {zh-CN: 看汇报线者, en: Liner}
grants:
  - {entity: person, actions: [read], read: [code, name, boss]}
";

/// The small app with pages, people in lanes, and somebody who brings many records.
async fn site() -> Site {
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "entities/person.yaml" => (path, format!("{text}{GRADE}{BOSS}")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    files.push(("pages/people.yaml", PEOPLE.to_owned()));
    files.push(("pages/goals.yaml", GOALS.to_owned()));
    files.push(("pages/lanes.yaml", LANES.to_owned()));
    files.push(("roles/loader.yaml", LOADER.to_owned()));
    files.push(("roles/looker.yaml", LOOKER.to_owned()));
    files.push(("roles/liner.yaml", LINER.to_owned()));
    Site::of(&files).await
}

/// The same reader at a server whose streams beat that often.
fn beating(site: &Site, client: &Client, milliseconds: u64) -> Client {
    let options = Options { beat: Some(Duration::from_millis(milliseconds)), ..Options::default() };
    Client { router: router(AppState::new(site.engine.clone(), options)), ..client.clone() }
}

/// A stream that was opened, after its greeting.
async fn opened(client: &Client, path: &str) -> BodyDataStream {
    let token = client.bearer.as_deref().unwrap();
    let request = Request::get(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    let response = client.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK, "{path}");
    let mut stream = response.into_body().into_data_stream();
    assert!(said(&mut stream, 5).await.is_some_and(|event| event.contains("retry")), "{path}");
    stream
}

/// What is said next within so many seconds, signs of life left out.
async fn said(stream: &mut BodyDataStream, seconds: u64) -> Option<String> {
    let next = async {
        loop {
            let event = String::from_utf8(stream.next().await.unwrap().unwrap().to_vec()).unwrap();
            if !event.contains("beat") {
                return event;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(seconds), next).await.ok()
}

async fn hears(stream: &mut BodyDataStream, what: &str) {
    let event = said(stream, 5).await.expect(what);
    assert!(event.contains("event: changed"), "{what}: {event}");
}

async fn hears_nothing(stream: &mut BodyDataStream, what: &str) {
    assert_eq!(said(stream, 1).await, None, "{what}");
}

async fn change(client: &Client, entity: &str, id: &str, body: Value) {
    let answer = client.send(Method::PATCH, &format!("/api/v1/demo/{entity}/{id}"), &[], Some(body)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
}

/// Brings many records as a file; answers the ids of the first and the last by that field.
async fn brought(client: &Client, entity: &str, by: &str, lines: Vec<String>) -> (String, String) {
    let path = format!("/api/v1/demo/{entity}/import");
    let content = lines.join("\n").into_bytes();
    let answer = client.raw(Method::POST, &path, &[], Some("text/csv; charset=utf-8"), content).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let id = async |sort: String| {
        let found = client.get(&format!("/api/v1/demo/{entity}?limit=1&sort={sort}")).await;
        found.json()["items"][0]["id"].as_str().unwrap().to_owned()
    };
    (id(by.to_owned()).await, id(format!("-{by}")).await)
}

/// A file of many rows.
fn lines(head: &str, row: impl Fn(usize) -> String) -> Vec<String> {
    std::iter::once(head.to_owned()).chain((1..=MANY).map(row)).collect()
}

#[tokio::test]
async fn what_changes_in_fields_that_a_reader_does_not_see_is_not_heard() {
    let site = site().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let clerk = site.signed_in("clerk", &["clerk"]).await;
    let person = ann.made("person", json!({"code": "E1", "name": "王伟", "salary": 100})).await;
    let one = format!("/live/person?id={person}");
    for (at, from) in ["/live/person", one.as_str()].into_iter().enumerate() {
        let mut news = opened(&clerk, from).await;
        change(&ann, "person", &person, json!({"salary": 200 + at})).await;
        hears_nothing(&mut news, "the salary is hidden").await;
        let code = if at == 0 { "E2" } else { "F2" };
        change(&ann, "person", &person, json!({"code": code})).await;
        hears_nothing(&mut news, "it is shown by its first character only").await;
        change(&ann, "person", &person, json!({"code": format!("F3{at}"), "salary": 300})).await;
        if at == 0 {
            hears(&mut news, "its first character is another").await;
        } else {
            hears_nothing(&mut news, "its first character is the same").await;
        }
        change(&ann, "person", &person, json!({"name": format!("王{at}")})).await;
        hears(&mut news, "the name is seen").await;
        ann.made("person", json!({"code": format!("N{at}"), "name": "李娜"})).await;
        if at == 0 {
            hears(&mut news, "a row came").await;
        } else {
            hears_nothing(&mut news, "it is another's").await;
        }
    }
    // Whoever sees all of everything hears of whatever changes.
    let mut news = opened(&ann, "/live/person").await;
    change(&ann, "person", &person, json!({"salary": 900})).await;
    hears(&mut news, "the salary is seen").await;
}

#[tokio::test]
async fn a_page_hears_of_what_it_shows_however_many_records_there_are() {
    let site = site().await;
    let ann = site.signed_in("ann", &["loader"]).await;
    let bob = site.signed_in("bob", &["looker"]).await;
    let people = lines("code,name,salary", |n| format!("E{n:04},Name {n},100"));
    let (first, last) = brought(&ann, "person", "code", people).await;
    let mut page = opened(&bob, "/live/page/people").await;
    let mut one = opened(&bob, &format!("/live/person?id={last}")).await;
    change(&ann, "person", &last, json!({"salary": 200})).await;
    hears_nothing(&mut page, "the salary is hidden").await;
    hears_nothing(&mut one, "the salary is hidden").await;
    change(&ann, "person", &first, json!({"name": "Elsewhere"})).await;
    hears_nothing(&mut page, "it is on another page").await;
    change(&ann, "person", &last, json!({"name": "Here"})).await;
    hears(&mut page, "it is shown").await;
    hears(&mut one, "it is shown").await;
    // A stream of everything hears of a record beyond those it remembers once it is new.
    let mut all = opened(&bob, "/live/person").await;
    change(&ann, "person", &last, json!({"salary": 300})).await;
    hears_nothing(&mut all, "the salary is hidden").await;
    ann.made("person", json!({"code": "F1", "name": "New"})).await;
    hears(&mut all, "it is new").await;
    hears(&mut page, "it is shown, and they are one more").await;
}

#[tokio::test]
async fn a_page_hears_of_rows_that_come_and_go_beyond_those_that_are_remembered() {
    let site = site().await;
    let ann = site.signed_in("ann", &["loader"]).await;
    let bob = site.signed_in("bob", &["reader"]).await;
    let goals = lines("title,status,level", |n| format!("G{n:04},open,1"));
    let (first, last) = brought(&ann, "goal", "title", goals).await;
    let mut page = opened(&bob, "/live/page/goals").await;
    let mut fifth = opened(&bob, "/live/page/goals?level.from=5").await;
    change(&ann, "goal", &last, json!({"status": "closed"})).await;
    hears(&mut page, "it goes").await;
    change(&ann, "goal", &last, json!({"level": 5})).await;
    hears_nothing(&mut page, "it is not seen").await;
    hears_nothing(&mut fifth, "it is not seen").await;
    change(&ann, "goal", &last, json!({"status": "open"})).await;
    hears(&mut page, "it comes").await;
    hears(&mut fifth, "it is of level five").await;
    // One that stands on another page is in the number of all.
    change(&ann, "goal", &first, json!({"status": "closed"})).await;
    hears(&mut page, "they are one less").await;
    hears_nothing(&mut fifth, "it is not of level five").await;
}

#[tokio::test]
async fn a_board_hears_of_its_cards_and_pages_say_where_they_hear() {
    let site = site().await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let bob = site.signed_in("bob", &["looker"]).await;
    let person = ann.made("person", json!({"code": "E1", "name": "王伟", "grade": "a", "salary": 100})).await;
    let mut board = opened(&bob, "/live/page/lanes").await;
    change(&ann, "person", &person, json!({"salary": 200})).await;
    hears_nothing(&mut board, "the salary is hidden").await;
    change(&ann, "person", &person, json!({"grade": "b"})).await;
    hears(&mut board, "the card moved").await;
    let cat = browser(&site, "cat", &["looker", "reader"]).await;
    for (page, stream) in [
        ("/p/people".to_owned(), "data-stream=\"/live/page/people\"".to_owned()),
        ("/p/goals?level.from=2".to_owned(), "data-stream=\"/live/page/goals?level.from=2\"".to_owned()),
        ("/p/lanes".to_owned(), "data-stream=\"/live/page/lanes\"".to_owned()),
        (format!("/r/person/{person}"), format!("data-url=\"/live/person?id={person}\"")),
    ] {
        let shown = cat.get(&page).await;
        assert!(shown.text().replace("&#x2f;", "/").contains(&stream), "{page}: {}", shown.text());
    }
    let nobody = site.signed_in("eve", &[]).await;
    nobody.get("/live/page/people").await.refuses(403, "denied");
    bob.get("/live/page/goals").await.refuses(403, "denied");
    bob.get("/live/page/none").await.refuses(404, "not-found");
    bob.get("/live/person?id=none").await.refuses(404, "not-found");
}

#[tokio::test]
async fn beyond_what_a_stream_remembers_it_says_look_again_by_the_clock_and_never_for_what_is_hidden() {
    let site = site().await;
    let ann = site.signed_in("ann", &["loader"]).await;
    let bob = site.signed_in("bob", &["looker"]).await;
    let people =
        |name: &'static str, salary: usize| lines("code,name,salary", move |n| format!("E{n:04},{name} {n},{salary}"));
    let (first, last) = brought(&ann, "person", "code", people("Name", 100)).await;
    let found = ann.get("/api/v1/demo/person?limit=1&filter=code%20%3D%3D%20%22E1040%22").await;
    let beyond = found.json()["items"][0]["id"].as_str().unwrap().to_owned();
    // By a clock that does not beat while this lasts.
    let slow = beating(&site, &bob, 600_000);
    let mut news = opened(&slow, "/live/person").await;
    change(&ann, "person", &beyond, json!({"name": "Elsewhere"})).await;
    hears_nothing(&mut news, "how it looked before is not known").await;
    change(&ann, "person", &beyond, json!({"salary": 200})).await;
    change(&ann, "person", &first, json!({"salary": 200})).await;
    hears_nothing(&mut news, "the salary is hidden").await;
    for id in [&beyond, &first] {
        change(&ann, "person", id, json!({"name": "Seen"})).await;
        hears(&mut news, "it is remembered").await;
    }
    let new = ann.made("person", json!({"code": "F1", "name": "New"})).await;
    hears(&mut news, "it is new").await;
    change(&ann, "person", &new, json!({"salary": 200})).await;
    hears_nothing(&mut news, "the salary is hidden").await;
    // Many at once, all of them in what is hidden, and then in what is not.
    let mut news = opened(&slow, "/live/person").await;
    brought(&ann, "person", "code", people("Other", 200)).await;
    hears(&mut news, "they have other names").await;
    let mut news = opened(&slow, "/live/person").await;
    brought(&ann, "person", "code", people("Other", 300)).await;
    hears_nothing(&mut news, "the salaries are hidden").await;
    // By one that beats: as often where nothing happens at all.
    let mut news = opened(&beating(&site, &bob, 500), "/live/person").await;
    for _ in 0..3 {
        hears(&mut news, "look again").await;
    }
    // Who can be told for sure is told by no clock: of all, of few, of one.
    let cat = site.signed_in("cat", &["reader"]).await;
    let one = format!("/live/person?id={last}");
    for (client, path) in [(&ann, "/live/person"), (&cat, "/live/goal"), (&bob, one.as_str())] {
        hears_nothing(&mut opened(&beating(&site, client, 300), path).await, path).await;
    }
}

#[tokio::test]
async fn a_record_hears_of_those_of_its_kind_that_refer_to_it_and_of_no_others() {
    let site = site().await;
    let ann = site.signed_in("ann", &["loader"]).await;
    let lin = site.signed_in("lin", &["liner"]).await;
    let bob = site.signed_in("bob", &["looker"]).await;
    let people = lines("code,name,salary", |n| format!("E{n:04},Name {n},100"));
    let (first, last) = brought(&ann, "person", "code", people).await;
    let path = format!("/live/person?id={first}");
    let (mut news, mut unseen) = (opened(&lin, &path).await, opened(&bob, &path).await);
    change(&ann, "person", &last, json!({"name": "Elsewhere"})).await;
    hears_nothing(&mut news, "it does not refer to it").await;
    change(&ann, "person", &last, json!({"boss": first})).await;
    hears(&mut news, "it refers to it").await;
    hears_nothing(&mut unseen, "who refers to whom is hidden").await;
    change(&ann, "person", &last, json!({"salary": 200})).await;
    hears_nothing(&mut news, "the salary is hidden").await;
    change(&ann, "person", &last, json!({"name": "Here"})).await;
    hears(&mut news, "it refers to it").await;
    change(&ann, "person", &last, json!({"boss": null})).await;
    hears(&mut news, "it refers to it no more").await;
    change(&ann, "person", &last, json!({"name": "Elsewhere"})).await;
    hears_nothing(&mut news, "it does not refer to it").await;
    change(&ann, "person", &first, json!({"name": "Itself"})).await;
    hears(&mut news, "it is the record itself").await;
    hears(&mut unseen, "it is the record itself").await;
}
