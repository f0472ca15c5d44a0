//! A form's live values: what saving would compute, without writing anything.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use app::{Entity, Field, FieldKind};
use formula::{Formula, Path};
use model::{EntityId, FieldId, RecordId, Value};
use policy::{Action, Authorized, Change, Permitted, authorize};
use store::{Boxed, Lock, StoreError, Tx};

use super::{
    Trace, Work, denied, from_query,
    record::{Record, Surroundings},
    validate, words,
};
use crate::{Actor, CommandError, Engine, FieldFault, Fields, input};

/// A record as it would be.
#[derive(Debug, Clone, Default)]
pub struct Draft {
    /// Values by field name: given, stored before, default or computed; children are left out.
    pub values: Vec<(String, Value)>,
    /// What saving would refuse.
    pub faults: Vec<FieldFault>,
    /// The rows of each table given, in order; `None` for one the actor may not write.
    pub rows: Vec<Vec<Option<Draft>>>,
}

/// Children as they stand in a form.
#[derive(Debug, Clone)]
pub struct DraftTable {
    /// The children field.
    pub field: FieldId,
    /// The children the form was read with: those of them without a row are taken out.
    pub known: Vec<RecordId>,
    /// Each with its record, if it is there already, and the values given.
    pub rows: Vec<(Option<RecordId>, Fields)>,
}

impl Draft {
    /// The value of a field; not known when it has none.
    pub fn value(&self, name: &str) -> &Value {
        self.values.iter().find(|(known, _)| known == name).map_or(&Value::Null, |(_, value)| value)
    }
}

