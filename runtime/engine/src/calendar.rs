//! The working calendar as the engine keeps it: which days are worked, read at most once a minute.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use app::FieldRole;
use model::{Date, EntityId, RecordId, UserId, Value};
use policy::{List, Rights, authorize};

use crate::{Actor, Engine, QueryError};

/// How long a calendar is believed before it is read again, in seconds.
pub(crate) const CALENDAR_SECONDS: i64 = 60;

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

impl Engine {
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
        Ok(self.store().list(app, &self.asking(actor), &list).await?.rows)
    }

    /// Has the calendar read again at its next use, because one of its days changed.
    pub(crate) fn forget_calendar(&self) {
        *self.inner.calendar.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
