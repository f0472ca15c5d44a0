//! People who are put into another box than their numbers say: by whoever may, with a reason where one is asked for, and seen by whoever
//! may know of it.

use axum::http::StatusCode;
use serde_json::json;

use super::{
    boards::{World, holds, shown, world},
    support::{Client, encoded, form},
};

const VISITS: &str = "
code: V1
label: {zh-CN: 门诊量, en: Visits}
definition: {zh-CN: 门诊量, en: Visits}
direction: higher
frequency: yearly
owner: care
measure: {over: goal, time: due, subject: owner, where: 'status == \"open\"', simple: sum(level)}
";

const TRAINING: &str = "
code: V2
label: {zh-CN: 培训, en: Training}
definition: {zh-CN: 培训完成率, en: Training done}
direction: higher
frequency: yearly
owner: care
measure: {over: goal, time: due, subject: owner, where: 'status == \"closed\"', simple: sum(weight)}
";

const REVIEW: &str = "
label: {zh-CN: 校准, en: Calibration}
display: reason
unique: [[person, year]]
fields:
  person: {type: reference, to: person, required: true, label: {zh-CN: 人员, en: Person}}
  year: {type: period, grain: year, required: true, label: {zh-CN: 年度, en: Year}}
  performance: {type: choice, label: {zh-CN: 绩效, en: Performance}, choices: {low: {label: {zh-CN: 低, en: Low}}, mid: {label: {zh-CN: 中, en: Mid}}, high: {label: {zh-CN: 高, en: High}}}}
  potential: {type: choice, label: {zh-CN: 潜力, en: Potential}, choices: {low: {label: {zh-CN: 低, en: Low}}, mid: {label: {zh-CN: 中, en: Mid}}, high: {label: {zh-CN: 高, en: High}}}}
  reason: {type: text, required: true, label: {zh-CN: 理由, en: Why}}
";

const PAGE: &str = "
kind: dashboard
label: {zh-CN: 九宫格, en: Nine boxes}
grain: year
tiles:
  grid:
    chart: nine_box
    term: visits
    with: [training]
    boxes:
      across: {mid: 2, high: 4}
      up: {mid: 65, high: 85}
      labels:
        high_high: {zh-CN: 明星员工, en: Star}
        low_high: {zh-CN: 待发掘, en: Hidden}
        high_low: {zh-CN: 熟练工, en: Skilled}
      moved: {entity: calibration, subject: person, period: year, across: performance, up: potential, reason: reason}
";

fn role(calibration: &str) -> String {
    format!(
        "label: {{zh-CN: 角色, en: Role}}\ngrants:\n  - {{entity: person, actions: [create, read]}}\n  - {{entity: goal, actions: [create, read]}}\n  - {{entity: unit, actions: [create, read]}}\n  - {{entity: renewal, actions: [read]}}\n{calibration}"
    )
}

/// The five of the other boxes, by what they are called.
async fn sample() -> (World, Vec<String>) {
    let keeper = role("  - {entity: calibration, actions: [create, read, update]}\n");
    let (sees, blind) = (role("  - {entity: calibration, actions: [read]}\n"), role(""));
    let once = role("  - {entity: calibration, actions: [create, read]}\n");
    let more = [
        ("dictionary/visits.yaml", VISITS),
        ("dictionary/training.yaml", TRAINING),
        ("entities/calibration.yaml", REVIEW),
        ("pages/nine.yaml", PAGE),
        ("roles/keeper.yaml", keeper.as_str()),
        ("roles/sees.yaml", sees.as_str()),
        ("roles/blind.yaml", blind.as_str()),
        ("roles/once.yaml", once.as_str()),
    ];
    let world = world(&more).await;
    let mut people = Vec::new();
    for (at, (visits, training)) in
        [(5, Some(85)), (4, Some(100)), (4, Some(84)), (1, Some(90)), (3, None)].into_iter().enumerate()
    {
        let person = json!({"code": format!("E{at}"), "name": format!("医生{at}")});
        let person = world.keeper.made("person", person).await;
        let goal = json!({"title": "v", "due": "2025-03-01", "status": "open", "level": visits, "owner": person});
        world.keeper.made("goal", goal).await;
        if let Some(training) = training {
            let weight = training.to_string();
            let goal =
                json!({"title": "t", "due": "2025-04-01", "status": "closed", "weight": weight, "owner": person});
            world.keeper.made("goal", goal).await;
        }
        people.push(person);
    }
    (world, people)
}

/// Moves somebody: where that leads, or the page that says why not.
async fn moves(client: &Client, of: &str, to: &str, version: &str, reason: &str) -> Result<String, String> {
    let reason = encoded(reason);
    let body = format!(
        "tile=grid&period=2025&back=box%3Dgrid.high_high&of={of}&version={version}&to={to}&reason={reason}&lang=en"
    );
    let answer = form(client, "/p/nine/move?lang=en", &body).await;
    match answer.status {
        StatusCode::SEE_OTHER => Ok(answer.headers["location"].to_str().unwrap().to_owned()),
        StatusCode::UNPROCESSABLE_ENTITY => Err(answer.text().replace("&#x2f;", "/")),
        other => panic!("{other}: {}", answer.text()),
    }
}

