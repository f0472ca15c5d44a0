//! Lines: how units and people were placed from one day to another, in entities of their own.

use std::collections::{BTreeMap, HashMap};

use app::{FieldRole, Line};
use definition::kind::entity::StandsFor;
use model::{Diagnostic, EntityId, FieldId};

use crate::draft::Draft;

/// Whether the entity stands for lines.
pub(super) fn is_line(draft: &Draft<'_>, entity: EntityId) -> bool {
    let named = draft.entities.get(entity.index());
    named.is_some_and(|named| named.words.stands_for == Some(StandsFor::Line))
}

/// What lines may keep, and whether it is of a unit or else of a person.
const KEPT: [(FieldRole, bool); 4] = [
    (FieldRole::ParentUnit, true),
    (FieldRole::Head, true),
    (FieldRole::Partner, true),
    (FieldRole::MatrixManager, false),
];

/// Collects what each entity with lines keeps; `found` are its fields with a role.
pub(super) fn resolve(
    draft: &mut Draft<'_>,
    found: &BTreeMap<EntityId, HashMap<FieldRole, FieldId>>,
    faults: &mut Vec<Diagnostic>,
) {
    let nothing = HashMap::new();
    let mut all: HashMap<FieldRole, Line> = HashMap::new();
    let known = &*draft;
    for (entity, named, _) in known.each_entity().filter(|(entity, _, _)| is_line(known, *entity)) {
        let fields = found.get(&entity).unwrap_or(&nothing);
        let field = |role: FieldRole| fields.get(&role).copied();
        let mut incomplete = |message: String| {
            faults.push(Diagnostic::error("organisation.incomplete", named.at.child("stands_for"), message));
        };
        for (role, word, what) in [
            (FieldRole::LineOf, "line_of", "whose it is"),
            (FieldRole::ValidFrom, "valid_from", "its first day"),
            (FieldRole::ValidTo, "valid_to", "its last day"),
        ] {
            if field(role).is_none() {
                incomplete(format!("no field of this entity stands for `{word}`, {what}"));
            }
        }
        if KEPT.iter().all(|(role, _)| field(*role).is_none()) {
            incomplete("no field of this entity stands for what it keeps: a head, a partner, a unit above".to_owned());
        }
        let (Some(of), Some(from), Some(to)) =
            (field(FieldRole::LineOf), field(FieldRole::ValidFrom), field(FieldRole::ValidTo))
        else {
            continue;
        };
        for (role, of_unit) in KEPT {
            let Some(what) = field(role) else { continue };
            let whose = if of_unit { known.organisation.unit } else { known.organisation.person };
            if known.field_by_id(of).and_then(app::Field::target) != whose {
                let whose = if of_unit { "unit" } else { "person" };
                let message = format!("this field cannot stand for that: a line of a {whose} is asked for");
                let at = known.field_at(what).child("stands_for");
                faults.push(Diagnostic::error("organisation.misfit", at, message));
            } else if let Some(first) = all.get(&role) {
                faults.push(super::twice(known, what, first.what));
            } else {
                all.insert(role, Line { entity, of, what, from, to });
            }
        }
    }
    draft.organisation.lines = all;
}
