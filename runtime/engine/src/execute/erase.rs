//! Erasing a person: what is personal in the record that stands for them and in those they are the subject of, comments, files,
//! the ledger's values about them, and the name and login of their account. Records stay, without what was personal.
//!
//! INVARIANT: no value that goes is written anywhere by its going: the entry says which fields, of how many records, and why
//! some stay. Nothing leads from answers that count as numbers without names to whoever gave them, and the numbers stay
//! (`execute/unname.rs`). Records whose computed values follow lose what the ledger kept of their values too, because it is in there.
//! Absent on purpose: what others wrote about them in free text elsewhere, what was computed from them in other records that are in
//! the bin, and backups, which end by their age.

use std::collections::BTreeSet;

use ::ledger::audit::{ACCOUNT, ERASE};
use app::{App, Entity, Field, FieldKind, FieldRole, Sensitivity};
use model::{EntityId, FieldId, Locale, RecordId, Text, Value};
use policy::{Action, Authorized, Change};
use serde_json::{Value as Json, json};
use store::{Erased, OutboxEntry, Stored, Tx};

use super::{Work, journal::Event, record::Record, told, validate, words};
use crate::{Act, Changed, CommandError, Erasure, note::moment, purge::FORGET};

/// Records that are about one person at most.
const MOST: usize = 20_000;

/// What goes with a person, as far as it has.
#[derive(Default)]
struct Going {
    done: Erasure,
    /// Hashes of files.
    contents: BTreeSet<String>,
    /// Their answers in numbers without names that are told already.
    told: BTreeSet<RecordId>,
}

impl Work<'_> {
    /// Erases what is personal about the person a record stands for.
    pub(super) async fn erase(&mut self, tx: &mut Tx, entity: EntityId, id: RecordId) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let change = self.authorize(Change { entity, action: Action::Erase, id, given: Vec::new() })?;
        let person = self.load(tx, &change, entity, id).await?;
        let owner = app.entity(entity).ok_or(CommandError::NewEdition)?;
        if app.organisation().person != Some(entity) {
            return Err(CommandError::Denied { entity, action: Action::Erase, field: None });
        }
        if !tx.accounts_of(&[id]).await?.is_empty() {
            return Err(self.stays("account-active", words::account_active(self.actor.locale)));
        }
        let mut going = Going::default();
        let mut about = vec![(entity, id)];
        for other in app.entities() {
            let Some(subject) = other.subject else { continue };
            about.extend(tx.all_referrers(app, subject, id).await?.into_iter().map(|found| (other.id, found.id)));
        }
        if about.len() > MOST {
            return Err(self.stays("too-many", words::too_many(self.actor.locale)));
        }
        let called = validate::shown(person.value(owner.display));
        going.told = self.unname(tx, &change, id).await?;
        for (of, record) in about {
            self.erase_record(tx, &change, (of, record), &mut going).await?;
        }
        let Going { mut done, mut contents, .. } = going;
        done.number = self.engine.new_id();
        // What was computed from it follows, whatever the rules say of that, and leaves no value behind in telling of it.
        self.tells = false;
        self.settle(tx).await?;
        let until = moment(self.actor.now);
        for (object, followed) in self.journal.hush() {
            tx.erase(&Erased::Record(followed), &until).await?;
            self.note(Act::new(ERASE, object).on(followed));
        }
        // Notices of other things say the name.
        if called.chars().count() > 1 {
            tx.forget_notices(&called).await?;
        }
        for account in tx.every_account_of(id).await? {
            tx.erase(&Erased::Account(account), &until).await?;
            self.note(Act::new(ERASE, ACCOUNT).on(account));
            let login = format!("erased-{}", account.simple());
            contents.extend(tx.end_uploads_of(account).await?);
            tx.erase_account(account, &login, &words::erased(self.actor.locale)).await?;
            done.accounts += 1;
        }
        done.files = contents.len();
        self.note(certificate(owner, id, &done));
        let key = self.engine.new_id();
        let payload = json!({ "contents": contents });
        let letter =
            OutboxEntry { id: key, kind: FORGET.to_owned(), key: key.to_string(), payload, due: self.actor.now };
        tx.outbox(&[letter]).await?;
        self.outcome.changed.push(Changed { entity, id, version: person.version });
        self.outcome.erasure = Some(done);
        Ok(())
    }

    async fn erase_record(
        &mut self,
        tx: &mut Tx,
        change: &Authorized<Change>,
        (of, id): (EntityId, RecordId),
        going: &mut Going,
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let entity = app.entity(of).ok_or(CommandError::NewEdition)?;
        let Some(stored) = tx.load_many(app, change, of, &[id]).await?.pop() else { return Ok(()) };
        let (cases, running) = tx.cases_about(id).await?;
        if running {
            return Err(self.stays("case-running", words::case_running(self.actor.locale)));
        }
        let values = cleared(app, entity, &stored, self.actor.locale, going);
        if !values.is_empty() {
            self.write_over(tx, change, entity, &stored, &values).await?;
        }
        let until = moment(self.actor.now);
        for case in cases {
            tx.erase(&Erased::Record(case), &until).await?;
            self.note(Act::new(ERASE, "case").on(case));
        }
        self.forget(tx, entity, id).await?;
        let (comments, files) = tx.strip(id).await?;
        going.done.comments += comments;
        going.contents.extend(files);
        going.done.records += 1;
        self.pending.touch(of, &[id]);
        Ok(())
    }

    /// Writes values over those of a record, and has what is computed from them follow.
    pub(super) async fn write_over(
        &mut self,
        tx: &mut Tx,
        change: &Authorized<Change>,
        entity: &Entity,
        stored: &Stored,
        values: &[(FieldId, Value)],
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let mut after = Record::stored(entity, stored);
        after.values.extend(values.iter().cloned());
        let search = after.search(app, entity);
        tx.overwrite(app, change, entity.id, stored.id, values, search).await?;
        if !stored.deleted {
            let changed: Vec<FieldId> = values.iter().map(|(field, _)| *field).collect();
            self.measures(entity, &Event::Updated { before: stored, after: &after, changed: &changed });
            self.pending.of_change(app, entity.id, stored, &after, &changed);
            self.pending.recompute(entity.id, stored.id);
        }
        self.pending.touch(entity.id, &[stored.id]);
        Ok(())
    }
}

