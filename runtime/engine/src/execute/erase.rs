//! Erasing a person: what is personal in the record that stands for them and in those they are the subject of, comments, files,
//! the ledger's values about them, and the name and login of their account. Records stay, without what was personal.
//!
//! INVARIANT: no value that goes is written anywhere by its going: the entry says which fields, of how many records, and why
//! some stay. Nothing leads from answers that count as numbers without names to whoever gave them, and the numbers stay
//! (`execute/unname.rs`). Records whose computed values follow lose what the ledger kept of their values too, because it is in there.
//!
//! Answers about them stay whose they are and in their cells, with their numbers where those are told: without them, totals read
//! before and after would differ by what others answered, and cells about several erased people would become one, of which each
//! erasure more would tell a part. What still leads from such a number is the id of a record without anything personal.
//! Absent on purpose: what others wrote about them in free text elsewhere, what was computed from them in other records that are in
//! the bin, backups, which end by their age, and what another system delivers of them again. A record that stands for them is no
//! answer: where it is itself in numbers without names, those move. Where a text says whose an answer about them is, and is
//! personal, it goes: it may be their own name; the answer counts on, and as nobody's.

use std::collections::{BTreeSet, HashMap, HashSet};

use ::ledger::audit::{ACCOUNT, ERASE};
use app::{Anonymity, App, Entity, Field, FieldKind, FieldRole, Sensitivity};
use model::{EntityId, FieldId, Locale, RecordId, Text, Value};
use policy::{Action, Authorized, Change};
use serde_json::{Value as Json, json};
use store::{Erased, OutboxEntry, Stored, Tx};

use super::{Work, journal::Event, record::Record, told, unname, validate, words};
use crate::{Act, Changed, CommandError, Erasure, note::moment, purge::FORGET};

/// Records that are about one person at most.
const MOST: usize = 20_000;

/// What goes with a person, as far as it has.
#[derive(Default)]
struct Going {
    done: Erasure,
    /// Hashes of files.
    contents: BTreeSet<String>,
    /// What led to them from answers in numbers without names: those answers, and what says whose they are.
    cut: HashSet<RecordId>,
    /// What the ledger may say of them together.
    own: HashSet<RecordId>,
    /// Which cells are told, as far as it was asked.
    told: HashMap<String, bool>,
    /// Who count as whoever gave answers about them, by cell and by whose they are.
    others: HashMap<String, RecordId>,
}

/// How a record is part of numbers without names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Counted {
    /// Not at all.
    Not,
    /// In a cell that is not told yet, or in the bin.
    Later,
    /// In a cell that is told.
    Told,
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
        let noted = self.journal.noted();
        going.cut = self.unname(tx, &change, id).await?;
        for (of, record) in about {
            self.erase_record(tx, &change, (of, record), &mut going).await?;
        }
        let Going { mut done, mut contents, mut own, .. } = going;
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
            own.insert(account);
            let login = format!("erased-{}", account.simple());
            contents.extend(tx.end_uploads_of(account).await?);
            tx.erase_account(account, &login, &words::erased(self.actor.locale)).await?;
            done.accounts += 1;
        }
        done.files = contents.len();
        self.note(certificate(owner, id, &done));
        self.journal.part(noted, &own);
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
        let counted = self.counted(tx, entity, &stored, going).await?;
        let values = cleared(app, (entity, &stored, counted), self.actor.locale, going);
        if let Some(anonymity) = &entity.anonymity
            && counted != Counted::Not
            && !going.cut.contains(&id)
        {
            self.keep_in(tx, (entity, anonymity, &stored, counted), &values, going).await?;
        }
        if !values.is_empty() {
            self.write_over(tx, change, entity, &stored, &values).await?;
        }
        if !going.cut.contains(&id) {
            going.own.insert(id);
            going.own.extend(cases.iter().copied());
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

    /// How a record about a person is part of numbers without names: asked once for each cell.
    async fn counted(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        stored: &Stored,
        going: &mut Going,
    ) -> Result<Counted, CommandError> {
        let stands_for_them = self.actor.edition.app.organisation().person == Some(entity.id);
        let Some(anonymity) = entity.anonymity.as_ref().filter(|_| !stands_for_them) else { return Ok(Counted::Not) };
        if stored.deleted {
            return Ok(Counted::Later);
        }
        let cell = format!("{} {}", entity.name, unname::cell(anonymity, stored));
        let told = match going.told.get(&cell) {
            Some(told) => *told,
            None => {
                let told = self.is_told(tx, entity, stored).await?;
                going.told.insert(cell, told);
                told
            }
        };
        Ok(if told { Counted::Told } else { Counted::Later })
    }

    /// Has an answer about a person stay in its numbers where they are told; and count as no person's if it no longer says whose it
    /// is, since others of whoever gave it still may.
    async fn keep_in(
        &self,
        tx: &mut Tx,
        (entity, anonymity, stored, counted): (&Entity, &Anonymity, &Stored, Counted),
        values: &[(FieldId, Value)],
        going: &mut Going,
    ) -> Result<(), CommandError> {
        let whose = stored.value(anonymity.of);
        let held = if told::refers(&self.actor.edition.app, anonymity) {
            // One that never said whose it is counts as nobody's, before and after.
            counted == Counted::Told && !whose.is_null()
        } else {
            values.iter().any(|(field, _)| *field == anonymity.of)
        };
        if !held {
            return Ok(());
        }
        let key = format!("{} {} {}", entity.name, unname::cell(anonymity, stored), whose.json());
        let who = *going.others.entry(key).or_insert_with(|| self.nobody());
        Ok(tx.unname(&[(stored.id, who)]).await?)
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
fn cleared(
    app: &App,
    (entity, stored, counted): (&Entity, &Stored, Counted),
    locale: Locale,
    going: &mut Going,
) -> Vec<(FieldId, Value)> {
    let theirs = going.cut.contains(&stored.id);
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
            _ if opens(app, field.id) => drop(done.kept.insert(key, words::in_cell())),
            _ if stays_in(app, entity, counted, field.id) => {
                let parts = entity.anonymity.as_ref().is_some_and(|anonymity| told::parts(anonymity, field.id));
                let why = match (parts, theirs) {
                    (true, _) => words::in_cell(),
                    (false, true) => words::in_numbers(),
                    (false, false) => words::in_numbers_about(),
                };
                done.kept.insert(key, why);
            }
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

/// Whether a field stays for the numbers without names that its record is in: what parts their cells, whose record it is where
/// that leads to somebody else, and where they are told the numbers themselves.
fn stays_in(app: &App, entity: &Entity, counted: Counted, id: FieldId) -> bool {
    let Some(anonymity) = entity.anonymity.as_ref().filter(|_| counted != Counted::Not) else { return false };
    let parts = anonymity.by.contains(&id) || (id == anonymity.of && told::refers(app, anonymity));
    parts || (counted == Counted::Told && told::in_numbers(app, entity, id))
}

/// Whether a field says that cells are told, which is not taken back.
fn opens(app: &App, id: FieldId) -> bool {
    let rules = app.entities().iter().filter_map(|entity| entity.anonymity.as_ref()?.opens.as_ref());
    rules.flat_map(|opens| opens.rule.reads()).any(|path| path.field == id)
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
