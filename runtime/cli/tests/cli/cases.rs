//! A server that is gone from one moment to the next, at any commit of a case: the case ends the same, and everything it does
//! is done once. Two cases go through every kind of step and everything that comes to them by itself.

use std::{
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    on_both,
    support::{Place, Served, repository},
};

on_both!(
    a_case_survives_a_kill_at_every_step,
    a_case_that_time_moves_on_survives_a_kill_at_every_step,
    a_case_survives_the_signal_that_ends_a_process,
    cases_whose_steps_go_are_counted_before_they_do
);

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

/// What a rule begins, and time moves on: nobody answers for Ben.
const LATE: &str = "label: {zh-CN: 到期, en: Late}
entity: job
guard: taker
steps:
  fill: {label: {zh-CN: 填写, en: Fill in}, form: {who: [{role: taker}], edit: [size], require: [size]}}
  which: {label: {zh-CN: 规模, en: Size}, choose: [{when: size > 3, next: back}, {next: noted}]}
  back: {label: {zh-CN: 退回, en: Back}, approval: {who: [{role: silent}], timers: [{from: begins, days: 1, then: return}]}}
  noted: {label: {zh-CN: 提醒, en: Noted}, approval: {who: [{role: taker}], timers: [{from: begins, days: 1, then: remind}]}}
  handed: {label: {zh-CN: 转交, en: Handed}, approval: {who: [{role: silent}], timers: [{from: begins, days: 1, hand_to: [{role: taker}]}]}}
  passed: {label: {zh-CN: 通过, en: Passed}, approval: {who: [{role: silent}], timers: [{from: begins, days: 1, then: pass}]}}
  mark: {label: {zh-CN: 登记, en: Mark}, set: {of: note, fields: {title: '\"marked\"'}}}
  each: {label: {zh-CN: 逐项, en: Each}, begin: {workflow: part, each: job}}
  asked: {label: {zh-CN: 核验, en: Asked}, call: {plugin: luhn, with: {number: '\"x\"'}, into: {valid: valid}}, failed: other}
  never: {label: {zh-CN: 不会到, en: Never}, end: {}}
  other: {label: {zh-CN: 失败, en: Failed}, set: {state: '\"failed\"'}}
  done: {label: {zh-CN: 完成, en: Done}, end: {outcome: late}}
";

const LATE_PART: &str = "label: {zh-CN: 部分, en: Part}
entity: part
guard: taker
steps:
  check: {label: {zh-CN: 审批, en: Check}, approval: {who: [{role: taker}]}}
";

const LATE_RULE: &str = "label: {zh-CN: 开始, en: Begins}
trigger: {change: job}
condition: state == \"go\"
actions:
  - start: late
";

const LATE_ROLE: &str = "label: {zh-CN: 成员, en: Member}
everyone: true
grants:
  - {entity: job, actions: [create, read, update]}
  - {entity: part, actions: [create, read, update]}
  - {entity: note, actions: [create, read]}
workflows:
  - {workflow: late, actions: [manage]}
  - {workflow: part, actions: [manage]}
";

/// Where the server ends itself when nothing else is said: sides of commits by which a case or a letter is another.
const SAMPLE: [(&str, u32); 5] = [("after", 1), ("before", 2), ("after", 5), ("before", 9), ("after", 12)];

/// What a walk comes to, however often the server was ended on the way.
#[derive(Debug, PartialEq)]
struct Walked {
    acts: Vec<String>,
    outcome: Value,
    state: Value,
    valid: Value,
    /// What the records are called that steps make, or write into.
    notes: Vec<Value>,
    copies: usize,
    /// How the cases that begin once per part stand.
    parts: Vec<String>,
    /// What people were told.
    notices: Vec<String>,
}