/// What is personal in a record and goes, each field with what stands in its place; and what stays is told.
fn cleared(app: &App, entity: &Entity, stored: &Stored, locale: Locale, going: &mut Going) -> Vec<(FieldId, Value)> {
    let answer = going.told.contains(&stored.id);
    let done = &mut going.done;
    let person = app.organisation().person == Some(entity.id);
    let mut values = Vec::new();
    for field in app.fields_of(entity) {
        let names = person
            && (field.id == entity.display
                || entity.key == Some(field.id)
                || entity.search.contains(&field.id)
                || field.role == Some(FieldRole::Login));
        let personal = field.sensitivity >= Sensitivity::Personal || names;
        // What is computed follows; of a record in the bin nothing is computed any more.
        let stands = !field.is_computed() || stored.deleted;
        let value = stored.value(field.id);
        if field.system || !personal || !stands || value.is_null() || matches!(field.kind, FieldKind::Children { .. }) {
            continue;
        }
        let key = (entity.name.to_string(), field.name.to_string());
        match instead(field, entity, stored.id, locale) {
            _ if answer && told::in_numbers(app, entity, field.id) => drop(done.kept.insert(key, words::in_numbers())),
            _ if field.kept.is_some() => drop(done.kept.insert(key, field.kept.clone().unwrap_or_default())),
            Some(new) => {
                *done.cleared.entry(key).or_default() += 1;
                values.push((field.id, new));
            }
            None => drop(done.kept.insert(key, Text::default())),
        }
    }
    values
}

/// What stands in the place of a value that is erased: nothing, or where something must stand, a word with the end of the
/// record's id, which no two records share. `None` where it can be neither.
fn instead(field: &Field, entity: &Entity, id: RecordId, locale: Locale) -> Option<Value> {
    let needed = field.required || entity.display == field.id || entity.key == Some(field.id);
    if !needed {
        return Some(if matches!(field.kind, FieldKind::References { .. }) {
            Value::List(Vec::new())
        } else {
            Value::Null
        });
    }
    let text = matches!(field.kind, FieldKind::Text | FieldKind::LongText | FieldKind::Markdown);
    let id = id.simple().to_string();
    let end = id.get(id.len().saturating_sub(12)..).unwrap_or_default();
    text.then(|| Value::Text(format!("{} {end}", words::erased(locale))))
}

/// The entry that says what was erased, and what was not.
fn certificate(person: &Entity, id: RecordId, done: &Erasure) -> Act {
    let cleared: Vec<Json> = done
        .cleared
        .iter()
        .map(|((entity, field), many)| json!({ "entity": entity, "field": field, "values": many }))
        .collect();
    let kept: Vec<Json> = done.kept.keys().map(|(entity, field)| json!({ "entity": entity, "field": field })).collect();
    Act::new("erase", person.name.to_string())
        .on(id)
        .fact("certificate", done.number.to_string())
        .fact("records", done.records)
        .fact("cleared", cleared)
        .fact("kept", kept)
        .fact("comments", done.comments)
        .fact("files", done.files)
        .fact("accounts", done.accounts)
}
