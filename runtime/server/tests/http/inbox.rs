//! The pages of workflows as people use them: whom they choose, what narrows the inbox, counts that follow, and cases started
//! about many records at once.

use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, header},
};
use engine::{Bounds, query::case::Narrowed};
use futures_util::StreamExt as _;
use model::Locale;
use serde_json::{Value, json};
use store::{CaseBox, CaseNarrow};
use tower::ServiceExt as _;

use super::support::{Client, Site, browser_of, form, titles};

const ROOT: &str = "/api/v1/demo/workflows";

const FILES: [(&str, &str); 9] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        r"label: {zh-CN: 人员, en: Person}
stands_for: person
display: name
key: code
search: [name]
fields:
  code: {type: text, label: {zh-CN: 工号, en: Code}, required: true, unique: true}
  name: {type: text, label: {zh-CN: 姓名, en: Name}, required: true}
  manager: {type: reference, to: person, stands_for: manager, label: {zh-CN: 上级, en: Manager}}
",
    ),
    (
        "entities/leave.yaml",
        r"label: {zh-CN: 请假, en: Leave}
display: title
fields:
  title: {type: text, label: {zh-CN: 事由, en: Title}}
  person: {type: person, label: {zh-CN: 申请人, en: Person}}
  days: {type: integer, label: {zh-CN: 天数, en: Days}}
  until: {type: date, label: {zh-CN: 最迟, en: Until}}
",
    ),
    (
        "pages/leaves.yaml",
        "kind: list\nlabel: {zh-CN: 请假, en: Leaves}\nentity: leave\ncolumns: [title, days]\nfilters: [days]\nsort: [title]\n",
    ),
    (
        "roles/member.yaml",
        r"label: {zh-CN: 成员, en: Member}
grants:
  - {entity: person, actions: [read]}
  - {entity: leave, actions: [create, read, update]}
workflows:
  - {workflow: leave, actions: [start]}
  - {workflow: trip, actions: [start]}
  - {workflow: pick, actions: [start]}
",
    ),
    (
        "roles/hr.yaml",
        r"label: {zh-CN: 人事, en: HR}
grants:
  - {entity: person, actions: [create, read, update]}
  - {entity: leave, actions: [read]}
workflows:
  - {workflow: leave, actions: [manage]}
  - {workflow: trip, actions: [manage]}
",
    ),
    (
        "workflows/leave.yaml",
        r"label: {zh-CN: 请假审批, en: Leave check}
entity: leave
guard: hr
steps:
  check: {label: {zh-CN: 主管审批, en: Manager}, approval: {who: [person.manager], timers: [{from: until, days: 1, then: remind}]}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: granted}}
",
    ),
    (
        "workflows/trip.yaml",
        r"label: {zh-CN: 出差, en: Trip}
entity: leave
guard: hr
condition: days > 2
steps:
  look: {label: {zh-CN: 查看, en: Look}, approval: {who: [person.manager]}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: seen}}
",
    ),
    (
        "workflows/pick.yaml",
        r"label: {zh-CN: 选人, en: Pick}
entity: leave
guard: hr
steps:
  ask: {label: {zh-CN: 征求意见, en: Ask}, approval: {who: [{chosen: true}]}}
",
    ),
];

/// Ann and Dan, who work for Bob; two people called Wang; Gone, who may not sign in any more; Li, who never could; Cat of HR.
struct Cast {
    site: Site,
    ann: Client,
    bob: Client,
    cat: Client,
    dan: Client,
    person: String,
}

async fn cast() -> Cast {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let cat = site.signed_in("cat", &["hr"]).await;
    let made = async |code: &str, name: &str, manager: Option<&str>| {
        cat.made("person", json!({"code": code, "name": name, "manager": manager})).await
    };
    let boss = made("E9", "BOB", None).await;
    let person = made("E0", "ANN", Some(&boss)).await;
    let member = &["member"];
    for (code, name, login) in [("E1", "WANG", "w1"), ("E2", "WANG", "w2"), ("E4", "GONE", "gone")] {
        let id = made(code, name, None).await;
        site.signed_in_as(login, member, id.parse().ok()).await;
    }
    made("E3", "LI", None).await;
    site.say("UPDATE loam_account SET active = (1 = 0) WHERE login = 'gone'").await;
    let ann = site.signed_in_as("ann", member, person.parse().ok()).await;
    let bob = site.signed_in_as("bob", member, boss.parse().ok()).await;
    let dan = site.signed_in("dan", member).await;
    Cast { site, ann, bob, cat, dan, person }
}

