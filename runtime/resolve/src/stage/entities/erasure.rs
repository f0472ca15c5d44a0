//! Whom a record is about, what stays when they are erased, and that all else can go.

use app::{FieldKind, FieldRole, Sensitivity};
use definition::kind::{entity, role};
use model::{Diagnostic, EntityId, FieldId};

use crate::draft::{Draft, Named};

/// The reference to the person a record is about.
pub(super) fn subject(
    draft: &Draft<'_>,
    id: EntityId,
    named: &Named<'_, entity::Entity>,
    faults: &mut Vec<Diagnostic>,
) -> Option<FieldId> {
    let name = named.words.subject.as_ref()?;
    let at = named.at.child("subject");
    if named.words.stands_for == Some(entity::StandsFor::Person) {
        let message = "a person is about themself";
        faults.push(Diagnostic::error("entity.does-not-apply", at, message).help("leave `subject` out"));
        return None;
    }
    let field = draft.own_field(id, name, &at, faults)?;
    let person = draft.organisation.person;
    let fits = matches!(field.kind, FieldKind::Reference { to, .. } if Some(to) == person);
    if !fits && !draft.broken_fields.contains(&field.id) {
        let message = format!("`{name}` does not say which person the record is about");
        let help = "name a field of type `person`";
        faults.push(Diagnostic::error("entity.no-subject", at, message).help(help));
        return None;
    }
    Some(field.id)
}

/// Holds `kept` to fields that would be erased, and, where a role erases people, every other such field to what can be cleared.
pub(crate) fn check(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) {
    let erases = draft.roles.iter().flat_map(|named| &named.words.grants);
    let erases = erases.flat_map(|grant| &grant.actions).any(|action| *action == role::Action::Erase);
    for field in &draft.fields {
        let Some(Some((words, at))) = draft.field_words.get(field.id.index()) else { continue };
        let Some(owner) = draft.entities.get(field.entity.index()) else { continue };
        if draft.broken_fields.contains(&field.id) {
            continue;
        }
        let person = draft.organisation.person == Some(field.entity);
        let names = |name: &String| *name == field.name.as_str();
        // What names a person is personal, whatever it says of itself.
        let named = person
            && (names(&owner.words.display)
                || owner.words.key.as_ref().is_some_and(names)
                || owner.words.search.iter().any(names)
                || field.role == Some(FieldRole::Login));
        let personal = field.sensitivity >= Sensitivity::Personal || named;
        let goes = personal && (person || owner.words.subject.is_some());
        if words.kept.is_some() && (!goes || super::super::fields::computed(words).is_some()) {
            let message = format!("`{}` is never erased, so there is nothing to keep", field.name);
            let help = "leave `kept` out; it is for personal fields of people, and of records with a `subject`";
            faults.push(Diagnostic::error("field.does-not-apply", at.child("kept"), message).help(help));
        }
        let text = matches!(field.kind, FieldKind::Text | FieldKind::LongText | FieldKind::Markdown);
        if erases && goes && words.kept.is_none() && field.required && !text {
            let message =
                format!("`{}` is personal and required, so it cannot be cleared when its person is erased", field.name);
            let help = "let it be empty, or say under `kept` why it stays";
            faults.push(Diagnostic::error("field.cannot-be-erased", at.clone(), message).help(help));
        }
    }
}
