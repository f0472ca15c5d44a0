//! The worked numbers of scores, curves, grades, deductions, chains and rates, as an app reckons them through the API: what is
//! typed goes in as people type it, and every digit that comes back counts. Each runs on both databases.
//!
//! Where every formula of the specification is shown with its numbers, over HTTP or by the command line:
//!
//! | Formula | Worked numbers | Test |
//! |---|---|---|
//! | F1 weighted score | 91.70, 94.20, 86.27; 95 of 100 refused | `weighted_scores_grades_and_pay`; `flagship/posts.rs` |
//! | F2 curves | the fourteen points, 106.68, ratios, steps, deductions, ranges, veto | `curves_ratios_steps_and_ranges`; 106.68 of E0256 in `cli/tests/cli/facts.rs` |
//! | F3 grade and coefficient | B, 3,150.00, 95.00, 94.995 | `weighted_scores_grades_and_pay` |
//! | F4 distribution | 34 people: 3, 8, 2; S +3, A +2; 8 moved with a reason; groups below ten | `worked_people.rs` |
//! | F5 percentile | 0, 22.22, 44.44, 88.89; below five none; lower is better | `worked_people.rs` |
//! | F6 nine boxes | 58.7, capped at low; 408 doctors | `worked_people.rs`; `talent.rs` |
//! | F7 unified rate | 51.0, 99.7, the three left; names with two meanings | `flagship/effects.rs`; `terms.rs`, `unit_boards.rs` |
//! | F8 decisions | 68.0, not 76.0; drafts; 180 days; one's own word | `flagship/decisions.rs` |
//! | F9 alerts | the planted cases, in any order and twice | `cli/tests/cli/alerts.rs` |
//! | F10 points | +30, +20, −25, −5 make 20 | `flagship/points.rs` |
//! | F11 renewals | −7.0: 64.3, 20.0, 15.7; 12.0, 0.75, 0.33; T4 does not fire | `drivers.rs`; `flagship/effects.rs` |
//! | F12 radar | 22 of 3, 2, 2, 4, 4, 2, 4, 1; nearest rank; five a month | `flagship/growth.rs` |
//! | F13 deduction | 1.0 and 1.5; 45 h less 24 h | `late_deliveries_cost_by_item_or_by_block` |
//! | F14 tamper evidence | the three digests; what an altered event breaks | `a_chain_of_digests_breaks_from_what_was_changed` |
//! | F15 goals | 6:4 at 100 and 0 make 60; day 60 of 92 | `flagship/goals.rs` |
//! | F16 rates | 7.2, 39.0, 89, −26.0, 7.5, 12.0 | `raters_answers_and_rates` |
//! | F17 360 degrees | 4.11, and 3.48 nowhere | `numbers.rs` |
//! | F18 leniency | +1.0 flagged from five on | `raters_answers_and_rates` |
//! | F19 NPS | 40, 87.2 | `raters_answers_and_rates` |
//! | traps | 2.675, 0.1 + 0.2, nothing divided | `raters_answers_and_rates`; three thirds in `worked_people.rs` |

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::support::{Client, Site};

const FILES: [(&str, &str); 13] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/card.yaml",
        r#"label: {zh-CN: 评分卡, en: Card}
display: id
fields:
  lines: {type: children, to: line, by: card, label: {zh-CN: 条目, en: Lines}}
  bonus: {type: decimal, label: {zh-CN: 加分, en: Bonus}}
  deduction: {type: decimal, label: {zh-CN: 扣分, en: Deduction}}
  pay: {type: money, label: {zh-CN: 基数, en: Pay}}
  team: {type: decimal, places: 2, label: {zh-CN: 团队系数, en: Team}}
  base: {type: decimal, places: 2, label: {zh-CN: 得分, en: Base}, public: true, formula: 'WEIGHTED_MEAN(lines.score, lines.weight)'}
  score: {type: decimal, places: 2, label: {zh-CN: 总分, en: Score}, public: true, formula: 'CLAMP(base + (bonus ?? 0) - (deduction ?? 0), 0, 120)'}
  grade: {type: text, label: {zh-CN: 等级, en: Grade}, public: true, formula: 'BAND(score, [105, 95, 80, 60], ["S", "A", "B", "C", "D"])'}
  bonus_pay: {type: money, label: {zh-CN: 绩效奖, en: Bonus pay}, public: true, formula: 'pay * BAND(score, [105, 95, 80, 60], [1.5, 1.2, 1.0, 0.8, 0.5]) * team'}
