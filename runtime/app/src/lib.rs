//! The compiled app: what the words of every installed app mean together.
//!
//! In: what `resolve` worked out. Out: ids for names, typed and ordered fields, parsed expressions, compiled grants, the
//! graph of what is recomputed when something changes. Immutable behind an `Arc`; it knows neither YAML nor SQL.
//! A new version is another value; nothing is ever changed in one that somebody may be reading.

pub mod access;
pub mod dependency;
pub mod entity;
pub mod field;
pub mod form;
pub mod lineage;
mod meaning;
pub mod organisation;
pub mod page;
pub mod path;
pub mod personal;
pub mod plugin;
pub mod rollup;
pub mod rule;
pub mod seed;
pub mod term;
pub mod years;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use formula::{ActorAttribute, FieldInfo, Kind};
use indexmap::IndexMap;
use metrics::Term;
use model::{EntityId, FieldId, FormId, Name, PageId, RoleId, TermId, Text, Type, YearStart};
use policy::{Grant, Rights, authorize::Way};
use workflow::Process;

pub use dependency::{Back, Dependent};
pub use entity::{Anonymity, Entity, Opening, Source, StandsFor, System, Unique, Validation};
pub use field::{
    Basis, Choice, Colour, Field, FieldKind, FieldRole, Grain, OnDelete, Order, Personal, Sensitivity, Stamp, WEEK,
};
pub use form::{Form, FormItem, FormLayout, FormSection};
pub use meaning::meant_otherwise;
pub use organisation::{Line, Organisation};
pub use page::{
    Among, Block, BlockKind, By, Cap, ChartKind, Counters, Dashboard, Home, Icon, ListView, Menu, Page, PageKind,
    Radar, Related, SavedView, Tab, TabKind, TermBlock, Tile, Whose, boxes, weighted,
};
pub use plugin::{Code, Plugin};
pub use rollup::{Between, Rollup, RollupFunction};
pub use rule::{Each, Message, Rule, RuleAction, Schedule, Trigger, Watching, Without};
pub use seed::{Seed, SeedCell};
pub use term::{TermRight, TermRights};

/// One installed app among those resolved together.
#[derive(Debug, Clone)]
pub struct Part {
    /// Name in addresses.
    pub name: Name,
    /// What people call it.
    pub label: Text,
    /// Version of its template.
    pub version: String,
}

/// A part of administration. No role gives two, and no account holds two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Area {
    /// Makes and disables accounts, publishes, looks after the outbox.
    System,
    /// Grants and revokes roles, resets passwords and second factors, unlocks accounts.
    Security,
    /// Reads and verifies the ledger.
    Audit,
}

impl Area {
    /// All three.
    pub const ALL: [Self; 3] = [Self::System, Self::Security, Self::Audit];

    /// The word in a role's document.
    pub fn word(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Security => "security",
            Self::Audit => "audit",
        }
    }
}

/// A role and its grants.
#[derive(Debug, Clone)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Its name.
    pub name: Name,
    /// What people call it.
    pub label: Text,
    /// What it is for.
    pub description: Text,
    /// Held by everyone without being assigned.
    pub everyone: bool,
    /// The part of administration it gives, if it gives one.
    pub administers: Option<Area>,
    /// The people whose accounts its administration reaches; all accounts when `None`.
    pub within: Option<formula::Predicate>,
    /// That condition as its author wrote it; empty when every account is reached.
    pub within_written: Arc<str>,
    /// The only roles its holders give and take; all when `None`.
    pub assigns: Option<Vec<RoleId>>,
    /// Its holders may look at pages as others see them, which changes nothing and stands on the ledger.
    pub views_as: bool,
    /// Its part in the life of terms.
    pub terms: Option<TermRights>,
    /// Its holders may share boards that they put together with everybody.
    pub shares_boards: bool,
    /// Its grants.
    pub grants: Vec<Grant>,
    /// What it may do with workflows.
    pub workflows: Vec<WorkflowGrant>,
}

/// What a role may do with a workflow, besides answering when it is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct WorkflowGrant {
    /// The workflow's name.
    pub workflow: Name,
    /// Whether cases may be started.
    pub start: bool,
    /// Whether cases may be seen and overruled.
    pub manage: bool,
    /// About which records.
    pub rows: formula::Predicate,
    /// That condition as its author wrote it; empty when every case is given.
    pub written: Arc<str>,
}

