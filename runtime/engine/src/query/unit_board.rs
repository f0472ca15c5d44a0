//! Boards of units that somebody sees.

use app::FieldRole;
use model::{RecordId, Value};
use policy::{Action, Bin, Get};
use store::UnitBoard;

use super::{Query, refused};
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
        refused(engine.store().unit_boards().seen_by(actor.user, unit, self.only).await)
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
