//! A form's live values: what saving would compute, without writing anything.

use std::sync::Arc;

use app::FieldKind;
use model::{EntityId, RecordId, Value};
use policy::{Action, Authorized, Change, authorize};
use store::{Lock, StoreError, Tx};

use super::{
    Trace, Work, denied, from_query,
    record::{Record, Surroundings},
    words,
};
use crate::{Actor, CommandError, Engine, FieldFault, Fields, input};

/// A record as it would be.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Values by field name: given, stored before, default or computed; children are left out.
    pub values: Vec<(String, Value)>,
    /// What saving would refuse.
    pub faults: Vec<FieldFault>,
}

impl Draft {
    /// The value of a field; not known when it has none.
    pub fn value(&self, name: &str) -> &Value {
        self.values.iter().find(|(known, _)| known == name).map_or(&Value::Null, |(_, value)| value)
    }
}

impl Engine {
    /// Computes what a form shows while it is filled in: defaults and computed fields, and the faults saving would meet.
    /// Values of an existing record that the actor may not see take part in the computing and are left out of the answer.
    ///
    /// # Errors
    /// As for the write itself, except for the values, whose faults are part of the answer.
    pub async fn evaluate_draft(
        &self,
        actor: &Actor,
        entity_id: EntityId,
        id: Option<RecordId>,
        fields: &Fields,
    ) -> Result<Draft, CommandError> {
        let app = &actor.edition.app;
        let calendar = self.calendar(actor).await.map_err(from_query)?;
        let around = Surroundings::of(actor, actor.edition.zone.clone(), calendar);
        let action = if id.is_some() { Action::Update } else { Action::Create };
        let change = Change { entity: entity_id, action, id: id.unwrap_or_default(), given: Vec::new() };
        let token =
            authorize(&actor.rights, actor.user, app, change.clone()).map_err(|fault| denied(fault, &change))?;
        let (engine, asked) = (self.clone(), self.asking(actor));
        let (actor, fields, token) = (actor.clone(), fields.clone(), Arc::new(token));
        let ended: Result<(), End> = self
            .inner
            .store
            .write(asked, move |tx: &mut Tx| {
                let (engine, actor, around) = (engine.clone(), actor.clone(), around.clone());
                let (fields, token) = (fields.clone(), token.clone());
                Box::pin(async move {
                    let work = Work::new(&engine, &actor, around, Trace::Draft);
                    let draft = work.draft(tx, &token, id, &fields).await.map_err(End::Refused)?;
                    // Nothing may stay behind, and an error is what undoes a transaction.
                    Err(End::Drafted(draft))
                })
            })
            .await;
        match ended {
            Ok(()) => Ok(Draft::default()),
            Err(End::Drafted(draft)) => Ok(draft),
            Err(End::Refused(error)) => Err(error),
        }
    }
}

/// How a draft's transaction ends: never by a commit.
enum End {
    Drafted(Draft),
    Refused(CommandError),
}

impl From<StoreError> for End {
    fn from(error: StoreError) -> Self {
        Self::Refused(error.into())
    }
}

impl Work<'_> {
    async fn draft(
        &self,
        tx: &mut Tx,
        token: &Authorized<Change>,
        id: Option<RecordId>,
        fields: &Fields,
    ) -> Result<Draft, CommandError> {
        let actor = self.actor;
        let app = &actor.edition.app;
        let entity = self.entity(token.entity)?;
        let mut record = match id {
            None => Record::new(entity, RecordId::nil()),
            Some(id) => {
                let found = tx.load(app, token, Lock::None).await?;
                Record::stored(entity, &found.ok_or(CommandError::NotFound { entity: entity.id, id })?)
            }
        };
        let mut faults = Vec::new();
        for (name, given) in fields {
            let Some(field) = app.field_named(entity.id, name).filter(|field| field.writable()) else { continue };
            record.given.push(field.id);
            match input::read(field, given, &self.around.zone) {
                Ok(value) => drop(record.values.insert(field.id, value)),
                Err(misread) => {
                    record.values.insert(field.id, Value::Null);
                    let message = words::misread(field, &misread, actor.locale);
                    faults.push(FieldFault { index: 0, field: Some(name.clone()), code: misread.code, message });
                }
            }
        }
        self.complete(tx, entity, token, &mut record, 0, &mut faults).await?;
        let access = actor.rights.access(entity.id, Action::Read);
        let open = |field: &app::Field| {
            !record.stored || access.is_some_and(|a| a.field(field.id).is_some() && a.mask(field.id).is_none())
        };
        let shown =
            app.fields_of(entity).filter(|field| !matches!(field.kind, FieldKind::Children { .. }) && open(field));
        let values = shown.map(|field| (field.name.to_string(), record.value(field.id).clone())).collect();
        Ok(Draft { values, faults })
    }
}
