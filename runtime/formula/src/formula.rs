//! A checked formula: typed, with everything it reads known, ready to be evaluated any number of times.

use std::sync::Arc;

use model::{EntityId, Type, Value};

use crate::{
    EvaluateError, Fault, Path, Predicate, Schema, Scope,
    check::check,
    evaluate::Context,
    parse::parse,
    predicate,
    tree::{Node, Typed},
};

/// What a formula is for, which decides what is asked of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// A default or a computed field: any type.
    Value,
    /// Must be true or false.
    Condition,
    /// A condition that must have a [`Predicate`].
    Filter,
}

/// Whether a formula asks where somebody stands in the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AsksReach {
    /// It does not.
    No,
    /// As of today.
    Today,
    /// As of another day.
    Dated,
}

/// A formula that passed its checks.
#[derive(Debug, Clone, PartialEq)]
pub struct Formula {
    source: Arc<str>,
    ty: Type,
    reads: Arc<[Path]>,
    uses_day: bool,
    uses_calendar: bool,
    names_periods: bool,
    uses_actor: bool,
    asks_reach: AsksReach,
    root: Arc<Typed>,
}

/// Reads and checks a formula written on `entity`. With `expected`, its value must fit that type, and is converted to it
/// (a whole number to a decimal, a text literal to a date or an id).
///
/// # Errors
/// Every fault found, in the order of the source.
pub fn compile(
    source: &str,
    entity: EntityId,
    expected: Option<&Type>,
    schema: &dyn Schema,
) -> Result<Formula, Vec<Fault>> {
    let syntax = parse(source).map_err(|fault| vec![fault])?;
    let (root, mut faults) = check(&syntax, entity, expected, schema);
    if !faults.is_empty() {
        faults.sort_by_key(|fault| fault.span);
        return Err(faults);
    }
    let (mut reads, mut uses_day, mut uses_actor, mut asks_reach) = (Vec::new(), false, false, AsksReach::No);
    let (mut uses_calendar, mut names_periods) = (false, false);
    root.each(&mut |typed| match &typed.node {
        Node::Field(path) | Node::Children(path) if !reads.contains(path) => reads.push(path.clone()),
        Node::Actor(_) => uses_actor = true,
        Node::Reach(asked) => {
            uses_actor = true;
            let asks = if asked.day.is_some() { AsksReach::Dated } else { AsksReach::Today };
            asks_reach = asks_reach.max(asks);
        }
        Node::Today | Node::Now => uses_day = true,
        Node::Call(function, args) => {
            // A person's age is counted to today when no other day is given.
            uses_day |= function.name == "AGE" && args.len() == 1;
            uses_calendar |= function.counts_working_days();
            names_periods |= function.name == "PERIOD";
        }
        _ => {}
    });
    let ty = expected.or(root.ty.as_ref()).cloned().unwrap_or(Type::Text);
    Ok(Formula {
        source: source.into(),
        ty,
        reads: reads.into(),
        uses_day,
        uses_calendar,
        names_periods,
        uses_actor,
        asks_reach,
        root: Arc::new(root),
    })
}

/// [`compile`] by purpose: conditions must be true or false, filters must also have a [`Predicate`].
///
/// # Errors
/// Every fault found, in the order of the source.
pub fn compile_for(
    source: &str,
    entity: EntityId,
    purpose: Purpose,
    schema: &dyn Schema,
) -> Result<Formula, Vec<Fault>> {
    let expected = match purpose {
        Purpose::Value => None,
        Purpose::Condition | Purpose::Filter => Some(&Type::Bool),
    };
    let formula = compile(source, entity, expected, schema)?;
    if purpose == Purpose::Filter {
        formula.predicate().map_err(|fault| vec![fault])?;
    }
    Ok(formula)
}

impl Formula {
    /// The text it was read from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The type of its value.
    pub fn ty(&self) -> &Type {
        &self.ty
    }

    /// Every path it may read, each once; load these before evaluating.
    pub fn reads(&self) -> &[Path] {
        &self.reads
    }

    /// Whether its value changes with the day or the moment (`TODAY`, `NOW`).
    pub fn uses_day(&self) -> bool {
        self.uses_day
    }

    /// Whether its value changes with the working calendar.
    pub fn uses_calendar(&self) -> bool {
        self.uses_calendar
    }

    /// Whether it names the period of a day, which it does by the calendar year whatever year an app keeps.
    pub fn names_periods(&self) -> bool {
        self.names_periods
    }

    /// Whether its value depends on who acts.
    pub fn uses_actor(&self) -> bool {
        self.uses_actor
    }

    /// Whether it asks where somebody stands in the organisation, which only a database can answer.
    pub fn asks_reach(&self) -> AsksReach {
        self.asks_reach
    }

    /// Its value on the values of `scope`.
    ///
    /// # Errors
    /// When it exceeds its bounds; see [`EvaluateError`].
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, EvaluateError> {
        Ok(conform(Context::new(scope).evaluate(&self.root)?, &self.ty))
    }

    /// The same condition for a database, valid for every request.
    ///
    /// # Errors
    /// A fault naming the part that a database cannot answer.
    pub fn predicate(&self) -> Result<Predicate, Fault> {
        predicate::lower::lower(&self.root, None)
    }

    /// The same condition for a database and one request: parts without fields that a database cannot compute, such as
    /// `START_OF(TODAY(), "month")`, become what they are on `scope`.
    ///
    /// # Errors
    /// A fault naming the part that a database cannot answer.
    pub fn predicate_for(&self, scope: &dyn Scope) -> Result<Predicate, Fault> {
        predicate::lower::lower(&self.root, Some(scope))
    }
}

/// A whole number where a decimal is promised becomes one.
fn conform(value: Value, ty: &Type) -> Value {
    match (value, ty) {
        (Value::Int(number), Type::Decimal) => Value::Decimal(number.into()),
        (Value::List(items), Type::List(item)) if **item == Type::Decimal => {
            Value::List(items.into_iter().map(|value| conform(value, item)).collect())
        }
        (value, _) => value,
    }
}
