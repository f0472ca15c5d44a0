//! Names: which entities, fields, forms, pages and roles there are, their ids, tables and columns.

use std::collections::HashMap;

use app::{Field, FieldKind, Sensitivity, System};
use definition::{Words, Written};
use indexmap::IndexMap;
use model::{Diagnostic, EntityId, FieldId, Location, Name, Text, Type, name::NameFault};

use crate::{
    draft::{Draft, Named, Shape},
    stage::installed::Installed,
    text::{identifier, optional},
};

/// Gives everything with a name its id.
pub(crate) fn resolve(draft: &mut Draft<'_>, faults: &mut Vec<Diagnostic>) {
    let installed = draft.installed;
    draft.entities = collect(installed, "entity", Name::parse, |words| &words.entities, faults);
    draft.forms = collect(installed, "form", Name::parse_dashed, |words| &words.forms, faults);
    draft.pages = collect(installed, "page", Name::parse_dashed, |words| &words.pages, faults);
    draft.roles = collect(installed, "role", Name::parse_dashed, |words| &words.roles, faults);
    draft.rules = collect(installed, "rule", Name::parse_dashed, |words| &words.rules, faults);
    draft.workflows = collect(installed, "workflow", Name::parse_dashed, |words| &words.workflows, faults);
    draft.plugins = collect(installed, "plugin", Name::parse_dashed, |words| &words.plugins, faults);
    draft.terms = collect(installed, "term", Name::parse, |words| &words.terms, faults);
    let mut tables: HashMap<String, Location> = HashMap::new();
    for index in 0..draft.entities.len() {
        shape(draft, index, &mut tables, faults);
    }
    let names: Vec<(Option<String>, Location)> = draft
        .entities
        .iter()
        .map(|entity| (entity.words.renamed_from.clone(), entity.at.child("renamed_from")))
        .collect();
    for (from, at) in names {
        if let Some(from) = from
            && draft.entities.iter().any(|entity| entity.name == *from.as_str())
        {
            faults.push(renamed_clash("entity", &from, at));
        }
    }
    for page in &draft.pages {
        if let Some(from) = &page.words.renamed_from
            && draft.pages.iter().any(|other| other.name == *from.as_str())
        {
            faults.push(renamed_clash("page", from, page.at.child("renamed_from")));
        }
    }
}

/// A name that is both somebody's old one and somebody's present one.
fn renamed_clash(what: &str, from: &str, at: Location) -> Diagnostic {
    let message = format!("`{from}` is still the name of another {what}");
    Diagnostic::error("rename.name-in-use", at, message).help("leave `renamed_from` out, or rename the other one too")
}

fn collect<'w, T>(
    installed: &'w [Installed],
    what: &'static str,
    parse: fn(&str) -> Result<Name, NameFault>,
    of: fn(&'w Words) -> &'w IndexMap<String, Written<T>>,
    faults: &mut Vec<Diagnostic>,
) -> Vec<Named<'w, T>> {
    let (bad, duplicate) = match what {
        "entity" => ("entity.bad-name", "entity.duplicate-name"),
        "form" => ("form.bad-name", "form.duplicate-name"),
        "page" => ("page.bad-name", "page.duplicate-name"),
        "rule" => ("rule.bad-name", "rule.duplicate-name"),
        "workflow" => ("workflow.bad-name", "workflow.duplicate-name"),
        "plugin" => ("plugin.bad-name", "plugin.duplicate-name"),
        "term" => ("term.bad-name", "term.duplicate-name"),
        _ => ("role.bad-name", "role.duplicate-name"),
    };
    let mut found: Vec<Named<'w, T>> = Vec::new();
    for app in installed {
        let Ok(app_name) = Name::parse_dashed(&app.folder) else { continue };
        for (written, document) in of(&app.words) {
            match parse(written) {
                Ok(name) => {
                    let folded = written.to_lowercase();
                    if let Some(first) = found.iter().find(|other| other.name.as_str().to_lowercase() == folded) {
                        let message = format!("there are two of the name `{written}`");
                        faults.push(
                            Diagnostic::error(duplicate, document.at.clone(), message)
                                .label(first.at.clone(), "the first one")
                                .help(
                                    "names are unique over the apps installed together, whatever their letters' case",
                                ),
                        );
                        continue;
                    }
                    found.push(Named { name, app: app_name.clone(), at: &document.at, words: &document.words });
                }
                Err(fault) => {
                    let shown: String = written.chars().take(40).collect();
                    let message = format!("`{shown}` cannot be the name of this {what}: {fault}");
                    faults.push(Diagnostic::error(bad, document.at.clone(), message).help("rename the file"));
                }
            }
        }
    }
    found
}

