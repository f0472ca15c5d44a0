//! Who acts: an account as one edition of the app knows it.

use std::sync::Arc;

use app::{App, Area, Role, WorkflowGrant};
use formula::Predicate;
use jiff::tz::TimeZone;
use model::{EntityId, Locale, RecordId, RoleId, Timestamp, UserId};
use policy::{Action, Grant, Rights};
use store::Account;

use crate::{Edition, Engine};

/// Where a request came from, for the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The network address; empty for the command line and the platform's own work.
    pub address: String,
    /// What the caller said it is, cut to a line: a browser, a program.
    pub device: String,
    /// Which browser or program that is, without its versions: what a session that begins is bound to. Not on the ledger.
    pub browser: String,
    /// What tells the session from others and is of no use to sign in with.
    pub session: Option<String>,
}

/// What somebody may do with some cases of a workflow at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Runs {
    /// Start cases.
    pub start: bool,
    /// See and overrule cases.
    pub manage: bool,
}

/// Somebody acting, for the length of one request. Holds the edition it was made with, so that everything a request does
/// happens in one version of the app.
#[derive(Clone)]
pub struct Actor {
    /// The app as published when the request began.
    pub edition: Arc<Edition>,
    /// The account.
    pub user: UserId,
    /// The name they sign in with.
    pub login: String,
    /// The record of the person behind the account.
    pub person: Option<RecordId>,
    /// Roles assigned to the account; those everyone holds are added by the app.
    pub roles: Vec<RoleId>,
    /// What all those roles may do.
    pub rights: Arc<Rights>,
    /// Language of messages.
    pub locale: Locale,
    /// The moment the request began; all of it happens then.
    pub now: Timestamp,
    /// Where the request came from.
    pub origin: Arc<Origin>,
    /// For whom, where somebody acts in another's place: person, login and rights are then that account's.
    pub on_behalf: Option<UserId>,
    /// The login they themselves signed in with, where they act in another's place.
    pub own_login: Option<String>,
    /// The only entities that something acting for the account may touch; all when `None`.
    pub only: Option<Arc<[EntityId]>>,
    /// Whether they only look: no command of theirs is carried out.
    pub looks: bool,
}

impl Actor {
    /// The area of administration that is theirs. Whoever came to hold two, by a publish that changed a role, has none.
    pub fn area(&self) -> Option<Area> {
        let app = &self.edition.app;
        let mut areas = self.roles.iter().filter_map(|id| app.role(*id)?.administers);
        let first = areas.next()?;
        areas.all(|area| area == first).then_some(first)
    }

    /// The same somebody, reading of these entities only what may leave as a file.
    #[must_use]
    pub fn saving(&self, entities: &[model::EntityId]) -> Self {
        Self { rights: Arc::new(self.rights.saving(entities)), ..self.clone() }
    }

    /// Whether they administer this area.
    pub fn administers(&self, area: Area) -> bool {
        self.area() == Some(area)
    }

    /// Whether they administer this area for everybody, and so what is everybody's.
    pub fn administers_all(&self, area: Area) -> bool {
        self.administers(area) && self.within().is_none()
    }

    /// The people whose accounts their administration reaches; every account when `None`. Several roles add up.
    pub fn within(&self) -> Option<Predicate> {
        let each = self.administering().map(|role| role.within.clone()).collect::<Option<Vec<_>>>()?;
        each.into_iter().reduce(Predicate::or)
    }

    /// The people to whom they may give a role and from whom they may take it: per role of theirs that names it those whom that
    /// role reaches, everybody when `None`. What one role gives in one place, no other takes elsewhere.
    pub(crate) fn assigns(&self, role: RoleId) -> Vec<Option<Predicate>> {
        let names = |own: &&Role| own.assigns.as_ref().is_none_or(|assigns| assigns.contains(&role));
        self.administering().filter(names).map(|own| own.within.clone()).collect()
    }

    fn administering(&self) -> impl Iterator<Item = &Role> {
        self.roles.iter().filter_map(|id| self.edition.app.role(*id)).filter(|role| role.administers.is_some())
    }

    /// Whether one of their roles lets them look at what others see.
    pub fn views_as(&self) -> bool {
        let app = &self.edition.app;
        self.on_behalf.is_none() && self.roles.iter().filter_map(|id| app.role(*id)).any(|role| role.views_as)
    }

    /// Whether one of their roles lets them share a board they put together with everybody.
    pub fn shares_boards(&self) -> bool {
        let mut held = self.edition.app.roles().iter().filter(|role| role.everyone || self.roles.contains(&role.id));
        held.any(|role| role.shares_boards)
    }

    /// The account whose rights and person these are.
    pub fn principal(&self) -> UserId {
        self.on_behalf.unwrap_or(self.user)
    }

    /// What they may do with a workflow, besides answering when they are asked: with which of its cases is another question.
    /// The platform may do anything.
    pub fn runs(&self, workflow: &str) -> Runs {
        let platform = self.user.is_nil();
        self.workflow_grants(workflow).fold(Runs { start: platform, manage: platform }, |runs, grant| Runs {
            start: runs.start || grant.start,
            manage: runs.manage || grant.manage,
        })
    }

