//! What somebody fills in while they are asked: with their answer, or so far; and files that come before the answer does.

use model::{EntityId, FieldId, UserId, Value};
use store::{Lock, StoreError, Tx};
use workflow::{Part, Refusal, Task, TaskState};

use super::{Held, Work, act::admitted, keep};
use crate::{Actor, CaseFault, CommandError, FieldFault, Fields, NewFile, execute::words};

/// What somebody fills in while they answer.
#[derive(Clone, Copy)]
pub(super) struct Filled<'a> {
    pub(super) fields: &'a Fields,
    pub(super) files: &'a [(String, NewFile)],
    pub(super) expected: Option<i64>,
}

/// What a task opens.
struct Open {
    /// Of records of this entity.
    entity: EntityId,
    /// The fields that are filled in, as they are called today.
    edit: Vec<String>,
    /// Those without which no answer passes.
    require: Vec<String>,
}

impl Work<'_> {
    /// What a task opens; nothing where its step asks for no answer.
    fn opened(&self, held: &Held, task: &Task) -> Result<Option<Open>, CommandError> {
        let Some(asked) = keep::asked(held.process()?, &task.step) else { return Ok(None) };
        let app = &self.actor.edition.app;
        let entity = app.entity_named(&held.row.entity).ok_or(CommandError::Case(CaseFault::Gone))?.id;
        let names = |ids: &[FieldId]| -> Vec<String> {
            let fields = ids.iter().filter_map(|id| held.edition.app.field(*id));
            fields.filter_map(|field| self.name_of(entity, field)).collect()
        };
        // What they may mend is a matter of their own rights to the record, and none of the step's.
        let mends = task.part == Part::Mend;
        let (edit, require) =
            if mends { (Vec::new(), Vec::new()) } else { (names(&asked.edit), names(&asked.require)) };
        Ok(Some(Open { entity, edit, require }))
    }

    /// Holds a file for a field that somebody is asked to fill in, until their answer refers to it.
    pub(super) async fn hold_for_task(
        &mut self,
        tx: &mut Tx,
        own: &Actor,
        held: &Held,
        (task, field): (u32, &String),
        file: &NewFile,
    ) -> Result<(), CommandError> {
        let manages = self.engine.manages_now(tx, own, &held.row.workflow, held.row.record).await?;
        admitted((own, manages), &held.row, &held.case, false).map_err(CommandError::Case)?;
        if own.on_behalf.is_some() {
            self.may_stand_in(tx, held, task, own.user).await?;
        }
        let refuse = |refusal| CommandError::Case(CaseFault::Refused(refusal, String::new()));
        let asked = held.case.task(task).ok_or_else(|| refuse(Refusal::Unknown("task")))?;
        if asked.who != own.principal() {
            return Err(refuse(Refusal::NotYours));
        }
        match asked.state {
            TaskState::Open => {}
            TaskState::Later => return Err(refuse(Refusal::NotYet)),
            TaskState::Done(_) | TaskState::Gone => return Err(refuse(Refusal::Over)),
        }
        let open = self.opened(held, asked)?.ok_or_else(|| refuse(Refusal::NotAllowed))?;
        self.only_these(std::iter::once(field), &open.edit)?;
        let named = self.actor.edition.app.field_named(open.entity, field).map(|field| field.id);
        self.hold_upload(tx, named.ok_or(CommandError::NewEdition)?, file).await
    }

    /// Writes what somebody fills in while they are asked: only the fields of the step, and all that it requires.
    pub(super) async fn fill_in(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        (task, own): (u32, &Actor),
        given: Filled<'_>,
        passes: bool,
    ) -> Result<(), CommandError> {
        let by = own.principal();
        let open = held.case.task(task).filter(|task| task.who == by && task.state == TaskState::Open);
        // Whose turn it is not is refused by the case itself, before anything is written that counts.
        let Some(open) = open else { return Ok(()) };
        let Some(Open { entity, edit, require }) = self.opened(held, open)? else { return Ok(()) };
        let app = self.actor.edition.clone();
        let Filled { fields, files, expected } = given;
        self.only_these(fields.iter().map(|(name, _)| name).chain(files.iter().map(|(name, _)| name)), &edit)?;
        if let Some(asked) = keep::asked(held.process()?, &open.step).filter(|_| !fields.is_empty()) {
            let (expected, now) = self.held_to(tx, (own, held), (entity, asked), expected).await?;
            // The process may write anything; what they choose is chosen with their own eyes.
            self.chooses = Some(own.rights.clone());
            let written = self.update(tx, entity, held.row.record, expected, fields).await;
            self.chooses = None;
            written.map_err(|error| match (error, now) {
                (CommandError::Stale { id, conflicts, .. }, Some(version)) => {
                    CommandError::Stale { id, version, conflicts }
                }
                (error, _) => error,
            })?;
        }
        for (name, file) in files {
            let kept = self.attach(tx, entity, held.row.record, file).await;
            kept.map_err(|error| beside(error, name))?;
        }
        tx.keep_case_draft(held.row.id, task.into(), None).await?;
        if !passes || require.is_empty() {
            return Ok(());
        }
        let token = self.following(entity, held.row.record)?;
        let Some(stored) = tx.load(&app.app, &token, Lock::None).await? else {
            return Err(CommandError::NotFound { entity, id: held.row.record });
        };
        let lacking = require.iter().filter_map(|name| app.app.field_named(entity, name)).filter(|field| {
            matches!(stored.value(field.id), Value::Null) || *stored.value(field.id) == Value::Text(String::new())
        });
        let faults: Vec<FieldFault> = lacking
            .map(|field| FieldFault {
                index: self.index,
                field: Some(field.name.to_string()),
                code: "required",
                message: words::say(
                    self.actor.locale,
                    format!("请填写“{}”", field.label.get(self.actor.locale)),
                    format!("fill in “{}”", field.label.get(self.actor.locale)),
                ),
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(CommandError::Invalid(faults)) }
    }

    fn only_these<'n>(&self, names: impl Iterator<Item = &'n String>, edit: &[String]) -> Result<(), CommandError> {
        let others = names.filter(|name| !edit.contains(name));
        let faults: Vec<FieldFault> = others
            .map(|name| FieldFault {
                index: self.index,
                field: Some(name.clone()),
                code: "read-only",
                message: words::say(
                    self.actor.locale,
                    format!("本环节不能填写“{name}”"),
                    format!("`{name}` is not filled in at this step"),
                ),
            })
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(CommandError::Invalid(faults)) }
    }

    /// Keeps what somebody has written so far, for when they come back.
    pub(super) async fn keep_draft(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        task: u32,
        by: UserId,
        draft: &serde_json::Value,
    ) -> Result<(), CommandError> {
        let open = held.case.task(task).filter(|task| task.who == by && task.state == TaskState::Open);
        if open.is_none() {
            return Err(CommandError::Case(CaseFault::Refused(Refusal::Over, String::new())));
        }
        if draft.to_string().len() > 100_000 {
            return Err(self.at_field("draft", "range", "草稿内容过长", "the draft is too long"));
        }
        // What somebody types may be a secret long before it is a value.
        let sealed = self.engine.seal_json(&format!("draft {task}"), held.row.id, draft);
        tx.keep_case_draft(held.row.id, task.into(), Some(&sealed.map_err(StoreError::from)?)).await?;
        Ok(())
    }
}

/// What is wrong with a file is told beside the field it is for.
fn beside(error: CommandError, name: &str) -> CommandError {
    match error {
        CommandError::Invalid(mut faults) => {
            faults.iter_mut().for_each(|fault| fault.field = Some(name.to_owned()));
            CommandError::Invalid(faults)
        }
        other => other,
    }
}
