//! The worked numbers of groups of people: how grades are spread, who stands where among colleagues, and in which box somebody
//! is. As an app reckons them through the API, like [`super::worked`].

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::support::{Client, Site};

const FILES: [(&str, &str); 10] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/squad.yaml",
        r#"label: {zh-CN: 小组, en: Group}
display: name
fields:
  name: {type: text, label: {zh-CN: 名称, en: Name}}
  parent: {type: reference, to: squad, label: {zh-CN: 上级, en: Above}}
  marks: {type: children, to: mark, by: squad, label: {zh-CN: 评级, en: Marks}}
  n: {type: integer, label: {zh-CN: 人数, en: People}, rollup: {of: marks, function: count}}
  s: {type: integer, label: {zh-CN: S, en: S}, rollup: {of: marks, function: count, where: 'grade == "S"'}}
  a: {type: integer, label: {zh-CN: A, en: A}, rollup: {of: marks, function: count, where: 'grade == "A"'}}
  b: {type: integer, label: {zh-CN: B, en: B}, rollup: {of: marks, function: count, where: 'grade == "B"'}}
  low: {type: integer, label: {zh-CN: C 和 D, en: C and D}, rollup: {of: marks, function: count, where: 'grade == "C" || grade == "D"'}}
  moved: {type: integer, label: {zh-CN: 调整人数, en: Moved}, rollup: {of: marks, function: count, where: 'grade != first'}}
  most_s: {type: integer, label: {zh-CN: S 上限, en: Most S}, formula: 'INT(0.10 * n)'}
  most_a: {type: integer, label: {zh-CN: A 上限, en: Most A}, formula: 'INT(0.25 * n)'}
  least_low: {type: integer, label: {zh-CN: C 和 D 下限, en: Least C and D}, formula: 'INT(CEILING(0.05 * n))'}
  over_s: {type: integer, label: {zh-CN: S 超出, en: Too many S}, formula: 'MAX(0, s - most_s)'}
  over_a: {type: integer, label: {zh-CN: A 超出, en: Too many A}, formula: 'MAX(0, a - most_a)'}
  short: {type: integer, label: {zh-CN: C 和 D 不足, en: Too few C and D}, formula: 'MAX(0, least_low - low)'}
  judged_with: {type: text, label: {zh-CN: 校准范围, en: Judged with}, formula: 'IF(n < 10, parent.name, name)'}
"#,
    ),
    (
        "entities/mark.yaml",
        r#"label: {zh-CN: 评级, en: Mark}
display: id
fields:
  squad: {type: reference, to: squad, label: {zh-CN: 小组, en: Group}}
  first: {type: text, label: {zh-CN: 初评, en: First}}
  grade: {type: text, label: {zh-CN: 校准后, en: Calibrated}}
  reason: {type: text, label: {zh-CN: 理由, en: Reason}}
validations:
  says_why: {rule: 'grade == first || reason != null', message: {zh-CN: 请写明理由, en: say why}, field: reason}
"#,
    ),
    (
        "entities/talent.yaml",
        r#"label: {zh-CN: 人才, en: Talent}
display: id
fields:
  forward: {type: decimal, label: {zh-CN: 上级判断, en: Forward}}
  training: {type: decimal, label: {zh-CN: 培训, en: Training}}
  growth: {type: decimal, label: {zh-CN: 成长, en: Growth}}
  index: {type: decimal, places: 2, label: {zh-CN: 潜力指数, en: Index}, formula: '0.4 * forward + 0.3 * training + 0.3 * growth'}
  by_index: {type: text, label: {zh-CN: 按指数, en: By index}, formula: 'BAND(index, [75, 50], ["high", "mid", "low"])'}
  potential: {type: text, label: {zh-CN: 潜力, en: Potential}, formula: 'IF(training < 40, "low", by_index)'}
"#,
    ),
    (
        "entities/plan.yaml",
        r#"label: {zh-CN: 方案, en: Plan}
display: id
fields:
  items: {type: children, to: item, by: plan, label: {zh-CN: 条目, en: Items}}
  total: {type: decimal, places: 2, label: {zh-CN: 合计, en: Total}, rollup: {of: items, function: sum, field: weight}}
  active: {type: boolean, label: {zh-CN: 启用, en: Active}}
validations:
  a_hundred: {rule: 'active != true || total == 100', message: {zh-CN: 合计应为 100, en: should make 100}, field: active}
"#,
    ),
    (
        "entities/item.yaml",
        "label: {zh-CN: 条目, en: Item}\ndisplay: id\nfields:\n  plan: {type: reference, to: plan, label: {zh-CN: 方案, en: Plan}}\n  weight: {type: decimal, places: 2, label: {zh-CN: 权重, en: Weight}}\n",
    ),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  post: {type: text, label: {zh-CN: 岗位, en: Post}}\n",
    ),
    (
        "entities/day.yaml",
        "label: {zh-CN: 日报, en: Day}\ndisplay: id\nfields:\n  person: {type: person, label: {zh-CN: 人员, en: Person}}\n  day: {type: date, label: {zh-CN: 日期, en: Day}}\n  adopted: {type: integer, label: {zh-CN: 采纳, en: Adopted}}\n",
    ),
    ("dictionary/adopted.yaml", ADOPTED),
    (
        "roles/clerk.yaml",
        "label: Clerk\ngrants:\n  - {entity: squad, actions: [create, read]}\n  - {entity: mark, actions: [create, read, update]}\n  - {entity: talent, actions: [create, read]}\n  - {entity: plan, actions: [create, read, update]}\n  - {entity: item, actions: [create, read]}\n  - {entity: person, actions: [create, read]}\n  - {entity: day, actions: [create, read]}\n",
    ),
];

