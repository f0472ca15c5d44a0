//! Entities: what names a record, what identifies it, what search looks into, what is unique.

pub(crate) mod anonymity;
pub(crate) mod erasure;
mod source;

use std::collections::BTreeSet;

use app::{Entity, FieldKind, StandsFor, Unique};
use definition::kind::entity;
use model::{Diagnostic, EntityId, FieldId, Location};

use crate::{
    draft::{Draft, Named},
    text::text,
};

/// Compiles every entity except its expressions.
pub(crate) fn resolve(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) -> Vec<Entity> {
    draft
        .each_entity()
        .map(|(id, named, shape)| {
            let words = named.words;
            let at = |key: &str| named.at.child(key);
            let display = draft
                .own_field(id, &words.display, &at("display"), faults)
                .map(|field| (field.id, names_a_record(&field.kind)));
            if let Some((_, false)) = display {
                let message =
                    format!("`{}` cannot name a record: choose a text, number, date or choice", words.display);
                faults.push(Diagnostic::error("entity.bad-display", at("display"), message));
            }
            let hint = words.hint.as_ref().and_then(|name| draft.open_field(id, name, &at("hint"), faults));
            let hint = hint.map(|field| field.id);
            let key = words.key.as_ref().and_then(|name| key(draft, id, name, &at("key"), faults));
            Entity {
                id,
                app: named.app.clone(),
                name: named.name.clone(),
                table: shape.table.clone(),
                renamed_from: shape.renamed_from.clone(),
                label: text(&words.label),
                plural: text(words.plural.as_ref().unwrap_or(&words.label)),
                stands_for: words.stands_for.map(|stands| match stands {
                    entity::StandsFor::Person => StandsFor::Person,
                    entity::StandsFor::Unit => StandsFor::Unit,
                    entity::StandsFor::CalendarDay => StandsFor::CalendarDay,
                    entity::StandsFor::Assignment => StandsFor::Assignment,
                    entity::StandsFor::Line => StandsFor::Line,
                }),
                display: display.map_or(shape.system.id, |(field, _)| field),
                hint,
                key,
                search: search(draft, id, named, faults),
                history: words.history,
                comments: words.comments,
                attachments: words.attachments,
                fields: shape.fields.clone(),
                system: shape.system,
                computed: Vec::new(),
                watched: Vec::new(),
                validations: Vec::new(),
                unique: uniques(draft, id, named, &at("unique"), faults),
                indexes: groups(draft, id, &words.indexes, &at("indexes"), faults),
                anonymity: words
                    .anonymity
                    .as_ref()
                    .and_then(|written| anonymity::resolve(draft, id, written, &at("anonymity"), faults)),
                subject: erasure::subject(draft, id, named, faults),
                bin_days: bin(named, faults),
                source: source::resolve(draft, id, named, faults),
            }
        })
        .collect()
}

/// How long the bin keeps what is in it.
fn bin(named: &Named<'_, entity::Entity>, faults: &mut Vec<Diagnostic>) -> Option<u32> {
    let days = named.words.bin?.keep_days;
    let at = named.at.child("bin");
    if named.words.source.is_some() {
        let message = "nobody deletes a row that comes from another system, so there is no bin";
        faults.push(Diagnostic::error("entity.does-not-apply", at, message).help("leave `bin` out"));
        return None;
    }
    if !(1..=3650).contains(&days) {
        let message = format!("a bin keeps what is in it for 1 to 3,650 days, not for {days}");
        let help = "write it as in `bin: {keep_days: 180}`";
        faults.push(Diagnostic::error("entity.bin-days", at.child("keep_days"), message).help(help));
        return None;
    }
    Some(days)
}

fn names_a_record(kind: &FieldKind) -> bool {
    !matches!(
        kind,
        FieldKind::Children { .. }
            | FieldKind::References { .. }
            | FieldKind::Reference { .. }
            | FieldKind::Choices(_)
            | FieldKind::File
            | FieldKind::Image
            | FieldKind::Json
            | FieldKind::Signature
            | FieldKind::Secret
    )
}

