//! Numbers on pages without the records behind them: means per group, what is hidden, and what is weighed.

use serde_json::json;

use super::{
    dashboards::COUNT,
    support::{Client, FILES, Site},
};

const ANSWER: &str = "
label: {zh-CN: 评价, en: Answer}
display: id
history: false
anonymity: {of: rater, by: [goal, kind], at_least: 3, except: {kind: {boss: 1, self: 1}}}
fields:
  rater: {type: text, label: {zh-CN: 评价人, en: Rater}, required: true}
  goal: {type: reference, label: {zh-CN: 目标, en: Goal}, to: goal, required: true}
  kind:
    type: choice
    label: {zh-CN: 关系, en: Kind}
    required: true
    choices:
      boss: {label: {zh-CN: 上级, en: Bosses}}
      peer: {label: {zh-CN: 同级, en: Peers}}
      report: {label: {zh-CN: 下级, en: Reports}}
      self: {label: {zh-CN: 本人, en: Themselves}}
  score: {type: decimal, label: {zh-CN: 分数, en: Score}, required: true, places: 1}
";

const GOAL: &str = "
kind: detail
label: {zh-CN: 目标, en: Goal}
entity: goal
tabs:
  details: {label: {zh-CN: 信息, en: Details}, history: true}
  scores:
    label: {zh-CN: 评分, en: Scores}
    counters:
      entity: answer
      by: goal
      group: kind
      measure: avg(score)
      anonymous: true
      weights: {boss: 40, peer: 30, report: 30}
  named:
    label: {zh-CN: 实名, en: By name}
    counters: {entity: answer, by: goal, group: kind, measure: sum(score)}
";

const START: &str = "
kind: home
label: {zh-CN: 首页, en: Home}
blocks:
  all: {label: {zh-CN: 平均分, en: Mean of all}, value: {entity: answer, measure: avg(score), anonymous: true}}
  reports:
    label: {zh-CN: 下级平均分, en: Mean of reports}
    value: {entity: answer, measure: avg(score), anonymous: true, filter: 'kind == \"report\"'}
  kinds:
    label: {zh-CN: 各组人次, en: Answers by group}
    counters: {entity: answer, group: kind, anonymous: true}
";

const NUMBERS: &str = "
label: {zh-CN: 统计, en: Numbers}
grants:
  - {entity: goal, actions: [read]}
  - {entity: answer, actions: [aggregate], where: 'goal.status == \"open\"', read: [goal, kind, score]}
";

async fn site() -> Site {
    site_with(&[]).await
}

/// The same, with more files.
async fn site_with(more: &[(&str, &str)]) -> Site {
    let site = Site::start().await;
    let mut files: Vec<(&str, String)> = FILES
        .map(|(path, text)| match path {
            "app.yaml" => (path, format!("{text}home: start\n")),
            "roles/keeper.yaml" => (path, format!("{text}  - {{entity: answer, actions: [create, read]}}\n")),
            _ => (path, text.to_owned()),
        })
        .to_vec();
    for (path, text) in [
        ("entities/answer.yaml", ANSWER),
        ("pages/goal.yaml", GOAL),
        ("pages/start.yaml", START),
        ("roles/numbers.yaml", NUMBERS),
    ] {
        files.push((path, text.to_owned()));
    }
    files.extend(more.iter().map(|(path, text)| (*path, (*text).to_owned())));
    site.publish(&files).await;
    site
}

async fn answers(keeper: &Client, goal: &str, answers: &[(&str, &str, &str)]) {
    for (rater, kind, score) in answers {
        keeper.made("answer", json!({"rater": rater, "goal": goal, "kind": kind, "score": score})).await;
    }
}

