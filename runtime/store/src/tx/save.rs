//! Rows written: inserted, changed, put into the bin and taken out of it.

use app::{App, Entity, FieldKind};
use model::{FieldId, RecordId, Value};
use policy::{Action, Authorized, Change};

use crate::{
    NewRow, StoreError, Tx,
    database::code,
    plan::table::{index_name, uniques},
    record::parameters,
    sql::{
        Column, Printer, Statement,
        column::{entity, field},
        lower, name,
        path::bin,
        select::also,
    },
};

/// Parameters of one statement; both databases take more.
const PARAMETERS: usize = 30_000;
/// Rows of one statement.
const ROWS: usize = 500;

const _: () = assert!(PARAMETERS < 32_766, "SQLite takes no more");

/// Whether a write is a change of the record in its own right, which its version counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Counts {
    Yes,
    No,
}

/// Which row is touched, and how.
struct Touch {
    /// In the bin, or in use.
    inside: bool,
    /// Only at this version.
    expected: Option<i64>,
    counts: Counts,
}

impl Tx {
    /// Inserts the record the change is about. A references field takes a list of ids.
    ///
    /// # Errors
    /// [`StoreError::UniqueTaken`], and those of the database.
    pub async fn insert(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        values: &[(FieldId, Value)],
        search: Option<String>,
    ) -> Result<(), StoreError> {
        let row = NewRow { id: change.id, values: values.to_vec(), search };
        self.insert_many(app, change, std::slice::from_ref(&row)).await
    }

    /// Inserts many records of the change's entity; the change's own id is not used.
    ///
    /// # Errors
    /// [`StoreError::UniqueTaken`], and those of the database.
    pub async fn insert_many(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        rows: &[NewRow],
    ) -> Result<(), StoreError> {
        if !matches!(change.action, Action::Create | Action::Import | Action::Restore) {
            return Err(StoreError::Misfit("an insert under a change that makes nothing"));
        }
        let of = entity(app, change.entity)?;
        let table = name(&of.table);
        let mut fields: Vec<(FieldId, Column)> = Vec::new();
        let mut links: Vec<FieldId> = Vec::new();
        let mut names = vec!["id", "version", "created_at", "created_by", "updated_at", "updated_by"]
            .into_iter()
            .map(str::to_owned)
            .collect::<Vec<_>>();
        let searched = !of.search.is_empty();
        if searched {
            names.push("search_text".to_owned());
        }
        for (id, _) in rows.iter().flat_map(|row| &row.values) {
            if fields.iter().any(|(known, _)| known == id) || links.contains(id) {
                continue;
            }
            let found = field(app, *id)?;
            if found.entity != of.id || found.system {
                return Err(StoreError::Misfit("a value for a field that cannot be written"));
            }
            match found.kind {
                FieldKind::References { .. } => links.push(*id),
                FieldKind::Children { .. } => return Err(StoreError::Misfit("a value for children")),
                _ => {
                    fields.push((*id, Column::of(found)));
                    names.push(name(&found.column));
                }
            }
        }
        let width = names.len();
        let most = (PARAMETERS / width).clamp(1, ROWS);
        let head = format!("INSERT INTO {table} ({}) VALUES ", names.join(", "));
        let (user, now) = (change.user(), self.asking.now);
        let dialect = self.link.dialect();
        for chunk in rows.chunks(most) {
            let places: Vec<String> = (0..chunk.len()).map(|at| parameters(dialect, at * width, width)).collect();
            let mut statement = Statement::new(format!("{head}{}", places.join(", ")));
            statement.args.reserve(chunk.len() * width);
            for row in chunk {
                let start = statement.args.len();
                statement = statement.id(row.id).int(1).moment(now).id(user).moment(now).id(user);
                if searched {
                    let text = row.search.as_deref().map(lower::lower);
                    statement = statement.bind(text, Column::Text);
                }
                for (at, (id, column)) in fields.iter().enumerate() {
                    // Rows of one load mostly give the same fields in the same order.
                    let given = row.values.get(at).filter(|(given, _)| given == id);
                    let given = given.or_else(|| row.values.iter().find(|(given, _)| given == id));
                    let value = given.map_or(Value::Null, |(_, value)| value.clone());
                    let value = if *column == Column::Secret {
                        self.vault.kept(of, field(app, *id)?, row.id, value)?
                    } else {
                        value
                    };
                    statement.args.push((value, *column));
                }
                debug_assert_eq!(statement.args.len(), start + width);
            }
            let done = self.execute(&statement).await;
            done.map_err(|error| taken(error, app, of))?;
        }
        for link in links {
            let pairs = rows.iter().filter_map(|row| {
                let (_, value) = row.values.iter().find(|(id, _)| *id == link)?;
                Some((row.id, value.as_list()?))
            });
            let pairs: Vec<(RecordId, RecordId, i64)> = pairs
                .flat_map(|(owner, list)| {
                    let targets = list.iter().filter_map(Value::as_id);
                    (0..).zip(targets).map(move |(position, target)| (owner, target, position))
                })
                .collect();
            self.link(app, link, &pairs).await?;
        }
        let ids: Vec<RecordId> = rows.iter().map(|row| row.id).collect();
        self.moved(app, of.id, &ids, |_| true, true).await
    }

