//! Rows that come with an app, put in after it was published.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use app::{Seed, SeedCell};
use model::{EntityId, FieldId, RecordId, Value};

use super::{
    ImportError,
    lookup::{by_values, text_of},
};
use crate::{Actor, Command, CommandError, Engine, FieldFault, Fields, Given};

/// Why seed rows were not put in. None of them is.
#[derive(Debug, thiserror::Error)]
pub enum SeedError {
    /// The write door refused rows of an entity.
    #[error("rows of `{entity}` were refused")]
    Refused {
        /// The entity's name.
        entity: String,
        /// What is wrong, each with the key of its row.
        rows: Vec<(String, FieldFault)>,
    },
    /// Writing failed for a reason that is not a row's.
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// What became of seed rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seeded {
    /// Records made.
    pub created: usize,
    /// Records that took the row's values.
    pub updated: usize,
    /// Records left as people have made them, or as the row says already.
    pub kept: usize,
}

type ByKey = HashMap<EntityId, HashMap<String, RecordId>>;

/// A command that puts rows of one entity in, and their keys.
struct Part {
    entity: EntityId,
    keys: Vec<String>,
    command: Command,
}

/// Puts in the seed rows of the published app, all in one transaction. Rows find their records by key; one that is there
/// is left alone, unless its document says otherwise.
///
/// # Errors
/// The write door refused a row, or the database failed.
pub async fn seeds(engine: &Engine, actor: &Actor) -> Result<Seeded, SeedError> {
    let edition = actor.edition.clone();
    let app = &edition.app;
    let mut ids = known(engine, actor).await?;
    let mut seeded = Seeded::default();
    let mut parts: Vec<Part> = Vec::new();
    for seed in app.seeds() {
        let entity = seed.entity;
        let key = app.entity(entity).and_then(|entity| entity.key);
        let (mut rows, mut keys) = (Vec::new(), Vec::new());
        for row in &seed.rows {
            let text = key_of(row, key);
            let there = text.as_ref().and_then(|text| ids.get(&entity)?.get(text).copied());
            let fields = fields(app, row, &ids);
            match there {
                None => {
                    let id = engine.new_id();
                    keys.push(text.clone().unwrap_or_default());
                    if let Some(text) = text {
                        ids.entry(entity).or_default().insert(text, id);
                    }
                    rows.push((Some(id), fields));
                    seeded.created += 1;
                }
                Some(id) if seed.update => {
                    let command = Command::Update { entity, id, expected: None, fields };
                    parts.push(Part { entity, keys: text.into_iter().collect(), command });
                    seeded.updated += 1;
                }
                Some(_) => seeded.kept += 1,
            }
        }
        if !rows.is_empty() {
            parts.push(Part { entity, keys, command: Command::Load { entity, rows } });
        }
    }
    if parts.is_empty() {
        return Ok(seeded);
    }
    match engine.execute(actor, all(&parts)).await {
        Ok(outcome) => {
            let same = outcome.same.len().min(seeded.updated);
            seeded.updated -= same;
            seeded.kept += same;
            Ok(seeded)
        }
        Err(CommandError::Invalid(faults)) => Err(refused(engine, actor, &parts, faults).await?),
        Err(error) => Err(ImportError::from(error).into()),
    }
}

fn all(parts: &[Part]) -> Command {
    Command::Bulk(parts.iter().map(|part| part.command.clone()).collect())
}

/// The first part that is refused after those before it, with its rows at fault. A fault only says which row of its own
/// command it is about, so that the command is looked for by trying.
async fn refused(
    engine: &Engine,
    actor: &Actor,
    parts: &[Part],
    mut faults: Vec<FieldFault>,
) -> Result<SeedError, ImportError> {
    let (mut fine, mut bad) = (0, parts.len());
    while bad - fine > 1 {
        let middle = fine + (bad - fine) / 2;
        match engine.attempt(actor, all(parts.get(..middle).unwrap_or(parts))).await {
            Ok(_) => fine = middle,
            Err(CommandError::Invalid(found)) => (bad, faults) = (middle, found),
            Err(error) => return Err(error.into()),
        }
    }
    let part = parts.get(fine);
    let entity = part.and_then(|part| actor.edition.app.entity(part.entity));
    let keys = part.map(|part| part.keys.as_slice()).unwrap_or_default();
    let key = |fault: &FieldFault| match keys {
        [one] => one.clone(),
        several => several.get(fault.index).cloned().unwrap_or_default(),
    };
    Ok(SeedError::Refused {
        entity: entity.map(|entity| entity.name.to_string()).unwrap_or_default(),
        rows: faults.into_iter().map(|fault| (key(&fault), fault)).collect(),
    })
}

fn key_of(row: &[(FieldId, SeedCell)], key: Option<FieldId>) -> Option<String> {
    row.iter().find_map(|(field, cell)| match cell {
        SeedCell::Value(value) if Some(*field) == key => Some(text_of(value)),
        _ => None,
    })
}

/// The values of a row. A key that names nothing leaves its field open, so that the write door refuses it where it matters.
fn fields(app: &app::App, row: &[(FieldId, SeedCell)], ids: &ByKey) -> Fields {
    let find = |field: &app::Field, key: &Value| {
        let id = field.target().and_then(|target| ids.get(&target)?.get(&text_of(key)).copied());
        id.map_or(Value::Null, Value::Id)
    };
    row.iter()
        .filter_map(|(id, cell)| {
            let field = app.field(*id)?;
            let value = match cell {
                SeedCell::Value(value) => value.clone(),
                SeedCell::Key(key) => find(field, key),
                SeedCell::Keys(keys) => Value::List(keys.iter().map(|key| find(field, key)).collect()),
            };
            Some((field.name.to_string(), Given::Value(value)))
        })
        .collect()
}

/// The records that seed rows name by key, their own and those they refer to.
async fn known(engine: &Engine, actor: &Actor) -> Result<ByKey, ImportError> {
    let app = &actor.edition.app;
    let mut wanted: BTreeMap<EntityId, BTreeMap<String, Value>> = BTreeMap::new();
    let mut want = |entity: EntityId, value: &Value| {
        wanted.entry(entity).or_default().insert(text_of(value), value.clone());
    };
    for Seed { entity, rows, .. } in app.seeds() {
        let key = app.entity(*entity).and_then(|entity| entity.key);
        for (field, cell) in rows.iter().flatten() {
            let target = app.field(*field).and_then(app::Field::target);
            match (cell, target) {
                (SeedCell::Value(value), _) if Some(*field) == key => want(*entity, value),
                (SeedCell::Key(value), Some(target)) => want(target, value),
                (SeedCell::Keys(values), Some(target)) => values.iter().for_each(|value| want(target, value)),
                _ => {}
            }
        }
    }
    let mut ids = ByKey::new();
    for (entity, values) in wanted {
        let Some(key) = app.entity(entity).and_then(|entity| app.field(entity.key?)) else { continue };
        let values: Vec<Value> = values.into_values().collect();
        let asked: BTreeSet<String> = values.iter().map(text_of).collect();
        for (value, id) in by_values(engine, actor, key, &values).await? {
            let text = text_of(&value);
            if asked.contains(&text) {
                ids.entry(entity).or_default().insert(text, id);
            }
        }
    }
    Ok(ids)
}
