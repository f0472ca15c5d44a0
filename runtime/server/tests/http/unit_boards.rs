//! Boards that people put together: a unit, terms, a layout. They show what each reader's own rights give, to those they are
//! shared with, and can go on as a file of the app.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::{
    boards::{World, filled_but, holds, shown, world},
    support::{Client, encoded},
};

const PERSON: &str = "
label: {zh-CN: 人员, en: Person}
stands_for: person
display: name
key: code
fields:
  code: {type: text, label: {zh-CN: 工号, en: Code}, required: true, unique: true}
  name: {type: text, label: {zh-CN: 姓名, en: Name}, required: true}
  unit: {type: reference, to: unit, label: {zh-CN: 部门, en: Unit}, stands_for: unit}
  kind: {type: text, label: {zh-CN: 工种, en: Kind}}
";

const PRAISE: &str = "
code: P1
label: {zh-CN: 目标数, en: Goals}
definition: {zh-CN: 目标个数, en: How many goals}
direction: higher
frequency: monthly
owner: care
places: 0
measure: {over: goal, time: due, subject: owner, simple: count}
suggested_for: kind == \"sales\"
";

const NOBODYS: &str = "
code: N1
label: {zh-CN: 单位数, en: Units}
definition: {zh-CN: 单位个数, en: How many units}
direction: none
frequency: yearly
owner: care
measure: {over: unit, time: created_at, simple: count}
";

const KEEPER: &str = "
label: {zh-CN: 管理者, en: Keeper}
shares_boards: true
grants:
  - {entity: person, actions: [create, read]}
  - {entity: goal, actions: [create, read]}
  - {entity: unit, actions: [create, read]}
  - {entity: renewal, actions: [create, read, export]}
";

/// Sees people, their goals and units, and no renewals.
const GOALS: &str = "
label: {zh-CN: 目标, en: Goals}
grants:
  - {entity: person, actions: [read]}
  - {entity: goal, actions: [read]}
  - {entity: unit, actions: [read]}
";

/// Sees who works where, and not as what.
const PLAIN: &str = "
label: {zh-CN: 普通, en: Plain}
grants:
  - {entity: person, actions: [read], read: [code, name, unit]}
  - {entity: goal, actions: [read]}
  - {entity: unit, actions: [read]}
";

const MORE: [(&str, &str); 6] = [
    ("roles/goals.yaml", GOALS),
    ("entities/person.yaml", PERSON),
    ("dictionary/goals.yaml", PRAISE),
    ("dictionary/units.yaml", NOBODYS),
    ("roles/keeper.yaml", KEEPER),
    ("roles/plain.yaml", PLAIN),
];

/// The sample, with somebody in T2 who has a goal, and their client.
async fn sample() -> (World, Client) {
    let world = world(&MORE).await;
    filled_but(&world, ("", "")).await;
    let person = world.keeper.made("person", json!({"code": "E1", "name": "王伟", "unit": world.unit("T2")})).await;
    let goal = json!({"title": "a", "due": "2025-11-03", "status": "open", "owner": person});
    world.keeper.made("goal", goal).await;
    let inside = world.site.signed_in_as("inside", &["reader"], Some(person.parse().unwrap())).await;
    (world, inside)
}

/// Sends the form; the answer is the address it leads to, or the page that refuses it.
async fn make(client: &Client, fields: &[(&str, &str)]) -> Result<String, String> {
    let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
    let answer = super::support::form(client, "/boards/new", &body.join("&")).await;
    match answer.status {
        StatusCode::SEE_OTHER => Ok(answer.headers["location"].to_str().unwrap().to_owned()),
        status => {
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.text());
            Err(answer.text().to_owned())
        }
    }
}

