//! Questions about the dictionary itself: which meaning of a name holds for somebody, which meanings contradict each other, and
//! which rows break what a term says of them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use app::FieldRole;
use formula::{Comparison, Predicate, Term as Operand};
use metrics::{
    Conflict, Status, Term,
    conflict::{conflicts, folded, nearest},
};
use model::{Date, Locale, Period, RecordId, TermId, Value};
use policy::{Aggregate, List, Measure, authorize};

use super::{
    Query, refused,
    series::{self, Then},
};
use crate::{Actor, Engine, QueryError, term::Standings};

/// Units read at once; more than that are too many for one organisation.
const UNITS: u32 = 50_000;
/// Levels gone up at most, so that a circle in the data ends.
const LEVELS: usize = 64;

/// The tree of units, by what definitions call them.
#[derive(Debug, Default)]
struct Units {
    keys: HashMap<RecordId, String>,
    parents: HashMap<RecordId, RecordId>,
}

impl Units {
    async fn read(engine: &Engine, actor: &Actor) -> Result<Self, QueryError> {
        let app = &actor.edition.app;
        let known = app.organisation();
        let unit = known.unit.and_then(|unit| app.entity(unit));
        let Some((unit, key, parent)) =
            unit.and_then(|unit| Some((unit, unit.key?, known.field(FieldRole::ParentUnit)?)))
        else {
            return Ok(Self::default());
        };
        let all = Actor { edition: actor.edition.clone(), ..engine.system() };
        let list = list(unit.id, [key, parent].into_iter().filter_map(|id| app.own_path(id)).collect(), UNITS);
        let mut units = Self::default();
        for row in list.answer(engine, &all).await?.rows {
            if let Some(key) = row.values.first().and_then(Value::as_text) {
                units.keys.insert(row.id, key.to_owned());
            }
            if let Some(parent) = row.values.get(1).and_then(Value::as_id) {
                units.parents.insert(row.id, parent);
            }
        }
        Ok(units)
    }

    /// The keys of a unit and of those above it, the nearest first.
    fn above(&self, unit: RecordId) -> Vec<String> {
        let up = std::iter::successors(Some(unit), |unit| self.parents.get(unit).copied());
        up.take(LEVELS).filter_map(|unit| self.keys.get(&unit).cloned()).collect()
    }

    /// The keys of the unit of this key and of those above it, the nearest first; the key alone where it is no unit's.
    fn around(&self, key: &str) -> Vec<String> {
        let unit = self.keys.iter().find(|(_, known)| *known == key).map(|(id, _)| *id);
        unit.map_or_else(|| vec![key.to_owned()], |unit| self.above(unit))
    }

    /// Whether one unit is another or below it.
    fn within(&self, one: &str, other: &str) -> bool {
        let unit = self.keys.iter().find(|(_, key)| *key == one).map(|(id, _)| *id);
        one == other || unit.is_some_and(|unit| self.above(unit).iter().any(|key| key == other))
    }
}

fn list(entity: model::EntityId, columns: Vec<formula::Path>, limit: u32) -> List {
    List { columns, ..List::all(entity, limit) }
}

/// Asks which term a name means for the reader: of those in use that they may see, the one whose scope is nearest to the
/// unit they work in, then one that holds everywhere.
#[derive(Debug, Clone)]
pub struct Meaning {
    /// A label or alias, in any language.
    pub name: String,
}

impl Query for Meaning {
    type Answer = Option<TermId>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let wanted = folded(&self.name);
        let called = |term: &Term| {
            Locale::ALL.into_iter().flat_map(|locale| term.names(locale)).any(|name| folded(name) == wanted)
        };
        let ended = ended(engine, actor).await?;
        let named: Vec<&Term> = app
            .terms()
            .iter()
            .filter(|term| !ended.contains(&term.id) && called(term) && series::visible(actor, term))
            .collect();
        let units = match named.iter().any(|term| !term.scope.is_empty()) {
            true => own_units(engine, actor).await?,
            false => Vec::new(),
        };
        Ok(nearest(&named, &units).map(|term| term.id))
    }
}

/// Asks which names several terms in use share, among those the reader may see; asks the database nothing where none is shared.
#[derive(Debug, Clone, Copy)]
pub struct SharedNames;

/// A name that several terms share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shared {
    /// The name, as it is compared.
    pub name: String,
    /// The terms, that which holds where the reader works first.
    pub terms: Vec<TermId>,
    /// Whether the first of them holds where the reader works; else it is only the first.
    pub meant: bool,
}

