//! What is done in cases, over HTTP: small processes, and what is done in a case of each, line by line. Whatever is refused
//! leaves the case as it was.
//!
//! A line says who does what, what the answer is, and how the case stands then: who is asked at which step, a step at which
//! nobody is asked in brackets, or how it ended. A line without the last leaves it as it was.

mod acts;
mod by_itself;
mod days;
mod flow;
mod stand_in;
mod ways;

use std::{collections::HashMap, sync::Mutex};

use jiff::SignedDuration;
use serde_json::{Map, Value, json};

use super::support::{Answer, Client, Site};

const ROOT: &str = "/api/v1/demo/workflows";

const FILES: [(&str, &str); 6] = [
    ("app.yaml", "name: demo\nlabel: Demo\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: Person\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: Name}\n  manager: {type: reference, to: person, stands_for: manager, label: Manager}\n",
    ),
    (
        "entities/thing.yaml",
        "label: Thing\ndisplay: title\nfields:\n  title: {type: text, label: Title}\n  person: {type: person, label: Person}\n  size: {type: integer, label: Size}\n  ready: {type: boolean, label: Ready}\n  note: {type: text, label: Note}\n  above: {type: reference, to: thing, label: Above}\n",
    ),
    (
        "entities/part.yaml",
        "label: Part\ndisplay: title\nfields:\n  title: {type: text, label: Title}\n  thing: {type: reference, to: thing, label: Thing}\n",
    ),
    (
        "workflows/part.yaml",
        "label: Part\nentity: part\nguard: boss\nsteps:\n  look: {label: Look, approval: {who: [{role: amy}]}}\n",
    ),
    ("roles/team.yaml", "label: Team\ngrants:\n  - {entity: thing, actions: [read]}\n"),
];

/// A process, and what is done in a case of it.
struct Play {
    /// What the workflow is called.
    name: &'static str,
    /// Its steps, one a line; what begins with `@` is said of the workflow itself.
    steps: &'static str,
    /// Who does what, what the answer is, and how the case stands then.
    script: &'static str,
    /// What has happened in the end.
    trail: &'static str,
}

fn written(play: &Play) -> String {
    let lines = play.steps.trim().lines().map(str::trim);
    let (head, steps): (Vec<&str>, Vec<&str>) = lines.partition(|line| line.starts_with('@'));
    let head: Vec<&str> = head.iter().map(|line| line.trim_start_matches('@')).collect();
    let labelled = |line: &&str| {
        let (name, rest) = line.split_once(": {").unwrap();
        format!("  {name}: {{label: {name}, {rest}")
    };
    let steps: Vec<String> = steps.iter().map(labelled).collect();
    let (name, head, steps) = (play.name, head.join("\n"), steps.join("\n"));
    format!("label: {name}\nentity: thing\nguard: boss\n{head}\nsteps:\n{steps}\n")
}

fn files(plays: &[Play]) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> =
        FILES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    for role in ["amy", "ben", "cid", "dan", "nobody"] {
        let text = format!("label: {role}\ngrants:\n  - {{entity: thing, actions: [read]}}\n");
        files.push((format!("roles/{role}.yaml"), text));
    }
    let may = |action: &str| -> String {
        let names = plays.iter().map(|play| play.name).chain(["part"]);
        let grants: Vec<String> =
            names.map(|name| format!("  - {{workflow: {name}, actions: [{action}]}}\n")).collect();
        grants.concat()
    };
    let grants = "  - {entity: person, actions: [read]}\n  - {entity: thing, actions: [create, read, update]}\n  - {entity: part, actions: [create, read, update]}\n";
    let member = format!("label: Member\neveryone: true\ngrants:\n{grants}workflows:\n{}", may("start"));
    let grants = "  - {entity: person, actions: [create, read]}\n";
    let boss = format!("label: Boss\ngrants:\n{grants}workflows:\n{}", may("manage"));
    files.extend([("roles/member.yaml".to_owned(), member), ("roles/boss.yaml".to_owned(), boss)]);
    files.extend(plays.iter().map(|play| (format!("workflows/{}.yaml", play.name), written(play))));
    files
}