"#,
    ),
    (
        "entities/line.yaml",
        "label: {zh-CN: 条目, en: Line}\ndisplay: id\nfields:\n  card: {type: reference, to: card, label: {zh-CN: 评分卡, en: Card}}\n  score: {type: decimal, places: 4, label: {zh-CN: 得分, en: Score}}\n  weight: {type: decimal, places: 2, label: {zh-CN: 权重, en: Weight}}\n",
    ),
    (
        "entities/reading.yaml",
        r#"label: {zh-CN: 读数, en: Reading}
display: id
fields:
  value: {type: decimal, places: 4, label: {zh-CN: 值, en: Value}}
  low: {type: decimal, label: {zh-CN: 门槛, en: Threshold}}
  mid: {type: decimal, label: {zh-CN: 目标, en: Target}}
  high: {type: decimal, label: {zh-CN: 挑战, en: Stretch}}
  less: {type: boolean, label: {zh-CN: 越低越好, en: Less is better}}
  curve: {type: decimal, places: 2, label: {zh-CN: 曲线, en: Curve}, formula: 'CURVE(value, low, mid, high)'}
  ratio: {type: decimal, places: 2, label: {zh-CN: 比率, en: Ratio}, formula: 'RATIO_SCORE(value, mid, less)'}
  step: {type: text, label: {zh-CN: 分段, en: Step}, formula: 'STEPS(value, [95, 85, 60], ["a", "b", "c", "d"])'}
  left: {type: decimal, places: 2, label: {zh-CN: 扣后, en: Left}, formula: 'DEDUCT(value, 5)'}
  inside: {type: decimal, places: 2, label: {zh-CN: 区间, en: Range}, formula: 'RANGE_SCORE(value, low, high, 10)'}
  vetoed: {type: text, label: {zh-CN: 否决后, en: Vetoed}, formula: 'CAP_BAND(BAND(value, [105, 95, 80, 60], ["S", "A", "B", "C", "D"]), "C", ["S", "A", "B", "C", "D"])'}
"#,
    ),
    (
        "entities/promise.yaml",
        r#"label: {zh-CN: 约定, en: Promise}
display: id
fields:
  excluded: {type: boolean, label: {zh-CN: 扣除在途, en: Transit excluded}}
  parcels: {type: children, to: parcel, by: promise, label: {zh-CN: 货件, en: Parcels}}
  by_item: {type: decimal, label: {zh-CN: 按件, en: By item}, public: true, rollup: {of: parcels, function: sum, field: one}}
  by_block: {type: decimal, label: {zh-CN: 按时段, en: By block}, public: true, rollup: {of: parcels, function: sum, field: blocks}}
"#,
    ),
    (
        "entities/parcel.yaml",
        r#"label: {zh-CN: 货件, en: Parcel}
display: id
fields:
  promise: {type: reference, to: promise, label: {zh-CN: 约定, en: Promise}}
  due: {type: datetime, label: {zh-CN: 应到, en: Due}}
  delivered: {type: datetime, label: {zh-CN: 实到, en: Delivered}}
  transit: {type: integer, label: {zh-CN: 在途, en: In transit}}
  late: {type: decimal, label: {zh-CN: 迟延, en: Late}, formula: 'HOURS_BETWEEN(delivered, due) - IF(promise.excluded, transit ?? 0, 0)'}
  one: {type: decimal, label: {zh-CN: 按件, en: By item}, formula: 'IF(late > 24, 0.5, 0)'}
  blocks: {type: decimal, label: {zh-CN: 按时段, en: By block}, formula: 'IF(late > 24, 0.5 * QUOTIENT(late, 24), 0)'}
"#,
    ),
    (
        "entities/event.yaml",
        r#"label: {zh-CN: 事件, en: Event}
display: id
fields:
  before: {type: reference, to: event, label: {zh-CN: 上一条, en: Before}}
  words: {type: long_text, label: {zh-CN: 内容, en: Words}}
  digest: {type: text, label: {zh-CN: 摘要, en: Digest}, public: true, formula: 'SHA256(CONCAT(before.digest ?? REPT("0", 64), "\n", words))'}
"#,
    ),
    (
        "entities/rater.yaml",
        r#"label: {zh-CN: 评价人, en: Rater}
display: id
fields:
  given: {type: children, to: rating, by: rater, label: {zh-CN: 评分, en: Given}}
  leniency: {type: decimal, label: {zh-CN: 宽严, en: Leniency}, public: true, formula: 'AVERAGE(given.score) - AVERAGE(given.others)'}
  flagged: {type: boolean, label: {zh-CN: 提示, en: Flagged}, public: true, formula: 'ABS(leniency) >= 0.5 && COUNT(given.score) >= 5'}
"#,
    ),
    (
        "entities/rating.yaml",
        "label: {zh-CN: 评分, en: Rating}\ndisplay: id\nfields:\n  rater: {type: reference, to: rater, label: {zh-CN: 评价人, en: Rater}}\n  score: {type: decimal, label: {zh-CN: 评分, en: Score}}\n  others: {type: decimal, label: {zh-CN: 他人平均, en: Of others}}\n",
    ),
    (
        "entities/survey.yaml",
        r#"label: {zh-CN: 调查, en: Survey}
display: id
fields:
  answers: {type: children, to: answer, by: survey, label: {zh-CN: 回答, en: Answers}}
  pleased: {type: decimal, label: {zh-CN: 满意, en: Pleased}}
  returned: {type: decimal, label: {zh-CN: 退货, en: Returned}}
  nps: {type: decimal, label: {zh-CN: 净推荐值, en: NPS}, public: true, formula: 'NPS(answers.score)'}
  after: {type: decimal, label: {zh-CN: 售后满意度, en: After sales}, formula: '0.6 * pleased + 0.4 * (100 - returned)'}
"#,
    ),
    (
        "entities/answer.yaml",
        "label: {zh-CN: 回答, en: Answer}\ndisplay: id\nfields:\n  survey: {type: reference, to: survey, label: {zh-CN: 调查, en: Survey}}\n  score: {type: integer, label: {zh-CN: 分, en: Score}}\n",
    ),
    (
        "entities/pair.yaml",
        r#"label: {zh-CN: 两数, en: Pair}
display: id
fields:
  a: {type: decimal, places: 3, label: {zh-CN: 甲, en: A}}
  b: {type: decimal, places: 3, label: {zh-CN: 乙, en: B}}
  rounded: {type: decimal, places: 2, label: {zh-CN: 两位, en: Rounded}, formula: 'a'}
  sum: {type: decimal, places: 3, label: {zh-CN: 和, en: Sum}, formula: 'a + b'}
  share: {type: decimal, places: 1, label: {zh-CN: 占比, en: Share}, formula: 'PERCENT(a, b)'}
  change: {type: decimal, places: 1, label: {zh-CN: 变化, en: Change}, formula: 'CHANGE_PERCENT(a, b)'}
  each: {type: decimal, places: 1, label: {zh-CN: 商, en: Each}, formula: 'DIVIDE(a, b)'}
"#,
    ),
    (
        "roles/clerk.yaml",
        "label: Clerk\ngrants:\n  - {entity: card, actions: [create, read, update]}\n  - {entity: line, actions: [create, read, update]}\n  - {entity: reading, actions: [create, read]}\n  - {entity: promise, actions: [create, read]}\n  - {entity: parcel, actions: [create, read]}\n  - {entity: event, actions: [create, read, update]}\n  - {entity: rater, actions: [create, read]}\n  - {entity: rating, actions: [create, read]}\n  - {entity: survey, actions: [create, read]}\n  - {entity: answer, actions: [create, read]}\n  - {entity: pair, actions: [create, read]}\n",
    ),
];

