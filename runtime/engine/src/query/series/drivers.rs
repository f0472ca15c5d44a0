//! What goes together with a term getting worse: the change divided into rates and mix, and its possible causes ranked by
//! the loss that goes together with them. All of it over rows the reader may see.
//!
//! INVARIANT: a cause, or what a change is divided by, that the reader may not read is not there.

use std::collections::BTreeMap;

use metrics::{
    Cause, Measure, Parts, Term,
    drivers::{Loss, Split, Strata, Stratum, falls, loss, split},
};
use model::{Decimal, Period, RecordId, TermId, Value};

use super::{Filter, GroupBy, NoSeries, Series, TermSeries};
use crate::{
    Actor, Engine, QueryError,
    query::{Query, learnable},
};

/// Asks what goes together with a term's last change.
#[derive(Debug, Clone)]
pub struct Drivers {
    /// Which term.
    pub term: TermId,
    /// The newest period.
    pub period: Period,
    /// About this subject only.
    pub subject: Option<RecordId>,
    /// Only of some rows.
    pub filter: Option<Filter>,
}

/// What goes together with a term's last change.
#[derive(Debug, Clone, PartialEq)]
pub struct Driven {
    /// The periods looked at, oldest first, each with the value.
    pub values: Vec<(Period, Option<Decimal>)>,
    /// Whether the value got worse in each of them.
    pub falls: bool,
    /// The groups a change is divided by, in the order of their effects.
    pub groups: Vec<Part>,
    /// The change from the period before, divided; `None` where nothing divides it, or a period has no value.
    pub split: Option<Split>,
    /// The causes, the largest loss first.
    pub causes: Vec<Ranked>,
}

/// A group in both periods.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// Its value.
    pub group: Value,
    /// What its values are made of.
    pub stratum: Stratum,
}

/// A cause with what goes together with it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranked {
    /// Its name.
    pub name: String,
    /// The loss.
    pub loss: Loss,
}

impl Query for Drivers {
    type Answer = Result<Driven, NoSeries>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let Some((term, drivers)) = app.term(self.term).and_then(|term| Some((term, term.drivers.as_ref()?))) else {
            return Ok(Err(NoSeries::NoTerm));
        };
        let Measure::Base(base) = &term.measure else { return Ok(Err(NoSeries::NoTerm)) };
        let times = base.number.times();
        let by = drivers.split.as_ref().filter(|(_, path)| learnable(app, actor, path));
        let from = self.period.later(-i32::try_from(drivers.declines).unwrap_or(1));
        let group = by.map(|(written, _)| GroupBy::Path(written.clone()));
        let series = match self.ask(engine, actor, term, from, group, None).await? {
            Ok(series) => series,
            Err(none) => return Ok(Err(none)),
        };
        let mut totals: BTreeMap<Period, Option<Parts>> = BTreeMap::new();
        for cell in &series.cells {
            let total = totals.entry(cell.period).or_insert(Some(Parts::default()));
            *total = total.and_then(|total| total.plus(&cell.parts));
        }
        let values: Vec<(Period, Option<Decimal>)> = totals
            .iter()
            .map(|(period, parts)| (*period, parts.as_ref().and_then(|parts| parts.value(times))))
            .collect();
        let groups = if by.is_some() { parts(&series, self.period) } else { Vec::new() };
        let strata: Vec<Stratum> = groups.iter().map(|part| part.stratum).collect();
        let mut driven = Driven {
            falls: falls(&values.iter().map(|(_, value)| *value).collect::<Vec<_>>(), drivers.declines, term.direction),
            split: by.and_then(|_| split(&strata, times)),
            values,
            groups,
            causes: Vec::new(),
        };
        let all = totals.get(&self.period).copied().flatten().unwrap_or_default();
        for cause in &drivers.causes {
            if !cause.fails.paths().into_iter().all(|path| learnable(app, actor, path)) {
                continue;
            }
            match self.cause(engine, actor, term, cause, all).await? {
                Ok(strata) => driven
                    .causes
                    .extend(loss(&strata, times, term.direction).map(|loss| Ranked { name: cause.name.clone(), loss })),
                Err(none) => return Ok(Err(none)),
            }
        }
        driven.causes.sort_by_key(|cause| std::cmp::Reverse(cause.loss.loss));
        Ok(Ok(driven))
    }
}

impl Drivers {
    /// The rows of a cause: those that fail and those that do not.
    async fn cause(
        &self,
        engine: &Engine,
        actor: &Actor,
        term: &Term,
        cause: &Cause,
        all: Parts,
    ) -> Result<Result<Strata, NoSeries>, QueryError> {
        let Measure::Base(base) = &term.measure else { return Ok(Err(NoSeries::NoTerm)) };
        let mut found = [Parts::default(); 2];
        for (parts, rows) in found.iter_mut().zip([cause.fails.clone(), cause.fails.clone().negate()]) {
            let rows = Filter::Rows(base.over, rows);
            match self.ask(engine, actor, term, self.period, None, Some(rows)).await? {
                Ok(series) => *parts = series.cells.first().map(|cell| cell.parts).unwrap_or_default(),
                Err(none) => return Ok(Err(none)),
            }
        }
        let [failing, passing] = found;
        Ok(Ok(Strata { failing, passing, all }))
    }

    async fn ask(
        &self,
        engine: &Engine,
        actor: &Actor,
        term: &Term,
        from: Period,
        group: Option<GroupBy>,
        rows: Option<Filter>,
    ) -> Result<Result<TermSeries, NoSeries>, QueryError> {
        let terms = vec![term.id];
        let both: Vec<Filter> = self.filter.iter().cloned().chain(rows).collect();
        let filter = (!both.is_empty()).then_some(Filter::All(both));
        let series = Series { terms, from, to: self.period, subject: self.subject, group, filter };
        let found = series.live(engine, actor, engine.bounds().cells).await?;
        Ok(found.and_then(|mut found| found.pop().ok_or(NoSeries::NoTerm)))
    }
}

/// The groups that have a value in the last period or the one before, the largest first.
fn parts(series: &TermSeries, period: Period) -> Vec<Part> {
    let mut found: Vec<Part> = Vec::new();
    for cell in &series.cells {
        let of = |stratum: &mut Stratum| {
            if cell.period == period {
                stratum.now = cell.parts;
            } else if cell.period == period.previous() {
                stratum.before = cell.parts;
            }
        };
        match found.iter_mut().find(|part| part.group == cell.group) {
            Some(part) => of(&mut part.stratum),
            None => {
                let mut stratum = Stratum::default();
                of(&mut stratum);
                found.push(Part { group: cell.group.clone(), stratum });
            }
        }
    }
    found.retain(|part| part.stratum.now.divisor().is_some() || part.stratum.before.divisor().is_some());
    let size = |part: &Part| part.stratum.now.divisor().max(part.stratum.before.divisor());
    found.sort_by(|a, b| size(b).cmp(&size(a)).then_with(|| format!("{:?}", a.group).cmp(&format!("{:?}", b.group))));
    found
}
