//! Calls: arguments against signatures, and the forms that do not compute all their arguments.

use model::{Type, diagnostic::nearest};

use super::{
    Checker, article,
    fit::{self, fit},
};
use crate::{
    Fault,
    function::{
        self, Function,
        signature::{Signature, Times, Wants},
    },
    parse::{Span, Syntax},
    tree::{Node, Typed},
};

impl Checker<'_> {
    pub(super) fn call(&mut self, name: &str, args: &[Syntax], span: Span) -> Typed {
        let Some((function, signature)) = function::find(name) else {
            let place = (span.0, span.0 + name.chars().count());
            let fault = Fault::new("formula.unknown-function", place, format!("there is no function `{name}`"));
            let known = function::all().iter().map(|function| function.name);
            return self.fail(fault.maybe_help(nearest(name, known)));
        };
        let args: Vec<Typed> = args.iter().map(|arg| self.check(arg)).collect();
        if let Err(fault) = arity(function, signature, args.len(), span) {
            return self.fail(fault);
        }
        // `CONTAINS` looks into a text or into a list; the latter is the operator `in`.
        let is_list = |arg: &Typed| matches!(arg.ty, Some(Type::List(_)));
        if function.name == "CONTAINS" && args.first().is_some_and(is_list) {
            let mut args = args.into_iter();
            return match (args.next(), args.next()) {
                (Some(list), Some(item)) => self.member(item, list, span),
                _ => Typed::null(span),
            };
        }
        match function.run {
            None => self.form(function, signature, args, span),
            Some(_) => self.ordinary(function, signature, args, span),
        }
    }

    /// The functions that are written out as nodes.
    fn form(
        &mut self,
        function: &'static Function,
        signature: &'static Signature,
        args: Vec<Typed>,
        span: Span,
    ) -> Typed {
        match function.name {
            "TODAY" => return Typed::new(Node::Today, Type::Date, span),
            "NOW" => return Typed::new(Node::Now, Type::DateTime, span),
            "AND" | "OR" => {
                let items = args.into_iter().map(|arg| self.expect(arg, &Type::Bool)).collect();
                let node = if function.name == "AND" { Node::And(items) } else { Node::Or(items) };
                return Typed::new(node, Type::Bool, span);
            }
            "COALESCE" => return self.coalesce(args, span),
            _ if function.category == function::Category::Organisation => return self.reach(function, args, span),
            _ => {}
        }
        let mut args = args.into_iter();
        match (function.name, args.next()) {
            ("NOT", Some(inner)) => {
                let inner = self.expect(inner, &Type::Bool);
                Typed::new(Node::Not(Box::new(inner)), Type::Bool, span)
            }
            ("IF" | "IFS", first) => {
                let (arms, otherwise) = pairs(first.into_iter().chain(args), span);
                let (conditions, mut values): (Vec<_>, Vec<_>) = arms.into_iter().unzip();
                let conditions: Vec<_> = conditions.into_iter().map(|c| self.expect(c, &Type::Bool)).collect();
                values.push(otherwise);
                let (mut values, ty) = self.unify(values);
                let otherwise = Box::new(values.pop().unwrap_or_else(|| Typed::null(span)));
                Typed { node: Node::Cases { arms: conditions.into_iter().zip(values).collect(), otherwise }, ty, span }
            }
            ("SWITCH", Some(subject)) => {
                let (arms, otherwise) = pairs(args, span);
                let (mut items, mut values): (Vec<_>, Vec<_>) = arms.into_iter().unzip();
                items.push(subject);
                let (mut items, compared) = self.unify(items);
                let subject = Box::new(items.pop().unwrap_or_else(|| Typed::null(span)));
                if let Some(ty @ (Type::List(_) | Type::Json)) = compared {
                    let message = format!("`SWITCH` does not compare {}", article(&ty));
                    return self.fail(Fault::new("formula.type", span, message));
                }
                values.push(otherwise);
                let (mut values, ty) = self.unify(values);
                let otherwise = Box::new(values.pop().unwrap_or_else(|| Typed::null(span)));
                let arms = items.into_iter().zip(values).collect();
                Typed { node: Node::Switch { subject, arms, otherwise }, ty, span }
            }
            (_, first) => self.ordinary(function, signature, first.into_iter().chain(args).collect(), span),
        }
    }

    fn ordinary(
        &mut self,
        function: &'static Function,
        signature: &'static Signature,
        mut args: Vec<Typed>,
        span: Span,
    ) -> Typed {
        let before = self.faults.len();
        let same = self.same(signature, &args);
        let mut whole = true;
        for (index, arg) in args.iter_mut().enumerate() {
            let Some((name, wants, _)) = signature.parameter(index) else { continue };
            match accept(arg.clone(), wants, same.as_ref()) {
                Some(fitted) if *wants == Wants::Calendar => match self.calendar(function, &fitted) {
                    Some(fault) => self.faults.push(fault),
                    None => *arg = fitted,
                },
                Some(fitted) => *arg = fitted,
                None => {
                    let found = arg.ty.clone().unwrap_or(Type::Text);
                    let wanted = match (wants, &same) {
                        (Wants::Same, Some(ty)) => article(ty),
                        (Wants::List(item), Some(ty)) if **item == Wants::Same && matches!(found, Type::List(_)) => {
                            article(&ty.clone().list())
                        }
                        (Wants::Exactly(ty), _) => article(ty),
                        _ => format!("a {}", wants.words()),
                    };
                    let message =
                        format!("`{}` takes {wanted} as `{name}`, and this is {}", function.name, article(&found));
                    let help = match (wants, &found) {
                        (Wants::Exactly(ty), found) => fit::hint(found, ty),
                        (Wants::List(_), found) if !matches!(found, Type::List(_)) => {
                            Some("write `[a, b]` for a list".into())
                        }
                        (Wants::Numeric | Wants::Numbers, Type::Text) => Some("write `VALUE(text)`".into()),
                        _ => None,
                    };
                    self.faults.push(Fault::new("formula.type", arg.span, message).maybe_help(help));
                }
            }
            if matches!(wants, Wants::Numeric | Wants::Numbers) {
                whole &= match &arg.ty {
                    None | Some(Type::Int) => true,
                    Some(Type::List(item)) => **item == Type::Int,
                    _ => false,
                };
            }
        }
        if self.faults.len() > before {
            return Typed::null(span);
        }
        let number = if whole { Type::Int } else { Type::Decimal };
        let ty = match &signature.answer {
            Wants::Exactly(ty) => Some(ty.clone()),
            Wants::Day => Some(Type::Date),
            Wants::Any | Wants::Calendar => None,
            Wants::Same => same,
            Wants::Numeric | Wants::Numbers => Some(number),
            Wants::List(item) => match &**item {
                Wants::Exactly(ty) => Some(ty.clone().list()),
                Wants::Numeric => Some(number.list()),
                _ => same.map(Type::list),
            },
        };
        Typed { node: Node::Call(function, args), ty, span }
    }

    /// Why a reference is no calendar by which working days can be counted.
    fn calendar(&self, function: &Function, arg: &Typed) -> Option<Fault> {
        let Some(calendar) = self.schema.organisation().calendar else {
            let message = format!("there is one working calendar only, so `{}` takes no other", function.name);
            let help = "have a reference of the entity that stands for `calendar_day` stand for `calendar`";
            return Some(Fault::new("formula.no-calendar", arg.span, message).help(help));
        };
        let fits = match &arg.ty {
            Some(Type::Id(of)) => of.is_none_or(|of| of == calendar),
            _ => true,
        };
        (!fits).then(|| {
            let message =
                format!("`{}` takes a calendar as `calendar`, and this refers to something else", function.name);
            let help = "name a reference to what the days of the working calendar belong to";
            Fault::new("formula.type", arg.span, message).help(help)
        })
    }

    /// The one type that every `T` of the signature stands for.
    fn same(&mut self, signature: &Signature, args: &[Typed]) -> Option<Type> {
        let mut found: Option<Type> = None;
        let mut literal = false;
        for (index, arg) in args.iter().enumerate() {
            let ty = match (signature.parameter(index).map(|parameter| &parameter.1), &arg.ty) {
                (Some(Wants::Same), Some(ty)) => ty,
                (Some(Wants::List(item)), Some(Type::List(ty))) if **item == Wants::Same => ty,
                _ => continue,
            };
            found = match found {
                Some(Type::Int) if *ty == Type::Decimal => Some(Type::Decimal),
                Some(_) if literal && !fit::is_literal(arg) => Some(ty.clone()),
                Some(known) => Some(known),
                None => Some(ty.clone()),
            };
            literal = fit::is_literal(arg) && (index == 0 || literal);
        }
        found
    }
}