impl Cast {
    /// A leave of Ann's.
    async fn leave(&self, title: &str, days: i64, until: Option<&str>) -> String {
        let body = json!({"title": title, "person": self.person, "days": days, "until": until});
        self.ann.made("leave", body).await
    }

    async fn account(&self, login: &str) -> String {
        self.site.engine.store().accounts().by_login(login).await.unwrap().unwrap().id.to_string()
    }
}

async fn started(client: &Client, workflow: &str, record: &str) -> String {
    let begun = client.post(&format!("{ROOT}/{workflow}/cases"), json!({"record": record})).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    begun.json()["id"].as_str().unwrap().to_owned()
}

/// Who is offered: what is read, what tells them apart, and what is sent.
async fn offered(client: &Client, query: &str) -> Vec<(String, String, String)> {
    let answer = client.get(&format!("/pick/person{query}")).await.json();
    let text = |item: &Value, key: &str| item[key].as_str().unwrap().to_owned();
    let items = answer["items"].as_array().unwrap().iter();
    items.map(|item| (text(item, "label"), text(item, "hint"), text(item, "id"))).collect()
}

/// The titles of the lines of a page.
fn lines(page: &str) -> Vec<String> {
    let each = page.split("class=\"item-title\"").skip(1);
    each.map(|rest| rest.split(['<', '>']).nth(1).unwrap().to_owned()).collect()
}

fn plain(text: &str) -> String {
    text.replace("&#x2f;", "/").replace("&amp;", "&")
}

#[tokio::test]
async fn people_are_offered_by_name_where_they_may_sign_in() {
    let cast = cast().await;
    let named = |found: &[(String, String, String)]| -> Vec<String> {
        found.iter().map(|(label, hint, _)| format!("{label} {hint}").trim().to_owned()).collect()
    };
    let all = offered(&cast.ann, "").await;
    // Namesakes are told apart, whoever has no account or may not sign in is not there, and accounts are what is sent.
    assert_eq!(named(&all), ["ANN", "BOB", "WANG E1", "WANG E2"]);
    assert_eq!(all[3].2, cast.account("w2").await);
    assert_eq!(named(&offered(&cast.ann, "?q=WANG").await), ["WANG E1", "WANG E2"]);
    // A login that is typed in full is found too: of an account of nobody, and by whoever reads nobody's record.
    assert_eq!(named(&offered(&cast.ann, "?q=dan").await), ["dan"]);
    let eve = cast.site.signed_in("eve", &[]).await;
    assert!(offered(&eve, "?q=WANG").await.is_empty());
    assert_eq!(offered(&eve, "?q=w1").await, [("w1".to_owned(), String::new(), cast.account("w1").await)]);
    // Those who left are offered to whoever hands over what they did not answer.
    for (client, query) in [(&cast.ann, "?q=GONE&left=1"), (&cast.ann, "?q=gone&left=1"), (&cast.cat, "?q=GONE")] {
        assert!(offered(client, query).await.is_empty(), "{query}");
    }
    assert_eq!(named(&offered(&cast.cat, "?left=1&q=GONE").await), ["GONE"]);
}

#[tokio::test]
async fn people_are_chosen_in_a_case_by_account_or_by_login() {
    let cast = cast().await;
    let leave = cast.leave("Sea", 3, None).await;
    let case = started(&cast.ann, "leave", &leave).await;
    let bob = browser_of(&cast.site, "bob").await;
    let page = format!("/cases/{case}");
    let shown = plain(bob.get(&page).await.text());
    // Several where several are meant, and a field to type into where no script runs.
    assert!(shown.contains("<loam-combobox data-url=\"/pick/person\" data-several><input"), "{shown}");
    let (w1, w2) = (cast.account("w1").await, cast.account("w2").await);
    let task = cast.bob.get(&format!("{ROOT}/cases/{case}")).await.json()["mine"]["task"].clone();
    let act = async |body: String| form(&bob, &page, &format!("task={task}&{body}")).await;
    let two = act(format!("do=transfer&who={w1}&who={w2}")).await;
    assert!(two.status == 422 && two.text().contains("Name one person"), "{}", two.text());
    for nobody in [cast.account("gone").await, cast.site.engine.new_id().to_string(), "stranger".to_owned()] {
        let refused = act(format!("do=transfer&who={nobody}")).await;
        assert_eq!(refused.status, 422, "{nobody}: {}", refused.text());
    }
    let added = act(format!("do=add-signer&place=beside&who={w1}&who=w2%2C+dan&who={w1}")).await;
    assert_eq!(added.status, 303, "{}", added.text());
    let counts = async |login: &str| cast.site.begun(login).await.get(&format!("{ROOT}/counts")).await.json();
    for login in ["w1", "w2", "dan", "bob"] {
        assert_eq!(counts(login).await["open"], 1, "{login}");
    }
    let handed = act(format!("do=transfer&who={}", cast.account("cat").await)).await;
    assert_eq!(handed.status, 303, "{}", handed.text());
    assert_eq!((&counts("bob").await["open"], &counts("cat").await["open"]), (&json!(0), &json!(1)));
    // Whoever starts chooses in the same way, and whoever hands over.
    let ann = browser_of(&cast.site, "ann").await;
    let record = format!("/r/leave/{leave}");
    let shown = plain(ann.get(&record).await.text());
    assert!(shown.contains("data-several><input class=\"input\" id=\"c-pick-ask\" name=\"chosen.ask\""), "{shown}");
    let begun = form(&ann, &format!("{record}/start"), &format!("workflow=pick&chosen.ask={w2}&chosen.ask=bob")).await;
    assert!(begun.header("location").unwrap().starts_with("/cases/"), "{}", begun.text());
    assert_eq!((&counts("w2").await["open"], &counts("bob").await["open"]), (&json!(2), &json!(1)));
    let cat = browser_of(&cast.site, "cat").await;
    cast.site.account("eve", &[]).await;
    let over = form(&cat, "/workflows/leave", &format!("do=hand-over&from={w1}&to=eve")).await;
    assert!(over.text().contains("Cases in which tasks were handed over: 1."), "{}", over.text());
}

