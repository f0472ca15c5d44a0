//! Workflows over HTTP: the API, true to its document, and the pages of the inbox and of a case.

use axum::http::Method;
use serde_json::{Value, json};

use super::{
    openapi::fits,
    support::{Answer, Client, PASSWORD, Site},
};

const FILES: [(&str, &str); 7] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  manager: {type: reference, to: person, stands_for: manager, label: {zh-CN: 上级, en: Manager}}\n",
    ),
    (
        "entities/leave.yaml",
        "label: {zh-CN: 请假, en: Leave}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 事由, en: Title}}\n  person: {type: person, label: {zh-CN: 申请人, en: Person}}\n  days: {type: integer, label: {zh-CN: 天数, en: Days}}\n  note: {type: text, label: {zh-CN: 批注, en: Note}}\n",
    ),
    (
        "roles/member.yaml",
        r"label: {zh-CN: 成员, en: Member}
everyone: true
grants:
  - {entity: person, actions: [read]}
  - {entity: leave, actions: [create, read, update], where: person == actor.person}
workflows:
  - {workflow: leave, actions: [start]}
  - {workflow: signed, actions: [start]}
",
    ),
    (
        "roles/hr.yaml",
        "label: {zh-CN: 人事, en: HR}\ngrants:\n  - {entity: person, actions: [create, read, update]}\nworkflows:\n  - {workflow: leave, actions: [manage]}\n",
    ),
    (
        "workflows/leave.yaml",
        r"label: {zh-CN: 请假审批, en: Leave}
entity: leave
guard: hr
steps:
  fill: {label: {zh-CN: 填写, en: Fill in}, form: {who: [{starter: true}], edit: [days], require: [days]}}
  check: {label: {zh-CN: 主管审批, en: Manager}, approval: {who: [person.manager], show: [title, days], edit: [note], opinion: rejecting}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: granted}}
",
    ),
    (
        "workflows/signed.yaml",
        r"label: {zh-CN: 签署, en: Signing}
entity: leave
guard: hr
steps:
  sign: {label: {zh-CN: 签字, en: Sign}, approval: {who: [person.manager], signature: approving}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: signed}}
",
    ),
];

/// Ann, who works for Bob, and Cat of HR; with Ann's leave.
struct Cast {
    site: Site,
    ann: Client,
    bob: Client,
    cat: Client,
    leave: String,
}

async fn cast() -> Cast {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let cat = site.signed_in("cat", &["hr"]).await;
    let boss = cat.made("person", json!({"name": "BOB"})).await;
    let person = cat.made("person", json!({"name": "ANN", "manager": boss})).await;
    let ann = site.signed_in_as("ann", &[], person.parse().ok()).await;
    let bob = site.signed_in_as("bob", &[], boss.parse().ok()).await;
    let leave = ann.made("leave", json!({"title": "去海边 <b>", "person": person})).await;
    Cast { site, ann, bob, cat, leave }
}

const ROOT: &str = "/api/v1/demo/workflows";

async fn started(cast: &Cast) -> String {
    let begun = cast.ann.post(&format!("{ROOT}/leave/cases"), json!({"record": cast.leave})).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    begun.json()["id"].as_str().unwrap().to_owned()
}

async fn mine(client: &Client, case: &str) -> Value {
    client.get(&format!("{ROOT}/cases/{case}")).await.json()["mine"].clone()
}

async fn act(client: &Client, case: &str, body: Value) -> Answer {
    client.post(&format!("{ROOT}/cases/{case}"), body).await
}

