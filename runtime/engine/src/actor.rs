//! Who acts: an account as one edition of the app knows it.

use std::sync::Arc;

use app::{Area, Role};
use formula::Predicate;
use model::{EntityId, Locale, RecordId, RoleId, Timestamp, UserId};
use policy::Rights;

use crate::Edition;

/// Where a request came from, for the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Origin {
    /// The network address; empty for the command line and the platform's own work.
    pub address: String,
    /// What the caller said it is, cut to a line: a browser, a program.
    pub device: String,
    /// What tells the session from others and is of no use to sign in with.
    pub session: Option<String>,
}

/// What somebody may do with a workflow.
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

    /// What they may do with a workflow, besides answering when they are asked. The platform may do anything.
    pub fn runs(&self, workflow: &str) -> Runs {
        let app = &self.edition.app;
        let held = app.roles().iter().filter(|role| role.everyone || self.roles.contains(&role.id));
        let grants = held.flat_map(|role| &role.workflows).filter(|grant| grant.workflow == *workflow);
        let platform = self.user.is_nil();
        grants.fold(Runs { start: platform, manage: platform }, |runs, grant| Runs {
            start: runs.start || grant.start,
            manage: runs.manage || grant.manage,
        })
    }

    /// Whether they manage a workflow, and act within no limits that leave its records out.
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
