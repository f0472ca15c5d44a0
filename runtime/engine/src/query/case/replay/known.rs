//! What is known of past cases: whom accounts belong to, what happened, and what stood in records at which moment.

use std::collections::{BTreeSet, HashMap, HashSet};

use app::App;
use formula::{ActorAttribute, Formula, Path, Predicate, Scope, Term};
use jiff::tz::TimeZone;
use model::{Date, EntityId, FieldId, RecordId, Timestamp, UserId, Value};
use policy::{Action, Direction, List, Sort, authorize};
use store::{CaseEvent, Row, StoredCase};
use workflow::{Nobody, Process, StepKind, Who};

use super::Query as _;
use crate::{
    Actor, Engine, Given, QueryError,
    edition::led,
    execute::{process_of, record::Surroundings},
    input,
};

/// As whom expressions see records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Eyes {
    /// As whoever published them had them read: everything.
    Author,
    /// As whoever asks.
    Asker,
}

/// What is known of the past.
pub(super) struct Known<'e> {
    pub(super) engine: &'e Engine,
    pub(super) actor: &'e Actor,
    eyes: Eyes,
    pub(super) process: &'e Process,
    pub(super) entity: EntityId,
    around: Surroundings,
    /// What the process reads, as the draft says it, and where it stands among the columns that are read.
    places: HashMap<Path, usize>,
    columns: Vec<Path>,
    pub(super) unknown: BTreeSet<String>,
    pub(super) names: HashMap<UserId, String>,
    /// Person and login of every account.
    logins: HashMap<UserId, (Option<RecordId>, String)>,
    behind: HashMap<RecordId, UserId>,
    roles: HashMap<String, Vec<UserId>>,
    managers: HashMap<RecordId, Vec<(RecordId, i64)>>,
    pub(super) values: HashMap<RecordId, Vec<Value>>,
    /// By record and field, what stood there until when, oldest first.
    past: HashMap<(RecordId, FieldId), Vec<(Timestamp, Value)>>,
    pub(super) events: HashMap<RecordId, Vec<CaseEvent>>,
}

