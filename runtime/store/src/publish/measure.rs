//! Statements that count what a step loses, what does not fit, and what lies outside its bounds.

use std::{collections::HashMap, ops::RangeInclusive};

use model::{RecordId, Value};

use crate::{
    Plan,
    plan::{
        Act,
        table::{LIVE, TableColumn},
    },
    sql::{Column, Dialect, Statement, name, number::whole},
    vault::Vault,
};

/// What tables and columns are called at some point of a plan, by what they are called at its end: a plan is measured
/// before its renames have happened.
pub(super) struct Names {
    dialect: Dialect,
    tables: HashMap<String, String>,
    columns: HashMap<(String, String), String>,
    /// Columns whose values are yet to become others.
    conversions: HashMap<(String, String), (Column, Column)>,
    /// What entities and fields were called, by their tables and columns: secrets vouch for it.
    entities: HashMap<String, String>,
    fields: HashMap<(String, String), String>,
    /// Tables and columns that are not there yet.
    new: Vec<(String, Option<String>)>,
}

impl Names {
    /// Before the first step.
    pub(super) fn before(plan: &Plan, dialect: Dialect) -> Self {
        Self::at(plan, 0, dialect)
    }

    /// After so many steps.
    pub(super) fn at(plan: &Plan, done: usize, dialect: Dialect) -> Self {
        let mut names = Self {
            dialect,
            tables: HashMap::new(),
            columns: HashMap::new(),
            conversions: HashMap::new(),
            entities: HashMap::new(),
            fields: HashMap::new(),
            new: Vec::new(),
        };
        for step in plan.steps.iter().skip(done) {
            match &step.act {
                Act::RenameTable { before, to, .. } => {
                    names.tables.insert(to.clone(), before.name.clone());
                    names.entities.insert(to.clone(), before.entity.clone());
                }
                Act::RenameColumn { table, before, to, .. } => {
                    names.columns.insert((table.clone(), to.clone()), before.name.clone());
                    names.fields.insert((table.clone(), to.clone()), before.field.clone());
                }
                Act::Convert { table, from, to, .. } => {
                    names.conversions.insert((table.clone(), to.name.clone()), (from.column, to.column));
                }
                Act::CreateTable(table) => names.new.push((table.name.clone(), None)),
                Act::AddColumn { table, column, .. } => names.new.push((table.clone(), Some(column.name.clone()))),
                _ => {}
            }
        }
        names
    }

    fn table(&self, table: &str) -> Option<String> {
        let new = self.new.iter().any(|(new, column)| new == table && column.is_none());
        (!new).then(|| name(self.tables.get(table).map_or(table, String::as_str)))
    }

    /// The column's value as it will be; `None` when the column is not there yet.
    fn column(&self, table: &str, column: &str) -> Option<String> {
        let raw = self.raw(table, column)?;
        Some(match self.conversions.get(&(table.to_owned(), column.to_owned())) {
            Some((from, to)) => format!("({})", super::ddl::converted(&raw, *from, *to, self.dialect)),
            None => raw,
        })
    }

    /// Whether the column's values are secrets now.
    fn sealed(&self, table: &str, column: &TableColumn) -> bool {
        let conversion = self.conversions.get(&(table.to_owned(), column.name.clone()));
        conversion.map_or(column.column, |(from, _)| *from) == Column::Secret
    }

    /// The column's name as it is now; `None` when it is not there yet.
    fn raw(&self, table: &str, column: &str) -> Option<String> {
        let new = self.new.iter().any(|(of, new)| of == table && new.as_deref() == Some(column));
        let key = (table.to_owned(), column.to_owned());
        (!new).then(|| name(self.columns.get(&key).map_or(column, String::as_str)))
    }
}

/// Counts the values a destructive step loses.
pub(super) fn lost(act: &Act, names: &Names) -> Option<Statement> {
    let sql = match act {
        Act::DropTable(table) => format!("SELECT count(*) FROM {}", name(&table.name)),
        Act::DropColumn { table, column, .. } => {
            // A column that is dropped for one of another type has the same name as the new one.
            let column = name(names.columns.get(&(table.clone(), column.name.clone())).unwrap_or(&column.name));
            format!("SELECT count({column}) FROM {}", names.table(table)?)
        }
        Act::DropJoin { join, .. } => format!("SELECT count(DISTINCT owner) FROM {}", name(&join.name)),
        _ => return None,
    };
    Some(Statement::new(sql))
}