/// Everything `resolve` hands over to make an [`App`].
#[derive(Debug, Default)]
pub struct Parts {
    /// The installed apps, the one that was asked for last.
    pub parts: Vec<Part>,
    /// IANA name of the time zone in which days begin.
    pub time_zone: String,
    /// The month in which years begin, as terms are measured.
    pub year_start: YearStart,
    /// The page after sign-in.
    pub home: Option<PageId>,
    /// Groups of the navigation, in order.
    pub menu: IndexMap<String, Text>,
    /// Entities, at the index their id says.
    pub entities: Vec<Entity>,
    /// Fields, at the index their id says.
    pub fields: Vec<Field>,
    /// Forms, at the index their id says.
    pub forms: Vec<Form>,
    /// Pages, at the index their id says.
    pub pages: Vec<Page>,
    /// Roles, at the index their id says.
    pub roles: Vec<Role>,
    /// Rules, in the order of their names.
    pub rules: Vec<Rule>,
    /// Terms of the dictionary, at the index their id says.
    pub terms: Vec<Term>,
    /// Workflows, in the order of their names.
    pub workflows: Vec<Process>,
    /// Plugins, in the order of their names.
    pub plugins: Vec<Plugin>,
    /// Seed rows, in an order in which references find their records.
    pub seeds: Vec<Seed>,
    /// What to recompute when something changes.
    pub dependents: Vec<Dependent>,
    /// The organisation.
    pub organisation: Organisation,
}

/// The compiled app.
#[derive(Debug)]
pub struct App {
    parts: Parts,
    entity_by_name: HashMap<String, EntityId>,
    field_by_name: HashMap<(EntityId, String), FieldId>,
    form_by_name: HashMap<String, FormId>,
    page_by_name: HashMap<String, PageId>,
    role_by_name: HashMap<String, RoleId>,
    term_by_name: HashMap<String, TermId>,
    rights: Mutex<HashMap<Vec<RoleId>, Arc<Rights>>>,
}

impl App {
    /// Puts the parts together and indexes their names.
    pub fn new(mut parts: Parts) -> Self {
        // By far the longest list, and it stays as long as the app does.
        parts.fields.shrink_to_fit();
        let entity_by_name = parts.entities.iter().map(|entity| (entity.name.to_string(), entity.id)).collect();
        let field_by_name =
            parts.fields.iter().map(|field| ((field.entity, field.name.to_string()), field.id)).collect();
        let form_by_name = parts.forms.iter().map(|form| (form.name.to_string(), form.id)).collect();
        let page_by_name = parts.pages.iter().map(|page| (page.name.to_string(), page.id)).collect();
        let role_by_name = parts.roles.iter().map(|role| (role.name.to_string(), role.id)).collect();
        let term_by_name = parts.terms.iter().map(|term| (term.name.to_string(), term.id)).collect();
        Self {
            parts,
            entity_by_name,
            field_by_name,
            form_by_name,
            page_by_name,
            role_by_name,
            term_by_name,
            rights: Mutex::default(),
        }
    }

    /// The installed apps, the one that was asked for last.
    pub fn parts(&self) -> &[Part] {
        &self.parts.parts
    }

    /// IANA name of the time zone in which days begin.
    pub fn time_zone(&self) -> &str {
        &self.parts.time_zone
    }

    /// The month in which years begin, as terms are measured.
    pub fn year_start(&self) -> YearStart {
        self.parts.year_start
    }

    /// The page after sign-in.
    pub fn home(&self) -> Option<&Page> {
        self.page(self.parts.home?)
    }

    /// Groups of the navigation.
    pub fn menu(&self) -> &IndexMap<String, Text> {
        &self.parts.menu
    }

    /// All entities.
    pub fn entities(&self) -> &[Entity] {
        &self.parts.entities
    }

    /// All fields of all entities.
    pub fn all_fields(&self) -> &[Field] {
        &self.parts.fields
    }

    /// All forms.
    pub fn forms(&self) -> &[Form] {
        &self.parts.forms
    }

    /// All pages.
    pub fn pages(&self) -> &[Page] {
        &self.parts.pages
    }

