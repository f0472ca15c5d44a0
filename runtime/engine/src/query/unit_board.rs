//! Boards of units that somebody sees.

use std::collections::BTreeSet;

use app::{Area, FieldRole};
use formula::{Predicate, Term};
use model::{RecordId, Value};
use policy::{Action, Bin, Get, List};
use store::UnitBoard;

use super::{Query, refused, series::visible};
use crate::{Actor, Engine, QueryError};

/// The boards the actor sees: their own, those for all, and those for the people of a unit they work in or below.
#[derive(Debug, Clone, Copy, Default)]
pub struct UnitBoards {
    /// Only this one.
    pub only: Option<RecordId>,
}

impl Query for UnitBoards {
    type Answer = Vec<UnitBoard>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let known = app.organisation();
        let mut unit: Option<RecordId> = None;
        // Where somebody works is asked past their own rights: they need not see it to be part of it.
        let works = known.field(FieldRole::Unit).and_then(|field| app.own_path(field));
        if let (Some(entity), Some(id), Some(path)) = (known.person, actor.person, works) {
            let all = Actor { edition: actor.edition.clone(), ..engine.system() };
            let get = Get { entity, id, columns: vec![path], bin: Bin::Outside };
            let row = get.answer(engine, &all).await?;
            unit = row.and_then(|row| row.values.first().and_then(Value::as_id));
        }
        let mut boards = refused(engine.store().unit_boards().seen_by(actor.user, unit, self.only).await)?;
        // What would not open is not there, but for one's own, which can be changed and removed.
        let units = seen(engine, actor, boards.iter().map(|board| board.unit)).await?;
        boards.retain(|board| {
            let mut terms = board.terms.iter().filter_map(|name| app.term_named(name));
            board.account == actor.user || (units.contains(&board.unit) && terms.any(|term| visible(actor, term)))
        });
        Ok(boards)
    }
}

/// Of these units, those the actor sees.
async fn seen(
    engine: &Engine,
    actor: &Actor,
    units: impl Iterator<Item = RecordId>,
) -> Result<BTreeSet<RecordId>, QueryError> {
    let app = &actor.edition.app;
    let units: BTreeSet<RecordId> = units.collect();
    let entity = app.organisation().unit.and_then(|unit| app.entity(unit));
    let own = entity.and_then(|entity| Some((entity.id, app.own_path(entity.system.id)?)));
    let may = |id: model::EntityId| !units.is_empty() && actor.rights.access(id, Action::Read).is_some();
    let Some((entity, own)) = own.filter(|(id, _)| may(*id)) else { return Ok(BTreeSet::new()) };
    let list = units.iter().map(|id| Term::Literal(Value::Id(*id), own.ty.clone())).collect();
    let ask = List {
        within: Predicate::In { item: Term::Field(own), list },
        ..List::all(entity, u32::try_from(units.len()).unwrap_or(u32::MAX).max(1))
    };
    Ok(ask.answer(engine, actor).await?.rows.iter().map(|row| row.id).collect())
}

/// Every board there is, for whoever administers the system; none for others. What they show is not among it.
#[derive(Debug, Clone, Copy, Default)]
pub struct EveryBoard;

impl Query for EveryBoard {
    type Answer = Vec<UnitBoard>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        match actor.administers_all(Area::System) {
            true => refused(engine.store().unit_boards().all().await),
            false => Ok(Vec::new()),
        }
    }
}

/// The key of a unit, by which conditions name it; `None` where there is no such unit, it has none, or the actor may not see
/// it.
#[derive(Debug, Clone, Copy)]
pub struct UnitKey(pub RecordId);

impl Query for UnitKey {
    type Answer = Option<String>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let unit = app.organisation().unit.and_then(|unit| app.entity(unit));
        let Some((unit, path)) = unit.and_then(|unit| Some((unit, app.own_path(unit.key?)?))) else { return Ok(None) };
        if actor.rights.access(unit.id, Action::Read).is_none_or(|access| access.field(path.field).is_none()) {
            return Ok(None);
        }
        let get = Get { entity: unit.id, id: self.0, columns: vec![path], bin: Bin::Outside };
        let row = get.answer(engine, actor).await?;
        Ok(row.and_then(|row| row.values.first().and_then(Value::as_text).map(str::to_owned)))
    }
}
