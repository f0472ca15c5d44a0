//! A record's history, as the ledger has it, by the names its fields have now; and of many records at once what of their past a
//! reader may see, for whoever shows the ledger itself. Both go by the same rows and the same fields.

use std::collections::HashSet;

use app::{App, Entity};
use model::{FieldId, RecordId, Timestamp, UserId, Value};
use policy::{Access, Aside, Authorized, Bin, Get, List};
use serde_json::{Map, Value as Json};

use crate::{
    Asking, Store, StoreError,
    record::{self, Beside},
    row::Taken,
    sql::{
        Column, Printer, Reader, Statement,
        column::{entity, field},
        path::bin,
        select,
    },
};

/// One act on a record.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// The entry's id.
    pub id: RecordId,
    /// What was changed together shares it.
    pub act: RecordId,
    /// `create`, `update`, `delete`, `restore`.
    pub action: String,
    /// When.
    pub at: Timestamp,
    /// The account.
    pub by: UserId,
    /// What people call the account; empty when it is not known.
    pub by_name: String,
    /// Values before, by field name, of the fields the reader may see.
    pub before: Map<String, Json>,
    /// Values after, likewise.
    pub after: Map<String, Json>,
}

/// One act on a record, for whoever works out how the record stood then.
#[derive(Debug, Clone, PartialEq)]
pub struct Acted {
    /// The record.
    pub record: RecordId,
    /// The act, with values by the names fields have now.
    pub changed: Changed,
    /// Whether its values are not there, because they were erased or were never told.
    pub erased: bool,
    /// Whether a rule brought it about.
    pub by_rule: bool,
}

/// What of the past of some records a reader may see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// The records they see.
    pub records: HashSet<RecordId>,
    /// Those of them whose comments they read.
    pub comments: HashSet<RecordId>,
    /// The files of them that they see, by the record and the address of the content.
    pub files: HashSet<(RecordId, String)>,
    /// Names of the fields they see on every row that they see at all.
    pub fields: HashSet<String>,
}

/// Rows read at once: those whose fields the reader may not see are left out afterwards.
const PAGE: i64 = 200;

