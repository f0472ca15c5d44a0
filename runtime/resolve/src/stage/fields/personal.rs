//! What personal information is for: said by each personal field, or by its entity for all of them.

use app::{Basis, Personal, Sensitivity};
use definition::kind::entity;
use model::{Diagnostic, FieldId, Location};

use crate::{draft::Draft, text::text};

/// What a field is for, by its own words or its entity's. A personal field without them is a fault.
pub(super) fn resolve(
    draft: &Draft<'_>,
    id: FieldId,
    words: &entity::Field,
    sensitivity: Sensitivity,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Personal> {
    if sensitivity < Sensitivity::Personal {
        if words.personal.is_some() {
            let message = "`personal` does nothing on a field that is not personal";
            let help = "say `sensitivity: personal` or `sensitive`, or leave it out";
            faults.push(Diagnostic::error("field.does-not-apply", at.child("personal"), message).help(help));
        }
        return None;
    }
    let entity = draft.fields.get(id.index()).and_then(|field| draft.entities.get(field.entity.index()));
    let said = words.personal.as_ref().or_else(|| entity.and_then(|named| named.words.personal.as_ref()));
    if said.is_none() {
        let message = "this field is personal, and nothing says what it is for";
        let help =
            "say under `personal` its `purpose`, its `basis` and how long to `keep` it, here or for the whole entity";
        faults.push(Diagnostic::error("field.no-purpose", at.clone(), message).help(help));
    }
    said.map(compiled)
}

/// Entities that say what nothing of them needs.
pub(super) fn idle(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) {
    for (id, named, _) in draft.each_entity() {
        let needs = |field: &app::Field| {
            let own = draft.field_words.get(field.id.index()).and_then(Option::as_ref);
            field.entity == id
                && field.sensitivity >= Sensitivity::Personal
                && own.is_none_or(|(words, _)| words.personal.is_none())
        };
        if named.words.personal.is_some() && !draft.fields.iter().any(needs) {
            let message = "`personal` does nothing here: no field of it is personal and leaves it to the entity";
            let at = named.at.child("personal");
            faults.push(Diagnostic::error("entity.does-not-apply", at, message).help("leave it out"));
        }
    }
}

fn compiled(words: &entity::Personal) -> Personal {
    let basis = match words.basis {
        entity::Basis::Consent => Basis::Consent,
        entity::Basis::Contract => Basis::Contract,
        entity::Basis::LegalDuty => Basis::LegalDuty,
        entity::Basis::Emergency => Basis::Emergency,
        entity::Basis::Published => Basis::Published,
        entity::Basis::OtherLaw => Basis::OtherLaw,
    };
    Personal { purpose: text(&words.purpose), basis, keep: text(&words.keep) }
}
