//! From the typed tree to the form a database answers. Parts without fields are computed here and become literals.

use std::cell::Cell;

use jiff::tz::TimeZone;
use model::{Date, Timestamp, Type, Value};

use super::{Comparison, Predicate, Term, TextMatch};
use crate::{
    ActorAttribute, Arithmetic, EvaluateError, Fault, Path, Reaching, Scope,
    evaluate::{Context, truth, whole},
    tree::{Node, Typed},
};

type Answer<T> = Result<T, Fault>;

/// The condition as a predicate, or the part that has no such form. With a scope, parts without fields that a database
/// cannot compute are computed on it, so that the predicate serves one request.
pub(crate) fn lower(typed: &Typed, scope: Option<&dyn Scope>) -> Answer<Predicate> {
    Lowering { scope }.condition(typed)
}

struct Lowering<'a> {
    scope: Option<&'a dyn Scope>,
}

impl Lowering<'_> {
    fn condition(&self, typed: &Typed) -> Answer<Predicate> {
        if let Some(value) = constant(typed)? {
            return Ok(match value {
                Value::Bool(flag) => Predicate::Const(flag),
                _ => unknown(),
            });
        }
        match &typed.node {
            Node::And(items) => {
                items.iter().try_fold(Predicate::always(), |all, item| Ok(all.and(self.condition(item)?)))
            }
            Node::Or(items) => items.iter().try_fold(Predicate::never(), |any, item| Ok(any.or(self.condition(item)?))),
            Node::Not(inner) => Ok(self.condition(inner)?.negate()),
            Node::IsNull(inner) => Ok(Predicate::IsNull(self.tested(inner)?)),
            Node::Compare(op, left, right) => self.compare(*op, left, right),
            Node::In(item, list) => {
                let ty = item.ty.clone().or_else(|| list.iter().find_map(|item| item.ty.clone())).unwrap_or(Type::Text);
                let list = list.iter().map(|item| self.term(item, &ty)).collect::<Answer<_>>()?;
                Ok(Predicate::In { item: self.term(item, &ty)?, list })
            }
            Node::Member { item, list } => self.member(item, list),
            Node::Call(function, args) => self.call(function.name, args, typed),
            Node::Coalesce(items) => match items.as_slice() {
                [first, otherwise] => match constant(otherwise)?.as_ref().and_then(truth) {
                    Some(flag) => {
                        let first = self.term(first, &Type::Bool)?;
                        let (is_null, holds) = (Predicate::IsNull(first.clone()), Predicate::Holds(first));
                        Ok(if flag { is_null.or(holds) } else { is_null.negate().and(holds) })
                    }
                    None => Err(refuse(typed)),
                },
                _ => Err(refuse(typed)),
            },
            Node::Field(_) => Ok(Predicate::Holds(self.term(typed, &Type::Bool)?)),
            Node::Reach(asked) => {
                let Node::Field(of) = &asked.of.node else { return Err(refuse(&asked.of)) };
                let day = asked.day.as_ref().map(|day| self.term(day, &Type::Date)).transpose()?;
                Ok(Predicate::Reach(Box::new(Reaching {
                    of: of.clone(),
                    placed: asked.placed,
                    reach: asked.reach.clone(),
                    fact: asked.fact.clone(),
                    day,
                })))
            }
            _ => Err(refuse(typed)),
        }
    }

    /// What is asked to be null: a term, or a JSON field, which is good for nothing else.
    fn tested(&self, typed: &Typed) -> Answer<Term> {
        match (&typed.node, &typed.ty) {
            (Node::Field(path), Some(Type::Json)) => Ok(Term::Field(path.clone())),
            _ => self.term(typed, &Type::Text),
        }
    }
    fn compare(&self, op: Comparison, left: &Typed, right: &Typed) -> Answer<Predicate> {
        if left.ty == Some(Type::Bool) {
            for (side, other) in [(left, right), (right, left)] {
                if let Some(flag) = constant(side)?.as_ref().and_then(truth) {
                    let other = self.condition(other)?;
                    return Ok(if flag == (op == Comparison::Equal) { other } else { other.negate() });
                }
            }
        }
        let ty = left.ty.clone().or_else(|| right.ty.clone()).unwrap_or(Type::Text);
        Ok(Predicate::Compare { op, left: self.term(left, &ty)?, right: self.term(right, &ty)? })
    }
    fn member(&self, item: &Typed, list: &Typed) -> Answer<Predicate> {
        let Some(Type::List(of)) = &list.ty else { return Err(refuse(list)) };
        let item = self.term(item, of)?;
        if let Some(Value::List(items)) = constant(list)? {
            let known = items.into_iter().filter(|item| !item.is_null());
            return Ok(Predicate::In { item, list: known.map(|item| Term::Literal(item, (**of).clone())).collect() });
        }
        match &list.node {
            Node::Field(path) => Ok(Predicate::Has { list: path.clone(), item }),
            _ => Err(refuse(list)),
        }
    }
    fn call(&self, name: &str, args: &[Typed], typed: &Typed) -> Answer<Predicate> {
        let how = match name {
            "CONTAINS" => Some(TextMatch::Contains),
            "STARTS_WITH" => Some(TextMatch::StartsWith),
            "ENDS_WITH" => Some(TextMatch::EndsWith),
            _ => None,
        };
        match (name, how, args) {
            (_, Some(how), [text, part]) => {
                Ok(Predicate::Matches { how, text: self.term(text, &Type::Text)?, part: self.term(part, &Type::Text)? })
            }
            ("EXACT", _, [one, other]) => self.compare(Comparison::Equal, one, other),
            ("BETWEEN", _, [value, low, high]) => Ok(self
                .compare(Comparison::GreaterOrEqual, value, low)?
                .and(self.compare(Comparison::LessOrEqual, value, high)?)),
            ("ISBLANK", _, [value]) => {
                let tested = self.tested(value)?;
                let is_null = Predicate::IsNull(tested.clone());
                if value.ty != Some(Type::Text) {
                    return Ok(is_null);
                }
                let empty = Term::Literal("".into(), Type::Text);
                Ok(is_null.or(Predicate::Compare { op: Comparison::Equal, left: tested, right: empty }))
            }
            _ => Err(refuse(typed)),
        }
    }

    /// A part as something a database computes; `ty` is what a null means here.
    fn term(&self, typed: &Typed, ty: &Type) -> Answer<Term> {
        let ty = typed.ty.as_ref().unwrap_or(ty);
        if matches!(ty, Type::List(_) | Type::Json) {
            return Err(refuse(typed));
        }
        if let Some(value) = constant(typed)? {
            return Ok(Term::Literal(value, ty.clone()));
        }
        match &typed.node {
            Node::Field(path) => Ok(Term::Field(path.clone())),
            Node::Actor(attribute) => Ok(Term::Actor(*attribute, ty.clone())),
            Node::Today => Ok(Term::Today),
            Node::Now => Ok(Term::Now),
            Node::Arithmetic(op, left, right) => Ok(Term::Arithmetic {
                op: *op,
                left: Box::new(self.term(left, ty)?),
                right: Box::new(self.term(right, ty)?),
                ty: ty.clone(),
            }),
            Node::Negate(inner) => Ok(Term::Arithmetic {
                op: Arithmetic::Subtract,
                left: Box::new(Term::Literal(Value::Int(0), Type::Int)),
                right: Box::new(self.term(inner, ty)?),
                ty: ty.clone(),
            }),
            Node::Days { date, days, back } => match constant(days)?.as_ref().and_then(whole) {
                Some(days) => {
                    let add = if *back { days.saturating_neg() } else { days };
                    Ok(Term::Days { date: Box::new(self.term(date, &Type::Date)?), add })
                }
                None => Ok(Term::Literal(self.computed(typed)?, ty.clone())),
            },
            Node::Call(function, args) if function.name == "LOWER" => match args.as_slice() {
                [text] => Ok(Term::Lower(Box::new(self.term(text, &Type::Text)?))),
                _ => Err(refuse(typed)),
            },
            _ => self.computed(typed).map(|value| Term::Literal(value, ty.clone())),
        }
    }

    /// The value of a part without fields, when there is a scope to compute it on.
    fn computed(&self, typed: &Typed) -> Answer<Value> {
        let mut fields = false;
        typed.each(&mut |part| fields |= matches!(part.node, Node::Field(_) | Node::Children(_)));
        match self.scope {
            Some(scope) if !fields => Context::new(scope).evaluate(typed).map_err(|error| no_value(typed, &error)),
            _ => Err(refuse(typed)),
        }
    }
}

