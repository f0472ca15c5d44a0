//! What somebody does in a case: whether they may, and the event it comes to.

use model::UserId;
use store::{StoredCase, Tx};
use workflow::{Case, Event};

use super::{Held, Work, fill::Filled, within};
use crate::{Actor, CaseAct, CaseFault, CommandError, FieldFault, execute::words};

/// Whether somebody, who manages its workflow or does not, may do anything in a case at all; `overrules` asks for what only
/// those who manage it do.
pub(super) fn admitted(
    (own, manages): (&Actor, bool),
    row: &StoredCase,
    case: &Case,
    overrules: bool,
) -> Result<(), CaseFault> {
    // Whom a case does not concern is not told that there is one.
    if !manages && !case.concerns(own.principal()) {
        return Err(CaseFault::Unknown);
    }
    within(own, &row.entity)?;
    if overrules && !manages { Err(CaseFault::NotAllowed) } else { Ok(()) }
}

impl<'a> Work<'a> {
    pub(super) async fn act_on_case(
        &mut self,
        tx: &mut Tx,
        own: &'a Actor,
        mut held: Held,
        act: &CaseAct,
        given: Filled<'_>,
    ) -> Result<(), CommandError> {
        let by = own.principal();
        if matches!(act, CaseAct::ReadCopy) && tx.read_case_copy(held.row.id, by, self.actor.now).await? {
            return Ok(());
        }
        let manages = self.engine.manages_now(tx, own, &held.row.workflow, held.row.record).await?;
        // Who was brought into the talk answers there, whatever else concerns them not.
        let only_talks = held.case.talk.contains(&by) && !manages && !held.case.concerns(by);
        if only_talks && matches!(act, CaseAct::Discuss { .. }) {
            within(own, &held.row.entity).map_err(CommandError::Case)?;
        } else {
            admitted((own, manages), &held.row, &held.case, act.overrules()).map_err(CommandError::Case)?;
        }
        if let (Some(task), Some(_)) = (act.task(), own.on_behalf) {
            self.may_stand_in(tx, &held, task, own.user).await?;
        }
        let event = match act.clone() {
            CaseAct::Decide { task, yes, text, signature } => {
                held.signature = self.signed(tx, own, signature).await?;
                self.fill_in(tx, &held, (task, own), given, yes).await?;
                Event::Decide { task, by, yes, text, signed: held.signature.is_some() }
            }
            CaseAct::Keep { task, draft } => return self.keep_draft(tx, &held, task, by, &draft).await,
            CaseAct::ReadCopy => return Ok(()),
            CaseAct::Return { task, to, resume, text } => Event::Return { task, by, to, resume, text },
            CaseAct::Withdraw { text } => Event::Withdraw { by, text },
            CaseAct::TakeBack { task } => Event::TakeBack { task, by },
            CaseAct::Transfer { task, to, text } => {
                self.may_be_handed(tx, &held, task, &[to]).await?;
                Event::Transfer { task, by, to, text }
            }
            CaseAct::Delegate { task, to, text } => {
                self.may_be_handed(tx, &held, task, &[to]).await?;
                Event::Delegate { task, by, to, text }
            }
            CaseAct::AddSigner { task, who, place, text } => {
                self.may_be_handed(tx, &held, task, &who).await?;
                Event::AddSigner { task, by, who, place, text }
            }
            CaseAct::RemoveSigner { task } => Event::RemoveSigner { task, by },
            CaseAct::Claim { task, takes: true } => Event::Claim { task, by },
            CaseAct::Claim { task, takes: false } => Event::Unclaim { task, by },
            CaseAct::Urge => Event::Urge { by },
            CaseAct::Copy { to } => {
                self.reachable(tx, &to).await?;
                Event::Copy { by, to }
            }
            // They bring in nobody else.
            CaseAct::Discuss { text, .. } if only_talks => Event::Discuss { by, to: Vec::new(), text },
            CaseAct::Discuss { to, text } => {
                self.reachable(tx, &to).await?;
                Event::Discuss { by, to, text }
            }
            CaseAct::Jump { to, text } => Event::Jump { by, to, text },
            // Of a workflow that is gone none begins, and none begins again.
            CaseAct::Revive { .. } if own.edition.app.workflow_named(&held.row.workflow).is_none() => {
                return Err(CommandError::Case(CaseFault::Gone));
            }
            CaseAct::Revive { to, text } => {
                // The case that waited for it has counted it already.
                held.row.parent = None;
                Event::Revive { by, to, text }
            }
            CaseAct::Terminate { text } => Event::Terminate { by, text },
            CaseAct::Rest { text } => Event::Rest { by, text },
            CaseAct::Resume => Event::Resume { by },
            CaseAct::Signal { name } => Event::Signal { name, by: Some(by) },
            CaseAct::Migrate { edition } => return self.migrate(tx, held, edition, by).await,
            CaseAct::MigrateBack => {
                let (edition, moving) = self.moved_from(tx, held.row.id).await?;
                held.moving = moving;
                return self.migrate(tx, held, Some(edition), by).await;
            }
            CaseAct::MigrateWith { moving } => return self.migrate_with(tx, held, moving, by).await,
            CaseAct::MigrateBackWith { moving } => return self.migrate_back_with(tx, held, moving, by).await,
        };
        // What came to nothing meanwhile is looked at again: how the record is, and which days are worked.
        let (id, resumes) = (held.row.id, matches!(event, Event::Resume { .. } | Event::TakeBack { .. }));
        self.outcome.cases.push(id);
        self.happen(tx, held, event).await?;
        if resumes { self.catch_up(tx, id).await } else { Ok(()) }
    }

    /// Whether people can be asked at all: only accounts that may sign in.
    pub(super) async fn reachable(&self, tx: &mut Tx, who: &[UserId]) -> Result<(), CommandError> {
        let found = tx.active_accounts(who).await?;
        if who.iter().all(|id| found.iter().any(|account| account.id == *id)) {
            return Ok(());
        }
        Err(self.at_field(
            "who",
            "reference",
            "选择的人员不存在或已停用",
            "that person does not exist or cannot sign in",
        ))
    }

    /// Whether people can be asked at all, and by the step of that task too.
    async fn may_be_handed(&mut self, tx: &mut Tx, held: &Held, task: u32, who: &[UserId]) -> Result<(), CommandError> {
        self.reachable(tx, who).await?;
        match held.case.task(task).map(|task| task.step.clone()) {
            Some(step) => self.not_left_out(tx, held, &step, who).await,
            None => Ok(()),
        }
    }

    pub(super) fn at_field(&self, field: &str, code: &'static str, zh: &str, en: &str) -> CommandError {
        let message = words::say(self.actor.locale, zh, en);
        CommandError::Invalid(vec![FieldFault { index: self.index, field: Some(field.to_owned()), code, message }])
    }
}
