//! Steps as statements of each database.
//!
//! SQLite can add, rename and drop columns but not change one: a changed column is a new one that takes the old one's values
//! and name. References are written at their columns, so that a column can go without the table being copied.

use crate::{
    plan::{
        Act,
        table::{Index, LIVE, Table, TableColumn, key_name},
    },
    seat,
    sql::{Column, Dialect, Statement, lower, name, number::power},
};

pub(super) fn statements(act: &Act, dialect: Dialect) -> Vec<String> {
    match act {
        Act::CreateTable(table) => create(table, dialect),
        Act::RenameTable { before, to, .. } => {
            let mut all = vec![format!("ALTER TABLE {} RENAME TO {}", name(&before.name), name(to))];
            if dialect == Dialect::Postgres {
                all.extend(
                    before.columns.iter().filter(|column| column.references.is_some()).map(|column| {
                        rename_key(to, &key_name(&before.name, &column.name), &key_name(to, &column.name))
                    }),
                );
            }
            all
        }
        Act::DropTable(table) => {
            let mut all: Vec<String> =
                table.joins.iter().map(|join| format!("DROP TABLE {}", name(&join.name))).collect();
            let cascade = if dialect == Dialect::Postgres { " CASCADE" } else { "" };
            all.push(format!("DROP TABLE {}{cascade}", name(&table.name)));
            all
        }
        Act::AddColumn { table, column, .. } => {
            vec![format!("ALTER TABLE {} ADD COLUMN {}", name(table), definition(table, column, dialect))]
        }
        Act::RenameColumn { table, before, to, .. } => {
            let table_name = name(table);
            let mut all =
                vec![format!("ALTER TABLE {table_name} RENAME COLUMN {} TO {}", name(&before.name), name(to))];
            if dialect == Dialect::Postgres && before.references.is_some() {
                all.push(rename_key(table, &key_name(table, &before.name), &key_name(table, to)));
            }
            all
        }
        // A secret is a text to the database; `take` seals and opens.
        Act::Convert { from, to, .. } if from.column == Column::Secret || to.column == Column::Secret => Vec::new(),
        Act::Convert { table, from, to, .. } => convert(table, from, to, dialect),
        Act::DropColumn { table, column, .. } => {
            vec![format!("ALTER TABLE {} DROP COLUMN {}", name(table), name(&column.name))]
        }
        Act::CreateJoin { table, join, .. } => {
            let (id, int, end) = match dialect {
                Dialect::Sqlite => ("TEXT", "INTEGER", " STRICT, WITHOUT ROWID"),
                Dialect::Postgres => ("uuid", "bigint", ""),
            };
            let join_name = name(&join.name);
            let index = name(&crate::plan::table::index_name("ix", &join.name, &["target"]));
            vec![
                format!(
                    "CREATE TABLE {join_name} (owner {id} NOT NULL REFERENCES {}(id) ON DELETE CASCADE \
                     DEFERRABLE INITIALLY DEFERRED, target {id} NOT NULL REFERENCES {}(id) ON DELETE CASCADE \
                     DEFERRABLE INITIALLY DEFERRED, position {int} NOT NULL, PRIMARY KEY (owner, target)){end}",
                    name(table),
                    name(&join.target)
                ),
                format!("CREATE INDEX {index} ON {join_name} (target)"),
            ]
        }
        Act::RenameJoin { from, to, .. } => {
            let index = |join: &str| name(&crate::plan::table::index_name("ix", join, &["target"]));
            let mut all = vec![format!("ALTER TABLE {} RENAME TO {}", name(from), name(to))];
            all.push(format!("DROP INDEX {}", index(from)));
            all.push(format!("CREATE INDEX {} ON {} (target)", index(to), name(to)));
            all
        }
        Act::DropJoin { join, .. } => vec![format!("DROP TABLE {}", name(&join.name))],
        Act::CreateIndex { table, index, .. } => vec![index_sql(table, index)],
        Act::DropIndex { index, .. } => vec![format!("DROP INDEX {}", name(&index.name))],
        Act::Require { .. } | Act::Shorten { .. } | Act::Retire { .. } | Act::Admit { .. } => Vec::new(),
        Act::Bound { .. } | Act::Rule { .. } => Vec::new(),
        Act::Search { table, columns, add, .. } => search(table, columns, *add, dialect),
        Act::Seat { table, add, .. } => vec![match add {
            true => seat::add(&name(table), dialect),
            false => format!("ALTER TABLE {} DROP COLUMN {}", name(table), seat::COLUMN),
        }],
    }
}

