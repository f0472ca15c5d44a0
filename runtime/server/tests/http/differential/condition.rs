//! Conditions on rows: how they are written in a definition or a filter, and what they answer, told a second time.

use std::collections::BTreeSet;

use super::dice::Dice;

/// A value of a cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// A number in hundredths.
    Number(i64),
    Text(String),
}

/// A path from a row: at most one reference, then a field.
pub(super) type Path = &'static str;

/// A condition with three answers.
#[derive(Debug, Clone)]
pub(super) enum Condition {
    Compare(Path, &'static str, i64),
    Is(Path, &'static str),
    Contains(Path, &'static str),
    Yes(Path),
    Null(Path),
    Mine(Path),
    /// A reach function over a person, with the rest of its arguments and the fact it tells of.
    Reach(&'static str, Path, &'static str, Path),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Box<Condition>),
}

/// What a condition looks at.
pub(super) trait Look {
    fn value(&self, path: Path) -> Value;
    fn me(&self) -> Option<String>;
    /// The answer of a reach function on a person.
    fn reach(&self, function: &str, person: &str, rest: &str) -> Option<bool>;
}

impl Condition {
    /// A random condition over an entity's own fields and what its references lead to.
    pub(super) fn random(dice: &mut Dice, entity: &str, depth: usize) -> Self {
        if depth > 0 && dice.chance(55) {
            let some = |dice: &mut Dice| (0..2).map(|_| Self::random(dice, entity, depth - 1)).collect();
            return match dice.below(3) {
                0 => Self::All(some(dice)),
                1 => Self::Any(some(dice)),
                _ => Self::Not(Box::new(Self::random(dice, entity, depth - 1))),
            };
        }
        let (numbers, texts, flags, people): (&[Path], &[Path], &[Path], &[Path]) = match entity {
            "item" => (&["a", "d", "up.a"], &["b", "up.b"], &["c", "up.c"], &["owner", "up.owner", "owner.manager"]),
            "top" => (&["a"], &["b"], &["c"], &["owner", "owner.manager"]),
            _ => (&["grade"], &["name"], &[], &["id", "manager"]),
        };
        match dice.below(8) {
            0 | 1 => {
                Self::Compare(dice.one(numbers), dice.one(&["<", "<=", ">", ">=", "==", "!="]), dice.below(6) as i64)
            }
            2 => Self::Is(dice.one(texts), dice.one(&["ax", "bx", "ay", "p1"])),
            3 => Self::Contains(dice.one(texts), dice.one(&["x", "a", "1"])),
            4 if !flags.is_empty() => Self::Yes(dice.one(flags)),
            5 => Self::Mine(dice.one(people)),
            6 => {
                let (function, rest, units) = dice.one(&[
                    ("REPORTS_TO_ME", "", false),
                    ("REPORTS_TO_ME", ", 1", false),
                    ("REPORTS_TO_ME", ", 2", false),
                    ("IN_MY_UNIT", "", true),
                    ("UNDER_MY_UNIT", "", true),
                    ("UNDER_UNIT_I_HEAD", "", true),
                    ("UNDER_UNIT", ", \"u1\", \"u3\"", true),
                ]);
                let (person, manager, unit): (Path, Path, Path) = match entity {
                    "item" | "top" => ("owner", "owner.manager", "owner.unit"),
                    _ => ("id", "manager", "unit"),
                };
                Self::Reach(function, person, rest, if units { unit } else { manager })
            }
            _ => Self::Null(dice.one(&[numbers, texts, people].concat())),
        }
    }

    /// As a definition or a filter writes it.
    pub(super) fn text(&self) -> String {
        let joined = |items: &[Self], by: &str| {
            let items: Vec<String> = items.iter().map(|item| format!("({})", item.text())).collect();
            items.join(by)
        };
        match self {
            Self::Compare(path, op, number) => format!("{path} {op} {number}"),
            Self::Is(path, text) => format!("{path} == \"{text}\""),
            Self::Contains(path, part) => format!("CONTAINS({path}, \"{part}\")"),
            Self::Yes(path) => (*path).to_owned(),
            Self::Null(path) => format!("{path} == null"),
            Self::Mine(path) => format!("{path} == actor.person"),
            Self::Reach(function, person, rest, _) => format!("{function}({person}{rest})"),
            Self::All(items) => joined(items, " && "),
            Self::Any(items) => joined(items, " || "),
            Self::Not(inner) => format!("!({})", inner.text()),
        }
    }

    /// The paths it reads.
    pub(super) fn paths(&self, into: &mut BTreeSet<Path>) {
        match self {
            Self::Compare(path, ..) | Self::Is(path, _) | Self::Contains(path, _) => drop(into.insert(path)),
            Self::Yes(path) | Self::Null(path) | Self::Mine(path) => drop(into.insert(path)),
            Self::Reach(_, person, _, fact) => into.extend([*person, *fact]),
            Self::All(items) | Self::Any(items) => items.iter().for_each(|item| item.paths(into)),
            Self::Not(inner) => inner.paths(into),
        }
    }

    /// What it answers; `None` when that is not known.
    pub(super) fn holds(&self, look: &dyn Look) -> Option<bool> {
        match self {
            Self::Compare(path, op, number) => {
                let Value::Number(found) = look.value(path) else { return None };
                let number = number * 100;
                Some(match *op {
                    "<" => found < number,
                    "<=" => found <= number,
                    ">" => found > number,
                    ">=" => found >= number,
                    "==" => found == number,
                    _ => found != number,
                })
            }
            Self::Is(path, text) => match look.value(path) {
                Value::Text(found) => Some(found == *text),
                _ => None,
            },
            Self::Contains(path, part) => match look.value(path) {
                Value::Text(found) => Some(found.contains(part)),
                _ => None,
            },
            Self::Yes(path) => match look.value(path) {
                Value::Bool(flag) => Some(flag),
                _ => None,
            },
            Self::Null(path) => Some(look.value(path) == Value::Null),
            Self::Mine(path) => match (look.value(path), look.me()) {
                (Value::Text(found), Some(me)) => Some(found == me),
                _ => None,
            },
            Self::Reach(function, person, rest, fact) => match (look.value(person), look.value(fact)) {
                (Value::Text(person), fact) if fact != Value::Null => look.reach(function, &person, rest),
                _ => None,
            },
            Self::All(items) => {
                let answers: Vec<_> = items.iter().map(|item| item.holds(look)).collect();
                if answers.contains(&Some(false)) {
                    Some(false)
                } else {
                    answers.into_iter().collect::<Option<Vec<_>>>().map(|_| true)
                }
            }
            Self::Any(items) => {
                let answers: Vec<_> = items.iter().map(|item| item.holds(look)).collect();
                if answers.contains(&Some(true)) {
                    Some(true)
                } else {
                    answers.into_iter().collect::<Option<Vec<_>>>().map(|_| false)
                }
            }
            Self::Not(inner) => inner.holds(look).map(|flag| !flag),
        }
    }
}
