//! The engine itself, and the published app it serves.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use app::App;
use arc_swap::ArcSwap;
use formula::{Predicate, Purpose};
use jiff::tz::TimeZone;
use model::{Clock, EntityId, Ids, RecordId, Timestamp, UserId};
use store::{Asking, Blobs, Boxed, Store, StoreError, StoredCase, Tx};
use tokio::sync::broadcast;

use crate::{Actor, Bounds, calendar::Calendar, execute::record::Surroundings, ledger::Desk, reads::Reads};

/// A published version of the app. Never changes; a publish puts another in its place.
#[derive(Debug)]
pub struct Edition {
    /// Counts publishes from 1; 0 before the first.
    pub version: i64,
    /// The app.
    pub app: Arc<App>,
    /// The zone in which its days begin.
    pub zone: TimeZone,
    /// Entities that no workflow is about any more, and about whose records cases may still run.
    pub(crate) left: Vec<EntityId>,
    /// Workflows that are not in the app any more, and of which cases may still run.
    pub(crate) gone: Vec<String>,
}

impl Edition {
    /// Whether cases may run about records of an entity.
    pub(crate) fn has_cases(&self, entity: EntityId) -> bool {
        self.app.workflows().iter().any(|process| process.entity == entity) || self.left.contains(&entity)
    }
}

/// Turns published documents into an app. Handed in, because this crate has never heard of definitions.
pub type Compile = Arc<dyn Fn(&serde_json::Value) -> Result<Arc<App>, String> + Send + Sync>;

/// The outside world.
#[derive(Clone)]
pub struct World {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// New identities.
    pub ids: Arc<dyn Ids>,
}

/// News for whoever watches lists: records of an entity changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The entity.
    pub entity: EntityId,
    /// The records, or none when too many to name.
    pub ids: Vec<RecordId>,
}

/// What was written together, for those who watch.
#[derive(Debug, Default)]
pub(crate) struct Touched {
    /// Records by entity; no ids where there are many.
    pub(crate) records: Vec<(EntityId, Vec<RecordId>)>,
    /// Accounts that are asked or told something, or no longer are.
    pub(crate) people: Vec<UserId>,
}

/// The edition up to which a workflow was looked for, and the last one that had it.
type LastOf = (i64, Option<Arc<Edition>>);

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    pub(crate) world: World,
    pub(crate) compile: Compile,
    edition: ArcSwap<Edition>,
    pub(crate) calendar: Mutex<Option<(Timestamp, i64, Arc<Calendar>)>>,
    news: broadcast::Sender<Change>,
    told: broadcast::Sender<Arc<[UserId]>>,
    day: Mutex<String>,
    timers: Mutex<HashMap<String, Timestamp>>,
    /// The edition whose terms have been compared with what is kept.
    pub(crate) numbers: Mutex<i64>,
    pub(crate) desk: Desk,
    pub(crate) watch: crate::alarm::Watch,
    pub(crate) sending: crate::send::Sending,
    pub(crate) scanning: crate::scan::Scanning,
    pub(crate) plugging: crate::plugin::Plugging,
    pub(crate) lease: crate::runner::Lease,
    bounds: ArcSwap<Bounds>,
    /// Editions before this one, by which cases that began then still go.
    past: Mutex<HashMap<i64, Option<Arc<Edition>>>>,
    /// What is known of versions of terms before the present ones.
    pub(crate) versions: crate::query::series::Known,
    /// The last editions that had workflows which are gone, each as of the edition that was looked back from.
    pub(crate) last: Mutex<HashMap<String, LastOf>>,
}

/// The runtime's heart: a store, the published app, and the two doors between them. Cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) inner: Arc<Inner>,
    /// The store of these doors, which waits for answers as long as they do.
    store: Store,
}

