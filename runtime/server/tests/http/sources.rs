//! Rows that another system says: nobody writes them, a program brings them, pages say where they are from.

use axum::http::{Method, StatusCode};
use serde_json::json;

use super::support::{Answer, Client, FILES, Site};

const VISIT: &str = "
label: {zh-CN: 门诊量, en: Visits}
display: day
source: {zh-CN: 医院信息系统 HIS, en: HIS}
fields:
  doctor: {type: reference, to: person, label: {zh-CN: 医生, en: Doctor}, required: true}
  day: {type: date, label: {zh-CN: 日期, en: Day}, required: true}
  visits: {type: integer, label: {zh-CN: 人次, en: Visits}, required: true, min: 0}
unique:
  - [doctor, day]
";

const ROLES: [(&str, &str); 2] = [
    (
        "roles/feed.yaml",
        "label: {zh-CN: 接口, en: Feed}\ngrants:\n  - {entity: visit, actions: [import]}\n  - {entity: person, actions: [read], read: [code, name]}\n",
    ),
    (
        "roles/hr.yaml",
        "label: {zh-CN: 人力, en: HR}\ngrants:\n  - {entity: visit, actions: [read, export]}\n  - {entity: person, actions: [create, read]}\n",
    ),
];

const PAGES: [(&str, &str); 3] = [
    (
        "pages/visits.yaml",
        "kind: list\nlabel: {zh-CN: 门诊量, en: Visits}\nmenu: {group: data}\nentity: visit\ncolumns: [doctor, day, visits]\n",
    ),
    (
        "pages/doctor.yaml",
        "kind: detail\nlabel: {zh-CN: 医生, en: Doctor}\nentity: person\nfacts: [code]\ntabs:\n  visits:\n    label: {zh-CN: 门诊, en: Visits}\n    related: {entity: visit, by: doctor, columns: [day, visits]}\n",
    ),
    (
        "pages/start.yaml",
        "kind: home\nlabel: {zh-CN: 首页, en: Home}\nblocks:\n  total:\n    label: {zh-CN: 门诊总量, en: All visits}\n    value: {entity: visit, measure: sum(visits)}\n",
    ),
];

async fn site() -> Site {
    let mut files: Vec<(&str, String)> = FILES.map(|(path, text)| (path, text.to_owned())).to_vec();
    files[0].1.push_str("home: start\nmenu:\n  data: {label: {zh-CN: 数据, en: Data}}\n");
    files.push(("entities/visit.yaml", VISIT.to_owned()));
    files.extend(ROLES.iter().chain(&PAGES).map(|(path, text)| (*path, (*text).to_owned())));
    Site::of(&files).await
}

const HERE: &str = "/api/v1/demo/visit";

async fn csv(client: &Client, query: &str, text: &str) -> Answer {
    let path = format!("{HERE}/import{query}");
    client.raw(Method::POST, &path, &[], Some("text/csv; charset=utf-8"), text.as_bytes().to_vec()).await
}

#[tokio::test]
async fn nobody_enters_what_another_system_says() {
    let site = site().await;
    let hr = site.signed_in("hr", &["hr", "keeper"]).await;
    let feed = site.signed_in("feed", &["feed"]).await;
    let doctor = hr.made("person", json!({"code": "D1", "name": "王伟"})).await;
    let body = json!({"rows": [{"doctor": "D1", "day": "2025-11-10", "visits": 20}]});
    assert_eq!(feed.post(&format!("{HERE}/import"), body).await.status, StatusCode::OK);
    let id = hr.get(HERE).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let before = site.acts().await.len();
    for client in [&hr, &feed] {
        let new = json!({"doctor": doctor, "day": "2025-11-11", "visits": 1});
        client.post(HERE, new).await.refuses(403, "denied");
        client.patch(&format!("{HERE}/{id}"), json!({"visits": 1})).await.refuses(403, "denied");
        client.send(Method::DELETE, &format!("{HERE}/{id}"), &[], None).await.refuses(403, "denied");
        let bulk = json!({"commands": [{"do": "update", "id": id, "fields": {"visits": 1}}]});
        client.post(&format!("{HERE}/bulk"), bulk).await.refuses(403, "denied");
    }
    let acts = site.acts().await.split_off(before);
    let refused = ["create refused", "update refused", "delete refused", "update refused"];
    assert_eq!(acts, refused.repeat(2));
    // A form is not offered, and there is none.
    let page = hr.get("/p/visits").await;
    assert!(!page.text().contains("visit&#x2f;new") && !page.text().contains("visit/new"), "{}", page.text());
    assert_eq!(hr.get("/r/visit/new").await.status, StatusCode::FORBIDDEN);
    let document = hr.get("/api/v1/openapi.json").await.json();
    assert!(document["paths"][HERE]["post"].is_null() && document["paths"][format!("{HERE}/import")].is_null());
    hr.post(&format!("{HERE}/import"), json!({"rows": []})).await.refuses(403, "denied");
    assert_eq!(site.acts().await.last().unwrap(), "import refused");
}

