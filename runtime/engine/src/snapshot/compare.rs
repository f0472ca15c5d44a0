//! Who is compared with whom.

use std::collections::HashMap;

use formula::Path;
use metrics::{Direction, Peers};
use model::{EntityId, RecordId, Value};
use policy::List;
use store::{Snapshot, Standpoint};

use crate::{Actor, CommandError, Engine, execute::from_query};

/// Subjects read by one statement.
const PAGE: u32 = 5_000;

/// The groups of subjects, as far as they were asked for in this turn.
#[derive(Default)]
pub(super) struct Groups {
    known: Vec<((EntityId, Path), HashMap<RecordId, String>)>,
}

impl Groups {
    /// Gives each value its place among those of the subjects of the same group.
    pub(super) async fn place(
        &mut self,
        engine: &Engine,
        actor: &Actor,
        (entity, path): (EntityId, &Path),
        direction: Direction,
        values: &mut [Snapshot],
    ) -> Result<(), CommandError> {
        let at = match self.known.iter().position(|(known, _)| *known == (entity, path.clone())) {
            Some(at) => at,
            None => {
                let found = groups(engine, actor, entity, path).await?;
                self.known.push(((entity, path.clone()), found));
                self.known.len() - 1
            }
        };
        let Some((_, group_of)) = self.known.get(at) else { return Ok(()) };
        let mut together: HashMap<&String, Vec<model::Decimal>> = HashMap::new();
        for one in values.iter() {
            if let (Some(group), Some(value)) = (group_of.get(&one.subject), one.value) {
                together.entry(group).or_default().push(value);
            }
        }
        let peers: HashMap<&String, Peers> =
            together.into_iter().map(|(group, values)| (group, Peers::of(values))).collect();
        let figures: HashMap<&String, _> =
            peers.iter().filter_map(|(group, peers)| Some((*group, peers.figures()?))).collect();
        for one in values.iter_mut() {
            let Some(group) = group_of.get(&one.subject) else { continue };
            one.place = one.value.and_then(|value| {
                let percentile = peers.get(group)?.percentile(value, direction)?;
                Some(Standpoint { figures: *figures.get(group)?, percentile })
            });
        }
        Ok(())
    }
}

/// The group of every subject that has one.
pub(crate) async fn groups(
    engine: &Engine,
    actor: &Actor,
    entity: EntityId,
    path: &Path,
) -> Result<HashMap<RecordId, String>, CommandError> {
    let mut found = HashMap::new();
    let mut after = None;
    loop {
        let list = List { columns: vec![path.clone()], after: after.take(), ..List::all(entity, PAGE) };
        let page = engine.query(actor, list).await.map_err(from_query)?;
        for row in page.rows {
            match row.values.first() {
                None | Some(Value::Null) => {}
                Some(value) => drop(found.insert(row.id, format!("{value:?}"))),
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok(found),
        }
    }
}
