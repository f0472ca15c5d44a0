//! How new the data of a term is, held against how often it is expected.

use std::collections::HashMap;

use app::App;
use formula::Predicate;
use jiff::ToSpan;
use metrics::{Base, Term, TimeKind};
use model::{Date, Grain, Period, TermId, Timestamp, Value};
use policy::{Aggregate, authorize};
use store::Delivery;

use crate::{
    Actor, Engine, QueryError,
    calendar::Calendar,
    query::{Query, refused},
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
    /// When a row that came from another system was last new or different; `None` where rows come from people.
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
        let newest = Newest::ask(engine, actor, &self.terms).await?;
        let mut found = Vec::with_capacity(self.terms.len());
        for id in &self.terms {
            let Some(term) = app.term(*id) else {
                found.push(Fresh::default());
                continue;
            };
            let (mut latest, mut changed, mut all): (Option<Date>, Option<Timestamp>, bool) = (None, None, true);
            for (_, base) in app.bases(*id) {
                let (newest, touched) = newest.of(actor, base);
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
                stale_since: latest.and_then(|latest| stale(app, term, latest, today, &calendar)),
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

/// The newest data of the rows of some measures, asked for at once.
struct Newest<'a> {
    bases: Vec<(&'a Base, Value)>,
    deliveries: HashMap<String, Delivery>,
}

impl<'a> Newest<'a> {
    async fn ask(engine: &Engine, actor: &'a Actor, terms: &[TermId]) -> Result<Self, QueryError> {
        let app = &actor.edition.app;
        let mut bases: Vec<&Base> = Vec::new();
        for (_, base) in terms.iter().flat_map(|term| app.bases(*term)) {
            if !bases.iter().any(|known| known.over == base.over && known.time == base.time) {
                bases.push(base);
            }
        }
        let mut requests = Vec::with_capacity(bases.len());
        for base in &bases {
            let ask = Aggregate {
                entity: base.over,
                period: None,
                group: Vec::new(),
                measures: vec![policy::Measure::Max(base.time.clone())],
                filter: Predicate::always(),
                within: Predicate::always(),
                search: None,
                limit: 1,
                anonymous: false,
            };
            requests.push(authorize(&actor.rights, actor.user, app, ask)?);
        }
        let values = refused(engine.store().numbers(app, &engine.asking(actor), &requests).await)?;
        for request in &requests {
            engine.counted(actor, request, 1).await;
        }
        let delivered = |base: &&Base| app.entity(base.over).is_some_and(|entity| entity.source.is_some());
        let deliveries = match bases.iter().any(delivered) {
            true => refused(engine.store().deliveries().await)?,
            false => HashMap::new(),
        };
        Ok(Self { bases: bases.into_iter().zip(values).collect(), deliveries })
    }

    /// The last day that has data, and when rows last came that were new.
    fn of(&self, actor: &Actor, base: &Base) -> (Option<Date>, Option<Timestamp>) {
        let known = self.bases.iter().find(|(known, _)| known.over == base.over && known.time == base.time);
        let latest = match known.map(|(_, value)| value) {
            Some(Value::Date(day)) => Some(*day),
            Some(Value::DateTime(moment)) => Some(moment.to_zoned_datetime(actor.edition.zone.clone()).date()),
            Some(Value::Text(text)) if matches!(base.kind, TimeKind::Period(_)) => {
                actor.edition.app.year_start().parse(text).map(Period::last)
            }
            _ => None,
        };
        let entity = actor.edition.app.entity(base.over).filter(|entity| entity.source.is_some());
        let delivery = entity.and_then(|entity| self.deliveries.get(entity.name.as_str()));
        (latest, delivery.and_then(|delivery| delivery.changed))
    }
}

/// Since when newer data has been due: the whole period after the newest data has passed without any. Of days, those count
/// that are worked.
fn stale(app: &App, term: &Term, latest: Date, today: Date, calendar: &Calendar) -> Option<Date> {
    let due = if term.frequency == Grain::Day {
        let mut days = (1..=AROUND).map(|days| latest.saturating_add(days.days()));
        Period::of(Grain::Day, days.find(|day| calendar.is_open(*day))?)
    } else {
        app.year_start().period(term.frequency, latest).next()
    };
    let since = due.next().first();
    (since <= today).then_some(since)
}
