//! What the reader of a stream sees of an entity, by how it looks: so that a stream is silent about what changes unseen, be it in
//! rows that they do not see or in fields of rows that they do.
//!
//! A page of records is asked again as a whole, so that it is exact however many records there are. A stream that names no page
//! remembers the first [`AT_ONCE`] rows, one by one, and those that changed since. Of a row beyond them it says that it is new, and
//! no more until it has changed once; where more rows change at once than are named, it speaks.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use app::{Entity, FieldKind};
use engine::{
    Actor, Engine, QueryError,
    query::{Print, Printed, Prints},
};
use formula::{Path, Predicate, Term};
use model::{Name, RecordId, Value};
use policy::{Action, Aggregate, List, Rights};

use super::News;
use crate::page::rights;

/// Rows asked about by one statement at most.
const AT_ONCE: usize = 1_000;

/// Rows remembered at most by one stream.
const MOST_SEEN: usize = 4_000;

/// What news come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing that the reader sees.
    Nothing,
    /// What they see is another, or may be: their page asks for it by itself.
    Other,
    /// The app was published anew, and what was asked is not asked in the same words any more.
    Over,
}

/// What the reader sees.
pub(super) struct Sight {
    what: What,
    /// The edition and the rights by which it was seen last; `None` where it has not been looked at.
    by: Option<(i64, Arc<Rights>)>,
}

enum What {
    Page(Box<Page>),
    Rows(Rows),
}

/// A page of records.
struct Page {
    /// The edition in whose words it asks.
    edition: i64,
    asks: Prints,
    looks: Option<Print>,
}

/// The rows of an entity.
struct Rows {
    entity: Name,
    /// The only record that matters; all of them when `None`.
    only: Option<RecordId>,
    /// How each looked; `None` for a row that was not seen.
    seen: HashMap<RecordId, Option<Print>>,
    /// Whether there are more rows than are remembered.
    cut: bool,
    /// An id made when the stream was opened: a row with a later one is new.
    newest: RecordId,
}

impl Sight {
    /// A page of records, and a number it shows, as asked in an edition.
    pub(super) fn of_page(edition: i64, list: List, count: Option<Aggregate>) -> Self {
        let page = Page { edition, asks: Prints { list, count }, looks: None };
        Self { what: What::Page(Box::new(page)), by: None }
    }

    /// The rows of an entity, or one of them. `newest` is an id made now.
    pub(super) fn of_rows(entity: Name, only: Option<RecordId>, newest: RecordId) -> Self {
        let rows = Rows { entity, only, seen: HashMap::new(), cut: false, newest };
        Self { what: What::Rows(rows), by: None }
    }

    /// Sees how it looks now.
    pub(super) async fn look(&mut self, engine: &Engine, reader: &Actor) {
        self.by = None;
        let Some(entity) = self.entity(reader).filter(|entity| !sees_all(reader, entity)) else { return };
        let looked = match &mut self.what {
            What::Page(page) => page.look(engine, reader).await.map(drop),
            What::Rows(rows) => rows.look(engine, reader, entity).await,
        };
        // What could not be asked is asked when there are news; until then it is not known how it looked.
        self.by = looked.is_ok().then(|| (reader.edition.version, reader.rights.clone()));
    }

    /// What news come to for the reader. Where that cannot be said they are told: their page asks anew by itself.
    pub(super) async fn hear(&mut self, engine: &Engine, reader: &Actor, news: &News) -> Heard {
        if matches!(&self.what, What::Page(page) if page.edition != reader.edition.version) {
            return Heard::Over;
        }
        let Some(entity) = self.entity(reader) else { return Heard::Over };
        // Whoever sees every field of every row sees whatever changes.
        if sees_all(reader, entity) {
            self.by = None;
            return Heard::Other;
        }
        let comparable = self
            .by
            .as_ref()
            .is_some_and(|(edition, rights)| *edition == reader.edition.version && Arc::ptr_eq(rights, &reader.rights));
        if !comparable {
            self.look(engine, reader).await;
            return Heard::Other;
        }
        let other = match &mut self.what {
            What::Page(page) => page.look(engine, reader).await,
            What::Rows(rows) => rows.hear(engine, reader, entity, news).await,
        };
        match other {
            Ok(false) => Heard::Nothing,
            Ok(true) => Heard::Other,
            Err(_) => {
                self.by = None;
                Heard::Other
            }
        }
    }

    fn entity<'r>(&self, reader: &'r Actor) -> Option<&'r Entity> {
        let app = &reader.edition.app;
        match &self.what {
            What::Page(page) => app.entity(page.asks.list.entity),
            What::Rows(rows) => app.entity_named(rows.entity.as_str()),
        }
    }
}

