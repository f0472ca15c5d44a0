//! Why somebody may do something with a record, or may not: each grant of their roles, whether it speaks of the action and
//! the field, and whether its condition holds on that record for them.
//!
//! INVARIANT: the verdict is asked through the same door and statement that enforces it; the reasons are the same compiled
//! conditions, answered by the same database. An explanation tells yes and no, never a value.

mod case;

pub use case::{CaseDeed, CaseExplained, ExplainWorkflow, ExplainedWorkflow, Hindrance, WorkflowReason};

use app::Area;
use formula::Predicate;
use model::{EntityId, FieldId, RecordId};
use policy::{Action, Aside, Bin, Get, Grant, Permitted, Why, inspect};
use store::Account;

use super::{OpenBeside, Query, refused};
use crate::{Actor, Engine, QueryError};

/// Asks why an account may do something with a record. For the security administrator about anybody, and for everybody
/// about themselves and records they can see.
#[derive(Debug, Clone)]
pub struct Explain {
    /// About whom.
    pub about: Account,
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
    /// What they would do.
    pub action: Action,
    /// With this field; the record as a whole when `None`.
    pub field: Option<FieldId>,
    /// With what lies beside the record, instead of a field: it is read by grants that read.
    pub beside: Option<Aside>,
}

/// What a grant says of the field asked about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gives {
    /// The field whole, or the record when no field was asked about.
    Whole,
    /// A part of it.
    Part,
    /// Nothing of it.
    Nothing,
}

/// One grant and how it bears on the question.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// The role's name.
    pub role: String,
    /// Which of its grants, from 1.
    pub number: usize,
    /// The condition as written; empty for every record.
    pub condition: String,
    /// Whether it holds on this record for them; `None` when it is not known, which gives nothing.
    pub holds: Option<bool>,
    /// What it gives of the field.
    pub gives: Gives,
    /// The parts of the condition that must all hold, where there are several, each with its answer.
    pub parts: Vec<Option<bool>>,
}

/// Whether it is allowed, told apart from why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stated {
    /// Allowed.
    Allowed,
    /// Allowed in part: the field is shown through a mask.
    Partly,
    /// Refused.
    Refused,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// What the enforcement itself answers.
    pub verdict: Stated,
    /// Every grant of their roles that speaks of the entity and the action, in the order of the roles.
    pub reasons: Vec<Reason>,
    /// Fields that the one asked about is computed from and that they may not read on this record: what keeps a result back
    /// although a grant names it.
    pub kept_back_by: Vec<String>,
}

impl Query for Explain {
    /// `None` when there is no such record, or the one who asks may not ask about it.
    type Answer = Option<Explained>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let Some(subject) = subject(engine, actor, &self.about).await? else { return Ok(None) };
        let app = &actor.edition.app;
        let bin = if self.action.in_bin() { Bin::Inside } else { Bin::Outside };
        let seen = Get { entity: self.entity, id: self.id, columns: Vec::new(), bin };
        // About oneself only of what one can see: otherwise the answer would tell that there is a record.
        if !actor.administers(Area::Security) && !sees(engine, &subject, seen).await? {
            return Ok(None);
        }
        let roles = app.roles().iter().filter(|role| role.everyone || subject.roles.contains(&role.id));
        let grants: Vec<(&app::Role, usize, &Grant)> = roles
            .flat_map(|role| (1..).zip(&role.grants).map(move |(number, grant)| (role, number, grant)))
            .filter(|(_, _, grant)| grant.entity == self.entity && grant.actions.contains(&self.action))
            .collect();
        let parts = |grant: &Grant| match &grant.rows {
            Predicate::And(parts) => parts.clone(),
            _ => Vec::new(),
        };
        let mut conditions: Vec<Predicate> = Vec::new();
        for (_, _, grant) in &grants {
            conditions.push(grant.rows.clone());
            conditions.extend(parts(grant));
        }
        let why = inspect(actor.user, Why { entity: self.entity, id: self.id, conditions, bin });
        let Some(answers) = refused(engine.store().why(app, &engine.asking(&subject), &why).await)? else {
            return Ok(None);
        };
        let mut answers = answers.into_iter();
        let reasons = grants
            .into_iter()
            .map(|(role, number, grant)| Reason {
                role: role.name.to_string(),
                number,
                condition: grant.written.to_string(),
                holds: answers.next().flatten(),
                gives: self.gives(grant),
                parts: parts(grant).iter().map(|_| answers.next().flatten()).collect(),
            })
            .collect();
        let verdict = self.verdict(engine, &subject).await?;
        let kept_back_by = match verdict {
            Stated::Allowed => Vec::new(),
            _ => self.kept_back(engine, &subject).await?,
        };
        Ok(Some(Explained { verdict, reasons, kept_back_by }))
    }
}