#[tokio::test]
async fn a_program_brings_rows_again_and_again() {
    let site = site().await;
    let hr = site.signed_in("hr", &["hr"]).await;
    for code in ["D1", "D2"] {
        hr.made("person", json!({"code": code, "name": code})).await;
    }
    let owner = site.signed_in("feed", &["feed"]).await;
    let document = owner.get("/api/v1/openapi.json").await.json();
    assert!(document["paths"][format!("{HERE}/import")]["post"].is_object());
    let made = owner.post("/api/v1/tokens", json!({"name": "HIS", "days": 30, "writes": true})).await;
    let token = made.json()["token"].as_str().unwrap().to_owned();
    let feed = Client { bearer: Some(token), ..Client::of(&site.router) };

    let text = "doctor,day,visits\nD1,2025-11-10,20\nD2,2025-11-10,21\nD1,2025-11-11,22\n";
    let dry = csv(&feed, "?dry_run=true", text).await.json();
    assert_eq!((&dry["created"], hr.get(HERE).await.json()["items"].as_array().unwrap().len()), (&json!(3), 0));
    let first = csv(&feed, "", text).await;
    let told = json!({"rows": 3, "created": 3, "updated": 0, "unchanged": 0, "refused": 0, "refusals": []});
    assert_eq!(first.json(), told, "{}", first.text());
    let (rows, acts) = (hr.get(HERE).await.json(), site.acts().await);
    let again = csv(&feed, "", text).await.json();
    assert_eq!((&again["created"], &again["updated"], &again["unchanged"]), (&json!(0), &json!(0), &json!(3)));
    assert_eq!(hr.get(HERE).await.json(), rows);
    assert_eq!(site.acts().await[acts.len()..], ["import done"]);

    // Columns by what people call them, rows at fault by where they stand.
    let wrong = csv(&feed, "", "医生;日期;人次\nD1;2025-11-10;19\nD9;2025-11-10;1\nD2;x;1\n").await;
    let problem = wrong.refuses(422, "invalid");
    assert_eq!(wrong.faults(), ["医生:row", "日期:row"]);
    assert_eq!((&problem["rows"], &problem["refused"]), (&json!(3), &json!(2)));
    assert_eq!(hr.get(HERE).await.json(), rows);
    let skipped = csv(&feed, "?on_error=skip", "医生;日期;人次\nD1;2025-11-10;19\nD9;2025-11-10;1\n").await.json();
    assert_eq!((&skipped["updated"], &skipped["refusals"][0]["row"]), (&json!(1), &json!(3)));
    let sum = hr.get(&format!("{HERE}/aggregate?measures=sum(visits)")).await.json();
    assert_eq!(sum["items"][0]["sum(visits)"], 62);

    assert_eq!(csv(&feed, "", "doctor,day,visitors\n").await.faults(), ["visitors:column"]);
    csv(&feed, "?on_error=maybe", text).await.refuses(400, "bad-request");
    let path = format!("{HERE}/import");
    let twice = br#"{"rows":[{"day":1,"day":2}]}"#.to_vec();
    let twice = feed.raw(Method::POST, &path, &[], Some("application/json"), twice).await;
    assert_eq!(twice.faults(), ["day:duplicate"]);
    feed.raw(Method::POST, &path, &[], Some("text/plain"), b"x".to_vec()).await.refuses(415, "media-type");
}

#[tokio::test]
async fn pages_say_where_rows_come_from_and_when_they_came() {
    let site = site().await;
    let hr = site.signed_in("hr", &["hr"]).await;
    let feed = site.signed_in("feed", &["feed"]).await;
    let doctor = hr.made("person", json!({"code": "D1", "name": "王伟"})).await;
    let none = hr.get(&format!("{HERE}/source")).await.json();
    assert_eq!(none, json!({"source": {"zh-CN": "医院信息系统 HIS", "en": "HIS"}, "arrived": null, "changed": null}));
    assert!(hr.get("/p/visits").await.text().contains("Nothing has come yet"));
    csv(&feed, "", "doctor,day,visits\nD1,2025-11-10,20\n").await;
    let here = hr.get(&format!("{HERE}/source")).await.json();
    assert_eq!((&here["arrived"], &here["changed"]), (&json!("2025-11-20T01:00:00Z"), &json!("2025-11-20T01:00:00Z")));
    let id = hr.get(HERE).await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    let english = ["From HIS, as of 20 Nov 2025 09:00. Nobody enters it here", "From HIS, as of 20 Nov 2025 09:00<"];
    let chinese = [
        "数据来自医院信息系统 HIS，截至 2025-11-20 09:00；不能手工填写",
        "来源：医院信息系统 HIS，截至 2025-11-20 09:00<",
    ];
    let list = ("/p/visits".to_owned(), 0);
    let pages =
        [list, (format!("/r/visit/{id}"), 0), (format!("/r/person/{doctor}?tab=visits"), 1), ("/".to_owned(), 1)];
    for (path, which) in &pages {
        let page = hr.get(path).await;
        assert!(page.text().contains(english[*which]), "{path} {}", page.text());
        let mark = if path.contains('?') { '&' } else { '?' };
        let page = hr.get(&format!("{path}{mark}lang=zh-CN")).await;
        assert!(page.text().contains(chinese[*which]), "{path} {}", page.text());
    }
    // What people enter has no source.
    hr.get("/api/v1/demo/person/source").await.refuses(404, "not-found");
    feed.get(&format!("{HERE}/source")).await.refuses(403, "denied");
}