impl Page {
    /// Asks again; whether it looks otherwise than the last time.
    async fn look(&mut self, engine: &Engine, reader: &Actor) -> Result<bool, QueryError> {
        let now = engine.query(reader, self.asks.clone()).await?.all;
        Ok(self.looks.replace(now) != Some(now))
    }
}

impl Rows {
    async fn look(&mut self, engine: &Engine, reader: &Actor, entity: &Entity) -> Result<(), QueryError> {
        self.seen.clear();
        self.cut = true;
        if let Some(id) = self.only {
            let now = of_these(engine, reader, entity, &[id]).await?;
            self.seen.insert(id, now.get(&id).copied());
            return Ok(());
        }
        let limit = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        let list = List { columns: columns(reader, entity), ..List::all(entity.id, limit) };
        let Printed { rows, more, .. } = engine.query(reader, Prints { list, count: None }).await?;
        self.seen.extend(rows.into_iter().map(|(id, print)| (id, Some(print))));
        self.cut = more;
        Ok(())
    }

    /// Whether one of the rows that changed looks otherwise than it did.
    async fn hear(
        &mut self,
        engine: &Engine,
        reader: &Actor,
        entity: &Entity,
        news: &News,
    ) -> Result<bool, QueryError> {
        let ids: BTreeSet<RecordId> = match (self.only, news.many) {
            (Some(only), many) => Some(only).filter(|id| many || news.ids.contains(id)).into_iter().collect(),
            (None, false) => news.ids.clone(),
            (None, true) => return self.anew(engine, reader, entity).await,
        };
        let ids: Vec<RecordId> = ids.into_iter().collect();
        let mut other = false;
        for ids in ids.chunks(AT_ONCE) {
            let now = of_these(engine, reader, entity, ids).await?;
            for id in ids {
                other |= self.note(*id, now.get(id).copied());
            }
        }
        Ok(other)
    }

    /// Looks at everything again; whether it is another. Of rows that are not remembered that is not known.
    async fn anew(&mut self, engine: &Engine, reader: &Actor, entity: &Entity) -> Result<bool, QueryError> {
        let (before, cut) = (std::mem::take(&mut self.seen), self.cut);
        self.look(engine, reader, entity).await?;
        let before = before.into_iter().filter(|(_, print)| print.is_some());
        let before: HashMap<RecordId, Option<Print>> = before.collect();
        Ok(cut || self.cut || before != self.seen)
    }

    /// Remembers how a row looks now; whether the reader sees that it is another, or is there, or is not.
    fn note(&mut self, id: RecordId, now: Option<Print>) -> bool {
        if let Some(known) = self.seen.get_mut(&id) {
            let other = *known != now;
            *known = now;
            return other;
        }
        let comes = now.is_some() && (!self.cut || id > self.newest);
        if self.seen.len() < MOST_SEEN {
            self.seen.insert(id, now);
        } else {
            self.cut = true;
        }
        comes
    }
}

/// Whether the reader sees every row of the entity with every field.
fn sees_all(reader: &Actor, entity: &Entity) -> bool {
    let access = reader.rights.access(entity.id, Action::Read);
    access.is_some_and(|access| access.everywhere()) && rights::whole(reader, entity)
}

/// Everything of an entity that the reader may see somewhere. Its version is not among it: that moves with what they do not see.
fn columns(reader: &Actor, entity: &Entity) -> Vec<Path> {
    let app = &reader.edition.app;
    let system = &entity.system;
    let stamps = [system.created_at, system.created_by, system.updated_at, system.updated_by];
    let access = reader.rights.access(entity.id, Action::Read);
    let fields = entity.fields.iter().copied().chain(stamps);
    let shown = fields.filter(|field| access.is_some_and(|access| access.shows(*field)));
    let kept = shown.filter_map(|field| app.field(field)).filter(|field| {
        // What belongs to a record is told of by its own entity.
        !matches!(field.kind, FieldKind::Children { .. })
    });
    kept.filter_map(|field| app.own_path(field.id)).collect()
}

/// How those of some rows look that the reader sees.
async fn of_these(
    engine: &Engine,
    reader: &Actor,
    entity: &Entity,
    ids: &[RecordId],
) -> Result<HashMap<RecordId, Print>, QueryError> {
    let Some(path) = reader.edition.app.own_path(entity.system.id) else { return Ok(HashMap::new()) };
    let list = ids.iter().map(|id| Term::Literal(Value::Id(*id), path.ty.clone())).collect();
    let within = Predicate::In { item: Term::Field(path), list };
    let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let list = List { columns: columns(reader, entity), within, ..List::all(entity.id, limit) };
    let found = engine.query(reader, Prints { list, count: None }).await?;
    Ok(found.rows.into_iter().collect())
}
