//! Questions of reach: what is asked about, how far, and as of which day.

use model::{Type, Value};

use super::{Checker, article};
use crate::{
    Anchor, Fault, Path, Placed, Reach,
    function::Function,
    parse::Span,
    reach::MOST_LEVELS,
    tree::{Asked, Node, Typed},
};

impl Checker<'_> {
    /// A call of one of the organisation's functions. Its arguments have been counted.
    pub(super) fn reach(&mut self, function: &'static Function, args: Vec<Typed>, span: Span) -> Typed {
        let mut args = args.into_iter();
        let Some(of) = args.next() else { return Typed::null(span) };
        let (mut levels, mut codes, mut on) = (None, Vec::new(), None);
        match function.name {
            "REPORTS_TO_ME" => {
                if let Some(given) = args.next() {
                    match self.levels(&given) {
                        Ok(found) => levels = found,
                        Err(fault) => return self.fail(fault),
                    }
                }
            }
            "UNDER_UNIT" | "UNDER_UNIT_ON" => {
                if function.name == "UNDER_UNIT_ON" {
                    on = args.next();
                }
                for code in args.by_ref() {
                    let Node::Literal(Value::Text(code)) = code.node else {
                        let fault =
                            Fault::new("formula.reach", code.span, "the key of a unit is written as a text here");
                        return self.fail(fault.help(match on {
                            Some(_) => "write `UNDER_UNIT_ON(unit, day, \"HQ\")`",
                            None => "write `UNDER_UNIT(unit, \"HQ\")`",
                        }));
                    };
                    codes.push(code);
                }
            }
            _ => {}
        }
        let unit = |of, below| Reach::Unit { of, below };
        let reach = match function.name {
            "REPORTS_TO_ME" => Reach::Reports { levels },
            "MATRIX_REPORTS_TO_ME" => Reach::Matrix,
            "IN_MY_UNIT" => unit(Anchor::Own, false),
            "UNDER_MY_UNIT" => unit(Anchor::Own, true),
            "UNDER_UNIT_I_HEAD" => unit(Anchor::Headed, true),
            "UNDER_UNIT_I_PARTNER" => unit(Anchor::Partnered, true),
            _ => unit(Anchor::Named(codes), true),
        };
        let day = match on.or_else(|| args.next()) {
            Some(day) if !day.is_null() => Some(self.expect(day, &Type::Date)),
            _ => None,
        };
        if of.is_null() {
            return Typed::null(span);
        }
        match self.asked(function, of, reach, day) {
            Ok(asked) => Typed::new(Node::Reach(Box::new(asked)), Type::Bool, span),
            Err(fault) => self.fail(fault),
        }
    }

    fn levels(&self, given: &Typed) -> Result<Option<u32>, Fault> {
        match &given.node {
            Node::Literal(Value::Null) => Ok(None),
            Node::Literal(Value::Int(levels)) if (1..=i64::from(MOST_LEVELS)).contains(levels) => {
                Ok(u32::try_from(*levels).ok())
            }
            _ => Err(Fault::new(
                "formula.reach",
                given.span,
                format!("levels are written as a number from 1 to {MOST_LEVELS}"),
            )
            .help("1 is a direct report; leave it out for any number of levels")),
        }
    }

    fn asked(&self, function: &Function, of: Typed, reach: Reach, day: Option<Typed>) -> Result<Asked, Fault> {
        let known = self.schema.organisation();
        let found = of.ty.clone().unwrap_or(Type::Text);
        let Some(placed) = known.placed(&found) else {
            let message = format!("`{}` asks about a person or a unit, and this is {}", function.name, article(&found));
            let help = if known.person.is_none() {
                "no entity stands for people: use the app `organisation`, or say `stands_for` on an entity of your own"
            } else {
                "name a reference to a person or a unit; `id` where the record is one itself"
            };
            return Err(Fault::new("formula.reach", of.span, message).help(help));
        };
        let Node::Field(path) = &of.node else {
            return Err(Fault::new("formula.reach", of.span, "a field is asked about, not something computed"));
        };
        let own = self.is_own_id(path);
        let Some(fact) = known.fact(path, own, placed, &reach) else {
            let (message, help) = match (placed, &reach) {
                (Placed::Unit, _) => ("a unit reports to nobody", "name a reference to a person"),
                (_, Reach::Reports { .. }) => {
                    ("no field says who reports to whom", "say `stands_for: manager` on a field of the people")
                }
                (_, Reach::Matrix) => (
                    "no field says who reports to whom outside the line",
                    "say `stands_for: matrix_manager` on a field of the people",
                ),
                (_, Reach::Unit { .. }) => {
                    ("no field says who works in which unit", "say `stands_for: unit` on a field of the people")
                }
            };
            return Err(Fault::new("formula.reach", of.span, message).help(help));
        };
        let missing = match &reach {
            _ if known.by_lines(&reach) => None,
            Reach::Unit { of: Anchor::Headed, .. } if known.head.is_none() => Some("`stands_for: head`"),
            Reach::Unit { of: Anchor::Partnered, .. } if known.partner.is_none() => Some("`stands_for: partner`"),
            Reach::Unit { of: Anchor::Named(_), .. } if known.unit_key.is_none() => Some("a `key`"),
            Reach::Unit { of: Anchor::Own, .. } if known.works_in.is_none() => Some("`stands_for: unit` on the people"),
            _ => None,
        };
        if let Some(missing) = missing {
            let message = format!("`{}` cannot be answered: the units' entity needs {missing}", function.name);
            return Err(Fault::new("formula.reach", of.span, message));
        }
        // What no field of today says, the lines in force today do.
        let today = known.by_lines(&reach).then(|| Typed::new(Node::Today, Type::Date, of.span));
        let day = day.or(today);
        if let Some(day) = day.as_ref().filter(|_| !known.dated(placed, &reach)) {
            let message = "it is not on record how this was on another day";
            let help = match (placed, &reach) {
                (Placed::Unit, _) | (_, Reach::Matrix) => {
                    "an entity that `stands_for: line` keeps who led, looked after or stood above what, from when to when"
                }
                _ => {
                    "an entity that `stands_for: assignment` keeps who worked where, and under whom, from when to when"
                }
            };
            return Err(Fault::new("formula.reach", day.span, message).help(help));
        }
        Ok(Asked { of, placed, reach, fact, day })
    }

    /// Whether the path is the `id` of the record it ends at.
    fn is_own_id(&self, path: &Path) -> bool {
        let end = match &path.ty {
            Type::Id(Some(entity)) => *entity,
            _ => return false,
        };
        self.schema.field(end, "id").is_some_and(|info| info.id == path.field)
    }
}
