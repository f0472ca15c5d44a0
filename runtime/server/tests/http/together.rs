//! Several tasks answered at once from the inbox: what their steps require is asked first, and those that are refused are named.

use serde_json::json;

use super::support::{Client, Site, browser_of, form};

const ROOT: &str = "/api/v1/demo/workflows";

const FILES: [(&str, &str); 5] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/claim.yaml",
        r"label: {zh-CN: 报销, en: Claim}
display: title
fields:
  title: {type: text, label: {zh-CN: 事由, en: Title}}
  amount: {type: integer, label: {zh-CN: 核定金额, en: Amount}}
  note: {type: text, label: {zh-CN: 批注, en: Note}}
",
    ),
    (
        "roles/member.yaml",
        r"label: {zh-CN: 成员, en: Member}
everyone: true
grants:
  - {entity: claim, actions: [create, read]}
workflows:
  - {workflow: claim, actions: [start]}
",
    ),
    ("roles/boss.yaml", "label: {zh-CN: 主管, en: Boss}\ngrants:\n  - {entity: claim, actions: [read, update]}\n"),
    (
        "workflows/claim.yaml",
        r"label: {zh-CN: 报销审批, en: Claims}
entity: claim
guard: boss
steps:
  check: {label: {zh-CN: 审核, en: Check}, approval: {who: [{role: boss}], edit: [amount, note], require: [amount], opinion: always, allow: [return]}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: paid}}
",
    ),
];

async fn open(client: &Client) -> serde_json::Value {
    client.get(&format!("{ROOT}/counts")).await.json()["open"].clone()
}

