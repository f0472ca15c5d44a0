//! Questions about cases: what is somebody's to answer, and how a case stands.
//!
//! A case is shown to those it concerns (who started it, was asked, or was sent a copy) and to those who manage it. Whoever is asked sees what names the record, and while they are asked the fields their step shows; everything
//! else about the record is asked for by their own rights.

mod ahead;
mod classes;
mod inbox;
mod leavers;
mod replay;
mod running;
mod statistics;

pub use ahead::Ahead;
pub use classes::{BlockedAt, Classed, Classes, EditionClasses, MOST_CLASSED, MovedCase, MovedTogether, Moves};
pub use inbox::{Counts, Inbox, InboxLine, InboxPage, InboxWorkflows, Narrowed};
pub use leavers::{Leaver, Leavers};
pub use replay::{AskedAt, MOST_REPLAYED, Replay, ReplayedCase, ReplayedCases, Stuck};
pub use running::{Class, GoneWorkflow, GoneWorkflows, Running, RunningCase, RunningCases, StepAt};
pub use statistics::{Figures, MOST_LOOKED_AT, OutcomeFigures, Spread, Statistics, StepFigures};

use std::{collections::HashMap, sync::Arc};

use formula::{Path, Predicate, Term};
use model::{EntityId, FieldId, RecordId, Text, Timestamp, UserId, Value};
use policy::{Bin, Get, List, Rights, authorize};
use store::{CaseEvent, Row, StoredCase};
use workflow::{Asked, Case, Operation, Opinion, Part, Process, Signature, StepKind, Task, TaskState};

use super::{Query, refused};
use crate::{Actor, Edition, Engine, QueryError, edition::now_called, execute::validate};

impl Engine {
    /// What names records, for those whom a case concerns.
    async fn titles(
        &self,
        actor: &Actor,
        entity: EntityId,
        ids: &[RecordId],
    ) -> Result<HashMap<RecordId, String>, QueryError> {
        let app = &actor.edition.app;
        let Some(found) = app.entity(entity).filter(|_| !ids.is_empty()) else { return Ok(HashMap::new()) };
        let display = app.own_path(found.display).map(|path| app.display_path(&path).unwrap_or(path));
        let rows = self.rows_of(actor, entity, ids, display.into_iter().collect()).await?;
        Ok(rows.into_iter().map(|row| (row.id, row.values.first().map(validate::shown).unwrap_or_default())).collect())
    }

    /// Columns of records, whatever the actor's own rights: for what a workflow's author lets those it concerns learn.
    async fn rows_of(
        &self,
        actor: &Actor,
        entity: EntityId,
        ids: &[RecordId],
        columns: Vec<Path>,
    ) -> Result<Vec<Row>, QueryError> {
        let app = &actor.edition.app;
        let Some(id) = app.entity(entity).and_then(|entity| app.own_path(entity.system.id)) else {
            return Ok(Vec::new());
        };
        let list = ids.iter().map(|one| Term::Literal(Value::Id(*one), id.ty.clone())).collect();
        let list = List {
            columns,
            within: Predicate::In { item: Term::Field(id), list },
            ..List::all(entity, u32::try_from(ids.len()).unwrap_or(u32::MAX))
        };
        let list = authorize(&Rights::full(), actor.user, app, list)?;
        Ok(self.store().list(app, &self.asking(actor), &list).await?.rows)
    }
}

/// How a case stands; nothing for those whom it does not concern.
#[derive(Debug, Clone, Copy)]
pub struct CaseView {
    /// The case.
    pub case: RecordId,
}

/// A case as it is shown.
#[derive(Clone)]
pub struct CaseShown {
    /// The case.
    pub row: StoredCase,
    /// The edition whose steps it goes by.
    pub edition: Arc<Edition>,
    /// What names the record.
    pub title: String,
    /// How it stands.
    pub case: Case,
    /// Names of everybody in it.
    pub names: HashMap<UserId, String>,
    /// What happened, in order.
    pub trail: Vec<CaseEvent>,
    /// What the reader is asked; one thing at a time.
    pub mine: Option<Mine>,
    /// Whether it goes by the present steps, could, or cannot.
    pub class: Class,
    /// Whether the reader manages it.
    pub manages: bool,
    /// Whether the reader started it, or is or was asked.
    pub concerned: bool,
    /// Whether the reader was brought into its talk, and may answer there.
    pub talks: bool,
    /// Whether that is all: they see what is said, and not what the case has come to.
    pub only_talks: bool,
    /// Who was sent a copy, and when they looked at it.
    pub copies: HashMap<UserId, Option<Timestamp>>,
    /// Whether the reader has not looked at the copy they were sent.
    pub unread: bool,
    /// Whether the reader may see the record by their own rights.
    pub sees_record: bool,
}

