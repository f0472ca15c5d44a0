//! How new the data of a term is, held against how often it is expected.

use std::sync::Arc;

use formula::{Path, Predicate};
use jiff::ToSpan;
use metrics::{Base, Term, TimeKind};
use model::{Date, Grain, Period, TermId, Timestamp, Value};
use policy::Aggregate;

use crate::{
    Actor, Engine, QueryError,
    edition::Calendar,
    query::{Query, learnable},
};

/// Days looked back or ahead for one that is worked.
const AROUND: i32 = 60;

/// Asks how new the data of terms is, as far as the reader sees it.
#[derive(Debug, Clone)]
pub struct Freshness {
    /// Which terms.
    pub terms: Vec<TermId>,
}

/// How new the data of a term is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fresh {
    /// The last day that has data: for a field of periods the last day of the newest.
    pub latest: Option<Date>,
    /// When a row last changed, where the reader may know that.
    pub changed: Option<Timestamp>,
    /// Since when newer data has been due; `None` while nothing is overdue, and where there never was any.
    pub stale_since: Option<Date>,
}

impl Query for Freshness {
    type Answer = Vec<Fresh>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let calendar = engine.calendar(actor).await?;
        let today = engine.asking(actor).today;
        let mut asked: Vec<(Base, Option<Date>, Option<Timestamp>)> = Vec::new();
        let mut found = Vec::with_capacity(self.terms.len());
        for id in &self.terms {
            let Some(term) = app.term(*id) else {
                found.push(Fresh::default());
                continue;
            };
            let (mut latest, mut changed, mut all): (Option<Date>, Option<Timestamp>, bool) = (None, None, true);
            for (_, base) in app.bases(*id) {
                let known = asked.iter().find(|(known, ..)| known.over == base.over && known.time == base.time);
                let (newest, touched) = match known {
                    Some((_, newest, touched)) => (*newest, *touched),
                    None => {
                        let (newest, touched) = newest(engine, actor, base).await?;
                        asked.push((base.clone(), newest, touched));
                        (newest, touched)
                    }
                };
                all &= newest.is_some();
                // What is made of several is as old as the oldest of them.
                latest = match (latest, newest) {
                    (Some(a), Some(b)) => Some(a.min(b)),
                    (a, b) => a.or(b),
                };
                changed = changed.max(touched);
            }
            let latest = latest.filter(|_| all);
            found.push(Fresh {
                latest,
                changed,
                stale_since: latest.and_then(|latest| stale(term, latest, today, &calendar)),
            });
        }
        Ok(found)
    }
}

/// The last day for which everything a term is made from has data.
pub(crate) async fn latest(engine: &Engine, actor: &Actor, term: TermId) -> Result<Option<Date>, QueryError> {
    let fresh = Freshness { terms: vec![term] }.answer(engine, actor).await?;
    Ok(fresh.first().and_then(|fresh| fresh.latest))
}

/// The newest data of the rows of a measure.
async fn newest(engine: &Engine, actor: &Actor, base: &Base) -> Result<(Option<Date>, Option<Timestamp>), QueryError> {
    let app = &actor.edition.app;
    let mut measures = vec![policy::Measure::Max(base.time.clone())];
    let updated = app.entity(base.over).and_then(|entity| app.own_path(entity.system.updated_at));
    let updated: Option<Path> = updated.filter(|path| learnable(app, actor, path));
    measures.extend(updated.map(policy::Measure::Max));
    let ask = Aggregate {
        entity: base.over,
        period: None,
        group: Vec::new(),
        measures,
        filter: Predicate::always(),
        within: Predicate::always(),
        search: None,
        limit: 1,
        anonymous: false,
    };
    let groups = ask.answer(engine, actor).await?;
    let numbers = groups.first().map(|group| group.numbers.as_slice()).unwrap_or_default();
    let latest = match numbers.first() {
        Some(Value::Date(day)) => Some(*day),
        Some(Value::DateTime(moment)) => Some(moment.to_zoned_datetime(actor.edition.zone.clone()).date()),
        Some(Value::Text(text)) if matches!(base.kind, TimeKind::Period(_)) => Period::parse(text).map(Period::last),
        _ => None,
    };
    let changed = match numbers.get(1) {
        Some(Value::DateTime(moment)) => Some(*moment),
        _ => None,
    };
    Ok((latest, changed))
}

/// Since when newer data has been due: the whole period after the newest data has passed without any. Of days, those count
/// that are worked.
fn stale(term: &Term, latest: Date, today: Date, calendar: &Arc<Calendar>) -> Option<Date> {
    let due = if term.frequency == Grain::Day {
        let mut days = (1..=AROUND).map(|days| latest.saturating_add(days.days()));
        Period::of(Grain::Day, days.find(|day| calendar.is_open(*day))?)
    } else {
        Period::of(term.frequency, latest).next()
    };
    let since = due.next().first();
    (since <= today).then_some(since)
}
