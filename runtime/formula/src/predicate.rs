//! The form of a condition that a database can answer. Exactly what [`crate::Formula::evaluate`] answers on the same
//! values, which a property test keeps so; what has no such form is refused with a [`crate::Fault`].

use model::{Type, Value};

use crate::{
    ActorAttribute, Path, Reaching, Scope,
    evaluate::{arithmetic, both, either, equal, later, truth},
};

pub(crate) mod lower;

/// A condition over fields, with Kleene's three values: it selects a row only when it is true.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    /// The same for every row.
    Const(bool),
    /// A comparison; not known when either side is not known.
    Compare {
        /// How.
        op: Comparison,
        /// Left side.
        left: Term,
        /// Right side, of a type that compares with the left.
        right: Term,
    },
    /// Whether nothing is known; itself always known.
    IsNull(Term),
    /// Whether the item equals one of the list, as `OR` of comparisons would say.
    In {
        /// What is looked for.
        item: Term,
        /// Among these.
        list: Vec<Term>,
    },
    /// Whether a text holds another, by code point; the part is never a pattern.
    Matches {
        /// Where in the text.
        how: TextMatch,
        /// The text.
        text: Term,
        /// What it should hold.
        part: Term,
    },
    /// Whether a field of several values (references, choices) holds the item: false when the field is empty or null,
    /// not known when the item is not known.
    Has {
        /// The field, whose type is a list.
        list: Path,
        /// What is looked for.
        item: Term,
    },
    /// A term that is itself true or false.
    Holds(Term),
    /// Where a person or unit stands, seen from who acts: not known when it, the actor's person or the day is not known.
    Reach(Box<Reaching>),
    /// All of them; true when empty.
    And(Vec<Predicate>),
    /// Any of them; false when empty.
    Or(Vec<Predicate>),
    /// The opposite; not known stays not known.
    Not(Box<Predicate>),
}

/// How two terms are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Where in a text a part is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TextMatch {
    /// Anywhere.
    Contains,
    /// At the start.
    StartsWith,
    /// At the end.
    EndsWith,
}

/// What a database computes on the way to a condition.
#[derive(Debug, Clone, PartialEq)]
pub enum Term {
    /// A field, never one read through children.
    Field(Path),
    /// A known value with the type of the place it stands in.
    Literal(Value, Type),
    /// Something about who acts, bound when the query runs.
    Actor(ActorAttribute, Type),
    /// The present day, bound when the query runs.
    Today,
    /// The present moment, bound when the query runs.
    Now,
    /// Whole or decimal arithmetic.
    Arithmetic {
        /// What is done.
        op: Arithmetic,
        /// Left side.
        left: Box<Term>,
        /// Right side.
        right: Box<Term>,
        /// Whole number when both sides are, else number.
        ty: Type,
    },
    /// The text in small letters, every script.
    Lower(Box<Term>),
    /// A day some days later, or earlier when negative.
    Days {
        /// The day.
        date: Box<Term>,
        /// How many days later.
        add: i64,
    },
}

/// Arithmetic that both databases do exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
}

impl Predicate {
    /// The condition that every row meets.
    pub fn always() -> Self {
        Self::Const(true)
    }

    /// The condition that no row meets.
    pub fn never() -> Self {
        Self::Const(false)
    }