/// Sam, who starts; Amy, Ben, Cid and Dan, who are asked; Mia, who manages; Zoe, whom nothing concerns.
struct Stage {
    site: Site,
    /// Who is signed in; nobody any more once time has gone by.
    people: Mutex<HashMap<String, Client>>,
    amy: String,
}

impl Stage {
    async fn of(plays: &[Play]) -> Self {
        let files = files(plays);
        let files: Vec<(&str, String)> = files.iter().map(|(path, text)| (path.as_str(), text.clone())).collect();
        let site = Site::of(&files).await;
        let mia = site.signed_in("mia", &["boss"]).await;
        // Ben leads Amy, and Cid leads Ben.
        let cid = mia.made("person", json!({"name": "CID"})).await;
        let ben = mia.made("person", json!({"name": "BEN", "manager": cid})).await;
        let amy = mia.made("person", json!({"name": "AMY", "manager": ben})).await;
        let others: [(&'static str, &[&str], Option<&String>); 6] = [
            ("sam", &[], None),
            ("amy", &["amy", "team"], Some(&amy)),
            ("ben", &["ben", "team"], Some(&ben)),
            ("cid", &["cid", "team"], Some(&cid)),
            ("dan", &["dan"], None),
            ("zoe", &[], None),
        ];
        let mut people = HashMap::from([("mia".to_owned(), mia)]);
        for (login, roles, person) in others {
            let person = person.map(|id| id.parse().unwrap());
            people.insert(login.to_owned(), site.signed_in_as(login, roles, person).await);
        }
        Self { site, people: Mutex::new(people), amy }
    }

    async fn person(&self, login: &str) -> Client {
        let known = self.people.lock().unwrap().get(login).cloned();
        let client = match known {
            Some(client) => client,
            None => self.site.begun(login).await,
        };
        self.people.lock().unwrap().insert(login.to_owned(), client.clone());
        client
    }

    /// Minutes go by, and what becomes due is done.
    async fn pass(&self, minutes: i64) {
        self.site.clock.pass(SignedDuration::from_mins(minutes));
        self.people.lock().unwrap().clear();
        while self.site.engine.turn("one").await.unwrap() > 0 {}
    }

    /// A record to start a case about, with what is below it where the steps go there.
    async fn begin<'s>(&'s self, play: &'s Play) -> Run<'s> {
        let sam = &self.person("sam").await;
        let thing = json!({"title": play.name, "person": self.amy, "size": 5, "ready": false});
        let record = sam.made("thing", thing).await;
        if play.steps.contains("each: ") {
            sam.made("thing", json!({"title": "below", "above": record})).await;
            for title in ["first", "second"] {
                sam.made("part", json!({"title": title, "thing": record})).await;
            }
        }
        Run { stage: self, play, record, case: None }
    }
}

/// What is said of an act: with whose task, some things by name, and words.
struct Said<'l> {
    whose: &'l str,
    named: Value,
    words: String,
}

impl<'l> Said<'l> {
    fn of(who: &'l str, rest: impl Iterator<Item = &'l str>) -> Self {
        let (mut whose, mut named, mut words) = (who, Map::new(), Vec::new());
        for word in rest {
            match (word.strip_prefix('@'), word.split_once('=')) {
                (Some(other), _) => whose = other,
                (None, Some((name, value))) => {
                    let value = serde_json::from_str(value).unwrap_or_else(|_| Value::from(value));
                    named.insert(name.to_owned(), value);
                }
                (None, None) => words.push(word),
            }
        }
        Self { whose, named: Value::Object(named), words: words.join(" ") }
    }

    /// The people of that name, as a list.
    fn list(&self, name: &str) -> Vec<&str> {
        self.named[name].as_str().unwrap_or_default().split(',').filter(|login| !login.is_empty()).collect()
    }

