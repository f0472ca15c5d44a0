//! What of an entry's content whoever reads the ledger may see.
//!
//! Who did what to which thing, when, from where and how it ended is the audit administrator's to know. What was written into
//! a record is not: a value is shown where the reader's own roles let them read that field of that record now, and what was said
//! about a record or attached to it where its page shows them that. It is decided by the rows and fields that a record's history
//! goes by, and by what its page goes by. Of a record that is gone, or of an entity that is not theirs, nothing is shown but the
//! names of what was changed.
//!
//! INVARIANT: content reaches a person through here alone. Whoever operates the machine has the database itself, and takes all.
//! INVARIANT: what is not named in [`PLAIN`] is a record's. An act with a new detail shows it to nobody until it is put there.

use std::collections::{HashMap, HashSet};

use model::{EntityId, RecordId};
use policy::{List, authorize};
use serde_json::{Map, Value as Json};
use store::{Past, Renames, StoreError, Written};

use crate::{Actor, Engine};

/// Details that tell of the act itself, and hold no value of a record: reasons that were given, names of accounts and of things
/// of the platform, addresses, what was asked of the ledger.
const PLAIN: [&str; 11] =
    ["address", "asked", "login", "method", "name", "page", "path", "reason", "said", "source", "subject"];
/// Details that hold values by the names of fields.
const VALUES: [&str; 2] = ["before", "after"];

/// An entry as somebody may see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// The entry. What stands beside it of what was changed is left out where a part of it is not shown.
    pub written: Written,
    /// What was changed, without what is not shown; `None` where there is nothing, or where it was erased.
    pub what: Option<Json>,
    /// Names of what is not shown: of fields, or of details such as `text`.
    pub hidden: Vec<String>,
    /// Whether something beside the entry was erased.
    pub erased: bool,
}

/// An entry's content, and what of it is not shown.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Judged {
    pub(super) what: Option<Json>,
    pub(super) hidden: Vec<String>,
}

/// What a reader may see of the records that entries are about.
struct Sight {
    renames: Renames,
    past: HashMap<EntityId, Past>,
    /// Records whose cases of a workflow they manage.
    managed: HashSet<(String, RecordId)>,
}

impl Engine {
    /// Entries as an actor may see them.
    pub(super) async fn veil(&self, actor: &Actor, entries: Vec<Written>) -> Result<Vec<Seen>, StoreError> {
        let judged = self.readable(actor, &entries.iter().collect::<Vec<_>>()).await?;
        let seen = entries.into_iter().zip(judged).map(|(mut written, Judged { what, hidden })| {
            let gone = |hash: bool, value: bool| hash && !value;
            let erased = gone(written.entry.who.is_some(), written.who.is_some())
                || gone(written.entry.what.is_some(), written.what.is_some());
            if !hidden.is_empty() {
                written.what = None;
            }
            Seen { written, what, hidden, erased }
        });
        Ok(seen.collect())
    }

    /// What an actor may see of each entry's content. Asks the database twice per entity that entries are about.
    pub(super) async fn readable(&self, actor: &Actor, entries: &[&Written]) -> Result<Vec<Judged>, StoreError> {
        let contents: Vec<Option<Json>> = entries.iter().map(|written| content(written)).collect();
        let both = entries.iter().zip(&contents);
        let guarded: Vec<&Written> = both.filter(|(_, what)| holds_values(what)).map(|(written, _)| *written).collect();
        let sight = self.sight(actor, &guarded).await?;
        let judged = entries.iter().zip(contents).map(|(written, what)| match what {
            Some(Json::Object(details)) => judged(actor, &sight, written, details),
            Some(_) => Judged { what: None, hidden: vec!["what".to_owned()] },
            None => Judged::default(),
        });
        Ok(judged.collect())
    }

