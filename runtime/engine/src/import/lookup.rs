//! Which record a text means: by the key of its entity, else by the name records go by.

use std::collections::{BTreeSet, HashMap};

use app::{App, Field};
use formula::{Predicate, predicate::Term};
use jiff::tz::TimeZone;
use model::{EntityId, FieldId, RecordId, Value};
use policy::List;

use crate::{Actor, Engine, Given, QueryError, input};

/// Texts looked for with one question.
const AT_ONCE: usize = 300;
/// Rows per answer.
const PAGE: u32 = 1_000;
/// Remembered texts after which a transaction begins anew.
const REMEMBERED: usize = 100_000;

/// What was found for a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meant {
    One(RecordId),
    None,
    Several(usize),
}

/// What texts mean, as far as was asked.
#[derive(Debug, Default)]
pub(super) struct Lookup {
    known: HashMap<EntityId, HashMap<String, Meant>>,
}

impl Lookup {
    /// What the text means, if it was asked for.
    pub(super) fn meant(&self, entity: EntityId, text: &str) -> Meant {
        self.known.get(&entity).and_then(|known| known.get(text)).copied().unwrap_or(Meant::None)
    }

    /// Forgets what may have changed by a write, and everything when there is too much of it.
    pub(super) fn forget(&mut self) {
        let many = self.known.values().map(HashMap::len).sum::<usize>() > REMEMBERED;
        for known in self.known.values_mut() {
            known.retain(|_, meant| !many && matches!(meant, Meant::One(_)));
        }
    }

    /// Finds what these texts mean among the records of the entity that the actor may see.
    pub(super) async fn ask(
        &mut self,
        engine: &Engine,
        actor: &Actor,
        entity: EntityId,
        texts: &BTreeSet<String>,
    ) -> Result<(), QueryError> {
        let app = &actor.edition.app;
        let Some(target) = app.entity(entity) else { return Ok(()) };
        let key = target.key.and_then(|key| app.field(key));
        let Some(display) = app.field(target.display) else { return Ok(()) };
        let known = self.known.entry(entity).or_default();
        let wanted: Vec<&String> = texts.iter().filter(|text| !known.contains_key(*text)).collect();
        for texts in wanted.chunks(AT_ONCE) {
            let mut by_key: HashMap<String, Vec<RecordId>> = HashMap::new();
            let mut by_name: HashMap<String, Vec<RecordId>> = HashMap::new();
            for (field, found) in [(key, &mut by_key), (Some(display), &mut by_name)] {
                let Some(field) = field else { continue };
                for (value, id) in find(engine, actor, field, texts).await? {
                    found.entry(text_of(&value)).or_default().push(id);
                }
            }
            for text in texts {
                // A key as written may differ from its stored form (`007` of a whole number), so both are tried.
                let canonical = key.and_then(|key| read(key, text, &actor.edition.zone)).map(|value| text_of(&value));
                let ids = canonical.and_then(|text| by_key.get(&text)).or_else(|| by_name.get(text.as_str()));
                let meant = match ids.map(Vec::as_slice) {
                    None | Some([]) => Meant::None,
                    Some([id]) => Meant::One(*id),
                    Some(several) => Meant::Several(several.len()),
                };
                known.insert((*text).clone(), meant);
            }
        }
        Ok(())
    }
}

/// The records whose field has one of these values.
pub(super) async fn by_values(
    engine: &Engine,
    actor: &Actor,
    field: &Field,
    values: &[Value],
) -> Result<Vec<(Value, RecordId)>, QueryError> {
    let app = &actor.edition.app;
    let Some(path) = app.own_path(field.id) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for values in values.chunks(AT_ONCE) {
        let filter = Predicate::In {
            item: Term::Field(path.clone()),
            list: values.iter().map(|value| Term::Literal(value.clone(), field.ty.clone())).collect(),
        };
        let mut after = None;
        loop {
            let list =
                List { columns: vec![path.clone()], filter: filter.clone(), after, ..List::all(field.entity, PAGE) };
            let page = engine.query(actor, list).await?;
            found.extend(page.rows.into_iter().filter_map(|row| Some((row.values.into_iter().next()?, row.id))));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(found)
}

async fn find(
    engine: &Engine,
    actor: &Actor,
    field: &Field,
    texts: &[&String],
) -> Result<Vec<(Value, RecordId)>, QueryError> {
    let values: Vec<Value> = texts.iter().filter_map(|text| read(field, text, &actor.edition.zone)).collect();
    if values.is_empty() { Ok(Vec::new()) } else { by_values(engine, actor, field, &values).await }
}

fn read(field: &Field, text: &str, zone: &TimeZone) -> Option<Value> {
    input::read(field, &Given::Text(text.to_owned()), zone).ok().filter(|value| !value.is_null())
}

/// A stored value as the text it is compared by.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Decimal(number) => number.normalize().to_string(),
        Value::Date(date) => date.to_string(),
        Value::DateTime(moment) => moment.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Id(id) => id.to_string(),
        Value::Null | Value::List(_) | Value::Json(_) | Value::Sealed(_) => String::new(),
    }
}

/// The entity a field's texts name records of.
pub(super) fn target(app: &App, field: FieldId) -> Option<EntityId> {
    let field = app.field(field)?;
    match field.kind {
        app::FieldKind::Reference { to, .. } | app::FieldKind::References { to, .. } => Some(to),
        _ => None,
    }
}
