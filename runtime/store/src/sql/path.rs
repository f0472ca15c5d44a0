//! Paths to SQL: joins along references, and the conditions under which the reader may see what is at the end.
//!
//! A join is the same for every eye: all it does is follow the reference. Who may see is a condition on the value, so that
//! a masked value is NULL in columns, filters, orders and groups alike. Trusted conditions (grants, page filters) read
//! without masks.

use app::{App, Field, FieldKind, System};
use formula::Path;
use model::{EntityId, FieldId, Value};
use policy::{Access, Authorized, Mask, Request};

use crate::{
    Asking, StoreError,
    sql::{
        Column, Dialect, Statement,
        breadth::Ways,
        column::{entity, field},
        name,
    },
    vault::WHOLE,
};

/// What a reader may see: the access to the request's entity and to the entities reached from it.
#[derive(Clone, Copy)]
pub(crate) struct Reader<'a> {
    pub(crate) entity: EntityId,
    pub(crate) main: &'a Access,
    pub(crate) joined: &'a dyn Joined,
}

/// The access to entities reached through references.
pub(crate) trait Joined: Sync {
    fn joined(&self, entity: EntityId) -> Option<&Access>;
}

impl<R: Sync> Joined for Authorized<R> {
    fn joined(&self, entity: EntityId) -> Option<&Access> {
        Authorized::joined(self, entity)
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn of<R: Request + Sync>(request: &'a Authorized<R>) -> Self {
        Self { entity: request.on().0, main: request.access(), joined: request }
    }

    pub(crate) fn access(&self, entity: EntityId) -> Option<&'a Access> {
        if entity == self.entity { Some(self.main) } else { self.joined.joined(entity) }
    }
}

/// Prints the parts of one statement: collects its joins and parameters.
pub(crate) struct Printer<'a> {
    pub(crate) app: &'a App,
    pub(crate) asking: &'a Asking,
    pub(crate) dialect: Dialect,
    pub(crate) args: Vec<(Value, Column)>,
    /// Join `n` has the alias `t{n+1}`; the request's own table is `t0`.
    joins: Vec<(usize, FieldId, String)>,
    pub(crate) extra: String,
    /// How questions of reach are gone about, where they only select rows.
    pub(crate) ways: Ways,
    /// Whether the statement is about many rows.
    pub(crate) many: bool,
    /// Whether what is printed selects rows: "no" and "not known" are then the same.
    pub(super) selecting: bool,
}