    async fn sight(&self, actor: &Actor, guarded: &[&Written]) -> Result<Sight, StoreError> {
        if guarded.is_empty() {
            return Ok(Sight { renames: Renames::default(), past: HashMap::new(), managed: HashSet::new() });
        }
        let app = &actor.edition.app;
        let renames = self.store().renames().await?;
        let mut about: HashMap<EntityId, HashSet<RecordId>> = HashMap::new();
        for (entity, record) in guarded.iter().filter_map(|written| subject(actor, &renames, written)) {
            about.entry(entity).or_default().insert(record);
        }
        let mut past = HashMap::new();
        for (entity, records) in about {
            // What is not theirs to read at all is asked nothing about.
            let Ok(request) = authorize(&actor.rights, actor.user, app, List::all(entity, 0)) else { continue };
            let records: Vec<RecordId> = records.into_iter().collect();
            past.insert(entity, self.store().past(app, &self.asking(actor), &request, &records).await?);
        }
        let mut cases: HashMap<String, HashSet<RecordId>> = HashMap::new();
        for (workflow, record) in guarded.iter().filter_map(|written| case_of(written)) {
            cases.entry(workflow).or_default().insert(record);
        }
        let mut managed = HashSet::new();
        for (workflow, records) in cases {
            // Of a workflow that is gone, whoever managed it last sees here what they see of its cases.
            let gone = actor.edition.app.workflow_named(&workflow).is_none() && actor.only.is_none();
            if !gone && !actor.steers(&workflow) {
                continue;
            }
            let records: Vec<RecordId> = records.into_iter().collect();
            let found = self.managed_among(actor, &workflow, &records).await?;
            managed.extend(found.into_iter().map(|record| (workflow.clone(), record)));
        }
        Ok(Sight { renames, past, managed })
    }
}

/// An entry's content, unless there is none or it was erased.
fn content(written: &Written) -> Option<Json> {
    written.what.as_ref().and_then(|what| serde_json::from_str(&what.value).ok())
}

/// Whether a content holds what may not be everybody's.
fn holds_values(what: &Option<Json>) -> bool {
    match what {
        Some(Json::Object(details)) => details.keys().any(|name| !PLAIN.contains(&name.as_str())),
        _ => false,
    }
}

/// The record an entry is about, by the name its entity has today.
fn subject(actor: &Actor, renames: &Renames, written: &Written) -> Option<(EntityId, RecordId)> {
    let entry = &written.entry;
    let (entity, _) = renames.today(entry.id.parse().ok()?, &entry.object, "");
    let entity = actor.edition.app.entity_named(&entity)?;
    Some((entity.id, entry.record.as_ref()?.parse().ok()?))
}

/// The workflow of the case that an entry is about, and the record that case is about.
fn case_of(written: &Written) -> Option<(String, RecordId)> {
    let entry = &written.entry;
    if entry.object != "case" || !entry.action.starts_with("case.") {
        return None;
    }
    let facts = entry.facts();
    let fact = |name: &str| facts.get(name).and_then(Json::as_str);
    Some((fact("workflow")?.to_owned(), fact("record")?.parse().ok()?))
}

/// Parts a content into what is shown and the names of what is not.
fn judged(actor: &Actor, sight: &Sight, written: &Written, details: Map<String, Json>) -> Judged {
    let entry = &written.entry;
    let case = entry.object == "case" && entry.action.starts_with("case.");
    let about = subject(actor, &sight.renames, written).filter(|_| !case);
    let past = about.and_then(|(entity, record)| sight.past.get(&entity).filter(|past| past.records.contains(&record)));
    // What was said in a case is for those whom it concerns, and for whoever manages it.
    let steers = case_of(written).is_some_and(|case| sight.managed.contains(&case));
    // A comment or a file is for those to whom the record's page shows it.
    let aside = |value: &Json| {
        past.zip(about).is_some_and(|(past, (_, record))| match entry.action.as_str() {
            "comment" => past.comments.contains(&record),
            "attach" => {
                let address = value.get("address").and_then(Json::as_str).unwrap_or_default();
                past.files.contains(&(record, address.to_owned()))
            }
            _ => true,
        })
    };
    let field = |name: &str| {
        let id: Option<RecordId> = entry.id.parse().ok();
        let today = id.map(|id| sight.renames.today(id, &entry.object, name).1);
        past.zip(today).is_some_and(|(past, today)| past.fields.contains(&today))
    };
    let (mut shown, mut hidden) = (Map::new(), Vec::new());
    for (name, value) in details {
        match value {
            value if PLAIN.contains(&name.as_str()) => drop(shown.insert(name, value)),
            Json::Object(values) if VALUES.contains(&name.as_str()) => {
                let (open, closed): (Map<String, Json>, Map<String, Json>) =
                    values.into_iter().partition(|(name, _)| field(name));
                hidden.extend(closed.into_iter().map(|(name, _)| name));
                if !open.is_empty() {
                    shown.insert(name, Json::Object(open));
                }
            }
            value if (steers || aside(&value)) && !VALUES.contains(&name.as_str()) => drop(shown.insert(name, value)),
            _ => hidden.push(name),
        }
    }
    hidden.sort_unstable();
    hidden.dedup();
    Judged { what: Some(Json::Object(shown)), hidden }
}
