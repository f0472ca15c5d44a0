//! What of a record is answered, and how its bytes are laid out: worked out once per edition, role set and `fields`.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use app::{App, Entity, FieldKind};
use engine::Actor;
use formula::Path;
use indexmap::IndexMap;
use model::{EntityId, Type, Value};
use policy::Action;
use store::Row;

use super::{parameter::say, write};
use crate::{
    page::rights,
    problem::{Kind, Problem},
};

/// Most columns that `fields` may name.
const MOST: usize = 100;

/// Columns to ask for, and the bytes around their values.
pub(crate) struct Shape {
    /// What to ask the store for.
    pub(crate) columns: Vec<Path>,
    /// Whether only the record's own fields are answered, so that its version says whether they changed.
    pub(crate) own: bool,
    version: Option<usize>,
    parts: Vec<Part>,
}

enum Part {
    /// Bytes as they are.
    Bytes(Vec<u8>),
    /// The record's id.
    Id,
    /// The value of a column.
    Value(usize),
    /// An object about the record a reference leads to, or `null` when the column with its id is.
    Nested(usize, Vec<Part>),
}

/// A record under construction: its members, and what they hold.
#[derive(Default)]
struct Node {
    column: Option<usize>,
    members: IndexMap<String, Node>,
}

impl Shape {
    /// Everything of the entity that the actor may read somewhere.
    fn standard(actor: &Actor, entity: &Entity) -> Self {
        let app = &actor.edition.app;
        let system = &entity.system;
        let own = entity.fields.iter().copied();
        let stamps = [system.created_at, system.created_by, system.updated_at, system.updated_by];
        let access = actor.rights.access(entity.id, Action::Read);
        let readable = own.chain(stamps).filter(|field| access.is_some_and(|access| access.shows(*field)));
        let mut columns = Vec::new();
        let mut root = Node::default();
        for field in readable.filter_map(|field| app.field(field)) {
            let Some(path) = app.own_path(field.id) else { continue };
            if !matches!(field.kind, FieldKind::Children { .. }) {
                root.members.insert(field.name.to_string(), Node { column: Some(columns.len()), ..Node::default() });
                columns.push(path);
            }
        }
        Self::laid_out(actor, entity, columns, &root, true)
    }

    /// What `fields` names: `name,owner.name`. A dotted name answers an object with the id and what was named.
    fn named(actor: &Actor, entity: &Entity, text: &str) -> Result<Self, Problem> {
        let app = &actor.edition.app;
        let mut columns: Vec<Path> = Vec::new();
        let mut root = Node::default();
        let mut own = true;
        let refused = |part: &str, help: Option<String>| {
            let help = help.map(|help| format!("; {help}")).unwrap_or_default();
            let message = say(actor.locale, "没有字段", "there is no field");
            Problem::parameter("fields", "unknown", format!("{message} `{part}`{help}"))
        };
        for name in text.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let path = app.path(entity.id, name).map_err(|unknown| refused(&unknown.part, unknown.help))?;
            // Whoever is told versions is told this one besides; another record's is as it is, or not theirs.
            let besides = path.hops.is_empty() && tells_version(actor, entity);
            if is_kept_version(actor, &path) && !besides {
                return Err(refused(name, None));
            }
            own &= path.hops.is_empty();
            let mut node = &mut root;
            for (depth, hop) in path.hops.iter().enumerate() {
                let Some(field) = app.field(*hop) else { return Err(refused(name, None)) };
                let to = Path {
                    entity: entity.id,
                    hops: path.hops.iter().copied().take(depth).collect(),
                    field: *hop,
                    ty: field.ty.clone(),
                };
                node = node.members.entry(field.name.to_string()).or_default();
                node.column = Some(column(&mut columns, to));
            }
            let Some(field) = app.field(path.field) else { return Err(refused(name, None)) };
            // The id of what a reference leads to is answered anyway, and is the reference itself.
            if !(field.system && field.name == *"id") {
                let at = column(&mut columns, path.clone());
                node.members.entry(field.name.to_string()).or_default().column = Some(at);
            }
        }
        if columns.len() > MOST {
            let message = say(actor.locale, "字段过多", "too many fields are named");
            return Err(Problem::parameter("fields", "range", message));
        }
        Ok(Self::laid_out(actor, entity, columns, &root, own))
    }

    fn laid_out(actor: &Actor, entity: &Entity, mut columns: Vec<Path>, root: &Node, own: bool) -> Self {
        let version = actor.edition.app.own_path(entity.system.version).filter(|_| tells_version(actor, entity));
        let version = version.map(|path| column(&mut columns, path));
        let mut parts = vec![Part::Bytes(b"{\"id\":".to_vec()), Part::Id];
        if let Some(version) = version {
            parts.push(Part::Bytes(b",\"version\":".to_vec()));
            parts.push(Part::Value(version));
        }
        members(&mut parts, root, &["id", "version"]);
        parts.push(Part::Bytes(b"}".to_vec()));
        Self { columns, own, version, parts }
    }

    /// Writes a row.
    pub(super) fn write(&self, out: &mut Vec<u8>, row: &Row) {
        write_parts(out, &self.parts, row);
    }

    /// The row's version, for whoever is told it.
    pub(super) fn version(&self, row: &Row) -> Option<i64> {
        match row.values.get(self.version?) {
            Some(Value::Int(version)) => Some(*version),
            _ => None,
        }
    }
}

