//! Rollups: one value over the children of a record. Stored children are taken together by the database; children that stand in a
//! form are taken together here, with the same answers.

use std::{cmp::Ordering, collections::HashMap};

use app::{Rollup, RollupFunction};
use formula::{ActorAttribute, Path, Scope};
use jiff::tz::TimeZone;
use model::{Date, Decimal, FieldId, RecordId, Timestamp, Value};
use policy::{Authorized, Change};
use rust_decimal::prelude::ToPrimitive;
use store::Tx;

use super::{
    Work,
    record::{Record, Surroundings},
};
use crate::CommandError;

type Row = HashMap<FieldId, Value>;

impl Work<'_> {
    /// What the rollups of the record come to now, by field; `None` where a number becomes too large.
    pub(super) async fn roll_up(
        &self,
        tx: &mut Tx,
        change: &Authorized<Change>,
        record: &Record,
        rollups: &[(FieldId, &Rollup)],
    ) -> Result<HashMap<FieldId, Option<Value>>, CommandError> {
        let (stored, here): (Vec<_>, Vec<_>) =
            rollups.iter().partition(|(_, rollup)| record.stored && !in_form(record, rollup));
        let none = Vec::new();
        let rows = |rollup: &Rollup| match in_form(record, rollup) {
            true => record.children.get(&rollup.of).unwrap_or(&none),
            false => &none,
        };
        let mut made: HashMap<FieldId, Option<Value>> =
            here.iter().map(|(field, rollup)| (*field, over(rollup, rows(rollup), &self.around))).collect();
        if !stored.is_empty() {
            let asked: Vec<&Rollup> = stored.iter().map(|(_, rollup)| *rollup).collect();
            let values = tx.rollups(&self.actor.edition.app, change, &asked, record.id).await?;
            made.extend(stored.iter().map(|(field, _)| *field).zip(values));
        }
        Ok(made)
    }
}

/// Whether what is taken together stands in the form. What is below its rows never does: until the form is saved, that is what is
/// stored below the record.
fn in_form(record: &Record, rollup: &Rollup) -> bool {
    rollup.between.is_empty() && record.children.contains_key(&rollup.of)
}

/// The same in memory; `None` when a number becomes too large.
fn over(rollup: &Rollup, rows: &[Row], around: &Surroundings) -> Option<Value> {
    let kept: Vec<&Row> =
        rows.iter().filter(|row| rollup.condition.evaluate(&Child { row, around }) == Some(true)).collect();
    let known = |field: FieldId| kept.iter().filter_map(move |row| row.get(&field)).filter(|value| !value.is_null());
    let numbers = |field| known(field).filter_map(Value::as_decimal);
    let count = |items: usize| i64::try_from(items).ok().map(Value::Int);
    Some(match rollup.function {
        RollupFunction::Count => count(kept.len())?,
        RollupFunction::Known(field) => count(known(field).count())?,
        RollupFunction::Distinct(field) => {
            let mut values: Vec<&Value> = known(field).collect();
            values.sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
            values.dedup_by(|a, b| a.compare(b) == Some(Ordering::Equal));
            count(values.len())?
        }
        RollupFunction::Sum(field) => sum(numbers(field))?.into(),
        RollupFunction::Avg(field) => {
            let values: Vec<Decimal> = numbers(field).collect();
            divided(sum(values.iter().copied())?, values.len().into())?
        }
        RollupFunction::Min(field) => extreme(known(field), Ordering::Less),
        RollupFunction::Max(field) => extreme(known(field), Ordering::Greater),
        RollupFunction::First { field, by } => placed(&kept, field, by, Ordering::Less),
        RollupFunction::Last { field, by } => placed(&kept, field, by, Ordering::Greater),
        RollupFunction::Percentile { field, share } => {
            let mut values: Vec<Decimal> = numbers(field).collect();
            values.sort_unstable();
            percentile(&values, share)?
        }
        RollupFunction::WeightedMean { field, weight } => {
            let number = |row: &Row, field| row.get(&field).and_then(Value::as_decimal);
            let pairs: Vec<(Decimal, Decimal)> =
                kept.iter().filter_map(|row| Some((number(row, field)?, number(row, weight)?))).collect();
            let mut products = Decimal::ZERO;
            for (value, weight) in &pairs {
                products = products.checked_add(value.checked_mul(*weight)?)?;
            }
            divided(products, sum(pairs.iter().map(|pair| pair.1))?)?
        }
    })
}

fn sum(mut numbers: impl Iterator<Item = Decimal>) -> Option<Decimal> {
    numbers.try_fold(Decimal::ZERO, Decimal::checked_add)
}

/// Not known by zero.
fn divided(part: Decimal, by: Decimal) -> Option<Value> {
    if by.is_zero() { Some(Value::Null) } else { part.checked_div(by).map(Value::Decimal) }
}

fn extreme<'a>(values: impl Iterator<Item = &'a Value>, wanted: Ordering) -> Value {
    let best = values.reduce(|best, value| if value.compare(best) == Some(wanted) { value } else { best });
    best.cloned().unwrap_or_default()
}

/// The value of the row with the smallest or largest key; of equals the first, or the last of the largest.
fn placed(rows: &[&Row], field: FieldId, by: FieldId, wanted: Ordering) -> Value {
    let mut best: Option<(&Row, &Value)> = None;
    for row in rows {
        let Some(key) = row.get(&by).filter(|key| !key.is_null()) else { continue };
        let better = best.is_none_or(|(_, best)| {
            let order = key.compare(best);
            order == Some(wanted) || (wanted == Ordering::Greater && order == Some(Ordering::Equal))
        });
        if better {
            best = Some((row, key));
        }
    }
    best.and_then(|(row, _)| row.get(&field)).cloned().unwrap_or_default()
}

fn percentile(sorted: &[Decimal], share: Decimal) -> Option<Value> {
    let Some(last) = sorted.len().checked_sub(1) else { return Some(Value::Null) };
    let place = share.checked_mul(last.into())?;
    let low = *sorted.get(place.trunc().to_usize()?)?;
    let high = sorted.get(place.trunc().to_usize()? + 1).copied().unwrap_or(low);
    high.checked_sub(low)?.checked_mul(place.fract())?.checked_add(low).map(Value::Decimal)
}

/// A child in a form, as its condition sees it.
struct Child<'a> {
    row: &'a Row,
    around: &'a Surroundings,
}

impl Scope for Child<'_> {
    fn value(&self, path: &Path) -> Value {
        self.row.get(&path.field).cloned().unwrap_or_default()
    }

    fn actor(&self, attribute: ActorAttribute) -> Value {
        self.around.actor(attribute)
    }

    fn now(&self) -> Timestamp {
        self.around.now()
    }

    fn today(&self) -> Date {
        self.around.today()
    }

    fn is_open(&self, day: Date) -> bool {
        self.around.is_open(day)
    }

    fn is_open_in(&self, calendar: RecordId, day: Date) -> bool {
        self.around.is_open_in(calendar, day)
    }

    fn zone(&self) -> TimeZone {
        self.around.zone()
    }
}
