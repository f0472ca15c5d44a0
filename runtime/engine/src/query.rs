//! The read door.
//!
//! A query is a policy request (get, list, aggregate, permitted) or one of the questions about a record below. Each is
//! authorised, then answered by one statement that carries the reader's row condition and field mask.

mod as_of;
mod aside;
mod axes;
pub mod case;
pub mod dictionary;
mod explain;
mod prints;
mod rehearsal;
pub mod series;
mod trace;
mod uncover;
mod unit_board;

pub use as_of::AsOf;
pub use aside::{Attachments, Comments, Content, OpenBeside, Uploads};
pub use axes::{Axes, Axis, Beside};
pub use explain::{
    CaseDeed, CaseExplained, Explain, ExplainWorkflow, Explained, ExplainedWorkflow, Gives, Hindrance, Reason, Stated,
    WorkflowReason,
};
pub use prints::{Print, Printed, Prints};
pub use rehearsal::{
    Fired, Firing, Firings, MOST_FIRINGS, MOST_REHEARSED, NoRehearsal, Occasion, Rehearsal, Rehearsed, Would, WouldBe,
    rehearsable,
};
pub use trace::{Trace, TracePart, Traced};
pub use uncover::{LONGEST_REASON, Look, Looks, NotUncovered, Uncover};
pub use unit_board::{EveryBoard, UnitBoards, UnitKey};

use std::{
    collections::{BTreeMap, BTreeSet},
    future::Future,
};

use formula::{Predicate, Term};
use model::{EntityId, RecordId, Timestamp, UserId, Value};
use policy::{Action, Aggregate, Aside, Bin, Get, List, Permitted, Request as _, authorize};

use crate::{Actor, Engine, QueryError, version::Telling};

/// A question and the type of its answer.
pub trait Query: Send {
    /// What comes back.
    type Answer;

    /// Authorises the question and has the store answer it.
    fn answer(self, engine: &Engine, actor: &Actor) -> impl Future<Output = Result<Self::Answer, QueryError>> + Send;
}

impl Engine {
    /// Answers a question as far as the actor may know the answer.
    ///
    /// # Errors
    /// [`QueryError::Denied`] when no grant allows it, [`QueryError::NewEdition`] when the app was published anew.
    pub async fn query<Q: Query>(&self, actor: &Actor, query: Q) -> Result<Q::Answer, QueryError> {
        let answer = query.answer(self, actor).await;
        if let Err(QueryError::Denied(denied)) = &answer {
            self.denied(actor, denied).await;
        }
        answer
    }
}

/// Who changed which field of a record, and how.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryShown {
    /// The change it belongs to; fields changed together share it.
    pub change: RecordId,
    /// When.
    pub at: Timestamp,
    /// The account.
    pub by: UserId,
    /// The account's name, as people know it.
    pub by_name: String,
    /// The field's name; `None` for coming, going and restoring as a whole.
    pub field: Option<String>,
    /// `create`, `update`, `delete`, `restore`.
    pub action: String,
    /// The value before, as JSON.
    pub before: serde_json::Value,
    /// The value after, as JSON.
    pub after: serde_json::Value,
}

/// A comment.
#[derive(Debug, Clone, PartialEq)]
pub struct CommentShown {
    /// Its id.
    pub id: RecordId,
    /// Who said it.
    pub by: UserId,
    /// Their name, as people know it.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
    /// What was said.
    pub text: String,
}

/// A file attached to a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Attachment {
    /// Its id.
    pub id: RecordId,
    /// Its name.
    pub name: String,
    /// Bytes.
    pub size: i64,
    /// Its media type.
    pub media_type: String,
    /// Who attached it.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
}

/// A record found by the global search.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
    /// What names it.
    pub label: String,
    /// What tells it apart.
    pub hint: String,
}

fn refused<R>(answer: Result<R, store::StoreError>) -> Result<R, QueryError> {
    answer.map_err(QueryError::from)
}

