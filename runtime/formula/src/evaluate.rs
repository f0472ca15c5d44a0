//! Evaluation of the typed tree: exact decimals, Kleene's three values, and a meter that every step and every large value
//! is charged to. Nothing here can loop without being charged, recurse deeper than the tree, or panic.

use std::cmp::Ordering;

use jiff::{Timestamp, ToSpan, tz::TimeZone};
use model::{Date, Decimal, RecordId, Value};

use crate::{
    ActorAttribute, Arithmetic, Comparison, EvaluateError, Path, Scope,
    function::Nulls,
    limits, show,
    tree::{Node, Typed},
};

type Answer<T = Value> = Result<T, EvaluateError>;

/// One evaluation: what it sees and what it has used up.
pub(crate) struct Context<'a> {
    scope: &'a dyn Scope,
    steps: usize,
}

impl<'a> Context<'a> {
    pub(crate) fn new(scope: &'a dyn Scope) -> Self {
        Self { scope, steps: 0 }
    }

    /// Pays for work about to be done.
    pub(crate) fn charge(&mut self, steps: usize) -> Answer<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > limits::OPERATIONS {
            return Err(EvaluateError::Operations { limit: limits::OPERATIONS });
        }
        Ok(())
    }

    /// Pays for a text about to be made or gone through, and refuses one that is too long to make.
    pub(crate) fn charge_text(&mut self, bytes: usize) -> Answer<()> {
        if bytes > limits::TEXT {
            return Err(EvaluateError::Text { limit: limits::TEXT });
        }
        self.charge(bytes / 16)
    }

    /// Pays for a list about to be made, and refuses one that is too long.
    pub(crate) fn charge_list(&mut self, items: usize) -> Answer<()> {
        if items > limits::LIST {
            return Err(EvaluateError::List { limit: limits::LIST });
        }
        self.charge(items)
    }

    pub(crate) fn today(&self) -> Date {
        self.scope.today()
    }

    pub(crate) fn is_open(&self, calendar: Option<RecordId>, day: Date) -> bool {
        calendar.map_or_else(|| self.scope.is_open(day), |calendar| self.scope.is_open_in(calendar, day))
    }

    pub(crate) fn zone(&self) -> TimeZone {
        self.scope.zone()
    }

    fn value(&mut self, path: &Path) -> Answer {
        let value = self.scope.value(path);
        match &value {
            Value::List(items) => self.charge(items.len())?,
            Value::Text(text) => self.charge(text.len() / 64)?,
            _ => {}
        }
        Ok(value)
    }

    pub(crate) fn actor(&self, attribute: ActorAttribute) -> Value {
        self.scope.actor(attribute)
    }

    /// The value of a node.
    pub(crate) fn evaluate(&mut self, typed: &Typed) -> Answer {
        self.charge(1)?;
        Ok(match &typed.node {
            Node::Literal(value) => value.clone(),
            Node::Field(path) | Node::Children(path) => self.value(path)?,
            Node::Actor(attribute) => self.actor(*attribute),
            Node::Today => Value::Date(self.today()),
            Node::Now => Value::DateTime(self.scope.now()),
            Node::Negate(inner) => negate(&self.evaluate(inner)?)?,
            Node::Arithmetic(op, left, right) => {
                let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
                arithmetic(*op, &left, &right)?
            }
            Node::Divide(left, right) => {
                let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
                divide(&left, &right)?
            }
            Node::Remainder(left, right) => {
                let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
                remainder(&left, &right)?
            }
            Node::Join(left, right) => match (self.evaluate(left)?, self.evaluate(right)?) {
                (Value::Text(mut left), Value::Text(right)) => {
                    self.charge_text(left.len() + right.len())?;
                    left.push_str(&right);
                    Value::Text(left)
                }
                _ => Value::Null,
            },
            Node::Interpolate(items) => {
                let mut text = String::new();
                for item in items {
                    let value = self.evaluate(item)?;
                    self.charge_text(text.len() + show::length(&value))?;
                    let part = show::plain(&value);
                    text.push_str(&part);
                }
                Value::Text(text)
            }
            Node::Days { date, days, back } => {
                let (date, days) = (self.evaluate(date)?, self.evaluate(days)?);
                match (date.as_date(), whole(&days)) {
                    (Some(date), Some(days)) => later(date, if *back { days.saturating_neg() } else { days })?.into(),
                    _ => Value::Null,
                }
            }
            Node::Between(end, start) => {
                let (end, start) = (self.evaluate(end)?, self.evaluate(start)?);
                match (end.as_date(), start.as_date()) {
                    (Some(end), Some(start)) => Value::Int(days_between(start, end)),
                    _ => Value::Null,
                }
            }
            Node::Compare(op, left, right) => {
                let (left, right) = (self.evaluate(left)?, self.evaluate(right)?);
                self.charge_text(compared(&left, &right))?;
                op.holds(&left, &right).into()
            }
            Node::IsNull(inner) => Value::Bool(self.evaluate(inner)?.is_null()),
            Node::In(item, list) => {
                let item = self.evaluate(item)?;
                let mut answer = Some(false);
                for other in list {
                    let other = self.evaluate(other)?;
                    answer = either(answer, equal(&item, &other));
                }
                answer.into()
            }
            Node::Member { item, list } => {
                let (item, list) = (self.evaluate(item)?, self.evaluate(list)?);
                self.member(&list, &item)?.into()
            }
            Node::And(items) => {
                let mut answer = Some(true);
                for item in items {
                    answer = both(answer, truth(&self.evaluate(item)?));
                    if answer == Some(false) {
                        break;
                    }
                }
                answer.into()
            }
            Node::Or(items) => {
                let mut answer = Some(false);
                for item in items {
                    answer = either(answer, truth(&self.evaluate(item)?));
                    if answer == Some(true) {
                        break;
                    }
                }
                answer.into()
            }
            Node::Not(inner) => truth(&self.evaluate(inner)?).map(|flag| !flag).into(),
            Node::Coalesce(items) => {
                for item in items {
                    let value = self.evaluate(item)?;
                    if !value.is_null() {
                        return Ok(value);
                    }
                }
                Value::Null
            }
            Node::Cases { arms, otherwise } => {
                for (condition, value) in arms {
                    if truth(&self.evaluate(condition)?) == Some(true) {
                        return self.evaluate(value);
                    }
                }
                self.evaluate(otherwise)?
            }
            Node::Switch { subject, arms, otherwise } => {
                let subject = self.evaluate(subject)?;
                for (item, value) in arms {
                    let item = self.evaluate(item)?;
                    if equal(&subject, &item) == Some(true) {
                        return self.evaluate(value);
                    }
                }
                self.evaluate(otherwise)?
            }
            Node::List(items) => {
                self.charge_list(items.len())?;
                Value::List(items.iter().map(|item| self.evaluate(item)).collect::<Result<_, _>>()?)
            }
            Node::Reach(asked) => {
                let of = self.evaluate(&asked.of)?;
                let day = asked.day.as_ref().map(|day| self.evaluate(day)).transpose()?;
                match (of.as_id(), day.as_ref().map(Value::as_date)) {
                    (None, _) | (_, Some(None)) => Value::Null,
                    (Some(of), day) => self.scope.reaches(of, asked.placed, &asked.reach, day.flatten()).into(),
                }
            }
            Node::Call(function, args) => {
                let args = args.iter().map(|arg| self.evaluate(arg)).collect::<Result<Vec<_>, _>>()?;
                match function.run {
                    Some(_) if function.nulls == Nulls::Answers && args.iter().any(Value::is_null) => Value::Null,
                    Some(run) => run(&Given(&args), self)?,
                    None => Value::Null,
                }
            }
        })
    }

    /// Whether a list holds an item; not known when the item is not known. No list is an empty list.
    pub(crate) fn member(&mut self, list: &Value, item: &Value) -> Answer<Option<bool>> {
        if item.is_null() {
            return Ok(None);
        }
        let items = list.as_list().unwrap_or_default();
        self.charge(items.len())?;
        Ok(Some(items.iter().any(|other| equal(other, item) == Some(true))))
    }
}