impl Engine {
    /// Computes what a form shows while it is filled in: defaults and computed fields, and the faults saving would meet.
    /// Values of an existing record that the actor may not see take part in the computing and are left out of the answer; so
    /// are values that follow from what they may not see of records referred to. A record they may not read is not there.
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
        self.evaluate_form(actor, entity_id, id, fields, &[]).await
    }

    /// The same with the rows of sub-tables as they stand in the form, so that what is computed over children follows them.
    ///
    /// # Errors
    /// As for the write itself, except for the values, whose faults are part of the answer.
    pub fn evaluate_form<'a>(
        &'a self,
        actor: &'a Actor,
        entity_id: EntityId,
        id: Option<RecordId>,
        fields: &'a Fields,
        tables: &'a [DraftTable],
    ) -> Boxed<'a, Result<Draft, CommandError>> {
        Box::pin(async move {
            let app = &actor.edition.app;
            let calendar = self.calendar(actor).await.map_err(from_query)?;
            let around = Surroundings::of(actor, actor.edition.zone.clone(), calendar);
            let action = if id.is_some() { Action::Update } else { Action::Create };
            let change = Change { entity: entity_id, action, id: id.unwrap_or_default(), given: Vec::new() };
            let token =
                authorize(&actor.rights, actor.user, app, change.clone()).map_err(|fault| denied(fault, &change))?;
            let mut sees = Sees::new();
            self.sees(actor, entity_id, id, &mut sees).await?;
            for table in tables {
                let Some(FieldKind::Children { of, .. }) = app.field(table.field).map(|field| &field.kind) else {
                    continue;
                };
                for (row, _) in &table.rows {
                    self.sees(actor, *of, *row, &mut sees).await?;
                }
            }
            let (engine, asked) = (self.clone(), self.asking(actor));
            let given = Arc::new((token, fields.clone(), tables.to_vec(), sees));
            let actor = actor.clone();
            let ended: Result<(), End> = self
                .inner
                .store
                .write(asked, move |tx: &mut Tx| {
                    let (engine, actor, around) = (engine.clone(), actor.clone(), around.clone());
                    let given = given.clone();
                    Box::pin(async move {
                        let work = Work::new(&engine, &actor, around, Trace::Draft);
                        let (token, fields, tables, sees) = &*given;
                        let draft = work.draft(tx, token, id, fields, tables, sees).await.map_err(End::Refused)?;
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
        })
    }

    /// Finds out which fields the actor may see of a record as it is stored. Those given on some rows only are asked for
    /// this one.
    async fn sees(
        &self,
        actor: &Actor,
        entity: EntityId,
        id: Option<RecordId>,
        found: &mut Sees,
    ) -> Result<(), CommandError> {
        let app = &actor.edition.app;
        let Some((id, access)) = id.zip(actor.rights.access(entity, Action::Read)) else { return Ok(()) };
        let fields = app.entity(entity).into_iter().flat_map(|entity| app.fields_of(entity));
        let given = fields.map(|field| field.id).filter(|field| access.field(*field).is_some());
        let (everywhere, here): (Vec<FieldId>, Vec<FieldId>) = given.partition(|field| access.mask(*field).is_none());
        let open = found.entry(id).or_default();
        open.extend(everywhere);
        if !here.is_empty() {
            let ask = Permitted { entity, id, action: Action::Read, fields: here.clone() };
            let may = self.query(actor, ask).await.map_err(from_query)?.unwrap_or_default();
            open.extend(here.into_iter().zip(may).filter_map(|(field, may)| may.then_some(field)));
        }
        Ok(())
    }
}

/// What the actor may see of stored records.
type Sees = HashMap<RecordId, HashSet<FieldId>>;

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
        tables: &[DraftTable],
        sees: &Sees,
    ) -> Result<Draft, CommandError> {
        let mut record = self.drafted(tx, token, id).await?;
        let mut faults = Vec::new();
        self.fill(tx, &mut record, fields, &mut faults).await?;
        let mut rows = Vec::new();
        for table in tables {
            rows.push(self.table(tx, &mut record, table, sees).await?);
        }
        let entity = self.entity(token.entity)?;
        self.complete(tx, entity, token, &mut record, 0, &mut faults).await?;
        Ok(Draft { values: self.shown(tx, token, entity, &record, sees).await?, faults, rows })
    }

    /// The record a draft begins with.
    async fn drafted(
        &self,
        tx: &mut Tx,
        token: &Authorized<Change>,
        id: Option<RecordId>,
    ) -> Result<Record, CommandError> {
        let entity = self.entity(token.entity)?;
        let Some(id) = id else { return Ok(Record::new(entity, RecordId::nil())) };
        let found = tx.load(&self.actor.edition.app, token, Lock::None).await?;
        Ok(Record::stored(entity, &found.ok_or(CommandError::NotFound { entity: entity.id, id })?))
    }

    /// Takes the values given; what cannot be read, and records that are not there for the actor, become faults.
    async fn fill(
        &self,
        tx: &mut Tx,
        record: &mut Record,
        fields: &Fields,
        faults: &mut Vec<FieldFault>,
    ) -> Result<(), CommandError> {
        let app = &self.actor.edition.app;
        for (name, given) in fields {
            let Some(field) = app.field_named(record.entity, name).filter(|field| field.writable()) else { continue };
            record.given.push(field.id);
            let mut fault =
                |code, message| faults.push(FieldFault { index: 0, field: Some(name.clone()), code, message });
            let value = match input::read(field, given, &self.around.zone) {
                Ok(value) => {
                    let (value, missed) = self.there(tx, field, record.value(field.id), value).await?;
                    if missed {
                        fault("reference", words::no_such(field, self.actor.locale));
                    }
                    value
                }
                Err(misread) => {
                    fault(misread.code, words::misread(field, &misread, self.actor.locale));
                    Value::Null
                }
            };
            record.values.insert(field.id, value);
        }
        Ok(())
    }

    /// Works out the rows of a table and gives them to the record instead of its stored children. Children the form does
    /// not show stay as they are stored, and so do rows the actor may not write.
    async fn table(
        &self,
        tx: &mut Tx,
        record: &mut Record,
        table: &DraftTable,
        sees: &Sees,
    ) -> Result<Vec<Option<Draft>>, CommandError> {
        let app = &self.actor.edition.app;
        let Some(FieldKind::Children { of, by }) = app.field(table.field).map(|field| field.kind.clone()) else {
            return Ok(Vec::new());
        };
        let entity = self.entity(of)?;
        let mut there = HashMap::new();
        if record.stored {
            let ids = tx.referrers(app, by, &[record.id]).await?;
            let cause = self.following(of, record.id)?;
            for stored in tx.load_many(app, &cause, of, &ids).await? {
                there.insert(stored.id, Record::stored(entity, &stored).values);
            }
        }
        let mut drafts = Vec::new();
        let mut added = Vec::new();
        for (id, fields) in &table.rows {
            let drafted = self.row(tx, (of, *id), (by, &*record), fields, sees).await?;
            let (draft, values) = drafted.map_or((None, None), |(draft, values)| (Some(draft), Some(values)));
            drafts.push(draft);
            match (id, values) {
                (Some(id), Some(values)) => drop(there.insert(*id, values)),
                (None, Some(values)) => added.push(values),
                (_, None) => {}
            }
        }
        let kept: Vec<RecordId> = table.rows.iter().filter_map(|(id, _)| *id).collect();
        there.retain(|id, _| kept.contains(id) || !table.known.contains(id));
        let mut there: Vec<_> = there.into_iter().collect();
        there.sort_unstable_by_key(|(id, _)| *id);
        let rows = there.into_iter().map(|(_, values)| values).chain(added);
        record.children.insert(table.field, rows.collect());
        Ok(drafts)
    }

    /// One row as it would be; `None` when the actor may not write it.
    async fn row(
        &self,
        tx: &mut Tx,
        (entity, id): (EntityId, Option<RecordId>),
        (by, owner): (FieldId, &Record),
        fields: &Fields,
        sees: &Sees,
    ) -> Result<Option<(Draft, HashMap<FieldId, Value>)>, CommandError> {
        let action = if id.is_some() { Action::Update } else { Action::Create };
        let change = Change { entity, action, id: id.unwrap_or_default(), given: Vec::new() };
        let Ok(token) = self.authorize(change) else { return Ok(None) };
        let mut record = match self.drafted(tx, &token, id).await {
            Ok(record) => record,
            Err(CommandError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        if id.is_none() {
            record.values.insert(by, Value::Id(owner.id));
        }
        let mut faults = Vec::new();
        self.fill(tx, &mut record, fields, &mut faults).await?;
        record.beside = (!owner.stored).then_some(by);
        let entity = self.entity(entity)?;
        record.reached.extend(self.of_owner(entity, by, owner));
        self.complete(tx, entity, &token, &mut record, 0, &mut faults).await?;
        let values = self.shown(tx, &token, entity, &record, sees).await?;
        let draft = Draft { values, faults, rows: Vec::new() };
        Ok(Some((draft, record.values)))
    }

    /// What a row's formulas read of its owner, as that stands in the form. What the owner computes is worked out only after its
    /// rows: of that they see what is stored.
    fn of_owner(&self, entity: &Entity, by: FieldId, owner: &Record) -> HashMap<Path, Value> {
        let app = &self.actor.edition.app;
        let computed = entity.computed.iter().filter_map(|id| app.field(*id)?.formula.as_ref());
        let defaults = app.fields_of(entity).filter_map(|field| field.default.as_ref());
        let rules = validate::validations(app, entity).map(|(validation, _)| &validation.rule);
        let entered = |path: &&Path| {
            path.hops == [by] && app.field(path.field).is_some_and(|field| !field.system && field.writable())
        };
        let read = computed.chain(defaults).chain(rules).flat_map(Formula::reads).filter(entered);
        read.map(|path| (path.clone(), owner.value(path.field).clone())).collect()
    }

    /// What of a record the actor may see: of a stored one what they see of it; of a new one what they give, and what is
    /// computed where that is given to them at all. Of either nothing that follows from what they may not read.
    async fn shown(
        &self,
        tx: &mut Tx,
        token: &Authorized<Change>,
        entity: &Entity,
        record: &Record,
        sees: &Sees,
    ) -> Result<Vec<(String, Value)>, CommandError> {
        let access = self.actor.rights.access(entity.id, Action::Read);
        let open = |field: &Field| match record.stored {
            true => sees.get(&record.id).is_some_and(|seen| seen.contains(&field.id)),
            false => !field.is_computed() || access.is_some_and(|access| access.field(field.id).is_some()),
        };
        let fields = self.actor.edition.app.fields_of(entity);
        let fields: Vec<&Field> =
            fields.filter(|field| !matches!(field.kind, FieldKind::Children { .. }) && open(field)).collect();
        let ids: Vec<FieldId> = fields.iter().map(|field| field.id).collect();
        let told = self.open_in_hand(tx, token, entity, record, &ids).await?;
        let shown = fields.into_iter().filter(|field| told.contains(&field.id));
        Ok(shown.map(|field| (field.name.to_string(), record.value(field.id).clone())).collect())
    }
}
