//! Fields: what each holds, its type, and that every property written does something.

mod applies;
mod bounds;
mod kinds;
mod order;
mod personal;

pub(super) use applies::computed;
pub(crate) use bounds::decimal;

use model::{Diagnostic, EntityId, FieldId};

use crate::draft::Draft;

/// Gives every field its kind, type, bounds and role; one without is remembered as broken.
pub(crate) fn resolve(draft: &mut Draft<'_>, faults: &mut Vec<Diagnostic>) {
    draft.organisation = standing(draft);
    for index in 0..draft.fields.len() {
        let id = FieldId(index as u32);
        let Some(Some((words, at))) = draft.field_words.get(index) else { continue };
        let (words, at) = (*words, at.clone());
        applies::check(words, &at, faults);
        let kind = kinds::kind(draft, id, words, &at, faults);
        let broken = kind.is_none();
        if let Some((kind, ty)) = kind {
            let min = bounds::bound(words, words.min.as_ref(), &ty, &at.child("min"), faults);
            let max = bounds::bound(words, words.max.as_ref(), &ty, &at.child("max"), faults)
                .or_else(|| bounds::default_max(words.kind));
            bounds::check_order(min.as_ref(), max.as_ref(), &at, faults);
            let pattern = bounds::pattern(words, &at, faults);
            let order = order::order(words, &at, faults);
            let sensitivity = kinds::sensitivity(words.kind, words.sensitivity);
            let personal = personal::resolve(draft, id, words, sensitivity, &at, faults);
            if words.term && draft.terms.is_empty() {
                let message = "there is no dictionary, so that no value is the code of a term";
                let fault = Diagnostic::error("field.no-terms", at.child("term"), message);
                faults.push(fault.help("write terms in `dictionary/`, or leave it out"));
            }
            if let Some(field) = draft.fields.get_mut(index) {
                (field.kind, field.ty, field.min, field.max, field.pattern) = (kind, ty, min, max, pattern);
                field.order = order;
                field.sensitivity = sensitivity;
                field.personal = personal;
                field.kept = words.kept.as_ref().map(crate::text::text);
                (field.public, field.term) = (words.public, words.term);
                field.role = words.stands_for.map(kinds::role);
                field.unique |= words.kind == definition::kind::entity::FieldKind::Serial;
            }
        }
        if broken {
            draft.broken_fields.insert(id);
        }
    }
    personal::idle(draft, faults);
}

/// Which entities stand for people, units and the calendar; needed before `person` fields have a type.
fn standing(draft: &Draft<'_>) -> app::Organisation {
    use definition::kind::entity::StandsFor;
    let find = |wanted: StandsFor| {
        let found = draft.each_entity().find(|(_, named, _)| named.words.stands_for == Some(wanted));
        found.map(|(id, _, _)| id).filter(|id: &EntityId| id.index() < draft.entities.len())
    };
    app::Organisation {
        person: find(StandsFor::Person),
        unit: find(StandsFor::Unit),
        calendar: find(StandsFor::CalendarDay),
        assignment: find(StandsFor::Assignment),
        ..app::Organisation::default()
    }
}
