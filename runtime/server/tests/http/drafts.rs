//! Past cases by a draft of their workflow, for whoever manages it: over the API and on the page, with their own rights.

use axum::http::Method;
use serde_json::{Value, json};

use super::support::{Answer, Client, Site, browser_of};

const FILES: [(&str, &str); 7] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  manager: {type: reference, to: person, stands_for: manager, label: {zh-CN: 上级, en: Manager}}\n",
    ),
    (
        "entities/leave.yaml",
        "label: {zh-CN: 请假, en: Leave}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 事由, en: Title}}\n  person: {type: person, label: {zh-CN: 申请人, en: Person}}\n  days: {type: integer, label: {zh-CN: 天数, en: Days}}\n  secret: {type: text, label: {zh-CN: 私密, en: Secret}}\n  grade: {type: integer, label: {zh-CN: 级别, en: Grade}}\n",
    ),
    (
        "roles/member.yaml",
        r"label: {zh-CN: 成员, en: Member}
everyone: true
grants:
  - {entity: person, actions: [read]}
  - {entity: leave, actions: [create, update], where: person == actor.person, write: [title, person, days, secret]}
  - {entity: leave, actions: [read], where: person == actor.person, read: [title, person, days, secret]}
workflows:
  - {workflow: leave, actions: [start]}
",
    ),
    (
        "roles/hr.yaml",
        "label: {zh-CN: 人事, en: HR}\ngrants:\n  - {entity: person, actions: [create, read, update]}\n  - {entity: leave, actions: [read], read: [title, person, days]}\nworkflows:\n  - {workflow: leave, actions: [manage]}\n",
    ),
    ("roles/chief.yaml", "label: {zh-CN: 总监, en: Chief}\ngrants:\n  - {entity: leave, actions: [read, update]}\n"),
    ("workflows/leave.yaml", PUBLISHED),
];

const PUBLISHED: &str = "label: {zh-CN: 请假审批, en: Leave}
entity: leave
guard: hr
steps:
  check: {label: {zh-CN: 主管审批, en: Manager}, approval: {who: [person.manager]}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: granted}}
";

/// Somebody looks a second time where a condition holds.
fn draft(when: &str) -> String {
    let choose = format!(
        "  size: {{label: {{zh-CN: 分支, en: Size}}, choose: [{{when: '{when}', next: second}}, {{next: done}}]}}\n  \
         second: {{label: {{zh-CN: 复核, en: Second}}, approval: {{who: [{{role: hr}}]}}}}\n  done:"
    );
    PUBLISHED.replace("  done:", &choose)
}

const REPLAY: &str = "/api/v1/demo/workflows/leave/replay";

/// Cat of HR and Ann, whose leave of three days Bob has granted.
async fn cast() -> (Site, Client, Client) {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let cat = site.signed_in("cat", &["hr"]).await;
    let boss = cat.made("person", json!({"name": "BOB"})).await;
    let person = cat.made("person", json!({"name": "ANN", "manager": boss})).await;
    let ann = site.signed_in_as("ann", &[], person.parse().ok()).await;
    let bob = site.signed_in_as("bob", &[], boss.parse().ok()).await;
    let leave = json!({"title": "sea", "person": person, "days": 3, "secret": "gold"});
    let leave = ann.made("leave", leave).await;
    let begun = ann.post("/api/v1/demo/workflows/leave/cases", json!({"record": leave})).await;
    assert_eq!(begun.status, 201, "{}", begun.text());
    let case = format!("/api/v1/demo/workflows/cases/{}", begun.json()["id"].as_str().unwrap());
    let task = bob.get(&case).await.json()["mine"]["task"].clone();
    let yes = bob.post(&case, json!({"do": "decide", "task": task, "approve": true})).await;
    assert_eq!(yes.status, 200, "{}", yes.text());
    (site, cat, ann)
}

async fn by(client: &Client, yaml: &str) -> Answer {
    client.post(REPLAY, json!({"yaml": yaml})).await
}

