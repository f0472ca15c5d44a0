//! The engine itself, and the published app it serves.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use app::{App, Area, FieldRole, plugin::Fault};
use arc_swap::ArcSwap;
use formula::{Predicate, Purpose};
use jiff::tz::TimeZone;
use model::{Clock, Date, EntityId, Ids, Locale, RecordId, RoleId, Timestamp, UserId, Value};
use policy::{Action, Grant, List, Rights, authorize};
use store::{Account, Asking, Blobs, Boxed, Confirmed, Noted, Plan, Store, StoreError};
use tokio::sync::broadcast;

use crate::{
    Actor, Bounds, QueryError, access,
    execute::record::Surroundings,
    ledger::Desk,
    note::{Act, By, Pen},
};

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

/// What of an account's rights something acting for it has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Within {
    /// Whether it may change anything.
    pub writes: bool,
    /// Names of the entities it may touch; all when empty.
    pub entities: Vec<String>,
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

/// Which days are worked.
#[derive(Debug, Default)]
pub struct Calendar {
    days: HashMap<Date, bool>,
    /// Days of calendars of their own, which go before those of all.
    own: HashMap<(RecordId, Date), bool>,
    /// The days of the week that calendars are worked on where no day is listed, from Monday on.
    weeks: HashMap<RecordId, [bool; 7]>,
}

impl Calendar {
    /// The calendar's word on the day; Monday to Friday where it says nothing.
    pub fn is_open(&self, day: Date) -> bool {
        self.is_open_in(None, day)
    }

    /// The word of one calendar on the day, else that of all; else whether the calendar is worked on such days of the week.
    pub fn is_open_in(&self, calendar: Option<RecordId>, day: Date) -> bool {
        let own = calendar.and_then(|calendar| self.own.get(&(calendar, day)));
        let place = day.weekday().to_monday_zero_offset();
        let week = || {
            let week = calendar.and_then(|calendar| self.weeks.get(&calendar));
            week.and_then(|week| week.get(usize::try_from(place).ok()?).copied())
        };
        own.or_else(|| self.days.get(&day)).copied().or_else(week).unwrap_or(place < 5)
    }
}

/// The edition up to which a workflow was looked for, and the last one that had it.
type LastOf = (i64, Option<Arc<Edition>>);

pub(crate) struct Inner {
    pub(crate) store: Store,
    pub(crate) blobs: Blobs,
    pub(crate) world: World,
    pub(crate) compile: Compile,
    edition: ArcSwap<Edition>,
    calendar: Mutex<Option<(Timestamp, i64, Arc<Calendar>)>>,
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
}

