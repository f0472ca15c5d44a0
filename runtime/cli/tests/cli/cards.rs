//! What rules of the performance app do of themselves: where work closes, whoever leads its author is asked once what they saw,
//! and a card that is left alone closes; an alert that is put off comes back.

use std::sync::{Arc, Mutex};

use engine::{Actor, Command, CommandError, Engine, Fields, Given, World};
use jiff::{SignedDuration, Timestamp};
use model::{Clock, Locale, RecordId, Value};
use policy::{Bin, List};
use serde_json::{Value as Json, json};
use store::{Account, Blobs, Store};

use crate::{
    on_both,
    support::{Place, repository},
};

on_both!(a_closed_artefact_gives_one_card_that_lapses_without_a_score, an_alert_that_is_put_off_comes_back_on_its_day);

/// A clock that a test moves.
struct Moved(Mutex<Timestamp>);

impl Clock for Moved {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap()
    }
}

fn fields(json: Json) -> Fields {
    json.as_object().unwrap().iter().map(|(name, value)| (name.clone(), Given::Json(value.clone()))).collect()
}

async fn create(engine: &Engine, actor: &Actor, entity: &str, values: Json) -> RecordId {
    let entity = actor.edition.app.entity_named(entity).unwrap().id;
    let command = Command::Create { entity, id: None, fields: fields(values) };
    engine.execute(actor, command).await.unwrap().first().unwrap().id
}

async fn update(engine: &Engine, actor: &Actor, entity: &str, id: RecordId, values: Json) -> Result<(), CommandError> {
    let entity = actor.edition.app.entity_named(entity).unwrap().id;
    engine.execute(actor, Command::Update { entity, id, expected: None, fields: fields(values) }).await.map(drop)
}

async fn account(engine: &Engine, login: &str, roles: &[&str], person: RecordId) {
    let account = Account {
        id: engine.new_id(),
        login: login.to_owned(),
        name: login.to_owned(),
        password_hash: String::new(),
        person: Some(person),
        roles: roles.iter().map(|role| (*role).to_owned()).collect(),
        active: true,
        locale: Locale::ZhCn,
        created_at: engine.now(),
    };
    engine.store().accounts().add(&[account]).await.unwrap();
}

async fn acting(engine: &Engine, login: &str) -> Actor {
    let account = engine.store().accounts().by_login(login).await.unwrap().unwrap();
    engine.actor(&account, Locale::ZhCn)
}

/// The cards that somebody sees: the artefact, the status and the score, with their ids.
async fn cards(engine: &Engine, actor: &Actor) -> Vec<(RecordId, String)> {
    let card = actor.edition.app.entity_named("feedback_card").unwrap().id;
    let list = List {
        entity: card,
        columns: ["artefact.title", "status", "score"]
            .iter()
            .map(|path| actor.edition.app.path(card, path).unwrap())
            .collect(),
        filter: formula::Predicate::always(),
        within: formula::Predicate::always(),
        search: None,
        sort: Vec::new(),
        limit: 100,
        after: None,
        bin: Bin::Outside,
        export: false,
    };
    let shown = |value: &Value| match value {
        Value::Null => "-".to_owned(),
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        other => panic!("{other:?}"),
    };
    let rows = engine.query(actor, list).await.unwrap().rows;
    rows.iter().map(|row| (row.id, row.values.iter().map(shown).collect::<Vec<_>>().join(" "))).collect()
}

async fn settled(engine: &Engine) {
    while engine.turn("test").await.unwrap() > 0 {}
}

/// The app with somebody, whoever leads them, and a clock.
async fn opened(place: &Place) -> (Engine, Arc<Moved>, [RecordId; 2]) {
    let store = Store::open(&place.data().place().unwrap()).await.unwrap();
    let clock = Arc::new(Moved(Mutex::new("2026-03-02T01:00:00Z".parse().unwrap())));
    let world = World { clock: clock.clone(), ids: loam::world::system().ids };
    let engine = Engine::open(store, Blobs::at(place.path("files")), world, loam::apps::compile()).await.unwrap();
    let system = engine.system();
    let unit = create(&engine, &system, "unit", json!({"code": "U", "name": "科室", "kind": "department"})).await;
    let category = create(&engine, &system, "post_category", json!({"code": "C", "name": "医护"})).await;
    let post = create(&engine, &system, "post", json!({"code": "P", "name": "医生", "category": category})).await;
    let lead = create(&engine, &system, "person", json!({"code": "E1", "name": "主任"})).await;
    let author = create(&engine, &system, "person", json!({"code": "E2", "name": "医生"})).await;
    let assigned = json!({"person": author, "unit": unit, "post": post, "manager": lead, "valid_from": "2026-01-01"});
    create(&engine, &system, "assignment", assigned).await;
    account(&engine, "lead", &["manager"], lead).await;
    account(&engine, "author", &[], author).await;
    (engine, clock, [lead, author])
}

