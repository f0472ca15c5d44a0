//! A case begins: who may start one about a record, and what keeps one from beginning.

use std::sync::Arc;

use model::{RecordId, Value};
use policy::{Bin, Get, authorize};
use store::{Lock, StoredCase, Tx};
use workflow::{Case, Event, Process, Who};

use super::{Held, Started, Starting, Work, within};
use crate::{Actor, CaseFault, CommandError, Edition, command::Begin};

impl Work<'_> {
    pub(super) async fn start(&mut self, tx: &mut Tx, own: &Actor, begin: &Begin) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let process = edition.app.workflow_named(&begin.workflow).ok_or(CommandError::Case(CaseFault::Gone))?;
        self.may_start(tx, own, process, begin.record).await?;
        for (step, people) in &begin.chosen {
            if !process.step(step).is_some_and(|step| step.asks(|who| matches!(who, Who::Chosen))) {
                let (zh, en) =
                    (format!("环节“{step}”不由发起人选人"), format!("nobody is chosen for the step `{step}`"));
                return Err(self.at_field("chosen", "unknown", &zh, &en));
            }
            self.reachable(tx, people).await?;
        }
        let starting = Starting {
            workflow: &begin.workflow,
            record: begin.record,
            chosen: &begin.chosen,
            starter: own.principal(),
            parent: None,
            id: begin.id,
        };
        let started = self.start_case(tx, &starting).await?;
        if let Started::Case(id, _) = started {
            self.outcome.cases.push(id);
        }
        started.fault().map_or(Ok(()), |fault| Err(CommandError::Case(fault)))
    }

    /// Whether somebody may start cases of a process about the record, and sees it.
    pub(super) async fn may_start(
        &self,
        tx: &mut Tx,
        own: &Actor,
        process: &Process,
        record: RecordId,
    ) -> Result<(), CommandError> {
        let app = &self.actor.edition.app;
        within(own, self.entity(process.entity)?.name.as_str()).map_err(CommandError::Case)?;
        let name = process.name.as_str();
        if !own.runs(name).start {
            return Err(CommandError::Case(CaseFault::NotAllowed));
        }
        let seen = Get { entity: process.entity, id: record, columns: Vec::new(), bin: Bin::Outside };
        let not_found = CommandError::NotFound { entity: process.entity, id: record };
        let Ok(seen) = authorize(&own.rights, own.user, app, seen) else { return Err(not_found) };
        if tx.get(app, &self.engine.asking(own), &seen).await?.is_none() {
            return Err(not_found);
        }
        // Whoever does not see the record is not told whether it is one of those they start cases about.
        if !self.engine.starts_now(tx, own, name, record).await? {
            return Err(CommandError::Case(CaseFault::NotAllowed));
        }
        Ok(())
    }

    /// What keeps a case of a process from beginning about a record, whoever starts it.
    pub(super) async fn kept_from_starting(
        &mut self,
        tx: &mut Tx,
        edition: &Arc<Edition>,
        process: &Process,
        record: RecordId,
    ) -> Result<Option<Started>, CommandError> {
        let token = self.following(process.entity, record)?;
        // Locked, so that two who start at the same moment start one.
        if tx.load(&edition.app, &token, Lock::Update).await?.is_none() {
            return Err(CommandError::NotFound { entity: process.entity, id: record });
        }
        if let Some(runs) = tx.running_case(process.name.as_str(), record).await? {
            return Ok(Some(Started::Runs(runs)));
        }
        if let Some(condition) = &process.condition {
            let holds = self.value(tx, edition, process.entity, record, condition).await?;
            if holds != Value::Bool(true) {
                return Ok(Some(Started::Unfit));
            }
        }
        Ok(None)
    }

    /// Starts a case, unless one of the workflow is running about the record or the record is not one the workflow takes.
    pub(crate) async fn start_case(&mut self, tx: &mut Tx, starting: &Starting<'_>) -> Result<Started, CommandError> {
        let edition = self.actor.edition.clone();
        let process = edition.app.workflow_named(starting.workflow).ok_or(CommandError::Case(CaseFault::Gone))?;
        if let Some(kept) = self.kept_from_starting(tx, &edition, process, starting.record).await? {
            return Ok(kept);
        }
        let mut case = Case::new(starting.starter);
        case.chosen = starting.chosen.iter().cloned().collect();
        let id = starting.id.unwrap_or_else(|| self.engine.new_id());
        let row = StoredCase {
            id,
            workflow: starting.workflow.to_owned(),
            entity: self.entity(process.entity)?.name.to_string(),
            record: starting.record,
            edition: edition.version,
            print: process.print.clone(),
            starter: starting.starter,
            state: case.state.word().to_owned(),
            outcome: None,
            parent: starting.parent,
            started: self.actor.now,
            ended: None,
            document: serde_json::Value::Null,
        };
        // What it begins in its turn finds it there.
        tx.add_case(&row).await?;
        let mut held = Held::new(row, case, edition);
        held.case.withdrawn_by = self.withdrawn_by(tx, &held).await?;
        Box::pin(self.drive(tx, &mut held, Event::Start)).await?;
        let runs = held.row.ended.is_none();
        self.keep_case(tx, held).await?;
        Ok(Started::Case(id, runs))
    }
}
