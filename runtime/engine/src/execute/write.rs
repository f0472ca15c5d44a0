//! Create and update: the stages of one record's write, in order.

mod complete;
mod serial;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use app::{Entity, FieldKind};
use formula::Path;
use model::{EntityId, FieldId, RecordId, Value};
use policy::{Action, Authorized, Change, authorize};
use store::{Lock, StoreError, Stored, Tx};

use super::{Work, again, choices::Chosen, denied, journal::Event, record::Record, words};
use crate::{Changed, CommandError, FieldFault, Fields, input};

/// The code of a refusal that does not say that another record has the values, to whoever may not know it.
pub(crate) const NOT_ACCEPTED: &str = "not-accepted";

/// Rows written by one statement at most.
const BATCH: usize = 500;

impl Work<'_> {
    pub(super) fn entity(&self, id: EntityId) -> Result<&Entity, CommandError> {
        self.actor.edition.app.entity(id).ok_or(CommandError::NewEdition)
    }

    pub(super) fn authorize(&self, change: Change) -> Result<Authorized<Change>, CommandError> {
        self.only_delivered(&change)?;
        let refused = change.clone();
        authorize(&self.actor.rights, self.actor.user, &self.actor.edition.app, change)
            .map_err(|fault| denied(fault, &refused))
    }

    /// Makes records of one entity.
    pub(super) async fn create(
        &mut self,
        tx: &mut Tx,
        entity: EntityId,
        action: Action,
        rows: &[(Option<RecordId>, Fields)],
    ) -> Result<(), CommandError> {
        for (start, rows) in rows.chunks(BATCH).enumerate().map(|(n, rows)| (n * BATCH, rows)) {
            self.create_batch(tx, entity, action, start, rows).await?;
        }
        Ok(())
    }

    async fn create_batch(
        &mut self,
        tx: &mut Tx,
        entity_id: EntityId,
        action: Action,
        start: usize,
        rows: &[(Option<RecordId>, Fields)],
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let entity = app.entity(entity_id).ok_or(CommandError::NewEdition)?;
        let base = if rows.len() == 1 && start == 0 { self.index } else { start };
        let mut faults = Vec::new();
        let mut records = Vec::with_capacity(rows.len());
        let mut given_anywhere: Vec<FieldId> = Vec::new();
        for (offset, (id, fields)) in rows.iter().enumerate() {
            let id = id.unwrap_or_else(|| self.engine.new_id());
            let mut record = Record::new(entity, id);
            let given = self.read_fields(entity, fields, base + offset, action == Action::Import, &mut faults);
            for (field, value) in given {
                if !given_anywhere.contains(&field) {
                    given_anywhere.push(field);
                }
                record.given.push(field);
                record.values.insert(field, value);
            }
            records.push(record);
        }
        let first = records.first().map_or_else(RecordId::nil, |record| record.id);
        let change = self.authorize(Change { entity: entity_id, action, id: first, given: given_anywhere })?;
        if self.check_sight(tx, entity, &records, Chosen::New, base, &mut faults).await? {
            return Err(CommandError::Invalid(faults));
        }
        self.prefetch(tx, entity, &change, &mut records).await?;
        for (offset, record) in records.iter_mut().enumerate() {
            self.complete(tx, entity, &change, record, base + offset, &mut faults).await?;
            self.untold(tx, entity, &change, record, base + offset, &mut faults).await?;
        }
        let held = self.choices.len();
        self.check_references(tx, entity, &records, Chosen::New, base, &mut faults).await?;
        let met = self.meet(tx, entity, &records).await?;
        again::without_met(&mut faults, &met, base);
        let mut choices = self.choices.split_off(held);
        choices.retain(|held| !held.index.checked_sub(base).is_some_and(|place| met.contains_key(&place)));
        self.choices.append(&mut choices);
        if !faults.is_empty() {
            return Err(CommandError::Invalid(faults));
        }
        let before = self.outcome.changed.len();
        self.insert(tx, entity, &change, &records, &met, base).await?;
        let made = self.outcome.changed.split_off(before);
        let (mut made, counted) = (made.into_iter(), self.index);
        for (place, (record, (_, fields))) in records.iter().zip(rows).enumerate() {
            let changed = match met.get(&place) {
                None => made.next(),
                Some(met) => {
                    self.alias.extend(met.alias(record.id));
                    self.index = base + place;
                    Some(self.again(tx, entity, &change, met, fields).await?)
                }
            };
            self.outcome.changed.extend(changed);
        }
        self.index = counted;
        Ok(())
    }

    /// Inserts those of the records that are not there yet.
    pub(super) async fn insert(
        &mut self,
        tx: &mut Tx,
        entity: &Entity,
        change: &Authorized<Change>,
        records: &[Record],
        met: &HashMap<usize, again::Met>,
        base: usize,
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let app = &edition.app;
        let new = || records.iter().enumerate().filter(|(place, _)| !met.contains_key(place)).map(|(_, record)| record);
        let rows: Vec<_> = new().map(|record| record.to_new(app, entity)).collect();
        if rows.is_empty() {
            return Ok(());
        }
        if let Err(error) = tx.insert_many(app, change, &rows).await {
            self.made_meanwhile(tx, entity, &error);
            return Err(self.taken(entity, error, base, new()));
        }
        let ids: Vec<RecordId> = new().map(|record| record.id).collect();
        let (entity_id, action) = (entity.id, change.action);
        if !tx.fails(app, change, &ids).await?.is_empty() {
            return Err(CommandError::Denied { entity: entity_id, action, field: None });
        }
        self.journal(entity, &Event::Created(&new().collect::<Vec<_>>()));
        for record in new() {
            self.outcome.changed.push(Changed { entity: entity_id, id: record.id, version: 1 });
            self.pending.of_existence(app, entity_id, record);
        }
        self.pending.touch(entity_id, &ids);
        Ok(())
    }

    /// Loads what formulas of many new records read one reference away: one statement per reference field, where
    /// [`Record::reach`] would take one per record.
    pub(super) async fn prefetch(
        &self,
        tx: &mut Tx,
        entity: &Entity,
        change: &Authorized<Change>,
        records: &mut [Record],
    ) -> Result<(), CommandError> {
        if records.len() < 2 {
            return Ok(());
        }
        let app = &self.actor.edition.app;
        let computed = entity.computed.iter().filter_map(|id| app.field(*id)?.formula.as_ref());
        let rules = app.fields_of(entity).filter_map(|field| field.validation.as_ref()).chain(&entity.validations);
        let mut through: BTreeMap<FieldId, (EntityId, Vec<Path>)> = BTreeMap::new();
        for path in computed.chain(rules.map(|validation| &validation.rule)).flat_map(formula::Formula::reads) {
            let [first] = path.hops.as_slice() else { continue };
            let plain = app.field(path.field).is_some_and(|field| !field.system && field.has_column());
            let target = match app.field(*first).map(|field| &field.kind) {
                Some(FieldKind::Reference { to, .. }) if plain => *to,
                _ => continue,
            };
            through.entry(*first).or_insert_with(|| (target, Vec::new())).1.push(path.clone());
        }
        for (first, (target, paths)) in through {
            let ids: BTreeSet<RecordId> = records.iter().filter_map(|record| record.value(first).as_id()).collect();
            let ids: Vec<RecordId> = ids.into_iter().collect();
            let found = tx.load_many(app, change, target, &ids).await?;
            let found: HashMap<RecordId, Stored> = found.into_iter().map(|stored| (stored.id, stored)).collect();
            for record in records.iter_mut() {
                let Some(stored) = record.value(first).as_id().and_then(|id| found.get(&id)) else { continue };
                for path in &paths {
                    record.reached.insert(path.clone(), stored.value(path.field).clone());
                }
            }
        }
        Ok(())
    }

    /// Reads the values given for one record; what cannot be read becomes a fault.
    pub(super) fn read_fields(
        &self,
        entity: &Entity,
        fields: &Fields,
        index: usize,
        import: bool,
        faults: &mut Vec<FieldFault>,
    ) -> Vec<(FieldId, Value)> {
        let app = &self.actor.edition.app;
        let locale = self.actor.locale;
        let mut values: Vec<(FieldId, Value)> = Vec::with_capacity(fields.len());
        for (name, given) in fields {
            let mut fault = |code, message| faults.push(FieldFault { index, field: Some(name.clone()), code, message });
            let Some(field) = app.field_named(entity.id, name).filter(|field| !field.system) else {
                let known = app.fields_of(entity).map(|field| field.name.as_str());
                fault("unknown", words::unknown(name, model::diagnostic::nearest(name, known), locale));
                continue;
            };
            // A serial number is the platform's to give; a file that already carries numbers keeps them.
            let serial = import && matches!(field.kind, FieldKind::Serial { .. });
            if !field.writable() && !serial {
                fault("read-only", words::read_only(field, locale));
                continue;
            }
            match input::read(field, given, &self.around.zone) {
                Ok(value) => values.push((field.id, self.meant_by(value))),
                Err(misread) => fault(misread.code, words::misread(field, &misread, locale)),
            }
        }
        values
    }

    /// Changes a record.
    pub(super) async fn update(
        &mut self,
        tx: &mut Tx,
        entity_id: EntityId,
        id: RecordId,
        expected: Option<i64>,
        fields: &Fields,
    ) -> Result<(), CommandError> {
        let edition = self.actor.edition.clone();
        let entity = edition.app.entity(entity_id).ok_or(CommandError::NewEdition)?;
        let index = self.index;
        let mut faults = Vec::new();
        let given = self.read_fields(entity, fields, index, false, &mut faults);
        let fields_given: Vec<FieldId> = given.iter().map(|(field, _)| *field).collect();
        let change = self.authorize(Change { entity: entity_id, action: Action::Update, id, given: fields_given })?;
        let before = self.load(tx, &change, entity_id, id).await?;
        if !self.is_seen(tx, entity_id, &before, expected).await? {
            return Err(self.stale(tx, entity_id, &before, &given).await);
        }
        for (field, _) in
            given.iter().filter(|(id, value)| value.is_null() && matches!(before.value(*id), Value::Sealed(_)))
        {
            let Some(field) = edition.app.field(*field) else { continue };
            let message = words::unreadable(field, self.actor.locale);
            faults.push(FieldFault { index, field: Some(field.name.to_string()), code: "unreadable", message });
        }
        let mut record = Record::stored(entity, &before);
        let given_again = given.clone();
        record.given = given.iter().map(|(field, _)| *field).collect();
        record.values.extend(given);
        let anew: HashSet<FieldId> = record.changes(entity, &before).into_iter().collect();
        let chosen = Chosen::Anew { changed: &anew, before: &before };
        if self.check_sight(tx, entity, std::slice::from_ref(&record), chosen, index, &mut faults).await? {
            return Err(CommandError::Invalid(faults));
        }
        self.complete(tx, entity, &change, &mut record, index, &mut faults).await?;
        self.stays_nobodys(tx, entity, &before, &mut record, &mut faults).await?;
        let changed = record.changes(entity, &before);
        let changed_set: HashSet<FieldId> = changed.iter().copied().collect();
        let records = std::slice::from_ref(&record);
        let chosen = Chosen::Anew { changed: &changed_set, before: &before };
        self.check_references(tx, entity, records, chosen, index, &mut faults).await?;
        if !changed.is_empty() {
            self.still_untold(tx, entity, &change, &before).await?;
            self.untold(tx, entity, &change, &mut record, index, &mut faults).await?;
            self.stays_told(tx, &record, &changed, index, &mut faults).await?;
        }
        if !faults.is_empty() {
            return Err(CommandError::Invalid(faults));
        }
        let version = if changed.is_empty() {
            self.outcome.same.push(id);
            before.version
        } else {
            let values: Vec<(FieldId, Value)> =
                changed.iter().map(|field| (*field, record.value(*field).clone())).collect();
            let search = record.search(&edition.app, entity);
            let updated = tx.update(&edition.app, &change, &values, search, Some(before.version)).await;
            let one = || std::iter::once(&record);
            let Some(version) = updated.map_err(|error| self.taken(entity, error, index, one()))? else {
                return Err(self.stale(tx, entity_id, &before, &given_again).await);
            };
            // What was given as it was before, as forms do, was not written: it need not be writable any more.
            let written = change.given.iter().copied().filter(|field| changed_set.contains(field)).collect();
            let after = self.authorize(Change { given: written, ..(*change).clone() })?;
            if !tx.holds(&edition.app, &after).await? {
                return Err(CommandError::Denied { entity: entity_id, action: Action::Update, field: None });
            }
            self.journal(entity, &Event::Updated { before: &before, after: &record, changed: &changed });
            self.pending.of_change(&edition.app, entity_id, &before, &record, &changed);
            self.pending.touch(entity_id, &[id]);
            version
        };
        self.outcome.changed.push(Changed { entity: entity_id, id, version });
        Ok(())
    }

    pub(super) async fn load(
        &self,
        tx: &mut Tx,
        change: &Authorized<Change>,
        entity: EntityId,
        id: RecordId,
    ) -> Result<Stored, CommandError> {
        let found = tx.load(&self.actor.edition.app, change, Lock::Update).await?;
        found.ok_or(CommandError::NotFound { entity, id })
    }

    /// The refusal of records. Whoever would not read, of the other record, that it has these values is not told of it: the
    /// refusal names nothing, and stands on the ledger.
    fn taken<'r>(
        &self,
        entity: &Entity,
        error: StoreError,
        index: usize,
        mut records: impl Iterator<Item = &'r Record>,
    ) -> CommandError {
        let StoreError::UniqueTaken { fields } = &error else { return error.into() };
        let access = self.actor.rights.access(entity.id, Action::Read);
        // The other record has the same values of these fields, so that a condition over them alone holds there as it does here.
        let open = |record: &Record, id: &FieldId| {
            let Some(condition) = access.and_then(|access| access.field(*id)) else { return false };
            let alone = condition.paths().iter().all(|path| path.hops.is_empty() && fields.contains(&path.field));
            // Where somebody stands in the organisation only a database knows.
            !alone || record.meets(condition, &self.around).unwrap_or(!self.around.person.is_null())
        };
        if records.any(|record| !fields.iter().all(|id| open(record, id))) {
            let message = words::not_accepted(self.actor.locale);
            return CommandError::Invalid(vec![FieldFault { index, field: None, code: NOT_ACCEPTED, message }]);
        }
        self.refused(entity, error, index)
    }

    /// A database's refusal in the words of the field it concerns.
    pub(super) fn refused(&self, entity: &Entity, error: StoreError, index: usize) -> CommandError {
        let app = &self.actor.edition.app;
        let StoreError::UniqueTaken { fields } = &error else { return error.into() };
        let labels: Vec<&str> =
            fields.iter().filter_map(|id| app.field(*id)).map(|field| field.label.get(self.actor.locale)).collect();
        let joined =
            if labels.is_empty() { entity.label.get(self.actor.locale).to_owned() } else { labels.join(" + ") };
        CommandError::Invalid(vec![FieldFault {
            index,
            field: fields.first().and_then(|id| app.field(*id)).map(|field| field.name.to_string()),
            code: "unique",
            message: words::taken(&joined, self.actor.locale),
        }])
    }
}