/// Counts the values that do not fit what a step demands.
pub(super) fn unfit(act: &Act, names: &Names) -> Option<Statement> {
    let dialect = names.dialect;
    match act {
        // Rows that are there have no value in a new column.
        Act::AddColumn { table, column, .. } if column.required && column.default.is_null() => {
            Some(Statement::new(format!("SELECT count(*) FROM {} WHERE {LIVE}", names.table(table)?)))
        }
        Act::Require { table, column, .. } => {
            let (table, column) = (names.table(table)?, names.column(table, &column.name)?);
            Some(Statement::new(format!("SELECT count(*) FROM {table} WHERE {column} IS NULL AND {LIVE}")))
        }
        // How long secrets are, the database does not know: see [`long`].
        Act::Shorten { table, column, .. } if names.sealed(table, column) => None,
        Act::Shorten { table, column, most, .. } => {
            let (table, column) = (names.table(table)?, names.column(table, &column.name)?);
            let sql = format!("SELECT count(*) FROM {table} WHERE length({column}) > $1 AND {LIVE}");
            Some(Statement::new(sql).int(*most))
        }
        Act::Retire { table, column, codes, .. } => {
            let (table, of) = (names.table(table)?, names.column(table, &column.name)?);
            let among = dialect.among(Column::Texts, 1);
            let sql = match (dialect, column.column) {
                (Dialect::Sqlite, Column::Texts) => format!(
                    "SELECT count(*) FROM {table} WHERE EXISTS (SELECT 1 FROM json_each({of}) AS e WHERE e.value {among}) \
                     AND {LIVE}"
                ),
                (Dialect::Postgres, Column::Texts) => {
                    format!("SELECT count(*) FROM {table} WHERE {of} && $1::text[] AND {LIVE}")
                }
                _ => format!("SELECT count(*) FROM {table} WHERE {of} {among} AND {LIVE}"),
            };
            let codes = codes.iter().map(|code| Value::Text(code.clone())).collect();
            Some(Statement::new(sql).bind(Value::List(codes), Column::Texts))
        }
        Act::Admit { table, column, codes, .. } => {
            let (table, of) = (names.table(table)?, names.column(table, &column.name)?);
            let among = dialect.among(Column::Texts, 1);
            let sql = match (dialect, column.column) {
                (Dialect::Sqlite, Column::Texts) => format!(
                    "SELECT count(*) FROM {table} WHERE EXISTS (SELECT 1 FROM json_each({of}) AS e \
                     WHERE NOT (e.value {among}))"
                ),
                (Dialect::Postgres, Column::Texts) => {
                    format!("SELECT count(*) FROM {table} WHERE NOT ({of} <@ $1::text[])")
                }
                (Dialect::Postgres, _) => format!("SELECT count(*) FROM {table} WHERE NOT ({of} = ANY($1::text[]))"),
                _ => format!("SELECT count(*) FROM {table} WHERE NOT ({of} {among})"),
            };
            let codes = codes.iter().map(|code| Value::Text(code.clone())).collect();
            Some(Statement::new(sql).bind(Value::List(codes), Column::Texts))
        }
        Act::Convert { table, from, to, .. } => {
            let (table, column) = (names.table(table)?, names.raw(table, &from.name)?);
            let (Some(fine), Some(coarse)) = (from.column.scale(), to.column.scale()) else { return None };
            let narrower = coarse < fine;
            let grows = 18_u32.saturating_sub(coarse);
            let condition = match dialect {
                Dialect::Sqlite if narrower => format!("{column} % {} <> 0", crate::sql::number::power(fine - coarse)),
                // More places leave fewer digits before the point.
                Dialect::Sqlite => {
                    format!("abs({column}) >= {}", crate::sql::number::power((fine + grows).min(18)))
                }
                Dialect::Postgres if narrower => format!("{column} <> round({column}, {coarse})"),
                Dialect::Postgres => format!("abs({column}) >= 1e{grows}"),
            };
            Some(Statement::new(format!("SELECT count(*) FROM {table} WHERE {condition}")))
        }
        Act::CreateIndex { table, index, .. } if index.unique => {
            let of = names.table(table)?;
            let columns: Option<Vec<String>> = index.columns.iter().map(|column| names.column(table, column)).collect();
            let columns = columns?;
            let known: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
            let (list, known) = (columns.join(", "), known.join(" AND "));
            Some(Statement::new(format!(
                "SELECT coalesce(sum(n), 0){} FROM (SELECT count(*) AS n FROM {of} WHERE {LIVE} AND {known} \
                 GROUP BY {list} HAVING count(*) > 1) AS d",
                if dialect == Dialect::Postgres { "::bigint" } else { "" }
            )))
        }
        _ => None,
    }
}