    /// The condition on the records about which they are given cases of a workflow, where `gives` says that a grant does what is
    /// asked for; `None` when no grant does. Several roles add up.
    pub(crate) fn given(&self, workflow: &str, gives: fn(&WorkflowGrant) -> bool) -> Option<Predicate> {
        if self.user.is_nil() {
            return Some(Predicate::always());
        }
        let given = self.workflow_grants(workflow).filter(|grant| gives(grant));
        given.map(|grant| grant.rows.clone()).reduce(Predicate::or)
    }

    fn workflow_grants(&self, workflow: &str) -> impl Iterator<Item = &WorkflowGrant> {
        let held = self.edition.app.roles().iter().filter(move |role| role.everyone || self.roles.contains(&role.id));
        held.flat_map(|role| &role.workflows).filter(move |grant| grant.workflow == *workflow)
    }

    /// Whether they manage any case of a workflow, and act within no limits that leave its records out.
    pub fn steers(&self, workflow: &str) -> bool {
        let entity = self.edition.app.workflow_named(workflow).map(|process| process.entity);
        let within = self.only.as_ref().is_none_or(|only| entity.is_some_and(|entity| only.contains(&entity)));
        within && self.runs(workflow).manage
    }

    /// Whether they hold one of these roles; `true` for an empty list.
    pub fn holds_any(&self, roles: &[RoleId]) -> bool {
        let app = &self.edition.app;
        roles.is_empty()
            || roles.iter().any(|id| self.roles.contains(id) || app.role(*id).is_some_and(|role| role.everyone))
    }
}

/// What of an account's rights something acting for it has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Within {
    /// Whether it may change anything.
    pub writes: bool,
    /// Names of the entities it may touch; all when empty.
    pub entities: Vec<String>,
}

impl Engine {
    /// An account acting in the present edition.
    pub fn actor(&self, account: &Account, locale: Locale) -> Actor {
        let edition = self.edition();
        let roles: Vec<RoleId> =
            account.roles.iter().filter_map(|name| edition.app.role_named(name)).map(|role| role.id).collect();
        let rights = edition.app.rights(&roles);
        Actor {
            user: account.id,
            login: account.login.clone(),
            person: account.person,
            roles,
            rights,
            locale,
            now: self.now(),
            origin: Arc::default(),
            on_behalf: None,
            own_login: None,
            only: None,
            looks: false,
            edition,
        }
    }

    /// An account acting through something it made for a program: with its own rights of this moment as far as `within`
    /// gives them, and no part in administration.
    pub fn actor_within(&self, account: &Account, locale: Locale, within: &Within) -> Actor {
        let mut actor = self.actor(account, locale);
        let app = &actor.edition.app;
        let entities: Vec<EntityId> =
            within.entities.iter().filter_map(|name| app.entity_named(name)).map(|entity| entity.id).collect();
        // A name that is no entity's any more opens nothing; no name at all opens everything.
        let given = |entity: EntityId| within.entities.is_empty() || entities.contains(&entity);
        let reads = [Action::Read, Action::Export, Action::Aggregate];
        let held = app.roles().iter().filter(|role| role.everyone || actor.roles.contains(&role.id));
        let grants: Vec<Grant> = held
            .flat_map(|role| &role.grants)
            .filter(|grant| given(grant.entity))
            .map(|grant| {
                let mut grant = grant.clone();
                // Whoever gives a reason for uncovering does it themself, and what is gone for good cannot be put right.
                let own = |action: &Action| matches!(action, Action::Uncover | Action::Purge | Action::Erase);
                grant.actions.retain(|action| (within.writes || reads.contains(action)) && !own(action));
                grant
            })
            .filter(|grant| !grant.actions.is_empty())
            .collect();
        actor.rights = Arc::new(Rights::of(&grants, app));
        actor.only = (!within.entities.is_empty()).then(|| entities.into());
        actor.roles.retain(|id| actor.edition.app.role(*id).is_some_and(|role| role.administers.is_none()));
        actor
    }

    /// The platform acting on its own account: seeds, jobs, and whoever runs the command line on the data itself.
    pub fn system(&self) -> Actor {
        Actor {
            edition: self.edition(),
            user: UserId::nil(),
            login: "loam".to_owned(),
            person: None,
            roles: Vec::new(),
            rights: Arc::new(Rights::full()),
            locale: Locale::ZhCn,
            now: self.now(),
            origin: Arc::default(),
            on_behalf: None,
            own_login: None,
            only: None,
            looks: false,
        }
    }

    /// The actor in an app that is not published, on the tables there are: for looking at what it would do. Nothing else may
    /// be asked of this engine, which keeps statements by the version of the app.
    pub fn beside(&self, actor: &Actor, app: Arc<App>) -> Actor {
        let named = |id: &RoleId| app.role_named(actor.edition.app.role(*id)?.name.as_str());
        let roles: Vec<RoleId> = actor.roles.iter().filter_map(named).map(|role| role.id).collect();
        let rights = if actor.user.is_nil() { Arc::new(Rights::full()) } else { app.rights(&roles) };
        let zone = TimeZone::get(app.time_zone()).unwrap_or(TimeZone::UTC);
        let version = actor.edition.version;
        let edition = Arc::new(Edition { version, app, zone, left: Vec::new(), gone: Vec::new() });
        Actor { roles, rights, edition, ..actor.clone() }
    }
}