impl Store {
    /// The record's history, newest first, at most `limit` acts, with the fields that the reader may see on every row. Empty
    /// when the record is not visible. A change of other fields only is left out.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn history(
        &self,
        app: &App,
        asking: &Asking,
        record: &Authorized<Get>,
        limit: u32,
    ) -> Result<Vec<Changed>, StoreError> {
        let renames = self.renames().await?;
        let request = record.id;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        let mut before: Option<RecordId> = None;
        while found.len() < limit {
            let beside = Beside::new(app, asking, self.dialect(), record)?;
            let (entity, open) = (beside.entity, open(app, beside.entity, beside.reader.main)?);
            let rows = self.fetch(&statement(beside, before)?).await?;
            let many = rows.len();
            for row in rows {
                let (mut changed, object, sealed) = taken(row)?;
                before = Some(changed.id);
                self.open_values(&object, request, &mut changed);
                if renames.seen_from(changed.id, object, &mut changed) != entity.name.as_str() {
                    continue;
                }
                let hidden = |changed: &Changed| changed.before.is_empty() && changed.after.is_empty();
                let empty = hidden(&changed);
                for values in [&mut changed.before, &mut changed.after] {
                    values.retain(|name, _| is_open(app, entity, &open, name));
                }
                // An update of what the reader may not see is none to them; one whose values were erased has none either.
                if changed.action != "update" || !hidden(&changed) || (empty && !sealed) {
                    found.push(changed);
                }
            }
            if many < usize::try_from(PAGE).unwrap_or_default() {
                break;
            }
        }
        found.truncate(limit);
        Ok(found)
    }

    /// What of the past of these records, and of what lies beside them, the reader may see: two statements, however many they are.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn past(
        &self,
        app: &App,
        asking: &Asking,
        request: &Authorized<List>,
        records: &[RecordId],
    ) -> Result<Past, StoreError> {
        let of = entity(app, request.entity)?;
        let mut fields = HashSet::new();
        for id in open(app, of, request.access())? {
            fields.insert(field(app, id)?.name.to_string());
        }
        let mut printer = Printer::of_many(app, asking, self.dialect());
        printer.bind(Value::List(records.iter().copied().map(Value::Id).collect()), Column::Ids);
        let among = printer.dialect.among(Column::Ids, printer.args.len());
        let mut conditions = vec![format!("t0.id {among}"), bin(0, request.bin == Bin::Inside)];
        select::also(&mut printer, &mut conditions, &request.rows(), None)?;
        let said = record::open(&mut printer, request.access(), Aside::Comments)?;
        let sql = format!(
            "SELECT t0.id, ({said}) IS TRUE FROM {} WHERE {}",
            printer.from(request.entity)?,
            conditions.join(" AND ")
        );
        let rows = self.fetch(&printer.statement(sql, vec![Column::Id, Column::Bool])).await?;
        let mut past = Past { fields, ..Past::default() };
        for row in rows {
            let open = row.get(1) == Some(&Value::Bool(true));
            let id = Taken::new("", row).id()?;
            past.records.insert(id);
            if open {
                past.comments.insert(id);
            }
        }
        past.files = self.files_of(app, asking, request, records).await?;
        Ok(past)
    }

    /// The files of these records that the reader may see, as the page of each shows them.
    async fn files_of(
        &self,
        app: &App,
        asking: &Asking,
        request: &Authorized<List>,
        records: &[RecordId],
    ) -> Result<HashSet<(RecordId, String)>, StoreError> {
        let mut printer = Printer::of_many(app, asking, self.dialect());
        printer.bind(Value::List(records.iter().copied().map(Value::Id).collect()), Column::Ids);
        let among = printer.dialect.among(Column::Ids, printer.args.len());
        let mut conditions = vec!["t0.id = h.record".to_owned(), bin(0, request.bin == Bin::Inside)];
        select::also(&mut printer, &mut conditions, &request.rows(), None)?;
        let of = entity(app, request.entity)?;
        let visible = conditions.join(" AND ");
        let mut beside =
            Beside { printer, reader: Reader::of(request), entity: of, record: "h.record".to_owned(), visible };
        let fields = beside.fields()?;
        let Beside { mut printer, visible, .. } = beside;
        let name = printer.bind(of.name.as_str().into(), Column::Text);
        let sql = format!(
            "SELECT h.record, h.sha256 FROM loam_attachment h WHERE h.record {among} AND h.entity = {name} \
             AND EXISTS (SELECT 1 FROM {} WHERE {visible} AND {fields})",
            printer.from(of.id)?
        );
        let rows = self.fetch(&printer.statement(sql, vec![Column::Id, Column::Text])).await?;
        let files = rows.into_iter().map(|row| {
            let mut row = Taken::new("loam_attachment", row);
            Ok((row.id()?, row.text()?))
        });
        files.collect()
    }

    /// Opens the secrets among an act's values, by the names its entity and fields had. What does not open stays as it is.
    fn open_values(&self, object: &str, record: RecordId, changed: &mut Changed) {
        for values in [&mut changed.before, &mut changed.after] {
            for (field, value) in values.iter_mut() {
                let sealed = value.as_str().filter(|text| text.starts_with(crate::vault::SEALED));
                let Some(sealed) = sealed else { continue };
                let opened = self.vault().open(&crate::vault::cell(object, field, record), sealed);
                if let Ok(text) = opened {
                    *value = Json::String(text.to_string());
                }
            }
        }
    }

    /// What was changed in records since a moment, oldest first, with values by the names fields have now: for whoever asks
    /// on the platform's own account, as nobody's rights are asked.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn changed_since(
        &self,
        entity: &str,
        records: &[RecordId],
        since: Timestamp,
    ) -> Result<Vec<(RecordId, Changed)>, StoreError> {
        let renames = self.renames().await?;
        let among = self.dialect().among(Column::Ids, 1);
        let select = format!(
            "SELECT h.record, h.id, h.act, h.action, h.object, h.at, h.actor, h.what, h.what_hash, '' FROM loam_entry h \
             WHERE h.record {among} AND h.outcome = 'done' AND h.action = 'update' ORDER BY h.id"
        );
        let columns: Vec<Column> = [Column::Id].into_iter().chain(COLUMNS).collect();
        let statement = Statement::new(select).ids(records).gives(columns);
        let mut found = Vec::new();
        for mut row in self.fetch(&statement).await? {
            let rest = row.split_off(1);
            let record = Taken::new("loam_entry", row).id()?;
            let (mut changed, object, _) = taken(rest)?;
            if changed.at >= since && renames.seen_from(changed.id, object, &mut changed) == entity {
                found.push((record, changed));
            }
        }
        Ok(found)
    }

    /// What was done to records since a moment, oldest first, with all values: which of them somebody may see is the business of
    /// whoever asks.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn acts_since(
        &self,
        entity: &str,
        records: &[RecordId],
        since: Timestamp,
    ) -> Result<Vec<Acted>, StoreError> {
        let renames = self.renames().await?;
        let among = self.dialect().among(Column::Ids, 1);
        let select = format!(
            "SELECT h.record, h.facts, h.id, h.act, h.action, h.object, h.at, h.actor, h.what, h.what_hash, '' \
             FROM loam_entry h WHERE h.record {among} AND h.at >= $2 AND h.outcome = 'done' \
             AND h.action IN ('create', 'update', 'delete', 'restore') ORDER BY h.id"
        );
        let columns: Vec<Column> = [Column::Id, Column::Text].into_iter().chain(COLUMNS).collect();
        let statement = Statement::new(select).ids(records).text(format!("{since:.3}")).gives(columns);
        let mut found = Vec::new();
        for mut row in self.fetch(&statement).await? {
            let rest = row.split_off(2);
            let mut row = Taken::new("loam_entry", row);
            let (record, facts) = (row.id()?, row.json()?);
            let (mut changed, object, sealed) = taken(rest)?;
            if renames.seen_from(changed.id, object, &mut changed) != entity {
                continue;
            }
            let untold = changed.action == "update" && changed.before.is_empty() && changed.after.is_empty();
            found.push(Acted { record, changed, erased: !sealed || untold, by_rule: facts.get("rule").is_some() });
        }
        Ok(found)
    }

    /// Every renaming that was published, oldest first.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn renames(&self) -> Result<Renames, StoreError> {
        let select =
            "SELECT id, facts FROM loam_entry WHERE action = 'publish' AND facts LIKE '%\"renames\"%' ORDER BY id";
        let rows = self.fetch(&Statement::new(select).gives([Column::Id, Column::Text])).await?;
        let mut renames = Vec::new();
        for row in rows {
            let mut row = Taken::new("loam_entry", row);
            let (id, facts) = (row.id()?, row.json()?);
            let listed = facts.get("renames").cloned().unwrap_or_default();
            let listed: Vec<Renamed> =
                serde_json::from_value(listed).map_err(|_| StoreError::bad("loam_entry", "facts", id.to_string()))?;
            renames.push((id, listed));
        }
        Ok(Renames(renames))
    }
}

