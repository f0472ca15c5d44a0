//! Which cases of a workflow somebody manages, and about which records they start some: by what their roles give, and where the
//! workflow is gone by what the last edition that had it let the roles do that they hold.
//!
//! A grant without a condition gives every case, whatever has become of its record. One with a condition gives the cases about
//! records in use for which it holds: of a record that is in the bin, as of one that is not there, nothing holds.
//!
//! INVARIANT: whether somebody may see, overrule or count a case by a grant is answered here alone, of one case and of many.

use std::collections::HashSet;

use app::{App, Role, WorkflowGrant};
use formula::{Predicate, Term};
use model::{EntityId, RecordId, Value};
use policy::{Authorized, Bin, Denied, List, Rights, Why, authorize, inspect};
use store::{About, Asking, CasesOf, StoreError, Tx};

use crate::{
    Actor, Engine,
    edition::{led, now_called},
    reads::Reads,
};

/// Records asked about at once.
const PAGE: usize = 200;

/// Which cases of a workflow somebody manages.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Managed {
    /// Every one, whatever has become of its record.
    Every,
    /// Those about a record of this entity that is in use and for which this holds.
    About(EntityId, Box<Predicate>),
}

/// What grants say of the cases about one record.
enum Given {
    /// The same of every record.
    Known(bool),
    /// What the record itself has to answer.
    Asked(Authorized<Why>),
}

/// The cases that somebody manages, as the store is asked for them.
pub(crate) struct Scope<'a> {
    app: &'a App,
    asking: Asking,
    records: Option<Authorized<List>>,
}

impl Managed {
    fn of(entity: Option<EntityId>, rows: Predicate) -> Option<Self> {
        match rows {
            Predicate::Const(true) => Some(Self::Every),
            rows => Some(Self::About(entity?, Box::new(rows))),
        }
    }

    /// The records of which these are the cases, and which are among some where those are named.
    fn list(&self, actor: &Actor, among: Option<Predicate>) -> Result<Option<Authorized<List>>, Denied> {
        let Self::About(entity, rows) = self else { return Ok(None) };
        let within = Predicate::clone(rows).and(among.unwrap_or_else(Predicate::always));
        let list = List { within, ..List::all(*entity, u32::try_from(PAGE).unwrap_or(u32::MAX)) };
        authorize(&Rights::full(), actor.user, &actor.edition.app, list).map(Some)
    }
}

impl Given {
    fn of(actor: &Actor, managed: Option<Managed>, id: RecordId) -> Self {
        match managed {
            None => Self::Known(false),
            Some(Managed::Every) => Self::Known(true),
            Some(Managed::About(entity, rows)) => {
                Self::Asked(inspect(actor.user, Why { entity, id, conditions: vec![*rows], bin: Bin::Outside }))
            }
        }
    }
}

impl Scope<'_> {
    /// Those of a workflow.
    pub(crate) fn of<'s>(&'s self, workflow: &'s str) -> CasesOf<'s> {
        let about = |records| About { app: self.app, asking: &self.asking, records };
        CasesOf { workflow, about: self.records.as_ref().map(about) }
    }
}

impl Engine {
    /// Which cases of a workflow somebody manages; `None` for none.
    pub(crate) async fn managed(&self, actor: &Actor, workflow: &str) -> Result<Option<Managed>, StoreError> {
        self.managed_by(&mut Reads::Beside, actor, workflow).await
    }

    async fn managed_by(
        &self,
        reads: &mut Reads<'_>,
        actor: &Actor,
        workflow: &str,
    ) -> Result<Option<Managed>, StoreError> {
        let app = &actor.edition.app;
        if actor.user.is_nil() {
            return Ok(Some(Managed::Every));
        }
        if let Some(process) = app.workflow_named(workflow) {
            let rows = actor.given(workflow, |grant| grant.manage);
            return Ok(rows.and_then(|rows| Managed::of(Some(process.entity), rows)));
        }
        let Some(last) = self.last_with(reads, &actor.edition, workflow).await? else { return Ok(None) };
        let (mut held, mut went): (Vec<&Role>, Vec<&Role>) = (Vec::new(), Vec::new());
        for role in last.app.roles().iter().filter(|role| gives(role, workflow).next().is_some()) {
            match app.role_named(role.name.as_str()) {
                _ if role.everyone => held.push(role),
                Some(now) if actor.roles.contains(&now.id) => held.push(role),
                Some(_) => {}
                None => went.push(role),
            }
        }
        if !went.is_empty() {
            // A role that went with the workflow still stands on the accounts that it was given to.
            let account = reads.account(self, actor.principal()).await?;
            let roles = account.map(|account| account.roles).unwrap_or_default();
            held.extend(went.into_iter().filter(|role| roles.iter().any(|name| name == role.name.as_str())));
        }
        let was = last.app.workflow_named(workflow).and_then(|process| last.app.entity(process.entity));
        let entity = was.and_then(|entity| app.entity_named(entity.name.as_str())).map(|entity| entity.id);
        let grants = held.into_iter().flat_map(|role| gives(role, workflow));
        // A condition that cannot be asked any more gives nothing.
        let rows = grants.filter_map(|grant| today(&last.app, app, &grant.rows)).reduce(Predicate::or);
        Ok(rows.and_then(|rows| Managed::of(entity, rows)))
    }