fn shape(draft: &mut Draft<'_>, index: usize, tables: &mut HashMap<String, Location>, faults: &mut Vec<Diagnostic>) {
    let Some(entity) = draft.entities.get(index) else { return };
    let (words, at, id) = (entity.words, entity.at, EntityId(index as u32));
    let own = words.fields.iter().map(|(written, field)| (written, field, at.child("fields").child(written)));
    let added = super::extensions::of(draft, &entity.name).flat_map(|extension| {
        let at = extension.at.child("fields");
        extension.words.fields.iter().map(move |(written, field)| (written, field, at.child(written)))
    });
    let written: Vec<_> = own.chain(added).collect();
    let app = entity.app.as_str().replace('-', "_");
    let table = identifier(&format!("{app}_{}", entity.name));
    if let Some(first) = tables.insert(table.to_lowercase(), at.clone()) {
        let message = format!("its table would be called `{table}`, as another entity's is");
        faults.push(
            Diagnostic::error("entity.same-table", at.clone(), message)
                .label(first, "this one's")
                .help("choose another name"),
        );
    }
    let renamed_from = words.renamed_from.as_ref().map(|from| identifier(&format!("{app}_{from}")));
    let written_names: Vec<&str> = written.iter().map(|(name, ..)| name.as_str()).collect();
    let mut by_name: HashMap<String, FieldId> = HashMap::new();
    let mut columns: HashMap<String, Location> = HashMap::new();
    let mut fields = Vec::new();
    if words.fields.is_empty() {
        let message = "an entity without fields holds nothing";
        faults.push(Diagnostic::error("entity.no-fields", at.child("fields"), message));
    }
    for (written, field, at) in written {
        let Some(name) = field_name(written, &at, faults) else { continue };
        let column = identifier(written);
        if let Some(first) = columns.insert(column.to_lowercase(), at.clone()) {
            let message = match by_name.contains_key(written) {
                true => format!("there is a field `{written}` already"),
                false => format!("`{written}` and another field differ only by case"),
            };
            faults.push(Diagnostic::error("field.duplicate-name", at, message).label(first, "the other one"));
            continue;
        }
        if let Some(from) = &field.renamed_from
            && written_names.contains(&from.as_str())
        {
            faults.push(renamed_clash("field", from, at.child("renamed_from")));
        }
        let field_id = FieldId(draft.fields.len() as u32);
        let mut made = blank(field_id, id, name, column);
        made.renamed_from = field.renamed_from.as_deref().map(identifier);
        made.label = match &field.label {
            Some(words) => crate::text::text(words),
            None => Text::plain(written.replace('_', " ")),
        };
        made.help = optional(field.help.as_ref());
        made.unit = optional(field.unit.as_ref());
        made.required = field.required;
        made.unique = field.unique;
        made.index = field.index;
        draft.fields.push(made);
        draft.field_words.push(Some((field, at)));
        by_name.insert(written.clone(), field_id);
        fields.push(field_id);
    }
    let system = system(draft, id, &mut by_name);
    draft.shapes.push(Shape { table, renamed_from, system, fields, by_name });
}