impl Query for Get {
    type Answer = Option<store::Row>;

    async fn answer(mut self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let (entity, action) = self.on();
        let versions = Telling::of(actor, entity, action, &mut self.columns);
        let request = authorize(&actor.rights, actor.user, app, self)?;
        let mut row = refused(engine.store().get(app, &engine.asking(actor), &request).await)?;
        if let Some(versions) = versions {
            versions.tell(engine, app, row.as_mut_slice())?;
        }
        let rows = row.as_slice();
        engine.shown(actor, request.entity, Some(request.id), &request.columns, rows, false).await;
        Ok(row)
    }
}

impl Query for List {
    type Answer = store::Page;

    async fn answer(mut self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let (entity, action) = self.on();
        // What leaves as a file comes back with no version to be held to: a version is given there, or it is not.
        let versions = if self.export { None } else { Telling::of(actor, entity, action, &mut self.columns) };
        let request = authorize(&actor.rights, actor.user, app, self)?;
        let mut page = refused(engine.store().list(app, &engine.asking(actor), &request).await)?;
        if let Some(versions) = versions {
            versions.tell(engine, app, &mut page.rows)?;
        }
        engine.shown(actor, request.entity, None, &request.columns, &page.rows, request.export).await;
        Ok(page)
    }
}

impl Query for Aggregate {
    type Answer = Vec<store::Group>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let request = authorize(&actor.rights, actor.user, app, self)?;
        let groups = refused(engine.store().aggregate(app, &engine.asking(actor), &request).await)?;
        engine.counted(actor, &request, groups.len()).await;
        Ok(groups)
    }
}

/// Answers several questions for numbers together, each with the asker's rights of its own.
pub(crate) async fn aggregates(
    engine: &Engine,
    actor: &Actor,
    asked: Vec<Aggregate>,
) -> Result<Vec<Vec<store::Group>>, QueryError> {
    let app = &actor.edition.app;
    let mut requests = Vec::with_capacity(asked.len());
    for ask in asked {
        requests.push(authorize(&actor.rights, actor.user, app, ask)?);
    }
    let answers = refused(engine.store().aggregates(app, &engine.asking(actor), &requests).await)?;
    for (request, groups) in requests.iter().zip(&answers) {
        engine.counted(actor, request, groups.len()).await;
    }
    Ok(answers)
}

/// Answers per field whether it may be written, or `None` when the action is not allowed on that record at all.
impl Query for Permitted {
    type Answer = Option<Vec<bool>>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        if actor.rights.access(self.entity, self.action).is_none() {
            return Ok(None);
        }
        let request = authorize(&actor.rights, actor.user, app, self)?;
        refused(engine.store().permitted(app, &engine.asking(actor), &request).await)
    }
}

fn seeing(entity: EntityId, id: RecordId) -> Get {
    Get { entity, id, columns: Vec::new(), bin: Bin::Outside }
}

/// Who changed what of a record, newest first, as far as the reader may see the fields. A field that is masked on some rows
/// stays out altogether: its past rows cannot be asked any more.
#[derive(Debug, Clone, Copy)]
pub struct History {
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
    /// At most so many entries.
    pub limit: u32,
}

impl Query for History {
    type Answer = Vec<HistoryShown>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let request = authorize(&actor.rights, actor.user, app, seeing(self.entity, self.id))?;
        let acts = engine.store().history(app, &engine.asking(actor), &request, self.limit).await?;
        let told = |values: &serde_json::Map<String, serde_json::Value>| {
            values.iter().filter(|(_, value)| !value.is_null()).map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let told: Vec<String> = acts.iter().flat_map(|act| [told(&act.before), told(&act.after)]).flatten().collect();
        engine.shown_of(actor, self.entity, self.id, told.iter().map(String::as_str)).await;
        let most = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let fields: Vec<&str> = app
            .entity(self.entity)
            .into_iter()
            .flat_map(|entity| app.fields_of(entity))
            .map(|field| field.name.as_str())
            .collect();
        Ok(acts.into_iter().flat_map(|act| shown_act(act, &fields)).take(most).collect())
    }
}

