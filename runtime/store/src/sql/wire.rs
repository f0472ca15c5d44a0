//! Values to parameters and columns back to values, for both drivers.

use jiff::{SignedDuration, Timestamp, civil::Date};
use model::{Decimal, Uuid, Value, decimal::round_half_up};
use sqlx::{
    Arguments, Decode, Encode, Postgres, Row, Sqlite, Type, ValueRef,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgArguments, PgRow, PgTypeInfo, PgValueFormat, PgValueRef},
    sqlite::{SqliteArguments, SqliteRow},
};

use crate::{
    StoreError,
    sql::column::{Column, Item},
    vault::SEALED,
};

const UNFIT: StoreError = StoreError::Misfit("a value that is not of its field's type");
const TOO_LARGE: StoreError = StoreError::Misfit("a number with more digits than its column");

/// A moment to the millisecond, as both databases keep it.
pub(crate) fn to_millisecond(moment: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(moment.as_millisecond()).unwrap_or(moment)
}

/// A moment as SQLite keeps it: sorts as text as it does in time.
pub(crate) fn moment_text(moment: Timestamp) -> String {
    format!("{:.3}", to_millisecond(moment))
}

/// A number times a power of ten, if it is whole then and fits.
pub(crate) fn scaled(number: Decimal, places: u32) -> Option<i64> {
    let mut rounded = round_half_up(number, places);
    rounded.rescale(places);
    (rounded.scale() == places).then(|| i64::try_from(rounded.mantissa()).ok()).flatten()
}

fn decimal(value: &Value) -> Result<Decimal, StoreError> {
    value.as_decimal().ok_or(UNFIT)
}

fn texts(items: &[Value]) -> Result<Vec<String>, StoreError> {
    items.iter().map(|item| item.as_text().map(str::to_owned).ok_or(UNFIT)).collect()
}

fn ids(items: &[Value]) -> Result<Vec<Uuid>, StoreError> {
    items.iter().map(|item| item.as_id().ok_or(UNFIT)).collect()
}

/// Parameters for SQLite.
pub(crate) fn sqlite_arguments(args: &[(Value, Column)]) -> Result<SqliteArguments, StoreError> {
    let mut out = SqliteArguments::default();
    out.reserve(args.len(), 0);
    for (value, column) in args {
        let added = match (column, value) {
            (_, Value::Null) => out.add(None::<i64>),
            (Column::Bool, Value::Bool(flag)) => out.add(i64::from(*flag)),
            (Column::Int, Value::Int(number)) => out.add(*number),
            (Column::Decimal(places), _) => out.add(scaled(decimal(value)?, *places).ok_or(TOO_LARGE)?),
            (Column::Text, Value::Text(text)) => out.add(text.clone()),
            (Column::Secret, Value::Text(text)) if text.starts_with(SEALED) => out.add(text.clone()),
            (Column::Date, Value::Date(date)) => out.add(date.to_string()),
            (Column::DateTime, Value::DateTime(moment)) => out.add(moment_text(*moment)),
            (Column::Id, Value::Id(id)) => out.add(id.to_string()),
            (Column::Texts | Column::Ids, Value::List(items)) if items.is_empty() && *column == Column::Texts => {
                out.add(None::<i64>)
            }
            (Column::Texts, Value::List(items)) => out.add(serde_json::Value::from(texts(items)?).to_string()),
            (Column::Ids, Value::List(items)) => {
                let items: Vec<String> = ids(items)?.iter().map(Uuid::to_string).collect();
                out.add(serde_json::Value::from(items).to_string())
            }
            (Column::Json, Value::Json(json)) => out.add(json.to_string()),
            _ => return Err(UNFIT),
        };
        added.map_err(|error| StoreError::Refused(sqlx::Error::Encode(error)))?;
    }
    Ok(out)
}