impl Engine {
    /// Opens the doors on a store: loads the newest published app, or an empty one when nothing was published yet.
    ///
    /// # Errors
    /// The database failed, or the published documents no longer compile.
    pub fn open(store: Store, blobs: Blobs, world: World, compile: Compile) -> Boxed<'static, Result<Self, OpenError>> {
        Box::pin(async move {
            let app = Arc::new(App::new(app::Parts::default()));
            let empty = Edition { version: 0, app, zone: TimeZone::UTC, left: Vec::new(), gone: Vec::new() };
            let engine = Self {
                store: store.clone(),
                inner: Arc::new(Inner {
                    blobs: blobs.sealed_by(store.vault()),
                    store,
                    world,
                    compile,
                    edition: ArcSwap::from_pointee(empty),
                    calendar: Mutex::default(),
                    news: broadcast::channel(256).0,
                    told: broadcast::channel(256).0,
                    day: Mutex::default(),
                    timers: Mutex::default(),
                    numbers: Mutex::default(),
                    desk: Desk::default(),
                    watch: crate::alarm::Watch::default(),
                    sending: crate::send::Sending::default(),
                    scanning: crate::scan::Scanning::default(),
                    plugging: crate::plugin::Plugging::default(),
                    lease: crate::runner::Lease::default(),
                    bounds: ArcSwap::default(),
                    past: Mutex::default(),
                    versions: crate::query::series::Known::default(),
                    last: Mutex::default(),
                }),
            };
            engine.refresh().await?;
            let edition = engine.edition();
            if edition.version > 0 {
                engine.inner.store.complete_lines(&edition.app).await?;
            }
            Ok(engine)
        })
    }

    /// The app as published now. A request takes it once and keeps it.
    pub fn edition(&self) -> Arc<Edition> {
        self.inner.edition.load_full()
    }

    /// Loads a newer published version, if there is one. Returns whether there was.
    ///
    /// # Errors
    /// The database failed, or the documents do not compile; the edition in use stays.
    pub fn refresh(&self) -> Boxed<'_, Result<bool, OpenError>> {
        Box::pin(async move {
            let newest = self.inner.store.published_version().await?;
            if newest == self.edition().version {
                return Ok(false);
            }
            let Some(published) = self.inner.store.published().await? else { return Ok(false) };
            // The first version is looked at by whoever begins to serve it, who can say what to do.
            if self.edition().version > 0 && self.prove_version(published.version).await? != crate::Proof::Same {
                return Err(OpenError::Altered(published.version));
            }
            let app = (self.inner.compile)(&published.documents).map_err(OpenError::Compile)?;
            let cases = self.inner.store.cases();
            let (entities, workflows) = (cases.entities_running().await?, cases.workflows_running().await?);
            let workflows: Vec<String> = workflows.into_iter().map(|(workflow, _)| workflow).collect();
            self.install(published.version, app, &entities, &workflows);
            Ok(true)
        })
    }

    /// `entities`, by name, are those about whose records cases may run, and `workflows` those of which cases may.
    pub(crate) fn install(&self, version: i64, app: Arc<App>, entities: &[String], workflows: &[String]) {
        let zone = TimeZone::get(app.time_zone()).unwrap_or(TimeZone::UTC);
        let still = entities.iter().filter_map(|name| app.entity_named(name)).map(|entity| entity.id);
        let left = still.filter(|id| !app.workflows().iter().any(|process| process.entity == *id)).collect();
        let gone = workflows.iter().filter(|name| app.workflow_named(name).is_none()).cloned().collect();
        let next = Arc::new(Edition { version, app, zone, left, gone });
        self.inner.edition.rcu(|now| if now.version < version { next.clone() } else { now.clone() });
        *self.inner.calendar.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The edition whose steps a case goes by: the present one as long as its workflow is as it was when the case began.
    pub(crate) async fn edition_for(
        &self,
        present: &Arc<Edition>,
        workflow: &str,
        print: &str,
        edition: i64,
    ) -> Result<Arc<Edition>, StoreError> {
        let same = present.app.workflow_named(workflow).is_some_and(|process| process.print == print);
        if same {
            return Ok(present.clone());
        }
        self.edition_of(&mut Reads::Beside, present, edition).await
    }

    /// The same, asked in a transaction.
    pub(crate) async fn edition_now(
        &self,
        tx: &mut Tx,
        present: &Arc<Edition>,
        case: &StoredCase,
    ) -> Result<Arc<Edition>, StoreError> {
        let same = present.app.workflow_named(&case.workflow).is_some_and(|process| process.print == case.print);
        if same {
            return Ok(present.clone());
        }
        self.edition_of(&mut Reads::Within(tx), present, case.edition).await
    }

    async fn edition_of(
        &self,
        reads: &mut Reads<'_>,
        present: &Arc<Edition>,
        edition: i64,
    ) -> Result<Arc<Edition>, StoreError> {
        // Documents that this version of Loam no longer reads: the case says that its steps are gone.
        Ok(self.edition_at(reads, present, edition).await?.unwrap_or_else(|| present.clone()))
    }

    /// The app as a version of it was published; `None` where there never was one, or its documents are no longer read.
    ///
    /// # Errors
    /// The database failed.
    pub async fn app_at(&self, version: i64) -> Result<Option<Arc<App>>, StoreError> {
        let found = self.edition_at(&mut Reads::Beside, &self.edition(), version).await?;
        Ok(found.map(|edition| edition.app.clone()))
    }

    /// A published version, compiled; `None` where there never was one, or its documents are no longer read.
    pub(crate) async fn edition_at(
        &self,
        reads: &mut Reads<'_>,
        present: &Arc<Edition>,
        edition: i64,
    ) -> Result<Option<Arc<Edition>>, StoreError> {
        if present.version == edition {
            return Ok(Some(present.clone()));
        }
        if let Some(known) = self.inner.past.lock().unwrap_or_else(PoisonError::into_inner).get(&edition) {
            return Ok(known.clone());
        }
        let Some(documents) = reads.published_at(self, edition).await? else { return Ok(None) };
        // What does not compile will not do so the next time either.
        let past = (self.inner.compile)(&documents).ok().map(|app| {
            let zone = TimeZone::get(app.time_zone()).unwrap_or(TimeZone::UTC);
            Arc::new(Edition { version: edition, app, zone, left: Vec::new(), gone: Vec::new() })
        });
        self.inner.past.lock().unwrap_or_else(PoisonError::into_inner).insert(edition, past.clone());
        Ok(past)
    }

    /// The store, for what is not records: accounts, sessions, the outbox.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The same doors, whose questions are waited for no longer than that and then end in [`StoreError::TooLong`]. What is written
    /// is not bound by it, nor is what the runner does.
    #[must_use]
    pub fn patient_for(&self, longest: Option<Duration>) -> Self {
        Self { inner: self.inner.clone(), store: self.store.patient_for(longest) }
    }

    /// The same doors, which wait no longer than that for an answer, where they do not wait as long as it takes.
    #[must_use]
    pub fn hurried(&self, longest: Duration) -> Self {
        self.patient_for(self.store.patience().map(|own| own.min(longest)))
    }

    /// The present moment, to the millisecond that stores keep.
    pub fn now(&self) -> Timestamp {
        let now = self.inner.world.clock.now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// How much is answered at once.
    pub fn bounds(&self) -> Bounds {
        **self.inner.bounds.load()
    }

    /// Answers no more than that at once from now on.
    pub fn keep_within(&self, bounds: Bounds) {
        self.inner.bounds.store(Arc::new(bounds));
    }

    /// A new identity.
    pub fn new_id(&self) -> RecordId {
        self.inner.world.ids.next()
    }

    /// News of changed records, from this process.
    pub fn subscribe(&self) -> broadcast::Receiver<Change> {
        self.inner.news.subscribe()
    }

    /// Accounts for which something waits, or no longer does, from this process.
    pub fn listen(&self) -> broadcast::Receiver<Arc<[UserId]>> {
        self.inner.told.subscribe()
    }

    /// Tells whoever watches. Nobody watching is fine.
    pub(crate) fn announce(&self, change: Change) {
        let _ = self.inner.news.send(change);
    }

    /// Tells whoever watches of everything that was written together.
    pub(crate) fn announce_all(&self, touched: Touched) {
        for (entity, ids) in touched.records {
            if self.edition().app.keeps_days(entity) {
                self.forget_calendar();
            }
            self.announce(Change { entity, ids });
        }
        if !touched.people.is_empty() {
            let _ = self.inner.told.send(touched.people.into());
        }
    }

    /// Reads a filter somebody typed.
    ///
    /// # Errors
    /// Every fault of the text, with its place.
    pub fn parse_filter(&self, actor: &Actor, entity: EntityId, text: &str) -> Result<Predicate, Vec<formula::Fault>> {
        self.read_filter(actor, entity, text).map(|(predicate, _)| predicate)
    }

    /// The same, and whether the condition is one for everybody at all times in this edition, so that it may be kept.
    ///
    /// # Errors
    /// Every fault of the text, with its place.
    pub fn read_filter(
        &self,
        actor: &Actor,
        entity: EntityId,
        text: &str,
    ) -> Result<(Predicate, bool), Vec<formula::Fault>> {
        let compiled = formula::compile_for(text, entity, Purpose::Condition, &*actor.edition.app)?;
        if compiled.asks_reach() == formula::AsksReach::Dated {
            // The answer would tell of assignments, which the reader may not see and no present field guards.
            return Err(vec![formula::Fault {
                code: "formula.reach",
                span: None,
                message: "where somebody stood on another day is not asked in a filter".to_owned(),
                help: Some("leave the day out".to_owned()),
            }]);
        }
        if let Ok(lasting) = compiled.predicate() {
            return Ok((lasting, true));
        }
        // Parts without fields (`START_OF(TODAY(), "month")`) are computed here; a filter reads no working calendar.
        let around = Surroundings::of(actor, actor.edition.zone.clone(), Arc::default());
        compiled.predicate_for(&around).map(|now| (now, false)).map_err(|fault| vec![fault])
    }

    /// What statements know about who asks.
    pub(crate) fn asking(&self, actor: &Actor) -> Asking {
        Asking {
            version: actor.edition.version,
            user: actor.principal(),
            person: actor.person,
            login: actor.login.clone(),
            now: actor.now,
            today: actor.now.to_zoned_datetime(actor.edition.zone.clone()).date(),
        }
    }

    /// Whether this process has not yet left the timer of that key.
    pub(crate) fn once_a_day(&self, key: &str) -> bool {
        let mut last = self.inner.day.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = *last != key;
        key.clone_into(&mut last);
        fresh
    }

    /// Whether this process has left the rule's timer for that moment.
    pub(crate) fn has_left(&self, rule: &str, due: Timestamp) -> bool {
        self.inner.timers.lock().unwrap_or_else(PoisonError::into_inner).get(rule) == Some(&due)
    }

    /// Notes timers that were left.
    pub(crate) fn leave(&self, timers: Vec<(String, Timestamp)>) {
        self.inner.timers.lock().unwrap_or_else(PoisonError::into_inner).extend(timers);
    }
}

/// The field that was this one in an edition before, by its name or by the name it had.
pub(crate) fn now_called<'a>(app: &'a App, entity: EntityId, was: &app::Field) -> Option<&'a app::Field> {
    let renamed = || {
        let entity = app.entity(entity)?;
        app.fields_of(entity).find(|field| field.renamed_from.as_deref() == Some(was.column.as_str()))
    };
    app.field_named(entity, was.name.as_str()).or_else(renamed)
}

/// A path of one app, as it leads in another whose fields are `called` so there; `None` where one of them is not.
pub(crate) fn led<'a>(
    from: &App,
    to: &'a App,
    entity: EntityId,
    path: &formula::Path,
    called: impl Fn(&'a App, EntityId, &app::Field) -> Option<&'a app::Field>,
) -> Option<formula::Path> {
    let mut here = entity;
    let mut parts = Vec::new();
    for id in path.hops.iter().chain([&path.field]) {
        let found = called(to, here, from.field(*id)?)?;
        parts.push(found.name.to_string());
        here = match found.kind {
            app::FieldKind::Reference { to, .. } | app::FieldKind::References { to, .. } => to,
            app::FieldKind::Children { of, .. } => of,
            _ => here,
        };
    }
    to.path(entity, &parts.join(".")).ok()
}

/// Why the published app could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The published documents do not compile with this version of Loam.
    #[error("the published app does not compile: {0}")]
    Compile(String),
    /// The published documents are not those that the ledger says were published.
    #[error("version {0} of the published app is not the one that the ledger says was published")]
    Altered(i64),
}
