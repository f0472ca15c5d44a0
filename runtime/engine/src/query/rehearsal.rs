//! What a rule that watches would have raised: the same episodes as in earnest, of what the reader sees. Nothing is written,
//! and alerts that are kept play no part. What other rules would have done is `rehearsal/fired.rs`.

mod became;
mod fired;
mod past;
mod timed;
mod told;

pub use fired::{Fired, Firing, Firings, MOST_FIRINGS, Occasion, Would, rehearsable};

use std::collections::HashMap;

use formula::{Predicate, Term};
use metrics::watch::{Counted, Episode};
use model::{Date, Decimal, EntityId, Period, RecordId, Value};
use policy::List;

use super::{
    Query, learnable,
    series::{latest, visible},
};
use crate::{Actor, Engine, QueryError};

/// Most periods that are rehearsed.
pub const MOST_REHEARSED: usize = 400;
/// Names read by one statement.
const NAMES: usize = 500;

/// Asks which alerts a rule would have raised in some days.
#[derive(Debug, Clone)]
pub struct Rehearsal {
    /// The rule's name.
    pub rule: String,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// What a rule would have raised.
#[derive(Debug, Clone, PartialEq)]
pub struct Rehearsed {
    /// How many the rule watches, of those the reader sees: the ones with data in those days.
    pub watched: usize,
    /// The alerts, in the order in which they would have been raised.
    pub alerts: Vec<WouldBe>,
}

/// An alert that would have been raised.
#[derive(Debug, Clone, PartialEq)]
pub struct WouldBe {
    /// Whom or what it is about.
    pub subject: RecordId,
    /// What that is called, where the reader may know.
    pub name: Option<String>,
    /// The gravest level it would have reached.
    pub level: String,
    /// The last day of the period in which the first level was reached.
    pub opened: Date,
    /// The last day of the period in which it was over; `None` where it was not by the last day asked for.
    pub closed: Option<Date>,
    /// The value that reached the level, unrounded.
    pub value: Option<Decimal>,
    /// The periods that led there.
    pub evidence: Vec<Counted>,
}

/// Why there is no rehearsal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoRehearsal {
    /// There is no rule of that name, or the reader does not see what it goes by.
    NoRule,
    /// The last day comes before the first, or there are more than [`MOST_REHEARSED`] periods between them; days, for a rule that
    /// watches nothing.
    Range,
}

impl Query for Rehearsal {
    type Answer = Result<Rehearsed, NoRehearsal>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let rule = app.rules().iter().find(|rule| rule.name.as_str() == self.rule);
        let Some(watching) = rule.and_then(|rule| rule.watch.as_deref()) else { return Ok(Err(NoRehearsal::NoRule)) };
        if !app.term(watching.term).is_some_and(|term| visible(actor, term)) {
            return Ok(Err(NoRehearsal::NoRule));
        }
        let period = |day| app.year_start().period(watching.grain, day);
        let (from, to) = (period(self.from), period(self.to));
        let periods = std::iter::successors(Some(from), |period| Some(period.next()).filter(|next| next > period));
        if self.to < self.from
            || periods.take_while(|period| *period <= to).take(MOST_REHEARSED + 1).count() > MOST_REHEARSED
        {
            return Ok(Err(NoRehearsal::Range));
        }
        let Some(latest) = latest(engine, actor, watching.term).await? else {
            return Ok(Ok(Rehearsed { watched: 0, alerts: Vec::new() }));
        };
        let today = actor.now.to_zoned_datetime(actor.edition.zone.clone()).date();
        let to = to.min(period(latest.min(today)));
        let lead = i32::try_from(watching.watch.lead()).unwrap_or(i32::MAX);
        let mut watched = 0;
        let mut found: Vec<(RecordId, Episode)> = Vec::new();
        if from <= to {
            for (subject, seen) in engine.seen(actor, watching, (from.later(-lead), to), None).await? {
                watched += usize::from(seen.iter().any(|one| one.period >= from));
                let episodes = watching.watch.episodes(&seen).into_iter();
                found.extend(episodes.filter(|one| one.opened >= from).map(|episode| (subject, episode)));
            }
        }
        found.sort_by_key(|(subject, episode)| (episode.opened, *subject));
        let names = names(engine, actor, watching.about, found.iter().map(|(subject, _)| *subject)).await?;
        let alerts = found.into_iter().map(|(subject, episode)| WouldBe {
            subject,
            name: names.get(&subject).cloned(),
            level: watching.watch.levels.get(episode.level).map(|(name, _)| name.clone()).unwrap_or_default(),
            opened: episode.opened.last(),
            closed: episode.closed.map(Period::last),
            value: episode.evidence.last().and_then(|one| one.seen.value),
            evidence: episode.evidence,
        });
        Ok(Ok(Rehearsed { watched, alerts: alerts.collect() }))
    }
}

/// What records are called, as far as the reader may know.
async fn names(
    engine: &Engine,
    actor: &Actor,
    entity: EntityId,
    ids: impl Iterator<Item = RecordId>,
) -> Result<HashMap<RecordId, String>, QueryError> {
    let app = &actor.edition.app;
    let mut ids: Vec<RecordId> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    let mut names = HashMap::new();
    let paths = app.entity(entity).and_then(|of| Some((app.own_path(of.system.id)?, app.own_path(of.display)?)));
    let Some((own, display)) = paths.filter(|(_, display)| learnable(app, actor, display)) else { return Ok(names) };
    for ids in ids.chunks(NAMES) {
        let among = ids.iter().map(|id| Term::Literal(Value::Id(*id), own.ty.clone())).collect();
        let list = List {
            columns: vec![display.clone()],
            within: Predicate::In { item: Term::Field(own.clone()), list: among },
            ..List::all(entity, u32::try_from(NAMES).unwrap_or(u32::MAX))
        };
        let rows = list.answer(engine, actor).await?.rows;
        let named = rows.into_iter().filter_map(|row| Some((row.id, row.values.first()?.as_text()?.to_owned())));
        names.extend(named);
    }
    Ok(names)
}
