//! Workflows that are not in the app any more while cases of theirs still run: what each was called, and by which edition it is
//! said who manages those cases.
//!
//! Both are as the last edition said that had the workflow, so that whoever was not to manage it any more at its end does
//! not come to do so by its going.

use std::sync::{Arc, PoisonError};

use store::StoreError;

use crate::{Actor, Edition, Engine, manage::Managed, reads::Reads};

impl Engine {
    /// The edition that says what a workflow is called, the present one or the last that had it, and which of its cases somebody
    /// manages. `None` for whoever manages none, or acts within limits that leave its records out.
    pub(crate) async fn steered(
        &self,
        actor: &Actor,
        workflow: &str,
    ) -> Result<Option<(Arc<Edition>, Managed)>, StoreError> {
        let present = &actor.edition;
        if present.app.workflow_named(workflow).is_some() {
            let managed = if actor.steers(workflow) { self.managed(actor, workflow).await? } else { None };
            return Ok(managed.map(|managed| (present.clone(), managed)));
        }
        // What never was, or has nothing that runs, is not looked for.
        if !present.gone.iter().any(|gone| gone == workflow) {
            return Ok(None);
        }
        let Some(last) = self.last_with(&mut Reads::Beside, present, workflow).await? else { return Ok(None) };
        let entity = last.app.workflow_named(workflow).and_then(|process| last.app.entity(process.entity));
        let entity = entity.and_then(|entity| present.app.entity_named(entity.name.as_str())).map(|entity| entity.id);
        let within = actor.only.as_ref().is_none_or(|only| entity.is_some_and(|entity| only.contains(&entity)));
        let managed = if within { self.managed(actor, workflow).await? } else { None };
        Ok(managed.map(|managed| (last, managed)))
    }

    /// The last edition before this one that had a workflow which this one does not have; `None` where there is none, or one
    /// that may be it is no longer read.
    pub(crate) async fn last_with(
        &self,
        reads: &mut Reads<'_>,
        present: &Arc<Edition>,
        workflow: &str,
    ) -> Result<Option<Arc<Edition>>, StoreError> {
        let known = self.inner.last.lock().unwrap_or_else(PoisonError::into_inner).get(workflow).cloned();
        let (seen, mut found) = known.filter(|(seen, _)| *seen <= present.version).unwrap_or_default();
        if seen == present.version {
            return Ok(found);
        }
        for version in (seen + 1..present.version).rev() {
            let text = reads.published_text(self, version).await?;
            // Documents that do not so much as name it need not be read.
            if !text.is_some_and(|text| text.contains(workflow)) {
                continue;
            }
            match self.edition_at(reads, present, version).await? {
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
