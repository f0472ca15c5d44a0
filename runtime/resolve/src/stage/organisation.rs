//! What stands for the organisation: each thing once, and each field where it belongs.

use std::collections::{BTreeMap, HashMap};

use app::{FieldKind, FieldRole};
use definition::kind::entity::StandsFor;
use model::{Diagnostic, EntityId, FieldId, Location};

use crate::draft::Draft;

mod lines;

/// Collects the fields with a role and makes keys unique and required.
pub(crate) fn resolve(draft: &mut Draft<'_>, faults: &mut Vec<Diagnostic>) {
    let mut seen: HashMap<StandsFor, Location> = HashMap::new();
    for (_, named, _) in draft.each_entity() {
        let Some(stands) = named.words.stands_for.filter(|stands| *stands != StandsFor::Line) else { continue };
        let at = named.at.child("stands_for");
        if let Some(first) = seen.insert(stands, at.clone()) {
            let message = "two entities stand for the same thing";
            faults.push(Diagnostic::error("organisation.stands-twice", at, message).label(first, "the other one"));
        }
    }
    let roles: Vec<(FieldRole, FieldId, EntityId)> =
        draft.fields.iter().filter_map(|field| Some((field.role?, field.id, field.entity))).collect();
    let mut lines: BTreeMap<EntityId, HashMap<FieldRole, FieldId>> = BTreeMap::new();
    for (role, id, entity) in roles {
        if draft.broken_fields.contains(&id) {
            continue;
        }
        let at = draft.field_at(id).child("stands_for");
        if let Some(wanted) = misfit(draft, role, id) {
            let message = format!("this field cannot stand for that: {wanted} is asked for");
            faults.push(Diagnostic::error("organisation.misfit", at, message));
            continue;
        }
        // Each entity that stands for lines has fields of its own.
        let known = if lines::is_line(draft, entity) {
            lines.entry(entity).or_default()
        } else {
            &mut draft.organisation.fields
        };
        if let Some(first) = known.get(&role).copied() {
            faults.push(twice(draft, id, first));
        } else {
            known.insert(role, id);
        }
    }
    complete(draft, faults);
    lines::resolve(draft, &lines, faults);
    for (entity, named) in draft.entities.iter().enumerate() {
        let field = named.words.key.as_ref().and_then(|key| draft.shapes.get(entity)?.by_name.get(key));
        if let Some(field) = field.and_then(|id| draft.fields.get_mut(id.index())) {
            field.unique = true;
            field.required = true;
        }
    }
}

fn twice(draft: &Draft<'_>, id: FieldId, first: FieldId) -> Diagnostic {
    let at = |id| draft.field_at(id).child("stands_for");
    let message = "two fields stand for the same thing";
    Diagnostic::error("organisation.stands-twice", at(id), message).label(at(first), "the other one")
}

/// What the role asks for, when the field is not it.
fn misfit(draft: &Draft<'_>, role: FieldRole, id: FieldId) -> Option<&'static str> {
    let field = draft.field_by_id(id)?;
    let known = &draft.organisation;
    let line = lines::is_line(draft, field.entity);
    let here = |entity: Option<EntityId>| entity == Some(field.entity);
    let kept = |entity: Option<EntityId>| line || here(entity);
    let to = |entity: Option<EntityId>| matches!(field.kind, FieldKind::Reference { to, .. } if entity == Some(to));
    let several = |entity: Option<EntityId>| matches!(field.kind, FieldKind::Reference { to, .. } | FieldKind::References { to, .. } if entity == Some(to));
    let date = matches!(field.kind, FieldKind::Date);
    let (fits, wanted) = match role {
        FieldRole::MatrixManager => {
            (kept(known.person) && several(known.person), "one or several references from the person entity to itself")
        }
        FieldRole::Partner => {
            (kept(known.unit) && several(known.person), "one or several references from the unit entity to persons")
        }
        FieldRole::AssignedPerson => {
            (here(known.assignment) && to(known.person), "a reference from the assignment entity to a person")
        }
        FieldRole::AssignedUnit => {
            (here(known.assignment) && to(known.unit), "a reference from the assignment entity to a unit")
        }
        FieldRole::AssignedManager => {
            (here(known.assignment) && to(known.person), "a reference from the assignment entity to a person")
        }
        FieldRole::LineOf => (
            line && (to(known.unit) || to(known.person)),
            "a reference from an entity that stands for lines to a unit or a person",
        ),
        FieldRole::ValidFrom | FieldRole::ValidTo => {
            (kept(known.assignment) && date, "a date of the assignment entity")
        }
        FieldRole::ParentUnit => (kept(known.unit) && to(known.unit), "a reference from the unit entity to itself"),
        FieldRole::Head => (kept(known.unit) && to(known.person), "a reference from the unit entity to a person"),
        FieldRole::Manager => (here(known.person) && to(known.person), "a reference from the person entity to itself"),
        FieldRole::Unit => (here(known.person) && to(known.unit), "a reference from the person entity to a unit"),
        FieldRole::Login => {
            (here(known.person) && matches!(field.kind, FieldKind::Text), "a text of the person entity")
        }
        FieldRole::InService => {
            (here(known.person) && matches!(field.kind, FieldKind::Boolean), "a yes-or-no of the person entity")
        }
        FieldRole::Day => {
            (here(known.calendar) && matches!(field.kind, FieldKind::Date), "a date of the calendar entity")
        }
        FieldRole::Open => {
            (here(known.calendar) && matches!(field.kind, FieldKind::Boolean), "a yes-or-no of the calendar entity")
        }
        FieldRole::Calendar => (
            here(known.calendar) && matches!(field.kind, FieldKind::Reference { .. }),
            "a reference of the calendar entity",
        ),
        FieldRole::Weekdays => (
            here(calendars(draft)) && weekdays(&field.kind),
            "a field of choices named `monday` to `sunday`, on what the days of the calendar refer to,",
        ),
    };
    (!fits).then_some(wanted)
}

/// What the days of the calendar refer to.
fn calendars(draft: &Draft<'_>) -> Option<EntityId> {
    draft.fields.iter().find(|field| field.role == Some(FieldRole::Calendar))?.target()
}

fn weekdays(kind: &FieldKind) -> bool {
    let FieldKind::Choices(choices) = kind else { return false };
    choices.iter().all(|choice| app::WEEK.contains(&choice.code.as_str()))
}

/// An entity that stands for something without the fields by which it would be used does nothing.
fn complete(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) {
    let known = &draft.organisation;
    let needed = [
        (known.calendar, FieldRole::Day, "day", "the day"),
        (known.calendar, FieldRole::Open, "open", "whether it is worked"),
        (known.unit, FieldRole::ParentUnit, "parent_unit", "the unit above"),
        (known.assignment, FieldRole::AssignedPerson, "assigned_person", "whose it is"),
        (known.assignment, FieldRole::ValidFrom, "valid_from", "its first day"),
        (known.assignment, FieldRole::ValidTo, "valid_to", "its last day"),
    ];
    for (entity, role, word, what) in needed {
        let Some(named) = entity.and_then(|id| draft.entities.get(id.index())) else { continue };
        if !known.fields.contains_key(&role) {
            let message = format!("no field of this entity stands for `{word}`, {what}");
            faults.push(Diagnostic::error("organisation.incomplete", named.at.child("stands_for"), message));
        }
    }
}