#[tokio::test]
async fn past_cases_go_through_a_draft_that_is_not_published() {
    let (site, cat, ann) = cast().await;
    let found = by(&cat, &draft("days > 2")).await;
    assert_eq!(found.status, 200, "{}", found.text());
    let found = found.json();
    assert_eq!((&found["cases"], &found["unreadable"]), (&json!(1), &json!(0)), "{found}");
    assert_eq!(found["differing"][0]["assumed"], json!(["second"]), "{found}");
    assert_eq!(by(&cat, &draft("days > 3")).await.json()["differing"], json!([]));
    // Nothing was published, and what was looked at is on the ledger.
    assert_eq!(cat.get(REPLAY).await.json()["differing"], json!([]));
    assert_eq!(site.engine.edition().version, 1);
    assert_eq!(site.acts().await.iter().filter(|act| *act == "workflow.replay done").count(), 2);
    // Whoever may only start it looks at nothing.
    by(&ann, &draft("days > 2")).await.refuses(403, "denied");
    let document = cat.get("/api/v1/openapi.json").await.json();
    assert!(document["paths"][REPLAY]["post"].is_object());
    // The steps of a version are named by its number.
    let mut files = FILES.map(|(path, text)| (path, text.to_owned()));
    files[6].1 = draft("days > 2");
    site.publish(&files).await;
    assert_eq!(cat.get(REPLAY).await.json()["differing"][0]["assumed"], json!(["second"]));
    assert_eq!(cat.post(REPLAY, json!({"edition": 1})).await.json()["differing"], json!([]));
    let unknown = cat.post(REPLAY, json!({"edition": 99})).await;
    assert_eq!((unknown.status.as_u16(), unknown.faults()), (422, vec!["yaml:elsewhere".to_owned()]));
}

#[tokio::test]
async fn a_draft_asks_nothing_that_its_giver_could_not() {
    let (site, cat, _) = cast().await;
    // The secret is shown to Ann alone, and the grade to nobody here: no condition on them tells anything.
    for when in ["secret == \"gold\"", "secret != \"gold\""] {
        let found = by(&cat, &draft(when)).await.json();
        assert_eq!((&found["cases"], &found["differing"]), (&json!(1), &json!([])), "{when}: {found}");
    }
    let found = by(&cat, &draft("grade > 1")).await.json();
    assert_eq!((&found["differing"], &found["unknown_fields"]), (&json!([]), &json!(["grade"])), "{found}");
    // Whoever reads it learns it this way too.
    let both = site.signed_in("eve", &["hr", "chief"]).await;
    assert_eq!(by(&both, &draft("secret == \"gold\"")).await.json()["differing"][0]["assumed"], json!(["second"]));
}

#[tokio::test]
async fn what_is_wrong_with_a_draft_is_told_at_once_with_its_lines() {
    let (site, cat, _) = cast().await;
    let wrong = draft("dayz > 2").replace("{next: done}", "{next: nowhere}").replace("guard: hr", "guard: nobody");
    let refused = by(&cat, &wrong).await.refuses(422, "invalid");
    let lines: Vec<i64> =
        refused["diagnostics"].as_array().unwrap().iter().map(|one| one["line"].as_i64().unwrap()).collect();
    assert!(lines.contains(&3) && lines.contains(&6), "{refused}");
    let message = refused["errors"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("3:"), "{refused}");
    assert!(refused["errors"].as_array().unwrap().iter().all(|error| error["field"] == "yaml"), "{refused}");
    // A bound on its size, and one thing at a time.
    by(&cat, &format!("{PUBLISHED}#{}", "x".repeat(256 * 1024))).await.refuses(413, "too-large");
    for body in [json!({}), json!({"yaml": PUBLISHED, "edition": 1}), json!({"yaml": PUBLISHED, "last": 0})] {
        cat.post(REPLAY, body).await.refuses(422, "invalid");
    }
    // About something else it has no past cases.
    let other =
        by(&cat, &PUBLISHED.replace("entity: leave", "entity: person").replace("person.manager", "manager")).await;
    assert_eq!((other.status.as_u16(), other.faults()), (422, vec!["yaml:elsewhere".to_owned()]), "{}", other.text());
    assert_eq!(site.engine.edition().version, 1);
}

