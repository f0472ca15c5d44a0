//! Why somebody may start cases of a workflow about a record, manage them or do something in the one that runs, or may not.
//!
//! INVARIANT: what is answered comes of the checks that refuse the act itself (`execute/case`), in a transaction that is
//! undone. Whether a case runs that does not concern them is told nobody, as at every other door.

use app::{Area, Role, WorkflowGrant};
use model::{EntityId, RecordId, Text};
use policy::{Bin, Why, inspect};
use store::Account;
use workflow::Deed;

use super::{sees, subject};
use crate::{
    Actor, CaseFault, CommandError, Engine, QueryError,
    query::{Query, refused, seeing},
};

/// Asks what somebody may do with cases of a workflow about a record, and why. For the security administrator about anybody,
/// and for everybody about themselves, records they can see and cases that concern them.
#[derive(Debug, Clone)]
pub struct ExplainWorkflow {
    /// About whom.
    pub about: Account,
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
    /// The workflow's name.
    pub workflow: String,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct ExplainedWorkflow {
    /// What of their roles speaks of the workflow, in the order of the roles.
    pub reasons: Vec<WorkflowReason>,
    /// Why they may not start a case about the record; `None` where they may.
    pub start: Option<Hindrance>,
    /// Why they may not see and overrule its cases; `None` where they may.
    pub manage: Option<Hindrance>,
    /// The case of it that runs about the record, where it concerns them or they manage it.
    pub case: Option<CaseExplained>,
}

/// What a role gives of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowReason {
    /// The role's name.
    pub role: String,
    /// Whether it gives starting.
    pub start: bool,
    /// Whether it gives managing.
    pub manage: bool,
    /// The condition as written; empty for every record.
    pub condition: String,
    /// Whether it holds on this record for them; `None` when it is not known, which gives nothing.
    pub holds: Option<bool>,
}

/// A running case, and what in it is theirs to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseExplained {
    /// The case.
    pub id: RecordId,
    /// `running` or `resting`.
    pub state: String,
    /// What those concerned do in it, step by step.
    pub deeds: Vec<CaseDeed>,
}

/// Something that is done in a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseDeed {
    /// What.
    pub deed: Deed,
    /// At which step, by name; empty for what is done with the case as a whole.
    pub step: String,
    /// What the step is called.
    pub label: Text,
    /// Their own task there; `None` where they have none.
    pub task: Option<u32>,
    /// Why they may not; `None` where they may.
    pub hindrance: Option<Hindrance>,
}

/// Why somebody may not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hindrance {
    /// They only look at what another sees.
    Looks,
    /// They do not see the record.
    Unseen,
    /// What the act itself is refused with.
    Fault(CaseFault),
}

impl Query for ExplainWorkflow {
    /// `None` when there is no such record or workflow, or the one who asks may not ask about it.
    type Answer = Option<ExplainedWorkflow>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let Some(subject) = subject(engine, actor, &self.about).await? else { return Ok(None) };
        let app = &actor.edition.app;
        let process = app.workflow_named(&self.workflow);
        if process.is_none_or(|process| process.entity != self.entity) {
            return Ok(None);
        }
        let (entity, id) = (self.entity, self.id);
        let held = app.roles().iter().filter(|role| role.everyone || subject.roles.contains(&role.id));
        let given = held.flat_map(|role| role.workflows.iter().map(move |grant| (role, grant)));
        let given: Vec<(&Role, &WorkflowGrant)> =
            given.filter(|(_, grant)| grant.workflow == *self.workflow.as_str()).collect();
        let conditions = given.iter().map(|(_, grant)| grant.rows.clone()).collect();
        let there = inspect(actor.user, Why { entity, id, conditions, bin: Bin::Outside });
        let Some(answers) = refused(engine.store().why(app, &engine.asking(&subject), &there).await)? else {
            return Ok(None);
        };
        let (start, case) = engine.may_run(&subject, &self.workflow, id).await.map_err(failed)?;
        // Whoever is asked in a case knows that there is the record, though they may not see it.
        let known = actor.administers(Area::Security) || case.is_some();
        if !known && !sees(engine, &subject, seeing(entity, id)).await? {
            return Ok(None);
        }
        let reasons = given.iter().zip(answers).map(|((role, grant), holds)| WorkflowReason {
            role: role.name.to_string(),
            start: grant.start,
            manage: grant.manage,
            condition: grant.written.to_string(),
            holds,
        });
        let reasons = reasons.collect();
        let steers = subject.steers(&self.workflow) && engine.manages(&subject, &self.workflow, id).await?;
        let manage = match (subject.looks, steers) {
            (true, _) => Some(Hindrance::Looks),
            (false, true) => None,
            (false, false) => Some(Hindrance::Fault(CaseFault::NotAllowed)),
        };
        Ok(Some(ExplainedWorkflow { reasons, start, manage, case }))
    }
}

/// What the database failed with; whatever else keeps from asking is of another edition.
fn failed(error: CommandError) -> QueryError {
    match error {
        CommandError::Store(error) => QueryError::Store(error),
        _ => QueryError::NewEdition,
    }
}
