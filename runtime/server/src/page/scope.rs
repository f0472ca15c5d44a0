//! The values around a form or a record, for the conditions written in them.
//!
//! Only what the reader may see takes part; what lies behind a reference is read with their rights, once per reference.
//! Values of children are not known here; conditions on them do not hold.

use std::collections::HashMap;

use app::{Entity, FieldKind};
use formula::{ActorAttribute, Formula, Path, Scope};
use jiff::tz::TimeZone;
use model::{Date, FieldId, Timestamp, Value};
use policy::{Bin, Get};
use store::Row;

use super::{Visit, columns::Columns, record::own_value, rights};
use crate::problem::Problem;

/// Values by field, and values behind references.
#[derive(Debug, Clone)]
pub struct Around {
    /// The record's own values.
    pub values: HashMap<FieldId, Value>,
    far: HashMap<Path, Value>,
    id: Value,
    person: Value,
    login: Value,
    now: Timestamp,
    zone: TimeZone,
}

impl Around {
    /// Nothing known yet.
    pub fn new(visit: &Visit) -> Self {
        let actor = &visit.actor;
        Self {
            values: HashMap::new(),
            far: HashMap::new(),
            id: Value::Id(actor.user),
            person: actor.person.into(),
            login: Value::Text(actor.login.clone()),
            now: actor.now,
            zone: actor.edition.zone.clone(),
        }
    }

    /// The values of a row read with every readable field of its entity.
    pub fn of_row(visit: &Visit, entity: &Entity, columns: &Columns, row: &Row) -> Self {
        let mut around = Self::new(visit);
        for field in visit.app().fields_of(entity) {
            around.values.insert(field.id, own_value(visit.app(), columns, row, field).clone());
        }
        around.values.insert(entity.system.id, Value::Id(row.id));
        around
    }

    /// Reads what formulas need from behind references.
    ///
    /// # Errors
    /// What the engine refuses.
    pub async fn reach(&mut self, visit: &Visit, formulas: Vec<&Formula>) -> Result<(), Problem> {
        let mut wanted: HashMap<FieldId, Vec<Path>> = HashMap::new();
        for path in formulas.into_iter().flat_map(Formula::reads) {
            if let Some(first) = path.hops.first()
                && !self.far.contains_key(path)
            {
                wanted.entry(*first).or_default().push(path.clone());
            }
        }
        for (first, paths) in wanted {
            let Some(FieldKind::Reference { to, .. }) = visit.app().field(first).map(|field| &field.kind) else {
                continue;
            };
            let Some(id) = self.values.get(&first).and_then(Value::as_id) else { continue };
            let rest =
                |path: &Path| Path { entity: *to, hops: path.hops.iter().skip(1).copied().collect(), ..path.clone() };
            let (whole, parts): (Vec<Path>, Vec<Path>) = paths
                .into_iter()
                .map(|path| (path.clone(), rest(&path)))
                .filter(|(_, rest)| rights::readable(&visit.actor, rest))
                .unzip();
            if parts.is_empty() {
                continue;
            }
            let get = Get { entity: *to, id, columns: parts, bin: Bin::Outside };
            if let Some(row) = visit.ask(get).await? {
                self.far.extend(whole.into_iter().zip(row.values));
            }
        }
        Ok(())
    }

    /// Whether a condition holds; what cannot be told does not.
    pub fn holds(&self, condition: &Formula) -> bool {
        condition.evaluate(self) == Ok(Value::Bool(true))
    }
}

impl Scope for Around {
    fn value(&self, path: &Path) -> Value {
        let found = if path.hops.is_empty() { self.values.get(&path.field) } else { self.far.get(path) };
        found.cloned().unwrap_or_default()
    }

    fn actor(&self, attribute: ActorAttribute) -> Value {
        match attribute {
            ActorAttribute::Id => self.id.clone(),
            ActorAttribute::Person => self.person.clone(),
            ActorAttribute::Login => self.login.clone(),
        }
    }

    fn now(&self) -> Timestamp {
        self.now
    }

    fn today(&self) -> Date {
        self.now.to_zoned_datetime(self.zone.clone()).date()
    }

    fn is_open(&self, day: Date) -> bool {
        day.weekday().to_monday_one_offset() <= 5
    }

    fn zone(&self) -> TimeZone {
        self.zone.clone()
    }
}
