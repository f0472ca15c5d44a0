//! The app under construction: names and fields as far as the stages have come.

mod expression;

use std::collections::{HashMap, HashSet};

use app::{Entity, Field, Form, Organisation, Page, Part, Parts, Role, Seed, System};
use definition::{Kind as Document, kind};
use formula::{ActorAttribute, FieldInfo, Kind, Path, Schema};
use indexmap::IndexMap;
use model::{Diagnostic, EntityId, FieldId, FormId, Location, Name, PageId, RoleId, Text, Type, diagnostic::nearest};

use crate::stage::installed::Installed;

/// What is known so far. Ids are positions in these lists.
pub(crate) struct Draft<'w> {
    /// The words, every app after those it uses.
    pub(crate) installed: &'w [Installed],
    /// The apps, as far as they have a name.
    pub(crate) parts: Vec<Part>,
    /// Time zone of the app that was asked for.
    pub(crate) time_zone: String,
    /// The month in which its years begin.
    pub(crate) year_start: model::YearStart,
    /// Groups of the navigation, and where they were written.
    pub(crate) menu: IndexMap<String, (Text, Location)>,
    /// Entities by id.
    pub(crate) entities: Vec<Named<'w, kind::entity::Entity>>,
    /// What the names stage worked out about each entity.
    pub(crate) shapes: Vec<Shape>,
    /// Fields by id, system fields included.
    pub(crate) fields: Vec<Field>,
    /// Words and place of each field; system fields have none.
    pub(crate) field_words: Vec<Option<(&'w kind::entity::Field, Location)>>,
    /// Fields whose type could not be worked out.
    pub(crate) broken_fields: HashSet<FieldId>,
    /// Forms by id.
    pub(crate) forms: Vec<Named<'w, kind::form::Form>>,
    /// Pages by id.
    pub(crate) pages: Vec<Named<'w, kind::page::Page>>,
    /// Roles by id.
    pub(crate) roles: Vec<Named<'w, kind::role::Role>>,
    /// Rules, in order.
    pub(crate) rules: Vec<Named<'w, kind::rule::Rule>>,
    /// Workflows, in order.
    pub(crate) workflows: Vec<Named<'w, kind::workflow::Workflow>>,
    /// Plugins, in order.
    pub(crate) plugins: Vec<Named<'w, kind::plugin::Plugin>>,
    /// Terms by id.
    pub(crate) terms: Vec<Named<'w, kind::term::Term>>,
    /// What stands for the organisation.
    pub(crate) organisation: Organisation,
    /// The page after sign-in.
    pub(crate) home: Option<PageId>,
}

/// A document with its checked name.
pub(crate) struct Named<'w, T> {
    /// Its name.
    pub(crate) name: Name,
    /// The app it belongs to.
    pub(crate) app: Name,
    /// Where it is written.
    pub(crate) at: &'w Location,
    /// The words.
    pub(crate) words: &'w T,
}

/// Tables and fields of an entity.
pub(crate) struct Shape {
    /// Its table.
    pub(crate) table: String,
    /// The table's previous name.
    pub(crate) renamed_from: Option<String>,
    /// The platform's fields.
    pub(crate) system: System,
    /// The fields of the definition, in order.
    pub(crate) fields: Vec<FieldId>,
    /// All fields by name.
    pub(crate) by_name: HashMap<String, FieldId>,
}

impl<'w> Draft<'w> {
    pub(crate) fn new(installed: &'w [Installed]) -> Self {
        Self {
            installed,
            parts: Vec::new(),
            time_zone: String::new(),
            year_start: model::YearStart::JANUARY,
            menu: IndexMap::new(),
            entities: Vec::new(),
            shapes: Vec::new(),
            fields: Vec::new(),
            field_words: Vec::new(),
            broken_fields: HashSet::new(),
            forms: Vec::new(),
            pages: Vec::new(),
            roles: Vec::new(),
            rules: Vec::new(),
            workflows: Vec::new(),
            plugins: Vec::new(),
            terms: Vec::new(),
            organisation: Organisation::default(),
            home: None,
        }
    }

