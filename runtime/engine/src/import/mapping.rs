//! Which column of a file is which field: guessed by name and label, adjusted by whoever imports.

use std::collections::HashMap;

use app::{App, Entity, Field, FieldKind};
use model::{EntityId, FieldId, Locale, diagnostic::nearest};

/// What whoever imports says about the columns.
#[derive(Debug, Clone, Default)]
pub struct Rules {
    /// Columns and the fields they are for, where the guess would be wrong.
    pub map: Vec<(String, String)>,
    /// Columns that are left out.
    pub ignore: Vec<String>,
    /// The field by which rows find their records; the entity's key unless said.
    pub key: Option<String>,
}

/// What a column is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Column {
    /// This field.
    Field(FieldId),
    /// Nothing, because whoever imports said so.
    Ignored,
    /// Nothing, because the platform computes the field.
    Computed(FieldId),
}

/// The columns of a file and what they are for.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// The entity.
    pub entity: EntityId,
    /// The headings, as in the file.
    pub header: Vec<String>,
    /// What each is for.
    pub columns: Vec<Column>,
    /// The field by which rows find their records; rows are all new without it.
    pub key: Option<FieldId>,
}

/// Why columns could not be mapped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingFault {
    /// A heading that is no field's.
    #[error("column `{column}` fits no field; {}", .help.as_deref().unwrap_or("say which field it is for, or ignore it"))]
    Unknown {
        /// The heading.
        column: String,
        /// The nearest name.
        help: Option<String>,
    },
    /// A heading that could be several fields.
    #[error("column `{column}` fits {}; say which one it is for", .fields.join(" and "))]
    Ambiguous {
        /// The heading.
        column: String,
        /// The fields' names.
        fields: Vec<String>,
    },
    /// Two columns for one field.
    #[error("columns `{first}` and `{second}` are both for `{field}`; ignore one of them")]
    Twice {
        /// The heading that comes first.
        first: String,
        /// The other.
        second: String,
        /// The field's name.
        field: String,
    },
    /// A column that is spoken of and is not in the file.
    #[error("the file has no column `{column}`{}", .help.as_ref().map(|help| format!("; {help}")).unwrap_or_default())]
    NoColumn {
        /// The heading.
        column: String,
        /// The nearest heading.
        help: Option<String>,
    },
    /// A field that is spoken of and is not in the entity.
    #[error("there is no field `{field}`{}", .help.as_ref().map(|help| format!("; {help}")).unwrap_or_default())]
    NoField {
        /// The name.
        field: String,
        /// The nearest name.
        help: Option<String>,
    },
    /// A key that cannot be one.
    #[error("`{field}` cannot be the key: {why}")]
    Key {
        /// The field's name.
        field: String,
        /// Why.
        why: &'static str,
    },
}

impl Mapping {
    /// Finds what each column is for.
    ///
    /// # Errors
    /// Every column and rule at fault.
    pub fn guess(app: &App, entity: &Entity, header: &[String], rules: &Rules) -> Result<Self, Vec<MappingFault>> {
        let mut faults = Vec::new();
        let names: Vec<&str> = app.fields_of(entity).map(|field| field.name.as_str()).collect();
        let field_named = |name: &str| app.field_named(entity.id, name).filter(|field| !field.system);
        let no_field =
            |name: &str| MappingFault::NoField { field: name.to_owned(), help: nearest(name, names.iter().copied()) };
        let has = |column: &str| header.iter().any(|heading| fold(heading) == fold(column));
        for column in rules.map.iter().map(|(column, _)| column).chain(&rules.ignore).filter(|column| !has(column)) {
            let help = nearest(column, header.iter().map(String::as_str));
            faults.push(MappingFault::NoColumn { column: column.clone(), help });
        }
        let by_word = words(app, entity);
        let mut columns = Vec::with_capacity(header.len());
        let mut taken: HashMap<FieldId, &str> = HashMap::new();
        for heading in header {
            let folded = fold(heading);
            if heading.is_empty() || rules.ignore.iter().any(|column| fold(column) == folded) {
                columns.push(Column::Ignored);
                continue;
            }
            let said = rules.map.iter().find(|(column, _)| fold(column) == folded);
            let found: Vec<&Field> = match said {
                Some((_, name)) => match field_named(name) {
                    Some(field) => vec![field],
                    None => {
                        faults.push(no_field(name));
                        continue;
                    }
                },
                None => by_word.get(&folded).cloned().unwrap_or_default(),
            };
            let field = match found.as_slice() {
                [field] => *field,
                [] => {
                    let help = nearest(heading, names.iter().copied());
                    faults.push(MappingFault::Unknown { column: heading.clone(), help });
                    continue;
                }
                several => {
                    let fields = several.iter().map(|field| format!("`{}`", field.name)).collect();
                    faults.push(MappingFault::Ambiguous { column: heading.clone(), fields });
                    continue;
                }
            };
            if let Some(first) = taken.insert(field.id, heading) {
                faults.push(MappingFault::Twice {
                    first: first.to_owned(),
                    second: heading.clone(),
                    field: field.name.to_string(),
                });
            }
            let given = field.writable() || matches!(field.kind, FieldKind::Serial { .. });
            columns.push(if given { Column::Field(field.id) } else { Column::Computed(field.id) });
        }
        let key = match &rules.key {
            // The write door finds rows of a source by what the entity says tells them apart.
            None if entity.source.is_some() => None,
            Some(name) if entity.source.is_some() => {
                let why = "rows from a source are told apart by its own fields";
                faults.push(MappingFault::Key { field: name.clone(), why });
                None
            }
            None => entity.key.filter(|key| columns.contains(&Column::Field(*key))),
            Some(name) => match field_named(name) {
                None => {
                    faults.push(no_field(name));
                    None
                }
                Some(field) if !columns.contains(&Column::Field(field.id)) => {
                    faults.push(MappingFault::Key { field: name.clone(), why: "no column is for it" });
                    None
                }
                Some(field) if !can_identify(field) => {
                    faults.push(MappingFault::Key { field: name.clone(), why: "its values do not tell records apart" });
                    None
                }
                Some(field) => Some(field.id),
            },
        };
        if faults.is_empty() {
            Ok(Self { entity: entity.id, header: header.to_vec(), columns, key })
        } else {
            Err(faults)
        }
    }
}

/// Whether the field's values are plain enough to find a record by.
fn can_identify(field: &Field) -> bool {
    matches!(
        field.kind,
        FieldKind::Text | FieldKind::Integer | FieldKind::Date | FieldKind::Serial { .. } | FieldKind::Period { .. }
    )
}

/// The fields by the words a heading may use for them. A name beats a label.
fn words<'a>(app: &'a App, entity: &'a Entity) -> HashMap<String, Vec<&'a Field>> {
    let mut by_word: HashMap<String, Vec<&Field>> = HashMap::new();
    for field in app.fields_of(entity) {
        for locale in Locale::ALL {
            let fields = by_word.entry(fold(field.label.get(locale))).or_default();
            if !fields.iter().any(|known| known.id == field.id) {
                fields.push(field);
            }
        }
    }
    for field in app.fields_of(entity) {
        by_word.insert(fold(field.name.as_str()), vec![field]);
    }
    by_word
}

/// A word without what people write differently: case, blanks, hyphens, brackets.
fn fold(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