/// A condition that is not known for any row.
fn unknown() -> Predicate {
    Predicate::Holds(Term::Literal(Value::Null, Type::Bool))
}

fn no_value(typed: &Typed, error: &EvaluateError) -> Fault {
    Fault::new("formula.no-value", typed.span, error.to_string())
}

fn refuse(typed: &Typed) -> Fault {
    Fault::new("formula.no-predicate", typed.span, "a database cannot answer this part of a filter")
        .help("filters compare fields, texts, numbers and days; compute this part in a stored field and compare that")
}

/// The value of a part that is the same for every row and every request.
fn constant(typed: &Typed) -> Answer<Option<Value>> {
    let mut varies = false;
    typed.each(&mut |part| {
        varies |= matches!(part.node, Node::Field(_) | Node::Children(_) | Node::Actor(_) | Node::Today | Node::Now);
    });
    if varies {
        return Ok(None);
    }
    let scope = Nothing(Cell::new(false));
    match Context::new(&scope).evaluate(typed) {
        _ if scope.0.get() => Ok(None),
        Ok(value) => Ok(Some(value)),
        Err(error) => Err(no_value(typed, &error)),
    }
}

/// A scope that notices being looked at.
struct Nothing(Cell<bool>);

impl Scope for Nothing {
    fn value(&self, _: &Path) -> Value {
        self.0.set(true);
        Value::Null
    }

    fn actor(&self, _: ActorAttribute) -> Value {
        self.0.set(true);
        Value::Null
    }

    fn now(&self) -> Timestamp {
        self.0.set(true);
        Timestamp::UNIX_EPOCH
    }

    fn today(&self) -> Date {
        self.0.set(true);
        Date::ZERO
    }

    fn is_open(&self, _: Date) -> bool {
        self.0.set(true);
        true
    }

    fn zone(&self) -> TimeZone {
        self.0.set(true);
        TimeZone::UTC
    }
}

#[cfg(test)]
mod tests;
