//! What the reader of a stream sees of an entity, by how it looks: so that a stream is silent about what changes unseen, be it in
//! rows that they do not see or in fields of rows that they do.
//!
//! A page of records is asked again as a whole, so that it is exact however many records there are. A stream that names no page
//! remembers rows one by one: of a record, it and those of its kind that refer to it; else of the entity. It is exact while these
//! are [`AT_ONCE`] when it looks, and [`MOST_SEEN`] as more come. Where there are more, it tells at once what is another for sure:
//! a row that it remembers, or one made since. How any other looked before is not known, and to speak whenever one is written
//! would tell of what changed unseen; so it says at every beat that something may have changed, whatever happened.

use std::{collections::HashMap, sync::Arc};

use app::{Entity, FieldKind};
use engine::{
    Actor, Engine, QueryError,
    query::{Print, Prints},
};
use formula::{Comparison, Path, Predicate, Term};
use model::{Name, RecordId, Type, Value};
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
    /// The record that matters, with those of its kind that refer to it; all records when `None`.
    only: Option<RecordId>,
    /// How each looked; `None` for a row that was not seen, which is kept only where not all are remembered.
    seen: HashMap<RecordId, Option<Print>>,
    /// Whether there are more rows than are remembered.
    cut: bool,
    /// Whether there were more, and it has not been said since that something may have changed.
    owed: bool,
    /// An id made after the last look: a row with a later one was made since.
    newest: RecordId,
}

impl Sight {
    /// A page of records, and a number it shows, as asked in an edition.
    pub(super) fn of_page(edition: i64, list: List, count: Option<Aggregate>) -> Self {
        let page = Page { edition, asks: Prints { list, count }, looks: None };
        Self { what: What::Page(Box::new(page)), by: None }
    }

    /// The rows of an entity, or one of them and those that refer to it.
    pub(super) fn of_rows(entity: Name, only: Option<RecordId>) -> Self {
        let rows = Rows { entity, only, seen: HashMap::new(), cut: false, owed: false, newest: RecordId::nil() };
        Self { what: What::Rows(rows), by: None }
    }

    /// Whether what the reader sees may have become another without a word of it: to be said at a beat, which goes by the clock
    /// alone.
    pub(super) fn owes(&mut self) -> bool {
        match &mut self.what {
            What::Rows(rows) if self.by.is_some() => std::mem::take(&mut rows.owed) || rows.cut,
            What::Rows(_) | What::Page(_) => false,
        }
    }