/// An app, who has an account in it, and how a case of it is gone through.
struct Walk {
    files: Vec<(&'static str, String)>,
    accounts: &'static [(&'static str, &'static str)],
    /// The record that the case is about.
    job: fn(&Served) -> Value,
    /// What moves the case about that record on.
    next: fn(&Served, &str) -> Next,
}

fn usual() -> Walk {
    let files = [("roles/member.yaml", ROLE), ("workflows/walk.yaml", WALK), ("workflows/part.yaml", PART_FLOW)];
    Walk {
        files: files.map(|(path, text)| (path, text.to_owned())).into_iter().chain(entities(JOB)).collect(),
        accounts: &[("anna", "member")],
        job: |_| json!({"title": "roof", "begins": "2020-01-01"}),
        next,
    }
}

fn late() -> Walk {
    let only = |label: &str| {
        format!("label: {{zh-CN: {label}, en: {label}}}\ngrants:\n  - {{entity: job, actions: [read]}}\n")
    };
    let job = format!("{JOB}  note: {{type: reference, to: note, label: {{zh-CN: 记录, en: Note}}}}\n");
    let files = [
        ("roles/member.yaml", LATE_ROLE.to_owned()),
        ("roles/taker.yaml", only("Taker")),
        ("roles/silent.yaml", only("Silent")),
        ("rules/begins.yaml", LATE_RULE.to_owned()),
        ("workflows/late.yaml", LATE.to_owned()),
        ("workflows/part.yaml", LATE_PART.to_owned()),
    ];
    Walk {
        files: files.into_iter().chain(entities(&job)).collect(),
        accounts: &[("anna", "taker"), ("ben", "silent")],
        job: |served| {
            let note = made(served, "note", &json!({"title": "blank"}));
            json!({"title": "roof", "begins": "2020-01-01", "note": note})
        },
        next: next_late,
    }
}

fn entities(job: &str) -> [(&'static str, String); 4] {
    let texts =
        [("entities/part.yaml", PART), ("entities/note.yaml", NOTE), ("app.yaml", APP), ("entities/job.yaml", job)];
    texts.map(|(path, text)| (path, text.to_owned()))
}

/// How the server ends on the way.
#[derive(Clone, Copy)]
enum Ends<'a> {
    /// It does not.
    Never,
    /// By itself, once, at a commit.
    At(&'a str),
    /// By the signal that no process hears, while it answers and soon afterwards: so many milliseconds after each request.
    Killed(&'a [u64]),
}

fn made(served: &Served, entity: &str, body: &Value) -> String {
    let (status, answer) = served.send("POST", &format!("/walk/{entity}"), Some(body));
    assert_eq!(status, 201, "{answer}");
    answer["id"].as_str().unwrap().to_owned()
}

fn a_case_survives_a_kill_at_every_step(place: &Place) {
    let walk = usual();
    let (_, whole) = walked(place, &walk, Ends::Never);
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
    assert_eq!(whole.acts, expected);
    assert_eq!((&whole.outcome, &whole.state, &whole.valid), (&"whole".into(), &"checked".into(), &true.into()));
    assert_eq!((whole.notes.as_slice(), whole.copies), ([json!("roof")].as_slice(), 1));
    assert_eq!(whole.parts, ["ended", "ended"]);
    ends_the_same(place, &walk, &whole);
    place.fine(&["audit", "verify"]);
    replayed(place);
}

fn a_case_that_time_moves_on_survives_a_kill_at_every_step(place: &Place) {
    let walk = late();
    let (_, whole) = walked(place, &walk, Ends::Never);
    let expected = [
        "approve handed",
        "approve noted",
        "begin each",
        "call-failed asked",
        "end ",
        "late-hand-over handed",
        "late-pass passed",
        "late-return back",
        "remind noted",
        "start ",
        "submit fill",
        "submit fill",
        "write mark",
        "write other",
    ];
    assert_eq!(whole.acts, expected);
    assert_eq!((&whole.outcome, &whole.state, &whole.valid), (&"late".into(), &"failed".into(), &Value::Null));
    assert_eq!((whole.notes.as_slice(), whole.copies), ([json!("marked")].as_slice(), 0));
    assert_eq!(whole.parts, ["ended", "ended"]);
    ends_the_same(place, &walk, &whole);
}

/// Whatever was taken up by a process that was killed is free again after its lease, here two seconds, and is done once.
fn a_case_survives_the_signal_that_ends_a_process(place: &Place) {
    let walk = late();
    let (_, whole) = walked(place, &walk, Ends::Never);
    let place = place.another();
    let (killed, found) = walked(&place, &walk, Ends::Killed(&[0, 1, 3, 8, 20, 50, 120]));
    assert!(killed, "it was never killed");
    assert_eq!(found, whole);
}

/// `LOAM_KILLS=all` ends the server at every commit, on both sides, until a case ends without; otherwise at a few.
fn ends_the_same(place: &Place, walk: &Walk, whole: &Walked) {
    let ended_at = |side: &str, number: u32| {
        let place = place.another();
        let (halted, found) = walked(&place, walk, Ends::At(&format!("{side} {number}")));
        assert_eq!(&found, whole, "{side} commit {number}");
        place.fine(&["audit", "verify"]);
        halted
    };
    if std::env::var("LOAM_KILLS").as_deref() == Ok("all") {
        for side in ["before", "after"] {
            let many = (1..).take_while(|number| ended_at(side, *number)).count();
            println!("a case was ended {side} each of {many} commits");
            assert!(many > 20, "only {many} commits");
        }
    } else {
        for (side, number) in SAMPLE {
            assert!(ended_at(side, number), "there is no commit {number}");
        }
    }
}

/// Takes a case through all its steps, with a server that ends on the way as it is told to; whether it has, and what came of it.
fn walked(place: &Place, walk: &Walk, ends: Ends<'_>) -> (bool, Walked) {
    for (path, text) in &walk.files {
        place.write(&format!("walk/{path}"), text);
    }
    for file in ["luhn.yaml", "luhn.wat"] {
        let plugin = repository().join("examples/device-check/plugins").join(file);
        place.write(&format!("walk/plugins/{file}"), std::fs::read_to_string(plugin).unwrap());
    }
    place.fine(&["apply", "walk", "--yes"]);
    for &(login, role) in walk.accounts {
        assert_eq!(place.fed(&["user", "add", login, "--role", role, "--stdin"], "correct horse\n").code, 0);
    }
    let mut served = begun(place);
    let job = made(&served, "job", &(walk.job)(&served));
    for title in ["a", "b"] {
        made(&served, "part", &json!({"title": title, "job": job}));
    }
    // What follows from these is done before the commits of the case are counted.
    until(|| quiet(place));
    drop(served);
    let under = |variable: &str, value: &str| signed_in(place.serve_with(&[(variable, value)], &["serve"]));
    let mortal = || under("LOAM_TEST_LEASE", "2");
    let mut delays: std::slice::Iter<'_, u64> = [].iter();
    served = match ends {
        Ends::Never => begun(place),
        Ends::At(at) => under("LOAM_TEST_HALT", at),
        Ends::Killed(after) => {
            delays = after.iter();
            mortal()
        }
    };
    let (mut halted, mut case) = (false, String::new());
    until(|| {
        if served.has_ended() {
            assert!(matches!(ends, Ends::At(_)) && !halted, "the server ended, and was not told to");
            halted = true;
            // As if a minute had passed: what whoever is gone had taken up is free again.
            place.sql("UPDATE loam_outbox SET claimed_by = NULL, claimed_until = NULL WHERE state = 'pending'");
            served = begun(place);
        }
        match (walk.next)(&served, &job) {
            Next::Ask(method, path, body) => match delays.next() {
                None => drop(served.send(method, &path, Some(&body))),
                Some(after) => {
                    thread::scope(|scope| {
                        scope.spawn(|| {
                            thread::sleep(Duration::from_millis(*after));
                            served.kill_now();
                        });
                        drop(served.send(method, &path, Some(&body)));
                    });
                    until(|| served.has_ended());
                    halted = true;
                    served = mortal();
                }
            },
            Next::Wait => {}
            Next::Over(id) => case = id,
        }
        !case.is_empty() && quiet(place) && !served.has_ended()
    });
    let found = tally(place, &served, &case, &job);
    (halted, found)
}

/// Waits until something is so.
fn until(mut so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !so() {
        assert!(begun.elapsed() < Duration::from_secs(120), "nothing comes of it");
        thread::sleep(Duration::from_millis(20));
    }
}

/// Whether no letter that follows from a write or a case is left to be done.
fn quiet(place: &Place) -> bool {
    let left = "SELECT kind FROM loam_outbox WHERE state = 'pending' AND kind IN ('record.changed', 'case.due', 'plugin.call')";
    place.sql(left).is_empty()
}

fn tally(place: &Place, served: &Served, case: &str, job: &str) -> Walked {
    let ended = served.get(&format!("/walk/workflows/cases/{case}"));
    let acts = ended["trail"].as_array().unwrap().iter().map(|event| {
        let step = event["step"].as_str().unwrap_or_default();
        format!("{} {step}", event["act"].as_str().unwrap())
    });
    let mut acts: Vec<String> = acts.collect();
    // The two paths are taken in whatever order the ends left.
    acts.sort();
    let items = |path: &str| served.get(path)["items"].as_array().unwrap().clone();
    let now = served.get(&format!("/walk/job/{job}"));
    Walked {
        acts,
        outcome: ended["outcome"].clone(),
        state: now["state"].clone(),
        valid: now["valid"].clone(),
        notes: items("/walk/note").iter().map(|note| note["title"].clone()).collect(),
        copies: items("/walk/workflows/tasks?box=copied").len(),
        parts: place.sql("SELECT state FROM loam_case WHERE workflow = 'part' ORDER BY id"),
        notices: place.sql("SELECT kind FROM loam_notification WHERE kind = 'case'"),
    }
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
    signed_in(place.serve(&["serve"]))
}

fn signed_in(mut served: Served) -> Served {
    served.sign_in("anna", "correct horse");
    served
}

/// What moves a case on.
enum Next {
    /// A request, by method, path and body.
    Ask(&'static str, String, Value),
    /// All that is left comes by itself, or the server is gone.
    Wait,
    /// It has ended.
    Over(String),
}

/// What stands at an address; `None` where the server is gone.
fn got(served: &Served, path: &str) -> Option<Value> {
    let (status, answer) = served.send("GET", path, None);
    (status == 200).then_some(answer)
}

/// The case that a rule begins: Anna answers, in one step not before she was reminded, and time does the rest.
fn next_late(served: &Served, job: &str) -> Next {
    moves_late(served, job).unwrap_or(Next::Wait)
}

fn moves_late(served: &Served, job: &str) -> Option<Next> {
    let case_of = |line: &Value| format!("/walk/workflows/cases/{}", line["case"].as_str().unwrap());
    let happened = |case: &Value, act: &str| case["trail"].as_array().unwrap().iter().any(|event| event["act"] == act);
    let open = got(served, "/walk/workflows/tasks?box=open")?;
    if let Some(task) = open["items"].as_array().unwrap().first() {
        let path = case_of(task);
        let case = got(served, &path)?;
        if task["step"] == "noted" && !happened(&case, "remind") {
            return None;
        }
        // Small enough once it was returned, so that it is not returned again.
        let size = if happened(&case, "late-return") { 1 } else { 5 };
        let fields = if task["step"] == "fill" { json!({"size": size}) } else { json!({}) };
        let answer = json!({"do": "decide", "task": task["task"], "approve": true, "fields": fields});
        return Some(Next::Ask("POST", path, answer));
    }
    let done = got(served, "/walk/workflows/tasks?box=done")?;
    let Some(line) = done["items"].as_array().unwrap().iter().find(|line| line["workflow"] == "late").cloned() else {
        return Some(Next::Ask("PATCH", format!("/walk/job/{job}"), json!({"state": "go"})));
    };
    let case = got(served, &case_of(&line))?;
    (case["state"] == "ended").then(|| Next::Over(line["case"].as_str().unwrap().to_owned()))
}

fn next(served: &Served, job: &str) -> Next {
    let got = |path: &str| got(served, path);
    let Some(open) = got("/walk/workflows/tasks?box=open") else { return Next::Wait };
    if let Some(task) = open["items"].as_array().unwrap().first() {
        let path = format!("/walk/workflows/cases/{}", task["case"].as_str().unwrap());
        let fields = if task["step"] == "fill" { json!({"size": 5}) } else { json!({}) };
        let answer = json!({"do": "decide", "task": task["task"], "approve": true, "fields": fields});
        return Next::Ask("POST", path, answer);
    }
    let Some(started) = got("/walk/workflows/tasks?box=started") else { return Next::Wait };
    let Some(walk) = started["items"].as_array().unwrap().iter().find(|line| line["workflow"] == "walk").cloned()
    else {
        return Next::Ask("POST", "/walk/workflows/walk/cases".to_owned(), json!({"record": job}));
    };
    let id = walk["case"].as_str().unwrap().to_owned();
    if walk["state"] == "ended" {
        return Next::Over(id);
    }
    let path = format!("/walk/workflows/cases/{id}");
    let Some(case) = got(&path) else { return Next::Wait };
    let at = |step: &str| case["steps"].as_array().unwrap().iter().any(|at| at == step);
    if at("right") {
        return Next::Ask("PATCH", format!("/walk/job/{job}"), json!({"ready": true}));
    }
    if at("word") { Next::Ask("POST", path, json!({"do": "signal", "word": "go"})) } else { Next::Wait }
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
    // Every case is classed, by what the publish would make of it.
    let classes = || place.fine(&["plan", "walk", "--format", "json"]).json()["classes"].clone();
    let class = |changes: bool, gone: bool, counts: [i64; 3], reasons: Value| {
        let [keep, migrate, blocked] = counts;
        json!([{
            "workflow": "two", "changes": changes, "gone": gone, "keep": keep, "migrate": migrate, "blocked": blocked,
            "reasons": reasons,
        }])
    };
    let at = |step: &str, count: i64| json!({"step": step, "count": count});
    assert_eq!(classes(), class(false, false, [3, 0, 0], json!([])));
    // What is called otherwise has the same steps; a step that goes leaves those that stand there.
    place.edit("walk/workflows/two.yaml", "en: Check", "en: Look");
    assert_eq!(planned(), json!([]));
    place.edit("walk/workflows/two.yaml", "  check:", "  review:");
    assert_eq!(planned(), json!([{"workflow": "two", "gone": false, "step": "check", "count": 2}]));
    let said = place.fine(&["plan", "walk"]).out;
    assert!(said.contains("running cases whose steps go:"), "{said}");
    assert!(said.contains("`two` has no step `check` (Check) of that kind any more: 2 cases run there"), "{said}");
    let counts = "workflow `two`: 3 cases run; 0 kept as they are, 1 can be moved to the new steps, 2 blocked";
    assert!(said.contains(counts), "{said}");
    assert_eq!(classes(), class(true, false, [0, 1, 2], json!([at("check", 2)])));
    let said = place.fine(&["--lang", "zh-CN", "plan", "walk"]).out;
    assert!(said.contains("进行中 3 个，其中保持 0 个，可迁移 1 个，受阻 2 个"), "{said}");
    // Once it is done they stand as was said.
    place.fine(&["apply", "walk", "--yes"]);
    assert_eq!(classes(), class(false, false, [0, 1, 2], json!([at("check", 2)])));
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