    /// All roles.
    pub fn roles(&self) -> &[Role] {
        &self.parts.roles
    }

    /// All rules.
    pub fn rules(&self) -> &[Rule] {
        &self.parts.rules
    }

    /// A rule by name.
    pub fn rule_named(&self, name: &str) -> Option<&Rule> {
        self.parts.rules.iter().find(|rule| rule.name.as_str() == name)
    }

    /// All terms of the dictionary.
    pub fn terms(&self) -> &[Term] {
        &self.parts.terms
    }

    /// A term by id.
    pub fn term(&self, id: TermId) -> Option<&Term> {
        self.parts.terms.get(id.index())
    }

    /// A term by name.
    pub fn term_named(&self, name: &str) -> Option<&Term> {
        self.term(*self.term_by_name.get(name)?)
    }

    /// All workflows.
    pub fn workflows(&self) -> &[Process] {
        &self.parts.workflows
    }

    /// A workflow by name.
    pub fn workflow_named(&self, name: &str) -> Option<&Process> {
        self.parts.workflows.iter().find(|process| process.name.as_str() == name)
    }

    /// All plugins.
    pub fn plugins(&self) -> &[Plugin] {
        &self.parts.plugins
    }

    /// A plugin by name.
    pub fn plugin_named(&self, name: &str) -> Option<&Plugin> {
        self.parts.plugins.iter().find(|plugin| plugin.name.as_str() == name)
    }

    /// Seed rows.
    pub fn seeds(&self) -> &[Seed] {
        &self.parts.seeds
    }

    /// What to recompute when something changes.
    pub fn dependents(&self) -> &[Dependent] {
        &self.parts.dependents
    }

    /// The entities and fields by which the platform knows the organisation.
    pub fn organisation(&self) -> &Organisation {
        &self.parts.organisation
    }

    /// An entity by id; `None` for an id of another version.
    pub fn entity(&self, id: EntityId) -> Option<&Entity> {
        self.parts.entities.get(id.index())
    }

    /// A field by id; `None` for an id of another version.
    pub fn field(&self, id: FieldId) -> Option<&Field> {
        self.parts.fields.get(id.index())
    }

    /// A form by id.
    pub fn form(&self, id: FormId) -> Option<&Form> {
        self.parts.forms.get(id.index())
    }

    /// A page by id.
    pub fn page(&self, id: PageId) -> Option<&Page> {
        self.parts.pages.get(id.index())
    }

    /// A role by id.
    pub fn role(&self, id: RoleId) -> Option<&Role> {
        self.parts.roles.get(id.index())
    }

    /// An entity by name.
    pub fn entity_named(&self, name: &str) -> Option<&Entity> {
        self.entity(*self.entity_by_name.get(name)?)
    }

    /// A field of an entity by name, system fields included.
    pub fn field_named(&self, entity: EntityId, name: &str) -> Option<&Field> {
        self.field(*self.field_by_name.get(&(entity, name.to_owned()))?)
    }

    /// A form by name.
    pub fn form_named(&self, name: &str) -> Option<&Form> {
        self.form(*self.form_by_name.get(name)?)
    }

    /// A page by name.
    pub fn page_named(&self, name: &str) -> Option<&Page> {
        self.page(*self.page_by_name.get(name)?)
    }

    /// A role by name.
    pub fn role_named(&self, name: &str) -> Option<&Role> {
        self.role(*self.role_by_name.get(name)?)
    }

    /// The fields of an entity that the definition names, in order; system fields left out.
    pub fn fields_of(&self, entity: &Entity) -> impl Iterator<Item = &Field> {
        entity.fields.iter().filter_map(|id| self.field(*id))
    }

    /// The entity's standard form: the first by name that shows it.
    pub fn standard_form(&self, entity: EntityId) -> Option<&Form> {
        self.parts.forms.iter().filter(|form| form.entity == entity).min_by(|a, b| a.name.cmp(&b.name))
    }

    /// What a set of roles may do, those everyone holds included. Computed once per set.
    pub fn rights(&self, roles: &[RoleId]) -> Arc<Rights> {
        let mut held: Vec<RoleId> = roles.to_vec();
        held.extend(self.parts.roles.iter().filter(|role| role.everyone).map(|role| role.id));
        held.sort_unstable();
        held.dedup();
        let mut known = self.rights.lock().unwrap_or_else(PoisonError::into_inner);
        known
            .entry(held)
            .or_insert_with_key(|held| {
                let roles = held.iter().filter_map(|id| self.role(*id));
                Arc::new(Rights::of(roles.flat_map(|role| &role.grants), self))
            })
            .clone()
    }
}