/// Renamings by the entry of their publish.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Renames(Vec<(RecordId, Vec<Renamed>)>);

/// The entity as it was called before, the field if it is one, and the new name.
type Renamed = (String, Option<String>, String);

impl Renames {
    /// What the entity that an entry names is called today, and a field of it.
    pub fn today(&self, entry: RecordId, entity: &str, field: &str) -> (String, String) {
        let (mut of, mut name) = (entity.to_owned(), field.to_owned());
        for (entity, field, to) in self.since(entry) {
            match field {
                _ if *entity != of => {}
                None => of.clone_from(to),
                Some(field) if *field == name => name.clone_from(to),
                Some(_) => {}
            }
        }
        (of, name)
    }

    fn since(&self, entry: RecordId) -> impl Iterator<Item = &Renamed> {
        self.0.iter().filter(move |(published, _)| *published > entry).flat_map(|(_, listed)| listed)
    }

    /// Gives an act the names of today; answers that of its entity.
    fn seen_from(&self, entry: RecordId, mut object: String, changed: &mut Changed) -> String {
        for (entity, field, to) in self.since(entry) {
            if *entity != object {
                continue;
            }
            match field {
                None => object.clone_from(to),
                Some(field) => {
                    for values in [&mut changed.before, &mut changed.after] {
                        if let Some(value) = values.remove(field) {
                            values.insert(to.clone(), value);
                        }
                    }
                }
            }
        }
        object
    }
}

/// The fields that the reader may see on every row they may see at all: past rows cannot be asked any more.
fn open(app: &App, entity: &Entity, access: &Access) -> Result<Vec<FieldId>, StoreError> {
    let all = entity.fields.iter().copied();
    let open = all.filter(|id| access.field(*id).is_some() && access.mask(*id).is_none());
    open.map(|id| field(app, id).map(|field| field.id)).collect()
}

fn is_open(app: &App, entity: &Entity, open: &[FieldId], name: &str) -> bool {
    app.field_named(entity.id, name).is_some_and(|field| open.contains(&field.id))
}

const COLUMNS: [Column; 9] = [
    Column::Id,
    Column::Id,
    Column::Text,
    Column::Text,
    Column::Text,
    Column::Id,
    Column::Text,
    Column::Text,
    Column::Text,
];

fn statement(beside: Beside<'_>, before: Option<RecordId>) -> Result<Statement, StoreError> {
    let Beside { mut printer, entity, record, visible, .. } = beside;
    let older = before.map(|id| printer.bind(id.into(), Column::Id)).map(|id| format!(" AND h.id < {id}"));
    let sql = format!(
        "SELECT h.id, h.act, h.action, h.object, h.at, h.actor, h.what, h.what_hash, a.name FROM loam_entry h \
         LEFT JOIN loam_account a ON a.id = h.actor WHERE h.record = {record} AND h.outcome = 'done' \
         AND h.action IN ('create', 'update', 'delete', 'restore'){} \
         AND EXISTS (SELECT 1 FROM {} WHERE {visible}) ORDER BY h.id DESC LIMIT {PAGE}",
        older.unwrap_or_default(),
        printer.from(entity.id)?,
    );
    Ok(printer.statement(sql, COLUMNS.to_vec()))
}

/// An act, the name its entity had, and whether its values are there.
fn taken(row: Vec<model::Value>) -> Result<(Changed, String, bool), StoreError> {
    let mut row = Taken::new("loam_entry", row);
    let (id, act, action, object) = (row.id()?, row.id()?, row.text()?, row.text()?);
    let at = row.text()?;
    let at = at.parse().map_err(|_| StoreError::bad("loam_entry", "at", id.to_string()))?;
    let by = row.maybe_id()?.unwrap_or_default();
    let what = row.json()?;
    let sealed = row.maybe_text()?.is_none() || !what.is_null();
    let part = |name: &str| what.get(name).and_then(Json::as_object).cloned().unwrap_or_default();
    let (before, after) = (part("before"), part("after"));
    let by_name = row.maybe_text()?.unwrap_or_default();
    Ok((Changed { id, act, action, at, by, by_name, before, after }, object, sealed))
}
