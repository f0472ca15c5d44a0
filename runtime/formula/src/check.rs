//! From the untyped tree to the typed one: names are resolved, types are checked, and all faults are collected.
//!
//! A part with a fault becomes `null`, which fits everywhere, so that one mistake is reported once.

use model::{EntityId, Type, Value};

use crate::{
    Arithmetic, Comparison, Fault, Schema,
    parse::{Binary, Shape, Span, Syntax, Unary},
    tree::{Node, Typed},
};

mod call;
mod fit;
mod name;
mod reach;

/// Checks one formula written on `entity`; its value fits `expected` when there are no faults.
pub(crate) fn check(
    syntax: &Syntax,
    entity: EntityId,
    expected: Option<&Type>,
    schema: &dyn Schema,
) -> (Typed, Vec<Fault>) {
    let mut checker = Checker { entity, schema, faults: Vec::new() };
    let mut root = checker.check(syntax);
    if let Some(expected) = expected {
        root = checker.expect(root, expected);
    }
    (root, checker.faults)
}

struct Checker<'a> {
    entity: EntityId,
    schema: &'a dyn Schema,
    faults: Vec<Fault>,
}

impl Checker<'_> {
    /// Reports a fault and goes on with a value that fits everywhere.
    fn fail(&mut self, fault: Fault) -> Typed {
        let span = fault.span.unwrap_or_default();
        self.faults.push(fault);
        Typed::null(span)
    }

    fn check(&mut self, syntax: &Syntax) -> Typed {
        let span = syntax.span;
        let literal = |value: Value, ty| Typed::new(Node::Literal(value), ty, span);
        match &syntax.shape {
            Shape::Null => Typed::null(span),
            Shape::Bool(flag) => literal((*flag).into(), Type::Bool),
            Shape::Int(number) => literal((*number).into(), Type::Int),
            Shape::Decimal(number) => literal((*number).into(), Type::Decimal),
            Shape::Text(text) => literal(text.as_str().into(), Type::Text),
            Shape::Interpolated(items) => {
                let items = items.iter().map(|item| self.check(item)).collect();
                Typed::new(Node::Interpolate(items), Type::Text, span)
            }
            Shape::Name(names) => self.name(names, span),
            Shape::Call(name, args) => self.call(name, args, span),
            Shape::Unary(op, inner) => self.unary(*op, inner, span),
            Shape::Binary(op, left, right) => self.binary(*op, left, right, span),
            Shape::And(items) => {
                let items = items.iter().map(|item| self.condition(item)).collect();
                Typed::new(Node::And(items), Type::Bool, span)
            }
            Shape::Or(items) => {
                let items = items.iter().map(|item| self.condition(item)).collect();
                Typed::new(Node::Or(items), Type::Bool, span)
            }
            Shape::Coalesce(items) => {
                let items = items.iter().map(|item| self.check(item)).collect();
                self.coalesce(items, span)
            }
            Shape::In(item, list) => self.within(item, list, span),
            Shape::List(items) => {
                if items.is_empty() {
                    return self.fail(Fault::new("formula.empty-list", span, "a list holds at least one item"));
                }
                let items = items.iter().map(|item| self.check(item)).collect();
                let (items, ty) = self.unify(items);
                if let Some(Type::List(_)) = ty {
                    return self.fail(Fault::new("formula.type", span, "a list cannot hold lists"));
                }
                Typed { node: Node::List(items), ty: ty.map(Type::list), span }
            }
        }
    }

    /// A part that must be true or false.
    fn condition(&mut self, syntax: &Syntax) -> Typed {
        let typed = self.check(syntax);
        self.expect(typed, &Type::Bool)
    }

    fn coalesce(&mut self, items: Vec<Typed>, span: Span) -> Typed {
        let (items, ty) = self.unify(items);
        Typed { node: Node::Coalesce(items), ty, span }
    }

    fn unary(&mut self, op: Unary, inner: &Syntax, span: Span) -> Typed {
        if op == Unary::Not {
            let inner = self.condition(inner);
            return Typed::new(Node::Not(Box::new(inner)), Type::Bool, span);
        }
        let inner = self.check(inner);
        match (&inner.ty, op, &inner.node) {
            (None, ..) => Typed::null(span),
            (Some(ty), Unary::Plus, _) if ty.is_number() => Typed { span, ..inner },
            (Some(ty), _, Node::Literal(Value::Decimal(number))) if ty.is_number() => {
                Typed::new(Node::Literal(Value::Decimal(-*number)), Type::Decimal, span)
            }
            (Some(ty), ..) if ty.is_number() => {
                let ty = ty.clone();
                Typed::new(Node::Negate(Box::new(inner)), ty, span)
            }
            (Some(ty), ..) => {
                let message = format!("a sign stands before a number, and this is {}", article(ty));
                self.fail(Fault::new("formula.type", span, message))
            }
        }
    }

    fn binary(&mut self, op: Binary, left: &Syntax, right: &Syntax, span: Span) -> Typed {
        let (left, right) = (self.check(left), self.check(right));
        let compare = match op {
            Binary::Equal => Comparison::Equal,
            Binary::NotEqual => Comparison::NotEqual,
            Binary::Less => Comparison::Less,
            Binary::LessOrEqual => Comparison::LessOrEqual,
            Binary::Greater => Comparison::Greater,
            Binary::GreaterOrEqual => Comparison::GreaterOrEqual,
            _ => return self.compute(op, left, right, span),
        };
        self.compare(compare, op, left, right, span)
    }

    fn compute(&mut self, op: Binary, left: Typed, right: Typed, span: Span) -> Typed {
        let (left, right) = self.dated(left, right);
        let (Some(a), Some(b)) = (left.ty.clone(), right.ty.clone()) else { return Typed::null(span) };
        let (boxed_left, boxed_right) = (Box::new(left), Box::new(right));
        let arithmetic = |op| Node::Arithmetic(op, boxed_left.clone(), boxed_right.clone());
        let widest = if a == Type::Int && b == Type::Int { Type::Int } else { Type::Decimal };
        let numbers = a.is_number() && b.is_number();
        let (node, ty) = match (op, &a, &b) {
            (Binary::Add, ..) if numbers => (arithmetic(Arithmetic::Add), widest),
            (Binary::Subtract, ..) if numbers => (arithmetic(Arithmetic::Subtract), widest),
            (Binary::Multiply, ..) if numbers => (arithmetic(Arithmetic::Multiply), widest),
            (Binary::Divide, ..) if numbers => (Node::Divide(boxed_left, boxed_right), Type::Decimal),
            (Binary::Remainder, ..) if numbers => (Node::Remainder(boxed_left, boxed_right), widest),
            (Binary::Add, Type::Text, Type::Text) => (Node::Join(boxed_left, boxed_right), Type::Text),
            (Binary::Add, Type::Date, Type::Int) => {
                (Node::Days { date: boxed_left, days: boxed_right, back: false }, Type::Date)
            }
            (Binary::Add, Type::Int, Type::Date) => {
                (Node::Days { date: boxed_right, days: boxed_left, back: false }, Type::Date)
            }
            (Binary::Subtract, Type::Date, Type::Int) => {
                (Node::Days { date: boxed_left, days: boxed_right, back: true }, Type::Date)
            }
            (Binary::Subtract, Type::Date, Type::Date) => (Node::Between(boxed_left, boxed_right), Type::Int),
            _ => {
                let message = format!("`{}` does not work on {} and {}", op.symbol(), article(&a), article(&b));
                let help = match (op, &a, &b) {
                    (Binary::Add, Type::Text, _) | (Binary::Add, _, Type::Text) => {
                        Some("write `CONCAT(a, b)` to join values of different types")
                    }
                    (_, Type::DateTime, _) | (_, _, Type::DateTime) => {
                        Some("write `TO_DATE(moment)` to count in days, `DATE_ADD(moment, 3, \"hour\")` otherwise")
                    }
                    (_, Type::Date, Type::Decimal) | (_, Type::Decimal, Type::Date) => {
                        Some("days are added as a whole number: `INT(days)`")
                    }
                    (_, Type::List(_), _) | (_, _, Type::List(_)) => {
                        Some("a list becomes one value with `SUM`, `COUNT`, `FIRST` …")
                    }
                    _ => None,
                };
                return self.fail(Fault::new("formula.type", span, message).maybe_help(help.map(Into::into)));
            }
        };
        Typed::new(node, ty, span)
    }

    /// In arithmetic a text literal beside a date is a date.
    fn dated(&mut self, left: Typed, right: Typed) -> (Typed, Typed) {
        match (&left.ty, &right.ty) {
            (Some(Type::Date), Some(Type::Text)) if fit::is_literal(&right) => {
                let right = self.expect(right, &Type::Date);
                (left, right)
            }
            (Some(Type::Text), Some(Type::Date)) if fit::is_literal(&left) => {
                let left = self.expect(left, &Type::Date);
                (left, right)
            }
            (Some(a), Some(b)) if a.is_number() && b.is_number() => {
                let (a, b) = (a.clone(), b.clone());
                (fit::number(left, &b), fit::number(right, &a))
            }
            _ => (left, right),
        }
    }

    fn compare(&mut self, compare: Comparison, op: Binary, left: Typed, right: Typed, span: Span) -> Typed {
        if left.is_null() || right.is_null() {
            let other = if left.is_null() { right } else { left };
            let test = Typed::new(Node::IsNull(Box::new(other)), Type::Bool, span);
            return match compare {
                Comparison::Equal => test,
                Comparison::NotEqual => Typed::new(Node::Not(Box::new(test)), Type::Bool, span),
                _ if !self.faults.is_empty() => Typed::null(span),
                _ => self.fail(
                    Fault::new("formula.null-order", span, format!("nothing is `{}` null", op.symbol()))
                        .help("write `== null` or `!= null`"),
                ),
            };
        }
        let (left, right) = self.dated(left, right);
        let (items, ty) = self.unify_for(vec![left, right], Some((op.symbol(), span)));
        let Some(ty) = ty else { return Typed::null(span) };
        let equality = matches!(compare, Comparison::Equal | Comparison::NotEqual);
        match ty {
            Type::List(_) | Type::Json | Type::Secret => {
                let message = format!("`{}` does not compare {}", op.symbol(), article(&ty));
                let help = if matches!(ty, Type::List(_)) {
                    "write `x in list` or `CONTAINS(list, x)`"
                } else {
                    "only `== null` works on it"
                };
                return self.fail(Fault::new("formula.type", span, message).help(help));
            }
            Type::Bool | Type::Id(_) if !equality => {
                let message = format!("`{}` does not order {}", op.symbol(), article(&ty));
                return self.fail(Fault::new("formula.type", span, message).help("write `==` or `!=`"));
            }
            _ => {}
        }
        let mut items = items.into_iter();
        match (items.next(), items.next()) {
            (Some(left), Some(right)) => {
                Typed::new(Node::Compare(compare, Box::new(left), Box::new(right)), Type::Bool, span)
            }
            _ => Typed::null(span),
        }
    }

    fn within(&mut self, item: &Syntax, list: &Syntax, span: Span) -> Typed {
        let item = self.check(item);
        if let Shape::List(items) = &list.shape {
            let mut all = vec![item];
            all.extend(items.iter().map(|item| self.check(item)));
            let (all, ty) = self.unify_for(all, Some(("in", span)));
            if let Some(ty @ (Type::List(_) | Type::Json)) = ty {
                return self.fail(Fault::new("formula.type", span, format!("`in` does not look for {}", article(&ty))));
            }
            let mut all = all.into_iter();
            let Some(item) = all.next() else { return Typed::null(span) };
            return Typed::new(Node::In(Box::new(item), all.collect()), Type::Bool, span);
        }
        let list = self.check(list);
        self.member(item, list, span)
    }

    /// Whether a list value holds an item.
    fn member(&mut self, item: Typed, list: Typed, span: Span) -> Typed {
        match list.ty.clone() {
            Some(Type::List(of)) => {
                let item = self.expect(item, &of);
                Typed::new(Node::Member { item: Box::new(item), list: Box::new(list) }, Type::Bool, span)
            }
            None => Typed::null(span),
            Some(ty) => {
                let message = format!("`in` looks into a list, and this is {}", article(&ty));
                let fault = Fault::new("formula.type", list.span, message);
                let help = if ty == Type::Text { "write `CONTAINS(text, part)`" } else { "write `x in [a, b]`" };
                self.fail(fault.help(help))
            }
        }
    }
}

/// A type with what precedes it in a sentence.
pub(crate) fn article(ty: &Type) -> String {
    match ty {
        Type::Bool | Type::Text | Type::Json => ty.to_string(),
        _ => format!("a {ty}"),
    }
}

#[cfg(test)]
mod tests;
