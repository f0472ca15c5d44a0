//! Rows that come from another system: what tells one from another, and what would do nothing where nobody writes.

use app::Source;
use definition::kind::entity::{self, Unique};
use model::{Diagnostic, EntityId, FieldId, Location};

use crate::{
    draft::{Draft, Named},
    text::text,
};

/// Compiles an entity's `source`; `None` for one that people write, and when a part of it is at fault.
pub(super) fn resolve(
    draft: &Draft<'_>,
    entity: EntityId,
    named: &Named<'_, entity::Entity>,
    faults: &mut Vec<Diagnostic>,
) -> Option<Source> {
    let words = named.words;
    let label = text(words.source.as_ref()?);
    inert(named, faults);
    let identity = match (&words.key, words.unique.first()) {
        (Some(key), _) => vec![draft.field_named(entity, key)?.id],
        (None, Some(Unique::Fields(names))) => {
            always_there(draft, entity, names, &named.at.child("unique").child(0), faults)?
        }
        (None, Some(Unique::Combination(said))) => {
            always_there(draft, entity, &said.fields, &named.at.child("unique").child(0).child("fields"), faults)?
        }
        (None, None) => {
            let message = format!("nothing tells which row of `{}` comes again", named.name);
            let help = "give it a `key`, or name the fields that tell its rows apart in `unique`";
            faults.push(Diagnostic::error("source.no-identity", named.at.child("source"), message).help(help));
            return None;
        }
    };
    Some(Source { label, identity })
}

/// The fields of the combination, each of which must have a value on every row: what is not known is like nothing else.
fn always_there(
    draft: &Draft<'_>,
    entity: EntityId,
    names: &[String],
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Vec<FieldId>> {
    let mut found = Vec::new();
    for (index, name) in names.iter().enumerate() {
        // A name that is no field's was told where combinations are read.
        let field = draft.field_named(entity, name)?;
        if draft.broken_fields.contains(&field.id) {
            return None;
        }
        if !field.required || !field.writable() {
            let message = format!("a row without `{name}` could not be found again when it comes a second time");
            let help = match field.writable() {
                true => "say `required: true` on the field",
                false => "name a field that the rows bring themselves",
            };
            faults.push(Diagnostic::error("source.identity-not-required", at.child(index), message).help(help));
        }
        found.push(field.id);
    }
    (!found.is_empty()).then_some(found)
}

/// What only matters where people write records.
fn inert(named: &Named<'_, entity::Entity>, faults: &mut Vec<Diagnostic>) {
    let mut refuse = |at: Location, message: String| {
        let help = "leave it out, or leave `source` out";
        faults.push(Diagnostic::error("source.does-not-apply", at, message).help(help));
    };
    if named.words.attachments {
        let message = format!("nobody changes a row of `{}`, so nobody attaches a file to one", named.name);
        refuse(named.at.child("attachments"), message);
    }
    for (name, field) in &named.words.fields {
        let at = named.at.child("fields").child(name);
        if !field.starts.is_empty() {
            let message = format!("`starts` does nothing: rows of `{}` come as they are", named.name);
            refuse(at.child("starts"), message);
        }
        if !field.transitions.is_empty() {
            let message = format!("`transitions` does nothing: rows of `{}` come as they are", named.name);
            refuse(at.child("transitions"), message);
        }
    }
}
