//! Forms: sections, the fields in them, and when those show.

use std::collections::HashMap;

use app::{FieldKind, Form, FormItem, FormLayout, FormSection};
use definition::kind::form::{self, Item, Placed};
use formula::Formula;
use model::{Diagnostic, EntityId, FieldId, FormId, Location};

use crate::{
    draft::{Draft, Named},
    text::{optional, text},
};

/// Columns of a sub-table that names none.
const SUB_TABLE_COLUMNS: usize = 5;

/// Compiles every form.
pub(crate) fn resolve(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) -> Vec<Form> {
    (0..).map(FormId).zip(&draft.forms).filter_map(|(id, named)| one(draft, id, named, faults)).collect()
}

fn one(draft: &Draft<'_>, id: FormId, named: &Named<'_, form::Form>, faults: &mut Vec<Diagnostic>) -> Option<Form> {
    let words = named.words;
    let entity = draft.entity(&words.entity, &named.at.child("entity"), faults)?;
    if draft.entities.get(entity.index()).is_some_and(|named| named.words.source.is_some()) {
        let message = format!("`{}` takes no form: its rows come from the system its `source` names", words.entity);
        let help = "remove the form; pages show the fields without one";
        faults.push(Diagnostic::error("form.source-bound", named.at.child("entity"), message).help(help));
    }
    if words.sections.is_empty() {
        faults.push(Diagnostic::error(
            "form.empty",
            named.at.child("sections"),
            "a form without sections shows nothing",
        ));
    }
    if words.sections.len() == 1 && words.layout != form::Layout::Page {
        let message = "tabs and steps need more than one section";
        faults.push(Diagnostic::error("form.one-section", named.at.child("layout"), message));
    }
    let mut seen = HashMap::new();
    let sections = words.sections.iter().enumerate().map(|(index, written)| {
        let at = named.at.child("sections").child(index);
        if words.layout != form::Layout::Page && written.label.is_none() {
            let message = "a section that is a tab or a step needs a `label`";
            faults.push(Diagnostic::error("form.section-without-label", at.clone(), message));
        }
        section(draft, entity, written, &at, &mut seen, faults)
    });
    let sections = sections.collect();
    let label = words.label.as_ref().or_else(|| draft.entities.get(entity.index()).map(|entity| &entity.words.label));
    Some(Form {
        id,
        name: named.name.clone(),
        entity,
        label: label.map(text).unwrap_or_default(),
        layout: match words.layout {
            form::Layout::Page => FormLayout::Page,
            form::Layout::Tabs => FormLayout::Tabs,
            form::Layout::Steps => FormLayout::Steps,
        },
        sections,
    })
}

fn section(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &form::Section,
    at: &Location,
    seen: &mut HashMap<FieldId, Location>,
    faults: &mut Vec<Diagnostic>,
) -> FormSection {
    let columns = written.columns.unwrap_or(1);
    if !(1..=3).contains(&columns) {
        let message = format!("a section has 1 to 3 columns, not {columns}");
        faults.push(Diagnostic::error("form.out-of-range", at.child("columns"), message));
    }
    if written.items.is_empty() {
        faults.push(Diagnostic::error("form.empty", at.child("items"), "a section without items shows nothing"));
    }
    let items = written.items.iter().enumerate().filter_map(|(index, item)| {
        let at = at.child("items").child(index);
        let (made, at) = match item {
            Item::Field(name) => (plain(draft, entity, name, &at, faults)?, at),
            Item::Placed(placed) => (self::placed(draft, entity, placed, columns, &at, faults)?, at.child("field")),
        };
        if let Some(first) = seen.insert(made.field, at.clone()) {
            let message = "this field stands in the form already";
            faults.push(Diagnostic::error("form.named-twice", at, message).label(first, "here"));
            return None;
        }
        Some(made)
    });
    let items = items.collect();
    FormSection {
        label: optional(written.label.as_ref()),
        help: optional(written.help.as_ref()),
        columns,
        visible: condition(draft, entity, written.visible.as_ref(), &at.child("visible"), faults),
        items,
    }
}

