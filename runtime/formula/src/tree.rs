//! The typed tree a formula is checked into: names resolved, types known, literals converted, short forms written out.

use model::{Type, Value};

use crate::{ActorAttribute, Arithmetic, Comparison, Path, Placed, Reach, function::Function, parse::Span};

/// A node with its type and place. No type: `null`, which fits everywhere.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Typed {
    pub(crate) node: Node,
    pub(crate) ty: Option<Type>,
    pub(crate) span: Span,
}

/// What is computed.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Literal(Value),
    Field(Path),
    /// A field of every child, or the children themselves.
    Children(Path),
    Actor(ActorAttribute),
    Today,
    Now,
    Negate(Box<Typed>),
    Arithmetic(Arithmetic, Box<Typed>, Box<Typed>),
    Divide(Box<Typed>, Box<Typed>),
    Remainder(Box<Typed>, Box<Typed>),
    /// Texts one after another; null when one is.
    Join(Box<Typed>, Box<Typed>),
    /// Values of any type shown one after another; nulls show nothing.
    Interpolate(Vec<Typed>),
    /// A day some whole number of days later; earlier when `back`.
    Days {
        date: Box<Typed>,
        days: Box<Typed>,
        back: bool,
    },
    /// Whole days from the second to the first.
    Between(Box<Typed>, Box<Typed>),
    Compare(Comparison, Box<Typed>, Box<Typed>),
    IsNull(Box<Typed>),
    /// One of these; as `||` over `==`.
    In(Box<Typed>, Vec<Typed>),
    /// One of the items of a list value.
    Member {
        item: Box<Typed>,
        list: Box<Typed>,
    },
    And(Vec<Typed>),
    Or(Vec<Typed>),
    Not(Box<Typed>),
    Coalesce(Vec<Typed>),
    /// The value beside the first condition that is true.
    Cases {
        arms: Vec<(Typed, Typed)>,
        otherwise: Box<Typed>,
    },
    /// The value beside the first item equal to the subject.
    Switch {
        subject: Box<Typed>,
        arms: Vec<(Typed, Typed)>,
        otherwise: Box<Typed>,
    },
    List(Vec<Typed>),
    Call(&'static Function, Vec<Typed>),
    /// Where a person or unit stands, seen from who acts.
    Reach(Box<Asked>),
}

/// A question of reach.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    /// The person or unit: a field of type id.
    pub(crate) of: Typed,
    pub(crate) placed: Placed,
    pub(crate) reach: Reach,
    /// What the answer tells of.
    pub(crate) fact: Path,
    pub(crate) day: Option<Typed>,
}

impl Typed {
    pub(crate) fn new(node: Node, ty: Type, span: Span) -> Self {
        Self { node, ty: Some(ty), span }
    }

    pub(crate) fn null(span: Span) -> Self {
        Self { node: Node::Literal(Value::Null), ty: None, span }
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self.node, Node::Literal(Value::Null))
    }

    /// Calls `visit` on the node and everything below it.
    pub(crate) fn each<'a>(&'a self, visit: &mut dyn FnMut(&'a Self)) {
        visit(self);
        match &self.node {
            Node::Literal(_) | Node::Field(_) | Node::Children(_) | Node::Actor(_) | Node::Today | Node::Now => {}
            Node::Negate(a) | Node::IsNull(a) | Node::Not(a) => a.each(visit),
            Node::Arithmetic(_, a, b)
            | Node::Divide(a, b)
            | Node::Remainder(a, b)
            | Node::Join(a, b)
            | Node::Days { date: a, days: b, .. }
            | Node::Between(a, b)
            | Node::Compare(_, a, b)
            | Node::Member { item: a, list: b } => {
                a.each(visit);
                b.each(visit);
            }
            Node::In(item, items) => {
                item.each(visit);
                items.iter().for_each(|item| item.each(visit));
            }
            Node::Reach(asked) => {
                asked.of.each(visit);
                asked.day.iter().for_each(|day| day.each(visit));
            }
            Node::Interpolate(items)
            | Node::And(items)
            | Node::Or(items)
            | Node::Coalesce(items)
            | Node::List(items)
            | Node::Call(_, items) => items.iter().for_each(|item| item.each(visit)),
            Node::Cases { arms, otherwise } => {
                for (condition, value) in arms {
                    condition.each(visit);
                    value.each(visit);
                }
                otherwise.each(visit);
            }
            Node::Switch { subject, arms, otherwise } => {
                subject.each(visit);
                for (item, value) in arms {
                    item.each(visit);
                    value.each(visit);
                }
                otherwise.each(visit);
            }
        }
    }
}
