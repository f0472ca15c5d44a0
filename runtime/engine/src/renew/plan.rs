//! What a publish renews, and in which order. Apps go in, entities come out: there is no database here.
//!
//! INVARIANT: an entity comes once, and after all those of the list whose records it adds up, unless they add each other up in a
//! circle.

use std::collections::BTreeSet;

use app::{App, Back, Dependent, Entity, Field};
use model::{EntityId, FieldId};

use crate::runner::Anew;

/// The entities of an app whose computed values, or what search looks into, say something else than in the app before it.
pub(super) fn needed(before: &App, app: &App) -> Vec<(EntityId, Anew)> {
    let mut found = Vec::new();
    for entity in app.entities() {
        // One that is new has no records.
        let Some(known) = known(before, entity) else { continue };
        let differs = |id: &FieldId| {
            let Some(field) = app.field(*id) else { return false };
            let old = before.field_named(known.id, field.name.as_str()).and_then(Field::computation);
            old != field.computation()
        };
        let searched = names(app, &entity.search) != names(before, &known.search);
        let anew = match (entity.computed.iter().any(differs), searched) {
            (true, true) => Anew::Both,
            (true, false) => Anew::Computed,
            (false, true) => Anew::Search,
            (false, false) => continue,
        };
        found.push((entity.id, anew));
    }
    found
}

/// The entity as it was in the app before, under the name it had there.
pub(super) fn known<'a>(before: &'a App, entity: &Entity) -> Option<&'a Entity> {
    before.entity_named(entity.name.as_str()).or_else(|| {
        let former = entity.renamed_from.as_deref()?;
        before.entities().iter().find(|one| one.table == former)
    })
}

fn names<'a>(app: &'a App, fields: &[FieldId]) -> Vec<&'a str> {
    fields.iter().filter_map(|id| app.field(*id)).map(|field| field.name.as_str()).collect()
}

/// The entities that are renewed where these are: they and what adds up their computed values, however far above, each with whether
/// what search looks into is written anew too. That alone changes no computed value, so that nothing above it is.
pub(super) fn order(app: &App, named: &[(EntityId, Anew)]) -> Vec<(EntityId, bool)> {
    let mut climb = Climb { app, met: BTreeSet::new(), highest_first: Vec::new() };
    for (entity, _) in named.iter().rev().filter(|(_, anew)| *anew != Anew::Search) {
        climb.visit(*entity);
    }
    let Climb { met, highest_first, .. } = climb;
    let searched =
        |entity: EntityId| named.iter().any(|(one, anew)| *one == entity && matches!(anew, Anew::Search | Anew::Both));
    let only_searched = named.iter().map(|(entity, _)| *entity).filter(|entity| !met.contains(entity));
    let entities = highest_first.iter().rev().copied().chain(only_searched);
    entities.map(|entity| (entity, searched(entity))).collect()
}

/// Depth first over what adds up what.
struct Climb<'a> {
    app: &'a App,
    met: BTreeSet<EntityId>,
    highest_first: Vec<EntityId>,
}

impl Climb<'_> {
    fn visit(&mut self, entity: EntityId) {
        if self.met.insert(entity) {
            for above in above(self.app, entity).into_iter().rev() {
                self.visit(above);
            }
            self.highest_first.push(entity);
        }
    }
}

/// The entities whose records add up the computed values of one.
fn above(app: &App, entity: EntityId) -> BTreeSet<EntityId> {
    let computed = app.entity(entity).map_or(&[][..], |entity| entity.computed.as_slice());
    let adds_up = |dependent: &&Dependent| {
        let Some(Back::Referred(by)) = dependent.back.first() else { return false };
        let reads = dependent.fields.iter().chain([by]).any(|field| computed.contains(field));
        dependent.on == entity && reads
    };
    app.dependents().iter().filter(adds_up).map(|dependent| dependent.entity).collect()
}

/// What a part of a renewal leaves alone because of what is still to come: where a record of the first entity changes, the one of the
/// second that it is below, for all of the second are renewed later.
pub(super) fn left_to(app: &App, to_come: &BTreeSet<EntityId>) -> BTreeSet<(EntityId, EntityId)> {
    let refers = |dependent: &&Dependent| matches!(dependent.back.first(), Some(Back::Referred(_)));
    let dependents = app.dependents().iter().filter(refers);
    let later = dependents.filter(|dependent| to_come.contains(&dependent.entity));
    later.map(|dependent| (dependent.on, dependent.entity)).collect()
}
