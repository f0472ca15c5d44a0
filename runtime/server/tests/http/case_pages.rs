//! What a case shows to whom: until when it can be withdrawn, what its picture tells, and who is only asked for a word; and the
//! lists of tasks for programs.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::support::{Client, Site, browser_of, form};

const ROOT: &str = "/api/v1/demo/workflows";

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/claim.yaml",
        r"label: {zh-CN: 报销, en: Claim}
display: title
fields:
  title: {type: text, label: {zh-CN: 事由, en: Title}}
  until: {type: date, label: {zh-CN: 最迟, en: Until}}
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
    ("roles/boss.yaml", "label: {zh-CN: 主管, en: Boss}\ngrants:\n  - {entity: claim, actions: [read]}\n"),
    ("roles/chief.yaml", "label: {zh-CN: 总监, en: Chief}\ngrants:\n  - {entity: claim, actions: [read]}\n"),
    (
        "workflows/claim.yaml",
        r"label: {zh-CN: 报销审批, en: Claims}
entity: claim
guard: boss
withdraw: {hours: 1, until: always}
steps:
  check: {label: {zh-CN: 审核, en: Check}, approval: {who: [{role: boss}], timers: [{from: until, days: 1, then: remind}]}}
  last: {label: {zh-CN: 核准, en: Last}, approval: {who: [{role: chief}]}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: paid}}
",
    ),
];

/// Ann, who starts; Bob and Cid, who are asked; Zoe, whom nothing concerns.
struct Cast {
    site: Site,
    ann: Client,
    bob: Client,
}

async fn cast() -> Cast {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let ann = site.signed_in("ann", &[]).await;
    let bob = site.signed_in("bob", &["boss"]).await;
    site.account("cid", &["chief"]).await;
    site.account("zoe", &[]).await;
    Cast { site, ann, bob }
}

impl Cast {
    /// A case about a claim of Ann's.
    async fn started(&self, title: &str, until: Option<&str>) -> String {
        let claim = self.ann.made("claim", json!({"title": title, "until": until})).await;
        let begun = self.ann.post(&format!("{ROOT}/claim/cases"), json!({"record": claim})).await;
        assert_eq!(begun.status, 201, "{}", begun.text());
        begun.json()["id"].as_str().unwrap().to_owned()
    }
}

async fn act(client: &Client, case: &str, body: Value) {
    let done = client.post(&format!("{ROOT}/cases/{case}"), body).await;
    assert_eq!(done.status, 200, "{}", done.text());
}

/// Bob says yes, with words.
async fn approved(cast: &Cast, case: &str) {
    let task = cast.bob.get(&format!("{ROOT}/cases/{case}")).await.json()["mine"]["task"].clone();
    let yes = json!({"do": "decide", "task": task, "approve": true, "opinion": "fine <by> me"});
    act(&cast.bob, case, yes).await;
}

#[tokio::test]
async fn a_picture_tells_when_it_was_decided_and_in_which_words() {
    let cast = cast().await;
    let case = cast.started("Taxi", None).await;
    let page = format!("/cases/{case}");
    let ann = browser_of(&cast.site, "ann").await;
    let before = ann.get(&page).await;
    assert!(before.text().contains("class=\"flow\"") && !before.text().contains("flow-told"), "{}", before.text());
    approved(&cast, &case).await;
    let after = ann.get(&page).await;
    let (picture, list) = after.text().split_once("<details class=\"flow-told\">").unwrap();
    let picture = picture.split_once("class=\"flow\"").unwrap().1;
    for part in ["<title>BOB approved · ", "fine &lt;by&gt; me</title>", ">BOB</text>", ">CID</text>"] {
        assert!(picture.contains(part), "{part}: {picture}");
    }
    let list = list.split_once("</details>").unwrap().0;
    assert!(list.contains("<li>Check<ul><li>BOB approved · ") && !list.contains("Last"), "{list}");
}

#[tokio::test]
async fn whoever_started_a_case_withdraws_it_while_there_is_time() {
    let cast = cast().await;
    let case = cast.started("Taxi", None).await;
    let page = format!("/cases/{case}");
    let ann = browser_of(&cast.site, "ann").await;
    assert!(ann.get(&page).await.text().contains("value=\"withdraw\""));
    cast.site.clock.pass(SignedDuration::from_mins(61));
    let ann = browser_of(&cast.site, "ann").await;
    let shown = ann.get(&page).await;
    assert!(
        shown.text().contains("value=\"urge\"") && !shown.text().contains("value=\"withdraw\""),
        "{}",
        shown.text()
    );
    let late = form(&ann, &page, "do=withdraw").await;
    assert!(late.status == 422 && late.text().contains("the time for that is over"), "{}", late.text());
    // Another case has its own time.
    let cast = Cast { ann: cast.site.begun("ann").await, ..cast };
    let next = format!("/cases/{}", cast.started("Hotel", None).await);
    let gone = form(&ann, &next, "do=withdraw").await;
    assert_eq!(gone.status, 303, "{}", gone.text());
}

