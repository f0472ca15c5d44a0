//! When rows last came from the system an entity's rows come from.

use model::EntityId;
use policy::{Action, Denied};
use store::Delivery;

use super::{Query, refused};
use crate::{Actor, Engine, QueryError};

/// Asks how fresh the rows of an entity are. Whoever may read some of them, or numbers over them, may know.
#[derive(Debug, Clone, Copy)]
pub struct AsOf {
    /// The entity.
    pub entity: EntityId,
}

impl Query for AsOf {
    /// `None` where no rows came yet, and for an entity whose rows come from nowhere else.
    type Answer = Option<Delivery>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let may = |action| actor.rights.access(self.entity, action).is_some();
        if !may(Action::Read) && !may(Action::Aggregate) {
            return Err(Denied::Action { entity: self.entity, action: Action::Read }.into());
        }
        match actor.edition.app.entity(self.entity).filter(|entity| entity.source.is_some()) {
            Some(entity) => refused(engine.store().delivery(entity.name.as_str()).await),
            None => Ok(None),
        }
    }
}
