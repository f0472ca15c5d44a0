//! What a computed cell was made of: the tree of values behind it, each as far as the reader may see it.
//!
//! INVARIANT: every value comes through the same door and statement as any other the reader asks for. What no grant gives is named
//! and hidden; what a grant does not give on this record is null, as in a list.

use std::{future::Future, pin::Pin};

use app::{App, FieldKind};
use formula::{Comparison, Path, Predicate, Term};
use model::{EntityId, FieldId, RecordId, Type, Value};
use policy::{Bin, Get, List};

use super::{Query, learnable};
use crate::{Actor, Engine, QueryError};

/// Levels below the cell that was asked for.
const DEEPEST: usize = 6;
/// Cells that are looked behind, in all.
const MOST: usize = 40;
/// Records shown of those a value was made of.
const RECORDS: u32 = 50;

/// Asks what a cell was made of.
#[derive(Debug, Clone, Copy)]
pub struct Trace {
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
    /// This field.
    pub field: FieldId,
}

/// A cell, and what it was made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Traced {
    /// The record's entity.
    pub entity: EntityId,
    /// The record.
    pub id: RecordId,
    /// The field.
    pub field: FieldId,
    /// Its value; null also where the reader may not see it on this record.
    pub value: Value,
    /// How it is computed, as written; `None` of a value somebody gave.
    pub computed: Option<String>,
    /// What it was made of, in the order it is read.
    pub parts: Vec<TracePart>,
}

/// One thing a cell was made of.
#[derive(Debug, Clone, PartialEq)]
pub enum TracePart {
    /// A value that is not traced further.
    Value {
        /// Where it is, from the record.
        path: Path,
        /// What it is.
        value: Value,
    },
    /// A cell of this record or of one it refers to, which is computed itself.
    Cell {
        /// Where it is, from the record.
        path: Path,
        /// The cell.
        of: Box<Traced>,
    },
    /// Fields of the records that refer to this one or are further below it, those that count.
    Records {
        /// The way down to them, from the record: children fields.
        through: Path,
        /// What is read of each.
        fields: Vec<FieldId>,
        /// The records with these fields' values, the oldest first.
        records: Vec<(RecordId, Vec<Value>)>,
        /// Whether there are more.
        more: bool,
    },
    /// Something that no grant lets the reader see.
    Hidden {
        /// Where it is, from the record.
        path: Path,
    },
}

impl Query for Trace {
    /// `None` when there is no such record, or the reader may not see it or the field.
    type Answer = Option<Traced>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let mut looked = 0;
        node(engine, actor, self, DEEPEST, &mut looked).await
    }
}

type Looking<'a> = Pin<Box<dyn Future<Output = Result<Option<Traced>, QueryError>> + Send + 'a>>;

fn node<'a>(engine: &'a Engine, actor: &'a Actor, ask: Trace, depth: usize, looked: &'a mut usize) -> Looking<'a> {
    Box::pin(async move {
        *looked += 1;
        let app = &actor.edition.app;
        let (Some(field), Some(own)) = (app.field(ask.field), app.own_path(ask.field)) else { return Ok(None) };
        if !learnable(app, actor, &own) {
            return Ok(None);
        }
        let (mut columns, mut wanted, mut below) = (vec![own], Vec::new(), Vec::new());
        let mut parts = Vec::new();
        for path in field.reads() {
            if let Some(through) = children(app, path) {
                if !below.contains(&through) {
                    below.push(through);
                }
            } else if learnable(app, actor, path) {
                // The last reference tells which record the value stands on.
                let record = path.hops.split_last().map(|(last, before)| Path {
                    entity: path.entity,
                    hops: before.to_vec(),
                    field: *last,
                    ty: Type::Id(None),
                });
                wanted.push((path, columns.len()));
                columns.push(path.clone());
                columns.extend(record);
            } else {
                parts.push(TracePart::Hidden { path: path.clone() });
            }
        }
        let get = Get { entity: ask.entity, id: ask.id, columns, bin: Bin::Outside };
        let Some(row) = engine.query(actor, get).await? else { return Ok(None) };
        let value = |at: usize| row.values.get(at).cloned().unwrap_or_default();
        for (path, at) in wanted {
            let on = if path.hops.is_empty() { Some(ask.id) } else { value(at + 1).as_id() };
            let read = app.field(path.field);
            let deeper = read.filter(|read| read.is_computed() && depth > 0 && *looked < MOST);
            let cell = match (deeper, on) {
                (Some(read), Some(id)) => {
                    let next = Trace { entity: read.entity, id, field: read.id };
                    node(engine, actor, next, depth - 1, looked).await?
                }
                _ => None,
            };
            parts.push(match cell {
                Some(cell) => TracePart::Cell { path: path.clone(), of: Box::new(cell) },
                None => TracePart::Value { path: path.clone(), value: value(at) },
            });
        }
        for through in below {
            parts.extend(records(engine, actor, ask, &through).await?);
        }
        let computed = field.computation().map(str::to_owned);
        Ok(Some(Traced { entity: ask.entity, id: ask.id, field: ask.field, value: value(0), computed, parts }))
    })
}

