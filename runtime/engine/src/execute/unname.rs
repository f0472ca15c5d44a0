//! Answers that count as numbers without names outlive the link to whoever gave them: when a person is erased nothing leads from
//! an answer to them any more, and the numbers stay as they were. Otherwise two numbers, read before and after, would differ by
//! what that person said.
//!
//! INVARIANT: an answer that was cut stays in its cell, whatever becomes of what its cell is computed from: one person counts once
//! in each. On the ledger each act on it stands alone, in no order of the person's answers.
//! Absent on purpose: where an answer is somebody's by how the organisation is recorded, that record stays as it is. The ledger,
//! without its values, still says which account wrote which record; and it says when it was that values went and who had them go,
//! so that whoever knows that one person alone was erased at that moment knows that these are that person's answers. Words that
//! others wrote to an answer may still name them, but for those of cases about it, which go. And where a definition is published
//! that makes one cell of several, what one erased person said in several of them counts as several people's.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use ::ledger::audit::ERASE;
use app::{Anonymity, Entity, Field};
use model::{EntityId, FieldId, RecordId, UserId, Value};
use policy::{Authorized, Change};
use store::{Erased, Stored, Tx};

use super::{Work, record::Record, words};
use crate::{Act, CommandError, note::moment};

/// Answers in hand at once.
const PAGE: usize = 200;

/// Whom answers are to lead to no more.
struct Whom {
    person: RecordId,
    accounts: Vec<UserId>,
    /// What led to them among the answers in hand, by entity.
    page: BTreeMap<EntityId, BTreeSet<RecordId>>,
    /// All that did.
    cut: HashSet<RecordId>,
}

impl Work<'_> {
    /// Cuts what leads from numbers without names to a person; answers which records led to them: answers, and what says whose
    /// those are.
    pub(super) async fn unname(
        &mut self,
        tx: &mut Tx,
        change: &Authorized<Change>,
        person: RecordId,
    ) -> Result<HashSet<RecordId>, CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let accounts = tx.every_account_of(person).await?;
        let mut whom = Whom { person, accounts, page: BTreeMap::new(), cut: HashSet::new() };
        for entity in app.entities() {
            let Some(anonymity) = &entity.anonymity else { continue };
            let whose = app.field(anonymity.of).and_then(Field::target);
            if whose.is_none() || whose != app.organisation().person {
                continue;
            }
            let found = tx.all_referrers(app, anonymity.of, person).await?;
            let ids: Vec<RecordId> = found.into_iter().map(|found| found.id).collect();
            // Several answers in one cell stay one person's; those of two cells have nothing in common any more, not even ids made
            // one after the other.
            let mut cells: HashMap<String, RecordId> = HashMap::new();
            for page in ids.chunks(PAGE) {
                let answers = tx.load_many(app, change, entity.id, page).await?;
                let mut nobodies = Vec::with_capacity(answers.len());
                for answer in &answers {
                    let who = cells.entry(cell(anonymity, answer)).or_insert_with(|| self.nobody());
                    nobodies.push((answer.id, *who));
                }
                tx.unname(&nobodies).await?;
                for answer in answers {
                    self.cut(tx, change, &mut whom, (entity, anonymity.of, answer)).await?;
                }
                self.disown(tx, change, &mut whom).await?;
            }
        }
        Ok(whom.cut)
    }

    /// An id of somebody who is nobody in particular.
    pub(super) fn nobody(&self) -> RecordId {
        RecordId::from_bytes(self.engine.salt())
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
        whom: &mut Whom,
        (entity, of, answer): (&Entity, FieldId, Stored),
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        self.write_over(tx, change, entity, &answer, &[(of, Value::Null)]).await?;
        self.forget(tx, entity, answer.id).await?;
        let id = answer.id;
        whom.page.entry(entity.id).or_default().insert(id);
        for (source, field, row) in self.said(tx, change, whom.person, (of, answer)).await? {
            if row.id == id && field == of {
                continue;
            }
            let Some(source) = app.entity(source).filter(|source| source.stands_for.is_none()) else { continue };
            self.write_over(tx, change, source, &row, &[(field, Value::Null)]).await?;
            self.forget(tx, source, row.id).await?;
            whom.page.entry(source.id).or_default().insert(row.id);
        }
        Ok(())
    }

    /// Takes a person's accounts out of who made the records in hand, and wrote and decided beside them. What was said in cases
    /// about them goes as it does in those about a person.
    async fn disown(&mut self, tx: &mut Tx, change: &Authorized<Change>, whom: &mut Whom) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let until = moment(self.actor.now);
        for (entity, ids) in std::mem::take(&mut whom.page) {
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let (cases, running) = tx.cases_among(&ids).await?;
            if running {
                return Err(self.stays("case-running", words::case_running(self.actor.locale)));
            }
            tx.disown(&edition.app, change, (entity, ids.as_slice()), &whom.accounts).await?;
            for case in cases {
                tx.erase(&Erased::Record(case), &until).await?;
                self.note(Act::new(ERASE, "case").on(case));
            }
            whom.cut.extend(ids);
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

/// The cell an answer is in, as a text that no other cell has.
pub(super) fn cell(anonymity: &Anonymity, answer: &Stored) -> String {
    serde_json::Value::from(anonymity.by.iter().map(|by| answer.value(*by).json()).collect::<Vec<_>>()).to_string()
}