/// Bytes a comparison looks at.
fn compared(left: &Value, right: &Value) -> usize {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.len().min(right.len()).min(limits::TEXT),
        _ => 0,
    }
}

/// The arguments of a call, already computed; those left out at the end are absent.
pub(crate) struct Given<'a>(pub(crate) &'a [Value]);

static NULL: Value = Value::Null;

impl Given<'_> {
    /// An argument, null when left out.
    pub(crate) fn at(&self, index: usize) -> &Value {
        self.0.get(index).unwrap_or(&NULL)
    }

    pub(crate) fn all(&self) -> &[Value] {
        self.0
    }

    pub(crate) fn is_given(&self, index: usize) -> bool {
        index < self.0.len()
    }

    pub(crate) fn decimal(&self, index: usize) -> Answer<Decimal> {
        let value = self.at(index);
        value.as_decimal().ok_or_else(|| mismatch(value, "number"))
    }

    /// A whole number; a decimal is cut.
    pub(crate) fn whole(&self, index: usize) -> Answer<i64> {
        let value = self.at(index);
        whole(value).ok_or_else(|| mismatch(value, "whole number"))
    }

    pub(crate) fn text(&self, index: usize) -> Answer<&str> {
        let value = self.at(index);
        value.as_text().ok_or_else(|| mismatch(value, "text"))
    }

    pub(crate) fn date(&self, index: usize) -> Answer<Date> {
        let value = self.at(index);
        value.as_date().ok_or_else(|| mismatch(value, "date"))
    }

    pub(crate) fn moment(&self, index: usize) -> Answer<Timestamp> {
        match self.at(index) {
            Value::DateTime(moment) => Ok(*moment),
            other => Err(mismatch(other, "date and time")),
        }
    }

    /// Whether all arguments before that place are known.
    pub(crate) fn knows(&self, before: usize) -> bool {
        (0..before).all(|index| !self.at(index).is_null())
    }

    /// A calendar, where one is given; that of all otherwise.
    pub(crate) fn calendar(&self, index: usize) -> Option<RecordId> {
        self.at(index).as_id()
    }

    /// The day of a date, or of a moment where the organisation is.
    pub(crate) fn day(&self, index: usize, context: &Context<'_>) -> Answer<Date> {
        match self.at(index) {
            Value::DateTime(moment) => Ok(context.zone().to_datetime(*moment).date()),
            _ => self.date(index),
        }
    }

    /// The items of a list; of null, none.
    pub(crate) fn list(&self, index: usize) -> Answer<&[Value]> {
        match self.at(index) {
            Value::List(items) => Ok(items),
            Value::Null => Ok(&[]),
            other => Err(mismatch(other, "list")),
        }
    }
}

