//! A record in hand: its values, what its formulas reach beyond it, and the scope they are evaluated in.

use std::{collections::HashMap, sync::Arc};

use app::{App, Entity};
use formula::{ActorAttribute, Formula, Path, Predicate, Scope};
use jiff::tz::TimeZone;
use model::{Date, EntityId, FieldId, RecordId, Timestamp, Value};
use policy::{Authorized, Change};
use store::{NewRow, StoreError, Stored, Tx};

use crate::{Actor, calendar::Calendar};

/// What is the same for every record of one request.
#[derive(Clone)]
pub(crate) struct Surroundings {
    pub(crate) user: Value,
    pub(crate) person: Value,
    pub(crate) login: Value,
    pub(crate) now: Timestamp,
    pub(crate) today: Date,
    pub(crate) zone: TimeZone,
    pub(crate) calendar: Arc<Calendar>,
}

impl Surroundings {
    /// What formulas see around the actor.
    pub(crate) fn of(actor: &Actor, zone: TimeZone, calendar: Arc<Calendar>) -> Self {
        Self {
            user: Value::Id(actor.principal()),
            person: actor.person.into(),
            login: Value::Text(actor.login.clone()),
            now: actor.now,
            today: actor.now.to_zoned_datetime(zone.clone()).date(),
            zone,
            calendar,
        }
    }
}

/// A record's values while it is made, changed or recomputed.
pub(crate) struct Record {
    pub(crate) entity: EntityId,
    pub(crate) id: RecordId,
    /// Whether it is in the database already, so that it may have children.
    pub(crate) stored: bool,
    pub(crate) values: HashMap<FieldId, Value>,
    /// The fields somebody gives a value for.
    pub(crate) given: Vec<FieldId>,
    /// The reference to a record it is entered together with, where that is not stored yet.
    pub(crate) beside: Option<FieldId>,
    /// Children as they stand in a form, by their field, instead of those that are stored.
    pub(crate) children: HashMap<FieldId, Vec<HashMap<FieldId, Value>>>,
    /// Values as they are stored, of the fields a change is held against.
    was: HashMap<FieldId, Value>,
    pub(crate) reached: HashMap<Path, Value>,
}

impl Record {
    /// A record not yet stored.
    pub(crate) fn new(entity: &Entity, id: RecordId) -> Self {
        let values = HashMap::from([(entity.system.id, Value::Id(id))]);
        Self {
            entity: entity.id,
            id,
            stored: false,
            values,
            given: Vec::new(),
            beside: None,
            children: HashMap::new(),
            was: HashMap::new(),
            reached: HashMap::new(),
        }
    }

    /// The value a watched field had before this change; not known on a new record.
    pub(crate) fn was(&self, field: FieldId) -> &Value {
        self.was.get(&field).unwrap_or(&Value::Null)
    }

    /// The value of a field; not known when it has none.
    pub(crate) fn value(&self, field: FieldId) -> &Value {
        self.values.get(&field).unwrap_or(&Value::Null)
    }

    /// Evaluates a formula of the record's entity. What it reads beyond the record must have been reached.
    pub(crate) fn evaluate(&self, formula: &Formula, around: &Surroundings) -> Result<Value, String> {
        formula.evaluate(&View { record: self, around }).map_err(|error| error.to_string())
    }

    /// Whether a condition over the record's own fields holds; `None` when it is not known.
    pub(crate) fn meets(&self, condition: &Predicate, around: &Surroundings) -> Option<bool> {
        condition.evaluate(&View { record: self, around })
    }

    /// Loads what these formulas read beyond the record itself: one statement per reference followed, and one for all lists
    /// of children. Values already reached from the same starting point are kept.
    pub(crate) async fn reach<'f>(
        &mut self,
        app: &App,
        tx: &mut Tx,
        token: &Authorized<Change>,
        formulas: impl Iterator<Item = &'f Formula>,
    ) -> Result<(), StoreError> {
        self.reach_through(app, tx, token, formulas, |_| true).await
    }

    /// The same, only as far as it leads through these fields.
    pub(crate) async fn reach_through<'f>(
        &mut self,
        app: &App,
        tx: &mut Tx,
        token: &Authorized<Change>,
        formulas: impl Iterator<Item = &'f Formula>,
        wanted: impl Fn(FieldId) -> bool,
    ) -> Result<(), StoreError> {
        let mut through: HashMap<FieldId, Vec<Path>> = HashMap::new();
        for path in formulas.flat_map(Formula::reads) {
            if let Some(first) = path.hops.first()
                && wanted(*first)
                && !self.reached.contains_key(path)
            {
                let paths = through.entry(*first).or_default();
                if !paths.contains(path) {
                    paths.push(path.clone());
                }
            }
        }
        // All lists of children are read from the record itself: by one statement.
        let lists = |first: &FieldId| {
            let field = app.field(*first);
            field.is_some_and(|field| matches!(field.kind, app::FieldKind::Children { .. }))
        };
        let mut children: Vec<Path> = Vec::new();
        for (first, paths) in through {
            let values = match self.children.get(&first) {
                Some(rows) => {
                    let value = |row: &HashMap<FieldId, Value>, field| row.get(&field).cloned().unwrap_or_default();
                    let list = |path: &Path| Value::List(rows.iter().map(|row| value(row, path.field)).collect());
                    paths.iter().map(list).collect()
                }
                None if lists(&first) && self.stored => {
                    children.extend(paths);
                    continue;
                }
                None if lists(&first) => vec![Value::List(Vec::new()); paths.len()],
                None => self.referred(app, tx, token, first, &paths).await?,
            };
            self.reached.extend(paths.into_iter().zip(values));
        }
        if !children.is_empty() {
            let values = tx.load_paths(app, token, self.entity, self.id, &children).await?;
            self.reached.extend(children.into_iter().zip(values));
        }
        Ok(())
    }

    /// What lies behind a reference.
    async fn referred(
        &self,
        app: &App,
        tx: &mut Tx,
        token: &Authorized<Change>,
        first: FieldId,
        paths: &[Path],
    ) -> Result<Vec<Value>, StoreError> {
        let target = app.field(first).and_then(app::Field::target);
        let (Some(_), Some(id)) = (target, self.value(first).as_id()) else {
            return Ok(vec![Value::Null; paths.len()]);
        };
        tx.load_paths_from(app, token, self.entity, id, paths).await
    }

    /// Forgets what was reached through these fields, because they have got values meanwhile.
    pub(crate) fn forget_reached(&mut self, through: &[FieldId]) {
        self.reached.retain(|path, _| path.hops.first().is_none_or(|first| !through.contains(first)));
    }
}

