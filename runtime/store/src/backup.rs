//! The whole database as rows that either database takes: read in one snapshot, and put into an empty one.
//!
//! A backup speaks of values, not of a database's own way to keep them: a row of SQLite goes into PostgreSQL and the other way
//! round. What is bound to a moment or a machine is left out, see [`LEFT_OUT`].
//!
//! INVARIANT: what is read is one snapshot: no write is half in it. INVARIANT: what is loaded is committed whole or not at all,
//! and only into a database in which nothing was kept.

mod dump;
mod load;

use app::App;
use model::Value;
use serde_json::Value as Json;

pub use dump::{Dumped, Sink};
pub use load::{LoadError, Loading, Opens, Piece, Source};

use crate::{
    StoreError,
    plan::table::{Table, tables},
    seat,
    sql::Column,
    system::{
        STEPS,
        shape::{Shape, shapes},
    },
};

/// Tables that a backup does not hold: the version of the tables, which node leads, sessions, tickets that wait for an
/// answer, and files whose record was not saved yet. Whoever was signed in signs in again: a session that was ended since must
/// not come back.
pub const LEFT_OUT: [&str; 5] = ["loam_meta", "loam_leader", "loam_session", "loam_waiting", "loam_upload"];

/// The version of the platform's own tables. A backup goes into tables of its own version only.
pub fn system_version() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// The tables a backup of an app holds, the platform's own first, in an order in which they can be filled.
fn shapes_of(app: &App) -> Vec<Shape> {
    let own = shapes().into_iter().filter(|shape| !LEFT_OUT.contains(&shape.name.as_str()));
    let of_app = tables(app);
    let joins = of_app.iter().flat_map(|table| {
        table.joins.iter().map(|join| Shape {
            name: join.name.clone(),
            columns: vec![
                ("owner".to_owned(), Column::Id),
                ("target".to_owned(), Column::Id),
                ("position".to_owned(), Column::Int),
            ],
        })
    });
    own.chain(of_app.iter().map(shape)).chain(joins).collect()
}

fn shape(table: &Table) -> Shape {
    let system = [
        ("id", Column::Id),
        ("version", Column::Int),
        ("created_at", Column::DateTime),
        ("created_by", Column::Id),
        ("updated_at", Column::DateTime),
        ("updated_by", Column::Id),
        ("deleted_at", Column::DateTime),
    ];
    let mut columns: Vec<(String, Column)> = system.map(|(name, column)| (name.to_owned(), column)).to_vec();
    if !table.search.is_empty() {
        columns.push(("search_text".to_owned(), Column::Text));
    }
    if table.seated {
        columns.push((seat::COLUMN.to_owned(), Column::Text));
    }
    columns.extend(table.columns.iter().map(|column| (column.name.clone(), column.column)));
    Shape { name: table.name.clone(), columns }
}

/// A value as a backup writes it. JSON stands as text, so that a value that is JSON's `null` is not taken for none.
fn written(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => Json::from(*number),
        Value::Decimal(number) => Json::String(number.to_string()),
        Value::Text(text) | Value::Sealed(text) => Json::String(text.clone()),
        Value::Date(date) => Json::String(date.to_string()),
        Value::DateTime(moment) => Json::String(format!("{moment:.3}")),
        Value::Id(id) => Json::String(id.to_string()),
        Value::Json(json) => Json::String(json.to_string()),
        Value::List(items) => Json::Array(items.iter().map(written).collect()),
    }
}

/// A value read again; what does not fit its column is no value of a backup.
fn read(json: &Json, column: Column) -> Option<Value> {
    if json.is_null() {
        return Some(Value::Null);
    }
    Some(match column {
        Column::Bool => Value::Bool(json.as_bool()?),
        Column::Int => Value::Int(json.as_i64()?),
        Column::Decimal(_) | Column::Number => Value::Decimal(json.as_str()?.parse().ok()?),
        Column::Text | Column::Secret => Value::Text(json.as_str()?.to_owned()),
        Column::Date => Value::Date(json.as_str()?.parse().ok()?),
        Column::DateTime => Value::DateTime(json.as_str()?.parse().ok()?),
        Column::Id => Value::Id(json.as_str()?.parse().ok()?),
        Column::Json => Value::Json(serde_json::from_str(json.as_str()?).ok()?),
        Column::Texts | Column::Ids | Column::Many(_) => {
            let item = if column == Column::Ids { Column::Id } else { Column::Text };
            Value::List(json.as_array()?.iter().map(|json| read(json, item)).collect::<Option<_>>()?)
        }
    })
}

fn unfit(table: &str) -> StoreError {
    StoreError::bad(table, "", "of the backup")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_as_they_were() {
        let values = [
            (Value::Null, Column::Text),
            (Value::Bool(false), Column::Bool),
            (Value::Int(i64::MIN), Column::Int),
            (Value::Decimal("-1234567890.50".parse().unwrap()), Column::Decimal(2)),
            (Value::Text("郑\u{0}州".to_owned()), Column::Text),
            (Value::Date("2025-02-28".parse().unwrap()), Column::Date),
            (Value::DateTime("2025-11-10T08:00:00.123Z".parse().unwrap()), Column::DateTime),
            (Value::Json(serde_json::json!({"b": 1, "a": [null]})), Column::Json),
            (Value::Json(Json::Null), Column::Json),
            (Value::List(vec!["x".into(), "y".into()]), Column::Texts),
        ];
        for (value, column) in values {
            assert_eq!(read(&written(&value), column), Some(value));
        }
        assert_eq!(read(&Json::from("tomorrow"), Column::Date), None);
        assert_eq!(read(&Json::from(1.5), Column::Int), None);
    }
}