/// What the lines of the inbox are answered by, in their order.
fn answers(page: &str) -> Vec<String> {
    let each = page.split("name=\"task\" value=\"").skip(1);
    each.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn several_are_answered_once_their_fields_and_words_are_there() {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let ann = site.signed_in("ann", &[]).await;
    site.account("bob", &["boss"]).await;
    let bob = browser_of(&site, "bob").await;
    let mut claims = Vec::new();
    for title in ["Taxi", "Hotel", "Train"] {
        let claim = ann.made("claim", json!({"title": title})).await;
        let begun = ann.post(&format!("{ROOT}/claim/cases"), json!({"record": claim})).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        claims.push((claim, format!("{}.", begun.json()["id"].as_str().unwrap())));
    }
    let tasks = answers(bob.get("/inbox").await.text());
    let of = |at: usize| tasks.iter().find(|task| task.starts_with(&claims[at].1)).unwrap().clone();
    let (taxi, hotel, train) = (of(0), of(1), of(2));
    let chosen = format!("answer=yes&task={taxi}&task={hotel}");
    // What the step requires is asked of each, and nothing is decided yet.
    let asked = form(&bob, "/inbox/decide", &chosen).await;
    assert_eq!(asked.status, 200, "{}", asked.text());
    for part in [
        format!("name=\"{taxi}.amount\""),
        format!("name=\"{hotel}.amount\""),
        "name=\"asked\"".to_owned(),
        "maxlength=\"2000\" required".to_owned(),
    ] {
        assert!(asked.text().contains(&part), "{part}: {}", asked.text());
    }
    for part in [format!("{train}.amount"), format!("{taxi}.note")] {
        assert!(!asked.text().contains(&part), "{part}: {}", asked.text());
    }
    assert_eq!(open(&bob).await, 3);
    // One without its field refuses both, and is named beside what was typed.
    let answer = format!("{chosen}&asked=1&opinion=fine&{taxi}.amount=12&{hotel}.amount=");
    let refused = form(&bob, "/inbox/decide", &answer).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    for part in ["Nothing was answered", "fill in “Amount”", "value=\"12\"", "Taxi", "Hotel"] {
        assert!(refused.text().contains(part), "{part}: {}", refused.text());
    }
    assert_eq!(refused.text().matches("fill in “Amount”").count(), 2, "{}", refused.text());
    assert_eq!(open(&bob).await, 3);
    // The others are answered only where that is chosen; what remains is the one that was refused.
    let some = form(&bob, "/inbox/decide", &format!("{answer}&rest=1")).await;
    assert_eq!(some.status, 422, "{}", some.text());
    assert!(some.text().contains("Answered: 1. Refused, and still to be answered: 1."), "{}", some.text());
    assert!(some.text().contains("Hotel") && !some.text().contains("Taxi"), "{}", some.text());
    assert_eq!(open(&bob).await, 2);
    assert_eq!(ann.get(&format!("/api/v1/demo/claim/{}", claims[0].0)).await.json()["amount"], 12);
    // Without words where the step asks for them.
    let both = format!("answer=yes&asked=1&task={hotel}&task={train}&{hotel}.amount=7&{train}.amount=8");
    let silent = form(&bob, "/inbox/decide", &both).await;
    assert!(silent.status == 422 && silent.text().contains("say why"), "{}", silent.text());
    // What the step does not require is not written, whoever sends it.
    let done = form(&bob, "/inbox/decide", &format!("{both}&opinion=fine&{hotel}.title=x")).await;
    assert_eq!(done.header("location"), Some("/inbox?saved=1"), "{}", done.text());
    assert_eq!(open(&bob).await, 0);
    for (at, title, amount) in [(1, "Hotel", 7), (2, "Train", 8)] {
        let claim = ann.get(&format!("/api/v1/demo/claim/{}", claims[at].0)).await.json();
        assert_eq!((&claim["title"], &claim["amount"]), (&json!(title), &json!(amount)));
    }
}

#[tokio::test]
async fn over_the_api_one_without_its_field_or_its_words_refuses_them_all() {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let (ann, bob) = (site.signed_in("ann", &[]).await, site.signed_in("bob", &["boss"]).await);
    for title in ["Taxi", "Hotel"] {
        let claim = ann.made("claim", json!({"title": title})).await;
        let begun = ann.post(&format!("{ROOT}/claim/cases"), json!({"record": claim})).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
    }
    let tasks = bob.get(&format!("{ROOT}/tasks")).await.json()["items"].clone();
    let answer = |at: usize, opinion: &str, fields: serde_json::Value| {
        let task = &tasks[at];
        json!({"case": task["case"], "task": task["task"], "approve": true, "opinion": opinion, "fields": fields})
    };
    let whole = || answer(0, "fine", json!({"amount": 12}));
    for (second, lacking) in [
        (answer(1, "fine", json!({})), "amount"),
        (answer(1, "fine", json!({"amount": null})), "amount"),
        (answer(1, "", json!({"amount": 7})), "opinion"),
        (answer(1, "  ", json!({"amount": 7})), "opinion"),
    ] {
        let refused = bob.post(&format!("{ROOT}/decide"), json!({"answers": [whole(), second]})).await;
        assert_eq!(refused.status, 422, "{lacking}: {}", refused.text());
        assert!(refused.faults().iter().any(|fault| fault.contains(lacking)), "{lacking}: {}", refused.text());
        assert_eq!(open(&bob).await, 2, "none is answered");
    }
    let both = json!({"answers": [whole(), answer(1, "fine", json!({"amount": 7}))]});
    let done = bob.post(&format!("{ROOT}/decide"), both).await;
    assert_eq!((done.status.as_u16(), open(&bob).await), (200, json!(0)), "{}", done.text());
}

#[tokio::test]
async fn what_somebody_else_wrote_meanwhile_is_shown_and_what_is_to_be_mended_is_opened() {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    site.account("ann", &[]).await;
    let ann = browser_of(&site, "ann").await;
    let boss = site.signed_in("bob", &["boss"]).await;
    let bob = browser_of(&site, "bob").await;
    let program = site.begun("ann").await;
    let claim = program.made("claim", json!({"title": "Taxi"})).await;
    let begun = program.post(&format!("{ROOT}/claim/cases"), json!({"record": claim})).await.json();
    let case = begun["id"].as_str().unwrap();
    let task = answers(bob.get("/inbox").await.text()).remove(0);
    let asked = form(&bob, "/inbox/decide", &format!("answer=yes&task={task}")).await.text().to_owned();
    let version = asked.split(&format!("name=\"{task}:version\" value=\"")).nth(1).unwrap().split('"').next().unwrap();
    let changed = boss.patch(&format!("/api/v1/demo/claim/{claim}"), json!({"amount": 99})).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    let answer = format!("answer=yes&asked=1&opinion=fine&task={task}&{task}:version={version}&{task}.amount=12");
    let refused = form(&bob, "/inbox/decide", &answer).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    assert!(refused.text().contains("value=\"99\"") && !refused.text().contains("value=\"12\""), "{}", refused.text());

    let (_, number) = task.split_once('.').unwrap();
    let number: u32 = number.parse().unwrap();
    let back = json!({"do": "return", "task": number, "to": "starter", "reason": "which ride"});
    let returned = boss.post(&format!("{ROOT}/cases/{case}"), back).await;
    assert_eq!(returned.status, 200, "{}", returned.text());
    let waits = ann.get("/inbox").await;
    assert!(waits.text().contains("Taxi"), "{}", waits.text());
    assert!(answers(waits.text()).is_empty(), "nothing is approved together with others that is to be mended first");
}
