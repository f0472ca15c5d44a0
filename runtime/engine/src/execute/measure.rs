//! What a write means for numbers that are kept: which rows changed, and about which days they count. The transaction that
//! changed them leaves that behind, so that no change is missed; the runner works the numbers out anew.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use app::{App, Entity};
use metrics::TimeKind;
use model::{Date, EntityId, FieldId, Grain, Period, Value};
use store::{Due, Stored, Tx};

use super::{Work, journal::Event, record::Record};
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
    /// The fields that matter.
    reads: Vec<FieldId>,
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
        let paths = base.reads();
        let all = paths.iter().flat_map(|path| path.hops.iter().chain([&path.field])).copied();
        let mut reads: Vec<FieldId> =
            all.filter(|id| app.field(*id).is_some_and(|field| field.entity == entity)).collect();
        reads.sort_unstable();
        reads.dedup();
        let itself = base.over == entity;
        if reads.is_empty() && !itself {
            continue;
        }
        let (Some(over), Some(time)) = (app.entity(base.over), app.field(base.time.field)) else { continue };
        let time_of = itself.then_some((base.time.field, base.kind));
        let (entity, field) = (over.name.to_string(), time.name.to_string());
        match found.iter_mut().find(|known| known.entity == entity && known.field == field) {
            Some(known) => known.reads.extend(reads),
            None => found.push(Watched { entity, field, time: time_of, reads }),
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
                    for record in *records {
                        self.measured(one, Some(record), None);
                    }
                }
                Event::Updated { before, after, changed } => {
                    if changed.iter().any(|field| one.reads.contains(field)) {
                        self.measured(one, Some(after), Some(before));
                    }
                }
                Event::Deleted(before) | Event::Restored(before) => {
                    self.measured(one, None, Some(before));
                }
            }
        }
    }

    fn measured(&mut self, one: &Watched, now: Option<&Record>, was: Option<&Stored>) {
        let Some((field, kind)) = one.time else {
            // Of what is reached through a reference only a change matters: rows that refer to it are made or go themselves.
            if now.is_some() && was.is_some() {
                self.marks.due.insert(Due { entity: one.entity.clone(), field: one.field.clone(), day: None });
            }
            return;
        };
        let now = now.into_iter().map(|record| record.value(field));
        let was = was.into_iter().map(|record| record.value(field));
        let days: Vec<Date> = now.chain(was).filter_map(|value| self.day(value)).collect();
        for day in days {
            let day = Some(Period::of(gathered(kind), day).first());
            self.marks.due.insert(Due { entity: one.entity.clone(), field: one.field.clone(), day });
        }
    }

    /// The day of a date, a moment or a period.
    fn day(&self, value: &Value) -> Option<Date> {
        match value {
            Value::Date(day) => Some(*day),
            Value::DateTime(moment) => Some(moment.to_zoned_datetime(self.around.zone.clone()).date()),
            Value::Text(text) => Period::parse(text).map(Period::first),
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