impl CaseShown {
    /// The process it goes by; `None` where its documents are no longer read.
    pub fn process(&self) -> Option<&Process> {
        self.edition.app.workflow_named(&self.row.workflow).filter(|process| process.print == self.row.print)
    }

    /// Who has looked at the copies that an entry of the trail tells of, and when: for whoever sent them, and for those who
    /// manage the workflow.
    pub fn read_by(&self, reader: UserId, event: &CaseEvent) -> Vec<(UserId, Option<Timestamp>)> {
        let sent = self.manages || event.account == Some(reader) || event.behalf == Some(reader);
        let told = event.told.iter().filter(|_| sent && matches!(event.act.as_str(), "copy" | "notify"));
        told.filter_map(|who| Some((*who, *self.copies.get(who)?))).collect()
    }

    /// Somebody's name.
    pub fn name(&self, id: UserId) -> &str {
        self.names.get(&id).map_or("", String::as_str)
    }
}

/// What somebody is asked.
#[derive(Debug, Clone)]
pub struct Mine {
    /// Their task's number.
    pub task: u32,
    /// Its step.
    pub step: String,
    /// What the step is called.
    pub label: Text,
    /// Whether it is filled in, and not answered with yes or no.
    pub fills: bool,
    /// Whether it was returned to them, who started it: they mend the record by their own rights, and send it again.
    pub mends: bool,
    /// Whether their answer goes to whoever asked them, and does not count by itself.
    pub delegate: bool,
    /// Whether it is to be claimed first.
    pub to_claim: bool,
    /// Whether they have claimed it.
    pub claimed: bool,
    /// When a reason is asked for.
    pub opinion: Opinion,
    /// When an answer is signed.
    pub signature: Signature,
    /// Fields they see, with values.
    pub show: Vec<(FieldId, Value)>,
    /// Fields they may give values to, with values.
    pub edit: Vec<(FieldId, Value)>,
    /// Fields without which they cannot say yes.
    pub require: Vec<FieldId>,
    /// The record's version as they are told it, for what they fill in to be written over nobody else's.
    pub version: Option<i64>,
    /// What they may do besides answering.
    pub allow: Vec<Operation>,
    /// The steps it can be sent back to, the earliest first.
    pub earlier: Vec<(String, Text)>,
    /// Whether it can be returned to whoever started it, who mends the record.
    pub to_starter: bool,
    /// What they wrote before and did not send.
    pub draft: serde_json::Value,
    /// When it is due.
    pub due: Option<Timestamp>,
    /// Since when nothing becomes due, because of the state the record is in.
    pub paused: Option<Timestamp>,
}

impl Query for CaseView {
    type Answer = Option<CaseShown>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let cases = engine.store().cases();
        let Some(mut row) = cases.by_id(self.case).await? else { return Ok(None) };
        let app = &actor.edition.app;
        let entity = app.entity_named(&row.entity).map(|entity| entity.id);
        if actor.only.as_ref().is_some_and(|only| !entity.is_some_and(|entity| only.contains(&entity))) {
            return Ok(None);
        }
        let Ok(mut case) = serde_json::from_value::<Case>(row.document.clone()) else { return Ok(None) };
        let me = actor.principal();
        let manages = engine.manages(actor, &row.workflow, row.record).await?;
        let (concerned, read) = (case.concerns(me), cases.copy_read(row.id, me).await?);
        if !manages && !concerned && read.is_none() {
            return Ok(None);
        }
        let unread = read == Some(false);
        let edition = engine.edition_for(&actor.edition, &row.workflow, &row.print, row.edition).await?;
        let mut trail = cases.events(row.id).await?;
        let talks = case.talk.contains(&me);
        let only_talks = !manages && !concerned && only_talks(&case, &trail, me);
        if only_talks {
            trail.retain(|event| event.act == "discuss");
            (case.tasks, case.visits, case.tokens) = (Vec::new(), Vec::new(), Vec::new());
            // That it is over they may know, since nothing can be said any more.
            row.outcome = None;
        }
        let copies = cases.copies(row.id).await?.into_iter().collect();
        let mut people: Vec<UserId> = case.tasks.iter().map(|task| task.who).collect();
        people.push(row.starter);
        people.extend(
            trail.iter().flat_map(|event| event.account.iter().chain(&event.behalf).chain(&event.told).copied()),
        );
        people.sort_unstable();
        people.dedup();
        let names = engine.store().accounts().names(&people).await?.into_iter().collect();
        let (mut title, mut sees_record) = (String::new(), false);
        if let Some(entity) = entity {
            title = engine.titles(actor, entity, &[row.record]).await?.remove(&row.record).unwrap_or_default();
            let seen = Get { entity, id: row.record, columns: Vec::new(), bin: Bin::Outside };
            if let Ok(seen) = authorize(&actor.rights, actor.user, app, seen) {
                sees_record = engine.store().get(app, &engine.asking(actor), &seen).await?.is_some();
            }
        }
        let class = running::class(actor, &row, &case);
        let mut shown = CaseShown {
            row,
            edition,
            title,
            case,
            names,
            trail,
            mine: None,
            class,
            manages,
            concerned,
            talks,
            only_talks,
            copies,
            unread,
            sees_record,
        };
        shown.mine = engine.mine(actor, &shown, entity).await?;
        Ok(Some(shown))
    }
}