struct View<'a> {
    record: &'a Record,
    around: &'a Surroundings,
}

impl Scope for View<'_> {
    fn value(&self, path: &Path) -> Value {
        let found =
            if path.hops.is_empty() { self.record.values.get(&path.field) } else { self.record.reached.get(path) };
        found.cloned().unwrap_or(Value::Null)
    }

    fn actor(&self, attribute: ActorAttribute) -> Value {
        self.around.actor(attribute)
    }

    fn now(&self) -> Timestamp {
        self.around.now()
    }

    fn today(&self) -> Date {
        self.around.today()
    }

    fn is_open(&self, day: Date) -> bool {
        self.around.is_open(day)
    }

    fn is_open_in(&self, calendar: RecordId, day: Date) -> bool {
        self.around.is_open_in(calendar, day)
    }

    fn zone(&self) -> TimeZone {
        self.around.zone()
    }
}

/// Without a record no field is known.
impl Scope for Surroundings {
    fn value(&self, _: &Path) -> Value {
        Value::Null
    }

    fn actor(&self, attribute: ActorAttribute) -> Value {
        match attribute {
            ActorAttribute::Id => self.user.clone(),
            ActorAttribute::Person => self.person.clone(),
            ActorAttribute::Login => self.login.clone(),
        }
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn today(&self) -> Date {
        self.today
    }

    fn is_open(&self, day: Date) -> bool {
        self.calendar.is_open(day)
    }

    fn is_open_in(&self, calendar: RecordId, day: Date) -> bool {
        self.calendar.is_open_in(Some(calendar), day)
    }

    fn zone(&self) -> TimeZone {
        self.zone.clone()
    }
}

impl Record {
    /// A record as the database has it.
    pub(crate) fn stored(entity: &Entity, stored: &Stored) -> Self {
        let mut values: HashMap<FieldId, Value> = stored.values.iter().cloned().collect();
        values.insert(entity.system.id, Value::Id(stored.id));
        Self {
            entity: entity.id,
            id: stored.id,
            stored: true,
            values,
            given: Vec::new(),
            beside: None,
            children: HashMap::new(),
            was: entity.watched.iter().map(|field| (*field, stored.value(*field).clone())).collect(),
            reached: HashMap::new(),
        }
    }

    /// The fields whose value is not what is stored; system fields and children left out.
    pub(crate) fn changes(&self, entity: &Entity, before: &Stored) -> Vec<FieldId> {
        entity.fields.iter().copied().filter(|field| self.value(*field) != before.value(*field)).collect()
    }

    /// The record as the store takes a new one.
    pub(crate) fn to_new(&self, app: &App, entity: &Entity) -> NewRow {
        let values = entity.fields.iter().filter_map(|field| Some((*field, self.values.get(field)?.clone())));
        NewRow { id: self.id, values: values.collect(), search: self.search(app, entity) }
    }

    /// The same, only if one of the search fields is among those that changed.
    pub(crate) fn search_if(&self, app: &App, entity: &Entity, changed: &[FieldId]) -> Option<String> {
        entity.search.iter().any(|field| changed.contains(field)).then(|| self.search(app, entity)).flatten()
    }

    /// What search looks into: the search fields in small letters, and the pinyin initials of what is written in Chinese.
    pub(crate) fn search(&self, app: &App, entity: &Entity) -> Option<String> {
        if entity.search.is_empty() {
            return None;
        }
        let mut text = String::new();
        for field in entity.search.iter().filter_map(|id| app.field(*id)) {
            let shown = super::validate::shown(self.value(field.id)).to_lowercase();
            if shown.is_empty() {
                continue;
            }
            text.push_str(&shown);
            text.push(' ');
            let initials: String = shown.chars().filter_map(initial).collect();
            if initials != shown {
                text.push_str(&initials);
                text.push(' ');
            }
        }
        Some(text.trim_end().to_owned())
    }
}

/// The first letter of a character's pinyin; other letters and digits stand for themselves.
fn initial(character: char) -> Option<char> {
    use pinyin::ToPinyin;
    match character.to_pinyin() {
        Some(pinyin) => pinyin.plain().chars().next(),
        None => character.is_alphanumeric().then_some(character),
    }
}