async fn clerk() -> (Site, Client) {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    let clerk = site.signed_in("ann", &["clerk"]).await;
    (site, clerk)
}

async fn read(clerk: &Client, entity: &str, id: &str) -> Value {
    let answer = clerk.get(&format!("/api/v1/demo/{entity}/{id}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

/// What is made of these values, field by field, as the answer writes it.
async fn reckoned(clerk: &Client, entity: &str, given: Value, field: &str) -> String {
    let id = clerk.made(entity, given).await;
    written(&read(clerk, entity, &id).await[field])
}

/// A number without the noughts that its field adds.
fn written(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.split_once('.') {
        Some((whole, rest)) if rest.trim_end_matches('0').is_empty() => whole.to_owned(),
        Some(_) => text.trim_end_matches('0').to_owned(),
        None => text,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn weighted_scores_grades_and_pay() {
    let (_site, clerk) = clerk().await;
    let given = json!({"bonus": "3", "deduction": "0.5", "pay": "3000", "team": "1.05"});
    let card = clerk.made("card", given).await;
    let mut second = String::new();
    for (score, weight) in [("84", 30), ("108", 25), ("90", 25), ("80", 10), ("90", 10)] {
        let line = clerk.made("line", json!({"card": card, "score": score, "weight": weight})).await;
        if score == "108" {
            second = line;
        }
    }
    let found = read(&clerk, "card", &card).await;
    assert_eq!([&found["base"], &found["score"]].map(written), ["91.7", "94.2"]);
    assert_eq!((written(&found["grade"]), written(&found["bonus_pay"])), ("B".to_owned(), "3150".to_owned()));

    // What does not apply is left out with its weight.
    let line = format!("/api/v1/demo/line/{second}");
    let changed = clerk.patch(&line, json!({"score": null})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    assert_eq!(written(&read(&clerk, "card", &card).await["base"]), "86.27");

    // Judged as it reads: 94.995 is 95.00, and so an A.
    for (score, grade) in [("95", "A"), ("94.995", "A"), ("94.994", "B")] {
        let card = clerk.made("card", json!({})).await;
        clerk.made("line", json!({"card": card, "score": score, "weight": 100})).await;
        assert_eq!(written(&read(&clerk, "card", &card).await["grade"]), grade, "{score}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn curves_ratios_steps_and_ranges() {
    let (_site, clerk) = clerk().await;
    let curves = [
        (
            [70, 80, 90],
            ["69.9 0", "70 60", "76 84", "80 100", "86 112", "90 120", "95 120", "83.3396 106.68"].as_slice(),
        ),
        ([30, 15, 8], ["31 0", "30 60", "21 84", "15 100", "10 114.29", "8 120"].as_slice()),
    ];
    for ([low, mid, high], cases) in curves {
        for case in cases {
            let (value, points) = case.split_once(' ').unwrap();
            let given = json!({"value": value, "low": low, "mid": mid, "high": high});
            assert_eq!(reckoned(&clerk, "reading", given, "curve").await, points, "{value} of {low}, {mid}, {high}");
        }
    }
    for (value, mid, less, points) in [
        ("90", 100, false, "90"),
        ("150", 100, false, "120"),
        ("0", 10, true, "120"),
        ("0", 0, true, "100"),
        ("50", 40, true, "80"),
    ] {
        let given = json!({"value": value, "mid": mid, "less": less});
        assert_eq!(reckoned(&clerk, "reading", given, "ratio").await, points, "{value} of {mid}");
    }
    for (value, step, left, inside) in
        [("95", "a", "0", "0"), ("84.99", "c", "0", "0"), ("39.5", "d", "0", "85"), ("3", "d", "85", "0")]
    {
        let id = clerk.made("reading", json!({"value": value, "low": 36, "high": 38})).await;
        let found = read(&clerk, "reading", &id).await;
        assert_eq!([&found["step"], &found["left"], &found["inside"]].map(written), [step, left, inside], "{value}");
    }
    for (value, grade) in [("110", "C"), ("70", "C"), ("50", "D")] {
        assert_eq!(reckoned(&clerk, "reading", json!({"value": value}), "vetoed").await, grade, "{value}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn late_deliveries_cost_by_item_or_by_block() {
    let (_site, clerk) = clerk().await;
    let promise = clerk.made("promise", json!({"excluded": false})).await;
    for delivered in ["2025-11-01T10:00:00Z", "2025-11-02T00:00:00Z", "2025-11-02T06:00:00Z", "2025-11-03T05:00:00Z"] {
        let given = json!({"promise": promise, "due": "2025-11-01T00:00:00Z", "delivered": delivered});
        clerk.made("parcel", given).await;
    }
    let found = read(&clerk, "promise", &promise).await;
    assert_eq!([&found["by_item"], &found["by_block"]].map(written), ["1", "1.5"]);
    // 45 hours of which 24 were on the way are 21, which is not late.
    let promise = clerk.made("promise", json!({"excluded": true})).await;
    let given =
        json!({"promise": promise, "due": "2025-11-01T00:00:00Z", "delivered": "2025-11-02T21:00:00Z", "transit": 24});
    assert_eq!(reckoned(&clerk, "parcel", given, "late").await, "21");
    assert_eq!(written(&read(&clerk, "promise", &promise).await["by_item"]), "0");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_chain_of_digests_breaks_from_what_was_changed() {
    let (_site, clerk) = clerk().await;
    let words = |party: &str, signer: &str, hour: &str| {
        format!(
            r#"{{"contract":"TC-2025-001","event":"signed","party":"{party}","signer":"{signer}","ts":"2025-11-20T{hour}:00:00+08:00"}}"#
        )
    };
    let mut chain: Vec<String> = Vec::new();
    for (party, signer, hour) in
        [("initiator", "E0089", "09"), ("executor", "E0255", "10"), ("affected", "E0227", "11")]
    {
        let given = json!({"before": chain.last(), "words": words(party, signer, hour)});
        chain.push(clerk.made("event", given).await);
    }
    let digests = async || {
        let mut all = Vec::new();
        for event in &chain {
            all.push(written(&read(&clerk, "event", event).await["digest"]));
        }
        all
    };
    let before = digests().await;
    assert_eq!(before[0], "221bc7f7a8c5e4395b95c3bcd073bd782eb7365b3b17dd7331b22a9a016522c9");
    assert!(before[1].starts_with("ec52d579") && before[1].ends_with("142b"), "{}", before[1]);
    assert_eq!(before[2], "4cea98f2e662c775b296fc95098ff90e7ab64324eb1d5f38b1e02c40f8ca794e");
    let path = format!("/api/v1/demo/event/{}", chain[1]);
    let changed = clerk.patch(&path, json!({"words": words("executor", "E0256", "10")})).await;
    assert_eq!(changed.status, StatusCode::OK, "{}", changed.text());
    let after = digests().await;
    assert!(before[0] == after[0] && before[1] != after[1] && before[2] != after[2], "{after:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn raters_answers_and_rates() {
    let (_site, clerk) = clerk().await;
    for (scores, flagged) in [(5, "true"), (4, "false")] {
        let rater = clerk.made("rater", json!({})).await;
        for _ in 0..scores {
            clerk.made("rating", json!({"rater": rater, "score": "4.6", "others": "3.6"})).await;
        }
        let found = read(&clerk, "rater", &rater).await;
        assert_eq!([&found["leniency"], &found["flagged"]].map(written), ["1", flagged], "{scores}");
    }
    let survey = clerk.made("survey", json!({"pleased": "82", "returned": "5"})).await;
    for (score, count) in [(10, 11), (8, 6), (3, 3)] {
        for _ in 0..count {
            clerk.made("answer", json!({"survey": survey, "score": score})).await;
        }
    }
    let found = read(&clerk, "survey", &survey).await;
    assert_eq!([&found["nps"], &found["after"]].map(written), ["40", "87.2"]);

    for (a, b, field, expected) in [
        ("2.675", "0", "rounded", "2.68"),
        ("0.1", "0.2", "sum", "0.3"),
        ("510", "1000", "share", "51"),
        ("997", "1000", "share", "99.7"),
        ("17", "25", "share", "68"),
        ("18", "250", "share", "7.2"),
        ("3354", "8600", "share", "39"),
        ("89", "100", "share", "89"),
        ("3.7", "5.0", "change", "-26"),
        ("75", "10", "each", "7.5"),
        ("5760", "480", "each", "12"),
        // Of nothing there is no share: neither 0 nor 100.
        ("5", "0", "share", "null"),
        ("5", "0", "each", "null"),
        ("0", "0", "share", "null"),
    ] {
        assert_eq!(reckoned(&clerk, "pair", json!({"a": a, "b": b}), field).await, expected, "{field} of {a} and {b}");
    }
}
