//! Terms over HTTP: who sees them, their values, the rows behind, and what is said where there is none.

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::support::{Client, FILES, Site, encoded};

const WEIGHT: &str = "
code: W1
label: {zh-CN: 目标权重, en: Weight of goals}
aliases: {zh-CN: [权重合计], en: [Total weight]}
definition: {zh-CN: 到期目标的权重合计, en: Weight of the goals due}
unit: '%'
direction: higher
frequency: monthly
owner: care
status: approved
version: 2
target: 80
scale: {ratio: {}, grades: [{from: 100, grade: A, factor: '1.2'}, {grade: B}]}
measure: {over: goal, time: due, subject: owner, where: 'status == \"open\"', simple: sum(weight)}
";

const PAY: &str = "
code: W2
label: {zh-CN: 平均工资, en: Mean pay}
definition: {zh-CN: 平均工资, en: Mean pay}
direction: none
frequency: yearly
owner: pay
measure: {over: person, time: created_at, simple: avg(salary)}
";

/// Goals of those who are paid, which readers may not know.
const PAID: &str = "
code: W3
label: {zh-CN: 薪酬, en: Paid}
definition: {zh-CN: 薪酬合计, en: What is paid}
direction: none
frequency: yearly
owner: pay
measure: {over: goal, time: due, subject: owner, where: owner.salary > 0, simple: sum(weight)}
";

const TEAM: &str = "
label: {zh-CN: 球队, en: Team}
display: name
fields:
  name: {type: text, label: {zh-CN: 名称, en: Name}}
  games: {type: children, to: game, by: team, label: {zh-CN: 比赛, en: Games}}
  goals: {type: integer, label: {zh-CN: 进球, en: Goals}, rollup: {of: games, function: sum, field: goals}}
  weak: {type: boolean, label: {zh-CN: 弱, en: Weak}, formula: goals < 3}
";

const GAME: &str = "
label: {zh-CN: 比赛, en: Game}
display: goals
fields:
  team: {type: reference, to: team, label: {zh-CN: 球队, en: Team}}
  goals: {type: integer, label: {zh-CN: 进球, en: Goals}}
";

/// Decides by a number that a field adds up, two steps away.
const BY_HAND: &str = "
label: {zh-CN: 进球少, en: Few goals}
trigger: {schedule: {for: team, at: '08:00'}}
condition: weak
actions:
  - create: {entity: game, values: {team: id}}
";

async fn site() -> Site {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push(("dictionary/weight.yaml", WEIGHT.to_owned()));
    files.push(("dictionary/pay.yaml", PAY.to_owned()));
    Site::of(&files).await
}

/// Somebody who keeps goals, and the id of their owner.
async fn keeper(site: &Site) -> (Client, String) {
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let owner = keeper.made("person", json!({"code": "E1", "name": "王伟", "salary": "10000"})).await;
    for (title, weight, due, status) in [
        ("a", "30.5", "2025-10-31", "open"),
        ("b", "69.5", "2025-10-01", "open"),
        ("c", "40", "2025-11-15", "open"),
        ("d", "99", "2025-11-15", "closed"),
    ] {
        let goal = json!({"title": title, "weight": weight, "due": due, "status": status, "owner": owner});
        keeper.made("goal", goal).await;
    }
    (keeper, owner)
}