#[tokio::test]
async fn the_inbox_is_narrowed_and_ordered_by_its_address() {
    let cast = cast().await;
    let beta = cast.leave("Beta", 5, None).await;
    started(&cast.ann, "leave", &beta).await;
    let gamma = cast.leave("Gamma", 1, Some("2025-12-24")).await;
    started(&cast.dan, "leave", &gamma).await;
    let alpha = cast.leave("Alpha", 1, Some("2025-11-01")).await;
    started(&cast.ann, "leave", &alpha).await;
    started(&cast.ann, "trip", &beta).await;
    let bob = browser_of(&cast.site, "bob").await;
    let (ann, dan) = (cast.account("ann").await, cast.account("dan").await);
    for (query, titles) in [
        ("", &["Beta", "Gamma", "Alpha", "Beta"][..]),
        ("?sort=due", &["Alpha", "Gamma", "Beta", "Beta"]),
        ("?late=yes", &["Alpha"]),
        ("?q=AMM", &["Gamma"]),
        ("?q=%25", &[]),
        ("?workflow=trip", &["Beta"]),
        ("?workflow=trip&step=look", &["Beta"]),
        // A step of another workflow is none of this one's, and a workflow that is not there narrows nothing.
        ("?workflow=leave&step=look", &["Beta", "Gamma", "Alpha"]),
        ("?workflow=nothing", &["Beta", "Gamma", "Alpha", "Beta"]),
        (&format!("?starter={dan}"), &["Gamma"]),
        (&format!("?starter={ann}&workflow=leave&sort=due"), &["Alpha", "Beta"]),
        ("?box=done&late=yes&sort=due", &[]),
    ] {
        let page = bob.get(&format!("/inbox{query}")).await;
        assert_eq!(lines(page.text()), titles, "{query}");
    }
    let page = bob.get(&format!("/inbox?workflow=leave&starter={dan}&q=gam")).await;
    for part in ["Workflow: Leave check", "Started by: DAN", "Title: gam", "id=\"inbox-steps\"", "name=\"step\""] {
        assert!(page.text().contains(part), "{part}: {}", page.text());
    }
    // Who somebody is whose id stands in an address is not told where they started nothing of the list.
    let page = bob.get(&format!("/inbox?starter={}", cast.account("cat").await)).await;
    assert!(page.text().contains("No record matches") && !page.text().contains(": CAT"), "{}", page.text());
    // What one has no case of is not offered.
    assert!(!bob.get("/inbox").await.text().contains("value=\"pick\""));
    assert!(lines(cast.ann.get("/inbox?box=started&q=alp").await.text()) == ["Alpha"]);
    // Answers lead back to the list as it was.
    let page = bob.get("/inbox?late=yes").await;
    let task = page.text().split("name=\"task\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    assert!(plain(page.text()).contains("action=\"/inbox/decide?late=yes\""), "{}", page.text());
    let yes = form(&bob, "/inbox/decide?late=yes", &format!("answer=yes&task={task}")).await;
    assert_eq!(yes.header("location"), Some("/inbox?late=yes&saved=1"), "{}", yes.text());
    assert_eq!(lines(bob.get("/inbox").await.text()), ["Beta", "Gamma", "Beta"]);
}