    /// Whether somebody manages the cases of a workflow about a record.
    pub(crate) async fn manages(&self, actor: &Actor, workflow: &str, record: RecordId) -> Result<bool, StoreError> {
        let managed = self.managed(actor, workflow).await?;
        self.given(actor, Given::of(actor, managed, record)).await
    }

    /// The same of the record as it is in a transaction.
    pub(crate) async fn manages_now(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        workflow: &str,
        record: RecordId,
    ) -> Result<bool, StoreError> {
        let managed = self.managed_by(&mut Reads::Within(tx), actor, workflow).await?;
        self.given_now(tx, actor, Given::of(actor, managed, record)).await
    }

    /// Whether somebody may start cases of a workflow about a record as it is in a transaction, as far as their roles go.
    pub(crate) async fn starts_now(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        workflow: &str,
        record: RecordId,
    ) -> Result<bool, StoreError> {
        self.given_now(tx, actor, Given::of(actor, started(actor, workflow), record)).await
    }

    /// Whether somebody may start cases of a workflow about a record, as far as their roles go.
    ///
    /// # Errors
    /// The database failed.
    pub async fn starts(&self, actor: &Actor, workflow: &str, record: RecordId) -> Result<bool, StoreError> {
        self.given(actor, Given::of(actor, started(actor, workflow), record)).await
    }

    async fn given(&self, actor: &Actor, given: Given) -> Result<bool, StoreError> {
        match given {
            Given::Known(known) => Ok(known),
            Given::Asked(why) => Ok(holds(self.store().why(&actor.edition.app, &self.asking(actor), &why).await?)),
        }
    }

    async fn given_now(&self, tx: &mut Tx, actor: &Actor, given: Given) -> Result<bool, StoreError> {
        match given {
            Given::Known(known) => Ok(known),
            Given::Asked(why) => Ok(holds(tx.why(&actor.edition.app, &self.asking(actor), &why).await?)),
        }
    }

    /// Those of some records about which somebody manages the cases of a workflow.
    pub(crate) async fn managed_among(
        &self,
        actor: &Actor,
        workflow: &str,
        records: &[RecordId],
    ) -> Result<HashSet<RecordId>, StoreError> {
        let app = &actor.edition.app;
        let Some(managed) = self.managed(actor, workflow).await? else { return Ok(HashSet::new()) };
        let Managed::About(entity, _) = &managed else { return Ok(records.iter().copied().collect()) };
        let id = app.entity(*entity).and_then(|entity| app.own_path(entity.system.id));
        let Some(id) = id else { return Ok(HashSet::new()) };
        let mut found = HashSet::new();
        for part in records.chunks(PAGE) {
            let list = part.iter().map(|one| Term::Literal(Value::Id(*one), id.ty.clone())).collect();
            let among = Predicate::In { item: Term::Field(id.clone()), list };
            let Ok(Some(list)) = managed.list(actor, Some(among)) else { continue };
            let rows = self.store().list(app, &self.asking(actor), &list).await?.rows;
            found.extend(rows.into_iter().map(|row| row.id));
        }
        Ok(found)
    }

    /// The cases that somebody manages, to ask the store for them.
    pub(crate) fn scope<'a>(&self, actor: &'a Actor, managed: &Managed) -> Result<Scope<'a>, Denied> {
        let records = managed.list(actor, None)?;
        Ok(Scope { app: &actor.edition.app, asking: self.asking(actor), records })
    }
}

/// What a role gives of managing the cases of a workflow.
fn gives<'r>(role: &'r Role, workflow: &'r str) -> impl Iterator<Item = &'r WorkflowGrant> {
    role.workflows.iter().filter(move |grant| grant.manage && grant.workflow == *workflow)
}

/// About which records somebody starts cases of a workflow.
fn started(actor: &Actor, workflow: &str) -> Option<Managed> {
    let entity = actor.edition.app.workflow_named(workflow).map(|process| process.entity);
    actor.given(workflow, |grant| grant.start).and_then(|rows| Managed::of(entity, rows))
}

/// Whether the one condition that was asked holds.
fn holds(answers: Option<Vec<Option<bool>>>) -> bool {
    answers.is_some_and(|answers| answers == [Some(true)])
}

/// A condition of an earlier app, as it is asked of this one; `None` where something it speaks of is gone.
fn today(was: &App, app: &App, rows: &Predicate) -> Option<Predicate> {
    rows.map_paths(&mut |path| {
        let entity = app.entity_named(was.entity(path.entity)?.name.as_str())?;
        led(was, app, entity.id, path, now_called)
    })
}