#[tokio::test]
async fn a_term_is_there_for_who_may_read_what_it_measures() {
    let site = site().await;
    let (keeper, _) = keeper(&site).await;
    let names = |answer: &Value| -> Vec<String> {
        answer["items"].as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    let all = keeper.get("/api/v1/terms").await.json();
    assert_eq!(names(&all), ["pay", "weight"]);
    let weight = keeper.get("/api/v1/terms/weight?lang=en").await.json();
    assert_eq!(
        (&weight["label"], &weight["status"], &weight["version"]),
        (&json!("Weight of goals"), &json!("approved"), &json!(2))
    );
    assert_eq!(
        weight["measure"],
        json!({"over": "goal", "time": "due", "subject": "owner", "where": "status == \"open\"", "simple": "sum(weight)"})
    );
    assert_eq!(names(&keeper.get(&format!("/api/v1/terms?q={}", encoded("权重合计"))).await.json()), ["weight"]);
    assert_eq!(names(&keeper.get("/api/v1/terms?status=proposed&owner=pay").await.json()), ["pay"]);
    let bob = site.signed_in("bob", &["reader"]).await;
    assert_eq!(names(&bob.get("/api/v1/terms").await.json()), ["weight"]);
    bob.get("/api/v1/terms/pay/series").await.refuses(404, "not-found");
    let eve = site.signed_in("eve", &[]).await;
    assert_eq!(names(&eve.get("/api/v1/terms").await.json()), Vec::<String>::new());
    eve.get("/api/v1/terms/weight/rows").await.refuses(404, "not-found");
}

#[tokio::test]
async fn values_come_with_their_parts_and_their_scores() {
    let site = site().await;
    let (keeper, owner) = keeper(&site).await;
    let path = "/api/v1/terms/weight/series?grain=month&from=2025-10&to=2025-12";
    let series = keeper.get(&format!("{path}&subject={owner}")).await;
    // As text, because a test that reads numbers through floating point shows nothing.
    assert!(series.text().starts_with(
        r#"{"term":"weight","version":2,"unit":"%","grain":"month","items":[{"period":"2025-10","value":100.00,"numerator":100.00,"denominator":null,"target":80,"score":120,"grade":"A","factor":1.2,"version":2,"as_of":null,"peers":null},"#
    ), "{}", series.text());
    let items = series.json()["items"].clone();
    assert_eq!(items[1]["value"].to_string(), "40.0");
    assert_eq!((&items[1]["grade"], &items[2]["value"]), (&json!("B"), &Value::Null));
    let quarter =
        keeper.get("/api/v1/terms/weight/series?grain=quarter&from=2025-10&to=2025-12&group=owner.code").await;
    assert_eq!(
        quarter.json()["items"],
        json!([{
            "period": "2025-Q4", "group": "E1", "value": 140.0, "numerator": 140.0, "denominator": null,
            "target": 80, "score": 120, "grade": "A", "factor": 1.2, "version": 2, "as_of": null, "peers": null,
        }])
    );
    let filtered = keeper.get(&format!("{path}&filter={}", encoded("title == \"a\""))).await.json();
    assert_eq!(filtered["items"][0]["value"], json!(30.5));
}

#[tokio::test]
async fn the_rows_behind_a_value_are_a_list() {
    let site = site().await;
    let (keeper, owner) = keeper(&site).await;
    let path = format!("/api/v1/terms/weight/rows?period=2025-10&subject={owner}&sort=title&fields=title,weight");
    let rows = keeper.get(&path).await.json();
    let titles: Vec<&str> =
        rows["items"].as_array().unwrap().iter().map(|row| row["title"].as_str().unwrap()).collect();
    assert_eq!((titles, &rows["next"]), (vec!["a", "b"], &Value::Null));
    let first = keeper.get(&format!("{path}&limit=1")).await.json();
    let next = first["next"].as_str().unwrap();
    let second = keeper.get(&format!("{path}&limit=1&cursor={next}")).await.json();
    assert_eq!((&second["items"][0]["title"], &second["next"]), (&json!("b"), &Value::Null));
    let rows = keeper.get("/api/v1/terms/weight/rows?period=2025-Q4&group=owner.code&value=E1").await.json();
    assert_eq!(rows["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn what_cannot_be_asked_says_why() {
    let site = site().await;
    let (keeper, _) = keeper(&site).await;
    for (query, expected) in [
        ("grain=fortnight", "grain:type"),
        ("from=yesterday", "from:format"),
        ("from=2025-12&to=2025-10", "to:range"),
        ("grain=day&from=2000&to=2025", "to:range"),
        ("group=nobody", "group:unknown"),
        ("subject=7", "subject:format"),
        ("filter=titel", "filter:formula.unknown-name"),
        ("perid=2025", "perid:unknown"),
    ] {
        let answer = keeper.get(&format!("/api/v1/terms/weight/series?{query}")).await;
        assert_eq!((answer.status, answer.faults()), (StatusCode::BAD_REQUEST, vec![expected.to_owned()]), "{query}");
    }
    let pay = keeper.get("/api/v1/terms/pay/series?group=subject").await;
    assert_eq!(pay.faults(), ["subject:subject"]);
}

#[tokio::test]
async fn the_document_has_the_terms_its_reader_sees() {
    let site = site().await;
    let (keeper, _) = keeper(&site).await;
    let document = keeper.get("/api/v1/openapi.json").await.json();
    let paths = document["paths"].as_object().unwrap();
    let of_terms: Vec<&String> = paths.keys().filter(|path| path.starts_with("/api/v1/terms")).collect();
    assert_eq!(of_terms.len(), 11, "{of_terms:?}");
    let governed = paths.keys().filter(|path| path.starts_with("/api/v1/dictionary"));
    assert_eq!(governed.count(), 2);
    for path in of_terms {
        let answer = keeper.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.text());
        let schema = &paths[path]["get"]["responses"]["200"]["content"]["application/json"]["schema"];
        super::openapi::fits(&document, schema, &answer.json(), path);
    }
    let bob = site.signed_in("bob", &["reader"]).await;
    let document = bob.get("/api/v1/openapi.json").await.json();
    let seen = |path: &str| document["paths"].get(path).is_some();
    assert!(seen("/api/v1/terms/weight/series") && !seen("/api/v1/terms/pay/series"));
}

#[tokio::test]
async fn the_dictionary_is_read_on_pages() {
    let site = site().await;
    let (keeper, _) = keeper(&site).await;
    let list = keeper.get("/dictionary?lang=en").await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.text());
    for word in ["Data dictionary", "Weight of goals", "sum of Weight", "Mean pay", "Approved"] {
        assert!(list.text().contains(word), "{word}");
    }
    let found = keeper.get(&format!("/dictionary?q={}&status=approved", encoded("权重"))).await;
    let links = |answer: &super::support::Answer, path: &str| {
        answer.text().replace("&#x2f;", "/").contains(&format!("href=\"{path}\""))
    };
    assert!(links(&found, "/dictionary/weight") && !links(&found, "/dictionary/pay"), "{}", found.text());
    let term = keeper.get("/dictionary/weight?lang=en").await;
    for word in
        ["Total weight", "status == &quot;open&quot;", "goal.weight", "<svg role=\"img\"", "higher is better", "40.00"]
    {
        assert!(term.text().contains(word), "{word}: {}", term.text());
    }
    let zh = keeper.get("/dictionary/weight?lang=zh-CN").await;
    assert!(zh.text().contains("“权重”合计") && zh.text().contains("数据来龙去脉"));
    let none = keeper.get("/dictionary/conflicts?lang=en").await;
    assert!(none.text().contains("No name has two meanings"));
    let eve = site.signed_in("eve", &[]).await;
    for path in ["/dictionary", "/dictionary/weight", "/dictionary/conflicts"] {
        assert_eq!(eve.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert!(!links(&eve.get("/me").await, "/dictionary") && links(&keeper.get("/me").await, "/dictionary"));
}

#[tokio::test]
async fn names_with_two_meanings_are_told() {
    let again = WEIGHT.replace("code: W1", "code: W3").replace("simple: sum(weight)", "simple: avg(weight)");
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push(("dictionary/weight.yaml", WEIGHT.to_owned()));
    files.push(("dictionary/other.yaml", again));
    let site = Site::of(&files).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let found = keeper.get("/api/v1/dictionary/conflicts").await.json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(found["items"][0]["terms"][0]["name"], "other");
    let page = keeper.get("/dictionary/conflicts?lang=en").await;
    assert!(page.text().contains("weightofgoals") && page.text().contains("mean of Weight"), "{}", page.text());
    // In a period those versions meet that counted then.
    let page = keeper.get("/dictionary/conflicts?lang=en&period=2025-10").await;
    assert!(page.text().contains("Version 2") && page.text().contains("value=\"2025-10\""), "{}", page.text());
    assert_eq!(keeper.get("/api/v1/dictionary/conflicts?period=soon").await.faults(), ["period:format"]);
    let unified = keeper.get("/api/v1/dictionary/unified").await.json();
    assert_eq!((&unified["usages"], &unified["rate"]), (&json!(0), &Value::Null));
    let meant = keeper.get(&format!("/api/v1/terms?name={}", encoded("目标 权重"))).await.json();
    assert_eq!(meant["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn people_decide_about_terms_over_http() {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push(("dictionary/weight.yaml", WEIGHT.replace("status: approved", "status: proposed")));
    files.push(("dictionary/twice.yaml", "code: W9\nlabel: {zh-CN: 两倍权重, en: Twice}\ndefinition: {zh-CN: 两倍, en: Twice}\ndirection: none\nfrequency: monthly\nowner: care\nmeasure: {derived: weight * 2}\n".to_owned()));
    let role = |acts: &str| format!("label: {{zh-CN: 口径, en: Terms}}\nterms: {{actions: [{acts}]}}\ngrants: []\n");
    let board = |label: &str| {
        format!(
            "kind: dashboard\nlabel: {{zh-CN: 看板, en: Board}}\ntiles:\n  own: {{term: weight}}\n  other: {{term: weight, label: {label}}}\n"
        )
    };
    files.push(("pages/board.yaml", board("{zh-CN: 另一个数, en: Another}")));
    // A rule about a number that is made from the term and from what these people may not see.
    files.push(("dictionary/paid.yaml", PAID.to_owned()));
    files.push((
        "dictionary/per_pay.yaml",
        PAID.replace("W3", "W4").replace("薪酬", "每薪酬").replace("Paid", "Per pay").replace(
            "measure: {over: goal, time: due, subject: owner, where: owner.salary > 0, simple: sum(weight)}",
            "measure: {derived: weight / paid}",
        ),
    ));
    files.push(("rules/much.yaml", LATE.to_owned()));
    files.push(("rules/hidden.yaml", LATE.replace("term: weight", "term: per_pay")));
    files.push(("entities/warning.yaml", WARNING.to_owned()));
    files.push(("entities/team.yaml", TEAM.to_owned()));
    files.push(("entities/game.yaml", GAME.to_owned()));
    files.push(("rules/by_hand.yaml", BY_HAND.to_owned()));
    files.push(("roles/plays.yaml", "label: {zh-CN: 球队, en: Teams}\ngrants:\n  - {entity: team, actions: [read]}\n  - {entity: game, actions: [read]}\n".to_owned()));
    files.push(("roles/speaks.yaml", role("comment")));
    files.push(("roles/reviews.yaml", role("review")));
    files.push(("roles/approves.yaml", role("approve")));
    let site = Site::of(&files).await;
    let ann = site.signed_in("ann", &["reader", "speaks"]).await;
    let bob = site.signed_in("bob", &["reader", "reviews"]).await;
    let cid = site.signed_in("cid", &["reader", "approves"]).await;
    let life = "/api/v1/terms/weight/life";
    let told = cid.get(&format!("{life}?lang=en")).await.json();
    assert_eq!((&told["status"], &told["version"], &told["acts"]), (&json!("proposed"), &json!(2), &json!([])));
    let touched = json!([
        {"kind": "term", "name": "twice", "label": "Twice"}, {"kind": "page", "name": "board", "label": "Board"},
        {"kind": "rule", "name": "much", "label": "Much weight"}
    ]);
    assert_eq!(told["touches"], touched);
    let keeper = site.signed_in("keeper", &["keeper", "approves", "plays"]).await;
    let told = keeper.get(&format!("{life}?lang=en")).await.json();
    let names: Vec<&str> =
        told["touches"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["per_pay", "twice", "board", "hidden", "much"]);
    assert_eq!(
        (&told["may"], &ann.get(life).await.json()["may"]),
        (&json!(["comment", "deprecate"]), &json!(["comment"]))
    );

    let deed = |deed: &str, said: &str| json!({"deed": deed, "version": 2, "said": said});
    ann.post(life, deed("approve", "")).await.refuses(403, "denied");
    assert_eq!(ann.post(life, deed("comment", "")).await.faults(), ["said:required"]);
    assert_eq!(ann.post(life, deed("comment", "含税吗？<b>")).await.status, StatusCode::OK);
    cid.post(life, deed("approve", "")).await.refuses(412, "stale");
    bob.post(life, json!({"deed": "review", "version": 1})).await.refuses(412, "stale");
    assert_eq!(bob.post(life, deed("review", "")).await.json()["status"], json!("reviewed"));

    // What boards show counts as unified while its term is approved, and by one of its names.
    let unified = async || cid.get("/api/v1/dictionary/unified").await.json();
    let told = unified().await;
    // Two tiles, and the one rule about a number that they see.
    assert_eq!((&told["usages"], &told["unified"], told["rate"].as_f64()), (&json!(3), &json!(0), Some(0.0)), "{told}");

    // On the page: what is said, who may do what, and the same acts by a form.
    let page = cid.get("/dictionary/weight?lang=en").await;
    for word in ["Reviewed", "含税吗？&lt;b&gt;", "Version 2", "Approve", "Deprecate", "Twice"] {
        assert!(page.text().contains(word), "{word}: {}", page.text());
    }
    assert!(!page.text().contains("Send back"));
    let form = async |body: &str| {
        let kind = Some("application/x-www-form-urlencoded");
        cid.raw(Method::POST, "/dictionary/weight/life", &[], kind, body.as_bytes().to_vec()).await
    };
    let wrong = form("deed=deprecate&version=2&said=").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.text());
    let done = form("deed=approve&version=2&said=ok").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert_eq!(cid.get("/api/v1/terms/weight").await.json()["status"], json!("approved"));
    let told = unified().await;
    assert_eq!((&told["unified"], told["rate"].as_f64()), (&json!(2), Some(66.67)), "{told}");
    assert_eq!(told["offenders"], json!([{"page": "board", "block": "other"}]));
    // The same stands on the page of the dictionary, with every part of it.
    let page = cid.get("/dictionary?lang=en").await.text().replace("&#x2f;", "/");
    for word in ["66.67%", "Of 3 numbers 2 are as the dictionary says", "Called otherwise", "/dictionary/rehearse/much"]
    {
        assert!(page.contains(word), "{word}: {page}");
    }
    let page = keeper.get("/dictionary?lang=zh-CN").await;
    assert!(page.text().contains("5 处数字中 2 处按数据字典") && page.text().contains("自行统计"), "{}", page.text());
    // Whoever keeps goals also sees the rule that adds up by itself.
    let told = keeper.get("/api/v1/dictionary/unified").await.json();
    let offenders = json!([{"rule": "by_hand"}, {"rule": "hidden"}, {"page": "board", "block": "other"}]);
    assert_eq!((&told["usages"], &told["offenders"]), (&json!(5), &offenders), "{told}");
    let approved = cid.get("/api/v1/terms?status=approved").await.json();
    assert_eq!(approved["items"].as_array().unwrap().len(), 1);
    let eve = site.signed_in("eve", &["speaks"]).await;
    eve.get(life).await.refuses(404, "not-found");
}

const LATE: &str = "
label: {zh-CN: 权重过高, en: Much weight}
trigger:
  watch:
    term: weight
    above: 50
    levels: {red: 1}
    alert: {entity: warning, rule: rule, subject: owner, level: level, state: state, opened: opened, closed: closed}
";

const WARNING: &str = "
label: {zh-CN: 预警, en: Warning}
display: rule
fields:
  rule: {type: text, label: {zh-CN: 规则, en: Rule}}
  owner: {type: reference, to: person, label: {zh-CN: 人员, en: Person}}
  level: {type: choice, label: {zh-CN: 级别, en: Level}, choices: {red: {label: {zh-CN: 红, en: Red alert}}}}
  state: {type: choice, label: {zh-CN: 状态, en: State}, choices: {open: {label: {zh-CN: 待处理, en: Open}}, resolved: {label: {zh-CN: 已解除, en: Over}}, void: {label: {zh-CN: 作废, en: Void}}}}
  opened: {type: date, label: {zh-CN: 触发日, en: Opened}}
  closed: {type: date, label: {zh-CN: 解除日, en: Closed}}
";

#[tokio::test]
async fn a_rule_is_rehearsed_over_http() {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push(("dictionary/weight.yaml", WEIGHT.to_owned()));
    files.push(("rules/much.yaml", LATE.to_owned()));
    files.push(("entities/warning.yaml", WARNING.to_owned()));
    files.push((
        "roles/warned.yaml",
        "label: {zh-CN: 预警, en: Warned}\ngrants:\n  - {entity: warning, actions: [read]}\n".to_owned(),
    ));
    let site = Site::of(&files).await;
    let (keeper, owner) = keeper(&site).await;
    let path = "/api/v1/rules/much/rehearsal";
    let found = keeper.get(&format!("{path}?from=2025-10-01&to=2025-12-31")).await.json();
    assert_eq!((&found["watched"], found["items"].as_array().unwrap().len()), (&json!(1), 1), "{found}");
    let alert = &found["items"][0];
    assert_eq!((&alert["subject"], &alert["name"], &alert["level"]), (&json!(owner), &json!("王伟"), &json!("red")));
    assert_eq!(
        (&alert["opened"], &alert["closed"], &alert["value"]),
        (&json!("2025-10-31"), &json!("2025-11-30"), &json!(100))
    );
    assert_eq!(keeper.get(&format!("{path}?from=soon")).await.faults(), ["from:format"]);
    assert_eq!(keeper.get(&format!("{path}?from=2025-12-01&to=2025-11-01")).await.faults(), ["to:range"]);
    let page = keeper.get("/dictionary/rehearse/much?from=2025-10-01&to=2025-12-31&lang=en").await;
    for word in ["1 alerts, of 1 with data.", "Red alert", "31 Oct 2025", "100.00"] {
        assert!(page.text().contains(word), "{word}: {}", page.text());
    }
    let eve = site.signed_in("eve", &["warned"]).await;
    eve.get(path).await.refuses(404, "not-found");
    assert_eq!(eve.get("/dictionary/rehearse/much").await.status, StatusCode::NOT_FOUND);
}

const CLOSES: &str = r#"
label: {zh-CN: 完成后再来, en: Once more}
trigger: {change: goal}
condition: status == "closed"
actions:
  - create: {entity: goal, values: {title: title}}
"#;

#[tokio::test]
async fn a_rule_that_follows_changes_is_rehearsed_with_the_readers_rights() {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push(("rules/closes.yaml", CLOSES.to_owned()));
    let site = Site::of(&files).await;
    let (keeper, _) = keeper(&site).await;
    let (path, days) = ("/api/v1/rules/closes/rehearsal", "?from=2025-11-20&to=2025-11-20");
    let found = keeper.get(&format!("{path}{days}")).await.json();
    assert_eq!((&found["fired"], &found["cut"], &found["unclear"]), (&json!(1), &json!(false), &json!(0)), "{found}");
    let item = &found["items"][0];
    assert_eq!(
        (&item["name"], &item["at"], &item["since"]),
        (&json!("d"), &json!("2025-11-20T01:00:00Z"), &json!(null))
    );
    assert_eq!(item["would"], json!([{"create": "goal", "each": null}]));
    assert_eq!(keeper.get(&format!("{path}?from=2025-12-01&to=2025-11-01")).await.faults(), ["to:range"]);
    let document = keeper.get("/api/v1/openapi.json").await.json();
    assert!(document["paths"][path]["get"].is_object());
    let page = keeper.get(&format!("/dictionary/rehearse/closes{days}&lang=en")).await;
    for word in ["It would have acted 1 times.", "Make one of “Goal”", "20 Nov 2025 09:00", "Once more"] {
        assert!(page.text().contains(word), "{word}: {}", page.text());
    }
    // A reader sees open goals only, and who sees none is not told of the rule.
    let reader = site.signed_in("rose", &["reader"]).await;
    assert_eq!(reader.get(&format!("{path}{days}")).await.json()["fired"], 0);
    let eve = site.signed_in("eve", &[]).await;
    eve.get(&format!("{path}{days}")).await.refuses(404, "not-found");
    assert_eq!(eve.get("/dictionary/rehearse/closes").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_evidence_of_an_alert_is_a_table() {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push(("dictionary/weight.yaml", WEIGHT.to_owned()));
    files.push(("rules/much.yaml", LATE.replace("closed: closed}", "closed: closed, evidence: evidence}")));
    files.push((
        "entities/warning.yaml",
        format!("{}  evidence: {{type: json, label: {{zh-CN: 依据, en: Evidence}}}}\n", WARNING.trim_start()),
    ));
    files.push((
        "roles/warned.yaml",
        "label: {zh-CN: 预警, en: Warned}\ngrants:\n  - {entity: warning, actions: [read, update]}\n".to_owned(),
    ));
    let site = Site::of(&files).await;
    keeper(&site).await;
    while site.engine.turn("one").await.unwrap() > 0 {}
    let eve = site.signed_in("eve", &["keeper", "warned"]).await;
    let found = eve.get("/api/v1/demo/warning").await.json();
    let id = found["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{found}")).to_owned();
    let page = eve.get(&format!("/r/warning/{id}?lang=en")).await;
    // The month, its value and the limit as the term writes them, and the level it led to.
    for word in ["Oct 2025", "100.00%", "50.00%", "Limit", "Red alert"] {
        assert!(page.text().contains(word), "{word}: {}", page.text());
    }
    assert!(!page.text().contains("numerator"), "{}", page.text());
    let page = eve.get(&format!("/r/warning/{id}?lang=zh-CN")).await;
    assert!(page.text().contains("2025年10月") && page.text().contains("界限"), "{}", page.text());
    assert!(!page.text().contains("numerator"), "{}", page.text());
}

#[tokio::test]
async fn what_a_change_touches_names_whatever_shows_the_term() {
    let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
    files.push(("dictionary/weight.yaml", WEIGHT.to_owned()));
    let count = WEIGHT.replace("W1", "W5").replace("权重", "个数").replace("Weight of goals", "How many goals");
    let count = count.replace("Total weight", "Number").replace("Weight of the goals due", "How many");
    files.push(("dictionary/many.yaml", count.replace("simple: sum(weight)", "simple: count")));
    files.push((
        "pages/beside.yaml",
        "kind: dashboard\nlabel: {zh-CN: 对照, en: Beside}\ntiles:\n  both: {term: many, chart: line, with: [weight]}\n"
            .to_owned(),
    ));
    files.push((
        "entities/aim.yaml",
        "label: {zh-CN: 考核项, en: Aim}\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 名称, en: Name}}\n  measured: {type: text, term: true, label: {zh-CN: 指标代码, en: Term}}\n"
            .to_owned(),
    ));
    files.push((
        "pages/aims.yaml",
        "kind: list\nlabel: {zh-CN: 考核项, en: Aims}\nentity: aim\ncolumns: [name, measured]\n".to_owned(),
    ));
    files.push((
        "roles/aims.yaml",
        "label: {zh-CN: 考核, en: Aims}\ngrants:\n  - {entity: aim, actions: [create, read]}\n".to_owned(),
    ));
    let site = Site::of(&files).await;
    let ann = site.signed_in("ann", &["keeper", "aims"]).await;
    let touched = async || {
        let told = ann.get("/api/v1/terms/weight/life?lang=en").await.json();
        let all = told["touches"].as_array().unwrap().clone();
        all.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(touched().await, ["beside"], "a page that draws it beside another");
    let aim = ann.made("aim", json!({"name": "Heavy", "measured": "W1"})).await;
    assert_eq!(touched().await, ["beside".to_owned(), "aims".to_owned(), format!("aim/{aim}")]);
    // Who may not read what names it hears nothing of it.
    let bob = site.signed_in("bob", &["keeper"]).await;
    let told = bob.get("/api/v1/terms/weight/life?lang=en").await.json();
    assert_eq!(told["touches"].as_array().unwrap().len(), 1, "{told}");
    // The same as a graph, from the fields it is measured from to what uses it.
    let names = |told: &Value, kind: &str| {
        let nodes = told["nodes"].as_array().unwrap().iter().filter(|node| node["kind"] == kind);
        nodes.map(|node| node["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let told = ann.get("/api/v1/terms/weight/lineage?lang=en").await.json();
    assert_eq!(names(&told, "page"), ["beside", "aims"], "{told}");
    assert_eq!(names(&told, "record"), [format!("aim/{aim}")], "{told}");
    let nodes = told["nodes"].as_array().unwrap();
    let at = |name: &str| nodes.iter().position(|node| node["name"] == name).unwrap();
    let (from, to) = (at("goal.weight"), at("weight"));
    let edges = told["edges"].as_array().unwrap();
    for edge in [json!({"from": from, "to": to}), json!({"from": to, "to": at("beside")})] {
        assert!(edges.contains(&edge), "{edge}: {told}");
    }
    let told = bob.get("/api/v1/terms/weight/lineage?lang=en").await.json();
    assert_eq!((names(&told, "page"), names(&told, "record")), (vec!["beside".to_owned()], Vec::new()), "{told}");
    assert_eq!(ann.get("/api/v1/terms/nothing/lineage").await.status, StatusCode::NOT_FOUND);
    // The page of the term draws them and lists them, though nobody decides about terms here.
    let page = ann.get("/dictionary/weight?lang=en").await.text().to_owned();
    for part in ["data-kind=\"page\"", "data-kind=\"record\"", "What changes with this term"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn the_rows_behind_a_finished_period_are_those_of_the_version_that_counted() {
    let with = |weight: String| {
        let mut files: Vec<(&str, String)> = FILES.iter().map(|(path, text)| (*path, (*text).to_owned())).collect();
        files.push(("dictionary/weight.yaml", weight));
        files
    };
    let site = Site::of(&with(WEIGHT.to_owned())).await;
    keeper(&site).await;
    site.publish(&with(WEIGHT.replace("version: 2", "version: 3").replace("\"open\"", "\"closed\""))).await;
    let ann = site.signed_in("ann", &["keeper"]).await;
    let path = "/api/v1/terms/weight";
    let found = ann.get(&format!("{path}/series?grain=month&from=2025-10&to=2025-11")).await.json();
    let told: Vec<_> = found["items"].as_array().unwrap().iter().map(|one| (&one["value"], &one["version"])).collect();
    assert_eq!(told.len(), 2, "{found}");
    assert_eq!((told[0].0.as_f64(), told[0].1), (Some(100.0), &json!(2)), "{found}");
    assert_eq!((told[1].0.as_f64(), told[1].1), (Some(99.0), &json!(3)), "{found}");
    for (period, titles) in [("2025-10", vec!["a", "b"]), ("2025-11", vec!["d"])] {
        let rows = ann.get(&format!("{path}/rows?period={period}&sort=title")).await.json();
        let items = rows["items"].as_array().unwrap_or_else(|| panic!("{rows}"));
        let found: Vec<&str> = items.iter().map(|one| one["title"].as_str().unwrap()).collect();
        assert_eq!(found, titles, "{period}");
    }
    let page = ann.get("/dictionary/weight/rows?period=2025-10&lang=en").await;
    assert!(page.text().contains("100.00%"), "{}", page.text());
    let page = ann.get("/dictionary/weight?lang=en").await;
    assert!(page.text().contains("Oct 2025 · Version 2"), "{}", page.text());
}
