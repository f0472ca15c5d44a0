//! The period a record falls into, as a key to group by. A day's period is told by its first day; a moment's by the days that
//! the app's time zone begins, which are bound; a period text's by the text of the longer period.

use model::{Date, Grain, Timestamp, Value, YearStart};
use policy::ByPeriod;

use crate::{
    StoreError,
    sql::{Column, Dialect, Printer, Reader},
};

/// Most periods that moments are sorted into by one statement.
const MOST: usize = 4_000;

/// The key's SQL and what it holds.
pub(super) fn key(
    printer: &mut Printer<'_>,
    period: &ByPeriod,
    reader: &Reader<'_>,
) -> Result<(String, Column), StoreError> {
    let read = printer.walk(&period.by, 0, Some(reader))?;
    let value = printer.value(&read);
    match read.column {
        Column::Date => Ok((first_day(printer.dialect, &value, period.grain, period.year), Column::Date)),
        Column::DateTime => {
            let begins = period.begins.as_slice();
            if begins.is_empty() || begins.len() > MOST {
                return Err(StoreError::Misfit("moments by no period, or by too many"));
            }
            Ok((sorted(printer, &value, begins)?, Column::Date))
        }
        Column::Text => {
            let own = period.own.ok_or(StoreError::Misfit("periods of a text that is none"))?;
            Ok((longer(&value, own, period.grain, period.year)?, Column::Text))
        }
        _ => Err(StoreError::Misfit("periods of what is no time")),
    }
}

/// The first day of the period that a day is in.
fn first_day(dialect: Dialect, day: &str, grain: Grain, year: YearStart) -> String {
    let moved = year.month() - 1;
    if moved == 0 || grain <= Grain::Month {
        return of_calendar(dialect, day, grain);
    }
    // As if years began in January, so many months earlier: there from the first of a month, which every month has.
    match dialect {
        Dialect::Postgres => {
            let earlier = format!("(({day})::timestamp - interval '{moved} months')");
            format!("({} + interval '{moved} months')::date", of_calendar(dialect, &earlier, grain))
        }
        Dialect::Sqlite => {
            let earlier = format!("date(substr({day}, 1, 7) || '-01', '-{moved} months')");
            format!("date({}, '+{moved} months')", of_calendar(dialect, &earlier, grain))
        }
    }
}

/// The same in years of the calendar.
fn of_calendar(dialect: Dialect, day: &str, grain: Grain) -> String {
    match (dialect, grain) {
        (_, Grain::Day) => day.to_owned(),
        (Dialect::Postgres, Grain::Half) => {
            format!(
                "make_date(extract(year FROM {day})::int, CASE WHEN extract(month FROM {day}) > 6 THEN 7 ELSE 1 END, 1)"
            )
        }
        (Dialect::Postgres, grain) => format!("date_trunc('{}', ({day})::timestamp)::date", grain.word()),
        (Dialect::Sqlite, Grain::Week) => format!("date({day}, 'weekday 0', '-6 days')"),
        (Dialect::Sqlite, Grain::Month) => format!("substr({day}, 1, 7) || '-01'"),
        (Dialect::Sqlite, Grain::Quarter) => {
            format!(
                "substr({day}, 1, 5) || substr('01040710', (cast(substr({day}, 6, 2) AS INTEGER) - 1) / 3 * 2 + 1, 2) || '-01'"
            )
        }
        (Dialect::Sqlite, Grain::Half) => {
            format!("substr({day}, 1, 5) || CASE WHEN substr({day}, 6, 2) > '06' THEN '07' ELSE '01' END || '-01'")
        }
        (Dialect::Sqlite, Grain::Year) => format!("substr({day}, 1, 4) || '-01-01'"),
    }
}

/// The period of a moment among those that begin at known moments, found by halving.
fn sorted(printer: &mut Printer<'_>, moment: &str, begins: &[(Timestamp, Date)]) -> Result<String, StoreError> {
    let Some((first, _)) = begins.first() else { return Err(StoreError::Misfit("moments by no period")) };
    let first = printer.bind(Value::DateTime(*first), Column::DateTime);
    let found = halved(printer, moment, begins)?;
    Ok(format!("CASE WHEN {moment} >= {first} THEN {found} END"))
}

fn halved(printer: &mut Printer<'_>, moment: &str, begins: &[(Timestamp, Date)]) -> Result<String, StoreError> {
    let (left, right) = begins.split_at(begins.len() / 2);
    match (left, right) {
        ([], [(_, day)]) => {
            let day = printer.bind(Value::Date(*day), Column::Date);
            Ok(if printer.dialect == Dialect::Postgres { format!("{day}::date") } else { day })
        }
        (left, [(from, _), ..]) => {
            let from = printer.bind(Value::DateTime(*from), Column::DateTime);
            let (before, after) = (halved(printer, moment, left)?, halved(printer, moment, right)?);
            Ok(format!("CASE WHEN {moment} < {from} THEN {before} ELSE {after} END"))
        }
        _ => Err(StoreError::Misfit("moments by no period")),
    }
}

/// The written form of the longer period that a written period is in.
fn longer(text: &str, own: Grain, grain: Grain, begins: YearStart) -> Result<String, StoreError> {
    let mut year = format!("substr({text}, 1, 4)");
    let mut month = format!("CAST(substr({text}, 6, 2) AS INTEGER)");
    if own == Grain::Month && grain > own && begins != YearStart::JANUARY {
        let first = begins.month();
        year = format!("CASE WHEN {month} < {first} THEN CAST(CAST({year} AS INTEGER) - 1 AS TEXT) ELSE {year} END");
        month = format!("(({month} + {}) % 12 + 1)", 12 - first);
    }
    Ok(match (own, grain) {
        (own, grain) if own == grain => text.to_owned(),
        (Grain::Month | Grain::Quarter | Grain::Half, Grain::Year) => year,
        (Grain::Month, Grain::Quarter) => format!("{year} || '-Q' || (({month} + 2) / 3)"),
        (Grain::Month, Grain::Half) => format!("{year} || '-H' || (({month} + 5) / 6)"),
        (Grain::Quarter, Grain::Half) => {
            format!("{year} || CASE WHEN substr({text}, 7, 1) > '2' THEN '-H2' ELSE '-H1' END")
        }
        _ => return Err(StoreError::Misfit("periods that are not parts of those asked for")),
    })
}
