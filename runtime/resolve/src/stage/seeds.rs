//! Seed rows: typed, complete, and in an order in which references find their records.

mod cell;
mod order;

use std::collections::{HashMap, HashSet};

use app::{Field, Seed, SeedCell};
use definition::{Document, kind::data};
use model::{Diagnostic, EntityId, FieldId, Location, Value};

use crate::draft::Draft;

/// Keys that seed rows give, by entity.
type Keys = HashMap<EntityId, HashSet<String>>;

/// A reference that a seed row makes, checked when all keys are known.
struct Asked {
    to: EntityId,
    key: Value,
    at: Location,
}

/// Compiles the rows of every data document.
pub(crate) fn resolve(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) -> Vec<Seed> {
    let (mut seeds, mut keys, mut asked) = (Vec::new(), Keys::new(), Vec::new());
    for app in draft.installed {
        for written in app.words.data.values() {
            let document = app.words.documents.get(&written.at.file);
            let mut reading = Reading { draft, document, keys: &mut keys, asked: &mut asked, faults };
            seeds.extend(reading.seed(&written.words, &written.at));
        }
    }
    let broken =
        draft.installed.iter().any(|app| app.words.broken.iter().any(|(kind, _)| *kind == definition::Kind::Data));
    for Asked { to, key, at } in asked {
        let known = keys.get(&to).is_some_and(|keys| keys.contains(&spelled(&key)));
        if !known && !broken {
            let message =
                format!("no data document has a `{}` with the key `{}`", draft.entity_name(to), spelled(&key));
            let near = keys.get(&to).into_iter().flatten().map(String::as_str);
            let help = model::diagnostic::nearest(&spelled(&key), near);
            faults.push(Diagnostic::error("data.unknown-key", at, message).maybe_help(help));
        }
    }
    order::ordered(draft, seeds)
}

/// A key as text, the same however it was written.
fn spelled(key: &Value) -> String {
    match key {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Date(date) => date.to_string(),
        other => format!("{other:?}"),
    }
}

struct Reading<'a, 'w> {
    draft: &'a Draft<'w>,
    document: Option<&'a Document>,
    keys: &'a mut Keys,
    asked: &'a mut Vec<Asked>,
    faults: &'a mut Vec<Diagnostic>,
}

impl Reading<'_, '_> {
    fn seed(&mut self, words: &data::Data, at: &Location) -> Option<Seed> {
        let entity = self.draft.entity(&words.entity, &at.child("entity"), self.faults)?;
        if self.draft.entities.get(entity.index()).is_some_and(|named| named.words.source.is_some()) {
            let message =
                format!("rows of `{}` come from the system its `source` names, not with the app", words.entity);
            let help = "import them, or leave `source` out on the entity";
            self.faults.push(Diagnostic::error("data.source-bound", at.child("entity"), message).help(help));
            return None;
        }
        let Some(key) = self.key_of(entity) else {
            let message = format!("`{}` has no `key`, so its rows cannot be told apart", words.entity);
            let help = "say on the entity which field is its `key`";
            self.faults.push(Diagnostic::error("data.no-key", at.child("entity"), message).help(help));
            return None;
        };
        if words.rows.is_empty() {
            self.faults.push(Diagnostic::error("data.empty", at.child("rows"), "there are no rows"));
        }
        let mut own: HashMap<String, Location> = HashMap::new();
        let mut rows = Vec::new();
        for (index, row) in words.rows.iter().enumerate() {
            let at = at.child("rows").child(index);
            let cells = self.row(entity, row, &at);
            match cells.iter().find(|(field, _)| *field == key) {
                Some((_, SeedCell::Value(value))) => {
                    let spelled = spelled(value);
                    if let Some(first) = own.insert(spelled.clone(), at.clone()) {
                        let message = format!("two rows have the key `{spelled}`");
                        let fault = Diagnostic::error("data.duplicate-key", at, message);
                        self.faults.push(fault.label(first, "the first one"));
                    } else {
                        self.keys.entry(entity).or_default().insert(spelled);
                    }
                }
                _ => {
                    let name = self.draft.field_by_id(key).map(|field| field.name.to_string()).unwrap_or_default();
                    if !row.contains_key(&name) {
                        let message = format!("this row has no `{name}`, the key of `{}`", words.entity);
                        self.faults.push(Diagnostic::error("data.missing-key", at, message));
                    }
                }
            }
            rows.push(cells);
        }
        Some(Seed { entity, update: words.existing == data::Existing::Update, rows })
    }