/// Parameters for PostgreSQL.
pub(crate) fn postgres_arguments(args: &[(Value, Column)]) -> Result<PgArguments, StoreError> {
    let mut out = PgArguments::default();
    out.reserve(args.len(), args.len() * 16);
    for (value, column) in args {
        let added = match (column, value) {
            (Column::Bool, Value::Null) => out.add(None::<bool>),
            (Column::Int, Value::Null) => out.add(None::<i64>),
            (Column::Decimal(_) | Column::Number, Value::Null) => out.add(None::<Decimal>),
            (Column::Text | Column::Secret, Value::Null) => out.add(None::<String>),
            (Column::Date, Value::Null) => out.add(None::<PgDate>),
            (Column::DateTime, Value::Null) => out.add(None::<PgMoment>),
            (Column::Id, Value::Null) => out.add(None::<Uuid>),
            (Column::Texts, Value::Null) => out.add(None::<Vec<String>>),
            (Column::Ids, Value::Null) => out.add(None::<Vec<Uuid>>),
            (Column::Json, Value::Null) => out.add(None::<sqlx::types::Json<serde_json::Value>>),
            (Column::Bool, Value::Bool(flag)) => out.add(*flag),
            (Column::Int, Value::Int(number)) => out.add(*number),
            (Column::Decimal(places), _) => {
                // Refused here as on SQLite, before PostgreSQL refuses it with an error of its own.
                scaled(decimal(value)?, *places).filter(|n| n.unsigned_abs() < 10_u64.pow(18)).ok_or(TOO_LARGE)?;
                out.add(round_half_up(decimal(value)?, *places))
            }
            (Column::Number, _) => out.add(decimal(value)?),
            (Column::Text, Value::Text(text)) => out.add(clean(text)),
            // Nothing goes there in clear.
            (Column::Secret, Value::Text(text)) if text.starts_with(SEALED) => out.add(text.clone()),
            (Column::Date, Value::Date(date)) => out.add(PgDate(*date)),
            (Column::DateTime, Value::DateTime(moment)) => out.add(PgMoment(to_millisecond(*moment))),
            (Column::Id, Value::Id(id)) => out.add(*id),
            (Column::Texts, Value::List(items)) if items.is_empty() => out.add(None::<Vec<String>>),
            (Column::Texts, Value::List(items)) => out.add(texts(items)?),
            (Column::Ids, Value::List(items)) => out.add(ids(items)?),
            (Column::Json, Value::Json(json)) => out.add(sqlx::types::Json(json)),
            _ => return Err(UNFIT),
        };
        added.map_err(|error| StoreError::Refused(sqlx::Error::Encode(error)))?;
    }
    Ok(out)
}

/// PostgreSQL has no text with a zero byte in it; such a byte is shown as what cannot be shown.
fn clean(text: &str) -> String {
    if text.contains('\0') { text.replace('\0', "\u{fffd}") } else { text.to_owned() }
}

/// The values of a SQLite row.
pub(crate) fn sqlite_row(row: &SqliteRow, columns: &[Column]) -> Result<Vec<Value>, sqlx::Error> {
    let mut values = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        let raw = row.try_get_raw(at)?;
        values.push(if raw.is_null() {
            Value::Null
        } else {
            sqlite_value(raw, *column).map_err(|source| decode(at, source))?
        });
    }
    Ok(values)
}

fn decode(at: usize, source: BoxDynError) -> sqlx::Error {
    sqlx::Error::ColumnDecode { index: at.to_string(), source }
}

