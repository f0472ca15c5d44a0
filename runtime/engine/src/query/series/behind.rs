//! The rows behind a value: a condition under which a list shows exactly those that are in the number.

use formula::Predicate;
use metrics::Base;
use model::{EntityId, Period, RecordId, TermId, Value};

use super::{Filter, GroupBy, NoSeries, ask};
use crate::Actor;

/// A cell whose rows are asked for.
#[derive(Debug, Clone)]
pub struct Behind {
    /// The term.
    pub term: TermId,
    /// When.
    pub period: Period,
    /// About whom or what.
    pub subject: Option<RecordId>,
    /// Of which group; a list of two values where two things tell the groups apart.
    pub group: Option<(GroupBy, Value)>,
    /// Only of some rows.
    pub filter: Option<Filter>,
}

impl Behind {
    /// The entity of the rows, and the condition to list them by; the list carries the reader's rights.
    ///
    /// # Errors
    /// [`NoSeries`] says why there are no such rows.
    pub fn rows(&self, actor: &Actor) -> Result<(EntityId, Predicate), NoSeries> {
        let app = &actor.edition.app;
        let bases: Vec<&Base> = app.bases(self.term).into_iter().map(|(_, base)| base).collect();
        let Some(base) = bases.first().copied() else { return Err(NoSeries::NoTerm) };
        // Terms over the same rows have the same rows behind them; terms over several kinds have several lists.
        let same = |other: &&Base| {
            (other.over, &other.time, &other.subject, other.since())
                == (base.over, &base.time, &base.subject, base.since())
        };
        if !bases.iter().all(same) {
            return Err(NoSeries::SeveralKinds { term: self.term, parts: app.measured(self.term) });
        }
        let grain = NoSeries::Grain { term: self.term, finest: base.kind.finest() };
        base.step(self.period.grain()).ok_or(grain)?;
        let window = match base.since() {
            Some(since) => ask::Window::since(since, self.period),
            None => ask::Window { first: self.period.first(), last: self.period.last() },
        };
        let mut rows = ask::within(base, window.first, window.last, ask::Around::of(actor));
        if let Some(id) = self.subject {
            let (path, _) = base.subject.as_ref().ok_or(NoSeries::NoSubject { term: self.term })?;
            rows = rows.and(ask::equals(path, Value::Id(id)));
        }
        if let Some((by, value)) = &self.group {
            let paths = ask::group_paths(app, self.term, base, by)?;
            let values = match (value, paths.len()) {
                (Value::List(values), 2) => values.clone(),
                (value, _) => vec![value.clone()],
            };
            for (path, value) in paths.iter().zip(values) {
                rows = rows.and(ask::equals(path, value));
            }
        }
        let of = bases.iter().map(|base| base.rows.clone().unwrap_or_else(Predicate::always));
        rows = rows.and(of.reduce(Predicate::or).unwrap_or_else(Predicate::always));
        Ok((base.over, rows.and(ask::chosen(app, self.term, base, self.filter.as_ref())?)))
    }
}