fn apply(place: &Place) -> tokio::runtime::Runtime {
    let app = repository().join("templates/performance-management");
    place.fine(&["apply", app.to_str().unwrap(), "--yes"]);
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// What somebody was told by rules.
async fn told(engine: &Engine, actor: &Actor) -> usize {
    let notices = engine.store().notifications().of(actor.user, engine.now(), 50).await.unwrap();
    notices.iter().filter(|notice| notice.kind == "rule").count()
}

fn an_alert_that_is_put_off_comes_back_on_its_day(place: &Place) {
    apply(place).block_on(async {
        let (engine, clock, [lead, author]) = opened(place).await;
        let (leads, writes) = (acting(&engine, "lead").await, acting(&engine, "author").await);
        let alert = json!({"rule": "x", "person": author, "level": "red", "state": "acknowledged", "opened": "2026-03-01", "recipient": lead});
        let alert = create(&engine, &engine.system(), "alert", alert).await;
        let faults = update(&engine, &leads, "alert", alert, json!({"state": "snoozed"})).await;
        assert!(matches!(&faults, Err(CommandError::Invalid(faults)) if faults[0].field.as_deref() == Some("snoozed_until")));
        let off = json!({"state": "snoozed", "snoozed_until": "2026-03-04"});
        assert!(update(&engine, &writes, "alert", alert, off.clone()).await.is_err(), "it is not theirs");
        update(&engine, &leads, "alert", alert, off).await.unwrap();
        settled(&engine).await;
        for (days, times) in [(1, 0), (1, 1), (1, 1)] {
            *clock.0.lock().unwrap() += SignedDuration::from_hours(24 * days);
            settled(&engine).await;
            assert_eq!(told(&engine, &leads).await, times);
        }
        engine.store().close().await;
    });
}

fn a_closed_artefact_gives_one_card_that_lapses_without_a_score(place: &Place) {
    apply(place).block_on(async {
        let (engine, clock, _) = opened(place).await;
        let (leads, writes) = (acting(&engine, "lead").await, acting(&engine, "author").await);

        let report = json!({"title": "结案报告", "kind": "project_report", "stage": "open"});
        let report = create(&engine, &writes, "artefact", report).await;
        settled(&engine).await;
        assert!(cards(&engine, &leads).await.is_empty());
        update(&engine, &writes, "artefact", report, json!({"stage": "closed"})).await.unwrap();
        settled(&engine).await;
        let told = cards(&engine, &leads).await;
        assert_eq!(told.iter().map(|(_, card)| card.as_str()).collect::<Vec<_>>(), ["结案报告 pending -"]);
        assert!(cards(&engine, &writes).await.is_empty(), "not before it is given");
        // Closed again, it is the same card.
        for stage in ["open", "closed"] {
            update(&engine, &writes, "artefact", report, json!({"stage": stage})).await.unwrap();
            settled(&engine).await;
        }
        assert_eq!(cards(&engine, &leads).await, told);
        assert_eq!(self::told(&engine, &leads).await, 1);

        // Given within the week, its author reads it.
        update(&engine, &leads, "feedback_card", told[0].0, json!({"score": 4, "note": "数据扎实"})).await.unwrap();
        assert_eq!(cards(&engine, &writes).await[0].1, "结案报告 given 4");
        // Another is left alone: on the seventh day it is still open, and then it closes by itself.
        create(&engine, &writes, "artefact", json!({"title": "方案", "kind": "proposal"})).await;
        settled(&engine).await;
        for (days, status) in [(6, "pending"), (1, "lapsed")] {
            *clock.0.lock().unwrap() += SignedDuration::from_hours(24 * days);
            settled(&engine).await;
            let leads = acting(&engine, "lead").await;
            assert_eq!(cards(&engine, &leads).await[1].1, format!("方案 {status} -"));
        }
        let leads = acting(&engine, "lead").await;
        let late = cards(&engine, &leads).await[1].0;
        let refused = update(&engine, &leads, "feedback_card", late, json!({"score": 5})).await;
        assert!(matches!(refused, Err(CommandError::NotFound { .. } | CommandError::Denied { .. })), "{refused:?}");
        engine.store().close().await;
    });
}