    /// Sees how it looks now.
    pub(super) async fn look(&mut self, engine: &Engine, reader: &Actor) {
        self.by = None;
        let Some(entity) = self.entity(reader).filter(|entity| !sees_all(reader, entity)) else { return };
        let looked = match &mut self.what {
            What::Page(page) => page.look(engine, reader).await.map(drop),
            What::Rows(rows) => rows.look(engine, reader, entity).await.map(drop),
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

/// Rows by how they look, and the last of them where more follow.
type Looks = (Vec<(RecordId, Print)>, Option<RecordId>);

impl Rows {
    /// Looks at the first of them; answers the last it looked at, where more follow.
    async fn look(&mut self, engine: &Engine, reader: &Actor, entity: &Entity) -> Result<Option<RecordId>, QueryError> {
        self.seen.clear();
        let (rows, end) = self.ask(engine, reader, entity, None).await?;
        self.seen.extend(rows.into_iter().map(|(id, print)| (id, Some(print))));
        self.cut = end.is_some();
        self.newest = engine.new_id();
        Ok(end)
    }

    /// How those look that the reader sees, of some rows or the first of all, by id.
    async fn ask(
        &self,
        engine: &Engine,
        reader: &Actor,
        entity: &Entity,
        ids: Option<&[RecordId]>,
    ) -> Result<Looks, QueryError> {
        let limit = u32::try_from(AT_ONCE).unwrap_or(u32::MAX);
        let all = || List { columns: columns(reader, entity), ..List::all(entity.id, limit) };
        let within = ids.map_or_else(Predicate::always, |ids| among(reader, entity, ids));
        let mut lists = Vec::new();
        match self.only {
            None => lists.push(List { within, ..all() }),
            Some(only) => {
                if ids.is_none_or(|ids| ids.contains(&only)) {
                    lists.push(List { within: among(reader, entity, &[only]), ..all() });
                }
                lists.extend(refers(reader, entity, only).map(|filter| List { within, filter, ..all() }));
            }
        }
        let (mut rows, mut end) = (Vec::new(), None);
        for list in lists {
            let found = engine.query(reader, Prints { list, count: None }).await?;
            end = found.rows.last().map(|(id, _)| *id).filter(|_| found.more);
            rows.extend(found.rows);
        }
        Ok((rows, end))
    }

    /// Whether one of the rows that changed looks otherwise than it did.
    async fn hear(
        &mut self,
        engine: &Engine,
        reader: &Actor,
        entity: &Entity,
        news: &News,
    ) -> Result<bool, QueryError> {
        if news.many {
            return self.anew(engine, reader, entity).await;
        }
        let alone = self.only.filter(|only| refers(reader, entity, *only).is_none());
        let ids = news.ids.iter().copied().filter(|id| alone.is_none_or(|only| only == *id));
        let ids: Vec<RecordId> = ids.collect();
        let mut other = false;
        for ids in ids.chunks(AT_ONCE) {
            let (rows, _) = self.ask(engine, reader, entity, Some(ids)).await?;
            let now: HashMap<RecordId, Print> = rows.into_iter().collect();
            for id in ids {
                other |= self.note(*id, now.get(id).copied());
            }
        }
        Ok(other)
    }

    /// Looks at everything again; whether one of those that were remembered is another, or there, or not. Of the others that is
    /// owed to the next beat.
    async fn anew(&mut self, engine: &Engine, reader: &Actor, entity: &Entity) -> Result<bool, QueryError> {
        let (before, cut) = (std::mem::take(&mut self.seen), self.cut);
        let end = self.look(engine, reader, entity).await?;
        self.owed |= cut;
        let read = |id: &RecordId| self.only == Some(*id) || end.is_none_or(|end| *id <= end);
        let gone = before.iter().any(|(id, print)| match self.seen.get(id) {
            Some(now) => now != print,
            None => print.is_some() && read(id),
        });
        let come = !cut && self.seen.keys().any(|id| !before.contains_key(id));
        Ok(gone || come)
    }

    /// Remembers how a row looks now; whether the reader sees for sure that it is another, or is there, or is not.
    fn note(&mut self, id: RecordId, now: Option<Print>) -> bool {
        let room = self.seen.len() < MOST_SEEN;
        match self.seen.get(&id).copied() {
            Some(before) if self.cut || now.is_some() => {
                self.seen.insert(id, now);
                before != now
            }
            Some(before) => {
                self.seen.remove(&id);
                before.is_some()
            }
            // All that are seen are remembered, so it was not.
            None if !self.cut => {
                if room && now.is_some() {
                    self.seen.insert(id, now);
                }
                self.cut = !room && now.is_some();
                now.is_some()
            }
            None if room => {
                self.seen.insert(id, now);
                now.is_some() && id > self.newest
            }
            None => false,
        }
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

/// That a row is one of these.
fn among(reader: &Actor, entity: &Entity, ids: &[RecordId]) -> Predicate {
    let Some(path) = reader.edition.app.own_path(entity.system.id) else { return Predicate::never() };
    let list = ids.iter().map(|id| Term::Literal(Value::Id(*id), path.ty.clone())).collect();
    Predicate::In { item: Term::Field(path), list }
}

/// That a row refers to this one of its own kind, by a field that the reader sees; `None` where no such field does.
fn refers(reader: &Actor, entity: &Entity, id: RecordId) -> Option<Predicate> {
    let app = &reader.edition.app;
    let access = reader.rights.access(entity.id, Action::Read)?;
    let fields = entity.fields.iter().filter(|field| access.field(**field).is_some());
    let fields = fields.filter_map(|field| app.field(*field));
    let any = fields.filter_map(|field| {
        let path = app.own_path(field.id)?;
        match (&field.kind, &path.ty) {
            (FieldKind::Reference { to, .. }, ty) if *to == entity.id => {
                let right = Term::Literal(Value::Id(id), ty.clone());
                Some(Predicate::Compare { op: Comparison::Equal, left: Term::Field(path), right })
            }
            (FieldKind::References { to, .. }, Type::List(item)) if *to == entity.id => {
                let item = Term::Literal(Value::Id(id), (**item).clone());
                Some(Predicate::Has { list: path, item })
            }
            _ => None,
        }
    });
    let any: Vec<Predicate> = any.collect();
    (!any.is_empty()).then_some(Predicate::Or(any))
}