#[tokio::test]
async fn a_board_is_a_unit_terms_and_a_layout() {
    let (world, _) = sample().await;
    let form = shown(&world.keeper, "/boards/new").await;
    // Units with those above them; terms about units or people in them, and no others.
    holds(&form, &["North / T2", "value=\"rate\"", "value=\"goals\"", "1. Department", "4. Publish"]);
    assert!(!form.contains("value=\"units\""), "{form}");
    let unit = world.unit("North");
    let fields = [("unit", unit), ("terms", "rate"), ("terms", "goals"), ("layout", "compared"), ("audience", "unit")];
    let address = make(&world.keeper, &fields).await.unwrap();
    let board = shown(&world.keeper, address.split('?').next().unwrap()).await;
    // T1 and T2: 58 + 73 of 164; and the goal of somebody who works in T2.
    holds(&board, &["Board of North", "79.9%", ">1</a>", "chart-bar", "Put together by KEEPER"]);
    // Behind its numbers are the rows of the unit and those below.
    holds(&board, &["unit=North"]);
    let rows = shown(&world.keeper, "/dictionary/rate/rows?period=2025-Q4&unit=North").await;
    holds(&rows, &["79.9%", "3 rows"]);
    holds(&shown(&world.keeper, "/boards").await, &["Board of North", "North · Renewal rate, Goals"]);
    assert!(world.site.acts().await.contains(&"board.make done".to_owned()));
}

#[tokio::test]
async fn terms_are_proposed_by_what_people_of_the_department_do() {
    let (world, _) = sample().await;
    let of = |unit: &str| format!("/boards/new?unit={}", world.unit(unit));
    let goals = "value=\"goals\" checked";
    // Nobody of T2 is said to sell, so far.
    assert!(!shown(&world.keeper, &of("T2")).await.contains(goals));
    let seller = json!({"code": "E2", "name": "李娜", "unit": world.unit("T2"), "kind": "sales"});
    world.keeper.made("person", seller).await;
    // Those below count too. What is proposed comes first and is chosen; nothing else is.
    for unit in ["T2", "North", "G"] {
        let form = shown(&world.keeper, &of(unit)).await;
        holds(&form, &[goals, "Proposed for the people who work there: 1."]);
        assert!(!form.contains("value=\"rate\" checked"), "{form}");
        assert!(form.find("value=\"goals\"") < form.find("value=\"rate\""), "{form}");
    }
    for address in [of("T3"), "/boards/new".to_owned()] {
        let form = shown(&world.keeper, &address).await;
        assert!(!form.contains("Proposed") && !form.contains(goals), "{form}");
    }
    // What was chosen stays; and whose work is not theirs to see does not learn of it here.
    let form = shown(&world.keeper, &format!("{}&terms=rate", of("T2"))).await;
    assert!(form.contains("value=\"rate\" checked") && !form.contains(goals), "{form}");
    let plain = world.site.signed_in("plain", &["plain"]).await;
    let form = shown(&plain, &of("T2")).await;
    assert!(form.contains("value=\"goals\"") && !form.contains("Proposed") && !form.contains(goals), "{form}");
}