#[tokio::test]
async fn somebody_is_put_into_another_box_with_a_reason_and_counts_follow() {
    let (world, people) = sample().await;
    let keeper = &world.keeper;
    let open = shown(keeper, "/p/nine?box=grid.high_high").await;
    holds(
        &open,
        &[
            ">Star 2</a>",
            "<loam-boxes>",
            "action=\"/p/nine/move\"",
            "data-key=\"mid_high\"",
            "aria-label=\"Move 医生1 to\"",
        ],
    );
    holds(&open, &["<option value=\"high_high\" selected>Star</option>", "placeholder=\"Why\"", "required"]);
    // The entity asks for a reason, and says so on the same page; nothing has changed.
    let refused = moves(keeper, &people[1], "mid_high", "", " ").await.unwrap_err();
    holds(&refused, &["role=\"alert\"", "Why", ">Star 2</a>", "id=\"box\""]);
    let there = moves(keeper, &people[1], "mid_high", "", "带教任务重").await.unwrap();
    assert_eq!(there, "/p/nine?box=grid.mid_high&saved=1#box");
    let page = shown(keeper, "/p/nine?box=grid.mid_high").await;
    holds(&page, &[">Star 1</a>", ">Middling/High 1</a>", ">医生1</a>", "The numbers say “Star”", "/r/calibration/"]);
    holds(&page, &["4 in all", "1 of them were moved by people", "1 others lack"]);
    // Whoever lacks a number can be put somewhere all the same, and is counted there.
    moves(keeper, &people[4], "high_low", "", "新调入").await.unwrap();
    let page = shown(keeper, "/p/nine?box=grid.high_low").await;
    holds(&page, &[">Skilled 1</a>", "5 in all", "Put here without numbers"]);
    assert!(!page.contains("others lack"), "{page}");
    // Whoever was first is not undone unseen; with what is there now it goes on.
    for version in ["", "7"] {
        let stale = moves(keeper, &people[1], "low_high", version, "again").await.unwrap_err();
        holds(&stale, &["Somebody else has just moved them"]);
    }
    moves(keeper, &people[1], "high_high", "1", "更正").await.unwrap();
    let page = shown(keeper, "/p/nine?box=grid.high_high").await;
    holds(&page, &[">Star 2</a>", ">医生1</a>"]);
    assert!(!page.contains("The numbers say"), "{page}");
    let kept = keeper.get("/api/v1/demo/calibration").await.json();
    assert_eq!(kept["items"].as_array().unwrap().len(), 2, "one for each person and year");
    // Another year is another matter.
    holds(&shown(keeper, "/p/nine?until=2024&box=grid.high_low").await, &["chart-nine-box"]);
    let moved = world.site.acts().await.iter().filter(|act| *act == "update done").count();
    assert_eq!(moved, 1);
}

#[tokio::test]
async fn who_may_not_write_moves_nobody_and_who_may_not_read_sees_the_numbers() {
    let (world, people) = sample().await;
    moves(&world.keeper, &people[1], "mid_high", "", "带教任务重").await.unwrap();
    let sees = world.site.signed_in("sees", &["sees"]).await;
    let page = shown(&sees, "/p/nine?box=grid.mid_high").await;
    holds(&page, &[">Star 1</a>", ">医生1</a>", "The numbers say “Star”"]);
    assert!(!page.contains("/p/nine/move") && !page.contains("loam-boxes"), "{page}");
    let body = format!("tile=grid&period=2025&of={}&version=1&to=low_low&reason=x", people[1]);
    assert_eq!(form(&sees, "/p/nine/move", &body).await.status, StatusCode::FORBIDDEN);
    let blind = world.site.signed_in("blind", &["blind"]).await;
    let page = shown(&blind, "/p/nine?box=grid.high_high").await;
    holds(&page, &[">Star 2</a>", ">医生1</a>"]);
    assert!(!page.contains("moved by people"), "{page}");
    // Whoever may only make one moves those whom nobody has moved.
    let once = world.site.signed_in("once", &["once"]).await;
    holds(&shown(&once, "/p/nine?box=grid.high_high").await, &["aria-label=\"Move 医生0 to\""]);
    assert!(!shown(&once, "/p/nine?box=grid.mid_high").await.contains("aria-label=\"Move 医生1 to\""));
    for (body, status) in [
        ("tile=nothing&period=2025&of=x&to=low_low", StatusCode::NOT_FOUND),
        ("tile=grid&period=2025-Q1&of=0197aaaa-0000-7000-8000-000000000000&to=low_low", StatusCode::BAD_REQUEST),
        ("tile=grid&period=2025&of=0197aaaa-0000-7000-8000-000000000000&to=up", StatusCode::BAD_REQUEST),
    ] {
        assert_eq!(form(&world.keeper, "/p/nine/move", body).await.status, status, "{body}");
    }
}