/// A value to read: its SQL, what it holds, and whether it is the plain column.
pub(crate) struct Read<'a> {
    pub(crate) alias: usize,
    pub(crate) field: &'a Field,
    pub(crate) column: Column,
    /// Seen only when this holds.
    pub(crate) when: Option<String>,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(app: &'a App, asking: &'a Asking, dialect: Dialect) -> Self {
        Self {
            app,
            asking,
            dialect,
            args: Vec::new(),
            joins: Vec::new(),
            extra: String::new(),
            ways: Ways::default(),
            many: false,
            selecting: false,
        }
    }

    /// For a statement about many rows.
    pub(crate) fn of_many(app: &'a App, asking: &'a Asking, dialect: Dialect) -> Self {
        Self { many: true, ..Self::new(app, asking, dialect) }
    }

    /// Binds a value and answers its parameter.
    pub(crate) fn bind(&mut self, value: Value, column: Column) -> String {
        self.args.push((value, column));
        format!("${}", self.args.len())
    }

    /// The statement of this text. What was bound for a part that was left out again, as an item beside an empty list, is left
    /// out where nothing follows it: PostgreSQL refuses more parameters than the text has.
    pub(crate) fn statement(mut self, sql: String, columns: Vec<Column>) -> Statement {
        // The last one has the highest number, so that none other begins as it does.
        while !self.args.is_empty() && !sql.contains(&format!("${}", self.args.len())) {
            self.args.pop();
        }
        Statement { sql: sql.into(), args: self.args, columns }
    }

    pub(crate) fn truth(&self, flag: bool) -> &'static str {
        match (self.dialect, flag) {
            (Dialect::Sqlite, true) => "1",
            (Dialect::Sqlite, false) => "0",
            (Dialect::Postgres, true) => "TRUE",
            (Dialect::Postgres, false) => "FALSE",
        }
    }

    /// Neither true nor false.
    pub(crate) fn unknown(&self) -> &'static str {
        if self.dialect == Dialect::Sqlite { "NULL" } else { "NULL::boolean" }
    }

    /// The alias of the record that a reference leads to.
    fn follow(&mut self, from: usize, hop: FieldId) -> Result<(usize, EntityId), StoreError> {
        let reference = field(self.app, hop)?;
        let FieldKind::Reference { to, .. } = reference.kind else {
            return Err(StoreError::Misfit("a path through what is no reference"));
        };
        if let Some(known) = self.joins.iter().position(|(alias, field, _)| *alias == from && *field == hop) {
            return Ok((known + 1, to));
        }
        let alias = self.joins.len() + 1;
        let table = name(&entity(self.app, to)?.table);
        let join = format!(" LEFT JOIN {table} t{alias} ON t{alias}.id = t{from}.{}", name(&reference.column));
        self.joins.push((from, hop, join));
        Ok((alias, to))
    }

    /// `table t0` and every join printed so far.
    pub(crate) fn from(&self, of: EntityId) -> Result<String, StoreError> {
        Ok(self.joined_to(&name(&entity(self.app, of)?.table)))
    }

    /// The same of a row that stands in no table: `rows` is what gives it.
    pub(crate) fn joined_to(&self, rows: &str) -> String {
        let mut from = format!("{rows} t0");
        self.joins.iter().for_each(|(_, _, join)| from.push_str(join));
        from.push_str(&self.extra);
        from
    }

    /// Where a path leads from the record `root`, and when the reader may see it.
    pub(crate) fn walk(
        &mut self,
        path: &Path,
        root: usize,
        reader: Option<&Reader<'_>>,
    ) -> Result<Read<'a>, StoreError> {
        let (alias, found, mut when) = self.reach_end(path, root, reader)?;
        if matches!(found.kind, FieldKind::Secret) {
            return Err(StoreError::Misfit("a secret, where anything but showing it is asked for"));
        }
        self.seen(path.field, found.entity, alias, reader, &mut when)?;
        let when = (!when.is_empty()).then(|| when.join(" AND "));
        Ok(Read { alias, field: found, column: Column::of(found), when })
    }

    /// The record and field at the end of a path, and when the reader may follow it there.
    fn reach_end(
        &mut self,
        path: &Path,
        root: usize,
        reader: Option<&Reader<'_>>,
    ) -> Result<(usize, &'a Field, Vec<String>), StoreError> {
        let (mut alias, mut at) = (root, path.entity);
        let mut when: Vec<String> = Vec::new();
        for hop in &path.hops {
            self.seen(*hop, at, alias, reader, &mut when)?;
            (alias, at) = self.follow(alias, *hop)?;
            if let Some(reader) = reader {
                when.push(format!("t{alias}.deleted_at IS NULL"));
                match reader.access(at).map(|access| &access.rows) {
                    Some(rows) => when.extend(self.condition(rows, alias)?),
                    None => when.push(self.truth(false).to_owned()),
                }
            }
        }
        let found = field(self.app, path.field)?;
        if found.entity != at {
            return Err(StoreError::Misfit("a path that does not lead where it says"));
        }
        Ok((alias, found, when))
    }

    /// A trusted condition on the record `root`; `None` when it always holds for who asks.
    pub(crate) fn condition(
        &mut self,
        predicate: &formula::Predicate,
        root: usize,
    ) -> Result<Option<String>, StoreError> {
        match predicate.settle(self.asking) {
            formula::Predicate::Const(true) => Ok(None),
            settled => self.predicate(&settled, root, None).map(Some),
        }
    }

    /// Adds the condition under which a field of the record `alias` may be seen.
    fn seen(
        &mut self,
        field: FieldId,
        owner: EntityId,
        alias: usize,
        reader: Option<&Reader<'_>>,
        when: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        let Some(reader) = reader else { return Ok(()) };
        let Some(access) = reader.access(owner).filter(|access| access.field(field).is_some()) else {
            when.push(self.truth(false).to_owned());
            return Ok(());
        };
        if let Some(mask) = access.mask(field) {
            when.extend(self.condition(mask, alias)?);
        }
        Ok(())
    }

    /// The value at the end of a path.
    pub(crate) fn value(&self, read: &Read<'_>) -> String {
        let plain = self.plain(read);
        match &read.when {
            Some(when) => format!("CASE WHEN {when} THEN {plain} END"),
            None => plain,
        }
    }

    /// The value without its condition.
    fn plain(&self, read: &Read<'_>) -> String {
        let alias = read.alias;
        match (&read.field.kind, self.dialect) {
            (FieldKind::References { table, .. }, Dialect::Sqlite) => format!(
                "(SELECT json_group_array(target) FROM (SELECT target FROM {} WHERE owner = t{alias}.id ORDER BY position))",
                name(table)
            ),
            (FieldKind::References { table, .. }, Dialect::Postgres) => {
                format!("ARRAY(SELECT target FROM {} WHERE owner = t{alias}.id ORDER BY position)", name(table))
            }
            _ => format!("t{alias}.{}", name(&read.field.column)),
        }
    }

    /// A column a reader asked for, masked.
    pub(crate) fn column(&mut self, path: &Path, reader: &Reader<'_>) -> Result<(String, Column), StoreError> {
        if matches!(field(self.app, path.field)?.kind, FieldKind::Children { .. }) {
            return Err(StoreError::Misfit("a children field, which is listed by a request of its own"));
        }
        let (alias, found, way) = self.reach_end(path, 0, Some(reader))?;
        let mut when = way.clone();
        self.seen(path.field, found.entity, alias, Some(reader), &mut when)?;
        let column = Column::of(found);
        let when = (!when.is_empty()).then(|| when.join(" AND "));
        let read = Read { alias, field: found, column, when };
        if column == Column::Secret {
            return Ok((self.secret(path, &read, &way, reader)?, Column::Text));
        }
        let partly = reader.access(found.entity).map_or(&[][..], |access| access.partly(path.field));
        let Some(whole) = read.when.as_ref().filter(|_| !partly.is_empty()) else {
            return Ok((self.value(&read), column));
        };
        let plain = self.plain(&read);
        let mut sql = format!("CASE WHEN {whole} THEN {plain}");
        for (rows, mask) in partly {
            let mut when = way.clone();
            when.extend(self.condition(rows, alias)?);
            let when = if when.is_empty() { self.truth(true).to_owned() } else { when.join(" AND ") };
            let masked = self.masked(&plain, mask);
            sql.push_str(&format!(" WHEN {when} THEN {masked}"));
        }
        sql.push_str(" END");
        Ok((sql, column))
    }

    /// A secret as [`crate::vault::Vault::shown`] takes it: with the record it is of, whose id it was sealed with, and with the
    /// mask where it is shown in part, which is applied once it is open.
    fn secret(
        &mut self,
        path: &Path,
        read: &Read<'_>,
        way: &[String],
        reader: &Reader<'_>,
    ) -> Result<String, StoreError> {
        let (alias, sealed) = (read.alias, self.plain(read));
        let cast = if self.dialect == Dialect::Postgres { "::text" } else { "" };
        let marked = |printer: &mut Self, mask: String| {
            let mark = printer.bind(format!("{mask}{WHOLE}").into(), Column::Text);
            format!("{mark}{cast} || t{alias}.id{cast} || ' ' || {sealed}")
        };
        let whole = marked(self, String::new());
        let Some(when) = &read.when else { return Ok(whole) };
        let mut sql = format!("CASE WHEN {when} THEN {whole}");
        let partly = reader.access(read.field.entity).map_or(&[][..], |access| access.partly(path.field));
        for (rows, mask) in partly {
            let mut when = way.to_vec();
            when.extend(self.condition(rows, alias)?);
            let when = if when.is_empty() { self.truth(true).to_owned() } else { when.join(" AND ") };
            let masked = marked(self, mask.to_string());
            sql.push_str(&format!(" WHEN {when} THEN {masked}"));
        }
        sql.push_str(" END");
        Ok(sql)
    }

    /// A text in part, as [`Mask::apply`] shows it.
    fn masked(&mut self, text: &str, mask: &Mask) -> String {
        let between = self.bind(mask.between().into(), Column::Text);
        let (first, last) = (mask.first(), mask.last());
        let mut parts: Vec<String> = Vec::new();
        if first > 0 {
            parts.push(format!("substr({text}, 1, {first})"));
        }
        // A parameter alone has no type PostgreSQL could tell.
        parts.push(if self.dialect == Dialect::Postgres { format!("{between}::text") } else { between.clone() });
        if last > 0 {
            parts.push(match self.dialect {
                Dialect::Sqlite => format!("substr({text}, -{last})"),
                Dialect::Postgres => format!("right({text}, {last})"),
            });
        }
        let shown = parts.join(" || ");
        format!(
            "CASE WHEN {text} IS NULL THEN NULL WHEN length({text}) > {} THEN {shown} ELSE {between} END",
            first + last
        )
    }
}

/// Whether a record is in use or in the bin.
pub(crate) fn bin(alias: usize, inside: bool) -> String {
    let column = System::NAMES.last().copied().unwrap_or_default();
    format!("t{alias}.{column} IS {}NULL", if inside { "NOT " } else { "" })
}