    /// Changes the record and counts its version up; answers the new version, or `None` when it is not there, is out of the
    /// change's row condition, or `expected` is not its version. `search` replaces what search looks into, if given.
    ///
    /// # Errors
    /// [`StoreError::UniqueTaken`], and those of the database.
    pub async fn update(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        values: &[(FieldId, Value)],
        search: Option<String>,
        expected: Option<i64>,
    ) -> Result<Option<i64>, StoreError> {
        let of = entity(app, change.entity)?;
        let mut sets: Vec<(String, Value, Column)> = Vec::new();
        let mut links: Vec<(FieldId, Vec<RecordId>)> = Vec::new();
        for (id, value) in values {
            let found = field(app, *id)?;
            if found.entity != of.id || found.system {
                return Err(StoreError::Misfit("a value for a field that cannot be written"));
            }
            match found.kind {
                FieldKind::References { .. } => {
                    let ids = value.as_list().unwrap_or_default().iter().filter_map(Value::as_id);
                    links.push((*id, ids.collect()));
                }
                FieldKind::Children { .. } => return Err(StoreError::Misfit("a value for children")),
                _ => {
                    let value = self.vault.kept(of, found, change.id, value.clone())?;
                    sets.push((name(&found.column), value, Column::of(found)));
                }
            }
        }
        if let Some(search) = search.filter(|_| !of.search.is_empty()) {
            sets.push(("search_text".to_owned(), lower::lower(&search).into(), Column::Text));
        }
        // What only follows from other records is no change of this one: whoever edits it meanwhile is not in conflict.
        let computed = |(id, _): &(FieldId, Value)| app.field(*id).is_some_and(app::Field::is_computed);
        let counts = if values.iter().all(computed) { Counts::No } else { Counts::Yes };
        let version = self.touch(app, change, of, sets, Touch { inside: false, expected, counts }).await?;
        if version.is_some() {
            for (id, targets) in links {
                self.set_references(app, change, id, &targets).await?;
            }
            let written = |field| values.iter().any(|(id, _)| *id == field);
            self.moved(app, of.id, &[change.id], written, false).await?;
        }
        Ok(version)
    }