#[tokio::test]
async fn whoever_is_asked_for_a_word_reads_the_talk_and_answers_there() {
    let cast = cast().await;
    let case = cast.started("Taxi", None).await;
    let page = format!("/cases/{case}");
    approved(&cast, &case).await;
    let (ann, zoe) = (browser_of(&cast.site, "ann").await, browser_of(&cast.site, "zoe").await);
    assert_eq!(zoe.get(&page).await.status, 404);
    let asked = form(&ann, &page, "do=discuss&who=zoe&opinion=who+pays").await;
    assert_eq!(asked.status, 303, "{}", asked.text());
    let shown = zoe.get(&page).await;
    for part in ["who pays", "name=\"reply\"", "value=\"discuss\""] {
        assert!(shown.text().contains(part), "{part}: {}", shown.text());
    }
    for part in ["fine &lt;by&gt; me", "class=\"flow\"", "value=\"urge\"", "value=\"copy\"", "id=\"w-speak\"", "CID"] {
        assert!(!shown.text().contains(part), "{part}: {}", shown.text());
    }
    let program = cast.site.begun("zoe").await;
    let told = program.get(&format!("{ROOT}/cases/{case}")).await.json();
    assert_eq!((&told["tasks"], &told["steps"], told["trail"].as_array().unwrap().len()), (&json!([]), &json!([]), 1));
    // Everybody in the talk is answered, and nobody else is brought in.
    let said = form(&zoe, &page, "do=discuss&reply=1&who=cid&opinion=the+house").await;
    assert_eq!(said.status, 303, "{}", said.text());
    let trail = cast.ann.get(&format!("{ROOT}/cases/{case}")).await.json()["trail"].clone();
    let last = trail.as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["act"], &last["by"], &last["to"]), (&json!("discuss"), &json!("ZOE"), &json!(["ANN"])));
    for body in [json!({"do": "urge"}), json!({"do": "copy", "to": ["zoe"]})] {
        program.post(&format!("{ROOT}/cases/{case}"), body).await.refuses(404, "not-found");
    }
    // A copy shows the case, and whoever sent it sees whether it was read.
    act(&cast.ann, &case, json!({"do": "copy", "to": ["zoe"]})).await;
    assert!(ann.get(&page).await.text().contains("ZOE has not read it"));
    let copied = zoe.get(&page).await;
    assert!(copied.text().contains("fine &lt;by&gt; me"), "{}", copied.text());
    assert!(ann.get(&page).await.text().contains("ZOE read it: "));
    let bob = browser_of(&cast.site, "bob").await;
    assert!(!bob.get(&page).await.text().contains("read it"));
    let trail = cast.ann.get(&format!("{ROOT}/cases/{case}")).await.json()["trail"].clone();
    let read = &trail.as_array().unwrap().last().unwrap()["read"];
    assert!(read[0]["who"] == "ZOE" && read[0]["at"].is_string(), "{read}");
    // Whoever only talks learns that it is over, and not how it ended.
    let over = cast.started("Bus", None).await;
    let asked = form(&ann, &format!("/cases/{over}"), "do=discuss&who=zoe&opinion=which+line").await;
    assert_eq!(asked.status, 303, "{}", asked.text());
    act(&cast.ann, &over, json!({"do": "withdraw", "reason": "no"})).await;
    let told = program.get(&format!("{ROOT}/cases/{over}")).await.json();
    assert_eq!((&told["state"], &told["outcome"]), (&json!("ended"), &json!(null)), "{told}");
    let known = cast.ann.get(&format!("{ROOT}/cases/{over}")).await.json();
    assert_eq!(known["outcome"], json!("withdrawn"), "{known}");
    let beside = format!("/r/claim/{}", known["record"].as_str().unwrap());
    assert!(ann.get(&beside).await.text().contains("Withdrawn"));
    let seen = zoe.get(&beside).await;
    assert!(seen.status == 200 && !seen.text().contains("Withdrawn"), "{}", seen.text());
    let copies = program.get(&format!("{ROOT}/tasks?box=copied")).await.json();
    let line = copies["items"].as_array().unwrap().iter().find(|line| line["case"] == told["id"]).unwrap();
    assert_eq!((&line["state"], &line["outcome"]), (&json!("ended"), &json!(null)), "{line}");
}

#[tokio::test]
async fn a_list_of_tasks_is_narrowed_for_programs_too() {
    let cast = cast().await;
    cast.started("Taxi", Some("2025-11-01")).await;
    let hotel = cast.started("Hotel", None).await;
    act(&cast.ann, &hotel, json!({"do": "withdraw", "reason": "no"})).await;
    cast.started("Train", Some("2999-01-01")).await;
    let titles = async |client: &Client, query: &str| -> Vec<String> {
        let listed = client.get(&format!("{ROOT}/tasks?{query}")).await;
        assert_eq!(listed.status, 200, "{query}: {}", listed.text());
        let items = listed.json()["items"].as_array().unwrap().clone();
        let mut titles: Vec<String> = items.iter().map(|line| line["title"].as_str().unwrap().to_owned()).collect();
        titles.sort();
        titles
    };
    for (query, expected) in [
        ("box=started", &["Hotel", "Taxi", "Train"][..]),
        ("box=started&workflow=claim", &["Hotel", "Taxi", "Train"]),
        ("box=started&workflow=other", &[]),
        ("box=started&state=ended", &["Hotel"]),
        ("box=started&state=running&q=tra", &["Train"]),
        ("box=started&from=2000-01-01&to=2998-12-31", &["Hotel", "Taxi", "Train"]),
        ("box=started&to=2000-01-01", &[]),
        ("box=started&from=2998-01-01", &[]),
    ] {
        assert_eq!(titles(&cast.ann, query).await, expected, "{query}");
    }
    assert_eq!(titles(&cast.bob, "overdue=true").await, ["Taxi"]);
    assert_eq!(titles(&cast.bob, "overdue=false").await, ["Taxi", "Train"]);
    for query in ["state=odd", "overdue=perhaps", "box=started&overdue=true", "from=yesterday", "to=1"] {
        cast.bob.get(&format!("{ROOT}/tasks?{query}")).await.refuses(400, "bad-request");
    }
}