    /// Puts everything together; only called when there is no error.
    pub(crate) fn finish(
        self,
        entities: Vec<Entity>,
        dependents: Vec<app::Dependent>,
        roles: Vec<Role>,
        forms: Vec<Form>,
        pages: Vec<Page>,
        seeds: Vec<Seed>,
    ) -> Parts {
        Parts {
            parts: self.parts,
            time_zone: self.time_zone,
            year_start: self.year_start,
            home: self.home,
            menu: self.menu.into_iter().map(|(name, (label, _))| (name, label)).collect(),
            entities,
            fields: self.fields,
            forms,
            pages,
            roles,
            rules: Vec::new(),
            workflows: Vec::new(),
            plugins: Vec::new(),
            terms: Vec::new(),
            seeds,
            dependents,
            organisation: self.organisation,
        }
    }

    /// Entities with their ids.
    pub(crate) fn each_entity(&self) -> impl Iterator<Item = (EntityId, &Named<'w, kind::entity::Entity>, &Shape)> {
        (0..).map(EntityId).zip(self.entities.iter().zip(&self.shapes)).map(|(id, (named, shape))| (id, named, shape))
    }

    /// The entity's name.
    pub(crate) fn entity_name(&self, id: EntityId) -> &str {
        self.entities.get(id.index()).map_or("", |named| named.name.as_str())
    }

    /// The field's name with its entity's.
    pub(crate) fn field_name(&self, id: FieldId) -> String {
        self.field_by_id(id)
            .map(|field| format!("{}.{}", self.entity_name(field.entity), field.name))
            .unwrap_or_default()
    }

    pub(crate) fn field_by_id(&self, id: FieldId) -> Option<&Field> {
        self.fields.get(id.index())
    }

    /// Where a field is written; the entity for one of the platform's.
    pub(crate) fn field_at(&self, id: FieldId) -> Location {
        match self.field_words.get(id.index()) {
            Some(Some((_, at))) => at.clone(),
            _ => Location::default(),
        }
    }

    /// A field of an entity by name.
    pub(crate) fn field_named(&self, entity: EntityId, name: &str) -> Option<&Field> {
        let id = self.shapes.get(entity.index())?.by_name.get(name)?;
        self.field_by_id(*id)
    }

    /// Whether a document of that name exists but has faults of its own.
    pub(crate) fn is_broken(&self, document: Document, name: &str) -> bool {
        self.installed
            .iter()
            .any(|app| app.words.broken.iter().any(|(kind, broken)| *kind == document && broken == name))
    }

    /// Whether some document of that kind has faults of its own.
    pub(crate) fn any_broken(&self, document: Document) -> bool {
        self.installed.iter().any(|app| app.words.broken.iter().any(|(kind, _)| *kind == document))
    }