/// Somebody with the rights that are explained; `None` where the one who asks may not ask about them.
async fn subject(engine: &Engine, actor: &Actor, about: &Account) -> Result<Option<Actor>, QueryError> {
    let oneself = about.id == actor.principal();
    let looks_after = !oneself && actor.administers(Area::Security) && engine.reaches(actor, about.person).await?;
    if !oneself && !looks_after {
        return Ok(None);
    }
    // Whoever acts in another's place is explained what holds for them there, limits included.
    let subject = if oneself { actor.clone() } else { engine.actor(about, actor.locale) };
    if subject.edition.version != actor.edition.version {
        return Err(QueryError::NewEdition);
    }
    Ok(Some(subject))
}

async fn sees(engine: &Engine, subject: &Actor, get: Get) -> Result<bool, QueryError> {
    if subject.rights.access(get.entity, Action::Read).is_none() {
        return Ok(false);
    }
    Ok(get.answer(engine, subject).await?.is_some())
}

impl Explain {
    fn gives(&self, grant: &Grant) -> Gives {
        if let Some(aside) = self.beside {
            return if grant.beside.contains(&aside) { Gives::Whole } else { Gives::Nothing };
        }
        let Some(field) = self.field else { return Gives::Whole };
        if self.action == Action::Uncover {
            return if grant.masked.contains_key(&field) { Gives::Whole } else { Gives::Nothing };
        }
        let writes = matches!(self.action, Action::Create | Action::Update | Action::Import);
        let given = if writes { &grant.write } else { &grant.read };
        if given.contains(field) {
            Gives::Whole
        } else if !writes && grant.masked.contains_key(&field) {
            Gives::Part
        } else {
            Gives::Nothing
        }
    }

    /// The answer of the enforcement itself.
    async fn verdict(&self, engine: &Engine, subject: &Actor) -> Result<Stated, QueryError> {
        if let Some(aside) = self.beside {
            if subject.rights.access(self.entity, Action::Read).is_none() {
                return Ok(Stated::Refused);
            }
            let open = OpenBeside { entity: self.entity, id: self.id }.answer(engine, subject).await?;
            return Ok(if open.contains(&aside) { Stated::Allowed } else { Stated::Refused });
        }
        let given: Vec<FieldId> = self.field.into_iter().collect();
        let named = |field: &FieldId| {
            subject.rights.access(self.entity, self.action).is_some_and(|access| access.field(*field).is_some())
        };
        let asked: Vec<FieldId> = given.iter().copied().filter(named).collect();
        let refused_before = asked.len() < given.len();
        let ask = Permitted { entity: self.entity, id: self.id, action: self.action, fields: asked };
        let Some(may) = ask.answer(engine, subject).await? else { return Ok(Stated::Refused) };
        if !refused_before && may.iter().all(|may| *may) {
            return Ok(Stated::Allowed);
        }
        let partly = self.field.is_some_and(|field| {
            let access = subject.rights.access(self.entity, self.action);
            access.is_some_and(|access| !access.partly(field).is_empty())
        });
        if partly && self.shown_in_part(engine, subject).await? {
            return Ok(Stated::Partly);
        }
        Ok(Stated::Refused)
    }

    /// Whether a mask of some grant holds on the record.
    async fn shown_in_part(&self, engine: &Engine, subject: &Actor) -> Result<bool, QueryError> {
        let Some(field) = self.field else { return Ok(false) };
        let access = subject.rights.access(self.entity, self.action);
        let conditions =
            access.iter().flat_map(|access| access.partly(field)).map(|(rows, _)| (**rows).clone()).collect();
        let why = Why { entity: self.entity, id: self.id, conditions, bin: Bin::Outside };
        let why = inspect(subject.user, why);
        let answers = refused(engine.store().why(&subject.edition.app, &engine.asking(subject), &why).await)?;
        Ok(answers.is_some_and(|answers| answers.contains(&Some(true))))
    }

    /// What a computed field reads of the record itself and they may not.
    async fn kept_back(&self, engine: &Engine, subject: &Actor) -> Result<Vec<String>, QueryError> {
        let app = &subject.edition.app;
        let field = self.field.and_then(|id| app.field(id)).filter(|field| !field.public);
        let Some(field) = field.filter(|field| field.is_computed()) else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for path in field.reads() {
            let names: Vec<String> = path
                .hops
                .iter()
                .chain([&path.field])
                .filter_map(|id| app.field(*id).map(|field| field.name.to_string()))
                .collect();
            let own = path.hops.first().unwrap_or(&path.field);
            let access = subject.rights.access(self.entity, self.action);
            let open = match access.and_then(|access| access.field(*own)) {
                None => false,
                Some(_) if !path.hops.is_empty() => crate::query::learnable(app, subject, path),
                Some(condition) => {
                    let conditions = vec![condition.clone()];
                    let why =
                        inspect(subject.user, Why { entity: self.entity, id: self.id, conditions, bin: Bin::Outside });
                    let answers = refused(engine.store().why(app, &engine.asking(subject), &why).await)?;
                    answers.is_some_and(|answers| answers.contains(&Some(true)))
                }
            };
            if !open {
                found.push(names.join("."));
            }
        }
        Ok(found)
    }
}