    /// Puts the record into the bin; answers the new version, or `None` as [`Tx::update`] does.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn delete(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        expected: Option<i64>,
    ) -> Result<Option<i64>, StoreError> {
        let of = entity(app, change.entity)?;
        let sets = vec![("deleted_at".to_owned(), self.asking.now.into(), Column::DateTime)];
        self.touch(app, change, of, sets, Touch { inside: false, expected, counts: Counts::Yes }).await
    }

    /// Takes the record out of the bin; answers the new version, or `None` when it is not in it.
    ///
    /// # Errors
    /// [`StoreError::UniqueTaken`] when another record took its value meanwhile, and those of the database.
    pub async fn restore(&mut self, app: &App, change: &Authorized<Change>) -> Result<Option<i64>, StoreError> {
        let of = entity(app, change.entity)?;
        let sets = vec![("deleted_at".to_owned(), Value::Null, Column::DateTime)];
        self.touch(app, change, of, sets, Touch { inside: true, expected: None, counts: Counts::Yes }).await
    }

    /// Changes the one row of the change, if it meets the row condition.
    async fn touch(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        of: &Entity,
        sets: Vec<(String, Value, Column)>,
        Touch { inside, expected, counts }: Touch,
    ) -> Result<Option<i64>, StoreError> {
        let asking = self.asking.clone();
        let table = name(&of.table);
        let mut printer = Printer::new(app, &asking, self.link.dialect());
        let id = printer.bind(Value::Id(change.id), Column::Id);
        let mut parts = vec![format!("updated_at = {}", printer.bind(asking.now.into(), Column::DateTime))];
        if counts == Counts::Yes {
            parts.push("version = version + 1".to_owned());
            parts.push(format!("updated_by = {}", printer.bind(change.user().into(), Column::Id)));
        }
        for (column, value, holds) in sets {
            let parameter = printer.bind(value, holds);
            parts.push(format!("{column} = {parameter}"));
        }
        let mut conditions = vec![format!("id = {id}"), bin(0, inside).replace("t0.", "")];
        if let Some(expected) = expected {
            let expected = printer.bind(Value::Int(expected), Column::Int);
            conditions.push(format!("version = {expected}"));
        }
        // A join cannot stand in an update: the row condition is asked of the same row in a sub-query.
        let mut rows = vec![format!("t0.id = {id}")];
        also(&mut printer, &mut rows, &change.rows(), None)?;
        if rows.len() > 1 {
            let from = printer.from(of.id)?;
            conditions.push(format!("EXISTS (SELECT 1 FROM {from} WHERE {})", rows.join(" AND ")));
        }
        let sql =
            format!("UPDATE {table} SET {} WHERE {} RETURNING version", parts.join(", "), conditions.join(" AND "));
        let statement = printer.statement(sql, vec![Column::Int]);
        let found = self.fetch(&statement).await;
        let found = found.map_err(|error| taken(error, app, of))?;
        Ok(found.into_iter().flatten().next().and_then(|value| match value {
            Value::Int(version) => Some(version),
            _ => None,
        }))
    }

    /// Replaces the ids of a references field of the change's record; [`Tx::insert`] and [`Tx::update`] do so themselves.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn set_references(
        &mut self,
        app: &App,
        change: &Authorized<Change>,
        link: FieldId,
        ids: &[RecordId],
    ) -> Result<(), StoreError> {
        let found = field(app, link)?;
        let FieldKind::References { table, .. } = &found.kind else {
            return Err(StoreError::Misfit("several references for a field that holds none"));
        };
        if found.entity != change.entity {
            return Err(StoreError::Misfit("references of another entity"));
        }
        let delete = format!("DELETE FROM {} WHERE owner = $1", name(table));
        self.execute(&Statement::new(delete).id(change.id)).await?;
        let pairs: Vec<_> = (0..).zip(ids).map(|(position, target)| (change.id, *target, position)).collect();
        self.link(app, link, &pairs).await
    }

    async fn link(&mut self, app: &App, link: FieldId, pairs: &[(RecordId, RecordId, i64)]) -> Result<(), StoreError> {
        let FieldKind::References { table, .. } = &field(app, link)?.kind else {
            return Err(StoreError::Misfit("several references for a field that holds none"));
        };
        let dialect = self.link.dialect();
        for chunk in pairs.chunks(ROWS) {
            let places: Vec<String> = (0..chunk.len()).map(|at| parameters(dialect, at * 3, 3)).collect();
            let mut statement = Statement::new(format!(
                "INSERT INTO {} (owner, target, position) VALUES {} ON CONFLICT DO NOTHING",
                name(table),
                places.join(", ")
            ));
            for (owner, target, position) in chunk {
                statement = statement.id(*owner).id(*target).int(*position);
            }
            self.execute(&statement).await?;
        }
        Ok(())
    }
}

/// Which fields a refused value must be unique in.
fn taken(error: StoreError, app: &App, of: &Entity) -> StoreError {
    let StoreError::Refused(source) = &error else { return error };
    let Some(database) = source.as_database_error() else { return error };
    let named = match code(&error).as_deref() {
        Some("23505") => database.constraint().unwrap_or_default().to_owned(),
        // SQLite names the columns: `UNIQUE constraint failed: table.a, table.b`.
        Some("2067") => {
            let listed = database.message().rsplit_once(": ").map_or("", |(_, list)| list);
            let prefix = format!("{}.", of.table);
            let columns: Vec<&str> =
                listed.split(", ").map(|column| column.strip_prefix(&prefix).unwrap_or(column)).collect();
            index_name("ux", &of.table, &columns)
        }
        _ => return error,
    };
    let found = uniques(app, of).into_iter().find(|fields| {
        let columns: Vec<&str> = fields.iter().filter_map(|id| app.field(*id)).map(|field| &*field.column).collect();
        index_name("ux", &of.table, &columns) == named
    });
    found.map_or(error, |fields| StoreError::UniqueTaken { fields })
}
