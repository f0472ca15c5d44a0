//! Many records made by one press, each with its case: in parts, once, with what came of it told to whoever pressed.

use engine::{Command, Fields, Given};
use model::RecordId;
use policy::List;
use serde_json::{Value, json};
use store::OutboxState;

use super::support::{Client, Site};

const FILES: [(&str, &str); 12] = [
    ("app.yaml", "name: demo\nlabel: {zh-CN: 演示, en: Demo}\nversion: 1.0.0\n"),
    (
        "entities/person.yaml",
        "label: {zh-CN: 人员, en: Person}\nstands_for: person\ndisplay: name\nfields:\n  name: {type: text, label: {zh-CN: 姓名, en: Name}}\n  team: {type: text, label: {zh-CN: 团队, en: Team}}\n  active: {type: boolean, label: {zh-CN: 在职, en: Active}}\n",
    ),
    (
        "entities/round.yaml",
        "label: {zh-CN: 轮次, en: Round}\ndisplay: title\nfields:\n  title: {type: text, label: {zh-CN: 名称, en: Title}}\n",
    ),
    (
        "entities/press.yaml",
        r"label: {zh-CN: 发起, en: Press}
display: team
fields:
  round: {type: reference, to: round, required: true, label: {zh-CN: 轮次, en: Round}}
  team: {type: text, label: {zh-CN: 团队, en: Team}}
  checks: {type: children, to: check, by: press, label: {zh-CN: 核对, en: Checks}}
  made: {type: integer, public: true, label: {zh-CN: 已发起, en: Made}, rollup: {of: checks, function: count}}
",
    ),
    (
        "entities/check.yaml",
        r"label: {zh-CN: 核对, en: Check}
display: note
fields:
  person: {type: person, required: true, label: {zh-CN: 人员, en: Person}}
  round: {type: reference, to: round, required: true, label: {zh-CN: 轮次, en: Round}}
  press: {type: reference, to: press, label: {zh-CN: 发起, en: Press}}
  note: {type: text, max: 12, label: {zh-CN: 备注, en: Note}}
unique:
  - [person, round]
",
    ),
    (
        "roles/member.yaml",
        "label: {zh-CN: 成员, en: Member}\neveryone: true\ngrants:\n  - {entity: person, actions: [read]}\n  - {entity: check, actions: [read]}\n",
    ),
    (
        "roles/keeper.yaml",
        "label: {zh-CN: 负责人, en: Keeper}\ngrants:\n  - {entity: round, actions: [create, read]}\n  - {entity: press, actions: [create, read]}\n",
    ),
    (
        "roles/steward.yaml",
        "label: {zh-CN: 流程管理员, en: Steward}\ngrants:\n  - {entity: person, actions: [create, read, update]}\nworkflows:\n  - {workflow: check, actions: [manage]}\n",
    ),
    (
        "workflows/check.yaml",
        "label: {zh-CN: 核对, en: Check}\nentity: check\nguard: steward\nsteps:\n  look: {label: {zh-CN: 本人核对, en: Look}, approval: {who: [person]}}\n  done: {label: {zh-CN: 完成, en: Done}, end: {}}\n",
    ),
    (
        "rules/everybody.yaml",
        r"label: {zh-CN: 全员核对, en: Everybody checks}
trigger: {change: press}
condition: round != null && team == null
actions:
  - create:
      entity: check
      each: {entity: person, by: person, where: active == true, values: {note: name}, tell: true}
      values: {round: round, press: id}
",
    ),
    (
        "rules/team.yaml",
        r"label: {zh-CN: 团队核对, en: A team checks}
trigger: {change: press}
condition: round != null && team != null
actions:
  - create:
      entity: check
      each: {entity: person, by: person, where: active == true, matching: {team: team}, values: {note: name}}
      values: {round: round, press: id}
",
    ),
    (
        "rules/begin.yaml",
        "label: {zh-CN: 开始核对, en: A check begins}\ntrigger: {change: check}\ncondition: press != null\nactions:\n  - start: check\n",
    ),
];

/// More than two parts.
const MANY: usize = 230;

struct Place {
    site: Site,
    keeper: Client,
    ann: Client,
    people: Vec<RecordId>,
    round: String,
}

/// Very many people, of whom Ann has an account, and one more who is there no longer; with a round to be checked.
async fn place() -> Place {
    let site = Site::of(&FILES.map(|(path, text)| (path, text.to_owned()))).await;
    site.account("stew", &["steward"]).await;
    let keeper = site.signed_in("keeper", &["keeper"]).await;
    let mut rows: Vec<Value> = (0..MANY).map(|at| json!({"name": format!("P{at}"), "active": true})).collect();
    rows.push(json!({"name": "GONE", "active": false}));
    let people = load(&site, rows).await;
    let ann = site.signed_in_as("ann", &[], people.first().copied()).await;
    let round = keeper.made("round", json!({"title": "Autumn"})).await;
    Place { site, keeper, ann, people, round }
}

