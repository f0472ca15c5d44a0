//! A server that is killed at any moment of a case: the case ends the same, and everything it does is done once.

use std::{collections::BTreeMap, thread, time::Duration};

use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Place, Served, repository},
};

on_both!(a_case_survives_a_kill_at_every_step, cases_whose_steps_go_are_counted_before_they_do);

const APP: &str = "name: walk\nlabel: {zh-CN: 走查, en: Walk}\nversion: 1.0.0\n";

const JOB: &str = "label: {zh-CN: 工作, en: Job}
display: title
fields:
  title: {type: text, label: {zh-CN: 名称, en: Title}}
  size: {type: integer, label: {zh-CN: 规模, en: Size}}
  begins: {type: date, label: {zh-CN: 开始, en: Begins}}
  ready: {type: boolean, label: {zh-CN: 就绪, en: Ready}}
  state: {type: text, label: {zh-CN: 状态, en: State}}
  valid: {type: boolean, label: {zh-CN: 有效, en: Valid}}
";

const PART: &str = "label: {zh-CN: 部分, en: Part}
display: title
fields:
  title: {type: text, label: {zh-CN: 名称, en: Title}}
  job: {type: reference, to: job, label: {zh-CN: 工作, en: Job}}
";

const NOTE: &str = "label: {zh-CN: 记录, en: Note}
display: title
fields:
  title: {type: text, label: {zh-CN: 名称, en: Title}}
";

const ROLE: &str = "label: {zh-CN: 成员, en: Member}
everyone: true
grants:
  - {entity: job, actions: [create, read, update]}
  - {entity: part, actions: [create, read, update]}
  - {entity: note, actions: [create, read]}
workflows:
  - {workflow: walk, actions: [start, manage]}
  - {workflow: part, actions: [manage]}
";

/// Every kind of step.
const WALK: &str = "label: {zh-CN: 全程, en: Walk}
entity: job
steps:
  fill: {label: {zh-CN: 填写, en: Fill in}, form: {who: [{starter: true}], edit: [size], require: [size]}}
  check: {label: {zh-CN: 审批, en: Check}, approval: {who: [{starter: true}]}}
  mark: {label: {zh-CN: 登记, en: Mark}, set: {state: '\"checked\"'}}
  made: {label: {zh-CN: 归档, en: File}, create: {entity: note, fields: {title: title}}}
  size: {label: {zh-CN: 规模, en: Size}, choose: [{when: size > 3, next: fork}, {next: done}]}
  fork: {label: {zh-CN: 分开, en: Fork}, split: {paths: [{next: left}, {next: right}], join: met}}
  left: {label: {zh-CN: 左, en: Left}, approval: {who: [{starter: true}]}, next: met}
  right: {label: {zh-CN: 右, en: Right}, wait: {until: ready == true}}
  met: {label: {zh-CN: 会合, en: Met}, join: {}}
  word: {label: {zh-CN: 等口令, en: Word}, wait: {signal: go}}
  each: {label: {zh-CN: 逐项, en: Each}, begin: {workflow: part, each: job, wait: true}}
  later: {label: {zh-CN: 到期, en: Later}, wait: {time: {from: begins}}}
  told: {label: {zh-CN: 抄送, en: Copy}, notify: {to: [{starter: true}]}}
  asked: {label: {zh-CN: 核验, en: Asked}, call: {plugin: luhn, with: {number: '\"18\"'}, into: {valid: valid}}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: whole}}
";

const PART_FLOW: &str = "label: {zh-CN: 部分, en: Part}
entity: part
steps:
  check: {label: {zh-CN: 审批, en: Check}, approval: {who: [{starter: true}]}}
";

/// Moments after a request at which the server is killed, in milliseconds; the last lets it be done.
const KILLS: [u64; 4] = [0, 6, 30, 400];

