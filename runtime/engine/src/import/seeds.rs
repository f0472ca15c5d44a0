//! Rows that come with an app, put in after it was published.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use app::{Seed, SeedCell};
use model::{EntityId, FieldId, RecordId, Value};

use super::{
    ImportError,
    lookup::{by_values, text_of},
};
use crate::{Actor, Command, Engine, Fields, Given};

/// What became of seed rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Seeded {
    /// Records made.
    pub created: usize,
    /// Records that took the row's values.
    pub updated: usize,
    /// Records left as people have made them.
    pub kept: usize,
}

type ByKey = HashMap<EntityId, HashMap<String, RecordId>>;

/// Puts in the seed rows of the published app, all in one transaction. Rows find their records by key; one that is there
/// is left alone, unless its document says otherwise.
///
/// # Errors
/// The write door refused a row, or the database failed.
pub async fn seeds(engine: &Engine, actor: &Actor) -> Result<Seeded, ImportError> {
    let edition = actor.edition.clone();
    let app = &edition.app;
    let mut ids = known(engine, actor).await?;
    let mut seeded = Seeded::default();
    let mut commands = Vec::new();
    for seed in app.seeds() {
        let key = app.entity(seed.entity).and_then(|entity| entity.key);
        let mut rows = Vec::new();
        for row in &seed.rows {
            let text = key_of(row, key);
            let there = text.as_ref().and_then(|text| ids.get(&seed.entity)?.get(text).copied());
            let fields = fields(app, row, &ids);
            match there {
                None => {
                    let id = engine.new_id();
                    if let Some(text) = text {
                        ids.entry(seed.entity).or_default().insert(text, id);
                    }
                    rows.push((Some(id), fields));
                    seeded.created += 1;
                }
                Some(id) if seed.update => {
                    commands.push(Command::Update { entity: seed.entity, id, expected: None, fields });
                    seeded.updated += 1;
                }
                Some(_) => seeded.kept += 1,
            }
        }
        if !rows.is_empty() {
            commands.push(Command::Load { entity: seed.entity, rows });
        }
    }
    if !commands.is_empty() {
        engine.execute(actor, Command::Bulk(commands)).await?;
    }
    Ok(seeded)
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
