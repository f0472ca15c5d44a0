//! Making a value fit where it stands: literals take the type of their place, different branches agree on one type.

use jiff::{civil::DateTime, tz::TimeZone};
use model::{Date, Timestamp, Type, Uuid, Value};

use super::{Checker, article};
use crate::{
    Fault,
    parse::Span,
    tree::{Node, Typed},
};

/// A text literal, which may stand for a date, a moment or an id.
pub(super) fn is_literal(typed: &Typed) -> bool {
    matches!(&typed.node, Node::Literal(Value::Text(_)))
}

/// A whole-number literal beside a decimal is a decimal.
pub(super) fn number(typed: Typed, beside: &Type) -> Typed {
    match (&typed.node, beside) {
        (Node::Literal(Value::Int(number)), Type::Decimal) => {
            Typed::new(Node::Literal(Value::Decimal((*number).into())), Type::Decimal, typed.span)
        }
        _ => typed,
    }
}

/// What a text literal means where a date, a moment or an id is asked for.
fn read(text: &str, wanted: &Type) -> Option<Value> {
    let text = text.trim();
    match wanted {
        Type::Date => text.parse::<Date>().ok().map(Value::Date).filter(|_| text.len() == 10),
        Type::DateTime => {
            let moment = text.parse::<Timestamp>().ok();
            let civil = || text.parse::<DateTime>().ok().and_then(|moment| TimeZone::UTC.to_timestamp(moment).ok());
            moment.or_else(civil).map(Value::DateTime)
        }
        Type::Id(_) => text.parse::<Uuid>().ok().map(Value::Id),
        _ => None,
    }
}

impl Checker<'_> {
    /// The value as a `wanted`, or a fault.
    pub(super) fn expect(&mut self, typed: Typed, wanted: &Type) -> Typed {
        let span = typed.span;
        match fit(typed, wanted) {
            Ok(typed) => typed,
            Err((found, place)) => {
                let mut fault = refusal(&found, wanted, place.unwrap_or(span));
                fault.help = fault.help.or_else(|| hint(&found, wanted));
                self.fail(fault)
            }
        }
    }

    /// The values with one type all of them fit, reported where one does not.
    pub(super) fn unify(&mut self, items: Vec<Typed>) -> (Vec<Typed>, Option<Type>) {
        self.unify_for(items, None)
    }

    /// [`Checker::unify`] for the two sides of an operator, whose message names both.
    pub(super) fn unify_for(
        &mut self,
        items: Vec<Typed>,
        operator: Option<(&str, Span)>,
    ) -> (Vec<Typed>, Option<Type>) {
        let Some(target) = common(&items) else { return (items, None) };
        let mut fitted = Vec::with_capacity(items.len());
        for item in items {
            let found = item.ty.clone();
            let literal = is_literal(&item);
            match (operator, fit(item.clone(), &target)) {
                (_, Ok(item)) => fitted.push(number(item, &target)),
                (Some((symbol, span)), Err(_)) if !literal => {
                    let found = found.unwrap_or(Type::Text);
                    let message = format!("`{symbol}` does not compare {} with {}", article(&target), article(&found));
                    let fault = Fault::new("formula.type", span, message).maybe_help(hint(&target, &found));
                    self.fail(fault);
                    return (Vec::new(), None);
                }
                (_, Err(_)) => {
                    let item = self.expect(item, &target);
                    fitted.push(item);
                }
            }
        }
        (fitted, Some(target))
    }
}

/// The type that the known types among these fit, as far as the first of them decides.
fn common(items: &[Typed]) -> Option<Type> {
    let known = || items.iter().filter(|item| item.ty.is_some());
    let first = known().find(|item| !is_literal(item)).or_else(|| known().next())?;
    let target = first.ty.clone()?;
    let among = |wanted: &Type| items.iter().any(|item| item.ty.as_ref() == Some(wanted));
    Some(match target {
        Type::Int if among(&Type::Decimal) => Type::Decimal,
        Type::List(item) if *item == Type::Int && among(&Type::Decimal.list()) => Type::Decimal.list(),
        Type::Id(None) => items.iter().find_map(|item| match &item.ty {
            Some(ty @ Type::Id(Some(_))) => Some(ty.clone()),
            _ => None,
        })?,
        target => target,
    })
    .or_else(|| first.ty.clone())
}