fn sqlite_value(raw: sqlx::sqlite::SqliteValueRef<'_>, column: Column) -> Result<Value, BoxDynError> {
    Ok(match column {
        Column::Bool => Value::Bool(<i64 as Decode<Sqlite>>::decode(raw)? != 0),
        Column::Int => Value::Int(<i64 as Decode<Sqlite>>::decode(raw)?),
        Column::Decimal(places) => Value::Decimal(Decimal::try_new(<i64 as Decode<Sqlite>>::decode(raw)?, places)?),
        Column::Number => Value::Decimal(Decimal::from(<i64 as Decode<Sqlite>>::decode(raw)?)),
        Column::Text | Column::Secret => Value::Text(<String as Decode<Sqlite>>::decode(raw)?),
        Column::Date => Value::Date(<&str as Decode<Sqlite>>::decode(raw)?.parse()?),
        Column::DateTime => Value::DateTime(<&str as Decode<Sqlite>>::decode(raw)?.parse()?),
        Column::Id => Value::Id(Uuid::try_parse(<&str as Decode<Sqlite>>::decode(raw)?)?),
        Column::Texts => {
            let items: Vec<String> = serde_json::from_str(<&str as Decode<Sqlite>>::decode(raw)?)?;
            list(items.into_iter().map(Value::Text).collect())
        }
        Column::Ids => {
            let items: Vec<Uuid> = serde_json::from_str(<&str as Decode<Sqlite>>::decode(raw)?)?;
            list(items.into_iter().map(Value::Id).collect())
        }
        Column::Json => Value::Json(serde_json::from_str(<&str as Decode<Sqlite>>::decode(raw)?)?),
        Column::Many(item) => {
            let items: Vec<serde_json::Value> = serde_json::from_str(<&str as Decode<Sqlite>>::decode(raw)?)?;
            Value::List(items.iter().map(|json| sqlite_item(json, item)).collect::<Result<_, _>>()?)
        }
    })
}

/// None of several is nothing known.
fn list(items: Vec<Value>) -> Value {
    if items.is_empty() { Value::Null } else { Value::List(items) }
}

fn sqlite_item(json: &serde_json::Value, item: Item) -> Result<Value, BoxDynError> {
    if json.is_null() {
        return Ok(Value::Null);
    }
    let number = || json.as_i64().ok_or("not a whole number");
    let text = || json.as_str().ok_or("not a text");
    Ok(match item {
        Item::Bool => Value::Bool(number()? != 0),
        Item::Int => Value::Int(number()?),
        Item::Decimal(places) => Value::Decimal(Decimal::try_new(number()?, places)?),
        Item::DateTime => Value::DateTime(text()?.parse()?),
        _ => text_item(text()?, item)?,
    })
}

/// One of several values in PostgreSQL's text form; moments come as milliseconds.
fn postgres_item(text: Option<&str>, item: Item) -> Result<Value, BoxDynError> {
    let Some(text) = text else { return Ok(Value::Null) };
    Ok(match item {
        Item::Bool => Value::Bool(text == "true"),
        Item::Int => Value::Int(text.parse()?),
        Item::Decimal(_) => Value::Decimal(text.parse()?),
        Item::DateTime => Value::DateTime(Timestamp::from_millisecond(text.parse()?)?),
        _ => text_item(text, item)?,
    })
}

fn text_item(text: &str, item: Item) -> Result<Value, BoxDynError> {
    Ok(match item {
        Item::Date => Value::Date(text.parse()?),
        Item::Id => Value::Id(Uuid::try_parse(text)?),
        Item::Texts => {
            let items: Vec<String> = serde_json::from_str(text)?;
            list(items.into_iter().map(Value::Text).collect())
        }
        Item::Json => Value::Json(serde_json::from_str(text)?),
        _ => Value::Text(text.to_owned()),
    })
}

/// The values of a PostgreSQL row.
pub(crate) fn postgres_row(row: &PgRow, columns: &[Column]) -> Result<Vec<Value>, sqlx::Error> {
    let mut values = Vec::with_capacity(columns.len());
    for (at, column) in columns.iter().enumerate() {
        let raw = row.try_get_raw(at)?;
        values.push(if raw.is_null() {
            Value::Null
        } else {
            postgres_value(raw, *column).map_err(|source| decode(at, source))?
        });
    }
    Ok(values)
}

