//! The ledger's tables: what was written stays.

use ledger::{Algorithm, Ended, Entry, Sealed};
use serde_json::json;
use store::{NewEntry, Place, StoreError};

use crate::contract::world::{USER, World, new_id};

both!(what_was_written_stays, values_can_be_erased_and_nothing_else, no_ledger_no_write);

/// An entry as the engine writes them.
pub(crate) fn entry(record: model::Uuid) -> NewEntry {
    let (who, who_hash) = Sealed::new(Algorithm::Sha256, [1; 16], &json!({"login": "anna", "address": "10.0.0.1"}));
    let (what, what_hash) = Sealed::new(Algorithm::Sha256, [2; 16], &json!({"after": {"name": "x"}}));
    let entry = Entry {
        act: new_id().to_string(),
        action: "create".to_owned(),
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
    say(&world, "INSERT INTO loam_tile (level, place, hashes, root) VALUES (0, 0, 'x', 'x')").await.unwrap();
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
        "DELETE FROM loam_tile",
        "UPDATE loam_tile SET root = 'y'",
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
