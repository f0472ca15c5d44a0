//! Paths as people write them: `owner.unit.name`.

use formula::{Path, Schema};
use model::{EntityId, FieldId, Type};

use crate::{App, FieldKind};

/// Why a text names no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownPath {
    /// The part that is not known.
    pub part: String,
    /// The nearest name, as a hint.
    pub help: Option<String>,
}

impl App {
    /// The path to a field of the entity itself.
    pub fn own_path(&self, field: FieldId) -> Option<Path> {
        let found = self.field(field)?;
        Some(Path { entity: found.entity, hops: Vec::new(), field, ty: found.ty.clone() })
    }

    /// Reads a dotted path over references; the last part may be any field but children.
    ///
    /// # Errors
    /// Names the first part that is not a field, or through which no path leads.
    pub fn path(&self, entity: EntityId, text: &str) -> Result<Path, UnknownPath> {
        let mut at = entity;
        let mut hops = Vec::new();
        let mut parts = text.split('.').peekable();
        while let Some(part) = parts.next() {
            let unknown = || UnknownPath {
                part: part.to_owned(),
                help: model::diagnostic::nearest(part, self.field_names(at).iter().map(String::as_str)),
            };
            let field = self.field_named(at, part).ok_or_else(unknown)?;
            if parts.peek().is_none() {
                return match field.kind {
                    FieldKind::Children { .. } => Err(unknown()),
                    _ => Ok(Path { entity, hops, field: field.id, ty: field.ty.clone() }),
                };
            }
            match field.kind {
                FieldKind::Reference { to, .. } => {
                    hops.push(field.id);
                    at = to;
                }
                _ => return Err(unknown()),
            }
        }
        Err(UnknownPath { part: text.to_owned(), help: None })
    }

    /// The path as text.
    pub fn path_text(&self, path: &Path) -> String {
        let names = path.hops.iter().chain([&path.field]).filter_map(|id| self.field(*id));
        names.map(|field| field.name.as_str()).collect::<Vec<_>>().join(".")
    }

    /// The path to what names the record a reference leads to: `owner` gives `owner.name`. `None` for other fields.
    pub fn display_path(&self, path: &Path) -> Option<Path> {
        let FieldKind::Reference { to, .. } = self.field(path.field)?.kind else { return None };
        let display = self.field(self.entity(to)?.display)?;
        let mut hops = path.hops.clone();
        hops.push(path.field);
        Some(Path { entity: path.entity, hops, field: display.id, ty: display.ty.clone() })
    }

    /// Type of the values at the end of a path, lists included.
    pub fn path_type(&self, path: &Path) -> Option<Type> {
        self.field(path.field).map(|field| field.ty.clone())
    }
}