const ADOPTED: &str = "code: K1\nlabel: {zh-CN: 采纳数, en: Adopted}\ndefinition: {zh-CN: 采纳的建议, en: Suggestions adopted}\ndirection: higher\nfrequency: monthly\nowner: quality\nplaces: 0\npeers: person.post\nmeasure: {over: day, time: day, subject: person, simple: sum(adopted)}\n";

async fn clerk() -> (Site, Client) {
    let mut files: Vec<(&str, String)> = FILES.map(|(path, text)| (path, text.to_owned())).to_vec();
    // The same number once more, of which less is better.
    let lower = ADOPTED.replace("K1", "K2").replace("采纳数", "返修数").replace("en: Adopted", "en: Sent back");
    files.push(("dictionary/returned.yaml", lower.replace("direction: higher", "direction: lower")));
    let site = Site::of(&files).await;
    let clerk = site.signed_in("ann", &["clerk"]).await;
    (site, clerk)
}

async fn read(clerk: &Client, entity: &str, id: &str) -> Value {
    let answer = clerk.get(&format!("/api/v1/demo/{entity}/{id}")).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

async fn graded(clerk: &Client, squad: &str, grades: &[(&str, usize)]) -> Vec<(String, String)> {
    let of = grades.iter().flat_map(|(grade, count)| std::iter::repeat_n(*grade, *count));
    let commands: Vec<Value> = of
        .clone()
        .map(|grade| json!({"do": "create", "fields": {"squad": squad, "first": grade, "grade": grade}}))
        .collect();
    let made = clerk.post("/api/v1/demo/mark/bulk", json!({"commands": commands})).await;
    assert!(made.status.is_success(), "{}", made.text());
    let made = made.json();
    let ids = made["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned());
    ids.zip(of.map(str::to_owned)).collect()
}

#[tokio::test]
async fn f4_grades_are_spread_as_agreed() {
    let (_site, clerk) = clerk().await;
    let above = clerk.made("squad", json!({"name": "Centre"})).await;
    let squad = clerk.made("squad", json!({"name": "Team", "parent": above})).await;
    let marks = graded(&clerk, &squad, &[("S", 6), ("A", 10), ("B", 16), ("C", 2)]).await;
    let counts = async |names: &[&str]| {
        let found = read(&clerk, "squad", &squad).await;
        names.iter().map(|name| found[*name].as_i64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(counts(&["n", "most_s", "most_a", "least_low"]).await, [34, 3, 8, 2]);
    assert_eq!(counts(&["over_s", "over_a", "short"]).await, [3, 2, 0]);
    let moved = async |from: &str, to: &str, count: usize| {
        let all = marks.iter().filter(|(_, first)| first == from).take(count);
        for (id, _) in all {
            let path = format!("/api/v1/demo/mark/{id}");
            let refused = clerk.patch(&path, json!({"grade": to})).await;
            assert_eq!(refused.faults(), ["reason:rule"], "each needs a reason");
            let done = clerk.patch(&path, json!({"grade": to, "reason": "与同岗位相比"})).await;
            assert_eq!(done.status, StatusCode::OK, "{}", done.text());
        }
    };
    moved("S", "A", 3).await;
    moved("A", "B", 5).await;
    assert_eq!(counts(&["s", "a", "b", "low"]).await, [3, 8, 21, 2]);
    assert_eq!(counts(&["over_s", "over_a", "short", "moved"]).await, [0, 0, 0, 8]);
    // Nine are too few to be spread among themselves.
    let small = clerk.made("squad", json!({"name": "Nine", "parent": above})).await;
    graded(&clerk, &small, &[("S", 3), ("B", 6)]).await;
    assert_eq!(read(&clerk, "squad", &small).await["judged_with"], "Centre");
    assert_eq!(read(&clerk, "squad", &squad).await["judged_with"], "Team");
}

#[tokio::test]
async fn f5_places_among_those_of_the_same_post() {
    let (site, clerk) = clerk().await;
    let mut people = Vec::new();
    let ten = [0, 0, 1, 1, 2, 2, 2, 2, 4, 4].map(|value| ("agent", value));
    for (post, value) in ten.into_iter().chain([1, 2, 3, 4].map(|value| ("guard", value))) {
        let person = clerk.made("person", json!({"name": format!("{post} {value}"), "post": post})).await;
        clerk.made("day", json!({"person": person, "day": "2025-10-06", "adopted": value})).await;
        people.push(person);
    }
    while site.engine.turn("one").await.unwrap() > 0 {}
    let place = async |term: &str, at: usize| {
        let query = format!("grain=month&from=2025-10&to=2025-10&subject={}", people[at]);
        let found = clerk.get(&format!("/api/v1/terms/{term}/series?{query}")).await.json();
        found["items"][0]["peers"].clone()
    };
    let mut percentiles = Vec::new();
    for at in 0..10 {
        percentiles.push(format!("{:.2}", place("adopted", at).await["percentile"].as_f64().unwrap()));
    }
    let expected = ["0.00", "0.00", "22.22", "22.22", "44.44", "44.44", "44.44", "44.44", "88.89", "88.89"];
    assert_eq!(percentiles, expected);
    // Where less is better the order is the other way round: the best are the two without any, whom eight do not reach.
    assert_eq!(format!("{:.2}", place("returned", 0).await["percentile"].as_f64().unwrap()), "88.89");
    assert_eq!(place("returned", 9).await["percentile"].to_string(), "0");
    // Four are too few for anybody to be compared.
    for at in 10..14 {
        assert_eq!(place("adopted", at).await, Value::Null);
    }
}

#[tokio::test]
async fn f6_little_training_keeps_somebody_low_whatever_the_index() {
    let (_site, clerk) = clerk().await;
    for (forward, training, growth, index, by_index, potential) in [
        ("80", "39", "50", "58.7", "mid", "low"),
        ("80", "40", "50", "59.0", "mid", "mid"),
        ("90", "70", "60", "75.0", "high", "high"),
        ("60", "50", "36.66", "50.0", "mid", "mid"),
        ("60", "50", "36", "49.8", "low", "low"),
    ] {
        let id = clerk.made("talent", json!({"forward": forward, "training": training, "growth": growth})).await;
        let found = read(&clerk, "talent", &id).await;
        let of = format!("{:.1}", found["index"].as_f64().unwrap());
        assert_eq!(
            (of.as_str(), &found["by_index"], &found["potential"]),
            (index, &json!(by_index), &json!(potential))
        );
    }
}

#[tokio::test]
async fn three_weights_of_a_third_make_exactly_100() {
    let (_site, clerk) = clerk().await;
    for (weights, fits) in [(["33.33", "33.33", "33.34"], true), (["33.33", "33.33", "33.33"], false)] {
        let plan = clerk.made("plan", json!({})).await;
        for weight in weights {
            clerk.made("item", json!({"plan": plan, "weight": weight})).await;
        }
        let answer = clerk.patch(&format!("/api/v1/demo/plan/{plan}"), json!({"active": true})).await;
        assert_eq!(answer.status == StatusCode::OK, fits, "{}", answer.text());
        assert!(fits || answer.faults() == ["active:rule"], "{}", answer.text());
    }
}

/// What two departments call customer satisfaction.
fn two_meanings(second: &str) -> Vec<(&'static str, String)> {
    let term = |code: &str, label: &str, measure: &str| {
        format!(
            "code: {code}\nlabel: {label}\ndefinition: {{zh-CN: 客户满意度, en: Satisfaction}}\ndirection: higher\nfrequency: monthly\nowner: care\nmeasure: {measure}\n"
        )
    };
    let mean = |field: &str| format!("{{over: service, time: day, simple: avg({field})}}");
    let files = [
        ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n".to_owned()),
        (
            "entities/answer.yaml",
            "label: {zh-CN: 回答, en: Answer}\ndisplay: id\nfields:\n  day: {type: date, label: {zh-CN: 日期, en: Day}}\n  score: {type: integer, label: {zh-CN: 分, en: Score}}\n  sign: {type: integer, label: {zh-CN: 正负, en: Sign}, formula: 'IF(score >= 9, 1, IF(score <= 6, -1, 0))'}\n".to_owned(),
        ),
        (
            "entities/service.yaml",
            "label: {zh-CN: 售后, en: Service}\ndisplay: id\nfields:\n  day: {type: date, label: {zh-CN: 日期, en: Day}}\n  solved: {type: decimal, label: {zh-CN: 首次解决, en: Solved}}\n  again: {type: decimal, label: {zh-CN: 二次投诉, en: Again}}\n".to_owned(),
        ),
        ("dictionary/care.yaml", term("S1", "{zh-CN: 客户满意度, en: Customer satisfaction}", "{over: answer, time: day, ratio: {numerator: sum(sign), denominator: count, times: 100}}")),
        ("dictionary/solved.yaml", term("S3", "{zh-CN: 首次解决, en: Solved}", &mean("solved"))),
        ("dictionary/again.yaml", term("S4", "{zh-CN: 二次投诉, en: Again}", &mean("again"))),
        ("dictionary/after.yaml", term("S2", second, "{derived: 0.6 * solved + 0.4 * (100 - again)}")),
        (
            "roles/clerk.yaml",
            "label: Clerk\ngrants:\n  - {entity: answer, actions: [create, read]}\n  - {entity: service, actions: [create, read]}\n".to_owned(),
        ),
    ];
    files.to_vec()
}

#[tokio::test]
async fn one_name_for_two_numbers_is_a_conflict_until_one_is_renamed() {
    // Written with a space and in wide letters it is the same name.
    let site = Site::of(&two_meanings("{zh-CN: 客户 满意度, en: ＣＵＳＴＯＭＥＲ satisfaction}")).await;
    let clerk = site.signed_in("ann", &["clerk"]).await;
    for (score, count) in [(10, 11), (8, 6), (3, 3)] {
        for _ in 0..count {
            clerk.made("answer", json!({"day": "2025-11-03", "score": score})).await;
        }
    }
    clerk.made("service", json!({"day": "2025-11-03", "solved": "82", "again": "5"})).await;
    let values = async || {
        let mut values = Vec::new();
        for term in ["care", "after"] {
            let path = format!("/api/v1/terms/{term}/series?grain=month&from=2025-11&to=2025-11");
            values.push(clerk.get(&path).await.json()["items"][0]["value"].as_f64().unwrap());
        }
        values
    };
    let conflicts = async || {
        let found = clerk.get("/api/v1/dictionary/conflicts").await.json();
        found["items"].as_array().unwrap().len()
    };
    assert_eq!((values().await, conflicts().await), (vec![40.0, 87.2], 1));
    site.publish(&two_meanings("{zh-CN: 售后满意度, en: Satisfaction after sales}")).await;
    assert_eq!((values().await, conflicts().await), (vec![40.0, 87.2], 0));
}