    /// Both, without needless nesting.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Const(true), rest) | (rest, Self::Const(true)) => rest,
            (Self::Const(false), _) | (_, Self::Const(false)) => Self::never(),
            (Self::And(mut items), Self::And(more)) => {
                items.extend(more);
                Self::And(items)
            }
            (Self::And(mut items), item) => {
                items.push(item);
                Self::And(items)
            }
            (item, Self::And(mut items)) => {
                items.insert(0, item);
                Self::And(items)
            }
            (left, right) => Self::And(vec![left, right]),
        }
    }

    /// Either, without needless nesting.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Const(false), rest) | (rest, Self::Const(false)) => rest,
            (Self::Const(true), _) | (_, Self::Const(true)) => Self::always(),
            (Self::Or(mut items), Self::Or(more)) => {
                items.extend(more);
                Self::Or(items)
            }
            (Self::Or(mut items), item) => {
                items.push(item);
                Self::Or(items)
            }
            (item, Self::Or(mut items)) => {
                items.insert(0, item);
                Self::Or(items)
            }
            (left, right) => Self::Or(vec![left, right]),
        }
    }

    /// The opposite, without double negation.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::Const(flag) => Self::Const(!flag),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Every path read, in order of appearance, repeated where it is read again.
    pub fn paths(&self) -> Vec<&Path> {
        let mut found = Vec::new();
        self.collect(&mut found);
        found
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Path>) {
        match self {
            Self::Const(_) => {}
            Self::Compare { left, right, .. } => {
                left.collect(found);
                right.collect(found);
            }
            Self::IsNull(term) | Self::Holds(term) => term.collect(found),
            Self::In { item, list } => {
                item.collect(found);
                list.iter().for_each(|term| term.collect(found));
            }
            Self::Matches { text, part, .. } => {
                text.collect(found);
                part.collect(found);
            }
            Self::Has { list, item } => {
                found.push(list);
                item.collect(found);
            }
            Self::Reach(asked) => {
                found.push(&asked.of);
                // On another day than today the answer tells of what was, which no present field guards.
                found.push(&asked.fact);
                asked.day.iter().for_each(|day| day.collect(found));
            }
            Self::And(items) | Self::Or(items) => items.iter().for_each(|item| item.collect(found)),
            Self::Not(inner) => inner.collect(found),
        }
    }

    /// The same condition with every path replaced; `None` when one of them has no replacement.
    pub fn map_paths(&self, replace: &mut dyn FnMut(&Path) -> Option<Path>) -> Option<Self> {
        Some(match self {
            Self::Const(flag) => Self::Const(*flag),
            Self::Compare { op, left, right } => {
                Self::Compare { op: *op, left: left.map_paths(replace)?, right: right.map_paths(replace)? }
            }
            Self::IsNull(term) => Self::IsNull(term.map_paths(replace)?),
            Self::Holds(term) => Self::Holds(term.map_paths(replace)?),
            Self::In { item, list } => {
                let list = list.iter().map(|term| term.map_paths(replace)).collect::<Option<_>>()?;
                Self::In { item: item.map_paths(replace)?, list }
            }
            Self::Matches { how, text, part } => {
                Self::Matches { how: *how, text: text.map_paths(replace)?, part: part.map_paths(replace)? }
            }
            Self::Has { list, item } => Self::Has { list: replace(list)?, item: item.map_paths(replace)? },
            Self::Reach(asked) => Self::Reach(Box::new(Reaching {
                of: replace(&asked.of)?,
                fact: replace(&asked.fact)?,
                day: match &asked.day {
                    Some(day) => Some(day.map_paths(replace)?),
                    None => None,
                },
                ..(**asked).clone()
            })),
            Self::And(items) => Self::And(items.iter().map(|item| item.map_paths(replace)).collect::<Option<_>>()?),
            Self::Or(items) => Self::Or(items.iter().map(|item| item.map_paths(replace)).collect::<Option<_>>()?),
            Self::Not(inner) => Self::Not(Box::new(inner.map_paths(replace)?)),
        })
    }

    /// The same condition with everything answered that depends on no row but only on who asks and when.
    #[must_use]
    pub fn settle(&self, scope: &dyn Scope) -> Self {
        match self {
            Self::And(items) => items.iter().fold(Self::always(), |all, item| all.and(item.settle(scope))),
            Self::Or(items) => items.iter().fold(Self::never(), |any, item| any.or(item.settle(scope))),
            Self::Not(inner) => inner.settle(scope).negate(),
            other if other.paths().is_empty() => match other.evaluate(scope) {
                Some(flag) => Self::Const(flag),
                None => other.clone(),
            },
            other => other.clone(),
        }
    }

    /// The answer on one row: `None` when it is not known, which does not select the row. A number too large to compute
    /// is not known either.
    pub fn evaluate(&self, scope: &dyn Scope) -> Option<bool> {
        match self {
            Self::Const(flag) => Some(*flag),
            Self::Compare { op, left, right } => op.holds(&left.evaluate(scope), &right.evaluate(scope)),
            Self::IsNull(term) => Some(term.evaluate(scope).is_null()),
            Self::In { item, list } => {
                let item = item.evaluate(scope);
                list.iter().map(|other| equal(&item, &other.evaluate(scope))).fold(Some(false), either)
            }
            Self::Matches { how, text, part } => {
                let (text, part) = (text.evaluate(scope), part.evaluate(scope));
                let (text, part) = (text.as_text()?, part.as_text()?);
                Some(match how {
                    TextMatch::Contains => text.contains(part),
                    TextMatch::StartsWith => text.starts_with(part),
                    TextMatch::EndsWith => text.ends_with(part),
                })
            }
            Self::Has { list, item } => {
                let item = item.evaluate(scope);
                if item.is_null() {
                    return None;
                }
                let items = scope.value(list);
                Some(items.as_list().unwrap_or_default().iter().any(|other| equal(other, &item) == Some(true)))
            }
            Self::Holds(term) => truth(&term.evaluate(scope)),
            Self::Reach(asked) => {
                let of = scope.value(&asked.of).as_id()?;
                let day = match &asked.day {
                    Some(day) => Some(day.evaluate(scope).as_date()?),
                    None => None,
                };
                scope.reaches(of, asked.placed, &asked.reach, day)
            }
            Self::And(items) => items.iter().map(|item| item.evaluate(scope)).fold(Some(true), both),
            Self::Or(items) => items.iter().map(|item| item.evaluate(scope)).fold(Some(false), either),
            Self::Not(inner) => inner.evaluate(scope).map(|flag| !flag),
        }
    }
}