#[tokio::test]
async fn those_it_is_shared_with_see_what_their_own_rights_give() {
    let (world, inside) = sample().await;
    let outside = world.site.signed_in("outside", &["reader"]).await;
    let unit = world.unit("North");
    let with = |audience| [("unit", unit), ("terms", "due"), ("layout", "numbers"), ("audience", audience)];
    let mut addresses = Vec::new();
    for audience in ["me", "unit", "all"] {
        let address = make(&world.keeper, &with(audience)).await.unwrap();
        addresses.push(address.split('?').next().unwrap().to_owned());
    }
    let status = async |client: &Client, at: usize| client.get(&addresses[at]).await.status;
    for (client, seen) in [(&world.keeper, [200, 200, 200]), (&inside, [404, 200, 200]), (&outside, [404, 404, 200])] {
        for (at, expected) in seen.into_iter().enumerate() {
            assert_eq!(status(client, at).await.as_u16(), expected, "{at}");
        }
    }
    // The keeper sees all 164, a reader only the large ones.
    holds(&shown(&world.keeper, &addresses[1]).await, &[">164</a>"]);
    holds(&shown(&inside, &addresses[1]).await, &[">114</a>"]);
    // Only its maker removes it.
    let id = addresses[1].rsplit('/').next().unwrap();
    super::support::form(&inside, &format!("/boards/{id}/remove"), "").await;
    // Another's board is not removed, and the ledger does not say that it was.
    assert!(!world.site.acts().await.iter().any(|act| act.contains("board.remove")));
    assert_eq!(status(&world.keeper, 1).await, StatusCode::OK);
    super::support::form(&world.keeper, &format!("/boards/{id}/remove"), "").await;
    assert_eq!(status(&world.keeper, 1).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn of_a_board_a_reader_learns_no_term_they_may_not_see() {
    let (world, _) = sample().await;
    let unit = world.unit("North");
    let board = |terms: &[&'static str], name: &'static str| {
        let terms = terms.iter().map(|term| ("terms", *term)).collect::<Vec<_>>();
        [vec![("unit", unit), ("layout", "numbers"), ("audience", "all"), ("name", name)], terms].concat()
    };
    make(&world.keeper, &board(&["rate"], "Contracts of North")).await.unwrap();
    let both = make(&world.keeper, &board(&["rate", "goals"], "Both of North")).await.unwrap();
    let goals = world.site.signed_in("goals", &["goals"]).await;
    let list = shown(&goals, "/boards").await;
    holds(&list, &["Both of North", "North · Goals"]);
    assert!(!list.contains("Contracts of North") && !list.contains("Renewal rate"), "{list}");
    let yaml = goals.get(&format!("{}/export?format=yaml", both.split('?').next().unwrap())).await;
    assert!(yaml.text().contains("term: goals") && !yaml.text().contains("rate"), "{}", yaml.text());
}

#[tokio::test]
async fn what_is_no_board_is_refused_in_the_form() {
    let (world, inside) = sample().await;
    let unit = world.unit("T2");
    let base = [("unit", unit), ("layout", "numbers"), ("audience", "me")];
    let with =
        |more: &[(&'static str, &'static str)]| base.iter().copied().chain(more.iter().copied()).collect::<Vec<_>>();
    let refused = make(&world.keeper, &with(&[])).await.unwrap_err();
    holds(&refused, &["choose one to six terms"]);
    for terms in [&[("terms", "units")][..], &[("terms", "nothing")], &[("terms", "rate"), ("terms", "rate")]] {
        holds(&make(&world.keeper, &with(terms)).await.unwrap_err(), &["a term is not there"]);
    }
    let nowhere = [("unit", ""), ("terms", "rate"), ("layout", "numbers"), ("audience", "me")];
    let again = make(&world.keeper, &nowhere).await.unwrap_err();
    // What was chosen is still chosen.
    holds(&again, &["Choose a department", "value=\"rate\" checked"]);
    let nobody = world.site.signed_in("nobody", &[]).await;
    assert_eq!(nobody.get("/boards/new").await.status, StatusCode::NOT_FOUND);
    assert_eq!(nobody.get("/boards").await.status, StatusCode::NOT_FOUND);
    let guess = "/boards/0197aaaa-0000-7000-8000-000000000000";
    assert_eq!(inside.get(guess).await.status, StatusCode::NOT_FOUND);
    assert_eq!(inside.send(Method::GET, "/boards/x", &[], None).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_board_goes_on_as_a_file_of_the_app() {
    let (world, _) = sample().await;
    let fields = [
        ("unit", world.unit("North")),
        ("terms", "rate"),
        ("terms", "due"),
        ("layout", "compared"),
        ("audience", "me"),
        ("name", "\"North\": all"),
    ];
    let address = make(&world.keeper, &fields).await.unwrap();
    let board = address.split('?').next().unwrap().to_owned();
    let kept = shown(&world.keeper, &board).await;
    let yaml = world.keeper.get(&format!("{board}/export?format=yaml")).await;
    assert_eq!(yaml.status, StatusCode::OK);
    let document = yaml.text().to_owned();
    let files = super::boards::files(&[&MORE[..], &[("pages/north.yaml", document.as_str())]].concat());
    world.site.publish(&files).await;
    let page = shown(&world.keeper, "/p/north").await;
    for part in ["79.9%", "&#34;North&#34;: all", "chart-bar"] {
        assert_eq!(kept.contains(part), page.contains(part), "{part}: {document}");
    }
    holds(&page, &["79.9%", ">164</a>", "chart-bar"]);
}

#[tokio::test]
async fn one_s_own_board_is_made_another_in_the_same_form() {
    let (world, inside) = sample().await;
    let fields = [("unit", world.unit("North")), ("terms", "rate"), ("layout", "numbers"), ("audience", "all")];
    let made = make(&world.keeper, &fields).await.unwrap();
    let address = made.split('?').next().unwrap().to_owned();
    let board = shown(&world.keeper, &address).await;
    holds(&board, &[&format!("{address}/edit"), "Edit the board"]);
    let form = shown(&world.keeper, &format!("{address}/edit")).await;
    holds(&form, &["value=\"rate\" checked", "value=\"Board of North\"", &format!("action=\"{address}/edit\"")]);
    let change =
        async |client: &Client, body: &str| super::support::form(client, &format!("{address}/edit"), body).await;
    let body = format!("unit={}&terms=due&terms=rate&layout=trends&audience=unit&name=Second", world.unit("T2"));
    let changed = change(&world.keeper, &body).await;
    assert_eq!(changed.status, StatusCode::SEE_OTHER, "{}", changed.text());
    let board = shown(&world.keeper, &address).await;
    // In the order they were chosen, of the other unit, with lines.
    holds(&board, &["<h1 class=\"page-title\">Second</h1>", ">100</a>", "73.0%", "chart-line"]);
    assert!(board.find("tile-due").unwrap() < board.find("tile-rate").unwrap());
    // What is wrong is told in the form, and nothing changes.
    let refused = change(&world.keeper, &body.replace("terms=due", "terms=units")).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    holds(&refused.text().replace("&#x2f;", "/"), &["a term is not there", &format!("action=\"{address}/edit\"")]);
    // Somebody else sees it and has no such form.
    assert!(!shown(&inside, &address).await.contains("/edit"));
    assert_eq!(inside.get(&format!("{address}/edit")).await.status, StatusCode::NOT_FOUND);
    assert_eq!(change(&inside, &body.replace("Second", "Third")).await.status, StatusCode::NOT_FOUND);
    holds(&shown(&world.keeper, "/boards").await, &["Second", &format!("{address}/edit")]);
    let acts = world.site.acts().await;
    assert_eq!(acts.iter().filter(|act| *act == "board.change done").count(), 1, "{acts:?}");
}

#[tokio::test]
async fn sharing_with_everybody_is_a_right() {
    let (world, inside) = sample().await;
    let form = shown(&inside, "/boards/new").await;
    assert!(!form.contains("value=\"all\""), "{form}");
    holds(&form, &["value=\"unit\"", "value=\"me\""]);
    holds(&shown(&world.keeper, "/boards/new").await, &["value=\"all\""]);
    let with =
        |audience| [("unit", world.unit("T2")), ("terms", "rate"), ("layout", "numbers"), ("audience", audience)];
    holds(&make(&inside, &with("all")).await.unwrap_err(), &["you may not share a board with everybody"]);
    let acts = world.site.acts().await;
    assert!(acts.contains(&"board.make refused".to_owned()), "{acts:?}");
    let own = make(&inside, &with("me")).await.unwrap();
    let id = own.split('?').next().unwrap().rsplit('/').next().unwrap();
    let wider =
        inside.send(Method::PATCH, &format!("/api/v1/boards/{id}"), &[], Some(json!({"audience": "all"}))).await;
    assert_eq!(wider.faults(), ["audience:denied"]);
}

#[tokio::test]
async fn an_account_has_so_many_boards_and_no_more() {
    let (world, _) = sample().await;
    let new = json!({"name": "One of many", "unit": world.unit("T2"), "terms": ["rate"]});
    for _ in 0..engine::BOARDS_EACH {
        let made = world.keeper.post("/api/v1/boards", new.clone()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    }
    assert_eq!(world.keeper.post("/api/v1/boards", new.clone()).await.faults(), ["board:too-many"]);
    let listed = world.keeper.get("/api/v1/boards").await.json();
    let first = listed["items"][0]["id"].as_str().unwrap();
    world.keeper.send(Method::DELETE, &format!("/api/v1/boards/{first}"), &[], None).await;
    assert_eq!(world.keeper.post("/api/v1/boards", new).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn programs_keep_boards_as_people_do() {
    let (world, inside) = sample().await;
    let (north, boards) = (world.unit("North"), "/api/v1/boards");
    let new =
        json!({"name": "Renewals", "unit": north, "terms": ["rate", "goals"], "layout": "trends", "audience": "unit"});
    let made = world.keeper.post(boards, new).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let made = made.json();
    assert_eq!(
        (&made["terms"], &made["layout"], &made["own"]),
        (&json!(["rate", "goals"]), &json!("trends"), &json!(true))
    );
    let one = format!("{boards}/{}", made["id"].as_str().unwrap());
    assert_eq!(world.keeper.get(&one).await.json(), made);
    holds(
        &shown(&world.keeper, &format!("/boards/{}", made["id"].as_str().unwrap())).await,
        &["Renewals", "chart-line"],
    );
    // Somebody of the unit sees it, and of its terms those they may know.
    let seen = inside.get(boards).await.json();
    assert_eq!((&seen["items"][0]["name"], &seen["items"][0]["own"]), (&json!("Renewals"), &json!(false)));
    let goals = world.site.signed_in("goals", &["goals"]).await;
    assert_eq!(goals.get(boards).await.json()["items"], json!([]));
    goals.get(&one).await.refuses(404, "not-found");
    let patch =
        async |client: &Client, body: serde_json::Value| client.send(Method::PATCH, &one, &[], Some(body)).await;
    let changed = patch(&world.keeper, json!({"audience": "all", "name": "For all"})).await.json();
    assert_eq!(
        (&changed["name"], &changed["audience"], &changed["unit"]),
        (&json!("For all"), &json!("all"), &json!(north))
    );
    assert_eq!(goals.get(&one).await.json()["terms"], json!(["goals"]));
    for (body, fault) in [
        (json!({"layout": "round"}), "layout:choice"),
        (json!({"terms": []}), "terms:count"),
        (json!({"terms": ["units"]}), "terms:reference"),
        (json!({"unit": "north"}), "unit:reference"),
        (json!({"name": " "}), "name:required"),
    ] {
        assert_eq!(patch(&world.keeper, body).await.faults(), [fault]);
    }
    patch(&inside, json!({"name": "Mine"})).await.refuses(403, "denied");
    inside.send(Method::DELETE, &one, &[], None).await.refuses(403, "denied");
    let nobody = world.site.signed_in("nobody", &[]).await;
    nobody.get(boards).await.refuses(403, "denied");
    // The document of the API says what each may do.
    let document = world.keeper.get("/api/v1/openapi.json").await.json();
    let board = &document["components"]["schemas"]["Board"];
    super::openapi::fits(&document, board, &changed, "Board");
    let patch = &document["paths"]["/api/v1/boards/{id}"]["patch"]["parameters"];
    assert!(patch.to_string().contains("If-Match"), "{patch}");
    for (path, methods) in [(boards, vec!["get", "post"]), ("/api/v1/boards/{id}", vec!["delete", "get", "patch"])] {
        let known: Vec<&str> = document["paths"][path].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(known, methods);
    }
    assert!(nobody.get("/api/v1/openapi.json").await.json()["paths"].get(boards).is_none());
    assert_eq!(world.keeper.send(Method::DELETE, &one, &[], None).await.status, StatusCode::NO_CONTENT);
    world.keeper.get(&one).await.refuses(404, "not-found");
}

#[tokio::test]
async fn whoever_administers_the_system_removes_any_board_and_sees_no_number() {
    let (world, inside) = sample().await;
    let new = json!({"name": "Private", "unit": world.unit("T2"), "terms": ["rate"]});
    let made = inside.post("/api/v1/boards", new).await.json();
    let id = made["id"].as_str().unwrap();
    let admin = world.site.signed_in("admin", &["admin"]).await;
    let page = shown(&admin, "/boards").await;
    holds(&page, &["Private", "Put together by INSIDE", "Only I see it"]);
    assert!(!page.contains("Renewal rate") && !page.contains("/boards/new"), "{page}");
    let all = admin.get("/api/v1/boards?all=true").await.json();
    assert_eq!((&all["items"][0]["name"], &all["items"][0]["terms"]), (&json!("Private"), &json!([])));
    world.keeper.get("/api/v1/boards?all=true").await.refuses(403, "denied");
    assert!(!shown(&world.keeper, "/boards").await.contains("Private"));
    assert_eq!(admin.get(&format!("/boards/{id}")).await.status, StatusCode::NOT_FOUND);
    let document = admin.get("/api/v1/openapi.json").await.json();
    assert!(document["paths"]["/api/v1/boards"].get("post").is_none());
    let removed = super::support::form(&admin, &format!("/boards/{id}/remove"), "").await;
    assert_eq!(removed.status, StatusCode::SEE_OTHER);
    assert_eq!(inside.get("/api/v1/boards").await.json()["items"], json!([]));
    assert!(world.site.acts().await.contains(&"board.remove done".to_owned()));
    admin.send(Method::DELETE, &format!("/api/v1/boards/{id}"), &[], None).await.refuses(404, "not-found");
}

#[tokio::test]
async fn of_two_changes_at_once_the_second_is_told_and_nothing_is_lost() {
    let (world, _) = sample().await;
    let new = json!({"name": "Renewals", "unit": world.unit("North"), "terms": ["rate"], "audience": "me"});
    let made = world.keeper.post("/api/v1/boards", new).await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let one = format!("/api/v1/boards/{id}");
    let read = world.keeper.get(&one).await;
    for answer in [&made, &read] {
        assert_eq!((answer.header("etag"), &answer.json()["version"]), (Some("\"1\""), &json!(1)));
    }
    let patch = async |tag: &str, body: serde_json::Value| {
        world.keeper.send(Method::PATCH, &one, &[("If-Match", tag)], Some(body)).await
    };
    let first = patch("\"1\"", json!({"name": "Of the first"})).await;
    assert_eq!((first.status, first.header("etag")), (StatusCode::OK, Some("\"2\"")), "{}", first.text());
    let told = patch("\"1\"", json!({"name": "Of the second"})).await.refuses(412, "stale");
    let conflict = json!([{"field": "name", "stored": "Of the first", "given": "Of the second"}]);
    assert_eq!((&told["version"], &told["conflicts"]), (&json!(2), &conflict));
    patch("two", json!({"name": "x"})).await.refuses(400, "bad-request");
    assert_eq!(patch("\"2\"", json!({"name": "Of both"})).await.json()["version"], json!(3));

    // The form of whoever looked at it before: what they typed stays, beside what it is now.
    let form = async |version: &str, name: &str| {
        let unit = world.unit("North");
        let body = format!("version={version}&unit={unit}&terms=due&layout=numbers&audience=me&name={name}");
        super::support::form(&world.keeper, &format!("/boards/{id}/edit"), &body).await
    };
    holds(&shown(&world.keeper, &format!("/boards/{id}/edit")).await, &["name=\"version\" value=\"3\""]);
    let late = form("2", "Mine").await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    let now = ["changed meanwhile", "Of both", "Renewal rate", "value=\"Mine\"", "name=\"version\" value=\"3\""];
    holds(late.text(), &now);
    assert_eq!(world.keeper.get(&one).await.json()["name"], json!("Of both"));
    assert_eq!(form("3", "Mine").await.status, StatusCode::SEE_OTHER);
    // Asked for what it is already, it is that.
    assert_eq!(form("2", "Mine").await.status, StatusCode::SEE_OTHER);

    // At the same moment, each another part: both stand, or the second is told.
    for at in 0..8 {
        let ends = if at % 2 == 0 { "trends" } else { "numbers" };
        let name = format!("Round {at}");
        let change = async |body| world.keeper.send(Method::PATCH, &one, &[], Some(body)).await.status;
        let (a, b) = tokio::join!(change(json!({"name": name})), change(json!({"layout": ends})));
        assert!(a == StatusCode::OK || b == StatusCode::OK, "{a} {b}");
        let now = world.keeper.get(&one).await.json();
        for (status, stands) in [(a, now["name"] == json!(name)), (b, now["layout"] == json!(ends))] {
            assert!(status == StatusCode::OK || status == StatusCode::PRECONDITION_FAILED, "{status}");
            assert!(status != StatusCode::OK || stands, "{a} {b} {now}");
        }
    }
}

#[tokio::test]
async fn what_a_board_shows_counts_as_a_use_of_its_terms() {
    let (world, inside) = sample().await;
    let unified = async |client: &Client| client.get("/api/v1/dictionary/unified").await.json();
    let before = unified(&world.keeper).await;
    let new = json!({"name": "Both", "unit": world.unit("North"), "terms": ["rate", "goals"], "audience": "me"});
    let id = world.keeper.post("/api/v1/boards", new).await.json()["id"].as_str().unwrap().to_owned();
    // One of its terms is approved, the other proposed; another's own board is in nobody else's number.
    let after = unified(&world.keeper).await;
    let more = |part: &str| after[part].as_i64().unwrap() - before[part].as_i64().unwrap();
    assert_eq!((more("usages"), more("unified")), (2, 1), "{after}");
    let loose = json!({"board": id, "name": "Both", "term": "goals"});
    assert!(after["offenders"].as_array().unwrap().contains(&loose), "{after}");
    assert!(!unified(&inside).await.to_string().contains(&id));
    // What a change of the term touches names it, and so does the term's page, for whoever sees the board.
    let touched = async |client: &Client, term: &str| {
        let told = client.get(&format!("/api/v1/terms/{term}/life?lang=en")).await.json();
        told["touches"].as_array().unwrap().iter().filter(|one| one["kind"] == "board").cloned().collect::<Vec<_>>()
    };
    assert_eq!(touched(&world.keeper, "rate").await, [json!({"kind": "board", "name": id, "label": "Both"})]);
    assert!(touched(&world.keeper, "due").await.is_empty() && touched(&inside, "rate").await.is_empty());

    // A term that goes while it is used: the rest is shown, that something is missing is said, and it counts as no unified use.
    let mut files = super::boards::files(&MORE);
    files.retain(|(path, _)| !["dictionary/rate.yaml", "pages/renewals.yaml"].contains(path));
    world.site.publish(&files).await;
    let board = shown(&world.keeper, &format!("/boards/{id}")).await;
    holds(&board, &["Of its terms, 1 are no longer in the dictionary", "Goals"]);
    assert!(!board.contains("Renewal rate"), "{board}");
    let told = unified(&world.keeper).await;
    let loose = json!({"board": id, "name": "Both", "term": "rate"});
    assert!(told["offenders"].as_array().unwrap().contains(&loose), "{told}");
}