fn create(table: &Table, dialect: Dialect) -> Vec<String> {
    let (id, int, moment, text, end) = match dialect {
        Dialect::Sqlite => ("TEXT", "INTEGER", "TEXT", "TEXT", " STRICT"),
        Dialect::Postgres => ("uuid", "bigint", "timestamptz", "text COLLATE \"C\"", ""),
    };
    let mut columns = vec![
        format!("id {id} PRIMARY KEY NOT NULL"),
        format!("version {int} NOT NULL"),
        format!("created_at {moment} NOT NULL"),
        format!("created_by {id} NOT NULL"),
        format!("updated_at {moment} NOT NULL"),
        format!("updated_by {id} NOT NULL"),
        format!("deleted_at {moment}"),
    ];
    if !table.search.is_empty() {
        columns.push(format!("search_text {text}"));
    }
    if table.seated {
        columns.push(format!("{} {text}", seat::COLUMN));
    }
    columns.extend(table.columns.iter().map(|column| match dialect {
        Dialect::Sqlite => definition(&table.name, column, dialect),
        Dialect::Postgres => format!("{} {}", name(&column.name), column.column.sql(dialect)),
    }));
    let mut all = vec![format!("CREATE TABLE {} ({}){end}", name(&table.name), columns.join(", "))];
    all.extend(table.indexes.iter().map(|index| index_sql(&table.name, index)));
    all
}

/// References of a new table, for PostgreSQL, which wants the tables they lead to to be there first.
pub(super) fn keys(act: &Act, dialect: Dialect) -> Vec<String> {
    let (Act::CreateTable(table), Dialect::Postgres) = (act, dialect) else { return Vec::new() };
    let add = |column: &TableColumn| {
        Some(format!(
            "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {}(id) DEFERRABLE INITIALLY DEFERRED",
            name(&table.name),
            name(&key_name(&table.name, &column.name)),
            name(&column.name),
            name(column.references.as_ref()?)
        ))
    };
    table.columns.iter().filter_map(add).collect()
}

fn definition(table: &str, column: &TableColumn, dialect: Dialect) -> String {
    let mut text = format!("{} {}", name(&column.name), column.column.sql(dialect));
    if let Some(target) = &column.references {
        let key = name(&key_name(table, &column.name));
        text.push_str(&format!(" CONSTRAINT {key} REFERENCES {}(id) DEFERRABLE INITIALLY DEFERRED", name(target)));
    }
    text
}

/// The id ends a plain index, so that an order by the columns and then the id needs no sorting.
pub(crate) fn index_sql(table: &str, index: &Index) -> String {
    let mut columns: Vec<String> = index.columns.iter().map(|column| name(column)).collect();
    if !index.unique {
        columns.push("id".to_owned());
    }
    if index.seated {
        columns.push(seat::COLUMN.to_owned());
    }
    let unique = if index.unique { "UNIQUE " } else { "" };
    format!("CREATE {unique}INDEX {} ON {} ({}) WHERE {LIVE}", name(&index.name), name(table), columns.join(", "))
}

fn rename_key(table: &str, from: &str, to: &str) -> String {
    format!("ALTER TABLE {} RENAME CONSTRAINT {} TO {}", name(table), name(from), name(to))
}

fn convert(table: &str, from: &TableColumn, to: &TableColumn, dialect: Dialect) -> Vec<String> {
    let (table, column) = (name(table), name(&to.name));
    let value = converted(&column, from.column, to.column, dialect);
    match dialect {
        Dialect::Postgres => {
            vec![format!("ALTER TABLE {table} ALTER COLUMN {column} TYPE {} USING {value}", to.column.sql(dialect))]
        }
        Dialect::Sqlite => {
            let beside = name("loam converted");
            vec![
                format!("ALTER TABLE {table} ADD COLUMN {beside} {}", to.column.sql(dialect)),
                format!("UPDATE {table} SET {beside} = {value}"),
                format!("ALTER TABLE {table} DROP COLUMN {column}"),
                format!("ALTER TABLE {table} RENAME COLUMN {beside} TO {column}"),
            ]
        }
    }
}