/// Whether somebody is told the versions of records: who sees every field whole knows of every change anyway, and who changes
/// or deletes records needs them. Where they do not see every field it is no count, but a number made of what they see.
pub(super) fn tells_version(actor: &Actor, entity: &Entity) -> bool {
    let changes = |action| rights::may(actor, entity.id, action);
    [Action::Update, Action::Delete, Action::Restore].into_iter().any(changes) || actor.counts(entity.id)
}

/// Whether a path leads to a version that the reader is not told as the count it is, so that nothing is asked by it.
pub(super) fn is_kept_version(actor: &Actor, path: &Path) -> bool {
    let app = &actor.edition.app;
    let entity = app.field(path.field).and_then(|field| app.entity(field.entity));
    entity.is_some_and(|entity| entity.system.version == path.field && !actor.counts(entity.id))
}

fn column(columns: &mut Vec<Path>, path: Path) -> usize {
    columns.iter().position(|known| *known == path).unwrap_or_else(|| {
        columns.push(path);
        columns.len() - 1
    })
}

fn members(parts: &mut Vec<Part>, node: &Node, left_out: &[&str]) {
    for (name, member) in &node.members {
        let Some(column) = member.column else { continue };
        if left_out.contains(&name.as_str()) {
            continue;
        }
        let mut key = vec![b','];
        write::text(&mut key, name);
        key.push(b':');
        parts.push(Part::Bytes(key));
        if member.members.is_empty() {
            parts.push(Part::Value(column));
            continue;
        }
        let mut inner = vec![Part::Bytes(b"{\"id\":".to_vec()), Part::Value(column)];
        members(&mut inner, member, &["id"]);
        inner.push(Part::Bytes(b"}".to_vec()));
        parts.push(Part::Nested(column, inner));
    }
}

fn write_parts(out: &mut Vec<u8>, parts: &[Part], row: &Row) {
    let value = |column: usize| row.values.get(column).unwrap_or(&Value::Null);
    for part in parts {
        match part {
            Part::Bytes(bytes) => out.extend_from_slice(bytes),
            Part::Id => write::id(out, row.id),
            Part::Value(column) => write::value(out, value(*column)),
            Part::Nested(column, _) if value(*column).is_null() => out.extend_from_slice(b"null"),
            Part::Nested(_, inner) => write_parts(out, inner, row),
        }
    }
}

/// A shape is the same for everybody who holds the same roles in the same edition.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    edition: i64,
    rights: usize,
    entity: EntityId,
    fields: String,
}

/// Shapes worked out before.
#[derive(Default)]
pub(super) struct Shapes(RwLock<HashMap<Key, Arc<Shape>>>);

const MOST_KEPT: usize = 2_000;

impl Shapes {
    /// The shape of a request. `fields` is the parameter, if it was given.
    pub(super) fn get(&self, actor: &Actor, entity: &Entity, fields: Option<&str>) -> Result<Arc<Shape>, Problem> {
        let key = Key {
            edition: actor.edition.version,
            // An edition keeps the rights of every role set it met, so that an address stands for one of them.
            rights: Arc::as_ptr(&actor.rights).addr(),
            entity: entity.id,
            fields: fields.unwrap_or_default().to_owned(),
        };
        if let Some(known) = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(known.clone());
        }
        let shape = Arc::new(match fields {
            Some(text) => Shape::named(actor, entity, text)?,
            None => Shape::standard(actor, entity),
        });
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KEPT {
            known.clear();
        }
        known.insert(key, shape.clone());
        Ok(shape)
    }
}

/// The path a parameter names for something else than being shown, or a refusal that says so.
pub(super) fn path(app: &App, actor: &Actor, entity: EntityId, parameter: &str, name: &str) -> Result<Path, Problem> {
    let path = app.path(entity, name).map_err(|unknown| {
        let help = unknown.help.map(|help| format!("; {help}")).unwrap_or_default();
        let message = say(actor.locale, "没有字段", "there is no field");
        Problem::new(Kind::BadRequest).error(parameter, "unknown", format!("{message} `{}`{help}", unknown.part))
    })?;
    if is_kept_version(actor, &path) {
        let message = say(actor.locale, "没有字段", "there is no field");
        return Err(Problem::parameter(parameter, "unknown", format!("{message} `{name}`")));
    }
    if path.ty == Type::Secret {
        let message = say(actor.locale, "加密字段只能显示", "a secret is shown, and nothing else is done with it");
        return Err(Problem::parameter(parameter, "type", format!("{message}: `{name}`")));
    }
    Ok(path)
}
