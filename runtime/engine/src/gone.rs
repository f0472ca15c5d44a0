//! Workflows that are not in the app any more while cases of theirs still run: what each was called, and who manages those
//! cases.
//!
//! Both are as the last edition said that had the workflow, so that whoever was not to manage it any more at its end does
//! not come to do so by its going.

use std::sync::{Arc, PoisonError};

use store::StoreError;

use crate::{Actor, Edition, Engine};

impl Engine {
    /// Whether somebody manages the cases of a workflow: by their roles, and where it is gone by what the last edition that
    /// had it let the roles do that they hold.
    pub(crate) async fn manages(&self, actor: &Actor, workflow: &str) -> Result<bool, StoreError> {
        let app = &actor.edition.app;
        if actor.user.is_nil() || app.workflow_named(workflow).is_some() {
            return Ok(actor.runs(workflow).manage);
        }
        let Some(last) = self.last_with(&actor.edition, workflow).await? else { return Ok(false) };
        let grants = |role: &app::Role| role.workflows.iter().any(|grant| grant.manage && grant.workflow == *workflow);
        let mut went = Vec::new();
        for role in last.app.roles().iter().filter(|role| grants(role)) {
            match app.role_named(role.name.as_str()) {
                _ if role.everyone => return Ok(true),
                Some(now) if actor.roles.contains(&now.id) => return Ok(true),
                Some(_) => {}
                None => went.push(role.name.as_str()),
            }
        }
        if went.is_empty() {
            return Ok(false);
        }
        // A role that went with the workflow still stands on the accounts that it was given to.
        let account = self.store().accounts().by_id(actor.principal()).await?;
        Ok(account.is_some_and(|account| account.roles.iter().any(|role| went.contains(&role.as_str()))))
    }

    /// The edition that says what a workflow is called: the present one, or the last that had it. `None` for whoever does
    /// not manage its cases, or acts within limits that leave its records out.
    pub(crate) async fn steered(&self, actor: &Actor, workflow: &str) -> Result<Option<Arc<Edition>>, StoreError> {
        let present = &actor.edition;
        if present.app.workflow_named(workflow).is_some() {
            return Ok(actor.steers(workflow).then(|| present.clone()));
        }
        // What never was, or has nothing that runs, is not looked for.
        if !present.gone.iter().any(|gone| gone == workflow) {
            return Ok(None);
        }
        let Some(last) = self.last_with(present, workflow).await? else { return Ok(None) };
        let entity = last.app.workflow_named(workflow).and_then(|process| last.app.entity(process.entity));
        let entity = entity.and_then(|entity| present.app.entity_named(entity.name.as_str())).map(|entity| entity.id);
        let within = actor.only.as_ref().is_none_or(|only| entity.is_some_and(|entity| only.contains(&entity)));
        Ok(if within && self.manages(actor, workflow).await? { Some(last) } else { None })
    }

    /// The last edition before this one that had a workflow which this one does not have; `None` where there is none, or one
    /// that may be it is no longer read.
    async fn last_with(&self, present: &Arc<Edition>, workflow: &str) -> Result<Option<Arc<Edition>>, StoreError> {
        let known = self.inner.last.lock().unwrap_or_else(PoisonError::into_inner).get(workflow).cloned();
        let (seen, mut found) = known.filter(|(seen, _)| *seen <= present.version).unwrap_or_default();
        if seen == present.version {
            return Ok(found);
        }
        for version in (seen + 1..present.version).rev() {
            let text = self.store().published_text(version).await?;
            // Documents that do not so much as name it need not be read.
            if !text.is_some_and(|text| text.contains(workflow)) {
                continue;
            }
            match self.edition_at(present, version).await? {
                Some(edition) if edition.app.workflow_named(workflow).is_none() => {}
                other => {
                    found = other;
                    break;
                }
            }
        }
        let mut last = self.inner.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.insert(workflow.to_owned(), (present.version, found.clone()));
        Ok(found)
    }
}