/// The picture of a signature, as SVG, for those to whom the case is shown.
#[derive(Debug, Clone, Copy)]
pub struct SignaturePicture {
    /// The case.
    pub case: RecordId,
    /// What was signed: an entry of its trail.
    pub event: RecordId,
}

impl Query for SignaturePicture {
    type Answer = Option<String>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let shown = (CaseView { case: self.case }).answer(engine, actor).await?;
        if !shown.is_some_and(|shown| shown.trail.iter().any(|event| event.id == self.event)) {
            return Ok(None);
        }
        refused(engine.store().cases().picture(self.case, self.event).await)
    }
}

impl Engine {
    /// What the reader is asked in a case, with what their step shows them.
    async fn mine(
        &self,
        actor: &Actor,
        shown: &CaseShown,
        entity: Option<EntityId>,
    ) -> Result<Option<Mine>, QueryError> {
        let (Some(process), Some(entity)) = (shown.process(), entity) else { return Ok(None) };
        let me = actor.principal();
        let mut open = shown.case.tasks.iter().filter(|task| task.who == me && task.state == TaskState::Open);
        let Some(task) = open.next() else { return Ok(None) };
        let Some(step) = process.step(&task.step) else { return Ok(None) };
        let StepKind::Ask(asked) = &step.kind else { return Ok(None) };
        let app = &actor.edition.app;
        let today = |ids: &[FieldId]| -> Vec<FieldId> {
            let were = ids.iter().filter_map(|id| shown.edition.app.field(*id));
            were.filter_map(|was| now_called(app, entity, was)).map(|field| field.id).collect()
        };
        let mends = task.part == Part::Mend;
        let (show, edit) = if mends { (Vec::new(), Vec::new()) } else { (today(&asked.show), today(&asked.edit)) };
        let mut paths: Vec<Path> = show.iter().chain(&edit).filter_map(|id| app.own_path(*id)).collect();
        let counted = app.entity(entity).filter(|_| !edit.is_empty());
        paths.extend(counted.and_then(|entity| app.own_path(entity.system.version)));
        let record = shown.row.record;
        let values = self.granted(actor, entity, record, &paths).await?;
        let value = |ids: Vec<FieldId>, from: usize| -> Vec<(FieldId, Value)> {
            let at = |place: usize| values.get(from + place).cloned().unwrap_or_default();
            ids.into_iter().enumerate().map(|(place, id)| (id, at(place))).collect()
        };
        let beyond = show.len();
        let version = values.get(beyond + edit.len()).and_then(|value| match value {
            Value::Int(version) => Some(*version),
            _ => None,
        });
        let (show, edit) = (value(show, 0), value(edit, beyond));
        let version = match version {
            None => None,
            Some(count) => {
                let seen: Vec<(FieldId, Value)> = show.iter().chain(&edit).cloned().collect();
                self.versions_at_step(actor, (entity, record), count, &seen)?.last().copied()
            }
        };
        let group = usize::try_from(task.group).ok().and_then(|group| asked.groups.get(group));
        let offered = group.is_some_and(|group| group.claim == workflow::Claim::First) && task.part == Part::Vote;
        let mut allow = asked.allow.clone();
        allow.retain(|operation| !mends || *operation == Operation::Transfer);
        let to_starter = (workflow::Back::Starter, task.number, me);
        let to_starter = workflow::returns(process, &shown.case, to_starter, actor.now).is_ok();
        Ok(Some(Mine {
            task: task.number,
            step: task.step.clone(),
            label: step.label.clone(),
            fills: asked.fills || mends,
            mends,
            delegate: task.part == Part::Delegate,
            to_claim: offered && !task.claimed,
            claimed: offered && task.claimed,
            opinion: if mends { Opinion::Free } else { asked.opinion },
            signature: if mends { Signature::Never } else { asked.signature },
            show,
            edit,
            require: if mends { Vec::new() } else { today(&asked.require) },
            version,
            earlier: if mends { Vec::new() } else { earlier(&shown.case, process, asked, task) },
            allow,
            to_starter,
            draft: self.draft_of(shown.row.id, task.number).await?,
            due: shown.case.due(task.visit),
            paused: shown.case.token_of(task.visit).and_then(workflow::Token::paused),
        }))
    }

