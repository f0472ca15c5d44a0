//! Why cases may be started, managed and answered, or not, over HTTP: the API, true to its document, and the page.

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
        "label: {zh-CN: 请假, en: Leave}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 事由, en: Title}}\n  person: {type: person, label: {zh-CN: 申请人, en: Person}}\n",
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: person, actions: [read]}\n  - {entity: leave, actions: [create, read], where: person == actor.person}\nworkflows:\n  - {workflow: leave, actions: [start]}\n",
    ),
    (
        "roles/hr.yaml",
        "label: {zh-CN: 人事, en: HR}\ngrants:\n  - {entity: person, actions: [create, read]}\nworkflows:\n  - {workflow: leave, actions: [manage]}\n",
    ),
    ("roles/watch.yaml", "label: {zh-CN: 安全管理员, en: Guard}\nadministers: security\n"),
    (
        "workflows/leave.yaml",
        "label: {zh-CN: 请假审批, en: Leave}\nentity: leave\nguard: hr\nsteps:\n  check: {label: {zh-CN: 主管审批, en: Manager checks}, approval: {who: [person.manager], allow: [transfer]}}\n  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: granted}}\n",
    ),
];

/// Ann, who works for Bob, Cat of HR, and who administers security; with Ann's leave.
async fn cast(site: &Site) -> (Client, Client, Client, Client, String) {
    let cat = site.signed_in("cat", &["hr"]).await;
    let watch = site.signed_in("watch", &["watch"]).await;
    let boss = cat.made("person", json!({"name": "BOB"})).await;
    let person = cat.made("person", json!({"name": "ANN", "manager": boss})).await;
    let ann = site.signed_in_as("ann", &[], person.parse().ok()).await;
    let bob = site.signed_in_as("bob", &[], boss.parse().ok()).await;
    let leave = ann.made("leave", json!({"title": "sea", "person": person})).await;
    (ann, bob, cat, watch, leave)
}

/// What is told of something that is done in a case.
fn deed<'v>(told: &'v Value, word: &str) -> &'v Value {
    let all = told["case"]["may"].as_array().unwrap_or_else(|| panic!("{told}"));
    all.iter().find(|one| one["do"] == word).unwrap_or_else(|| panic!("{word}: {told}"))
}

#[tokio::test]
async fn what_is_somebodys_to_do_with_cases_is_told_with_what_gives_or_refuses_it() {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let (ann, bob, cat, watch, leave) = cast(&site).await;
    let path = format!("/api/v1/demo/leave/{leave}/access/leave");
    let told = ann.get(&path).await.json();
    assert_eq!(
        told,
        json!({
            "reasons": [{"role": "member", "start": true, "manage": false, "where": "", "holds": true}],
            "start": {"allowed": true, "refused": null},
            "manage": {"allowed": false, "refused": "denied"},
            "case": null,
        })
    );
    // It says what the act itself says.
    let begun = ann.post("/api/v1/demo/workflows/leave/cases", json!({"record": leave})).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let told = ann.get(&path).await.json();
    assert_eq!(told["start"], json!({"allowed": false, "refused": "running"}));
    assert_eq!(deed(&told, "decide")["refused"], "not-yours");
    assert_eq!(deed(&told, "withdraw")["allowed"], true);
    let told = bob.get(&path).await.json();
    assert_eq!(told["start"]["refused"], "not-found");
    let answer = deed(&told, "decide");
    assert_eq!((&answer["step"], &answer["allowed"], answer["task"].is_i64()), (&json!("check"), &json!(true), true));
    assert_eq!(deed(&told, "transfer")["allowed"], true);
    assert_eq!(deed(&told, "delegate")["refused"], "not-allowed");
    let told = cat.get(&path).await.json();
    assert_eq!((&told["manage"]["allowed"], &deed(&told, "decide")["refused"]), (&json!(true), &json!("not-yours")));
    // The security administrator asks about anybody; others only about themselves, and not about what they cannot see.
    let about = watch.get(&format!("{path}?about=bob")).await.json();
    assert_eq!(deed(&about, "decide")["allowed"], true);
    ann.get(&format!("{path}?about=bob")).await.refuses(404, "not-found");
    watch.get(&format!("{path}?about=nobody")).await.refuses(404, "not-found");
    ann.get(&format!("/api/v1/demo/leave/{leave}/access/gone")).await.refuses(404, "not-found");
    ann.get(&format!("{path}?action=read")).await.refuses(400, "bad-request");
    let eve = site.signed_in("eve", &[]).await;
    eve.get(&path).await.refuses(404, "not-found");
    Client::of(&site.router).get(&path).await.refuses(401, "sign-in-needed");
    // As the document says.
    let document = ann.get("/api/v1/openapi.json").await.json();
    let schema = &document["paths"]["/api/v1/demo/leave/{id}/access/leave"]["get"]["responses"]["200"];
    let schema = &schema["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{document}");
    fits(&document, schema, &ann.get(&path).await.json(), "access");
}

#[tokio::test]
async fn the_page_says_it_in_words() {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let (ann, bob, _cat, watch, leave) = cast(&site).await;
    let page = format!("/r/leave/{leave}/access");
    let offered = ann.get(&page).await;
    assert!(offered.text().contains("name=\"workflow\""), "{}", offered.text());
    let told = ann.get(&format!("{page}?workflow=leave")).await;
    for words in ["Start a case", "by the role: Member", "no role gives it", "No case of it that concerns them runs"] {
        assert!(told.text().contains(words), "{words}: {}", told.text());
    }
    let begun = ann.post("/api/v1/demo/workflows/leave/cases", json!({"record": leave})).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let told = bob.get(&format!("{page}?workflow=leave")).await;
    for words in ["they do not see the record", "Manager checks", "they are asked at this step", "does not allow it"] {
        assert!(told.text().contains(words), "{words}: {}", told.text());
    }
    let told = bob.get(&format!("{page}?workflow=leave&lang=zh-CN")).await;
    for words in ["发起流程", "主管审批", "本环节由此人处理", "看不到这条记录"] {
        assert!(told.text().contains(words), "{words}: {}", told.text());
    }
    assert_eq!(bob.get(&page).await.status, 404, "the record itself stays what he does not see");
    let about = format!("/access?entity=leave&record={leave}&about=ann&workflow=leave");
    let told = watch.get(&about).await;
    assert!(told.text().contains("such a case about this record is running already"), "{}", told.text());
    assert!(told.text().contains("the task is not theirs"), "{}", told.text());
}