fn condition(
    draft: &Draft<'_>,
    entity: EntityId,
    source: Option<&String>,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<Formula> {
    source.and_then(|source| draft.condition(source, entity, at, faults))
}

fn plain(
    draft: &Draft<'_>,
    entity: EntityId,
    name: &str,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<FormItem> {
    let field = draft.own_field(entity, name, at, faults)?;
    Some(FormItem {
        field: field.id,
        label: field.label.clone(),
        visible: None,
        required: None,
        read_only: None,
        span: 1,
        columns: columns(draft, field, &[], at, faults),
    })
}

fn placed(
    draft: &Draft<'_>,
    entity: EntityId,
    written: &Placed,
    of: u32,
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Option<FormItem> {
    let field = draft.own_field(entity, &written.field, &at.child("field"), faults)?;
    let span = written.span.unwrap_or(1);
    if span == 0 || span > of.max(1) {
        let message = format!("the section has {of} columns, so a field cannot span {span}");
        faults.push(Diagnostic::error("form.out-of-range", at.child("span"), message));
    }
    let writable = field.writable() || draft.broken_fields.contains(&field.id);
    for (there, property) in [(written.required.is_some(), "required"), (written.read_only.is_some(), "read_only")] {
        let children = matches!(field.kind, FieldKind::Children { .. }) && property == "read_only";
        if there && !writable && !children {
            let message = format!("`{property}` does nothing on `{}`, which nobody writes", written.field);
            faults.push(Diagnostic::error("form.does-not-apply", at.child(property), message).help("leave it out"));
        }
    }
    if written.required.is_some() && field.required {
        let message = format!("`{}` is required always", written.field);
        faults.push(Diagnostic::error("form.does-not-apply", at.child("required"), message).help("leave it out"));
    }
    Some(FormItem {
        field: field.id,
        label: written.label.as_ref().map_or_else(|| field.label.clone(), text),
        visible: condition(draft, entity, written.visible.as_ref(), &at.child("visible"), faults),
        required: condition(draft, entity, written.required.as_ref(), &at.child("required"), faults),
        read_only: condition(draft, entity, written.read_only.as_ref(), &at.child("read_only"), faults),
        span,
        columns: columns(draft, field, &written.columns, &at.child("columns"), faults),
    })
}

/// The columns of a sub-table: those named, else the first fields of the children.
fn columns(
    draft: &Draft<'_>,
    field: &app::Field,
    written: &[String],
    at: &Location,
    faults: &mut Vec<Diagnostic>,
) -> Vec<FieldId> {
    let FieldKind::Children { of, by } = field.kind else {
        if !written.is_empty() && !draft.broken_fields.contains(&field.id) {
            let message = format!("`columns` does nothing on `{}`, which is not a sub-table", field.name);
            faults.push(Diagnostic::error("form.does-not-apply", at.clone(), message).help("leave it out"));
        }
        return Vec::new();
    };
    if written.is_empty() {
        let shape = draft.shapes.get(of.index()).into_iter().flat_map(|shape| &shape.fields);
        let known = shape.filter_map(|id| draft.field_by_id(*id));
        let plain = known.filter(|field| field.id != by && field.has_column());
        return plain.map(|field| field.id).take(SUB_TABLE_COLUMNS).collect();
    }
    let mut found = Vec::new();
    for (index, name) in written.iter().enumerate() {
        let at = at.child(index);
        let Some(column) = draft.own_field(of, name, &at, faults) else { continue };
        if column.id == by || matches!(column.kind, FieldKind::Children { .. }) {
            let message = format!("`{name}` cannot be a column of this sub-table");
            faults.push(Diagnostic::error("form.bad-column", at, message));
        } else {
            found.push(column.id);
        }
    }
    found
}