/// The key: one stored value that people can type.
fn key(
    draft: &Draft<'_>,
    entity: EntityId,
    name: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<FieldId> {
    let field = draft.own_field(entity, name, at, faults)?;
    let fits = matches!(
        field.kind,
        FieldKind::Text | FieldKind::Integer | FieldKind::Serial { .. } | FieldKind::Period { .. } | FieldKind::Date
    );
    if (!fits || field.system || field.is_computed()) && !draft.broken_fields.contains(&field.id) {
        let message = format!("`{name}` cannot identify a record");
        let help = "choose a text, whole number, date, period or serial number that people write";
        faults.push(Diagnostic::error("entity.bad-key", at.clone(), message).help(help));
        return None;
    }
    Some(field.id)
}

fn search(
    draft: &Draft<'_>,
    entity: EntityId,
    named: &Named<'_, entity::Entity>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<FieldId> {
    let mut found = BTreeSet::new();
    let mut ordered = Vec::new();
    for (index, name) in named.words.search.iter().enumerate() {
        let at = named.at.child("search").child(index);
        let Some(field) = draft.own_field(entity, name, &at, faults) else { continue };
        if draft.broken_fields.contains(&field.id) {
            continue;
        }
        let text = matches!(
            field.kind,
            FieldKind::Text
                | FieldKind::LongText
                | FieldKind::Markdown
                | FieldKind::Serial { .. }
                | FieldKind::Period { .. }
        );
        if !text || field.system {
            let message = format!("search looks into texts, and `{name}` is not one");
            faults.push(Diagnostic::error("entity.bad-search", at, message));
        } else if field.sensitivity > app::Sensitivity::Internal {
            let message = format!("`{name}` is kept out of search because it is personal");
            faults.push(Diagnostic::error("entity.bad-search", at, message).help("leave it out of `search`"));
        } else if found.insert(field.id) {
            ordered.push(field.id);
        } else {
            faults.push(Diagnostic::error("entity.named-twice", at, format!("`{name}` is named twice")));
        }
    }
    ordered
}

/// Combinations of stored fields, each of two fields at least for uniqueness to say more than the field itself.
fn groups(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &[Vec<String>],
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Vec<FieldId>> {
    let each = written.iter().enumerate();
    each.map(|(index, names)| group(draft, entity, names, &at.child(index), faults)).collect()
}

/// Combinations that are unique, with what making the same again does.
fn uniques(
    draft: &Draft<'_>,
    entity: EntityId,
    named: &Named<'_, entity::Entity>,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Unique> {
    let mut found = Vec::new();
    for (index, unique) in named.words.unique.iter().enumerate() {
        let at = at.child(index);
        found.push(match unique {
            entity::Unique::Fields(names) => {
                Unique { fields: group(draft, entity, names, &at, faults), updates: false }
            }
            entity::Unique::Combination(said) => {
                if said.again == entity::Again::Refuse {
                    let message = "making the same again is refused anyway";
                    let help = "write the list of fields alone";
                    faults.push(Diagnostic::error("entity.inert-again", at.child("again"), message).help(help));
                } else if named.words.source.is_some() {
                    let message = "a row of a source that comes again always changes the one there is";
                    let help = "write the list of fields alone";
                    faults.push(Diagnostic::error("entity.inert-again", at.child("again"), message).help(help));
                }
                let fields = group(draft, entity, &said.fields, &at.child("fields"), faults);
                Unique { fields, updates: said.again == entity::Again::Update }
            }
        });
    }
    found
}

fn group(
    draft: &Draft<'_>,
    entity: EntityId,
    names: &[String],
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<FieldId> {
    {
        if names.is_empty() {
            faults.push(Diagnostic::error(
                "entity.empty-combination",
                at.clone(),
                "a combination names at least one field",
            ));
        }
        let mut group: Vec<FieldId> = Vec::new();
        for (index, name) in names.iter().enumerate() {
            let at = at.child(index);
            let Some(field) = draft.open_field(entity, name, &at, faults) else { continue };
            if !field.has_column()
                || matches!(field.kind, FieldKind::Json | FieldKind::Signature | FieldKind::Choices(_))
            {
                let message = format!("`{name}` has no single value that could be indexed");
                faults.push(Diagnostic::error("entity.bad-combination", at, message));
            } else if group.contains(&field.id) {
                faults.push(Diagnostic::error("entity.named-twice", at, format!("`{name}` is named twice")));
            } else {
                group.push(field.id);
            }
        }
        group
    }
}