    /// What is sent, and whether it is about a task.
    fn body(&self, verb: &str) -> (Value, bool) {
        let (words, named) = (&self.words, &self.named);
        let (act, mut body) = match verb {
            "yes" | "no" => ("decide", json!({"approve": verb == "yes", "opinion": words, "fields": named})),
            "keep" => (verb, json!({"draft": named})),
            "remove" => ("remove-signer", json!({})),
            "add-before" | "add-beside" | "add-after" => {
                let place = verb.trim_start_matches("add-");
                ("add-signer", json!({"to": self.list("to"), "place": place, "reason": words}))
            }
            "copy" => (verb, json!({"to": self.list("to")})),
            "discuss" => (verb, json!({"to": self.list("to"), "words": words})),
            "signal" => (verb, json!({"word": words})),
            "return" | "withdraw" | "transfer" | "delegate" | "jump" | "revive" | "terminate" | "rest" => {
                let mut body = named.clone();
                body["reason"] = words.as_str().into();
                (verb, body)
            }
            _ => (verb, named.clone()),
        };
        body["do"] = act.into();
        let tasks = [
            "decide",
            "keep",
            "return",
            "take-back",
            "transfer",
            "delegate",
            "add-signer",
            "remove-signer",
            "claim",
            "unclaim",
        ];
        (body, tasks.contains(&act))
    }
}

/// A case of a play.
struct Run<'s> {
    stage: &'s Stage,
    play: &'s Play,
    record: String,
    case: Option<String>,
}

impl Run<'_> {
    /// Does what a line says; answers what came of it.
    async fn act(&mut self, line: &str) -> String {
        let mut words = line.split_whitespace();
        let (who, verb) = (words.next().unwrap(), words.next().unwrap());
        let said = Said::of(who, words);
        if who == "time" {
            self.stage.pass(said.words.parse().unwrap()).await;
            return String::new();
        }
        let client = &self.stage.person(who).await;
        let record = format!("/api/v1/demo/thing/{}", self.record);
        let answer = match verb {
            "start" => self.start(client, &said).await,
            "set" => client.patch(&record, said.named).await,
            "reads" => {
                let read = client.get(&record).await.json();
                return format!("200 {}", read[&said.words].as_str().unwrap_or("-"));
            }
            "mine" => return self.mine(client).await,
            "counts" => {
                let counts = client.get(&format!("{ROOT}/counts")).await.json();
                return format!("200 open={} copied={}", counts["open"], counts["copied"]);
            }
            "batch" => batch(client, &said.words).await,
            "hand-over" => client.post(&format!("{ROOT}/hand-over"), said.named).await,
            _ => {
                let (mut body, of_task) = said.body(verb);
                if of_task {
                    body["task"] = self.task(said.whose).await;
                }
                client.post(&self.path(), body).await
            }
        };
        told(&answer)
    }

    fn path(&self) -> String {
        format!("{ROOT}/cases/{}", self.case.as_deref().unwrap())
    }

    async fn start(&mut self, client: &Client, said: &Said<'_>) -> Answer {
        let steps = said.named.as_object().unwrap().keys();
        let chosen: HashMap<&String, Vec<&str>> = steps.map(|step| (step, said.list(step))).collect();
        let body = json!({"record": self.record, "chosen": chosen});
        let begun = client.post(&format!("{ROOT}/{}/cases", self.play.name), body).await;
        self.case = begun.json()["id"].as_str().map(str::to_owned).or(self.case.take());
        begun
    }

    /// The case as whoever manages it sees it.
    async fn shown(&self) -> Value {
        let answer = self.stage.person("mia").await.get(&self.path()).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    }

    /// Somebody's task that is open, or their last: `amy`, or `amy.check` at that step.
    async fn task(&self, whose: &str) -> Value {
        let (who, step) = whose.split_once('.').unwrap_or((whose, ""));
        let shown = self.shown().await;
        let tasks = shown["tasks"].as_array().unwrap();
        let at = |task: &Value| step.is_empty() || task["step"] == step;
        let theirs = || tasks.iter().filter(|task| task["who"] == who.to_uppercase() && at(task));
        let open = theirs().find(|task| task["state"] == "open");
        let found = open.or_else(|| theirs().max_by_key(|task| task["number"].as_u64()));
        found.unwrap_or_else(|| panic!("{whose} was never asked: {shown}"))["number"].clone()
    }

    /// How the case stands.
    async fn stands(&self) -> String {
        if self.case.is_none() {
            return String::new();
        }
        let shown = self.shown().await;
        if shown["state"] == "ended" {
            return format!("= {}", shown["outcome"].as_str().unwrap());
        }
        let tasks = shown["tasks"].as_array().unwrap().iter().filter(|task| task["state"] == "open");
        let open: Vec<(String, &str)> =
            tasks.map(|task| (task["who"].as_str().unwrap().to_lowercase(), task["step"].as_str().unwrap())).collect();
        let steps = shown["steps"].as_array().unwrap().iter().map(|step| step.as_str().unwrap());
        let silent = steps.filter(|step| !open.iter().any(|(_, asked)| asked == step)).map(|step| format!("({step})"));
        let mut parts: Vec<String> = open.iter().map(|(who, step)| format!("{who}:{step}")).chain(silent).collect();
        parts.sort();
        if shown["state"] == "resting" {
            parts.insert(0, "resting".to_owned());
        }
        parts.join(" ")
    }

    /// What somebody is asked: the step, whether it is claimed, and what they have kept.
    async fn mine(&self, client: &Client) -> String {
        let answer = client.get(&self.path()).await;
        let shown = answer.json();
        let mine = &shown["mine"];
        if answer.status != 200 {
            return told(&answer);
        }
        let mut words = vec!["200".to_owned(), mine["step"].as_str().unwrap_or("-").to_owned()];
        words.extend(["to_claim", "claimed"].into_iter().filter(|word| mine[word] == true).map(str::to_owned));
        if !mine["draft"].is_null() {
            words.push(mine["draft"].to_string());
        }
        words.join(" ")
    }

    /// Nothing is left open for those who come next.
    async fn over(&self) {
        if self.case.is_some() && self.shown().await["state"] != "ended" {
            let ended =
                self.stage.person("mia").await.post(&self.path(), json!({"do": "terminate", "reason": "over"})).await;
            assert_eq!(ended.status, 200, "{}", ended.text());
        }
    }
}

