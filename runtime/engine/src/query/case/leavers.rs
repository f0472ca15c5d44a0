//! Whose tasks wait although they do not answer any more: the account is closed, or they work nowhere today. For those who
//! manage the cases, who hand the tasks over.

use std::collections::{BTreeSet, HashMap, HashSet};

use app::FieldRole;
use formula::{Path, Predicate, Term};
use model::{EntityId, RecordId, Text, UserId, Value};
use policy::{List, Rights, authorize};

use super::{GoneWorkflows, Query};
use crate::{Actor, Engine, QueryError, manage::Managed};

/// People of whom it is asked at once whether they work anywhere.
const PAGE: usize = 200;
/// Assignments read of so many people.
const MOST_ASSIGNMENTS: u32 = 20_000;

/// The open tasks of those who left, in the workflows that one manages: all of them, so that none is left behind.
#[derive(Debug, Clone, Copy)]
pub struct Leavers;

/// What waits for somebody in a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leaver {
    /// Their account.
    pub account: UserId,
    /// The name they signed in with.
    pub login: String,
    /// What they are called.
    pub name: String,
    /// Whether the account is closed; otherwise their last assignment has ended.
    pub closed: bool,
    /// The workflow, by name.
    pub workflow: String,
    /// What it is called, or was.
    pub label: Text,
    /// How many tasks.
    pub tasks: i64,
}

impl Query for Leavers {
    /// `None` for those who manage no workflow.
    type Answer = Option<Vec<Leaver>>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let steers = actor.edition.app.workflows().iter().any(|process| actor.steers(process.name.as_str()));
        if !steers && GoneWorkflows.answer(engine, actor).await?.is_empty() {
            return Ok(None);
        }
        let mut steered: HashMap<String, Option<(Text, Managed)>> = HashMap::new();
        let mut found = Vec::new();
        let dated = engine.dated(actor);
        let waiting = engine.store().cases().waiting_for(dated.is_some()).await?;
        let left = match dated {
            None => HashSet::new(),
            Some(dated) => {
                let people = waiting.iter().filter(|one| one.active).filter_map(|one| one.person);
                let people: BTreeSet<RecordId> = people.collect();
                engine.without_assignment(actor, &dated, people.into_iter().collect()).await?
            }
        };
        for one in waiting {
            if one.active && !one.person.is_some_and(|person| left.contains(&person)) {
                continue;
            }
            let known = match steered.get(&one.workflow) {
                Some(known) => known.clone(),
                None => {
                    let known = engine.steered(actor, &one.workflow).await?.and_then(|(edition, managed)| {
                        Some((edition.app.workflow_named(&one.workflow)?.label.clone(), managed))
                    });
                    steered.insert(one.workflow.clone(), known.clone());
                    known
                }
            };
            let Some((label, managed)) = known else { continue };
            let tasks = match managed {
                Managed::Every => one.tasks,
                Managed::About(..) => {
                    let scope = engine.scope(actor, &managed)?;
                    engine.store().cases().open_for(one.account, scope.of(&one.workflow)).await?
                }
            };
            if tasks == 0 {
                continue;
            }
            let (account, login, name) = (one.account, one.login, one.name);
            let (closed, workflow) = (!one.active, one.workflow);
            found.push(Leaver { account, login, name, closed, workflow, label, tasks });
        }
        Ok(Some(found))
    }
}

/// Where it is kept who worked where from one day to another: the entity, its person and its last day.
struct Dated {
    entity: EntityId,
    person: Path,
    last: Path,
}

impl Engine {
    fn dated(&self, actor: &Actor) -> Option<Dated> {
        let app = &actor.edition.app;
        let known = app.organisation();
        let path = |role| known.field(role).and_then(|field| app.own_path(field));
        Some(Dated {
            entity: known.assignment?,
            person: path(FieldRole::AssignedPerson)?,
            last: path(FieldRole::ValidTo)?,
        })
    }

    /// Those of the people whose assignments have all ended before today. Whoever never had one did not leave it.
    async fn without_assignment(
        &self,
        actor: &Actor,
        dated: &Dated,
        people: Vec<RecordId>,
    ) -> Result<HashSet<RecordId>, QueryError> {
        let app = &actor.edition.app;
        let asking = self.asking(actor);
        let (mut had, mut has) = (HashSet::new(), HashSet::new());
        for part in people.chunks(PAGE) {
            let literal = |id: &RecordId| Term::Literal(Value::Id(*id), dated.person.ty.clone());
            let list = List {
                columns: vec![dated.person.clone(), dated.last.clone()],
                within: Predicate::In {
                    item: Term::Field(dated.person.clone()),
                    list: part.iter().map(literal).collect(),
                },
                ..List::all(dated.entity, MOST_ASSIGNMENTS)
            };
            let list = authorize(&Rights::full(), actor.user, app, list)?;
            for row in self.store().list(app, &asking, &list).await?.rows {
                let [person, last] = row.values.as_slice() else { continue };
                let Some(person) = person.as_id() else { continue };
                let over = last.as_date().is_some_and(|last| last < asking.today);
                (if over { &mut had } else { &mut has }).insert(person);
            }
        }
        had.retain(|person| !has.contains(person));
        Ok(had)
    }
}
