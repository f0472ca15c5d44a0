//! The order of seeds: an entity after those its rows refer to, and a row after those of its own entity it refers to.
//! Where rows refer to each other in a ring there is no such order; those keep the order they were written in.

use std::collections::{HashMap, HashSet};

use app::{FieldKind, Seed, SeedCell};
use model::{EntityId, FieldId};

use super::spelled;
use crate::draft::Draft;

/// Orders seeds and the rows in them.
pub(super) fn ordered(draft: &Draft<'_>, seeds: Vec<Seed>) -> Vec<Seed> {
    let mut by_entity: HashMap<EntityId, Vec<usize>> = HashMap::new();
    for (index, seed) in seeds.iter().enumerate() {
        by_entity.entry(seed.entity).or_default().push(index);
    }
    let after: Vec<Vec<usize>> = seeds
        .iter()
        .map(|seed| {
            let others = referred(draft, seed).into_iter().filter(|entity| *entity != seed.entity);
            others.flat_map(|entity| by_entity.get(&entity).cloned().unwrap_or_default()).collect()
        })
        .collect();
    let order = sorted(&after);
    let mut slots: Vec<Option<Seed>> = seeds.into_iter().map(|seed| Some(rows_ordered(draft, seed))).collect();
    order.into_iter().filter_map(|index| slots.get_mut(index).and_then(Option::take)).collect()
}

fn target(draft: &Draft<'_>, field: FieldId) -> Option<EntityId> {
    match draft.field_by_id(field)?.kind {
        FieldKind::Reference { to, .. } | FieldKind::References { to, .. } => Some(to),
        _ => None,
    }
}

/// Entities the rows refer to, in the order they are met.
fn referred(draft: &Draft<'_>, seed: &Seed) -> Vec<EntityId> {
    let mut seen = HashSet::new();
    let cells = seed.rows.iter().flatten().filter(|(_, cell)| !matches!(cell, SeedCell::Value(_)));
    cells.filter_map(|(field, _)| target(draft, *field)).filter(|entity| seen.insert(*entity)).collect()
}

fn rows_ordered(draft: &Draft<'_>, mut seed: Seed) -> Seed {
    let key = draft.entities.get(seed.entity.index()).and_then(|named| named.words.key.as_ref());
    let Some(key) = key.and_then(|key| draft.field_named(seed.entity, key)).map(|field| field.id) else { return seed };
    let keys: HashMap<String, usize> = seed
        .rows
        .iter()
        .enumerate()
        .filter_map(|(index, row)| {
            let cell = row.iter().find(|(field, _)| *field == key).map(|(_, cell)| cell);
            match cell {
                Some(SeedCell::Value(value)) => Some((spelled(value), index)),
                _ => None,
            }
        })
        .collect();
    let after: Vec<Vec<usize>> = seed
        .rows
        .iter()
        .map(|row| {
            let own = row.iter().filter(|(field, _)| target(draft, *field) == Some(seed.entity));
            let wanted = own.flat_map(|(_, cell)| match cell {
                SeedCell::Key(key) => vec![spelled(key)],
                SeedCell::Keys(keys) => keys.iter().map(spelled).collect(),
                SeedCell::Value(_) => Vec::new(),
            });
            wanted.filter_map(|key| keys.get(&key).copied()).collect()
        })
        .collect();
    let order = sorted(&after);
    let mut slots: Vec<Option<_>> = std::mem::take(&mut seed.rows).into_iter().map(Some).collect();
    seed.rows = order.into_iter().filter_map(|index| slots.get_mut(index).and_then(Option::take)).collect();
    seed
}

/// Positions so that each comes after those it names, as far as there is such an order; otherwise as given.
fn sorted(after: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::with_capacity(after.len());
    let mut done = HashSet::new();
    for start in 0..after.len() {
        // A stack instead of recursion: a chain of rows may be as long as the file.
        let mut stack = vec![(start, false)];
        while let Some((index, ready)) = stack.pop() {
            if ready {
                order.push(index);
            } else if done.insert(index) {
                stack.push((index, true));
                let others = after.get(index).into_iter().flatten().rev();
                stack.extend(others.filter(|other| !done.contains(other)).map(|other| (*other, false)));
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_named_comes_first_and_rings_keep_their_order() {
        assert_eq!(sorted(&[vec![2], vec![], vec![1]]), [1, 2, 0]);
        assert_eq!(sorted(&[vec![1], vec![0], vec![]]), [1, 0, 2]);
    }
}