impl<'e> Known<'e> {
    pub(super) async fn new(
        engine: &'e Engine,
        (actor, eyes): (&'e Actor, Eyes),
        draft: &App,
        process: &'e Process,
        entity: EntityId,
    ) -> Result<Self, QueryError> {
        let app = &actor.edition.app;
        let (mut places, mut columns, mut unknown) = (HashMap::new(), Vec::new(), BTreeSet::new());
        for path in formulas(process).into_iter().flat_map(Formula::reads) {
            let found = led(draft, app, entity, path, called_before);
            match found.filter(|found| eyes == Eyes::Author || asks_by(actor, found)) {
                Some(found) => {
                    let place = columns.iter().position(|column| *column == found).unwrap_or(columns.len());
                    if place == columns.len() {
                        columns.push(found);
                    }
                    places.insert(path.clone(), place);
                }
                None => unknown.extend(draft.field(path.field).map(|field| field.name.to_string())),
            }
        }
        unknown.extend(written_elsewhere(draft, process));
        let mut accounts = engine.store().accounts().all().await?;
        accounts.retain(|account| account.active);
        let behind = accounts.iter().filter_map(|account| Some((account.person?, account.id))).collect();
        let mut roles: HashMap<String, Vec<UserId>> = HashMap::new();
        for account in &accounts {
            for role in &account.roles {
                roles.entry(role.clone()).or_default().push(account.id);
            }
        }
        let calendar = engine.calendar(actor).await?;
        Ok(Self {
            engine,
            actor,
            eyes,
            process,
            entity,
            around: Surroundings::of(&process_of(actor), actor.edition.zone.clone(), calendar),
            places,
            columns,
            unknown,
            logins: accounts.iter().map(|one| (one.id, (one.person, one.login.clone()))).collect(),
            names: accounts.into_iter().map(|account| (account.id, account.name)).collect(),
            behind,
            roles,
            managers: HashMap::new(),
            values: HashMap::new(),
            past: HashMap::new(),
            events: HashMap::new(),
        })
    }

    /// Reads what some cases need, in place of what others needed.
    pub(super) async fn read(&mut self, rows: &[StoredCase]) -> Result<(), QueryError> {
        let (app, store) = (&self.actor.edition.app, self.engine.store());
        let mut records: Vec<RecordId> = rows.iter().map(|row| row.record).collect();
        records.sort_unstable();
        records.dedup();
        let ids: Vec<RecordId> = rows.iter().map(|row| row.id).collect();
        self.events.clear();
        for (case, event) in store.cases().events_among(&ids).await? {
            self.events.entry(case).or_default().push(event);
        }
        let stored = self.rows(&records).await?;
        self.values = stored.into_iter().map(|row| (row.id, row.values)).collect();
        self.past.clear();
        let (Some(since), Some(name)) = (rows.iter().map(|row| row.started).min(), app.entity(self.entity)) else {
            return Ok(());
        };
        let open = self.open(&records).await?;
        for (record, changed) in store.changed_since(name.name.as_str(), &records, since).await? {
            for (name, json) in changed.before {
                if open.as_ref().is_some_and(|open| !open.contains(&name)) {
                    continue;
                }
                let Some(field) = app.field_named(self.entity, &name) else { continue };
                let value = input::read(field, &Given::Json(json), &self.around.zone).unwrap_or(Value::Null);
                self.past.entry((record, field.id)).or_default().push((changed.at, value));
            }
        }
        Ok(())
    }

    /// What the expressions read of records, as they see it.
    async fn rows(&self, records: &[RecordId]) -> Result<Vec<Row>, QueryError> {
        let app = &self.actor.edition.app;
        // Where nothing is read, all that is told is that the record is there.
        if self.eyes == Eyes::Author || self.columns.is_empty() {
            return self.engine.rows_of(self.actor, self.entity, records, self.columns.clone()).await;
        }
        let id = app.entity(self.entity).and_then(|entity| app.own_path(entity.system.id));
        let Some(id) = id.filter(|_| self.actor.rights.access(self.entity, Action::Read).is_some()) else {
            return Ok(Vec::new());
        };
        let list = records.iter().map(|one| Term::Literal(Value::Id(*one), id.ty.clone())).collect();
        let list = List {
            columns: self.columns.clone(),
            within: Predicate::In { item: Term::Field(id), list },
            ..List::all(self.entity, u32::try_from(records.len()).unwrap_or(u32::MAX))
        };
        Ok(list.answer(self.engine, self.actor).await?.rows)
    }

    /// Names of the fields whose past the expressions see; `None` where they see that of every one.
    async fn open(&self, records: &[RecordId]) -> Result<Option<HashSet<String>>, QueryError> {
        if self.eyes == Eyes::Author {
            return Ok(None);
        }
        let (app, rights) = (&self.actor.edition.app, &self.actor.rights);
        let Ok(request) = authorize(rights, self.actor.user, app, List::all(self.entity, 0)) else {
            return Ok(Some(HashSet::new()));
        };
        let past = self.engine.store().past(app, &self.engine.asking(self.actor), &request, records).await?;
        Ok(Some(past.fields))
    }

    /// Those of these accounts that may sign in.
    pub(super) fn active(&self, ids: &[UserId]) -> Vec<UserId> {
        ids.iter().copied().filter(|id| self.names.contains_key(id)).collect()
    }

    /// Whether a condition holds of a record at a moment.
    pub(super) fn holds(&self, at: &At<'_>, condition: &Formula) -> bool {
        self.value_at(at, condition) == Value::Bool(true)
    }

    /// What an expression says of a record at a moment.
    pub(super) fn value_at(&self, at: &At<'_>, formula: &Formula) -> Value {
        formula.evaluate(&Then { known: self, at }).unwrap_or(Value::Null)
    }

    /// The accounts behind people.
    pub(super) fn behind<'p>(
        &'p self,
        people: impl Iterator<Item = RecordId> + 'p,
    ) -> impl Iterator<Item = UserId> + 'p {
        people.filter_map(|person| self.behind.get(&person).copied())
    }

    /// The accounts with a role.
    pub(super) fn with(&self, role: &str) -> Vec<UserId> {
        self.roles.get(role).cloned().unwrap_or_default()
    }

    /// The managers of a person with their level, the nearest first; 1 is the direct one.
    pub(super) async fn managers(&mut self, person: RecordId) -> Result<&[(RecordId, i64)], QueryError> {
        if !self.managers.contains_key(&person) {
            let found = self.engine.store().cases().managers_of(person).await?;
            self.managers.insert(person, found);
        }
        Ok(self.managers.get(&person).map(Vec::as_slice).unwrap_or_default())
    }
}

/// A record at a moment.
pub(super) struct At<'w> {
    pub(super) record: RecordId,
    pub(super) now: Timestamp,
    pub(super) by: UserId,
    pub(super) written: &'w HashMap<FieldId, Value>,
}