fn a_case_survives_a_kill_at_every_step(place: &Place) {
    for (path, text) in [
        ("app.yaml", APP),
        ("entities/job.yaml", JOB),
        ("entities/part.yaml", PART),
        ("entities/note.yaml", NOTE),
        ("roles/member.yaml", ROLE),
        ("workflows/walk.yaml", WALK),
        ("workflows/part.yaml", PART_FLOW),
    ] {
        place.write(&format!("walk/{path}"), text);
    }
    for file in ["luhn.yaml", "luhn.wat"] {
        let plugin = repository().join("examples/device-check/plugins").join(file);
        place.write(&format!("walk/plugins/{file}"), std::fs::read_to_string(plugin).unwrap());
    }
    place.fine(&["apply", "walk", "--yes"]);
    assert_eq!(place.fed(&["user", "add", "anna", "--role", "member", "--stdin"], "correct horse\n").code, 0);
    let mut served = begun(place);
    let made = |served: &Served, entity: &str, body: Value| {
        let (status, answer) = served.send("POST", &format!("/walk/{entity}"), Some(&body));
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    };
    let job = made(&served, "job", json!({"title": "roof", "begins": "2020-01-01"}));
    for title in ["a", "b"] {
        made(&served, "part", json!({"title": title, "job": job}));
    }
    let mut tries: BTreeMap<String, usize> = BTreeMap::new();
    for _ in 0..120 {
        let Some(next) = next(&served, &job) else { break };
        let place_in = tries.entry(next.1.to_string()).or_default();
        let after = KILLS[(*place_in).min(KILLS.len() - 1)];
        *place_in += 1;
        thread::scope(|scope| {
            let asked = &served;
            let (method, path, body) = (next.0, &next.1, &next.2);
            scope.spawn(move || asked.send(method, path, Some(body)));
            thread::sleep(Duration::from_millis(after));
            served.kill_now();
        });
        drop(served);
        served = begun(place);
    }
    let case = served.get("/walk/workflows/tasks?box=started")["items"].as_array().unwrap().clone();
    let case = case.iter().find(|line| line["workflow"] == "walk").unwrap()["case"].as_str().unwrap().to_owned();
    let address = format!("/walk/workflows/cases/{case}");
    // What is due comes again when the one who took it up is known to be gone.
    let ended = served.wait_long(&address, |case| case["state"] == "ended");
    assert_eq!(ended["outcome"], "whole");
    let acts = ended["trail"].as_array().unwrap().iter().map(|event| {
        let step = event["step"].as_str().unwrap_or_default();
        format!("{} {step}", event["act"].as_str().unwrap())
    });
    let mut acts: Vec<String> = acts.collect();
    // The two paths are taken in whatever order the kills left.
    acts.sort();
    let mut expected = [
        "approve check",
        "approve left",
        "begin each",
        "call asked",
        "end ",
        "notify told",
        "ready right",
        "signal word",
        "start ",
        "submit fill",
        "time later",
        "write made",
        "write mark",
    ];
    expected.sort_unstable();
    assert_eq!(acts, expected);
    let count = |path: &str| served.get(path)["items"].as_array().unwrap().len();
    assert_eq!(count("/walk/note"), 1, "a record is made once");
    assert_eq!(count("/walk/workflows/tasks?box=copied"), 1);
    let started = served.get("/walk/workflows/tasks?box=started");
    let parts = started["items"].as_array().unwrap().iter().filter(|line| line["workflow"] == "part");
    assert_eq!(parts.clone().count(), 2, "a case begins once per part");
    assert!(parts.clone().all(|line| line["state"] == "ended"));
    let job = served.get(&format!("/walk/job/{job}"));
    assert_eq!((&job["state"], &job["valid"]), (&"checked".into(), &true.into()));
    drop(served);
    place.fine(&["audit", "verify"]);
    replayed(place);
}

/// The case that ended goes through the same steps and through others before these are published.
fn replayed(place: &Place) {
    let same = place.fine(&["replay", "walk", "walk"]);
    assert!(same.out.contains("1 past case: 1 the same, 0 otherwise"), "{}", same.out);
    let more = WALK
        .replace("  mark:", "  again: {label: {zh-CN: 复核, en: Again}, approval: {who: [{starter: true}]}}\n  mark:");
    place.write("walk/workflows/walk.yaml", &more);
    let other = place.fine(&["replay", "walk", "walk"]).out;
    for part in ["0 the same, 1 otherwise", "asked besides at Again: anna", "taken for a yes at: Again"] {
        assert!(other.contains(part), "{part}: {other}");
    }
    let json = place.fine(&["replay", "walk", "walk", "--format", "json"]).json();
    assert_eq!(json["differing"][0]["asked_now"][0]["step"], "again");
    let unknown = place.loam(&["replay", "walk", "walks"]);
    assert!(unknown.code != 0 && unknown.err.contains("`walk`"), "{}", unknown.err);
}

fn begun(place: &Place) -> Served {
    let mut served = place.serve(&["serve"]);
    served.sign_in("anna", "correct horse");
    served
}