/// Answers everything somebody is asked at once, or with `one` the first of it; `odd` adds an answer to what nobody asked.
async fn batch(client: &Client, words: &str) -> Answer {
    let inbox = client.get(&format!("{ROOT}/tasks")).await.json();
    let approve = words.starts_with("yes");
    let items = inbox["items"].as_array().unwrap().iter();
    let mut answers: Vec<Value> =
        items.map(|item| json!({"case": item["case"], "task": item["task"], "approve": approve})).collect();
    if words.ends_with("one") {
        answers.truncate(1);
    }
    if words.ends_with("odd") {
        let odd = json!({"case": answers[0]["case"], "task": 999, "approve": approve});
        answers.push(odd);
    }
    client.post(&format!("{ROOT}/decide"), json!({"answers": answers})).await
}

/// The status, and what is wrong.
fn told(answer: &Answer) -> String {
    let (status, body) = (answer.status.as_u16(), answer.json());
    let error = &body["errors"][0];
    match (error["field"].as_str(), error["code"].as_str()) {
        (Some(field), Some(code)) => format!("{status} {field}:{code}"),
        (None, Some(code)) => format!("{status} {code}"),
        _ => status.to_string(),
    }
}

async fn perform(plays: &[Play]) {
    let stage = Stage::of(plays).await;
    for play in plays {
        let mut run = stage.begin(play).await;
        let mut stands = String::new();
        for line in play.script.trim().lines().map(str::trim) {
            let mut columns = line.split('|').map(str::trim);
            let (done, answered) = (columns.next().unwrap(), columns.next().unwrap());
            let answer = run.act(done).await;
            assert_eq!(answer, answered, "{}: {line}", play.name);
            if let Some(then) = columns.next() {
                stands = then.to_owned();
            }
            assert_eq!(run.stands().await, stands, "{}: {line}", play.name);
        }
        if run.case.is_some() {
            let shown = run.shown().await;
            let trail = shown["trail"].as_array().unwrap().iter().map(|event| event["act"].as_str().unwrap());
            assert_eq!(trail.collect::<Vec<_>>().join(" "), play.trail, "{}", play.name);
        }
        run.over().await;
    }
}