/// What a formula of the draft sees at that moment.
struct Then<'t, 'e, 'w> {
    known: &'t Known<'e>,
    at: &'t At<'w>,
}

impl Scope for Then<'_, '_, '_> {
    fn value(&self, path: &Path) -> Value {
        let own = path.hops.is_empty();
        if let Some(written) = self.at.written.get(&path.field).filter(|_| own) {
            return written.clone();
        }
        let Some(place) = self.known.places.get(path) else { return Value::Null };
        let column = self.known.columns.get(*place).filter(|column| column.hops.is_empty());
        let changes = column.and_then(|column| self.known.past.get(&(self.at.record, column.field)));
        // What stood there until the first change after that moment.
        let then = changes.and_then(|changes| changes.iter().find(|(until, _)| *until > self.at.now));
        let today = || self.known.values.get(&self.at.record)?.get(*place).cloned();
        then.map(|(_, value)| value.clone()).or_else(today).unwrap_or(Value::Null)
    }

    fn actor(&self, attribute: ActorAttribute) -> Value {
        let known = self.known.logins.get(&self.at.by);
        match attribute {
            ActorAttribute::Id => Value::Id(self.at.by),
            ActorAttribute::Person => known.and_then(|(person, _)| *person).into(),
            ActorAttribute::Login => known.map(|(_, login)| login.as_str().into()).unwrap_or_default(),
        }
    }

    fn now(&self) -> Timestamp {
        self.at.now
    }

    fn today(&self) -> Date {
        self.at.now.to_zoned_datetime(self.known.around.zone.clone()).date()
    }

    fn is_open(&self, day: Date) -> bool {
        self.known.around.is_open(day)
    }

    fn is_open_in(&self, calendar: RecordId, day: Date) -> bool {
        self.known.around.is_open_in(calendar, day)
    }

    fn zone(&self) -> TimeZone {
        self.known.around.zone()
    }
}

/// Whether the actor may ask by what lies at the end of a path, as by a filter.
fn asks_by(actor: &Actor, path: &Path) -> bool {
    let by = Sort { by: path.clone(), direction: Direction::Ascending };
    let list = List { sort: vec![by], ..List::all(path.entity, 1) };
    authorize(&actor.rights, actor.user, &actor.edition.app, list).is_ok()
}

/// Every expression whose value decides where a case goes and whom it asks.
fn formulas(process: &Process) -> Vec<&Formula> {
    fn of(who: &Who) -> Vec<&Formula> {
        match who {
            Who::People(formula) | Who::Managers { of: formula, .. } => vec![formula],
            Who::Role(_) | Who::Starter | Who::Chosen => Vec::new(),
            Who::Except { who, not } => of(who).into_iter().chain([not]).collect(),
        }
    }
    let mut found: Vec<&Formula> = process.condition.iter().collect();
    for step in &process.steps {
        match &step.kind {
            StepKind::Ask(asked) => {
                found.extend(asked.groups.iter().flat_map(|group| &group.who).flat_map(|(who, _)| of(who)));
                if let Nobody::Ask(who) = &asked.nobody {
                    found.extend(of(who));
                }
            }
            StepKind::Choose(paths) | StepKind::Split { paths, .. } => {
                found.extend(paths.iter().filter_map(|path| path.when.as_ref()));
            }
            StepKind::Wait(wait) => found.extend(wait.conditions()),
            StepKind::Set(fields) => found.extend(fields.iter().map(|(_, formula)| formula)),
            _ => {}
        }
    }
    found
}

/// Fields that steps write into other records and that the process reads: a replay writes nothing, so it does not know them.
fn written_elsewhere<'a>(draft: &'a App, process: &Process) -> impl Iterator<Item = String> + use<'a> {
    let written = process.steps.iter().filter_map(|step| match &step.kind {
        StepKind::Update(_, write) => Some(&write.fields),
        _ => None,
    });
    let written: BTreeSet<FieldId> = written.flatten().map(|(field, _)| *field).collect();
    let read = formulas(process).into_iter().flat_map(Formula::reads).map(|path| path.field);
    let read: BTreeSet<FieldId> = read.filter(|field| written.contains(field)).collect();
    read.into_iter().filter_map(|field| Some(draft.field(field)?.name.to_string()))
}

/// A field of a draft, as it is called in the app that is published; `None` where it is not there yet.
fn called_before<'a>(app: &'a App, entity: EntityId, draft: &app::Field) -> Option<&'a app::Field> {
    let before = || app.field_named(entity, draft.renamed_from.as_deref()?);
    app.field_named(entity, draft.name.as_str()).or_else(before)
}