/// An argument as its parameter takes it.
fn accept(arg: Typed, wants: &Wants, same: Option<&Type>) -> Option<Typed> {
    let Some(ty) = arg.ty.clone() else { return Some(arg) };
    match wants {
        Wants::Any => Some(arg),
        Wants::Exactly(wanted) => fit(arg, wanted).ok(),
        Wants::Day if ty == Type::Date || ty == Type::DateTime => Some(arg),
        Wants::Day => fit(arg.clone(), &Type::Date).or_else(|_| fit(arg, &Type::DateTime)).ok(),
        Wants::Same => match same {
            Some(same) => fit(arg, same).ok(),
            None => Some(arg),
        },
        Wants::Numeric => ty.is_number().then_some(arg),
        Wants::Calendar => matches!(ty, Type::Id(_)).then_some(arg),
        Wants::Numbers => match &ty {
            Type::List(item) => item.is_number().then_some(arg),
            ty => ty.is_number().then_some(arg),
        },
        Wants::List(item) => match (&**item, ty) {
            (Wants::Any, Type::List(_)) => Some(arg),
            (Wants::Same, Type::List(_)) => same.map_or(Some(arg.clone()), |same| fit(arg, &same.clone().list()).ok()),
            (Wants::Exactly(wanted), Type::List(_)) => fit(arg, &wanted.clone().list()).ok(),
            (Wants::Numeric, Type::List(item)) => item.is_number().then_some(arg),
            _ => None,
        },
    }
}