/// What moves the case on: a request, by method, path and body; `None` when all that is left comes by itself.
fn next(served: &Served, job: &str) -> Option<(&'static str, String, Value)> {
    let open = served.get("/walk/workflows/tasks?box=open");
    if let Some(task) = open["items"].as_array().unwrap().first() {
        let path = format!("/walk/workflows/cases/{}", task["case"].as_str().unwrap());
        let fields = if task["step"] == "fill" { json!({"size": 5}) } else { json!({}) };
        let answer = json!({"do": "decide", "task": task["task"], "approve": true, "fields": fields});
        return Some(("POST", path, answer));
    }
    let started = served.get("/walk/workflows/tasks?box=started");
    let Some(walk) = started["items"].as_array().unwrap().iter().find(|line| line["workflow"] == "walk").cloned()
    else {
        return Some(("POST", "/walk/workflows/walk/cases".to_owned(), json!({"record": job})));
    };
    let path = format!("/walk/workflows/cases/{}", walk["case"].as_str().unwrap());
    let case = served.get(&path);
    let at = |step: &str| case["steps"].as_array().unwrap().iter().any(|at| at == step);
    if at("right") {
        return Some(("PATCH", format!("/walk/job/{job}"), json!({"ready": true})));
    }
    at("word").then(|| ("POST", path, json!({"do": "signal", "word": "go"})))
}

const TWO: &str = "label: {zh-CN: 审批, en: Approval}
entity: part
steps:
  check: {label: {zh-CN: 审核, en: Check}, approval: {who: [{starter: true}]}}
  sign: {label: {zh-CN: 签发, en: Sign}, approval: {who: [{starter: true}]}}
";

const TWO_ROLE: &str = "label: {zh-CN: 成员, en: Member}
everyone: true
grants:
  - {entity: part, actions: [create, read, update]}
workflows:
  - {workflow: two, actions: [start, manage]}
";

const TWO_PART: &str = "label: {zh-CN: 部分, en: Part}
display: title
fields:
  title: {type: text, label: {zh-CN: 名称, en: Title}}
";

fn cases_whose_steps_go_are_counted_before_they_do(place: &Place) {
    for (path, text) in [
        ("app.yaml", APP),
        ("entities/part.yaml", TWO_PART),
        ("roles/member.yaml", TWO_ROLE),
        ("workflows/two.yaml", TWO),
    ] {
        place.write(&format!("walk/{path}"), text);
    }
    place.fine(&["apply", "walk", "--yes"]);
    assert_eq!(place.fed(&["user", "add", "anna", "--role", "member", "--stdin"], "correct horse\n").code, 0);
    let served = begun(place);
    let mut cases = Vec::new();
    for title in ["a", "b", "c"] {
        let (status, part) = served.send("POST", "/walk/part", Some(&json!({"title": title})));
        assert_eq!(status, 201, "{part}");
        let (status, case) = served.send("POST", "/walk/workflows/two/cases", Some(&json!({"record": part["id"]})));
        assert_eq!(status, 201, "{case}");
        cases.push(format!("/walk/workflows/cases/{}", case["id"].as_str().unwrap()));
    }
    // One is a step further.
    let (_, shown) = served.send("GET", &cases[0], None);
    let yes = json!({"do": "decide", "task": shown["mine"]["task"], "approve": true});
    assert_eq!(served.send("POST", &cases[0], Some(&yes)).0, 200);
    let planned = || place.fine(&["plan", "walk", "--format", "json"]).json()["cases"].clone();
    assert_eq!(planned(), json!([]));
    // What is called otherwise has the same steps; a step that goes leaves those that stand there.
    place.edit("walk/workflows/two.yaml", "en: Check", "en: Look");
    assert_eq!(planned(), json!([]));
    place.edit("walk/workflows/two.yaml", "  check:", "  review:");
    assert_eq!(planned(), json!([{"workflow": "two", "gone": false, "step": "check", "count": 2}]));
    let said = place.fine(&["plan", "walk"]).out;
    assert!(said.contains("running cases whose steps go:"), "{said}");
    assert!(said.contains("`two` has no step `check` (Check) of that kind any more: 2 cases run there"), "{said}");
    // The whole workflow goes, and the publish says so too.
    std::fs::remove_file(place.path("walk/workflows/two.yaml")).unwrap();
    place.edit("walk/roles/member.yaml", "workflows:\n  - {workflow: two, actions: [start, manage]}\n", "");
    let step = |step: &str, count: i64| json!({"workflow": "two", "gone": true, "step": step, "count": count});
    assert_eq!(planned(), json!([step("check", 2), step("sign", 1)]));
    let said = place.fine(&["apply", "walk", "--yes"]).out;
    for part in
        ["workflow `two` goes: 2 cases run at `check` (Check)", "workflow `two` goes: 1 case runs at `sign` (Sign)"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert_eq!(planned(), json!([]));
}
