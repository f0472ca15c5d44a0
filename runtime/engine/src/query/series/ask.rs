//! From a question about terms to statements over rows: which terms can be answered together, and which rows count.

use std::collections::{BTreeMap, HashMap};

use app::App;
use formula::{Anchor, Comparison, Path, Predicate, Reaching, Term as Operand};
use jiff::{civil::Time, tz::TimeZone};
use metrics::{Base, Fold, Number, Part, Parts, TimeKind};
use model::{Date, EntityId, Grain, Period, RecordId, TermId, Timestamp, Value, YearStart};
use policy::{Aggregate, ByPeriod};
use store::Group;

use super::{Filter, GroupBy, MOST_PERIODS, NoSeries, Place, Series, periods};
use crate::Actor;

/// One statement: the terms it answers, and the periods it tells apart.
pub(super) struct Ask<'a> {
    bases: Vec<(TermId, &'a Base)>,
    from: Period,
    to: Period,
    subject: Option<RecordId>,
    group: Vec<Path>,
    filter: Predicate,
}

/// The groups met so far; a group is known by its place.
#[derive(Default)]
pub(super) struct Groups {
    pub(super) values: Vec<Value>,
    places: HashMap<String, usize>,
}

impl Groups {
    pub(super) fn of(&mut self, value: &Value) -> usize {
        let next = self.values.len();
        let at = *self.places.entry(format!("{value:?}")).or_insert(next);
        if at == next {
            self.values.push(value.clone());
        }
        at
    }
}

/// The days a cumulative number is over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) first: Date,
    pub(super) last: Date,
}

impl Window {
    /// From the beginning of the longer period in which a period ends, to that end.
    pub(super) fn since(grain: Grain, period: Period) -> Self {
        let last = period.last();
        Self { first: period.within(grain).first(), last }
    }

    /// What comes before everything that begins in it.
    pub(super) fn earliest(self) -> Period {
        Period::of(Grain::Day, self.first)
    }
}

impl Series {
    /// The statements that answer the question.
    pub(super) fn asks<'a>(&self, app: &'a App) -> Result<Vec<Ask<'a>>, NoSeries> {
        let grain = self.from.grain();
        if self.to.grain() != grain || self.to < self.from || periods(self.from, self.to).len() > MOST_PERIODS {
            return Err(NoSeries::Range);
        }
        let mut asks: Vec<Ask<'a>> = Vec::new();
        for id in &self.terms {
            let bases = app.bases(*id);
            if bases.is_empty() {
                return Err(NoSeries::NoTerm);
            }
            if (self.subject.is_some() || self.group == Some(GroupBy::Subject)) && app.about(*id).is_none() {
                return Err(NoSeries::NoSubject { term: *id });
            }
            for (base_id, base) in bases {
                if asks.iter().any(|ask| ask.bases.iter().any(|(known, _)| *known == base_id)) {
                    continue;
                }
                let filter = chosen(app, *id, base, self.filter.as_ref())?;
                let group = match &self.group {
                    None => Vec::new(),
                    Some(by) => group_paths(app, *id, base, by)?,
                };
                let unknown = NoSeries::Grain { term: base_id, finest: base.kind.finest() };
                let step = base.step(grain).ok_or(unknown)?;
                let (from, to) = match base.since() {
                    Some(since) => {
                        let first = Window::since(since, self.from).first;
                        (self.from.beside(step, first), self.to.within(step))
                    }
                    None => (self.from, self.to),
                };
                if periods(from, to).len() > MOST_PERIODS {
                    return Err(NoSeries::Range);
                }
                let ask = Ask { bases: vec![(base_id, base)], from, to, subject: self.subject, group, filter };
                match asks.iter_mut().find(|known| known.joins(&ask)) {
                    Some(known) => known.bases.extend(ask.bases),
                    None => asks.push(ask),
                }
            }
        }
        Ok(asks)
    }
}

/// The paths by which the rows of a measure are told apart.
pub(super) fn group_paths(app: &App, term: TermId, base: &Base, by: &GroupBy) -> Result<Vec<Path>, NoSeries> {
    Ok(match by {
        GroupBy::Subject => {
            vec![base.subject.as_ref().map(|(path, _)| path.clone()).ok_or(NoSeries::NoSubject { term })?]
        }
        GroupBy::Path(text) => vec![path_of(app, term, base, text)?],
        GroupBy::Both(first, second) => vec![path_of(app, term, base, first)?, path_of(app, term, base, second)?],
    })
}

/// A path from the rows of a measure at whose end rows can be told apart.
fn path_of(app: &App, term: TermId, base: &Base, text: &str) -> Result<Path, NoSeries> {
    let path = app.path(base.over, text).map_err(|unknown| NoSeries::NoPath { term, part: unknown.part })?;
    match path.ty {
        model::Type::Json | model::Type::Secret => Err(NoSeries::NoPath { term, part: text.to_owned() }),
        _ => Ok(path),
    }
}

