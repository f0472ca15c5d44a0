//! Which version of a record somebody is told.
//!
//! A version counts the changes of a record. To whoever does not see all of it, the count would tell that something changed which
//! they do not see. They are told another number instead, made of what they see: it moves when that does and with nothing
//! else. It is made under the data key, so that nobody finds out by trying what a record must hold to have it; it is larger than
//! any count, and still a whole number. What is computed has no part in it, nor when a record changed and by whom: such values
//! are nobody's to write over, and do not count as changes either.
//!
//! INVARIANT: where policy does not give a version, no count is answered, nor is a write held to one.

use app::{App, Entity, FieldKind};
use formula::Path;
use model::{EntityId, FieldId, RecordId, Value};
use policy::{Access, Action, Bin, Get, authorize};
use store::{Row, StoreError, Tx, vault::DataKey};

use crate::{Actor, CommandError, Engine};

/// What the key for these numbers is derived for.
const PURPOSE: &str = "version";

/// What a question reads besides what was asked, so that versions in its answer can be told.
pub(crate) struct Telling {
    entity: EntityId,
    /// Where a version was asked for.
    at: Vec<usize>,
    /// How many columns were asked for; what a version is made of stands behind them.
    asked: usize,
    fields: Vec<FieldId>,
}

impl Telling {
    /// Adds to the columns of a question what versions are made of; `None`, and nothing added, where none is asked for, or the
    /// reader is told every one of them as it is.
    pub(crate) fn of(actor: &Actor, entity: EntityId, action: Action, columns: &mut Vec<Path>) -> Option<Self> {
        let app = &actor.edition.app;
        let found = app.entity(entity)?;
        let version = found.system.version;
        let asks = |path: &Path| path.hops.is_empty() && path.field == version;
        let at: Vec<usize> = columns.iter().enumerate().filter(|(_, path)| asks(path)).map(|(at, _)| at).collect();
        let access = actor.rights.access(entity, action)?;
        if at.is_empty() || counted(access, found) {
            return None;
        }
        if access.field(version).is_none() {
            // What is given nowhere is not asked for: the id stands in its place until the answer is there.
            let id = app.own_path(found.system.id)?;
            for place in &at {
                if let Some(path) = columns.get_mut(*place) {
                    path.clone_from(&id);
                }
            }
        }
        let asked = columns.len();
        let own = app.fields_of(found).filter(|field| !field.is_computed() && access.shows(field.id));
        let own = own.filter(|field| !matches!(field.kind, FieldKind::Children { .. }));
        let paths: Vec<Path> = own.filter_map(|field| app.own_path(field.id)).collect();
        let fields = paths.iter().map(|path| path.field).collect();
        columns.extend(paths);
        Some(Self { entity, at, asked, fields })
    }

    /// Puts versions where they were asked for, and takes away what they were made of.
    ///
    /// # Errors
    /// There is no data key.
    pub(crate) fn tell(&self, engine: &Engine, app: &App, rows: &mut [Row]) -> Result<(), StoreError> {
        let key = engine.store().vault().present()?;
        for row in rows {
            let text = self.taken(app, row);
            self.put(row, key.number(PURPOSE, &text));
        }
        Ok(())
    }

    /// Takes off a row what its version is made of, as a text.
    fn taken(&self, app: &App, row: &mut Row) -> String {
        let values = row.values.split_off(self.asked.min(row.values.len()));
        text(app, self.entity, row.id, self.fields.iter().copied().zip(&values))
    }

    /// Puts a number where a version was asked for and is not given on this row.
    fn put(&self, row: &mut Row, number: i64) {
        for at in &self.at {
            if let Some(value) = row.values.get_mut(*at).filter(|value| !matches!(value, Value::Int(_))) {
                *value = Value::Int(number);
            }
        }
    }
}

impl Engine {
    /// What the actor may have been told as the version of a record, in this transaction: one number by each key, the last of
    /// which is what they are told now. `version` is the count.
    ///
    /// # Errors
    /// There is no data key, or the database failed.
    pub(crate) async fn versions_told(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        (entity, id): (EntityId, RecordId),
        version: i64,
    ) -> Result<Vec<i64>, CommandError> {
        let app = &actor.edition.app;
        let Some(found) = app.entity(entity) else { return Ok(vec![version]) };
        if actor.counts(entity) {
            return Ok(vec![version]);
        }
        let mut columns: Vec<Path> = app.own_path(found.system.version).into_iter().collect();
        let telling = Telling::of(actor, entity, Action::Read, &mut columns);
        let get = Get { entity, id, columns, bin: Bin::Outside };
        let row = match authorize(&actor.rights, actor.user, app, get) {
            Ok(get) => tx.get(app, &self.asking(actor), &get).await?,
            // Whoever reads nothing of it has seen nothing that could have changed.
            Err(_) => None,
        };
        let text = match (telling, row) {
            (Some(telling), Some(mut row)) => {
                let text = telling.taken(app, &mut row);
                if let Some(Value::Int(version)) = row.values.first() {
                    return Ok(vec![*version]);
                }
                text
            }
            _ => text(app, entity, id, std::iter::empty()),
        };
        Ok(self.numbers(&text)?)
    }

    /// The same for what a step of a workflow shows of a record, whatever else of it the actor may see.
    ///
    /// # Errors
    /// There is no data key.
    pub(crate) fn versions_at_step(
        &self,
        actor: &Actor,
        (entity, id): (EntityId, RecordId),
        version: i64,
        shown: &[(FieldId, Value)],
    ) -> Result<Vec<i64>, StoreError> {
        if actor.counts(entity) {
            return Ok(vec![version]);
        }
        let app = &actor.edition.app;
        let own = shown.iter().filter(|(field, _)| app.field(*field).is_some_and(|field| !field.is_computed()));
        self.numbers(&text(app, entity, id, own.map(|(field, value)| (*field, value))))
    }

    /// The numbers that stand for a text, the present key's last.
    fn numbers(&self, text: &str) -> Result<Vec<i64>, StoreError> {
        let vault = self.store().vault();
        vault.present()?;
        Ok(vault.keys().iter().map(|key: &DataKey| key.number(PURPOSE, text)).collect())
    }
}

impl Actor {
    /// Whether they are told the version of every record of the entity that they see as the count it is.
    pub fn counts(&self, entity: EntityId) -> bool {
        let access = self.rights.access(entity, Action::Read);
        access.zip(self.edition.app.entity(entity)).is_some_and(|(access, found)| counted(access, found))
    }
}

/// Whether versions are given as they are wherever the record is.
fn counted(access: &Access, entity: &Entity) -> bool {
    access.field(entity.system.version).is_some() && access.mask(entity.system.version).is_none()
}

/// What is seen of a record, in a way in which nothing else is said. What is not known is left out, so that a field more
/// in the app changes no record.
fn text<'v>(app: &App, entity: EntityId, id: RecordId, seen: impl IntoIterator<Item = (FieldId, &'v Value)>) -> String {
    let name = app.entity(entity).map(|entity| entity.name.as_str()).unwrap_or_default();
    let mut text = format!("{name} {id}");
    for (field, value) in seen.into_iter().filter(|(_, value)| !value.is_null()) {
        let name = app.field(field).map(|field| field.name.as_str()).unwrap_or_default();
        text.push_str(&format!("\n{name} {}", value.json()));
    }
    text
}