impl Query for SharedNames {
    type Answer = Vec<Shared>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let mut called: BTreeMap<String, Vec<&Term>> = BTreeMap::new();
        for term in actor.edition.app.terms().iter().filter(|term| series::visible(actor, term)) {
            let names = Locale::ALL.into_iter().flat_map(|locale| term.names(locale)).map(folded);
            for name in names.filter(|name| !name.is_empty()).collect::<BTreeSet<String>>() {
                called.entry(name).or_default().push(term);
            }
        }
        called.retain(|_, terms| terms.len() > 1);
        if called.is_empty() {
            return Ok(Vec::new());
        }
        let ended = ended(engine, actor).await?;
        for terms in called.values_mut() {
            terms.retain(|term| !ended.contains(&term.id));
        }
        called.retain(|_, terms| terms.len() > 1);
        let units = match called.values().flatten().any(|term| !term.scope.is_empty()) {
            true => own_units(engine, actor).await?,
            false => Vec::new(),
        };
        let shared = called.into_iter().map(|(name, terms)| {
            let meant = nearest(&terms, &units).map(|term| term.id).filter(|_| !units.is_empty());
            let others = terms.iter().map(|term| term.id).filter(|id| Some(*id) != meant);
            Shared { name, terms: meant.into_iter().chain(others).collect(), meant: meant.is_some() }
        });
        Ok(shared.collect())
    }
}

/// The terms that are no longer to be used.
async fn ended(engine: &Engine, actor: &Actor) -> Result<HashSet<TermId>, QueryError> {
    let standings = Standings.answer(engine, actor).await?;
    Ok(standings.into_iter().filter(|(_, status)| *status == Status::Deprecated).map(|(id, _)| id).collect())
}

/// The keys of the unit the reader works in and of those above it.
async fn own_units(engine: &Engine, actor: &Actor) -> Result<Vec<String>, QueryError> {
    let app = &actor.edition.app;
    let known = app.organisation();
    let (Some(person), Some(entity), Some(field)) = (actor.person, known.person, known.field(FieldRole::Unit)) else {
        return Ok(Vec::new());
    };
    let Some((own, unit)) = app.entity(entity).and_then(|of| Some((app.own_path(of.system.id)?, app.own_path(field)?)))
    else {
        return Ok(Vec::new());
    };
    let all = Actor { edition: actor.edition.clone(), ..engine.system() };
    let within = Predicate::Compare {
        op: Comparison::Equal,
        left: Operand::Field(own.clone()),
        right: Operand::Literal(Value::Id(person), own.ty),
    };
    let ask = List { within, ..list(entity, vec![unit], 1) };
    let rows = ask.answer(engine, &all).await?.rows;
    let Some(unit) = rows.first().and_then(|row| row.values.first()?.as_id()) else { return Ok(Vec::new()) };
    Ok(Units::read(engine, actor).await?.above(unit))
}

/// Asks which names have two meanings, among the terms the reader may see.
#[derive(Debug, Clone, Default)]
pub struct Conflicts {
    /// Only those that meet in the unit of this key, the meaning that holds there first.
    pub unit: Option<String>,
    /// By the versions of terms that measure this period; by those of now where none is said.
    pub period: Option<Period>,
}

impl Query for Conflicts {
    type Answer = Vec<Conflict>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let (mut terms, mut prints) = (Vec::with_capacity(app.terms().len()), HashMap::new());
        for term in app.terms() {
            let then = match self.period {
                Some(period) => Some(Then { term: term.id, period }.answer(engine, actor).await?),
                None => None,
            };
            let of = then.as_ref().map_or(app, |then| &then.edition.app);
            let term = of.term(term.id).unwrap_or(term);
            prints.insert(term.id, of.fingerprint(term));
            terms.push(term.clone());
        }
        let units = match terms.iter().any(|term| !term.scope.is_empty()) {
            true => Units::read(engine, actor).await?,
            false => Units::default(),
        };
        let print = |term: &Term| prints.get(&term.id).cloned().unwrap_or_default();
        let all = conflicts(&terms, &print, &|one, other| units.within(one, other));
        let ended = ended(engine, actor).await?;
        let seen = |id: &TermId| !ended.contains(id) && app.term(*id).is_some_and(|term| series::visible(actor, term));
        let around = self.unit.as_deref().map(|unit| units.around(unit));
        let shown = all.into_iter().map(|mut conflict| {
            conflict.terms.retain(seen);
            if let Some(around) = &around {
                let holds = |term: &&Term| term.scope.is_empty() || term.scope.iter().any(|key| around.contains(key));
                let met: Vec<&Term> =
                    terms.iter().filter(|term| conflict.terms.contains(&term.id)).filter(holds).collect();
                let meant = nearest(&met, around).map(|term| term.id);
                let others = met.iter().map(|term| term.id).filter(|id| Some(*id) != meant);
                conflict.terms = meant.into_iter().chain(others).collect();
            }
            conflict
        });
        Ok(shown.filter(|conflict| conflict.terms.len() > 1).collect())
    }
}