/// People who come in from elsewhere.
async fn load(site: &Site, rows: Vec<Value>) -> Vec<RecordId> {
    let system = site.engine.system();
    let entity = system.edition.app.entity_named("person").unwrap().id;
    let fields = |row: Value| -> Fields {
        row.as_object().unwrap().iter().map(|(name, value)| (name.clone(), Given::Json(value.clone()))).collect()
    };
    let rows = rows.into_iter().map(|row| (None, fields(row))).collect();
    let outcome = site.engine.execute(&system, Command::Load { entity, rows }).await.unwrap();
    outcome.changed.iter().map(|changed| changed.id).collect()
}

impl Place {
    async fn settle(&self) {
        while self.site.engine.turn("one").await.unwrap() > 0 {}
    }

    /// How many checks there are, and how many of their cases run.
    async fn stands(&self) -> (usize, String) {
        let system = self.site.engine.system();
        let entity = system.edition.app.entity_named("check").unwrap().id;
        let checks = self.site.engine.query(&system, List::all(entity, 1_000)).await.unwrap().rows.len();
        let running = "SELECT CAST(count(*) AS TEXT) FROM loam_case WHERE workflow = 'check' AND ended IS NULL";
        (checks, self.site.read(running).await.remove(0))
    }

    /// What was parked: its kind, and why.
    async fn parked(&self) -> Vec<(String, String)> {
        let letters = self.site.engine.store().outbox().letters(OutboxState::Dead, 50).await.unwrap();
        letters.into_iter().map(|letter| (letter.entry.kind, letter.last_error.unwrap_or_default())).collect()
    }

    async fn press(&self, team: Option<&str>) -> String {
        let press = self.keeper.made("press", json!({"round": self.round, "team": team})).await;
        self.settle().await;
        press
    }

    /// What the keeper is told.
    async fn told(&self, text: &str) -> bool {
        self.keeper.get("/notifications").await.text().contains(text)
    }
}

fn both(many: usize) -> (usize, String) {
    (many, many.to_string())
}

#[tokio::test]
async fn everybody_gets_one_in_parts_however_often_it_is_pressed_or_killed() {
    let place = place().await;
    let press = place.keeper.made("press", json!({"round": place.round})).await;
    assert_eq!(place.stands().await, both(0), "not at the cost of the write");
    place.site.engine.turn("one").await.unwrap();
    let (first, _) = place.stands().await;
    assert!(first > 0 && first < MANY, "{first}");
    assert!(!place.told(&format!("{MANY} made")).await, "not before all are");
    // A node dies after it did a part and before it says so.
    place.site.say("UPDATE loam_outbox SET state = 'pending', attempts = 0 WHERE kind = 'rule.create'").await;
    place.settle().await;
    place.site.say("UPDATE loam_outbox SET state = 'pending', attempts = 0 WHERE kind = 'rule.create'").await;
    place.settle().await;
    assert_eq!(place.stands().await, both(MANY));
    assert!(place.told(&format!("{MANY} made")).await);
    let stands = place.keeper.get(&format!("/api/v1/demo/press/{press}")).await.json();
    assert_eq!(stands["made"], json!(MANY));
    // Whoever is asked finds it among what is theirs to do.
    let tasks = place.ann.get("/api/v1/demo/workflows/tasks").await.json();
    assert_eq!(tasks["items"].as_array().unwrap().len(), 1, "{tasks}");
    // Whoever joins later is added by pressing again, and the others keep what they have.
    load(&place.site, vec![json!({"name": "LATE", "active": true})]).await;
    place.press(None).await;
    assert_eq!(place.stands().await, both(MANY + 1));
    assert!(place.told(&format!("1 made; {MANY} were there already")).await);
    assert!(place.parked().await.is_empty());
}

#[tokio::test]
async fn one_that_is_refused_waits_with_its_reason_and_holds_up_no_other() {
    let place = place().await;
    let system = place.site.engine.system();
    let entity = system.edition.app.entity_named("person").unwrap().id;
    let name = |text: &str| vec![("name".to_owned(), Given::Json(json!(text)))];
    let rename = |text: &str| Command::Update { entity, id: place.people[120], expected: None, fields: name(text) };
    place.site.engine.execute(&system, rename("far longer than a note")).await.unwrap();
    place.press(None).await;
    assert_eq!(place.stands().await, both(MANY - 1));
    assert!(place.told(&format!("{} made; 1 could not be made, and an administrator sees why", MANY - 1)).await);
    let reason = ("rule.create".to_owned(), "some values were refused: note: range".to_owned());
    assert_eq!(place.parked().await, [reason]);
    // Put right, it is carried out after all.
    place.site.engine.execute(&system, rename("short")).await.unwrap();
    place.site.say("UPDATE loam_outbox SET state = 'pending', attempts = 0 WHERE state = 'dead'").await;
    place.settle().await;
    assert_eq!(place.stands().await, both(MANY));
    assert!(place.parked().await.is_empty());
}

#[tokio::test]
async fn only_those_who_have_what_the_record_says_get_one() {
    let place = place().await;
    let team = |name: &str, team: &str, active: bool| json!({"name": name, "team": team, "active": active});
    let others = [team("A1", "A", true), team("A2", "A", true), team("A3", "A", false), team("B1", "B", true)];
    load(&place.site, others.to_vec()).await;
    place.press(Some("A")).await;
    assert_eq!(place.stands().await, both(2));
    place.press(Some("C")).await;
    assert_eq!(place.stands().await, both(2));
    // Whoever pressed is told only where the rule says so.
    assert!(!place.told("2 made").await);
}
