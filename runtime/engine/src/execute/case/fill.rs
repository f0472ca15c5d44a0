//! What somebody fills in while they are asked: with their answer, or so far.

use model::{UserId, Value};
use store::{Lock, StoreError, Tx};
use workflow::{Part, Refusal, TaskState};

use super::{Held, Work, keep};
use crate::{CaseFault, CommandError, FieldFault, Fields, NewFile, execute::words};

/// What somebody fills in while they answer.
#[derive(Clone, Copy)]
pub(super) struct Filled<'a> {
    pub(super) fields: &'a Fields,
    pub(super) files: &'a [(String, NewFile)],
    pub(super) expected: Option<i64>,
}

impl Work<'_> {
    /// Writes what somebody fills in while they are asked: only the fields of the step, and all that it requires.
    pub(super) async fn fill_in(
        &mut self,
        tx: &mut Tx,
        held: &Held,
        (task, by): (u32, UserId),
        given: Filled<'_>,
        passes: bool,
    ) -> Result<(), CommandError> {
        let open = held.case.task(task).filter(|task| task.who == by && task.state == TaskState::Open);
        // Whose turn it is not is refused by the case itself, before anything is written that counts.
        let Some(open) = open else { return Ok(()) };
        let Some(asked) = keep::asked(held.process()?, &open.step) else { return Ok(()) };
        // What they may mend is a matter of their own rights to the record, and none of the step's.
        let mends = open.part == Part::Mend;
        let app = self.actor.edition.clone();
        let entity = app.app.entity_named(&held.row.entity).ok_or(CommandError::Case(CaseFault::Gone))?.id;
        let names = |ids: &[model::FieldId]| -> Vec<String> {
            let fields = ids.iter().filter_map(|id| held.edition.app.field(*id));
            fields.filter_map(|field| self.name_of(entity, field)).collect()
        };
        let (edit, require) =
            if mends { (Vec::new(), Vec::new()) } else { (names(&asked.edit), names(&asked.require)) };
        let Filled { fields, files, expected } = given;
        self.only_these(fields.iter().map(|(name, _)| name).chain(files.iter().map(|(name, _)| name)), &edit)?;
        if !fields.is_empty() {
            self.update(tx, entity, held.row.record, expected, fields).await?;
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