impl policy::authorize::Places for App {
    fn entity_of(&self, field: FieldId) -> Option<EntityId> {
        self.field(field).map(|field| field.entity)
    }

    fn reads(&self, field: FieldId) -> Option<&[formula::Path]> {
        let found = self.field(field).filter(|field| !field.public && field.is_computed())?;
        Some(found.reads())
    }

    fn way(&self, field: FieldId) -> Option<Way> {
        match &self.field(field)?.kind {
            FieldKind::Reference { to, .. } | FieldKind::References { to, .. } => Some(Way::To(*to)),
            FieldKind::Children { of, by } => Some(Way::From(*of, *by)),
            _ => None,
        }
    }

    fn computed(&self, entity: EntityId) -> Vec<FieldId> {
        self.entity(entity).map(|entity| entity.computed.clone()).unwrap_or_default()
    }

    fn id_of(&self, entity: EntityId) -> Option<FieldId> {
        self.entity(entity).map(|entity| entity.system.id)
    }

    fn cells(&self, entity: EntityId) -> Option<&[FieldId]> {
        self.entity(entity)?.anonymity.as_ref().map(|anonymity| anonymity.by.as_slice())
    }

    fn authored(&self, entity: EntityId) -> Vec<FieldId> {
        self.entity(entity).map(|entity| entity.fields.clone()).unwrap_or_default()
    }

    fn stamps(&self, entity: EntityId) -> Vec<FieldId> {
        self.entity(entity).map(|entity| vec![entity.system.updated_at, entity.system.updated_by]).unwrap_or_default()
    }

    fn counts(&self, entity: EntityId) -> Option<FieldId> {
        self.entity(entity).map(|entity| entity.system.version)
    }
}

impl App {
    /// Whether records of the entity say which days are worked: days of a calendar, or calendars with their week.
    pub fn keeps_days(&self, entity: EntityId) -> bool {
        let known = &self.parts.organisation;
        let week = || known.field(FieldRole::Weekdays).and_then(|field| self.field(field)).map(|field| field.entity);
        known.calendar == Some(entity) || week() == Some(entity)
    }

    /// Whether the field says which days are worked.
    pub fn says_days(&self, field: FieldId) -> bool {
        let roles = [FieldRole::Day, FieldRole::Open, FieldRole::Calendar, FieldRole::Weekdays];
        roles.iter().any(|role| self.parts.organisation.field(*role) == Some(field))
    }
}

impl formula::Schema for App {
    fn field(&self, entity: EntityId, name: &str) -> Option<FieldInfo> {
        self.field_named(entity, name).map(Field::info)
    }

    fn field_names(&self, entity: EntityId) -> Vec<String> {
        let known = self.entity(entity).into_iter().flat_map(|entity| self.fields_of(entity));
        known.map(|field| field.name.to_string()).chain(System::NAMES.map(str::to_owned)).collect()
    }

    fn actor(&self, name: &str) -> Option<(ActorAttribute, Type)> {
        match name {
            "id" => Some((ActorAttribute::Id, Type::Id(None))),
            "login" => Some((ActorAttribute::Login, Type::Text)),
            "person" => Some((ActorAttribute::Person, Type::Id(Some(self.parts.organisation.person?)))),
            _ => None,
        }
    }

    fn organisation(&self) -> formula::Organisation {
        let known = &self.parts.organisation;
        let calendar = known.field(FieldRole::Calendar).and_then(|field| self.field(field)?.target());
        known.reach(known.unit.and_then(|unit| self.entity(unit)?.key), calendar)
    }
}

/// How the formula room sees a field of this kind.
pub(crate) fn kind_of(field: &Field) -> Kind {
    match &field.kind {
        FieldKind::Reference { to, .. } => Kind::Reference(*to),
        FieldKind::References { to, .. } => Kind::References(*to),
        FieldKind::Children { of, by } => Kind::Children { of: *of, by: *by },
        _ => Kind::Column,
    }
}