/// A value of the old column as one of the new. Rounding is half away from zero, as everywhere.
pub(super) fn converted(column: &str, from: Column, to: Column, dialect: Dialect) -> String {
    match (dialect, from, to) {
        (Dialect::Postgres, _, Column::Int) => format!("round({column})::bigint"),
        (Dialect::Postgres, _, Column::Decimal(places)) => format!("round({column}::numeric, {places})"),
        (Dialect::Postgres, Column::DateTime, Column::Text) => {
            format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
        }
        (Dialect::Postgres, _, Column::Texts) => format!("CASE WHEN {column} IS NOT NULL THEN ARRAY[{column}] END"),
        (Dialect::Postgres, _, _) => format!("{column}::text"),
        (Dialect::Sqlite, Column::Bool, Column::Text) => {
            format!("CASE {column} WHEN 1 THEN 'true' WHEN 0 THEN 'false' END")
        }
        (Dialect::Sqlite, Column::Decimal(0), Column::Text) => format!("CAST({column} AS TEXT)"),
        (Dialect::Sqlite, Column::Decimal(places), Column::Text) => {
            let whole = power(places);
            format!(
                "CASE WHEN {column} < 0 THEN '-' ELSE '' END || (abs({column}) / {whole}) || '.' || \
                 printf('%0{places}d', abs({column}) % {whole})"
            )
        }
        (Dialect::Sqlite, _, Column::Texts) => format!("CASE WHEN {column} IS NOT NULL THEN json_array({column}) END"),
        (Dialect::Sqlite, from, to) => match (from.scale(), to.scale()) {
            (Some(coarse), Some(fine)) if fine >= coarse => format!("{column} * {}", power(fine - coarse)),
            (Some(fine), Some(coarse)) => {
                let k = power(fine - coarse);
                format!("{column} / {k} + CASE WHEN abs({column} % {k}) * 2 >= {k} THEN sign({column}) ELSE 0 END")
            }
            _ => format!("CAST({column} AS TEXT)"),
        },
    }
}

/// Search text from the columns themselves; initials come with the next save of each record.
fn search(table: &str, columns: &[String], add: bool, dialect: Dialect) -> Vec<String> {
    let table = name(table);
    if columns.is_empty() {
        return vec![format!("ALTER TABLE {table} DROP COLUMN search_text")];
    }
    let mut all = Vec::new();
    if add {
        all.push(format!("ALTER TABLE {table} ADD COLUMN search_text {}", Column::Text.sql(dialect)));
    }
    let parts: Vec<String> = columns.iter().map(|column| format!("coalesce({}, '')", name(column))).collect();
    let text = parts.join(" || ' ' || ");
    let small = match dialect {
        Dialect::Sqlite => lower::sqlite(&text),
        Dialect::Postgres => lower::postgres(&format!("({text})")),
    };
    all.push(format!("UPDATE {table} SET search_text = {small}"));
    all
}

/// What the platform keeps by the names of entities and fields follows their renaming. The ledger stays as it was written;
/// whoever reads it follows the renamings that are on it.
pub(super) fn renames(act: &Act) -> Vec<Statement> {
    match act {
        Act::RenameTable { entity, before, to } => {
            let before_it = Statement::new("DELETE FROM loam_delivery WHERE entity = $1").text(entity.as_str());
            let mut all: Vec<Statement> = ["loam_comment", "loam_attachment", "loam_upload", "loam_delivery"]
                .iter()
                .map(|table| {
                    Statement::new(format!("UPDATE {table} SET entity = $1 WHERE entity = $2"))
                        .text(entity.as_str())
                        .text(before.entity.as_str())
                })
                .collect();
            all.insert(0, before_it);
            all.push(
                Statement::new(
                    "UPDATE loam_serial SET field = $1 || substr(field, CAST($2 AS INTEGER)) \
                     WHERE substr(field, 1, CAST($3 AS INTEGER)) = $4",
                )
                .text(format!("{to}."))
                .int(2 + i64::try_from(before.name.chars().count()).unwrap_or_default())
                .int(1 + i64::try_from(before.name.chars().count()).unwrap_or_default())
                .text(format!("{}.", before.name)),
            );
            all
        }
        Act::RenameColumn { entity, table, before, to, field } => {
            let mut all = field_renames(entity, &before.field, field);
            all.push(
                Statement::new("UPDATE loam_serial SET field = $1 WHERE field = $2")
                    .text(format!("{table}.{to}"))
                    .text(format!("{table}.{}", before.name)),
            );
            all
        }
        Act::RenameJoin { entity, before, field, .. } => field_renames(entity, before, field),
        Act::DropTable(table) => {
            vec![Statement::new("DELETE FROM loam_delivery WHERE entity = $1").text(table.entity.as_str())]
        }
        _ => Vec::new(),
    }
}

fn field_renames(entity: &str, before: &str, after: &str) -> Vec<Statement> {
    let each = ["loam_attachment", "loam_upload"].map(|table| {
        Statement::new(format!("UPDATE {table} SET field = $1 WHERE entity = $2 AND field = $3"))
            .text(after)
            .text(entity)
            .text(before)
    });
    each.into()
}