impl Term {
    /// The type of what it computes.
    pub fn ty(&self) -> Type {
        match self {
            Self::Field(path) => path.ty.clone(),
            Self::Literal(_, ty) | Self::Actor(_, ty) | Self::Arithmetic { ty, .. } => ty.clone(),
            Self::Today | Self::Days { .. } => Type::Date,
            Self::Now => Type::DateTime,
            Self::Lower(_) => Type::Text,
        }
    }

    /// What it computes on one row; null when it is not known.
    pub fn evaluate(&self, scope: &dyn Scope) -> Value {
        match self {
            Self::Field(path) => scope.value(path),
            Self::Literal(value, _) => value.clone(),
            Self::Actor(attribute, _) => scope.actor(*attribute),
            Self::Today => scope.today().into(),
            Self::Now => scope.now().into(),
            Self::Arithmetic { op, left, right, .. } => {
                arithmetic(*op, &left.evaluate(scope), &right.evaluate(scope)).unwrap_or_default()
            }
            Self::Lower(term) => match term.evaluate(scope) {
                Value::Text(text) => text.to_lowercase().into(),
                _ => Value::Null,
            },
            Self::Days { date, add } => date.evaluate(scope).as_date().and_then(|date| later(date, *add).ok()).into(),
        }
    }

    fn map_paths(&self, replace: &mut dyn FnMut(&Path) -> Option<Path>) -> Option<Self> {
        let mut boxed = |term: &Self| Some(Box::new(term.map_paths(replace)?));
        Some(match self {
            Self::Arithmetic { op, left, right, ty } => {
                Self::Arithmetic { op: *op, left: boxed(left)?, right: boxed(right)?, ty: ty.clone() }
            }
            Self::Lower(term) => Self::Lower(boxed(term)?),
            Self::Days { date, add } => Self::Days { date: boxed(date)?, add: *add },
            Self::Field(path) => Self::Field(replace(path)?),
            other @ (Self::Literal(..) | Self::Actor(..) | Self::Today | Self::Now) => other.clone(),
        })
    }

    fn collect<'a>(&'a self, found: &mut Vec<&'a Path>) {
        match self {
            Self::Field(path) => found.push(path),
            Self::Literal(..) | Self::Actor(..) | Self::Today | Self::Now => {}
            Self::Arithmetic { left, right, .. } => {
                left.collect(found);
                right.collect(found);
            }
            Self::Lower(term) | Self::Days { date: term, .. } => term.collect(found),
        }
    }
}