/// Columns every table has besides those of the entity: the store's own, PostgreSQL's and SQLite's.
const DATABASE_WORDS: [&str; 11] =
    ["search_text", "loam_seat", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "rowid", "oid", "_rowid_"];

fn field_name(written: &str, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<Name> {
    let shown: String = written.chars().take(40).collect();
    match Name::parse(written) {
        Ok(_) if DATABASE_WORDS.contains(&written.to_lowercase().as_str()) => {
            let message = format!("`{shown}` is a column that databases keep for themselves");
            let help = "choose another name; every table has this column already";
            faults.push(Diagnostic::error("field.reserved-name", at.clone(), message).help(help));
            None
        }
        Ok(_) if System::NAMES.iter().any(|name| name.eq_ignore_ascii_case(written)) => {
            let message = format!("`{shown}` is a field that every record has already");
            let help = "choose another name; the platform keeps this one";
            faults.push(Diagnostic::error("field.reserved-name", at.clone(), message).help(help));
            None
        }
        Ok(_) if EXPRESSION_WORDS.contains(&written) => {
            let message = format!("`{shown}` is a word of the expression language");
            let help = "choose another name; expressions could not speak of this field";
            faults.push(Diagnostic::error("field.reserved-name", at.clone(), message).help(help));
            None
        }
        Ok(name) => Some(name),
        Err(fault) => {
            let message = format!("`{shown}` cannot be the name of a field: {fault}");
            faults.push(Diagnostic::error("field.bad-name", at.clone(), message));
            None
        }
    }
}

/// Words with a meaning of their own in expressions.
const EXPRESSION_WORDS: [&str; 7] = ["actor", "null", "true", "false", "if", "else", "in"];

fn blank(id: FieldId, entity: EntityId, name: Name, column: String) -> Field {
    Field {
        id,
        entity,
        name,
        column,
        renamed_from: None,
        label: Text::default(),
        help: Text::default(),
        kind: FieldKind::Text,
        ty: Type::Text,
        role: None,
        system: false,
        required: false,
        unique: false,
        index: false,
        default: None,
        formula: None,
        rollup: None,
        min: None,
        max: None,
        pattern: None,
        term: false,
        order: None,
        stamp: None,
        unit: Text::default(),
        sensitivity: Sensitivity::default(),
        kept: None,
        personal: None,
        public: false,
        validation: None,
    }
}

/// Adds the fields every record has.
fn system(draft: &mut Draft<'_>, entity: EntityId, by_name: &mut HashMap<String, FieldId>) -> System {
    let mut add = |name: &str, zh: &str, en: &str, kind: FieldKind, ty: Type| {
        let id = FieldId(draft.fields.len() as u32);
        if let Ok(parsed) = Name::parse(name) {
            let mut field = blank(id, entity, parsed, name.to_owned());
            field.system = true;
            field.kind = kind;
            field.ty = ty;
            field.required = name != "deleted_at" && !name.ends_with("_by");
            field.unique = name == "id";
            field.label.set(model::Locale::ZhCn, zh);
            field.label.set(model::Locale::En, en);
            draft.fields.push(field);
            draft.field_words.push(None);
        }
        by_name.insert(name.to_owned(), id);
        id
    };
    System {
        id: add("id", "编号", "ID", FieldKind::Text, Type::Id(Some(entity))),
        version: add("version", "版本", "Version", FieldKind::Integer, Type::Int),
        created_at: add("created_at", "创建时间", "Created", FieldKind::DateTime, Type::DateTime),
        created_by: add("created_by", "创建人", "Created by", FieldKind::Text, Type::Id(None)),
        updated_at: add("updated_at", "更新时间", "Updated", FieldKind::DateTime, Type::DateTime),
        updated_by: add("updated_by", "更新人", "Updated by", FieldKind::Text, Type::Id(None)),
        deleted_at: add("deleted_at", "删除时间", "Deleted", FieldKind::DateTime, Type::DateTime),
    }
}
