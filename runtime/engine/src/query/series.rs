//! Values of terms over periods: one part of a statement per entity that is measured, with the reader's rights in it, all parts
//! of what is asked at once in one statement, and everything else worked out from its numbers.
//!
//! INVARIANT: a row or value the reader may not see is in no number. A number that is not known is no data, never nothing.

mod aims;
mod ask;
mod behind;
mod drivers;
mod fresh;
mod kept;
mod owner;
mod version;
mod watched;

use std::collections::{BTreeMap, HashMap};

use app::App;
use formula::Predicate;
use metrics::{Measure, Number, Parts, Score, Term};
use model::{Decimal, EntityId, Grain, Period, RecordId, TermId, Timestamp, Type, Value, decimal::round_half_up};
use store::{Group, Standpoint};

use self::{
    aims::Aims,
    ask::{Ask, Groups, Window},
};
use super::{Query, aggregates, learnable};
use crate::{Actor, Engine, QueryError};

pub(crate) use ask::{Around, within};
pub use behind::Behind;
pub use drivers::{Driven, Drivers, Part, Ranked};
pub(crate) use fresh::latest;
pub use fresh::{Fresh, Freshness};
pub(crate) use owner::Owners;
pub use version::Then;
pub(crate) use version::{Known, Told};
pub(crate) use watched::watched;

/// Most periods one question is about.
pub const MOST_PERIODS: usize = 1_500;

/// Asks for the values of terms in every period of a range.
#[derive(Debug, Clone)]
pub struct Series {
    /// Which terms.
    pub terms: Vec<TermId>,
    /// The first period.
    pub from: Period,
    /// The last period, of the same length.
    pub to: Period,
    /// About this subject only.
    pub subject: Option<RecordId>,
    /// Apart by something.
    pub group: Option<GroupBy>,
    /// Only of some rows.
    pub filter: Option<Filter>,
}

/// Which rows count.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// Those of a condition, which is on that entity.
    Rows(EntityId, Predicate),
    /// Those in all of these places, of whatever entity they are.
    Places(Vec<Place>),
    /// Those of all of these.
    All(Vec<Filter>),
}

/// Where rows lie.
#[derive(Debug, Clone, PartialEq)]
pub enum Place {
    /// At a value at the end of a path from the rows, as definitions write it. A unit of the organisation stands for itself and
    /// those below it; null for what is not known.
    At(String, Value),
    /// In the unit of this key and those below it: whom or what the number is about, or who works there.
    Unit(String),
}

/// What the numbers are told apart by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupBy {
    /// Whom or what they are about.
    Subject,
    /// A path from the rows that are measured.
    Path(String),
    /// Two such paths; the group of a cell is then a list of two values.
    Both(String, String),
}

/// Why there is no such series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoSeries {
    /// The app has no such term.
    NoTerm,
    /// The last period comes before the first, or is of another length, or there are more than [`MOST_PERIODS`] between them.
    Range,
    /// The rows say when they count in longer or other periods than asked for.
    Grain {
        /// The term.
        term: TermId,
        /// The shortest periods it knows.
        finest: Grain,
    },
    /// The term is about nobody.
    NoSubject {
        /// The term.
        term: TermId,
    },
    /// The rows of the term have no such path, or nothing is told apart by it.
    NoPath {
        /// The term.
        term: TermId,
        /// The part that is not known.
        part: String,
    },
    /// The term is made from terms over several kinds of rows, and a filter or the rows themselves are of one.
    SeveralKinds {
        /// The term.
        term: TermId,
        /// The terms it is made from.
        parts: Vec<TermId>,
    },
    /// There are more than so many cells.
    TooMany(u32),
}

/// The values of a term.
#[derive(Debug, Clone, PartialEq)]
pub struct TermSeries {
    /// The term.
    pub term: TermId,
    /// By group, and in each by period; every period asked for is there.
    pub cells: Vec<Cell>,
}

/// The value of a term in a period.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    /// When.
    pub period: Period,
    /// Whom it is about, or of which group; null without groups, and where the group is not known.
    pub group: Value,
    /// What the value is made of. A term made from terms has no parts.
    pub parts: Parts,
    /// The value, unrounded; `None` for no data.
    pub value: Option<Decimal>,
    /// What is aimed for, where it is known: the term's own target, else the one its curve names.
    pub target: Option<Decimal>,
    /// What the value counts, where the term says so.
    pub score: Option<Score>,
    /// The version of the term it was measured by.
    pub version: u32,
    /// Where it stands among its peers: beside a subject's value that the reader sees whole, of enough peers.
    pub peers: Option<Standpoint>,
    /// When the number that is kept was worked out; `None` where none is, or where the reader sees another.
    pub as_of: Option<Timestamp>,
}