/// The value where a `wanted` is asked for, literals converted; else the type found, and where when it is inside.
pub(super) fn fit(mut typed: Typed, wanted: &Type) -> Result<Typed, (Type, Option<Span>)> {
    let Some(ty) = typed.ty.clone() else { return Ok(typed) };
    let inside = |items: Vec<Typed>, wanted: &Type| {
        let fitted = items.into_iter().map(|item| {
            let span = item.span;
            fit(item, wanted).map_err(|(found, place)| (found, place.or(Some(span))))
        });
        fitted.collect::<Result<Vec<_>, _>>()
    };
    match (typed.node, wanted) {
        (Node::Literal(Value::Text(text)), wanted) if *wanted != Type::Text => match read(&text, wanted) {
            Some(value) => Ok(Typed::new(Node::Literal(value), wanted.clone(), typed.span)),
            None => Err((Type::Text, None)),
        },
        (Node::Literal(Value::Int(number)), Type::Decimal) => {
            Ok(Typed::new(Node::Literal(Value::Decimal(number.into())), Type::Decimal, typed.span))
        }
        (Node::List(items), Type::List(of)) => {
            typed.node = Node::List(inside(items, of)?);
            typed.ty = Some(wanted.clone());
            Ok(typed)
        }
        (Node::Coalesce(items), wanted) => {
            typed.node = Node::Coalesce(inside(items, wanted)?);
            typed.ty = Some(wanted.clone());
            Ok(typed)
        }
        (Node::Cases { arms, otherwise }, wanted) => {
            let (conditions, mut values): (Vec<_>, Vec<_>) = arms.into_iter().unzip();
            values.push(*otherwise);
            let mut values = inside(values, wanted)?;
            let otherwise = Box::new(values.pop().unwrap_or_else(|| Typed::null(typed.span)));
            typed.node = Node::Cases { arms: conditions.into_iter().zip(values).collect(), otherwise };
            typed.ty = Some(wanted.clone());
            Ok(typed)
        }
        (node, wanted) if ty.fits(wanted) => {
            typed.node = node;
            Ok(typed)
        }
        _ => Err((ty, None)),
    }
}

fn refusal(found: &Type, wanted: &Type, span: Span) -> Fault {
    let message = match (found, wanted) {
        (Type::Text, Type::Date) => "this text is not a date".to_owned(),
        (Type::Text, Type::DateTime) => "this text is not a date and time".to_owned(),
        (Type::Text, Type::Id(_)) => "this text is not the id of a record".to_owned(),
        (_, Type::Bool) => format!("a condition is needed here, and this is {}", article(found)),
        (Type::Id(_), Type::Id(_)) => "this refers to records of another entity".to_owned(),
        _ => format!("{} is needed here, and this is {}", article(wanted), article(found)),
    };
    Fault::new("formula.type", span, message)
}

/// How one type is made of another.
pub(super) fn hint(found: &Type, wanted: &Type) -> Option<String> {
    let text = match (found, wanted) {
        (Type::Text, Type::Date) => "write `\"2025-11-01\"`, or `DATE(year, month, day)`",
        (Type::Text, Type::DateTime) => "write `\"2025-11-01T08:30:00Z\"`",
        (Type::DateTime, Type::Date) | (Type::Date, Type::DateTime) => "write `TO_DATE(moment)` for its day",
        (Type::Decimal, Type::Int) => "write `INT(number)`",
        (Type::Text, Type::Int | Type::Decimal) => "write `VALUE(text)`",
        (Type::List(_), Type::Bool) => "write `COUNT(list) > 0`",
        (Type::List(_), ty) if ty.is_number() => "write `SUM(list)`, `COUNT(list)` or another function of lists",
        (Type::List(_), _) => "write `FIRST(list)`, or `JOIN(list, \", \")` for a text",
        (Type::Text, Type::Bool) => "compare it: `text == \"…\"`",
        (Type::Int | Type::Decimal, Type::Bool) => "compare it: `number > 0`",
        (_, Type::Bool) => "compare it, or write `… != null`",
        (Type::Id(_), Type::Text) => "name a field of it: `reference.name`",
        (_, Type::Text) => "write `TEXT(value)`",
        _ => return None,
    };
    Some(text.to_owned())
}