/// Counts the rows whose values lie outside bounds that are new or tighter.
pub(super) fn outside(act: &Act, names: &Names) -> Option<Statement> {
    let Act::Bound { table, column, least, most, .. } = act else { return None };
    // How long secrets are, the database does not know: see [`short`].
    if names.sealed(table, column) {
        return None;
    }
    let (table, of) = (names.table(table)?, names.column(table, &column.name)?);
    let size = if column.column.is_text() { format!("length({of})") } else { of };
    let (mut beyond, mut bound) = (Vec::new(), Vec::new());
    for (end, value) in [(End::Least, least), (End::Most, most)] {
        let Some(value) = value else { continue };
        bound.push(end.bound(value, column.column, names.dialect)?);
        beyond.push(format!("{size} {} ${}", end.beyond(), bound.len()));
    }
    let select = Statement::new(format!("SELECT count(*) FROM {table} WHERE ({}) AND {LIVE}", beyond.join(" OR ")));
    Some(bound.into_iter().fold(select, |select, (value, column)| select.bind(value, column)))
}

/// One of two bounds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Least,
    Most,
}

impl End {
    /// How what lies beyond it compares with it.
    fn beyond(self) -> &'static str {
        match self {
            Self::Least => "<",
            Self::Most => ">",
        }
    }

    /// It as a parameter: a length, or a value of the column. A decimal may have more places and digits than its column.
    fn bound(self, value: &Value, column: Column, dialect: Dialect) -> Option<(Value, Column)> {
        Some(match (column, dialect) {
            (Column::Text | Column::Secret, _) => (value.clone(), Column::Int),
            (Column::Decimal(places), Dialect::Sqlite) => {
                (Value::Int(whole(value.as_decimal()?, places, self == Self::Least)), Column::Int)
            }
            (Column::Decimal(_), Dialect::Postgres) => (Value::Decimal(value.as_decimal()?), Column::Number),
            _ => (value.clone(), column),
        })
    }
}

/// Secrets that may be longer or shorter than a step allows: they are counted by opening them, some at a time.
pub(super) struct Lengths {
    table: String,
    column: String,
    entity: String,
    field: String,
    within: RangeInclusive<i64>,
    after: Option<RecordId>,
    over: bool,
    /// How many are too long or too short, of those read so far.
    pub(super) many: i64,
}

/// The secrets that must not be longer than a step demands.
pub(super) fn long(act: &Act, names: &Names) -> Option<Lengths> {
    let Act::Shorten { entity, table, column, most } = act else { return None };
    lengths((entity, table, column), 0..=*most, names)
}

/// The secrets that are to be no shorter than a step says.
pub(super) fn short(act: &Act, names: &Names) -> Option<Lengths> {
    let Act::Bound { entity, table, column, least: Some(Value::Int(least)), .. } = act else { return None };
    lengths((entity, table, column), *least..=i64::MAX, names)
}

fn lengths(
    (entity, table, column): (&String, &String, &TableColumn),
    within: RangeInclusive<i64>,
    names: &Names,
) -> Option<Lengths> {
    if !names.sealed(table, column) {
        return None;
    }
    let field = names.fields.get(&(table.clone(), column.name.clone())).unwrap_or(&column.field);
    Some(Lengths {
        table: names.table(table)?,
        column: names.raw(table, &column.name)?,
        entity: names.entities.get(table).unwrap_or(entity).clone(),
        field: field.clone(),
        within,
        after: None,
        over: false,
        many: 0,
    })
}

impl Lengths {
    /// What to read next; `None` when all of them were.
    pub(super) fn next(&self) -> Option<Statement> {
        let Self { table, column, .. } = self;
        let beyond = if self.after.is_some() { " AND id > $1" } else { "" };
        let select = Statement::new(format!(
            "SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL AND {LIVE}{beyond} ORDER BY id LIMIT 500"
        ));
        let select = match self.after {
            Some(id) => select.id(id),
            None => select,
        };
        (!self.over).then(|| select.gives([Column::Id, Column::Secret]))
    }

    /// What was read. What does not open is as long as it may be.
    pub(super) fn take(&mut self, vault: &Vault, rows: &[Vec<Value>]) {
        self.over = true;
        for row in rows {
            let [Value::Id(id), Value::Text(text)] = row.as_slice() else { continue };
            (self.after, self.over) = (Some(*id), false);
            let clear = vault.open_cell(&self.entity, &self.field, *id, text);
            let length = clear.map(|clear| i64::try_from(clear.chars().count()).unwrap_or(i64::MAX));
            self.many += i64::from(length.is_some_and(|length| !self.within.contains(&length)));
        }
    }
}

/// What does not fit, said of the values a step counts.
pub(super) fn why(act: &Act) -> &'static str {
    match act {
        Act::AddColumn { .. } => "the field is required and has no default, and there are records",
        Act::Require { .. } => "the field is required and has no value there",
        Act::Shorten { .. } => "the texts are too long",
        Act::Retire { .. } => "they use a choice that is gone",
        Act::Admit { .. } => "they are none of the choices",
        Act::Convert { from, to, .. } if from.column.scale() > to.column.scale() => {
            "they would be rounded; name the field to round them"
        }
        Act::Convert { .. } => "they have more digits than the field takes",
        Act::CreateIndex { .. } => "records share a value that must be unique",
        _ => "they do not fit",
    }
}
