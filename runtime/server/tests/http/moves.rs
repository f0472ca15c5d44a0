//! All running cases of a workflow moved to new steps by one request, and taken back by another; and cases of a workflow that is
//! gone, ended by many requests at once.

use axum::http::Method;
use engine::Bounds;
use serde_json::{Value, json};

use super::{
    openapi::fits,
    support::{Answer, Client, Site, browser_of, form},
};

const ROOT: &str = "/api/v1/demo/workflows";
const MIGRATION: &str = "/api/v1/demo/workflows/leave/migration";

const WORKFLOW: &str = r"label: {zh-CN: 请假审批, en: Leave}
entity: leave
guard: hr
steps:
  fill: {label: {zh-CN: 填写, en: Fill in}, form: {who: [{starter: true}], edit: [days], require: [days]}}
  check: {label: {zh-CN: 主管审批, en: Manager checks}, approval: {who: [person.manager]}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: granted}}
";

const FILES: [(&str, &str); 7] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  manager: {type: reference, to: person, stands_for: manager, label: {zh-CN: 上级, en: Manager}}\n",
    ),
    (
        "entities/leave.yaml",
        "label: {zh-CN: 请假, en: Leave}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 事由, en: Title}}\n  person: {type: person, label: {zh-CN: 申请人, en: Person}}\n  days: {type: integer, label: {zh-CN: 天数, en: Days}}\n  unit: {type: text, label: {zh-CN: 单位, en: Unit}}\n",
    ),
    (
        "roles/hr.yaml",
        "label: {zh-CN: 人事, en: HR}\ngrants:\n  - {entity: person, actions: [create, read]}\n  - {entity: leave, actions: [create, read, update]}\nworkflows:\n  - {workflow: leave, actions: [start, manage]}\n",
    ),
    (
        "roles/aide.yaml",
        "label: {zh-CN: 助理, en: Aide}\ngrants:\n  - {entity: leave, actions: [read]}\nworkflows:\n  - workflow: leave\n    actions: [manage]\n    where: unit == \"A\"\n",
    ),
    (
        "roles/boss.yaml",
        "label: {zh-CN: 主管, en: Boss}\ngrants:\n  - {entity: leave, actions: [read]}\nworkflows:\n  - {workflow: leave, actions: [manage]}\n",
    ),
    ("workflows/leave.yaml", WORKFLOW),
];

/// Cat of HR; Eve, who manages the cases of unit A; Gus, who manages all; Zoe, who manages none.
struct Cast {
    site: Site,
    cat: Client,
    eve: Client,
    gus: Client,
    zoe: Client,
    person: String,
}

async fn cast() -> Cast {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let cat = site.signed_in("cat", &["hr"]).await;
    let (eve, gus) = (site.signed_in("eve", &["aide"]).await, site.signed_in("gus", &["boss"]).await);
    let zoe = site.signed_in("zoe", &[]).await;
    let boss = cat.made("person", json!({"name": "BOB"})).await;
    site.signed_in_as("bob", &[], boss.parse().ok()).await;
    let person = cat.made("person", json!({"name": "ANN", "manager": boss})).await;
    Cast { site, cat, eve, gus, zoe, person }
}

