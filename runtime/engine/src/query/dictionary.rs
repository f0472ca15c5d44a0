//! Questions about the dictionary itself: which meaning of a name holds for somebody, which meanings contradict each other, and
//! which rows break what a term says of them.

use std::collections::{HashMap, HashSet};

use app::FieldRole;
use formula::{Comparison, Predicate, Term as Operand};
use metrics::{
    Conflict, Status, Term,
    conflict::{conflicts, folded, nearest},
};
use model::{Locale, Period, RecordId, TermId, Value};
use policy::{Aggregate, List, Measure};

use super::{Query, series};
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
#[derive(Debug, Clone, Copy)]
pub struct Conflicts;

impl Query for Conflicts {
    type Answer = Vec<Conflict>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let units = match app.terms().iter().any(|term| !term.scope.is_empty()) {
            true => Units::read(engine, actor).await?,
            false => Units::default(),
        };
        let all = conflicts(app.terms(), &|term| app.fingerprint(term), &|one, other| units.within(one, other));
        let ended = ended(engine, actor).await?;
        let seen = |id: &TermId| !ended.contains(id) && app.term(*id).is_some_and(|term| series::visible(actor, term));
        let shown = all.into_iter().map(|mut conflict| {
            conflict.terms.retain(seen);
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
        let mut filter = series::within(base, self.from.first(), self.to.last(), &actor.edition.zone);
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
