//! Whoever manages the cases about some records only, over HTTP: the API, true to its document, and the pages.

use serde_json::{Value, json};

use super::{
    openapi::fits,
    support::{Client, Site},
};

const FILES: [(&str, &str); 7] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  manager: {type: reference, to: person, stands_for: manager, label: {zh-CN: 上级, en: Manager}}\n",
    ),
    (
        "entities/leave.yaml",
        "label: {zh-CN: 请假, en: Leave}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 事由, en: Title}}\n  person: {type: person, label: {zh-CN: 申请人, en: Person}}\n  unit: {type: text, label: {zh-CN: 单位, en: Unit}}\n",
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: person, actions: [read]}\n",
    ),
    (
        "roles/hr.yaml",
        "label: {zh-CN: 人事, en: HR}\ngrants:\n  - {entity: person, actions: [create, read]}\n  - {entity: leave, actions: [create, read]}\nworkflows:\n  - {workflow: leave, actions: [start, manage]}\n",
    ),
    (
        "roles/aide.yaml",
        "label: {zh-CN: 助理, en: Aide}\ngrants:\n  - {entity: leave, actions: [read]}\nworkflows:\n  - workflow: leave\n    actions: [start, manage]\n    where: unit == \"A\"\n",
    ),
    (
        "workflows/leave.yaml",
        "label: {zh-CN: 请假审批, en: Leave}\nentity: leave\nguard: hr\nsteps:\n  check: {label: {zh-CN: 主管审批, en: Manager checks}, approval: {who: [person.manager]}}\n  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: granted}}\n",
    ),
];

const ROOT: &str = "/api/v1/demo/workflows";

/// What a record's page has where a case may be started about it.
const BUTTON: &str = "name=\"workflow\" value=\"leave\"";

/// Cat of HR and Eve, who manages the cases of unit A; with the leave of somebody in A and of somebody in B.
async fn cast(site: &Site) -> (Client, Client, [String; 2]) {
    let cat = site.signed_in("cat", &["hr"]).await;
    let eve = site.signed_in("eve", &["aide"]).await;
    let boss = cat.made("person", json!({"name": "BOB"})).await;
    let person = cat.made("person", json!({"name": "ANN", "manager": boss})).await;
    site.signed_in_as("bob", &[], boss.parse().ok()).await;
    let leave = async |unit: &str| cat.made("leave", json!({"title": unit, "person": person, "unit": unit})).await;
    let records = [leave("A").await, leave("B").await];
    (cat, eve, records)
}

async fn begun(client: &Client, record: &str) -> String {
    let answer = client.post(&format!("{ROOT}/leave/cases"), json!({"record": record})).await;
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["id"].as_str().unwrap().to_owned()
}

async fn running(client: &Client) -> Vec<String> {
    let found = client.get(&format!("{ROOT}/leave/cases")).await.json();
    let items = found["items"].as_array().unwrap().iter();
    items.map(|one| one["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_api_has_the_cases_of_those_records_and_no_others() {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let (cat, eve, [here, there]) = cast(&site).await;
    // Of several none begins where one is not theirs to start.
    let several = eve.post(&format!("{ROOT}/leave/cases"), json!({"records": [here, there]})).await;
    assert_ne!(several.status, 201, "{}", several.text());
    eve.post(&format!("{ROOT}/leave/cases"), json!({"record": there})).await.refuses(403, "denied");
    assert_eq!(running(&eve).await, Vec::<String>::new());
    let (own, other) = (begun(&eve, &here).await, begun(&cat, &there).await);
    assert_eq!(running(&eve).await, [own.as_str()]);
    assert_eq!(running(&cat).await, [other.as_str(), own.as_str()]);
    let waiting = async |client: &Client| {
        client.get(&format!("{ROOT}/leave/statistics")).await.json()["steps"][0]["waiting"].clone()
    };
    assert_eq!((waiting(&eve).await, waiting(&cat).await), (json!(1), json!(2)));
    eve.get(&format!("{ROOT}/cases/{other}")).await.refuses(404, "not-found");
    let end = || json!({"do": "terminate", "reason": "enough"});
    eve.post(&format!("{ROOT}/cases/{other}"), end()).await.refuses(404, "not-found");
    let over = json!({"from": "bob", "to": "cat"});
    let handed = eve.post(&format!("{ROOT}/hand-over"), over).await;
    assert_eq!(handed.json(), json!({"items": [{"id": own}], "stayed": []}), "{}", handed.text());
    assert_eq!(eve.post(&format!("{ROOT}/cases/{own}"), end()).await.status, 200);
    assert_eq!((running(&eve).await.len(), running(&cat).await), (0, vec![other]));
}

#[tokio::test]
async fn why_is_told_with_the_condition() {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let (_cat, eve, [here, there]) = cast(&site).await;
    let path = |id: &str| format!("/api/v1/demo/leave/{id}/access/leave");
    for (id, holds, refused) in [(&here, true, Value::Null), (&there, false, json!("denied"))] {
        let told = eve.get(&path(id)).await.json();
        let reason = json!({"role": "aide", "start": true, "manage": true, "where": "unit == \"A\"", "holds": holds});
        assert_eq!(told["reasons"], json!([reason]));
        for may in ["start", "manage"] {
            assert_eq!(told[may], json!({"allowed": holds, "refused": refused}), "{may}: {told}");
        }
    }
    let document = eve.get("/api/v1/openapi.json").await.json();
    let schema = &document["paths"]["/api/v1/demo/leave/{id}/access/leave"]["get"]["responses"]["200"];
    let schema = &schema["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{document}");
    fits(&document, schema, &eve.get(&path(&there)).await.json(), "access");
    let page = async |id: &str| eve.get(&format!("/r/leave/{id}/access?workflow=leave")).await;
    let (here, there) = (page(&here).await, page(&there).await);
    assert!(here.text().contains("by the role: Aide") && !here.text().contains("their roles give it only where"));
    assert!(there.text().contains("their roles give it only where unit =="), "{}", there.text());
}

#[tokio::test]
async fn the_pages_show_the_cases_of_those_records_and_no_others() {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let (cat, eve, [here, there]) = cast(&site).await;
    // A case is offered to be started where they may start one.
    let offers = async |id: &str| eve.get(&format!("/r/leave/{id}")).await.text().contains(BUTTON);
    assert_eq!((offers(&here).await, offers(&there).await), (true, false));
    let (own, other) = (begun(&cat, &here).await, begun(&cat, &there).await);
    let page = eve.get("/workflows/leave").await.text().replace("&#x2f;", "/");
    assert!(page.contains(&format!("/cases/{own}")) && !page.contains(&other), "{page}");
    assert_eq!(eve.get(&format!("/cases/{own}")).await.status, 200);
    assert_eq!(eve.get(&format!("/cases/{other}")).await.status, 404);
    assert!(eve.get("/workflows").await.text().replace("&#x2f;", "/").contains("href=\"/workflows/leave\""));
}
