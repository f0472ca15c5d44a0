//! Dependencies: in which order computed fields follow one another, and what a change elsewhere sets in motion.

use std::collections::HashMap;

use app::{Back, Dependent, Entity, FieldKind};
use formula::Path;
use model::{Diagnostic, EntityId, FieldId, Location};

use super::fields::computed;
use crate::draft::Draft;

/// Orders the computed fields of every entity and finds the ways back from what they read.
pub(crate) fn resolve(draft: &Draft<'_>, entities: &mut [Entity], faults: &mut Vec<Diagnostic>) -> Vec<Dependent> {
    let mut walk = Walk { draft, state: HashMap::new(), trail: Vec::new(), order: Vec::new(), faults };
    for field in draft.fields.iter().filter(|field| field.is_computed()) {
        walk.visit(field.id);
    }
    let order = walk.order;
    for entity in entities.iter_mut() {
        let own = order.iter().filter(|id| draft.field_by_id(**id).is_some_and(|field| field.entity == entity.id));
        entity.computed = own.copied().collect();
    }
    let mut found = Vec::new();
    for id in order {
        let Some(field) = draft.field_by_id(id) else { continue };
        for path in field.reads() {
            ways_back(draft, path, field.entity, id, &mut found);
        }
    }
    found
}

/// Depth first over what computed fields read; a field met again while being visited reads itself.
struct Walk<'a, 'w> {
    draft: &'a Draft<'w>,
    state: HashMap<FieldId, bool>,
    trail: Vec<FieldId>,
    order: Vec<FieldId>,
    faults: &'a mut Vec<Diagnostic>,
}

impl Walk<'_, '_> {
    fn visit(&mut self, id: FieldId) {
        match self.state.get(&id) {
            Some(true) => return,
            Some(false) => return self.cycle(id),
            None => {}
        }
        let Some(field) = self.draft.field_by_id(id) else { return };
        if !field.is_computed() {
            return;
        }
        self.state.insert(id, false);
        self.trail.push(id);
        let reads: Vec<FieldId> = field
            .reads()
            .iter()
            .filter(|path| !self.climbs_its_own_tree(path, field.entity))
            .map(|path| path.field)
            .collect();
        for read in reads {
            self.visit(read);
        }
        self.trail.pop();
        self.state.insert(id, true);
        self.order.push(id);
    }

    /// Whether the path goes over other records of the same entity only: objectives below objectives. Such a tree ends,
    /// so what it reads there may itself be computed this way.
    fn climbs_its_own_tree(&self, path: &Path, entity: EntityId) -> bool {
        !path.hops.is_empty() && path.hops.iter().all(|hop| self.leads_to(*hop) == Some(entity))
    }

    fn leads_to(&self, hop: FieldId) -> Option<EntityId> {
        self.draft.field_by_id(hop).and_then(app::Field::target)
    }

    /// Where it is written how the field is computed.
    fn written_at(&self, id: FieldId) -> Location {
        let words = self.draft.field_words.get(id.index()).and_then(Option::as_ref);
        self.draft.field_at(id).child(words.and_then(|(words, _)| computed(words)).unwrap_or("formula"))
    }

    fn cycle(&mut self, id: FieldId) {
        let start = self.trail.iter().position(|other| *other == id).unwrap_or(0);
        let ring: Vec<FieldId> = self.trail.iter().skip(start).copied().collect();
        let names: Vec<String> =
            ring.iter().chain([&id]).map(|id| format!("`{}`", self.draft.field_name(*id))).collect();
        let message = match ring.as_slice() {
            [_] => format!("`{}` is computed from itself", self.draft.field_name(id)),
            _ => format!("these fields are computed from one another: {}", names.join(" reads ")),
        };
        let mut fault = Diagnostic::error("formula.cycle", self.written_at(id), message);
        for other in ring.iter().filter(|other| **other != id) {
            fault = fault.label(self.written_at(*other), "part of the loop");
        }
        self.faults.push(fault);
    }
}

/// Adds how a change of anything on the path leads back to the records that read it. What the record reads of itself
/// needs no way: its own computed fields follow in order.
fn ways_back(draft: &Draft<'_>, path: &Path, entity: EntityId, field: FieldId, found: &mut Vec<Dependent>) {
    let mut at = entity;
    // The steps back from the entity reached so far, nearest first.
    let mut back: Vec<Back> = Vec::new();
    let mut existence = false;
    let mut add = |on: EntityId, changed: FieldId, existence: bool, back: &[Back]| {
        if back.is_empty() {
            return;
        }
        let same = |other: &&mut Dependent| {
            other.on == on && other.entity == entity && other.field == field && other.back == back
        };
        if let Some(known) = found.iter_mut().find(same) {
            known.existence |= existence;
            if !known.fields.contains(&changed) {
                known.fields.push(changed);
            }
        } else {
            found.push(Dependent { on, fields: vec![changed], existence, back: back.to_vec(), entity, field });
        }
    };
    let last = draft.field_by_id(path.field);
    let ends_in_children = last.filter(|last| matches!(last.kind, FieldKind::Children { .. })).map(|last| last.id);
    for hop in path.hops.iter().copied().chain(ends_in_children) {
        let Some(step) = draft.field_by_id(hop) else { return };
        match step.kind {
            FieldKind::Reference { to, .. } | FieldKind::References { to, .. } => {
                // Re-pointing the reference changes what is read through it.
                add(at, hop, existence, &back);
                back.insert(0, Back::Referrers(hop));
                (at, existence) = (to, false);
            }
            FieldKind::Children { of, by } => {
                back.insert(0, Back::Referred(by));
                (at, existence) = (of, true);
                // A child that is moved leaves one parent and joins another.
                add(at, by, true, &back);
            }
            _ => return,
        }
    }
    if ends_in_children.is_none() {
        add(at, path.field, existence, &back);
    }
}