fn postgres_value(raw: PgValueRef<'_>, column: Column) -> Result<Value, BoxDynError> {
    Ok(match column {
        Column::Bool => Value::Bool(<bool as Decode<Postgres>>::decode(raw)?),
        Column::Int => Value::Int(<i64 as Decode<Postgres>>::decode(raw)?),
        Column::Decimal(places) => {
            let mut number = <Decimal as Decode<Postgres>>::decode(raw)?;
            number.rescale(places);
            Value::Decimal(number)
        }
        Column::Number => Value::Decimal(<Decimal as Decode<Postgres>>::decode(raw)?),
        Column::Text | Column::Secret => Value::Text(<String as Decode<Postgres>>::decode(raw)?),
        Column::Date => Value::Date(<PgDate as Decode<Postgres>>::decode(raw)?.0),
        Column::DateTime => Value::DateTime(<PgMoment as Decode<Postgres>>::decode(raw)?.0),
        Column::Id => Value::Id(<Uuid as Decode<Postgres>>::decode(raw)?),
        Column::Texts => list(<Vec<String> as Decode<Postgres>>::decode(raw)?.into_iter().map(Value::Text).collect()),
        Column::Ids => list(<Vec<Uuid> as Decode<Postgres>>::decode(raw)?.into_iter().map(Value::Id).collect()),
        Column::Json => Value::Json(<sqlx::types::Json<serde_json::Value> as Decode<Postgres>>::decode(raw)?.0),
        Column::Many(item) => {
            let items = <Vec<Option<String>> as Decode<Postgres>>::decode(raw)?;
            Value::List(items.iter().map(|text| postgres_item(text.as_deref(), item)).collect::<Result<_, _>>()?)
        }
    })
}

/// A date as PostgreSQL sends it: days since 2000-01-01.
struct PgDate(Date);

/// A moment as PostgreSQL sends it: microseconds since 2000-01-01.
struct PgMoment(Timestamp);

const EPOCH: Date = Date::constant(2000, 1, 1);
const EPOCH_MICROSECONDS: i64 = 946_684_800_000_000;

impl Type<Postgres> for PgDate {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("date")
    }
}

impl Encode<'_, Postgres> for PgDate {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let days = i32::try_from(self.0.duration_since(EPOCH).as_hours() / 24)?;
        buffer.extend_from_slice(&days.to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for PgDate {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Self(match value.format() {
            PgValueFormat::Binary => {
                let days = i32::from_be_bytes(value.as_bytes()?.try_into()?);
                EPOCH.checked_add(SignedDuration::from_hours(i64::from(days) * 24))?
            }
            PgValueFormat::Text => value.as_str()?.parse()?,
        }))
    }
}

impl Type<Postgres> for PgMoment {
    fn type_info() -> PgTypeInfo {
        PgTypeInfo::with_name("timestamptz")
    }
}

impl Encode<'_, Postgres> for PgMoment {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let microseconds = self.0.as_microsecond() - EPOCH_MICROSECONDS;
        buffer.extend_from_slice(&microseconds.to_be_bytes());
        Ok(IsNull::No)
    }
}

impl Decode<'_, Postgres> for PgMoment {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        Ok(Self(match value.format() {
            PgValueFormat::Binary => {
                let microseconds = i64::from_be_bytes(value.as_bytes()?.try_into()?);
                Timestamp::from_microsecond(microseconds.checked_add(EPOCH_MICROSECONDS).ok_or("out of range")?)?
            }
            PgValueFormat::Text => value.as_str()?.replacen(' ', "T", 1).parse()?,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_sort_as_text_and_scaled_numbers_are_exact() {
        let moment: Timestamp = "2025-11-10T08:00:00.1239Z".parse().unwrap();
        assert_eq!(moment_text(moment), "2025-11-10T08:00:00.123Z");
        assert_eq!(scaled("2.675".parse().unwrap(), 2), Some(268));
        assert_eq!(scaled("-7".parse().unwrap(), 8), Some(-700_000_000));
        assert_eq!(scaled("99999999999999999999".parse().unwrap(), 2), None);
    }
}