    fn key_of(&self, entity: EntityId) -> Option<FieldId> {
        let key = self.draft.entities.get(entity.index())?.words.key.as_ref()?;
        self.draft.field_named(entity, key).map(|field| field.id)
    }

    fn row(
        &mut self,
        entity: EntityId,
        row: &indexmap::IndexMap<String, serde_json::Value>,
        at: &Location,
    ) -> Vec<(FieldId, SeedCell)> {
        let draft = self.draft;
        let mut cells = Vec::new();
        for (name, json) in row {
            let at = at.child(name);
            let Some(field) = draft.own_field(entity, name, &at, self.faults) else { continue };
            if draft.broken_fields.contains(&field.id) || json.is_null() {
                continue;
            }
            if !field.writable() && !is_serial(field) {
                let message = format!("nobody writes `{name}`: the platform does");
                self.faults.push(Diagnostic::error("data.not-writable", at, message).help("leave it out"));
                continue;
            }
            if let Some(cell) = self.cell(field, json, &at) {
                cells.push((field.id, cell));
            }
        }
        let shape = draft.shapes.get(entity.index()).into_iter().flat_map(|shape| &shape.fields);
        for field in shape.filter_map(|id| draft.field_by_id(*id)) {
            let words = draft.field_words.get(field.id.index()).and_then(Option::as_ref);
            let optional = words.is_none_or(|(words, _)| !words.required || words.default.is_some());
            if !optional && row.get(field.name.as_str()).is_none_or(serde_json::Value::is_null) {
                let message = format!("this row has no `{}`, which is required", field.name);
                self.faults.push(Diagnostic::error("data.missing-value", at.clone(), message));
            }
        }
        cells
    }

    fn cell(&mut self, field: &Field, json: &serde_json::Value, at: &Location) -> Option<SeedCell> {
        match &field.kind {
            app::FieldKind::Reference { to, .. } => {
                let key = self.reference(*to, json, at)?;
                Some(SeedCell::Key(key))
            }
            app::FieldKind::References { to, .. } => {
                let Some(items) = json.as_array() else {
                    let message = "a list of keys is asked for";
                    self.faults.push(Diagnostic::error("data.wrong-type", at.clone(), message));
                    return None;
                };
                let keys = items.iter().enumerate();
                let keys = keys.filter_map(|(index, item)| self.reference(*to, item, &at.child(index)));
                Some(SeedCell::Keys(keys.collect()))
            }
            _ => self.value(field, json, at).map(SeedCell::Value),
        }
    }

    /// The key of the record referred to, in the type of that entity's key.
    fn reference(&mut self, to: EntityId, json: &serde_json::Value, at: &Location) -> Option<Value> {
        let Some(key) = self.key_of(to).and_then(|key| self.draft.field_by_id(key)) else {
            let name = self.draft.entity_name(to);
            let message = format!("`{name}` has no `key`, so no row can refer to one of its records");
            self.faults.push(Diagnostic::error("data.no-key", at.clone(), message));
            return None;
        };
        let key = self.value(key, json, at)?;
        self.asked.push(Asked { to, key: key.clone(), at: at.clone() });
        Some(key)
    }

    fn value(&mut self, field: &Field, json: &serde_json::Value, at: &Location) -> Option<Value> {
        let written = self.document.and_then(|document| document.written(&at.pointer));
        match cell::read(field, json, written) {
            Ok(value) => Some(value),
            Err(cell::Unfit { code, message, help }) => {
                self.faults.push(Diagnostic::error(code, at.clone(), message).maybe_help(help));
                None
            }
        }
    }
}

/// A serial number may be given by a seed row; it is the only value of its kind somebody may give.
fn is_serial(field: &Field) -> bool {
    matches!(field.kind, app::FieldKind::Serial { .. })
}