/// The text of a page's main part, without its markup.
fn words(page: &str) -> String {
    let main = page.split("<main").nth(1).unwrap_or(page);
    let text: String = main
        .split('<')
        .map(|part| part.split_once('>').map_or("", |(_, text)| text))
        .fold(String::new(), |all, part| format!("{all} {part}"));
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

const ALL: [(&str, &str, &str); 8] = [
    ("b", "boss", "4.0"),
    ("p1", "peer", "4"),
    ("p2", "peer", "4"),
    ("p3", "peer", "4"),
    ("p4", "peer", "5"),
    ("r1", "report", "1"),
    ("r2", "report", "3"),
    ("me", "self", "5"),
];

#[tokio::test]
async fn a_small_group_has_its_place_and_no_number() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let goal = keeper.made("goal", json!({"title": "Alpha", "status": "open"})).await;
    answers(&keeper, &goal, &ALL).await;
    let reader = site.signed_in("reader", &["numbers"]).await;
    let page = reader.get(&format!("/r/goal/{goal}?tab=scores")).await;
    let text = words(page.text());
    let expected =
        "Bosses weight 57.1% 4.00 Peers weight 42.9% 4.25 Reports too few answers Themselves 5.00 Weighted mean 4.11";
    assert!(text.contains(expected), "{text}");
    assert!(!text.contains("2.00") && !text.contains("3.48"), "neither the reports' mean nor one with it: {text}");
    assert!(!text.contains("By name"), "a tab over records the reader may not see: {text}");

    // With a third report the group shows itself, and counts.
    answers(&keeper, &goal, &[("r3", "report", "2")]).await;
    let text = words(reader.get(&format!("/r/goal/{goal}?tab=scores")).await.text());
    assert!(text.contains("Reports weight 30% 2.00") && text.contains("Weighted mean 3.48"), "{text}");
}

#[tokio::test]
async fn numbers_follow_the_rows_of_the_grant_and_names_need_a_right_of_their_own() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let goal = keeper.made("goal", json!({"title": "Alpha", "status": "closed"})).await;
    answers(&keeper, &goal, &ALL).await;
    let reader = site.signed_in("reader", &["numbers"]).await;
    let path = format!("/r/goal/{goal}?tab=scores");
    let text = words(reader.get(&path).await.text());
    assert!(text.contains("Bosses too few answers") && !text.contains("Weighted mean"), "{text}");
    // Whoever may read the answers still needs the other right for this tab, and sees sums by name, the largest first.
    let text = words(keeper.get(&path).await.text());
    assert!(!text.contains("Scores") && text.contains("By name"), "{text}");
    let text = words(keeper.get(&format!("/r/goal/{goal}?tab=named")).await.text());
    assert!(
        text.contains("Peers 17.0 Themselves 5.0 Bosses 4.0 Reports 4.0")
            || text.contains("Peers 17.0 Themselves 5.0 Reports 4.0 Bosses 4.0"),
        "{text}"
    );
}

#[tokio::test]
async fn a_home_page_says_where_too_few_answered() {
    let site = site().await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let goal = keeper.made("goal", json!({"title": "Alpha", "status": "open"})).await;
    answers(&keeper, &goal, &ALL).await;
    let reader = site.signed_in("reader", &["numbers"]).await;
    let text = words(reader.get("/").await.text());
    assert!(text.contains("Mean of all 4.33") && text.contains("Mean of reports too few answers"), "{text}");
    assert!(text.contains("Answers by group Bosses 1 Peers 4 Reports too few answers Themselves 1"), "{text}");
    let text = words(keeper.get("/").await.text());
    assert!(!text.contains("Mean of all"), "{text}");
}

#[tokio::test]
async fn counts_on_the_page_of_a_record_are_numbers_that_no_term_defines() {
    let site = site_with(&[("dictionary/goals.yaml", COUNT)]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let told = keeper.get("/api/v1/dictionary/unified").await.json();
    assert_eq!((&told["usages"], &told["unified"]), (&json!(5), &json!(0)), "{told}");
    for (page, block) in [("start", "all"), ("start", "kinds"), ("goal", "scores"), ("goal", "named")] {
        assert!(told["offenders"].as_array().unwrap().contains(&json!({"page": page, "block": block})), "{told}");
    }
    // The dictionary tells of each by its heading; a page of records leads there, that of one record does not.
    let shown = keeper.get("/dictionary?lang=en").await.text().replace("&#x2f;", "/");
    assert!(shown.contains("By name") && shown.contains("Mean of all"), "{shown}");
    assert!(shown.contains("href=\"/p/start\"") && !shown.contains("href=\"/p/goal\""), "{shown}");
}