impl Cast {
    /// A case about a leave of each of these units.
    async fn begun(&self, units: &[&str]) -> Vec<String> {
        let mut records = Vec::new();
        for unit in units {
            let leave = json!({"title": "L", "unit": unit, "person": self.person});
            records.push(self.cat.made("leave", leave).await);
        }
        let begun = self.cat.post(&format!("{ROOT}/leave/cases"), json!({"records": records})).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        begun.json()["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Has a case go on to the step that goes.
    async fn filled(&self, case: &str) {
        let task = self.cat.get(&format!("{ROOT}/cases/{case}")).await.json()["mine"]["task"].clone();
        let sent = json!({"do": "decide", "task": task, "approve": true, "fields": {"days": 3}});
        let answer = self.cat.post(&format!("{ROOT}/cases/{case}"), sent).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// Other steps: the one at which a manager checks is another.
    async fn publish(&self) {
        let text = WORKFLOW.replace("  check: {", "  review: {");
        assert_ne!(text, WORKFLOW);
        let files = FILES.map(|(path, old)| (path, if old == WORKFLOW { text.clone() } else { old.to_owned() }));
        self.site.publish(&files).await;
    }

    /// How often cases were moved, as the ledger has it.
    async fn migrations(&self) -> usize {
        self.site.acts().await.iter().filter(|act| *act == "case.migrate done").count()
    }

    /// The versions that running cases go by, in order.
    async fn editions(&self) -> Vec<i64> {
        let listed = self.cat.get(&format!("{ROOT}/leave/cases")).await.json();
        let items = listed["items"].as_array().unwrap().iter();
        let mut editions: Vec<i64> = items.map(|case| case["edition"].as_i64().unwrap()).collect();
        editions.sort_unstable();
        editions
    }
}

async fn spoken(client: &Client, case: &str) {
    let said = json!({"do": "discuss", "to": ["cat"], "words": "wait"});
    let answer = client.post(&format!("{ROOT}/cases/{case}"), said).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn back(client: &Client, moving: &str) -> Answer {
    client.send(Method::POST, &format!("{MIGRATION}/{moving}/back"), &[], None).await
}

fn id_of(answer: &Answer) -> String {
    answer.json()["move"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
}

/// The numbers of an answer.
fn told(answer: &Answer, names: [&str; 3]) -> [Value; 3] {
    assert_eq!(answer.status, 200, "{}", answer.text());
    names.map(|name| answer.json()[name].clone())
}

const MOVED: [&str; 3] = ["moved", "blocked", "more"];
const BACK: [&str; 3] = ["back", "blocked", "more"];

#[tokio::test]
async fn what_a_publish_means_for_running_cases_is_counted_with_reasons() {
    let cast = cast().await;
    let cases = cast.begun(&["A", "A", "A", "B", "B"]).await;
    cast.filled(&cases[0]).await;
    cast.filled(&cases[3]).await;
    cast.publish().await;
    cast.begun(&["B"]).await;
    let answer = cast.cat.get(MIGRATION).await;
    let classes = answer.json();
    let (was, now) = (&classes["editions"][0], &classes["editions"][1]);
    assert_eq!([&classes["keep"], &classes["migrate"], &classes["blocked"]], [1, 3, 2], "{}", answer.text());
    assert_eq!([&was["edition"], &was["keep"], &was["migrate"], &was["blocked"]], [1, 0, 3, 2]);
    assert_eq!([&now["edition"], &now["keep"], &now["migrate"], &now["blocked"]], [2, 1, 0, 0]);
    assert_eq!((&classes["edition"], &classes["cut"], &classes["gone"]), (&json!(2), &json!(false), &json!(false)));
    let reason = &was["reasons"][0];
    assert_eq!([&reason["step"], &reason["step_label"], &reason["code"]], ["check", "Manager checks", "blocked"]);
    assert_eq!(reason["cases"], 2);
    assert!(reason["message"].as_str().unwrap().contains("Manager checks"), "{reason}");
    // Who manages some is told of those, and who manages none of nothing.
    let some = cast.eve.get(MIGRATION).await.json();
    assert_eq!([&some["keep"], &some["migrate"], &some["blocked"]], [0, 2, 1], "{some}");
    cast.zoe.get(MIGRATION).await.refuses(403, "denied");
    cast.zoe.post(MIGRATION, json!({})).await.refuses(403, "denied");
    cast.cat.get(&format!("{MIGRATION}?limit=3")).await.refuses(400, "bad-request");
    cast.cat.get(&format!("{ROOT}/none/migration")).await.refuses(403, "denied");
    assert_eq!(cast.migrations().await, 0);
}

#[tokio::test]
async fn all_that_can_be_is_moved_by_one_request_and_taken_back_by_another() {
    let cast = cast().await;
    let cases = cast.begun(&["A", "A", "A", "B", "B"]).await;
    cast.filled(&cases[0]).await;
    cast.filled(&cases[3]).await;
    cast.publish().await;
    // Eve moves hers; the one that cannot be is named with what stands in the way.
    let moved = cast.eve.post(MIGRATION, json!({})).await;
    assert_eq!(told(&moved, MOVED), [json!(2), json!(1), json!(false)], "{}", moved.text());
    let stayed = moved.json()["stayed"][0].clone();
    assert_eq!([&stayed["case"], &stayed["step"], &stayed["code"]], [cases[0].as_str(), "check", "blocked"]);
    assert!(stayed["message"].as_str().unwrap().contains("Manager checks"), "{stayed}");
    let hers = id_of(&moved);
    assert_eq!((cast.editions().await, cast.migrations().await), (vec![1, 1, 1, 2, 2], 2));
    // Sent again with its key, Cat's request is answered as before and not done again.
    let sent = async || cast.cat.send(Method::POST, MIGRATION, &[("idempotency-key", "k")], Some(json!({}))).await;
    let (first, again) = (sent().await, sent().await);
    assert_eq!(told(&first, MOVED), [json!(1), json!(2), json!(false)], "{}", first.text());
    assert_eq!((first.json(), again.header("idempotent-replayed")), (again.json(), Some("true")));
    let his = id_of(&first);
    // So is one that names its move, whatever became of the answer; there is nothing left for a new one.
    let named = cast.eve.post(MIGRATION, json!({"move": hers})).await;
    assert_eq!((told(&named, MOVED), id_of(&named)), ([json!(2), json!(1), json!(false)], hers.clone()));
    let nothing = cast.cat.post(MIGRATION, json!({})).await;
    assert_eq!(told(&nothing, MOVED), [json!(0), json!(2), json!(false)]);
    assert_eq!(nothing.json()["move"], Value::Null);
    assert_eq!(cast.migrations().await, 3);
    // Of what others moved Eve sees nothing, since none of it is hers; who manages none takes nothing back.
    back(&cast.eve, &his).await.refuses(404, "not-found");
    back(&cast.zoe, &his).await.refuses(403, "denied");
    back(&cast.cat, "none").await.refuses(404, "not-found");
    back(&cast.cat, &cases[0]).await.refuses(404, "not-found");
    cast.cat.post(MIGRATION, json!({"move": "none"})).await.refuses(400, "bad-request");
    // Taken back, and asked for again, which does nothing twice.
    for _ in 0..2 {
        assert_eq!(told(&back(&cast.cat, &his).await, BACK), [json!(1), json!(0), json!(false)]);
    }
    assert_eq!((cast.editions().await, cast.migrations().await), (vec![1, 1, 1, 2, 2], 4));
    // Where something has happened since it stays, and that is said each time.
    spoken(&cast.gus, &cases[1]).await;
    for _ in 0..2 {
        let some = back(&cast.eve, &hers).await;
        assert_eq!(told(&some, BACK), [json!(1), json!(1), json!(false)], "{}", some.text());
        let stayed = &some.json()["stayed"][0];
        assert_eq!([&stayed["case"], &stayed["code"]], [cases[1].as_str(), "too-late"]);
    }
    assert_eq!((cast.editions().await, cast.migrations().await), (vec![1, 1, 1, 1, 2], 5));
    // Where nothing of a move can be taken back it is a conflict, which names every case.
    let last = id_of(&cast.gus.post(MIGRATION, json!({})).await);
    for case in [&cases[2], &cases[4]] {
        spoken(&cast.gus, case).await;
    }
    let refused = back(&cast.gus, &last).await;
    let problem = refused.refuses(409, "case-refused");
    assert_eq!(problem["errors"][0]["code"], "too-late");
    assert_eq!(problem["stayed"].as_array().unwrap().len(), 2, "{}", refused.text());
}

#[tokio::test]
async fn a_case_of_a_move_that_was_taken_back_alone_is_not_moved_by_its_being_taken_back() {
    let cast = cast().await;
    let cases = cast.begun(&["A", "A"]).await;
    cast.publish().await;
    let moving = id_of(&cast.cat.post(MIGRATION, json!({})).await);
    let alone = cast.cat.post(&format!("{ROOT}/cases/{}", cases[0]), json!({"do": "migrate-back"})).await;
    assert_eq!(alone.status, 200, "{}", alone.text());
    assert_eq!(told(&back(&cast.cat, &moving).await, BACK), [json!(2), json!(0), json!(false)]);
    assert_eq!((cast.editions().await, cast.migrations().await), (vec![1, 1], 4));
}

#[tokio::test]
async fn taking_back_takes_no_body_but_an_empty_one() {
    let cast = cast().await;
    cast.begun(&["A"]).await;
    cast.publish().await;
    let moving = id_of(&cast.cat.post(MIGRATION, json!({})).await);
    let path = format!("{MIGRATION}/{moving}/back");
    for odd in [json!({"cases": []}), json!({"move": moving}), json!([]), json!("all")] {
        let refused = cast.cat.post(&path, odd.clone()).await;
        assert_eq!(refused.refuses(400, "bad-request")["errors"][0]["field"], "body", "{odd}");
    }
    let other = cast.cat.raw(Method::POST, &path, &[], Some("text/plain"), b"all".to_vec()).await;
    other.refuses(415, "media-type");
    assert_eq!((cast.editions().await, cast.migrations().await), (vec![2], 1));
    // One key is of one request: with another body it is refused.
    let key = [("idempotency-key", "k")];
    let empty = cast.cat.send(Method::POST, &path, &key, Some(json!({}))).await;
    assert_eq!(told(&empty, BACK), [json!(1), json!(0), json!(false)]);
    cast.cat.send(Method::POST, &path, &key, None).await.refuses(422, "key-reused");
    assert_eq!(cast.editions().await, [1]);
}

/// The moves that can still be taken back: how many cases are left of each, the latest first.
async fn left(client: &Client) -> Vec<(String, i64)> {
    let told = client.get(MIGRATION).await.json();
    let each = told["moves"].as_array().unwrap().iter();
    each.map(|one| (one["move"].as_str().unwrap().to_owned(), one["cases"].as_i64().unwrap())).collect()
}

#[tokio::test]
async fn a_move_by_the_page_is_taken_back_by_the_api_and_the_other_way_round() {
    let cast = cast().await;
    let cases = cast.begun(&["A", "B", "B"]).await;
    cast.publish().await;
    let cat = browser_of(&cast.site, "cat").await;
    let at = "/workflows/leave";
    assert!(left(&cast.cat).await.is_empty() && !cat.get(at).await.text().contains("name=\"move\""));
    let moved = form(&cat, at, "do=migrate").await;
    assert!(moved.text().contains("Cases moved: 3."), "{}", moved.text());
    let by_page = left(&cast.cat).await;
    assert_eq!(by_page.iter().map(|one| one.1).collect::<Vec<_>>(), [3]);
    let moving = &by_page[0].0;
    assert!(moved.text().contains(&format!("name=\"move\" value=\"{moving}\"")), "{}", moved.text());
    // Of it Eve sees the case that is hers.
    assert_eq!(left(&cast.eve).await, [(moving.clone(), 1)]);
    assert_eq!(told(&back(&cast.cat, moving).await, BACK), [json!(3), json!(0), json!(false)]);
    assert!(left(&cast.cat).await.is_empty() && cast.editions().await == [1, 1, 1]);
    // What a program moved stands on the page, with what is left of it.
    cast.site.clock.pass(jiff::SignedDuration::from_mins(5));
    let by_api = id_of(&cast.cat.post(MIGRATION, json!({})).await);
    spoken(&cast.gus, &cases[0]).await;
    assert_eq!(left(&cast.cat).await, [(by_api.clone(), 2)]);
    let page = cat.get(at).await;
    assert!(page.text().contains("Moved just now; can be taken back: 2"), "{}", page.text());
    assert!(page.text().contains(&format!("name=\"move\" value=\"{by_api}\"")), "{}", page.text());
    let taken = form(&cat, at, &format!("do=migrate-back&move={by_api}")).await;
    assert_eq!(taken.status, 422, "{}", taken.text());
    for part in ["Cases taken back: 2.", "Cases not taken back: 1.", &cases[0]] {
        assert!(taken.text().contains(part), "{part}: {}", taken.text());
    }
    assert!(left(&cast.cat).await.is_empty() && cast.editions().await == [1, 1, 2]);
    // What is no move is none, and nothing is taken back by halves.
    let none = format!("do=migrate-back&move={}", cases[0]);
    assert_eq!(form(&cat, at, &none).await.status, 404);
    let several = format!("do=migrate-back&case={},{}", cases[1], cases[2]);
    for odd in ["do=migrate-back", "do=migrate-back&move=x", &several] {
        assert_eq!(form(&cat, at, odd).await.status, 400, "{odd}");
    }
}

#[tokio::test]
async fn a_move_of_very_many_goes_on_under_its_id() {
    let cast = cast().await;
    cast.begun(&["A", "A", "B"]).await;
    cast.publish().await;
    cast.site.engine.keep_within(Bounds { moved: 1, ..Bounds::default() });
    let first = cast.cat.post(MIGRATION, json!({})).await;
    assert_eq!(told(&first, MOVED), [json!(1), json!(0), json!(true)]);
    let moving = id_of(&first);
    for (moved, more) in [(2, true), (3, false), (3, false)] {
        let next = cast.cat.post(MIGRATION, json!({"move": moving})).await;
        assert_eq!((told(&next, MOVED), id_of(&next)), ([json!(moved), json!(0), json!(more)], moving.clone()));
    }
    for (many, more) in [(1, true), (2, true), (3, false), (3, false)] {
        assert_eq!(told(&back(&cast.cat, &moving).await, BACK), [json!(many), json!(0), json!(more)]);
    }
    assert_eq!((cast.editions().await, cast.migrations().await), (vec![1, 1, 1], 6));
}

#[tokio::test]
async fn the_document_tells_of_moves_as_they_are() {
    let cast = cast().await;
    let cases = cast.begun(&["A", "B"]).await;
    cast.filled(&cases[0]).await;
    cast.publish().await;
    let document = cast.cat.get("/api/v1/openapi.json").await.json();
    let paths = &document["paths"];
    let true_to = |path: &str, method: &str, answer: &Answer| {
        assert_eq!(answer.status, 200, "{}", answer.text());
        let good = &paths[path][method]["responses"]["200"]["content"]["application/json"]["schema"];
        assert!(good.is_object(), "{method} {path}");
        fits(&document, good, &answer.json(), path);
    };
    true_to(MIGRATION, "get", &cast.cat.get(MIGRATION).await);
    let body = json!({});
    let taken = &paths[MIGRATION]["post"]["requestBody"]["content"]["application/json"]["schema"];
    fits(&document, taken, &body, MIGRATION);
    let moved = cast.cat.post(MIGRATION, body).await;
    true_to(MIGRATION, "post", &moved);
    true_to(&format!("{MIGRATION}/{{id}}/back"), "post", &back(&cast.cat, &id_of(&moved)).await);
    let of_zoe = cast.zoe.get("/api/v1/openapi.json").await.json();
    assert!(of_zoe["paths"][MIGRATION].is_null());
    // What an answer that is no whole one means is said, and what is needed for the rest.
    let way_back = format!("{MIGRATION}/{{id}}/back");
    let said = |path: &str, method: &str, name: &str| {
        let good = &paths[path][method]["responses"]["200"]["content"]["application/json"]["schema"]["properties"];
        good[name]["description"].as_str().unwrap_or_else(|| panic!("{method} {path}: {name}")).to_owned()
    };
    for (path, method, name, word) in [
        (MIGRATION, "get", "cut", "more cases"),
        (MIGRATION, "get", "gone", "no longer in the app"),
        (MIGRATION, "get", "moves", "taken back"),
        (MIGRATION, "post", "more", "new Idempotency-Key"),
        (&way_back, "post", "more", "new Idempotency-Key"),
        (&format!("{ROOT}/leave/cases"), "get", "earlier", "null where `before`"),
        (&format!("{ROOT}/leave/cases"), "get", "gone", "no longer in the app"),
    ] {
        assert!(said(path, method, name).contains(word), "{method} {path}: {}", said(path, method, name));
    }
    for path in [MIGRATION, &way_back] {
        let parameters = paths[path]["post"]["parameters"].as_array().unwrap();
        let key = parameters.iter().find(|one| one["in"] == "header").unwrap();
        assert!(key["description"].as_str().unwrap().contains("needs a new key"), "{key}");
    }
}

/// The app without the workflow, and without one of the roles that managed it.
fn without() -> Vec<(&'static str, String)> {
    let left = FILES.iter().filter(|(path, _)| !["workflows/leave.yaml", "roles/boss.yaml"].contains(path));
    left.map(|(path, text)| (*path, text.split("workflows:\n").next().unwrap().to_owned())).collect()
}

#[tokio::test]
async fn cases_of_a_workflow_that_is_gone_are_counted_and_not_moved() {
    let cast = cast().await;
    cast.begun(&["A", "B"]).await;
    cast.site.publish(&without()).await;
    let classes = cast.gus.get(MIGRATION).await.json();
    assert_eq!((&classes["gone"], &classes["blocked"], &classes["keep"]), (&json!(true), &json!(2), &json!(0)));
    let reason = &classes["editions"][0]["reasons"][0];
    assert_eq!(reason["code"], "gone", "{classes}");
    let refused = cast.gus.post(MIGRATION, json!({})).await.refuses(404, "not-found");
    // One sentence, in either language.
    assert_eq!(refused["errors"], json!([{"field": null, "code": "gone", "message": reason["message"]}]));
    assert!(reason["message"].as_str().unwrap().starts_with("No longer in the app"), "{reason}");
    let chinese = cast.gus.get(&format!("{MIGRATION}?lang=zh-CN")).await.json();
    let reason = &chinese["editions"][0]["reasons"][0];
    assert!(reason["message"].as_str().unwrap().contains("已从应用中移除"), "{chinese}");
    let refused = cast.gus.post(&format!("{MIGRATION}?lang=zh-CN"), json!({})).await.refuses(404, "not-found");
    assert_eq!(refused["errors"][0]["message"], reason["message"], "{refused}");
}

#[tokio::test]
async fn whoever_managed_a_workflow_that_is_gone_ends_many_of_its_cases_at_once() {
    let cast = cast().await;
    // More at once than there are connections: none may need a second one while it holds its own.
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let cases = cast.begun(&vec!["A"; cores * 4 + 14]).await;
    cast.site.publish(&without()).await;
    let mut running = tokio::task::JoinSet::new();
    for case in &cases {
        let (gus, path) = (cast.gus.clone(), format!("{ROOT}/cases/{case}"));
        running.spawn(async move { gus.post(&path, json!({"do": "terminate", "reason": "gone"})).await });
    }
    while let Some(answer) = running.join_next().await {
        let answer = answer.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    assert_eq!(cast.gus.get(&format!("{ROOT}/leave/cases")).await.json()["items"], json!([]));
}