/// The condition that a filter is for the rows of a measure.
pub(super) fn chosen(app: &App, term: TermId, base: &Base, filter: Option<&Filter>) -> Result<Predicate, NoSeries> {
    match filter {
        None => Ok(Predicate::always()),
        Some(Filter::Rows(entity, rows)) if *entity == base.over => Ok(rows.clone()),
        Some(Filter::Rows(..)) => Err(NoSeries::SeveralKinds { term, parts: app.measured(term) }),
        Some(Filter::All(all)) => {
            all.iter().try_fold(Predicate::always(), |sum, one| Ok(sum.and(chosen(app, term, base, Some(one))?)))
        }
        Some(Filter::Places(places)) => places.iter().try_fold(Predicate::always(), |all, place| {
            Ok(all.and(match place {
                Place::At(path, value) => lies(app, path_of(app, term, base, path)?, value),
                Place::Unit(key) => {
                    let path = app.unit_path(base).ok_or(NoSeries::NoSubject { term })?;
                    Predicate::Reach(Box::new(Reaching::under(path, Anchor::Named(vec![key.clone()]))))
                }
            }))
        }),
    }
}

/// That a row lies in a place.
fn lies(app: &App, path: Path, value: &Value) -> Predicate {
    let unit = app.organisation().unit;
    match value {
        Value::Id(id) if unit.is_some() && path.ty == model::Type::Id(unit) => {
            Predicate::Reach(Box::new(Reaching::under(path, Anchor::These(vec![*id]))))
        }
        value => equals(&path, value.clone()),
    }
}

/// `path == value`, or that nothing is known where the value is nothing.
pub(super) fn equals(path: &Path, value: Value) -> Predicate {
    match (value, &path.ty) {
        (Value::Null, _) => Predicate::IsNull(Operand::Field(path.clone())),
        (value, model::Type::List(item)) => {
            Predicate::Has { list: path.clone(), item: Operand::Literal(value, (**item).clone()) }
        }
        (value, ty) => compare(Comparison::Equal, path, value, ty.clone()),
    }
}

fn compare(op: Comparison, path: &Path, value: Value, ty: model::Type) -> Predicate {
    Predicate::Compare { op, left: Operand::Field(path.clone()), right: Operand::Literal(value, ty) }
}

/// The moment a day begins.
fn begin(day: Date, zone: &TimeZone) -> Timestamp {
    day.to_datetime(Time::midnight()).to_zoned_datetime(zone.clone()).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// Where days and years begin.
#[derive(Clone, Copy)]
pub(crate) struct Around<'a> {
    zone: &'a TimeZone,
    year: YearStart,
}

impl<'a> Around<'a> {
    /// As they do in the actor's app.
    pub(crate) fn of(actor: &'a Actor) -> Self {
        Self { zone: &actor.edition.zone, year: actor.edition.app.year_start() }
    }
}

/// That a row counts within these days.
pub(crate) fn within(base: &Base, first: Date, last: Date, Around { zone, year }: Around<'_>) -> Predicate {
    let time = &base.time;
    let bound = |op, value: Value| compare(op, time, value, time.ty.clone());
    let (from, to) = match base.kind {
        TimeKind::Date => {
            (bound(Comparison::GreaterOrEqual, Value::Date(first)), bound(Comparison::LessOrEqual, Value::Date(last)))
        }
        TimeKind::DateTime => {
            let next = Period::of(Grain::Day, last).next().first();
            (
                bound(Comparison::GreaterOrEqual, Value::DateTime(begin(first, zone))),
                bound(Comparison::Less, Value::DateTime(begin(next, zone))),
            )
        }
        TimeKind::Period(own) => {
            let text = |day: Date| Value::Text(year.period(own, day).to_string());
            (bound(Comparison::GreaterOrEqual, text(first)), bound(Comparison::LessOrEqual, text(last)))
        }
    };
    from.and(to)
}

