//! Decisions, what they rest on, and the share of them that rests on data.

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{APP, House, change, changed, found, made, page, read, series};

async fn house() -> House {
    let mut house = House::open().await;
    house.unit("HQ", "集团", None).await;
    house.post("P", "总监", "support").await;
    house.person("BOSS", "HQ", "P", None).await;
    house.person("ANN", "HQ", "P", Some("BOSS")).await;
    house.person("BEN", "HQ", "P", Some("BOSS")).await;
    house.heads("HQ", "BOSS").await;
    house
}

fn decision(house: &House, number: usize) -> Value {
    json!({
        "title": format!("第{number}项决策"), "kind": "process", "decided_on": "2025-11-18",
        "owner": house.id("ANN"), "reviewer": house.id("BEN"), "rationale": "试行四周", "status": "draft",
    })
}

fn conclusion(house: &House, day: &str) -> Value {
    json!({
        "title": "首呼解决率低于目标", "term": "K06", "period": "2025-10", "value": "79.12", "taken_on": day,
        "taken_by": house.id("ANN"),
    })
}

#[tokio::test]
async fn seventeen_of_25_decisions_are_driven_by_data() {
    let house = house().await;
    let decisions = house.load("decision", (1..=27).map(|number| decision(&house, number)).collect()).await;
    let kept = ["2025-11-18", "2025-11-19", "2025-05-22", "2025-05-21"].map(|day| conclusion(&house, day));
    let kept = house.load("conclusion", kept.to_vec()).await;
    let cite = |number: usize, more: Value| {
        let mut row = json!({"decision": decisions[number - 1], "confirmed_by": house.id("BEN")});
        row.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        row
    };
    // Of the day itself, and 180 days before, which is just not too old.
    let mut rows: Vec<Value> =
        (1..=17).map(|number| cite(number, json!({"conclusion": kept[if number == 1 { 2 } else { 0 }]}))).collect();
    rows.push(cite(18, json!({"conclusion": kept[1]})));
    rows.push(cite(19, json!({"quote": "大家都这么说"})));
    house.load("citation", rows).await;
    for (at, decision) in decisions.iter().enumerate() {
        if at < 25 {
            for status in ["submitted", "approved"] {
                house.set("decision", &decision.to_string(), json!({"status": status})).await;
            }
        }
    }
    let boss = house.acts("BOSS", &["executive"]).await;
    let quarter = "grain=quarter&from=2025-Q4&to=2025-Q4";
    assert_eq!(series(&boss, "decision_share", quarter).await, ["68"]);
    // With the two that do not count it would be this; the two drafts are in neither.
    assert_eq!(series(&boss, "decision_cited_share", quarter).await, ["76"]);
    let board = page(&boss, "/p/executive-board").await;
    assert!(board.contains("68.0%") && board.contains("76.0%"), "{board}");
    let list = page(&boss, "/p/decisions?view=uncited").await;
    for number in 18..=25 {
        assert!(list.contains(&format!("第{number}项决策")), "{number}: {list}");
    }
    assert!(!list.contains("第17项决策") && !list.contains("第26项决策"), "{list}");
    // 181 days are too many, and so is the author's own word.
    let standing = async |row: Value| {
        let id = house.load("citation", vec![row]).await[0].to_string();
        read(&house.hr, "citation", &id).await["standing"].as_str().unwrap().to_owned()
    };
    assert_eq!(standing(cite(25, json!({"conclusion": kept[3]}))).await, "too_old");
    let own = json!({"conclusion": kept[0], "confirmed_by": house.id("ANN")});
    assert_eq!(standing(cite(25, own)).await, "own");
    assert_eq!(standing(cite(25, json!({"conclusion": kept[0], "confirmed_by": null}))).await, "unconfirmed");
}

#[tokio::test]
async fn a_decision_goes_from_its_owner_to_a_reviewer_and_what_it_cites_stays() {
    let house = house().await;
    let (ann, ben) = (house.acts("ANN", &[]).await, house.acts("BEN", &[]).await);
    let kept = made(&ann, "conclusion", conclusion(&house, "2025-11-18")).await;
    let print = read(&ann, "conclusion", &kept).await["fingerprint"].as_str().unwrap().to_owned();
    assert_eq!(print.len(), 64);
    let own = json!({"title": "自己复核", "kind": "process", "rationale": "无", "reviewer": house.id("ANN")});
    assert_eq!(ann.post(&format!("{APP}/decision"), own).await.faults(), ["reviewer:rule"]);
    let id = made(&ann, "decision", decision(&house, 1)).await;
    let citation = made(&ann, "citation", json!({"decision": id, "conclusion": kept})).await;
    assert_eq!(read(&ann, "citation", &citation).await["standing"], "unconfirmed");
    // Neither confirms nor approves what is their own.
    let mine = json!({"confirmed_by": house.id("ANN")});
    assert_eq!(change(&ann, "citation", &citation, mine).await.status, StatusCode::NOT_FOUND);
    changed(&ann, "decision", &id, json!({"status": "submitted"})).await;
    let approve = json!({"status": "approved"});
    assert_eq!(change(&ann, "decision", &id, approve.clone()).await.status, StatusCode::FORBIDDEN);
    changed(&ben, "citation", &citation, json!({"confirmed_by": house.id("BEN")})).await;
    changed(&ben, "decision", &id, approve).await;
    assert_eq!(read(&ben, "decision", &id).await["valid_citations"], 1);
    // What was kept is as it was, and nobody makes it otherwise or away.
    for who in [&ann, &ben, &house.hr] {
        let address = format!("{APP}/conclusion/{kept}");
        let answer = who.patch(&address, json!({"value": "90"})).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
        let answer = who.send(axum::http::Method::DELETE, &address, &[], None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
    }
    assert_eq!(read(&ben, "conclusion", &kept).await["fingerprint"], json!(print));
    assert_eq!(found(&ben, "citation", "standing == \"valid\"").await.len(), 1);
}