/// How long a calendar is believed before it is read again, in seconds.
pub(crate) const CALENDAR_SECONDS: i64 = 60;

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
    fn install(&self, version: i64, app: Arc<App>, entities: &[String], workflows: &[String]) {
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
        // Documents that this version of Loam no longer reads: the case says that its steps are gone.
        Ok(self.edition_at(present, edition).await?.unwrap_or_else(|| present.clone()))
    }

    /// A published version, compiled; `None` where there never was one, or its documents are no longer read.
    pub(crate) async fn edition_at(
        &self,
        present: &Arc<Edition>,
        edition: i64,
    ) -> Result<Option<Arc<Edition>>, StoreError> {
        if present.version == edition {
            return Ok(Some(present.clone()));
        }
        if let Some(known) = self.inner.past.lock().unwrap_or_else(PoisonError::into_inner).get(&edition) {
            return Ok(known.clone());
        }
        let Some(documents) = self.inner.store.published_at(edition).await? else { return Ok(None) };
        // What does not compile will not do so the next time either.
        let past = (self.inner.compile)(&documents).ok().map(|app| {
            let zone = TimeZone::get(app.time_zone()).unwrap_or(TimeZone::UTC);
            Arc::new(Edition { version: edition, app, zone, left: Vec::new(), gone: Vec::new() })
        });
        self.inner.past.lock().unwrap_or_else(PoisonError::into_inner).insert(edition, past.clone());
        Ok(past)
    }

    /// Carries out a plan and puts the new app in place of the old one, in one transaction on the database. `by` is an account,
    /// or nobody's for the platform itself.
    ///
    /// # Errors
    /// See [`PublishError`]; nothing changes then.
    pub fn publish<'a>(
        &'a self,
        plan: &'a Plan,
        confirmed: &'a Confirmed,
        documents: serde_json::Value,
        by: UserId,
    ) -> Boxed<'a, Result<i64, PublishError>> {
        Box::pin(async move {
            let account = match by.is_nil() {
                true => None,
                false => self.store().accounts().by_id(by).await.map_err(store::PublishError::from)?,
            };
            let by = match account {
                Some(account) => By::account(&account, crate::Origin::default()),
                None => By { user: Some(by), login: "loam".to_owned(), ..By::default() },
            };
            self.publish_by(plan, confirmed, documents, by).await
        })
    }

    /// The same for whoever is described, who need not be an account: the ledger keeps it beside what of the access changed.
    ///
    /// # Errors
    /// As [`Engine::publish`].
    pub fn publish_by<'a>(
        &'a self,
        plan: &'a Plan,
        confirmed: &'a Confirmed,
        documents: serde_json::Value,
        by: By,
    ) -> Boxed<'a, Result<i64, PublishError>> {
        Box::pin(async move {
            let user = by.user.unwrap_or_default();
            let app = (self.inner.compile)(&documents).map_err(PublishError::Compile)?;
            if let Some(area) = self.deserted(&app).await.map_err(store::PublishError::from)? {
                return Err(PublishError::Deserted(area));
            }
            let at = self.now();
            let unfit = self.unfit_plugins(&app).await;
            if let Some((name, fault)) = unfit.into_iter().next() {
                return Err(PublishError::Plugin(name, fault));
            }
            let proposed = self.proposes(&app, user, at).await.map_err(store::PublishError::from)?;
            let terms = proposed.map_err(PublishError::SameVersion)?;
            let before = self.edition().version;
            let hash = self.hashing().hash(&[documents.to_string().as_bytes()]).to_string();
            let mut act = Act::new("publish", "app").fact("version", before + 1).fact("hash", hash);
            let renames = plan.renames();
            if !renames.is_empty() {
                act = act.fact("renames", serde_json::json!(renames));
            }
            if !terms.is_empty() {
                let names: Vec<&str> = terms.iter().map(|term| term.term.as_str()).collect();
                act = act.fact("terms", serde_json::json!(names));
            }
            act = access::told(act, &self.edition(), &app);
            let entries = vec![Pen::new(self, by, at).entry(&act)];
            let (counts, gone) = self.counts_after(&app, at);
            let noted = Noted { entries, terms, counts, gone };
            let version = self.inner.store.publish_noted(before, plan, confirmed, documents, (user, at), noted).await?;
            let edition = self.edition();
            let had = edition.app.entities().iter().filter(|entity| edition.has_cases(entity.id));
            let had: Vec<String> = had.map(|entity| entity.name.to_string()).collect();
            let ran = edition.app.workflows().iter().map(|process| process.name.to_string());
            let ran: Vec<String> = ran.chain(edition.gone.iter().cloned()).collect();
            self.install(version, app, &had, &ran);
            Ok(version)
        })
    }

    /// The store, for what is not records: accounts, sessions, the outbox.
    pub fn store(&self) -> &Store {
        &self.inner.store
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

    /// An account acting in the present edition.
    pub fn actor(&self, account: &Account, locale: Locale) -> Actor {
        let edition = self.edition();
        let roles: Vec<RoleId> =
            account.roles.iter().filter_map(|name| edition.app.role_named(name)).map(|role| role.id).collect();
        let rights = edition.app.rights(&roles);
        Actor {
            user: account.id,
            login: account.login.clone(),
            person: account.person,
            roles,
            rights,
            locale,
            now: self.now(),
            origin: Arc::default(),
            on_behalf: None,
            own_login: None,
            only: None,
            looks: false,
            edition,
        }
    }

    /// An account acting through something it made for a program: with its own rights of this moment as far as `within`
    /// gives them, and no part in administration.
    pub fn actor_within(&self, account: &Account, locale: Locale, within: &Within) -> Actor {
        let mut actor = self.actor(account, locale);
        let app = &actor.edition.app;
        let entities: Vec<EntityId> =
            within.entities.iter().filter_map(|name| app.entity_named(name)).map(|entity| entity.id).collect();
        // A name that is no entity's any more opens nothing; no name at all opens everything.
        let given = |entity: EntityId| within.entities.is_empty() || entities.contains(&entity);
        let reads = [Action::Read, Action::Export];
        let held = app.roles().iter().filter(|role| role.everyone || actor.roles.contains(&role.id));
        let grants: Vec<Grant> = held
            .flat_map(|role| &role.grants)
            .filter(|grant| given(grant.entity))
            .map(|grant| {
                let mut grant = grant.clone();
                // Whoever gives a reason for uncovering does it themself, and what is gone for good cannot be put right.
                let own = |action: &Action| matches!(action, Action::Uncover | Action::Purge | Action::Erase);
                grant.actions.retain(|action| (within.writes || reads.contains(action)) && !own(action));
                grant
            })
            .filter(|grant| !grant.actions.is_empty())
            .collect();
        actor.rights = Arc::new(Rights::of(&grants, app));
        actor.only = (!within.entities.is_empty()).then(|| entities.into());
        actor.roles.retain(|id| actor.edition.app.role(*id).is_some_and(|role| role.administers.is_none()));
        actor
    }

    /// The platform acting on its own account: seeds, jobs, and whoever runs the command line on the data itself.
    pub fn system(&self) -> Actor {
        Actor {
            edition: self.edition(),
            user: UserId::nil(),
            login: "loam".to_owned(),
            person: None,
            roles: Vec::new(),
            rights: Arc::new(Rights::full()),
            locale: Locale::ZhCn,
            now: self.now(),
            origin: Arc::default(),
            on_behalf: None,
            own_login: None,
            only: None,
            looks: false,
        }
    }

    /// The actor in an app that is not published, on the tables there are: for looking at what it would do. Nothing else may
    /// be asked of this engine, which keeps statements by the version of the app.
    pub fn beside(&self, actor: &Actor, app: Arc<App>) -> Actor {
        let named = |id: &RoleId| app.role_named(actor.edition.app.role(*id)?.name.as_str());
        let roles: Vec<RoleId> = actor.roles.iter().filter_map(named).map(|role| role.id).collect();
        let rights = if actor.user.is_nil() { Arc::new(Rights::full()) } else { app.rights(&roles) };
        let zone = TimeZone::get(app.time_zone()).unwrap_or(TimeZone::UTC);
        let version = actor.edition.version;
        let edition = Arc::new(Edition { version, app, zone, left: Vec::new(), gone: Vec::new() });
        Actor { roles, rights, edition, ..actor.clone() }
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

    /// The working calendar, read at most once a minute.
    ///
    /// # Errors
    /// The database failed.
    pub(crate) async fn calendar(&self, actor: &Actor) -> Result<Arc<Calendar>, QueryError> {
        let app = &actor.edition.app;
        let known = app.organisation();
        let (Some(entity), Some(day), Some(open)) =
            (known.calendar, known.fields.get(&FieldRole::Day), known.fields.get(&FieldRole::Open))
        else {
            return Ok(Arc::default());
        };
        let now = actor.now.as_second();
        if let Some((at, version, calendar)) = &*self.inner.calendar.lock().unwrap_or_else(PoisonError::into_inner)
            && *version == actor.edition.version
            && now - at.as_second() < CALENDAR_SECONDS
        {
            return Ok(calendar.clone());
        }
        let of = known.fields.get(&FieldRole::Calendar);
        let columns = [day, open].into_iter().chain(of).filter_map(|field| app.own_path(*field)).collect();
        let rows = self.whole(actor, entity, columns).await?;
        let mut found = Calendar { weeks: self.weeks(actor).await?, ..Calendar::default() };
        for row in rows {
            match row.values.as_slice() {
                [Value::Date(day), Value::Bool(open), Value::Id(of)] => drop(found.own.insert((*of, *day), *open)),
                [Value::Date(day), Value::Bool(open), ..] => drop(found.days.insert(*day, *open)),
                _ => {}
            }
        }
        let calendar = Arc::new(found);
        *self.inner.calendar.lock().unwrap_or_else(PoisonError::into_inner) =
            Some((actor.now, actor.edition.version, calendar.clone()));
        Ok(calendar)
    }

    /// On which days of the week calendars are worked, of those that say so.
    async fn weeks(&self, actor: &Actor) -> Result<HashMap<RecordId, [bool; 7]>, QueryError> {
        let app = &actor.edition.app;
        let field = app.organisation().field(FieldRole::Weekdays).and_then(|field| app.field(field));
        let Some((entity, worked)) = field.and_then(|field| Some((field.entity, app.own_path(field.id)?))) else {
            return Ok(HashMap::new());
        };
        let rows = self.whole(actor, entity, vec![worked]).await?;
        let mut found = HashMap::new();
        for row in rows {
            let Some(days) = row.values.first().and_then(Value::as_list).filter(|days| !days.is_empty()) else {
                continue;
            };
            let worked = |day: &str| days.iter().any(|worked| worked.as_text() == Some(day));
            found.insert(row.id, app::WEEK.map(worked));
        }
        Ok(found)
    }

    /// The values at these paths of all records of an entity, as the platform reads them.
    async fn whole(
        &self,
        actor: &Actor,
        entity: EntityId,
        columns: Vec<formula::Path>,
    ) -> Result<Vec<store::Row>, QueryError> {
        let app = &actor.edition.app;
        let list = List { columns, ..List::all(entity, 20_000) };
        let list = authorize(&Rights::full(), UserId::nil(), app, list)?;
        Ok(self.inner.store.list(app, &self.asking(actor), &list).await?.rows)
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

    /// Has the calendar read again at its next use, because one of its days changed.
    pub(crate) fn forget_calendar(&self) {
        *self.inner.calendar.lock().unwrap_or_else(PoisonError::into_inner) = None;
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

/// Why an app was not published. The one before stays.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// The documents do not compile.
    #[error("the app does not compile: {0}")]
    Compile(String),
    /// A plugin cannot be called.
    #[error("the plugin `{0}` cannot be published: {1}")]
    Plugin(String, Fault),
    /// Nobody would be left who administers the area.
    #[error(
        "no active account would administer {} any more, because no role that one holds says `administers: {}`; \
         keep such a role, or give another to somebody first",
        .0.word(), .0.word()
    )]
    Deserted(Area),
    /// Terms that people have reviewed or approved would mean something else under the same version: each with the parts that
    /// change.
    #[error(
        "{} would mean something else under a version that people have reviewed or approved; give it the next `version`, \
         and it is proposed to them anew", listed(.0)
    )]
    SameVersion(Vec<(String, Vec<&'static str>)>),
    /// The database refused, and says why.
    #[error(transparent)]
    Store(#[from] store::PublishError),
}

fn listed(terms: &[(String, Vec<&'static str>)]) -> String {
    let one = |(term, parts): &(String, Vec<&'static str>)| format!("{term} ({})", parts.join(", "));
    terms.iter().map(one).collect::<Vec<_>>().join(", ")
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
