//! Names of records by id, one statement per entity.

use std::collections::BTreeMap;

use formula::{Predicate, Term};
use model::{EntityId, Uuid, Value};
use policy::{Action, List};

use super::{Visit, columns, rights};
use crate::{
    problem::Problem,
    show::{self, Names},
};

/// The condition that the record is one of these.
pub fn among(visit: &Visit, entity: EntityId, ids: &[Uuid]) -> Option<Predicate> {
    let path = visit.app().own_path(visit.app().entity(entity)?.system.id)?;
    let ty = path.ty.clone();
    let list = ids.iter().map(|id| Term::Literal(Value::Id(*id), ty.clone())).collect();
    Some(Predicate::In { item: Term::Field(path), list })
}

/// The names of records the reader may see; the others are absent.
///
/// # Errors
/// The engine refused.
pub async fn load(visit: &Visit, wanted: &[(EntityId, Uuid)]) -> Result<Names, Problem> {
    let mut by_entity: BTreeMap<EntityId, Vec<Uuid>> = BTreeMap::new();
    for (entity, id) in wanted {
        by_entity.entry(*entity).or_default().push(*id);
    }
    let mut names = Names::new();
    let reader = visit.reader();
    for (id, ids) in by_entity {
        let Some(entity) = visit.app().entity(id) else { continue };
        let Some(path) = columns::display_of(visit.app(), id).filter(|path| rights::shown(&visit.actor, path)) else {
            continue;
        };
        if !rights::may(&visit.actor, id, Action::Read) {
            continue;
        }
        let field = visit.app().field(path.field).cloned();
        let Some(within) = among(visit, id, &ids) else { continue };
        let limit = u32::try_from(ids.len()).unwrap_or(1000).min(1000);
        let page = visit.ask(List { columns: vec![path], within, ..List::all(id, limit) }).await?;
        for row in page.rows {
            if let (Some(value), Some(field)) = (row.values.first(), &field) {
                let text = show::value(&reader, field, value, &Names::new()).text;
                names.insert(row.id, (text, format!("/r/{}/{}", entity.name, row.id)));
            }
        }
    }
    Ok(names)
}
