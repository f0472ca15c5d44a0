//! A small world for tests: goals owned by people, with key results as children.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use model::{Date, EntityId, FieldId, Timestamp, Type, Uuid, Value};

use crate::{ActorAttribute, Fault, FieldInfo, Formula, Kind, Path, Schema, Scope};

pub(crate) const GOAL: EntityId = EntityId(0);
pub(crate) const PERSON: EntityId = EntityId(1);
const KEY_RESULT: EntityId = EntityId(2);

pub(crate) struct World;

fn fields(entity: EntityId) -> Vec<(&'static str, Type, Kind)> {
    let person = || Type::Id(Some(PERSON));
    match entity {
        GOAL => vec![
            ("id", Type::Id(Some(GOAL)), Kind::Column),
            ("title", Type::Text, Kind::Column),
            ("note", Type::Text, Kind::Column),
            ("weight", Type::Decimal, Kind::Column),
            ("score", Type::Decimal, Kind::Column),
            ("level", Type::Int, Kind::Column),
            ("active", Type::Bool, Kind::Column),
            ("due", Type::Date, Kind::Column),
            ("created_at", Type::DateTime, Kind::Column),
            ("owner", person(), Kind::Reference(PERSON)),
            ("tags", Type::Text.list(), Kind::Column),
            ("participants", person().list(), Kind::References(PERSON)),
            ("key_results", Type::Id(Some(KEY_RESULT)).list(), Kind::Children { of: KEY_RESULT, by: FieldId(204) }),
            ("data", Type::Json, Kind::Column),
        ],
        PERSON => vec![
            ("id", person(), Kind::Column),
            ("name", Type::Text, Kind::Column),
            ("manager", person(), Kind::Reference(PERSON)),
            ("hired", Type::Date, Kind::Column),
            ("skills", Type::Text.list(), Kind::Column),
            ("goals", Type::Id(Some(GOAL)).list(), Kind::Children { of: GOAL, by: FieldId(9) }),
            ("unit", Type::Id(Some(UNIT)), Kind::Reference(UNIT)),
        ],
        UNIT => vec![("id", Type::Id(Some(UNIT)), Kind::Column)],
        _ => vec![
            ("weight", Type::Decimal, Kind::Column),
            ("progress", Type::Int, Kind::Column),
            ("done", Type::Bool, Kind::Column),
            ("tags", Type::Text.list(), Kind::Column),
            ("goal", Type::Id(Some(GOAL)), Kind::Reference(GOAL)),
        ],
    }
}

impl Schema for World {
    fn field(&self, entity: EntityId, name: &str) -> Option<FieldInfo> {
        let (index, (_, ty, kind)) = fields(entity).into_iter().enumerate().find(|(_, field)| field.0 == name)?;
        Some(FieldInfo { id: FieldId(entity.0 * 100 + u32::try_from(index).unwrap()), ty, kind })
    }

    fn field_names(&self, entity: EntityId) -> Vec<String> {
        fields(entity).into_iter().map(|field| field.0.to_owned()).collect()
    }

    fn actor(&self, name: &str) -> Option<(ActorAttribute, Type)> {
        let attribute = ActorAttribute::parse(name)?;
        Some((
            attribute,
            match attribute {
                ActorAttribute::Id => Type::Id(None),
                ActorAttribute::Person => Type::Id(Some(PERSON)),
                ActorAttribute::Login => Type::Text,
            },
        ))
    }

    fn organisation(&self) -> crate::Organisation {
        crate::Organisation {
            person: Some(PERSON),
            unit: Some(UNIT),
            works_in: self.field(PERSON, "unit").map(|info| info.id),
            manager: self.field(PERSON, "manager").map(|info| info.id),
            unit_key: self.field(UNIT, "id").map(|info| info.id),
            dated_units: true,
            ..crate::Organisation::default()
        }
    }
}

pub(crate) const UNIT: EntityId = EntityId(3);

/// One goal with what is around it, by the last two names of a path at most.
#[derive(Debug, Default, Clone)]
pub(crate) struct Record(HashMap<(Vec<FieldId>, FieldId), Value>);

impl Record {
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let formula = compile(name).unwrap();
        let path = formula.reads()[0].clone();
        self.0.insert((path.hops, path.field), value.into());
        self
    }
}

impl Scope for Record {
    fn value(&self, path: &Path) -> Value {
        self.0.get(&(path.hops.clone(), path.field)).cloned().unwrap_or_default()
    }

    fn actor(&self, attribute: ActorAttribute) -> Value {
        match attribute {
            ActorAttribute::Person => Uuid::from_u128(7).into(),
            ActorAttribute::Id => Uuid::from_u128(70).into(),
            ActorAttribute::Login => "liming".into(),
        }
    }

    fn now(&self) -> Timestamp {
        "2025-11-05T02:30:00Z".parse().unwrap()
    }

    fn today(&self) -> Date {
        "2025-11-05".parse().unwrap()
    }

    fn is_open(&self, day: Date) -> bool {
        day.weekday().to_monday_zero_offset() < 5
    }

    fn zone(&self) -> TimeZone {
        TimeZone::get("Asia/Shanghai").unwrap()
    }
}

pub(crate) fn compile(source: &str) -> Result<Formula, Vec<Fault>> {
    crate::compile(source, GOAL, None, &World)
}
