//! Extensions: what an app adds to the entities of those it uses.

use definition::{Written, kind::extension::Extension};
use model::{Diagnostic, Name, diagnostic::nearest};

use crate::draft::Draft;

/// The extensions of an entity, those of used apps first.
pub(crate) fn of<'w>(draft: &Draft<'w>, entity: &Name) -> impl Iterator<Item = &'w Written<Extension>> + use<'w> {
    let (installed, entity) = (draft.installed, entity.clone());
    let all = installed.iter().flat_map(|app| app.words.extensions.values());
    all.filter(move |extension| entity == *extension.words.entity.as_str())
}

/// Checks that each extends an entity of another app, and adds something that records made elsewhere can do without.
pub(crate) fn check(draft: &Draft<'_>, faults: &mut Vec<Diagnostic>) {
    for app in draft.installed {
        for extension in app.words.extensions.values() {
            let (words, at) = (&extension.words, &extension.at);
            if words.fields.is_empty() && words.validations.is_empty() {
                let message = "this extension adds nothing";
                faults.push(Diagnostic::error("extension.adds-nothing", at.clone(), message));
            }
            let name = words.entity.as_str();
            match draft.entities.iter().find(|entity| entity.name == *name) {
                Some(entity) if entity.app == *app.folder.as_str() => {
                    let message = format!("`{name}` is an entity of this app");
                    let help = "write the fields where the entity is";
                    faults.push(Diagnostic::error("extension.own-entity", at.child("entity"), message).help(help));
                }
                Some(_) => {}
                None if draft.is_broken(definition::Kind::Entity, name) => {}
                None => {
                    let message = format!("there is no entity `{name}`");
                    let known = draft.entities.iter().map(|entity| entity.name.as_str());
                    let help = nearest(name, known);
                    faults.push(Diagnostic::error("entity.unknown", at.child("entity"), message).maybe_help(help));
                }
            }
            for (field, words) in words.fields.iter().filter(|(_, words)| words.required && words.default.is_none()) {
                let message = format!("records of `{name}` that are made without this app could not have a `{field}`");
                let help = if words.formula.is_some() { "leave `required` out" } else { "give it a `default`" };
                let at = at.child("fields").child(field).child("required");
                faults.push(Diagnostic::error("extension.required", at, message).help(help));
            }
        }
    }
}