impl Ask<'_> {
    /// Whether one statement can answer both.
    fn joins(&self, other: &Self) -> bool {
        let key = |ask: &Self| {
            ask.bases
                .first()
                .map(|(_, base)| (base.over, base.time.clone(), base.subject.clone().map(|(path, _)| path)))
        };
        key(self) == key(other) && (self.from, self.to) == (other.from, other.to) && self.group == other.group
    }

    /// The statement.
    pub(super) fn statement(&self, actor: &Actor, most: u32) -> Aggregate {
        let zone = &actor.edition.zone;
        let Some((_, first)) = self.bases.first() else { return nothing() };
        let mut filter = within(first, self.from.first(), self.to.last(), Around::of(actor));
        if let (Some(id), Some((path, _))) = (self.subject, &first.subject) {
            filter = filter.and(equals(path, Value::Id(id)));
        }
        // What all of them ask of a row leaves the others out at once.
        let shared = self.bases.iter().all(|(_, base)| base.rows == first.rows);
        if let Some(rows) = first.rows.as_ref().filter(|_| shared) {
            filter = filter.and(rows.clone());
        }
        let mut measures = Vec::new();
        for (_, base) in &self.bases {
            let rows = base.rows.as_ref().filter(|_| !shared);
            measures.extend(folds(&base.number).into_iter().map(|measure| match rows {
                Some(rows) => measure.among(rows.clone()),
                None => measure,
            }));
        }
        let year = actor.edition.app.year_start();
        let own = match first.kind {
            TimeKind::Period(own) => Some(own),
            TimeKind::Date | TimeKind::DateTime => None,
        };
        let begins = match first.kind {
            TimeKind::DateTime => {
                periods(self.from, self.to).iter().map(|at| (begin(at.first(), zone), at.first())).collect()
            }
            TimeKind::Date | TimeKind::Period(_) => Vec::new(),
        };
        Aggregate {
            entity: first.over,
            period: Some(ByPeriod { by: first.time.clone(), own, grain: self.from.grain(), year, begins }),
            group: self.group.clone(),
            measures,
            filter: filter.and(self.filter.clone()),
            within: Predicate::always(),
            search: None,
            limit: most.saturating_add(1),
            anonymous: false,
        }
    }

    /// That a row is about one of these.
    pub(super) fn among(&self, subjects: &[RecordId]) -> Option<Predicate> {
        let (_, base) = self.bases.first()?;
        let (path, _) = base.subject.as_ref()?;
        let list = subjects.iter().map(|id| Operand::Literal(Value::Id(*id), path.ty.clone())).collect();
        Some(Predicate::In { item: Operand::Field(path.clone()), list })
    }

    /// Puts the numbers of the statement where they belong.
    pub(super) fn sort(
        &self,
        rows: Vec<Group>,
        groups: &mut Groups,
        found: &mut HashMap<TermId, BTreeMap<(usize, Period), Parts>>,
    ) {
        let grain = self.from.grain();
        for row in rows {
            let period = match row.keys.first() {
                Some(Value::Date(day)) => self.from.beside(grain, *day),
                Some(Value::Text(text)) => match self.from.read(text).filter(|period| period.grain() == grain) {
                    Some(period) => period,
                    None => continue,
                },
                _ => continue,
            };
            let group = match row.keys.get(1..).unwrap_or_default() {
                [] => groups.of(&Value::Null),
                [one] => groups.of(one),
                several => groups.of(&Value::List(several.to_vec())),
            };
            let mut numbers = row.numbers.iter().map(Value::as_decimal);
            let mut next = || numbers.next().flatten();
            for (id, base) in &self.bases {
                let parts = match &base.number {
                    Number::Simple(Part { fold: Fold::Avg(_), .. })
                    | Number::Cumulative { of: Part { fold: Fold::Avg(_), .. }, .. }
                    | Number::Ratio(_)
                    | Number::Weighted { .. } => Parts::ratio(next(), next()),
                    Number::Simple(_) | Number::Cumulative { .. } => Parts::whole(next()),
                };
                found.entry(*id).or_default().insert((group, period), parts);
            }
        }
    }
}

/// A statement of nothing: there is always a base.
fn nothing() -> Aggregate {
    Aggregate {
        entity: EntityId(u32::MAX),
        period: None,
        group: Vec::new(),
        measures: Vec::new(),
        filter: Predicate::never(),
        within: Predicate::never(),
        search: None,
        limit: 0,
        anonymous: false,
    }
}

/// What the database adds up: the numerator, and the denominator where there is one.
fn folds(number: &Number) -> Vec<policy::Measure> {
    let among = |measure: policy::Measure, part: &Part| match &part.rows {
        Some(rows) => measure.among(rows.clone()),
        None => measure,
    };
    let one = |part: &Part| -> Vec<policy::Measure> {
        match &part.fold {
            Fold::Count => vec![among(policy::Measure::Count, part)],
            Fold::Sum(path) => vec![among(policy::Measure::Sum(path.clone()), part)],
            Fold::Avg(path) => {
                vec![among(policy::Measure::Sum(path.clone()), part), among(policy::Measure::Known(path.clone()), part)]
            }
            Fold::Min(path) => vec![among(policy::Measure::Min(path.clone()), part)],
            Fold::Max(path) => vec![among(policy::Measure::Max(path.clone()), part)],
            Fold::Distinct(path) => vec![among(policy::Measure::Distinct(path.clone()), part)],
        }
    };
    match number {
        Number::Simple(part) | Number::Cumulative { of: part, .. } => one(part),
        Number::Ratio(ratio) => {
            let side = |part: &Part| one(part).into_iter().take(1).collect::<Vec<_>>();
            [side(&ratio.numerator), side(&ratio.denominator)].concat()
        }
        Number::Weighted { value, weight } => {
            let known = Predicate::IsNull(Operand::Field(value.clone())).negate();
            vec![
                policy::Measure::Product(Box::new((value.clone(), weight.clone()))),
                policy::Measure::Sum(weight.clone()).among(known),
            ]
        }
    }
}