/// Asks how many of the rows a term is measured from, in a range of periods, break what it says of them.
#[derive(Debug, Clone, Copy)]
pub struct Quality {
    /// The term.
    pub term: TermId,
    /// The first period.
    pub from: Period,
    /// The last one.
    pub to: Period,
}

/// Rows that were checked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// How many rows the reader sees.
    pub rows: i64,
    /// Per check of the term, in its order, how many of them break it.
    pub failed: Vec<i64>,
}

impl Query for Quality {
    type Answer = Checked;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let Some((term, base)) = app.term(self.term).and_then(|term| Some((term, term.base()?))) else {
            return Ok(Checked::default());
        };
        let broken = |check: &metrics::Check| Measure::Count.among(check.rule.clone().negate());
        let mut filter = series::within(base, self.from.first(), self.to.last(), series::Around::of(actor));
        if let Some(rows) = &base.rows {
            filter = filter.and(rows.clone());
        }
        let ask = Aggregate {
            entity: base.over,
            period: None,
            group: Vec::new(),
            measures: std::iter::once(Measure::Count).chain(term.checks.iter().map(broken)).collect(),
            filter,
            within: Predicate::always(),
            search: None,
            limit: 1,
            anonymous: false,
        };
        let groups = ask.answer(engine, actor).await?;
        let count = |value: &Value| match value {
            Value::Int(count) => *count,
            _ => 0,
        };
        let numbers = groups.first().map(|group| group.numbers.as_slice()).unwrap_or_default();
        let failed = numbers.iter().skip(1).map(count).collect();
        Ok(Checked { rows: numbers.first().map(count).unwrap_or_default(), failed })
    }
}

/// Asks which terms are measured, in some days, from rows that break what is said of them: one statement, and none where nothing
/// is said.
#[derive(Debug, Clone)]
pub struct Failing {
    /// The terms.
    pub terms: Vec<TermId>,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// A check that rows break.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Failed {
    /// The term that says it: the one asked for, or one it is made from.
    pub term: TermId,
    /// Which of its checks.
    pub check: usize,
    /// How many rows the reader sees that break it.
    pub rows: i64,
}

impl Query for Failing {
    /// Of each term, in the order asked, the checks that fail.
    type Answer = Vec<Vec<Failed>>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let mut measured: Vec<TermId> = self.terms.iter().flat_map(|term| app.measured(*term)).collect();
        measured.sort_unstable();
        measured.dedup();
        let (mut asked, mut requests) = (Vec::new(), Vec::new());
        for (term, base) in measured.iter().filter_map(|id| app.term(*id)).filter_map(|term| Some((term, term.base()?)))
        {
            let mut rows = series::within(base, self.from, self.to, series::Around::of(actor));
            if let Some(own) = &base.rows {
                rows = rows.and(own.clone());
            }
            for (check, said) in term.checks.iter().enumerate() {
                let ask = Aggregate {
                    entity: base.over,
                    period: None,
                    group: Vec::new(),
                    measures: vec![Measure::Count],
                    filter: rows.clone().and(said.rule.clone().negate()),
                    within: Predicate::always(),
                    search: None,
                    limit: 1,
                    anonymous: false,
                };
                // Of rows whose fields the reader may not see nothing is told.
                if let Ok(request) = authorize(&actor.rights, actor.user, app, ask) {
                    asked.push((term.id, check));
                    requests.push(request);
                }
            }
        }
        let counts = refused(engine.store().numbers(app, &engine.asking(actor), &requests).await)?;
        for request in &requests {
            engine.counted(actor, request, 1).await;
        }
        let failed: Vec<Failed> = asked
            .into_iter()
            .zip(&counts)
            .filter_map(|((term, check), count)| match count {
                Value::Int(rows) if *rows > 0 => Some(Failed { term, check, rows: *rows }),
                _ => None,
            })
            .collect();
        let of = |term: &TermId| {
            let parts = app.measured(*term);
            failed.iter().filter(|one| parts.contains(&one.term)).copied().collect::<Vec<Failed>>()
        };
        Ok(self.terms.iter().map(of).collect())
    }
}
