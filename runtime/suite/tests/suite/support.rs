//! Short words for the tests.

use engine::{Actor, Command, CommandError, Fields, Given, NewFile, Outcome};
use formula::{Path, Predicate};
use model::{EntityId, RecordId, Value};
use policy::{Bin, Get, List};
use serde_json::Value as Json;
use suite::Instance;

/// Runs one test on both databases.
#[macro_export]
macro_rules! both {
    ($files:expr; $(async fn $name:ident($instance:ident) $body:block)*) => {
        $(
            mod $name {
                use super::*;

                async fn body($instance: &suite::Instance) -> anyhow::Result<()> $body

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn sqlite() -> anyhow::Result<()> {
                    on(suite::Database::Sqlite).await
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn postgres() -> anyhow::Result<()> {
                    on(suite::Database::Postgres).await
                }

                async fn on(database: suite::Database) -> anyhow::Result<()> {
                    let Some(instance) = suite::Instance::start(database, &$files).await? else { return Ok(()) };
                    body(&instance).await?;
                    instance.stop().await;
                    Ok(())
                }
            }
        )*
    };
}

/// A file of text that comes in.
pub(crate) fn text_file(name: &str, content: &str) -> NewFile {
    NewFile {
        id: None,
        name: name.to_owned(),
        media_type: "text/plain".to_owned(),
        content: content.as_bytes().to_vec(),
    }
}

/// Values by field name, from JSON.
pub(crate) fn fields(json: Json) -> Fields {
    let Json::Object(map) = json else { return Vec::new() };
    map.into_iter().map(|(name, value)| (name, Given::Json(value))).collect()
}

/// Makes a record.
pub(crate) async fn create(instance: &Instance, actor: &Actor, entity: &str, json: Json) -> anyhow::Result<RecordId> {
    try_create(instance, actor, entity, json).await.map_err(|error| anyhow::anyhow!("{error:?}"))
}

/// Makes a record, or says why not.
pub(crate) async fn try_create(
    instance: &Instance,
    actor: &Actor,
    entity: &str,
    json: Json,
) -> Result<RecordId, CommandError> {
    let entity = instance.entity(entity).unwrap();
    let command = Command::Create { entity, id: None, fields: fields(json) };
    let outcome = instance.engine.execute(actor, command).await?;
    Ok(outcome.first().unwrap().id)
}

/// Changes a record, or says why not.
pub(crate) async fn try_update(
    instance: &Instance,
    actor: &Actor,
    entity: &str,
    id: RecordId,
    expected: Option<i64>,
    json: Json,
) -> Result<Outcome, CommandError> {
    let entity = instance.entity(entity).unwrap();
    instance.engine.execute(actor, Command::Update { entity, id, expected, fields: fields(json) }).await
}

/// The values of a record, by path; `None` when it cannot be seen.
pub(crate) async fn read(
    instance: &Instance,
    actor: &Actor,
    entity: &str,
    id: RecordId,
    paths: &[&str],
) -> anyhow::Result<Option<Vec<Value>>> {
    let entity = instance.entity(entity)?;
    let get = Get { entity, id, columns: columns(actor, entity, paths), bin: Bin::Outside };
    Ok(instance.engine.query(actor, get).await?.map(|row| row.values))
}

/// Paths by their text.
pub(crate) fn columns(actor: &Actor, entity: EntityId, paths: &[&str]) -> Vec<Path> {
    paths.iter().map(|path| actor.edition.app.path(entity, path).unwrap()).collect()
}

/// A list of everything, to be narrowed.
pub(crate) fn list(actor: &Actor, entity: EntityId, paths: &[&str]) -> List {
    List {
        entity,
        columns: columns(actor, entity, paths),
        filter: Predicate::always(),
        within: Predicate::always(),
        search: None,
        sort: Vec::new(),
        limit: 100,
        after: None,
        bin: Bin::Outside,
        export: false,
    }
}

/// The codes of the faults, as `field:code`.
pub(crate) fn codes(error: CommandError) -> Vec<String> {
    match error {
        CommandError::Invalid(faults) => {
            faults.into_iter().map(|fault| format!("{}:{}", fault.field.unwrap_or_default(), fault.code)).collect()
        }
        other => vec![format!("{other:?}")],
    }
}
