//! Answers that count as numbers without names outlive the link to whoever gave them: when a person is erased nothing leads from
//! an answer to them any more, and the numbers stay as they were. Otherwise two numbers, read before and after, would differ by
//! what that person said.
//!
//! Absent on purpose: where an answer is somebody's by how the organisation is recorded, that record stays as it is. And the
//! ledger, without its values, still says which account wrote which record.

use std::collections::BTreeSet;

use ::ledger::audit::ERASE;
use app::{Entity, Field};
use model::{EntityId, FieldId, RecordId, UserId, Value};
use policy::{Authorized, Change};
use store::{Erased, Stored, Tx};

use super::{Work, record::Record};
use crate::{Act, CommandError, note::moment};

/// Whom answers are to lead to no more.
struct Whom {
    person: RecordId,
    accounts: Vec<UserId>,
}

impl Work<'_> {
    /// Cuts what leads from numbers without names to a person; answers which records are told in such numbers, and so keep them.
    pub(super) async fn unname(
        &mut self,
        tx: &mut Tx,
        change: &Authorized<Change>,
        person: RecordId,
    ) -> Result<BTreeSet<RecordId>, CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let whom = Whom { person, accounts: tx.every_account_of(person).await? };
        let mut told = BTreeSet::new();
        for entity in app.entities() {
            let Some(anonymity) = &entity.anonymity else { continue };
            let whose = app.field(anonymity.of).and_then(Field::target);
            if whose.is_none() || whose != app.organisation().person {
                continue;
            }
            let found = tx.all_referrers(app, anonymity.of, person).await?;
            let ids: Vec<RecordId> = found.into_iter().map(|found| found.id).collect();
            let answers = tx.load_many(app, change, entity.id, &ids).await?;
            let mut cells: Vec<(Vec<Value>, RecordId)> = Vec::new();
            for answer in answers {
                if self.is_told(tx, entity, &answer).await? {
                    told.insert(answer.id);
                }
                // Several answers in one cell stay one person's; those of two cells have nothing in common any more, not
                // even ids made one after the other.
                let cell: Vec<Value> = anonymity.by.iter().map(|by| answer.value(*by).clone()).collect();
                let known = cells.iter().find(|(known, _)| *known == cell).map(|(_, who)| *who);
                let who = known.unwrap_or_else(|| RecordId::from_bytes(self.engine.salt()));
                if known.is_none() {
                    cells.push((cell, who));
                }
                tx.unname(answer.id, who).await?;
                self.cut(tx, change, &whom, (entity, anonymity.of, answer)).await?;
            }
        }
        Ok(told)
    }

    /// Whether a record is in numbers that are told.
    pub(super) async fn is_told(&self, tx: &mut Tx, entity: &Entity, answer: &Stored) -> Result<bool, CommandError> {
        let opens = entity.anonymity.as_ref().is_some_and(|anonymity| anonymity.opens.is_some());
        if answer.deleted || !opens {
            return Ok(!answer.deleted);
        }
        let token = self.following(entity.id, answer.id)?;
        let mut record = Record::stored(entity, answer);
        let mut faults = Vec::new();
        self.untold(tx, entity, &token, &mut record, self.index, &mut faults).await?;
        Ok(!faults.is_empty())
    }

    /// Takes a person out of an answer, and out of what says that it is theirs.
    async fn cut(
        &mut self,
        tx: &mut Tx,
        change: &Authorized<Change>,
        whom: &Whom,
        (entity, of, answer): (&Entity, FieldId, Stored),
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        self.write_over(tx, change, entity, &answer, &[(of, Value::Null)]).await?;
        tx.disown(app, change, (entity.id, answer.id), &whom.accounts).await?;
        self.forget(tx, entity, answer.id).await?;
        let id = answer.id;
        for (source, field, row) in self.said(tx, change, whom.person, (of, answer)).await? {
            if row.id == id && field == of {
                continue;
            }
            let Some(source) = app.entity(source).filter(|source| source.stands_for.is_none()) else { continue };
            self.write_over(tx, change, source, &row, &[(field, Value::Null)]).await?;
            tx.disown(app, change, (source.id, row.id), &whom.accounts).await?;
            self.forget(tx, source, row.id).await?;
        }
        Ok(())
    }

    /// Where somebody wrote that an answer is this person's: in the answer, or in what its value is computed from.
    async fn said(
        &self,
        tx: &mut Tx,
        change: &Authorized<Change>,
        person: RecordId,
        (of, answer): (FieldId, Stored),
    ) -> Result<Vec<(EntityId, FieldId, Stored)>, CommandError> {
        let app = &self.actor.edition.app;
        let mut seen: BTreeSet<(RecordId, FieldId)> = BTreeSet::new();
        let mut open = vec![(answer, of)];
        let mut found = Vec::new();
        while let Some((row, id)) = open.pop() {
            if row.value(id).as_id() != Some(person) || !seen.insert((row.id, id)) {
                continue;
            }
            let Some(field) = app.field(id) else { continue };
            if !field.is_computed() {
                found.push((field.entity, id, row));
                continue;
            }
            for path in field.reads() {
                let mut at = Some(row.clone());
                for hop in &path.hops {
                    let target = app.field(*hop).and_then(Field::target);
                    let next = at.and_then(|row| row.value(*hop).as_id());
                    at = match (target, next) {
                        (Some(target), Some(next)) => tx.load_many(app, change, target, &[next]).await?.pop(),
                        _ => None,
                    };
                }
                open.extend(at.map(|row| (row, path.field)));
            }
        }
        Ok(found)
    }

    /// Erases what the ledger keeps of a record's values, and says so.
    pub(super) async fn forget(&mut self, tx: &mut Tx, entity: &Entity, id: RecordId) -> Result<(), CommandError> {
        tx.erase(&Erased::Record(id), &moment(self.actor.now)).await?;
        self.note(Act::new(ERASE, entity.name.to_string()).on(id));
        Ok(())
    }
}