#[tokio::test]
async fn a_draft_is_pasted_or_chosen_as_a_file_on_the_page() {
    let (site, _, _) = cast().await;
    let cat = browser_of(&site, "cat").await;
    let page = "/workflows/leave/replay";
    assert!(cat.get(page).await.text().contains("name=\"yaml\""));
    let send = async |parts: &[(&str, &str)]| {
        let part = |(name, text): &(&str, &str)| {
            format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n")
        };
        let body = format!("{}--b--\r\n", parts.iter().map(part).collect::<String>());
        cat.raw(Method::POST, page, &[], Some("multipart/form-data; boundary=b"), body.into_bytes()).await
    };
    let text = draft("days > 2");
    for field in ["yaml", "file\"; filename=\"leave.yaml"] {
        let shown = send(&[(field, &text), ("edition", "")]).await;
        assert_eq!(shown.status, 200, "{}", shown.text());
        for part in
            ["Otherwise: 1, of which 0 would hang", "Would be asked at “Second”", "when: &#x27;days &gt; 2&#x27;"]
        {
            assert!(shown.text().contains(part), "{field}, {part}: {}", shown.text());
        }
    }
    let wrong = text.replace("guard: hr", "guard: nobody");
    let refused = send(&[("yaml", &wrong), ("edition", "")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("Line 3: ") && refused.text().contains("guard: nobody"), "{}", refused.text());
    let neither = send(&[("yaml", " "), ("edition", "")]).await;
    assert!(neither.status == 422 && neither.text().contains("one of the two"), "{}", neither.text());
    let version = send(&[("yaml", ""), ("edition", "1")]).await;
    assert!(version.text().contains("By the draft everything would have come to the same"), "{}", version.text());
    let ann = browser_of(&site, "ann").await;
    let kind = Some("multipart/form-data; boundary=b");
    let body = "--b\r\nContent-Disposition: form-data; name=\"edition\"\r\n\r\n1\r\n--b--\r\n";
    assert_eq!(ann.raw(Method::POST, page, &[], kind, body.into()).await.status, 404);
}

#[tokio::test]
async fn figures_tell_of_answers_that_came_late() {
    let site = {
        let mut files = FILES.map(|(path, text)| (path, text.to_owned()));
        files[6].1 =
            PUBLISHED.replace("who: [person.manager]", "who: [person.manager], timers: [{days: 1, then: remind}]");
        Site::of(&files).await
    };
    let cat = site.signed_in("cat", &["hr"]).await;
    let boss = cat.made("person", json!({"name": "BOB"})).await;
    let person = cat.made("person", json!({"name": "ANN", "manager": boss})).await;
    let ann = site.signed_in_as("ann", &[], person.parse().ok()).await;
    site.signed_in_as("bob", &[], boss.parse().ok()).await;
    let leave = ann.made("leave", json!({"title": "sea", "person": person})).await;
    let begun = ann.post("/api/v1/demo/workflows/leave/cases", json!({"record": leave})).await.json();
    let case = format!("/api/v1/demo/workflows/cases/{}", begun["id"].as_str().unwrap());
    site.clock.pass(jiff::SignedDuration::from_hours(72));
    let bob = site.begun("bob").await;
    let task = bob.get(&case).await.json()["mine"]["task"].clone();
    assert_eq!(bob.post(&case, json!({"do": "decide", "task": task, "approve": true})).await.status, 200);
    let cat = site.begun("cat").await;
    let step = cat.get("/api/v1/demo/workflows/leave/statistics").await.json()["steps"][0].clone();
    let told = |name: &str| -> Value { step[name].clone() };
    assert_eq!(
        (told("asks"), told("answered"), told("were_late"), told("late")),
        (json!(true), json!(1), json!(1), json!(0))
    );
    let page = browser_of(&site, "cat").await.get("/workflows/leave").await;
    assert!(page.text().contains("1 late"), "{}", page.text());
}