impl Cell {
    /// The value as it is shown and kept.
    pub fn shown(&self, term: &Term) -> Option<Decimal> {
        self.value.map(|value| round_half_up(value, term.places))
    }
}

/// The type of what the rows of a term are told apart by; of two things, that of the second.
///
/// # Errors
/// [`NoSeries`] where they are not told apart by it.
pub fn group_type(app: &App, term: TermId, by: &GroupBy) -> Result<Type, NoSeries> {
    let mut found = None;
    for (_, base) in app.bases(term) {
        found = ask::group_paths(app, term, base, by)?.pop().map(|path| path.ty);
    }
    found.ok_or(NoSeries::NoTerm)
}

/// Whether somebody may see a term: whether they may read, on some rows, every field it is measured from.
pub fn visible(actor: &Actor, term: &Term) -> bool {
    let app = &actor.edition.app;
    let bases = app.bases(term.id);
    !bases.is_empty()
        && bases.into_iter().all(|(_, base)| base.reads().into_iter().all(|path| learnable(app, actor, path)))
}

/// Whether the numbers of a term can be those of a unit: whether it is about units, or about people who work in them.
pub fn usable_by_unit(app: &App, term: &Term) -> bool {
    let bases = app.bases(term.id);
    term.in_use() && !bases.is_empty() && bases.into_iter().all(|(_, base)| app.unit_path(base).is_some())
}

/// Asks for several series at once: their rows by one statement, and what is kept beside them by another.
#[derive(Debug, Clone)]
pub struct Several(pub Vec<Series>);

impl Query for Several {
    /// Of each question, in the order asked.
    type Answer = Vec<Result<Vec<TermSeries>, NoSeries>>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let mut found = Series::all_live(&self.0, engine, actor, engine.bounds().cells).await?;
        Series::keep(&self.0, engine, actor, &mut found).await?;
        Ok(found)
    }
}

impl Query for Series {
    type Answer = Result<Vec<TermSeries>, NoSeries>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        Ok(only(Several(vec![self]).answer(engine, actor).await?))
    }
}

/// The answer to the only question.
fn only(mut answers: Vec<Result<Vec<TermSeries>, NoSeries>>) -> Result<Vec<TermSeries>, NoSeries> {
    answers.pop().unwrap_or(Err(NoSeries::NoTerm))
}

impl Series {
    /// The values as the rows have them now, each measured by the version of its term that counts for the period; at most so
    /// many.
    pub(crate) async fn live(
        &self,
        engine: &Engine,
        actor: &Actor,
        most: u32,
    ) -> Result<Result<Vec<TermSeries>, NoSeries>, QueryError> {
        Ok(only(Self::all_live(std::slice::from_ref(self), engine, actor, most).await?))
    }

    /// The same for several questions at once; at most so many values of each.
    async fn all_live(
        questions: &[Self],
        engine: &Engine,
        actor: &Actor,
        most: u32,
    ) -> Result<Vec<Result<Vec<TermSeries>, NoSeries>>, QueryError> {
        let mut answers = Self::measured(questions, engine, actor, most).await?;
        for (question, answer) in questions.iter().zip(&mut answers) {
            let Ok(found) = answer else { continue };
            let put = question.put_back(engine, actor, most, found).await?;
            if let Err(none) = put {
                *answer = Err(none);
            }
        }
        Ok(answers)
    }

    /// Puts what earlier versions of the terms say where they count.
    async fn put_back(
        &self,
        engine: &Engine,
        actor: &Actor,
        most: u32,
        found: &mut [TermSeries],
    ) -> Result<Result<(), NoSeries>, QueryError> {
        for series in found {
            if let Err(none) = Box::pin(self.then(engine, actor, most, series)).await? {
                return Ok(Err(none));
            }
        }
        Ok(Ok(()))
    }

