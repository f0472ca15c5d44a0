//! Counts of one record per value of a field, beside those of its peers: what a radar shows.
//!
//! INVARIANT: nothing of the peers is told to whoever does not see every record of the one, nor where they are so few that
//! somebody's own number could be worked out.

use std::collections::{HashMap, HashSet};

use formula::{Comparison, Path, Predicate, Term};
use metrics::Peers;
use model::{Decimal, EntityId, Grain, RecordId, Value, decimal::round_half_up};
use policy::{Aggregate, Bin, ByPeriod, Get, Measure};
use store::Group;

use super::Query;
use crate::{Actor, Engine, QueryError};

/// Most groups that are gone through; of more, nothing is told.
const MOST: u32 = 100_000;
/// Decimal places of a share.
const PLACES: u32 = 2;

/// Asks for the axes of a radar.
#[derive(Debug, Clone)]
pub struct Axes {
    /// The entity counted.
    pub entity: EntityId,
    /// Its reference to the one the radar is of.
    pub by: Path,
    /// The field with a value per axis.
    pub group: Path,
    /// The entity of the one.
    pub about: EntityId,
    /// The one.
    pub id: RecordId,
    /// What makes peers, from the one.
    pub peers: Path,
    /// How many percent of the peers do not exceed the count that makes 100.
    pub percentile: u32,
    /// The most that counts of what one gives another in a month: who gives, when, how many.
    pub cap: Option<(Path, Path, u32)>,
}

/// What is known of the axes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Beside {
    /// The axes, those of values that neither the one nor a peer has left out.
    pub axes: Vec<Axis>,
    /// How many peers there are, the one among them.
    pub peers: usize,
}

/// An axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// The value.
    pub value: Value,
    /// How far it goes, 0 to 100.
    pub share: Decimal,
}

/// Counts by value and by whom they are of; values in the order they were met.
#[derive(Debug, Default, PartialEq)]
struct Tally(Vec<(Value, HashMap<RecordId, u32>)>);

impl Tally {
    /// Those of one alone, without values they have none of.
    fn of(&self, id: RecordId) -> Vec<(&Value, u32)> {
        self.0.iter().filter_map(|(value, counts)| Some((value, *counts.get(&id)?))).collect()
    }
}

impl Query for Axes {
    type Answer = Option<Beside>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let system = Actor { edition: actor.edition.clone(), ..engine.system() };
        let get = Get { entity: self.about, id: self.id, columns: vec![self.peers.clone()], bin: Bin::Outside };
        let row = get.answer(engine, &system).await?;
        let Some(peer) = row.and_then(|row| row.values.into_iter().next()).filter(|value| !value.is_null()) else {
            return Ok(None);
        };
        let Some(own) = system.edition.app.entity(self.about).and_then(|of| system.edition.app.own_path(of.system.id))
        else {
            return Ok(None);
        };
        let members = Aggregate { group: vec![own], ..aggregate(self.about, equals(&self.peers, &peer)) };
        let members = members.answer(engine, &system).await?;
        let members: HashSet<RecordId> = members.iter().filter_map(|group| group.keys.first()?.as_id()).collect();
        let mut hops = vec![self.by.field];
        hops.extend(&self.peers.hops);
        let through = Path { entity: self.entity, hops, field: self.peers.field, ty: self.peers.ty.clone() };
        let seen = self.tally(engine, actor, equals(&self.by, &Value::Id(self.id))).await?;
        let all = self.tally(engine, &system, equals(&through, &peer)).await?;
        let (Some(seen), Some(all)) = (seen, all) else { return Ok(None) };
        let whole = all.of(self.id);
        let same = |(value, count): &(&Value, u32)| seen.of(self.id).contains(&(*value, *count));
        if members.len() > MOST as usize || whole.len() != seen.0.len() || !whole.iter().all(same) {
            return Ok(None);
        }
        let mut beside = Beside { axes: Vec::new(), peers: members.len() };
        for (value, counts) in &all.0 {
            // Whoever has none of it is a peer too.
            let group = members.iter().map(|id| counts.get(id).copied().unwrap_or(0));
            let group = Peers::of(group.map(Decimal::from));
            let Some(most) = group.nearest(usize::try_from(self.percentile).unwrap_or(100)) else { return Ok(None) };
            let own = counts.get(&self.id).copied().unwrap_or(0);
            beside.axes.push(Axis { value: value.clone(), share: share(own, most) });
        }
        Ok(Some(beside))
    }
}

/// How far an axis goes: of nothing that peers have, anything is all of it.
fn share(own: u32, most: Decimal) -> Decimal {
    if own == 0 {
        return Decimal::ZERO;
    }
    let percent = Decimal::from(own).checked_mul(Decimal::ONE_HUNDRED).and_then(|own| own.checked_div(most));
    percent.map_or(Decimal::ONE_HUNDRED, |percent| round_half_up(percent.min(Decimal::ONE_HUNDRED), PLACES))
}

fn equals(path: &Path, value: &Value) -> Predicate {
    let right = Term::Literal(value.clone(), path.ty.clone());
    Predicate::Compare { op: Comparison::Equal, left: Term::Field(path.clone()), right }
}

fn aggregate(entity: EntityId, within: Predicate) -> Aggregate {
    Aggregate {
        entity,
        period: None,
        group: Vec::new(),
        measures: vec![Measure::Count],
        filter: Predicate::always(),
        within,
        search: None,
        limit: MOST + 1,
        anonymous: false,
    }
}

impl Axes {
    /// Counts the records for which something holds, as somebody sees them; `None` where there are too many groups.
    async fn tally(&self, engine: &Engine, actor: &Actor, within: Predicate) -> Result<Option<Tally>, QueryError> {
        let mut ask = Aggregate { group: vec![self.by.clone(), self.group.clone()], ..aggregate(self.entity, within) };
        if let Some((from, time, _)) = &self.cap {
            ask.group.push(from.clone());
            let (year, begins) = (actor.edition.app.year_start(), Vec::new());
            ask.period = Some(ByPeriod { by: time.clone(), own: None, grain: Grain::Month, year, begins });
        }
        let groups = ask.answer(engine, actor).await?;
        if groups.len() > MOST as usize {
            return Ok(None);
        }
        let mut tally = Tally::default();
        for Group { keys, numbers } in groups {
            let mut keys = keys.into_iter().skip(usize::from(self.cap.is_some()));
            let (Some(whose), Some(value)) =
                (keys.next().and_then(|id| id.as_id()), keys.next().filter(|value| !value.is_null()))
            else {
                continue;
            };
            let count = numbers.first().and_then(Value::as_decimal).and_then(|count| u32::try_from(count).ok());
            let count = count.unwrap_or(0).min(self.cap.as_ref().map_or(u32::MAX, |(.., most)| *most));
            let at = tally.0.iter().position(|(known, _)| *known == value);
            if at.is_none() {
                tally.0.push((value, HashMap::new()));
            }
            let at = at.unwrap_or(tally.0.len().saturating_sub(1));
            if let Some((_, counts)) = tally.0.get_mut(at) {
                let sum = counts.entry(whose).or_default();
                *sum = sum.saturating_add(count);
            }
        }
        Ok(Some(tally))
    }
}