/// Values two by two, and the one left over, or null.
fn pairs(items: impl Iterator<Item = Typed>, span: Span) -> (Vec<(Typed, Typed)>, Typed) {
    let mut items = items;
    let mut found = Vec::new();
    while let Some(first) = items.next() {
        match items.next() {
            Some(second) => found.push((first, second)),
            None => return (found, first),
        }
    }
    (found, Typed::null(span))
}
fn arity(function: &Function, signature: &Signature, given: usize, span: Span) -> Result<(), Fault> {
    let least = signature.least();
    let many = signature.parameters.iter().any(|parameter| parameter.2 == Times::Many);
    let most = signature.parameters.len();
    if given >= least && (many || given <= most) {
        return Ok(());
    }
    let takes = match (least, many) {
        (0, false) if most == 0 => "takes no values".to_owned(),
        (least, true) => format!("takes at least {}", values(least)),
        (least, false) if least == most => format!("takes {}", values(least)),
        (least, false) => format!("takes {least} to {}", values(most)),
    };
    let message = format!("`{}` {takes}, and {given} {} given", function.name, if given == 1 { "is" } else { "are" });
    Err(Fault::new("formula.arguments", span, message).help(format!("write `{}`", function.signature)))
}

fn values(count: usize) -> String {
    if count == 1 { "1 value".into() } else { format!("{count} values") }
}