    /// The values measured by the terms as they are in the actor's app: the rows of all questions together.
    async fn measured(
        questions: &[Self],
        engine: &Engine,
        actor: &Actor,
        most: u32,
    ) -> Result<Vec<Result<Vec<TermSeries>, NoSeries>>, QueryError> {
        let app = &actor.edition.app;
        let (mut planned, mut statements) = (Vec::with_capacity(questions.len()), Vec::new());
        for question in questions {
            let asks = question.asks(app);
            if let Ok(asks) = &asks {
                statements.extend(asks.iter().map(|ask| ask.statement(actor, most)));
            }
            planned.push(asks);
        }
        let mut rows = aggregates(engine, actor, statements).await?.into_iter();
        let mut aims = Aims::of(questions, engine, actor);
        let mut answers = Vec::with_capacity(questions.len());
        for (question, asks) in questions.iter().zip(planned) {
            let answer = match asks {
                Ok(asks) => {
                    let own = asks.into_iter().zip(rows.by_ref()).collect();
                    question.filled(actor, most, own, &mut aims).await?
                }
                Err(none) => Err(none),
            };
            answers.push(answer);
        }
        Ok(answers)
    }

    /// The values, from the rows of each statement.
    async fn filled(
        &self,
        actor: &Actor,
        most: u32,
        asked: Vec<(Ask<'_>, Vec<Group>)>,
        aims: &mut Aims<'_>,
    ) -> Result<Result<Vec<TermSeries>, NoSeries>, QueryError> {
        let app = &actor.edition.app;
        let many = usize::try_from(most).unwrap_or(usize::MAX);
        let mut groups = Groups::default();
        let mut found: HashMap<TermId, BTreeMap<(usize, Period), Parts>> = HashMap::new();
        for (ask, rows) in asked {
            if rows.len() > many {
                return Ok(Err(NoSeries::TooMany(most)));
            }
            ask.sort(rows, &mut groups, &mut found);
        }
        if self.group.is_none() {
            groups.of(&Value::Null);
        }
        let periods = periods(self.from, self.to);
        if groups.values.len().saturating_mul(periods.len()) > many {
            return Ok(Err(NoSeries::TooMany(most)));
        }
        let mut series = Vec::with_capacity(self.terms.len());
        for id in &self.terms {
            let Some(term) = app.term(*id) else { return Ok(Err(NoSeries::NoTerm)) };
            let targets = aims.targets(self, term, &groups).await?;
            let mut cells = Vec::new();
            for (at, group) in groups.values.iter().enumerate() {
                for period in &periods {
                    let (parts, value) = value(app, term, at, *period, &found);
                    let target = targets.get(at).copied().flatten();
                    let score = value
                        .zip(term.scale.as_ref())
                        .and_then(|(value, scale)| scale.score(value, term.direction, target));
                    cells.push(Cell {
                        period: *period,
                        group: group.clone(),
                        parts,
                        value,
                        target,
                        score,
                        version: term.version,
                        peers: None,
                        as_of: None,
                    });
                }
            }
            series.push(TermSeries { term: *id, cells });
        }
        Ok(Ok(series))
    }
}

/// Every period of a range.
pub fn periods(from: Period, to: Period) -> Vec<Period> {
    let following = std::iter::successors(Some(from), |period| {
        let next = period.next();
        (next > *period).then_some(next)
    });
    following.take_while(|period| *period <= to).take(MOST_PERIODS + 1).collect()
}

/// The value of a term in one cell, from the parts of the terms that were measured.
fn value(
    app: &App,
    term: &Term,
    group: usize,
    period: Period,
    found: &HashMap<TermId, BTreeMap<(usize, Period), Parts>>,
) -> (Parts, Option<Decimal>) {
    match &term.measure {
        Measure::Base(base) => {
            let cells = found.get(&term.id);
            let parts = match &base.number {
                Number::Cumulative { since, .. } => {
                    let window = Window::since(*since, period);
                    let cells = cells.into_iter().flat_map(|cells| cells.range((group, window.earliest())..));
                    let within = cells.take_while(|((of, at), _)| *of == group && at.first() <= window.last);
                    let within = within.filter(|((_, at), _)| at.last() <= window.last && at.first() >= window.first);
                    within.fold(None, |sum: Option<Parts>, (_, parts)| match sum {
                        None => Some(*parts),
                        Some(sum) => sum.plus(parts),
                    })
                }
                _ => cells.and_then(|cells| cells.get(&(group, period))).copied(),
            };
            let parts = parts.unwrap_or_default();
            (parts, parts.value(base.number.times()))
        }
        Measure::Derived(derived) => {
            let of = |id: TermId| app.term(id).and_then(|term| value(app, term, group, period, found).1);
            // An expression that exceeds its bounds has no value.
            (Parts::default(), derived.value(&of).ok().flatten())
        }
    }
}