    /// The entity named at `at`, or a fault there.
    pub(crate) fn entity(&self, name: &str, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<EntityId> {
        let found = index_of(&self.entities, name).map(EntityId);
        if found.is_none() && !self.is_broken(Document::Entity, name) {
            faults.push(unknown(
                "entity.unknown",
                "entity",
                name,
                at,
                self.entities.iter().map(|named| named.name.as_str()),
            ));
        }
        found
    }

    /// The form named at `at`, which must be one of that entity, or a fault there.
    pub(crate) fn form(
        &self,
        name: &str,
        entity: EntityId,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<FormId> {
        let Some(found) = index_of(&self.forms, name) else {
            if !self.is_broken(Document::Form, name) {
                let known = self.forms.iter().map(|named| named.name.as_str());
                faults.push(unknown("form.unknown", "form", name, at, known));
            }
            return None;
        };
        let of = self.forms.get(found as usize).map(|form| form.words.entity.as_str())?;
        if of != self.entity_name(entity) {
            let message = format!("the form `{name}` shows `{of}`, not `{}`", self.entity_name(entity));
            faults.push(Diagnostic::error("form.other-entity", at.clone(), message));
            return None;
        }
        Some(FormId(found))
    }

    /// The page named at `at`, or a fault there.
    pub(crate) fn page(&self, name: &str, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<PageId> {
        let found = index_of(&self.pages, name).map(PageId);
        if found.is_none() && !self.is_broken(Document::Page, name) {
            faults.push(unknown("page.unknown", "page", name, at, self.pages.iter().map(|named| named.name.as_str())));
        }
        found
    }

    /// The role named at `at`, or a fault there.
    pub(crate) fn role(&self, name: &str, at: &Location, faults: &mut Vec<Diagnostic>) -> Option<RoleId> {
        let found = index_of(&self.roles, name).map(RoleId);
        if found.is_none() && !self.is_broken(Document::Role, name) {
            faults.push(unknown("role.unknown", "role", name, at, self.roles.iter().map(|named| named.name.as_str())));
        }
        found
    }

    /// The workflow named at `at`, or a fault there.
    pub(crate) fn workflow(
        &self,
        name: &str,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<&Named<'w, kind::workflow::Workflow>> {
        self.named(&self.workflows, (Document::Workflow, "workflow.unknown"), name, at, faults)
    }

    /// The plugin named at `at`, or a fault there.
    pub(crate) fn plugin(
        &self,
        name: &str,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<&Named<'w, kind::plugin::Plugin>> {
        self.named(&self.plugins, (Document::Plugin, "plugin.unknown"), name, at, faults)
    }

    fn named<'d, T>(
        &self,
        all: &'d [Named<'w, T>],
        (document, code): (Document, &'static str),
        name: &str,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<&'d Named<'w, T>> {
        let found = all.iter().find(|named| named.name.as_str() == name);
        if found.is_none() && !self.is_broken(document, name) {
            faults.push(unknown(code, document.name(), name, at, all.iter().map(|named| named.name.as_str())));
        }
        found
    }

    /// The field of an entity named at `at`, or a fault there.
    pub(crate) fn own_field(
        &self,
        entity: EntityId,
        name: &str,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<&Field> {
        let found = self.field_named(entity, name);
        if found.is_none() {
            faults.push(self.unknown_field(entity, name, at));
        }
        found
    }

    /// The same for a field that is to be given a value; `code` is what is said of one that takes none.
    pub(crate) fn given_field(
        &self,
        entity: EntityId,
        name: &str,
        code: &'static str,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<&Field> {
        let field = self.own_field(entity, name, at, faults)?;
        if field.writable() {
            return Some(field).filter(|field| !self.broken_fields.contains(&field.id));
        }
        if !self.broken_fields.contains(&field.id) {
            let message = format!("`{name}` is not written by anybody");
            let help = "its value is computed, or it is the platform's";
            faults.push(Diagnostic::error(code, at.clone(), message).help(help));
        }
        None
    }

    /// The same for a field that something is done with besides showing it.
    pub(crate) fn open_field(
        &self,
        entity: EntityId,
        name: &str,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<&Field> {
        self.own_field(entity, name, at, faults).filter(|field| !secret(field, at, faults))
    }

    fn unknown_field(&self, entity: EntityId, name: &str, at: &Location) -> Diagnostic {
        let message = format!("`{}` has no field `{name}`", self.entity_name(entity));
        let known = self.field_names(entity);
        Diagnostic::error("entity.unknown-field", at.clone(), message)
            .maybe_help(nearest(name, known.iter().map(String::as_str)))
    }

    /// A dotted path over references to a value that something is done with, or a fault.
    pub(crate) fn path(
        &self,
        entity: EntityId,
        text: &str,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Path> {
        let path = self.shown_path(entity, text, at, faults)?;
        let end = self.field_by_id(path.field)?;
        (!secret(end, at, faults)).then_some(path)
    }

    /// A dotted path over references to a value that is only shown, or a fault. The last part may be any field but children.
    pub(crate) fn shown_path(
        &self,
        entity: EntityId,
        text: &str,
        at: &Location,
        faults: &mut Vec<Diagnostic>,
    ) -> Option<Path> {
        let (mut here, mut hops) = (entity, Vec::new());
        let (before, last) = text.rsplit_once('.').map_or((None, text), |(before, last)| (Some(before), last));
        for part in before.into_iter().flat_map(|before| before.split('.')) {
            let field = self.own_field(here, part, at, faults)?;
            let Kind::Reference(to) = field.info().kind else {
                if !self.broken_fields.contains(&field.id) {
                    let message = format!("`{part}` is not a reference, so nothing can be read through it");
                    faults.push(Diagnostic::error("path.no-reference", at.clone(), message));
                }
                return None;
            };
            hops.push(field.id);
            here = to;
        }
        let field = self.own_field(here, last, at, faults)?;
        if let Kind::Children { .. } = field.info().kind {
            let message = format!("`{last}` is a list of records below this one and has no value of its own");
            faults
                .push(Diagnostic::error("path.children", at.clone(), message).help("read a computed field over them"));
            return None;
        }
        Some(Path { entity, hops, field: field.id, ty: field.ty.clone() })
    }
}

/// What to do where `actor.person` is asked for and there are no people.
pub(crate) const NOBODY: &str =
    "no entity stands for people: use the app `organisation`, or say `stands_for` on an entity of your own";

/// Whether a field is a secret, which is a fault where anything but showing it is asked for.
fn secret(field: &Field, at: &Location, faults: &mut Vec<Diagnostic>) -> bool {
    let secret = matches!(field.kind, app::FieldKind::Secret);
    if secret {
        let message =
            format!("`{}` is a secret: it is shown, and nothing is filtered, sorted or told by it", field.name);
        let help = "name another field, or show it as a column";
        faults.push(Diagnostic::error("field.secret", at.clone(), message).help(help));
    }
    secret
}

/// The position of a named document.
fn index_of<T>(all: &[Named<'_, T>], name: &str) -> Option<u32> {
    (0..).zip(all).find(|(_, named)| named.name.as_str() == name).map(|(index, _)| index)
}

fn unknown<'a>(
    code: &'static str,
    what: &str,
    name: &str,
    at: &Location,
    known: impl IntoIterator<Item = &'a str>,
) -> Diagnostic {
    Diagnostic::error(code, at.clone(), format!("there is no {what} `{name}`")).maybe_help(nearest(name, known))
}

impl Schema for Draft<'_> {
    fn field(&self, entity: EntityId, name: &str) -> Option<FieldInfo> {
        self.field_named(entity, name).map(Field::info)
    }

    fn field_names(&self, entity: EntityId) -> Vec<String> {
        let shape = self.shapes.get(entity.index());
        let ids = shape.into_iter().flat_map(|shape| shape.fields.iter().copied().chain(shape.system.all()));
        ids.filter_map(|id| self.field_by_id(id)).map(|field| field.name.to_string()).collect()
    }

    fn actor(&self, name: &str) -> Option<(ActorAttribute, Type)> {
        let attribute = ActorAttribute::parse(name)?;
        let ty = match attribute {
            ActorAttribute::Id => Type::Id(None),
            ActorAttribute::Login => Type::Text,
            ActorAttribute::Person => Type::Id(Some(self.organisation.person?)),
        };
        Some((attribute, ty))
    }

    fn organisation(&self) -> formula::Organisation {
        let key = self.organisation.unit.and_then(|unit| {
            let named = self.entities.get(unit.index())?;
            self.shapes.get(unit.index())?.by_name.get(named.words.key.as_ref()?).copied()
        });
        let calendar = self.organisation.field(app::FieldRole::Calendar);
        let calendar = calendar.and_then(|field| self.field_by_id(field)?.target());
        self.organisation.reach(key, calendar)
    }
}