/// An act as its lines: one per field of an update, one for the record as a whole otherwise.
fn shown_act(act: store::Changed, fields: &[&str]) -> Vec<HistoryShown> {
    let line = |field: Option<String>, before: serde_json::Value, after: serde_json::Value| HistoryShown {
        change: act.act,
        at: act.at,
        by: act.by,
        by_name: act.by_name.clone(),
        field,
        action: act.action.clone(),
        before,
        after,
    };
    let values = |values: &serde_json::Map<String, serde_json::Value>| match values.is_empty() {
        true => serde_json::Value::Null,
        false => serde_json::Value::Object(values.clone()),
    };
    if act.action != "update" || (act.before.is_empty() && act.after.is_empty()) {
        return vec![line(None, values(&act.before), values(&act.after))];
    }
    let value =
        |values: &serde_json::Map<String, serde_json::Value>, name: &str| values.get(name).cloned().unwrap_or_default();
    let changed = fields.iter().filter(|name| act.after.contains_key(**name));
    changed.map(|name| line(Some((*name).to_owned()), value(&act.before, name), value(&act.after, name))).collect()
}

/// Records whose search fields hold the words, over every entity the reader may see, best places first.
#[derive(Debug, Clone)]
pub struct Search {
    /// What was typed: part of a name, or pinyin initials.
    pub text: String,
    /// At most so many of each entity.
    pub limit: u32,
}

impl Query for Search {
    type Answer = Vec<Found>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let text = self.text.trim();
        if text.is_empty() {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for entity in app.entities().iter().filter(|entity| !entity.search.is_empty()) {
            let Some(access) = actor.rights.access(entity.id, Action::Read) else { continue };
            // Search looks into all search fields at once, so it is for readers who may see them all.
            if entity.search.iter().any(|field| access.field(*field).is_none() || access.mask(*field).is_some()) {
                continue;
            }
            let readable = |field: &model::FieldId| access.field(*field).is_some();
            let hint = entity.hint.filter(readable);
            let shown = [Some(entity.display).filter(readable), hint].into_iter().flatten();
            let columns: Vec<_> = shown
                .filter_map(|field| app.own_path(field))
                .map(|path| app.display_path(&path).filter(|path| learnable(app, actor, path)).unwrap_or(path))
                .collect();
            let list = List { columns, search: Some(text.to_owned()), ..List::all(entity.id, self.limit) };
            for row in list.answer(engine, actor).await?.rows {
                let mut values = row.values.iter().map(crate::execute::validate::shown);
                let label = values.next().unwrap_or_default();
                let hint = values.next().unwrap_or_default();
                found.push(Found { entity: entity.id, id: row.id, label, hint });
            }
        }
        Ok(found)
    }
}

/// Whether some grant lets the actor read every field of the path on some row.
pub fn learnable(app: &app::App, actor: &Actor, path: &formula::Path) -> bool {
    path.hops.iter().chain([&path.field]).all(|id| {
        app.field(*id).is_some_and(|field| {
            actor.rights.access(field.entity, Action::Read).is_some_and(|access| access.field(*id).is_some())
        })
    })
}

/// One's own saved views of a page.
#[derive(Debug, Clone)]
pub struct SavedViews {
    /// The page's name.
    pub page: String,
}

impl Query for SavedViews {
    type Answer = Vec<store::SavedView>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        refused(engine.store().saved_views().of(actor.user, &self.page).await)
    }
}

/// When one is told of things.
#[derive(Debug, Clone, Copy)]
pub struct QuietTimes;

impl Query for QuietTimes {
    type Answer = store::Quiet;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        refused(engine.store().quiets().of(actor.user).await)
    }
}