fn mismatch(value: &Value, wanted: &str) -> EvaluateError {
    let shown: String = show::quoted(value).chars().take(40).collect();
    EvaluateError::Mismatch { what: format!("`{shown}`"), wanted: wanted.into() }
}

/// The whole part of a number that fits.
pub(crate) fn whole(value: &Value) -> Option<i64> {
    use rust_decimal::prelude::ToPrimitive;
    match value {
        Value::Int(number) => Some(*number),
        Value::Decimal(number) => number.trunc().to_i64(),
        _ => None,
    }
}

pub(crate) fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        _ => None,
    }
}

/// Kleene's and.
pub(crate) fn both(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(false), _) | (_, Some(false)) => Some(false),
        (Some(true), Some(true)) => Some(true),
        _ => None,
    }
}

/// Kleene's or.
pub(crate) fn either(a: Option<bool>, b: Option<bool>) -> Option<bool> {
    match (a, b) {
        (Some(true), _) | (_, Some(true)) => Some(true),
        (Some(false), Some(false)) => Some(false),
        _ => None,
    }
}

pub(crate) fn equal(a: &Value, b: &Value) -> Option<bool> {
    a.compare(b).map(Ordering::is_eq)
}

impl Comparison {
    /// The answer on two values, not known when they do not compare.
    pub(crate) fn holds(self, left: &Value, right: &Value) -> Option<bool> {
        let order = left.compare(right)?;
        Some(match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        })
    }
}

pub(crate) fn negate(value: &Value) -> Answer {
    match value {
        Value::Int(number) => number.checked_neg().map(Value::Int).ok_or(EvaluateError::Overflow),
        Value::Decimal(number) => Ok(Value::Decimal(-*number)),
        _ => Ok(Value::Null),
    }
}

pub(crate) fn arithmetic(op: Arithmetic, left: &Value, right: &Value) -> Answer {
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        let number = match op {
            Arithmetic::Add => left.checked_add(*right),
            Arithmetic::Subtract => left.checked_sub(*right),
            Arithmetic::Multiply => left.checked_mul(*right),
        };
        return number.map(Value::Int).ok_or(EvaluateError::Overflow);
    }
    let (Some(left), Some(right)) = (left.as_decimal(), right.as_decimal()) else { return Ok(Value::Null) };
    let number = match op {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
    };
    number.map(Value::Decimal).ok_or(EvaluateError::Overflow)
}

/// Exact as far as 28 digits go; null by zero.
pub(crate) fn divide(left: &Value, right: &Value) -> Answer {
    match (left.as_decimal(), right.as_decimal()) {
        (Some(_), Some(zero)) if zero.is_zero() => Ok(Value::Null),
        (Some(left), Some(right)) => left.checked_div(right).map(Value::Decimal).ok_or(EvaluateError::Overflow),
        _ => Ok(Value::Null),
    }
}

/// With the sign of the left side; null by zero.
fn remainder(left: &Value, right: &Value) -> Answer {
    match (left, right) {
        (Value::Int(_) | Value::Decimal(_), Value::Int(0)) => Ok(Value::Null),
        (Value::Int(left), Value::Int(right)) => Ok(Value::Int(left.wrapping_rem(*right))),
        _ => match (left.as_decimal(), right.as_decimal()) {
            (Some(_), Some(zero)) if zero.is_zero() => Ok(Value::Null),
            (Some(left), Some(right)) => left.checked_rem(right).map(Value::Decimal).ok_or(EvaluateError::Overflow),
            _ => Ok(Value::Null),
        },
    }
}

/// A day some days later.
pub(crate) fn later(date: Date, days: i64) -> Answer<Date> {
    let span = 0.days().try_days(days).map_err(|_| EvaluateError::Overflow)?;
    date.checked_add(span).map_err(|_| EvaluateError::Overflow)
}

pub(crate) fn days_between(start: Date, end: Date) -> i64 {
    end.duration_since(start).as_hours() / 24
}

#[cfg(test)]
mod tests;