#[tokio::test]
async fn a_narrowed_inbox_goes_on_where_a_page_ended() {
    let cast = cast().await;
    for (title, until) in [("D", None), ("B", Some("2025-12-24")), ("A", Some("2025-12-01")), ("C", None)] {
        let leave = cast.leave(title, 1, until).await;
        started(&cast.ann, "leave", &leave).await;
    }
    let account = cast.site.engine.store().accounts().by_login("bob").await.unwrap().unwrap();
    let actor = cast.site.engine.actor(&account, Locale::En);
    for (by_due, title, expected) in
        [(true, None, &["A", "B", "D", "C"][..]), (false, None, &["D", "B", "A", "C"]), (true, Some("b"), &["B"])]
    {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let narrow = CaseNarrow { by_due, workflow: Some("leave".to_owned()), ..CaseNarrow::default() };
            let ask = Narrowed { which: CaseBox::Open, narrow, title: title.map(str::to_owned), after, limit: 1 };
            let page = cast.site.engine.query(&actor, ask).await.unwrap();
            assert!(page.lines.len() <= 1 && !page.short, "{page:?}");
            found.extend(page.lines.into_iter().map(|line| line.title));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{by_due} {title:?}");
    }
}

#[tokio::test]
async fn what_is_looked_for_far_down_is_gone_on_with() {
    let cast = cast().await;
    for title in ["D1", "B", "A1", "C", "E1"] {
        let leave = cast.leave(title, 1, None).await;
        started(&cast.ann, "leave", &leave).await;
    }
    cast.site.engine.keep_within(Bounds { titles: 2, ..Bounds::default() });
    let page = async |client: &Client, asked: &str| {
        let answer = client.get(&format!("{ROOT}/tasks?{asked}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let found = answer.json();
        (titles(&found, "title"), found["next"].as_str().map(str::to_owned))
    };
    // Nothing among the first two, and a cursor that says that there may be more.
    let (found, next) = page(&cast.bob, "q=c").await;
    assert_eq!(found, Vec::<String>::new());
    let (found, next) = page(&cast.bob, &format!("q=c&cursor={}", next.unwrap())).await;
    assert_eq!(found, ["C"]);
    let (found, next) = page(&cast.bob, &format!("q=c&cursor={}", next.unwrap())).await;
    assert_eq!((found, next), (Vec::new(), None));
    // A page that is full leaves out nothing of what was looked at beyond it.
    cast.site.engine.keep_within(Bounds { titles: 3, ..Bounds::default() });
    let (mut all, mut next) = page(&cast.bob, "q=1&limit=1").await;
    while let Some(cursor) = next {
        let (found, after) = page(&cast.bob, &format!("q=1&limit=1&cursor={cursor}")).await;
        assert!(found.len() <= 1, "{found:?}");
        all.extend(found);
        next = after;
    }
    assert_eq!(all, ["D1", "A1", "E1"]);
    // Whoever has no such list learns nothing of another's.
    cast.site.engine.keep_within(Bounds { titles: 2, ..Bounds::default() });
    assert_eq!(page(&cast.dan, "q=c").await, (Vec::new(), None));
    // On the page it is said, with a way on.
    let text = async |path: &str| plain(cast.bob.get(path).await.text()).replace("&#x3d;", "=");
    let shown = text("/inbox?q=c&lang=en").await;
    assert!(shown.contains("titles of 2 tasks were looked through") && lines(&shown).is_empty(), "{shown}");
    let way = shown.split("Look further").next().unwrap().rsplit("href=\"").next().unwrap();
    let shown = text(way.split('"').next().unwrap()).await;
    assert_eq!(lines(&shown), ["C"], "{way}");
    assert!(!text("/inbox?q=d&box=done&lang=en").await.contains("Look further"));
}

#[tokio::test]
async fn an_open_page_hears_that_something_waits() {
    let cast = cast().await;
    let bearer = cast.bob.bearer.clone().unwrap();
    let request = Request::get("/live/mine/inbox").header(header::AUTHORIZATION, format!("Bearer {bearer}"));
    let response = cast.site.router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(response.headers()[header::CONTENT_TYPE], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        let event = tokio::time::timeout(Duration::from_secs(5), stream.next()).await.expect("no event came");
        String::from_utf8(event.unwrap().unwrap().to_vec()).unwrap()
    };
    assert!(next().await.contains("retry"));
    let page = plain(cast.bob.get("/inbox").await.text());
    assert!(page.contains("data-url=\"/live/mine/inbox\" data-target=\"#counts\""), "{page}");
    assert!(page.contains("id=\"count-inbox\" hidden>0<"), "{page}");
    // So does the list, which is asked again as it stands, with its counts.
    assert!(page.contains("data-url=\"/live/mine/inbox\" data-target=\"#list\" data-keep"), "{page}");
    let again = "id=\"list\" hx-get=\"/inbox?box=open\" hx-trigger=\"refresh\" hx-select=\"#list\" hx-select-oob=\"#inbox-tabs\"";
    assert!(page.contains(again), "{page}");
    let leave = cast.leave("Secret", 1, None).await;
    started(&cast.ann, "leave", &leave).await;
    let event = next().await;
    assert!(event.contains("event: changed") && !event.contains("Secret"), "{event}");
    let counts = cast.bob.get("/live/mine/counts").await;
    assert!(counts.text().contains("id=\"count-inbox\" hx-swap-oob=\"true\">1<"), "{}", counts.text());
    assert!(counts.text().contains("id=\"count-news\" hx-swap-oob=\"true\">1<"), "{}", counts.text());
    // What is read in another window is heard too.
    form(&cast.bob, "/notifications", "").await;
    assert!(next().await.contains("event: changed"));
    let counts = cast.bob.get("/live/mine/counts").await;
    assert!(counts.text().contains("id=\"count-news\" hx-swap-oob=\"true\" hidden>0<"), "{}", counts.text());
}

#[tokio::test]
async fn cases_are_started_about_the_records_of_a_list() {
    let cast = cast().await;
    let short = cast.leave("Short", 1, None).await;
    let long = cast.leave("Long", 5, None).await;
    let runs = cast.leave("Runs", 6, None).await;
    started(&cast.ann, "trip", &runs).await;
    let ann = browser_of(&cast.site, "ann").await;
    // The list leads there with what narrows it.
    let list = plain(ann.get("/p/leaves?days.from=2").await.text());
    assert!(list.contains("/workflows/trip/begin?days.from=2&of-page=leaves"), "{list}");
    let few = ann.get("/workflows/trip/begin?days.from=2&of-page=leaves").await;
    assert!(few.text().contains("Start about all 2") && !few.text().contains("Short"), "{}", few.text());
    assert!(few.text().contains(&long) && few.text().contains("Days"), "{}", few.text());
    let page = "/workflows/trip/begin?of-page=leaves";
    let none = form(&ann, page, "").await;
    assert!(none.status == 422 && none.text().contains("Choose some records first"), "{}", none.text());
    let unfit = form(&ann, page, &format!("record={short}")).await;
    for part in ["Started: 0.", "The condition does not hold: 1.", "the workflow does not take this record"] {
        assert!(unfit.status == 200 && unfit.text().contains(part), "{part}: {}", unfit.text());
    }
    // All of them: one that cannot does not hold up the others.
    let all = form(&ann, page, "all=1").await;
    assert!(all.text().contains("Started: 1. Already running: 1. The condition does not hold: 1."), "{}", all.text());
    let told = lines(all.text());
    assert_eq!((told.len(), told[2].as_str()), (3, "Long"));
    assert_eq!(cast.bob.get(&format!("{ROOT}/counts")).await.json()["open"], 2);
    // Whoever answers is chosen for all of them.
    let pick = "/workflows/pick/begin?of-page=leaves";
    assert!(ann.get(pick).await.text().contains("name=\"chosen.ask\""));
    let stranger = form(&ann, pick, &format!("record={short}&chosen.ask=stranger")).await;
    assert_eq!(stranger.status, 422, "{}", stranger.text());
    let (w1, w2) = (cast.account("w1").await, cast.account("w2").await);
    let two = format!("record={short}&record={long}&chosen.ask={w1}&chosen.ask={w2}");
    let both = form(&ann, pick, &two).await;
    assert!(both.text().contains("Started: 2."), "{}", both.text());
    let theirs = cast.site.begun("w1").await.get(&format!("{ROOT}/counts")).await.json();
    assert_eq!(theirs["open"], 2);
    // Not by whoever may not start it, nor of what is no such list.
    let cat = browser_of(&cast.site, "cat").await;
    assert_eq!(cat.get(page).await.status, 404);
    assert_eq!(form(&cat, page, "all=1").await.status, 404);
    assert!(!plain(cat.get("/p/leaves").await.text()).contains("/begin?"));
    for page in ["/workflows/trip/begin", "/workflows/trip/begin?of-page=x", "/workflows/x/begin?of-page=leaves"] {
        assert_eq!(ann.get(page).await.status, 404, "{page}");
    }
}