/// One's own notices, newest first; those about records one may no longer see are left out, and of comments one may not read.
#[derive(Debug, Clone, Copy)]
pub struct Notifications {
    /// At most so many.
    pub limit: u32,
}

impl Query for Notifications {
    type Answer = Vec<store::Notification>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let notices = engine.store().notifications().of(actor.user, actor.now, self.limit).await?;
        let seen = seen(engine, actor, &notices).await?;
        Ok(notices.into_iter().zip(seen).filter(|(_, seen)| *seen).map(|(notice, _)| notice).collect())
    }
}

/// How many of one's own newest notices are not read, of those that [`Notifications`] answers.
#[derive(Debug, Clone, Copy)]
pub struct Unread {
    /// Of so many.
    pub limit: u32,
}

impl Query for Unread {
    type Answer = usize;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let kept = engine.store().notifications();
        if kept.unread(actor.user, actor.now).await? == 0 {
            return Ok(0);
        }
        let mut notices = kept.of(actor.user, actor.now, self.limit).await?;
        notices.retain(|notice| notice.read_at.is_none());
        Ok(seen(engine, actor, &notices).await?.into_iter().filter(|seen| *seen).count())
    }
}

/// Which notices are about records that the actor may see by now, and a mention about one whose comments they read: a statement or
/// two per entity. What a case tells those it concerns or who manage it says nothing of its record, an alarm is of none, and what
/// is told of a term is for whoever sees the term.
async fn seen(engine: &Engine, actor: &Actor, notices: &[store::Notification]) -> Result<Vec<bool>, QueryError> {
    let app = &actor.edition.app;
    let text = |notice: &store::Notification, name: &str| {
        notice.payload.get(name).and_then(|value| value.as_str()).map(str::to_owned)
    };
    let about = |notice: &store::Notification| {
        let entity = app.entity_named(&text(notice, "entity")?)?;
        Some((entity.id, text(notice, "record")?.parse::<RecordId>().ok()?))
    };
    let said = |notice: &store::Notification| notice.kind == "mention";
    let mut asked: BTreeMap<(EntityId, bool), BTreeSet<RecordId>> = BTreeMap::new();
    for notice in notices.iter().filter(|notice| notice.kind != "case") {
        let Some((entity, id)) = about(notice) else { continue };
        asked.entry((entity, said(notice))).or_default().insert(id);
    }
    let mut known: BTreeSet<(EntityId, bool, RecordId)> = BTreeSet::new();
    for ((entity, said), ids) in asked {
        let Some(path) = app.entity(entity).and_then(|entity| app.own_path(entity.system.id)) else { continue };
        let ty = path.ty.clone();
        let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX);
        let among = ids.into_iter().map(|id| Term::Literal(Value::Id(id), ty.clone())).collect();
        let mut within = Predicate::In { item: Term::Field(path), list: among };
        if said {
            let access = actor.rights.access(entity, Action::Read);
            let Some(open) = access.and_then(|access| access.beside(Aside::Comments)) else { continue };
            within = within.and(open.clone());
        }
        match (List { within, ..List::all(entity, limit) }).answer(engine, actor).await {
            Ok(page) => known.extend(page.rows.iter().map(|row| (entity, said, row.id))),
            Err(QueryError::Denied(_)) => {}
            Err(error) => return Err(error),
        }
    }
    let seen = |notice: &store::Notification| {
        let known = |(entity, id): (EntityId, RecordId)| known.contains(&(entity, said(notice), id));
        match notice.kind.as_str() {
            "case" | "alarm" | "behind" => true,
            "drivers" | "term" => {
                let term = text(notice, "term").and_then(|name| app.term_named(&name));
                term.is_some_and(|term| series::visible(actor, term))
            }
            _ => about(notice).is_some_and(known),
        }
    };
    Ok(notices.iter().map(seen).collect())
}