/// The way down that a path leads or ends in: children fields, the record's own first.
fn children(app: &App, path: &Path) -> Option<Vec<FieldId>> {
    let is = |id: &FieldId| app.field(*id).is_some_and(|field| matches!(field.kind, FieldKind::Children { .. }));
    let way: Vec<FieldId> = path.hops.iter().chain([&path.field]).copied().take_while(is).collect();
    (!way.is_empty()).then_some(way)
}

/// The records at the end of a way down, and the way back up from one of them.
fn back(app: &App, way: &[FieldId]) -> Option<(EntityId, Path)> {
    let mut found: Option<(EntityId, Vec<FieldId>)> = None;
    for id in way {
        let FieldKind::Children { of, by } = app.field(*id)?.kind else { return None };
        let mut hops = vec![by];
        hops.extend(found.into_iter().flat_map(|(_, hops)| hops));
        found = Some((of, hops));
    }
    let (entity, mut hops) = found?;
    let field = hops.pop()?;
    let ty = app.field(field)?.ty.clone();
    Some((entity, Path { entity, hops, field, ty }))
}

/// The records below that count, with what is read of them.
async fn records(engine: &Engine, actor: &Actor, ask: Trace, way: &[FieldId]) -> Result<Vec<TracePart>, QueryError> {
    let app = &actor.edition.app;
    let (Some(field), Some((of, back)), Some((last, above))) = (app.field(ask.field), back(app, way), way.split_last())
    else {
        return Ok(Vec::new());
    };
    let Some(whole) = app.own_path(*last) else { return Ok(Vec::new()) };
    let through = Path { entity: ask.entity, hops: above.to_vec(), ..whole };
    let paths: Vec<&Path> = field.reads().iter().filter(|path| path.hops == way).collect();
    let (open, hidden): (Vec<&Path>, Vec<&Path>) = paths.into_iter().partition(|path| learnable(app, actor, path));
    let mut parts: Vec<TracePart> = hidden.iter().map(|path| TracePart::Hidden { path: (*path).clone() }).collect();
    let condition = field.rollup.as_ref().map_or(Predicate::always(), |rollup| rollup.condition.clone());
    let told = condition.paths().into_iter().all(|path| learnable(app, actor, path));
    if !told || !learnable(app, actor, &back) {
        // Which records count would tell of what is hidden.
        return Ok(vec![TracePart::Hidden { path: through }]);
    }
    let here = Term::Literal(Value::Id(ask.id), back.ty.clone());
    let mine = Predicate::Compare { op: Comparison::Equal, left: Term::Field(back), right: here };
    let fields: Vec<FieldId> = open.iter().map(|path| path.field).collect();
    let list = List {
        columns: fields.iter().filter_map(|id| app.own_path(*id)).collect(),
        filter: mine.and(condition),
        ..List::all(of, RECORDS)
    };
    let page = engine.query(actor, list).await?;
    let more = page.next.is_some();
    let records = page.rows.into_iter().map(|row| (row.id, row.values)).collect();
    parts.push(TracePart::Records { through, fields, records, more });
    Ok(parts)
}
