//! What a write means for numbers that are kept: which rows changed, and about which days they count. The transaction that
//! changed them leaves that behind, so that no change is missed; the runner works the numbers out anew.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use app::{App, Entity};
use metrics::TimeKind;
use model::{Date, EntityId, FieldId, Grain, Period, Value};
use store::{Due, Tx};

use super::{Work, journal::Event};
use crate::CommandError;

/// What a command changed, as far as numbers are concerned.
#[derive(Default)]
pub(crate) struct Marks {
    watched: HashMap<EntityId, Arc<[Watched]>>,
    due: BTreeSet<Due>,
}

/// A way in which records of an entity are measured.
#[derive(Debug, Clone, PartialEq)]
struct Watched {
    /// The entity whose rows are measured, and the field that says when they count.
    entity: String,
    field: String,
    /// Where the records are those rows themselves.
    time: Option<(FieldId, TimeKind)>,
    /// The fields of the rows themselves that matter.
    own: Vec<FieldId>,
    /// The fields that matter where a row reaches the record through a reference: any row may.
    beyond: Vec<FieldId>,
}

impl Watched {
    /// What is due when rows that count on or about a day change.
    fn on(&self, day: Option<Date>) -> Due {
        Due { entity: self.entity.clone(), field: self.field.clone(), day }
    }
}

/// The length of the periods in which changes are gathered: no kept number is of a shorter one.
pub(crate) fn gathered(kind: TimeKind) -> Grain {
    match kind {
        TimeKind::Date | TimeKind::DateTime => Grain::Month,
        TimeKind::Period(own) => own,
    }
}

/// How records of an entity are measured: as rows themselves, and through references from other rows.
fn watched(app: &App, entity: EntityId) -> Vec<Watched> {
    let mut found: Vec<Watched> = Vec::new();
    for base in app.terms().iter().filter(|term| term.in_use()).filter_map(|term| term.base()) {
        let (mut own, mut beyond) = (Vec::new(), Vec::new());
        for path in base.reads() {
            for (at, id) in path.hops.iter().chain([&path.field]).enumerate() {
                if app.field(*id).is_some_and(|field| field.entity == entity) {
                    if at == 0 { own.push(*id) } else { beyond.push(*id) }
                }
            }
        }
        let itself = base.over == entity;
        if !itself && beyond.is_empty() {
            continue;
        }
        let (Some(over), Some(time)) = (app.entity(base.over), app.field(base.time.field)) else { continue };
        let time_of = itself.then_some((base.time.field, base.kind));
        let (entity, field) = (over.name.to_string(), time.name.to_string());
        match found.iter_mut().find(|known| known.entity == entity && known.field == field) {
            Some(known) => {
                known.own.extend(own);
                known.beyond.extend(beyond);
            }
            None => found.push(Watched { entity, field, time: time_of, own, beyond }),
        }
    }
    found
}

impl Work<'_> {
    /// Notes a write for the numbers it is in.
    pub(super) fn measures(&mut self, entity: &Entity, event: &Event<'_>) {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let watched = self.marks.watched.entry(entity.id).or_insert_with(|| watched(app, entity.id).into()).clone();
        for one in watched.iter() {
            match event {
                Event::Created(records) => {
                    if let Some((field, kind)) = one.time {
                        self.due(one, kind, records.iter().map(|record| record.value(field)));
                    }
                }
                Event::Updated { before, after, changed } => {
                    if changed.iter().any(|field| one.beyond.contains(field)) {
                        self.marks.due.insert(one.on(None));
                    }
                    if let Some((field, kind)) = one.time
                        && changed.iter().any(|field| one.own.contains(field))
                    {
                        self.due(one, kind, [before.value(field), after.value(field)].into_iter());
                    }
                }
                Event::Deleted(before) | Event::Restored(before) => {
                    if let Some((field, kind)) = one.time {
                        self.due(one, kind, [before.value(field)].into_iter());
                    }
                }
            }
        }
    }

    /// Notes the months, or the longer periods, of days on which rows count.
    fn due<'v>(&mut self, one: &Watched, kind: TimeKind, times: impl Iterator<Item = &'v Value>) {
        let (grain, year) = (gathered(kind), self.actor.edition.app.year_start());
        let days: BTreeSet<Date> =
            times.filter_map(|value| self.day(value)).map(|day| year.period(grain, day).first()).collect();
        self.marks.due.extend(days.into_iter().map(|day| one.on(Some(day))));
    }

    /// The day of a date, a moment or a period.
    fn day(&self, value: &Value) -> Option<Date> {
        match value {
            Value::Date(day) => Some(*day),
            Value::DateTime(moment) => Some(moment.to_zoned_datetime(self.around.zone.clone()).date()),
            Value::Text(text) => self.actor.edition.app.year_start().parse(text).map(Period::first),
            _ => None,
        }
    }

    /// Leaves behind what was noted.
    pub(crate) async fn leave_due(&mut self, tx: &mut Tx) -> Result<(), CommandError> {
        let due: Vec<_> =
            std::mem::take(&mut self.marks.due).into_iter().map(|due| (self.engine.new_id(), due)).collect();
        if !due.is_empty() {
            tx.is_due(&due).await?;
        }
        Ok(())
    }
}
