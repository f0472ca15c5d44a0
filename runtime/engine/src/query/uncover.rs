//! Uncovering what is masked of one record, and one's own list of who looked at what is theirs.
//!
//! INVARIANT: no value without its entry: when the ledger cannot be written, nothing is uncovered. The entry holds who, which
//! record, which fields and why, never a value.

use model::{EntityId, FieldId, RecordId, Timestamp, UserId, Value};
use policy::{Action, Denied, Permitted, authorize};
use serde_json::Value as Json;

use super::{Query, refused};
use crate::{Act, Actor, Engine, QueryError};

/// Longest reason, in characters.
pub const LONGEST_REASON: usize = 200;

/// Asks for masked fields of one record, whole.
#[derive(Debug, Clone)]
pub struct Uncover {
    /// Of this entity.
    pub entity: EntityId,
    /// This record.
    pub id: RecordId,
    /// These fields of it.
    pub fields: Vec<FieldId>,
    /// Why.
    pub reason: String,
}

/// Why nothing was uncovered, where it is not for want of rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotUncovered {
    /// No reason is given.
    NoReason,
    /// The reason is longer than [`LONGEST_REASON`].
    TooLong,
    /// No field is named.
    NoField,
}

impl Query for Uncover {
    /// The values in the order of the fields; `None` when there is no such record, or it is not theirs to uncover.
    type Answer = Result<Option<Vec<Value>>, NotUncovered>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let Self { entity, id, fields, reason } = self;
        let reason = reason.trim();
        // Whoever only looks through another's eyes gives no reason of their own.
        if actor.looks || actor.rights.access(entity, Action::Uncover).is_none() {
            return Err(Denied::Action { entity, action: Action::Uncover }.into());
        }
        if fields.is_empty() {
            return Ok(Err(NotUncovered::NoField));
        }
        if reason.is_empty() {
            return Ok(Err(NotUncovered::NoReason));
        }
        if reason.chars().count() > LONGEST_REASON {
            return Ok(Err(NotUncovered::TooLong));
        }
        let ask = Permitted { entity, id, action: Action::Uncover, fields: fields.clone() };
        let Some(may) = ask.answer(engine, actor).await? else { return Ok(Ok(None)) };
        if let Some((field, _)) = fields.iter().zip(&may).find(|(_, may)| !**may) {
            return Err(Denied::Field { field: *field }.into());
        }
        let columns = fields.iter().filter_map(|field| app.own_path(*field)).collect();
        let request = policy::Uncover { entity, id, columns };
        let request = authorize(&actor.rights, actor.user, app, request)?;
        let found = refused(engine.store().uncover(app, &engine.asking(actor), &request).await)?;
        let Some(row) = found else { return Ok(Ok(None)) };
        let name = app.entity(entity).map_or_else(String::new, |entity| entity.name.to_string());
        let names: Vec<String> =
            fields.iter().filter_map(|field| app.field(*field)).map(|field| field.name.to_string()).collect();
        let act = Act::new("uncover", name).on(id).fact("fields", names).detail("reason", reason);
        refused(engine.note(actor, act).await)?;
        Ok(Ok(Some(row.values)))
    }
}

/// Asks who looked at sensitive fields of the record that stands for whoever asks, took them along or uncovered what is masked;
/// their own looks are left out.
#[derive(Debug, Clone, Copy)]
pub struct Looks {
    /// At most so many.
    pub limit: u32,
}

/// A look at somebody's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// The account; `None` for nobody known.
    pub by: Option<UserId>,
    /// Its name; empty for the platform itself.
    pub by_name: String,
    /// For whom they acted, if for another.
    pub behalf: Option<UserId>,
    /// `read`, `export` or `uncover`.
    pub action: String,
    /// Names of the sensitive fields that were seen.
    pub fields: Vec<String>,
    /// The reason given; empty where none was asked for, or where it was erased.
    pub reason: String,
}

impl Query for Looks {
    /// Newest first; `None` where no record stands for whoever asks, or they act in another's place.
    type Answer = Option<Vec<Look>>;

    async fn answer(self, engine: &Engine, actor: &Actor) -> Result<Self::Answer, QueryError> {
        let app = &actor.edition.app;
        let entity = app.organisation().person.and_then(|person| app.entity(person));
        let Some((entity, person)) = entity.zip(actor.person).filter(|_| actor.on_behalf.is_none()) else {
            return Ok(None);
        };
        let found = refused(engine.store().looks(entity.name.as_str(), person, actor.user, self.limit).await)?;
        let looks = found.into_iter().filter_map(|written| {
            let facts = written.entry.facts();
            let fields = facts.get("fields").and_then(Json::as_array).into_iter().flatten();
            let what = written.what.as_ref().and_then(|what| serde_json::from_str::<Json>(&what.value).ok());
            let reason = what.as_ref().and_then(|what| what.get("reason")).and_then(Json::as_str);
            Some(Look {
                at: written.entry.at.parse().ok()?,
                by: written.entry.actor.as_ref().and_then(|id| id.parse().ok()),
                by_name: written.by_name,
                behalf: written.entry.behalf.as_ref().and_then(|id| id.parse().ok()),
                action: written.entry.action,
                fields: fields.filter_map(Json::as_str).map(str::to_owned).collect(),
                reason: reason.unwrap_or_default().to_owned(),
            })
        });
        Ok(Some(looks.collect()))
    }
}
