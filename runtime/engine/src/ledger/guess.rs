//! Whether the refusal of a write may have been a try to find out what is there: it says that a value is taken, that a record is
//! not there, or that something refers to one, and whoever tried could not have read that.

use app::{App, Entity, FieldKind, OnDelete};
use model::{EntityId, FieldId};
use policy::{Action, Rights};

use crate::{Actor, FieldFault, execute::NOT_ACCEPTED};

/// Whether such a fault of a write on records of the entity tells the actor of what they may not read all of.
pub(super) fn tells(actor: &Actor, entity: &Entity, fault: &FieldFault) -> bool {
    let (app, rights) = (&*actor.edition.app, &*actor.rights);
    let field = || app.field_named(entity.id, fault.field.as_deref()?);
    match fault.code {
        "reference" => field().and_then(app::Field::target).is_none_or(|target| !reads_all(rights, target)),
        "unique" => field().is_none_or(|field| !reads_all_of(rights, entity, &together(entity, field.id))),
        NOT_ACCEPTED => true,
        "still-referred" => refers(app, entity.id).any(|other| !reads_all(rights, other)),
        _ => false,
    }
}

/// Whether every record of the entity may be read.
fn reads_all(rights: &Rights, entity: EntityId) -> bool {
    rights.access(entity, Action::Read).is_some_and(|access| access.everywhere())
}

/// The same, with these fields of each.
fn reads_all_of(rights: &Rights, entity: &Entity, fields: &[FieldId]) -> bool {
    let Some(access) = rights.access(entity.id, Action::Read) else { return false };
    access.everywhere() && fields.iter().all(|field| access.field(*field).is_some() && access.mask(*field).is_none())
}

/// The field with those whose values no two records share together with it.
fn together(entity: &Entity, field: FieldId) -> Vec<FieldId> {
    let sets = entity.unique.iter().filter(|unique| unique.fields.first() == Some(&field));
    sets.flat_map(|unique| &unique.fields).copied().chain([field]).collect()
}

/// The entities of which a record keeps one of this entity from being deleted.
fn refers(app: &App, entity: EntityId) -> impl Iterator<Item = EntityId> {
    let keeps = move |kind: &FieldKind| matches!(kind, FieldKind::Reference { to, on_delete: OnDelete::Restrict, .. } if *to == entity);
    app.all_fields().iter().filter(move |field| keeps(&field.kind)).map(|field| field.entity)
}
