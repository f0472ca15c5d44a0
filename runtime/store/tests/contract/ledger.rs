//! The ledger's tables: what was written stays.

use ledger::{Algorithm, Ended, Entry, Sealed};
use model::{Uuid, Value};
use policy::Rights;
use serde_json::json;
use store::{NewEntry, Place, StoreError};

use crate::contract::world::{FILES, PERSON, READER, USER, World, app, new_id, now, with};

both!(
    what_was_written_stays,
    values_can_be_erased_and_nothing_else,
    no_ledger_no_write,
    history_is_masked,
    history_follows_renames
);

/// An entry as the engine writes them.
pub(crate) fn entry(record: Uuid) -> NewEntry {
    act(record, "create", json!({"after": {"name": "x"}}))
}

fn act(record: Uuid, action: &str, what: serde_json::Value) -> NewEntry {
    let (who, who_hash) = Sealed::new(Algorithm::Sha256, [1; 16], &json!({"login": "anna", "address": "10.0.0.1"}));
    let (what, what_hash) = Sealed::new(Algorithm::Sha256, [2; 16], &what);
    let entry = Entry {
        act: new_id().to_string(),
        action: action.to_owned(),
        actor: Some(USER.to_string()),
        at: "2025-11-20T01:00:00.000Z".to_owned(),
        behalf: None,
        facts: Some(r#"{"rows":1}"#.to_owned()),
        id: new_id().to_string(),
        object: "person".to_owned(),
        outcome: Ended::Done.word().to_owned(),
        record: Some(record.to_string()),
        session: Some("0123456789abcdef".to_owned()),
        what: Some(what_hash.to_string()),
        who: Some(who_hash.to_string()),
    };
    NewEntry { entry, who: Some(who), what: Some(what) }
}

/// Says words to the database past the store, as its owner could.
pub(crate) async fn say(world: &World, sql: &str) -> Result<(), sqlx::Error> {
    use sqlx::Connection;
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    match &world.place {
        Place::Sqlite(file) => {
            let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
            let mut connection = sqlx::SqliteConnection::connect_with(&options).await?;
            sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
        }
        Place::Postgres(url) => {
            let mut connection = sqlx::PgConnection::connect(url).await?;
            sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
        }
    }
}

pub(crate) async fn enter(world: &World, entries: Vec<NewEntry>) -> Result<(), StoreError> {
    world
        .write(move |tx| {
            let entries = entries.clone();
            Box::pin(async move { tx.enter(&entries).await })
        })
        .await
}

async fn what_was_written_stays(world: World) {
    enter(&world, vec![entry(new_id()), entry(new_id())]).await.unwrap();
    say(&world, "INSERT INTO loam_leaf (position, entry, hash) SELECT 0, id, 'x' FROM loam_entry LIMIT 1")
        .await
        .unwrap();
    say(&world, "INSERT INTO loam_node (level, place, hash) VALUES (1, 0, 'x')").await.unwrap();
    say(&world, "INSERT INTO loam_head (size, note) VALUES (1, 'x')").await.unwrap();
    for refused in [
        "DELETE FROM loam_entry",
        "UPDATE loam_entry SET action = 'read'",
        "UPDATE loam_entry SET actor = NULL",
        "UPDATE loam_entry SET who_hash = NULL",
        "UPDATE loam_entry SET what = 'other'",
        "UPDATE loam_entry SET what = NULL",
        "UPDATE loam_entry SET who_salt = '00', who = NULL",
        "DELETE FROM loam_leaf",
        "UPDATE loam_leaf SET position = 1",
        "DELETE FROM loam_node",
        "UPDATE loam_node SET hash = 'y'",
        "DELETE FROM loam_head",
        "UPDATE loam_head SET note = 'y'",
    ] {
        let error = say(&world, refused).await.expect_err(refused);
        assert!(error.to_string().contains("the ledger keeps its entries"), "{refused}: {error}");
    }
}

async fn values_can_be_erased_and_nothing_else(world: World) {
    enter(&world, vec![entry(new_id())]).await.unwrap();
    say(&world, "UPDATE loam_entry SET what_salt = NULL, what = NULL").await.unwrap();
    say(&world, "UPDATE loam_entry SET who_salt = NULL, who = NULL").await.unwrap();
    // What is gone does not come back as something else.
    say(&world, "UPDATE loam_entry SET what_salt = '00', what = '{}'").await.unwrap_err();
}

async fn no_ledger_no_write(world: World) {
    say(&world, "DROP TABLE loam_unplaced").await.unwrap();
    enter(&world, vec![entry(new_id())]).await.unwrap_err();
}

async fn history_is_masked(world: World) {
    let a = world.add("unit", &[("code", "A".into())]).await.unwrap();
    let mine = world.add("person", &[("name", "mine".into()), ("unit", a.into())]).await.unwrap();
    let hidden = world.add("person", &[("name", "hidden".into()), ("level", Value::Int(1))]).await.unwrap();
    let all = json!({"salary": 1, "level": 1, "name": "x", "gone": 1});
    for id in [mine, hidden] {
        let acts = vec![
            act(id, "create", json!({"after": all})),
            act(id, "update", json!({"before": {"salary": 1}, "after": {"salary": 2}})),
            act(id, "read", json!({})),
        ];
        enter(&world, acts).await.unwrap();
    }
    let of = async |rights: &Rights, id, limit| {
        let request = world.get_of(rights, "person", id, &["name"]);
        let found = world.store.history(&world.app, &world.asking(), &request, limit).await.unwrap();
        let names = |act: store::Changed| (act.action, act.after.keys().cloned().collect::<Vec<_>>().join(" "));
        found.into_iter().map(names).collect::<Vec<_>>()
    };
    let told = |acts: &[(&str, &str)]| acts.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect::<Vec<_>>();
    let reader = world.reader();
    assert_eq!(of(&Rights::full(), mine, 9).await, told(&[("update", "salary"), ("create", "level name salary")]));
    assert_eq!(of(&Rights::full(), mine, 1).await, told(&[("update", "salary")]));
    // Level and salary show on some rows only, so past rows do not show them; what changed nothing else is left out.
    assert_eq!(of(&reader, mine, 9).await, told(&[("create", "name")]));
    assert_eq!(of(&reader, mine, 1).await, told(&[("create", "name")]));
    assert!(of(&reader, hidden, 9).await.is_empty());
    // Values that were erased leave the act.
    say(&world, "UPDATE loam_entry SET what_salt = NULL, what = NULL").await.unwrap();
    assert_eq!(of(&Rights::full(), mine, 9).await, told(&[("update", ""), ("create", "")]));
}

async fn history_follows_renames(mut world: World) {
    let id = world.add("person", &[("name", "p".into())]).await.unwrap();
    enter(&world, vec![act(id, "create", json!({"after": {"level": 3, "name": "p"}}))]).await.unwrap();
    let person = PERSON.replace("  level: {type", "  rank: {renamed_from: level, type");
    let reader = READER.replace("level", "rank");
    let mut files = with("entities/person.yaml", &person);
    files[3] = ("roles/reader.yaml", &reader);
    for (files, text) in [(&files, person.as_str()), (&FILES.to_vec(), PERSON)] {
        let back = PERSON.replace("  level: {type", "  level: {renamed_from: rank, type");
        let files: Vec<(&str, &str)> = files
            .iter()
            .map(|(path, old)| if text == PERSON && *old == PERSON { (*path, back.as_str()) } else { (*path, *old) })
            .collect();
        let after = app(&files);
        let plan = store::Store::plan(Some(&world.app), &after);
        let mut publish = act(id, "publish", json!({}));
        publish.entry.record = None;
        publish.entry.facts = Some(ledger::canonical::of(&json!({"renames": plan.renames()})));
        let none = store::Confirmed::default();
        let documents = json!({});
        let noted = store::Noted { entries: vec![publish], ..store::Noted::default() };
        let version = world.store.publish_noted(world.version, &plan, &none, documents, (USER, now()), noted).await;
        world.version = version.unwrap();
        world.app = after.into();
        let request = world.get_of(&Rights::full(), "person", id, &["name"]);
        let history = world.store.history(&world.app, &world.asking(), &request, 9).await.unwrap();
        let names: Vec<&str> = history[0].after.keys().map(String::as_str).collect();
        let now = if text == PERSON { "level" } else { "rank" };
        assert!(names.contains(&now), "{names:?}");
    }
}