    /// What was kept of an answer that is not given yet.
    async fn draft_of(&self, case: RecordId, task: u32) -> Result<serde_json::Value, QueryError> {
        let kept = self.store().cases().draft(case, task.into()).await?;
        let opened = self.unseal_json(&format!("draft {task}"), case, kept);
        Ok(opened.map_err(store::StoreError::from)?)
    }

    /// Values that a step gives whoever is asked there. Sensitive ones are noted like any other look.
    async fn granted(
        &self,
        actor: &Actor,
        entity: EntityId,
        record: RecordId,
        paths: &[Path],
    ) -> Result<Vec<Value>, QueryError> {
        if paths.is_empty() {
            return Ok(Vec::new());
        }
        let app = &actor.edition.app;
        let get = Get { entity, id: record, columns: paths.to_vec(), bin: Bin::Outside };
        let get = authorize(&Rights::full(), actor.user, app, get)?;
        let row: Option<Row> = self.store().get(app, &self.asking(actor), &get).await?;
        self.shown(actor, entity, Some(record), paths, row.as_slice(), false).await;
        Ok(row.map(|row| row.values).unwrap_or_default())
    }
}

/// Steps that people were asked at before, by which something may be sent back.
fn earlier(case: &Case, process: &Process, asked: &Asked, task: &Task) -> Vec<(String, Text)> {
    let Some(token) = case.token_of(task.visit) else { return Vec::new() };
    if !asked.allow.contains(&Operation::Return) {
        return Vec::new();
    }
    let mut found: Vec<(String, Text)> = Vec::new();
    for visit in case.way_to(token).filter(|visit| visit.step != task.step) {
        let known = found.iter().any(|(name, _)| *name == visit.step);
        if let (false, Some(step)) = (known, process.step(&visit.step)) {
            found.push((visit.step.clone(), step.label.clone()));
        }
    }
    found
}

/// The cases about a record, for whoever may see it, as far as they may open them: which workflow, since when, how it
/// stands.
#[derive(Debug, Clone, Copy)]
pub struct CasesAbout {
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
}

/// A case beside its record.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseBeside {
    /// The case.
    pub id: RecordId,
    /// What the workflow is called.
    pub workflow: Text,
    /// `running`, `resting` or `ended`.
    pub state: String,
    /// How it ended.
    pub outcome: Option<String>,
    /// Where it is.
    pub steps: Vec<Text>,
    /// When it started.
    pub started: Timestamp,
}

impl Query for CasesAbout {
    type Answer = Vec<CaseBeside>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let seen = authorize(&actor.rights, actor.user, app, super::seeing(self.entity, self.id))?;
        if engine.store().get(app, &engine.asking(actor), &seen).await?.is_none() {
            return Ok(Vec::new());
        }
        let (mut shown, me) = (Vec::new(), actor.principal());
        let cases = engine.store().cases();
        for row in cases.about(self.id, 20).await? {
            let Ok(case) = serde_json::from_value::<Case>(row.document.clone()) else { continue };
            let opens = case.concerns(me) || engine.manages(actor, &row.workflow, row.record).await?;
            if !opens && cases.copy_read(row.id, me).await?.is_none() {
                continue;
            }
            let told = opens || !only_talks(&case, &cases.events(row.id).await?, me);
            let edition = engine.edition_for(&actor.edition, &row.workflow, &row.print, row.edition).await?;
            let Some(process) = edition.app.workflow_named(&row.workflow) else { continue };
            let tokens = case.tokens.iter().filter(|_| told);
            let labels = tokens.filter_map(|token| process.step(&token.step)).map(|step| step.label.clone());
            shown.push(CaseBeside {
                id: row.id,
                workflow: process.label.clone(),
                state: row.state,
                outcome: row.outcome.filter(|_| told),
                steps: labels.collect(),
                started: row.started,
            });
        }
        Ok(shown)
    }
}

/// Whether all that reached somebody of a case whom it does not concern is its talk: nothing else of it was told them.
fn only_talks(case: &Case, trail: &[CaseEvent], who: UserId) -> bool {
    let told_more = |event: &CaseEvent| event.act != "discuss" && event.told.contains(&who);
    case.talk.contains(&who) && !trail.iter().any(told_more)
}
