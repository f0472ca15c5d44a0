//! Removing for good: a record in the bin with what was deleted with it, what stands beside it, and what the ledger keeps of
//! its values. The entries stay, with every proof.

use std::collections::BTreeSet;

use ::ledger::audit::ERASE;
use app::{FieldKind, OnDelete, StandsFor};
use model::{EntityId, RecordId};
use policy::{Action, Authorized, Change, consequence};
use serde_json::json;
use store::{Erased, OutboxEntry, Tx};

use super::{Work, words};
use crate::{Act, Changed, CommandError, FieldFault, note::moment, purge::FORGET};

/// Records that go together at most: what was deleted with a record goes with it.
const MOST: usize = 2_000;

/// What goes in one act.
#[derive(Debug, Default)]
struct Gone {
    records: BTreeSet<RecordId>,
    contents: BTreeSet<String>,
}

impl Work<'_> {
    /// Removes a record that is in the bin for good.
    pub(super) async fn purge(&mut self, tx: &mut Tx, entity: EntityId, id: RecordId) -> Result<(), CommandError> {
        let change = self.authorize(Change { entity, action: Action::Purge, id, given: Vec::new() })?;
        let before = self.load(tx, &change, entity, id).await?;
        let mut gone = Gone::default();
        self.wipe(tx, &change, &mut gone).await?;
        let key = self.engine.new_id();
        let payload = json!({ "contents": gone.contents });
        let letter =
            OutboxEntry { id: key, kind: FORGET.to_owned(), key: key.to_string(), payload, due: self.actor.now };
        tx.outbox(&[letter]).await?;
        self.outcome.changed.push(Changed { entity, id, version: before.version });
        Ok(())
    }

    async fn wipe(&mut self, tx: &mut Tx, change: &Authorized<Change>, gone: &mut Gone) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let entity = app.entity(change.entity).ok_or(CommandError::NewEdition)?;
        let id = change.id;
        gone.records.insert(id);
        if gone.records.len() > MOST {
            return Err(self.stays("too-many", words::too_many(self.actor.locale)));
        }
        for field in app.all_fields() {
            let FieldKind::Reference { to, on_delete, .. } = &field.kind else { continue };
            if *to != change.entity || field.is_computed() {
                continue;
            }
            let owner = app.entity(field.entity).ok_or(CommandError::NewEdition)?;
            for referrer in tx.all_referrers(app, field.id, id).await? {
                if gone.records.contains(&referrer.id) {
                    continue;
                }
                match (on_delete, referrer.deleted) {
                    (OnDelete::Cascade, true) => {
                        let next =
                            Change { entity: owner.id, action: Action::Purge, id: referrer.id, given: Vec::new() };
                        let next = consequence(change, next);
                        Box::pin(self.wipe(tx, &next, gone)).await?;
                    }
                    (OnDelete::Clear, true) => tx.forget_reference(app, field.id, referrer.id).await?,
                    _ => {
                        let locale = self.actor.locale;
                        let message = match self.meets(tx, (owner.id, referrer.id), referrer.deleted).await? {
                            true => words::kept_by(owner.label.get(locale), referrer.deleted, locale),
                            false => words::in_use(locale),
                        };
                        return Err(self.stays("still-referred", message));
                    }
                }
            }
        }
        let (cases, running) = tx.cases_about(id).await?;
        if running {
            return Err(self.stays("case-running", words::case_running(self.actor.locale)));
        }
        if entity.stands_for == Some(StandsFor::Person) && !tx.accounts_of(&[id]).await?.is_empty() {
            return Err(self.stays("account-active", words::account_active(self.actor.locale)));
        }
        let until = moment(self.actor.now);
        for case in cases {
            tx.erase(&Erased::Record(case), &until).await?;
            self.note(Act::new(ERASE, "case").on(case));
        }
        tx.erase(&Erased::Record(id), &until).await?;
        let contents = tx.purge(app, change).await?.ok_or(CommandError::NotFound { entity: entity.id, id })?;
        self.note(Act::new(ERASE, entity.name.to_string()).on(id));
        self.note(Act::new("purge", entity.name.to_string()).on(id).fact("files", contents.len()));
        gone.contents.extend(contents);
        Ok(())
    }

    pub(super) fn stays(&self, code: &'static str, message: String) -> CommandError {
        CommandError::Invalid(vec![FieldFault { index: self.index, field: None, code, message }])
    }
}
