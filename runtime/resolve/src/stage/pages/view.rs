//! Records of one entity: which, in which order, in which columns.

use app::{FieldKind, ListView};
use formula::{Path, Predicate};
use model::{Diagnostic, EntityId, Location};
use policy::{Direction, Sort};

use crate::draft::Draft;

/// Columns of a list that names none.
const COLUMNS: usize = 6;

/// What a page or block says about its records.
pub(super) struct Written<'a> {
    pub(super) filter: Option<&'a String>,
    pub(super) sort: &'a [String],
    pub(super) columns: &'a [String],
    /// What the columns are called where they are written.
    pub(super) columns_key: &'static str,
}

/// Compiles a view; where it names no columns it takes the entity's first ones.
pub(super) fn resolve(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &Written<'_>,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> ListView {
    let filter = written.filter.and_then(|source| draft.filter(source, entity, &at.child("filter"), faults));
    let at_columns = at.child(written.columns_key);
    let mut columns: Vec<Path> = Vec::new();
    for (index, name) in written.columns.iter().enumerate() {
        let at = at_columns.child(index);
        let Some(path) = draft.shown_path(entity, name, &at, faults) else { continue };
        if columns.contains(&path) {
            faults.push(Diagnostic::error("page.named-twice", at, format!("`{name}` is named twice")));
        } else {
            columns.push(path);
        }
    }
    if written.columns.is_empty() {
        columns = first_columns(draft, entity);
    }
    ListView {
        entity,
        filter: filter.map_or_else(Predicate::always, |(_, predicate)| predicate),
        sort: sort(draft, entity, written.sort, &at.child("sort"), faults),
        columns,
    }
}

fn first_columns(draft: &Draft<'_>, entity: EntityId) -> Vec<Path> {
    let display = draft.entities.get(entity.index()).map_or("", |named| named.words.display.as_str());
    let display = draft.field_named(entity, display);
    let shape = draft.shapes.get(entity.index()).into_iter().flat_map(|shape| &shape.fields);
    let others = shape.filter_map(|id| draft.field_by_id(*id)).filter(|field| {
        let shown = !matches!(
            field.kind,
            FieldKind::LongText
                | FieldKind::Markdown
                | FieldKind::Json
                | FieldKind::Signature
                | FieldKind::Secret
                | FieldKind::File
                | FieldKind::Image
                | FieldKind::Children { .. }
                | FieldKind::References { .. }
        );
        shown && display.is_none_or(|display| display.id != field.id)
    });
    let fields = display.into_iter().chain(others).take(COLUMNS);
    fields.map(|field| Path { entity, hops: Vec::new(), field: field.id, ty: field.ty.clone() }).collect()
}

fn sort(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &[String],
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Sort> {
    let mut found: Vec<Sort> = Vec::new();
    for (index, text) in written.iter().enumerate() {
        let at = at.child(index);
        let (name, direction) = match text.strip_prefix('-') {
            Some(name) => (name, Direction::Descending),
            None => (text.as_str(), Direction::Ascending),
        };
        let Some(by) = draft.path(entity, name, &at, faults) else { continue };
        let unordered = draft.field_by_id(by.field).is_some_and(|field| {
            matches!(
                field.kind,
                FieldKind::Json | FieldKind::Signature | FieldKind::References { .. } | FieldKind::Choices(_)
            )
        });
        if unordered {
            faults.push(Diagnostic::error("page.bad-sort", at, format!("`{name}` has no order to sort by")));
        } else if found.iter().any(|sort| sort.by == by) {
            faults.push(Diagnostic::error("page.named-twice", at, format!("`{name}` is named twice")));
        } else {
            found.push(Sort { by, direction });
        }
    }
    found
}