#[tokio::test]
async fn a_case_is_started_and_decided_over_the_api() {
    let cast = cast().await;
    let (ann, bob, cat) = (&cast.ann, &cast.bob, &cast.cat);
    let listed = ann.get(ROOT).await.json();
    assert_eq!(listed["items"][0]["name"], "leave");
    assert_eq!((&listed["items"][0]["start"], &listed["items"][0]["manage"]), (&json!(true), &json!(false)));
    let case = started(&cast).await;
    let again = ann.post(&format!("{ROOT}/leave/cases"), json!({"record": cast.leave})).await;
    assert_eq!(again.json()["errors"][0]["code"], "running");
    // A form without what it requires, with it, and by somebody else.
    let task = mine(ann, &case).await["task"].clone();
    let refused = act(ann, &case, json!({"do": "decide", "task": task, "approve": true})).await;
    refused.refuses(422, "invalid");
    assert_eq!(refused.json()["errors"][0]["field"], "days");
    act(bob, &case, json!({"do": "decide", "task": task, "approve": true})).await.refuses(404, "not-found");
    let sent = json!({"do": "decide", "task": task, "approve": true, "fields": {"days": 3}});
    assert_eq!(act(ann, &case, sent).await.status, 200);
    act(ann, &case, json!({"do": "decide", "task": task, "approve": true})).await.refuses(409, "case-refused");
    // Bob has it, sees what his step shows, and must say why not.
    assert_eq!(bob.get(&format!("{ROOT}/counts")).await.json(), json!({"open": 1, "copied": 0}));
    let tasks = bob.get(&format!("{ROOT}/tasks")).await.json();
    assert_eq!(tasks["items"][0]["title"], "去海边 <b>");
    let asked = mine(bob, &case).await;
    assert_eq!((&asked["show"]["days"], &asked["earlier"]), (&json!(3), &json!(["fill"])));
    let no = act(bob, &case, json!({"do": "decide", "task": asked["task"], "approve": false})).await;
    assert_eq!((no.status.as_u16(), &no.json()["errors"][0]["field"]), (422, &json!("opinion")));
    let back = json!({"do": "return", "task": asked["task"], "reason": "why?", "resume": true});
    assert_eq!(act(bob, &case, back).await.status, 200);
    let task = mine(ann, &case).await["task"].clone();
    let many = json!({"answers": [{"case": case, "task": task, "approve": true}]});
    assert_eq!(ann.post(&format!("{ROOT}/decide"), many).await.status, 200);
    let asked = mine(bob, &case).await;
    let hand = json!({"do": "transfer", "task": asked["task"], "to": "nobody"});
    act(bob, &case, hand).await.refuses(422, "invalid");
    act(bob, &case, json!({"do": "jump", "step": "done", "reason": "x"})).await.refuses(403, "denied");
    let dan = cast.site.signed_in("dan", &[]).await;
    let over = json!({"from": "bob", "to": "dan"});
    cast.ann.post(&format!("{ROOT}/hand-over"), over.clone()).await.refuses(404, "not-found");
    assert_eq!(cat.post(&format!("{ROOT}/hand-over"), over).await.status, 200);
    let asked = mine(&dan, &case).await;
    let yes = json!({"do": "decide", "task": asked["task"], "approve": true, "fields": {"note": "fine"}});
    assert_eq!(act(&dan, &case, yes).await.status, 200);
    let shown = ann.get(&format!("{ROOT}/cases/{case}")).await.json();
    assert_eq!((&shown["state"], &shown["outcome"]), (&json!("ended"), &json!("granted")));
    let acts: Vec<&str> =
        shown["trail"].as_array().unwrap().iter().map(|event| event["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["start", "submit", "return", "submit", "hand-over", "approve", "end"]);
    // Every act is on the ledger.
    let ledger = cast.site.acts().await;
    for named in ["case.start done", "case.return done", "case.approve done", "case.end done", "case refused"] {
        assert!(ledger.contains(&named.to_owned()), "{named}: {ledger:?}");
    }
}

#[tokio::test]
async fn the_document_of_the_api_is_true() {
    let cast = cast().await;
    let case = started(&cast).await;
    let document = cast.cat.get("/api/v1/openapi.json").await.json();
    let paths = &document["paths"];
    for (path, named) in [
        ("/tasks", "/tasks"),
        ("/counts", "/counts"),
        ("/leavers", "/leavers"),
        ("", ""),
        ("/cases/{id}", &format!("/cases/{case}")),
        ("/cases/{id}/migration", &format!("/cases/{case}/migration")),
        ("/leave/statistics", "/leave/statistics"),
        ("/leave/replay", "/leave/replay"),
        ("/leave/cases", "/leave/cases"),
    ] {
        let good = &paths[format!("{ROOT}{path}")]["get"]["responses"]["200"];
        let answer = cast.cat.get(&format!("{ROOT}{named}")).await;
        assert_eq!(answer.status, 200, "{path}");
        assert!(good.is_object(), "{path}");
        fits(&document, &good["content"]["application/json"]["schema"], &answer.json(), path);
    }
    // Who may not start or manage has no such operation.
    assert!(paths[format!("{ROOT}/hand-over")]["post"].is_object());
    let of_ann = cast.ann.get("/api/v1/openapi.json").await.json();
    assert!(of_ann["paths"][format!("{ROOT}/hand-over")].is_null());
    assert!(of_ann["paths"][format!("{ROOT}/leavers")].is_null());
    cast.ann.get(&format!("{ROOT}/leavers")).await.refuses(403, "denied");
    assert!(of_ann["paths"][format!("{ROOT}/leave/cases")]["post"].is_object());
}

#[tokio::test]
async fn what_cannot_be_read_is_refused() {
    let cast = cast().await;
    let case = started(&cast).await;
    let ann = &cast.ann;
    act(ann, &case, json!({"do": "dance"})).await.refuses(400, "bad-request");
    act(ann, &case, json!({"do": "urge", "more": 1})).await.refuses(400, "bad-request");
    ann.get(&format!("{ROOT}/cases/x")).await.refuses(404, "not-found");
    ann.get("/api/v1/other/workflows/tasks").await.refuses(404, "not-found");
    ann.get(&format!("{ROOT}/tasks?box=all")).await.refuses(400, "bad-request");
    ann.get(&format!("{ROOT}/tasks?cursor=x")).await.refuses(400, "bad-request");
    ann.post(&format!("{ROOT}/gone/cases"), json!({"record": cast.leave})).await.refuses(404, "not-found");
    ann.post(&format!("{ROOT}/leave/cases"), json!({})).await.refuses(422, "invalid");
    ann.post(&format!("{ROOT}/decide"), json!({"answers": []})).await.refuses(422, "invalid");
}

async fn browser(cast: &Cast, login: &str) -> Client {
    let client = Client::of(&cast.site.router);
    let begun = client.post("/api/v1/session", json!({"login": login, "password": PASSWORD})).await;
    let token = begun.cookie("loam_session").unwrap();
    let csrf = begun.json()["csrf"].as_str().unwrap().to_owned();
    Client { cookie: Some(format!("loam_session={token}")), csrf: Some(csrf), ..client }
}

async fn form(client: &Client, path: &str, body: &str) -> Answer {
    let kind = Some("application/x-www-form-urlencoded");
    client.raw(Method::POST, path, &[], kind, body.as_bytes().to_vec()).await
}

#[tokio::test]
async fn a_case_is_started_and_decided_on_pages() {
    let cast = cast().await;
    let (ann, bob) = (browser(&cast, "ann").await, browser(&cast, "bob").await);
    let record = format!("/r/leave/{}", cast.leave);
    assert!(ann.get(&record).await.text().contains("Start “Leave”"));
    let begun = form(&ann, &format!("{record}/start"), "workflow=leave").await;
    let page = begun.header("location").unwrap().replace("?saved=1", "");
    let id = page.rsplit('/').next().unwrap().to_owned();
    let shown = ann.get(&page).await;
    assert!(shown.text().contains("<svg class=\"flow\"") && shown.text().contains("name=\"days\""), "{}", shown.text());
    // Refused, kept as a draft, and sent.
    let refused = form(&ann, &page, "do=submit&task=3&days=").await;
    assert!(refused.status == 422 && refused.text().contains("fill in “Days”"), "{}", refused.text());
    form(&ann, &page, "do=keep&task=3&days=4").await;
    assert!(ann.get(&page).await.text().contains("value=\"4\""));
    let sent = form(&ann, &page, "do=submit&task=3&days=5").await;
    assert_eq!(sent.header("location"), Some(format!("{page}?saved=1").as_str()), "{}", sent.text());
    // Bob finds it in his inbox, with its count beside, and a notice.
    let inbox = bob.get("/inbox").await;
    assert!(
        inbox.text().contains("去海边 &lt;b&gt;") && inbox.text().contains("For me to answer 1"),
        "{}",
        inbox.text()
    );
    assert!(bob.get("/inbox?lang=zh-CN").await.text().contains("待我处理"));
    assert!(bob.get("/notifications").await.text().contains(&id));
    let shown = bob.get(&page).await;
    assert!(shown.text().contains("name=\"note\"") && !shown.text().contains(&cast.leave), "{}", shown.text());
    let empty = form(&bob, "/inbox/decide", "answer=yes").await;
    assert!(empty.text().contains("Choose some tasks first"), "{}", empty.text());
    let task = inbox.text().split("name=\"task\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let no = form(&bob, "/inbox/decide", &format!("answer=no&task={task}")).await;
    assert!(no.status == 422 && no.text().contains("say why"), "{}", no.text());
    let yes = form(&bob, "/inbox/decide", &format!("answer=yes&opinion=ok&task={task}")).await;
    assert_eq!(yes.header("location"), Some("/inbox?saved=1"), "{}", yes.text());
    for (which, words) in [("done", "Approved"), ("open", "Nothing here")] {
        assert!(bob.get(&format!("/inbox?box={which}")).await.text().contains(words), "{which}");
    }
    let shown = ann.get(&format!("{page}?lang=zh-CN")).await;
    assert!(shown.text().contains("流程结束") && shown.text().contains("已结束"), "{}", shown.text());
    assert!(ann.get(&record).await.text().contains(&id));
    let eve = Client::of(&cast.site.router);
    assert_eq!(eve.get(&page).await.status, 303);
}

#[tokio::test]
async fn whoever_manages_a_workflow_steers_it_on_its_page() {
    let cast = cast().await;
    let case = started(&cast).await;
    let task = mine(&cast.ann, &case).await["task"].clone();
    let sent = json!({"do": "decide", "task": task, "approve": true, "fields": {"days": 3}});
    assert_eq!(act(&cast.ann, &case, sent).await.status, 200);
    let (ann, cat) = (browser(&cast, "ann").await, browser(&cast, "cat").await);
    // Whoever may only start it has no such page, and no place in the menu for it.
    assert!(!ann.get("/inbox").await.text().replace("&#x2f;", "/").contains("href=\"/workflows\""));
    for page in ["/workflows", "/workflows/leave", "/workflows/gone"] {
        assert_eq!(ann.get(page).await.status, 404, "{page}");
    }
    assert_eq!(form(&ann, "/workflows/leave", "do=migrate").await.status, 404);
    assert_eq!(cat.get("/workflows/gone").await.status, 404);
    let text = async |path: &str| cat.get(path).await.text().replace("&#x2f;", "/");
    assert!(text("/workflows").await.contains("href=\"/workflows/leave\""));
    let page = text("/workflows/leave").await;
    for part in ["<svg class=\"flow\"", "approval", &format!("/cases/{case}"), "Running cases"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let none = form(&cat, "/workflows/leave", "do=migrate").await;
    assert!(none.status == 200 && none.text().contains("Cases moved: 0."), "{}", none.text());
    // Bob has left. Cat is not offered herself, and does not take on what he was asked: Dan answers it.
    let dan = cast.site.signed_in("dan", &[]).await;
    assert!(page.contains("/pick/person?others") && page.contains("never to you"), "{page}");
    for (query, login, offered) in
        [("q=cat", "cat", true), ("q=cat&others=1", "cat", false), ("q=dan&others=1", "dan", true)]
    {
        let found = cast.cat.get(&format!("/pick/person?{query}")).await.json();
        let labels = found["items"].as_array().unwrap().iter().map(|item| item["label"].as_str().unwrap());
        assert_eq!(labels.filter(|label| *label == login).count(), usize::from(offered), "{query}: {found}");
    }
    let nobody = form(&cat, "/workflows/leave", "do=hand-over&from=bob&to=nobody").await;
    assert!(nobody.status == 422 && nobody.text().contains("role=\"alert\""), "{}", nobody.text());
    assert!(mine(&cast.cat, &case).await.is_null());
    for (page, why) in [
        ("/workflows/leave", "hands no task over to themself"),
        ("/workflows/leave?lang=zh-CN", "流程管理员不能把任务转给自己"),
    ] {
        let own = form(&cat, page, "do=hand-over&from=bob&to=cat").await;
        assert!(own.status == 422 && own.text().contains(why), "{}", own.text());
    }
    assert!(mine(&cast.cat, &case).await.is_null());
    let over = form(&cat, "/workflows/leave?lang=en", "do=hand-over&from=bob&to=dan").await;
    assert!(over.text().contains("Cases in which tasks were handed over: 1."), "{}", over.text());
    assert_eq!(mine(&dan, &case).await["step"], "check");
    let again = form(&cat, "/workflows/leave", "do=hand-over&from=bob&to=dan").await;
    assert!(again.status == 422 && again.text().contains("They have nothing to answer"), "{}", again.text());
    // The same figures for programs.
    let asked = cast.cat.get(&format!("{ROOT}/leave/statistics")).await;
    assert_eq!(asked.json()["steps"][0]["answered"], 1, "{}", asked.text());
    cast.ann.get(&format!("{ROOT}/leave/statistics")).await.refuses(403, "denied");
    cast.cat.get(&format!("{ROOT}/leave/statistics?from=x")).await.refuses(400, "bad-request");
    let turned = cast.cat.get(&format!("{ROOT}/leave/statistics?from=2025-11-30&to=2025-11-01")).await;
    turned.refuses(400, "bad-request");
}

#[tokio::test]
async fn all_cases_are_moved_to_new_steps_and_those_that_cannot_are_named() {
    let cast = cast().await;
    let mut records = vec![cast.leave.clone()];
    let person = cast.ann.get(&format!("/api/v1/demo/leave/{}", cast.leave)).await.json()["person"].clone();
    let person = person.get("id").cloned().unwrap_or(person);
    for n in 1..60 {
        records.push(cast.ann.made("leave", json!({"title": format!("L{n}"), "person": person})).await);
    }
    let begun = cast.ann.post(&format!("{ROOT}/leave/cases"), json!({"records": records})).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    // Two of them wait at the step that goes.
    let tasks = cast.ann.get(&format!("{ROOT}/tasks?limit=2")).await.json();
    for task in tasks["items"].as_array().unwrap() {
        let sent = json!({"do": "decide", "task": task["task"], "approve": true, "fields": {"days": 3}});
        assert_eq!(act(&cast.ann, task["case"].as_str().unwrap(), sent).await.status, 200);
    }
    let mut files = FILES.map(|(path, text)| (path, text.to_owned()));
    files[5].1 = files[5]
        .1
        .replace("  check: {label: {zh-CN: 主管审批, en: Manager}", "  review: {label: {zh-CN: 复核, en: Review}");
    cast.site.publish(&files).await;
    let cat = browser(&cast, "cat").await;
    let text = async |path: &str| cat.get(path).await.text().replace("&#x2f;", "/").replace("&amp;", "&");
    let page = text("/workflows/leave?from=2025-01-01").await;
    assert!(page.contains("By earlier steps: 60") && page.contains("arrived "), "{page}");
    assert!(page.contains("/workflows/leave?from=2025-01-01&before="), "the days stay: {page}");
    // A step that is gone is called what it was.
    assert!(page.contains("Manager"), "{page}");
    // What moving all would come to is looked at first: each case with what becomes of it, and why it stays. Nothing is moved.
    let fresh = cast.ann.made("leave", json!({"title": "fresh", "person": person})).await;
    let begun = cast.ann.post(&format!("{ROOT}/leave/cases"), json!({"record": fresh})).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let look = text("/workflows/leave?look=all").await;
    for part in
        ["Kept: 1, would be moved: 58, blocked: 2.", "“Manager” is not in the present steps", "Move those that can be"]
    {
        assert!(look.contains(part), "{part}: {look}");
    }
    assert!(text("/workflows/leave").await.contains("By earlier steps: 60"));
    let listed = cast.cat.get(&format!("{ROOT}/leave/cases?limit=100")).await.json();
    let of = |class: &str| listed["items"].as_array().unwrap().iter().filter(|case| case["class"] == class).count();
    assert_eq!((of("keep"), of("migrate"), of("blocked")), (1, 58, 2));
    // All of it is taken back by one press, and done again.
    let moved = form(&cat, "/workflows/leave", "do=migrate").await;
    let moved = moved.text();
    assert_eq!(moved.matches("name=\"move\" value=\"").count(), 1, "{moved}");
    let moving = moved.split("name=\"move\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let back = form(&cat, "/workflows/leave", &format!("do=migrate-back&move={moving}")).await;
    let back = back.text();
    assert!(!back.contains("name=\"move\""), "{back}");
    assert!(back.contains("Cases taken back: 58.") && back.contains("By earlier steps: 60"), "{back}");
    let ended = act(&cast.cat, begun.json()["id"].as_str().unwrap(), json!({"do": "terminate", "reason": "x"})).await;
    assert_eq!(ended.status, 200, "{}", ended.text());
    let moved = form(&cat, "/workflows/leave?from=2025-01-01", "do=migrate").await;
    let told = moved.text().replace("&#x2f;", "/");
    assert_eq!(moved.status, 422, "{told}");
    for part in
        ["Cases moved: 58.", "Cases not moved: 2.", "“Manager” is not in the present steps", "value=\"2025-01-01\""]
    {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert!(text("/workflows/leave").await.contains("By earlier steps: 2"));
    // One is taken back as long as nothing has happened in it since, and what that comes to can be known before.
    let own = cast.ann.get(&format!("{ROOT}/tasks?limit=1")).await.json();
    let case = own["items"][0]["case"].as_str().unwrap().to_owned();
    let page = text(&format!("/workflows/leave?look={case}")).await;
    assert!(page.contains("It stays at “Fill in”.") && page.contains("value=\"migrate\""), "{page}");
    let look = cast.cat.get(&format!("{ROOT}/cases/{case}/migration?edition=1")).await.json();
    let fill = json!([{"step": "fill", "step_label": "Fill in", "due": []}]);
    assert_eq!(look, json!({"before": fill, "after": fill, "outcome": null}));
    cast.ann.get(&format!("{ROOT}/cases/{case}/migration")).await.refuses(403, "denied");
    let back = form(&cat, "/workflows/leave", &format!("do=migrate-back&case={case}")).await;
    assert!(back.text().contains("The case goes by its earlier steps again."), "{}", back.text());
    assert!(text("/workflows/leave").await.contains("By earlier steps: 3"));
    let one = form(&cat, "/workflows/leave", &format!("do=migrate&case={case}")).await;
    assert!(one.text().contains("value=\"migrate-back\""), "{}", one.text());
    let spoken = json!({"do": "discuss", "to": ["ann"], "words": "new steps"});
    assert_eq!(act(&cast.cat, &case, spoken).await.status, 200);
    let late = act(&cast.cat, &case, json!({"do": "migrate-back"})).await;
    assert_eq!(late.json()["errors"][0]["code"], "too-late", "{}", late.text());
    // The rest of the list begins where its page ends, for programs too.
    let first = cast.cat.get(&format!("{ROOT}/leave/cases?limit=40")).await.json();
    let next = first["next"].as_str().unwrap();
    let rest = cast.cat.get(&format!("{ROOT}/leave/cases?limit=40&before={next}")).await.json();
    // How many go by earlier steps is counted for the page that the list begins with, and no other says a number.
    assert_eq!(first["earlier"], 2);
    assert_eq!(
        (rest["items"].as_array().unwrap().len(), &rest["next"], &rest["earlier"]),
        (20, &Value::Null, &Value::Null)
    );
    let page = text("/workflows/leave").await;
    let next = page.split("/workflows/leave?before=").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
    let second = text(&format!("/workflows/leave?before={next}")).await;
    assert!(page.contains("By earlier steps") && !second.contains("By earlier steps"), "{second}");
    // Days that are none are said to be none, and acts of those who may not steer do nothing.
    let odd = cat.get("/workflows/leave?from=yesterday").await;
    assert!(odd.status == 422 && odd.text().contains("“yesterday” is not a day"), "{}", odd.text());
    let none = cat.get("/workflows/leave?from=2025-02-01&to=2025-01-01").await;
    assert!(none.text().contains("The first day is after the last"), "{}", none.text());
    assert_eq!(form(&cat, "/workflows/gone", "do=hand-over&from=ann&to=bob").await.status, 404);
    assert_eq!(cat.get("/workflows/leave?from=-009999-01-01").await.status, 200);
    // A token for other entities steers nothing.
    let token = cast.cat.post("/api/v1/tokens", json!({"name": "people", "days": 3, "entities": ["person"]})).await;
    let bearer = token.json()["token"].as_str().unwrap().to_owned();
    let limited = Client { bearer: Some(bearer), ..Client::of(&cast.site.router) };
    limited.get(&format!("{ROOT}/leave/statistics")).await.refuses(403, "denied");
    limited.get(&format!("{ROOT}/leave/cases")).await.refuses(403, "denied");
}

#[tokio::test]
async fn past_cases_go_through_the_present_steps_on_a_page() {
    let cast = cast().await;
    let case = started(&cast).await;
    let yes = async |client: &Client, days: Value| {
        let task = mine(client, &case).await["task"].clone();
        let sent = json!({"do": "decide", "task": task, "approve": true, "fields": days});
        assert_eq!(act(client, &case, sent).await.status, 200);
    };
    yes(&cast.ann, json!({"days": 3})).await;
    yes(&cast.bob, json!({})).await;
    let cat = browser(&cast, "cat").await;
    let page = cat.get("/workflows/leave/replay").await;
    assert!(page.text().contains("The same: 1") && page.text().contains("come to the same"), "{}", page.text());
    // HR looks at it too.
    let mut files = FILES.map(|(path, text)| (path, text.to_owned()));
    files[5].1 = files[5].1.replace(
        "  done:",
        "  second: {label: {zh-CN: 复核, en: Second <look>}, approval: {who: [{role: hr}]}}\n  done:",
    );
    cast.site.publish(&files).await;
    let page = cat.get("/workflows/leave/replay").await.text().replace("&#x2f;", "/");
    for part in
        ["Otherwise: 1, of which 0 would hang", "Would be asked at “Second &lt;look&gt;”: ", &format!("/cases/{case}")]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let found = cast.cat.get(&format!("{ROOT}/leave/replay?last=5")).await.json();
    assert_eq!((&found["cases"], &found["differing"][0]["assumed"]), (&json!(1), &json!(["second"])));
    assert_eq!(browser(&cast, "ann").await.get("/workflows/leave/replay").await.status, 404);
    cast.ann.get(&format!("{ROOT}/leave/replay")).await.refuses(403, "denied");
    cast.cat.get(&format!("{ROOT}/leave/replay?last=0")).await.refuses(400, "bad-request");
}

const LINES: [[[u16; 2]; 3]; 2] = [[[20, 40], [90, 120], [200, 60]], [[210, 50], [260, 150], [330, 70]]];

#[tokio::test]
async fn a_step_is_signed_by_whoever_has_proved_who_they_are() {
    let cast = cast().await;
    let (ann, bob) = (&cast.ann, &cast.bob);
    let mut cases = Vec::new();
    for title in ["one", "two", "three"] {
        let person = ann.get("/api/v1/demo/leave").await.json()["items"][0]["person"].clone();
        let person = person["id"].as_str().or(person.as_str()).unwrap().to_owned();
        let record = ann.made("leave", json!({"title": title, "person": person})).await;
        let begun = ann.post(&format!("{ROOT}/signed/cases"), json!({"record": record})).await;
        cases.push(begun.json()["id"].as_str().unwrap().to_owned());
    }
    let [one, two, three] = [&cases[0], &cases[1], &cases[2]];
    assert_eq!(bob.get(&format!("{ROOT}/tasks")).await.json()["items"][0]["signature"], "approving");
    let task = mine(bob, one).await["task"].clone();
    assert_eq!(mine(bob, one).await["signature"], "approving");
    let decide = |signature: Value| json!({"do": "decide", "task": task, "approve": true, "signature": signature});
    // Without one, with too little of one, with another's name.
    for (signature, code) in [
        (Value::Null, "required"),
        (json!({"drawn": []}), "required"),
        (json!({"drawn": [[[1, 1], [9, 9]]]}), "too-little"),
        (json!({"drawn": [[[0, 0], [601, 0]]]}), "range"),
        (json!({"typed": "ann"}), "mismatch"),
        (json!({"typed": " "}), "required"),
    ] {
        let refused = act(bob, one, decide(signature)).await;
        refused.refuses(422, "invalid");
        let error = &refused.json()["errors"][0];
        assert_eq!((&error["field"], error["code"].as_str()), (&json!("signature"), Some(code)), "{}", refused.text());
    }
    assert_eq!(act(bob, one, decide(json!({"drawn": LINES}))).await.status, 200);
    let trail = ann.get(&format!("{ROOT}/cases/{one}")).await.json()["trail"].clone();
    let signed = trail.as_array().unwrap().iter().find(|event| event["act"] == "approve").unwrap()["signature"].clone();
    assert_eq!((&signed["name"], signed["sha256"].as_str().map(str::len)), (&json!("BOB"), Some(64)));
    let picture = format!("{ROOT}/cases/{one}/signatures/{}", signed["event"].as_str().unwrap());
    let drawn = ann.get(&picture).await;
    assert_eq!((drawn.header("content-type"), drawn.status.as_u16()), (Some("image/svg+xml"), 200));
    assert!(drawn.text().contains("M20 40L90 120L200 60M210 50"), "{}", drawn.text());
    // Whom the case does not concern is shown no signature of it.
    let eve = cast.site.signed_in("eve", &[]).await;
    eve.get(&picture).await.refuses(404, "not-found");
    // Several at once are signed too, by a name as well; and no is said without.
    let task = |case: &str| {
        let case = case.to_owned();
        async move { mine(bob, &case).await["task"].clone() }
    };
    let both = |first: Value, second: Value, signature: Value| {
        json!({"answers": [
            {"case": two, "task": first, "approve": true, "signature": signature},
            {"case": three, "task": second, "approve": false},
        ]})
    };
    let refused = bob.post(&format!("{ROOT}/decide"), both(task(two).await, task(three).await, Value::Null)).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["errors"][0]["field"]), (422, &json!("signature")));
    let sent = both(task(two).await, task(three).await, json!({"typed": "B o b"}));
    // Ten minutes later they prove who they are first.
    cast.site.clock.pass(jiff::SignedDuration::from_mins(11));
    bob.post(&format!("{ROOT}/decide"), sent.clone()).await.refuses(401, "proof-needed");
    let again = browser(&cast, "bob").await;
    assert_eq!(again.post(&format!("{ROOT}/decide"), sent).await.status, 200);
    let shown = ann.get(&format!("{ROOT}/cases/{two}")).await.json();
    assert!(shown["trail"].as_array().unwrap().iter().any(|event| event["signature"]["name"] == "BOB"), "{shown}");
    assert_eq!(ann.get(&format!("{ROOT}/cases/{three}")).await.json()["outcome"], "rejected");
}

#[tokio::test]
async fn a_step_is_signed_on_its_page_and_in_the_inbox() {
    let cast = cast().await;
    let begun = cast.ann.post(&format!("{ROOT}/signed/cases"), json!({"record": cast.leave})).await;
    let case = begun.json()["id"].as_str().unwrap().to_owned();
    let task = mine(&cast.bob, &case).await["task"].clone();
    let bob = browser(&cast, "bob").await;
    let page = format!("/cases/{case}");
    for path in [page.as_str(), "/inbox"] {
        let shown = bob.get(path).await;
        let text = shown.text();
        assert!(text.contains("<loam-signature>") && text.contains("“BOB”"), "{path}: {text}");
    }
    // Refused, with what was drawn still there.
    let refused = form(&bob, &page, &format!("do=approve&task={task}&signature=1,1 5,5")).await;
    assert!(refused.status == 422 && refused.text().contains("value=\"1,1 5,5\""), "{}", refused.text());
    let refused = form(&bob, "/inbox/decide", &format!("answer=yes&task={case}.{task}")).await;
    assert!(refused.status == 422 && refused.text().contains("asks for a signature"), "{}", refused.text());
    // Later they are led to prove who they are, and what they wrote is kept.
    cast.site.clock.pass(jiff::SignedDuration::from_mins(11));
    let led = form(&bob, &page, &format!("do=approve&task={task}&opinion=so+be+it&signature_name=bob")).await;
    assert_eq!(led.header("location").map(|to| to.starts_with("/prove?next=")), Some(true), "{}", led.text());
    let shown = bob.get(&page).await;
    let text = shown.text();
    assert!(text.contains("so be it") && text.contains("prove?next=") && !text.contains("<loam-signature>"), "{text}");
    let bob = browser(&cast, "bob").await;
    let lines = "20,40 90,120 200,60;210,50 330,70";
    let sent = form(&bob, "/inbox/decide", &format!("answer=yes&task={case}.{task}&signature={lines}")).await;
    assert_eq!(sent.header("location"), Some("/inbox?saved=1"), "{}", sent.text());
    let text = bob.get(&page).await.text().replace("&#x2f;", "/");
    assert!(text.contains("<img class=\"signature\" src=\"/api/v1/demo/workflows/cases/"), "{text}");
    assert!(text.contains("Signed: BOB"), "{text}");
}

/// A step that calls a plugin says which, on the page of its workflow and in the picture of a case that waits there.
#[tokio::test]
async fn a_step_says_which_plugin_it_calls() {
    let mut files = FILES.map(|(path, text)| (path, text.to_owned())).to_vec();
    files.extend(
        [
            ("plugins/days.yaml", "label: {zh-CN: 天数核验, en: Check of days}\ntakes: {title: text}\ngives: {days: integer}\n"),
            ("plugins/days.wat", "(module)\n"),
            (
                "workflows/count.yaml",
                "label: {zh-CN: 核验, en: Count}\nentity: leave\nsteps:\n  ask: {label: {zh-CN: 核对, en: Ask}, call: {plugin: days, with: {title: title}, into: {days: days}}, failed: odd}\n  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: counted}}\n  odd: {label: {zh-CN: 异常, en: Odd}, end: {outcome: odd}}\n",
            ),
            (
                "roles/counter.yaml",
                "label: {zh-CN: 核验员, en: Counter}\ngrants:\n  - {entity: leave, actions: [create, read]}\nworkflows:\n  - {workflow: count, actions: [start, manage]}\n",
            ),
        ]
        .map(|(path, text)| (path, text.to_owned())),
    );
    let site = Site::of(&files).await;
    let client = site.signed_in("dee", &["counter"]).await;
    let leave = client.made("leave", json!({"title": "sea"})).await;
    let page = client.get("/workflows/count").await.text().to_owned();
    for said in ["plugin · Check of days", "data-exit=\"failed\"", ">failed<"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    let begun = client.post("/api/v1/demo/workflows/count/cases", json!({"record": leave})).await;
    let case = begun.json()["id"].as_str().unwrap().to_owned();
    let page = client.get(&format!("/cases/{case}")).await.text().to_owned();
    assert!(page.contains("Check of days") && page.contains("data-state=\"now\""), "{page}");
}

#[tokio::test]
async fn what_waits_for_a_leaver_is_listed_and_handed_over_as_far_as_it_can() {
    let cast = cast().await;
    let case = started(&cast).await;
    let task = mine(&cast.ann, &case).await["task"].clone();
    let sent = json!({"do": "decide", "task": task, "approve": true, "fields": {"days": 3}});
    assert_eq!(act(&cast.ann, &case, sent).await.status, 200);
    let cat = browser(&cast, "cat").await;
    let text = async |path: &str| cat.get(path).await.text().replace("&#x2f;", "/").replace("&#x3d;", "=");
    assert!(!text("/workflows").await.contains("account closed"));
    let bob = cast.site.engine.store().accounts().by_logins(&["bob".to_owned()]).await.unwrap().remove(0);
    let change = engine::AccountChange { active: Some(false), ..engine::AccountChange::default() };
    cast.site.engine.change_account(None, bob.id, change).await.unwrap();
    // On the page, with a way to where it is handed over, and for programs.
    let page = text("/workflows").await;
    for part in ["Tasks of people who left", "BOB", "account closed · 1 to answer in “Leave”", "leaver=bob#over-title"]
    {
        assert!(page.contains(part), "{part}: {page}");
    }
    let chosen = text("/workflows/leave?leaver=bob").await;
    assert!(chosen.contains("name=\"from\" value=\"bob\"") && chosen.contains("value=\"1\" checked"), "{chosen}");
    let listed = cast.cat.get(&format!("{ROOT}/leavers")).await.json();
    let line = json!({
        "login": "bob", "name": "BOB", "why": "closed", "workflow": "leave", "label": "Leave", "tasks": 1
    });
    assert_eq!(listed["items"], json!([line]));
    // Not in a workflow that has nothing of his.
    let over = |to: &str, workflow: &str| json!({"from": "bob", "to": to, "workflow": workflow});
    let path = format!("{ROOT}/hand-over");
    cast.site.account("dan", &[]).await;
    cast.cat.post(&path, over("dan", "signed")).await.refuses(404, "not-found");
    // Nor to herself.
    let own = cast.cat.post(&path, over("cat", "leave")).await;
    assert_eq!((own.status.as_u16(), &own.json()["errors"][0]["code"]), (409, &json!("oneself")), "{}", own.text());
    let handed = cast.cat.post(&path, over("dan", "leave")).await;
    assert_eq!(handed.json(), json!({"items": [{"id": case}], "stayed": []}), "{}", handed.text());
    assert_eq!(cast.cat.get(&format!("{ROOT}/leavers")).await.json()["items"], json!([]));
}

#[tokio::test]
async fn a_workflow_that_is_gone_keeps_its_page_as_long_as_cases_run() {
    let cast = cast().await;
    let case = started(&cast).await;
    let files: Vec<(&str, String)> = FILES
        .iter()
        .filter(|(path, _)| *path != "workflows/leave.yaml")
        .map(|(path, text)| {
            let text = text.replace("  - {workflow: leave, actions: [start]}\n", "");
            (*path, text.replace("workflows:\n  - {workflow: leave, actions: [manage]}\n", ""))
        })
        .collect();
    cast.site.publish(&files).await;
    let (ann, cat) = (browser(&cast, "ann").await, browser(&cast, "cat").await);
    let text = async |path: &str| cat.get(path).await.text().replace("&#x2f;", "/");
    let page = text("/workflows").await;
    for part in ["Workflows that are gone", "href=\"/workflows/leave\"", "1 running"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // It is found from every page, by whoever managed it.
    assert!(text("/inbox").await.contains("href=\"/workflows\""));
    assert!(!ann.get("/inbox").await.text().replace("&#x2f;", "/").contains("href=\"/workflows\""));
    for page in ["/workflows", "/workflows/leave"] {
        assert_eq!(ann.get(page).await.status, 404, "{page}");
    }
    let page = text("/workflows/leave").await;
    for part in ["No longer in the app", "Fill in", &format!("/cases/{case}"), "Hand over tasks"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(!page.contains("What steps take") && !page.contains("/workflows/leave/replay"), "{page}");
    assert_eq!(form(&cat, "/workflows/leave", "do=migrate").await.status, 400);
    let listed = cast.cat.get(ROOT).await.json();
    let gone = json!({
        "name": "leave", "label": "Leave", "entity": "leave", "start": false, "manage": true, "gone": true
    });
    assert_eq!(
        (listed["items"].as_array().unwrap().len(), &listed["items"][1]),
        (2, &gone),
        "after what Cat may start"
    );
    let running = cast.cat.get(&format!("{ROOT}/leave/cases")).await.json();
    assert_eq!((&running["gone"], &running["items"][0]["id"]), (&json!(true), &json!(case)));
    cast.ann.get(&format!("{ROOT}/leave/cases")).await.refuses(403, "denied");
    // Handed over and ended, with a reason, on the ledger; then there is nothing left of it to manage.
    let over = form(&cat, "/workflows/leave", "do=hand-over&from=ann&to=bob&only=1").await;
    assert!(over.text().contains("Cases in which tasks were handed over: 1."), "{}", over.text());
    act(&cast.cat, &case, json!({"do": "terminate", "reason": ""})).await.refuses(422, "invalid");
    assert_eq!(act(&cast.cat, &case, json!({"do": "terminate", "reason": "gone"})).await.status, 200);
    assert!(cast.site.acts().await.contains(&"case.terminate done".to_owned()));
    assert_eq!(cat.get("/workflows").await.status, 404);
}
